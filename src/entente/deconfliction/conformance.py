"""A track against its own operation, and against what it must keep away from.

- `conformance` holds a track, where and when it was seen, against the volumes of its own plan: does one that is in
  force hold it; if not, by how much does it lie outside, and is it early or late for one that does?
- `entries` follows a track along its course: which protected sites and designated areas does it come too close to,
  now or within the look-ahead, and when?

Both say only what is sure of one thing and safe of the other. A departure is told when the track is surely outside: all
that is not known exactly is in its favour. An entry is told unless it is surely none: there the doubt is added to what
is required, as in a screening.

>>> from entente.geo import altitude, interval, position, volume
>>> from entente.joint.plan import Crew, Kind
>>> here = position.parse("47.4500 8.5500")
>>> plan = Plan(id="operation/north/1@1", title="Survey", kind=Kind.GENERAL, crew=Crew.UNCREWED, volumes=(volume.Volume(
...     shape=volume.Circle(centre=here, radius_m=1000.0), band=altitude.parse_band("GND-3000 ft AMSL"),
...     interval=interval.Interval.parse("2026-11-22T10:00:00Z/2026-11-22T11:00:00Z")),))
>>> seen = Track(id="n1", crew=Crew.UNCREWED, position=here, altitude=altitude.parse("3500 ft AMSL"), speed_mps=20.0,
...     course_deg=90.0, climb_mps=0.0, time=interval.parse_time("2026-11-22T11:04:00Z"))
>>> print(conformance(seen, plan, Standard(name="example", pairs={})).sentence)
n1 is outside operation/north/1@1: 500 ft above volume 1, and 4 min late for it
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from math import ceil, inf

import numpy as np

from entente.deconfliction.airspace import Airspace, plan_rows
from entente.deconfliction.core import SLACK_M, Core, Floats, Rows, core_of
from entente.deconfliction.index import Index, Row
from entente.deconfliction.layer import Layer
from entente.deconfliction.nearness import bends, gaps
from entente.deconfliction.screening import _areas, _sites
from entente.deconfliction.tracks import REFERENCES, Track
from entente.deconfliction.vertical import TOUCH_M, Bounds, compare, margins, sure_gaps
from entente.errors import Refused
from entente.geo.altitude import FOOT_M
from entente.geo.geodesy import wgs84_ellipsoid
from entente.geo.interval import utc
from entente.geo.position import Position, number
from entente.geo.volume import Circle, Corridor
from entente.joint.plan import Plan
from entente.joint.screening import Against
from entente.joint.standard import Standard

LONGEST_LOOK_AHEAD_S = 3_600.0
"""[s] As for `approach`."""
_POINT_M = 0.001
"""[m] The radius of a track's place: shapes have a size."""
_STEPS = 2_000
"""A track's way is walked in steps of no less than this part of it; what lies nearer than a step is reached."""
_NAUTICAL_MILE_M = 1_852.0


# ------------------------------------------------------------------------------------- a track and its own operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """How far a track lies outside one volume of its plan, the `volume`-th from 1; 0 wherever it is not surely outside.

    `horizontal_m` [m] along the ground; `above_m` [m], negative below, None where the altitudes cannot be told apart;
    `late_s` [s], negative early. `doubt_m` [m] was allowed for horizontally.
    """

    volume: int
    horizontal_m: float
    above_m: float | None
    late_s: float
    doubt_m: float

    @property
    def nowhere(self) -> bool:
        """Whether the volume holds the track, as far as can be told."""
        return self.horizontal_m == 0 and not self.above_m and self.late_s == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Conformance:
    """A track held against its own plan at the time `at` that it was seen.

    `nearest` is the volume that holds it, or the one nearest to doing so: in time first, then along the ground, then
    in height. `in_space` is the volume nearest in time among those that hold its place and height, None when none does.
    """

    track: str
    plan: str
    at: datetime
    nearest: Outside
    in_space: Outside | None

    @property
    def conforms(self) -> bool:
        """Whether a volume in force holds the track, as far as can be told."""
        return self.nearest.nowhere

    @property
    def sentence(self) -> str:
        """What an officer is told."""
        if self.conforms:
            return f"{self.track} is within volume {self.nearest.volume} of {self.plan}"
        parts = [f"{_ground(self.nearest.horizontal_m)} from"] if self.nearest.horizontal_m else []
        if self.nearest.above_m:
            parts.append(_height(self.nearest.above_m))
        where = f"{' and '.join(parts)} volume {self.nearest.volume}"
        said = f"{self.track} is outside {self.plan}:"
        if not parts:
            return f"{said} {_clock(self.nearest.late_s)} for volume {self.nearest.volume}"
        if self.nearest.late_s:
            where += f", and {_clock(self.nearest.late_s)} for it"
        if self.in_space is not None:
            where += f"; {_clock(self.in_space.late_s)} for volume {self.in_space.volume}, which holds it"
        return f"{said} {where}"


def conformance(track: Track, plan: Plan, standard: Standard) -> Conformance:
    """Hold a track, as it was seen at `track.time`, against the volumes of its own plan.

    It conforms when a volume in force then (half-open) holds it: along the ground but for `track.doubt_m` and what
    geometry adds, in height but for the margins of `standard` between references (ADR-0004); an altitude that was
    not told is within every band.

    Raises:
        Malformed: `plan.empty`, when the plan has no volume.
    """
    held, own = Index(compiled=False), Index(compiled=False)
    held.put(plan.id, plan_rows(plan))
    own.put(track.id, [_point(track.position, _bounds(track, 0.0), track.doubt_m)])
    rows = np.array(held.rows_of(plan.id), dtype=np.int64)
    gap, doubt = held.measure(own, np.zeros(len(rows), dtype=np.int64), rows)
    table = margins(standard)
    at_ms = round(track.time.timestamp() * 1000)
    found = []
    for nth, row in enumerate(rows.tolist()):
        start, end = held.times[row].tolist()
        found.append(
            Outside(
                volume=nth + 1,
                horizontal_m=float(gap[nth]) if gap[nth] > doubt[nth] else 0.0,
                above_m=_above(own.bounds[0], held.bounds[row], table),
                # The end itself is no longer within: who comes then is late by the least that is told.
                late_s=(at_ms - start) / 1000 if at_ms < start else max(at_ms - end + 1, 0) / 1000,
                doubt_m=float(doubt[nth]),
            )
        )
    there = [one for one in found if one.horizontal_m == 0 and not one.above_m]
    nearest = min(found, key=lambda one: (abs(one.late_s), one.horizontal_m, abs(one.above_m or 0.0)))
    in_space = min(there, key=lambda one: abs(one.late_s), default=None)
    return Conformance(
        track=track.id,
        plan=plan.id,
        at=track.time,
        nearest=nearest,
        in_space=None if in_space is nearest else in_space,
    )


def _above(own: Floats, other: Floats, table: Floats) -> float | None:
    """Return by how much a height surely lies above a band, negative below; 0 where it may be within, None untold."""
    if sure_gaps(own[None, :], other[None, :], table)[0] > TOUCH_M:
        return float(own[0] - other[2]) if own[0] > other[2] else float(own[2] - other[0])
    return None if compare(_four(own), _four(other), table).gap_m is None else 0.0


# --------------------------------------------------------------------------------------------- what lies on its way


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A protected site or area that a track comes too close to, `enter_s` [s] from now; 0 is now.

    There and then, `horizontal_m` and `vertical_m` [m] are the gaps (None: altitudes that cannot be told apart) and
    `place` where the track is. `doubt_m` was added to `required_horizontal_m`. `marks` are those of a finding.
    """

    track: str
    against: Against
    other: str
    title: str
    enter_s: float
    place: Position
    horizontal_m: float
    vertical_m: float | None
    required_horizontal_m: float
    required_vertical_m: float
    doubt_m: float
    marks: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """What an officer is told."""
        when = "is" if self.enter_s == 0 else f"in {_duration(self.enter_s)} will be"
        if self.horizontal_m == 0:
            return f"{self.track} {when} over or inside {self.title}"
        least = f"{_ground(self.required_horizontal_m)} are kept"
        return f"{self.track} {when} {_ground(self.horizontal_m)} from {self.title}, from which {least}"


def entries(
    track: Track,
    airspace: Airspace,
    standard: Standard,
    *,
    now: datetime,
    look_ahead_s: float,
    stale_after_s: float = 60.0,
    party: str | None = None,
) -> tuple[Entry, ...]:
    """Find the sites and areas that `track` comes closer to than `standard` allows, from `now` to `look_ahead_s` later.

    The track flies on as `approach` has it. Each site or area is told once, with the first moment at which horizontal
    gap, vertical gap and time are all below what is required; ordered by that moment, then by id. Areas that exempt
    `party` are left out. Sites without a position are not on any way: only a screening tells of them.

    Raises:
        Malformed: `approach.look_ahead`, `approach.stale`, `geo.number`.
        Refused: `track.stale`, when the track was last seen more than `stale_after_s` before or after `now`.
    """
    number(look_ahead_s, "look-ahead [s]", 0.001, LONGEST_LOOK_AHEAD_S, "approach.look_ahead")
    number(stale_after_s, "age of a track [s]", 0.0, LONGEST_LOOK_AHEAD_S, "approach.stale")
    age = (utc(now, "now") - track.time).total_seconds()
    if abs(age) > stale_after_s:
        raise Refused(
            "track.stale",
            f"{track.id} was seen {_duration(abs(age))} {'ago' if age > 0 else 'ahead'}; wait for a newer fix",
            where=track.id,
        )
    exempt = {area.id for area in airspace.areas.values() if party is not None and party in area.exempt}
    found: list[Entry] = []
    for layer in (_sites(airspace, standard, now), _areas(airspace, standard, exempt)):
        found += _entered(track, layer, now, age, look_ahead_s)
    return tuple(sorted(found, key=lambda entry: (entry.enter_s, entry.other, entry.against)))


def _entered(track: Track, layer: Layer, now: datetime, age: float, look_ahead_s: float) -> Iterator[Entry]:
    """Yield the first entry of each owner: each row that may be near is approached, never by more than is surely free.

    Gap, height and time all change by no more than the track moves. So the longest of the three waits, each the least
    time in which what is missing could be made good, leads past no entry. Where it is shorter than a step, the track is
    there: that step is added to the doubt.
    """
    own = Index(compiled=False)
    own.put(track.id, [_way(track, now, age, look_ahead_s)])
    near = [j for _, j in layer.rows.near(own, layer.needs)]
    rows = np.unique(np.concatenate(near)) if near else np.zeros(0, dtype=np.int64)
    rows = np.array([row for row in rows.tolist() if layer.rows.owner_of[row] not in layer.left_out], dtype=np.int64)
    step_s = look_ahead_s / _STEPS
    best: dict[str, Entry] = {}
    at_s = np.zeros(len(rows))
    while len(rows):
        bounds = np.array([_bounds(track, age + t) for t in at_s])
        points = [core_of(Circle(centre=_place(track, age + t), radius_m=_POINT_M)) for t in at_s]
        gap, doubt = _measured(points, layer.rows, rows)
        doubt += track.doubt_m + track.speed_mps * step_s
        wait = _wait(track, layer, rows, _milliseconds(now, at_s), gap - doubt, bounds)
        there = wait <= step_s
        for k in np.flatnonzero(there):
            entry = _entry(track, layer, int(rows[k]), float(at_s[k]), float(gap[k]), float(doubt[k]), age)
            if entry.other not in best or entry.enter_s < best[entry.other].enter_s:
                best[entry.other] = entry
        kept = ~there & (at_s + wait <= look_ahead_s)
        rows, at_s = rows[kept], (at_s + wait)[kept]
    yield from best.values()


def _wait(track: Track, layer: Layer, rows: Rows, at_ms: Floats, free_m: Floats, bounds: Floats) -> Floats:
    """Return (n,) [s]: how long the track is surely not too close to each row; 0 where it is."""
    needs, group, times = layer.needs, layer.rows.groups[rows], layer.rows.times[rows]
    apart = np.maximum(free_m - np.maximum(needs.horizontal_m[group], SLACK_M), 0.0)
    required = np.maximum(needs.vertical_m[group] - TOUCH_M, TOUCH_M)
    above = np.maximum(sure_gaps(bounds, layer.rows.bounds[rows], needs.margins) - required, 0.0)
    early = np.maximum(times[:, 0] - needs.time_ms[group] - at_ms, 0) / 1000
    over = np.where(at_ms >= times[:, 1] + needs.time_ms[group], inf, 0.0)
    waits = [_taking(apart, track.speed_mps), _taking(above, abs(track.climb_mps)), early, over]
    longest: Floats = np.max(waits, axis=0)
    return longest


def _taking(metres: Floats, speed_mps: float) -> Floats:
    taking: Floats = metres / speed_mps if speed_mps else np.where(metres > 0, inf, 0.0)
    return taking


def _measured(points: list[Core], held: Index, rows: Rows) -> tuple[Floats, Floats]:
    each = np.arange(len(rows))
    cores = [held.core(row) for row in rows.tolist()]
    gap = gaps(points, cores, (each, each))
    return gap, bends(points, cores, (each, each), gap) + SLACK_M + held.doubts[rows]


def _entry(track: Track, layer: Layer, row: int, at_s: float, gap_m: float, doubt_m: float, age: float) -> Entry:
    owner, group = layer.rows.owner_of[row], layer.rows.groups[row]
    altitude = compare(_bounds(track, age + at_s), _four(layer.rows.bounds[row]), layer.needs.margins)
    return Entry(
        track=track.id,
        against=layer.against,
        other=owner,
        title=layer.title(owner),
        enter_s=at_s,
        place=_place(track, age + at_s),
        horizontal_m=gap_m,
        vertical_m=altitude.gap_m,
        required_horizontal_m=float(layer.needs.horizontal_m[group]),
        required_vertical_m=float(layer.needs.vertical_m[group]),
        doubt_m=doubt_m,
        marks=tuple(sorted({*altitude.marks, *layer.marks(owner)})),
    )


# ------------------------------------------------------------------------------------------------ a track as a row


def _way(track: Track, now: datetime, age: float, look_ahead_s: float) -> Row:
    """Return all that a track may pass within the look-ahead."""
    parts = 1 + ceil(track.speed_mps * look_ahead_s / 1_000_000)  # No leg is longer than a corridor's may be.
    path = tuple(_place(track, age + look_ahead_s * k / parts) for k in range(parts + 1))
    first, last = _bounds(track, age), _bounds(track, age + look_ahead_s)
    start, end = (int(_milliseconds(now, np.array(t))) for t in (0.0, look_ahead_s))
    return Row(
        core=core_of(Corridor(path=path, half_width_m=_POINT_M)),
        bounds=(min(first[0], last[0]), first[1], max(first[2], last[2]), first[3]),
        start_ms=start,
        end_ms=end + 1,
        group=0,
        doubt_m=track.doubt_m + track.speed_mps * look_ahead_s / _STEPS,
    )


def _point(position: Position, bounds: Bounds, doubt_m: float) -> Row:
    core = core_of(Circle(centre=position, radius_m=_POINT_M))
    return Row(core=core, bounds=bounds, start_ms=0, end_ms=1, group=0, doubt_m=doubt_m)


def _bounds(track: Track, since_s: float) -> Bounds:
    """Return the height of a track `since_s` [s] after it was seen, as a band; without one, all heights."""
    if track.altitude is None:
        return -inf, 0, inf, 0
    height, code = track.altitude.metres + track.climb_mps * since_s, REFERENCES.index(track.altitude.reference)
    return height, code, height, code


def _place(track: Track, since_s: float) -> Position:
    lon, lat, _ = wgs84_ellipsoid().fwd(
        track.position.lon, track.position.lat, track.course_deg, track.speed_mps * since_s
    )
    return Position(lat=lat, lon=lon)


def _four(row: Floats) -> Bounds:
    lower, lower_code, upper, upper_code = (float(bound) for bound in row)
    return lower, int(lower_code), upper, int(upper_code)


def _milliseconds(now: datetime, ahead_s: Floats) -> Floats:
    """Return moments [ms since 1970-01-01T00:00Z] that lie `ahead_s` [s] after `now`."""
    moments: Floats = now.timestamp() * 1000 + ahead_s * 1000
    return moments


# -------------------------------------------------------------------------------------------------------- in words


def _ground(metres: float) -> str:
    return f"{metres / _NAUTICAL_MILE_M:.1f} NM" if metres >= _NAUTICAL_MILE_M / 2 else f"{metres:.0f} m"


def _height(metres: float) -> str:
    return f"{abs(metres) / FOOT_M:,.0f} ft {'above' if metres > 0 else 'below'}"


def _clock(late_s: float) -> str:
    return f"{_duration(abs(late_s))} {'late' if late_s > 0 else 'early'}"


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
