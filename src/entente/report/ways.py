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
from entente.picture.catalogues import ENGLISH, Catalogue, retelling
from entente.report import words as phrases

NATURE = ENGLISH.phrases["way.nature"]


def shift(later_s: int, higher_m: float, words: Catalogue = ENGLISH) -> str:
    """Tell a shift [s], [m]."""
    parts = []
    if later_s:
        parts.append(words.say("way.later" if later_s > 0 else "way.earlier", time=_time(later_s, words)))
    if higher_m:
        parts.append(words.say("way.higher" if higher_m > 0 else "way.lower", height=_height(abs(higher_m), words)))
    return words.say("way.both", one=parts[0], other=parts[1]) if len(parts) == 2 else "".join(parts)


def reach_in_words(reach: Reach, words: Catalogue = ENGLISH) -> str:
    """Tell how far was looked."""
    say, time, height = words.say, _time(reach.earlier_s, words), _height(reach.lower_m, words)
    if reach.later_s != reach.earlier_s:
        earlier, later = say("way.earlier", time=time), say("way.later", time=_time(reach.later_s, words))
        time = say("way.either", one=earlier, other=later)
    if reach.higher_m != reach.lower_m:
        lower, higher = say("way.lower", height=height), say("way.higher", height=_height(reach.higher_m, words))
        height = say("way.either", one=lower, other=higher)
    return say("way.both", one=time, other=height)


def window(way: Way) -> Interval:
    """Return from when to when a shifted plan is."""
    times = [volume.interval for volume in way.plan.volumes]
    return Interval(start=min(time.start for time in times), end=max(time.end for time in times))


def heights(way: Way, words: Catalogue = ENGLISH) -> str:
    """Tell the bands of a shifted plan, three at most."""
    bands = list(dict.fromkeys(phrases.band(volume.band) for volume in way.plan.volumes))
    return "\n".join([*bands[:3], *([words.say("way.more", count=len(bands) - 3)] if len(bands) > 3 else [])])


def sentences(ways: Ways, reach: Reach, words: Catalogue = ENGLISH) -> list[str]:
    """Return what must be said of one plan's ways out besides the ways, a clear sentence each."""
    say = words.say
    if not ways.findings:
        return [say("way.quiet")]
    said = [_left(finding, words) for finding in ways.left]
    if len(ways.left) < len(ways.findings):
        within = reach_in_words(reach, words)
        said += [say("way.barred", name=_name(finding, words), reach=within) for finding in ways.barring]
        if not ways.ways and not ways.barring:
            said += [say("way.none", reach=within)]
        if ways.fixed:
            said += [say("way.ground")]
    return said


def _left(finding: Finding, words: Catalogue) -> str:
    if finding.against is Against.UNPLACED:
        return words.say("way.unplaced", name=_name(finding, words))
    if "link.unknown" in finding.marks:
        return words.say("way.link", other=finding.other)
    return words.say("way.left", name=_name(finding, words))


def _name(finding: Finding, words: Catalogue) -> str:
    name = finding.other_title or finding.other
    if finding.against is Against.UNPLACED:
        return retelling.unplaced(name, words)
    return words.say("way.named", name=name, what=words.code(finding.against, "bars"))


def _time(seconds: int, words: Catalogue) -> str:
    return words.hours(abs(seconds) // 60 * 60)


def _height(metres: float, words: Catalogue) -> str:
    if round(metres / FOOT_M, 3).is_integer():
        return words.say("way.feet", count=phrases.feet(metres, words))
    return words.say("way.metres", count=words.number(metres))
