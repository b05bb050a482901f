"""The page of failures keeps its word: every failure has a row, and every row names tests that are there."""

import re
from pathlib import Path

import pytest

HOME = Path(__file__).parents[2]
ROWS = {
    number: tests
    for line in (HOME / "docs" / "failures.md").read_text(encoding="utf-8").splitlines()
    if (cells := [cell.strip() for cell in line.split("|")]) and len(cells) == 6 and re.fullmatch(r"F-\d\d", cells[1])
    for number, tests in [(cells[1], cells[4])]
}
WRITTEN = "\n".join(path.read_text(encoding="utf-8") for path in (HOME / "tests").rglob("*.py"))


def test_every_failure_has_a_row() -> None:
    assert list(ROWS) == [f"F-{number:02d}" for number in range(1, 28)]


@pytest.mark.parametrize("number", ROWS)
def test_each_row_names_tests_that_are_there(number: str) -> None:
    paths = re.findall(r"tests/[\w./]+", ROWS[number])
    names = re.findall(r"`(test_f\d\d_)", ROWS[number])

    assert paths and f"test_f{number[2:]}_" in names, "each failure is a test named after it"
    assert [path for path in paths if not (HOME / path.rstrip(".")).exists()] == []
    assert [name for name in names if f"def {name}" not in WRITTEN] == []
