"""Seen beside others and on the ground: flags that one row alone cannot tell.

A list is judged as a whole: against outlines of countries and a gazetteer (`Ground`, which may be missing), and each
place against the others of its list. The order of rows makes no difference.

Limits, which docs/guides/desk-lists.md repeats: an outline is good to some kilometres, so `OUTLINE_M` is allowed; two
coordinates that are swapped between places less than `CELL_DEG` apart are not told from the truth; a district with
fewer than `LEAST_PLACED` placed rows is not judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from entente.geo.geodesy import SEMI_MAJOR_M, distance_m
from entente.geo.position import Position
from entente.places.flags import Flag, FlagCode
from entente.places.rows import Row
from entente.places.text import folded, name_key, similarity

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

OUTLINE_M = 10_000.0
"""[m] Allowed beyond a country's outline: Natural Earth 1:50m cuts corners of rivers by some kilometres."""
SETTLEMENT_M = 25_000.0
"""[m] Allowed from a settlement: a commune's farthest clinic is still the commune's."""
SHARED_M = 10.0
"""[m] Nearer than this, two places stand on one point."""
DUPLICATE_M, DUPLICATE_LIKE = 1000.0, 0.8
"""[m] and similarity of names from which on two rows are perhaps one place."""
CELL_DEG = 0.5
"""[degrees of latitude, and as long along the parallel] Of the cells by which a district's places are counted."""
LEAST_PLACED = 8
MOST_BESIDE = 50
"""Neighbours looked at in one cell: a hundred thousand rows on one point must not become ten thousand million pairs."""


class Ground(Protocol):
    """What is known of the ground without a network."""

    def country(self, name: str) -> str | None:
        """Return the ISO 3166 code that a country's name or code means, in any of the languages known; None if none."""

    def country_name(self, code: str) -> str:
        """Return a country's name in English."""

    def outside_m(self, code: str, lat: Floats, lon: Floats) -> Floats:
        """Return how far [m, about] points lie outside a country's outline: 0 inside, (n,) for (n,); NaN if unknown."""

    def settlements(self, code: str, name: str) -> Sequence[Position]:
        """Return where settlements of that name lie in a country; empty when the gazetteer knows none."""


def judge(rows: Sequence[Row], ground: Ground | None) -> list[tuple[Flag, ...]]:
    """Return every row's flags: those it has from reading, and those it gets beside the others and on the ground."""
    found: list[set[Flag]] = [set(row.flags) for row in rows]
    placed = [at for at, row in enumerate(rows) if row.site.position is not None]
    # Content decides what is looked at first, so that another order of rows gives the same flags.
    placed.sort(key=lambda at: _content(rows[at]))
    if placed:
        where = np.array([_lat_lon(rows[at]) for at in placed])
        for index, flag in chain(_apart(rows, placed, where, ground), _close(rows, placed, where)):
            found[placed[index]].add(flag)
    if ground is not None:
        for at, row in enumerate(rows):
            if (far := _settlement(row, ground)) is not None:
                found[at].add(far)
            if row.site.country and ground.country(row.site.country) is None:
                detail = f"It says {row.site.country[:60]!r}."
                found[at].add(Flag(code=FlagCode.COUNTRY_UNKNOWN, detail=detail, column="country"))
    return [tuple(sorted(flags)) for flags in found]


def _content(row: Row) -> tuple[Any, ...]:
    site = row.site
    return (site.position.lat, site.position.lon, site.name, row.given, row.written) if site.position else ()


def _lat_lon(row: Row) -> tuple[float, float]:
    assert row.site.position is not None
    return row.site.position.lat, row.site.position.lon


# -- too far -----------------------------------------------------------------------------------------------------------


def _apart(
    rows: Sequence[Row], placed: Sequence[int], where: Floats, ground: Ground | None
) -> Iterator[tuple[int, Flag]]:
    """Yield flags on places outside their country, far from their district, or swapped, by index of `placed`."""
    sites = [rows[at].site for at in placed]
    codes = [(ground.country(site.country) or "") if ground and site.country else "" for site in sites]
    allowed = np.array([site.uncertainty_m for site in sites]) + OUTLINE_M
    outside = _outside(ground, codes, where, allowed)
    groups, sizes = _groups(f"{folded(s.country)}/{folded(s.region)}/{folded(s.district)}" for s in sites)
    judged = sizes[groups] >= LEAST_PLACED
    count = _Counted(where, groups)
    lonely = judged & (count.near(where, groups) <= 1)  # itself is one
    turned = where[:, ::-1]
    possible = np.abs(turned[:, 0]) <= 90
    suspect = np.nonzero(((outside > 0) | lonely) & possible)[0]
    swapped = np.zeros(len(where), bool)
    if len(suspect):
        inside = _outside(ground, [codes[i] for i in suspect], turned[suspect], allowed[suspect]) <= 0
        known = np.array([bool(codes[i]) for i in suspect])
        # Two, since one of the district may be what is wrong there.
        home = count.near(turned[suspect], groups[suspect]) >= 2
        swapped[suspect] = np.where(judged[suspect], home & inside, inside & known)
    for i in np.nonzero(outside > 0)[0]:
        name = ground.country_name(codes[i]) if ground else ""
        mended = _mended(ground, codes[i], where[i])
        detail = f"It lies about {outside[i] / 1000:,.0f} km outside {name}.{mended}"
        yield int(i), Flag(code=FlagCode.OUTSIDE_COUNTRY, detail=detail, column="country")
    for i in np.nonzero(lonely)[0]:
        others = int(sizes[groups[i]]) - 1
        district = sites[i].district or sites[i].region or sites[i].country or "the list"
        detail = f"None of the {others:,} other places of {district} lies within {CELL_DEG * 111:.0f} km of it."
        yield int(i), Flag(code=FlagCode.FAR_FROM_DISTRICT, detail=detail, column="district")
    for i in np.nonzero(swapped)[0]:
        lat, lon = turned[i]
        detail = f"The other way round, {lat:g} {lon:g}, it lies where its list says."
        yield int(i), Flag(code=FlagCode.SWAPPED, detail=detail, column="lat")


def _outside(ground: Ground | None, codes: Sequence[str], where: Floats, allowed: Floats) -> Floats:
    """Return how far [m] beyond what is allowed points lie outside their countries; 0 where nobody knows."""
    found = np.zeros(len(where))
    if ground is None:
        return found
    listed = np.array(codes)
    for code in sorted(set(codes) - {""}):
        mine = np.nonzero(listed == code)[0]
        metres = ground.outside_m(code, where[mine, 0], where[mine, 1])
        found[mine] = np.where(np.nan_to_num(metres) > allowed[mine], np.nan_to_num(metres), 0.0)
    return found


def _mended(ground: Ground | None, code: str, at: Floats) -> str:
    """Return a sentence when another sign would put a place into its country."""
    for sign, words in (((1, -1), "longitude's"), ((-1, 1), "latitude's"), ((-1, -1), "both signs")):
        other = np.array([[at[0] * sign[0], at[1] * sign[1]]])
        if ground and ground.outside_m(code, other[:, 0], other[:, 1])[0] <= 0:
            return f" With {'the ' + words + ' sign' if words != 'both signs' else words} changed it lies inside."
    return ""


def _groups(keys: Iterable[str]) -> tuple[Ints, Ints]:
    """Return each row's group as a number, (n,), and how many rows each group has, (groups,)."""
    names: dict[str, int] = {}
    numbers = np.array([names.setdefault(key, len(names)) for key in keys], dtype=np.int64)
    return numbers, np.bincount(numbers, minlength=len(names)).astype(np.int64)


class _Counted:
    """How many places of each group stand in each cell of the earth."""

    def __init__(self, where: Floats, groups: Ints) -> None:
        keys = self._keys(where[:, 0], where[:, 1], groups)
        self._cells, self._numbers = np.unique(keys, return_counts=True)

    def near(self, where: Floats, groups: Ints) -> Ints:
        """Return how many of a group's places stand in the cells around points, (n,)."""
        found = np.zeros(len(where), np.int64)
        row = np.floor(where[:, 0] / CELL_DEG)
        for up in (-1, 0, 1):
            lat = (row + up + 0.5) * CELL_DEG
            for right in (-1, 0, 1):
                lon = where[:, 1] + right * self._step(lat)
                keys = self._keys(lat, lon, groups)
                at = np.minimum(np.searchsorted(self._cells, keys), len(self._cells) - 1)
                found += np.where(self._cells[at] == keys, self._numbers[at], 0)
        return found

    @staticmethod
    def _step(lat: Floats) -> Floats:
        """The width [degrees] of a cell in the row that holds `lat`."""
        middle = (np.floor(lat / CELL_DEG) + 0.5) * CELL_DEG
        return CELL_DEG / np.maximum(np.cos(np.radians(middle)), 0.01)

    def _keys(self, lat: Floats, lon: Floats, groups: Ints) -> Ints:
        row = np.floor(lat / CELL_DEG).astype(np.int64) + 400
        column = np.floor(lon / self._step(lat)).astype(np.int64) + 40_000
        return (groups * 1000 + row) * 100_000 + column


def _settlement(row: Row, ground: Ground) -> Flag | None:
    site = row.site
    if site.position is None or not site.settlement:
        return None
    code = ground.country(site.country) if site.country else None
    named = ground.settlements(code, site.settlement) if code else ()
    if not named:
        return None
    nearest = min(distance_m(site.position, position) for position in named)
    if nearest <= SETTLEMENT_M + site.uncertainty_m:
        return None
    detail = f"{site.settlement} lies {nearest / 1000:,.0f} km away, by the gazetteer."
    return Flag(code=FlagCode.FAR_FROM_SETTLEMENT, detail=detail, column="settlement")


# -- too close ---------------------------------------------------------------------------------------------------------


def _close(rows: Sequence[Row], placed: Sequence[int], where: Floats) -> Iterator[tuple[int, Flag]]:
    """Yield flags on places that share a point, and on those that are perhaps one place twice."""
    first, second, apart = pairs_within(where[:, 0], where[:, 1], DUPLICATE_M)
    shared: dict[int, list[int]] = {}
    alike: dict[int, tuple[float, str, float]] = {}
    keys = [name_key(rows[at].site.name) for at in placed]
    for i, j, metres in zip(first.tolist(), second.tolist(), apart.tolist(), strict=True):
        like = similarity(keys[i], keys[j])
        if like >= DUPLICATE_LIKE:
            for one, other in ((i, j), (j, i)):
                entry = (-like, rows[placed[other]].site.name, metres)
                alike[one] = min(alike.get(one, entry), entry)
        if metres <= SHARED_M:
            shared.setdefault(i, []).append(j)
            shared.setdefault(j, []).append(i)
    for i, (_, name, metres) in alike.items():
        detail = f"{name} is {metres:,.0f} m away."
        yield i, Flag(code=FlagCode.NEAR_DUPLICATE, detail=detail, column="name")
    for i, others in shared.items():
        names = sorted({rows[placed[j]].site.name for j in others})
        more = f" and {len(names) - 2} more" if len(names) > 2 else ""
        yield i, Flag(code=FlagCode.POINT_SHARED, detail=f"With {', '.join(names[:2])}{more}.", column="lat")


def pairs_within(lat: Floats, lon: Floats, radius_m: float) -> tuple[Ints, Ints, Floats]:
    """Return the pairs (i, j, distance [m]) of points no farther apart than a small radius, each pair once.

    Distances are chords of the sphere of WGS84's equatorial radius, half a per cent from the ellipsoid's. In cells with
    more than `MOST_BESIDE` points only so many are paired with each; points come in the order given.
    """
    phi, lam = np.radians(lat), np.radians(lon)
    xyz = SEMI_MAJOR_M * np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], axis=1)
    cell = np.floor(xyz / radius_m).astype(np.int64) + 2**20
    key = (cell[:, 0] * 2**21 + cell[:, 1]) * 2**21 + cell[:, 2]
    order = np.argsort(key, kind="stable")
    listed = key[order]
    found: list[tuple[Ints, Ints, Floats]] = []
    for x, y, z in _HALF:
        wanted = listed + (x * 2**21 + y) * 2**21 + z
        low, high = np.searchsorted(listed, wanted, "left"), np.searchsorted(listed, wanted, "right")
        if (x, y, z) == (0, 0, 0):
            low = np.arange(len(listed)) + 1
        count = np.clip(high - low, 0, MOST_BESIDE)
        one = np.repeat(np.arange(len(listed)), count)
        step = np.arange(len(one)) - np.repeat(np.cumsum(count) - count, count)
        other = np.repeat(low, count) + step
        i, j = order[one], order[other]
        apart = np.linalg.norm(xyz[i] - xyz[j], axis=1)
        near = apart <= radius_m
        found.append((i[near], j[near], apart[near]))
    first, second, distance = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return np.minimum(first, second), np.maximum(first, second), distance


_HALF = [(x, y, z) for x in (-1, 0, 1) for y in (-1, 0, 1) for z in (-1, 0, 1) if (x, y, z) >= (0, 0, 0)]
"""A cell itself, and half of the cells around it: of two neighbours one looks for the other."""
