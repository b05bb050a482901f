"""The map page: self-contained, inert, and never without its sentences."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from tests.report.stories import at, corridor, everything, finding, plan, span

from entente.geo.position import Position, show
from entente.joint.screening import Against
from entente.report.map import asset, render
from entente.report.minute import minute
from entente.report.story import SENTENCES, Story, StoryEvent, StoryFinding, StoryPlan

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>{{sentences}}\u2028"
PAGES = pytest.mark.parametrize("page", [render, minute], ids=["map", "minute"])


class Elements(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def data_of(page: str) -> dict[str, Any]:
    match = re.search(r'<script type="application/json" id="story">(.*?)</script>', page, re.DOTALL)
    assert match is not None
    packed: dict[str, Any] = json.loads(match[1])
    return packed


@PAGES
def test_both_sentences_stand_in_the_page_itself(page: Any) -> None:
    for story in (everything(), Story(title="Empty", exercise=False, made_at=at(0), window=span(0, 1))):
        assert all(
            sentence in re.sub("<script.*?</script>", "", page(story), flags=re.DOTALL) for sentence in SENTENCES
        )


@PAGES
def test_an_exercise_says_so_in_title_and_banner_and_nothing_else_does(page: Any) -> None:
    exercise, live = page(everything()), page(everything(exercise=False))

    assert "<title>EXERCISE: A morning" in exercise
    assert 'class="banner"' in exercise
    assert "EXERCISE" not in re.sub("<style>.*?</style>", "", live, flags=re.DOTALL)


@PAGES
def test_a_page_fetches_nothing_and_runs_only_what_its_policy_names(page: Any) -> None:
    text = page(everything())
    elements = Elements(text).found

    policy = next(str(a["content"]) for tag, a in elements if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert not any({"src", "href", "style", "onclick", "onload", "onerror"} & set(a) for _, a in elements)
    assert not {tag for tag, _ in elements} & {"link", "iframe", "object", "embed", "form", "base", "img"}
    assert not re.search(r"https?://|url\(|@import|fetch\(|XMLHttpRequest|WebSocket|\beval\(|innerHTML", text)


@PAGES
def test_whatever_a_story_says_is_data_and_never_markup(page: Any) -> None:
    evil = plan("operation/north/1@1", EVIL, corridor(0, 5, "47 8", "47.1 8.1"), callsign=EVIL)
    story = Story(
        title=EVIL,
        exercise=False,
        made_at=at(0),
        window=span(0, 10),
        plans=(StoryPlan(plan=evil, party=EVIL),),
        findings=(StoryFinding(finding=finding(EVIL, EVIL, place=Position(lat=47, lon=8)), by=EVIL),),
        events=(StoryEvent(at=at(1), party=EVIL, text=EVIL),),
        agreed=(EVIL,),
        verification=(EVIL,),
        lang='en" onload="alert(3)',
    )

    text = page(story)

    scripts = [a for tag, a in Elements(text).found if tag == "script"]
    assert len(scripts) == (2 if page is render else 0)
    assert "img" not in {tag for tag, _ in Elements(text).found}
    assert all("onload" not in a for _, a in Elements(text).found)
    if page is render:
        assert data_of(text)["title"] == EVIL


@PAGES
def test_a_finding_that_may_not_be_seen_leaves_only_who_to_ask(page: Any) -> None:
    text = page(everything())

    for secret in ("operation/hidden", "Something secret", "46.11111", "711111", "4611111"):
        assert secret not in text
    assert "found something that may not be shown here" in text


def test_the_page_carries_the_language_and_its_direction() -> None:
    assert '<html lang="ar" dir="rtl">' in render(everything(lang="ar"))
    assert '<html lang="fr-CH" dir="ltr">' in render(everything(lang="fr-CH"))


def test_a_thousand_plans_of_forty_segments_stay_under_ten_megabytes() -> None:
    legs = tuple(
        corridor(
            i,
            i + 1,
            f"{46 + i * 0.0371:.5f} {7 + i * 0.0213:.5f}",
            f"{46.0371 + i * 0.0371:.5f} {7.0213 + i * 0.0213:.5f}",
        )
        for i in range(40)
    )
    plans = tuple(
        StoryPlan(plan=plan(f"operation/north/{n}@1", f"Flight {n}", *legs), party="north") for n in range(1000)
    )

    text = render(Story(title="Many", exercise=True, made_at=at(0), window=span(0, 60), plans=plans))

    assert len(text.encode()) < 10_000_000


def test_the_sites_of_a_finding_are_found_by_number() -> None:
    packed = data_of(render(everything()))

    assert [found.get("site") for found in packed["findings"]] == [-1, 0, None]
    assert [found.get("other") for found in packed["findings"]] == [1, -1, None]


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node to run the page's own arithmetic")
def test_the_page_spells_mgrs_as_the_library_does() -> None:
    source = asset("map.js")
    start = source.index("function mgrs(")
    places = [
        (47.45, 8.55),
        (-33.9, 18.4),
        (60.5, 4.9),
        (78.2, 15.6),
        (0.1, -179.9),
        (-0.1, 179.9),
        (83.9, 33.1),
        (12.593833, -3.834278),
    ]
    script = (
        "const RAD = Math.PI / 180, EARTH = 6378137;"
        + source[start : source.index("\n}\n", start) + 2]
        + f"console.log(JSON.stringify({json.dumps(places)}.map(([a, b]) => mgrs(a, b))))"
    )

    spelt = json.loads(subprocess.run(["node", "-e", script], capture_output=True, check=True, text=True).stdout)

    for text, (lat, lon) in zip(spelt, places, strict=True):
        theirs = show(Position(lat=lat, lon=lon)).mgrs.split()
        zone, square, east, north = text.split()
        assert [zone.lstrip("0"), square] == [theirs[0].lstrip("0"), theirs[1]]
        # The last metre falls either way: one cuts it off, the other may round.
        assert abs(int(east) - int(theirs[2])) <= 1
        assert abs(int(north) - int(theirs[3])) <= 1


def test_two_plans_of_one_id_are_refused() -> None:
    story = everything()

    with pytest.raises(Exception, match="two plans are called"):
        replace(story, plans=story.plans * 2)


def test_an_area_entered_is_told_as_inside() -> None:
    within = replace(finding("a2", "Basin", Against.AREA), horizontal_m=0.0, vertical_m=0.0)

    packed = data_of(render(everything(findings=(StoryFinding(finding=within, by="north"),))))

    assert packed["findings"][0]["text"] == "inside"


@PAGES
def test_the_terms_of_what_others_gave_stand_in_the_page_itself_as_text(page: Any) -> None:
    """JOINT-114."""
    shown = page(everything(notices=(EVIL, "Never passed on without a's signed consent.")))

    body = re.sub("<script.*?</script>", "", shown, flags=re.DOTALL)
    assert "Never passed on without a&#x27;s signed consent." in body and "onerror=alert(2)>" not in body
