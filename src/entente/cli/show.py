"""How things look: tables, times, positions and the exercise's banner. Values go in as text, never as markup."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

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


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], none: str, title: str = "") -> None:
    """Print a table, or, when it has no row, the sentence `none`; empty, nothing at all."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    listed = [list(row) for row in rows]
    if not listed:
        if none:
            typer.echo(none)
        return
    drawn = Table(box=SIMPLE_HEAD, title=title or None, title_justify="left", title_style="bold", pad_edge=False)
    for heading in headings:
        drawn.add_column(heading, overflow="fold")
    for row in listed:
        drawn.add_row(*(Text(cell, style=_colour(cell)) for cell in row))
    console().print(drawn)


def facts(pairs: Iterable[tuple[str, str]]) -> None:
    """Print names and values, one a line, the names in one column; empty values are left out."""
    from rich.table import Table
    from rich.text import Text

    drawn = Table.grid(padding=(0, 2))
    drawn.add_column(no_wrap=True)
    drawn.add_column(overflow="fold")
    for name, value in pairs:
        if value:
            drawn.add_row(Text(name, style="dim"), Text(value, style=_colour(value)))
    console().print(drawn)


def _colour(cell: str) -> str:
    return next((style for word, style in COLOURS.items() if cell.startswith(word)), "")


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
