"""A performance: one exercise from empty homes to the debrief, with the map and the report that it leaves behind."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.text import Text

from entente.exercise import debrief, observing, reading
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


def _close(director: Director, out: Path) -> int:
    """Verify every record, write the pages, and tell what held."""
    seats, stage = director.seats, director.stage
    director.wire.until(lambda: observing.converged(seats))
    circles = debrief.agreed(seats)
    verified = [debrief.verify(seat) for seat in seats.values()]
    story = director.telling.story(
        director.time.now(), [circle.hashed() for circle in circles], [record.line() for record in verified]
    )
    for name, page in (("map.html", render(story)), ("report.html", minute(story))):
        (out / name).write_text(page, "utf-8", newline="\n")
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
