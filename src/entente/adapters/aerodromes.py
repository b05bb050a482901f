"""Aerodromes by their ICAO or IATA code, from the PyPI package `airportsdata` (MIT licence), without a network.

>>> find("LSZH").lat
47.4647
>>> find("GVA") == find("LSGG")
True
"""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

from entente.errors import Malformed
from entente.geo.position import Position


@cache
def _by_code(kind: Literal["ICAO", "IATA"]) -> dict[str, Any]:
    import airportsdata

    codes: dict[str, Any] = airportsdata.load(kind)
    return codes


def is_code(text: str) -> bool:
    """Whether `text` is spelt like a code: three or four capital letters and digits, a letter first."""
    return text.isascii() and len(text) in (3, 4) and text.isalnum() and text.isupper() and text[0].isalpha()


def find(code: str) -> Position:
    """Return the aerodrome's reference position.

    Raises:
        Malformed: `aerodrome.unknown`.
    """
    found = _by_code("ICAO" if len(code) == 4 else "IATA").get(code)
    if found is None:
        raise Malformed("aerodrome.unknown", f"no aerodrome is known as {code!r}; give its position instead")
    return Position(lat=found["lat"], lon=found["lon"])
