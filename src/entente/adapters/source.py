"""Files as people hand them over: read whole, as text, and refused in one sentence when they are not what they seem.

>>> Fields({"half_width_nm": 1}, "plans.toml, plan 1").length("half_width")
1852.0
"""

from __future__ import annotations

import gzip
import json
import tomllib
import zlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from entente.errors import Malformed
from entente.geo.interval import parse_time

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

LARGEST = 256 * 1024 * 1024
"""[bytes] No list of sites or plans is larger; a wrong file often is."""
UNITS_M = {"m": 1.0, "km": 1000.0, "ft": 0.3048, "nm": 1852.0}
"""[m] Each unit of length that a field's name may end in."""


def text(path: Path) -> str:
    """Return a file's text (UTF-8, with or without a mark; unpacked when its name ends in .gz).

    Raises:
        Malformed: `file.missing`, `file.size`, `file.encoding`, `file.empty`.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise Malformed("file.size", f"more than {LARGEST // 2**20} MiB; give a smaller file", where=path.name)
        raw = path.read_bytes()
        found = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8-sig")
    except (OSError, EOFError, zlib.error) as error:
        raise Malformed(
            "file.missing", f"cannot be read ({getattr(error, 'strerror', None) or error})", where=path.name
        ) from error
    except UnicodeDecodeError as error:
        raise Malformed(
            "file.encoding", f"byte {error.start} is not UTF-8 text; save the file as UTF-8", where=path.name
        ) from error
    if "\0" in found:
        raise Malformed("file.encoding", "holds zero bytes, so it is no text file", where=path.name)
    if not found.strip():
        raise Malformed("file.empty", "is empty", where=path.name)
    return found


def toml(path: Path) -> Fields:
    """Return the top table of a TOML file. Raises Malformed: `toml.syntax`, or as `text`."""
    try:
        return Fields(tomllib.loads(text(path)), path.name)
    except (ValueError, RecursionError) as error:
        raise Malformed("toml.syntax", f"is not TOML: {error}", where=path.name) from error


def json_value(path: Path) -> Any:
    """Return the value in a JSON file. Raises Malformed: `json.syntax` (NaN and Infinity are none), or as `text`."""
    try:
        return json.loads(text(path), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Malformed("json.syntax", f"is not JSON: {error}", where=path.name) from error


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no number in JSON")


class Fields:
    """One table of named fields, read strictly: each is asked for by type, and `done` refuses those nobody asked for.

    Every error says where (file, table, field). `where` is the table's own place.
    """

    def __init__(self, fields: Mapping[str, Any], where: str) -> None:
        self.where = where
        self._fields = dict(fields)
        self._asked: set[str] = set()

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def names(self) -> tuple[str, ...]:
        """The names of its fields, in the file's order."""
        return tuple(self._fields)

    def fail(self, code: str, sentence: str, name: str | None = None) -> Malformed:
        """Return the error, placed at this table and field."""
        return Malformed(code, sentence, where=self.where if name is None else f"{self.where}, {name}")

    def done(self) -> None:
        """Refuse fields that were never asked for: a slip of the pen must not be a plan without its altitude."""
        if extra := sorted(set(self._fields) - self._asked):
            known = ", ".join(sorted(self._asked))
            raise self.fail("field.unknown", f"is not known here; known are {known}", extra[0])

    def get(self, name: str, read: Callable[[Any], T]) -> T | None:
        """Return the field as `read` gives it, None when absent; errors of `read` are placed at the field."""
        self._asked.add(name)
        if self._fields.get(name) is None:
            return None
        try:
            return read(self._fields[name])
        except Malformed as error:
            raise error.at(f"{self.where}, {name}") from None

    def made(self, make: Callable[[], T]) -> T:
        """Return the value that `make` makes out of this table; its errors are placed at the table."""
        try:
            return make()
        except Malformed as error:
            raise error.at(self.where) from None

    def need(self, name: str, read: Callable[[Any], T]) -> T:
        """Return the field as `read` gives it. Raises Malformed: `field.missing`."""
        found = self.get(name, read)
        if found is None:
            raise self.fail("field.missing", "is missing", name)
        return found

    def text(self, name: str, default: str = "") -> str:
        """Return a text field, `default` when absent."""
        found = self.get(name, as_text)
        return default if found is None else found

    def choice(self, name: str, kind: type[E], default: E) -> E:
        """Return a field out of a closed list, spelt with spaces, dashes or underscores."""
        found = self.get(name, lambda value: as_choice(value, kind))
        return default if found is None else found

    def length(self, name: str) -> float | None:
        """Return a length [m] given under exactly one of `name`_m, _km, _ft, _nm; None when under none."""
        given = [unit for unit in UNITS_M if f"{name}_{unit}" in self]
        if len(given) > 1:
            raise self.fail("field.twice", f"is given in two units, {' and '.join(given)}; keep one", name)
        self._asked.update(f"{name}_{unit}" for unit in UNITS_M)
        return None if not given else self.need(f"{name}_{given[0]}", as_number) * UNITS_M[given[0]]

    def table(self, name: str) -> Fields | None:
        """Return a table within this one."""
        return self.get(name, lambda value: Fields(as_table(value), f"{self.where}, {name}"))

    def tables(self, name: str) -> list[Fields]:
        """Return a list of tables within this one, each placed by its number from 1."""
        rows = self.get(name, as_list) or []
        return [
            Fields(as_table(row, f"{self.where}, {name} {i}"), f"{self.where}, {name} {i}")
            for i, row in enumerate(rows, 1)
        ]


def as_text(value: Any) -> str:
    """Return `value` when it is text. Raises Malformed: `field.type`."""
    if not isinstance(value, str):
        raise Malformed("field.type", f"{value!r} must be text in quotes")
    return value


def as_number(value: Any) -> float:
    """Return `value` when it is a finite number. Raises Malformed: `field.type`."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Malformed("field.type", f"{value!r} must be a number")
    if not -1e12 <= value <= 1e12:  # also what is no number at all, and an integer too long to be a float
        raise Malformed("field.range", "the number is out of any range")
    return float(value)


def as_table(value: Any, where: str | None = None) -> dict[str, Any]:
    """Return `value` when it is a table. Raises Malformed: `field.type`."""
    if not isinstance(value, dict):
        raise Malformed("field.type", f"{value!r:.60} must be a table", where=where)
    return value


def as_list(value: Any) -> list[Any]:
    """Return `value` when it is a list. Raises Malformed: `field.type`."""
    if not isinstance(value, list):
        raise Malformed("field.type", f"{value!r:.60} must be a list")
    return value


def as_time(value: Any) -> datetime:
    """Return a time with its zone, from text or TOML's own date-time. Raises Malformed: `geo.time`, `field.type`."""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise Malformed("geo.time", f"{value.isoformat()} has no zone; write it with Z at its end")
        try:
            return parse_time(value.astimezone(UTC).isoformat())
        except OverflowError:
            raise Malformed("geo.time", f"{value.isoformat()} lies outside the calendar") from None
    return parse_time(as_text(value))


def as_choice(value: Any, kind: type[E]) -> E:
    """Return the member of a closed list that `value` spells. Raises Malformed: `field.choice`."""
    spelt = as_text(value).strip().lower().replace(" ", "_").replace("-", "_")
    try:
        return kind(spelt)
    except ValueError:
        raise Malformed("field.choice", f"{value!r:.60} is none of {', '.join(kind)}") from None
