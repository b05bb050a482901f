"""One pair explained: the numbers, which gap suffices, and agreement with what screening finds."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from tests.deconfliction.scenes import HERE, NOW, STANDARD, circle, link, plan, site, volume
from tests.deconfliction.test_resolve import scenes

from entente.deconfliction import Airspace, screen
from entente.deconfliction.explain import Explained, explain
from entente.geo.altitude import parse_band
from entente.geo.geodesy import destination
from entente.joint.areas import Area, AreaClass
from entente.joint.plan import LinkKind, Plan
from entente.joint.protected_sites import Site
from entente.joint.screening import Against


def told(own: Plan, other: Plan | Site | Area) -> Explained:
    return explain(own, other, STANDARD, now=NOW)


def apart(found: Explained) -> tuple[bool, bool, bool]:
    return found.apart_across, found.apart_in_height, found.apart_in_time


def test_a_conflict_is_explained_by_its_own_finding() -> None:
    own = plan("a", volume(time="09:00-09:30"), volume())
    other = plan("b", volume(circle(destination(HERE, 90, 7_000.0)), "FL115-FL130", "10:30-12:00"))

    found = told(own, other)

    assert apart(found) == (False, False, False)
    assert (found.nearest,) == found.findings
    assert found.volumes == ((2, 2), (1, 1))


@pytest.mark.parametrize(
    ("band", "time", "east_m", "enough"),
    [
        ("FL100-FL120", "10:00-11:00", 12_000.0, (True, False, False)),
        ("FL130-FL140", "10:00-11:00", 0.0, (False, True, False)),
        ("FL100-FL120", "11:00-12:00", 0.0, (False, False, True)),
        ("FL200-FL220", "12:00-13:00", 50_000.0, (True, True, True)),
    ],
)
def test_what_is_clear_says_in_which_way(band: str, time: str, east_m: float, enough: tuple[bool, ...]) -> None:
    found = told(plan("a"), plan("b", volume(circle(destination(HERE, 90, east_m)), band, time)))

    assert apart(found) == enough and found.findings == ()
    assert found.nearest is not None
    assert found.nearest.horizontal_m == pytest.approx(max(east_m - 1_000, 0.0), abs=0.1)


def test_sites_and_areas_are_explained_and_an_unplaced_site_cannot_be() -> None:
    own = plan("a")
    area = Area(id="x", title="X", area_class=AreaClass.NO_FLY, shape=circle(), band=parse_band("GND-FL090"))

    unplaced = told(own, site(position=None))

    assert apart(told(own, area)) == (False, True, False)
    assert apart(told(own, site())) == (False, False, False)
    assert unplaced.nearest is None and [finding.against for finding in unplaced.findings] == [Against.UNPLACED]


def test_a_broken_timing_link_is_told_beside_the_gaps() -> None:
    own = plan("a", links=(link(LinkKind.NOT_BEFORE_END, "b", 600),))

    found = told(own, plan("b", volume(band="FL200-FL220", time="10:00-10:30")))

    assert apart(found) == (False, True, False)
    assert [finding.against for finding in found.findings] == [Against.LINK]


@given(scenes())
def test_it_is_a_conflict_in_all_three_ways_exactly_where_screening_finds_one(scene: tuple[Plan, Airspace]) -> None:
    own, space = scene
    own = replace(own, links=())
    for other in [*space.plans.values(), *space.sites.values(), *space.areas.values()]:
        if other.id == own.id:
            continue
        found = told(own, other)
        met = [one for one in screen(own, space, STANDARD, now=NOW).findings if one.other == other.id]
        met = [one for one in met if one.against is not Against.LINK]

        assert (found.nearest is not None and not any(apart(found))) == bool(met)
        assert not met or met == [found.nearest]
