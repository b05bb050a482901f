"""Standings: what covers an operation, and what covered it when it was activated (JOINT-46…JOINT-49).

"No objection" exists only when every other decider's own feed holds its latest decision on the owner's latest version,
and it says so. Two conflicting operations therefore share a feed, and that feed's order shows that its second signer
knew of both.

    mode            all others said                  any other said     nothing, or not all
    flight_safety   acknowledge  → notified          –                  noticed
    independent     no_objection → no_objection      objection →        proven for each → unopposed
                                                     objected           else noticed

A standing is *final* once every signatory has acknowledged the entries that make it, or the agreement's witness has
cosigned them: what is then lost or forked cannot take it back unknowingly (JOINT-107). An activation is judged at its
`seen` and labelled for ever by what covered it there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from entente.ids import CircleId, Hash, Origin, PartyId, SubjectId, party_of
from entente.joint import keys, operations, silence, witness
from entente.joint.act import Act
from entente.joint.agreement import Agreement
from entente.joint.decisions import Answer, Decide, dissents, latest
from entente.joint.operations import Operation, plain_version, read
from entente.joint.rules import Case, Event, Past, Rule, body_of


class Standing(StrEnum):
    """What covers an operation."""

    NOTIFIED = "notified"
    NO_OBJECTION = "no_objection"
    UNOPPOSED = "unopposed"
    OBJECTED = "objected"
    NOTICED = "noticed"


ENOUGH = frozenset({Standing.NO_OBJECTION, Standing.NOTIFIED, Standing.UNOPPOSED})
"""What may be activated under at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """What covers an operation at a cut. `enough` says whether it may be activated without declaring a threat."""

    standing: Standing
    deciders: tuple[PartyId, ...]
    forked: bool
    doubtful: bool
    """Whether an answer that makes it was signed by a key that its party has revoked as of then, or before (KEY-16)."""
    enough: bool
    final: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """A standing and the entries that make it: answers to the latest version, and lapses by whose silence they show."""

    standing: Standing
    answers: tuple[Event, ...]
    silent: Mapping[PartyId, tuple[Event, silence.Silence]]
    agreement: Agreement

    def places(self, operation: Operation) -> list[tuple[Origin, int]]:
        """Return the entries that the standing rests on."""
        latest, shown = operation.latest, self.silent.items()
        found = [(Origin(latest.origin), latest.seq)] + [(e.origin, e.seq) for e in self.answers]
        found += [(event.origin, event.seq) for _, (event, _) in shown]
        return found + [(silence.feed_of(party, self.agreement), s.dated) for party, (_, s) in shown]


def standing(operation: Operation, past: Past, circle: CircleId) -> tuple[Standing, list[Event]]:
    """Return the standing at a cut and the decisions that make it."""
    found = basis(operation, past, circle)
    return found.standing, list(found.answers)


def basis(operation: Operation, past: Past, circle: CircleId) -> Basis:
    """Return the standing at a cut and all that makes it. An answer counts instead of any lapse (JOINT-106)."""
    agreement = past.agreement(operation.agreement)
    assert agreement is not None, "an operation is only read under an agreement that is held"
    others = [p for p in agreement.circle(circle).deciders if p != operation.owner]
    events = [latest(operation, past, party) for party in others]
    named = tuple(e for e in events if e is not None and _names(e, operation.latest.leaf))
    answers = [body_of(e.act, Decide).answer for e in named]
    answered = {party_of(e.origin) for e in named}
    silent = {p: shown for p, shown in silence.lapses(operation, past).items() if p in others and p not in answered}
    wanted, gives = (
        (Answer.ACKNOWLEDGE, Standing.NOTIFIED)
        if agreement.mode == "flight_safety"
        else (Answer.NO_OBJECTION, Standing.NO_OBJECTION)
    )
    whole = bool(others) and len(answers) + len(silent) == len(others) and all(answer is wanted for answer in answers)
    if Answer.OBJECTION in answers:
        now = Standing.OBJECTED
    elif whole:
        now = Standing.UNOPPOSED if silent else gives
    else:
        now = Standing.NOTICED
    return Basis(standing=now, answers=named, silent=silent, agreement=agreement)


def final(operation: Operation, past: Past, found: Basis) -> bool:
    """Whether nothing that the standing rests on can be taken back unknowingly; a mere notice never is (JOINT-107).

    Every signatory holds it, by its own feed, or the agreement's witness has cosigned the heads that hold it.
    """
    if found.standing is Standing.NOTICED:
        return False
    places, cosigned = found.places(operation), witness.witnessed(past, found.agreement)
    if all(cosigned.get(origin, 0) > seq for origin, seq in places):
        return True
    held = {party: past.acknowledged(party) for party in found.agreement.signatories}
    return all(
        party == party_of(origin) or sizes.get(origin, 0) > seq
        for party, sizes in held.items()
        for origin, seq in places
    )


def cover(operation: Operation, past: Past, circle: CircleId, at: datetime) -> Cover:
    """Return what covers the operation's latest version at a cut, for an activation dated `at` by its owner.

    `noticed` is enough once the agreed notice has passed by the owner's own clock (R-06: independent action). A
    cover that stands behind the parting of a forked feed permits nothing (DESIGN, Joint state 11).
    """
    found = basis(operation, past, circle)
    now, places = found.standing, found.places(operation)
    forked = any((parting := past.parting(origin)) is not None and seq >= parting for origin, seq in places)
    doubtful = any(keys.doubtful(past, event.act) is not None for event in found.answers)
    waited = at - operation.latest.act_at >= timedelta(seconds=found.agreement.times.independent_notice_s)
    enough = not (forked or doubtful) and (now in ENOUGH or (now is Standing.NOTICED and waited))
    deciders = tuple(sorted(party_of(e.origin) for e in found.answers))
    return Cover(
        standing=now,
        deciders=deciders,
        forked=forked,
        doubtful=doubtful,
        enough=enough,
        final=final(operation, past, found),
    )


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
            found.append(
                {
                    "how": "after" if past.cites(event, activation.act) else "crossed",
                    "leaf": event.act.leaf,
                    "party": event.act.party,
                }
            )
    return found


def row(name: SubjectId, past: Past, circle: CircleId, before: Callable[[Act], Past]) -> Mapping[str, Any] | None:
    """Return the operation's row of the state. `before(act)` is the past of an act.

    Where its owner's branches say different things of it, the row has one more under `branches` for each of the others.
    """
    operation = read(name, past)
    if operation is None:
        return None
    parted = [row(name, other, circle, before) for other in past.others(name, operation.owner)]
    return {**_row(operation, past, circle, before), **({"branches": [one for one in parted if one]} if parted else {})}


def _row(operation: Operation, past: Past, circle: CircleId, before: Callable[[Act], Past]) -> dict[str, Any]:
    found = basis(operation, past, circle)
    covered = cover(operation, past, circle, operation.latest.act_at)
    return {
        **({"doubtful": True} if covered.doubtful else {}),
        "owner": operation.owner,
        "phase": operation.phase,
        "version": plain_version(operation.latest),
        "standing": str(found.standing),
        "final": covered.final,
        "forked": covered.forked,
        "by": {e.act.party: {"answer": str(body_of(e.act, Decide).answer), "leaf": e.act.leaf} for e in found.answers},
        "silent": {party: event.act.leaf for party, (event, _) in found.silent.items()},
        "activations": [
            _activation(operation, past, circle, a.event, before(a.event.act)) for a in operation.activations
        ],
        "dissents": dissents(operation.subject, past),
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
        "cover_final": covered.final,
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
