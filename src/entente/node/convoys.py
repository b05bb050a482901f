"""Movements and places as this node holds them: journeys read, a notice told in words, and plans held against it.

Every plan is held against every place when somebody screens it; here it is the other way round: a place or a movement
that is about to be told, or has just come, against every plan that was released to us (R-32).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from entente import canonical
from entente.deconfliction import Airspace, screen
from entente.errors import Malformed
from entente.ids import SubjectId
from entente.joint import movements
from entente.joint.journey import Journey, difference, protected
from entente.joint.movements import Version
from entente.joint.readback import Place, places_from_plain
from entente.joint.screening import Finding
from entente.joint.spelling import journey_from_plain, site_from_plain
from entente.joint.state import CircleFold
from entente.node import terms
from entente.node.book import Book
from entente.node.command import ORIGINAL, Command
from entente.node.holdings import Holdings
from entente.node.watch import Flight
from entente.picture import coverage, wording
from entente.picture.catalogues import Catalogue
from entente.picture.journeys import notice
from entente.store.promises import StoredPart

MOST_TOLD = 20
"""Findings that a notice's text lists; how many there are it says in any case."""


def read_journey(part: StoredPart | None) -> Journey | None:
    """Return the journey in a part, or None when it is not held or cannot be read."""
    try:
        return journey_from_plain(canonical.decode(part.data), "journey") if part is not None else None
    except Malformed:
        return None


def journey_of(node: Holdings, version: Version) -> Journey | None:
    """Return a version's journey as it was released to us, or as we issued it."""
    return read_journey(node.store.part(version.origin, version.seq, version.journey) if version.journey else None)


def original_of(node: Holdings, version: Version) -> Journey | None:
    """Return what a version of our own was drawn from: our own plan at the time of the notice."""
    parts = node.store.parts(version.origin, version.seq)
    return read_journey(next((part for part in parts if part.name == ORIGINAL), None))


def originals_of(node: Holdings, fold: CircleFold, item: SubjectId) -> dict[str, Place]:
    """Return what a list of our own was drawn from, by its copies' ids: our own plan at the time of each issue."""
    found: dict[str, Place] = {}
    for event in fold.now().events(item, node.party):
        if event.verb == "sites.notify":
            for part in node.store.parts(event.act.origin, event.act.seq):
                if part.name.startswith(ORIGINAL):
                    found |= {place.id: place for place in places_from_plain(canonical.decode(part.data), part.name)}
    return found


def too_close(node: Holdings, new: Airspace, now: datetime) -> list[tuple[Flight, Finding]]:
    """Return what is too close of a few new places to the plans that were released to us, by each plan's standard."""
    found = []
    for _, flight in sorted(node.watch.flights.items()):
        standard = node.books[flight.agreement].current(now).standard
        if flight.plan is not None and standard is not None:
            plan = node.watch.airspace.plans.get(flight.id, flight.plan)
            findings = screen(plan, new, standard, now=now, party=flight.owner).findings
            found += [(flight, finding) for finding in findings]
    return found


def notices(
    node: Holdings, book: Book, fold: CircleFold, command: Command, now: datetime, words: Catalogue
) -> Iterator[str]:
    """Yield, in words, what a notice says besides its act: the journey, what changed, lateness, plans too close."""
    new = Airspace()
    if command.verb == "movement.acknowledge" and not terms.sealed(fold, command.subject, node.party):
        yield from _acknowledged(node, fold, command, words)
    if command.verb in ("movement.notify", "movement.amend"):
        journey = _detail(command, movements.JOURNEY)
        assert journey is not None, "a notice goes with a journey that this node has just written"
        yield from notice(journey, words)
        yield from _changes(node, fold, command, journey, words)
        clock = coverage.clock_of(book.current(now), command.body["emergency"], command.body["notice_s"])
        yield from coverage.lateness(journey.start, now, clock, words)
        way = protected(journey, now=now)
        new.put_movement(command.subject, journey.title, way.volumes, journey.uncertainty_m, way.marks)
    elif command.verb == "sites.notify" and node.watch.flights:
        for detail in command.details:
            if detail.name.startswith("chunk-"):
                for plain in canonical.decode(detail.data):
                    site = site_from_plain(plain, detail.name)
                    if site.position is not None or site.footprint is not None:
                        new.put_site(site)
    else:
        return
    if node.watch.flights:
        yield from _told(too_close(node, new, now), words)


def _acknowledged(node: Holdings, fold: CircleFold, command: Command, words: Catalogue) -> Iterator[str]:
    """Say what an officer acknowledges: the journey as it was given to us, and what changed since the one before."""
    movement = movements.read(command.subject, fold.now())
    held = [journey_of(node, version) for version in movement.versions[-2:]] if movement else []
    if not held or held[-1] is None:
        yield words.say("journey_none")
        return
    yield from notice(held[-1], words)
    if held[0] is not None:
        yield from (wording.change(one, words) for one in difference(held[0], held[-1]))


def _changes(node: Holdings, fold: CircleFold, command: Command, journey: Journey, words: Catalogue) -> Iterator[str]:
    """Say what changed since the version that is amended: as this copy has it, and as our own plan has it."""
    movement = movements.read(command.subject, fold.now())
    if command.verb != "movement.amend" or movement is None:
        return
    was, own = journey_of(node, movement.latest), original_of(node, movement.latest)
    now = _detail(command, ORIGINAL)
    before, after = (own, now) if own is not None and now is not None else (was, journey)
    if before is not None:
        changes = difference(before, after)
        yield from (wording.change(one, words) for one in changes)
        if not changes:
            yield words.say("journey_same")


def _detail(command: Command, name: str) -> Journey | None:
    data = next((detail.data for detail in command.details if detail.name == name), None)
    return journey_from_plain(canonical.decode(data), name) if data is not None else None


def _told(found: Iterable[tuple[Flight, Finding]], words: Catalogue) -> Iterator[str]:
    listed = list(found)
    yield words.say("too_close", count=len({flight.id for flight, _ in listed}))
    for flight, finding in listed[:MOST_TOLD]:
        told = wording.describe(finding, words).removeprefix("- ")
        yield words.say("too_close_one", subject=flight.subject, finding=told)
    if len(listed) > MOST_TOLD:
        yield words.say("too_close_more", count=len(listed) - MOST_TOLD)
