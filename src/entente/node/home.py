"""A party's home: one folder with its settings, keys, record and high-water mark (docs/guides/backup.md).

README.txt           what this folder is, for whoever finds it in years to come
home.toml            who we are and where we listen
keys/                node keys; in an exercise, officers' and root keys too
record.sqlite        the record: feeds, parts, grants, small values
places.sqlite        the desk's register of places, where one was begun (node/register.py)
mark.json            how far our own feeds had got, kept outside the record so that a restored record is noticed
clock.json           only in exercises: how far exercise time is ahead
"""

from __future__ import annotations

import json
import os
import time
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from entente.errors import Malformed, Refused, Unavailable
from entente.feed import card as cards
from entente.feed import root as roots
from entente.feed.root import Root
from entente.ids import PartyId, name
from entente.node import custody
from entente.node.clock import Clock, ExerciseClock, SystemClock
from entente.node.custody import NodeKeys, SigningKey

VERSION = 1
README = "README.txt"
ROOTS = "root"
"""Folder of the root documents that followed the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A home's settings. `url` is where peers reach the node; `exercise` homes may run on exercise time."""

    path: Path
    party: PartyId
    title: str
    host: str
    port: int
    url: str
    exercise: bool
    exports_a_day: int = 0
    """How many of others' sites may be exported in 24 hours; none unless home.toml says so."""
    witness_url: str = ""
    """Where the agreements' witness takes heads (c2sp.org/tlog-witness); nobody is asked unless home.toml says so."""

    @property
    def record(self) -> Path:
        """The record's file."""
        return self.path / "record.sqlite"

    @property
    def keys(self) -> Path:
        """The folder of keys."""
        return self.path / "keys"

    def clock(self) -> Clock:
        """Return the clock this home runs on."""
        return ExerciseClock(self.path / "clock.json") if self.exercise else SystemClock()

    def node_keys(self) -> NodeKeys:
        """Return the node's keys: those that our own card lists."""
        return custody.load_node(self.node_folder())

    def node_folder(self, number: int | None = None) -> Path:
        """Return the folder of the node's keys that the card with this number lists; else of those it lists now."""
        if number is None:
            number = self.card_number()
        held = (at for at in range(number, 0, -1) if (self.keys / f"node-{at}").exists())
        found = next(held, 0)
        return self.keys / f"node-{found}" if found else self.keys

    def new_keys(self, number: int) -> NodeKeys:
        """Return the keys that lie here for a card with this number, which need not be signed yet."""
        return custody.load_node(self.node_folder(number))

    def card_number(self) -> int:
        """Return the number of our own card; 0 when it never changed."""
        try:
            return cards.number(json.loads(self.card()))
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise Malformed("card.file", "card.json cannot be read", where=str(self.path)) from error

    def root(self) -> Root:
        """Return our root document, as our own card names it."""
        try:
            return cards.own_root(json.loads(self.card()))
        except (OSError, ValueError, Malformed) as error:
            raise Malformed("card.file", "card.json cannot be read", where=str(self.path)) from error

    def root_steps(self) -> list[tuple[Root, dict[str, str]]]:
        """Return the root documents that followed the first here, with the signatures under each, in order."""
        found = [roots.read_file(path.read_bytes()) for path in (self.path / ROOTS).glob("version-*.json")]
        return sorted(found, key=lambda step: step[0].version)

    def keep_root(self, root: Root, signatures: Mapping[str, str]) -> None:
        """Keep a root document and what is under it; if we stop before this, it was not in force anywhere."""
        path = self.path / ROOTS / f"version-{root.version}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(roots.write_file(root, signatures))

    def keep_card(self, card: Mapping[str, Any]) -> None:
        """Replace our own card; the one before stays beside it under its number."""
        held, new = self.path / "card.json", self.path / "card.json.new"
        (self.path / f"card-{self.card_number()}.json").write_bytes(held.read_bytes())
        new.write_text(json.dumps(card, indent=1, ensure_ascii=False), encoding="utf-8")
        new.replace(held)

    def generations(self) -> list[NodeKeys]:
        """Return every set of node keys that lies here, the oldest first; keys that were destroyed are left out."""
        numbered = [int(path.name.removeprefix("node-")) for path in self.keys.glob("node-*") if path.is_dir()]
        folders = [self.keys, *(self.keys / f"node-{number}" for number in sorted(numbered))]
        return [custody.load_node(folder) for folder in folders if (folder / "node.json").exists()]

    def key(self, owner: str, passphrase: str, path: Path | None = None) -> SigningKey:
        """Return a person's or the root's key, from `path` or from where this home keeps it."""
        return custody.load(path or self.key_path(owner), passphrase)

    def key_path(self, owner: str) -> Path:
        """Return where this home would keep a key of an officer or the root."""
        return self.keys / f"{owner.partition('/')[2]}.key.json"

    def card(self) -> bytes:
        """Return our own card."""
        return (self.path / "card.json").read_bytes()


def create(
    path: Path, party: str, title: str, *, host: str, port: int, url: str, exercise: bool, passphrase: str
) -> Home:
    """Make a new home with fresh keys, and its card.

    Raises:
        Refused: `home.exists`, when the folder is not empty; `home.passphrase`, when there is none and this is no
            exercise.
        Malformed: `name.spelling`.
    """
    name(party, "party")
    if path.exists() and any(path.iterdir()):
        raise Refused("home.exists", "the folder is not empty; choose a new one", where=str(path))
    if not passphrase and not exercise:
        raise Refused("home.passphrase", "the root key needs a passphrase; only an exercise may go without")
    path.mkdir(parents=True, exist_ok=True)
    if os.name == "posix":
        path.chmod(0o700)
    home = Home(path=path, party=PartyId(party), title=title, host=host, port=port, url=url, exercise=exercise)
    root, keys = custody.generate(f"{party}/root"), custody.generate_node(host)
    custody.save(root, home.key_path(root.owner), passphrase)
    custody.save_node(keys, home.keys)
    card = custody.make_card(root, party, title, url, keys)
    (path / "card.json").write_text(json.dumps(card, indent=1, ensure_ascii=False), encoding="utf-8")
    (path / README).write_text(_readme(home), encoding="utf-8", newline="\n")
    # Last: a folder with home.toml is a whole home.
    (path / "home.toml").write_text(_settings(home), encoding="utf-8")
    return home


def _readme(home: Home) -> str:
    """Return what a stranger with this folder and nothing else needs to know."""
    kind = "an EXERCISE; nothing in it happened" if home.exercise else "real, no exercise"
    return f"""This folder is the home of {home.title} ({home.party}): {kind}.

It is the whole record of one party of a joint coordination centre (Entente): what it said, what others told it, and
what it noted for itself. Each party keeps a folder like this one; there is no server.

How to check it
    Work on a copy, on a medium that cannot be written to if you can. Stop the program that uses it first.
        entente-verify home DIR                         is it whole, who signed, a timeline in UTC
        entente-verify home DIR --subject NAME          who knew of something, and when
        entente-verify home DIR --at 2026-12-01T06:00:00Z    what stood at that moment
    It needs no network, no key and no other folder, and writes nothing. The formats are in the program's spec/ folder,
    complete enough to check the record with a program of your own. docs/guides/inquiry.md has the steps.
    What stands on this disk alone, whoever had it can have changed. Compare with the other parties' folders: they
    hold every entry's leaf, and the acts that went to them.

What the files are
    record.sqlite      the record: an SQLite 3 file. Beside it record.sqlite-wal may hold the newest entries: copy both
    places.sqlite      if it is there: the desk's own register of places, before anything was released. Precise, and
                       not signed; what was released from it stands in the record
    mark.json          how far this party's own record had got; says whether newer entries were taken away
    home.toml          the party's name and address
    card.json          the party's public keys, signed by its root; card-N.json are those before
    root/              root documents: which keys are the party's root, and how many of them sign; none as long as it
                       is one key
    staff.toml         the party's own list of officers: labels and offices, no names of persons
    keys/              private keys, see below
    clock.json         exercises only: how far exercise time is ahead

Which keys are where
    keys/node.json, keys/tls-key.pem     the node's, in the clear. They sign that entries stand in the record, never a
                                         person's words. keys/node-N/ holds those that card number N lists
    keys/root.key.json                   the party's root: certifies the node and enrols officers. Behind a passphrase,
                                         and by the rules kept elsewhere
    keys/LABEL.key.json                  an officer's: signs that person's words. Behind a passphrase that only that
                                         person has, and by the rules kept elsewhere
    In an exercise they may lie here with no passphrase.

At rest
    record.sqlite and places.sqlite are not encrypted: whoever has this folder reads everything in them. It is to lie
    on an encrypted disk, readable by the node's user alone. What was not given to this party is not here: details that
    other parties kept, and acts of circles that it is not in. Ask those who hold them; the check names them.

Escrow
    There is none. No further key opens anything, and a forgotten passphrase cannot be got around. None is needed to
    read or check this record. Where the root's passphrase is kept sealed, the party says on paper.
"""


def _settings(home: Home) -> str:
    values = {"version": VERSION, "party": home.party, "title": home.title, "host": home.host, "port": home.port}
    values |= {"url": home.url, "exercise": home.exercise}
    return "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items())


def read(path: Path) -> Home:
    """Open a home's settings.

    Raises:
        Refused: `home.missing`.
        Malformed: `home.settings`.
        Unavailable: `home.newer`, when a newer version of this software wrote it.
    """
    file = path / "home.toml"
    try:
        plain = tomllib.loads(file.read_text(encoding="utf-8"))
        version = plain["version"]
        if type(version) is int and version > VERSION:
            raise Unavailable(
                "home.newer",
                f"the home is of version {version} and this software knows {VERSION}; upgrade it",
                where=str(path),
            )
        return Home(
            path=path, party=PartyId(name(plain["party"], "party")), title=plain["title"], host=plain["host"],
            port=int(plain["port"]), url=plain["url"], exercise=bool(plain["exercise"]),
            exports_a_day=int(plain.get("exports_a_day", 0)), witness_url=str(plain.get("witness_url", "")),
        )  # fmt: skip
    except FileNotFoundError:
        raise Refused(
            "home.missing", "there is no node's home here; make one with: entente node init", where=str(path)
        ) from None
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, OSError) as error:
        raise Malformed("home.settings", f"home.toml cannot be read: {error}", where=str(path)) from None


class Mark:
    """The high-water mark: size and root of each feed of our own, written after commits.

    Within a second of the last time it waits, until the next act after that, the node's next round of duties, or its
    end.
    If we stop between commit and mark, the record is ahead of the mark, which is fine. What follows from a record that
    is behind its mark is for `recovery` to say.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._held: dict[str, tuple[int, str]] = {}
        self._due: dict[str, tuple[int, str]] = {}
        self._written = 0.0

    def read(self) -> Mapping[str, tuple[int, str]]:
        """Return the marks by origin; none when the file is absent. Another process may have moved them on.

        Raises:
            Malformed: `mark.file`.
        """
        if self._path is None or not self._path.exists():
            return self._held
        try:
            plain = json.loads(self._path.read_bytes())
            self._held = {origin: (int(size), str(root)) for origin, (size, root) in plain.items()}
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise Malformed(
                "mark.file", f"the high-water mark cannot be read: {error}", where=str(self._path)
            ) from None
        return self._held

    def raise_to(self, origin: str, size: int, root: str) -> None:
        """Move a feed's mark forward, now or, within a second of the last time, at the next call or `flush`.

        A mark that lags, or two processes that leave the lower of theirs, is a weaker guard and never a false alarm;
        its flush to the disk would cost every act as much as its own commit.
        """
        self._due[origin] = (size, root)
        if self._path is None or time.monotonic() - self._written >= 1.0:
            self.flush()

    def flush(self) -> None:
        """Write marks that wait."""
        held = dict(self.read())
        higher = {o: mark for o, mark in self._due.items() if held.get(o, (0, ""))[0] < mark[0]}
        self._due.clear()
        if higher:
            self._write({**held, **higher})
        self._written = time.monotonic()

    def lower_to(self, origin: str, size: int) -> None:
        """Forget a mark beyond `size`, after every peer has said that it holds nothing beyond."""
        self.flush()
        held = dict(self.read())
        if held.get(origin, (0, ""))[0] > size:
            del held[origin]
            self._write(held)

    def _write(self, held: dict[str, tuple[int, str]]) -> None:
        self._held = held
        if self._path is not None:
            written = self._path.with_suffix(f".{os.getpid()}.new")
            with written.open("w", encoding="utf-8") as file:
                json.dump(held, file)
                file.flush()
                os.fsync(file.fileno())
            written.replace(self._path)
