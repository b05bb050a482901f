"""The agreement's witness: a neutral third whose cosignature says that a feed has shown it one history (JOINT-130…133).

A witness holds no entries and is no party, so it has no feed in which its word could stand. The node that got its
cosignature over a head of its own feed says so in that feed: `record.witnessed`. From then on everybody folds it alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from entente.ids import Origin, PartyId, SubjectId, feed_of
from entente.joint.agreement import Agreement
from entente.joint.rules import Case, Event, Past, Rule, body_of

WITNESSED = "record.witnessed"


class Witnessed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`record.witnessed`: the agreement's witness has cosigned the author's feed at `size`; the line's base64."""

    size: int
    cosignature: str


def subject(party: str) -> SubjectId:
    """Return the subject under which a party keeps what its witness cosigned."""
    return SubjectId(f"witness/{party}")


def last(past: Past, party: str, agreement: Agreement) -> Event | None:
    """Return a party's newest valid entry about the witness that an agreement names."""
    for event in past.newest(subject(party), party):
        under = past.agreement(event.act.statement.agreement)
        if under is not None and under.text.witness == agreement.text.witness:
            return event
    return None


def witnessed(past: Past, agreement: Agreement) -> Mapping[Origin, int]:
    """Return how much of each feed the agreement's witness has cosigned; nothing where it names none."""
    parties: list[PartyId] = list(agreement.parties) if agreement.text.witness else []
    found = ((party, last(past, party, agreement)) for party in parties)
    sizes: dict[Origin, int] = {}
    for _, event in found:
        if event is not None:
            sizes |= past.stretch(event.origin, body_of(event.act, Witnessed).size)
    return sizes


def row(name: SubjectId, past: Past) -> Mapping[str, Any] | None:
    """Return the row of what a party's witness cosigned: the newest head, whichever witness that was."""
    event = next(iter(past.newest(name, name.partition("/")[2])), None)
    return None if event is None else {"size": body_of(event.act, Witnessed).size, "leaf": event.act.leaf}


def _witnessed(case: Case) -> str | None:
    act, body, agreement = case.act, case.body(Witnessed), case.agreement
    if act.statement.subject != subject(act.party):
        return "witness.other_party"
    if not agreement.text.witness:
        return "witness.not_agreed"
    before = last(case.past, act.party, agreement)
    root = case.past.root(act.origin, body.size) if body.size >= 1 else None
    again = before is not None and feed_of(before.origin) == feed_of(act.origin)
    if root is None or (before is not None and again and body_of(before.act, Witnessed).size >= body.size):
        return "witness.head"
    holds = case.checks.witnessed(agreement.text.witness, feed_of(act.origin), body.size, root, body.cosignature)
    return None if holds else "witness.cosignature"


RULES: Mapping[str, Rule] = {WITNESSED: Rule(judge=_witnessed, only_all=True, machine=True)}
