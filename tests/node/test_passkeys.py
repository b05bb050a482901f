"""Officers with passkeys, where the agreement admits them, and where it does not."""

from __future__ import annotations

import pytest
from tests.node.stories import (
    AGREEMENT,
    admitting,
    copy,
    decide,
    event,
    fold,
    propose,
    standing,
    three,
    utter,
    verdicts,
)
from tests.verify.scenes import case

from entente import canonical
from entente.errors import Malformed, Refused, Untrusted
from entente.feed import suite
from entente.ids import OfficerId, SubjectId
from entente.joint import agreement as agreements
from entente.joint import line
from entente.node import carry, command
from entente.node.verify import verify_record
from entente.testing.authenticator import Authenticator
from entente.testing.coalition import Coalition, Member

X = SubjectId("operation/a/x")
B = OfficerId("b/senior")
STOP = {"reason": "other", "operation": "", "note": ""}


def enrolled(member: Member, *, edwards: bool = False) -> Authenticator:
    """Give a member's senior officer a passkey in place of his key file."""
    key = Authenticator(origin=f"http://{member.party}.localhost:8700", ed25519=edwards)
    member.say(command.enrol(AGREEMENT, member.party, OfficerId(f"{member.party}/senior"), key.public), "root")
    member.officers["senior"] = key  # type: ignore[assignment]
    return key


def flaws(coalition: Coalition) -> list[str]:
    return [flaw for m in coalition.members.values() for report in verify_record(m.node) for flaw in report.flaws]


@pytest.mark.parametrize("edwards", [False, True], ids=["ES256", "Ed25519"])
def test_a_decision_signed_with_a_passkey_counts_at_every_node(edwards: bool) -> None:
    """JOINT-134: its statement names suite and key, and its record verifies."""
    c = copy(admitting())
    propose(c["a"], "ab")
    key = enrolled(c["b"], edwards=edwards)
    c.settle()

    said = decide(c["b"], "ab", X)
    c.settle()

    signer = event(c["a"], "ab", said.seq, "b").act.statement.signer
    assert signer is not None and (signer.suite, signer.key) == ("W1", key.public.fingerprint)
    assert {standing(c[party], "ab", X) for party in "ab"} == {"no_objection"}
    assert flaws(c) == []


def test_the_key_file_that_a_passkey_replaced_signs_nothing_more() -> None:
    """JOINT-16: an officer has one key, the newest."""
    c = copy(admitting())
    propose(c["a"], "ab")
    old = c["b"].officers["senior"]
    enrolled(c["b"])
    c.settle()
    draft = c["b"].draft(command.stop(AGREEMENT, "all", "b", "one", line.Reason.OTHER))

    with pytest.raises(Refused) as refused:
        c["b"].node.say(draft, old.sign(suite.STATEMENT, draft.message))
    assert refused.value.code == "staff.signature"


def test_another_agreement_admits_no_passkey_and_its_node_says_so_before_anybody_signs() -> None:
    """JOINT-134."""
    c = three()
    with pytest.raises(Refused) as refused:
        enrolled(c["b"])
    assert refused.value.code == "staff.passkeys"


def test_what_a_faulty_node_signs_with_a_passkey_there_is_void_as_it_is_to_one_that_knows_none() -> None:
    """JOINT-135: the enrolment is a label that signs nothing; the verdict is the one for any wrong signature."""
    c = three()
    key = Authenticator(origin="http://b.localhost:8700")
    body = {"officer": B, "key": key.public.plain(), "fingerprint": key.public.fingerprint, "rank": ""}
    enrolling = utter(c["b"], "staff.enrol", "staff/b/senior", body, circle="all", office="root")
    saying = utter(c["b"], "stop.send", "stop/b/one", STOP, key=key, suite="W1")  # type: ignore[arg-type]
    c.settle()

    for party in "abc":
        assert verdicts(c[party], "all")["b/exercise-test/1", enrolling] == ""
    for party in "ab":
        assert verdicts(c[party], "ab")["b/exercise-test/1", saying] == "staff.signature"
    assert len({fold(c[party]).digest() for party in "abc"}) == 1


def test_a_passkey_shares_no_key_with_a_node() -> None:
    """KEY-8, where passkeys are admitted: a card may not certify one as its node's."""
    c = copy(admitting())
    key = Authenticator(origin="http://b.localhost:8700", ed25519=True)
    exchange = canonical.decode(canonical.encode(c["b"].card))["keys"]["exchange"]
    cose = bytes.fromhex("a4010103272006215820") + suite.unb64(exchange)
    body = {"officer": B, "rank": "", "key": {**key.public.plain(), "cose": suite.b64(cose)}, "fingerprint": "0" * 64}
    seq = utter(c["b"], "staff.enrol", "staff/b/senior", body, circle="all", office="root")
    assert verdicts(c["b"], "all")["b/exercise-test/1", seq] == "keys.role"


def test_a_stop_by_passkey_goes_ahead_of_its_entry() -> None:
    """SIGN-19, FEED-46: the frame holds the whole assertion, and counts where passkeys are admitted."""
    c = copy(admitting())
    key = enrolled(c["b"])
    c.settle()
    draft = c["b"].draft(command.stop(AGREEMENT, "all", "b", "one", line.Reason.CIVILIANS, "", "n" * 200))
    signature = key.sign(suite.STATEMENT, draft.message)
    frame = carry.stop_frame(draft.statement, signature)
    book, now = c["a"].node.book(AGREEMENT), c.clock.now()

    assert len(canonical.encode(frame)) <= 2048
    carry.check_stop(book, frame, now)
    lax = key.sign(suite.STATEMENT, draft.message, flags=0x01)
    for broken in ({"passkey": lax}, {"passkey": None}, {"passkey": {"signature": ""}}):
        with pytest.raises(Untrusted):
            carry.check_stop(book, {**frame, **broken}, now)
    with pytest.raises(Untrusted):
        carry.check_stop(book, {"statement": frame["statement"], "ed25519": signature["signature"]}, now)

    carry.send_stop(c["b"].node, draft, signature)
    taken = c.carry("b", "a")
    assert taken is not None and taken.stops == ["stop/b/one"]


def test_a_version_that_knows_no_passkeys_takes_no_such_agreement() -> None:
    """JOINT-134: a field that is not known is refused by its name, before anything is signed under it."""
    plain = dict(admitting()["a"].node.book(AGREEMENT).first.plain)
    assert agreements.load(plain).passkeys
    with pytest.raises(Malformed, match="later_field"):
        agreements.load({**plain, "later_field": True})
    without = {name: value for name, value in plain.items() if name != "passkeys"}
    assert not agreements.load(without).passkeys


def test_a_stranger_is_told_what_a_passkeys_signature_shows_and_what_not() -> None:
    """DISC-14."""
    c = copy(admitting())
    propose(c["a"], "ab")
    enrolled(c["b"])
    c.settle()
    decide(c["b"], "ab", X)
    c.settle()

    report = case(c["b"], subjects=frozenset({X}), reason="asked for").check().report
    told = " ".join(report.written())

    assert "a passkey at http://b.localhost:8700, ES256, its person verified by the device" in told
    assert "It is classical alone" in told and "checkpoint over its entry" in told
    assert report.codes("flaw") == []  # type: ignore[arg-type]
