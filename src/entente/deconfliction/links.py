"""Timing links: whether two operations that are tied together in time keep what was agreed.

A link names an operation; a held plan belongs to it when its id is that name, or that name, ``@`` and a version.
Links count from both ends: a plan that moves may break a link that the other side's plan declares.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from entente.deconfliction.airspace import Airspace, interval_of, milliseconds
from entente.deconfliction.index import FOREVER_MS
from entente.joint.plan import LinkKind, Plan, TimingLink
from entente.joint.screening import Against, Finding, Input


@dataclass(frozen=True, slots=True)
class _Span:
    start: int
    end: int


def broken_links(plan: Plan, airspace: Airspace, ignore: Collection[str]) -> Iterator[Finding]:
    """Yield a finding for each link of `plan`, or to it, that is broken, and for each whose other end is not held."""
    for link in plan.links:
        held = _held(link, airspace, ignore)
        if not held:
            yield _finding(plan, link.other, "", ("link.unknown",), None)
        for other in held:
            yield from _broken(plan, other, link, _gap_ms(link, _span(plan), _span(other)))
    for other, link in _to(plan, airspace, ignore):
        yield from _broken(plan, other, link, _gap_ms(link, _span(other), _span(plan)))


def barred_shifts(plan: Plan, airspace: Airspace, ignore: Collection[str]) -> Iterator[tuple[str, int, int]]:
    """Yield, for each link of `plan` or to it, the other plan's id and what shifts in time of `plan` break the link.

    They are those between two times [ms], both excluded. A link whose other end is not held bars nothing.
    """
    for link in plan.links:
        for other in _held(link, airspace, ignore):
            before, after = _barred(link, _span(plan), _span(other))
            yield other.id, -FOREVER_MS if link.kind is LinkKind.NOT_BEFORE_END else before, after
    for other, link in _to(plan, airspace, ignore):
        before, after = _barred(link, _span(plan), _span(other))
        yield other.id, before, FOREVER_MS if link.kind is LinkKind.NOT_BEFORE_END else after


def _held(link: TimingLink, airspace: Airspace, ignore: Collection[str]) -> list[Plan]:
    """Return the plans that a link names."""
    return [plan for plan in airspace.plans_of(link.other) if plan.id not in ignore]


def _to(plan: Plan, airspace: Airspace, ignore: Collection[str]) -> Iterator[tuple[Plan, TimingLink]]:
    """Yield the links that others have to `plan`."""
    for other in airspace.linked.values():
        for link in other.links:
            if _belongs(plan, link) and other.id not in ignore:
                yield other, link


def _barred(link: TimingLink, own: _Span, other: _Span) -> tuple[int, int]:
    """Return the last shift of `own` [ms] that keeps it the link's time before `other`, and the first that is after."""
    return other.start - own.end - link.seconds * 1000, other.end - own.start + link.seconds * 1000


def _broken(plan: Plan, other: Plan, link: TimingLink, gap_ms: int) -> Iterator[Finding]:
    if gap_ms < link.seconds * 1000:
        yield _finding(plan, other.id, other.title, (f"link.{link.kind}",), (gap_ms, _span(plan), _span(other)))


def _gap_ms(link: TimingLink, own: _Span, other: _Span) -> int:
    """Return how long [ms] after `other` the link's owner comes; less than 0 where it comes before the end."""
    after = own.start - other.end
    match link.kind:
        case LinkKind.NOT_BEFORE_END:
            return after
        case LinkKind.APART_AT_LEAST:
            return max(after, other.start - own.end)


def _finding(
    plan: Plan, other: str, title: str, marks: tuple[str, ...], timing: tuple[int, _Span, _Span] | None
) -> Finding:
    gap_ms, own, their = timing if timing is not None else (0, _span(plan), _span(plan))
    both = interval_of(max(own.start, their.start), min(own.end, their.end)) if timing is not None else None
    return Finding(
        plan=plan.id,
        against=Against.LINK,
        other=other,
        other_title=title,
        horizontal_m=None,
        vertical_m=None,
        time_s=max(gap_ms, 0) / 1000,
        required_horizontal_m=0.0,
        required_vertical_m=0.0,
        doubt_m=0.0,
        interval=both,
        place=None,
        marks=marks,
        inputs=(Input(kind=Against.OPERATION, id=plan.id), Input(kind=Against.OPERATION, id=other)),
    )


def _belongs(plan: Plan, link: TimingLink) -> bool:
    return plan.id == link.other or plan.id.startswith(f"{link.other}@")


def _span(plan: Plan) -> _Span:
    """From a plan's first start to its last end."""
    times = [milliseconds(volume.interval) for volume in plan.volumes]
    return _Span(min(start for start, _ in times), max(end for _, end in times))
