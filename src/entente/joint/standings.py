"""Standings: what covers an operation, and what covered it when it was activated (JOINT-46…JOINT-49).

"No objection" exists only when every other decider's own feed holds its latest decision on the owner's latest version,
and it says so. Two conflicting operations therefore share a feed, and that feed's order shows that its second signer
knew of both.

    mode            all others said                  any other said     nothing, or not all
    flight_safety   acknowledge  → notified          –                  noticed
    independent     no_objection → no_objection      objection →        noticed
                                                     objected

An activation is judged at its `seen` and labelled for ever by what covered it there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from entente.ids import CircleId, Hash, PartyId, SubjectId
from entente.joint import operations
from entente.joint.act import Act
from entente.joint.decisions import Answer, Decide, dissents, latest
from entente.joint.operations import Operation, plain_version, read
from entente.joint.rules import Case, Event, Past, Rule, body_of


class Standing(StrEnum):
    """What covers an operation."""

    NOTIFIED = "notified"
    NO_OBJECTION = "no_objection"
    OBJECTED = "objected"
    NOTICED = "noticed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """What covers an operation at a cut. `enough` says whether it may be activated without declaring a threat."""

    standing: Standing
    deciders: tuple[PartyId, ...]
    forked: bool
    enough: bool


def standing(operation: Operation, past: Past, circle: CircleId) -> tuple[Standing, list[Event]]:
    """Return the standing at a cut and the decisions that make it."""
    agreement = past.agreement(operation.agreement)
    assert agreement is not None, "an operation is only read under an agreement that is held"
    others = [p for p in agreement.circle(circle).deciders if p != operation.owner]
    events = [latest(operation, past, party) for party in others]
    named = [e for e in events if e is not None and _names(e, operation.latest.leaf)]
    answers = [body_of(e.act, Decide).answer for e in named]
    if Answer.OBJECTION in answers:
        return Standing.OBJECTED, named
    wanted, gives = (
        (Answer.ACKNOWLEDGE, Standing.NOTIFIED)
        if agreement.mode == "flight_safety"
        else (Answer.NO_OBJECTION, Standing.NO_OBJECTION)
    )
    whole = bool(others) and len(answers) == len(others) and all(answer is wanted for answer in answers)
    return (gives if whole else Standing.NOTICED), named


def cover(operation: Operation, past: Past, circle: CircleId, at: datetime) -> Cover:
    """Return what covers the operation's latest version at a cut, for an activation dated `at` by its owner.

    `noticed` is enough once the agreed notice has passed by the owner's own clock (R-06: independent action). A
    cover that stands behind the parting of a forked feed permits nothing (DESIGN, Joint state 11).
    """
    agreement = past.agreement(operation.agreement)
    assert agreement is not None, "an operation is only read under an agreement that is held"
    now, events = standing(operation, past, circle)
    places = [(operation.latest.origin, operation.latest.seq)] + [(e.act.origin, e.act.seq) for e in events]
    forked = any((parting := past.parting(origin)) is not None and seq >= parting for origin, seq in places)
    waited = at - operation.latest.act_at >= timedelta(seconds=agreement.times.independent_notice_s)
    enough = not forked and (now in (Standing.NO_OBJECTION, Standing.NOTIFIED) or (now is Standing.NOTICED and waited))
    deciders = tuple(sorted(e.act.party for e in events))
    return Cover(standing=now, deciders=deciders, forked=forked, enough=enough)


def _names(event: Event, version: Hash) -> bool:
    return body_of(event.act, Decide).version == version


def crossings(operation: Operation, past: Past, activation: Event, before: Past) -> list[dict[str, str]]:
    """Return every objection to the activated version that was not in the activation's past.

    *after* when it cites the activation, else *crossed*; a later decision erases none of them.
    """
    version = activation.act.statement.body["version"]
    found = []
    for event in past.events(operation.subject):
        if event.verb != "decision.give" or before.includes(event.act):
            continue
        body = body_of(event.act, Decide)
        if body.answer is Answer.OBJECTION and body.version == version:
            cites = any(h.origin == activation.act.origin and h.size > activation.act.seq for h in event.act.seen)
            found.append({"how": "after" if cites else "crossed", "leaf": event.act.leaf, "party": event.act.party})
    return found


def row(name: SubjectId, past: Past, circle: CircleId, before: Callable[[Act], Past]) -> Mapping[str, Any] | None:
    """Return the operation's row of the state. `before(act)` is the past of an act."""
    operation = read(name, past)
    if operation is None:
        return None
    now, events = standing(operation, past, circle)
    return {
        "owner": operation.owner,
        "phase": operation.phase,
        "version": plain_version(operation.latest),
        "standing": str(now),
        "forked": cover(operation, past, circle, operation.latest.act_at).forked,
        "by": {e.act.party: {"answer": str(body_of(e.act, Decide).answer), "leaf": e.act.leaf} for e in events},
        "activations": [
            _activation(operation, past, circle, a.event, before(a.event.act)) for a in operation.activations
        ],
        "dissents": dissents(name, past),
    }


def _activation(operation: Operation, past: Past, circle: CircleId, event: Event, before: Past) -> dict[str, Any]:
    then = read(operation.subject, before)
    assert then is not None, "a valid activation has its operation in its past"
    covered = cover(then, before, circle, event.act.at)
    return {
        "leaf": event.act.leaf,
        "version": event.act.statement.body["version"],
        "covered_by": str(covered.standing),
        "deciders": list(covered.deciders),
        "cover_forked": covered.forked,
        "threat": bool(event.act.statement.body.get("threat")),
        "objections": crossings(operation, past, event, before),
    }


def _activate(case: Case) -> str | None:
    body = case.body(operations.Activate)
    operation, code = operations.move(case, body.version)
    if operation is None:
        return code
    if body.version != operation.latest.leaf:
        return "operation.stale"
    if len(body.threat) > 500:
        return "operation.threat"
    covered = cover(operation, case.past, case.circle, case.act.at)
    return None if covered.enough or body.threat else "operation.uncovered"


RULES: Mapping[str, Rule] = {"operation.activate": Rule(judge=_activate)}
