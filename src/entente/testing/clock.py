"""A clock that stands still until it is moved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class ManualClock:
    """`entente.node.clock.Clock`, moved by hand."""

    def __init__(self, at: datetime = datetime(2026, 12, 1, 6, 0, tzinfo=UTC)) -> None:
        self.at = at

    def now(self) -> datetime:
        """Return the time it was moved to."""
        return self.at

    def advance(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0) -> None:
        """Move on."""
        self.at += timedelta(seconds=seconds, minutes=minutes, hours=hours)
