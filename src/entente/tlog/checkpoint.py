"""A log's head in three lines: origin, size, root (c2sp.org/tlog-checkpoint), as the text of a signed note.

- TLOG-6: a checkpoint has exactly three lines. Extension lines are refused: the ML-DSA cosignature does not cover them.
- TLOG-7: it has one spelling: what is read, written again, is the same bytes. So the size is plain ASCII decimal
  without sign, space, underscore or leading zero, and the root is padded base64 with no stray bits.
- TLOG-8: an origin is not empty, at most 255 bytes, and has neither spaces nor `+`, so that it can name a key.

>>> from entente.tlog.merkle import EMPTY_ROOT
>>> print(Checkpoint(origin="north/exercise-one/1", size=0, root=EMPTY_ROOT).encode(), end="")
north/exercise-one/1
0
47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=
"""

from __future__ import annotations

import re
from binascii import Error, a2b_base64, b2a_base64
from dataclasses import dataclass

from entente.errors import Malformed
from entente.tlog.merkle import HASH_SIZE, SIZE_LIMIT

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The head of one log: at `size` entries its root is `root`. An instance is valid."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        if not is_name(self.origin):
            raise Malformed(
                "tlog.checkpoint", f"origin {self.origin[:80]!r} must be 1 to 255 bytes without space or plus"
            )
        if not 0 <= self.size < SIZE_LIMIT:
            raise Malformed("tlog.checkpoint", f"a log's size must be from 0 to 2^63 - 1, not {self.size}")
        if len(self.root) != HASH_SIZE:
            raise Malformed("tlog.checkpoint", f"a root has {HASH_SIZE} bytes, not {len(self.root)}")

    def encode(self) -> str:
        """Return the note text, each of its three lines ended."""
        return f"{self.origin}\n{self.size}\n{encode_base64(self.root)}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read a note's text (TLOG-6, TLOG-7).

        Raises:
            Malformed: `tlog.checkpoint`.
        """
        lines = text.split("\n")
        if len(lines) != 4 or lines[3]:
            raise Malformed(
                "tlog.checkpoint", "a checkpoint is three ended lines: origin, size, root; and no extension"
            )
        if not _SIZE.fullmatch(lines[1]):
            raise Malformed("tlog.checkpoint", f"size {lines[1][:40]!r} must be decimal digits without leading zeros")
        return cls(origin=lines[0], size=int(lines[1]), root=decode_base64(lines[2], "tlog.checkpoint"))


def is_name(text: str) -> bool:
    """Whether `text` can name a log or a key (TLOG-8): signed-note forbids spaces and `+`, cosignatures 256 bytes."""
    # Of all that Unicode calls a space or a control only the plain space counts as printable.
    return text.isprintable() and not {" ", "+"} & set(text) and 1 <= len(text.encode(errors="replace")) <= 255


def encode_base64(data: bytes) -> str:
    """Return RFC 4648 §4 base64, padded, on one line."""
    return b2a_base64(data, newline=False).decode()


def decode_base64(text: str, code: str) -> bytes:
    """Read base64 in its one spelling.

    Raises:
        Malformed: `code`, for anything that `encode_base64` would not have written.
    """
    try:
        data = a2b_base64(text.encode("ascii"))
    except (Error, UnicodeEncodeError):
        data = None
    # Read, written again, compared: the decoder passes over stray characters and trailing bits.
    if data is None or encode_base64(data) != text:
        raise Malformed(code, f"{text[:40]!r} is not base64 in its one spelling (RFC 4648 §4, padded)")
    return data
