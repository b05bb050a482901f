"""Identity: an edited list is told apart from what is held; nothing is lost, and order makes no difference."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from entente.geo.position import Position
from entente.joint.protected_sites import Category, Site
from entente.places.identity import Answers, Held, Kind, Outcome, Rule, reconcile, settled
from entente.places.rows import Row

SAID = frozenset({"name", "category", "position", "uncertainty_m", "country", "region", "district"})
NAMES = st.sampled_from(["Kora", "Bissiga", "Bissigha", "Tarka Est", "Tarka Ouest", "Wau 1", "Wau 2", "Dilly"])
PLACES = st.none() | st.builds(
    Position,
    lat=st.integers(0, 30).map(lambda k: round(12.0 + 0.0004 * k, 4)),
    lon=st.integers(0, 3).map(lambda k: 2.0 + k),
)
SITES = st.builds(
    Site,
    id=st.just(""), name=NAMES, category=st.sampled_from([Category.MEDICAL, Category.SCHOOL]), position=PLACES,
    uncertainty_m=st.sampled_from([100.0, 5000.0]), country=st.just("Westland"), district=st.sampled_from(["N", "S"]),
)  # fmt: skip


def listed(*sites: Site, given: str = "") -> list[Row]:
    return [
        Row(number=at, given=given and f"{given}{at}", site=site, written="", said=SAID)
        for at, site in enumerate(sites, 2)
    ]


def register(sites: list[Site], given: str = "") -> dict[str, Held]:
    return {
        f"p-{at}": Held(site=replace(site, id=f"p-{at}"), given=given and f"{given}{at}", listed=True)
        for at, site in enumerate(sites, 2)
    }


def compared(rows: list[Row], held: dict[str, Held], answers: Answers | None = None) -> list[Outcome]:
    return reconcile(rows, [()] * len(rows), held, Rule(), answers)


def one(name: str, lat: float = 12.0, lon: float = 3.0, **other: object) -> Site:
    plain: dict[str, object] = {
        "category": Category.MEDICAL,
        "uncertainty_m": 100.0,
        "country": "Westland",
        "district": "N",
    }
    return Site(id="", name=name, position=Position(lat=lat, lon=lon), **{**plain, **other})  # type: ignore[arg-type]


@given(sites=st.lists(SITES, max_size=8))
def test_the_same_list_again_changes_nothing(sites: list[Site]) -> None:
    assert [outcome.kind for outcome in compared(listed(*sites), register(sites))] == [Kind.SAME] * len(sites)


@given(before=st.lists(SITES, max_size=7), after=st.lists(SITES, max_size=7))
def test_every_row_has_one_outcome_and_every_place_is_named_or_gone(before: list[Site], after: list[Site]) -> None:
    rows, held = listed(*after), register(before)

    outcomes = compared(rows, held)

    assert [outcome.row for outcome in outcomes if outcome.row] == rows
    named = [outcome.id for outcome in outcomes if outcome.id]
    assert len(named) == len(set(named))
    asked = {name for outcome in outcomes for name, _ in outcome.options}
    assert set(named) | asked == set(held)


@given(before=st.lists(SITES, max_size=7), after=st.lists(SITES, max_size=7), order=st.randoms(use_true_random=False))
def test_the_order_of_rows_makes_no_difference(before: list[Site], after: list[Site], order: object) -> None:
    def told(rows: list[Row]) -> Counter[object]:
        return Counter(
            (str(o.kind), o.id, str(replace(o.site, id="")), o.options) for o in compared(rows, held) if o.site
        )

    held, rows = register(before), listed(*after)
    shuffled = list(rows)
    order.shuffle(shuffled)  # type: ignore[attr-defined]

    assert told(shuffled) == told(rows)


@given(before=st.lists(SITES, max_size=6), after=st.lists(SITES, max_size=6))
def test_what_was_accepted_is_the_same_when_it_is_read_again(before: list[Site], after: list[Site]) -> None:
    rows, held = listed(*after), register(before)
    outcomes = compared(rows, held, Answers(rest_new=True))
    for at, outcome in enumerate(outcomes):
        if outcome.row is not None and outcome.site is not None:
            name = outcome.id or f"new-{at}"
            held[name] = Held(site=replace(outcome.site, id=name), given="", listed=True)
        else:
            held[outcome.id] = replace(held[outcome.id], listed=False)

    again = compared(rows, held)

    # What the desk kept apart may be taken for one another where rows say the same; none is new, and none is in doubt.
    assert {outcome.kind for outcome in again} <= {Kind.SAME, Kind.BACK}


def test_an_id_decides_whatever_else_was_changed() -> None:
    held = register([one("Kora"), one("Dilly", 13.0)], given="H-")
    rows = [
        replace(row, given=f"H-{at}")
        for row, at in zip(listed(one("Dilly", 13.9), one("Other", 11.0)), (3, 2), strict=True)
    ]

    assert [outcome.id for outcome in compared(rows, held)] == ["p-3", "p-2"]


def test_two_different_ids_are_two_places_however_alike() -> None:
    held = register([one("Kora")], given="H-")

    [new, gone] = compared([replace(listed(one("Kora"))[0], given="H-99")], held)

    assert (new.kind, gone.kind) == (Kind.NEW, Kind.GONE)


def test_a_place_that_was_renamed_on_its_spot_or_moved_under_its_name_is_the_same() -> None:
    held = register([one("Kora"), one("Dilly", 13.0)])

    renamed, moved = compared(listed(one("Bissiga"), one("Dilly", 13.2)), held)

    assert (renamed.kind, [c.field for c in renamed.changes]) == (Kind.CHANGED, ["name"])
    assert moved.kind is Kind.MOVED and moved.moved_m is not None and 21_000 < moved.moved_m < 23_000


def test_another_name_on_another_spot_is_another_place_and_the_old_one_is_kept() -> None:
    outcomes = compared(listed(one("Tinza", 13.5)), register([one("Kora")]))

    assert [outcome.kind for outcome in outcomes] == [Kind.NEW, Kind.GONE]


def test_what_may_be_two_places_is_asked_and_the_answer_decides() -> None:
    held = register([one("Kora", 12.001), one("Kora", 11.999)])
    rows = listed(one("Kora", 12.0))

    [asked] = compared(rows, held)
    assert asked.kind is Kind.AMBIGUOUS and [name for name, _ in asked.options] == ["p-2", "p-3"]

    assert compared(rows, held, Answers(same={2: "p-3"}))[0].id == "p-3"
    assert compared(rows, held, Answers(new=frozenset({2})))[0].kind is Kind.NEW
    assert compared(rows, held, Answers(rest_new=True))[0].kind is Kind.NEW


def test_two_rows_for_one_place_are_asked_unless_they_say_the_same() -> None:
    held = register([one("Kora")])

    different = compared(listed(one("Kora", 12.0003), one("Kora", 11.9997)), held)
    assert [outcome.kind for outcome in different] == [Kind.AMBIGUOUS, Kind.AMBIGUOUS]

    alike = compared(listed(one("Kora", 12.0003), one("Kora", 12.0003)), held)
    assert sorted(outcome.kind for outcome in alike) == [Kind.MOVED, Kind.NEW]


def test_a_sheet_says_nothing_of_columns_it_does_not_have() -> None:
    held = replace(one("Kora"), id="p", note="blue gate", consent="letter 14")
    row = listed(one("Kora", 12.1))[0]

    assert (settled(row, held).note, settled(row, held).consent) == ("blue gate", "letter 14")
    assert settled(replace(row, said=SAID | {"note"}), held).note == ""
