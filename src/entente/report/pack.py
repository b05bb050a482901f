"""A story as the compact data that the map's script reads: each fact once, whole numbers, deltas.

Times are milliseconds after the window's start; positions are 1e-5 degree (about a metre), each ring or path
delta-coded and never jumping at the antimeridian; lengths are metres, rounded up. A shape is ``[kind, size, points]``
with kind 0 polygon, 1 circle, 2 corridor. Words are told here, so that map, report and command line say the same.

A finding that the reader may not see is packed as the name of the party that made it, and nothing else.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, assert_never

from entente.geo.interval import Interval, dtg
from entente.geo.position import Position
from entente.geo.volume import Circle, Corridor, Polygon, Shape, Volume
from entente.joint.areas import Area
from entente.joint.protected_sites import Site
from entente.joint.screening import Against, Finding
from entente.report import basemap, words
from entente.report.story import SENTENCES, Story, StoryFinding, StoryPlan

SCALE = 100_000
MARGIN = 0.35
"""How much of the story's own width and height is added on each side of the base map."""
SMALLEST_VIEW = 0.5
"""[degrees] A story about one place still shows what lies around it."""


def pack(story: Story) -> dict[str, Any]:
    """Return everything that the map shows, ready for JSON."""
    start = story.window.start
    bands: dict[str, int] = {}
    frame = bounds(story)
    middle = (frame[0] + frame[2]) / 2
    land = surroundings(frame)
    return {
        "title": story.title,
        "made": dtg(story.made_at),
        "start": _ms(start, datetime.fromtimestamp(0, start.tzinfo)),
        "length": _ms(story.window.end, start),
        "sentences": SENTENCES,
        "parties": story.parties,
        "plans": [_plan(held, story, bands, middle) for held in story.plans],
        "bands": list(bands),
        "sites": [_site(site, story, middle) for site in story.sites],
        "areas": [_area(area, start, middle) for area in story.areas],
        "findings": [_finding(found, story, middle) for found in story.findings],
        "events": [[_ms(event.at, start), event.party, event.text] for event in story.events],
        "places": [[place.name, *_point(place.position, middle)] for place in story.places],
        "frame": frame,
        "land": land,
        "base": basemap.clip(*land),
        "source": basemap.source(),
    }


def bounds(story: Story) -> tuple[float, float, float, float]:
    """West, south, east, north of all that has a place, with a margin [degrees]; east may pass 180. Else the world."""
    positions = [point for held in story.plans for volume in held.plan.volumes for point in outline(volume.shape)]
    positions += [point for area in story.areas for point in outline(area.shape)]
    positions += [site.position for site in story.sites if site.position is not None]
    positions += [place.position for place in story.places]
    if not positions:
        return -180.0, -60.0, 180.0, 75.0
    west, east = _narrowest([point.lon for point in positions])
    south, north = min(point.lat for point in positions), max(point.lat for point in positions)
    wide = max((east - west) * MARGIN, SMALLEST_VIEW / max(math.cos(math.radians((south + north) / 2)), 0.2))
    high = max((north - south) * MARGIN, SMALLEST_VIEW)
    return west - wide, max(south - high, -84.0), east + wide, min(north + high, 84.0)


def surroundings(frame: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """The box of base map around a frame: as wide again on each side, so that wide windows are full."""
    west, south, east, north = frame
    wide = min(max(east - west, (north - south) * 2, 4.0), (360 - (east - west)) / 2)
    high = max(north - south, 2.0)
    return west - wide, max(south - high, -85.0), east + wide, min(north + high, 85.0)


def outline(shape: Shape) -> tuple[Position, ...]:
    """The positions that a shape is spelt with."""
    match shape:
        case Polygon(ring=ring):
            return ring
        case Circle(centre=centre):
            return (centre,)
        case Corridor(path=path):
            return path
    assert_never(shape)


def _narrowest(lons: list[float]) -> tuple[float, float]:
    """The shortest stretch of longitude that holds them all: the circle, less its widest gap."""
    ordered = sorted(set(lons))
    gaps = [(after - before, index) for index, (before, after) in enumerate(pairwise(ordered), 1)]
    around = ordered[0] + 360 - ordered[-1]
    widest, index = max(gaps, default=(0.0, 0))
    if widest <= around:
        return ordered[0], ordered[-1]
    return ordered[index], ordered[index - 1] + 360


def _plan(held: StoryPlan, story: Story, bands: dict[str, int], middle: float) -> dict[str, Any]:
    start, plan = story.window.start, held.plan
    return {
        "id": plan.id,
        "title": plan.title,
        "party": story.parties.index(held.party) if held.party in story.parties else -1,
        "kind": words.phrase(plan.kind),
        "crew": words.phrase(plan.crew),
        "call": plan.callsign,
        "version": held.version,
        "standings": [[_ms(s.at, start), words.phrase(s.phase), words.phrase(s.standing)] for s in held.standings],
        "volumes": [_volume(volume, start, bands, middle) for volume in plan.volumes],
    }


def _volume(volume: Volume, start: datetime, bands: dict[str, int], middle: float) -> list[Any]:
    known = bands.setdefault(words.band(volume.band), len(bands))
    begins, ends = _ms(volume.interval.start, start), _ms(volume.interval.end, start)
    return [begins, ends - begins, known, *shape(volume.shape, middle)]


def shape(value: Shape, middle: float) -> list[Any]:
    """A shape as ``[kind, size, points]``; a polygon's holes follow, each a list of points."""
    match value:
        case Polygon(rings=rings):
            return [0, 0, *(_path(ring, middle) for ring in rings)]
        case Circle(centre=centre, radius_m=radius):
            return [1, math.ceil(radius), _path((centre,), middle)]
        case Corridor(path=path, half_width_m=width):
            return [2, math.ceil(width), _path(path, middle)]
    assert_never(value)


def _path(positions: tuple[Position, ...], middle: float) -> list[int]:
    """Delta-coded; each point is the turn of the earth nearest to the one before it, the first to the map's middle."""
    packed: list[int] = []
    x, y, near = 0, 0, middle
    for position in positions:
        nx, ny = _point(position, near)
        packed += (nx - x, ny - y)
        x, y, near = nx, ny, nx / SCALE
    return packed


def _point(position: Position, near: float) -> tuple[int, int]:
    lon = position.lon + 360 * round((near - position.lon) / 360)
    return round(lon * SCALE), round(position.lat * SCALE)


def _site(site: Site, story: Story, middle: float) -> dict[str, Any]:
    packed: dict[str, Any] = {
        "id": site.id,
        "title": site.name,
        "category": words.phrase(site.category),
        "place": None if site.position is None else _point(site.position, middle),
        "doubt": math.ceil(site.uncertainty_m),
        "buffer": 0,
        "where": ", ".join(part for part in (site.district, site.country) if part),
        "status": words.phrase(site.status),
    }
    if site.footprint is not None:
        packed["shape"] = shape(site.footprint, middle)
    if site.expires_at is not None:
        packed["expires"] = _ms(site.expires_at, story.window.start)
    if story.standard is not None:
        least = story.standard.sites.get(site.category, story.standard.site_default)
        packed["buffer"] = math.ceil(least.horizontal_m)
    return packed


def _area(area: Area, start: datetime, middle: float) -> dict[str, Any]:
    return {
        "id": area.id,
        "title": area.title,
        "class": words.phrase(area.area_class),
        "shape": shape(area.shape, middle),
        "band": words.band(area.band),
        "exempt": ", ".join(sorted(area.exempt)),
        **_span(area.interval, start),
    }


def _finding(found: StoryFinding, story: Story, middle: float) -> dict[str, Any]:
    finding = found.shown
    if finding is None:
        return {"by": found.by, "text": words.CONTACT_US}
    return {
        "by": found.by,
        "plan": _index(story, finding.plan),
        "other": _index(story, finding.other) if finding.against is Against.OPERATION else -1,
        "against": finding.against.value,
        "about": words.AGAINST[finding.against],
        "title": finding.other_title,
        "text": words.closeness(finding),
        "marks": words.marks_in_words(finding.marks),
        "doubt": math.ceil(finding.doubt_m),
        "place": None if finding.place is None else _point(finding.place, middle),
        "site": _site_index(story, finding),
        **_span(finding.interval, story.window.start),
    }


def _index(story: Story, plan: str) -> int:
    return next((index for index, held in enumerate(story.plans) if held.plan.id == plan), -1)


def _site_index(story: Story, finding: Finding) -> int:
    if finding.against is not Against.SITE:
        return -1
    return next((index for index, site in enumerate(story.sites) if site.id == finding.other), -1)


def _span(interval: Interval | None, start: datetime) -> dict[str, int]:
    return {} if interval is None else {"from": _ms(interval.start, start), "to": _ms(interval.end, start)}


def _ms(time: datetime, start: datetime) -> int:
    return (time - start) // timedelta(milliseconds=1)
