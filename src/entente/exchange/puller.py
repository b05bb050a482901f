"""Pulling: asking each peer, under each agreement, for what we lack, for as long as the node serves.

- One question waits at the peer until there is news (long poll), so that news takes one way and no hammering.
- The peer's TLS certificate, as its card has it, is the only one trusted; a name is not checked, for the key is.
- An answer that is not whole, not theirs or too large changes nothing: `carry.take` keeps a bundle or none of it.
- What one answer may hold follows the link, so that a STOP never waits behind more than some seconds of other matter.
- While it waits the peer beats (`exchange.beats`): a link that swallows everything is known to be down in seconds.
- After a failure the next question comes after a growing, jittered pause of at most `PAUSE_S`.
"""

from __future__ import annotations

import asyncio
import random
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import httpx

from entente import canonical
from entente.errors import EntenteError, Unavailable, Untrusted
from entente.exchange import beats
from entente.exchange.routes import PULL, WAIT_S, say_stops
from entente.exchange.signing import Envelope, sign
from entente.exchange.status import raise_problem
from entente.feed.suite import unb64
from entente.ids import PartyId
from entente.joint.act import spell
from entente.node import carry, duties
from entente.node.carry import Taken
from entente.node.custody import NodeKeys
from entente.node.node import Node

ANSWER_LIMIT = 32 * 1024 * 1024
"""More than any honest answer: the largest budget, and one item beyond it [bytes]."""
BUDGETS = (4 * 1024, carry.BUDGET)
"""The least and the most that an answer is asked to hold [bytes]."""
FIRST_BUDGET = 32 * 1024
"""What the first one is asked to hold, before anything is known of the link [bytes]."""
SWIFT_S, SLOW_S = 1.0, 4.0
"""An answer that takes longer than the second to arrive halves the next budget; one under the first doubles it."""
PAUSE_S = 5.0
_DICE = random.Random()
"""Of our own: who shares Python's would change what others draw."""
CONNECT_S = 15.0
"""To connect and agree on TLS [s]: some 3 kB both ways, at 9.6 kbit/s with losses."""
SILENCE_S = 15.0
"""How long a peer may be silent beyond the wait it was asked for [s]."""
WHOLE_S = 600.0
_POLL_MS = int((WAIT_S - 5) * 1000)


class Link:
    """One peer under one agreement: address, pinned certificate, budget, and what is known of the peer's clock."""

    def __init__(self, node: Node, agreement: str, peer: str) -> None:
        card = node.book(agreement).card(PartyId(peer))
        self.node, self.agreement, self.peer = node, agreement, peer
        self.url = card["url"].rstrip("/")
        self.budget = FIRST_BUDGET
        self._rhythm = beats.Rhythm()
        self._ahead_s = 0  # the peer's clock less ours
        self._card = card
        self._context = pinned(card)
        self._former = 0
        """How many of our changes of keys the peer has not heard of, as far as its refusals tell."""

    def client(self) -> httpx.AsyncClient:
        """Return a client that trusts this peer's certificate alone, and keeps one connection."""
        timeout = httpx.Timeout(SILENCE_S, connect=CONNECT_S)
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=120)
        return httpx.AsyncClient(verify=self._context, timeout=timeout, limits=limits, trust_env=False)

    def renewed(self) -> bool:
        """Whether the peer has certified another card since; the link then takes its address and certificate."""
        card = self.node.book(self.agreement).card(PartyId(self.peer))
        if card is self._card or (card["url"], card["keys"]["tls"]) == (self._card["url"], self._card["keys"]["tls"]):
            return False
        try:
            self._context = pinned(card)
        except (ssl.SSLError, ValueError):
            return False  # its root signed what is no certificate; the one before may still be answered under
        self._card, self.url = card, card["url"].rstrip("/")
        return True

    async def pull(self, client: httpx.AsyncClient, wait_ms: int = 0) -> Taken | None:
        """Ask once and take what is given; None when the peer has nothing for us.

        Raises:
            Unavailable: `exchange.unreachable`, `exchange.timeout`, or what the peer says.
            Untrusted, Malformed, Refused, Forked: as `carry.take`, or what the peer says.
        """
        question = await asyncio.to_thread(
            carry.ask, self.node, self.agreement, self.peer, wait_ms=wait_ms, budget=self.budget
        )
        body = canonical.encode(question)
        data = await self.post(client, PULL, body, nonce=question["nonce"], wait_s=wait_ms / 1000)
        return await asyncio.to_thread(self._take, data, question)

    def _take(self, data: bytes | None, question: Mapping[str, Any]) -> Taken | None:
        taken = carry.take(self.node, data, nonce=question["nonce"]) if data is not None else None
        if taken is None or not taken.more:
            duties.heard(self.node, self.agreement, self.peer)
        return taken

    async def post(
        self, client: httpx.AsyncClient, path: str, body: bytes, *, nonce: str, wait_s: float = 0.0
    ) -> bytes | None:
        """Send one signed request, and return what is answered; None for an answer without a body.

        Raises:
            Unavailable, Untrusted, Malformed, Refused: as `pull`, but for what is taken.
        """
        for _ in range(2 + len(self.node.generations)):
            try:
                return await self._send(client, path, body, nonce, wait_s)
            except Untrusted as error:
                if error.code == "exchange.clock" and "now" in error.data:
                    self._ahead_s = error.data["now"] - int(time.time())
                elif error.code == "exchange.signature" and self._former + 1 < len(self._exchange_keys()):
                    self._former += 1  # it has not heard of our new keys: the entry is what we are about to bring
                else:
                    self._former = 0
                    raise
        return await self._send(client, path, body, nonce, wait_s)

    def _exchange_keys(self) -> list[NodeKeys]:
        """Return our keys for asking under this agreement, the certified ones first, then those before them."""
        book = self.node.book(self.agreement)
        every = [self.node.keys_under(book), *reversed(self.node.generations)]
        return list({keys.public()["exchange"]: keys for keys in reversed(every)}.values())[::-1]

    async def _send(self, client: httpx.AsyncClient, path: str, body: bytes, nonce: str, wait_s: float) -> bytes | None:
        envelope = Envelope(
            sender=self.node.party, receiver=self.peer, agreement=self.agreement, nonce=nonce,
            time=int(time.time()) + self._ahead_s,
        )  # fmt: skip
        headers = sign(self._exchange_keys()[self._former], envelope, "POST", path, body) | self._rhythm.headers()
        connect_s = min(CONNECT_S, self._rhythm.connect_s or CONNECT_S)
        timeout = httpx.Timeout(SILENCE_S, connect=connect_s, read=wait_s + SILENCE_S)
        asked = time.monotonic()
        try:
            async with (
                asyncio.timeout(WHOLE_S),
                asyncio.timeout(self._rhythm.opening_s) as clock,
                client.stream("POST", f"{self.url}{path}", content=body, headers=headers, timeout=timeout) as response,
            ):
                clock.reschedule(None)
                beats_come = self._rhythm.heard(time.monotonic() - asked, response.headers)
                silence = beats.Silence(clock, self._rhythm.silence_s, wait_s + SILENCE_S) if beats_come else None
                data, took_s = await _read(response, self.peer, silence)
        except (httpx.TimeoutException, TimeoutError):
            self._rhythm.missed()
            self._slower()
            raise Unavailable("exchange.timeout", f"{self.peer} did not answer in time") from None
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError) as error:
            raise _unreachable(self.peer, self.url, error) from None
        if response.status_code not in (200, 204) or (beats_come and data.startswith(b"{")):
            raise_problem(response.status_code, data, self.peer)
        self._adapt(took_s)
        return None if response.status_code == 204 or (beats_come and not data) else data

    def _adapt(self, took_s: float) -> None:
        if took_s > SLOW_S:
            self._slower()
        elif took_s < SWIFT_S:
            self.budget = min(self.budget * 2, BUDGETS[1])

    def _slower(self) -> None:
        self.budget = max(self.budget // 2, BUDGETS[0])


def pinned(card: Mapping[str, Any]) -> ssl.SSLContext:
    """Return a context that trusts the certificate of a party's card and no other."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False  # the certificate itself is pinned; an address may change
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # the certificate is its own authority, and names no key identifier
    context.load_verify_locations(cadata=unb64(card["keys"]["tls"]))
    return context


async def _read(response: httpx.Response, peer: str, silence: beats.Silence | None) -> tuple[bytes, float]:
    """Return an answer without the beats before it, and how long it took to arrive once it had begun [s]."""
    data, taken, began = bytearray(), 0, time.monotonic()
    async for chunk in response.aiter_raw():
        taken += len(chunk)
        if taken > ANSWER_LIMIT:
            raise Untrusted("exchange.answer", f"{peer} sends more than {ANSWER_LIMIT} bytes; nothing was taken")
        if silence is not None and not data:
            chunk, began = silence.hear(chunk), time.monotonic()
        data += chunk
    return bytes(data), time.monotonic() - began


def _unreachable(peer: str, url: str, error: Exception) -> EntenteError:
    # httpx wraps the TLS error; the text of OpenSSL is the only sign that is left of it.
    if isinstance(error, ssl.SSLError) or "CERTIFICATE_VERIFY_FAILED" in str(error):
        return Untrusted("exchange.certificate", f"whoever answers at {url} does not hold the TLS key of {peer}'s card")
    return Unavailable("exchange.unreachable", f"{peer} cannot be reached at {url}")


def pull_now(node: Node, agreement: str, peer: str, *, wait_ms: int = 0) -> Taken | None:
    """Ask a peer for all it has for us, in as many answers as it takes; None when there was nothing.

    The counts are those of all answers together.

    Raises:
        as `Link.pull`.
    """

    async def ask() -> Taken | None:
        link = Link(node, agreement, peer)
        async with link.client() as client:
            whole = taken = await link.pull(client, wait_ms)
            while taken is not None and taken.more:
                taken = await link.pull(client)
                if taken is not None and whole is not None:
                    whole = _together(whole, taken)
            return whole

    return asyncio.run(ask())


def _together(first: Taken, then: Taken) -> Taken:
    return Taken(
        first.sender, first.leaves + then.leaves, first.acts + then.acts, first.details + then.details,
        first.chunks + then.chunks, first.waiting + then.waiting, first.stops + then.stops, first.forks + then.forks,
        then.more,
    )  # fmt: skip


class Puller:
    """Keeps one link going, and keeps in the record whether it is up. The record is written when that changes, only."""

    def __init__(self, link: Link, say: Callable[[str], None]) -> None:
        self._link = link
        self._say = say
        self._up: bool | None = None
        self._failures = 0

    async def run(self) -> None:
        """Ask until cancelled."""
        while True:
            async with self._link.client() as client:
                await self._serve(client)

    async def _serve(self, client: httpx.AsyncClient) -> None:
        """Ask until the peer has another card, whose certificate a new client trusts."""
        while not await asyncio.to_thread(self._link.renewed):
            try:
                # The first question, and one after a failure, does not wait, so that a link is known to be up at once.
                taken = await self._link.pull(client, _POLL_MS if self._up and not self._failures else 0)
            except EntenteError as error:
                await self._failed(error)
            except Exception as error:  # our own mistake, perhaps provoked: said, and the peer is asked again
                await self._failed(Unavailable("exchange.broken", f"an answer could not be taken: {error!r}"))
            else:
                self._failures = 0
                say_stops(taken, self._say)
                await self._note(True, "")

    async def _failed(self, error: EntenteError) -> None:
        self._failures += 1
        # One lost connection is no news on a poor link; a second one in a row, or what is no accident, is.
        if self._failures > 1 or not isinstance(error, Unavailable):
            await self._note(False, error.code, str(error))
        reach = min(PAUSE_S, 0.1 * 2 ** min(self._failures, 8))
        await asyncio.sleep(_DICE.uniform(reach / 2, reach))

    async def _note(self, up: bool, code: str, why: str = "") -> None:
        if self._up is up:
            return
        self._up = up
        link = self._link
        state = "up" if up else f"down ({code})"
        self._say(f"{link.peer} under {link.agreement}: {'up' if up else f'down: {why} [{code}]'}")
        with suppress(Unavailable):  # a record that cannot be written has louder ways to say so
            await asyncio.to_thread(self._keep, f"{state} since {spell(link.node.clock.now())}", state)

    def _keep(self, text: str, state: str) -> None:
        link = self._link
        with link.node.lock, link.node.store.transaction() as txn:
            txn.set_meta(f"link/{link.agreement}/{link.peer}", text.encode())
        link.node.journal("link", agreement=link.agreement, peer=link.peer, state=state)
