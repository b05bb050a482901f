"""Leaves: what every member of an agreement holds of every entry, whether or not the payload was for it.

A leaf betrays neither audience, nor exact time, nor size (FEED-5…FEED-9): one tag that only the circle's members
recognise, a time rounded to the feed's cadence, and a size bucket. It carries no signature; the checkpoint signs
every leaf (record of decisions: docs/adr/0006-leaf.md).
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from entente import canonical
from entente.errors import Malformed
from entente.feed.part import committed
from entente.ids import Origin, is_hash

Sort = Literal["act", "ctl", "pad"]
TAG_BYTES = 16
LEAF_LIMIT = 2048
_FIELDS = {"v", "origin", "seq", "t", "kind", "tag", "size", "com", "com2", "env"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """The public face of one entry. `t` is epoch seconds [s] rounded down to the cadence; `size` a power of two [B]."""

    origin: Origin
    seq: int
    t: int
    kind: Sort
    tag: str
    size: int
    com: str
    com2: str
    env: str = ""

    def encode(self) -> bytes:
        """Return the entry's bytes, those that the log hashes."""
        return canonical.encode(
            {
                "v": 1, "origin": self.origin, "seq": self.seq, "t": self.t, "kind": self.kind, "tag": self.tag,
                "size": self.size, "com": self.com, "com2": self.com2, "env": self.env,
            }
        )  # fmt: skip

    def binds(self, commitments: Sequence[bytes]) -> bool:
        """Whether exactly these parts, in this order, are what the leaf committed to."""
        return (self.com, self.com2) == committed(commitments)


class _Tag(msgspec.Struct, frozen=True):
    tag: str


_decoder = msgspec.json.Decoder(_Tag)


def tag_of(data: bytes) -> str:
    """Return the tag of a leaf that `decode` has read before."""
    return _decoder.decode(data).tag


def decode(data: bytes, origin: str, seq: int) -> Leaf:
    """Read the leaf that stands at `seq` of the feed `origin`.

    Raises:
        Malformed: `leaf.*` when the bytes are not a leaf of that feed at that place, spelled canonically.
    """
    value = canonical.decode(data, LEAF_LIMIT)
    if not isinstance(value, dict) or set(value) != _FIELDS or value["v"] != 1:
        raise Malformed("leaf.fields", f"entry {seq} of {origin} is not a leaf of version 1")
    if value["origin"] != origin or value["seq"] != seq:
        raise Malformed("leaf.place", f"entry {seq} of {origin} says that it is {value['seq']} of {value['origin']}")
    if not _sound(value):
        raise Malformed("leaf.values", f"entry {seq} of {origin} has a field of the wrong kind")
    return Leaf(**{key: value[key] for key in _FIELDS - {"v"}})


def _sound(value: dict[str, Any]) -> bool:
    ints = all(type(value[key]) is int and value[key] >= 0 for key in ("seq", "t", "size"))
    texts = all(type(value[key]) is str for key in ("com", "com2", "env", "tag", "kind"))
    return (
        ints
        and texts
        and value["kind"] in ("act", "ctl", "pad")
        and is_hash(value["com"])
        and is_hash(value["com2"])
        and (value["env"] == "" or is_hash(value["env"]))
        and len(value["tag"]) == 2 * TAG_BYTES
        and all(c in "0123456789abcdef" for c in value["tag"])
    )


def tag(circle_key: bytes, origin: str, seq: int) -> str:
    """Return the tag by which members of a circle, and nobody else, recognise the leaf (FEED-7)."""
    return hmac.digest(circle_key, f"{origin}\0{seq}".encode(), "sha256")[:TAG_BYTES].hex()


def bucket(size: int) -> int:
    """Round a payload's size [B] up to the power of two that the leaf shows, at least 4096 (FEED-8).

    >>> bucket(1), bucket(5000), bucket(8192)
    (4096, 8192, 8192)
    """
    return max(4096, 1 << (size - 1).bit_length()) if size > 0 else 4096
