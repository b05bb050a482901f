"""Holdings: what a node holds and takes to be true: its record, folded, and the picture that screenings are made on.

Several processes may write to one record, so whoever asks catches up first. What is read here came from the record and
was verified before it was kept; nothing here signs or writes, except a snapshot for the next start.

`lock` guards everything within this process: `books`, `watch`, `_cursor`, `_seen_changes`, `_reach` and `_kept` are
touched only under it. Between processes, the store's transactions follow one another.
"""

from __future__ import annotations

import gc
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from entente import ids
from entente.errors import EntenteError, Refused
from entente.ids import AgreementId, CircleId, Hash, Origin, PartyId
from entente.joint.rules import Event
from entente.node import book as books
from entente.node import snapshot
from entente.node.book import Book
from entente.node.clock import Clock
from entente.node.home import Mark
from entente.node.watch import Watch
from entente.store.promises import ActRow, FeedRow, Store

JOURNAL = AgreementId("journal")
"""The party's own record: refusals, releases, accesses. A feed like any other, carried to nobody."""


KEEP_EVERY, KEEP_LEAST = 2000, 64
"""Acts after which a snapshot is kept while running, and those for which one is kept on closing."""


class Holdings:
    """What a party's node holds."""

    def __init__(self, party: PartyId, store: Store, clock: Clock, mark: Mark) -> None:
        self.party = party
        self.store = store
        self.clock = clock
        self.mark = mark
        self.books: dict[AgreementId, Book] = {}
        self.lock = threading.RLock()
        self.watch = Watch(party, store, self.lock)
        self._cursor = 0
        self._seen_changes: int | None = None
        self._kept = 0
        self._reach: dict[AgreementId, int] = {}
        """The last arrival that each book resumed with."""
        self.catch_up()

    def catch_up(self) -> list[tuple[Book, CircleId, Event]]:
        """Take what any process has written since, fold it, and return the new events."""
        with self.lock:
            changes = self.store.changes()
            if changes == self._seen_changes:
                return []
            # Another process may commit between any two reads. What has arrived by now has its agreement and its leaf
            # in what is read below; what arrives meanwhile waits for the next time, or its act would be passed over.
            arrived = self.store.arrival()
            with _collector_at_rest(arrived - self._cursor):
                self._read(arrived)
                self._seen_changes = changes
                return self._fold()

    def _read(self, arrived: int) -> None:
        """Take leaves, and acts up to the arrival `arrived`, into their books."""
        self._open_books()
        homes = {}
        for origin, row in _stems_first(self.store):
            homes[origin] = book = self.book_of(origin)
            if book is not None and row.stem:
                book.take_branch(Origin(origin), Origin(row.stem), row.stem_size)
            if book is not None and row.size > book.size(origin):
                book.take_leaves(self.store.leaves(origin, book.size(origin), row.size))
        self._cursor = self._cursor or min((self._reach.get(name, 0) for name in self.books), default=0)
        while rows := [act for act in self.store.acts_after(self._cursor) if act.cursor <= arrived]:
            for act in rows:
                book = homes.get(act.origin)
                if book is not None and act.cursor > self._reach.get(book.id, 0) and act.seq < book.size(act.origin):
                    book.take_act(act)
                self._cursor = act.cursor
        for book in self.books.values():
            book.learn(self.store)

    def _fold(self) -> list[tuple[Book, CircleId, Event]]:
        news = [(book, circle, event) for book in self.books.values() for circle, event in book.advance()]
        by_fold: dict[tuple[AgreementId, CircleId], list[Event]] = {}
        for book, circle, event in news:
            by_fold.setdefault((book.id, circle), []).append(event)
        for (name, circle), events in by_fold.items():
            self.watch.note(self.books[name].ledger.circle(circle), events)
        for book in self.books.values():
            for fold in book.ledger.folds.values():
                self.watch.heed(fold)
        return news

    def _open_books(self) -> None:
        """Open a book for each agreement that the record keeps, anew when a successor brought circles or cards."""
        texts: dict[AgreementId, dict[str, bytes]] = {}
        for key, data in self.store.metas("agreement/").items():
            name, digest = key.split("/")[1:]
            texts.setdefault(AgreementId(name), {})[digest] = data
        for agreement, held in texts.items():
            known = self.books.get(agreement)
            if known is None or not known.adopted >= set(held):
                self._open_book(agreement, held)

    def _open_book(self, name: AgreementId, texts: Mapping[str, bytes]) -> None:
        cards = {PartyId(k.split("/")[2]): json.loads(v) for k, v in self.store.metas(f"card/{name}/").items()}
        newer = {PartyId(k.split("/")[2]): json.loads(v) for k, v in self.store.metas(f"introduced/{name}/").items()}
        keys = {CircleId(k.split("/")[2]): v for k, v in self.store.metas(f"circle/{name}/").items()}

        def new() -> Book:
            book = Book(self.party, [books.read_agreement(text) for text in texts.values()], cards, keys)
            book.introduced |= newer
            return book

        if name not in self.books:
            self.books[name] = book = new()
            reach = snapshot.load(self.store, book, self.watch)
            if reach is None:
                self.books[name] = new()
                return
            self._reach[name] = self._kept = reach.cursor
            for waiting, seq in reach.pending:
                part = self.store.part(waiting, seq, 0)
                if part is not None:
                    book.take_act(ActRow(cursor=reach.cursor, origin=waiting, seq=seq, data=part.data))
            return
        self.books[name] = book = new()
        for origin, row in _stems_first(self.store):
            if book.owns(origin):
                if row.stem:
                    book.take_branch(Origin(origin), Origin(row.stem), row.stem_size)
                book.take_leaves(self.store.leaves(origin, row.stem_size, row.size))
        for act in self.store.acts_after(0, self.store.arrival()):
            if act.cursor <= self._cursor and book.owns(act.origin):
                book.take_act(act)

    def book_of(self, origin: str) -> Book | None:
        """Return the book under whose agreement a feed stands."""
        book = self.books.get(AgreementId(origin.split("/")[1]))
        return book if book is not None and book.owns(origin) else None

    def book(self, agreement: str) -> Book:
        """Return a book.

        Raises:
            Refused: `agreement.not_held`.
        """
        self.catch_up()
        found = self.books.get(AgreementId(agreement))
        if found is None:
            raise Refused("agreement.not_held", f"this node keeps no agreement {agreement!r}; adopt it first")
        return found

    def book_naming(self, digest: Hash) -> Book:
        """Return the book that holds an agreement's text.

        Raises:
            Refused: `agreement.not_held`.
        """
        for book in self.books.values():
            if digest in book.ledger.agreements:
                return book
        raise Refused("agreement.not_held", f"this node keeps no agreement with hash {digest[:16]}…")

    def journal_lines(self) -> list[dict[str, Any]]:
        """Return the party's own record, in order."""
        origin = ids.origin(self.party, JOURNAL, 1)
        row = self.store.feed(origin)
        parts = (self.store.part(origin, seq, 0) for seq in range(row.size if row else 0))
        return [json.loads(part.data) for part in parts if part is not None]

    def keep(self) -> None:
        """Keep a snapshot, so that the next start judges only what comes after."""
        with self.lock:
            self.catch_up()
            with self.store.transaction() as txn:
                for book in self.books.values():
                    snapshot.save(txn, book, self.watch, self._cursor)
            self._kept = self._cursor

    def keep_if_due(self, arrivals: int) -> None:
        """Keep a snapshot when as many acts have come since the last one."""
        if self._cursor - self._kept >= arrivals:
            self.keep()

    def close(self) -> None:
        """Let go of the record, after keeping a snapshot of anything new."""
        with self.lock:
            with suppress(EntenteError):
                self.keep_if_due(KEEP_LEAST)
            self.mark.flush()
            self.store.close()


def _stems_first(store: Store) -> list[tuple[str, FeedRow]]:
    return sorted(store.feeds().items(), key=lambda one: books.depth(one[1]))


@contextmanager
def _collector_at_rest(arrivals: int) -> Iterator[None]:
    """Read a long history without the garbage collector going over it again and again; nothing of it is garbage."""
    if arrivals < 1000 or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
