"""Incidents that the parties must agree about: a fork, proven by two signed heads (JOINT-70, JOINT-180…186).

In every cut that holds the report, or both branches, what stands behind the parting permits nothing; verdicts and
labels stay, and protections of every branch count.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from entente.ids import SubjectId, epoch_of, feed_of
from entente.joint.rules import Case, Event, Past, Rule, body_of, said
from entente.joint.staff import Certify, certified


class Fork(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`fork.report`: the evidence itself, as `feed.fork` spells it; `parting` is the size at which its roots differ."""

    origin: str
    evidence: str
    parting: int


def subject(origin: str) -> SubjectId:
    """Return the subject under which forks of a feed stand."""
    return SubjectId(f"fork/{origin}")


def reports(name: SubjectId, past: Past, party: str | None = None) -> list[Event]:
    """Return the reports of a feed's forks."""
    return said(past, name, "fork.report", party)


def reports_of(origin: str, past: Past) -> list[Event]:
    """Return the reports of forks of a feed.

    The proof shows that the branches differ within the smaller head, not where. Until both branches are held, nothing
    of that feed is shared for certain: permissions wait; protections do not.
    """
    return reports(subject(origin), past)


def forked(report: Event) -> str:
    """Return the feed that a report proves to have forked."""
    return body_of(report.act, Fork).origin


def within(report: Event) -> int:
    """Return the size at which a report proves that a feed has two roots."""
    return body_of(report.act, Fork).parting


def evidence(report: Event) -> str:
    """Return the evidence in a report."""
    return body_of(report.act, Fork).evidence


def row(name: SubjectId, past: Past) -> Mapping[str, Any]:
    """Return the row of a forked feed."""
    return {"reports": [[e.act.party, body_of(e.act, Fork).parting, e.act.leaf] for e in reports(name, past)]}


def _report(case: Case) -> str | None:
    body = case.body(Fork)
    if case.act.statement.subject != subject(body.origin):
        return "fork.subject"
    party = body.origin.split("/")[0]
    known = certified(case.past, party)
    # A new epoch begins under the last keys of the one before.
    before = [event for event in known if epoch_of(event.origin) < epoch_of(body.origin)]
    cards = before[-1:] + [event for event in known if feed_of(event.origin) == body.origin] or known
    if not cards:
        return "fork.unknown"
    # Every pair of keys that the log ever had: who lost an old one cannot say that it was somebody else's (KEY-13).
    history = [(event.seq, body_of(event.act, Certify).card) for event in cards]
    proven = case.checks.fork(history, body.origin, body.evidence)
    return None if proven is not None and proven == body.parting else "fork.unproven"


RULES: Mapping[str, Rule] = {"fork.report": Rule(judge=_report, only_all=True, machine=True, before_force=True)}
