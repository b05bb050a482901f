"""Volumes side by side in arrays: what an index keeps of each, and many of them ready to be put into one.

A row is a record of fixed size (`ROW`) and a run of points. Both ways of searching, plain and compiled, read the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from entente.deconfliction.core import (
    LEAST_RADIUS_M,
    SLACK_M,
    Core,
    Cores,
    Floats,
    Rows,
    cores_of,
    cores_of_chains,
    to_surface,
)
from entente.deconfliction.vertical import Bounds
from entente.errors import Malformed
from entente.geo.volume import Shape

FOREVER_MS = 2**60
"""[ms] Beyond every time; far enough from the integer's end that differences do not wrap."""

ROW = np.dtype(
    [
        # What a search looks at first lies in the first two lines of 64 bytes that the processor fetches.
        ("times", np.int64, (2,)),  # [ms] start, end
        ("bounds", np.float64, (4,)),  # `vertical.Bounds`
        ("centre", np.float64, (3,)),  # [m] a point of the ellipsoid amid its points
        ("inner", np.float64),  # [m] how much nearer the shape comes than its centre, told by the compiled way
        ("reach", np.float64),  # [m], as `Core`
        ("doubt", np.float64),  # [m] known beforehand
        ("owner", np.int32),  # the owner's first row
        ("group", np.int32),  # the line of the asker's table of needs
        ("radius", np.float64),  # [m] from the centre to the farthest point
        ("sag", np.float64),  # [m], as `Core`
        ("first", np.int64),  # where its points begin
        ("count", np.int32),  # and how many they are; 0 for a row that holds nothing
        ("filled", np.bool_),
        ("box", np.float32, (6,)),  # [m] least and greatest x, y, z of the shape, rounded outward
        ("nth", np.int32),  # its place among its owner's rows
        ("sibling", np.int32),  # the owner's next row, or -1
        ("spare", np.int64, (3,)),
    ],
    align=True,
)
assert ROW.itemsize == 192, "three lines of 64 bytes"
Records = npt.NDArray[np.void]


def aligned(shape: tuple[int, ...], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """Return zeros that begin where a line of 64 bytes does."""
    size = math.prod(shape) * np.dtype(dtype).itemsize
    room = np.zeros(size + 64, dtype=np.uint8)
    begin = -room.ctypes.data % 64
    return room[begin : begin + size].view(dtype).reshape(shape)


def places(*arrays: npt.NDArray[Any]) -> Rows:
    """Return (n, 2): where each array begins in memory, and its length. Whoever hands this over keeps the arrays."""
    assert all(array.flags.c_contiguous for array in arrays), "an array whose lines follow each other"
    return np.array([(array.ctypes.data, len(array)) for array in arrays], dtype=np.int64)


def question(records: Records, points: Floats, needs: Floats, margins: Floats) -> Rows:
    """Return the `places` of rows that are asked about, with what they need (`needs.packed`) and the margins (4, 4)."""
    return places(records, points, needs, needs[0], margins)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One volume. `group` is the line of the caller's table of needs; `doubt_m` [m] is known beforehand."""

    core: Core
    bounds: Bounds
    start_ms: int
    end_ms: int
    group: int
    doubt_m: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Rows (n,) of `ROW` and the points (p, 3) [m] of all; made by `of`, `of_shapes` or `of_rings`, which check."""

    records: Records
    points: Floats

    def __len__(self) -> int:
        return len(self.records)

    @staticmethod
    def of(rows: Iterable[Row]) -> Batch:
        """Return rows side by side.

        Raises:
            Malformed: `batch.*`, for a number that would hide a conflict.
        """
        held = list(rows)
        cores = Cores(
            points=np.concatenate([row.core.points for row in held]) if held else np.empty((0, 3)),
            counts=np.array([len(row.core.points) for row in held], dtype=np.int64),
            reach_m=np.array([row.core.reach_m for row in held], dtype=np.float64),
            sag_m=np.array([row.core.sag_m for row in held], dtype=np.float64),
            filled=np.array([row.core.filled for row in held], dtype=bool),
        )
        return _batch(
            cores,
            np.array([row.bounds for row in held], dtype=np.float64).reshape(-1, 4),
            np.array([(row.start_ms, row.end_ms) for row in held], dtype=np.int64).reshape(-1, 2),
            np.array([row.group for row in held], dtype=np.int64),
            np.array([row.doubt_m for row in held], dtype=np.float64),
        )

    @staticmethod
    def of_shapes(
        shapes: Sequence[Shape],
        *,
        bounds: Floats,
        times_ms: Rows,
        groups: Rows | int = 0,
        doubts_m: Floats | float = 0.0,
    ) -> Batch:
        """Return one row for each shape, with `bounds` (n, 4), `times_ms` (n, 2), `groups` (n,) and `doubts_m` (n,).

        Raises:
            Malformed: as `of`.
        """
        if not shapes:
            return Batch.of(())
        return _batch(cores_of(shapes), bounds, times_ms, groups, doubts_m)

    @staticmethod
    def of_rings(
        lat: Floats,
        lon: Floats,
        counts: Rows,
        *,
        bounds: Floats,
        times_ms: Rows,
        groups: Rows | int = 0,
        doubts_m: Floats | float = 0.0,
    ) -> Batch:
        """Return one row for each ring of `counts` positions [degrees], one after another, not closed.

        For 10^6 rings that are known to be simple: whether one crosses itself is not asked.

        Raises:
            Malformed: as `of`; `batch.positions` unless each is finite and on the earth; `batch.count` below 3.
        """
        if not len(counts):
            return Batch.of(())
        if int(counts.min()) < 3 or int(counts.sum()) != len(lat) or len(lat) != len(lon):
            raise Malformed("batch.count", "each ring has 3 positions or more, and the counts add up to all of them")
        if not (np.all(np.abs(lat) <= 90) and np.all(np.abs(lon) <= 180)):
            raise Malformed("batch.positions", "latitudes lie within ±90 and longitudes within ±180 degrees")
        firsts = np.cumsum(counts) - counts
        where = np.insert(np.arange(len(lat)), np.cumsum(counts), firsts)
        cores = cores_of_chains(
            lat[where],
            lon[where],
            counts + 1,
            np.ones(len(counts), dtype=np.int64),
            np.zeros(len(counts)),
            np.ones(len(counts), dtype=bool),
        )
        return _batch(cores, bounds, times_ms, groups, doubts_m)


def _batch(cores: Cores, bounds: Floats, times_ms: Rows, groups: Rows | int, doubts_m: Floats | float) -> Batch:
    records: Records = np.zeros(len(cores.counts), dtype=ROW)
    if not len(records):
        return Batch(records, np.empty((0, 3)))
    firsts = np.cumsum(cores.counts) - cores.counts
    least, most = (ufunc.reduceat(cores.points, firsts) for ufunc in (np.fmin, np.fmax))
    # On the earth: the middle of a box that stands askew to the ground may lie far above or below it.
    centre = to_surface((least + most) / 2)
    records["times"], records["bounds"], records["group"], records["doubt"] = times_ms, bounds, groups, doubts_m
    radius = _farthest(cores, centre, firsts)
    records["centre"], records["radius"] = centre, radius
    records["reach"], records["sag"], records["filled"] = cores.reach_m, cores.sag_m, cores.filled
    records["first"], records["count"] = firsts, cores.counts
    # Over a ring the earth bulges; an arc is at most 1.02 times its chord at 3,000 km, the largest ring.
    bulge = (1.02 * radius) ** 2 / (2 * LEAST_RADIUS_M)
    wide = (cores.reach_m + cores.sag_m + SLACK_M + np.where(cores.filled, bulge, 0.0))[:, None]
    records["box"][:, :3] = np.nextafter((least - wide).astype(np.float32), np.float32(-np.inf))
    records["box"][:, 3:] = np.nextafter((most + wide).astype(np.float32), np.float32(np.inf))
    _check(records)
    return Batch(records, cores.points)


def _farthest(cores: Cores, places: Floats, firsts: Rows) -> Floats:
    away = cores.points - np.repeat(places, cores.counts, axis=0)
    farthest: Floats = np.sqrt(np.fmax.reduceat(np.einsum("ij,ij->i", away, away), firsts))
    return farthest


def _check(records: Records) -> None:
    """Refuse what compares as false with everything, and would so hide each conflict."""
    wrong = {
        "batch.shape": ~np.isfinite(records["radius"]) | ~(records["reach"] >= 0) | np.isinf(records["reach"]),
        "batch.bounds": np.isnan(records["bounds"]).any(axis=1)
        | ~np.isin(records["bounds"][:, 1::2], (0.0, 1.0, 2.0, 3.0)).all(axis=1),
        "batch.times": (records["times"][:, 0] > records["times"][:, 1])
        | (np.abs(records["times"]) > FOREVER_MS).any(axis=1),
        "batch.doubt": ~(records["doubt"] >= 0) | np.isinf(records["doubt"]),
        "batch.group": records["group"] < 0,
    }
    for code, where in wrong.items():
        if where.any():
            k = int(where.argmax())
            raise Malformed(code, f"row {k} has {_WORDS[code]}", where=f"row {k}")


_WORDS = {
    "batch.shape": "no finite place, or a reach below 0",
    "batch.bounds": "altitudes that are no numbers, or references that are none of 0 to 3",
    "batch.times": "an end before its start, or a time beyond all",
    "batch.doubt": "a doubt that is no finite number of 0 or more",
    "batch.group": "a group below 0",
}
