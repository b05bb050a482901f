"""From what a form holds to a plan, and back; and from shapes to rings that a map can draw.

A plan is rounded as it would be signed before anything is done with it, so that what is screened is what is proposed.
Rings are for drawing alone: a corridor's is made on a plane around its middle, and nothing is measured by it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache
from typing import assert_never

import shapely

from entente.errors import Malformed
from entente.geo.altitude import Band, parse_band, show_band
from entente.geo.geodesy import wgs84_ellipsoid
from entente.geo.interval import Interval, utc
from entente.geo.position import Position
from entente.geo.volume import Circle, Corridor, Polygon, Shape, Volume
from entente.ids import SubjectId
from entente.joint.plan import Plan, TimingLink
from entente.joint.spelling import plan_from_plain, plan_to_plain
from entente.web.shapes import (
    AnyShape,
    BandView,
    CircleShape,
    CorridorShape,
    DrawnVolume,
    LinkForm,
    PlanForm,
    Point,
    PolygonShape,
    Ring,
    VolumeForm,
)

CORNERS = 64
"""Of a circle's ring."""
MOST_VOLUMES = 500
_DEGREE_M = 111_320.0
TOP_M = 30_000.0
"""[m] What a map draws of a band without end."""


def plan_of(form: PlanForm) -> Plan:
    """Return the plan that a form holds, rounded as it would be signed.

    Raises:
        Malformed: `plan.empty`, `plan.large`, `geo.*`, `spelling.*`, with the volume that is meant.
    """
    if not form.volumes:
        raise Malformed("plan.empty", "the plan has no volume: say where and when")
    if len(form.volumes) > MOST_VOLUMES:
        raise Malformed("plan.large", f"a plan has at most {MOST_VOLUMES} volumes")
    plan = Plan(
        id="", title=form.title, kind=form.kind, crew=form.crew, callsign=form.callsign, note=form.note,
        volumes=tuple(_volume(held, f"volume {nth}") for nth, held in enumerate(form.volumes, 1)),
        links=tuple(TimingLink(kind=x.kind, other=SubjectId(x.other), seconds=x.seconds) for x in form.links),
    )  # fmt: skip
    return plan_from_plain(plan_to_plain(plan), "plan")


def _volume(form: VolumeForm, where: str) -> Volume:
    try:
        if form.start.tzinfo is None or form.end.tzinfo is None:
            raise Malformed("geo.time", "a time is written with its zone, as 2026-11-22T10:30:00Z")
        interval = Interval(start=utc(form.start), end=utc(form.end))
        return Volume(shape=_shape(form.shape), band=parse_band(form.altitude), interval=interval)
    except Malformed as error:
        raise error.at(where) from None


def _shape(form: AnyShape) -> Shape:
    match form:
        case CircleShape():
            return Circle(centre=_position(form.centre), radius_m=form.radius_m)
        case PolygonShape():
            return Polygon(ring=_positions(form.ring), holes=tuple(map(_positions, form.holes)))
        case CorridorShape():
            return Corridor(path=_positions(form.path), half_width_m=form.half_width_m)
        case _:
            assert_never(form)


def _position(point: Point) -> Position:
    return Position(lat=point[1], lon=point[0])


def _positions(points: Iterable[Point]) -> tuple[Position, ...]:
    return tuple(map(_position, points))


# -- back --------------------------------------------------------------------------------------------------------------


def form_of(plan: Plan) -> PlanForm:
    """Return a plan as a form holds it."""
    volumes = [
        VolumeForm(
            shape=_shape_form(volume.shape), altitude=show_band(volume.band), start=volume.interval.start,
            end=volume.interval.end,
        )
        for volume in plan.volumes
    ]  # fmt: skip
    return PlanForm(
        title=plan.title, kind=plan.kind, crew=plan.crew, callsign=plan.callsign, note=plan.note, volumes=volumes,
        links=list(links_of(plan)),
    )  # fmt: skip


def links_of(plan: Plan) -> tuple[LinkForm, ...]:
    """Return a plan's timing links as a form holds them."""
    return tuple(LinkForm(kind=link.kind, other=link.other, seconds=link.seconds) for link in plan.links)


def _shape_form(shape: Shape) -> AnyShape:
    match shape:
        case Circle():
            return CircleShape(centre=point(shape.centre), radius_m=shape.radius_m)
        case Polygon():
            return PolygonShape(ring=_points(shape.ring), holes=[_points(hole) for hole in shape.holes])
        case Corridor():
            return CorridorShape(path=_points(shape.path), half_width_m=shape.half_width_m)
        case _:
            assert_never(shape)


def point(position: Position) -> Point:
    """Return a position as the map has it: longitude first."""
    return (position.lon, position.lat)


def _points(positions: Iterable[Position]) -> list[Point]:
    return [point(position) for position in positions]


# -- drawing -----------------------------------------------------------------------------------------------------------


def drawn(volumes: Iterable[Volume]) -> tuple[DrawnVolume, ...]:
    """Return volumes as rings to draw, each with its band in metres as its numbers are written."""
    return tuple(
        DrawnVolume(
            rings=rings(volume.shape), altitude=show_band(volume.band), band=band_view(volume.band),
            path=_path(volume.shape), reach_m=_reach_m(volume.shape), start=volume.interval.start,
            end=volume.interval.end,
        )
        for volume in volumes
    )  # fmt: skip


def band_view(band: Band) -> BandView:
    """Return a band with the numbers to draw it by, each with its reference."""
    return BandView(
        text=show_band(band), lower_m=min(band.lower.metres, TOP_M), lower=str(band.lower.reference),
        upper_m=min(band.upper.metres, TOP_M), upper=str(band.upper.reference),
    )  # fmt: skip


def _path(shape: Shape) -> tuple[Point, ...]:
    match shape:
        case Circle():
            return (point(shape.centre),)
        case Corridor():
            return tuple(_points(shape.path))
        case _:
            return ()


def _reach_m(shape: Shape) -> float:
    return shape.radius_m if isinstance(shape, Circle) else shape.half_width_m if isinstance(shape, Corridor) else 0.0


@lru_cache(maxsize=20_000)
def rings(shape: Shape) -> list[Ring]:
    """Return a shape as closed rings, the outer one first; longitudes go on past 180 rather than jump."""
    match shape:
        case Circle():
            return [_circle(shape.centre, shape.radius_m)]
        case Polygon():
            near = shape.ring[0].lon
            return [_closed(_unwrapped(_points(ring), near)) for ring in shape.rings]
        case Corridor():
            return _corridor(shape)
        case _:
            assert_never(shape)


def _circle(centre: Position, radius_m: float) -> Ring:
    around = [360.0 * corner / CORNERS for corner in range(CORNERS)]
    lons, lats, _ = wgs84_ellipsoid().fwd([centre.lon] * CORNERS, [centre.lat] * CORNERS, around, [radius_m] * CORNERS)
    return _closed(_unwrapped([(lon, lat) for lon, lat in zip(lons, lats, strict=True)], centre.lon))


def _corridor(shape: Corridor) -> list[Ring]:
    if len(shape.path) == 1:
        return [_circle(shape.path[0], shape.half_width_m)]
    path = _unwrapped(_points(shape.path), shape.path[0].lon)
    middle_lat = (min(lat for _, lat in path) + max(lat for _, lat in path)) / 2
    wide = _DEGREE_M * max(math.cos(math.radians(middle_lat)), 0.05)
    line = shapely.LineString([(lon * wide, lat * _DEGREE_M) for lon, lat in path])
    flat = line.buffer(shape.half_width_m, quad_segs=6)
    every = [flat.exterior, *flat.interiors]
    return [[(round(x / wide, 6), round(y / _DEGREE_M, 6)) for x, y in ring.coords] for ring in every]


def _unwrapped(points: list[Point], near: float) -> list[Point]:
    found: list[Point] = []
    for lon, lat in points:
        lon += 360 * round((near - lon) / 360)
        found.append((round(lon, 6), round(lat, 6)))
        near = lon
    return found


def _closed(ring: list[Point]) -> Ring:
    return [*ring, ring[0]]
