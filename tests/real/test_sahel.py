"""A real list of 9,115 health facilities in five countries of the Sahel: taken in, edited, released and screened.

Run it with its figures: ``python -m pytest tests/real/test_sahel.py -s``. What they were when this was written:

- 9,115 rows, 8,972 placed and 143 not, none lost. 3,996 of the placed come from a gazetteer or "Other", 1,757 have two
  decimals or fewer in one coordinate at least (1,498 in both), 242 eight or more in both (372 in one at least); 146
  pairs lie within 10 m of each other. The first look's counts are confirmed, by ways of counting that are theirs.
- One lies outside its country by more than 10 km (Rupaker, 29 km), 15 far from all others of their district, most of
  them oases of the Sahara; two of those would lie better with latitude and longitude the other way round.
- Read, judged, staged and taken in 2 s. Two edited copies (nine kinds of edit, a quarter of the rows) are read and
  compared in 3 to 4 s each: 9,378 rows right, 0 wrong, 10 missed, and 9,372, 3 and 13; of the edited rows alone 2,447,
  0 and 10, and 2,441, 3 and 13. The wrong ones are rows that somebody doubled, one of which was taken for a namesake
  that somebody dropped. Missing are rows without a position whose name was mistyped, and rows that are asked about.
- Of the rows whose latitude and longitude were swapped, 262 of 267 and 264 of 268 are flagged so, and 0 and 2 others;
  what is missed lies in Lac, Kanem and Ennedi, where both are about 14 degrees.
- Released to two parties and carried in 10 s. 200 flights between real aerodromes pass 6,191 facilities too closely;
  all are found in both parties' copies, among 10,419 findings at 500 m and 14,718 at 5 km, in 11 ms a plan (median).
"""

from __future__ import annotations

import csv
import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from pyproj import Geod
from tests.real.editing import Ledger, edited

from entente.adapters import aerodromes, ground, lists, route
from entente.adapters.lists import Listing
from entente.geo import altitude
from entente.joint.plan import Crew, Kind, Plan
from entente.joint.protected_sites import Site
from entente.node import command, drafting
from entente.node.register import Register, Staged, open_register
from entente.picture.coarsen import coarsen
from entente.places import identity
from entente.places.flags import FlagCode, counted
from entente.places.identity import Answers, Held, Outcome
from entente.store.sqlite import open_sqlite
from entente.testing.coalition import STANDARD, Coalition

FILE = Path(__file__).parents[3] / "shared" / "data" / "health_facilities_sahel.csv"
AGREEMENT = "exercise-test"
AT = "2026-12-01T06:00:00.000Z"
PRECISION = {"north": 500.0, "south": 5000.0}
REQUIRED_M, HALF_WIDTH_M = 3704.0, 1852.0
WGS84 = Geod(ellps="WGS84")

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not FILE.exists(), reason="the list is not here")]


@dataclass
class Desk:
    """A register that holds the list, and the list as it was read."""

    register: Register
    listing: Listing
    held: dict[str, Held]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    begun, told = time.perf_counter(), []
    with closing(open_register(tmp_path_factory.mktemp("desk"))) as register:
        listing = lists.read(FILE, ground=ground.of_the_world(), progress=lambda step, done: told.append((step, done)))
        register.stage(staged(listing, register))
        register.accept(register.staged(), Answers(), AT, "desk")
        print(f"\nread, judged, staged and taken in {time.perf_counter() - begun:.1f} s")
        assert ("read", 9000) in told and told[-1] == ("judged", 9115)
        yield Desk(register, listing, register.held("health"))


def staged(listing: Listing, register: Register) -> Staged:
    return Staged(
        list="health", file=FILE.name, sha256=listing.sha256, at=AT, by="desk", rows=listing.rows, flags=listing.flags,
        refused=listing.refused, rule=register.rule("health"),
    )  # fmt: skip


def test_every_row_is_in_the_register_placed_or_not(desk: Desk) -> None:
    with FILE.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))

    assert len(rows) == len(desk.held) == 9115 and desk.listing.refused == ()
    placed = {number for number, row in enumerate(rows, 2) if row["Lat"] and row["Long"]}
    assert {held.row for held in desk.held.values() if held.site.position is not None} == placed
    assert len(placed) == 8972
    by_row = {held.row: held.site for held in desk.held.values()}
    for number, row in enumerate(rows, 2):
        site = by_row[number]
        assert (site.name, site.country) == (" ".join(row["Facility name"].split()), row["Country"])
        if site.position is not None:
            assert abs(site.position.lat - float(row["Lat"])) < 1e-7 > abs(site.position.lon - float(row["Long"]))


def test_the_first_looks_counts_are_confirmed(desk: Desk) -> None:
    with FILE.open(encoding="utf-8-sig", newline="") as file:
        placed = [row for row in csv.DictReader(file) if row["Lat"]]
    decimals = [sorted(len(row[name].partition(".")[2]) for name in ("Lat", "Long")) for row in placed]
    flags = counted(desk.listing.flags)

    assert flags[FlagCode.POSITION_MISSING] == 143
    indirect = ("Other", "Geonames", "Encarta", "Fallingrain")
    assert flags[FlagCode.SOURCE_INDIRECT] == sum(row["LL source"] in indirect for row in placed) == 3996
    assert flags[FlagCode.DECIMALS_FEW] == sum(least <= 2 for least, _ in decimals) == 1757
    assert flags[FlagCode.DECIMALS_FALSE] == sum(least >= 8 for least, _ in decimals) == 242
    assert (sum(most <= 2 for _, most in decimals), sum(most >= 8 for _, most in decimals)) == (1498, 372)
    # By ellipsoid, each placed row with those that stand after it and within a minute of arc.
    where = sorted((float(row["Lat"]), float(row["Long"])) for row in placed)
    pairs = 0
    for at, (lat, lon) in enumerate(where):
        for lat2, lon2 in where[at + 1 :]:
            if lat2 - lat > 0.0002:
                break
            pairs += abs(lon2 - lon) < 0.0002 and WGS84.inv(lon, lat, lon2, lat2)[2] <= 10.0
    assert pairs == 146
    assert flags[FlagCode.POINT_SHARED] == 286


def test_the_same_file_again_changes_nothing(desk: Desk) -> None:
    outcomes = desk.register.compare(staged(lists.read(FILE, ground=ground.of_the_world()), desk.register))

    assert Counter(outcome.kind for outcome in outcomes) == {identity.Kind.SAME: 9115}


@pytest.mark.parametrize("seed", [1, 2])
def test_an_edited_copy_is_reconciled(desk: Desk, tmp_path: Path, seed: int) -> None:
    text, ledger = edited(FILE.read_text("utf-8-sig"), seed)
    path = tmp_path / "edited.csv"
    path.write_text(text, encoding="utf-8", newline="")
    begun = time.perf_counter()

    outcomes = desk.register.compare(staged(lists.read(path, ground=ground.of_the_world()), desk.register))

    found = judged(desk, outcomes, ledger)
    edits = {kind for kind in found if kind}
    for kinds in (set(found), edits):
        right = sum(found[kind]["right"] for kind in kinds)
        wrong, missed = (sum(found[kind][what] for kind in kinds) for what in ("wrong", "missed"))
        print(f"{sorted(kinds) if kinds == edits else 'all'}: {right} right, {wrong} wrong, {missed} missed")
        assert right / (right + wrong) > 0.98 and right / (right + missed) > 0.98
    gone = {desk.held[outcome.id].row for outcome in outcomes if outcome.kind is identity.Kind.GONE}
    assert len(gone & ledger.dropped) / len(gone | ledger.dropped) > 0.95
    print(f"edited copy read and compared in {time.perf_counter() - begun:.1f} s")


@pytest.mark.parametrize("seed", [1, 2])
def test_f02_of_rows_that_an_editor_swapped_nearly_all_are_flagged_and_hardly_any_other(
    tmp_path: Path, seed: int
) -> None:
    text, ledger = edited(FILE.read_text("utf-8-sig"), seed)
    path = tmp_path / "edited.csv"
    path.write_text(text, encoding="utf-8", newline="")

    listing = lists.read(path, ground=ground.of_the_world())

    found = Counter[tuple[bool, bool]]()
    for row, flags in zip(listing.rows, listing.flags, strict=True):
        if row.site.position is not None:
            swapped = ledger.done[row.number] == "swapped"
            found[swapped, any(flag.code == FlagCode.SWAPPED for flag in flags)] += 1
    print(f"\nswapped {found[True, True]} flagged, {found[True, False]} not; others {found[False, True]} flagged")
    assert found[True, True] / (found[True, True] + found[True, False]) > 0.95
    assert found[False, True] / found[False, False] < 0.001


def judged(desk: Desk, outcomes: list[Outcome], ledger: Ledger) -> dict[str, Counter[str]]:
    """Count, for each kind of edit, the rows whose place the ledger confirms, denies, or knows and was not told."""
    lines = dict(enumerate(FILE.read_text("utf-8-sig").splitlines(), 1))
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for outcome in outcomes:
        if outcome.row is None:
            continue
        number = outcome.row.number
        was, done = ledger.was[number], ledger.done[number]
        said = desk.held[outcome.id].row if outcome.id else None
        if done in ("double", "doubled"):
            # Two rows say the same: which of them is the place is anybody's word, so long as no other place is either.
            home = was or said
            found[done]["right" if said is None or lines[said] == lines[home or said] else "wrong"] += 1
        elif said is None:
            found[done]["right" if was is None else "missed"] += 1
        else:
            # Two rows of the list say the same word for word; either may be either.
            found[done]["right" if was is not None and lines[said] == lines[was] else "wrong"] += 1
    return found


# -- released and screened ---------------------------------------------------------------------------------------------


@dataclass
class Released:
    """Two parties that hold copies of the list, and flights between aerodromes of the region."""

    coalition: Coalition
    copies: dict[str, dict[str, Site]]
    flights: list[Plan]


@pytest.fixture(scope="module")
def released(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Released]:
    folder = tmp_path_factory.mktemp("released")
    medical = {"category": "medical", "horizontal_m": int(REQUIRED_M), "vertical_m": 1524}
    coalition = Coalition.form(
        "desk", *PRECISION, stores={party: open_sqlite(folder / f"{party}.sqlite", create=True) for party in PRECISION},
        standard={**STANDARD, "site": [medical]},
    )  # fmt: skip
    sites = [held.site for held in desk.held.values()]
    copies = {}
    begun = time.perf_counter()
    for party, precision in PRECISION.items():
        drawn = [coarsen(site, precision_m=precision, recipient=party, secret=bytes(16)) for site in sites]
        copies[party] = {copy.id: copy for copy in drawn}
        coalition["desk"].say(
            command.notify_sites(AGREEMENT, "all", "desk", f"health-{party}", 1, drawn, "To keep away", to=[party]),
            office="protection",
        )
    coalition.settle()
    print(f"\nreleased to two parties and carried in {time.perf_counter() - begun:.1f} s")
    yield Released(coalition, copies, flights(200))
    for party in PRECISION:
        coalition[party].node.close()


def flights(count: int) -> list[Plan]:
    """Return flights at 1,500 ft above ground between aerodromes of the five countries, 50 to 600 km apart."""
    import airportsdata

    known = airportsdata.load("ICAO")
    codes = sorted(code for code, each in known.items() if each["country"] in ("ML", "NE", "BF", "TD", "SS"))
    chance, found = random.Random(200), []
    start = Coalition.gather("north").clock.now() + timedelta(hours=4)
    while len(found) < count:
        one, other = (aerodromes.find(code) for code in chance.sample(codes, 2))
        if not 50_000 < WGS84.inv(one.lon, one.lat, other.lon, other.lat)[2] < 600_000:
            continue
        points = [route.Waypoint(at=one, time=start), route.Waypoint(at=other)]
        band = altitude.parse_band("GND-1500 ft AGL")
        volumes = route.volumes(points, half_width_m=HALF_WIDTH_M, band=band, speed_m_s=60.0)
        number = len(found)
        found.append(
            Plan(
                id=f"plan/{number}", title=f"Flight {number}", kind=Kind.HUMANITARIAN, crew=Crew.CREWED, volumes=volumes
            )
        )
    return found


def test_9115_sites_are_one_issue_of_36_chunks_for_each_recipient(released: Released) -> None:
    for party in PRECISION:
        fold = released.coalition[party].node.book(AGREEMENT).fold("all")
        [event] = fold.now().events(f"sites/desk/health-{party}", "desk")  # type: ignore[arg-type]
        assert len([name for name, _ in event.act.statement.details if name.startswith("chunk-")]) == 36
        held = {site.id for _, site in released.coalition[party].node.watch.sites.values()}
        assert held == set(released.copies[party]) and len(held) == 9115


def test_no_flight_passes_a_facility_unnoticed_at_either_precision(desk: Desk, released: Released) -> None:
    true = {site.id: site.position for site in (held.site for held in desk.held.values()) if site.position}
    names = list(true)
    where = np.array([(true[name].lat, true[name].lon) for name in names])
    missed, counts, times = [], Counter[str](), []
    for plan in released.flights:
        near = {names[i] for i in passed(plan, where)}
        for party in PRECISION:
            node = released.coalition[party].node
            book = node.book(AGREEMENT)
            begun = time.perf_counter()
            screening = drafting.screen(node, book, plan, "operation/x/1", party, released.coalition.clock.now())  # type: ignore[arg-type]
            times.append(time.perf_counter() - begun)
            found = {finding.other.rsplit("/", 1)[-1] for finding in screening.findings}
            told = {name for name in near if name not in found}
            missed += [(plan.id, party, name) for name in told]
            counts[party] += len(screening.findings)
        counts["true"] += len(near)
    print(f"\n{counts['true']} facilities passed; findings {dict(counts)}; median {1000 * np.median(times):.0f} ms")
    assert missed == [] and counts["true"] > 1000


def passed(plan: Plan, where: np.ndarray) -> set[int]:
    """Return the facilities, by index, that a flight surely passes too closely: sampled every 500 m of its geodesic."""
    first, last = plan.volumes[0].shape.path[0], plan.volumes[-1].shape.path[-1]  # type: ignore[union-attr]
    metres = WGS84.inv(first.lon, first.lat, last.lon, last.lat)[2]
    line = np.array(
        [
            (first.lon, first.lat),
            *WGS84.npts(first.lon, first.lat, last.lon, last.lat, int(metres / 500)),
            (last.lon, last.lat),
        ]
    )
    found: set[int] = set()
    for lon, lat in line:
        close = np.nonzero((np.abs(where[:, 0] - lat) < 0.06) & (np.abs(where[:, 1] - lon) < 0.07))[0]
        if len(close):
            apart = WGS84.inv(np.full(len(close), lon), np.full(len(close), lat), where[close, 1], where[close, 0])[2]
            found |= set(close[apart < REQUIRED_M + HALF_WIDTH_M - 20.0].tolist())
    return found
