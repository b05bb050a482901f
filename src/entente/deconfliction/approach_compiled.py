"""The loops of `approach`, compiled by numba: a grid of cells, and the closed form for each pair that shares one.

Within a cell tracks lie sorted by their lowest altitude, so that each looks only at those that begin below its own
highest. A pair that shares several cells is looked at in one: where the overlap of the two boxes begins.
"""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from typing import TypeVar, cast

import numpy as np
from numba import njit

from entente.deconfliction import approach
from entente.deconfliction.approach import Meetings, Motion, Tables
from entente.deconfliction.core import Floats, Rows

Function = TypeVar("Function", bound=Callable[..., object])
MOST_CELLS = 400
"""Along one side of the grid."""


def use_all() -> None:
    """Call each loop once, so that it is compiled or loaded."""
    one, two, row = np.zeros(1), np.zeros((8, 8)), np.zeros(1, dtype=np.int64)
    told(one, one, one, one, one, one, 1.0)
    motion, cell = moving(row, one, one, one, one, one, one, one, row, one, two[0], two[0], 0.0, 1.0)
    meet(Motion(*motion), Tables(horizontal=two, vertical=two), 1.0, cell)


def meet(motion: Motion, tables: Tables, half_s: float, cell_m: float) -> Meetings:
    """Return the pairs that meet within `half_s` [s] of the window's middle; cells are `cell_m` [m] wide, or more."""
    room = 2 * len(motion.row) + 64
    while True:
        rows, values = np.empty((2, room), dtype=np.int64), np.empty((5, room))
        found = _meetings(
            motion.row, motion.state, motion.altitude, motion.climb, motion.kind, motion.doubt, motion.low, motion.high,
            tables.horizontal, tables.vertical, half_s, cell_m, rows, values,
        )  # fmt: skip
        if found <= room:
            (one, other), (enter, leave, closest, apart, above) = rows[:, :found], values[:, :found]
            return one, other, enter, leave, closest, apart, above
        room = found  # All were counted, so that the second time they fit.


def _compiled(function: Function) -> Function:
    """Compile, keeping the result on the disk where there is a place for it."""
    try:
        made = njit(cache=True, nogil=True, error_model="numpy")(function)
    except RuntimeError:  # numba: no place to write to
        made = njit(nogil=True, error_model="numpy")(function)
    return cast(Function, made)


told, moving = _compiled(approach.told), _compiled(approach.moving)


@_compiled
def _cell(value: float, origin: float, size: float, count: int) -> int:
    return min(max(int((value - origin) / size), 0), count - 1)


@_compiled
def _meetings(
    row: Rows, state: Floats, altitude: Floats, climb: Floats, kind: Rows, doubt: Floats, low: Floats, high: Floats,
    horizontal: Floats, vertical: Floats, half_s: float, cell_m: float, rows: Rows, values: Floats,
) -> int:  # fmt: skip
    """Write what meets into `rows` (2, room) and `values` (5, room) as far as there is room; return how many meet."""
    n = len(row)
    origin, extent = np.empty(2), np.empty(2)
    for axis in range(2):
        origin[axis] = low[:, axis].min()
        extent[axis] = high[:, axis].max() - origin[axis]
    size = max(cell_m, max(extent[0], extent[1]) / MOST_CELLS)
    counts = int(extent[0] / size) + 1, int(extent[1] / size) + 1
    columns, lines = counts
    starts = np.zeros(columns * lines + 1, np.int64)
    spans = np.empty((n, 4), np.int64)
    for i in range(n):
        for axis in range(2):
            spans[i, 2 * axis] = _cell(low[i, axis], origin[axis], size, counts[axis])
            spans[i, 2 * axis + 1] = _cell(high[i, axis], origin[axis], size, counts[axis])
        for y in range(spans[i, 2], spans[i, 3] + 1):
            for x in range(spans[i, 0], spans[i, 1] + 1):
                starts[y * columns + x + 1] += 1
    starts = np.cumsum(starts)
    fill = starts[:-1].copy()
    items = np.empty(starts[-1], np.int64)
    for i in range(n):
        for y in range(spans[i, 2], spans[i, 3] + 1):
            for x in range(spans[i, 0], spans[i, 1] + 1):
                items[fill[y * columns + x]] = i
                fill[y * columns + x] += 1
    fullest = 0
    for k in range(columns * lines):
        fullest = max(fullest, starts[k + 1] - starts[k])
    left, right, lower, upper, bottom = np.empty((5, fullest))
    near = np.empty(fullest, np.int64)
    found = 0
    for k in range(columns * lines):
        first, many = starts[k], starts[k + 1] - starts[k]
        x, y = k % columns, k // columns
        for p in range(many):
            i = items[first + p]
            left[p], right[p], lower[p], upper[p] = low[i, 0], high[i, 0], low[i, 1], high[i, 1]
            bottom[p] = low[i, 2]
        for p in range(many):
            i = items[first + p]
            end = np.searchsorted(bottom[:many], high[i, 2], side="right")
            here = 0
            for q in range(p + 1, end):  # Without a branch: whether boxes meet is as good as chance.
                near[here] = q
                here += (left[q] <= right[p]) & (left[p] <= right[q]) & (lower[q] <= upper[p]) & (lower[p] <= upper[q])
            for h in range(here):
                j = items[first + near[h]]
                if max(spans[i, 0], spans[j, 0]) != x or max(spans[i, 2], spans[j, 2]) != y:
                    continue
                enter, leave, closest, apart, above = _closest(
                    i, j, state, altitude, climb, kind, doubt, horizontal, vertical, half_s
                )
                if enter < leave:
                    if found < rows.shape[1]:
                        rows[0, found], rows[1, found] = min(row[i], row[j]), max(row[i], row[j])
                        values[0, found], values[1, found], values[2, found] = enter, leave, closest
                        values[3, found], values[4, found] = apart, above
                    found += 1
    return found


@_compiled
def _closest(
    i: int, j: int, state: Floats, altitude: Floats, climb: Floats, kind: Rows, doubt: Floats,
    horizontal: Floats, vertical: Floats, half_s: float,
) -> tuple[float, float, float, float, float]:  # fmt: skip
    """Return entering, leaving, closest [s], and both distances [m] then; entering is not before leaving if never."""
    nx, ny, nz = state[i, 6] + state[j, 6], state[i, 7] + state[j, 7], state[i, 8] + state[j, 8]
    dx, dy, dz = state[j, 0] - state[i, 0], state[j, 1] - state[i, 1], state[j, 2] - state[i, 2]
    vx, vy, vz = state[j, 3] - state[i, 3], state[j, 4] - state[i, 4], state[j, 5] - state[i, 5]
    depth, sinking = dx * nx + dy * ny + dz * nz, vx * nx + vy * ny + vz * nz
    share = 1 / (nx * nx + ny * ny + nz * nz)
    a = vx * vx + vy * vy + vz * vz - sinking * sinking * share
    b = dx * vx + dy * vy + dz * vz - depth * sinking * share
    c = dx * dx + dy * dy + dz * dz - depth * depth * share
    required = horizontal[kind[i], kind[j]] + doubt[i] + doubt[j]
    enter, leave, middle = -half_s, half_s, 0.0
    if a < 1e-12:
        if c >= required * required:
            return 0.0, 0.0, 0.0, 0.0, 0.0
    else:
        inside = b * b - a * (c - required * required)
        if inside <= 0:
            return 0.0, 0.0, 0.0, 0.0, 0.0
        middle, half = -b / a, sqrt(inside) / a
        enter, leave = max(enter, middle - half), min(leave, middle + half)
    above, rising = altitude[j] - altitude[i], climb[j] - climb[i]
    if above == above:  # Otherwise an altitude is unknown, and the two overlap always.
        lowest, highest = -vertical[kind[i], kind[j]], vertical[kind[j], kind[i]]
        if rising != 0:
            first, second = (lowest - above) / rising, (highest - above) / rising
            enter, leave = max(enter, min(first, second)), min(leave, max(first, second))
        elif not lowest < above < highest:
            return 0.0, 0.0, 0.0, 0.0, 0.0
    closest = min(max(middle, enter), leave)
    apart = sqrt(max(c + closest * (2 * b + closest * a), 0.0))
    return enter, leave, closest, apart, abs(above + rising * closest)
