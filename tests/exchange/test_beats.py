"""Beats: what they cost, what silence is borne, and that no answer is read otherwise because of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entente.exchange import beats, puller
from entente.exchange.beats import BEAT, HEADER, PERIODS_S, Rhythm, Silence

BEATS = {HEADER: "1000"}


def _after(trip_s: float) -> Rhythm:
    rhythm = Rhythm()
    assert rhythm.heard(trip_s, BEATS)
    return rhythm


@given(trip_s=st.floats(0, 0.1))
def test_on_a_usual_link_a_silence_and_a_second_try_end_within_five_seconds(trip_s: float) -> None:
    rhythm = _after(trip_s)
    assert rhythm.opening_s is not None and rhythm.connect_s is not None and rhythm.connect_s < rhythm.opening_s
    pause_s = 0.2  # the longest after a first failure
    assert rhythm.silence_s + pause_s + rhythm.opening_s < 5


@given(trip_s=st.floats(0, 60))
def test_the_slower_a_link_the_rarer_its_beats_and_the_longer_its_silence(trip_s: float) -> None:
    slow, slower = _after(trip_s), _after(trip_s * 1.5)
    assert PERIODS_S[0] <= slow.period_s <= slower.period_s <= PERIODS_S[1]
    assert slow.opening_s is not None and slow.opening_s >= slow.silence_s >= 2 * slow.period_s
    assert slow.silence_s <= slower.silence_s
    # 9.6 kbit/s and 0.3 s each way make trips of a second and more: three chunks lost in a row are no silence there.
    assert trip_s < 1 or slow.silence_s > 4 + 3 + trip_s


def test_a_peer_that_does_not_beat_has_no_opening_to_miss() -> None:
    rhythm = Rhythm()
    assert rhythm.opening_s is None
    assert not rhythm.heard(0.01, {}) and rhythm.opening_s is None


def test_after_two_silences_in_a_row_a_link_is_given_all_its_time() -> None:
    rhythm = _after(0.01)
    rhythm.missed()
    assert rhythm.opening_s is not None
    rhythm.missed()
    assert rhythm.opening_s is None
    assert rhythm.heard(3.0, BEATS) and rhythm.period_s == PERIODS_S[1]


@given(st.text(max_size=8) | st.integers().map(str))
def test_a_period_is_a_plain_number_within_our_bounds_or_no_beats_are_sent(text: str) -> None:
    period_s = beats.asked({HEADER: text})
    assert period_s is None or PERIODS_S[0] <= period_s <= PERIODS_S[1]
    assert (period_s is not None) == (text.isascii() and text.isdigit() and len(text) <= 6)
    assert beats.asked({}) is None


def test_what_an_asker_states_is_what_the_other_keeps() -> None:
    for trip_s in (0.0, 0.4, 1.3, 9.0):
        rhythm = _after(trip_s)
        assert beats.asked(rhythm.headers()) == pytest.approx(rhythm.period_s, abs=0.001)


async def _heard(data: bytes, after_s: float, period_s: float) -> list[bytes]:
    async def answer() -> bytes:
        await asyncio.sleep(after_s)
        return data

    return [chunk async for chunk in beats.beating(answer, period_s)]


def test_beats_come_at_once_and_until_there_is_an_answer() -> None:
    heard = asyncio.run(_heard(b"ENTENTE1", beats.AT_ONCE_S + 0.05, 0.01))
    assert heard[0] == BEAT and heard[-1] == b"ENTENTE1" and set(heard[:-1]) == {BEAT} and len(heard) > 2
    assert asyncio.run(_heard(b"ENTENTE1", 0, 1)) == [b"ENTENTE1"] and asyncio.run(_heard(b"", 0, 1)) == []


def test_a_large_answer_is_announced_by_its_first_byte() -> None:
    large = b"E" + bytes(beats.AHEAD)
    assert asyncio.run(_heard(large, 0, 1)) == [b"E", large[1:]]


def test_an_answer_that_nobody_hears_any_more_is_not_worked_out_further() -> None:
    ended: list[str] = []

    async def answer() -> bytes:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise
        return b""

    async def leave() -> None:
        stream = beats.beating(answer, 0.01)
        assert await anext(stream) == BEAT == await anext(stream)
        await stream.aclose()  # type: ignore[attr-defined]
        await asyncio.sleep(0)

    asyncio.run(leave())
    assert ended == ["cancelled"]


class Cut(httpx.AsyncByteStream):
    """A body that arrives in pieces."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece


@given(
    beat_count=st.integers(0, 20),
    rest=st.binary(max_size=40),
    begin=st.sampled_from([b"", b"E", b"{"]),
    cuts=st.lists(st.integers(0, 62), max_size=8),
)
def test_an_answer_is_read_the_same_whatever_beats_come_before_it_and_wherever_it_is_cut(
    beat_count: int, rest: bytes, begin: bytes, cuts: list[int]
) -> None:
    answer = begin + rest if begin else b""
    whole = BEAT * beat_count + answer
    edges = [0, *sorted(min(cut, len(whole)) for cut in cuts), len(whole)]
    pieces = [whole[a:b] for a, b in pairwise(edges)]

    async def read() -> bytes:
        async with asyncio.timeout(60) as clock:
            data, _ = await puller._read(httpx.Response(200, stream=Cut(pieces)), "north", Silence(clock, 30, 40))
            return data

    assert asyncio.run(read()) == answer
