"""Plans that a planner writes by hand, in TOML.

    [places]                            # names that this file may use, besides aerodrome codes
    "Old mill" = "46.95 7.45"

    [[plan]]
    title = "Water to the valley"       # required; id, note optional (without an id, the content gives one)
    kind = "humanitarian"               # see entente.joint.plan.Kind; "general" discloses nothing
    crew = "crewed"                     # or "uncrewed"
    callsign = "NORTH 11"

    [plan.route]                        # either a route ...
    depart = 2026-11-22T10:00:00Z
    speed_kt = 120
    altitude = "FL080-FL100"            # a band; both ends with their reference
    half_width_nm = 1.0                 # or _m, _km
    margin_s = 120                      # how early or late it may be
    waypoints = [{ at = "LSZB" }, { at = "Old mill", speed_kt = 90 }, { at = "47.45N 8.55E", time = "221130ZNOV26" }]

    [[plan.volume]]                     # ... or volumes: polygon (with `holes`, a list of rings), circle or corridor
    polygon = ["47.0 8.0", "47.0 8.4", "47.3 8.2"]
    altitude = "GND-5000 ft AMSL"
    start = 2026-11-22T10:00:00Z
    end = 2026-11-22T12:00:00Z

    [[plan.link]]                       # timing against another operation
    kind = "not_before_end"             # or "apart_at_least"
    other = "operation/south/2"
    minutes = 10

Fields nobody knows are refused: a slip of the pen must not be a plan without its margin.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, assert_never

from entente.adapters import aerodromes, route, source
from entente.adapters.source import Fields, as_list, as_number, as_text, as_time
from entente.errors import Malformed
from entente.geo.altitude import Band, parse_band, show_band
from entente.geo.interval import Interval
from entente.geo.interval import spell as spell_time
from entente.geo.position import Position, parse
from entente.geo.volume import Circle, Corridor, Polygon, Shape, Volume
from entente.ids import SubjectId
from entente.joint.plan import Crew, Kind, LinkKind, Plan, TimingLink
from entente.joint.spelling import plan_from_plain, plan_to_plain

KNOT_M_S = 1852.0 / 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFile:
    """The plans of one file, in its order, and the named places that they use (aerodromes, the file's own)."""

    plans: tuple[Plan, ...]
    places: tuple[tuple[str, Position], ...]


def read(path: Path) -> PlanFile:
    """Return the plans in a TOML file.

    Raises:
        Malformed: with file, table and field; `plan.*`, `field.*`, `route.*`, `geo.*`, `toml.syntax`, `file.*`.
    """
    top = source.toml(path)
    finder = _Finder(top.table("places"))
    plans = [_plan(table, finder.place) for table in top.tables("plan")]
    top.done()
    if not plans:
        raise top.fail("plan.none", "holds no plan; write one under [[plan]]")
    unique(plans, path.name)
    return PlanFile(plans=tuple(plans), places=tuple(finder.used.items()))


def spell(plan: Plan) -> str:
    """Return a plan as the text of such a file; a route comes as its volumes, numbers as they would be signed.

    Raises:
        Malformed: `geo.*`, when that rounding breaks a shape.
    """
    plan = plan_from_plain(plan_to_plain(plan))
    lines = ["[[plan]]", *(f"{name} = {_quoted(getattr(plan, name))}" for name in ("id", "title", "kind", "crew"))]
    lines += [f"{name} = {_quoted(value)}" for name in ("callsign", "note") if (value := getattr(plan, name))]
    for volume in plan.volumes:
        lines += ["", "[[plan.volume]]", _spelt_shape(volume.shape), f"altitude = {_quoted(show_band(volume.band))}"]
        lines += [f"start = {spell_time(volume.interval.start)}", f"end = {spell_time(volume.interval.end)}"]
    for link in plan.links:
        lines += ["", "[[plan.link]]", f"kind = {_quoted(link.kind)}", f"other = {_quoted(link.other)}"]
        lines += [f"seconds = {link.seconds}"]
    return "\n".join([*lines, ""])


def _spelt_shape(shape: Shape) -> str:
    match shape:
        case Polygon():
            holes = f"\nholes = [{', '.join(map(_places, shape.holes))}]" if shape.holes else ""
            return f"polygon = {_places(shape.ring)}{holes}"
        case Circle():
            return f"circle = {{ centre = {_place(shape.centre)}, radius_m = {shape.radius_m:.3f} }}"
        case Corridor():
            return f"corridor = {{ path = {_places(shape.path)}, half_width_m = {shape.half_width_m:.3f} }}"
        case _:
            assert_never(shape)


def _places(positions: tuple[Position, ...]) -> str:
    return f"[{', '.join(map(_place, positions))}]"


def _place(position: Position) -> str:
    return _quoted(f"{position.lat:.7f} {position.lon:.7f}")


def _quoted(text: str) -> str:
    # What JSON quotes is what TOML quotes, but for one control character.
    return json.dumps(str(text), ensure_ascii=False).replace("\x7f", "\\u007f")


def unique(plans: list[Plan], where: str) -> None:
    """Refuse two plans of one id. Raises Malformed: `plan.duplicate`."""
    ids = [plan.id for plan in plans]
    if twice := next((name for name in ids if ids.count(name) > 1), None):
        raise Malformed("plan.duplicate", f"two plans are called {twice!r}; give each its own id", where=where)


def content_id(*parts: object) -> str:
    """Return an id that follows from the content: the same file gives the same ids, and another plan another."""
    return "plan/" + hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()[:12]


class _Finder:
    """Turns the text of a place into its position, and remembers which names were used."""

    def __init__(self, table: Fields | None) -> None:
        self.used: dict[str, Position] = {}
        self._own: dict[str, Position] = {}
        if table is not None:
            self._own = {name: table.need(name, lambda value: parse(as_text(value))) for name in table.names()}

    def place(self, value: Any) -> Position:
        name = as_text(value).strip()
        if name in self._own:
            return self.used.setdefault(name, self._own[name])
        if aerodromes.is_code(name):
            return self.used.setdefault(name, aerodromes.find(name))
        return parse(name)


Place = Callable[[Any], Position]


def _plan(table: Fields, place: Place) -> Plan:
    title = table.need("title", as_text)
    volumes = _route(way, place) if (way := table.table("route")) else ()
    volumes += tuple(_volume(part, place) for part in table.tables("volume"))
    if not volumes:
        raise table.fail("plan.shape", "has neither a route nor a volume; give it [plan.route] or [[plan.volume]]")
    plan = Plan(
        id=table.text("id") or content_id(title, volumes),
        title=title,
        kind=table.choice("kind", Kind, Kind.GENERAL),
        crew=table.choice("crew", Crew, Crew.CREWED),
        volumes=volumes,
        links=tuple(_link(part) for part in table.tables("link")),
        callsign=table.text("callsign"),
        note=table.text("note"),
    )
    table.done()
    return plan


def band(value: Any) -> Band:
    """Return the band that a text field spells."""
    return parse_band(as_text(value))


def _route(table: Fields, place: Place) -> tuple[Volume, ...]:
    depart = table.get("depart", as_time)
    points = [_waypoint(row, place) for row in table.tables("waypoints")]
    if points and points[0].time is None:
        points[0] = route.Waypoint(at=points[0].at, time=depart, band=points[0].band, speed_m_s=points[0].speed_m_s)
    elif depart is not None:
        raise table.fail("field.twice", "is given, and the first waypoint has a time as well; keep one", "depart")
    half_width = table.length("half_width")
    if half_width is None:
        raise table.fail("field.missing", "is missing", "half_width_nm")
    height, speed = table.get("altitude", band), _speed(table)
    slice_s, margin_s = table.get("slice_s", as_number) or route.SLICE_S, table.get("margin_s", as_number) or 0.0
    if slice_s < 1 or margin_s < 0:
        raise table.fail("field.range", "slice_s must be 1 or more, margin_s 0 or more")
    table.done()
    return table.made(
        lambda: route.volumes(
            points, half_width_m=half_width, band=height, speed_m_s=speed, slice_s=slice_s, margin_s=margin_s
        )
    )


def _waypoint(table: Fields, place: Place) -> route.Waypoint:
    point = route.Waypoint(
        at=table.need("at", place),
        time=table.get("time", as_time),
        band=table.get("altitude", band),
        speed_m_s=_speed(table),
    )
    table.done()
    return point


def _speed(table: Fields) -> float | None:
    knots = table.get("speed_kt", as_number)
    return None if knots is None else knots * KNOT_M_S


def _volume(table: Fields, place: Place) -> Volume:
    given = [name for name in ("polygon", "circle", "corridor") if name in table]
    if len(given) != 1:
        raise table.fail("plan.shape", "needs exactly one of polygon, circle, corridor")
    height = table.need("altitude", band)
    start, end = table.need("start", as_time), table.need("end", as_time)
    try:
        volume = Volume(shape=_shape(table, given[0], place), band=height, interval=Interval(start=start, end=end))
    except Malformed as error:
        raise (error if error.where else error.at(table.where)) from None
    table.done()
    return volume


def _shape(table: Fields, name: str, place: Place) -> Shape:
    if name == "polygon":
        holes = table.get("holes", lambda value: tuple(_path(hole, place) for hole in as_list(value))) or ()
        return table.need(name, lambda value: Polygon(ring=_path(value, place), holes=holes))
    inner = table.table(name)
    assert inner is not None  # the caller saw that it is there
    size = "radius" if name == "circle" else "half_width"
    length = inner.length(size)
    if length is None:
        raise inner.fail("field.missing", "is missing", f"{size}_nm")
    try:
        if name == "circle":
            shape: Shape = Circle(centre=inner.need("centre", place), radius_m=length)
        else:
            shape = Corridor(path=inner.need("path", lambda value: _path(value, place)), half_width_m=length)
    except Malformed as error:
        raise (error if error.where else error.at(inner.where)) from None
    inner.done()
    return shape


def _path(value: Any, place: Place) -> tuple[Position, ...]:
    points = []
    for i, item in enumerate(as_list(value), 1):
        try:
            points.append(place(item))
        except Malformed as error:
            raise error.at(f"position {i}") from None
    return tuple(points)


def _link(table: Fields) -> TimingLink:
    kind = table.need("kind", lambda value: source.as_choice(value, LinkKind))
    seconds, minutes = table.get("seconds", as_number) or 0.0, table.get("minutes", as_number) or 0.0
    if seconds + minutes < 0:
        raise table.fail("field.range", "a link's time must be 0 or more")
    link = TimingLink(kind=kind, other=SubjectId(table.need("other", as_text)), seconds=round(seconds + 60 * minutes))
    table.done()
    return link
