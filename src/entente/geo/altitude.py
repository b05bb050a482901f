"""Altitudes, each with its reference, and the bands between two of them.

An altitude without a reference cannot be compared with anything: the geoid and the ellipsoid differ by up to 107 m,
pressure altitude needs the day's pressure, and height above ground needs terrain (ADR-0004). So no spelling without
one is read.

>>> parse("FL240").metres
7315.2
>>> show_band(parse_band("GND-5000 ft AMSL"))
'GND-5000 ft AMSL'
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from entente.errors import Malformed
from entente.geo.position import number

FOOT_M = 0.3048
"""[m] The international foot, exact."""
LOWEST_M, HIGHEST_M = -1_000.0, 100_000.0
"""[m] What an altitude may say; the lowest dry land lies at -430 m, aircraft stay below 100 km."""

SPELLING_M = 0.001
"""[m] Altitudes are written and read back to this."""


class Reference(StrEnum):
    """What an altitude is measured from."""

    AMSL = "AMSL"
    AGL = "AGL"
    FL = "FL"
    WGS84 = "WGS84"


@dataclass(frozen=True, slots=True, kw_only=True)
class Altitude:
    """Metres above `reference`; for FL, pressure altitude in the standard atmosphere."""

    metres: float
    reference: Reference

    def __post_init__(self) -> None:
        number(self.metres, "altitude [m]", LOWEST_M, HIGHEST_M, "geo.altitude")
        if not isinstance(self.reference, Reference):
            raise Malformed("geo.altitude.reference", f"{self.reference!r} is none of AMSL, AGL, FL, WGS84")


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """From `lower` to `upper`, both included. The two references may differ (from the ground to FL 100).

    A band upside down would be nowhere, and screened so. Only ground may bring heights above it the other way round;
    and between unlike references a millimetre is a matter of spelling (FL 7.90682 is 241 m less an eighth of one).
    """

    lower: Altitude
    upper: Altitude

    def __post_init__(self) -> None:
        references = {self.lower.reference, self.upper.reference}
        told = len(references) == 1 or Reference.AGL not in references
        if told and self.lower.metres > self.upper.metres + (SPELLING_M if len(references) > 1 else 0.0):
            raise Malformed(
                "geo.band.reversed", f"the band's lower {show(self.lower)} lies above its upper {show(self.upper)}"
            )


def amsl(metres: float) -> Altitude:
    """Metres above mean sea level."""
    return Altitude(metres=metres, reference=Reference.AMSL)


def agl(metres: float) -> Altitude:
    """Metres above the ground beneath."""
    return Altitude(metres=metres, reference=Reference.AGL)


def wgs84(metres: float) -> Altitude:
    """Metres above the WGS84 ellipsoid."""
    return Altitude(metres=metres, reference=Reference.WGS84)


def flight_level(level: float) -> Altitude:
    """Pressure altitude in hundreds of feet: 240 is FL 240."""
    return Altitude(metres=round(level * 100 * FOOT_M, 6), reference=Reference.FL)


GROUND = agl(0.0)

_LEVEL = re.compile(r"FL ?(-?\d{1,4}(?:\.\d{1,6})?)", re.ASCII | re.IGNORECASE)
_METRIC = re.compile(r"([+-]?\d{1,6}(?:\.\d{1,6})?) ?(ft|m) ?(AMSL|MSL|AGL|WGS84|HAE)", re.ASCII | re.IGNORECASE)
_SPLIT = re.compile(r"(?<=[A-Z0-9])(?<!FL)\s*(?:-|–|—|\.\.|\bto\b)\s*(?=[-+A-Z0-9])", re.ASCII | re.IGNORECASE)
_ALSO = {"MSL": "AMSL", "HAE": "WGS84"}


def parse(text: str) -> Altitude:
    """Return the altitude that `text` names: ``FL240``, ``5000 ft AMSL``, ``1500 m AGL``, ``300 m WGS84``, ``GND``.

    Raises:
        Malformed: `geo.altitude.reference` when the text lacks a known reference, `geo.altitude` when out of range.
    """
    plain = " ".join(text.split())
    if plain.upper() in ("GND", "SFC"):
        return GROUND
    if match := _LEVEL.fullmatch(plain):
        return flight_level(float(match[1]))
    if match := _METRIC.fullmatch(plain):
        word = match[3].upper()
        return Altitude(
            metres=round(float(match[1]) * (FOOT_M if match[2].lower() == "ft" else 1.0), 6),
            reference=Reference(_ALSO.get(word, word)),
        )
    raise Malformed(
        "geo.altitude.reference",
        f"{text[:80]!r} is no altitude; write FL240, 5000 ft AMSL, 1500 m AGL, 300 m WGS84 or GND",
    )


def parse_band(text: str) -> Band:
    """Return the band between two altitudes: ``FL100-FL240``, ``GND-5000 ft AMSL``.

    Raises:
        Malformed: `geo.band` unless there are two, `geo.band.reversed`, or as `parse`.
    """
    parts = _SPLIT.split(text.strip())
    if len(parts) != 2:
        raise Malformed("geo.band", f"{text[:80]!r} is no band; write two altitudes with a dash, as FL100-FL240")
    return Band(lower=parse(parts[0]), upper=parse(parts[1]))


def show(altitude: Altitude) -> str:
    """Return the altitude as a desk writes it: whole feet where it is whole feet, else metres, to the millimetre."""
    if altitude == GROUND:
        return "GND"
    feet = round(altitude.metres / FOOT_M, 3) + 0.0  # Adding nothing turns -0.0 into 0.0.
    if altitude.reference is Reference.FL:
        return f"FL{_short(feet / 100, 5).zfill(3)}"
    if feet.is_integer():
        return f"{feet:.0f} ft {altitude.reference}"
    return f"{_short(altitude.metres, 3)} m {altitude.reference}"


def show_band(band: Band) -> str:
    """Return the band as text that `parse_band` reads again."""
    return f"{show(band.lower)}-{show(band.upper)}"


def _short(value: float, places: int) -> str:
    return f"{value:.{places}f}".rstrip("0").rstrip(".")
