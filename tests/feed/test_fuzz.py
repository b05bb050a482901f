"""Every target of the fuzzer over its seeds, over what once found a fault, and over a few changes of each."""

from __future__ import annotations

import pytest
from fuzz.targets import TARGETS, run, seeds
from hypothesis import given
from hypothesis import strategies as st

NAMES = sorted(TARGETS)


@pytest.mark.parametrize("name", NAMES)
def test_no_seed_makes_a_target_do_what_it_may_not(name: str) -> None:
    """FEED-41, CANON-6, TLOG-7, TLOG-9: refused or taken, and no other error."""
    found = [run(name, data) for data in seeds(name)]

    assert found, "a target without seeds begins in the dark"
    assert any(found), "a target that takes none of its seeds tests nothing"


@pytest.mark.parametrize("name", NAMES)
@given(st.data())
def test_nor_does_any_change_of_a_seed(name: str, data: st.DataObject) -> None:
    """The same, with a piece of a seed cut out and something put in its place."""
    seed = data.draw(st.sampled_from(seeds(name)))
    start = data.draw(st.integers(0, len(seed)))
    stop = data.draw(st.integers(start, min(len(seed), start + 8)))
    put = data.draw(st.one_of(st.binary(max_size=8), st.sampled_from([b'"', b"{}", b"[", b"0", b"\xff\xff", b"null"])))

    run(name, seed[:start] + put + seed[stop:])
