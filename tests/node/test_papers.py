"""Papers: what is signed in either suite, several at one touch, and kept all at once or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from tests.node.packaging import AGENCY, clinic, listed
from tests.node.stories import AGREEMENT, admitting, copy
from tests.node.test_passkeys import enrolled

from entente.errors import EntenteError, Refused, Untrusted
from entente.node import command, enlistment, packages, papers
from entente.node.papers import Paper, Signed
from entente.testing.authenticator import Authenticator
from entente.testing.coalition import Coalition, Member

SECRET = b"0123456789abcdef"
OTHER = replace(AGENCY, name="other")


def touched(key: Authenticator, every: Sequence[Paper]) -> list[tuple[Paper, Signed]]:
    """Sign papers by one touch, as the page does."""
    made = key.sign_together([(one.kind, one.message) for one in every])
    return [
        (one, Signed(officer="a/senior", office="senior", key=key.public.plain(), signature=signature))
        for one, signature in zip(every, made, strict=True)
    ]


def recipients(member: Member) -> list[Paper]:
    now = member.node.clock.now()
    return [enlistment.enlisting(member.node, enlistment.statement(member.node, one, now)) for one in (AGENCY, OTHER)]


def released(member: Member) -> list[Paper]:
    """A package for each recipient."""
    made = []
    for name in ("agency", "other"):
        to = enlistment.recipient(member.node, name)
        prepared = packages.prepare(member.node, to, listed(clinic()), SECRET)
        made.append(packages.releasing(member.node, prepared, packages.manifest(member.node, prepared, {})))
    return made


def refused(member: Member, signed: Sequence[tuple[Paper, Signed]]) -> str:
    with pytest.raises(EntenteError) as error:
        papers.keep(member.node, signed)
    return error.value.code


@pytest.fixture
def touching() -> tuple[Coalition, Authenticator]:
    """A coalition whose agreement admits passkeys, and the senior officer's of A."""
    coalition = copy(admitting())
    return coalition, enrolled(coalition["a"])


def test_one_touch_releases_to_several_and_each_papers_signature_is_verified_alone(
    touching: tuple[Coalition, Authenticator],
) -> None:
    """PKG-5, SIGN-18, SIGN-23: a recipient is handed its own manifest and signature, and nothing of the others."""
    coalition, key = touching
    a = coalition["a"]
    papers.keep(a.node, touched(key, recipients(a)))
    places = papers.keep(a.node, touched(key, released(a)))

    sent = packages.sent(a.node)
    assert [(one.manifest.recipient, one.seq) for one in sent] == [("agency", places[0]), ("other", places[1])]
    for one in sent:
        assert papers.verified(one.text, one.signed, packages.KIND)
        assert not papers.verified(one.text, one.signed, enlistment.KIND)
    lifted = replace(sent[0].signed, signature=sent[1].signed.signature)
    assert not papers.verified(sent[0].text, lifted, packages.KIND)


def test_of_several_papers_all_are_kept_or_none(touching: tuple[Coalition, Authenticator]) -> None:
    """PKG-7: one that another release overtook keeps every other one from being noted."""
    coalition, key = touching
    a = coalition["a"]
    papers.keep(a.node, touched(key, recipients(a)))
    first, second = released(a)
    papers.keep(a.node, touched(key, [second]))

    assert refused(a, touched(key, [first, second])) == "package.overtaken"
    assert [one.manifest.recipient for one in packages.sent(a.node)] == ["other"]
    (one, by), (other, _) = touched(key, [first, replace(second, message=second.message + b" ")])
    assert refused(a, [(one, by), (other, by)]) == "signature.invalid"
    assert [of.manifest.recipient for of in packages.sent(a.node)] == ["other"]
    papers.keep(a.node, [(one, by)])


def test_a_passkey_that_no_agreement_admits_or_that_was_revoked_signs_no_paper(
    touching: tuple[Coalition, Authenticator],
) -> None:
    """PKG-5, SIGN-18, KEY-14."""
    coalition, key = touching
    a = coalition["a"]
    [one, _] = touched(key, recipients(a))
    stranger = Authenticator(origin=key.origin, seed=b"stranger")
    [false, _] = touched(stranger, recipients(a))
    assert refused(a, [false]) == "package.office"

    other = Coalition.form("a", "b", "c")
    assert refused(other["a"], [one]) == "package.office"

    a.say(
        command.revoke(
            AGREEMENT, "a", "officer", key.public.fingerprint, a.node.book(AGREEMENT).size(f"a/{AGREEMENT}/1")
        ),
        "root",
    )  # type: ignore[arg-type]
    assert refused(a, [one]) == "package.office"
    assert enlistment.enlisted(a.node) == {}


def test_where_no_agreement_is_kept_a_passkey_releases_nothing() -> None:
    """PKG-5: a roster knows key files."""
    from tests.node.packaging import PackageDesk

    desk = PackageDesk()
    key = Authenticator(origin="http://desk.localhost:8700")
    paper = enlistment.enlisting(desk.node, enlistment.statement(desk.node, AGENCY, desk.clock.now()))
    by = Signed(officer="desk/duty", office="protection", key=key.public.plain(),
                signature=key.sign(paper.kind, paper.message))  # fmt: skip

    with pytest.raises((Refused, Untrusted)) as error:
        papers.keep(desk.node, [(paper, by)])
    assert error.value.code == "package.office"
