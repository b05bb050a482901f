"""Signed requests: each one says who asks whom, what, once, and when, under the sender's exchange key.

TLS tells the client whose node answers (the certificate is pinned by the peer's card); the signature tells the server
who asks. What is signed covers method, path, the body's SHA-256, sender, receiver, agreement, nonce and time, so that
a request cannot be changed, sent on to another node, or sent twice (docs/adr/0010-exchange.md).

Rules kept by `Door`:

- A request is taken by the node it names, from a party of an agreement that this node keeps, under that party's key.
- A nonce is taken once. Nonces are kept for as long as the request's time would still be taken; a request from before
  this door was opened is not taken at all, so a restart forgets nothing that matters.
- The time is the *receiver's*: a sender whose clock is off is told the receiver's and asks again (`exchange.clock`).
  Neither clock needs to be right.
- Whoever is not known learns nothing: not which agreements are held, nor between whom.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from entente import canonical
from entente.errors import EntenteError, Refused, Unavailable, Untrusted
from entente.feed.suite import b64, unb64
from entente.ids import AgreementId, PartyId
from entente.node import carry
from entente.node.custody import NodeKeys
from entente.node.node import Node

REQUEST = "application/vnd.entente.request+json"
WINDOW_S = 300
"""How far a request's time may lie from the receiver's clock, either way [s]."""
NONCES = 20_000
"""Requests taken from one party within the window: some 30 a second, far more than an honest peer sends."""
_FIELDS = ("from", "to", "agreement", "nonce", "time")


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Who asks whom under which agreement, once (`nonce`), at what time on the receiver's clock [s since 1970]."""

    sender: str
    receiver: str
    agreement: str
    nonce: str
    time: int

    def signed(self, method: str, path: str, body: bytes) -> bytes:
        """Return the bytes that the exchange key signs."""
        return canonical.encode(
            {
                "v": 1, "method": method, "path": path, "body": sha256(body).hexdigest(), "from": self.sender,
                "to": self.receiver, "agreement": self.agreement, "nonce": self.nonce, "time": self.time,
            }
        )  # fmt: skip


def sign(keys: NodeKeys, envelope: Envelope, method: str, path: str, body: bytes) -> dict[str, str]:
    """Return the headers that sign a request."""
    values = (envelope.sender, envelope.receiver, envelope.agreement, envelope.nonce, str(envelope.time))
    signature = keys.sign_exchange(REQUEST, envelope.signed(method, path, body))
    named = {f"entente-{name}": value for name, value in zip(_FIELDS, values, strict=True)}
    return {**named, "entente-signature": b64(signature)}


class Door:
    """Decides which requests come in. `now` is the machine's clock [s since 1970]; nothing of it enters a feed."""

    def __init__(self, node: Node, now: Callable[[], float] = time.time) -> None:
        self._node = node
        self._now = now
        self._opened = int(now())
        self._seen: dict[str, dict[str, int]] = {}  # party → nonce → time; guarded by `_lock`
        self._lock = threading.Lock()

    def admit(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Envelope:
        """Return who asks, proven; the nonce is used up.

        Raises:
            Untrusted: `exchange.signature`, `exchange.clock` (with our time as `now`), `exchange.replayed`.
            Refused: `exchange.not_us`.
            Unavailable: `exchange.busy`.
        """
        envelope = _read(headers)
        if envelope.receiver != self._node.party:
            raise Refused("exchange.not_us", "the request is for another party's node")
        self._verify(envelope, headers.get("entente-signature", ""), envelope.signed(method, path, body))
        self._once(envelope)
        return envelope

    def _verify(self, envelope: Envelope, signature: str, message: bytes) -> None:
        try:
            card = self._node.book(AgreementId(envelope.agreement)).card(PartyId(envelope.sender))
            if envelope.sender == self._node.party:
                raise KeyError
            carry.check_exchange(card, REQUEST, message, unb64(signature))
        except Unavailable:
            raise
        except (KeyError, EntenteError):
            raise _unknown() from None

    def _once(self, envelope: Envelope) -> None:
        now = int(self._now())
        # Two seconds of grace at the door's opening: a peer whose clock agrees is not sent away at every restart.
        if not max(now - WINDOW_S, self._opened - 2) <= envelope.time <= now + WINDOW_S:
            raise Untrusted("exchange.clock", "the request's time is not ours; ask again with the time given", now=now)
        with self._lock:
            seen = self._seen.setdefault(envelope.sender, {})
            if len(seen) >= NONCES:
                # Sweeping only when full is enough: what is kept longer than needed is a few megabytes.
                seen = self._seen[envelope.sender] = {n: t for n, t in seen.items() if t >= now - WINDOW_S}
            if envelope.nonce in seen:
                raise Untrusted("exchange.replayed", "this request was sent before; nothing was given")
            if len(seen) >= NONCES:
                raise Unavailable("exchange.busy", "too many requests in a short time; ask again in some minutes")
            seen[envelope.nonce] = envelope.time


def _read(headers: Mapping[str, str]) -> Envelope:
    try:
        sender, receiver, agreement, nonce, at = (headers[f"entente-{name}"] for name in _FIELDS)
    except KeyError:
        raise _unknown() from None
    # One spelling of numbers and nonces: int() alone would take " 5" and "1_0".
    if not (at.isascii() and at.isdigit() and len(at) <= 12 and 16 <= len(nonce) <= 64 and nonce.isalnum()):
        raise _unknown()
    return Envelope(sender=sender, receiver=receiver, agreement=agreement, nonce=nonce, time=int(at))


def _unknown() -> Untrusted:
    return Untrusted("exchange.signature", "the request is not signed by a party of an agreement that is kept here")
