"""What a party acknowledges it holds on its disk; what is held against silence; and when a standing is final."""

from __future__ import annotations

import base64
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.node.stories import (
    AGREEMENT,
    NO,
    YES,
    activate,
    change,
    copied,
    decide,
    event,
    fold,
    lapse,
    lapsing,
    node,
    plan,
    propose,
    row,
    silences,
    standing,
    tell,
    three,
    utter,
    verdicts,
    version,
)

from entente.errors import Malformed, Refused, Unavailable
from entente.ids import Origin, SubjectId
from entente.joint import agreement as agreements
from entente.joint import cosigning as rules
from entente.joint import line
from entente.node import carry, command, cosigning, duties
from entente.store.memory import MemoryStore
from entente.store.promises import Moment, Write
from entente.store.sqlite import open_sqlite
from entente.testing.coalition import Coalition, Member
from entente.tlog.checkpoint import Checkpoint

X = SubjectId("operation/a/x")
A, B, C = (Origin(f"{party}/{AGREEMENT}/1") for party in "abc")
HOUR = 3600


def entries(member: Member) -> int:
    book = member.node.book(AGREEMENT)
    return book.size(book.origin)


def acknowledges(member: Member, party: str) -> dict[str, int]:
    """Return how much of each feed a party has acknowledged, as a member of `all` sees it."""
    return dict(row(member, "all", f"record/{party}")["held"])


# -- acknowledging -----------------------------------------------------------------------------------------------------


def test_an_acknowledgement_lists_what_is_held_and_cosigns_its_heads() -> None:
    """JOINT-100, JOINT-101."""
    c = three()
    tell(c)

    held = acknowledges(c["a"], "b")
    body = next(e for e in fold(c["a"]).events[SubjectId("record/b")][B]).act.statement.body["held"]

    assert held.keys() == {A, C} and all(size > 0 for size in held.values())
    for origin, size, cosignature in body:
        raw = base64.b64decode(cosignature)
        root = c["c"].node.book(AGREEMENT).root_at(origin, size)
        assert root is not None
        text = f"{origin}\n{size}\n{base64.b64encode(bytes.fromhex(root)).decode()}\n"
        message = f"cosignature/v1\ntime {int.from_bytes(raw[:8], 'big')}\n{text}"
        key = base64.b64decode(c["b"].card["keys"]["cosigner"])
        Ed25519PublicKey.from_public_bytes(key).verify(raw[8:], message.encode())


def test_nothing_acknowledges_acknowledgements_alone_so_talk_comes_to_an_end() -> None:
    """JOINT-103."""
    c = three()
    tell(c)
    before = {party: entries(c[party]) for party in "abc"}

    tell(c)
    assert {party: entries(c[party]) for party in "abc"} == before

    c["a"].say(command.stop(AGREEMENT, "all", "a", "one", line.Reason.OTHER), "watch")
    tell(c)
    assert {party: entries(c[party]) - before[party] for party in "abc"} == {"a": 1, "b": 1, "c": 1}


def test_an_answer_acknowledges_what_it_answers() -> None:
    """JOINT-102, JOINT-103."""
    c = Coalition.form("a", "b")
    tell(c)
    propose(c["a"], "all")
    c.settle()
    decide(c["b"], "all", X)
    before = entries(c["b"])

    tell(c)

    assert entries(c["b"]) == before, "nothing is left to acknowledge for b"
    assert row(c["b"], "all", X)["final"], "a's acknowledgement of the answer was enough"


def test_a_serving_node_waits_to_speak_of_much_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """JOINT-103."""
    c = three()
    tell(c)
    now = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    b = c["b"].node
    said = []
    for number in range(5):
        c["a"].say(command.stop(AGREEMENT, "all", "a", f"s{number}", line.Reason.OTHER), "watch")
        c.settle()
        said += duties.tend(b, batched=True)
        assert cosigning.rest_s(b) == 60.0 - number * 10.0
        now[0] += 10.0
    assert said == []

    now[0] += 11.0
    assert len(duties.tend(b, batched=True)) == 1
    assert cosigning.rest_s(b) is None
    assert acknowledges(c["b"], "b")[A] == entries(c["a"])


@pytest.mark.parametrize("withheld", ["ab", "all"])
def test_what_is_not_held_is_not_acknowledged_and_costs_the_others_nothing(withheld: str) -> None:
    """JOINT-102: an author withholds an act from b; b has the leaf, and does not say that it holds that entry."""
    c = three()
    tell(c)
    c["a"].say(command.stop(AGREEMENT, withheld, "a", "one", line.Reason.OTHER), "watch")
    c["c"].say(command.stop(AGREEMENT, "all", "c", "two", line.Reason.OTHER), "watch")
    hidden = entries(c["a"]) - 1

    for giver in "ac":
        question = carry.ask(c["b"].node, AGREEMENT, giver)
        if giver == "a":
            del c["a"].node.store._tables.parts[A, hidden][0]  # type: ignore[attr-defined]
        data = carry.answer(c[giver].node, question)
        assert data is not None
        carry.take(c["b"].node, data)
    duties.tend(c["b"].node)

    book = c["b"].node.book(AGREEMENT)
    assert book.size(A) > hidden, "the leaf is there"
    assert acknowledges(c["b"], "b")[A] == hidden
    assert acknowledges(c["b"], "b")[C] == entries(c["c"])


def test_a_node_that_may_not_speak_acknowledges_nothing() -> None:
    """FEED-50, JOINT-103."""
    c = three()
    tell(c)
    with c["b"].node.store.transaction() as txn:
        txn.set_meta(f"restored/{AGREEMENT}", b"[]")
    c["a"].say(command.stop(AGREEMENT, "all", "a", "one", line.Reason.OTHER), "watch")
    c.carry("a", "b")

    assert duties.tend(c["b"].node) == []


# -- attacks -----------------------------------------------------------------------------------------------------------


def test_a_false_acknowledgement_binds_who_gave_it_and_deceives_nobody_about_its_extent() -> None:
    """JOINT-100: b claims more than it cites, less than before, one feed twice, and a cosignature of another."""
    c = three()
    tell(c)
    before = acknowledges(c["a"], "b")
    size, root = entries(c["a"]), c["b"].node.book(AGREEMENT).root_at(A, entries(c["a"]))
    assert root is not None
    foreign = base64.b64encode(
        c["c"].node.keys.cosign("c", Checkpoint(origin=A, size=size, root=bytes.fromhex(root)), 1)
    ).decode()
    lies = {
        "record.held": [[[A, size + 1, ""]], [[A, size, ""], [A, size, ""]], [[A, 1, ""]], [[A, 0, ""]], []],
        "record.cosignature": [[[A, size, foreign], [C, entries(c["c"]), ""]]],
    }
    for code, bodies in lies.items():
        for held in bodies:
            seq = utter(c["b"], "record.acknowledge", "record/b", {"held": held}, circle="all", machine=True)
            c.settle()
            assert {event(c[p], "all", seq, "b").code for p in "abc"} == {code}, held

    assert acknowledges(c["a"], "b") == before


def test_who_acknowledges_without_holding_can_be_found_silent_like_anybody() -> None:
    """JOINT-104: b says that it holds a's entries though a withheld the act; the word is b's, and b answers for it."""
    c = lapsing()
    tell(c)
    propose(c["a"], "ab")
    c.settle()
    leaf_only = entries(c["a"])
    heads = fold(c["b"]).heads(B)
    held = [[h.origin, h.size, ""] for h in heads]
    utter(c["b"], "record.acknowledge", "record/b", {"held": held}, circle="all", machine=True, seen=heads)
    c.clock.advance(seconds=HOUR)
    c["b"].say(command.stop(AGREEMENT, "all", "b", "late", line.Reason.OTHER), "watch")
    c.settle()

    assert acknowledges(c["a"], "b")[A] == leaf_only
    assert [silence.party for silence in silences(c["a"], "ab", X)] == ["b"]
    lapse(c["a"], "ab", X)
    tell(c)
    assert standing(c["b"], "ab", X) == "unopposed"


def test_a_back_dated_entry_proves_no_silence() -> None:
    """JOINT-105, JOINT-15: what b dates before its previous entry is void, and a void entry shows nothing."""
    c = lapsing()
    propose(c["a"], "ab")
    c.clock.advance(seconds=2 * HOUR)
    tell(c)  # b acknowledges two hours later
    early = c.clock.now()
    held = entries(c["b"]) - 1
    body = {"reason": "other", "operation": "", "note": ""}
    seq = utter(c["b"], "stop.send", "stop/b/old", body, at=early.replace(hour=early.hour - 1))
    c.settle()
    leaf = version(c["a"], "ab", X).leaf

    for dated in (seq, held):
        shown = {"party": "b", "held": held, "dated": dated}
        place = utter(c["a"], "operation.lapse", X, {"version": leaf, "silent": [shown]})
        c.settle()
        assert event(c["b"], "ab", place, "a").code == ("lapse.unknown" if dated == seq else "lapse.early")


def test_a_lapse_is_not_lifted_onto_another_version() -> None:
    """JOINT-104, JOINT-106: it covers the version that it names, and says nothing of the next."""
    c = lapsing()
    propose(c["a"], "ab")
    tell(c)
    c.clock.advance(seconds=HOUR)
    tell(c)
    lapse(c["a"], "ab", X)
    tell(c)
    assert standing(c["b"], "ab", X) == "unopposed"

    change(c["a"], "ab", X, plan("x", lat=48))
    tell(c)
    old = silences_of_first(c)
    seq = utter(c["a"], "operation.lapse", X, {"version": version(c["a"], "ab", X).leaf, "silent": old})
    c.settle()

    assert standing(c["b"], "ab", X) == "noticed"
    assert event(c["b"], "ab", seq, "a").code == "lapse.unheld"


def silences_of_first(c: Coalition) -> list[dict[str, Any]]:
    """Return what the lapse on the first version pointed at."""
    said = [e for e in fold(c["a"], "ab").now().events(X) if e.verb == "operation.lapse"]
    found: list[dict[str, Any]] = said[0].act.statement.body["silent"]
    return found


# -- silence -----------------------------------------------------------------------------------------------------------


def test_proven_silence_covers_where_the_agreement_says_so() -> None:
    """JOINT-104, JOINT-105, JOINT-106: b dates its silence by itself, once the hour has run by its own clock."""
    c = lapsing()
    propose(c["a"], "ab")
    tell(c)
    assert silences(c["a"], "ab", X) == []
    c.clock.advance(seconds=HOUR - 1)
    assert duties.tend(c["b"].node) == []
    with pytest.raises(Refused, match=r"\[lapse\.parties\]|other deciders"):
        lapse(c["a"], "ab", X)

    c.clock.advance(seconds=1)
    assert len(duties.tend(c["b"].node)) == 1, "one dated entry, and no more of them"
    assert duties.tend(c["b"].node) == []
    c.settle()
    with pytest.raises(Refused, match="nothing covers"):
        activate(c["a"], "ab", X)
    lapse(c["a"], "ab", X)
    activate(c["a"], "ab", X)
    tell(c)

    for party in "ab":
        found = row(c[party], "ab", X)
        assert (found["standing"], found["final"], list(found["silent"])) == ("unopposed", True, ["b"])
        assert found["activations"][0]["covered_by"] == "unopposed"


def test_no_feed_grows_while_nothing_is_open() -> None:
    """JOINT-105."""
    c = lapsing()
    propose(c["a"], "ab")
    tell(c)
    for _ in range(5):
        c.clock.advance(seconds=HOUR)
        tell(c)
    before = {party: entries(c[party]) for party in "abc"}

    for _ in range(20):
        c.clock.advance(seconds=HOUR)
        tell(c)

    assert {party: entries(c[party]) for party in "abc"} == before


def test_every_decider_is_found_silent_for_itself() -> None:
    """JOINT-106: b has answered, c is silent: only c's silence is held against it, and only from its own feed."""
    c = lapsing()
    propose(c["a"], "all")
    tell(c)
    decide(c["b"], "all", X)
    c.clock.advance(seconds=HOUR)
    tell(c)
    assert standing(c["a"], "all", X) == "noticed"

    assert [silence.party for silence in silences(c["a"], "all", X)] == ["c"]
    lapse(c["a"], "all", X)
    tell(c)

    assert {standing(c[party], "all", X) for party in "abc"} == {"unopposed"}


@pytest.mark.parametrize("answer", [YES, NO])
def test_an_answer_that_crosses_a_lapse_replaces_it(answer: Any) -> None:
    """JOINT-106."""
    c = lapsing()
    propose(c["a"], "ab")
    tell(c)
    c.clock.advance(seconds=HOUR)
    duties.tend(c["b"].node)
    c.settle()
    lapse(c["a"], "ab", X)
    decide(c["b"], "ab", X, answer)  # b has not heard of the lapse
    activate(c["a"], "ab", X)  # nor a of the answer
    tell(c)

    for party in "ab":
        found = row(c[party], "ab", X)
        assert found["standing"] == ("objected" if answer is NO else "no_objection")
        assert found["silent"] == {}
        flown = found["activations"][0]
        assert flown["covered_by"] == "unopposed"
        assert [crossed["how"] for crossed in flown["objections"]] == (["crossed"] if answer is NO else [])


def test_an_answer_bars_a_lapse_even_a_void_one() -> None:
    """JOINT-105: b's officer was relieved; his answer binds nobody, but b was not silent."""
    c = lapsing()
    propose(c["a"], "ab")
    tell(c)
    body = {"version": version(c["b"], "ab", X).leaf, "answer": "objection", "screening": "", "findings": 0}
    seq = utter(c["b"], "decision.give", X, body | {"opened": [], "undisclosed": 0, "under": ""}, office="observer")
    c.clock.advance(seconds=HOUR)
    tell(c)

    assert event(c["a"], "ab", seq, "b").code == "staff.authority"
    assert silences(c["a"], "ab", X) == []


def test_silence_counts_only_in_agreements_that_can_have_it() -> None:
    """JOINT-106."""
    text = Coalition.form("a", "b", unopposed=True)["a"].node.book(AGREEMENT).first
    with pytest.raises(Malformed, match="unopposed"):
        agreements.load({**text.plain, "mode": "flight_safety"})


# -- final -------------------------------------------------------------------------------------------------------------


def test_a_standing_is_final_once_every_signatory_holds_what_makes_it() -> None:
    """JOINT-107: party c is not in the circle, and holds its leaves all the same."""
    c = three()
    tell(c)
    propose(c["a"], "ab")
    c.settle()
    decide(c["b"], "ab", X)
    c.settle()
    assert (row(c["a"], "ab", X)["standing"], row(c["a"], "ab", X)["final"]) == ("no_objection", False)

    for party in "ca":
        duties.tend(c[party].node)
        assert not row(c["b"], "ab", X)["final"]
    c.settle()

    assert all(row(c[party], "ab", X)["final"] for party in "ab")
    activate(c["a"], "ab", X)
    tell(c)
    assert row(c["b"], "ab", X)["activations"][0]["cover_final"]


def test_a_standing_on_notice_alone_is_never_final() -> None:
    """JOINT-107."""
    c = three()
    propose(c["a"], "ab")
    tell(c)

    assert not row(c["a"], "ab", X)["final"]


# -- durably -----------------------------------------------------------------------------------------------------------


def durable(member: Member) -> None:
    """Every acknowledgement in a member's feed speaks of leaves that are on its disk, with the acts that go to it."""
    here = node(member, copied(member.node.store), three().clock)  # type: ignore[arg-type]
    book = here.book(AGREEMENT)
    for said in fold(member).events.get(SubjectId(f"record/{member.party}"), {}).get(book.origin, ()):
        for origin, size in rules.listed(said).items():
            assert book.size(origin) >= size
            for seq, circle in enumerate(book.ledger.feeds[origin].circles[:size]):
                assert circle is None or here.store.part(origin, seq, 0) is not None, (origin, seq)


@settings(max_examples=20)
@given(st.integers(1, 40), st.sampled_from(["before", "after"]))
def test_it_cosigns_only_after_the_leaves_are_on_the_disk(write: int, moment: Moment) -> None:
    """JOINT-102: whichever write fails while a bundle is taken, nothing says that more is held than a restart finds."""
    c = three()
    propose(c["a"], "ab")
    c["a"].say(command.stop(AGREEMENT, "all", "a", "one", line.Reason.OTHER), "watch")
    b, left = c["b"], [write]

    def fault(what: Write, when: Moment) -> None:
        left[0] -= when == moment
        if left[0] == 0:
            raise Unavailable("store.io", "the disk is gone")

    store = b.node.store
    assert isinstance(store, MemoryStore)
    store._fault = fault
    for _ in range(3):
        try:
            c.carry("a", "b")
            duties.tend(b.node)
        except Unavailable:
            b.node = node(b, copied(store), c.clock)
            break
        durable(b)
    duties.tend(b.node)
    durable(b)


def test_a_commit_that_is_not_on_the_disk_is_not_cosigned(tmp_path: Path) -> None:
    """JOINT-102: what another connection to the file reads is what the acknowledgement may speak of."""
    c = Coalition.form("a", "b", stores={"b": open_sqlite(tmp_path / "b", create=True)})
    propose(c["a"], "all")
    seen = []
    store = c["b"].node.store
    original = c["b"].node.keys.__class__.cosign

    def cosign(keys: Any, party: str, head: Any, time_s: int) -> bytes:
        other = sqlite3.connect(tmp_path / "b")
        [[count]] = other.execute("SELECT count(*) FROM leaf WHERE origin = ?", [head.origin]).fetchall()
        other.close()
        seen.append((head.size, count))
        return original(keys, party, head, time_s)

    c.settle()
    c["b"].node.keys.__class__.cosign = cosign  # type: ignore[method-assign]
    try:
        assert duties.tend(c["b"].node)
    finally:
        c["b"].node.keys.__class__.cosign = original  # type: ignore[method-assign]
    assert seen and all(size <= count for size, count in seen)
    store.close()


def test_a_node_started_from_its_snapshot_holds_the_same_to_be_acknowledged() -> None:
    """JOINT-81, ADR 0018."""
    c = lapsing()
    propose(c["a"], "ab")
    tell(c)
    c.clock.advance(seconds=HOUR)
    tell(c)
    lapse(c["a"], "ab", X)
    tell(c)
    a = c["a"]
    before = (fold(a, "ab").rows(), verdicts(a, "ab"), fold(a, "ab").now().acknowledged("b"))

    a.node.keep()
    a.node = node(a, copied(a.node.store), c.clock)

    assert (fold(a, "ab").rows(), verdicts(a, "ab"), fold(a, "ab").now().acknowledged("b")) == before
    assert a.node._kept
