"""Whole screenings against the judge in `oracle`: no conflict is missed.

`campaign` makes the pairs and says how to run all of them with their figures; here are a share, and the long search.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests.deconfliction import campaign
from tests.deconfliction.campaign import REGIONS, TOUCH_M, Tally
from tests.deconfliction.oracle import GEOD, holds, least_vertical_gap, traced, wait_s
from tests.deconfliction.scenes import HERE, NOW, STANDARD, airspace, circle, plan, volume
from tests.geo.strategies import bands, intervals, polygons

from entente.deconfliction import Airspace, screen
from entente.geo.altitude import Altitude, Band, Reference
from entente.geo.geodesy import destination
from entente.geo.interval import Interval
from entente.geo.position import Position
from entente.geo.volume import Corridor, Polygon, Shape, Volume
from entente.joint.plan import Plan

SHARDS = 20


def agreed(batches: Iterable[Tally]) -> Tally:
    """Add batches up; none may have missed anything, nor alarm beyond the tolerance."""
    tally = Tally()
    for batch in batches:
        tally.add(batch)
    print(tally.table())
    assert tally.missed == []
    assert tally.unlike == 0
    assert tally.beyond == 0
    assert tally.false_alarms["time"] == 0
    assert tally.undecided.total() <= 0.03 * tally.pairs.total()
    return tally


def test_no_conflict_is_missed_among_random_pairs() -> None:
    tally = agreed(campaign.random_batch(number) for number in range(8))

    assert tally.pairs.total() == 20_000
    assert tally.conflicts.total() >= 500


def test_no_conflict_is_missed_among_nasty_pairs() -> None:
    tally = agreed(campaign.nasty_batch(number, 90) for number in range(2))

    assert len(tally.pairs) == len(campaign.NASTY)
    assert 0.3 < tally.conflicts.total() / tally.pairs.total() < 0.8


@pytest.mark.campaign
@pytest.mark.parametrize("shard", range(SHARDS))
def test_no_conflict_is_missed_among_a_million_random_pairs(shard: int) -> None:
    batches = 1_000_000 // campaign.RANDOM_BATCH // SHARDS
    tally = agreed(campaign.random_batch(number) for number in range(shard * batches, (shard + 1) * batches))

    assert tally.pairs.total() == 50_000


@pytest.mark.campaign
@pytest.mark.parametrize("shard", range(SHARDS))
def test_no_conflict_is_missed_among_a_hundred_thousand_nasty_pairs(shard: int) -> None:
    batches = 100_000 // campaign.NASTY_BATCH // SHARDS
    tally = agreed(campaign.nasty_batch(number) for number in range(shard * batches, (shard + 1) * batches))

    assert tally.pairs.total() == 5_000


@settings(max_examples=60)
@given(polygons(), st.floats(0, 360), st.floats(0, 150_000))
def test_the_judge_itself_counts_turns_as_a_walk_along_the_ring_does(
    polygon: Polygon, azimuth: float, far: float
) -> None:
    place = destination(polygon.ring[0], azimuth, far)
    ring = traced(polygon)
    steps = np.linspace(0, 1, 400, endpoint=False)
    walk = np.repeat(ring.legs, len(steps), axis=0)
    lon, lat, _ = GEOD.fwd(*walk[:, :3].T, walk[:, 3] * np.tile(steps, len(ring.legs)))
    here = np.full(len(lon), place.lon), np.full(len(lon), place.lat)
    towards, _, away = GEOD.inv(*here, lon, lat)
    towards = towards.reshape(len(ring.legs), -1)
    around = []
    for number in range(len(polygon.rings)):
        azimuths = towards[ring.ring_of == number].ravel()
        turns = np.diff(np.append(azimuths, azimuths[0]))
        around.append(abs(np.sum((turns + 180) % 360 - 180)) > 180)

    if away.min() > ring.legs[:, 3].max() / 200:
        assert holds(ring, np.array([place.lon, place.lat])) == (around[0] and not any(around[1:]))


def near_touching() -> Iterator[tuple[Shape, Shape, bool]]:
    """Pairs put a known few centimetres inside or outside the minimum: abeam of a leg, where edges bow the most."""
    for lat, lon in REGIONS:
        for length_m in (800.0, 40_000.0, 900_000.0):
            for inside in (True, False):
                start = Position(lat=lat, lon=lon)
                end = destination(start, 41.0, length_m)
                halfway = destination(start, 41.0, length_m / 2)
                # Where the leg points halfway: a short step back to its start gives the line's own azimuth there.
                back = destination(start, 41.0, length_m / 2 - 1.0)
                azimuth = GEOD.inv(halfway.lon, halfway.lat, back.lon, back.lat)[0]
                abeam = destination(halfway, azimuth + 90, 9_260.0 + 200.0 + (-0.05 if inside else 0.05))
                yield Corridor(path=(start, end), half_width_m=100.0), circle(abeam, 100.0), inside


@pytest.mark.parametrize(("own", "other", "inside"), list(near_touching()))
def test_five_centimetres_decide_even_beside_a_leg_of_900_km(own: Shape, other: Shape, inside: bool) -> None:
    found = screen(plan("a", volume(own)), airspace(plan("b", volume(other))), STANDARD, now=NOW).findings

    assert bool(found) == inside


def set_apart(own: Volume, other: Volume) -> bool:
    return not screen(plan("a", own), airspace(plan("b", other)), STANDARD, now=NOW).findings


@settings(max_examples=400)
@given(bands(), bands())
def test_bands_are_apart_only_if_no_world_brings_them_together(own: Band, other: Band) -> None:
    if set_apart(replace(volume(), band=own), replace(volume(), band=other)):
        assert least_vertical_gap(own, other, STANDARD) >= 304.8 - 2 * TOUCH_M


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
