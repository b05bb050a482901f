"""Copies of journeys, and what of a journey is protected when: no true place outside, no moment left out."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entente.errors import Malformed, Refused
from entente.geo.position import Position
from entente.joint.journey import FOR_EVER, Journey, Passage, protected
from entente.picture.journeys import coarsen_journey

SECRET = b"0123456789abcdef"
START = datetime(2026, 12, 1, 6, tzinfo=UTC)
Vector = tuple[float, float, float]


def journey(*places: Position, minutes: int = 60, **more: object) -> Journey:
    made = tuple(Passage(position=p, at=START + timedelta(minutes=minutes * k)) for k, p in enumerate(places))
    return Journey(title="t", passages=made, contact="channel 4", **more)  # type: ignore[arg-type]


def vector(p: Position) -> Vector:
    lat, lon = math.radians(p.lat), math.radians(p.lon)
    return math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)


def between(a: Vector, b: Vector, share: float) -> Vector:
    """A point of the great circle, which leaves the geodesic by far less than a part in a hundred of these lengths."""
    mixed = tuple((1 - share) * x + share * y for x, y in zip(a, b, strict=True))
    length = math.hypot(*mixed)
    return mixed[0] / length, mixed[1] / length, mixed[2] / length


def metres(a: Vector, b: Vector) -> float:
    return 2 * 6_400_000 * math.asin(min(1.0, math.dist(a, b) / 2))


@settings(max_examples=40)
@given(st.floats(-60, 60), st.floats(-179, 179), st.floats(-2, 2), st.floats(-2, 2), st.floats(10, 100_000))
def test_the_true_way_lies_within_the_copys_uncertainty_of_the_copys_way(
    lat: float, lon: float, north: float, east: float, precision: float
) -> None:
    """JOINT-147: between the passages too."""
    a, b = Position(lat=lat, lon=lon), Position(lat=lat + north, lon=max(min(lon + east, 180.0), -180.0))
    if a == b:
        return
    true = journey(a, b)
    copy = coarsen_journey(true, precision_m=precision, recipient="b", name="relief", secret=SECRET)

    ends = [(vector(j.passages[0].position), vector(j.passages[1].position)) for j in (true, copy)]
    way = [between(*ends[1], k / 800) for k in range(801)]
    step = metres(way[0], way[1])
    for k in range(21):
        point = between(*ends[0], k / 20)
        assert min(metres(point, other) for other in way) <= copy.uncertainty_m * 1.004 + step


@given(st.lists(st.integers(1, 500), min_size=1, max_size=5), st.integers(0, 120), st.integers(-200, 3000))
def test_no_moment_of_the_timetable_is_left_out(legs: list[int], margin: int, look: int) -> None:
    """JOINT-145, JOINT-146: whatever time it is, each leg is protected at least as long as it may be driven."""
    times = [START + timedelta(minutes=sum(legs[:k])) for k in range(len(legs) + 1)]
    passages = tuple(Passage(position=Position(lat=1 + 0.01 * k, lon=1.0), at=at) for k, at in enumerate(times))
    made = Journey(title="t", passages=passages, contact="c", margin_s=margin * 60)
    now = START + timedelta(minutes=look)

    found = protected(made, now=now)

    for k, volume in enumerate(found.volumes):
        assert volume.interval.start <= times[k] - timedelta(minutes=margin)
        assert volume.interval.end >= times[k + 1] + timedelta(minutes=margin)
    over = now >= times[-1] + timedelta(minutes=margin)
    assert ("movement.overdue" in found.marks) == over
    assert all((volume.interval.end == FOR_EVER) == over for volume in found.volumes)


@given(st.integers(-100, 400), st.none() | st.integers(1, 300))
def test_what_is_held_up_is_protected_ahead_and_no_shorter(at: int, minutes: int | None) -> None:
    """JOINT-146."""
    made = journey(*(Position(lat=1.0, lon=1 + 0.1 * k) for k in range(4)), margin_s=0)
    held = START + timedelta(minutes=at)
    until = held + timedelta(minutes=minutes) if minutes else None

    plain = protected(made, now=START).volumes
    late = protected(made, now=START, held_up_at=held, until=until).volumes

    for was, now in zip(plain, late, strict=True):
        ahead = was.interval.end > held
        assert now.interval.start == was.interval.start and now.interval.end >= was.interval.end
        assert (now.interval.end > was.interval.end) == ahead
        if ahead:
            assert now.interval.end == (FOR_EVER if minutes is None else was.interval.end + timedelta(minutes=minutes))


def test_a_contact_that_reads_like_a_place_is_refused_and_not_cut() -> None:
    way = journey(Position(lat=31.951569, lon=35.923963), Position(lat=32.0, lon=35.9))
    telling = replace(way, contact="at 31.951569 35.923963")

    with pytest.raises(Refused) as refusal:
        coarsen_journey(telling, precision_m=500, recipient="b", name="relief", secret=SECRET)
    assert refusal.value.code == "movement.contact"


@pytest.mark.parametrize(
    ("places", "code"),
    [
        ((Position(lat=1.0, lon=1.0),), "movement.passages"),
        ((Position(lat=1.0, lon=1.0), Position(lat=6.0, lon=1.0)), "movement.leg"),
    ],
)
def test_a_journey_that_cannot_be_told_is_none(places: tuple[Position, ...], code: str) -> None:
    """JOINT-144."""
    with pytest.raises(Malformed) as caught:
        journey(*places)
    assert caught.value.code == code
