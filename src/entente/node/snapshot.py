"""A snapshot: what a node has judged already, so that it starts without judging and verifying all of it again.

It is a cache, keyed by software version, rules, agreement, and each circle's cut; one that does not fit is ignored, and
`record verify` never reads it. It alters no state, since verdicts never change. Who can write the record's file can
write a false one: the file is as trusted as the node's own keys beside it (SECURITY.md).
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from entente import __version__
from entente.errors import EntenteError
from entente.ids import AgreementId, CircleId, Hash, Origin, SubjectId
from entente.joint.act import RULES, Head
from entente.joint.state import Known
from entente.node.book import Book
from entente.node.watch import Watch
from entente.store.promises import Reads, Txn

_Places = list[tuple[Origin, int, str]]


class _Circle(msgspec.Struct, frozen=True):
    cut: tuple[Head, ...]
    codes: _Places
    unreadable: _Places
    closed: list[SubjectId]


class _Snapshot(msgspec.Struct, frozen=True):
    version: str
    rules: int
    agreement: Hash
    cursor: int
    circles: dict[CircleId, _Circle]


def _key(agreement: AgreementId) -> str:
    return f"snapshot/{agreement}"


def save(txn: Txn, book: Book, watch: Watch, cursor: int) -> None:
    """Keep what is judged by now under an agreement; `cursor` is the last arrival that was read."""
    circles = {}
    for name, fold in book.ledger.folds.items():
        known = fold.remember()
        circles[name] = _Circle(
            cut=known.cut,
            codes=[(origin, seq, code) for (origin, seq), code in known.codes.items()],
            unreadable=[(origin, seq, code) for (origin, seq), code in known.unreadable.items()],
            closed=sorted(watch.closed.get(f"{book.id}/{name}", ())),
        )
    kept = _Snapshot(version=__version__, rules=RULES, agreement=book.first.digest, cursor=cursor, circles=circles)
    txn.set_meta(_key(book.id), msgspec.msgpack.encode(kept))


def load(reads: Reads, book: Book, watch: Watch) -> int:
    """Resume a book whose leaves have been taken and whose acts have not; return the last arrival that it covers."""
    data = reads.meta(_key(book.id))
    try:
        kept = msgspec.msgpack.decode(data or b"", type=_Snapshot)
    except (msgspec.DecodeError, EntenteError):
        return 0
    if (kept.version, kept.rules, kept.agreement) != (__version__, RULES, book.first.digest):
        return 0
    resumed = book.resume({name: _known(circle) for name, circle in kept.circles.items()})
    for name in resumed:
        watch.closed[f"{book.id}/{name}"] = set(kept.circles[name].closed)
    return kept.cursor if resumed else 0


def _known(circle: _Circle) -> Known:
    def places(listed: _Places) -> Mapping[tuple[Origin, int], str]:
        return {(origin, seq): code for origin, seq, code in listed}

    return Known(cut=circle.cut, codes=places(circle.codes), unreadable=places(circle.unreadable))
