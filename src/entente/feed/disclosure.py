"""Disclosures: one self-contained file that opens chosen parts of chosen entries (spec/disclosure.md, DISC-1…DISC-6).

A disclosure holds leaves with their paths to signed heads, the parts that its author chose to open, each by salt and
bytes, the other parts as commitments, and whatever leads from the heads to the agreement's pinned roots. Nothing in it
is anybody's word: what no proof covers has no place in it. What follows from it is for `entente.verify` to say.

>>> one = Disclosure(agreements=(b"{}",), cards=(), feeds=())
>>> one.encode()
b'{"agreements":["e30="],"cards":[],"feeds":[],"v":1}'
>>> decode(one.encode()) == one
True
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Literal, TypeVar

import msgspec

from entente import canonical
from entente.errors import EntenteError, Malformed
from entente.tlog.checkpoint import encode_base64

LIMIT = 64 * 1024 * 1024
"""Longest file read [bytes]."""
MOST = {"agreements": 64, "cards": 64, "feeds": 64, "entries": 4096, "cited": 4096, "forks": 16, "parts": 512}
"""How many of each a file holds; of parts, how many one entry has."""
_T = TypeVar("_T", str, int, bytes)
MOST_STEPS = 64
"""Hashes in one proof: a log has fewer than 2^63 entries."""


class Opened(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One part, opened: its place among the entry's parts (0 is the act), and what its commitment is over."""

    index: int
    name: str
    salt: bytes
    data: bytes


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A leaf at its place with the path to its feed's head. `commitments` are of all its parts, or none is shown."""

    seq: int
    leaf: bytes
    proof: tuple[bytes, ...]
    commitments: tuple[bytes, ...] = ()
    parts: tuple[Opened, ...] = ()


class Cited(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An earlier head of the feed that acts elsewhere cite: shown to be one, with the last leaf that it covers."""

    size: int
    root: bytes
    proof: tuple[bytes, ...]
    last: bytes
    last_proof: tuple[bytes, ...]


class Feed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is shown of one feed: its signed head with every signature held, entries, cited heads, proofs of forks."""

    origin: str
    head: bytes
    entries: tuple[Entry, ...] = ()
    cited: tuple[Cited, ...] = ()
    forks: tuple[bytes, ...] = ()


class Disclosure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole file. Agreements stand in the order of succession, all else sorted, and nothing twice.

    Of version 2, where a party's keys have changed: its cards stand by number, and `roots` has the root documents that
    lead from the pinned one to theirs, each with its signatures.
    """

    agreements: tuple[bytes, ...]
    cards: tuple[bytes, ...]
    feeds: tuple[Feed, ...]
    roots: tuple[bytes, ...] = ()
    v: Literal[1, 2] = 1

    def encode(self) -> bytes:
        """Return the file's only spelling: canonical JSON, bytes in base64; the first version has no `roots`."""
        plain = msgspec.to_builtins(self)
        if self.v == 1:
            del plain["roots"]
        return canonical.encode(plain)


def decode(data: bytes) -> Disclosure:
    """Read a disclosure; whether it proves anything is not looked at.

    Raises:
        Malformed: `disclosure.size`, `disclosure.file`, `disclosure.order`.
    """
    if len(data) > LIMIT:
        raise Malformed("disclosure.size", f"the file has {len(data)} bytes; at most {LIMIT} are taken")
    try:
        found = msgspec.convert(canonical.decode(data, LIMIT), Disclosure, strict=True)
    except (EntenteError, msgspec.ValidationError) as error:
        raise Malformed("disclosure.file", f"this is not a disclosure: {error}") from None
    # Read, written again, compared: fields left out and base64 in another spelling would be the same file twice.
    if found.encode() != data:
        raise Malformed("disclosure.file", "this is a disclosure, but not in its one spelling; nothing was taken")
    for what, count, most in _counts(found):
        if count > most:
            raise Malformed("disclosure.size", f"the file holds {count} {what}; at most {most} are taken")
    for what, sorted_ in _lists(found):
        if not sorted_:
            raise Malformed("disclosure.order", f"the {what} do not stand in their order, each once")
    return found


def _counts(found: Disclosure) -> Iterator[tuple[str, int, int]]:
    entries = [entry for feed in found.feeds for entry in feed.entries]
    cited = [cited for feed in found.feeds for cited in feed.cited]
    yield "agreements", len(found.agreements), MOST["agreements"]
    yield "cards", len(found.cards), MOST["cards"]
    yield "root documents", len(found.roots), MOST["cards"] if found.v == 2 else 0
    yield "feeds", len(found.feeds), MOST["feeds"]
    yield "entries", len(entries), MOST["entries"]
    yield "cited heads", len(cited), MOST["cited"]
    yield "proofs of forks", sum(len(feed.forks) for feed in found.feeds), MOST["forks"]
    yield "parts of an entry", max((len(e.commitments) for e in entries), default=0), MOST["parts"]
    proofs = [*(e.proof for e in entries), *(c.proof for c in cited), *(c.last_proof for c in cited)]
    yield "hashes in a proof", max(map(len, proofs), default=0), MOST_STEPS


def _lists(found: Disclosure) -> Iterator[tuple[str, bool]]:
    """Yield each list by its name, and whether it stands sorted without a repetition."""
    yield "feeds", _rises([feed.origin for feed in found.feeds])
    for feed in found.feeds:
        yield f"entries of {feed.origin}", _rises([entry.seq for entry in feed.entries])
        yield f"cited heads of {feed.origin}", _rises([cited.size for cited in feed.cited])
        yield f"proofs of forks of {feed.origin}", _rises(feed.forks)
        for entry in feed.entries:
            yield f"parts of entry {entry.seq} of {feed.origin}", _rises([part.index for part in entry.parts])


def _rises(listed: Sequence[_T]) -> bool:
    return all(first < second for first, second in pairwise(listed))


def tlog_proof(entry: Entry, head: bytes) -> bytes:
    """Return an entry's proof as a file of its own, which other tools read (c2sp.org/tlog-proof)."""
    steps = "".join(f"{encode_base64(step)}\n" for step in entry.proof)
    return f"c2sp.org/tlog-proof@v1\nindex {entry.seq}\n{steps}\n".encode() + head
