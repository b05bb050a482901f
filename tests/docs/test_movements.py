"""The guide to movements keeps its word: its lines run as they stand, and say what the page says."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.desks import Desks

PAGE = (Path(__file__).parents[2] / "docs" / "guides" / "movements.md").read_text(encoding="utf-8")
TOML = re.search(r"^```toml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
LINES = re.findall(r"^ {4}(entente .+)$", PAGE, re.MULTILINE)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Run the whole page once; return what the line that holds some words printed."""
    folder = tmp_path_factory.mktemp("valley")
    desks = Desks(folder)
    desks.found()
    assert TOML is not None
    desks.write("convoy.toml", TOML[1])
    desks.write("convoy-later.toml", TOML[1].replace("T08:00", "T10:00"))
    said = {}
    for line in LINES:
        said[line] = desks.do(line).out
        desks.settle()
    shutil.rmtree(folder)
    return lambda words: next(text for line, text in said.items() if words in line)


def test_the_page_runs_from_the_desk_to_the_unit_and_back(told: Callable[[str], str]) -> None:
    assert len(LINES) == 16
    assert "This asks for no permission." in told("movement notify")
    assert "journey not opened" in told("movement list")
    assert "channel 4" in told("movement show")
    assert "DIFFERS" not in told("movement read-back ")
    assert "told to no recipient" in told("read-backs")
    assert "loaded" in told("coverage --all")


def test_an_amendment_shows_the_difference_and_what_is_stale(told: Callable[[str], str]) -> None:
    assert "Changed: passage 2" in told("amend")
    assert "stale, of an older version" in told("coverage --home")


def test_it_is_ended_by_its_originator(told: Callable[[str], str]) -> None:
    assert "Its way is protected no longer." in told("movement end")
    assert "nothing runs out within 30 days" in told("site due")
    assert "No new findings since our operations were notified." in told("operation affected")
