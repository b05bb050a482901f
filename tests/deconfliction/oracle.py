"""A slow judge that shares no code with the room: geodesics of pyproj, divided until the answer is certain.

**Distances.** Two legs are divided into cells, each a stretch of one and a stretch of the other, with the distance d
between their middles. Two bounds hold for everything in a cell whose stretches reach `a` and `b` [m] from there:

- d - a - b: a distance changes by at most what its ends move.
- d - a |cos α| - b |cos β| - K (d + a + b) (a + b)² / 2, with α and β between the legs and the line that joins them:
  the first variation of arc length, and the second, which curvature K pulls down by at most that, since a Jacobi field
  is at most the sum of its ends while the line is shorter than π / 2√K (do Carmo, Riemannian Geometry, ch. 5 and 9).
  K is nowhere above 1 / (6,335,439 m · 6,378,137 m), which the ellipsoid has at the equator. Used to 1,660 km.

Cells that cannot hold less than the best found, or than what is asked about, are dropped; the others are halved. What
is not decided by then is counted as undecided, and never as either.

**Insides.** Seen from a place, the azimuth of a point that walks a ring turns once in all if the ring holds the place,
else not at all. One leg turns it by less than half a turn: were it more, two shortest lines would join two points. So
the azimuths of the corners are enough. A place inside a hole is not in the polygon.

**Altitudes.** Worlds, each with its own ground, geoid and pressure, in which every altitude has one height above sea.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import numpy.typing as npt
from pyproj import Geod

from entente.geo.altitude import Altitude, Band, Reference
from entente.geo.interval import Interval
from entente.geo.position import Position
from entente.geo.volume import Circle, Corridor, Polygon, Shape
from entente.joint.standard import Standard

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]
GEOD = Geod(ellps="WGS84")
CURVATURE = 1 / (6_335_439.0 * 6_378_137.0)
"""[1/m²] The ellipsoid's greatest."""
_NEAR_M = 1_660_000.0
_MOST_CELLS = 60_000
"""For one pair; what is undecided then stays so."""
_AT_ONCE = 300_000


@dataclass(frozen=True, slots=True, eq=False)
class Traced:
    """A shape as geodesic legs (n, 4): longitude, latitude, azimuth [degrees], length [m]; and all within `width_m`.

    `ring_of` (n,) says which ring of a polygon a leg belongs to: 0 the outer, then its holes; empty for other shapes.
    The disc around `centre` (longitude, latitude) with `radius_m` holds the shape.
    """

    legs: Floats
    ends: Floats
    width_m: float
    ring_of: Rows
    centre: tuple[float, float]
    radius_m: float


def traced(shape: Shape) -> Traced:
    """Return a shape's legs, and a disc around it."""
    rings, width, filled = _rings(shape)
    pairs = [pair for ring in rings for pair in ring]
    starts = np.array([(a.lon, a.lat) for a, _ in pairs])
    ends = np.array([(b.lon, b.lat) for _, b in pairs])
    azimuths, _, lengths = GEOD.inv(*starts.T, *ends.T)
    legs = np.column_stack([starts, azimuths, lengths])
    x, y = np.radians(starts[:, 0]), np.radians(starts[:, 1])
    mean = np.cos(y) @ np.cos(x), np.cos(y) @ np.sin(x), np.sin(y).sum()  # Any centre is right; this one is near.
    centre = (
        float(np.degrees(np.arctan2(mean[1], mean[0]))),
        float(np.degrees(np.arctan2(mean[2], np.hypot(*mean[:2])))),
    )
    lon, lat = _on(legs, np.full(len(legs), 0.5))[:, :2].T
    reach = GEOD.inv(np.full(len(lon), centre[0]), np.full(len(lat), centre[1]), lon, lat)[2] + lengths / 2
    ring_of = np.repeat(np.arange(len(rings)), [len(ring) for ring in rings]) if filled else np.zeros(0, dtype=np.int64)
    return Traced(legs, ends, width, ring_of, centre, float(reach.max()) + width)


def gap_bounds(a: Shape, b: Shape, *, within_m: float = 0.5, threshold_m: float | None = None) -> tuple[float, float]:
    """Return two bounds [m] of the gap along the surface, `within_m` apart unless it took too many cells.

    With a threshold the search stops as soon as both bounds lie on one side of it.
    """
    threshold = None if threshold_m is None else np.array([threshold_m])
    low, high = many_gap_bounds([(traced(a), traced(b))], threshold, within_m)
    return float(low[0]), float(high[0])


def many_gap_bounds(
    pairs: Sequence[tuple[Traced, Traced]], threshold_m: Floats | None, within_m: float = 0.5
) -> tuple[Floats, Floats]:
    """Return (n,) lower and upper bounds [m] of the gaps of many pairs, as `gap_bounds`; a threshold for each."""
    width = np.array([a.width_m + b.width_m for a, b in pairs])
    threshold = np.full(len(pairs), np.inf) if threshold_m is None else threshold_m
    centres = np.array([(*a.centre, *b.centre) for a, b in pairs])
    low = GEOD.inv(*centres.T)[2] - np.array([a.radius_m + b.radius_m for a, b in pairs])
    high = np.full(len(pairs), np.inf)
    open_ = np.flatnonzero(low <= threshold)
    counts = np.array([len(pairs[k][0].legs) * len(pairs[k][1].legs) for k in open_])
    for some in np.split(open_, np.flatnonzero(np.diff(np.cumsum(counts) // _AT_ONCE)) + 1) if len(open_) else ():
        chosen = [pairs[k] for k in some]
        inside = _insides(chosen)
        found = _least(chosen, threshold[some] + width[some], threshold_m is not None, within_m, ~inside)
        low[some] = np.where(inside, 0.0, found[0] - width[some])
        high[some] = np.where(inside, 0.0, found[1] - width[some])
    return np.maximum(low, 0.0), np.maximum(high, 0.0)


def wait_s(a: Interval, b: Interval) -> float | None:
    """Return the seconds between two half-open intervals, or None where they share a moment."""
    if a.start < b.end and b.start < a.end:
        return None
    return max((b.start - a.end) / timedelta(seconds=1), (a.start - b.end) / timedelta(seconds=1))


def least_vertical_gap(a: Band | None, b: Band | None, standard: Standard) -> float:
    """Return the least gap [m] between two bands in the worlds at the edge of what the standard holds possible.

    Negative where they overlap. What begins at the ground begins below everything that flies; no band is every height.
    """
    if a is None or b is None:
        return -np.inf
    steps = (-1.0, 1.0), (-1.0, 1.0), (-440.0, standard.terrain_ceiling_m, 500.0), (-1.0, 0.0, 1.0)
    pressure, geoid, ground, rise = np.array(list(itertools.product(*steps))).T
    other_ground = np.clip(ground + rise * standard.relief_m, -440.0, standard.terrain_ceiling_m)
    air = pressure * standard.fl_uncertainty_m, geoid * 107.0
    above = _lower(b.lower, other_ground, *air) - _height(a.upper, ground, *air)
    below = _lower(a.lower, ground, *air) - _height(b.upper, other_ground, *air)
    return float(np.maximum(above, below).min())


def _lower(altitude: Altitude, ground: Floats, pressure: Floats, geoid: Floats) -> Floats:
    on_ground = altitude.reference is Reference.AGL and altitude.metres <= 0
    return np.full(len(ground), -1e6) if on_ground else _height(altitude, ground, pressure, geoid)


def _height(altitude: Altitude, ground: Floats, pressure: Floats, geoid: Floats) -> Floats:
    shift = {Reference.AMSL: 0.0 * ground, Reference.AGL: ground, Reference.FL: pressure, Reference.WGS84: geoid}
    return altitude.metres + shift[altitude.reference]


def _rings(shape: Shape) -> tuple[list[list[tuple[Position, Position]]], float, bool]:
    match shape:
        case Circle():
            return [[(shape.centre, shape.centre)]], shape.radius_m, False
        case Corridor():
            legs = list(itertools.pairwise(shape.path)) or [(shape.path[0], shape.path[0])]
            return [legs], shape.half_width_m, False
        case Polygon():
            return [list(itertools.pairwise((*ring, ring[0]))) for ring in (shape.ring, *shape.holes)], 0.0, True


def _on(legs: Floats, fraction: Floats) -> Floats:
    """Places on legs (n, 3): longitude, latitude, and the azimuth [degrees] in which each leg leads on from there."""
    lon, lat, back = GEOD.fwd(legs[:, 0], legs[:, 1], legs[:, 2], legs[:, 3] * fraction)
    return np.column_stack([lon, lat, back + 180.0])


def _pooled(shapes: Sequence[Traced]) -> tuple[Floats, Rows, Rows]:
    counts = np.array([len(shape.legs) for shape in shapes], dtype=np.int64)
    return np.concatenate([shape.legs for shape in shapes]), np.cumsum(counts) - counts, counts


def _least(
    pairs: Sequence[tuple[Traced, Traced]],
    threshold: Floats,
    decide: bool,
    within_m: float,
    wanted: npt.NDArray[np.bool_],
) -> tuple[Floats, Floats]:
    """Bounds (n,) of the distance between the legs of each pair; where a pair is not wanted they are worth nothing."""
    a, a_from, a_count = _pooled([one for one, _ in pairs])
    b, b_from, b_count = _pooled([other for _, other in pairs])
    pair = np.repeat(np.arange(len(pairs)), a_count * b_count)
    nth = np.arange(len(pair)) - np.repeat(np.cumsum(a_count * b_count) - a_count * b_count, a_count * b_count)
    i, j = a_from[pair] + nth // b_count[pair], b_from[pair] + nth % b_count[pair]
    s, t, ds, dt = (np.full(len(pair), 0.5) for _ in range(4))
    at_a, at_b = _on(a[i], s), _on(b[j], t)  # Kept, since halving a cell moves the place on one of its legs only.
    high, dropped, low = np.full(len(pairs), np.inf), np.full(len(pairs), np.inf), np.full(len(pairs), np.inf)
    done = ~wanted
    for _ in range(200):
        kept = ~done[pair]
        pair, i, j, s, t, ds, dt, at_a, at_b = (c[kept] for c in (pair, i, j, s, t, ds, dt, at_a, at_b))
        if not len(pair):
            break
        middle, least = _cells(at_a, at_b, a[i, 3] * ds, b[j, 3] * dt)
        np.minimum.at(high, pair, middle)
        open_low = dropped.copy()
        np.minimum.at(open_low, pair, least)
        running = np.unique(pair)
        low[running] = open_low[running]
        many = np.bincount(pair, minlength=len(pairs)) > _MOST_CELLS
        decided = decide & ((low > threshold) | (high < threshold))
        done |= decided | (high <= low + within_m) | many
        keep = (least < high[pair] - within_m / 2) & ~done[pair]
        if decide:
            keep &= least <= threshold[pair]
        np.minimum.at(dropped, pair[~keep], least[~keep])
        pair, i, j, s, t, ds, dt, at_a, at_b = (c[keep] for c in (pair, i, j, s, t, ds, dt, at_a, at_b))
        emptied = np.ones(len(pairs), dtype=bool)
        emptied[pair] = False
        newly = emptied & ~done
        low[newly] = dropped[newly]
        along_a = a[i, 3] * ds >= b[j, 3] * dt
        ds, dt = np.where(along_a, ds / 2, ds), np.where(along_a, dt, dt / 2)
        move_s, move_t = np.where(along_a, ds, 0.0), np.where(along_a, 0.0, dt)
        pair, i, j, ds, dt, at_a, at_b = (np.concatenate([c, c]) for c in (pair, i, j, ds, dt, at_a, at_b))
        s, t = np.concatenate([s - move_s, s + move_s]), np.concatenate([t - move_t, t + move_t])
        moved = np.concatenate([along_a, along_a])
        at_a[moved], at_b[~moved] = _on(a[i[moved]], s[moved]), _on(b[j[~moved]], t[~moved])
    return low, high


def _cells(at_a: Floats, at_b: Floats, reach_a: Floats, reach_b: Floats) -> tuple[Floats, Floats]:
    """The distance between the cells' middles, and a bound of what any of each cell has at least."""
    there, back, middle = GEOD.inv(*at_a[:, :2].T, *at_b[:, :2].T)
    plain = middle - reach_a - reach_b
    turned = reach_a * np.abs(np.cos(np.radians(at_a[:, 2] - there)))
    turned += reach_b * np.abs(np.cos(np.radians(at_b[:, 2] - back)))
    bent = middle - turned - 0.51 * CURVATURE * (middle + reach_a + reach_b) * (reach_a + reach_b) ** 2
    near = middle + reach_a + reach_b < _NEAR_M
    return middle, np.where(near, np.maximum(plain, bent), plain)


def _insides(pairs: Sequence[tuple[Traced, Traced]]) -> npt.NDArray[np.bool_]:
    """Whether a polygon of each pair holds the other's first place. Where no edges meet, that tells of all of it."""
    inside = np.zeros(len(pairs), dtype=bool)
    asked = [(k, *sides) for k, (a, b) in enumerate(pairs) for sides in ((a, b), (b, a)) if len(sides[1].ring_of)]
    if asked:
        places = np.array([place.legs[0, :2] for _, place, _ in asked])
        away = GEOD.inv(*places.T, *np.array([ring.centre for _, _, ring in asked]).T)[2]
        for (k, _, ring), place, distance in zip(asked, places, away, strict=True):
            inside[k] |= distance <= ring.radius_m and holds(ring, place)
    return inside


def holds(ring: Traced, place: Floats) -> bool:
    """Whether a polygon holds a place (longitude, latitude) that lies on none of its edges."""
    here = np.broadcast_to(place, (len(ring.legs), 2))
    starts = GEOD.inv(*here.T, *ring.legs[:, :2].T)[0]
    ends = GEOD.inv(*here.T, *ring.ends.T)[0]
    turns = np.bincount(ring.ring_of, weights=(ends - starts + 180.0) % 360.0 - 180.0)
    around = np.abs(turns) > 180.0
    return bool(around[0] and not around[1:].any())
