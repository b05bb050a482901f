"""Accession: when a party has signed an agreement, and from when it is in force (R-07, R-14, JOINT-60…).

Every signatory's own feed holds its signature on the hash of the same content. A party gives one answer to each
question, what comes first or what follows a predecessor, and never takes it back (docs/adr/0009).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from entente.ids import Hash, PartyId, SubjectId
from entente.joint.agreement import Agreement
from entente.joint.rules import Case, Event, Past, Rule, body_of, said

TEXT = "agreement"
"""Name of the detail that carries an agreement's content beside a signature on it, to every party."""


class Sign(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`agreement.sign`: this party signs the agreement with this hash."""

    digest: Hash


def subject(agreement: Agreement) -> SubjectId:
    """Return the subject under which answers to one question stand: what follows this predecessor, or comes first."""
    return SubjectId(f"agreement/{agreement.text.predecessor or 'first'}")


def complete(agreement: Agreement, past: Past) -> bool:
    """Whether every signatory's signature on this very hash stands in the past, and every one of its predecessor's.

    Who leaves signs too: nobody is amended away.
    """
    needed = set(agreement.signatories)
    if agreement.text.predecessor:
        before = past.agreement(Hash(agreement.text.predecessor))
        if before is None:
            return False
        needed.update(before.signatories)
    events = signatures(subject(agreement), past)
    return needed <= {e.act.party for e in events if body_of(e.act, Sign).digest == agreement.digest}


def signatures(name: SubjectId, past: Past, party: str | None = None) -> list[Event]:
    """Return the signatures in answer to one question."""
    return said(past, name, "agreement.sign", party)


def in_force(agreement: Agreement, past: Past, at: datetime, successors: list[Agreement]) -> bool:
    """Whether the agreement is in force for an act at `at`: complete, started, and not yet succeeded (R-14)."""
    return (
        complete(agreement, past)
        and agreement.starts <= at
        and not any(s.starts <= at and complete(s, past) for s in successors)
    )


def row(name: SubjectId, past: Past) -> Mapping[str, Any]:
    """Return the row of an agreement: who has signed what, in answer to the same question."""
    return {"signed": {e.act.party: [body_of(e.act, Sign).digest, e.act.leaf] for e in signatures(name, past)}}


def _sign(case: Case) -> str | None:
    agreement = case.past.agreement(case.body(Sign).digest)
    if agreement is None or case.act.statement.subject != subject(agreement):
        return "agreement.unknown"
    if case.act.party not in (*agreement.signatories, *_predecessors(case, agreement)):
        return "agreement.not_signatory"
    # One answer per predecessor, never taken back: two successors can then never both be complete (ADR 0009).
    return "agreement.answered" if signatures(case.act.statement.subject, case.past, case.act.party) else None


def _predecessors(case: Case, agreement: Agreement) -> tuple[PartyId, ...]:
    before = case.past.agreement(Hash(agreement.text.predecessor)) if agreement.text.predecessor else None
    return before.signatories if before else ()


RULES: Mapping[str, Rule] = {"agreement.sign": Rule(judge=_sign, before_force=True, only_all=True)}
