"""An author that withholds an act, tells half a circle, or has its bundles carried twice and in no order."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache

import pytest
from tests.node.stories import AGREEMENT, YES, copy, decide, fold, propose, standing

from entente.errors import EntenteError
from entente.feed import bundle
from entente.feed.bundle import Frame, Lane
from entente.ids import Origin, SubjectId
from entente.joint.line import Reason
from entente.node import carry, command, cosigning
from entente.testing.coalition import Coalition, Member

CIRCLES = {"abd": (["a", "b", "d"], [])}
A, D = Origin(f"a/{AGREEMENT}/1"), Origin(f"d/{AGREEMENT}/1")
X = SubjectId("operation/a/x")


@cache
def _formed() -> Coalition:
    return Coalition.form("a", "b", "c", "d", circles=CIRCLES)


@pytest.fixture
def four() -> Coalition:
    return copy(_formed())


def altered(giver: Member, question: dict[str, object], keep: Callable[[Frame], bool]) -> bytes:
    """Return an answer from which its sender has left something out, and which it has signed so."""
    data = carry.answer(giver.node, question)
    assert data is not None
    found = bundle.unpack(data, lambda *_: None)
    manifest = {key: value for key, value in found.manifest.items() if key not in ("v", "body")}
    return bundle.pack(manifest, filter(keep, found.frames), giver.node.keys.sign_exchange)


def test_withheld_act(four: Coalition) -> None:
    """JOINT-80, JOINT-102, FEED-44: it holds back its author's feed and no other, is acknowledged by nobody who lacks
    it, and any member gives it."""
    a, b, d = four["a"], four["b"], four["d"]
    receipt = propose(a, "abd", to=["b", "d"])
    d.say(command.stop(AGREEMENT, "abd", "d", "one", Reason.OTHER), "watch")
    four.carry("a", "d")

    for _ in range(3):  # however often it is asked
        question = carry.ask(b.node, AGREEMENT, "a")
        told = altered(a, question, lambda frame: frame.lane not in (Lane.ACT, Lane.DETAIL))
        carry.take(b.node, told, nonce=str(question["nonce"]))
    book = b.node.book(AGREEMENT)
    assert book.size(A) == receipt.seq + 1 and X not in fold(b, "abd").rows()
    assert book.ledger.missing({"abd"}) == [(A, receipt.seq)]
    assert cosigning.held(book)[A] == receipt.seq
    question = carry.ask(b.node, AGREEMENT, "d")
    only = altered(d, question, lambda frame: frame.head.get("origin") in (None, D))  # d's own words, first
    carry.take(b.node, only, nonce=str(question["nonce"]))
    assert "stop/d/one" in fold(b, "abd").rows()

    four.carry("d", "b")
    assert X in fold(b, "abd").rows() and cosigning.held(b.node.book(AGREEMENT))[A] == receipt.seq + 1


def test_half_a_circle_told(four: Coalition) -> None:
    """FEED-44, JOINT-106: b, whom a tells nothing at all, has it from d, and both decide on the same."""
    a, b, d = four["a"], four["b"], four["d"]
    receipt = propose(a, "abd", to=["d"])
    four.carry("a", "d")
    decide(d, "abd", X, YES)

    four.carry("d", "b")

    assert fold(b, "abd").rows()[X] == fold(d, "abd").rows()[X]
    assert b.node.store.part(A, receipt.seq, 1) is None  # what was granted to d alone d does not hand on
    assert standing(b, "abd", X) == "noticed"
    with pytest.raises(EntenteError) as found:
        decide(b, "abd", X, YES)
    assert found.value.code == "decision.unseen"


@pytest.mark.parametrize("seed", range(6))
def test_replayed_and_reordered_bundles(four: Coalition, seed: int) -> None:
    """FEED-42, JOINT-81: files of a whole day, each read once or often and in any order, some lost."""
    a, b, chance = four["a"], four["b"], random.Random(seed)
    files = []
    for number in range(6):
        propose(a, chance.choice(["abd", "all"]), f"x{number}", to=["b"])
        files.append(carry.write_bundle(a.node, AGREEMENT, "b"))
        if number == 3:
            a.say(command.stop(AGREEMENT, "all", "a", "one", Reason.OTHER), "watch")
    carried = [one for one in files if chance.random() < 0.8] * 2
    chance.shuffle(carried)

    for data in carried:
        carry.take(b.node, data)
    before = fold(b, "all").digest(), fold(b, "abd").digest(), b.node.store.feeds()
    if carried:
        carry.take(b.node, carried[0])
    assert (fold(b, "all").digest(), fold(b, "abd").digest(), b.node.store.feeds()) == before

    four.settle()
    for circle in ("all", "abd"):
        assert fold(b, circle).digest() == fold(a, circle).digest()
    assert b.node.store.forks() == [] and b.node.store.check() == []
