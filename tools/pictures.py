"""Draw the picture of the front page anew: the exercise amman, as its map shows it.

    python tools/pictures.py CHROMIUM         # writes docs/images/amman-map.png

The browser is Chromium or one of its kin, run without a window; it fetches nothing. The pages of the centre and of a
hosted exercise are drawn by views.py.
"""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from entente.exercise import find
from entente.exercise.network import Network
from entente.exercise.performance import perform

IMAGES = Path(__file__).parents[1] / "docs" / "images"
MOMENT = "t=2026-12-01T09:39:20Z&tab=Operations&legend=closed"


def main() -> None:
    """Play amman, and draw its map."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        out = Path("out/amman")
        if perform(find("amman"), out, wire=Network(), console=Console(file=io.StringIO())):
            sys.exit("the exercise did not go as written; no picture was drawn")
        _photograph(sys.argv[1], (out / "map.html").resolve())


def _photograph(browser: str, page: Path) -> None:
    with tempfile.TemporaryDirectory() as profile:
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
        flags += [
            "--hide-scrollbars",
            "--window-size=1400,860",
            "--virtual-time-budget=4000",
            f"--user-data-dir={profile}",
        ]
        picture = f"--screenshot={IMAGES / 'amman-map.png'}"
        subprocess.run([browser, *flags, picture, f"{page.as_uri()}#{MOMENT}"], check=True, capture_output=True)


if __name__ == "__main__":
    main()
