"""The table by MGRS as XLSX: a sheet to sort and filter, which says on every printed page what it is for.

Every text is written as text, marked so (`quotePrefix`) where it begins as a formula would: it stays text when somebody
edits the cell. Numbers are numbers, with no more digits than they have.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from entente.report.package.document import Document, Line
from entente.report.package.plain import inert

_LANDSCAPE_A4 = 9
_COLUMNS = (
    ("number", 5), ("mgrs", 19), ("uncertainty", 9), ("name", 34), ("category", 18), ("where", 28), ("change", 14),
    ("status", 30), ("lat", 11), ("lon", 11), ("dms", 26), ("marks", 30), ("verified", 26), ("remarks", 26),
    ("list", 14), ("id", 18),
)  # fmt: skip
"""Columns by their word, or as they are spelt in every language, with their width [characters]."""
_SPELT = frozenset({"lat", "lon", "dms", "id"})
_PRINTED = 8
"""The first columns, which a printed page holds."""


def by_mgrs(document: Document) -> list[Line]:
    """Return the rows by their grid reference; those without one come last, as the package lists them."""
    return sorted(document.lines, key=lambda line: (line.spelt is None, line.spelt.mgrs if line.spelt else ""))


def table(document: Document) -> bytes:
    """Return the workbook."""
    import xlsxwriter  # Loads a good deal; most commands write no sheet.

    written = io.BytesIO()
    safe = {"strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False, "in_memory": True}
    book = xlsxwriter.Workbook(written, safe)
    title = " ".join(filter(None, (document.banner, document.word("table"), document.reference)))
    made = document.package.made.replace(tzinfo=None, microsecond=0)
    book.set_properties({"title": title, "author": document.package.sender, "created": made})
    _Sheets(book, document).write()
    book.close()
    return written.getvalue()


class _Sheets:
    def __init__(self, book: Any, document: Document) -> None:
        self._book, self._document = book, document
        text = {"text_wrap": True, "valign": "top", "font_name": "Arial", "font_size": 9}
        self._plain = book.add_format(text)
        self._quoted = book.add_format({**text, "quote_prefix": True})
        self._bold = book.add_format({**text, "bold": True})
        self._loud = book.add_format({**text, "bold": True, "font_color": "#B00020", "text_wrap": False})
        self._line = book.add_format({"font_name": "Arial", "font_size": 8, "valign": "top"})
        self._first = book.add_format({"font_name": "Arial", "font_size": 9, "bold": True})
        self._head = book.add_format({**text, "bold": True, "bg_color": "#EEEEEE", "bottom": 1})

    def write(self) -> None:
        """Write both sheets: the table, and what it is."""
        self._table(self._sheet("MGRS"))
        self._about(self._sheet("README"))

    def _sheet(self, name: str) -> Any:
        sheet = self._book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(_LANDSCAPE_A4)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.fit_to_pages(1, 0)
        # At most 255 characters go into a printed foot; what does not fit there stands in the rows that are repeated.
        sheet.set_footer(f"&C{self._document.reference}   &P / &N")
        if self._document.right_to_left:
            sheet.right_to_left()
        return sheet

    def _top(self, sheet: Any) -> int:
        """Write what every page repeats, and return the next free row."""
        row = 0
        if self._document.banner:
            sheet.write_string(row, 0, self._document.banner, self._loud)
            row += 1
        for line in self._document.foot:
            sheet.write_string(row, 0, line, self._first if line in self._document.sentence else self._line)
            row += 1
        return row

    def _table(self, sheet: Any) -> None:
        document, top = self._document, self._top(sheet)
        for column, (key, width) in enumerate(_COLUMNS):
            sheet.set_column(column, column, width)
            sheet.write_string(top, column, key if key in _SPELT else document.label(key), self._head)
        lines = by_mgrs(document)
        for row, line in enumerate(lines, top + 1):
            self._row(sheet, row, self._cells(line))
        if not lines:
            sheet.write_string(top + 1, 3, document.word("nothing"), self._bold)
        sheet.freeze_panes(top + 1, 2)
        sheet.repeat_rows(0, top)
        sheet.autofilter(top, 0, top + max(len(lines), 1), len(_COLUMNS) - 1)
        sheet.print_area(0, 0, top + max(len(lines), 1), _PRINTED - 1)

    def _cells(self, line: Line) -> Sequence[str | float]:
        at = line.spelt
        lat, lon = (float(text) for text in at.decimal.split()) if at else ("", "")
        place = (at.mgrs, at.uncertainty_m) if at else ("", "")
        return (
            line.number, *place, line.name, line.category, line.where, line.mark, line.status, lat, lon,
            at.dms if at else "", line.marks, line.verified, line.remarks, line.list, line.id,
        )  # fmt: skip

    def _row(self, sheet: Any, row: int, cells: Sequence[str | float]) -> None:
        for column, cell in enumerate(cells):
            if isinstance(cell, str):
                if cell:
                    sheet.write_string(row, column, cell, self._plain if inert(cell) == cell else self._quoted)
            else:
                sheet.write_number(row, column, cell, self._plain)

    def _about(self, sheet: Any) -> None:
        document, row = self._document, self._top(sheet) + 1
        sheet.set_column(0, 0, 30)
        sheet.set_column(1, 1, 110)
        for label, value in document.facts:
            sheet.write_string(row, 0, label, self._plain)
            sheet.write_string(row, 1, value, self._bold if inert(value) == value else self._quoted)
            row += 1
        for sentence in document.sentences:
            sheet.write_string(row + 1, 1, sentence, self._plain)
            row += 1
