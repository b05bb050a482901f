"""Cosigning: saying what we durably hold of the others' feeds, and finding who has been silent (docs/adr/0024).

What is acknowledged was folded in every circle of ours, and what is folded was read from commits: so leaves and acts
are on the disk before anything says that they are held. Acknowledgements wait for a while, to speak of much at once;
one that would speak of acknowledgements only is never made.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from entente.errors import Refused
from entente.feed.suite import b64
from entente.ids import CircleId, Origin, PartyId, feed_of, party_of
from entente.joint import cosigning, operations, silence, witness
from entente.joint.act import ALL, Head, Statement
from entente.joint.agreement import Agreement
from entente.joint.cosigning import Acknowledge, Held
from entente.joint.operations import Operation
from entente.joint.rules import Event, Past
from entente.joint.silence import Silence
from entente.node import recovery
from entente.node.book import Book
from entente.node.node import Node, Receipt
from entente.node.watch import place_of
from entente.tlog.checkpoint import Checkpoint
from entente.tlog.note import Note

LOOK_S = 30.0
"""How often a serving node looks whether its silence must be dated [s]: clocks may be set while it sleeps."""


QUIET = frozenset({cosigning.ACKNOWLEDGE, witness.WITNESSED})
"""What nodes say of the record itself: it is carried with whatever comes next, and nothing is said because of it."""


# -- what is held ------------------------------------------------------------------------------------------------------


def held(book: Book) -> dict[Origin, int]:
    """Return how much of each other feed, and branch, we hold, with every act in it that goes to us.

    That is what all our circles have folded.
    """
    cuts = [fold.cut for fold in book.ledger.folds.values()]
    sizes = {name: min(cut.get(name, 0) for cut in cuts) for name in book.trees if party_of(name) != book.me}
    return {origin: size for origin, size in sorted(sizes.items()) if size}


def owes(node: Node, book: Book) -> bool:
    """Whether somebody has said something that nothing of ours acknowledges yet; acknowledgements do not count."""
    base = book.fold(ALL)
    views = {name: fold.now().acknowledged(node.party) for name, fold in book.ledger.folds.items()}
    for origin, size in held(book).items():
        circles, start = book.ledger.feeds[origin].circles, book.ledger.feeds[origin].start
        for seq in range(max(start, min(view.get(origin, 0) for view in views.values())), size):
            event = base.find(origin, seq)
            quiet = event is not None and event.verb in QUIET
            if seq >= views[circles[seq] or ALL].get(origin, 0) and not quiet:
                return True
    return False


# -- acknowledging -----------------------------------------------------------------------------------------------------


def acknowledge(node: Node, *, batched: bool = False) -> list[Receipt]:
    """Acknowledge, under each agreement, what is owed, and date our silence where that is due.

    `batched`: not before it has been owed for the agreement's cadence. A node that serves waits so, to speak of much at
    once; one that was only asked to carry speaks now, as nobody knows when it will be asked again.
    """
    receipts = []
    with node.lock:
        node.catch_up()
        for book in node.books.values():
            waits = node.owing.pop(book.id, None)
            dated = _silence_due(node, book)
            if recovery.unanswered(node, book) or not (dated or owes(node, book)):
                continue
            since = time.monotonic() if waits is None else waits
            if dated or not batched or time.monotonic() - since >= book.first.times.cadence_s:
                receipts += _say(node, book)
            else:
                node.owing[book.id] = since
    return receipts


def rest_s(node: Node) -> float | None:
    """Return how long a serving node has nothing to say here unless there is news [s]; None for ever."""
    with node.lock:
        ends = [since + node.books[name].first.times.cadence_s for name, since in node.owing.items()]
        waits = [max(0.0, end - time.monotonic()) for end in ends]
        dating = any(True for book in node.books.values() for _ in _unanswered(node, book))
    return min([*waits, LOOK_S] if dating else waits, default=None)


def _say(node: Node, book: Book) -> list[Receipt]:
    """Say what is held, unless the rules or our own state forbid it now: it is then still owed."""
    now, sizes = node.clock.now(), dict[Origin, int]()
    for name, size in held(book).items():
        sizes[feed_of(name)] = max(size, sizes.get(feed_of(name), 0))
    cosigned = [Held(origin, size, _cosignature(node, book, origin, size, now)) for origin, size in sizes.items()]
    statement = Statement(
        agreement=book.current(now).digest, circle=ALL, verb=cosigning.ACKNOWLEDGE,
        subject=cosigning.subject(node.party), body=msgspec.to_builtins(Acknowledge(held=tuple(cosigned))),
    )  # fmt: skip
    # The notes as their logs signed them, for strangers; taken now, since the newest one alone is kept by the record.
    rows = {h.origin: node.store.feed(h.origin) for h in cosigned if h.cosignature}
    try:
        receipt = node.say_record(book, statement, seen(node, book))
    except Refused:
        return []
    with node.store.transaction() as txn:
        for origin, row in rows.items():
            if row is not None and row.checkpoint is not None:
                txn.set_meta(f"{NOTED}{origin}", row.checkpoint)
    return [receipt]


def seen(node: Node, book: Book) -> tuple[Head, ...]:
    """Return what a record of the node's own cites: no more than every circle has folded, and no less than before.

    With more, a later act of a circle that lags would have more in its past than its signer was shown.
    """
    sizes, before = held(book), book.fold(ALL).now().acknowledged(node.party)
    reach = {origin: max(size, before.get(origin, 0)) for origin, size in {**before, **sizes}.items()}
    return book.ledger.branches.heads({name: size for name, size in reach.items() if party_of(name) != node.party})


def _cosignature(node: Node, book: Book, origin: Origin, size: int, at: datetime) -> str:
    """Return our cosignature over a head that its log signed and we had not cosigned before; else empty text."""
    row = node.store.feed(origin)
    event = cosigning.last(book.fold(ALL).now(), node.party)
    if (
        len(book.branches(origin)) > 1
        or row is None
        or row.checkpoint is None
        or (event is not None and cosigning.listed(event).get(origin) == size)
    ):
        return ""
    head = Checkpoint.parse(Note.parse(row.checkpoint).text)
    if head.size != size or head.root.hex() != book.root_at(origin, size):
        return ""
    return b64(node.keys_under(book).cosign(node.party, head, int(at.timestamp())))


# -- silence -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """A decider that has not answered the latest version: by when it held it and has fallen silent, as far as known."""

    party: PartyId
    since: datetime | None
    """By its own clock, when it acknowledged the version; None when nothing shows that it holds it."""
    until: datetime | None
    """When the agreed time to answer had run, by that clock; None with `since`."""
    shown: Silence | None
    """The two entries that show its silence; None while nothing dated by it so late is held."""


def quiet(operation: Operation, past: Past, circle: CircleId, party: PartyId) -> Quiet | None:
    """Return what is known of a decider's silence about the latest version; None when it has answered, or tried to."""
    agreement = past.agreement(operation.agreement)
    assert agreement is not None, "an operation is only read under an agreement that is held"
    if silence.attempts(operation, past, party):
        return None
    first = _first_holding(operation, past, circle, party, agreement)
    if first is None:
        return Quiet(party=party, since=None, until=None, shown=None)
    until = first.act.at + timedelta(seconds=agreement.times.answer_s)
    last = next(past.back(silence.feed_of(party, agreement)), None)
    late = last is not None and last.act.at >= until
    shown = Silence(party=party, held=first.seq, dated=last.seq) if last is not None and late else None
    return Quiet(party=party, since=first.act.at, until=until, shown=shown)


def _first_holding(
    operation: Operation, past: Past, circle: CircleId, party: str, agreement: Agreement
) -> Event | None:
    """Return the earliest act by which a party shows that it holds the latest version."""
    found, latest = None, operation.latest
    for event in past.back(silence.feed_of(party, agreement)):
        holds = past.holds(event)
        if holds and holds.get(Origin(latest.origin), 0) <= latest.seq:
            break
        found = event if holds else found
    return found


def deciders(operation: Operation, past: Past, circle: str) -> list[PartyId]:
    """Return who else decides on an operation."""
    agreement = past.agreement(operation.agreement)
    assert agreement is not None, "an operation is only read under an agreement that is held"
    return [p for p in agreement.circle(circle).deciders if p != operation.owner]


def _silence_due(node: Node, book: Book) -> bool:
    """Whether the time to answer has run for some version that we hold unanswered, and nothing of ours is dated since.

    Whoever cosigns and does not answer can thereby be found silent: that is what the parties agreed.
    """
    now = node.clock.now()
    return any(q.shown is None and q.until is not None and q.until <= now for q in _unanswered(node, book))


def _unanswered(node: Node, book: Book) -> Iterator[Quiet]:
    """Yield our own silences about open operations, where the agreement lets silence count."""
    if not any(text.text.unopposed for text in book.ledger.agreements.values()):
        return
    for circle, fold in book.ledger.folds.items():
        now = fold.now()
        for name in node.watch.open(place_of(fold)):
            operation = operations.read(name, now)
            if operation is None or operation.phase in operations.CLOSED:
                continue
            agreement = now.agreement(operation.agreement)
            if agreement is not None and agreement.text.unopposed and node.party in deciders(operation, now, circle):
                found = quiet(operation, now, circle, node.party)
                if found is not None and found.since is not None:
                    yield found


# -- how far an entry has come ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Vector:
    """Who has an entry that stands on this disk: to whom it was sent, who said that it mirrors it, who cosigned it.

    `mirrored` is what a party last asked us with, a word that proves nothing. `cosigned` stands in its own feed.
    """

    sent: tuple[PartyId, ...]
    mirrored: tuple[PartyId, ...]
    cosigned: tuple[PartyId, ...]
    witnessed: bool
    """Whether the agreement's witness has cosigned a head that holds it."""


class Reaches:
    """How far every feed of an agreement has come with every other party, as one look at the record tells."""

    def __init__(self, node: Node, book: Book) -> None:
        self._book = book
        self._peers = sorted(book.parties() - {node.party})
        self._mirrored = {peer: _sizes(node.store.meta(f"have/{book.id}/{peer}"), "have") for peer in self._peers}
        self._sent = {peer: _sizes(node.store.meta(f"{SENT}{book.id}/{peer}"), "have") for peer in self._peers}
        self._views = {name: fold.now() for name, fold in book.ledger.folds.items()}
        self._witnessed = witness.witnessed(self._views[ALL], book.current(node.clock.now()))

    def of(self, origin: Origin, seq: int) -> Vector:
        """Return the vector of an entry that is held. Its author has it, and stands in none of the three."""
        view = self._views[self._book.ledger.feeds[origin].circles[seq] or ALL]
        others = [peer for peer in self._peers if peer != party_of(origin)]
        cosigned = [peer for peer in others if view.acknowledged(peer).get(origin, 0) > seq]
        mirrored = [peer for peer in others if peer in cosigned or self._mirrored[peer].get(origin, 0) > seq]
        sent = [peer for peer in others if peer in mirrored or self._sent[peer].get(origin, 0) > seq]
        return Vector(
            sent=tuple(sent), mirrored=tuple(mirrored), cosigned=tuple(cosigned),
            witnessed=self._witnessed.get(origin, 0) > seq,
        )  # fmt: skip


NOTED = "noted/"
"""Small values that are notes of others' heads as their logs signed them, which we cosigned last: ``noted/ORIGIN``."""
SENT = "sent/"
"""Small values that say how much of each feed a party was given in bundles: ``sent/AGREEMENT/PARTY``."""


def _sizes(data: bytes | None, field: str) -> dict[str, int]:
    found: dict[str, int] = json.loads(data)[field] if data else {}
    return found
