"""Issuing to parties with a node: each recipient its own copy, on terms; what the command line and the page share.

A list or a movement for three recipients is several statements: terms for each, then the notice. `Steps` says which
comes next, judged by what has been said already. So whoever stops half way, or asks twice, says nothing twice.

The secret under which copies are drawn lies in the home: whoever has it can take a copy's shift back.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from entente.errors import Refused
from entente.geo.geodesy import middle
from entente.ids import CircleId, Hash, PartyId, SubjectId
from entente.joint import movements, notifications
from entente.joint.act import moment
from entente.joint.journey import Journey
from entente.joint.movements import Movement
from entente.joint.notifications import CHUNK, MAX_CHUNKS
from entente.joint.protected_sites import Site, SiteStatus
from entente.joint.readback import Place
from entente.joint.releases import Limit, Onward, Purpose, Terms
from entente.joint.spelling import site_to_plain
from entente.joint.state import CircleFold
from entente.node import command, convoys, custody
from entente.node import terms as passing
from entente.node.book import Book
from entente.node.command import Command
from entente.node.home import Home
from entente.node.node import Node
from entente.picture.coarsen import coarsen, copy_id, require, steadied
from entente.picture.journeys import BETWEEN, coarsen_journey
from entente.picture.terms import PURPOSES

SECRET = "copies.key"
MOST = CHUNK * MAX_CHUNKS
"""Sites in one issue; the rest wait for the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """The terms as a desk wishes them; what is left out stays as it stands, or as the default is."""

    purpose: Purpose | None = None
    limits: tuple[Limit, ...] | None = None
    words: str = ""
    start: str = ""
    until: str = ""
    consent: str = ""

    @property
    def anything(self) -> bool:
        """Whether anything was said."""
        return self.limits is not None or any((self.purpose, self.words, self.start, self.until, self.consent))


def secret(home: Home) -> bytes:
    """Return the secret under which this home draws copies, made on first use."""
    path = home.keys / SECRET
    if not path.exists():
        custody.write_private(path, secrets.token_bytes(32))
    return path.read_bytes()


def circle_for(book: Book, party: str) -> CircleId:
    """Return the circle of an instrument of notification that is the recipient's own, else `all`."""
    own = CircleId(f"to-{party}")
    return own if own in book.ledger.folds else CircleId("all")


def terms_for(
    fold: CircleFold, item: str, party: str, wish: Wish, now: datetime, onward: tuple[Hash, Onward] | None = None
) -> tuple[Terms, bool]:
    """Return the terms on which `party` is given an item, and whether they are new and have to be said.

    `onward` is the originator's consent, where it is another's: the release names it, and ends no later.

    Raises:
        Refused: `release.ended`, when those that stand have ended and nothing new is said.
    """
    standing = passing.held(fold, item, party)
    if standing is not None and not wish.anything and (onward is None or standing.terms.onward == onward[0]):
        if standing.ends_at is not None and standing.ends_at <= now:
            raise Refused("release.ended", f"the release of {item} to {party} has ended; say the terms of a new one")
        return standing.terms, False
    old = standing.terms if standing is not None and not standing.withdrawn else None
    until = wish.until or (old.until if old else "")
    limits = wish.limits if wish.limits is not None else old.limits if old else (Limit.NOT_EXPORTED,)
    return Terms(
        to=(PartyId(party),),
        purpose=wish.purpose or (old.purpose if old else Purpose.KEEP_AWAY),
        limits=tuple(sorted(set(limits))),
        words=wish.words or (old.words if old else ""),
        start=wish.start or (old.start if old is not None and _ahead(old.start, now) else ""),
        until=min(until or onward[1].until, onward[1].until) if onward else until,
        onward=onward[0] if onward else "",
        consent=wish.consent or (old.consent if old else ""),
    ), True


def _ahead(start: str, now: datetime) -> bool:
    return bool(start) and moment(start) > now


def place_of(site: Site) -> Place:
    """Return a site as something that a position is held against: its point, and how far around it it may be."""
    where = site.position or (middle(site.footprint.ring) if site.footprint else None)
    return Place(id=site.id, position=where, within_m=site.uncertainty_m)


def drawn_from(copies: Sequence[Site], sites: Sequence[Site], drawn_under: bytes) -> list[Place]:
    """Return what copies were drawn from, under their ids: committed to with the notice, and given to nobody."""
    own = {copy_id(one, drawn_under): place_of(one) for one in sites}
    return [replace(own[copy.id], id=copy.id) for copy in copies if copy.id in own]


def differing(held: dict[str, Site], copies: Sequence[Site], sites: Sequence[Site]) -> list[Site]:
    """Return the copies that say something else than their recipient was last told.

    A copy that still covers its place stays where it is: each new draw around a place tells more of where it is.
    """
    found = []
    for copy, site in zip(copies, sites, strict=True):
        before = held.get(copy.id)
        if before is None:
            if copy.status is SiteStatus.ACTIVE:
                found.append(copy)
            continue
        after = steadied(copy, before, site)
        if site_to_plain(after) != site_to_plain(before):
            found.append(after)
    return found


def kept(node: Node, movement: Movement) -> list[str]:
    """Return whether a recipient's copy has the names of its places: an amendment keeps them."""
    copy = convoys.journey_of(node, movement.latest)
    return ["names"] if copy is not None and any(passage.name for passage in copy.passages) else []


def precision_of(node: Node, movement: Movement, party: str, stem: str, drawn_under: bytes) -> float:
    """Return the precision of the copy that a recipient has: drawn at another, a place that stayed would be narrowed.

    Raises:
        Refused: `movement.precision`.
    """
    copy, own = (f(node, movement.latest) for f in (convoys.journey_of, convoys.original_of))
    if copy is not None and own is not None:
        metres = float(math.floor((copy.uncertainty_m - own.uncertainty_m) / BETWEEN + 1e-6))
        places = [passage.position for passage in copy.passages]
        if metres:
            again = coarsen_journey(own, precision_m=metres, recipient=party, name=stem, secret=drawn_under)
            if [passage.position for passage in again.passages] == places:
                return metres
    raise Refused("movement.precision", f"how precise {movement.subject} was is not told by it; give --precision")


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """What is still to be said, in order, to issue something to several recipients."""

    node: Node
    book: Book
    drawn_under: bytes
    now: datetime

    def of_list(
        self, name: str, to: Sequence[str], sites: Sequence[Site], *, precision_m: float, wish: Wish,
        keep: Collection[str] = (), emergency: bool = False,
    ) -> Iterator[Command]:  # fmt: skip
        """Yield terms and notices for a list of the register: the first issue whole, a later one what differs.

        Raises:
            Refused: `coarsen.*`, `release.ended`, `sites.onward`.
        """
        require(precision_m, keep)
        for party in to:
            fold = self.book.fold(circle_for(self.book, party))
            subject = notifications.subject(self.node.party, f"{name}-{party}")
            copies = [
                coarsen(one, precision_m=precision_m, recipient=party, secret=self.drawn_under, keep=keep)
                for one in sites
            ]
            copies = differing(passing.copies(self.node, fold, subject), copies, sites)
            if not copies:
                continue
            onward = passing.consent_to_pass_on(self.node, sites, party)
            terms, fresh = self._terms(fold, subject, party, wish, onward)
            if fresh:
                yield command.give_terms(self.book.id, fold.name, subject, terms)
            issue = len(notifications.issues(subject, fold.now()))
            for number, at in enumerate(range(0, len(copies), MOST), issue + 1):
                part = copies[at : at + MOST]
                yield command.notify_sites(
                    self.book.id, fold.name, self.node.party, f"{name}-{party}", number, part,
                    f"To {PURPOSES[terms.purpose]}", to=self._now(terms, party), until=terms.until,
                    originals=drawn_from(part, sites, self.drawn_under), emergency=emergency,
                )  # fmt: skip

    def of_movement(
        self, name: str, to: Sequence[str], journey: Journey, purpose: str, *, precision_m: float, wish: Wish,
        keep: Collection[str] = (), emergency: bool = False,
    ) -> Iterator[Command]:  # fmt: skip
        """Yield terms and notices for a movement; who has been notified of it already is passed over.

        Raises:
            Refused: `coarsen.*`, `movement.contact`, `sites.onward`.
        """
        for party in to:
            fold = self.book.fold(circle_for(self.book, party))
            subject = movements.subject(self.node.party, f"{name}-{party}")
            if movements.read(subject, fold.now()) is not None:
                continue
            copy = self._copy(journey, party, name, precision_m, keep)
            onward = passing.consent_for_journey(self.node, journey, party)
            terms, fresh = self._terms(fold, subject, party, wish, onward)
            if fresh:
                yield command.give_terms(self.book.id, fold.name, subject, terms)
            yield command.notify_movement(
                self.book.id, fold.name, self.node.party, f"{name}-{party}", copy, purpose,
                to=self._now(terms, party), original=journey, emergency=emergency,
            )  # fmt: skip

    def of_amendment(
        self, copies: Sequence[tuple[CircleFold, Movement]], journey: Journey, purpose: str, emergency: bool
    ) -> Iterator[Command]:
        """Yield a new version of each copy that does not say all of this yet, as precise as it was.

        Raises:
            Refused: `movement.precision`, and as `of_movement`.
        """
        for fold, movement in copies:
            latest = movement.latest
            said = (latest.body.purpose, latest.body.emergency)
            if convoys.original_of(self.node, latest) == journey and said == (purpose, emergency):
                continue
            party, stem = self.recipient(fold, movement.subject)
            metres = precision_of(self.node, movement, party, stem, self.drawn_under)
            copy = self._copy(journey, party, stem, metres, kept(self.node, movement))
            standing = passing.held(fold, movement.subject, party)
            yield command.amend_movement(
                self.book.id, fold.name, movement.subject, latest, copy,
                to=self._now(standing.terms, party) if standing is not None else [party], original=journey,
                purpose=purpose, emergency=emergency,
            )  # fmt: skip

    def recipient(self, fold: CircleFold, subject: SubjectId) -> tuple[str, str]:
        """Return whom a copy of ours is for, and what the thing itself is called."""
        return recipient_of(self.node, self.book, fold, subject)

    def _now(self, terms: Terms, party: str) -> list[str]:
        """Return to whom details go at once: to nobody while a release has not begun (`duties.begin_later`)."""
        return [] if _ahead(terms.start, self.now) else [party]

    def _copy(
        self, journey: Journey, party: str, name: str, precision_m: float, keep: Collection[str]
    ) -> Journey:  # fmt: skip
        return coarsen_journey(
            journey, precision_m=precision_m, recipient=party, name=name, secret=self.drawn_under, keep=keep
        )

    def _terms(
        self, fold: CircleFold, subject: SubjectId, party: str, wish: Wish, onward: tuple[Hash, Onward] | None
    ) -> tuple[Terms, bool]:
        terms, fresh = terms_for(fold, subject, party, wish, self.now, onward)
        standing = passing.held(fold, subject, party)
        same = standing is not None and standing.terms == terms and standing.withdrawn is None
        return terms, fresh and not same


def recipient_of(node: Node, book: Book, fold: CircleFold, subject: SubjectId) -> tuple[str, str]:
    """Return whom a copy of ours is for, by its name, and what the thing itself is called."""
    return split(subject.split("/")[2], sorted(book.parties() - {node.party}))


def split(name: str, parties: Collection[str]) -> tuple[str, str]:
    """Return the party that a copy's name ends with, and the rest; the whole name where it ends with none.

    >>> split("relief-7-south", ["north", "south"])
    ('south', 'relief-7')
    """
    found = max((party for party in parties if name.endswith(f"-{party}")), key=len, default="")
    return found, name.removesuffix(f"-{found}") if found else name
