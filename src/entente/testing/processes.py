"""Nodes as real processes, for tests, exercises and benchmarks: started, awaited, stopped, killed.

with Process(home) as node:      # serves when the block begins
    node.kill()                  # as a crash would
    node.start()
"""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Self

import httpx

from entente.errors import Unavailable
from entente.exchange.puller import pinned
from entente.exchange.routes import HEALTH
from entente.node import custody
from entente.node import home as homes

START_S = 90.0
"""How long a node may take to serve, on a busy machine [s]."""
_FIRST = 15_000 + os.getpid() % 17 * 1000
_TURN = count(secrets.randbelow(1000))


def free_port() -> int:
    """Return a port of the loopback address at which nobody listens now.

    It lies below those that systems give to connections that go out, so that none of these takes it before it is used.
    A process gives those of its own thousand in turn: what it gave a moment ago is not given again before it is used,
    and two that run tests side by side seldom meet.
    """
    while True:
        port = _FIRST + next(_TURN) % 1000
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


class Process:
    """A serving node in a process of its own."""

    def __init__(self, home: Path, centre: int = 0, centre_host: str = "127.0.0.1") -> None:
        """Name the home; with a port for it, the browser's centre is served beside the node."""
        self.home = home
        serve = ["entente.cli.main", "node", "serve", "--home", str(home)]
        self._serve = (
            [*serve, "--centre", str(centre), "--centre-host", centre_host]
            if centre
            else ["entente.exchange.serve", str(home)]
        )
        self._settings = homes.read(home)
        self._card = custody.open_card(self._settings.card())
        self._child: subprocess.Popen[bytes] | None = None
        handle, name = tempfile.mkstemp(prefix="entente-node-", suffix=".log")
        os.close(handle)
        self._log = Path(name)

    @property
    def pid(self) -> int:
        """The process's number."""
        assert self._child is not None, "the node was not started"
        return self._child.pid

    def start(self, wait_s: float = START_S) -> Self:
        """Start the node and return once it serves.

        Raises:
            Unavailable: `process.start`, with what the node said, when it ended or does not serve within `wait_s` [s].
        """
        command = [sys.executable, "-m", *self._serve]
        # On Windows a child can be told to stop gently only in a process group of its own.
        group = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
        with self._log.open("ab") as log:
            self._child = subprocess.Popen(command, stdout=log, stderr=log, creationflags=group)
        until = time.monotonic() + wait_s
        while not self.healthy():
            if self._child.poll() is not None or time.monotonic() > until:
                self.kill()
                raise Unavailable("process.start", f"the node did not start: {self.said()}", where=str(self.home))
            time.sleep(0.02)
        return self

    def healthy(self) -> bool:
        """Whether the node answers, with the certificate of its card."""
        address = f"https://{self._settings.host}:{self._settings.port}{HEALTH}"
        try:
            with httpx.Client(verify=pinned(self._card), timeout=2, trust_env=False) as client:
                return client.get(address).status_code == 200
        except httpx.HTTPError:
            return False

    def said(self) -> str:
        """Return every line the node has printed so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def kill(self) -> None:
        """End the process at once, whatever it was doing."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()

    def stop(self, wait_s: float = 10.0) -> int:
        """Ask the process to stop, and return its exit status; one that does not within `wait_s` [s] is killed."""
        assert self._child is not None, "the node was not started"
        self._child.send_signal(getattr(signal, "CTRL_BREAK_EVENT", signal.SIGTERM))
        try:
            return self._child.wait(wait_s)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def memory_mb(self) -> float:
        """Return the memory that the process holds now [MB, resident]; Linux only, where it is measured."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exception: object) -> None:
        self.kill()
        self._log.unlink(missing_ok=True)
