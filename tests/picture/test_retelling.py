"""What rooms without a reader say in English is told in every language: no sentence lacks a row, and no row is idle."""

from __future__ import annotations

import re
import string
from functools import cache
from pathlib import Path

import pytest

from entente.cli.reference import Raised, _all_raised, _verdicts
from entente.errors import Malformed, Refused
from entente.joint.verdict import VERBS
from entente.picture.catalogues import ARABIC, CATALOGUES, ENGLISH, LANGUAGES, RUSSIAN, lists, retelling, troubles
from entente.picture.catalogues.plurals import FORMS, category
from entente.picture.catalogues.situation import Row
from entente.places import columns
from entente.places.flags import FlagCode

ROOMS = (
    "joint.verdict", "joint.act", "joint.rules", "joint.journey", "joint.protected_sites", "joint.operations",
    "joint.movements", "node.book", "node.node", "node.holdings", "node.attachments", "node.allowance", "node.drafting",
    "node.disclose", "node.exporting", "node.papers", "node.register", "node.packages", "node.movement_packages",
    "node.command", "node.issuing",
    "node.terms", "node.watch", "node.convoys", "node.carry.stops", "node.carry.giving", "picture.", "places.", "geo.",
    "deconfliction.airspace", "deconfliction.resolve", "deconfliction.screening", "feed.suite", "feed.passkey", "ids",
    "adapters.sheets", "adapters.lists", "adapters.xlsx", "adapters.kml", "adapters.delimited", "adapters.geojson",
    "adapters.csv_sites", "adapters.aerodromes", "web.",
)  # fmt: skip
"""The rooms whose sentences a page can be answered with. What else comes through is told by its class (`trouble`)."""
ELSEWHERE = ("web.serve", "web.tiles")
"""Said at the command line that starts a centre."""
ENGLISH_ONLY = {"what", "whose"}
"""Gaps that hold English words alone, and say nothing that the sentence does not say."""
GAP = re.compile(r"\{\w+(?::[^}]*)?\}")
ROWS: list[Row] = [
    *(row for rows in troubles.BY_CODE.values() for row in rows),
    *(row for rows in lists.DETAILS.values() for row in rows), *lists.NOTES,
]  # fmt: skip


@cache
def everything() -> frozenset[Raised]:
    return frozenset({*_verdicts(), *_all_raised()})


def raised() -> set[tuple[str, str]]:
    """Every code and sentence that these rooms raise, with an ellipsis for what is filled in."""

    def here(one: Raised) -> bool:
        # A verb is no error; a table of verbs reads like one of codes.
        return one.module.startswith(ROOMS) and one.module not in ELSEWHERE and one.code not in VERBS

    return {(one.code, squeezed(one.sentence)) for one in everything() if here(one)}


def squeezed(sentence: str) -> str:
    return re.sub("…+", "…", GAP.sub("…", sentence))


def test_every_sentence_that_a_page_can_be_answered_with_has_a_row() -> None:
    # A sentence that is nothing but a gap is another room's, or a message of a library: it is told by its class.
    wanted = {pair for pair in raised() if pair[1] != "…"}
    there = {(code, squeezed(english)) for code, english, _, _ in troubles.TOLD}
    assert sorted(wanted - there) == []


def test_no_row_is_of_a_sentence_that_nobody_raises() -> None:
    source = "\n".join(path.read_text("utf-8") for path in Path(retelling.__file__).parents[2].rglob("*.py"))
    every = {(one.code, squeezed(one.sentence)) for one in everything()}
    split = {code for code, sentence in every if sentence == "…"} | {"centre.unknown", "request.path", "request.large"}
    idle = [
        (code, english)
        for code, english, _, _ in troubles.TOLD
        if (code, squeezed(english)) not in every and code not in split
    ]
    assert idle == []
    assert all(f'"{code}"' in source for code, *_ in troubles.TOLD)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:40])
def test_a_row_has_the_same_gaps_in_every_language_and_tells_all_of_its_sentence(row: Row) -> None:
    names = [[name for _, name, _, _ in string.Formatter().parse(text) if name] for text in row]
    assert sorted(names[1]) == sorted(names[2]) and set(names[1]) <= set(names[0])
    assert set(names[0]) - set(names[1]) <= ENGLISH_ONLY
    facts = {name: str(70 + at) for at, name in enumerate(names[0])}
    sentence = row[0].format_map(facts)

    assert retelling.retold([row], sentence, ENGLISH) == sentence
    for words in (RUSSIAN, ARABIC):
        told = retelling.retold([row], sentence, words)
        assert told is not None and all(facts[name] in told for name in names[1])


def test_every_flag_that_says_what_it_found_says_it_in_every_language() -> None:
    silent = {"position.missing", "name.missing", "datum.unstated"}
    assert set(lists.DETAILS) == set(FlagCode) - silent
    assert {f"field.{name}" for name in columns.FIELDS} == set(lists.FIELDS)


def test_an_error_is_told_in_the_readers_language_with_its_facts_and_its_place() -> None:
    error = Malformed("geo.latitude", "latitude 91 lies outside -90 to 90", where="volume 2")

    assert retelling.trouble(error, ENGLISH) == ("volume 2: latitude 91 lies outside -90 to 90", True)
    assert retelling.trouble(error, RUSSIAN) == ("объём 2: широта 91 вне пределов от -90 до 90", True)
    assert retelling.trouble(error, ARABIC) == (
        "الحيز \u20682\u2069: خط العرض \u206891\u2069 خارج المدى من \u2068-90\u2069 إلى \u206890\u2069",
        True,
    )


def test_an_error_of_no_row_is_told_by_its_class_and_says_that_more_stands_in_english() -> None:
    error = Refused("made.up", "nobody knows this one")

    assert retelling.trouble(error, RUSSIAN) == ("Здешние правила этого не допускают.", False)


@pytest.mark.parametrize("code", troubles.VERDICTS)
def test_why_an_act_is_void_is_told_in_every_language(code: str) -> None:
    told = {language: retelling.verdict(code, CATALOGUES[language]) for language in LANGUAGES}
    assert len(set(told.values())) == len(LANGUAGES)


@pytest.mark.parametrize(
    ("code", "text", "russian"),
    [
        ("value.unreadable", "expires_at says 'soon'; write 2026-11-22, or with a time and its zone.",
         "срок действия: 'soon'; пишите 2026-11-22 или со временем и поясом."),
        ("position.unreadable", "'99, 99': latitude 99 lies outside -90 to 90",
         "'99, 99': широта 99 вне пределов от -90 до 90"),
        ("point.shared", "With Clinic and School and 2 more.", "Вместе с: Clinic and School и ещё 2."),
        ("name.missing", "", ""),
    ],
)  # fmt: skip
def test_what_a_flag_found_is_told_anew(code: str, text: str, russian: str) -> None:
    assert retelling.detail(code, text, ENGLISH) == text
    assert retelling.detail(code, text, RUSSIAN) == russian


def test_a_line_of_an_inbox_is_told_anew_with_the_words_of_its_codes() -> None:
    climbs = "sites/c/places, no. 1: opened here, loaded by no unit"
    stops = "STOP by south, aircraft safety"

    assert retelling.waits(climbs, ENGLISH) == climbs
    assert retelling.waits(climbs, RUSSIAN) == "sites/c/places, № 1: здесь открыто, ни одной частью не загружено"
    assert retelling.waits(stops, RUSSIAN) == f"СТОП (STOP): south, {RUSSIAN.codes['aircraft_safety']}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_that_counts_has_every_form_of_its_language(language: str) -> None:
    for text in (*CATALOGUES[language].phrases.values(), *(row[LANGUAGES.index(language)] for row in ROWS)):
        for _, name, forms, _ in string.Formatter().parse(text):
            assert not name or not forms or len(forms.split("|")) == len(FORMS[language]), text


PLURALS = {
    "en": {"one": [1], "other": [0, 2, 5, 11, 21, 101]},
    "ru": {"one": [1, 21, 101, 1001], "few": [2, 3, 4, 22, 104], "many": [0, 5, 11, 12, 14, 20, 111, 112, 1000]},
    "ar": {"zero": [0], "one": [1], "two": [2], "few": [3, 10, 103, 1010], "many": [11, 26, 99, 111, 1999],
           "other": [100, 101, 102, 200, 1000]},
}  # fmt: skip
"""The examples of CLDR's own tables; web/tests/words.test.ts holds the browser to the same."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_number_counts_as_the_language_has_it(language: str) -> None:
    for wanted, numbers in PLURALS[language].items():
        assert [category(language, number) for number in numbers] == [wanted] * len(numbers)
