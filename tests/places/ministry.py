"""Small lists as ministries write them, and a ground of two square countries, for the tests of this room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from entente.adapters import lists
from entente.adapters.lists import Listing
from entente.geo.position import Position
from entente.places.flags import Flag, FlagCode

HEAD = "id,name,type,lat,lon,country,region,district,settlement,source,datum"


class Squares:
    """Two countries side by side: Westland, 10 to 14 north and 2 to 6 east, and Eastland, from 6 to 10 east."""

    names: Mapping[str, str] = {"westland": "WL", "eastland": "EL"}
    west: Mapping[str, float] = {"WL": 2.0, "EL": 6.0}

    def country(self, name: str) -> str | None:
        return self.names.get(name.lower())

    def country_name(self, code: str) -> str:
        return {"WL": "Westland", "EL": "Eastland"}[code]

    def outside_m(
        self, code: str, lat: npt.NDArray[np.float64], lon: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        west = self.west[code]
        north = np.maximum(np.maximum(10.0 - lat, lat - 14.0), 0.0)
        east = np.maximum(np.maximum(west - lon, lon - west - 4.0), 0.0)
        found: npt.NDArray[np.float64] = np.hypot(north, east) * 110_000.0
        return found

    def settlements(self, code: str, name: str) -> Sequence[Position]:
        return [Position(lat=12.0, lon=4.0)] if (code, name.lower()) == ("WL", "kora") else []


def listing(folder: Path, text: str | bytes, name: str = "list.csv", **options: object) -> Listing:
    """Write a list and read it."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return lists.read(path, **options)  # type: ignore[arg-type]


def codes(flags: Sequence[Flag]) -> set[FlagCode]:
    return {flag.code for flag in flags}
