"""A party that tells other things to each: whatever is said and carried, in any order, parts no two honest nodes."""

from __future__ import annotations

from contextlib import suppress
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.node.stories import AGREEMENT, NO, YES, activate, change, decide, fold, plan, propose, three, version
from tests.node.test_forks import exchange, twin

from entente.errors import Forked, Refused, Untrusted
from entente.feed import suite
from entente.ids import Hash, SubjectId, feed_of
from entente.joint import line
from entente.joint.epochs import Reason
from entente.node import carry, command, duties, epochs
from entente.node.node import Node
from entente.testing.coalition import Coalition

HONEST = ("b", "c")
FACES = (0, 1, 2)
"""Party a's nodes: three that share a record up to some moment, and from then on know nothing of each other."""
circles = {"a": ("all", "ab"), "b": ("all", "ab", "bc"), "c": ("all", "bc")}
MOVES = ("activate", "withdraw", "change")
honest = st.sampled_from(HONEST)
faces = st.sampled_from(FACES)
steps = st.one_of(
    st.tuples(st.just("utter"), faces, st.sampled_from(circles["a"])),
    st.tuples(st.just("propose"), faces, st.sampled_from(circles["a"]), st.integers(0, 1)),
    st.tuples(st.just("move"), faces, st.sampled_from(circles["a"]), st.sampled_from(MOVES)),
    st.tuples(st.just("answer"), faces, st.sampled_from(["all"]), st.sampled_from([YES, NO])),
    st.tuples(st.just("say"), honest, st.integers(0, 2)),
    st.tuples(st.just("offer"), honest, st.sampled_from(["all"])),
    st.tuples(st.just("decide"), honest, st.sampled_from(["all", "ab"]), st.sampled_from([YES, NO])),
    st.tuples(st.just("tell"), faces, honest, st.sampled_from([1, 900, carry.BUDGET])),
    st.tuples(st.just("ask"), faces, honest),
    st.tuples(st.just("pass_on"), honest, st.sampled_from([1, 900, carry.BUDGET])),
    st.tuples(st.just("tend"), honest),
    st.tuples(st.just("restart"), honest),
    st.tuples(st.just("branch_off"), faces, faces),
    st.tuples(st.just("report"), faces),
    st.tuples(st.just("epoch"), faces, st.sampled_from(Reason)),
)  # fmt: skip


apart = st.lists(
    st.one_of(
        st.tuples(st.just("utter"), faces, st.sampled_from(circles["a"])),
        st.tuples(st.just("propose"), faces, st.sampled_from(circles["a"]), st.integers(0, 1)),
        st.tuples(st.just("tell"), faces, honest, st.sampled_from([1, carry.BUDGET, carry.BUDGET])),
    ),
    min_size=4,
    max_size=10,
)  # fmt: skip
"""Anything a may begin with."""
split = st.builds(
    lambda order, budget: [
        ("utter", order[0], "all"), ("propose", order[1], "all", 1), ("propose", order[0], "all", 0),
        ("tell", order[0], "b", carry.BUDGET), ("tell", order[1], "c", budget), ("say", "b", 0), ("say", "c", 0),
    ],
    st.permutations(FACES),
    st.sampled_from([1, carry.BUDGET]),
)  # fmt: skip
"""Party a tells b one story and c another, and both speak of what they were told."""
schedules = st.builds(
    lambda *parts: [step for part in parts for step in part], apart, split, st.lists(steps, min_size=5, max_size=35)
)


class Schedule:
    """Carries steps out, and remembers every verdict and state that any honest node has come to."""

    def __init__(self) -> None:
        self.coalition = three()
        self.faces = {0: self.coalition["a"], 1: twin(self.coalition), 2: twin(self.coalition)}
        self.given: dict[tuple[str, str], dict[tuple[str, int, Hash], str]] = {}
        self.states: dict[tuple[str, str], Hash] = {}
        self.number = 0

    def run(self, listed: list[tuple[Any, ...]]) -> None:
        for what, *how in listed:
            with suppress(Refused, Forked):
                getattr(self, f"_{what}")(*how)
            self.check()

    def check(self) -> None:
        for party in HONEST:
            for circle in circles[party]:
                here = fold(self.coalition[party], circle)
                found = {(feed_of(e.origin), e.seq, e.act.leaf): e.code for e in here.folded()}
                before = self.given.get((party, circle), {})
                assert before.items() <= found.items(), "a verdict has changed"
                self.given[party, circle] = found
                assert self.states.setdefault((circle, here.cut_digest()), here.digest()) == here.digest()

    # -- party a -------------------------------------------------------------------------------------------------------

    def _name(self) -> str:
        self.number += 1
        return f"n{self.number}"

    def _utter(self, face: int, circle: str) -> None:
        member = self.faces[face]
        member.say(command.stop(AGREEMENT, circle, "a", self._name(), line.Reason.OTHER), "watch")

    def _propose(self, face: int, circle: str, place: int) -> None:
        propose(self.faces[face], circle, f"x-{circle}", plan("x", lat=47 + place))

    def _move(self, face: int, circle: str, verb: str) -> None:
        member, subject = self.faces[face], SubjectId(f"operation/a/x-{circle}")
        if not fold(member, circle).now().events(subject):
            return
        if verb == "change":
            change(member, circle, subject, plan("x", lat=48))
        elif verb == "activate":
            activate(member, circle, subject)
        else:
            member.say(command.withdraw(AGREEMENT, circle, subject, version(member, circle, subject).leaf))

    def _answer(self, face: int, circle: str, answer: Any) -> None:
        member = self.faces[face]
        for subject in [
            s for s in fold(member, circle).subjects("operation/b/") if fold(member, circle).now().events(s)
        ][:1]:
            decide(self.faces[face], circle, subject, answer)

    def _branch_off(self, face: int, other: int) -> None:
        """One of a's nodes forgets what it said and goes on from what another has: a branch of a branch."""
        if face != other:
            self.faces[face] = twin(Coalition({**self.coalition.members, "a": self.faces[other]}, self.coalition.clock))

    def _tell(self, face: int, taker: str, budget: int) -> None:
        giver, node = self.faces[face].node, self.coalition[taker].node
        question = carry.ask(node, AGREEMENT, "a", budget=budget)
        data = carry.answer(giver, question)
        with suppress(Untrusted):  # what fits nothing that a has shown before is refused, and proves nothing by itself
            if data is not None:
                carry.take(node, data, nonce=question["nonce"])

    def _ask(self, face: int, giver: str) -> None:
        exchange(self.coalition[giver].node, self.faces[face].node)

    def _epoch(self, face: int, reason: Reason) -> None:
        """One of a's nodes goes on in a new feed, whatever the others of a do, and whatever it knows."""
        member = self.faces[face]
        epochs.open_epoch(member.node, AGREEMENT, reason, lambda message: member.root.sign(suite.STATEMENT, message))

    def _report(self, face: int) -> None:
        duties.report_forks(self.faces[face].node)

    # -- the others ----------------------------------------------------------------------------------------------------

    def _say(self, party: str, circle: int) -> None:
        names = circles[party]
        what = command.stop(AGREEMENT, names[circle % len(names)], party, self._name(), line.Reason.OTHER)
        self.coalition[party].say(what, "watch")

    def _offer(self, party: str, circle: str) -> None:
        propose(self.coalition[party], circle, self._name(), plan("y", lat=50))

    def _decide(self, party: str, circle: str, answer: Any) -> None:
        if circle in circles[party]:
            member = self.coalition[party]
            for subject in fold(member, circle).subjects("operation/a/"):
                if not fold(member, circle).now().events(subject, "a"):
                    continue
                decide(member, circle, subject, answer)

    def _pass_on(self, giver: str, budget: int) -> None:
        taker = {"b": "c", "c": "b"}[giver]
        self.coalition.carry(giver, taker, budget=budget)

    def _tend(self, party: str) -> None:
        duties.tend(self.coalition[party].node)

    def _restart(self, party: str) -> None:
        member = self.coalition[party]
        member.node.keep()
        old = member.node
        member.node = Node(old.party, old.store, old.keys, old.clock, old.mark, exercise=True)
        assert member.node._kept == old._kept, "the snapshot was used"

    # -- and in the end ------------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Let the honest talk until nobody has news, each reporting what it has found."""
        for last in (False, False, False, True):
            for _ in range(4):
                for giver, taker in permutations(HONEST, 2):
                    more = True
                    while more:
                        try:
                            taken = self.coalition.carry(giver, taker)
                        except Forked:
                            continue
                        more = taken is not None and taken.more
            for party in HONEST if not last else ():
                duties.tend(self.coalition[party].node)

    def alike(self) -> None:
        b, c = (self.coalition[party] for party in HONEST)
        for circle in ("all", "bc"):
            one, other = fold(b, circle), fold(c, circle)
            assert one.cut_heads() == other.cut_heads(), circle
            assert one.state() == other.state() and one.rows() == other.rows()
        for party in HONEST:
            # In circle ab an act that a withholds from b alone blocks b, forked or not: nobody else may have it.
            for circle in ("all", "bc"):
                here = fold(self.coalition[party], circle)
                stuck = [act for act in here.unfolded() if act.party != "a"]
                assert not stuck, "an honest act waits"
            assert self.coalition[party].node.store.check() == []


@settings(max_examples=25)
@given(schedules)
def test_a_party_that_tells_other_things_to_each_parts_no_two_honest_nodes(listed: list[tuple[Any, ...]]) -> None:
    """JOINT-180, JOINT-181, JOINT-11: verdicts stay, equal cuts have equal states, and no honest act waits for ever."""
    schedule = Schedule()
    schedule.run(listed)
    schedule.settle()
    schedule.check()
    schedule.alike()


@pytest.mark.campaign
@settings(max_examples=1000)
@given(st.lists(steps, min_size=30, max_size=100))
def test_long_schedules_of_a_forking_party(listed: list[tuple[Any, ...]]) -> None:
    schedule = Schedule()
    schedule.run(listed)
    schedule.settle()
    schedule.check()
    schedule.alike()
