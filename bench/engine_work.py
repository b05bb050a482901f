"""The volumes that the engine and its peers are measured on: 600 x 600 km of airspace for a day.

4 to 12 corners, 2 to 30 km across, bands of 300 to 3,000 m within 0 to 12 km, windows of 15 to 240 min within 24 h; in
the variant *contested*, a fifth lies within 40 x 40 km. We get them as positions on WGS84. Peers, which know only
planes, get them in an azimuthal equidistant plane around the middle, widened beforehand by more than that plane, the
corners of a round edge and GEOS's smoothing can take away, so that they too miss nothing: up to `BAND_M` beyond 5 NM a
pair may be too close for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import cos, pi
from typing import Any

import numpy as np
import shapely
from pyproj import Proj

from entente.deconfliction.batch import Batch
from entente.deconfliction.needs import Needs
from entente.deconfliction.vertical import margins
from entente.joint.standard import Standard

HORIZONTAL_M, VERTICAL_M = 9_260.0, 304.8
"""[m] 5 NM and 1,000 ft."""
EXTENT_M = 600_000.0
QUARTER = 8
"""Corners of a quarter circle in a widened shape: GEOS's own choice."""
STRETCH = 1.0009
"""How much longer a distance across may be in the plane, 430 km from its middle."""
SMOOTHED = 0.01
"""Of the width: by so much GEOS smooths a shape before it widens it, and may lose as much of the width."""
WIDER_M = HORIZONTAL_M * (STRETCH / cos(pi / 4 / QUARTER) + SMOOTHED) + 1.0
BAND_M = WIDER_M - HORIZONTAL_M
"""[m] So much farther apart than 5 NM may be what a peer still finds (147 m)."""
NEEDS = Needs(
    horizontal_m=np.array([HORIZONTAL_M]),
    vertical_m=np.array([VERTICAL_M]),
    time_ms=np.zeros(1, dtype=np.int64),
    margins=margins(Standard(name="5 NM, 1,000 ft", pairs={})),
)
Array = Any


@dataclass(frozen=True)
class Work:
    """`counts` (n,) corners each; `plane` (corners, 2) [m]; `heights` (n, 2) [m AMSL]; `times` (n, 2) [ms]."""

    counts: Array
    plane: Array
    heights: Array
    times: Array

    def __len__(self) -> int:
        return len(self.counts)

    @cached_property
    def degrees(self) -> tuple[Array, Array]:
        """Latitudes and longitudes of all corners."""
        lon, lat = Proj(proj="aeqd", lat_0=47, lon_0=9, ellps="WGS84")(*self.plane.T, inverse=True)
        return lat, lon

    @cached_property
    def batch(self) -> Batch:
        """The volumes as the engine takes them."""
        lat, lon = self.degrees
        bounds = np.zeros((len(self), 4))
        bounds[:, 0], bounds[:, 2] = self.heights.T
        return Batch.of_rings(lat, lon, self.counts, bounds=bounds, times_ms=self.times)

    @cached_property
    def shapes(self) -> Array:
        """Polygons in the plane."""
        rings = np.cumsum(self.counts + 1)
        firsts = np.cumsum(self.counts) - self.counts
        closed = np.insert(self.plane, np.cumsum(self.counts), self.plane[firsts], axis=0)
        offsets = np.concatenate([[0], rings]), np.arange(len(self) + 1)
        return shapely.from_ragged_array(shapely.GeometryType.POLYGON, closed, offsets)

    def widened(self, share: float = 1.0) -> Array:
        """Return the polygons widened by `share` of what a peer needs."""
        return shapely.buffer(self.shapes, WIDER_M * share, quad_segs=QUARTER)

    def bands(self, share: float = 1.0) -> Array:
        """Return the heights (n, 2), widened likewise."""
        return self.heights + np.array([-share, share]) * VERTICAL_M


def work(n: int, seed: int = 1, *, contested: bool = False) -> Work:
    """Return `n` volumes."""
    rng = np.random.default_rng(seed)
    counts = rng.integers(4, 13, n)
    middle = rng.uniform(-EXTENT_M / 2, EXTENT_M / 2, (n, 2))
    if contested:
        inner = rng.random(n) < 0.2
        middle[inner] = rng.uniform(-20_000, 20_000, (int(inner.sum()), 2))
    owner = np.repeat(np.arange(n), counts)
    nth = np.arange(len(owner)) - (np.cumsum(counts) - counts)[owner]
    turn = rng.uniform(0, 2 * pi, n)[owner] + 2 * pi * (nth + rng.uniform(-0.35, 0.35, len(owner))) / counts[owner]
    away = rng.uniform(0.5, 1.0, len(owner)) * rng.uniform(1_000, 15_000, n)[owner]
    plane = middle[owner] + away[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    thick = rng.uniform(300, 3_000, n)
    low = rng.uniform(0, 1, n) * (12_000 - thick)
    lasts = rng.uniform(15, 240, n) * 60_000
    start = rng.uniform(0, 1, n) * (86_400_000 - lasts)
    times = np.stack([start, start + lasts], axis=1).astype(np.int64)
    return Work(counts=counts, plane=plane, heights=np.stack([low, low + thick], axis=1), times=times)
