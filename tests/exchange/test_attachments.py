"""Attached files over real TLS: a link that is cut in the middle goes on with what is missing."""

from __future__ import annotations

import random

import pytest
from tests.exchange.conftest import AGREEMENT, Cell, plan, serving
from tests.exchange.test_puller import impostor

from entente import canonical
from entente.errors import Unavailable
from entente.exchange.puller import pull_now
from entente.exchange.pusher import push_now
from entente.feed import attachment
from entente.ids import SubjectId
from entente.node import attachments, carry, command
from entente.testing.homes import HomeMember

PAPER = random.Random(3).randbytes(40 * attachment.CHUNK + 1)


def attach(member: HomeMember, to: list[str]) -> None:
    what = command.propose(AGREEMENT, "all", member.party, "survey", plan("survey"), to=to)
    member.say(attachments.attach(what, [("strip.pdf", PAPER)], to), "air_operations")


def row(member: HomeMember) -> attachments.Row:
    fold = member.node.book(AGREEMENT).fold("all")
    [found] = attachments.rows(member.node, fold, SubjectId("operation/north/survey"))
    return found


def whole(member: HomeMember) -> bytes:
    return attachments.content(member.node, member.node.book(AGREEMENT).fold("all"), row(member))


def test_a_link_cut_in_the_middle_goes_on_with_what_is_missing(cell: Cell) -> None:
    """FEED-83, FEED-84."""
    north, south = cell["north"], cell["south"]
    attach(north, ["south"])
    asked: list[list[list[object]]] = []

    def answer(body: bytes) -> bytes:
        question = carry.check_question(canonical.decode(body))
        asked.append(question["chunks"])
        data = carry.answer(north.node, {**question, "budget": 10 * attachment.CHUNK})
        assert data is not None
        # One answer a connection: whoever answers here hangs up after each.
        head = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(data)
        return head + (data if len(asked) < 4 else data[:5000])

    with impostor(north, answer), pytest.raises(Unavailable):
        pull_now(south.node, AGREEMENT, "north")
    held = row(south).held
    assert 0 < held < len(PAPER) // attachment.CHUNK
    assert asked[0] == []
    assert asked[-1] == [[*row(south).place, held, 41]]

    with serving(north):
        taken = pull_now(south.node, AGREEMENT, "north")
    assert taken is not None
    assert taken.chunks == 41 - held
    assert whole(south) == PAPER


def test_a_file_is_brought_to_a_peer_that_cannot_ask(cell: Cell) -> None:
    """FEED-84: by who may only knock."""
    attach(cell["north"], ["south"])

    with serving(cell["south"]):
        push_now(cell["north"].node, AGREEMENT, "south")

    assert whole(cell["south"]) == PAPER
