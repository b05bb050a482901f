"""A recorded day over Switzerland, divided between two parties and taken through everything: 1,244 flights.

Run it with its figures: ``python -m pytest tests/real -s``. What they were when this was written:

- 590 flights are north's and 654 south's; 994 are answered by standing decision, 250 wait with 144 pairs of findings.
- The other way (`judge`) finds the same 144 pairs. One pair lies 4 m beyond the required 5 NM, about where the doubt
  that ours adds might decide, and does not; the next lies 13 m within.
- 84 of the 144 really came closer than 5 NM and 1,000 ft at one moment (among all flights, one's own too, 158 did):
  1.7 alarms for each. The rest come from plans in pieces of half a minute: each is occupied for all of it, from its
  lowest to its highest sample.

An early trial on a plane gave 461 pairs and 630 flights without finding. Two choices explain it, in pieces of a minute
as the trial took them. It took exactly 1,000 ft as too close, and aircraft are flown 1,000 ft apart on purpose: that
alone makes 390 pairs. And its corridors were wider: with half widths of at least 1,200 m, where ours have 100 m or what
holds the samples, the judge finds 461 pairs and 635 flights without finding. Five flights stay unexplained: the trial's
program was not kept.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from tests.real import judge

from entente.adapters import adsb
from entente.joint.decisions import Answer
from entente.joint.plan import Plan
from entente.node import bulk, command, drafting, duties
from entente.store.sqlite import open_sqlite
from entente.testing.coalition import Coalition

FILE = Path(__file__).parents[3] / "shared" / "data" / "adsb_switzerland.csv.gz"
SIDES = {"north": "even", "south": "odd"}
AGREEMENT = "exercise-test"
DOUBT_M = 6.0
"""Ours adds at most 4 m for cut edges, and the judge's plane errs by less than 2 m: nearer than this either may be."""

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not FILE.exists(), reason="the recording is not here")]


@dataclass
class Day:
    """The day after both sides imported, exchanged, and answered what their standing decisions answer."""

    coalition: Coalition
    plans: list[Plan]
    answered: dict[str, set[str]]
    """By who answered: names of the other's operations."""
    waiting: dict[str, dict[str, set[str]]]
    """By who has to answer: name of the other's operation, and of ours that it comes too close to."""

    def pairs(self, party: str) -> set[frozenset[str]]:
        """Return the pairs that a party's own screenings find, as names."""
        return {frozenset((name, other)) for name, others in self.waiting[party].items() for other in others}


@pytest.fixture(scope="module")
def plans() -> list[Plan]:
    return list(adsb.flights(FILE))


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory, plans: list[Plan]) -> Iterator[Day]:
    folder = tmp_path_factory.mktemp("day")
    coalition = Coalition.form(*SIDES, stores={p: open_sqlite(folder / f"{p}.sqlite", create=True) for p in SIDES})
    until = coalition.clock.now() + timedelta(days=1)
    for party in SIDES:
        rule = command.standing_decision(AGREEMENT, "all", party, Answer.NO_OBJECTION, ["general"], until)
        coalition[party].say(rule)
    coalition.settle()
    begun = time.perf_counter()

    for party in SIDES:
        propose(coalition, party, plans)
    coalition.settle()
    answered = {party: answers(coalition, party) for party in SIDES}
    coalition.settle()

    print(f"\nproposed, screened, exchanged and answered in {time.perf_counter() - begun:.1f} s")
    yield Day(coalition, plans, answered, {party: waits(coalition, party) for party in SIDES})
    for party in SIDES:
        coalition[party].node.close()


def propose(coalition: Coalition, party: str, plans: list[Plan]) -> int:
    """Propose a party's share of the plans, and return how many were new."""
    member, office = coalition[party], "air_operations"
    others = frozenset(p.party for p in coalition.members.values()) - {member.party}
    who = bulk.Proposer(
        agreement=AGREEMENT, circle="all", officer=f"{party}/{office}", office=office, key=member.key(office), to=others
    )
    return len(bulk.propose_all(member.node, who, (plan for plan in plans if side(plan) == SIDES[party])))


def side(plan: Plan) -> str:
    return adsb.side(plan.id.split("/")[1])


def answers(coalition: Coalition, party: str) -> set[str]:
    found: set[str] = set()
    while receipts := duties.tend(coalition[party].node):
        found |= {receipt.subject.split("/")[2] for receipt in receipts}
    return found


def waits(coalition: Coalition, party: str) -> dict[str, set[str]]:
    node = coalition[party].node
    book, now = node.book(AGREEMENT), coalition.clock.now()
    found = {}
    for flight in duties.waiting(node, book, book.fold("all").name):
        assert flight.plan is not None
        screening = drafting.screen(node, book, flight.plan, flight.subject, flight.owner, now)
        name = flight.subject.split("/")[2]
        found[name] = {node.watch.flights[finding.other].subject.split("/")[2] for finding in screening.findings}
    return found


def test_every_flight_is_an_operation_of_its_side_and_both_sides_hold_the_same(day: Day) -> None:
    north, south = (day.coalition[party].node for party in SIDES)
    shares = [sum(side(plan) == share for plan in day.plans) for share in SIDES.values()]

    assert shares == [590, 654]
    assert len(north.watch.airspace.plans) == len(south.watch.airspace.plans) == 1244
    assert north.book(AGREEMENT).fold("all").digest() == south.book(AGREEMENT).fold("all").digest()
    print(f"flights: {len(day.plans)}, of north {shares[0]}, of south {shares[1]}")


def test_a_second_import_proposes_nothing(day: Day) -> None:
    assert propose(day.coalition, "north", day.plans[:200]) == 0


def test_standing_decisions_answer_what_has_no_finding_and_nothing_else(day: Day) -> None:
    answered = {name for names in day.answered.values() for name in names}
    waiting = {name for names in day.waiting.values() for name in names}

    assert answered | waiting == {bulk.name_of(plan) for plan in day.plans}
    assert not answered & waiting
    assert all(found for names in day.waiting.values() for found in names.values())
    print(f"without finding, answered by rule: {len(answered)}; with findings, for an officer: {len(waiting)}")


def test_both_sides_find_the_pairs_that_another_way_finds(day: Day) -> None:
    even, odd = (judge.legs(plan for plan in day.plans if side(plan) == share) for share in SIDES.values())
    gaps = judge.closest(even, odd)
    judged = {named(pair) for pair, gap in gaps.items() if gap < judge.FIVE_NM}
    in_doubt = {named(pair) for pair, gap in gaps.items() if abs(gap - judge.FIVE_NM) < DOUBT_M}

    assert day.pairs("north") == day.pairs("south")
    assert day.pairs("north") ^ judged <= in_doubt
    nearest = min(abs(gap - judge.FIVE_NM) for gap in gaps.values())
    print(f"pairs across the parties: {len(day.pairs('north'))}; another way: {len(judged)}; in doubt: {len(in_doubt)}")
    print(f"the pair nearest to the required 5 NM differs from it by {nearest:.0f} m")

    minutes = list(adsb.flights(FILE, cut=adsb.Cut(seconds=60.0)))
    even, odd = (judge.legs(plan for plan in minutes if side(plan) == share) for share in SIDES.values())
    counted = {pair for pair, gap in judge.closest(even, odd, judge.THOUSAND_FT + 1e-3).items() if gap < judge.FIVE_NM}
    wide = [replace(legs, width=np.maximum(legs.width, 1200.0)) for legs in (even, odd)]
    wider = {pair for pair, gap in judge.closest(*wide, judge.THOUSAND_FT + 1e-3).items() if gap < judge.FIVE_NM}
    print("in pieces of a minute, as the early trial took them:")
    print(f"were exactly 1,000 ft too close: {len(counted)} pairs; and corridors 1,200 m wide: {told(wider, day)}")


def test_no_two_aircraft_that_really_came_close_are_missed(day: Day) -> None:
    close = judge.really_close(judge.flown(FILE, day.plans))
    sides = {plan.id: side(plan) for plan in day.plans}
    across = {pair for pair in close if len({sides[name] for name in pair}) == 2}

    assert {named(pair) for pair in across} <= day.pairs("north")
    found = len(day.pairs("north"))
    assert found < 2 * len(across)
    print(f"really closer than 5 NM and 1,000 ft: {len(across)} pairs across the parties, {len(close)} among all")
    print(f"alarms for each of those: {found / len(across):.1f}")


def test_the_judges_planes_agree_with_geodesics(plans: list[Plan]) -> None:
    even, odd = (judge.legs(plan for plan in plans if side(plan) == share).ends for share in SIDES.values())
    chance = np.random.default_rng(1)
    p, q = (legs[chance.integers(len(legs), size=20_000)] for legs in (even, odd))
    plane = judge.gaps_between(p, q)
    near = np.nonzero(plane < 15_000)[0][:100]

    for row in near:
        (a, step), (b, other_step) = along(p[row]), along(q[row])
        i, j = (index.ravel() for index in np.meshgrid(np.arange(len(a)), np.arange(len(b))))
        sampled = judge.WGS84.inv(a[i, 1], a[i, 0], b[j, 1], b[j, 0])[2].min()
        assert plane[row] - 1 <= sampled <= plane[row] + max(step, other_step) + 1
    assert len(near) == 100


def along(leg: judge.Floats) -> tuple[judge.Floats, float]:
    """Return 200 points (lat, lon) of the geodesic between a leg's ends, and the step between two of them [m]."""
    azimuth, _, length = judge.WGS84.inv(leg[1], leg[0], leg[3], leg[2])
    steps = np.linspace(0.0, length, 200)
    lon, lat, _ = judge.WGS84.fwd(*(np.full(200, value) for value in (leg[1], leg[0], azimuth)), steps)
    return np.stack([lat, lon], axis=1), length / 199


def named(pair: frozenset[str]) -> frozenset[str]:
    return frozenset(name.replace("/", "-") for name in pair)


def told(pairs: set[frozenset[str]], day: Day) -> str:
    return f"{len(pairs)} pairs, {len(day.plans) - len(set().union(*pairs))} flights without finding"
