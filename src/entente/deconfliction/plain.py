"""The plain way to search: every row that is held, in numpy, by time, altitude and box.

It needs no compiler, answers at once, and says what the compiled way has to say too. Time and altitude come before
shape, which was nine times faster than the other way when it was tried.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from entente.deconfliction.batch import Records
from entente.deconfliction.core import SLACK_M, Floats, Rows, Truths
from entente.deconfliction.needs import Needs
from entente.deconfliction.vertical import apart, sure_gaps

_PAIRS_AT_ONCE = 4_000_000


def candidates(own: Records, which: Rows, held: Records, needs: Needs) -> Iterator[tuple[Rows, Rows]]:
    """Yield pairs (of the rows `which` of `own`, rows of `held`) that time, altitude and box do not set apart."""
    if not len(which):
        return
    theirs = _near_whole(own[which], held, needs)
    step = max(1, _PAIRS_AT_ONCE // max(1, len(theirs)))
    for start in range(0, len(which), step):
        i, j = _by_time(own, which[start : start + step], held, theirs, needs)
        gaps = sure_gaps(own["bounds"][i], held["bounds"][j], needs.margins)
        kept = ~apart(gaps, needs.vertical_m[held["group"][j]])
        i, j = i[kept], j[kept]
        kept = _boxes_near(own["box"][i], own["doubt"][i], held, j, needs)
        yield i[kept], j[kept]


def _near_whole(own: Records, held: Records, needs: Needs) -> Rows:
    boxes, times = own["box"], own["times"]
    whole = np.concatenate([boxes[:, :3].min(axis=0), boxes[:, 3:].max(axis=0)])
    wait = int(needs.time_ms.max(initial=0))
    starts, ends = held["times"].T
    near = (held["count"] > 0) & (starts < times[:, 1].max() + wait) & (ends > times[:, 0].min() - wait)
    rows = np.flatnonzero(near)
    kept: Rows = rows[_boxes_near(whole[None, :], own["doubt"].max(), held, rows, needs)]
    return kept


def _by_time(own: Records, mine: Rows, held: Records, theirs: Rows, needs: Needs) -> tuple[Rows, Rows]:
    starts, ends = held["times"][theirs].T
    wait = needs.time_ms[held["group"][theirs]]
    # Half-open: [a, b) and [b, c) share no moment, but are closer than any wait above zero.
    first = starts[None, :] < own["times"][mine, 1][:, None] + wait[None, :]
    second = own["times"][mine, 0][:, None] < ends[None, :] + wait[None, :]
    i, j = np.nonzero(first & second)
    return mine[i], theirs[j]


def _boxes_near(boxes: Floats, doubts: Floats, held: Records, rows: Rows, needs: Needs) -> Truths:
    need = np.maximum(needs.horizontal_m[held["group"][rows]], SLACK_M)
    reach = (need + held["doubt"][rows] + doubts + SLACK_M)[:, None]
    theirs = held["box"][rows]
    near: Truths = np.all((theirs[:, :3] - reach <= boxes[:, 3:]) & (theirs[:, 3:] + reach >= boxes[:, :3]), axis=1)
    return near
