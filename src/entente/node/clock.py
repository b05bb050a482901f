"""Clocks. The shell reads one once per command; rules never do.

An exercise may run on its own time: a file in the home says how far ahead of the machine's clock it is, and how fast
it goes. Agreements that are no exercise refuse such a home.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from entente.errors import Malformed

_EPOCH, _MS = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)


class Clock(Protocol):
    """Tells the time: aware, UTC, whole milliseconds."""

    def now(self) -> datetime:
        """Return the time."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the machine's time."""
        return whole(datetime.now(UTC))


class ExerciseClock:
    """The machine's clock, shifted by what `path` says; read anew each time, so that a director can move it.

    `ahead_ms` is how far ahead exercise time is. With a `pace_permille` it was so at `since_ms` of the machine's clock,
    and has gone on from there at so many thousandths of its speed: 0 stands still, 5000 is five times as fast.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def now(self) -> datetime:
        """Return exercise time.

        Raises:
            Malformed: `clock.file`.
        """
        try:
            told = json.loads(self._path.read_bytes())
            ahead_ms, pace = told["ahead_ms"], told.get("pace_permille", 1000)
            since_ms = told["since_ms"] if pace != 1000 else 0
        except FileNotFoundError:
            ahead_ms, pace, since_ms = 0, 1000, 0
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise Malformed(
                "clock.file", f"the exercise clock cannot be read: {error}", where=str(self._path)
            ) from None
        machine = datetime.now(UTC)
        gained_ms = 0 if pace == 1000 else ((machine - _EPOCH) // _MS - since_ms) * (pace - 1000) // 1000
        return whole(machine + timedelta(milliseconds=ahead_ms + gained_ms))

    def set(self, ahead: timedelta, *, since: datetime | None = None, pace_permille: int = 1000) -> None:
        """Move exercise time to `ahead` of the machine's clock, for every process that reads the file.

        Another pace than the machine's counts from `since`, by the machine's clock; None is now.
        """
        told = {"ahead_ms": ahead // _MS}
        if pace_permille != 1000:
            told |= {"pace_permille": pace_permille, "since_ms": ((since or datetime.now(UTC)) - _EPOCH) // _MS}
        written = self._path.with_suffix(".new")
        written.write_text(json.dumps(told))
        written.replace(self._path)


def whole(at: datetime) -> datetime:
    """Return a time cut to whole milliseconds, as acts spell it."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
