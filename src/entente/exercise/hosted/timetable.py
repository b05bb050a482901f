"""A timetable: exercise time laid over the two hours that the room has.

The play gets what is left between sitting down and looking back. Stretches without a step are waited for no longer than
the exercise allows, the rest of them is jumped; what remains is played at one pace, so that the clock on the wall and
the exercise's stay in step.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from entente.exercise.reading import Exercise

SLOWEST, FASTEST = 1000, 60_000
"""[permille of the machine's clock] A timetable never plays slower than life, nor so fast that nobody can sign."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A step: its number from 1, the minute at which it comes [min from when everybody came in], exercise time."""

    number: int
    minute: float
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """When what comes. `pace_permille` is exercise time to the machine's; `begins` and `ends` are of the play [min]."""

    pace_permille: int
    begins: int
    ends: int
    whole: int
    slots: tuple[Slot, ...]


def dues(exercise: Exercise) -> list[datetime]:
    """Return when each step is due: one without a time, when the one before it is."""
    found, last = [], exercise.starts
    for due in exercise.times:
        last = due or last
        found.append(last)
    return found


def lay(exercise: Exercise) -> Timetable:
    """Lay an exercise's steps, from where the seats open, over its time in the room."""
    plan, due = exercise.frame.hosting, dues(exercise)[exercise.opens :]
    waits = list(_waits(due, timedelta(minutes=plan.longest_wait_min)))
    play = plan.minutes - plan.brief - plan.debrief
    whole = sum(waits, timedelta())
    pace = min(max(round(whole / timedelta(minutes=play) * 1000), SLOWEST), FASTEST)
    slots, passed = [], timedelta()
    for number, (at, wait) in enumerate(zip(due, waits, strict=True), exercise.opens + 1):
        passed += wait
        slots.append(Slot(number, plan.brief + passed / timedelta(minutes=1) * 1000 / pace, at))
    return Timetable(
        pace_permille=pace, begins=plan.brief, ends=plan.minutes - plan.debrief, whole=plan.minutes, slots=tuple(slots)
    )


def _waits(due: list[datetime], longest: timedelta) -> Iterator[timedelta]:
    before = due[0] if due else None
    for at in due:
        assert before is not None, "there is a first step"
        yield min(at - before, longest)
        before = at
