"""Draw the pictures of the front page anew: the exercise amman in a terminal and, given a browser, its map.

    python tools/pictures.py [chromium]       # writes docs/images/amman-terminal.svg and amman-map.png

The browser is Chromium or one of its kin, run without a window; it fetches nothing.
"""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

from entente.exercise import find
from entente.exercise.network import Network
from entente.exercise.performance import perform

IMAGES = Path(__file__).parents[1] / "docs" / "images"
MOMENT = "t=2026-12-01T09:39:20Z&tab=Operations&legend=closed"
SHOWN = (("EXERCISE", 5), ("010615Z", 20), ("010938Z", 5), ("011140Z", 44))
"""Lines to show: each stretch begins with the first line that holds the word, and is so many lines long."""
WIDTH = 118


def main() -> None:
    """Play amman, and draw what was seen."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        out = Path("out/amman")
        console = Console(record=True, width=WIDTH, force_terminal=True)
        if perform(find("amman"), out, wire=Network(), console=console):
            sys.exit("the exercise did not go as written; no picture was drawn")
        (IMAGES / "amman-terminal.svg").write_text(_excerpt(console.export_text(styles=True)), "utf-8")
        if sys.argv[1:]:
            _photograph(sys.argv[1], (out / "map.html").resolve())


def _excerpt(told: str) -> str:
    """Return the stretches in `SHOWN` as a picture of a terminal."""
    lines = told.splitlines()
    drawn = Console(record=True, width=WIDTH, file=io.StringIO())
    at = 0
    for word, count in SHOWN:
        start = next(i for i in range(at, len(lines)) if word in lines[i])
        if start > at:
            drawn.print(Text("…", style="dim"))
        for line in lines[start : start + count]:
            drawn.print(Text.from_ansi(line))
        at = start + count
    return drawn.export_svg(title="entente exercise run amman --out out/amman")


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
