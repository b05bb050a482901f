"""Approaches against a judge that flies every pair with pyproj, moment by moment, and shares no code with the room."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import timedelta
from itertools import combinations, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from tests.deconfliction.scenes import HERE, NOW, STANDARD

from entente.deconfliction.approach import Approach, approach
from entente.deconfliction.tracks import REFERENCES, Track, Tracks
from entente.deconfliction.vertical import bounds
from entente.errors import Malformed
from entente.geo.altitude import Altitude, Band, Reference, amsl, parse
from entente.geo.geodesy import destination
from entente.geo.position import Position
from entente.joint.plan import Crew
from entente.joint.standard import Minimum, Standard

GEOD = Geod(ellps="WGS84")
PLACES = [(90.0, 0.0), (-90.0, 0.0), (89.95, 170.0), (0.0, 180.0), (65.0, -179.99), (-78.0, 179.9), (47.0, 8.0)]


def track(name: str, position: Position = HERE, **more: Any) -> Track:
    known: dict[str, Any] = {"altitude": parse("FL240"), "speed_mps": 0.0, "course_deg": 0.0, "climb_mps": 0.0}
    return Track(id=name, position=position, **{"crew": Crew.CREWED, "time": NOW, **known, **more})


def found(*tracks: Track, look_ahead_s: float = 300.0, standard: Standard = STANDARD) -> list[Approach]:
    return list(approach(Tracks.of(tracks), standard, now=NOW, look_ahead_s=look_ahead_s, compiled=False))


# ------------------------------------------------------------------------------------------------------ the judge


def flown(one: Track, seconds: Any) -> tuple[Any, Any, Any]:
    """Longitudes, latitudes and altitudes `seconds` after NOW, by GeographicLib."""
    since = seconds + (NOW - one.time).total_seconds()
    n = len(since)
    lon, lat, _ = GEOD.fwd(
        np.full(n, one.position.lon), np.full(n, one.position.lat), np.full(n, one.course_deg), one.speed_mps * since
    )
    assert one.altitude is not None
    return lon, lat, one.altitude.metres + one.climb_mps * since


def apart(one: Track, other: Track, seconds: Any) -> tuple[Any, Any]:
    """Distances [m] along the ellipsoid and in altitude."""
    lon, lat, height = flown(one, seconds)
    other_lon, other_lat, other_height = flown(other, seconds)
    return GEOD.inv(lon, lat, other_lon, other_lat)[2], np.abs(height - other_height)


def minimum(one: Track, other: Track) -> Minimum:
    return STANDARD.pairs.get((one.crew, other.crew)) or STANDARD.pairs[(other.crew, one.crew)]


def check(tracks: list[Track], look_ahead_s: float, steps: int = 601) -> None:
    answer = approach(Tracks.of(tracks), STANDARD, now=NOW, look_ahead_s=look_ahead_s, compiled=False)
    by_pair = {(pair.one, pair.other): pair for pair in answer}
    assert len(by_pair) == len(answer), "a pair was found twice"
    moments = np.linspace(0.0, look_ahead_s, steps)
    for one, other in combinations(tracks, 2):
        need, pair = minimum(one, other), by_pair.get((one.id, other.id))
        distance, height = apart(one, other, moments)
        below = (distance < need.horizontal_m) & (height < need.vertical_m - 0.001)
        if below.any():
            assert pair is not None, f"missed: {one.id} and {other.id} at {moments[below][0]} s"
            assert pair.enter_s <= moments[below][0] + 1e-6
            assert pair.leave_s >= moments[below][-1] - 1e-6
            # A moment at which the judge finds them closer is at most a step from the one that was found.
            step_m = (one.speed_mps + other.speed_mps) * look_ahead_s / (steps - 1)
            assert pair.horizontal_m - pair.doubt_m <= distance[below].min()
            assert distance[below].min() <= pair.horizontal_m + pair.doubt_m + step_m or pair.closest_s in (
                pair.enter_s,
                pair.leave_s,
            )
        if pair is not None:
            times = np.array([pair.enter_s, pair.closest_s, pair.leave_s])
            distance, height = apart(one, other, times)
            assert abs(distance[1] - pair.horizontal_m) <= pair.doubt_m
            assert pair.vertical_m is not None and abs(height[1] - pair.vertical_m) < 0.001
            assert np.all(distance <= need.horizontal_m + 2 * pair.doubt_m), "a false alarm beyond the doubt"
            assert np.all(height <= need.vertical_m + 0.001)


@st.composite
def scenes(draw: st.DrawFn, most: int = 8) -> tuple[list[Track], float]:
    lat, lon = draw(st.sampled_from(PLACES))
    spread = draw(st.sampled_from([2_000.0, 30_000.0, 150_000.0]))
    fast = draw(st.sampled_from([5.0, 60.0, 280.0, 700.0]))
    tracks = []
    for name in range(draw(st.integers(2, most))):
        place = destination(Position(lat=lat, lon=lon), draw(st.floats(0, 360)), draw(st.floats(0, 1)) * spread)
        tracks.append(
            track(
                f"t{name}", place, crew=draw(st.sampled_from(Crew)), altitude=amsl(draw(st.floats(1_000, 1_900))),
                speed_mps=draw(st.floats(0, 1)) * fast, course_deg=draw(st.one_of(st.just(90.0), st.floats(0, 360))),
                climb_mps=draw(st.one_of(st.just(0.0), st.floats(-15, 15))),
                time=NOW - timedelta(seconds=draw(st.integers(0, 40))),
            )
        )  # fmt: skip
    return tracks, draw(st.sampled_from([30.0, 300.0, 1_500.0]))


@settings(max_examples=60)
@given(scenes())
def test_no_approach_is_missed_and_none_invented(scene: tuple[list[Track], float]) -> None:
    check(*scene)


@pytest.mark.campaign
@settings(max_examples=20_000)
@given(scenes())
def test_no_approach_is_missed_and_none_invented_in_a_long_search(scene: tuple[list[Track], float]) -> None:
    check(*scene)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("miss_m", [9_255.0, 9_265.0])
@pytest.mark.parametrize("course", [10.0, 90.0, 200.0])
def test_a_miss_by_five_metres_more_or_less_is_told_apart(
    place: tuple[float, float], miss_m: float, course: float
) -> None:
    """Two tracks whose closest approach is known beforehand: both fly straight on, one abeam of the other."""
    at = Position(lat=place[0], lon=place[1])
    abeam = destination(at, course + 90, miss_m)
    # The one stands still; the other passes abeam of it 150 s from now, across the line between them.
    lon, lat, back = GEOD.fwd(at.lon, at.lat, course + 90, miss_m)
    start_lon, start_lat, there = GEOD.fwd(lon, lat, back - 90, -200.0 * 150)
    passing = track("b", Position(lat=start_lat, lon=start_lon), speed_mps=200.0, course_deg=(there + 180) % 360)
    assert abs(apart(track("c", abeam), passing, np.array([150.0]))[0][0]) < 0.01

    pairs = found(track("a", at), passing)

    assert bool(pairs) == (miss_m < 9_260)
    if pairs:
        assert pairs[0].horizontal_m == pytest.approx(miss_m, abs=pairs[0].doubt_m)
        assert pairs[0].closest_s == pytest.approx(150, abs=10)
        assert pairs[0].doubt_m < 2.5


@pytest.mark.parametrize("look_ahead_s", [300.0, 3_600.0])
def test_the_stated_doubt_holds_where_tracks_fly_farthest_and_is_not_idle(look_ahead_s: float) -> None:
    """Pairs that are near the minimum at a known moment, often the first or the last, with the longest ways allowed."""
    rng = np.random.default_rng(5)
    fastest = 2 * 39_900.0 / look_ahead_s
    worst = 0.0
    for _ in range(400):
        lat, lon = PLACES[rng.integers(len(PLACES))]
        meeting, moment = Position(lat=lat, lon=lon), look_ahead_s * rng.choice([0.0, 1.0, rng.random()])
        pair = []
        for name, place in (
            ("a", meeting),
            ("b", destination(meeting, rng.uniform(0, 360), rng.uniform(8_000, 9_250))),
        ):
            speed = fastest * rng.choice([1.0, 1.0, 0.5, 0.0])
            back = destination(place, rng.uniform(0, 360), speed * moment)
            course = GEOD.inv(back.lon, back.lat, place.lon, place.lat)[0] % 360
            pair.append(track(name, back, speed_mps=speed, course_deg=course))
        for one in found(*pair, look_ahead_s=look_ahead_s):
            true = apart(*pair, np.array([one.closest_s]))[0][0]
            worst = max(worst, abs(true - one.horizontal_m) / one.doubt_m)

    assert 0.2 < worst < 1


# ------------------------------------------------------------------------------------------------- both ways of it


def columns(tracks: list[Track], look_ahead_s: float, compiled: bool) -> list[Any]:
    answer = approach(Tracks.of(tracks), STANDARD, now=NOW, look_ahead_s=look_ahead_s, compiled=compiled)
    order = np.lexsort((answer.other, answer.one))
    names = ("one", "other", "enter_s", "leave_s", "closest_s", "horizontal_m", "vertical_m")
    return [getattr(answer, name)[order] for name in names]


@settings(max_examples=40, deadline=None)
@given(scenes(most=20), st.booleans())
def test_the_compiled_loops_and_the_others_agree(scene: tuple[list[Track], float], untold: bool) -> None:
    tracks, look_ahead_s = scene
    tracks[0] = replace(tracks[0], altitude=None if untold else tracks[0].altitude, doubt_m=35.0)

    slow, fast = (columns(tracks, look_ahead_s, compiled) for compiled in (False, True))

    assert [len(column) for column in slow] == [len(column) for column in fast]
    for one, other in zip(slow, fast, strict=True):
        np.testing.assert_allclose(one, other, atol=2e-3, equal_nan=True)


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("spread", [1e-4, 0.5, 3.0, 90.0])
def test_the_grid_loses_no_pair(compiled: bool, spread: float) -> None:
    rng = np.random.default_rng(11)
    n = 300
    crowd = Tracks(
        ids=tuple(str(k) for k in range(n)), crew=rng.integers(0, 2, n), lat=rng.uniform(-spread, spread, n),
        lon=rng.uniform(-spread, spread, n) * 2, altitude_m=rng.uniform(0, 1_500, n), reference=np.zeros(n, dtype=int),
        speed_mps=rng.uniform(0, 300, n), course_deg=rng.uniform(0, 360, n), climb_mps=rng.normal(0, 3, n),
        time_s=np.full(n, NOW.timestamp()), doubt_m=np.zeros(n),
    )  # fmt: skip
    answer = approach(crowd, STANDARD, now=NOW, look_ahead_s=240.0, compiled=compiled)

    one_by_one, asked = set(), set()
    for i, j in rng.choice(list(combinations(range(n), 2)), 1_500, replace=False).tolist():
        columns = {field.name: getattr(crowd, field.name)[[i, j]] for field in fields(crowd) if field.name != "ids"}
        pair = Tracks(ids=(str(i), str(j)), **columns)
        if len(approach(pair, STANDARD, now=NOW, look_ahead_s=240.0, compiled=False)):
            one_by_one.add((i, j))
        asked.add((i, j))
    whole = set(zip(answer.one.tolist(), answer.other.tolist(), strict=True))

    # Alone a pair is given less doubt than with faster ones beside it: that much at most is found besides.
    assert one_by_one <= whole
    assert len(whole & asked - one_by_one) <= 2
    assert spread > 1 or one_by_one


# ---------------------------------------------------------------------------------------------------- altitudes


@pytest.mark.parametrize("reference", Reference)
def test_references_have_the_codes_that_bands_have(reference: Reference) -> None:
    altitude = Altitude(metres=700.0, reference=reference)
    assert bounds(Band(lower=altitude, upper=altitude))[1] == REFERENCES.index(reference)


def gaps_in_every_world(one: Altitude, other: Altitude) -> Iterator[float]:
    """Yield by how much [m] one altitude lies above the other in each world that the standard holds possible."""
    grounds = (-440.0, 500.0, STANDARD.terrain_ceiling_m)
    for pressure, geoid, ground, rise in product((-1.0, 1.0), (-1.0, 1.0), grounds, (-1.0, 0.0, 1.0)):
        other_ground = min(max(ground + rise * STANDARD.relief_m, -440.0), STANDARD.terrain_ceiling_m)
        air = {Reference.AMSL: 0.0, Reference.FL: pressure * STANDARD.fl_uncertainty_m, Reference.WGS84: geoid * 107.0}
        heights = [
            altitude.metres + {**air, Reference.AGL: below}[altitude.reference]
            for altitude, below in ((one, ground), (other, other_ground))
        ]
        yield heights[0] - heights[1]


@pytest.mark.parametrize("one", Reference)
@pytest.mark.parametrize("other", Reference)
@pytest.mark.parametrize("above_m", [0.0, 250.0, 320.0, 700.0, 800.0, 1_100.0, 9_900.0, -9_900.0])
def test_altitudes_that_may_be_close_in_some_world_are_close(one: Reference, other: Reference, above_m: float) -> None:
    low, high = Altitude(metres=10_000.0, reference=one), Altitude(metres=10_000.0 + above_m, reference=other)
    pairs = found(track("a", altitude=low), track("b", altitude=high))
    gaps = list(gaps_in_every_world(low, high))
    least = 0.0 if min(gaps) < 0 < max(gaps) else min(abs(gap) for gap in gaps)

    if least < 304.8 - 0.001:
        assert pairs, "in some world they are too close"
        told = (one is Reference.AGL) == (other is Reference.AGL)
        assert pairs[0].vertical_m == (pytest.approx(abs(above_m)) if told else None)
        assert (pairs[0].margin_m > 0) == (told and (one is not other or one is Reference.AGL))
    elif abs(above_m) < 9_000:
        assert not pairs, "in no world are they too close"


def test_an_altitude_that_was_not_told_counts_as_any() -> None:
    (pair,) = found(track("a", altitude=None), track("b", altitude=parse("FL400")))

    assert pair.vertical_m is None
    assert (pair.enter_s, pair.leave_s) == (0.0, 300.0)


def test_who_climbs_through_the_others_level_is_found_for_as_long_as_it_takes() -> None:
    (pair,) = found(track("a", altitude=amsl(3_000)), track("b", altitude=amsl(2_000), climb_mps=10.0))

    assert (pair.enter_s, pair.leave_s) == (pytest.approx(69.52), pytest.approx(130.48))


# ------------------------------------------------------------------------------------------- minima and bad input


def test_the_minimum_is_that_of_the_two_crews() -> None:
    beside = destination(HERE, 90, 7_000.0)
    crewed, other = track("a"), track("b", beside)

    assert len(found(crewed, other)) == 1
    assert found(crewed, replace(other, crew=Crew.UNCREWED)) == []
    assert found(replace(crewed, crew=Crew.UNCREWED), replace(other, crew=Crew.UNCREWED)) == []


def test_doubt_about_a_position_is_added() -> None:
    beside = destination(HERE, 90, 9_300.0)

    assert found(track("a"), track("b", beside)) == []
    (pair,) = found(track("a"), track("b", beside, doubt_m=50.0))
    assert 50 <= pair.doubt_m < 50.1


def test_what_cannot_be_compared_is_said_and_hides_no_other() -> None:
    fine = Tracks.of([track(name) for name in ("a", "b", "blind", "still", "old", "early", "never", "vague")])
    columns = {field.name: getattr(fine, field.name) for field in fields(fine)}
    for name, row, wrong in (
        ("lat", 2, np.nan), ("speed_mps", 3, np.nan), ("time_s", 4, fine.time_s[4] - 61),
        ("time_s", 5, fine.time_s[5] + 61), ("time_s", 6, np.nan), ("doubt_m", 7, np.inf),
    ):  # fmt: skip
        columns[name] = columns[name].copy()
        columns[name][row] = wrong

    answer = approach(Tracks(**columns), STANDARD, now=NOW, look_ahead_s=60.0, compiled=False)

    assert [(pair.one, pair.other) for pair in answer] == [("a", "b")]
    assert {name: reason.split()[1] for name, reason in answer.not_compared.items()} == {
        "blind": "position", "still": "ground", "old": "has", "early": "has", "never": "time", "vague": "doubt"
    }  # fmt: skip


@pytest.mark.parametrize("compiled", [False, True])
def test_no_track_and_one_track_approach_nobody(compiled: bool) -> None:
    for tracks in ([], [track("a")]):
        assert len(approach(Tracks.of(tracks), STANDARD, now=NOW, look_ahead_s=60.0, compiled=compiled)) == 0


def test_a_standard_without_a_minimum_for_those_here_is_refused() -> None:
    part = Standard(name="part", pairs={(Crew.CREWED, Crew.CREWED): Minimum(horizontal_m=1.0, vertical_m=1.0)})

    assert found(track("a"), standard=part) == []
    with pytest.raises(Malformed) as error:
        found(track("a"), track("b", crew=Crew.UNCREWED), standard=part)
    assert error.value.code == "standard.pair"


@pytest.mark.parametrize("look_ahead_s", [0.0, -1.0, 3_601.0, float("nan"), float("inf")])
def test_a_look_ahead_that_makes_no_sense_is_refused(look_ahead_s: float) -> None:
    with pytest.raises(Malformed):
        found(track("a"), look_ahead_s=look_ahead_s)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"speed_mps": float("nan")}, "geo.number"),
        ({"speed_mps": -1.0}, "track.speed"),
        ({"course_deg": 361.0}, "track.course"),
        ({"climb_mps": 501.0}, "track.climb"),
        ({"doubt_m": -1.0}, "track.doubt"),
    ],
)
def test_a_track_says_what_can_be(more: dict[str, float], code: str) -> None:
    with pytest.raises(Malformed) as error:
        track("a", **more)
    assert error.value.code == code


def test_an_id_is_given_once_and_columns_have_one_length() -> None:
    with pytest.raises(Malformed, match="same id"):
        Tracks.of([track("a"), track("a")])
    columns = {field.name: getattr(Tracks.of([track("a")]), field.name) for field in fields(Tracks)}
    with pytest.raises(Malformed, match="shape"):
        Tracks(**columns | {"lat": np.zeros(2)})
    with pytest.raises(Malformed, match="code"):
        Tracks(**columns | {"crew": np.array([2])})
