"""Attacks with what nobody sees: a name that turns its line around, or that differs from another by nothing visible.

What is signed holds no character that turns a line (`canonical.text`); here it is a list, an officer's own words, and a
peer's title with characters of no width.
"""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from tests.exchange.conftest import until
from tests.web.centres import Page, Served, plan
from tests.web.test_desk import problem, sign_paper, upload

from entente import canonical
from entente.errors import Malformed
from entente.node import drafting

TURNED, HIDDEN, PERSIAN = (
    "Clinic \u202egnitset\u202c 7",
    "School\u200b 9",
    "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
)
LIST = f"""Facility;Lat;Long;District;Country;Type
{TURNED};31.9538;35.9343;Valley\u2066;Jordan;clinic
{HIDDEN};31.97;35.95;Valley;Jordan;school
{PERSIAN};31.98;35.96;Valley;Jordan;clinic
"""
HOSTILE = ("\u202e", "\u202c", "\u200b", "\u2066", "\u2060", "\ufeff")


def hostile(data: bytes) -> list[str]:
    """The characters of an answer, or of a file, that would turn or hide something."""
    return [mark for mark in HOSTILE if mark.encode() in data]


@pytest.mark.parametrize("mark", HOSTILE[:2] + HOSTILE[3:4])
def test_nothing_that_is_signed_turns_a_line(mark: str) -> None:
    with pytest.raises(Malformed) as refused:
        canonical.encode({"title": f"Clinic {mark} 7"})
    assert refused.value.code == "canonical.text"


def test_a_row_whose_name_turns_its_line_stays_flagged_and_turns_nothing_on_any_page_or_paper(
    served: dict[str, Served],
) -> None:
    desk = served["north"].enter("protection")
    staged = desk.post("desk/imports", **upload(LIST), list="unseen")
    assert (staged.json()["rows"], staged.json()["refused"], hostile(staged.content)) == (3, [], [])
    [flag] = [one for one in staged.json()["flags"] if one["code"] == "text.unseen"]
    assert (flag["count"], flag["first"]) == (2, [2, 3]), "a joiner that Persian is written with is none"
    desk.post("desk/imports/unseen/accept", sha256=staged.json()["sha256"])

    answer = desk.client.get("/api/desk/register", params={"list": "unseen"})
    names = {one["name"] for one in answer.json()["places"]}
    assert names == {"Clinic ⟨U+202E⟩gnitset⟨U+202C⟩ 7", "School⟨U+200B⟩ 9", PERSIAN} and hostile(answer.content) == []
    [one] = desk.get("desk/register", q="school 9", list="unseen")["places"]
    assert [f["detail"] for f in one["flags"] if f["code"] == "text.unseen"] == ["name holds U+200B."]

    formats = ["csv", "mgrs", "kml", "email", "list", "docx"]
    sign_paper(desk, say="paper_recipient", name="unseen", formats=formats, precision_m=500)
    sign_paper(desk, say="paper_package", to=["unseen"], conditions=["list=unseen"])
    shown = desk.post("desk/preview", to=["unseen", "south"], conditions=["list=unseen"], name="unseen", full=True)
    assert "⟨U+202E⟩" in shown.text and hostile(shown.content) == []
    files = zipfile.ZipFile(io.BytesIO(desk.client.get("/api/desk/packages/unseen/1").content))
    told = {name: hostile(files.read(name)) for name in files.namelist() if not name.endswith((".docx", ".csv"))}
    assert told and set(map(tuple, told.values())) == {()}
    document = zipfile.ZipFile(io.BytesIO(files.read(next(n for n in files.namelist() if n.endswith(".docx")))))
    assert hostile(document.read("word/document.xml")) == []

    desk.say("issue_list", name="unseen", to=["south"], precision_m=500, conditions=["list=unseen"])
    south = served["south"].enter("protection")
    subject = "sites/north/unseen-south"
    until(lambda: any(one["row"]["subject"] == subject for one in south.get("picture")["lists"]))
    south.say("open_terms", subject=subject)
    assert hostile(south.client.get("/api/lists/north/unseen-south").content) == []


def test_an_officers_own_words_with_what_nobody_sees_are_refused_before_anybody_signs(
    served: dict[str, Served],
) -> None:
    air = served["north"].enter("air_operations")

    for title in ("Water\u200b run", "Water\ufeff", "Wa\u00adter"):
        answer = air.draft("propose", name="hidden", to=["south"], plan=plan(title))
        assert problem(answer) == (403, "text.unseen")
    assert air.draft("propose", name="hidden", to=["south"], plan=plan(PERSIAN)).status_code == 201


def test_a_peers_title_with_what_nobody_sees_is_shown_so_and_can_still_be_answered(
    served: dict[str, Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The peer's own program does not refuse it: whoever is shown the plan sees that there is something."""
    monkeypatch.setattr(drafting, "require_seen", lambda _command: None)
    air, south = served["north"].enter("air_operations"), served["south"].enter("air_operations")
    said = air.say("propose", name="twin", to=["south"], plan=plan("Water\u200b run", lon=20.0))
    monkeypatch.undo()
    until(lambda: any(one["row"]["subject"] == said["subject"] for one in south.get("picture")["operations"]))

    picture = south.client.get("/api/picture")
    assert "Water⟨U+200B⟩ run" in picture.text and hostile(picture.content) == []
    drafted = south.draft("decide", subject=said["subject"], leaf=said["leaf"], answer="no_objection")
    assert drafted.status_code == 201 and hostile(drafted.content) == []
    answer = answered(south, drafted.json())
    assert answer["receipts"][0]["subject"] == said["subject"]


def answered(page: Page, drafted: dict[str, Any]) -> dict[str, Any]:
    said = page.post(f"drafts/{drafted['id']}/say", **page.sign(drafted))
    assert said.status_code == 200, said.text
    found: dict[str, Any] = said.json()
    return found
