"""An officer makes a passkey at his page, the root enrols it elsewhere; from then on it signs what the page shows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from tests.centre.conftest import Centre, Desk
from tests.centre.test_settling import PLAN, answer
from tests.cli.desks import Desks
from tests.web.centres import AGREEMENT, centres

from entente.cli import roster
from entente.node.verify import verify_record
from entente.testing.homes import form
from entente.web.sessions import make_link

DEVICE = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


@pytest.fixture
def admitting(browser: Browser, tmp_path: Path) -> Iterator[Centre]:
    """Two centres under an agreement that admits passkeys."""
    with admitted(browser, tmp_path, "north", "south") as found:
        yield found


@contextmanager
def admitted(browser: Browser, tmp_path: Path, *parties: str) -> Iterator[Centre]:
    """Serve parties' centres under an agreement that admits passkeys; every record is verified in the end."""
    members = form(tmp_path, *parties, passkeys=True)
    for member in members.values():
        roster.write(member.home.path, [roster.Listed(label=label) for label in ("senior", "protection")])
    with centres(members) as served:
        found = Centre(served, browser, [])
        yield found
        for desk in found.desks:
            desk.context.close()
    flaws = [flaw for m in members.values() for report in verify_record(m.node) for flaw in report.flaws]
    for member in members.values():
        member.node.close()
    assert [line for desk in found.desks for line in desk.trouble] == [] and flaws == []


def device(desk: Desk, **changes: object) -> list[object]:
    """Give a page a device that verifies its person; return the list of its touches, as they come."""
    tools = desk.context.new_cdp_session(desk.page)
    touches: list[object] = []
    tools.on("WebAuthn.credentialAsserted", lambda touched: touches.append(touched))
    tools.send("WebAuthn.enable")
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": {**DEVICE, **changes}})
    return touches


def make(desk: Desk, folder: Path) -> tuple[Path, str]:
    """Make a passkey; return the file that is to be carried, and the fingerprint that the page shows."""
    desk.page.locator(".settings summary").click()
    desk.button("A passkey for this seat …").click()
    desk.button("Make a passkey").click()
    with desk.page.expect_download() as coming:
        desk.page.get_by_role("link", name="Save").click()
    file = folder / coming.value.suggested_filename
    coming.value.save_as(file)
    return file, desk.page.locator(".print code").inner_text().replace(" ", "")


def enrol(desk: Desk, file: Path, fingerprint: str) -> None:
    """Enrol it where the root key is, and sit down again by a new link."""
    home, party = desk.served.member.home.path, desk.served.member.party
    said = Desks(file.parent).run(
        f"staff enrol {desk.office} --replace --passkey {file.name} --office {desk.office}", home=str(home)
    )
    assert said.code == 0, said.err
    assert fingerprint in said.out and f"{party}.localhost" in said.out
    link = make_link(desk.served.member.node, f"{party}/{desk.office}", fingerprint)
    desk.page.goto("about:blank")
    desk.page.goto(f"http://{desk.served.host}/#link={link}")
    desk.page.locator("header.bar").wait_for()


def touch(desk: Desk) -> None:
    expect(desk.page.get_by_label("Key file")).to_have_count(0)
    desk.button("Sign with the passkey and say").click()
    expect(desk.page.get_by_text("Said. Entr")).to_be_visible()
    desk.page.locator("dialog").get_by_role("button", name="Close").last.click()


def test_an_operation_and_its_answer_are_signed_with_passkeys_and_a_key_file_still_signs(
    admitting: Centre, tmp_path: Path
) -> None:
    north, south = admitting.sit("north", "senior"), admitting.sit("south", "senior")
    for desk in (north, south):
        device(desk)
        file, fingerprint = make(desk, tmp_path)
        desk.page.locator("dialog").get_by_role("button", name="Close").click()
        enrol(desk, file, fingerprint)

    north.button("Plan a flight").click()
    north.fill(**PLAN)
    north.page.get_by_label("South (south)").check()
    north.button("Propose").click()
    touch(north)
    answer(south, "No objection")
    touch(south)
    expect(north.standing("no objection")).to_be_visible()
    acts = admitting.served["north"].member.node.book(AGREEMENT).fold("all").folded()
    suites = {e.verb: e.act.statement.signer.suite for e in acts if e.act.statement.signer and not e.code}
    assert suites["operation.propose"] == suites["decision.give"] == "W1" and suites["staff.enrol"] == "E1"

    watch = admitting.sit("south", "watch")
    watch.button("STOP").click()
    watch.page.locator("select[name=operation]").select_option("operation/north/water")
    watch.button("Show what is to be signed").click()
    watch.sign()
    expect(north.page.locator("#waits .badge.alarm").first).to_be_visible()


def test_a_device_that_verifies_nobody_signs_nothing(admitting: Centre, tmp_path: Path) -> None:
    north = admitting.sit("north", "senior")
    device(north, isUserVerified=False)
    north.page.locator(".settings summary").click()
    north.button("A passkey for this seat …").click()
    north.button("Make a passkey").click()
    expect(north.page.locator("dialog [role=alert]")).to_contain_text("The device did not sign")


def test_where_the_agreement_admits_none_the_page_says_so_and_the_root_enrols_none(
    centre: Centre, tmp_path: Path
) -> None:
    north = centre.sit("north", "senior")
    device(north)
    file, _ = make(north, tmp_path)
    expect(north.page.get_by_text("admits no passkeys")).to_be_visible()
    home = north.served.member.home.path
    roster.write(home, [roster.Listed(label="senior")])

    said = Desks(tmp_path).run(f"staff enrol senior --replace --passkey {file.name} --office senior", home=str(home))
    assert said.code != 0 and "admits no passkeys" in said.err
    assert roster.read(home) == [roster.Listed(label="senior")]
