"""Tiles: a log's hashes in files of 256, named so that they never change (c2sp.org/tlog-tiles).

Tile n of level l holds, for i from 0 to 255, the root over entries (n·256 + i)·256^l up to (n·256 + i + 1)·256^l. The
rightmost tile of a level may be partial, and says its width.

>>> Tile(level=0, index=1_234_067).path()
'tile/0/x001/x234/067'
>>> [tile.path() for tile in tiles(258)]
['tile/0/000', 'tile/0/001.p/2', 'tile/1/000.p/1']
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from entente.errors import Malformed
from entente.tlog.merkle import root

WIDTH = 256
"""Hashes in a full tile."""


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
        digits = f"{self.index:0{-(-len(str(self.index)) // 3) * 3}d}"
        groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
        place = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
        return f"tile/{self.level}/{place}" + ("" if self.width == WIDTH else f".p/{self.width}")

    def hashes(self, read: Callable[[int, int], Sequence[bytes]]) -> list[bytes]:
        """Return the tile's hashes, given a reader of leaf hashes from `start` up to, not including, `stop`."""
        span = WIDTH**self.level
        first = self.index * WIDTH
        return [root(read(at * span, (at + 1) * span)) for at in range(first, first + self.width)]


def tiles(size: int) -> Iterator[Tile]:
    """Yield the tiles of a log of `size` entries, level by level, each level's partial one last."""
    level, count = 0, size
    while count:
        full, rest = divmod(count, WIDTH)
        for index in range(full):
            yield Tile(level=level, index=index)
        if rest:
            yield Tile(level=level, index=full, width=rest)
        level, count = level + 1, full
