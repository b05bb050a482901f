"""Coverage: rungs, what is missing below them, clocks, and the words in which a notice is told."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entente.geo.position import Position
from entente.joint.ladder import ORDER, Rung
from entente.joint.protected_sites import Category, Site, SiteStatus
from entente.picture import due
from entente.picture.catalogues.english import HEADS
from entente.picture.coverage import ByHand, Climbed, Notice, by_hand, climb, due_after, late_by, ordered, rows_by_hand

NOW = datetime(2026, 12, 1, 6, tzinfo=UTC)
HUMANITARIAN = ("sites.", "movement.", "ladder.", "dispute.", "release.acknowledge")
RUNGS = st.lists(st.sampled_from(Rung), max_size=8)


def notice(hours_ago: float = 1, item: str = "sites/desk/valley", recipient: str = "force") -> Notice:
    at = NOW - timedelta(hours=hours_ago)
    return Notice(item=item, number=1, recipient=recipient, issued_at=at, due=due_after(at, 48 * 3600))


def step(rung: Rung, minutes: int = 0, differing: int = 0) -> Climbed:
    return Climbed(
        rung=rung, at=NOW + timedelta(minutes=minutes), by="force/duty", how="person", places=2, differing=differing
    )


@given(RUNGS)
def test_f12_no_rung_below_the_highest_is_skipped_silently(said: list[Rung]) -> None:
    """F-12; JOINT-150, JOINT-152: what was said and what is missing are all rungs up to the highest."""
    row = climb(notice(), [step(rung) for rung in said], NOW)

    reached = set(said)
    assert row.rung == (max(reached, key=ORDER.index) if reached else None)
    below = set(ORDER[: ORDER.index(row.rung)]) if row.rung else set()
    assert set(row.missing) == below - reached


@given(st.permutations(list(Rung)))
def test_the_order_of_saying_does_not_matter(said: list[Rung]) -> None:
    rows = [climb(notice(), [step(rung, k) for k, rung in enumerate(order)], NOW) for order in (said, list(Rung))]

    assert rows[0].rung == rows[1].rung == Rung.LOADED and rows[0].missing == rows[1].missing == ()


def test_f17_a_read_back_that_differs_is_no_rung_until_a_later_one_agrees() -> None:
    """F-17; JOINT-154."""
    wrong = climb(notice(), [step(Rung.DELIVERED), step(Rung.READ_BACK, 1, differing=1)], NOW)
    right = climb(notice(), [*wrong.steps, step(Rung.READ_BACK, 2)], NOW)

    assert (wrong.rung, wrong.differing) == (Rung.DELIVERED, 1)
    assert (right.rung, right.differing) == (Rung.READ_BACK, 0) and len(right.steps) == 3


def test_f13_f26_rows_stand_by_age_and_by_nothing_that_a_place_is() -> None:
    """F-13, F-26; JOINT-166."""
    rows = [climb(notice(hours, item, "x"), [], NOW) for hours, item in ((1, "b"), (3, "c"), (3, "a"), (2, "z"))]

    assert [row.notice.item for row in ordered(rows)] == ["a", "c", "z", "b"]


def test_by_hand_is_told_apart_with_its_source_and_who_entered_it() -> None:
    """JOINT-156."""
    said = ByHand(
        recipient="force", item="sites/desk/valley", issue=1, rung=Rung.LOADED, unit="2 Wing", at=NOW,
        source="telephone", entered_by="desk/duty",
    )  # fmt: skip
    other = ByHand(
        recipient="force", item="sites/desk/valley", issue=2, rung=Rung.LOADED, unit="", at=NOW, source="letter",
        entered_by="desk/duty",
    )  # fmt: skip

    [row] = rows_by_hand([notice()], [said, other], NOW)

    assert row.steps == (by_hand(said),) and row.rung is Rung.LOADED
    assert row.steps[0].how == "by hand" and row.steps[0].by == "telephone, entered by desk/duty"


@given(st.integers(0, 30 * 86400), st.integers(0, 30 * 86400))
def test_f18_late_is_what_lacks_of_the_agreed_time(clock: int, ahead: int) -> None:
    """F-18; JOINT-165: and a notice is due before what it is about begins."""
    start = NOW + timedelta(seconds=ahead)

    assert late_by(start, NOW, clock) == max(0, clock - ahead)
    assert due_after(NOW, clock, start) == min(NOW + timedelta(seconds=clock), start)


@pytest.mark.parametrize("verb", sorted(verb for verb in HEADS if verb.startswith(HUMANITARIAN)))
def test_f21_no_sentence_of_a_notice_reads_as_an_approval(verb: str) -> None:
    """F-21; R-38: the only word of permission is that there is none."""
    sentence = HEADS[verb].lower().replace("asks for no permission", "").replace("asks for and gives no permission", "")

    assert not re.search(r"approv|permi|clear|grant|author|allow|request", sentence)


def test_f09_what_is_due_is_told_oldest_first_once_for_each_place() -> None:
    """F-09; JOINT-171."""

    def site(name: str, **more: datetime | SiteStatus) -> Site:
        where = Position(lat=1.0, lon=1.0)
        return Site(id=name, name=name, category=Category.MEDICAL, position=where, uncertainty_m=1.0, **more)  # type: ignore[arg-type]

    day = timedelta(days=1)
    sites = [
        site("soon", expires_at=NOW + 3 * day), site("gone", expires_at=NOW - 9 * day),
        site("later", expires_at=NOW + 30 * day), site("old", confirmed_at=NOW - 200 * day),
        site("ended", expires_at=NOW - day, status=SiteStatus.ENDED), site("fine", confirmed_at=NOW - day),
    ]  # fmt: skip
    lists = [(subject, one) for subject in ("sites/desk/v-a", "sites/desk/v-b") for one in sites]

    rows = due.rows(lists, NOW)  # type: ignore[arg-type]

    assert [(row.site, row.why) for row in rows] == [("old", "not confirmed"), ("gone", "expired"), ("soon", "expires")]
    assert all(row.lists == ("sites/desk/v-a", "sites/desk/v-b") for row in rows)
    assert "later" in [row.site for row in due.rows(lists, NOW, timedelta(days=31))]  # type: ignore[arg-type]
