"""Tracks against plans, sites and areas; the judge for entries flies them with pyproj, moment by moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from tests.deconfliction.scenes import HERE, NOW, STANDARD, airspace, circle, plan, site, volume, when

from entente.deconfliction.airspace import Airspace
from entente.deconfliction.conformance import Conformance, Entry, conformance, entries
from entente.deconfliction.tracks import Track
from entente.errors import EntenteError
from entente.geo.altitude import Band, amsl, parse, parse_band
from entente.geo.geodesy import destination
from entente.geo.interval import parse_time
from entente.geo.position import Position
from entente.geo.volume import Circle, Polygon
from entente.ids import PartyId
from entente.joint.areas import Area, AreaClass
from entente.joint.plan import Crew
from entente.joint.screening import Against
from entente.joint.standard import Minimum, Standard

GEOD = Geod(ellps="WGS84")
PLACES = [(90.0, 0.0), (-89.9, 100.0), (0.0, 179.99), (65.0, -179.99), (47.0, 8.0)]
ELEVEN_KM_WEST = destination(HERE, 270, 11_000.0)


def track(position: Position = HERE, time: str = "10:30:00", **more: Any) -> Track:
    known: dict[str, Any] = {"altitude": parse("FL110"), "speed_mps": 100.0, "course_deg": 90.0, "climb_mps": 0.0}
    seen = parse_time(f"2026-11-22T{time}Z")
    return Track(id="t1", crew=Crew.CREWED, position=position, time=seen, **known | more)


# ------------------------------------------------------------------------------------------ its own operation


def held(seen: Track, *volumes: Any) -> Conformance:
    return conformance(seen, plan("north/1@1", *volumes), STANDARD)


def test_a_track_within_a_volume_in_force_conforms() -> None:
    answer = held(track())

    assert answer.conforms
    assert answer.sentence == "t1 is within volume 1 of north/1@1"


def test_how_far_a_track_is_outside_is_told_along_the_ground_and_in_height() -> None:
    answer = held(track(destination(HERE, 40, 1_700.0), altitude=parse("FL130")))

    assert not answer.conforms
    assert answer.nearest.horizontal_m == pytest.approx(1_200, abs=0.1)
    assert answer.nearest.above_m == pytest.approx(304.8)
    assert answer.nearest.late_s == 0
    assert answer.sentence == "t1 is outside north/1@1: 0.6 NM from and 1,000 ft above volume 1"


def test_below_is_told_from_above() -> None:
    assert held(track(altitude=parse("FL090"))).nearest.above_m == pytest.approx(-304.8)


@pytest.mark.parametrize(
    ("time", "late_s", "words"),
    [
        ("09:55:00", -300, "5 min early for volume 1"),
        ("10:00:00", 0, None),
        ("10:59:59", 0, None),
        ("11:00:00", 0.001, "0 s late for volume 1"),  # half-open
        ("11:01:30", 90.001, "90 s late for volume 1"),
    ],
)
def test_early_and_late_are_told(time: str, late_s: float, words: str | None) -> None:
    answer = held(track(time=time))

    assert answer.nearest.late_s == pytest.approx(late_s)
    assert answer.conforms == (words is None)
    if words is not None:
        assert answer.sentence == f"t1 is outside north/1@1: {words}"


def test_who_is_late_on_the_way_is_told_which_volume_and_how_far_behind() -> None:
    first, second = circle(), circle(destination(HERE, 90, 20_000.0))
    answer = held(track(time="10:33:00"), volume(first, time="10:00-10:30"), volume(second, time="10:30-11:00"))

    assert (answer.nearest.volume, answer.nearest.late_s) == (2, 0)
    assert answer.nearest.horizontal_m == pytest.approx(19_500, abs=0.1)
    assert answer.in_space is not None and (answer.in_space.volume, answer.in_space.late_s) == (1, 180.001)
    assert answer.sentence.endswith("10.5 NM from volume 2; 3 min late for volume 1, which holds it")


def test_doubt_about_the_place_is_in_the_tracks_favour() -> None:
    beside = destination(HERE, 0, 560.0)

    assert not held(track(beside)).conforms
    assert held(track(beside, doubt_m=61.0)).conforms


def test_altitudes_that_cannot_be_compared_do_not_make_a_departure() -> None:
    for altitude in (None, parse("500 m AGL")):
        answer = held(track(altitude=altitude))
        assert answer.conforms
        assert answer.nearest.above_m is (None if altitude else 0.0) or altitude is None

    # The day's pressure may bring them together, up to what the standard says.
    assert held(track(altitude=amsl(12_000 * 0.3048 + 299))).conforms
    assert not held(track(altitude=amsl(12_000 * 0.3048 + 301))).conforms


@given(
    st.sampled_from(PLACES), st.floats(0, 360), st.floats(0, 40_000), st.floats(0, 360), st.integers(-4_000, 8_000),
    st.sampled_from([3_000.0, 3_300.0, 3_900.0]),
)  # fmt: skip
@settings(max_examples=60)
def test_a_track_conforms_exactly_where_a_volume_in_force_holds_it(
    place: tuple[float, float], azimuth: float, away_m: float, turn: float, seconds: int, height: float
) -> None:
    middle = Position(lat=place[0], lon=place[1])
    others = [destination(middle, turn + 100 * k, 9_000.0 * k) for k in range(3)]
    windows = ["10:00-10:40", "10:40-11:20", "11:00-12:00"]
    band = Band(lower=amsl(3_100), upper=amsl(3_500))
    volumes = [volume(circle(at, 4_000.0), band, window) for at, window in zip(others, windows, strict=True)]
    lon, lat, _ = GEOD.fwd(middle.lon, middle.lat, azimuth, away_m)
    seen = replace(
        track(Position(lat=lat, lon=lon), altitude=amsl(height)),
        time=parse_time("2026-11-22T10:00:00Z") + timedelta(seconds=seconds),
    )

    answer = held(seen, *volumes)

    outside = [
        (
            GEOD.inv(lon, lat, one.shape.centre.lon, one.shape.centre.lat)[2] - 4_000,
            one.interval.start <= seen.time < one.interval.end,
        )
        for one in volumes
        if isinstance(one.shape, Circle)
    ]
    within = [gap for gap, in_force in outside if in_force and 3_100 <= height <= 3_500]
    if any(gap < 0 for gap in within):
        assert answer.conforms
    elif all(gap > 0.1 for gap in within):
        assert not answer.conforms
    if answer.nearest.horizontal_m:
        assert answer.nearest.horizontal_m == pytest.approx(outside[answer.nearest.volume - 1][0], abs=0.1)


# ------------------------------------------------------------------------------------------- what lies on its way


def told(seen: Track, space: Airspace, look_ahead_s: float = 300.0, **more: Any) -> tuple[Entry, ...]:
    return entries(
        seen, space, more.pop("standard", STANDARD), now=more.pop("now", seen.time), look_ahead_s=look_ahead_s, **more
    )


def with_area(shape: Any, **more: Any) -> Airspace:
    space = airspace()
    known: dict[str, Any] = {"id": "a1", "title": "Valley", "area_class": AreaClass.NO_FLY}
    space.put_area(Area(shape=shape, **known | more))
    return space


def test_an_area_ahead_is_told_with_the_time_of_entering() -> None:
    (entry,) = told(track(ELEVEN_KM_WEST), with_area(circle(radius_m=1_000.0)))

    assert (entry.other, entry.title, entry.against, entry.marks) == ("a1", "Valley", Against.AREA, ("area.no_fly",))
    assert entry.enter_s == pytest.approx(100, abs=0.5)
    assert entry.place.lon == pytest.approx(destination(HERE, 270, 1_000).lon, abs=1e-3)
    assert entry.doubt_m < 20
    assert entry.sentence.startswith("t1 in 100 s will be")


def test_what_holds_the_track_now_is_entered_now() -> None:
    ring = Polygon(ring=tuple(destination(HERE, azimuth, 30_000.0) for azimuth in (0, 120, 240)))
    (entry,) = told(track(speed_mps=0.0), with_area(ring))

    assert (entry.enter_s, entry.horizontal_m) == (0, 0)
    assert entry.sentence == "t1 is over or inside Valley"


def test_a_protected_site_is_kept_its_buffer_and_uncertainty() -> None:
    # 3,000 m are kept from a medical site, whose position may be 100 m off.
    (entry,) = told(track(ELEVEN_KM_WEST, altitude=amsl(1_000)), airspace(site()))

    assert entry.against is Against.SITE
    assert entry.enter_s == pytest.approx(79, abs=0.5)
    assert 100 < entry.doubt_m < 120
    assert entry.vertical_m is None and "altitude.incomparable" in entry.marks
    assert told(track(ELEVEN_KM_WEST, altitude=amsl(1_000), course_deg=270.0), airspace(site())) == ()


@pytest.mark.parametrize(
    ("more", "enters"),
    [
        ({"band": parse_band("FL100-FL200")}, True),
        ({"band": parse_band("FL120-FL200")}, False),
        ({"interval": when("10:31-10:32")}, True),  # there from 90 s on: within from 10:31:40
        ({"interval": when("10:30-10:31")}, False),  # over before the track arrives
        ({"interval": when("10:34-10:40")}, False),  # left again by then
        ({"exempt": frozenset({PartyId("north")})}, False),
    ],
)
def test_an_area_is_entered_only_in_its_band_in_its_time_and_by_whom_it_binds(
    more: dict[str, Any], enters: bool
) -> None:
    space = with_area(circle(radius_m=1_000.0), **more)

    assert bool(told(track(ELEVEN_KM_WEST), space, party="north")) == enters


def test_a_climb_into_an_area_is_told_when_its_floor_is_reached() -> None:
    space = with_area(circle(radius_m=90_000.0), band=Band(lower=amsl(2_000), upper=amsl(9_000)))
    (entry,) = told(track(altitude=amsl(1_000), climb_mps=10.0), space)

    assert entry.enter_s == pytest.approx(100, abs=0.5)


def test_an_old_track_is_refused_and_a_newer_one_flown_on() -> None:
    seen = track(ELEVEN_KM_WEST)
    (entry,) = told(seen, with_area(circle(radius_m=1_000.0)), now=seen.time + timedelta(seconds=40))

    assert entry.enter_s == pytest.approx(60, abs=0.5)
    with pytest.raises(EntenteError) as error:
        told(seen, airspace(), now=seen.time + timedelta(seconds=61))
    assert error.value.code == "track.stale"


@st.composite
def ways(draw: st.DrawFn) -> tuple[Track, Airspace, list[Circle], Standard, float]:
    lat, lon = draw(st.sampled_from(PLACES))
    start = Position(lat=lat, lon=lon)
    keep = draw(st.sampled_from([0.0, 2_000.0]))
    standard = Standard(name="s", pairs={}, area=Minimum(horizontal_m=keep, vertical_m=100.0))
    space, shapes, course = airspace(), [], draw(st.floats(0, 360))
    for name in range(draw(st.integers(1, 4))):
        at = destination(start, course + draw(st.floats(-40, 40)), draw(st.floats(0, 60_000)))
        shapes.append(circle(at, draw(st.sampled_from([100.0, 3_000.0, 20_000.0]))))
        band = Band(lower=amsl(2_000), upper=amsl(3_000))
        space.put_area(Area(id=f"a{name}", title="A", area_class=AreaClass.RESTRICTED, shape=shapes[-1], band=band))
    seen = track(
        start, speed_mps=draw(st.sampled_from([0.0, 15.0, 250.0])), course_deg=course,
        altitude=amsl(draw(st.sampled_from([1_000.0, 2_500.0, 2_500.0, 3_090.0, 4_000.0]))),
        climb_mps=draw(st.sampled_from([0.0, 5.0, -12.0])),
    )  # fmt: skip
    return seen, space, shapes, standard, draw(st.sampled_from([60.0, 300.0]))


@settings(max_examples=60)
@given(ways())
def test_no_entry_is_missed_and_none_invented(way: tuple[Track, Airspace, list[Circle], Standard, float]) -> None:
    seen, space, shapes, standard, look_ahead_s = way
    found = {entry.other: entry for entry in told(seen, space, look_ahead_s, standard=standard)}
    moments = np.linspace(0, look_ahead_s, 6_001)
    flown = GEOD.fwd(
        *(np.full(len(moments), x) for x in (seen.position.lon, seen.position.lat, seen.course_deg)),
        seen.speed_mps * moments,
    )
    assert seen.altitude is not None
    height = seen.altitude.metres + seen.climb_mps * moments
    vertical = np.maximum(2_000 - height, height - 3_000)
    need = standard.area
    for name, shape in enumerate(shapes):
        centre = (np.full(len(moments), x) for x in (shape.centre.lon, shape.centre.lat))
        gap = np.maximum(GEOD.inv(flown[0], flown[1], *centre)[2] - shape.radius_m, 0.0)
        near = (gap < max(need.horizontal_m, 0.001)) & (vertical < need.vertical_m - 0.001)
        entry = found.get(f"a{name}")
        if near.any():
            assert entry is not None, f"missed the entry at {moments[near][0]} s"
            assert entry.enter_s <= moments[near][0] + 1e-6
        if entry is not None:
            k = round(entry.enter_s / look_ahead_s * 6_000)
            step_m = seen.speed_mps * look_ahead_s / 6_000
            # What is measured may be off by the doubt, and the doubt is added to what is kept.
            assert gap[k] <= need.horizontal_m + 2 * entry.doubt_m + step_m + 0.1
            assert vertical[k] <= need.vertical_m + abs(seen.climb_mps) * look_ahead_s / 1_000 + 0.1


@pytest.mark.parametrize("look_ahead_s", [0.0, 3_601.0, float("nan")])
def test_a_look_ahead_that_makes_no_sense_is_refused(look_ahead_s: float) -> None:
    with pytest.raises(EntenteError):
        told(track(), airspace(), look_ahead_s)


def test_the_clock_of_an_entry_is_the_one_asked_about() -> None:
    assert told(track(), airspace(), now=NOW + timedelta(hours=2, minutes=30)) == ()
