"""Seen across lists: two lists, or two desks, that perhaps name one place.

Nothing is merged by it and no flag is stored: what is near what depends on every list that is held, so it is looked at
anew whenever the register is reviewed or a list is read. Whether two entries are one place is said by a person
(`Register.merge`, `Register.review`), and both histories stay. A pair that somebody has looked at is told no more, as
long as both entries say what they said then (`Settled`).

A place counts once that its entries in two lists lie near each other under like names, or, where one of them is not
placed, bear the same name in the same district.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace
from hashlib import sha256

import numpy as np

from entente.joint.protected_sites import Site, SiteStatus
from entente.places.beside import DUPLICATE_LIKE, DUPLICATE_M, pairs_within
from entente.places.flags import Flag, FlagCode
from entente.places.identity import Held, Kind, Outcome
from entente.places.text import folded, name_key, similarity

FARTHEST_M = 10_000.0
"""[m] Copies that may lie farther off are compared no farther than this: at such distances names are common."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A place as one list has it. `within_m` [m]: how far a copy that we were given may have been moved."""

    list: str
    id: str
    site: Site
    within_m: float = 0.0

    @property
    def key(self) -> str:
        """By what a review names it: the register's own id, or the list of another party and the id in it."""
        return f"{self.list}/{self.id}" if "/" in self.list else self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two entries that are perhaps one place: how alike their names are, 0 to 1, and how far apart they lie [m]; None
    where one of them is not placed."""

    one: Entry
    other: Entry
    like: float
    apart_m: float | None


Settled = Set[tuple[str, str, str]]
"""Pairs that a person has looked at: both keys in order, and what the entries said then (`mark`)."""


def mark(one: Entry, other: Entry) -> str:
    """Return what two entries say of name, kind and position, as one short word: another word, another look."""
    said = sorted(
        f"{entry.key}\x1f{entry.site.name}\x1f{entry.site.category}\x1f{entry.site.position}" for entry in (one, other)
    )
    return sha256("\x1e".join(said).encode()).hexdigest()[:16]


def settled(one: Entry, other: Entry, known: Settled) -> bool:
    """Whether somebody has looked at these two as they stand."""
    first, second = sorted((one.key, other.key))
    return bool(known) and (first, second, mark(one, other)) in known


def reviewed(
    places: Sequence[tuple[str, Held]], others: Iterable[Entry] = (), known: Settled = frozenset()
) -> list[tuple[str, Held]]:
    """Return a register's places with a flag on each that another list, or another party's (`others`), perhaps names.

    What has ended or was merged already is left as it is, and so is a pair that is `known`.
    """
    apart = [at for at, (_, held) in enumerate(places) if counts(held)]
    entries = [Entry(list=places[at][0], id=places[at][1].site.id, site=places[at][1].site) for at in apart]
    flags = flagged([*entries, *others], len(entries), known)
    found = list(places)
    for index, flag in flags.items():
        name, held = places[apart[index]]
        found[apart[index]] = name, replace(held, flags=tuple(sorted((*held.flags, flag))))
    return found


def beside(
    name: str, outcomes: Sequence[Outcome], held: Sequence[tuple[str, Held]], others: Iterable[Entry] = (),
    known: Settled = frozenset(),
) -> list[Outcome]:  # fmt: skip
    """Return what reading list `name` would do, with a flag on each row whose place another list perhaps names too.

    A row that was merged with another list's entry before is known, and not told again; nor is a pair that is `known`.
    """
    merged = {name for _, place in held if place.merged_into for name in (place.site.id, place.merged_into)}
    rows = [
        at
        for at, one in enumerate(outcomes)
        if one.row is not None and one.site is not None and one.kind is not Kind.GONE and one.id not in merged
    ]
    mine = [Entry(list=name, id=outcomes[at].id, site=site) for at in rows if (site := outcomes[at].site) is not None]
    theirs = [Entry(list=of, id=place.site.id, site=place.site) for of, place in held if of != name and counts(place)]
    found = list(outcomes)
    for index, flag in flagged([*mine, *theirs, *others], len(mine), known).items():
        one = outcomes[rows[index]]
        found[rows[index]] = replace(one, flags=tuple(sorted((*one.flags, flag))))
    return found


def pairs(entries: Sequence[Entry], count: int) -> list[Pair]:
    """Return the pairs of entries of two lists that are perhaps one place, the most alike first.

    One of each at least is among the first `count`.
    """
    found = [
        Pair(one=entries[i], other=entries[j], like=like, apart_m=None if metres == float("inf") else metres)
        for i, j, metres, like in _alike(entries)
        if min(i, j) < count
    ]
    return sorted(found, key=lambda p: (-p.like, p.apart_m or 0.0, p.one.key, p.other.key))


def flagged(entries: Sequence[Entry], count: int, known: Settled = frozenset()) -> dict[int, Flag]:
    """Return, for the first `count` entries, a flag by index on each that an entry of another list perhaps is, too."""
    best: dict[int, tuple[float, float, str, str, str]] = {}
    for i, j, metres, like in _alike(entries):
        if settled(entries[i], entries[j], known):
            continue
        for one, other in ((i, j), (j, i)):
            if one < count:
                words = _words(entries[other], metres)
                entry = (-like, metres, entries[other].list, entries[other].id, words)
                best[one] = min(best.get(one, entry), entry)
    return {i: Flag(code=FlagCode.DUPLICATE_ACROSS, detail=found[-1], column="name") for i, found in best.items()}


def _alike(entries: Sequence[Entry]) -> list[tuple[int, int, float, float]]:
    """Return pairs by index, each once, how far apart [m] and how alike in name; infinitely far where not placed."""
    if len({entry.list for entry in entries}) < 2:
        return []
    keys = [name_key(entry.site.name) for entry in entries]
    found = {(min(i, j), max(i, j)): metres for i, j, metres in [*_near(entries, keys), *_unplaced(entries, keys)]}
    return [(i, j, metres, similarity(keys[i], keys[j])) for (i, j), metres in found.items()]


def _near(entries: Sequence[Entry], keys: Sequence[str]) -> list[tuple[int, int, float]]:
    placed = [i for i, entry in enumerate(entries) if entry.site.position is not None]
    if not placed:
        return []
    where = np.array([(p.lat, p.lon) for i in placed if (p := entries[i].site.position) is not None])
    reach = max(min(max(entry.within_m, DUPLICATE_M), FARTHEST_M) for entry in entries)
    found = []
    for one, other, metres in zip(
        *(part.tolist() for part in pairs_within(where[:, 0], where[:, 1], reach)), strict=True
    ):
        i, j = placed[one], placed[other]
        allowed = max(DUPLICATE_M, min(max(entries[i].within_m, entries[j].within_m), FARTHEST_M))
        if entries[i].list != entries[j].list and metres <= allowed and similarity(keys[i], keys[j]) >= DUPLICATE_LIKE:
            found.append((i, j, metres))
    return found


def _unplaced(entries: Sequence[Entry], keys: Sequence[str]) -> list[tuple[int, int, float]]:
    """Return pairs of one name in one district of which one at least has no position; how far apart is not known."""
    named: dict[tuple[str, str, str], list[int]] = {}
    for i, entry in enumerate(entries):
        district = folded(entry.site.district or entry.site.region)
        if keys[i] and district:
            named.setdefault((folded(entry.site.country), district, keys[i]), []).append(i)
    return [
        (i, j, float("inf"))
        for alike in named.values()
        for i in alike
        if entries[i].site.position is None
        for j in alike
        if entries[j].list != entries[i].list
    ]


def counts(held: Held) -> bool:
    """Whether an entry stands for itself: neither ended nor part of another."""
    return not held.merged_into and held.site.status is not SiteStatus.ENDED


def _words(entry: Entry, metres: float) -> str:
    called = f"{entry.site.name} ({entry.id})" if entry.id else entry.site.name
    if metres == float("inf"):
        return f"{called} of list {entry.list} has this name in this district."
    return f"{called} of list {entry.list} is {metres:,.0f} m away."
