"""The keeper: of each log the newest head that was cosigned, in one SQLite file, and the one step that moves it on.

What is cosigned is on the disk first, and no two requests are judged at once, in this process or another: else the one
could roll back what the other was told (c2sp.org/tlog-witness, the race in `add-checkpoint`). If we stop between the
commit and the answer, the log asks again from the size that we name, and gets its cosignature then.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from entente.errors import Forked, Refused, Unavailable
from entente.feed.fork import Fork
from entente.tlog.checkpoint import Checkpoint
from entente.tlog.head import bare
from entente.tlog.note import Note, NoteKey
from entente.tlog.witness import AddCheckpoint, admit
from entente.witness.home import Keys
from entente.witness.logs import Card, Steps, read, require_following, spell

_TABLES = """
CREATE TABLE IF NOT EXISTS log (origin TEXT PRIMARY KEY, vkeys TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS card (origin TEXT PRIMARY KEY, card BLOB NOT NULL) STRICT; -- by which a log is known, if any
CREATE TABLE IF NOT EXISTS head (
    origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, note BLOB NOT NULL, at INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS fork (
    origin TEXT PRIMARY KEY, evidence BLOB NOT NULL, at INTEGER NOT NULL -- the first: more would fill the disk
) STRICT;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A log that is known: its keys, what was cosigned last and when [s since 1970], and any proof that it forked."""

    origin: str
    keys: tuple[NoteKey, ...]
    head: Checkpoint | None
    at: int | None
    fork: bytes | None


class Keeper:
    """A witness's record. Threads and processes may share the file; whoever writes waits for the others."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        try:
            self._connection = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.executescript(_TABLES)
        except sqlite3.Error as error:
            raise Unavailable("witness.record", f"the record cannot be opened: {error}", where=str(path)) from None

    def add(
        self,
        origin: str,
        keys: Sequence[NoteKey],
        *,
        card: Card | None = None,
        steps: Steps = (),
        replace: bool = False,
    ) -> None:
        """Know a log from now on by these keys, all of which must sign its heads; they are those of `card`, if given.

        Raises:
            Refused: `witness.known`, when it is known by other keys, unless these are to `replace` them;
                `witness.card`, when a card was what made it known, and this one does not follow that.
            Untrusted: as `logs.require_following`.
        """
        text = "\n".join(key.encode() for key in keys)
        with self._transaction() as db:
            held = db.execute("SELECT vkeys FROM log WHERE origin = ?", (origin,)).fetchone()
            if held is not None and held[0] != text and not replace:
                raise Refused(
                    "witness.known", f"{origin} is known already, by other keys; if it has changed them, add --replace"
                )
            before = db.execute("SELECT card FROM card WHERE origin = ?", (origin,)).fetchone()
            if card is not None and before is not None:
                require_following(read(before[0]), card, steps)
            db.execute("INSERT OR REPLACE INTO log VALUES (?, ?)", (origin, text))
            # Keys that people name by hand end what a card said; the next card begins anew.
            db.execute("DELETE FROM card WHERE origin = ?", (origin,))
            if card is not None:
                db.execute("INSERT INTO card VALUES (?, ?)", (origin, spell(card)))

    def cosign(self, data: bytes, keys: Keys, now_s: int) -> bytes:
        """Return our signature lines over the head in a request, once it is kept. `now_s` is our clock [s since 1970].

        Raises:
            Refused: `witness.unknown`, `witness.size`.
            Malformed, Untrusted, Forked: as `tlog.witness.admit` and `AddCheckpoint.parse`; a fork's evidence is kept.
            Unavailable: `witness.record`.
        """
        request = AddCheckpoint.parse(data)
        origin = request.origin()
        with self._transaction() as db:
            log = db.execute("SELECT vkeys FROM log WHERE origin = ?", (origin,)).fetchone()
            if log is None:
                raise Refused("witness.unknown", f"the log {origin} is not known here")
            trusted = _keys(log[0])
            row = db.execute("SELECT size, root, note, at FROM head WHERE origin = ?", (origin,)).fetchone()
            latest = Checkpoint(origin=origin, size=row[0], root=row[1]) if row else None
            try:
                head = admit(request, trusted, latest)
            except Forked as found:
                assert row is not None, "only a head that was cosigned can be contradicted"
                evidence = _evidence(row[2], bare(request.note, trusted))
                db.execute("INSERT OR IGNORE INTO fork VALUES (?, ?, ?)", (origin, evidence, now_s))
                error: Forked | None = found
            else:
                error = None
                at = max(now_s, row[3] if row else 0)  # our word of when never goes back, whatever the clock does
                db.execute(
                    "INSERT OR REPLACE INTO head VALUES (?, ?, ?, ?, ?)",
                    # With the lines of the keys of today: as evidence it counts under them (KEY-13), whatever comes.
                    (origin, head.size, head.root, bare(request.note, trusted), at),
                )
        if error is not None:
            raise error
        return keys.cosign(head, at)

    def rows(self) -> list[Row]:
        """Return every log that is known, by origin."""
        with self._lock, _translated():
            logs = self._connection.execute("SELECT origin, vkeys FROM log ORDER BY origin").fetchall()
            heads = {row[0]: row[1:] for row in self._connection.execute("SELECT origin, size, root, at FROM head")}
            forks = dict(self._connection.execute("SELECT origin, evidence FROM fork").fetchall())
        found = []
        for origin, vkeys in logs:
            size, root, at = heads.get(origin, (None, None, None))
            head = None if size is None else Checkpoint(origin=origin, size=size, root=root)
            found.append(Row(origin=origin, keys=_keys(vkeys), head=head, at=at, fork=forks.get(origin)))
        return found

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Check and write in one step that nobody else's falls between; kept on the disk when the block ends."""
        with self._lock, _translated():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise Unavailable("witness.record", f"the witness's record cannot be read or written: {error}") from None


def _keys(text: str) -> tuple[NoteKey, ...]:
    return tuple(NoteKey.parse(line) for line in text.split("\n"))


def _evidence(first: bytes, second: bytes) -> bytes:
    """Return two signed heads of one size as evidence that anybody can check (FEED-32)."""
    root = Checkpoint.parse(Note.parse(second).text).root
    return Fork(smaller=first, larger=second, other_root=root, proof=()).encode()
