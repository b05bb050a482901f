"""Releases at a page: withdrawn, begun later, let be passed on and passed on; each shown before it is signed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.exchange.conftest import until
from tests.web.centres import AGREEMENT, Page, Served, centres
from tests.web.test_desk import problem, upload

from entente.node.clock import ExerciseClock
from entente.testing.coalition import START
from entente.testing.homes import form

LIST = "Facility;Lat;Long;District;Country;Type\nMARK clinic;31.9538;35.9343;Valley;Jordan;clinic\n"
ISSUE = {"name": "valley", "precision_m": 500.0, "conditions": ["list=valley"], "consent": "letter 9"}
COPY = "sites/north/valley-south"
LATE = "2026-12-20T06:00:00Z"


@pytest.fixture
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Served]]:
    members = form(tmp_path_factory.mktemp("three"), "north", "south", "east")
    with centres(members) as found:
        yield found
    for member in members.values():
        member.node.close()


def enter(three: dict[str, Served]) -> tuple[Page, Page, Page]:
    north, south, east = (three[party].enter("protection") for party in ("north", "south", "east"))
    read = north.post("desk/imports", **upload(LIST), list="valley").json()
    assert north.post("desk/imports/valley/accept", sha256=read["sha256"]).status_code == 200
    return north, south, east


def notice(page: Page, subject: str) -> dict[str, Any]:
    return page.get(f"notices/{subject.removeprefix('sites/')}", agreement=AGREEMENT)


def seen(page: Page, subject: str) -> Callable[[], bool]:
    """Whether a list has come to a page, with a place in it."""
    return lambda: any(
        one["row"]["subject"] == subject and one["row"]["sites"] for one in page.get("picture")["lists"]
    )  # fmt: skip


def has(page: Page, subject: str) -> int:
    """How many of a list's places a node holds."""
    node = page.served.member.node
    with node.lock:
        node.catch_up()
        return sum(of == subject for of, _ in node.watch.sites.values())


def test_a_release_is_withdrawn_from_one_recipient_and_nothing_of_its_protection(three: dict[str, Served]) -> None:
    north, south, _ = enter(three)
    north.say("issue_list", to=["south", "east"], **ISSUE)
    until(seen(south, COPY))
    south.say("open_terms", subject=COPY)

    wrong = {"subject": COPY, "why": "consent_withdrawn"}
    assert problem(north.draft("withdraw_release", to=["nobody"], **wrong)) == (403, "release.unknown")
    assert problem(north.draft("withdraw_release", to=[], **wrong)) == (403, "release.unknown")
    assert problem(north.draft("withdraw_release", to=["south"], sites=["x"], **wrong)) == (403, "release.unknown")
    assert problem(south.draft("withdraw_release", to=["south"], **wrong)) == (403, "release.unknown")
    [site] = notice(north, COPY)["places"]
    part = north.draft("withdraw_release", to=["south"], sites=[site], **wrong).json()
    assert site in part["statements"][0]["text"] and not part["more"]
    north.say("withdraw_release", to=["south"], **wrong)

    until(lambda: [one["state"] for one in notice(south, COPY)["released"]] == ["withdrawn"])
    assert has(south, COPY) == 1, "what was sent stays sent, and is screened against"
    assert [one["state"] for one in notice(north, "sites/north/valley-east")["released"]] == ["acknowledge first"]
    assert problem(north.draft("withdraw_release", to=["south"], **wrong)) == (403, "desk.nothing")


def test_what_begins_later_is_told_now_and_sent_then(three: dict[str, Served]) -> None:
    north, south, _ = enter(three)
    begins = START + timedelta(hours=2)
    later = {**ISSUE, "start": begins.isoformat(), "emergency": True}

    [shown] = north.post("desk/preview", to=["south"], **later).json()["previews"]
    assert shown["start"].startswith("2026-12-01T08:00") and shown["clock_s"] == 24 * 3600
    [plain] = north.post("desk/preview", to=["south"], **ISSUE).json()["previews"]
    assert (plain["start"], plain["clock_s"]) == ("", 48 * 3600)

    def readers(**wish: Any) -> set[str]:
        drafted = north.draft("issue_list", to=["south"], **wish).json()
        return {who for one in drafted["statements"] for told in one["released"].values() for who in told}

    assert (readers(**ISSUE), readers(**later)) == ({"south"}, set())
    north.say("issue_list", to=["south"], **later)

    until(lambda: any(one["row"]["subject"] == COPY for one in south.get("picture")["lists"]))
    assert [one["state"] for one in notice(north, COPY)["released"]] == ["not begun"]
    assert (has(north, COPY), has(south, COPY)) == (1, 0)
    again = north.draft("issue_list", to=["south"], **{**ISSUE, "consent": "letter 10"})
    assert problem(again) == (403, "desk.nothing"), "other terms alone issue nothing"

    for one in three.values():
        ExerciseClock(one.member.home.path / "clock.json").set(begins + timedelta(minutes=1) - datetime.now(UTC))
    until(lambda: has(south, COPY) == 1)


def test_another_partys_list_is_passed_on_as_its_originator_consents_and_no_otherwise(
    three: dict[str, Served],
) -> None:
    north, south, east = enter(three)
    north.say("issue_list", to=["south"], **ISSUE)
    until(seen(south, COPY))
    passing = {"subject": COPY, "name": "passed", "to": ["east"], "precision_m": 1000.0}
    asked = {"to": ["east"], "name": "passed", "passing": COPY, "precision_m": 1000.0}
    assert problem(south.draft("pass_on", **passing)) == (403, "movement.unopened")
    south.say("open_terms", subject=COPY)

    assert problem(south.draft("pass_on", **passing)) == (403, "sites.onward")
    assert problem(south.post("desk/preview", **asked)) == (403, "sites.onward")
    assert problem(north.draft("pass_on", **passing)) == (403, "release.unknown")
    consent = {"subject": COPY, "by": "south", "to": "east", "until": LATE}
    assert problem(south.draft("consent_onward", **consent)) == (403, "release.unknown")
    north.say("consent_onward", **consent)
    assert problem(north.draft("consent_onward", **consent)) == (403, "desk.nothing")
    until(lambda: bool(notice(south, COPY)["onward"]))
    assert [(one["by"], one["to"]) for one in notice(south, COPY)["onward"]] == [("south", "east")]

    [shown] = south.post("desk/preview", **asked).json()["previews"]
    assert (shown["total"], shown["until"][:10]) == (1, LATE[:10]) and "31.9538" not in str(shown)
    south.say("pass_on", **passing)
    until(seen(east, "sites/south/passed-east"))
    assert has(east, COPY) == 0
    [row] = shown["rows"]
    node = three["east"].member.node
    [copy] = [site for of, site in node.watch.sites.values() if of == "sites/south/passed-east"]
    assert (copy.id, copy.uncertainty_m) == (row["id"], row["uncertainty_m"]) and copy.uncertainty_m > 1000
    assert problem(south.draft("pass_on", **passing)) == (403, "desk.nothing")

    north.say("withdraw_release", subject=COPY, to=["south"], why="limits_broken")
    until(lambda: [one["state"] for one in notice(south, COPY)["released"]] == ["withdrawn"])
    assert problem(south.draft("pass_on", **{**passing, "name": "again"})) == (403, "sites.onward")
    assert notice(south, COPY)["onward"] == []
