"""Whoever reads the page: in three languages, light or dark, at a telephone, by the keyboard, on paper."""

from __future__ import annotations

from functools import partial

import pytest
from playwright.sync_api import expect
from tests.centre.conftest import Centre, Desk
from tests.centre.test_settling import PLAN, propose
from tests.web.centres import plan

LANGUAGES = ("en", "ru", "ar")
FOCUSED = """(() => {
  const at = document.activeElement;
  return (at?.labels?.[0] ?? at)?.innerText || at?.getAttribute("aria-label") || "";
})()"""
"""What the focused thing is called."""


def speak(desk: Desk, language: str, theme: str = "light") -> None:
    desk.page.evaluate(
        "([language, theme]) => { localStorage.setItem('entente.language', language);"
        " localStorage.setItem('entente.theme', theme) }",
        [language, theme],
    )
    desk.page.reload()
    desk.page.locator("header.bar").wait_for()


def tab_to(desk: Desk, name: str) -> None:
    """Tab on until what is named has the focus."""
    for _ in range(90):
        desk.page.keyboard.press("Tab")
        if name in str(desk.page.evaluate(FOCUSED)):
            return
    pytest.fail(f"Tab does not come to {name!r}")


def test_an_operation_is_planned_and_proposed_by_the_keyboard_alone(centre: Centre) -> None:
    north, south = centre.sit("north"), centre.sit("south")
    go, keys = partial(tab_to, north), north.page.keyboard

    go("Plan a flight")
    keys.press("Enter")
    for label, text in (
        ("Short name", PLAN["name"]), ("Title", PLAN["title"]), ("Centre", PLAN["points"]),
        ("From, UTC", PLAN["start"]), ("To, UTC", PLAN["end"]),
    ):  # fmt: skip
        go(label)
        keys.press("Control+A")
        keys.type(text)
    go("South (south)")
    keys.press("Space")
    expect(north.page.get_by_text("Nothing found in what is held here.")).to_be_visible()
    go("Propose")
    keys.press("Enter")
    north.page.locator("pre.statement").wait_for()
    north.page.get_by_label("Key file").set_input_files(north.served.member.home.key_path("north/air_operations"))
    expect(north.button("Sign and say")).to_be_enabled()
    go("Sign and say")
    keys.press("Enter")
    expect(north.page.get_by_text("Said. Entry")).to_be_visible()
    expect(south.waits(PLAN["title"])).to_be_visible()


def test_an_operation_is_answered_by_the_keyboard_alone(centre: Centre) -> None:
    north, south = centre.sit("north"), centre.sit("south")
    propose(north)
    south.waits("Water").wait_for()
    go, press = partial(tab_to, south), south.page.keyboard.press

    go("Water to the valley")
    press("Enter")
    south.page.locator(".detail").wait_for()
    go("No objection")
    press("Enter")
    go("Show what is to be signed")
    press("Enter")
    south.page.locator("pre.statement").wait_for()
    south.page.get_by_label("Key file").set_input_files(south.served.member.home.key_path("south/air_operations"))
    expect(south.button("Sign and say")).to_be_enabled()
    go("Sign and say")
    press("Enter")
    expect(south.page.get_by_text("Said. Entry")).to_be_visible()
    press("Enter")
    expect(south.page.locator("dialog")).to_be_hidden()


@pytest.mark.parametrize("width", [360, 820])
def test_nothing_runs_out_of_a_narrow_page(centre: Centre, width: int) -> None:
    north = centre.sit("north")
    north.page.set_viewport_size({"width": width, "height": 760})
    for language in LANGUAGES:
        speak(north, language)
        assert north.page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_printed_page_is_a_minute(centre: Centre) -> None:
    north = centre.sit("north")
    propose(north)
    north.page.emulate_media(media="print")

    minute = north.page.locator(".minute")
    expect(minute).to_be_visible()
    expect(minute).to_contain_text("Water to the valley")
    expect(minute).to_contain_text("No finding is not a legal judgement. Not listed is not unprotected.")
    expect(north.page.locator("main")).to_be_hidden()
    expect(north.page.locator(".banner")).to_contain_text("EXERCISE")


def test_the_page_loads_nothing_from_anywhere_else(centre: Centre) -> None:
    asked: list[str] = []
    north = centre.sit("north")
    north.page.on("request", lambda request: asked.append(request.url))
    north.page.reload()
    north.page.locator(".maplibregl-canvas").wait_for()

    own = f"http://{north.served.host}/"
    assert asked and [url for url in asked if not url.startswith((own, "data:", "blob:"))] == []


def test_what_waits_and_what_was_found_follow_the_readers_language_at_once(centre: Centre) -> None:
    north, south = centre.sit("north"), centre.sit("south")
    propose(north)
    desk = south.served.enter("air_operations")
    desk.say("propose", name="survey", plan=plan("Survey", lon=35.93, lat=31.95), to=["north"])
    line = south.waits("Water").locator("b").first
    expect(line).to_have_text("north proposes Water to the valley, version 1")
    south.waits("Water").click()
    found = south.page.locator(".detail .findings li span").first
    expect(found).to_contain_text("NM")

    for language, waits, miles in (
        ("ar", "يقترح \u2068Water to the valley\u2069", "ميل بحري"),
        ("ru", "предлагает Water to the valley", "мор. миль"),
        ("en", "proposes Water to the valley", "NM"),
    ):
        south.page.locator("header.bar select").first.evaluate(
            "(select, code) => { select.value = code; select.dispatchEvent(new Event('change', { bubbles: true })) }",
            language,
        )
        expect(line).to_contain_text(waits)
        expect(found).to_contain_text(miles)
        assert south.page.locator("html").get_attribute("lang") == language
