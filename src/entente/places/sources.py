"""How far a stated source of a position lets the place lie from it, in metres; a table with reasons.

docs/guides/desk-lists.md gives the reasons to desks; ADR-0028 says why numbers are given at all. The uncertainty of a
place is the largest of: what its list states, what its source allows, and what its digits leave open; an unstated or
other datum is added.

>>> allowed_m("GPS"), allowed_m("Geonames"), allowed_m("")
(100.0, 5000.0, 1000.0)
"""

from __future__ import annotations

from entente.places.text import folded

SURVEYED_M = 100.0
"""A handheld receiver is good to 10 or 20 m; it is read at the gate, and a compound reaches farther."""
IMAGERY_M = 250.0
"""Pictures are placed to some 10 m; the doubt is whether the right roof was marked."""
MAPPED_M = 1000.0
"""Read off a map: a symbol's width at 1:200,000 is some hundred metres, and it often marks the village."""
INDIRECT_M = 5000.0
"""A gazetteer gives the settlement, often to the minute of arc (1.8 km), and a larger settlement reaches 5 km."""
UNSTATED_M = 1000.0
"""No source is stated: between a survey and a gazetteer; as a map."""
DATUM_UNSTATED_M = 250.0
"""Datums of the theatres this was made for (Adindan, Clarke 1880, Pulkovo 1942, ED50) lie up to 230 m from WGS84."""
DATUM_OTHER_M = 1000.0
"""No datum in use lies farther from WGS84; no shift is computed here."""

_TABLE: tuple[tuple[float, str], ...] = (
    (
        INDIRECT_M,
        "gazetteer; geonames; encarta; fallingrain; falling rain; wikipedia; other; autre; другой; другое; اخري; "
        "settlement; village; centroid",
    ),
    (
        SURVEYED_M,
        "gps; survey; surveyed; gnss; field visit; site visit; releve gps; съемка; جي بي اس; مسح ميداني",
    ),
    (
        IMAGERY_M,
        "google earth; google maps; satellite; satellite imagery; imagery; bing; digitized from imagery; "
        "image satellite; снимок; صور الاقمار الصناعيه",
    ),
    (
        MAPPED_M,
        "digitized from online map; map; topographic map; online map; openstreetmap; osm; combination; carte; "
        "карта; خريطه",
    ),
)
_BY_NAME = {folded(name): metres for metres, names in _TABLE for name in names.split(";")}
WGS84 = frozenset({"wgs84", "wgs 84", "epsg 4326", "4326", "wgs1984", "wgs 1984", "gps", "itrf", "egsa wgs84"})
_BORN_ON_WGS84 = (SURVEYED_M, IMAGERY_M)
"""Receivers and online imagery give WGS84 unless somebody sets them otherwise."""


def allowed_m(source: str) -> float:
    """Return what a stated source allows [m]; a source that is not in the table counts as indirect."""
    fold = folded(source)
    return _BY_NAME.get(fold, INDIRECT_M) if fold else UNSTATED_M


def indirect(source: str) -> bool:
    """Whether a stated source is a gazetteer, or does not say what it is."""
    return bool(folded(source)) and allowed_m(source) == INDIRECT_M


def datum_m(datum: str, source: str) -> tuple[float, bool | None]:
    """Return what a datum adds [m], and whether it is WGS84: None when neither list nor source says so."""
    fold = folded(datum)
    if fold:
        return (0.0, True) if fold in WGS84 else (DATUM_OTHER_M, False)
    if folded(source) and allowed_m(source) in _BORN_ON_WGS84:
        return 0.0, True
    return DATUM_UNSTATED_M, None
