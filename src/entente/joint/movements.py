"""Movements: a convoy's notice, its versions, how it fares, and its end (JOINT-140…JOINT-149, R-36).

A notice is not a request: nobody's answer is waited for, and nothing said of it permits or forbids. Its originator
alone amends and ends it. The act holds what rules and clocks read; the journey is a detail, each recipient's own copy.

    phase     amend     end
    open      open      ended     (completed or cancelled)
    ended     –         –

A report says how it fared, by whoever was there: facilitated, impeded, denied, delayed. It moves no phase; while the
last one says that it is held up, the protection of what lies ahead does not end with the timetable (`journey`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec

from entente.errors import Malformed
from entente.ids import Hash, PartyId, SubjectId
from entente.joint.act import Act, moment
from entente.joint.decisions import dissents
from entente.joint.rules import Case, Event, Past, Rule, body_of, said

JOURNEY = "journey"
"""Name of the detail that holds a version's journey, at its recipient's precision."""
LONGEST_PURPOSE, LONGEST_BY = 200, 100
"""[characters]"""
LONGEST_CLOCK_S = 30 * 86400


class How(StrEnum):
    """The closed list of how a movement fared at some moment (F-23)."""

    FACILITATED = "facilitated"
    IMPEDED = "impeded"
    DENIED = "denied"
    DELAYED = "delayed"


HELD_UP = frozenset({How.IMPEDED, How.DENIED, How.DELAYED})


class Why(StrEnum):
    """Why a movement has ended."""

    COMPLETED = "completed"
    CANCELLED = "cancelled"


# -- what can be said --------------------------------------------------------------------------------------------------


class Notify(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`movement.notify`, `movement.amend`: a version, and when it begins and ends.

    `notice_s` [s] is how long before its start it was to be notified, where the notice states that itself; 0 leaves it
    to the agreement, which has one number for emergencies and one for all else (R-37).
    """

    version: int
    start: str
    end: str
    purpose: str
    previous: str = ""
    emergency: bool = False
    notice_s: int = 0


class Refer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`movement.acknowledge`: we hold this version. It says nothing of what will be done."""

    version: Hash


class Report(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`movement.report`: at `when`, `by` (a party, a unit's label, a checkpoint) did this; `until` when, if known."""

    version: Hash
    how: How
    when: str
    by: str
    until: str = ""


class End(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`movement.end`: it is over, and why; its way is protected no longer."""

    version: Hash
    why: Why


# -- what is then true -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version, named by its leaf. `journey` is the part that holds the journey, 0 when the act lists none."""

    leaf: Hash
    number: int
    body: Notify
    at: datetime
    origin: str
    seq: int
    journey: int

    @property
    def start(self) -> datetime:
        """When it sets out."""
        return moment(self.body.start)

    @property
    def end(self) -> datetime:
        """When it is to have arrived."""
        return moment(self.body.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A report: of which version, by whose account, and when by that party's clock it was said."""

    party: PartyId
    said_at: datetime
    version: Hash
    how: How
    when: datetime
    by: str
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """A movement at a cut. `ended` is why, or None while it is open."""

    subject: SubjectId
    owner: PartyId
    agreement: Hash
    versions: tuple[Version, ...]
    reports: tuple[Told, ...]
    ended: Why | None
    ended_at: datetime | None

    @property
    def latest(self) -> Version:
        """The originator's latest version: the only one that an acknowledgement can be about."""
        return self.versions[-1]

    @property
    def held_up(self) -> Told | None:
        """The report that holds it up now: each party's last word is heard, and the latest such one that is not good.

        A recipient's "facilitated" does not take back what the convoy itself says, nor the other way round.
        """
        last = {told.party: told for told in self.reports if told.version == self.latest.leaf}
        held = [told for told in last.values() if told.how in HELD_UP]
        return max(held, key=lambda told: told.when, default=None)


def subject(party: str, name: str) -> SubjectId:
    """Return the subject of a party's movement."""
    return SubjectId(f"movement/{party}/{name}")


def read(name: SubjectId, past: Past) -> Movement | None:
    """Return a movement at a cut, or None when it has not been notified there."""
    parts = name.split("/")
    if len(parts) != 3 or parts[0] != "movement":
        return None
    events = past.events(name, parts[1])
    versions = [_version(e.act) for e in events if e.verb in ("movement.notify", "movement.amend")]
    if not versions:
        return None
    ended = next((e for e in events if e.verb == "movement.end"), None)
    return Movement(
        subject=name, owner=PartyId(parts[1]), agreement=events[0].act.statement.agreement, versions=tuple(versions),
        reports=tuple(map(_told, said(past, name, "movement.report"))),
        ended=body_of(ended.act, End).why if ended else None, ended_at=ended.act.at if ended else None,
    )  # fmt: skip


def _version(act: Act) -> Version:
    body, names = body_of(act, Notify), [name for name, _ in act.statement.details]
    return Version(
        leaf=act.leaf, number=body.version, body=body, at=act.at, origin=act.origin, seq=act.seq,
        journey=names.index(JOURNEY) + 1 if JOURNEY in names else 0,
    )  # fmt: skip


def as_version(act: Act) -> Version | None:
    """Return the version that an act says, whether it can be folded yet or not; None when it says none."""
    try:
        version = _version(act)
        return version if version.start < version.end and version.journey else None
    except Malformed:
        return None


def _told(event: Event) -> Told:
    body = body_of(event.act, Report)
    return Told(
        party=event.act.party, said_at=event.act.at, version=body.version, how=body.how, when=moment(body.when),
        by=body.by, until=moment(body.until) if body.until else None,
    )  # fmt: skip


def row(name: SubjectId, past: Past) -> Mapping[str, Any] | None:
    """Return a movement's row of the state."""
    found = read(name, past)
    if found is None:
        return None
    acknowledged = said(past, name, "movement.acknowledge")
    return {
        "owner": found.owner,
        "versions": [[v.leaf, v.body.start, v.body.end] for v in found.versions],
        "ended": str(found.ended) if found.ended else "",
        "acknowledged": [[e.act.party, body_of(e.act, Refer).version] for e in acknowledged],
        "reports": [[t.party, t.version, str(t.how)] for t in found.reports],
        "dissents": dissents(name, past),
    }


# -- what may be said --------------------------------------------------------------------------------------------------


def _notify(case: Case) -> str | None:
    body, parts = case.body(Notify), case.act.statement.subject.split("/")
    if len(parts) != 3 or parts[0] != "movement" or parts[1] != case.act.party or not parts[2]:
        return "movement.other_party"
    if read(case.act.statement.subject, case.past) is not None:
        return "movement.exists"
    return _fits(case, body) or (None if body.version == 1 and not body.previous else "movement.version")


def _amend(case: Case) -> str | None:
    body = case.body(Notify)
    movement, code = _own(case)
    if movement is None:
        return code
    if body.previous != movement.latest.leaf or body.version != movement.latest.number + 1:
        return "movement.version"
    return _fits(case, body)


def _own(case: Case) -> tuple[Movement | None, str | None]:
    """Return the originator's own movement while it is open, else the code of why not."""
    movement = read(case.act.statement.subject, case.past)
    if movement is None:
        return None, "movement.unknown"
    if movement.owner != case.act.party:
        return None, "movement.other_party"
    return (None, "movement.ended") if movement.ended else (movement, None)


def _fits(case: Case, body: Notify) -> str | None:
    if moment(body.end) <= moment(body.start):
        return "movement.window"
    if not 0 < len(body.purpose.strip()) <= len(body.purpose) <= LONGEST_PURPOSE:
        return "movement.purpose"
    if not 0 <= body.notice_s <= LONGEST_CLOCK_S:
        return "movement.clock"
    listed = [name for name, _ in case.act.statement.details if name == JOURNEY]
    return None if len(listed) == 1 else "movement.journey"


def _acknowledge(case: Case) -> str | None:
    movement = read(case.act.statement.subject, case.past)
    version = case.body(Refer).version
    if movement is None or version not in {v.leaf for v in movement.versions}:
        return "movement.unknown"
    if movement.owner == case.act.party:
        return "ladder.own"
    return None if version == movement.latest.leaf else "movement.stale"


def _report(case: Case) -> str | None:
    body, movement = case.body(Report), read(case.act.statement.subject, case.past)
    if movement is None or body.version not in {v.leaf for v in movement.versions}:
        return "movement.unknown"
    if movement.ended:
        return "movement.ended"
    if not body.by.strip() or len(body.by) > LONGEST_BY or not body.by.isprintable():
        return "movement.by"
    when = moment(body.when)
    # An hour of leeway: two honest clocks differ, and a report is of what has happened.
    if when > case.act.at + timedelta(hours=1) or (body.until and moment(body.until) <= when):
        return "movement.when"
    return None


def _end(case: Case) -> str | None:
    body = case.body(End)
    movement, code = _own(case)
    if movement is None:
        return code
    return None if body.version == movement.latest.leaf else "movement.version"


RULES: Mapping[str, Rule] = {
    "movement.notify": Rule(judge=_notify),
    "movement.amend": Rule(judge=_amend),
    "movement.acknowledge": Rule(judge=_acknowledge),
    "movement.report": Rule(judge=_report),
    "movement.end": Rule(judge=_end),
}
