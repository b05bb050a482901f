"""A log's leaf hashes, held so that the root of any part of the tree is near at hand.

RFC 6962's tree is made of perfect subtrees, and those over whole blocks of 256, 65,536, … leaves never change again:
their roots are kept, as tlog-tiles keeps them in files. So a proof in a log of a million entries takes some hundreds of
hashes instead of a million.

>>> from entente.tlog.merkle import leaf_hash, root
>>> tree = Subtrees(leaf_hash(b"%d" % n) for n in range(1000))
>>> tree.frontier(700).root() == tree.root(0, 700) == root(tree.hashes[:700])
True
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256

from entente.tlog.merkle import EMPTY_ROOT, Frontier, fold_right

_BITS = 8
_WIDTH = 1 << _BITS


class Subtrees:
    """Leaf hashes, to which only more are added. Whoever changes it sees to it that nobody else reads meanwhile."""

    def __init__(self, hashes: Iterable[bytes] = ()) -> None:
        self.hashes: list[bytes] = []
        self._blocks: list[list[bytes]] = []
        """`_blocks[n]` holds the roots over each whole block of 256^(n + 1) leaves, in order."""
        self.extend(hashes)

    def __len__(self) -> int:
        return len(self.hashes)

    def extend(self, hashes: Iterable[bytes]) -> None:
        """Add leaf hashes behind those held."""
        self.hashes += hashes
        below, height = self.hashes, 0
        while len(below) >= _WIDTH:
            if height == len(self._blocks):
                self._blocks.append([])
            blocks = self._blocks[height]
            for at in range(len(blocks) * _WIDTH, len(below) - _WIDTH + 1, _WIDTH):
                blocks.append(_perfect(below[at : at + _WIDTH]))
            below, height = blocks, height + 1

    def frontier(self, size: int) -> Frontier:
        """Return the edge of the first `size` leaves, which are held."""
        return Frontier(size=size, peaks=tuple(self._peaks(0, size)))

    def root(self, start: int, stop: int) -> bytes:
        """Return the root over the leaves from `start` up to, not including, `stop`, which are held.

        `start` is where RFC 6962 begins a subtree so large: a multiple of the smallest power of two that holds it.
        """
        peaks = list(self._peaks(start, stop))
        return fold_right(reversed(peaks)) if peaks else EMPTY_ROOT

    def _peaks(self, start: int, stop: int) -> Iterator[bytes]:
        """Yield the roots of the perfect subtrees that make up a range, the largest first."""
        while start < stop:
            height = (stop - start).bit_length() - 1
            yield self._subtree(start, height)
            start += 1 << height

    def _subtree(self, start: int, height: int) -> bytes:
        """Return the root over the 2^`height` leaves from `start` on, a multiple of that."""
        level, rest = divmod(height, _BITS)
        hashes = self._blocks[level - 1] if level else self.hashes
        first = start >> (_BITS * level)
        return _perfect(hashes[first : first + (1 << rest)])


def _perfect(hashes: list[bytes]) -> bytes:
    """Return the root over as many hashes as a power of two (RFC 6962 §2.1, TLOG-1)."""
    while len(hashes) > 1:
        pairs = iter(hashes)
        hashes = [sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=True)]
    return hashes[0]
