"""The director: plays an exercise's steps, one after the other, through the nodes that the seats hold.

A step is drafted, signed with the key of the officer who speaks, and said; then the director waits until it has come
to everyone whom it can reach, looks at what was expected, and goes on. What was refused is told like what was said: a
refusal that was expected is the exercise working.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from entente.errors import EntenteError, Refused, Unavailable
from entente.exercise import language, noticing, observing
from entente.exercise.language import OfOperation, Step
from entente.exercise.reading import Exercise
from entente.exercise.seats import ExerciseTime, Seat
from entente.exercise.speaking import Speaking
from entente.exercise.stage import Stage
from entente.exercise.telling import Telling
from entente.exercise.wires import Wire
from entente.ids import OfficerId, SubjectId
from entente.joint import agreement as agreements
from entente.joint import staff
from entente.joint.act import ALL
from entente.joint.screening import Screening
from entente.node import carry, command
from entente.node.drafting import Draft
from entente.node.node import Receipt


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What came of a step: the words for it, what was found, what differed, and how it was refused, if it was."""

    said: str = ""
    subject: SubjectId | None = None
    screening: Screening | None = None
    refusal: EntenteError | None = None
    changes: tuple[tuple[str, str, str], ...] = ()
    carried: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One expectation of one step, and what was so."""

    step: int
    why: tuple[str, ...]
    name: str
    wanted: Any
    actual: Any

    @property
    def held(self) -> bool:
        """Whether it was as expected."""
        return bool(self.wanted == self.actual)


@dataclass(slots=True, kw_only=True)
class Director:
    """Plays one exercise once. `files` is where bundles that are carried by hand are put."""

    exercise: Exercise
    seats: Mapping[str, Seat]
    wire: Wire
    time: ExerciseTime
    stage: Stage
    telling: Telling
    speaking: Speaking
    files: Path
    checks: list[Check] = field(default_factory=list)
    said: list[Receipt] = field(default_factory=list)
    """Every entry that a step made, in order."""
    _held: dict[str, Draft] = field(default_factory=dict)

    def play(self) -> list[Check]:
        """Play every step, and return every expectation with what was so."""
        for number, (step, due) in enumerate(zip(self.exercise.steps, self.exercise.times, strict=True), 1):
            if due is not None:
                self.time.move_to(due)
            outcome = self.attempt(step)
            checks = self._checks(number, step, outcome)
            self.checks += checks
            self._tell(step, outcome, checks)
        return self.checks

    def attempt(self, step: Step) -> Outcome:
        """Play one step, and return what came of it, a refusal included.

        Raises:
            Unavailable: `exercise.stuck`.
        """
        outcome = Outcome()
        try:
            self._do(step, outcome)
        except Refused as refusal:
            outcome.refusal = refusal
        return outcome

    def _tell(self, step: Step, outcome: Outcome, checks: list[Check]) -> None:
        now = self.time.now()
        self.stage.step(now, step, outcome, checks)
        if outcome.said:
            self.telling.event(now, step.party, outcome.said, outcome.refusal)
        if outcome.screening is not None and outcome.refusal is None:
            self.telling.found(step.party, outcome.screening)
        self.telling.sample(now)

    # -- doing ---------------------------------------------------------------------------------------------------------

    def _do(self, step: Step, out: Outcome) -> None:
        match step:
            case language.Tell():
                pass
            case language.Compare(a=a, b=b):
                out.changes = tuple(agreements.diff(*(self.speaking.text(name).agreement for name in (a, b))))
                out.said = f"the two drafts differ in {len(_items(out.changes))} items"
            case language.Adopt(agreement=name):
                self._adopt(name)
            case language.Staff(agreement=name):
                self._staff(name)
            case language.Cut():
                self.wire.cut()
                out.said = "the network is down"
            case language.Heal():
                self.wire.heal()
                self._await(partial(observing.converged, self.seats), "the nodes did not converge")
                out.said = "the network is back, and every node holds the same"
            case language.CarryFile():
                self._carry_file(step, out)
            case language.SayHeld(held=held) if held not in self._held:
                raise Refused(
                    "exercise.held", f"no draft is held as {held!r}: the step that draws it up was not played"
                )
            case language.SayHeld(held=held):
                out.subject, out.said = self._held[held].statement.subject, "signs what was drawn up"
                self._say(step, self._held[held])
            case _:
                self._speak(step, out)

    def _speak(self, step: Step, out: Outcome) -> None:
        """Draft, sign and say what a step says."""
        said: list[str] = []
        for what, words in self.speaking.sayings(step, self.time.now()):
            said += [words] if words not in said else []
            out.subject, out.said = what.subject, ", ".join(said)
            draft = self._seat(step).draft(what, step.office)
            out.screening = draft.screening
            if isinstance(step, language.Decide) and step.hold:
                self._held[step.hold] = draft
            else:
                self._say(step, draft)

    def _say(self, step: Step, draft: Draft) -> None:
        seat = self._seat(step)
        signature = seat.sign(draft, step.office)
        if draft.statement.verb == "stop.send":
            self._sent(carry.send_stop(seat.node, draft, signature))
        else:
            self._sent(seat.node.say(draft, signature))

    def _sent(self, receipt: Receipt) -> None:
        """Wait until an entry has come to everyone it can reach."""
        self.said.append(receipt)
        if self.wire.up:
            self._await(partial(observing.delivered, receipt, self.seats), f"{receipt.subject} did not arrive")

    def _await(self, holds: Callable[[], bool], otherwise: str) -> None:
        if not self.wire.until(holds):
            raise Unavailable("exercise.stuck", f"{otherwise} in time; look at the nodes' journals")

    def _adopt(self, name: str) -> None:
        text = self.speaking.text(name)
        cards = {party: self.seats[party].card for party in text.agreement.parties}
        for party in text.agreement.parties:
            mine = {c.id: text.keys[c.id] for c in text.agreement.circles.values() if party in c.members}
            self.seats[party].node.adopt(text.agreement, cards, mine)

    def _staff(self, name: str) -> None:
        agreement = self.speaking.text(name).agreement
        for party in agreement.parties:
            seat, root = self.seats[party], str(staff.Office.ROOT)
            receipt = seat.say(command.certify(agreement.id, seat.card), root)
            for office in seat.keys.keys() - {root}:
                receipt = self._enrol(seat, agreement.id, office)
            self._sent(receipt)

    def _enrol(self, seat: Seat, agreement: str, office: str) -> Receipt:
        officer, root = OfficerId(seat.officer(office)), str(staff.Office.ROOT)
        seat.say(command.enrol(agreement, seat.party, officer, seat.keys[office].public), root)
        return seat.say(command.appoint(agreement, seat.party, officer, office, self.exercise.starts), root)

    def _carry_file(self, step: language.CarryFile, out: Outcome) -> None:
        giver, taker = self.seats[step.sender], self.seats[step.taker]
        path = self.files / f"{giver.party}-to-{taker.party}.entente"
        agreement = self.speaking.text(step.agreement).agreement.id
        path.write_bytes(carry.write_bundle(giver.node, agreement, taker.party))
        # Acknowledgements follow the machine's clock, not the exercise's: how many there are is nobody's plan.
        before = self._acknowledgements(taker, agreement)
        taken = carry.take(taker.node, path.read_bytes())
        out.carried = taken.acts - (self._acknowledgements(taker, agreement) - before)
        out.said = f"{path.name} ({path.stat().st_size:,} bytes) is carried by hand and brings {out.carried} acts"

    @staticmethod
    def _acknowledgements(seat: Seat, agreement: str) -> int:
        fold = seat.node.book(agreement).fold(ALL)
        return sum(len(said) for name in fold.subjects("record/") for said in fold.events[name].values())

    def _seat(self, step: Step) -> Seat:
        return self.seats[step.party]

    # -- looking -------------------------------------------------------------------------------------------------------

    def _checks(self, number: int, step: Step, out: Outcome) -> list[Check]:
        wanted = step.expect.wanted()
        if out.refusal is not None:
            wanted.setdefault("refused", "")
        return [
            Check(step=number, why=step.why, name=name, wanted=want, actual=self._actual(step, out, name, want))
            for name, want in wanted.items()
        ]

    def _actual(self, step: Step, out: Outcome, name: str, wanted: Any) -> Any:
        match name:
            case "refused":
                return out.refusal.code if out.refusal else ""
            case "findings":
                return sorted(map(observing.told, out.screening.findings)) if out.screening else []
            case "changes":
                return _items(out.changes)
            case "carried":
                return out.carried
        if out.subject is None or out.refusal is not None:
            return ""  # nothing was said that could be looked at
        look = partial(self._seen, step, out.subject, name, wanted)
        self.wire.until(lambda: bool(look() == wanted))
        return look()

    def _seen(self, step: Step, subject: SubjectId, name: str, wanted: Any) -> Any:
        """Return what every node sees that can know: both sides', or only the speaker's while the network is down."""
        agreement = self.speaking.agreement_of(step)
        if name == "uncertainty_m":
            return observing.told_to(subject, wanted, self.seats)
        if name in observing.OF_NOTICES and isinstance(step, language.ABOUT_NOTICES):
            told = sorted(agreement.parties.keys() - {noticing.item(step).split("/")[1]})
            parties = [step.party] if isinstance(step, language.OfNotice) else told
            if isinstance(wanted, dict):
                parties = list(wanted)
            return observing.of_notice(name, self.seats, agreement, noticing.item(step), parties, self.time.now())
        circle = noticing.circle(step.party) if isinstance(step, language.OfNotice) else ALL
        members = agreement.circle(circle).members if self.wire.up else {step.party}
        look = observing.of_operation if isinstance(step, OfOperation) else observing.acknowledged
        return observing.agreed(
            lambda seat: look(name, seat, agreement.id, circle, subject),
            [self.seats[party] for party in sorted(members)],
        )


def _items(changes: tuple[tuple[str, str, str], ...]) -> list[str]:
    """Name what differs; an area that only one draft has is one item."""
    return sorted({path.partition(".")[0] if path.startswith("area[") else path for path, _, _ in changes})
