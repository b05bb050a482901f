"""What a new version of an operation changed, in words: told to whoever answers it, before anything is signed.

>>> from entente.geo.altitude import parse_band
>>> from entente.geo.interval import Interval
>>> from entente.geo.position import parse
>>> from entente.geo.volume import Circle, Volume
>>> from entente.joint.plan import Crew, Kind
>>> from dataclasses import replace
>>> there = Volume(shape=Circle(centre=parse("47.45 8.55"), radius_m=1852.0), band=parse_band("FL100-FL120"),
...                interval=Interval.parse("2026-11-22T10:00:00Z/2026-11-22T11:00:00Z"))
>>> old = Plan(id="x", title="Survey", kind=Kind.GENERAL, crew=Crew.CREWED, volumes=(there,))
>>> new = replace(old, volumes=(replace(there, band=parse_band("FL100-FL140")),))
>>> [(one.what, one.old, one.new) for one in differences(old, new)]
[('heights of volume 1', 'FL100-FL120', 'FL100-FL140')]
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import assert_never

from entente.geo.altitude import show_band
from entente.geo.geodesy import distance_m
from entente.geo.interval import dtg
from entente.geo.position import Position, show
from entente.geo.volume import Circle, Corridor, Polygon, Shape, Volume
from entente.joint.journey import Change
from entente.joint.plan import Plan, TimingLink


def differences(old: Plan, new: Plan) -> list[Change]:
    """Return what changed from one plan to the next, in the order in which a plan is told; volumes by their number."""
    return list(_differences(old, new))


def _differences(old: Plan, new: Plan) -> Iterator[Change]:
    for what in ("title", "callsign", "kind", "crew", "note"):
        before, after = str(getattr(old, what)), str(getattr(new, what))
        if before != after:
            yield Change(what=what, old=before.replace("_", " "), new=after.replace("_", " "))
    for nth, (was, is_) in enumerate(zip_longest(old.volumes, new.volumes), 1):
        yield from _volume(nth, was, is_)
    before, after = _links(old.links), _links(new.links)
    if before != after:
        yield Change(what="timing links", old=before, new=after)


def _volume(nth: int, was: Volume | None, is_: Volume | None) -> Iterator[Change]:
    if was is None or is_ is None:
        yield Change(what=f"volume {nth}", old=_told(was), new=_told(is_))
        return
    if was.interval != is_.interval:
        yield Change(what=f"time of volume {nth}", old=_when(was), new=_when(is_))
    if was.band != is_.band:
        yield Change(what=f"heights of volume {nth}", old=show_band(was.band), new=show_band(is_.band))
    if was.shape != is_.shape:
        moved = distance_m(_first(was.shape), _first(is_.shape))
        yield Change(what=f"shape of volume {nth}", old=_shape(was.shape), new=_shape(is_.shape), moved_m=moved)


def _told(volume: Volume | None) -> str:
    return "" if volume is None else f"{_shape(volume.shape)}, {show_band(volume.band)}, {_when(volume)}"


def _when(volume: Volume) -> str:
    return f"{dtg(volume.interval.start)} – {dtg(volume.interval.end)}"


def _shape(shape: Shape) -> str:
    match shape:
        case Circle():
            return f"{shape.radius_m:,.0f} m around {show(shape.centre).decimal}"
        case Polygon():
            holes = f" and {len(shape.holes)} holes" if shape.holes else ""
            return f"polygon of {len(shape.ring)} corners from {show(shape.ring[0]).decimal}{holes}"
        case Corridor():
            ends = f"{show(shape.path[0]).decimal} to {show(shape.path[-1]).decimal}"
            return f"{shape.half_width_m:,.0f} m either side of {len(shape.path)} points from {ends}"
        case _:
            assert_never(shape)


def _first(shape: Shape) -> Position:
    match shape:
        case Circle():
            return shape.centre
        case Polygon():
            return shape.ring[0]
        case Corridor():
            return shape.path[0]
        case _:
            assert_never(shape)


def _links(links: tuple[TimingLink, ...]) -> str:
    return "; ".join(f"{link.kind.replace('_', ' ')} {link.other}, {link.seconds / 60:g} min" for link in links)
