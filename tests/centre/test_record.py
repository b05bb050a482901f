"""The record at a page: an entry's story, verified by the page itself, and handed to a stranger as one file."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

from playwright.sync_api import expect
from tests.centre.conftest import Centre, Desk
from tests.centre.test_settling import answer, propose
from tests.web.centres import AGREEMENT

from entente.node import disclose
from entente.verify import disclosure
from entente.verify.report import Sort

STEPS = 9


def story(desk: Desk, words: str) -> None:
    """Open the operation's record, and in it the entry that says so."""
    desk.button("Its record").click()
    desk.page.locator("dialog.record .card").filter(has_text=words).click()
    expect(desk.page.locator("dialog.record .story")).to_be_visible()


def test_an_entrys_story_is_told_verified_in_the_page_and_disclosed(centre: Centre, tmp_path: Path) -> None:
    north, south = centre.sit("north", "senior"), centre.sit("south")
    propose(north)
    answer(south, "No objection")
    south.sign()
    story(south, "operation notified")
    dialog = south.page.locator("dialog.record")
    # South was not shown North's text: it reads the statement anew, and is told that this is not what was signed.
    expect(dialog.get_by_text("to read, not what was signed")).to_be_visible()

    south.button("Verify").click()
    expect(dialog.get_by_text("What is shown here verifies.")).to_be_visible()
    expect(dialog.locator(".steps li")).to_have_count(STEPS)
    expect(dialog.locator(".steps li.no")).to_have_count(0)
    expect(dialog.locator(".steps li.yes").filter(has_text="officer's key signed it")).to_be_visible()

    story(north, "operation notified")
    own = north.page.locator("dialog.record")
    expect(own.locator("pre.statement").first).to_contain_text("Notify a")
    expect(own.locator(".story li.done").filter(has_text="Mirrored by")).to_contain_text("south")
    own.get_by_label("plan").check()
    with north.page.expect_download() as coming:
        north.button("Make the file").click()
    file = tmp_path / "one.disclosure"
    coming.value.save_as(file)
    known = centre.served["north"].member.node.book(AGREEMENT).first.digest
    report = disclosure.check(file.read_bytes(), known).report
    assert report.codes(Sort.FLAW) == [] and {"act.signed", "part.opened"} <= set(report.codes(Sort.PROVED))


def test_bytes_that_were_changed_on_the_way_do_not_verify(centre: Centre) -> None:
    north = centre.sit("north", "senior")
    propose(north)
    story(north, "operation notified")

    node = north.served.member.node
    book = node.book(AGREEMENT)
    file = json.loads(disclose.prove(node, book, book.origin, book.size(book.origin) - 1))
    entries = [entry for feed in file["feeds"] for entry in feed["entries"]]
    entry = next(one for one in entries if any(part["name"] == "shown" for part in one["parts"]))
    act = base64.b64decode(entry["parts"][0]["data"]).replace(b"operation/north/water", b"operation/north/fuels")
    entry["parts"][0]["data"] = base64.b64encode(act).decode()
    bent = {"agreement": book.first.digest, "file": base64.b64encode(json.dumps(file).encode()).decode()}

    north.page.route(re.compile(r"/proof\?"), lambda route: route.fulfill(json=bent))
    north.button("Verify").click()
    expect(north.page.get_by_text("This does not verify.")).to_be_visible()
    expect(north.page.locator(".steps li.no")).to_contain_text("The statement is the one that the entry binds")


def test_older_entries_are_listed_to_the_beginning_of_every_feed(centre: Centre) -> None:
    north = centre.sit("north", "senior")
    propose(north)
    # Pages of four, so that a short record has many.
    north.page.route(
        re.compile(r"/api/record/.*last=30"), lambda route: route.continue_(url=route.request.url.replace("=30", "=4"))
    )
    north.button("Its record").click()
    north.page.locator("dialog.record").get_by_role("button", name="Show everything").click()
    cards, older = north.page.locator("dialog.record .card"), north.button("Older entries")
    expect(older).to_be_enabled()

    pages = 1
    while older.count():
        before = cards.all_inner_texts()
        older.click()
        expect(cards).not_to_have_count(len(before))
        expect(north.page.locator("dialog.record [disabled]")).to_have_count(0)
        assert cards.all_inner_texts()[: len(before)] == before, "what was listed stays where it is"
        pages += 1

    assert pages > 3
    places = [re.search(r"(north|south) (\d+) ·", text) for text in cards.all_inner_texts()]
    for party in ("north", "south"):
        seqs = [int(found[2]) for found in places if found and found[1] == party]
        assert seqs == list(range(seqs[0], -1, -1))
