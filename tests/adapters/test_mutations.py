"""Whatever happens to a file on its way, it is read or refused: no reader falls over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from entente.adapters import csv_plans, csv_sites, geojson, planfile, standardfile
from entente.errors import Malformed

EXAMPLES = Path(__file__).parents[2] / "examples" / "screen"
PLANS = (
    "plan,position,time,altitude,half width nm,speed\n"
    "a,LSZB,2026-11-22T10:00:00Z,FL080-FL100,1,120\na,47.2 7.5,,,,\na,LSZH,2026-11-22T11:00:00Z,,,\n"
)
READERS: list[tuple[Callable[[Path], Any], str]] = [
    (planfile.read, (EXAMPLES / "plan.toml").read_text("utf-8")),
    (standardfile.read, (EXAMPLES / "standard.toml").read_text("utf-8")),
    (geojson.read_plans, (EXAMPLES / "others.geojson").read_text("utf-8")),
    (geojson.read_areas, (EXAMPLES / "areas.geojson").read_text("utf-8")),
    (geojson.read_sites, (EXAMPLES / "areas.geojson").read_text("utf-8").replace('"title"', '"name"')),
    (csv_sites.read, (EXAMPLES / "sites.csv").read_text("utf-8")),
    (csv_plans.read, PLANS),
]
WORDS = st.sampled_from(
    ["", "-", "0", "1e400", "-1", "9" * 400, "nan", "inf", "true", "null", "[]", "{}", '"', "\n", ",", "٥", "\0", "é",
     "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+05:00", "91", "181", "[[plan]]", "[0, 0]", "1_0", "FL", "m", "GND"]
)  # fmt: skip


@pytest.mark.parametrize(("read", "text"), READERS, ids=lambda value: getattr(value, "__module__", ""))
@example(at=0.75, cut=0, word="181")  # the standard: a height of millions of metres, told without its place
@given(at=st.floats(0, 1), cut=st.integers(0, 24), word=WORDS)
def test_a_changed_file_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, read: Callable[[Path], Any], text: str, at: float, cut: int, word: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "changed"
    start = int(at * len(text))
    path.write_text(text[:start] + word + text[start + cut :], "utf-8", newline="")

    try:
        read(path)
    except Malformed as error:
        assert error.where is not None
        assert error.where.startswith("changed")
