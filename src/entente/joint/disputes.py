"""Disputes: a recipient says on the record that a listing is wrong, and why (JOINT-160…JOINT-163).

A dispute takes nothing away: the site is screened as before, and marked. Only its notifier ends a listing, and only who
raised a dispute ends it. The reasons are a closed list, and none of them says that a place may be attacked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from entente.ids import Hash, PartyId, SubjectId
from entente.joint import ladder
from entente.joint.releases import LONGEST_ID
from entente.joint.rules import Case, Past, Rule, body_of, said


class Reason(StrEnum):
    """The closed list of why a listing is disputed."""

    WRONG_POSITION = "wrong_position"
    NOT_FOUND = "not_found"
    FUNCTION_CHANGED = "function_changed"
    CLOSED = "closed"
    DUPLICATE = "duplicate"
    NOT_VERIFIED = "not_verified"


class Dispute(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`dispute.give`: of the notice with this leaf, this site; words are a detail."""

    item: Hash
    site: str
    reason: Reason


class End(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`dispute.end`: we dispute it no longer."""

    dispute: Hash


@dataclass(frozen=True, slots=True, kw_only=True)
class Disputed:
    """A dispute on the record: by whom, when by that party's clock, about which site of which notice."""

    leaf: Hash
    party: PartyId
    at: datetime
    item: Hash
    site: str
    reason: Reason
    ended_at: datetime | None


def disputes(name: SubjectId, past: Past) -> list[Disputed]:
    """Return every dispute about a list's sites or a movement, ended ones too: none is ever removed."""
    ended = {body_of(e.act, End).dispute: e.act.at for e in said(past, name, "dispute.end")}
    found = []
    for event in said(past, name, "dispute.give"):
        act, body = event.act, body_of(event.act, Dispute)
        found.append(
            Disputed(
                leaf=act.leaf,
                party=act.party,
                at=act.at,
                item=body.item,
                site=body.site,
                reason=body.reason,
                ended_at=ended.get(act.leaf),
            )
        )
    return found


def standing(name: SubjectId, past: Past) -> frozenset[str]:
    """Return the sites of a list that somebody disputes now, by id."""
    return frozenset(one.site for one in disputes(name, past) if one.ended_at is None)


def rows(name: SubjectId, past: Past) -> dict[str, Any]:
    """Return what a subject's row says of disputes: nothing at all where there was none."""
    found = disputes(name, past)
    return (
        {"disputes": [[d.leaf, d.party, d.site, str(d.reason), d.ended_at is not None] for d in found]} if found else {}
    )


def _give(case: Case) -> str | None:
    body, name = case.body(Dispute), case.act.statement.subject
    if body.item not in ladder.notices(name, case.past):
        return "ladder.unknown"
    if name.split("/")[1] == case.act.party:
        return "dispute.own"
    return None if 0 < len(body.site) <= LONGEST_ID else "dispute.site"


def _end(case: Case) -> str | None:
    name = case.act.statement.subject
    found = next((d for d in disputes(name, case.past) if d.leaf == case.body(End).dispute), None)
    if found is None or found.ended_at is not None:
        return "dispute.unknown"
    return None if found.party == case.act.party else "dispute.other_party"


RULES: Mapping[str, Rule] = {
    "dispute.give": Rule(judge=_give),
    "dispute.end": Rule(judge=_end),
}
