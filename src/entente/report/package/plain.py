"""The plain formats of a package: CSV, KML, and the text of an e-mail.

Whoever writes a place's name does not write to the reader's spreadsheet: no cell of a CSV begins as a formula does, at
whichever mark the reader's spreadsheet divides the line, and whatever a KML says is text.

>>> inert("=1+1"), inert("Clinic;=1+1"), inert("-12.5"), inert("+ -ward")
("'=1+1", "Clinic;'=1+1", '-12.5', "'+ -ward")
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from entente.geo.interval import dtg
from entente.report.package.document import Document, Line

_FORMULA = re.compile(r"(^|[,;|\t\r\n])(\s*)(?=[=+\-@＝＋－＠])")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?", re.ASCII)
COLUMNS = (
    "no", "change", "list", "id", "name", "category", "mgrs", "lat", "lon", "dms", "uncertainty_m", "where", "status",
    "marks", "verified", "remarks", "copy", "state_of", "reference", "exercise", "notice",
)  # fmt: skip
AROUND = 24
"""Corners of the ring that shows an uncertainty."""


def inert(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula; a number is none."""
    return text if _NUMBER.fullmatch(text) else _FORMULA.sub(r"\1\2'", text)


def csv_table(document: Document) -> bytes:
    """Return the rows as CSV (RFC 4180), in UTF-8 with its mark, so that spreadsheets know.

    Every row repeats what the package is for and how old it is: rows are sorted, cut and pasted.
    """
    text = io.StringIO()
    sheet = csv.writer(text, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    sheet.writerow(COLUMNS)
    package = document.package
    last = (package.copy, dtg(package.made), document.reference, document.banner, " ".join(document.foot))
    for line in document.lines:
        at = line.spelt
        lat, lon = at.decimal.split() if at else ("", "")
        place = (at.mgrs, lat, lon, at.dms, str(at.uncertainty_m)) if at else ("", "", "", "", "")
        cells = (
            str(line.number), line.mark, line.list, line.id, line.name, line.category, *place, line.where, line.status,
            line.marks, line.verified, line.remarks, *last,
        )  # fmt: skip
        sheet.writerow([inert(cell) for cell in cells])
    if not document.lines:
        sheet.writerow(["", document.word("nothing"), *[""] * (len(COLUMNS) - 2 - len(last)), *map(inert, last)])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


# -- KML ---------------------------------------------------------------------------------------------------------------


def kml(document: Document) -> bytes:
    """Return the rows as KML 2.2 (OGC 07-147r2): each placed site as the area of its uncertainty, and its middle.

    A pin alone would be read as exact (F-04). What is not placed is a placemark without a place, in its own folder.
    """
    return "\n".join(_kml(document)).encode()


def _kml(document: Document) -> Iterator[str]:
    title = " ".join(filter(None, (document.banner, document.word("title"), document.reference)))
    facts = "\n".join(f"{label}: {value}" for label, value in document.facts)
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
    yield f"<name>{escape(title)}</name>"
    yield f"<description>{escape(chr(10).join((*document.sentences, facts)))}</description>"
    yield (
        '<Style id="held"><LineStyle><color>ffb35900</color><width>2</width></LineStyle>'
        "<PolyStyle><color>33b35900</color></PolyStyle></Style>"
    )
    placed = [line for line in document.lines if line.spelt]
    rings = _rings(placed)
    for folder in dict.fromkeys(line.list for line in placed):
        yield f"<Folder><name>{escape(folder)}</name>"
        for line, ring in zip(placed, rings, strict=True):
            if line.list == folder:
                yield _placemark(document, line, ring)
        yield "</Folder>"
    rest = [line for line in document.lines if not line.spelt]
    if rest:
        yield f"<Folder><name>{escape(document.word('unplaced'))}</name>"
        yield from (_placemark(document, line, "") for line in rest)
        yield "</Folder>"
    yield "</Document></kml>"


def _placemark(document: Document, line: Line, ring: str) -> str:
    at = line.spelt
    place = [f"{at.mgrs} ± {at.uncertainty_m:,} m", at.dms] if at else []
    told = filter(None, (line.category, *place, line.where, line.told, *document.foot))
    shape = ""
    if at:
        lat, lon = at.decimal.split()
        shape = (
            f"<styleUrl>#held</styleUrl><MultiGeometry><Point><coordinates>{lon},{lat}</coordinates></Point><Polygon>"
            f"<outerBoundaryIs><LinearRing><coordinates>{ring}</coordinates></LinearRing></outerBoundaryIs></Polygon>"
            "</MultiGeometry>"
        )
    name = " ".join(filter(None, (line.mark, line.name)))
    return (
        f"<Placemark id={quoteattr(f's{line.number}')}><name>{escape(name)}</name>"
        f"<description>{escape(chr(10).join(told))}</description>{shape}</Placemark>"
    )


def _rings(lines: list[Line]) -> list[str]:
    """Return, for each placed line, the ring around its uncertainty as KML spells coordinates."""
    if not lines:
        return []
    import numpy as np

    from entente.geo.geodesy import wgs84_ellipsoid

    n = len(lines)
    where = [(line.position.lon, line.position.lat) for line in lines if line.position]
    lon, lat = (np.repeat([pair[axis] for pair in where], AROUND) for axis in (0, 1))
    radius = np.repeat([float(line.spelt.uncertainty_m) for line in lines if line.spelt], AROUND)
    azimuth = np.tile(np.linspace(0.0, -360.0, AROUND, endpoint=False), n)
    east, north, _ = wgs84_ellipsoid().fwd(lon, lat, azimuth, radius)
    corners = [f"{x:.4f},{y:.4f}" for x, y in zip(east.tolist(), north.tolist(), strict=True)]
    rings = (corners[i * AROUND : (i + 1) * AROUND] for i in range(n))
    return [" ".join([*ring, ring[0]]) for ring in rings]


# -- e-mail ------------------------------------------------------------------------------------------------------------


def email(document: Document) -> bytes:
    """Return the text of an e-mail: first what it is, then row by row, then what it is for, again."""
    return "\r\n".join(_email(document)).encode()


def _email(document: Document) -> Iterator[str]:
    banner, title = document.banner, document.word("title")
    yield " ".join(filter(None, (banner, title, document.reference, dtg(document.package.made))))
    yield ""
    yield from document.sentences
    yield ""
    for label, value in document.facts:
        yield f"{label}: {value}"
    yield ""
    for line in document.lines:
        at = line.spelt
        yield f"{line.number}. {' '.join(filter(None, (line.mark, line.name)))} ({line.category})"
        if at:
            yield f"    {at.mgrs}   ± {at.uncertainty_m:,} m"
            yield f"    {at.decimal}   {at.dms}"
        for told in (line.where, line.status, line.marks, line.verified, line.remarks):
            if told:
                yield f"    {told}"
        if document.several_lists:
            yield f"    {document.word('list')}: {line.list}"
    if not document.lines:
        yield document.word("nothing")
    yield ""
    yield f"{document.word('acknowledgement')}: {document.word('acknowledging')}"
    if document.recipient.acknowledges:
        yield f"{document.word('return_to')}: {document.recipient.acknowledges}"
    yield ""
    yield from document.foot
    if banner:
        yield banner
    yield ""
