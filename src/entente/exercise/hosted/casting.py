"""Casting: who sits where. A seat is an office of a party, ``north/watch``; it has a code, which one browser redeems.

- A **code** stands on the seat's printed card. Whoever types it first has the seat; whoever comes second is told so.
- A **ticket** is what that browser then carries in a cookie: a random name, kept here as its SHA-256.
- The **director** comes by a link that works once; the terminal prints the next one when it is used.

An exercise's seats bind nobody, so a code may be short: eight of 32 letters are 40 bits. A right code always enters, or
one guesser would keep a classroom behind the same address out; what bounds guessing is the code itself
(docs/adr/0049-guessing-and-crowding.md). Wrong codes are counted for each address, and whoever goes on is named to the
director.
"""

from __future__ import annotations

import secrets
import threading
import time
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from hashlib import sha256

from entente.errors import Refused, Untrusted

LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without what is mistaken for another when it is read from paper: 32 letters, 5 bits each."""
CODE = 8
TRIES, TRIES_S = 10, 60.0
"""Wrong codes from one address, in how long [s], before it is told to wait and the director is told of it."""
ADDRESSES = 256
"""Of how many addresses wrong codes are counted; beyond, the one that was heard of longest ago is forgotten."""


class By(StrEnum):
    """Who has a seat."""

    NOBODY = "nobody"
    PARTICIPANT = "participant"
    DIRECTOR = "director"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitter:
    """Who has a seat and, by the machine's monotonic clock, since when, and when he was last heard of [s]."""

    by: By = By.NOBODY
    since: float = 0.0
    seen: float = 0.0
    ticket: str = ""

    @property
    def taken(self) -> bool:
        """Whether somebody sits here, so that its steps are left to him."""
        return self.by is not By.NOBODY


@dataclass(slots=True)
class Casting:
    """The seats of one exercise; a reset leaves everybody where he sits. `_lock` guards all that changes."""

    seats: tuple[str, ...]
    monotonic: Callable[[], float] = time.monotonic
    codes: dict[str, str] = field(default_factory=dict)
    """Code of each seat, as it is printed."""
    _sitters: dict[str, Sitter] = field(default_factory=dict)
    _failed: dict[str, list[float]] = field(default_factory=dict)
    _link: str = ""
    _directors: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of(cls, seats: Iterable[str], monotonic: Callable[[], float] = time.monotonic) -> Casting:
        """Draw a code for each seat."""
        made = cls(tuple(seats), monotonic)
        while len(set(made.codes.values())) < len(made.seats):
            made.codes = {seat: _code() for seat in made.seats}
        made._sitters = {seat: Sitter() for seat in made.seats}
        return made

    # -- participants --------------------------------------------------------------------------------------------------

    def take(self, code: str, address: str) -> tuple[str, str]:
        """Take the seat of a code; return the seat and the ticket for the browser's cookie.

        Raises:
            Refused: `seat.taken`; `seat.tries`, for the wrong codes after the tenth.
            Untrusted: `seat.code`.
        """
        typed, now = plain(code), self.monotonic()
        with self._lock:
            seat = next((name for name, own in self.codes.items() if secrets.compare_digest(plain(own), typed)), None)
            if seat is None:
                self._count(address, now)
                raise Untrusted("seat.code", "no seat has this code; compare it with your card, letter by letter")
            if self._sitters[seat].taken:
                raise Refused(
                    "seat.taken", f"{seat} is taken; take another seat, or ask the director to free it", seat=seat
                )
            ticket = secrets.token_urlsafe(32)
            self._sitters[seat] = Sitter(by=By.PARTICIPANT, since=now, seen=now, ticket=_digest(ticket))
            return seat, ticket

    def _count(self, address: str, now: float) -> None:
        """Count a wrong code.

        Raises:
            Refused: `seat.tries`.
        """
        failed = [at for at in self._failed.pop(address, ()) if now - at < TRIES_S][-TRIES:]
        self._failed[address] = [*failed, now]  # behind the others: the first is the oldest
        while len(self._failed) > ADDRESSES:
            del self._failed[next(iter(self._failed))]
        if len(failed) >= TRIES:
            raise Refused(
                "seat.tries", "too many wrong codes from this address; wait a minute, or read your card again"
            )

    def guessing(self) -> list[str]:
        """Return the addresses that have typed more wrong codes than people do, within the last minute."""
        now = self.monotonic()
        with self._lock:
            recent = {name: [at for at in failed if now - at < TRIES_S] for name, failed in self._failed.items()}
        return [name for name, failed in recent.items() if len(failed) > TRIES]

    def seat_of(self, ticket: str) -> str | None:
        """Return the seat of whoever carries a ticket, who is heard of now."""
        name = _digest(ticket)
        with self._lock:
            for seat, sitter in self._sitters.items():
                if sitter.ticket and secrets.compare_digest(sitter.ticket, name):
                    self._sitters[seat] = replace(sitter, seen=self.monotonic())
                    return seat
        return None

    def sitter(self, seat: str) -> Sitter:
        """Return who has a seat."""
        with self._lock:
            return self._sitters[seat]

    # -- the director --------------------------------------------------------------------------------------------------

    def free(self, seat: str) -> None:
        """Let a seat be taken anew, by whoever types its code first; the ticket that was given for it is void."""
        with self._lock:
            self._sitters[seat] = Sitter()

    def direct(self, seat: str) -> None:
        """Let the director sit in a seat that nobody has.

        Raises:
            Refused: `seat.taken`.
        """
        with self._lock:
            if self._sitters[seat].by is By.PARTICIPANT:
                raise Refused("seat.taken", f"{seat} is taken; free it first", seat=seat)
            now = self.monotonic()
            self._sitters[seat] = Sitter(by=By.DIRECTOR, since=now, seen=now)

    def link(self) -> str:
        """Return a new token for the director's link; the one before it, if nobody used it, works no more."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._link = _digest(token)
        return token

    def admit(self, token: str) -> str:
        """Turn the director's link into a name for his cookie, once.

        Raises:
            Untrusted: `director.link`.
        """
        with self._lock:
            if not self._link or not secrets.compare_digest(self._link, _digest(token)):
                raise Untrusted(
                    "director.link", "this link was used already, or is none; the host's terminal prints the next one"
                )
            self._link, name = "", secrets.token_urlsafe(32)
            self._directors.add(_digest(name))
            return name

    def directs(self, name: str) -> bool:
        """Whether a cookie is the director's."""
        with self._lock:
            return _digest(name) in self._directors


def plain(code: str) -> str:
    """Return a code as it is compared: however it was typed, in whatever script its digits are.

    Letters that no code has are left out, so that what is compared is ASCII.

    >>> plain("ab3k-９2x７"), plain(" ab3k ٩2X7 ")
    ('AB3K92X7', 'AB3K92X7')
    """
    kept = (letter for letter in code[:64] if letter.isalnum())
    upper = "".join(str(unicodedata.digit(letter, "")) or letter.upper() for letter in kept)
    return "".join(letter for letter in upper if letter.isascii())


def _code() -> str:
    drawn = "".join(secrets.choice(LETTERS) for _ in range(CODE))
    return f"{drawn[:4]}-{drawn[4:]}"


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
