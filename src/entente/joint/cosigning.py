"""Cosigning: what a party says it durably holds of the others' feeds, and who thereby holds an entry (JOINT-100…102).

An acknowledgement is an entry of its party's own feed, said by its node. It lists heads: up to there its node holds
every leaf, on its disk, and has folded every act that goes to it. Whoever cites an entry in the entry's own circle has
folded it too, so an answer acknowledges what it answers, and needs no acknowledgement beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from entente.ids import Origin, SubjectId
from entente.joint.rules import Case, Event, Past, Rule, body_of, said
from entente.joint.staff import Certify, certified

ACKNOWLEDGE = "record.acknowledge"


class Held(msgspec.Struct, frozen=True, array_like=True):
    """So many entries of a feed; `cosignature` over that head, in base64 (JOINT-101), or empty text."""

    origin: Origin
    size: int
    cosignature: str = ""


class Acknowledge(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`record.acknowledge`: of each feed, how much is held. It is a dated entry, too."""

    held: tuple[Held, ...]


def subject(party: str) -> SubjectId:
    """Return the subject under which a party acknowledges."""
    return SubjectId(f"record/{party}")


def listed(event: Event) -> dict[Origin, int]:
    """Return how much of each feed a valid acknowledgement lists."""
    return {held.origin: held.size for held in body_of(event.act, Acknowledge).held}


def last(past: Past, party: str) -> Event | None:
    """Return a party's newest acknowledgement."""
    given = said(past, subject(party), ACKNOWLEDGE, party)
    return given[-1] if given else None


def row(name: SubjectId, past: Past) -> Mapping[str, Any] | None:
    """Return the row of what a party has acknowledged."""
    event = last(past, name.partition("/")[2])
    if event is None:
        return None
    return {"held": [[h.origin, h.size] for h in body_of(event.act, Acknowledge).held], "leaf": event.act.leaf}


def _acknowledge(case: Case) -> str | None:
    act, held = case.act, case.body(Acknowledge).held
    if act.statement.subject != subject(act.party):
        return "record.other_party"
    cited = {head.origin: head.size for head in act.seen}  # sorted by size: of a forked feed, the largest stays
    names = [h.origin for h in held]
    now, before = {h.origin: h.size for h in held}, last(case.past, act.party)
    if before is not None and any(now.get(origin, 0) < size for origin, size in listed(before).items()):
        return "record.held"
    if names != sorted(set(names)) or not all(1 <= h.size <= cited.get(h.origin, 0) for h in held):
        return "record.held"
    return None if all(_cosigned(case, h) for h in held if h.cosignature) else "record.cosignature"


def _cosigned(case: Case, held: Held) -> bool:
    cards = certified(case.past, case.act.party)
    if not cards:
        return False
    card, me = body_of(cards[-1].act, Certify).card, case.act.party
    roots = case.past.roots(held.origin, held.size)
    return any(case.checks.cosigned(card, me, held.origin, held.size, root, held.cosignature) for root in roots)


RULES: Mapping[str, Rule] = {ACKNOWLEDGE: Rule(judge=_acknowledge, only_all=True, machine=True)}
