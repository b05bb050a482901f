"""Kill -9, many times: two serving nodes and two writers beside them, any of them ended at any instant.

Owed at the end, whoever died when: every acknowledged entry is where its receipt says, at both nodes; both stores are
sound; both fold to one state; nothing forked; both still speak. Both cosign each other's heads meanwhile.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path

from tests.kills import writer

from entente.joint import cosigning
from entente.joint.cosigning import Acknowledge
from entente.joint.rules import body_of
from entente.node import recovery
from entente.node.node import Node
from entente.node.opening import open_node
from entente.testing.homes import HomeMember, form
from entente.testing.processes import Process

AGREEMENT = writer.AGREEMENT
TIMES = {"independent_notice_s": 86400, "answer_s": 3600, "cadence_s": 1, "statement_s": 900}
"""So that serving nodes acknowledge, and cosign, all the while: after a second instead of a minute."""
# Python's fork server starts a process in milliseconds; where there is none, a process is started whole.
_METHOD = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
_CONTEXT = multiprocessing.get_context(_METHOD)
if _METHOD == "forkserver":
    _CONTEXT.set_forkserver_preload(["entente.testing.homes", "entente.node.duties", "shapely", "pyproj"])


@dataclass
class Report:
    """What a campaign did."""

    kills: Counter[str] = field(default_factory=Counter)
    acknowledged: int = 0
    cosigned: int = 0
    """Heads that one side has cosigned in an acknowledgement of its own."""
    entries: int = 0
    seconds: float = 0.0


@dataclass
class _Party:
    member: HomeMember
    server: Process
    log: Path
    writer: BaseProcess | None = None

    def write(self, seed: int) -> None:
        self.writer = _CONTEXT.Process(target=writer.write, args=(self.member.home.path, self.log, seed), daemon=True)
        self.writer.start()

    def end_writer(self) -> None:
        if self.writer is not None:
            self.writer.kill()
            self.writer.join()
            self.writer.close()


def run(folder: Path, seed: int, kills: int) -> Report:
    """Kill `kills` times by a seed, then check what is owed."""
    chance, report, begun = random.Random(seed), Report(), time.perf_counter()
    parties = [
        _Party(member, Process(member.home.path), folder / f"{name}.log")
        for name, member in form(folder, "north", "south", times=TIMES).items()
    ]
    for number, party in enumerate(parties):
        party.member.node.close()
        party.log.touch()
        party.server.start()
        party.write(seed * 1_000_000 + number)
    try:
        for number in range(kills):
            party = chance.choice(parties)
            _wait_for_work(party, chance)
            if chance.random() < 0.8:
                party.end_writer()
                party.write(seed * 1_000_000 + 10 * number + 7)
                report.kills[f"{party.member.party} writer"] += 1
            else:
                party.server.kill()
                party.server.start()
                report.kills[f"{party.member.party} server"] += 1
        for party in parties:
            party.end_writer()
        _check(parties, report)
    finally:
        for party in parties:
            party.server.__exit__()
    report.seconds = time.perf_counter() - begun
    return report


def _wait_for_work(party: _Party, chance: random.Random) -> None:
    """Wait, as a rule until something more was acknowledged, and then a random moment."""
    before = party.log.stat().st_size
    if chance.random() < 0.9:
        _until(lambda: party.log.stat().st_size > before, 20.0)
    time.sleep(chance.uniform(0.0, 0.08))


def _until(holds: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "what was awaited did not come about"
        time.sleep(0.003)


def _check(parties: list[_Party], report: Report) -> None:
    nodes = [open_node(party.member.home) for party in parties]
    try:
        _until(lambda: _state(nodes[0]) == _state(nodes[1]), 90.0)
        owed = [tuple(json.loads(line)) for party in parties for line in party.log.read_bytes().splitlines()]
        assert len(set(owed)) == len(owed), "two receipts name one place"
        for node in nodes:
            feeds = node.book(AGREEMENT).ledger.feeds
            lost = [p for p in owed if len(feeds[p[0]].leaves) <= p[1] or _leaf(node, p) != p[2]]
            assert lost == [], f"{node.party} lost what was acknowledged"
            assert node.store.check() == []
            assert node.store.forks() == [] and recovery.waiting(node) == {}
            said = [e for e in node.book(AGREEMENT).fold("all").folded() if e.verb == cosigning.ACKNOWLEDGE]
            # Each was judged: it lists no more than was held, and its cosignature is over a head of this history.
            assert {event.code for event in said} <= {""}, "somebody cosigned what is not so"
            report.cosigned = sum(bool(h.cosignature) for e in said for h in body_of(e.act, Acknowledge).held)
        report.acknowledged, report.entries = len(owed), sum(len(feed.leaves) for feed in feeds.values())
    finally:
        for node in nodes:
            node.close()


def _leaf(node: Node, place: tuple[str, int, str]) -> str:
    return str(node.book(AGREEMENT).ledger.feeds[place[0]].leaves[place[1]])  # type: ignore[index]


def _state(node: Node) -> tuple[str, dict[str, int]]:
    book = node.book(AGREEMENT)
    return str(book.fold("all").digest()), {origin: book.size(origin) for origin in book.feeds()}
