"""A separation standard in TOML; `data/standard.toml` is the one to start from, and shows every field.

>>> default().pairs[Crew.CREWED, Crew.CREWED].horizontal_m
9260.0
"""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from entente.adapters import source
from entente.adapters.source import Fields, as_choice, as_list, as_number, as_table, as_text
from entente.joint.plan import Crew
from entente.joint.protected_sites import Category
from entente.joint.standard import Minimum, Standard


def default() -> Standard:
    """Return the standard that comes with Entente."""
    with as_file(files("entente.adapters").joinpath("data", "standard.toml")) as path:
        return read(path)


def read(path: Path) -> Standard:
    """Return the standard in a TOML file.

    Raises:
        Malformed: with file, table and field; `standard.pair` when a pair is missing or given twice; `field.*`.
    """
    top = source.toml(path)
    name = top.need("name", as_text)
    pairs = _pairs(top)
    sites = top.get("site", _by_category) or {}
    buffers = {category: _minimum(Fields(table, f"{path.name}, site.{category}")) for category, table in sites.items()}
    # What the file leaves out keeps the value that `Standard` itself gives it.
    said: dict[str, Any] = {key: _minimum(table) for key in ("site_default", "area") if (table := top.table(key))}
    lengths: dict[str, Any] = {f"{key}_m": top.length(key) for key in ("fl_uncertainty", "terrain_ceiling", "relief")}
    top.done()
    said |= {key: length for key, length in lengths.items() if length is not None}
    return top.made(lambda: Standard(name=name, pairs=pairs, sites=buffers, **said))


def _by_category(value: Any) -> dict[Category, dict[str, Any]]:
    return {as_choice(key, Category): as_table(table) for key, table in as_table(value).items()}


def _pairs(top: Fields) -> dict[tuple[Crew, Crew], Minimum]:
    """Every pair of crews, whichever of the two is named first."""
    pairs: dict[tuple[Crew, Crew], Minimum] = {}
    for table in top.tables("pair"):
        crews = table.need("crews", lambda value: [as_choice(crew, Crew) for crew in as_list(value)])
        if len(crews) != 2:
            raise table.fail("standard.pair", "names two crews, the same or different", "crews")
        first, second = sorted(crews)
        if (first, second) in pairs:
            raise table.fail("standard.pair", f"{first} and {second} are given twice", "crews")
        pairs[first, second] = _minimum(table)
    for first in Crew:
        for second in Crew:
            if first <= second and (first, second) not in pairs:
                raise top.fail("standard.pair", f"lacks [[pair]] with crews = [{first.value!r}, {second.value!r}]")
    return pairs


def _minimum(table: Fields) -> Minimum:
    """A minimum, each length under the unit in its name."""
    horizontal, vertical = table.length("horizontal"), table.length("vertical")
    time_s = table.get("time_s", as_number) or 0.0
    table.done()
    if horizontal is None or vertical is None:
        raise table.fail(
            "field.missing", "needs both a horizontal and a vertical length, as horizontal_nm and vertical_ft"
        )
    if min(horizontal, vertical, time_s) < 0:
        raise table.fail("field.range", "a minimum is never negative")
    return table.made(lambda: Minimum(horizontal_m=horizontal, vertical_m=vertical, time_s=time_s))
