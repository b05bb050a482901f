"""Asking the agreement's witness for its cosignature, over HTTP (c2sp.org/tlog-witness, docs/adr/0032).

- Nobody is asked unless the home's settings say where (`witness_url` in home.toml), and only about our own feed.
- Nothing waits for the answer. A witness that cannot be reached is asked again, after a growing pause of at most
  `PAUSE_S`; what nodes say meanwhile is carried with the next question.
- It learns our feed's name, its size, and when it grew. What it says is believed for its signature alone.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import httpx

from entente.errors import EntenteError, Malformed, Refused, Unavailable, Untrusted
from entente.exchange.pulse import Pulse
from entente.ids import AgreementId
from entente.node import witnessing
from entente.node.node import Node, Receipt
from entente.node.witnessing import Asking
from entente.tlog.witness import SIZE_TYPE, known_size

PATH = "/add-checkpoint"
ANSWER_LIMIT = 64 * 1024
"""Longest answer read [bytes]: sixteen ML-DSA-44 lines are some 55 kB."""
WHOLE_S = 60.0
"""How long one question and its answer may take [s]: 9 kB at 9.6 kbit/s take ten."""
PAUSE_S = 300.0
_DICE = random.Random()
"""Of our own: who shares Python's would change what others draw."""
TRIES = 3
"""Questions in a row about one head: the first may name a size that the witness has left behind."""


def ask_now(node: Node, agreement: str, url: str) -> Receipt | None:
    """Have the newest head of our feed under an agreement cosigned, now; None when there is nothing new to cosign.

    Raises:
        Refused: `witness.unset`, `witness.not_agreed`, `witness.unknown`; or as `witnessing.keep`.
        Unavailable: `witness.unreachable`.
        Untrusted: `witness.refused`, `witness.contradicted`, `witness.ahead`, `tlog.*`.
        Malformed: `witness.answer`, `tlog.*`.
    """
    book = node.book(agreement)
    if not url:
        raise Refused(
            "witness.unset", 'home.toml does not say where the witness is; add a line: witness_url = "https://…"'
        )
    if not book.current(node.clock.now()).text.witness:
        raise Refused("witness.not_agreed", f"{book.id} names no witness")
    asking = witnessing.due(node, book)
    return None if asking is None else asyncio.run(_once(node, asking, url))


async def _once(node: Node, asking: Asking, url: str) -> Receipt:
    async with httpx.AsyncClient(timeout=httpx.Timeout(WHOLE_S), trust_env=False) as client:
        answer = await ask(client, url, asking)
    return await asyncio.to_thread(witnessing.keep, node, asking, answer)


async def ask(client: httpx.AsyncClient, url: str, asking: Asking) -> bytes:
    """Return a witness's signature lines, verified by nobody yet.

    Raises:
        as `ask_now`, but for what is kept.
    """
    old = asking.old
    for _ in range(TRIES):
        status, kind, answer = await _post(client, url, asking.request(old).encode())
        if status == 200:
            return answer
        if status != 409 or kind != SIZE_TYPE:
            raise _refusal(status, asking.head.origin)
        # It has cosigned more or less than we know of: an answer that was lost, or a witness that began anew.
        old = known_size(answer)
    raise Unavailable("witness.unreachable", "the witness names another size each time; it is asked again later")


async def _post(client: httpx.AsyncClient, url: str, body: bytes) -> tuple[int, str, bytes]:
    data = bytearray()
    try:
        async with asyncio.timeout(WHOLE_S), client.stream("POST", url.rstrip("/") + PATH, content=body) as response:
            async for chunk in response.aiter_raw():
                data += chunk
                if len(data) > ANSWER_LIMIT:
                    raise Malformed("witness.answer", f"the witness answers with more than {ANSWER_LIMIT} bytes")
            return response.status_code, response.headers.get("content-type", ""), bytes(data)
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError):
        raise Unavailable(
            "witness.unreachable", f"the witness cannot be reached at {url}; nothing waits for it"
        ) from None


def _refusal(status: int, origin: str) -> EntenteError:
    if status == 404:
        return Refused(
            "witness.unknown", f"the witness does not know {origin}; its operator adds it: entente witness add"
        )
    if status in (409, 422):
        return Untrusted("witness.contradicted", f"the witness has cosigned another history of {origin} than this one")
    if 400 <= status < 500:
        return Untrusted("witness.refused", f"the witness does not take our head of {origin} (status {status})")
    return Unavailable("witness.unreachable", f"the witness answers with status {status}; it is asked again later")


@dataclass(slots=True)
class _Owed:
    """Since when something new has waited for the witness [s, monotonic], and when to ask."""

    ask_at: float
    failures: int = 0


class Witnessing:
    """Has new heads cosigned for as long as the node serves: after the agreement's cadence, much at once."""

    def __init__(self, node: Node, url: str, pulse: Pulse, say: Callable[[str], None]) -> None:
        self._node, self._url, self._pulse, self._say = node, url, pulse, say
        self._owed: dict[AgreementId, _Owed] = {}

    async def run(self) -> None:
        """Look after every change, or when it is time, until cancelled."""
        async with httpx.AsyncClient(timeout=httpx.Timeout(WHOLE_S), trust_env=False) as client:
            while True:
                news = self._pulse.next()
                for name in list(self._node.books):
                    await self._look(client, name)
                rests = [max(0.0, owed.ask_at - time.monotonic()) for owed in self._owed.values()]
                with suppress(TimeoutError):
                    async with asyncio.timeout(min(rests, default=None)):
                        await news.wait()

    async def _look(self, client: httpx.AsyncClient, name: AgreementId) -> None:
        book = self._node.books[name]
        try:
            asking = await asyncio.to_thread(witnessing.due, self._node, book)
            if asking is None:
                self._owed.pop(name, None)
                return
            owed = self._owed.setdefault(name, _Owed(time.monotonic() + book.first.times.cadence_s))
            if time.monotonic() < owed.ask_at:
                return
            await asyncio.to_thread(witnessing.keep, self._node, asking, await ask(client, self._url, asking))
        except EntenteError as error:
            self._failed(name, str(error), error.code)
        except Exception as error:  # our own mistake: said, and nothing else is held up
            self._failed(name, repr(error), "witness.broken")
        else:
            self._owed.pop(name, None)

    def _failed(self, name: AgreementId, why: str, code: str) -> None:
        owed = self._owed.setdefault(name, _Owed(0.0))
        owed.failures += 1
        if owed.failures == 1:
            self._say(f"witness of {name}: {why} [{code}]")
        reach = min(PAUSE_S, 2.0 ** min(owed.failures, 10))
        owed.ask_at = time.monotonic() + _DICE.uniform(reach / 2, reach)
