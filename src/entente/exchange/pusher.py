"""Pushing: bringing a peer what it lacks, when it cannot reach us but we can reach it.

It is pull turned round. We knock with nothing; the peer, proven by its pinned certificate, puts its question; we bring
the answer, and it says what it still lacks. What it may have is decided as for any question (`carry.answer`).
"""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

from entente import canonical
from entente.errors import Untrusted
from entente.exchange.puller import Link
from entente.exchange.routes import PUSH, QUESTION_LIMIT
from entente.node import carry
from entente.node.node import Node


def push_now(node: Node, agreement: str, peer: str) -> int:
    """Bring a peer all that it lacks and may have; return how many bytes that took, 0 when it lacks nothing.

    Raises:
        Unavailable: `exchange.unreachable`, `exchange.timeout`, or what the peer says.
        Untrusted: `exchange.mismatch`, when the peer asks in another's name; or what the peer says.
        Malformed, Refused, Forked: what the peer says; `exchange.question`.
    """

    async def bring() -> int:
        link, sent = Link(node, agreement, peer), 0
        async with link.client() as client:
            question, lacked = await _knock(link, client, b""), None
            # A peer that lacks the same as before takes no more of it, for instance of a feed that it saw forked.
            while _lacks(question) != lacked:
                bundle = await asyncio.to_thread(_answer, node, question, link.budget)
                if bundle is None:
                    break
                lacked = _lacks(question)
                question = await _knock(link, client, bundle)
                sent += len(bundle)
        return sent

    return asyncio.run(bring())


async def _knock(link: Link, client: Any, bundle: bytes) -> dict[str, Any]:
    data = await link.post(client, PUSH, bundle, nonce=secrets.token_hex(16))
    question = carry.check_question(canonical.decode(data or b"", QUESTION_LIMIT))
    if (question["from"], question["to"], question["agreement"]) != (link.peer, link.node.party, link.agreement):
        raise Untrusted("exchange.mismatch", f"{link.peer} asks in the name of another party or agreement")
    return question


def _lacks(question: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in question.items() if name != "nonce"}


def _answer(node: Node, question: dict[str, Any], budget: int) -> bytes | None:
    return carry.answer(node, {**question, "budget": min(question["budget"], budget)})
