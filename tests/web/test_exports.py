"""Exports at a page: two officers sign one order, one of them by passkey, and only then does a file leave."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from tests.exchange.conftest import until
from tests.web.centres import AGREEMENT, Page, Served, centres
from tests.web.test_desk import LIST, problem, say_at_once, upload

from entente.ids import OfficerId
from entente.node import command
from entente.testing.authenticator import Authenticator
from entente.testing.homes import form

ITEM = "sites/north/health-south"


@pytest.fixture(scope="module")
def cell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Served]]:
    """North has given South a list of three; South lets five of others' sites leave in a day."""
    members = form(tmp_path_factory.mktemp("exports"), "north", "south", passkeys=True)
    south = members["south"]
    members["south"] = replace(south, home=replace(south.home, exports_a_day=5))
    key = Authenticator(origin="http://south.localhost:8700")
    south.say(command.enrol(AGREEMENT, "south", OfficerId("south/senior"), key.public), "root")
    south.officers["senior"] = key  # type: ignore[assignment]
    with centres(members) as served:
        desk, duty = served["north"].enter("protection"), served["south"].enter("protection")
        read = desk.post("desk/imports", **upload(LIST), list="health").json()
        desk.post("desk/imports/health/accept", sha256=read["sha256"])
        issue = {"name": "health", "to": ["south"], "precision_m": 1000.0, "conditions": ["list=health"], "limits": []}
        assert say_at_once(desk, "issue_list", **issue) == 2
        until(lambda: any(one["subject"] == ITEM for one in duty.get("inbox")["items"]))
        assert problem(ordered(duty)) == (403, "export.sealed")
        duty.say("open_terms", subject=ITEM)
        until(lambda: len(duty.get("lists/north/health-south")["sites"]) == 3)
        yield served
    for member in members.values():
        member.node.close()


def ordered(page: Page, **more: Any) -> Any:
    asked = {"say": "export_order", "agreement": AGREEMENT, "subject": ITEM, "reason": "for the hospital's own staff"}
    return page.post("exports", **{**asked, **more})


def signed(page: Page, draft: dict[str, Any]) -> Any:
    return page.post(f"exports/{draft['id']}/say", **page.sign(draft))


def running(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.get("exports", subject=ITEM)["exports"]
    return found


def test_a_list_leaves_when_a_second_officer_has_signed_the_same_order(cell: dict[str, Served]) -> None:
    """JOINT-120, SIGN-18: the first by passkey, the second by key file."""
    senior, second, watch = (cell["south"].enter(office) for office in ("senior", "protection", "watch"))
    assert problem(ordered(watch)) == (403, "export.office")
    draft, beside = ordered(senior).json(), ordered(senior, reason="once more").json()  # each fits the day's five
    assert draft["suite"] == "W1" and "reason: for the hospital's own staff" in draft["statements"][0]["text"]
    assert running(second) == []  # nobody has signed it yet
    file = f"/api/exports/{draft['id']}/file"

    assert signed(senior, draft).status_code == 200
    [waits] = running(second)
    assert (waits["by"], waits["ready"], waits["mine"], waits["sites"]) == (["south/senior"], False, False, 3)
    assert running(watch) == []
    assert problem(second.client.get(file)) == (403, "export.second")
    assert problem(signed(senior, draft)) == (403, "export.second")
    assert problem(senior.post("exports", say="export_second", order=draft["id"])) == (403, "export.second")

    shown = second.post("exports", say="export_second", order=draft["id"]).json()
    assert shown["statements"] == draft["statements"] and shown["suite"] == "E1"
    assert problem(second.post(f"exports/{draft['id']}/say", **second.sign(shown, "watch"))) == (
        401,
        "signature.invalid",
    )
    assert signed(second, shown).status_code == 200
    answer = second.client.get(file)
    assert answer.headers["content-disposition"] == 'attachment; filename="north-health-south.csv"'
    assert "Exported by south: for the hospital's own staff" in answer.text and "Clinic of the hill" in answer.text
    assert answer.text.count("Not listed is not unprotected.") == 3  # on every row
    assert senior.client.get(file).content == answer.content
    assert problem(watch.client.get(file)) == (403, "export.office")
    kept = [line["facts"] for line in cell["south"].member.node.journal_lines() if line["what"] == "exported"]
    assert [(one["by"], one["second"], one["sites"], one["file"]) for one in kept] == [
        ("south/senior", "south/protection", 3, sha256(answer.content).hexdigest())
    ]

    # The other order fitted when it was drawn up; what the day allows is asked again when the second signs.
    assert signed(senior, beside).status_code == 200
    shown = second.post("exports", say="export_second", order=beside["id"]).json()
    assert problem(signed(second, shown)) == (403, "export.cap")
    assert problem(second.client.get(f"/api/exports/{beside['id']}/file")) == (403, "export.second")
    assert problem(ordered(senior)) == (403, "export.cap")


def test_an_order_is_its_partys_and_what_is_ones_own_leaves_by_two_all_the_same(cell: dict[str, Served]) -> None:
    """JOINT-120."""
    stranger = cell["south"].enter("protection")
    senior, second = cell["north"].enter("senior"), cell["north"].enter("protection")
    own = ordered(senior, form="html").json()
    assert signed(senior, own).status_code == 200
    assert problem(stranger.post("exports", say="export_second", order=own["id"])) == (409, "centre.draft")
    shown = second.post("exports", say="export_second", order=own["id"]).json()
    assert signed(second, shown).status_code == 200
    assert problem(signed(second, shown)) == (403, "export.second")
    answer = second.client.get(f"/api/exports/{own['id']}/file")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/html")
