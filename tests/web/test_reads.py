"""What a page is told: what its officer may see, noted when it is another's, and nothing that was not released."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import jsonschema_rs
import pytest
from tests.exchange.conftest import until
from tests.web.centres import AGREEMENT, Page, Served, in_pairs, plan

from entente.geo.position import Position
from entente.ids import SubjectId
from entente.joint.protected_sites import Category, Site, SiteStatus
from entente.joint.releases import Limit, Purpose, Terms
from entente.joint.staff import Office
from entente.node import command
from entente.testing.coalition import START
from entente.verify import disclosure
from entente.verify.report import Sort
from entente.web import routes

LIST = SubjectId("sites/south/valley")
MARKS = {
    "a plan that was released to nobody": "MARKPLAN",
    "its note": "MARKNOTE",
    "its callsign": "MARKCALL",
    "a site of a list that was not opened": "MARKSITE",
    "a plan that was not opened": "MARKSEALED",
}


@pytest.fixture(scope="module")
def planted(served: dict[str, Served]) -> dict[str, Served]:
    """South plants what north must not see: unreleased, or released on terms that north has not acknowledged."""
    south = served["south"]
    desk, member = south.enter("air_operations"), south.member
    hidden = plan("MARKPLAN", lon=20.0, note="MARKNOTE", callsign="MARKCALL")
    desk.say("propose", name="hidden", plan=hidden, to=[])
    terms = Terms(to=("north",), purpose=Purpose.KEEP_AWAY, limits=(Limit.NOT_EXPORTED,))  # type: ignore[arg-type]
    member.say(command.give_terms(AGREEMENT, "all", LIST, terms), Office.PROTECTION)
    site = Site(
        id="school-1", name="MARKSITE", category=Category.SCHOOL, position=Position(lat=47.0, lon=21.0),
        uncertainty_m=500.0, district="MARKSITE district", note="MARKSITE note", expires_at=START + timedelta(days=30),
    )  # fmt: skip
    notice = command.notify_sites(AGREEMENT, "all", "south", "valley", 1, [site], "To keep away", to=["north"])
    member.say(notice, Office.PROTECTION)
    sealed = SubjectId("operation/south/sealed")
    desk.say("propose", name="sealed", plan=plan("MARKSEALED", lon=22.0), to=[])
    member.say(command.give_terms(AGREEMENT, "all", sealed, terms), Office.PROTECTION)
    latest = desk.get("operations/south/sealed")["versions"][-1]["leaf"]
    seq = member.node.book(AGREEMENT).ledger.feeds[member.node.book(AGREEMENT).origin].leaves.index(latest)
    member.node.release(AGREEMENT, seq, "plan", served["north"].member.party)
    until(lambda: any(site[0] == LIST for site in served["north"].member.node.watch.sites.values()))
    until(lambda: any(f.subject == sealed and f.plan for f in served["north"].member.node.watch.flights.values()))
    return served


def opened(file: str) -> str:
    """The text of a proof, and of every part that is open in it."""
    plain = json.loads(base64.b64decode(file))
    parts = [part for feed in plain["feeds"] for entry in feed["entries"] for part in entry["parts"]]
    return json.dumps(plain) + "".join(base64.b64decode(part["data"]).decode(errors="replace") for part in parts)


def everything(page: Page) -> Iterator[tuple[str, str]]:
    """Ask everything that can be asked, follow what is named in the answers, and yield each answer as it came."""
    asked = ["session", "picture", "picture?at=2026-12-01T06:00:10Z", "findings", "inbox", "timeline", "links"]
    asked += ["lookup/search?q=MARK", "lookup/search?q=a", "lookup/search?q=valley", "lists/south/valley"]
    asked += ["coverage?everything=true", "notices/south/valley"]
    asked += [f"record/{AGREEMENT}/{party}" for party in ("north", "south")]
    for path in asked:
        yield path, page.client.get(f"/api/{path}").text
    for path in ("movements/south/none", "desk/register", "desk/recipients", "desk/packages", "desk/imports/places"):
        yield f"refused: {path}", page.client.get(f"/api/{path}").text
    for operation in page.get("picture")["operations"]:
        path = "operations/" + operation["row"]["subject"].partition("/")[2]
        yield path, page.client.get(f"/api/{path}").text
    for party in ("north", "south"):
        for entry in page.get(f"record/{AGREEMENT}/{party}", last=12)["entries"]:
            path = f"record/{AGREEMENT}/{party}/{entry['seq']}"
            yield path, page.client.get(f"/api/{path}").text
            proof = page.client.get(f"/api/{path}/proof")
            yield f"{path}/proof", proof.text
            yield f"what is open in {path}", opened(proof.json()["file"])
    for lon in (20.0, 21.0, 22.0):  # a plan of ours right over each of them
        for body in ({"agreement": AGREEMENT, "plan": plan("Over it", lon=lon), "ways": True},):
            yield f"screening at {lon}", page.post("screening", **body).text
        drafted = page.draft("propose", name=f"over-{lon:.0f}", plan=plan("Over it", lon=lon), to=["south"])
        yield f"draft at {lon}", drafted.text + json.dumps(drafted.json())
    with page.events() as events:
        yield "events", json.dumps(events.heard)


def test_nothing_that_was_not_released_is_in_any_answer(planted: dict[str, Served]) -> None:
    page = planted["north"].enter("air_operations")

    answers = dict(everything(page))

    found = [(what, path) for what, mark in MARKS.items() for path, text in answers.items() if mark in text]
    # A search's own words come back in no answer, so what is found was told.
    assert found == []
    # The places are protected and screened all the same, without their names.
    assert "a protected site, its release not acknowledged yet" in answers["screening at 21.0"]
    assert "an operation, its release not acknowledged yet" in answers["screening at 22.0"]
    assert json.loads(answers["screening at 20.0"])["findings"] == []
    listed = json.loads(answers["lists/south/valley"])
    assert (listed["list"]["sealed"], listed["sites"]) == (True, [])
    assert "keep away" in " ".join(listed["notices"])
    waiting = {(item["code"], item["subject"]) for item in json.loads(answers["inbox"])["items"]}
    assert {("open", LIST), ("open", "operation/south/sealed")} <= waiting


def test_what_its_owner_sees_of_it_shows_that_the_marks_can_be_found(planted: dict[str, Served]) -> None:
    own = dict(everything(planted["south"].enter("air_operations")))

    for mark in MARKS.values():
        assert any(mark in text for text in own.values()), mark


def test_every_answer_fits_the_document(planted: dict[str, Served]) -> None:
    """What schemathesis asks finds little, as the names that it makes up are nothing's; these answers are full."""
    document = in_pairs(routes.described())
    shaped = []
    for path, text in everything(planted["south"].enter("air_operations")):
        bare = f"/api/{path.partition('?')[0]}"
        for template, held in document["paths"].items():
            if bare != "/api/events" and "get" in held and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), bare):
                schema = held["get"]["responses"]["200"]["content"]["application/json"]["schema"]
                whole = {"components": document["components"], **schema}
                errors = [str(one) for one in jsonschema_rs.validator_for(whole).iter_errors(json.loads(text))]
                assert errors == [], path
                shaped.append(template)
                break
    assert {"/api/picture", "/api/operations/{party}/{name}", "/api/lists/{party}/{name}", "/api/inbox"} <= set(shaped)


def test_an_opened_list_is_shown_and_each_look_at_it_is_noted_once_a_session(planted: dict[str, Served]) -> None:
    north = planted["north"]
    page = north.enter("air_operations")
    page.say("open_terms", subject=LIST)

    def looks(item: str) -> list[dict[str, Any]]:
        lines = [line for line in north.member.node.journal_lines() if line["what"] == "opened"]
        return [line["facts"] for line in lines if line["facts"]["item"] == item]

    before = len(looks(LIST))
    for _ in range(3):
        [site] = page.get("lists/south/valley")["sites"]
    assert (site["name"], site["protected"], site["uncertainty_m"]) == ("MARKSITE", True, 500.0)
    assert site["buffer_m"] > site["uncertainty_m"]
    [look] = looks(LIST)[before:]
    assert (look["by"], look["account"]) == ("north/air_operations", "centre") and "1 to 1 of 1" in look["detail"]

    assert any(one["name"] == "MARKSITE" for one in page.get("picture")["sites"])
    assert len(looks(LIST)) == before + 2  # on the map is another look
    north.enter("watch").get("lists/south/valley")
    assert [one["by"] for one in looks(LIST)[before:]][-1] == "north/watch"
    page.say("acknowledge_list", subject=LIST, leaf=page.get("lists/south/valley")["list"]["row"]["leaf"])
    # What is acknowledged is still to be read back, relayed and loaded, by the notice's clock.
    assert [item["code"] for item in page.get("inbox")["items"] if item["subject"] == LIST] == ["climb"]


def test_the_map_at_a_moment_past_is_what_had_been_said_by_then(planted: dict[str, Served]) -> None:
    page = planted["north"].enter("air_operations")
    page.say("propose", name="timed", plan=plan("Timed", lon=25.0), to=["south"])
    first = page.get("picture")["now"]
    leaf = page.get("operations/north/timed")["versions"][0]["leaf"]
    page.say("change", subject="operation/north/timed", leaf=leaf, plan=plan("Timed", lon=26.0), to=["south"])

    def at(when: str) -> Any:
        told = page.get("picture", at=when)
        rows = [one for one in told["operations"] if one["row"]["subject"] == "operation/north/timed"]
        return (rows[0]["row"]["version"], round(rows[0]["drawn"][0]["rings"][0][0][0])) if rows else None

    assert at("2026-12-01T05:59:00Z") is None
    assert at(first) == (1, 25)
    assert at("2026-12-01T23:00:00Z") == (2, 26)
    assert "by then" in page.get("picture", at=first)["limits"][0]


def test_places_at_a_moment_past_are_those_of_the_issue_of_then(planted: dict[str, Served]) -> None:
    north, south = planted["north"], planted["south"].member
    page = north.enter("air_operations")
    before = south.node.clock.now().isoformat()

    def issue(number: int, name: str, status: SiteStatus = SiteStatus.ACTIVE) -> str:
        site = Site(id="well", name=name, category=Category.WATER_AND_POWER, position=Position(lat=10.0, lon=number),
                    uncertainty_m=100.0, expires_at=START + timedelta(days=30), status=status)  # fmt: skip
        notice = command.notify_sites(AGREEMENT, "all", "south", "wells", number, [site], "To keep away", to=["north"])
        south.say(notice, Office.PROTECTION)
        held = "sites/south/wells/well"
        until(lambda: held in north.member.node.watch.sites and north.member.node.watch.sites[held][1].name == name)
        return south.node.clock.now().isoformat()  # the author's clock is what counts

    moments = [before, issue(1, "Well"), issue(2, "Well, moved"), issue(3, "Well, dry", SiteStatus.ENDED)]

    def at(when: str) -> list[tuple[str, int, bool]]:
        told = page.get("picture", at=when)
        return [
            (s["name"], s["position"][0], s["protected"]) for s in told["sites"] if s["list"] == "sites/south/wells"
        ]

    shown = [[], [("Well", 1, True)], [("Well, moved", 2, True)], [("Well, dry", 3, False)]]
    assert list(map(at, moments)) == shown
    assert [s["name"] for s in page.get("picture")["sites"] if s["id"] == "well"] == ["Well, dry"]


def test_a_past_picture_says_since_when_and_until_when_it_stood(planted: dict[str, Served]) -> None:
    page = planted["north"].enter("air_operations")
    now = page.get("picture")
    assert (now["since"], now["until"]) == (None, None)
    first = page.get("picture", at="2026-12-01T06:00:00Z")
    for _ in range(4):  # from one act to the next, as a page plays
        following = page.get("picture", at=first["until"])
        assert following["since"] == first["until"]
        assert following["until"] is None or following["since"] < following["until"]
        if following["until"] is None:
            break
        just_before = datetime.fromisoformat(following["until"]) - timedelta(milliseconds=1)
        assert standing(page.get("picture", at=just_before.isoformat())) == standing(following)
        first = following


def standing(picture: dict[str, Any]) -> Any:
    """What was said, without what runs with the clock."""
    return [(one["row"]["leaf"], one["row"]["phase"], one["row"]["standing"]) for one in picture["operations"]]


def test_an_officer_of_another_agreement_sees_nothing_of_this_one(planted: dict[str, Served]) -> None:
    """Who holds no office under an agreement is not told that it exists, what is in it, or what was found in it."""
    from entente.errors import Refused
    from entente.web import detailing, inbox, picturing, recording, searching
    from entente.web.sessions import Seat
    from entente.web.viewer import Plans, Viewer

    node = planted["north"].member.node
    seat = Seat(
        name="", officer=SubjectId("north/x"), fingerprint="", offices={"exercise-other": ("senior",)}, left_s=1
    )  # type: ignore[arg-type]
    with node.lock:
        viewer = Viewer(node=node, seat=seat, plans=Plans(node), now=node.clock.now())
        drawn = picturing.picture(viewer, "", None)
        assert (drawn.operations, drawn.areas, drawn.sites, drawn.lists, drawn.stops) == ((), (), (), (), ())
        assert drawn.limits == () and drawn.notices == ()
        assert inbox.inbox(viewer, "").items == () and recording.timeline(viewer, None, None).entries == ()
        assert searching.search(viewer, "a").hits == () and picturing.flights(viewer) == []
        for ask in (
            lambda: detailing.operation(viewer, SubjectId("operation/south/hidden"), "", ""),
            lambda: recording.entries(viewer, AGREEMENT, "north", None, 10),
        ):
            with pytest.raises(Refused) as error:
                ask()
            assert error.value.code == "centre.unknown"
        # A finding against something of that agreement is told as "contact us", whoever's plan it is in.
        own = next(f for f in node.watch.flights.values() if f.plan is not None)
        standard = node.book(AGREEMENT).first.standard
        assert own.plan is not None and standard is not None
        fresh = replace(own.plan, id="operation/north/new@1")
        found = node.watch.screening(fresh, SubjectId("operation/north/new"), node.party, standard, viewer.now)
        assert found.findings
        for view in viewer.findings(found.findings, node.party):
            assert (view.shown, view.other, view.other_title, view.place) == (False, "", "", None)


def test_a_feed_is_read_back_to_its_beginning_page_by_page(planted: dict[str, Served]) -> None:
    page = planted["south"].enter("air_operations")
    record = f"record/{AGREEMENT}/north"
    whole = page.get(record, last=500)
    assert not whole["older"] and [one["seq"] for one in whole["entries"]] == list(range(len(whole["entries"])))
    assert all(datetime.fromisoformat(one["at"]) for one in whole["entries"]), "closed ones too"

    found, before, last = [], {}, 4
    while True:
        answer = page.get(record, last=last, **before)
        found = answer["entries"] + found
        if not answer["older"]:
            break
        assert len(answer["entries"]) == last
        before = {"before": answer["entries"][0]["seq"]}
    assert [one["leaf"] for one in found] == [one["leaf"] for one in whole["entries"]]

    subject = next(one["subject"] for one in whole["entries"] if one["subject"].startswith("operation/"))
    about = [one for one in whole["entries"] if one["subject"] == subject]
    newest = page.get(record, subject=subject, last=1)
    assert newest["entries"] == about[-1:] and newest["older"] == (len(about) > 1)


def test_the_story_of_an_entry_says_who_holds_it_and_when_they_said_so(planted: dict[str, Served]) -> None:
    page = planted["north"].enter("air_operations")
    said = page.say("propose", name="told", plan=plan("Told", lon=27.0), to=["south"])
    path = f"record/{AGREEMENT}/north/{said['seq']}"
    until(lambda: "south" in page.get(path)["entry"]["sent"])

    story = page.get(path)

    assert (story["entry"]["verdict"], story["entry"]["by"]) == ("valid", "north/air_operations")
    parts = {part["name"]: part for part in story["parts"]}
    assert parts["plan"]["released_to"] == ["south"] and parts["screening"]["released_to"] == []
    # The other side has the plan, and not the screening.
    there = planted["south"].enter("air_operations")
    parts = {part["name"]: part["held"] for part in there.get(path)["parts"]}
    assert (parts["plan"], parts["screening"], parts["shown"]) == (True, False, False)


def test_an_entry_is_told_as_it_was_signed_and_anew_in_the_readers_language(planted: dict[str, Served]) -> None:
    """JOINT-3: the text stays in the language in which it was shown; whoever did not sign it reads it in his own."""
    page, there = planted["north"].enter("air_operations"), planted["south"].enter("air_operations")
    said = page.say("propose", name="spoken", plan=plan("Spoken", lon=29.0), to=["south"], language="ru")
    path = f"record/{AGREEMENT}/north/{said['seq']}"
    until(lambda: there.client.get(f"/api/{path}").status_code == 200 and there.get(path)["reading"] != "")

    own, other = page.reading("ru").get(path), there.reading("ar").get(path)

    assert "Уведомить об операции" in own["signed"]["shown"] and own["signed"]["language"] == "ru"
    assert (other["signed"]["language"], other["signed"]["shown"]) == ("ru", "")
    assert "الإخطار بعملية" in other["reading"] and "Notify" in page.reading("en").get(path)["reading"]
    assert other["reading"].split("\n")[1].count("\u2068") == 4
    listed = page.get(f"record/{AGREEMENT}/north", subject="operation/north/spoken")["entries"]
    assert [one["seq"] for one in listed] == [said["seq"]]


def test_what_proves_an_entry_verifies_and_leaves_no_trace_and_a_disclosure_does(planted: dict[str, Served]) -> None:
    """DISC-21, DISC-22: what its own officer looks at leaves nowhere; what leaves is noted first, by whom it may."""
    served = planted["north"]
    page, node = served.enter("air_operations"), served.member.node
    said = page.say("propose", name="proven", plan=plan("Proven", lon=28.0), to=["south"])
    path = f"record/{AGREEMENT}/north/{said['seq']}"
    noted = [line for line in node.journal_lines() if line["what"] == "disclosed"]

    proof = page.get(f"{path}/proof")
    checked = disclosure.check(base64.b64decode(proof["file"]), proof["agreement"])
    assert checked.report.codes(Sort.FLAW) == [] and "act.signed" in checked.report.codes(Sort.PROVED)
    assert checked.report.codes(Sort.PROVED).count("shown.text") == 1
    assert [line for line in node.journal_lines() if line["what"] == "disclosed"] == noted

    looked = [line["facts"].get("item", "") for line in node.journal_lines() if line["what"] == "opened"]
    assert not any(item.startswith("record/north/") for item in looked), "what is our own is ours to look at"

    refused = page.post(f"{path}/disclosure", details=["plan"])
    assert (refused.status_code, refused.json()["code"]) == (403, "disclose.office")
    made = served.enter("senior").post(f"{path}/disclosure", details=["plan"], reason="asked for").json()
    data = base64.b64decode(made["file"])
    assert sha256(data).hexdigest() == made["sha256"] and made["details"] == 1
    assert disclosure.check(data, proof["agreement"]).report.codes(Sort.FLAW) == []
    assert [line["facts"]["file"] for line in node.journal_lines() if line["what"] == "disclosed"][-1] == made["sha256"]
    other = next(e for e in page.get(f"record/{AGREEMENT}/south")["entries"] if e["verb"] == "operation.propose")
    answer = served.enter("senior").post(f"record/{AGREEMENT}/south/{other['seq']}/disclosure")
    assert (answer.status_code, answer.json()["code"]) == (403, "disclose.reason")
    taken = ("opened", f"record/south/{other['seq']}", "proof", "north/air_operations")

    def noted_looks() -> int:
        lines = [(line["what"], line["facts"]) for line in node.journal_lines()]
        return [(what, *(facts.get(name) for name in ("item", "detail", "by"))) for what, facts in lines].count(taken)

    before = noted_looks()
    for _ in range(2):  # it would convince a stranger: who took it is known, once in each session
        page.get(f"record/{AGREEMENT}/south/{other['seq']}/proof")
    assert noted_looks() == before + 1
    for gone in (f"record/{AGREEMENT}/north/9999/proof", f"record/{AGREEMENT}/west/1/proof"):
        assert page.client.get(f"/api/{gone}").status_code == 404


def test_positions_are_spelt_in_three_ways_and_things_are_found(planted: dict[str, Served]) -> None:
    page = planted["north"].enter("watch")
    typed = page.get("lookup/position", text="47°27'00\"N 008°33'00\"E")
    assert (typed["decimal"], typed["mgrs"]) == ("47.450000 8.550000", "32T MT 66076 55271") or typed["mgrs"]
    assert page.get("lookup/position", lat=47.45, lon=8.55)["mgrs"] == "32T MT 66076 55271"
    assert page.get("lookup/search", q="32T MT 66076 55271")["hits"][0]["code"] == "position"
    [hit] = [hit for hit in page.get("lookup/search", q="tImEd")["hits"] if hit["code"] == "operation"]
    assert hit["subject"] == "operation/north/timed"
