"""Which aircraft come too close within the look-ahead, if each flies on as it was seen.

The closest point of approach of every pair, on the WGS84 ellipsoid. Rules kept:

- A track flies along the geodesic of its course, at its ground speed measured on the ellipsoid, and climbs steadily.
  Distances are along the surface; altitudes are compared as `vertical` has it, with its margins, and one that was not
  told counts as any.
- No pair that comes closer than its minimum is left out. What the method does not know exactly, it adds to the minimum
  and says so (`Approaches.doubt_m`): some 2 m for airliners and five minutes.
- A track that cannot be compared is named with the reason, and hides no other.

How it is right everywhere: at the middle of the look-ahead each track has a place, a velocity and an upward direction
in earth-centred space, where neither the poles nor the antimeridian are special. A pair's two velocities lie in nearly
one plane, the one across both upward directions; in it, both move straight, and the closest approach has a closed form.
What the earth's curve changes about that is bounded (`_doubt_m`) and grows with the cube of the way flown, so a longer
look-ahead is cut into windows in which no track flies more than `LONGEST_WAY_M` to either side of its middle.

>>> from datetime import UTC
>>> from entente.deconfliction.tracks import Track
>>> from entente.geo.altitude import parse
>>> from entente.geo.position import Position
>>> from entente.joint.plan import Crew
>>> from entente.joint.standard import Minimum
>>> now = datetime(2026, 11, 22, 10, tzinfo=UTC)
>>> head_on = [
...     Track(id=name, crew=Crew.CREWED, position=Position(lat=0.0, lon=lon), altitude=parse("FL240"), speed_mps=200.0,
...         course_deg=course, climb_mps=0.0, time=now)
...     for name, lon, course in (("north/1", 179.8, 90.0), ("south/7", -179.8, 270.0))]
>>> apart = Standard(name="en route", pairs={(Crew.CREWED, Crew.CREWED): Minimum(horizontal_m=9_260, vertical_m=304.8)})
>>> (found,) = approach(Tracks.of(head_on), apart, now=now, look_ahead_s=300.0)
>>> found.one, found.other, round(found.enter_s), round(found.closest_s), round(found.horizontal_m)
('north/1', 'south/7', 88, 111, 0)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from math import ceil

import numpy as np

from entente.deconfliction.compiled import load as loaded
from entente.deconfliction.core import LEAST_RADIUS_M, SLACK_M, Floats, Rows
from entente.deconfliction.tracks import CREWS, FASTEST_MPS, REFERENCES, Tracks
from entente.deconfliction.vertical import TOUCH_M, margins
from entente.errors import Malformed
from entente.geo.altitude import Reference
from entente.geo.geodesy import SEMI_MAJOR_M
from entente.geo.interval import utc
from entente.geo.position import number
from entente.joint.standard import Standard

LONGEST_LOOK_AHEAD_S = 3_600.0
"""[s] Farther ahead, plans tell more than tracks do."""
LONGEST_WAY_M = 40_000.0
"""[m] What a track flies at most to either side of a window's middle: the doubt stays under 3 m at 5 NM."""
_FLATTENING = 1 / 298.257223563
_E2 = _FLATTENING * (2 - _FLATTENING)
_AGL = REFERENCES.index(Reference.AGL)
_PAIRS_AT_ONCE = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Approach:
    """Two tracks that come closer than their minimum; times [s] count from the moment asked about.

    From `enter_s` to `leave_s` both distances are below the minima `required_horizontal_m` and `required_vertical_m`,
    to which `doubt_m` was added horizontally and `margin_m` vertically, for altitudes of different reference.
    `closest_s` is when they are horizontally closest between these two, `horizontal_m` and `vertical_m` how far apart
    then (None: the altitudes cannot be told apart).
    """

    one: str
    other: str
    enter_s: float
    leave_s: float
    closest_s: float
    horizontal_m: float
    vertical_m: float | None
    required_horizontal_m: float
    required_vertical_m: float
    doubt_m: float
    margin_m: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Approaches:
    """All that was found, as columns (n,) with the meanings of `Approach`, in no order that means anything.

    `one` and `other` are rows of `tracks`; `doubt_m` [m] is the method's own, to which each pair adds its positions'.
    `not_compared` names the tracks that no pair was looked for, each with the reason.
    """

    tracks: Tracks
    standard: Standard
    one: Rows
    other: Rows
    enter_s: Floats
    leave_s: Floats
    closest_s: Floats
    horizontal_m: Floats
    vertical_m: Floats
    doubt_m: float
    not_compared: dict[str, str]

    def __len__(self) -> int:
        return len(self.one)

    def __iter__(self) -> Iterator[Approach]:
        """Yield what was found in the order of entering the minima."""
        horizontal, vertical = _minima(self.standard)
        margin = margins(self.standard)
        for k in np.lexsort((self.other, self.one, self.enter_s)):
            i, j = int(self.one[k]), int(self.other[k])
            crews, gap = (int(self.tracks.crew[i]), int(self.tracks.crew[j])), float(self.vertical_m[k])
            references = int(self.tracks.reference[i]), int(self.tracks.reference[j])
            known = not np.isnan(gap) and references.count(_AGL) != 1
            yield Approach(
                one=self.tracks.ids[i],
                other=self.tracks.ids[j],
                enter_s=float(self.enter_s[k]),
                leave_s=float(self.leave_s[k]),
                closest_s=float(self.closest_s[k]),
                horizontal_m=float(self.horizontal_m[k]),
                vertical_m=gap if known else None,
                required_horizontal_m=float(horizontal[crews]),
                required_vertical_m=float(vertical[crews]),
                doubt_m=self.doubt_m + float(self.tracks.doubt_m[i] + self.tracks.doubt_m[j]),
                margin_m=float(max(margin[references], margin[references[::-1]])) if known else 0.0,
            )


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """Tracks around the middle of a window, (n,) or (n, 9), in the order of their lowest altitude there.

    `state` holds place [m], velocity [m/s] and upward direction, each earth-centred; `low` and `high` (n, 3) [m]
    bound what each can meet, in the plane of the grid and in altitude; `kind` is a row of the tables.
    """

    row: Rows
    state: Floats
    altitude: Floats
    climb: Floats
    kind: Rows
    doubt: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tables:
    """Minima by pair of kinds (8, 8) [m], with everything added that is not known; a kind is crew and reference.

    Vertically, `i` is surely above `j` when it is higher by `vertical[i, j]`.
    """

    horizontal: Floats
    vertical: Floats


Columns = tuple[Rows, Floats, Floats, Floats, Rows, Floats, Floats, Floats]
"""Those of a `Motion`."""
Meetings = tuple[Rows, Rows, Floats, Floats, Floats, Floats, Floats]
"""One, other, then entering, leaving, closest [s from the window's middle], and horizontal, vertical [m] then."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Loops:
    """The parts that there are two of: as numpy has them, and compiled (`approach_compiled`)."""

    told: Callable[..., Rows]
    moving: Callable[..., tuple[Columns, float]]
    meet: Callable[[Motion, Tables, float, float], Meetings]


def approach(
    tracks: Tracks,
    standard: Standard,
    *,
    now: datetime,
    look_ahead_s: float,
    stale_after_s: float = 60.0,
    compiled: bool | None = None,
) -> Approaches:
    """Find every pair of `tracks` that comes closer than `standard` allows between `now` and `look_ahead_s` later.

    Closer means that at one moment both distances are below the minimum for the two crews, horizontal [m] along the
    WGS84 ellipsoid and vertical [m]; the standard's times are not asked. A track last seen more than `stale_after_s`
    before or after `now`, or that lacks its position, course or speed, is not compared and said to be so. Compiled
    loops are taken where they stand ready (`compiled.load`) unless `compiled` forces one way; both find the same pairs.

    Raises:
        Malformed: `approach.look_ahead`, `geo.number`, `standard.pair` when the standard has no minimum for two crews
            that are both here.

    Source: Ericson, Real-Time Collision Detection, 5.5.7, for the closed form; the bound is derived at `_doubt_m`.
    """
    number(look_ahead_s, "look-ahead [s]", 0.001, LONGEST_LOOK_AHEAD_S, "approach.look_ahead")
    number(stale_after_s, "age of a track [s]", 0.0, LONGEST_LOOK_AHEAD_S, "approach.stale")
    loops = _loops(loaded("approach") if compiled is None else compiled)
    age = utc(now, "now").timestamp() - tracks.time_s
    reasons = loops.told(
        tracks.lat, tracks.lon, tracks.speed_mps, tracks.course_deg, age, tracks.doubt_m, float(stale_after_s)
    )
    rows = np.flatnonzero(reasons == 0)
    horizontal, vertical = _minima(standard)
    if np.isnan(horizontal).any():
        _require(horizontal, tracks.crew[rows], standard)
        # What is missing is needed by nobody here. With nothing required, what touches is still too close.
        horizontal, vertical = (np.where(np.isnan(table), 0.0, table) for table in (horizontal, vertical))
    speeds = tracks.speed_mps[rows]
    fastest, vaguest = float(speeds.max(initial=0.0)), float(tracks.doubt_m[rows].max(initial=0.0))
    oldest = float(np.abs(age[rows]).max(initial=0.0))
    windows = max(1, ceil(fastest * look_ahead_s / 2 / LONGEST_WAY_M))
    ends = [look_ahead_s * k / windows for k in range(windows + 1)]
    widest = float(horizontal.max()) + 2 * vaguest
    doubt = _doubt_m(fastest * look_ahead_s / windows / 2, widest, fastest * (oldest + look_ahead_s))
    tables = _tables(horizontal, vertical, margins(standard), doubt)
    found = []
    for start, end in pairwise(ends) if len(rows) else ():
        middle, half = (start + end) / 2, (end - start) / 2
        # Where paths end, they lie at different depths, and look farther apart in the plane of the grid.
        depth = 1.1 * fastest * half * (fastest * half + widest + doubt) / LEAST_RADIUS_M
        columns, cell = loops.moving(
            rows, tracks.lat, tracks.lon, tracks.course_deg, tracks.speed_mps, age, tracks.altitude_m, tracks.climb_mps,
            tracks.crew * len(REFERENCES) + tracks.reference, tracks.doubt_m,
            (tables.horizontal.max(axis=1) + depth) / 2, _rooms(tables.vertical), middle, half,
        )  # fmt: skip
        one, other, enter, leave, closest, apart, above = loops.meet(Motion(*columns), tables, half, cell)
        # What each window counts from its middle is counted from now on.
        found.append((one, other, enter + middle, leave + middle, closest + middle, apart, above))
    one, other, enter, leave, closest, apart, above = found[0] if len(found) == 1 else _joined(found)
    return Approaches(
        tracks=tracks,
        standard=standard,
        one=one,
        other=other,
        enter_s=enter,
        leave_s=leave,
        closest_s=closest,
        horizontal_m=apart,
        vertical_m=above,
        doubt_m=doubt,
        not_compared={tracks.ids[row]: _REASONS[reasons[row]] for row in np.flatnonzero(reasons)},
    )


_REASONS = (
    "",
    "its position is missing or is none on the earth",
    "its ground speed or course is missing or impossible",
    "it has not been seen for too long, or its time lies ahead",
    "its time is missing",
    "the doubt about its position is missing or negative",
)


def told(
    lat: Floats, lon: Floats, speed: Floats, course: Floats, age: Floats, doubt: Floats, stale_after_s: float
) -> Rows:
    """Return (n,): the place in `_REASONS` of why a track cannot be compared, or 0. numba can compile it too."""
    reasons = np.zeros(len(lat), dtype=np.int64)
    # Comparisons with NaN are false, so that what is missing fails its test. What is told last counts.
    reasons[~((np.abs(lat) <= 90) & (np.abs(lon) <= 180))] = 1
    reasons[~((speed >= 0) & (speed <= FASTEST_MPS) & (np.abs(course) <= 360))] = 2
    reasons[~(np.abs(age) <= stale_after_s)] = 3
    reasons[~np.isfinite(age)] = 4
    reasons[~((doubt >= 0) & (doubt < 1e6))] = 5
    return reasons


def _minima(standard: Standard) -> tuple[Floats, Floats]:
    """Return the horizontal and vertical minima (crews, crews) [m]; NaN where the standard has none."""
    table = np.full((2, len(CREWS), len(CREWS)), np.nan)
    for (one, other), minimum in standard.pairs.items():
        i, j = CREWS.index(one), CREWS.index(other)
        table[:, j, i] = table[:, i, j] = minimum.horizontal_m, minimum.vertical_m
    return table[0], table[1]


def _require(horizontal: Floats, crews: Rows, standard: Standard) -> None:
    here = np.bincount(crews, minlength=len(CREWS)) > 0
    if (np.isnan(horizontal) & here & here[:, None]).any():
        names = ", ".join(CREWS[crew] for crew in np.flatnonzero(here))
        raise Malformed(
            "standard.pair",
            f"standard {standard.name} gives no minimum for some pair of {names}; add one",
            where="pairs",
        )


def _doubt_m(way_m: float, apart_m: float, since_m: float) -> float:
    """Return how much [m] the distance in the plane may leave the one along the surface, where it is near a minimum.

    For tracks that fly `way_m` to either side of the window's middle, come within `apart_m` and flew `since_m` since
    they were seen. With R the ellipsoid's least radius, in the order of the terms: straight instead of curved motion
    leaves out s³/6R² along each course; each curves towards the earth in a direction that leaves the pair's plane's
    normal by half of what lies between them, at most 2s + d; the plane tilts against theirs when they have flown
    s; an arc is longer than its chord by d³/24R². The last term is what a geodesic leaves the circle that touches it
    where the track was seen (its curvature changes by the flattening only). All but that with 5 % for the ellipsoid.
    """
    s, d = way_m, apart_m
    curve = s**3 / 3 + (2 * s + d) * s**2 / 2 + d * s**2 / 2 + d**3 / 24
    return (1.05 * curve + 0.02 * since_m**3 / 3) / LEAST_RADIUS_M**2 + SLACK_M


def _tables(horizontal: Floats, vertical: Floats, margin: Floats, doubt: float) -> Tables:
    kinds = np.arange(len(CREWS) * len(REFERENCES))
    crew, reference = np.divmod(kinds, len(REFERENCES))
    return Tables(
        horizontal=horizontal[crew[:, None], crew] + doubt,
        vertical=vertical[crew[:, None], crew] + margin[reference[:, None], reference] - TOUCH_M,
    )


def moving(
    rows: Rows, lat_deg: Floats, lon_deg: Floats, course_deg: Floats, speed_mps: Floats, age_s: Floats,
    altitude_m: Floats, climb_mps: Floats, kinds: Rows, doubt_m: Floats,
    reach_of: Floats, room_of: Floats, middle_s: float, half_s: float,
) -> tuple[Columns, float]:  # fmt: skip
    """Return the columns of a `Motion` around `middle_s` [s from now], and the size of a grid's cell [m] for it.

    Each kind keeps `reach_of` [m] around itself and `room_of` [m] above and below, half of what any pair needs. A track
    flies along the circle that touches its geodesic where it was seen: it curves towards the earth, and only so.
    Written so that numba can compile it too.
    """
    lat, lon, course = np.radians(lat_deg[rows]), np.radians(lon_deg[rows]), np.radians(course_deg[rows])
    speed, flown_s = speed_mps[rows], age_s[rows] + middle_s
    sin_lat, cos_lat, sin_lon, cos_lon = np.sin(lat), np.cos(lat), np.sin(lon), np.cos(lon)
    east, north = np.sin(course), np.cos(course)
    squared = 1 - _E2 * sin_lat * sin_lat
    across = SEMI_MAJOR_M / np.sqrt(squared)
    curvature = (north * north * squared / (1 - _E2) + east * east) / across
    angle = speed * flown_s * curvature
    along, down = np.sin(angle), np.cos(angle)
    state = np.empty((9, len(rows)))
    for axis in range(3):
        if axis == 0:
            up, ahead, start = cos_lat * cos_lon, -east * sin_lon - north * sin_lat * cos_lon, across
        elif axis == 1:
            up, ahead, start = cos_lat * sin_lon, east * cos_lon - north * sin_lat * sin_lon, across
        else:
            up, ahead, start = sin_lat, north * cos_lat, across * (1 - _E2)
        state[axis] = start * up + (along * ahead - (1 - down) * up) / curvature
        state[3 + axis] = speed * (down * ahead - along * up)
        state[6 + axis] = down * up + along * ahead

    climb, doubt, kind = climb_mps[rows], doubt_m[rows], kinds[rows]
    altitude = altitude_m[rows] + climb * flown_s
    unknown = ~np.isfinite(altitude)
    altitude[unknown] = np.nan
    climb[unknown] = np.nan
    room = room_of[kind] + np.abs(climb) * half_s
    low, high = np.empty((len(rows), 3)), np.empty((len(rows), 3))
    low[:, 2], high[:, 2] = altitude - room, altitude + room
    low[unknown, 2] = -np.inf
    high[unknown, 2] = np.inf

    # The grid's plane lies across the tracks' common upward direction, where they have one. Distances in a plane are
    # never longer than in space, so that any plane would do; in this one few are much shorter.
    x, y, z = state[6].sum(), state[7].sum(), state[8].sum()
    length = np.sqrt(x * x + y * y + z * z)
    if length > 1e-6:
        x, y, z = x / length, y / length, z / length
    else:
        x, y, z = 1.0, 0.0, 0.0
    if abs(z) < 0.99:
        level = np.sqrt(x * x + y * y)
        first = (-y / level, x / level, 0.0)
    else:
        level = np.sqrt(x * x + z * z)
        first = (z / level, 0.0, -x / level)
    second = (y * first[2] - z * first[1], z * first[0] - x * first[2], x * first[1] - y * first[0])
    size = 0.0
    for axis in range(2):
        a, b, c = first if axis == 0 else second
        at = a * state[0] + b * state[1] + c * state[2]
        reach = np.abs(a * state[3] + b * state[4] + c * state[5]) * half_s + reach_of[kind] + doubt
        low[:, axis], high[:, axis] = at - reach, at + reach
        size += 2 * reach.mean()
    order = np.argsort(low[:, 2], kind="mergesort")
    return (
        rows[order], np.ascontiguousarray(state.T)[order], altitude[order], climb[order], kind[order], doubt[order],
        low[order], high[order],
    ), size  # fmt: skip


def _rooms(vertical: Floats) -> Floats:
    """Return (kinds,) [m]: what to leave above and below each kind, so that two rooms touch where a pair may be close.

    What compares badly with all others, a height above ground, carries its own margin; the others share theirs.
    """
    needed = np.maximum(vertical, vertical.T)
    above_ground = np.arange(len(needed)) % len(REFERENCES) == _AGL
    rooms = np.where(above_ground, needed.max(axis=1), needed[:, ~above_ground].max(axis=1) / 2)
    least: Floats = np.maximum(rooms, TOUCH_M)
    return least


def _loops(compiled: bool) -> Loops:
    if not compiled:
        return Loops(told=told, moving=moving, meet=_meet)
    from entente.deconfliction import approach_compiled

    return Loops(told=approach_compiled.told, moving=approach_compiled.moving, meet=approach_compiled.meet)


def _meet(motion: Motion, tables: Tables, half_s: float, cell_m: float) -> Meetings:
    """Return the pairs that meet within `half_s` [s] of the window's middle, without compiled loops."""
    order = np.argsort(motion.low[:, 0], kind="stable")
    low, high = motion.low[order], motion.high[order]
    until = np.searchsorted(low[:, 0], high[:, 0], side="right")
    counts = until - np.arange(len(order)) - 1
    ends = np.cumsum(counts)
    found = []
    for start in range(0, int(ends[-1]) if len(ends) else 0, _PAIRS_AT_ONCE):
        flat = np.arange(start, min(start + _PAIRS_AT_ONCE, int(ends[-1])))
        i = np.searchsorted(ends, flat, side="right")
        j = i + 1 + flat - (ends[i] - counts[i])
        near = (
            (low[i, 1] <= high[j, 1])
            & (low[j, 1] <= high[i, 1])
            & (low[i, 2] <= high[j, 2])
            & (low[j, 2] <= high[i, 2])
        )
        found.append(_closest(motion, tables, half_s, order[i[near]], order[j[near]]))
    return _stacked(found)


def _closest(motion: Motion, tables: Tables, half_s: float, i: Rows, j: Rows) -> Meetings:
    """Return those pairs of `motion`'s rows that meet: the same closed form as `approach_compiled.meetings`."""
    between, relative = (motion.state[j, part] - motion.state[i, part] for part in (slice(0, 3), slice(3, 6)))
    normal = motion.state[i, 6:] + motion.state[j, 6:]
    normal /= np.linalg.norm(normal, axis=1)[:, None]
    between -= normal * np.einsum("ij,ij->i", normal, between)[:, None]
    relative -= normal * np.einsum("ij,ij->i", normal, relative)[:, None]
    required = tables.horizontal[motion.kind[i], motion.kind[j]] + motion.doubt[i] + motion.doubt[j]
    a, b, c = (np.einsum("ij,ij->i", x, y) for x, y in ((relative, relative), (relative, between), (between, between)))
    still = a < 1e-12
    steady = np.where(still, 1.0, a)
    inside = b * b - a * (c - required * required)
    half = np.sqrt(np.maximum(inside, 0.0)) / steady
    middle = np.where(still, 0.0, -b / steady)
    half = np.where(still, np.where(c < required * required, np.inf, -np.inf), np.where(inside > 0, half, -np.inf))

    above, rising = motion.altitude[j] - motion.altitude[i], motion.climb[j] - motion.climb[i]
    lowest, highest = -tables.vertical[motion.kind[i], motion.kind[j]], tables.vertical[motion.kind[j], motion.kind[i]]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        first, second = (lowest - above) / rising, (highest - above) / rising
    level = np.where((lowest < above) & (above < highest), np.inf, -np.inf)
    down = np.where(rising == 0, -level, np.minimum(first, second))
    up = np.where(rising == 0, level, np.maximum(first, second))
    unknown = np.isnan(above)
    down, up = np.where(unknown, -np.inf, down), np.where(unknown, np.inf, up)
    enter = np.maximum(np.maximum(middle - half, down), -half_s)
    leave = np.minimum(np.minimum(middle + half, up), half_s)
    kept = enter < leave
    i, j, a, b, c, enter, leave = i[kept], j[kept], a[kept], b[kept], c[kept], enter[kept], leave[kept]
    closest = np.clip(middle[kept], enter, leave)
    apart = np.sqrt(np.maximum(c + closest * (2 * b + closest * a), 0.0))
    gap = np.abs(above[kept] + rising[kept] * closest)
    one, other = motion.row[i], motion.row[j]
    return np.minimum(one, other), np.maximum(one, other), enter, leave, closest, apart, gap


def _stacked(found: list[Meetings]) -> Meetings:
    if not found:
        none, nothing = np.zeros(0), np.zeros(0, dtype=np.int64)
        return nothing, nothing, none, none, none, none, none
    one, other, enter, leave, closest, apart, above = (np.concatenate(column) for column in zip(*found, strict=True))
    return one, other, enter, leave, closest, apart, above


def _joined(found: list[Meetings]) -> Meetings:
    """Return what several windows found, each pair once: its first entering, last leaving and closest moment."""
    one, other, enter, leave, closest, apart, above = _stacked(found)
    order = np.lexsort((apart, other, one))
    first = np.ones(len(order), dtype=bool)
    first[1:] = (np.diff(one[order]) != 0) | (np.diff(other[order]) != 0)
    starts = np.flatnonzero(first)
    best = order[starts]
    if len(best):
        enter, leave = np.minimum.reduceat(enter[order], starts), np.maximum.reduceat(leave[order], starts)
    return one[best], other[best], enter, leave, closest[best], apart[best], above[best]
