"""Shapes, heights and times at the edge of what there is: each has a typed error or the right answer, and no hang.

docs/shapes.md states the meaning that is tested here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.deconfliction.scenes import HERE, NOW, STANDARD, airspace, circle, findings, plan, site, volume, when

from entente.deconfliction import screen
from entente.errors import Malformed
from entente.geo.altitude import Altitude, Band, Reference, parse_band
from entente.geo.geodesy import destination
from entente.geo.interval import Interval
from entente.geo.position import Position
from entente.geo.volume import Corridor, Polygon, Shape
from entente.joint.areas import Area, AreaClass
from entente.joint.standard import Minimum, Standard

PLACES = [(90.0, 0.0), (-90.0, 12.0), (0.0, 180.0), (66.0, -180.0), (-45.0, 179.9999), (31.95, 35.93), (0.0, 0.0)]


def at(lat: float, lon: float) -> Position:
    return Position(lat=lat, lon=lon)


def ring(middle: Position, radius_m: float, corners: int = 12) -> tuple[Position, ...]:
    return tuple(destination(middle, 360 * k / corners, radius_m) for k in range(corners))


def meet(own: Shape, other: Shape, required_m: float = 0.0) -> bool:
    """Whether a plan of one shape comes too close to an area of the other, wherever and whenever."""
    space = airspace()
    space.put_area(Area(id="a", title="A", area_class=AreaClass.NO_FLY, shape=other))
    standard = Standard(name="area", pairs={}, area=Minimum(horizontal_m=required_m, vertical_m=0.0))
    return bool(screen(plan("own", volume(own)), space, standard, now=NOW).findings)


# -- shapes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", PLACES)
def test_a_leg_without_length_is_a_circle(place: tuple[float, float]) -> None:
    here = at(*place)
    for path in ((here,), (here, here), (here, here, here)):
        leg = Corridor(path=path, half_width_m=500.0)
        assert meet(leg, circle(destination(here, 33, 999.9)))
        assert not meet(leg, circle(destination(here, 33, 1_000.1)))


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("size_m", [200.0, 30_000.0, 1_800_000.0])
def test_a_ring_may_surround_a_pole_or_the_date_line_and_a_hole_in_it_too(
    place: tuple[float, float], size_m: float
) -> None:
    middle = at(*place)
    whole = Polygon(ring=ring(middle, size_m))
    pierced = Polygon(ring=whole.ring, holes=(ring(middle, size_m / 2),))
    for azimuth in (1.0, 100.0, 200.0, 300.0):
        inside, between, outside = (
            circle(destination(middle, azimuth, size_m * f), size_m / 50) for f in (0.2, 0.7, 1.2)
        )
        assert [meet(inside, whole), meet(between, whole), meet(outside, whole)] == [True, True, False]
        assert [meet(inside, pierced), meet(between, pierced), meet(outside, pierced)] == [False, True, False]
        assert meet(pierced, between)
        assert not meet(pierced, inside)
    assert meet(circle(middle, size_m / 50), whole)
    assert not meet(circle(middle, size_m / 50), pierced)
    assert meet(circle(middle, size_m / 50), pierced, required_m=min(size_m / 2, 1_000_000.0))


def test_the_edge_of_a_hole_belongs_to_the_polygon_and_what_fills_the_hole_touches_it() -> None:
    hole = ring(HERE, 5_000, 4)
    pierced = Polygon(ring=ring(HERE, 20_000), holes=(hole,))
    island = Polygon(ring=ring(HERE, 18_000), holes=(ring(HERE, 16_000),))

    assert meet(circle(destination(HERE, 0, 4_900), 101), pierced)
    assert meet(Polygon(ring=hole), pierced)
    assert not meet(Polygon(ring=ring(HERE, 4_990, 4)), pierced)
    assert not meet(Polygon(ring=ring(HERE, 14_000), holes=(ring(HERE, 5_000),)), Polygon(ring=ring(HERE, 4_000)))
    assert meet(island, pierced)  # its hole lies around the other's, and both hold what is between their rings
    assert meet(Corridor(path=(HERE, destination(HERE, 10, 30_000)), half_width_m=1), pierced)


@pytest.mark.parametrize("place", PLACES)
def test_neighbours_that_share_a_corner_or_an_edge_touch(place: tuple[float, float]) -> None:
    middle = at(*place)
    a, b, c, d = (destination(middle, azimuth, 40_000) for azimuth in (0, 80, 160, 240))

    assert meet(Polygon(ring=(middle, a, b)), Polygon(ring=(middle, b, c)))
    assert meet(Polygon(ring=(middle, a, b)), Polygon(ring=(middle, c, d)))
    assert meet(Polygon(ring=(middle, a, b)), Polygon(ring=(middle, b, a)))


def test_the_largest_shapes_and_the_antipodes() -> None:
    vast = circle(HERE, 3_000_000.0)
    antipode = at(-HERE.lat, HERE.lon - 180)

    assert meet(vast, circle(destination(HERE, 45, 3_000_999), 1_000))
    assert not meet(vast, circle(antipode, 3_000_000.0))
    assert not meet(circle(HERE), circle(antipode), required_m=1_000_000.0)
    assert not meet(Polygon(ring=ring(HERE, 2_900_000, 40)), Polygon(ring=ring(antipode, 2_900_000, 40)))


def test_rings_of_as_many_corners_as_there_may_be() -> None:
    one = Polygon(ring=ring(HERE, 50_000, 2_000))

    assert meet(one, Polygon(ring=ring(destination(HERE, 90, 99_000), 50_000, 2_000)))
    assert not meet(one, circle(destination(HERE, 90, 51_000)))


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: at(math.nan, 0), "geo.number"),
        (lambda: at(0, math.inf), "geo.number"),
        (lambda: at(90.1, 0), "geo.latitude"),
        (lambda: circle(radius_m=math.nan), "geo.number"),
        (lambda: circle(radius_m=-1.0), "geo.width"),
        (lambda: Corridor(path=(), half_width_m=1.0), "geo.path.count"),
        (lambda: Corridor(path=(HERE,) * 1_000_000, half_width_m=1.0), "geo.path.count"),
        (lambda: Polygon(ring=(HERE,) * 1_000_000), "geo.ring.count"),
        (lambda: Polygon(ring=()), "geo.ring.count"),
        (lambda: Polygon(ring=ring(HERE, 1_000), holes=((HERE,) * 1_000_000,)), "geo.ring.count"),
        (lambda: Polygon(ring=ring(HERE, 50_000), holes=(ring(HERE, 9, 3),) * 1_000_000), "geo.polygon.count"),
        (lambda: Polygon(ring=tuple(at(0, lon) for lon in range(-180, 180, 30))), "geo.ring.large"),  # round the earth
        (lambda: Altitude(metres=math.nan, reference=Reference.FL), "geo.number"),
        (lambda: parse_band("FL200-FL100"), "geo.band.reversed"),
        (lambda: when("11:00-10:00"), "geo.interval.reversed"),
        (lambda: when("10:00-10:00"), "geo.interval.reversed"),
        (lambda: Minimum(horizontal_m=math.nan, vertical_m=0), "geo.number"),
        (lambda: site(uncertainty_m=0.0), "site.uncertainty"),
    ],
)
def test_what_means_nothing_is_refused_when_it_is_made(make: Callable[[], object], code: str) -> None:
    with pytest.raises(Malformed) as caught:
        make()
    assert caught.value.code == code


# -- heights and times -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("other", "close"), [(300.0, True), (604.7, True), (604.8, False), (604.9, False), (-4.8, False)]
)
def test_a_band_without_height_is_a_level_and_exactly_what_is_required_is_enough(other: float, close: bool) -> None:
    def level(metres: float) -> Band:
        altitude = Altitude(metres=metres, reference=Reference.AMSL)
        return Band(lower=altitude, upper=altitude)

    assert bool(findings(plan("a", volume(band=level(300.0))), plan("b", volume(band=level(other))))) == close


def test_with_nothing_required_in_height_bands_that_touch_still_overlap() -> None:
    space = airspace()
    area = Area(id="a", title="A", area_class=AreaClass.NO_FLY, shape=circle(), band=parse_band("FL100-FL200"))
    space.put_area(area)

    for band, close in (("FL200-FL300", True), ("FL201-FL300", False), ("FL080-FL100", True)):
        assert bool(screen(plan("own", volume(band=band)), space, STANDARD, now=NOW).findings) == close


def test_a_millisecond_is_as_good_as_an_hour_and_ends_only_touch() -> None:
    ten, ms = datetime(2026, 11, 22, 10, tzinfo=UTC), timedelta(milliseconds=1)

    def lasting(start: datetime, length: timedelta = ms) -> Interval:
        return Interval(start=start, end=start + length)

    hour = plan("b", volume(time="10:00-11:00"))
    for start, close in (
        (ten - ms, False),
        (ten, True),
        (ten + timedelta(hours=1) - ms, True),
        (ten + timedelta(hours=1), False),
    ):
        own = plan("a", replace(volume(), interval=lasting(start)))
        assert bool(findings(own, hour)) == close, start
