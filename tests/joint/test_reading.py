"""Reading acts: the quick way is the step by step way, times have one spelling, and what is folded is kept small."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from entente.errors import Malformed
from entente.ids import CircleId, Hash, OfficerId, Origin, SubjectId
from entente.joint import act as acts
from entente.joint.act import Act, Head, Signer, Statement
from entente.testing.coalition import Coalition

HASH = Hash("5a" * 32)
NORTH = Origin("north/exercise-test/1")
AT = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
SEEN = (Head(NORTH, 3, HASH),)
SIGNER = Signer(
    office="senior", officer=OfficerId("north/senior"), key=HASH, suite="E1", shown=HASH, language="en", catalogue="1",
    seen=SEEN, nonce="0" * 32, expires="2026-11-22T10:45:00.000Z",
)  # fmt: skip
STATEMENT = Statement(
    agreement=HASH, circle=CircleId("all"), verb="operation.withdraw", subject=SubjectId("operation/north/x"),
    body={"version": HASH, "n": [1, None, True, "é"]}, signer=SIGNER,
)  # fmt: skip
ACT = acts.write(STATEMENT, AT, SEEN, {"ed25519": "AA==", "mldsa65": "AA=="})


def changed(change: Any) -> bytes:
    plain = json.loads(ACT)
    change(plain)
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def stepwise(data: bytes) -> Any:
    with suppress(Malformed):
        return acts._checked(data, NORTH, 1)
    return None


@given(st.binary(max_size=3), st.integers(0, len(ACT)), st.integers(0, 3))
@example(b"", 0, 0)
@example(b"\x7f", ACT.index(b"senior"), 1)
@example(b" ", 1, 0)
@example(b'"at":1,', 1, 0)
@example(b"1.0", ACT.index(b'"rules":1') + 8, 1)
@example(b"\xff", ACT.index(b"senior"), 1)
def test_an_act_read_at_once_is_the_act_read_step_by_step_and_what_either_refuses_the_other_does(
    put: bytes, at: int, drop: int
) -> None:
    data = ACT[:at] + put + ACT[at + drop :]

    assert acts._spelled(data) == stepwise(data)


def test_fields_left_out_too_many_or_out_of_bounds_are_refused_by_both_ways() -> None:
    wrong = [
        changed(lambda act: act["statement"].pop("details")),
        changed(lambda act: act["seen"][0].append(1)),
        changed(lambda act: act["statement"]["body"].update(n=2**53)),
        changed(lambda act: act["statement"]["body"].update(n=0.5)),
        changed(lambda act: act["statement"]["body"].update(n=[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]])),
        changed(lambda act: act["statement"].update(more=1)),
        changed(lambda act: act.update(rules=True)),
    ]

    assert acts._spelled(changed(lambda act: None)) is not None
    for data in wrong:
        assert acts._spelled(data) is None
        assert stepwise(data) is None


@given(st.datetimes(timezones=st.just(UTC)), st.integers(0, 23), st.characters())
@example(AT, 11, "2")
@example(AT.replace(hour=0), 11, "2")
def test_a_time_has_one_spelling(at: datetime, place: int, letter: str) -> None:
    text = acts.spell(at)
    other = text[:place] + letter + text[place + 1 :]

    assert acts.spell(acts.moment(text)) == text
    with suppress(Malformed):
        assert acts.spell(acts.moment(other)) == other


def test_what_is_folded_leaves_its_signature_to_the_record_and_waits_nowhere() -> None:
    coalition = Coalition.form("north", "south")
    book = coalition["north"].node.book("exercise-test")
    events = list(book.fold("all").folded())

    assert sum(event.act.statement.signer is not None for event in events) > 4
    assert all(event.act.signature is None for event in events)
    assert not any(isinstance(act, Act) for feed in book.ledger.feeds.values() for act in feed.acts.values())
    assert book.ledger.pending() == []
    assert sha256(coalition["north"].node.store.part(NORTH, 0, 0).data).hexdigest() == events[0].act.digest  # type: ignore[union-attr]
