"""What a step says: the command that an officer is to sign, and the words in which the exercise tells it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from entente.adapters import planfile
from entente.errors import Refused
from entente.exercise import language
from entente.exercise.language import OfOperation, Step
from entente.exercise.noticing import Noticing, Saying
from entente.exercise.reading import Exercise
from entente.exercise.seats import Seat, Text, complete
from entente.geo.interval import parse_time
from entente.ids import AgreementId, CircleId, Hash, SubjectId
from entente.joint import line, operations
from entente.joint.act import ALL
from entente.joint.agreement import Agreement
from entente.joint.operations import Version
from entente.joint.plan import Plan
from entente.joint.rules import Past
from entente.node import command
from entente.node.command import Command
from entente.report import words


@dataclass(frozen=True, slots=True)
class Speaking:
    """Turns steps into commands, with what the speaker's own node knows."""

    exercise: Exercise
    seats: Mapping[str, Seat]
    _texts: dict[str, Text] = field(default_factory=dict)
    _drawn: dict[str, bytes] = field(default_factory=dict)

    def text(self, name: str) -> Text:
        """Return an agreement's completed text, by its file; the same each time."""
        if name not in self._texts:
            self._texts[name] = complete(self.exercise.text(f"{name}.toml"), self.seats, self._drawn)
        return self._texts[name]

    @property
    def main(self) -> Agreement:
        """The agreement that the operations belong to."""
        return self.text(self.exercise.frame.agreement).agreement

    def agreement_of(self, step: Step) -> Agreement:
        """Return the agreement that a step names, or that of the operations where it names none."""
        name = getattr(step, "agreement", "")
        return self.text(name).agreement if name else self.main

    def sayings(self, step: Step, now: datetime) -> list[Saying]:
        """Return what a step says.

        Raises:
            Refused: when the speaker's node does not know what the step is about.
        """
        match step:
            case language.Sign(agreement=name):
                agreement = self.text(name).agreement
                return [
                    (
                        command.sign(agreement, agreement.parties),
                        f"signs “{agreement.text.title}” ({agreement.digest[:12]})",
                    )
                ]
            case language.StandingDecision():
                return [self._standing_decision(step)]
            case language.Stop():
                about = operations.subject(*step.operation.split("/")) if step.operation else ""
                under = self.agreement_of(step).id
                sent = command.stop(under, ALL, step.party, step.name, step.reason, about, step.note)
                called = f"STOP {_short(step.operation)}".strip()
                return [(sent, f"{called}: {step.note or words.phrase(step.reason)}")]
            case language.AcknowledgeStop(name=name):
                return [self._about_stop(step, name, now, command.acknowledge_stop)]
            case language.LiftStop(name=name):
                return [self._about_stop(step, name, now, command.lift_stop)]
            case language.Propose():
                plan = self._plan(step.plan)
                short = _short(step.operation)
                said = command.propose(self.main.id, ALL, step.party, short, plan, to=step.to)
                return [(said, f"notifies {short}: {_described(plan)}")]
            case OfOperation():
                return [self._of_operation(step)]
            case language.OfAgreement():
                return list(Noticing(self.exercise, self.seats, self.text).sayings(step, now))
        raise AssertionError(f"nobody says {step}")

    def _past(self, step: Step, agreement: AgreementId) -> Past:
        return self.seats[step.party].node.book(agreement).fold(ALL).now()

    def _of_operation(self, step: OfOperation) -> Saying:
        subject, short = operations.subject(*step.operation.split("/")), _short(step.operation)
        known = operations.read(subject, self._past(step, self.main.id))
        if known is None:
            raise Refused("operation.unknown", f"{step.party} does not know {step.operation}")
        return self._about(step, subject, known.latest, short)

    def _about(self, step: OfOperation, subject: SubjectId, latest: Version, short: str) -> Saying:
        name, circle, leaf = self.main.id, CircleId(ALL), latest.leaf
        others = set(self.main.circle(circle).members) - {step.party}
        match step:
            case language.Change():
                plan = self._plan(step.plan)
                said = command.change(name, circle, subject, latest, plan, to=step.to)
                return said, f"notifies version {latest.number + 1} of {short}: {_described(plan)}"
            case language.Withdraw():
                return command.withdraw(name, circle, subject, leaf), f"withdraws {short}"
            case language.End():
                return command.end(name, circle, subject, leaf), f"ends {short}"
            case language.Activate(threat=threat):
                declared = f", declaring an imminent threat: {threat}" if threat else ""
                return command.activate(name, circle, subject, leaf, threat), f"activates {short}{declared}"
            case language.Deviate(how=how):
                return command.deviate(name, circle, subject, leaf, how), f"reports {short} as {how}"
            case language.Decide(answer=answer, note=note, hold=hold):
                said = command.decide(name, circle, subject, leaf, answer, note=note, to=others)
                told = f"{words.phrase(answer)} to {short}" + (f": {note}" if note else "")
                return said, f"has drawn up, unsigned: {told}" if hold else told
            case language.Dissent(note=note):
                return command.dissent(name, circle, subject, leaf, note, others), f"dissents on {short}: {note}"
        raise AssertionError(f"nobody says {step}")

    def _plan(self, name: str) -> Plan:
        return planfile.read(self.exercise.file(f"plans/{name}.toml")).plans[0]

    def _standing_decision(self, step: language.StandingDecision) -> Saying:
        until = parse_time(step.until)
        said = command.standing_decision(self.main.id, ALL, step.party, step.answer, step.kinds, until)
        kinds = ", ".join(map(words.phrase, step.kinds))
        return said, f"lets the node answer “{words.phrase(step.answer)}” to {kinds}, when nothing is found"

    def _about_stop(self, step: Step, name: str, now: datetime, build: Callable[..., Command]) -> Saying:
        subject, agreement = line.subject(*name.split("/")), self.agreement_of(step).id
        past = self._past(step, agreement)
        row = line.row(subject, past)
        if row is None:
            raise Refused("stop.unknown", f"{step.party} has no such STOP")
        sent = next(event.act.at for event in past.events(subject))
        told = f"acknowledges the STOP after {(now - sent).total_seconds():.0f} s"
        return build(agreement, ALL, subject, Hash(row["leaf"])), (
            told if build is command.acknowledge_stop else "lifts the STOP"
        )


def _short(operation: str) -> str:
    return operation.rpartition("/")[2]


def _described(plan: Plan) -> str:
    return f"{plan.title} ({plan.callsign})" if plan.callsign else plan.title
