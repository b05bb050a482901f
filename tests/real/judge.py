"""Another way to the same answer: which flights of two sides come too close, and which aircraft really did.

It shares no code with `entente.deconfliction`: distances are taken on a plane that touches the ellipsoid between the
two, pairs are found minute by minute, and nothing is indexed in space. Only the plans' values are read. `pyproj.Geod`
in turn judges the planes (`test_switzerland`).
"""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pyproj import Geod

from entente.geo.volume import Corridor
from entente.joint.plan import Plan

Floats = npt.NDArray[np.float64]
Pair = frozenset[str]
FIVE_NM, THOUSAND_FT = 9260.0, 304.8
WGS84 = Geod(ellps="WGS84")
_A, _E2 = 6378137.0, 0.00669437999014


@dataclass(frozen=True, slots=True)
class Legs:
    """Every corridor of a side, a row each: its ends (lat, lon, lat, lon) [deg], width and FL [m], times [s]."""

    ends: Floats
    width: Floats
    low: Floats
    high: Floats
    start: Floats
    end: Floats
    plan: list[str]

    def some(self, rows: npt.NDArray[Any]) -> Legs:
        """Return some rows."""
        return Legs(
            self.ends[rows], self.width[rows], self.low[rows], self.high[rows], self.start[rows], self.end[rows],
            [self.plan[row] for row in rows],
        )  # fmt: skip


def legs(plans: Iterable[Plan]) -> Legs:
    """Return the corridors of plans."""
    rows, names = [], []
    for plan in plans:
        for volume in plan.volumes:
            assert isinstance(volume.shape, Corridor)
            a, b = volume.shape.path[0], volume.shape.path[-1]
            when = volume.interval.start.timestamp(), volume.interval.end.timestamp()
            band = volume.band.lower.metres, volume.band.upper.metres
            rows.append((a.lat, a.lon, b.lat, b.lon, volume.shape.half_width_m, *band, *when))
            names.append(plan.id)
    table = np.array(rows)
    return Legs(table[:, :4], *(table[:, column] for column in range(4, 9)), names)


def closest(ours: Legs, theirs: Legs, vertical_m: float = THOUSAND_FT) -> dict[Pair, float]:
    """Return, for each pair of flights that are ever too close in time and altitude, the least gap [m] of corridors."""
    least: dict[Pair, float] = {}
    for mine, others in _minutes(ours, theirs):
        together = (mine.start[:, None] < others.end) & (others.start < mine.end[:, None])
        apart = np.maximum(mine.low[:, None] - others.high, others.low - mine.high[:, None])
        # A gap of the required height is enough; a tenth of a millimetre is the rounding of 100 ft in metres.
        i, j = np.nonzero(together & (apart < vertical_m - 1e-4))
        gaps = gaps_between(mine.ends[i], others.ends[j]) - mine.width[i] - others.width[j]
        for one, other, gap in zip(i, j, gaps, strict=True):
            pair = frozenset((mine.plan[one], others.plan[other]))
            least[pair] = min(least.get(pair, np.inf), float(gap))
    return least


def _minutes(ours: Legs, theirs: Legs) -> Iterator[tuple[Legs, Legs]]:
    """What both sides fly in each minute. A leg that lasts into the next minute comes in both, which does no harm."""
    first, last = min(ours.start.min(), theirs.start.min()), max(ours.end.max(), theirs.end.max())
    for begin in np.arange(first, last, 60.0):
        rows = [np.nonzero((side.start < begin + 60.0) & (side.end > begin))[0] for side in (ours, theirs)]
        if all(len(found) for found in rows):
            yield ours.some(rows[0]), theirs.some(rows[1])


def gaps_between(p: Floats, q: Floats) -> Floats:
    """Return the distance [m] between legs (n, 4), each on a plane that touches the ellipsoid midway between them."""
    middle = (p[:, :2] + p[:, 2:] + q[:, :2] + q[:, 2:]) / 4
    a, b, c, d = (_on_plane(ends[:, at : at + 2], middle) for ends in (p, q) for at in (0, 2))
    apart = np.minimum.reduce([_to_leg(a, c, d), _to_leg(b, c, d), _to_leg(c, a, b), _to_leg(d, a, b)])
    crossing = (_turn(a, b, c) * _turn(a, b, d) < 0) & (_turn(c, d, a) * _turn(c, d, b) < 0)
    return np.where(crossing, 0.0, apart)


def _on_plane(points: Floats, middle: Floats) -> Floats:
    """Return points (n, 2) [deg] as metres east and north of `middle`, with the bend that parallels have there."""
    lat, east_of = np.radians(points[:, 0]), np.radians(points[:, 1] - middle[:, 1])
    lat0 = np.radians(middle[:, 0])
    across = _A / np.sqrt(1 - _E2 * np.sin(lat0) ** 2)
    along = across * (1 - _E2) / (1 - _E2 * np.sin(lat0) ** 2)
    east = east_of * np.cos(lat) * across
    return np.stack([east, (lat - lat0) * along + east * east_of * np.sin(lat0) / 2], axis=1)


def _to_leg(point: Floats, a: Floats, b: Floats) -> Floats:
    along = b - a
    square = np.maximum((along**2).sum(axis=1), 1e-9)
    part = np.clip(((point - a) * along).sum(axis=1) / square, 0.0, 1.0)
    distance: Floats = np.hypot(*(point - a - along * part[:, None]).T)
    return distance


def _turn(a: Floats, b: Floats, c: Floats) -> Floats:
    turn: Floats = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    return turn


# -- what really flew --------------------------------------------------------------------------------------------------


def flown(path: Path, plans: Sequence[Plan]) -> dict[str, Floats]:
    """Return each flight's samples as recorded, by plan: rows of time [s], latitude, longitude [deg], altitude [m].

    The file is read anew; of the plan, only its aircraft and its first and last moment say which rows are the flight's.
    """
    rows: dict[str, list[tuple[float, float, float, float]]] = defaultdict(list)
    with gzip.open(path, "rt") as file:
        for row in csv.DictReader(file):
            if row["latitude"] and row["altitude"]:
                time = datetime.fromisoformat(row["timestamp"]).timestamp()
                place = float(row["latitude"]), float(row["longitude"]), float(row["altitude"]) * 0.3048
                rows[row["icao24"].lower()].append((time, *place))
    samples = {aircraft: np.array(found) for aircraft, found in rows.items()}
    found = {}
    for plan in plans:
        whole = samples[plan.id.split("/")[1]]
        first, last = plan.volumes[0].interval.start.timestamp(), plan.volumes[-1].interval.end.timestamp()
        found[plan.id] = whole[(whole[:, 0] >= first) & (whole[:, 0] < last)]
    return found


def really_close(flights: dict[str, Floats]) -> set[Pair]:
    """Return the pairs that were, at one whole second, less than 5 NM and less than 1,000 ft apart.

    Between samples an aircraft is taken to have flown straight and evenly, through silences too, as plans have it.
    """
    tracks = {name: _each_second(rows) for name, rows in flights.items()}
    names = sorted(tracks, key=lambda name: float(tracks[name][0, 0]))
    found: set[Pair] = set()
    open_: list[str] = []
    for name in names:
        open_ = [other for other in open_ if tracks[other][-1, 0] >= tracks[name][0, 0]]
        for other in open_:
            if _close(tracks[name], tracks[other]):
                found.add(frozenset((name, other)))
        open_.append(name)
    return found


def _each_second(rows: Floats) -> Floats:
    seconds = np.arange(np.ceil(rows[0, 0]), np.floor(rows[-1, 0]) + 1)
    return np.stack([seconds, *(np.interp(seconds, rows[:, 0], rows[:, column]) for column in (1, 2, 3))], axis=1)


def _close(one: Floats, other: Floats) -> bool:
    begin, end = max(one[0, 0], other[0, 0]), min(one[-1, 0], other[-1, 0])
    a, b = (track[int(begin - track[0, 0]) : int(end - track[0, 0]) + 1] for track in (one, other))
    level = np.abs(a[:, 3] - b[:, 3]) < THOUSAND_FT - 1e-4
    near = level & (np.abs(a[:, 1] - b[:, 1]) < 0.09)  # degrees; 5 NM are 0.083
    a, b = a[near], b[near]
    return bool(len(a)) and bool((WGS84.inv(a[:, 2], a[:, 1], b[:, 2], b[:, 1])[2] < FIVE_NM).any())
