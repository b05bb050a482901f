"""Two officers of two parties settle an operation at their own pages, and what may not happen does not."""

from __future__ import annotations

import json

from playwright.sync_api import expect
from tests.centre.conftest import Centre, Desk
from tests.web.centres import AGREEMENT

PLAN = {
    "name": "water", "title": "Water to the valley", "points": "31.95 35.93", "reach": "2",
    "start": "2026-12-01T10:00", "end": "2026-12-01T11:00",
}  # fmt: skip


def propose(desk: Desk, **changes: str) -> None:
    desk.button("Plan a flight").click()
    desk.fill(**{**PLAN, **changes})
    desk.page.get_by_label("South (south)").check()
    expect(desk.page.get_by_text("Nothing found in what is held here.")).to_be_visible()
    desk.button("Propose").click()
    desk.sign()


def answer(desk: Desk, words: str) -> None:
    desk.waits("Water").click()
    desk.button(words).click()
    desk.button("Show what is to be signed").click()


def test_an_operation_goes_from_the_form_to_no_objection_and_a_change_voids_it(centre: Centre) -> None:
    north, south = centre.sit("north"), centre.sit("south")
    assert "#" not in north.page.url  # the link's token has left the address

    propose(north)
    answer(south, "No objection")  # it came to the other page by itself
    shown = south.page.locator("pre.statement").inner_text()
    south.sign()

    expect(north.standing("no objection")).to_be_visible()
    assert "Answer to version" in shown and "No finding is not a legal judgement." in shown

    north.button("Change").click()
    north.fill(start="2026-12-01T12:00", end="2026-12-01T13:00")
    north.button("Show what is to be signed").click()
    expect(north.page.locator("dialog .differences")).to_contain_text("12")
    north.sign()

    expect(south.standing("noticed")).to_be_visible()
    expect(south.standing("version 2")).to_be_visible()
    expect(south.page.locator(".detail .differences")).to_be_visible()
    answer(south, "Objection")
    south.sign()
    expect(north.standing("objected")).to_be_visible()
    assert centre.served["north"].member.node.book(AGREEMENT).fold("all").rows()["operation/north/water"]["version"]


def test_news_leaves_alone_what_somebody_is_writing(centre: Centre) -> None:
    """It once closed the form at each entry that came, and the note was gone."""
    north, south = centre.sit("north"), centre.sit("south")
    propose(north)
    south.waits("Water").click()
    south.button("Objection").click()
    south.page.locator("form.asking textarea").fill("Too low over the clinic")
    propose(north, name="second", title="Second", start="2026-12-01T14:00", end="2026-12-01T15:00")
    south.waits("Second").wait_for()

    expect(south.page.locator("form.asking textarea")).to_have_value("Too low over the clinic")
    south.waits("Second").click()
    expect(south.page.locator("form.asking")).to_have_count(0)  # the note was not about this one


def test_a_page_that_shows_an_older_version_cannot_sign(centre: Centre) -> None:
    north, south, deaf = centre.sit("north"), centre.sit("south"), centre.sit("south", cut=True)
    propose(north)
    south.waits("Water").wait_for()
    deaf.page.reload()
    for desk in (south, deaf):
        answer(desk, "No objection")

    north.button("Change").click()
    north.fill(title="Water to the hill")
    north.button("Show what is to be signed").click()
    north.sign()

    # One page heard of it, and says so before anybody signs; the other did not, and its node refuses.
    expect(south.page.get_by_text("The picture has changed since this page was shown")).to_be_visible()
    expect(south.button("Sign and say")).to_be_disabled()
    key = deaf.served.member.home.key_path("south/air_operations")
    deaf.page.get_by_label("Key file").set_input_files(key)
    deaf.button("Sign and say").click()
    expect(deaf.page.get_by_text("The picture has changed since this page was shown")).to_be_visible()
    rows = centre.served["south"].member.node.book(AGREEMENT).fold("all").rows()
    assert rows["operation/north/water"]["standing"] == "noticed"

    deaf.button("Look again").click()
    expect(deaf.standing("version 2")).to_be_visible()


def test_another_officers_key_signs_nothing(centre: Centre) -> None:
    north = centre.sit("north")
    north.button("Plan a flight").click()
    north.fill(**PLAN)
    north.button("Propose").click()
    north.page.get_by_label("Key file").set_input_files(north.served.member.home.key_path("north/senior"))

    expect(north.page.get_by_text("This key belongs to north/senior")).to_be_visible()
    expect(north.button("Sign and say")).to_be_disabled()


def test_a_viewer_without_the_office_sees_no_button_and_is_refused(centre: Centre) -> None:
    north, viewer = centre.sit("north"), centre.sit("south", "observer")
    propose(north)
    viewer.page.locator(".right .card").filter(has_text="Water to the valley").click()
    expect(viewer.standing("noticed")).to_be_visible()

    for name in ("No objection", "Objection", "Plan a flight", "STOP", "Attach dissent"):
        expect(viewer.button(name)).to_have_count(0)
    leaf = viewer.page.evaluate("async () => (await (await fetch('/api/picture')).json()).operations[0].row.leaf")
    water = "operation/north/water"
    asked = {"say": "decide", "agreement": AGREEMENT, "subject": water, "leaf": leaf, "answer": "no_objection"}
    status = viewer.page.evaluate(
        "async (body) => (await fetch('/api/drafts', {method: 'POST', body, headers: "
        "{'content-type': 'application/json', 'x-entente': '1'}})).status",
        json.dumps(asked),
    )
    assert status == 403


def test_a_stop_is_heard_at_the_other_page_and_acknowledged(centre: Centre) -> None:
    north, south = centre.sit("north"), centre.sit("south", "watch")
    propose(north)
    south.page.locator(".right .card").filter(has_text="Water to the valley").wait_for()
    south.button("STOP").click()
    south.page.locator("select[name=operation]").select_option("operation/north/water")
    south.button("Show what is to be signed").click()
    south.sign()

    expect(north.page.locator("#waits .badge.alarm").first).to_be_visible()
    north.waits("civilians present").first.click()
    north.button("Acknowledge STOP").click()
    north.sign()
    expect(north.page.locator("#waits .badge.alarm")).to_have_count(0)


SWALLOWS = """
window.streams = [];
window.EventSource = class extends EventSource {
  constructor(...given) { super(...given); window.streams.push(this); }
};
"""
"""Keeps hold of the page's streams, so that one can end without a word, as where a network swallows what is sent."""


def test_a_lost_node_is_shown_and_the_page_heals(centre: Centre) -> None:
    north = centre.sit("north")
    north.context.add_init_script(SWALLOWS)
    north.page.reload()
    expect(north.page.locator(".links")).to_contain_text("live")

    north.page.route("**/api/events", lambda route: route.abort())
    north.page.evaluate("streams.forEach((stream) => stream.close())")
    expect(north.page.locator(".lostbar")).to_be_visible()

    north.page.unroute("**/api/events")
    expect(north.page.locator(".lostbar")).to_have_count(0)
    expect(north.page.locator(".links")).to_contain_text("live")


def test_a_link_opens_once(centre: Centre) -> None:
    where = centre.served["north"]
    token = where.link("watch")
    for text in ("north/watch", "This page opens with a one-time link"):
        context = centre.browser.new_context()
        page = context.new_page()
        page.goto(f"http://{where.host}/#link={token}")
        expect(page.get_by_text(text).first).to_be_visible()
        assert token not in page.url
        context.close()
