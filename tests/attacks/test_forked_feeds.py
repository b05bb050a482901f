"""Attacks by a party that keeps several histories of its own, each test named after one."""

from __future__ import annotations

from contextlib import suppress

from tests.node.stories import AGREEMENT, fold, node, three, verdicts
from tests.node.test_branches import spread, tend, told_apart
from tests.node.test_forks import A, exchange, stop, twin

from entente.errors import Forked
from entente.feed import bundle, fork
from entente.feed.bundle import Lane
from entente.ids import feed_of
from entente.joint import state
from entente.joint.act import ALL
from entente.node import carry, duties
from entente.store.memory import MemoryStore
from entente.testing.coalition import Coalition, Member


def four() -> Coalition:
    return Coalition.form("a", "b", "c", "d")


def test_fork_shown_to_two_peers_who_talk_only_through_a_third_is_found() -> None:
    """FEED-31: every answer carries the newest head of every feed, not only of the two who talk."""
    coalition = four()
    other = twin(coalition)
    stop(coalition["a"], "ours")
    stop(other, "theirs")
    coalition.carry("a", "b")
    exchange(other.node, coalition["c"].node)

    for giver, taker in (("b", "d"), ("d", "c"), ("c", "d"), ("d", "b")) * 2:
        with suppress(Forked):
            coalition.carry(giver, taker)

    for member in ("b", "c", "d"):
        assert [row.origin for row in coalition[member].node.store.forks()], member


def test_forking_party_that_says_other_things_to_three_peers() -> None:
    """JOINT-180, JOINT-181: three branches, one of which parts from another later; all three fold all of it alike."""
    coalition = four()
    second = twin(coalition)
    stop(coalition["a"], "one")
    third = twin(coalition)
    stop(second, "two")
    stop(coalition["a"], "one-more")
    stop(third, "three")
    for member, peer in ((coalition["a"], "b"), (second, "c"), (third, "d")):
        exchange(member.node, coalition[peer].node)
        stop(coalition[peer], f"of-{peer}")

    for _ in range(2):
        spread(coalition)
        tend(coalition)
    spread(coalition)

    folds = [fold(coalition[peer]) for peer in "bcd"]
    assert len({one.digest() for one in folds}) == 1
    for one in folds:
        assert [head.origin for head in one.cut_heads()].count(A) == 3
        assert {f"stop/a/{name}" for name in ("one", "one-more", "two", "three")} <= set(one.subjects("stop/a/"))
        assert not list(one.unfolded())
        assert one.now().parting(A) == one.now().parted(A) != 0
    given = [{(feed_of(e.origin), e.seq, e.act.leaf): e.code for e in one.folded()} for one in folds]
    assert given[0] == given[1] == given[2]


def test_branch_that_never_ends() -> None:
    """FEED-74, FEED-75: a head far ahead of what is served proves the fork all the same."""
    coalition = three()
    other = twin(coalition)
    for number in range(4):
        stop(coalition["a"], f"ours-{number}")
    for number in range(30):
        stop(other, f"theirs-{number}")
    coalition.carry("a", "b")
    question = carry.ask(coalition["c"].node, AGREEMENT, "a", budget=1)
    answer = carry.answer(other.node, question)
    assert answer is not None
    carry.take(coalition["c"].node, answer, nonce=question["nonce"])
    row = coalition["c"].node.store.feed(A)
    book = coalition["c"].node.book(AGREEMENT)
    assert row is not None and row.checkpoint is not None
    assert book.log(A).open(row.checkpoint).checkpoint.size > row.size  # and the rest is never served

    stop(coalition["b"], "of-b")
    stop(coalition["c"], "of-c")
    spread(coalition)
    tend(coalition)
    spread(coalition)

    for peer in ("b", "c"):
        [held] = coalition[peer].node.store.forks()
        assert isinstance(fork.decode(held.evidence), fork.Apart)
        assert not list(fold(coalition[peer]).unfolded())
        assert "fork/" + A in fold(coalition[peer]).rows()
    assert fold(coalition["b"]).state() == fold(coalition["c"]).state()


def test_branches_without_number_are_not_followed() -> None:
    """JOINT-186, FEED-73: nobody takes a branch that no other party cites; and never more than sixteen."""
    coalition, _ = told_apart()
    spread(coalition)
    b = coalition["b"]
    before = len(b.node.book(AGREEMENT).branches(A))
    for number in range(3):
        more = twin(coalition)
        stop(more, f"again-{number}")
        with suppress(Forked):
            exchange(more.node, b.node)

    assert before == len(b.node.book(AGREEMENT).branches(A)) == 2
    assert state.MOST_BRANCHES == 16
    book = b.node.book(AGREEMENT)
    here = book.fold(ALL)
    for number in range(state.MOST_BRANCHES):
        here.cut[A if not number else f"{A}~{number:064}"] = 1  # type: ignore[index]
        book.ledger.branches._of_feed[A].append(f"{A}~{number:064}")  # type: ignore[arg-type]
    assert here._crowded(A)


def test_withheld_act_of_one_branch_is_given_by_whoever_holds_it() -> None:
    """FEED-72: acts of a branch go where their leaf is held, whoever wrote them."""
    coalition, _ = told_apart()
    spread(coalition)
    for peer in ("b", "c"):
        book = coalition[peer].node.book(AGREEMENT)
        assert not book.ledger.missing(book.ledger.folds)
        for name in book.branches(A):
            feed = book.ledger.feeds[name]
            ours = [seq for seq in range(feed.start, book.size(name)) if feed.circles[seq] is not None]
            assert all(coalition[peer].node.store.part(name, seq, 0) is not None for seq in ours)


def test_own_other_branch_does_not_speak_for_its_author() -> None:
    """JOINT-185: a goes on along its own story, whatever its other one said, and keeps its numbers and names."""
    coalition, _ = told_apart()
    spread(coalition)
    tend(coalition)
    spread(coalition)
    a: Member = coalition["a"]
    for _ in range(3):
        for peer in ("b", "c"):
            with suppress(Forked):
                coalition.carry(peer, "a")
            with suppress(Forked):
                coalition.carry("a", peer)
    assert len(a.node.book(AGREEMENT).branches(A)) == 2

    stop(a, "later")
    spread(coalition)
    coalition.carry("a", "b")

    assert fold(coalition["b"]).now().events("stop/a/later")  # type: ignore[arg-type]
    assert set(verdicts(a, "all").values()) == {""}
    duties.tend(a.node)


def test_proof_of_a_fork_that_comes_before_anything_of_the_feed_keeps_none_of_it_out() -> None:
    """FEED-73: whoever begins with nothing takes the feed from its first entry, forked or not."""
    coalition, _ = told_apart()
    spread(coalition)
    b, c = coalition["b"], coalition["c"]
    empty = MemoryStore()
    with empty.transaction() as txn:
        for key, value in c.node.store.metas("").items():
            if key.startswith(("agreement/", "card/", "circle/")):
                txn.set_meta(key, value)
    anew = node(c, empty, coalition.clock)
    question = carry.ask(anew, AGREEMENT, "b")
    data = carry.answer(b.node, question)
    assert data is not None
    found = bundle.unpack(data, lambda *_: None)
    manifest = {key: value for key, value in found.manifest.items() if key not in ("v", "body")}
    proof = [frame for frame in found.frames if frame.lane is Lane.FORK]

    carry.take(anew, bundle.pack(manifest, proof, b.node.keys.sign_exchange), nonce=str(question["nonce"]))
    assert [row.origin for row in anew.store.forks()] == [A]
    assert anew.store.feed(A) is None
    for _ in range(3):
        exchange(b.node, anew)

    assert anew.book(AGREEMENT).size(A) == b.node.book(AGREEMENT).size(A)
    assert anew.book(AGREEMENT).fold(ALL).digest() == fold(b).digest()
