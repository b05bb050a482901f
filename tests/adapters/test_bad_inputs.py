"""What is wrong with a file is told in one sentence: which file, which row or table, which field, by a stable code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from entente.adapters import csv_plans, csv_sites, geojson, planfile, standardfile
from entente.errors import Malformed

ROUTE = """
[[plan]]
title = "A"
[plan.route]
{depart}
{speed}
altitude = "{altitude}"
{width}
waypoints = {points}
"""


def route(
    depart: str = "depart = 2026-11-22T10:00:00Z",
    speed: str = "speed_kt = 120",
    altitude: str = "FL080-FL100",
    width: str = "half_width_nm = 1",
    points: str = '[{ at = "47 8" }, { at = "47.2 8" }]',
) -> str:
    return ROUTE.format(depart=depart, speed=speed, altitude=altitude, width=width, points=points)


def volume(shape: str, start: str = "2026-11-22T10:00:00Z", end: str = "2026-11-22T11:00:00Z") -> str:
    return f'[[plan]]\ntitle = "A"\n[[plan.volume]]\n{shape}\naltitude = "GND-FL100"\nstart = {start}\nend = {end}\n'


def feature(geometry: str, properties: str = "") -> str:
    some = '"title": "A", "lower": "GND", "upper": "FL100", "start": "2026-11-22T10:00:00Z"'
    rest = some + ", " + (properties or '"end": "2026-11-22T11:00:00Z"')
    inner = f'{{"type": "Feature", "properties": {{{rest}}}, "geometry": {geometry}}}'
    return f'{{"type": "FeatureCollection", "features": [{inner}]}}'


SQUARE = '{"type": "Polygon", "coordinates": [[[8, 47], [8.5, 47], [8.5, 47.5], [8, 47.5], [8, 47]]]}'
BOW = '{"type": "Polygon", "coordinates": [[[8, 47], [8.5, 47.5], [8.5, 47], [8, 47.3], [8, 47]]]}'
HOLE = (
    '{"type": "Polygon", "coordinates": [[[8,47],[9,47],[9,48],[8,47]], [[8.1,47.1],[8.2,47.1],[8.1,47.4],[8.1,47.1]]]}'
)
HEAD = "plan,position,time,altitude,half width nm\n"

Read = Callable[[Path], Any]
BAD: list[tuple[str, Read, str | bytes, str, str]] = [
    # name, reader, content, code, what the sentence's place must hold
    ("no file", planfile.read, "", "file.empty", "f"),
    ("bytes", planfile.read, b"\x89PNG\r\n\x1a\n\x00\xff", "file.encoding", "f"),
    ("zero bytes", geojson.read_plans, b"{}\x00", "file.encoding", "f"),
    ("broken TOML", planfile.read, "[[plan]\n", "toml.syntax", "f"),
    ("broken JSON", geojson.read_plans, '{"type": ', "json.syntax", "f"),
    ("deep JSON", geojson.read_plans, "[" * 100_000, "json.syntax", "f"),
    ("NaN in JSON", geojson.read_plans, feature(SQUARE.replace("8.5", "NaN", 1)), "json.syntax", "f"),
    ("no plan", planfile.read, "title = 1\n", "field.unknown", "title"),
    ("no shape", planfile.read, '[[plan]]\ntitle = "A"\n', "plan.shape", "plan 1"),
    ("title of the wrong type", planfile.read, "[[plan]]\ntitle = 7\n", "field.type", "plan 1, title"),
    (
        "unknown kind",
        planfile.read,
        route().replace('title = "A"', 'title = "A"\nkind = "raid"'),
        "field.choice",
        "plan 1, kind",
    ),
    (
        "slip in a field",
        planfile.read,
        route(speed="speed_kt = 120\nmargins = 3"),
        "field.unknown",
        "plan 1, route, margins",
    ),
    (
        "two units",
        planfile.read,
        route(width="half_width_nm = 1\nhalf_width_m = 9"),
        "field.twice",
        "route, half_width",
    ),
    ("no width", planfile.read, route(width=""), "field.missing", "route, half_width_nm"),
    ("no time", planfile.read, route(depart=""), "route.time", "plan 1, route, waypoint 1"),
    ("no speed", planfile.read, route(speed=""), "route.speed", "plan 1, route, waypoint 2"),
    ("no zone", planfile.read, route(depart="depart = 2026-11-22T10:00:00"), "geo.time", "route, depart"),
    ("one waypoint", planfile.read, route(points='[{ at = "47 8" }]'), "route.short", "plan 1, route"),
    (
        "latitude 91",
        planfile.read,
        route(points='[{ at = "47 8" }, { at = "91 8" }]'),
        "geo.latitude",
        "waypoints 2, at",
    ),
    (
        "no aerodrome",
        planfile.read,
        route(points='[{ at = "ZZZZ" }, { at = "47 8" }]'),
        "aerodrome.unknown",
        "waypoints 1, at",
    ),
    ("no reference", planfile.read, route(altitude="5000 ft-FL100"), "geo.altitude.reference", "route, altitude"),
    (
        "unknown reference",
        planfile.read,
        route(altitude="5000 ft QFE-FL100"),
        "geo.altitude.reference",
        "route, altitude",
    ),
    ("reversed band", planfile.read, route(altitude="FL100-FL080"), "geo.band.reversed", "route, altitude"),
    ("an hour of years", planfile.read, route(speed="speed_kt = 0.2\nslice_s = 1"), "route.long", "waypoint 1"),
    (
        "crossing ring",
        planfile.read,
        volume('polygon = ["47 8","47.5 8.5","47 8.5","47.5 8"]'),
        "geo.ring.crossing",
        "volume 1, polygon",
    ),
    (
        "zero radius",
        planfile.read,
        volume('circle = {centre = "47 8", radius_m = 0}'),
        "geo.width",
        "volume 1, circle",
    ),
    (
        "end before start",
        planfile.read,
        volume('polygon = ["47 8","47 9","48 9"]', end="2026-11-22T09:00:00Z"),
        "geo.interval.reversed",
        "volume 1",
    ),
    ("two ids", planfile.read, 2 * route().replace('title = "A"', 'title = "A"\nid = "x"'), "plan.duplicate", "f"),
    ("not GeoJSON", geojson.read_plans, '{"type": "Topology"}', "geojson.type", "f"),
    ("no features", geojson.read_plans, '{"type": "FeatureCollection", "features": []}', "plan.none", "f"),
    ("crossing polygon", geojson.read_plans, feature(BOW), "geo.ring.crossing", "feature 1"),
    ("hole outside", geojson.read_plans, feature(HOLE), "geo.hole.outside", "feature 1"),
    ("no ring", geojson.read_plans, feature('{"type": "Polygon", "coordinates": []}'), "geojson.ring", "feature 1"),
    ("open ring", geojson.read_plans, feature(SQUARE.replace(", [8, 47]]]", "]]")), "geojson.ring", "feature 1"),
    (
        "swapped position",
        geojson.read_plans,
        feature('{"type":"Point","coordinates":[47,98]}', '"end":"2026-11-22T11:00:00Z","radius_m":500'),
        "geo.latitude",
        "feature 1",
    ),
    (
        "point without radius",
        geojson.read_plans,
        feature('{"type":"Point","coordinates":[8,47]}'),
        "field.missing",
        "feature 1, radius_m",
    ),
    ("no geometry", geojson.read_plans, feature("null"), "field.type", "feature 1"),
    (
        "end first",
        geojson.read_plans,
        feature(SQUARE, '"end": "2026-11-22T09:00:00Z"'),
        "geo.interval.reversed",
        "feature 1",
    ),
    (
        "reversed band in GeoJSON",
        geojson.read_plans,
        feature(SQUARE).replace("GND", "FL200"),
        "geo.band.reversed",
        "feature 1",
    ),
    ("no end", geojson.read_plans, feature(SQUARE, '"note": ""'), "field.missing", "feature 1"),
    ("number for text", geojson.read_plans, feature(SQUARE, '"end": 5'), "field.type", "feature 1, end"),
    (
        "unknown class",
        geojson.read_areas,
        feature(SQUARE, '"end": "2026-11-22T11:00:00Z", "class": "kill_box"'),
        "field.choice",
        "feature 1, class",
    ),
    (
        "site that is a line",
        geojson.read_sites,
        feature('{"type":"LineString","coordinates":[[8,47],[9,47]]}', '"name":"A","half_width_m":500'),
        "geojson.geometry",
        "feature 1",
    ),
    ("missing column", csv_plans.read, "plan,time\nx,2026-11-22T10:00:00Z\n", "csv.column", "row 1"),
    ("empty table", csv_plans.read, HEAD, "plan.none", "f"),
    ("bad cell", csv_plans.read, HEAD + "x,47 8,yesterday,FL080-FL100,1\n", "geo.time", "row 2, time"),
    (
        "one row",
        csv_plans.read,
        HEAD + "x,47 8,2026-11-22T10:00:00Z,FL080-FL100,1\n",
        "route.short",
        "rows 2 to 2, plan x",
    ),
    (
        "Arabic digits as width",
        csv_plans.read,
        HEAD + "x,47 8,2026-11-22T10:00:00Z,FL080-FL100,١\n" * 2,
        "field.type",
        "half_width_nm",
    ),
    ("open quote", csv_sites.read, 'name,lat,lon\n"Clinic,1,2\n', "csv.syntax", "line"),
    ("sites without places", csv_sites.read, "name,district\nClinic,North\n", "csv.column", "row 1"),
    ("standard without pairs", standardfile.read, 'name = "x"\n', "standard.pair", "f"),
    (
        "negative minimum",
        standardfile.read,
        'name = "x"\n[[pair]]\ncrews = ["crewed", "crewed"]\nhorizontal_m = -1\nvertical_m = 1\n',
        "field.range",
        "pair 1",
    ),
    (
        "unknown category",
        standardfile.read,
        'name = "x"\n[[pair]]\ncrews = ["crewed", "crowd"]\n',
        "field.choice",
        "pair 1",
    ),
]


@pytest.mark.parametrize(("read", "content", "code", "place"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_bad_input_is_told_with_its_place_and_code(
    tmp_path: Path, read: Read, content: str | bytes, code: str, place: str
) -> None:
    path = tmp_path / "f"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())

    with pytest.raises(Malformed) as caught:
        read(path)

    assert caught.value.code == code, str(caught.value)
    assert caught.value.where is not None
    assert caught.value.where.startswith("f")
    assert place in caught.value.where
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match=r"nowhere\.toml") as caught:
        planfile.read(tmp_path / "nowhere.toml")

    assert caught.value.code == "file.missing"
