"""A record's file: opened so that a commit that returned survives loss of power, with room in its log for what comes.

SQLite appends each commit to a log beside the file, `…-wal`, copies it into the file after a thousand pages, and then
writes the log from its beginning again. While the log still grows, a flush to the disk waits for the file system to
note its new length and where it lies, as long as for the bytes themselves. So a process that goes on writing puts zeros
behind the log's end now and then, until it has the length that it reaches anyway (ADR-0045). Zeros say nothing: SQLite
reads a log up to the first frame whose salt is not the log's own (sqlite.org/fileformat2.html §4.1).
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from pathlib import Path

from entente.errors import Unavailable

LOG_ROOM = 32 + 1100 * (24 + 4096)
"""Length of a log that need not grow [bytes]: the pages after which SQLite empties it, and a hundred for a commit."""

_TROUBLE = {
    sqlite3.SQLITE_FULL: ("store.full", "the disk is full; make room and try again"),
    sqlite3.SQLITE_BUSY: ("store.locked", "another process is writing to it; try again in a moment"),
    sqlite3.SQLITE_LOCKED: ("store.locked", "another process is writing to it; try again in a moment"),
    sqlite3.SQLITE_READONLY: (
        "store.readonly",
        "it may not be written to; check the file's and its folder's permissions",
    ),
    sqlite3.SQLITE_PERM: ("store.readonly", "it may not be written to; check the file's and its folder's permissions"),
    sqlite3.SQLITE_CANTOPEN: ("store.io", "it cannot be opened; check that its folder exists and is yours"),
    sqlite3.SQLITE_IOERR: ("store.io", "the disk reported an error; check the disk, then restart"),
    sqlite3.SQLITE_CORRUPT: (
        "store.corrupt",
        "it is damaged; keep the file, and restore from a backup or the peers' copies",
    ),
    sqlite3.SQLITE_NOTADB: ("store.corrupt", "it is no SQLite file; keep it, and restore from a backup"),
}


class Translated:
    """A block in which what the disk may do to us becomes `Unavailable`; our own mistakes stay as they are.

    One serves any number of blocks, inside one another too. It stands around every statement, hence no generator.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, sqlite3.Error):
            # The low byte is the primary result code; the rest tells variants apart (sqlite.org/rescode.html).
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code in _TROUBLE:
                stable, advice = _TROUBLE[code]
                sentence = f"the record {self._path.name}: {advice}"
                raise Unavailable(stable, sentence, detail=str(error)) from error


def connect(path: Path, wait_s: float) -> sqlite3.Connection:
    """Open an existing file, set up so that a commit that returned survives loss of power."""
    # mode=rw: a mistyped path must not leave an empty record behind.
    address = f"{path.absolute().as_uri()}?mode=rw"
    with Translated(path):
        connection = sqlite3.connect(address, timeout=wait_s, isolation_level=None, check_same_thread=False, uri=True)
        try:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA fullfsync = ON")  # macOS: fsync alone does not reach the platter
            connection.execute("PRAGMA cell_size_check = ON")
            connection.execute("PRAGMA trusted_schema = OFF")
        except BaseException:
            connection.close()
            raise
        return connection


def make_room(path: Path) -> None:
    """Double the log beside the file at `path` with zeros, and a little more; `LOG_ROOM` at the most.

    The caller holds the file's write lock: nobody else writes to the log. If we stop half-way the log is a little
    longer, and that is all; where the disk or the system refuses, commits are slower, and as safe.
    """
    # Closing a file gives up all locks that this process has on it (POSIX); SQLite locks the other two, never the log.
    with suppress(OSError), path.with_name(f"{path.name}-wal").open("r+b", buffering=0) as log:
        length = log.seek(0, 2)
        if length < LOG_ROOM:
            log.write(bytes(min(length * 5 // 4, LOG_ROOM - length)))
