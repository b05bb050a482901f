"""Asking: the question that one node puts to another: what it has, and what it misses."""

from __future__ import annotations

import secrets
from typing import Any

from entente.errors import Malformed
from entente.node import recovery
from entente.node.carry import stops
from entente.node.node import Node

BUDGET = 512 * 1024
"""What one answer holds, at the least one item [bytes]; a poor link asks for less."""


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
            "want": [list(place) for place in book.ledger.missing(shared)],
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


def check_question(question: object) -> dict[str, Any]:
    """Return a peer's question when it has the right shape.

    Raises:
        Malformed: `exchange.question`.
    """
    kinds = {"v": int, "from": str, "to": str, "agreement": str, "nonce": str, "have": dict, "roots": dict}
    kinds |= {
        "want": list,
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
        texts = [*question["roots"].values(), *question["alerts"], *question["forks"]]
        if sizes and wants and all(type(text) is str for text in texts):
            return question
    raise Malformed("exchange.question", "this is not a question that a node asks another")
