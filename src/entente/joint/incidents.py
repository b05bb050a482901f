"""Incidents that the parties must agree about: a fork, proven by two signed heads (JOINT-70).

In every cut that holds the report, what stands behind the parting permits nothing; verdicts and labels stay, and
protections of every branch count.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from entente.ids import SubjectId
from entente.joint.rules import Case, Past, Rule, body_of
from entente.joint.staff import Certify, keys_subject


class Fork(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`fork.report`: the evidence itself, as `feed.fork` spells it; `parting` is the smaller head's size."""

    origin: str
    evidence: str
    parting: int


def subject(origin: str) -> SubjectId:
    """Return the subject under which forks of a feed stand."""
    return SubjectId(f"fork/{origin}")


def parting(origin: str, past: Past) -> int | None:
    """Return the earliest proven parting of a feed.

    The proof shows that the branches differ within the smaller head, not where: so everything is behind the parting
    that the smaller head does not share for certain, which is all of that feed. Permissions wait; protections do not.
    """
    events = past.events(subject(origin))
    return 0 if any(body_of(e.act, Fork).parting >= 0 for e in events) else None


def row(name: SubjectId, past: Past) -> Mapping[str, Any]:
    """Return the row of a forked feed."""
    return {"reports": [[e.act.party, body_of(e.act, Fork).parting, e.act.leaf] for e in past.events(name)]}


def _report(case: Case) -> str | None:
    body = case.body(Fork)
    if case.act.statement.subject != subject(body.origin):
        return "fork.subject"
    party = body.origin.split("/")[0]
    cards = case.past.events(keys_subject(party), party)
    if not cards:
        return "fork.unknown"
    proven = case.checks.fork(body_of(cards[-1].act, Certify).card, body.origin, body.evidence)
    return None if proven is not None and proven == body.parting else "fork.unproven"


RULES: Mapping[str, Rule] = {"fork.report": Rule(judge=_report, only_all=True, machine=True, before_force=True)}
