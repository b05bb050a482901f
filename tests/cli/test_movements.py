"""A convoy and a list, from the desk's files up the ladder, as the commands' help shows it."""

from __future__ import annotations

import re

import pytest
from tests.cli.convoys import CONVOY, LATER, WRONG
from tests.cli.desks import SITES, Desks

from entente.cli.options import EXAMPLES

LOW = """
[[plan]]
title = "Low over the valley"

[[plan.volume]]
circle = { centre = "31.9500 35.9300", radius_km = 1 }
altitude = "GND-1000 ft AGL"
start = 2027-03-01T07:00:00Z
end = 2027-03-01T08:00:00Z
"""
MOVING = "entente.cli.movement."
CLIMBING = "entente.cli.site_ladder."


def run(desks: Desks, group: str, *names: str, home: str) -> list[str]:
    """Run examples as they stand in the help, and return what they print."""
    return [desks.do(EXAMPLES[group + name], home).out for name in names]


@pytest.fixture
def convoy(valley: Desks) -> Desks:
    """Two desks, and the files of a convoy and of our own plan."""
    valley.write("convoy.toml", CONVOY)
    valley.write("convoy-later.toml", LATER)
    valley.write("convoy-own.toml", WRONG)
    return valley


def test_every_example_of_a_movement_runs_in_one_story(convoy: Desks) -> None:
    ran = run(convoy, MOVING, "notify", home="north")
    convoy.settle()

    ran += run(
        convoy, MOVING, "list_", "open_", "show_", "acknowledge", "read_back_", "relayed", "loaded", home="south"
    )
    convoy.settle()
    ran += run(convoy, MOVING, "read_backs", "coverage", "report", "amend", "end", home="north")

    assert len(ran) == len([name for name in EXAMPLES if name.startswith(MOVING)])
    assert "EXERCISE EXERCISE EXERCISE" in ran[0] and "This asks for no permission." in ran[0]


def test_every_example_of_the_ladder_runs_in_one_story(convoy: Desks) -> None:
    convoy.do("site add sites.csv --list valley --to south --yes", "north")
    convoy.settle()
    convoy.do("site open valley-south --yes", "south")

    ran = run(convoy, CLIMBING, "read_back", "relayed", "loaded", "coverage", "dispute", "undispute", home="south")
    convoy.settle()
    ran += run(convoy, CLIMBING, "read_backs", "due", home="north")

    assert len(ran) == len([name for name in EXAMPLES if name.startswith(CLIMBING)])


@pytest.mark.parametrize(
    "line", ["movement list", "movement show relief-7-south", "movement read-backs relief-7-south", "movement coverage",
             "site coverage", "site due", "site read-backs valley-south"],
)  # fmt: skip
def test_every_list_prints_json(convoy: Desks, line: str) -> None:
    convoy.do("site add sites.csv --list valley --to south --yes", "north")
    run(convoy, MOVING, "notify", home="north")

    assert convoy.do(f"{line} --json", "north").json is not None


def test_f12_coverage_shows_each_rung_and_which_was_skipped(convoy: Desks) -> None:
    """F-12: a receipt at headquarters is the lowest rung; JOINT-152."""
    run(convoy, MOVING, "notify", home="north")
    convoy.settle()
    run(convoy, MOVING, "open_", home="south")
    said = convoy.do("movement relayed relief-7-south --unit '2 Wing' --yes", "south").out
    convoy.settle()

    [row] = convoy.do("movement coverage --json", "north").json
    shown = convoy.do("movement coverage", "north").out

    assert "Not said yet: read back." in said
    assert (row["rung"], row["missing"], row["units"]) == ("relayed", ["read_back"], ["2 Wing"])
    assert "read back" in shown and "A receipt at headquarters protects nobody" in shown


def test_f17_a_read_back_repeats_a_wrong_notice_and_only_our_own_plan_shows_it(convoy: Desks) -> None:
    """F-17: nine kilometres off; the recipient reads back faithfully what it was given. JOINT-155."""
    run(convoy, MOVING, "notify", home="north")
    convoy.settle()
    run(convoy, MOVING, "open_", "read_back_", home="south")
    convoy.settle()

    same = convoy.do("movement read-backs relief-7-south --json", "north").json
    wrong = convoy.do("movement read-backs relief-7-south --against convoy-own.toml", "north").out
    theirs = convoy.run("movement read-backs relief-7-south", "south")

    assert same["notice_differs_from_our_own_plan"] == []
    assert {one["entered"]["outcome"] for one in same["read_backs"]} <= {"same", "within"}
    assert "OUR OWN NOTICE DIFFERS" in wrong and "DIFFERS, 8,8" in wrong
    assert theirs.code == 3 and "movement.other_party" in theirs.err


def test_f17_a_list_is_held_against_the_desks_register_as_it_stands_now(valley: Desks) -> None:
    """F-17; JOINT-155: the register was corrected since, and the notice was not."""
    run(valley, "entente.cli.place.", "import_", "accept", home="north")
    valley.do("site add --from-register --list valley --to south --yes", "north")
    valley.settle()
    same = valley.do("site read-backs valley-south --against register --json", "north").json
    valley.write("sites.csv", SITES.replace("31.951569", "31.851569"))
    run(valley, "entente.cli.place.", "import_", "accept", home="north")

    corrected = valley.do("site read-backs valley-south --against register", "north").out

    assert same["notice_differs_from_our_own_plan"] == []
    # A tenth of a degree, and what the copy was moved by.
    assert re.search(r"OUR OWN NOTICE DIFFERS: clinic-3 was notified 1[01],\d{3} m", corrected)


def test_f19_an_amendment_shows_what_changed_and_stales_what_was_said(convoy: Desks) -> None:
    """F-19; JOINT-143, JOINT-153."""
    run(convoy, MOVING, "notify", home="north")
    convoy.settle()
    run(convoy, MOVING, "open_", "acknowledge", home="south")
    convoy.settle()

    amended = run(convoy, MOVING, "amend", home="north")[0]
    convoy.settle()
    shown = convoy.do("movement show relief-7-south", "south").out
    again = convoy.run("movement acknowledge relief-7-south", "south").out
    assert "channel 4" in again and "Changed: passage 2" in again
    [row] = convoy.do("movement list --json", "north").json
    [covered] = convoy.do("movement coverage --json", "north").json

    assert "Changed: passage 1" not in shown
    for text in (amended, shown):
        assert "Changed: passage 2" in text and "T10:00:00.000Z" in text
        assert "3 truck" in text and "5 truck" in text
    assert row["version"] == 2 and row["stale"] == ["south"] and row["acknowledged"] == []
    assert covered["rung"] == "delivered" and [one["rung"] for one in covered["notice"]["stale"]] == ["opened"]


def test_an_amendment_keeps_the_precision_and_the_names_of_the_notice(convoy: Desks) -> None:
    """JOINT-147: two draws of one place at two precisions would narrow it down."""
    convoy.do("movement notify convoy.toml --name relief-9 --to south --precision 777 --keep names --yes", "north")
    before = convoy.do("movement show relief-9-south --json", "north").json["journey"]
    convoy.do("movement amend relief-9 convoy-later.toml --yes", "north")

    after = convoy.do("movement show relief-9-south --json", "north").json["journey"]

    assert [p["position"] for p in after["passages"]] == [p["position"] for p in before["passages"]]
    assert [p["name"] for p in after["passages"]] == ["Depot", "Mill bridge"]


def test_nobody_but_its_originator_amends_or_ends_a_movement(convoy: Desks) -> None:
    """Abuse: ending another's movement; JOINT-141."""
    run(convoy, MOVING, "notify", home="north")
    convoy.settle()

    ended = convoy.run("movement end relief-7-south --yes", "south")
    amended = convoy.run("movement amend relief-7-south convoy.toml --yes", "south")

    assert "movement.other_party" in ended.err and "movement.other_party" in amended.err


def test_what_a_copy_was_drawn_from_is_released_to_nobody(convoy: Desks) -> None:
    """Abuse: asking for more precision than was released; JOINT-147."""
    run(convoy, MOVING, "notify", home="north")

    asked = convoy.run("release movement/north/relief-7-south original --to south", "north")

    assert asked.code != 0 and ("release.original" in asked.err or "cli.unconfirmed" in asked.err)


def test_a_purpose_or_contact_that_tells_a_place_is_refused(convoy: Desks) -> None:
    """JOINT-147: what goes to everyone in the circle holds no coordinate."""
    convoy.write("telling.toml", CONVOY.replace("Water for 400 families", "Water to 31.97001 35.99002"))

    said = convoy.run("movement notify telling.toml --name relief-8 --to south --yes", "north")

    assert "movement.purpose_place" in said.err


def test_a_movement_that_is_sealed_shows_no_journey_and_reads_nothing_back(convoy: Desks) -> None:
    run(convoy, MOVING, "notify", home="north")
    convoy.settle()

    shown = convoy.do("movement show relief-7-south", "south").out
    read = convoy.run("movement read-back relief-7-south --at '1=31.95 35.92' --yes", "south")

    assert "not opened yet" in shown and "channel 4" not in shown
    assert "movement.unopened" in read.err


def test_f09_what_runs_out_is_asked_about_oldest_first_and_stays_protected(valley: Desks) -> None:
    """F-09; JOINT-171."""
    valley.write(
        "old.csv",
        "id,name,category,lat,lon,district,expires\n"
        "b,Clinic B,hospital,31.9515,35.9239,Valley,2020-03-01\na,Clinic A,hospital,31.9555,35.9239,Valley,2020-01-01\n"
        "c,Clinic C,hospital,31.9595,35.9239,Valley,2099-01-01\n",
    )
    valley.do("site add old.csv --list valley --to south --yes", "north")

    rows = valley.do("site due --json", "north").json
    shown = valley.do("site due", "north").out

    assert [(row["site"], row["why"]) for row in rows] == [("a", "expired"), ("b", "expired")]
    assert "They are protected all the same." in shown


def test_f14_what_comes_is_held_against_our_plans_as_it_comes(convoy: Desks) -> None:
    """F-14; JOINT-170: the planner is told when the bundle is read."""
    convoy.write("low.toml", LOW)
    convoy.do("operation propose low.toml --name low --yes", "south")
    run(convoy, MOVING, "notify", home="north")

    read = convoy.carry("north", "south").out
    listed = convoy.do("operation list", "south").out
    paired = convoy.do("operation conflicts low --with relief-7-south --json", "south").json
    told = convoy.do("operation affected --json", "south").json

    assert "What came is too close to our own plans: 1. See: entente operation affected" in read
    assert "too close to what came since: 1" in listed and len(paired) == 1
    assert [one["other"].split("/")[0] for row in told for one in row["new"]] == ["movement"]


def test_a_disputed_site_is_screened_and_marked_until_who_raised_it_ends_it(valley: Desks) -> None:
    """JOINT-160, JOINT-161."""
    valley.do("site add sites.csv --list valley --to south --yes", "north")
    valley.settle()
    valley.do("site open valley-south --yes", "south")
    valley.write("low.toml", LOW)
    valley.do("operation propose low.toml --name low --yes", "south")

    def marks() -> set[str]:
        found = valley.do("operation conflicts low --json", "south").json
        return {mark for one in found for mark in one["marks"] if one["other"].endswith("/clinic-3")}

    assert "site.disputed" not in marks()
    valley.do("site dispute valley-south clinic-3 --reason closed --yes", "south")
    valley.settle()
    assert "site.disputed" in marks()
    assert "disputed by south: closed" in valley.do("site show valley-south", "north").out
    assert valley.do("site show valley-south --json", "south").json["disputes"][0]["reason"] == "closed"
    refused = valley.run("site undispute valley-south clinic-3 --yes", "north")
    valley.do("site undispute valley-south clinic-3 --yes", "south")

    assert refused.code == 3 and "site.disputed" not in marks()


def test_a_movement_released_later_is_sent_then_in_every_version_and_not_before(convoy: Desks) -> None:
    """JOINT-115."""
    later = f"{EXAMPLES[MOVING + 'notify']} --from 2027-02-28T00:00:00Z"
    said = [convoy.do(later, "north").out]
    convoy.settle()
    said += run(convoy, MOVING, "amend", home="north")
    convoy.settle()

    for each in said:
        assert "is sent to south from 280000ZFEB27, and not before" in each
    convoy.do("movement open relief-7-south --yes", "south")
    assert convoy.do("movement show relief-7-south --json", "south").json["journey"] is None
