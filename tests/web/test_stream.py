"""News: a page hears of each change, catches up after it slept, and is told when its session has ended."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime

import pytest
from tests.exchange.conftest import until
from tests.web.centres import AGREEMENT, Page, Served, plan

from entente.errors import Unavailable
from entente.ids import OfficerId
from entente.joint.staff import Office
from entente.node import command
from entente.web import stream as streaming


def test_a_change_here_and_at_the_other_side_is_heard_with_its_subject(north: Page, south: Page) -> None:
    with north.events() as here, south.events() as there:
        north.say("propose", name="heard", plan=plan(lon=30.0), to=["south"])

        for events in (here, there):
            until(lambda events=events: any("operation/north/heard" in n["subjects"] for n in events.of("news")))  # type: ignore[misc]
    told = next(n for n in there.of("news") if "operation/north/heard" in n["subjects"])
    assert "operation" in told["what"]


def test_a_page_that_slept_hears_what_it_missed_and_nothing_twice(north: Page) -> None:
    with north.events() as first:
        north.say("propose", name="before", plan=plan(lon=31.0), to=[])
        until(lambda: any("operation/north/before" in n["subjects"] for n in first.of("news")))
    cursor = first.ids[-1]
    for name in ("missed-1", "missed-2"):
        north.say("propose", name=name, plan=plan(lon=32.0), to=[])
        time.sleep(2 * streaming.GAP_S)  # so that they are two pieces of news

    with north.events(after=cursor) as again:
        until(lambda: len(again.of("news")) >= 2)
        subjects = [subject for news in again.of("news") for subject in news["subjects"]]
    assert again.heard[0][0] == "hello"
    assert subjects[:2] == ["operation/north/missed-1", "operation/north/missed-2"]
    assert "operation/north/before" not in subjects


@pytest.mark.parametrize("cursor", ["0-1", "x", "-", "999999999999999", "00000000-9999999999999999999999", "é-1"])
def test_a_cursor_that_is_not_known_here_means_everything_anew(north: Page, cursor: str) -> None:
    with north.client.stream("GET", "/api/events", params={"after": cursor}) as answer:
        first = next(answer.iter_lines())

    assert first == "event: reset"


def test_looking_makes_no_news(served: dict[str, Served], north: Page, south: Page) -> None:
    """Who looked at what is noted in the record; were that news, every look would make every page look again."""
    south.say("propose", name="looked-at", plan=plan(lon=33.0), to=["north"])
    until(lambda: north.client.get("/api/operations/south/looked-at").status_code == 200)
    with north.events() as events:
        time.sleep(3 * streaming.GAP_S)
        before, kept = len(events.of("news")), len(served["north"].member.node.journal_lines())
        served["north"].enter("watch").get("operations/south/looked-at")
        assert len(served["north"].member.node.journal_lines()) > kept
        time.sleep(3 * streaming.GAP_S)

        assert [n for n in events.of("news")[before:] if set(n["what"]) - {"record"}] == []


def test_a_quiet_stream_beats_with_the_nodes_time(north: Page) -> None:
    with north.events() as events:
        until(lambda: len(events.of("beat")) >= 2, 3 * streaming.BEAT_S + 2)

    first, second = (datetime.fromisoformat(beat["now"]) for beat in events.of("beat")[:2])
    assert first < second <= north.served.member.node.clock.now()  # the node's time, for a page whose clock differs


def test_the_stream_of_an_officer_who_was_relieved_ends(served: dict[str, Served]) -> None:
    page, member = served["south"].enter("observer"), served["south"].member
    with page.events() as events:
        member.say(command.relieve(AGREEMENT, "south", OfficerId("south/observer"), Office.OBSERVER), Office.ROOT)
        until(lambda: bool(events.of("over")), streaming.HEART_S)

    assert events.of("over")[0]["code"] == "session.office"
    assert page.client.get("/api/picture").json()["code"] == "session.office"


def test_a_page_that_does_not_read_is_let_go() -> None:
    """Its stream ends; the browser comes back, says from where, and hears the rest. Nobody else waits for it."""
    import asyncio

    from entente.testing.coalition import Coalition

    member = Coalition.gather("north")["north"]
    stream = streaming.Stream(member.node, lambda session: None, print)

    async def story() -> None:
        lazy, keen = stream.listen("", "a"), stream.listen("", "b")
        await anext(lazy), await anext(keen)
        for _ in range(streaming.BEHIND + 1):
            await stream._give_all(stream._beat())
            await anext(keen)
        assert stream.pages == 1
        with pytest.raises(StopAsyncIteration):
            await anext(lazy)
        await keen.aclose()  # type: ignore[attr-defined]
        assert stream.pages == 0

    asyncio.run(story())


def test_one_sessions_pages_keep_no_other_out(monkeypatch: pytest.MonkeyPatch) -> None:
    from entente.testing.coalition import Coalition

    member = Coalition.gather("north")["north"]
    stream = streaming.Stream(member.node, lambda session: None, print)
    monkeypatch.setattr(streaming, "MOST_OF_ONE", 3)
    _pages(stream, 3)

    with pytest.raises(Unavailable):
        stream.require_room("session")
    stream.require_room("another's")


def _pages(stream: streaming.Stream, count: int) -> list[asyncio.Queue[bytes | None]]:
    pages: list[asyncio.Queue[bytes | None]] = [asyncio.Queue(streaming.BEHIND) for _ in range(count)]
    stream._pages.update(dict.fromkeys(pages, "session"))
    return pages


def test_pages_wait_for_whoever_says_something_and_not_for_ever() -> None:
    """Both: a decision is not behind a thousand pages, and pages are told though somebody never ends."""

    async def story() -> None:
        stream = streaming.Stream(None, lambda _: None, lambda _: None)  # type: ignore[arg-type]
        pages = _pages(stream, 4 * streaming.BATCH)
        with stream.aside():
            telling = asyncio.create_task(stream._give_all(b"one"))
            await asyncio.sleep(2 * streaming.BATCH_S)
            assert 0 < sum(not page.empty() for page in pages) < len(pages)
        await telling
        assert all(page.get_nowait() == b"one" for page in pages)

        with stream.aside():
            await stream._give_all(b"two")
        assert all(page.get_nowait() == b"two" for page in pages)

    asyncio.run(story())
