"""Rows of volumes, and which of them come too close to given ones.

One row is one volume of one owner. There are two ways to search, which give the same answers: the plain one looks at
every row (`plain`), the compiled one at a grid's cells (`grid`), some hundred times faster among 100,000 rows. The
second is taken where it is worth it and stands ready (`compiled`).

Rows stand where there was room; whoever needs an order takes it from owners and from `nth`. One thread at a time may
change an index or ask it; only the questions within one `all_pairs` may be asked side by side.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from entente.deconfliction import compiled as compiling
from entente.deconfliction import plain
from entente.deconfliction.batch import FOREVER_MS, ROW, Batch, Records, Row, aligned, question
from entente.deconfliction.core import SLACK_M, Core, Floats, Rows
from entente.deconfliction.nearness import bend, gaps
from entente.deconfliction.needs import Needs, packed

if TYPE_CHECKING:
    from entente.deconfliction.grid import Grid

__all__ = ["FOREVER_MS", "Batch", "Index", "Needs", "Query", "Row"]

WORTH_IT = 5_000
"""Rows from which on the compiled way is taken: below, a search among all takes less than loading it."""
_PAIRS_A_PAGE = 1_000_000
_PART, _ROUND = 2_048, 16
"""Rows that one thread looks at before it takes more, and how many such parts are under way before pages are read."""
_FEW = 16
"""Up to so many rows are copied one by one."""
Spread = Callable[[Callable[[Rows], list[Rows]], Iterable[Rows]], Iterable[list[Rows]]]
_NO_OWNERS: Rows = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """One volume made ready to be asked about, with what separation it needs from each group."""

    records: Records
    points: Floats
    needs: Needs
    packed: Floats
    places: Rows
    """Where all this is, for the compiled way."""

    @staticmethod
    def of(batch: Batch, k: int, needs: Needs) -> Query:
        """Return the query of row `k` of a batch."""
        records = batch.records[k : k + 1].copy()
        first, count = int(records["first"][0]), int(records["count"][0])
        records["first"] = 0
        points, table, margins = batch.points[first : first + count].copy(), packed([needs]), needs.margins
        return Query(records, points, needs, table, question(records, points, table, margins))


class Index:
    """Rows by owner. Freed rows and points are used again; arrays grow when full."""

    def __init__(self, *, compiled: bool | None = None) -> None:
        """Hold nothing. `compiled` forces one of the two ways, at the price of compiling where that was never done."""
        self.owner_of: list[str] = []
        self._first_row: dict[str, int] = {}
        self._records: Records = np.zeros(0, dtype=ROW)
        self._points: Floats = np.empty((0, 3))
        self._used, self._points_used = 0, 0
        self._free: list[int] = []
        self._runs: defaultdict[int, list[int]] = defaultdict(list)
        self._compiled = compiled
        self._grid: Grid | None = None

    def __len__(self) -> int:
        return self._used - len(self._free)

    # -- changes -------------------------------------------------------------------------------------------------------

    def put(self, owner: str, rows: Iterable[Row] | Batch) -> None:
        """Hold these rows for `owner`, instead of any it had.

        Raises:
            Malformed: `batch.*`, for a number that would hide a conflict; the index is then as before.
        """
        batch = rows if isinstance(rows, Batch) else Batch.of(rows)
        self.drop(owner)
        if self._grid is not None and len(batch.records) == 1:
            row, first = self._room_for_row(), self._room_for_points(int(batch.records["count"][0]))
            self._grow()
            self._grid.put_one(batch.records, batch.points, row, first)
            self._first_row[owner] = row
            self.owner_of[row] = owner
        elif len(batch):
            at = self._write(batch)
            self._records["nth"][at] = np.arange(len(at))
            self._records["owner"][at] = at[0]
            self._records["sibling"][at[:-1]] = at[1:]
            self._first_row[owner] = int(at[0])
            for row in at.tolist():
                self.owner_of[row] = owner
            self._link(at)

    def put_all(self, owners: Sequence[str], batch: Batch) -> None:
        """Hold row k of `batch` for `owners[k]`, instead of all that these owners had: many changes at one go."""
        assert len(owners) == len(batch), "each row has an owner"
        self.drop_all(owners)
        if not len(batch):
            return
        at = self._write(batch)
        rows = at.tolist()
        firsts = [self._first_row.setdefault(owner, row) for row, owner in zip(rows, owners, strict=True)]
        for row, owner in zip(rows, owners, strict=True):
            self.owner_of[row] = owner
        self._records["owner"][at] = firsts
        last: dict[int, tuple[int, int]] = {}
        for row, first in zip(rows, firsts, strict=True) if len(set(firsts)) < len(firsts) else ():
            before, nth = last.get(first, (-1, -1))
            if before >= 0:
                self._records["sibling"][before] = row
            self._records["nth"][row] = nth + 1
            last[first] = row, nth + 1
        self._link(at)

    def drop(self, owner: str) -> None:
        """Forget the rows of `owner`; one that has none is no error."""
        row = self._first_row.get(owner, -1)
        if row < 0:
            return
        if self._grid is not None and (gone := self._grid.drop_one(row)):
            self._leave(gone)
        else:
            self._forget(np.array(self.rows_of(owner), dtype=np.int64))
        del self._first_row[owner]

    def drop_all(self, owners: Iterable[str]) -> None:
        """Forget the rows of all these owners."""
        found = [self._first_row.pop(owner, -1) for owner in owners]
        rows = [np.array([row for row in found if row >= 0], dtype=np.int64)]
        while len(rows[-1]):
            following = self._records["sibling"][rows[-1]]
            rows.append(following[following >= 0])
        if len(rows) > 1:
            self._forget(np.concatenate(rows))

    # -- what is held --------------------------------------------------------------------------------------------------

    def rows_of(self, owner: str) -> list[int]:
        """Return the rows of `owner`, in the order in which they were put."""
        rows, row = [], self._first_row.get(owner, -1)
        while row >= 0:
            rows.append(row)
            row = int(self._records["sibling"][row])
        return rows

    @property
    def times(self) -> Rows:
        """(rows, 2) [ms]: start, end."""
        times: Rows = self._records["times"]
        return times

    @property
    def bounds(self) -> Floats:
        """(rows, 4): `vertical.Bounds`."""
        bounds: Floats = self._records["bounds"]
        return bounds

    @property
    def groups(self) -> Rows:
        """(rows,): the lines of the asker's table of needs."""
        groups: Rows = self._records["group"]
        return groups

    @property
    def doubts(self) -> Floats:
        """(rows,) [m]."""
        doubts: Floats = self._records["doubt"]
        return doubts

    @property
    def nth(self) -> Rows:
        """(rows,): each row's place among its owner's."""
        nth: Rows = self._records["nth"]
        return nth

    def batch(self, rows: Sequence[int]) -> Batch:
        """Return held rows, ready to be put elsewhere or asked about."""
        return Batch(self._records[list(rows)], self._points)

    def core(self, at: int) -> Core:
        """Return the core of a held row."""
        return _core(self._records, self._points, at)

    # -- questions -----------------------------------------------------------------------------------------------------

    def near(self, own: Index, needs: Needs) -> Iterator[tuple[Rows, Rows]]:
        """Yield pairs (rows of `own`, rows of this index) of which none too close is missing; `measure` tells which."""
        which = np.flatnonzero(own._records["count"])
        if not len(which) or not len(self):
            return
        if (grid := self._searched()) is None:
            yield from plain.candidates(own._records, which, self._records, needs)
            return
        table = packed([needs])
        yield from grid.search(own._records, own._points, which, table, needs.margins, most=_PAIRS_A_PAGE)

    def measure(self, own: Index, i: Rows, j: Rows) -> tuple[Floats, Floats]:
        """Return the gap [m] of each pair of rows of `own` and of this index, and the doubt [m] to allow for."""
        return self._measure(own._records, own._points, i, j)

    def close(self, own: Index, needs: Needs) -> Iterator[tuple[Rows, Rows]]:
        """Yield the pairs (rows of `own`, rows of this index) that are too close."""
        for i, j in self.near(own, needs):
            if self._grid is not None:
                yield i, j
            else:
                kept = self._is_close(own._records, own._points, i, j, needs)
                yield i[kept], j[kept]

    def conflicts_of(
        self, query: Query, *, leave_out: Collection[str] = (), after: int = -1, most: int | None = None
    ) -> Rows:
        """Return the rows too close to a query, ascending: all, or at most `most` beyond row `after` (a page)."""
        found = self._search(query, leave_out, after)
        return found if most is None else found[:most]

    def any_conflict(self, query: Query, *, leave_out: Collection[str] = ()) -> bool:
        """Whether any row is too close to a query; the search ends at the first."""
        return len(self._search(query, leave_out, -1, once=True)) > 0

    def all_pairs(
        self,
        needs_by_group: Sequence[Needs],
        *,
        side_of: Callable[[str], Hashable] | None = None,
        spread: Spread = map,
    ) -> Iterator[Rows]:
        """Yield all pairs of rows (n, 2) that are too close, each once, page by page; never two rows of one owner.

        `needs_by_group[g]` is what a row of group g needs, alike in both directions; one alone serves all. With
        `side_of`, which tells the side an owner belongs to, pairs within a side are left out. `spread` maps a question
        over parts of the rows; a thread pool's `map` lets several cores work at it, with the same pages.
        """
        which = np.flatnonzero(self._records["count"])
        sides = self._sides(which, side_of)
        which = which[np.argsort(self._neighbourhoods(which))]
        if (grid := self._searched()) is not None:
            table, margins = packed(needs_by_group), needs_by_group[0].margins

            def pages(rows: Rows) -> list[Rows]:
                found = grid.search(
                    self._records, self._points, rows, table, margins, same=True, sides=sides, most=_PAIRS_A_PAGE
                )
                return [np.stack(pair, axis=1) for pair in found]

            for start in range(0, len(which), _PART * _ROUND):
                once = which[start : start + _PART * _ROUND]
                for part in spread(pages, np.split(once, range(_PART, len(once), _PART))):
                    yield from part
            return
        owners = self._records["owner"]
        for group, needs in enumerate(needs_by_group):
            mine = which if len(needs_by_group) == 1 else which[self.groups[which] == group]
            for start in range(0, len(mine), 256):
                for i, j in plain.candidates(self._records, mine[start : start + 256], self._records, needs):
                    kept = (j > i) & (owners[i] != owners[j])
                    kept &= (sides[i] != sides[j]) if len(sides) else True
                    i, j = i[kept], j[kept]
                    kept = self._is_close(self._records, self._points, i, j, needs)
                    yield np.stack([i[kept], j[kept]], axis=1)

    # -- inside --------------------------------------------------------------------------------------------------------

    def _searched(self) -> Grid | None:
        """Return the grid when this search should use it, made at first need; None for the plain way."""
        if self._grid is None and self._wants_grid():
            from entente.deconfliction.grid import Grid

            self._grid = Grid(self._records, self._points)
            rows = np.flatnonzero(self._records["count"])
            self._link(rows[np.argsort(self._neighbourhoods(rows))])
        return self._grid

    def _wants_grid(self) -> bool:
        if self._compiled is None:
            return len(self) >= WORTH_IT and compiling.load()
        if self._compiled:
            compiling.build(say=lambda sentence: None, parts=["search"])
        return self._compiled

    def _search(self, query: Query, leave_out: Collection[str], after: int, *, once: bool = False) -> Rows:
        owners = self._owners(leave_out) if leave_out else _NO_OWNERS
        if (grid := self._grid or self._searched()) is not None:
            return grid.search_one(query.places, after, owners, once=once)
        found = [_NO_OWNERS]
        for i, j in plain.candidates(query.records, np.zeros(1, dtype=np.int64), self._records, query.needs):
            kept = (j > after) & ~np.isin(self._records["owner"][j], owners)
            i, j = i[kept], j[kept]
            found.append(j[self._is_close(query.records, query.points, i, j, query.needs)])
        return np.sort(np.concatenate(found))

    def _owners(self, names: Collection[str]) -> Rows:
        rows = (self._first_row.get(name) for name in names)
        return np.array(sorted(row for row in rows if row is not None), dtype=np.int64)

    def _sides(self, which: Rows, side_of: Callable[[str], Hashable] | None) -> Rows:
        if side_of is None:
            return _NO_OWNERS
        numbers: dict[Hashable, int] = {}
        sides = np.full(len(self._records), -1, dtype=np.int64)
        for row in which.tolist():
            sides[row] = numbers.setdefault(side_of(self.owner_of[row]), len(numbers))
        return sides

    def _neighbourhoods(self, rows: Rows) -> Rows:
        """Number rows so that those near each other come after each other: what one reads, the next needs too."""
        x, y, z = ((self._records["centre"][rows] + 6_400_000) // 25_000).astype(np.int64).T
        hours = np.clip(self._records["times"][rows, 0] // 3_600_000, 0, 2**31)
        numbers: Rows = ((x << 10 | y) << 10 | z) << 32 | hours
        return numbers

    def _measure(self, own: Records, points: Floats, i: Rows, j: Rows) -> tuple[Floats, Floats]:
        reach = own["reach"][i] + self._records["reach"][j]
        if self._grid is not None:
            gap = self._grid.gaps(own, points, i, j, reach)
        else:
            mine, i_at = np.unique(i, return_inverse=True)
            theirs, j_at = np.unique(j, return_inverse=True)
            gap = gaps(
                [_core(own, points, row) for row in mine],
                [_core(self._records, self._points, row) for row in theirs],
                (i_at, j_at),
            )
        bent = bend(gap, reach, own["sag"][i] + self._records["sag"][j])
        return gap, bent + SLACK_M + own["doubt"][i] + self._records["doubt"][j]

    def _is_close(self, own: Records, points: Floats, i: Rows, j: Rows, needs: Needs) -> Rows:
        gap, doubt = self._measure(own, points, i, j)
        return np.flatnonzero(too_close(gap, doubt, needs.horizontal_m[self.groups[j]]))

    def _write(self, batch: Batch) -> Rows:
        """Write the rows and their points where there is room; return where, (n,)."""
        counts = batch.records["count"].tolist()
        at = np.array([self._room_for_row() for _ in counts], dtype=np.int64)
        firsts = [self._room_for_points(count) for count in counts]
        self._grow()
        self._records[at] = batch.records
        self._records["first"][at] = firsts
        self._records["sibling"][at], self._records["nth"][at] = -1, 0
        begins = batch.records["first"].tolist()
        if len(batch) <= _FEW:
            for first, begin, count in zip(firsts, begins, counts, strict=True):
                self._points[first : first + count] = batch.points[begin : begin + count]
        else:
            within = np.arange(sum(counts)) - np.repeat(np.cumsum(counts) - counts, counts)
            self._points[np.repeat(firsts, counts) + within] = batch.points[np.repeat(begins, counts) + within]
        return at

    def _room_for_row(self) -> int:
        if self._free:
            return self._free.pop()
        self._used += 1
        return self._used - 1

    def _room_for_points(self, count: int) -> int:
        size = _run_size(count)
        if runs := self._runs[size]:
            return runs.pop()
        self._points_used += size
        return self._points_used - size

    def _grow(self) -> None:
        """Let the arrays be as long as what was taken of them, and by half more than they were."""
        self.owner_of.extend([""] * (self._used - len(self.owner_of)))
        if self._used <= len(self._records) and self._points_used <= len(self._points):
            return
        if self._used > len(self._records):
            grown = aligned((max(16, self._used, 3 * len(self._records) // 2),), ROW)
            grown[: len(self._records)] = self._records
            self._records = grown
        if self._points_used > len(self._points):
            more = np.empty((max(64, self._points_used, 3 * len(self._points) // 2), 3))
            more[: len(self._points)] = self._points
            self._points = more
        if self._grid is not None:
            self._grid.moved(self._records, self._points)

    def _forget(self, at: Rows) -> None:
        if self._grid is not None:
            self._grid.unlink(at)
        gone = self._records[at]
        self._records["count"][at] = 0
        self._leave(zip(at.tolist(), gone["first"].tolist(), gone["count"].tolist(), strict=True))

    def _leave(self, gone: Iterable[Sequence[int]]) -> None:
        """Let the room of rows, each with the first and the count of its points, be used again."""
        for row, first, count in gone:
            self._runs[_run_size(count)].append(first)
            self._free.append(row)
            self.owner_of[row] = ""

    def _link(self, at: Rows) -> None:
        if self._grid is not None:
            self._grid.link(at)


def too_close(gap_m: Floats, doubt_m: Floats, need_m: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Whether gaps [m] with their doubts may be less than is needed. Where nothing is needed, what touches is."""
    near: np.ndarray[tuple[int], np.dtype[np.bool_]] = gap_m - doubt_m < np.maximum(need_m, SLACK_M)
    return near


def _core(records: Records, points: Floats, at: int) -> Core:
    first, count = int(records["first"][at]), int(records["count"][at])
    assert count, "a row that was dropped"
    return Core(
        points=points[first : first + count],
        reach_m=float(records["reach"][at]),
        sag_m=float(records["sag"][at]),
        filled=bool(records["filled"][at]),
    )


@lru_cache(1024)
def _run_size(count: int) -> int:
    """Round up how many points a row has, so that what one row leaves fits another: by 2 to 16, then by an eighth."""
    step = 1 << max(count.bit_length() - 4, 1)
    return (count + step - 1) // step * step
