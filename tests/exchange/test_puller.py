"""Asking: whatever answers, a bundle is taken whole or not at all."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from tests.exchange.conftest import AGREEMENT, Cell, digest, propose, serving

from entente import canonical
from entente.errors import EntenteError, Malformed, Refused, Unavailable, Untrusted
from entente.exchange import beats, puller
from entente.exchange.puller import BUDGETS, Link, pull_now
from entente.exchange.status import problem
from entente.node import carry
from entente.testing.homes import HomeMember

Answer = Callable[[bytes], bytes | None]
"""A question's body → what is sent back, headers included; None: silence."""


def _ok(data: bytes, length: int | None = None) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (len(data) if length is None else length) + data


@contextmanager
def impostor(at: HomeMember, answer: Answer, keys: Path | None = None) -> Iterator[None]:
    """Listen where a member should, with its TLS key or another's, and answer each question as told."""
    folder = keys or at.home.keys
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "tls-certificate.pem", folder / "tls-key.pem")
    ready, stop = threading.Event(), threading.Event()

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, EOFError):
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            data = answer(await reader.readexactly(length))
            if data is None:
                await asyncio.sleep(60)
            else:
                writer.write(data)
                await writer.drain()
        writer.close()

    async def listen() -> None:
        server = await asyncio.start_server(one, "127.0.0.1", at.home.port, ssl=context)
        ready.set()
        await asyncio.to_thread(stop.wait)
        server.close()

    thread = threading.Thread(target=asyncio.run, args=(listen(),))
    thread.start()
    ready.wait()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _fails(cell: Cell, answer: Answer, keys: Path | None = None) -> EntenteError:
    """Let south ask an impostor at north's address; south's record must not change."""
    south = cell["south"].node
    before = digest(south), south.book(AGREEMENT).feeds(), south.store.feeds()
    with impostor(cell["north"], answer, keys), pytest.raises(EntenteError) as found:
        pull_now(south, AGREEMENT, "north")
    assert (digest(south), south.book(AGREEMENT).feeds(), south.store.feeds()) == before
    return found.value


def _bundle(cell: Cell) -> Callable[[bytes], bytes]:
    """North's honest answer to a question."""
    propose(cell["north"], "survey")

    def answer(body: bytes) -> bytes:
        data = carry.answer(cell["north"].node, carry.check_question(canonical.decode(body)))
        assert data is not None
        return data

    return answer


def test_the_honest_answer_that_the_others_are_made_from_is_taken(cell: Cell) -> None:
    honest = _bundle(cell)
    with impostor(cell["north"], lambda body: _ok(honest(body))):
        taken = pull_now(cell["south"].node, AGREEMENT, "north")
    assert taken is not None and taken.acts == 1
    assert digest(cell["south"].node) == digest(cell["north"].node)


def test_another_certificate_than_the_cards_is_refused_before_anything_is_asked(cell: Cell) -> None:
    asked: list[bytes] = []
    error = _fails(cell, asked.append, keys=cell["south"].home.keys)  # type: ignore[arg-type]
    assert isinstance(error, Untrusted) and error.code == "exchange.certificate" and asked == []


def test_half_a_bundle_changes_nothing(cell: Cell) -> None:
    honest = _bundle(cell)
    error = _fails(cell, lambda body: _ok(honest(body)[:-1]))
    assert isinstance(error, Untrusted) and error.code == "bundle.body"


def test_an_answer_that_breaks_off_changes_nothing(cell: Cell) -> None:
    honest = _bundle(cell)
    error = _fails(cell, lambda body: _ok(honest(body)[:100], length=5000))
    assert isinstance(error, Unavailable) and error.code == "exchange.unreachable"


def test_an_answer_to_another_question_is_refused(cell: Cell) -> None:
    honest = _bundle(cell)
    other = honest(canonical.encode(carry.ask(cell["south"].node, AGREEMENT, "north")))
    assert _fails(cell, lambda _: _ok(other)).code == "bundle.nonce"


def test_an_answer_signed_by_another_node_is_refused(cell: Cell, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = _bundle(cell)
    monkeypatch.setattr(cell["north"].node, "keys_under", lambda book: cell["south"].node.keys)
    assert _fails(cell, lambda body: _ok(honest(body))).code == "exchange.signature"


@pytest.mark.parametrize("garbage", [b"", b"\x00" * 100, b"ENTENTE1", b"ENTENTE1" + b"\xff" * 100])
def test_garbage_is_malformed(cell: Cell, garbage: bytes) -> None:
    assert isinstance(_fails(cell, lambda _: _ok(garbage)), Malformed)


def test_an_endless_answer_is_broken_off(cell: Cell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(puller, "ANSWER_LIMIT", 100_000)
    error = _fails(cell, lambda _: _ok(b"x" * 1_000_000, length=10**10))
    assert isinstance(error, Untrusted) and error.code == "exchange.answer"


def test_a_peer_that_never_answers_times_out_and_is_asked_for_less(cell: Cell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(puller, "SILENCE_S", 0.3)
    error = _fails(cell, lambda _: None)
    assert isinstance(error, Unavailable) and error.code == "exchange.timeout"

    link = Link(cell["south"].node, AGREEMENT, "north")
    seen = [link.budget]

    async def ask() -> None:
        async with link.client() as client:
            for _ in range(6):
                with pytest.raises(Unavailable):
                    await link.pull(client)
                seen.append(link.budget)

    with impostor(cell["north"], lambda _: None):
        asyncio.run(ask())
    assert seen[1] == seen[0] // 2 and seen[-1] == BUDGETS[0]


def test_a_peers_refusal_is_raised_as_its_class_with_its_code_and_no_control_characters(cell: Cell) -> None:
    body = b'{"code":"exchange.replayed","detail":"no \\u001b[31m more"}'
    answer = b"HTTP/1.1 401 X\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    error = _fails(cell, lambda _: answer)
    assert isinstance(error, Untrusted) and error.code == "exchange.replayed"
    assert str(error) == "north answers: no [31m more"


@pytest.mark.parametrize("body", [b"", b"[]", b'{"code":7}', b'{"code":"No Code","detail":"x"}', b"[" * 5000])
def test_a_refusal_that_says_nothing_readable_is_still_one(cell: Cell, body: bytes) -> None:
    answer = b"HTTP/1.1 500 X\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    error = _fails(cell, lambda _: answer)
    assert isinstance(error, Unavailable) and error.code == "exchange.answer"


def _beaten(data: bytes, beat_count: int = 3) -> bytes:
    """An answer's document with beats before it."""
    body = beats.BEAT * beat_count + data
    return b"HTTP/1.1 200 OK\r\nEntente-Beat: 1000\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def test_beats_before_an_answer_are_no_part_of_it_and_alone_they_are_none(cell: Cell) -> None:
    south, honest = cell["south"].node, _bundle(cell)
    with impostor(cell["north"], lambda body: _beaten(honest(body))):
        taken = pull_now(south, AGREEMENT, "north")
    assert taken is not None and taken.acts == 1
    with impostor(cell["north"], lambda body: _beaten(b"")):
        assert pull_now(south, AGREEMENT, "north") is None
    assert _fails(cell, lambda body: _ok(beats.BEAT * 3)).code.startswith("bundle."), "nobody said that these are beats"


def test_an_error_below_the_head_is_raised_as_its_class(cell: Cell) -> None:
    error = _fails(cell, lambda _: _beaten(canonical.encode(problem(Refused("exchange.not_party", "no party")))))
    assert isinstance(error, Refused) and error.code == "exchange.not_party"


@pytest.mark.parametrize("said", [b"{", b'{"code":"a.b","detail":"x"}', b'{"code":"a.b","detail":"x","status":[]}'])
def test_an_error_below_the_head_that_says_nothing_readable_is_still_one(cell: Cell, said: bytes) -> None:
    assert _fails(cell, lambda _: _beaten(said)).code == "exchange.answer"


def test_beats_without_end_are_broken_off(cell: Cell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(puller, "ANSWER_LIMIT", 100_000)
    assert _fails(cell, lambda _: _beaten(b"", beat_count=1_000_000)).code == "exchange.answer"


def test_nobody_there_is_unavailable(cell: Cell) -> None:
    with pytest.raises(Unavailable) as found:
        pull_now(cell["south"].node, AGREEMENT, "north")
    assert found.value.code == "exchange.unreachable"


def test_f27_clocks_hours_apart_hinder_nobody(cell: Cell, monkeypatch: pytest.MonkeyPatch) -> None:
    propose(cell["north"], "survey")
    with serving(cell["north"]):
        # Only the puller's clock is moved: the door keeps the one it was given.
        monkeypatch.setattr(puller.time, "time", lambda: 1_000_000_000.0)
        taken = pull_now(cell["south"].node, AGREEMENT, "north")
    assert taken is not None and taken.acts == 1


def test_many_small_answers_bring_what_one_large_one_would(cell: Cell, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(4):
        propose(cell["north"], f"survey-{n}", lat=10.0 * n)
    monkeypatch.setattr(puller, "BUDGETS", (1, 1))
    monkeypatch.setattr(puller, "FIRST_BUDGET", 1)
    answers: list[bytes] = []
    whole = carry.take
    monkeypatch.setattr(carry, "take", lambda node, data, **nonce: answers.append(data) or whole(node, data, **nonce))
    with serving(cell["north"]):
        taken = pull_now(cell["south"].node, AGREEMENT, "north")
    assert taken is not None and taken.acts == 4 and not taken.more and len(answers) > 4
    assert digest(cell["south"].node) == digest(cell["north"].node)
