"""Tiles: their names and hashes, and that the root follows from them alone."""

import pytest

from entente.errors import Malformed
from entente.tlog.merkle import leaf_hash, root
from entente.tlog.tile import WIDTH, Tile, tiles

HASHES = [leaf_hash(number.to_bytes(2, "big")) for number in range(700)]


def read(start: int, stop: int) -> list[bytes]:
    return HASHES[start:stop]


def test_the_specifications_example_of_70_000_entries_has_its_tiles() -> None:
    """TLOG-14."""
    names = [tile.path() for tile in tiles(70_000)]

    assert len(names) == 273 + 1 + 1 + 1 + 1
    assert names[272:] == ["tile/0/272", "tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"]


def test_a_log_of_256_entries_has_a_full_tile_and_one_above_of_width_one() -> None:
    assert [tile.path() for tile in tiles(256)] == ["tile/0/000", "tile/1/000.p/1"]


def test_the_root_follows_from_the_tiles_of_any_level() -> None:
    full = [Tile(level=0, index=index).hashes(read) for index in range(2)]
    above = Tile(level=1, index=0, width=2).hashes(read)

    assert above == [root(tile) for tile in full]
    assert root(above) == root(HASHES[: 2 * WIDTH])


@pytest.mark.parametrize(("level", "index", "width"), [(-1, 0, 1), (64, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257)])
def test_there_are_no_other_tiles(level: int, index: int, width: int) -> None:
    with pytest.raises(Malformed):
        Tile(level=level, index=index, width=width)
