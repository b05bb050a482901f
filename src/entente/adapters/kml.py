"""Maps in KML 2.2 (OGC 07-147r2) and KMZ: each Placemark is a row, its ExtendedData its cells.

Rules kept:

- The parser is expat with its doors shut: a document type is refused, so no entity is declared, expanded or fetched.
- Links to other documents are not followed.
- Coordinates are longitude first (§16.9); they are kept as written, for their decimals.
- A Placemark of several parts, or a line, is kept by name and not placed, which is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.parsers import expat

from entente.adapters import zipped
from entente.adapters.sheets import MOST_CELLS, MOST_ROWS, Shaped, Sheet, rounded, table, too_many_rows
from entente.adapters.source import LARGEST
from entente.errors import Malformed
from entente.geo.position import Position
from entente.geo.volume import Polygon

_PIECE = 256 * 1024
DEEPEST = 64
"""Elements within one another; a map has a dozen."""
LONGEST = 16 * 1024 * 1024
"""[characters] Of one element's text: an outline of half a million corners."""
MOST_NOTES = 50


def read(path: Path) -> Sheet:
    """Open a map.

    Raises:
        Malformed: `file.*`, `kml.syntax`, `kml.doctype`, `kml.deep`, `kml.bomb`, `kml.encrypted`.
    """
    parser = _Reader(path.name)
    for piece in _pieces(path):
        parser.feed(piece)
    features = parser.done()
    if not features:
        raise Malformed("kml.empty", "holds no Placemark", where=path.name)
    return Sheet(lines=table(features), notes=tuple(parser.notes))


def _pieces(path: Path) -> Iterator[bytes]:
    if path.suffix.lower() == ".kmz":
        with zipped.opened(path, "kml") as (archive, _):
            # §C.1: the first .kml in the archive is the document.
            name = next((name for name in archive.namelist() if name.lower().endswith(".kml")), None)
            if name is None:
                raise Malformed("kml.syntax", "holds no .kml", where=path.name)
            with archive.open(name) as inner:
                left = LARGEST
                while piece := inner.read(_PIECE):
                    left -= len(piece)
                    if left < 0:
                        most = LARGEST // 2**20
                        raise Malformed("kml.bomb", f"unpacks to a map of more than {most} MiB", where=path.name)
                    yield piece
        return
    try:
        if path.stat().st_size > LARGEST:
            raise Malformed("file.size", f"more than {LARGEST // 2**20} MiB; give a smaller file", where=path.name)
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece
    except OSError as error:
        raise Malformed("file.missing", f"cannot be read ({error.strerror or error})", where=path.name) from error


class _Reader:
    """What expat calls; names come without their namespace."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._path: list[str] = []
        self._said: list[str] = []
        self._length = 0
        self._key = ""
        self._found: list[Shaped] = []
        self._begin()
        self.notes: list[str] = []

    def _begin(self) -> None:
        self._properties: dict[str, str] = {}
        self._points: list[str] = []
        self._rings: list[tuple[bool, str]] = []
        self._polygons = self._lines = 0

    def feed(self, piece: bytes) -> None:
        self._run(piece, False)

    def done(self) -> list[Shaped]:
        self._run(b"", True)
        return self._found

    def _run(self, piece: bytes, last: bool) -> None:
        try:
            self._parser.Parse(piece, last)
        except expat.ExpatError as error:
            raise Malformed("kml.syntax", f"is not KML: {error}", where=self._name) from None

    def _doctype(self, *_: Any) -> None:
        raise Malformed(
            "kml.doctype", "declares a document type, which no map needs; it was not read", where=self._name
        )

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(" ")[2]
        self._path.append(tag)
        self._said, self._length = [], 0
        if len(self._path) > DEEPEST:
            raise Malformed("kml.deep", f"nests its elements deeper than {DEEPEST}", where=self._name)
        match tag:
            case "Placemark":
                self._begin()
                if "id" in attributes:
                    self._properties["id"] = attributes["id"]
            case "Data" | "SimpleData":
                self._key = attributes.get("name", "")
            case "Polygon":
                self._polygons += 1
            case "LineString" | "Track" | "Model":
                self._lines += 1

    def _text(self, text: str) -> None:
        self._length += len(text)
        if self._length > LONGEST:
            raise Malformed("kml.bomb", f"holds a text of more than {LONGEST:,} characters", where=self._name)
        self._said.append(text)

    def _end(self, name: str) -> None:
        tag, said = self._path.pop(), "".join(self._said).strip()
        self._said, self._length = [], 0
        if "Placemark" not in self._path and tag != "Placemark":
            return
        above = self._path[-1] if self._path else ""
        if tag == "Placemark":
            self._placemark()
        elif above == "Placemark" and tag in ("name", "description", "address"):
            self._properties[tag] = said
        elif (tag == "value" and above == "Data") or tag == "SimpleData":
            self._properties.setdefault(self._key, said)
        elif tag == "coordinates" and above == "Point":
            self._points.append(said)
        elif tag == "coordinates" and above == "LinearRing":
            self._rings.append(("innerBoundaryIs" in self._path, said))

    def _placemark(self) -> None:
        number = len(self._found) + 1
        if number > MOST_ROWS:  # they are held until all are read, so they are counted here and not behind
            raise too_many_rows(self._name)
        if len(self._properties) > MOST_CELLS:
            where = f"{self._name}, Placemark {number}"
            raise Malformed("file.cells", f"has {len(self._properties):,} fields; at most {MOST_CELLS}", where=where)
        lat = lon = ""
        footprint = None
        try:
            if self._lines or len(self._points) + self._polygons > 1:
                raise Malformed("kml.geometry", "a place is one point or one polygon")
            if self._points:
                lon, lat = (part.strip() for part in (self._points[0] + ",,").split(",")[:2])
            if self._polygons:
                footprint = _polygon(self._rings)
        except Malformed as error:
            if len(self.notes) < MOST_NOTES:
                where = f"{self._name}, Placemark {number}"
                self.notes.append(f"{where}: {error.sentence}; it is kept, not placed")
        self._found.append(
            Shaped(number=number, properties=self._properties, lat=lat, lon=lon, footprint=footprint)
        )  # fmt: skip
        self._begin()


def _polygon(rings: list[tuple[bool, str]]) -> Polygon:
    outer = [_ring(text) for inner, text in rings if not inner]
    if len(outer) != 1:
        raise Malformed("kml.geometry", "a polygon has one outer boundary")
    return rounded(Polygon(ring=outer[0], holes=tuple(_ring(text) for inner, text in rings if inner)))


def _ring(text: str) -> tuple[Position, ...]:
    try:
        pairs = [tuple(map(float, point.split(",")[:2])) for point in text.split()]
        points = tuple(Position(lat=lat, lon=lon) for lon, lat in pairs)
    except ValueError:
        raise Malformed("kml.geometry", f"{text[:60]!r} are no coordinates") from None
    return points[:-1] if len(points) > 1 and points[0] == points[-1] else points
