"""Acts: what a party says that binds, as the rules read it (JOINT-1…JOINT-6).

An act is a *statement*, which a person signs before its place in the log is known, and what the author's node adds
when it takes that place: the time, and `seen`, the cut that the node had folded. Machine records have no signer and
are covered by the checkpoint alone. The fold reads acts only; everything else hangs on them as details.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any

import msgspec

from entente import canonical
from entente.errors import Malformed
from entente.ids import CircleId, Hash, OfficerId, Origin, PartyId, SubjectId, is_hash, party_of

RULES = 1
LIMIT, KEYS_LIMIT = 16 * 1024, 64 * 1024
"""Longest act [bytes]; one about keys, or signed by several root keys, may have more (JOINT-1, KEY-7)."""
ALL = CircleId("all")
NO_SEQ = -1
"""The place of an act that is only being considered."""


class Head(msgspec.Struct, frozen=True, array_like=True, order=True):
    """A head of a feed: its name, size and root."""

    origin: Origin
    size: int
    root: Hash


@lru_cache(1024)
def _once(cut: tuple[Head, ...]) -> tuple[Head, ...]:
    """Return a cut as it was read before: many acts in a row cite the same."""
    return cut


def _share(struct: msgspec.Struct, *names: str) -> None:
    """Hold texts that recur in most acts once for all of them: a long history is mostly these."""
    for name in names:
        msgspec.structs.force_setattr(struct, name, sys.intern(str(getattr(struct, name))))


class Signer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who signs, in which office, and what that person saw: the text shown, its language, and the cut behind it."""

    office: str
    officer: OfficerId
    key: Hash
    suite: str
    shown: Hash
    language: str
    catalogue: str
    seen: tuple[Head, ...]
    nonce: str
    expires: str

    def __post_init__(self) -> None:
        _share(self, "office", "officer", "key", "suite", "language", "catalogue")
        msgspec.structs.force_setattr(self, "seen", _once(self.seen))


class Statement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The words that bind. `details` are (name, part commitment), in the order of the entry's parts after the act."""

    agreement: Hash
    circle: CircleId
    verb: str
    subject: SubjectId
    body: dict[str, Any]
    details: tuple[tuple[str, Hash], ...] = ()
    signer: Signer | None = None

    def __post_init__(self) -> None:
        _share(self, "agreement", "circle", "verb", "subject")

    def encode(self) -> bytes:
        """Return the bytes that a person signs."""
        return canonical.encode(msgspec.to_builtins(self))


class _Wire(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    rules: int
    at: str
    seen: tuple[Head, ...]
    statement: Statement
    signature: dict[str, str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """An act at its place: entry `seq` of `origin`, whose leaf hashes to `leaf`. `at` is the author's clock.

    Once it is judged, its `signature` is left to the record: it is most of an act, and nothing asks for it again.
    """

    origin: Origin
    seq: int
    leaf: Hash
    rules: int
    at: datetime
    seen: tuple[Head, ...]
    statement: Statement
    signature: Mapping[str, str] | None
    digest: Hash = field(compare=False)

    @property
    def party(self) -> PartyId:
        """The party whose feed holds the act."""
        return party_of(self.origin)

    def judged(self) -> Act:
        """Return the act as it is kept once its signature was checked: without it."""
        return replace(self, signature=None)


def write(statement: Statement, at: datetime, seen: tuple[Head, ...], signature: Mapping[str, str] | None) -> bytes:
    """Return the bytes of an act, as they go into part 0 of an entry."""
    wire = _Wire(rules=RULES, at=spell(at), seen=seen, statement=statement, signature=dict(signature or {}) or None)
    data = canonical.encode(msgspec.to_builtins(wire))
    _require_size(data, statement)
    return data


def _require_size(data: bytes, statement: Statement) -> None:
    """Raise Malformed when an act is longer than its verb may be."""
    several = statement.signer is not None and statement.signer.suite == "R1"
    limit = KEYS_LIMIT if several or statement.verb.startswith("keys.") else LIMIT
    if len(data) > limit:
        raise Malformed("act.size", f"an act to {statement.verb[:40]!r} has at most {limit} bytes, not {len(data)}")


def read(data: bytes, origin: Origin, seq: int, leaf: Hash) -> Act:
    """Read the bytes of an act.

    Raises:
        Malformed: `act.fields`, `act.size`, `act.time`, `canonical.*`; the rules make it a void row, the same
            at every node.
    """
    wire = _spelled(data) or _checked(data, origin, seq)
    _require_size(data, wire.statement)
    _require_cut(wire.seen)
    _require_cut(wire.statement.signer.seen if wire.statement.signer else ())
    return Act(
        origin=origin, seq=seq, leaf=leaf, rules=wire.rules, at=moment(wire.at), seen=_once(wire.seen),
        statement=wire.statement, signature=wire.signature, digest=Hash(sha256(data).hexdigest()),
    )  # fmt: skip


_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):\d\d:\d\d\.\d{3}Z", re.ASCII)
_decoder = msgspec.json.Decoder(_Wire)


def _spelled(data: bytes) -> _Wire | None:
    """Return what bytes say that an act's fields spell again; None when they do not, and `_checked` says why."""
    with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError, Malformed):
        wire = _decoder.decode(data)
        # Fields with a default may be left out, and lists may be longer than what is read of them: one spelling only.
        if len(data) <= KEYS_LIMIT and canonical.encode(msgspec.to_builtins(wire)) == data:
            return wire
    return None


def _checked(data: bytes, origin: Origin, seq: int) -> _Wire:
    """Read an act step by step, each with its own complaint: the definition of what `_spelled` takes at once."""
    plain = canonical.decode(data, KEYS_LIMIT)
    try:
        wire = msgspec.convert(plain, _Wire, strict=True)
    except msgspec.ValidationError as error:
        raise Malformed("act.fields", f"entry {seq} of {origin} is not an act: {error}") from None
    if canonical.encode(msgspec.to_builtins(wire)) != data:
        raise Malformed("act.fields", f"entry {seq} of {origin} is not spelled as an act is")
    return wire


def read_known(data: bytes, origin: Origin, seq: int, leaf: Hash) -> Act:
    """Read the bytes of an act that was judged before: the same act, without proving its spelling again."""
    wire = _decoder.decode(data)
    return Act(
        origin=origin, seq=seq, leaf=leaf, rules=wire.rules, at=datetime.fromisoformat(wire.at), seen=_once(wire.seen),
        statement=wire.statement, signature=None, digest=Hash(sha256(data).hexdigest()),
    )  # fmt: skip


def _require_cut(heads: tuple[Head, ...]) -> None:
    """Raise Malformed unless these are heads, by feed, size and root, none twice and each of some entries."""
    if list(heads) != sorted(set(heads)) or any(head.size < 1 or not is_hash(head.root) for head in heads):
        raise Malformed("act.fields", "a cut lists heads in the order of feed, size and root, none of them empty")


def consider(statement: Statement, origin: Origin, at: datetime, seen: tuple[Head, ...]) -> Act:
    """Return an act that has no place yet, for asking the rules before anything is signed."""
    return Act(
        origin=origin, seq=NO_SEQ, leaf=Hash(""), rules=RULES, at=at, seen=seen, statement=statement,
        signature=None, digest=Hash(""),
    )  # fmt: skip


def spell(at: datetime) -> str:
    """Spell a UTC time with milliseconds, the only way acts do.

    >>> spell(datetime(2026, 11, 22, 10, 30, tzinfo=UTC))
    '2026-11-22T10:30:00.000Z'
    """
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(text: str) -> datetime:
    """Read a time as `spell` writes it.

    Raises:
        Malformed: `act.time`.
    """
    try:
        at = datetime.fromisoformat(text) if _MOMENT.fullmatch(text) else None
    except ValueError:
        at = None
    if at is None:
        raise Malformed("act.time", f"time {text[:40]!r} is not spelled like 2026-11-22T10:30:00.000Z")
    return at
