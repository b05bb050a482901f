"""Tables of the pages say what the code does: who may say what, and which sentences a reader of a disclosure has."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path

from entente.joint import authority
from entente.joint.staff import Office
from entente.store import schema
from entente.verify import follows, persons

SPEC = Path(__file__).parents[2] / "spec"


def rows(page: str, heading: str) -> list[list[str]]:
    """Return the rows of the table with this heading."""
    text = (SPEC / page).read_text(encoding="utf-8")
    table = text[text.index(heading) :].split("\n\n", 1)[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


def names(cell: str) -> list[str]:
    return re.findall(r"`([a-z_.]+)`", cell)


def test_the_authority_table_is_the_codes() -> None:
    """JOINT-16, JOINT-201."""
    found = {
        verb: set(offices.split(", ")) for verbs, offices in rows("joint.md", "| Verbs |") for verb in names(verbs)
    }

    assert found == {verb: set(offices) for verb, offices in authority.TABLE.items()}
    assert set.union(*found.values()) <= set(Office)


def test_every_sentence_that_a_reader_says_is_in_the_table_with_its_list() -> None:
    """DISC-40."""
    table = rows("disclosure.md", "| Code |")
    listed = {code: sorts for cells in table for code, sorts in zip(names(cells[0]), lists(cells), strict=True)}
    lists_of = {"proved": "P", "flaw": "F", "unproved": "N", "not_proved": "N"}
    said: dict[str, set[str]] = {}
    for module in (follows, persons):
        code = Path(module.__file__).read_text(encoding="utf-8")
        for sort, found in re.findall(r"report\.(proved|flaw|unproved)\(\s*[^\"]*?\"([a-z_.]+)\"", code):
            said.setdefault(found, set()).add(lists_of[sort])
    for path in (SPEC / "vectors" / "disclosure").glob("*.json"):
        vector = json.loads(path.read_text(encoding="utf-8"))
        for sort in ("proved", "flaw", "not_proved"):
            for _, code in vector[sort]:
                said.setdefault(code, set()).add(lists_of[sort])

    assert len(said) > 40
    assert {code: sorts for code, sorts in said.items() if sorts - listed.get(code, set())} == {}


def lists(cells: list[str]) -> list[set[str]]:
    """Return the lists in which each code of a row stands: one for all, or one for each."""
    codes, sorts = names(cells[0]), cells[2].split(", ")
    if len(codes) == 1:
        return [set(sorts)]
    return [{sorts[at] if len(sorts) > 1 else sorts[0]} for at in range(len(codes))]


def test_the_record_is_the_file_that_the_page_describes() -> None:
    """DISC-37."""
    text = (SPEC / "disclosure.md").read_text(encoding="utf-8")
    rule = text[text.index("**DISC-37**") :]
    record = sqlite3.connect(":memory:")
    schema.lay_out(record)
    tables = dict(re.findall(r"`([a-z]+)` \(((?:`[a-z_]+`(?:,\s+)?)+)\)", rule))

    assert f"`user_version` {schema.VERSION}." in rule and f"0x{schema.APPLICATION:X}" in rule
    assert set(tables) == {"feed", "leaf", "part", "chunk", "granted", "fork", "meta"}
    for table, columns in tables.items():
        kept = {row[1] for row in record.execute(f"PRAGMA table_info({table})")}
        assert set(names(columns)) <= kept, table
