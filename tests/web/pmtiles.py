"""A tiny PMTiles file, written from the specification (version 3): one tile at zoom 0, of pictures or of vectors."""

from __future__ import annotations

import gzip
import json
import struct
import zlib
from pathlib import Path

NAME = "A test's own map"


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def field(number: int, value: bytes | int) -> bytes:
    """A field of a Protocol Buffers message."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def vector(layer: str = "water") -> bytes:
    """A vector tile (MVT 2.1) with a layer that is all one square."""
    corners = [(0, 0), (4096, 0), (0, 4096), (-4096, 0)]
    steps = [n << 1 if n >= 0 else (-n << 1) - 1 for corner in corners for n in corner]
    commands = [1 | 1 << 3, *steps[:2], 2 | 3 << 3, *steps[2:], 7 | 1 << 3]
    feature = field(3, 3) + field(4, b"".join(map(varint, commands)))
    return field(3, field(15, 2) + field(1, layer.encode()) + field(2, feature) + field(5, 4096))


def picture() -> bytes:
    """A PNG of one colour, 256 pixels square."""
    rows = zlib.compress((b"\0" + bytes((200, 30, 30)) * 256) * 256)
    chunks = ((b"IHDR", struct.pack(">2I5B", 256, 256, 8, 2, 0, 0, 0)), (b"IDAT", rows), (b"IEND", b""))
    parts = (struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def write(path: Path, kind: int = 1, *, packing: int = 2, root: bytes | None = None) -> Path:
    """Write a file: `kind` 1 is vectors, 2 PNG; `packing` of its directories 1 none, 2 gzip."""
    tile = vector() if kind == 1 else picture()
    directory = b"".join(map(varint, (1, 0, 1, len(tile), 1)))  # one entry: id, run, length, offset + 1
    layers = {"vector_layers": [{"id": "water", "fields": {}}]} if kind == 1 else {}
    told = json.dumps({"attribution": f"<b>{NAME}</b>", **layers}).encode()
    packed = gzip.compress if packing == 2 else bytes
    root, told = packed(directory) if root is None else root, packed(told)
    at = [127, 127 + len(root), 127 + len(root) + len(told)]
    places = (at[0], len(root), at[1], len(told), at[2], 0, at[2], len(tile))
    world = (-1800000000, -850511280, 1800000000, 850511280)
    header = struct.pack(
        "<7sB8Q3Q4B2B4iB2i", b"PMTiles", 3, *places, 1, 1, 1, 1, packing, 1, kind, 0, 0, *world, 0, 0, 0
    )
    path.write_bytes(header + root + told + tile)
    return path
