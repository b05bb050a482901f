"""Rows of volumes in arrays: where each lies in space, height and time, and which rows come near to given ones.

One row is one volume of one owner. A query filters by the whole plan first, then pair by pair by time, altitude and
box: time and altitude before shape, which was nine times faster than the other way when it was tried. Boxes stand in
earth-centred coordinates, so that neither a pole nor the antimeridian is special. What a query returns has yet to be
compared exactly; what it leaves out is surely far enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from entente.deconfliction.core import SLACK_M, Core, Floats, Rows, Truths
from entente.deconfliction.vertical import Bounds, apart, sure_gaps

FOREVER_MS = 2**60
"""[ms] Beyond every time; far enough from the integer's end that differences do not wrap."""
_PAIRS_AT_ONCE = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One volume. `group` is the line of the caller's table of needs; `doubt_m` [m] is known beforehand."""

    core: Core
    bounds: Bounds
    start_ms: int
    end_ms: int
    group: int
    doubt_m: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What separation each group asks for: (groups,) [m], [m], [ms]; and the margins between altitudes (4, 4) [m]."""

    horizontal_m: Floats
    vertical_m: Floats
    time_ms: Rows
    margins: Floats


class Index:
    """Rows by owner. Freed rows are used again; arrays double when full."""

    def __init__(self) -> None:
        self.owners: dict[str, list[int]] = {}
        self.cores: list[Core | None] = []
        self.owner_of: list[str] = []
        self._free: list[int] = []
        self._boxes = np.full((0, 6), np.nan)
        self.bounds = np.zeros((0, 4))
        self.times = np.zeros((0, 2), dtype=np.int64)
        self.nth = np.zeros(0, dtype=np.int64)
        self.groups = np.zeros(0, dtype=np.int64)
        self.doubts = np.zeros(0)

    def put(self, owner: str, rows: Iterable[Row]) -> None:
        """Hold these rows for `owner`, instead of any it had."""
        self.drop(owner)
        self.owners[owner] = [self._write(owner, nth, row) for nth, row in enumerate(rows)]

    def drop(self, owner: str) -> None:
        """Forget the rows of `owner`; one that has none is no error."""
        for at in self.owners.pop(owner, ()):
            self._boxes[at] = np.nan  # No comparison with it holds, so that no query returns the row.
            self.cores[at] = None
            self._free.append(at)

    def near(self, own: Index, needs: Needs) -> Iterator[tuple[Rows, Rows]]:
        """Yield pairs (rows of `own`, rows of this index) that time, altitude and box do not set apart."""
        mine = np.flatnonzero(~np.isnan(own._boxes[:, 0]))
        if not len(mine):
            return
        theirs = self._near_whole(own, mine, needs)
        step = max(1, _PAIRS_AT_ONCE // max(1, len(theirs)))
        for start in range(0, len(mine), step):
            i, j = self._by_time(own, mine[start : start + step], theirs, needs)
            kept = ~apart(sure_gaps(own.bounds[i], self.bounds[j], needs.margins), needs.vertical_m[self.groups[j]])
            i, j = i[kept], j[kept]
            kept = self._boxes_near(own._boxes[i], j, needs)
            yield i[kept], j[kept]

    def core(self, at: int) -> Core:
        """Return the core of a held row."""
        core = self.cores[at]
        assert core is not None, "a row that was dropped"
        return core

    def _near_whole(self, own: Index, mine: Rows, needs: Needs) -> Rows:
        boxes, times = own._boxes[mine], own.times[mine]
        whole = np.concatenate([boxes[:, :3].min(axis=0), boxes[:, 3:].max(axis=0)])
        wait = int(needs.time_ms.max(initial=0))
        held = np.arange(len(self._boxes))
        held = held[(self.times[:, 0] < times[:, 1].max() + wait) & (self.times[:, 1] > times[:, 0].min() - wait)]
        near: Rows = held[self._boxes_near(whole[None, :], held, needs)]
        return near

    def _by_time(self, own: Index, mine: Rows, theirs: Rows, needs: Needs) -> tuple[Rows, Rows]:
        starts, ends = self.times[theirs].T
        wait = needs.time_ms[self.groups[theirs]]
        # Half-open: [a, b) and [b, c) share no moment, but are closer than any wait above zero.
        first = starts[None, :] < own.times[mine, 1][:, None] + wait[None, :]
        second = own.times[mine, 0][:, None] < ends[None, :] + wait[None, :]
        i, j = np.nonzero(first & second)
        return mine[i], theirs[j]

    def _boxes_near(self, boxes: Floats, rows: Rows, needs: Needs) -> Truths:
        reach = (needs.horizontal_m[self.groups[rows]] + self.doubts[rows] + SLACK_M)[:, None]
        held = self._boxes[rows]
        near: Truths = np.all((held[:, :3] - reach <= boxes[:, 3:]) & (held[:, 3:] + reach >= boxes[:, :3]), axis=1)
        return near

    def _write(self, owner: str, nth: int, row: Row) -> int:
        if not self._free:
            self._grow()
        at = self._free.pop()
        self._boxes[at], self.bounds[at], self.times[at] = row.core.box, row.bounds, (row.start_ms, row.end_ms)
        self.groups[at], self.doubts[at] = row.group, row.doubt_m
        self.cores[at], self.owner_of[at], self.nth[at] = row.core, owner, nth
        return at

    def _grow(self) -> None:
        had, more = len(self._boxes), max(16, len(self._boxes))
        self._boxes = np.concatenate([self._boxes, np.full((more, 6), np.nan)])
        self.bounds = np.concatenate([self.bounds, np.zeros((more, 4))])
        self.times = np.concatenate([self.times, np.zeros((more, 2), dtype=np.int64)])
        self.nth = np.concatenate([self.nth, np.zeros(more, dtype=np.int64)])
        self.groups = np.concatenate([self.groups, np.zeros(more, dtype=np.int64)])
        self.doubts = np.concatenate([self.doubts, np.zeros(more)])
        self.cores.extend([None] * more)
        self.owner_of.extend([""] * more)
        self._free.extend(range(had + more - 1, had - 1, -1))
