"""Backup and restore of a home (docs/guides/backup.md): settings, keys, roster, record and register, as folder or tar.

The high-water mark is left out: a restored record is behind whatever came after it, and is marked so at once.
"""

from __future__ import annotations

import os
import shutil
import tarfile
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from entente.cli import roster
from entente.errors import Malformed, Refused, Untrusted
from entente.node import home as homes
from entente.node import recovery, register
from entente.node.home import Home
from entente.node.node import Node
from entente.node.opening import open_node
from entente.store.sqlite import SqliteStore, open_sqlite

FILES = (homes.README, "home.toml", "card.json", "clock.json", roster.FILE)
TAR = ".tar"


def backup(home: Home, node: Node, to: Path) -> int:
    """Write a backup to a new folder or tar file; return how many entries it holds, each hashed again.

    Raises:
        Refused: `backup.exists`, `backup.write`.
        Untrusted: `backup.flawed`, when the copy, read back, is not sound; nothing is left then.
    """
    if to.exists():
        raise Refused("backup.exists", "there is something there already; choose a new name", where=str(to))
    try:
        with TemporaryDirectory(dir=to.absolute().parent, prefix=".backup-") as name:
            folder = Path(name) / "home"
            _fill(folder, home, node)
            entries = _read_back(folder)
            if to.suffix == TAR:
                _pack(folder, to)
            else:
                folder.replace(to)
            return entries
    except OSError as error:
        raise Refused("backup.write", f"cannot be written ({error.strerror})", where=str(to)) from None


def _fill(folder: Path, home: Home, node: Node) -> None:
    folder.mkdir(mode=0o700)
    for name in FILES:
        if (home.path / name).exists():
            shutil.copy2(home.path / name, folder / name)
    shutil.copytree(home.keys, folder / "keys")
    for path in home.path.glob("card-*.json"):
        shutil.copy2(path, folder / path.name)
    if (home.path / homes.ROOTS).exists():
        shutil.copytree(home.path / homes.ROOTS, folder / homes.ROOTS)
    assert isinstance(node.store, SqliteStore), "a home's record is a file"
    node.store.backup(folder / home.record.name)
    register.backup(home.path, folder)


def _read_back(folder: Path) -> int:
    with closing(open_sqlite(folder / "record.sqlite")) as copy:
        flaws = copy.check()
        entries = sum(row.size for row in copy.feeds().values())
    # Reading leaves a write-ahead log behind; what counts is in the file.
    for left in list(folder.glob("record.sqlite-*")):
        left.unlink()
    if flaws:
        raise Untrusted("backup.flawed", f"the copy is not sound, and was not kept: {flaws[0]}")
    return entries


def _pack(folder: Path, to: Path) -> None:
    handle = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(handle, "wb") as file, tarfile.open(fileobj=file, mode="w") as tar:
        tar.add(folder, arcname="home")


def restore(source: Path, home: Path) -> str:
    """Make a home from a backup, marked as restored; return the peers that must answer first.

    Raises:
        Refused: `home.exists`, `home.missing`, `backup.write`.
        Malformed: `backup.file`, `home.settings`.
        Unavailable: `home.newer`, `store.newer`, `register.newer`; nothing is left in `home` then.
    """
    if home.exists() and any(home.iterdir()):
        raise Refused("home.exists", "the folder is not empty; choose a new one", where=str(home))
    try:
        with TemporaryDirectory(dir=home.absolute().parent, prefix=".restore-") as name:
            folder = _unpacked(source, Path(name))
            homes.read(folder)
            if (folder / register.FILE).exists():
                register.open_register(folder).close()
            if home.exists():
                home.rmdir()
            shutil.copytree(folder, home)
    except OSError as error:
        raise Refused("backup.write", f"cannot be written ({error.strerror})", where=str(home)) from None
    if os.name == "posix":
        home.chmod(0o700)
    node = open_node(homes.read(home))
    with closing(node):
        recovery.suspect_all(node)
        node.journal("restored", source=source.name)
        return ", ".join(sorted({peer for peers in recovery.waiting(node).values() for peer in peers}))


def _unpacked(source: Path, beside: Path) -> Path:
    if source.is_dir():
        return source
    try:
        with tarfile.open(source, mode="r:") as tar:
            tar.extractall(beside, filter="data")
    except (tarfile.TarError, OSError):
        raise Malformed("backup.file", "this is no backup that `node backup` wrote", where=str(source)) from None
    return beside / "home"
