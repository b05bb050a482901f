"""Volumes: a shape on the earth, a band of altitude and an interval of time.

Rules kept, so that every shape means one thing everywhere (ADR-0003):

- Edges and legs are WGS84 geodesics, none longer than `LONGEST_EDGE_M`: near the antipode there is no one
  shortest line.
- A ring crosses itself nowhere and lies within `LARGEST_RADIUS_M` of its middle; its inside is the smaller side.
- A hole is a ring inside the ring; rings of one polygon touch nowhere. Every edge belongs to the polygon, a hole's too.
- Shapes have a size: no radius is zero, and none so large that the earth's curve turns it inside out.

>>> extent_m(Circle(centre=Position(lat=47.45, lon=8.55), radius_m=500.0))
500.0
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import assert_never

from entente.errors import Malformed
from entente.geo.altitude import Band
from entente.geo.geodesy import Vector, direction, distance_m, middle, wgs84_ellipsoid
from entente.geo.interval import Interval
from entente.geo.position import Position, number

SMALLEST_EXTENT_M = 100.0
"""[m] Nothing smaller is shared: a plan says where its aircraft will be, not a point on the ground."""
LARGEST_RADIUS_M = 3_000_000.0
"""[m] Of a circle, a corridor's half width, and a ring around its middle."""
LONGEST_EDGE_M = 5_000_000.0
"""[m] Of one edge or leg; a longer route names a position between."""
MOST_POSITIONS = 2_000
"""In one path, or in all rings of one polygon."""
_CUT_M = 60_000.0
"""[m] On shorter edges a great circle of the gnomonic plane leaves the geodesic by less than 0.2 m."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Polygon:
    """A simple ring of at least three positions, not repeated at the end, less its holes; edges are WGS84 geodesics.

    A hole is spelt like a ring. What lies inside one, off its edge, is not the polygon's.
    """

    ring: tuple[Position, ...]
    holes: tuple[tuple[Position, ...], ...] = ()

    def __post_init__(self) -> None:
        for ring in self.rings:
            _counted(ring, 3, "ring")
        _counted(tuple(chain.from_iterable(self.rings)), 3, "polygon")
        for ring in self.rings:
            _edges_short(ring, ring[1:] + ring[:1])
            _simple(ring)
        if self.holes:
            _nested(self.ring, self.holes)

    @property
    def rings(self) -> tuple[tuple[Position, ...], ...]:
        """The ring, then its holes."""
        return (self.ring, *self.holes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """All within `radius_m` [m] of `centre`, on the ellipsoid."""

    centre: Position
    radius_m: float

    def __post_init__(self) -> None:
        _width(self.radius_m, "radius [m]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Corridor:
    """All within `half_width_m` [m] of a path of geodesic legs; one position is legal and is a circle."""

    path: tuple[Position, ...]
    half_width_m: float

    def __post_init__(self) -> None:
        _counted(self.path, 1, "path")
        _width(self.half_width_m, "half width [m]")
        _edges_short(self.path[:-1], self.path[1:])


Shape = Polygon | Circle | Corridor


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """A shape, a band and a half-open interval; a timed route is one corridor volume for each leg."""

    shape: Shape
    band: Band
    interval: Interval


def extent_m(shape: Shape) -> float:
    """Return a radius [m] that the smallest circle around `shape` has at least; compare it with `SMALLEST_EXTENT_M`."""
    match shape:
        case Circle():
            return shape.radius_m
        case Corridor():
            return shape.half_width_m + _half_reach(shape.path)
        case Polygon():
            return _half_reach(shape.ring)
        case _:
            assert_never(shape)


def _half_reach(positions: tuple[Position, ...]) -> float:
    return max(distance_m(positions[0], position) for position in positions) / 2


def _width(metres: float, what: str) -> None:
    number(metres, what, 0.0, LARGEST_RADIUS_M, "geo.width")
    if metres == 0:
        raise Malformed("geo.width", f"{what} must be more than 0")


def _counted(positions: tuple[Position, ...], least: int, what: str) -> None:
    if not least <= len(positions) <= MOST_POSITIONS:
        raise Malformed(
            f"geo.{what}.count", f"a {what} has {least} to {MOST_POSITIONS} positions; this has {len(positions)}"
        )


def _edges_short(starts: tuple[Position, ...], ends: tuple[Position, ...]) -> None:
    # Two directions' scalar product is the cosine of the angle between them; one degree is at most 111,700 m.
    for start, end in zip(starts, ends, strict=True):
        if _dot(direction(start), direction(end)) < 0.75 and distance_m(start, end) > LONGEST_EDGE_M:
            raise Malformed(
                "geo.edge.long",
                f"the line from {start.lat}, {start.lon} to {end.lat}, {end.lon} is longer than "
                f"{LONGEST_EDGE_M / 1000:.0f} km; add a position between",
            )


def _simple(ring: tuple[Position, ...]) -> None:
    """Refuse a ring that crosses, touches or retraces itself.

    The test is made on the gnomonic plane, where great circles are straight. They leave geodesics by up to 0.7 m over
    100 km and 1.8 km over 5,000 km; only a ring that comes so close to touching itself could be judged otherwise.
    """
    import shapely  # Loads GEOS; a program that handles no ring never needs it.

    centre = middle(ring)
    # The geodesic distance is checked only where the angle leaves it in doubt: 26 degrees are less than 2,905 km.
    if centre is None or any(
        _dot(direction(centre), direction(position)) < 0.8988 and distance_m(centre, position) > LARGEST_RADIUS_M
        for position in ring
    ):
        raise Malformed(
            "geo.ring.large", f"a ring lies within {LARGEST_RADIUS_M / 1000:.0f} km of its middle; divide it"
        )
    flat = [_gnomonic(direction(position), direction(centre)) for position in ring]
    if len({(round(x, 11), round(y, 11)) for x, y in flat}) < len(ring):
        raise Malformed("geo.ring.repeated", "a ring names each position once, and not the first again at the end")
    if not shapely.LinearRing(flat).is_simple:
        raise Malformed("geo.ring.crossing", "the ring crosses or touches itself; order its positions along its edge")


def _nested(ring: tuple[Position, ...], holes: tuple[tuple[Position, ...], ...]) -> None:
    """Refuse a hole that leaves, crosses or touches the ring or another hole.

    Judged on the ring's gnomonic plane, with edges cut so short that great circles leave them by centimetres at most.
    """
    import shapely

    centre = middle(ring)
    assert centre is not None  # `_simple` saw that the ring has one.
    up = direction(centre)
    if any(_dot(direction(position), up) < 0.5 for hole in holes for position in hole):
        raise Malformed("geo.hole.outside", "a hole lies far outside its ring")
    outer, *inner = (
        shapely.Polygon([_gnomonic(direction(position), up) for position in _cut(each)]) for each in (ring, *holes)
    )
    shapely.prepare(outer)
    if not all(shapely.contains_properly(outer, inner)):
        raise Malformed("geo.hole.outside", "a hole lies inside its ring, and neither crosses nor touches it")
    one, other = shapely.STRtree(inner).query(inner, predicate="intersects")
    if (one != other).any():
        raise Malformed("geo.hole.crossing", "two holes lie in, cross or touch each other; draw them as one")


def _cut(ring: tuple[Position, ...]) -> Iterator[Position]:
    """Yield the ring's positions, with others on its edges wherever one is longer than `_CUT_M`."""
    for start, end in pairwise((*ring, ring[0])):
        yield start
        if _dot(direction(start), direction(end)) < 0.99995:  # 0.6 degrees; shorter ones are surely short enough
            pieces = math.ceil(distance_m(start, end) / _CUT_M)
            for lon, lat in wgs84_ellipsoid().npts(start.lon, start.lat, end.lon, end.lat, pieces - 1):
                yield Position(lat=lat, lon=lon)


def _gnomonic(point: Vector, centre: Vector) -> tuple[float, float]:
    x, y, z = centre
    across = (-y, x, 0.0) if abs(z) < 0.9 else (0.0, -z, y)
    up = (y * across[2] - z * across[1], z * across[0] - x * across[2], x * across[1] - y * across[0])
    depth = _dot(point, centre)
    return _dot(point, across) / depth, _dot(point, up) / depth


def _dot(a: Vector, b: Vector) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
