"""Serving a centre beside a node, on the node's event loop: plain HTTP for this machine, or with a certificate.

The address is ``http://NAME.localhost:PORT``: browsers take such a name for this machine, treat it as secure, and keep
one node's cookies from another's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from entente.errors import Refused, Unavailable
from entente.listening import end, free_address
from entente.node.home import Home
from entente.node.node import Node
from entente.web import tiles
from entente.web.desk.office import Desk
from entente.web.door import Address, Door
from entente.web.routes import Centre, application
from entente.web.saying import Drafts
from entente.web.sessions import Sessions
from entente.web.stream import News, Stream

HERE = "127.0.0.1"
AT = "centre/at"
"""The small value that says where the centre of this home was last served: for `entente staff link`."""
STOP_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen:
    """Where a centre listens: with a certificate and its key over HTTPS, else in the clear. `map` is a PMTiles file."""

    port: int
    host: str = HERE
    name: str = ""
    certificate: Path | None = None
    key: Path | None = None
    map: Path | None = None

    def address(self, home: Home) -> Address:
        """Return the address that browsers are told.

        Raises:
            Refused: `centre.plain`, when others could connect in the clear and this is no exercise; `centre.key`,
                when there is a certificate without its key, or reverse.
        """
        if (self.certificate is None) != (self.key is None):
            raise Refused("centre.key", "a certificate and its private key are given together")
        secure = self.certificate is not None
        loop = Address(name=f"{home.party}.localhost", host=self.host, port=self.port, secure=secure)
        if loop.local:
            return Address(name=self.name or loop.name, host=self.host, port=self.port, secure=secure)
        if not secure and not home.exercise:
            raise Refused(
                "centre.plain",
                "in the clear, whoever is on that network reads all that an officer sees, and can take his seat; "
                "give --centre-certificate and --centre-key, or serve this machine alone",
            )
        name = self.name or (self.host if self.host not in ("0.0.0.0", "::") else f"{home.party}.localhost")
        return Address(
            name=name, host=self.host, port=self.port, secure=secure, names=frozenset({f"{home.party}.localhost"})
        )


async def serve(home: Home, node: Node, listen: Listen, news: News, say: Callable[[str], None]) -> None:
    """Serve until cancelled. `say` gets a line for what an operator sees.

    Raises:
        Refused: as `Listen.address` and `tiles.opened`.
        Unavailable: `serve.port`, when another process listens there; `serve.stopped`, when the server ended by itself.
    """
    address = listen.address(home)
    own_map = tiles.opened(listen.map) if listen.map else None
    require_free(listen.host, listen.port)
    sessions = Sessions(node)
    stream = Stream(node, sessions.renew, say)
    centre = Centre(
        node=node,
        title=home.title,
        sessions=sessions,
        drafts=Drafts(),
        desk=Desk(home),
        stream=stream,
        secure=address.secure,
        map=own_map,
        say=say,
    )
    server = Server(
        Door(application(centre), address), address=listen.host, port=listen.port, interface=Interfaces.ASGINL,
        http=HTTPModes.http1, websockets=False, runtime_threads=1, runtime_blocking_threads=2, log_enabled=False,
        backlog=1024, http1_settings=HTTP1Settings(header_read_timeout=15_000, max_buffer_size=64 * 1024),
        ssl_cert=listen.certificate, ssl_key=listen.key,
    )  # fmt: skip
    served, told = asyncio.create_task(server.serve()), asyncio.create_task(stream.run(news))
    try:
        await _listening(served, listen)
        await asyncio.to_thread(_note, node, address)
        say(f"the centre listens at {address.url}")
        if not (address.local or address.secure):
            say("warning: in the clear. Whoever is on that network reads what officers see, and can take their seats.")
        await asyncio.wait([served, told], return_when=asyncio.FIRST_COMPLETED)
        if served.done():
            raise Unavailable("serve.stopped", "the centre's server ended by itself; start the node again")
        await told
    finally:
        ending = asyncio.create_task(_end(server, served, told))
        while not ending.done():  # whoever cancels us meanwhile waits too, or the port would stay taken
            with suppress(asyncio.CancelledError):
                await asyncio.shield(ending)


def _note(node: Node, address: Address) -> None:
    with node.lock, node.store.transaction() as txn:
        txn.set_meta(AT, address.url.encode())


def last_address(node: Node) -> str:
    """Return where the centre of this home was last served; empty when it never was."""
    return (node.store.meta(AT) or b"").decode()


async def _listening(served: asyncio.Task[None], listen: Listen) -> None:
    """Return once somebody can connect: Granian does not say when it listens."""
    reach = {"0.0.0.0": HERE, "::": "::1"}.get(listen.host, listen.host)
    while not served.done():
        with suppress(OSError):
            _, writer = await asyncio.open_connection(reach, listen.port)
            writer.close()
            return
        await asyncio.sleep(0.01)


async def _end(server: Server, served: asyncio.Task[None], told: asyncio.Task[None]) -> None:
    told.cancel()
    await asyncio.gather(told, return_exceptions=True)  # first: it ends every page's stream
    await end(server, served, STOP_S)


def require_free(host: str, port: int) -> None:
    """Raise Unavailable when somebody listens there.

    Raises:
        Unavailable: `serve.port`.
    """
    try:
        free_address(host, port)
    except OSError as error:
        raise Unavailable(
            "serve.port", f"the centre cannot listen at {host}:{port}: {error.strerror}; is another program there?"
        ) from None
