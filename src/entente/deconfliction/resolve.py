"""Ways out: the smallest shifts of a plan in time, in altitude, or in both that clear it of everything held.

They are alternatives for whoever owns the plan. They rest on what this airspace holds and on nothing else, and decide
nothing.

The idea: a shift in time or altitude leaves every horizontal gap as it is. So each own volume and other volume that are
too close horizontally bar one rectangle of shifts, and the ways out are the smallest shifts outside all rectangles.
Shifts are whole minutes and whole steps of altitude; on that grid the answer is exact (ADR-0022).

Rules kept:

- A way is returned only when the shifted plan has been screened again, with no finding but those in `Ways.left`.
- No way begins before `now`. A plan that has begun is not moved earlier.
- A plan of which any volume begins at the ground is moved in time only.
- What no shift within reach avoids, and what stands always, is set aside and named in `Ways.left`: a hospital under a
  low route, unplaced sites, links to what is not held. No way brings the plan closer to it.

>>> from entente.geo import altitude, interval, position, volume
>>> from entente.joint.plan import Crew, Kind
>>> from entente.joint.standard import Minimum
>>> def flight(name, hours):
...     where = volume.Circle(centre=position.parse("47.4500 8.5500"), radius_m=1000.0)
...     when = interval.Interval.parse(hours)
...     band = altitude.parse_band("FL100-FL120")
...     there = volume.Volume(shape=where, band=band, interval=when)
...     return Plan(id=name, title=name, kind=Kind.GENERAL, crew=Crew.CREWED, volumes=(there,))
>>> airspace = Airspace()
>>> airspace.put_plan(flight("theirs", "2026-11-22T10:00:00Z/2026-11-22T11:00:00Z"))
>>> ours = flight("ours", "2026-11-22T10:40:00Z/2026-11-22T11:10:00Z")
>>> standard = Standard(name="x", pairs={(Crew.CREWED, Crew.CREWED): Minimum(horizontal_m=9260.0, vertical_m=304.8)})
>>> found = ways_out(ours, airspace, standard, now=datetime(2026, 11, 22, 9, tzinfo=UTC))
>>> [(way.later_s // 60, round(way.higher_m / 0.3048)) for way in found.ways]
[(20, 0), (0, 3000), (0, -3000), (-70, 0)]
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

import numpy as np

from entente.deconfliction.airspace import Airspace, plan_rows
from entente.deconfliction.core import Floats, Rows, Truths
from entente.deconfliction.index import FOREVER_MS, Index
from entente.deconfliction.layer import Layer
from entente.deconfliction.links import barred_shifts
from entente.deconfliction.screening import layers, screen
from entente.deconfliction.vertical import TOUCH_M
from entente.geo.altitude import FOOT_M, HIGHEST_M, LOWEST_M, Altitude, Band, Reference
from entente.geo.interval import Interval
from entente.geo.position import number
from entente.geo.volume import Volume
from entente.joint.plan import Plan
from entente.joint.screening import Against, Finding, Screening
from entente.joint.standard import Standard

MINUTE_MS = 60_000
SIZE_S, SIZE_M = 600.0, 304.8
"""Ten minutes weigh as much as 1,000 ft: a shift's size is its part of the one and of the other, added."""
_HAIR_M = 1e-8
"""[m] More than the rounding of these sums; far less than `TOUCH_M`."""

What = tuple[Against, str]
"""What bars shifts: a kind of thing, and its id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far a plan may be moved: `earlier_s`, `later_s` [s], `lower_m`, `higher_m` [m].

    Altitudes stay between `lowest_m` and `highest_m` [m] as their numbers are written, and above the ground where they
    are above ground. No terrain is looked at: whoever flies low says how low.

    Raises:
        Malformed: `resolve.reach`; `geo.number` for what is no number.
    """

    earlier_s: int = 12 * 3600
    later_s: int = 12 * 3600
    lower_m: float = 20_000 * FOOT_M
    higher_m: float = 20_000 * FOOT_M
    lowest_m: float = 0.0
    highest_m: float = 60_000 * FOOT_M

    def __post_init__(self) -> None:
        # The grid stays below twelve million shifts.
        for what, greatest in (("earlier_s", 48 * 3600), ("later_s", 48 * 3600), ("lower_m", 1e4), ("higher_m", 1e4)):
            number(getattr(self, what), what, 0, greatest, "resolve.reach")
        for what in ("lowest_m", "highest_m"):
            number(getattr(self, what), what, LOWEST_M, HIGHEST_M, "resolve.reach")


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A shift: `later_s` [s], less than 0 for earlier; `higher_m` [m], less than 0 for lower; and the plan so moved."""

    later_s: int
    higher_m: float
    size: float
    plan: Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """What was found for one plan: ways by size, the smallest first; `findings` are those of the plan as it stands.

    `left` are the findings that every way keeps, since no shift within reach avoids them. `fixed` says that the plan
    begins at the ground, so that only its time was shifted. No way, and findings that are not in `left`: nothing within
    reach is clear; `barring` are those that no shift within reach avoids even alone.
    """

    plan: str
    findings: tuple[Finding, ...]
    ways: tuple[Way, ...]
    left: tuple[Finding, ...]
    barring: tuple[Finding, ...]
    fixed: bool


def ways_out(
    plan: Plan,
    airspace: Airspace,
    standard: Standard,
    *,
    now: datetime,
    ignore: Collection[str] = (),
    party: str | None = None,
    reach: Reach = Reach(),
    most: int = 12,
    screening: Screening | None = None,
) -> Ways:
    """Find the smallest shifts of `plan` after which `screen` with the same arguments finds nothing.

    In each direction (earlier or later, lower or higher) those shifts are found that no smaller one within reach
    replaces: smaller or equal in time and in altitude. At most `most` of them are returned: first those in time alone
    and in altitude alone, then those in both, by size. `screening` is what `screen` said of the plan with the same
    arguments, for who has it already.

    Raises:
        Malformed: as `screen`.
    """
    again = partial(screen, airspace=airspace, standard=standard, now=now, ignore=ignore, party=party)
    found = (again(plan) if screening is None else screening).findings
    grid = _Grid.of(plan, reach, now)
    bars = list(_bars(plan, airspace, standard, now, {*ignore, plan.id}, party, grid)) if found else []
    free, left, barring = ~grid.covered(bars), [finding for finding in found if _unknowable(finding)], []
    if not free.any():
        alone = {what: one for what, one in _by_thing(bars, found).items() if grid.full(one)}
        aside = {what: one for what, one in alone.items() if one.always}
        left += [finding for finding in found if _what(finding) in aside]
        barring = [finding for finding in found if _what(finding) in alone.keys() - aside.keys()]
        free = ~grid.covered([bar.without(aside) for bar in bars]) & grid.no_closer(aside.values())
    kept = {_what(finding) for finding in left}
    ways = []
    for minutes, steps in [] if len(left) == len(found) else _chosen(_smallest(free, grid), grid, most):
        way = _way(plan, minutes, steps * grid.step_m)
        # The screening has the last word.
        if {_what(finding) for finding in again(way.plan).findings} <= kept:
            ways.append(way)
    return Ways(
        plan=plan.id, findings=found, ways=tuple(ways), left=tuple(left), barring=tuple(barring), fixed=grid.fixed
    )


# -- the grid ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Bars:
    """What shifts some things bar: rectangles (n, 4), first and last minute, first and last step, all included.

    `things` (n,) says whose each is: `names[thing]`. `rows`, when given, is where those things are held.
    """

    against: Against
    things: Rows
    names: Sequence[str]
    rectangles: Rows
    rows: Index | None = None

    def at(self, chosen: Truths | Rows) -> _Bars:
        return replace(self, things=self.things[chosen], rectangles=self.rectangles[chosen])

    def joined(self, other: _Bars) -> _Bars:
        things, rectangles = (self.things, other.things), (self.rectangles, other.rectangles)
        return replace(self, things=np.concatenate(things), rectangles=np.concatenate(rectangles))

    def without(self, whats: Collection[What]) -> _Bars:
        return self.at(np.array([(self.against, self.names[thing]) not in whats for thing in self.things], dtype=bool))

    @property
    def always(self) -> bool:
        """Whether they stand at all times."""
        return self.rows is not None and bool((np.abs(self.rows.times[self.things]) >= FOREVER_MS).all())

    def endless(self, upwards: bool) -> bool:
        """Whether they reach up, or down, without end."""
        return self.rows is not None and bool(np.isinf(self.rows.bounds[self.things, 2 if upwards else 0]).all())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grid:
    """The shifts looked at: from `minutes[0]` to `minutes[1]`, from `steps[0]` to `steps[1]`, all included."""

    minutes: tuple[int, int]
    steps: tuple[int, int]
    step_m: float
    fixed: bool

    @classmethod
    def of(cls, plan: Plan, reach: Reach, now: datetime) -> _Grid:
        start = min(volume.interval.start for volume in plan.volumes)
        end = max(volume.interval.end for volume in plan.volumes)
        minute = timedelta(milliseconds=MINUTE_MS)
        earliest = max(-(reach.earlier_s // 60), -((start - now) // minute))
        latest = min(reach.later_s // 60, (datetime.max.replace(tzinfo=UTC) - end) // minute)
        bands = [volume.band for volume in plan.volumes]
        fixed = any(_grounded(band) for band in bands)
        step = 100 * FOOT_M if all(map(_in_feet, bands)) else 10.0
        lowest = max((_least_step(band, step, reach) for band in bands), default=0)
        highest = min(math.floor(round((reach.highest_m - band.upper.metres) / step, 9)) for band in bands)
        steps = (
            min(0, max(lowest, -math.floor(reach.lower_m / step + _HAIR_M))),
            max(0, min(highest, math.floor(reach.higher_m / step + _HAIR_M))),
        )
        return cls(minutes=(min(0, earliest), latest), steps=(0, 0) if fixed else steps, step_m=step, fixed=fixed)

    @property
    def shape(self) -> tuple[int, int]:
        return self.minutes[1] - self.minutes[0] + 1, self.steps[1] - self.steps[0] + 1

    def covered(self, bars: Iterable[_Bars]) -> Truths:
        """Return which shifts (minutes, steps) are barred."""
        # Each rectangle adds 1 from its first corner on and takes it back past its ends; sums along both axes fill it.
        marks = np.zeros((self.shape[0] + 1, self.shape[1] + 1), dtype=np.int32)
        for bar in bars:
            first, last, bottom, top = bar.rectangles.T
            for row, column, sign in (
                (first, bottom, 1), (last + 1, bottom, -1), (first, top + 1, -1), (last + 1, top + 1, 1),
            ):  # fmt: skip
                np.add.at(marks, (row - self.minutes[0], column - self.steps[0]), sign)
        covered: Truths = marks.cumsum(axis=0, dtype=np.int32).cumsum(axis=1, dtype=np.int32)[:-1, :-1] > 0
        return covered

    def full(self, bars: _Bars) -> bool:
        """Whether these bar every shift."""
        first, last, bottom, top = bars.rectangles.T
        at_start, at_end = first == self.minutes[0], last == self.minutes[1]
        at_bottom, at_top = bottom == self.steps[0], top == self.steps[1]
        # Most bars leave a corner free, which is told at once.
        corners = all((when & where).any() for when in (at_start, at_end) for where in (at_bottom, at_top))
        return corners and bool(self.covered([bars]).all())

    def no_closer(self, aside: Collection[_Bars]) -> Truths:
        """Return which shifts bring a plan no closer to what stands always: up from what is below, down from above."""
        steps = np.arange(self.steps[0], self.steps[1] + 1)
        fine = (steps <= 0) | all(bars.endless(upwards=False) for bars in aside)
        fine &= (steps >= 0) | all(bars.endless(upwards=True) for bars in aside)
        return np.broadcast_to(fine, self.shape)

    def rectangles(self, times: tuple[Rows, Rows], heights: tuple[Floats, Floats]) -> Rows:
        """Return (n, 4) of the shifts between two times [ms] and two heights [m], all four excluded, cut to the grid.

        Where nothing on the grid lies between, the last comes before the first.
        """
        below, above = (np.clip(end / self.step_m, self.steps[0] - 1, self.steps[1] + 1) for end in heights)
        ends = [times[0] // MINUTE_MS + 1, -(-times[1] // MINUTE_MS) - 1, np.floor(below) + 1, np.ceil(above) - 1]
        least = np.array([self.minutes[0], self.minutes[0] - 1, self.steps[0], self.steps[0] - 1])
        most = np.array([self.minutes[1] + 1, self.minutes[1], self.steps[1] + 1, self.steps[1]])
        cut: Rows = np.clip(np.stack(ends, axis=1).astype(np.int64), least, most)
        return cut


def _grounded(band: Band) -> bool:
    return band.lower.reference is Reference.AGL and band.lower.metres <= 0


def _in_feet(band: Band) -> bool:
    return all(
        end.reference is Reference.FL or round(end.metres / FOOT_M, 3).is_integer() for end in (band.lower, band.upper)
    )


def _least_step(band: Band, step: float, reach: Reach) -> int:
    """Return the lowest step at which the band still lies above the ground and above what `reach` says is lowest."""
    above_ground = [end.metres for end in (band.lower, band.upper) if end.reference is Reference.AGL]
    over = max((math.floor(-metres / step) + 1 for metres in above_ground), default=-(10**9))
    return max(over, math.ceil(round((reach.lowest_m - band.lower.metres) / step, 9)))


# -- what is barred ----------------------------------------------------------------------------------------------------


def _bars(
    plan: Plan,
    airspace: Airspace,
    standard: Standard,
    now: datetime,
    ignored: Collection[str],
    party: str | None,
    grid: _Grid,
) -> Iterator[_Bars]:
    own = Index()
    own.put(plan.id, plan_rows(plan))
    for layer in layers(plan, airspace, standard, now, ignored, party):
        yield from _bars_of(own, layer, grid)
    links = list(barred_shifts(plan, airspace, ignored))
    times = np.array([(start, end) for _, start, end in links], dtype=np.int64).reshape(-1, 2)
    heights = np.full(len(links), -np.inf), np.full(len(links), np.inf)
    yield _Bars(
        against=Against.LINK,
        things=np.arange(len(links)),
        names=[other for other, _, _ in links],
        rectangles=grid.rectangles((times[:, 0], times[:, 1]), heights),
    )


def _bars_of(own: Index, layer: Layer, grid: _Grid) -> Iterator[_Bars]:
    needs, rows = layer.needs, layer.rows
    window_ms = max(-grid.minutes[0], grid.minutes[1]) * MINUTE_MS
    height_m = max(-grid.steps[0], grid.steps[1]) * grid.step_m
    # A shift of z metres changes a vertical gap by z at most; the metre more keeps every rounding out.
    wide = replace(needs, vertical_m=needs.vertical_m + height_m + 1.0, time_ms=needs.time_ms + window_ms)
    for i, j in rows.close(own, wide):
        rectangles = grid.rectangles(_times(own, layer, i, j), _heights(own, layer, i, j))
        some = (rectangles[:, 0] <= rectangles[:, 1]) & (rectangles[:, 2] <= rectangles[:, 3])
        some &= np.array([rows.owner_of[row] not in layer.left_out for row in j], dtype=bool)
        bars = _Bars(against=layer.against, things=j, names=rows.owner_of, rectangles=rectangles, rows=rows)
        yield bars.at(some)


def _by_thing(bars: Iterable[_Bars], findings: Collection[Finding]) -> dict[What, _Bars]:
    """Return what each thing that was found bars by itself."""
    wanted = {_what(finding) for finding in findings}
    found: dict[What, _Bars] = {}
    for one in bars:
        places = defaultdict(list)
        for place, thing in enumerate(one.things):
            if (one.against, one.names[thing]) in wanted:
                places[one.names[thing]].append(place)
        # An index may give what is near in several parts; one thing's parts belong together.
        for name, at in places.items():
            part, before = one.at(np.array(at)), found.get((one.against, name))
            found[one.against, name] = part if before is None else before.joined(part)
    return found


def _times(own: Index, layer: Layer, i: Rows, j: Rows) -> tuple[Rows, Rows]:
    """Return between which shifts [ms] rows are too close in time."""
    wait = layer.needs.time_ms[layer.rows.groups[j]]
    start, end = layer.rows.times[j].T
    return start - wait - own.times[i, 1], end + wait - own.times[i, 0]


def _heights(own: Index, layer: Layer, i: Rows, j: Rows) -> tuple[Floats, Floats]:
    """Return between which shifts [m] rows are too close in altitude: the inverse of `vertical.apart`."""
    mine, theirs, table = own.bounds[i], layer.rows.bounds[j], layer.needs.margins
    need = np.maximum(layer.needs.vertical_m[layer.rows.groups[j]] - TOUCH_M, TOUCH_M) + _HAIR_M
    above = theirs[:, 0] - mine[:, 2] - table[theirs[:, 1].astype(int), mine[:, 3].astype(int)]
    below = mine[:, 0] - theirs[:, 2] - table[mine[:, 1].astype(int), theirs[:, 3].astype(int)]
    return above - need, need - below


def _unknowable(finding: Finding) -> bool:
    return finding.against is Against.UNPLACED or "link.unknown" in finding.marks


def _what(finding: Finding) -> What:
    return finding.against, finding.other


# -- what is left ------------------------------------------------------------------------------------------------------


def _smallest(free: Truths, grid: _Grid) -> set[tuple[int, int]]:
    """Return, for each of the four directions, the free shifts that none smaller in both minutes and steps replaces."""
    smallest = set()
    for later in (1, -1):
        for higher in (1, -1):
            part = free[-grid.minutes[0] :: later, -grid.steps[0] :: higher]
            first = np.where(part.any(axis=1), part.argmax(axis=1), part.shape[1])
            before = np.concatenate([[part.shape[1]], np.minimum.accumulate(first)[:-1]])
            smallest |= {(later * int(at), higher * int(first[at])) for at in np.flatnonzero(first < before)}
    return smallest


def _chosen(shifts: Collection[tuple[int, int]], grid: _Grid, most: int) -> list[tuple[int, int]]:
    def by_size(shift: tuple[int, int]) -> tuple[float, int, int, int]:
        return round(_size(shift[0] * 60, shift[1] * grid.step_m), 9), abs(shift[0]), -shift[0], -shift[1]

    ordered = sorted(shifts, key=lambda shift: (all(shift), *by_size(shift)))
    return sorted(ordered[:most], key=by_size)


def _size(later_s: float, higher_m: float) -> float:
    return abs(later_s) / SIZE_S + abs(higher_m) / SIZE_M


def _way(plan: Plan, minutes: int, higher_m: float) -> Way:
    return Way(
        later_s=minutes * 60,
        higher_m=higher_m,
        size=_size(minutes * 60, higher_m),
        plan=replace(plan, volumes=tuple(_moved(volume, minutes, higher_m) for volume in plan.volumes)),
    )


def _moved(volume: Volume, minutes: int, higher_m: float) -> Volume:
    later = timedelta(minutes=minutes)
    interval = Interval(start=volume.interval.start + later, end=volume.interval.end + later)
    if not higher_m:
        return replace(volume, interval=interval)
    lower, upper = (_raised(end, higher_m) for end in (volume.band.lower, volume.band.upper))
    return replace(volume, interval=interval, band=Band(lower=lower, upper=upper))


def _raised(altitude: Altitude, higher_m: float) -> Altitude:
    # Rounding undoes what adding in binary leaves (3,962.3999999999996), and is less than `_HAIR_M`.
    return replace(altitude, metres=round(altitude.metres + higher_m, 9))
