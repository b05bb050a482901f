"""Where districts lie, as far as their placed sites show: what is known and not placed may be anywhere in its district.

No boundaries are held: they are disputed, and few desks have them. A district is taken for a disc around its placed
sites, twice as wide as they lie apart and `BEYOND_M` more; where fewer than `LEAST_PLACED` tell, its country is, by the
same rule; and where that has no name or as few, it may be anywhere. So a plan hears of every unplaced site whose
district it may come into, and of few others. Of 8,971 placed facilities of a real list, each left out in turn, none
lies outside the disc that the others of its district make; with half its width, three do.

Known hole: where all placed sites of a district are wrong in the same way, their disc is, too.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import assert_never

import numpy as np

from entente.geo.geodesy import Vector, direction
from entente.geo.position import Position
from entente.geo.volume import Circle, Corridor, Polygon, Shape
from entente.joint.plan import Plan
from entente.joint.protected_sites import Site

LEAST_PLACED = 8
"""Fewer placed sites say where they are, and not where their district ends."""
BEYOND_M = 50_000.0
"""[m] A district reaches beyond the last place that anybody placed in it."""
SHORT_M = 10_000.0
"""[m] Half a leg so long is looked at no closer."""
_LEAST_M, _MOST_M = 6_330_000.0, 6_400_000.0
"""[m] Between these lies the ellipsoid's radius of curvature, wherever and in whichever direction."""
_SLACK_M = 10.0
"""[m] More than the angle between two directions can be wrong by when a scalar product tells it."""


def district_of(site: Site) -> str:
    """Return the name under which a site's district stands in findings: country and district as its list has them."""
    return f"{site.country}/{site.district}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """A disc that a district lies in: `middle` as a unit vector, `radius_m` [m]."""

    middle: Vector
    radius_m: float

    def near(self, middle: Vector, reach_m: float) -> bool:
        """Whether a disc of `reach_m` [m] around `middle` may touch this one."""
        return _angle(middle, self.middle) * _LEAST_M <= self.radius_m + reach_m


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A disc that holds one volume, or one leg of a route, whose ends are then known; `reach_m` [m]."""

    middle: Vector
    reach_m: float
    leg: tuple[Vector, Vector] | None = None
    beside_m: float = 0.0

    def may_meet(self, district: Extent, need_m: float) -> bool:
        if not district.near(self.middle, self.reach_m + need_m):
            return False
        return self.leg is None or _leg_may_meet(*self.leg, self.beside_m + need_m, district)


class Ways:
    """A plan as districts are held against it: looked at once, then asked of hundreds of districts at a time."""

    def __init__(self, plan: Plan) -> None:
        parts = [part for volume in plan.volumes for part in parts_of(volume.shape)]
        self._anywhere = None in parts
        self._parts = [part for part in parts if part is not None]
        self._middles = np.array([part.middle for part in self._parts]).reshape(-1, 3)
        self._reaches = np.array([part.reach_m for part in self._parts])

    def may_meet(self, districts: Sequence[Extent], need_m: float) -> list[bool]:
        """Return, for each district, whether the plan may come as close as `need_m` [m] to it, or over it."""
        if self._anywhere or not districts:
            return [True] * len(districts)
        middles, radii = np.array([d.middle for d in districts]), np.array([d.radius_m for d in districts])
        # One product of matrices leaves few pairs. It may be wrong by decimetres, hence the slack; those are looked at.
        chords = np.sqrt(np.maximum(2.0 - 2.0 * (middles @ self._middles.T), 0.0))
        away = 2 * np.arcsin(np.minimum(chords / 2, 1.0)) * _LEAST_M
        close = away <= radii[:, None] + self._reaches + (need_m + _SLACK_M)
        met = [False] * len(districts)
        for i, j in np.argwhere(close).tolist():
            met[i] = met[i] or self._parts[j].may_meet(districts[i], need_m)
        return met


def parts_of(shape: Shape) -> Iterator[Part | None]:
    """Yield the discs that hold a shape; None for one that may be anywhere."""
    if isinstance(shape, Corridor):
        # One disc around a long way would hold half the region: its legs are looked at one by one.
        way = [direction(position) for position in shape.path]
        for leg in list(pairwise(way)) or [(way[0], way[0])]:
            yield _part(leg, shape.half_width_m, leg)
    else:
        yield _part([direction(position) for position in _positions(shape)], _width(shape), None)


def _part(points: Sequence[Vector], width_m: float, leg: tuple[Vector, Vector] | None) -> Part | None:
    around = _around(points)
    if around is None:
        return None
    return Part(middle=around[0], reach_m=around[1] * _MOST_M + width_m, leg=leg, beside_m=width_m)


def _leg_may_meet(a: Vector, b: Vector, beside_m: float, district: Extent) -> bool:
    """Whether a leg may: looked at by halves while it is longer than the district's disc leaves open."""
    around = _around((a, b))
    if around is None:
        return True
    middle, angle = around
    if not district.near(middle, angle * _MOST_M + beside_m):
        return False
    if angle * _MOST_M <= SHORT_M:
        return True
    return _leg_may_meet(a, middle, beside_m, district) or _leg_may_meet(middle, b, beside_m, district)


class Districts:
    """Placed sites by district; what they show is looked at when somebody asks."""

    def __init__(self) -> None:
        self._placed: dict[str, dict[str, tuple[Vector, float]]] = {}
        self._of: dict[str, list[str]] = {}
        self._known: dict[str, Extent | None] = {}

    def put(self, site: Site) -> None:
        """Take a site; one that is not placed, or whose district has no name, shows nothing."""
        corners = [direction(p) for p in (*([site.position] if site.position else ()), *_ring(site))]
        around, names = _around(corners) if corners else None, _names(site)
        if around is not None and names:
            self._of[site.id] = names
            for name in names:
                self._placed.setdefault(name, {})[site.id] = (around[0], around[1] * _MOST_M + site.uncertainty_m)
                self._known.pop(name, None)

    def drop(self, site: str) -> None:
        """Forget the site with this id."""
        for name in self._of.pop(site, ()):
            del self._placed[name][site]
            self._known.pop(name, None)

    def extent(self, site: Site) -> Extent | None:
        """Return where a site's district lies, or its country, or None where nobody can tell."""
        for name in _names(site):
            if name not in self._known:
                self._known[name] = self._look(name)
            if (known := self._known[name]) is not None:
                return known
        return None

    def _look(self, name: str) -> Extent | None:
        placed = list(self._placed.get(name, {}).values())
        around = _around(where for where, _ in placed) if len(placed) >= LEAST_PLACED else None
        if around is None:
            return None
        reach = around[1] * _MOST_M + max(own for _, own in placed)
        return Extent(middle=around[0], radius_m=2 * reach + BEYOND_M)


def _names(site: Site) -> list[str]:
    """Return the names under which a site shows where it is: its district's, then its country's."""
    return [district_of(site)] * bool(site.district) + [f"{site.country}/"] * bool(site.country)


def _ring(site: Site) -> tuple[Position, ...]:
    return site.footprint.ring if site.footprint is not None else ()


def _around(points: Iterable[Vector]) -> tuple[Vector, float] | None:
    """Return the mean of unit vectors, and the angle [radians] to the farthest; None where they cancel out."""
    listed = list(points)
    x, y, z = (math.fsum(axis) for axis in zip(*listed, strict=True))
    length = math.hypot(x, y, z)
    if length < 1e-9:
        return None
    middle = x / length, y / length, z / length
    return middle, max(_angle(middle, point) for point in listed)


def _angle(a: Vector, b: Vector) -> float:
    # By the chord: the arc cosine of a scalar product loses metres where the two are close.
    return 2 * math.asin(min(1.0, math.dist(a, b) / 2))


def _positions(shape: Shape) -> tuple[Position, ...]:
    match shape:
        case Circle():
            return (shape.centre,)
        case Corridor():
            return shape.path
        case Polygon():
            return shape.ring
        case _:
            assert_never(shape)


def _width(shape: Shape) -> float:
    match shape:
        case Circle():
            return shape.radius_m
        case Corridor():
            return shape.half_width_m
        case Polygon():
            return 0.0
        case _:
            assert_never(shape)
