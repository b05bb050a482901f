"""A log as files that never change: hashes in tiles of 256, entries in bundles beside them (c2sp.org/tlog-tiles).

Tile n of level l holds, for i from 0 to 255, the root over entries (n·256 + i)·256^l up to (n·256 + i + 1)·256^l. The
rightmost tile of a level may be partial, and says its width. A bundle holds the entries under one tile of level 0.

- TLOG-14: a log of one size has exactly one set of files; `publish` makes it.
- TLOG-15: `read` takes entries from files only when every file is the one that the head makes necessary.

>>> Tile(level=0, index=1_234_067).path()
'tile/0/x001/x234/067'
>>> files = dict(publish([b"first", b"second"]))
>>> sorted(files)
['tile/0/000.p/2', 'tile/entries/000.p/2']
>>> files["tile/entries/000.p/2"]
b'\\x00\\x05first\\x00\\x06second'
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from entente.errors import Malformed, Untrusted
from entente.tlog.checkpoint import Checkpoint
from entente.tlog.merkle import leaf_hash, root

WIDTH = 256
"""Hashes in a full tile, entries in a full bundle."""
ENTRY_LIMIT = 65_535
"""Longest entry [bytes]: its length stands in two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One tile: its level (0 holds leaf hashes), its place there, and how many hashes it has."""

    level: int
    index: int
    width: int = WIDTH

    def __post_init__(self) -> None:
        if not (0 <= self.level <= 63 and self.index >= 0 and 1 <= self.width <= WIDTH):
            raise Malformed("tlog.tile", f"no tile has level {self.level}, index {self.index} and width {self.width}")

    def path(self) -> str:
        """Return the tile's path: the index in groups of three digits, all but the last behind an `x`."""
        return f"tile/{self.level}/{self._place()}"

    def bundle_path(self) -> str:
        """Return the path of the entries that a tile of level 0 is over."""
        assert self.level == 0, "entries stand under tiles of level 0"
        return f"tile/entries/{self._place()}"

    def _place(self) -> str:
        digits = f"{self.index:0{-(-len(str(self.index)) // 3) * 3}d}"
        groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
        place = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
        return place if self.width == WIDTH else f"{place}.p/{self.width}"


def publish(entries: Iterable[bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield path and bytes of every file of a log but its head's: all bundles, then all tiles, level by level.

    One bundle's entries and all leaf hashes are held in memory at once.

    Raises:
        Malformed: `tlog.tile`, when an entry is longer than a bundle can say.
    """
    hashes: list[bytes] = []
    source = iter(entries)
    while run := list(islice(source, WIDTH)):
        if max(map(len, run)) > ENTRY_LIMIT:
            raise Malformed("tlog.tile", f"an entry has more than {ENTRY_LIMIT} bytes; no bundle can hold it")
        tile = Tile(level=0, index=len(hashes) // WIDTH, width=len(run))
        yield tile.bundle_path(), b"".join(len(entry).to_bytes(2, "big") + entry for entry in run)
        hashes += map(leaf_hash, run)
    for tile, content in _tiles(hashes):
        yield tile.path(), b"".join(content)


def read(head: Checkpoint, file: Callable[[str], bytes]) -> list[bytes]:
    """Return the entries of the log that `head` is the head of; `file` gives each file's bytes by its path (TLOG-15).

    Whose head it is was for the caller to verify. Files that the head does not make necessary are never asked for.

    Raises:
        Untrusted: `tlog.tile`, when a file is not the one that belongs to the head; or what `file` raises.
    """
    entries: list[bytes] = []
    for tile in _lowest(head.size):
        entries += _entries(file(tile.bundle_path()), tile)
    for path, content in publish(entries):
        if file(path) != content:
            raise Untrusted("tlog.tile", f"{path} is not the one that belongs to the entries; it was changed")
    if root(map(leaf_hash, entries)) != head.root:
        raise Untrusted("tlog.tile", f"the entries are not those of the head of size {head.size}; they were changed")
    return entries


def _lowest(size: int) -> Iterator[Tile]:
    """Yield the tiles of level 0 of a log of `size` entries."""
    full, rest = divmod(size, WIDTH)
    for index in range(full):
        yield Tile(level=0, index=index)
    if rest:
        yield Tile(level=0, index=full, width=rest)


def _tiles(hashes: Sequence[bytes]) -> Iterator[tuple[Tile, Sequence[bytes]]]:
    level = 0
    while hashes:
        above = []
        for start in range(0, len(hashes), WIDTH):
            run = hashes[start : start + WIDTH]
            yield Tile(level=level, index=start // WIDTH, width=len(run)), run
            if len(run) == WIDTH:  # a partial tile is not hashed into the level above
                above.append(root(run))
        level, hashes = level + 1, above


def _entries(data: bytes, tile: Tile) -> list[bytes]:
    """Read a bundle. Whether it ends there is seen when it is written again and compared."""
    found, at = [], 0
    for _ in range(tile.width):
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        if start > len(data) or at > len(data):
            raise Untrusted("tlog.tile", f"{tile.bundle_path()} ends in the middle of an entry; it was cut short")
        found.append(data[start:at])
    return found
