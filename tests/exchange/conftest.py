"""Two parties' homes, in force, and serving nodes on threads, over real TLS on the loopback address."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from entente.exchange.serve import serve
from entente.geo.altitude import parse_band
from entente.geo.interval import Interval
from entente.geo.position import Position
from entente.geo.volume import Circle, Volume
from entente.ids import CircleId, SubjectId
from entente.joint import decisions, operations, standings
from entente.joint.plan import Crew, Kind, Plan
from entente.node import command
from entente.node.node import Node, Receipt
from entente.node.opening import open_node
from entente.testing.coalition import START
from entente.testing.homes import HomeMember, form
from entente.testing.wire import Wire

AGREEMENT = "exercise-cell"
Cell = dict[str, HomeMember]


@contextmanager
def wired(folder: Path) -> Iterator[tuple[Cell, Wire, Wire]]:
    """Give two homes that reach each other through wires in the test's hands, the wire to north, and that to south."""
    with Wire() as to_north, Wire() as to_south:
        urls = {"north": f"https://127.0.0.1:{to_north.port}", "south": f"https://127.0.0.1:{to_south.port}"}
        cell = form(folder, "north", "south", urls=urls)
        to_north.to, to_south.to = cell["north"].home.port, cell["south"].home.port
        yield cell, to_north, to_south


@pytest.fixture(scope="session")
def formed(tmp_path_factory: pytest.TempPathFactory) -> Cell:
    """Keys and signatures take a second to make: once is enough."""
    members = form(tmp_path_factory.mktemp("formed"), "north", "south")
    for member in members.values():
        member.node.close()
    return members


@pytest.fixture
def cell(formed: Cell, tmp_path: Path) -> Iterator[Cell]:
    """Copies of the homes that were formed, at the same ports."""
    members = {}
    for party, member in formed.items():
        home = replace(member.home, path=tmp_path / party)
        shutil.copytree(member.home.path, home.path)
        members[party] = replace(member, home=home, node=open_node(home), said=[])
    yield members
    for member in members.values():
        member.node.close()


@contextmanager
def serving(*members: HomeMember) -> Iterator[dict[str, list[str]]]:
    """Serve the members' own nodes on threads; gives what each has said to its operator."""
    stop, threads = threading.Event(), []
    said: dict[str, list[str]] = {member.party: [] for member in members}
    try:
        for member in members:
            lines = said[member.party]
            thread = threading.Thread(target=serve, args=(member.home, member.node, stop), kwargs={"say": lines.append})
            thread.start()
            threads.append(thread)
            # One after the other: Litestar imports parts of itself when an application is made, on whatever thread.
            until(lambda lines=lines: bool(lines))  # type: ignore[misc]
        yield said
    finally:
        stop.set()
        for thread in threads:
            thread.join(10)
        assert not any(thread.is_alive() for thread in threads), "a serving node ends when it is told to"


def until(holds: Callable[[], bool], seconds: float = 60.0) -> float:
    """Wait until `holds()`, and return how long that took [s]."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, "what was awaited did not come about"
        time.sleep(0.005)
    return time.monotonic() - began


def plan(name: str, lat: float = 47.0) -> Plan:
    when = Interval(start=START + timedelta(hours=2), end=START + timedelta(hours=3))
    shape = Circle(centre=Position(lat=lat, lon=8.0), radius_m=1000.0)
    volume = Volume(shape=shape, band=parse_band("FL100-FL120"), interval=when)
    return Plan(id="", title=name, kind=Kind.GENERAL, crew=Crew.CREWED, volumes=(volume,), note="")


def propose(member: HomeMember, name: str, lat: float = 47.0) -> Receipt:
    others = set(member.node.book(AGREEMENT).cards) - {member.party}
    return member.say(command.propose(AGREEMENT, "all", member.party, name, plan(name, lat), to=others))


def decide(member: HomeMember, said: Receipt) -> Receipt:
    answer = decisions.Answer.NO_OBJECTION
    return member.say(command.decide(AGREEMENT, "all", said.subject, said.leaf, answer))


def standing(node: Node, subject: SubjectId) -> str:
    now = node.book(AGREEMENT).fold("all").now()
    operation = operations.read(subject, now)
    return "" if operation is None else str(standings.standing(operation, now, CircleId("all"))[0])


def digest(node: Node) -> str:
    return str(node.book(AGREEMENT).fold("all").digest())
