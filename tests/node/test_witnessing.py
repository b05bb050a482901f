"""The agreement's witness: what is asked of it, what its answer makes true, and that nothing waits for it."""

from __future__ import annotations

import pytest
from tests.node.stories import (
    AGREEMENT,
    NO,
    WITNESS_KEY,
    YES,
    activate,
    cosign,
    decide,
    fold,
    propose,
    tell,
    three,
    utter,
    witness_line,
    witnessed,
)

from entente.errors import EntenteError, Malformed, Refused, Untrusted
from entente.feed.suite import b64
from entente.ids import Origin, SubjectId
from entente.joint import agreement as agreements
from entente.node import recovery, witnessing
from entente.node.cosigning import Reaches, owes
from entente.testing.coalition import Coalition, Member
from entente.tlog.checkpoint import Checkpoint
from entente.tlog.note import Note

X = SubjectId("operation/a/x")


def row(member: Member, circle: str = "ab") -> dict[str, object]:
    found: dict[str, object] = fold(member, circle).rows()[X]
    return found


def settled() -> Coalition:
    """An operation of a in circle ab, answered by b, and carried; nobody has acknowledged anything by itself."""
    c = witnessed()
    propose(c["a"], "ab")
    c.settle()
    decide(c["b"], "ab", X, YES)
    c.settle()
    return c


def test_a_standing_is_final_once_the_witness_has_cosigned_the_heads_that_hold_it() -> None:
    """JOINT-107, JOINT-130, JOINT-132."""
    c = settled()
    assert [row(c[p])["final"] for p in "ab"] == [False, False]  # c holds no act of ab, and has said nothing

    cosign(c["a"])
    c.settle()
    assert [row(c[p])["final"] for p in "ab"] == [False, False]  # the answer stands in b's feed

    cosign(c["b"])
    c.settle()
    assert [row(c[p])["final"] for p in "ab"] == [True, True]
    activation = activate(c["a"], "ab", X)
    c.settle()
    assert [row(c[p])["activations"][0]["cover_final"] for p in "ab"] == [True, True]  # type: ignore[index]
    assert activation.seq > 0 and fold(c["a"], "ab").digest() == fold(c["b"], "ab").digest()


def test_a_later_version_or_answer_is_not_final_by_what_was_cosigned_before() -> None:
    """JOINT-132."""
    c = settled()
    for party in "ab":
        cosign(c[party])
    c.settle()
    decide(c["b"], "ab", X, NO)
    c.settle()

    assert (row(c["a"])["standing"], row(c["a"])["final"]) == ("objected", False)


def test_nothing_is_asked_for_what_nodes_say_of_the_record_itself() -> None:
    """JOINT-133: so talk with a witness comes to an end, and so does talk about it."""
    c = settled()
    assert cosign(c["a"]) is not None and cosign(c["a"]) is None
    tell(c)  # every node acknowledges what is owed

    assert cosign(c["a"]) is None
    sizes = {party: c[party].node.book(AGREEMENT).size(c[party].node.book(AGREEMENT).origin) for party in "abc"}
    cosign(c["b"])
    c.settle()
    assert not any(owes(c[party].node, c[party].node.book(AGREEMENT)) for party in "abc")
    tell(c)
    assert {p: c[p].node.book(AGREEMENT).size(c[p].node.book(AGREEMENT).origin) for p in "ac"} == {
        p: sizes[p] for p in "ac"
    }


def test_an_agreement_that_names_no_witness_has_none_and_keeps_its_hash() -> None:
    """JOINT-130."""
    c = three()
    book = c["a"].node.book(AGREEMENT)
    assert witnessing.due(c["a"].node, book) is None
    assert book.first.text.witness == "" and "witness" not in book.first.plain

    plain = dict(book.first.plain)
    for bad in ("x", WITNESS_KEY.encode()[:-4], "north/log+00000000+AQ==", WITNESS_KEY.encode() + " "):
        with pytest.raises(Malformed) as found:
            agreements.load(plain | {"witness": bad})
        assert found.value.code == "agreement.witness", bad
    assert agreements.load(plain | {"witness": WITNESS_KEY.encode()}).digest != book.first.digest


def test_an_answer_that_is_not_the_witnesss_is_not_kept() -> None:
    """JOINT-131."""
    c = settled()
    book = c["a"].node.book(AGREEMENT)
    asking = witnessing.due(c["a"].node, book)
    assert asking is not None
    before = book.size(book.origin)
    other = Checkpoint(origin=asking.head.origin, size=asking.head.size, root=bytes(32))
    for answer in (witness_line(other), b"", b"ok\n", witness_line(asking.head)[:-3] + b"A=\n"):
        with pytest.raises(EntenteError) as found:
            witnessing.keep(c["a"].node, asking, answer)
        assert isinstance(found.value, Malformed | Untrusted), answer
    assert book.size(book.origin) == before

    assert witnessing.keep(c["a"].node, asking, witness_line(asking.head)).seq == before


def test_whoever_writes_a_false_cosignature_into_its_feed_deceives_nobody() -> None:
    """JOINT-131: it is void at every node, and nothing is final by it."""
    c = settled()
    book = c["b"].node.book(AGREEMENT)
    size = book.size(book.origin)
    forged = Note.parse(b"x\n\n" + witness_line(Checkpoint(origin=book.origin, size=size, root=bytes(32)))).lines[0]
    for cosignature in (b64(forged.signature), "", "AAAA", "not base64"):
        body = {"size": size, "cosignature": cosignature}
        seq = utter(c["b"], "record.witnessed", "witness/b", body, circle="all", machine=True)
        c.settle()
        events = {e.seq: e.code for e in fold(c["a"], "all").folded() if e.origin == book.origin}
        assert events[seq] == "witness.cosignature"
    cosign(c["a"])
    c.settle()
    assert row(c["a"])["final"] is False


def test_a_witness_that_knows_more_of_our_feed_than_we_do_is_told_to_our_operator() -> None:
    """What it says is signed by nobody, so it silences nobody: the peers are asked after a restore, not the witness."""
    c = settled()
    asking = witnessing.due(c["a"].node, c["a"].node.book(AGREEMENT))
    assert asking is not None
    with pytest.raises(Untrusted) as found:
        asking.request(asking.head.size + 1)
    assert found.value.code == "witness.ahead"


def test_every_entry_tells_whether_it_was_witnessed() -> None:
    c = settled()
    book = c["a"].node.book(AGREEMENT)
    receipt = cosign(c["a"])
    assert receipt is not None

    reaches = Reaches(c["a"].node, book)

    assert reaches.of(book.origin, receipt.seq - 1).witnessed and not reaches.of(book.origin, receipt.seq).witnessed
    assert not reaches.of(Origin(f"b/{AGREEMENT}/1"), 0).witnessed


def test_a_node_that_may_not_speak_asks_no_witness() -> None:
    """FEED-50."""
    c = settled()
    asking = witnessing.due(c["b"].node, c["b"].node.book(AGREEMENT))
    assert asking is not None
    for party in "ab":
        recovery.suspect_all(c[party].node)

    assert witnessing.due(c["a"].node, c["a"].node.book(AGREEMENT)) is None
    with pytest.raises(Refused) as found:
        witnessing.keep(c["b"].node, asking, witness_line(asking.head))
    assert found.value.code == "node.restored"
