"""Beats: signs of life while a question waits, so that a link that swallows what is sent is known down in seconds.

The asker states a period in `HEADER` [ms]. Who knows that header gives it back in a moment, then sends one `BEAT` after
another, a period apart, until the answer begins: a bundle begins with `E`, a problem with `{`, and no bytes at all say
what 204 says to who asks for no beats. A peer that does not know the header answers as ever, and is waited for as ever.

- The period follows the round trip: beats cost a poor link next to nothing, and a second without one is usual there.
- A beat says that the link carries. It buys no time: an answer must begin when it would have had to without.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping

HEADER = "entente-beat"
BEAT = b"\n"
PERIODS_S = (1.0, 8.0)
"""Between which bounds a period lies [s], whatever the link, and whoever asks."""
TRIPS = 4
"""Round trips in a period, and those that connecting, agreeing on TLS and asking may take in all."""
MISSED = 2
"""Periods of silence that are borne, and a round trip beyond them."""
AT_ONCE_S = 0.05
"""An answer that is ready so soon goes without a beat [s]."""
AHEAD = 16 * 1024
"""Above this size [bytes], that of a TLS record, an answer's first byte goes ahead: no part of a record is heard.
What is smaller arrives within the silence that is borne: nine trips of a question, which has some 2 kB."""
AHEAD_S = 0.01


class Rhythm:
    """What one asker knows of one peer: its round trip, and whether it beats."""

    def __init__(self) -> None:
        self._trip_s = 0.0
        self._beats = False
        self._missed = 0

    @property
    def period_s(self) -> float:
        """How far apart beats are asked for [s]."""
        return min(max(TRIPS * self._trip_s, PERIODS_S[0]), PERIODS_S[1])

    @property
    def silence_s(self) -> float:
        """What is borne between beats [s]."""
        return MISSED * self.period_s + self._trip_s

    @property
    def opening_s(self) -> float | None:
        """How long the first sign may take [s], connecting included; None while the peer is not known to beat."""
        return MISSED * self.period_s + TRIPS * self._trip_s if self._beats else None

    @property
    def connect_s(self) -> float | None:
        """What of it connecting may take [s]: less, as httpx leaves a socket open when we end it while it connects."""
        return None if self.opening_s is None else 0.9 * self.opening_s

    def headers(self) -> dict[str, str]:
        """Return what asks for beats."""
        return {HEADER: str(int(self.period_s * 1000))}

    def heard(self, trip_s: float, headers: Mapping[str, str]) -> bool:
        """Note that an answer's head came this long after its question; return whether beats come before its body."""
        self._beats, self._missed = HEADER in headers, 0
        if self._beats:
            self._trip_s = trip_s
        return self._beats

    def missed(self) -> None:
        """Note a silence. After the second in a row the link may be another than it was, and is given all its time."""
        self._missed += 1
        self._beats = self._beats and self._missed < 2


class Silence:
    """The clock of one answer's silence: each beat winds it again, until the answer begins or is `due`."""

    def __init__(self, clock: asyncio.Timeout, borne_s: float, due_s: float) -> None:
        """Take a timeout that runs, what is borne between beats [s], and when the answer must begin [s from now]."""
        self._clock, self._borne_s = clock, borne_s
        self._loop = asyncio.get_running_loop()
        self._due = self._loop.time() + due_s
        self.hear(b"")

    def hear(self, chunk: bytes) -> bytes:
        """Return what of a chunk, the first ones of an answer, is no beat."""
        rest = chunk.lstrip(BEAT)
        self._clock.reschedule(None if rest else min(self._loop.time() + self._borne_s, self._due))
        return rest


def asked(headers: Mapping[str, str]) -> float | None:
    """Return the period that a question asks for [s], within our bounds; None when it asks for no beats."""
    text = headers.get(HEADER, "")
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        return None
    return min(max(int(text) / 1000, PERIODS_S[0]), PERIODS_S[1])


async def beating(answer: Callable[[], Coroutine[None, None, bytes]], period_s: float) -> AsyncIterator[bytes]:
    """Yield beats until there is an answer, then the answer. What is not heard to its end is not worked out further."""
    work = asyncio.create_task(answer())
    try:
        await asyncio.wait([work], timeout=AT_ONCE_S)
        while not work.done():
            yield BEAT
            await asyncio.wait([work], timeout=period_s)
        data = await work
        if len(data) > AHEAD:
            yield data[:1]
            await asyncio.sleep(AHEAD_S)
            data = data[1:]
        if data:
            yield data
    finally:
        work.cancel()
