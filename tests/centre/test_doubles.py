"""Perhaps one place, at real pages: two entries beside each other, found by the keyboard, in three languages."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.centre.browsing import faults
from tests.centre.conftest import Centre, Desk
from tests.centre.test_desk import LIST, import_list, open_desk
from tests.centre.test_readers import speak
from tests.web.test_desk import upload

AGAIN = LIST.replace("Clinic of the hill", "Hill clinic").replace("31.9538", "31.9541")


def seated(centre: Centre, folder: Path) -> Desk:
    """A desk whose register holds one clinic in two lists."""
    north, api = centre.sit("north", "protection"), centre.served["north"].enter("protection")
    import_list(north, folder)
    read = api.post("desk/imports", **upload(AGAIN), list="agency").json()
    api.post("desk/imports/agency/accept", sha256=read["sha256"], rest_new=True)
    return north


def tab_to(desk: Desk, name: str) -> None:
    """Tab on until what begins with `name` has the focus."""
    focused = "document.activeElement?.innerText || document.activeElement?.getAttribute('aria-label') || ''"
    for _ in range(120):
        desk.page.keyboard.press("Tab")
        if str(desk.page.evaluate(focused)).startswith(name):
            return
    pytest.fail(f"Tab does not come to {name!r}")


def test_two_entries_are_seen_beside_each_other_and_reviewed_by_the_keyboard_alone(
    centre: Centre, tmp_path: Path
) -> None:
    north = seated(centre, tmp_path)
    open_desk(north, "Register")
    north.page.get_by_role("button", name="Clinic of the hill").click()
    north.button("See both beside each other").click()
    pair = north.page.locator(".pair-of")
    expect(pair).to_have_count(1)
    expect(pair).to_contain_text("33 m away")
    expect(pair.locator("tr.differs")).to_have_count(2)
    for text in ("Clinic of the hill", "Hill clinic", "31.9538", "31.9541", "health", "agency", "this desk: health"):
        expect(pair).to_contain_text(text)

    north.button("All pairs").click()
    expect(north.page.locator(".pair-of")).to_have_count(3)  # the same school and the same well, too
    tab_to(north, "Reviewed: two places")
    north.page.keyboard.press("Enter")
    expect(north.page.locator(".pair-of.past")).to_contain_text("Reviewed: two places, north/protection")
    tab_to(north, "Reviewed: one place, keep")
    north.page.keyboard.press("Enter")
    expect(north.page.locator(".pair-of")).to_have_count(2)


def test_the_pairs_read_right_in_three_languages_and_on_a_telephone(centre: Centre, tmp_path: Path) -> None:
    north = seated(centre, tmp_path)
    open_desk(north, "Perhaps one place")

    for language in ("en", "ru", "ar"):
        speak(north, language)
        expect(north.page.locator(".pair-of")).to_have_count(3)
        assert faults(north.page) == []
        north.page.set_viewport_size({"width": 360, "height": 760})
        assert north.page.evaluate("document.documentElement.scrollWidth") <= 360
        north.page.set_viewport_size({"width": 1400, "height": 860})
