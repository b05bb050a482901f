"""A later release is an entry: the circle sees that something was granted; only the recipient what, and to whom."""

from __future__ import annotations

import json

import pytest
from tests.node.stories import AGREEMENT, event, fold, propose, tell, utter

from entente.errors import Refused
from entente.feed import leaf as leaves
from entente.feed.part import Part
from entente.ids import PartyId
from entente.joint import grants
from entente.node import recovery
from entente.node.disclose import Choice, disclose
from entente.testing.coalition import Coalition
from entente.verify import disclosure

CIRCLES = {"abd": (["a", "b", "d"], [])}
ORIGIN = f"a/{AGREEMENT}/1"


@pytest.fixture(scope="module")
def granted() -> tuple[Coalition, int, int]:
    """Party a proposes in circle abd, showing its plan to nobody, and releases it to b later; c is outside."""
    c = Coalition.form("a", "b", "c", "d", circles=CIRCLES)
    proposed = propose(c["a"], "abd", to=[])
    c.settle()
    c.clock.advance(hours=5)
    c["a"].node.release(AGREEMENT, proposed.seq, "plan", PartyId("b"))
    c.settle()
    return c, proposed.seq, c["a"].node.book(AGREEMENT).size(ORIGIN) - 1


def test_the_circle_sees_that_something_was_granted_and_the_recipient_alone_what(
    granted: tuple[Coalition, int, int],
) -> None:
    """JOINT-125, JOINT-126, FEED-16."""
    c, proposed, seq = granted
    plan = c["a"].node.store.parts(ORIGIN, proposed)[1]

    for member in "abd":
        found = event(c[member], "abd", seq, "a")
        assert (found.verb, found.code, found.act.statement.signer) == (grants.GRANT, "", None)
        said = c[member].node.store.parts(ORIGIN, seq)
        named = found.act.statement.encode()
        for secret in (b'"b"', plan.name.encode(), event(c["a"], "abd", proposed, "a").act.leaf.encode()):
            assert secret not in named
        assert len(said) == (2 if member in "ab" else 1)
    told = json.loads(c["b"].node.store.parts(ORIGIN, seq)[1].data)
    assert told == {
        "to": "b", "entry": event(c["a"], "abd", proposed, "a").act.leaf,
        "parts": [["plan", Part(name=plan.name, salt=plan.salt, data=plan.data).commitment.hex()]],
    }  # fmt: skip
    assert c["b"].node.store.part(ORIGIN, proposed, plan.index) == plan
    assert c["d"].node.store.part(ORIGIN, proposed, plan.index) is None


def test_an_outsider_has_a_leaf_like_any_other_machines_and_nothing_else(granted: tuple[Coalition, int, int]) -> None:
    """JOINT-126, FEED-5."""
    c, _, seq = granted
    held = next(iter(c["c"].node.store.leaves(ORIGIN, seq, seq + 1)))
    assert c["c"].node.store.parts(ORIGIN, seq) == []
    read = leaves.decode(held.leaf, ORIGIN, seq)

    tell(c)  # acknowledgements are machines' records too
    acknowledged = next(
        e for e in fold(c["a"], "all").folded() if e.verb == "record.acknowledge" and e.origin == ORIGIN
    )
    [other] = c["c"].node.store.leaves(ORIGIN, acknowledged.seq, acknowledged.seq + 1)
    same = leaves.decode(other.leaf, ORIGIN, acknowledged.seq)
    assert (read.kind, read.size, read.env) == (same.kind, same.size, same.env) == ("ctl", 4096, "")


def test_it_changes_no_row_of_the_state_and_what_was_granted_before_leaves_no_entry(
    granted: tuple[Coalition, int, int],
) -> None:
    """JOINT-127."""
    c, proposed, _ = granted
    size, rows = c["a"].node.book(AGREEMENT).size(ORIGIN), fold(c["a"], "abd").rows()

    c["a"].node.release(AGREEMENT, proposed, "plan", PartyId("b"))
    assert c["a"].node.book(AGREEMENT).size(ORIGIN) == size

    c["a"].node.release_all(AGREEMENT, proposed, ["shown", "plan"], PartyId("d"))
    assert c["a"].node.book(AGREEMENT).size(ORIGIN) == size + 1
    assert fold(c["a"], "abd").rows() == rows
    c.settle()
    assert len(c["d"].node.store.parts(ORIGIN, proposed)) > 2


def test_whoever_shows_it_proves_what_was_granted_when_and_to_whom(granted: tuple[Coalition, int, int]) -> None:
    """DISC-12: an inquiry that gets the entry with its detail."""
    c, _, seq = granted
    book = c["a"].node.book(AGREEMENT)
    choice = Choice(feeds=(book.origin,), seqs=frozenset({seq}), details=("grant",))

    made = disclose(c["a"].node, book, choice)

    shown = disclosure.check(made.data, book.first.digest).feeds[book.origin]
    opened = next(place for place in shown.places if place.seq == seq).opened(grants.DETAIL)
    assert opened is not None and json.loads(opened.data)["to"] == "b"


def test_nothing_is_granted_while_the_node_may_not_speak_or_to_an_outsider(
    granted: tuple[Coalition, int, int],
) -> None:
    """FEED-50, FEED-45."""
    c, proposed, _ = granted
    with pytest.raises(Refused) as found:
        c["a"].node.release(AGREEMENT, proposed, "plan", PartyId("c"))
    assert found.value.code == "release.outside_circle"
    receipt = propose(c["d"], "abd", "later", to=[])
    recovery.suspect_all(c["d"].node)
    with pytest.raises(Refused) as found:
        c["d"].node.release(AGREEMENT, receipt.seq, "plan", PartyId("a"))
    assert found.value.code == "node.restored"
    assert c["d"].node.store.granted("a", receipt.origin, receipt.seq) == set()


def test_a_grant_that_names_its_recipient_in_the_open_is_void(granted: tuple[Coalition, int, int]) -> None:
    """JOINT-126: a node that would tell the whole circle is told that it has said nothing."""
    c, _, _ = granted
    for body, subject in (({"to": "b"}, "grant/b"), ({}, "grant/b")):
        seq = utter(c["b"], grants.GRANT, subject, body, circle="abd", machine=True)
        c.settle()
        assert event(c["d"], "abd", seq, "b").code in ("act.body", "release.grant")
