"""Saying from a page: what is signed is what was shown, and what is stale or not allowed is refused."""

from __future__ import annotations

import base64
import json
from hashlib import sha256
from typing import Any

import pytest
from tests.exchange.conftest import until
from tests.web.centres import AGREEMENT, Page, Served, plan

from entente.picture.catalogues import CATALOGUES


def row(page: Page, name: str, owner: str = "north") -> dict[str, Any]:
    """The operation as a page sees it."""
    found: dict[str, Any] = page.get(f"operations/{owner}/{name}")["operation"]["row"]
    return found


def arrived(page: Page, name: str, version: int = 1, owner: str = "north") -> str:
    """Wait until a version of an operation, plan and all, has come to a page; return its leaf."""

    def there() -> bool:
        answer = page.client.get(f"/api/operations/{owner}/{name}")
        return answer.status_code == 200 and answer.json()["versions"][-1]["number"] == version and bool(
            answer.json()["operation"]["drawn"])  # fmt: skip

    until(there)
    return str(row(page, name, owner)["leaf"])


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_an_operation_from_a_form_to_no_objection_and_its_end(north: Page, south: Page) -> None:
    drafted = north.draft("propose", name="water", plan=plan(), to=["south"]).json()
    [shown] = drafted["statements"]
    statement = json.loads(base64.b64decode(shown["statement"]))
    assert statement["signer"]["shown"] == sha256(shown["text"].encode()).hexdigest()
    assert (statement["signer"]["officer"], statement["verb"]) == ("north/air_operations", "operation.propose")
    assert (
        drafted["statements"][0]["released"] == {"plan": ["south"]} and "EXERCISE" in drafted["statements"][0]["text"]
    )
    assert drafted["statements"][0]["kind"].endswith("statement+json") and drafted["context"] == "entente/v1"
    assert north.post(f"drafts/{drafted['id']}/say", **north.sign(drafted)).status_code == 200

    leaf = arrived(south, "water")
    [item] = [item for item in south.get("inbox")["items"] if item["subject"] == "operation/north/water"]
    assert (item["code"], item["leaf"], item["mine"], item["says"]) == ("answer", leaf, True, ["decision.give"])

    south.say(
        "decide", subject="operation/north/water", leaf=leaf, answer="no_objection", note="Frequencies as agreed."
    )
    until(lambda: row(north, "water")["standing"] == "no_objection")
    [remark] = north.get("operations/north/water")["remarks"]
    assert (remark["answer"], remark["note"]) == ("no_objection", "Frequencies as agreed.")
    assert remark["officer"] == "south/air_operations" and remark["hidden"] == 0

    activating = north.draft("activate", subject="operation/north/water", leaf=leaf).json()
    assert [holding["party"] for holding in activating["statements"][0]["holdings"]] == ["south"]
    assert north.post(f"drafts/{activating['id']}/say", **north.sign(activating)).status_code == 200
    north.say("deviate", subject="operation/north/water", leaf=leaf, how="nonconforming")
    north.say("end", subject="operation/north/water", leaf=leaf)
    assert row(north, "water")["phase"] == "ended"


def test_a_change_voids_the_answer_and_says_what_differs(north: Page, south: Page) -> None:
    subject = "operation/north/moved"
    north.say("propose", name="moved", plan=plan(lon=9.0), to=["south"])
    first = arrived(south, "moved")
    stale = south.draft("decide", subject=subject, leaf=first, answer="no_objection").json()

    later = north.draft("change", subject=subject, leaf=first, plan=plan(lon=9.0, hour=14), to=["south"]).json()
    assert [one["what"] for one in later["statements"][0]["differences"]] == ["time of volume 1"]
    assert north.post(f"drafts/{later['id']}/say", **north.sign(later)).status_code == 200
    second = arrived(south, "moved", version=2)

    # The page that still shows the first version: neither what it drafted nor what it would draft can be said.
    assert problem(south.post(f"drafts/{stale['id']}/say", **south.sign(stale))) == (409, "decision.stale")
    assert problem(south.draft("decide", subject=subject, leaf=first, answer="no_objection")) == (409, "centre.stale")
    assert problem(north.draft("change", subject=subject, leaf=first, plan=plan(), to=[])) == (409, "centre.stale")
    assert problem(north.draft("withdraw", subject=subject, leaf=first)) == (409, "centre.stale")

    fresh = south.draft("decide", subject=subject, leaf=second, answer="no_objection").json()
    assert [one["what"] for one in fresh["statements"][0]["differences"]] == ["time of volume 1"]
    versions = south.get("operations/north/moved")["versions"]
    assert [one["what"] for one in versions[1]["differences"]] == ["time of volume 1"]
    north.say("withdraw", subject=subject, leaf=second)


def test_what_changed_in_the_picture_after_drafting_is_looked_at_again(north: Page, south: Page) -> None:
    north.say("propose", name="near", plan=plan(lon=10.0), to=["south"])
    leaf = arrived(south, "near")
    drafted = south.draft("decide", subject="operation/north/near", leaf=leaf, answer="no_objection").json()
    assert drafted["statements"][0]["findings"] == []

    south.say("propose", name="ours", plan=plan("Survey", lon=10.01), to=[])

    refused = south.post(f"drafts/{drafted['id']}/say", **south.sign(drafted))
    assert problem(refused) == (409, "decision.findings_changed")
    again = south.draft("decide", subject="operation/north/near", leaf=leaf, answer="objection").json()
    [finding] = again["statements"][0]["findings"]
    assert finding["shown"] and finding["other_title"] == "Survey" and "NM" in finding["text"]
    assert south.post(f"drafts/{again['id']}/say", **south.sign(again)).status_code == 200

    # North is told that there is a finding, and not of what: the survey was never released to it.
    until(lambda: row(north, "near")["standing"] == "objected")
    detail = north.get("operations/north/near")
    assert (detail["remarks"][0]["findings"], detail["remarks"][0]["hidden"]) == ([], 1)
    assert "Survey" not in json.dumps(detail)


def test_without_the_office_nothing_is_drafted_and_the_attempt_is_kept(served: dict[str, Served], north: Page) -> None:
    observer = served["north"].enter("observer")
    refused = observer.draft("propose", name="mine", plan=plan(), to=["south"])

    assert problem(refused) == (403, "staff.authority")
    kept = served["north"].member.node.journal_lines()[-1]
    assert (kept["what"], kept["facts"]["by"]) == ("refused", "north/observer")
    # Nor by naming an office that somebody else holds.
    claimed = observer.draft("propose", name="mine", plan=plan(), to=["south"], office="air_operations")
    assert problem(claimed) == (403, "staff.not_appointed")


def test_a_signature_fits_its_words_its_officer_and_its_session_alone(served: dict[str, Served], north: Page) -> None:
    drafted = north.draft("propose", name="signed", plan=plan(lon=12.0), to=[]).json()
    path = f"drafts/{drafted['id']}/say"
    other = north.draft("propose", name="other", plan=plan(lon=12.0), to=[]).json()

    assert problem(north.post(path, **north.sign(other))) == (403, "staff.signature")
    assert problem(north.post(path, **north.sign(drafted, "watch"))) == (403, "staff.signature")
    [whole] = north.sign(drafted)["signatures"]
    half = {**whole, "mldsa65": ""}
    assert problem(north.post(path, signatures=[half])) == (403, "staff.signature")
    assert north.post(path, signatures=[{**half, "key": "x"}]).status_code == 400
    for number in ([], [whole, whole]):
        assert problem(north.post(path, signatures=number)) == (400, "request.signatures")

    colleague = served["north"].enter("air_operations")
    assert problem(colleague.post(path, **north.sign(drafted))) == (409, "centre.draft")
    assert colleague.client.delete(f"/api/drafts/{drafted['id']}").status_code == 204  # and drops nothing of hers

    assert north.post(path, **north.sign(drafted)).status_code == 200  # a slip costs nothing
    assert problem(north.post(path, **north.sign(drafted))) == (409, "centre.draft")
    assert north.client.delete(f"/api/drafts/{other['id']}").status_code == 204
    assert problem(north.post(f"drafts/{other['id']}/say", **north.sign(other))) == (409, "centre.draft")


def test_a_stop_goes_out_is_urgent_there_and_is_acknowledged(
    served: dict[str, Served], north: Page, south: Page
) -> None:
    said = south.say("stop", reason="civilians_present", note="Column on the road.")

    def urgent() -> list[dict[str, Any]]:
        return [item for item in north.get("inbox")["items"] if item["subject"] == said["subject"]]

    until(lambda: any(item["code"] == "stop" for item in urgent()))
    [item] = urgent()
    assert item["urgent"] and "Column on the road." in item["text"]
    assert north.get("inbox")["items"][0]["urgent"]

    north.say("acknowledge_stop", subject=said["subject"])
    assert urgent() == []
    assert problem(south.draft("lift_stop", subject=said["subject"])) == (403, "staff.authority")
    served["south"].enter("watch").say("lift_stop", subject=said["subject"])
    until(lambda: all(stop["row"]["lifted_at"] for stop in north.get("picture")["stops"]))


def test_a_dissent_travels_to_the_owner(north: Page, south: Page) -> None:
    north.say("propose", name="doubted", plan=plan(lon=13.0), to=["south"])
    leaf = arrived(south, "doubted")

    south.say("dissent", subject="operation/north/doubted", leaf=leaf, note="The strip is soft after rain.")

    until(lambda: any(item["code"] == "dissent" for item in north.get("inbox")["items"]))
    [remark] = north.get("operations/north/doubted")["remarks"]
    assert (remark["code"], remark["note"]) == ("dissent", "The strip is soft after rain.")


BAD: list[tuple[str, str, dict[str, Any], int, str]] = [
    ("no volume", "propose", {"name": "x", "plan": {**plan(), "volumes": []}, "to": []}, 400, "plan.empty"),
    ("no name", "propose", {"name": "Big Name", "plan": plan(), "to": []}, 400, "name.spelling"),
    ("an unknown party", "propose", {"name": "x", "plan": plan(), "to": ["moon"]}, 403, "centre.party"),
    ("a latitude", "propose", {"name": "x", "plan": plan(lat=91.0), "to": []}, 400, "geo.latitude"),
    ("an unknown field", "propose", {"name": "x", "plan": {**plan(), "weapon": 1}, "to": []}, 400, "request.fields"),
    ("a circle that is none", "propose", {"name": "x", "plan": plan(), "to": [], "circle": "y"}, 404, "centre.unknown"),
    ("no such operation", "end", {"subject": "operation/north/none", "leaf": "0" * 64}, 404, "centre.unknown"),
    ("no operation", "end", {"subject": "staff/north/watch", "leaf": "0" * 64}, 404, "centre.unknown"),
    ("no such STOP", "acknowledge_stop", {"subject": "stop/south/none"}, 404, "centre.unknown"),
    ("no such list", "acknowledge_list", {"subject": "sites/south/none", "leaf": ""}, 404, "centre.unknown"),
    ("nothing to open", "open_terms", {"subject": "sites/south/none"}, 404, "centre.unknown"),
    ("no such language", "stop", {"reason": "other", "language": "xx"}, 403, "draft.language"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "say", "fields", "status", "code"), BAD, ids=[one[0] for one in BAD])
def test_what_cannot_be_said_is_refused_with_its_reason(
    north: Page, what: str, say: str, fields: dict[str, Any], status: int, code: str
) -> None:
    assert problem(north.draft(say, **fields)) == (status, code)


def test_an_agreement_that_is_not_this_officers_is_unknown(north: Page) -> None:
    answer = north.post("drafts", say="stop", agreement="exercise-other", reason="other")

    assert problem(answer) == (404, "centre.unknown") and AGREEMENT not in answer.text


# -- trying a plan -----------------------------------------------------------------------------------------------------


def test_a_plan_is_screened_as_it_is_made_and_nothing_of_it_is_kept(served: dict[str, Served], north: Page) -> None:
    north.say("propose", name="first", plan=plan("First", lon=14.0), to=[])
    node = served["north"].member.node
    before = node.store.feeds()

    clear = north.post("screening", agreement=AGREEMENT, plan=plan("Second", lon=15.0)).json()
    near = north.post("screening", agreement=AGREEMENT, plan=plan("Second", lon=14.01), ways=True).json()

    assert clear["findings"] == [] and clear["compared"]["operation"] >= 1
    assert [one["other_title"] for one in near["findings"]] == ["First"]
    assert "No finding is not a legal judgement." in near["sentences"]
    # Each way out is a plan that is clear, and can be put into the form as it stands.
    assert near["ways"] and near["ways"][0]["later_s"] == 3600
    for way in near["ways"]:
        assert north.post("screening", agreement=AGREEMENT, plan=way["plan"]).json()["findings"] == []
    assert node.store.feeds() == before


def test_a_change_is_not_held_against_what_it_changes(north: Page) -> None:
    north.say("propose", name="again", plan=plan("Again", lon=16.0), to=[])

    asked = {"agreement": AGREEMENT, "plan": plan("Again", lon=16.01)}
    assert len(north.post("screening", **asked).json()["findings"]) == 1
    assert north.post("screening", **asked, subject="operation/north/again").json()["findings"] == []
    assert problem(north.post("screening", **asked, subject="operation/north/none")) == (404, "centre.unknown")


@pytest.mark.parametrize(("language", "words"), [("en", "Notify a humanitarian operation"), ("ru", "Уведомить"),
                                                 ("ar", "الإخطار بعملية")])  # fmt: skip
def test_what_is_signed_is_in_the_language_that_was_asked_for(language: str, words: str, north: Page) -> None:
    """JOINT-3: the text that was read is hashed, with its language and catalogue, and kept."""
    drafted = north.draft("propose", name=f"in-{language}", plan=plan(lon=11.0), to=[], language=language).json()
    [shown] = drafted["statements"]
    signer = json.loads(base64.b64decode(shown["statement"]))["signer"]
    assert words in shown["text"] and signer["shown"] == sha256(shown["text"].encode()).hexdigest()
    assert (signer["language"], signer["catalogue"]) == (language, CATALOGUES[language].version)
    said = north.post(f"drafts/{drafted['id']}/say", **north.sign(drafted)).json()["receipts"][0]

    parts = north.served.member.node.store.parts(said["origin"], said["seq"])
    assert next(part.data for part in parts if part.name == "shown").decode() == shown["text"]
