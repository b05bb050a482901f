"""The desk at a page: lists in, shown and taken; lists and movements out; packages; and up the ladder."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.exchange.conftest import until
from tests.web.centres import AGREEMENT, Page, Served, plan

from entente.web.desk import speaking

LIST = """Facility;Lat;Long;District;Country;Type
Clinic of the hill;12.5938;-3.8343;Mopti;Mali;clinic
School MARKDESK;12.6512;-3.7001;Mopti;Mali;school
Well without a place;;;Mopti;Mali;water
"""
LATER = LIST.replace("12.5938;-3.8343", "12.6338;-3.8343").replace("School MARKDESK", "School of the river")


def problem(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"].startswith("application/problem+json"), answer.text
    return answer.status_code, answer.json()["code"]


def upload(text: str | bytes, file: str = "sites.csv", **more: Any) -> dict[str, Any]:
    data = text.encode() if isinstance(text, str) else text
    return {"file": file, "data": base64.b64encode(data).decode(), **more}


def sign_paper(page: Page, **asked: Any) -> dict[str, Any]:
    """Draw up a paper and sign it as its page would."""
    drafted = page.post("desk/papers", **asked)
    assert drafted.status_code == 201, drafted.text
    paper = drafted.json()
    said = page.post(f"desk/papers/{paper['id']}/say", **page.sign(paper))
    assert said.status_code == 200, said.text
    found: dict[str, Any] = said.json()["receipts"][-1]
    return found


def say_at_once(page: Page, say: str, **fields: Any) -> int:
    """Say all of a command, as the page does, and return how many statements were signed at once."""
    drafted = page.draft(say, **fields)
    assert drafted.status_code == 201, drafted.text
    assert not drafted.json()["more"]
    said = page.post(f"drafts/{drafted.json()['id']}/say", **page.sign(drafted.json()))
    assert said.status_code == 200, said.text
    assert len(said.json()["receipts"]) == len(drafted.json()["statements"])
    return len(drafted.json()["statements"])


@pytest.fixture(scope="module")
def desk(served: dict[str, Served]) -> Page:
    return served["north"].enter("protection")


@pytest.fixture(scope="module")
def taken(desk: Page) -> Page:
    read = desk.post("desk/imports", **upload(LIST), list="health").json()
    desk.post("desk/imports/health/accept", sha256=read["sha256"])
    return desk


def test_a_list_is_read_shown_and_only_then_taken(served: dict[str, Served]) -> None:
    page = served["south"].enter("protection")
    read = page.post("desk/imports", **upload(LIST), list="health").json()

    assert (read["counts"], read["waits"]) == ({"new": 3}, True)
    assert read["columns"]["name"] == "Facility" and read["columns"]["lat"] == "Lat"
    missing = next(one for one in read["flags"] if one["code"] == "position.missing")
    assert (missing["count"], missing["first"]) == (1, [4])
    assert page.get("desk/register")["total"] == 0  # nothing was taken yet
    assert page.get("desk/register")["lists"] == [{"name": "health", "places": 0, "waits": True}]

    assert problem(page.post("desk/imports/health/accept", sha256="0" * 64)) == (409, "centre.stale")
    assert page.post("desk/imports/health/accept", sha256=read["sha256"]).json()["counts"] == {"new": 3}
    assert problem(page.client.get("/api/desk/imports/health")) == (403, "place.nothing_staged")
    assert page.get("desk/register")["total"] == 3

    again = page.post("desk/imports", **upload(LIST), list="health").json()
    assert (again["waits"], again["counts"]) == (False, {"same": 3})
    later = page.post("desk/imports", **upload(LATER), list="health").json()
    assert later["counts"] == {"same": 1, "changed": 1, "moved": 1}
    moved = next(one for one in later["outcomes"] if one["kind"] == "moved")
    assert 4000 < moved["moved_m"] < 5000 and moved["name"] == "Clinic of the hill"
    assert page.get("desk/imports/health", kind="changed")["outcomes"][0]["changes"][0]["new"] == "School of the river"
    assert page.client.delete("/api/desk/imports/health").status_code == 204
    lines = [
        line["facts"]["by"] for line in served["south"].member.node.journal_lines() if line["what"] == "places_accepted"
    ]
    assert lines == ["south/protection"]


def test_the_register_is_searched_by_word_flag_district_and_state(taken: Page) -> None:
    def ids(**query: Any) -> list[str]:
        return [one["name"] for one in taken.get("desk/register", **query)["places"]]

    assert ids(q="CLINIC") == ["Clinic of the hill"]
    assert ids(be="unplaced") == ["Well without a place"]
    assert ids(flag="position.missing") == ["Well without a place"]
    assert (len(ids(district="mopti")), ids(district="Kayes"), ids(list="none")) == (3, [], [])
    one = taken.get("desk/register", q="clinic")["places"][0]
    shown = taken.get(f"desk/register/{one['id']}")
    assert shown["mgrs"].startswith("30P") and shown["history"][0]["kind"] == "new"
    assert shown["history"][0]["by"] == "north/protection"


BAD: list[tuple[str, dict[str, Any], int, str]] = [
    ("no columns", upload("a;b\n1;2\n"), 403, "place.columns"),
    ("nothing in it", upload(""), 400, "file.empty"),
    ("not base64", {"file": "a.csv", "data": "%%%"}, 400, "desk.file"),
    ("no name", upload(LIST, file=""), 400, "desk.file"),
    ("another kind of file", upload(LIST, file="list.exe"), 400, "file.format"),
    ("a macro sheet that is none", upload(b"PK\x03\x04 no zip", file="list.xlsx"), 400, "xlsx.zip"),
    ("a name that leads elsewhere", upload(LIST, file="../../x.csv", list="../x"), 400, "name.spelling"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "body", "status", "code"), BAD, ids=[one[0] for one in BAD])
def test_what_is_no_list_gets_a_clear_answer(
    desk: Page, what: str, body: dict[str, Any], status: int, code: str
) -> None:
    answer = desk.post("desk/imports", **body)

    assert answer.status_code == status, answer.text
    assert problem(answer)[1].partition(".")[0] == code.partition(".")[0]
    assert "/tmp" not in answer.text and "entente-list" not in answer.text


def test_columns_that_are_not_recognised_are_mapped_and_remembered(desk: Page) -> None:
    odd = "What;Up;Across\nPost;12.5;-3.5\n"
    seen = desk.post("desk/columns", **upload(odd)).json()
    assert seen["labels"] == ["What", "Up", "Across"] and "lat" in seen["fields"]

    columns = {"name": "What", "lat": "Up", "lon": "Across"}
    assert desk.post("desk/imports", **upload(odd), list="odd", columns=columns).json()["counts"] == {"new": 1}
    assert desk.post("desk/imports", **upload(odd), list="odd").json()["counts"] == {"new": 1}  # remembered
    assert desk.client.delete("/api/desk/imports/odd").status_code == 204


# -- out, and up the ladder --------------------------------------------------------------------------------------------


def test_a_list_goes_from_the_register_to_a_party_and_up_the_ladder(taken: Page, served: dict[str, Served]) -> None:
    duty = served["south"].enter("air_operations")
    conditions = ["list=health"]
    seen = taken.post("desk/preview", to=["south"], name="health", conditions=conditions, precision_m=1000.0).json()
    [shown] = seen["previews"]
    assert (shown["node"], shown["total"], shown["counts"]) == (True, 3, {"added": 3})
    assert "12.5938" not in json.dumps(seen)

    issue = {"name": "health", "to": ["south"], "precision_m": 1000.0, "conditions": conditions, "consent": "letter 9"}
    assert say_at_once(taken, "issue_list", **issue) == 2  # the terms, and then the list
    assert problem(taken.draft("issue_list", **issue)) == (403, "desk.nothing")

    subject = "sites/north/health-south"
    until(lambda: any(one["subject"] == subject for one in duty.get("inbox")["items"]))
    duty.say("open_terms", subject=subject)
    until(lambda: len(duty.get("lists/north/health-south")["sites"]) == 3)
    notice = duty.get("notices/north/health-south")
    assert len(notice["places"]) == 3 and not notice["mine"]
    duty.say("acknowledge_list", subject=subject, leaf=notice["leaf"])
    place = next(one for one in duty.get("lists/north/health-south")["sites"] if one["name"] == "Clinic of the hill")
    lon, lat = place["position"]
    entered = [{"place": place["id"], "text": f"{lon:.5f} {lat:.5f}"}]  # swapped
    body = {"agreement": AGREEMENT, "subject": subject, "places": entered}
    assert duty.post("compare", **body).json()["places"][0]["outcome"] in ("swapped", "differs")
    duty.say("read_back", subject=subject, leaf=notice["leaf"], places=entered)

    def mine() -> dict[str, Any]:
        rows = [one for one in taken.get("coverage", everything=True)["rows"] if one["item"] == subject]
        return rows[0] if rows else {}

    until(lambda: mine().get("differing") == 1)
    assert mine()["rung"] == "opened"  # a read-back that differs is no step up
    assert any(one["code"] == "read_back" and one["urgent"] for one in taken.get("inbox")["items"])
    entered = [{"place": place["id"], "text": f"{lat:.5f} {lon:.5f}"}]
    duty.say("read_back", subject=subject, leaf=notice["leaf"], places=entered)
    duty.say("relay", subject=subject, leaf=notice["leaf"], unit="2 Wing", step="relayed")
    duty.say("relay", subject=subject, leaf=notice["leaf"], unit="2 Wing", step="loaded")
    until(lambda: mine()["rung"] == "loaded")
    assert (mine()["missing"], mine()["units"], mine()["differing"]) == ([], ["2 Wing"], 0)
    [newest, before] = taken.get("notices/north/health-south")["read_backs"]
    assert newest["places"][0]["outcome"] == "same" and newest["places"][0]["own"] in ("same", "within")
    assert before["places"][0]["outcome"] in ("swapped", "differs")
    # What is compared with our own plan is told to nobody.
    assert duty.get("notices/north/health-south")["read_backs"] == []


def test_of_a_list_to_several_all_is_said_or_nothing_and_what_a_colleague_said_meanwhile_makes_it_stale(
    taken: Page, served: dict[str, Served]
) -> None:
    colleague = served["north"].enter("senior")
    issue = {"name": "twice", "to": ["south"], "precision_m": 1000.0, "conditions": ["list=health"]}
    shown, other = taken.draft("issue_list", **issue).json(), colleague.draft("issue_list", **issue).json()
    assert [one["verb"] for one in shown["statements"]] == ["release.terms", "sites.notify"]
    assert len({one["subject"] for one in shown["statements"]}) == 2
    assert colleague.post(f"drafts/{other['id']}/say", **colleague.sign(other)).status_code == 200

    def terms() -> list[int]:
        entries = taken.get(f"record/{AGREEMENT}/north", last=500)["entries"]
        return [one["seq"] for one in entries if one["verb"] == "release.terms"]

    before = terms()
    assert problem(taken.post(f"drafts/{shown['id']}/say", **taken.sign(shown))) == (409, "sites.issue")
    signatures = taken.sign(shown)["signatures"]
    turned = signatures[::-1]
    assert problem(taken.post(f"drafts/{shown['id']}/say", signatures=turned)) == (403, "staff.signature")
    assert problem(taken.post(f"drafts/{shown['id']}/say", signatures=signatures[:1])) == (400, "request.signatures")
    # The terms, which nothing overtook, were not said either.
    assert terms() == before


def test_what_is_too_much_for_one_signing_follows_in_the_next(taken: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    issue = {"name": "heavy", "to": ["south"], "precision_m": 1000.0, "conditions": ["list=health"]}
    monkeypatch.setattr(speaking, "HEAVIEST", 10)
    first = taken.draft("issue_list", **issue).json()
    assert ([one["verb"] for one in first["statements"]], first["more"]) == (["release.terms"], True)
    assert taken.post(f"drafts/{first['id']}/say", **taken.sign(first)).status_code == 200
    second = taken.draft("issue_list", **issue).json()
    assert ([one["verb"] for one in second["statements"]], second["more"]) == (["sites.notify"], False)
    assert taken.post(f"drafts/{second['id']}/say", **taken.sign(second)).status_code == 200


def journey(hour: int = 6, **more: Any) -> dict[str, Any]:
    passages = [
        {"position": "12.5 -3.8", "at": f"2026-12-04T{hour:02d}:00:00Z", "name": "Depot"},
        {"position": "12.6 -3.7", "at": f"2026-12-04T{hour + 2:02d}:00:00Z", "name": "MARKBRIDGE"},
    ]
    vehicles = [
        {"kind": "truck", "count": 3, "label": "R 11", "day_marks": ["flag"], "infrared_marks": ["infrared_beacon"]}
    ]
    return {"title": "Water", "contact": "channel 4", "passages": passages, "vehicles": vehicles, **more}


def test_a_movement_is_notified_amended_and_read_back_and_a_stale_word_is_shown(
    desk: Page, served: dict[str, Served]
) -> None:
    duty, subject = served["south"].enter("watch"), "movement/north/relief-south"
    notify = {"name": "relief", "to": ["south"], "precision_m": 500.0, "purpose": "Water for 400 families"}
    assert say_at_once(desk, "notify_movement", **notify, journey=journey()) == 2
    until(lambda: any(one["subject"] == subject for one in duty.get("inbox")["items"]))
    duty.say("open_terms", subject=subject)
    until(lambda: duty.get("movements/north/relief-south")["journey"] is not None)
    first = duty.get("movements/north/relief-south")
    assert "MARKBRIDGE" not in json.dumps(first)
    duty.say("acknowledge_movement", subject=subject, leaf=first["notice"]["leaf"])
    until(lambda: desk.get("movements/north/relief-south")["movement"]["row"]["acknowledged"] == ["south"])

    own = desk.get("movements/north/relief-south")
    assert own["journey"]["passages"][1]["name"] == "MARKBRIDGE" and own["notice"]["stem"] == "relief"
    amended = {"name": "relief", "purpose": "Water for 400 families"}
    assert problem(desk.draft("amend_movement", **amended, journey=own["journey"])) == (403, "desk.nothing")
    assert say_at_once(desk, "amend_movement", **amended, journey=journey(8)) == 1
    until(lambda: len(duty.get("movements/north/relief-south")["versions"]) == 2)
    later = duty.get("movements/north/relief-south")
    assert later["versions"][1]["differences"] and later["movement"]["row"]["stale"] == ["south"]
    stale = next(one for one in desk.get("coverage")["rows"] if one["item"] == subject)
    assert [one["rung"] for one in stale["stale"]] == ["opened"]
    old = {"subject": subject, "leaf": first["notice"]["leaf"]}
    assert problem(duty.draft("read_back", **old, places=[{"place": "1", "text": "12.5 -3.8"}])) == (
        409,
        "centre.stale",
    )

    entered = [{"place": "1", "text": "12.5001 -3.8001"}, {"place": "2", "text": "12.6001 -3.7001"}]
    duty.say("read_back", subject=subject, leaf=later["notice"]["leaf"], places=entered)
    until(lambda: bool(desk.get("movements/north/relief-south")["notice"]["read_backs"]))
    duty.say("report_movement", subject=subject, how="delayed", by="checkpoint 3", at="2026-12-01T06:00:00Z")
    until(lambda: len(desk.get("movements/north/relief-south")["reports"]) == 1)
    assert any(one["code"] == "held_up" for one in desk.get("inbox")["items"])
    assert say_at_once(desk, "end_movement", name="relief", why="completed") == 1


def test_a_package_is_seen_signed_made_again_and_what_is_heard_of_it_entered(taken: Page) -> None:
    sign_paper(
        taken, say="paper_recipient", name="air-desk", formats=["csv", "email"], precision_m=1000, lists=["health"]
    )
    assert [one["name"] for one in taken.get("desk/recipients")["recipients"]] == ["air-desk"]
    [seen] = taken.post("desk/preview", to=["air-desk"]).json()["previews"]
    assert (seen["number"], seen["total"], seen["node"]) == (1, 3, False)

    early = taken.post("desk/papers", say="paper_package", to=["air-desk"]).json()
    said = sign_paper(taken, say="paper_package", to=["air-desk"])
    late = taken.sign(early)
    assert problem(taken.post(f"desk/papers/{early['id']}/say", **late)) == (409, "package.overtaken")
    assert said["subject"] == "air-desk 1"
    answer = taken.client.get("/api/desk/packages/air-desk/1")
    assert answer.headers["content-disposition"] == 'attachment; filename="air-desk-001.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as file:
        assert sorted(file.namelist()) == ["air-desk-001-email.txt", "air-desk-001-sites.csv", "manifest.json"]
        table = file.read("air-desk-001-sites.csv").decode()
    # What the preview showed is what was sent.
    assert all(row["id"] in table for row in seen["rows"])
    assert problem(taken.post("desk/papers", say="paper_package", to=["air-desk"])) == (403, "desk.nothing")

    heard = {"recipient": "air-desk", "number": 1}
    assert problem(taken.post("desk/heard", **heard, rung="relayed", source="telephone")) == (403, "package.words")
    taken.post("desk/heard", **heard, rung="loaded", source="telephone", unit="2 Wing")
    [row] = [one for one in taken.get("coverage", everything=True)["rows"] if one["recipient"] == "air-desk"]
    assert (row["rung"], row["steps"][0]["how"]) == ("loaded", "by hand")
    assert "entered by north/protection" in row["steps"][0]["by"]

    sign_paper(taken, say="paper_recipient", name="road-desk", formats=["csv"], precision_m=2000, lists=["health"])
    both = taken.post("desk/papers", say="paper_package", to=["air-desk", "road-desk"], full=True).json()
    assert [one["subject"] for one in both["statements"]] == ["air-desk 2", "road-desk 1"]
    assert taken.post(f"desk/papers/{both['id']}/say", **taken.sign(both)).status_code == 200
    assert problem(taken.post("desk/papers", say="paper_package", to=[])) == (403, "package.recipients")

    moved = sign_paper(taken, say="paper_movement", to=["air-desk"], name="convoy", journey=journey())
    assert moved["subject"] == "air-desk convoy 1"
    again = taken.post("desk/papers", say="paper_movement", to=["air-desk"], name="convoy", journey=journey(9)).json()
    assert any("timetable" in one["what"] or one["old"] for one in again["statements"][0]["differences"])


def test_a_paper_is_its_sessions_and_signed_by_its_officers_key(taken: Page, served: dict[str, Served]) -> None:
    asked = {"say": "paper_recipient", "name": "cell", "formats": ["csv"], "precision_m": 2000}
    paper = taken.post("desk/papers", **asked).json()
    wrong = taken.sign(paper, "senior")
    assert problem(taken.post(f"desk/papers/{paper['id']}/say", **wrong))[0] in (401, 403)
    other = served["north"].enter("protection")
    right = taken.sign(paper)
    assert problem(other.post(f"desk/papers/{paper['id']}/say", **right)) == (409, "centre.draft")
    assert taken.post(f"desk/papers/{paper['id']}/say", **right).status_code == 200


# -- who may not -------------------------------------------------------------------------------------------------------


def asked(page: Page) -> Iterator[tuple[str, httpx.Response]]:
    """Ask everything that is the desk's own."""
    for path in ("register", "register/health-bbbb", "imports/health", "recipients", "packages", "packages/air-desk/1"):
        yield path, page.client.get(f"/api/desk/{path}")
    bodies: dict[str, dict[str, Any]] = {
        "columns": upload(LIST), "imports": upload(LIST), "imports/health/accept": {"sha256": "0" * 64},
        "register/end": {"places": ["health-bbbb"]}, "register/merge": {"kept": "a", "other": "b"},
        "preview": {"to": ["south"]}, "heard": {"recipient": "air-desk", "number": 1, "rung": "opened", "source": "x"},
        "papers": {"say": "paper_package", "to": ["air-desk"]},
    }  # fmt: skip
    for path, body in bodies.items():
        yield path, page.post(f"desk/{path}", **body)
    yield "unstage", page.client.delete("/api/desk/imports/health")
    issue = {"name": "health", "to": ["south"], "precision_m": 1000.0}
    yield "issue", page.draft("issue_list", **issue)
    yield "notify", page.draft("notify_movement", **issue, purpose="Water", journey=journey())


@pytest.mark.parametrize("office", ["observer", "air_operations", "watch"])
def test_whose_office_does_not_notify_sees_nothing_of_the_desk_and_is_refused(
    taken: Page, served: dict[str, Served], office: str
) -> None:
    answers = dict(asked(served["north"].enter(office)))

    assert {path: problem(answer) for path, answer in answers.items()} == dict.fromkeys(answers, (403, "desk.office"))
    assert not any("MARKDESK" in answer.text or "Clinic" in answer.text for answer in answers.values())
    kept = served["north"].member.node.journal_lines()[-1]
    assert (kept["what"], kept["facts"]["code"]) == ("refused", "desk.office")


# -- releasing more, and what waits ------------------------------------------------------------------------------------


def test_a_plan_is_released_to_one_more_party_and_that_is_an_entry(served: dict[str, Served]) -> None:
    north, south = served["north"].enter("air_operations"), served["south"].enter("air_operations")
    north.say("propose", name="later", plan=plan("MARKLATER", lon=30.0), to=[])
    until(lambda: south.client.get("/api/operations/north/later").status_code == 200)
    assert "MARKLATER" not in json.dumps(south.get("operations/north/later"))
    leaf = north.get("operations/north/later")["operation"]["row"]["leaf"]
    asked = {"agreement": AGREEMENT, "leaf": leaf, "to": "south"}
    before = len(north.get(f"record/{AGREEMENT}/north", last=500)["entries"])

    assert problem(served["north"].enter("observer").post("operations/north/later/release", **asked)) == (
        403, "staff.authority",
    )  # fmt: skip
    assert problem(south.post("operations/north/later/release", **asked)) == (403, "release.unknown")
    assert problem(north.post("operations/north/later/release", **{**asked, "leaf": "0" * 64})) == (409, "centre.stale")
    assert north.post("operations/north/later/release", **asked).json()["to"] == ["south"]

    until(lambda: "MARKLATER" in json.dumps(south.get("operations/north/later")))
    assert north.get("operations/north/later")["released_to"] == ["south"]
    entries = north.get(f"record/{AGREEMENT}/north", last=500)["entries"]
    assert "release.grant" in [one["verb"] for one in entries[before:]]


def test_what_was_read_and_what_was_objected_to_waits_for_whoever_may_answer(served: dict[str, Served]) -> None:
    north, south, desk = (served[p].enter(o) for p, o in (("north", "air_operations"), ("south", "air_operations"),
                                                          ("north", "protection")))  # fmt: skip

    def waits(page: Page) -> list[tuple[str, str, bool]]:
        return [(one["code"], one["subject"], one["mine"]) for one in page.get("inbox")["items"]]

    desk.post("desk/imports", **upload(LIST, file="more.csv"), list="more")
    assert ("staged", "list/more", True) in waits(desk)
    assert "staged" not in [code for code, _, _ in waits(north)]
    desk.client.delete("/api/desk/imports/more")
    assert "staged" not in [code for code, _, _ in waits(desk)]

    north.say("propose", name="doubtful", plan=plan("Doubtful", lon=31.0), to=["south"])
    until(lambda: ("answer", "operation/north/doubtful", True) in waits(south))
    leaf = south.get("operations/north/doubtful")["operation"]["row"]["leaf"]
    south.say("decide", subject="operation/north/doubtful", leaf=leaf, answer="objection")
    until(lambda: ("objected", "operation/north/doubtful", True) in waits(north))
