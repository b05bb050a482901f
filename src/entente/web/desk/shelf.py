"""The register as a page looks through it: made once for each state of it, so that every key that is typed finds.

Of ten thousand places the words to be searched, the flags and the districts are gathered when the register changes, and
not for each question: a question is then a walk over short texts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from entente.joint.protected_sites import SiteStatus
from entente.places.flags import SENTENCES, Flag, FlagCode
from entente.places.identity import Held
from entente.places.text import folded
from entente.web.desk.shapes import FlagCount, State

Place = tuple[str, Held]
FIRST = 5
MOST_DISTRICTS = 1000
_STATES: Mapping[State, Callable[[Held], bool]] = {
    "": lambda held: True,
    "placed": lambda held: held.site.position is not None,
    "unplaced": lambda held: held.site.position is None,
    "flagged": lambda held: bool(held.flags),
    "gone": lambda held: not held.listed,
    "ended": lambda held: held.site.status is SiteStatus.ENDED,
    "merged": lambda held: bool(held.merged_into),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A place with what it is searched by: every word of it, its district and its flags."""

    place: Place
    words: str
    district: str
    flags: frozenset[str]


class Shelf:
    """Every place of the register, each with its list's name, by id."""

    def __init__(self, places: Sequence[Place]) -> None:
        self.places = places
        self._gathered: dict[str, tuple[tuple[FlagCount, ...], tuple[str, ...]]] = {}

    @cached_property
    def _rows(self) -> list[_Row]:
        return [_row(place) for place in self.places]

    def find(self, *, q: str, name: str, flag: str, district: str, state: State) -> list[Place]:
        """Return the places for which all holds that was asked: each word of `q` stands in what the place is called."""
        words, where, fits = folded(q).split(), folded(district), _STATES[state]
        return [
            row.place
            for row in self._rows
            if (not name or row.place[0] == name)
            and (not where or row.district == where)
            and (not flag or flag in row.flags)
            and fits(row.place[1])
            and all(word in row.words for word in words)
        ]

    def flags(self, wanted: str) -> tuple[Flag, ...]:
        """Return the flags of one place; none of one that is not here."""
        return next((held.flags for _, held in self.places if held.site.id == wanted), ())

    def gathered(self, name: str) -> tuple[tuple[FlagCount, ...], tuple[str, ...]]:
        """Return the flags and the districts that one may choose from, of all lists or of one."""
        if name not in self._gathered:
            inside = [held for of, held in self.places if name in ("", of)]
            districts = sorted({held.site.district for held in inside if held.site.district})
            flags = counted((held.row, {flag.code for flag in held.flags}) for held in inside)
            self._gathered[name] = flags, tuple(districts[:MOST_DISTRICTS])
        return self._gathered[name]


def _row(place: Place) -> _Row:
    site, given = place[1].site, place[1].given
    return _Row(
        place=place, words=folded(f"{site.id} {site.name} {site.settlement} {site.district} {given}"),
        district=folded(site.district), flags=frozenset(flag.code for flag in place[1].flags),
    )  # fmt: skip


def counted(rows: Iterable[tuple[int, Iterable[FlagCode]]]) -> tuple[FlagCount, ...]:
    """Return how often each flag stands, in the order of the closed list, with the first rows that have it."""
    counts: Counter[FlagCode] = Counter()
    first: dict[FlagCode, list[int]] = {}
    for number, codes in rows:
        for code in codes:
            counts[code] += 1
            if len(first.setdefault(code, [])) < FIRST:
                first[code].append(number)
    return tuple(
        FlagCount(code=str(code), text=SENTENCES[code], count=counts[code], first=tuple(first[code]))
        for code in FlagCode
        if code in counts
    )
