"""A snapshot: what a node has folded already, so that it starts without reading and judging all of it again.

It is a cache, keyed by software version, rules, agreement, circles, and each circle's cut; one that does not fit is
ignored, and `record verify` never reads it. It alters no state, since verdicts never change. Its leaf hashes are
compared with the record's own frontier, its acts are read from the record when somebody asks for them. Who can write
the record's file can write a false one: the file is as trusted as the node's own keys beside it (SECURITY.md).
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from entente import __version__
from entente.errors import EntenteError
from entente.ids import AgreementId, CircleId, Hash, Origin, SubjectId
from entente.joint.act import RULES
from entente.joint.state import Known
from entente.node.book import Book
from entente.node.watch import Watch, place_of
from entente.store.promises import Reads, Txn
from entente.tlog.merkle import HASH_SIZE


class _Feed(msgspec.Struct, frozen=True, array_like=True):
    """The leaves of a feed: their hashes one behind the other, and a byte for each: its circle's place, or `_OTHER`."""

    hashes: bytes
    circles: bytes


class _Snapshot(msgspec.Struct, frozen=True):
    version: str
    rules: int
    agreement: Hash
    circles: list[CircleId]
    cursor: int
    feeds: dict[Origin, _Feed]
    folds: dict[CircleId, Known]
    pending: list[tuple[Origin, int]]
    open: dict[CircleId, list[SubjectId]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far a snapshot reached: the last arrival it covers, and the acts before that which still wait."""

    cursor: int
    pending: list[tuple[Origin, int]]


_OTHER = 255
"""A leaf that carries the tag of no circle of ours."""


def _key(agreement: AgreementId) -> str:
    return f"snapshot/{agreement}"


def save(txn: Txn, book: Book, watch: Watch, cursor: int) -> None:
    """Keep what is folded by now under an agreement; `cursor` is the last arrival that was read."""
    names = list(book.ledger.folds)
    number = {name: at for at, name in enumerate(names)}
    kept = _Snapshot(
        version=__version__,
        rules=RULES,
        agreement=book.first.digest,
        circles=names,
        cursor=cursor,
        feeds={
            origin: _Feed(
                hashes=b"".join(book.hashes(origin)),
                circles=bytes(_OTHER if name is None else number[name] for name in feed.circles),
            )
            for origin, feed in book.ledger.feeds.items()
        },
        folds={name: fold.remember() for name, fold in book.ledger.folds.items()},
        pending=book.ledger.pending(),
        open={name: watch.open(place_of(fold)) for name, fold in book.ledger.folds.items()},
    )
    if len(names) < _OTHER:
        txn.set_meta(_key(book.id), msgspec.msgpack.encode(kept))


def load(reads: Reads, book: Book, watch: Watch) -> Reach | None:
    """Resume a book that holds nothing yet; None when there is no snapshot that fits: the book is then to be made anew.

    The record may hold more leaves than the snapshot; they are taken after.
    """
    data = reads.meta(_key(book.id))
    try:
        kept = msgspec.msgpack.decode(data or b"", type=_Snapshot)
    except (msgspec.DecodeError, EntenteError):
        return None
    stamp = (kept.version, kept.rules, kept.agreement, kept.circles)
    if stamp != (__version__, RULES, book.first.digest, list(book.ledger.folds)):
        return None
    table = dict(enumerate(kept.circles))
    leaves = {
        origin: (
            [feed.hashes[at : at + HASH_SIZE] for at in range(0, len(feed.hashes), HASH_SIZE)],
            [table.get(number) for number in feed.circles],
        )
        for origin, feed in kept.feeds.items()
    }
    try:
        if not book.resume(leaves, kept.folds, reads):
            return None
    except (LookupError, ValueError):
        return None  # columns of unlike length, or places beyond a table
    for name, subjects in kept.open.items():
        watch.resume(book.fold(name), subjects)
    return Reach(cursor=kept.cursor, pending=kept.pending)
