"""Altitudes side by side: which may be compared, and what a comparison adds as doubt (ADR-0004).

Between a lower bound and an upper bound of two bands stands a margin, by their references:

- Like references need none, but for AGL: the ground itself may rise or fall between the two (`Standard.relief_m`).
- FL and AMSL: `Standard.fl_uncertainty_m`. WGS84 and AMSL: the geoid's greatest distance from the ellipsoid.
- AGL and any other cannot be compared. They count as overlapping, unless one is so high that no ground in the
  theatre, from `LOWEST_GROUND_M` to `Standard.terrain_ceiling_m`, could bring them together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from entente.deconfliction.core import Floats, Truths
from entente.geo.altitude import Altitude, Band, Reference
from entente.joint.standard import Standard

GEOID_M = 107.0
"""[m] EGM2008 lies at most this far from the ellipsoid (-107 m south of India, +86 m at New Guinea)."""
LOWEST_GROUND_M = -440.0
"""[m, AMSL] The shore of the Dead Sea."""
TOUCH_M = 1e-6
"""[m] Altitudes closer than this are the same: 1,000 ft between FL 240 and FL 250 is 304.8 m less a rounding."""
_CODES = {Reference.AMSL: 0, Reference.FL: 1, Reference.WGS84: 2, Reference.AGL: 3}
_AGL = _CODES[Reference.AGL]

Bounds = tuple[float, int, float, int]
"""Lower bound [m], its reference's code, upper bound [m], its reference's code."""


def bounds(band: Band | None) -> Bounds:
    """Return a band's bounds; what starts at the ground starts below all that flies, and None has no bound at all."""
    if band is None:
        return -np.inf, 0, np.inf, 0
    from_ground = band.lower.reference is Reference.AGL and band.lower.metres <= 0
    lower = (-np.inf, 0) if from_ground else _coded(band.lower)
    return (*lower, *_coded(band.upper))


def margins(standard: Standard) -> Floats:
    """Return (4, 4) [m]: what a lower bound (first axis) must exceed an upper bound by to be surely above it."""
    from_amsl = np.array([0.0, standard.fl_uncertainty_m, GEOID_M, 0.0])
    table: Floats = from_amsl[:, None] + from_amsl[None, :]
    np.fill_diagonal(table, 0.0)
    table[_AGL, :_AGL] -= LOWEST_GROUND_M
    table[:_AGL, _AGL] += standard.terrain_ceiling_m
    table[_AGL, _AGL] = standard.relief_m
    return table


def sure_gaps(own: Floats, other: Floats, table: Floats) -> Floats:
    """Return the vertical gap [m] that is there whatever the doubt, for rows (n, 4) of `Bounds`; 0 or less is none."""
    above = other[:, 0] - own[:, 2] - table[other[:, 1].astype(int), own[:, 3].astype(int)]
    below = own[:, 0] - other[:, 2] - table[own[:, 1].astype(int), other[:, 3].astype(int)]
    gap: Floats = np.maximum(above, below)
    return gap


def apart(gap: Floats, required: Floats) -> Truths:
    """Whether gaps [m] suffice. Both bounds are included, so bands that touch overlap, whatever is required."""
    enough: Truths = (gap >= required - TOUCH_M) & (gap > TOUCH_M)
    return enough


@dataclass(frozen=True, slots=True, kw_only=True)
class Vertical:
    """What a finding says of altitude: the gap [m] as written, or None where it cannot be told, and the marks."""

    gap_m: float | None
    marks: tuple[str, ...]


def compare(own: Bounds, other: Bounds, table: Floats) -> Vertical:
    """Return the gap between two bands as their numbers have it, with a mark where references leave doubt."""
    sides = [_side(other[:2], own[2:], table), _side(own[:2], other[2:], table)]
    known = [side for side in sides if side is not None]
    gap, margin = max(known, default=(-np.inf, 0.0))
    if gap <= 0 and len(known) < 2:
        return Vertical(gap_m=None, marks=("altitude.incomparable",))
    doubt = margin if gap > 0 else max(margin for _, margin in known)
    return Vertical(gap_m=max(gap, 0.0), marks=("altitude.uncertain",) if doubt else ())


def _side(lower: tuple[float, int], upper: tuple[float, int], table: Floats) -> tuple[float, float] | None:
    """Return by how much `lower` lies above `upper`, and the margin between them; None when they cannot be compared."""
    if np.isinf(lower[0]) or np.isinf(upper[0]):
        return -np.inf, 0.0
    if (lower[1] == _AGL) != (upper[1] == _AGL):
        return None
    return lower[0] - upper[0], float(table[lower[1], upper[1]])


def _coded(altitude: Altitude) -> tuple[float, int]:
    return altitude.metres, _CODES[altitude.reference]
