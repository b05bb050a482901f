"""Designated areas (R-08): classed, versioned with the agreement, and only ever restrictive."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from entente.geo.altitude import Band
from entente.geo.interval import Interval
from entente.geo.volume import Shape
from entente.ids import PartyId


class AreaClass(StrEnum):
    """The closed list of area classes (JOINT-25); each says what a plan inside it must answer for."""

    RESTRICTED = "restricted"
    NO_FLY = "no_fly"
    HUMANITARIAN_CORRIDOR = "humanitarian_corridor"
    OTHERS_FORCES_PRESENT = "others_forces_present"
    COORDINATION_REQUIRED = "coordination_required"


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A designated area. `band` None reaches from the ground up; `interval` None is always.

    Parties in `exempt` may enter without a finding.
    """

    id: str
    title: str
    area_class: AreaClass
    shape: Shape
    band: Band | None = None
    interval: Interval | None = None
    exempt: frozenset[PartyId] = frozenset()
