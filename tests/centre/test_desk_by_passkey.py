"""An officer with a passkey and no key file keeps the whole desk: one touch for each confirmation, whatever it says."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, expect
from tests.centre.conftest import Desk
from tests.centre.test_desk import field, import_list, issue, open_desk
from tests.centre.test_passkeys import admitted, device, enrol, make, touch
from tests.exchange.conftest import until
from tests.web.centres import AGREEMENT

from entente.node import packages, papers


def seat(desk: Desk, folder: Path) -> list[object]:
    """Give an officer a passkey, enrolled, and return its touches from here on."""
    touches = device(desk)
    file, fingerprint = make(desk, folder)
    desk.page.locator("dialog").get_by_role("button", name="Close").click()
    enrol(desk, file, fingerprint)
    touches.clear()
    return touches


def recipient(desk: Desk, name: str) -> None:
    open_desk(desk, "Recipients")
    desk.button("Add a recipient").click()
    field(desk, name=name, precision="1000", lists="health")
    desk.button("Show what is to be signed").click()
    touch(desk)


def test_from_a_list_to_three_recipients_to_packages_to_read_back_by_passkey_alone(
    browser: Browser, tmp_path: Path
) -> None:
    with admitted(browser, tmp_path, "north", "south", "east", "west") as centre:
        north, south = centre.sit("north", "protection"), centre.sit("south", "senior")
        touches = seat(north, tmp_path)
        import_list(north, tmp_path)

        # Three parties with a node: terms and a notice for each, all on the page, by one touch.
        open_desk(north, "Give out")
        for party in ("South (south)", "East (east)", "West (west)"):
            north.page.get_by_label(party).check()
        field(north, precision="1000", consent="letter 9")
        north.button("See what each would get").click()
        north.button("Issue to those with a node").click()
        expect(north.page.locator("pre.statement")).to_have_count(6)
        touch(north)
        assert len(touches) == 1
        acts = centre.served["north"].member.node.book(AGREEMENT).fold("all").folded()
        said = [one for one in acts if one.verb in ("release.terms", "sites.notify") and not one.code]
        assert [one.act.statement.signer.suite for one in said if one.act.statement.signer] == ["W1"] * 6

        # Two without: their settings, and then a package for each by one touch.
        for name in ("air-desk", "road-desk"):
            recipient(north, name)
        assert len(touches) == 3
        open_desk(north, "Give out")
        for name in ("(air-desk)", "(road-desk)"):
            north.page.get_by_label(name).check()
        north.button("See what each would get").click()
        north.button("Release packages").click()
        expect(north.page.locator("pre.statement")).to_have_count(2)
        touch(north)
        assert len(touches) == 4
        node = centre.served["north"].member.node
        sent = packages.sent(node)
        assert [one.manifest.recipient for one in sent] == ["air-desk", "road-desk"]
        assert all(papers.verified(one.text, one.signed, packages.KIND) for one in sent)
        assert {one.signed.key["suite"] for one in sent} == {"W1"}

        # The other side opens, acknowledges and reads back, each by a touch.
        theirs = seat(south, tmp_path)
        south.waits("health-south").first.click()
        south.button("Acknowledge terms and open").click()
        touch(south)
        south.button("Acknowledge").click()
        touch(south)
        south.button("Read back").click()
        south.page.locator(".desk form input").first.fill("31.95 35.93")
        south.button("Compare").click()
        expect(south.page.locator(".desk form p[role=status]").first).to_be_visible()
        south.button("Show what is to be signed").click()
        touch(south)
        assert len(theirs) == 3
        fold = node.book(AGREEMENT).fold("all")
        until(lambda: any(one.verb == "ladder.read_back" and not one.code for one in fold.folded()))
        heard = [one.act.statement for one in fold.folded() if one.act.party == "south" and not one.code]
        suites = {one.verb: one.signer.suite for one in heard if one.signer is not None}
        assert [suites[verb] for verb in ("release.acknowledge", "sites.acknowledge", "ladder.read_back")] == ["W1"] * 3


def test_a_list_leaves_as_a_file_by_a_passkey_and_a_key_file_at_two_pages(browser: Browser, tmp_path: Path) -> None:
    with admitted(browser, tmp_path, "north", "south") as centre:
        senior, second = centre.sit("north", "senior"), centre.sit("north", "protection")
        touches = seat(senior, tmp_path)
        import_list(second, tmp_path)
        issue(second)

        for desk in (senior, second):
            open_desk(desk, "Lists")
            desk.page.locator(".desk .two .card").first.click()
        senior.button("Order an export …").click()
        field(senior, reason="for the hospital's own staff")
        senior.button("Show what is to be signed").click()
        expect(senior.page.locator("pre.statement")).to_contain_text("reason: for the hospital's own staff")
        senior.button("Sign with the passkey and say").click()
        expect(senior.page.get_by_text("It stands once the second officer has signed it too.")).to_be_visible()
        senior.page.locator("dialog").get_by_role("button", name="Close").last.click()
        expect(senior.page.get_by_text("A second officer has to sign it too")).to_be_visible()
        assert len(touches) == 1

        second.button("Read it and sign as the second officer").click()
        second.sign()
        with second.page.expect_download() as coming:
            second.page.get_by_role("link", name="Save the file").click()
        assert coming.value.suggested_filename == "north-health-south.csv"
        coming.value.save_as(tmp_path / "left.csv")
        assert "Clinic of the hill" in (tmp_path / "left.csv").read_text("utf-8")
        expect(senior.page.get_by_role("link", name="Save the file")).to_be_visible()
