"""The separation standard that an agreement fixes: how far apart is far enough, for which pair."""

from __future__ import annotations

from dataclasses import dataclass, field

from entente.geo.position import number
from entente.joint.plan import Crew
from entente.joint.protected_sites import Category

LARGEST = 1_000_000.0
"""[m] or [s] No separation, and no doubt about an altitude, is larger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Minimum:
    """Closer than `horizontal_m` [m], `vertical_m` [m] and `time_s` [s], all three at once, is a finding."""

    horizontal_m: float
    vertical_m: float
    time_s: float = 0.0

    def __post_init__(self) -> None:
        # A minimum that is no number compares as false with every gap, and would hide each conflict.
        for what in ("horizontal_m", "vertical_m", "time_s"):
            number(getattr(self, what), what, 0.0, LARGEST, "standard.minimum")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standard:
    """Minima per pair of crews and per category of protected site (R-27).

    `sites` holds the buffer for each category; `site_default` serves a category without one. `area` is
    kept from designated areas. `fl_uncertainty_m` [m] is how far pressure altitude may lie from AMSL on the day.
    `terrain_ceiling_m` [m, AMSL] is the highest ground in the theatre: what reaches up from the ground, as a site's
    buffer does, reaches at most that much higher by sea level. `relief_m` [m] is how far the ground may rise or fall
    between two aircraft whose heights are both above it.
    """

    name: str
    pairs: dict[tuple[Crew, Crew], Minimum]
    sites: dict[Category, Minimum] = field(default_factory=dict)
    site_default: Minimum = field(default_factory=lambda: Minimum(horizontal_m=1852.0, vertical_m=1500.0))
    area: Minimum = field(default_factory=lambda: Minimum(horizontal_m=0.0, vertical_m=0.0))
    fl_uncertainty_m: float = 300.0
    terrain_ceiling_m: float = 9_000.0
    relief_m: float = 300.0

    def __post_init__(self) -> None:
        for what in ("fl_uncertainty_m", "terrain_ceiling_m", "relief_m"):
            number(getattr(self, what), what, 0.0, LARGEST, "standard.uncertainty")
