"""The story of an exercise for the map and the report: samples of what stood when, gathered while it is played.

The director sees all (DESIGN, "Who uses it"), so this is no party's view: exact sites, every finding of both sides.
What stood is sampled from the owner's own node after each step.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from entente.adapters import aerodromes, csv_sites
from entente.errors import EntenteError
from entente.exercise import language
from entente.exercise.reading import Exercise
from entente.exercise.seats import Seat
from entente.exercise.speaking import Speaking
from entente.ids import CircleId, SubjectId
from entente.joint import line, movements, notifications, operations, releases, standings
from entente.joint.act import ALL
from entente.joint.decisions import Decide, Dissent
from entente.joint.journey import protected
from entente.joint.movements import Movement
from entente.joint.operations import Operation, Version
from entente.joint.plan import Crew, Kind, Plan
from entente.joint.protected_sites import Site
from entente.joint.rules import body_of
from entente.joint.screening import Screening
from entente.joint.state import CircleFold
from entente.node import convoys
from entente.node.watch import area_id, read_plan
from entente.picture.terms import notice
from entente.report import words
from entente.report.story import (
    Story,
    StoryDecision,
    StoryEvent,
    StoryFinding,
    StoryHash,
    StoryPlace,
    StoryPlan,
    StoryStanding,
)

NOTE, PLAN = "note", "plan"
"""Names of details."""
_VERSION = re.compile(r"^(operation/[^@]+@\d+)/.*$")


@dataclass(slots=True, kw_only=True)
class Telling:
    """Gathers a story while an exercise is played."""

    exercise: Exercise
    seats: Mapping[str, Seat]
    speaking: Speaking
    _events: list[StoryEvent] = field(default_factory=list)
    _findings: dict[str, StoryFinding] = field(default_factory=dict)
    _standings: dict[str, list[StoryStanding]] = field(default_factory=dict)

    def anew(self) -> Telling:
        """Return a telling that has sampled what this one has, and was told nothing yet."""
        return replace(self, _events=[], _findings={})

    def event(self, at: datetime, party: str, said: str, refusal: EntenteError | None) -> None:
        """Note a line of the timeline."""
        text = f"{said} — refused: {refusal.sentence}" if refusal else said
        self._events.append(StoryEvent(at=at, party=party or "exercise", text=text))

    def found(self, party: str, screening: Screening) -> None:
        """Note what a party's node found; what both sides found alike is one finding, by both."""
        for found in screening.findings:
            finding = replace(found, plan=_name(found.plan), other=_name(found.other), inputs=())
            alike = f"{finding.plan} {finding.against} {finding.other} {words.closeness(finding)}"
            known = self._findings.get(alike)
            by = [known.by] if known else []
            by += [] if known and party in known.by.split(" and ") else [party]
            self._findings[alike] = StoryFinding(finding=finding, by=" and ".join(by))

    def sample(self, at: datetime) -> None:
        """Note how every operation stands at its owner's node."""
        for fold, operation in self._operations():
            past = fold.now()
            found = standings.basis(operation, past, CircleId(ALL))
            standing = f"{found.standing}{', final' if standings.final(operation, past, found) else ''}"
            for version in operation.versions:
                name = f"{operation.subject}@{version.number}"
                if version is operation.latest:
                    self._note(name, at, _phase(operation, fold), standing)
                else:
                    noted = self._standings.get(name)
                    self._note(name, at, "replaced", noted[-1].standing if noted else "replaced at once")
        for movement in self._movements():
            for moved in movement.versions:
                stands = "notified, asks nobody"
                phase = str(movement.ended or "open") if moved is movement.latest else "replaced"
                self._note(f"{movement.subject}@{moved.number}", at, phase, stands)

    def _note(self, name: str, at: datetime, phase: str, standing: str) -> None:
        noted = self._standings.setdefault(name, [])
        if not noted or (noted[-1].phase, noted[-1].standing) != (phase, standing):
            noted.append(StoryStanding(at=at, phase=phase, standing=standing))

    def _operations(self) -> Iterator[tuple[CircleFold, Operation]]:
        """Yield every operation, as its owner's node has folded it."""
        for seat in self.seats.values():
            if self.speaking.main.id in seat.node.books:
                fold = seat.node.book(self.speaking.main.id).fold(ALL)
                for subject in fold.subjects(f"operation/{seat.party}/"):
                    operation = operations.read(subject, fold.now())
                    if operation is not None:
                        yield fold, operation

    def _movements(self) -> Iterator[Movement]:
        """Yield every movement once, as its originator's node has folded it for one of those who were told."""
        for seat in self.seats.values():
            folds = [fold for book in seat.node.books.values() for fold in book.ledger.folds.values()]
            told = {name: fold for fold in folds for name in fold.subjects(f"movement/{seat.party}/")}
            for name, fold in told.items():
                movement = movements.read(name, fold.now())
                if movement is not None:
                    yield movement

    # -- the whole -----------------------------------------------------------------------------------------------------

    def story(self, made_at: datetime, hashes: Sequence[StoryHash], verification: Sequence[str]) -> Story:
        """Return the story so far."""
        frame, main = self.exercise.frame, self.speaking.main
        return Story(
            title=frame.title,
            exercise=True,
            made_at=made_at,
            window=self.exercise.window,
            plans=tuple(
                sorted((*self._plans(), *self._journeys(made_at)), key=lambda held: held.plan.volumes[0].interval.start)
            ),
            sites=tuple(self._sites()),
            areas=tuple(replace(area, id=area_id(main, area.id)) for area in main.areas),
            findings=tuple(self._findings.values()),
            events=tuple(self._events),
            places=tuple(StoryPlace(name=code, position=aerodromes.find(code)) for code in frame.aerodromes),
            agreed=tuple(self._agreed()),
            hashes=tuple(hashes),
            verification=tuple(verification),
            standard=main.standard,
            notices=tuple(self._notices(made_at)),
        )

    def _notices(self, now: datetime) -> Iterator[str]:
        """Yield the terms on which each recipient holds the notifier's lists, as the recipient's own node has them."""
        for seat in self.seats.values():
            for book in seat.node.books.values():
                for fold in book.ledger.folds.values():
                    for name in fold.subjects("release/"):
                        item = name.removeprefix("release/")
                        release = releases.standing(item, fold.now(), seat.party)
                        if release is not None:
                            yield from notice(item, release, now)

    def _agreed(self) -> Iterator[str]:
        main = self.speaking.main
        yield f"{main.text.title} ({main.id}, {main.digest}), signed by {' and '.join(main.signatories)}."
        hours = main.times.independent_notice_s // 3600
        yield f"Mode: {words.phrase(main.mode)}. Notice before independent action: {hours} h."
        if main.text.note:
            yield main.text.note

    def _plans(self) -> Iterator[StoryPlan]:
        for fold, operation in self._operations():
            reads = self.seats[operation.owner].node.store
            for version in operation.versions:
                name = f"{operation.subject}@{version.number}"
                part = next(part for part in reads.parts(version.origin, version.seq) if part.name == PLAN)
                yield StoryPlan(
                    plan=read_plan(part.data, name),
                    party=operation.owner,
                    version=version.number,
                    standings=tuple(self._standings.get(name, ())),
                    decisions=tuple(self._decisions(fold, operation.subject, version)),
                )

    def _journeys(self, now: datetime) -> Iterator[StoryPlan]:
        """Yield each version of a movement by its originator's own plan: the way that it protects, on the ground."""
        for movement in self._movements():
            for version in movement.versions:
                journey = convoys.original_of(self.seats[movement.owner].node, version)
                if journey is None:
                    continue
                name = SubjectId(f"{movement.subject}@{version.number}")
                way = protected(journey, now=min(now, journey.start)).volumes
                held = Plan(id=name, title=journey.title, kind=Kind.HUMANITARIAN, crew=Crew.CREWED, volumes=tuple(way))
                yield StoryPlan(
                    plan=held, party=movement.owner, version=version.number,
                    standings=tuple(self._standings.get(name, ())),
                )  # fmt: skip

    def _decisions(self, fold: CircleFold, subject: SubjectId, version: Version) -> Iterator[StoryDecision]:
        for event in fold.now().events(subject):
            if event.verb == "decision.give" and body_of(event.act, Decide).version == version.leaf:
                answer = str(body_of(event.act, Decide).answer)
            elif event.verb == "dissent.give" and body_of(event.act, Dissent).item == version.leaf:
                answer = "dissent"
            else:
                continue
            parts = self.seats[event.act.party].node.store.parts(event.act.origin, event.act.seq)
            note = next((part.data.decode() for part in parts if part.name == NOTE), "")
            by_rule = "" if event.act.statement.signer else "by standing decision"
            yield StoryDecision(at=event.act.at, party=event.act.party, answer=answer, text=note or by_rule)

    def _sites(self) -> Iterator[Site]:
        """Yield the notifier's own, exact sites, under the names by which findings call them."""
        for step in self.exercise.steps:
            if isinstance(step, language.Notify):
                subject = notifications.subject(step.party, step.list)
                for site in csv_sites.read(self.exercise.file(step.file)).sites:
                    yield replace(site, id=f"{subject}/{site.id}")


def _phase(operation: Operation, fold: CircleFold) -> str:
    """Return an operation's phase, with what must be said beside it: a declared threat, a STOP that stands."""
    if operation.phase in operations.CLOSED:
        return operation.phase
    threat = bool(operation.activations and operation.activations[-1].threat)
    stopped = line.stopped(operation.subject, fold.now(), fold.subjects("stop/"))
    said = [operation.phase, "threat declared" if threat else "", "STOP" if stopped else ""]
    return ", ".join(filter(None, said))


def _name(name: str) -> str:
    """Return the short name of what a finding is about: a node's picture tells versions apart by circle as well."""
    return _VERSION.sub(r"\1", name)
