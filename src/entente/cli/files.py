"""Files that a command reads and writes: whole, or refused in one sentence."""

from __future__ import annotations

import secrets
from pathlib import Path

from entente.errors import Refused


def read_bytes(path: Path) -> bytes:
    """Return a file's bytes.

    Raises:
        Refused: `file.missing`, with the system's reason.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise Refused("file.missing", f"cannot be read ({error.strerror})", where=str(path)) from None


def read_text(path: Path) -> str:
    """Return a file's text.

    Raises:
        Refused: `file.missing`, `file.encoding`.
    """
    try:
        return read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused("file.encoding", "is not UTF-8 text; save it as UTF-8", where=str(path)) from None


def write_file(path: Path, data: bytes) -> None:
    """Write a file whole or not at all: beside it first, then in its place.

    Raises:
        Refused: `file.write`.
    """
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(data)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise Refused("file.write", f"cannot be written ({error.strerror})", where=str(path)) from None
