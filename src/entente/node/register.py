"""The register of places: what a desk holds of places before anything is released, in one file in its home.

``places.sqlite`` stands beside the record and is nobody's but the desk's (ADR-0028). It holds each place as it is now,
by an id that it keeps; every import that was accepted, with its file's hash, who took it and when; what each import
changed, field by field; rows that were refused; the rule of identity of each list; and how columns were mapped.

An import is staged first and shown, and only `accept` writes it, in one transaction: stopped at any moment, the
register holds all of an import or nothing of it.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec

from entente.errors import Refused, Unavailable
from entente.geo.interval import parse_time
from entente.ids import name as require_name
from entente.joint.protected_sites import MOST_FUNCTIONS, Function, Site, SiteStatus
from entente.joint.spelling import site_from_plain, site_to_plain
from entente.places import across
from entente.places.across import Entry, Settled
from entente.places.flags import Flag, FlagCode
from entente.places.identity import Answers, Change, Held, Kind, Outcome, Rule, differences, reconcile
from entente.places.rows import RefusedRow, Row
from entente.store.file import Translated, connect

FILE = "places.sqlite"
APPLICATION = int.from_bytes(b"ENTP", "big")
VERSION = 1
LONGEST_ID = 100
LETTERS = "bcdfghjklmnpqrstvwxz"

_TABLES = (
    """CREATE TABLE list (name TEXT PRIMARY KEY, rule TEXT NOT NULL, next INTEGER NOT NULL) STRICT, WITHOUT ROWID""",
    """CREATE TABLE place (
        id TEXT PRIMARY KEY, list TEXT NOT NULL, given TEXT NOT NULL, listed INTEGER NOT NULL, row INTEGER NOT NULL,
        written TEXT NOT NULL, merged_into TEXT NOT NULL, site BLOB NOT NULL, flags BLOB NOT NULL
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX place_of ON place (list)",
    """CREATE TABLE import (
        number INTEGER PRIMARY KEY AUTOINCREMENT, list TEXT NOT NULL, file TEXT NOT NULL, sha256 TEXT NOT NULL,
        at TEXT NOT NULL, by TEXT NOT NULL, rows INTEGER NOT NULL, counts BLOB NOT NULL
    ) STRICT""",
    "CREATE TABLE refused (import INTEGER NOT NULL, row INTEGER NOT NULL, why TEXT NOT NULL) STRICT",
    # What happened to a place: by an import, or, where import is 0, by the desk itself.
    """CREATE TABLE event (
        number INTEGER PRIMARY KEY AUTOINCREMENT, place TEXT NOT NULL, import INTEGER NOT NULL, at TEXT NOT NULL,
        by TEXT NOT NULL, kind TEXT NOT NULL, changes BLOB NOT NULL
    ) STRICT""",
    "CREATE INDEX event_of ON event (place)",
    "CREATE TABLE staged (list TEXT PRIMARY KEY, base INTEGER NOT NULL, data BLOB NOT NULL) STRICT, WITHOUT ROWID",
    """CREATE TABLE columns (
        shape TEXT PRIMARY KEY, labels BLOB NOT NULL, mapping BLOB NOT NULL, at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID""",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A list as it was read, waiting to be accepted: its rows, what was refused, and where it came from."""

    list: str
    file: str
    sha256: str
    at: str
    by: str
    rows: tuple[Row, ...]
    flags: tuple[tuple[Flag, ...], ...]
    refused: tuple[RefusedRow, ...]
    rule: Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """An import that was accepted; `counts` says how many places it found of each kind."""

    number: int
    list: str
    file: str
    sha256: str
    at: str
    by: str
    rows: int
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What happened to a place, when and through whom; `file` is the list's, empty when the desk did it itself."""

    place: str
    at: str
    by: str
    kind: str
    file: str
    changes: tuple[Change, ...]


class Reviewed(StrEnum):
    """What a person found who looked at two entries beside each other. One place of two lists of ours is merged instead
    (`Register.merge`); another party's entry is that party's, and stays."""

    TWO_PLACES = "two_places"
    ONE_PLACE = "one_place"


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What was found of a pair, when and by whom; `mark` is what both entries said then (`places.across.mark`)."""

    found: Reviewed
    mark: str
    at: str
    by: str


MARK = "mark"
"""The field of a review's event that holds its mark; it says nothing to a reader."""


class Register:
    """One home's register. Every method reads or writes in one transaction of its own."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = connect(path, wait_s=5.0)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _all(self, sql: str, *values: Any) -> list[Any]:
        with Translated(self._path):
            return self._connection.execute(sql, values).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with Translated(self._path):
            self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection
            with Translated(self._path):
                self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    # -- reading -------------------------------------------------------------------------------------------------------

    def lists(self) -> dict[str, int]:
        """Return the lists that the register holds, each with its number of places."""
        return dict(self._all("SELECT list.name, count(place.id) FROM list LEFT JOIN place ON place.list = list.name "
                              "GROUP BY list.name ORDER BY list.name"))  # fmt: skip

    def rule(self, name: str) -> Rule:
        """Return the rule of identity that a list was first imported with; that of this version for a new list."""
        found = self._all("SELECT rule FROM list WHERE name = ?", name)
        return Rule(**msgspec.json.decode(found[0][0])) if found else Rule()

    def places(self, name: str = "") -> list[tuple[str, Held]]:
        """Return every place, or one list's, each with its list's name, ordered by id."""
        rows = self._all(f"{_PLACE} WHERE list = ? OR ? = '' ORDER BY id", name, name)
        return [(row[1], _held(row)) for row in rows]

    def held(self, name: str) -> dict[str, Held]:
        """Return one list's places by their id."""
        return {held.site.id: held for _, held in self.places(name)}

    def place(self, wanted: str) -> tuple[str, Held]:
        """Return a place with its list's name.

        Raises:
            Refused: `place.unknown`.
        """
        found = self._all(f"{_PLACE} WHERE id = ?", wanted)
        if not found:
            raise Refused("place.unknown", f"the register holds no place {wanted!r}; see: entente place list")
        return found[0][1], _held(found[0])

    def history(self, wanted: str) -> list[Event]:
        """Return what happened to a place and to those that were merged into it, oldest first."""
        merged = [row[0] for row in self._all("SELECT id FROM place WHERE merged_into = ?", wanted)]
        marks = ", ".join("?" * (len(merged) + 1))
        rows = self._all(
            "SELECT event.place, event.at, event.by, event.kind, coalesce(import.file, ''), event.changes FROM event "
            f"LEFT JOIN import ON import.number = event.import WHERE place IN ({marks}) ORDER BY event.number",
            wanted, *merged,
        )  # fmt: skip
        return [
            Event(place=p, at=at, by=by, kind=kind, file=file, changes=tuple(_changes(changes)))
            for p, at, by, kind, file, changes in rows
        ]

    def imports(self) -> list[Import]:
        """Return the imports that were accepted, oldest first."""
        rows = self._all("SELECT number, list, file, sha256, at, by, rows, counts FROM import ORDER BY number")
        return [
            Import(number=n, list=name, file=file, sha256=digest, at=at, by=by, rows=count, counts=_decode(counts))
            for n, name, file, digest, at, by, count, counts in rows
        ]

    def refused(self) -> list[tuple[int, RefusedRow]]:
        """Return the rows that were refused, each with the number of its import."""
        rows = self._all("SELECT import, row, why FROM refused ORDER BY import, row")
        return [(number, RefusedRow(number=row, why=why)) for number, row, why in rows]

    def mappings(self) -> dict[str, dict[str, str]]:
        """Return, by the shape of a sheet, the columns that the desk said for it."""
        return {shape: _decode(mapping) for shape, mapping in self._all("SELECT shape, mapping FROM columns")}

    def sheets(self) -> list[tuple[str, list[str], dict[str, str], str]]:
        """Return every shape of sheet remembered: its digest, its columns' names, what was said of it, and when."""
        rows = self._all("SELECT shape, labels, mapping, at FROM columns ORDER BY at, shape")
        return [(shape, _decode(labels), _decode(mapping), at) for shape, labels, mapping, at in rows]

    # -- staging -------------------------------------------------------------------------------------------------------

    def stage(self, staged: Staged) -> None:
        """Keep a list as it was read, in place of what waited under its name; the places are left as they are.

        Raises:
            Malformed: `name.spelling`, for the list's name.
        """
        require_name(staged.list, "list")
        data = zlib.compress(msgspec.json.encode(_staged_to_plain(staged)), 1)
        with self._writing() as connection:
            base = connection.execute(_LAST).fetchone()[0]
            connection.execute("INSERT OR REPLACE INTO staged VALUES (?, ?, ?)", (staged.list, base, data))

    def staged(self, name: str = "") -> Staged:
        """Return what waits to be accepted: of the list that is named, else the only one.

        Raises:
            Refused: `place.nothing_staged`; `place.stale`, when the register has changed since it was shown.
        """
        rows = self._all("SELECT list, base, data FROM staged WHERE list = ? OR ? = ''", name, name)
        if len(rows) != 1:
            waiting = f"several lists wait ({', '.join(row[0] for row in rows)}); name one with --list"
            nothing = "no list waits to be accepted; read one first: entente place import FILE"
            raise Refused("place.nothing_staged", waiting if rows else nothing)
        if rows[0][1] != self._all(_LAST)[0][0]:
            raise _stale()
        return _staged_from_plain(msgspec.json.decode(zlib.decompress(rows[0][2])))

    def waiting(self) -> list[str]:
        """Return the lists of which an edition was read and neither accepted nor forgotten."""
        return [row[0] for row in self._all("SELECT list FROM staged ORDER BY list")]

    def unstage(self, name: str) -> None:
        """Forget what waits under a name; nothing of it was taken."""
        with self._writing() as connection:
            connection.execute("DELETE FROM staged WHERE list = ?", (name,))

    # -- writing -------------------------------------------------------------------------------------------------------

    def accept(self, staged: Staged, answers: Answers, at: str, by: str) -> tuple[Import, list[Outcome]]:
        """Take a staged list into the register, all of it or nothing; return what it did.

        Raises:
            Refused: `place.ambiguous`, while a row may be several places and nobody has said which; `place.answer`;
                `place.stale`, when the register has changed since the list was staged.
        """
        outcomes = self.compare(staged, answers)
        doubtful = [outcome for outcome in outcomes if outcome.kind is Kind.AMBIGUOUS]
        if doubtful:
            numbers = ", ".join(str(one.row.number) for one in doubtful[:20] if one.row)
            raise Refused(
                "place.ambiguous",
                f"{len(doubtful)} rows may be more than one place ({numbers}); say --same ROW=ID or --new ROW for "
                "each, or --rest-new to keep all of them apart",
            )
        with self._writing() as connection:
            # Another process may have taken it, or something else, since it was compared.
            [base] = connection.execute("SELECT base FROM staged WHERE list = ?", (staged.list,)).fetchone() or [None]
            if base != connection.execute(_LAST).fetchone()[0]:
                raise _stale()
            return _Taking(connection, staged, at, by).take(outcomes), outcomes

    def compare(self, staged: Staged, answers: Answers | None = None) -> list[Outcome]:
        """Return what a staged list would do.

        Raises:
            Refused: `place.answer`, for a row or a place that is not there.
        """
        held = self.held(staged.list)
        if answers is not None:
            numbers = {row.number for row in staged.rows}
            unknown = [n for n in (*answers.same, *answers.new) if n not in numbers]
            if unknown:
                raise Refused("place.answer", f"the list has no row {unknown[0]}")
            if missing := [name for name in answers.same.values() if name not in held]:
                raise Refused("place.answer", f"list {staged.list} holds no place {missing[0]!r}")
            if twice := [name for name, times in Counter(answers.same.values()).items() if times > 1]:
                raise Refused("place.answer", f"two rows cannot both be {twice[0]}")
        return reconcile(staged.rows, staged.flags, held, staged.rule, answers)

    def remember(self, shape: str, labels: Sequence[str], mapping: Mapping[str, str], at: str) -> None:
        """Remember what the desk says of the columns of sheets of one shape; an empty mapping forgets it."""
        with self._writing() as connection:
            if mapping:
                values = (shape, _encode(list(labels)), _encode(dict(mapping)), at)
                connection.execute("INSERT OR REPLACE INTO columns VALUES (?, ?, ?, ?)", values)
            else:
                connection.execute("DELETE FROM columns WHERE shape = ?", (shape,))

    def merge(self, kept: str, other: str, at: str, by: str) -> None:
        """Say that two entries are one place. Both histories stay; the other is released no more under its own id.

        Raises:
            Refused: `place.unknown`, `place.merged`.
        """
        (_, one), (_, two) = self.place(kept), self.place(other)
        if kept == other or one.merged_into or two.merged_into:
            raise Refused("place.merged", f"{kept} and {other} are one already, or one of them is part of another")
        with self._writing() as connection:
            connection.execute("UPDATE place SET merged_into = ? WHERE id = ? OR merged_into = ?", (kept, other, other))
            change = Change(field="merged_into", before="", after=kept)
            _note(connection, other, 0, at, by, "merged", [change])

    def review(self, one: Entry, other: Entry, found: Reviewed, at: str, by: str) -> None:
        """Note that a person looked at two entries that are perhaps one place, and what was found; nothing is merged.

        It stands in the history of each that the register holds, and is told again once either says something else.

        Raises:
            Refused: `place.unknown`.
        """
        mine = [self.place(each.id)[1].site.id for each in (one, other) if each.key == each.id]
        with self._writing() as connection:
            for place in mine:
                beside = other.key if place == one.key else one.key
                changes = [
                    Change(field="beside", before="", after=beside),
                    Change(field=MARK, before="", after=across.mark(one, other)),
                ]
                _note(connection, place, 0, at, by, str(found), changes)

    def reviews(self) -> dict[tuple[str, str], Review]:
        """Return the newest review of each pair of entries, by both keys in order."""
        kinds = [str(kind) for kind in Reviewed]
        marks = ", ".join("?" * len(kinds))
        rows = self._all(
            f"SELECT place, at, by, kind, changes FROM event WHERE kind IN ({marks}) ORDER BY number", *kinds
        )
        found = {}
        for place, at, by, kind, changes in rows:
            said = {change.field: str(change.after) for change in _changes(changes)}
            first, second = sorted((place, said["beside"]))
            found[first, second] = Review(found=Reviewed(kind), mark=said[MARK], at=at, by=by)
        return found

    def settled(self) -> Settled:
        """Return the pairs of entries that somebody has looked at, as `places.across` takes them."""
        return frozenset((*pair, review.mark) for pair, review in self.reviews().items())

    def end(self, wanted: Sequence[str], at: str, by: str, *, again: bool = False) -> None:
        """Say that places need protection no longer, or, with `again`, that they do. Only the desk says so, no list.

        Raises:
            Refused: `place.unknown`, `place.ended`.
        """
        status = SiteStatus.ACTIVE if again else SiteStatus.ENDED
        found = [self.place(one)[1] for one in wanted]
        if same := [held.site.id for held in found if held.site.status is status]:
            raise Refused("place.ended", f"{same[0]} is {status} already")
        with self._writing() as connection:
            for held in found:
                after = replace(held.site, status=status)
                site = _encode(site_to_plain(after))
                connection.execute("UPDATE place SET site = ? WHERE id = ?", (site, held.site.id))
                _note(connection, held.site.id, 0, at, by, str(status), differences(held.site, after))


class _Taking:
    """One accepted import, being written within its transaction."""

    def __init__(self, connection: sqlite3.Connection, staged: Staged, at: str, by: str) -> None:
        self._connection, self._staged, self._at, self._by = connection, staged, at, by

    def take(self, outcomes: Sequence[Outcome]) -> Import:
        staged, connection = self._staged, self._connection
        counts = {str(kind): number for kind, number in sorted(Counter(one.kind for one in outcomes).items())}
        connection.execute(
            "INSERT INTO list VALUES (?, ?, 1) ON CONFLICT DO NOTHING",
            (staged.list, msgspec.json.encode(asdict(staged.rule)).decode()),
        )
        done = connection.execute(
            "INSERT INTO import (list, file, sha256, at, by, rows, counts) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (staged.list, staged.file, staged.sha256, self._at, self._by, len(staged.rows), _encode(counts)),
        )
        number = int(done.lastrowid or 0)
        connection.executemany(
            "INSERT INTO refused VALUES (?, ?, ?)", [(number, one.number, one.why) for one in staged.refused]
        )
        self._new([one for one in outcomes if one.kind is Kind.NEW], number)
        self._known([one for one in outcomes if one.kind in (Kind.SAME, Kind.CHANGED, Kind.MOVED, Kind.BACK)], number)
        for one in outcomes:
            if one.kind is Kind.GONE:
                connection.execute("UPDATE place SET listed = 0 WHERE id = ?", (one.id,))
                _note(connection, one.id, number, self._at, self._by, str(Kind.GONE), [])
        connection.execute("DELETE FROM staged WHERE list = ?", (staged.list,))
        return Import(
            number=number, list=staged.list, file=staged.file, sha256=staged.sha256, at=self._at, by=self._by,
            rows=len(staged.rows), counts=counts,
        )  # fmt: skip

    def _new(self, outcomes: Sequence[Outcome], number: int) -> None:
        """Name new places in the order of what they say, so that the order of a file's rows names nothing."""
        rows = sorted((one.row for one in outcomes if one.row is not None), key=_content)
        flags = {one.row.number: one.flags for one in outcomes if one.row is not None}
        taken = {row[0] for row in self._connection.execute("SELECT id FROM place")}
        following = self._connection.execute("SELECT next FROM list WHERE name = ?", (self._staged.list,)).fetchone()[0]
        values, events = [], []
        repeated = {one for one, times in Counter(row.given for row in rows).items() if times > 1}
        for row in rows:
            options = [row.given, f"{self._staged.list}-{row.given}"] if row.given and row.given not in repeated else []
            called = next((one for one in options if one not in taken and len(one) <= LONGEST_ID), "")
            while not called:
                called = f"{self._staged.list}-{lettered(following)}"
                called = "" if called in taken else called
                following += 1
            taken.add(called)
            site = _encode(site_to_plain(replace(row.site, id=called)))
            marked = _encode(_flags_to_plain(flags[row.number]))
            given = row.given if row.given not in repeated else ""
            values.append((called, self._staged.list, given, 1, row.number, row.written, "", site, marked))
            events.append((called, number, self._at, self._by, str(Kind.NEW), _encode([])))
        self._connection.executemany("INSERT INTO place VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
        self._connection.executemany(_EVENT, events)
        self._connection.execute("UPDATE list SET next = ? WHERE name = ?", (following, self._staged.list))

    def _known(self, outcomes: Sequence[Outcome], number: int) -> None:
        since = self._since([one.id for one in outcomes if any(c.field == "category" for c in one.changes)])
        values, events = [], []
        for one in outcomes:
            assert one.row is not None and one.site is not None, "what is known has a row"
            site, changes = one.site, list(one.changes)
            if one.id in since:
                site = self._remembered(site, changes, since[one.id])
            given = one.row.given
            marked = _encode(_flags_to_plain(one.flags))
            values.append((_encode(site_to_plain(site)), marked, one.row.number, one.row.written, given, given, one.id))
            if one.kind is not Kind.SAME:
                events.append((one.id, number, self._at, self._by, str(one.kind), _encode(_plain(changes))))
        self._connection.executemany(
            "UPDATE place SET site = ?, flags = ?, row = ?, written = ?, listed = 1, "
            "given = CASE WHEN ? = '' THEN given ELSE ? END WHERE id = ?",
            values,
        )
        self._connection.executemany(_EVENT, events)

    def _since(self, wanted: Sequence[str]) -> dict[str, str]:
        """Return since when each of some places is known."""
        sql = "SELECT min(at) FROM event WHERE place = ?"
        return {one: self._connection.execute(sql, (one,)).fetchone()[0] for one in wanted}

    def _remembered(self, site: Site, changes: Sequence[Change], known: str) -> Site:
        """Return a site that remembers what it was before its category changed (F-10)."""
        before = next(change.before for change in changes if change.field == "category")
        since = site.history[-1].since if site.history else None
        began = parse_time(known)
        if since is not None and since >= began:
            began = parse_time(self._at) if since < parse_time(self._at) else since
        past = Function(since=began, category=type(site.category)(before))
        if since is not None and since >= past.since:
            return site
        return replace(site, history=(*site.history, past)[-MOST_FUNCTIONS:])


_PLACE = "SELECT id, list, given, listed, row, written, merged_into, site, flags FROM place"
_LAST = "SELECT coalesce(max(number), 0) FROM event WHERE kind NOT IN ('two_places', 'one_place')"
"""Of a review nothing of any place has changed, so what waits to be accepted stands."""
_EVENT = "INSERT INTO event (place, import, at, by, kind, changes) VALUES (?, ?, ?, ?, ?, ?)"


def lettered(number: int) -> str:
    """Return a number as letters: no digits, in which a coordinate might be seen, and no vowels, so no words.

    >>> lettered(1), lettered(160_001)
    ('bbbc', 'cbbbc')
    """
    found = ""
    while number or len(found) < 4:
        number, rest = divmod(number, len(LETTERS))
        found = LETTERS[rest] + found
    return found


def _content(row: Row) -> tuple[str, ...]:
    plain = site_to_plain(row.site)
    return (row.given, *(str(plain[key]) for key in sorted(plain)), row.written)


def _stale() -> Refused:
    return Refused("place.stale", "the register has changed since this list was shown; import it again and look")


def _note(
    connection: sqlite3.Connection, place: str, number: int, at: str, by: str, kind: str, changes: Iterable[Change]
) -> None:
    connection.execute(_EVENT, (place, number, at, by, kind, _encode(_plain(changes))))


def _encode(value: Any) -> bytes:
    return msgspec.json.encode(value)


def _decode(data: bytes) -> Any:
    return msgspec.json.decode(data)


def _plain(changes: Iterable[Change]) -> list[list[Any]]:
    return [[change.field, change.before, change.after] for change in changes]


def _changes(data: bytes) -> Iterator[Change]:
    for name, before, after in _decode(data):
        yield Change(field=name, before=before, after=after)


def _flags_to_plain(flags: Iterable[Flag]) -> list[list[str]]:
    return [[str(flag.code), flag.detail, flag.column] for flag in flags]


def _flags_from_plain(plain: Iterable[Sequence[str]]) -> tuple[Flag, ...]:
    return tuple(Flag(code=FlagCode(code), detail=detail, column=column) for code, detail, column in plain)


def _held(row: Any) -> Held:
    _, _, given, listed, number, written, merged_into, site, flags = row
    return Held(
        site=site_from_plain(_decode(site)), given=given, listed=bool(listed), written=written,
        flags=_flags_from_plain(_decode(flags)), row=number, merged_into=merged_into,
    )  # fmt: skip


def _staged_to_plain(staged: Staged) -> dict[str, Any]:
    said = sorted(staged.rows[0].said) if staged.rows else []
    return {
        "list": staged.list, "file": staged.file, "sha256": staged.sha256, "at": staged.at, "by": staged.by,
        "rule": asdict(staged.rule), "said": said,
        "refused": [[one.number, one.why] for one in staged.refused],
        "rows": [
            [row.number, row.given, row.written, site_to_plain(row.site), *map(_flags_to_plain, (row.flags, own))]
            for row, own in zip(staged.rows, staged.flags, strict=True)
        ],
    }  # fmt: skip


def _staged_from_plain(plain: dict[str, Any]) -> Staged:
    said = frozenset(plain["said"])
    rows = tuple(
        Row(
            number=number, given=given, written=written, site=site_from_plain(site), flags=_flags_from_plain(flags),
            said=said,
        )
        for number, given, written, site, flags, _ in plain["rows"]
    )  # fmt: skip
    return Staged(
        list=plain["list"], file=plain["file"], sha256=plain["sha256"], at=plain["at"], by=plain["by"], rows=rows,
        flags=tuple(_flags_from_plain(row[5]) for row in plain["rows"]),
        refused=tuple(RefusedRow(number=number, why=why) for number, why in plain["refused"]),
        rule=Rule(**plain["rule"]),
    )  # fmt: skip


def grouped(outcomes: Iterable[Outcome]) -> dict[Kind, list[Outcome]]:
    """Return outcomes by their kind, in the order of the closed list."""
    found: dict[Kind, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        found[outcome.kind].append(outcome)
    return {kind: found[kind] for kind in Kind if kind in found}


# -- the file ----------------------------------------------------------------------------------------------------------


def open_register(home: Path) -> Register:
    """Open a home's register; make an empty one when there is none.

    Raises:
        Unavailable: `register.newer`, when a later version of Entente wrote it; `register.corrupt`, when it is none;
            as `store.sqlite.open_sqlite`.
    """
    path = home / FILE
    if not path.exists():
        with Translated(path):
            path.touch(mode=0o600)
    with closing(connect(path, wait_s=5.0)) as connection, Translated(path):
        _lay_out(connection)
        _require_readable(connection, path)
    return Register(path)


def _lay_out(connection: sqlite3.Connection) -> None:
    """Make the tables in an empty file; leave any other as it is."""
    if connection.execute("PRAGMA schema_version").fetchone()[0]:
        return
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("BEGIN IMMEDIATE")
    if not connection.execute("PRAGMA user_version").fetchone()[0]:
        for table in _TABLES:
            connection.execute(table)
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")


def _require_readable(connection: sqlite3.Connection, path: Path) -> None:
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION:
        raise Unavailable("register.corrupt", f"{path.name} is no register of Entente's; keep it, and restore a backup")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        raise Unavailable(
            "register.newer",
            f"{path.name} was written by a later version of Entente (tables {version}, known {VERSION}); update first",
        )


def backup(home: Path, to: Path) -> bool:
    """Write a copy of a home's register, as its last commit left it, into a folder; return whether there was one.

    Raises:
        Unavailable: as `open_register`; `register.corrupt`, when the copy, read back, is not sound.
    """
    if not (home / FILE).exists():
        return False
    path = to / FILE
    with closing(open_register(home)) as register, Translated(path), closing(sqlite3.connect(path)) as copy:
        register._connection.backup(copy)
        if copy.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise Unavailable("register.corrupt", f"the copy of {FILE} is not sound, and was not kept")
        # A copy that is carried has no log beside it.
        copy.execute("PRAGMA journal_mode = DELETE")
    return True
