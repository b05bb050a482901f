"""Archives that others made: looked through before anything in them is read, so that none unpacks beyond measure.

A member's stated size is its maker's word. Each is therefore unpacked once in pieces, counted, and thrown away.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from entente.errors import Malformed

LARGEST_FILE = 128 * 1024 * 1024
"""[bytes] Of an archive."""
LARGEST_UNPACKED = 1024 * 1024 * 1024
"""[bytes] Of all that is in it. A sheet of 250,000 rows and 20 columns unpacks to some 250 MiB."""
MOST_MEMBERS = 2000
_PIECE = 1024 * 1024


@contextmanager
def opened(path: Path, what: str) -> Iterator[zipfile.ZipFile]:
    """Open an archive and look through it. `what` begins the codes of its errors.

    Raises:
        Malformed: `file.missing`, `file.size`, `WHAT.syntax`, `WHAT.bomb`, `WHAT.encrypted`.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise Malformed("file.size", f"more than {LARGEST_FILE // 2**20} MiB; give a smaller file", where=path.name)
        with zipfile.ZipFile(path) as archive:
            _look_through(archive, path.name, what)
            yield archive
    except OSError as error:
        raise Malformed("file.missing", f"cannot be read ({error.strerror or error})", where=path.name) from error
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError) as error:
        raise Malformed(f"{what}.syntax", f"is damaged or no such file: {error}", where=path.name) from error


def _look_through(archive: zipfile.ZipFile, name: str, what: str) -> None:
    members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        raise Malformed(f"{what}.bomb", f"holds {len(members):,} files; no list does", where=name)
    left = LARGEST_UNPACKED
    for member in members:
        if member.flag_bits & 1:
            raise Malformed(f"{what}.encrypted", "is behind a password; save it without one", where=name)
        if member.file_size > left:
            raise _bomb(what, name)
        with archive.open(member) as file:
            while piece := file.read(_PIECE):
                left -= len(piece)
                if left < 0:
                    raise _bomb(what, name)


def _bomb(what: str, name: str) -> Malformed:
    most = LARGEST_UNPACKED // 2**20
    return Malformed(
        f"{what}.bomb", f"unpacks to more than {most:,} MiB, which no list does; it was not read", where=name
    )


def holds(archive: zipfile.ZipFile, member: str, words: Collection[bytes]) -> bool:
    """Whether any of some words stands in a member."""
    longest = max(map(len, words))
    with archive.open(member) as file:
        tail = b""
        while piece := file.read(_PIECE):
            if any(word in tail + piece for word in words):
                return True
            tail = piece[-longest:]
    return False
