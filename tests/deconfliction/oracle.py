"""A slow judge that shares no code with the room: geodesics of pyproj, divided until the answer is certain.

Distances: two legs are divided into cells, each with the distance between its middles; no point of a cell lies farther
from its middle than half its length, which bounds what the cell can hold. Cells that cannot hold less than the best
found are dropped. Insides: the turning of the azimuth from a point along the ring. Altitudes: worlds, each with its own
ground, geoid and pressure, in which every altitude has one height above the sea.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import numpy as np
from pyproj import Geod

from entente.geo.altitude import Altitude, Band, Reference
from entente.geo.interval import Interval
from entente.geo.position import Position
from entente.geo.volume import Circle, Corridor, Polygon, Shape
from entente.joint.standard import Standard

GEOD = Geod(ellps="WGS84")
_MOST_CELLS = 60_000


def gap_bounds(a: Shape, b: Shape, *, within_m: float = 0.5, threshold_m: float | None = None) -> tuple[float, float]:
    """Return two bounds [m] of the gap along the surface, `within_m` apart unless it took too many cells.

    With a threshold the search stops as soon as both bounds lie on one side of it.
    """
    width = _width(a) + _width(b)
    if _inside(a, b) or _inside(b, a):
        return 0.0, 0.0
    low, high = _least(_legs(a), _legs(b), within_m, None if threshold_m is None else threshold_m + width)
    return max(low - width, 0.0), max(high - width, 0.0)


def wait_s(a: Interval, b: Interval) -> float | None:
    """Return the seconds between two half-open intervals, or None where they share a moment."""
    if a.start < b.end and b.start < a.end:
        return None
    return max((b.start - a.end) / timedelta(seconds=1), (a.start - b.end) / timedelta(seconds=1))


def possible_vertical_gaps(a: Band, b: Band, standard: Standard) -> Iterator[float]:
    """Yield the gap [m] between two bands in each world at the edge of what the standard holds possible."""
    extremes = (-1.0, 1.0)
    grounds = (-440.0, standard.terrain_ceiling_m, 500.0)
    for pressure, geoid, ground, rise in itertools.product(extremes, extremes, grounds, (-1.0, 0.0, 1.0)):
        other_ground = min(max(ground + rise * standard.relief_m, -440.0), standard.terrain_ceiling_m)
        world = (pressure * standard.fl_uncertainty_m, geoid * 107.0)
        low_a, high_a = _lower(a.lower, ground, *world), _height(a.upper, ground, *world)
        low_b, high_b = _lower(b.lower, other_ground, *world), _height(b.upper, other_ground, *world)
        yield max(low_b - high_a, low_a - high_b)


def _lower(altitude: Altitude, ground: float, pressure: float, geoid: float) -> float:
    """What begins at the ground begins below everything that flies."""
    on_ground = altitude.reference is Reference.AGL and altitude.metres <= 0
    return -1e6 if on_ground else _height(altitude, ground, pressure, geoid)


def _height(altitude: Altitude, ground: float, pressure: float, geoid: float) -> float:
    shift = {Reference.AMSL: 0.0, Reference.AGL: ground, Reference.FL: pressure, Reference.WGS84: geoid}
    return altitude.metres + shift[altitude.reference]


def _width(shape: Shape) -> float:
    match shape:
        case Circle():
            return shape.radius_m
        case Corridor():
            return shape.half_width_m
        case Polygon():
            return 0.0


def _legs(shape: Shape) -> list[tuple[Position, Position]]:
    match shape:
        case Circle():
            return [(shape.centre, shape.centre)]
        case Corridor():
            return list(itertools.pairwise(shape.path)) or [(shape.path[0], shape.path[0])]
        case Polygon():
            return list(itertools.pairwise((*shape.ring, shape.ring[0])))


def _table(legs: list[tuple[Position, Position]]) -> Any:
    """(n, 4): longitude, latitude, azimuth [degrees] and length [m] of each leg."""
    rows = []
    for start, end in legs:
        azimuth, _, length = GEOD.inv(start.lon, start.lat, end.lon, end.lat)
        rows.append((start.lon, start.lat, azimuth, length))
    return np.array(rows)


def _on(legs: Any, fraction: Any) -> tuple[Any, Any]:
    lon, lat, _ = GEOD.fwd(legs[:, 0], legs[:, 1], legs[:, 2], legs[:, 3] * fraction)
    return lon, lat


def _least(
    one: list[tuple[Position, Position]],
    other: list[tuple[Position, Position]],
    within_m: float,
    threshold: float | None,
) -> tuple[float, float]:
    a, b = _table(one), _table(other)
    i, j = (grid.ravel() for grid in np.indices((len(a), len(b))))
    s, t, ds, dt = np.full(len(i), 0.5), np.full(len(i), 0.5), np.full(len(i), 0.5), np.full(len(i), 0.5)
    high, dropped = np.inf, np.inf
    while True:
        (lon_a, lat_a), (lon_b, lat_b) = _on(a[i], s), _on(b[j], t)
        middle = GEOD.inv(lon_a, lat_a, lon_b, lat_b)[2]
        least = middle - a[i, 3] * ds - b[j, 3] * dt
        high = min(high, float(middle.min()))
        low = min(dropped, float(least.min()))
        decided = threshold is not None and (low > threshold or high < threshold)
        if decided or high - low <= within_m or len(i) > _MOST_CELLS:
            return low, high
        keep = least < high - within_m / 2
        dropped = min(dropped, float(least[~keep].min(initial=np.inf)))
        i, j, s, t, ds, dt = (column[keep] for column in (i, j, s, t, ds, dt))
        along_a = a[i, 3] * ds >= b[j, 3] * dt
        ds, dt = np.where(along_a, ds / 2, ds), np.where(along_a, dt, dt / 2)
        move_s, move_t = np.where(along_a, ds, 0.0), np.where(along_a, 0.0, dt)
        i, j, ds, dt = (np.concatenate([column, column]) for column in (i, j, ds, dt))
        s, t = np.concatenate([s - move_s, s + move_s]), np.concatenate([t - move_t, t + move_t])


def _inside(shape: Shape, ring: Shape) -> bool:
    """Whether the first place of `shape` lies inside `ring`: the azimuth to a point that walks the ring turns once."""
    if not isinstance(ring, Polygon):
        return False
    place = _legs(shape)[0][0]
    legs = _table(_legs(ring))
    fractions = np.linspace(0, 1, 400, endpoint=False)
    walk = np.repeat(legs, len(fractions), axis=0)
    lon, lat = _on(walk, np.tile(fractions, len(legs)))
    azimuth = np.radians(GEOD.inv(np.full(len(lon), place.lon), np.full(len(lat), place.lat), lon, lat)[0])
    turns = np.diff(np.append(azimuth, azimuth[0]))
    return abs(float(np.sum((turns + np.pi) % (2 * np.pi) - np.pi))) > np.pi
