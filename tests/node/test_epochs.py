"""A new epoch: a party goes on from what nobody disputes, and what stands behind that permits nothing."""

from __future__ import annotations

from contextlib import suppress

import pytest
from tests.node.stories import (
    AGREEMENT,
    YES,
    activate,
    decide,
    event,
    fold,
    plan,
    propose,
    standing,
    three,
    utter,
)
from tests.node.test_branches import spread, tend, told_apart
from tests.node.test_forks import A, exchange, lost_two, stop, twin

from entente.errors import Forked, Refused
from entente.feed import suite
from entente.ids import Hash, Origin, SubjectId
from entente.joint import epochs as rules
from entente.joint import silence
from entente.joint.act import ALL, Head
from entente.joint.epochs import Reason
from entente.node import command, duties, epochs
from entente.node.node import Node, Receipt
from entente.node.verify import verify_record
from entente.testing.coalition import Coalition, Member

X = SubjectId("operation/a/x")
A2, A3 = Origin(f"a/{AGREEMENT}/2"), Origin(f"a/{AGREEMENT}/3")


def open_epoch(member: Member, reason: Reason = Reason.FORK) -> Receipt:
    return epochs.open_epoch(member.node, AGREEMENT, reason, lambda message: member.root.sign(suite.STATEMENT, message))


def found_out() -> tuple[Coalition, Member]:
    """Both stories of a are known to everyone, a's own node too, and reported."""
    coalition, other = told_apart()
    spread(coalition)
    tend(coalition)
    spread(coalition)
    tell_a(coalition)
    return coalition, other


def tell_a(coalition: Coalition) -> None:
    """Let a, who follows one story, hear of the other, as anybody else would."""
    for _ in range(4):
        for peer in ("b", "c"):
            for giver, taker in ((peer, "a"), ("a", peer)):
                with suppress(Forked):
                    coalition.carry(giver, taker)


def settle(coalition: Coalition) -> None:
    for _ in range(3):
        spread(coalition, rounds=2)
        tell_a(coalition)


def alike(coalition: Coalition, circle: str = "all") -> None:
    found = [fold(m, circle) for name, m in coalition.members.items() if circle == "all" or name in circle]
    assert len({one.cut_digest() for one in found}) == 1
    assert len({one.digest() for one in found}) == 1


# -- after a fork ------------------------------------------------------------------------------------------------------


def test_a_new_epoch_goes_on_from_the_parting_and_what_stands_before_it_carries_over() -> None:
    """JOINT-190, JOINT-192: staff, keys, signatures and operations from before; what stands behind is said anew."""
    coalition, _ = found_out()
    a, b = coalition["a"], coalition["b"]
    parting = fold(a).now().parted(A)
    assert parting is not None and parting > 10

    opened = open_epoch(a)
    settle(coalition)

    assert opened.origin == A2 and opened.seq == 0
    assert fold(b).rows()["epoch/a/2"]["opened"] == [
        {"from": [A, parting, a.node.book(AGREEMENT).root_at(A, parting)], "leaf": opened.leaf, "reason": "fork"}
    ]
    alike(coalition)
    # The officers of before speak on, and what they say is covered as ever.
    propose(a, "ab")
    settle(coalition)
    decide(b, "ab", X, YES)
    settle(coalition)
    assert standing(a, "ab", X) == "no_objection"
    assert not fold(b, "ab").rows()[X]["forked"]
    activate(a, "ab", X)
    settle(coalition)
    row = fold(b, "ab").rows()[X]
    assert row["phase"] == "active" and not row["activations"][0]["cover_forked"] and "branches" not in row
    alike(coalition, "ab")
    for member in coalition.members.values():
        assert member.node.store.check() == []


def test_what_was_agreed_before_the_parting_covers_again_after_the_new_epoch() -> None:
    """JOINT-184, JOINT-192: with both branches in the cut the place is known; what stands before it permits."""
    coalition = three()
    a, b = coalition["a"], coalition["b"]
    propose(a, "ab")
    coalition.settle()
    decide(b, "ab", X, YES)
    coalition.settle()
    other = twin(coalition)
    stop(a, "ours")
    stop(other, "theirs")
    coalition.carry("a", "b")
    exchange(other.node, coalition["c"].node)
    stop(coalition["c"], "of-c")
    with suppress(Forked):
        coalition.carry("c", "b")
    duties.tend(b.node)
    assert fold(b, "ab").rows()[X]["forked"]  # a report alone shows no place
    spread(coalition)
    assert not fold(b, "ab").rows()[X]["forked"]
    settle(coalition)

    open_epoch(a)
    activate(a, "ab", X)
    settle(coalition)

    row = fold(b, "ab").rows()[X]
    assert (row["phase"], row["activations"][0]["covered_by"]) == ("active", "no_objection")


def test_what_stands_behind_the_parting_in_any_branch_permits_nothing_and_its_protections_count() -> None:
    """JOINT-183, JOINT-191."""
    coalition = three()
    a, b, c = (coalition[name] for name in "abc")
    other = twin(coalition)
    mine = propose(a, "all", "x", plan("x", lat=47))
    propose(other, "all", "x", plan("x", lat=49))
    coalition.carry("a", "b")
    exchange(other.node, c.node)
    decide(b, "all", X, YES)
    decide(c, "all", X, YES)
    settle(coalition)
    tend(coalition)
    settle(coalition)

    row = fold(b).rows()[X]
    assert row["forked"] and len(row["branches"]) == 1 and row["branches"][0]["forked"]
    lats = sorted(
        round(flight.plan.volumes[0].shape.centre.lat) for flight in b.node.watch.flights.values() if flight.plan
    )  # type: ignore[union-attr]
    assert lats == [47]  # the other plan went to c; its version is screened as undisclosed
    assert len(b.node.watch.flights) == 2
    with pytest.raises(Refused) as refusal:
        a.say(command.activate(AGREEMENT, "all", X, mine.leaf))
    assert refusal.value.code == "operation.uncovered"
    alike(coalition)


# -- attacks -----------------------------------------------------------------------------------------------------------


def test_old_epochs_acts_after_the_new_one_opened() -> None:
    """JOINT-191: void where their author knew; elsewhere they permit nothing. STOPs of the old feed still count."""
    coalition = three()
    a, b = coalition["a"], coalition["b"]
    left = twin(coalition)  # a second node of a's that goes on in the old feed
    open_epoch(a, Reason.KEY_LOST)
    propose(left, "ab", "late")
    stop(left, "late-stop", "ab")
    exchange(left.node, b.node)
    decide(b, "ab", SubjectId("operation/a/late"), YES)
    coalition.settle()

    row = fold(b, "ab").rows()["operation/a/late"]
    assert row["standing"] == "no_objection" and row["forked"]
    assert "stop/a/late-stop" in fold(b, "ab").rows()
    # And once the old node has heard of the new epoch, whatever it says there is void.
    exchange(b.node, left.node)
    assert left.node.book(AGREEMENT).origin == A2
    alike(coalition, "ab")


def test_an_act_in_the_old_feed_by_who_knew_of_the_new_epoch_is_void() -> None:
    """JOINT-191."""
    coalition = three()
    a, b = coalition["a"], coalition["b"]
    left = twin(coalition)
    open_epoch(a, Reason.KEY_LOST)
    coalition.settle()
    head = Head(A2, 1, Hash(b.node.book(AGREEMENT).root_at(A2, 1) or ""))
    exchange(b.node, left.node)
    book = left.node.book(AGREEMENT)
    book._opening = A  # it goes on in the old feed all the same
    seq = utter(left, "operation.withdraw", X, {"version": "0" * 64}, seen=(head, *fold(left, "ab").heads(A)))
    kept = utter(
        left,
        "stop.send",
        "stop/a/s",
        {"reason": "other", "operation": "", "note": ""},
        seen=(head, *fold(left, "ab").heads(A)),
    )
    exchange(left.node, b.node)

    assert event(b, "ab", seq, "a").code == "epoch.closed"
    assert event(b, "ab", kept, "a").code == ""


def test_epoch_opened_by_a_non_root() -> None:
    """JOINT-190: an officer, however senior, and a machine."""
    coalition = three()
    a = coalition["a"]
    anew = epochs.plan(a.node, AGREEMENT)

    with pytest.raises(Refused) as refusal:
        a.say(anew.command(AGREEMENT, Reason.FORK))
    assert refusal.value.code == "staff.authority"

    forged = a.node.draft(anew.command(AGREEMENT, Reason.FORK), officer="a/root", office="root")
    with pytest.raises(Refused) as refusal:
        a.node.say(forged, a.key("senior").sign(suite.STATEMENT, forged.message))
    assert refusal.value.code == "staff.signature"
    assert not a.node.store.feed(A2)


def test_epoch_that_cites_a_branch() -> None:
    """JOINT-190, JOINT-193: whether its author admits to know of the fork or not."""
    coalition, _ = found_out()
    a, b = coalition["a"], coalition["b"]
    size = fold(a).cut[A]
    head = Head(A, size, Hash(a.node.book(AGREEMENT).root_at(A, size) or ""))
    open_branch = command.open_epoch(AGREEMENT, "a", 2, head, Reason.KEY_LOST)

    with pytest.raises(Refused) as refusal:
        a.say(open_branch, "root")
    assert refusal.value.code == "epoch.branch"

    # One that feigns not to know: nothing of the fork is in its past. It is valid, and permits nothing.
    coalition, other = told_apart()
    b, c = coalition["b"], coalition["c"]
    open_epoch(other, Reason.KEY_LOST)
    propose(other, "all")
    exchange(other.node, c.node)
    decide(c, "all", X, YES)
    spread(coalition)
    tend(coalition)
    spread(coalition)
    assert fold(b).rows()[X]["by"].keys() == {"c"} and fold(b).rows()[X]["forked"]
    assert fold(b).now().parting(A2) == 0
    assert fold(b).state() == fold(c).state()


def test_epoch_opened_twice_differently() -> None:
    """JOINT-194: a fork of epochs; the way on is the next one, from the last feed that is whole."""
    coalition = three()
    a, b, c = (coalition[name] for name in "abc")
    other = twin(coalition)
    open_epoch(a, Reason.KEY_LOST)
    open_epoch(other, Reason.RESTORED)
    mine = propose(a, "all")
    coalition.carry("a", "b")
    exchange(other.node, c.node)
    decide(b, "all", X, YES)
    stop(c, "of-c")
    settle(coalition)
    tend(coalition)
    settle(coalition)

    assert fold(b).now().parting(A2) == 0 and fold(b).rows()[X]["forked"]
    assert len(fold(b).rows()["epoch/a/2"]["opened"]) == 2
    with pytest.raises(Refused) as refusal:
        a.say(command.activate(AGREEMENT, "all", X, mine.leaf))
    assert refusal.value.code == "operation.uncovered"

    opened = open_epoch(a)
    settle(coalition)
    assert opened.origin == A3
    base = rules.base(fold(b).event_at(A3, 0).act)
    assert base is not None and base.origin == A
    propose(a, "all", "y", plan("y", lat=51))
    settle(coalition)
    for member in (b, c):
        decide(member, "all", SubjectId("operation/a/y"), YES)
    settle(coalition)
    assert not fold(b).rows()["operation/a/y"]["forked"]
    alike(coalition)


def test_rollback_after_restore() -> None:
    """FEED-50, JOINT-195: a peer never answers; the root's signature opens a new epoch, and no fork is made."""
    coalition, a = lost_two()
    coalition.members["a"] = a
    coalition.carry("c", "a")  # b, who holds what was lost, does not answer
    with pytest.raises(Refused) as refusal:
        stop(a, "three")
    assert refusal.value.code == "node.restored"

    open_epoch(a, Reason.RESTORED)
    stop(a, "three")
    coalition.settle()  # b is back, with the two entries that were lost

    for member in coalition.members.values():
        assert fold(member).subjects("stop/a/") == ["stop/a/one", "stop/a/three", "stop/a/two"]
        assert not member.node.store.forks()
    alike(coalition)


def test_fork_to_two_peers() -> None:
    """JOINT-180, JOINT-182: found, reported, followed in both branches; and the honest two go on as before."""
    coalition, _ = found_out()
    b, c = coalition["b"], coalition["c"]
    propose(b, "bc", "y", plan("y", lat=50))
    spread(coalition)
    decide(c, "bc", SubjectId("operation/b/y"), YES)
    spread(coalition)
    activate(b, "bc", SubjectId("operation/b/y"))
    spread(coalition)

    row = fold(c, "bc").rows()["operation/b/y"]
    assert row["phase"] == "active" and not row["forked"]
    assert fold(b, "bc").state() == fold(c, "bc").state()


def test_a_new_epoch_starts_again_from_its_record_and_its_snapshot() -> None:
    coalition, _ = found_out()
    a = coalition["a"]
    open_epoch(a)
    stop(a, "anew")
    settle(coalition)
    for member in coalition.members.values():
        before = fold(member).state()
        for keep in (False, True):
            if keep:
                member.node.keep()
            again = Node(
                member.party, member.node.store, member.node.keys, coalition.clock, member.node.mark, exercise=True
            )
            assert again.book(AGREEMENT).fold(ALL).state() == before
            assert again.book(AGREEMENT).origin == member.node.book(AGREEMENT).origin


def test_an_entry_of_a_later_feed_is_void_until_that_is_opened_and_silence_is_shown_from_the_first() -> None:
    """JOINT-196, JOINT-197."""
    coalition = three()
    a, b = coalition["a"], coalition["b"]
    with a.node.book(AGREEMENT).speaking(rules.OPEN, "epoch/a/2"):
        utter(a, "stop.send", "stop/a/s", {"reason": "other", "operation": "", "note": ""})
    coalition.settle()

    assert event(b, "ab", 0, "a", 2).code == "epoch.unopened"
    assert silence.feed_of("a", b.node.book(AGREEMENT).first) == A


def test_a_new_epoch_begins_under_the_keys_that_its_party_had() -> None:
    """FEED-70."""
    coalition, _ = found_out()
    a = coalition["a"]
    open_epoch(a)
    settle(coalition)
    b = coalition["b"].node.book(AGREEMENT)
    first = b.log(A).periods
    assert b.log(A2).periods == tuple((start, b.log(A2).newest) for start, _ in first)
    stop(a, "anew")
    settle(coalition)

    assert "stop/a/anew" in fold(coalition["b"]).rows()
    assert all(not report.flaws for report in verify_record(coalition["b"].node))
