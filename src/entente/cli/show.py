"""How things look: tables, times, positions and the exercise's banner. Values go in as text, never as markup."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from entente.geo.position import Position

WIDTH_OF_A_FILE = 160
"""[characters] The table's width where no terminal says otherwise."""
COLOURS = {
    "no objection": "green",
    "notified": "green",
    "in force": "green",
    "noticed": "yellow",
    "waits for signatures": "yellow",
    "objected": "red",
    "objection": "red",
    "STOP": "bold red",
    "active": "bold",
    "ended": "dim",
    "withdrawn": "dim",
    "lifted": "dim",
}
"""Words that are coloured wherever a cell begins with them; colour never says what the word does not."""
WHOLE = frozenset({"At", "From", "To", "Issued", "Sent", "Starts", "Until", "When", "Where"})
"""Headings of columns whose lines are never broken: times and positions."""
LONGEST_WORD = 30
"""[characters] What is longer, such as a hash, may be broken."""
BANNER = "EXERCISE EXERCISE EXERCISE"


def console() -> Console:
    """Return the console: as wide as the terminal, or a fixed width in a file."""
    from rich.console import Console

    found = Console(highlight=False)
    return found if found.is_terminal else Console(highlight=False, width=WIDTH_OF_A_FILE)


def banner(exercise: bool) -> None:
    """Print the exercise's banner, where it is one."""
    if exercise:
        from rich.text import Text

        console().print(Text(BANNER, style="bold reverse"))


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], none: str) -> None:
    """Print a table, or, when it has no row, the sentence `none`; empty, nothing at all.

    Where the terminal is too narrow for the columns' words, each row is told heading by heading instead: a date-time
    group or a position broken in two is read wrongly.
    """
    listed = [list(row) for row in rows]
    if not listed:
        if none:
            typer.echo(none)
        return
    filled = [i for i, heading in enumerate(headings) if heading or any(row[i] for row in listed)]
    columns = [(headings[i], [row[i] for row in listed]) for i in filled]
    if sum(_needed(heading, cells) + 2 for heading, cells in columns) - 1 > console().width:
        for row in listed:
            facts((headings[i], row[i]) for i in filled)
            typer.echo("")
        return
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    drawn = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, collapse_padding=True)
    for heading, cells in columns:
        drawn.add_column(heading, overflow="fold", no_wrap=heading in WHOLE, min_width=_needed(heading, cells))
    for row in listed:
        drawn.add_row(*(_text(row[i]) for i in filled))
    console().print(drawn)
    typer.echo("")


def notices(lines: Iterable[str]) -> None:
    """Print the terms on which something is held, a line each, wherever its details stand."""
    for line in lines:
        typer.echo(line)


def _needed(heading: str, cells: Sequence[str]) -> int:
    """Return the width that a column needs at least: its longest word, or its longest line where lines stay whole."""
    pieces = [heading, *cells]
    words = [word for text in pieces for word in (text.splitlines() if heading in WHOLE else text.split())]
    return min(max(map(len, words), default=1), LONGEST_WORD)


def facts(pairs: Iterable[tuple[str, str]]) -> None:
    """Print names and values, one a line, the names in one column; empty values are left out."""
    from rich.table import Table
    from rich.text import Text

    drawn = Table.grid(padding=(0, 2))
    drawn.add_column(no_wrap=True)
    drawn.add_column(overflow="fold")
    for name, value in pairs:
        if value:
            drawn.add_row(Text(name, style="dim"), _text(value))
    console().print(drawn)


def _text(cell: str) -> Text:
    """Return a cell as text, never as markup, each line in the colour of the word it begins with."""
    from rich.text import Text

    lines = [Text(line, style=_colour(line)) for line in cell.split("\n")]
    return Text("\n").join(lines)


def _colour(line: str) -> str:
    return next((style for word, style in COLOURS.items() if line.startswith(word)), "")


def plain(value: Any) -> Any:
    """Return dataclasses, times and tuples as what JSON knows; times in one spelling."""
    import msgspec

    return msgspec.to_builtins(value, enc_hook=str)


def print_json(value: Any) -> None:
    """Print a value as JSON."""
    typer.echo(json.dumps(plain(value), indent=2, ensure_ascii=False))


def when(at: datetime | None) -> str:
    """Return a time as a date-time group, nothing for None."""
    from entente.geo.interval import dtg

    return dtg(at) if at is not None else ""


def place(position: Position | None) -> str:
    """Return a position in decimal degrees and MGRS, a line each."""
    from entente.geo.position import show

    if position is None:
        return "place known, position not"
    shown = show(position)
    return f"{shown.decimal}\n{shown.mgrs}"


def short(digest: str) -> str:
    """Return enough of a hash to tell it from others on one screen."""
    return digest[:12]
