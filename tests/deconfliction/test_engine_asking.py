"""Short questions agree with whole screenings."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from tests.deconfliction.scenes import HERE, NOW, STANDARD, airspace, circle, plan, site, volume

from entente.deconfliction import Airspace, screen
from entente.deconfliction.asking import any_conflict, pairs_of_plans, plans_close_to_area
from entente.deconfliction.index import Index
from entente.geo.geodesy import destination
from entente.ids import PartyId
from entente.joint.areas import Area, AreaClass
from entente.joint.plan import Crew, Plan
from entente.joint.screening import Against


def flights(seed: int, count: int) -> list[Plan]:
    """Plans of two crews, some of them too close to others."""
    chance = random.Random(seed)

    def somewhere() -> object:
        place = destination(HERE, chance.uniform(0, 360), chance.uniform(0, 60_000))
        hour = chance.randrange(8, 20)
        return volume(circle(place, chance.uniform(200, 5_000)), time=f"{hour:02d}:{chance.randrange(60):02d}-20:30")

    return [
        plan(f"p{k}", *(somewhere() for _ in range(chance.randrange(1, 4))), crew=chance.choice(list(Crew)))  # type: ignore[arg-type]
        for k in range(count)
    ]


@pytest.mark.parametrize("compiled", [True, False])
def test_short_questions_say_what_screenings_say(compiled: bool) -> None:
    held = flights(1, 25)
    space = Airspace()
    space.plan_rows, space.area_rows = Index(compiled=compiled), Index(compiled=compiled)
    for one in held:
        space.put_plan(one)
    fence = Area(id="r", title="", area_class=AreaClass.NO_FLY, shape=circle(HERE, 15_000.0))
    space.put_area(fence)

    screenings = {one.id: screen(one, space, STANDARD, now=NOW).findings for one in held}

    found = {
        tuple(sorted((name, finding.other)))
        for name, findings in screenings.items()
        for finding in findings
        if finding.against is Against.OPERATION
    }
    near = sorted(name for name, findings in screenings.items() if any(f.against is Against.AREA for f in findings))
    assert set(pairs_of_plans(space, STANDARD)) == found
    assert 10 < len(found) < 300
    assert plans_close_to_area("r", space, STANDARD) == near
    assert 0 < len(near) < 25
    for one in held:
        assert any_conflict(one, space, STANDARD, now=NOW) == bool(screenings[one.id])
    odd = {pair for pair in found if int(pair[0][1:]) % 2 != int(pair[1][1:]) % 2}
    assert set(pairs_of_plans(space, STANDARD, side_of=lambda name: int(name[1:]) % 2)) == odd


def test_a_question_about_a_plan_heeds_sites_areas_and_what_is_left_out() -> None:
    own = plan("a", volume(band="GND-500 m AGL"))
    other = plan("b", volume(band="GND-500 m AGL"))
    fence = Area(id="r", title="", area_class=AreaClass.NO_FLY, shape=circle(), exempt=frozenset({PartyId("north")}))

    assert not any_conflict(own, Airspace(), STANDARD, now=NOW)
    assert not any_conflict(own, airspace(own), STANDARD, now=NOW)
    assert any_conflict(own, airspace(other), STANDARD, now=NOW)
    assert not any_conflict(own, airspace(other), STANDARD, now=NOW, ignore=("b",))
    assert any_conflict(own, airspace(site()), STANDARD, now=NOW)
    fenced = airspace()
    fenced.put_area(fence)
    assert any_conflict(own, fenced, STANDARD, now=NOW)
    assert not any_conflict(own, fenced, STANDARD, now=NOW, party="north")
    assert plans_close_to_area("unknown", fenced, STANDARD) == []


def test_counts_of_crews_links_and_names_follow_what_is_held() -> None:
    space = airspace(plan("x@1"), plan("x@2", crew=Crew.UNCREWED), plan("y"))

    space.put_plan(replace(plan("x@1"), crew=Crew.UNCREWED))
    space.drop_plan("y")
    space.drop_plan("y")

    assert {crew: count for crew, count in space.crews.items() if count} == {Crew.UNCREWED: 2}
    assert sorted(held.id for held in space.plans_of("x")) == ["x@1", "x@2"]
    assert [held.id for held in space.plans_of("x@2")] == ["x@2"]
    assert space.plans_of("y") == []
