"""The stream of news: one look at the record for all pages together, told to each as Server-Sent Events.

An event says *what* changed, never its content: the page asks for that itself, and so sees what its officer may see.

    event: news
    id: 5f2c-17
    data: {"cursor":"5f2c-17","what":["operations"],"subjects":["operation/north/water-1"]}

Kinds: ``hello`` first, with the cursor; ``news``; ``reset``, when the page's cursor is older than what is kept here, so
that it asks for everything again; ``over``, when its session has ended; ``beat`` every `BEAT_S`, with the node's time
and no id.

Rules kept:

- Pages are told within `GAP_S` of each other's change, and at most once in it: a thousand pages cost the same few looks
  as one, and each event is spelt once.
- **Who says something goes first**: while a draft or a decision is being worked on, pages wait for it a little. News
  is a beat too: who was told something a moment ago needs none.
- A page that does not read is let go after `BEHIND` events; it comes back with ``Last-Event-ID`` and catches up.
- A cursor names this process and a number. After a restart every page is told ``reset``.
- What only this node notes for itself (who looked at what) is no news: else looking would make news to look at.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Protocol

import msgspec

from entente.errors import EntenteError, Unavailable
from entente.ids import AgreementId, Origin, SubjectId
from entente.joint import act
from entente.node import carry
from entente.node.holdings import JOURNAL
from entente.node.node import Node
from entente.web.linking import NOTED

BEAT_S = 2.0
"""Between two beats [s]: a page that hears none for 5 s knows that its node, or the way to it, is gone."""
HEART_S = 10.0
"""Between two looks at whose sessions have ended [s]."""
GAP_S = 0.2
BATCH, BATCH_S = 20, 0.005
"""Pages that are told at once, and the pause before the next ones [s]."""
YIELD_S = 0.25
"""How long all pages together wait at most, in one telling, for somebody who is saying something [s]."""
KEPT = 512
"""Events kept for pages that come back."""
BEHIND = 64
MOST_PAGES, MOST_OF_ONE = 4096, 1024
"""Pages that listen at once, in all and of one session: nobody's pages keep all others out."""
MOST_SUBJECTS = 50
"""Named in one event; where more changed, none is named and the page looks at everything."""


class News(Protocol):
    """What wakes us when the record changed; `exchange.pulse.Pulse` is one."""

    stopped: bool

    def next(self) -> asyncio.Event:
        """Return what will be set at the next change."""

    async def wait(self, news: asyncio.Event, seconds: float) -> bool:
        """Return True once `news` is set, False when `seconds` went by or the node stops."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """What one event says."""

    cursor: str
    what: tuple[str, ...]
    subjects: tuple[str, ...]


class Deadline:
    """A moment on the monotonic clock."""

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    @property
    def left_s(self) -> float:
        """What is left [s], negative when it has passed."""
        return self._at - time.monotonic()


@dataclass(frozen=True, slots=True)
class Mark:
    """How far the record had come at one look, in all that a page may show."""

    folded: Mapping[tuple[AgreementId, str], Mapping[Origin, int]]
    entries: Mapping[str, int]
    links: Mapping[str, bytes]
    plans: int
    sites: int
    alerts: int
    unreadable: int


_Page = asyncio.Queue[bytes | None]


def mark(node: Node) -> Mark:
    """Return how far the record has come now; called under the node's lock."""
    node.catch_up()
    folds = [(book.id, fold) for book in node.books.values() for fold in book.ledger.folds.values()]
    return Mark(
        folded={(name, fold.name): dict(fold.cut) for name, fold in folds},
        entries={o: row.size for o, row in node.store.feeds().items() if o.split("/")[1] != JOURNAL},
        links=node.store.metas(NOTED),
        plans=sum(flight.plan is not None for flight in node.watch.flights.values()),
        sites=len(node.watch.sites), alerts=len(carry.alerts(node)), unreadable=len(node.watch.unreadable),
    )  # fmt: skip


class Stream:
    """The stream of one serving process. Lives on one event loop; `_look` alone runs on a thread."""

    def __init__(self, node: Node, seated: Callable[[str], object], say: Callable[[str], None]) -> None:
        """Make a stream; `seated` raises an error when a session of this name has ended."""
        self._node, self._seated, self._say = node, seated, say
        self._boot = secrets.token_hex(4)
        self._number = 0
        self._kept: deque[tuple[int, bytes]] = deque(maxlen=KEPT)
        self._pages: dict[_Page, str] = {}
        self._mark: Mark | None = None
        self._stopped = False
        self._saying = 0

    @property
    def cursor(self) -> str:
        """Where the stream stands."""
        return f"{self._boot}-{self._number}"

    @property
    def pages(self) -> int:
        """How many pages listen."""
        return len(self._pages)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Let whoever says something in this block go before the pages that are told of other things."""
        self._saying += 1
        try:
            yield
        finally:
            self._saying -= 1

    # -- making news ---------------------------------------------------------------------------------------------------

    async def run(self, news: News) -> None:
        """Tell every page of each change, until cancelled."""
        self._mark, _ = await asyncio.to_thread(self._look)
        due, beat = Deadline(HEART_S), Deadline(BEAT_S)
        try:
            while not news.stopped:
                changed = news.next()
                try:
                    told = await self._tell(*await asyncio.to_thread(self._look))
                    beat = Deadline(BEAT_S) if told else beat
                except EntenteError as error:  # a record that cannot be read now has no news
                    self._say(f"error: {error!r}")
                    told = frozenset()
                if "staff" in told or due.left_s <= 0:
                    await self._dismiss()
                    due = Deadline(HEART_S)
                if beat.left_s <= 0:
                    beat = Deadline(BEAT_S)
                    with suppress(EntenteError):  # a clock that cannot be read: silence, which pages take for that
                        await self._give_all(self._beat())
                await asyncio.sleep(min(GAP_S, max(beat.left_s, 0)))
                await news.wait(changed, beat.left_s)
        finally:
            self._stopped = True
            for page in self._pages:
                _end(page)

    def _beat(self) -> bytes:
        """Return a beat with the node's time: an exercise's clock may run at another pace than the page's, or stand."""
        return f'event: beat\ndata: {{"now":"{act.spell(self._node.clock.now())}"}}\n\n'.encode()

    async def _dismiss(self) -> None:
        """End the streams of sessions that have ended, each asked about once."""
        over = await asyncio.to_thread(self._over, frozenset(self._pages.values()))
        for page, session in list(self._pages.items()):
            if session in over:
                del self._pages[page]
                _end(page, over[session])

    def _over(self, sessions: frozenset[str]) -> dict[str, bytes]:
        found = {}
        for session in sessions:
            try:
                self._seated(session)
            except EntenteError as error:
                told = msgspec.json.encode({"code": error.code, "detail": str(error)})
                found[session] = spell("over", self.cursor, told)
        return found

    def _look(self) -> tuple[Mark, list[SubjectId]]:
        """Return how far the record has come, and the subjects of what was folded since the last look."""
        with self._node.lock:
            now = mark(self._node)
            return now, list(dict.fromkeys(self._changed(self._mark, now))) if self._mark is not None else []

    async def _tell(self, now: Mark, subjects: list[SubjectId]) -> frozenset[str]:
        """Tell every page what changed since the last look; return the kinds of it."""
        before, self._mark = self._mark, now
        if before is None or before == now:
            return frozenset()
        what = {subject.split("/", 1)[0] for subject in subjects}
        what |= {"links"} if before.links != now.links else set()
        what |= {"record"} if before.entries != now.entries else set()
        what |= {"details"} if (before.plans, before.sites, before.unreadable) != (
            now.plans, now.sites, now.unreadable) else set()  # fmt: skip
        what |= {"stop"} if before.alerts != now.alerts else set()
        self._number += 1
        named = tuple(subjects) if len(subjects) <= MOST_SUBJECTS else ()
        event = Event(cursor=self.cursor, what=tuple(sorted(what)), subjects=named)
        data = spell("news", event.cursor, msgspec.json.encode(event))
        self._kept.append((self._number, data))
        await self._give_all(data)
        return frozenset(what)

    def _changed(self, before: Mark, now: Mark) -> Iterator[SubjectId]:
        for (name, circle), cut in now.folded.items():
            fold, was = self._node.books[name].fold(circle), before.folded.get((name, circle), {})
            for origin, reach in cut.items():
                for event in fold.folded_back(origin, reach):
                    if event.seq < was.get(origin, 0):
                        break
                    yield event.subject

    async def _give_all(self, data: bytes) -> None:
        """Give every page the same bytes, some at a time: a decision that comes meanwhile waits for one batch only.

        Whoever joins meanwhile is not in the list: he was given what he missed when he joined.
        """
        patience = YIELD_S
        for nth, page in enumerate(list(self._pages), 1):
            if nth % BATCH == 0:
                await asyncio.sleep(BATCH_S)
                while self._saying and patience > 0:
                    await asyncio.sleep(BATCH_S)
                    patience -= BATCH_S
            if page not in self._pages:
                continue
            if page.full():  # it does not read; it will come back and say from where
                del self._pages[page]
                _end(page)
            else:
                page.put_nowait(data)

    # -- listening -----------------------------------------------------------------------------------------------------

    def require_room(self, session: str) -> None:
        """Raise Unavailable when too many pages listen already, or too many of this session's.

        Raises:
            Unavailable: `centre.pages`.
        """
        mine = sum(one == session for one in self._pages.values())
        if len(self._pages) >= MOST_PAGES or mine >= MOST_OF_ONE:
            raise Unavailable("centre.pages", "too many pages listen already; close some")

    async def listen(self, after: str, session: str) -> AsyncIterator[bytes]:
        """Yield a page's stream: first what it missed since the cursor `after`, then whatever comes."""
        page: _Page = asyncio.Queue(BEHIND)
        missed = self._missed(after)
        self._pages[page] = session
        try:
            hello = Event(cursor=self.cursor, what=(), subjects=())
            yield spell("hello" if missed is not None else "reset", self.cursor, msgspec.json.encode(hello))
            for data in missed or ():
                yield data
            while not self._stopped and (got := await page.get()) is not None:
                yield got
        finally:
            self._pages.pop(page, None)

    def _missed(self, after: str) -> list[bytes] | None:
        """Return what came after a cursor; None when that is not known here any more. No cursor missed nothing."""
        if not after:
            return []
        boot, _, number = after.partition("-")
        if boot != self._boot or not number.isdecimal() or not number.isascii() or len(number) > 15:
            return None
        then = int(number)
        first = self._kept[0][0] if self._kept else self._number + 1
        if then > self._number or then < first - 1:
            return None
        return [data for at, data in self._kept if at > then]


def _end(page: _Page, last: bytes = b"") -> None:
    """End a page's stream, whatever it has not read; `last` is told before."""
    while not page.empty():
        page.get_nowait()
    if last:
        page.put_nowait(last)
    page.put_nowait(None)


def spell(kind: str, cursor: str, data: bytes) -> bytes:
    r"""Return one event as the stream has it (HTML, Server-sent events); JSON holds no line break.

    >>> spell("news", "a-1", b"{}")
    b'event: news\nid: a-1\ndata: {}\n\n'
    """
    return b"event: %s\nid: %s\ndata: %s\n\n" % (kind.encode(), cursor.encode(), data)
