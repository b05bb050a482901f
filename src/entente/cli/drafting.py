"""Completing an agreement's draft, and showing one.

What a person writes lacks what only software can know: fingerprints and keys. Both are filled in and nothing else is
changed; a value that is there already must be the right one.
"""

from __future__ import annotations

import json
import secrets
import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from entente.cli import show
from entente.cli.files import read_bytes, read_text, write_file
from entente.errors import Malformed, Refused
from entente.feed import card as cards_
from entente.feed.suite import b64, unb64
from entente.ids import CircleId
from entente.joint import agreement as agreements
from entente.joint.agreement import Agreement
from entente.node import custody

NAME = "agreement.toml"


def complete(file: Path, cards: Sequence[Path], out: Path) -> list[Path]:
    """Write the complete agreement and each party's keys into `out`; return the files.

    Raises:
        Refused: `draft.card`, `draft.root`, `draft.exists`.
        Malformed: `agreement.*`, `card.file`.
    """
    roots = _roots(cards)
    try:
        plain = tomllib.loads(read_text(file))
        circles: list[dict[str, Any]] = [dict(row) for row in plain["circle"]]
        parties: list[dict[str, Any]] = [dict(row) for row in plain["party"]]
        keys = {str(row["id"]): secrets.token_bytes(32) for row in circles}
        members = {str(row["id"]): {*row.get("deciders", []), *row.get("readers", [])} for row in circles}
        for row in parties:
            row["root"] = _root(row, roots)
        for row in circles:
            row["key"] = sha256(keys[str(row["id"])]).hexdigest()
    except tomllib.TOMLDecodeError as error:
        raise Malformed("agreement.toml", f"not TOML: {error}", where=str(file)) from None
    except (KeyError, TypeError, ValueError) as error:
        raise Malformed(
            "agreement.field", f"a draft lists [[party]] and [[circle]], each with its id: {error}", where=str(file)
        ) from None
    text = _HEAD + emit({**plain, "party": parties, "circle": circles})
    try:
        agreement = agreements.parse(text)
    except Malformed as error:
        raise error.at(str(file)) from None
    return _write(out, text, agreement, {c: (keys[c], members[c]) for c in keys})


def _roots(cards: Sequence[Path]) -> dict[str, str]:
    roots: dict[str, str] = {}
    for path in cards:
        card = custody.open_card(read_bytes(path), str(path))
        if card["party"] in roots:
            raise Refused("draft.card", f"two cards are {card['party']}'s; give the right one", where=str(path))
        roots[card["party"]] = cards_.own_root(card).pin
    return roots


def _root(row: Mapping[str, Any], roots: Mapping[str, str]) -> str:
    party = str(row["id"])
    if party not in roots:
        raise Refused("draft.card", f"the card of {party} is missing; ask that party for it, and give it with --card")
    if row.get("root", roots[party]) != roots[party]:
        raise Refused("draft.root", f"the root that the draft gives for {party} is not that of its card")
    return roots[party]


def _write(out: Path, text: str, agreement: Agreement, keys: Mapping[str, tuple[bytes, set[str]]]) -> list[Path]:
    files = {out / NAME: text.encode()}
    for party in agreement.parties:
        mine = {circle: b64(key) for circle, (key, members) in keys.items() if party in members}
        held = {"v": 1, "party": party, "agreement": agreement.id, "hash": agreement.digest, "keys": mine}
        files[out / f"keys-for-{party}.json"] = json.dumps(held, indent=1).encode()
    if taken := [path for path in files if path.exists()]:
        # New keys beside an old text would fit nothing.
        raise Refused("draft.exists", "is there already; choose another folder", where=str(taken[0]))
    for path, data in files.items():
        if path.name == NAME:
            write_file(path, data)
        else:
            custody.write_private(path, data)
    return list(files)


def read_keys(path: Path, party: str, agreement: Agreement) -> dict[CircleId, bytes]:
    """Return the circle keys in a keys file that was made for us and this very text.

    Raises:
        Malformed: `keys.file`.
        Refused: `keys.other`.
    """
    try:
        held = json.loads(read_bytes(path))
        keys = {CircleId(circle): unb64(key) for circle, key in held["keys"].items()}
        named = (held["party"], held["hash"])
    except (KeyError, TypeError, ValueError, AttributeError, Malformed):
        raise Malformed("keys.file", "this is no keys file that `agreement draft` wrote", where=str(path)) from None
    if named != (party, agreement.digest):
        raise Refused("keys.other", f"these keys are {named[0]}'s for another text, or not ours", where=str(path))
    return keys


# -- TOML ------------------------------------------------------------------------------------------------------------

_HEAD = "# Complete: fingerprints and circle keys filled in. What is signed is the content; layout does not count.\n"


def emit(plain: Mapping[str, Any], path: str = "") -> str:
    """Return a table as TOML: plain values first, then tables, then lists of tables.

    >>> print(emit({"id": "x", "times": {"answer_s": 5}, "party": [{"id": "north"}]}))
    id = "x"
    <BLANKLINE>
    [times]
    answer_s = 5
    <BLANKLINE>
    [[party]]
    id = "north"
    <BLANKLINE>
    """
    lines = [f"{_key(name)} = {_value(value)}\n" for name, value in plain.items() if not _nested(value)]
    for name, value in plain.items():
        if isinstance(value, Mapping):
            lines.append(f"\n[{path}{_key(name)}]\n{emit(value, f'{path}{_key(name)}.')}")
        elif _nested(value):
            lines += [f"\n[[{path}{_key(name)}]]\n{emit(item, f'{path}{_key(name)}.')}" for item in value]
    return "".join(lines)


def _nested(value: Any) -> bool:
    return isinstance(value, Mapping) or (
        isinstance(value, list) and bool(value) and all(isinstance(item, Mapping) for item in value)
    )


def _key(name: str) -> str:
    bare = name.isascii() and name.replace("-", "").replace("_", "").isalnum()
    return name if bare else json.dumps(name, ensure_ascii=False)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return str(value)


# -- showing -----------------------------------------------------------------------------------------------------------


def _duration(seconds: int) -> str:
    """Tell a duration [s] in the largest unit that divides it."""
    for unit, name in ((3600, "h"), (60, "min")):
        if seconds and seconds % unit == 0:
            return f"{seconds // unit:,} {name}"
    return f"{seconds:,} s"


def print_agreement(agreement: Agreement) -> None:
    """Print an agreement for people."""
    from entente.report import words

    text = agreement.text
    show.banner(agreement.exercise)
    hours = {name: _duration(getattr(agreement.times, name)) for name in agreement.times.__struct_fields__}
    show.facts(
        [
            ("title", text.title),
            ("id", text.id),
            ("hash (signed)", agreement.digest),
            ("kind, mode", f"{text.kind}, {words.phrase(agreement.mode)}"),
            ("starts", show.when(agreement.starts)),
            ("succeeds", text.predecessor),
            (
                "times",
                ", ".join(f"{name.removesuffix('_s').replace('_', ' ')} {value}" for name, value in hours.items()),
            ),
            ("passkeys", "officers may sign with passkeys" if agreement.passkeys else ""),
            ("note", text.note),
        ]
    )
    show.table(
        ("Party", "Name", "Flies", "Signs"),
        [(p.id, p.name, _yes(p.flies), _yes(p.signs)) for p in text.party],
        "",
    )
    show.facts((f"{p.id}'s root", p.root) for p in text.party)
    show.table(
        ("Circle", "Deciders", "Readers"),
        [(c.id, ", ".join(c.deciders), ", ".join(c.readers)) for c in text.circle],
        "",
    )
    if agreement.standard is not None:
        show.table(
            ("Separation", "Across", "In height"),
            [
                (name, f"{words.nautical(least.horizontal_m)} NM", f"{words.feet(least.vertical_m)} ft")
                for name, least in (
                    *((f"{a} and {b}", m) for (a, b), m in agreement.standard.pairs.items()),
                    *((words.phrase(c), m) for c, m in agreement.standard.sites.items()),
                )
            ],
            "",
        )
    show.table(
        ("Area", "Class", "Heights", "When", "Exempt"),
        [
            (
                a.title,
                words.phrase(a.area_class),
                words.band(a.band),
                words.when(a.interval),
                ", ".join(sorted(a.exempt)),
            )
            for a in agreement.areas
        ],
        "",
    )


def _yes(value: bool) -> str:
    return "yes" if value else "no"
