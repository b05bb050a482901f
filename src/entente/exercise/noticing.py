"""What a step says of notices: lists of sites and movements are told, opened, read back, relayed, loaded and disputed.

A notifier tells each recipient in a circle of its own, ``to-PARTY``, where that one alone hears it. A step by the
notifier is said once in each of those circles, a recipient's in its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from entente.adapters import csv_sites, movementfile
from entente.errors import Refused
from entente.exercise import language
from entente.exercise.language import Copy, OfAgreement, OfNotice
from entente.exercise.reading import Exercise
from entente.exercise.seats import Seat, Text
from entente.geo.interval import parse_time
from entente.ids import AgreementId, PartyId, SubjectId
from entente.joint import ladder, movements, notifications, readback, releases
from entente.joint.journey import Journey
from entente.joint.movements import Movement
from entente.joint.readback import Entered, Place
from entente.joint.releases import Limit
from entente.joint.state import CircleFold
from entente.node import command, convoys
from entente.node.command import Command
from entente.picture.coarsen import coarsen
from entente.picture.journeys import coarsen_journey
from entente.picture.terms import PURPOSES, limits
from entente.report import words

SECRET = b"an exercise draws each copy of a place the same way in every run, so that each run finds the same"
Saying = tuple[Command, str]
"""A command, and the words for it."""


def circle(party: str) -> str:
    """Return the circle in which a party alone is told."""
    return f"to-{party}"


def item(step: OfAgreement) -> SubjectId:
    """Return the list or movement that a step is about."""
    match step:
        case OfNotice(notice=name):
            return SubjectId(name)
        case language.Notify(list=name):
            return notifications.subject(step.party, name)
        case language.OfMovement(movement=name):
            return movements.subject(step.party, name)
    raise AssertionError(f"{step} is about no notice")


@dataclass(frozen=True, slots=True)
class Noticing:
    """Turns steps about notices into commands, with what the speaker's own node knows."""

    exercise: Exercise
    seats: Mapping[str, Seat]
    text: Callable[[str], Text]

    def sayings(self, step: OfAgreement, now: datetime) -> Iterator[Saying]:
        """Yield what a step says.

        Raises:
            Refused: when the speaker's node does not know what the step is about.
        """
        match step:
            case language.Notify(list=name, purpose=purpose):
                for copy in step.copies:
                    item = notifications.subject(step.party, name)
                    yield from self._terms(step, copy, item, step.limits, step.consent, releases.Purpose.KEEP_AWAY)
                    yield self._list(step, copy, purpose)
            case language.NotifyMovement(movement=name):
                for copy in step.copies:
                    item = movements.subject(step.party, name)
                    yield from self._terms(
                        step, copy, item, step.limits, step.consent, releases.Purpose.LET_RELIEF_PASS
                    )
                    yield self._movement(step, copy)
            case language.AmendMovement():
                yield from (self._amendment(step, copy) for copy in step.copies)
            case language.ReportMovement() | language.EndMovement():
                for fold, movement in self._told(step):
                    yield self._of_movement(step, fold, movement, now)
            case OfNotice():
                yield self._of_notice(step)

    # -- by whoever notifies -------------------------------------------------------------------------------------------

    def _agreement(self, step: OfAgreement) -> AgreementId:
        return self.text(step.agreement).agreement.id

    def _terms(
        self,
        step: OfAgreement,
        copy: Copy,
        item: str,
        bounds: tuple[Limit, ...],
        consent: str,
        purpose: releases.Purpose,
    ) -> Iterator[Saying]:
        """Yield on what terms a copy is given, when the step says so."""
        if bounds:
            terms = releases.Terms(
                to=(PartyId(copy.party),), purpose=purpose, limits=tuple(sorted(bounds)), consent=consent
            )
            said = command.give_terms(self._agreement(step), circle(copy.party), item, terms)
            yield said, f"releases it to {copy.party} to {PURPOSES[purpose]}, on limits"

    def _list(self, step: language.Notify, copy: Copy, purpose: str) -> Saying:
        sites = csv_sites.read(self.exercise.file(step.file)).sites
        copies = [coarsen(site, precision_m=copy.precision_m, recipient=copy.party, secret=SECRET) for site in sites]
        # What was known is committed to beside what was told, so that a read-back can be held against both.
        originals = [
            Place(id=told.id, position=site.position, within_m=site.uncertainty_m)
            for told, site in zip(copies, sites, strict=True)
        ]
        said = command.notify_sites(
            self._agreement(step), circle(copy.party), step.party, step.list, 1, copies, purpose, to=[copy.party],
            originals=originals,
        )  # fmt: skip
        return said, f"tells {copy.party} of {_count(len(sites), 'protected site')} to {copy.precision_m:,} m"

    def _movement(self, step: language.NotifyMovement, copy: Copy) -> Saying:
        file = movementfile.read(self.exercise.file(step.file))
        said = command.notify_movement(
            self._agreement(step), circle(copy.party), step.party, step.movement,
            self._copy(file.journey, step.movement, copy), file.purpose, to=[copy.party], original=file.journey,
            emergency=file.emergency,
        )  # fmt: skip
        return said, f"tells {copy.party} of {step.movement}, {file.journey.title}, to {copy.precision_m:,} m"

    def _amendment(self, step: language.AmendMovement, copy: Copy) -> Saying:
        file = movementfile.read(self.exercise.file(step.file))
        fold = self._fold(step, copy.party)
        movement = _movement(fold, movements.subject(step.party, step.movement))
        said = command.amend_movement(
            self._agreement(step), fold.name, movement.subject, movement.latest,
            self._copy(file.journey, step.movement, copy), to=[copy.party], original=file.journey,
            purpose=file.purpose, emergency=file.emergency,
        )  # fmt: skip
        return said, f"tells {copy.party} what changes: version {movement.latest.number + 1} of {step.movement}"

    def _copy(self, journey: Journey, name: str, copy: Copy) -> Journey:
        return coarsen_journey(
            journey, precision_m=copy.precision_m, recipient=copy.party, name=name, secret=SECRET, keep=["names"]
        )

    def _told(self, step: language.ReportMovement | language.EndMovement) -> Iterator[tuple[CircleFold, Movement]]:
        """Yield the movement in each circle where it was told."""
        subject = movements.subject(step.party, step.movement)
        for name, fold in sorted(self.seats[step.party].node.book(self._agreement(step)).ledger.folds.items()):
            if name.startswith(circle("")) and movements.read(subject, fold.now()) is not None:
                yield fold, _movement(fold, subject)

    def _of_movement(
        self,
        step: language.ReportMovement | language.EndMovement,
        fold: CircleFold,
        movement: Movement,
        now: datetime,
    ) -> Saying:
        agreement, leaf = self._agreement(step), movement.latest.leaf
        match step:
            case language.ReportMovement(how=how, who=who, until=until):
                said = command.report_movement(
                    agreement, fold.name, movement.subject, leaf, how, now, who,
                    until=parse_time(until) if until else None,
                )  # fmt: skip
                return said, f"reports {step.movement} {words.phrase(how)} by {who}"
            case language.EndMovement(reason=reason):
                ended = command.end_movement(agreement, fold.name, movement.subject, leaf, reason)
                return ended, f"ends {step.movement}: {words.phrase(reason)}"

    # -- by a recipient ------------------------------------------------------------------------------------------------

    def _of_notice(self, step: OfNotice) -> Saying:
        agreement, fold, item = self._agreement(step), self._fold(step, step.party), SubjectId(step.notice)
        told = ladder.notices(item, fold.now())
        if not told:
            raise Refused("notice.unknown", f"{step.party} was told of no {step.notice}")
        leaf, where, short = told[-1], fold.name, step.notice.rpartition("/")[2]
        match step:
            case language.OpenNotice():
                release = releases.standing(item, fold.now(), step.party)
                if release is None:
                    raise Refused("release.unknown", f"{step.party} was given no {step.notice} on terms")
                said = command.acknowledge_terms(agreement, where, item, release)
                return said, f"acknowledges the limits of {short}, and opens it: {limits(release.terms.limits)}"
            case language.AcknowledgeNotice():
                build = command.acknowledge_movement if item.startswith("movement/") else command.acknowledge_sites
                return build(agreement, where, item, leaf), f"acknowledges {short}: held, and nothing promised"
            case language.ReadBack(places=places):
                entered = self._entered(step, fold, item, places)
                said = command.read_back(agreement, where, item, leaf, entered, to=[step.notice.split("/")[1]])
                return said, f"reads {_count(len(entered), 'place')} of {short} back"
            case language.Relay(unit=unit):
                return command.relay(agreement, where, item, leaf, unit), f"has relayed {short} to {unit}"
            case language.Load(unit=unit):
                return command.load(agreement, where, item, leaf, unit), f"says that {unit} has loaded {short}"
            case language.Dispute(site=site, reason=reason, note=note):
                held = self._held(step.party, fold, item)
                if site not in held:
                    raise Refused("site.unknown", f"{step.party} holds no {site!r} of {step.notice}")
                others = self.text(step.agreement).agreement.circle(where).members - {step.party}
                given = command.dispute(agreement, where, item, leaf, held[site].id, reason, note=note, to=others)
                return given, f"disputes {site}: {words.phrase(reason)}"
        raise AssertionError(f"nobody says {step}")

    def _entered(self, step: OfNotice, fold: CircleFold, item: SubjectId, places: Mapping[str, str]) -> list[Entered]:
        held = self._held(step.party, fold, item)
        for name in places.keys() - held.keys():
            raise Refused("ladder.place", f"{step.party} holds no {name!r} of {step.notice}")
        return [readback.compare(text, held[name]) for name, text in places.items()]

    def _held(self, party: str, fold: CircleFold, item: SubjectId) -> dict[str, Place]:
        """Return the places of a notice as a party holds them: sites by name, passages by number."""
        node = self.seats[party].node
        node.catch_up()
        if item.startswith("movement/"):
            journey = convoys.journey_of(node, _movement(fold, item).latest)
            return _passages(journey) if journey else {}
        return {
            site.name: Place(id=site.id, position=site.position, within_m=site.uncertainty_m)
            for subject, site in node.watch.sites.values()
            if subject == item
        }

    def _fold(self, step: OfAgreement, party: str) -> CircleFold:
        return self.seats[step.party].node.book(self._agreement(step)).fold(circle(party))


def _passages(journey: Journey) -> dict[str, Place]:
    return {
        str(number): Place(id=str(number), position=passage.position, within_m=journey.uncertainty_m)
        for number, passage in enumerate(journey.passages, 1)
    }


def _movement(fold: CircleFold, subject: SubjectId) -> Movement:
    movement = movements.read(subject, fold.now())
    if movement is None:
        raise Refused("movement.unknown", f"{subject} was told to nobody here")
    return movement


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def own_places(seat: Seat, fold: CircleFold, item: SubjectId) -> Mapping[str, Place]:
    """Return what an originator's notice was drawn from, by the ids of its places: its own plan."""
    if item.startswith("movement/"):
        journey = convoys.original_of(seat.node, _movement(fold, item).latest)
        return _passages(journey) if journey else {}
    return convoys.originals_of(seat.node, fold, item)
