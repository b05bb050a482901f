"""The door of a hosted exercise: whose requests are looked at, and how many at once.

- **Host** is an address or a name of this machine at our port, or the request is refused: a page elsewhere whose name
  was turned to this address is told nothing.
- **What changes something** is a form of our own page: `Origin` is ours.
- **Connections** are bounded, for each address and in all, and none lasts for ever; where all are taken, whoever comes
  from an address that has fewer than another gets in.

The rules of Host and Origin are those of `web/door.py`, which speaks ASGI and JSON; this one speaks Python's own HTTP
server and forms.
"""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from entente.errors import Untrusted

MOST_ASKING, MOST_OF_ONE = 256, 24
"""Connections at once, in all and from one address: a browser opens six. Where all are taken, whoever comes from an
address that has fewer than another gets in, and that one's oldest ends: no dozen of addresses keeps a class out."""
WHOLE_S = 60.0
"""How long a connection may last [s], however busily it says little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where it is served, and what else this machine is called there."""

    host: str
    port: int
    names: frozenset[str] = frozenset()

    @property
    def url(self) -> str:
        """What browsers are told to open."""
        return f"http://{self.host}:{self.port}"

    def admits(self, host: str) -> bool:
        """Whether a request's Host is ours."""
        try:
            split = urlsplit(f"//{host}")
            name, port = (split.hostname or "").lower(), split.port
        except ValueError:
            return False
        return split.netloc == host and (port or 80) == self.port and name in {self.host.lower(), *self.names}


def require(place: Place, headers: Message, *, changes: bool) -> None:
    """Raise Untrusted unless a request is one of our own pages'.

    Raises:
        Untrusted: `door.host`, `door.origin`.
    """
    host = headers.get("host", "")
    if not place.admits(host):
        raise Untrusted("door.host", f"this is not an address of this host; open {place.url}")
    if not changes:
        return
    elsewhere = headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")
    if elsewhere or headers.get("origin", "") != f"http://{host}":
        raise Untrusted("door.origin", "what changes something must come from this host's own page")


class Bounded(ThreadingHTTPServer):
    """A thread for each asker, but so many at most, and none for ever: whoever connects and stays hinders nobody."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._open: dict[Any, tuple[str, float]] = {}
        """Each connection's address, and since when it is open; guarded by `_counting`."""
        self._counting = threading.Lock()
        super().__init__(address, handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer on a thread of its own, where there is room."""
        address = str(client_address[0])
        with self._counting:
            held = Counter(one for one, _ in self._open.values())
            room, leaves = held[address] < MOST_OF_ONE, None
            if room and len(self._open) >= MOST_ASKING:
                most, count = held.most_common(1)[0]
                room = count > held[address]
                leaves = next(one for one, (theirs, _) in self._open.items() if theirs == most) if room else None
                self._open.pop(leaves, None)
            if room:
                self._open[request] = (address, time.monotonic())
        if leaves is not None:
            _end(leaves)
        if room:
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def shutdown_request(self, request: Any) -> None:
        """End a connection."""
        with self._counting:
            self._open.pop(request, None)
        super().shutdown_request(request)

    def service_actions(self) -> None:
        """End what has lasted too long."""
        now = time.monotonic()
        with self._counting:
            late = [request for request, (_, since) in self._open.items() if now - since > WHOLE_S]
        for request in late:
            _end(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of an asker who went away: the terminal is the director's."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


def _end(request: socket.socket) -> None:
    """End a connection from outside of its thread, which meets the end of what it reads."""
    with suppress(OSError):
        request.shutdown(socket.SHUT_RDWR)
