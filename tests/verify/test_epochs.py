"""A later epoch's feed, disclosed: what it goes on from is shown, and whoever held an office there holds it here."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from entente.feed.disclosure import Feed, decode
from entente.verify import disclosure
from entente.verify.report import Report, Sort

VECTOR: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "spec/vectors/disclosure/forked.json").read_text(encoding="utf-8")
)
FIRST, SECOND = 0, 1
"""Where A's two feeds stand in the file."""


def checked(at: int | None = None, change: Callable[[Feed], Feed] = lambda feed: feed) -> Report:
    """Return what the vector proves, with one of its feeds changed."""
    file = decode(VECTOR["disclosure"].encode())
    feeds = tuple(change(one) if n == at else one for n, one in enumerate(file.feeds))
    return disclosure.check(msgspec.structs.replace(file, feeds=feeds).encode(), VECTOR["agreement"]).report


def said(report: Report, about: str) -> set[str]:
    return {line.code for line in report.lines if line.about == about}


def put(**fields: Any) -> Callable[[Feed], Feed]:
    return lambda feed: msgspec.structs.replace(feed, **fields)


def test_officers_of_the_feed_before_speak_in_the_next_epoch() -> None:
    """DISC-43, JOINT-192."""
    report = checked()

    assert {"epoch.opened", "head.signed"} <= said(report, "a/2")
    assert {"act.signed", "office.held"} <= said(report, "a/2 1")
    [line] = [line for line in report.of(Sort.PROVED) if line.code == "epoch.opened"]
    assert line.data["origin"] == "a/exercise-test/1"


def test_without_the_opening_or_what_it_names_a_later_epochs_signer_is_unknown() -> None:
    """DISC-43."""
    no_opening = checked(SECOND, lambda feed: put(entries=feed.entries[1:])(feed))
    no_head = checked(FIRST, put(cited=()))

    for report in (no_opening, no_head):
        assert "epoch.unshown" in said(report, "a/2")
        assert "act.key" in said(report, "a/2 1") and "act.signed" not in said(report, "a/2 1")


def test_a_party_is_no_witness_of_what_its_own_earlier_feed_says() -> None:
    """DISC-16: a clock of one's own says nothing from outside, in whichever epoch it was read."""
    lines = [line for line in checked().of(Sort.PROVED) if line.code == "time.by" and line.about.startswith("a ")]

    assert all(line.data["by"] != "a" for line in lines)
