"""Plans, sites and areas in GeoJSON (RFC 7946).

A document is a FeatureCollection or one Feature. Geometry: Polygon and MultiPolygon, holes included, Point with
``radius_m`` (or _km, _nm, _ft), LineString and MultiLineString with ``half_width_m`` (or ...). Properties:

- plans: ``start``, ``end`` (ISO 8601 with zone, or date-time group), ``lower``, ``upper`` (``FL100``,
  ``GND``), ``title``, ``id``, ``kind``, ``crew``, ``callsign``. Features of one id are the volumes of one plan.
- sites: ``name``, ``category``, ``id``, ``uncertainty_m``, ``country``, ``region``, ``district``, ``settlement``,
  ``pcode``, ``consent``, ``verifier``, ``method``, ``grade`` (``B2``), ``confirmed_at``, ``confirmed_by``,
  ``expires_at``, ``day_marks`` and ``infrared_marks`` (lists); a null geometry is a site whose position is not known.
- areas: ``title``, ``class``, ``id``, and if they apply ``lower`` with ``upper``, ``start`` with ``end``, and
  ``exempt`` (a list of parties).

Other properties are passed over, because other people's programs add their own.

RFC 7946 §3.1.1 makes an edge a straight line in longitude and latitude; ours are geodesics. Edges are therefore cut
into pieces of at most `STEP_DEG`, on which the two lie within 20 m of each other up to 80 degrees of latitude.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

from entente.adapters import source
from entente.adapters.planfile import content_id
from entente.adapters.source import Fields, as_list, as_number, as_table, as_text, as_time
from entente.errors import Malformed
from entente.geo.altitude import Band, parse
from entente.geo.interval import Interval
from entente.geo.position import Position
from entente.geo.volume import Circle, Corridor, Polygon, Shape, Volume
from entente.ids import PartyId
from entente.joint.areas import Area, AreaClass
from entente.joint.plan import Crew, Kind, Plan
from entente.joint.protected_sites import Category, DayMark, Grade, InfraredMark, Method, Site

M = TypeVar("M", bound=StrEnum)

STEP_DEG = 0.2
"""[degrees] Longest piece of an edge that is given as a straight line in longitude and latitude."""
UNSTATED_UNCERTAINTY_M = 300.0
"""[m] For a site whose list does not say how well its position is known; never zero."""


def read_plans(path: Path) -> tuple[Plan, ...]:
    """Return the plans in a file, in order of first appearance.

    Raises:
        Malformed: with file, feature and property; `geojson.*`, `plan.none`, `field.*`, `geo.*`.
    """
    parts: dict[str, list[tuple[Fields, list[Volume]]]] = {}
    for feature, geometry in _features(path):
        volumes = _volumes(feature, geometry)
        name = feature.text("id") or content_id(feature.text("title"), volumes)
        parts.setdefault(name, []).append((feature, volumes))
    if not parts:
        raise Malformed("plan.none", "holds no feature", where=path.name)
    return tuple(_plan(name, part) for name, part in parts.items())


def _plan(name: str, parts: list[tuple[Fields, list[Volume]]]) -> Plan:
    first = parts[0][0]
    return Plan(
        id=name,
        title=first.text("title") or first.text("name") or name,
        kind=first.choice("kind", Kind, Kind.GENERAL),
        crew=first.choice("crew", Crew, Crew.CREWED),
        volumes=tuple(volume for _, volumes in parts for volume in volumes),
        callsign=first.text("callsign"),
        note=first.text("note"),
    )


def _volumes(feature: Fields, geometry: Any) -> list[Volume]:
    lower, upper = feature.need("lower", _altitude), feature.need("upper", _altitude)
    band: Band = _placed(feature, lambda: Band(lower=lower, upper=upper))
    interval = _interval(feature)
    if interval is None:
        raise feature.fail("field.missing", "is missing", "start")
    return [Volume(shape=shape, band=band, interval=interval) for shape in _shapes(feature, geometry)]


def read_sites(path: Path) -> tuple[Site, ...]:
    """Return the protected sites in a file. Raises Malformed as `read_plans`; `site.duplicate`."""
    sites = [_site(feature, geometry) for feature, geometry in _features(path)]
    _unique([site.id for site in sites], "site.duplicate", path.name)
    return tuple(sites)


def _site(feature: Fields, geometry: Any) -> Site:
    name = feature.need("name", as_text)
    footprint, position = None, None
    if geometry is not None and as_table(geometry).get("type") == "Point":
        position = _position(geometry.get("coordinates"))
    elif geometry is not None:
        shapes = list(_shapes(feature, geometry))
        if len(shapes) != 1 or not isinstance(shapes[0], Polygon):
            raise feature.fail("geojson.geometry", "a site is a Point, one Polygon, or null")
        footprint = shapes[0]
        position = _inside(footprint)
    return Site(
        id=feature.text("id") or content_id(name, position).replace("plan/", "site/"),
        name=name,
        category=feature.choice("category", Category, Category.OTHER_CIVILIAN),
        position=position,
        uncertainty_m=feature.length("uncertainty") or UNSTATED_UNCERTAINTY_M,
        footprint=footprint,
        country=feature.text("country"),
        district=feature.text("district"),
        position_source=feature.text("position_source"),
        source_grade=feature.text("source_grade"),
        confirmed_at=feature.get("confirmed_at", as_time),
        expires_at=feature.get("expires_at", as_time),
        note=feature.text("note"),
        consent=feature.text("consent"),
        region=feature.text("region"),
        settlement=feature.text("settlement"),
        pcode=feature.text("pcode"),
        day_marks=_marks(feature, "day_marks", DayMark),
        infrared_marks=_marks(feature, "infrared_marks", InfraredMark),
        verifier=feature.text("verifier"),
        method=feature.get("method", lambda value: source.as_choice(value, Method)),
        grade=feature.get("grade", _grade),
        confirmed_by=feature.text("confirmed_by"),
    )


def _marks(feature: Fields, name: str, kind: type[M]) -> frozenset[M]:
    listed = feature.get(name, lambda value: frozenset(source.as_choice(one, kind) for one in as_list(value)))
    return listed or frozenset()


def _grade(value: Any) -> Grade:
    grade = Grade.parse(as_text(value))
    if grade is None:
        raise Malformed("field.choice", f"{value!r:.20} is no grade from A1 to F6")
    return grade


def read_areas(path: Path) -> tuple[Area, ...]:
    """Return the designated areas in a file; a feature of several parts becomes several. Raises as `read_plans`."""
    areas = [area for feature, geometry in _features(path) for area in _areas(feature, geometry)]
    _unique([area.id for area in areas], "area.duplicate", path.name)
    return tuple(areas)


def _areas(feature: Fields, geometry: Any) -> Iterator[Area]:
    title = feature.need("title", as_text)
    area_class = feature.need("class", lambda value: source.as_choice(value, AreaClass))
    lower, upper = feature.get("lower", _altitude), feature.get("upper", _altitude)
    if (lower is None) != (upper is None):
        raise feature.fail("field.missing", "lower and upper go together")
    band = None if lower is None or upper is None else _placed(feature, lambda: Band(lower=lower, upper=upper))
    exempt = feature.get("exempt", _parties) or frozenset()
    name = feature.text("id") or content_id(title, geometry).replace("plan/", "area/")
    for i, shape in enumerate(_shapes(feature, geometry), 1):
        yield Area(
            id=name if i == 1 else f"{name}#{i}",
            title=title,
            area_class=area_class,
            shape=shape,
            band=band,
            interval=_interval(feature),
            exempt=exempt,
        )


def _parties(value: Any) -> frozenset[PartyId]:
    return frozenset(PartyId(as_text(name)) for name in as_list(value))


def _unique(ids: list[str], code: str, where: str) -> None:
    seen: set[str] = set()
    for name in ids:
        if name in seen:
            raise Malformed(code, f"two features are called {name!r}; give each its own id", where=where)
        seen.add(name)


def _features(path: Path) -> Iterator[tuple[Fields, Any]]:
    """Each feature's properties and geometry; what goes wrong while it is read is placed at it."""
    try:
        top = as_table(source.json_value(path))
        kind = top.get("type")
        if kind not in ("FeatureCollection", "Feature"):
            raise Malformed("geojson.type", f"type {kind!r:.40} is neither FeatureCollection nor Feature")
        features = as_list(top.get("features")) if kind == "FeatureCollection" else [top]
    except Malformed as error:
        raise (error if error.where else error.at(path.name)) from None
    for i, feature in enumerate(features, 1):
        where = f"{path.name}, feature {i}"
        if not isinstance(feature, dict) or feature.get("type") != "Feature":
            raise Malformed("geojson.type", "is no Feature", where=where)
        properties = as_table(feature.get("properties") or {}, where)
        if isinstance(name := feature.get("id"), str | int):
            properties = {"id": str(name), **properties}
        yield Fields(properties, where), feature.get("geometry")


def _altitude(value: Any) -> Any:
    return parse(as_text(value))


def _interval(feature: Fields) -> Interval | None:
    start, end = feature.get("start", as_time), feature.get("end", as_time)
    if start is None and end is None:
        return None
    if start is None or end is None:
        raise feature.fail("field.missing", "start and end go together")
    interval: Interval = _placed(feature, lambda: Interval(start=start, end=end))
    return interval


def _placed(feature: Fields, make: Callable[[], Any]) -> Any:
    try:
        return make()
    except Malformed as error:
        raise (error if error.where else error.at(feature.where)) from None


def _shapes(feature: Fields, geometry: Any) -> list[Shape]:
    """The shapes of a geometry. Raises Malformed: `geojson.geometry`, `geojson.ring`, `geo.*`, at the feature."""
    shapes: list[Shape] = _placed(feature, lambda: list(_parts(feature, as_table(geometry))))
    return shapes


def _parts(feature: Fields, geometry: dict[str, Any]) -> Iterator[Shape]:
    coordinates = geometry.get("coordinates")
    match geometry.get("type"):
        case "Polygon":
            yield polygon(coordinates)
        case "MultiPolygon":
            yield from (polygon(part) for part in as_list(coordinates))
        case "Point":
            yield Circle(centre=_position(coordinates), radius_m=_size(feature, "radius"))
        case "LineString":
            yield Corridor(path=_line(coordinates), half_width_m=_size(feature, "half_width"))
        case "MultiLineString":
            width = _size(feature, "half_width")
            yield from (Corridor(path=_line(part), half_width_m=width) for part in as_list(coordinates))
        case other:
            raise Malformed("geojson.geometry", f"geometry {other!r:.40} is not read; use Polygon, Point or LineString")


def _size(feature: Fields, name: str) -> float:
    size = feature.length(name)
    if size is None:
        raise feature.fail("field.missing", "is missing", f"{name}_m")
    return size


def polygon(rings: Any) -> Polygon:
    """Return the polygon that coordinates spell. Raises Malformed: `geojson.ring`, `geojson.position`, `geo.*`."""
    if not as_list(rings):
        raise Malformed("geojson.ring", "has no ring; a polygon has one, and after it its holes (RFC 7946 §3.1.6)")
    outer, *holes = (_ring(line) for line in rings)
    return Polygon(ring=outer, holes=tuple(holes))


def _ring(positions: Any) -> tuple[Position, ...]:
    line = _line(positions)
    if len(line) < 4 or line[0] != line[-1]:
        raise Malformed("geojson.ring", "a ring's last position must repeat its first (RFC 7946 §3.1.6)")
    return line[:-1]


def _line(value: Any) -> tuple[Position, ...]:
    """The positions of a line, with more between those that lie far apart."""
    points = [_position(item) for item in as_list(value)]
    result = points[:1]
    for a, b in pairwise(points):
        pieces = max(1, math.ceil(math.hypot(b.lon - a.lon, b.lat - a.lat) / STEP_DEG))
        result += [
            Position(lat=a.lat + (b.lat - a.lat) * k / pieces, lon=a.lon + (b.lon - a.lon) * k / pieces)
            for k in range(1, pieces)
        ]
        result.append(b)
    return tuple(result)


def _position(value: Any) -> Position:
    """Longitude first (RFC 7946 §3.1.1); a height, if there is one, is passed over."""
    pair = as_list(value)
    if len(pair) not in (2, 3):
        raise Malformed("geojson.position", f"{value!r:.60} is no position; write [longitude, latitude]")
    return Position(lat=as_number(pair[1]), lon=as_number(pair[0]))


def _inside(footprint: Polygon) -> Position:
    """A position that stands for the footprint: the middle of its box, because its buffer counts from the whole."""
    lats, lons = [p.lat for p in footprint.ring], [p.lon for p in footprint.ring]
    return Position(lat=(min(lats) + max(lats)) / 2, lon=(min(lons) + max(lons)) / 2)
