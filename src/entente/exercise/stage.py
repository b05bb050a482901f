"""The stage: an exercise told in the terminal as it is played, a line or two for each step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from entente.exercise.language import Step, Tell
from entente.exercise.reading import Exercise
from entente.geo.interval import dtg
from entente.joint.screening import Finding
from entente.report import words
from entente.report.story import SENTENCES

if TYPE_CHECKING:
    from entente.exercise.director import Check, Outcome

COLOURS = ("blue", "magenta", "yellow", "cyan", "green")
"""One for each party, in their order, as on the map; names are always beside them."""


class Stage:
    """Writes to one console. `record=True` consoles can be exported as a picture afterwards."""

    def __init__(self, console: Console, exercise: Exercise) -> None:
        self.console = console
        self._parties = {party.id: COLOURS[i % len(COLOURS)] for i, party in enumerate(exercise.frame.party)}
        self._month = ""
        self._found: set[tuple[str, str]] = set()

    def open(self, exercise: Exercise, how: str) -> None:
        """Say what begins."""
        self.console.rule(Text("EXERCISE EXERCISE EXERCISE", style="bold"))
        self.console.print(Text(exercise.frame.title, style="bold"))
        self.console.print(Text(exercise.frame.about.strip()))
        self.console.print(Text(how, style="dim"))

    def step(self, at: datetime, step: Step, outcome: Outcome, checks: Sequence[Check]) -> None:
        """Tell one step: what it is about, who said what, what was found, what is then so."""
        if not (step.tell or outcome.said or checks):
            return
        self._date(at)
        if step.tell:
            cited = f"  {' '.join(step.why)}" if step.why else ""
            words_ = f"({', '.join(step.to)}) {step.tell}" if isinstance(step, Tell) and step.to else step.tell
            self._line(at, None, Text(words_, style="italic").append(cited, style="dim not italic"))
        if outcome.said or not all(check.held for check in checks):
            self._line(None if step.tell else at, step.by, self._said(outcome, checks))
        for finding in outcome.screening.findings if outcome.screening and not outcome.refusal else ():
            told = (outcome.subject or "", finding.other)
            if told not in self._found:  # both sides find the same, as a rule; it is told once
                self._found.add(told)
                self._line(None, "", Text(f"finds {_found(finding)}", style="dim"))

    def _said(self, outcome: Outcome, checks: Sequence[Check]) -> Text:
        text = Text(outcome.said, style="bold" if outcome.said.startswith("STOP") else "")
        if outcome.refusal is not None:
            text.append(f"  refused: {outcome.refusal.sentence}", style="red")
        shown = [_shown(check.name, check.actual) for check in checks if check.held]
        if any(shown):
            text.append(f"  ✓ {', '.join(filter(None, shown))}", style="green")
        for check in checks:
            if not check.held:
                text.append(f"  ✗ {check.name}: expected {check.wanted}, was {check.actual}", style="bold red")
        return text

    def _date(self, at: datetime) -> None:
        month = dtg(at)[7:]
        if month != self._month:
            self._month = month
            self.console.rule(Text(f"{at:%B %Y}", style="dim"), align="left", style="dim")

    def _line(self, at: datetime | None, by: str | None, what: Text) -> None:
        """Print one line: when, who, what. `by` is None where nobody speaks, and the words have that room too."""
        cells = [Text(dtg(at)[:7] if at else "", style="dim")]
        grid = Table.grid(padding=(0, 1, 0, 0), expand=False)
        grid.add_column(width=7, no_wrap=True)
        if by is not None:
            party, _, office = by.partition("/")
            grid.add_column(width=22, no_wrap=True)
            cells.append(Text(f"{party.upper()} {words.phrase(office)}".strip(), style=self._parties.get(party, "")))
        grid.add_column(ratio=1, overflow="fold")
        grid.add_row(*cells, what)
        self.console.print(grid)

    def close(self, lines: Sequence[Any]) -> None:
        """Print what is left to say: tables and lines, then the two sentences."""
        for line in lines:
            if isinstance(line, Table):
                self.console.print()
            self.console.print(line)
        self.console.print(Text(" ".join(SENTENCES), style="bold"))


def _found(finding: Finding) -> str:
    close = words.closeness(finding).partition(", vertical gap unknown")[0]
    marks = words.marks_in_words(tuple(mark for mark in finding.marks if mark.startswith("movement.")))
    return f"{finding.other_title or finding.other}: {'; '.join(filter(None, (close, marks)))}"


def _shown(name: str, value: Any) -> str:
    """Return what a held expectation adds to the line; what the line says already is left out."""
    match name:
        case "standing":
            return words.phrase(value)
        case "phase":
            return ""
        case "final":
            return "final: every party holds what it rests on"
        case "covered_by":
            return f"covered by: {words.phrase(value)}"
        case "threat":
            return "labelled: threat declared"
        case "answered":
            return ", ".join(f"{party} answered by {how}" for party, how in value.items())
        case "objections":
            return ", ".join(f"an objection {how} it" for how in value)
        case "changes":
            return ", ".join(value)
        case "rungs":
            return ", ".join(f"{party}: {words.phrase(rung)}" for party, rung in value.items())
        case "stale":
            return f"what {' and '.join(value)} acknowledged is of an older version" if value else ""
        case "late":
            return "notified late, and it counts all the same"
        case "disputed":
            return "disputed, and screened all the same"
        case "differing" | "differing_from_own":
            held = "the notice" if name == "differing" else "the sender's own plan"
            return f"{value} of them elsewhere than in {held}" if value else f"as in {held}"
        case "findings" if not value:
            return "no finding"
        case _:
            return ""
