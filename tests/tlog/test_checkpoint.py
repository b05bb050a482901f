"""A checkpoint has one spelling, and everything else is refused."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entente.errors import Malformed
from entente.tlog.checkpoint import Checkpoint

VECTORS = json.loads((Path(__file__).parents[2] / "spec/vectors/tlog/checkpoint.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("text", VECTORS["good"])
def test_a_good_checkpoint_reads_and_writes_back_the_same(text: str) -> None:
    assert Checkpoint.parse(text).encode() == text


@pytest.mark.parametrize("case", VECTORS["bad"], ids=lambda case: case["why"])
def test_any_other_spelling_is_refused(case: dict[str, str]) -> None:
    """TLOG-6, TLOG-7, TLOG-8."""
    with pytest.raises(Malformed) as refusal:
        Checkpoint.parse(case["text"])

    assert refusal.value.code == "tlog.checkpoint"


@given(st.integers(0, 2**63 - 1), st.binary(min_size=32, max_size=32))
def test_every_head_survives_the_round_trip(size: int, root: bytes) -> None:
    head = Checkpoint(origin="north/exercise-one/1", size=size, root=root)

    assert Checkpoint.parse(head.encode()) == head


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_what_parses_at_all_is_in_its_one_spelling(text: str) -> None:
    """TLOG-7."""
    try:
        head = Checkpoint.parse(text)
    except Malformed:
        return

    assert head.encode() == text
