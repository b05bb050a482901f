"""Grants: a detail that is released later than its entry was written leaves an entry too (JOINT-125…JOINT-127).

Everybody in the circle sees that something more was granted, and when; nobody but the recipient sees what, or to whom:
that stands in the entry's one detail, as its commitment alone, and the detail goes to the recipient. Whoever shows it
later proves that the grant was given then, of exactly this, to exactly that party. It changes no row of the state.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from entente.ids import SubjectId
from entente.joint.rules import Case, Rule

GRANT = "release.grant"
DETAIL = "grant"
"""The one detail: {`to`, `entry` (leaf hash), `parts`: [[name, commitment], …]}, canonical."""


class Grant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`release.grant`: something more was granted to somebody; its detail says what and to whom."""


def subject(party: str) -> SubjectId:
    """Return the subject under which a party's later grants stand, in the circle of what is granted."""
    return SubjectId(f"grant/{party}")


def _grant(case: Case) -> str | None:
    case.body(Grant)
    said = case.act.statement
    closed = [name for name, _ in said.details] == [DETAIL]
    return None if closed and said.subject == subject(case.act.party) else "release.grant"


RULES: Mapping[str, Rule] = {GRANT: Rule(judge=_grant, machine=True)}
