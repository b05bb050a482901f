"""Tables in CSV as rows of recognised fields, whatever their columns are called and whichever mark divides them.

>>> recognised(["Facility name", "Lat", "Remarks"], {"name": ("name", "facility name"), "lat": ("lat", "latitude")})
{'name': 0, 'lat': 1}
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from entente.adapters import source
from entente.errors import Malformed

Names = Mapping[str, Sequence[str]]
"""For each field, the spellings of its column, best first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row: its number as a spreadsheet counts it (the header is 1), its fields, whether cells were left over."""

    number: int
    fields: Mapping[str, str]
    too_long: bool


def plain(header: str) -> str:
    """A column's name without case, accents and marks: ``Catégorie (type)`` is ``categorie type``."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", header) if not unicodedata.combining(c))
    return " ".join(re.sub(r"[\W_]+", " ", bare.lower()).split())


def recognised(header: Sequence[str], names: Names) -> dict[str, int]:
    """Return the column of each field that is there."""
    columns = [plain(cell) for cell in header]
    found: dict[str, int] = {}
    for field, spellings in names.items():
        column = next((columns.index(spelling) for spelling in spellings if spelling in columns), None)
        if column is not None:
            found[field] = column
    return found


def rows(path: Path, names: Names, needed: Sequence[Sequence[str]]) -> Iterator[Row]:
    """Yield the rows of a file. Of `needed`, at least one set of fields must be there whole.

    Raises:
        Malformed: `csv.column`, which tells what was found and what is recognised; `csv.syntax`; as `source.text`.
    """
    content = source.text(path)
    head = content.split("\n", 1)[0]
    mark = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=mark, strict=True)
    try:
        header = next(reader)
        columns = recognised(header, names)
        if not any(all(field in columns for field in option) for option in needed):
            raise Malformed("csv.column", _missing(header, names, needed), where=f"{path.name}, row 1")
        for number, cells in enumerate(reader, 2):
            if any(cell.strip() for cell in cells):
                held = {field: cells[column].strip() for field, column in columns.items() if column < len(cells)}
                yield Row(number=number, fields=held, too_long=len(cells) > len(header))
    except csv.Error as error:
        raise Malformed("csv.syntax", f"is not CSV: {error}", where=f"{path.name}, line {reader.line_num}") from error


def _missing(header: Sequence[str], names: Names, needed: Sequence[Sequence[str]]) -> str:
    wanted = " or ".join(
        " with ".join(f"{field} ({', '.join(names[field][:4])})" for field in option) for option in needed
    )
    return f"needs columns {wanted}; found {', '.join(header)[:200]}"
