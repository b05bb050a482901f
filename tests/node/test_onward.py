"""What another released goes on to nobody without its originator's signed consent (JOINT-117)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.node.stories import AGREEMENT, site, three

from entente.errors import Refused
from entente.ids import PartyId
from entente.joint.protected_sites import Site
from entente.joint.releases import Purpose, Terms
from entente.node import command, terms
from entente.picture.coarsen import coarsen
from entente.testing.coalition import START, Coalition

LIST = "sites/a/l"


def told(c: Coalition) -> Site:
    """`a` gives `b` its copy of a place, on terms; return the copy as `b` holds it."""
    copy = coarsen(site("s", "Clinic"), precision_m=500.0, recipient="b", secret=bytes(16))
    c["a"].say(command.give_terms(AGREEMENT, "ab", LIST, Terms(to=(PartyId("b"),), purpose=Purpose.KEEP_AWAY)))
    c["a"].say(command.notify_sites(AGREEMENT, "ab", "a", "l", 1, [copy], "p", to=["b"]), "protection")
    c.settle()
    held = terms.held(c["b"].node.book(AGREEMENT).fold("ab"), LIST, "b")
    assert held is not None
    c["b"].say(command.acknowledge_terms(AGREEMENT, "ab", LIST, held), "protection")
    [(_, site_)] = c["b"].node.watch.sites.values()
    return site_


def consent(c: Coalition, to: str = "c", hours: int = 24) -> None:
    held = terms.held(c["a"].node.book(AGREEMENT).fold("ab"), LIST, "b")
    assert held is not None
    until = START + timedelta(hours=hours)
    c["a"].say(command.consent_onward(AGREEMENT, "ab", LIST, held.leaf, "b", to, until), "protection")
    c.settle()


def pass_on(c: Coalition, what: Site) -> None:
    c["b"].say(command.notify_sites(AGREEMENT, "bc", "b", "theirs", 1, [what], "p", to=["c"]), "protection")


def refused(c: Coalition, what: Site) -> str:
    with pytest.raises(Refused) as refusal:
        pass_on(c, what)
    return refusal.value.code


def test_a_copy_goes_on_with_its_originators_signed_consent_and_not_without() -> None:
    c = three()
    copy = told(c)
    assert refused(c, copy) == "sites.onward"

    consent(c)
    pass_on(c, copy)
    c.settle()
    assert len(c["c"].node.watch.sites) == 1


@pytest.mark.parametrize(
    "disguise",
    [
        {"id": "other", "name": "Another name", "note": ""},
        {"id": "other", "position": None, "district": "Valley"},
    ],
    ids=["without its number", "without its position"],
)
def test_a_copy_under_another_name_is_known_by_its_number_or_its_digits(disguise: dict[str, object]) -> None:
    c = three()
    assert refused(c, replace(told(c), **disguise)) == "sites.onward"  # type: ignore[arg-type]


def test_consent_is_for_one_party_for_a_time_and_ends_with_the_release() -> None:
    c = three()
    copy = told(c)
    consent(c, to="d")
    assert refused(c, copy) == "sites.onward"

    consent(c, hours=1)
    assert terms.consent_to_pass_on(c["b"].node, [copy], "c") is not None
    c.clock.advance(hours=2)
    assert refused(c, copy) == "sites.onward"


def test_a_list_told_to_nobody_is_no_way_around_it() -> None:
    c = three()
    copy = told(c)
    receipt = c["b"].say(command.notify_sites(AGREEMENT, "bc", "b", "theirs", 1, [copy], "p", to=[]), "protection")

    with pytest.raises(Refused) as refusal:
        c["b"].node.release(AGREEMENT, receipt.seq, "chunk-0000", PartyId("c"))
    assert refusal.value.code == "sites.onward"


def test_two_parties_may_each_know_the_same_place() -> None:
    """A place that a party placed by itself is its own to tell, however near to another's copy."""
    c = three()
    told(c)
    pass_on(c, site("s", "Clinic"))


def test_only_the_originator_consents() -> None:
    c = three()
    told(c)
    held = terms.held(c["b"].node.book(AGREEMENT).fold("ab"), LIST, "b")
    assert held is not None
    with pytest.raises(Refused) as refusal:
        c["b"].say(
            command.consent_onward(AGREEMENT, "ab", LIST, held.leaf, "b", "c", START + timedelta(days=1)), "protection"
        )
    assert refusal.value.code == "release.other_party"
