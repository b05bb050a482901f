"""The loops of the engine, compiled by numba: the grid's upkeep, the search through it, and distances in space.

Everything here works on the arrays of `batch` and `grid`, holds no lock of the interpreter, and writes only into what
it was given. Whoever calls makes room beforehand: a loop that would run out of room stops and says how far it came.

All stands in one module, since numba's cache notices a change in the file of the function called, and in no other.
"""

# The compiler reads the types of the arguments from each call; the doors in `grid` have the annotations.
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False, disallow-untyped-decorators=False

from __future__ import annotations

from math import atan, floor, pi, sin, sqrt
from typing import Any

import numpy as np
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.numpy_support import carray

from entente.deconfliction.batch import ROW
from entente.deconfliction.core import LARGEST_RADIUS_M, SLACK_M
from entente.deconfliction.vertical import TOUCH_M

LANES, SLOTS = 16, 15
"""Boxes in a block, as many as the processor compares in a few steps; all but the last may hold a row."""
BLOCK = 192
"""[bytes] of a block, three lines of 64: eight sides of its boxes, then (of 4 bytes) its rows and the next block."""
ROWS, NEXT = 32, 47
"""[4 bytes] where these stand in a block."""
LINE = 64
"""[bytes] that the processor fetches together."""
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
OPEN, NEAR, PIECES = 64, 512, 32
"""Cells whose blocks are fetched at one go; rows near one, and pieces of it, for which there is room at first."""
CHAIN = 3
"""Blocks of a cell that are fetched so, as many as it has on average among 100,000 rows."""
ROOM = 1_024
"""More than one row can fill of cells or blocks: 7 x 7 x 6 on each of three faces."""
_EDGE = pi / 4 + 1e-9
LEAST, MOST = -32_767, 32_766
"""Between which an angle's steps lie, some 150 m each, 500 cells of 131 steps along a face."""
BEFORE, AFTER = 0, 255
"""What a box's side is in a cell that lies wholly after or before it; in between are 1 to 254."""
SHIFTS = np.array([0, 2, 4, 6, 8])
"""By how many bits an angle's steps are made coarser within a cell, by level; last for the one cell of everywhere."""
LIFT = 16
"""Steps of altitude below 0, some 1,000 m; above are as many as reach 15 km."""
_DIAMETER_M = 2 * LARGEST_RADIUS_M
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = 2**33
_STEPS = 32_768 / (_EDGE * 1.0001)
_STEP_M = 64.0


def _compiled(function):
    """Compile; what others call is kept on the disk, with all that it calls, where there is a place for it."""
    try:
        kept = not function.__name__.startswith("_")
        return njit(cache=kept, nogil=True, error_model="numpy")(function)
    except RuntimeError:  # numba: no place to write to
        return njit(nogil=True, error_model="numpy")(function)


# ------------------------------------------------------------------------------------------------ what is handed over
#
# To hand over twenty arrays takes as long as to search for one row. So a caller hands over one, (n, 2): where each of
# the others begins and how long it is (`grid.places`). Whoever made it keeps them alive, and says so when one moves.

RECORDS, POINTS, META_AT, CELLS_AT, BLOCKS_AT, COUNTS, MASKS, SINGLE = range(8)
"""Lines of what an index hands over: of its rows, of its grid, and from `SINGLE` on the room to search for one row."""
NEEDED, NEEDED_GROUPS, MARGINS = 2, 3, 4
"""Lines of what a question hands over, after its rows and points: what is needed, its first line, margins."""
APART, CLOSE = -2, -1


def _pointer(typing, address):
    def pointer(context, builder, signature, arguments):
        return builder.inttoptr(arguments[0], cgutils.voidptr_t)

    return types.voidptr(types.int64), pointer


_at: Any = intrinsic(_pointer)
"""An address as a pointer, which numba makes an array of."""


@_compiled
def _rows(places):
    return carray(_at(places[RECORDS, 0]), (places[RECORDS, 1],), ROW)


@_compiled
def _points(places):
    return carray(_at(places[POINTS, 0]), (places[POINTS, 1], 3), np.float64)


@_compiled
def _grid(places):
    """Return meta, cells, blocks (their rows, then their boxes), counts, masks."""
    blocks = places[BLOCKS_AT, 0], places[BLOCKS_AT, 1]
    return (
        carray(_at(places[META_AT, 0]), (META,), np.int64),
        carray(_at(places[CELLS_AT, 0]), (places[CELLS_AT, 1], 2), np.int64),
        carray(_at(blocks[0]), (blocks[1], BLOCK // 4), np.int32),
        carray(_at(blocks[0]), (blocks[1], BLOCK), np.uint8),
        carray(_at(places[COUNTS, 0]), (EVERYWHERE + 1, 16, 16), np.int64),
        carray(_at(places[MASKS, 0]), (EVERYWHERE + 1, 16), np.int64),
    )


@_compiled
def _room():
    """Return room for one search: faces, a block's hits, heights, cells opened, what is asked of each, rows; a box."""
    return (
        np.empty((EVERYWHERE + 1, 4)),
        np.empty(LANES, np.uint8),
        np.empty((2, 4), np.uint8),
        np.empty(OPEN, np.int64),
        np.empty((OPEN, 16), np.uint8),
        np.empty(NEAR, np.int64),
        np.empty(8, np.uint8),
    )


@_compiled
def _room_for_one(places):
    """Return the room that an index keeps for one row: as `_room`, then for pieces, pairs and an answer."""
    return (
        (
            carray(_at(places[SINGLE, 0]), (EVERYWHERE + 1, 4), np.float64),
            carray(_at(places[SINGLE + 1, 0]), (LANES,), np.uint8),
            carray(_at(places[SINGLE + 2, 0]), (2, 4), np.uint8),
            carray(_at(places[SINGLE + 3, 0]), (OPEN,), np.int64),
            carray(_at(places[SINGLE + 4, 0]), (OPEN, 16), np.uint8),
            carray(_at(places[SINGLE + 5, 0]), (NEAR,), np.int64),
            carray(_at(places[SINGLE + 6, 0]), (8,), np.uint8),
        ),
        carray(_at(places[SINGLE + 7, 0]), (PIECES, 8), np.float64),
        carray(_at(places[SINGLE + 8, 0]), (places[SINGLE + 8, 1], 2), np.int64),
        carray(_at(places[SINGLE + 9, 0]), (places[SINGLE + 9, 1],), np.int64),
    )


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
    # A ring bulges over the ball around its points by no more than the earth is flattened.
    dx, dy, dz, far = q[n, 0] - ux, q[n, 1] - uy, q[n, 2] - uz, 1.01 * records[i].radius + 100.0
    if dx * dx + dy * dy + dz * dz > far * far or q[n, 0] * ux + q[n, 1] * uy + q[n, 2] * uz <= 0:
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
def _pieces(points, first, count, room):
    """Write the pieces of a row, (8,) each: begin, way, 1 over the way's square, length; return them and how many."""
    many = max(count - 1, 1)
    if many > len(room):
        room = np.empty((2 * many, 8))
    for k in range(many):
        a, b = first + k, first + min(k + 1, count - 1)
        x, y, z = points[b, 0] - points[a, 0], points[b, 1] - points[a, 1], points[b, 2] - points[a, 2]
        way2 = x * x + y * y + z * z
        room[k, 0], room[k, 1], room[k, 2] = points[a, 0], points[a, 1], points[a, 2]
        room[k, 3], room[k, 4], room[k, 5] = x, y, z
        room[k, 6], room[k, 7] = 1.0 / way2 if way2 != 0 else 0.0, sqrt(way2)
    return room, many


@_compiled
def _away2(pieces, k, x, y, z):
    """Return the squared distance [m²] of a point from a piece; NaN between two rings, where there is none."""
    wx, wy, wz = x - pieces[k, 0], y - pieces[k, 1], z - pieces[k, 2]
    along = (wx * pieces[k, 3] + wy * pieces[k, 4] + wz * pieces[k, 5]) * pieces[k, 6]
    along = min(max(along, 0.0), 1.0)
    dx, dy, dz = wx - along * pieces[k, 3], wy - along * pieces[k, 4], wz - along * pieces[k, 5]
    return dx * dx + dy * dy + dz * dz


@_compiled
def _nearest(pieces, many, x, y, z):
    """Return the squared distance [m²] of a point from the nearest piece, and which that is."""
    best2, best = np.inf, 0
    for k in range(many):
        d2 = _away2(pieces, k, x, y, z)
        if d2 < best2:
            best2, best = d2, k
    return best2, best


@_compiled
def _inner(records, points, i, pieces, many):
    """Return a bound [m]: how much nearer a shape surely comes to anything than its centre does.

    That is the distance from the centre to the nearest piece: more than 0 inside a ring, and less outside. Half a
    per mille, the pieces' depth and a metre are taken off, for what lengths in space and on the earth differ by within
    300 km.
    """
    if records[i].count == 1:
        return 0.0
    if records[i].radius > 100_000:
        return -np.inf
    middle = np.empty((1, 3))
    middle[0, 0], middle[0, 1], middle[0, 2] = records[i].centre[0], records[i].centre[1], records[i].centre[2]
    nearest = sqrt(_nearest(pieces, many, middle[0, 0], middle[0, 1], middle[0, 2])[0])
    loss = 0.0005 * nearest + records[i].sag + 1.0
    if records[i].filled and _holds(records, points, i, middle, 0):
        return nearest - loss
    return -nearest - loss


@_compiled
def _far(p_row, q_row, need):
    """Return how far apart [m] two rows' pieces are at least where the rows are not too close."""
    return max(need[0], SLACK_M) + SLACK_M + p_row.doubt + q_row.doubt + p_row.reach + q_row.reach


@_compiled
def _told(p_rows, p, i, q_rows, q, j, inner, pieces, many, need, margins):
    """Return whether two rows are `CLOSE` or `APART`, by what is known of row j without its points.

    Time comes first, then altitude, then shape. Where only its points can tell: the piece of row i nearest to it.
    """
    mine, theirs = p_rows[i], q_rows[j]
    wait = np.int64(need[2])
    if theirs.times[0] >= mine.times[1] + wait or mine.times[0] >= theirs.times[1] + wait:
        return APART
    gap = max(
        _gap(theirs.bounds[0], theirs.bounds[1], mine.bounds[2], mine.bounds[3], margins),
        _gap(mine.bounds[0], mine.bounds[1], theirs.bounds[2], theirs.bounds[3], margins),
    )
    if gap >= need[1] - TOUCH_M and gap > TOUCH_M:
        return APART
    far = _far(mine, theirs, need)
    if far >= _DIAMETER_M * pi / 2:
        return CLOSE
    x, y, z = theirs.centre[0], theirs.centre[1], theirs.centre[2]
    dx, dy, dz = mine.centre[0] - x, mine.centre[1] - y, mine.centre[2] - z
    away2 = dx * dx + dy * dy + dz * dz
    near = min(far + inner + theirs.inner, 300_000.0)
    if near > 0 and away2 < 0.999 * near * near:
        return CLOSE
    # In space no piece of row j lies farther than this from one of row i that it comes too close to.
    beyond = far + mine.sag + theirs.sag + theirs.radius + SLACK_M
    wide = beyond + mine.radius
    if away2 > wide * wide:
        return APART
    away2, nearest = _nearest(pieces, many, x, y, z)
    near = min(far + theirs.inner - mine.sag - 1.0, 300_000.0)
    if near > 0 and away2 < 0.999 * near * near:
        return CLOSE
    if away2 > beyond * beyond:
        return CLOSE if _one_holds_other(p_rows, p, i, q_rows, q, j) else APART
    return nearest


@_compiled
def _reached(p_rows, p, i, q_rows, q, j, pieces, many, start, need):
    """Whether row i has a piece too close to one of row j, or one holds the other; from piece `start` on, around."""
    limit, depth = _far(p_rows[i], q_rows[j], need), p_rows[i].sag + q_rows[j].sag
    limit = _DIAMETER_M * sin(limit / _DIAMETER_M)
    limit2 = limit * limit + depth * depth
    limit = sqrt(limit2)
    sure2 = limit2 * (1 - 1e-12)
    x, y, z = q_rows[j].centre[0], q_rows[j].centre[1], q_rows[j].centre[2]
    first, count = q_rows[j].first, q_rows[j].count
    # A piece's sag tells how long the longest is, and so how far one may lead from its first point.
    within = limit + sqrt(q_rows[j].sag) * _PER_SAG + SLACK_M
    beside = limit + q_rows[j].radius + SLACK_M
    within2, beside2 = within * within, beside * beside
    for n in range(start, start + many):
        k = n - many if n >= many else n
        if not _away2(pieces, k, x, y, z) <= beside2:
            continue
        a = p_rows[i].first + k
        a2 = min(a + 1, p_rows[i].first + p_rows[i].count - 1)
        for b in range(first, first + max(count - 1, 1)):
            d2 = _away2(pieces, k, q[b, 0], q[b, 1], q[b, 2])
            if d2 < sure2:
                return True
            if d2 <= within2 and _closest2(p, a, a2, q, b, min(b + 1, first + count - 1)) < limit2:
                return True
    return _one_holds_other(p_rows, p, i, q_rows, q, j)


@_compiled
def _gap(lower, lower_code, upper, upper_code, margins):
    return lower - upper - margins[int(lower_code), int(upper_code)]


# ------------------------------------------------------------------------------------------------ the grid
#
# Boxes are compared in steps of some 150 m, 64 m and half a minute or more, counted from where their cell begins. All
# sides are rounded down and cut off at the ends alike, which keeps their order: what touches still does.


@_compiled
def _step_of_angle(angle):
    return np.int64(min(max(floor(angle * _STEPS), LEAST), MOST))


@_compiled
def _step_of_height(metres):
    return np.uint8(floor(min(max(metres / _STEP_M + LIFT, BEFORE), AFTER)))


@_compiled
def _step_of_time(time_ms, bucket, level):
    """In each bucket from its begin; in the one of for ever, by weeks around 2026."""
    if level == 3:
        return np.uint8(min(max(128 + (time_ms - 1_795_000_000_000) // 604_800_000, 1), AFTER - 1))
    since = time_ms - bucket * BUCKETS_MS[level]
    if since < 0:
        return np.uint8(BEFORE)
    if since >= BUCKETS_MS[level]:
        return np.uint8(AFTER)
    return np.uint8(1 + since // (BUCKETS_MS[level] // 253 + 1))


@_compiled
def _step_in_cell(step, first, end, shift):
    """Return where a step of an angle is within a cell that has those from `first` on, before `end`."""
    if step < first:
        return np.uint8(BEFORE)
    if step >= end:
        return np.uint8(AFTER)
    return np.uint8(min(1 + ((step - first) >> shift), AFTER - 1))


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
        cells[at, 0], cells[at, 1] = key, -1
        meta[CELLS] += 1
    head, fill = cells[at, 1] >> 4, cells[at, 1] & SLOTS
    if fill == SLOTS:
        block = meta[FREE]
        if block >= 0:
            meta[FREE] = blocks[block, NEXT]
            meta[SPARE] -= 1
        else:
            block = meta[BLOCKS]
            meta[BLOCKS] += 1
        blocks[block, NEXT] = head
        for lane in range(LANES):
            boxes[block, lane] = AFTER
        head, fill = block, 0
    blocks[head, ROWS + fill] = row
    for side in range(8):
        boxes[head, side * LANES + fill] = box[side]
    cells[at, 1] = head << 4 | (fill + 1)


@_compiled
def _remove(grid, key, row):
    meta, cells, blocks, boxes = grid[0], grid[1], grid[2], grid[3]
    at = _slot(cells, key)
    head, last = cells[at, 1] >> 4, (cells[at, 1] & SLOTS) - 1
    block = head
    while block >= 0:
        for k in range(SLOTS if block != head else last + 1):
            if blocks[block, ROWS + k] == row:
                blocks[block, ROWS + k] = blocks[head, ROWS + last]
                for side in range(8):
                    boxes[block, side * LANES + k] = boxes[head, side * LANES + last]
                boxes[head, last] = AFTER
                cells[at, 1] = head << 4 | last
                if last == 0:
                    following = blocks[head, NEXT]
                    cells[at, 1] = following << 4 | SLOTS if following >= 0 else -1
                    blocks[head, NEXT] = meta[FREE]
                    meta[FREE] = head
                    meta[SPARE] += 1
                return
        block = blocks[block, NEXT]


@_compiled
def _visit(records, points, row, grid, adding, seen, box):
    """Add a row to each of its cells, or remove it from them."""
    cells, boxes, counts, masks = grid[1], grid[3], grid[4], grid[5]
    record = records[row]
    kind, wide = _kind(record), _width(record)
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
        left, right, low, high = (
            _step_of_angle(seen[0]), _step_of_angle(seen[1]), _step_of_angle(seen[2]), _step_of_angle(seen[3])
        )  # fmt: skip
        side, shift = (1, SHIFTS[4]) if large else (SIDES[level], SHIFTS[level])
        x0, x1, y0, y1 = _cell(left, side), _cell(right, side), _cell(low, side), _cell(high, side)
        first, last = _bucket(start, time), _bucket(end, time)
        # All is fetched at one go, as in `_gather`.
        touched = 0
        for x in range(x0, x1 + 1):
            for y in range(y0, y1 + 1):
                for bucket in range(first, last + 1):
                    block = max(cells[_slot(cells, _key(face, level, time, kind, x, y, bucket)), 1] >> 4, 0)
                    for line in range(0, BLOCK, LINE):
                        touched += boxes[block, line]
        grid[0][TOUCHED] = touched
        for x in range(x0, x1 + 1):
            begin, beyond = _edge(x, side), _edge(x + 1, side)
            box[0], box[1] = _step_in_cell(left, begin, beyond, shift), _step_in_cell(right, begin, beyond, shift)
            for y in range(y0, y1 + 1):
                begin, beyond = _edge(y, side), _edge(y + 1, side)
                box[2], box[3] = _step_in_cell(low, begin, beyond, shift), _step_in_cell(high, begin, beyond, shift)
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
def link(places, rows, begin):
    """Add rows to the grid from `begin` on; return how far it came before room had to be made."""
    records, points, grid = _rows(places), _points(places), _grid(places)
    seen, box, pieces, meta = np.empty(4), np.empty(8, np.uint8), np.empty((PIECES, 8)), grid[0]
    for k in range(begin, len(rows)):
        if meta[SPARE] + len(grid[2]) - meta[BLOCKS] < ROOM or 2 * (meta[CELLS] + ROOM) > len(grid[1]):
            return k
        row = rows[k]
        pieces, many = _pieces(points, records[row].first, records[row].count, pieces)
        records[row].inner = _inner(records, points, row, pieces, many)
        _visit(records, points, row, grid, np.bool_(True), seen, box)
    return len(rows)


@_compiled
def put_one(one, its_points, places, row, first):
    """Hold the only row of `one` as `row`, its points from `first` on; 0 if the grid has no room for it."""
    records, points, grid, meta = _rows(places), _points(places), _grid(places), _grid(places)[0]
    if meta[SPARE] + len(grid[2]) - meta[BLOCKS] < ROOM or 2 * (meta[CELLS] + ROOM) > len(grid[1]):
        return 0
    begin, count = one[0].first, one[0].count
    for k in range(count):
        for axis in range(3):
            points[first + k, axis] = its_points[begin + k, axis]
    records[row] = one[0]
    records[row].first, records[row].owner, records[row].nth, records[row].sibling = first, row, 0, -1
    room, pieces, _, _ = _room_for_one(places)
    pieces, many = _pieces(points, first, count, pieces)
    records[row].inner = _inner(records, points, row, pieces, many)
    _visit(records, points, row, grid, np.bool_(True), room[0][0], room[6])
    return 1


@_compiled
def drop_one(places, row, gone):
    """Remove `row` and its siblings from the grid, and empty them; 0 if they are more than `gone` has lines.

    Into `gone` go each row, where its points began, and how many they were. Returns how many rows there were.
    """
    records, points, grid = _rows(places), _points(places), _grid(places)
    room = _room_for_one(places)[0]
    many, at = 0, row
    while at >= 0:
        at = records[at].sibling
        many += 1
    if many > len(gone):
        return 0
    for k in range(many):
        _visit(records, points, row, grid, np.bool_(False), room[0][0], room[6])
        gone[k, 0], gone[k, 1], gone[k, 2] = row, records[row].first, records[row].count
        records[row].count = 0
        row = records[row].sibling
    return many


@_compiled
def unlink(places, rows):
    """Remove rows, as they were added, from the grid."""
    records, points, grid = _rows(places), _points(places), _grid(places)
    seen, box = np.empty(4), np.empty(8, np.uint8)
    for k in range(len(rows)):
        _visit(records, points, rows[k], grid, np.bool_(False), seen, box)


@_compiled
def rehash(old, new, meta):
    """Move all cells that hold a row from the table `old` to the empty table `new`."""
    meta[CELLS] = 0
    for k in range(len(old)):
        if old[k, 0] != -1 and old[k, 1] >= 0:
            at = _slot(new, old[k, 0])
            new[at, 0], new[at, 1] = old[k, 0], old[k, 1]
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
def _cells_asked(record, masks, wait, seen):
    """Return how many cells a search would open; `seen` (6, 4) is NaN for a face that it does not see."""
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
    apart = np.uint8(0)
    # The compiler makes one step of sixteen lanes out of comparisons that are all made, and of lanes it cannot count.
    for lane in range(len(hits)):
        left, right = boxes[block, lane], boxes[block, LANES + lane]
        low, high = boxes[block, 2 * LANES + lane], boxes[block, 3 * LANES + lane]
        begin = boxes[block, 6 * LANES + lane]
        miss = max(
            np.uint8(left > x_high),
            np.uint8(left < x_new),
            np.uint8(right < x_low),
            np.uint8(low > y_high),
            np.uint8(low < y_new),
            np.uint8(high < y_low),
            np.uint8(boxes[block, 4 * LANES + lane] > z_high),
            np.uint8(boxes[block, 5 * LANES + lane] < z_low),
            np.uint8(begin > t_high),
            np.uint8(begin < t_new),
            np.uint8(boxes[block, 7 * LANES + lane] < t_low),
        )
        hits[lane] = miss
        apart += miss
    return LANES - apart


@_compiled
def tidy(cells, order, blocks, boxes, new_blocks, new_boxes, meta):
    """Write the blocks of the cells in `order` one after another into new arrays."""
    used = 0
    for at in order:
        block, cells[at, 1] = cells[at, 1] >> 4, used << 4 | (cells[at, 1] & SLOTS)
        while block >= 0:
            following = blocks[block, NEXT]
            for k in range(BLOCK):
                new_boxes[used, k] = boxes[block, k]
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
def _gather(blocks, boxes, opened, asks, count, since, hits, near, found, meta):
    """Add to `near` the rows beyond `since` whose boxes touch what is asked of each opened cell; return it and its end.

    Memory answers many questions at once as fast as one: so blocks are touched before the first is read, and with each
    those that follow it where `tidy` let its cell's lie side by side.
    """
    touched, last = 0, len(boxes) - 1
    for k in range(count):
        for block in range(opened[k], min(opened[k] + CHAIN, last + 1)):
            for line in range(0, BLOCK, LINE):
                touched += boxes[block, line]
    meta[TOUCHED] = touched
    for k in range(count):
        block = opened[k]
        while block >= 0:
            if _block_hits(boxes, block, asks[k], hits):
                if found + SLOTS > len(near):
                    more = np.empty(2 * len(near), np.int64)
                    for at in range(found):
                        more[at] = near[at]
                    near = more
                for lane in range(SLOTS):
                    if hits[lane] == 0 and blocks[block, ROWS + lane] > since:
                        near[found] = blocks[block, ROWS + lane]
                        found += 1
            block = blocks[block, NEXT]
    return near, found


@_compiled
def _judge(
    p_rows, p, i, q_rows, q, near, count, inner, pieces, many, same, once, need, margins, sides, leave_out, out, found,
    meta,
):  # fmt: skip
    """Write the rows of `near` that are too close to `out`; return how many pairs it has, or -1 when it is full."""
    touched = 0
    for k in range(count):
        touched += q_rows[near[k]].times[0] + q_rows[near[k]].owner
    meta[TOUCHED] = touched
    unsure, seen = 0, 0.0
    for k in range(count):
        j = near[k]
        if same and (q_rows[j].owner == p_rows[i].owner or (len(sides) > 0 and sides[i] == sides[j])):
            continue
        told = _told(p_rows, p, i, q_rows, q, j, inner, pieces, many, need[q_rows[j].group], margins)
        if told == APART or (len(leave_out) > 0 and _left_out(q_rows[j].owner, leave_out)):
            continue
        if told == CLOSE:
            if found == len(out):
                return -1
            out[found, 0], out[found, 1] = i, j
            found += 1
            if once:
                return found
            continue
        # Its points are fetched, and looked at when those of all are on their way.
        for b in range(q_rows[j].first, q_rows[j].first + min(q_rows[j].count, 16), 2):
            seen += q[b, 0]
        near[unsure] = told << 32 | j
        unsure += 1
    meta[TOUCHED] += seen > 0
    for k in range(unsure):
        j, start = near[k] & 0xFFFFFFFF, near[k] >> 32
        if _reached(p_rows, p, i, q_rows, q, j, pieces, many, start, need[q_rows[j].group]):
            if found == len(out):
                return -1
            out[found, 0], out[found, 1] = i, j
            found += 1
            if once:
                return found
    return found


@_compiled
def _answer(asked, i, same, once, after, sides, leave_out, places, room, pieces, out, found):
    """Write the pairs of row i after the `found` ones that `out` has; return how many it has then, or -1 when full."""
    p_rows, p, q_rows, q, grid = _rows(asked), _points(asked), _rows(places), _points(places), _grid(places)
    needs = carray(_at(asked[NEEDED, 0]), (asked[NEEDED, 1], asked[NEEDED_GROUPS, 1], 3), np.float64)
    margins = carray(_at(asked[MARGINS, 0]), (4, 4), np.float64)
    meta, cells, blocks, boxes, masks = grid[0], grid[1], grid[2], grid[3], grid[5]
    seen, hits, heights, opened, asks, near, _ = room
    record, so_far = p_rows[i], found
    need = needs[min(record.group, len(needs) - 1)]
    widest = need[len(need) - 1]
    wait, wide = np.int64(widest[2]), _width(record) + max(widest[0], SLACK_M) + SLACK_M
    since = i if same else after
    pieces, many = _pieces(p, record.first, record.count, pieces)
    inner = record.inner if same else _inner(p_rows, p, i, pieces, many)
    faces = 0
    seen[EVERYWHERE, 0] = seen[EVERYWHERE, 2] = -_EDGE
    seen[EVERYWHERE, 1] = seen[EVERYWHERE, 3] = _EDGE
    if record.radius + wide <= LARGEST_M:
        for face in range(EVERYWHERE):
            if _seen(p_rows, p, i, wide, face, seen[face]):
                faces += 1
            else:
                seen[face, 0] = np.nan
    count = nears = 0
    if faces == 0 or _cells_asked(record, masks, wait, seen) > max(64, len(q_rows)):
        near = np.flatnonzero(q_rows["count"] > 0)
        nears = len(near)
        while nears > 0 and near[len(near) - nears] <= since:
            nears -= 1
        near = near[len(near) - nears :].copy()
        if len(near) < NEAR:
            near = np.append(near, np.zeros(NEAR, np.int64))
        faces = 0
    # By the references of the other's bounds: below which its lower and above which its upper must be.
    reach = max(widest[1], 0.0) + 2 * TOUCH_M
    upper_code, lower_code = int(record.bounds[3]), int(record.bounds[1])
    for code in range(4):
        heights[0, code] = _step_of_height(record.bounds[0] - margins[lower_code, code] - reach)
        heights[1, code] = _step_of_height(record.bounds[2] + margins[code, upper_code] + reach)
    start, end = record.times[0] - wait, record.times[1] + wait
    for face in range(EVERYWHERE + 1):
        if faces == 0 or seen[face, 0] != seen[face, 0]:
            continue
        left, right = _step_of_angle(seen[face, 0]), _step_of_angle(seen[face, 1])
        low, high = _step_of_angle(seen[face, 2]), _step_of_angle(seen[face, 3])
        for at in range(16):
            kinds = masks[face, at]
            if kinds == 0:
                continue
            level, time = at // 4, at % 4
            side, shift = (1, SHIFTS[4]) if face == EVERYWHERE else (SIDES[level], SHIFTS[level])
            x_first, y_first = _cell(left, side), _cell(low, side)
            first, last = _bucket(start, time), _bucket(end, time)
            for kind in range(16):
                if not kinds >> kind & 1:
                    continue
                for x in range(x_first, _cell(right, side) + 1):
                    begin, beyond = _edge(x, side), _edge(x + 1, side)
                    x_high = min(_step_in_cell(right, begin, beyond, shift), np.uint8(AFTER - 1))
                    x_low = _step_in_cell(left, begin, beyond, shift)
                    for y in range(y_first, _cell(high, side) + 1):
                        begin, beyond = _edge(y, side), _edge(y + 1, side)
                        y_high = min(_step_in_cell(high, begin, beyond, shift), np.uint8(AFTER - 1))
                        y_low = _step_in_cell(low, begin, beyond, shift)
                        for bucket in range(first, last + 1):
                            head = cells[_slot(cells, _key(face, level, time, kind, x, y, bucket)), 1]
                            if head < 0:
                                continue
                            opened[count] = head >> 4
                            ask = asks[count]
                            ask[0], ask[1], ask[2], ask[3] = x_high, x_low, y_high, y_low
                            ask[4], ask[5] = heights[1, kind // 4], heights[0, kind % 4]
                            ask[6] = _step_of_time(end, bucket, time)
                            ask[7] = _step_of_time(start, bucket, time)
                            # What began in a cell before this was found there.
                            ask[8], ask[9], ask[10] = x > x_first, y > y_first, bucket > first
                            count += 1
                            if count == (4 if once else OPEN):
                                near, nears = _gather(
                                    blocks, boxes, opened, asks, count, since, hits, near, nears, meta
                                )
                                count = 0
                                if once and nears > 0:
                                    found = _judge(
                                        p_rows, p, i, q_rows, q, near, nears, inner, pieces, many, same, once, need,
                                        margins, sides, leave_out, out, found, meta,
                                    )  # fmt: skip
                                    if found:
                                        return found
                                    nears = 0
    near, nears = _gather(blocks, boxes, opened, asks, count, since, hits, near, nears, meta)
    found = _judge(
        p_rows, p, i, q_rows, q, near, nears, inner, pieces, many, same, once, need, margins, sides, leave_out, out,
        found, meta,
    )  # fmt: skip
    if faces > 1 and found > so_far + 1 and not once:
        found = _once_each(out, so_far, found)
    return found


@_compiled
def search(asked, which, begin, same, places, sides, out):
    """Write the pairs (row asked, row held) that are too close to `out` (n, 2), row by row of `which`.

    What is needed, (groups, groups + 1, 3), is [m], [m], [ms] by the row's group and the other's; last the greatest of
    each. With one line, it serves all groups. `same` says that both are the same rows: then each pair comes once, and
    none of one owner, nor of one side when there are `sides`.

    Returns how many of `which` were answered wholly, and how many pairs there are; fewer than all when `out` is full.
    """
    own, room, pieces, none = _rows(asked), _room(), np.empty((PIECES, 8)), np.empty(0, np.int64)
    once, after, found = np.bool_(False), np.int64(-1), np.int64(0)
    for k in range(begin, len(which)):
        if own[which[k]].count == 0:
            continue
        more = _answer(asked, which[k], same, once, after, sides, none, places, room, pieces, out, found)
        if more < 0:
            return k, found
        found = more
    return len(which), found


@_compiled
def search_one(asked, places, once, after, leave_out):
    """Write the rows too close to the one row `asked`, and beyond row `after`, into the room for it, ascending.

    `once` stops at the first; `leave_out` are owners, ascending. Returns how many rows there are, -1 without room.
    """
    room, pieces, out, answer = _room_for_one(places)
    same, row, found = np.bool_(False), np.int64(0), np.int64(0)
    found = _answer(asked, row, same, once, after, leave_out, leave_out, places, room, pieces, out, found)
    if found > 64:
        rows = np.sort(out[:found, 1])
        for k in range(found):
            answer[k] = rows[k]
        return found
    for k in range(found):
        row, at = out[k, 1], k
        while at > 0 and answer[at - 1] > row:
            answer[at] = answer[at - 1]
            at -= 1
        answer[at] = row
    return found
