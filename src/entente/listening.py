"""What every server here needs, whichever face it serves: a free address, a signal to end, an end."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Protocol


class Stoppable(Protocol):
    """A server that can be told to stop, as Granian's."""

    def stop(self) -> None:
        """Take no more connections."""


def free_address(host: str, port: int) -> str:
    """Return the address to listen at, when nobody else does.

    Granian shares its port between processes where the system allows it: a second one would get half of the requests.

    Raises:
        OSError: somebody listens there, or it is no address of this machine.
    """
    family, *_, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        # Elsewhere than on Windows this lets a port be taken soon after a server stopped, but not while one listens.
        trial.setsockopt(socket.SOL_SOCKET, getattr(socket, "SO_EXCLUSIVEADDRUSE", socket.SO_REUSEADDR), 1)
        trial.bind(where)
        trial.listen(1)
        return str(where[0])


async def end(server: Stoppable, served: asyncio.Task[None], patience_s: float) -> None:
    """Stop a server; who keeps a connection open beyond `patience_s` [s] does not keep us from it."""
    server.stop()
    _, waiting = await asyncio.wait([served], timeout=patience_s)
    if waiting:
        served.cancel()
    with suppress(asyncio.CancelledError):
        await asyncio.gather(served, return_exceptions=True)


@contextmanager
def until_signalled() -> Iterator[threading.Event]:
    """Give an event that SIGINT and SIGTERM set."""
    stop = threading.Event()
    kinds = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)]
    before = {kind: signal.signal(kind, lambda *_: stop.set()) for kind in kinds}
    try:
        yield stop
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)
