"""How close a finding is, told in every language with the same figures; whatever its kind."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entente.joint.screening import Against, Finding
from entente.picture.catalogues import CATALOGUES, ENGLISH, LANGUAGES, RUSSIAN
from entente.picture.catalogues.catalogue import FROM, TO
from entente.picture.catalogues.unsigned import CODES, PHRASES
from entente.picture.closeness import closeness, marks_in_words
from entente.report import words

OTHERS = [code for code in LANGUAGES if code != "en"]
METRES = st.none() | st.just(0.0) | st.floats(1, 400_000)


@st.composite
def findings(draw: st.DrawFn) -> Finding:
    """A finding of any kind, with gaps that are known, none, or cannot be told."""
    return Finding(
        plan="p", against=draw(st.sampled_from(Against)), other="site/b/9", other_title="", horizontal_m=draw(METRES),
        vertical_m=draw(METRES), time_s=draw(st.sampled_from([0, 60, 5400])),
        required_horizontal_m=draw(st.floats(1, 400_000)), required_vertical_m=draw(st.floats(1, 9000)), doubt_m=0,
        interval=None, place=None, marks=(), inputs=(),
    )  # fmt: skip


def figures(text: str) -> list[str]:
    """Every figure, thousands put together."""
    return re.findall(r"\d+(?:\.\d+)?", re.sub(r"(?<=\d)[,\u00a0](?=\d{3}(?!\d))", "", text))


@given(findings())
def test_every_kind_of_finding_is_told_in_every_language_with_the_same_figures(found: Finding) -> None:
    english = closeness(found)
    for language in OTHERS:
        other = closeness(found, CATALOGUES[language])
        assert figures(other) == figures(english)
        assert any(ord(c) > 0x400 for c in other) and not re.search("[A-Za-z{]", other)


@given(findings())
def test_in_arabic_figures_are_set_apart_and_every_isolate_is_closed(found: Finding) -> None:
    """UAX #9: what is opened is closed, and the figures stand within."""
    told, depth = closeness(found, CATALOGUES["ar"]), 0
    for c in told:
        depth += {FROM: 1, TO: -1}.get(c, 0)
        assert depth >= 0 and (depth > 0 or not c.isdigit())
    assert depth == 0


def test_the_report_tells_a_finding_as_the_page_does_in_english() -> None:
    assert words.closeness is closeness
    assert words.CONTACT_US in ENGLISH.say("finding_hidden", by="north")
    assert marks_in_words(("site.disputed", "made.up"), RUSSIAN) == f"{RUSSIAN.codes['mark.site.disputed']}; made.up"


@pytest.mark.parametrize("language", OTHERS)
def test_no_word_of_a_page_is_english_in_another_language(language: str) -> None:
    """Whatever is told without a fact is told in letters of that language; only STOP stands beside its own word."""
    for table in (PHRASES, CODES):
        for key, text in table[language].items():
            bare = re.sub(r"\{\w+(?=[:}])|STOP", "", text)
            assert not re.search("[A-Za-z]", bare), f"{language} {key}: {text}"
