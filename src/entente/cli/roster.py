"""The roster: a home's own officers, by label, with offices and key files. `staff.toml`, written by `entente staff`.

It is what this desk knows of its own people before any agreement does. A label names an office chair, never a person.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path

from entente.cli.files import write_file
from entente.errors import Malformed

FILE = "staff.toml"
_HEAD = "# The roster: labels and offices, never persons' names. Written by `entente staff`.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """An office held from `start` until `until`, as acts spell times; empty is without end."""

    office: str
    start: str
    until: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One officer of ours. An empty `key_file` is the home's own ``keys/LABEL.key.json``."""

    label: str
    rank: str = ""
    key_file: str = ""
    offices: tuple[Term, ...] = ()


def read(home: Path) -> list[Listed]:
    """Return the officers on the roster, in its order; none when there is no roster yet.

    Raises:
        Malformed: `roster.file`.
    """
    path = home / FILE
    if not path.exists():
        return []
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8")).get("officer", [])
        return [Listed(**{**row, "offices": tuple(Term(**term) for term in row["offices"])}) for row in rows]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Malformed("roster.file", f"the roster cannot be read: {error}", where=str(path)) from None


def write(home: Path, officers: list[Listed]) -> None:
    """Write the roster."""
    text = _HEAD + "".join(f"\n[[officer]]\n{_fields(officer)}" for officer in officers)
    write_file(home / FILE, text.encode())


def _fields(officer: Listed) -> str:
    terms = ", ".join(
        f"{{ office = {_text(t.office)}, start = {_text(t.start)}, until = {_text(t.until)} }}" for t in officer.offices
    )
    named = {"label": officer.label, "rank": officer.rank, "key_file": officer.key_file}
    return "".join(f"{name} = {_text(value)}\n" for name, value in named.items()) + f"offices = [{terms}]\n"


def _text(value: str) -> str:
    # JSON's escapes are TOML's, except that TOML has no surrogates and wants DEL escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
