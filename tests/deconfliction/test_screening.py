from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.deconfliction.scenes import (
    HERE,
    NOW,
    STANDARD,
    airspace,
    circle,
    findings,
    link,
    plan,
    screening,
    site,
    volume,
    when,
)

from entente.deconfliction import Airspace, screen
from entente.errors import Malformed
from entente.geo.altitude import parse_band
from entente.geo.geodesy import destination
from entente.geo.volume import Circle, Corridor, Polygon
from entente.ids import PartyId
from entente.joint.areas import Area, AreaClass
from entente.joint.plan import Crew, LinkKind
from entente.joint.protected_sites import SiteStatus
from entente.joint.screening import Against, Input
from entente.joint.spelling import screening_from_plain, screening_to_plain
from entente.joint.standard import Minimum

SEVEN_KM_EAST = destination(HERE, 90, 7_000.0)


def test_a_finding_says_how_close_where_when_and_what_it_rests_on() -> None:
    own = plan("north/1@1", volume(time="10:00-11:00"))
    other = plan("south/1@1", volume(circle(SEVEN_KM_EAST), "FL110-FL130", "10:30-12:00"))

    (finding,) = findings(own, other)

    assert (finding.plan, finding.against, finding.other) == ("north/1@1", Against.OPERATION, "south/1@1")
    assert finding.other_title == "Plan south/1@1"
    assert finding.horizontal_m == pytest.approx(6_000, abs=0.1)
    assert (finding.vertical_m, finding.time_s) == (0.0, 0.0)
    assert (finding.required_horizontal_m, finding.required_vertical_m) == (9_260.0, 304.8)
    assert 0 < finding.doubt_m < 0.1
    assert finding.interval == when("10:30-11:00")
    assert finding.place is not None and finding.place.lon == pytest.approx(destination(HERE, 90, 500).lon, abs=1e-5)
    assert finding.inputs == (
        Input(kind=Against.OPERATION, id="north/1@1"),
        Input(kind=Against.OPERATION, id="south/1@1"),
    )


@pytest.mark.parametrize(
    ("band", "time", "east_m"),
    [
        ("FL100-FL120", "11:00-12:00", 0.0),  # touches in time: half-open
        ("FL130-FL150", "10:00-11:00", 0.0),  # exactly 1,000 ft above
        ("FL080-FL090", "10:00-11:00", 0.0),  # exactly 1,000 ft below
        ("FL100-FL120", "10:00-11:00", 10_261.0),  # 1 m more than 5 NM between edges
    ],
)
def test_what_is_far_enough_in_one_way_is_no_finding(band: str, time: str, east_m: float) -> None:
    other = plan("south/1@1", volume(circle(destination(HERE, 90, east_m)), band, time))

    assert findings(plan("north/1@1"), other) == ()


@pytest.mark.parametrize(
    ("band", "time", "east_m"),
    [
        ("FL100-FL120", "10:59:59.999-12:00", 0.0),
        ("FL129-FL150", "10:00-11:00", 0.0),
        ("FL120-FL150", "10:00-11:00", 10_259.0),
    ],
)
def test_what_is_too_close_in_all_three_ways_is_a_finding(band: str, time: str, east_m: float) -> None:
    other = plan("south/1@1", volume(circle(destination(HERE, 90, east_m)), band, time))

    assert len(findings(plan("north/1@1"), other)) == 1


def test_the_minimum_follows_both_crews_in_either_order() -> None:
    other = volume(circle(SEVEN_KM_EAST))

    assert findings(plan("a"), plan("b", other))
    assert not findings(plan("a"), plan("b", other, crew=Crew.UNCREWED))
    assert not findings(plan("a", crew=Crew.UNCREWED), plan("b", other))
    later = plan("b", volume(time="11:01:59-12:00"), crew=Crew.UNCREWED)
    (finding,) = findings(plan("a"), later)
    assert (finding.time_s, finding.interval) == (119.0, None)
    assert not findings(plan("a"), plan("b", volume(time="11:02-12:00"), crew=Crew.UNCREWED))


def test_a_standard_without_a_minimum_for_crews_that_meet_is_refused() -> None:
    standard = replace(STANDARD, pairs={(Crew.CREWED, Crew.CREWED): Minimum(horizontal_m=1.0, vertical_m=1.0)})

    assert not findings(plan("a"), standard=standard)
    with pytest.raises(Malformed) as caught:
        findings(plan("a"), plan("b", crew=Crew.UNCREWED), standard=standard)
    assert caught.value.code == "standard.pair"


def test_a_plan_without_volumes_is_refused() -> None:
    empty = replace(plan("a"), volumes=())

    with pytest.raises(Malformed) as caught:
        screen(empty, Airspace(), STANDARD, now=NOW)
    assert caught.value.code == "plan.empty"
    with pytest.raises(Malformed):
        Airspace().put_plan(empty)


def test_a_plan_is_not_compared_with_itself_or_with_what_the_caller_ignores() -> None:
    own, older = plan("a@2"), plan("a@1")

    found = screen(own, airspace(own, older, plan("b@1")), STANDARD, now=NOW, ignore=("a@1",))

    assert [finding.other for finding in found.findings] == ["b@1"]
    assert found.compared == {"operation": 1, "site": 0, "area": 0}


def test_only_the_worst_pair_of_volumes_of_two_plans_is_reported() -> None:
    own = plan("a", volume(time="10:00-10:10"), volume(time="10:10-10:20"), volume(time="10:20-10:30"))
    far, near = circle(SEVEN_KM_EAST), circle(destination(HERE, 90, 2_000.0))
    other = plan(
        "b", volume(far, time="10:00-10:15"), volume(near, time="10:15-10:18"), volume(far, time="10:18-10:30")
    )

    (finding,) = findings(own, other)

    assert finding.interval == when("10:15-10:18")
    assert finding.horizontal_m == pytest.approx(1_000, abs=0.1)


def test_findings_stand_in_order_of_start_then_id() -> None:
    others = [plan(name, volume(time=f"10:{minute}-11:00")) for name, minute in [("c", 10), ("a", 30), ("b", 10)]]

    assert [finding.other for finding in findings(plan("own"), *others)] == ["b", "c", "a"]


def test_a_site_keeps_its_buffer_and_its_uncertainty_widens_it() -> None:
    flying = plan("a", volume(circle(destination(HERE, 0, 3_550.0)), "GND-500 m AGL"))

    (finding,) = findings(flying, site(uncertainty_m=100.0))
    assert (finding.against, finding.other, finding.other_title) == (Against.SITE, "s1", "Clinic")
    assert finding.horizontal_m == pytest.approx(3_050, abs=0.1)
    assert finding.doubt_m == pytest.approx(100, abs=0.1)
    assert finding.interval == when("10:00-11:00")

    assert not findings(flying, site(uncertainty_m=40.0))


def test_a_site_is_overflown_only_above_its_buffer() -> None:
    def marks(band: str) -> list[tuple[str, ...]]:
        return [finding.marks for finding in findings(plan("a", volume(band=band)), site())]

    assert marks("500 m AGL-600 m AGL") == [("altitude.uncertain",)]
    assert marks("1700 m AGL-1900 m AGL") == [("altitude.uncertain",)]  # the ground may rise by 300 m
    assert marks("1800 m AGL-1900 m AGL") == []
    assert marks("FL200-FL240") == [("altitude.incomparable",)]
    assert marks("FL360-FL380") == []  # above the highest ground, the buffer and the day's pressure
    assert marks("10400 m AMSL-11000 m AMSL") == [("altitude.incomparable",)]
    assert marks("10500 m AMSL-11000 m AMSL") == []


def test_an_expired_site_still_counts_and_says_so() -> None:
    low = plan("a", volume(band="GND-500 m AGL"))

    (finding,) = findings(low, site(expires_at=NOW))

    assert finding.marks == ("site.expired",)
    assert findings(low, site(expires_at=NOW + timedelta(seconds=1)))[0].marks == ()


def test_only_a_site_that_its_originator_ended_is_left_out() -> None:
    low = plan("a", volume(band="GND-500 m AGL"))
    space = airspace(site())

    space.put_site(site(status=SiteStatus.ENDED))

    assert screen(low, space, STANDARD, now=NOW).findings == ()
    assert space.counts() == {"plans": 0, "sites": 0, "areas": 0}


def test_a_footprint_counts_besides_the_point() -> None:
    corner = destination(HERE, 90, 20_000.0)
    footprint = Polygon(ring=(HERE, corner, destination(HERE, 45, 10_000.0)))
    low = plan("a", volume(circle(corner), "GND-500 m AGL"))

    assert not findings(low, site())
    assert findings(low, site(footprint=footprint))[0].horizontal_m == 0
    assert findings(low, site(position=None, footprint=footprint))[0].against is Against.SITE


def test_sites_nobody_has_placed_are_named_once_for_each_district() -> None:
    unplaced = [site(f"s{k}", None, country="JO", district=district) for k, district in enumerate("AAB")]

    first, second = findings(plan("a"), *unplaced)

    assert (first.against, first.other, first.marks) == (Against.UNPLACED, "JO/A", ("site.unplaced",))
    assert first.other_title.startswith("2 ")
    assert [item.id for item in first.inputs] == ["a", "s0", "s1"]
    assert (first.interval, first.place, first.horizontal_m) == (None, None, None)
    assert second.other == "JO/B"


@pytest.mark.parametrize("area_class", AreaClass)
def test_an_area_is_kept_clear_of_unless_it_exempts_the_party(area_class: AreaClass) -> None:
    area = Area(
        id="r1", title="Restricted", area_class=area_class, shape=circle(), exempt=frozenset({PartyId("north")})
    )
    space = Airspace()
    space.put_area(area)

    (finding,) = screen(plan("a"), space, STANDARD, now=NOW, party="south").findings
    assert (finding.against, finding.other, finding.marks) == (Against.AREA, "r1", (f"area.{area_class}",))
    assert screen(plan("a"), space, STANDARD, now=NOW).findings

    assert not screen(plan("a"), space, STANDARD, now=NOW, party="north").findings
    space.drop_area("r1")
    assert not screen(plan("a"), space, STANDARD, now=NOW).findings


def test_an_area_counts_only_in_its_band_and_time() -> None:
    def found(band: str, time: str, east_m: float = 0.0) -> bool:
        space = Airspace()
        space.put_area(
            Area(
                id="r1",
                title="",
                area_class=AreaClass.NO_FLY,
                shape=circle(destination(HERE, 90, east_m)),
                band=parse_band(band),
                interval=when(time),
            )
        )
        return bool(screen(plan("a"), space, STANDARD, now=NOW).findings)

    assert found("GND-FL100", "10:59-12:00", 999.0)  # bands include their bounds, so these touch
    assert not found("GND-FL099", "10:00-11:00")
    assert not found("GND-FL100", "11:00-12:00")
    assert not found("GND-FL100", "10:00-11:00", 1_001.0)


@pytest.mark.parametrize(
    ("own", "other", "found", "marks"),
    [
        ("FL100-FL120", "4262 m AMSL-5000 m AMSL", True, ("altitude.uncertain",)),
        ("FL100-FL120", "4263 m AMSL-5000 m AMSL", False, ()),  # FL 120, 1,000 ft and 300 m of pressure
        ("1000 m AMSL-2000 m AMSL", "2400 m WGS84-2500 m WGS84", True, ("altitude.uncertain",)),
        ("1000 m AMSL-2000 m AMSL", "2412 m WGS84-2500 m WGS84", False, ()),
        ("FL100-FL120", "4300 m WGS84-5000 m WGS84", True, ("altitude.uncertain",)),
        ("100 m AGL-200 m AGL", "700 m AGL-900 m AGL", True, ("altitude.uncertain",)),
        ("100 m AGL-200 m AGL", "805 m AGL-900 m AGL", False, ()),
        ("100 m AGL-200 m AGL", "FL200-FL210", True, ("altitude.incomparable",)),
        ("100 m AGL-200 m AGL", "FL350-FL360", False, ()),
        ("GND-FL100", "FL050-FL070", True, ()),
        ("GND-FL100", "FL109-FL120", True, ()),
        ("GND-FL100", "FL110-FL120", False, ()),
    ],
)
def test_altitudes_of_different_references_keep_the_conversions_doubt(
    own: str, other: str, found: bool, marks: tuple[str, ...]
) -> None:
    for one, two in ((own, other), (other, own)):
        result = findings(plan("a", volume(band=one)), plan("b", volume(band=two)))

        assert bool(result) == found
        assert [finding.marks for finding in result] == [marks] * found
        if marks == ("altitude.incomparable",):
            assert result[0].vertical_m is None


@pytest.mark.parametrize(
    ("kind", "time", "broken"),
    [
        (LinkKind.NOT_BEFORE_END, "08:00-09:50", False),
        (LinkKind.NOT_BEFORE_END, "08:00-09:50:01", True),
        (LinkKind.NOT_BEFORE_END, "12:00-13:00", True),
        (LinkKind.APART_AT_LEAST, "08:00-09:50", False),
        (LinkKind.APART_AT_LEAST, "08:00-09:51", True),
        (LinkKind.APART_AT_LEAST, "11:10-12:00", False),
        (LinkKind.APART_AT_LEAST, "11:09:59-12:00", True),
        (LinkKind.APART_AT_LEAST, "10:30-12:00", True),
    ],
)
def test_a_timing_link_is_checked_from_both_ends(kind: LinkKind, time: str, broken: bool) -> None:
    elsewhere = circle(destination(HERE, 0, 100_000.0))
    tied = plan("operation/north/1@2", links=(link(kind, "operation/south/1", 600),))
    other = plan("operation/south/1@1", volume(elsewhere, time=time))

    for own, held in ((tied, other), (other, tied)):
        result = findings(own, held)

        assert len(result) == broken
        assert all(finding.against is Against.LINK for finding in result)
        assert all(finding.marks == (f"link.{kind}",) and finding.other == held.id for finding in result)


def test_a_link_to_what_is_not_held_says_so() -> None:
    tied = plan("operation/north/1@1", links=(link(LinkKind.NOT_BEFORE_END, "operation/south/1", 0),))
    look_alike = plan("operation/south/10@1", volume(time="08:00-09:00"))

    (finding,) = findings(tied, look_alike)

    assert (finding.against, finding.other, finding.marks) == (Against.LINK, "operation/south/1", ("link.unknown",))


def test_a_route_is_screened_leg_by_leg() -> None:
    """Two routes that cross on the map, half an hour apart, conflict only if flown at the same time."""
    places = [destination(HERE, 90, metres) for metres in (-60_000.0, -30_000.0, 0.0, 30_000.0, 60_000.0)]
    minutes = [f"10:{start:02d}-10:{start + 5:02d}" for start in (0, 5, 10, 15)]
    legs = [
        volume(Corridor(path=(start, end), half_width_m=500.0), time=time)
        for start, end, time in zip(places[:-1], places[1:], minutes, strict=True)
    ]
    crossing = Corridor(path=(destination(HERE, 0, 40_000.0), destination(HERE, 180, 40_000.0)), half_width_m=500.0)

    assert findings(plan("a", *legs), plan("b", volume(crossing, time="10:05-10:06")))
    assert not findings(plan("a", *legs), plan("b", volume(crossing, time="10:00-10:04")))


@given(st.permutations(range(8)), st.permutations(range(8)))
def test_the_order_of_putting_does_not_matter(first: list[int], second: list[int]) -> None:
    held = [
        plan(
            f"p{k}",
            *(volume(circle(destination(HERE, 45 * k, 900.0 * k)), time=f"10:{n}0-11:00") for n in range(k % 3 + 1)),
        )
        for k in range(8)
    ]
    spaces = [airspace(*(held[k] for k in order)) for order in (first, second)]
    spaces[0].drop_plan("p3")
    spaces[0].put_plan(held[3])

    one, other = (screen(plan("own"), space, STANDARD, now=NOW) for space in spaces)

    assert one == other
    assert len(one.findings) == 8


def test_a_screening_can_be_spelt_and_read_back() -> None:
    made = screening(plan("a"), plan("b", volume(circle(SEVEN_KM_EAST))), site(), site("s2", None, district="A"))

    plain = screening_to_plain(made)

    assert screening_to_plain(screening_from_plain(plain)) == plain
    assert len(made.findings) == 3


def test_a_large_circle_reaches_around_the_pole() -> None:
    polar = plan("a", volume(Circle(centre=replace(HERE, lat=88.0, lon=0.0), radius_m=400_000.0)))
    beyond = plan("b", volume(circle(replace(HERE, lat=89.0, lon=180.0))))
    apart = plan("c", volume(circle(replace(HERE, lat=80.0, lon=180.0))))

    assert [finding.other for finding in findings(polar, beyond, apart)] == ["b"]


@pytest.mark.parametrize("metres", [float("nan"), float("inf"), -1.0])
def test_no_number_that_hides_a_conflict_can_enter(metres: float) -> None:
    with pytest.raises(Malformed):
        site(uncertainty_m=metres)
    with pytest.raises(Malformed):
        Minimum(horizontal_m=metres, vertical_m=1.0)
    with pytest.raises(Malformed):
        replace(STANDARD, fl_uncertainty_m=metres)
