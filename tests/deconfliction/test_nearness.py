"""Gaps against a judge that shares no code: never more than true by more than the doubt, and hardly ever less."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from tests.deconfliction.oracle import gap_bounds
from tests.geo.strategies import positions, shapes

from entente.deconfliction.core import SLACK_M, along_surface, core_of
from entente.deconfliction.nearness import bends, gaps, place
from entente.geo.geodesy import destination, distance_m
from entente.geo.position import Position
from entente.geo.volume import Circle, Corridor, Polygon, Shape

GEOD = Geod(ellps="WGS84")
NASTY = [(90.0, 0.0), (-90.0, 0.0), (89.99, 170.0), (0.0, 180.0), (65.0, -179.999), (-78.0, 179.9), (47.0, 8.0)]


def measured(one: Shape, other: Shape) -> tuple[float, float]:
    """The gap [m] and the doubt [m] that screening adds for it."""
    a, b = core_of(one), core_of(other)
    pairs = np.array([0]), np.array([0])
    gap = gaps([a], [b], pairs)
    return float(gap[0]), float(bends([a], [b], pairs, gap)[0]) + SLACK_M


def shortfall_m(distance: float) -> float:
    """What a distance may fall short [m]: chords turned into arcs, as that docstring promises, and pieces 2 m deep."""
    return 0.021 * distance**3 / (24 * 6_371_000.0**2) + distance * 4 / (2 * 6_335_000.0)


def check(one: Shape, other: Shape) -> None:
    low, high = gap_bounds(one, other)
    gap, doubt = measured(one, other)

    assert gap - doubt <= high, "a conflict at this distance would be missed"
    widths = sum(getattr(shape, "radius_m", getattr(shape, "half_width_m", 0.0)) for shape in (one, other))
    assert gap + doubt + shortfall_m(low + widths) >= low, "more is added than the doubt says"


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Shape, Shape]:
    base = draw(st.one_of(positions, st.sampled_from(NASTY).map(lambda place: Position(lat=place[0], lon=place[1]))))
    size = draw(st.sampled_from([200.0, 5_000.0, 60_000.0, 600_000.0]))
    beside = destination(base, draw(st.floats(0, 360)), draw(st.floats(0, 3 * size)))
    return draw(shapes(st.just(base), size)), draw(shapes(st.just(beside), draw(st.sampled_from([size, size / 30]))))


@settings(max_examples=120)
@given(pairs())
def test_no_gap_is_overstated_nor_doubt_understated(pair: tuple[Shape, Shape]) -> None:
    check(*pair)


@pytest.mark.campaign
@settings(max_examples=20_000)
@given(pairs())
def test_no_gap_is_overstated_in_a_long_search(pair: tuple[Shape, Shape]) -> None:
    check(*pair)


@pytest.mark.parametrize("base", NASTY)
@pytest.mark.parametrize("length_m", [50.0, 9_000.0, 400_000.0, 4_000_000.0])
@pytest.mark.parametrize("beside_m", [3.0, 1_852.0, 9_260.0])
def test_a_place_abeam_of_a_leg_has_the_gap_it_was_put_at(
    base: tuple[float, float], length_m: float, beside_m: float
) -> None:
    start = Position(lat=base[0], lon=base[1])
    end = destination(start, 63.0, length_m)
    azimuth = GEOD.inv(start.lon, start.lat, end.lon, end.lat)[0]
    lon, lat, back = GEOD.fwd(start.lon, start.lat, azimuth, length_m * 0.37)
    abeam = destination(Position(lat=lat, lon=lon), back + 90, beside_m)

    gap, doubt = measured(Corridor(path=(start, end), half_width_m=1.0), Circle(centre=abeam, radius_m=1.0))

    assert abs(gap - (beside_m - 2)) <= doubt
    assert doubt < 4 / max(beside_m, 4.0) * 4 + SLACK_M


@given(positions, positions)
def test_an_arc_is_never_longer_than_the_geodesic_and_hardly_shorter(one: Position, other: Position) -> None:
    true = distance_m(one, other)
    chord = np.linalg.norm(
        core_of(Circle(centre=one, radius_m=1)).pieces[0, 0] - core_of(Circle(centre=other, radius_m=1)).pieces[0, 0]
    )
    arc = float(along_surface(np.array([chord]))[0])

    assert arc <= true + 1e-6
    if true < 6_000_000:
        assert arc >= true - shortfall_m(true) * 1.2 - 1e-6


@pytest.mark.parametrize("base", NASTY)
def test_what_lies_inside_a_ring_has_no_gap(base: tuple[float, float]) -> None:
    middle = Position(lat=base[0], lon=base[1])
    ring = Polygon(ring=tuple(destination(middle, azimuth, 500_000.0) for azimuth in range(0, 360, 40)))
    inside = Circle(centre=destination(middle, 77, 200_000.0), radius_m=100.0)
    outside = Circle(centre=destination(middle, 77, 700_000.0), radius_m=100.0)
    opposite = Circle(
        centre=Position(lat=-middle.lat, lon=middle.lon - 180 if middle.lon > 0 else middle.lon + 180), radius_m=1.0
    )

    assert measured(ring, inside)[0] == measured(inside, ring)[0] == 0
    assert measured(ring, outside)[0] > 150_000
    assert measured(ring, opposite)[0] > 10_000_000


@settings(max_examples=40)
@given(pairs())
def test_the_place_of_a_finding_lies_in_the_plans_own_shape(pair: tuple[Shape, Shape]) -> None:
    own, other = pair
    closest = place(core_of(own), core_of(other))

    gap, doubt = measured(own, Circle(centre=closest, radius_m=0.01))
    to_other = measured(Circle(centre=closest, radius_m=0.01), other)[0]

    assert gap <= doubt + 1
    assert to_other <= measured(own, other)[0] + doubt + 5 + 0.001 * to_other
