"""Whether the compiled way to search stands ready, and how it is made so.

numba compiles `kernels` and `approach_compiled` for the processor at hand, which takes some 20 seconds once, and keeps
the result on the disk: beside the module, or in the user's cache where that place is read-only (`NUMBA_CACHE_DIR`
names another). A process that finds it loads it in well under a second. One that does not find it never compiles
unasked: it searches the plain way, which gives the same answers. `make install` builds it:
`python -m entente.deconfliction`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from entente.deconfliction.batch import Batch


class _NotKept(Exception):
    """What was to be loaded would have to be compiled."""


_state: dict[str, bool] = {}


def load() -> bool:
    """Whether the compiled way is ready, loading it if it lies on the disk. Compiles nothing."""
    if "ready" not in _state:
        try:
            _state["ready"] = _loaded()
        except ImportError:  # No numba for this Python or system: the plain way serves.
            _state["ready"] = False
    return _state["ready"]


def build(say: Callable[[str], None] = print) -> None:
    """Compile what is not on the disk, and keep it there; say what is done, in sentences.

    Raises:
        ImportError: numba is not there.
    """
    if load():
        say("The compiled search is ready.")
        return
    say("Compiling the search for this processor, once; this takes about half a minute.")
    _use_all()
    _state["ready"] = True
    say(f"The compiled search is ready, and kept in {_place()}.")


def _loaded() -> bool:
    from numba.core import event

    class Refuse(event.Listener):
        def on_start(self, happening: object) -> None:
            raise _NotKept

        def on_end(self, happening: object) -> None: ...

    # numba starts this event when it has found nothing on the disk, and before it compiles.
    with event.install_listener("numba:compile", Refuse()):
        try:
            _use_all()
        except _NotKept:
            return False
    return True


def _use_all() -> None:
    """Call each kernel with the types it is always called with."""
    from entente.deconfliction import approach_compiled, kernels
    from entente.deconfliction.grid import Grid

    batch = Batch.of_rings(
        np.array([0.0, 0.0, 1.0]),
        np.array([0.0, 1.0, 0.0]),
        np.array([3]),
        bounds=np.array([[0.0, 0.0, 1.0, 0.0]]),
        times_ms=np.array([[0, 1]]),
    )
    records, points, row = batch.records, batch.points, np.zeros(1, dtype=np.int64)
    grid, needs, margins = Grid(), np.zeros((1, 2, 3)), np.zeros((4, 4))
    grid.link(records, points, row)
    grid.search_one(records, points, needs, margins, records, points, after=-1, leave_out=row[:0], once=False)
    grid.gaps(records, points, records, points, row, row, np.zeros(1))
    grid.rehash(1)
    grid.tidy()
    grid.unlink(records, points, row)
    # What is passed with other types later is a mistake of ours, and no reason to compile for seconds.
    for kernel in (kernels.link, kernels.unlink, kernels.rehash, kernels.tidy, kernels.search, kernels.least):
        kernel.disable_compile()
    approach_compiled.use_all()


@cache
def _place() -> str:
    from entente.deconfliction import kernels

    return str(kernels.search.stats.cache_path)
