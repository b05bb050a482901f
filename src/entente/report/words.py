"""Findings and their parts in words, the same on the map, in the report and on the command line.

How close is `picture.closeness`, here in English; times are told as date-time groups.

>>> when(Interval.parse("2026-11-22T10:00:00Z/2026-11-22T11:00:00Z"))
'221000ZNOV26 to 221100ZNOV26'
"""

from __future__ import annotations

from entente.geo.altitude import Band, show
from entente.geo.interval import Interval, dtg
from entente.joint.screening import Against
from entente.picture.catalogues import ENGLISH
from entente.picture.closeness import NM_M, closeness, feet, gap, marks_in_words, nautical

__all__ = [
    "AGAINST", "CONTACT_US", "NM_M", "band", "closeness", "feet", "gap", "marks_in_words", "nautical", "phrase", "when",
]  # fmt: skip

AGAINST = {against: ENGLISH.codes[f"bars.{against}"] for against in Against}

CONTACT_US = ENGLISH.phrases["finding_hidden"].removeprefix("{by} ")
"""What stands in place of a finding that rests on something the reader may not see."""


def when(interval: Interval | None) -> str:
    """Tell an interval as two date-time groups."""
    return "at any time" if interval is None else f"{dtg(interval.start)} to {dtg(interval.end)}"


def band(height: Band | None) -> str:
    """Tell a band of altitude: ``GND to FL100``."""
    return "all heights" if height is None else f"{show(height.lower)} to {show(height.upper)}"


def phrase(code: str) -> str:
    """Tell a code of a closed list: ``no_objection`` is "no objection"."""
    return code.replace("_", " ")
