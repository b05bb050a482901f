"""No two conflicting operations stand, or fly, with no objection while nobody who signed knew of both.

Party a proposes x in circle ab, party c proposes y in circle bc, and b decides both. The models of spec/models say
which rules this needs; here the real nodes run the same steps, and the traces on which weaker rules broke.
"""

from __future__ import annotations

import json
from contextlib import suppress
from itertools import product
from pathlib import Path
from typing import Any

import pytest
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
    node,
    plan,
    propose,
    standing,
    three,
    utter,
    version,
)

from entente import canonical
from entente.errors import Refused
from entente.ids import CircleId, SubjectId
from entente.joint import line, operations, standings
from entente.joint.rules import Event
from entente.joint.spelling import screening_from_plain
from entente.node import carry, command
from entente.node.drafting import Draft
from entente.node.node import Receipt
from entente.testing.coalition import Coalition, Member

X, Y = SubjectId("operation/a/x"), SubjectId("operation/c/y")
CIRCLE = {X: "ab", Y: "bc"}
OWNER = {X: "a", Y: "c"}
HOLDERS = {X: ("a", "b"), Y: ("b", "c")}
TRACES = sorted((Path(__file__).parents[2] / "spec" / "vectors" / "joint" / "traces").glob("*.json"))
ops = st.sampled_from([X, Y])
fresh = st.booleans()
"""Whether the speaker first hears what the others have said: without it, few stories come to anything."""
steps = st.one_of(
    st.tuples(st.just("propose"), ops, st.sampled_from([0, 0, 0, 1])),
    st.tuples(st.just("decide"), ops, st.sampled_from([YES, YES, NO]), fresh),
    st.tuples(st.just("draft"), ops, fresh),
    st.tuples(st.just("say"), ops),
    st.tuples(st.just("move"), ops, st.sampled_from(["activate"] * 4 + ["withdraw", "end"]), fresh),
    st.tuples(st.just("carry"), st.sampled_from([("a", "b"), ("b", "a"), ("b", "c"), ("c", "b")])),
)


def named(coalition: Coalition, decision: Event) -> set[str]:
    """Return the versions that b's node found when it screened for a decision: the detail that its act names."""
    parts = coalition["b"].node.store.parts(decision.act.origin, decision.act.seq)
    for part in parts:
        if part.name == "screening":
            found = screening_from_plain(canonical.decode(part.data)).findings
            return {finding.other.split("/exercise-")[0] for finding in found}
    return set()


class Story:
    """Carries steps out, and checks after each that nobody was kept in the dark."""

    def __init__(self) -> None:
        self.coalition = three()
        self.drafts: dict[SubjectId, Draft] = {}
        self.names = {X: X, Y: Y}
        """Each owner's latest operation: when one is withdrawn or ended, the next has a new name."""

    def run(self, steps: list[tuple[Any, ...]]) -> None:
        for what, *how in steps:
            with suppress(Refused):  # the node's own rules say no, which is one of the things that happen
                getattr(self, f"_{what}")(*how)
            self.check()

    def _propose(self, op: SubjectId, place: int) -> None:
        owner = self.coalition[OWNER[op]]
        held = self.read(owner, op)
        if held is not None and held.phase in operations.CLOSED:
            self.names[op], held = SubjectId(f"{self.names[op]}x"), None
        if held is None:
            propose(owner, CIRCLE[op], self.names[op].rsplit("/", 1)[1], plan(lat=47 + place))
        else:
            change(owner, CIRCLE[op], self.names[op], plan(lat=47 + place))

    def _hear(self, op: SubjectId, party: str) -> None:
        giver, taker = (OWNER[op], "b") if party == "b" else ("b", OWNER[op])
        self.coalition.carry(giver, taker)

    def _decide(self, op: SubjectId, answer: Any, fresh: bool) -> None:
        if fresh:
            self._hear(op, "b")
        if self.read(self.coalition["b"], op) is not None:
            decide(self.coalition["b"], CIRCLE[op], self.names[op], answer)

    def _draft(self, op: SubjectId, fresh: bool) -> None:
        """An officer is shown a decision, and takes his time to sign it."""
        if fresh:
            self._hear(op, "b")
        b = self.coalition["b"]
        if self.read(b, op) is not None:
            name = self.names[op]
            leaf = version(b, CIRCLE[op], name).leaf
            self.drafts[op] = b.draft(command.decide(AGREEMENT, CIRCLE[op], name, leaf, YES))

    def _say(self, op: SubjectId) -> None:
        if op in self.drafts:
            b, draft = self.coalition["b"], self.drafts.pop(op)
            b.node.say(draft, b.key("senior").sign("application/vnd.entente.statement+json", draft.message))

    def _move(self, op: SubjectId, verb: str, fresh: bool) -> None:
        if fresh:
            self._hear(op, OWNER[op])
        owner = self.coalition[OWNER[op]]
        if self.read(owner, op) is not None:
            name = self.names[op]
            leaf = version(owner, CIRCLE[op], name).leaf
            builder = {"activate": command.activate, "withdraw": command.withdraw, "end": command.end}[verb]
            owner.say(builder(AGREEMENT, CIRCLE[op], name, leaf))

    def _carry(self, way: tuple[str, str]) -> None:
        self.coalition.carry(*way)

    def read(self, member: Member, op: SubjectId) -> operations.Operation | None:
        return operations.read(self.names[op], fold(member, CIRCLE[op]).now())

    def stands(self, member: Member, op: SubjectId) -> tuple[str, Event] | None:
        """Return the version that stands with no objection, and the decision that makes it so, if any."""
        operation = self.read(member, op)
        if operation is None or operation.phase in operations.CLOSED:
            return None
        found, events = standings.standing(operation, fold(member, CIRCLE[op]).now(), CircleId(CIRCLE[op]))
        return (f"{operation.subject}@{operation.latest.number}", events[0]) if found == "no_objection" else None

    def flown(self, op: SubjectId) -> list[tuple[str, Event]]:
        """Return each version that its owner has activated and not ended, with the decision that covered it."""
        owner = self.coalition[OWNER[op]]
        operation, here = self.read(owner, op), fold(owner, CIRCLE[op])
        if operation is None or operation.phase in operations.CLOSED or not operation.activations:
            return []
        last = operation.activations[-1]  # a newer activation takes the older version's place in the air
        past = here.before(last.event.act)
        then = operations.read(operation.subject, past)
        assert then is not None
        found, events = standings.standing(then, past, CircleId(CIRCLE[op]))
        assert found == "no_objection", "nothing else covers it without a threat declared or notice given"
        return [(f"{operation.subject}@{then.latest.number}", events[0])]

    def place(self, name: str) -> float:
        subject, number = name.split("@")
        op = X if subject.startswith(X) else Y
        operation = self.read(self.coalition[OWNER[op]], op)
        assert operation is not None
        version = next(v for v in operation.versions if v.number == int(number))
        part = self.coalition[operation.owner].node.store.part(version.origin, version.seq, 1)
        assert part is not None
        return float(json.loads(part.data)["volumes"][0]["shape"]["centre"]["lat_e7"])

    def knew(self, x: tuple[str, Event], y: tuple[str, Event]) -> bool:
        return y[0] in named(self.coalition, x[1]) or x[0] in named(self.coalition, y[1])

    def check(self) -> None:
        views = [
            (x, y)
            for p, q in product(HOLDERS[X], HOLDERS[Y])
            if (x := self.stands(self.coalition[p], X)) and (y := self.stands(self.coalition[q], Y))
        ]
        for x, y in [*views, *product(self.flown(X), self.flown(Y))]:
            if self.place(x[0]) == self.place(y[0]):
                assert self.knew(x, y), f"{x[0]} and {y[0]} conflict, and b knew of neither when it signed the other"


@settings(max_examples=25)
@given(st.lists(steps, min_size=20, max_size=50))
def test_no_two_conflicting_operations_stand_or_fly_unless_their_common_decider_named_one(
    steps: list[tuple[Any, ...]],
) -> None:
    """JOINT-42, JOINT-48."""
    Story().run(steps)


@pytest.mark.campaign
@settings(max_examples=3000)
@given(st.lists(steps, min_size=40, max_size=80))
def test_no_conflict_stands_unknown_in_long_stories(steps: list[tuple[Any, ...]]) -> None:
    Story().run(steps)


def test_a_conflict_is_named_in_the_second_decision() -> None:
    """The property above is not empty: both can stand, and then the second decision says against what."""
    story = Story()
    both = [("propose", X, 0), ("propose", Y, 0), ("carry", ("a", "b")), ("carry", ("c", "b"))]

    story.run([*both, ("decide", X, YES, False), ("decide", Y, YES, False)])

    x, y = story.stands(story.coalition["b"], X), story.stands(story.coalition["b"], Y)
    assert x is not None and y is not None
    assert f"{X}@1" in named(story.coalition, y[1])
    assert y[1].act.statement.body["findings"] == 1


def test_a_decision_drafted_before_the_other_operation_came_is_refused() -> None:
    """JOINT-43: what is signed was screened against what the node holds when it is said."""
    story = Story()
    story.run([("propose", X, 0), ("propose", Y, 0), ("carry", ("a", "b")), ("draft", X, False), ("carry", ("c", "b"))])
    b, draft = story.coalition["b"], story.drafts[X]

    with pytest.raises(Refused) as refusal:
        b.node.say(draft, b.key("senior").sign("application/vnd.entente.statement+json", draft.message))

    assert refusal.value.code == "decision.findings_changed"
    assert standing(b, "ab", X) == "noticed"


# -- the traces of the models ------------------------------------------------------------------------------------------


class Replay:
    """Carries a trace of spec/models out: what each step says is said by real nodes, and no more is carried."""

    def __init__(self, trace: dict[str, Any]) -> None:
        self.coalition = three()
        self.said: dict[str, list[Receipt | int]] = {"a": [], "b": [], "c": []}
        self.then: dict[str, list[Any]] = {p: [copied(self.coalition[p].node.store)] for p in self.said}
        for step in trace["steps"]:
            getattr(self, f"_{step['do']}")(step["party"].lower(), step)

    def _keep(self, party: str, receipt: Receipt | int) -> None:
        self.said[party].append(receipt)
        self.then[party].append(copied(self.coalition[party].node.store))

    def _propose(self, party: str, step: dict[str, Any]) -> None:
        op = {"x": X, "y": Y}[step["op"]]
        self._keep(party, propose(self.coalition[party], CIRCLE[op], step["op"], plan()))

    def _change(self, party: str, step: dict[str, Any]) -> None:
        op = {"x": X, "y": Y}[step["op"]]
        self._keep(party, change(self.coalition[party], CIRCLE[op], op, plan()))

    def _decide(self, party: str, step: dict[str, Any]) -> None:
        op = {"x": X, "y": Y}[step["op"]]
        self._keep(
            party, decide(self.coalition[party], CIRCLE[op], op, YES if step["answer"] == "no_objection" else NO)
        )

    def _activate(self, party: str, step: dict[str, Any]) -> None:
        op = {"x": X, "y": Y}[step["op"]]
        owner = self.coalition[party]
        if "seen" not in step:
            self._keep(party, activate(owner, CIRCLE[op], op))
            return
        # Only a faulty node cites less than it has folded: it cites what it held when b had said so much.
        older = event(owner, CIRCLE[op], self.said["b"][step["seen"]["B"]].seq, "b").act.seq  # type: ignore[union-attr]
        heads = []
        for head in fold(owner, CIRCLE[op]).heads(owner.node.book(AGREEMENT).origin):
            size = older if head.origin.startswith("b/") else head.size
            root = fold(owner).ledger.root_at(head.origin, size)
            assert root is not None
            heads.append(type(head)(head.origin, size, root))
        body = {"version": version(owner, CIRCLE[op], op).leaf, "threat": ""}
        self._keep(party, utter(owner, "operation.activate", op, body, circle=CIRCLE[op], seen=tuple(heads)))

    def _acknowledge(self, party: str, step: dict[str, Any]) -> None:
        """Any act in `all` cites what its author has folded."""
        what = command.stop(AGREEMENT, "all", party, "note", line.Reason.OTHER)
        self._keep(party, self.coalition[party].say(what, "watch"))

    def _deliver(self, party: str, step: dict[str, Any]) -> None:
        if step.get("only") == "all":
            return  # nothing is folded in a circle ahead of its own acts, so there is nothing to carry early
        giver, taker = self.coalition[step["from"].lower()], self.coalition[party]
        then = node(giver, copied(self.then[giver.party][step["upto"]]), self.coalition.clock)
        question = carry.ask(taker.node, AGREEMENT, giver.party)
        data = carry.answer(then, question)
        if data is not None:
            carry.take(taker.node, data, nonce=question["nonce"])


def replay(name: str) -> Replay:
    path = next((path for path in TRACES if path.stem == name), None)
    if path is None:
        pytest.skip("the models' traces are not here; python spec/models/run.py --traces makes them")
    return Replay(json.loads(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", ["atonce", "citedall", "latest"])
def test_an_activated_version_is_still_found_whatever_was_revoked_or_changed_since(name: str) -> None:
    """JOINT-48."""
    done = replay(name)

    last = event(done.coalition["b"], "bc", done.said["b"][-1].seq)  # type: ignore[union-attr]

    assert last.act.statement.subject == Y
    assert f"{X}@1" in named(done.coalition, last)


def test_a_decision_covers_no_version_that_its_signer_never_saw() -> None:
    """JOINT-41."""
    done = replay("names")

    assert version(done.coalition["b"], "ab", X).number == 2
    assert standing(done.coalition["b"], "ab", X) == "noticed"


def test_an_objection_that_crossed_an_activation_stays_with_it_after_a_later_decision() -> None:
    """JOINT-46."""
    done = replay("register")

    row = fold(done.coalition["a"], "ab").rows()[X]

    assert [o["how"] for o in row["activations"][0]["objections"]] == ["crossed"]


def test_no_honest_node_activates_past_an_objection_that_it_holds_and_a_faulty_one_shows_it() -> None:
    """JOINT-14. What a node held when it signed cannot be proven, so its neighbours list the objection as crossed."""
    done = replay("stale")
    a = done.coalition["a"]

    row = fold(a, "ab").rows()[X]
    with pytest.raises(Refused) as refusal:
        activate(a, "ab", X)

    assert refusal.value.code == "operation.uncovered"
    assert [o["how"] for o in row["activations"][0]["objections"]] == ["crossed"]


def test_an_act_that_cites_less_than_its_author_cited_before_is_void() -> None:
    """JOINT-14."""
    done = replay("register")
    a = done.coalition["a"]
    older = tuple(h for h in fold(a, "ab").heads(a.node.book(AGREEMENT).origin) if not h.origin.startswith("b/"))
    change(a, "ab", X, plan())

    body = {"version": version(a, "ab", X).leaf, "threat": "declared"}
    seq = utter(a, "operation.activate", X, body, circle="ab", seen=older)

    assert event(a, "ab", seq).code == "act.seen"
