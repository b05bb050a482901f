"""Archives that others made: looked through before anything in them is read, so that none unpacks beyond measure.

A member's stated size is its maker's word. Each is therefore unpacked once in pieces, counted, and thrown away.
"""

from __future__ import annotations

import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from entente.errors import Malformed

LARGEST_FILE = 128 * 1024 * 1024
"""[bytes] Of an archive."""
LARGEST_UNPACKED = 1024 * 1024 * 1024
"""[bytes] Of all that is in it. A sheet of 250,000 rows and 20 columns unpacks to some 250 MiB."""
MOST_MEMBERS = 2000
_PIECE = 1024 * 1024
OVERLAP = 64
"""[bytes] Of the piece before that are looked at again: what lies across two is found."""
_XML_BEGINS = (b"<", b"\0<", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
"""XML's first character, or a mark of its encoding before it; an expat parser takes nothing else for XML."""
Look = Callable[[str, bytes], str]


@contextmanager
def opened(
    path: Path, what: str, words: Collection[bytes] = (), look: Look | None = None
) -> Iterator[tuple[zipfile.ZipFile, Counter[bytes]]]:
    """Open an archive, look through it, and give it with how often, about, some words stand in its XML.

    `what` begins the codes of its errors. `look` is shown each piece of XML after some bytes of the one before, and
    says what is wrong with it, if anything is.

    Raises:
        Malformed: `file.missing`, `file.size`, `WHAT.syntax`, `WHAT.bomb`, `WHAT.encrypted`.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise Malformed("file.size", f"more than {LARGEST_FILE // 2**20} MiB; give a smaller file", where=path.name)
        with zipfile.ZipFile(path) as archive:
            yield archive, _look_through(archive, path.name, what, words, look)
    except OSError as error:
        raise Malformed("file.missing", f"cannot be read ({error.strerror or error})", where=path.name) from error
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError) as error:
        raise Malformed(f"{what}.syntax", f"is damaged or no such file: {error}", where=path.name) from error


def _look_through(
    archive: zipfile.ZipFile, name: str, what: str, words: Collection[bytes], look: Look | None
) -> Counter[bytes]:
    members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        raise Malformed(f"{what}.bomb", f"holds {len(members):,} files; no list does", where=name)
    left, found = LARGEST_UNPACKED, Counter[bytes]()
    longest = max(OVERLAP, *map(len, words)) if words else OVERLAP
    for member in members:
        if member.flag_bits & 1:
            raise Malformed(f"{what}.encrypted", "is behind a password; save it without one", where=name)
        if member.file_size > left:
            raise _bomb(what, name)
        with archive.open(member) as file:
            tail, is_xml = b"", None
            while piece := file.read(_PIECE):
                left -= len(piece)
                if left < 0:
                    raise _bomb(what, name)
                if is_xml is None:
                    # By how it begins, and not by its name: a workbook may call a sheet what it likes.
                    is_xml = piece.lstrip()[:3].startswith(_XML_BEGINS)
                if is_xml:
                    if look is not None and (wrong := look(member.filename, tail + piece)):
                        raise Malformed(f"{what}.bomb", f"{wrong}, which no list does; it was not read", where=name)
                    # What lies across two pieces is found; a short word may be counted twice there.
                    found.update({word: times for word in words if (times := (tail + piece).count(word))})
                    tail = piece[-longest:]
    return found


def _bomb(what: str, name: str) -> Malformed:
    most = LARGEST_UNPACKED // 2**20
    return Malformed(
        f"{what}.bomb", f"unpacks to more than {most:,} MiB, which no list does; it was not read", where=name
    )
