"""How close a finding is, and what is to be known of it: the same facts in every language, for whoever flies.

Distances are told in nautical miles and feet, which is what people who fly read. What is signed tells them in metres,
as the agreement fixes them (`wording`).

>>> from entente.picture.catalogues import RUSSIAN
>>> gap(926.0, 9260.0, None, 304.8)
'0.50 of 5.0 NM, vertical gap unknown (1,000 ft required)'
>>> gap(926.0, 9260.0, 91.44, 304.8, RUSSIAN)
'0.50 из 5.0 мор. миль, 300 из 1\xa0000 футов'
>>> marks_in_words(("altitude.incomparable", "made.up"))
'the two altitudes cannot be compared and count as overlapping; made.up'
"""

from __future__ import annotations

from entente.geo.altitude import FOOT_M
from entente.joint.screening import Against, Finding
from entente.picture.catalogues import ENGLISH, Catalogue

NM_M = 1852.0
"""[m] The international nautical mile, exact."""


def marks_in_words(marks: tuple[str, ...], words: Catalogue = ENGLISH) -> str:
    """Tell each mark; a mark that this version does not know is shown as it is."""
    return "; ".join(words.codes.get(f"mark.{mark}", mark) for mark in marks)


def nautical(metres: float, words: Catalogue = ENGLISH) -> str:
    """Tell a length [m] in nautical miles, with as many digits as help: ``5.0``, ``0.54``, ``120``."""
    miles = metres / NM_M
    return f"{miles:.2f}" if miles < 1 else f"{miles:.1f}" if miles < 100 else words.number(miles)


def feet(metres: float, words: Catalogue = ENGLISH) -> str:
    """Tell a height [m] in whole feet: ``1,000``."""
    return words.number(metres / FOOT_M)


def gap(
    horizontal: float | None, horizontal_required: float, vertical: float | None, vertical_required: float,
    words: Catalogue = ENGLISH,
) -> str:  # fmt: skip
    """Tell how close against how close is allowed, all in metres; None is a gap that cannot be told."""
    required, required_up = nautical(horizontal_required, words), feet(vertical_required, words)
    across = (
        words.say("gap.across_unknown")
        if horizontal is None
        else words.say("gap.across", told=nautical(horizontal, words), required=required)
    )
    above = (
        words.say("gap.above_unknown", required=required_up)
        if vertical is None
        else words.say("gap.above", told=feet(vertical, words), required=required_up)
    )
    return words.say("gap.both", across=across, above=above)


def closeness(finding: Finding, words: Catalogue = ENGLISH) -> str:
    """Tell what one finding measured, in a form that fits its kind."""
    apart = words.number(finding.time_s) if finding.time_s else ""
    match finding.against:
        case Against.UNPLACED:
            return words.say("closeness.unplaced")
        case Against.LINK:
            return words.say("closeness.link", count=apart) if apart else words.say("closeness.link_none")
        case Against.AREA if finding.horizontal_m == 0 and not finding.vertical_m:
            return words.say("closeness.inside" if finding.vertical_m == 0 else "closeness.inside_perhaps")
        case _:
            told = gap(
                finding.horizontal_m, finding.required_horizontal_m, finding.vertical_m,
                finding.required_vertical_m, words,
            )  # fmt: skip
            return words.say("closeness.apart", gap=told, count=apart) if apart else told
