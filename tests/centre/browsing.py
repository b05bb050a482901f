"""Chromium without a window, for tests and for whoever draws pictures: where it is, how it starts, what axe says."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from playwright.sync_api import Page

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "microsoft-edge")
FLAGS = ["--no-sandbox", "--enable-unsafe-swiftshader", "--use-angle=swiftshader", "--disable-background-networking"]
AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
BY_COLOUR = ["color-contrast", "link-in-text-block"]
"""The rules that a theme can break; every other has been asked already in the first."""


def chromium() -> str | None:
    """Return the browser to start: what ENTENTE_CHROMIUM names, else whichever is installed."""
    return os.environ.get("ENTENTE_CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM)), None)


def faults(page: Page, rules: list[str] | None = None) -> list[str]:
    """Serious faults that axe finds on a page as it stands: by all its rules, or by some."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    asked = {"runOnly": {"type": "rule", "values": rules}} if rules else {}
    found = page.evaluate(
        "async (asked) => (await axe.run(asked)).violations", {**asked, "resultTypes": ["violations"]}
    )
    return [
        f"{one['id']}: {one['help']}: {node['html'][:160]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]
