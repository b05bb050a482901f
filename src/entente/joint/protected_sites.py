"""Protected sites: places that a notifier asks others to keep away from; besides areas, the only list of places.

Only its originator ends a site (DESIGN, principle 7): what is expired, disputed, duplicate or unplaced is still
screened, and marked so.

What is not known of a site is left empty, which says "not stated" and never "no": a mark of kind ``none`` says that
somebody looked and there is none.

>>> Grade.parse("b2"), Grade.parse("good")
(Grade(reliability=<Reliability.B: 'B'>, credibility=2), None)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from entente.errors import Malformed
from entente.geo.position import Position, number
from entente.geo.volume import Polygon

LEAST_UNCERTAINTY_M = 0.001
"""No place is known exactly; details spell lengths in whole millimetres, so less than one would be read as none."""


class Category(StrEnum):
    """The closed list of site categories (JOINT-30)."""

    MEDICAL = "medical"
    SCHOOL = "school"
    WATER_AND_POWER = "water_and_power"
    FOOD_AND_RELIEF = "food_and_relief"
    DISPLACED_PERSONS = "displaced_persons"
    WORSHIP = "worship"
    CULTURAL = "cultural"
    HUMANITARIAN_OFFICE = "humanitarian_office"
    HUMANITARIAN_MOVEMENT = "humanitarian_movement"
    OTHER_CIVILIAN = "other_civilian"


class SiteStatus(StrEnum):
    """What its originator says of a site now."""

    ACTIVE = "active"
    ENDED = "ended"


class DayMark(StrEnum):
    """The closed list of how a place or a vehicle is marked by day (SITE-4)."""

    PROTECTIVE_EMBLEM = "protective_emblem"  # red cross, red crescent, red crystal
    BLUE_SHIELD = "blue_shield"
    UNITED_NATIONS = "united_nations"
    ORGANISATION_EMBLEM = "organisation_emblem"
    FLAG = "flag"
    ROOF_MARKING = "roof_marking"
    SIGNAL_PANEL = "signal_panel"
    NONE = "none"


class InfraredMark(StrEnum):
    """The closed list of how it can be told in the dark: in infrared, or because its emblem is lit (SITE-4).

    Source: Additional Protocol I, Annex I, article 5: distinctive emblems may be lighted, and made of materials that
    technical means of detection recognise.
    """

    INFRARED_BEACON = "infrared_beacon"
    INFRARED_PANEL = "infrared_panel"
    REFLECTIVE_TAPE = "reflective_tape"
    LIT_EMBLEM = "lit_emblem"
    NONE = "none"


class Method(StrEnum):
    """The closed list of how a site was verified (SITE-5)."""

    SITE_VISIT = "site_visit"
    OPERATOR_STATEMENT = "operator_statement"
    IMAGERY = "imagery"
    DOCUMENT = "document"
    PARTNER_REPORT = "partner_report"
    GAZETTEER = "gazetteer"
    NOT_VERIFIED = "not_verified"


class Reliability(StrEnum):
    """How far a source can be relied on: the letter of the admiralty code."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"
    F = "F"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """A source's reliability, A to F, and what it said's credibility, 1 to 6: ``B2`` (the admiralty code)."""

    reliability: Reliability
    credibility: int

    def __post_init__(self) -> None:
        if self.credibility not in range(1, 7):
            raise Malformed("site.grade", f"credibility {self.credibility} lies outside 1 to 6")

    def __str__(self) -> str:
        return f"{self.reliability}{self.credibility}"

    @classmethod
    def parse(cls, text: str) -> Grade | None:
        """Return the grade that a text is, whatever its case, or None when it is none."""
        word = text.strip().upper()
        if len(word) != 2 or word[0] not in set(Reliability) or word[1] not in "123456":
            return None
        return cls(reliability=Reliability(word[0]), credibility=int(word[1]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """What a place was from `since` on, until the next one of its history, or until what the site says now."""

    since: datetime
    category: Category
    words: str = ""


MOST_FUNCTIONS = 32
"""Entries in one site's history."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A protected place as one recipient was given it.

    `position` is None when the place is known but not placed; such a site still shows on every screening of
    `district`. `uncertainty_m` [m] is never zero: it widens the buffer. `footprint`, if any, counts besides the point.
    `region` and `district` are the names of its first and second administrative level, `settlement` that of the town
    or village, `pcode` the place code, of whatever level, that a humanitarian list gave. `consent` refers to its
    operator's consent, wherever that is kept; where it is empty, the terms of the release say whose. `grade` is the
    admiralty code; `source_grade` what a list said of its source in words of its own. `history` tells what the place
    was before, oldest first.
    """

    id: str
    name: str
    category: Category
    position: Position | None
    uncertainty_m: float
    status: SiteStatus = SiteStatus.ACTIVE
    footprint: Polygon | None = None
    country: str = ""
    district: str = ""
    position_source: str = ""
    source_grade: str = ""
    confirmed_at: datetime | None = None
    expires_at: datetime | None = None
    note: str = ""
    consent: str = ""
    region: str = ""
    settlement: str = ""
    pcode: str = ""
    day_marks: frozenset[DayMark] = frozenset()
    infrared_marks: frozenset[InfraredMark] = frozenset()
    verifier: str = ""
    method: Method | None = None
    grade: Grade | None = None
    confirmed_by: str = ""
    history: tuple[Function, ...] = ()

    def __post_init__(self) -> None:
        number(self.uncertainty_m, "uncertainty [m]", LEAST_UNCERTAINTY_M, 1_000_000.0, "site.uncertainty")
        if self.day_marks or self.infrared_marks:
            require_marks(self.day_marks, self.infrared_marks)
        if len(self.history) > MOST_FUNCTIONS or any(a.since >= b.since for a, b in pairwise(self.history)):
            raise Malformed("site.history", f"a history has at most {MOST_FUNCTIONS} entries, oldest first")


def require_marks(day: frozenset[DayMark], infrared: frozenset[InfraredMark]) -> None:
    """Raise Malformed when something is said to be marked and not marked at once.

    Raises:
        Malformed: `site.marks`.
    """
    if (DayMark.NONE in day and len(day) > 1) or (InfraredMark.NONE in infrared and len(infrared) > 1):
        raise Malformed("site.marks", "marks are named, or 'none' alone; not both")


def told_at_night(infrared: frozenset[InfraredMark]) -> bool:
    """Whether any mark is stated by which a place or a vehicle can be told in the dark (F-20)."""
    return bool(infrared - {InfraredMark.NONE})
