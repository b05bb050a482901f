"""Draw the pictures of a hosted exercise anew: the director's page and the debrief of amman, in the middle of it.

    python tools/host_pictures.py CHROMIUM        # writes docs/images/host-director.png and host-debrief.png

Every node runs in this one process, and four seats are taken; the browser fetches nothing from elsewhere.
"""

from __future__ import annotations

import io
import sys
import tempfile
from functools import partial
from pathlib import Path

from playwright.sync_api import sync_playwright
from rich.console import Console

from entente.exercise import find, observing, reading
from entente.exercise.hosted.casting import Casting
from entente.exercise.hosted.course import State
from entente.exercise.hosted.running import Running
from entente.exercise.hosted.serving import House, Place, served
from entente.exercise.wires import InProcess
from entente.testing.processes import free_port

IMAGES = Path(__file__).parents[1] / "docs" / "images"
TAKEN = ("north/watch", "south/air_operations", "south/watch", "coordinator/protection")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--hide-scrollbars"]


def main() -> None:
    """Play amman to its end, stopping for the first picture where somebody is waited for."""
    exercise = reading.read(find("amman"))
    casting = Casting.of(f"{party.id}/{office}" for party in exercise.frame.party for office in party.offices)
    with tempfile.TemporaryDirectory() as folder:
        running = Running(exercise, Path(folder), casting, InProcess, Console(file=io.StringIO()))
        place = Place(host="127.0.0.1", port=free_port())
        running.start()
        house = House(running=running, casting=casting, place=place, desk=lambda seat: "/", centres=list)
        with served(house) as url, sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=sys.argv[1], args=FLAGS)
            page = browser.new_page(viewport={"width": 1400, "height": 900})
            page.goto(f"{url}/director#director={casting.link()}")
            page.locator(".bar").wait_for()
            for seat in TAKEN:
                casting.take(casting.codes[seat], "here")
            running.paused = False
            _play(running, 24)
            page.goto(f"{url}/director")
            page.screenshot(path=IMAGES / "host-director.png")
            for seat in TAKEN:
                casting.free(seat)
            for turn in running.stood.course.turns:
                if turn.state in (State.EXPECTED, State.WAITS):
                    running.play(turn.number)
            _play(running, len(exercise.steps))
            page.goto(f"{url}/debrief")
            decision = page.locator("article.blind", has_text="activates lift-2").first
            decision.scroll_into_view_if_needed()
            page.set_viewport_size({"width": 900, "height": 640})
            decision.evaluate("(one) => window.scrollTo(0, one.offsetTop - 40)")
            page.screenshot(path=IMAGES / "host-debrief.png")
            browser.close()
        running.close()


def _play(running: Running, last: int) -> None:
    """Play until a step has come."""
    for turn in running.stood.course.turns[:last]:
        running.stood.time.move_to(turn.due)
        for _ in range(3):
            running.tick()
            running.stood.wire.until(partial(observing.converged, running.stood.seats))


if __name__ == "__main__":
    main()
