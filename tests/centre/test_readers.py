"""Whoever reads the page: in three languages, light or dark, at a telephone, by the keyboard, on paper."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from tests.centre.conftest import AXE, Centre, Desk
from tests.centre.test_settling import answer, propose
from tests.web.centres import plan

LANGUAGES = {"en": ("ltr", "What waits"), "ru": ("ltr", "Ожидает"), "ar": ("rtl", "ما ينتظر")}


def speak(desk: Desk, language: str, theme: str = "light") -> None:
    desk.page.evaluate(
        "([language, theme]) => { localStorage.setItem('entente.language', language);"
        " localStorage.setItem('entente.theme', theme) }",
        [language, theme],
    )
    desk.page.reload()
    desk.page.locator("header.bar").wait_for()


def faults(desk: Desk) -> list[str]:
    """Serious faults that axe finds on the page as it stands."""
    desk.page.evaluate(AXE.read_text(encoding="utf-8"))
    found = desk.page.evaluate("async () => (await axe.run()).violations")
    return [
        f"{one['id']}: {one['help']}: {node['html'][:160]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


def test_axe_finds_no_serious_fault_in_any_view_in_any_language_light_or_dark(centre: Centre) -> None:
    north, south = centre.sit("north"), centre.sit("south")
    propose(north)
    south.waits("Water").wait_for()

    for language, theme in (("en", "light"), ("ru", "dark"), ("ar", "light"), ("ar", "dark")):
        speak(south, language, theme)
        direction, words = LANGUAGES[language]
        expect(south.page.locator("#waits-title")).to_contain_text(words)
        assert south.page.locator("html").get_attribute("dir") == direction
        assert faults(south) == []
        south.page.locator("#waits .card").first.click()
        south.page.locator(".detail").wait_for()
        south.page.locator(".legend summary").click()
        assert faults(south) == []
    speak(south, "en")
    answer(south, "No objection")
    south.page.locator("pre.statement").wait_for()
    assert faults(south) == []
    north.button("Plan a flight").click()
    assert faults(north) == []


def test_an_operation_is_answered_by_the_keyboard_alone(centre: Centre) -> None:
    north, south = centre.sit("north"), centre.sit("south")
    propose(north)
    south.waits("Water").wait_for()
    press = south.page.keyboard.press

    def go(name: str) -> None:
        """Tab on until what is named has the focus, then press it."""
        for _ in range(80):
            press("Tab")
            focused = "document.activeElement?.innerText || document.activeElement?.getAttribute('aria-label') || ''"
            if name in str(south.page.evaluate(focused)):
                press("Enter")
                return
        pytest.fail(f"Tab does not come to {name!r}")

    go("Water to the valley")
    south.page.locator(".detail").wait_for()
    go("No objection")
    go("Show what is to be signed")
    south.page.locator("pre.statement").wait_for()
    south.page.get_by_label("Key file").set_input_files(south.served.member.home.key_path("south/air_operations"))
    expect(south.button("Sign and say")).to_be_enabled()
    go("Sign and say")
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
