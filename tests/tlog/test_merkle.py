"""RFC 6962 trees against published values and against a recursive definition that shares no code."""

import json
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entente.errors import Malformed
from entente.tlog.merkle import EMPTY_ROOT, SIZE_LIMIT, Frontier, leaf_hash, node_hash, root

VECTORS = json.loads((Path(__file__).parents[2] / "spec/vectors/tlog/merkle.json").read_text(encoding="utf-8"))
ENTRIES = st.lists(st.binary(max_size=8), max_size=70)


def mth(entries: list[bytes]) -> bytes:
    """MTH of RFC 6962 §2.1, word for word."""
    if not entries:
        return sha256(b"").digest()
    if len(entries) == 1:
        return sha256(b"\x00" + entries[0]).digest()
    k = 1
    while k * 2 < len(entries):
        k *= 2
    return sha256(b"\x01" + mth(entries[:k]) + mth(entries[k:])).digest()


def test_published_leaves_have_their_published_roots() -> None:
    """TLOG-1, TLOG-2."""
    hashes = [leaf_hash(bytes.fromhex(leaf)) for leaf in VECTORS["leaves"]]

    assert bytes.fromhex(VECTORS["empty_root"]) == EMPTY_ROOT == root([])
    assert [root(hashes[:size]).hex() for size in range(1, 9)] == VECTORS["roots"]


@given(ENTRIES)
def test_the_root_is_the_one_that_the_definition_gives(entries: list[bytes]) -> None:
    assert root(map(leaf_hash, entries)) == mth(entries)


def test_a_leaf_never_passes_for_a_node() -> None:
    """TLOG-1."""
    left, right = leaf_hash(b"a"), leaf_hash(b"b")

    assert leaf_hash(left + right) != node_hash(left, right)


@given(ENTRIES, st.integers(0, 70))
def test_a_frontier_goes_on_where_it_stopped(entries: list[bytes], cut: int) -> None:
    hashes = [leaf_hash(entry) for entry in entries]

    resumed = Frontier.from_bytes(Frontier().extend(hashes[:cut]).to_bytes()).extend(hashes[cut:])

    assert resumed == Frontier().extend(hashes)
    assert resumed.size == len(entries)


@given(ENTRIES)
def test_appending_leaves_the_frontier_it_was_given_alone(entries: list[bytes]) -> None:
    before = Frontier().extend(map(leaf_hash, entries))
    kept = before.to_bytes()

    after = before.append(leaf_hash(b"more"))

    assert before.to_bytes() == kept
    assert after.root() == mth([*entries, b"more"])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes(7),
        bytes(9),
        (1).to_bytes(8, "big"),
        bytes(8) + bytes(32),
        (3).to_bytes(8, "big") + bytes(32),
        (2).to_bytes(8, "big") + bytes(64),
        SIZE_LIMIT.to_bytes(8, "big") + bytes(32),
    ],
)
def test_a_frontier_whose_length_and_size_disagree_is_refused(data: bytes) -> None:
    """TLOG-3."""
    with pytest.raises(Malformed) as refusal:
        Frontier.from_bytes(data)

    assert refusal.value.code == "tlog.frontier"
