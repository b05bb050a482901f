"""One kind of thing that plans are held against, and the worst pair of rows for each of its owners."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

import numpy as np

from entente.deconfliction.airspace import interval_of
from entente.deconfliction.core import Floats, Rows
from entente.deconfliction.index import Index, Needs, too_close
from entente.deconfliction.nearness import place
from entente.deconfliction.vertical import Bounds, compare, sure_gaps
from entente.joint.plan import Plan
from entente.joint.screening import Against, Finding, Input


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """What to compare with: its rows, what they need, which owners to leave out, and their words in a finding."""

    against: Against
    rows: Index
    needs: Needs
    left_out: Collection[str]
    title: Callable[[str], str]
    marks: Callable[[str], tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Close:
    """Pairs of rows that are too close, each (n,): gap [m], doubt [m] added to the requirement, wait [ms]."""

    own: Rows
    other: Rows
    gap_m: Floats
    doubt_m: Floats
    wait_ms: Rows

    def at(self, chosen: Rows) -> _Close:
        return _Close(
            own=self.own[chosen],
            other=self.other[chosen],
            gap_m=self.gap_m[chosen],
            doubt_m=self.doubt_m[chosen],
            wait_ms=self.wait_ms[chosen],
        )


def worst_of_each(plan: Plan, own: Index, layer: Layer) -> Iterator[Finding]:
    """Yield one finding for each owner of which some row is too close to one of `plan`, whose rows are `own`."""
    best: dict[str, tuple[tuple[float, ...], Finding]] = {}
    for i, j in layer.rows.near(own, layer.needs):
        kept = np.array([layer.rows.owner_of[row] not in layer.left_out for row in j], dtype=bool)
        if not kept.any():
            continue
        close = _too_close(own, layer, i[kept], j[kept])
        ranks = _ranks(own, layer, close)
        for k in _first_of_each(close, ranks, layer.rows):
            owner, rank = layer.rows.owner_of[close.other[k]], tuple(float(part) for part in ranks[:, k])
            if owner not in best or rank < best[owner][0]:
                best[owner] = rank, _finding(plan, own, layer, close.at(np.array([k])))
    for _, finding in best.values():
        yield finding


def _too_close(own: Index, layer: Layer, i: Rows, j: Rows) -> _Close:
    gap, doubt = layer.rows.measure(own, i, j)
    near = too_close(gap, doubt, layer.needs.horizontal_m[layer.rows.groups[j]])
    before, after = own.times[i, 0] - layer.rows.times[j, 1], layer.rows.times[j, 0] - own.times[i, 1]
    wait = np.maximum(np.maximum(before, after), 0)
    return _Close(own=i, other=j, gap_m=gap, doubt_m=doubt, wait_ms=wait).at(np.flatnonzero(near))


def _ranks(own: Index, layer: Layer, close: _Close) -> Floats:
    """Return (5, n), smaller is worse: the greatest gap as a part of its need, their sum, then which rows they are."""
    needs, group = layer.needs, layer.rows.groups[close.other]
    above = sure_gaps(own.bounds[close.own], layer.rows.bounds[close.other], needs.margins)
    parts = [
        _part(np.maximum(close.gap_m - close.doubt_m, 0.0), needs.horizontal_m[group]),
        _part(np.maximum(above, 0.0), needs.vertical_m[group]),
        _part(close.wait_ms.astype(float), needs.time_ms[group].astype(float)),
    ]
    # Rows are named by their place in their plan: where they stand in the index depends on the order of putting.
    which = [layer.rows.nth[close.other].astype(float), close.own.astype(float)]
    return np.stack([np.max(parts, axis=0), np.sum(parts, axis=0), close.gap_m, *which])


def _part(gap: Floats, need: Floats) -> Floats:
    part: Floats = np.divide(gap, need, out=np.zeros_like(gap), where=need > 0)
    return part


def _first_of_each(close: _Close, ranks: Floats, rows: Index) -> Iterator[int]:
    seen: set[str] = set()
    for k in np.lexsort(ranks[::-1]):
        owner = rows.owner_of[close.other[k]]
        if owner not in seen:
            seen.add(owner)
            yield int(k)


def _finding(plan: Plan, own: Index, layer: Layer, pair: _Close) -> Finding:
    i, j = int(pair.own[0]), int(pair.other[0])
    owner, group = layer.rows.owner_of[j], layer.rows.groups[j]
    altitude = compare(_bounds(own, i), _bounds(layer.rows, j), layer.needs.margins)
    start, end = max(own.times[i, 0], layer.rows.times[j, 0]), min(own.times[i, 1], layer.rows.times[j, 1])
    return Finding(
        plan=plan.id,
        against=layer.against,
        other=owner,
        other_title=layer.title(owner),
        horizontal_m=float(pair.gap_m[0]),
        vertical_m=altitude.gap_m,
        time_s=float(pair.wait_ms[0]) / 1000,
        required_horizontal_m=float(layer.needs.horizontal_m[group]),
        required_vertical_m=float(layer.needs.vertical_m[group]),
        doubt_m=float(pair.doubt_m[0]),
        interval=interval_of(int(start), int(end)),
        place=place(own.core(i), layer.rows.core(j)),
        marks=tuple(sorted({*altitude.marks, *layer.marks(owner)})),
        inputs=(Input(kind=Against.OPERATION, id=plan.id), Input(kind=layer.against, id=owner)),
    )


def _bounds(index: Index, row: int) -> Bounds:
    lower, lower_code, upper, upper_code = (float(bound) for bound in index.bounds[row])
    return lower, int(lower_code), upper, int(upper_code)
