"""What a node answers its peers: one question, asked by POST, that may wait until there is news.

``POST /exchange/v1/pull``   body: `carry.ask`'s question, canonical; answer: a bundle, or 204 when there is nothing;
                             who asks for beats (`exchange.beats`) hears that we live while it waits
``POST /exchange/v1/push``   body: empty, or the bundle that answers our last question here; answer: our question
``GET /exchange/v1/health``  the version, and nothing else

Push is pull turned round, for a node that cannot be reached: it comes to us, hears our question, and brings the answer.

Limits: a question has at most `QUESTION_LIMIT` bytes and must arrive within `BODY_S`; it waits at most `WAIT_S`; a
newer question of the same peer ends an older one's wait; an answer holds at most `BUDGET_LIMIT` bytes, or one item.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from litestar import Litestar, Request, Response, get, post
from litestar.exceptions import HTTPException
from litestar.response import Stream

from entente import canonical
from entente.errors import EntenteError, Malformed, Unavailable, Untrusted
from entente.exchange import beats
from entente.exchange.pulse import Deadline, Pulse
from entente.exchange.signing import Door
from entente.exchange.status import TOO_LARGE, problem, status_of
from entente.feed import bundle as bundles
from entente.node import carry, duties
from entente.node.carry import Taken
from entente.node.node import Node

PULL = "/exchange/v1/pull"
PUSH = "/exchange/v1/push"
HEALTH = "/exchange/v1/health"
QUESTION_LIMIT = 256 * 1024
BODY_S = 30.0
"""How long a question may take to arrive [s]: 32 kB at 9.6 kbit/s."""
PUSH_LIMIT = 3 * 1024 * 1024
"""What a pushed bundle may hold [bytes]: the budget that we ask for, and the largest item beyond it."""
PUSH_S = 120.0
"""How long a pushed bundle may take to arrive [s]: over 128 kB at 9.6 kbit/s."""
WAIT_S = 25.0
BUDGET_LIMIT = 8 * 1024 * 1024


def application(node: Node, pulse: Pulse, door: Door, say: Callable[[str], None]) -> Litestar:
    """Return the ASGI application of a node's exchange; `say` hears of our own mistakes, which no peer is told."""
    waiting: dict[tuple[str, str], asyncio.Event] = {}  # (agreement, peer) → ends that peer's wait; on the event loop

    @post(PULL, status_code=200)
    async def pull(request: Request[Any, Any, Any]) -> Response[Any]:
        body = await _body(request, BODY_S)
        headers = dict(request.headers)
        question = await asyncio.to_thread(_admitted, door, headers, body)
        if period_s := beats.asked(headers):
            stream = beats.beating(lambda: told(question), period_s)
            return Stream(stream, media_type="application/octet-stream", headers={beats.HEADER: headers[beats.HEADER]})
        data = await _answer(node, pulse, waiting, question)
        if data is None:
            return Response(None, status_code=204)
        return Response(data, media_type="application/octet-stream")

    async def told(question: dict[str, Any]) -> bytes:
        """Answer below a head that is sent already: nothing is no bytes, and an error is its document."""
        try:
            return await _answer(node, pulse, waiting, question) or b""
        except EntenteError as error:
            return canonical.encode(problem(error))
        except Exception as error:
            return canonical.encode(problem(ours(error)))

    asked: dict[tuple[str, str], str] = {}  # (agreement, peer) → nonce of our last question to a peer that pushes

    @post(PUSH, status_code=200, request_max_body_size=PUSH_LIMIT)
    async def push(request: Request[Any, Any, Any]) -> Response[bytes]:
        body = await _body(request, PUSH_S)
        headers = dict(request.headers)
        question = await asyncio.to_thread(_pushed, node, door, asked, headers, body, say)
        return Response(question, media_type="application/json")

    @get(HEALTH)
    async def health() -> dict[str, str]:
        return {"version": version("entente")}

    def ours(error: Exception) -> EntenteError:
        say(f"error: a question could not be answered: {error!r}")
        return Unavailable("exchange.broken", "this node could not answer; its operator can see why")

    def broken(request: Request[Any, Any, Any], error: Exception) -> Response[dict[str, Any]]:
        return _problem(request, ours(error))

    return Litestar(
        route_handlers=[pull, push, health],
        exception_handlers={EntenteError: _problem, HTTPException: _http, Exception: broken},
        request_max_body_size=QUESTION_LIMIT, openapi_config=None, logging_config=None, debug=False,
    )  # fmt: skip


async def _body(request: Request[Any, Any, Any], seconds: float) -> bytes:
    try:
        async with asyncio.timeout(seconds):
            return await request.body()
    except TimeoutError:
        raise Malformed("exchange.slow", f"the request did not arrive within {seconds:.0f} seconds") from None


def _admitted(door: Door, headers: dict[str, str], body: bytes) -> dict[str, Any]:
    """Return the question of a proven peer.

    Raises:
        Untrusted: `exchange.mismatch`, and as `Door.admit`.
        Malformed: `exchange.question`, `canonical.*`.
    """
    who = door.admit("POST", PULL, headers, body)
    question = carry.check_question(canonical.decode(body, QUESTION_LIMIT))
    if (question["from"], question["to"], question["agreement"], question["nonce"]) != (
        *(who.sender, who.receiver, who.agreement),
        who.nonce,
    ):
        raise Untrusted("exchange.mismatch", "the question is not the one that its headers sign")
    return {**question, "budget": min(question["budget"], BUDGET_LIMIT)}


def _pushed(
    node: Node, door: Door, asked: dict[tuple[str, str], str], headers: dict[str, str], body: bytes,
    say: Callable[[str], None],
) -> bytes:  # fmt: skip
    """Take what a proven peer brings, and return what we lack now, as the question that `pull` would ask it.

    A bundle is taken only as the answer to our last question, so that an old one never counts as hearing the peer.

    Raises:
        Untrusted: `exchange.mismatch`, and as `Door.admit` and `carry.take`.
        Malformed, Refused, Forked: as `carry.take`.
    """
    who = door.admit("POST", PUSH, headers, body)
    place = (who.agreement, who.sender)
    if body:
        manifest = bundles.peek(body)
        if (manifest["agreement"], manifest["from"]) != place:
            raise Untrusted("exchange.mismatch", "the bundle is not from who brings it, or of another agreement")
        taken = carry.take(node, body, nonce=asked.pop(place, ""))
        say_stops(taken, say)
        if not taken.more:
            duties.heard(node, who.agreement, who.sender)
    question = carry.ask(node, who.agreement, who.sender)
    asked[place] = question["nonce"]
    return canonical.encode(question)


async def _answer(
    node: Node, pulse: Pulse, waiting: dict[tuple[str, str], asyncio.Event], question: dict[str, Any]
) -> bytes | None:
    """Return a bundle as soon as there is one, None when the wait is over."""
    until = Deadline(min(max(question["wait_ms"], 0) / 1000, WAIT_S))
    mine, over = (question["agreement"], question["from"]), asyncio.Event()
    if mine in waiting:
        waiting[mine].set()
        pulse.ring()
    waiting[mine] = over
    echo = True
    try:
        while True:
            news = pulse.next()
            data = await asyncio.to_thread(carry.answer, node, question, echo=echo)
            echo = False  # what the asker says while it waits here would else come straight back to it
            if data is not None or until.left_s <= 0 or over.is_set() or pulse.stopped:
                return data
            await pulse.wait(news, until.left_s)
    finally:
        if waiting.get(mine) is over:
            del waiting[mine]


def say_stops(taken: Taken | None, say: Callable[[str], None]) -> None:
    """Tell the operator of each STOP that came, with a bell: it is shown before anything else."""
    for subject in taken.stops if taken is not None else ():
        say(f"\a*** STOP *** {subject}: see entente stop list, then entente stop acknowledge latest")


def _problem(request: Request[Any, Any, Any], error: EntenteError) -> Response[dict[str, Any]]:
    return Response(problem(error), status_code=status_of(error), media_type="application/problem+json")


def _http(request: Request[Any, Any, Any], error: HTTPException) -> Response[dict[str, Any]]:
    """Say what the framework refused: no such path, wrong method, too large a body."""
    code = "exchange.size" if error.status_code == TOO_LARGE else "exchange.request"
    body = {"title": "Malformed", "status": error.status_code, "code": code, "detail": "this is no request of a peer"}
    return Response(body, status_code=error.status_code, media_type="application/problem+json")
