"""What a hosted exercise says of itself it says in every language: each step, each act, each refusal."""

from __future__ import annotations

import re
import string
from typing import get_args

import pytest

from entente.cli.reference import _all_raised
from entente.errors import Refused
from entente.exercise import language
from entente.exercise.hosted import telling
from entente.exercise.hosted.pages import frame
from entente.exercise.hosted.words import LANGUAGES, Words
from entente.joint.verdict import VERBS
from entente.picture.catalogues.situation import Row

ROWS: list[Row] = [
    *telling.STEPS.values(), *telling.ACTS.values(), *telling.BESIDE.values(),
    *(row for rows in telling.TROUBLES.values() for row in rows),
]  # fmt: skip


def test_every_step_of_the_exercise_language_is_told_and_every_act_is_a_verb() -> None:
    assert set(telling.STEPS) == {one.__struct_config__.tag for one in get_args(language.AnyStep)}
    assert set(telling.ACTS) <= set(VERBS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:40])
def test_a_sentence_has_the_same_gaps_in_every_language_and_no_english_word_elsewhere(row: Row) -> None:
    gaps = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in row]
    assert gaps[0] == gaps[1] == gaps[2]
    assert [text for text in row[1:] if re.search("[A-Za-z]", re.sub(r"\{\w+\}|STOP", "", text))] == []


def test_whatever_the_host_refuses_is_told_in_every_language() -> None:
    gap = re.compile(r"\{\w+\}|…+")
    told = {(code, gap.sub("…", row[0])) for code, rows in telling.TROUBLES.items() for row in rows}
    raised = {
        (one.code, gap.sub("…", one.sentence))
        for one in _all_raised()
        if one.module.startswith("exercise.hosted") and one.code.startswith(("host.", "seat.", "director."))
    }
    assert raised == told


def test_a_refusal_stands_in_the_pages_language_and_in_english_where_that_cannot_tell_it() -> None:
    words = Words("ru")
    known = frame.refusal(words, Refused("host.over", "no step is ahead"))
    unknown = frame.refusal(words, Refused("made.up", "nobody knows this one"))

    assert known == '<span lang="ru">впереди нет шагов</span>'
    assert 'lang="ru"' in unknown and '<span lang="en" dir="auto">nobody knows this one</span>' in unknown
    assert set(LANGUAGES) == {"en", "ru", "ar"}
