"""The tables of a record in SQLite, and how a file says that it is one.

`application_id` says whose file it is, `user_version` which tables it has. A file of a later version is refused: what
an older program does not know, it would not keep.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from entente.errors import Unavailable

APPLICATION = int.from_bytes(b"ENTE", "big")
VERSION = 3

_CHUNK = """CREATE TABLE chunk (
        origin TEXT NOT NULL, seq INTEGER NOT NULL, idx INTEGER NOT NULL, number INTEGER NOT NULL, data BLOB NOT NULL,
        PRIMARY KEY (origin, seq, idx, number)
    ) STRICT"""
_TABLES = (
    """CREATE TABLE feed (
        origin TEXT PRIMARY KEY, size INTEGER NOT NULL, frontier BLOB NOT NULL, checkpoint BLOB,
        stem TEXT NOT NULL DEFAULT '', stem_size INTEGER NOT NULL DEFAULT 0
    ) STRICT, WITHOUT ROWID""",
    # The hash stands beside the leaf, so that proofs need not read and hash every leaf again; `check` compares.
    """CREATE TABLE leaf (
        origin TEXT NOT NULL, seq INTEGER NOT NULL, leaf BLOB NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (origin, seq)
    ) STRICT, WITHOUT ROWID""",
    # Parts reach a mebibyte: rows of that size belong in a table with row numbers (sqlite.org/withoutrowid.html §4).
    """CREATE TABLE part (
        origin TEXT NOT NULL, seq INTEGER NOT NULL, idx INTEGER NOT NULL, name TEXT NOT NULL, salt BLOB NOT NULL,
        data BLOB NOT NULL, PRIMARY KEY (origin, seq, idx)
    ) STRICT""",
    _CHUNK,
    # AUTOINCREMENT: a number once given is never given again, so no reader's cursor is ever ahead of the table.
    """CREATE TABLE act (
        arrival INTEGER PRIMARY KEY AUTOINCREMENT, origin TEXT NOT NULL, seq INTEGER NOT NULL, UNIQUE (origin, seq)
    ) STRICT""",
    """CREATE TABLE granted (
        number INTEGER PRIMARY KEY AUTOINCREMENT, recipient TEXT NOT NULL, origin TEXT NOT NULL, seq INTEGER NOT NULL,
        idx INTEGER NOT NULL, UNIQUE (recipient, origin, seq, idx)
    ) STRICT""",
    "CREATE INDEX granted_to ON granted (recipient, number)",
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID",
    """CREATE TABLE fork (
        number INTEGER PRIMARY KEY AUTOINCREMENT, origin TEXT NOT NULL, evidence BLOB NOT NULL, found_at TEXT NOT NULL,
        UNIQUE (origin, evidence)
    ) STRICT""",
)

_STEPS = {
    # 2: branches of forked feeds
    1: (
        "ALTER TABLE feed ADD COLUMN stem TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE feed ADD COLUMN stem_size INTEGER NOT NULL DEFAULT 0",
    ),
    # 3: chunks of attached files
    2: (_CHUNK,),
}
"""What leads from the tables of a version to the next."""


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])


def lay_out(connection: sqlite3.Connection) -> None:
    """Make the tables in an empty file; leave any other file as it is.

    The write-ahead log is switched on first, as that cannot be done inside a transaction; the tables and the version
    come in one, so that a file is either empty or whole, and of two processes one makes it.
    """
    if _number(connection, "schema_version"):
        return
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("BEGIN IMMEDIATE")
    if not _number(connection, "user_version"):
        for table in _TABLES:
            connection.execute(table)
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")


def bring_up(connection: sqlite3.Connection) -> None:
    """Lead an earlier version's tables to today's, in one transaction: the file is of the one or of the other."""
    if _number(connection, "application_id") != APPLICATION or _number(connection, "user_version") >= VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    # Another process may have done it while we waited.
    for version in range(_number(connection, "user_version"), VERSION):
        for step in _STEPS[version]:
            connection.execute(step)
    connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")


def require_readable(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a file that is not a record, or of a later version.

    Raises:
        Unavailable: `store.corrupt`, `store.newer`.
    """
    if _number(connection, "application_id") != APPLICATION:
        raise Unavailable("store.corrupt", f"{path.name} is not a record of Entente's; check the path")
    version = _number(connection, "user_version")
    if version > VERSION:
        newer = (
            f"{path.name} was written by a later version of Entente (tables {version}, known {VERSION}); update first"
        )
        raise Unavailable("store.newer", newer, version=version)
