"""Draw the picture of the browser's centre anew: South's page after the exercise amman, with a flight to answer.

    python tools/centre_picture.py CHROMIUM        # writes docs/images/centre.png

The exercise is played to its end and stays up; North proposes by hand what South's page then shows.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from entente.testing.processes import free_port

IMAGE = Path(__file__).parents[1] / "docs" / "images" / "centre.png"
SIZE = {"width": 1400, "height": 860}
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--hide-scrollbars",
    "--use-gl=angle",
    "--use-angle=swiftshader",
]
PLAN = {
    "name": "supply-9", "title": "Supply to the hospital", "points": "36.98 35.28\n35.33 40.18", "reach": "2",
    "start": "2026-12-01T14:00", "end": "2026-12-01T15:00",
}  # fmt: skip


def main() -> None:
    """Play, propose, and take the picture."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        command = [sys.executable, "-m", "entente.cli.main", "exercise", "live", "amman"]
        live = subprocess.Popen([*command, "--out", folder, "--port", str(port)], stdout=subprocess.PIPE, text=True)
        try:
            assert live.stdout is not None
            for line in live.stdout:
                if "stay up" in line:
                    break
            browser = playwright.chromium.launch(executable_path=sys.argv[1], args=FLAGS)
            lobby = browser.new_context(viewport=SIZE, device_scale_factor=1, locale="en-GB").new_page()
            lobby.goto(f"http://127.0.0.1:{port}/")
            north, south = (sit(lobby, party) for party in ("North", "South"))
            propose(north)
            line = south.locator("#waits .card").filter(has_text=PLAN["title"]).first
            line.click(timeout=30_000)
            south.locator(".detail .badge").first.wait_for()
            south.wait_for_timeout(4_000)  # the map's tiles
            south.screenshot(path=str(IMAGE))
        finally:
            live.terminate()
            with suppress(subprocess.TimeoutExpired):
                live.wait(20)


def sit(lobby: Page, party: str) -> Page:
    """Take the seat for air operations in a tab of its own."""
    section = lobby.locator("section", has=lobby.locator("h2", has_text=party))
    with lobby.context.expect_page() as opened:
        section.get_by_text("air operations").click()
    page = opened.value
    page.set_viewport_size(SIZE)
    page.get_by_role("button", name="Plan a flight").wait_for(timeout=60_000)
    return page


def propose(page: Page) -> None:
    """Type the plan, release it to South, and sign it with the exercise's key, which the page has already."""
    page.get_by_role("button", name="Plan a flight").click()
    page.locator("form.plan [name=shape]").select_option("corridor")
    for name, text in PLAN.items():
        page.locator(f"form.plan [name={name}]").fill(text)
    page.get_by_label("South (south)").check()
    page.get_by_role("button", name="Propose").click()
    page.get_by_role("button", name="Sign and say").click(timeout=60_000)
    page.locator("dialog").get_by_role("button", name="Close").last.click(timeout=60_000)


if __name__ == "__main__":
    main()
