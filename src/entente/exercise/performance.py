"""A performance: one exercise from empty homes to the debrief, with the map and the report that it leaves behind."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.text import Text

from entente.exercise import debrief, observing, reading
from entente.exercise.debrief import Agreed, Verified
from entente.exercise.director import Director
from entente.exercise.seats import ExerciseTime, gather
from entente.exercise.speaking import Speaking
from entente.exercise.stage import Stage
from entente.exercise.telling import Telling
from entente.exercise.wires import Wire
from entente.report.map import render
from entente.report.minute import minute


def perform(folder: Path, out: Path, *, wire: Wire, console: Console) -> int:
    """Play the exercise in `folder`; return 0 when all was as expected, and 1 otherwise.

    Raises:
        Refused: `exercise.folder`.
        Malformed: `exercise.*`.
        Unavailable: `exercise.stuck`, `serve.*`.
    """
    exercise = reading.read(folder)
    out.mkdir(parents=True, exist_ok=True)
    stage = Stage(console, exercise)
    stage.open(exercise, wire.about)
    try:
        seats = gather(out / "homes", exercise.frame.party, wire.addresses(exercise.frame.party))
        time = ExerciseTime(seats, exercise.starts)
        wire.start(seats)
        speaking = Speaking(exercise, seats)
        telling = Telling(exercise=exercise, seats=seats, speaking=speaking)
        director = Director(
            exercise=exercise, seats=seats, wire=wire, time=time, stage=stage, telling=telling, speaking=speaking,
            files=out,
        )  # fmt: skip
        director.play()
        return _close(director, out)
    finally:
        wire.close()


def leave(telling: Telling, at: datetime, out: Path) -> tuple[list[Agreed], list[Verified]]:
    """Verify every record again, and write the map and the report of what was told; return what was verified.

    What a circle's members do not hold alike has no hash in the report: it is agreed nowhere.
    """
    circles = debrief.agreed(telling.seats)
    verified = [debrief.verify(seat) for seat in telling.seats.values()]
    hashes = [circle.hashed() for circle in circles if circle.same]
    story = telling.story(at, hashes, [record.line() for record in verified])
    for name, page in (("map.html", render(story)), ("report.html", minute(story))):
        (out / name).write_text(page, "utf-8", newline="\n")
    return circles, verified


def _close(director: Director, out: Path) -> int:
    """Verify every record, write the pages, and tell what held."""
    seats, stage = director.seats, director.stage
    director.wire.until(lambda: observing.converged(seats))
    circles, verified = leave(director.telling, director.time.now(), out)
    checks = [*director.checks, *debrief.proofs(verified, circles)]
    stage.close(
        [
            debrief.held(checks, director.exercise.frame.requirement),
            debrief.hashes(circles),
            "",
            *(Text(record.line()) for record in verified),
            Text(f"{sum(check.held for check in checks)} of {len(checks)} expectations held."),
            Text(f"Look at {out / 'map.html'} and {out / 'report.html'}; the homes are in {out / 'homes'}."),
        ]
    )
    for seat in seats.values():
        seat.node.close()
    return 0 if all(check.held for check in checks) else 1
