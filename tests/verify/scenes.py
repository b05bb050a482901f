"""One story for the verifier's tests: `a` proposes to `b`, who has no objection; and what each discloses of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec
from tests.node.stories import AGREEMENT, copy, decide, propose, three

from entente.feed.disclosure import Disclosure, Entry, Feed, decode
from entente.ids import Origin
from entente.node.disclose import Choice, Made, Order, disclose, unordered
from entente.testing.coalition import Coalition, Member
from entente.verify import disclosure
from entente.verify.shown import Checked

WATER = "operation/a/water"


def feed(party: str) -> Origin:
    return Origin(f"{party}/{AGREEMENT}/1")


@cache
def _told() -> Coalition:
    c = three()
    propose(c["a"], "ab", "water")
    c.settle()
    c.clock.advance(minutes=5)
    decide(c["b"], "ab", WATER)  # type: ignore[arg-type]
    c.settle()
    return c


def told() -> Coalition:
    """Return the parties after the story, from here on apart."""
    return copy(_told())


def show(member: Member, order: Order = unordered, **choice: Any) -> Made:
    """Disclose; our own entries about the operation, unless something else is said."""
    given: dict[str, Any] = {"feeds": (feed(member.party),), "subjects": frozenset({WATER})}
    return disclose(member.node, member.node.book(AGREEMENT), Choice(**{**given, **choice}), order)


@dataclass(frozen=True)
class Case:
    """A disclosure, read, with the agreement that its reader knows."""

    data: bytes
    agreement: str

    @property
    def file(self) -> Disclosure:
        return decode(self.data)

    def check(self, data: bytes | Disclosure | None = None) -> Checked:
        given = self.data if data is None else data
        return disclosure.check(given.encode() if isinstance(given, Disclosure) else given, self.agreement)


@cache
def own() -> Case:
    """`a` shows its own proposal, the plan, and the text that its officer saw."""
    return case(told()["a"], details=("plan", "shown"), reason="asked for")


@cache
def both() -> Case:
    """`a` shows its proposal and `b`'s answer."""
    return case(told()["a"], feeds=(feed("a"), feed("b")), details=("plan",), reason="asked for")


def case(member: Member, **choice: Any) -> Case:
    return Case(show(member, **choice).data, member.node.book(AGREEMENT).first.digest)


def change_feed(file: Disclosure, party: str, change: Callable[[Feed], Feed]) -> Disclosure:
    """Return the file with one feed changed."""
    feeds = tuple(change(one) if one.origin.startswith(f"{party}/") else one for one in file.feeds)
    return msgspec.structs.replace(file, feeds=feeds)


def change_entry(file: Disclosure, party: str, at: int, change: Callable[[Entry], Entry]) -> Disclosure:
    """Return the file with one entry changed; `at` counts the entries shown, and may be negative."""

    def changed(one: Feed) -> Feed:
        place = at % len(one.entries)
        entries = tuple(change(e) if n == place else e for n, e in enumerate(one.entries))
        return msgspec.structs.replace(one, entries=entries)

    return change_feed(file, party, changed)


def entries(file: Disclosure, party: str) -> tuple[Entry, ...]:
    return next(one.entries for one in file.feeds if one.origin.startswith(f"{party}/"))
