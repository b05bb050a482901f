"""The table by MGRS as XLSX: a sheet to sort and filter, which says on every printed page what it is for.

Every text is written as text, marked so (`quotePrefix`) where it begins as a formula would: it stays text when somebody
edits the cell. Numbers are numbers, with no more digits than they have.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import Any

from entente.report.package.document import Document, Line
from entente.report.package.docx import has_right
from entente.report.package.plain import inert

_LANDSCAPE_A4 = 9
_COLUMNS = (
    ("number", 5), ("mgrs", 19), ("uncertainty", 9), ("name", 34), ("category", 18), ("where", 28), ("change", 14),
    ("status", 30), ("lat", 11), ("lon", 11), ("dms", 26), ("marks", 30), ("verified", 26), ("remarks", 26),
    ("list", 14), ("id", 18),
)  # fmt: skip
"""Columns by their word, or as they are spelt in every language, with their width [characters]."""
_SPELT = frozenset({"lat", "lon", "dms", "id"})
_MGRS, _PRINTED = 1, 8
"""Where the grid reference stands, and how many columns a printed page holds."""


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
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}

    def _look(self, text: str, **looks: Any) -> Any:
        """Return how a cell looks: a text that begins as a formula does stays text, and runs as its letters do."""
        looks = {"font_name": "Arial", "font_size": 9, "valign": "top", **looks}
        if inert(text) != text:
            looks["quote_prefix"] = True
        if self._document.right_to_left:
            looks |= {"reading_order": 2 if has_right(text) else 1, "align": "right"}
        key = tuple(sorted(looks.items()))
        if key not in self._formats:
            self._formats[key] = self._book.add_format(looks)
        return self._formats[key]

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
        document, row = self._document, 0
        if document.banner:
            sheet.write_string(row, 0, document.banner, self._look(document.banner, bold=True, font_color="#B00020"))
            row += 1
        for line in document.foot:
            looks = {"bold": True} if line in document.sentence else {"font_size": 8}
            sheet.write_string(row, 0, line, self._look(line, **looks))
            row += 1
        return row

    def _table(self, sheet: Any) -> None:
        document, top = self._document, self._top(sheet)
        sheet.set_row(top, 26)
        for column, (key, width) in enumerate(_COLUMNS):
            head = key if key in _SPELT else document.label(key)
            sheet.set_column(column, column, width)
            sheet.write_string(
                top, column, head, self._look(head, bold=True, text_wrap=True, bg_color="#EEEEEE", bottom=1)
            )
        lines = by_mgrs(document)
        for row, line in enumerate(lines, top + 1):
            self._row(sheet, row, self._cells(line))
        if not lines:
            nothing = document.word("nothing")
            sheet.write_string(top + 1, 3, nothing, self._look(nothing, bold=True))
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
        # Not every program fits rows to wrapped text: about as many letters stand in a line as its width says.
        widths = (width for _, width in _COLUMNS[:_PRINTED])
        tall = max(math.ceil(len(c) / (1.1 * w)) for c, w in zip(cells, widths, strict=False) if isinstance(c, str))
        sheet.set_row(row, 12.5 * max(tall, 1))
        for column, cell in enumerate(cells):
            if isinstance(cell, str):
                if cell:
                    sheet.write_string(row, column, cell, self._look(cell, text_wrap=True, bold=column == _MGRS))
            else:
                sheet.write_number(row, column, cell, self._look("", align="left"))

    def _about(self, sheet: Any) -> None:
        document, row = self._document, self._top(sheet) + 1
        sheet.set_column(0, 0, 40)
        sheet.set_column(1, 1, 110)
        for label, value in document.facts:
            sheet.write_string(row, 0, label, self._look(label, font_color="#5F5F5F"))
            sheet.write_string(row, 1, value, self._look(value, bold=True, text_wrap=True))
            row += 1
        for sentence in document.sentences:
            row += 1
            sheet.write_string(row, 1, sentence, self._look(sentence, text_wrap=True))
