"""A map of one's own: one PMTiles file that an operator names, given to pages a range of bytes at a time.

What is drawn from it lies under everything and is evidence of nothing. The file is looked at once, when the node
starts, so that a wrong one is told to whoever named it and not to an officer at a page.

Source: PMTiles specification, version 3 (header: fixed 127 bytes, little-endian); RFC 9110 §14 for ranges.
"""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

from entente.errors import Malformed, Refused

HEADER = struct.Struct("<7sB11Q4B")
"""Magic, version; offsets and lengths of root, metadata, leaves, tiles; three counts; clustered, two packings, type."""
HEADER_SIZE = 127
KINDS = {1: "vector", 2: "picture", 3: "picture", 4: "picture", 5: "picture"}
"""By the tile type: MVT; PNG, JPEG, WebP and AVIF are pictures to a page."""
NONE, GZIP = 1, 2
"""The packings of directories that a browser can undo."""
MOST = 16 * 1024 * 1024
"""[bytes] Of one answer."""
_RANGE = re.compile(r"bytes=([0-9]{1,18})-([0-9]{1,18})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class MapFile:
    """A file that can be drawn. `tag` changes when the file is replaced, so that no page mixes two."""

    path: Path
    kind: str
    size: int
    tag: str


def opened(path: Path) -> MapFile:
    """Look at a file, and return it when pages can draw it.

    Raises:
        Refused: `centre.map`, with what is wrong.
    """
    try:
        with path.open("rb") as file:
            state = path.stat()
            header = file.read(HEADER_SIZE)
            kind = _kind(path, header, state.st_size)
            root, length = HEADER.unpack_from(header)[2:4]
            file.seek(root)
            _unpacked(path, file.read(length), HEADER.unpack_from(header)[14])
    except OSError as error:
        raise Refused("centre.map", f"the map {path} cannot be read: {error.strerror}") from None
    return MapFile(path=path, kind=kind, size=state.st_size, tag=f'"{state.st_size:x}-{state.st_mtime_ns:x}"')


def _kind(path: Path, header: bytes, size: int) -> str:
    if header[:7] != b"PMTiles":
        raise Refused("centre.map", f"{path} is no PMTiles file; convert what it is with `pmtiles convert`")
    if header[7:8] != b"\3" or len(header) < HEADER_SIZE:
        raise Refused("centre.map", f"{path} is not PMTiles of version 3; `pmtiles convert` makes one")
    fields = HEADER.unpack_from(header)
    if any(at + length > size for at, length in zip(fields[2:10:2], fields[3:10:2], strict=True)):
        raise Refused("centre.map", f"{path} is cut short: it names more than its {size} bytes; copy it again")
    packing, kind = fields[14], KINDS.get(fields[16])
    if packing not in (NONE, GZIP):
        raise Refused(
            "centre.map", f"the directories of {path} are packed in a way that browsers cannot read; use gzip"
        )
    if kind is None:
        raise Refused("centre.map", f"{path} holds neither vector tiles nor pictures")
    return kind


def _unpacked(path: Path, root: bytes, packing: int) -> None:
    try:
        if packing == GZIP:
            zlib.decompress(root, wbits=31)
    except zlib.error:
        raise Refused("centre.map", f"the first directory of {path} is damaged; copy the file again") from None


def stretch(file: MapFile, asked: str) -> tuple[bytes, str]:
    """Return the bytes that a Range header asks for, at most `MOST`, and what to say they are.

    Raises:
        Malformed: `centre.range`, when it asks for no bytes of the file.
        Refused: `centre.map`, when the file has gone.
    """
    found = _RANGE.fullmatch(asked.strip())
    first, last = (int(found[1]), int(found[2])) if found else (0, -1)
    last = min(last, file.size - 1, first + MOST - 1)
    if last < first:
        raise Malformed("centre.range", f"the map is given by ranges, as bytes=0-{min(file.size, 16384) - 1}")
    try:
        with file.path.open("rb") as held:
            held.seek(first)
            data = held.read(last - first + 1)
    except OSError as error:
        raise Refused("centre.map", f"the map {file.path.name} cannot be read any more: {error.strerror}") from None
    return data, f"bytes {first}-{last}/{file.size}"
