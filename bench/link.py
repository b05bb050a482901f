"""Two serving nodes, each a process, with a relay that counts: how soon an operation settles, and what it costs."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median

from bench.table import Row

from entente.errors import EntenteError
from entente.geo.altitude import parse_band
from entente.geo.interval import Interval
from entente.geo.position import Position
from entente.geo.volume import Circle, Volume
from entente.ids import SubjectId
from entente.joint import operations, standings
from entente.joint.act import ALL
from entente.joint.decisions import Answer
from entente.joint.plan import Crew, Kind, Plan
from entente.joint.standings import Standing
from entente.node import command, duties
from entente.testing.coalition import START
from entente.testing.homes import HomeMember, form
from entente.testing.processes import Process
from entente.testing.wire import Wire

AGREEMENT = "exercise-cell"


@dataclass(frozen=True, slots=True)
class Cell:
    """North and south, serving; each is reached through its wire."""

    north: HomeMember
    south: HomeMember
    wires: tuple[Wire, Wire]
    servers: tuple[Process, Process]

    def carried(self) -> int:
        """Return the bytes that have crossed the link so far, both ways, with TLS and everything."""
        return sum(wire.bytes_there + wire.bytes_back for wire in self.wires)


@contextmanager
def serving(rate_bps: float | None = None, loss: float = 0.0, latency_s: float = 0.0) -> Iterator[Cell]:
    """Serve two fresh homes over a link of this kind, with an officer at south who decides what he sees."""
    with tempfile.TemporaryDirectory() as folder, Wire(seed=1) as to_north, Wire(seed=2) as to_south:
        urls = {"north": f"https://127.0.0.1:{to_north.port}", "south": f"https://127.0.0.1:{to_south.port}"}
        members = form(Path(folder), "north", "south", urls=urls)
        north, south = members["north"], members["south"]
        to_north.to, to_south.to = north.home.port, south.home.port
        for wire in (to_north, to_south):
            wire.rate_bps, wire.loss, wire.latency_s = rate_bps, loss, latency_s
        done = threading.Event()
        officer = threading.Thread(target=_decide_all, args=(south, done))
        with Process(north.home.path) as one, Process(south.home.path) as other:
            officer.start()
            try:
                yield Cell(north, south, (to_north, to_south), (one, other))
            finally:
                done.set()
                officer.join()
        north.node.close()
        south.node.close()


def _decide_all(south: HomeMember, done: threading.Event) -> None:
    """Say "no objection" to each operation as soon as it is in the record."""
    while not done.wait(0.001):
        try:
            for flight in duties.waiting(south.node, south.node.book(AGREEMENT), ALL):
                south.say(command.decide(AGREEMENT, "all", flight.subject, flight.version.leaf, Answer.NO_OBJECTION))
        except EntenteError:
            continue  # the serving node beside us was quicker to fold; look again


def settle(cell: Cell, name: str) -> float:
    """Propose an operation, and return how long it took until north knew it covered [s]."""
    number = int(name)
    when = Interval(start=START + timedelta(hours=2 + number), end=START + timedelta(hours=3 + number))
    shape = Circle(centre=Position(lat=47.0, lon=8.0), radius_m=1000.0)
    volume = Volume(shape=shape, band=parse_band("FL100-FL120"), interval=when)
    plan = Plan(id="", title=name, kind=Kind.GENERAL, crew=Crew.CREWED, volumes=(volume,), note="")
    begun = time.perf_counter()
    receipt = cell.north.say(command.propose(AGREEMENT, "all", "north", f"o{name}", plan, to={"south"}))
    _until(lambda: _covered(cell.north, receipt.subject), 300.0)
    return time.perf_counter() - begun


def _covered(north: HomeMember, subject: SubjectId) -> bool:
    past = north.node.book(AGREEMENT).fold("all").now()
    operation = operations.read(subject, past)
    return operation is not None and standings.standing(operation, past, ALL)[0] is Standing.NO_OBJECTION


def _until(holds: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError("the operation did not settle")
        time.sleep(0.001)


def swift(count: int) -> list[Row]:
    """Measure on the loopback: latency, bytes, memory."""
    with serving() as cell:
        _until(lambda: all(_up(member, peer) for member, peer in _links(cell)), 30.0)
        settle(cell, "0")
        time.sleep(1.0)
        before = cell.carried()
        times = [settle(cell, str(number)) for number in range(1, count + 1)]
        time.sleep(1.0)
        cost = (cell.carried() - before) / count / 1000
        memory = max(server.memory_mb() for server in cell.servers)
    how = f"{count} operations, one after another; drafted, screened and signed on both sides, all on this machine"
    return [
        Row(what="propose to no objection, p50", goal=50, measured=median(times) * 1000, unit="ms", how=how),
        Row(
            what="a settled operation on the link",
            goal=40,
            measured=cost,
            unit="kB",
            how="both ways, with TLS and polls",
        ),
        Row(
            what="a node's memory at rest", goal=300, measured=memory, unit="MB", how="resident, after those operations"
        ),
    ]


def poor(count: int) -> list[Row]:
    """Measure over 9.6 kbit/s with 5 % loss and 0.3 s each way."""
    with serving(rate_bps=9600, loss=0.05, latency_s=0.3) as cell:
        _until(lambda: all(_up(member, peer) for member, peer in _links(cell)), 120.0)
        before = cell.carried()
        times = [settle(cell, str(number)) for number in range(1, count + 1)]
        cost = (cell.carried() - before) / count / 1000
    how = f"9.6 kbit/s, 5 % loss, 0.3 s each way; {count} operations, one after another"
    return [
        Row(what="the same over a poor link, p50", goal=None, measured=median(times), unit="s", how=how),
        Row(
            what="its bytes there",
            goal=40,
            measured=cost,
            unit="kB",
            how="the same operations; with what was sent again",
        ),
    ]


def _links(cell: Cell) -> list[tuple[HomeMember, str]]:
    return [(cell.north, "south"), (cell.south, "north")]


def _up(member: HomeMember, peer: str) -> bool:
    return (member.node.store.meta(f"link/{AGREEMENT}/{peer}") or b"").startswith(b"up")
