"""A list of places, from its file to rows that are judged: opened, its header found, read row by row, flagged.

>>> import tempfile
>>> with tempfile.TemporaryDirectory() as folder:
...     path = Path(folder) / "list.csv"
...     _ = path.write_text("Name;Lat;Long\\nClinic 3;12,5938;-3,8343\\nSchool;;\\n", encoding="utf-8")
...     listing = read(path)
>>> [(row.site.name, row.site.position is not None) for row in listing.rows]
[('Clinic 3', True), ('School', False)]
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain, islice
from pathlib import Path

from entente.adapters import sheets
from entente.errors import Malformed
from entente.places import beside, columns, rows
from entente.places.beside import Ground
from entente.places.columns import Header
from entente.places.flags import Flag
from entente.places.rows import RefusedRow, Row, Stated

Progress = Callable[[str, int], None]
"""Called with a step's name and how many rows it has done."""
TELL_EVERY = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A list as it was read: every row below its header is in `rows` or in `refused`, or has nothing in it.

    `flags` are those of each row, `unused` the columns of which nothing was taken, `sha256` the file's.
    """

    header: Header
    rows: tuple[Row, ...]
    flags: tuple[tuple[Flag, ...], ...]
    refused: tuple[RefusedRow, ...]
    notes: tuple[str, ...]
    unused: tuple[str, ...]
    sha256: str


def read(
    path: Path,
    *,
    sheet: str = "",
    encoding: str = "",
    said: Mapping[str, str] | None = None,
    remembered: Mapping[str, Mapping[str, str]] | None = None,
    stated: Stated | None = None,
    ground: Ground | None = None,
    progress: Progress | None = None,
) -> Listing:
    """Read a list.

    `said` are columns as the desk names them now, over those that are `remembered` for sheets of this shape.

    Raises:
        Malformed: as `sheets.read`; `file.empty`, when nothing stands below the header.
        Refused: `place.columns`, `place.column`, `place.field`, `xlsx.sheet`.
    """
    opened = sheets.read(path, sheet=sheet, encoding=encoding)
    top = list(islice(opened.lines, columns.LOOKED_THROUGH))
    header = columns.find_header([line.cells for line in top], remembered)
    header = columns.require(columns.mapped(header, said) if said else header, path.name)
    told = progress or (lambda step, done: None)
    default = stated or Stated()
    taken: list[Row] = []
    refused: list[RefusedRow] = []
    used: set[int] = set()
    about = rows.said_by(header, default)
    for count, line in enumerate(chain(top[header.lines :], opened.lines), 1):
        if count % TELL_EVERY == 0:
            told("read", count)
        used.update(at for at, cell in enumerate(line.cells) if cell and at not in used)
        if not any(cell.strip() for cell in line.cells) and line.footprint is None:
            continue
        found = rows.read(
            line.number, line.cells, header, default, footprint=line.footprint, formulas=line.formulas, said=about
        )  # fmt: skip
        if isinstance(found, RefusedRow):
            refused.append(found)
        else:
            taken.append(found)
    if not taken:
        raise Malformed("file.empty", "holds no place below its header", where=f"{path.name}, row {header.lines}")
    told("judged", 0)
    flags = beside.judge(taken, ground)
    told("judged", len(taken))
    idle = sorted(used - set(header.columns.values()))
    return Listing(
        header=header, rows=tuple(taken), flags=tuple(flags), refused=tuple(refused), notes=opened.notes,
        unused=tuple(header.labels[at] for at in idle if at < len(header.labels) and header.labels[at]),
        sha256=digest(path),
    )  # fmt: skip


def digest(path: Path) -> str:
    """Return a file's SHA-256."""
    state = sha256()
    with path.open("rb") as file:
        while piece := file.read(1024 * 1024):
            state.update(piece)
    return state.hexdigest()
