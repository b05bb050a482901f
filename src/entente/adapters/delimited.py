"""Tables in text: CSV and its relatives, in whatever encoding and with whatever delimiter, line by line.

A file is read twice: once to see what its bytes are, once to read them. Lines that are UTF-8 are read so; others by
the one-byte encoding that the file's other bytes look most like: so a sheet that two people pasted together in two
encodings is read right. What was guessed is told.

>>> [guessed([word.encode(name)]) for word, name in (("Больница", "cp1251"), ("مستشفى", "cp1256"), ("Santé", "cp1252"))]
['cp1251', 'cp1256', 'cp1252']
"""

from __future__ import annotations

import codecs
import csv
import gzip
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, cast

from entente.adapters.sheets import MOST_CHARACTERS, MOST_ROWS, Line, Sheet, bounded
from entente.adapters.source import LARGEST
from entente.errors import Malformed
from entente.places import columns

LEGACY = ("cp1252", "cp1251", "cp1256")
SAMPLED = 2000
"""Lines that are no UTF-8, by which the encoding is guessed."""
LONGEST_LINE = 1_000_000
"""[bytes] A line that is longer is no table's."""
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def read(path: Path, encoding: str = "") -> Sheet:
    """Open a table.

    Raises:
        Malformed: `file.missing`, `file.size`, `file.empty`, `file.encoding`, `file.rows`, `csv.syntax`; also while
            lines are read.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise Malformed("file.size", f"more than {LARGEST // 2**20} MiB; give a smaller file", where=path.name)
        named, notes = _named(path, encoding)
        delimiter = _delimiter(list(islice(_lines(path, named), columns.LOOKED_THROUGH)))
        if _line_ends(path) > MOST_ROWS:
            # Counted before any is read into a place: a million rows get their answer at once.
            for _ in bounded(_rows(path, named, delimiter), path.name):
                pass
    except OSError as error:
        raise _unreadable(path, error) from error
    return Sheet(lines=_rows(path, named, delimiter), notes=notes)


def _unreadable(path: Path, error: Exception) -> Malformed:
    return Malformed(
        "file.missing", f"cannot be read ({getattr(error, 'strerror', None) or error})", where=path.name
    )  # fmt: skip


def _open(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def _line_ends(path: Path) -> int:
    with _open(path) as file:
        return sum(piece.count(b"\n") for piece in iter(lambda: file.read(1024 * 1024), b""))


def _named(path: Path, encoding: str) -> tuple[str, tuple[str, ...]]:
    """Return the encoding, where several are mixed the one of the lines that are no UTF-8, and what to tell of it."""
    if encoding:
        try:
            return codecs.lookup(encoding).name, ()
        except LookupError:
            known = f"utf-8, utf-16, {', '.join(LEGACY)}"
            raise Malformed("file.encoding", f"{encoding!r} is no encoding; name one such as {known}") from None
    with _open(path) as file:
        start = file.read(4096)
        if not start.strip(b"\r\n\t \xef\xbb\xbf"):
            raise Malformed("file.empty", "is empty", where=path.name)
        if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"\x1f\x8b")):
            raise Malformed(
                "file.format", "is no text, whatever its name says; open it and save it as .csv", where=path.name
            )
        if (mark := next((mark for mark in _MARKS if start.startswith(mark)), None)) is not None:
            return _MARKS[mark], ()
        if zeros := _sixteen(start):
            return zeros, (f"read as {zeros}",)
        file.seek(0)
        odd = list(islice((line for line in _split(file, path.name) if not _utf8(line)), SAMPLED))
        if not odd:
            return "utf-8", ()
    found = guessed(odd)
    return found, (f"lines that are not UTF-8 were read as {found}; if letters look wrong, say --encoding",)


def _sixteen(start: bytes) -> str:
    """Return which UTF-16 a text without a mark is: its marks and figures have a zero byte on one side, all of them."""
    if len(start) >= 4 and 0 in start:
        even, odd = start[::2].count(0), start[1::2].count(0)
        if odd >= 5 and odd > 8 * even:
            return "utf-16-le"
        if even >= 5 and even > 8 * odd:
            return "utf-16-be"
    return ""


def _utf8(line: bytes) -> bool:
    if line.isascii():
        return True
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def guessed(lines: Sequence[bytes]) -> str:
    """Return the one-byte encoding that lines look most like.

    Russian and Arabic are written in runs of high bytes, French and its neighbours in single ones. Russian read as
    Arabic mixes two scripts within a word; Arabic read as Russian puts capitals within words.
    """
    words = [word for line in lines for word in re.findall(rb"[A-Za-z\x80-\xff]+", line) if not word.isascii()]
    runs = [len(run) for word in words for run in re.findall(rb"[\xc0-\xff\x81\x8d\x8e\x90\x98\x9a\x9f]+", word)]
    if not runs or sum(runs) < 2 * len(runs):
        return "cp1252"
    return "cp1251" if _good(words, "cp1251") >= _good(words, "cp1256") else "cp1256"


def _good(words: Iterable[bytes], encoding: str) -> float:
    letters, good = 0, 0
    script = re.compile("[а-яёА-ЯЁ]" if encoding == "cp1251" else "[\u0600-\u06ff]")
    for word in words:
        text = word.decode(encoding, errors="replace")
        letters += len(text)
        inside = len(script.findall(text))
        good += inside if inside == len(text) and (text[1:].islower() or text.isupper() or encoding == "cp1256") else 0
    return good / max(letters, 1)


def _split(file: IO[bytes], name: str) -> Iterator[bytes]:
    """Yield lines with their ends; refuse what has none."""
    while line := file.readline(LONGEST_LINE):
        if len(line) >= LONGEST_LINE:
            raise Malformed("csv.syntax", "has a line of more than a million bytes; it is no table", where=name)
        yield line


def _lines(path: Path, encoding: str) -> Iterator[str]:
    """Yield a file's lines as text.

    Raises:
        Malformed: `file.encoding`, `file.missing`, `file.size`.
    """
    read = 0
    try:
        with _open(path) as file:
            if encoding.startswith(("utf-16", "utf_16", "utf-32", "utf_32")):
                yield from _wide(file, encoding, path.name)
                return
            for number, line in enumerate(_split(file, path.name), 1):
                read += len(line)
                if read > LARGEST:
                    raise Malformed("file.size", f"holds more than {LARGEST // 2**20} MiB", where=path.name)
                if b"\0" in line:
                    raise Malformed(
                        "file.encoding", "holds zero bytes, so it is no text", where=f"{path.name}, line {number}"
                    )
                yield _decoded(line, encoding, number)
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(path, error) from error


def _wide(file: IO[bytes], encoding: str, name: str) -> Iterator[str]:
    reader = codecs.getreader(encoding)(file)
    try:
        for line in reader:
            if len(line) > LONGEST_LINE or "\0" in line:
                raise Malformed("file.encoding", f"is no text in {encoding}", where=name)
            yield line
    except UnicodeError:
        raise Malformed("file.encoding", f"is no text in {encoding}; say --encoding", where=name) from None


def _decoded(line: bytes, encoding: str, number: int) -> str:
    if number == 1 and line.startswith(codecs.BOM_UTF8):
        line = line[3:]
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        # Five bytes of cp1252 mean nothing; they are shown as such, and no row is lost for one.
        return line.decode(encoding if not encoding.startswith("utf") else "cp1252", errors="replace")


def _delimiter(lines: Sequence[str]) -> str:
    """Return the delimiter by which most columns are recognised, then by which most lines have the same cells."""

    def told(mark: str) -> tuple[int, int, int]:
        try:
            rows = list(csv.reader(lines, delimiter=mark))
        except csv.Error:
            return 0, 0, 0
        known = max((max(len(columns.recognised(row)), len(columns.tagged(row))) for row in rows), default=0)
        widths = [len(row) for row in rows if len(row) > 1]
        common = max((widths.count(width) for width in set(widths)), default=0)
        return known, common, sum(widths)

    return max(",;\t|", key=told)


def _rows(path: Path, encoding: str, delimiter: str) -> Iterator[Line]:
    csv.field_size_limit(LONGEST_LINE)
    reader = csv.reader(_lines(path, encoding), delimiter=delimiter)
    try:
        for number, cells in enumerate(reader, 1):
            yield Line(number=number, cells=tuple(cell[:MOST_CHARACTERS] for cell in cells))
    except csv.Error as error:
        raise Malformed("csv.syntax", f"is not CSV: {error}", where=f"{path.name}, line {reader.line_num}") from error
