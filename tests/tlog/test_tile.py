"""Tiles and bundles: their names, their hashes by the definition, and that no changed file passes."""

from __future__ import annotations

from functools import cache
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entente.errors import Malformed, Untrusted
from entente.tlog.checkpoint import Checkpoint
from entente.tlog.merkle import leaf_hash, root
from entente.tlog.tile import ENTRY_LIMIT, Tile, publish, read


def entries(size: int) -> list[bytes]:
    return [f"entry {number}".encode() for number in range(size)]


@cache
def files(size: int) -> dict[str, bytes]:
    return dict(publish(entries(size)))


def head(size: int) -> Checkpoint:
    return Checkpoint(origin="north/one/1", size=size, root=root(map(leaf_hash, entries(size))))


def mth(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962 §2.1 as it is written there, by recursion; shares nothing with what it checks."""
    if len(leaves) == 1:
        return sha256(b"\0" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\1" + mth(leaves[:split]) + mth(leaves[split:])).digest()


def test_the_specifications_example_of_70_000_entries_has_its_tiles() -> None:
    """TLOG-14."""
    names = [path for path in files(70_000) if "entries" not in path]

    assert len(names) == 273 + 1 + 1 + 1 + 1
    assert names[272:] == ["tile/0/272", "tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"]
    bundles = [path for path in files(70_000) if "entries" in path]
    assert (len(bundles), bundles[0], bundles[-1]) == (274, "tile/entries/000", "tile/entries/273.p/112")


def test_a_log_of_256_entries_has_a_full_tile_and_one_above_of_width_one() -> None:
    """TLOG-14."""
    assert list(files(256)) == ["tile/entries/000", "tile/0/000", "tile/1/000.p/1"]
    assert not files(0)


def test_each_hash_is_the_one_that_the_definition_names() -> None:
    """TLOG-14: MTH(D[(n * 256 + i) * 256**l : (n * 256 + i + 1) * 256**l])."""
    size, kept = 66_000, files(66_000)
    leaves = entries(size)

    for path, level, index, width in [
        ("tile/0/000", 0, 0, 256), ("tile/0/257.p/208", 0, 257, 208), ("tile/1/000", 1, 0, 256),
        ("tile/1/001.p/1", 1, 1, 1), ("tile/2/000.p/1", 2, 0, 1),
    ]:  # fmt: skip
        span = 256**level
        places = range(index * 256, index * 256 + width)
        assert kept[path] == b"".join(mth(leaves[at * span : (at + 1) * span]) for at in places), path


def test_a_long_index_stands_in_groups_of_three() -> None:
    """TLOG-14."""
    assert Tile(level=63, index=1_234_067).path() == "tile/63/x001/x234/067"
    assert Tile(level=0, index=1000, width=5).bundle_path() == "tile/entries/x001/000.p/5"


@pytest.mark.parametrize(("level", "index", "width"), [(-1, 0, 1), (64, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257)])
def test_there_are_no_other_tiles(level: int, index: int, width: int) -> None:
    with pytest.raises(Malformed):
        Tile(level=level, index=index, width=width)


def test_an_entry_that_a_bundle_cannot_hold_is_not_published() -> None:
    """TLOG-14."""
    assert len(dict(publish([bytes(ENTRY_LIMIT)]))) == 2

    with pytest.raises(Malformed):
        list(publish([b"", bytes(ENTRY_LIMIT + 1)]))


@given(st.lists(st.binary(max_size=40), max_size=10))
def test_entries_read_back_from_their_files(written: list[bytes]) -> None:
    """TLOG-14, TLOG-15."""
    kept = dict(publish(written))
    edge = Checkpoint(origin="north/one/1", size=len(written), root=root(map(leaf_hash, written)))

    assert read(edge, kept.__getitem__) == written


SPOILT = 300
"""Two bundles, two tiles and one above."""


@given(st.sampled_from(sorted(files(SPOILT))), st.data())
def test_no_file_passes_with_a_byte_changed_added_or_lost(path: str, data: st.DataObject) -> None:
    """TLOG-15."""
    kept = files(SPOILT)
    at, mask = data.draw(st.integers(0, len(kept[path]) - 1)), data.draw(st.integers(1, 255))
    flipped = kept[path][:at] + bytes([kept[path][at] ^ mask]) + kept[path][at + 1 :]

    assert read(head(SPOILT), kept.__getitem__) == entries(SPOILT)
    for spoilt in (flipped, kept[path][:at], kept[path] + b"\0", b"", kept[path] * 2):
        with pytest.raises(Untrusted) as refusal:
            read(head(SPOILT), {**kept, path: spoilt}.__getitem__)
        assert refusal.value.code == "tlog.tile"


def test_files_that_agree_with_each_other_and_not_with_the_head_are_anothers() -> None:
    """TLOG-15."""
    other = dict(publish([b"another", *entries(SPOILT)[1:]]))

    with pytest.raises(Untrusted, match="not those of the head"):
        read(head(SPOILT), other.__getitem__)
