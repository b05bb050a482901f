"""Reading an exercise: its folder is read and checked whole before anything is played."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import msgspec

from entente.adapters import movementfile, planfile
from entente.errors import Malformed
from entente.exercise import language
from entente.exercise.language import SILENT, AnyStep, Frame, Steps
from entente.geo.interval import Interval, parse_time

T = TypeVar("T")
FRAME = "exercise.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exercise:
    """A checked exercise; `times` holds when each step is due, None where it follows at once."""

    folder: Path
    frame: Frame
    starts: datetime
    window: Interval
    steps: tuple[AnyStep, ...]
    times: tuple[datetime | None, ...]
    opens: int = 0
    """The number of steps that the director plays before anybody sits down."""

    def file(self, name: str) -> Path:
        """Return where a file of the exercise lies."""
        return self.folder / name

    def text(self, name: str) -> str:
        """Return a file's text."""
        return self.file(name).read_text("utf-8")


def read(folder: Path) -> Exercise:
    """Read an exercise and check all of it.

    Raises:
        Malformed: `exercise.file`, `exercise.field`, `exercise.step`, `geo.time`, placed at the file and step; and
            what a plan file raises.
    """
    frame = _load(folder / FRAME, Frame)
    steps = _load(folder / "steps.toml", Steps).step
    exercise = Exercise(
        folder=folder,
        frame=frame,
        starts=parse_time(frame.starts),
        window=Interval(start=parse_time(frame.window[0]), end=parse_time(frame.window[1])),
        steps=steps,
        times=tuple(_due(step, f"steps.toml, step {number}") for number, step in enumerate(steps, 1)),
    )
    _check(exercise)
    return replace(exercise, opens=_opens(exercise))


def _opens(exercise: Exercise) -> int:
    """Return how many steps lie before the seats open.

    Raises:
        Malformed: `geo.time`.
    """
    if exercise.frame.hosting.opens:
        at, last = parse_time(exercise.frame.hosting.opens), exercise.starts
        for number, due in enumerate(exercise.times):
            last = due or last
            if last >= at:
                return number
        return len(exercise.steps)
    signed = [n for n, step in enumerate(exercise.steps, 1) if isinstance(step, language.Sign | language.Staff)]
    return max(signed, default=0)


def _load(path: Path, kind: type[T]) -> T:
    try:
        return msgspec.convert(tomllib.loads(path.read_text("utf-8")), kind, strict=True)
    except OSError as error:
        raise Malformed("exercise.file", f"cannot be read ({error.strerror})", where=path.name) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Malformed("exercise.file", f"is not TOML: {error}", where=path.name) from None
    except msgspec.ValidationError as error:
        counted = re.sub(r"step\[(\d+)\]", lambda found: f"step {int(found[1]) + 1}", str(error))
        raise Malformed("exercise.field", f"does not fit the language: {counted}", where=path.name) from None


def _due(step: AnyStep, where: str) -> datetime | None:
    try:
        return parse_time(step.at) if step.at else None
    except Malformed as error:
        raise error.at(where) from None


def _check_frame(exercise: Exercise) -> None:
    """Raise Malformed at the first thing that exercise.toml says of what it does not have."""
    frame = exercise.frame
    offices = {f"{party.id}/{office}" for party in frame.party for office in party.offices}
    problems = [
        f"a seat of {chair.office!r}, which no party has" for chair in frame.seat if chair.office not in offices
    ]
    for lesson in frame.lesson:
        for cited in (*lesson.failures, *lesson.caught_by):
            if cited not in {**frame.requirement, **frame.failure}:
                problems.append(f"a lesson cites {cited}, which is not explained")
    plan = frame.hosting
    if min(plan.brief, plan.debrief) < 0 or plan.minutes <= plan.brief + plan.debrief or plan.longest_wait_min < 1:
        problems.append("hosting leaves no time to play")
    if problems:
        raise Malformed("exercise.field", problems[0], where=FRAME)


def _check(exercise: Exercise) -> None:
    """Raise Malformed at the first step that could not be played."""
    _check_frame(exercise)
    before: list[AnyStep] = []
    last = exercise.starts
    for number, (step, due) in enumerate(zip(exercise.steps, exercise.times, strict=True), 1):
        problem = next(_problems(exercise, step, before), "")
        if due is not None and due < last:
            problem = f"time goes back to {step.at}"
        if problem:
            raise Malformed("exercise.step", problem, where=f"steps.toml, step {number}")
        for plan in _plans(step):
            planfile.read(exercise.file(plan))
        if isinstance(step, language.NotifyMovement | language.AmendMovement):
            movementfile.read(exercise.file(step.file))
        last = due or last
        before.append(step)


def _problems(exercise: Exercise, step: AnyStep, before: Sequence[AnyStep]) -> Iterator[str]:
    offices = {party.id: {str(office) for office in party.offices} for party in exercise.frame.party}
    if isinstance(step, SILENT) == bool(step.by):
        yield "names a speaker that its verb does not have, or lacks one, in `by`"
    if step.by and step.office not in offices.get(step.party, ()):
        yield f"nobody holds the office {step.by!r} in exercise.toml"
    if isinstance(step, language.OfOperation) and not any(
        isinstance(other, language.Propose) and other.operation == step.operation for other in (*before, step)
    ):
        yield f"no step before proposes {step.operation!r}"
    if isinstance(step, language.SayHeld) and not any(
        isinstance(other, language.Decide) and other.hold == step.held for other in before
    ):
        yield f"no step before holds a draft {step.held!r}"
    if isinstance(step, language.OfNotice) and step.notice not in map(_told, before):
        yield f"no step before tells anybody of {step.notice!r}"
    if isinstance(step, language.OfMovement) and f"movement/{step.party}/{step.movement}" not in map(
        _told, (*before, step)
    ):
        yield f"no step before notifies the movement {step.movement!r}"
    for office in step.to if isinstance(step, language.Tell) else ():
        if office.partition("/")[2] not in offices.get(office.partition("/")[0], ()):
            yield f"nobody holds the office {office!r}, who is to be told"
    for cited in sorted(set(step.why) - exercise.frame.requirement.keys()):
        yield f"cites {cited}, which exercise.toml does not explain"
    for name in (*_files(step), *_plans(step)):
        if not exercise.file(name).is_file():
            yield f"there is no file {name}"


def _told(step: AnyStep) -> str:
    """Return what a step notifies, as `OfNotice.notice` names it."""
    match step:
        case language.Notify(list=name):
            return f"sites/{step.party}/{name}"
        case language.NotifyMovement(movement=name):
            return f"movement/{step.party}/{name}"
        case _:
            return ""


def _plans(step: AnyStep) -> list[str]:
    return [f"plans/{step.plan}.toml"] if isinstance(step, language.Propose | language.Change) else []


def _files(step: AnyStep) -> list[str]:
    match step:
        case language.Compare(a=a, b=b):
            return [f"{a}.toml", f"{b}.toml"]
        case language.Notify() | language.NotifyMovement() | language.AmendMovement():
            return [f"{step.agreement}.toml", step.file]
        case language.Stop() | language.AcknowledgeStop() | language.LiftStop() if step.agreement:
            return [f"{step.agreement}.toml"]
        case language.OfAgreement(agreement=agreement):
            return [f"{agreement}.toml"]
        case _:
            return []
