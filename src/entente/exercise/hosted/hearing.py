"""Hearing: whether what was expected of a seat has been said, as that party's own record has it.

Only what the seat's own party said counts, each act for one step. People name things themselves: an operation that has
the title or the call sign of the step's plan is that operation, whatever it is called, and so is any STOP about it.
Later steps then speak of it by the name that it was given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import msgspec

from entente.adapters import planfile
from entente.errors import EntenteError
from entente.exercise import language
from entente.exercise.hosted.course import Turn
from entente.exercise.language import AnyStep
from entente.exercise.reading import Exercise
from entente.exercise.seats import Seat
from entente.ids import Hash
from entente.joint import line, movements, notifications, operations, releases
from entente.joint.decisions import Answer, Decide
from entente.joint.plan import Plan
from entente.joint.rules import Event, body_of
from entente.node.node import Node
from entente.node.watch import read_plan
from entente.report import words

VERBS: Mapping[type[AnyStep], tuple[str, ...]] = {
    language.Propose: ("operation.propose",),
    language.Change: ("operation.change",),
    language.Withdraw: ("operation.withdraw",),
    language.End: ("operation.end", "operation.withdraw"),
    language.Activate: ("operation.activate",),
    language.Deviate: ("operation.deviate",),
    language.Decide: ("decision.give",),
    language.Dissent: ("dissent.give",),
    language.Stop: ("stop.send",),
    language.AcknowledgeStop: ("stop.acknowledge",),
    language.LiftStop: ("stop.lift",),
    language.OpenNotice: ("release.acknowledge",),
    language.AcknowledgeNotice: ("sites.acknowledge", "movement.acknowledge"),
    language.ReadBack: ("ladder.read_back",),
    language.Relay: ("ladder.relay",),
    language.Load: ("ladder.load",),
    language.Dispute: ("dispute.give",),
    language.ReportMovement: ("movement.report",),
    language.EndMovement: ("movement.end",),
    language.Notify: ("sites.notify",),
    language.NotifyMovement: ("movement.notify",),
    language.AmendMovement: ("movement.amend",),
    language.StandingDecision: ("standing_decision.give",),
}


@dataclass(frozen=True, slots=True)
class Heard:
    """What was said for a step; `otherwise` tells how it was another answer than the step's."""

    event: Event
    otherwise: str = ""


@dataclass(slots=True)
class Hearing:
    """Listens for steps in the records. `used` holds the leaves of acts that count for a step already."""

    exercise: Exercise
    seats: Mapping[str, Seat]
    used: set[Hash] = field(default_factory=set)
    called: dict[str, str] = field(default_factory=dict)
    """What people call what the steps name: ``north/lift-1`` → ``north/supplies``."""

    def listen(self, turn: Turn) -> Heard | None:
        """Return what was said for a step, once."""
        step = turn.step
        for event in self._said(step):
            if event.act.leaf not in self.used and self._means(step, event):
                self.used.add(event.act.leaf)
                return Heard(event, _otherwise(step, event))
        return None

    def translated(self, step: AnyStep) -> AnyStep:
        """Return a step that names things as people called them."""
        for name in ("operation", "name"):
            called = self.called.get(self._name(step, name))
            if called:
                value = called.rpartition("/")[2] if isinstance(step, language.Stop) and name == "name" else called
                step = msgspec.structs.replace(step, **{name: value})
        return step

    def _name(self, step: AnyStep, field_: str) -> str:
        name = str(getattr(step, field_, ""))
        return f"{step.party}/{name}" if isinstance(step, language.Stop) and field_ == "name" else name

    def _said(self, step: AnyStep) -> Iterator[Event]:
        """Yield what the step's party said by its verb, each once, in order."""
        node, verbs = self.seats[step.party].node, VERBS.get(type(step), ())
        found = {
            event.act.leaf: event
            for book in node.books.values()
            for fold in book.ledger.folds.values()
            for event in fold.folded()
            if event.verb in verbs and event.act.party == step.party and not event.code
            and event.act.statement.signer is not None
        }  # fmt: skip
        yield from sorted(found.values(), key=lambda event: (event.act.at, event.seq))

    def _means(self, step: AnyStep, event: Event) -> bool:
        """Whether an act is about what a step is about."""
        subject = event.act.statement.subject
        match step:
            case language.Propose(operation=name):
                return subject == operations.subject(*name.split("/")) or self._same_plan(step, event)
            case language.OfOperation(operation=name):
                return subject == operations.subject(*self.called.get(name, name).split("/"))
            case language.Stop(name=name, operation=flight):
                on = body_of(event.act, line.Stop).operation
                if flight and on and on != operations.subject(*self.called.get(flight, flight).split("/")):
                    return False
                self.called[f"{step.party}/{name}"] = subject.partition("/")[2]
                return True
            case language.AcknowledgeStop(name=name) | language.LiftStop(name=name):
                return subject == line.subject(*self.called.get(name, name).split("/"))
            case language.OfNotice(notice=item):
                return subject in (item, releases.subject(item))
            case language.OfMovement(movement=name):
                return _named(subject, movements.subject(step.party, name))
            case language.Notify(list=name):
                return _named(subject, notifications.subject(step.party, name))
            case language.StandingDecision():
                return True
        return False

    def _same_plan(self, step: language.Propose, event: Event) -> bool:
        meant = planfile.read(self.exercise.file(f"plans/{step.plan}.toml")).plans[0]
        plan = plan_of(self.seats[step.party].node, event)
        if plan is None or not ({meant.title, meant.callsign} - {""}) & {plan.title, plan.callsign}:
            return False
        self.called[step.operation] = event.act.statement.subject.partition("/")[2]
        return True


def plan_of(node: Node, event: Event) -> Plan | None:
    """Return the plan of a proposal or a change, where a node holds it and it can be read."""
    parts = node.store.parts(event.act.origin, event.act.seq)
    part = next((part for part in parts if part.name == operations.PLAN), None)
    try:
        return read_plan(part.data, event.act.statement.subject) if part is not None else None
    except EntenteError:
        return None


def _named(subject: str, name: str) -> bool:
    """Whether a notice is the one that is meant: the desk's page names each recipient's copy after it as well."""
    return subject == name or subject.startswith(f"{name}-")


def _otherwise(step: AnyStep, event: Event) -> str:
    if isinstance(step, language.Decide):
        given = Answer(body_of(event.act, Decide).answer)
        return "" if given is step.answer else words.phrase(str(given))
    return ""
