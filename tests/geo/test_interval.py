from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.geo.strategies import intervals, times

from entente.errors import Malformed
from entente.geo.interval import Interval, dtg, parse_time, spell, whole_ms

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T10:30:00Z",
        "2026-11-22 10:30Z",
        "2026-11-22T10:30:00.000Z",
        "2026-11-22T10:30:00.000000Z",
        "2026-11-22T12:30:00+02:00",
        "2026-11-21T23:00:00-11:30",
        "221030ZNOV26",
        "221030Z NOV 26",
        "221030znov26",
    ],
)
def test_f27_both_spellings_and_every_zone_name_one_time(text: str) -> None:
    assert spell(parse_time(text)) == "2026-11-22T10:30:00.000Z"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2026-11-22T10:30:00", "geo.time"),
        ("2026-11-22", "geo.time"),
        ("20261122T103000Z", "geo.time"),
        ("2026-02-30T10:30:00Z", "geo.time"),
        ("2026-11-22T24:00:00Z", "geo.time"),
        ("2026-11-22T10:30:60Z", "geo.time"),
        ("2026-11-22T10:30.5Z", "geo.time"),
        ("٢٠٢٦-11-22T10:30:00Z", "geo.time"),
        ("221030ANOV26", "geo.time"),
        ("221030ZNOX26", "geo.time"),
        ("321030ZNOV26", "geo.time"),
        ("0001-01-01T00:00:00+05:00", "geo.time"),
        ("2026-11-22T10:30:00.0001Z", "geo.time.precision"),
    ],
)
def test_a_time_that_is_unclear_or_does_not_exist_is_refused(text: str, code: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse_time(text)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("start", "end", "code"),
    [
        (NOON, NOON, "geo.interval.reversed"),
        (NOON, NOON - timedelta(hours=1), "geo.interval.reversed"),
        (NOON.replace(tzinfo=None), NOON, "geo.time.zone"),
        (NOON, NOON.astimezone(timezone(timedelta(hours=1))) + timedelta(hours=1), "geo.time.zone"),
        (NOON, NOON + timedelta(microseconds=1500), "geo.time.precision"),
    ],
)
def test_an_interval_that_exists_runs_forward_in_utc_by_whole_milliseconds(
    start: datetime, end: datetime, code: str
) -> None:
    with pytest.raises(Malformed) as caught:
        Interval(start=start, end=end)
    assert caught.value.code == code


def test_intervals_that_only_touch_share_nothing() -> None:
    first = Interval.parse("2026-11-22T10:00:00Z/2026-11-22T11:00:00Z")
    second = Interval.parse("2026-11-22T11:00:00Z/2026-11-22T12:00:00Z")

    assert first.overlap(second) is None
    assert first.overlap(first) == first
    assert first.seconds == 3600


@given(intervals(), intervals())
def test_overlap_holds_exactly_the_moments_of_both(one: Interval, other: Interval) -> None:
    both = one.overlap(other)

    assert both == other.overlap(one)
    for moment in (one.start, one.end, other.start, other.end):
        in_each = one.start <= moment < one.end and other.start <= moment < other.end
        assert in_each == (both is not None and both.start <= moment < both.end)


@given(times)
def test_a_spelt_time_reads_back(time: datetime) -> None:
    assert parse_time(spell(time)) == time
    assert parse_time(dtg(time)) == time.replace(second=0, microsecond=0)


@given(intervals())
def test_a_spelt_interval_reads_back(interval: Interval) -> None:
    assert Interval.parse(str(interval)) == interval


@given(st.datetimes(timezones=st.just(timezone(timedelta(hours=3)))))
def test_a_clock_reading_becomes_a_time_that_may_be_kept(reading: datetime) -> None:
    kept = whole_ms(reading) if reading.year > 1 else NOON

    assert kept.utcoffset() == timedelta(0)
    assert kept.microsecond % 1000 == 0
