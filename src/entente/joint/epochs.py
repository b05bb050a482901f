"""Epochs: a party goes on in a new feed, from entries that nobody disputes (JOINT-190…JOINT-197).

After a fork, the loss of a log key, or a restore that some party does not confirm, the party's root opens the next
epoch. Its first entry names the entries it goes on from, all of them in every branch, and cites no branch. From then on
the earlier feed is closed: what stands behind that head permits nothing, in any branch; its protections count.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec

from entente.errors import Malformed
from entente.ids import Hash, Origin, SubjectId, epoch_of, feed_of, party_of
from entente.joint.act import Act, Head
from entente.joint.rules import Case, Past, Rule, body_of, said

OPEN = "epoch.open"


class Reason(StrEnum):
    """Why a party begins a new epoch: a closed list."""

    FORK = "fork"
    KEY_LOST = "key_lost"
    RESTORED = "restored"


class Open(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`epoch.open`: the head of an earlier feed of the party's that this one goes on from, and why."""

    previous: Origin
    size: int
    root: Hash
    reason: Reason


def subject(origin: str) -> SubjectId:
    """Return the subject under which the opening of an epoch stands."""
    return SubjectId(f"epoch/{party_of(origin)}/{epoch_of(origin)}")


def base(act: Act) -> Head | None:
    """Return the head that an epoch goes on from, or None when the act names none."""
    try:
        body = body_of(act, Open)
    except Malformed:
        return None
    return Head(body.previous, body.size, body.root)


def misplaced(act: Act, head: Head) -> str:
    """Return why an epoch may not go on from a head, from the act alone, or empty text.

    It is an earlier feed's of the same party, and the only one of that party's that the act cites.
    """
    family, number = feed_of(act.origin).rpartition("/")[0], epoch_of(act.origin)
    if head.origin.rpartition("/")[0] != family or not 0 < epoch_of(head.origin) < number:
        return "epoch.previous"
    return "" if [one for one in act.seen if party_of(one.origin) == act.party] == [head] else "epoch.branch"


def row(name: SubjectId, past: Past) -> Mapping[str, Any]:
    """Return the row of an epoch: each opening of it, which is one unless it forked, and what it goes on from."""
    opened = [past, *past.others(name, name.split("/")[1])]
    return {"opened": [_plain(event.act) for view in opened for event in said(view, name, OPEN)]}


def _plain(act: Act) -> dict[str, Any]:
    body = body_of(act, Open)
    return {"leaf": act.leaf, "from": [body.previous, body.size, body.root], "reason": str(body.reason)}


def _open(case: Case) -> str | None:
    act, body = case.act, case.body(Open)
    head = Head(body.previous, body.size, body.root)
    if act.statement.subject != subject(feed_of(act.origin)):
        return "epoch.subject"
    parted, others = case.past.parted(body.previous), set(case.agreement.signatories) - {act.party}
    if parted is not None and body.size > parted:
        return "epoch.branch"
    within = min(case.past.unexplained(body.previous), default=None)
    if within is None:
        return None
    # One branch alone is at hand, and a report proves that there is another: it differs within so many entries, and
    # before that we can only know that everybody holds what we do.
    alike = body.size < within and case.past.shared_by_all(head, others)
    return None if alike else "epoch.branch"


RULES: Mapping[str, Rule] = {OPEN: Rule(judge=_open, only_all=True, before_force=True)}
