"""A witness that serves, over real HTTP: the statuses that tlog-witness gives, and nodes that ask by themselves."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from tests.exchange.conftest import AGREEMENT, decide, propose, serving, until
from tests.tlog.test_witness import LOG, ORIGIN, OTHER, asking, head, signed

from entente.ids import SubjectId
from entente.joint import operations
from entente.node import custody
from entente.node.node import Node
from entente.testing.homes import HomeMember, form
from entente.testing.processes import free_port
from entente.tlog.head import open_head
from entente.tlog.merkle import HASH_SIZE
from entente.tlog.witness import REQUEST_LIMIT, SIZE_TYPE, AddCheckpoint, cosigned
from entente.witness import home as homes
from entente.witness.home import Home
from entente.witness.keeper import Keeper
from entente.witness.serve import serve


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A witness that serves on a thread and knows one log."""
    made = homes.create(tmp_path / "witness", "witness.example/w1", host="127.0.0.1", port=free_port())
    keeper = Keeper(made.record)
    keeper.add(ORIGIN, LOG)
    keeper.close()
    stop, said = threading.Event(), list[str]()
    thread = threading.Thread(target=serve, args=(made, stop), kwargs={"say": said.append})
    thread.start()
    until(lambda: bool(said))
    yield made
    stop.set()
    thread.join(10)
    assert not thread.is_alive()


def post(home: Home, body: bytes, path: str = "/add-checkpoint") -> httpx.Response:
    return httpx.post(f"http://127.0.0.1:{home.port}{path}", content=body, timeout=10, trust_env=False)


def test_it_answers_as_the_document_has_it(home: Home) -> None:
    """TLOG-20 to TLOG-23."""
    first = post(home, asking(0, 7).encode())
    assert first.status_code == 200
    note = cosigned(first.content, head(7), home.keys.public())
    assert set(open_head(note.encode(), home.keys.public()).signers) == set(home.keys.public())
    assert abs(min(filter(None, open_head(note.encode(), home.keys.public()).signers.values())) - time.time()) < 60

    stale = post(home, asking(0, 9).encode())
    assert (stale.status_code, stale.headers["content-type"], stale.content) == (409, SIZE_TYPE, b"7\n")
    forked = post(home, asking(7, 7, OTHER).encode())
    assert (forked.status_code, forked.headers["content-type"] == SIZE_TYPE) == (409, False)
    unknown = asking(7, 9).encode().replace(ORIGIN.encode(), b"south/exercise-one/1")
    foreign = asking(7, 9).encode().replace(b"\xe2\x80\x94 " + ORIGIN.encode(), b"\xe2\x80\x94 someone/else")
    statuses = {
        "of a log that is not known": (unknown, 404),
        "that no known key signed": (foreign, 403),
        "whose signature is false": (asking(7, 9).encode().replace(b"\n9\n", b"\n8\n"), 403),
        "whose old size is the larger": (AddCheckpoint(old=9, proof=(), note=signed(head(8))).encode(), 400),
        "with a proof of another history": (asking(7, 9, OTHER).encode(), 422),
        "with a proof that is cut short": (AddCheckpoint(old=7, proof=(), note=signed(head(9))).encode(), 422),
        "that is none": (b"hello", 400),
        "with 64 hashes": (
            AddCheckpoint(old=7, proof=(bytes(HASH_SIZE),) * 64, note=signed(head(9))).encode(), 400,
        ),
    }  # fmt: skip
    for what, (body, status) in statuses.items():
        assert post(home, body).status_code == status, what
    assert post(home, asking(7, 9).encode()).status_code == 200
    assert post(home, b"", "/").status_code == 404
    assert httpx.get(f"http://127.0.0.1:{home.port}/add-checkpoint", trust_env=False).status_code == 405


def test_a_request_without_end_is_refused_and_a_silent_one_hinders_nobody(home: Home) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(100_000):
            yield b"x" * 100_000

    with socket.create_connection(("127.0.0.1", home.port)) as silent:
        silent.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nold")
        try:
            answer = httpx.post(
                f"http://127.0.0.1:{home.port}/add-checkpoint", content=endless(), timeout=20, trust_env=False
            )
        except httpx.TransportError:
            pass  # cut off while it was still sending: as good
        else:
            assert answer.status_code == 400
        assert post(home, asking(0, 7).encode()).status_code == 200
    assert post(home, b"old 0\n\n" + b"x" * (REQUEST_LIMIT + 1)).status_code in (400, 413)


def know(home: Home, member: HomeMember) -> None:
    keeper = Keeper(home.record)
    origin = member.node.book(AGREEMENT).origin
    keeper.add(origin, custody.note_keys(origin, member.card["keys"]))
    keeper.close()


def witnessed(node: Node) -> int:
    row = node.book(AGREEMENT).fold("all").rows().get(f"witness/{node.party}")
    return int(row["size"]) if row else 0


def test_nodes_that_serve_have_their_heads_cosigned_by_themselves(home: Home, tmp_path: Path) -> None:
    """JOINT-133: after the cadence, and not for what they say of the record itself."""
    times = {"independent_notice_s": 86400, "answer_s": 3600, "cadence_s": 1, "statement_s": 900}
    cell = form(tmp_path / "homes", "north", "south", witness=home.keys.public()[1].encode(), times=times)
    url = f"http://127.0.0.1:{home.port}"
    cell = {name: replace(m, home=replace(m.home, witness_url=url)) for name, m in cell.items()}
    know(home, cell["north"])  # and south's feed is not known yet
    with serving(*cell.values()) as said:
        proposed = propose(cell["north"], "one")
        until(lambda: witnessed(cell["north"].node) > proposed.seq)
        until(lambda: any("witness.unknown" in line for line in said["south"]))
        assert witnessed(cell["south"].node) == 0

        know(home, cell["south"])
        answered = decide(cell["south"], proposed)
        until(lambda: witnessed(cell["south"].node) > answered.seq)

        def final(node: Node) -> bool:
            row = node.book(AGREEMENT).fold("all").rows()[proposed.subject]
            return bool(row["final"])

        until(lambda: final(cell["north"].node) and final(cell["south"].node))

        # -- and then there is an end of it

        sizes = [m.node.book(AGREEMENT).size(m.node.book(AGREEMENT).origin) for m in cell.values()]
        time.sleep(2.5)
        more = [m.node.book(AGREEMENT).size(m.node.book(AGREEMENT).origin) for m in cell.values()]
        assert max(after - before for before, after in zip(sizes, more, strict=True)) <= 1
    for member in cell.values():
        member.node.close()


def test_a_witness_that_cannot_be_reached_holds_up_nothing(tmp_path: Path) -> None:
    key = homes.create(tmp_path / "witness", "witness.example/w1", host="127.0.0.1", port=1).keys.public()[0]
    times = {"independent_notice_s": 86400, "answer_s": 3600, "cadence_s": 1, "statement_s": 900}
    cell = form(tmp_path / "homes", "north", "south", witness=key.encode(), times=times)
    # One witness refuses the connection, the other takes it and says nothing.
    with socket.create_server(("127.0.0.1", 0)) as mute:
        urls = {"north": f"http://127.0.0.1:{free_port()}", "south": f"http://127.0.0.1:{mute.getsockname()[1]}"}
        cell = {name: replace(m, home=replace(m.home, witness_url=urls[name])) for name, m in cell.items()}
        with serving(*cell.values()) as said:
            proposed = propose(cell["north"], "one")
            until(lambda: held(cell["south"].node, proposed.subject))
            decide(cell["south"], proposed)
            until(lambda: standing(cell["north"].node, proposed.subject) == "no_objection")
            until(lambda: any("witness.unreachable" in line for line in said["north"]))
    for member in cell.values():
        member.node.close()


def held(node: Node, subject: SubjectId) -> bool:
    return operations.read(subject, node.book(AGREEMENT).fold("all").now()) is not None


def standing(node: Node, subject: SubjectId) -> str:
    return str(node.book(AGREEMENT).fold("all").rows()[subject]["standing"])
