"""Roots from kept blocks are those of the definition, at every size, and so are the proofs made from them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from entente.tlog import proof
from entente.tlog.merkle import EMPTY_ROOT, Frontier, leaf_hash, root
from entente.tlog.subtrees import Subtrees

MOST = 256 * 256 + 600
"""Into the second level of blocks, and a little beyond."""
HASHES = [leaf_hash(b"%d" % number) for number in range(MOST)]
WHOLE = Subtrees(HASHES)
SIZES = st.one_of(st.integers(0, 600), st.sampled_from([255, 256, 257, 65_535, 65_536, 65_537, MOST]))


@given(size=SIZES)
def test_every_past_root_is_the_one_that_the_definition_gives(size: int) -> None:
    """TLOG-1, TLOG-2, TLOG-3."""
    assert WHOLE.frontier(size) == Frontier().extend(HASHES[:size])
    assert WHOLE.root(0, size) == root(HASHES[:size])
    assert Subtrees().root(0, 0) == EMPTY_ROOT


@given(cuts=st.lists(st.integers(0, 700), max_size=6))
def test_it_grows_alike_in_any_pieces(cuts: list[int]) -> None:
    grown, whole = Subtrees(), sum(cuts)
    for cut in cuts:
        grown.extend(HASHES[len(grown) : len(grown) + cut])

    assert len(grown) == whole and grown.frontier(whole) == Frontier().extend(HASHES[:whole])


@given(size=SIZES.filter(bool), data=st.data())
def test_proofs_are_those_made_from_every_leaf(size: int, data: st.DataObject) -> None:
    """TLOG-4, TLOG-5."""
    index, small = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size))

    path, steps = proof.inclusion_proof(WHOLE, index, size), proof.consistency_proof(WHOLE, small, size)

    proof.verify_inclusion(index, size, HASHES[index], WHOLE.root(0, size), path)
    proof.verify_consistency(small, size, WHOLE.root(0, small), WHOLE.root(0, size), steps)
    if size < 2_000:
        assert path == proof.inclusion_proof(HASHES[:size], index, size)
        assert steps == proof.consistency_proof(HASHES[:size], small, size)
