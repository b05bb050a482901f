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
from dataclasses import dataclass
from itertools import pairwise
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
_LEAST_RADIUS_M = 6_335_000.0
"""[m] The ellipsoid curves nowhere more (6,335,439 m along the meridian at the equator)."""
_LARGEST_RADIUS_M = 6_400_000.0
"""[m] Nor anywhere less (6,399,594 m at the poles)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Core:
    """A shape as `pieces` (n, 2, 3) [m, ECEF], and all within `reach_m` of them; a point is one empty piece.

    `filled` says that the pieces close a ring whose inside belongs too. `sag_m` [m] bounds how far edges leave pieces.
    """

    pieces: Floats
    reach_m: float
    sag_m: float
    filled: bool

    @property
    def box(self) -> Floats:
        """Return (6,) [m]: the least and the greatest x, y, z that any of the shape can have."""
        points = self.pieces[:, 0]
        bulge = 0.0
        if self.filled:
            middle = _to_surface(points.mean(axis=0))
            # An arc is at most 1.02 times its chord at 3,000 km, the largest ring.
            bulge = (1.02 * float(np.linalg.norm(points - middle, axis=1).max())) ** 2 / (2 * _LEAST_RADIUS_M)
        wide = self.reach_m + self.sag_m + bulge + SLACK_M
        ends = self.pieces.reshape(-1, 3)
        return np.concatenate([ends.min(axis=0) - wide, ends.max(axis=0) + wide])

    def holds(self, point: Floats) -> bool:
        """Whether `point` (3,) [m] lies inside the ring: seen from the earth's centre, by counting edges crossed."""
        if not self.filled:
            return False
        up = _unit(self.pieces[:, 0].mean(axis=0))
        if float(point @ up) <= 0:
            return False  # Rings reach at most 3,000 km from their middle, far from the horizon.
        east = _unit(np.cross(up, np.eye(3)[np.argmin(np.abs(up))]))
        flat = self.pieces @ np.stack([east, np.cross(up, east)], axis=1) / (self.pieces @ up)[..., None]
        x, y = point @ east / (point @ up), point @ np.cross(up, east) / (point @ up)
        (x0, y0), (x1, y1) = flat[:, 0].T, flat[:, 1].T
        crossed = (y0 > y) != (y1 > y)
        with np.errstate(divide="ignore", invalid="ignore"):
            right = x < (x1 - x0) * (y - y0) / (y1 - y0) + x0
        return bool(np.count_nonzero(crossed & right) % 2)


def core_of(shape: Shape) -> Core:
    """Return the core of a shape."""
    match shape:
        case Circle():
            points, reach_m, filled = _chain((shape.centre,)), shape.radius_m, False
        case Corridor():
            points, reach_m, filled = _chain(shape.path), shape.half_width_m, False
        case Polygon():
            points, reach_m, filled = _chain((*shape.ring, shape.ring[0])), 0.0, True
        case _:
            assert_never(shape)
    if len(points) == 1:
        points = [points[0], points[0]]
    chain = np.array(points)
    pieces = np.stack([chain[:-1], chain[1:]], axis=1)
    longest2 = float(np.square(chain[1:] - chain[:-1]).sum(axis=1).max())
    return Core(pieces=pieces, reach_m=reach_m, sag_m=longest2 / (8 * _LEAST_RADIUS_M), filled=filled)


def along_surface(chord_m: Floats) -> Floats:
    """Return lengths [m] along the ellipsoid that lines between the ends of such chords have at least.

    At most 0.02 d³/24R² too short: 2 cm at 100 km, 20 m at 1,000 km. The arc of a circle that curves less than the
    ellipsoid anywhere does is never longer than a geodesic with the same chord.
    """
    bound: Floats = 2 * _LARGEST_RADIUS_M * np.arcsin(np.minimum(chord_m / (2 * _LARGEST_RADIUS_M), 1.0))
    return bound


def chord(surface_m: Floats) -> Floats:
    """Return the chords [m] that `along_surface` turns into these lengths."""
    straight: Floats = 2 * _LARGEST_RADIUS_M * np.sin(surface_m / (2 * _LARGEST_RADIUS_M))
    return straight


def position_at(point: Floats) -> Position:
    """Return the position on the ellipsoid seen from the earth's centre through `point` (3,) [m]."""
    x, y, z = (float(axis) for axis in _to_surface(point))
    return Position(lat=math.degrees(math.atan2(z, math.hypot(x, y) * (1 - _E2))), lon=math.degrees(math.atan2(y, x)))


def _chain(positions: tuple[Position, ...]) -> list[tuple[float, float, float]]:
    """Return the positions, and those between, so that no piece is longer than `LONGEST_PIECE_M`."""
    points = [_ecef(positions[0].lat, positions[0].lon)]
    for start, end in pairwise(positions):
        last = _ecef(end.lat, end.lon)
        if math.dist(points[-1], last) > LONGEST_PIECE_M:
            line = wgs84_ellipsoid().inv(start.lon, start.lat, end.lon, end.lat)[2]
            between = math.ceil(line / LONGEST_PIECE_M) - 1
            for lon, lat in wgs84_ellipsoid().npts(start.lon, start.lat, end.lon, end.lat, max(between, 1)):
                points.append(_ecef(lat, lon))
        points.append(last)
    return points


def _ecef(lat_deg: float, lon_deg: float) -> tuple[float, float, float]:
    lat, lon = math.radians(lat_deg), math.radians(lon_deg)
    sine = math.sin(lat)
    normal = SEMI_MAJOR_M / math.sqrt(1 - _E2 * sine * sine)
    across = normal * math.cos(lat)
    return across * math.cos(lon), across * math.sin(lon), normal * (1 - _E2) * sine


def _to_surface(point: Floats) -> Floats:
    scaled = point / np.array([SEMI_MAJOR_M, SEMI_MAJOR_M, _SEMI_MINOR_M])
    surface: Floats = point / np.linalg.norm(scaled)
    return surface


def _unit(vector: Floats) -> Floats:
    unit: Floats = vector / np.linalg.norm(vector)
    return unit
