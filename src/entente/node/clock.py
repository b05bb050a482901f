"""Clocks. The shell reads one once per command; rules never do.

An exercise may run on its own time: a file in the home says how far ahead of the machine's clock it is. Agreements
that are no exercise refuse such a home.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from entente.errors import Malformed


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
    """The machine's clock, shifted by what `path` says; read anew each time, so that a director can move it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def now(self) -> datetime:
        """Return exercise time.

        Raises:
            Malformed: `clock.file`.
        """
        try:
            ahead_ms = json.loads(self._path.read_bytes())["ahead_ms"]
        except FileNotFoundError:
            ahead_ms = 0
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Malformed(
                "clock.file", f"the exercise clock cannot be read: {error}", where=str(self._path)
            ) from None
        return whole(datetime.now(UTC) + timedelta(milliseconds=ahead_ms))

    def set(self, ahead: timedelta) -> None:
        """Move exercise time to `ahead` of the machine's clock, for every process that reads the file."""
        written = self._path.with_suffix(".new")
        written.write_text(json.dumps({"ahead_ms": ahead // timedelta(milliseconds=1)}))
        written.replace(self._path)


def whole(at: datetime) -> datetime:
    """Return a time cut to whole milliseconds, as acts spell it."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
