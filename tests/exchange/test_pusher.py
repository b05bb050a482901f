"""Push, over real TLS: the peer cannot reach us, so we bring what it lacks."""

from __future__ import annotations

import secrets
import time

import httpx
import pytest
from tests.exchange.conftest import AGREEMENT, Cell, decide, digest, propose, serving, standing

from entente import canonical
from entente.errors import EntenteError
from entente.exchange.puller import pinned, pull_now
from entente.exchange.pusher import push_now
from entente.exchange.routes import PUSH, PUSH_LIMIT
from entente.exchange.signing import Envelope, sign
from entente.node import carry, recovery


def _knock(cell: Cell, body: bytes, sender: str = "south") -> httpx.Response:
    """South knocks at north by hand."""
    north, south = cell["north"], cell["south"]
    envelope = Envelope(
        sender=sender, receiver="north", agreement=AGREEMENT, nonce=secrets.token_hex(16), time=int(time.time())
    )
    headers = sign(south.node.keys, envelope, "POST", PUSH, body)
    with httpx.Client(base_url=north.home.url, verify=pinned(north.card), timeout=30) as client:
        return client.post(PUSH, content=body, headers=headers)


def test_a_peer_that_cannot_reach_us_is_brought_what_it_lacks_and_both_hold_the_same(cell: Cell) -> None:
    survey = propose(cell["south"], "survey")
    with serving(cell["north"]):
        cell["south"].node.catch_up()
        assert push_now(cell["south"].node, AGREEMENT, "north") > 0
        assert push_now(cell["south"].node, AGREEMENT, "north") == 0

        decide(cell["north"], survey)
        pull_now(cell["south"].node, AGREEMENT, "north")
        assert standing(cell["south"].node, survey.subject) == "no_objection"
        assert digest(cell["south"].node) == digest(cell["north"].node)


def test_a_peer_that_waits_to_hear_us_after_a_restore_has_heard_us_when_we_push(cell: Cell) -> None:
    recovery.suspect_all(cell["north"].node)
    assert recovery.waiting(cell["north"].node) == {AGREEMENT: ["south"]}
    propose(cell["south"], "survey")
    with serving(cell["north"]):
        push_now(cell["south"].node, AGREEMENT, "north")
    assert not recovery.waiting(cell["north"].node)


def test_a_bundle_that_answers_no_question_of_ours_is_not_taken(cell: Cell) -> None:
    propose(cell["south"], "survey")
    before = digest(cell["north"].node)
    with serving(cell["north"]):
        old = carry.write_bundle(cell["south"].node, AGREEMENT, "north")
        for _ in range(2):  # neither before we asked nor after
            response = _knock(cell, old)
            assert (response.status_code, response.json()["code"]) == (401, "bundle.nonce")
            _knock(cell, b"")

        question = canonical.decode(_knock(cell, b"").content, PUSH_LIMIT)
        whole = carry.answer(cell["south"].node, question)  # type: ignore[arg-type]
        assert whole is not None
        assert _knock(cell, whole).status_code == 200
        assert _knock(cell, whole).json()["code"] == "bundle.nonce"
    assert digest(cell["north"].node) != before


@pytest.mark.parametrize(("body", "code"), [(b"garbage", "bundle."), (b"x" * (PUSH_LIMIT + 1), "exchange.size")])
def test_what_is_no_bundle_or_too_large_changes_nothing(cell: Cell, body: bytes, code: str) -> None:
    before = digest(cell["north"].node)
    with serving(cell["north"]):
        assert _knock(cell, body).json()["code"].startswith(code)
    assert digest(cell["north"].node) == before


def test_a_stranger_is_not_even_asked(cell: Cell) -> None:
    with serving(cell["north"]):
        assert _knock(cell, b"", sender="west").json()["code"] == "exchange.signature"


def test_where_nobody_listens_it_is_one_sentence(cell: Cell) -> None:
    with pytest.raises(EntenteError, match="cannot be reached") as found:
        push_now(cell["south"].node, AGREEMENT, "north")
    assert found.value.code == "exchange.unreachable"
