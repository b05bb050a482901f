"""Seen beside others and on the ground: what one row alone cannot tell."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.places.ministry import HEAD, Squares, codes, listing

from entente.adapters.ground import of_the_world
from entente.geo.geodesy import distance_m
from entente.geo.position import Position
from entente.places import beside
from entente.places.flags import FlagCode


def district(count: int = 12, lat: float = 12.5, lon: float = 3.5, name: str = "North") -> list[str]:
    """Rows of places some kilometres apart, on a line."""
    where = [f"{lat + 0.031 * at:.5f},{lon - 0.027 * at:.5f}" for at in range(count)]
    return [
        f"{name}{at},Tarn {chr(65 + at)}{chr(75 + at)}x,clinic,{place},Westland,,{name},,GPS,"
        for at, place in enumerate(where)
    ]


def flagged(folder: Path, *rows: str) -> list[set[FlagCode]]:
    found = listing(folder, "\n".join([HEAD, *rows]), ground=Squares())
    return [codes(flags) for flags in found.flags]


def test_a_place_outside_its_country_is_flagged_and_kept_where_it_is(tmp_path: Path) -> None:
    rows = ["1,A,clinic,12.50000,5.90000,Westland,,,,GPS,", "2,B,clinic,12.50000,6.30000,Westland,,,,GPS,"]
    found = listing(tmp_path, "\n".join([HEAD, *rows]), ground=Squares())

    assert [FlagCode.OUTSIDE_COUNTRY in codes(flags) for flags in found.flags] == [False, True]
    assert found.rows[1].site.position == Position(lat=12.5, lon=6.3)
    assert any("33 km outside Westland" in flag.detail for flag in found.flags[1])


def test_a_sign_that_was_lost_is_told(tmp_path: Path) -> None:
    found = listing(tmp_path, f"{HEAD}\n1,A,clinic,12.50000,-3.50000,Westland,,,,GPS,", ground=Squares())

    [outside] = [flag for flag in found.flags[0] if flag.code == FlagCode.OUTSIDE_COUNTRY]
    assert "With the longitude's sign changed it lies inside." in outside.detail


def test_a_country_nobody_knows_is_told_and_not_judged(tmp_path: Path) -> None:
    assert flagged(tmp_path, "1,A,clinic,80.00000,3.50000,Atlantis,,,,GPS,") == [{FlagCode.COUNTRY_UNKNOWN}]


def test_a_place_far_from_its_district_is_flagged_and_a_small_district_is_not_judged(tmp_path: Path) -> None:
    stray = "99,Stray,clinic,10.50000,5.50000,Westland,,North,,GPS,"

    many = flagged(tmp_path, *district(), stray)
    assert FlagCode.FAR_FROM_DISTRICT in many[-1] and not any(FlagCode.FAR_FROM_DISTRICT in one for one in many[:-1])

    assert FlagCode.FAR_FROM_DISTRICT not in flagged(tmp_path, *district(5), stray)[-1]


def test_several_on_one_point_and_near_duplicates_are_told_apart(tmp_path: Path) -> None:
    rows = [
        "1,Kora Clinic,clinic,12.50000,3.50000,Westland,,,,GPS,",
        "2,Kora School,school,12.50001,3.50001,Westland,,,,GPS,",
        "3,Korra Clinic,clinic,12.50300,3.50300,Westland,,,,GPS,",
        "4,Bissiga,clinic,12.50600,3.50300,Westland,,,,GPS,",
    ]
    one, two, three, four = flagged(tmp_path, *rows)

    assert one == {FlagCode.POINT_SHARED, FlagCode.NEAR_DUPLICATE} == two
    assert three == four == set()


@given(order=st.permutations(range(14)))
def test_the_order_of_rows_changes_no_flag(tmp_path_factory: object, order: list[int]) -> None:
    folder = tmp_path_factory.mktemp("order")  # type: ignore[attr-defined]
    rows = [*district(), "98,Tarn AKx,clinic,12.50100,3.50100,Westland,,North,,GPS,",
            "99,Stray,clinic,3.50000,12.50000,Westland,,North,,GPS,"]  # fmt: skip

    def told(text: list[str]) -> dict[str, object]:
        found = listing(folder, "\n".join([HEAD, *text]), ground=Squares())
        return {row.given: flags for row, flags in zip(found.rows, found.flags, strict=True)}

    assert told([rows[at] for at in order]) == told(rows)


@given(
    points=st.lists(
        st.tuples(st.floats(-60, 60), st.floats(-179, 179), st.integers(0, 3), st.integers(0, 3)), max_size=8
    )
)
def test_pairs_within_a_radius_are_those_that_the_ellipsoid_has(points: list[tuple[float, float, int, int]]) -> None:
    # Each point comes with a neighbour some hundred metres away, or the same.
    near = [Position(lat=lat + 0.004 * a, lon=lon + 0.004 * b) for lat, lon, a, b in points]
    every = [Position(lat=lat, lon=lon) for lat, lon, _, _ in points] + near
    lat, lon = np.array([p.lat for p in every]), np.array([p.lon for p in every])

    first, second, _ = beside.pairs_within(lat, lon, 1000.0) if every else ([], [], [])

    found = set(zip(map(int, first), map(int, second), strict=True))
    for i, one in enumerate(every):
        for j in range(i + 1, len(every)):
            metres = distance_m(one, every[j])
            if abs(metres - 1000.0) > 10.0:  # a sphere's chord is half a per cent from the ellipsoid
                assert ((i, j) in found) == (metres < 1000.0)


def test_a_hundred_thousand_rows_on_one_point_are_no_trouble() -> None:
    lat = np.full(100_000, 12.5)

    first, second, _ = beside.pairs_within(lat, lat, 10.0)

    assert len(first) < 100_000 * (beside.MOST_BESIDE + 1) and set(first) | set(second) == set(range(100_000))


def test_the_worlds_ground_knows_countries_by_names_in_several_languages_and_where_they_lie() -> None:
    world = of_the_world()

    assert {world.country(name) for name in ("Mali", "MLI", "مالي", "Мали", "Malí")} == {"ML"}
    lat, lon = np.array([12.65, 12.65, 0.0]), np.array([-8.0, 8.0, 0.0])
    inside, niger, gulf = world.outside_m("ML", lat, lon)
    assert inside == 0 and 350_000 < niger < 600_000 and gulf > 1_000_000


def test_the_gazetteer_finds_a_town_by_any_of_its_scripts() -> None:
    world = of_the_world()

    for name in ("Bamako", "باماكو", "Бамако"):
        assert any(distance_m(Position(lat=12.65, lon=-8.0), at) < 10_000 for at in world.settlements("ML", name)), name
    assert world.settlements("ML", "Nowhere at all") == ()
