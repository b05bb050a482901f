"""Plans in CSV: one row for each waypoint, rows of one plan together or apart, in the order flown.

Columns: ``plan`` (id), ``position`` (or ``lat`` with ``lon``; an aerodrome's code will do), ``time``, ``altitude`` (a
band), ``half_width_nm`` or ``half_width_m``; and if wished ``title``, ``kind``, ``crew``, ``callsign``, ``speed_kt``.
What holds for the whole plan is read from its first row that says it. A row without altitude or speed keeps that of
the row before it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from entente.adapters import aerodromes, route
from entente.adapters.csv_rows import Row, rows
from entente.adapters.planfile import KNOT_M_S, PlanFile
from entente.adapters.source import UNITS_M, as_choice
from entente.errors import Malformed
from entente.geo.altitude import parse_band
from entente.geo.interval import parse_time
from entente.geo.position import Position, parse
from entente.joint.plan import Crew, Kind, Plan

T = TypeVar("T")

COLUMNS = {
    "plan": ("plan", "id", "plan id", "flight"),
    "position": ("position", "at", "waypoint", "coordinates", "mgrs"),
    "lat": ("lat", "latitude"),
    "lon": ("lon", "long", "longitude"),
    "time": ("time", "utc", "timestamp", "eto"),
    "altitude": ("altitude", "band", "level"),
    "half_width_nm": ("half width nm",),
    "half_width_m": ("half width m",),
    "title": ("title", "name"),
    "kind": ("kind",),
    "crew": ("crew",),
    "callsign": ("callsign", "call sign"),
    "speed_kt": ("speed kt", "speed", "groundspeed"),
}


def read(path: Path) -> PlanFile:
    """Return the plans in a CSV file of waypoints.

    Raises:
        Malformed: with file, row and column; `csv.*`, `route.*`, `field.*`, `geo.*`.
    """
    plans: dict[str, list[Row]] = {}
    for row in rows(path, COLUMNS, (("plan", "position", "altitude"), ("plan", "lat", "lon", "altitude"))):
        plans.setdefault(_need(row, "plan", path.name, str), []).append(row)
    if not plans:
        raise Malformed("plan.none", "holds no row below its header", where=path.name)
    places: dict[str, Position] = {}
    made = tuple(_plan(name, part, path.name, places) for name, part in plans.items())
    return PlanFile(plans=made, places=tuple(places.items()))


def _plan(name: str, part: list[Row], file: str, places: dict[str, Position]) -> Plan:
    points: list[route.Waypoint] = []
    for row in part:
        points.append(_waypoint(row, file, places, points[-1] if points else None))
    try:
        volumes = route.volumes(points, half_width_m=_half_width(part, file))
    except Malformed as error:
        raise error.at(f"{file}, rows {part[0].number} to {part[-1].number}, plan {name}") from None
    return Plan(
        id=name,
        title=_first(part, "title", file, str) or name,
        kind=_first(part, "kind", file, lambda text: as_choice(text, Kind)) or Kind.GENERAL,
        crew=_first(part, "crew", file, lambda text: as_choice(text, Crew)) or Crew.CREWED,
        volumes=volumes,
        callsign=_first(part, "callsign", file, str) or "",
    )


def _waypoint(row: Row, file: str, places: dict[str, Position], before: route.Waypoint | None) -> route.Waypoint:
    def place(text: str) -> Position:
        return places.setdefault(text, aerodromes.find(text)) if aerodromes.is_code(text) else parse(text)

    if row.fields.get("position"):
        at = _need(row, "position", file, place)
    else:
        _need(row, "lat", file, str)
        at = _need(row, "lon", file, lambda lon: parse(f"{row.fields['lat']}, {lon}"))
    speed = _read(row, "speed_kt", file, _number)
    return route.Waypoint(
        at=at,
        time=_read(row, "time", file, parse_time),
        band=_read(row, "altitude", file, parse_band) or (before.band if before else None),
        speed_m_s=(before.speed_m_s if before else None) if speed is None else speed * KNOT_M_S,
    )


def _half_width(part: list[Row], file: str) -> float:
    for unit in ("nm", "m"):
        if (width := _first(part, f"half_width_{unit}", file, _number)) is not None:
            return width * UNITS_M[unit]
    raise Malformed("field.missing", "no row gives half_width_nm or half_width_m")


def _number(text: str) -> float:
    try:
        if text.isascii() and "_" not in text and math.isfinite(value := float(text)):
            return value
    except ValueError:
        pass
    raise Malformed("field.type", f"{text!r:.40} must be a number")


def _first(part: list[Row], name: str, file: str, read_as: Callable[[str], T]) -> T | None:
    return next((found for row in part if (found := _read(row, name, file, read_as)) is not None), None)


def _need(row: Row, name: str, file: str, read_as: Callable[[str], T]) -> T:
    found = _read(row, name, file, read_as)
    if found is None:
        raise Malformed("field.missing", "is empty", where=f"{file}, row {row.number}, {name}")
    return found


def _read(row: Row, name: str, file: str, read_as: Callable[[str], T]) -> T | None:
    if not (text := row.fields.get(name, "")):
        return None
    try:
        return read_as(text)
    except Malformed as error:
        raise error.at(f"{file}, row {row.number}, {name}") from None
