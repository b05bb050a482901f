"""Distances and lines on the WGS84 ellipsoid, and the directions that stand in for it where near enough is enough.

Lines between positions are geodesics of the ellipsoid (ADR-0003). pyproj's `Geod` (Karney's method, exact to
nanometres) computes them; `direction` gives the earth's normal at a position as a unit vector, which has no seam at
the antimeridian and no singular point at the poles.

>>> round(distance_m(Position(lat=0, lon=179.5), Position(lat=0, lon=-179.5)))
111319
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

from entente.geo.position import Position

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyproj import Geod

SEMI_MAJOR_M = 6_378_137.0
"""[m] WGS84 equatorial radius."""
Vector = tuple[float, float, float]


@cache
def wgs84_ellipsoid() -> Geod:
    """Return pyproj's `Geod`, made once: loading PROJ takes longer than most commands."""
    from pyproj import Geod

    return Geod(ellps="WGS84")


def distance_m(a: Position, b: Position) -> float:
    """Return the length [m] of the geodesic between two positions."""
    return float(wgs84_ellipsoid().inv(a.lon, a.lat, b.lon, b.lat)[2])


def destination(start: Position, azimuth_deg: float, distance: float) -> Position:
    """Return where one arrives from `start` after `distance` [m] along the geodesic that leaves at `azimuth_deg`."""
    lon, lat, _ = wgs84_ellipsoid().fwd(start.lon, start.lat, azimuth_deg, distance)
    return Position(lat=lat, lon=lon)


def direction(position: Position) -> Vector:
    """Return the unit normal of the ellipsoid at `position`."""
    lat, lon = math.radians(position.lat), math.radians(position.lon)
    return math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)


def middle(positions: Iterable[Position]) -> Position | None:
    """Return the position in whose direction the positions lie on average; None when they cancel out."""
    x, y, z = (math.fsum(axis) for axis in zip(*(direction(position) for position in positions), strict=True))
    if math.hypot(x, y, z) < 1e-9:
        return None
    return Position(lat=math.degrees(math.atan2(z, math.hypot(x, y))), lon=math.degrees(math.atan2(y, x)))
