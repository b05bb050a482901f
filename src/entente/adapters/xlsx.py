"""Workbooks (XLSX, ECMA-376), read with openpyxl in its read-only way: values only, and nothing is ever run.

Rules kept:

- The archive is looked through before anything in it is parsed (`zipped`), also for document types, so that no entity
  is declared; a workbook behind a password, or of the old kind, gets a sentence that says what to do.
- Macros are not read. Where there are some, that is told.
- A cell with a formula gives the value that was computed when the workbook was last saved, and says so; where none was
  kept, the cell is empty.
- Numbers come with at most 15 digits, which is what a spreadsheet holds: 12.593833000000001 is 12.593833.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from entente.adapters import zipped
from entente.adapters.sheets import MOST_CHARACTERS, MOST_ROWS, Line, Sheet, bounded
from entente.errors import Malformed, Refused

OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How a compound file begins: an old .xls, or a workbook behind a password [MS-CFB] §2.2."""
FORMULAS = (b"<f>", b"<f ", b"<f/", b":f>", b":f ")
"""How a cell's formula begins, with or without a prefix."""
ROW = b"</row>"
DOCTYPES = tuple("<!DOCTYPE".encode(name) for name in ("utf-8", "utf-16-le", "utf-16-be"))
LONGEST_ROW = 4
"""[MiB] Of a row's XML: its cells are held together. 512 cells of ten thousand characters each are as much."""
LARGEST_PART = 200
"""[MiB] Of XML that is held as a whole, as the texts that cells share: it takes some three times that in memory."""
_ROW_ENDS = re.compile(rb"</(?:\w+:)?row>")
MOST_EMPTY = 10_000
"""Empty rows in a row after which a sheet is taken to end: a format reaches farther down than the data do."""


def read(path: Path, sheet: str = "") -> Sheet:
    """Open a workbook's only sheet, or the one that is named.

    Raises:
        Malformed: `file.missing`, `file.size`, `xlsx.*`.
        Refused: `xlsx.sheet`.
    """
    try:
        with path.open("rb") as file:
            if file.read(8) == OLD:
                sentence = "is an old .xls or behind a password; save it as .xlsx without one"
                raise Malformed("xlsx.encrypted", sentence, where=path.name)
    except OSError as error:
        raise Malformed("file.missing", f"cannot be read ({error.strerror or error})", where=path.name) from error
    notes = []
    with zipped.opened(path, "xlsx", (*FORMULAS, *DOCTYPES, ROW), _Measure().look) as (archive, found):
        names = archive.namelist()
        if any(found[word] for word in DOCTYPES):
            sentence = "declares a document type, which no workbook needs; it was not read"
            raise Malformed("xlsx.doctype", sentence, where=path.name)
        if any("vbaProject" in name or "/macrosheets/" in name for name in names):
            notes.append("the workbook holds macros; they were not read and nothing of them was run")
        if any("externalLinks/" in name for name in names):
            notes.append("the workbook refers to other files; they were not looked for")
        formulas = any(found[word] for word in FORMULAS)
    title, others = _title(path, sheet)
    if others:
        notes.append(f"sheet {title!r} was read; there is also {', '.join(map(repr, others))[:200]}")
    if formulas:
        notes.append("cells with formulas give the value that was computed when the workbook was last saved")
    if found[ROW] > MOST_ROWS:
        # Counted before any is read into a place, as in a text.
        for _ in bounded(_lines(path, title, False), path.name):
            pass
    return Sheet(lines=_lines(path, title, formulas), notes=tuple(notes))


class _Measure:
    """What makes a small workbook take gigabytes: one endless text, one endless row, endless shared texts."""

    def __init__(self) -> None:
        self._member, self._pieces, self._rowless, self._inside = "", 0, 0, False

    def look(self, member: str, piece: bytes) -> str:
        """Return what is wrong with a piece [some 1 MiB] of a member's XML, empty when nothing is."""
        if member != self._member:
            self._member, self._pieces, self._rowless, self._inside = member, 0, 0, False
        self._pieces += 1
        if len(piece) > 2**20 and b"<" not in piece:
            return "holds a text of more than a million characters"
        self._inside |= b"sheetData" in piece
        ends = _ROW_ENDS.search(piece) is not None or b"</sheetData" in piece or b":sheetData>" in piece
        self._rowless = self._rowless + 1 if self._inside and not ends else 0
        self._inside &= not (b"</sheetData" in piece or b":sheetData>" in piece)
        if self._rowless > LONGEST_ROW:
            return f"has a row of more than {LONGEST_ROW} MiB"
        if "/worksheets/" not in member and self._pieces > LARGEST_PART:
            return f"has a part of more than {LARGEST_PART} MiB beside its sheets"
        return ""


def _workbook(path: Path, *, values: bool) -> Any:
    import openpyxl

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Of styles and extensions that nobody reads here.
            return openpyxl.load_workbook(path, read_only=True, data_only=values, keep_links=False)
    except Exception as error:  # The library raises whatever its parser met.
        raise Malformed(
            "xlsx.syntax", f"is no workbook that can be read: {str(error)[:120]}", where=path.name
        ) from error


def _title(path: Path, wanted: str) -> tuple[str, list[str]]:
    """Return the name of the sheet to read, and the others'."""
    book = _workbook(path, values=True)
    try:
        titles = [each.title for each in book.worksheets]
        if not titles:
            raise Malformed("xlsx.syntax", "holds no sheet with cells", where=path.name)
        visible = [each.title for each in book.worksheets if each.sheet_state == "visible"] or titles
    finally:
        book.close()
    listed = ", ".join(map(repr, titles))[:300]
    if wanted and wanted not in titles:
        raise Refused("xlsx.sheet", f"there is no sheet {wanted!r}; there is {listed}", where=path.name)
    if not wanted and len(visible) > 1:
        raise Refused("xlsx.sheet", f"has several sheets; choose one with --sheet: {listed}", where=path.name)
    title = wanted or visible[0]
    return title, [other for other in titles if other != title]


def _lines(path: Path, title: str, formulas: bool) -> Iterator[Line]:
    values = _workbook(path, values=True)
    shown = _workbook(path, values=False) if formulas else None
    try:
        for book in filter(None, (values, shown)):
            # What a sheet says of its own size is often wrong; each row is as long as it is.
            book[title].reset_dimensions()
        beside = shown[title].iter_rows() if shown else None
        empty = 0
        for number, row in enumerate(values[title].iter_rows(values_only=True), 1):
            cells = tuple(text(cell) for cell in row)
            computed: tuple[int, ...] = ()
            if beside is not None:
                computed = tuple(at for at, cell in enumerate(next(beside, ())) if cell.data_type == "f")
            width = max((at for at, cell in enumerate(cells, 1) if cell), default=0)
            cells = cells[: max(width, *(at + 1 for at in computed))] if computed else cells[:width]
            empty = 0 if cells else empty + 1
            if empty > MOST_EMPTY:
                return
            yield Line(number=number, cells=cells, formulas=computed)
    except Malformed:
        raise
    except Exception as error:  # As above: a sheet may be broken in any row.
        raise Malformed("xlsx.syntax", f"cannot be read: {str(error)[:120]}", where=f"{path.name}, {title}") from error
    finally:
        values.close()
        if shown is not None:
            shown.close()


def text(cell: Any) -> str:
    """Return a cell's value as text, numbers as a person would type them.

    >>> text(12.593833000000001), text(7.0), text(True), text(None), text(datetime(2026, 3, 1))
    ('12.593833', '7', 'TRUE', '', '2026-03-01')
    """
    match cell:
        case None:
            return ""
        case bool():
            return str(cell).upper()
        case float():
            found = f"{cell:.15g}"
            return f"{cell:.15f}".rstrip("0").rstrip(".") if "e-" in found else found
        case datetime():
            return cell.date().isoformat() if cell.time() == time() else f"{cell.isoformat(timespec='seconds')}Z"
        case date() | time():
            return cell.isoformat()
        case _:
            return str(cell)[:MOST_CHARACTERS]
