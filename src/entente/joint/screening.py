"""A screening: evidence of what one node found when it compared a plan with what it held. Evidence, not state.

Geometry uses floats and libraries that differ, so no rule ever reads one; a decision's act names the screening's hash.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from entente.geo.interval import Interval
from entente.geo.position import Position


class Against(StrEnum):
    """What a finding is about."""

    OPERATION = "operation"
    SITE = "site"
    AREA = "area"
    LINK = "link"
    UNPLACED = "unplaced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One thing that a finding rests on, by which its release is decided: an operation's id, a site's, an area's."""

    kind: Against
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One place and time where a plan is closer to something than the standard allows.

    `horizontal_m`, `vertical_m` [m] and `time_s` [s] are the smallest gaps found, each 0 where they overlap and None
    where they cannot be told; `doubt_m` [m] was added to the horizontal separation for uncertainty and approximation.
    `interval` is when both are there, `place` the closest point of `plan`'s own volume. `marks` are codes in
    alphabetical order that say what a reader must know (``altitude.incomparable``, ``site.expired``).
    """

    plan: str
    against: Against
    other: str
    other_title: str
    horizontal_m: float | None
    vertical_m: float | None
    time_s: float
    required_horizontal_m: float
    required_vertical_m: float
    doubt_m: float
    interval: Interval | None
    place: Position | None
    marks: tuple[str, ...]
    inputs: tuple[Input, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Screening:
    """All that was found for one plan; `compared` counts what it was held against, by kind."""

    plan: str
    standard: str
    made_at: datetime
    compared: dict[str, int]
    findings: tuple[Finding, ...]
