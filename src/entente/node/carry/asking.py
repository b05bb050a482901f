"""Asking: the question that one node puts to another: what it has, and what it misses."""

from __future__ import annotations

import secrets
from typing import Any

from entente.errors import Malformed
from entente.ids import Origin, PartyId, feed_of
from entente.node import attachments, recovery
from entente.node.book import Book
from entente.node.carry import stops
from entente.node.node import Node

BUDGET = 512 * 1024
"""What one answer holds, at the least one item [bytes]; a poor link asks for less."""


MOST_CITED = 16
"""Heads of other branches asked for at once."""


def ask(node: Node, agreement: str, peer: str, *, wait_ms: int = 0, budget: int = BUDGET) -> dict[str, Any]:
    """Return the question to put to a peer: what we have, and what we miss, as far as the peer may know of it."""
    with node.lock:
        book = node.book(agreement)
        shared = book.circles_of(peer, node.clock.now())
        return {
            "v": 1,
            "from": node.party,
            "to": peer,
            "agreement": book.id,
            "nonce": secrets.token_hex(16),
            "have": {origin: book.size(origin) for origin in book.feeds()},
            "roots": {origin: book.root_at(origin, book.size(origin)) for origin in book.feeds()},
            "branches": further(book),
            "cited": cited(node, book),
            "rungs": {origin: rungs(book, origin) for origin in sorted({head[0] for head in cited(node, book)})},
            "want": [list(place) for place in book.ledger.missing(shared)],
            "chunks": attachments.lacking(node, book, PartyId(peer)),
            "cursor": (node.store.meta(f"cursor/{book.id}/{peer}") or b"").decode(),
            "returning": bool(recovery.unanswered(node, book)),
            "alerts": [
                digest
                for digest, frame in [*stops.frames(node, book), *node.aside.items()]
                if frame["statement"]["circle"] in shared
            ],
            "forks": sorted({fork.origin for fork in node.store.forks() if book.owns(fork.origin)}),
            "wait_ms": wait_ms,
            "budget": budget,
        }


def further(book: Book) -> list[list[Any]]:
    """Return a head of each branch that we hold beside a feed itself: [feed, size, root]."""
    names = [name for origin in book.feeds() for name in book.branches(origin)[1:]]
    return [[feed_of(name), book.size(name), book.root_at(name, book.size(name))] for name in names]


def cited(node: Node, book: Book) -> list[list[Any]]:
    """Return the heads of forked feeds that acts held cite and that nothing we hold has: we ask for those branches."""
    known = {row.origin for row in node.store.forks() if book.owns(row.origin)}
    heads = book.ledger.cited() if known else []
    return [[head.origin, head.size, head.root] for head in heads if head.origin in known][:MOST_CITED]


def rungs(book: Book, origin: Origin) -> list[list[Any]]:
    """Return sizes and roots of a feed as we hold it, ever further apart backwards: who has another branch of it finds
    how far that is the same, within a factor of two, and sends no more than twice what we lack.
    """
    size, step, found = book.size(origin), 1, []
    while size > 0:
        found.append([size, book.root_at(origin, size)])
        size, step = size - step, step * 2
    return found


def check_question(question: object) -> dict[str, Any]:
    """Return a peer's question when it has the right shape.

    Raises:
        Malformed: `exchange.question`.
    """
    kinds = {"v": int, "from": str, "to": str, "agreement": str, "nonce": str, "have": dict, "roots": dict}
    kinds |= {
        "branches": list,
        "cited": list,
        "rungs": dict,
        "want": list,
        "chunks": list,
        "cursor": str,
        "returning": bool,
        "alerts": list,
        "forks": list,
        "wait_ms": int,
        "budget": int,
    }
    if isinstance(question, dict) and {key: type(value) for key, value in question.items()} == kinds:
        sizes = all(type(size) is int and size >= 0 for size in question["have"].values())
        wants = all(
            isinstance(w, list) and len(w) == 2 and type(w[0]) is str and type(w[1]) is int and w[1] >= 0
            for w in question["want"]
        )
        stretches = all(
            isinstance(c, list) and [type(item) for item in c] == [str, int, int, int, int] and min(c[1:]) >= 0
            for c in question["chunks"]
        )
        heads = all(
            isinstance(h, list) and len(h) == 3 and type(h[0]) is type(h[2]) is str and type(h[1]) is int and h[1] >= 1
            for h in (*question["branches"], *question["cited"])
        )
        steps = all(
            isinstance(rung, list) and all(isinstance(r, list) and len(r) == 2 and type(r[0]) is int for r in rung)
            for rung in question["rungs"].values()
        )
        texts = [*question["roots"].values(), *question["alerts"], *question["forks"]]
        if sizes and wants and stretches and heads and steps and all(type(text) is str for text in texts):
            return question
    raise Malformed("exchange.question", "this is not a question that a node asks another")
