"""Protected sites: places that a notifier asks others to keep away from; besides areas, the only list of places.

Only its originator ends a site (DESIGN, principle 7): what is expired, disputed, duplicate or unplaced is still
screened, and marked so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A protected place as one recipient was given it.

    `position` is None when the place is known but not placed; such a site still shows on every screening of
    `district`. `uncertainty_m` [m] is never zero: it widens the buffer. `footprint`, if any, counts besides the point.
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

    def __post_init__(self) -> None:
        number(self.uncertainty_m, "uncertainty [m]", LEAST_UNCERTAINTY_M, 1_000_000.0, "site.uncertainty")
