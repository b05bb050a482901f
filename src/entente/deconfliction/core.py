"""The core of a shape: straight pieces in space, and how far the shape reaches from them.

A map projection has seams, poles and a distortion that grows; straight lines through the earth have none. So a shape
becomes a chain of chords between positions in earth-centred coordinates (ECEF, [m]), and three facts bound the rest:

- A chord is never longer than the line on the ellipsoid between the same two positions. A distance in space below the
  required one therefore never hides; `along_surface` turns it back into one along the surface, never longer than true.
- A geodesic edge, cut into pieces of at most `LONGEST_PIECE_M`, stays within `sag_m` of its chords: c²/8R for a chord
  of length c, under 2 m at 10 km. What that makes of a distance (`nearness.bends`) is added to the separation.
- A polygon's inside bulges over its ring by at most r²/2R, which only widens its box (`box`).

>>> round(core_of(Circle(centre=Position(lat=90, lon=0), radius_m=500.0)).pieces[0, 0, 2])
6356752
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

import numpy as np
import numpy.typing as npt

from entente.geo.geodesy import SEMI_MAJOR_M, wgs84_ellipsoid
from entente.geo.position import Position
from entente.geo.volume import Circle, Corridor, Polygon, Shape

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]
Truths = npt.NDArray[np.bool_]
LONGEST_PIECE_M = 10_000.0
"""[m] Longer edges are cut, so that no piece's sag exceeds 2 m."""
SLACK_M = 0.01
"""[m] More than all rounding of these sums, and than a geodesic's turn out of its chord's plane."""
_FLATTENING = 1 / 298.257223563
_E2 = _FLATTENING * (2 - _FLATTENING)
_SEMI_MINOR_M = SEMI_MAJOR_M * (1 - _FLATTENING)
LEAST_RADIUS_M = 6_335_000.0
"""[m] The ellipsoid curves nowhere more (6,335,439 m along the meridian at the equator)."""
LARGEST_RADIUS_M = 6_400_000.0
"""[m] Nor anywhere less (6,399,594 m at the poles)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Core:
    """A shape as chains of `points` (n, 3) [m, ECEF], parted by rows of NaN, and all within `reach_m` [m] of them.

    `filled` says that the chains are rings, and that what an odd number of them surrounds belongs too. `sag_m` [m]
    bounds how far edges leave the pieces between points.
    """

    points: Floats
    reach_m: float
    sag_m: float
    filled: bool

    @property
    def pieces(self) -> Floats:
        """Return the straight pieces (n, 2, 3) [m] between points; a point alone is one empty piece."""
        if len(self.points) == 1:
            return np.stack([self.points, self.points], axis=1)
        pieces = np.stack([self.points[:-1], self.points[1:]], axis=1)
        whole: Floats = pieces[~np.isnan(pieces[:, :, 0]).any(axis=1)]
        return whole

    def holds(self, point: Floats) -> bool:
        """Whether `point` (3,) [m] lies inside: seen from the earth's centre, by counting edges crossed."""
        if not self.filled:
            return False
        pieces = self.pieces
        up = _unit(pieces[:, 0].mean(axis=0))
        if float(point @ up) <= 0:
            return False  # Rings reach at most 3,000 km from their middle, far from the horizon.
        east = _unit(np.cross(up, np.eye(3)[np.argmin(np.abs(up))]))
        flat = pieces @ np.stack([east, np.cross(up, east)], axis=1) / (pieces @ up)[..., None]
        x, y = point @ east / (point @ up), point @ np.cross(up, east) / (point @ up)
        (x0, y0), (x1, y1) = flat[:, 0].T, flat[:, 1].T
        crossed = (y0 > y) != (y1 > y)
        with np.errstate(divide="ignore", invalid="ignore"):
            right = x < (x1 - x0) * (y - y0) / (y1 - y0) + x0
        return bool(np.count_nonzero(crossed & right) % 2)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cores:
    """Many cores side by side: the `points` (p, 3) of all, how many each has, and (n,) of the rest."""

    points: Floats
    counts: Rows
    reach_m: Floats
    sag_m: Floats
    filled: Truths


def core_of(shape: Shape) -> Core:
    """Return the core of a shape."""
    cores = cores_of((shape,))
    return Core(
        points=cores.points,
        reach_m=float(cores.reach_m[0]),
        sag_m=float(cores.sag_m[0]),
        filled=bool(cores.filled[0]),
    )


def cores_of(shapes: Sequence[Shape]) -> Cores:
    """Return the cores of many shapes, for far less than one after another would cost."""
    chains: list[tuple[Position, ...]] = []
    per_shape, reaches, filled = [], [], []
    for shape in shapes:
        parts: list[tuple[Position, ...]]
        match shape:
            case Circle():
                parts, reach_m = [(shape.centre,)], shape.radius_m
            case Corridor():
                parts, reach_m = [shape.path], shape.half_width_m
            case Polygon():
                parts, reach_m = [(*ring, ring[0]) for ring in shape.rings], 0.0
            case _:
                assert_never(shape)
        chains += parts
        per_shape.append(len(parts))
        reaches.append(reach_m)
        filled.append(isinstance(shape, Polygon))
    flat = [position for chain in chains for position in chain]
    return cores_of_chains(
        np.array([position.lat for position in flat]),
        np.array([position.lon for position in flat]),
        np.array([len(chain) for chain in chains], dtype=np.int64),
        np.array(per_shape, dtype=np.int64),
        np.array(reaches, dtype=np.float64),
        np.array(filled, dtype=bool),
    )


def cores_of_chains(
    lat_deg: Floats, lon_deg: Floats, counts: Rows, per_shape: Rows, reach_m: Floats, filled: Truths
) -> Cores:
    """Return the cores of shapes given as chains of positions: `counts` per chain, chains `per_shape`; rings closed."""
    points = ecef(lat_deg, lon_deg)
    last = np.cumsum(counts) - 1
    ends = np.zeros(len(points), dtype=bool)
    ends[last] = True
    long = np.flatnonzero(~ends[:-1] & (_squared(np.diff(points, axis=0)) > LONGEST_PIECE_M**2))
    after = np.zeros(len(points), dtype=np.int64)  # How many points follow each before the next position.
    ends_shape = np.cumsum(per_shape) - 1
    parts = np.ones(len(counts), dtype=bool)
    parts[ends_shape] = False
    after[last[parts]] = 1
    if len(long):
        azimuth, _, line = wgs84_ellipsoid().inv(lon_deg[long], lat_deg[long], lon_deg[long + 1], lat_deg[long + 1])
        between = np.maximum(np.ceil(line / LONGEST_PIECE_M).astype(np.int64) - 1, 1)
        after[long] = between
    chain = np.full((len(points) + int(after.sum()), 3), np.nan)
    at = np.arange(len(points)) + np.cumsum(after) - after
    chain[at] = points
    if len(long):
        nth = np.arange(1, int(between.sum()) + 1) - np.repeat(np.cumsum(between) - between, between)
        far = np.repeat(line / (between + 1), between) * nth
        start = np.repeat(long, between)
        lon, lat, _ = wgs84_ellipsoid().fwd(lon_deg[start], lat_deg[start], np.repeat(azimuth, between), far)
        chain[np.repeat(at[long], between) + nth] = ecef(np.asarray(lat), np.asarray(lon))
    firsts = at[np.concatenate([[0], last[:-1] + 1])[ends_shape - per_shape + 1]]
    counted = np.diff(np.append(firsts, len(chain)))
    # From a shape's last point to the next shape's first is no piece.
    lengths2 = np.append(_squared(np.diff(chain, axis=0)), 0.0)
    lengths2[firsts[1:] - 1] = 0.0
    longest2 = np.fmax.reduceat(np.nan_to_num(lengths2), firsts)
    return Cores(points=chain, counts=counted, reach_m=reach_m, sag_m=longest2 / (8 * LEAST_RADIUS_M), filled=filled)


def along_surface(chord_m: Floats) -> Floats:
    """Return lengths [m] along the ellipsoid that lines between the ends of such chords have at least.

    At most 0.02 d³/24R² too short: 2 cm at 100 km, 20 m at 1,000 km. The arc of a circle that curves less than the
    ellipsoid anywhere does is never longer than a geodesic with the same chord.
    """
    bound: Floats = 2 * LARGEST_RADIUS_M * np.arcsin(np.minimum(chord_m / (2 * LARGEST_RADIUS_M), 1.0))
    return bound


def chord(surface_m: Floats) -> Floats:
    """Return the chords [m] that `along_surface` turns into these lengths."""
    straight: Floats = 2 * LARGEST_RADIUS_M * np.sin(surface_m / (2 * LARGEST_RADIUS_M))
    return straight


def position_at(point: Floats) -> Position:
    """Return the position on the ellipsoid seen from the earth's centre through `point` (3,) [m]."""
    x, y, z = (float(axis) for axis in to_surface(point))
    return Position(lat=math.degrees(math.atan2(z, math.hypot(x, y) * (1 - _E2))), lon=math.degrees(math.atan2(y, x)))


def ecef(lat_deg: Floats, lon_deg: Floats) -> Floats:
    """Return points (n, 3) [m] of the ellipsoid."""
    lat, lon = np.radians(lat_deg), np.radians(lon_deg)
    sine = np.sin(lat)
    normal = SEMI_MAJOR_M / np.sqrt(1 - _E2 * sine * sine)
    across = normal * np.cos(lat)
    return np.stack([across * np.cos(lon), across * np.sin(lon), normal * (1 - _E2) * sine], axis=-1)


def to_surface(points: Floats) -> Floats:
    """Return where the lines from the earth's centre through `points` (…, 3) [m] meet the ellipsoid."""
    scaled = points / np.array([SEMI_MAJOR_M, SEMI_MAJOR_M, _SEMI_MINOR_M])
    surface: Floats = points / np.linalg.norm(scaled, axis=-1, keepdims=True)
    return surface


def _squared(vectors: Floats) -> Floats:
    squared: Floats = np.square(vectors).sum(axis=-1)
    return squared


def _unit(vector: Floats) -> Floats:
    unit: Floats = vector / np.linalg.norm(vector)
    return unit
