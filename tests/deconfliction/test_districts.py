"""Known and not placed: found for every plan that may come into the district, and for few others (JOINT-172)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from entente.deconfliction.airspace import Airspace
from entente.deconfliction.districts import LEAST_PLACED, Extent, Part, Ways, parts_of
from entente.deconfliction.screening import screen
from entente.geo.altitude import parse_band
from entente.geo.geodesy import destination, direction, distance_m
from entente.geo.interval import Interval
from entente.geo.position import Position
from entente.geo.volume import Circle, Corridor, Volume
from entente.joint.plan import Crew, Kind, Plan
from entente.joint.protected_sites import Category, Site
from entente.joint.screening import Against
from entente.joint.standard import Minimum, Standard

NOW = datetime(2026, 12, 1, tzinfo=UTC)
STANDARD = Standard(name="s", pairs={}, site_default=Minimum(horizontal_m=5_000.0, vertical_m=300.0))
WHEN = Interval.parse("2026-12-01T10:00:00Z/2026-12-01T11:00:00Z")
CENTRES = st.builds(Position, lat=st.floats(-85, 85), lon=st.floats(-180, 180))


def site(name: str, where: Position | None, district: str = "Gao") -> Site:
    return Site(
        id=name, name=name, category=Category.MEDICAL, position=where, uncertainty_m=500.0, country="Mali",
        district=district,
    )  # fmt: skip


def flight(*path: Position, width: float = 1_000.0) -> Plan:
    shape = Circle(centre=path[0], radius_m=width) if len(path) == 1 else Corridor(path=path, half_width_m=width)
    volume = Volume(shape=shape, band=parse_band("GND-1000 ft AGL"), interval=WHEN)
    return Plan(id="p", title="p", kind=Kind.GENERAL, crew=Crew.CREWED, volumes=(volume,))


def unplaced(plan: Plan, *sites: Site) -> list[str]:
    airspace = Airspace()
    for one in sites:
        airspace.put_site(one)
    found = screen(plan, airspace, STANDARD, now=NOW).findings
    return [finding.other_title for finding in found if finding.against is Against.UNPLACED]


def around(centre: Position, reach_m: float, count: int = LEAST_PLACED, district: str = "Gao") -> list[Site]:
    """Sites on a circle of `reach_m` [m]."""
    return [site(f"{district}-{k}", destination(centre, 360 * k / count, reach_m), district) for k in range(count)]


def each_part(plan: Plan) -> list[Part]:
    return [part for volume in plan.volumes for part in parts_of(volume.shape) if part is not None]


@settings(max_examples=60)
@given(CENTRES, st.floats(1_000, 300_000), st.floats(0, 360), st.floats(0, 2.0))
def test_whatever_lies_within_twice_the_district_is_found(
    centre: Position, reach: float, azimuth: float, share: float
) -> None:
    """No conflict is missed: an unplaced site anywhere there is found by a plan over it."""
    over = flight(destination(centre, azimuth, share * reach))

    assert unplaced(over, site("lost", None), *around(centre, reach))


@settings(max_examples=60)
@given(CENTRES, st.floats(1_000, 300_000), st.floats(0, 360))
def test_what_lies_far_from_the_district_is_not_found(centre: Position, reach: float, azimuth: float) -> None:
    far = destination(centre, azimuth, 2.1 * reach + 80_000)

    assert not unplaced(flight(far), site("lost", None), *around(centre, reach))


def test_a_route_that_passes_through_between_its_waypoints_is_found() -> None:
    centre = Position(lat=16.0, lon=0.0)
    a, b = destination(centre, 270, 900_000), destination(centre, 90, 900_000)
    assert min(distance_m(centre, a), distance_m(centre, b)) > 800_000

    assert unplaced(flight(a, b), site("lost", None), *around(centre, 20_000))


@settings(max_examples=60)
@given(CENTRES, st.floats(1_000, 200_000), st.floats(0, 360), st.floats(0, 2.0), st.floats(1_000, 1_500_000))
def test_a_leg_that_passes_over_the_district_is_found_wherever_it_begins(
    centre: Position, reach: float, azimuth: float, share: float, long: float
) -> None:
    over = destination(centre, azimuth, share * reach)
    a, b = destination(over, azimuth + 90, long), destination(over, azimuth - 90, long)

    assert unplaced(flight(a, over, b), site("lost", None), *around(centre, reach))


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.floats(0, 360), st.floats(0, 1_500_000), st.floats(1_000, 400_000)), max_size=12),
    CENTRES,
    st.lists(st.tuples(st.floats(0, 360), st.floats(1_000, 900_000)), max_size=3),
    st.floats(0, 50_000),
)
def test_districts_asked_about_together_are_told_as_each_alone(
    discs: list[tuple[float, float, float]], start: Position, legs: list[tuple[float, float]], need: float
) -> None:
    """The short way among hundreds drops none that the long way for one of them finds."""
    districts = [
        Extent(middle=direction(destination(start, azimuth, away)), radius_m=radius) for azimuth, away, radius in discs
    ]
    path = [start]
    for azimuth, long in legs:
        path.append(destination(path[-1], azimuth, long))
    plan = flight(*path)
    ways = Ways(plan)

    together = ways.may_meet(districts, need)

    assert together == [any(part.may_meet(one, need) for part in each_part(plan)) for one in districts]


def test_a_long_way_that_passes_by_is_not_found() -> None:
    centre = Position(lat=16.0, lon=0.0)
    a, b = destination(centre, 315, 900_000), destination(centre, 45, 900_000)

    assert not unplaced(flight(a, b), site("lost", None), *around(centre, 50_000))


def test_where_few_are_placed_or_the_district_has_no_name_it_may_be_anywhere() -> None:
    """JOINT-172: doubt is resolved towards protection, and said."""
    centre, far = Position(lat=16.0, lon=0.0), flight(Position(lat=-30.0, lon=120.0))

    few = unplaced(far, site("lost", None), *around(centre, 20_000, LEAST_PLACED - 1))
    nameless = unplaced(far, replace(site("lost", None, ""), country=""), *around(centre, 20_000))

    assert few == ["1 protected site without a position in Mali/Gao, wherever that lies"]
    assert len(nameless) == 1
    assert not unplaced(far, site("lost", None), *around(centre, 20_000))


def test_a_district_that_few_sites_show_lies_in_its_country() -> None:
    """JOINT-172."""
    centre, far = Position(lat=16.0, lon=0.0), Position(lat=16.0, lon=8.0)
    elsewhere = around(centre, 20_000, district="Mopti")

    assert unplaced(flight(centre), site("lost", None), *elsewhere) == [
        "1 protected site without a position in Mali/Gao"
    ]
    assert not unplaced(flight(far), site("lost", None), *elsewhere)


def test_sites_that_go_show_no_district_any_more() -> None:
    centre, far = Position(lat=16.0, lon=0.0), flight(Position(lat=-30.0, lon=120.0))
    airspace = Airspace()
    for one in (site("lost", None), *around(centre, 20_000)):
        airspace.put_site(one)
    assert not screen(far, airspace, STANDARD, now=NOW).findings

    airspace.drop_site("Gao-0")

    assert [f.against for f in screen(far, airspace, STANDARD, now=NOW).findings] == [Against.UNPLACED]
