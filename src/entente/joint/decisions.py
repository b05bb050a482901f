"""Decisions: what the other deciders say of an operation (JOINT-40…JOINT-45).

A decision names one version by its leaf, so any change voids it. A person gives it, or a node within the limits of a
standing decision that its senior officer signed. A dissent travels with the item and changes no standing.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec

from entente.ids import Hash, SubjectId
from entente.joint.act import moment
from entente.joint.operations import CLOSED, Operation, owner_of, read
from entente.joint.rules import Case, Event, Past, Rule, body_of, said


class Answer(StrEnum):
    """What a decider may say of another's operation."""

    ACKNOWLEDGE = "acknowledge"
    NO_OBJECTION = "no_objection"
    OBJECTION = "objection"


# -- what can be said --------------------------------------------------------------------------------------------------


class Decide(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`decision.give`: an answer to one version. `screening` is the commitment of that detail; `findings` counts what
    was found, all of it in the details ``findings-…``, one for each set of readers; `undisclosed` counts operations of
    the circle whose plan the signer did not hold. `under` is the leaf of the standing decision that answered, empty
    when a person did.
    """

    version: Hash
    answer: Answer
    screening: str = ""
    findings: int = 0
    opened: tuple[Hash, ...] = ()
    """Commitments of the details that the signer had opened: the plan, as a rule."""
    undisclosed: int = 0
    under: str = ""


class Dissent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`dissent.give`: a doubt that travels with the item (R-21). It changes no standing and is never removed."""

    item: Hash


class StandingDecision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`standing_decision.give`: answer for me when the operation is of these kinds, has no finding, until then."""

    answer: Answer
    kinds: tuple[str, ...]
    until: str
    areas: tuple[str, ...] = ()
    """When not empty, only operations that name one of these areas or several, and none but these."""


class Revoke(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`standing_decision.revoke`: no longer."""

    given: Hash


ANSWERS: Mapping[str, frozenset[Answer]] = {
    "flight_safety": frozenset({Answer.ACKNOWLEDGE}),
    "independent": frozenset({Answer.ACKNOWLEDGE, Answer.NO_OBJECTION, Answer.OBJECTION}),
}

# -- what is then true -------------------------------------------------------------------------------------------------


def latest(operation: Operation, past: Past, party: str) -> Event | None:
    """Return a decider's latest decision on the operation, whichever version it names."""
    given = said(past, operation.subject, "decision.give", party)
    return given[-1] if given else None


def dissents(name: SubjectId, past: Past) -> list[dict[str, str]]:
    """Return the dissents that travel with an item."""
    return [
        {"party": e.act.party, "leaf": e.act.leaf, "item": body_of(e.act, Dissent).item}
        for e in said(past, name, "dissent.give")
    ]


def standing_subject(party: str) -> SubjectId:
    """Return the one subject per circle under which a party's standing decision stands; a new one replaces it."""
    return SubjectId(f"standing-decision/{party}/default")


def standing_decision(name: SubjectId, past: Past, given: str) -> tuple[Event, StandingDecision] | None:
    """Return a standing decision that stands: the party's latest on the subject, unrevoked, with the leaf `given`."""
    events = [e for e in past.events(name, owner_of(name)) if e.verb.startswith("standing_decision.")]
    if not events or events[-1].verb != "standing_decision.give" or events[-1].act.leaf != given:
        return None
    return events[-1], body_of(events[-1].act, StandingDecision)


def standing_row(name: SubjectId, past: Past) -> Mapping[str, Any]:
    """Return the row of a standing decision."""
    return {"acts": [[e.verb, e.act.leaf] for e in past.events(name)]}


# -- what may be said --------------------------------------------------------------------------------------------------


def _decide(case: Case) -> str | None:
    act, body = case.act, case.body(Decide)
    operation = read(act.statement.subject, case.past)
    if operation is None:
        return "operation.unknown"
    agreement = case.past.agreement(operation.agreement)
    assert agreement is not None, "an operation is only read under an agreement that is held"
    if act.party == operation.owner or act.party not in agreement.circle(case.circle).deciders:
        return "decision.not_decider"
    if operation.phase in CLOSED:
        return f"operation.{operation.phase}"
    if body.version != operation.latest.leaf:
        return "decision.stale"
    if body.answer not in ANSWERS[agreement.mode]:
        return "decision.answer"
    named = any(name.startswith("findings-") for name, _ in act.statement.details)
    listed = {digest for _, digest in act.statement.details}
    if named != (body.findings > 0) or (body.screening and body.screening not in listed):
        return "decision.findings"
    return None if act.statement.signer is not None else _under(case, operation, body)


def _under(case: Case, operation: Operation, body: Decide) -> str | None:
    """A node may answer by itself only within its officer's standing decision."""
    found = standing_decision(standing_subject(case.act.party), case.past, body.under)
    if found is None:
        return "standing_decision.unknown"
    rule, version = found[1], operation.latest.body
    inside = (
        body.answer is rule.answer
        and not body.findings
        and not body.undisclosed
        and version.kind in rule.kinds
        and case.act.at < moment(rule.until)
        and (not rule.areas or (version.areas != () and set(version.areas) <= set(rule.areas)))
    )
    return None if inside else "standing_decision.limits"


def _dissent(case: Case) -> str | None:
    item = case.body(Dissent).item
    known = {e.act.leaf for e in case.past.events(case.act.statement.subject)}
    return None if item in known else "dissent.item"


def _standing_give(case: Case) -> str | None:
    body = case.body(StandingDecision)
    if case.act.statement.subject != standing_subject(case.act.party):
        return "standing_decision.subject"
    moment(body.until)
    return None if body.answer in ANSWERS[case.agreement.mode] else "decision.answer"


def _standing_revoke(case: Case) -> str | None:
    given = case.body(Revoke).given
    if case.act.statement.subject != standing_subject(case.act.party):
        return "standing_decision.subject"
    return None if standing_decision(case.act.statement.subject, case.past, given) else "standing_decision.unknown"


RULES: Mapping[str, Rule] = {
    "decision.give": Rule(judge=_decide, machine=True),
    "dissent.give": Rule(judge=_dissent),
    "standing_decision.give": Rule(judge=_standing_give),
    "standing_decision.revoke": Rule(judge=_standing_revoke),
}
