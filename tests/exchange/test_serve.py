"""Serving nodes: over real sockets, a matter goes from one officer to the other and back."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from pathlib import Path

import pytest
from tests.exchange.conftest import AGREEMENT, Cell, decide, digest, propose, serving, standing, until, wired

from entente.errors import Unavailable
from entente.exchange.beats import Rhythm
from entente.exchange.puller import Link, pull_now
from entente.exchange.serve import serve
from entente.node.carry import Taken
from entente.node.node import Node
from entente.node.opening import open_node
from entente.testing.clock import ManualClock
from entente.testing.coalition import Coalition
from entente.testing.processes import Process
from entente.testing.wire import Wire


def _up(node: Node, peer: str) -> bool:
    return (node.store.meta(f"link/{AGREEMENT}/{peer}") or b"").startswith(b"up")


def test_two_real_processes_settle_an_operation_and_fold_to_the_same_state(cell: Cell) -> None:
    north, south = cell["north"], cell["south"]
    with Process(north.home.path), Process(south.home.path):
        said = propose(north, "survey")
        until(lambda: standing(south.node, said.subject) != "")

        decide(south, said)
        until(lambda: standing(north.node, said.subject) == "no_objection")
        until(lambda: digest(north.node) == digest(south.node))


def test_a_killed_node_comes_back_with_all_that_was_acknowledged(cell: Cell) -> None:
    north, south = cell["north"], cell["south"]
    with Process(north.home.path) as there, Process(south.home.path) as here:
        said = propose(north, "survey")
        there.kill()
        here.kill()

        there.start()
        here.start()
        until(lambda: standing(south.node, said.subject) != "")
        assert north.node.store.check() == south.node.store.check() == []


def test_a_process_that_is_asked_to_stop_stops_with_status_0_while_questions_wait(cell: Cell) -> None:
    with Process(cell["north"].home.path) as north, serving(cell["south"]):
        until(lambda: _up(cell["south"].node, "north"))
        assert north.stop(wait_s=5) == 0
        assert "has stopped" in north.said()


def test_news_wakes_a_waiting_question_at_once(cell: Cell) -> None:
    north, south = cell["north"], cell["south"]
    with serving(north):
        pull_now(south.node, AGREEMENT, "north")
        began = time.monotonic()
        later = threading.Timer(1.0, propose, args=(north, "survey"))
        later.start()
        taken = pull_now(south.node, AGREEMENT, "north", wait_ms=20_000)

        assert taken is not None and taken.acts == 1
        # Not a measure of speed: the question was given twenty seconds to wait, and did not take them.
        assert 1.0 <= time.monotonic() - began < 10


def test_a_newer_question_of_a_peer_ends_the_wait_of_its_older_one(cell: Cell) -> None:
    north, south = cell["north"], cell["south"]
    with serving(north):
        pull_now(south.node, AGREEMENT, "north")
        second = threading.Timer(1.0, pull_now, (south.node, AGREEMENT, "north"), {"wait_ms": 100})
        second.start()
        began = time.monotonic()
        assert pull_now(south.node, AGREEMENT, "north", wait_ms=20_000) is None
        assert time.monotonic() - began < 10


def test_a_cut_link_is_noted_down_and_when_healed_both_converge(tmp_path: Path) -> None:
    with wired(tmp_path) as (cell, to_north, to_south):
        north, south = cell["north"], cell["south"]
        with serving(north, south):
            until(lambda: _up(north.node, "south") and _up(south.node, "north"))
            for wire in (to_north, to_south):
                wire.cut()
                wire.sever()
            said = propose(north, "survey")
            decided_alone = propose(south, "patrol", lat=10.0)
            time.sleep(0.5)
            assert standing(south.node, said.subject) == "" == standing(north.node, decided_alone.subject)

            to_north.heal()
            to_south.heal()
            until(
                lambda: standing(south.node, said.subject) != "" and standing(north.node, decided_alone.subject) != ""
            )
            until(lambda: digest(north.node) == digest(south.node))


def _link(node: Node, peer: str) -> bytes:
    return node.store.meta(f"link/{AGREEMENT}/{peer}") or b""


def test_a_link_that_swallows_everything_in_silence_is_noted_down_long_before_its_poll_ends_and_heals(
    tmp_path: Path,
) -> None:
    with wired(tmp_path) as (cell, to_north, to_south):
        north, south = cell["north"], cell["south"]
        with Process(north.home.path), Process(south.home.path):
            until(lambda: _up(north.node, "south") and _up(south.node, "north"))
            time.sleep(1)  # both questions wait by now
            carried = to_south.bytes_back
            time.sleep(3)
            assert 0 < to_south.bytes_back - carried < 3000, "a link at rest carries beats and little else"
            to_north.cut()
            to_south.cut()
            # Not a measure of speed: no connection is broken, and the question still has most of its twenty seconds.
            until(lambda: b"down (exchange.timeout)" in _link(north.node, "south"), 15)
            until(lambda: b"down (exchange.timeout)" in _link(south.node, "north"), 15)
            said = propose(north, "survey")
            to_north.heal()
            to_south.heal()
            until(lambda: _up(north.node, "south") and _up(south.node, "north"))
            until(lambda: standing(south.node, said.subject) != "")
        for member in (north, south):
            member.node.close()


@pytest.mark.slow
def test_a_large_answer_that_arrives_slowly_is_no_silence(cell: Cell, monkeypatch: pytest.MonkeyPatch) -> None:
    """A link that was swift, and is not any more: 16 kB, one record of TLS, take twice what was borne between beats."""
    north, south = cell["north"], cell["south"]
    missed: list[float] = []
    monkeypatch.setattr(Rhythm, "missed", lambda rhythm: missed.append(rhythm.silence_s))
    with Wire() as wire, serving(north):
        wire.to = north.home.port

        async def ask() -> Taken | None:
            link = Link(south.node, AGREEMENT, "north")
            link.url = f"https://127.0.0.1:{wire.port}"
            async with link.client() as client:
                while await link.pull(client) is not None:
                    pass
                await link.pull(client)
                assert link._rhythm.silence_s < 3
                for number in range(12):
                    propose(north, f"survey-{number}", lat=4.0 * number)
                wire.rate_bps = 28_000
                return await link.pull(client, wait_ms=20_000)

        before = wire.bytes_back
        taken = asyncio.run(ask())
    assert wire.bytes_back - before > 20_000, "the answer is larger than a record"
    assert taken is not None and taken.acts > 5 and missed == []


def test_a_refused_link_is_kept_as_down_with_its_code_and_up_again_later(cell: Cell) -> None:
    north, south = cell["north"], cell["south"]
    with serving(north) as said:
        until(lambda: b"down (exchange.unreachable)" in (north.node.store.meta(f"link/{AGREEMENT}/south") or b""))
        with serving(south):
            until(lambda: _up(north.node, "south"))
    assert any("south cannot be reached" in line for line in said["north"])
    states = [line["facts"]["state"] for line in north.node.journal_lines() if line["what"] == "link"]
    assert states[:2] == ["down (exchange.unreachable)", "up"]


def test_an_agreement_adopted_while_serving_is_asked_for_without_a_restart(cell: Cell, tmp_path: Path) -> None:
    north, south = cell["north"], cell["south"]
    with serving(north, south):
        beside = Coalition({"north": north, "south": south}, ManualClock())
        text, keys = beside.text("exercise-second", {})
        beside.adopt(text, keys)
        for party in ("north", "south"):
            beside.man(party, text)
        until(lambda: all(len(m.node.book("exercise-second").feeds()) == 2 for m in cell.values()))


def test_a_second_node_at_the_same_port_is_refused_in_one_sentence(cell: Cell) -> None:
    north = cell["north"]
    with serving(north):
        with pytest.raises(Unavailable, match="is the node running already") as refused:
            serve(north.home, open_node(north.home), threading.Event())
        assert refused.value.code == "serve.port"


@pytest.mark.skipif(sys.platform != "linux", reason="memory is measured from /proc")
def test_a_node_at_rest_holds_far_less_than_300_mb(cell: Cell) -> None:
    with Process(cell["north"].home.path) as north:
        assert north.memory_mb() < 300
