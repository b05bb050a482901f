"""A peer that sends without end, never answers, or answers a byte at a time: against real serving processes.

North serves in a process of its own. At south's address somebody who holds south's TLS key does what each test says;
east is honest. Owed: north cuts off at its cap with its memory bounded, and east and north settle meanwhile.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.exchange.conftest import AGREEMENT, digest, propose, until

from entente.exchange import beats, puller
from entente.node.node import Node
from entente.testing.homes import HomeMember, form
from entente.testing.processes import Process

Manner = Callable[["Rogue", ssl.SSLSocket], None]
SLACK_MB = 96
"""What a process may grow by while it reads one answer of at most 32 MiB: the answer, its copy, and its own work."""


@dataclass
class Rogue:
    """Who listens at south's address, and what it has seen."""

    asked: int = 0
    sent: int = 0
    cut_off: int = 0
    stop: threading.Event = field(default_factory=threading.Event)


@contextmanager
def rogue(at: HomeMember, manner: Manner) -> Iterator[Rogue]:
    """Take every connection with south's certificate, hear the question, and go on as `manner` does."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(at.home.keys / "tls-certificate.pem", at.home.keys / "tls-key.pem")
    found = Rogue()
    server = socket.create_server(("127.0.0.1", at.home.port))
    server.settimeout(0.2)

    def one(raw: socket.socket) -> None:
        with suppress(OSError, ssl.SSLError), context.wrap_socket(raw, server_side=True) as link:
            link.settimeout(30)
            while not found.stop.is_set() and link.recv(65536):
                found.asked += 1
                manner(found, link)

    def listen() -> None:
        while not found.stop.is_set():
            with suppress(TimeoutError):
                raw, _ = server.accept()
                threading.Thread(target=one, args=(raw,), daemon=True).start()

    thread = threading.Thread(target=listen)
    thread.start()
    try:
        yield found
    finally:
        found.stop.set()
        thread.join()
        server.close()


def endless(found: Rogue, link: ssl.SSLSocket) -> None:
    """Chunks of 64 kB, as many as anybody takes: 10 GB are announced by nothing, and would come."""
    chunk = b"10000\r\n" + b"\0" * 0x10000 + b"\r\n"
    link.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    try:
        while not found.stop.is_set() and found.sent < 10 * 2**30:
            link.sendall(chunk)
            found.sent += 0x10000
    except (OSError, ssl.SSLError):
        found.cut_off += 1
        raise


def announced(found: Rogue, link: ssl.SSLSocket) -> None:
    """The same with its length announced."""
    link.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (10 * 2**30))
    try:
        while not found.stop.is_set():
            link.sendall(b"\0" * 0x10000)
            found.sent += 0x10000
    except (OSError, ssl.SSLError):
        found.cut_off += 1
        raise


def silent(found: Rogue, link: ssl.SSLSocket) -> None:
    """Nothing at all."""
    found.stop.wait()


def dribbling(found: Rogue, link: ssl.SSLSocket) -> None:
    """A header, then one byte of the body every half second: never silent for long, and never done."""
    link.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while not found.stop.wait(0.5):
        link.sendall(b"E")
        found.sent += 1


def beating(found: Rogue, link: ssl.SSLSocket) -> None:
    """A sign of life every twentieth of a second, and never an answer."""
    link.sendall(b"HTTP/1.1 200 OK\r\nEntente-Beat: 1000\r\nContent-Length: 100000\r\n\r\n")
    while not found.stop.wait(0.05):
        link.sendall(beats.BEAT)
        found.sent += 1


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, HomeMember]:
    members = form(tmp_path_factory.mktemp("rogues"), "north", "south", "east")
    for member in members.values():
        member.node.close()
    return members


@contextmanager
def opened(homes: dict[str, HomeMember], party: str) -> Iterator[HomeMember]:
    from dataclasses import replace

    from entente.node.opening import open_node

    member = replace(homes[party], node=open_node(homes[party].home), said=[])
    try:
        yield member
    finally:
        member.node.close()


def link_of(node: Node, peer: str) -> str:
    return (node.store.meta(f"link/{AGREEMENT}/{peer}") or b"").decode()


def others_settle(homes: dict[str, HomeMember], name: str) -> None:
    """Let east say something, and north's process have it, while south does as it does."""
    with opened(homes, "east") as east, opened(homes, "north") as north:
        said = propose(east, name, lat=10.0 + len(name))
        until(lambda: north.node.book(AGREEMENT).size(said.origin) > said.seq, 30)
        until(lambda: digest(north.node) == digest(east.node), 30)


@pytest.mark.slow
@pytest.mark.parametrize("manner", [endless, announced], ids=["in chunks", "announced"])
def test_peer_that_sends_10_gb(homes: dict[str, HomeMember], manner: Manner) -> None:
    """FEED-41: cut off at the cap, memory bounded, and the others are served meanwhile."""
    with Process(homes["east"].home.path), Process(homes["north"].home.path) as north:
        resting = north.memory_mb()
        with rogue(homes["south"], manner) as found:
            peak = [resting]
            watching = threading.Thread(target=lambda: _watch(north, peak, found))
            watching.start()
            until(lambda: found.cut_off >= 2, 60)
            others_settle(homes, f"while-{manner.__name__}")
            with opened(homes, "north") as home:
                until(lambda: "exchange.answer" in link_of(home.node, "south"), 30)
            found.stop.set()
            watching.join()
        # Each time no more was taken than the cap, and what lay in the line's buffers.
        assert found.sent / found.asked < puller.ANSWER_LIMIT + 16 * 2**20
        assert max(peak) - resting < SLACK_MB, (resting, max(peak))


def _watch(process: Process, peak: list[float], found: Rogue) -> None:
    while not found.stop.wait(0.02):
        peak.append(process.memory_mb())


@pytest.mark.slow
@pytest.mark.parametrize("manner", [silent, dribbling])
def test_peer_that_never_answers_and_slow_loris_peer(homes: dict[str, HomeMember], manner: Manner) -> None:
    """The others are not held up, and a silent link is known to be down once its time has run."""
    with Process(homes["east"].home.path), Process(homes["north"].home.path) as north:
        with rogue(homes["south"], manner) as found:
            until(lambda: found.asked >= 1, 30)
            began = time.monotonic()
            others_settle(homes, f"while-{manner.__name__}")
            assert time.monotonic() - began < puller.SILENCE_S + puller.CONNECT_S, "east waited for south"
            assert north.healthy()
        assert north.stop() == 0, "a peer that keeps its connection open keeps nobody from stopping"


def test_slow_loris_peer_is_left_after_the_whole_time_though_it_is_never_silent(
    homes: dict[str, HomeMember], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Bytes that trickle reset no clock: a whole answer has its own time, here one second instead of ten minutes."""
    monkeypatch.setattr(puller, "WHOLE_S", 1.0)
    with rogue(homes["south"], dribbling) as found, opened(homes, "north") as north:
        before = digest(north.node)
        with pytest.raises(puller.Unavailable) as error:
            puller.pull_now(north.node, AGREEMENT, "south")
        assert error.value.code == "exchange.timeout" and digest(north.node) == before
        assert found.sent >= 1


def test_peer_that_beats_and_never_answers_is_left_when_its_answer_was_due(
    homes: dict[str, HomeMember], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beats buy no time: without the bound on the answer's beginning this would last `WHOLE_S`."""
    monkeypatch.setattr(puller, "SILENCE_S", 1.0)
    with rogue(homes["south"], beating) as found, opened(homes, "north") as north:
        with pytest.raises(puller.Unavailable) as error:
            puller.pull_now(north.node, AGREEMENT, "south")
        assert error.value.code == "exchange.timeout" and found.sent >= 2


@pytest.mark.slow
def test_slow_loris_peer_that_asks(homes: dict[str, HomeMember]) -> None:
    """Forty connections that never finish their request: the node goes on answering, and lets them go."""
    with Process(homes["east"].home.path), Process(homes["north"].home.path) as north:
        context = ssl._create_unverified_context()
        held = []
        for number in range(40):
            raw = socket.create_connection(("127.0.0.1", homes["north"].home.port), timeout=10)
            link = context.wrap_socket(raw)
            whole = b"POST /exchange/v1/pull HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\n{"
            link.sendall(whole if number % 2 else whole[:20])
            held.append(link)
        others_settle(homes, "while-asked-slowly")
        assert north.healthy()
        for link in held:
            link.close()
