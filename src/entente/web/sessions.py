"""Sessions: an officer at a page. Made by a one-time link, bound to a key that is enrolled, ended by time or by relief.

- A **link** is made at the command line by whoever holds the home. Its token stands behind the ``#`` of an address, so
  that no server, log or Referer ever holds it; the record keeps its SHA-256 until it is redeemed, once, or expires.
- A **session** is a random name in a cookie, its SHA-256 in this process's memory: a restart ends it. It ends when its
  page has been gone for `IDLE_S`, and after `WHOLE_S` in any case, by the machine's monotonic clock, which no exercise
  moves; and when its officer is dismissed from the seat. A page that is open and listens is not gone: a watch must not
  go dark.
- What the officer may do is asked of the agreements at **every** request: who was relieved has lost the office at once,
  and who holds none any more, or whose key was replaced, is told nothing further.

A session says who sits there, for reading and drafting. It signs nothing: every statement needs the officer's key.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from entente.errors import Refused, Untrusted
from entente.ids import OfficerId
from entente.joint import staff
from entente.node.book import Book
from entente.node.node import Node

LINKS = "centre/link/"
"""Small values that keep links: ``centre/link/SHA-256 OF THE TOKEN``."""
LINK_S = 15 * 60
"""How long a link can be redeemed [s]: to walk to the other desk with it."""
MOST_LINKS = 8
"""Links of one officer that can be redeemed at once: each is kept, and whoever asks for more has lost the oldest."""
SITTING = "centre/sitting/"
"""Small values that change when whoever sits as an officer is to sit there no longer: ``centre/sitting/OFFICER``."""
IDLE_S = 60 * 60
WHOLE_S = 12 * 3600
"""A watch [s]."""
TRIES, TRIES_S = 10, 60.0
"""Redeeming that failed, in how long [s], before whoever guesses waits. A true link is taken all the same: it has 256
bits, and nobody shall keep others from their seats by guessing."""
MOST, MOST_OF_ONE = 4096, 256
"""Sessions at once, in all and of one officer. One beyond is refused, and none is ended for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """Who sits at a page, and in which offices he does so now, agreement by agreement; never empty."""

    name: str
    officer: OfficerId
    fingerprint: str
    offices: Mapping[str, tuple[str, ...]]
    left_s: float


@dataclass(slots=True, kw_only=True)
class _Session:
    officer: OfficerId
    fingerprint: str
    started: float
    used: float
    sitting: bytes | None
    noted: set[str] = field(default_factory=set)


def make_link(node: Node, officer: str, fingerprint: str, *, now: float | None = None) -> str:
    """Keep a new link for an officer, and return its token, which is nowhere else.

    Links that have expired are forgotten on the way, and the officer's oldest beyond `MOST_LINKS`.
    """
    token, at = secrets.token_urlsafe(32), time.time() if now is None else now
    with node.lock, node.store.transaction() as txn:
        held = {key: json.loads(data) for key, data in txn.metas(LINKS).items()}
        mine = sorted((key for key in held if held[key]["officer"] == officer), key=lambda key: held[key]["expires"])
        over = [key for key in held if held[key]["expires"] <= at]
        for key in {*over, *mine[: max(len(mine) - MOST_LINKS + 1, 0)]}:
            txn.set_meta(key, None)
        told = {"officer": officer, "fingerprint": fingerprint, "expires": at + LINK_S}
        txn.set_meta(f"{LINKS}{_digest(token)}", json.dumps(told).encode())
    return token


def dismiss(node: Node, officer: str) -> None:
    """End every session of an officer, in whichever process serves it, and forget the links that were made for him."""
    with node.lock, node.store.transaction() as txn:
        for key, data in txn.metas(LINKS).items():
            if json.loads(data)["officer"] == officer:
                txn.set_meta(key, None)
        txn.set_meta(f"{SITTING}{officer}", secrets.token_bytes(16))


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


class Sessions:
    """The sessions of one serving process. `_lock` guards `_held`, `_failed` and what a session notes."""

    def __init__(
        self, node: Node, *, monotonic: Callable[[], float] = time.monotonic, wall: Callable[[], float] = time.time
    ) -> None:
        self._node = node
        self._monotonic, self._wall = monotonic, wall
        self._lock = threading.Lock()
        self._held: dict[str, _Session] = {}
        self._failed: list[float] = []

    def redeem(self, token: str) -> tuple[str, Seat]:
        """Turn a link's token into a session; return its name, for the cookie, and who sits there.

        Raises:
            Untrusted: `session.link`.
            Refused: `session.too_many`; `session.office`, as `seat`.
        """
        told, sitting = self._taken(token)
        with self._lock:
            now = self._monotonic()
            self._failed = [at for at in self._failed if now - at < TRIES_S]
            if told is None and len(self._failed) >= TRIES:
                raise Refused("session.too_many", "too many tries; wait a minute and try again")
            if told is None:
                self._failed.append(now)
                raise Untrusted(
                    "session.link",
                    "the link was used already, has expired, or is none; ask for another: entente staff link",
                )
            self._sweep(now)
            his = sum(held.officer == told["officer"] for held in self._held.values())
            if his >= MOST_OF_ONE or len(self._held) >= MOST:
                raise Refused("session.too_many", "too many pages are signed in; leave those that are not needed")
            name = secrets.token_urlsafe(32)
            self._held[_digest(name)] = _Session(
                officer=OfficerId(told["officer"]), fingerprint=told["fingerprint"], started=now, used=now,
                sitting=sitting,
            )  # fmt: skip
        self._node.journal("session", by=told["officer"], state="begun")
        return name, self.seat(name)

    def _taken(self, token: str) -> tuple[dict[str, str] | None, bytes | None]:
        """Return what a link says, and forget it: whatever comes of it, it is not redeemed twice."""
        key = f"{LINKS}{_digest(token)}"
        if self._node.store.meta(key) is None:
            return None, None
        with self._node.lock, self._node.store.transaction() as txn:
            data = txn.meta(key)
            if data is None:
                return None, None
            txn.set_meta(key, None)
            told = json.loads(data)
            sitting = txn.meta(f"{SITTING}{told['officer']}")
        return (told if told["expires"] > self._wall() else None), sitting

    def seat(self, name: str | None) -> Seat:
        """Return who sits at a page, with the offices that he holds at this moment.

        Raises:
            Untrusted: `session.none`.
            Refused: `session.office`, when he holds none any more, or his key was replaced.
        """
        with self._lock:
            now = self._monotonic()
            session = self._found(name)
            if session is None or self._over(session, now):
                raise Untrusted("session.none", "nobody is signed in here; open a link made by: entente staff link")
            session.used = now
        if self._node.store.meta(f"{SITTING}{session.officer}") != session.sitting:
            self.end(name)
            raise Untrusted("session.none", "this seat was given to somebody else; ask for a link to sit down anew")
        with self._node.lock:
            offices = {str(book.id): held for book, held in self._offices(session)}
        if not offices:
            raise Refused("session.office", f"{session.officer} holds no office now; nothing is shown and nothing said")
        return Seat(
            name=_digest(name or ""), officer=session.officer, fingerprint=session.fingerprint, offices=offices,
            left_s=WHOLE_S - (now - session.started),
        )  # fmt: skip

    def _offices(self, session: _Session) -> Iterator[tuple[Book, tuple[str, ...]]]:
        self._node.catch_up()
        at = self._node.clock.now()
        for book in self._node.books.values():
            past = book.fold("all").now()
            enrolled = staff.enrolment(past, session.officer)
            if enrolled is None or enrolled.fingerprint != session.fingerprint:
                continue
            held = tuple(
                office
                for office, start, until in staff.terms(past, session.officer)
                if start <= at and (until is None or at < until)
            )
            if held:
                yield book, held

    def renew(self, name: str) -> None:
        """Keep a session whose page is open and listens.

        Raises:
            Untrusted, Refused: as `seat`, when it has ended.
        """
        self.seat(name)

    def end(self, name: str | None) -> None:
        """End a session; one that is none is no error."""
        with self._lock:
            self._held.pop(_digest(name or ""), None)

    def first(self, seat: Seat, what: str) -> bool:
        """Whether something is done for the first time in a session: what was looked at is noted once."""
        with self._lock:
            session = self._held.get(seat.name)
            if session is None or what in session.noted:
                return False
            session.noted.add(what)
            return True

    def _found(self, name: str | None) -> _Session | None:
        return self._held.get(_digest(name or ""))

    def _over(self, session: _Session, now: float) -> bool:
        return now - session.used >= IDLE_S or now - session.started >= WHOLE_S

    def _sweep(self, now: float) -> None:
        for key in [key for key, held in self._held.items() if self._over(held, now)]:
            del self._held[key]
