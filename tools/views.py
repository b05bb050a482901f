"""Draw the pictures of every view of the centre and of a hosted exercise anew, in English, Russian and Arabic.

    python -m tools.views [--only NAME …] [--language en …] [--kept] [--out FOLDER]

One exercise is raised in this process, with the same names and exercise time each time, and every view in
tests/centre/views.py is come to as an officer would. What the guides show is written into docs/images/views, all of it
into the folder: look at each of them, and mend the page. ENTENTE_CHROMIUM names the browser; it fetches nothing.
"""

from __future__ import annotations

import argparse
import base64
import tempfile
from pathlib import Path

from playwright.sync_api import Error, sync_playwright
from tests.centre.browsing import FLAGS, chromium
from tests.centre.views import ALL, VIEWS, Gallery, Looking, View
from tests.centre.world import raised

IMAGES = Path(__file__).parents[1] / "docs" / "images" / "views"
QUALITY = 78
"""Of WebP: text stays sharp, and a page with its map is some 70 kB."""


def main() -> None:
    """Come to every view, and take its picture."""
    asked = _asked()
    out: Path = asked.out
    for folder in (out, IMAGES):
        folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as homes, sync_playwright() as driver, raised(Path(homes)) as world:
        browser = driver.chromium.launch(executable_path=chromium(), args=[*FLAGS, "--hide-scrollbars"])
        gallery = Gallery(browser, world)
        for view in VIEWS:
            wanted = not asked.only or view.name in asked.only
            for language in (one for one in asked.language if wanted and (one in view.kept or not asked.kept)):
                try:
                    with gallery.open(view, language) as looking:
                        _take(view, looking, out)
                except Error:
                    gallery.last.screenshot(path=out / "failed.png")
                    raise
        gallery.close()
        browser.close()


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", nargs="*", choices=[view.name for view in VIEWS], help="these views alone")
    parser.add_argument("--language", nargs="*", choices=ALL, default=list(ALL))
    parser.add_argument("--kept", action="store_true", help="what the guides show alone: a third of all")
    parser.add_argument("--out", type=Path, default=Path("out/views"))
    return parser.parse_args()


def _take(view: View, looking: Looking, out: Path) -> None:
    """Write a view's picture, as large as its page is shown."""
    page = looking.page
    page.mouse.move(1, 1)
    page.wait_for_timeout(400)  # what fades has faded; a picture proves nothing
    session = page.context.new_cdp_session(page)
    taken = session.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
    session.detach()
    name = view.name if looking.language == "en" else f"{view.name}.{looking.language}"
    data = base64.b64decode(taken["data"])
    for folder in (out, *([IMAGES] if looking.language in view.kept else [])):
        (folder / f"{name}.webp").write_bytes(data)
    print(f"{name}: {len(data) // 1000} kB", flush=True)


if __name__ == "__main__":
    main()
