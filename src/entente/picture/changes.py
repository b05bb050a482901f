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
from entente.picture.catalogues import ENGLISH, Catalogue


def differences(old: Plan, new: Plan, words: Catalogue = ENGLISH) -> list[Change]:
    """Return what changed from one plan to the next, in the order in which a plan is told; volumes by their number.

    What changed goes by its English name, from which a page makes its own word; how it was and is stands in `words`.
    """
    return list(_differences(old, new, words))


def _differences(old: Plan, new: Plan, words: Catalogue) -> Iterator[Change]:
    for what in ("title", "callsign", "kind", "crew", "note"):
        before, after = str(getattr(old, what)), str(getattr(new, what))
        if before != after:
            yield Change(what=what, old=before.replace("_", " "), new=after.replace("_", " "))
    for nth, (was, is_) in enumerate(zip_longest(old.volumes, new.volumes), 1):
        yield from _volume(nth, was, is_, words)
    before, after = _links(old.links, words), _links(new.links, words)
    if before != after:
        yield Change(what="timing links", old=before, new=after)


def _volume(nth: int, was: Volume | None, is_: Volume | None, words: Catalogue) -> Iterator[Change]:
    if was is None or is_ is None:
        yield Change(what=f"volume {nth}", old=_told(was, words), new=_told(is_, words))
        return
    if was.interval != is_.interval:
        yield Change(what=f"time of volume {nth}", old=_when(was), new=_when(is_))
    if was.band != is_.band:
        yield Change(what=f"heights of volume {nth}", old=show_band(was.band), new=show_band(is_.band))
    if was.shape != is_.shape:
        moved = distance_m(_first(was.shape), _first(is_.shape))
        told = {"old": _shape(was.shape, words), "new": _shape(is_.shape, words)}
        yield Change(what=f"shape of volume {nth}", moved_m=moved, **told)


def _told(volume: Volume | None, words: Catalogue) -> str:
    if volume is None:
        return ""
    return words.phrases["and_so_on"].join(
        [_shape(volume.shape, words), words.kept(show_band(volume.band)), words.kept(_when(volume))]
    )


def _when(volume: Volume) -> str:
    return f"{dtg(volume.interval.start)} – {dtg(volume.interval.end)}"


def _shape(shape: Shape, words: Catalogue) -> str:
    def at(position: Position) -> str:
        return show(position).decimal

    match shape:
        case Circle():
            return words.say("shape.circle", reach=words.number(shape.radius_m), centre=at(shape.centre))
        case Polygon():
            ring = words.say("shape.polygon", count=len(shape.ring), first=at(shape.ring[0]))
            return words.say("shape.holed", shape=ring, count=len(shape.holes)) if shape.holes else ring
        case Corridor():
            return words.say(
                "shape.corridor", reach=words.number(shape.half_width_m), count=len(shape.path),
                first=at(shape.path[0]), last=at(shape.path[-1]),
            )  # fmt: skip
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


def _links(links: tuple[TimingLink, ...], words: Catalogue) -> str:
    def told(link: TimingLink) -> str:
        kind = words.code(link.kind, "link")
        return words.say("shape.link", kind=kind, other=link.other, minutes=f"{link.seconds / 60:g}")

    return "; ".join(map(told, links))
