"""`entente screen`: plans against files, without a node."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from entente.cli.screen import screen_command
from entente.report.story import SENTENCES

EXAMPLES = Path(__file__).parents[2] / "examples" / "screen"
ALL = ["--against", "others.geojson", "--sites", "sites.csv", "--areas", "areas.geojson", "--standard", "standard.toml"]
FIXED = ["--now", "2026-11-22T09:00:00Z", "--party", "north"]


def run(*words: str) -> Result:
    application = typer.Typer()
    application.command("screen")(screen_command)
    placed = [str(EXAMPLES / word) if (EXAMPLES / word).is_file() else word for word in words]
    return CliRunner().invoke(application, placed)


def test_the_example_finds_one_of_each_kind() -> None:
    result = run("plan.toml", *ALL, *FIXED, "--json")

    assert result.exit_code == 1, result.output
    found = json.loads(result.stdout)
    kinds = {finding["against"] for screening in found["screenings"] for finding in screening["findings"]}
    marks = {
        mark for screening in found["screenings"] for finding in screening["findings"] for mark in finding["marks"]
    }
    assert kinds == {"operation", "site", "area", "link", "unplaced"}
    assert {"altitude.incomparable", "altitude.uncertain", "site.expired", "site.unplaced", "area.no_fly"} <= marks
    assert found["note"] == list(SENTENCES)


def test_the_table_tells_place_time_gap_and_marks_in_words() -> None:
    result = run("plan.toml", *ALL, *FIXED)

    assert result.exit_code == 1
    for told in (
        "12 findings for 2 plans",
        "32T LS 96014 27154",
        "46.290000, 7.650000",
        "221030ZNOV26",
        "of 2.0 NM",
        *SENTENCES,
    ):
        assert told in result.output
    assert "the notification has expired" in " ".join(result.output.split())
    assert "Clinic on the plain" not in result.output


def test_nothing_near_is_exit_code_zero_and_still_says_the_sentences() -> None:
    result = run("others.geojson", "--now", "2026-11-22T09:00:00Z")

    assert result.exit_code == 0, result.output
    assert "No findings for 3 plans" in result.output
    assert all(sentence in result.output for sentence in SENTENCES)


def test_an_exempt_party_enters_without_a_finding() -> None:
    with_party = json.loads(run("plan.toml", "--areas", "areas.geojson", "--party", "south", "--json").stdout)
    without = json.loads(run("plan.toml", "--areas", "areas.geojson", "--party", "north", "--json").stdout)

    def areas(found: dict[str, list[dict[str, list[dict[str, str]]]]]) -> set[str]:
        return {f["other"] for s in found["screenings"] for f in s["findings"] if f["against"] == "area"}

    assert areas(without) - areas(with_party) == {"area/no-fly-basin"}


def test_two_own_plans_that_meet_are_told_once(tmp_path: Path) -> None:
    circle = '[[plan]]\nid = "{0}"\ntitle = "{0}"\n[[plan.volume]]\ncircle = {{centre = "47 8", radius_km = 2}}\n'
    when = 'altitude = "FL080-FL100"\nstart = 2026-11-22T10:00:00Z\nend = 2026-11-22T11:00:00Z\n'
    path = tmp_path / "plans.toml"
    path.write_text(circle.format("a") + when + circle.format("b") + when)

    found = json.loads(run(str(path), "--json").stdout)

    assert [[finding["other"] for finding in screening["findings"]] for screening in found["screenings"]] == [["b"], []]


def test_the_map_is_written_and_shows_the_findings(tmp_path: Path) -> None:
    page = tmp_path / "map.html"

    result = run("plan.toml", *ALL, *FIXED, "--html", str(page))

    assert result.exit_code == 1
    text = page.read_text("utf-8")
    assert "Valley hospital" in text
    assert "No finding is not a legal judgement." in text


@pytest.mark.parametrize(
    ("name", "content", "code", "told"),
    [
        ("plan.toml", "[[plan]\n", "toml.syntax", "plan.toml"),
        ("plan.csv", "plan,position,altitude\nx,91 8,FL080-FL100\n", "geo.latitude", "row 2, position"),
        ("plan.json", "{}", "geojson.type", "plan.json"),
        ("plan.xlsx", "PK", "file.format", "plan.xlsx"),
        ("plan.toml", "", "file.empty", "plan.toml"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_two(
    tmp_path: Path, name: str, content: str, code: str, told: str
) -> None:
    path = tmp_path / name
    path.write_text(content)

    result = run(str(path))

    assert result.exit_code == 2
    assert result.stdout == ""
    assert told in result.stderr
    assert result.stderr.endswith(f"[{code}]\n")
    assert result.stderr.count("\n") == 1


def test_a_bad_site_row_is_noted_and_screened_as_unplaced(tmp_path: Path) -> None:
    sites = tmp_path / "sites.csv"
    sites.write_text("name,lat,lon,country,district\nClinic,91,8,Exerciseland,North\n")

    result = run("plan.toml", "--sites", str(sites), "--json")

    assert result.exit_code == 1
    assert "sites.csv, row 2, lat" in result.stderr
    found = json.loads(result.stdout)["screenings"][0]["findings"]
    assert [finding["against"] for finding in found] == ["unplaced"]


def test_the_same_plan_in_two_files_is_refused() -> None:
    result = run("others.geojson", "--against", "others.geojson")

    assert result.exit_code == 2
    assert "[screen.duplicate]" in result.stderr


def test_importing_the_command_loads_nothing_heavy() -> None:
    heavy = ("numpy", "shapely", "pyproj", "rich.table")
    check = f"import sys, entente.cli.screen; print([m for m in {heavy} if m in sys.modules])"

    loaded = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True).stdout

    assert loaded.strip() == "[]"


def test_ways_out_are_numbered_and_the_one_that_is_taken_screens_clear_of_what_a_shift_avoids(tmp_path: Path) -> None:
    taken = tmp_path / "later.toml"

    told = run("plan.toml", *ALL, *FIXED, "--ways-out", "--take", "2", "--out", str(taken))
    again = json.loads(run(str(taken), *ALL, *FIXED, "--json").stdout)

    assert told.exit_code == 1
    assert "12,300 ft higher" in told.output and "7 h 30 min later" in told.output
    assert "Valley hospital (a protected site) stays a finding" in " ".join(told.output.split())
    kinds = {finding["against"] for finding in again["screenings"][0]["findings"]}
    assert again["screenings"][0]["plan"] == "operation/north/fire-2" and kinds == {"site", "unplaced"}


def test_ways_out_as_json_hold_the_shifted_plans() -> None:
    found = json.loads(run("plan.toml", *ALL, *FIXED, "--ways-out", "--json").stdout)["ways_out"]

    assert [way["shift"] for plan in found for way in plan["ways"]] == ["12,300 ft higher", "7 h 30 min later"]
    assert found[0]["ways"][0]["plan"]["id"] == "operation/north/relief-1"
    assert "decide nothing" in found[0]["said"][-1]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--take", "9", "--out", "x.toml"], "ways.take"),
        (["--ways-out", "--take", "1"], "ways.take"),
        (["--ways-out", "--hours", "100"], "resolve.reach"),
        (["--explain", "relief-1", "nothing"], "screen.name"),
    ],
)
def test_what_cannot_be_asked_is_refused(words: list[str], code: str) -> None:
    result = run("plan.toml", *ALL, *FIXED, *words)

    assert result.exit_code == 2 and result.stderr.endswith(f"[{code}]\n")


def test_one_pair_is_explained_in_each_of_the_three_ways() -> None:
    site = run("plan.toml", *ALL, *FIXED, "--explain", "relief-1", "Valley hospital")
    area = run("plan.toml", *ALL, *FIXED, "--explain", "NORTH 11", "Basin")
    link = run("plan.toml", *ALL, *FIXED, "--explain", "fire-2", "survey-7")

    assert site.exit_code == 0 and "13.5 NM (24,967 m) apart of 2.0 NM (3,704 m) required" in site.output
    assert area.exit_code == 1 and "not enough in any of the three ways: a finding" in area.output
    assert link.exit_code == 1 and "what was agreed on timing is not kept" in link.output
