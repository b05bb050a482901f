"""Merkle trees over a log's entries, as RFC 6962 §2.1 defines them, with SHA-256.

A log of n entries has one root. `Frontier` keeps just enough to compute it and to go on: the roots of the perfect
subtrees that the binary digits of n name, the largest first, at most 64 hashes. Rules kept (spec/tlog.md):

- TLOG-1: a leaf is hashed behind 0x00 and a node behind 0x01, so that neither can pass for the other.
- TLOG-2: the root of no entries is the hash of nothing.
- TLOG-3: a frontier's bytes have one spelling.

>>> frontier = Frontier().append(leaf_hash(b"first")).append(leaf_hash(b"second"))
>>> frontier.size, frontier.root() == node_hash(leaf_hash(b"first"), leaf_hash(b"second"))
(2, True)
>>> Frontier.from_bytes(frontier.to_bytes()) == frontier
True
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from entente.errors import Malformed

HASH_SIZE = 32
"""Length of every hash [bytes]."""
_ONE_SIZE = {HASH_SIZE}
EMPTY_ROOT = sha256(b"").digest()
"""The root of a log without entries (TLOG-2)."""
SIZE_LIMIT = 2**63
"""A log's size stays below this, so that databases and other languages hold it in a signed number."""


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash under which `entry` stands in its log (TLOG-1)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of the node above two subtrees (TLOG-1)."""
    return sha256(b"\x01" + left + right).digest()


def root(leaf_hashes: Iterable[bytes]) -> bytes:
    """Return the root over leaf hashes in the log's order."""
    return Frontier().extend(leaf_hashes).root()


def fold_right(peaks: Iterable[bytes]) -> bytes:
    """Return the root over the roots of perfect subtrees, given from the smallest (rightmost) to the largest.

    RFC 6962 splits at the largest power of two, so the smaller subtrees are joined first.
    """
    hashes = iter(peaks)
    total = next(hashes)
    for peak in hashes:
        total = node_hash(peak, total)
    return total


@dataclass(frozen=True, slots=True, kw_only=True)
class Frontier:
    """A log's right edge: its size and the roots of its perfect subtrees, the largest first. An instance is valid."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.size < SIZE_LIMIT:
            raise Malformed("tlog.frontier", f"a log's size must be from 0 to 2^63 - 1, not {self.size}")
        if len(self.peaks) != self.size.bit_count() or not set(map(len, self.peaks)) <= _ONE_SIZE:
            raise Malformed("tlog.frontier", f"a frontier of size {self.size} needs {self.size.bit_count()} hashes")

    def append(self, leaf_hash: bytes) -> Frontier:
        """Return the frontier after one more leaf."""
        return self.extend((leaf_hash,))

    def extend(self, leaf_hashes: Iterable[bytes]) -> Frontier:
        """Return the frontier after these leaves, in order."""
        size, peaks = self.size, list(self.peaks)
        for hashed in leaf_hashes:
            # Each trailing one of the old size is a perfect subtree that the new leaf completes into a larger one.
            carry = size
            while carry & 1:
                hashed = node_hash(peaks.pop(), hashed)
                carry >>= 1
            peaks.append(hashed)
            size += 1
        return Frontier(size=size, peaks=tuple(peaks))

    def root(self) -> bytes:
        """Return the root of the log at this size."""
        return fold_right(reversed(self.peaks)) if self.peaks else EMPTY_ROOT

    def to_bytes(self) -> bytes:
        """Return the size as eight bytes, high byte first, and the hashes behind it (TLOG-3)."""
        return self.size.to_bytes(8, "big") + b"".join(self.peaks)

    @classmethod
    def from_bytes(cls, data: bytes) -> Frontier:
        """Read what `to_bytes` wrote.

        Raises:
            Malformed: `tlog.frontier`, when the length and the size do not agree.
        """
        if len(data) < 8 or (len(data) - 8) % HASH_SIZE:
            raise Malformed("tlog.frontier", f"{len(data)} bytes are no frontier: 8 for the size, then 32 a hash")
        hashes = tuple(data[at : at + HASH_SIZE] for at in range(8, len(data), HASH_SIZE))
        return cls(size=int.from_bytes(data[:8], "big"), peaks=hashes)
