"""Waypoints with times or speeds, as the corridor volumes that an aircraft occupies along them.

Each leg becomes one corridor volume, or several when it lasts longer than `SLICE_S`: a corridor of an hour's flight
would be occupied for the whole hour at both its ends. Legs are WGS84 geodesics, flown at an even speed.

>>> from entente.geo import altitude, interval
>>> start = interval.parse_time("2026-11-22T10:00:00Z")
>>> east = [Waypoint(at=Position(lat=0, lon=0), time=start), Waypoint(at=Position(lat=0, lon=1))]
>>> flown = volumes(east, half_width_m=1852, band=altitude.parse_band("FL100-FL110"), speed_m_s=100)
>>> [round(volume.interval.seconds) for volume in flown]
[278, 278, 278, 278]
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from entente.errors import Malformed
from entente.geo.altitude import Band
from entente.geo.geodesy import wgs84_ellipsoid
from entente.geo.interval import Interval
from entente.geo.position import Position
from entente.geo.volume import Corridor, Volume

SLICE_S = 300.0
"""[s] The longest time that one corridor is occupied."""
MOST_VOLUMES = 5000
"""In one route; more is a slip in a time or a speed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waypoint:
    """Where, and when if fixed. `band` and `speed_m_s` [m/s] hold for the leg that begins here; None as the route."""

    at: Position
    time: datetime | None = None
    band: Band | None = None
    speed_m_s: float | None = None


def volumes(
    waypoints: Sequence[Waypoint],
    *,
    half_width_m: float,
    band: Band | None = None,
    speed_m_s: float | None = None,
    slice_s: float = SLICE_S,
    margin_s: float = 0.0,
) -> tuple[Volume, ...]:
    """Return the volumes along a route, as flown. `margin_s` [s] is how early or late the aircraft may be.

    Raises:
        Malformed: `route.short`, `route.time`, `route.speed`, `route.altitude`, `route.long`, placed at the waypoint.
    """
    if len(waypoints) < 2:
        raise Malformed("route.short", "a route needs two waypoints or more")
    try:
        return _volumes(
            waypoints, _times(waypoints, speed_m_s), half_width_m, band, slice_s, timedelta(seconds=margin_s)
        )
    except OverflowError:
        raise Malformed("route.time", "a time lies outside the calendar; check times, speed and margin") from None


def _volumes(
    waypoints: Sequence[Waypoint],
    times: Sequence[datetime],
    half_width_m: float,
    band: Band | None,
    slice_s: float,
    margin: timedelta,
) -> tuple[Volume, ...]:
    result: list[Volume] = []
    for i, (here, there) in enumerate(pairwise(waypoints)):
        height = here.band or band
        if height is None:
            raise Malformed(
                "route.altitude",
                "the leg from here has no altitude; give one here or for the route",
                where=f"waypoint {i + 1}",
            )
        pieces = math.ceil((times[i + 1] - times[i]).total_seconds() / slice_s)
        if len(result) + pieces > MOST_VOLUMES:
            raise Malformed(
                "route.long", f"the leg from here lasts too long for {slice_s:g} s pieces", where=f"waypoint {i + 1}"
            )
        result += _leg(here.at, there.at, times[i], times[i + 1], pieces, height, half_width_m, margin)
    return tuple(result)


def _times(waypoints: Sequence[Waypoint], speed_m_s: float | None) -> list[datetime]:
    """When each waypoint is passed: its own time where it has one, else by speed from the one before."""
    times: list[datetime] = []
    for i, point in enumerate(waypoints):
        if point.time is not None:
            time = point.time
        elif not times:
            raise Malformed("route.time", "the first waypoint needs a time", where="waypoint 1")
        else:
            time = times[-1] + timedelta(milliseconds=round(_seconds(waypoints, i, speed_m_s) * 1000))
        if times and time <= times[-1]:
            raise Malformed("route.time", "is reached no later than the waypoint before it", where=f"waypoint {i + 1}")
        times.append(time)
    return times


def _seconds(waypoints: Sequence[Waypoint], i: int, speed_m_s: float | None) -> float:
    before = waypoints[i - 1]
    speed = before.speed_m_s or speed_m_s
    if not speed or speed < 0.1:
        raise Malformed(
            "route.speed", "has no time, and the leg to it no speed; give one of them", where=f"waypoint {i + 1}"
        )
    return (
        float(wgs84_ellipsoid().inv(before.at.lon, before.at.lat, waypoints[i].at.lon, waypoints[i].at.lat)[2]) / speed
    )


def _leg(
    start: Position,
    end: Position,
    begins: datetime,
    ends: datetime,
    pieces: int,
    band: Band,
    width: float,
    margin: timedelta,
) -> list[Volume]:
    """Cut one leg into `pieces` of equal time and length."""
    milliseconds = (ends - begins) // timedelta(milliseconds=1)
    times = [begins + timedelta(milliseconds=milliseconds * k // pieces) for k in range(pieces + 1)]
    points = [start, *_between(start, end, pieces), end]
    return [
        Volume(
            shape=Corridor(path=(a,) if a == b else (a, b), half_width_m=width),
            band=band,
            interval=Interval(start=times[k] - margin, end=times[k + 1] + margin),
        )
        for k, (a, b) in enumerate(pairwise(points))
    ]


def _between(start: Position, end: Position, pieces: int) -> list[Position]:
    if pieces < 2:
        return []
    if start == end:
        return [start] * (pieces - 1)
    inside = wgs84_ellipsoid().npts(start.lon, start.lat, end.lon, end.lat, pieces - 1)
    return [Position(lat=lat, lon=lon) for lon, lat in inside]
