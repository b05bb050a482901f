"""Releases on terms: sealed until acknowledged, sent only while they run, ended without ending protection."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.node.stories import AGREEMENT, YES, plan, site, three, utter

from entente.errors import Refused
from entente.ids import CircleId, PartyId
from entente.joint import releases
from entente.joint.act import spell
from entente.joint.protected_sites import SiteStatus
from entente.joint.releases import Limit, Purpose, Terms, Why
from entente.joint.screening import Finding
from entente.node import command, duties, terms
from entente.picture import board
from entente.testing.coalition import START, Coalition

LIST = "sites/a/l"
MARKER = "Marigold clinic"


def give(c: Coalition, *, to: str = "b", notify: bool = True, **more: Any) -> None:
    """`a` releases a list with one site to `b`, on terms."""
    said = Terms(to=(PartyId(to),), purpose=Purpose.KEEP_AWAY, limits=(Limit.NOT_EXPORTED,), **more)
    c["a"].say(command.give_terms(AGREEMENT, "ab", LIST, said), "protection")
    if notify:
        issue(c, 1)


def issue(c: Coalition, number: int, name: str = "s") -> None:
    c["a"].say(
        command.notify_sites(AGREEMENT, "ab", "a", "l", number, [site(name, MARKER, note="ask for M.")], "p", to=["b"]),
        "protection",
    )


def held(c: Coalition) -> releases.Release:
    c["b"].node.catch_up()
    release = terms.held(c["b"].node.book(AGREEMENT).fold("ab"), LIST, "b")
    assert release is not None
    return release


def acknowledge(c: Coalition) -> None:
    c["b"].say(command.acknowledge_terms(AGREEMENT, "ab", LIST, held(c)), "protection")


def found(c: Coalition, by: str = "b") -> list[Finding]:
    """What a party's own plan over the site finds of it."""
    what = command.propose(AGREEMENT, "bc" if by == "b" else "ab", by, "over", plan("over"), to=[])
    screening = c[by].draft(what).screening
    assert screening is not None
    return [finding for finding in screening.findings if finding.against == "site"]


def chunks(c: Coalition) -> int:
    c["b"].node.catch_up()
    return sum(1 for subject, _ in c["b"].node.watch.sites.values() if subject == LIST)


def test_what_was_not_acknowledged_is_screened_at_once_and_says_no_name() -> None:
    """JOINT-112, JOINT-113."""
    c = three()
    give(c)
    c.settle()

    [finding] = found(c)
    assert MARKER not in repr(finding) and "not acknowledged" in finding.other_title
    assert terms.sealed(c["b"].node.book(AGREEMENT).fold("ab"), LIST, "b")

    acknowledge(c)
    assert found(c)[0].other_title == MARKER
    assert not terms.sealed(c["b"].node.book(AGREEMENT).fold("ab"), LIST, "b")


def test_the_text_that_is_signed_repeats_the_terms_and_names_them() -> None:
    """JOINT-112, JOINT-114."""
    c = three()
    give(c, words="Ask the desk first.", consent="letter 14")
    c.settle()

    draft = c["b"].draft(command.acknowledge_terms(AGREEMENT, "ab", LIST, held(c)), "protection")

    assert draft.statement.body == {"terms": held(c).leaf, "purpose": "keep_away", "limits": ("not_exported",)}
    for told in ("to keep away, and for nothing else", "not exported", "Ask the desk first.", "consent: letter 14"):
        assert told in draft.text


def test_an_acknowledgement_of_old_terms_opens_nothing_of_the_new() -> None:
    """JOINT-112."""
    c = three()
    give(c)
    c.settle()
    acknowledge(c)
    give(c, notify=False, words="One more limit.")
    c.settle()

    assert held(c).acknowledged_at is None and MARKER not in repr(found(c))


def test_a_node_that_claims_to_acknowledge_for_another_party_opens_nothing() -> None:
    """JOINT-111: only a recipient acknowledges what it was given."""
    c = three()
    give(c)
    leaf = terms.held(c["a"].node.book(AGREEMENT).fold("ab"), LIST, "b")
    assert leaf is not None
    utter(
        c["a"], "release.acknowledge", f"release/{LIST}",
        {"terms": leaf.leaf, "purpose": "keep_away", "limits": ["not_exported"]},
    )  # fmt: skip
    c.settle()

    assert held(c).acknowledged_at is None


def test_nobody_has_no_objection_to_a_plan_that_nobody_here_may_open() -> None:
    """JOINT-112."""
    c = three()
    said = Terms(to=(PartyId("b"),), purpose=Purpose.KEEP_APART)
    c["a"].say(command.give_terms(AGREEMENT, "ab", "operation/a/x", said))
    receipt = c["a"].say(command.propose(AGREEMENT, "ab", "a", "x", plan("x"), to=["b"]))
    c.settle()
    answer = command.decide(AGREEMENT, "ab", receipt.subject, receipt.leaf, YES)

    with pytest.raises(Refused) as refusal:
        c["b"].draft(answer)
    assert refusal.value.code == "decision.unopened"
    mine = c["b"].draft(command.propose(AGREEMENT, "ab", "b", "y", plan("y"), to=[]))
    assert "an operation, its release not acknowledged yet" in mine.text and "operation x" not in mine.text

    release = terms.held(c["b"].node.book(AGREEMENT).fold("ab"), "operation/a/x", "b")
    assert release is not None
    c["b"].say(command.acknowledge_terms(AGREEMENT, "ab", "operation/a/x", release))
    assert c["b"].say(answer)


def test_after_its_period_nothing_is_sent_and_what_was_sent_is_screened_as_expired() -> None:
    """JOINT-115."""
    c = three()
    give(c, until=spell(START + timedelta(hours=1)))
    c.settle()
    acknowledge(c)
    c.settle()
    c.clock.advance(hours=2)
    issue(c, 2, "late")
    c.settle()

    assert chunks(c) == 1
    [finding] = found(c)
    assert "site.expired" in finding.marks
    fold = c["b"].node.book(AGREEMENT).fold("ab")
    [row] = board.release_rows(fold, fold.subjects("sites/")[0], "b", c.clock.now())
    [shown] = board.site_rows(c["b"].node.watch.sites, c.clock.now(), [row])
    assert row.state == "expired" and shown.expired and "EXPIRED" in row.notice[-1]


def test_what_begins_later_is_sent_then_and_to_nobody_before() -> None:
    """JOINT-115."""
    c = three()
    begins = START + timedelta(hours=1)
    give(c, start=spell(begins), notify=False)
    a = c["a"].node
    receipt = c["a"].say(command.notify_sites(AGREEMENT, "ab", "a", "l", 1, [site("s", MARKER)], "p", to=[]))
    duties.release_later(a, a.book(AGREEMENT), receipt.seq, ["chunk-0000"], "b", begins)
    c.settle()
    assert chunks(c) == 0

    c.clock.advance(hours=1)
    c.settle()

    assert chunks(c) == 1 and a.store.metas(duties.DUE) == {}


def test_a_grant_made_too_early_is_not_sent_before_its_release_begins() -> None:
    """JOINT-115: even then not, when a faulty desk granted it at once."""
    c = three()
    give(c, start=spell(START + timedelta(hours=1)))
    c.settle()

    assert chunks(c) == 0


def test_consent_withdrawn_stops_the_sending_and_marks_copies_and_ends_no_protection() -> None:
    """JOINT-116."""
    c = three()
    give(c, consent="letter 14")
    c.settle()
    acknowledge(c)
    c.clock.advance(minutes=5)
    c["a"].say(command.withdraw_release(AGREEMENT, "ab", LIST, held(c).leaf, Why.CONSENT_WITHDRAWN), "protection")
    issue(c, 2, "late")
    c.settle()

    assert chunks(c) == 1
    assert "site.expired" in found(c)[0].marks
    fold = c["b"].node.book(AGREEMENT).fold("ab")
    [row] = board.release_rows(fold, fold.subjects("sites/")[0], "b", c.clock.now())
    assert row.state == "withdrawn"
    assert "What was sent stays sent" in row.notice[-1] and "consent was withdrawn" in row.notice[-1]


def test_consent_withdrawn_for_one_site_leaves_the_others_as_they_are() -> None:
    """JOINT-116."""
    c = three()
    give(c, notify=False)
    two = [site("s", "one"), site("t", "two")]
    c["a"].say(command.notify_sites(AGREEMENT, "ab", "a", "l", 1, two, "p", to=["b"]))
    c.settle()
    acknowledge(c)
    leaf = held(c).leaf
    c["a"].say(command.withdraw_release(AGREEMENT, "ab", LIST, leaf, Why.CONSENT_WITHDRAWN, ["s"]), "protection")
    c["a"].say(command.notify_sites(AGREEMENT, "ab", "a", "l", 2, [site("s", "again")], "p", to=["b"]))
    c.settle()

    assert {f.other_title: "site.expired" in f.marks for f in found(c)} == {"one": True, "two": False}


def test_that_a_site_has_ended_is_told_even_when_its_release_is_over() -> None:
    """JOINT-116, JOINT-60: protection that is not needed any more ends with its originator's word alone."""
    c = three()
    give(c)
    c.settle()
    c["a"].say(command.withdraw_release(AGREEMENT, "ab", LIST, held(c).leaf, Why.NO_LONGER_NEEDED), "protection")
    over = [replace(site("s"), status=SiteStatus.ENDED, position=None)]
    c["a"].say(command.notify_sites(AGREEMENT, "ab", "a", "l", 2, over, "p", to=["b"]), "protection")
    c.settle()

    assert found(c) == []


def test_only_the_originator_withdraws_a_release() -> None:
    """JOINT-111."""
    c = three()
    give(c)
    c.settle()

    with pytest.raises(Refused) as refusal:
        c["b"].say(command.withdraw_release(AGREEMENT, "ab", LIST, held(c).leaf, Why.LIMITS_BROKEN), "protection")
    assert refusal.value.code == "release.other_party"


def test_members_agree_on_every_row_of_terms() -> None:
    """JOINT-110, JOINT-10."""
    c = three()
    give(c)
    c.settle()
    acknowledge(c)
    until = START + timedelta(days=1)
    c["a"].say(command.consent_onward(AGREEMENT, "ab", LIST, held(c).leaf, "b", "c", until), "protection")
    c["a"].say(command.withdraw_release(AGREEMENT, "ab", LIST, held(c).leaf, Why.NO_LONGER_NEEDED), "protection")
    c.settle()

    a, b = (c[party].node.book(AGREEMENT).fold("ab") for party in "ab")
    row = a.rows()[f"release/{LIST}"]
    assert a.digest() == b.digest() and CircleId("ab") == a.name
    assert [len(row[part]) for part in ("terms", "acknowledged", "withdrawn", "onward")] == [1, 1, 1, 1]
