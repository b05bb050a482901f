"""The allowance: how much a day's answers may tell an operation's owner of what it may not see (JOINT-119).

An answer to a plan tells its owner whether something hidden is near it. Who proposes a grid of plans could map what is
hidden, one answer at a time. So whatever such an answer depends on is counted, for each owner, over the last 24 hours:
each plan that the node looked at under a standing decision, answered or left, and each answer that a person gave. When
`A_DAY` are spent, the node leaves everything to persons, and a person goes beyond them only with a reason, which is
noted. A version that a rule has looked at once is not looked at again: what has changed here since is no news for its
owner. Where nothing is hidden from an owner, nothing is counted.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from entente import canonical
from entente.errors import Refused
from entente.ids import Hash
from entente.joint.act import moment, spell
from entente.node.book import Book
from entente.node.holdings import Holdings

A_DAY = 24
"""Answers to one owner in 24 hours that may depend on what is hidden from it; each tells at most one bit of that."""
DAY = timedelta(days=1)


def hides(node: Holdings, owner: str) -> bool:
    """Whether this node screens against anything that `owner` may not see, as far as we know."""
    if any(subject.split("/")[1] != owner for subject in node.watch.lists):
        return True
    if any(convoy.movement.owner != owner for convoy in node.watch.convoys.values() if convoy.journey is not None):
        return True
    for flight in node.watch.flights.values():
        version = flight.version
        own = flight.owner == node.party and version.plan in node.store.granted(owner, version.origin, version.seq)
        if flight.plan is not None and flight.owner != owner and not own:
            return True
    return False


def left(node: Holdings, book: Book, owner: str, now: datetime) -> int | None:
    """Return how many of a day's answers to an owner are left, or None when nothing is hidden from it."""
    if not hides(node, owner):
        return None
    looked = sum(moment(at) > now - DAY for at in looked_at(node, book, owner).values())
    return A_DAY - looked - _given(node, book, owner, now - DAY)


def _given(node: Holdings, book: Book, owner: str, since: datetime) -> int:
    """Return how many answers persons here have given to an owner since then."""
    given = 0
    for fold in book.ledger.folds.values():
        past = fold.now()
        for subject in fold.subjects(f"operation/{owner}/"):
            for event in past.events(subject, node.party):
                given += event.verb == "decision.give" and bool(event.act.statement.signer) and event.act.at > since
    return given


def looked_at(node: Holdings, book: Book, owner: str) -> dict[str, str]:
    """Return which of an owner's versions a rule has looked at, by leaf, and when."""
    found: dict[str, str] = json.loads(node.store.meta(_key(book, owner)) or b"{}")
    return found


def look(node: Holdings, book: Book, owner: str, version: Hash, now: datetime) -> bool:
    """Whether a rule may look at a version for the first time; it counts from then on, whatever comes of it."""
    looked = looked_at(node, book, owner)
    if version in looked:
        return False
    with node.store.transaction() as txn:
        txn.set_meta(_key(book, owner), canonical.encode({**looked, version: spell(now)}))
    return True


def require(node: Holdings, book: Book, owner: str, now: datetime) -> None:
    """Raise Refused when a day's answers to an owner are spent.

    Raises:
        Refused: `decision.allowance`.
    """
    remaining = left(node, book, owner, now)
    if remaining is not None and remaining <= 0:
        raise Refused(
            "decision.allowance",
            f"{owner} had {A_DAY} answers in 24 hours that may tell what is hidden from it: later, or with --despite",
        )


def _key(book: Book, owner: str) -> str:
    return f"looked/{book.id}/{owner}"
