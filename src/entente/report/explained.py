"""One pair in words that are read out on the telephone: each gap, what is required, and what follows."""

from __future__ import annotations

from entente.deconfliction.explain import Explained
from entente.geo.position import show
from entente.joint.screening import Finding
from entente.report import words


def facts(explained: Explained, names: tuple[str, str]) -> list[tuple[str, str]]:
    """Return names and values, a line each; `names` are what the plan and the other thing are called."""
    said = [("between", " and ".join(map(_volume, names, explained.volumes)))]
    if (nearest := explained.nearest) is not None:
        place = "" if nearest.place is None else "{0.decimal}\n{0.mgrs}".format(show(nearest.place))
        said += [
            ("across", f"{_across(nearest)}: {_enough(explained.apart_across)}"),
            ("in height", f"{_height(nearest)}: {_enough(explained.apart_in_height)}"),
            ("in time", f"{_time(nearest)}: {_enough(explained.apart_in_time)}"),
            ("nearest place", place),
            ("know", words.marks_in_words(nearest.marks)),
        ]
    said += [
        (words.phrase(finding.against), f"{words.closeness(finding)}: {words.marks_in_words(finding.marks)}")
        for finding in explained.findings
        if finding != nearest
    ]
    return [*said, ("so", _so(explained))]


def _volume(name: str, which: tuple[int, int]) -> str:
    return f"{name}, volume {which[0]} of {which[1]}" if which[1] > 1 else name


def _across(finding: Finding) -> str:
    assert finding.horizontal_m is not None, "a pair of shapes has a gap"
    doubt = f", and {finding.doubt_m:,.0f} m of doubt" if finding.doubt_m >= 1 else ""
    gap, required = finding.horizontal_m, finding.required_horizontal_m
    return f"{_metres(gap)} apart of {_metres(required)} required{doubt}"


def _metres(metres: float) -> str:
    return f"{words.nautical(metres)} NM ({metres:,.0f} m)"


def _height(finding: Finding) -> str:
    gap = "unknown" if finding.vertical_m is None else f"{words.feet(finding.vertical_m)} ft apart as written"
    return f"{gap} of {words.feet(finding.required_vertical_m)} ft required"


def _time(finding: Finding) -> str:
    if finding.interval is not None:
        return f"both there {words.when(finding.interval)}"
    return f"{finding.time_s:,.0f} s apart"


def _enough(apart: bool) -> str:
    return "enough" if apart else "not enough"


def _so(explained: Explained) -> str:
    ways = {
        "across": explained.apart_across,
        "in height": explained.apart_in_height,
        "in time": explained.apart_in_time,
    }
    enough = [way for way, apart in ways.items() if apart]
    if explained.nearest is None:
        return "it has no position, so nothing can be measured; ask the notifier"
    if not enough:
        return "not enough in any of the three ways: a finding"
    apart = f"enough {' and '.join(enough)}, so the two are clear of each other"
    return f"{apart}; what was agreed on timing is not kept" if explained.findings else apart
