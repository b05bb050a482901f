"""`entente operation conflicts`, `explain` and `ways-out`: what a node's picture finds, why, and what would help."""

from __future__ import annotations

from tests.cli.desks import PLAN, Desks

SOUTH = PLAN.replace("NORTH 11", "SOUTH 7").replace("Water to", "Survey of").replace("T10:00", "T10:05")


def meet(valley: Desks) -> None:
    valley.write("survey.toml", SOUTH)
    valley.do("operation propose water.toml --name water-1 --release-to south --yes", "north")
    valley.do("operation propose survey.toml --name survey-1 --release-to north --yes", "south")
    valley.settle()


def test_a_pair_is_listed_once_from_all_and_from_each_side_and_not_for_what_it_is_not_with(valley: Desks) -> None:
    meet(valley)

    every = valley.do("operation conflicts --json", "north").json
    area = valley.do("operation conflicts --with corridor --json", "north").json
    south = valley.do("operation conflicts survey-1 --with water-1 --json", "south").json

    assert sorted(finding["against"] for finding in every) == ["area", "area", "operation"]
    assert {finding["against"] for finding in area} == {"area"}
    assert [finding["other"].split("@")[0] for finding in south] == ["operation/north/water-1"]
    assert "SOUTH 7" in valley.do("operation conflicts", "north").out


def test_one_pair_is_explained_from_the_nodes_picture(valley: Desks) -> None:
    meet(valley)

    said = valley.do("operation explain water-1 survey-1", "south").out

    assert "0.00 NM (0 m) apart of 5.0 NM (9,260 m) required: not enough" in " ".join(said.split())
    assert "a finding" in said


def test_a_way_out_can_be_taken_flown_and_is_clear_of_the_other(valley: Desks) -> None:
    meet(valley)
    before = valley.do("operation conflicts water-1 --with survey-1 --json", "north").json

    valley.do("operation ways-out water-1 --take 1 --out other.toml", "north")
    valley.do("operation change water-1 other.toml --release-to south --yes", "north")

    assert before and not valley.do("operation conflicts water-1 --with survey-1 --json", "north").json
    assert "south's, who may hold more" in valley.do("operation ways-out survey-1", "north").out


def test_what_is_not_here_is_refused_in_a_sentence(valley: Desks) -> None:
    valley.do("operation propose water.toml --name secret-1 --yes", "north")
    valley.settle()

    assert valley.run("operation ways-out secret-1", "south").err.endswith("[cli.unscreened]\n")
    assert valley.run("operation explain secret-1 nothing", "north").err.endswith("[cli.other]\n")
    assert valley.run("operation ways-out secret-1 --feet -5", "north").err.endswith("[resolve.reach]\n")
