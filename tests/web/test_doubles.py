"""Two entries that are perhaps one place, at a page: beside each other, reviewed by a person, merged by no software."""

from __future__ import annotations

from typing import Any

from tests.exchange.conftest import until
from tests.web.centres import Page, Served
from tests.web.test_desk import problem, upload

MINISTRY = "Facility;Lat;Long;District;Country;Type\nKora Hospital;12.5000;-3.5000;Mopti;Mali;hospital\n"
AGENCY = MINISTRY.replace("Kora Hospital", "Hôpital Kora").replace("-3.5000", "-3.5030")
PAPER = MINISTRY.replace("Kora Hospital", "Dogon Clinic").replace("12.5000;-3.5000", "12.7000;-3.7000")


def take(page: Page, name: str, text: str) -> None:
    read = page.post("desk/imports", **upload(text), list=name).json()
    assert page.post(f"desk/imports/{name}/accept", sha256=read["sha256"]).status_code == 200


def flagged(page: Page) -> list[str]:
    return [one["name"] for one in page.get("desk/register", flag="duplicate.across")["places"]]


def keys(pair: dict[str, Any]) -> dict[str, str]:
    return {"one": pair["one"]["key"], "other": pair["other"]["key"]}


def test_f08_two_lists_that_name_one_place_are_shown_beside_each_other_and_a_review_stands_until_one_changes(
    served: dict[str, Served],
) -> None:
    """F-08."""
    desk = served["north"].enter("protection")
    take(desk, "ministry", MINISTRY)
    staged = desk.post("desk/imports", **upload(AGENCY), list="agency").json()
    assert "duplicate.across" in [one["code"] for one in staged["flags"]], "told before it is taken"
    take(desk, "agency", AGENCY)

    assert sorted(flagged(desk)) == ["Hôpital Kora", "Kora Hospital"]
    shown = desk.get("desk/pairs")
    [pair] = shown["pairs"]
    assert (shown["open"], shown["total"], pair["found"]) == (1, 1, "")
    assert 300 < pair["apart_m"] < 350 and pair["like"] == 1.0
    assert {pair["one"]["list"], pair["other"]["list"]} == {"agency", "ministry"}
    assert pair["one"]["mine"] and pair["other"]["mine"] and pair["one"]["decimal"] and pair["one"]["mgrs"]
    assert set(pair["differs"]) == {"name", "decimal"}
    assert desk.get("desk/pairs", place="nowhere")["total"] == 0

    # One of two entries of ours goes on, and only a person says which.
    assert problem(desk.post("desk/pairs", **keys(pair), found="one_place")) == (403, "place.one")
    assert problem(desk.post("desk/pairs", one="nobody", other="nothing", found="two_places")) == (
        403, "place.unknown",
    )  # fmt: skip

    waiting = desk.post("desk/imports", **upload(AGENCY.replace("Mopti", "Mopti ")), list="third").json()
    assert desk.post("desk/pairs", **keys(pair), found="two_places").status_code == 204
    assert flagged(desk) == []
    again = desk.get("desk/pairs")
    assert (again["open"], again["pairs"][0]["found"]) == (0, "two_places")
    assert again["pairs"][0]["found_by"] == "north/protection"
    place = desk.get(f"desk/register/{pair['one']['id']}")
    assert [event["kind"] for event in place["history"]] == ["new", "two_places"]
    assert desk.get("desk/imports/third")["sha256"] == waiting["sha256"], "a review overtakes no list that waits"
    desk.client.delete("/api/desk/imports/third")

    take(desk, "agency", AGENCY.replace("-3.5030", "-3.5020"))
    assert len(flagged(desk)) == 2, "what has moved is to be looked at again"
    kept = "ministry"
    kept_id = next(e["id"] for e in (pair["one"], pair["other"]) if e["list"] == kept)
    assert desk.post("desk/pairs", **keys(pair), found="one_place", kept=kept_id).status_code == 204
    assert desk.get("desk/pairs")["total"] == 0
    assert len(desk.get("desk/register", be="merged")["places"]) == 1
    told = [line["facts"]["found"] for line in served["north"].member.node.journal_lines()
            if line["what"] == "places_reviewed"]  # fmt: skip
    assert told == ["two_places", "one_place"]


def test_f08_another_desks_entry_is_shown_once_its_terms_are_read_and_is_never_merged(
    served: dict[str, Served],
) -> None:
    """F-08."""
    north, south = served["north"].enter("protection"), served["south"].enter("protection")
    take(north, "paper", PAPER)
    take(south, "theirs", PAPER.replace("Dogon Clinic", "Clinique Dogon"))
    south.say("issue_list", name="theirs", to=["north"], precision_m=500, conditions=["list=theirs"])
    subject = "sites/south/theirs-north"
    node = served["north"].member.node
    until(lambda: any(subject in book.fold("all").events for book in [*node.books.values()] if not node.catch_up()))

    assert north.get("desk/pairs", place=f"{subject}/nothing")["total"] == 0
    assert [p for p in north.get("desk/pairs")["pairs"] if not (p["one"]["mine"] and p["other"]["mine"])] == []
    north.say("open_terms", subject=subject)

    [pair] = [p for p in north.get("desk/pairs")["pairs"] if not (p["one"]["mine"] and p["other"]["mine"])]
    theirs = next(e for e in (pair["one"], pair["other"]) if not e["mine"])
    assert (theirs["holder"], theirs["list"], theirs["written"]) == ("south", subject, "")
    opened = [line["facts"] for line in node.journal_lines() if line["what"] == "opened"]
    assert [one["item"] for one in opened if one["detail"] == "beside the register"] == [subject]
    mine = next(e for e in (pair["one"], pair["other"]) if e["mine"])
    # Which entry of theirs it is stands in this view alone, where it is noted who looked.
    row = north.get("desk/register", flag="duplicate.across")["places"]
    assert [flag["detail"] for one in row for flag in one["flags"] if flag["code"] == "duplicate.across"] == [""]
    before = north.get("desk/register")["total"]

    answer = north.post("desk/pairs", one=mine["key"], other=theirs["key"], found="one_place", kept=mine["key"])
    assert problem(answer) == (403, "place.unknown"), "what is theirs is merged into nothing"
    assert north.post("desk/pairs", **keys(pair), found="one_place").status_code == 204

    assert north.get("desk/register")["total"] == before and flagged(north) == []
    assert north.get("desk/pairs", place=mine["id"])["pairs"][0]["found"] == "one_place"


def test_whoever_keeps_no_desk_sees_no_pair_and_reviews_none(served: dict[str, Served]) -> None:
    watch = served["north"].enter("watch")

    assert problem(watch.client.get("/api/desk/pairs")) == (403, "desk.office")
    assert problem(watch.post("desk/pairs", one="a", other="b", found="two_places")) == (403, "desk.office")
