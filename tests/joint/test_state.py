"""State: what stands in which circle, how an operation's phase moves, and what two parties compare."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from itertools import product
from typing import Any

import pytest
from tests.node.stories import (
    AGREEMENT,
    NO,
    YES,
    activate,
    change,
    decide,
    event,
    fold,
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
from entente.errors import Malformed, Refused
from entente.ids import CircleId, Hash, Origin, SubjectId
from entente.joint import decisions, line, operations
from entente.joint.act import Head
from entente.joint.operations import DEVIATIONS, PHASES
from entente.joint.plan import Kind
from entente.joint.protected_sites import Category
from entente.node import carry, command
from entente.testing.coalition import START

X = SubjectId("operation/a/x")
VERBS = ("operation.change", "operation.activate", "operation.withdraw", "operation.deviate", "operation.end")
ROUTES: dict[str, list[str]] = {
    "planned": [],
    "active": ["operation.activate"],
    "nonconforming": ["operation.activate", "nonconforming"],
    "contingent": ["operation.activate", "contingent"],
    "ended": ["operation.activate", "operation.end"],
    "withdrawn": ["operation.withdraw"],
}


def step(coalition: Any, verb: str) -> int:
    """Let a's faulty node write the owner's next step, whatever the rules say; `verb` may be a way to deviate."""
    latest = version(coalition["a"], "ab", X)
    how = verb if verb in DEVIATIONS else "nonconforming"
    bodies: dict[str, dict[str, Any]] = {
        "operation.change": {
            "version": latest.number + 1, "kind": "general", "crew": "crewed", "start": latest.body.start,
            "end": latest.body.end, "areas": [], "previous": latest.leaf, "proxy_for": "",
        },
        "operation.activate": {"version": latest.leaf, "threat": "declared"},
        "operation.deviate": {"version": latest.leaf, "how": how},
    }  # fmt: skip
    real = "operation.deviate" if verb in DEVIATIONS else verb
    return utter(coalition["a"], real, X, bodies.get(real, {"version": latest.leaf}))


@pytest.mark.parametrize(("phase", "verb"), list(product(ROUTES, VERBS)))
def test_a_phase_is_open_to_the_steps_of_the_table_and_to_no_other(phase: str, verb: str) -> None:
    """JOINT-22, JOINT-23."""
    coalition = three()
    propose(coalition["a"], "ab")
    for before in ROUTES[phase]:
        step(coalition, before)
    assert fold(coalition["a"], "ab").rows()[X]["phase"] == phase

    found = event(coalition["a"], "ab", step(coalition, verb))

    after = fold(coalition["a"], "ab").rows()[X]["phase"]
    if (phase, verb) in PHASES:
        assert found.code == "" and after == (PHASES[phase, verb] or "nonconforming")
    else:
        assert found.code == f"operation.{phase}" and after == phase


def test_an_activation_keeps_the_label_of_what_covered_it() -> None:
    """JOINT-26: whatever is decided afterwards."""
    coalition = three()
    a, b = coalition["a"], coalition["b"]
    propose(a, "ab")
    coalition.settle()
    with pytest.raises(Refused):
        activate(a, "ab", X)
    activate(a, "ab", X, threat="declared")
    coalition.settle()
    decide(b, "ab", X, YES)
    coalition.settle()
    activate(a, "ab", X)

    labels = [(act["covered_by"], act["threat"]) for act in fold(a, "ab").rows()[X]["activations"]]

    assert labels == [("noticed", True), ("no_objection", False)]


def test_notice_given_long_enough_ago_covers_and_an_objection_takes_it_away() -> None:
    """JOINT-26, JOINT-42."""
    coalition = three()
    propose(coalition["a"], "ab")
    coalition.settle()
    coalition.clock.advance(hours=25)
    activate(coalition["a"], "ab", X)
    change(coalition["a"], "ab", X, plan(lat=48))
    coalition.settle()
    coalition.clock.advance(hours=25)
    decide(coalition["b"], "ab", X, NO)
    coalition.settle()

    with pytest.raises(Refused) as refusal:
        activate(coalition["a"], "ab", X)

    assert refusal.value.code == "operation.uncovered"
    assert standing(coalition["a"], "ab", X) == "objected"


def test_every_other_decider_must_have_no_objection() -> None:
    """JOINT-42."""
    coalition = three()
    propose(coalition["a"], "all")
    coalition.settle()
    found = [standing(coalition["a"], "all", X)]
    for party in "bc":
        decide(coalition[party], "all", X, YES)
        coalition.settle()
        found.append(standing(coalition["a"], "all", X))

    assert found == ["noticed", "noticed", "no_objection"]


def test_what_must_be_screened_is_the_latest_version_and_the_one_that_flies() -> None:
    """JOINT-28."""
    coalition = three()
    a, b = coalition["a"], coalition["b"]
    propose(a, "ab")
    activate(a, "ab", X, threat="declared")
    change(a, "ab", X, plan(lat=48))
    change(a, "ab", X, plan(lat=49))
    coalition.settle()

    assert sorted(name.split("@")[1][0] for name in b.node.watch.flights) == ["1", "3"]
    a.say(command.end(AGREEMENT, "ab", X, version(a, "ab", X).leaf))
    coalition.settle()
    assert not b.node.watch.flights


def test_a_version_keeps_the_agreement_of_its_proposal() -> None:
    """JOINT-29."""
    coalition = three()
    propose(coalition["a"], "ab")
    operation = operations.read(X, fold(coalition["a"], "ab").now())

    assert operation is not None
    assert operation.agreement == coalition["a"].node.book(AGREEMENT).first.digest


def test_an_operation_names_areas_of_the_agreement_only_and_kinds_of_the_list() -> None:
    """JOINT-20, JOINT-25."""
    assert {k.value for k in Kind}.isdisjoint({"strike", "attack", "fires", "interdiction", "escort"})
    assert event(*_proposal(areas=["nowhere"])).code == "operation.area"
    assert event(*_proposal(kind="strike")).code == "act.body"


def _proposal(**more: Any) -> tuple[Any, str, int]:
    coalition = three()
    end = "2026-12-01T09:00:00.000Z"
    body = {"version": 1, "kind": "general", "crew": "crewed", "start": "2026-12-01T08:00:00.000Z", "end": end}
    body |= {"areas": [], "previous": "", "proxy_for": "", **more}
    return coalition["a"], "ab", utter(coalition["a"], "operation.propose", X, body)


# -- dissent, STOP, sites ----------------------------------------------------------------------------------------------


def test_a_dissent_changes_no_standing_and_is_never_removed() -> None:
    """JOINT-49."""
    coalition = three()
    a, b = coalition["a"], coalition["b"]
    propose(a, "ab")
    coalition.settle()
    decide(b, "ab", X, YES)
    b.say(command.dissent(AGREEMENT, "ab", X, version(b, "ab", X).leaf, "doubt", to=["a"]), "protection")
    decide(b, "ab", X, NO)
    decide(b, "ab", X, YES)
    coalition.settle()
    change(a, "ab", X, plan(lat=48))

    assert len(fold(a, "ab").rows()[X]["dissents"]) == 1


def test_a_stop_stands_until_its_sender_lifts_it() -> None:
    """JOINT-50."""
    coalition = three()
    a, b = coalition["a"], coalition["b"]
    receipt = b.say(command.stop(AGREEMENT, "ab", "b", "one", line.Reason.CIVILIANS, operation=X), "watch")
    coalition.settle()
    a.say(command.acknowledge_stop(AGREEMENT, "ab", receipt.subject, receipt.leaf), "watch")
    with pytest.raises(Refused) as refusal:
        a.say(command.lift_stop(AGREEMENT, "ab", receipt.subject, receipt.leaf), "watch")
    now = fold(a, "ab").now()

    assert refusal.value.code == "stop.other_party"
    assert line.stopped(X, now, fold(a, "ab").subjects("stop/")) == [receipt.leaf]
    assert fold(a, "ab").rows()[receipt.subject]["acknowledged"] == ["a"]
    b.say(command.lift_stop(AGREEMENT, "ab", receipt.subject, receipt.leaf), "watch")
    coalition.settle()
    assert line.stopped(X, fold(a, "ab").now(), fold(a, "ab").subjects("stop/")) == []


def test_a_list_of_sites_is_numbered_chunked_and_acknowledged() -> None:
    """JOINT-61, JOINT-62."""
    coalition = three()
    a, b = coalition["a"], coalition["b"]
    many = [site(f"s{number}", lat=47 + number / 1000) for number in range(300)]
    first = a.say(command.notify_sites(AGREEMENT, "ab", "a", "l", 1, many, "protection", to=["b"]), "protection")
    coalition.settle()
    b.say(command.acknowledge_sites(AGREEMENT, "ab", first.subject, first.leaf), "protection")
    with pytest.raises(Refused) as refusal:
        a.say(command.notify_sites(AGREEMENT, "ab", "a", "l", 3, many, "protection", to=["b"]), "protection")
    coalition.settle()

    row = fold(a, "ab").rows()[first.subject]
    assert refusal.value.code == "sites.issue"
    assert (row["issues"], row["acknowledged"]) == ([[first.leaf, 300]], [["b", first.leaf]])
    assert len(b.node.watch.sites) == 300
    assert [n for n, _ in event(b, "ab", first.seq, "a").act.statement.details][:2] == ["chunk-0000", "chunk-0001"]


def test_an_older_issue_that_is_released_later_does_not_replace_a_newer_word() -> None:
    """JOINT-64."""
    coalition = three()
    a, b = coalition["a"], coalition["b"]
    old = a.say(command.notify_sites(AGREEMENT, "ab", "a", "l", 1, [site("s", "old")], "p", to=[]), "protection")
    a.say(command.notify_sites(AGREEMENT, "ab", "a", "l", 2, [site("s", "new")], "p", to=["b"]), "protection")
    coalition.settle()
    a.node.release(AGREEMENT, old.seq, "chunk-0000", "b")  # type: ignore[arg-type]
    coalition.settle()

    assert [found.name for _, found in b.node.watch.sites.values()] == ["new"]


def test_a_signed_list_is_heeded_although_its_feed_waits() -> None:
    """JOINT-63: what an author cites and nobody serves holds back permissions, not protections."""
    coalition = three()
    a, b = coalition["a"], coalition["b"]
    utter(a, "stop.acknowledge", "stop/b/none", {"stop": "0" * 64}, agreement=Hash("f" * 64))
    a.say(command.notify_sites(AGREEMENT, "ab", "a", "l", 1, [site("s")], "p", to=["b"]), "protection")
    coalition.carry("a", "b")

    assert "sites/a/l" not in fold(b, "ab").rows()
    assert list(b.node.watch.sites) == ["sites/a/l/s"]


def test_site_categories_are_a_closed_list_and_an_uncertainty_is_a_number() -> None:
    """JOINT-30."""
    assert {c.value for c in Category} >= {"medical", "school", "water_and_power"}
    for wrong in (-1.0, 0.0, 0.0004, float("nan"), float("inf")):
        with pytest.raises(Malformed, match="uncertainty"):
            type(site("s"))(**{**_fields(site("s")), "uncertainty_m": wrong})


def _fields(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


# -- circles and cuts --------------------------------------------------------------------------------------------------


def test_acts_of_other_circles_neither_count_nor_block() -> None:
    """JOINT-7, JOINT-8, JOINT-80: c holds none of them and folds as far as everyone."""
    coalition = three()
    propose(coalition["a"], "ab")
    coalition.settle()
    before = fold(coalition["c"], "bc").rows()
    decide(coalition["b"], "ab", X, YES)
    utter(coalition["b"], "stop.send", "stop/b/x", {"reason": "other", "operation": "", "note": ""}, circle="ab")
    coalition.settle()

    assert fold(coalition["c"], "bc").rows() == before
    assert fold(coalition["c"], "bc").digest() == fold(coalition["b"], "bc").digest()
    assert fold(coalition["c"], "bc").cut[Origin(f"b/{AGREEMENT}/1")] > 0


def test_the_same_subject_in_two_circles_is_two_things() -> None:
    """JOINT-9, JOINT-6: an operation may be proposed anew in a wider circle."""
    coalition = three()
    a, b = coalition["a"], coalition["b"]
    propose(a, "ab")
    propose(a, "all")
    b.say(command.standing_decision(AGREEMENT, "all", "b", YES, ["general"], START + timedelta(days=1)))
    coalition.settle()
    decide(b, "ab", X, NO)
    coalition.settle()

    assert (standing(a, "ab", X), standing(a, "all", X)) == ("objected", "noticed")
    name = decisions.standing_subject("b")
    assert name in fold(b, "all").rows() and name not in fold(b, "ab").rows()


def test_an_act_shows_who_signed_it_and_what_was_seen() -> None:
    """JOINT-3, JOINT-4."""
    coalition = three()
    found = event(coalition["a"], "ab", propose(coalition["a"], "ab").seq).act
    signer = found.statement.signer
    assert signer is not None
    shown = next(part for part in coalition["a"].node.store.parts(found.origin, found.seq) if part.name == "shown")

    assert sha256(shown.data).hexdigest() == signer.shown
    assert (signer.office, signer.officer, signer.suite, signer.language) == ("senior", "a/senior", "E1", "en")
    assert [head.origin[0] for head in found.seen] == ["b", "c"] == [head.origin[0] for head in signer.seen]
    assert all(head == Head(head.origin, head.size, head.root) and head.size > 0 for head in found.seen)


def test_a_machine_may_say_only_what_was_decided_for_it() -> None:
    """JOINT-18."""
    coalition = three()
    places = {
        verb: utter(coalition["a"], verb, subject, body, machine=True)
        for verb, subject, body in (
            ("stop.send", "stop/a/one", {"reason": "other", "operation": "", "note": ""}),
            ("dissent.give", X, {"item": "0" * 64}),
            ("operation.withdraw", X, {"version": "0" * 64}),
        )
    }

    assert {event(coalition["a"], "ab", seq).code for seq in places.values()} == {"act.signer"}


def test_the_state_is_a_row_for_each_subject_and_for_each_void_act_and_its_hash_is_over_these() -> None:
    """JOINT-82, JOINT-85."""
    coalition = three()
    propose(coalition["a"], "ab")
    seq = utter(coalition["a"], "dissent.give", X, {"item": "0" * 64})
    found = fold(coalition["a"], "ab")
    rows, state = found.rows(), found.state()

    assert rows[f"void/a/{AGREEMENT}/1/{seq}"]["code"] == "dissent.item"
    hashes = [[name, sha256(canonical.encode(row)).hexdigest()] for name, row in sorted(rows.items())]
    assert state == {
        "rules": 1, "agreement": coalition["a"].node.book(AGREEMENT).first.digest, "circle": "ab",
        "cut": [[h.origin, h.size, h.root] for h in found.cut_heads()], "subjects": hashes,
    }  # fmt: skip
    assert found.digest() == sha256(canonical.encode(state)).hexdigest()


def test_hashes_are_compared_at_equal_cuts_only_and_details_are_no_part_of_them() -> None:
    """JOINT-86, JOINT-89, JOINT-81."""
    coalition = three()
    a, b = coalition["a"], coalition["b"]
    receipt = propose(a, "ab", to=[])
    assert fold(a, "ab").cut_digest() != fold(b, "ab").cut_digest()
    coalition.settle()
    before = fold(b, "ab").rows()
    assert fold(a, "ab").cut_digest() == fold(b, "ab").cut_digest() and fold(a, "ab").digest() == fold(b, "ab").digest()
    a.node.release(AGREEMENT, receipt.seq, "plan", "b")  # type: ignore[arg-type]
    coalition.settle()

    assert b.node.store.part(receipt.origin, receipt.seq, 1) is not None
    assert fold(b, "ab").rows() == before and fold(a, "ab").digest() == fold(b, "ab").digest()
    assert verdicts(a, "ab") == verdicts(b, "ab") and CircleId("ab") in b.node.book(AGREEMENT).ledger.folds


def test_an_answer_holds_at_least_one_thing_and_little_more_than_its_budget() -> None:
    """FEED-48."""
    coalition = three()
    for number in range(10):
        coalition["a"].say(command.stop(AGREEMENT, "ab", "a", f"s{number}", line.Reason.OTHER), "watch")
    sizes, rounds = [], 0
    while rounds < 100:
        question = carry.ask(coalition["b"].node, AGREEMENT, "a", budget=1)
        data = carry.answer(coalition["a"].node, question)
        if data is None:
            break
        sizes.append(len(data))
        taken = carry.take(coalition["b"].node, data, nonce=question["nonce"])
        rounds += 1
        if not taken.anything and not taken.more:
            break

    assert len(fold(coalition["b"], "ab").subjects("stop/a/")) == 10
    assert 10 <= rounds < 40 and max(sizes) < 40_000


def test_an_act_that_waited_for_a_leaf_of_another_circle_is_folded_as_soon_as_that_has_come() -> None:
    """JOINT-80: what is passed over counts as progress too, in `all` before the narrower circle."""
    coalition = three()
    a, b, c = (coalition[party] for party in "abc")
    propose(b, "bc", "first")
    coalition.carry("b", "a")
    a.say(command.stop(AGREEMENT, "all", "a", "one", line.Reason.OTHER), "watch")

    coalition.carry("a", "c")  # with a's act comes b's leaf, which it cites, and whose act only b can give

    assert "stop/a/one" in fold(c).rows()
    assert "operation/b/first" not in fold(c, "bc").rows()
    coalition.carry("b", "c")
    assert "operation/b/first" in fold(c, "bc").rows()
