"""A home's record, read without a trace: no lock, no file beside it, no byte of it changed.

What was written last may stand in `record.sqlite-wal`. Then both files are copied to a temporary folder and read
there; else the file is opened as one that nobody changes, which works on a medium that cannot be written to. A home
that a node has open is no evidence: stop the node, or take a backup, and read that.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from entente.errors import Malformed, Unavailable

APPLICATION = int.from_bytes(b"ENTE", "big")
VERSION = 3
"""The newest version of the tables that this program knows; it reads earlier ones too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One feed as it is kept. Another branch of a forked one shares its first entries, so many, with its stem."""

    origin: str
    size: int
    note: bytes | None
    stem: str = ""
    stem_size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One part as it is kept, and the parties it was released to."""

    index: int
    name: str
    salt: bytes
    data: bytes
    released: tuple[str, ...]


class Record:
    """Questions to a record. Everything is read as kept; nothing is trusted."""

    def __init__(self, connection: sqlite3.Connection, *, version: int) -> None:
        self._connection = connection
        self._branches, self._chunks = version > 1, version > 2

    def flaws(self) -> list[str]:
        """Return what the file itself says is wrong with it."""
        return [row[0] for row in self._connection.execute("PRAGMA quick_check(5)") if row[0] != "ok"]

    def feeds(self) -> list[Row]:
        """Return the feeds by origin, branches of forked ones after their stems."""
        stems = "stem, stem_size" if self._branches else "'', 0"
        sql = f"SELECT origin, size, checkpoint, {stems} FROM feed ORDER BY 4 > '', 5, origin"
        return [
            Row(origin=o, size=n, note=note, stem=stem, stem_size=at)
            for o, n, note, stem, at in self._connection.execute(sql)
        ]

    def leaves(self, origin: str) -> Iterator[tuple[int, bytes]]:
        """Yield a feed's leaves in order."""
        yield from self._connection.execute("SELECT seq, leaf FROM leaf WHERE origin = ? ORDER BY seq", (origin,))

    def parts(self, origin: str) -> Iterator[tuple[int, list[Piece]]]:
        """Yield the parts kept of each entry that has any, by index."""
        released: dict[tuple[int, int], list[str]] = {}
        sql = "SELECT seq, idx, recipient FROM granted WHERE origin = ? ORDER BY recipient"
        for seq, index, recipient in self._connection.execute(sql, (origin,)):
            released.setdefault((seq, index), []).append(recipient)
        place, found = -1, list[Piece]()
        sql = "SELECT seq, idx, name, salt, data FROM part WHERE origin = ? ORDER BY seq, idx"
        for seq, index, name, salt, data in self._connection.execute(sql, (origin,)):
            if seq != place and found:
                yield place, found
                found = []
            place = seq
            to = tuple(released.get((seq, index), ()))
            found.append(Piece(index=index, name=name, salt=salt, data=data, released=to))
        if found:
            yield place, found

    def chunks(self, origin: str, seq: int, index: int) -> Iterator[tuple[int, bytes]]:
        """Yield the chunks kept of the file that a part describes, in order."""
        if self._chunks:
            sql = "SELECT number, data FROM chunk WHERE origin = ? AND seq = ? AND idx = ? ORDER BY number"
            yield from self._connection.execute(sql, (origin, seq, index))

    def metas(self, kind: str) -> Mapping[tuple[str, str], bytes]:
        """Return the small values named ``kind/AGREEMENT/NAME``, by the two last."""
        sql = "SELECT key, value FROM meta WHERE substr(key, 1, ?) = ? ORDER BY key"
        rows = self._connection.execute(sql, (len(kind) + 1, f"{kind}/"))
        named = ((key.split("/"), value) for key, value in rows)
        return {(words[1], words[2]): value for words, value in named if len(words) == 3}

    def forks(self) -> list[tuple[str, bytes, str]]:
        """Return all evidence of forks: feed, evidence, and when it was found here."""
        return list(self._connection.execute("SELECT origin, evidence, found_at FROM fork ORDER BY number"))


@contextmanager
def opened(path: Path) -> Iterator[Record]:
    """Open the record at `path` for reading.

    Raises:
        Malformed: `record.missing`, `record.file`.
        Unavailable: `record.newer`, when a later version of Entente wrote it.
    """
    if not path.is_file():
        raise Malformed("record.missing", "there is no record here; name the folder that holds record.sqlite")
    try:
        with ExitStack() as stack:
            address = f"{_at_rest(path, stack).absolute().as_uri()}"
            connection = stack.enter_context(closing(sqlite3.connect(address + _mode(path), uri=True)))
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA query_only = ON")
            if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION:
                raise Malformed("record.file", f"{path.name} is no record of Entente's; check the folder")
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if not 1 <= version <= VERSION:
                raise Unavailable("record.newer", f"the record has tables of version {version}; known is {VERSION}")
            yield Record(connection, version=version)
    except (sqlite3.Error, OSError) as error:
        raise Malformed("record.file", f"{path.name} cannot be read: {error}; keep it, and read a copy") from None


def _log(path: Path) -> Path | None:
    """Return the write-ahead log beside a record, when there is something in it."""
    log = path.with_name(f"{path.name}-wal")
    return log if log.is_file() and log.stat().st_size else None


def _at_rest(path: Path, stack: ExitStack) -> Path:
    log = _log(path)
    if log is None:
        return path
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="entente-verify-")))
    for one in (path, log):
        shutil.copyfile(one, folder / one.name)
    return folder / path.name


def _mode(path: Path) -> str:
    return "?mode=ro&immutable=1" if _log(path) is None else "?mode=rw"
