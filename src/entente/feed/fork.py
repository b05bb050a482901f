"""Forks: proof that one log signed two heads that cannot both be true (FEED-30…FEED-33).

A refusal proves nothing; two signed heads do. With the smaller head of size n and root r, and the larger of size m,
the proof is either n = m with different roots, or a consistency proof that leads from *another* root at n to the
larger head: then the log signed r at n, and later a tree whose first n entries are not those of r. Where nobody holds
all that a head signs, `Apart` proves the same from a size below both: two roots there, and from each a way to a head
that the log signed. So an author gains nothing by never serving the rest. A fork is evidence and is never healed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from entente import canonical
from entente.errors import EntenteError, Malformed, Untrusted
from entente.feed.suite import b64, unb64
from entente.tlog.checkpoint import Checkpoint
from entente.tlog.merkle import root
from entente.tlog.note import Note
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A consistency proof that leads on to a tree of `size` entries with `root`."""

    size: int
    root: bytes
    proof: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One branch: its signed head, its root where the two are compared, and the steps from there to the head."""

    head: bytes
    root: bytes
    steps: tuple[Step, ...]

    def plain(self) -> dict[str, Any]:
        """Return the side as the evidence spells it."""
        steps = [[step.size, step.root.hex(), [node.hex() for node in step.proof]] for step in self.steps]
        return {"head": b64(self.head), "root": self.root.hex(), "steps": steps}


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """Two signed heads of one feed whose trees have different roots at one size, which may be below both."""

    size: int
    sides: tuple[Side, Side]

    def encode(self) -> bytes:
        """Return the evidence as one self-contained canonical file."""
        return canonical.encode({"v": 2, "size": self.size, "sides": [side.plain() for side in self.sides]})


Evidence = Fork | Apart


def decode(data: bytes) -> Evidence:
    """Read an evidence file, which has one spelling; whether it proves anything is for `check` to say.

    Raises:
        Malformed: `fork.file`.
    """
    try:
        value: Any = canonical.decode(data)
        found: Evidence | None = _apart(value) if value["v"] == 2 else _fork(value)
    except (EntenteError, KeyError, TypeError, ValueError):
        found = None
    # Read, written again, compared: in a second spelling the same evidence would be kept and carried a second time.
    if found is None or found.encode() != data:
        raise Malformed("fork.file", "the file is not an evidence of a fork in its one spelling")
    return found


def _fork(value: Any) -> Fork:
    return Fork(
        smaller=unb64(value["smaller"]),
        larger=unb64(value["larger"]),
        other_root=bytes.fromhex(value["other_root"]),
        proof=_nodes(value["proof"]),
    )


def _apart(value: Any) -> Apart:
    one, other = (
        Side(
            head=unb64(side["head"]), root=bytes.fromhex(side["root"]),
            steps=tuple(
                Step(size=_size(size), root=bytes.fromhex(root), proof=_nodes(nodes))
                for size, root, nodes in side["steps"]
            ),
        )
        for side in value["sides"]
    )  # fmt: skip
    return Apart(size=_size(value["size"]), sides=(one, other))


def _size(value: Any) -> int:
    if type(value) is not int or value < 1:
        raise TypeError
    return value


def _nodes(listed: Any) -> tuple[bytes, ...]:
    return tuple(bytes.fromhex(node) for node in listed)


def heads(found: Evidence) -> tuple[bytes, bytes]:
    """Return the two signed notes in evidence."""
    return (found.smaller, found.larger) if isinstance(found, Fork) else (found.sides[0].head, found.sides[1].head)


def with_heads(found: Evidence, notes: tuple[bytes, bytes]) -> Evidence:
    """Return the evidence with other notes over the same heads."""
    if isinstance(found, Fork):
        return replace(found, smaller=notes[0], larger=notes[1])
    one, other = (replace(side, head=note) for side, note in zip(found.sides, notes, strict=True))
    return replace(found, sides=(one, other))


def claims(data: bytes) -> tuple[int, bytes, bytes]:
    """Return what evidence says, whether it proves it or not: the size at which two roots differ, and these.

    Raises:
        Malformed: `fork.file`, `tlog.*`.
    """
    found = decode(data)
    if isinstance(found, Apart):
        return found.size, found.sides[0].root, found.sides[1].root
    small = Checkpoint.parse(Note.parse(found.smaller).text)
    return small.size, small.root, found.other_root


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


def check(fork: Evidence, read: Reader) -> tuple[Checkpoint, Checkpoint]:
    """Return both heads when the file proves a fork of the log that `read` verifies for.

    Raises:
        Untrusted: `fork.unproven`, or what `read` raises.
    """
    if isinstance(fork, Apart):
        return _check_apart(fork, read)
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


def _check_apart(fork: Apart, read: Reader) -> tuple[Checkpoint, Checkpoint]:
    one, other = (_check_side(fork.size, side, read) for side in fork.sides)
    if one.origin != other.origin or fork.sides[0].root == fork.sides[1].root:
        raise Untrusted("fork.unproven", "the two heads do not contradict each other")
    return (one, other) if one.size <= other.size else (other, one)


def _check_side(size: int, side: Side, read: Reader) -> Checkpoint:
    """Return a side's head when its steps lead there from its root at `size`."""
    head, root = read(side.head), side.root
    for step in side.steps:
        if not size < step.size <= head.size:
            raise Untrusted("fork.unproven", "the steps do not lead to the head")
        verify_consistency(size, step.size, root, step.root, step.proof)
        size, root = step.size, step.root
    if (size, root) != (head.size, head.root):
        raise Untrusted("fork.unproven", "the steps do not lead to the head")
    return head
