"""Findings as a table, the same for files and for a node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from entente.cli import show

if TYPE_CHECKING:
    from entente.joint.screening import Finding


def print_findings(rows: Sequence[tuple[str, Finding]]) -> None:
    """Print findings, each with its plan's name, numbered; nothing at all when there is none."""
    from rich.table import Table
    from rich.text import Text

    if not rows:
        return
    table = Table(show_lines=True, expand=False)
    for heading in ("", "Plan", "Comes close to", "How close, of what is required", "When (UTC)", "Where", "Know"):
        table.add_column(heading, overflow="fold")
    for number, (name, finding) in enumerate(rows, 1):
        # Text, not markup: a title in brackets is a title.
        table.add_row(*(Text(cell) for cell in (str(number), name, *_cells(finding))))
    show.console().print(table)


def _cells(finding: Finding) -> tuple[str, str, str, str, str]:
    from entente.geo.position import show as spellings
    from entente.report import words

    where = "" if finding.place is None else "{0.decimal}\n{0.mgrs}".format(spellings(finding.place))
    doubt = f"\n{finding.doubt_m:,.0f} m of doubt added" if finding.doubt_m >= 1 else ""
    return (
        f"{finding.other_title or finding.other}\n({words.AGAINST[finding.against]})",
        words.closeness(finding) + doubt,
        words.when(finding.interval).replace(" to ", "\nto "),
        where,
        words.marks_in_words(finding.marks),
    )
