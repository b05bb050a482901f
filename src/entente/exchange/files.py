"""Bundles as files, for links that are a courier: ``north-to-south-0003.entente``.

The bytes are those that the wire carries. A file is whole or absent, and is never overwritten. Acts and details in it
are sealed to its recipient; whoever else finds it learns who wrote how much and when, and reads STOPs.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from entente.errors import EntenteError, Malformed, Refused, Unavailable
from entente.feed import bundle as bundles
from entente.node import carry
from entente.node.carry import Taken
from entente.node.node import Node

SUFFIX = ".entente"


def write(node: Node, agreement: str, peer: str, folder: Path) -> Path:
    """Write a bundle of all that a peer may have beyond what it last said it has, and return its path.

    Raises:
        Refused: `files.exists`; `exchange.not_party`, `agreement.not_held`.
        Unavailable: `files.write`.
    """
    if peer not in node.book(agreement).cards or peer == node.party:
        raise Refused("exchange.not_party", f"{peer} is no other party of {agreement}")
    data = carry.write_bundle(node, agreement, peer)
    path = folder / f"{node.party}-to-{peer}-{bundles.peek(data)['number']:04d}{SUFFIX}"
    if path.exists():
        raise Refused("files.exists", "there is a file already; choose another folder", where=str(path))
    try:
        _keep(path, data)
    except OSError as error:
        raise Unavailable("files.write", f"the bundle cannot be written: {error.strerror}", where=str(path)) from None
    return path


def _keep(path: Path, data: bytes) -> None:
    """Write beside `path` first: if we stop before the last step, no file has that name, rather than half a one."""
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def read(node: Node, path: Path) -> Taken:
    """Take a bundle from a file; taking it again, or out of order, does no harm.

    Raises:
        Malformed: `files.read`, `bundle.*`.
        Untrusted, Refused, Forked: as `carry.take`.
    """
    try:
        if path.stat().st_size > bundles.BUNDLE_LIMIT:
            raise Malformed("bundle.size", f"a bundle has at most {bundles.BUNDLE_LIMIT} bytes", where=str(path))
        data = path.read_bytes()
    except OSError as error:
        raise Malformed("files.read", f"the file cannot be read: {error.strerror}", where=str(path)) from None
    try:
        return carry.take(node, data)
    except EntenteError as error:
        raise error.at(str(path)) from None
