"""How close cores come: the distance between their pieces, many pairs at once, and the place where it is least."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from entente.deconfliction.core import Core, Floats, Rows, along_surface, chord, position_at
from entente.geo.geodesy import destination, wgs84_ellipsoid
from entente.geo.position import Position

_AT_ONCE = 200_000
"""Pairs of pieces computed together: some 100 MB of intermediate arrays."""


def gaps(own: Sequence[Core], other: Sequence[Core], pairs: tuple[Rows, Rows]) -> Floats:
    """Return, for each pair (i, j), the gap [m] along the surface between `own[i]` and `other[j]`; 0 where they meet.

    Never more than true but for `bends`. Where a ring's inside counts, a core wholly within it has gap 0.
    """
    distances = along_surface(_least(own, other, pairs))
    found: Floats = np.maximum(distances - _both([a.reach_m for a in own], [b.reach_m for b in other], pairs), 0.0)
    filled = np.array([a.filled for a in own], dtype=bool)[pairs[0]]
    filled |= np.array([b.filled for b in other], dtype=bool)[pairs[1]]
    for k in np.flatnonzero(filled & (found > 0)):
        if _one_holds_other(own[pairs[0][k]], other[pairs[1][k]]):
            found[k] = 0.0
    return found


def bends(own: Sequence[Core], other: Sequence[Core], pairs: tuple[Rows, Rows], gap: Floats) -> Floats:
    """Return the `bend` of each of the `gaps` [m]."""
    reach = _both([a.reach_m for a in own], [b.reach_m for b in other], pairs)
    return bend(gap, reach, _both([a.sag_m for a in own], [b.sag_m for b in other], pairs))


def bend(gap: Floats, reach_m: Floats, depth_m: Floats) -> Floats:
    """Return what gaps [m] may be too long by, because edges are bent and pieces straight.

    `reach_m` is what both reach from their pieces together, `depth_m` how deep both pieces may lie under their edges.

    Let P and Q be the closest places of two edges, and P', Q' the places of their pieces under them, at depths p and q
    along the normals: P' - Q' = (P - Q) - (p n - q m). The ellipsoid lies under each of its tangent planes, so
    (P - Q)·n >= 0 >= (P - Q)·m, and |P' - Q'|² <= |P - Q|² + (p + q)². Metres of depth thus cost millimetres of
    distance wherever places are kilometres apart; where they touch, they cost themselves.
    """
    distance = gap + reach_m
    least = np.sqrt(np.maximum(chord(distance) ** 2 - depth_m**2, 0.0))
    bent: Floats = distance - along_surface(least)
    return bent


def place(own: Core, other: Core) -> Position:
    """Return the place of `own` closest to `other`; where they overlap, one that both hold."""
    mine, theirs = own.pieces, other.pieces
    here: Floats = mine[0, 0]
    there: Floats = theirs[0, 0]
    if other.holds(here):
        return position_at(here)
    if own.holds(there):
        return position_at(there)
    least, step = np.inf, max(1, _AT_ONCE // len(theirs))
    for start in range(0, len(mine), step):
        some = mine[start : start + step]
        at_own, at_other = _closest(np.repeat(some, len(theirs), axis=0), np.tile(theirs, (len(some), 1, 1)))
        distances = np.linalg.norm(at_own - at_other, axis=1)
        k = int(distances.argmin())
        if distances[k] < least:
            least, here, there = distances[k], at_own[k], at_other[k]
    return _towards(position_at(here), position_at(there), own.reach_m)


def _towards(start: Position, end: Position, reach_m: float) -> Position:
    geod = wgs84_ellipsoid()
    azimuth, _, distance = geod.inv(start.lon, start.lat, end.lon, end.lat)
    return end if distance <= reach_m else destination(start, azimuth, reach_m)


def _one_holds_other(one: Core, other: Core) -> bool:
    # Their edges are apart, so each core lies wholly inside the other's ring or wholly outside: one point tells.
    return one.holds(other.pieces[0, 0]) or other.holds(one.pieces[0, 0])


def _least(own: Sequence[Core], other: Sequence[Core], pairs: tuple[Rows, Rows]) -> Floats:
    """Return the least distance in space [m] between the pieces of each pair."""
    mine, mine_from, mine_count = _pool(own)
    theirs, theirs_from, theirs_count = _pool(other)
    i, j = pairs
    ends = np.cumsum(mine_count[i] * theirs_count[j])
    least = np.full(len(i), np.inf)
    for start in range(0, int(ends[-1]) if len(ends) else 0, _AT_ONCE):
        flat = np.arange(start, min(start + _AT_ONCE, int(ends[-1])))
        pair = np.searchsorted(ends, flat, side="right")
        within = flat - ends[pair] + mine_count[i[pair]] * theirs_count[j[pair]]
        row, column = np.divmod(within, theirs_count[j[pair]])
        at_mine, at_theirs = _closest(mine[mine_from[i[pair]] + row], theirs[theirs_from[j[pair]] + column])
        difference = at_mine - at_theirs
        np.minimum.at(least, pair, np.sqrt(_dot(difference, difference)))
    return least


def _both(own: Sequence[float], other: Sequence[float], pairs: tuple[Rows, Rows]) -> Floats:
    both: Floats = np.array(own)[pairs[0]] + np.array(other)[pairs[1]]
    return both


def _pool(cores: Sequence[Core]) -> tuple[Floats, Rows, Rows]:
    counts = np.array([len(core.pieces) for core in cores], dtype=np.int64)
    pool = np.concatenate([core.pieces for core in cores]) if cores else np.empty((0, 2, 3))
    return pool, np.cumsum(counts) - counts, counts


def _closest(p: Floats, q: Floats) -> tuple[Floats, Floats]:
    """Return the closest points (n, 3) of segments `p` and `q` (n, 2, 3).

    Source: Ericson, Real-Time Collision Detection, 5.1.9. Where segments are so nearly parallel that the first
    parameter is noise, every choice of it leaves the distance within a millimetre.
    """
    along_p, along_q, between = p[:, 1] - p[:, 0], q[:, 1] - q[:, 0], p[:, 0] - q[:, 0]
    a, e, b = _dot(along_p, along_p), _dot(along_q, along_q), _dot(along_p, along_q)
    c, f = _dot(along_p, between), _dot(along_q, between)
    s = np.clip(_ratio(b * f - c * e, a * e - b * b), 0.0, 1.0)
    t = np.clip(_ratio(b * s + f, e), 0.0, 1.0)
    s = np.clip(_ratio(b * t - c, a), 0.0, 1.0)
    return p[:, 0] + along_p * s[:, None], q[:, 0] + along_q * t[:, None]


def _dot(a: Floats, b: Floats) -> Floats:
    # Summed from left to right, as the compiled way does, so that both give the same numbers.
    product: Floats = a[:, 0] * b[:, 0] + a[:, 1] * b[:, 1] + a[:, 2] * b[:, 2]
    return product


def _ratio(above: Floats, below: Floats) -> Floats:
    ratio: Floats = np.divide(above, below, out=np.zeros_like(above), where=below > 0)
    return ratio
