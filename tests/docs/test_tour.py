"""The tour keeps its word: its blocks run in order, and every claim in them holds."""

import re
from pathlib import Path
from typing import Any

import pytest

TOUR = Path(__file__).parents[2] / "docs" / "tour.md"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def test_the_tour_does_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    page = TOUR.read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    blocks = list(BLOCK.finditer(page))
    assert len(blocks) > 10

    for block in blocks:
        # As many newlines as stand before it, so that a failure names the page's own line.
        before = "\n" * page[: block.start(1)].count("\n")
        exec(compile(before + block[1], TOUR, "exec"), names)
