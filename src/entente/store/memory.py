"""A node's record in memory, for tests and exercises that leave nothing behind. It keeps the promises but the disk.

Readers on other threads wait for the writer, where SQLite's need not. Each write puts its undoing on a list, and a
block that raises undoes them in reverse: that is all a transaction is here.

>>> store = MemoryStore()
>>> with store.transaction() as txn:
...     txn.put_part("north/exercise-one/1", 0, 0, "act", bytes(32), b"{}")
True
>>> [(row.cursor, row.data) for row in store.acts_after(0)]
[(1, b'{}')]
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from typing import TypeVar

from entente.errors import Refused
from entente.store.promises import (
    ActRow,
    Entry,
    Fault,
    FeedRow,
    ForkRow,
    GrantRow,
    StoredPart,
    Write,
    check_feeds,
    no_fault,
    stem_frontier,
)
from entente.tlog.merkle import Frontier, leaf_hash

_V = TypeVar("_V")


class _Tables:
    """The values themselves. Whoever touches them holds `lock`."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.feeds: dict[str, FeedRow] = {}
        self.leaves: dict[str, list[bytes]] = {}
        self.parts: dict[tuple[str, int], dict[int, StoredPart]] = {}
        self.chunks: dict[tuple[str, int, int], dict[int, bytes]] = {}
        self.acts: list[tuple[str, int]] = []  # an act's number of arrival is its place, from 1
        self.grants: list[tuple[str, str, int, int]] = []  # likewise
        self.metas: dict[str, bytes] = {}
        self.forks: list[ForkRow] = []


class _Reads:
    """Every question, asked of the tables under their lock."""

    def __init__(self, tables: _Tables) -> None:
        self._tables = tables

    def feeds(self) -> dict[str, FeedRow]:
        with self._tables.lock:
            return dict(sorted(self._tables.feeds.items()))

    def feed(self, origin: str) -> FeedRow | None:
        with self._tables.lock:
            return self._tables.feeds.get(origin)

    def leaves(self, origin: str, start: int = 0, stop: int | None = None) -> Iterator[Entry]:
        with self._tables.lock:
            held = self._tables.leaves.get(origin, [])[start:stop]
        return (Entry(origin=origin, seq=seq, leaf=leaf) for seq, leaf in enumerate(held, start))

    def leaf_hashes(self, origin: str, start: int, stop: int) -> list[bytes]:
        return [leaf_hash(entry.leaf) for entry in self.leaves(origin, start, stop)]

    def _home(self, origin: str, seq: int) -> str:
        """Return the name under which an entry's parts are kept: a branch's first ones under its stem's."""
        row = self._tables.feeds.get(origin)
        return self._home(row.stem, seq) if row is not None and seq < row.stem_size else origin

    def parts(self, origin: str, seq: int) -> list[StoredPart]:
        with self._tables.lock:
            held = self._tables.parts.get((self._home(origin, seq), seq), {})
            return [held[index] for index in sorted(held)]

    def part(self, origin: str, seq: int, index: int) -> StoredPart | None:
        with self._tables.lock:
            return self._tables.parts.get((self._home(origin, seq), seq), {}).get(index)

    def chunk(self, origin: str, seq: int, index: int, number: int) -> bytes | None:
        with self._tables.lock:
            return self._tables.chunks.get((self._home(origin, seq), seq, index), {}).get(number)

    def chunks_held(self, origin: str, seq: int, index: int) -> list[int]:
        with self._tables.lock:
            return sorted(self._tables.chunks.get((self._home(origin, seq), seq, index), {}))

    def acts_after(self, cursor: int, limit: int = 10_000) -> list[ActRow]:
        with self._tables.lock:
            return [
                ActRow(cursor=number, origin=origin, seq=seq, data=self._tables.parts[origin, seq][0].data)
                for number, (origin, seq) in enumerate(self._tables.acts[cursor : cursor + limit], cursor + 1)
            ]

    def arrival(self) -> int:
        with self._tables.lock:
            return len(self._tables.acts)

    def grants_after(self, recipient: str, cursor: int, limit: int) -> list[GrantRow]:
        with self._tables.lock:
            rows = (
                GrantRow(cursor=number, recipient=to, origin=origin, seq=seq, index=index)
                for number, (to, origin, seq, index) in enumerate(self._tables.grants[cursor:], cursor + 1)
                if to == recipient
            )
            return list(islice(rows, limit))

    def granted(self, recipient: str, origin: str, seq: int) -> set[int]:
        with self._tables.lock:
            return {row[3] for row in self._tables.grants if row[:3] == (recipient, origin, seq)}

    def meta(self, key: str) -> bytes | None:
        with self._tables.lock:
            return self._tables.metas.get(key)

    def metas(self, prefix: str) -> dict[str, bytes]:
        with self._tables.lock:
            return {key: value for key, value in sorted(self._tables.metas.items()) if key.startswith(prefix)}

    def forks(self) -> list[ForkRow]:
        with self._tables.lock:
            return list(self._tables.forks)


class MemoryTxn(_Reads):
    """One transaction; see `promises.Txn`."""

    def __init__(self, tables: _Tables, fault: Fault) -> None:
        super().__init__(tables)
        self._fault = fault
        self._undo: list[Callable[[], object]] = []
        self._ended = False

    def end(self, *, keep: bool) -> None:
        """End it, and unless its writes are to be kept, undo them."""
        self._ended = True
        while self._undo and not keep:
            self._undo.pop()()

    def _write(self, write: Write, do: Callable[[], object], undo: Callable[[], object]) -> None:
        assert not self._ended, "this transaction has ended"
        self._fault(write, "before")
        do()
        self._undo.append(undo)
        self._fault(write, "after")

    def append(
        self, origin: str, expected_size: int, leaves: Sequence[bytes], frontier: bytes, checkpoint: bytes | None
    ) -> None:
        row = self.feed(origin) or FeedRow(origin=origin, size=0, frontier=Frontier().to_bytes(), checkpoint=None)
        if row.size != expected_size:
            sentence = f"feed {origin} holds {row.size} leaves, not {expected_size}; read it again"
            raise Refused("store.size", sentence, size=row.size)
        edge = Frontier.from_bytes(row.frontier).extend(leaf_hash(leaf) for leaf in leaves)
        assert edge.to_bytes() == frontier, f"the frontier given for feed {origin} is not its leaves'"
        held = self._tables.leaves.setdefault(origin, [])
        self._write("append", lambda: held.extend(leaves), lambda: held.__delitem__(slice(expected_size, None)))
        self._set_feed(
            replace(
                row, size=edge.size, frontier=frontier, checkpoint=row.checkpoint if checkpoint is None else checkpoint
            )
        )

    def branch(self, origin: str, stem: str, size: int) -> None:
        edge = stem_frontier(self, stem, size)
        if self.feed(origin) is not None:
            raise Refused("store.stem", f"something of feed {origin} is held already")
        row = FeedRow(origin=origin, size=size, frontier=edge, checkpoint=None, stem=stem, stem_size=size)
        shared, feeds, leaves = self._tables.leaves.get(stem, [])[:size], self._tables.feeds, self._tables.leaves
        self._write("branch", lambda: feeds.update({origin: row}), lambda: feeds.pop(origin))
        leaves[origin] = shared
        self._undo.append(lambda: leaves.pop(origin))

    def _set_feed(self, row: FeedRow) -> None:
        before = self._tables.feeds.get(row.origin)
        self._tables.feeds[row.origin] = row
        self._undo.append(lambda: _restore(self._tables.feeds, row.origin, before))

    def set_checkpoint(self, origin: str, checkpoint: bytes) -> None:
        row = self.feed(origin)
        if row is None:
            raise Refused("store.feed", f"nothing of feed {origin} is held; append its leaves first")
        newer = replace(row, checkpoint=checkpoint)
        feeds = self._tables.feeds
        self._write("set_checkpoint", lambda: feeds.update({origin: newer}), lambda: feeds.update({origin: row}))

    def put_part(self, origin: str, seq: int, index: int, name: str, salt: bytes, data: bytes) -> bool:
        held = self._tables.parts.setdefault((origin, seq), {})
        if index in held:
            return False
        part = StoredPart(index=index, name=name, salt=salt, data=data)
        self._write("put_part", lambda: held.update({index: part}), lambda: held.pop(index))
        if index == 0:
            self._tables.acts.append((origin, seq))
            self._undo.append(self._tables.acts.pop)
        return True

    def put_chunk(self, origin: str, seq: int, index: int, number: int, data: bytes) -> bool:
        held = self._tables.chunks.setdefault((origin, seq, index), {})
        if number in held:
            return False
        self._write("put_chunk", lambda: held.update({number: data}), lambda: held.pop(number))
        return True

    def grant(self, recipient: str, origin: str, seq: int, index: int) -> None:
        if index not in self.granted(recipient, origin, seq):
            row = (recipient, origin, seq, index)
            self._write("grant", lambda: self._tables.grants.append(row), self._tables.grants.pop)

    def set_meta(self, key: str, value: bytes | None) -> None:
        metas = self._tables.metas
        before = metas.get(key)
        self._write("set_meta", lambda: _restore(metas, key, value), lambda: _restore(metas, key, before))

    def add_fork(self, origin: str, evidence: bytes, found_at: str) -> None:
        forks = self._tables.forks
        if not any(row.origin == origin and row.evidence == evidence for row in forks):
            row = ForkRow(origin=origin, evidence=evidence, found_at=found_at)
            self._write("add_fork", lambda: forks.append(row), forks.pop)


def _restore(table: dict[str, _V], key: str, value: _V | None) -> None:
    """Make `key` hold `value`; None: nothing."""
    if value is None:
        table.pop(key, None)
    else:
        table[key] = value


class MemoryStore(_Reads):
    """One node's record in memory; see `promises.Store`."""

    def __init__(self, fault: Fault = no_fault) -> None:
        super().__init__(_Tables())
        self._fault = fault
        self._commits = 0  # under the tables' lock
        self._inside = False  # likewise; only the thread that holds the lock can see it set

    @contextmanager
    def transaction(self) -> Iterator[MemoryTxn]:
        with self._tables.lock:
            assert not self._inside, "a transaction is open on this thread already"
            txn, keep, self._inside = MemoryTxn(self._tables, self._fault), False, True
            try:
                yield txn
                self._fault("commit", "before")
                keep = True
                self._commits += 1
                self._fault("commit", "after")
            finally:
                self._inside = False
                txn.end(keep=keep)

    def changes(self) -> int:
        with self._tables.lock:
            return self._commits

    def check(self) -> list[str]:
        return check_feeds(self)

    def close(self) -> None:
        """Nothing is held that must be let go."""
