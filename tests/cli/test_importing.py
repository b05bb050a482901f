"""A day's recorded flights become operations, once each, however often it is imported; bad files are one sentence."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from tests.cli.desks import Desks

HEAD = "timestamp,icao24,callsign,latitude,longitude,altitude\n"
FILE = "day.csv.gz"
IMPORT = f"operation import {FILE} --release-to {{}} --yes"


def record(desks: Desks, aircraft: dict[str, float]) -> None:
    """Write a recording of ten minutes: each aircraft at its latitude, flying east."""
    lines = [
        f"2026-12-01T10:0{minute}:00Z,{address},F{address},{lat},{8 + minute / 10},10000\n"
        for minute in range(10)
        for address, lat in aircraft.items()
    ]
    (desks.folder / FILE).write_bytes(gzip.compress((HEAD + "".join(lines)).encode()))


def test_two_sides_import_one_day_and_what_no_rule_may_answer_waits_with_its_findings(valley: Desks) -> None:
    record(valley, {"4b1800": 47.0, "4b1802": 40.0, "4b1801": 47.02})
    valley.do("standing-decision give no_objection --kind general --until 2030-01-01T00:00:00Z --yes", "south")

    said = valley.do(f"{IMPORT.format('south')} --mine even", "north").out
    valley.do(f"{IMPORT.format('north')} --mine odd", "south")
    valley.settle()

    assert "30 rows, 3 flights, 2 of them ours" in said and "2 proposed now, 0 stood already" in said
    waiting = valley.do("operation waiting --json", "south").json
    assert [row["subject"].split("/")[2] for row in waiting] == ["adsb-4b1800-F4b1800-20261201T100000Z"]
    assert len(waiting[0]["findings"]) == 1
    assert "F4b1801" in valley.do("operation waiting", "south").out
    assert "no objection" in valley.do("operation list", "north").out


def test_a_second_run_proposes_only_what_is_missing(valley: Desks) -> None:
    record(valley, {f"4b18{number:02}": 40.0 + number for number in range(4)})

    first = valley.do(f"{IMPORT.format('south')} --limit 3", "north").out
    second = valley.do(IMPORT.format("south"), "north").out

    assert "3 proposed now, 0 stood already" in first
    assert "1 proposed now, 3 stood already" in second


def test_plan_files_are_proposed_in_bulk_too(valley: Desks) -> None:
    said = valley.do("operation import water.toml water-later.toml --release-to south --yes", "north").out

    assert "2 proposed now" in said


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("bad.csv.gz", b"no gzip at all", "file.missing"),
        ("bad.csv.gz", gzip.compress(b"a,b,c\n1,2,3\n", mtime=0), "adsb.column"),
        ("bad.csv", HEAD.encode() + b"today,4b1800,A,47,8,100\n", "adsb.row"),
        ("bad.csv", HEAD.encode() + b"\xff\xfe\x00", "file.missing"),
        ("bad.pdf", b"%PDF-1.7", "file.format"),
        ("absent.csv", None, "file.missing"),
        ("empty.csv", HEAD.encode(), "import.nothing"),
    ],
)
def test_what_cannot_be_imported_is_refused_in_one_sentence(
    valley: Desks, name: str, content: bytes | None, code: str
) -> None:
    if content is not None:
        Path(valley.folder / name).write_bytes(content)

    said = valley.run(f"operation import {name} --yes", "north")

    assert said.code in (3, 4)
    assert said.err.count("\n") == 1 and said.err.endswith(f"[{code}]\n")


def test_a_side_that_is_neither_even_nor_odd_is_refused(valley: Desks) -> None:
    record(valley, {"4b1800": 47.0})

    assert valley.run(f"{IMPORT.format('south')} --mine both", "north").err.endswith("[cli.mine]\n")
