"""Findings and their parts in words, the same on the map, in the report and on the command line.

Distances are told in nautical miles and feet, which is what people who fly read; times as date-time groups.

>>> marks_in_words(("altitude.incomparable", "made.up"))
'the two altitudes cannot be compared and count as overlapping; made.up'
>>> gap(926.0, 9260.0, None, 304.8)
'0.50 of 5.0 NM, vertical gap unknown (1,000 ft required)'
"""

from __future__ import annotations

from entente.geo.altitude import FOOT_M, Band, show
from entente.geo.interval import Interval, dtg
from entente.joint.screening import Against, Finding

NM_M = 1852.0
"""[m] The international nautical mile, exact."""

MARKS = {
    "altitude.incomparable": "the two altitudes cannot be compared and count as overlapping",
    "altitude.uncertain": "the two altitudes have different references, and the doubt between them was added",
    "area.coordination_required": "inside an area where entry needs coordination",
    "area.humanitarian_corridor": "inside a humanitarian corridor",
    "area.no_fly": "inside a no-fly area",
    "area.others_forces_present": "others' forces are present",
    "area.restricted": "inside a restricted area",
    "link.apart_at_least": "the two are closer in time than agreed",
    "link.not_before_end": "it starts before the other has ended, and the agreed time after it",
    "link.unknown": "the linked operation is not held here",
    "movement.held_up": "the movement is held up, so that what lies ahead of it stays protected beyond its timetable",
    "movement.overdue": "the movement's time is over and nobody has ended it, so that all its way stays protected",
    "movement.unmarked_at_night": "its vehicles have no mark that can be seen at night",
    "movement.stale": "its newest version was not given to us; this is an older one",
    "site.disputed": "the site is disputed, and still protected",
    "site.duplicate": "the site may be listed twice",
    "site.ended": "its originator has ended the site",
    "site.humanitarian_movement": "a humanitarian movement on its way",
    "site.expired": "the notification has expired, and the site is still protected",
    "site.unplaced": "the place is known and its position is not",
}

AGAINST = {
    Against.OPERATION: "another operation",
    Against.SITE: "a protected site",
    Against.AREA: "a designated area",
    Against.LINK: "a timing link",
    Against.UNPLACED: "unplaced sites",
}

CONTACT_US = "found something that may not be shown here: contact them"
"""What stands in place of a finding that rests on something the reader may not see."""


def marks_in_words(marks: tuple[str, ...]) -> str:
    """Tell each mark; a mark that this version does not know is shown as it is."""
    return "; ".join(MARKS.get(mark, mark) for mark in marks)


def nautical(metres: float) -> str:
    """Tell a length [m] in nautical miles, with as many digits as help: ``5.0``, ``0.54``, ``120``."""
    miles = metres / NM_M
    return f"{miles:.2f}" if miles < 1 else f"{miles:.1f}" if miles < 100 else f"{miles:,.0f}"


def feet(metres: float) -> str:
    """Tell a height [m] in whole feet: ``1,000``."""
    return f"{metres / FOOT_M:,.0f}"


def gap(horizontal: float | None, horizontal_required: float, vertical: float | None, vertical_required: float) -> str:
    """Tell how close against how close is allowed, all in metres; None is a gap that cannot be told."""
    across = (
        "distance unknown" if horizontal is None else f"{nautical(horizontal)} of {nautical(horizontal_required)} NM"
    )
    above = "vertical gap unknown" if vertical is None else f"{feet(vertical)} of {feet(vertical_required)} ft"
    return f"{across}, {above}" + ("" if vertical is not None else f" ({feet(vertical_required)} ft required)")


def closeness(finding: Finding) -> str:
    """Tell what one finding measured, in a form that fits its kind."""
    match finding.against:
        case Against.UNPLACED:
            return "cannot be measured"
        case Against.LINK:
            return f"{finding.time_s:,.0f} s apart, less than agreed" if finding.time_s else "not apart at all"
        case Against.AREA if finding.horizontal_m == 0 and not finding.vertical_m:
            return "inside" if finding.vertical_m == 0 else "inside, as far as can be told"
        case _:
            told = gap(
                finding.horizontal_m, finding.required_horizontal_m, finding.vertical_m, finding.required_vertical_m
            )
            return told if not finding.time_s else f"{told}, {finding.time_s:,.0f} s apart"


def when(interval: Interval | None) -> str:
    """Tell an interval as two date-time groups."""
    return "at any time" if interval is None else f"{dtg(interval.start)} to {dtg(interval.end)}"


def band(height: Band | None) -> str:
    """Tell a band of altitude: ``GND to FL100``."""
    return "all heights" if height is None else f"{show(height.lower)} to {show(height.upper)}"


def phrase(code: str) -> str:
    """Tell a code of a closed list: ``no_objection`` is "no objection"."""
    return code.replace("_", " ")
