"""What an officer does with the map and the timeline: draws, looks back, looks along a route, chooses, plays."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Request, Route, expect
from tests.centre.browsing import AXE
from tests.centre.conftest import Centre, Desk, opened
from tests.exchange.conftest import until
from tests.web import pmtiles
from tests.web.centres import plan

from entente.geo.position import Position
from entente.joint.protected_sites import Category, Site
from entente.joint.staff import Office
from entente.node import command
from entente.node.clock import ExerciseClock
from entente.testing.coalition import START
from entente.testing.homes import form

AREA = {
    "id": "r1", "title": "The dam", "area_class": "restricted", "circle": "32.00 36.50", "radius_m": 9000,
    "lower": "GND", "upper": "6000 ft AMSL",
}  # fmt: skip
ROUTE = {"type": "corridor", "path": [[36.0, 32.0], [36.4, 32.0], [37.0, 32.0]], "half_width_m": 1852.0}
NEAR = 0.02
"""[degrees] Between what the cursor says and what is drawn there: a pixel or two, and rounding."""


def volume(shape: dict[str, Any], altitude: str, start: str, end: str) -> dict[str, Any]:
    return {"shape": shape, "altitude": altitude, "start": f"2026-12-01T{start}:00Z", "end": f"2026-12-01T{end}:00Z"}


@pytest.fixture(scope="module")
def desk(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """North's page. Two operations cross, one is tied to the other and was changed; one of south's is not released."""
    folder = tmp_path_factory.mktemp("mapping")
    members = form(folder, "north", "south", area=[AREA])
    with opened(browser, members, {"north": pmtiles.write(folder / "own.pmtiles")}) as centre:
        north, south = (centre.served[party].enter("air_operations") for party in ("north", "south"))
        late = [volume(ROUTE, "FL100-FL120", "10:00", "11:00")]
        south.say("propose", name="lift", plan=plan("Lift", volumes=late), to=["north"])
        south.say("propose", name="hidden", plan=plan("MARKHIDDEN", volumes=late), to=[])
        lifted = "operation/south/lift"
        tied = [{"kind": "not_before_end", "other": lifted, "seconds": 600}]
        low = [volume(ROUTE, "GND-5000 ft AMSL", "10:30", "11:30")]
        north.say("propose", name="water", plan=plan("Water", volumes=low, links=tied), to=["south"])
        site = Site(id="well", name="The well", category=Category.WATER_AND_POWER, uncertainty_m=300.0,
                    position=Position(lat=32.0, lon=36.2), expires_at=START + timedelta(days=30))  # fmt: skip
        notice = command.notify_sites(north.get("session")["agreements"][0]["id"], "all", "south", "wells", 1, [site],
                                      "To keep away", to=["north"])  # fmt: skip
        members["south"].say(notice, Office.PROTECTION)
        until(lambda: bool(members["north"].node.watch.sites) and len(north.get("picture")["operations"]) == 3)
        for member in members.values():  # half an hour goes by
            ExerciseClock(member.home.path / "clock.json").set(START + timedelta(minutes=30) - datetime.now(UTC))
        leaf = north.get("operations/north/water")["versions"][0]["leaf"]
        again = plan("Water again", volumes=low, links=tied)
        north.say("change", subject="operation/north/water", leaf=leaf, plan=again, to=["south"])
        until(lambda: bool(north.get("findings")["findings"]))
        yield sat(centre)


def sat(centre: Centre) -> Desk:
    found = centre.sit("north")
    found.page.on(
        "console", lambda said: found.trouble.append(said.text) if "could not be loaded" in said.text else None
    )
    found.page.locator(".maplibregl-canvas").wait_for()
    expect(found.page.locator(".under")).to_contain_text(pmtiles.NAME)  # the node's own map is drawn
    return found


@pytest.fixture(autouse=True)
def fresh(desk: Desk) -> Iterator[None]:
    yield
    for button in (".right > .close", ".clock button[aria-pressed=false]:nth-child(2)"):
        if desk.page.locator(button).count():
            desk.page.locator(button).click()


def at(desk: Desk, x: float, y: float) -> tuple[float, float]:
    """Move the mouse to a place of the map, in parts of its size; return the position that the page says is there."""
    box = desk.page.locator(".maplibregl-canvas").bounding_box()
    assert box is not None
    desk.page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=6)
    lat, lon = desk.page.locator(".cursor").inner_text().split(" · ")[0].split()
    return float(lat), float(lon)


def click(desk: Desk, x: float, y: float) -> tuple[float, float]:
    place = at(desk, x, y)
    desk.page.mouse.down()
    desk.page.mouse.up()
    desk.page.wait_for_timeout(350)  # or two clicks are one double click
    return place


def points(desk: Desk) -> list[tuple[float, float]]:
    lines = desk.page.locator("[name=points]").input_value().split("\n")
    return [(float(lat), float(lon)) for lat, lon in (line.split() for line in lines if line)]


def near(found: list[tuple[float, float]], wanted: list[tuple[float, float]]) -> bool:
    pairs = zip(found, wanted, strict=True) if len(found) == len(wanted) else [((0.0, 0.0), (9.0, 9.0))]
    return all(abs(a - c) < NEAR and abs(b - d) < NEAR for (a, b), (c, d) in pairs)


def plan_a_flight(desk: Desk, shape: str) -> None:
    desk.button("Plan a flight").click()
    desk.fill(name="drawn", title="Drawn", altitude="FL050-FL060")
    desk.page.locator("[name=shape]").select_option(shape)


def test_what_is_drawn_stands_in_the_form_and_is_screened_and_undone(desk: Desk) -> None:
    plan_a_flight(desk, "corridor")
    with desk.page.expect_request(re.compile(r"/assets/drawing-")) as asked:
        desk.button("Draw on the map").click()
    asked.value.response()
    desk.page.wait_for_timeout(300)
    drawn = [click(desk, x, y) for x, y in ((0.3, 0.3), (0.45, 0.6), (0.6, 0.4))]
    desk.page.mouse.down()  # on the last point again: it ends
    desk.page.mouse.up()
    expect(desk.page.locator("form.plan")).to_contain_text("Held against")
    assert near(points(desk), drawn)

    # A handle is dragged, and then put back.
    at(desk, 0.45, 0.6)
    desk.page.mouse.down()
    moved = at(desk, 0.5, 0.7)
    desk.page.mouse.up()
    expect(desk.button("Undo the last stroke")).to_be_visible()
    until(lambda: near(points(desk), [drawn[0], moved, drawn[2]]))
    desk.button("Undo the last stroke").click()
    assert near(points(desk), drawn)
    desk.page.locator(".map").click(position={"x": 300, "y": 40})
    desk.page.keyboard.press("Control+z")
    assert points(desk) == []


def test_what_is_typed_is_drawn_with_handles(desk: Desk) -> None:
    plan_a_flight(desk, "polygon")
    corners = [at(desk, x, y) for x, y in ((0.3, 0.3), (0.3, 0.7), (0.6, 0.7), (0.6, 0.3))]
    desk.fill(points="\n".join(f"{lat} {lon}" for lat, lon in corners))
    desk.button("Draw on the map").click()
    desk.page.wait_for_timeout(600)

    at(desk, 0.3, 0.3)
    desk.page.mouse.down()
    moved = at(desk, 0.2, 0.2)
    desk.page.mouse.up()
    until(lambda: near(points(desk), [moved, *corners[1:]]))


def test_a_circle_is_drawn_by_its_centre_and_how_far_it_reaches(desk: Desk) -> None:
    plan_a_flight(desk, "circle")
    desk.button("Draw on the map").click()
    desk.page.wait_for_timeout(600)
    centre, edge = click(desk, 0.4, 0.5), click(desk, 0.4, 0.3)
    until(lambda: near(points(desk), [centre]))
    reach = float(desk.page.locator("[name=reach]").input_value())
    assert abs(reach - 60 * abs(edge[0] - centre[0])) < 60 * NEAR  # a minute of latitude is a nautical mile

    desk.fill(reach="40")
    desk.page.wait_for_timeout(300)
    assert near(points(desk), [centre])  # what is typed moves the drawing, and the drawing nothing else


def test_symbols_come_when_they_are_asked_for_and_the_legend_explains_them(desk: Desk) -> None:
    asked: list[str] = []
    desk.page.on("request", lambda request: asked.append(request.url))
    desk.page.locator(".legend summary").click()
    assert desk.page.locator(".legend img").count() == 0
    desk.page.get_by_label("APP-6 symbols").check()
    expect(desk.page.locator(".legend img.symbol")).to_have_count(3)  # ours, south's, and the site's kind
    assert all(desk.page.locator(".legend img").evaluate_all("(all) => all.map((one) => one.naturalWidth > 20)"))
    assert [url for url in asked if "/assets/symbols-" in url]
    expect(desk.page.locator(".legend")).to_contain_text("Nobody here is hostile")
    desk.page.get_by_label("APP-6 symbols").uncheck()
    desk.page.locator(".legend summary").click()


def bar(desk: Desk, text: str) -> Any:
    return desk.page.locator(f'.row .bar[aria-label^="{text}"]')


def test_heights_along_the_route_keep_unlike_references_apart(desk: Desk) -> None:
    bar(desk, "Water again").click()
    profile = desk.page.locator(".profile")
    expect(profile.locator(".reference")).to_have_count(3)
    told = profile.locator(".reference").all_inner_texts()
    assert [line.split(":")[0] for line in told] == ["Above mean sea level", "Flight levels", "Above the ground"]
    assert "told from something else" not in told[0] and "told from something else" in told[1]
    expect(profile).to_contain_text("Unlike references")
    profile.locator(".crossing summary").click()
    rows = [line.split("\t") for line in profile.locator("tbody tr").all_inner_texts()]
    assert {row[0].split("(")[0].strip(): row[1].strip() for row in rows} == {
        "south: Lift": "FL100-FL120", "The dam": "GND-6000 ft AMSL", "The well": "GND-4,921 ft AGL",
    }  # fmt: skip
    assert next(row[2] for row in rows if "The dam" in row[0]).strip() == "20 NM – 31 NM"
    assert profile.locator("svg[role=img]").first.get_attribute("aria-label") == (
        "Above mean sea level. Water again: 3 others cross its way, 2 findings."
    )
    assert "MARKHIDDEN" not in desk.page.content()

    profile.get_by_role("button", name="by time").click()
    expect(profile.locator("tbody tr").filter(has_text="Lift")).to_contain_text("1030Z – 1100Z")
    profile.locator(".crossing summary").click()


def test_the_profile_and_the_timeline_have_no_serious_fault(desk: Desk) -> None:
    bar(desk, "Water again").click()
    desk.page.evaluate(AXE.read_text(encoding="utf-8"))
    found = desk.page.evaluate("async () => (await axe.run('.middle')).violations")
    assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")] == []


def test_a_past_moment_shows_what_had_been_said_by_then(desk: Desk) -> None:
    expect(bar(desk, "Water again")).to_have_count(1)
    slide(desk, START + timedelta(minutes=15))
    expect(bar(desk, "Water,")).to_have_count(1)
    expect(bar(desk, "Water again")).to_have_count(0)
    expect(desk.page.locator(".clock")).to_contain_text("what had been said by then")
    slide(desk, START - timedelta(minutes=15))
    expect(desk.page.locator(".row .bar")).to_have_count(0)
    desk.button("Now").click()
    expect(bar(desk, "Water again")).to_have_count(1)


def test_a_moment_chosen_while_another_answer_is_on_its_way_is_shown(desk: Desk) -> None:
    """What is asked ahead, for playing on, must not keep a moment from being asked that somebody slid to meanwhile."""
    asked_ahead: list[Route] = []

    def hold(route: Route) -> None:
        if asked_ahead or "T06%3A15" in route.request.url:
            route.continue_()
        else:
            asked_ahead.append(route)

    desk.page.route(re.compile(r"/api/picture\?at="), hold)
    slide(desk, START + timedelta(minutes=15))
    expect(bar(desk, "Water,")).to_have_count(1)
    while not asked_ahead:
        desk.page.wait_for_timeout(20)
    slide(desk, START - timedelta(minutes=15))
    asked_ahead[0].continue_()
    expect(desk.page.locator(".row .bar")).to_have_count(0)
    desk.page.unroute(re.compile(r"/api/picture\?at="))
    desk.button("Now").click()
    expect(bar(desk, "Water again")).to_have_count(1)


def slide(desk: Desk, to: datetime) -> None:
    desk.page.locator(".scale input[type=range]").evaluate(
        "(slider, to) => { slider.value = to; slider.dispatchEvent(new Event('input', {bubbles: true})) }",
        str(round(to.timestamp() * 1000)),
    )


def test_playing_asks_once_for_each_time_somebody_spoke(desk: Desk) -> None:
    slide(desk, START + timedelta(minutes=2))
    expect(bar(desk, "Water,")).to_have_count(1)
    asked: list[str] = []

    def count(request: Request) -> None:
        if "/api/picture?at=" in request.url:
            asked.append(request.url)

    desk.page.on("request", count)
    desk.page.get_by_role("button", name="Play").click()
    expect(bar(desk, "Water again")).to_have_count(1)  # half an hour passes in six seconds
    desk.page.get_by_role("button", name="Pause").click()
    desk.page.remove_listener("request", count)
    assert len(asked) <= 3


def test_links_findings_and_now_stand_on_the_timeline_and_both_choose_together(desk: Desk) -> None:
    expect(desk.page.locator(".ties g.broken")).to_have_count(1)  # it is to wait for ten minutes after the other's end
    expect(desk.page.locator(".lanes > .now")).to_have_count(1)
    expect(desk.page.locator(".row").filter(has_text="Water again").locator(".bang").first).to_be_visible()

    desk.page.locator(".right .card").filter(has_text="Lift").first.click()
    expect(bar(desk, "Lift")).to_have_attribute("aria-pressed", "true")
    bar(desk, "Lift").focus()
    for _ in range(2):  # past south's other one, which was not released
        desk.page.keyboard.press("ArrowUp")
        desk.page.wait_for_timeout(200)
    expect(bar(desk, "Water again")).to_be_focused()
    expect(desk.page.locator(".detail h2")).to_contain_text("Water again")


def test_five_thousand_operations_make_no_more_elements_than_are_in_sight(desk: Desk) -> None:
    picture = desk.page.evaluate("async () => await (await fetch('/api/picture')).json()")
    [first] = [one for one in picture["operations"] if one["row"]["subject"] == "operation/north/water"]
    picture["operations"] = [
        {
            **first,
            "links": [],
            "drawn": [],
            "row": {**first["row"], "subject": f"operation/north/n{i}", "title": f"Flight {i}"},
        }
        for i in range(5000)
    ]
    desk.page.route("**/api/picture", lambda route: route.fulfill(json=picture))
    desk.page.reload()
    expect(desk.page.locator(".lane .count")).to_have_text("5000")
    assert 1 <= desk.page.locator(".row .bar").count() < 80
    desk.page.locator(".scale").evaluate("(box) => (box.scrollTop = box.scrollHeight)")
    expect(bar(desk, "Flight 4999")).to_be_visible()
    assert desk.page.locator(".row .bar").count() < 80
    desk.page.unroute("**/api/picture")
    desk.page.reload()
    expect(bar(desk, "Water again")).to_have_count(1)
