"""Flags: what a reader should know of a place as a list gave it. A closed list; each has a code and one sentence.

A flagged place is taken as it was given and screened like any other: a flag asks a person to look, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class FlagCode(StrEnum):
    """The closed list of flags."""

    # -- read from the row itself
    POSITION_MISSING = "position.missing"
    POSITION_UNREADABLE = "position.unreadable"
    TWO_POSITIONS = "position.two"
    DECIMALS_FEW = "decimals.few"
    DECIMALS_FALSE = "decimals.false"
    DATUM_UNSTATED = "datum.unstated"
    DATUM_OTHER = "datum.other"
    SOURCE_INDIRECT = "source.indirect"
    LETTERS_AS_DIGITS = "letters.digits"
    TEXT_UNSEEN = "text.unseen"
    NAME_MISSING = "name.missing"
    CATEGORY_UNKNOWN = "category.unknown"
    VALUE_UNREADABLE = "value.unreadable"
    FORMULA = "cell.formula"
    ID_REPEATED = "id.repeated"
    # -- seen beside others and on the ground
    SWAPPED = "position.swapped"
    OUTSIDE_COUNTRY = "country.outside"
    COUNTRY_UNKNOWN = "country.unknown"
    FAR_FROM_DISTRICT = "district.far"
    FAR_FROM_SETTLEMENT = "settlement.far"
    NEAR_DUPLICATE = "duplicate.near"
    DUPLICATE_ACROSS = "duplicate.across"
    POINT_SHARED = "point.shared"


SENTENCES: Mapping[FlagCode, str] = {
    FlagCode.POSITION_MISSING: (
        "It has no position: it is known and not placed, and shows on every screening of its district."
    ),
    FlagCode.POSITION_UNREADABLE: "Its position cannot be read as written, so it is known and not placed.",
    FlagCode.TWO_POSITIONS: "Its row gives two positions, and they are not one place.",
    FlagCode.DECIMALS_FEW: "Its position has two decimals or fewer, so it may lie more than half a kilometre away.",
    FlagCode.DECIMALS_FALSE: (
        "Its position has eight decimals or more, which no survey measures: do not take it for exact."
    ),
    FlagCode.DATUM_UNSTATED: (
        "Nobody says on which datum its position stands; it is taken as WGS84, and 250 m are allowed for it."
    ),
    FlagCode.DATUM_OTHER: (
        "Its position stands on another datum than WGS84; it is kept as written, and 1,000 m are allowed for it."
    ),
    FlagCode.SOURCE_INDIRECT: (
        "Its position comes from a gazetteer or an unnamed source: the settlement's, perhaps, and not the building's."
    ),
    FlagCode.LETTERS_AS_DIGITS: "Letters that look like digits were read as digits in its position.",
    FlagCode.TEXT_UNSEEN: "It holds characters that nobody sees or that turn a line around; each is spelt out.",
    FlagCode.NAME_MISSING: "It has no name.",
    FlagCode.CATEGORY_UNKNOWN: "Its kind is not recognised; it is kept as other_civilian, protected all the same.",
    FlagCode.VALUE_UNREADABLE: "A value cannot be read as what its column holds, and was left out.",
    FlagCode.FORMULA: "A cell holds a formula; its last computed value was taken, and nothing was computed here.",
    FlagCode.ID_REPEATED: "An earlier row of the list has the same id; this row is matched by what it says instead.",
    FlagCode.SWAPPED: "Latitude and longitude are perhaps swapped.",
    FlagCode.OUTSIDE_COUNTRY: "Its position lies outside the country it is listed in.",
    FlagCode.COUNTRY_UNKNOWN: "Its country's name is not recognised, so nobody checked that it lies in it.",
    FlagCode.FAR_FROM_DISTRICT: "Its position lies far from every other place of its district.",
    FlagCode.FAR_FROM_SETTLEMENT: "Its position lies far from the settlement it names.",
    FlagCode.NEAR_DUPLICATE: "Another row is close by and has a similar name: perhaps the same place twice.",
    FlagCode.DUPLICATE_ACROSS: (
        "Another list has a place close by, or in its district, under a like name: perhaps one place in two lists."
    ),
    FlagCode.POINT_SHARED: (
        "Others stand on the same point: perhaps a compound, or a settlement's point given to each of them."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Flag:
    """One flag on one place; `column` is the field it was read from, `detail` what was found there."""

    code: FlagCode
    detail: str = ""
    column: str = ""

    def __str__(self) -> str:
        return f"{SENTENCES[self.code]} {self.detail}".strip()


def counted(flags: Iterable[Iterable[Flag]]) -> dict[FlagCode, int]:
    """Return how many places carry each flag, in the order of the closed list; those that none carries are left out."""
    found = dict.fromkeys(FlagCode, 0)
    for held in flags:
        for code in {flag.code for flag in held}:
            found[code] += 1
    return {code: number for code, number in found.items() if number}
