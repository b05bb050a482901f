"""One exercise in one process, for whoever looks at every view: amman hosted, its nodes' centres, and a filled desk.

Names and exercise time are the same each time; keys, hashes and ports are drawn. It goes on by stages, and never back:

    morning     07:30 of the second day: a new version waits for South, the Coordinator's lists and convoy are out
    stopped     09:38: North has sent STOP
    afterwards  the day is over, and the debrief is open to all
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from enum import IntEnum
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from tests.centre.desk_day import fill
from tests.web.centres import Served, centres

from entente.exercise import find, observing, reading
from entente.exercise.hosted.casting import Casting
from entente.exercise.hosted.course import State
from entente.exercise.hosted.door import Place
from entente.exercise.hosted.running import Running
from entente.exercise.hosted.serving import House, served
from entente.exercise.language import Party
from entente.exercise.seats import Address
from entente.exercise.wires import InProcess
from entente.geo.interval import parse_time
from entente.ids import AgreementId
from entente.joint import operations
from entente.joint.line import Reason
from entente.node import command
from entente.testing.homes import HomeMember
from entente.testing.processes import free_port

AMMAN = "exercise-amman"
CODES = "ABCDEFGHJKLM"
"""The first letter of each seat's code: what is printed on a card is the same in every picture."""


class Stage(IntEnum):
    """How far the day has come."""

    MORNING = 0
    STOPPED = 1
    AFTERWARDS = 2


class Reached(InProcess):
    """Bundles carried by calls, at addresses where the nodes can be served as well."""

    def addresses(self, parties: Sequence[Party]) -> Mapping[str, Address]:
        """Return free ports of this machine."""
        ports = {party.id: free_port() for party in parties}
        return {party: Address(port=port, url=f"https://127.0.0.1:{port}") for party, port in ports.items()}


@dataclass
class World:
    """The exercise, its host's address, and every party's centre."""

    running: Running
    casting: Casting
    place: Place
    served: Mapping[str, Served] = field(default_factory=dict)
    stage: Stage | None = None
    _tickets: dict[str, str] = field(default_factory=dict)

    def at(self, stage: Stage) -> None:
        """Go on to a stage."""
        assert self.stage is None or self.stage <= stage, "exercise time never goes back"
        going = {Stage.MORNING: self._morning, Stage.STOPPED: self._stopped, Stage.AFTERWARDS: self._afterwards}
        for one in Stage:
            if one <= stage and (self.stage is None or one > self.stage):
                going[one]()
                self.stage = one

    def director(self) -> str:
        """Return the address of the director's page, once."""
        return f"{self.place.url}/director#director={self.casting.link()}"

    def ticket(self, seat: str) -> str:
        """Return what the browser of whoever sits in a seat carries."""
        return self._tickets[seat]

    def key(self, officer: str) -> Path:
        """Return an officer's key file."""
        return self.served[officer.partition("/")[0]].member.home.key_path(officer)

    # -- the day -------------------------------------------------------------------------------------------------------

    def _morning(self) -> None:
        self._until("2026-11-30T13:30:00Z")
        fill(self.served)
        self._until("2026-12-01T07:26:00Z")
        for seat in ("south/air_operations", "north/air_operations", "north/watch", "coordinator/protection"):
            self._tickets[seat] = self.casting.take(self.casting.codes[seat], "a browser")[1]
        north = self.served["north"].enter("air_operations", AMMAN)
        first = supply("10:30", "12:30", "4000 ft AMSL-6000 ft AMSL")
        leaf = north.say("propose", name="supply-9", plan=first, to=["south"])["leaf"]
        later = supply("11:00", "13:00", "5000 ft AMSL-6000 ft AMSL")
        north.say("change", subject="operation/north/supply-9", leaf=leaf, plan=later, to=["south"])
        self._until("2026-12-01T07:30:00Z")

    def _stopped(self) -> None:
        expected = self.running.stood.course.expected()
        for seat in ("south/air_operations", "north/air_operations"):
            self.casting.free(seat)
        for turn in expected:
            self.running.play(turn.number)
        self._until("2026-12-01T09:38:00Z")
        stood = self.running.stood
        patrol = operations.subject("south", "patrol-1")
        stop = command.stop(AMMAN, "all", "north", "stop-1", Reason.AIRCRAFT_SAFETY, patrol, "SOUTH 41 is at FL215")
        stood.seats["north"].say(stop, "watch")
        self._until("2026-12-01T09:38:20Z")

    def _afterwards(self) -> None:
        for seat in self.casting.seats:
            self.casting.free(seat)
        for turn in self.running.stood.course.turns:
            if turn.state in (State.EXPECTED, State.WAITS):
                self.running.play(turn.number)
        for one in self.served.values():
            one.stop()  # the exercise cuts the network, and a node that is served would still be reached
        self._until("2026-12-01T12:10:00Z")
        for one in self.served.values():
            one.start()
        self.running.debriefing = True

    def _until(self, time: str) -> None:
        """Play what is due by a time, as it comes, and let every node know of it."""
        stood, last = self.running.stood, parse_time(time)
        self.running.paused = False
        for due in sorted({turn.due for turn in stood.course.turns if turn.due < last} | {last}):
            stood.time.move_to(due)
            while any(stood.course.due(due)):  # a tick with nothing to play would shorten the wait for what comes
                self.running.tick()
            stood.wire.until(partial(observing.converged, stood.seats))
        self.running.paused = True
        self.running.tick()


def supply(start: str, end: str, altitude: str) -> dict[str, Any]:
    """Return a plan that passes a clinic of the Coordinator's, as a form holds it."""
    day, path = "2026-12-01", [[38.15, 36.05], [38.74, 35.86], [39.95, 35.56], [40.18, 35.30]]
    volume = {
        "shape": {"type": "corridor", "path": path, "half_width_m": 1852.0}, "altitude": altitude,
        "start": f"{day}T{start}:00Z", "end": f"{day}T{end}:00Z",
    }  # fmt: skip
    return {
        "title": "Supply to the hospital", "callsign": "NORTH 81", "kind": "humanitarian", "crew": "crewed",
        "volumes": [volume],
    }  # fmt: skip


@contextmanager
def raised(folder: Path) -> Iterator[World]:
    """Make the homes, serve everything, and let the day begin."""
    exercise = reading.read(find("amman"))
    casting = Casting.of(f"{party.id}/{office}" for party in exercise.frame.party for office in party.offices)
    casting.codes = {seat: f"{CODES[i]}2345-67{CODES[i]}8"[:9] for i, seat in enumerate(casting.seats)}
    running = Running(exercise, folder, casting, Reached, Console(file=io.StringIO()))
    place = Place(host="127.0.0.1", port=free_port())
    world = World(running, casting, place)
    running.start()
    with ExitStack() as until:
        until.callback(running.close)
        members = {name: _member(running, name) for name in running.stood.seats}
        world.served = until.enter_context(centres(members))
        house = House(running=running, casting=casting, place=place, desk=partial(_desk, world), centres=list)
        until.enter_context(served(house))
        yield world


def _member(running: Running, party: str) -> HomeMember:
    seat = running.stood.seats[party]
    agreement = AgreementId(f"{AMMAN}-sites" if party == "coordinator" else AMMAN)
    return HomeMember(seat.party, seat.node, seat.keys["root"], dict(seat.keys), seat.card, agreement, home=seat.home)


def _desk(world: World, seat: str) -> str:
    party, _, office = seat.partition("/")
    one = world.served[party]
    return f"http://{one.host}/#link={one.link(office)}"
