"""Read-back: positions entered again, independently, and how they compare with what is held (R-20, F-17).

Whoever reads a notice back enters each position as it stands on paper, on a map or in another system: decimal, degrees
or MGRS. Here that is held against a place: the notice as its recipient holds it, or, at the sender, the sender's own
plan. **A read-back repeats a wrong position faithfully; only the second comparison catches that.**

>>> from entente.geo.position import Position
>>> held = Place(id="clinic-3", position=Position(lat=31.95, lon=35.92), within_m=550.0)
>>> [compare(text, held).outcome.value for text in ("31.9500 35.9200", "31°57'00\\"N 035°55'30\\"E", "35.92 31.95")]
['same', 'within', 'swapped']
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from entente.geo.geodesy import distance_m
from entente.geo.position import Position, parse_with_precision
from entente.geo.spelling import METRES, POSITION, TEXT, choice, listing, optional, record

LEAST_M = 1.5
"""[m] What reading a position off a screen and entering it again may cost: the last digit of an MGRS square."""


class Outcome(StrEnum):
    """How an entered position compares with a place, best first."""

    SAME = "same"  # to what its own digits leave open
    WITHIN = "within"  # elsewhere, and within the uncertainty that the place itself has
    SWAPPED = "swapped"  # elsewhere; with latitude and longitude exchanged it would be there
    DIFFERS = "differs"
    UNPLACED = "unplaced"  # the place has no position to compare with


GOOD = frozenset({Outcome.SAME, Outcome.WITHIN, Outcome.UNPLACED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What an entered position is held against; `within_m` [m] is how far off the truth it may be itself."""

    id: str
    position: Position | None
    within_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """One position as somebody entered it: which place it is of, the text, what it says, and how that compares.

    `precision_m` [m] is what the text's last digits leave open, `apart_m` [m] how far it lies from the place.
    """

    place: str
    text: str
    position: Position
    precision_m: float
    outcome: Outcome
    apart_m: float | None

    @property
    def differs(self) -> bool:
        """Whether it is a finding."""
        return self.outcome not in GOOD


def compare(text: str, place: Place) -> Entered:
    """Return a text read as a position, held against a place.

    Raises:
        Malformed: as `geo.position.parse`; nothing is guessed from a text that names no position.
    """
    position, precision = parse_with_precision(text)
    return held_against(Entered(
        place=place.id, text=text.strip(), position=position, precision_m=precision, outcome=Outcome.UNPLACED,
        apart_m=None,
    ), place)  # fmt: skip


def held_against(entered: Entered, place: Place) -> Entered:
    """Return what was entered, held against another place: the sender's own."""
    if place.position is None:
        outcome, apart = Outcome.UNPLACED, None
    else:
        apart = distance_m(entered.position, place.position)
        outcome = _outcome(entered, place.position, place.within_m, apart)
    return Entered(
        place=place.id, text=entered.text, position=entered.position, precision_m=entered.precision_m,
        outcome=outcome, apart_m=apart,
    )  # fmt: skip


def _outcome(entered: Entered, where: Position, within_m: float, apart: float) -> Outcome:
    open_m = entered.precision_m + LEAST_M
    if apart <= open_m:
        return Outcome.SAME
    if apart <= within_m + open_m:
        return Outcome.WITHIN
    lat, lon = entered.position.lon, entered.position.lat
    if abs(lat) <= 90 and distance_m(Position(lat=lat, lon=lon), where) <= within_m + open_m:
        return Outcome.SWAPPED
    return Outcome.DIFFERS


ENTERED = record(
    Entered,
    {
        "place": ("place", TEXT),
        "text": ("text", TEXT),
        "position": ("position", POSITION),
        "precision_m": ("precision_mm", METRES),
        "outcome": ("outcome", choice(Outcome)),
        "apart_m": ("apart_mm", optional(METRES)),
    },
)
_LISTED = listing(ENTERED)


PLACE = record(
    Place,
    {
        "id": ("id", TEXT),
        "position": ("position", optional(POSITION)),
        "within_m": ("within_mm", METRES),
    },
)
_PLACES = listing(PLACE)


def places_to_plain(places: Sequence[Place]) -> Any:
    """Return places as a notice's own detail ``original-…`` spells them: what its copies were drawn from."""
    return _PLACES.plain(tuple(places))


def places_from_plain(plain: Any, where: str = "original") -> tuple[Place, ...]:
    """Read such a detail.

    Raises:
        Malformed: `spelling.*`, `geo.*`.
    """
    return _PLACES.value(plain, where)


def entered_to_plain(entered: Sequence[Entered]) -> Any:
    """Return what was entered as a read-back's detail spells it."""
    return _LISTED.plain(tuple(entered))


def entered_from_plain(plain: Any, where: str = "read-back") -> tuple[Entered, ...]:
    """Read a read-back's detail.

    Raises:
        Malformed: `spelling.*`, `geo.*`.
    """
    return _LISTED.value(plain, where)
