"""The compiled way to search: a sparse grid in space and time over an index's rows.

The earth is seen from its centre on the six faces of a cube, where straight pieces stay straight, and no pole or
antimeridian is special. Each face has cells of some 20, 80, 320 and 1,430 km, and time has buckets of 2, 16 and 128
hours and one for ever; a row stands in the few cells of the level that fits it, and what is too large for a face
stands in a list of its own. A cell's rows lie in blocks of 15 boxes (two angles, altitude, time; 8 bits each, counted
from where the cell begins), which are compared together; what remains is compared exactly. Cells are by pair of
altitude references too, so that altitudes need no conversion while many are compared.

Only `index` uses this, and only when numba is there to compile `kernels`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from entente.deconfliction import kernels
from entente.deconfliction.batch import Records, aligned, places, question
from entente.deconfliction.core import Floats, Rows, along_surface

_NOTHING: Rows = np.empty(0, dtype=np.int64)


class Grid:
    """Cells over the rows and points of one index, which says when these move. One thread at a time."""

    def __init__(self, records: Records, points: Floats) -> None:
        self._records, self._points = records, points
        self._meta: Rows = np.zeros(kernels.META, dtype=np.int64)
        self._meta[kernels.FREE] = -1
        self._cells = _empty_cells(4 * kernels.ROOM)
        self._boxes, self._blocks = _empty_blocks(2 * kernels.ROOM)
        self._counts: Rows = np.zeros((7, 16, 16), dtype=np.int64)
        self._masks: Rows = np.zeros((7, 16), dtype=np.int64)
        self._room = kernels._room.py_func()
        self._pieces = np.empty((kernels.PIECES, 8))
        self._gone: Rows = np.empty((32, 3), dtype=np.int64)
        self._wide(1024)

    def moved(self, records: Records, points: Floats) -> None:
        """Look at the index's rows and points from now on where they are now."""
        self._records, self._points = records, points
        self._place()

    def _wide(self, room: int) -> None:
        """Have room for so many answers to one question."""
        self._pairs, self._answer = np.empty((room, 2), dtype=np.int64), np.empty(room, dtype=np.int64)
        self._place()

    def _place(self) -> None:
        self._places = places(
            self._records, self._points, self._meta, self._cells, self._boxes, self._counts, self._masks,
            *self._room, self._pieces, self._pairs, self._answer,
        )  # fmt: skip

    def link(self, rows: Rows) -> None:
        """Add rows."""
        done = kernels.link(self._places, rows, 0)
        while done < len(rows):
            self._grow()
            done = kernels.link(self._places, rows, done)
        if len(rows) > len(self._records) // 4:
            self.tidy()

    def put_one(self, one: Records, its_points: Floats, row: int, first: int) -> None:
        """Hold the only row of `one`, which begins at `row`, its points at `first`, and add it."""
        while not kernels.put_one(one, its_points, self._places, row, first):
            self._grow()

    def drop_one(self, row: int) -> list[list[int]]:
        """Remove an owner's rows, from its first on, and empty them; each row, where its points began, their count.

        None, where they are so many that `unlink` removes them as fast.
        """
        found: list[list[int]] = self._gone[: kernels.drop_one(self._places, row, self._gone)].tolist()
        return found

    def unlink(self, rows: Rows) -> None:
        """Remove rows, which must be as they were when they were added."""
        kernels.unlink(self._places, rows)

    def search_one(self, asked: Rows, after: int, leave_out: Rows, *, once: bool = False) -> Rows:
        """Return the rows too close to what is asked, ascending; with `once`, at most one of them.

        `asked` are the `places` of a question; `leave_out` are owners, ascending.
        """
        while (found := kernels.search_one(asked, self._places, once, after, leave_out)) < 0:
            self._wide(4 * len(self._answer))
        return self._answer[:found].copy()

    def search(
        self, own: Records, own_points: Floats, which: Rows, needs: Floats, margins: Floats, *, most: int,
        same: bool = False, sides: Rows = _NOTHING,
    ) -> Iterator[tuple[Rows, Rows]]:  # fmt: skip
        """Yield pairs too close, of the rows `which` of `own` and of those held, some `most` at a time."""
        asked = question(own, own_points, needs, margins)
        done, room = 0, min(most, 16 * len(which) + 1024)
        while done < len(which):
            out: Rows = np.empty((room, 2), dtype=np.int64)
            came, found = kernels.search(asked, which, done, same, self._places, sides, out)
            if found:
                yield out[:found, 0].copy(), out[:found, 1].copy()
            # A row that has more pairs than there was room for is asked again with more room.
            room = most if came > done else 4 * room
            done = came

    def gaps(self, own: Records, own_points: Floats, i: Rows, j: Rows, reach: Floats) -> Floats:
        """Return the gap [m] of each pair: `nearness.gaps`, number for number."""
        chords = np.empty(len(i))
        i, j = np.ascontiguousarray(i, dtype=np.int64), np.ascontiguousarray(j, dtype=np.int64)
        kernels.least(own, own_points, self._records, self._points, i, j, chords)
        found: Floats = np.maximum(along_surface(np.maximum(chords, 0.0)) - reach, 0.0)
        return np.where(chords < 0, 0.0, found)

    def rehash(self, more: int) -> None:
        """Make room for as many cells as hold rows now, and `more`, leaving behind those that hold none any longer."""
        left = int(np.count_nonzero(self._cells[:, 1] >= 0)) + more
        cells = _empty_cells(1 << (2 * left + 2 * kernels.ROOM - 1).bit_length())
        kernels.rehash(self._cells, cells, self._meta)
        self._cells = cells
        self._place()

    def tidy(self) -> None:
        """Let the blocks of neighbouring cells lie side by side, since memory is read in order."""
        held = np.flatnonzero(self._cells[:, 1] >= 0)
        order = held[np.argsort(self._cells[held, 0])]
        boxes, blocks = _empty_blocks(len(self._boxes))
        kernels.tidy(self._cells, order, self._blocks, self._boxes, blocks, boxes, self._meta)
        self._boxes, self._blocks = boxes, blocks
        self._place()

    def _grow(self) -> None:
        free = int(self._meta[kernels.SPARE]) + len(self._boxes) - int(self._meta[kernels.BLOCKS])
        if free < kernels.ROOM:
            boxes, blocks = _empty_blocks(len(self._boxes) + max(kernels.ROOM, len(self._boxes) // 2))
            boxes[: len(self._boxes)] = self._boxes
            self._boxes, self._blocks = boxes, blocks
            self._place()
        if 2 * (int(self._meta[kernels.CELLS]) + kernels.ROOM) > len(self._cells):
            self.rehash(kernels.ROOM)


def _empty_blocks(count: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int32]]:
    """Return room for blocks, as two views of the same bytes."""
    boxes = aligned((count, kernels.BLOCK), np.uint8)
    return boxes, boxes.view(np.int32)


def _empty_cells(count: int) -> Rows:
    cells: Rows = aligned((count, 2), np.int64)
    cells.fill(-1)
    return cells
