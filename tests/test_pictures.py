"""The pictures of the guides: each is shown by a page, and drawn from the table of views."""

from __future__ import annotations

from pathlib import Path

from tests.centre.views import VIEWS, pictured

HOME = Path(__file__).parents[1]
IMAGES = HOME / "docs" / "images"
PAGES = [*HOME.glob("*.md"), *HOME.glob("docs/**/*.md"), *HOME.glob("exercises/**/*.md")]
MOST = 6_000_000
"""[bytes] What all of them may weigh in the repository."""


def test_every_picture_is_named_by_a_page_and_drawn_from_the_table() -> None:
    text = "".join(page.read_text("utf-8") for page in PAGES)
    unnamed = [path.name for path in IMAGES.rglob("*.*") if path.relative_to(IMAGES).as_posix() not in text]
    kept = {(view.name, language) for view in VIEWS for language in view.kept}

    assert unnamed == []
    assert {pictured(path.stem) for path in (IMAGES / "views").glob("*.webp")} == kept
    assert sum(path.stat().st_size for path in IMAGES.rglob("*.*")) < MOST
