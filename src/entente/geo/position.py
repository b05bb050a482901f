"""Positions on WGS84, read from the spellings that people and formats use, and shown back in three of them.

Rules kept:

- Latitude comes first, unless both coordinates carry a hemisphere letter.
- Digits are ASCII: Python's `float` also reads ``"٤٧"`` and ``"4_7"``, so text passes a pattern first.
- Text says how precise it is. `parse_with_precision` returns the radius that the last digit leaves open, so that a
  coarse position can widen what is kept away from it.
- An MGRS reference names a square. Its position is the square's middle.

>>> parse("47°27'30\\"N 008°33'00\\"E")
Position(lat=47.458333333333336, lon=8.55)
>>> show(Position(lat=47.45, lon=8.55)).mgrs
'32T MT 66076 55271'
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from entente.errors import Malformed

METRES_PER_DEGREE = 111_700.0
"""[m] No degree of latitude or longitude on WGS84 is longer (111,694 m of latitude at the poles)."""


def number(value: object, what: str, low: float, high: float, code: str = "geo.number") -> float:
    """Return `value` when it is a finite number from `low` to `high`, both included.

    Raises:
        Malformed: `geo.number` for what is no finite number, else `code`.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise Malformed("geo.number", f"{what} {value!r} is not a finite number")
    if not low <= value <= high:
        raise Malformed(code, f"{what} {value:.12g} lies outside {low:.12g} to {high:.12g}")
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Latitude and longitude [degrees, WGS84]; north and east positive."""

    lat: float
    lon: float

    def __post_init__(self) -> None:
        number(self.lat, "latitude", -90, 90, "geo.latitude")
        number(self.lon, "longitude", -180, 180, "geo.longitude")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One position in the three spellings a desk uses."""

    decimal: str
    dms: str
    mgrs: str


def parse(text: str) -> Position:
    """Return the position that `text` names: decimal degrees, degrees-minutes(-seconds), or MGRS with UPS.

    Raises:
        Malformed: `geo.position` for an unknown spelling, `geo.latitude` or `geo.longitude` for a number out of range.
    """
    return parse_with_precision(text)[0]


def parse_with_precision(text: str) -> tuple[Position, float]:
    """Return the position and the radius [m] within which its text leaves it open: half a unit of the last digit.

    Raises:
        Malformed: as `parse`.
    """
    plain = _one_kind_of_mark(text)
    for pattern in (_DECIMAL, _SEXAGESIMAL, _COMPACT):
        if match := pattern.fullmatch(plain):
            return _from_pair(_coordinate(match, "1"), _coordinate(match, "2"), text)
    if match := _MGRS.fullmatch(plain):
        return _from_mgrs(match, text)
    raise Malformed(
        "geo.position", f"{text[:80]!r} is no position; write 47.45 8.55, 47°27'00\"N 008°33'00\"E, or MGRS"
    )


def show(position: Position) -> Shown:
    """Return the position as text; each spelling can be parsed again, to within its last digit."""
    # Rounded to a centimetre: less than a millimetre south of the equator the library names a square that is not there.
    lat = round(position.lat, 7) + 0.0
    return Shown(
        decimal=f"{position.lat:.6f}, {position.lon:.6f}",
        dms=f"{_dms(position.lat, 'NS', 2)} {_dms(position.lon, 'EW', 3)}",
        mgrs=_spaced(_mgrs().toMGRS(lat, position.lon)),
    )


_MARKS = str.maketrans({"º": "°", "˚": "°", "′": "'", "’": "'", "‘": "'", "″": '"', "”": '"', "“": '"', "−": "-"})
_NUMBER = r"\d{1,3}(?:\.\d{1,12})?"


def _pair(coordinate: str, between: str) -> re.Pattern[str]:
    """Two coordinates, whose groups end in 1 and 2."""
    return re.compile(coordinate.replace("@", "1") + between + coordinate.replace("@", "2"), re.ASCII | re.IGNORECASE)


# A letter stands before its coordinate or after it, never both: so the one between two belongs to one of them.
_LETTER_BEFORE = r"(?P<before@>[NSEW])?\s*"
_LETTER_AFTER = r"\s*(?(before@)|(?P<after@>[NSEW])?)"
_DECIMAL = _pair(
    rf"{_LETTER_BEFORE}(?P<sign@>[+-])?(?P<deg@>{_NUMBER})\s*°?{_LETTER_AFTER}",
    r"(?:\s*[,;/]\s*|\s+|(?<=[NSEW])|(?=[NSEW]))",
)
_SEXAGESIMAL = _pair(
    rf"{_LETTER_BEFORE}(?P<deg@>\d{{1,3}})[°\s-]\s*(?P<min@>\d{{1,2}}(?:\.\d{{1,10}})?)\s*'?"
    rf"(?:(?:[\s-]|(?<='))\s*(?P<sec@>\d{{1,2}}(?:\.\d{{1,8}})?)\s*\"?)?{_LETTER_AFTER}",
    r"\s*[,;/]?\s*",
)
_COMPACT = re.compile(
    r"(?P<deg1>\d{2})(?P<min1>\d{2})(?P<sec1>\d{2}(?:\.\d{1,6})?)?(?P<after1>[NS])\s*"
    r"(?P<deg2>\d{3})(?P<min2>\d{2})(?P<sec2>\d{2}(?:\.\d{1,6})?)?(?P<after2>[EW])",
    re.ASCII | re.IGNORECASE,
)
_MGRS = re.compile(
    r"(?P<zone>(?:0?[1-9]|[1-5]\d|60)\s*[C-HJ-NP-X]|[ABYZ])\s*(?P<square>[A-HJ-NP-Z]{2})\s*"
    r"(?P<digits>(?:\d{1,5}\s+\d{1,5}|\d*))",
    re.ASCII | re.IGNORECASE,
)
_Coordinate = tuple[float, float, str]
"""Signed degrees, half a unit of the last digit [degrees], hemisphere letter or nothing."""


def _one_kind_of_mark(text: str) -> str:
    return text.strip().translate(_MARKS).replace("''", '"')


def _coordinate(match: re.Match[str], which: str) -> _Coordinate:
    groups = {
        name: match.groupdict().get(f"{name}{which}") for name in ("before", "sign", "deg", "min", "sec", "after")
    }
    letter = (groups["before"] or groups["after"] or "").upper()
    parts = [part for name in ("deg", "min", "sec") if (part := groups[name])]
    if groups["sign"] and letter:
        raise Malformed(
            "geo.position", f"{match.group()!r} gives one coordinate two signs; keep the letter or the sign"
        )
    if len(parts) > 1 and not letter and match.group().count("°") < 2:
        raise Malformed(
            "geo.position", f"{match.group()!r} does not say where its first coordinate ends; add N, S, E, W or °"
        )
    if any(float(part) >= 60 for part in parts[1:]):
        raise Malformed("geo.position", f"{match.group()!r} has minutes or seconds of 60 or more")
    degrees = sum(float(part) / 60**place for place, part in enumerate(parts))
    half_unit = 0.5 * 10.0 ** -len(parts[-1].partition(".")[2]) / 60 ** (len(parts) - 1)
    return (-degrees if groups["sign"] == "-" or letter in ("S", "W") else degrees), half_unit, letter


def _from_pair(first: _Coordinate, second: _Coordinate, text: str) -> tuple[Position, float]:
    lat, lon = (second, first) if first[2] in ("E", "W") and second[2] else (first, second)
    if lat[2] in ("E", "W") or lon[2] in ("N", "S") or bool(lat[2]) != bool(lon[2]):
        raise Malformed("geo.position", f"{text[:80]!r} needs one letter of N, S and one of E, W, or no letters")
    position = Position(lat=lat[0], lon=lon[0])
    across = lon[1] * math.cos(math.radians(max(abs(lat[0]) - lat[1], 0.0)))
    return position, METRES_PER_DEGREE * math.hypot(lat[1], across)


def _from_mgrs(match: re.Match[str], text: str) -> tuple[Position, float]:
    halves = match["digits"].split()
    joined = "".join(halves)
    half = len(joined) // 2
    if len(joined) % 2 or half > 5 or (len(halves) == 2 and len(halves[0]) != half):
        raise Malformed(
            "geo.position", f"{text[:80]!r} is MGRS with uneven digits; give two groups of the same length, 1 to 5"
        )
    reference = f"{match['zone']}{match['square']}{joined}".replace(" ", "").upper()
    try:
        lat, lon = _mgrs().toLatLon(reference)
    except Exception as error:  # The library raises its own class, or RuntimeError, by version.
        raise Malformed("geo.position", f"{text[:80]!r} names no MGRS square that exists") from error
    return Position(lat=lat, lon=_wrapped(lon)), math.sqrt(0.5) * 10.0 ** (5 - half)


def _wrapped(lon: float) -> float:
    return lon if -180 <= lon <= 180 else (lon + 180) % 360 - 180


def _dms(degrees: float, letters: str, width: int) -> str:
    hundredths = round(abs(degrees) * 360_000)
    minutes, rest = divmod(hundredths, 6_000)
    whole, minute = divmod(minutes, 60)
    return f"{whole:0{width}d}°{minute:02d}'{rest / 100:05.2f}\"{letters[degrees < 0]}"


def _spaced(reference: str) -> str:
    square = len(reference) - 10
    parts = (
        reference[: square - 2],
        reference[square - 2 : square],
        reference[square : square + 5],
        reference[square + 5 :],
    )
    return " ".join(part for part in parts if part)


@cache
def _mgrs() -> Any:
    import mgrs  # Loads a shared library; most callers never need it.

    return mgrs.MGRS()
