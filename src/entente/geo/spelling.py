"""How values of this room are spelt in signed bytes: integers and text only, one spelling each.

Positions are 1e-7 degree, lengths millimetres, times ISO 8601 in UTC to the millisecond; each key names its unit. A
value is rounded once, when it is spelt: what is signed is what is shown and screened, so callers `quantise` first.
Reading is strict: a missing key, an unknown one, a float or a bool for an integer is `Malformed`, with its path.

A codec is two functions; records, lists and choices put codecs together, so that each type below is one table. The
tables of `joint` are made of the same parts.

>>> to_plain(Position(lat=47.45, lon=8.55))
{'lat_e7': 474500000, 'lon_e7': 85500000}
>>> from_plain(Position, {"lat_e7": 474500000, "lon_e7": True})
Traceback (most recent call last):
entente.errors.Malformed: lon_e7: an integer is wanted, not True
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from entente.errors import Malformed
from entente.geo.altitude import Altitude, Band, Reference
from entente.geo.interval import Interval, parse_time, spell
from entente.geo.position import Position
from entente.geo.volume import Circle, Corridor, Polygon, Shape, Volume

T = TypeVar("T")
K = TypeVar("K", bound=StrEnum)
LARGEST_INTEGER = 2**53 - 1
"""RFC 7493 §2.2: every reader of JSON keeps integers up to here."""


@dataclass(frozen=True, slots=True)
class Codec(Generic[T]):
    """`plain` spells a value; `value` reads a spelling found at the path `where`, or raises `Malformed`."""

    plain: Callable[[T], Any]
    value: Callable[[Any, str], T]

    def read(self, plain: Any, where: str = "") -> T:
        """Return the value that `plain` spells, for callers at the outermost level."""
        return self.value(plain, where)


def wrong(where: str, wanted: str, found: object) -> Malformed:
    """Return the error for a spelling that is not what is wanted there."""
    return Malformed("spelling.type", f"{wanted} is wanted, not {str(found)[:60]}", where=where or "value")


def _integer(plain: Any, where: str) -> int:
    if type(plain) is not int or abs(plain) > LARGEST_INTEGER:
        raise wrong(where, "an integer", plain)
    return plain


def _text(plain: Any, where: str) -> str:
    # Nearly all text is ASCII, and asking that is free; only other text is looked through for surrogates.
    if not isinstance(plain, str) or not (plain.isascii() or not any("\ud800" <= c <= "\udfff" for c in plain)):
        raise wrong(where, "text", plain)
    return plain


def _time(plain: Any, where: str) -> Any:
    time = parse_time(_text(plain, where))
    if spell(time) != plain:
        raise wrong(where, "a time as 2026-11-22T10:30:00.000Z", plain)
    return time


def scaled(units: int) -> Codec[float]:
    """A number kept as an integer of `units` to one: `scaled(1000)` keeps metres as millimetres."""
    return Codec(lambda value: round(value * units), lambda plain, where: _integer(plain, where) / units)


def choice(kind: type[K]) -> Codec[K]:
    """One word of a closed list."""
    words = {word.value: word for word in kind}

    def value(plain: Any, where: str) -> K:
        if _text(plain, where) not in words:
            raise wrong(where, f"one of {', '.join(sorted(words))}", plain)
        return words[plain]

    return Codec(lambda word: word.value, value)


def optional(codec: Codec[T]) -> Codec[T | None]:
    """The codec's spelling, or null."""
    return Codec(
        lambda value: None if value is None else codec.plain(value),
        lambda plain, where: None if plain is None else codec.value(plain, where),
    )


def listing(codec: Codec[T]) -> Codec[tuple[T, ...]]:
    """A list, in order."""

    def value(plain: Any, where: str) -> tuple[T, ...]:
        if not isinstance(plain, list):
            raise wrong(where, "a list", type(plain).__name__)
        return tuple(codec.value(item, f"{where}[{place}]") for place, item in enumerate(plain))

    return Codec(lambda values: [codec.plain(item) for item in values], value)


def record(kind: type[T], fields: Mapping[str, tuple[str, Codec[Any]]], **tag: str) -> Codec[T]:
    """An object with exactly these keys: each field's name with its key and codec, and `tag` as fixed words."""
    wanted = {key for key, _ in fields.values()} | tag.keys()

    def value(plain: Any, where: str) -> T:
        _keys(plain, wanted, where)
        for key, word in tag.items():
            if plain[key] != word:
                raise wrong(_below(where, key), word, plain[key])
        found = {name: codec.value(plain[key], _below(where, key)) for name, (key, codec) in fields.items()}
        try:
            return kind(**found)
        except Malformed as error:
            raise error.at(where) if where else error from None

    return Codec(
        lambda item: tag | {key: codec.plain(getattr(item, name)) for name, (key, codec) in fields.items()}, value
    )


def tagged(key: str, codecs: Mapping[str, tuple[type[Any], Codec[Any]]]) -> Codec[Any]:
    """One of several records, told apart by the word at `key`."""
    by_type = dict(codecs.values())

    def value(plain: Any, where: str) -> Any:
        word = plain.get(key) if isinstance(plain, dict) else None
        if not isinstance(word, str) or word not in codecs:
            raise wrong(_below(where, key), f"one of {', '.join(sorted(codecs))}", word)
        return codecs[word][1].value(plain, where)

    return Codec(lambda item: by_type[type(item)].plain(item), value)


def _some(codec: Codec[tuple[T, ...]]) -> Codec[tuple[T, ...]]:
    """A list of at least one, for a key that is left out otherwise."""

    def value(plain: Any, where: str) -> tuple[T, ...]:
        if plain == []:
            raise wrong(where, "at least one, or no such key", plain)
        return codec.value(plain, where)

    return Codec(codec.plain, value)


def _below(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key


def _keys(plain: Any, wanted: set[str], where: str) -> None:
    if not isinstance(plain, dict):
        raise wrong(where, "an object", type(plain).__name__)
    if plain.keys() == wanted:
        return
    for key in sorted(wanted ^ plain.keys(), key=str):
        sentence = "this key is missing" if key in wanted else "this key is not known here"
        raise Malformed("spelling.key", sentence, where=_below(where, str(key)))


INTEGER: Codec[int] = Codec(lambda value: value, _integer)
TEXT: Codec[str] = Codec(lambda value: value, _text)
TIME: Codec[Any] = Codec(spell, _time)
METRES = scaled(1_000)
DEGREES = scaled(10_000_000)

POSITION = record(Position, {"lat": ("lat_e7", DEGREES), "lon": ("lon_e7", DEGREES)})
ALTITUDE = record(Altitude, {"metres": ("mm", METRES), "reference": ("reference", choice(Reference))})
BAND = record(Band, {"lower": ("lower", ALTITUDE), "upper": ("upper", ALTITUDE)})
INTERVAL = record(Interval, {"start": ("start", TIME), "end": ("end", TIME)})
_RING: dict[str, tuple[str, Codec[Any]]] = {"ring": ("ring", listing(POSITION))}
_WHOLE = record(Polygon, _RING, shape="polygon")
_PIERCED = record(Polygon, _RING | {"holes": ("holes", _some(listing(listing(POSITION))))}, shape="polygon")
POLYGON: Codec[Polygon] = Codec(
    lambda polygon: (_PIERCED if polygon.holes else _WHOLE).plain(polygon),
    lambda plain, where: (_PIERCED if isinstance(plain, dict) and "holes" in plain else _WHOLE).value(plain, where),
)
"""Without holes the key `holes` is absent: a polygon has one spelling, and older ones keep theirs."""
CIRCLE = record(Circle, {"centre": ("centre", POSITION), "radius_m": ("radius_mm", METRES)}, shape="circle")
CORRIDOR = record(
    Corridor, {"path": ("path", listing(POSITION)), "half_width_m": ("half_width_mm", METRES)}, shape="corridor"
)
SHAPE: Codec[Shape] = tagged(
    "shape", {"polygon": (Polygon, POLYGON), "circle": (Circle, CIRCLE), "corridor": (Corridor, CORRIDOR)}
)
VOLUME = record(Volume, {"shape": ("shape", SHAPE), "band": ("band", BAND), "interval": ("interval", INTERVAL)})
_CODECS: dict[type[Any], Codec[Any]] = {
    Position: POSITION,
    Altitude: ALTITUDE,
    Band: BAND,
    Interval: INTERVAL,
    Polygon: POLYGON,
    Circle: CIRCLE,
    Corridor: CORRIDOR,
    Volume: VOLUME,
}


def to_plain(value: Any) -> dict[str, Any]:
    """Return a position, altitude, band, interval, shape or volume as an object of integers and text."""
    plain: dict[str, Any] = _CODECS[type(value)].plain(value)
    return plain


def from_plain(kind: type[T], plain: Any, where: str = "") -> T:
    """Return the value of `kind` that `plain` spells.

    Raises:
        Malformed: `spelling.key`, `spelling.type`, or what the value itself refuses, each with its path.
    """
    codec: Codec[T] = _CODECS[kind]
    return codec.read(plain, where)


def quantise(value: T) -> T:
    """Return `value` as its spelling will be read back.

    Raises:
        Malformed: when rounding breaks it, as a ring so thin that it then crosses itself.
    """
    return from_plain(type(value), to_plain(value))
