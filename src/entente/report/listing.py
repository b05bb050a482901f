"""A list of sites as a file that leaves the house: on what terms it is held stands on each row of it, or each page.

Rows are sorted, cut and pasted, so a sheet repeats the terms on every one. No cell is a formula.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from entente.errors import Refused
from entente.geo.interval import Interval
from entente.ids import SubjectId
from entente.joint.spelling import site_to_plain
from entente.picture.board import SiteRow
from entente.report.minute import minute
from entente.report.story import Story

FORMS = ("csv", "json", "html")
MEDIA = {"csv": "text/csv", "json": "application/json", "html": "text/html"}


def written(
    form: str, item: SubjectId, rows: Sequence[SiteRow], head: Sequence[str], *, exercise: bool, at: datetime
) -> bytes:
    """Return a list's sites in one of `FORMS`, under the lines of `head`.

    Raises:
        Refused: `file.format`.
    """
    match form:
        case "csv":
            return _csv(rows, head).encode()
        case "json":
            return _json(rows, head).encode()
        case "html":
            return _page(item, rows, head, exercise, at).encode()
    raise Refused("file.format", "is not written here; give .csv, .json or .html")


def _csv(rows: Sequence[SiteRow], head: Sequence[str]) -> str:
    """Return a sheet whose every row repeats on what terms it is held: rows are sorted, cut and pasted."""
    text = io.StringIO()
    sheet = csv.writer(text, lineterminator="\r\n")
    sheet.writerow(
        ("id", "name", "category", "lat", "lon", "uncertainty_m", "district", "country", "status", "note", "terms")
    )
    for row in rows:
        site, at = row.site, row.site.position
        place = (at.lat, at.lon) if at else ("", "")
        fields = (site.id, site.name, site.category, *place, f"{site.uncertainty_m:g}", site.district, site.country)
        sheet.writerow(_inert(str(field)) for field in (*fields, site.status, site.note, " ".join(head)))
    return text.getvalue()


def _inert(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula; a number is none."""
    try:
        float(text)
    except ValueError:
        return f"'{text}" if text[:1] in "=+-@\t\r" and text else text
    return text


def _json(rows: Sequence[SiteRow], head: Sequence[str]) -> str:
    sites = [{**site_to_plain(r.site), "expired": r.expired, "withdrawn": r.withdrawn} for r in rows]
    return json.dumps({"terms": list(head), "sites": sites}, indent=2, ensure_ascii=False)


def _page(item: SubjectId, rows: Sequence[SiteRow], head: Sequence[str], exercise: bool, at: datetime) -> str:
    story = Story(
        title=f"Protected sites: {item}", exercise=exercise, made_at=at, sites=tuple(row.site for row in rows),
        window=Interval(start=at, end=at + timedelta(days=1)), notices=tuple(head),
    )  # fmt: skip
    return minute(story)
