"""The course of a hosted exercise: what has become of each step.

    ahead ── due ─▶ played | refused        by the director: an inject, or what an empty seat was to say
                 ├▶ expected ─▶ happened | otherwise      left to whoever sits there; found in the records
                 └▶ waits ─▶ …             for an earlier step about the same thing, which is still expected of a seat
    any but played, happened ── the director ─▶ passed over

A step that nobody says (words, the network, a file by hand, what sets the exercise up) is an *inject*. What an officer
says is left to whoever sits in his office when the step is due: at his desk, or with a click where its words come from
the exercise's files. The director says it for an empty seat, or once whoever sits there has asked. A step that only
shows a refusal, or speaks of a draft that was held, is left out when somebody sits there: people make their own
mistakes. The step's `left_to` says otherwise.
Two steps are about the same thing when they name the same operation, STOP, notice or held draft; and whoever is to open
or acknowledge a notice waits until it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from entente.exercise import language
from entente.exercise.hosted import timetable
from entente.exercise.language import HANDED, ON_THE_PAGE, AnyStep
from entente.exercise.reading import Exercise
from entente.ids import Hash


class State(StrEnum):
    """What has become of a step."""

    AHEAD = "ahead"
    EXPECTED = "expected"
    WAITS = "waits"
    PLAYED = "played"
    REFUSED = "refused"
    HAPPENED = "happened"
    OTHERWISE = "otherwise"
    PASSED = "passed"


OPEN = frozenset({State.AHEAD, State.EXPECTED, State.WAITS, State.REFUSED})
"""What the director may still play or pass over."""


@dataclass(slots=True, kw_only=True)
class Turn:
    """A step on its way. `note` says what came of it, `waits_for` the number of the step it waits for."""

    number: int
    step: AnyStep
    due: datetime
    state: State = State.AHEAD
    note: str = ""
    waits_for: int = 0
    asked: bool = False
    """Whether whoever is to say it has asked the director to."""
    at: datetime | None = None
    leaves: frozenset[Hash] = frozenset()
    """What it put into the records, or what in the records it was."""

    def becomes(self, state: State, at: datetime, note: str = "") -> None:
        """Go on to a state, at an exercise time."""
        self.state, self.at, self.note, self.waits_for = state, at, note, 0


@dataclass(slots=True)
class Course:
    """Every step, in order. `taken` says whether somebody sits in a seat; it is asked when a step is due."""

    exercise: Exercise
    taken: Callable[[str], bool]
    turns: list[Turn] = field(init=False)

    def __post_init__(self) -> None:
        due = timetable.dues(self.exercise)
        self.turns = [
            Turn(number=number, step=step, due=at)
            for number, (step, at) in enumerate(zip(self.exercise.steps, due, strict=True), 1)
        ]

    def turn(self, number: int) -> Turn:
        """Return a step by its number, from 1."""
        return self.turns[number - 1]

    def due(self, now: datetime) -> Iterator[Turn]:
        """Yield what is due and undecided, in order; what must wait is marked so and left out."""
        for turn in self.turns:
            if turn.due > now:
                return
            if turn.state in (State.AHEAD, State.WAITS):
                turn.waits_for = self._before(turn)
                turn.state = State.WAITS if turn.waits_for else State.AHEAD
                if not turn.waits_for:
                    yield turn

    def next(self) -> Turn | None:
        """Return the next step that is ahead."""
        return next((turn for turn in self.turns if turn.state is State.AHEAD), None)

    def expected(self, seat: str = "") -> list[Turn]:
        """Return what is expected of people in the seats, or in one."""
        return [turn for turn in self.turns if turn.state is State.EXPECTED and seat in ("", turn.step.by)]

    def falls_to(self, turn: Turn) -> str:
        """Return to whom a step falls now: ``seat``, ``director``, or ``nobody``."""
        step = turn.step
        return fate(step) if step.by and self.taken(step.by) and not turn.asked else "director"

    def over(self) -> bool:
        """Whether nothing is ahead, waits or is expected any more."""
        return all(turn.state not in (State.AHEAD, State.EXPECTED, State.WAITS) for turn in self.turns)

    def _before(self, turn: Turn) -> int:
        """Return the number of an earlier step about the same thing that is still expected of a seat; 0 for none."""
        thing, notice = about(turn.step), getattr(turn.step, "notice", "")
        for earlier in self.turns[: turn.number - 1]:
            told = about(earlier.step)
            gives = isinstance(earlier.step, HANDED) and told == notice
            if told and earlier.state is State.EXPECTED and (told == thing or gives):
                return earlier.number
        return 0


def fate(step: AnyStep) -> str:
    """Return to whom a step falls when somebody sits in its seat: by the step's own word, else by its verb."""
    if step.left_to:
        return step.left_to
    held = isinstance(step, language.SayHeld) or (isinstance(step, language.Decide) and bool(step.hold))
    if held or step.expect.refused:
        return "nobody"
    return "seat" if isinstance(step, ON_THE_PAGE + HANDED) else "director"


def about(step: AnyStep) -> str:
    """Return what a step is about; empty when it stands alone.

    A recipient's word about a notice is about his own copy, so it waits for nobody else's.
    """
    match step:
        case language.OfOperation(operation=name):
            return name
        case language.Stop(name=name):
            return f"stop/{step.party}/{name}"
        case language.AcknowledgeStop(name=name) | language.LiftStop(name=name):
            return f"stop/{name}"
        case language.OfNotice(notice=name):
            return f"{name}>{step.party}"
        case language.OfMovement(movement=name):
            return f"movement/{step.party}/{name}"
        case language.Notify(list=name):
            return f"sites/{step.party}/{name}"
        case _:
            return ""
