"""Plans: where and when an operation means to be.

A plan is a detail of an operation's act: shown and screened, never folded.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from entente.geo.volume import Volume
from entente.ids import SubjectId


class Kind(StrEnum):
    """The closed list of operation kinds (JOINT-20). `GENERAL` discloses nothing; none names an effect on anyone."""

    GENERAL = "general"
    TRANSPORT = "transport"
    REFUELLING = "refuelling"
    RECONNAISSANCE = "reconnaissance"
    PATROL = "patrol"
    TRAINING = "training"
    FIREFIGHTING = "firefighting"
    MEDICAL_EVACUATION = "medical_evacuation"
    HUMANITARIAN = "humanitarian"
    PERSONNEL_RECOVERY = "personnel_recovery"


class Crew(StrEnum):
    """Who is on board decides which separation minimum applies (R-27)."""

    CREWED = "crewed"
    UNCREWED = "uncrewed"


class LinkKind(StrEnum):
    """How one operation is tied to another in time: what "synchronised" means."""

    NOT_BEFORE_END = "not_before_end"
    APART_AT_LEAST = "apart_at_least"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimingLink:
    """This operation starts `seconds` [s] or more after `other` ends, or the two are that far apart in either order."""

    kind: LinkKind
    other: SubjectId
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Where and when an operation means to be: one or more volumes, ordered as flown, and its timing links."""

    id: str
    title: str
    kind: Kind
    crew: Crew
    volumes: tuple[Volume, ...]
    links: tuple[TimingLink, ...] = ()
    callsign: str = ""
    note: str = ""
