from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from tests.geo.strategies import shapes

from entente.errors import Malformed
from entente.geo.geodesy import destination, distance_m, wgs84_ellipsoid
from entente.geo.position import Position
from entente.geo.volume import MOST_POSITIONS, Circle, Corridor, Polygon, Shape, extent_m


def at(*places: tuple[float, float]) -> tuple[Position, ...]:
    return tuple(Position(lat=lat, lon=lon) for lat, lon in places)


def around(lat: float, lon: float, radius_m: float, count: int) -> tuple[Position, ...]:
    middle = Position(lat=lat, lon=lon)
    return tuple(destination(middle, 360 * k / count, radius_m) for k in range(count))


@pytest.mark.parametrize(
    ("ring", "code"),
    [
        (at((0, 0), (1, 1)), "geo.ring.count"),
        (around(10, 10, 5_000, MOST_POSITIONS + 1), "geo.ring.count"),
        (at((0, 0), (1, 1), (0, 1), (1, 0)), "geo.ring.crossing"),
        (at((0, 0), (0, 1), (0, 2)), "geo.ring.crossing"),
        (at((0, 0), (0, 1), (1, 1), (0, 0)), "geo.ring.repeated"),
        (at((0, 0), (0, 0), (0, 1), (1, 1)), "geo.ring.repeated"),
        (at((0, 180), (1, 179), (0, -180)), "geo.ring.repeated"),
        (at((0, 0), (0, 89), (89, 0)), "geo.edge.long"),
        (at((0, 0), (0, 40), (0, 80), (0, 120), (0, 160), (0, -160), (0, -120), (0, -80), (0, -40)), "geo.ring.large"),
    ],
)
def test_a_ring_that_exists_has_one_inside(ring: tuple[Position, ...], code: str) -> None:
    with pytest.raises(Malformed) as caught:
        Polygon(ring=ring)
    assert caught.value.code == code


@pytest.mark.parametrize("middle", [(90, 0), (-90, 0), (0, 180), (89.99, 12), (47, 8), (0, 0)])
@pytest.mark.parametrize("radius_m", [50.0, 10_000.0, 2_900_000.0])
def test_a_ring_may_lie_anywhere(middle: tuple[float, float], radius_m: float) -> None:
    assert len(Polygon(ring=around(*middle, radius_m, 12)).ring) == 12


RING = around(47, 8, 50_000, 8)
FAR_NORTH = around(80, 0, 1_500_000, 6)


@pytest.mark.parametrize(
    ("holes", "code"),
    [
        ((at((47, 8), (47.1, 8)),), "geo.ring.count"),
        ((at((47, 8), (47.1, 8.1), (47, 8.1), (47.1, 8)),), "geo.ring.crossing"),
        ((around(47, 8, 60_000, 8),), "geo.hole.outside"),  # around the ring
        ((around(47, 8, 49_000, 24),), "geo.hole.outside"),  # crossing its edges
        ((around(47, 9, 1_000, 8),), "geo.hole.outside"),  # beside it
        ((around(-47, -172, 1_000, 8),), "geo.hole.outside"),  # on the other side of the earth
        (((RING[0], *at((47, 8.1), (47, 7.9))),), "geo.hole.outside"),  # touching a corner
        ((around(47, 8, 5_000, 8), around(47, 8, 2_000, 8)), "geo.hole.crossing"),  # one in the other
        ((around(47, 8, 5_000, 8), around(47, 8.1, 5_000, 8)), "geo.hole.crossing"),
        ((at((47, 8), (47, 8.1), (47.1, 8)), at((47, 8), (47, 7.9), (46.9, 8))), "geo.hole.crossing"),  # one corner
        (tuple(around(47, 8 + 0.0004 * k, 10, 5) for k in range(399)), "geo.polygon.count"),
    ],
)
def test_a_hole_lies_inside_the_ring_and_touches_nothing(holes: tuple[tuple[Position, ...], ...], code: str) -> None:
    with pytest.raises(Malformed) as caught:
        Polygon(ring=RING, holes=holes)
    assert caught.value.code == code


@pytest.mark.parametrize("middle", [(90, 0), (-90, 0), (0, 180), (89.99, 12), (47, 8), (0, 0)])
@pytest.mark.parametrize("radius_m", [50.0, 10_000.0, 2_900_000.0])
def test_holes_may_lie_anywhere(middle: tuple[float, float], radius_m: float) -> None:
    holes = tuple(around(place.lat, place.lon, radius_m / 5, 6) for place in around(*middle, radius_m / 2, 4))

    assert Polygon(ring=around(*middle, radius_m, 12), holes=holes).rings[1:] == holes


@pytest.mark.parametrize(("beyond_m", "fits"), [(5.0, True), (-5.0, False)])
def test_whether_a_hole_fits_is_asked_of_geodesics(beyond_m: float, fits: bool) -> None:
    # Abeam of an edge of 1,500 km, where a great circle lies tens of metres from the geodesic.
    start, end = FAR_NORTH[1:3]
    lon, lat = wgs84_ellipsoid().npts(start.lon, start.lat, end.lon, end.lat, 1)[0]
    halfway = Position(lat=lat, lon=lon)
    azimuth, _, _ = wgs84_ellipsoid().inv(lon, lat, 0.0, 80.0)
    corners = (destination(halfway, azimuth, beyond_m), *(destination(halfway, azimuth + t, 900.0) for t in (-60, 60)))

    if fits:
        assert Polygon(ring=FAR_NORTH, holes=(corners,)).holes
    else:
        with pytest.raises(Malformed):
            Polygon(ring=FAR_NORTH, holes=(corners,))


@pytest.mark.parametrize("radius_m", [0.0, -1.0, math.nan, math.inf, 3_000_001.0])
def test_a_shape_has_a_size_that_the_earth_allows(radius_m: float) -> None:
    with pytest.raises(Malformed):
        Circle(centre=Position(lat=0, lon=0), radius_m=radius_m)
    with pytest.raises(Malformed):
        Corridor(path=at((0, 0)), half_width_m=radius_m)


def test_a_corridor_has_at_least_one_position_and_no_leg_beyond_sight_of_its_line() -> None:
    assert Corridor(path=at((0, 0)), half_width_m=500.0)
    assert Corridor(path=at((0, 0), (0, 0)), half_width_m=500.0)

    with pytest.raises(Malformed) as caught:
        Corridor(path=(), half_width_m=500.0)
    assert caught.value.code == "geo.path.count"
    with pytest.raises(Malformed) as caught:
        Corridor(path=at((0, 0), (0, 50)), half_width_m=500.0)
    assert caught.value.code == "geo.edge.long"


@settings(max_examples=50)
@given(shapes())
def test_extent_never_exceeds_the_smallest_circle_around_a_shape(shape: Shape) -> None:
    match shape:
        case Circle():
            largest = shape.radius_m
        case Corridor():
            largest = max(distance_m(shape.path[0], place) for place in shape.path) / 2 + shape.half_width_m
        case Polygon():
            largest = max(distance_m(a, b) for a in shape.ring for b in shape.ring) / 2

    assert 0 < extent_m(shape) <= largest
