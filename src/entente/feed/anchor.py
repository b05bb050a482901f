"""Anchors: a feed's beginning, bound anew under another suite, before the one it was made under breaks (KEY-40…KEY-42).

Two trees, both with the new suite's hash alone: one over the leaves' bytes, one over the parts that the author holds.
What is checked here rests on no other hash and no other signature; when it was said, others' acknowledgements of the
entry say.

>>> made = make(A1, "north/exercise-one/1", 1, "00" * 32, [b"leaf"], [])
>>> check(made, "north/exercise-one/1", [b"leaf"], [])
>>> check(made, "north/exercise-one/1", [b"loaf"], [])
Traceback (most recent call last):
entente.errors.Untrusted: the leaves are not those that the anchor binds
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha3_256

from entente import canonical
from entente.errors import Untrusted
from entente.feed.suite import b64, unb64

Kept = tuple[int, int, str, bytes, bytes]
"""A part: its entry, its index there, its name, salt and bytes."""


@dataclass(frozen=True, slots=True)
class Suite:
    """A hash, and how its anchors are signed; `verify(key, message, signature)` raises Untrusted. None: not by it."""

    name: str
    hash: Callable[[bytes], bytes]
    verify: Callable[[bytes, bytes, bytes], None] | None = None


def _sha3(data: bytes) -> bytes:
    return sha3_256(data).digest()


A1 = Suite("A1", _sha3)
SUITES: Mapping[str, Suite] = {"A1": A1}
"""Suites that this version knows. One with a signature is added here, and nowhere else, when it is needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """What binds a feed's first `size` entries under a suite, as an act holds it; hashes in hexadecimal."""

    suite: str
    size: int
    root: str
    leaves: str
    parts: str
    key: str = ""
    signature: str = ""

    def plain(self) -> dict[str, str | int]:
        """Return the fields of the act's body."""
        return {
            "suite": self.suite, "size": self.size, "root": self.root, "leaves": self.leaves, "parts": self.parts,
            "key": self.key, "signature": self.signature,
        }  # fmt: skip

    def message(self, origin: str) -> bytes:
        """Return the bytes that the suite's own key signs."""
        body = {key: value for key, value in self.plain().items() if key != "signature"}
        return b"entente/anchor/v1\0" + canonical.encode({**body, "origin": origin})


def make(
    suite: Suite, origin: str, size: int, root: str, leaves: Iterable[bytes], parts: Iterable[Kept],
    sign: tuple[bytes, Callable[[bytes], bytes]] | None = None,
) -> Anchor:  # fmt: skip
    """Return the anchor of a feed's first `size` entries, whose leaves and held parts are given in order.

    `sign` is the suite's public key and what signs with it, for a suite that has signatures.
    """
    unsigned = Anchor(
        suite=suite.name, size=size, root=root, leaves=tree(suite, leaves).hex(),
        parts=tree(suite, map(_spelt, parts)).hex(), key=b64(sign[0]) if sign else "",
    )  # fmt: skip
    return replace(unsigned, signature=b64(sign[1](unsigned.message(origin)))) if sign else unsigned


def check(
    anchor: Anchor, origin: str, leaves: Sequence[bytes], parts: Iterable[Kept],
    suites: Mapping[str, Suite] = SUITES,
) -> None:  # fmt: skip
    """Return when these very leaves and parts are what an anchor binds; nothing but its own suite is used.

    Raises:
        Untrusted: `anchor.suite`, `anchor.leaves`, `anchor.parts`, `anchor.signature`.
    """
    suite = suites.get(anchor.suite)
    if suite is None:
        raise Untrusted("anchor.suite", f"anchor suite {anchor.suite[:20]!r} is not known here")
    if len(leaves) < anchor.size or tree(suite, leaves[: anchor.size]).hex() != anchor.leaves:
        raise Untrusted("anchor.leaves", "the leaves are not those that the anchor binds")
    if tree(suite, (_spelt(part) for part in parts if part[0] < anchor.size)).hex() != anchor.parts:
        raise Untrusted("anchor.parts", "the parts are not those that the anchor binds")
    if suite.verify is not None:
        suite.verify(unb64(anchor.key), anchor.message(origin), unb64(anchor.signature))
    elif anchor.key or anchor.signature:
        raise Untrusted("anchor.signature", f"anchors of suite {suite.name} have no signature of their own")


def tree(suite: Suite, items: Iterable[bytes]) -> bytes:
    """Return the root of a tree as in RFC 6962 §2.1, with the suite's hash."""
    edge: list[tuple[int, bytes]] = []  # perfect subtrees so far, the largest first: (leaves in it, root)
    for item in items:
        edge.append((1, suite.hash(b"\0" + item)))
        while len(edge) > 1 and edge[-2][0] == edge[-1][0]:
            (count, left), (_, right) = edge[-2:]
            edge[-2:] = [(2 * count, suite.hash(b"\1" + left + right))]
    if not edge:
        return suite.hash(b"")
    whole = edge.pop()[1]
    while edge:
        whole = suite.hash(b"\1" + edge.pop()[1] + whole)
    return whole


def _spelt(part: Kept) -> bytes:
    seq, index, name, salt, data = part
    named = name.encode()
    return seq.to_bytes(8, "big") + index.to_bytes(4, "big") + len(named).to_bytes(2, "big") + named + salt + data
