"""Hosting: one laptop, an exercise, and people in the seats who come to it over the local network.

The laptop serves the lobby and the director at one port, and each party's centre at one of its own above it. It listens
at the one address that it prints, and at no other.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from pathlib import Path

from rich.console import Console
from rich.text import Text

from entente.errors import EntenteError, Refused
from entente.exercise import find, reading
from entente.exercise.hosted.casting import Casting
from entente.exercise.hosted.door import Place
from entente.exercise.hosted.pages import debriefing, paper
from entente.exercise.hosted.running import Running
from entente.exercise.hosted.serving import House, served
from entente.exercise.hosted.words import Words
from entente.exercise.live import HERE, Staying, seated
from entente.exercise.reading import Exercise
from entente.ids import PartyId
from entente.listening import until_signalled
from entente.web.sessions import dismiss

ELSEWHERE = ("192.0.2.1", 9)
"""Nobody's address (RFC 5737). No packet is sent to it: the system only says by which of ours it would go."""


def host(name: str, out: Path, port: int, address: str) -> None:
    """Host an exercise until it is interrupted. An empty `address` is the one that this machine has in its network.

    Raises:
        Refused: `exercise.unknown`, `exercise.folder`. Malformed: `exercise.*`.
        Unavailable: `serve.port`, `process.start`, `exercise.stuck`.
    """
    hosted = Hosted(reading.read(find(name)), out, port, address or own_address(), Console())
    with hosted.open(), until_signalled() as stop:
        hosted.running.start()
        hosted.say_how()
        stop.wait()
        hosted.keep()


def own_address() -> str:
    """Return the address by which this machine's network reaches it; without a network, its own to itself."""
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.connect(ELSEWHERE)
        return str(asking.getsockname()[0])
    return HERE


def own_names(address: str) -> frozenset[str]:
    """Return what this machine may be called at an address: its host name; at its own to itself, ``localhost``."""
    if address == HERE:
        return frozenset({"localhost"})
    name = socket.gethostname().lower()
    return frozenset({name, f"{name.partition('.')[0]}.local"})


class Centres(Staying):
    """Nodes with their centres, which end with the exercise or its reset."""

    def close(self) -> None:
        """Stop every node and every relay."""
        self.stop()


class Hosted:
    """An exercise and where it is served. `open` serves it; the homes are made by `running.start`."""

    def __init__(self, exercise: Exercise, out: Path, port: int, address: str, console: Console) -> None:
        self.exercise, self.out, self.console = exercise, out, console
        seats = [f"{party.id}/{office}" for party in exercise.frame.party for office in party.offices]
        self.casting = Casting.of(seats)
        self.place = Place(host=address, port=port, names=own_names(address))
        self.wire: Centres | None = None
        self.running = Running(exercise, out, self.casting, self._wire, console)
        self.house = House(
            running=self.running, casting=self.casting, place=self.place, desk=self.desk, centres=self.centres,
            left=self._left, entered=self._entered, written=self.keep,
        )  # fmt: skip

    def open(self) -> _Open:
        """Serve, and play, while the block lasts; nodes are stopped behind it."""
        return _Open(self)

    def _wire(self) -> Centres:
        self.wire = Centres(self.place.port, self.place.host)
        return self.wire

    def centres(self) -> list[str]:
        """Return the address of every centre, to which a form of ours may lead."""
        return [chair.centre for chair in list(self.wire.chairs.values())] if self.wire else []

    def desk(self, seat: str) -> str:
        """Return the address at which a browser takes a seat, once.

        Raises:
            Refused: `host.starting`.
        """
        party, _, office = seat.partition("/")
        stood, chair = self.running.stood, self.wire.chairs.get(party) if self.wire else None
        if chair is None:
            raise Refused("host.starting", "the exercise is being set up; try again in a few seconds")
        return seated(stood.seats[party].node, stood.seats[party].home, chair.centre, office)

    def _left(self, seat: str) -> None:
        """End what a browser still sees at a seat's centre; before the homes are made there is nothing to end."""
        with suppress(Refused):
            dismiss(self.running.stood.seats[PartyId(seat.partition("/")[0])].node, seat)

    # -- what is said and left behind ----------------------------------------------------------------------------------

    def say_how(self) -> None:
        """Write the papers, and tell the director where to look."""
        for name, page in (
            ("cards.html", paper.cards(Words(), self.exercise, self.casting.codes, self.place.url, loose=True)),
            ("timetable.html", paper.timetable(Words(), self.exercise, loose=True)),
        ):
            (self.out / name).write_text(page, "utf-8", newline="\n")
        self.console.print()
        self.console.print(Text(f"Participants open {self.place.url} and type the code from their card.", style="bold"))
        self.console.print(f"Print {self.out / 'cards.html'} and {self.out / 'timetable.html'}.")
        if self.place.host != HERE:
            self.console.print("In the clear: whoever is on this network reads what the seats see. It binds nobody.")
        self._link()
        self.console.print(
            "Exercise time stands still until you start it there. Ctrl-C ends it, and writes the debrief."
        )

    def _entered(self) -> None:
        self.console.print("The director's page is open. For another browser:")
        self._link()

    def _link(self) -> None:
        """Print the director's link whole: a line that is broken cannot be copied."""
        link = f"{self.place.url}/director#director={self.casting.link()}"
        self.console.print(Text("Director, once: ").append(link), soft_wrap=True)

    def keep(self) -> None:
        """Write the debrief as a file of its own, the map and the report; while homes are made there is nothing."""
        with suppress(EntenteError):
            page = debriefing.debrief(Words(), debriefing.looking_back(self.running), loose=True)
            path = self.out / "debrief.html"
            path.write_text(page, "utf-8", newline="\n")
            self.running.leave()
            self.console.print(
                f"The debrief is in {path}, the map and the report in map.html and report.html beside it."
            )


class _Open:
    """The server and the play, each on its thread."""

    def __init__(self, hosted: Hosted) -> None:
        self._hosted = hosted
        self._served = served(hosted.house)
        self._play = threading.Thread(target=hosted.running.run, name="play", daemon=True)

    def __enter__(self) -> str:
        url = self._served.__enter__()
        self._play.start()
        return url

    def __exit__(self, *exception: object) -> None:
        running = self._hosted.running
        running.end()
        self._play.join()
        self._served.__exit__(None, None, None)
        running.close()
