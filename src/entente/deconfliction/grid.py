"""The compiled way to search: a sparse grid in space and time over an index's rows.

The earth is seen from its centre on the six faces of a cube, where straight pieces stay straight, and no pole or
antimeridian is special. Each face has cells of some 20, 80, 320 and 1,430 km, and time has buckets of 2, 16 and 128
hours and one for ever; a row stands in the few cells of the level that fits it, and what is too large for a face
stands in a list of its own. A cell's rows lie in blocks of 16 boxes (two angles, altitude, time; 16 bits each), which
are compared together; what remains is compared exactly. Cells are by pair of altitude references too, so that altitudes
need no conversion while many are compared.

Only `index` uses this, and only when numba is there to compile `kernels`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from entente.deconfliction import kernels
from entente.deconfliction.batch import Records, aligned
from entente.deconfliction.core import Floats, Rows, along_surface

_NOTHING: Rows = np.empty(0, dtype=np.int64)
_ZERO: Rows = np.zeros(1, dtype=np.int64)


class Grid:
    """Cells over the rows of one index, which passes its arrays with each call. One thread at a time."""

    def __init__(self) -> None:
        self._meta: Rows = np.zeros(kernels.META, dtype=np.int64)
        self._meta[kernels.FREE] = -1
        self._cells = _empty_cells(4 * kernels.ROOM)
        self._boxes, self._blocks = _empty_blocks(2 * kernels.ROOM)
        self._counts: Rows = np.zeros((7, 16, 16), dtype=np.int64)
        self._masks: Rows = np.zeros((7, 16), dtype=np.int64)
        self._out: Rows = np.empty((1024, 2), dtype=np.int64)

    def link(self, records: Records, points: Floats, rows: Rows) -> None:
        """Add rows."""
        done = kernels.link(records, points, rows, 0, *self._arrays())
        while done < len(rows):
            self._grow()
            done = kernels.link(records, points, rows, done, *self._arrays())
        if len(rows) > len(records) // 4:
            self.tidy()

    def unlink(self, records: Records, points: Floats, rows: Rows) -> None:
        """Remove rows, which must be as they were when they were added."""
        kernels.unlink(records, points, rows, *self._arrays())

    def search_one(
        self, own: Records, own_points: Floats, needs: Floats, margins: Floats, records: Records, points: Floats,
        *, after: int, leave_out: Rows, once: bool,
    ) -> Rows:  # fmt: skip
        """Return the rows too close to the one row of `own`, in no order; with `once`, at most one of them."""
        while True:
            done, found = kernels.search(
                own, own_points, _ZERO, 0, False, once, after, needs, margins, _NOTHING, leave_out,
                records, points, *self._arrays(), self._out,
            )  # fmt: skip
            if done or once:
                return self._out[:found, 1].copy()
            self._out = np.empty((4 * len(self._out), 2), dtype=np.int64)

    def search(
        self, own: Records, own_points: Floats, which: Rows, needs: Floats, margins: Floats, records: Records,
        points: Floats, *, most: int, same: bool = False, sides: Rows = _NOTHING,
    ) -> Iterator[tuple[Rows, Rows]]:  # fmt: skip
        """Yield pairs too close, of the rows `which` of `own` and of `records`, some `most` at a time."""
        done, room = 0, min(most, 16 * len(which) + 1024)
        while done < len(which):
            out: Rows = np.empty((room, 2), dtype=np.int64)
            came, found = kernels.search(
                own, own_points, which, done, same, False, -1, needs, margins, sides, _NOTHING,
                records, points, *self._arrays(), out,
            )  # fmt: skip
            if found:
                yield out[:found, 0].copy(), out[:found, 1].copy()
            # A row that has more pairs than there was room for is asked again with more room.
            room = most if came > done else 4 * room
            done = came

    def gaps(
        self, own: Records, own_points: Floats, records: Records, points: Floats, i: Rows, j: Rows, reach: Floats
    ) -> Floats:
        """Return the gap [m] of each pair: `nearness.gaps`, number for number."""
        chords = np.empty(len(i))
        i, j = np.ascontiguousarray(i, dtype=np.int64), np.ascontiguousarray(j, dtype=np.int64)
        kernels.least(own, own_points, records, points, i, j, chords)
        found: Floats = np.maximum(along_surface(np.maximum(chords, 0.0)) - reach, 0.0)
        return np.where(chords < 0, 0.0, found)

    def _arrays(self) -> tuple[object, ...]:
        return self._meta, self._cells, self._blocks, self._boxes, self._counts, self._masks

    def rehash(self, more: int) -> None:
        """Make room for as many cells as hold rows now, and `more`, leaving behind those that hold none any longer."""
        left = int(np.count_nonzero(self._cells[:, 1] >= 0)) + more
        cells = _empty_cells(1 << (2 * left + 2 * kernels.ROOM - 1).bit_length())
        kernels.rehash(self._cells, cells, self._meta)
        self._cells = cells

    def tidy(self) -> None:
        """Let the blocks of neighbouring cells lie side by side, since memory is read in order."""
        held = np.flatnonzero(self._cells[:, 1] >= 0)
        order = held[np.argsort(self._cells[held, 0])]
        boxes, blocks = _empty_blocks(len(self._boxes))
        kernels.tidy(self._cells, order, self._blocks, self._boxes, blocks, boxes, self._meta)
        self._boxes, self._blocks = boxes, blocks

    def _grow(self) -> None:
        free = int(self._meta[kernels.SPARE]) + len(self._boxes) - int(self._meta[kernels.BLOCKS])
        if free < kernels.ROOM:
            boxes, blocks = _empty_blocks(len(self._boxes) + max(kernels.ROOM, len(self._boxes) // 2))
            boxes[: len(self._boxes)] = self._boxes
            self._boxes, self._blocks = boxes, blocks
        if 2 * (int(self._meta[kernels.CELLS]) + kernels.ROOM) > len(self._cells):
            self.rehash(kernels.ROOM)


def _empty_blocks(count: int) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.int32]]:
    """Return room for blocks, as two views of the same bytes."""
    boxes = aligned((count, kernels.BLOCK), np.int16)
    return boxes, boxes.view(np.int32)


def _empty_cells(count: int) -> Rows:
    cells: Rows = np.full((count, 3), -1, dtype=np.int64)
    return cells
