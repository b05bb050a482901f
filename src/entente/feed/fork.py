"""Forks: proof that one log signed two heads that cannot both be true (FEED-30…FEED-33).

A refusal proves nothing; two signed heads do. With the smaller head of size n and root r, and the larger of size m,
the proof is either n = m with different roots, or a consistency proof that leads from *another* root at n to the
larger head: then the log signed r at n, and later a tree whose first n entries are not those of r. A fork is evidence
and is never healed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from entente import canonical
from entente.errors import EntenteError, Malformed, Untrusted
from entente.feed.suite import b64, unb64
from entente.tlog.checkpoint import Checkpoint
from entente.tlog.merkle import root
from entente.tlog.proof import consistency_proof, verify_consistency

Reader = Callable[[bytes], Checkpoint]
"""Verify a signed note against the log's key and return its checkpoint, or raise Untrusted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fork:
    """Two signed heads of one feed, smaller first; `other_root` is the root at the smaller size in the larger tree."""

    smaller: bytes
    larger: bytes
    other_root: bytes
    proof: tuple[bytes, ...]

    def encode(self) -> bytes:
        """Return the evidence as one self-contained canonical file."""
        return canonical.encode(
            {
                "v": 1,
                "smaller": b64(self.smaller),
                "larger": b64(self.larger),
                "other_root": self.other_root.hex(),
                "proof": [node.hex() for node in self.proof],
            }
        )


def decode(data: bytes) -> Fork:
    """Read an evidence file, which has one spelling; whether it proves anything is for `check` to say.

    Raises:
        Malformed: `fork.file`.
    """
    try:
        value: Any = canonical.decode(data)
        found = Fork(
            smaller=unb64(value["smaller"]),
            larger=unb64(value["larger"]),
            other_root=bytes.fromhex(value["other_root"]),
            proof=tuple(bytes.fromhex(node) for node in value["proof"]),
        )
    except (EntenteError, KeyError, TypeError, ValueError):
        found = None
    # Read, written again, compared: in a second spelling the same evidence would be kept and carried a second time.
    if found is None or found.encode() != data:
        raise Malformed("fork.file", "the file is not an evidence of a fork in its one spelling")
    return found


def prove(ours: bytes, theirs: bytes, theirs_hashes: Sequence[bytes], read: Reader) -> Fork | None:
    """Return the proof that `ours` and `theirs` contradict each other, or None when they do not.

    `theirs_hashes` are the leaf hashes of the larger head's tree, all of them.
    """
    a, b = read(ours), read(theirs)
    small, large = (ours, theirs) if a.size <= b.size else (theirs, ours)
    n = min(a.size, b.size)
    other = root(theirs_hashes[:n])
    if other == read(small).root:
        return None
    path = () if a.size == b.size else tuple(consistency_proof(theirs_hashes, n, max(a.size, b.size)))
    return Fork(smaller=small, larger=large, other_root=other, proof=path)


def check(fork: Fork, read: Reader) -> tuple[Checkpoint, Checkpoint]:
    """Return both heads when the file proves a fork of the log that `read` verifies for.

    Raises:
        Untrusted: `fork.unproven`, or what `read` raises.
    """
    small, large = read(fork.smaller), read(fork.larger)
    unproven = Untrusted("fork.unproven", "the two heads do not contradict each other")
    if small.origin != large.origin or small.size > large.size or small.root == fork.other_root:
        raise unproven
    if small.size == large.size:
        if large.root != fork.other_root or fork.proof:
            raise unproven
    else:
        verify_consistency(small.size, large.size, fork.other_root, large.root, fork.proof)
    return small, large
