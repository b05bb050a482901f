"""Anchors: a party binds its feed's beginning anew under another suite (KEY-40); verifiers check it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from entente.ids import Hash, is_hash
from entente.joint.cosigning import subject
from entente.joint.rules import Case, Event, Past, Rule, said

VERB = "record.reanchor"


class Reanchor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`record.reanchor`: under this suite, these are our first `size` entries and the parts of them that we hold."""

    suite: str
    size: int
    root: Hash
    leaves: str
    parts: str
    key: str
    signature: str


def anchors(past: Past, party: str) -> list[Event]:
    """Return a party's anchors, newest last."""
    return said(past, subject(party), VERB, party)


def _reanchor(case: Case) -> str | None:
    body, act = case.body(Reanchor), case.act
    if act.statement.subject != subject(act.party):
        return "record.other_party"
    texts = body.suite.isalnum() and len(body.suite) <= 20 and all(map(is_hash, (body.leaves, body.parts)))
    inside = body.size >= 1 and (act.seq < 0 or body.size <= act.seq)
    held = inside and case.past.root(act.origin, body.size) == body.root
    return None if texts and held else "record.anchor"


RULES: Mapping[str, Rule] = {VERB: Rule(judge=_reanchor, only_all=True)}
