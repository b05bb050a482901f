"""The real wire of an exercise: a process for each node, TLS between them, and a relay before each that can be cut."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from entente.exercise.language import Party
from entente.exercise.seats import Address, Seat
from entente.testing.processes import Process, free_port
from entente.testing.wire import Wire as Relay

PATIENCE_S = 30.0
"""[s] How long the director waits for what must come about, on a slow and busy machine."""
LOOK_S = 0.01
"""[s] Between two looks; a look costs little while nothing has changed."""


class Network:
    """Every node a process of its own, reached through a relay; what the director waits for comes over TLS."""

    about = "Three nodes, each a process of its own with its own keys and record, talking over TLS on this machine."

    def __init__(self) -> None:
        self.up = True
        self._relays: list[Relay] = []
        self._processes: list[Process] = []

    def addresses(self, parties: Sequence[Party]) -> Mapping[str, Address]:
        """Return a free port for each node, and the address of the relay before it."""
        ports = {party.id: free_port() for party in parties}
        relays = {name: Relay(to=port) for name, port in ports.items()}
        self._relays = list(relays.values())
        return {name: Address(port=ports[name], url=f"https://127.0.0.1:{relays[name].port}") for name in ports}

    def start(self, seats: Mapping[str, Seat]) -> None:
        """Start every node and return when all serve.

        Raises:
            Unavailable: `process.start`.
        """
        self._processes = [self._process(seat) for seat in seats.values()]
        with ThreadPoolExecutor() as pool:
            list(pool.map(Process.start, self._processes))

    def _process(self, seat: Seat) -> Process:
        return Process(seat.home.path)

    def until(self, holds: Callable[[], bool]) -> bool:
        """Look until `holds()`, for at most `PATIENCE_S`."""
        deadline = time.monotonic() + PATIENCE_S
        while not holds():
            if time.monotonic() > deadline:
                return False
            time.sleep(LOOK_S)
        return True

    def cut(self) -> None:
        """Let nothing through, in silence, as a broken radio does."""
        self.up = False
        for relay in self._relays:
            relay.cut()

    def heal(self) -> None:
        """Let everything through again."""
        self.up = True
        for relay in self._relays:
            relay.heal()

    def close(self) -> None:
        """Stop every node and every relay."""
        with ThreadPoolExecutor() as pool:
            list(pool.map(_stop, self._processes))
        for relay in self._relays:
            relay.close()


def _stop(process: Process) -> None:
    with suppress(subprocess.TimeoutExpired):  # one that would not stop has been killed, and its record bears that
        process.stop()
