"""What a serving node answers to whoever knocks: peers, strangers, and machines that misbehave."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import httpx
import pytest
from tests.exchange.conftest import AGREEMENT, Cell, digest, propose, serving

from entente import canonical
from entente.errors import EntenteError, Refused, Unavailable
from entente.exchange import beats
from entente.exchange.puller import pinned, pull_now
from entente.exchange.routes import HEALTH, PULL, QUESTION_LIMIT
from entente.exchange.signing import Envelope, sign
from entente.node import carry


class Visitor:
    """South, asking north by hand."""

    def __init__(self, cell: Cell) -> None:
        self.north, self.south = cell["north"], cell["south"]
        self.client = httpx.Client(base_url=self.north.home.url, verify=pinned(self.north.card), timeout=30)

    def ask(self, body: bytes | None = None, **changes: Any) -> httpx.Response:
        """Sign and send `body`, or a question with `changes`; both with the headers of an honest one."""
        question = carry.ask(self.south.node, AGREEMENT, "north")
        headers = self.headers(question, body or canonical.encode({**question, **changes}))
        return self.client.post(PULL, content=body or canonical.encode({**question, **changes}), headers=headers)

    def headers(self, question: dict[str, Any], body: bytes) -> dict[str, str]:
        envelope = Envelope(
            sender="south", receiver="north", agreement=AGREEMENT, nonce=question["nonce"], time=int(time.time())
        )
        return sign(self.south.node.keys, envelope, "POST", PULL, body)

    def socket(self) -> ssl.SSLSocket:
        plain = socket.create_connection(("127.0.0.1", self.north.home.port), timeout=20)
        return pinned(self.north.card).wrap_socket(plain)


@pytest.fixture
def visitor(cell: Cell) -> Iterator[Visitor]:
    with serving(cell["north"]):
        visitor = Visitor(cell)
        yield visitor
        visitor.client.close()


def _code(response: httpx.Response) -> tuple[int, str]:
    assert response.headers["content-type"].startswith("application/problem+json")
    return response.status_code, response.json()["code"]


def test_health_tells_a_version_and_nothing_else(visitor: Visitor) -> None:
    assert set(visitor.client.get(HEALTH).json()) == {"version"}


def test_a_question_is_answered_once(visitor: Visitor) -> None:
    propose(visitor.north, "survey")
    question = carry.ask(visitor.south.node, AGREEMENT, "north")
    body = canonical.encode(question)
    headers = visitor.headers(question, body)
    first = visitor.client.post(PULL, content=body, headers=headers)
    assert (first.status_code, first.headers["content-type"]) == (200, "application/octet-stream")

    assert _code(visitor.client.post(PULL, content=body, headers=headers)) == (401, "exchange.replayed")


def test_a_question_that_asks_for_beats_hears_them_until_its_answer_and_nothing_else_differs(visitor: Visitor) -> None:
    pull_now(visitor.south.node, AGREEMENT, "north")
    question = {**carry.ask(visitor.south.node, AGREEMENT, "north"), "wait_ms": 20_000}
    body = canonical.encode(question)
    headers = visitor.headers(question, body) | {beats.HEADER: "1000"}
    with visitor.client.stream("POST", PULL, content=body, headers=headers) as answer:
        assert (answer.status_code, answer.headers[beats.HEADER]) == (200, "1000")
        chunks = answer.iter_raw()
        assert next(chunks) == beats.BEAT == next(chunks)
        propose(visitor.north, "survey")
        data = b"".join(chunks)
    taken = carry.take(visitor.south.node, data.lstrip(beats.BEAT), nonce=question["nonce"])
    assert taken.acts == 1 and digest(visitor.south.node) == digest(visitor.north.node)


@pytest.mark.parametrize(
    ("wrong", "kind", "code"),
    [
        (Refused("exchange.not_party", "no party"), Refused, "exchange.not_party"),
        (RuntimeError("ours alone"), Unavailable, "exchange.broken"),
    ],
)
def test_what_goes_wrong_below_a_head_reaches_the_asker_as_the_error_it_is(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch, wrong: Exception, kind: type[EntenteError], code: str
) -> None:
    def fail(*args: Any, **kwargs: Any) -> bytes:
        raise wrong

    monkeypatch.setattr(carry, "answer", fail)
    with pytest.raises(kind) as found:
        pull_now(visitor.south.node, AGREEMENT, "north")
    assert found.value.code == code and "ours alone" not in str(found.value)


def test_beats_are_not_signed_and_a_stranger_who_asks_for_them_is_told_what_any_stranger_is(visitor: Visitor) -> None:
    question = carry.ask(visitor.south.node, AGREEMENT, "north")
    body = canonical.encode(question)
    headers = visitor.headers(question, body) | {beats.HEADER: "1000"}
    strange = headers | {"entente-agreement": "exercise-other"}
    assert _code(visitor.client.post(PULL, content=body, headers=strange)) == (401, "exchange.signature")
    assert visitor.client.post(PULL, content=body, headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({"to": "west"}, (401, "exchange.mismatch")),
        ({"from": "north"}, (401, "exchange.mismatch")),
        ({"agreement": "exercise-other"}, (401, "exchange.mismatch")),
        ({"nonce": "0" * 32}, (401, "exchange.mismatch")),
        ({"have": {"x": -1}}, (400, "exchange.question")),
        ({"budget": "much"}, (400, "exchange.question")),
        ({"more": 1}, (400, "exchange.question")),
    ],
)
def test_a_question_that_is_not_what_its_headers_sign_is_refused(
    visitor: Visitor, changes: dict[str, Any], answer: tuple[int, str]
) -> None:
    assert _code(visitor.ask(**changes)) == answer


@pytest.mark.parametrize("body", [b"\x00\xff" * 500, b"[" * 100_000, b'{"v":1}', b'{"v": 1}', b'"\xed\xa0\x80"'])
def test_garbage_from_a_peer_is_malformed_and_the_node_goes_on(visitor: Visitor, body: bytes) -> None:
    assert visitor.ask(body).status_code == 400
    assert visitor.client.get(HEALTH).status_code == 200


def test_garbage_from_a_stranger_is_nobodys(visitor: Visitor) -> None:
    assert _code(visitor.client.post(PULL, content=b"\x00" * 1000)) == (401, "exchange.signature")


def test_ten_gigabytes_are_refused_by_their_announcement(visitor: Visitor) -> None:
    with visitor.socket() as wire:
        wire.sendall(f"POST {PULL} HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000000\r\n\r\n".encode())
        assert b"413" in wire.recv(4096).split(b"\r\n")[0]


def test_ten_gigabytes_in_pieces_are_refused_as_soon_as_they_are_too_many(visitor: Visitor) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while sent < 10_000_000_000:
            sent += 65536
            yield b"x" * 65536

    with suppress(httpx.TransportError):  # the connection may be broken off under our hands, which is as good
        assert _code(visitor.client.post(PULL, content=endless())) == (413, "exchange.size")
    assert sent < 100 * QUESTION_LIMIT
    assert pull_now(visitor.south.node, AGREEMENT, "north") is None


def test_a_silent_and_a_half_spoken_connection_hinder_nobody(visitor: Visitor) -> None:
    silent = [visitor.socket() for _ in range(20)]
    half = visitor.socket()
    half.sendall(f"POST {PULL} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf".encode())
    assert pull_now(visitor.south.node, AGREEMENT, "north") is None
    for wire in [*silent, half]:
        wire.close()


def test_unknown_paths_and_methods_say_nothing(visitor: Visitor) -> None:
    for method, path in (("GET", "/"), ("GET", PULL), ("PUT", PULL), ("GET", "/schema"), ("POST", HEALTH)):
        response = visitor.client.request(method, path)
        assert response.status_code in (404, 405) and response.json()["code"] == "exchange.request"


def test_our_own_mistake_is_told_to_our_operator_and_not_to_the_peer(
    cell: Cell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("a secret")

    monkeypatch.setattr(carry, "answer", broken)
    with serving(cell["north"]) as said:
        visitor = Visitor(cell)
        with visitor.client:
            response = visitor.ask()
        assert _code(response) == (503, "exchange.broken") and "secret" not in response.text
        assert any("a secret" in line for line in said["north"])


def test_asking_changes_nothing_in_the_state_of_who_is_asked(visitor: Visitor) -> None:
    before = digest(visitor.north.node)
    visitor.ask()
    assert digest(visitor.north.node) == before
