"""Alarms of a recorded day, by how its flights are cut into pieces: `python -m bench.segments [FILE]`.

Every pair of its flights, one's own too. Alarms are held against the pairs that were really closer than 5 NM and
1,000 ft at one moment, as the samples themselves show; none of those may be missing. The table stands in
docs/guides/real-flights.md.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from bench.screening import STANDARD
from tests.real import judge

from entente.adapters.adsb import Cut, flights
from entente.deconfliction import Airspace, screen
from entente.joint.plan import Plan

CUTS = [
    *(Cut(seconds=seconds) for seconds in (10.0, 15.0, 30.0, 60.0, 120.0, 300.0)),
    *(Cut(half_width_m=half_width_m) for half_width_m in (500.0, 926.0, 1_852.0)),
    *(Cut(height_m=height_m) for height_m in (30.48, 91.44)),
    Cut(seconds=60.0, half_width_m=926.0),
    Cut(seconds=300.0, half_width_m=926.0),
]
HEAD = """| A piece lasts | wide at least, to either side | added below and above | pieces | pairs in alarm \
| alarms for each real one | real ones missed | flights in alarm |
|--:|--:|--:|--:|--:|--:|--:|--:|"""


def main(path: Path) -> None:
    """Print a row for each cut."""
    close = judge.really_close(judge.flown(path, list(flights(path))))
    print(f"{len(close)} pairs were really closer than 5 NM and 1,000 ft.\n\n{HEAD}", flush=True)
    for cut in CUTS:
        plans = list(flights(path, cut=cut))
        found = alarms(plans)
        pieces, alarmed = sum(len(plan.volumes) for plan in plans), len(frozenset().union(*found))
        print(
            f"| {cut.seconds:.0f} s | {cut.half_width_m:,.0f} m | {cut.height_m / 0.3048:.0f} ft | {pieces:,} "
            f"| {len(found):,} | {len(found) / len(close):.2f} | {len(close - found)} | {alarmed} of {len(plans):,} |",
            flush=True,
        )


def alarms(plans: list[Plan]) -> set[frozenset[str]]:
    """Return the pairs that screening finds, each plan held against all others."""
    space, now = Airspace(), datetime(2026, 1, 1, tzinfo=UTC)
    for plan in plans:
        space.put_plan(plan)
    results = (screen(plan, space, STANDARD, now=now) for plan in plans)
    return {frozenset((finding.plan, finding.other)) for result in results for finding in result.findings}


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data/adsb_switzerland.csv.gz"))
