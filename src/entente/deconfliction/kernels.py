"""The loops of the engine, compiled by numba: the grid's upkeep, the search through it, and distances in space.

Everything here works on the arrays of `batch` and `grid`, holds no lock of the interpreter, and writes only into what
it was given. Whoever calls makes room beforehand: a loop that would run out of room stops and says how far it came.

All stands in one module, since numba's cache notices a change in the file of the function called, and in no other.
"""

# The compiler reads the types of the arguments from each call; the doors in `grid` have the annotations.
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False, disallow-untyped-decorators=False

from __future__ import annotations

from math import atan, floor, pi, sin, sqrt

import numpy as np
from numba import njit

from entente.deconfliction.core import LARGEST_RADIUS_M, SLACK_M
from entente.deconfliction.vertical import TOUCH_M

LANES, SLOTS = 16, 15
"""Boxes in a block, as many as the processor compares in a few steps; all but the last may hold a row."""
BLOCK = 160
"""[2 bytes] of a block, five lines of 64: eight sides of its boxes, then (of 4 bytes) its rows and the next block."""
ROWS, NEXT = 64, 79
"""[4 bytes] where these stand in a block."""
BLOCKS, FREE, SPARE, CELLS, TOUCHED, META = 0, 1, 2, 3, 4, 5
"""Where `meta` has: blocks ever used, the first free one, how many are free, cells in use, nothing; its length."""
SIDES = np.array([500, 125, 31, 7])
"""Cells along a side of a face, by level: some 20, 80, 320 and 1,430 km wide."""
BUCKETS_MS = np.array([7_200_000, 57_600_000, 460_800_000, 2**62])
"""[ms] How long a bucket of time is, by level: 2 hours, 16, 128, and for ever."""
EVERYWHERE = 6
"""The face of what is too large for a face; the six others are those of a cube around the earth."""
LARGEST_M = 1_400_000.0
"""[m] The radius of the largest row that has cells: seen from a face, none of it is near the horizon."""
LEAST_DEPTH_M = 637_000.0
"""[m] Of two points 2,800 km apart, none is less deep while the other is on the face (3,670 km deep at its corner)."""
OPEN = 64
"""Cells whose blocks are fetched at one go."""
ROOM = 1_024
"""More than one row can fill of cells or blocks: 7 x 7 x 6 on each of three faces."""
_EDGE = pi / 4 + 1e-9
LEAST, MOST = -32_767, 32_766
"""What a box's sides may be, in 16 bits; one more at either end is free for what lies beyond all."""
_DIAMETER_M = 2 * LARGEST_RADIUS_M
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = 2**33
_STEPS = 32_768 / (_EDGE * 1.0001)
_STEP_M = 4.0


def _compiled(function):
    """Compile; what others call is kept on the disk, with all that it calls, where there is a place for it."""
    try:
        kept = not function.__name__.startswith("_")
        return njit(cache=kept, nogil=True, error_model="numpy")(function)
    except RuntimeError:  # numba: no place to write to
        return njit(nogil=True, error_model="numpy")(function)


# ------------------------------------------------------------------------------------------------ distances


@_compiled
def _closest2(p, p0, p1, q, q0, q1):
    """Return the squared distance [m²] of segments p[p0]-p[p1] and q[q0]-q[q1]: `nearness._closest`, sum for sum."""
    ux, uy, uz = p[p1, 0] - p[p0, 0], p[p1, 1] - p[p0, 1], p[p1, 2] - p[p0, 2]
    vx, vy, vz = q[q1, 0] - q[q0, 0], q[q1, 1] - q[q0, 1], q[q1, 2] - q[q0, 2]
    wx, wy, wz = p[p0, 0] - q[q0, 0], p[p0, 1] - q[q0, 1], p[p0, 2] - q[q0, 2]
    a, e, b = ux * ux + uy * uy + uz * uz, vx * vx + vy * vy + vz * vz, ux * vx + uy * vy + uz * vz
    c, f = ux * wx + uy * wy + uz * wz, vx * wx + vy * wy + vz * wz
    wide = a * e - b * b
    s = min(max((b * f - c * e) / wide, 0.0), 1.0) if wide > 0 else 0.0
    t = min(max((b * s + f) / e, 0.0), 1.0) if e > 0 else 0.0
    s = min(max((b * t - c) / a, 0.0), 1.0) if a > 0 else 0.0
    dx = (p[p0, 0] + ux * s) - (q[q0, 0] + vx * t)
    dy = (p[p0, 1] + uy * s) - (q[q0, 1] + vy * t)
    dz = (p[p0, 2] + uz * s) - (q[q0, 2] + vz * t)
    return dx * dx + dy * dy + dz * dz


@_compiled
def _apart2(p, k, q, n):
    x, y, z = p[k, 0] - q[n, 0], p[k, 1] - q[n, 1], p[k, 2] - q[n, 2]
    return x * x + y * y + z * z


@_compiled
def _holds(records, points, i, q, n):
    """Whether the ring of row `i` holds q[n], as `Core.holds`."""
    ux, uy, uz = records[i].centre[0], records[i].centre[1], records[i].centre[2]
    if q[n, 0] * ux + q[n, 1] * uy + q[n, 2] * uz <= 0:
        return False
    if abs(ux) <= abs(uy) and abs(ux) <= abs(uz):
        ex, ey, ez = 0.0, uz, -uy
    elif abs(uy) <= abs(uz):
        ex, ey, ez = -uz, 0.0, ux
    else:
        ex, ey, ez = uy, -ux, 0.0
    nx, ny, nz = uy * ez - uz * ey, uz * ex - ux * ez, ux * ey - uy * ex
    deep = q[n, 0] * ux + q[n, 1] * uy + q[n, 2] * uz
    x, y = (q[n, 0] * ex + q[n, 1] * ey + q[n, 2] * ez) / deep, (q[n, 0] * nx + q[n, 1] * ny + q[n, 2] * nz) / deep
    inside = False
    first, count = records[i].first, records[i].count
    x0 = y0 = np.nan
    for k in range(first, first + count):
        deep = points[k, 0] * ux + points[k, 1] * uy + points[k, 2] * uz
        x1 = (points[k, 0] * ex + points[k, 1] * ey + points[k, 2] * ez) / deep
        y1 = (points[k, 0] * nx + points[k, 1] * ny + points[k, 2] * nz) / deep
        if x0 == x0 and x1 == x1 and (y0 > y) != (y1 > y) and x < (x1 - x0) * (y - y0) / (y1 - y0) + x0:
            inside = not inside
        x0, y0 = x1, y1
    return inside


@_compiled
def _one_holds_other(p_rows, p, i, q_rows, q, j):
    return (p_rows[i].filled and _holds(p_rows, p, i, q, q_rows[j].first)) or (
        q_rows[j].filled and _holds(q_rows, q, j, p, p_rows[i].first)
    )


@_compiled
def least(p_rows, p, q_rows, q, i, j, found):
    """Write the least distance in space [m] between the pieces of each pair of rows; -1 where one holds the other."""
    for k in range(len(i)):
        best2 = np.inf
        a_first, a_count = p_rows[i[k]].first, p_rows[i[k]].count
        b_first, b_count = q_rows[j[k]].first, q_rows[j[k]].count
        # A piece's sag tells how long the longest is, and so how far a segment may lead from its first point.
        b_long = sqrt(q_rows[j[k]].sag) * _PER_SAG
        for a in range(a_first, a_first + max(a_count - 1, 1)):
            a2 = min(a + 1, a_first + a_count - 1)
            a_long = sqrt(_apart2(p, a, p, a2))
            far = sqrt(best2) + a_long + b_long + 1.0
            far2 = far * far
            for b in range(b_first, b_first + max(b_count - 1, 1)):
                if _apart2(p, a, q, b) <= far2:
                    d2 = _closest2(p, a, a2, q, b, min(b + 1, b_first + b_count - 1))
                    if d2 < best2:
                        best2 = d2
        found[k] = sqrt(best2)
        if (p_rows[i[k]].filled or q_rows[j[k]].filled) and _one_holds_other(p_rows, p, i[k], q_rows, q, j[k]):
            found[k] = -1.0


_PER_SAG = sqrt(8 * 6_335_000.0) * (1 + 1e-12)


@_compiled
def _reached(p_rows, p, i, q_rows, q, j, limit2):
    """Whether row i has a piece closer than the root of `limit2` [m²] to one of row j, or one holds the other."""
    limit = sqrt(limit2)
    x, y, z = q_rows[j].centre[0], q_rows[j].centre[1], q_rows[j].centre[2]
    b_radius = q_rows[j].radius
    cx, cy, cz = p_rows[i].centre[0] - x, p_rows[i].centre[1] - y, p_rows[i].centre[2] - z
    far = limit + b_radius + p_rows[i].radius
    if cx * cx + cy * cy + cz * cz > far * far:
        return False
    a_first, a_count = p_rows[i].first, p_rows[i].count
    b_first, b_count = q_rows[j].first, q_rows[j].count
    b_long = sqrt(q_rows[j].sag) * _PER_SAG
    for a in range(a_first, a_first + max(a_count - 1, 1)):
        a2 = min(a + 1, a_first + a_count - 1)
        a_long2 = _apart2(p, a, p, a2)
        if not a_long2 >= 0:  # Between two rings there is no piece.
            continue
        a_long = sqrt(a_long2)
        dx, dy, dz = p[a, 0] - x, p[a, 1] - y, p[a, 2] - z
        far = limit + b_radius + a_long
        if dx * dx + dy * dy + dz * dz > far * far:
            continue
        far = limit + a_long + b_long
        far2 = far * far
        for b in range(b_first, b_first + max(b_count - 1, 1)):
            d2 = _apart2(p, a, q, b)
            if d2 < limit2:
                return True
            if d2 <= far2 and _closest2(p, a, a2, q, b, min(b + 1, b_first + b_count - 1)) < limit2:
                return True
    return (p_rows[i].filled or q_rows[j].filled) and _one_holds_other(p_rows, p, i, q_rows, q, j)


@_compiled
def _inner(records, points, i):
    """Return a bound [m]: how much nearer a shape surely comes to anything than its centre does.

    That is the distance from the centre to the nearest piece: more than 0 inside a ring, and less outside. Half a
    per mille, the pieces' depth and a metre are taken off, for what lengths in space and on the earth differ by within
    300 km.
    """
    x, y, z = records[i].centre[0], records[i].centre[1], records[i].centre[2]
    first, count = records[i].first, records[i].count
    if count == 1:
        return 0.0
    if records[i].radius > 100_000:
        return -np.inf
    nearest2 = np.inf
    middle = np.empty((1, 3))
    middle[0, 0], middle[0, 1], middle[0, 2] = x, y, z
    for k in range(first, first + count - 1):
        d2 = _closest2(points, k, k + 1, middle, 0, 0)
        if d2 < nearest2:
            nearest2 = d2
    nearest = sqrt(nearest2)
    loss = 0.0005 * nearest + records[i].sag + 1.0
    if records[i].filled and _holds(records, points, i, middle, 0):
        return nearest - loss
    return -nearest - loss


@_compiled
def _gap(lower, lower_code, upper, upper_code, margins):
    return lower - upper - margins[int(lower_code), int(upper_code)]


@_compiled
def _too_close(p_rows, p, i, q_rows, q, j, inner, need, margins):
    """Whether two rows are closer than `need` [m], [m], [ms]: time first, then altitude, then shape."""
    wait = np.int64(need[2])
    if q_rows[j].times[0] >= p_rows[i].times[1] + wait or p_rows[i].times[0] >= q_rows[j].times[1] + wait:
        return False
    mine, theirs = p_rows[i].bounds, q_rows[j].bounds
    gap = max(
        _gap(theirs[0], theirs[1], mine[2], mine[3], margins), _gap(mine[0], mine[1], theirs[2], theirs[3], margins)
    )
    if gap >= need[1] - TOUCH_M and gap > TOUCH_M:
        return False
    far = max(need[0], SLACK_M) + SLACK_M + p_rows[i].doubt + q_rows[j].doubt
    far += p_rows[i].reach + q_rows[j].reach
    x = p_rows[i].centre[0] - q_rows[j].centre[0]
    y = p_rows[i].centre[1] - q_rows[j].centre[1]
    z = p_rows[i].centre[2] - q_rows[j].centre[2]
    near = min(far + inner + q_rows[j].inner, 300_000.0)
    if near > 0 and x * x + y * y + z * z < 0.999 * near * near:
        return True
    if far >= _DIAMETER_M * pi / 2:
        return True
    limit, depth = _DIAMETER_M * sin(far / _DIAMETER_M), p_rows[i].sag + q_rows[j].sag
    return _reached(p_rows, p, i, q_rows, q, j, limit * limit + depth * depth)


# ------------------------------------------------------------------------------------------------ the grid
#
# Boxes are compared in steps of some 150 m, 4 m and a second or more. All sides are rounded down and cut off at the
# ends alike, which keeps their order: what touches still does.


@_compiled
def _step_of_angle(angle):
    return np.int64(min(max(floor(angle * _STEPS), LEAST), MOST))


@_compiled
def _step_of_height(metres):
    return np.int64(floor(min(max(metres / _STEP_M, LEAST), MOST)))


@_compiled
def _step_of_time(time_ms, bucket, level):
    """In each bucket from its begin."""
    if level < 3:
        steps = (time_ms - bucket * BUCKETS_MS[level]) // (BUCKETS_MS[level] // 4_000)
    else:
        steps = (time_ms - 1_750_000_000_000) // 3_600_000
    return min(max(steps, LEAST), MOST)


@_compiled
def _seen(records, points, i, wide, face, out):
    """Write what a row, `wide` [m] wider, covers of a face of the cube, seen from the earth's centre; False if nothing.

    `out` (4,) has the least and the greatest angle [rad] along both sides of the face. A straight piece looks straight
    from the centre, so that its ends bound it, and what a ring holds lies between its points.
    """
    axis, sign = face % 3, 1.0 if face < 3 else -1.0
    if sign * records[i].centre[axis] + records[i].radius + wide < 3_600_000.0:
        return False
    one, two = (axis + 1) % 3, (axis + 2) % 3
    low_u = low_v = np.inf
    high_u = high_v = -np.inf
    least_depth = np.inf
    for k in range(records[i].first, records[i].first + records[i].count):
        depth = sign * points[k, axis]
        if not depth >= LEAST_DEPTH_M + wide:
            if depth == depth:
                return False
            continue
        least_depth = min(least_depth, depth)
        u, v = points[k, one] / depth, points[k, two] / depth
        low_u, high_u, low_v, high_v = min(low_u, u), max(high_u, u), min(low_v, v), max(high_v, v)
    # Of a ball of radius w around a point at depth d, no tangent lies farther from the point's than this.
    slope = wide / (least_depth - wide)
    grown_u = slope * sqrt(1 + max(low_u * low_u, high_u * high_u))
    grown_v = slope * sqrt(1 + max(low_v * low_v, high_v * high_v))
    out[0], out[1] = atan(low_u - grown_u) - 1e-9, atan(high_u + grown_u) + 1e-9
    out[2], out[3] = atan(low_v - grown_v) - 1e-9, atan(high_v + grown_v) + 1e-9
    return out[0] <= _EDGE and out[1] >= -_EDGE and out[2] <= _EDGE and out[3] >= -_EDGE


@_compiled
def _width(record):
    return record.reach + record.sag + record.doubt + SLACK_M


@_compiled
def _cell(step, side):
    return ((step + 32_768) * side) >> 16


@_compiled
def _edge(cell, side):
    """Return the first step within a cell."""
    return -((-cell * 65_536) // side) - 32_768


@_compiled
def _levels(seen, start, end):
    """Return the level in space and in time at which a row has few cells and fills them."""
    wide, level = max(seen[1] - seen[0], seen[3] - seen[2]), 0
    while level < 3 and wide * SIDES[level] > pi:
        level += 1
    late, time = end - start, 0
    while time < 3 and late > 4 * BUCKETS_MS[time]:
        time += 1
    return level, time


@_compiled
def _bucket(time_ms, level):
    return time_ms // BUCKETS_MS[level] if level < 3 else 0


@_compiled
def _key(face, level, time, kind, x, y, bucket):
    return (((((face * 4 + level) * 4 + time) * 16 + kind) * 512 + x) * 512 + y) * 2 * _SHIFT + (bucket + _SHIFT)


@_compiled
def _slot(cells, key):
    """Return where a key's cell is, or the free place where it would be."""
    last = len(cells) - 1
    # Four buckets in a row stand side by side.
    at = (np.int64(((np.uint64(key) >> np.uint64(2)) * _GOLDEN) >> np.uint64(32)) << 2 | (key & 3)) & last
    while cells[at, 0] != key and cells[at, 0] != -1:
        at = (at + 1) & last
    return at


@_compiled
def _kind(record):
    return int(record.bounds[1]) * 4 + int(record.bounds[3])


@_compiled
def _add(grid, key, row, box):
    meta, cells, blocks, boxes = grid[0], grid[1], grid[2], grid[3]
    at = _slot(cells, key)
    if cells[at, 0] == -1:
        cells[at, 0], cells[at, 1], cells[at, 2] = key, -1, SLOTS
        meta[CELLS] += 1
    if cells[at, 2] == SLOTS:
        block = meta[FREE]
        if block >= 0:
            meta[FREE] = blocks[block, NEXT]
            meta[SPARE] -= 1
        else:
            block = meta[BLOCKS]
            meta[BLOCKS] += 1
        blocks[block, NEXT] = cells[at, 1]
        for lane in range(LANES):
            boxes[block, lane] = MOST + 1
        cells[at, 1], cells[at, 2] = block, 0
    block, fill = cells[at, 1], cells[at, 2]
    blocks[block, ROWS + fill] = row
    for side in range(8):
        boxes[block, side * LANES + fill] = box[side]
    cells[at, 2] = fill + 1


@_compiled
def _remove(grid, key, row):
    meta, cells, blocks, boxes = grid[0], grid[1], grid[2], grid[3]
    at = _slot(cells, key)
    head = cells[at, 1]
    last = cells[at, 2] - 1
    block = head
    while block >= 0:
        for k in range(SLOTS if block != head else last + 1):
            if blocks[block, ROWS + k] == row:
                blocks[block, ROWS + k] = blocks[head, ROWS + last]
                for side in range(8):
                    boxes[block, side * LANES + k] = boxes[head, side * LANES + last]
                boxes[head, last] = MOST + 1
                cells[at, 2] = last
                if last == 0:
                    cells[at, 1], cells[at, 2] = blocks[head, NEXT], SLOTS
                    blocks[head, NEXT] = meta[FREE]
                    meta[FREE] = head
                    meta[SPARE] += 1
                return
        block = blocks[block, NEXT]


@_compiled
def _visit(records, points, row, grid, adding, seen, box):
    """Add a row to each of its cells, or remove it from them."""
    meta, cells, boxes, counts, masks = grid[0], grid[1], grid[3], grid[4], grid[5]
    record = records[row]
    kind, wide = int(record.bounds[1]) * 4 + int(record.bounds[3]), _width(record)
    start, end = record.times[0], record.times[1]
    box[4], box[5] = _step_of_height(record.bounds[0]), _step_of_height(record.bounds[2])
    large = record.radius + wide > LARGEST_M
    for face in range(EVERYWHERE + 1):
        if large != (face == EVERYWHERE):
            continue
        if large:
            seen[0] = seen[2] = -_EDGE
            seen[1] = seen[3] = _EDGE
        elif not _seen(records, points, row, wide, face, seen):
            continue
        level, time = _levels(seen, start, end)
        for k in range(4):
            box[k] = _step_of_angle(seen[k])
        side = 1 if large else SIDES[level]
        x0, x1, y0, y1 = _cell(box[0], side), _cell(box[1], side), _cell(box[2], side), _cell(box[3], side)
        first, last = _bucket(start, time), _bucket(end, time)
        # All is fetched at one go, as in `_gather`.
        touched = 0
        for x in range(x0, x1 + 1):
            for y in range(y0, y1 + 1):
                for bucket in range(first, last + 1):
                    block = max(cells[_slot(cells, _key(face, level, time, kind, x, y, bucket)), 1], 0)
                    for line in range(0, BLOCK, 32):
                        touched += boxes[block, line]
        meta[TOUCHED] = touched
        for x in range(x0, x1 + 1):
            for y in range(y0, y1 + 1):
                for bucket in range(first, last + 1):
                    key = _key(face, level, time, kind, x, y, bucket)
                    if adding:
                        box[6], box[7] = _step_of_time(start, bucket, time), _step_of_time(end, bucket, time)
                        _add(grid, key, row, box)
                    else:
                        _remove(grid, key, row)
        counts[face, level * 4 + time, kind] += 1 if adding else -1
        if counts[face, level * 4 + time, kind] > 0:
            masks[face, level * 4 + time] |= 1 << kind
        else:
            masks[face, level * 4 + time] &= ~(1 << kind)


@_compiled
def link(records, points, rows, begin, meta, cells, blocks, boxes, counts, masks):
    """Add rows to the grid from `begin` on; return how far it came before room had to be made."""
    grid = (meta, cells, blocks, boxes, counts, masks)
    seen, box = np.empty(4), np.empty(8, np.int64)
    for k in range(begin, len(rows)):
        if meta[SPARE] + len(blocks) - meta[BLOCKS] < ROOM or 2 * (meta[CELLS] + ROOM) > len(cells):
            return k
        records[rows[k]].inner = _inner(records, points, rows[k])
        _visit(records, points, rows[k], grid, True, seen, box)
    return len(rows)


@_compiled
def unlink(records, points, rows, meta, cells, blocks, boxes, counts, masks):
    """Remove rows, as they were added, from the grid."""
    grid = (meta, cells, blocks, boxes, counts, masks)
    seen, box = np.empty(4), np.empty(8, np.int64)
    for k in range(len(rows)):
        _visit(records, points, rows[k], grid, False, seen, box)


@_compiled
def rehash(old, new, meta):
    """Move all cells that hold a row from the table `old` to the empty table `new`."""
    meta[CELLS] = 0
    for k in range(len(old)):
        if old[k, 0] != -1 and old[k, 1] >= 0:
            at = _slot(new, old[k, 0])
            new[at, 0], new[at, 1], new[at, 2] = old[k, 0], old[k, 1], old[k, 2]
            meta[CELLS] += 1


# ------------------------------------------------------------------------------------------------ the search


@_compiled
def _left_out(owner, leave_out):
    low, high = 0, len(leave_out)
    while low < high:
        middle = (low + high) // 2
        if leave_out[middle] < owner:
            low = middle + 1
        else:
            high = middle
    return low < len(leave_out) and leave_out[low] == owner


@_compiled
def _cells_asked(record, grid, wait, seen):
    """Return how many cells a search would open; `seen` (6, 4) is NaN for a face that it does not see."""
    masks = grid[5]
    total = 0.0
    for face in range(EVERYWHERE):
        if seen[face, 0] == seen[face, 0]:
            for at in range(16):
                if masks[face, at]:
                    side, time = SIDES[at // 4], at % 4
                    across = 1 + (seen[face, 1] - seen[face, 0]) * side / (pi / 2)
                    along = 1 + (seen[face, 3] - seen[face, 2]) * side / (pi / 2)
                    late = record.times[1] - record.times[0] + 2.0 * wait
                    total += across * along * (1 + late / BUCKETS_MS[time])
    return total


@_compiled
def _block_hits(boxes, block, asked, hits):
    """Mark which boxes of a block touch what is asked and did not do so in an earlier cell; return how many do."""
    x_high, x_low, y_high, y_low = asked[0], asked[1], asked[2], asked[3]
    z_high, z_low, t_high, t_low = asked[4], asked[5], asked[6], asked[7]
    x_new, y_new, t_new = asked[8], asked[9], asked[10]
    apart = np.int16(0)
    # The compiler makes one step of sixteen lanes out of comparisons that are all made, and of lanes it cannot count.
    for lane in range(len(hits)):
        left, right = boxes[block, lane], boxes[block, LANES + lane]
        low, high = boxes[block, 2 * LANES + lane], boxes[block, 3 * LANES + lane]
        begin = boxes[block, 6 * LANES + lane]
        miss = max(
            np.int16(left > x_high),
            np.int16(left < x_new),
            np.int16(right < x_low),
            np.int16(low > y_high),
            np.int16(low < y_new),
            np.int16(high < y_low),
            np.int16(boxes[block, 4 * LANES + lane] > z_high),
            np.int16(boxes[block, 5 * LANES + lane] < z_low),
            np.int16(begin > t_high),
            np.int16(begin < t_new),
            np.int16(boxes[block, 7 * LANES + lane] < t_low),
        )
        hits[lane] = miss
        apart += miss
    return LANES - apart


@_compiled
def tidy(cells, order, blocks, boxes, new_blocks, new_boxes, meta):
    """Write the blocks of the cells in `order` one after another into new arrays."""
    used = 0
    for k in order:
        block, cells[k, 1] = cells[k, 1], used
        while block >= 0:
            following = blocks[block, NEXT]
            new_boxes[used] = boxes[block]
            new_blocks[used, NEXT] = used + 1 if following >= 0 else -1
            block = following
            used += 1
    meta[BLOCKS], meta[FREE], meta[SPARE] = used, -1, 0


@_compiled
def _once_each(out, start, end):
    """Sort the pairs of one row, found on two faces or more, and keep each once; return where they end."""
    rows = np.sort(out[start:end, 1])
    kept = start
    for k in range(len(rows)):
        if k == 0 or rows[k] != rows[k - 1]:
            out[kept, 1] = rows[k]
            kept += 1
    return kept


@_compiled
def _gather(blocks, boxes, opened, asked, count, since, hits, near, found, meta):
    """Add to `near` the rows beyond `since` whose boxes touch what is asked of each opened cell; return it and its end.

    Memory answers many questions at once as fast as one: so all blocks are touched before the first is read.
    """
    touched = 0
    for k in range(count):
        for line in range(0, BLOCK, 32):
            touched += boxes[opened[k], line]
    meta[TOUCHED] = touched
    for k in range(count):
        block = opened[k]
        while block >= 0:
            if _block_hits(boxes, block, asked[k], hits):
                if found + SLOTS > len(near):
                    more = np.empty(2 * len(near), np.int64)
                    more[:found] = near[:found]
                    near = more
                for lane in range(SLOTS):
                    if hits[lane] == 0 and blocks[block, ROWS + lane] > since:
                        near[found] = blocks[block, ROWS + lane]
                        found += 1
            block = blocks[block, NEXT]
    return near, found


@_compiled
def _judge(
    p_rows, p, i, q_rows, q, near, count, inner, same, once, need, margins, sides, leave_out, out, found, meta
):  # fmt: skip
    """Write the rows of `near` that are too close to `out`; return how many pairs it has, or -1 when it is full."""
    touched = 0
    for k in range(count):
        touched += q_rows[near[k]].times[0] + q_rows[near[k]].owner
    meta[TOUCHED] = touched
    for k in range(count):
        j = near[k]
        if same and (q_rows[j].owner == p_rows[i].owner or (len(sides) > 0 and sides[i] == sides[j])):
            continue
        if not _too_close(p_rows, p, i, q_rows, q, j, inner, need[q_rows[j].group], margins):
            continue
        if len(leave_out) > 0 and _left_out(q_rows[j].owner, leave_out):
            continue
        if found == len(out):
            return -1
        out[found, 0], out[found, 1] = i, j
        found += 1
        if once:
            break
    return found


@_compiled
def search(
    p_rows, p, which, begin, same, once, after, needs, margins, sides, leave_out,
    q_rows, q, meta, cells, blocks, boxes, counts, masks, out,
):  # fmt: skip
    """Write the pairs (row of `p_rows`, row of `q_rows`) that are too close to `out` (n, 2), row by row of `which`.

    `needs` (groups, groups + 1, 3): [m], [m], [ms] by the row's group and the other's; last the greatest of each. With
    one line, it serves all groups. `same` says that both are the same rows: then each pair comes once, and none of one
    owner, nor of one side when there are `sides`. `once` stops at the first pair. Rows up to `after` are passed over.

    Returns how many of `which` were answered wholly, and how many pairs there are; fewer than all when `out` is full.
    """
    grid = (meta, cells, blocks, boxes, counts, masks)
    seen, hits = np.empty((EVERYWHERE + 1, 4)), np.empty(LANES, np.int16)
    lows, highs = np.empty(4, np.int16), np.empty(4, np.int16)
    opened, asked, near = np.empty(OPEN, np.int64), np.empty((OPEN, 11), np.int16), np.empty(512, np.int64)
    seen[EVERYWHERE, 0] = seen[EVERYWHERE, 2] = -_EDGE
    seen[EVERYWHERE, 1] = seen[EVERYWHERE, 3] = _EDGE
    found = 0
    for k in range(begin, len(which)):
        i = which[k]
        record = p_rows[i]
        if record.count == 0:
            continue
        need = needs[min(record.group, len(needs) - 1)]
        widest = need[len(need) - 1]
        wait, wide = np.int64(widest[2]), _width(record) + max(widest[0], SLACK_M) + SLACK_M
        since = i if same else after
        so_far = found
        inner = record.inner if same else _inner(p_rows, p, i)
        faces = 0
        if record.radius + wide <= LARGEST_M:
            for face in range(EVERYWHERE):
                if _seen(p_rows, p, i, wide, face, seen[face]):
                    faces += 1
                else:
                    seen[face, 0] = np.nan
        count = nears = 0
        if faces == 0 or _cells_asked(record, grid, wait, seen) > max(64, len(q_rows)):
            near = np.flatnonzero(q_rows["count"] > 0)
            nears = len(near)
            while nears > 0 and near[len(near) - nears] <= since:
                nears -= 1
            near = near[len(near) - nears :].copy()
            if len(near) < 512:
                near = np.append(near, np.zeros(512, np.int64))
            faces = 0
        # By the references of the other's bounds: below which its lower and above which its upper must be.
        reach = max(widest[1], 0.0) + 2 * TOUCH_M
        upper_code, lower_code = int(record.bounds[3]), int(record.bounds[1])
        for code in range(4):
            highs[code] = _step_of_height(record.bounds[2] + margins[code, upper_code] + reach)
            lows[code] = _step_of_height(record.bounds[0] - margins[lower_code, code] - reach)
        start, end = record.times[0] - wait, record.times[1] + wait
        for face in range(EVERYWHERE + 1):
            if faces == 0 or seen[face, 0] != seen[face, 0]:
                continue
            x_low, x_high = _step_of_angle(seen[face, 0]), _step_of_angle(seen[face, 1])
            y_low, y_high = _step_of_angle(seen[face, 2]), _step_of_angle(seen[face, 3])
            for at in range(16):
                kinds = masks[face, at]
                if kinds == 0:
                    continue
                level, time = at // 4, at % 4
                side = 1 if face == EVERYWHERE else SIDES[level]
                x_first, y_first = _cell(x_low, side), _cell(y_low, side)
                first, last = _bucket(start, time), _bucket(end, time)
                for kind in range(16):
                    if not kinds >> kind & 1:
                        continue
                    z_high, z_low = highs[kind // 4], lows[kind % 4]
                    for x in range(x_first, _cell(x_high, side) + 1):
                        for y in range(y_first, _cell(y_high, side) + 1):
                            for bucket in range(first, last + 1):
                                cell = _slot(cells, _key(face, level, time, kind, x, y, bucket))
                                if cells[cell, 1] < 0:
                                    continue
                                opened[count] = cells[cell, 1]
                                ask = asked[count]
                                ask[0], ask[1], ask[2], ask[3] = x_high, x_low, y_high, y_low
                                ask[4], ask[5] = z_high, z_low
                                ask[6] = _step_of_time(end, bucket, time)
                                ask[7] = _step_of_time(start, bucket, time)
                                ask[8] = _edge(x, side) if x > x_first else LEAST
                                ask[9] = _edge(y, side) if y > y_first else LEAST
                                ask[10] = 0 if bucket > first else LEAST
                                count += 1
                                if count == (4 if once else OPEN):
                                    near, nears = _gather(
                                        blocks, boxes, opened, asked, count, since, hits, near, nears, meta
                                    )
                                    count = 0
                                    if once and nears > 0:
                                        found = _judge(
                                            p_rows, p, i, q_rows, q, near, nears, inner, same, once, need, margins,
                                            sides, leave_out, out, found, meta,
                                        )  # fmt: skip
                                        if found:
                                            return k, found
                                        nears = 0
        near, nears = _gather(blocks, boxes, opened, asked, count, since, hits, near, nears, meta)
        found = _judge(
            p_rows, p, i, q_rows, q, near, nears, inner, same, once, need, margins, sides, leave_out, out, found, meta
        )
        if found < 0:
            return k, so_far
        if once and found:
            return k, found
        if faces > 1 and found > so_far + 1:
            found = _once_each(out, so_far, found)
    return len(which), found
