"""The line between officers on duty: STOP, which any of them may send and any may receive (R-18, JOINT-50).

A STOP counts as soon as its own signature verifies, whatever the state of its feed; here it also becomes state. It
forbids nothing by itself: it is shown first, everywhere, until its sender lifts it, and its acknowledgement is timed.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec

from entente.ids import Hash, SubjectId
from entente.joint.rules import Case, Past, Rule, body_of


class Reason(StrEnum):
    """Why a STOP was sent; words follow by the line, not in the frame."""

    FRIENDLY_FORCES = "own_forces_present"
    CIVILIANS = "civilians_present"
    PROTECTED_SITE = "protected_site"
    WRONG_POSITION = "wrong_position"
    AIRCRAFT_SAFETY = "aircraft_safety"
    OTHER = "other"


class Stop(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`stop.send`: stop this operation, or everything in the circle when `operation` is empty."""

    reason: Reason
    operation: str = ""
    note: str = ""


class About(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`stop.acknowledge`, `stop.lift`: the STOP meant, by its leaf."""

    stop: Hash


def subject(party: str, name: str) -> SubjectId:
    """Return the subject of one STOP."""
    return SubjectId(f"stop/{party}/{name}")


def row(name: SubjectId, past: Past) -> Mapping[str, Any] | None:
    """Return the row of a STOP: what it says, who acknowledged it when, whether it was lifted."""
    events = past.events(name)
    sent = next((e for e in events if e.verb == "stop.send"), None)
    if sent is None:
        return None
    body = body_of(sent.act, Stop)
    return {
        "by": sent.act.party,
        "reason": str(body.reason),
        "operation": body.operation,
        "leaf": sent.act.leaf,
        "acknowledged": sorted({e.act.party for e in events if e.verb == "stop.acknowledge"}),
        "lifted": any(e.verb == "stop.lift" for e in events),
    }


def stopped(name: SubjectId, past: Past, subjects: list[SubjectId]) -> list[Hash]:
    """Return the leaves of the STOPs that stand against an operation, among `subjects`."""
    rows = [row(s, past) for s in subjects if s.startswith("stop/")]
    return [r["leaf"] for r in rows if r and not r["lifted"] and r["operation"] in ("", name)]


def _send(case: Case) -> str | None:
    body, name = case.body(Stop), case.act.statement.subject
    if len(body.note) > 200:
        return "stop.note"
    if not name.startswith(f"stop/{case.act.party}/") or case.past.events(name):
        return "stop.subject"
    return None


def _about(case: Case) -> str | None:
    sent = [e for e in case.past.events(case.act.statement.subject) if e.verb == "stop.send"]
    if not sent or sent[0].act.leaf != case.body(About).stop:
        return "stop.unknown"
    return None


def _lift(case: Case) -> str | None:
    own = case.act.statement.subject.startswith(f"stop/{case.act.party}/")
    return _about(case) or (None if own else "stop.other_party")


RULES: Mapping[str, Rule] = {
    "stop.send": Rule(judge=_send),
    "stop.acknowledge": Rule(judge=_about),
    "stop.lift": Rule(judge=_lift),
}
