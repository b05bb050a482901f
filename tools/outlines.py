"""Make `src/entente/adapters/outlines.json.gz`: countries' outlines, ISO codes, and names in six languages.

Outlines are Natural Earth 1:50m (public domain) as npm `world-atlas` 2.0.2 (ISC) packs it; names and codes are
Unicode's CLDR (Unicode licence) by way of `Babel` (BSD). The result holds hundredths of a degree, rings delta-coded:

    {"source": ..., "countries": {"ML": {"iso3": "MLI", "names": ["Mali", ...], "polygons": [[outer, hole, ...], ...]}}}

How to run it again:

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    pip install babel
    python tools/outlines.py package/countries-50m.json src/entente/adapters/outlines.json.gz
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import Any

from babel import Locale
from babel.core import get_global
from basemap import polygons, ring, unpacked

SOURCE = "Natural Earth 1:50m (public domain), by way of world-atlas 2.0.2; names of CLDR, by way of Babel"
LANGUAGES = ("en", "fr", "ru", "ar", "es", "pt")
UNITS = 100
BESIDE = {"CI": ["Ivory Coast"], "CD": ["DRC", "DR Congo", "RDC"], "SS": ["Soudan du Sud"], "BF": ["Burkina"],
          "SZ": ["Swaziland"], "MK": ["Macedonia"], "CZ": ["Czech Republic"], "PS": ["Palestine", "oPt"],
          "SY": ["Syrian Arab Republic"], "IR": ["Iran (Islamic Republic of)"], "CV": ["Cape Verde"],
          "CF": ["CAR", "RCA"], "RU": ["Russian Federation"], "LA": ["Lao"], "TZ": ["United Republic of Tanzania"],
          "MM": ["Burma"], "GB": ["Great Britain"], "US": ["USA", "United States of America"]}  # fmt: skip
"""What lists write beside CLDR's names."""


def main(source: Path, result: Path) -> None:
    """Read TopoJSON from `source` and write the packed outlines to `result`, the same bytes every time."""
    world = json.loads(source.read_text("utf-8"))
    arcs = unpacked(world)
    codes = {numeric: found[0] for numeric, found in get_global("territory_aliases").items() if numeric.isdigit()}
    three = {code: alpha for alpha, [code, *_] in get_global("territory_aliases").items()
             if len(alpha) == 3 and alpha.isalpha()}  # fmt: skip
    countries: dict[str, Any] = {}
    for country in world["objects"]["countries"]["geometries"]:
        code = codes.get(str(country.get("id", "")).zfill(3))
        if code is None or len(code) != 2:
            continue
        names = [Locale(language).territories.get(code, "") for language in LANGUAGES]
        written = [country["properties"]["name"], *BESIDE.get(code, ())]
        packed = [[delta(ring(part, arcs)) for part in polygon] for polygon in polygons(country)]
        held = countries.setdefault(code, {"iso3": three.get(code, ""), "names": [], "polygons": []})
        held["names"] = list(dict.fromkeys(name for name in (*names, *written, *held["names"]) if name))
        held["polygons"] += [[one for one in rings if len(one) >= 8] for rings in packed if len(rings[0]) >= 8]
    text = json.dumps({"source": SOURCE, "countries": dict(sorted(countries.items()))}, separators=(",", ":"),
                      ensure_ascii=False)  # fmt: skip
    result.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def delta(points: list[tuple[float, float]]) -> list[int]:
    """Pack a ring, each point after the first as its distance from the one before; those that coincide are one."""
    packed: list[int] = []
    x = y = 0
    for lon, lat in points:
        nx, ny = round(lon * UNITS), round(lat * UNITS)
        if packed and (nx, ny) == (x, y):
            continue
        packed += (nx - x, ny - y)
        x, y = nx, ny
    return packed


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
