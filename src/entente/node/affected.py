"""Both ways: what has just come is held against our own plans at once, and what is new in a plan's findings is told.

A place or a movement that arrives after a plan was screened would wait for the plan's next screening. So whenever a
node tends to its duties it holds every chunk and journey that it has not looked at yet against its own open plans, and
notes what it finds in its own record, once. The notifier is told nothing by this: our plans were not released to it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from entente import canonical
from entente.deconfliction import Airspace, screen
from entente.errors import Malformed
from entente.ids import Hash, SubjectId
from entente.joint.screening import Finding
from entente.joint.spelling import screening_from_plain
from entente.node import drafting, terms
from entente.node.book import Book
from entente.node.node import Node
from entente.node.watch import Flight

LOOKED, AFFECTED = "looked-at/", "affected/"
"""Small values: parts that were held against our plans; what was then found, by the leaf of the plan's version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What is new in the findings of one of our open operations since its plan was screened, and what is gone."""

    subject: SubjectId
    version: Hash
    new: tuple[Finding, ...]
    gone: tuple[Finding, ...]


def look(node: Node) -> int:
    """Hold what has come since the last look against our own plans; note each finding, and return how many there are.

    What was looked at is not looked at again, so a second look finds nothing; `news` tells at any time.
    """
    with node.lock:
        node.catch_up()
        own = [f for _, f in sorted(node.watch.flights.items()) if f.owner == node.party and f.plan is not None]
        held = set(node.watch.parts()) - node.looked if own else set()
        fresh = {part for part in held if node.store.meta(f"{LOOKED}{part}") is None}
        node.looked |= held
        if not fresh:
            return 0
        now, new = node.clock.now(), Airspace()
        terms.hold(node)
        node.watch.copy_places(new, fresh)
        found: list[tuple[Flight, Finding]] = []
        for flight in own:
            standard = node.books[flight.agreement].current(now).standard
            assert flight.plan is not None and standard is not None, "what flies has a plan and a standard"
            found += [(flight, one) for one in screen(flight.plan, new, standard, now=now, party=node.party).findings]
        with node.store.transaction() as txn:
            for part in fresh:
                txn.set_meta(f"{LOOKED}{part}", b"1")
            for flight, finding in found:
                node.note(txn, "affected", subject=flight.subject, by=finding.other)
            for flight in {flight.id: flight for flight, _ in found}.values():
                others = {finding.other for other, finding in found if other.id == flight.id}
                every = set(noted(node, flight.version.leaf)) | others
                txn.set_meta(f"{AFFECTED}{flight.version.leaf}", canonical.encode(sorted(every)))
    return len(found)


def noted(node: Node, version: Hash) -> list[str]:
    """Return what came after a version of ours was screened and is too close to it, as `look` found it."""
    found: list[str] = json.loads(node.store.meta(f"{AFFECTED}{version}") or b"[]")
    return found


def news(node: Node, book: Book) -> Iterator[News]:
    """Yield, for each open operation of ours, how its findings differ from those that it was notified with."""
    now = node.clock.now()
    for _, flight in sorted(node.watch.flights.items()):
        if flight.owner != node.party or flight.plan is None or flight.agreement != book.id:
            continue
        then = _then(node, flight)
        found = drafting.screen(node, book, flight.plan, flight.subject, flight.owner, now).findings
        if then is not None:
            before, after = ({(f.against, f.other) for f in listed} for listed in (then, found))
            new = tuple(f for f in found if (f.against, f.other) not in before)
            gone = tuple(f for f in then if (f.against, f.other) not in after)
            if new or gone:
                yield News(subject=flight.subject, version=flight.version.leaf, new=new, gone=gone)


def _then(node: Node, flight: Flight) -> tuple[Finding, ...] | None:
    """Return what was found when a version of ours was notified; its screening stays with us."""
    version = flight.version
    parts = node.store.parts(version.origin, version.seq)
    part = next((part for part in parts if part.name == "screening"), None)
    try:
        return screening_from_plain(canonical.decode(part.data)).findings if part is not None else None
    except Malformed:
        return None
