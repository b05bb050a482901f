"""Half-open intervals of UTC, and the two spellings of time: ISO 8601 with its zone, and the date-time group.

Rules kept:

- An interval holds its start and not its end, so two that only touch are apart, and none is empty: a moment without
  length would overlap nothing, and hide what it stands for.
- Times are whole milliseconds, and a zone is never guessed.

>>> spell(parse_time("221030ZNOV26"))
'2026-11-22T10:30:00.000Z'
>>> dtg(parse_time("2026-11-22T11:30:00+01:00"))
'221030ZNOV26'
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from entente.errors import Malformed

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_ISO = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d)?(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)", re.ASCII)
_DTG = re.compile(r"(\d\d)(\d\d)(\d\d)Z ?([A-Z]{3}) ?(\d\d)", re.ASCII)


def utc(time: datetime, what: str = "time") -> datetime:
    """Return `time` when it is aware, UTC and whole milliseconds.

    Raises:
        Malformed: `geo.time.zone`, `geo.time.precision`.
    """
    if time.utcoffset() != timedelta(0):
        raise Malformed("geo.time.zone", f"{what} {time!s} must be in UTC, and say so")
    if time.microsecond % 1000:
        raise Malformed("geo.time.precision", f"{what} {time!s} must be whole milliseconds")
    return time


def whole_ms(time: datetime) -> datetime:
    """Return an aware `time` in UTC, cut down to the millisecond: what a clock's reading needs before it is kept."""
    return time.astimezone(UTC).replace(microsecond=time.microsecond // 1000 * 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """From `start`, included, to `end`, excluded; both aware and UTC, whole milliseconds."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if utc(self.start, "start") >= utc(self.end, "end"):
            raise Malformed(
                "geo.interval.reversed", f"the end {spell(self.end)} must come after the start {spell(self.start)}"
            )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the interval that two times with a slash between them name.

        Raises:
            Malformed: `geo.interval` unless there are two, `geo.interval.reversed`, or as `parse_time`.
        """
        parts = text.split("/")
        if len(parts) != 2:
            raise Malformed("geo.interval", f"{text[:80]!r} is no interval; write start/end")
        return cls(start=parse_time(parts[0].strip()), end=parse_time(parts[1].strip()))

    def overlap(self, other: Interval) -> Interval | None:
        """Return what the two share, or None when they are apart or only touch."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Interval(start=start, end=end) if start < end else None

    @property
    def seconds(self) -> float:
        """Its length [s]."""
        return (self.end - self.start).total_seconds()

    def __str__(self) -> str:
        return f"{spell(self.start)}/{spell(self.end)}"


def parse_time(text: str) -> datetime:
    """Return the time that `text` names, in UTC: ISO 8601 with a zone, or a date-time group in zone Z (2000 to 2099).

    Raises:
        Malformed: `geo.time` for another spelling or a date that does not exist, `geo.time.precision` when finer than
            a millisecond.
    """
    plain = text.strip()
    if match := _ISO.fullmatch(plain):
        day, minute, second, fraction, zone = match.groups()
        if fraction and fraction[3:].strip("0"):
            raise Malformed("geo.time.precision", f"{plain!r} is finer than a millisecond")
        if fraction and not second:
            raise Malformed("geo.time", f"{plain!r} has a fraction without seconds")
        spelt = (
            f"{day}T{minute}{second or ':00'}.{(fraction or '0')[:3].ljust(3, '0')}{'+00:00' if zone == 'Z' else zone}"
        )
    elif (match := _DTG.fullmatch(plain.upper())) and match[4] in _MONTHS:
        spelt = f"20{match[5]}-{_MONTHS.index(match[4]) + 1:02d}-{match[1]}T{match[2]}:{match[3]}:00+00:00"
    else:
        raise Malformed(
            "geo.time", f"{text[:80]!r} is no time with its zone; write 2026-11-22T10:30:00Z or 221030ZNOV26"
        )
    try:
        return datetime.fromisoformat(spelt).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Malformed("geo.time", f"{plain!r} does not exist: {error}") from error


def spell(time: datetime) -> str:
    """Return the one spelling of a time in signed bytes: ISO 8601, UTC, three decimals."""
    moment = utc(time)
    return f"{moment.year:04d}-{moment:%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def dtg(time: datetime) -> str:
    """Return the date-time group, cut down to the minute: ``221030ZNOV26``."""
    moment = time.astimezone(UTC)
    return f"{moment:%d%H%M}Z{_MONTHS[moment.month - 1]}{moment.year % 100:02d}"
