from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from tests.geo.strategies import shapes

from entente.errors import Malformed
from entente.geo.geodesy import destination, distance_m
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
