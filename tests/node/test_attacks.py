"""Attacks on what is signed and carried, each test named after one."""

from __future__ import annotations

import json
import secrets
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.node.stories import (
    AGREEMENT,
    NO,
    YES,
    append,
    change,
    copied,
    decide,
    event,
    fold,
    node,
    plan,
    propose,
    site,
    standing,
    three,
    utter,
    verdicts,
    version,
)

from entente import canonical
from entente.errors import EntenteError, Forked, Malformed, Refused, Untrusted
from entente.feed import bundle, sealed, suite
from entente.feed.bundle import Frame, Lane
from entente.feed.part import Part
from entente.ids import CircleId, Hash, OfficerId, SubjectId
from entente.joint import accession, line, staff
from entente.joint.plan import Kind
from entente.node import carry, command, custody, duties
from entente.node.drafting import Draft
from entente.testing.coalition import START, Coalition

X = SubjectId("operation/a/x")
STOP: dict[str, Any] = {"reason": "other", "operation": "", "note": ""}


def open_case() -> tuple[Coalition, Draft]:
    """Party a has proposed x to b; b's senior officer is shown a decision."""
    coalition = three()
    propose(coalition["a"], "ab")
    coalition.settle()
    b = coalition["b"]
    return coalition, b.draft(command.decide(AGREEMENT, "ab", X, version(b, "ab", X).leaf, YES))


def refused(coalition: Coalition, draft: Draft, signature: Any) -> str:
    with pytest.raises((Refused, Malformed)) as refusal:
        coalition["b"].node.say(draft, signature)
    assert standing(coalition["b"], "ab", X) == "noticed"
    return refusal.value.code


def signed(coalition: Coalition, draft: Draft, office: str = "senior") -> dict[str, str]:
    return coalition["b"].key(office).sign(suite.STATEMENT, draft.message)


# -- on the signature --------------------------------------------------------------------------------------------------


def test_a_signature_lifted_onto_another_answer() -> None:
    """SIGN-1."""
    coalition, draft = open_case()
    objection = coalition["b"].draft(command.decide(AGREEMENT, "ab", X, version(coalition["b"], "ab", X).leaf, NO))

    assert refused(coalition, draft, signed(coalition, objection)) == "staff.signature"


def test_a_signature_lifted_onto_the_same_words_with_another_nonce() -> None:
    coalition, draft = open_case()
    assert draft.statement.signer is not None
    other = msgspec.structs.replace(draft.statement.signer, nonce="0" * 32)
    lifted = replace(draft, statement=msgspec.structs.replace(draft.statement, signer=other))

    assert refused(coalition, lifted, signed(coalition, draft)) == "staff.signature"


def test_a_signature_of_another_kind_of_bytes() -> None:
    """SIGN-1: the same bytes, signed as something else."""
    coalition, draft = open_case()

    assert (
        refused(coalition, draft, coalition["b"].key("senior").sign("text/plain", draft.message)) == "staff.signature"
    )


@pytest.mark.parametrize("kept", [(), ("ed25519",), ("mldsa65",)])
def test_a_stripped_signature(kept: tuple[str, ...]) -> None:
    """SIGN-3: one half is none."""
    coalition, draft = open_case()
    whole = signed(coalition, draft)

    assert refused(coalition, draft, {half: whole[half] for half in kept}) == "staff.signature"


@pytest.mark.parametrize("half", ["ed25519", "mldsa65"])
def test_one_half_by_another_key(half: str) -> None:
    """SIGN-3."""
    coalition, draft = open_case()

    mixed = {**signed(coalition, draft), half: signed(coalition, draft, "watch")[half]}

    assert refused(coalition, draft, mixed) == "staff.signature"


@pytest.mark.parametrize("office", ["air_operations", "watch", "root"])
def test_the_key_of_another_officer_or_the_root(office: str) -> None:
    coalition, draft = open_case()

    assert refused(coalition, draft, signed(coalition, draft, office)) == "staff.signature"


def test_the_same_officer_of_another_party() -> None:
    coalition, draft = open_case()
    signature = coalition["a"].key("senior").sign(suite.STATEMENT, draft.message)

    assert refused(coalition, draft, signature) == "staff.signature"


def test_an_office_that_the_officer_does_not_hold() -> None:
    coalition, _ = open_case()
    with pytest.raises(Refused) as refusal:
        coalition["b"].node.draft(
            command.decide(AGREEMENT, "ab", X, version(coalition["b"], "ab", X).leaf, YES),
            officer="b/watch", office="senior",
        )  # fmt: skip

    assert refusal.value.code == "staff.not_appointed"


def test_the_root_key_as_an_officer() -> None:
    """JOINT-16: the root certifies keys and staff, and decides nothing."""
    coalition, _ = open_case()
    body = {"version": version(coalition["b"], "ab", X).leaf, "answer": "no_objection"}
    seq = utter(coalition["b"], "decision.give", X, body, office="root")

    assert event(coalition["b"], "ab", seq).code == "staff.authority"


@pytest.mark.parametrize("office", ["observer", "watch", "protection"])
def test_an_observer_decides(office: str) -> None:
    """JOINT-16: refused, and the refusal is kept in the party's own record."""
    coalition, _ = open_case()
    b = coalition["b"]

    with pytest.raises(Refused) as refusal:
        b.say(command.decide(AGREEMENT, "ab", X, version(b, "ab", X).leaf, YES), office)

    assert refusal.value.code == "staff.authority"
    last = b.node.journal_lines()[-1]
    assert (last["what"], last["facts"]["code"], last["facts"]["office"]) == ("refused", "staff.authority", office)


def test_the_owner_decides_its_own() -> None:
    coalition, _ = open_case()
    a = coalition["a"]

    with pytest.raises(Refused) as refusal:
        a.say(command.decide(AGREEMENT, "ab", X, version(a, "ab", X).leaf, YES))

    assert refusal.value.code == "decision.not_decider"


def test_a_reader_decides() -> None:
    """JOINT-40."""
    coalition = Coalition.form("a", "b", "c", circles={"ab": (["a", "b"], ["c"])})
    propose(coalition["a"], "ab")
    coalition.settle()
    c = coalition["c"]

    with pytest.raises(Refused) as refusal:
        c.say(command.decide(AGREEMENT, "ab", X, version(c, "ab", X).leaf, YES))

    assert refusal.value.code == "decision.not_decider"


# -- on time and order -------------------------------------------------------------------------------------------------


def test_a_stale_draft() -> None:
    """JOINT-43: a decision on a version that has been changed since."""
    coalition, draft = open_case()
    change(coalition["a"], "ab", X, plan(lat=48))
    coalition.settle()

    assert refused(coalition, draft, signed(coalition, draft)) in ("decision.stale", "draft.stale")


def test_an_expired_statement() -> None:
    """JOINT-17."""
    coalition, draft = open_case()
    coalition.clock.advance(minutes=16)

    assert refused(coalition, draft, signed(coalition, draft)) == "statement.expired"


def test_a_statement_said_twice() -> None:
    """JOINT-17."""
    coalition, draft = open_case()
    coalition["b"].node.say(draft, signed(coalition, draft))

    with pytest.raises(Refused) as refusal:
        coalition["b"].node.say(draft, signed(coalition, draft))

    assert refusal.value.code == "statement.repeated"


def test_a_backdated_decision_changes_nothing_that_was_settled() -> None:
    """JOINT-15."""
    coalition, _ = open_case()
    a, b = coalition["a"], coalition["b"]
    coalition.clock.advance(hours=25)
    a.say(command.activate(AGREEMENT, "ab", X, version(a, "ab", X).leaf))
    body = {"version": version(b, "ab", X).leaf, "answer": "objection"}
    coalition.settle()

    seq = utter(b, "decision.give", X, body, at=START)
    utter(b, "stop.send", "stop/b/later", STOP, at=START - timedelta(days=1))
    coalition.settle()

    row = fold(a, "ab").rows()[X]
    assert event(a, "ab", seq, "b").code == ""  # its feed's first act of that time: late, and shown as what came after
    assert row["activations"][0]["covered_by"] == "noticed" and row["phase"] == "active"
    assert [o["how"] for o in row["activations"][0]["objections"]] == ["after"]
    assert "void/b/exercise-test/1/" in "".join(fold(a, "ab").rows())


def test_an_act_without_its_circles_tag_reaches_nobody() -> None:
    """FEED-9: members cannot know it, so it binds nobody."""
    coalition, _ = open_case()
    b = coalition["b"]
    b.node.book(AGREEMENT).circle_keys["ab"] = secrets.token_bytes(32)  # type: ignore[index]
    body = {"version": version(b, "ab", X).leaf, "answer": "no_objection"}

    utter(b, "decision.give", X, body)
    coalition.settle()

    assert standing(coalition["a"], "ab", X) == "noticed"


def test_an_act_of_another_agreement() -> None:
    """JOINT-13: it names a text that this feed does not stand under, so its author's feed waits there."""
    coalition, _ = open_case()
    b = coalition["b"]
    body = {"version": version(b, "ab", X).leaf, "answer": "no_objection"}

    utter(b, "decision.give", X, body, agreement=Hash("f" * 64))
    coalition.settle()

    assert standing(coalition["a"], "ab", X) == "noticed"


# -- on duties and lists -----------------------------------------------------------------------------------------------


def standing_case(**how: Any) -> Coalition:
    """Party b lets its node answer training flights without a finding for an hour; a proposes one."""
    coalition = three()
    until = coalition.clock.now() + timedelta(hours=1)
    coalition["b"].say(command.standing_decision(AGREEMENT, "ab", "b", YES, ["training"], until))
    propose(coalition["a"], "ab", "x", plan(**{"kind": Kind.TRAINING, **how}))
    coalition.settle()
    return coalition


def test_a_standing_decision_within_its_limits_answers_and_is_logged() -> None:
    coalition = standing_case()

    assert [r.subject for r in duties.answer(coalition["b"].node)] == [X]
    assert standing(coalition["b"], "ab", X) == "no_objection"
    assert coalition["b"].node.journal_lines()[-1]["what"] == "answered"


@pytest.mark.parametrize("beyond", ["kind", "until", "findings", "revoked", "undisclosed", "area"])
def test_a_standing_decision_beyond_its_limits(beyond: str) -> None:
    """JOINT-44."""
    coalition = standing_case(kind=Kind.PATROL if beyond == "kind" else Kind.TRAINING)
    a, b = coalition["a"], coalition["b"]
    if beyond == "until":
        coalition.clock.advance(hours=2)
    elif beyond == "findings":
        propose(coalition["c"], "bc", "y", plan())
    elif beyond == "undisclosed":
        propose(a, "ab", "hidden", plan(lat=50), to=[])
    elif beyond == "area":
        until = coalition.clock.now() + timedelta(hours=1)
        b.say(command.standing_decision(AGREEMENT, "ab", "b", YES, ["training"], until, areas=["r1"]))
    elif beyond == "revoked":
        given = fold(b, "ab").now().events(SubjectId("standing-decision/b/default"), "b")[-1].act.leaf
        b.say(command.revoke_standing(AGREEMENT, "ab", "b", given))
    coalition.settle()

    assert duties.answer(b.node) == []
    assert standing(b, "ab", X) == "noticed"


def test_a_plan_that_does_not_say_what_its_act_says() -> None:
    """JOINT-45: rules read the act, officers the plan; a node says no objection only where they agree."""
    coalition = three()
    a, b = coalition["a"], coalition["b"]
    honest = a.draft(command.propose(AGREEMENT, "ab", "a", "x", plan(kind=Kind.TRAINING), to=["b"]))
    body = {**honest.statement.body, "kind": "patrol"}
    seq = utter(a, "operation.propose", X, body, details=honest.parts)
    with a.node.store.transaction() as txn:
        txn.grant("b", f"a/{AGREEMENT}/1", seq, 1)
    coalition.settle()

    with pytest.raises(Refused):
        decide(b, "ab", X, YES)


def test_anothers_list_of_sites_is_neither_ended_nor_continued() -> None:
    """JOINT-60: only its originator ends a site."""
    coalition = three()
    a, b = coalition["a"], coalition["b"]
    a.say(command.notify_sites(AGREEMENT, "ab", "a", "l", 1, [site("s")], "protection", to=["b"]), "protection")
    coalition.settle()

    with pytest.raises(Refused) as refusal:
        b.say(command.notify_sites(AGREEMENT, "ab", "a", "l", 2, [], "protection", to=["a"]), "protection")
    ended = Part(name="chunk-0000", salt=bytes(32), data=b"[]")
    utter(b, "sites.notify", "sites/a/l", {"issue": 2, "sites": 1, "purpose": "p", "until": ""}, details=(ended,))
    coalition.settle()

    assert refusal.value.code == "sites.other_party"
    assert list(b.node.watch.sites) == ["sites/a/l/s"] == list(a.node.watch.sites)


def test_an_officer_who_was_relieved_or_whose_term_ended() -> None:
    """JOINT-16."""
    coalition, draft = open_case()
    b = coalition["b"]
    b.say(command.relieve(AGREEMENT, "b", "b/senior", "senior"), "root")  # type: ignore[arg-type]

    assert refused(coalition, draft, signed(coalition, draft)) == "staff.not_appointed"
    until = coalition.clock.now() + timedelta(minutes=1)
    b.say(command.appoint(AGREEMENT, "b", "b/senior", "senior", START, until), "root")  # type: ignore[arg-type]
    coalition.clock.advance(minutes=1)
    again = replace(draft)
    assert refused(coalition, again, signed(coalition, again)) == "staff.not_appointed"


def test_a_key_that_was_replaced() -> None:
    """JOINT-16: a new enrolment takes the old key's place."""
    coalition, draft = open_case()
    b = coalition["b"]
    b.say(command.enrol(AGREEMENT, "b", "b/senior", b.key("watch").public), "root")  # type: ignore[arg-type]

    assert refused(coalition, draft, signed(coalition, draft)) == "staff.key"


# -- on what rules read ------------------------------------------------------------------------------------------------


def test_a_dissent_on_keys_signatures_or_a_standing_decision_alters_none_of_them() -> None:
    """JOINT-49: rules read a subject by verb. Nobody is stopped, and nobody's own key or word is lost."""
    coalition = three()
    a, b = coalition["a"], coalition["b"]
    book = a.node.book(AGREEMENT)
    a.say(command.standing_decision(AGREEMENT, "ab", "a", YES, ["general"], START + timedelta(days=1)))
    subjects = {"all": [staff.keys_subject("a"), accession.subject(book.first)], "ab": ["standing-decision/a/default"]}
    for circle, names in subjects.items():
        for name in names:
            item = fold(a, circle).now().events(SubjectId(name))[0].act.leaf
            a.say(command.dissent(AGREEMENT, circle, SubjectId(name), item, "", ()))

    a.say(command.enrol(AGREEMENT, "a", OfficerId("a/new"), custody.generate("a/new").public), "root")
    propose(b, "ab")
    coalition.settle()
    duties.answer(a.node)
    coalition.settle()

    assert {code for member in (a, b) for circle in ("all", "ab") for code in verdicts(member, circle).values()} == {""}
    assert fold(a, "ab").digest() == fold(b, "ab").digest()
    assert standing(a, "ab", "operation/b/x") == "no_objection"


def test_a_forker_who_dissents_on_its_own_keys_is_reported_all_the_same() -> None:
    """JOINT-49."""
    coalition = three()
    c = coalition["c"]
    keys = staff.keys_subject("c")
    c.say(command.dissent(AGREEMENT, "all", keys, fold(c).now().events(keys)[0].act.leaf, "", ()))
    coalition.settle()
    twin = node(c, copied(c.node.store), coalition.clock)
    utter(c, "stop.send", "stop/c/one", STOP, circle="all")
    utter(replace(c, node=twin), "stop.send", "stop/c/two", STOP, circle="all")
    for member, giver in (("a", c.node), ("b", twin)):
        question = carry.ask(coalition[member].node, AGREEMENT, "c")
        data = carry.answer(giver, question)
        assert data is not None
        carry.take(coalition[member].node, data, nonce=question["nonce"])
    with pytest.raises(Forked):
        coalition.carry("a", "b")

    duties.report_forks(coalition["b"].node)

    assert fold(coalition["b"]).now().parting(f"c/{AGREEMENT}/1") == 0


def test_anothers_standing_decision_is_not_revoked() -> None:
    coalition = three()
    a, b = coalition["a"], coalition["b"]
    given = a.say(command.standing_decision(AGREEMENT, "ab", "a", YES, ["general"], START + timedelta(days=1)))
    coalition.settle()

    seq = utter(b, "standing_decision.revoke", "standing-decision/a/default", {"given": given.leaf})

    assert event(b, "ab", seq).code == "standing_decision.subject"


@pytest.mark.parametrize("restarted", [False, True])
def test_an_enrolment_under_anothers_fingerprint_gives_one_verdict_everywhere(restarted: bool) -> None:
    """JOINT-10: whether a key fits is the enrolment's matter, so nobody keeps it as the act's."""
    coalition = three()
    a, b = coalition["a"], coalition["b"]
    key, other = custody.generate("a/new"), custody.generate("a/other")
    where = {"circle": "all", "office": "root", "officer": "a/root"}
    enrol = {"officer": "a/new", "fingerprint": key.public.fingerprint, "rank": ""}
    utter(a, "staff.enrol", "staff/a/new", {**enrol, "key": other.public.plain()}, **where)
    a.say(command.appoint(AGREEMENT, "a", OfficerId("a/new"), "watch", START), "root")
    first = utter(a, "stop.send", "stop/a/one", STOP, circle="all", office="watch", officer="a/new", key=key)
    part = a.node.store.part(f"a/{AGREEMENT}/1", first, 0)
    assert part is not None
    coalition.settle()
    if restarted:
        b.node.keep()
        b.node = node(b, b.node.store, coalition.clock)

    utter(a, "staff.enrol", "staff/a/new", {**enrol, "key": key.public.plain()}, **where)
    again = append(a, part.data, "all")
    coalition.settle()

    assert [event(m, "all", first, "a").code for m in (a, b)] == ["staff.signature"] * 2
    assert [event(m, "all", again, "a").code for m in (a, b)] == [""] * 2


# -- on STOP -----------------------------------------------------------------------------------------------------------


def stop_frame(coalition: Coalition, **statement: Any) -> tuple[dict[str, Any], Draft]:
    a = coalition["a"]
    draft = a.draft(command.stop(AGREEMENT, "ab", "a", "one", line.Reason.CIVILIANS), "watch")
    draft = replace(draft, statement=msgspec.structs.replace(draft.statement, **statement))
    return carry.stop_frame(draft.statement, a.key("watch").sign(suite.STATEMENT, draft.message)), draft


@pytest.mark.parametrize(
    "change",
    [
        {"agreement": Hash("f" * 64)},
        {"subject": SubjectId("stop/c/one")},
        {"verb": "stop.lift"},
        {"body": {"reason": "because"}},
        {"signer": None},
    ],
    ids=str,
)
def test_a_stop_frame_that_is_none(change: dict[str, Any]) -> None:
    """FEED-46: nothing is kept that could not be shown."""
    coalition = three()
    book = coalition["b"].node.book(AGREEMENT)

    with pytest.raises((Malformed, Untrusted)):
        frame, _ = stop_frame(coalition, **change)
        carry.check_stop(book, frame, coalition.clock.now())


def test_a_stop_frame_with_more_in_it_or_by_another_key() -> None:
    """FEED-46."""
    coalition = three()
    book, now = coalition["b"].node.book(AGREEMENT), coalition.clock.now()
    frame, draft = stop_frame(coalition)
    carry.check_stop(book, frame, now)

    with pytest.raises(Malformed):
        carry.check_stop(book, {**frame, "more": 1}, now)
    other = coalition["a"].key("senior").sign(suite.STATEMENT, draft.message)
    with pytest.raises(Untrusted):
        carry.check_stop(book, {**frame, "ed25519": other["ed25519"]}, now)


def test_a_stop_is_shown_though_its_senders_feed_waits() -> None:
    """FEED-46, DESIGN principle 8: what a feed cites and nobody serves holds back permissions, not protections."""
    coalition = three()
    a, b = coalition["a"], coalition["b"]
    utter(a, "stop.acknowledge", "stop/b/none", {"stop": "0" * 64}, agreement=Hash("f" * 64))
    draft = b.draft(command.stop(AGREEMENT, "ab", "b", "one", line.Reason.CIVILIANS), "watch")
    carry.send_stop(b.node, draft, b.key("watch").sign(suite.STATEMENT, draft.message))

    taken = coalition.carry("b", "a")

    assert taken is not None and taken.stops == ["stop/b/one"]
    assert [statement.subject for statement, _ in carry.alerts(a.node)] == ["stop/b/one"]


def test_a_stop_of_an_officer_who_is_not_known_yet_holds_back_nothing() -> None:
    """FEED-46: it is set aside, what follows is taken, and it is shown once its officer is known."""
    coalition = three()
    a, c = coalition["a"], coalition["c"]
    key, officer = custody.generate("a/new"), OfficerId("a/new")
    a.say(command.enrol(AGREEMENT, "a", officer, key.public), "root")
    a.say(command.appoint(AGREEMENT, "a", officer, "watch", START), "root")
    coalition.carry("a", "b")
    draft = a.node.draft(
        command.stop(AGREEMENT, "all", "a", "one", line.Reason.CIVILIANS), officer=officer, office="watch"
    )
    carry.send_stop(a.node, draft, key.sign(suite.STATEMENT, draft.message))
    coalition.carry("a", "b")

    first, then = coalition.carry("b", "c"), coalition.carry("b", "c")

    assert first is not None and first.stops == [] and first.more
    assert then is not None and then.stops == ["stop/a/one"] and then.acts
    assert [statement.subject for statement, _ in carry.alerts(c.node)] == ["stop/a/one"]
    assert coalition.carry("b", "c") is None


def test_a_stop_in_a_circle_that_its_party_is_not_in() -> None:
    """FEED-46: in c's name there is none in ab; nor is a circle that is not ours answered by a crash."""
    coalition = three()
    book, now = coalition["a"].node.book(AGREEMENT), coalition.clock.now()
    key = coalition["c"].key("watch")
    draft = coalition["c"].draft(command.stop(AGREEMENT, "all", "c", "one", line.Reason.CIVILIANS), "watch")

    for circle in ("ab", "bc"):
        statement = msgspec.structs.replace(draft.statement, circle=CircleId(circle))
        frame = carry.stop_frame(statement, key.sign(suite.STATEMENT, statement.encode()))
        with pytest.raises(Untrusted) as refusal:
            carry.check_stop(book, frame, now)
        assert refusal.value.code == "stop.place"


# -- on bundles --------------------------------------------------------------------------------------------------------


@cache
def _carried() -> tuple[Coalition, dict[str, Any], bytes]:
    coalition, _ = open_case()
    change(coalition["a"], "ab", X, plan(lat=48))
    question = carry.ask(coalition["b"].node, AGREEMENT, "a")
    data = carry.answer(coalition["a"].node, question)
    assert data is not None
    return coalition, question, data


def fresh_b() -> Any:
    coalition, _, _ = _carried()
    return node(coalition["b"], copied(coalition["b"].node.store), coalition.clock)


@given(st.data())
def test_no_flipped_bit_of_a_bundle_is_taken(data: st.DataObject) -> None:
    """FEED-40, FEED-41."""
    _, question, whole = _carried()
    place = data.draw(st.integers(0, len(whole) - 1))
    flipped = bytearray(whole)
    flipped[place] ^= 1 << data.draw(st.integers(0, 7))
    b = fresh_b()
    before = b.store.changes()

    with pytest.raises(EntenteError):
        carry.take(b, bytes(flipped), nonce=question["nonce"])

    assert b.store.changes() == before


@given(st.data())
def test_no_piece_of_a_bundle_is_taken_for_the_whole(data: st.DataObject) -> None:
    """FEED-41."""
    _, question, whole = _carried()

    with pytest.raises(EntenteError):
        carry.take(fresh_b(), whole[: data.draw(st.integers(0, len(whole) - 1))], nonce=question["nonce"])


def test_a_bundle_taken_twice_changes_nothing() -> None:
    """FEED-42."""
    _, question, whole = _carried()
    b = fresh_b()

    first, second = (carry.take(b, whole, nonce=question["nonce"]) for _ in range(2))

    assert first.anything and not second.anything


def test_a_bundle_that_answers_another_question() -> None:
    """FEED-43."""
    with pytest.raises(Untrusted) as refusal:
        carry.take(fresh_b(), _carried()[2], nonce="0" * 32)
    assert refusal.value.code == "bundle.nonce"


def test_a_bundle_for_somebody_else() -> None:
    """FEED-43."""
    coalition, _, whole = _carried()
    with pytest.raises(Untrusted) as refusal:
        carry.take(coalition["c"].node, whole)
    assert refusal.value.code == "bundle.recipient"


def test_a_bundle_that_a_third_party_signed() -> None:
    """FEED-40."""
    coalition, question, whole = _carried()
    found = bundle.unpack(whole, lambda *_: None)
    forged = bundle.pack(found.manifest, found.frames, coalition["c"].node.keys.sign_exchange)

    with pytest.raises(Untrusted) as refusal:
        carry.take(fresh_b(), forged, nonce=question["nonce"])
    assert refusal.value.code == "exchange.signature"


def refit(change: Any) -> Any:
    """Let party a itself, with its own keys, send b the bundle with its frames changed."""
    coalition, question, whole = _carried()
    found = bundle.unpack(whole, lambda *_: None)
    b = fresh_b()
    forged = bundle.pack(found.manifest, change(list(found.frames)), coalition["a"].node.keys.sign_exchange)
    return b, lambda: carry.take(b, forged, nonce=question["nonce"])


def test_frames_in_another_order_come_to_the_same() -> None:
    """FEED-42: `pack` sorts by lane; within a lane any order does."""
    b, take = refit(lambda frames: frames[::-1])

    assert take().anything
    assert version_at(b) == 2


def version_at(b: Any) -> int:
    from entente.joint import operations

    operation = operations.read(X, b.book(AGREEMENT).fold("ab").now())
    assert operation is not None
    return operation.latest.number


@pytest.mark.parametrize("lane", [Lane.ACT, Lane.DETAIL])
def test_a_swapped_part(lane: Lane) -> None:
    """FEED-11: other bytes, another place: none opens the commitment."""
    for spoil in ({"body": b"{}"}, {"seq": 0}, {"index": 2}):
        if lane is Lane.ACT and "index" in spoil:
            continue

        def change(frames: list[Frame], spoil: dict[str, Any] = spoil) -> list[Frame]:
            def one(frame: Frame) -> Frame:
                if frame.lane is not lane:
                    return frame
                head = {**frame.head, **{k: v for k, v in spoil.items() if k != "body"}}
                return Frame(lane=lane, head=head, body=spoil.get("body", frame.body))

            return [one(frame) for frame in frames]

        b, take = refit(change)
        with pytest.raises(EntenteError):
            take()
        assert version_at(b) == 1


def grants(change: Any) -> Any:
    """Let party a itself send b its bundle with the grants changed: salts by the hash of what each opens."""
    coalition, question, whole = _carried()
    found = bundle.unpack(whole, lambda *_: None)
    b = fresh_b()
    told = found.manifest
    info = sealed.info_of(told["agreement"], told["from"], told["to"], told["nonce"])
    frames = [frame for frame in found.frames if frame.lane is not Lane.GRANT]
    for frame in found.frames:
        if frame.lane is Lane.GRANT:
            salts = change(dict(sealed.read_grant(b.keys.seal.open(frame.body, info))))
            body = custody.seal_to(coalition["b"].card, sealed.spell_grant(salts.items()), info)
            frames.append(Frame(lane=Lane.GRANT, head={}, body=body))
    forged = bundle.pack(told, frames, coalition["a"].node.keys.sign_exchange)
    return b, lambda: carry.take(b, forged, nonce=question["nonce"])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda salts: {}, "part.grant"),
        (lambda salts: dict(zip(salts, [*list(salts.values())[1:], bytes(32)], strict=True)), "part.sealed"),
        (lambda salts: dict.fromkeys(salts, bytes(32)), "part.sealed"),
    ],
    ids=["nothing granted", "salts exchanged", "salts of nothing"],
)
def test_a_grant_that_opens_something_else(change: Any, code: str) -> None:
    """FEED-16."""
    b, take = grants(change)
    with pytest.raises(Untrusted) as refusal:
        take()
    assert refusal.value.code == code
    assert version_at(b) == 1


def test_a_grant_for_another_bundle_or_another_party() -> None:
    """FEED-17: a grant lifted from one bundle into another opens nothing there."""
    coalition, question, whole = _carried()
    found = bundle.unpack(whole, lambda *_: None)
    sign = coalition["a"].node.keys.sign_exchange
    other = bundle.pack({**found.manifest, "nonce": "0" * 32}, found.frames, sign)
    salts = sealed.spell_grant([(bytes(32), bytes(32))])
    info = sealed.info_of(AGREEMENT, "a", "b", question["nonce"])
    lost = Frame(lane=Lane.GRANT, head={}, body=custody.seal_to(coalition["c"].card, salts, info))
    stray = bundle.pack(found.manifest, [*found.frames, lost], sign)

    for data, nonce in ((other, "0" * 32), (stray, question["nonce"])):
        b = fresh_b()
        with pytest.raises(Untrusted) as refusal:
            carry.take(b, data, nonce=nonce)
        assert refusal.value.code == "grant.sealed"
        assert version_at(b) == 1


HEADS: list[dict[str, Any]] = [
    {}, {"origin": "x"}, {"origin": 5, "seq": 0}, {"origin": "a/exercise-test/1"}, {"origin": "a/other/1", "first": 0},
    {"origin": "a/exercise-test/1", "first": "x", "proof": []}, {"origin": "a/exercise-test/1", "seq": -1, "salt": ""},
    {"origin": "a/exercise-test/1", "first": 0, "proof": [5], "other": 5}, {"statement": {}, "ed25519": ""},
    {"origin": "a/exercise-test/1", "seq": 2**53 - 1, "salt": "0" * 64, "index": 1, "name": "plan"},
    {"origin": None, "first": None, "proof": None},
]  # fmt: skip


@pytest.mark.parametrize("head", HEADS, ids=str)
@pytest.mark.parametrize("lane", [lane for lane in Lane if lane is not Lane.MANIFEST])
def test_a_frame_that_holds_anything_at_all(lane: Lane, head: dict[str, Any]) -> None:
    """FEED-41: a peer's nonsense is refused as nonsense, or passed over, and never breaks the node."""
    for body in (b"", b"\x00\x00\x00\x05abcde\x00\x01x", b"{}"):
        b, take = refit(lambda frames, body=body: [*frames, Frame(lane=lane, head=head, body=body)])
        try:
            take()
        except EntenteError:
            assert version_at(b) == 1
        else:
            assert version_at(b) == 2


def test_an_author_who_commits_to_other_details_poisons_nobody_elses_bundle() -> None:
    """FEED-12: what an act lists is what its leaf binds, or the act is taken by nobody."""
    coalition = three()
    b, c = coalition["b"], coalition["c"]
    what = Part(name="note", salt=bytes(32), data=b"one")
    utter(c, "stop.send", "stop/c/one", STOP, circle="all", details=(what,), listed=(("note", Hash("0" * 64)),))
    question = carry.ask(b.node, AGREEMENT, "c")
    data = carry.answer(c.node, question)
    assert data is not None

    with pytest.raises(Untrusted) as refusal:
        carry.take(b.node, data, nonce=question["nonce"])

    assert refusal.value.code == "act.commitment"
    found = bundle.unpack(data, lambda *_: None)
    leaves = bundle.pack(found.manifest, [f for f in found.frames if f.lane is Lane.LEAVES], c.node.keys.sign_exchange)
    carry.take(b.node, leaves, nonce=question["nonce"])
    b.say(command.stop(AGREEMENT, "all", "b", "three", line.Reason.OTHER), "watch")
    coalition.carry("b", "a")
    assert "stop/b/three" in fold(coalition["a"]).subjects("stop/")


def test_a_detail_before_its_act_is_asked_for_again() -> None:
    """FEED-42: a lost act does not lose its details."""
    coalition, question, whole = _carried()
    b, take = refit(lambda frames: [f for f in frames if f.lane is not Lane.ACT])

    assert take().leaves
    again = carry.ask(b, AGREEMENT, "a")
    assert again["cursor"] == question["cursor"] and again["want"]
    data = carry.answer(coalition["a"].node, again)
    assert data is not None
    taken = carry.take(b, data, nonce=again["nonce"])

    assert taken.acts == 1 and taken.details >= 1 and whole


def test_details_are_granted_to_members_only() -> None:
    """FEED-45: others could not place them, and would learn that there is something."""
    coalition = three()

    with pytest.raises(Refused) as refusal:
        propose(coalition["a"], "ab", "x", to=["b", "c"])

    assert refusal.value.code == "release.outside_circle"


QUESTIONS: list[dict[str, Any]] = [
    {"have": {"a/exercise-test/1": -1}}, {"have": {"a/exercise-test/1": True}}, {"want": [["a", 0, 1]]},
    {"want": [["a", -1]]}, {"cursor": -1}, {"alerts": [5]}, {"forks": [None]}, {"roots": {"a": 5}}, {"more": 1},
    {"nonce": None},
]  # fmt: skip


@pytest.mark.parametrize("spoil", QUESTIONS, ids=str)
def test_a_question_that_is_none(spoil: dict[str, Any]) -> None:
    """FEED-47."""
    question = carry.ask(three()["b"].node, AGREEMENT, "a")
    assert carry.check_question(json.loads(json.dumps(question)))

    with pytest.raises(Malformed):
        carry.check_question({**question, **spoil})


@pytest.mark.parametrize(
    "spoil",
    [{"want": [["x", 0], ["a/exercise-test/1", 10**9]]}, {"have": {"x": 1, "a/exercise-test/1": 10**9}}, {"budget": 0},
     {"roots": {"a/exercise-test/1": "x"}}, {"forks": ["x"]}],
    ids=str,
)  # fmt: skip
def test_a_question_that_asks_for_what_is_not_there(spoil: dict[str, Any]) -> None:
    """FEED-47."""
    coalition = three()
    question = {**carry.ask(coalition["b"].node, AGREEMENT, "a"), **spoil}

    carry.answer(coalition["a"].node, carry.check_question(question))


def test_what_is_no_plan_is_not_screened_and_stops_no_node() -> None:
    """JOINT-12: nor is what cannot be a plan, a site or a list of them."""
    coalition = three()
    a, b = coalition["a"], coalition["b"]
    honest = a.draft(command.propose(AGREEMENT, "ab", "a", "x", plan(), to=["b"]))
    plain = canonical.decode(honest.parts[0].data)
    huge = {**plain["volumes"][0], "shape": {**plain["volumes"][0]["shape"], "radius_mm": 2**53 - 1}}
    far = [{"kind": "apart_at_least", "other": "operation/a/n0", "seconds": 2**53 - 1}]
    changes: list[dict[str, Any]] = [{"volumes": []}, {"volumes": [huge]}, {"links": far}, {"title": 5}]
    spoilt = [b"", b"[]", b"5", *(canonical.encode({**plain, **change}) for change in changes)]
    for number, data in enumerate(spoilt):
        part = Part(name="plan", salt=bytes(32), data=data)
        seq = utter(a, "operation.propose", f"operation/a/n{number}", honest.statement.body, details=(part,))
        with a.node.store.transaction() as txn:
            txn.grant("b", f"a/{AGREEMENT}/1", seq, 1)
        chunk = Part(name="chunk-0000", salt=bytes(32), data=data)
        listed = {"issue": number + 1, "sites": 1, "purpose": "p", "until": ""}
        seq = utter(a, "sites.notify", "sites/a/l", listed, details=(chunk,))
        with a.node.store.transaction() as txn:
            txn.grant("b", f"a/{AGREEMENT}/1", seq, 1)
    coalition.settle()

    propose(coalition["c"], "bc", "y", plan())
    coalition.settle()
    decide(b, "bc", SubjectId("operation/c/y"), YES)

    assert b.node.watch.unreadable


def test_a_place_said_to_be_known_exactly_costs_the_others_of_its_list_nothing() -> None:
    """DESIGN, principle 7: what cannot be read is shown, and what can be is protected."""
    coalition = three()
    a, b = coalition["a"], coalition["b"]
    draft = a.draft(command.notify_sites(AGREEMENT, "ab", "a", "l", 1, [site("one"), site("two")], "p", to=["b"]))
    plain = canonical.decode(draft.parts[0].data)
    chunk = Part(
        name="chunk-0000", salt=bytes(32), data=canonical.encode([{**plain[0], "uncertainty_mm": 0}, plain[1]])
    )
    seq = utter(a, "sites.notify", "sites/a/l", draft.statement.body, details=(chunk,))
    with a.node.store.transaction() as txn:
        txn.grant("b", f"a/{AGREEMENT}/1", seq, 1)
    coalition.settle()

    assert list(b.node.watch.sites) == ["sites/a/l/two"]
    assert [subject for subject, _ in b.node.watch.unreadable] == ["sites/a/l"]
