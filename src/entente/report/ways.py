"""Ways out in words: what each shift is, and what is to be said when there is none, or when something is left.

>>> shift(4200, -304.8)
'1 h 10 min later and 1,000 ft lower'
>>> shift(-120, 50.0)
'2 min earlier and 50 m higher'
"""

from __future__ import annotations

from entente.deconfliction.resolve import Reach, Way, Ways
from entente.geo.altitude import FOOT_M
from entente.geo.interval import Interval
from entente.joint.screening import Against, Finding
from entente.report import words

NATURE = (
    "These are alternatives for whoever owns the plan, and decide nothing. "
    "Whether an aircraft can fly them, and how high the ground is, was not looked at."
)


def shift(later_s: int, higher_m: float) -> str:
    """Tell a shift [s], [m]."""
    parts = [f"{_time(later_s)} {'later' if later_s > 0 else 'earlier'}"] if later_s else []
    parts += [f"{_height(abs(higher_m))} {'higher' if higher_m > 0 else 'lower'}"] if higher_m else []
    return " and ".join(parts)


def reach_in_words(reach: Reach) -> str:
    """Tell how far was looked."""
    times, heights = (reach.earlier_s, reach.later_s), (reach.lower_m, reach.higher_m)
    time = f"{_time(max(times))}" if len(set(times)) == 1 else f"{_time(times[0])} earlier, {_time(times[1])} later"
    height = (
        f"{_height(max(heights))}"
        if len(set(heights)) == 1
        else f"{_height(heights[0])} lower, {_height(heights[1])} higher"
    )
    return f"{time} and {height}"


def window(way: Way) -> Interval:
    """Return from when to when a shifted plan is."""
    times = [volume.interval for volume in way.plan.volumes]
    return Interval(start=min(time.start for time in times), end=max(time.end for time in times))


def heights(way: Way) -> str:
    """Tell the bands of a shifted plan, three at most."""
    bands = list(dict.fromkeys(words.band(volume.band) for volume in way.plan.volumes))
    return "\n".join([*bands[:3], *([f"and {len(bands) - 3} more"] if len(bands) > 3 else [])])


def sentences(ways: Ways, reach: Reach) -> list[str]:
    """Return what must be said of one plan's ways out besides the ways, a clear sentence each."""
    if not ways.findings:
        return ["The plan is clear as it is."]
    said = [_left(finding) for finding in ways.left]
    if len(ways.left) < len(ways.findings):
        said += [f"{_name(finding)} bars every shift within {reach_in_words(reach)}." for finding in ways.barring]
        if not ways.ways and not ways.barring:
            said += [f"No shift within {reach_in_words(reach)} is clear of everything that is held here."]
        if ways.fixed:
            said += ["The plan begins at the ground, so only its time was shifted."]
    return said


def _left(finding: Finding) -> str:
    if finding.against is Against.UNPLACED:
        return f"{_name(finding)}: no shift answers it, since nobody knows where they are; ask the notifier."
    if "link.unknown" in finding.marks:
        return f"The timing link to {finding.other} cannot be checked: that operation is not held here."
    return f"{_name(finding)} stays a finding: no shift within reach avoids it, and none here comes closer to it."


def _name(finding: Finding) -> str:
    name = finding.other_title or finding.other
    return name if finding.against is Against.UNPLACED else f"{name} ({words.AGAINST[finding.against]})"


def _time(seconds: int) -> str:
    hours, minutes = divmod(abs(seconds) // 60, 60)
    return " ".join([f"{hours} h"] * (hours > 0) + [f"{minutes} min"] * (minutes > 0 or not hours))


def _height(metres: float) -> str:
    return f"{words.feet(metres)} ft" if round(metres / FOOT_M, 3).is_integer() else f"{metres:,.0f} m"
