"""Every view in every language and both themes: it shows what it says, axe finds nothing serious, nothing runs out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.centre.browsing import BY_COLOUR, faults
from tests.centre.views import ALL, SEEN, TELEPHONE, VIEWS, Gallery, View
from tests.centre.world import Stage, raised

from entente.exercise.hosted.serving import READS

HOME = Path(__file__).parents[2]
UNSEEN = {"Pager"}
"""Shown beyond a hundred rows alone, which this desk has not; it is two buttons and a number."""
COMPONENTS = HOME / "web" / "src" / "views"


@pytest.fixture(scope="module")
def gallery(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gallery]:
    with raised(tmp_path_factory.mktemp("world")) as world:
        world.at(Stage.MORNING)
        made = Gallery(browser, world)
        yield made
        made.close()
    assert made.trouble == []


WALK = [(view, language, i % len(ALL) == ALL.index(language)) for i, view in enumerate(VIEWS) for language in ALL]
"""Each view in each language; on every run in one of them by turns, and in all of them in the campaign."""


@pytest.mark.parametrize(
    ("view", "language"),
    [
        pytest.param(view, language, id=f"{view.name}-{language}", marks=() if turn else pytest.mark.campaign)
        for view, language, turn in WALK
    ],
)
def test_a_view_shows_what_it_says_and_axe_finds_no_serious_fault_in_any_language_or_theme(
    gallery: Gallery, view: View, language: str
) -> None:
    with gallery.open(view, language) as looking:
        page = looking.page
        for component in (*view.shows, *(view.translated if language != "en" else ())):
            assert page.locator(SEEN[component]).locator("visible=true").count(), component
        assert page.locator("html").get_attribute("lang") == language
        assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
        if view.size == TELEPHONE:
            assert page.evaluate("document.documentElement.scrollWidth") <= view.size[0]
        light = faults(page)
        gallery.dim(page)
        assert (light, faults(page, BY_COLOUR)) == ([], [])


def test_every_component_of_the_page_and_every_page_of_the_host_is_in_the_table() -> None:
    components = {path.stem for path in COMPONENTS.rglob("*.svelte")} | {"App"}
    shown = {name for view in VIEWS for name in (*view.shows, *view.translated)}

    assert components - shown == UNSEEN and shown - components == set()
    assert {path for path in READS if not path.endswith((".css", ".js"))} == {
        view.path for view in VIEWS if "host" in view.name
    }
