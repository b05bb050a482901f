"""The desk's register by its commands: a list is shown, taken, changed, released as differences, and backed up."""

from __future__ import annotations

import json

import pytest
from tests.cli.desks import SITES, Desks

LIST = "entente place import sites.csv --list valley --source GPS --datum WGS84"


@pytest.fixture
def desk(valley: Desks) -> Desks:
    valley.do(LIST, "north")
    valley.do("place accept --yes", "north")
    return valley


def names(desks: Desks, line: str, home: str = "north") -> list[str]:
    return [row["site"]["name"] for row in desks.do(f"{line} --json", home).json]


def test_a_list_is_shown_before_it_is_taken(valley: Desks) -> None:
    shown = valley.do(LIST, "north").out

    assert "3       new" in shown and "position.missing  1     4" in shown and "Nothing was taken yet" in shown
    assert "EXERCISE" in shown
    assert names(valley, "place list") == []

    assert "3 new" in valley.do("place accept --yes", "north").out
    assert names(valley, "place list") == ["Camp East", "Clinic 3", "School 12"]
    assert names(valley, "place list --filter placed=no") == ["Camp East"]


def test_it_is_not_taken_unless_somebody_says_yes(valley: Desks) -> None:
    valley.do(LIST, "north")

    said = valley.run("place accept", "north")
    assert (said.code, "[cli.unconfirmed]" in said.err) == (3, True)
    assert names(valley, "place list") == []


def test_the_same_file_again_changes_nothing(desk: Desks) -> None:
    before = desk.do("place show clinic-3 --json", "north").json

    assert "nothing to accept" in desk.do(LIST, "north").out
    assert desk.run("place accept --yes", "north").err.endswith("[place.nothing_staged]\n")
    assert desk.do("place show clinic-3 --json", "north").json == before


def test_an_edited_list_tells_what_changed_and_keeps_what_is_gone(desk: Desks) -> None:
    edited = SITES.replace("31.951569", "31.952569").replace("School 12", "School No 12")
    kept = [line for line in edited.splitlines() if "camp" not in line]
    desk.write("sites.csv", "\n".join([*kept, "new-1,Bakery,bakery,31.9,35.9,Valley,survey"]))

    shown = desk.do(LIST, "north").out
    assert "by 111 m" in shown and "name: School 12 → School No 12" in shown
    assert "not in this list; kept, and marked so" in shown

    assert "1 changed, 1 gone, 1 moved, 1 new" in desk.do("place accept --yes", "north").out
    assert names(desk, "place list --filter listed=no") == ["Camp East"]
    history = desk.do("place show clinic-3", "north").out
    assert "position: 31.951569 35.923963 → 31.952569 35.923963" in history


def test_columns_are_said_once_and_remembered(valley: Desks) -> None:
    valley.write("odd.csv", "Bezeichnung,Hoch,Rechts\nClinic 9,31.9515,35.9239\n")

    refused = valley.run("place import odd.csv", "north")
    assert refused.code == 3 and "Bezeichnung, Hoch, Rechts" in refused.err and "[place.columns]" in refused.err

    valley.do("place import odd.csv --column name=Bezeichnung --column lat=Hoch --column lon=Rechts", "north")
    again = valley.do("place import odd.csv", "north").out
    assert "as the desk said: name = Bezeichnung, lat = Hoch, lon = Rechts" in again

    [shape] = valley.do("place columns --json", "north").json["remembered"]
    valley.do(f"place columns --forget {shape['shape']}", "north")
    assert valley.run("place import odd.csv", "north").code == 3


def test_a_flag_says_which_rows_carry_it_and_what_was_found(desk: Desks) -> None:
    assert "position.missing" in desk.do("place flags", "north").out
    rows = desk.do("place flags position.missing", "north").out
    assert "camp-east" in rows and "Camp East" in rows

    said = desk.run("place flags no.such", "north")
    assert said.code == 3 and "position.swapped" in said.err


def test_what_was_read_and_taken_stands_in_the_partys_own_record(desk: Desks) -> None:
    lines = [line for line in desk.do("record journal --json", "north").json if line["what"].startswith("places_")]

    assert [line["what"] for line in lines] == ["places_read", "places_accepted"]
    assert lines[0]["facts"]["sha256"] == lines[1]["facts"]["sha256"] and lines[1]["facts"]["new"] == 3


ISSUE = "entente site add --from-register --list valley --to south --precision 500 --consent 'letter 14' --yes"


def held(desks: Desks) -> dict[str, dict[str, object]]:
    desks.settle()
    desks.run("site open valley-south --yes", "south")
    desks.settle()
    sites = desks.do("site show valley-south --json", "south").json["sites"]
    return {site["id"]: site for site in sites}


def test_a_later_issue_holds_only_what_differs_and_ends_only_what_the_desk_ended(desk: Desks) -> None:
    desk.do(ISSUE, "north")
    first = held(desk)
    assert set(first) == {"clinic-3", "school-12", "camp-east"}

    assert "nothing new is issued" in desk.do(ISSUE, "north").out
    assert [row["issue"] for row in desk.do("site list --json", "north").json] == [1]

    without = "\n".join(line for line in SITES.splitlines() if "school" not in line)
    desk.write("sites.csv", without.replace("Clinic 3", "Clinic No 3"))
    desk.do(LIST, "north")
    desk.do("place accept --yes", "north")
    desk.do(ISSUE, "north")
    second = held(desk)
    assert (
        second["clinic-3"]["name"] == "Clinic No 3" and second["clinic-3"]["position"] == first["clinic-3"]["position"]
    )
    assert second["school-12"] == first["school-12"]

    desk.do("place end school-12 --yes", "north")
    desk.do(ISSUE, "north")
    third = held(desk)
    assert third["school-12"]["status"] == "ended" and third["camp-east"] == first["camp-east"]


def test_a_correction_smaller_than_the_copys_doubt_is_not_another_draw(desk: Desks) -> None:
    desk.do(ISSUE, "north")
    first = held(desk)["clinic-3"]
    desk.write("sites.csv", SITES.replace("31.951569", "31.951600"))
    desk.do(LIST, "north")
    desk.do("place accept --yes", "north")

    assert "nothing new is issued" in desk.do(ISSUE, "north").out
    assert held(desk)["clinic-3"] == first


def test_only_the_places_that_are_chosen_are_released(desk: Desks) -> None:
    desk.do(f"{ISSUE} --filter category=medical", "north")
    assert set(held(desk)) == {"clinic-3"}

    said = desk.run(f"{ISSUE} --filter category=submarine", "north")
    assert said.err.endswith("[place.none]\n")
    assert desk.run(f"{ISSUE} --filter colour=red", "north").err.endswith("[place.filter]\n")
    assert desk.run(ISSUE.replace("--from-register", ""), "north").err.endswith("[cli.sites]\n")


def test_what_the_register_knows_precisely_is_in_no_byte_of_a_recipients_home(desk: Desks) -> None:
    desk.do(f"{ISSUE} --keep note", "north")
    held(desk)

    places = [("31.951569", "35.923963"), ("31.955120", "35.931870")]
    spelt = {form for pair in places for text in pair for form in (text, text.replace(".", ""), text.rstrip("0"))}
    kept = [path for path in (desk.folder / "south").rglob("*") if path.is_file()]
    assert any(b"Clinic 3" in path.read_bytes() for path in kept)
    assert [(path.name, form) for path in kept for form in spelt if form.encode() in path.read_bytes()] == []
    assert any(form.encode() in (desk.folder / "north" / "places.sqlite").read_bytes() for form in spelt)


def test_an_entry_merged_into_another_is_not_released(desk: Desks) -> None:
    desk.do("place merge clinic-3 school-12 --yes", "north")
    desk.do(ISSUE, "north")

    assert set(held(desk)) == {"clinic-3", "camp-east"}


def test_a_backup_holds_the_register_and_a_newer_one_is_refused(desk: Desks) -> None:
    import sqlite3
    from contextlib import closing

    desk.do("node backup kept.tar --home north")
    desk.do("node restore kept.tar --home again")
    assert names(desk, "place list", "again") == names(desk, "place list", "north")
    assert json.dumps(desk.do("place show clinic-3 --json", "again").json) == json.dumps(
        desk.do("place show clinic-3 --json", "north").json
    )

    desk.do("node backup folder --home north")
    with closing(sqlite3.connect(desk.folder / "folder" / "places.sqlite")) as connection:
        connection.execute("PRAGMA user_version = 99")
    said = desk.run("node restore folder --home newer")
    assert said.code == 7 and "[register.newer]" in said.err and not (desk.folder / "newer").exists()
