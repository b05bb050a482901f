"""Screen every flight of a recorded day against the other side's: `python -m bench.screening [FILE]`.

The two sides are the recording's aircraft with an even and an odd last digit. Each conflict must be found from both.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from bench.table import Row

from entente.adapters.adsb import flights, side
from entente.deconfliction import Airspace, screen
from entente.joint.plan import Crew, Plan
from entente.joint.standard import Minimum, Standard

STANDARD = Standard(
    name="5 NM, 1,000 ft", pairs={(Crew.CREWED, Crew.CREWED): Minimum(horizontal_m=9_260.0, vertical_m=304.8)}
)


def rows(path: Path) -> list[Row]:
    """Return the time of one screening against half of a day."""
    each, count = main(path)
    how = f"each of {count:,} recorded flights against the other side's; the mean"
    return [Row(what="one screening", goal=None, measured=each, unit="ms", how=how)]


def main(path: Path) -> tuple[float, int]:
    """Print how long reading, holding and screening take, and what is found; return ms a screening, and plans."""
    begun = time.perf_counter()
    plans = list(flights(path))
    read = time.perf_counter()
    spaces = {"even": Airspace(), "odd": Airspace()}
    for plan in plans:
        spaces[_side(plan)].put_plan(plan)
    held = time.perf_counter()
    found = Counter[frozenset[str]]()
    for plan in plans:
        other = spaces["odd" if _side(plan) == "even" else "even"]
        result = screen(plan, other, STANDARD, now=datetime(2026, 1, 1, tzinfo=UTC))
        found.update(frozenset((finding.plan, finding.other)) for finding in result.findings)
    done = time.perf_counter()
    print(f"{len(plans)} plans, {sum(len(plan.volumes) for plan in plans)} volumes")
    print(f"read {read - begun:.2f} s, held {held - read:.2f} s, screened {done - held:.2f} s")
    print(f"{(done - held) / len(plans) * 1000:.2f} ms a screening; {len(found)} pairs in conflict")
    print(f"found from one side only: {sum(count != 2 for count in found.values())}")
    return (done - held) / len(plans) * 1000, len(plans)


def _side(plan: Plan) -> str:
    return side(plan.id.split("/")[1])


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data/adsb_switzerland.csv.gz"))
