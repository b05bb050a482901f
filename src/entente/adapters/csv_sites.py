"""Lists of protected sites in CSV, as health ministries and notifiers publish them.

A row is never dropped for a poor position: what cannot be placed stays on the list unplaced, and its problem is told
with the row's number (DESIGN, principle 7). A category that is not recognised becomes ``other_civilian``, protected all
the same.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from entente.adapters.csv_rows import Row, rows
from entente.adapters.geojson import UNSTATED_UNCERTAINTY_M
from entente.adapters.planfile import content_id
from entente.errors import Malformed
from entente.geo.interval import parse_time
from entente.geo.position import Position, parse_with_precision
from entente.joint.protected_sites import LEAST_UNCERTAINTY_M, Category, Site
from entente.places.categories import category

COLUMNS = {
    "id": ("id", "site id", "uid", "code", "site code", "pcode", "p code"),
    "name": ("name", "site name", "facility name", "facility", "site", "title", "nom", "nom du site"),
    "category": ("category", "site category", "type", "facility type", "site type", "kind", "categorie"),
    "lat": ("lat", "latitude", "y", "lat dd"),
    "lon": ("lon", "long", "lng", "longitude", "x", "lon dd", "long dd"),
    "position": ("position", "coordinates", "coords", "mgrs", "grid", "gps", "lat lon", "latlong", "coordonnees"),
    "uncertainty_m": ("uncertainty m", "uncertainty", "accuracy m", "radius m", "precision m"),
    "country": ("country", "pays", "admin0"),
    "district": ("district", "admin2", "admin1", "region", "province", "governorate", "admin 2", "admin 1"),
    "position_source": ("position source", "ll source", "source of position", "source"),
    "source_grade": ("source grade", "grade", "reliability"),
    "confirmed_at": ("confirmed at", "last confirmed", "confirmed", "verified on"),
    "expires_at": ("expires at", "expires", "expiry", "valid until"),
    "note": ("note", "notes", "remarks", "comment", "comments"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong with one row; `error` is placed at file, row and column."""

    row: int
    error: Malformed


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteList:
    """All sites of a file in its order, and the problems with them. Each row is a site unless it has no name."""

    sites: tuple[Site, ...]
    problems: tuple[Problem, ...]


def read(path: Path) -> SiteList:
    """Return the sites in a CSV file.

    Raises:
        Malformed: `csv.column`, `csv.syntax`, `file.*`: the file as a whole cannot be read.
    """
    sites: list[Site] = []
    problems: list[Problem] = []
    ids: Counter[str] = Counter()
    for row in rows(path, COLUMNS, (("name", "lat", "lon"), ("name", "position"))):
        reader = _Reader(row, path.name)
        if (site := reader.site()) is not None:
            ids[site.id] += 1
            sites.append(site if ids[site.id] == 1 else reader.renamed(site, f"{site.id}#{ids[site.id]}"))
        problems += reader.problems
    return SiteList(sites=tuple(sites), problems=tuple(problems))


class _Reader:
    """Reads one row, and gathers what is wrong with it."""

    def __init__(self, row: Row, file: str) -> None:
        self._row, self._file = row, file
        self.problems: list[Problem] = []

    def site(self) -> Site | None:
        name = self._cell("name")
        if self._row.too_long:
            self._tell("name", Malformed("csv.fields", "the row has more cells than the header; check its commas"))
        if not name:
            self._tell("name", Malformed("csv.name", "the row has no name and is passed over"))
            return None
        position, precision = self._position()
        return Site(
            id=self._cell("id")
            or content_id(name, self._cell("country"), self._cell("district"), position).replace("plan", "site"),
            name=name,
            category=self._category(),
            position=position,
            uncertainty_m=max(self._uncertainty(), precision),
            country=self._cell("country"),
            district=self._cell("district"),
            position_source=self._cell("position_source"),
            source_grade=self._cell("source_grade"),
            confirmed_at=self._time("confirmed_at"),
            expires_at=self._time("expires_at"),
            note=self._cell("note"),
        )

    def renamed(self, site: Site, name: str) -> Site:
        self._tell("id", Malformed("csv.duplicate", f"an earlier row is {site.id!r} too; this one is kept as {name!r}"))
        return replace(site, id=name)

    def _position(self) -> tuple[Position | None, float]:
        text = self._cell("position")
        if self._cell("lat") or self._cell("lon"):
            # Spreadsheets write sixteen digits, and half of Europe a comma; nine decimals are a tenth of a millimetre.
            halves = [re.sub(r"(\.\d{9})\d+", r"\1", self._cell(name).replace(",", ".")) for name in ("lat", "lon")]
            text = ", ".join(halves)
        if not text:
            return None, 0.0
        try:
            return parse_with_precision(text)
        except Malformed as error:
            self._tell("position" if self._cell("position") else "lat", error)
            return None, 0.0

    def _category(self) -> Category:
        text = self._cell("category") or self._cell("name")
        found = category(text)
        if found is None and self._cell("category"):
            self._tell("category", Malformed("csv.category", f"{text!r:.60} is not recognised; kept as other_civilian"))
        return found or Category.OTHER_CIVILIAN

    def _uncertainty(self) -> float:
        text = self._cell("uncertainty_m")
        if not text:
            return UNSTATED_UNCERTAINTY_M
        if not re.fullmatch(r"\d{1,6}(\.\d{1,6})?", text, re.ASCII) or float(text) < LEAST_UNCERTAINTY_M:
            self._tell("uncertainty_m", Malformed("csv.uncertainty", f"{text!r:.40} is no length above zero in metres"))
            return UNSTATED_UNCERTAINTY_M
        return float(text)

    def _time(self, name: str) -> datetime | None:
        if not (text := self._cell(name)):
            return None
        try:
            return parse_time(text if "T" in text.upper() or len(text) > 10 else f"{text}T00:00:00Z")
        except Malformed as error:
            self._tell(name, error)
            return None

    def _cell(self, name: str) -> str:
        return self._row.fields.get(name, "")

    def _tell(self, name: str, error: Malformed) -> None:
        self.problems.append(
            Problem(row=self._row.number, error=error.at(f"{self._file}, row {self._row.number}, {name}"))
        )
