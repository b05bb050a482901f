"""One measurement as a row of the table: what is wanted, what was measured, and how the two compare."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`goal` and `measured` are in `unit`, less is better; `how` says what was done, how often, and what counts."""

    what: str
    goal: float | None
    measured: float
    unit: str
    how: str


def timed(step: Callable[[], object], runs: int) -> float:
    """Return the median time [s] of several runs."""
    times = []
    for _ in range(runs):
        begun = time.perf_counter()
        step()
        times.append(time.perf_counter() - begun)
    return median(times)


def markdown(rows: list[Row]) -> str:
    """Return the rows as a table; the ratio is measured to goal, so 1 and less keeps it."""
    lines = ["| What | Goal | Measured | Ratio | How |", "|---|---|---|---|---|"]
    for row in rows:
        goal = "" if row.goal is None else f"{row.goal:,g} {row.unit}"
        ratio = "" if row.goal is None else f"{row.measured / row.goal:.2f}"
        lines.append(f"| {row.what} | {goal} | {figure(row.measured)} {row.unit} | {ratio} | {row.how} |")
    return "\n".join(lines)


def figure(value: float) -> str:
    """Return a measured value as a table shows it."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def machine() -> str:
    """Return the line that says on what it was measured, and how busy that was."""
    load = f", load {os.getloadavg()[0]:.1f} when it began" if hasattr(os, "getloadavg") else ""
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"{time.strftime('%Y-%m-%d', time.gmtime())}{load}"
    )
