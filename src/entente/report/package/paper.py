"""Paper: pages of A4 on which words are placed, in any script that the font has, and what stands on each of them.

The font goes with the program (`report/fonts`), so that a page looks the same everywhere: DejaVu Sans Condensed, for
Latin, Cyrillic, Greek, Arabic, Hebrew and more. Words of right-to-left scripts are shaped (HarfBuzz) and ordered (UAX
#9) by fpdf2; others are placed glyph by glyph, which is ten times as fast. What the font lacks is a box, never nothing.

On paper that reads from right to left everything is mirrored: `x` counts from the edge where reading begins.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import as_file, files
from typing import Any

from entente.report.package.document import Document

FACE = "paper"
LOUD, QUIET, INK = (176, 0, 32), (95, 95, 95), (0, 0, 0)
MARGIN = 10.0
"""[mm] Around a page."""
_POINT = 0.3528
"""[mm] A point."""
_LEADING = 1.22
"""Of a line, in sizes of its letters."""
_BOX = "□"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A text in one look; `size` in points. What is `composed` of several names runs as the document does."""

    text: str
    size: float = 8.0
    bold: bool = False
    colour: tuple[int, int, int] = INK
    composed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of rows: its heading and its width [mm]."""

    head: str
    width: float


class Paper:
    """A document's pages. `heads` are the columns that each page repeats while rows are placed."""

    def __init__(self, document: Document, title: str, *, landscape: bool = False) -> None:
        from fpdf import FPDF  # Loads font tools; most commands print nothing.

        self._document = document
        self._rtl = document.right_to_left
        self._pdf: Any = FPDF(orientation="L" if landscape else "P", format="A4")
        self._pdf.set_auto_page_break(False)
        self._pdf.set_margin(0)
        self._pdf.c_margin = 0
        with as_file(files("entente.report") / "fonts") as fonts:
            self._pdf.add_font(FACE, "", fonts / "DejaVuSansCondensed.ttf")
            self._pdf.add_font(FACE, "B", fonts / "DejaVuSansCondensed-Bold.ttf")
        self._pdf.set_creation_date(document.package.made)
        self._pdf.set_title(" ".join(filter(None, (document.banner, title, document.reference))))
        self._pdf.set_author(document.package.sender)
        self._pdf.set_lang(str(document.language))
        self._pdf.set_creator("Entente")
        self._pdf.set_producer("Entente")
        self._widths: dict[tuple[str, bool], float] = {}
        self._letters: dict[tuple[str, bool], float] = {}
        faces: Any = self._pdf.fonts
        self._known = {bold: frozenset(faces[f"{FACE}{bold}"].cmap) for bold in ("", "B")}
        self._look: tuple[Any, ...] = ()
        self._columns: Sequence[Column] = ()
        self._running = f"{title} · {document.reference}"
        self.width: float = self._pdf.w - 2 * MARGIN
        self._foot = self._footing()
        self._bottom: float = self._pdf.h - MARGIN - self._foot_height()
        self.y = 0.0
        self.new_page()

    # -- pages ---------------------------------------------------------------------------------------------------------

    def new_page(self) -> None:
        """Begin a page; while rows are placed, with the columns' heads."""
        self._pdf.add_page()
        self._look = ()
        self.y = MARGIN + (5.0 if self._document.banner else 0.0)
        if self._columns:
            self._heads()

    def need(self, height: float) -> None:
        """Begin a page unless so much [mm] is left on this one."""
        if self.y + height > self._bottom:
            self.new_page()

    def bytes(self) -> bytes:
        """Return the finished document: banner, foot and number are put on every page now that their count is known."""
        pages = self._pdf.pages_count
        for page in range(1, pages + 1):
            self._pdf.page = page
            self._pdf.current_font_is_set_on_page = False
            self._look = ()
            self._edges(page, pages)
        data = bytes(self._pdf.output())
        self.close()
        return data

    def close(self) -> None:
        """Let go of the fonts' files."""
        for face in self._pdf.fonts.values():
            face.ttfont.close()

    def _edges(self, page: int, pages: int) -> None:
        document = self._document
        if document.banner:
            for y in (MARGIN - 2.0, self._pdf.h - 9.0):
                self.place(0, y, self.width, Words(text=document.banner, size=9, bold=True, colour=LOUD), "C")
        y = self._bottom + 2.0
        self.rule(y - 1.0, 0.3)
        for words in self._foot:
            self.place(0, y, self.width, words)
            y += height_of(words)
        number = Words(text=document.word("page", page, pages), size=6.5, colour=QUIET)
        self.place(0, self._pdf.h - 5.5, self.width, number, "C")

    def _footing(self) -> list[Words]:
        found = []
        for text in self._document.foot:
            loud = text in self._document.sentence
            words = Words(text=text, size=7.5 if loud else 6.2, bold=loud)
            found += [replace(words, text=line) for line in self.wrapped(words, self.width)]
        return found

    def _foot_height(self) -> float:
        return sum(map(height_of, self._foot)) + (4.0 if self._document.banner else 0.0)

    # -- words ---------------------------------------------------------------------------------------------------------

    def say(self, words: Words, *, indent: float = 0.0, after: float = 0.8) -> None:
        """Place a text below what was placed last, broken into lines."""
        for line in self.wrapped(words, self.width - indent):
            self.need(height_of(words))
            self.place(indent, self.y, self.width - indent, replace(words, text=line))
            self.y += height_of(words)
        self.y += after

    def place(self, x: float, y: float, width: float, words: Words, align: str = "") -> None:
        """Place one line in a box whose edge is `x` [mm] from where reading begins, `y` from the top, `width` wide."""
        text = self._legible(words.text, words.bold)
        if not text:
            return
        self._dress(words)
        left = MARGIN + (self.width - x - width if self._rtl else x)
        if is_complex(text):
            # Figures and Latin words inside right-to-left ones keep their own direction: that is UAX #9's to settle.
            self._shape(words)
            self._pdf.set_xy(left, y)
            self._pdf.cell(width, words.size * _POINT * _LEADING, text, align=align or ("R" if self._rtl else "L"))
            self._pdf.set_text_shaping(False)
            return
        taken = self._measured(text, words)
        shift = (width - taken) / 2 if align == "C" else width - taken if self._rtl else 0.0
        self._pdf.text(left + shift, y + words.size * _POINT * 0.93, text)

    def wrapped(self, words: Words, width: float) -> list[str]:
        """Return a text's lines, none wider than `width` [mm] unless one word is; such a word is broken."""
        if not words.text:
            return []
        if self.measure(words.text, words) <= width:
            return [words.text]
        return list(self._lines(words, width))

    def _broken(self, words: Words, width: float) -> list[Words]:
        lines = self.wrapped(words, width)
        return [words] if lines == [words.text] else [replace(words, text=line) for line in lines]

    def _lines(self, words: Words, width: float) -> Iterator[str]:
        line = ""
        for word in words.text.split(" "):
            longer = f"{line} {word}" if line else word
            if self.measure(longer, words) <= width:
                line = longer
                continue
            if line:
                yield line
            while self.measure(word, words) > width and len(word) > 1:
                cut = next(n for n in range(len(word) - 1, 0, -1) if n == 1 or self.measure(word[:n], words) <= width)
                yield word[:cut]
                word = word[cut:]
            line = word
        if line:
            yield line

    def measure(self, text: str, words: Words) -> float:
        """Return how wide [mm] a text is in a look."""
        return self._measured(self._legible(text, words.bold), words)

    def _measured(self, text: str, words: Words) -> float:
        key = text, words.bold
        if key not in self._widths:
            self._widths[key] = self._shaped(text, words) if is_complex(text) else self._added(text, words.bold)
        return self._widths[key] * words.size

    def _added(self, text: str, bold: bool) -> float:
        """Return the sum [mm] of the letters' widths at one point."""
        letters, face = self._letters, self._pdf.fonts[f"{FACE}{'B' if bold else ''}"]
        for c in set(text):
            if (c, bold) not in letters:
                letters[c, bold] = face.get_text_width(c, 1, None)[1] * _POINT
        return sum(letters[c, bold] for c in text)

    def _shaped(self, text: str, words: Words) -> float:
        """Return the width [mm] of a shaped text at one point."""
        self._dress(words)
        self._shape(words)
        width: float = self._pdf.get_string_width(text) / words.size
        self._pdf.set_text_shaping(False)
        return width

    def _shape(self, words: Words) -> None:
        """Have what is placed next shaped; a name by itself runs as its first letter does."""
        direction = "rtl" if self._rtl else "ltr" if words.composed else None
        self._pdf.set_text_shaping(True, direction=direction)

    def _legible(self, text: str, bold: bool) -> str:
        known = self._known["B" if bold else ""]
        return text if text.isascii() else "".join(c if ord(c) in known or c in "\u200c\u200d" else _BOX for c in text)

    def _dress(self, words: Words) -> None:
        look = (words.size, words.bold, words.colour)
        if look != self._look:
            self._pdf.set_font(FACE, "B" if words.bold else "", words.size)
            self._pdf.set_text_color(*words.colour)
            self._look = look

    # -- rows ----------------------------------------------------------------------------------------------------------

    def columns(self, columns: Sequence[Column]) -> None:
        """Begin a table: its heads stand here, and on every page while its rows are placed."""
        self._columns = columns
        self.need(14.0)
        if columns and self.y > MARGIN + 6.0:
            self._heads()

    def _heads(self) -> None:
        x = 0.0
        lines = [self.wrapped(Words(text=c.head, size=6.5, bold=True), c.width - 1.0) for c in self._columns]
        deepest = max(map(len, lines)) * height_of(Words(text="", size=6.5)) + 1.0
        self._pdf.set_fill_color(236, 236, 236)
        self._pdf.rect(MARGIN, self.y, self.width, deepest, style="F")
        for column, head in zip(self._columns, lines, strict=True):
            for number, line in enumerate(head):
                words = Words(text=line, size=6.5, bold=True)
                self.place(x + 0.5, self.y + 0.5 + number * height_of(words), column.width - 1.0, words)
            x += column.width
        self.y += deepest
        self._look = ()

    def row(self, cells: Sequence[Sequence[Words]], *, least: float = 0.0) -> None:
        """Place a row below the last, whole on one page; each cell is a column of texts."""
        broken = [
            [words for whole in cell for words in self._broken(whole, column.width - 1.0)]
            for cell, column in zip(cells, self._columns, strict=True)
        ]
        tall = max(least, *(sum(map(height_of, cell)) for cell in broken)) + 1.2
        self.need(tall)
        x = 0.0
        for cell, column in zip(broken, self._columns, strict=True):
            y = self.y + 0.6
            for words in cell:
                self.place(x + 0.5, y, column.width - 1.0, words)
                y += height_of(words)
            x += column.width
        self.y += tall
        self.rule(self.y, 0.1)

    def rule(self, y: float, width: float) -> None:
        """Draw a line across the page, `width` [mm] thick."""
        self._pdf.set_draw_color(*QUIET)
        self._pdf.set_line_width(width)
        self._pdf.line(MARGIN, y, MARGIN + self.width, y)

    def boxes(self, columns: Sequence[Column], rows: Sequence[str], tall: float) -> None:
        """Draw a grid to be filled in by hand: a labelled first column, the others empty."""
        self._columns = ()
        self.need(tall * (len(rows) + 1) + 4.0)
        self._pdf.set_draw_color(*QUIET)
        self._pdf.set_line_width(0.2)
        for number, label in enumerate([columns[0].head, *rows]):
            x = 0.0
            for place, column in enumerate(columns):
                left = MARGIN + (self.width - x - column.width if self._rtl else x)
                self._pdf.rect(left, self.y, column.width, tall)
                text = label if not place else column.head if not number else ""
                words = Words(text=text, size=7.5, bold=not number)
                self.place(x + 1.0, self.y + tall / 2 - 1.8, column.width - 2.0, words)
                x += column.width
            self.y += tall
        self.y += 2.0

    def tick(self) -> str:
        """Return the box that a reader ticks."""
        return _BOX


def height_of(words: Words) -> float:
    """Return how tall [mm] a line of words is."""
    return words.size * _POINT * _LEADING


@cache
def _strong(character: str) -> bool:
    return unicodedata.bidirectional(character) in ("R", "AL", "AN") or unicodedata.combining(character) > 0


@lru_cache(maxsize=8192)
def is_complex(text: str) -> bool:
    """Whether a text needs shaping or ordering: letters that join, run from the right, or stand on others."""
    return not text.isascii() and any(map(_strong, text))
