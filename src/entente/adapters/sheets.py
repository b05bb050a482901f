"""Lists of places as sheets: rows of text cells with their numbers, whatever the file is.

CSV (any delimiter and encoding that `delimited` knows), XLSX, GeoJSON, KML and KMZ become the same: `Sheet`, read line
by line. HXL is no format of its own: tags stand in a row of any sheet, and `places.columns` finds them. What a column
means is not said here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from entente.errors import Malformed
from entente.geo.volume import Polygon

MOST_ROWS = 250_000
"""Rows of one list. The largest known has some 100,000 facilities for a continent; what is longer is divided."""
MOST_CELLS = 512
"""Cells of one row."""
MOST_CHARACTERS = 32_767
"""[characters] In one cell, as in a spreadsheet's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row: its number as a spreadsheet counts it, its cells, its outline if it is a shape, columns of formulas."""

    number: int
    cells: tuple[str, ...]
    footprint: Polygon | None = None
    formulas: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A list's rows, to be read once, and what the reader has to be told about how they were read."""

    lines: Iterator[Line]
    notes: tuple[str, ...] = ()


def read(path: Path, *, sheet: str = "", encoding: str = "") -> Sheet:
    """Open a list. `sheet` names one of a workbook's, `encoding` a CSV's when it is not told right.

    Raises:
        Malformed: `file.*`, `csv.*`, `xlsx.*`, `kml.*`, `geojson.*`; also while lines are read.
        Refused: `xlsx.sheet`, when a workbook has several and none was named.
    """
    from entente.adapters import delimited, kml, xlsx

    readers: Mapping[str, Callable[[], Sheet]] = {
        ".csv": lambda: delimited.read(path, encoding),
        ".tsv": lambda: delimited.read(path, encoding),
        ".txt": lambda: delimited.read(path, encoding),
        ".xlsx": lambda: xlsx.read(path, sheet),
        ".xlsm": lambda: xlsx.read(path, sheet),
        ".geojson": lambda: _geojson(path),
        ".json": lambda: _geojson(path),
        ".kml": lambda: kml.read(path),
        ".kmz": lambda: kml.read(path),
    }
    suffix = path.suffix.lower()
    if suffix in (".xls", ".xlsb", ".ods", ".numbers"):
        raise Malformed("file.format", f"{suffix} is not read; save it as .xlsx or .csv and give that", where=path.name)
    if suffix not in readers:
        raise Malformed("file.format", f"is not read; give one of {', '.join(readers)}", where=path.name)
    found = readers[suffix]()
    return Sheet(lines=bounded(found.lines, path.name), notes=found.notes)


def bounded(lines: Iterator[Line], name: str) -> Iterator[Line]:
    """Yield lines until there are more than any list has; nothing is kept of what was read then.

    Raises:
        Malformed: `file.rows`, `file.cells`.
    """
    for count, line in enumerate(lines, 1):
        if count > MOST_ROWS:
            raise too_many_rows(name)
        if len(line.cells) > MOST_CELLS:
            where = f"{name}, row {line.number}"
            raise Malformed("file.cells", f"has {len(line.cells):,} cells; at most {MOST_CELLS} are read", where=where)
        yield line


def too_many_rows(name: str) -> Malformed:
    """Return the error of a list that has more rows than any."""
    return Malformed(
        "file.rows",
        f"has more than {MOST_ROWS:,} rows; divide it, by district for instance, and import each part as a "
        "list of its own. Nothing of it was taken",
        where=name,
    )


# -- shapes ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Shaped:
    """A feature of a map: its properties, its position as written (latitude, longitude), or its outline."""

    number: int
    properties: Mapping[str, str]
    lat: str = ""
    lon: str = ""
    footprint: Polygon | None = None


def table(features: Sequence[Shaped]) -> Iterator[Line]:
    """Yield features as a sheet: a first line of names, then a line for each; positions in two columns of their own."""
    names = list(dict.fromkeys(name for feature in features for name in feature.properties))
    # What a map's file says of its position is its geometry, and not a property that happens to be called so.
    head = ["latitude", "longitude", *(name for name in names if name.lower() not in ("latitude", "longitude"))]
    yield Line(number=0, cells=tuple(head))
    for feature in features:
        cells = (feature.lat, feature.lon, *(feature.properties.get(name, "") for name in head[2:]))
        yield Line(number=feature.number, cells=cells, footprint=feature.footprint)


def _geojson(path: Path) -> Sheet:
    from entente.adapters import source

    try:
        # Numbers stay as written: how many decimals a position has says how well it is known.
        top = json.loads(source.text(path), parse_float=str, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Malformed("json.syntax", f"is not JSON: {error}", where=path.name) from error
    kind = top.get("type") if isinstance(top, dict) else None
    if kind not in ("FeatureCollection", "Feature"):
        raise Malformed("geojson.type", f"type {kind!r:.40} is neither FeatureCollection nor Feature", where=path.name)
    features = top.get("features") if kind == "FeatureCollection" else [top]
    if not isinstance(features, list):
        raise Malformed("geojson.type", "features is no list", where=path.name)
    if len(features) > MOST_ROWS:
        raise too_many_rows(path.name)
    shaped, notes = [], []
    for number, feature in enumerate(features, 1):
        if not isinstance(feature, dict):
            raise Malformed("geojson.type", "is no Feature", where=f"{path.name}, feature {number}")
        properties = feature.get("properties")
        plain = {str(key): _text(value) for key, value in properties.items()} if isinstance(properties, dict) else {}
        if isinstance(feature.get("id"), str | int):
            plain = {"id": str(feature["id"]), **plain}
        geometry = feature.get("geometry")
        try:
            lat, lon, footprint = _placed(geometry)
        except Malformed as error:
            notes.append(str(error.at(f"{path.name}, feature {number}")) + "; it is kept, not placed")
            lat, lon, footprint = "", "", None
        shaped.append(Shaped(number=number, properties=plain, lat=lat, lon=lon, footprint=footprint))
    return Sheet(lines=table(shaped), notes=tuple(notes))


def _placed(geometry: Any) -> tuple[str, str, Polygon | None]:
    from entente.adapters import geojson

    if geometry is None:
        return "", "", None
    if not isinstance(geometry, dict):
        raise Malformed("geojson.geometry", "its geometry is no object")
    coordinates = geometry.get("coordinates")
    if geometry.get("type") == "Point":
        if not isinstance(coordinates, list) or len(coordinates) not in (2, 3):
            raise Malformed("geojson.position", f"{coordinates!r:.60} is no position")
        return _text(coordinates[1]), _text(coordinates[0]), None
    if geometry.get("type") == "MultiPolygon" and isinstance(coordinates, list) and len(coordinates) == 1:
        coordinates = coordinates[0]
    elif geometry.get("type") != "Polygon":
        raise Malformed("geojson.geometry", "a place is a Point or one Polygon")
    return "", "", rounded(geojson.polygon(_numbers(coordinates)))


def rounded(outline: Polygon) -> Polygon:
    """Return an outline as details spell it, so that the same file read again is the same."""
    from entente.geo.spelling import POLYGON

    return POLYGON.read(POLYGON.plain(outline))


def _numbers(value: Any) -> Any:
    if isinstance(value, list):
        return [_numbers(item) for item in value]
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _text(value: Any) -> str:
    if value is None or value is False:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no number in JSON")
