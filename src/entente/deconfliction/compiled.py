"""Whether the compiled way to search stands ready, and how it is made so.

numba compiles `kernels` and `approach_compiled` for the processor at hand, which takes some 20 seconds once, and keeps
the result on the disk: beside the module, or in the user's cache where that place is read-only (`NUMBA_CACHE_DIR`
names another). A process that finds it loads it in well under a second. One that does not find it never compiles
unasked: it searches the plain way, which gives the same answers. `make install` builds it:
`python -m entente.deconfliction`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Literal

import numpy as np

from entente.deconfliction.batch import Batch, question


class _NotKept(Exception):
    """What was to be loaded would have to be compiled."""


Part = Literal["search", "approach"]
PARTS: tuple[Part, ...] = ("search", "approach")
"""`kernels` and `approach_compiled`, each loaded when it is first needed."""
_state: dict[Part, bool] = {}


def load(part: Part = "search") -> bool:
    """Whether a part of the compiled way is ready, loading it if it lies on the disk. Compiles nothing."""
    if part not in _state:
        try:
            _state[part] = _loaded(part)
        except ImportError:  # No numba for this Python or system: the plain way serves.
            _state[part] = False
    return _state[part]


def build(say: Callable[[str], None] = print, parts: Iterable[Part] = PARTS) -> None:
    """Compile what is not on the disk, and keep it there; say what is done, in sentences.

    Raises:
        ImportError: numba is not there.
    """
    missing = [part for part in parts if not load(part)]
    if not missing:
        say("The compiled search is ready.")
        return
    say("Compiling the search for this processor, once; this takes about half a minute.")
    for part in missing:
        _USE[part]()
        _state[part] = True
    say(f"The compiled search is ready, and kept in {_place()}.")


def _loaded(part: Part) -> bool:
    from numba.core import event

    class Refuse(event.Listener):
        def on_start(self, happening: object) -> None:
            raise _NotKept

        def on_end(self, happening: object) -> None: ...

    # numba starts this event when it has found nothing on the disk, and before it compiles.
    with event.install_listener("numba:compile", Refuse()):
        try:
            _USE[part]()
        except _NotKept:
            return False
    return True


def _use_search() -> None:
    """Call each kernel with the types it is always called with."""
    from entente.deconfliction import kernels
    from entente.deconfliction.grid import Grid

    batch = Batch.of_rings(
        np.array([0.0, 0.0, 1.0]),
        np.array([0.0, 1.0, 0.0]),
        np.array([3]),
        bounds=np.array([[0.0, 0.0, 1.0, 0.0]]),
        times_ms=np.array([[0, 1]]),
    )
    records, points, row = batch.records, batch.points, np.zeros(1, dtype=np.int64)
    grid, needs, margins = Grid(records, points), np.zeros((1, 2, 3)), np.zeros((4, 4))
    grid.link(row)
    grid.search_one(question(records, points, needs, margins), -1, row[:0])
    list(grid.search(records, points, row, needs, margins, most=1))
    grid.gaps(records, points, row, row, np.zeros(1))
    grid.rehash(1)
    grid.tidy()
    grid.unlink(row)
    grid.put_one(records, points, 0, 0)
    grid.drop_one(0)
    # What is passed with other types later is a mistake of ours, and no reason to compile for seconds.
    for kernel in (
        kernels.link, kernels.unlink, kernels.put_one, kernels.drop_one, kernels.rehash, kernels.tidy,
        kernels.search, kernels.search_one, kernels.least,
    ):  # fmt: skip
        kernel.disable_compile()


def _use_approach() -> None:
    from entente.deconfliction import approach_compiled

    approach_compiled.use_all()


_USE: dict[Part, Callable[[], None]] = {"search": _use_search, "approach": _use_approach}


@cache
def _place() -> str:
    from entente.deconfliction import kernels

    return str(kernels.search.stats.cache_path)
