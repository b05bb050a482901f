"""Forks and rollbacks: a party that tells two stories is found out, and one that lost its record says nothing twice."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, cast

import pytest
from tests.node.stories import AGREEMENT, YES, copied, decide, fold, node, propose, three, verdicts

from entente.errors import Forked, Refused, Untrusted
from entente.feed import fork
from entente.ids import Origin, SubjectId
from entente.joint import line
from entente.node import carry, command, duties, translate
from entente.node.custody import NodeKeys
from entente.node.home import Mark
from entente.node.node import Node
from entente.testing.coalition import Coalition, Member
from entente.tlog.checkpoint import Checkpoint

X = SubjectId("operation/a/x")
A = Origin(f"a/{AGREEMENT}/1")


def stop(member: Member, name: str, circle: str = "all") -> None:
    member.say(command.stop(AGREEMENT, circle, member.party, name, line.Reason.OTHER), "watch")


def twin(coalition: Coalition, party: str = "a") -> Member:
    """A second node of the same party with the same keys and, so far, the same record."""
    m = coalition[party]
    return Member(m.party, node(m, copied(m.node.store), coalition.clock), m.root, m.officers, m.card, m.default)


def exchange(giver: Node, taker: Node) -> carry.Taken | None:
    question = carry.ask(taker, AGREEMENT, giver.party)
    data = carry.answer(giver, question)
    return carry.take(taker, data, nonce=question["nonce"]) if data is not None else None


def forked(ours: int, theirs: int) -> tuple[Coalition, Member]:
    """Party a has told b one story, of so many acts, and c another."""
    coalition = three()
    other = twin(coalition)
    for number in range(ours):
        stop(coalition["a"], f"ours-{number}")
    for number in range(theirs):
        stop(other, f"theirs-{number}")
    coalition.carry("a", "b")
    exchange(other.node, coalition["c"].node)
    return coalition, other


@pytest.mark.parametrize(("ours", "theirs"), [(1, 1), (1, 3), (3, 1), (2, 2)])
def test_two_parties_that_were_told_different_stories_prove_it_to_each_other(ours: int, theirs: int) -> None:
    """FEED-30, FEED-31: whichever asks, whichever holds more, and also when both hold as much."""
    coalition, _ = forked(ours, theirs)
    b, c = coalition["b"].node, coalition["c"].node
    found = 0
    for giver, taker in ((b, c), (c, b)):
        try:
            exchange(giver, taker)
        except Forked as error:
            assert error.code == "feed.forked"
            found += 1

    assert found >= 1
    held = [row for row in (*b.store.forks(), *c.store.forks()) if row.origin == A]
    assert held


def test_the_evidence_convinces_a_stranger_who_has_nothing_but_the_card() -> None:
    """FEED-32."""
    coalition, _ = forked(1, 2)
    with pytest.raises(Forked) as found:
        exchange(coalition["c"].node, coalition["b"].node)
    card = coalition["a"].card

    small, large = fork.check(
        fork.decode(found.value.data["evidence"]), lambda note: translate.open_note(note, A, card)
    )

    assert small.origin == large.origin == A and small.size < large.size
    with pytest.raises(Untrusted):
        fork.check(
            fork.decode(found.value.data["evidence"]), lambda note: translate.open_note(note, A, coalition["b"].card)
        )


class Wordy:
    """Node keys that add lines of nobody's beneath each head, which whoever verifies it passes over."""

    def __init__(self, keys: NodeKeys) -> None:
        self._keys = keys

    def __getattr__(self, name: str) -> Any:
        return getattr(self._keys, name)

    def sign_head(self, checkpoint: Checkpoint, time_s: int, successor: NodeKeys | None = None) -> bytes:
        return self._keys.sign_head(checkpoint, time_s, successor) + "— nobody AAAAAAAA\n".encode() * 1000


def test_a_forker_whose_heads_are_long_is_reported_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """FEED-31: an act has 16 KiB, and the report holds no more of a head than what proves the fork."""
    coalition = three()
    other = twin(coalition)
    for member, name in ((coalition["a"], "ours"), (other, "theirs")):
        wordy = cast("NodeKeys", Wordy(member.node.keys))
        monkeypatch.setattr(member.node, "keys_under", lambda book, wordy=wordy: wordy)
        stop(member, name)
    coalition.carry("a", "b")
    exchange(other.node, coalition["c"].node)
    b = coalition["b"]
    with suppress(Forked):
        exchange(coalition["c"].node, b.node)

    duties.tend(b.node)

    assert fold(b).now().parting(A) == 0


def test_a_fork_of_one_party_does_not_stop_two_others_from_exchanging() -> None:
    """FEED-33, DESIGN principle 8: what was found is skipped, and the rest of a bundle is taken."""
    coalition, _ = forked(1, 2)
    for giver, taker in (("b", "c"), ("c", "b")) * 2:
        with suppress(Forked):
            coalition.carry(giver, taker)

    stop(coalition["c"], "after", "bc")
    coalition.carry("c", "b")
    stop(coalition["b"], "answer", "bc")
    coalition.carry("b", "c")

    for giver, taker in (("b", "c"), ("c", "b")):
        held = coalition[taker].node.store.feed(f"{giver}/{AGREEMENT}/1")
        book = coalition[giver].node.book(AGREEMENT)
        assert held is not None and held.size == book.size(book.origin)


def test_a_reported_fork_takes_the_cover_off_what_stands_behind_it() -> None:
    """JOINT-70, JOINT-47: the verdicts and the standing stay; permission and finality go."""
    coalition = three()
    other = twin(coalition)
    propose(coalition["a"], "ab")
    coalition.carry("a", "b")
    decide(coalition["b"], "ab", X, YES)
    coalition.settle()
    before = verdicts(coalition["b"], "ab")
    stop(other, "another story")
    with pytest.raises(Forked):
        exchange(other.node, coalition["b"].node)

    duties.report_forks(coalition["b"].node)
    coalition.carry("b", "a")

    row = fold(coalition["b"], "ab").rows()[X]
    assert row["standing"] == "no_objection" and row["forked"]
    assert before.items() <= verdicts(coalition["b"], "ab").items()
    assert fold(coalition["b"]).rows()[f"fork/{A}"]["reports"]
    with pytest.raises(Refused) as refusal:
        coalition["a"].say(command.activate(AGREEMENT, "ab", X, row["version"]["leaf"]))
    assert refusal.value.code == "operation.uncovered"


def test_evidence_of_another_feeds_fork_is_no_evidence_of_this_ones() -> None:
    """JOINT-70: nor is a fork of the same party's own record, or under another agreement."""
    coalition, _ = forked(1, 1)
    with pytest.raises(Forked) as found:
        exchange(coalition["c"].node, coalition["b"].node)
    evidence = found.value.data["evidence"].decode()
    card = coalition["a"].card

    checks = coalition["b"].node.book(AGREEMENT).proofs

    assert checks.fork([(0, card)], A, evidence) is not None
    assert checks.fork(card, f"a/{AGREEMENT}/2", evidence) is None
    assert checks.fork(card, "a/journal/1", evidence) is None
    assert checks.fork(coalition["b"].card, A, evidence) is None


def test_a_forged_report_of_a_fork_is_void_and_a_forged_frame_refused() -> None:
    """FEED-32: two heads that continue each other prove nothing."""
    coalition = three()
    row = coalition["b"].node.store.feed(A)
    assert row is not None and row.checkpoint is not None
    forged = fork.Fork(smaller=row.checkpoint, larger=row.checkpoint, other_root=bytes(32), proof=())

    with pytest.raises(Untrusted) as refusal:
        fork.check(forged, lambda note: translate.open_note(note, A, coalition["a"].card))

    assert refusal.value.code == "fork.unproven"
    assert coalition["b"].node.book(AGREEMENT).proofs.fork(coalition["a"].card, A, forged.encode().decode()) is None


# -- rollback ----------------------------------------------------------------------------------------------------------


def restored(coalition: Coalition, member: Member, old: object, mark: Mark) -> Member:
    back = node(member, copied(old), coalition.clock, mark)
    return Member(member.party, back, member.root, member.officers, member.card, member.default)


def lost_two() -> tuple[Coalition, Member]:
    """Party a said two things after its last copy; b has both; then a's copy was restored beside the newer mark."""
    coalition = three()
    a, mark = coalition["a"], Mark(None)
    a.node.mark = mark
    old = copied(a.node.store)
    stop(a, "one")
    stop(a, "two")
    coalition.carry("a", "b")
    return coalition, restored(coalition, a, old, mark)


def test_a_restored_node_says_nothing_until_every_peer_has_answered() -> None:
    """FEED-50."""
    coalition, a = lost_two()
    coalition.members["a"] = a

    with pytest.raises(Refused) as refusal:
        stop(a, "three")
    assert refusal.value.code == "node.restored"
    coalition.carry("c", "a")
    with pytest.raises(Refused):
        stop(a, "three")
    coalition.carry("b", "a")
    stop(a, "three")
    coalition.settle()

    assert fold(a).subjects("stop/") == ["stop/a/one", "stop/a/three", "stop/a/two"]
    assert not coalition["b"].node.store.forks()


def test_a_restored_node_without_its_mark_learns_from_a_peer_that_it_was_restored() -> None:
    """FEED-51: whatever it says before that is a fork, which is why the mark is kept apart from copies."""
    coalition, _ = lost_two()
    a = restored(coalition, coalition["a"], three()["a"].node.store, Mark(None))
    coalition.members["a"] = a

    coalition.carry("b", "a")

    assert fold(a).subjects("stop/") == ["stop/a/one", "stop/a/two"]
