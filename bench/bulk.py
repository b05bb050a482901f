"""A recorded day proposed by two sides: how long until every flight is screened, signed, exchanged and answered."""

from __future__ import annotations

import tempfile
import time
from datetime import timedelta
from itertools import islice
from pathlib import Path

from bench.table import Row

from entente.adapters import adsb
from entente.ids import PartyId
from entente.joint.decisions import Answer
from entente.node import bulk, command, duties
from entente.store.sqlite import open_sqlite
from entente.testing.coalition import Coalition

AGREEMENT = "exercise-test"
SIDES = {"north": "even", "south": "odd"}


def measure(path: Path, count: int = 1000) -> list[Row]:
    """Import the first `count` flights of a recording, divided between two parties with records on the disk."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        stores = {party: open_sqlite(Path(folder) / f"{party}.sqlite", create=True) for party in SIDES}
        coalition = Coalition.form(*SIDES, stores=stores)
        until = coalition.clock.now() + timedelta(days=1)
        for party in SIDES:
            rule = command.standing_decision(AGREEMENT, "all", party, Answer.NO_OBJECTION, ["general"], until)
            coalition[party].say(rule)
        coalition.settle()

        begun = time.perf_counter()
        plans = list(islice(adsb.flights(path), count))
        for party, side in SIDES.items():
            who = _proposer(coalition, party)
            bulk.propose_all(coalition[party].node, who, (p for p in plans if adsb.side(p.id.split("/")[1]) == side))
        imported = time.perf_counter() - begun
        coalition.settle()
        for party in SIDES:
            while duties.tend(coalition[party].node):
                pass
        coalition.settle()
        answered = time.perf_counter() - begun
        for party in SIDES:
            coalition[party].node.close()
    flights = f"{len(plans):,} flights of {path.name}"
    return [
        Row(
            what="1,000 operations imported and screened", goal=10, measured=imported, unit="s",
            how=f"{flights}, read, screened, signed and kept by two sides in one process",
        ),
        Row(
            what="the same, exchanged and answered", goal=None, measured=answered, unit="s",
            how="and screened again by the other side, which answers by standing decision",
        ),
    ]  # fmt: skip


def _proposer(coalition: Coalition, party: str) -> bulk.Proposer:
    office = "air_operations"
    return bulk.Proposer(
        agreement=AGREEMENT, circle="all", officer=f"{party}/{office}", office=office,
        key=coalition[party].key(office), to=frozenset(PartyId(other) for other in SIDES if other != party),
    )  # fmt: skip
