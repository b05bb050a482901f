"""Land, borders and country names around a story, cut from the packed map that `tools/basemap.py` made.

The map is Natural Earth 1:50m, good to about a kilometre: it shows the reader where he is and is evidence of nothing.

>>> alps = clip(5.0, 45.0, 11.0, 48.0)
>>> "Switzerland" in [name for name, *_ in alps["names"]]
True
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from itertools import accumulate
from typing import Any

UNITS = 1000
"""The packed map counts thousandths of a degree."""


@cache
def _world() -> dict[str, Any]:
    packed = files("entente.report").joinpath("page", "basemap.json.gz").read_bytes()
    world: dict[str, Any] = json.loads(gzip.decompress(packed))
    return world


def source() -> str:
    """Where the map comes from, in words for the foot of the page."""
    return str(_world()["source"])


def clip(west: float, south: float, east: float, north: float) -> dict[str, list[Any]]:
    """Return ``land`` (polygons of rings), ``borders`` (lines) and ``names`` inside a box [degrees].

    `west` and `east` may reach beyond ±180 (a story across the antimeridian): the answer then does too. Every ring
    and line is a flat list of thousandths of a degree, delta-coded. Wide boxes are drawn with fewer points.
    """
    from shapely.affinity import translate
    from shapely.geometry import LineString, Point, Polygon, box

    frame = box(west * UNITS, south * UNITS, east * UNITS, north * UNITS)
    tolerance = (east - west) * UNITS / 4000
    result: dict[str, list[Any]] = {"land": [], "borders": [], "names": []}
    for turn in (-360 * UNITS, 0, 360 * UNITS):
        view = translate(frame, -turn)
        for rings in _world()["land"]:
            outer, *holes = [list(_points(ring)) for ring in rings]
            if not _meet(outer, view.bounds):
                continue
            # Natural Earth touches itself here and there; a zero buffer makes such a ring simple again.
            shape = Polygon(outer, holes).buffer(0).intersection(view).simplify(tolerance)
            result["land"] += [
                [_delta(r.coords, turn) for r in (p.exterior, *p.interiors)] for p in _parts(shape, "Polygon")
            ]
        for line in _world()["borders"]:
            if _meet(points := list(_points(line)), view.bounds):
                cut = LineString(points).intersection(view).simplify(tolerance)
                result["borders"] += [_delta(part.coords, turn) for part in _parts(cut, "LineString")]
        result["names"] += [
            [name, x + turn, y, size] for name, x, y, size in _world()["names"] if view.contains(Point(x, y))
        ]
    return result


def _points(packed: list[int]) -> Iterator[tuple[int, int]]:
    return zip(accumulate(packed[::2]), accumulate(packed[1::2]), strict=True)


def _meet(points: list[tuple[int, int]], bounds: tuple[float, float, float, float]) -> bool:
    west, south, east, north = bounds
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs) <= east and max(xs) >= west and min(ys) <= north and max(ys) >= south


def _parts(shape: Any, kind: str) -> list[Any]:
    """The polygons, or lines, that a cut left; the rest of what it left is points and slivers."""
    return [part for part in getattr(shape, "geoms", [shape]) if part.geom_type == kind and not part.is_empty]


def _delta(points: Iterable[tuple[float, float]], turn: int) -> list[int]:
    packed: list[int] = []
    x = y = 0
    for lon, lat in points:
        nx, ny = round(lon) + turn, round(lat)
        packed += (nx - x, ny - y)
        x, y = nx, ny
    return packed
