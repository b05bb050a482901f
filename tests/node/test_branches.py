"""Several heads: a forked feed is followed in every branch that somebody cites, and its branches permit nothing."""

from __future__ import annotations

from contextlib import suppress

from tests.node.stories import AGREEMENT, fold, three
from tests.node.test_forks import A, exchange, stop, twin

from entente.errors import Forked
from entente.ids import SubjectId
from entente.joint.act import ALL
from entente.node import duties
from entente.node.node import Node
from entente.node.verify import verify_record
from entente.testing.coalition import Coalition, Member

X = SubjectId("operation/a/x")


def spread(coalition: Coalition, *extra: Member, rounds: int = 6) -> None:
    """Carry between everybody but a, whose two nodes were told apart, until nobody learns anything; forks are found."""
    honest = [name for name in coalition.members if name != "a"]
    for _ in range(rounds):
        for giver in honest:
            for taker in honest:
                if giver != taker:
                    with suppress(Forked):
                        coalition.carry(giver, taker)


def tend(coalition: Coalition) -> None:
    for name, member in coalition.members.items():
        if name != "a":
            duties.tend(member.node)


def told_apart(parties: tuple[str, ...] = ("a", "b", "c")) -> tuple[Coalition, Member]:
    """Party a told b one story and c another, each with an entry in `all`, and both went on from it."""
    coalition = three()
    other = twin(coalition)
    stop(coalition["a"], "ours")
    stop(other, "theirs")
    coalition.carry("a", "b")
    exchange(other.node, coalition["c"].node)
    stop(coalition["b"], "of-b")
    stop(coalition["c"], "of-c")
    return coalition, other


def test_honest_acts_that_cite_another_branch_are_folded_once_the_fork_is_found() -> None:
    """JOINT-180, JOINT-182, FEED-71."""
    coalition, _ = told_apart()
    b, c = coalition["b"], coalition["c"]

    spread(coalition)
    tend(coalition)
    spread(coalition)

    for member in (b, c):
        here = fold(member)
        assert {"stop/b/of-b", "stop/c/of-c", "stop/a/ours", "stop/a/theirs"} <= set(here.subjects("stop/"))
        assert [h.origin for h in here.cut_heads()].count(A) == 2
        assert not list(here.unfolded())
    assert fold(b).cut_digest() == fold(c).cut_digest()
    assert fold(b).state() == fold(c).state()
    assert fold(b).rows() == fold(c).rows()
    for member in (b, c):
        for report in verify_record(member.node):
            assert not report.flaws, report.flaws
        assert member.node.store.check() == []
        again = Node(
            member.party, member.node.store, member.node.keys, coalition.clock, member.node.mark, exercise=True
        )
        assert again.book(AGREEMENT).fold(ALL).state() == fold(member).state()
