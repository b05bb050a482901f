"""A node's record in one SQLite file: the promises of `entente.store.promises`, kept with WAL and full fsync.

Several processes may open the same file, such as the command line beside a serving node. Each thread has a connection
of its own, so that readers never wait for the writer; writers wait for one another, first in this process, then in the
file. SQLite gives one snapshot per statement, and every answer but `leaves`, to which nothing but an end can be added,
is one statement: no answer is torn.

>>> from tempfile import TemporaryDirectory
>>> with TemporaryDirectory() as folder:
...     store = open_sqlite(Path(folder) / "record.db", create=True)
...     with store.transaction() as txn:
...         txn.set_meta("cursor", b"7")
...     value = store.meta("cursor")
...     store.close()
>>> value
b'7'
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from entente.errors import Refused, Unavailable
from entente.store.file import Translated, connect, make_room
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
from entente.store.schema import bring_up, lay_out, require_readable
from entente.tlog.merkle import Frontier, leaf_hash

_PAGE = 1000
"""Leaves read at once: an open cursor would hold back the write-ahead log for as long as its reader likes."""

_SHORT_RUN = 8
"""Transactions of a process before it makes room in the log: most commands write once or twice."""

_FEED = "SELECT origin, size, frontier, checkpoint, stem, stem_size FROM feed"


class _Reads:
    """Every question, asked of the connection of the thread that asks."""

    def _rows(self, sql: str, *values: Any) -> list[Any]:
        raise NotImplementedError

    def _one(self, sql: str, *values: Any) -> Any:
        rows = self._rows(sql, *values)
        return rows[0] if rows else None

    def feeds(self) -> dict[str, FeedRow]:
        return {row[0]: _feed_row(row) for row in self._rows(f"{_FEED} ORDER BY origin")}

    def feed(self, origin: str) -> FeedRow | None:
        row = self._one(f"{_FEED} WHERE origin = ?", origin)
        return None if row is None else _feed_row(row)

    def leaves(self, origin: str, start: int = 0, stop: int | None = None) -> Iterator[Entry]:
        end = 2**63 - 1 if stop is None else stop
        stem, size = self._stem(origin)
        if start < size:
            yield from (replace(entry, origin=origin) for entry in self.leaves(stem, start, min(size, end)))
            start = size
        while rows := self._rows(
            "SELECT seq, leaf FROM leaf WHERE origin = ? AND seq >= ? AND seq < ? ORDER BY seq LIMIT ?",
            *(origin, start, end, _PAGE),
        ):
            for seq, leaf in rows:
                yield Entry(origin=origin, seq=seq, leaf=leaf)
            start = rows[-1][0] + 1

    def leaf_hashes(self, origin: str, start: int, stop: int) -> list[bytes]:
        stem, size = self._stem(origin)
        before = self.leaf_hashes(stem, start, min(size, stop)) if start < size else []
        sql = "SELECT hash FROM leaf WHERE origin = ? AND seq >= ? AND seq < ? ORDER BY seq"
        return before + [row[0] for row in self._rows(sql, origin, max(start, size), stop)]

    def _stem(self, origin: str) -> tuple[str, int]:
        """Return the feed that a branch shares its first leaves with, and how many."""
        # Only a branch's name has this mark (`ids.branch`); a feed's has not, and need not be asked for a stem.
        row = self.feed(origin) if "~" in origin else None
        return (row.stem, row.stem_size) if row else ("", 0)

    def _home(self, origin: str, seq: int) -> str:
        """Return the name under which an entry's parts are kept."""
        stem, size = self._stem(origin)
        return self._home(stem, seq) if seq < size else origin

    def parts(self, origin: str, seq: int) -> list[StoredPart]:
        sql = "SELECT idx, name, salt, data FROM part WHERE origin = ? AND seq = ? ORDER BY idx"
        return [_part(row) for row in self._rows(sql, self._home(origin, seq), seq)]

    def part(self, origin: str, seq: int, index: int) -> StoredPart | None:
        sql = "SELECT idx, name, salt, data FROM part WHERE origin = ? AND seq = ? AND idx = ?"
        row = self._one(sql, self._home(origin, seq), seq, index)
        return None if row is None else _part(row)

    def chunk(self, origin: str, seq: int, index: int, number: int) -> bytes | None:
        sql = "SELECT data FROM chunk WHERE origin = ? AND seq = ? AND idx = ? AND number = ?"
        row = self._one(sql, self._home(origin, seq), seq, index, number)
        return None if row is None else row[0]

    def chunks_held(self, origin: str, seq: int, index: int) -> list[int]:
        sql = "SELECT number FROM chunk WHERE origin = ? AND seq = ? AND idx = ? ORDER BY number"
        return [row[0] for row in self._rows(sql, self._home(origin, seq), seq, index)]

    def acts_after(self, cursor: int, limit: int = 10_000) -> list[ActRow]:
        sql = """SELECT act.arrival, act.origin, act.seq, part.data FROM act JOIN part
                 ON part.origin = act.origin AND part.seq = act.seq AND part.idx = 0
                 WHERE act.arrival > ? ORDER BY act.arrival LIMIT ?"""
        return [ActRow(cursor=row[0], origin=row[1], seq=row[2], data=row[3]) for row in self._rows(sql, cursor, limit)]

    def arrival(self) -> int:
        return int(self._one("SELECT coalesce(max(arrival), 0) FROM act")[0])

    def grants_after(self, recipient: str, cursor: int, limit: int) -> list[GrantRow]:
        sql = "SELECT number, origin, seq, idx FROM granted WHERE recipient = ? AND number > ? ORDER BY number LIMIT ?"
        return [
            GrantRow(cursor=row[0], recipient=recipient, origin=row[1], seq=row[2], index=row[3])
            for row in self._rows(sql, recipient, cursor, limit)
        ]

    def granted(self, recipient: str, origin: str, seq: int) -> set[int]:
        sql = "SELECT idx FROM granted WHERE recipient = ? AND origin = ? AND seq = ?"
        return {row[0] for row in self._rows(sql, recipient, origin, seq)}

    def meta(self, key: str) -> bytes | None:
        row = self._one("SELECT value FROM meta WHERE key = ?", key)
        return None if row is None else row[0]

    def metas(self, prefix: str) -> dict[str, bytes]:
        sql = "SELECT key, value FROM meta WHERE key >= ? AND substr(key, 1, ?) = ? ORDER BY key"
        return dict(self._rows(sql, prefix, len(prefix), prefix))

    def forks(self) -> list[ForkRow]:
        rows = self._rows("SELECT origin, evidence, found_at FROM fork ORDER BY number")
        return [ForkRow(origin=row[0], evidence=row[1], found_at=row[2]) for row in rows]


def _feed_row(row: Any) -> FeedRow:
    return FeedRow(origin=row[0], size=row[1], frontier=row[2], checkpoint=row[3], stem=row[4], stem_size=row[5])


def _part(row: Any) -> StoredPart:
    return StoredPart(index=row[0], name=row[1], salt=row[2], data=row[3])


class SqliteTxn(_Reads):
    """One transaction on its thread's connection; see `promises.Txn`."""

    def __init__(
        self, connection: sqlite3.Connection, translated: Translated, fault: Fault, edges: Mapping[str, Frontier]
    ) -> None:
        self._connection: sqlite3.Connection | None = connection
        self._translated = translated
        self.edges = dict(edges)
        """Where feeds ended when this process last wrote to them; each write asks for that very end."""
        self._fault = fault

    def end(self) -> None:
        """Make every later use fail, rather than write outside the transaction."""
        self._connection = None

    def _rows(self, sql: str, *values: Any) -> list[Any]:
        assert self._connection is not None, "this transaction has ended"
        with self._translated:
            return self._connection.execute(sql, values).fetchall()

    def _write(self, write: Write, sql: str, *values: Any) -> int:
        """Run one statement between the two moments of `write`; return how many rows it changed."""
        assert self._connection is not None, "this transaction has ended"
        self._fault(write, "before")
        with self._translated:
            changed = self._connection.execute(sql, values).rowcount
        self._fault(write, "after")
        return changed

    def append(
        self, origin: str, expected_size: int, leaves: Sequence[bytes], frontier: bytes, checkpoint: bytes | None
    ) -> None:
        edge = self._edge(origin, expected_size)
        hashes = [leaf_hash(leaf) for leaf in leaves]
        after = edge.extend(hashes)
        assert after.to_bytes() == frontier, f"the frontier given for feed {origin} is not its leaves'"
        if not self._write(
            "append",
            """INSERT INTO feed (origin, size, frontier, checkpoint) VALUES (?, ?, ?, ?) ON CONFLICT (origin) DO UPDATE
               SET size = excluded.size, frontier = excluded.frontier,
                   checkpoint = coalesce(excluded.checkpoint, checkpoint)
               WHERE feed.size = ? AND feed.frontier = ?""",
            *(origin, after.size, frontier, checkpoint, edge.size, edge.to_bytes()),
        ):
            del self.edges[origin]  # another process went on from there, and so did not our caller
            self._edge(origin, expected_size)
            raise AssertionError(f"feed {origin} holds {expected_size} leaves, and their edge is another")
        self._insert_leaves(origin, edge.size, leaves, hashes)
        self.edges[origin] = after

    def _edge(self, origin: str, size: int) -> Frontier:
        """Return the edge of a feed of this size: as it was left, which the write will prove or not, or as read."""
        left = self.edges.get(origin)
        if left is not None and left.size == size:
            return left
        row = self.feed(origin)
        held = 0 if row is None else row.size
        if held != size:
            raise Refused("store.size", f"feed {origin} holds {held} leaves, not {size}; read it again", size=held)
        return Frontier() if row is None else Frontier.from_bytes(row.frontier)

    def branch(self, origin: str, stem: str, size: int) -> None:
        edge = stem_frontier(self, stem, size)
        if self.feed(origin) is not None:
            raise Refused("store.stem", f"something of feed {origin} is held already")
        sql = "INSERT INTO feed (origin, size, frontier, stem, stem_size) VALUES (?, ?, ?, ?, ?)"
        self._write("branch", sql, origin, size, edge, stem, size)

    def _insert_leaves(self, origin: str, size: int, leaves: Sequence[bytes], hashes: list[bytes]) -> None:
        assert self._connection is not None, "this transaction has ended"
        numbered = enumerate(zip(leaves, hashes, strict=True), size)
        with self._translated:
            self._connection.executemany(
                "INSERT INTO leaf (origin, seq, leaf, hash) VALUES (?, ?, ?, ?)",
                ((origin, seq, leaf, hashed) for seq, (leaf, hashed) in numbered),
            )

    def set_checkpoint(self, origin: str, checkpoint: bytes) -> None:
        if not self._write("set_checkpoint", "UPDATE feed SET checkpoint = ? WHERE origin = ?", checkpoint, origin):
            raise Refused("store.feed", f"nothing of feed {origin} is held; append its leaves first")

    def put_part(self, origin: str, seq: int, index: int, name: str, salt: bytes, data: bytes) -> bool:
        sql = "INSERT INTO part (origin, seq, idx, name, salt, data) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
        added = self._write("put_part", sql, origin, seq, index, name, salt, data) > 0
        if added and index == 0:
            self._rows("INSERT INTO act (origin, seq) VALUES (?, ?)", origin, seq)
        return added

    def put_chunk(self, origin: str, seq: int, index: int, number: int, data: bytes) -> bool:
        sql = "INSERT INTO chunk (origin, seq, idx, number, data) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
        return self._write("put_chunk", sql, origin, seq, index, number, data) > 0

    def grant(self, recipient: str, origin: str, seq: int, index: int) -> None:
        sql = "INSERT INTO granted (recipient, origin, seq, idx) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
        self._write("grant", sql, recipient, origin, seq, index)

    def set_meta(self, key: str, value: bytes | None) -> None:
        if value is None:
            self._write("set_meta", "DELETE FROM meta WHERE key = ?", key)
        else:
            self._write("set_meta", "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", key, value)

    def add_fork(self, origin: str, evidence: bytes, found_at: str) -> None:
        sql = "INSERT INTO fork (origin, evidence, found_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
        self._write("add_fork", sql, origin, evidence, found_at)


class SqliteStore(_Reads):
    """One node's record in a file; see `promises.Store`. Made by `open_sqlite`."""

    def __init__(self, path: Path, *, wait_s: float, fault: Fault) -> None:
        self._path = path
        self._translated = Translated(path)
        self._wait_s = wait_s
        self._fault = fault
        self._mine = threading.local()  # each thread's own connection, and whether it is inside a transaction
        self._writer = threading.Lock()  # one transaction at a time in this process, in the order they asked
        self._begun = 0  # transactions so far; under `_writer`
        self._edges: dict[str, Frontier] = {}  # where our commits left the feeds; likewise
        self._watching = threading.Lock()  # guards `_watch` and `_opened`
        self._opened: list[sqlite3.Connection] = []  # all connections; those of ended threads stay until `close`
        self._watch = self._open()

    def _open(self) -> sqlite3.Connection:
        connection = connect(self._path, self._wait_s)
        self._opened.append(connection)
        return connection

    def _here(self) -> sqlite3.Connection:
        """Return this thread's connection."""
        connection: sqlite3.Connection | None = getattr(self._mine, "connection", None)
        if connection is None:
            with self._watching:
                connection = self._mine.connection = self._open()
        return connection

    def _rows(self, sql: str, *values: Any) -> list[Any]:
        with self._translated:
            return self._here().execute(sql, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[SqliteTxn]:
        assert not getattr(self._mine, "inside", False), "a transaction is open on this thread already"
        connection = self._here()
        with self._writer:
            with self._translated:
                connection.execute("BEGIN IMMEDIATE")
            txn = SqliteTxn(connection, self._translated, self._fault, self._edges)
            self._mine.inside = True
            try:
                self._begun += 1
                if self._begun >= _SHORT_RUN and self._begun.bit_count() == 1:
                    make_room(self._path)  # as many transactions again will need as much again
                yield txn
                self._commit(connection)
                self._edges = txn.edges
            finally:
                self._mine.inside = False
                txn.end()
                # Still open means that the block or the commit failed: nothing of it may stay.
                if connection.in_transaction:
                    with self._translated:
                        connection.execute("ROLLBACK")

    def _commit(self, connection: sqlite3.Connection) -> None:
        self._fault("commit", "before")
        with self._translated:
            connection.execute("COMMIT")
        # From here on it is kept, whatever becomes of this process.
        self._fault("commit", "after")

    def changes(self) -> int:
        # `data_version` moves when another connection commits, of this process or any other; `_watch` never writes.
        with self._watching, self._translated:
            return int(self._watch.execute("PRAGMA data_version").fetchone()[0])

    def check(self) -> list[str]:
        try:
            found = [row[0] for row in self._rows("PRAGMA quick_check(20)")]
            flaws = [f"file {self._path.name}: {line}" for line in found if line != "ok"]
            return flaws + check_feeds(self)
        except Unavailable as error:
            return [str(error)]

    def backup(self, path: Path) -> None:
        """Write a copy of the last commit to `path`, while others go on reading and writing.

        Raises:
            Refused: `store.exists`, when there is something at `path`.
        """
        if path.exists():
            raise Refused("store.exists", f"{path.name} exists already; choose another name for the backup")
        try:
            with Translated(path), closing(sqlite3.connect(path)) as copy:
                self._here().backup(copy)
        except BaseException:
            path.unlink(missing_ok=True)  # half a backup must not pass for one
            raise

    def close(self) -> None:
        with self._watching:
            while self._opened:
                self._opened.pop().close()


def open_sqlite(path: Path, create: bool = False, *, wait_s: float = 5.0, fault: Fault = no_fault) -> SqliteStore:
    """Open the record at `path`, or, with `create`, make it when it is not there.

    A writer waits `wait_s` [s] for writers of other processes. The file's permissions are the caller's to set.

    Raises:
        Unavailable: `store.missing`; `store.newer`, when a later version of Entente wrote it; `store.corrupt`, when
            it is not a record of Entente's; `store.readonly`, `store.locked`, `store.io`.
    """
    if create and not path.exists():
        with Translated(path):
            path.touch()
    if not path.exists():
        raise Unavailable("store.missing", f"there is no record at {path.name}; create one, or check the path")
    with closing(connect(path, wait_s)) as connection, Translated(path):
        if create:
            lay_out(connection)
        require_readable(connection, path)
        bring_up(connection)
    return SqliteStore(path, wait_s=wait_s, fault=fault)
