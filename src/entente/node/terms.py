"""Terms carried out: what is opened, and what is still sent (JOINT-110…JOINT-119).

The rules of `joint.releases` say what stands; here a node keeps to it. A list is held under its terms whenever a plan
is screened, and a detail is sent only while its release runs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from entente import canonical
from entente.errors import Refused
from entente.geo.position import Position
from entente.ids import Hash, PartyId, SubjectId
from entente.joint import disputes, releases
from entente.joint.journey import Journey
from entente.joint.protected_sites import Site, SiteStatus
from entente.joint.releases import Onward, Release
from entente.joint.rules import Event
from entente.joint.spelling import site_from_plain
from entente.joint.state import CircleFold
from entente.node.book import Book
from entente.node.holdings import Holdings
from entente.node.watch import Under

COPY = re.compile(r"Copy (\S+-[0-9a-f]{4}-[0-9a-f]{4})\.", re.ASCII)
"""How `picture.coarsen` numbers a copy."""


def held(fold: CircleFold, item: str, party: str) -> Release | None:
    """Return the terms on which a party holds an item of a circle; None when it was given without any."""
    return releases.standing(item, fold.now(), party)


def sealed(fold: CircleFold, item: str, me: str) -> bool:
    """Whether an item was given to us on terms that nobody here has acknowledged; our own are always open."""
    if item.split("/")[1] == me:
        return False
    release = held(fold, item, me)
    if release is not None:
        return release.acknowledged_at is None
    # Protection does not wait for what cannot be folded yet; opening does.
    name = releases.subject(item)
    return any((a.statement.verb, a.statement.subject) == ("release.terms", name) for a in fold.unfolded())


def hold(node: Holdings) -> None:
    """Hold every list under the terms that stand now: sealed ones without names, ended ones as expired."""
    for subject in list(node.watch.lists):
        node.watch.set_terms(subject, _under(node, subject))
    node.watch.set_movements(node.clock.now())


def _under(node: Holdings, subject: SubjectId) -> Under:
    name = releases.subject(subject)
    folds = [
        fold
        for book in node.books.values()
        for fold in book.ledger.folds.values()
        if name in fold.events or next(fold.unfolded(), None)
    ]
    given = [release for fold in folds if (release := held(fold, subject, node.party)) is not None]
    return Under(
        sealed=any(sealed(fold, subject, node.party) for fold in folds),
        ended_at=min((release.ends_at for release in given if release.ends_at), default=None),
        ended=tuple(
            (site, withdrawal.at)
            for release in given
            for withdrawal in release.withdrawals
            for site in withdrawal.sites
        ),
        disputed=frozenset(
            site
            for book in node.books.values()
            for fold in book.ledger.folds.values()
            if subject in fold.events
            for site in disputes.standing(subject, fold.now())
        ),
    )


# -- sending -----------------------------------------------------------------------------------------------------------


def may_send(node: Holdings, book: Book, origin: str, seq: int, name: str, peer: str) -> bool:
    """Whether a granted detail may still be sent: while its release runs, and no site in it was withdrawn.

    What was given without terms is governed by its grant alone. That a site has ended is always told.
    """
    act = node.store.part(origin, seq, 0)
    assert act is not None, "what is granted is held, and its act"
    statement = json.loads(act.data)["statement"]
    release = held(book.fold(statement["circle"]), statement["subject"], peer)
    if release is None:
        return True
    sites = {site["id"]: site["status"] for site in _sites(node, origin, seq, name)}
    if sites and set(sites.values()) == {SiteStatus.ENDED}:
        return True
    gone = {site for withdrawal in release.withdrawals for site in withdrawal.sites}
    return release.running(node.clock.now()) and gone.isdisjoint(sites)


def _sites(node: Holdings, origin: str, seq: int, name: str) -> Iterator[dict[str, Any]]:
    """Yield the sites in a chunk of our own, as they are spelt."""
    for part in node.store.parts(origin, seq):
        if part.name == name and name.startswith("chunk-"):
            yield from canonical.decode(part.data)


def copies(node: Holdings, fold: CircleFold, item: SubjectId) -> dict[str, Site]:
    """Return the newest word of a list's own issuer on each of its sites, as it was issued in this circle, by id."""
    return told_copies(node, notices(node, fold, item))


def notices(node: Holdings, fold: CircleFold, item: SubjectId) -> list[Event]:
    """Return the issues of a list of ours in a circle, in order."""
    return [event for event in fold.now().events(item, node.party) if event.verb == "sites.notify"]


def told_copies(node: Holdings, issues: Iterable[Event]) -> dict[str, Site]:
    """Return the newest word of some issues of ours on each site, by id; read without the node's lock, since what was
    said stands."""
    found: dict[str, Site] = {}
    for event in issues:
        for name, _ in event.act.statement.details:
            for site in _sites(node, event.act.origin, event.act.seq, name):
                found[site["id"]] = site_from_plain(site, name)
    return found


def readers(node: Holdings, book: Book, fold: CircleFold, item: SubjectId) -> list[PartyId]:
    """Return everyone whom we granted any detail of an item of ours, by name."""
    places = [(event.act.origin, event.act.seq) for event in fold.now().events(item, node.party)]
    others = sorted(book.parties() - {node.party})
    return [party for party in others if any(node.store.granted(party, *place) for place in places)]


# -- passing on --------------------------------------------------------------------------------------------------------


def copied(node: Holdings, told: Iterable[tuple[Position | None, str]]) -> list[SubjectId]:
    """Return the lists and movements of other parties of which some of these are copies: by position or copy number.

    Each is a position and the note beside it. Two notifiers may well list the same place; a copy that was drawn for us
    is known by the digits it was moved to.
    """
    places: dict[Position, SubjectId] = {}
    numbers: dict[str, SubjectId] = {}
    for subject, site in node.watch.sites.values():
        if subject.split("/")[1] != node.party:
            if site.position is not None:
                places[site.position] = subject
            numbers |= dict.fromkeys(COPY.findall(site.note), subject)
    for convoy in node.watch.convoys.values():
        if convoy.movement.owner != node.party and convoy.journey is not None:
            places |= {passage.position: convoy.subject for passage in convoy.journey.passages}
            numbers |= dict.fromkeys(COPY.findall(convoy.journey.note), convoy.subject)
    found = set()
    for position, note in told:
        found |= {places[position]} if position in places else set()
        found |= {numbers[number] for number in COPY.findall(note) if number in numbers}
    return sorted(found)


def consent_to_pass_on(node: Holdings, sites: Iterable[Site], to: str) -> tuple[Hash, Onward] | None:
    """Return the originator's consent that these sites are passed on to `to`; None when they are our own to tell.

    Raises:
        Refused: `sites.onward`, when they hold copies of another's sites and that party has not consented, or no more.
    """
    with node.lock:  # a package is prepared without it
        return _consent(node, copied(node, ((site.position, site.note) for site in sites)), to)


def consent_for_journey(node: Holdings, journey: Journey, to: str) -> tuple[Hash, Onward] | None:
    """Return the originator's consent that a journey is passed on to `to`; None when it is our own to tell.

    Raises:
        Refused: `sites.onward`, as `consent_to_pass_on`.
    """
    return _consent(node, copied(node, ((passage.position, journey.note) for passage in journey.passages)), to)


def passable(node: Holdings, item: str, to: str) -> tuple[Hash, Onward] | None:
    """Return the originator's consent that we pass an item on to a party, while it lasts; None where there is none."""
    folds = (fold for book in node.books.values() for fold in book.ledger.folds.values())
    now = node.clock.now()
    given = (releases.may_pass_on(item, fold.now(), node.party, to, now) for fold in folds)
    return next((one for one in given if one is not None), None)


def _consent(node: Holdings, items: Iterable[SubjectId], to: str) -> tuple[Hash, Onward] | None:
    consents = []
    for item in items:
        consent = passable(node, item, to)
        if consent is None:
            raise Refused(
                "sites.onward", f"these are copies of {item}; they go to {to} only with its originator's signed consent"
            )
        consents.append(consent)
    return min(consents, key=lambda one: one[1].until, default=None)
