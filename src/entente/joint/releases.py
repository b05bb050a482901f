"""Releases: on what terms another's detail was given, and how that ends (JOINT-110…JOINT-119).

The terms of an item stand under `release/ITEM`, beside what is said of the item itself: for what it may be used, within
which limits, from when until when, by whose consent. A recipient acknowledges them before its people open the details;
its node screens against them at once, since protection waits for nobody. What ends ends the sending and the use, never
the protection, and brings no byte back that was sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from entente.ids import Hash, PartyId, SubjectId, is_hash, name
from entente.joint.act import Act, moment
from entente.joint.decisions import dissents
from entente.joint.rules import Case, Past, Rule, body_of, said

LONGEST_WORDS, LONGEST_REFERENCE, LONGEST_ID = 500, 200, 100
"""[characters] Of free text beside the closed lists, of a reference to a consent, of a site's id."""
MOST_SITES = 64
"""Sites that one withdrawal names; none named means all."""
KINDS = ("sites", "operation", "movement")
"""What is released on terms: lists of sites, operations and movements."""


class Purpose(StrEnum):
    """The closed list of what a released detail is for (JOINT-110)."""

    KEEP_AWAY = "keep_away"
    KEEP_APART = "keep_apart"
    LET_RELIEF_PASS = "let_relief_pass"
    INQUIRY = "inquiry"


class Limit(StrEnum):
    """The closed list of limits to its use. None is ever passed on without its originator's consent, said or not."""

    NOT_EXPORTED = "not_exported"
    NOT_COMBINED = "not_combined"
    DUTY_STAFF_ONLY = "duty_staff_only"
    DESTROYED_AT_END = "destroyed_at_end"


class Why(StrEnum):
    """The closed list of why a release is withdrawn."""

    CONSENT_WITHDRAWN = "consent_withdrawn"
    LIMITS_BROKEN = "limits_broken"
    NO_LONGER_NEEDED = "no_longer_needed"


# -- what can be said --------------------------------------------------------------------------------------------------


class Terms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`release.terms`: for these parties, from now on; it replaces what was said to them of the item before.

    Empty `start` is at once, empty `until` without end. `consent` refers to the operator's consent, wherever that is
    kept; `onward` is the leaf of the originator's consent when the item holds what another released to its author.
    """

    to: tuple[PartyId, ...]
    purpose: Purpose
    limits: tuple[Limit, ...] = ()
    words: str = ""
    start: str = ""
    until: str = ""
    consent: str = ""
    onward: str = ""


class Acknowledge(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`release.acknowledge`: we have read the terms with this leaf, this purpose and these limits, and keep to them."""

    terms: Hash
    purpose: Purpose
    limits: tuple[Limit, ...]


class Withdraw(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`release.withdraw`: nothing more is sent under these terms; what was sent is used no longer, and stays sent."""

    terms: Hash
    why: Why
    sites: tuple[str, ...] = ()


class Onward(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`release.onward`: `by` may pass on to `to` what it was given under these terms, until then."""

    terms: Hash
    by: PartyId
    to: PartyId
    until: str


# -- what is then true -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """When by its author's clock, why, and of which sites; none named is all."""

    at: datetime
    why: Why
    sites: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """The terms on which one party holds an item now, whether it has acknowledged them, and what was withdrawn."""

    by: PartyId
    to: PartyId
    leaf: Hash
    at: datetime
    terms: Terms
    acknowledged_at: datetime | None
    withdrawals: tuple[Withdrawal, ...]

    @property
    def withdrawn(self) -> Withdrawal | None:
        """The withdrawal of the whole, if there is one."""
        return next((w for w in self.withdrawals if not w.sites), None)

    @property
    def ends_at(self) -> datetime | None:
        """When sending and use end: by a withdrawal of the whole or by the period; None while neither is known."""
        ends = [self.withdrawn.at] if self.withdrawn else []
        return min([*ends, *([moment(self.terms.until)] if self.terms.until else [])], default=None)

    def running(self, now: datetime) -> bool:
        """Whether details may be sent at `now`; never once a withdrawal is known, whoever's clock was ahead."""
        begun = not self.terms.start or moment(self.terms.start) <= now
        return begun and self.withdrawn is None and (self.ends_at is None or now < self.ends_at)


def subject(item: str) -> SubjectId:
    """Return the subject under which an item's terms stand."""
    return SubjectId(f"release/{item}")


def originator(name: str) -> str | None:
    """Return the party whose item a subject of terms is about, or None when it is no such subject."""
    words = name.split("/")
    return words[2] if len(words) == 4 and words[0] == "release" and words[1] in KINDS and all(words) else None


def standing(item: str, past: Past, party: str) -> Release | None:
    """Return the terms on which `party` holds an item; None when it was given without any, or not at all."""
    name = subject(item)
    given = [e.act for e in said(past, name, "release.terms") if party in body_of(e.act, Terms).to]
    if not given:
        return None
    last = given[-1]
    read = [
        e.act.at
        for e in said(past, name, "release.acknowledge", party)
        if body_of(e.act, Acknowledge).terms == last.leaf
    ]
    ended = [e.act for e in said(past, name, "release.withdraw") if body_of(e.act, Withdraw).terms == last.leaf]
    return Release(
        by=last.party, to=PartyId(party), leaf=last.leaf, at=last.at, terms=body_of(last, Terms),
        acknowledged_at=read[0] if read else None, withdrawals=tuple(map(_withdrawal, ended)),
    )  # fmt: skip


def recipients(item: str, past: Past) -> list[PartyId]:
    """Return everyone to whom an item was given on terms, by name."""
    given = said(past, subject(item), "release.terms")
    return sorted({party for event in given for party in body_of(event.act, Terms).to})


def _withdrawal(act: Act) -> Withdrawal:
    body = body_of(act, Withdraw)
    return Withdrawal(at=act.at, why=body.why, sites=body.sites)


def may_pass_on(item: str, past: Past, by: str, to: str, at: datetime) -> tuple[Hash, Onward] | None:
    """Return the originator's consent that `by` passes an item on to `to`, by its leaf, while it lasts; else None."""
    release = standing(item, past, by)
    if release is None or not release.running(at):
        return None
    for event in reversed(said(past, subject(item), "release.onward")):
        body = body_of(event.act, Onward)
        if (body.terms, body.by, body.to) == (release.leaf, by, to) and at < moment(body.until):
            return event.act.leaf, body
    return None


def row(name: SubjectId, past: Past) -> Mapping[str, Any]:
    """Return the row of an item's terms: what was given to whom, acknowledged, withdrawn, and consented to onward."""
    return {
        "terms": [[e.act.leaf, list(body_of(e.act, Terms).to)] for e in said(past, name, "release.terms")],
        "acknowledged": [
            [e.act.party, body_of(e.act, Acknowledge).terms] for e in said(past, name, "release.acknowledge")
        ],
        "withdrawn": [
            [w.terms, str(w.why), list(w.sites)]
            for w in (body_of(e.act, Withdraw) for e in said(past, name, "release.withdraw"))
        ],
        "onward": [
            [o.terms, o.by, o.to, o.until] for o in (body_of(e.act, Onward) for e in said(past, name, "release.onward"))
        ],
        "dissents": dissents(name, past),
    }


# -- what may be said --------------------------------------------------------------------------------------------------


def _originators(judge: Callable[[Case], str | None]) -> Callable[[Case], str | None]:
    """An item's terms are its originator's: nobody else gives, narrows or ends them."""

    def judged(case: Case) -> str | None:
        mine = originator(case.act.statement.subject) == case.act.party
        return judge(case) if mine else "release.other_party"

    return judged


@_originators
def _terms(case: Case) -> str | None:
    body = case.body(Terms)
    others = case.agreement.circle(case.circle).members - {case.act.party}
    if not body.to or list(body.to) != sorted(set(body.to)) or not set(body.to) <= others:
        return "release.recipients"
    fits = len(body.words) <= LONGEST_WORDS and len(body.consent) <= LONGEST_REFERENCE
    if not fits or list(body.limits) != sorted(set(body.limits)) or not (not body.onward or is_hash(body.onward)):
        return "release.words"
    start, until = (moment(text) if text else None for text in (body.start, body.until))
    return "release.period" if until is not None and (start or case.act.at) >= until else None


def _acknowledge(case: Case) -> str | None:
    body, name = case.body(Acknowledge), case.act.statement.subject
    held = standing(name.removeprefix("release/"), case.past, case.act.party) if originator(name) else None
    if held is None:
        return "release.unknown"
    named = (body.terms, body.purpose, body.limits)
    return None if named == (held.leaf, held.terms.purpose, held.terms.limits) else "release.changed"


@_originators
def _withdraw(case: Case) -> str | None:
    body = case.body(Withdraw)
    named = list(body.sites)
    if len(named) > MOST_SITES or named != sorted(set(named)) or any(not 0 < len(s) <= LONGEST_ID for s in named):
        return "release.sites"
    return None if body.terms in _given(case) else "release.unknown"


@_originators
def _onward(case: Case) -> str | None:
    body = case.body(Onward)
    name(body.to, "party")
    if moment(body.until) <= case.act.at or body.to in (body.by, case.act.party):
        return "release.onward"
    held = _given(case).get(body.terms)
    return None if held is not None and body.by in held.to else "release.unknown"


def _given(case: Case) -> dict[Hash, Terms]:
    given = said(case.past, case.act.statement.subject, "release.terms", case.act.party)
    return {event.act.leaf: body_of(event.act, Terms) for event in given}


RULES: Mapping[str, Rule] = {
    "release.terms": Rule(judge=_terms),
    "release.acknowledge": Rule(judge=_acknowledge),
    "release.withdraw": Rule(judge=_withdraw),
    "release.onward": Rule(judge=_onward),
}
