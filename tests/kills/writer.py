"""The one who is killed: opens a home as the command line would, and says what comes to mind until it dies.

What `say` has returned for is acknowledged, and goes to a log as one line in one write; a line that is there is owed.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from entente.errors import EntenteError
from entente.feed import suite
from entente.geo.altitude import parse_band
from entente.geo.interval import Interval
from entente.geo.position import Position
from entente.geo.volume import Circle, Volume
from entente.joint import operations
from entente.joint.act import ALL
from entente.joint.decisions import Answer
from entente.joint.plan import Crew, Kind, Plan
from entente.node import command, duties
from entente.node import home as homes
from entente.node.command import Command
from entente.node.node import Node, Receipt
from entente.node.opening import open_node
from entente.testing.coalition import START

AGREEMENT = "exercise-cell"
PAUSE_S = 0.05
"""Between two thoughts, on average [s]: about half of the kills then strike within one, not between two."""


def write(path: Path, log: Path, seed: int) -> None:
    """Say things in the home at `path` until killed."""
    chance = random.Random(seed)
    home = homes.read(path)
    node = open_node(home)
    key = home.key(f"{home.party}/senior", "")
    with log.open("ab", buffering=0) as acknowledged:
        for commands in _thoughts(node, chance, seed):
            try:
                drafts = [node.draft(one, officer=f"{home.party}/senior", office="senior") for one in commands]
                receipts = node.say_all([(draft, key.sign(suite.STATEMENT, draft.message)) for draft in drafts])
            except EntenteError:
                continue  # the serving node beside us, or the peer's news, came first; nothing was acknowledged
            acknowledged.write(b"".join(map(_line, receipts)))
            time.sleep(chance.uniform(0.0, 2 * PAUSE_S))


def _line(receipt: Receipt) -> bytes:
    return json.dumps([receipt.origin, receipt.seq, receipt.leaf]).encode() + b"\n"


def _thoughts(node: Node, chance: random.Random, seed: int) -> Iterator[list[Command]]:
    """Propose one or several, answer the other side, withdraw."""
    peers = set(node.book(AGREEMENT).cards) - {node.party}
    number = 0
    while True:
        number += 1
        book = node.book(AGREEMENT)
        waiting = duties.waiting(node, book, ALL)
        match chance.choice(("propose", "several", "answer", "answer", "withdraw")):
            case "answer" if waiting:
                flight = chance.choice(waiting)
                answer = chance.choice((Answer.NO_OBJECTION, Answer.OBJECTION))
                yield [command.decide(AGREEMENT, ALL, flight.subject, flight.version.leaf, answer)]
            case "withdraw" if mine := [f for f in node.watch.flights.values() if f.owner == node.party]:
                flight = chance.choice(mine)
                operation = operations.read(flight.subject, book.fold(ALL).now())
                if operation is not None:
                    yield [command.withdraw(AGREEMENT, ALL, flight.subject, operation.latest.leaf)]
            case thought:
                names = [f"w{seed}-{number}-{k}" for k in range(1 + 2 * (thought == "several"))]
                yield [command.propose(AGREEMENT, ALL, node.party, n, _plan(n, chance), to=peers) for n in names]


def _plan(name: str, chance: random.Random) -> Plan:
    start = START + timedelta(hours=chance.randrange(2, 40))
    where = Position(lat=round(chance.uniform(46, 48), 4), lon=round(chance.uniform(6, 10), 4))
    volume = Volume(
        shape=Circle(centre=where, radius_m=1000.0), band=parse_band("FL100-FL120"),
        interval=Interval(start=start, end=start + timedelta(hours=1)),
    )  # fmt: skip
    return Plan(id="", title=name, kind=Kind.GENERAL, crew=Crew.CREWED, volumes=(volume,), note="")
