"""A real browser at a page: the first view from cold, what it weighs, and a crowded map that is panned.

The crowd is the bench's own, of what the node answers for one operation and one site many times over, and given to the
page in the node's place: what it costs a node to hold so many is measured elsewhere (`bulk`, `places`). Chromium draws
without a graphics card here, which costs the machine, not the page's own thread.
"""

from __future__ import annotations

import json
import random
import shutil
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

from bench.centre import OFFICE, Desk, serving
from bench.table import Row, machine, markdown
from playwright.sync_api import Browser, Page, sync_playwright

from entente.web.sessions import make_link

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "microsoft-edge")
FLAGS = ["--no-sandbox", "--enable-unsafe-swiftshader", "--use-angle=swiftshader", "--disable-background-networking"]
OPERATIONS, SITES = 5_000, 10_000
LONG_MS = 50.0
WATCH = """
window.long = [];
new PerformanceObserver((list) => window.long.push(...list.getEntries().map((one) => one.duration)))
  .observe({type: "longtask"});
"""
SHOWN = "performance.getEntriesByName('entente-map')[0]?.startTime"
"""[ms] From the beginning of the load until the map had drawn what it was given (`views/MapView.svelte`)."""

CAME = """() => {
  const shown = performance.getEntriesByName("entente-map")[0].startTime;
  const came = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  return [shown, came.filter((one) => one.responseEnd <= shown).reduce((sum, one) => sum + one.transferSize, 0)];
}"""


def rows(loads: int, pans: int) -> list[Row]:
    """Measure first views and a crowded map."""
    with serving() as (north, south), _browser() as browser:
        north.propose(0)
        south.leaf("operation/north/flight-0")
        cold = [_cold(browser, south) for _ in range(loads)]
        longest, over, own = _panned(browser, south, pans)
    times, sizes = [time for time, _ in cold], [size for _, size in cold]
    return [
        Row(what="the first view, from cold", goal=2_000.0, measured=statistics.median(times), unit="ms",
            how=f"median of {loads}: an empty cache, from opening the link until the map has drawn its operations"),
        Row(what="what the first view weighs", goal=1_000.0, measured=max(sizes) / 1000, unit="kB",
            how="as it came over the wire until then: page, scripts, map, base map and the first answers; "
            "names of towns and aerodromes (397 kB) come after it where the map is near"),
        Row(what=f"the longest task in a pan, {OPERATIONS:,} operations and {SITES:,} sites", goal=LONG_MS,
            measured=longest, unit="ms", how=f"median of {pans} pans by mouse, a second each; {over} had a task over "
            f"{LONG_MS:.0f} ms, the others count as 0"),
        Row(what="the same in the thread's own time", goal=LONG_MS, measured=own, unit="ms",
            how="what the page itself takes of a processor in its longest task, whatever else the machine does"),
    ]  # fmt: skip


def main(arguments: list[str]) -> None:
    """Measure this alone and print it."""
    where, quick = machine(), "--quick" in arguments
    print(where)
    print(markdown(rows(2 if quick else 7, 4 if quick else 20)))


@contextmanager
def _browser() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    assert found, "a browser is measured: install Chromium"
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


def _open(browser: Browser) -> Page:
    context = browser.new_context(viewport={"width": 1400, "height": 900}, locale="en-GB")
    context.set_default_timeout(120_000)
    return context.new_page()


def _enter(page: Page, desk: Desk) -> None:
    key = desk.member.key(OFFICE).public.fingerprint
    token = make_link(desk.member.node, f"{desk.member.party}/{OFFICE}", key)
    page.goto(f"http://{desk.member.party}.localhost:{desk.port}/#link={token}")
    while page.evaluate(SHOWN) is None:  # the page's policy lets no text be run as a script, so it is asked
        page.wait_for_timeout(20)


def _cold(browser: Browser, desk: Desk) -> tuple[float, int]:
    """Return how long [ms] a first view took, and how many bytes had come by then."""
    page = _open(browser)
    _enter(page, desk)
    took, came = page.evaluate(CAME)
    page.context.close()
    return float(took), int(came)


def _panned(browser: Browser, desk: Desk, pans: int) -> tuple[float, int, float]:
    """Return the median of the longest tasks [ms] of pans, how many had one over `LONG_MS`, and that in own time."""
    crowd = json.dumps(_crowd(desk.client.get("/api/picture").json()))
    page = _open(browser)
    page.add_init_script(WATCH)
    page.route("**/api/picture", lambda route: route.fulfill(body=crowd, content_type="application/json"))
    _enter(page, desk)
    page.wait_for_timeout(5_000)
    box = page.locator(".maplibregl-canvas").bounding_box()
    assert box is not None
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    longest = []
    browser.start_tracing(page=page, categories=["toplevel", "blink.user_timing", "__metadata"])
    for number in range(pans):
        page.evaluate("window.long.length = 0; performance.mark('entente-pan')")
        page.mouse.move(*middle)
        page.mouse.down()
        for step in range(1, 31):
            page.mouse.move(middle[0] + (-1) ** number * 7 * step, middle[1] + 2 * step)
            page.wait_for_timeout(33)
        page.mouse.up()
        page.wait_for_timeout(500)
        longest.append(max(page.evaluate("window.long"), default=0.0))
    own = _own_time(json.loads(browser.stop_tracing())["traceEvents"])
    page.context.close()
    return statistics.median(longest), sum(one > LONG_MS for one in longest), statistics.median(own)


def _own_time(events: list[dict[str, Any]]) -> list[float]:
    """Return, for each pan, the longest task of the page's thread, in that thread's own time [ms]."""
    marks = [one for one in events if one["name"] == "entente-pan" and one["ph"] in "RI"]
    thread = (marks[0]["pid"], marks[0]["tid"])
    tasks = [(one["ts"], one["tdur"]) for one in events if (one["pid"], one["tid"]) == thread and "tdur" in one
             and one["name"].endswith("RunTask")]  # fmt: skip
    begun = [one["ts"] for one in marks] + [float("inf")]
    return [max((took for at, took in tasks if start <= at < end), default=0) / 1000 for start, end in pairwise(begun)]


def _crowd(picture: dict[str, Any]) -> dict[str, Any]:
    """Return a picture with many operations and sites over a region, some hundred kilometres wide."""
    chance, [first] = random.Random(5), picture["operations"]
    [drawn] = first["drawn"]
    x0, y0 = drawn["path"][0]

    def operation(number: int) -> dict[str, Any]:
        x, y = 20 + chance.uniform(0, 12), 30 + chance.uniform(0, 9)
        ring = [[round(x + a - x0, 6), round(y + b - y0, 6)] for a, b in drawn["rings"][0]]
        row = {**first["row"], "subject": f"operation/north/n{number}", "title": f"Flight {number}"}
        return {**first, "row": row, "drawn": [{**drawn, "rings": [ring], "path": [[x, y]]}]}

    def site(number: int) -> dict[str, Any]:
        at = [20 + chance.uniform(0, 12), 30 + chance.uniform(0, 9)]
        kinds = ("medical", "school", "water_and_power", "worship")
        return {
            "list": "sites/north/all", "id": f"s{number}", "name": f"Place {number}", "category": kinds[number % 4],
            "position": at, "uncertainty_m": 100.0, "buffer_m": 1952.0, "above_m": 1500.0, "rings": [],
            "protected": True, "expired": False, "withdrawn": False, "disputed": False, "district": "", "country": "",
            "expires_at": None, "note": "",
        }  # fmt: skip

    # Half of them hold this moment, so that half are drawn strongly and compete for room for their names.
    operations = [operation(n) for n in range(OPERATIONS)]
    always = {"start": "2020-01-01T00:00:00Z", "end": "2040-01-01T00:00:00Z"}
    for one in operations[::2]:
        one["drawn"] = [{**volume, **always} for volume in one["drawn"]]
    return {**picture, "operations": operations, "sites": [site(n) for n in range(SITES)]}
