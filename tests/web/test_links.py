"""Links: a page is told that a peer or the way to it is gone, and that its own node is; here they go."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.exchange.conftest import Cell, until, wired
from tests.web.centres import Served, centres

from entente.node.opening import open_node
from entente.testing.processes import Process
from entente.web.stream import GAP_S


@pytest.fixture
def apart(formed: Cell, tmp_path: Path) -> Iterator[dict[str, Served]]:
    """Two centres of which a test may stop one."""
    members = {}
    for party, member in formed.items():
        home = replace(member.home, path=tmp_path / party)
        shutil.copytree(member.home.path, home.path)
        members[party] = replace(member, home=home, node=open_node(home), said=[])
    with centres(members) as found:
        yield found
    for member in members.values():
        member.node.close()


def test_a_peer_that_is_gone_is_told_long_before_its_question_ends_and_when_it_is_back(
    apart: dict[str, Served],
) -> None:
    page = apart["north"].enter("watch")
    until(lambda: page.get("links")["links"][0]["up"] is True)
    with page.events() as events:
        time.sleep(3 * GAP_S)  # what came with its being up has been told
        heard = len(events.of("news"))
        apart["south"].stop()

        # Told within 5 s on a quiet machine; far under the 35 s of the question and its grace on any.
        until(lambda: any("links" in news["what"] for news in events.of("news")[heard:]), 30)
        [link] = page.get("links")["links"]
        assert link["up"] is False and "exchange.unreachable" in link["text"]
        [item] = [item for item in page.get("inbox")["items"] if item["code"] == "link"]
        assert item["urgent"] and item["subject"] == "link/south"

        heard = len(events.of("news"))
        apart["south"].start()
        until(lambda: any("links" in news["what"] for news in events.of("news")[heard:]))
        assert page.get("links")["links"][0]["up"] is True


def test_a_link_that_swallows_everything_is_told_long_before_its_question_ends_and_when_it_is_back(
    tmp_path: Path,
) -> None:
    with wired(tmp_path) as (cell, to_north, to_south):
        north, south = cell["north"], cell["south"]
        with Process(south.home.path), centres({"north": north}) as served:
            page = served["north"].enter("watch")
            until(lambda: page.get("links")["links"][0]["up"] is True)
            with page.events() as events:
                time.sleep(3 * GAP_S)  # what came with its being up has been told, and the question waits
                heard = len(events.of("news"))
                to_north.cut()
                to_south.cut()  # nothing is refused, nothing is broken, nothing comes

                # Told within 5 s on a quiet machine; without beats it would be the 35 s of the question and its grace.
                until(lambda: any("links" in news["what"] for news in events.of("news")[heard:]), 30)
                [link] = page.get("links")["links"]
                assert link["up"] is False and "exchange.timeout" in link["text"]
                [item] = [item for item in page.get("inbox")["items"] if item["code"] == "link"]
                assert item["urgent"] and item["subject"] == "link/south"

                heard = len(events.of("news"))
                to_north.heal()
                to_south.heal()
                until(lambda: any("links" in news["what"] for news in events.of("news")[heard:]))
                assert page.get("links")["links"][0]["up"] is True
        for member in (north, south):
            member.node.close()


def test_a_node_that_stops_ends_its_pages_streams(apart: dict[str, Served]) -> None:
    page = apart["north"].enter("watch")
    with page.events() as events:
        apart["north"].stop()
        assert any("has stopped" in line for line in apart["north"].lines)
        until(lambda: not events.open)
