"""How plans, sites, areas, standards and screenings are spelt in details: tables, in `geo.spelling`'s parts.

Dictionaries and sets become lists sorted by key, so that each value keeps one spelling.

>>> MINIMUM.plain(Minimum(horizontal_m=1852.0, vertical_m=300.0))
{'time_ms': 0, 'horizontal_mm': 1852000, 'vertical_mm': 300000}
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from typing import Any, TypeVar

from entente.errors import Malformed
from entente.geo.spelling import (
    BAND,
    INTEGER,
    INTERVAL,
    METRES,
    POLYGON,
    POSITION,
    SHAPE,
    TEXT,
    TIME,
    VOLUME,
    Codec,
    choice,
    listing,
    optional,
    record,
    scaled,
    wrong,
)
from entente.joint.areas import Area, AreaClass
from entente.joint.journey import Guards, Journey, Passage, Vehicle, VehicleKind
from entente.joint.plan import Crew, Kind, LinkKind, Plan, TimingLink
from entente.joint.protected_sites import (
    Category,
    DayMark,
    Function,
    Grade,
    InfraredMark,
    Method,
    Site,
    SiteStatus,
)
from entente.joint.screening import Against, Finding, Input, Screening
from entente.joint.standard import Minimum, Standard

V = TypeVar("V")
_Fields = dict[str, tuple[str, Codec[Any]]]


def _named(names: str, codec: Codec[Any]) -> _Fields:
    """Fields whose key is their own name."""
    return {name: (name, codec) for name in names.split()}


def _metres(names: str, codec: Codec[Any] = METRES) -> _Fields:
    """Fields in metres, kept in millimetres: `doubt_m` is spelt `doubt_mm`."""
    return {name: (f"{name}m", codec) for name in names.split()}


def _rising(plains: Iterable[Any], where: str) -> None:
    """Refuse a second spelling of one set: its items stand sorted, and each once."""
    items = list(plains)
    if any(not first < second for first, second in pairwise(items)):
        raise wrong(where, "a sorted list that repeats nothing", "this order")


def _set(codec: Codec[V]) -> Codec[frozenset[V]]:
    items = listing(codec)

    def value(plain: Any, where: str) -> frozenset[V]:
        found = items.value(plain, where)
        _rising(plain, where)
        return frozenset(found)

    return Codec(lambda values: sorted(codec.plain(item) for item in values), value)


def _rows(key: Codec[Any], cell: Codec[V]) -> Codec[dict[Any, V]]:
    """A dictionary as a list of [key, value]; keys need not be text."""

    def row(plain: Any, where: str) -> tuple[Any, V]:
        if not isinstance(plain, list) or len(plain) != 2:
            raise wrong(where, "a pair [key, value]", plain)
        return key.value(plain[0], f"{where}[0]"), cell.value(plain[1], f"{where}[1]")

    rows: Codec[tuple[tuple[Any, V], ...]] = listing(Codec(lambda pair: [key.plain(pair[0]), cell.plain(pair[1])], row))

    def value(plain: Any, where: str) -> dict[Any, V]:
        found = dict(rows.value(plain, where))
        _rising((pair[0] for pair in plain), where)
        return found

    return Codec(lambda table: sorted(rows.plain(tuple(table.items())), key=lambda pair: pair[0]), value)


def _pair(codec: Codec[V]) -> Codec[tuple[V, V]]:
    items = listing(codec)

    def value(plain: Any, where: str) -> tuple[V, V]:
        found = items.value(plain, where)
        if len(found) != 2:
            raise wrong(where, "a list of two", f"{len(found)} items")
        return found[0], found[1]

    return Codec(items.plain, value)


def _grown(base: Codec[V], extra: _Fields, unsaid: V) -> Codec[V]:
    """A record that grew: fields that came later are left out while they say no more than those of `unsaid`.

    So what an older version spelt is read as before, and each value keeps its one spelling.
    """
    names = {key: name for name, (key, _) in extra.items()}

    def plain(item: V) -> Any:
        said = {key: codec.plain(getattr(item, name)) for name, (key, codec) in extra.items() if _says(item, name)}
        return base.plain(item) | said

    def _says(item: V, name: str) -> bool:
        return bool(getattr(item, name) != getattr(unsaid, name))

    def value(found: Any, where: str) -> V:
        if not isinstance(found, dict) or found.keys().isdisjoint(names):
            return base.value(found, where)
        item = base.value({key: each for key, each in found.items() if key not in names}, where)
        below = f"{where}." if where else ""
        said = {name: codec.value(found[key], below + key) for name, (key, codec) in extra.items() if key in found}
        try:
            grown: V = replace(item, **said)  # type: ignore[type-var]
        except Malformed as error:
            raise error.at(where) if where else error from None
        if empty := [name for name in said if not _says(grown, name)]:
            raise wrong(below + extra[empty[0]][0], "something to say, or no such key", "nothing")
        return grown

    return Codec(plain, value)


def _grade(plain: Any, where: str) -> Grade:
    grade = Grade.parse(TEXT.value(plain, where))
    if grade is None or str(grade) != plain:
        raise wrong(where, "a grade from A1 to F6", plain)
    return grade


_SECONDS = {"time_s": ("time_ms", scaled(1_000))}

LINK = record(TimingLink, _named("kind", choice(LinkKind)) | _named("other", TEXT) | _named("seconds", INTEGER))
PLAN = record(
    Plan,
    _named("id title callsign note", TEXT)
    | {
        "kind": ("kind", choice(Kind)),
        "crew": ("crew", choice(Crew)),
        "volumes": ("volumes", listing(VOLUME)),
        "links": ("links", listing(LINK)),
    },
)
FUNCTION = record(
    Function, {"since": ("since", TIME), "category": ("category", choice(Category)), "words": ("words", TEXT)}
)
_SITE = record(
    Site,
    _named("id name country district position_source source_grade note", TEXT)
    | _named("confirmed_at expires_at", optional(TIME))
    | _metres("uncertainty_m")
    | {
        "category": ("category", choice(Category)),
        "status": ("status", choice(SiteStatus)),
        "position": ("position", optional(POSITION)),
        "footprint": ("footprint", optional(POLYGON)),
    },
)
SITE = _grown(
    _SITE,
    _named("consent region settlement pcode verifier confirmed_by", TEXT)
    | {
        "day_marks": ("day_marks", _set(choice(DayMark))),
        "infrared_marks": ("infrared_marks", _set(choice(InfraredMark))),
        "method": ("method", optional(choice(Method))),
        "grade": ("grade", optional(Codec(str, _grade))),
        "history": ("history", listing(FUNCTION)),
    },
    unsaid=Site(id="", name="", category=Category.OTHER_CIVILIAN, position=None, uncertainty_m=1.0),
)
_MARKS: _Fields = {
    "day_marks": ("day_marks", _set(choice(DayMark))),
    "infrared_marks": ("infrared_marks", _set(choice(InfraredMark))),
}
PASSAGE = record(Passage, {"position": ("position", POSITION), "at": ("at", TIME), "name": ("name", TEXT)})
VEHICLE = record(
    Vehicle, _named("count", INTEGER) | _named("label", TEXT) | _named("kind", choice(VehicleKind)) | _MARKS
)
JOURNEY = record(
    Journey,
    _named("title contact guarded_by consent note", TEXT)
    | _named("people margin_s", INTEGER)
    | _metres("half_width_m uncertainty_m")
    | {
        "passages": ("passages", listing(PASSAGE)),
        "vehicles": ("vehicles", listing(VEHICLE)),
        "guards": ("guards", choice(Guards)),
    },
)
AREA = record(
    Area,
    _named("id title", TEXT)
    | {
        "area_class": ("class", choice(AreaClass)),
        "shape": ("shape", SHAPE),
        "band": ("band", optional(BAND)),
        "interval": ("interval", optional(INTERVAL)),
        "exempt": ("exempt", _set(TEXT)),
    },
)
MINIMUM = record(Minimum, _SECONDS | _metres("horizontal_m vertical_m"))
STANDARD = record(
    Standard,
    _named("name", TEXT)
    | _named("site_default area", MINIMUM)
    | _metres("fl_uncertainty_m terrain_ceiling_m relief_m")
    | {"pairs": ("pairs", _rows(_pair(choice(Crew)), MINIMUM)), "sites": ("sites", _rows(choice(Category), MINIMUM))},
)
INPUT = record(Input, _named("kind", choice(Against)) | _named("id", TEXT))
FINDING = record(
    Finding,
    _named("plan other other_title", TEXT)
    | _metres("horizontal_m vertical_m", optional(METRES))
    | _metres("required_horizontal_m required_vertical_m doubt_m")
    | _SECONDS
    | {
        "against": ("against", choice(Against)),
        "interval": ("interval", optional(INTERVAL)),
        "place": ("place", optional(POSITION)),
        "marks": ("marks", listing(TEXT)),
        "inputs": ("inputs", listing(INPUT)),
    },
)
SCREENING = record(
    Screening,
    _named("plan standard", TEXT)
    | {
        "made_at": ("made_at", TIME),
        "compared": ("compared", _rows(TEXT, INTEGER)),
        "findings": ("findings", listing(FINDING)),
    },
)

plan_to_plain, plan_from_plain = PLAN.plain, PLAN.read
site_to_plain, site_from_plain = SITE.plain, SITE.read
journey_to_plain, journey_from_plain = JOURNEY.plain, JOURNEY.read
area_to_plain, area_from_plain = AREA.plain, AREA.read
standard_to_plain, standard_from_plain = STANDARD.plain, STANDARD.read
finding_to_plain, finding_from_plain = FINDING.plain, FINDING.read
screening_to_plain, screening_from_plain = SCREENING.plain, SCREENING.read
