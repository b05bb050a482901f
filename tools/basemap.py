"""Make `src/entente/report/page/basemap.json.gz` from Natural Earth 1:50m, as npm `world-atlas` 2.0.2 publishes it.

Natural Earth is in the public domain; world-atlas (ISC licence) packs it as TopoJSON. The result holds integers only,
thousandths of a degree, each line delta-coded as ``[lon0, lat0, dlon1, dlat1, ...]``:

    {"source": ..., "land": [[outer, hole, ...], ...], "borders": [line, ...], "names": [[name, lon, lat, size], ...]}

How to run it again:

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    python tools/basemap.py package/countries-50m.json src/entente/report/page/basemap.json.gz
"""

from __future__ import annotations

import gzip
import itertools
import json
import math
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shapely.geometry import Polygon

SOURCE = "Natural Earth 1:50m (public domain), by way of world-atlas 2.0.2"
Point = tuple[float, float]


def main(source: Path, result: Path) -> None:
    """Read TopoJSON from `source` and write the packed map to `result`, the same bytes every time."""
    world = json.loads(source.read_text("utf-8"))
    arcs = unpacked(world)
    countries = world["objects"]["countries"]["geometries"]
    packed = {
        "source": SOURCE,
        "land": [[delta(ring(part, arcs)) for part in polygon] for polygon in polygons(world["objects"]["land"])],
        "borders": [delta(unrolled(arcs[index])) for index in sorted(shared(countries))],
        "names": sorted(label(country, arcs) for country in countries),
    }
    text = json.dumps(packed, separators=(",", ":"), ensure_ascii=False)
    result.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def unpacked(world: dict[str, Any]) -> list[list[Point]]:
    """Undo TopoJSON's quantisation and deltas: every arc as positions [degrees]."""
    (sx, sy), (tx, ty) = world["transform"]["scale"], world["transform"]["translate"]
    arcs = []
    for arc in world["arcs"]:
        x = y = 0
        points = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append((x * sx + tx, y * sy + ty))
        arcs.append(points)
    return arcs


def polygons(geometry: dict[str, Any]) -> Iterator[list[list[int]]]:
    """Every polygon in a geometry, as rings of arc numbers."""
    for part in geometry.get("geometries", [geometry]):
        if part["type"] == "Polygon":
            yield part["arcs"]
        elif part["type"] == "MultiPolygon":
            yield from part["arcs"]


def ring(numbers: list[int], arcs: list[list[Point]]) -> list[Point]:
    """Join arcs end to end; a negative number is the arc ``~number`` backwards (TopoJSON §2.1.4)."""
    points: list[Point] = []
    for number in numbers:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        points += arc[1:] if points else arc
    return whole(unrolled(points))


def unrolled(points: list[Point]) -> list[Point]:
    """Let a line run on past 180 degrees: the source lets it jump to the other side there."""
    result, turns = points[:1], 0
    for (before, _), (lon, lat) in itertools.pairwise(points):
        turns -= round((lon - before) / 360)
        result.append((lon + 360 * turns, lat))
    return result


def whole(points: list[Point]) -> list[Point]:
    """Close a ring that has gone once around the earth, as Antarctica's does, by way of its pole."""
    (first, _), (last, lat) = points[0], points[-1]
    return (
        points
        if abs(last - first) < 180
        else [*points, (last, math.copysign(90, lat)), (first, math.copysign(90, lat))]
    )


def shared(countries: list[dict[str, Any]]) -> set[int]:
    """The arcs that two countries have in common: the land borders."""
    users: dict[int, set[int]] = defaultdict(set)
    for which, country in enumerate(countries):
        for polygon in polygons(country):
            for part in polygon:
                for number in part:
                    users[number if number >= 0 else ~number].add(which)
    return {number for number, names in users.items() if len(names) > 1}


def label(country: dict[str, Any], arcs: list[list[Point]]) -> tuple[str, int, int, int]:
    """The country's name at a point well inside its largest part, and that part's size [square degrees, rounded up]."""
    largest = max((Polygon(ring(polygon[0], arcs)).buffer(0) for polygon in polygons(country)), key=lambda p: p.area)
    inside = largest.representative_point()
    lon = (inside.x + 180) % 360 - 180
    return country["properties"]["name"], round(lon * 1000), round(inside.y * 1000), int(largest.area) + 1


def delta(points: list[Point]) -> list[int]:
    """Pack a line as thousandths of a degree, each point after the first as its distance from the one before."""
    packed: list[int] = []
    x = y = 0
    for lon, lat in points:
        nx, ny = round(lon * 1000), round(lat * 1000)
        packed += (nx - x, ny - y)
        x, y = nx, ny
    return packed


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
