"""Officers at real pages: Chromium without a window, at the centres of two parties' nodes, served over loopback."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright
from tests.centre.browsing import FLAGS, chromium
from tests.web.centres import Served, centres

from entente.testing.homes import HomeMember, form

PATIENCE_MS = 30_000
"""How long a page may take on a busy machine, before a test calls it broken."""


@dataclass
class Desk:
    """An officer at a page."""

    served: Served
    office: str
    context: BrowserContext
    page: Page
    trouble: list[str]
    """What the browser complained of: scripts that failed, and whatever the policy refused."""

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def sign(self) -> None:
        """Sign what is shown with the office's key, and put it away once it is said."""
        key = self.served.member.home.key_path(f"{self.served.member.party}/{self.office}")
        self.page.get_by_label("Key file").set_input_files(key)
        self.button("Sign and say").click()
        expect(self.page.get_by_text("Said. Entr")).to_be_visible()
        self.page.locator("dialog").get_by_role("button", name="Close").last.click()

    def fill(self, **fields: str) -> None:
        """Type into the planning form, by the fields' names."""
        for name, value in fields.items():
            self.page.locator(f"form.plan [name={name}]").fill(value)

    def waits(self, text: str) -> Locator:
        return self.page.locator("#waits .card").filter(has_text=text)

    def standing(self, text: str) -> Locator:
        return self.page.locator(".detail .badges .badge").filter(has_text=text)


@dataclass
class Centre:
    """The served centres, and a browser to sit down with."""

    served: dict[str, Served]
    browser: Browser
    desks: list[Desk]

    def sit(self, party: str, office: str = "air_operations", *, cut: bool = False, **options: object) -> Desk:
        """Open a page by a fresh link. `cut` lets it hear no news."""
        where = self.served[party]
        context = self.browser.new_context(viewport={"width": 1400, "height": 860}, locale="en-GB", **options)  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        trouble: list[str] = []
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("console", lambda said: trouble.append(said.text) if "Content Security Policy" in said.text else None)
        if cut:
            page.route("**/api/events", lambda route: route.abort())
        page.goto(f"http://{where.host}/#link={where.link(office)}")
        page.locator("header.bar").wait_for()
        desk = Desk(where, office, context, page, trouble)
        self.desks.append(desk)
        return desk


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Open until the module ends: Playwright keeps a loop running in this thread, where other tests run their own."""
    found = chromium()
    if found is None and os.environ.get("HYPOTHESIS_PROFILE") != "ci":
        pytest.skip("no Chromium here: install one, or name it in ENTENTE_CHROMIUM")
    assert found, "continuous integration installs Chromium (.ci/run)"
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def centre(browser: Browser, tmp_path: Path) -> Iterator[Centre]:
    with opened(browser, form(tmp_path, "north", "south")) as found:
        yield found


@contextmanager
def opened(
    browser: Browser, members: Mapping[str, HomeMember], maps: Mapping[str, Path] | None = None
) -> Iterator[Centre]:
    """Serve members' centres for whoever sits down, and see that no page complained."""
    with centres(members, maps) as served:
        found = Centre(served, browser, [])
        yield found
        for desk in found.desks:
            desk.context.close()
    for member in members.values():
        member.node.close()
    assert [line for desk in found.desks for line in desk.trouble] == []
