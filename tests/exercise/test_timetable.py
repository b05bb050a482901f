"""Two hours hold every exercise: steps in order, long waits jumped, sitting down and looking back kept free."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from entente.exercise import find, list_exercises, reading
from entente.exercise.hosted import timetable
from entente.exercise.hosted.pages import paper
from entente.exercise.hosted.words import LANGUAGES, TEXT, Words
from entente.node.clock import ExerciseClock, whole


@pytest.mark.parametrize("name", list_exercises())
def test_every_exercise_fits_into_two_hours(name: str) -> None:
    exercise = reading.read(find(name))
    plan = timetable.lay(exercise)

    minutes = [slot.minute for slot in plan.slots]
    assert minutes == sorted(minutes) and plan.whole == 120
    assert plan.begins <= minutes[0] and minutes[-1] <= plan.ends + 0.1
    assert [slot.number for slot in plan.slots] == list(range(exercise.opens + 1, len(exercise.steps) + 1))


@pytest.mark.parametrize("name", list_exercises())
def test_every_office_has_a_card_of_its_own(name: str) -> None:
    exercise = reading.read(find(name))
    offices = [f"{party.id}/{office}" for party in exercise.frame.party for office in party.offices]

    assert [chair.office for chair in exercise.frame.seat] == offices
    assert all(chair.purpose and chair.first for chair in exercise.frame.seat)


def test_amman_has_twelve_seats() -> None:
    assert sum(len(party.offices) for party in reading.read(find("amman")).frame.party) == 12


@pytest.mark.parametrize("language", LANGUAGES)
def test_cards_and_timetable_print_without_a_host_and_ask_the_network_for_nothing(
    tmp_path: Path, language: str
) -> None:
    for path in paper.write("amman", tmp_path, language):
        page = path.read_text("utf-8")
        assert Words(language)("exercise") in page and Words(language)("no_finding") in page
        assert not re.search(r'(src|href)="(https?:)?//|<script|url\(', page)
    cards = (tmp_path / "cards.html").read_text("utf-8")
    assert cards.count('<article class="paper">') == 12 and paper.UNSAID in cards
    room = (tmp_path / "timetable.html").read_text("utf-8").partition('<section class="next">')[0]
    assert "survey-1" not in room  # the sheet for the room says nothing of what will happen


def test_the_catalogue_says_everything_in_every_language() -> None:
    for key, texts in TEXT.items():
        assert len(texts) == len(LANGUAGES) and all(texts), key
        slots = [sorted(part.partition("}")[0] for part in text.split("{")[1:]) for text in texts]
        assert slots[0] == slots[1] == slots[2], key
    assert Words("ar").direction == "rtl" and Words("ru").direction == "ltr"


def test_exercise_time_stands_still_runs_faster_and_never_goes_back(tmp_path: Path) -> None:
    clock = ExerciseClock(tmp_path / "clock.json")
    ahead, since = timedelta(days=3), whole(datetime.now(UTC)) - timedelta(seconds=100)

    clock.set(ahead, since=since, pace_permille=0)
    assert clock.now() == clock.now() == since + ahead
    clock.set(ahead, since=since, pace_permille=5000)
    gained = clock.now() - (since + ahead)
    assert timedelta(seconds=500) <= gained < timedelta(seconds=800)
    clock.set(ahead)
    assert abs(clock.now() - datetime.now(UTC) - ahead) < timedelta(seconds=5)
