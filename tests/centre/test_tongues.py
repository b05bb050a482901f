"""Who reads Russian or Arabic finds no English on a page: every view, filled, is searched for words that crept in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page
from tests.centre import filled
from tests.centre.conftest import Centre, Desk, opened
from tests.centre.test_readers import speak

from entente.testing.homes import form

SEEN = """() => {
  const found = [];
  const shown = (node) => node.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true });
  const foreign = (node) => {
    const held = node.closest("[lang]");
    return held && held !== document.documentElement && held.lang !== document.documentElement.lang;
  };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const inside = node.parentElement;
    if (["SCRIPT", "STYLE", "CODE", "TEXTAREA"].includes(inside.tagName) || foreign(inside)) continue;
    if (inside.closest("pre.statement[lang]")) continue; // what is signed is signed as it stands (test_wording)
    if (inside.tagName === "OPTION" ? shown(inside.closest("select")) : shown(inside)) found.push(node.data);
  }
  for (const node of document.querySelectorAll("[title], [aria-label], [placeholder]"))
    if (shown(node) && !foreign(node))
      found.push(...["title", "aria-label", "placeholder"].map((name) => node.getAttribute(name) ?? ""));
  return found;
}"""
"""Every text that a reader sees or hears, but for what is marked as another language: that is told as it is."""

NAMES = {
    "Entente", "north", "south", "North", "South", "all", "Test", "exercise-cell", "Jordan",
    "Natural", "Earth", "GeoNames", "airportsdata", "MapLibre", "WebGL", "TLS", "passkey",
    "Facility", "Lat", "Long", "District", "Country", "Type", "Expires", "Note", "soon", "sites.csv",
}  # fmt: skip
"""Names: of parties, of what the base map is made from, and the words of the list that was brought."""
CODES = {
    "STOP", "EXERCISE", "UTC", "MGRS", "WGS84", "GND", "AMSL", "AGL", "FL", "ft", "CC", "BY", "SHA-256", "APP-6", "GPS",
    "XLSX", "CSV", "GeoJSON", "KML", "PDF", "DOCX", "UTF-8",
    "plan", "shown", "screening", "note", "terms", "grant", "read_back", "journey",
}  # fmt: skip
"""What is spelt so in every language: the profession's abbreviations, formats, the names of an entry's details."""
ALLOWED = re.compile(
    r"[\w.:+-]*\d[\w.:…+'\"°-]*"  # figures, date-time groups, grids, digests, ids with a number
    r"|(?:operation|movement|sites|list|stop|record|staff|release|north|south|disputes?|epoch|agreement|keys|cosign|"
    r"package|standing_decision|findings|chunk)(?:[/-][\w/-]+)?|Jordan/\w+"
    r"|[A-Za-z]"
)
WORD = re.compile(r"[0-9.,:_-]*[A-Za-z][\w./:@'’…+°\"-]*")


def allowed(word: str) -> bool:
    return word in NAMES | CODES or ALLOWED.fullmatch(word) is not None


def creep(page: Page) -> set[str]:
    """English words that a reader sees, each with what stands around it."""
    found = set()
    for text in page.evaluate(SEEN):
        bare = re.sub(r"[\u2066-\u2069\u200e\u200f]", "", text)
        bare = re.sub(r"entente(?:-verify)?(?: [a-z]+)*|\d{1,2}[C-X] [A-Z]{2} \d+ \d+", "", bare)
        for word in WORD.findall(bare):
            if not allowed(word.strip(".,:'’…-")):
                found.add(f"{word!r} in: {' '.join(text.split())[:160]}")
                break
    return found


@pytest.fixture(scope="module")
def centre(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    with opened(browser, form(tmp_path_factory.mktemp("tongues"), "north", "south")) as found:
        filled.fill(found.served)
        yield found


WALKS: dict[str, tuple[str, str, Callable[[Desk], Iterator[str]]]] = {
    "the situation": ("south", "air_operations", filled.situation),
    "a plan, as far as the words to sign": ("north", "air_operations", filled.planning),
    "what sends a STOP": ("south", "watch", filled.stopping),
    "the record": ("south", "senior", filled.recorded),
    "the desk that keeps lists": ("north", "protection", filled.at_the_desk),
    "the desk that takes notices in": ("south", "watch", filled.at_the_desk),
}


@pytest.mark.parametrize("language", ["ru", "ar"])
@pytest.mark.parametrize("walk", WALKS)
def test_no_english_word_has_crept_into(walk: str, language: str, centre: Centre) -> None:
    party, office, views = WALKS[walk]
    desk = centre.sit(party, office)
    speak(desk, language)

    crept = {view: found for view in views(desk) if (found := creep(desk.page))}
    desk.context.close()

    assert crept == {}


def test_the_search_finds_a_word_that_creeps_in(centre: Centre) -> None:
    desk = centre.sit("north")
    desk.page.locator("#waits .card").first.wait_for()

    assert len(creep(desk.page)) > 20  # the page in English is nothing but such words
    desk.context.close()
