"""What becomes of a release, at real pages of three parties: begun later, let be passed on, passed on, withdrawn."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from tests.centre.browsing import faults
from tests.centre.conftest import Desk, opened
from tests.centre.test_desk import field, import_list, issue, open_desk, sign_all
from tests.centre.test_readers import speak

from entente.testing.homes import form


def test_a_list_is_let_be_passed_on_passed_on_and_withdrawn(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, form(tmp_path, "north", "south", "east")) as centre:
        north, south, east = (centre.sit(party, "protection") for party in ("north", "south", "east"))
        import_list(north, tmp_path)
        issue(north)
        south.waits("health-south").first.click()
        expect(south.button("Pass on")).to_have_count(0)
        south.button("Acknowledge terms and open").click()
        south.sign()

        # Its originator consents.
        open_desk(north, "Lists")
        north.page.locator(".desk .two .card").first.click()
        north.button("Let it be passed on").click()
        field(north, party="east", until="200600ZDEC26")
        north.button("Show what is to be signed").click()
        north.sign()
        expect(
            south.page.locator(".desk .notice").filter(has_text="south may pass it on to east until")
        ).to_be_visible()

        # It is passed on, and seen before it is signed.
        south.button("Pass on").click()
        field(south, name="hill", precision="2000")
        expect(south.button("Show what is to be signed")).to_be_disabled()
        south.button("See what each would get").click()
        expect(south.page.get_by_text("east would get")).to_be_visible()
        expect(south.page.locator(".desk .beside")).to_contain_text("200600ZDEC26")
        assert faults(south.page) == []
        south.button("Show what is to be signed").click()
        sign_all(south)
        expect(east.waits("hill-east")).to_be_visible()

        # Its originator withdraws it from south; whoever it was passed on to is not north's to tell.
        north.button("Withdraw from south").click()
        expect(north.page.locator("form.release .mark")).to_contain_text("What was sent stays sent")
        north.page.locator("form.release [name=why]").select_option("limits_broken")
        assert faults(north.page) == []
        north.button("Show what is to be signed").click()
        north.sign()
        expect(south.page.locator(".desk .holdings")).to_contain_text("withdrawn")
        expect(south.button("Pass on")).to_have_count(0)
        expect(north.button("Withdraw from south")).to_have_count(0)


def test_a_release_that_begins_later_and_an_emergency_issue_are_previewed_and_signed(
    browser: Browser, tmp_path: Path
) -> None:
    with opened(browser, form(tmp_path, "north", "south")) as centre:
        north, south = centre.sit("north", "protection"), centre.sit("south", "protection")
        import_list(north, tmp_path)
        open_desk(north, "Give out")
        north.page.get_by_label("South (south)").check()
        field(north, precision="1000", start="tomorrow")
        expect(north.button("See what each would get")).to_be_disabled()
        field(north, start="021200ZDEC26")
        north.page.locator(".desk [name=emergency]").check()
        north.page.locator(".desk [name=purpose]").select_option("let_relief_pass")
        north.button("See what each would get").click()
        told = north.page.locator(".desk .beside")
        for text in ("021200ZDEC26", "24 h", "to let relief pass"):
            expect(told).to_contain_text(text)
        expect(north.page.get_by_text("Until then nothing of it is sent")).to_be_visible()
        north.button("Issue to those with a node").click()
        sign_all(north)

        open_desk(south, "Lists")
        south.page.locator(".desk .two .card").first.click()
        expect(south.page.locator(".desk .holdings")).to_contain_text("not begun")
        assert "Clinic of the hill" not in south.page.content()
        open_desk(north, "Lists")
        north.page.locator(".desk .two .card").first.click()
        expect(north.page.locator(".desk .holdings")).to_contain_text("not begun")


def test_a_movement_is_withdrawn_from_one_recipient(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, form(tmp_path, "north", "south")) as centre:
        north, south = centre.sit("north", "protection"), centre.sit("south", "watch")
        notify(north)
        south.waits("notifies").first.click()
        south.button("Acknowledge terms and open").click()
        south.sign()

        north.button("Withdraw from south").click()
        north.button("Show what is to be signed").click()
        north.sign()

        expect(south.page.locator(".desk .holdings")).to_contain_text("withdrawn")


@pytest.mark.parametrize("language", ["ru", "ar"])
def test_the_forms_of_a_release_read_right_in_both_directions(browser: Browser, tmp_path: Path, language: str) -> None:
    with opened(browser, form(tmp_path, "north", "south")) as centre:
        north = centre.sit("north", "protection")
        import_list(north, tmp_path)
        issue(north)
        speak(north, language)
        north.page.locator(".desk > .tabs button").nth(1).click()
        north.page.locator(".desk .two .card").first.click()
        buttons = north.page.locator(".holdings button")
        expect(buttons).to_have_count(2)
        for at in range(2):
            buttons.nth(at).click()
            expect(north.page.locator("form.release")).to_be_visible()
            assert faults(north.page) == []
            north.page.set_viewport_size({"width": 360, "height": 760})
            assert north.page.evaluate("document.documentElement.scrollWidth") <= 360
            north.page.set_viewport_size({"width": 1400, "height": 860})


def notify(desk: Desk) -> None:
    open_desk(desk, "Movements")
    desk.button("Notify a movement").click()
    field(desk, name="relief", title="Water to the valley", contact="channel 4", purpose="Water for 400 families")
    for at, (where, when) in enumerate([("31.95 35.92", "040600ZDEC26"), ("31.97 35.99", "040800ZDEC26")]):
        field(desk, **{f"position-{at}": where, f"at-{at}": when})
    desk.page.get_by_label("South (south)").check()
    desk.button("Show what is to be signed").click()
    sign_all(desk)
