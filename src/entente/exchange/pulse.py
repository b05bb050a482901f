"""The pulse: one look at the record every few milliseconds, for everyone in this process who waits for news.

Any process may write to the record, the command line beside a serving node for one, so that news cannot be announced
from within; SQLite's `data_version` tells that something was committed, at a few microseconds a look.

    news = pulse.next()          # first, so that nothing falls between looking and waiting
    found = look()
    if found is None:
        await pulse.wait(news, until)
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time

from entente.errors import Unavailable
from entente.store.promises import Store

BEAT_S = 0.005
"""Between two looks [s]. It adds half of itself to each way between nodes, and costs some one per cent of a core."""


class Pulse:
    """Wakes waiters when the record changed. Its events belong to one event loop; only `watch` runs on a thread."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._news = asyncio.Event()
        self.stopped = False

    def next(self) -> asyncio.Event:
        """Return what will be set at the next change."""
        return self._news

    async def wait(self, news: asyncio.Event, seconds: float) -> bool:
        """Return True once `news` is set, False when `seconds` went by or the node stops."""
        # Not `wait_for`: on Python 3.11 it loses a cancellation that comes together with the news (bpo-37658).
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(seconds, 0)):
                await news.wait()
        return news.is_set() and not self.stopped

    def watch(self, stop: threading.Event, loop: asyncio.AbstractEventLoop) -> None:
        """Look, beat by beat, until `stop` is set. On a thread, where sleeping costs less than on the loop."""
        last: int | None = None
        while not stop.wait(BEAT_S):
            with contextlib.suppress(Unavailable):  # a record that cannot be read now has no news
                changes = self._store.changes()
                if changes != last:
                    last = changes
                    loop.call_soon_threadsafe(self.ring)
        loop.call_soon_threadsafe(self.stop)

    def ring(self) -> None:
        """Wake everyone who waits."""
        self._news.set()
        self._news = asyncio.Event()

    def stop(self) -> None:
        """Wake everyone for the last time."""
        self.stopped = True
        self.ring()


class Deadline:
    """A moment on the monotonic clock."""

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    @property
    def left_s(self) -> float:
        """What is left [s], negative when it has passed."""
        return self._at - time.monotonic()
