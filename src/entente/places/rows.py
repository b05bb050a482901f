"""Rows read: one line of a sheet becomes one place as the list gives it, with flags on whatever is wrong with it.

A row is never dropped for what is wrong with it. A row without name, id and position says nothing of any place; it is
refused with its number.

>>> header = columns.Header(lines=1, labels=("Nom", "Y", "X"), columns={"name": 0, "lat": 1, "lon": 2}, by="names")
>>> row = read(7, ("CSCom", "12,5938", "-3,8343"), header, Stated(position_source="GPS"))
>>> row.site.position, row.site.uncertainty_m, row.flags
(Position(lat=12.5938, lon=-3.8343), 100.0, ())
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from entente import canonical
from entente.errors import Malformed
from entente.geo.geodesy import distance_m
from entente.geo.interval import parse_time
from entente.geo.position import Position, parse_with_precision
from entente.geo.volume import Polygon
from entente.joint.protected_sites import (
    LEAST_UNCERTAINTY_M,
    Category,
    DayMark,
    Grade,
    InfraredMark,
    Method,
    Site,
    SiteStatus,
)
from entente.places import columns, sources
from entente.places.categories import category
from entente.places.columns import Header
from entente.places.flags import Flag, FlagCode
from entente.places.text import figures, folded, hemispheres, west_in_french

E = TypeVar("E", bound=StrEnum)
FEW, FALSE = 2, 8
"""Decimals of a degree: so few leave half a kilometre open, so many are no survey's (1e-8 degree is a millimetre)."""
ALIKE_M = 25.0
"""[m] Two spellings of one place come as near as this, beyond what their digits leave open."""
LONGEST = 200
LONGEST_NOTE = 1000
"""[characters] Of a text, and of a note; what is longer is cut, and flagged."""
UNNAMED = "(no name)"
_SUMMARY = re.compile(r"^(?:sub ?)?totals?\b|^source ?:|^sources ?:|^note ?:|^итого|^المجموع", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What the desk says of a whole sheet; it counts where a row says nothing itself."""

    country: str = ""
    region: str = ""
    district: str = ""
    category: str = ""
    position_source: str = ""
    datum: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One place as its list gives it. `site.id` is empty: what it is called in the register is settled by identity.

    `given` is the id that the list gives it, empty when none; `written` its position as written; `said` the fields of
    the site about which the sheet says anything at all, even nothing.
    """

    number: int
    given: str
    site: Site
    written: str
    flags: tuple[Flag, ...] = ()
    said: frozenset[str] = field(default=frozenset(), compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRow:
    """A row that says nothing of any place, and why."""

    number: int
    why: str


def read(
    number: int,
    cells: Sequence[str],
    header: Header,
    stated: Stated,
    *,
    footprint: Polygon | None = None,
    formulas: Sequence[int] = (),
    said: frozenset[str] = frozenset(),
) -> Row | RefusedRow:
    """Return what line `number` of a sheet says.

    `formulas` are its columns whose cells hold formulas; `said` is what `said_by` returns, where the caller has it.
    """
    if _repeats(cells, header):
        return RefusedRow(number=number, why="it repeats the header")
    reader = _Reader(cells, header, stated)
    for at in formulas:
        name = next((name for name, column in header.columns.items() if column == at), None)
        if name is not None:
            nothing = "No value was kept: open the list in a spreadsheet, save it, and read it again."
            reader.tell(FlagCode.FORMULA, "" if cells[at].strip() else nothing, name)
    position, precision, written = reader.position()
    name, given = reader.text("name"), reader.text("id", 100)
    # A list's own lines below its places: a sum, a source. They have one cell, the first.
    if not written and not given and footprint is None and (not name or (_SUMMARY.match(name) and reader.bare())):
        return RefusedRow(
            number=number, why="it has no name, no id and no position" if not name else "a line of remarks"
        )
    if not name:
        reader.tell(FlagCode.NAME_MISSING, "", "name")
    if footprint is not None and position is None:
        position = _rounded(_middle(footprint))
        reader.unflag(FlagCode.POSITION_MISSING)
    source = reader.text("position_source") or stated.position_source
    kind = reader.category(name)
    region, district = reader.text("region") or stated.region, reader.text("district") or stated.district
    site = Site(
        id="",
        name=name or UNNAMED,
        category=kind,
        position=position,
        uncertainty_m=reader.uncertainty(source, precision, placed=position is not None),
        status=SiteStatus.ACTIVE,
        footprint=footprint,
        country=reader.text("country") or stated.country,
        region=region,
        # What is not placed shows on every screening of its district: where a list has one level, it is that one.
        district=district or region,
        settlement=reader.text("settlement"),
        pcode=reader.text("pcode", 100),
        position_source=source,
        source_grade=reader.text("source_grade"),
        grade=Grade.parse(reader.text("source_grade")),
        verifier=reader.text("verifier"),
        method=reader.choice("method", Method),
        confirmed_by=reader.text("confirmed_by"),
        confirmed_at=reader.time("confirmed_at"),
        expires_at=reader.time("expires_at"),
        consent=reader.text("consent"),
        day_marks=reader.marks("day_marks", DayMark),
        infrared_marks=reader.marks("infrared_marks", InfraredMark),
        note=reader.text("note", LONGEST_NOTE),
    )
    return Row(
        number=number, given=given, site=site, written=written, flags=tuple(sorted(set(reader.flags))),
        said=said or said_by(header, stated),
    )  # fmt: skip


_FEEDS: Mapping[str, tuple[str, ...]] = {
    # What a column changes of a site, beside the field that has its own name.
    "lat": ("position", "uncertainty_m"),
    "lon": ("position", "uncertainty_m"),
    "position": ("position", "uncertainty_m"),
    "datum": ("uncertainty_m",),
    "position_source": ("position_source", "uncertainty_m"),
    "source_grade": ("source_grade", "grade"),
    "region": ("region", "district"),
    "id": (),
}


def said_by(header: Header, stated: Stated) -> frozenset[str]:
    """Return the fields of a site about which a sheet says something; a second import leaves the others as they are."""
    given = {*header.columns, *(name for name in Stated.__slots__ if getattr(stated, name))}
    said = {fed for name in given for fed in _FEEDS.get(name, (name,))}
    return frozenset(said | {"name", "category", "footprint"})


class _Reader:
    """Reads one row's cells, and gathers its flags."""

    def __init__(self, cells: Sequence[str], header: Header, stated: Stated) -> None:
        self._cells, self._columns, self._stated = cells, header.columns, stated
        self.flags: list[Flag] = []
        self._datum_counts = False

    def tell(self, code: FlagCode, detail: str, column: str) -> None:
        self.flags.append(Flag(code=code, detail=detail, column=column))

    def unflag(self, code: FlagCode) -> None:
        self.flags = [flag for flag in self.flags if flag.code != code]

    def cell(self, name: str) -> str:
        at = self._columns.get(name)
        return self._cells[at].strip() if at is not None and at < len(self._cells) else ""

    def bare(self) -> bool:
        """Whether no more than one cell holds anything."""
        return sum(bool(cell.strip()) for cell in self._cells) <= 1

    def text(self, name: str, longest: int = LONGEST) -> str:
        if name not in self._columns:
            return ""
        found = self._seen(" ".join(self.cell(name).split()), name)
        if len(found) > longest:
            self.tell(FlagCode.VALUE_UNREADABLE, f"{name} has {len(found)} characters; {longest} are kept.", name)
            found = found[: longest - 1] + "…"
        return found

    def _seen(self, text: str, name: str) -> str:
        """Return a text with what nobody sees spelt out, and flagged."""
        if hidden := canonical.unseen(text):
            self.tell(FlagCode.TEXT_UNSEEN, f"{name} holds {', '.join(hidden)}.", name)
            text = canonical.seen(text)
        return text

    # -- where ---------------------------------------------------------------------------------------------------------

    def position(self) -> tuple[Position | None, float, str]:
        """Return the position, the radius [m] its digits leave open, and how it is written."""
        lat, lon, whole = (self._where(name) for name in ("lat", "lon", "position"))
        if lat and lon:
            written, text = f"{lat}, {lon}", self._pair(lat, lon)
        else:
            # One column may hold both, whatever its name says; a lone half is told as it stands.
            written = whole or lat or lon
            text = self._whole(written)
        if not written:
            self.tell(FlagCode.POSITION_MISSING, "", "position" if "position" in self._columns else "lat")
            return None, 0.0, ""
        column = "lat" if lat else "position" if whole else "lon"
        try:
            position, precision = parse_with_precision(text)
            position = _rounded(position)
        except Malformed as error:
            self.tell(FlagCode.POSITION_UNREADABLE, f"{written[:80]!r}: {error.sentence}", column)
            if lat and lon and _parses(self._pair(lon, lat)):
                self.tell(FlagCode.SWAPPED, "The other way round it is a position.", column)
            return None, 0.0, canonical.seen(written[:LONGEST])
        self._decimals(written, column)
        if lat and lon and whole:
            self._second(whole, position, precision)
        return position, precision, self._seen(written[:LONGEST], column)

    def _second(self, whole: str, position: Position, precision: float) -> None:
        """Flag a second position in a column of its own that says another place, or nothing that can be read."""
        try:
            other, doubt = parse_with_precision(self._whole(whole))
        except Malformed:
            self.tell(FlagCode.VALUE_UNREADABLE, f"position says {whole[:60]!r}; lat and lon were taken.", "position")
            return
        metres = distance_m(position, other)
        if metres > precision + doubt + ALIKE_M:
            detail = f"The column of positions says {whole[:60]}, {metres:,.0f} m away; lat and lon were taken."
            self.tell(FlagCode.TWO_POSITIONS, canonical.seen(detail), "position")

    def _where(self, name: str) -> str:
        """Return a cell of a position, empty where it says in words that there is none."""
        cell = self.cell(name)
        return "" if cell and folded(cell) in _NOTHING and not cell.startswith(("-", "+")) else cell

    def _pair(self, lat: str, lon: str) -> str:
        north, east = (_half(self._figures(half)) for half in (lat, west_in_french(lon)))
        if not _PLAIN.fullmatch(north) or not _PLAIN.fullmatch(east):
            north, east = _lettered(north, "NS"), _lettered(east, "EW")
        return f"{north}, {east}"

    def _whole(self, text: str) -> str:
        found = hemispheres(self._figures(text))
        commas = re.fullmatch(r"\s*([-+]?\d{1,3}),(\d+)\s*(?:[;/]|,?\s)\s*([-+]?\d{1,3}),(\d+)\s*", found)
        if commas:
            found = "{}.{}, {}.{}".format(*commas.groups())
        return _shortened(found.replace(";", ","))

    def _figures(self, text: str) -> str:
        found, letters = figures(text)
        if letters:
            self.tell(FlagCode.LETTERS_AS_DIGITS, f"{text[:40]!r} was read as {found}.", "lat")
        return found

    def _decimals(self, written: str, column: str) -> None:
        found = [len(part) for part in re.findall(r"[.,](\d+)", figures(written)[0])]
        if re.search(r"[°'\"º′″]", written) or len(found) > 2 or re.search(r"[A-Za-z]{2}\s*\d{2}", written):
            return  # degrees and minutes, or a grid: their digits count otherwise
        least = min(found) if len(found) == 2 else 0
        if least >= FALSE:
            self.tell(FlagCode.DECIMALS_FALSE, f"Written with {least} decimals.", column)
        elif least <= FEW and re.fullmatch(r"[-+\d.,;/ ]+", figures(written)[0]):
            self.tell(FlagCode.DECIMALS_FEW, f"Written {written[:40]}.", column)

    def uncertainty(self, source: str, precision: float, *, placed: bool) -> float:
        """Return the uncertainty [m] of a place, with flags on what it comes from."""
        text = figures(self.cell("uncertainty_m"))[0].replace(",", ".")
        stated_m = 0.0
        if text:
            if re.fullmatch(r"\d{1,6}(\.\d{1,6})?", text, re.ASCII) and float(text) >= LEAST_UNCERTAINTY_M:
                stated_m = float(text)
            else:
                detail = f"{text[:40]!r} is no length above zero in metres."
                self.tell(FlagCode.VALUE_UNREADABLE, detail, "uncertainty_m")
        # What a list states of its own position counts before what its source would allow.
        base = max(stated_m or sources.allowed_m(source), precision)
        if not placed:
            return float(math.ceil(base))
        if sources.indirect(source):
            self.tell(FlagCode.SOURCE_INDIRECT, f"Source: {source[:60]}.", "position_source")
        datum = self.text("datum") or self._stated.datum
        added, wgs84 = sources.datum_m(datum, source)
        if wgs84 is None:
            self.tell(FlagCode.DATUM_UNSTATED, "", "datum")
        elif not wgs84:
            self.tell(FlagCode.DATUM_OTHER, f"Datum: {datum[:60]}.", "datum")
        return float(math.ceil(base + added))

    # -- what ----------------------------------------------------------------------------------------------------------

    def category(self, name: str) -> Category:
        text = self.text("category") or self._stated.category
        found = category(text) if text else category(name)
        if found is None and text:
            found = category(name)
            if found is None:
                self.tell(FlagCode.CATEGORY_UNKNOWN, f"It says {text[:60]!r}.", "category")
        return found or Category.OTHER_CIVILIAN

    def choice(self, name: str, kind: type[E]) -> E | None:
        text = self.text(name)
        if not text:
            return None
        spelt = folded(text).replace(" ", "_")
        if spelt in set(kind):
            return kind(spelt)
        self.tell(FlagCode.VALUE_UNREADABLE, f"{name} says {text[:60]!r}, which is none of {', '.join(kind)}.", name)
        return None

    def marks(self, name: str, kind: type[E]) -> frozenset[E]:
        found: set[E] = set()
        if name not in self._columns:
            return frozenset()
        for word in re.split(r"[,;/|]", self.text(name)):
            if spelt := folded(word).replace(" ", "_"):
                if spelt in set(kind):
                    found.add(kind(spelt))
                else:
                    self.tell(
                        FlagCode.VALUE_UNREADABLE,
                        f"{name} says {word.strip()[:60]!r}, which is none of {', '.join(kind)}.",
                        name,
                    )
        if kind("none") in found and len(found) > 1:
            self.tell(FlagCode.VALUE_UNREADABLE, f"{name} says both marks and none; the marks are kept.", name)
            found.discard(kind("none"))
        return frozenset(found)

    def time(self, name: str) -> datetime | None:
        if name not in self._columns:
            return None
        text = figures(self.text(name))[0]
        if not text:
            return None
        if dotted := re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", text):
            text = f"{dotted[3]}-{int(dotted[2]):02d}-{int(dotted[1]):02d}"
        try:
            return parse_time(text if "T" in text.upper() or len(text) > 10 else f"{text}T00:00:00Z")
        except Malformed:
            detail = f"{name} says {text[:40]!r}; write 2026-11-22, or with a time and its zone."
            self.tell(FlagCode.VALUE_UNREADABLE, detail, name)
            return None


_NOTHING = frozenset({"na", "n a", "nan", "null", "none", "nil", "unknown", "inconnu", "нет", "غير معروف"})
_PLAIN = re.compile(r"[-+]?\d{1,3}(?:\.\d+)?")


def _repeats(cells: Sequence[str], header: Header) -> bool:
    """Whether a line says what its columns are called: two lists pasted below one another."""
    said = [(folded(cells[at]) if at < len(cells) else "", folded(header.labels[at])) for at in header.columns.values()]
    return len(said) > 1 and all(cell and cell == label for cell, label in said)


def _half(text: str) -> str:
    """Return one coordinate with a point for its decimals, and no more of them than anybody reads."""
    found = hemispheres(text).strip()
    if re.fullmatch(r"[-+]?\d{1,3},\d+\s*°?\s*[NSEW]?", found, re.IGNORECASE):
        found = found.replace(",", ".")
    return _shortened(found.replace("'' ", '" '))


def _shortened(text: str) -> str:
    """Nine decimals are a tenth of a millimetre; spreadsheets write sixteen digits."""
    return re.sub(r"(\.\d{9})\d+", r"\1", text)


def _lettered(half: str, letters: str) -> str:
    """Return a coordinate with its hemisphere as a letter, so that degrees and minutes need no guess where one ends."""
    if re.search("[NSEW]", half, re.IGNORECASE):
        return half
    negative = half.startswith("-")
    return f"{half.lstrip('+-').strip()} {letters[negative]}"


def _rounded(position: Position) -> Position:
    """Return a position as details spell it, to 1e-7 degree: what is compared later is compared digit by digit."""
    return Position(lat=round(position.lat * 1e7) / 1e7, lon=round(position.lon * 1e7) / 1e7)


def _parses(text: str) -> bool:
    try:
        parse_with_precision(text)
    except Malformed:
        return False
    return True


def _middle(footprint: Polygon) -> Position:
    lats, lons = [p.lat for p in footprint.ring], [p.lon for p in footprint.ring]
    return Position(lat=(min(lats) + max(lats)) / 2, lon=(min(lons) + max(lons)) / 2)


__all__ = ["FALSE", "FEW", "UNNAMED", "RefusedRow", "Row", "Stated", "columns", "read", "said_by"]
