"""Silence: when a decider's lack of an answer may be held against it (JOINT-104…JOINT-106).

The owner's officer signs a *lapse*. For each decider that it names it points at two entries of that decider's own
feed: one by which it held the version, and one dated by it at least the agreed period later, with no answer to that
version up to there, valid or void. Both times are the silent side's clock, so no two clocks are compared, and nobody is
found silent by what another says. A later answer replaces the lapse. The model is `spec/models/Lapse.tla`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import msgspec

from entente import ids
from entente.ids import Hash, Origin, PartyId
from entente.joint import operations
from entente.joint.agreement import Agreement
from entente.joint.operations import LAPSE, Operation
from entente.joint.rules import Case, Event, Past, Rule, body_of, said


class Silence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One decider's silence: the places, in its own feed, of the entry that held the version and of the dated one."""

    party: PartyId
    held: int
    dated: int


class Lapse(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`operation.lapse`: the owner's latest version, and each decider that is shown to have been silent, by name."""

    version: Hash
    silent: tuple[Silence, ...]


def feed_of(party: str, agreement: Agreement) -> Origin:
    """Return a party's first feed under an agreement: silence is shown from no later epoch (JOINT-197)."""
    return ids.origin(party, agreement.id, 1)


def attempts(operation: Operation, past: Past, party: str) -> list[Event]:
    """Return a party's answers to the latest version, valid or void: whoever tried to answer was not silent."""
    version = operation.latest.leaf
    given = (e for e in past.attempts(operation.subject, party) if e.verb == "decision.give")
    return [e for e in given if e.act.statement.body.get("version") == version]


def lapses(operation: Operation, past: Past) -> dict[PartyId, tuple[Event, Silence]]:
    """Return the lapses on the latest version, by the decider whose silence each shows; the newest of each."""
    found: dict[PartyId, tuple[Event, Silence]] = {}
    for event in said(past, operation.subject, LAPSE, operation.owner):
        body = body_of(event.act, Lapse)
        if body.version == operation.latest.leaf:
            found |= {silence.party: (event, silence) for silence in body.silent}
    return found


def proven(operation: Operation, past: Past, agreement: Agreement, silence: Silence) -> str | None:
    """Return the code of why an act's two entries do not show a decider's silence, or None when they do."""
    origin = feed_of(silence.party, agreement)
    held, dated = past.entry(origin, silence.held), past.entry(origin, silence.dated)
    if held is None or dated is None:
        return "lapse.unknown"
    if past.holds(held).get(Origin(operation.latest.origin), 0) <= operation.latest.seq:
        return "lapse.unheld"
    period = timedelta(seconds=agreement.times.answer_s)
    if silence.dated < silence.held or dated.act.at - held.act.at < period:
        return "lapse.early"
    if any(e.seq <= silence.dated for e in attempts(operation, past, silence.party)):
        return "lapse.answered"
    return None


def _lapse(case: Case) -> str | None:
    body = case.body(Lapse)
    operation = operations.read(case.act.statement.subject, case.past)
    if operation is None or operation.owner != case.act.party:
        return "operation.unknown"
    if operation.phase in operations.CLOSED:
        return f"operation.{operation.phase}"
    if body.version != operation.latest.leaf:
        return "operation.stale"
    agreement = case.past.agreement(operation.agreement)
    assert agreement is not None, "an operation is only read under an agreement that is held"
    if not agreement.text.unopposed:
        return "lapse.not_agreed"
    named = [silence.party for silence in body.silent]
    others = set(agreement.circle(case.circle).deciders) - {operation.owner}
    if not named or named != sorted(set(named)) or not others >= set(named):
        return "lapse.parties"
    codes = (proven(operation, case.past, agreement, silence) for silence in body.silent)
    return next((code for code in codes if code), None)


RULES: Mapping[str, Rule] = {LAPSE: Rule(judge=_lapse)}
