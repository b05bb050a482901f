"""Lists of places: 98,745 sites taken into a register, then one plan screened against them: `python -m bench.places`.

98,745 is how many public health facilities the largest published list has, for the fifty countries south of the Sahara.
Ours are made from the real list of the Sahel, whose rows are repeated eleven times: each repetition lies elsewhere, so
that together they are about twice as dense as the Sahel, as that list is, and each row moves by up to 30 km and gets a
name of its own. Decimals, sources and rows without a position keep their share. Where the real list is not there, rows
are drawn evenly over a box of that size.
"""

from __future__ import annotations

import csv
import io
import json
import random
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from bench.table import Row, markdown

from entente.joint.plan import Crew
from entente.joint.protected_sites import Category, Site
from entente.joint.standard import Minimum, Standard

COUNT, PLANS = 98_745, 50
NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
STANDARD = Standard(
    name="2 NM of a hospital",
    pairs={(Crew.CREWED, Crew.CREWED): Minimum(horizontal_m=9_260.0, vertical_m=304.8)},
    sites={Category.MEDICAL: Minimum(horizontal_m=3_704.0, vertical_m=1_524.0)},
)
LIST = Path("../shared/data/health_facilities_sahel.csv")
HEAD = ["Country", "Admin1", "Facility name", "Facility type", "Ownership", "Lat", "Long", "LL source"]
LETTERS = "abdegiklmnorstu"


def rows(count: int = COUNT) -> list[Row]:
    """Measure in a process of its own, whose memory is its own."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "list.csv"
        path.write_text(made(count), encoding="utf-8", newline="")
        line = [sys.executable, "-m", "bench.places", str(path)]
        found = json.loads(subprocess.run(line, check=True, capture_output=True, text=True).stdout)
    source = f"{count:,} rows made from {LIST.name}" if LIST.exists() else f"{count:,} rows drawn at random"
    told = f"{found['placed']:,} placed, {found['flagged']:,} flagged"
    steps = ", ".join(f"{step} {seconds:.0f} s" for step, seconds in found["steps"].items())
    return [
        Row(what="a list taken into the register", goal=120, measured=sum(found["steps"].values()), unit="s",
            how=f"{source}; {told}; {steps}"),
        Row(what="its memory", goal=1000, measured=found["megabytes"], unit="MB", how="the peak, with screening"),
        Row(what="one plan screened against them", goal=50, measured=found["screening_ms"], unit="ms",
            how=f"median of {found['plans']} flights of 300 km over {count:,} places; {found['findings']:,} findings; "
                f"{found['screening_cpu_ms']:.1f} ms of processor time"),
    ]  # fmt: skip


def made(count: int) -> str:
    """Return a list of so many rows."""
    chance = random.Random(98_745)
    real = list(csv.DictReader(io.StringIO(LIST.read_text("utf-8-sig")))) if LIST.exists() else [_drawn(chance)]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEAD)
    for number in range(count):
        like = dict(real[number % len(real)]) if LIST.exists() else _drawn(chance)
        turn = number // len(real) if LIST.exists() else 0
        if turn:
            # Six fields of land beside and below one another, most of which two repetitions share.
            away = {"Lat": -14.0 * (turn % 6 // 3), "Long": 12.0 * (turn % 3)}
            like["Country"], like["Admin1"] = "", f"{like['Admin1']} {turn}"
            like["Facility name"] = f"{_word(chance)} {' '.join(like['Facility name'].split()[1:])}"
            for name in ("Lat", "Long"):
                if like[name]:
                    places = len(like[name].partition(".")[2])
                    like[name] = f"{float(like[name]) + away[name] + chance.uniform(-0.3, 0.3):.{places}f}"
        writer.writerow([like[name] for name in HEAD])
    return out.getvalue()


def _drawn(chance: random.Random) -> dict[str, str]:
    lat, lon = chance.uniform(-10, 20), chance.uniform(-10, 55)
    region = f"Cell {int(lat // 2)} {int(lon // 2)}"
    return dict(zip(HEAD, ["", region, _word(chance), "Clinic", "", f"{lat:.5f}", f"{lon:.5f}", "GPS"], strict=True))


def _word(chance: random.Random) -> str:
    return "".join(chance.choice(LETTERS) for _ in range(chance.randrange(5, 10))).title()


def peak_megabytes() -> float:
    """Return the most memory [MB] that this process held at any time; nothing where the system does not tell."""
    try:
        import resource
    except ImportError:
        return float("nan")
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 1e6 if sys.platform == "darwin" else most / 1e3


def measure(path: Path) -> dict[str, object]:
    """Take a list into a new register, then screen flights against its places."""
    from entente.adapters import ground, lists
    from entente.node.register import Staged, open_register
    from entente.places.identity import Answers

    steps, at = {}, "2026-12-01T06:00:00.000Z"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        register = open_register(Path(folder))
        begun = time.perf_counter()
        listing = lists.read(path, ground=ground.of_the_world())
        steps["read and judged"] = time.perf_counter() - begun
        begun = time.perf_counter()
        staged = Staged(
            list="health", file=path.name, sha256=listing.sha256, at=at, by="bench", rows=listing.rows,
            flags=listing.flags, refused=listing.refused, rule=register.rule("health"),
        )  # fmt: skip
        register.compare(staged)
        register.stage(staged)
        steps["compared and staged"] = time.perf_counter() - begun
        flagged = sum(map(bool, listing.flags))
        del listing, staged
        begun = time.perf_counter()
        register.accept(register.staged(), Answers(), at, "bench")
        steps["taken"] = time.perf_counter() - begun
        sites = [held.site for _, held in register.places()]
        register.close()
    return {
        "steps": steps,
        "flagged": flagged,
        "placed": sum(s.position is not None for s in sites),
        **_screened(sites),
    }


def _screened(sites: list[Site]) -> dict[str, object]:
    """Hold the places, and screen flights of 300 km at low level against them; a first one warms up."""
    from entente.adapters import route
    from entente.deconfliction import Airspace, screen
    from entente.geo import altitude
    from entente.geo.geodesy import destination
    from entente.joint.plan import Crew, Kind, Plan

    airspace = Airspace()
    for site in sites:
        airspace.put_site(site)
    chance, times, worked, findings = random.Random(300), [], [], 0
    where = [site.position for site in sites if site.position is not None]
    for number in range(PLANS + 1):
        start = chance.choice(where)
        way = [
            route.Waypoint(at=start, time=NOON),
            route.Waypoint(at=destination(start, chance.uniform(0, 360), 300_000)),
        ]
        band = altitude.parse_band("GND-1500 ft AGL")
        volumes = route.volumes(way, half_width_m=1852.0, band=band, speed_m_s=60.0)
        plan = Plan(id=f"plan/{number}", title="", kind=Kind.HUMANITARIAN, crew=Crew.CREWED, volumes=volumes)
        begun, busy = time.perf_counter(), time.process_time()
        found = screen(plan, airspace, STANDARD, now=NOON)
        if number:
            times.append(time.perf_counter() - begun)
            worked.append(time.process_time() - busy)
            findings += len(found.findings)
    cpu = median(worked) * 1000
    return {"screening_ms": median(times) * 1000, "screening_cpu_ms": cpu, "plans": PLANS, "findings": findings}


if __name__ == "__main__":
    if len(sys.argv) > 1:
        found = measure(Path(sys.argv[1]))
        print(json.dumps({**found, "megabytes": peak_megabytes()}))
    else:
        print(markdown(rows()))
