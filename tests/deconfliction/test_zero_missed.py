"""Whole screenings against the judge in `oracle`: no conflict is missed, and false alarms are counted and bounded."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests.deconfliction.oracle import GEOD, gap_bounds, possible_vertical_gaps, wait_s
from tests.deconfliction.scenes import HERE, NOW, STANDARD, airspace, circle, plan, volume
from tests.geo.strategies import bands, intervals

from entente.deconfliction import Airspace, screen
from entente.errors import Malformed
from entente.geo.altitude import Altitude, Band, Reference
from entente.geo.geodesy import destination
from entente.geo.interval import Interval
from entente.geo.position import Position
from entente.geo.volume import Circle, Corridor, Polygon, Shape, Volume
from entente.joint.plan import Plan

REQUIRED_M = 9_260.0
TOUCH_M = 1e-6
REGIONS = [(31.9, 35.9), (90.0, 0.0), (-89.5, 100.0), (0.0, 180.0), (70.0, -179.9), (60.0, 10.0), (-33.0, 151.0)]


def random_shape(chance: random.Random, base: Position, spread_m: float) -> Shape:
    """A circle, a corridor, a star or a sliver, up to `spread_m` from `base`, of any size up to that."""
    start = destination(base, chance.uniform(0, 360), chance.uniform(0, spread_m))
    size = spread_m * 10 ** chance.uniform(-2.5, -0.3)
    match chance.randrange(4):
        case 0:
            return Circle(centre=start, radius_m=size)
        case 1:
            path = [start]
            for _ in range(chance.randrange(4)):
                path.append(destination(path[-1], chance.uniform(0, 360), chance.uniform(0, 2 * size)))
            return Corridor(path=tuple(path), half_width_m=chance.uniform(100, 3_000))
        case 2:
            azimuths = sorted(chance.sample(range(360), chance.randrange(3, 9)))
            ring = tuple(destination(start, azimuth, chance.uniform(size / 5, size)) for azimuth in azimuths)
        case _:
            azimuth = chance.uniform(0, 360)
            end = destination(start, azimuth, size)
            ring = (start, end, destination(end, azimuth + 90, chance.uniform(1, 50)))
    try:
        return Polygon(ring=ring)
    except Malformed:
        return Circle(centre=start, radius_m=size)


@dataclass
class Tally:
    """What comparing with the judge came to."""

    pairs: int = 0
    conflicts: int = 0
    missed: int = 0
    false_alarms: int = 0
    worst_m: float = 0.0

    def add(self, own: Shape, other: Shape, doubt_m: float | None) -> None:
        low, high = gap_bounds(own, other, threshold_m=REQUIRED_M, within_m=1.0)
        self.pairs += 1
        self.conflicts += high < REQUIRED_M
        self.missed += high < REQUIRED_M and doubt_m is None
        if doubt_m is not None and low > REQUIRED_M:
            self.false_alarms += 1
            self.worst_m = max(self.worst_m, gap_bounds(own, other)[0] - REQUIRED_M - doubt_m)


def compared(region: tuple[float, float], spread_m: float, count: int, seed: int) -> Tally:
    """Screen each of `count` random shapes against as many others, and judge every pair."""
    chance = random.Random(seed)
    base = Position(lat=region[0], lon=region[1])
    own = [random_shape(chance, base, spread_m) for _ in range(count)]
    held = [random_shape(chance, base, spread_m) for _ in range(count)]
    space = airspace(*(plan(f"{k}", volume(shape)) for k, shape in enumerate(held)))
    tally = Tally()
    for shape in own:
        found = screen(plan("own", volume(shape)), space, STANDARD, now=NOW).findings
        doubts = {int(finding.other): finding.doubt_m for finding in found}
        for k, other in enumerate(held):
            tally.add(shape, other, doubts.get(k))
    return tally


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("spread_m", [30_000.0, 250_000.0])
def test_no_conflict_is_missed_and_false_alarms_stay_within_the_doubt(
    region: tuple[float, float], spread_m: float
) -> None:
    tally = compared(region, spread_m, 20, seed=REGIONS.index(region))

    assert tally.missed == 0
    assert tally.conflicts >= 5
    assert tally.false_alarms <= 0.01 * tally.pairs
    assert tally.worst_m <= 1


@pytest.mark.campaign
@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("spread_m", [15_000.0, 60_000.0, 250_000.0, 1_500_000.0])
@pytest.mark.parametrize("seed", range(3))
def test_no_conflict_is_missed_in_a_long_search(region: tuple[float, float], spread_m: float, seed: int) -> None:
    tally = compared(region, spread_m, 40, seed)

    assert tally.missed == 0
    assert tally.false_alarms <= 0.01 * tally.pairs
    assert tally.worst_m <= 1 + 0.021 * (2 * spread_m) ** 3 / (24 * 6_371_000.0**2)


def near_touching() -> Iterator[tuple[Shape, Shape, bool]]:
    """Pairs built to lie a known few metres inside or outside the minimum: abeam of a leg, where edges bow the most."""
    for lat, lon in REGIONS:
        for length_m in (800.0, 40_000.0, 900_000.0):
            for inside in (True, False):
                start = Position(lat=lat, lon=lon)
                end = destination(start, 41.0, length_m)
                halfway = destination(start, 41.0, length_m / 2)
                # Where the leg points halfway: a short step back to its start gives the line's own azimuth there.
                back = destination(start, 41.0, length_m / 2 - 1.0)
                azimuth = GEOD.inv(halfway.lon, halfway.lat, back.lon, back.lat)[0]
                abeam = destination(halfway, azimuth + 90, REQUIRED_M + 200.0 + (-6.0 if inside else 6.0))
                yield Corridor(path=(start, end), half_width_m=100.0), circle(abeam, 100.0), inside


@pytest.mark.parametrize(("own", "other", "inside"), list(near_touching()))
def test_six_metres_decide_even_beside_a_leg_of_900_km(own: Shape, other: Shape, inside: bool) -> None:
    found = screen(plan("a", volume(own)), airspace(plan("b", volume(other))), STANDARD, now=NOW).findings

    assert bool(found) == inside


def set_apart(own: Volume, other: Volume) -> bool:
    return not screen(plan("a", own), airspace(plan("b", other)), STANDARD, now=NOW).findings


@settings(max_examples=400)
@given(bands(), bands())
def test_bands_are_apart_only_if_no_world_brings_them_together(own: Band, other: Band) -> None:
    if set_apart(replace(volume(), band=own), replace(volume(), band=other)):
        assert min(possible_vertical_gaps(own, other, STANDARD)) >= 304.8 - 2 * TOUCH_M


@given(st.sampled_from(Reference), st.integers(0, 6_000), st.integers(0, 500), st.integers(-900, 900))
def test_like_references_cost_no_false_alarm(reference: Reference, low: int, thick: int, above: int) -> None:
    def band(at: float) -> Band:
        lower, upper = (Altitude(metres=metres, reference=reference) for metres in (at, at + thick))
        return Band(lower=lower, upper=upper)

    relief = STANDARD.relief_m if reference is Reference.AGL else 0.0
    other = max(low + above, 1)
    gap = max(other - low - thick, low - other - thick)

    if reference is not Reference.AGL or low > 0:
        apart = set_apart(replace(volume(), band=band(low)), replace(volume(), band=band(other)))
        assert apart == (gap >= 304.8 + relief)


@settings(max_examples=200)
@given(intervals(), st.integers(-20_000_000, 20_000_000), st.integers(1, 10_000_000))
def test_half_open_times_decide_to_the_millisecond(own: Interval, shift_ms: int, length_ms: int) -> None:
    start = own.end + timedelta(milliseconds=shift_ms % (length_ms + 2) - length_ms if shift_ms % 2 else shift_ms)
    other = Interval(start=start, end=start + timedelta(milliseconds=length_ms))

    apart = set_apart(replace(volume(), interval=own), replace(volume(), interval=other))

    assert apart == (wait_s(own, other) is not None)


class Holdings(RuleBasedStateMachine):
    """An airspace that lived through puts and drops answers like one that was just filled."""

    def __init__(self) -> None:
        super().__init__()
        self.space = Airspace()
        self.held: dict[str, Plan] = {}

    @rule(name=st.sampled_from("abcdefgh"), count=st.integers(1, 40), east_m=st.integers(0, 20_000))
    def put(self, name: str, count: int, east_m: int) -> None:
        volumes = [volume(circle(destination(HERE, 90, east_m + 1_000.0 * k))) for k in range(count)]
        self.held[name] = plan(name, *volumes)
        self.space.put_plan(self.held[name])

    @rule(name=st.sampled_from("abcdefgh"))
    def drop(self, name: str) -> None:
        self.held.pop(name, None)
        self.space.drop_plan(name)

    @invariant()
    def answers_as_if_filled_afresh(self) -> None:
        own = plan("own", volume(circle(radius_m=3_000.0)))

        assert self.space.counts()["plans"] == len(self.held)
        assert screen(own, self.space, STANDARD, now=NOW) == screen(
            own, airspace(*self.held.values()), STANDARD, now=NOW
        )


TestHoldings = Holdings.TestCase
TestHoldings.settings = settings(max_examples=15, stateful_step_count=15)
