"""Running: an exercise with people in the seats, from fresh homes on, and all that its director may do to it.

One lock guards it: the play takes a step, or a person does something, never both. Pages read `look`, which the play
draws anew; they wait for nobody.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.text import Text

from entente.errors import EntenteError, Refused
from entente.exercise import language, observing
from entente.exercise.director import Director
from entente.exercise.hosted import retelling, timetable
from entente.exercise.hosted.casting import Casting
from entente.exercise.hosted.course import OPEN, Course, State, Turn
from entente.exercise.hosted.hearing import Hearing
from entente.exercise.hosted.looking import Look, looked
from entente.exercise.performance import leave
from entente.exercise.reading import Exercise
from entente.exercise.seats import STILL, ExerciseTime, Seat, gather
from entente.exercise.speaking import Speaking
from entente.exercise.stage import Stage
from entente.exercise.telling import Telling
from entente.exercise.wires import Wire
from entente.ids import Hash

TICK_S = 0.25
LOOK_S, LOOK_SHARE = 1.0, 5
"""[s] How old what the director sees may be, while the exercise is at rest; and no more than a fifth of the time is
spent on looking, so that a busy laptop still answers."""
PACES = (1000, 2000, 5000, 10_000, 20_000, 60_000)
"""[permille] What faster and slower step through, beside the timetable's own pace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Something handed to a seat. `task` is the number of the step that it may have said; 0 for words."""

    at: datetime
    text: str
    task: int = 0


@dataclass(slots=True, kw_only=True)
class Stood:
    """One staging, from fresh homes to its end or to the next reset."""

    wire: Wire
    seats: Mapping[str, Seat]
    time: ExerciseTime
    director: Director
    course: Course
    hearing: Hearing
    messages: dict[str, list[Message]]
    directed: set[Hash] = field(default_factory=set)
    """Leaves of what the director said for a seat."""

    def close(self) -> None:
        """Stop the nodes, and let go of the records."""
        self.wire.close()
        for seat in self.seats.values():
            seat.node.close()


class Running:
    """The exercise as it runs. `lock` guards everything but `look`, which is replaced whole."""

    def __init__(
        self, exercise: Exercise, out: Path, casting: Casting, wire: Callable[[], Wire], console: Console
    ) -> None:
        self.exercise, self.casting, self.out = exercise, casting, out
        self.plan = timetable.lay(exercise)
        self.lock = threading.RLock()
        self.look: Look | None = None
        self.pace_permille, self.paused, self.trouble = self.plan.pace_permille, True, ""
        self.debriefing = False
        """Whether participants may see the debrief."""
        self.opened_at = exercise.starts
        """The exercise time at which the seats open."""
        self._wire, self._console = wire, console
        self._stood: Stood | None = None
        self._again = False
        self._stop, self._due = threading.Event(), 0.0

    @property
    def stood(self) -> Stood:
        """The staging that runs.

        Raises:
            Refused: `host.starting`, while homes are made.
        """
        if self._stood is None:
            raise Refused("host.starting", "the exercise is being set up; try again in a few seconds")
        return self._stood

    # -- from fresh homes ----------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Make fresh homes, start every node, and play what comes before anybody sits down; then stand still.

        Raises:
            Refused: `exercise.folder`. Unavailable: `process.start`, `exercise.stuck`, `serve.*`.
        """
        with self.lock:
            self.close()
            self.out.mkdir(parents=True, exist_ok=True)
            self.paused, self.debriefing, self.trouble = True, False, ""
            stood = self._staged(self._wire())
            self._stood = stood
            for turn in stood.course.turns[: self.exercise.opens]:
                stood.time.move_to(turn.due)
                self._play(stood, turn)
            self.opened_at = stood.time.now()
            self._draw()

    def _staged(self, wire: Wire) -> Stood:
        parties = self.exercise.frame.party
        try:
            seats = gather(self.out / "homes", parties, wire.addresses(parties))
            clock = ExerciseTime(seats, self.exercise.starts, STILL)
            wire.start(seats)
        except BaseException:
            wire.close()
            raise
        speaking = Speaking(self.exercise, seats)
        telling = Telling(exercise=self.exercise, seats=seats, speaking=speaking)
        director = Director(
            exercise=self.exercise, seats=seats, wire=wire, time=clock, stage=Stage(self._console, self.exercise),
            telling=telling, speaking=speaking, files=self.out,
        )  # fmt: skip
        return Stood(
            wire=wire, seats=seats, time=clock, director=director,
            course=Course(self.exercise, lambda seat: self.casting.sitter(seat).taken),
            hearing=Hearing(self.exercise, seats), messages={seat: [] for seat in self.casting.seats},
        )  # fmt: skip

    def close(self) -> None:
        """Stop the nodes, if any run."""
        with self.lock:
            stood, self._stood = self._stood, None
            if stood is not None:
                stood.close()

    # -- the play ------------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Play until `end` is called; whatever goes wrong is shown to the director, and the play goes on."""
        while not self._stop.wait(TICK_S):
            try:
                with suppress(Refused):
                    self.tick()
            except Exception as error:  # a full disk, a step that breaks: people sit there, and go on
                self.trouble = str(error) if isinstance(error, EntenteError) else repr(error)[:500]

    def end(self) -> None:
        """Let `run` return."""
        self._stop.set()

    def tick(self) -> None:
        """Hear what people have said; play what is due, one step; skip a long wait; draw what the director sees."""
        with self.lock:
            if self._again:
                self._again = False
                self.start()
                return
            stood = self.stood
            moved = self._hear(stood)
            if not self.paused:
                turn = next(stood.course.due(stood.time.now()), None)
                if turn is not None:
                    self._turn(stood, turn)
                    moved = True
                else:
                    self._shorten(stood)
            if moved or time.monotonic() > self._due:
                self._draw()

    def _hear(self, stood: Stood) -> bool:
        expected = stood.course.expected()
        for turn in expected:
            heard = stood.hearing.listen(turn)
            if heard is not None:
                state = State.OTHERWISE if heard.otherwise else State.HAPPENED
                turn.becomes(state, heard.event.act.at, heard.otherwise)
                turn.leaves = frozenset({heard.event.act.leaf})
        return len(expected) != len(stood.course.expected())

    def _turn(self, stood: Stood, turn: Turn) -> None:
        """Let a step that is due come: into the hands of its seat, or of the director."""
        step, now = turn.step, stood.time.now()
        if isinstance(step, language.Tell) and step.to:
            self._tell(stood, turn)
            return
        match stood.course.falls_to(turn):
            case "seat":
                turn.becomes(State.EXPECTED, now)
                if isinstance(step, language.HANDED) or (isinstance(step, language.Propose) and step.handed):
                    stood.messages[step.by].append(Message(at=now, text="", task=turn.number))
            case "nobody":
                turn.becomes(State.PASSED, now, "somebody sits there, who says what he means")
            case _:
                self._play(stood, turn)

    def _tell(self, stood: Stood, turn: Turn) -> None:
        assert isinstance(turn.step, language.Tell), "only words are told"
        for seat in turn.step.to:
            stood.messages[seat].append(Message(at=stood.time.now(), text=turn.step.tell))
        turn.becomes(State.PLAYED, stood.time.now(), f"told to {', '.join(turn.step.to)}")

    def _play(self, stood: Stood, turn: Turn, state: State = State.PLAYED) -> None:
        """Play a step with the director's hands, and tell it in the terminal."""
        step, before = stood.hearing.translated(turn.step), len(stood.director.said)
        outcome = stood.director.attempt(step)
        new = frozenset(receipt.leaf for receipt in stood.director.said[before:])
        stood.hearing.used |= new
        turn.leaves = new
        stood.directed |= new if state is State.PLAYED else set()
        now, refusal = stood.time.now(), outcome.refusal
        if refusal is None:
            turn.becomes(state, now, outcome.said)
        elif refusal.code == step.expect.refused:
            turn.becomes(state, now, f"refused, as it should be: {refusal.sentence}")
        else:
            turn.becomes(State.REFUSED, now, refusal.sentence)
        stood.director.stage.step(now, step, outcome, ())

    def _shorten(self, stood: Stood) -> None:
        """Jump what lies beyond the longest wait before the next step."""
        ahead = stood.course.next()
        longest = timedelta(minutes=self.exercise.frame.hosting.longest_wait_min)
        if ahead is not None and ahead.due - stood.time.now() > longest:
            stood.time.move_to(ahead.due - longest)

    def _draw(self) -> None:
        began = time.monotonic()
        self.look = looked(self)
        self.stood.director.telling.sample(self.look.now)
        ended = time.monotonic()
        self._due = ended + max(LOOK_S, LOOK_SHARE * (ended - began))

    # -- what the director does ----------------------------------------------------------------------------------------

    @contextmanager
    def _doing(self, said: str) -> Iterator[Stood]:
        with self.lock:
            stood = self.stood
            yield stood
            self._console.print(Text(f"director: {said}", style="dim"))
            self._draw()

    def go(self) -> None:
        """Let exercise time run."""
        with self._doing("on") as stood:
            self.paused = False
            stood.time.go_at(self.pace_permille)

    def pause(self) -> None:
        """Hold exercise time; nothing is played until it runs again."""
        with self._doing("pause") as stood:
            self.paused = True
            stood.time.go_at(STILL)

    def pace(self, pace_permille: int) -> None:
        """Run exercise time at a pace of `PACES`, or the timetable's.

        Raises:
            Refused: `host.pace`.
        """
        if pace_permille not in (*PACES, self.plan.pace_permille):
            raise Refused(
                "host.pace", f"a pace is one of {', '.join(f'{p / 1000:g}' for p in PACES)} times the clock's"
            )
        with self._doing(f"pace {pace_permille / 1000:g}") as stood:
            self.pace_permille = pace_permille
            if not self.paused:
                stood.time.go_at(pace_permille)

    def jump(self) -> None:
        """Move exercise time to the next step, which is played at once if it is the director's, paused or not."""
        with self._doing("jump") as stood:
            ahead = stood.course.next()
            if ahead is None:
                raise Refused("host.over", "no step is ahead")
            stood.time.move_to(ahead.due)
            turn = next(stood.course.due(stood.time.now()), None)
            if turn is not None:
                self._turn(stood, turn)

    def play(self, number: int) -> None:
        """Play a step now: an inject, or what an empty seat was to say.

        Raises:
            Refused: `host.step`, `seat.taken`; `exercise.*` is shown with the step.
        """
        with self._doing(f"plays step {number}") as stood:
            turn = self._open(stood, number)
            step = turn.step
            if stood.course.falls_to(turn) != "director":
                raise Refused("seat.taken", f"somebody sits as {step.by}: it is his to say, unless he asks you to")
            if isinstance(step, language.Tell) and step.to:
                self._tell(stood, turn)
            else:
                self._play(stood, turn)

    def pass_over(self, number: int) -> None:
        """Let a step not come. Raises Refused: `host.step`."""
        with self._doing(f"passes over step {number}") as stood:
            self._open(stood, number).becomes(State.PASSED, stood.time.now())

    def _open(self, stood: Stood, number: int) -> Turn:
        if not self.exercise.opens < number <= len(stood.course.turns):
            raise Refused("host.step", f"there is no step {number} to play")
        turn = stood.course.turn(number)
        if turn.state not in OPEN:
            raise Refused("host.step", f"step {number} is {turn.state} already")
        return turn

    def cut(self) -> None:
        """Let nobody reach anybody."""
        with self._doing("cuts the network") as stood:
            stood.wire.cut()

    def heal(self) -> None:
        """Let everybody reach everybody again."""
        with self._doing("heals the network") as stood:
            stood.wire.heal()

    def take(self, seat: str) -> None:
        """Sit in an empty seat: its steps are no longer played. Raises Refused: `seat.taken`, `seat.unknown`."""
        with self._doing(f"sits as {seat}"):
            self.casting.direct(self.known(seat))

    def free(self, seat: str) -> None:
        """Free a seat, whoever has it. Raises Refused: `seat.unknown`."""
        with self._doing(f"frees {seat}"):
            self.casting.free(self.known(seat))

    def reset(self) -> None:
        """Go back to the start with fresh homes, at the next tick: it takes a while, and everybody keeps his seat."""
        with self._doing("reset"):
            self._again = True
        self.look = None

    def known(self, seat: str) -> str:
        """Return a seat that there is.

        Raises:
            Refused: `seat.unknown`.
        """
        if seat not in self.casting.seats:
            raise Refused("seat.unknown", f"there is no seat {seat[:60]!r}")
        return seat

    # -- what a participant does ---------------------------------------------------------------------------------------

    def ask(self, seat: str, number: int) -> None:
        """Leave what was handed to a seat to the director. Raises Refused: `host.step`."""
        with self.lock:
            self._handed(seat, number).asked = True
            self._draw()

    def _handed(self, seat: str, number: int) -> Turn:
        """Return a step that was handed to a seat and is not said yet.

        Raises:
            Refused: `host.step`.
        """
        turn = next((turn for turn in self.stood.course.expected(seat) if turn.number == number), None)
        if turn is None or not any(message.task == number for message in self.stood.messages[seat]):
            raise Refused("host.step", "this is said already, or is not yours to say")
        return turn

    def say(self, seat: str, number: int) -> None:
        """Say what was handed to a seat, at its word: file a plan, issue a list, notify a movement.

        Raises:
            Refused: `host.step`, when it was not handed to this seat, or is said already; `host.refused`.
        """
        with self.lock:
            stood, turn = self.stood, self._handed(seat, number)
            self._play(stood, turn, State.HAPPENED)
            note = turn.note
            if turn.state is State.REFUSED:
                turn.becomes(State.EXPECTED, stood.time.now(), note)
                raise Refused("host.refused", f"it was not said: {note}")
            self._draw()

    def leave(self) -> None:
        """Write the map and the report of the exercise so far, as a run without people leaves them.

        Raises:
            Refused: `host.starting`.
        """
        with self.lock:
            leave(retelling.story(self.stood.director.telling), self.stood.time.now(), self.out)

    def settled(self) -> bool:
        """Whether all nodes hold the same, as far as they are connected."""
        with self.lock:
            return observing.converged(self.stood.seats)
