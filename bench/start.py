"""Starting: a node whose record holds a long history, and the command line's first word.

The history is written by two nodes past their rules, since officers would take hours: north proposes and withdraws,
south's standing decision answers in between. Every act is valid, and judged when the record is first opened.
"""

from __future__ import annotations

import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
from bench.table import Row, timed

from entente.feed import suite
from entente.geo.interval import spell
from entente.ids import Hash, OfficerId
from entente.joint import act as acts
from entente.joint import decisions, operations
from entente.joint.act import ALL, Signer, Statement
from entente.joint.decisions import Answer
from entente.joint.plan import Crew, Kind
from entente.node import command, translate
from entente.node.home import Mark
from entente.node.node import Node
from entente.store.sqlite import open_sqlite
from entente.testing.coalition import Coalition, Member

AGREEMENT = "exercise-test"
AT_ONCE = 2000


def measure(entries: int, runs: int = 3) -> list[Row]:
    """Measure the start of a node whose record holds about `entries` entries."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "record.sqlite"
        coalition = Coalition.form("north", "south", stores={"north": open_sqlite(path, create=True)})
        north = coalition["north"]
        _fill(coalition, entries)
        held = sum(len(feed.leaves) for feed in north.node.book(AGREEMENT).ledger.feeds.values())
        north.node.close()

        def start() -> None:
            Node(north.party, open_sqlite(path), north.node.keys, coalition.clock, Mark(None), exercise=True).close()

        begun = time.perf_counter()
        start()
        first = time.perf_counter() - begun
        again = timed(start, runs)
    how = f"{held:,} entries of two feeds, from a snapshot; median of {runs} (the first start took {first:.1f} s)"
    goal = 2.0 if entries >= 100_000 else None
    return [Row(what=f"a node's start at {entries:,} entries", goal=goal, measured=again, unit="s", how=how)]


def _fill(coalition: Coalition, entries: int) -> None:
    """Write operations that were proposed, answered by rule and withdrawn, into north's record."""
    north, south = coalition["north"], coalition["south"]
    until = coalition.clock.now() + timedelta(days=9)
    given = south.say(command.standing_decision(AGREEMENT, "all", "south", Answer.NO_OBJECTION, ["general"], until))
    coalition.settle()
    # South's pen on north's record: what it writes there is as if it had been carried.
    pen = Node(south.party, north.node.store, south.node.keys, coalition.clock, Mark(None), exercise=True)
    share = AT_ONCE // 3
    for first in range(0, entries, 3 * share):
        names = [f"o{first + k}" for k in range(min(share, (entries - first + 2) // 3))]
        leaves = _write(north, north.node, (_proposal(coalition, name) for name in names))
        south_says = [_answer(name, leaf, given.leaf) for name, leaf in zip(names, leaves, strict=True)]
        _write(None, pen, iter(south_says))
        refers = (operations.Refer(version=leaf) for leaf in leaves)
        _write(
            north,
            north.node,
            (("operation.withdraw", f"operation/north/{n}", r) for n, r in zip(names, refers, strict=True)),
        )


Said = tuple[str, str, msgspec.Struct]
"""Verb, subject, body."""


def _proposal(coalition: Coalition, name: str) -> Said:
    start = coalition.clock.now() + timedelta(hours=2)
    body = operations.Propose(
        version=1, kind=Kind.GENERAL, crew=Crew.CREWED, start=spell(start), end=spell(start + timedelta(hours=1)),
        areas=(), previous="", proxy_for="",
    )  # fmt: skip
    return "operation.propose", f"operation/north/{name}", body


def _answer(name: str, version: Hash, rule: Hash) -> Said:
    body = decisions.Decide(version=version, answer=Answer.NO_OBJECTION, under=rule)
    return "decision.give", f"operation/north/{name}", body


def _write(member: Member | None, node: Node, said: Iterator[Said]) -> list[Hash]:
    """Append what was said, signed by a member's officer or by nobody, and return the leaves."""
    book, now = node.book(AGREEMENT), node.clock.now()
    seen = book.fold(ALL).heads(book.origin)
    entries = []
    for verb, subject, body in said:
        signer = None
        if member is not None:
            signer = Signer(
                office="senior", officer=OfficerId(f"{member.party}/senior"),
                key=member.key("senior").public.fingerprint, suite=suite.SUITE, shown="0" * 64, language="en",
                catalogue="1", seen=seen, nonce=secrets.token_hex(16), expires=acts.spell(now + timedelta(minutes=15)),
            )  # fmt: skip
        statement = Statement(
            agreement=book.first.digest, circle=ALL, verb=verb, subject=operations.SubjectId(subject),
            body=msgspec.to_builtins(body), details=(), signer=signer,
        )  # fmt: skip
        signature = member.key("senior").sign(suite.STATEMENT, statement.encode()) if member else None
        entries.append(translate.entry(statement, now, seen, signature, (), {}))
    first = book.size(book.origin)
    with node.lock, node.store.transaction() as txn:
        node._append(txn, book, entries, now)
    node.catch_up()
    return book.ledger.feeds[book.origin].leaves[first:]


def help_page(runs: int = 7) -> list[Row]:
    """Measure `entente --help`, as a process of its own."""
    line = [sys.executable, "-m", "entente.cli.main", "--help"]
    took = timed(lambda: subprocess.run(line, check=True, capture_output=True), runs)
    return [Row(what="`entente --help`", goal=0.3, measured=took, unit="s", how=f"a new process; median of {runs}")]
