"""A bad link on demand: a TCP relay between nodes that cuts, heals, delays, throttles and loses, seeded.

    wire = Wire(to=north_port, seed=1)      # others reach north at wire.port
    wire.rate_bps, wire.latency_s, wire.loss = 9600, 0.6, 0.05
    wire.cut()                              # silence, as of a broken radio: nothing is refused, nothing comes
    wire.heal()                             # what was held comes through

A relay cannot drop bytes of a TCP stream, so a loss shows as TCP shows it: the chunk, and all behind it, comes a
retransmission later; one loss in twenty breaks the connection. The rate is that of the link, shared by all
connections, one budget for each direction.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
from typing import Self

CHUNK = 1400
"""What travels or is lost as one [bytes]: a packet's content."""
RETRANSMISSION_S = 1.0
"""What a lost chunk costs [s]: RFC 6298's first timeout."""
BREAKS = 0.05
"""Share of losses that break the connection."""
_HELD = 32


class Wire:
    """A relay from `port` to `to` on the loopback address, on a thread of its own.

    `rate_bps` [bit/s, None: unlimited], `latency_s` [s, one way] and `loss` [share of chunks] may be changed any time.
    """

    def __init__(self, *, to: int = 0, port: int = 0, seed: int = 0) -> None:
        self.port = port
        self.to = to
        """May be set later, where a node's address must be known before its port is."""
        self.latency_s = 0.0
        self.rate_bps: float | None = None
        self.loss = 0.0
        self.bytes_there = 0
        """Towards `to`, of all connections together; `bytes_back` the other way."""
        self.bytes_back = 0
        self._chance = random.Random(seed)
        self._free_at = {True: 0.0, False: 0.0}  # direction → when the link has sent what was given to it
        self._connections: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="wire", daemon=True)
        self._ready = threading.Event()
        self._thread.start()
        self._ready.wait()

    # -- what a test does ----------------------------------------------------------------------------------------------

    def cut(self) -> None:
        """Let nothing through, in silence."""
        self._call(self._whole.clear)

    def heal(self) -> None:
        """Let everything through again, what was held first."""
        self._call(self._whole.set)

    def sever(self) -> None:
        """Break every connection there is now."""
        self._call(lambda: [task.cancel() for task in self._connections])

    def close(self) -> None:
        """End the relay."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._main.cancel)
            self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    # -- the thread ----------------------------------------------------------------------------------------------------

    def _call(self, step: object) -> None:
        done = threading.Event()

        def call() -> None:
            step()  # type: ignore[operator]
            done.set()

        self._loop.call_soon_threadsafe(call)
        done.wait()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._main = self._loop.create_task(self._listen())
        with contextlib.suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._main)
        self._loop.close()

    async def _listen(self) -> None:
        self._whole = asyncio.Event()
        self._whole.set()
        server = await asyncio.start_server(self._relay, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        try:
            await asyncio.Event().wait()
        finally:
            server.close()
            tasks = list(self._connections)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        me = asyncio.current_task()
        assert me is not None
        self._connections.add(me)
        ends = [writer]
        try:
            await self._whole.wait()
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.to)
            ends.append(far_writer)
            there = asyncio.create_task(self._way(reader, far_writer, there=True))
            back = asyncio.create_task(self._way(far_reader, writer, there=False))
            try:
                await asyncio.gather(there, back)
            finally:
                there.cancel()
                back.cancel()
        except (OSError, asyncio.CancelledError):
            pass  # either end, the dice or the test has broken this connection
        finally:
            self._connections.discard(me)
            for end in ends:
                end.transport.abort()

    async def _way(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, there: bool) -> None:
        """Carry one direction: chunks queue for the link, and arrive in order."""
        held: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(_HELD)
        arriving = asyncio.create_task(self._arrive(held, writer))
        try:
            while chunk := await reader.read(CHUNK):
                if there:
                    self.bytes_there += len(chunk)
                else:
                    self.bytes_back += len(chunk)
                await held.put((self._arrival(len(chunk), there), chunk))
            await held.put((0.0, b""))
            await arriving
        finally:
            arriving.cancel()

    def _arrival(self, size: int, there: bool) -> float:
        """Return when a chunk arrives, on the loop's clock.

        Raises:
            ConnectionResetError: the chunk was lost for good, and its connection with it.
        """
        now = self._loop.time()
        sent = max(now, self._free_at[there]) + (size * 8 / self.rate_bps if self.rate_bps else 0.0)
        self._free_at[there] = sent
        if self._chance.random() < self.loss:
            if self._chance.random() < BREAKS:
                raise ConnectionResetError
            sent += RETRANSMISSION_S
        return sent + self.latency_s

    async def _arrive(self, held: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
        while True:
            at, chunk = await held.get()
            await asyncio.sleep(at - self._loop.time())
            await self._whole.wait()
            if not chunk:
                with contextlib.suppress(OSError):
                    writer.write_eof() if writer.can_write_eof() else writer.close()
                return
            writer.write(chunk)
            await writer.drain()
