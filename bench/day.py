"""A recorded day by the command line: two serving nodes, each party imports its half, and both answer by rule."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

from bench.table import Row

from entente.cli import roster
from entente.cli.roster import Listed, Term
from entente.joint.act import spell
from entente.joint.decisions import Answer
from entente.node import command
from entente.node.opening import open_node
from entente.testing.coalition import START
from entente.testing.homes import HomeMember, form
from entente.testing.processes import Process

AGREEMENT = "exercise-cell"
SIDES = {"north": ("even", "south"), "south": ("odd", "north")}
QUIET_S = 4.0
"""How long nothing may have been said for the day to count as settled [s]; not counted in."""


def measure(path: Path) -> list[Row]:
    """Import a recording from two command lines at once, beside the two nodes that serve."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, ExitStack() as running:
        members = form(Path(folder), *SIDES)
        for member in members.values():
            until = member.node.clock.now() + timedelta(days=1)
            answer = Answer.NO_OBJECTION
            member.say(command.standing_decision(AGREEMENT, "all", member.party, answer, ["general"], until))
            member.node.close()
            since = Term(office="air_operations", start=spell(START))
            roster.write(member.home.path, [Listed(label="air_operations", offices=(since,))])
        for member in members.values():
            running.enter_context(Process(member.home.path))
        begun = time.perf_counter()
        lines = [subprocess.Popen(_line(path, member), stdout=subprocess.DEVNULL) for member in members.values()]
        if any(line.wait() for line in lines):
            raise SystemExit("an import failed")
        imported = time.perf_counter() - begun
        settled = _settled(members) - begun
    how = f"{path.name}, both halves at once, each `entente operation import`"
    return [
        Row(what="a recorded day imported by the command line", goal=120, measured=imported, unit="s", how=how),
        Row(what="the same, exchanged by serving nodes and answered", goal=None, measured=settled, unit="s", how=""),
    ]  # fmt: skip


def _line(path: Path, member: HomeMember) -> list[str]:
    mine, other = SIDES[member.party]
    words = ["operation", "import", str(path), "--mine", mine, "--release-to", other, "--yes"]
    return [sys.executable, "-m", "entente.cli.main", *words, "--home", str(member.home.path)]


def _settled(members: dict[str, HomeMember]) -> float:
    """Return when the last thing was said of which both know."""
    nodes = [open_node(member.home) for member in members.values()]
    last, since = None, time.perf_counter()
    while time.perf_counter() - since < QUIET_S or len(set(last or ())) != 1:
        cuts = [node.book(AGREEMENT).fold("all").cut_digest() for node in nodes]
        if cuts != last:
            last, since = cuts, time.perf_counter()
        time.sleep(0.2)
    for node in nodes:
        node.store.close()
    return since
