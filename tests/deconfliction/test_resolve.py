"""Ways out: clear by `screen`, and none smaller, by trying every shift on a small grid."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.deconfliction.scenes import (
    HERE,
    NOW,
    STANDARD,
    airspace,
    circle,
    link,
    plan,
    site,
    volume,
)

from entente.deconfliction import Airspace, screen
from entente.deconfliction.links import barred_shifts, broken_links
from entente.deconfliction.resolve import Reach, Way, Ways, ways_out
from entente.errors import Malformed
from entente.geo.altitude import Band, parse_band, show_band
from entente.geo.geodesy import destination
from entente.geo.interval import Interval
from entente.ids import PartyId
from entente.joint.areas import Area, AreaClass
from entente.joint.plan import Crew, LinkKind, Plan
from entente.joint.protected_sites import Site
from entente.joint.screening import Against, Finding

FT = 0.3048
FAR = Reach()
HOUR = Reach(earlier_s=3600, later_s=3600)


def ways(own: Plan, *held: Plan | Site, reach: Reach = FAR, most: int = 100, space: Airspace | None = None) -> Ways:
    return ways_out(own, space or airspace(*held), STANDARD, now=NOW, reach=reach, most=most)


def shifts(found: Ways) -> list[tuple[int, int]]:
    """Minutes later and feet higher, smallest first."""
    return [(way.later_s // 60, round(way.higher_m / FT)) for way in found.ways]


def bands(way: Way) -> list[str]:
    return [show_band(volume.band) for volume in way.plan.volumes]


def test_two_flights_that_meet_part_in_time_or_in_altitude() -> None:
    own = plan("a", volume(time="10:40-11:10"))

    found = ways(own, plan("b"))

    assert shifts(found) == [(20, 0), (0, 3000), (0, -3000), (-70, 0)]
    assert bands(found.ways[1]) == ["FL130-FL150"]
    assert found.ways[0].plan.volumes[0].interval == own.volumes[0].interval.__class__(
        start=own.volumes[0].interval.start + timedelta(minutes=20),
        end=own.volumes[0].interval.end + timedelta(minutes=20),
    )
    assert (found.left, found.barring, found.fixed) == ((), (), False)
    assert [finding.other for finding in found.findings] == ["b"]


def test_a_little_of_both_is_offered_where_it_is_less_than_either_alone() -> None:
    crowd = [
        plan("now", volume(band="FL100-FL120", time="10:00-11:00")),
        plan("above", volume(band="FL130-FL190", time="09:00-10:20")),
        plan("after", volume(band="FL100-FL120", time="11:00-14:00")),
    ]

    found = ways(plan("a"), *crowd, reach=Reach(earlier_s=0, later_s=3600, lower_m=0.0))

    assert shifts(found) == [(20, 3000), (0, 10000)]


def test_a_plan_that_is_clear_needs_no_way_out() -> None:
    found = ways(plan("a"), plan("b", volume(band="FL130-FL150")))

    assert (found.ways, found.findings) == ((), ())


def test_nothing_begins_before_now_and_what_has_begun_only_waits() -> None:
    soon = ways(plan("a", volume(time="08:05-09:05")), plan("b", volume(time="08:35-10:00")))
    begun = ways(plan("a", volume(time="07:00-09:00")), plan("b", volume(time="08:00-10:00")))

    assert shifts(soon) == [(0, 3000), (0, -3000), (115, 0)]
    assert all(later >= 0 for later, _ in shifts(begun)) and (180, 0) in shifts(begun)


def test_a_wait_between_crews_is_kept_and_part_of_a_minute_is_a_whole_one() -> None:
    drone = plan("b", volume(time="10:00-10:30:30"), crew=Crew.UNCREWED)

    found = ways(plan("a", volume(time="10:20-10:50")), drone)

    assert [later for later, higher in shifts(found) if not higher] == [13, -52]


def test_a_plan_from_the_ground_is_moved_in_time_alone() -> None:
    own = plan("a", volume(band="GND-2000 ft AGL"), volume(band="FL100-FL120"))

    found = ways(own, plan("b", volume(band="GND-FL100")))

    assert found.fixed and shifts(found) == [(60, 0), (-60, 0)]


@pytest.mark.parametrize(
    ("band", "step_m"), [("FL100-FL120", 30.48), ("5000 ft AMSL-FL070", 30.48), ("1500 m AGL-1600 m AGL", 10.0)]
)
def test_steps_are_those_of_the_plans_own_spelling(band: str, step_m: float) -> None:
    found = ways(plan("a", volume(band=band)), plan("b", volume(band=band)))

    moved = [way.higher_m / step_m for way in found.ways if way.higher_m]
    assert moved and moved == [pytest.approx(round(steps)) for steps in moved]


def test_altitudes_stay_legal_above_ground_and_below_the_ceiling() -> None:
    low = ways(plan("a", volume(band="300 m AGL-400 m AGL")), plan("b", volume(band="600 m AGL-5000 m AGL")))
    high = ways(plan("a", volume(band="FL560-FL590")), plan("b", volume(band="FL560-FL590")))
    floor = ways(plan("a"), plan("b"), reach=Reach(lowest_m=8000 * FT, highest_m=14_000 * FT))

    assert all(way.plan.volumes[0].band.lower.metres > 0 for way in low.ways)
    assert shifts(high)[0] == (0, -4000) and not any(higher > 0 for _, higher in shifts(high))
    assert all(not higher for _, higher in shifts(floor))


def test_a_hospital_under_a_low_route_is_left_and_said_so_while_the_rest_is_solved() -> None:
    own = plan("a", volume(band="1000 ft AGL-2000 ft AGL"))

    found = ways(own, site(), plan("b", volume(band="1500 ft AGL-3000 ft AGL")), reach=replace(HOUR, higher_m=1000.0))

    assert [finding.other for finding in found.left] == ["s1"]
    assert shifts(found)[:2] == [(60, 0), (-60, 0)]
    assert all(higher >= 0 for _, higher in shifts(found)), "no way leads closer to what is protected"


def test_a_site_is_passed_above_where_the_reach_allows_it() -> None:
    found = ways(plan("a", volume(band="1000 ft AGL-2000 ft AGL")), site())

    assert found.left == () and shifts(found) == [(0, 5000)]


def test_what_no_shift_helps_against_gives_no_way_and_names_it() -> None:
    wall = plan("wall", volume(band="GND-FL600", time="08:00-23:00"))

    found = ways(plan("a"), wall, reach=HOUR)

    assert (found.ways, found.left) == ((), ())
    assert [finding.other for finding in found.barring] == ["wall"]


def test_unplaced_sites_and_unknown_links_block_nothing() -> None:
    own = plan("a", links=(link(LinkKind.NOT_BEFORE_END, "nobody", 60),))
    lost = site("s2", position=None, country="Exerciseland", district="North")

    only = ways(own, lost)
    too = ways(own, lost, plan("b"))

    assert only.ways == () and len(only.left) == 2
    assert {finding.against for finding in too.left} == {Against.UNPLACED, Against.LINK}
    assert (60, 0) in shifts(too) and (0, 3000) in shifts(too)


def test_timing_links_of_either_side_bar_times_at_every_altitude() -> None:
    own = plan("a", links=(link(LinkKind.NOT_BEFORE_END, "b", 600),))
    tied = plan("c", volume(band="FL300-FL310", time="12:30-13:00"), links=(link(LinkKind.NOT_BEFORE_END, "a", 0),))

    after = ways(own, plan("b", volume(band="FL200-FL210", time="09:00-10:15")), tied)
    apart = ways(plan("a", links=(link(LinkKind.APART_AT_LEAST, "b", 600),)), plan("b", volume(band="FL200-FL210")))

    assert shifts(after) == [(25, 0)]
    assert shifts(apart) == [(70, 0), (-70, 0)]


def test_an_area_with_hours_and_heights_is_left_by_either_and_not_by_the_exempt() -> None:
    space = Airspace()
    band = parse_band("FL090-FL130")
    hours = volume(time="10:30-12:00").interval
    space.put_area(
        Area(
            id="x", title="X", area_class=AreaClass.NO_FLY, shape=circle(), band=band, interval=hours,
            exempt=frozenset({PartyId("south")}),
        )
    )  # fmt: skip

    found = ways(plan("a"), space=space)

    assert shifts(found) == [(-30, 0), (0, 3100), (0, -3100), (120, 0)]
    assert not ways_out(plan("a"), space, STANDARD, now=NOW, party="south").findings


def test_ignored_plans_and_older_versions_bar_nothing() -> None:
    found = ways_out(
        plan("a@2"), airspace(plan("a@1", volume(time="11:00-12:00")), plan("b")), STANDARD, now=NOW, ignore=("a@1",)
    )

    assert (60, 0) in shifts(found)


def test_at_most_so_many_are_returned_and_those_in_one_way_alone_come_first() -> None:
    stairs = [plan(f"s{n}", volume(band=f"FL{100 + 20 * n}-FL{110 + 20 * n}", time="09:00-11:00")) for n in range(1, 6)]
    many = ways(plan("a"), plan("b"), *stairs)

    few = ways(plan("a"), plan("b"), *stairs, most=3)

    assert len(few.ways) == 3 and set(shifts(few)) <= set(shifts(many))
    assert all(0 in shift for shift in shifts(few))
    assert [way.size for way in many.ways] == sorted(way.size for way in many.ways)


@pytest.mark.parametrize(
    "wrong", [{"earlier_s": -1}, {"later_s": 10**6}, {"lower_m": float("nan")}, {"highest_m": 1e6}]
)
def test_a_reach_that_is_no_reach_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(Malformed) as caught:
        Reach(**wrong)  # type: ignore[arg-type]  # the test's own words

    assert caught.value.code in ("resolve.reach", "geo.number")


# -- against every shift on a small grid -----------------------------------------------------------------------------

SMALL = Reach(earlier_s=8 * 60, later_s=8 * 60, lower_m=1000 * FT, higher_m=1000 * FT)
MINUTES, FEET = range(-8, 9), range(-1000, 1001, 100)

feet = st.integers(0, 60).map(lambda n: n * 50)
minutes = st.integers(0, 24)
references = st.sampled_from(["ft AMSL", "ft AMSL", "ft AGL", "ft WGS84"])


@st.composite
def band_texts(draw: st.DrawFn, ground: bool) -> str:
    reference, low, thick = draw(references), draw(feet) + 100, draw(feet)
    begin = "GND" if ground and draw(st.booleans()) else f"{low} {reference}"
    return f"{begin}-{low + thick} {reference}"


@st.composite
def volumes(draw: st.DrawFn, ground: bool, count: int) -> tuple[object, ...]:
    made = []
    for _ in range(draw(st.integers(1, count))):
        start = draw(minutes)
        length = draw(st.integers(1, 20))
        where = destination(HERE, draw(st.integers(0, 359)), draw(st.integers(0, 12_000)))
        begin = NOW + timedelta(minutes=start + 2, milliseconds=draw(st.sampled_from([0, 1, 30_000])))
        made.append(
            replace(
                volume(circle(where, draw(st.integers(100, 3_000))), draw(band_texts(ground))),
                interval=Interval(start=begin, end=begin + timedelta(minutes=length)),
            )
        )
    return tuple(made)


@st.composite
def scenes(draw: st.DrawFn) -> tuple[Plan, Airspace]:
    crews = st.sampled_from(list(Crew))
    kinds = st.sampled_from(list(LinkKind))
    links = st.lists(st.builds(link, kinds, st.sampled_from(["o0", "o1", "gone"]), st.integers(0, 600)), max_size=1)
    own = plan("a", *draw(volumes(draw(st.booleans()), 3)), crew=draw(crews), links=tuple(draw(links)))
    space = Airspace()
    space.put_plan(own)
    for n in range(draw(st.integers(0, 5))):
        back = draw(st.lists(st.builds(link, kinds, st.just("a"), st.integers(0, 300)), max_size=1)) if n == 0 else []
        space.put_plan(plan(f"o{n}", *draw(volumes(True, 3)), crew=draw(crews), links=tuple(back)))
    for n in range(draw(st.integers(0, 1))):
        where = draw(st.sampled_from([None, destination(HERE, 45, 2_000.0)]))
        space.put_site(site(f"s{n}", position=where))
    if draw(st.booleans()):
        band = draw(st.none() | band_texts(True).map(parse_band))
        hours = draw(st.none() | volumes(True, 1).map(lambda made: made[0].interval))  # type: ignore[attr-defined]
        shape = circle(destination(HERE, draw(st.integers(0, 359)), 3_000.0), 1_500.0)
        space.put_area(Area(id="x", title="X", area_class=AreaClass.RESTRICTED, shape=shape, band=band, interval=hours))
    return own, space


def moved(own: Plan, later_min: int, higher_ft: int) -> Plan | None:
    """The shifted plan, written anew; None where the shift may not be made."""
    grounded = any(v.band.lower.metres <= 0 and v.band.lower.reference == "AGL" for v in own.volumes)
    if higher_ft and grounded:
        return None
    if later_min < 0 and min(v.interval.start for v in own.volumes) + timedelta(minutes=later_min) < NOW:
        return None
    made = []
    for old in own.volumes:
        lower, upper = (replace(end, metres=end.metres + higher_ft * FT) for end in (old.band.lower, old.band.upper))
        if higher_ft and (lower.metres < 0 or (lower.reference == "AGL" and lower.metres <= 0)):
            return None
        later = timedelta(minutes=later_min)
        interval = Interval(start=old.interval.start + later, end=old.interval.end + later)
        band = Band(lower=lower, upper=upper) if higher_ft else old.band
        made.append(replace(old, band=band, interval=interval))
    return replace(own, volumes=tuple(made))


def whats(findings: tuple[Finding, ...]) -> set[tuple[Against, str]]:
    return {(finding.against, finding.other) for finding in findings}


def no_closer(space: Airspace, left: tuple[Finding, ...], higher: int) -> bool:
    """Whether a way may go that way at all, by the rule: never towards what stands always and is not avoided."""
    for finding in left:
        if finding.against is Against.SITE and higher < 0:
            return False
        if finding.against is Against.AREA and (band := space.areas[finding.other].band) is not None:
            from_ground = band.lower.reference == "AGL" and band.lower.metres <= 0
            if higher < 0 or (higher > 0 and not from_ground):
                return False
    return True


def smallest_by_trying(own: Plan, space: Airspace, left: tuple[Finding, ...]) -> set[tuple[int, int]]:
    clear = set()
    for later, higher in itertools.product(MINUTES, FEET):
        other = moved(own, later, higher) if no_closer(space, left, higher) else None
        if other is not None and whats(screen(other, space, STANDARD, now=NOW).findings) <= whats(left):
            clear.add((later, higher))
    return {(t, z) for t, z in clear if not any(smaller(one, (t, z)) for one in clear)}


def smaller(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether `one` replaces `other`: the same direction, no more of either, and less of one."""
    return one != other and all(
        0 <= part <= whole or whole <= part <= 0 for part, whole in zip(one, other, strict=True)
    )


def judged(scene: tuple[Plan, Airspace]) -> None:
    own, space = scene
    found = ways(own, space=space, reach=SMALL, most=10_000)
    assume(found.findings)

    for way in found.ways:
        again = screen(way.plan, space, STANDARD, now=NOW).findings
        assert whats(again) <= whats(found.left), "every way is clear of what barred it"
        assert way.plan.volumes != own.volumes and way.plan.id == own.id
    tried = smallest_by_trying(own, space, found.left)
    if len(found.left) == len(found.findings):
        assert found.ways == (), "nothing that a shift could better"
    else:
        assert set(shifts(found)) == tried, "and none smaller is clear"


@given(scenes())
@settings(max_examples=15)
def test_every_way_is_clear_and_none_smaller_is(scene: tuple[Plan, Airspace]) -> None:
    judged(scene)


@pytest.mark.campaign
@given(scenes())
def test_every_way_is_clear_and_none_smaller_is_at_length(scene: tuple[Plan, Airspace]) -> None:
    judged(scene)


@given(scenes())
def test_the_shifts_that_links_bar_are_those_after_which_screening_finds_them_broken(
    scene: tuple[Plan, Airspace],
) -> None:
    own, space = scene
    barred = list(barred_shifts(own, space, {own.id}))

    for later in range(-30, 31, 3):
        found = broken_links(_later(own, later), space, {own.id})
        broken = {finding.other for finding in found if "link.unknown" not in finding.marks}
        assert broken == {other for other, start, end in barred if start < later * 60_000 < end}


def _later(own: Plan, minutes: int) -> Plan:
    by = timedelta(minutes=minutes)
    return replace(
        own,
        volumes=tuple(
            replace(v, interval=Interval(start=v.interval.start + by, end=v.interval.end + by)) for v in own.volumes
        ),
    )
