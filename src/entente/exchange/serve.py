"""The serving node: one process that answers peers, asks them, and does what its party owes by itself.

    python -m entente.exchange.serve HOME

One event loop runs Granian (TLS, HTTP/1.1), one puller for each agreement and peer, whoever asks the witness, and the
pulse that notices what any process wrote to the record. Everything that touches the node runs in threads, one at a time
under its lock. There is no second process, so whatever kills this one kills all of it, and the record is as the last
commit left it.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from entente.errors import EntenteError, Unavailable
from entente.exchange.puller import Link, Puller
from entente.exchange.pulse import Pulse
from entente.exchange.routes import application
from entente.exchange.signing import Door
from entente.exchange.witnessing import Witnessing
from entente.ids import AgreementId, PartyId
from entente.listening import end, free_address, until_signalled
from entente.node import cosigning, duties
from entente.node import home as homes
from entente.node.home import Home
from entente.node.node import Node
from entente.node.opening import open_node

Say = Callable[[str], None]
Beside = Callable[[Node, Pulse, Say], Coroutine[None, None, None]]
"""A face that is served on the same loop until it is cancelled, as the browser's centre is."""
STOP_S = 2.0
"""How long connections may take to end when the node stops [s]."""


def serve(
    home: Home, node: Node, stop: threading.Event | None = None, *, say: Say = lambda line: None,
    beside: Sequence[Beside] = (),
) -> None:  # fmt: skip
    """Serve until `stop` is set; without one, until SIGINT or SIGTERM. `say` gets a line for what an operator sees.

    `beside` are served with it; when one of them ends, all of it does, and what it raised is raised.

    Raises:
        Unavailable: `serve.port`, when another process listens there; `serve.stopped`, when the server ended by itself.
    """
    address = _address(home)
    if stop is not None:
        asyncio.run(_Serving(home, node, address, stop, say, beside).run())
        return
    with until_signalled() as signalled:
        asyncio.run(_Serving(home, node, address, signalled, say, beside).run())


def run(path: Path, say: Say, beside: Sequence[Beside] = ()) -> None:
    """Open a home and serve it until SIGINT or SIGTERM, and what is given to be served beside it.

    Raises:
        as `serve`, and what opening a home raises.
    """
    home = homes.read(path)
    node = open_node(home)
    try:
        serve(home, node, say=say, beside=beside)
    finally:
        node.close()


class _Serving:
    """The parts of a serving node, on one event loop."""

    def __init__(
        self, home: Home, node: Node, address: str, stop: threading.Event, say: Say, beside: Sequence[Beside]
    ) -> None:
        self._home, self._node, self._stop, self._say = home, node, stop, say
        self._beside = beside
        self._address = address
        self._pulse = Pulse(node.store)
        self._pullers: dict[tuple[AgreementId, PartyId], asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Serve until told to stop; then end everything, in an order in which nothing waits for anything."""
        server = self._server()
        served = asyncio.create_task(server.serve())
        work = [asyncio.create_task(self._work())]
        if url := self._home.witness_url:
            work.append(asyncio.create_task(Witnessing(self._node, url, self._pulse, self._say).run()))
        watching = asyncio.create_task(asyncio.to_thread(self._pulse.watch, self._stop, asyncio.get_running_loop()))
        try:
            await self._listening(served)
            self._say(f"{self._home.party} listens at {self._address}:{self._home.port}")
            faces = [asyncio.create_task(face(self._node, self._pulse, self._say)) for face in self._beside]
            work += faces
            await asyncio.wait([served, watching, *faces], return_when=asyncio.FIRST_COMPLETED)
            for face in faces:
                if face.done() and not self._stop.is_set():
                    await face
            if served.done():
                raise Unavailable("serve.stopped", "the server ended by itself; start the node again")
        finally:
            self._stop.set()
            await watching  # first: it ends the wait of every question, so that connections can end
            tasks = [*work, *self._pullers.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await end(server, served, STOP_S)
            self._say(f"{self._home.party} has stopped")

    def _server(self) -> Server:
        keys = self._home.node_folder()
        return Server(
            application(self._node, self._pulse, Door(self._node), self._say), address=self._address,
            port=self._home.port, interface=Interfaces.ASGINL, http=HTTPModes.http1, websockets=False,
            runtime_threads=1, runtime_blocking_threads=2, log_enabled=False,
            http1_settings=HTTP1Settings(header_read_timeout=15_000, max_buffer_size=64 * 1024),
            ssl_cert=keys / "tls-certificate.pem", ssl_key=keys / "tls-key.pem",
        )  # fmt: skip

    async def _listening(self, served: asyncio.Task[None]) -> None:
        """Return once somebody can connect: Granian does not say when it listens, and what we say must be so."""
        reach = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self._address, self._address)
        while not (served.done() or self._stop.is_set()):
            with suppress(OSError):
                _, writer = await asyncio.open_connection(reach, self._home.port)
                writer.close()
                return
            await asyncio.sleep(0.01)

    async def _work(self) -> None:
        """After every change, or when something is due: fold, do what is owed, ask every peer of every agreement."""
        while True:
            news = self._pulse.next()
            try:
                await asyncio.to_thread(self._node.catch_up)
                self._ask_everyone()  # first: a duty that fails keeps nobody from being asked
                await asyncio.to_thread(duties.tend, self._node, batched=True)
                rest_s = await asyncio.to_thread(cosigning.rest_s, self._node)
            except Exception as error:  # whatever it was, a node that goes on answering and asking serves better
                self._say(f"error: {error!r}")
                await asyncio.sleep(1)
                continue
            # Not `wait_for`: on Python 3.11 it loses a cancellation that comes together with the news (bpo-37658).
            with suppress(TimeoutError):
                async with asyncio.timeout(rest_s):
                    await news.wait()

    def _ask_everyone(self) -> None:
        for link in list(_peers(self._node)):
            if link not in self._pullers:
                puller = Puller(Link(self._node, *link), self._say)
                self._pullers[link] = asyncio.create_task(puller.run())


def _peers(node: Node) -> Iterator[tuple[AgreementId, PartyId]]:
    """Yield whom there is to ask. A party without an address runs no node, or is reached by hand."""
    for book in list(node.books.values()):
        for party, card in book.cards.items():
            if party != node.party and card["url"].startswith("https://"):
                yield book.id, party


def _address(home: Home) -> str:
    """Return the address to listen at, when nobody else does."""
    try:
        return free_address(home.host, home.port)
    except OSError as error:
        raise Unavailable(
            "serve.port",
            f"cannot listen at {home.host}:{home.port}: {error.strerror}; is the node running already, or another "
            "program?",
        ) from None


def main() -> int:
    """Serve the home given as the only argument; lines go to standard output."""
    try:
        run(Path(sys.argv[1]), lambda line: print(line, flush=True))
    except EntenteError as error:
        print(f"error: {error} [{error.code}]", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
