"""The exercises about places and convoys go as written, and say at each step what would have caught the failure."""

from __future__ import annotations

import io
import re
import shutil
from pathlib import Path

import pytest
from rich.console import Console

from entente.exercise import find, reading
from entente.exercise.language import Load, Notify, Relay
from entente.exercise.performance import perform
from entente.exercise.wires import InProcess


def play(folder: Path, out: Path) -> tuple[int, str]:
    told = io.StringIO()
    status = perform(folder, out, wire=InProcess(), console=Console(file=told, width=200))
    return status, re.sub(r"\s+", " ", told.getvalue())


@pytest.fixture(scope="module", params=["kunduz", "convoy"])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path, str]:
    out = tmp_path_factory.mktemp(request.param)
    status, told = play(find(request.param), out)
    assert status == 0, told
    return request.param, out, told


def test_everything_that_was_expected_was_so(run: tuple[str, Path, str]) -> None:
    _, _, told = run

    assert re.search(r"(\d+) of \1 expectations held", told)
    assert "✗" not in told


def test_each_requirement_that_it_is_about_is_shown_by_some_step(run: tuple[str, Path, str]) -> None:
    name, _, _ = run
    exercise = reading.read(find(name))

    cited = {requirement for step in exercise.steps for requirement in step.why}

    assert cited == exercise.frame.requirement.keys() - {"R-40"}  # which the end of every exercise is about


def test_no_word_says_that_anything_was_permitted_or_aimed_at(run: tuple[str, Path, str]) -> None:
    name, out, told = run

    pages = [(out / page).read_text("utf-8") for page in ("map.html", "report.html")]
    written = [path.read_text("utf-8") for path in find(name).rglob("*.*") if path.is_file()]
    for text in (told, *pages, *written):
        assert not re.search(r"\b(cleared|approved|approval)\b", text, re.IGNORECASE)
    for text in (told, *written):  # in a page's script an event has a target
        assert not re.search(r"\btarget", text, re.IGNORECASE)


def test_facts_stand_with_their_source_and_what_is_disputed(run: tuple[str, Path, str]) -> None:
    name, _, _ = run

    readme = (find(name) / "README.md").read_text("utf-8")

    assert "## Where it comes from" in readme and "Source, and how sure" in readme
    assert "**Disputed**" in readme and "**Invented**" in readme


def test_the_sender_tells_apart_whoever_opened_a_notice_and_whoever_loaded_it(run: tuple[str, Path, str]) -> None:
    """F-12, F-13."""
    name, _, told = run

    assert "opened" in told and "loaded" in told
    assert ("army: opened" if name == "kunduz" else "force: opened, partner: loaded") in told


def test_a_convoy_that_cannot_be_told_in_the_dark_is_marked_so_until_it_is_amended(tmp_path: Path) -> None:
    """F-19, F-20."""
    status, told = play(find("convoy"), tmp_path / "out")

    before, _, after = told.partition("what force and partner acknowledged is of an older version")
    assert status == 0
    assert "no mark that can be seen at night" in before
    assert after and "no mark that can be seen at night" not in after
    assert "stays protected beyond its timetable" in after


def test_a_rung_that_nobody_climbed_fails_the_exercise(tmp_path: Path) -> None:
    folder = tmp_path / "kunduz"
    shutil.copytree(find("kunduz"), folder)
    text = (folder / "steps.toml").read_text("utf-8")
    (folder / "steps.toml").write_text(
        text.replace('rungs = { air = "relayed" }', 'rungs = { air = "loaded" }'), "utf-8"
    )

    status, told = play(folder, tmp_path / "out")

    assert status == 1
    assert "✗ rungs: expected {'air': 'loaded'}, was {'air': 'relayed'}" in told


def test_a_place_that_the_unit_has_elsewhere_is_seen_when_it_is_read_back(tmp_path: Path) -> None:
    """F-17."""
    folder = tmp_path / "convoy"
    shutil.copytree(find("convoy"), folder)
    text = (folder / "steps.toml").read_text("utf-8")
    wrong = text.replace('3 = "31.3000 34.2400"', '3 = "31.3100 34.2400"')
    wrong = wrong.replace(
        "expect = { differing = 0, differing_from_own = 0 }", "expect = { differing = 1, differing_from_own = 1 }"
    )
    (folder / "steps.toml").write_text(wrong, "utf-8")

    status, told = play(folder, tmp_path / "out")

    assert status == 0, told
    assert "1 of them elsewhere than in the notice" in told


def test_the_two_are_about_notices_and_say_who_loaded_them() -> None:
    for name in ("kunduz", "convoy"):
        steps = reading.read(find(name)).steps
        assert any(isinstance(step, Relay) for step in steps) and any(isinstance(step, Load) for step in steps)
    assert any(isinstance(step, Notify) for step in reading.read(find("kunduz")).steps)
