"""Bundles: what one party carries to another, the same bytes over HTTPS and as a file (FEED-40…FEED-48).

A bundle is a signed manifest and a row of frames, most urgent first. Every frame is checked on its own, so half a
bundle does no harm, and applying one twice changes nothing. No compression; every length has a cap.

Layout: ``ENTENTE1``, then frames ``kind:u8 head:u32 body:u32`` in big-endian lengths, head (canonical JSON), body.
The first frame is the manifest; its body is the signature over it, and it names the SHA-256 of all that follows.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256
from typing import Any

from entente import canonical
from entente.errors import Malformed, Untrusted

MAGIC = b"ENTENTE1"
MANIFEST = "application/vnd.entente.bundle+json"
HEAD_LIMIT = 64 * 1024
BODY_LIMIT = 2 * 1024 * 1024
BUNDLE_LIMIT = 256 * 1024 * 1024
_LENGTHS = struct.Struct(">BII")


class Lane(IntEnum):
    """Kinds of frames, in the order in which they travel.

    STOP, then acts before details, behind what opens them; chunks of attached files last.
    """

    MANIFEST = 0
    STOP = 1
    FORK = 2
    LEAVES = 3
    GRANT = 4
    ACT = 5
    DETAIL = 6
    CHUNK = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One frame: a small canonical head and a body of bytes."""

    lane: Lane
    head: dict[str, Any]
    body: bytes = b""

    def encode(self) -> bytes:
        """Return the frame's bytes."""
        head = canonical.encode(self.head)
        return _LENGTHS.pack(self.lane, len(head), len(self.body)) + head + self.body


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A verified bundle: what its manifest says, and its frames in order of travel."""

    manifest: dict[str, Any]
    frames: tuple[Frame, ...]


def pack(manifest: dict[str, Any], frames: Iterable[Frame], sign: Callable[[str, bytes], bytes]) -> bytes:
    """Return a bundle's bytes; `sign` puts the sender's exchange key to the manifest."""
    body = b"".join(frame.encode() for frame in sorted(frames, key=lambda frame: frame.lane))
    manifest = {**manifest, "v": 1, "body": sha256(body).hexdigest()}
    signature = sign(MANIFEST, canonical.encode(manifest))
    return MAGIC + Frame(lane=Lane.MANIFEST, head=manifest, body=signature).encode() + body


def peek(data: bytes) -> dict[str, Any]:
    """Return the manifest before anything is proven, so that a caller knows whose key to check with.

    Raises:
        Malformed: `bundle.*`.
    """
    return _manifest(data)[0].head


def unpack(data: bytes, verify: Callable[[str, bytes, bytes], None]) -> Bundle:
    """Return the bundle when its manifest verifies and names exactly these frames.

    Raises:
        Malformed: `bundle.size`, `bundle.magic`, `bundle.truncated`, `bundle.frame`.
        Untrusted: `bundle.body`, or what `verify` raises.
    """
    first, rest = _manifest(data)
    verify(MANIFEST, canonical.encode(first.head), first.body)
    if first.head["body"] != sha256(rest).hexdigest():
        raise Untrusted("bundle.body", "the bundle's content is not what its manifest names: cut short or changed")
    frames, at = [], 0
    while at < len(rest):
        frame, at = _frame(rest, at)
        frames.append(frame)
    return Bundle(manifest=first.head, frames=tuple(frames))


def _manifest(data: bytes) -> tuple[Frame, bytes]:
    if len(data) > BUNDLE_LIMIT:
        raise Malformed("bundle.size", f"the bundle has {len(data)} bytes; at most {BUNDLE_LIMIT} are taken")
    if not data.startswith(MAGIC):
        raise Malformed("bundle.magic", "this is not a bundle: its first eight bytes are not ENTENTE1")
    first, end = _frame(data, len(MAGIC))
    wanted = {"v": int, "body": str, "from": str, "to": str, "agreement": str}
    if first.lane is not Lane.MANIFEST or any(type(first.head.get(key)) is not kind for key, kind in wanted.items()):
        raise Malformed("bundle.frame", "the bundle does not begin with a manifest")
    return first, data[end:]


def _frame(data: bytes, at: int) -> tuple[Frame, int]:
    """Read the frame that starts at byte `at`; return it and where it ends."""
    if len(data) < at + _LENGTHS.size:
        raise Malformed("bundle.truncated", "the bundle ends in the middle of a frame")
    lane, head, body = _LENGTHS.unpack_from(data, at)
    if lane not in Lane._value2member_map_ or head > HEAD_LIMIT or body > BODY_LIMIT:
        raise Malformed("bundle.frame", f"a frame of kind {lane} with {head} and {body} bytes is not taken")
    start = at + _LENGTHS.size
    end = start + head + body
    if len(data) < end:
        raise Malformed("bundle.truncated", "the bundle ends in the middle of a frame")
    value = canonical.decode(data[start : start + head], HEAD_LIMIT)
    if not isinstance(value, dict):
        raise Malformed("bundle.frame", "a frame's head is not an object")
    return Frame(lane=Lane(lane), head=value, body=data[start + head : end]), end


def join(leaves: Sequence[bytes]) -> bytes:
    """Spell a run of leaves as one body: each with its length in two bytes."""
    return b"".join(len(item).to_bytes(2, "big") + item for item in leaves)


def split(body: bytes) -> list[bytes]:
    """Read what `join` spelled.

    Raises:
        Malformed: `bundle.truncated`.
    """
    items, at = [], 0
    while at < len(body):
        end = at + 2 + int.from_bytes(body[at : at + 2], "big")
        if at + 2 > len(body) or end > len(body):
            raise Malformed("bundle.truncated", "a run of leaves ends in the middle of one")
        items.append(body[at + 2 : end])
        at = end
    return items
