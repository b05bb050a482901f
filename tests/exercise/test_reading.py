"""An exercise that cannot be played is refused before it begins, in one sentence with its place."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from entente.errors import Malformed, Refused
from entente.exercise import find, list_exercises, reading
from entente.exercise.language import Expect

ASIDE = """
[[step]]
do = "tell"
at = "2026-12-01T09:00:00Z"
tell = "Said."
"""


def step(**fields: str) -> str:
    return "[[step]]\n" + "".join(f"{name} = {value}\n" for name, value in fields.items())


BAD = {
    "not TOML": ("[[step]", "exercise.file"),
    "an unknown verb": (ASIDE.replace('"tell"', '"shout"'), "exercise.field"),
    "a field that nobody knows": (ASIDE + 'whisper = "no"\n', "exercise.field"),
    "a number for a name": (step(do='"end"', operation="3"), "exercise.field"),
    "an expectation that nobody knows": (ASIDE + 'expect.mood = "calm"\n', "exercise.field"),
    "a time without its zone": (ASIDE.replace("00Z", "00"), "geo.time"),
    "time that goes back": (ASIDE + ASIDE.replace("09:00", "08:00"), "exercise.step"),
    "an office that nobody holds": (
        step(do='"sign"', by='"north/legal_adviser"', agreement='"agreement-2"'),
        "exercise.step",
    ),
    "nobody who speaks": (step(do='"sign"', agreement='"agreement-2"'), "exercise.step"),
    "a speaker where none is": (ASIDE + 'by = "north/senior"\n', "exercise.step"),
    "an agreement that is not there": (step(do='"adopt"', agreement='"agreement-9"'), "exercise.step"),
    "a plan that is not there": (
        step(do='"propose"', by='"north/senior"', operation='"north/x"', plan='"x"', to="[]"),
        "exercise.step",
    ),
    "an operation that nobody proposed": (
        step(do='"end"', by='"north/senior"', operation='"north/x"'),
        "exercise.step",
    ),
    "a draft that nobody held": (step(do='"say_held"', by='"north/senior"', held='"x"'), "exercise.step"),
    "a requirement that is not explained": (ASIDE + 'why = ["R-99"]\n', "exercise.step"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(find("amman"), tmp_path / "amman")
    return tmp_path / "amman"


@pytest.mark.parametrize(("steps", "code"), BAD.values(), ids=BAD.keys())
def test_a_bad_step_is_refused_with_its_place(folder: Path, steps: str, code: str) -> None:
    (folder / "steps.toml").write_text(steps, "utf-8")

    with pytest.raises(Malformed) as refused:
        reading.read(folder)

    assert refused.value.code == code
    assert str(refused.value).startswith("steps.toml")
    assert "\n" not in str(refused.value)


def test_a_bad_plan_is_refused_before_anything_is_played(folder: Path) -> None:
    (folder / "plans" / "lift-1.toml").write_text("[[plan]]\ntitle = 'No shape'\n", "utf-8")

    with pytest.raises(Malformed, match=r"lift-1\.toml"):
        reading.read(folder)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match=r"exercise\.toml") as refused:
        reading.read(tmp_path)

    assert refused.value.code == "exercise.file"


def test_what_is_not_expected_is_not_looked_at() -> None:
    assert Expect().wanted() == {}
    assert Expect(findings=(), standing="noticed").wanted() == {"findings": [], "standing": "noticed"}


def test_an_unknown_exercise_is_refused_with_the_known_ones() -> None:
    with pytest.raises(Refused, match="amman") as refused:
        find("nowhere")

    assert refused.value.code == "exercise.unknown"
    assert "amman" in list_exercises()
