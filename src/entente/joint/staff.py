"""Staff: whose key is whose, and who holds which office (R-02, R-03).

The party's root key enrols and appoints; a senior officer may do so too. An officer is a key with a label, never a
person's name. Offices have terms; an act is judged by the terms that stood in its causal past, at its own time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from entente.ids import Hash, OfficerId, SubjectId
from entente.joint.act import moment
from entente.joint.rules import Case, Event, Past, Rule, body_of, said

PASSKEY = "W1"
"""The suite in which a passkey signs; an agreement admits it or not (JOINT-134)."""


class Office(StrEnum):
    """The closed list of offices. `ROOT` is the party's own key, not a person's."""

    ROOT = "root"
    SENIOR = "senior"
    DEPUTY = "deputy"
    AIR_OPERATIONS = "air_operations"
    INTELLIGENCE = "intelligence"
    PROTECTION = "protection"
    LEGAL_ADVISER = "legal_adviser"
    WATCH = "watch"
    RECORDS = "records"
    OBSERVER = "observer"


# -- what can be said --------------------------------------------------------------------------------------------------


class Certify(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`keys.certify`: the party's card, by which its node's keys are certified by its root."""

    card: dict[str, Any]


class Enrol(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`staff.enrol`: this key is this officer's; `rank` is an OF code or a civilian grade."""

    officer: OfficerId
    key: dict[str, str]
    fingerprint: Hash
    rank: str = ""


class Appoint(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`staff.appoint`: this officer holds this office from `start` until `until`; empty is without end."""

    officer: OfficerId
    office: str
    start: str
    until: str = ""


class Relieve(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`staff.relieve`: this officer no longer holds this office."""

    officer: OfficerId
    office: str


def subject(party: str, officer: str) -> SubjectId:
    """Return the subject under which an officer's enrolment and offices stand."""
    return SubjectId(f"staff/{party}/{officer.partition('/')[2]}")


def keys_subject(party: str) -> SubjectId:
    """Return the subject under which a party's node keys stand."""
    return SubjectId(f"keys/{party}")


# -- what is then true -------------------------------------------------------------------------------------------------


def certified(past: Past, party: str) -> list[Event]:
    """Return the party's certifications of its node's keys, newest last."""
    return said(past, keys_subject(party), "keys.certify", party)


def enrolment(past: Past, officer: str) -> Enrol | None:
    """Return the officer's newest enrolment."""
    events = said(past, subject(officer.partition("/")[0], officer), "staff.enrol")
    return body_of(events[-1].act, Enrol) if events else None


def holds(past: Past, officer: str, office: str, at: datetime) -> bool:
    """Whether the officer holds the office at `at`."""
    return any(
        o == office and start <= at and (until is None or at < until) for o, start, until in terms(past, officer)
    )


def terms(past: Past, officer: str) -> Iterator[tuple[str, datetime, datetime | None]]:
    """Yield each office in force or to come: (office, start, until)."""
    held: dict[str, tuple[datetime, datetime | None]] = {}
    for event in past.events(subject(officer.partition("/")[0], officer)):
        if event.verb == "staff.appoint":
            term = body_of(event.act, Appoint)
            held[term.office] = (moment(term.start), moment(term.until) if term.until else None)
        elif event.verb == "staff.relieve":
            held.pop(body_of(event.act, Relieve).office, None)
    return ((office, start, until) for office, (start, until) in sorted(held.items()))


def equivalents(rank: str, ranks: Mapping[str, Sequence[str]]) -> tuple[str, tuple[str, ...]]:
    """Return the OF code that a rank or grade has in an agreement's table, and what else counts as equal to it (R-03).

    >>> equivalents("colonel", {"OF-5": ("colonel", "director")})
    ('OF-5', ('director',))
    """
    for code, names in ranks.items():
        if rank == code or rank in names:
            return code, tuple(name for name in names if name != rank)
    return (rank if rank.startswith("OF-") else ""), ()


def row(name: SubjectId, past: Past) -> Mapping[str, Any]:
    """Return an officer's row of the state."""
    officer = OfficerId("/".join(name.split("/")[1:]))
    enrolled = enrolment(past, officer)
    events = past.events(name)
    return {
        "fingerprint": enrolled.fingerprint if enrolled else "",
        "rank": enrolled.rank if enrolled else "",
        "acts": [[e.verb, e.act.leaf] for e in events if e.verb != "staff.enrol"],
    }


# -- what may be said --------------------------------------------------------------------------------------------------


def _own(case: Case, officer: str) -> str | None:
    mine = officer.startswith(f"{case.act.party}/") and case.act.statement.subject == subject(case.act.party, officer)
    return None if mine else "staff.other_party"


def may_enrol(case: Case) -> str | None:
    """Return why a party may not enrol this officer; what else its key is used for, `keys` asks."""
    return _own(case, case.body(Enrol).officer)


def _appoint(case: Case) -> str | None:
    body = case.body(Appoint)
    if body.office == Office.ROOT or body.office not in Office._value2member_map_:
        return "staff.office"
    start, until = moment(body.start), moment(body.until) if body.until else None
    if until is not None and until <= start:
        return "staff.term"
    return _own(case, body.officer) or (None if enrolment(case.past, body.officer) else "staff.unknown")


def _relieve(case: Case) -> str | None:
    body = case.body(Relieve)
    return _own(case, body.officer) or (None if enrolment(case.past, body.officer) else "staff.unknown")


RULES: Mapping[str, Rule] = {
    "staff.appoint": Rule(judge=_appoint, before_force=True, only_all=True),
    "staff.relieve": Rule(judge=_relieve, before_force=True, only_all=True),
}
