"""A prober proposes a grid of plans, and learns no more than the allowance lets it learn in a day (JOINT-119)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.node.stories import AGREEMENT, NO, YES, decide, plan, propose, site, three, version

from entente.errors import Refused
from entente.ids import SubjectId
from entente.joint.plan import Kind
from entente.node import allowance, command, duties
from entente.node.allowance import A_DAY
from entente.testing.coalition import START, Coalition

CELLS = A_DAY + 4


def world(hidden: int | None) -> Coalition:
    """`b` lets its node answer, and hides a plan in one cell of the grid; another lies far outside it."""
    c = three()
    until = START + timedelta(days=9)
    c["b"].say(command.standing_decision(AGREEMENT, "ab", "b", YES, [Kind.GENERAL], until))
    for name, cell in (("far", CELLS + 20), ("near", hidden)):
        if cell is not None:
            propose(c["b"], "ab", name, plan(name, lat=float(cell)), to=[])
    return c


def probe(c: Coalition, cells: range, day: int = 0) -> list[str]:
    """Return what `a` learns: how each of its plans is answered."""
    for cell in cells:
        propose(c["a"], "ab", f"cell-{day}-{cell}", plan(f"cell {cell}", lat=float(cell)))
    c.settle()
    duties.tend(c["b"].node)
    c.settle()
    rows = c["a"].node.book(AGREEMENT).fold("ab").rows()
    return [rows[f"operation/a/cell-{day}-{cell}"]["standing"] for cell in cells]


def test_a_grid_of_plans_learns_one_bit_of_each_of_a_days_answers_and_of_no_other() -> None:
    nothing, within, beyond = (probe(world(hidden), range(CELLS)) for hidden in (None, 3, A_DAY + 1))

    assert [i for i in range(CELLS) if nothing[i] != within[i]] == [3]
    assert nothing == beyond, "past the allowance every plan waits, whatever is hidden there"
    assert nothing.count("no_objection") == A_DAY and set(nothing[A_DAY:]) == {"noticed"}


def test_the_next_day_has_its_own_allowance_and_an_old_version_is_not_looked_at_again() -> None:
    c = world(2)
    first = probe(c, range(4))
    near = SubjectId("operation/b/near")
    c["b"].say(command.withdraw(AGREEMENT, "ab", near, version(c["b"], "ab", near).leaf))
    c.clock.advance(hours=25)
    c.settle()
    duties.tend(c["b"].node)
    c.settle()

    rows = c["a"].node.book(AGREEMENT).fold("ab").rows()
    assert [rows[f"operation/a/cell-0-{cell}"]["standing"] for cell in range(4)] == first
    assert allowance.left(c["b"].node, c["b"].node.book(AGREEMENT), "a", c.clock.now()) == A_DAY


def test_a_person_goes_beyond_only_with_a_reason_which_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowance, "A_DAY", 2)
    c = three()
    propose(c["b"], "ab", "hidden", plan("hidden", lat=2.0), to=[])
    receipts = [propose(c["a"], "ab", f"cell-{cell}", plan("p", lat=float(cell))) for cell in range(4)]
    c.settle()
    for receipt, answer in zip(receipts[:2], (YES, YES), strict=True):
        decide(c["b"], "ab", receipt.subject, answer)

    for answer in (YES, NO):
        with pytest.raises(Refused) as refusal:
            decide(c["b"], "ab", receipts[2].subject, answer)
        assert refusal.value.code == "decision.allowance"

    stop = receipts[2]
    objection = command.decide(AGREEMENT, "ab", stop.subject, stop.leaf, NO, despite="Ours is there.")
    c["b"].say(objection)
    assert any(line["what"] == "despite" for line in c["b"].node.journal_lines())


def test_what_is_hidden_is_counted_as_one_however_much_it_is() -> None:
    found = []
    for hidden in (1, 3):
        c = three()
        for number in range(hidden):
            propose(c["b"], "ab", f"hidden-{number}", plan(f"h{number}"), to=[])
        receipt = propose(c["a"], "ab", "x", plan("x"))
        c.settle()
        draft = c["b"].draft(command.decide(AGREEMENT, "ab", receipt.subject, receipt.leaf, NO))
        assert draft.screening is not None and len(draft.screening.findings) == hidden
        found.append(draft.statement.body["findings"])

    assert found == [1, 1]


def test_where_nothing_is_hidden_nothing_is_counted() -> None:
    c = three()
    propose(c["b"], "ab", "open", plan("open"))
    book = c["b"].node.book(AGREEMENT)
    assert allowance.left(c["b"].node, book, "a", c.clock.now()) is None

    c["b"].say(command.notify_sites(AGREEMENT, "bc", "b", "l", 1, [site("s")], "p", to=["c"]))
    assert allowance.left(c["b"].node, book, "a", c.clock.now()) == A_DAY
