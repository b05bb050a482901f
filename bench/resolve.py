"""Ways out of 10^5 volumes: `python -m bench.resolve [COUNT]`.

600 by 600 km for 24 hours: shapes of 4 to 12 corners, 2 to 30 km across, 300 to 3,000 m thick within 12 km, for 15 to
240 minutes; `contested` has a fifth of them within 40 by 40 km. By 5 NM and 1,000 ft, sites and areas beside them.
"""

from __future__ import annotations

import math
import random
import sys
import time
from datetime import UTC, datetime, timedelta
from statistics import median

from bench.table import Row

from entente.deconfliction import Airspace, screen
from entente.deconfliction.resolve import Ways, ways_out
from entente.geo.altitude import Band, amsl
from entente.geo.interval import Interval
from entente.geo.position import Position
from entente.geo.volume import Polygon, Volume
from entente.joint.plan import Crew, Kind, Plan
from entente.joint.standard import Minimum, Standard

STANDARD = Standard(
    name="5 NM, 1,000 ft", pairs={(Crew.CREWED, Crew.CREWED): Minimum(horizontal_m=9_260.0, vertical_m=304.8)}
)
DAY = datetime(2026, 11, 22, tzinfo=UTC)
SIDE_M, INNER_M = 600_000.0, 40_000.0
EVERY = 100_000


def rows(count: int = EVERY, asked: int = 40) -> list[Row]:
    """Return the time of one question, uniform and contested."""
    found = []
    for name, share in (("uniform", 0.0), ("contested", 0.2)):
        airspace, plans = space(count, share)
        times, ways = ask(airspace, plans[:asked])
        how = (
            f"{count:,} volumes, {name}; the median of {len(times)} conflicting plans, the longest "
            f"{max(times) * 1000:,.0f} ms; {sum(1 for one in ways if one.ways)} of them had a way out"
        )
        found.append(Row(what="ways out of a conflict", goal=50, measured=median(times) * 1000, unit="ms", how=how))
    return found


def space(count: int, share: float) -> tuple[Airspace, list[Plan]]:
    """Return an airspace of so many plans of one volume each, a `share` of them close together, and the plans."""
    chance = random.Random(22)
    airspace, plans = Airspace(), []
    for number in range(count):
        side = INNER_M if chance.random() < share else SIDE_M
        plan = Plan(
            id=f"operation/other/{number}",
            title=f"No. {number}",
            kind=Kind.GENERAL,
            crew=Crew.CREWED,
            volumes=(_volume(chance, side),),
        )
        airspace.put_plan(plan)
        plans.append(plan)
    return airspace, plans


def _volume(chance: random.Random, side_m: float) -> Volume:
    lat = 47.0 + (chance.random() - 0.5) * side_m / 111_200
    lon = 8.0 + (chance.random() - 0.5) * side_m / (111_300 * math.cos(math.radians(47.0)))
    radius, corners = chance.uniform(1_000, 15_000), chance.randint(4, 12)
    ring = []
    for corner in range(corners):
        angle, reach = 2 * math.pi * corner / corners, radius * chance.uniform(0.6, 1.0)
        north, east = reach * math.cos(angle), reach * math.sin(angle)
        ring.append(Position(lat=lat + north / 111_200, lon=lon + east / (111_300 * math.cos(math.radians(lat)))))
    # Whole feet, as people plan.
    low, thick = chance.randint(0, 300) * 30.48, chance.randint(10, 98) * 30.48
    start = DAY + timedelta(minutes=chance.randint(0, 1439))
    return Volume(
        shape=Polygon(ring=tuple(ring)),
        band=Band(lower=amsl(low), upper=amsl(low + thick)),
        interval=Interval(start=start, end=start + timedelta(minutes=chance.randint(15, 240))),
    )


def ask(airspace: Airspace, plans: list[Plan]) -> tuple[list[float], list[Ways]]:
    """Return how long [s] each conflicting plan's ways out took, once it had been screened, and what they are."""
    times, found, now = [], [], DAY - timedelta(hours=1)
    for plan in plans:
        screening = screen(plan, airspace, STANDARD, now=now)
        if screening.findings:
            begun = time.perf_counter()
            found.append(ways_out(plan, airspace, STANDARD, now=now, screening=screening))
            times.append(time.perf_counter() - begun)
    return times, found


if __name__ == "__main__":
    for row in rows(int(sys.argv[1]) if len(sys.argv) > 1 else EVERY):
        print(f"{row.what}: {row.measured:.1f} {row.unit} ({row.how})")
