"""Serving a witness: one route, `POST /add-checkpoint`, as c2sp.org/tlog-witness has it.

Requests are believed for the log's signature in them and for nothing else, so there is no login. HTTP, or HTTPS where
the home holds a certificate; a slow or silent connection is cut off and hinders nobody.
"""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from entente.errors import EntenteError, Forked, Malformed, Refused, Unavailable, Untrusted
from entente.listening import end, until_signalled
from entente.tlog.witness import REQUEST_LIMIT, SIZE_TYPE
from entente.witness.home import Home
from entente.witness.keeper import Keeper

PATH = "/add-checkpoint"
BODY_S = 30.0
"""How long a request may take to arrive [s]: a head with three hybrid signatures at 9.6 kbit/s takes ten."""
STOP_S = 2.0
Say = Callable[[str], None]


def status_of(error: EntenteError) -> int:
    """Return the status that the document gives to an error.

    >>> status_of(Refused("witness.unknown", "")), status_of(Refused("witness.size", "")), status_of(Malformed("x", ""))
    (404, 409, 400)
    """
    if isinstance(error, Refused):
        return 409 if error.code == "witness.size" else 404
    if isinstance(error, Untrusted):
        return 422 if error.code == "tlog.consistency" else 403
    table: dict[type[EntenteError], int] = {Malformed: 400, Forked: 409, Unavailable: 503}
    return table[type(error)]


def application(home: Home, keeper: Keeper, say: Say, now: Callable[[], float] = time.time) -> Any:
    """Return the ASGI application; `say` hears of proven forks and of our own mistakes."""

    async def answer(scope: dict[str, Any], receive: Any) -> tuple[int, str, bytes]:
        if scope["path"] != PATH:
            return 404, "text/plain", b"there is nothing here\n"
        if scope["method"] != "POST":
            return 405, "text/plain", b"POST a checkpoint\n"
        try:
            body = await _body(receive)
            return 200, "text/plain; charset=utf-8", await asyncio.to_thread(keeper.cosign, body, home.keys, int(now()))
        except EntenteError as error:
            if isinstance(error, Forked):
                say(f"FORKED: {error}; the evidence is kept")
            if error.code == "witness.size":
                return 409, SIZE_TYPE, f"{error.data['size']}\n".encode()
            return status_of(error), "text/plain; charset=utf-8", f"{error.sentence} [{error.code}]\n".encode()
        except Exception as error:  # our own mistake, perhaps provoked: said here, and not to whoever asked
            say(f"error: {error!r}")
            return 500, "text/plain", b"the witness could not answer\n"

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        status, kind, body = await answer(scope, receive)
        headers = [(b"content-type", kind.encode()), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return application


async def _body(receive: Any) -> bytes:
    data = bytearray()
    try:
        async with asyncio.timeout(BODY_S):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    raise Malformed("witness.request", "the request broke off")
                data += message.get("body", b"")
                if len(data) > REQUEST_LIMIT:
                    raise Malformed("witness.request", f"a request has at most {REQUEST_LIMIT} bytes")
                if not message.get("more_body"):
                    return bytes(data)
    except TimeoutError:
        raise Malformed("witness.request", f"the request did not arrive within {BODY_S:.0f} seconds") from None


def serve(home: Home, stop: threading.Event | None = None, *, say: Say = lambda line: None) -> None:
    """Serve until `stop` is set; without one, until SIGINT or SIGTERM.

    Raises:
        Unavailable: `serve.port`, `serve.stopped`, `witness.record`.
    """
    keeper = Keeper(home.record)
    try:
        if stop is not None:
            asyncio.run(_run(home, keeper, stop, say))
            return
        with until_signalled() as signalled:
            asyncio.run(_run(home, keeper, signalled, say))
    finally:
        keeper.close()


async def _run(home: Home, keeper: Keeper, stop: threading.Event, say: Say) -> None:
    secure, address = home.certificate(), _address(home)
    if await _listens(address, home.port):
        raise Unavailable("serve.port", f"something listens at {home.host}:{home.port} already")
    server = Server(
        application(home, keeper, say), address=address, port=home.port, interface=Interfaces.ASGINL,
        http=HTTPModes.http1, websockets=False, runtime_threads=1, runtime_blocking_threads=1, log_enabled=False,
        http1_settings=HTTP1Settings(header_read_timeout=15_000, max_buffer_size=64 * 1024),
        ssl_cert=secure[0] if secure else None, ssl_key=secure[1] if secure else None,
    )  # fmt: skip
    served = asyncio.create_task(server.serve())
    while not served.done() and not await _listens(address, home.port):
        await asyncio.sleep(0.01)
    if not served.done():
        say(f"{home.keys.name} listens at {'https' if secure else 'http'}://{home.host}:{home.port}")
    stopping = asyncio.create_task(asyncio.to_thread(stop.wait))
    await asyncio.wait([served, stopping], return_when=asyncio.FIRST_COMPLETED)
    stopped = stop.is_set()
    stop.set()
    await end(server, served, STOP_S)
    await asyncio.gather(stopping, return_exceptions=True)
    if not stopped:
        raise Unavailable("serve.stopped", "the server ended by itself; start the witness again")
    say(f"{home.keys.name} has stopped")


def _address(home: Home) -> str:
    """Return the address of the name to listen at; Granian takes addresses only."""
    try:
        found = socket.getaddrinfo(home.host, home.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise Unavailable("serve.port", f"cannot listen at {home.host}:{home.port}: {error.strerror}") from None
    return str(found[0][4][0])


async def _listens(address: str, port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection({"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address), port)
    except OSError:
        return False
    writer.close()
    return True
