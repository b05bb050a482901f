"""The relay does to a link what it says it does."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from entente.testing import wire as wires
from entente.testing.wire import Wire


@pytest.fixture
def echo() -> Iterator[int]:
    """A server that sends back what it gets."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def one(connection: socket.socket) -> None:
            with connection:
                try:
                    while data := connection.recv(65536):
                        connection.sendall(data)
                except OSError:
                    pass

        def accept() -> None:
            try:
                while True:
                    threading.Thread(target=one, args=(server.accept()[0],), daemon=True).start()
            except OSError:
                pass

        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def _exchange(connection: socket.socket, data: bytes) -> bytes:
    connection.sendall(data)
    got = b""
    while len(got) < len(data):
        more = connection.recv(65536)
        assert more, "the connection was broken"
        got += more
    return got


def _connect(wire: Wire) -> socket.socket:
    return socket.create_connection(("127.0.0.1", wire.port), timeout=10)


def test_bytes_come_whole_in_order_and_are_counted(echo: int) -> None:
    data = bytes(range(256)) * 400
    with Wire(to=echo) as wire, _connect(wire) as connection:
        assert _exchange(connection, data) == data
        assert wire.bytes_there == wire.bytes_back == len(data)


def test_what_is_lost_comes_later_and_the_same(echo: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wires, "BREAKS", 0.0)
    monkeypatch.setattr(wires, "RETRANSMISSION_S", 0.1)
    data = bytes(range(256)) * 40
    with Wire(to=echo, seed=3) as wire, _connect(wire) as connection:
        wire.loss = 0.5
        began = time.monotonic()
        assert _exchange(connection, data) == data
        assert time.monotonic() - began >= 0.1


def test_some_losses_break_the_connection(echo: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wires, "BREAKS", 1.0)
    with Wire(to=echo) as wire, _connect(wire) as connection:
        wire.loss = 1.0
        with pytest.raises((ConnectionError, AssertionError)):
            _exchange(connection, b"lost")


def test_a_throttled_link_takes_its_time(echo: int) -> None:
    with Wire(to=echo) as wire, _connect(wire) as connection:
        wire.rate_bps, wire.latency_s = 80_000, 0.1
        began = time.monotonic()
        _exchange(connection, b"x" * 4000)
        assert time.monotonic() - began >= 0.4 + 0.2


def test_a_cut_link_is_silent_and_healed_it_gives_what_it_held(echo: int) -> None:
    with Wire(to=echo) as wire, _connect(wire) as connection:
        assert _exchange(connection, b"before") == b"before"
        wire.cut()
        connection.sendall(b"held")
        connection.settimeout(0.3)
        with pytest.raises(TimeoutError):
            connection.recv(10)

        wire.heal()
        connection.settimeout(10)
        assert connection.recv(10) == b"held"


def test_a_severed_connection_is_broken_and_the_next_one_works(echo: int) -> None:
    with Wire(to=echo) as wire:
        with _connect(wire) as connection:
            assert _exchange(connection, b"before") == b"before"
            wire.sever()
            with pytest.raises((ConnectionError, AssertionError)):
                assert connection.recv(10) != b""
        with _connect(wire) as connection:
            assert _exchange(connection, b"after") == b"after"
