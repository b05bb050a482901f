"""Whatever is said and carried, in any order, with loss and repetition: equal cuts have equal verdicts and states."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.node.stories import (
    AGREEMENT,
    NO,
    YES,
    append,
    change,
    copy,
    decide,
    fold,
    lapse,
    lapsing,
    plan,
    propose,
    utter,
    verdicts,
    version,
)

from entente.errors import Refused, Untrusted
from entente.ids import Hash, Origin, SubjectId
from entente.joint import line
from entente.joint.act import Head
from entente.node import carry, command, duties
from entente.node.node import Node
from entente.testing.coalition import Coalition

PARTIES = ("a", "b", "c")
SHARED = {"ab": ("a", "b"), "bc": ("b", "c"), "all": PARTIES}
OWNER = {"ab": "a", "bc": "c", "all": "b"}
circles = st.sampled_from(sorted(SHARED))
parties = st.sampled_from(PARTIES)
sayings = st.one_of(
    st.tuples(st.just("propose"), circles, st.integers(0, 2)),
    st.tuples(st.just("change"), circles, st.integers(0, 2)),
    st.tuples(st.just("decide"), circles, parties, st.sampled_from([YES, NO])),
    st.tuples(st.just("move"), circles, st.sampled_from(["activate", "withdraw", "end"])),
    st.tuples(st.just("stop"), circles, parties),
    st.tuples(st.just("dissent"), circles, parties),
)
FAULTS = ("unserved", "backdated", "wrong tag", "wrong circle", "other root", "unreadable", "future", "unasked")
carrying = st.one_of(
    st.tuples(st.just("carry"), parties, parties, st.sampled_from([1, 900, carry.BUDGET])),
    st.tuples(st.just("capture"), parties, parties),
    st.tuples(st.just("replay"), parties, st.integers(0, 9)),
    st.tuples(st.just("wait"), st.integers(0, 90)),
    st.tuples(st.just("restart"), parties),
    st.tuples(st.just("tend"), parties),
    st.tuples(st.just("hours"), st.integers(1, 2)),
    st.tuples(st.just("lapse"), circles),
)
faulty = st.tuples(st.just("fault"), st.sampled_from(FAULTS), circles)


class Schedule:
    """Carries steps out on a coalition, and remembers every verdict that anybody has given."""

    def __init__(self, coalition: Coalition) -> None:
        self.coalition = coalition
        self.captured: list[tuple[str, bytes]] = []
        self.given: dict[tuple[str, str], dict[tuple[str, int], str]] = {}
        self.states: dict[tuple[str, str], str] = {}

    def run(self, steps: list[tuple[Any, ...]]) -> None:
        for what, *how in steps:
            with suppress(Refused):  # the node's own rules say no, which is one of the things that happen
                getattr(self, f"_{what}")(*how)
            self.check()

    def check(self) -> None:
        """A verdict never changes; equal cuts have equal states, now and at any time before."""
        for circle, members in SHARED.items():
            for party in members:
                here = verdicts(self.coalition[party], circle)
                before = self.given.get((party, circle), {})
                assert before.items() <= here.items(), "a verdict has changed"
                self.given[party, circle] = here
                found = fold(self.coalition[party], circle)
                assert self.states.setdefault((circle, found.cut_digest()), found.digest()) == found.digest()

    def _subject(self, circle: str) -> SubjectId:
        return SubjectId(f"operation/{OWNER[circle]}/op-{circle}")

    def _propose(self, circle: str, place: int) -> None:
        propose(self.coalition[OWNER[circle]], circle, f"op-{circle}", plan(circle, lat=47 + place))

    def _known(self, party: str, circle: str) -> bool:
        return party in SHARED[circle] and bool(fold(self.coalition[party], circle).now().events(self._subject(circle)))

    def _change(self, circle: str, place: int) -> None:
        if self._known(OWNER[circle], circle):
            change(self.coalition[OWNER[circle]], circle, self._subject(circle), plan(circle, lat=47 + place))

    def _decide(self, circle: str, party: str, answer: Any) -> None:
        if self._known(party, circle):
            decide(self.coalition[party], circle, self._subject(circle), answer)

    def _move(self, circle: str, verb: str) -> None:
        owner, subject = self.coalition[OWNER[circle]], self._subject(circle)
        if self._known(OWNER[circle], circle):
            leaf = version(owner, circle, subject).leaf
            builder = {"activate": command.activate, "withdraw": command.withdraw, "end": command.end}[verb]
            owner.say(builder(AGREEMENT, circle, subject, leaf))

    def _stop(self, circle: str, party: str) -> None:
        if party in SHARED[circle]:
            number = len(fold(self.coalition[party], circle).subjects(f"stop/{party}/"))
            what = command.stop(AGREEMENT, circle, party, f"s{number}", line.Reason.CIVILIANS)
            self.coalition[party].say(what, "watch")

    def _dissent(self, circle: str, party: str) -> None:
        if self._known(party, circle):
            leaf = version(self.coalition[party], circle, self._subject(circle)).leaf
            what = command.dissent(AGREEMENT, circle, self._subject(circle), leaf, "doubt", to=[])
            self.coalition[party].say(what, "protection")

    def _carry(self, giver: str, taker: str, budget: int) -> None:
        if giver != taker:
            self.coalition.carry(giver, taker, budget=budget)

    def _capture(self, giver: str, taker: str) -> None:
        """A bundle that is made now and lost; it may turn up later."""
        if giver != taker:
            question = carry.ask(self.coalition[taker].node, AGREEMENT, giver)
            data = carry.answer(self.coalition[giver].node, question)
            if data is not None:
                self.captured.append((taker, data))

    def _replay(self, party: str, number: int) -> None:
        if number < len(self.captured):
            taker, data = self.captured[number]
            try:
                carry.take(self.coalition[party].node, data)
                assert taker == party
            except Untrusted as error:
                # Its leaves may continue a record that this node has lost sight of, never the other way round.
                assert error.code in ("bundle.recipient", "bundle.sender", "replica.gap")

    def _wait(self, seconds: int) -> None:
        self.coalition.clock.advance(seconds=seconds)

    def _hours(self, hours: int) -> None:
        self.coalition.clock.advance(seconds=3600 * hours)

    def _tend(self, party: str) -> None:
        """What a node owes by itself: acknowledgements, and a dated one once its time to answer has run."""
        duties.tend(self.coalition[party].node)

    def _lapse(self, circle: str) -> None:
        """Whatever silence its owner can show, valid or not yet."""
        if self._known(OWNER[circle], circle):
            lapse(self.coalition[OWNER[circle]], circle, self._subject(circle))

    def _restart(self, party: str) -> None:
        """The party's node starts anew from its snapshot; `check` then finds the verdicts and states of before."""
        member = self.coalition[party]
        member.node.keep()
        old = member.node
        member.node = Node(old.party, old.store, old.keys, old.clock, old.mark, exercise=True)
        assert member.node._kept == old._kept, "the snapshot was used"
        assert sorted(member.node.watch.flights) == sorted(old.watch.flights)

    def _fault(self, kind: str, circle: str) -> None:
        """Party b's node is faulty and writes what no rule allows. Others fold it all the same, and void."""
        author, now = self.coalition["b"], self.coalition.clock.now()
        body = {"reason": "other", "operation": "", "note": ""}
        subject = f"stop/b/f{author.node.book(AGREEMENT).size(Origin(f'b/{AGREEMENT}/1'))}"
        if kind == "unserved":
            head = Head(Origin(f"a/{AGREEMENT}/1"), 10_000, Hash("0" * 64))
            utter(author, "stop.send", subject, body, circle=circle, seen=(head,))
        elif kind == "other root":
            head = Head(Origin(f"a/{AGREEMENT}/1"), 1, Hash("0" * 64))
            utter(author, "stop.send", subject, body, circle=circle, seen=(head,))
        elif kind in ("backdated", "future"):
            ahead = timedelta(hours=1 if kind == "future" else -1)
            utter(author, "stop.send", subject, body, circle=circle, at=now + ahead)
        elif kind == "wrong tag":
            utter(author, "stop.send", subject, body, circle=circle, tag="ab" if circle == "bc" else "bc")
        elif kind == "wrong circle":
            utter(author, "stop.send", subject, body, circle="ac", tag=circle)
        elif kind == "unasked":
            utter(author, "operation.activate", "operation/a/op-ab", {"version": "0" * 64, "threat": ""}, circle=circle)
        else:
            append(author, b'{"not":"an act"}', circle)


def alike(coalition: Coalition) -> None:
    for circle, members in SHARED.items():
        found = {(fold(coalition[p], circle).cut_digest(), fold(coalition[p], circle).digest()) for p in members}
        assert len(found) == 1, circle
        assert len({tuple(sorted(verdicts(coalition[p], circle).items())) for p in members}) == 1


def whole(coalition: Coalition) -> None:
    """Nobody is frozen: every fold has come to the end of every feed."""
    for circle, members in SHARED.items():
        for party in members:
            book = coalition[party].node.book(AGREEMENT)
            assert fold(coalition[party], circle).cut == {o: book.size(o) for o in book.feeds()}


@settings(max_examples=15)
@given(st.lists(st.one_of(sayings, carrying), min_size=15, max_size=40))
def test_any_order_with_loss_and_repetition_comes_to_one_state_and_freezes_nobody(steps: list[tuple[Any, ...]]) -> None:
    schedule = Schedule(lapsing())

    schedule.run(steps)
    schedule.coalition.settle()

    schedule.check()
    alike(schedule.coalition)
    whole(schedule.coalition)


@settings(max_examples=15)
@given(st.lists(st.one_of(sayings, carrying, faulty), min_size=15, max_size=40))
def test_a_faulty_author_changes_no_verdict_and_parts_no_two_states(steps: list[tuple[Any, ...]]) -> None:
    schedule = Schedule(lapsing())

    schedule.run(steps)
    schedule.coalition.settle()

    schedule.check()


@settings(max_examples=15)
@given(
    st.lists(st.one_of(sayings, carrying), min_size=15, max_size=30), st.permutations(list(permutations(PARTIES, 2)))
)
def test_the_state_does_not_depend_on_who_carried_first(
    steps: list[tuple[Any, ...]], order: list[tuple[str, str]]
) -> None:
    schedule = Schedule(lapsing())
    schedule.run(steps)
    other = copy(schedule.coalition)

    schedule.coalition.settle()
    for giver, taker in order * 4:
        other.carry(giver, taker, budget=2000)
    other.settle()

    for circle, members in SHARED.items():
        for party in members:
            assert fold(other[party], circle).digest() == fold(schedule.coalition[party], circle).digest()


@settings(max_examples=10)
@given(st.lists(st.one_of(sayings, carrying), min_size=15, max_size=25))
def test_a_node_that_starts_anew_comes_to_the_same_state(steps: list[tuple[Any, ...]]) -> None:
    schedule = Schedule(lapsing())
    schedule.run(steps)

    again = copy(schedule.coalition)

    for circle, members in SHARED.items():
        for party in members:
            assert fold(again[party], circle).state() == fold(schedule.coalition[party], circle).state()


@pytest.mark.campaign
@settings(max_examples=1500)
@given(st.lists(st.one_of(sayings, carrying, faulty), min_size=40, max_size=120))
def test_long_schedules_with_a_faulty_author_part_no_two_states(steps: list[tuple[Any, ...]]) -> None:
    schedule = Schedule(lapsing())
    schedule.run(steps)
    schedule.coalition.settle()
    schedule.check()
