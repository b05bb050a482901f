"""The papers of a package as PDF: the form, the table by MGRS, and the list to carry.

Each repeats on every page what `Document.foot` says. The form has room to acknowledge, step by step. The list to carry
is grouped by district, with a box to tick beside each place as it is read back, and its age in large letters: it is
used where there is no line (F-15).
"""

from __future__ import annotations

from itertools import groupby

from entente.picture.recipients import Language
from entente.report.package.document import Document, Line
from entente.report.package.paper import LOUD, QUIET, Column, Paper, Words
from entente.report.package.xlsx import by_mgrs

_STEPS = ("delivered", "opened", "read_back", "relayed", "loaded")


def form(document: Document) -> bytes:
    """Return the form: who to whom, for what, every site, and where to acknowledge."""
    paper = Paper(document, document.word("title"))
    paper.say(Words(text=document.label("title"), size=15, bold=True), after=1.5)
    _facts(document, paper)
    for sentence in document.sentences:
        paper.say(Words(text=sentence, size=8, bold=sentence in document.sentence), after=0.2)
    paper.y += 2.0
    _rows(document, paper)
    _acknowledgement(document, paper)
    return paper.bytes()


def _facts(document: Document, paper: Paper) -> None:
    label = 46.0 if document.language is Language.ENGLISH else 66.0
    for name, value in document.facts:
        lines = paper.wrapped(Words(text=value, size=8, bold=True), paper.width - label)
        paper.need(4.0 * len(lines))
        paper.place(0, paper.y, label, Words(text=name, size=7, colour=QUIET))
        for line in lines:
            paper.place(label, paper.y, paper.width - label, Words(text=line, size=8, bold=True))
            paper.y += 3.7
    paper.y += 1.5


def _rows(document: Document, paper: Paper) -> None:
    if not document.lines:
        paper.say(Words(text=document.word("nothing"), size=9, bold=True))
        return
    heads = (("number", 10.0), ("name", 66.0), ("position", 56.0), ("status", 58.0))
    paper.columns([Column(head=document.label(key), width=width) for key, width in heads])
    for line in document.lines:
        paper.row((_number(line), _name(document, line), _position(line), _told(line)))
    paper.columns(())
    paper.y += 3.0


def _number(line: Line) -> list[Words]:
    return [Words(text=str(line.number), size=7.5)]


def _name(document: Document, line: Line) -> list[Words]:
    found = [Words(text=line.name, size=8, bold=True), Words(text=line.category, size=7)]
    if line.where:
        found.append(Words(text=line.where, size=7, composed=True))
    which = f"{document.word('list')}: {line.list} · {line.id}" if document.several_lists else line.id
    return [*found, Words(text=which, size=6, colour=QUIET)]


def _position(line: Line) -> list[Words]:
    at = line.spelt
    if at is None:
        return [Words(text="—", size=8)]
    return [
        Words(text=f"{at.mgrs}   ± {at.uncertainty_m:,} m", size=8, bold=True),
        Words(text=at.decimal, size=7),
        Words(text=at.dms, size=7),
    ]


def _told(line: Line) -> list[Words]:
    found = [Words(text=line.mark, size=7, bold=True, colour=LOUD)] if line.mark else []
    return found + [Words(text=text, size=7) for text in (line.status, line.marks, line.verified, line.remarks) if text]


def _acknowledgement(document: Document, paper: Paper) -> None:
    paper.need(70.0)  # in one piece: it is cut off, filled in and sent back
    paper.say(Words(text=document.label("acknowledgement"), size=11, bold=True), after=0.5)
    paper.say(Words(text=document.word("acknowledging"), size=8), after=0.5)
    if document.recipient.acknowledges:
        back = f"{document.word('return_to')}: {document.recipient.acknowledges}"
        paper.say(Words(text=back, size=8, bold=True), after=0.5)
    paper.say(Words(text=document.numbers, size=8), after=1.0)
    widths = (("step", 58.0), ("time", 40.0), ("unit", 46.0), ("office", 46.0))
    grid = [Column(head=document.label(key), width=width) for key, width in widths]
    paper.boxes(grid, [document.label(step) for step in _STEPS], 8.5)


# -- the table by MGRS -------------------------------------------------------------------------------------------------


def table(document: Document) -> bytes:
    """Return the table by MGRS, to print: a row a site, in the order of the grid."""
    paper = Paper(document, document.word("table"), landscape=True)
    _head(document, paper, "table")
    if not document.lines:
        paper.say(Words(text=document.word("nothing"), size=9, bold=True))
        return paper.bytes()
    heads = (
        ("number", 11.0), ("mgrs", 40.0), ("uncertainty", 17.0), ("name", 72.0), ("category", 34.0), ("where", 52.0),
        ("status", 51.0),
    )  # fmt: skip
    paper.columns([Column(head=document.label(key), width=width) for key, width in heads])
    for line in by_mgrs(document):
        at = line.spelt
        told = " · ".join(filter(None, (line.mark, line.status)))
        paper.row(
            (
                _number(line), [Words(text=at.mgrs if at else "—", size=8.5, bold=True)],
                [Words(text=f"{at.uncertainty_m:,}" if at else "", size=8)], [Words(text=line.name, size=8, bold=True)],
                [Words(text=line.category, size=7.5)], [Words(text=line.where, size=7, composed=True)],
                [Words(text=told, size=7, bold=bool(line.mark))],
            )
        )  # fmt: skip
    return paper.bytes()


def _head(document: Document, paper: Paper, title: str) -> None:
    paper.say(Words(text=document.label(title), size=13, bold=True), after=0.6)
    told = dict(document.facts)
    keys = ("to", "from", "reference", "holds", "released_by")
    paper.say(
        Words(
            text="   ".join(
                f"{document.word(k)}: {told[document.label(k)]}" for k in keys if document.label(k) in told
            ),
            size=8,
        )
    )
    paper.say(Words(text=document.numbers, size=10, bold=True), after=0.6)
    for sentence in document.sentences:
        paper.say(Words(text=sentence, size=7.5, bold=sentence in document.sentence), after=0.0)
    paper.y += 2.0


# -- the list to carry -------------------------------------------------------------------------------------------------


def carried(document: Document) -> bytes:
    """Return the list to carry, by country and district, with a box to tick beside each place."""
    paper = Paper(document, document.word("carried"))
    _head(document, paper, "carried")
    if not document.lines:
        paper.say(Words(text=document.word("nothing"), size=9, bold=True))
        return paper.bytes()
    heads = (("", 6.0), ("number", 10.0), ("mgrs", 50.0), ("name", 70.0), ("status", 54.0))
    columns = [Column(head=document.label(key) if key else "", width=width) for key, width in heads]
    paper.columns(columns)
    for district, lines in groupby(sorted(document.lines, key=_district), key=_district):
        paper.need(14.0)
        paper.y += 0.8
        area = ", ".join(filter(None, reversed(district[1:]))) or "—"
        paper.say(Words(text=area, size=8.5, bold=True, composed=True), after=0.2)
        for line in lines:
            at = line.spelt
            place = [Words(text="—", size=9)]
            if at is not None:
                place = [
                    Words(text=f"{at.mgrs}  ± {at.uncertainty_m:,} m", size=8.5, bold=True),
                    Words(text=f"{at.decimal}   {at.dms}", size=6.2),
                ]
            name = [Words(text=line.name, size=8, bold=True), Words(text=f"{line.category} · {line.id}", size=6.5)]
            told = [Words(text=line.mark, size=7, bold=True, colour=LOUD)] if line.mark else []
            told += [Words(text=text, size=7) for text in (line.status, line.marks) if text]
            paper.row(([Words(text=paper.tick(), size=10)], _number(line), place, name, told))
    return paper.bytes()


def _district(line: Line) -> tuple[str, ...]:
    return line.list, *line.area
