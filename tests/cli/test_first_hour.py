"""What a newcomer's first hour ran into: each of these was once silent, or said the wrong thing."""

import pytest
from tests.cli.desks import PLAN, Desks


def named(party: str) -> str:
    return PLAN.replace("[[plan]]\n", f'[[plan]]\nid = "operation/{party}/water-1"\n')


def propose(desks: Desks, to: str = "--release-to south") -> None:
    desks.write("named.toml", named("north"))
    desks.do(f"operation propose named.toml {to} --yes", "north")
    desks.settle()


def test_an_operation_is_called_what_its_plans_id_says(valley: Desks) -> None:
    propose(valley)
    assert "operation/north/water-1" in valley.do("operation show water-1", "south").out


def test_another_partys_plan_is_the_wrong_file(valley: Desks) -> None:
    valley.write("theirs.toml", named("south"))
    assert "[cli.plan]" in valley.run("operation propose theirs.toml --yes", "north").err


def test_what_was_not_released_waits_all_the_same_and_is_released_by_its_short_name(valley: Desks) -> None:
    propose(valley, to="")
    assert "plan not released" in valley.do("operation waiting", "south").out
    assert valley.do("node status --json", "south").json["agreements"][0]["waiting"] == 1

    valley.do("release water-1 plan --to south --yes", "north")
    valley.settle()
    assert "plan not released" not in valley.do("operation waiting", "south").out


def test_a_change_that_leaves_out_who_held_the_plan_says_so(valley: Desks) -> None:
    propose(valley)
    change = "operation change water-1 named.toml"
    assert "south held the old plan and was not given this one" in valley.do(f"{change} --yes", "north").out
    assert "held the old plan" not in valley.do(f"{change} --release-to south --yes", "north").out


def test_the_words_of_an_objection_and_of_each_dissent_are_shown(valley: Desks) -> None:
    propose(valley)
    decided = valley.do('decide water-1 objection --note "Crosses our road." --yes', "south").out
    assert "NORTH 11, Water to the valley" in decided
    for note in ("The strip is soft.", "So is the road."):
        valley.do(f'dissent water-1 --note "{note}" --yes', "south")
    valley.settle()

    shown = " ".join(valley.do("operation show water-1", "north").out.split())
    assert all(words in shown for words in ("Crosses our road.", "The strip is soft.", "So is the road.", "south (2)"))


@pytest.mark.parametrize(
    "line",
    [
        "operation propose past.toml --yes",
        "standing-decision give no_objection --kind patrol --until 2025-01-01T00:00:00Z --yes",
    ],
)
def test_a_date_that_has_passed_is_pointed_out(valley: Desks, line: str) -> None:
    valley.write("past.toml", PLAN.replace("2027-", "2025-"))
    assert "has passed" in valley.do(line, "north").out
