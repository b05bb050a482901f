"""Proofs over Merkle trees: that a leaf stands in a log, and that one head of a log continues another.

Making follows RFC 6962 §2.1.1 and §2.1.2, recursively, over whatever can read leaf hashes; verifying follows RFC 9162
§2.1.3.2 and §2.1.4.2, which need only the proof. The two share no code but the hashes.

- TLOG-4: an inclusion proof holds for exactly one index, size and root.
- TLOG-5: a consistency proof holds for exactly two sizes and roots; from the empty log, and between equal heads, it is
  empty.

>>> from entente.tlog.merkle import leaf_hash, root
>>> hashes = [leaf_hash(entry) for entry in (b"a", b"b", b"c")]
>>> verify_inclusion(2, 3, hashes[2], root(hashes), inclusion_proof(hashes, 2, 3))
>>> verify_consistency(2, 3, root(hashes[:2]), root(hashes), consistency_proof(hashes, 2, 3))
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from entente.errors import Refused, Untrusted
from entente.tlog.merkle import EMPTY_ROOT, HASH_SIZE, node_hash, root
from entente.tlog.subtrees import Subtrees

LeafHashes = Subtrees | Sequence[bytes] | Callable[[int, int], Sequence[bytes]]
"""A log's leaf hashes: with roots at hand, all of them, or a reader of those from `start` up to, not including, `stop`.

Only with roots at hand is a proof quick in a long log; from a plain sequence it hashes every leaf.
"""
_Roots = Callable[[int, int], bytes]
"""Returns the root over the leaves from `start` up to, not including, `stop`."""


def inclusion_proof(hashes: LeafHashes, index: int, size: int) -> list[bytes]:
    """Return the path from leaf `index` to the root of the log's first `size` leaves, the lowest hash first.

    Raises:
        Refused: `tlog.range`, unless 0 <= index < size.
    """
    if not 0 <= index < size:
        raise Refused("tlog.range", f"a log of {size} entries has no entry {index}")
    return _path(_roots(hashes), index, 0, size)


def verify_inclusion(index: int, size: int, leaf_hash: bytes, root: bytes, proof: Sequence[bytes]) -> None:
    """Return when `proof` leads from `leaf_hash` at `index` to `root` at `size` (TLOG-4).

    Raises:
        Untrusted: `tlog.inclusion`.
    """
    if root_over(index, size, leaf_hash, proof) != root:
        raise _elsewhere(index, size)


def root_over(index: int, size: int, leaf_hash: bytes, proof: Sequence[bytes]) -> bytes:
    """Return the root at `size` to which `proof` leads from `leaf_hash` at `index`; whose root it is, is asked apart.

    Raises:
        Untrusted: `tlog.inclusion`, when no proof at that index and size has these steps.
    """
    if not 0 <= index < size or not _whole(proof):
        raise _elsewhere(index, size)
    # RFC 9162 §2.1.3.2: `node` is the current node's place on its level, `last` that of the level's last one.
    node, last, total = index, size - 1, leaf_hash
    for step in proof:
        if last == 0:
            raise _elsewhere(index, size)
        if node & 1 or node == last:
            total = node_hash(step, total)
            node, last = _skip_lone(node, last)
        else:
            total = node_hash(total, step)
        node, last = node >> 1, last >> 1
    if last:
        raise _elsewhere(index, size)
    return total


def _elsewhere(index: int, size: int) -> Untrusted:
    return Untrusted("tlog.inclusion", f"the proof does not place this entry at {index} in the log of {size}")


def consistency_proof(hashes: LeafHashes, small: int, large: int) -> list[bytes]:
    """Return what shows that the log at size `large` begins with the log at size `small`.

    Raises:
        Refused: `tlog.range`, unless 0 <= small <= large.
    """
    if not 0 <= small <= large:
        raise Refused("tlog.range", f"a log cannot grow from {small} to {large} entries")
    return [] if small in (0, large) else _subproof(_roots(hashes), small, 0, large, whole=True)


def verify_consistency(small: int, large: int, small_root: bytes, large_root: bytes, proof: Sequence[bytes]) -> None:
    """Return when `proof` shows that the head of size `large` continues that of size `small` (TLOG-5).

    Raises:
        Untrusted: `tlog.consistency`.
    """
    false = Untrusted("tlog.consistency", f"the proof does not show that the head of {large} continues that of {small}")
    if not 0 <= small <= large or not _whole(proof):
        raise false
    if small in (0, large):
        if proof or small_root != (EMPTY_ROOT if small == 0 else large_root):
            raise false
        if large == 0 and large_root != EMPTY_ROOT:
            raise false
        return
    # RFC 9162 §2.1.4.2; a smaller tree that is perfect stands in the larger one as it is, so its root is not sent.
    path = [small_root, *proof] if small.bit_count() == 1 else list(proof)
    node, last = small - 1, large - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    if not path:
        raise false
    old = new = path[0]
    for step in path[1:]:
        if last == 0:
            raise false
        if node & 1 or node == last:
            old, new = node_hash(step, old), node_hash(step, new)
            node, last = _skip_lone(node, last)
        else:
            new = node_hash(new, step)
        node, last = node >> 1, last >> 1
    if last or old != small_root or new != large_root:
        raise false


def _whole(proof: Sequence[bytes]) -> bool:
    """Whether every step is a hash: a node's two halves are told apart by nothing but their length."""
    return all(len(step) == HASH_SIZE for step in proof)


def _skip_lone(node: int, last: int) -> tuple[int, int]:
    """Go up past levels on which a rightmost node has no sibling and is carried up as it is."""
    while node and not node & 1:
        node, last = node >> 1, last >> 1
    return node, last


def _roots(hashes: LeafHashes) -> _Roots:
    if isinstance(hashes, Subtrees):
        return hashes.root
    read = hashes if callable(hashes) else lambda start, stop: hashes[start:stop]
    return lambda start, stop: root(read(start, stop))


def _split(count: int) -> int:
    """Return the largest power of two below `count` (RFC 6962 §2.1)."""
    return 1 << ((count - 1).bit_length() - 1)


def _path(roots: _Roots, index: int, start: int, stop: int) -> list[bytes]:
    if stop - start == 1:
        return []
    middle = start + _split(stop - start)
    if index < middle:
        return [*_path(roots, index, start, middle), roots(middle, stop)]
    return [*_path(roots, index, middle, stop), roots(start, middle)]


def _subproof(roots: _Roots, small: int, start: int, stop: int, *, whole: bool) -> list[bytes]:
    """SUBPROOF of RFC 6962 §2.1.2; `whole` says that the verifier knows the root of `start` to `small` already."""
    if small == stop:
        return [] if whole else [roots(start, stop)]
    middle = start + _split(stop - start)
    if small <= middle:
        return [*_subproof(roots, small, start, middle, whole=whole), roots(middle, stop)]
    return [*_subproof(roots, small, middle, stop, whole=False), roots(start, middle)]
