"""Notifications: a notifier's lists of protected sites, and the recipients' acknowledgement (JOINT-60…JOINT-64).

A notification is not a request for permission: silence, expiry or a poor position removes no protection, and only its
originator ends a site. One signed act names a list's chunks; the sites are details, in each recipient's own copy.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from entente.ids import Hash, SubjectId
from entente.joint.decisions import dissents
from entente.joint.rules import Case, Past, Rule, body_of

CHUNK = 256
"""Sites in one chunk, at most; each chunk is a detail with its own salt and can be released singly."""
MAX_CHUNKS = 100
"""Chunks in one issue, at most: an act has 16 KiB, and lists them all."""


class Notify(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`sites.notify`: additions, changes and ends since the list's last issue; `sites` counts them.

    `emergency` asks for the shorter of the theatre's two clocks, and stands in an act only where it is said.
    """

    issue: int
    sites: int
    purpose: str
    until: str = ""
    emergency: bool | msgspec.UnsetType = msgspec.UNSET


class Acknowledge(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`sites.acknowledge`: we hold this issue. It says nothing of what will be done."""

    issue: Hash


def subject(party: str, name: str) -> SubjectId:
    """Return the subject of a notifier's list."""
    return SubjectId(f"sites/{party}/{name}")


def issues(name: SubjectId, past: Past) -> list[tuple[Hash, Notify]]:
    """Return the list's issues in order, each by its leaf."""
    # Rules let nobody but a list's own notifier issue it, so no party need be asked for.
    return [(e.act.leaf, body_of(e.act, Notify)) for e in past.events(name) if e.verb == "sites.notify"]


def row(name: SubjectId, past: Past) -> Mapping[str, Any]:
    """Return the row of a list: its newest issue, and who acknowledged which."""
    listed = issues(name, past)
    return {
        "issues": [[leaf, body.sites] for leaf, body in listed],
        "acknowledged": [
            [e.act.party, body_of(e.act, Acknowledge).issue] for e in past.events(name) if e.verb == "sites.acknowledge"
        ],
        "dissents": dissents(name, past),
    }


def _notify(case: Case) -> str | None:
    body, name = case.body(Notify), case.act.statement.subject
    if not name.startswith(f"sites/{case.act.party}/"):
        return "sites.other_party"
    if body.issue != len(issues(name, case.past)) + 1:
        return "sites.issue"
    if not body.purpose.strip():
        return "sites.purpose"
    chunks = [n for n, _ in case.act.statement.details if n.startswith("chunk-")]
    return None if len(chunks) == -(-body.sites // CHUNK) else "sites.chunks"


def _acknowledge(case: Case) -> str | None:
    known = {leaf for leaf, _ in issues(case.act.statement.subject, case.past)}
    return None if case.body(Acknowledge).issue in known else "sites.unknown"


RULES: Mapping[str, Rule] = {
    "sites.notify": Rule(judge=_notify),
    "sites.acknowledge": Rule(judge=_acknowledge),
}
