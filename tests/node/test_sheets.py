"""What one touch says: all of it lands or none, each act counts by itself at every node, and no piece is used again."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from tests.node.stories import AGREEMENT, admitting, copy, verdicts
from tests.node.test_passkeys import enrolled, flaws
from tests.verify.scenes import case

from entente.errors import EntenteError
from entente.feed import suite
from entente.ids import SubjectId
from entente.joint.line import Reason
from entente.node import carry, command
from entente.node.drafting import Draft
from entente.node.node import Receipt
from entente.testing.authenticator import Authenticator
from entente.testing.coalition import Coalition, Member

Said = tuple[Draft, dict[str, str]]


def stops(member: Member, *names: str, circle: str = "all") -> list[Draft]:
    return [member.draft(command.stop(AGREEMENT, circle, member.party, name, Reason.OTHER)) for name in names]


def touched(key: Authenticator, drafts: Sequence[Draft]) -> list[Said]:
    made = key.sign_together([(suite.STATEMENT, draft.message) for draft in drafts])
    return list(zip(drafts, made, strict=True))


def say(member: Member, signed: Sequence[Said]) -> list[Receipt]:
    return member.node.say_all(signed)


def refused(member: Member, signed: Sequence[Said]) -> str:
    """Return why nothing of it was said; its feed is as long as before."""
    feed = member.node.book(AGREEMENT)
    before = feed.size(feed.origin)
    with pytest.raises(EntenteError) as error:
        say(member, signed)
    assert feed.size(feed.origin) == before
    return error.value.code


@pytest.fixture
def touching() -> tuple[Coalition, Authenticator]:
    coalition = copy(admitting())
    return coalition, enrolled(coalition["a"])


def test_one_touch_says_something_in_several_circles_and_who_is_in_one_alone_verifies_it(
    touching: tuple[Coalition, Authenticator],
) -> None:
    """SIGN-23: C has no act of A's and B's circle, and none of its words."""
    c, key = touching
    receipts = say(c["a"], touched(key, [*stops(c["a"], "one", "two"), *stops(c["a"], "close", circle="ab")]))
    c.settle()

    assert [one.seq - receipts[0].seq for one in receipts] == [0, 1, 2]
    for party in "abc":
        assert [verdicts(c[party], "all")[one.origin, one.seq] for one in receipts[:2]] == ["", ""]
    assert verdicts(c["b"], "ab")[receipts[2].origin, receipts[2].seq] == ""
    assert (receipts[2].origin, receipts[2].seq) not in verdicts(c["c"], "all")
    assert c["c"].node.store.part(receipts[2].origin, receipts[2].seq, 0) is None
    assert flaws(c) == []


def test_a_stranger_verifies_one_of_them_and_is_told_that_there_were_others(
    touching: tuple[Coalition, Authenticator],
) -> None:
    """SIGN-23, DISC-14."""
    c, key = touching
    say(c["a"], touched(key, stops(c["a"], "one", "two", "three")))
    c.settle()

    report = case(c["a"], subjects=frozenset({SubjectId("stop/a/two")})).check().report
    told = " ".join(report.written())
    assert "number 2 of 3 signed at one touch" in told and "stop/a/one" not in told
    assert report.codes("flaw") == []  # type: ignore[arg-type]


def test_of_what_one_touch_signed_all_is_said_or_nothing(touching: tuple[Coalition, Authenticator]) -> None:
    c, key = touching
    signed = touched(key, stops(c["a"], "one", "two", "three"))
    say(c["a"], touched(key, stops(c["a"], "two")))

    assert refused(c["a"], signed) == "stop.subject"
    # What was signed with it stands on its own: the officer may still say the others, in any order.
    say(c["a"], [signed[2], signed[0]])
    c.settle()
    assert flaws(c) == []


def test_a_signature_lifted_to_another_statement_place_or_sheet_says_nothing(
    touching: tuple[Coalition, Authenticator],
) -> None:
    """SIGN-20, SIGN-22: every piece fits one place."""
    c, key = touching
    (one, first), (two, second) = touched(key, stops(c["a"], "one", "two"))
    [unseen] = stops(c["a"], "unseen")

    assert refused(c["a"], [(one, second), (two, first)]) == "staff.signature"
    assert refused(c["a"], [(unseen, first)]) == "staff.signature"
    assert refused(c["a"], [(one, first | {"sheet": second["sheet"]})]) == "staff.signature"
    (_, other), _ = touched(key, [one, unseen])
    assert refused(c["a"], [(one, first | {"sheet": other["sheet"]})]) == "staff.signature"
    assert refused(c["a"], [(one, {name: first[name] for name in first if name != "sheet"})]) == "staff.signature"
    mine = Authenticator(origin=key.origin, seed=b"stranger")
    assert refused(c["a"], touched(mine, [one, two])) == "staff.signature"
    say(c["a"], [(one, first), (two, second)])


def test_what_was_said_once_is_not_said_again_nor_after_its_time(touching: tuple[Coalition, Authenticator]) -> None:
    """JOINT-17, SIGN-23."""
    c, key = touching
    signed = touched(key, stops(c["a"], "one", "two"))
    say(c["a"], signed)
    assert refused(c["a"], signed) in ("stop.subject", "statement.repeated")

    late = touched(key, stops(c["a"], "three", "four"))
    c.clock.advance(seconds=24 * 3600)
    assert refused(c["a"], late) == "statement.expired"


def test_no_sheet_says_anything_in_two_agreements_at_once(touching: tuple[Coalition, Authenticator]) -> None:
    """What one transaction keeps is one feed's; a statement names its agreement, and stands in no other."""
    c, key = touching
    text, keys = c.text("exercise-second", {}, passkeys=True)
    c.adopt(text, keys)
    c.man("a", text)
    [here] = stops(c["a"], "one")
    there = c["a"].node.draft(command.sign(text, text.parties), officer="a/senior", office="senior")

    for pair in ([here, there], [there, here]):
        with pytest.raises(AssertionError, match="one feed"):
            say(c["a"], touched(key, pair))


def test_a_stop_out_of_a_sheet_goes_ahead_of_its_entry_within_its_two_kilobytes(
    touching: tuple[Coalition, Authenticator],
) -> None:
    """SIGN-19, SIGN-22: a path is at most six hashes."""
    c, key = touching
    c.settle()
    (draft, signature), *_ = touched(key, stops(c["a"], *(f"s{number}" for number in range(64))))
    frame = carry.stop_frame(draft.statement, signature)
    carry.check_stop(c["b"].node.book(AGREEMENT), frame, c.clock.now())
