"""Identity: which row of an edited list is which place of the register.

A row with an id that its list gave before is that place. For the rest a rule counts evidence for and against, in
points that are added (as Fellegi and Sunter's weights are: I. Fellegi, A. Sunter, A Theory for Record Linkage, 1969):
how alike names are, how far positions lie apart, whether district and kind agree. The rule is stored with the register,
so that the same comparison can be made years later.

Kept:

- One row is at most one place, and one place at most one row.
- What could be two, and is not told apart by `margin` points, is ambiguous: a person is asked.
- A place that no row is, is kept, and marked as not in the last list. Absence ends nothing.
- The order of rows makes no difference, and neither does who asks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any

import numpy as np

from entente.geo.geodesy import distance_m
from entente.geo.position import Position
from entente.joint.protected_sites import Site
from entente.joint.spelling import site_to_plain
from entente.places.beside import pairs_within
from entente.places.flags import Flag, FlagCode
from entente.places.rows import Row
from entente.places.text import folded, name_key, similarity


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The points that each agreement or difference counts, and how many make a row a place.

    The values are chosen so that one difference is overcome and two are not: a place that was renamed on its spot, or
    moved under its name, is the same place; another name on another spot is another place.
    """

    version: int = 1
    name_same: float = 6.0
    name_alike: float = 4.0
    name_partly: float = 1.0
    name_other: float = -2.0
    alike_from: float = 0.75
    partly_from: float = 0.5
    spot_same: float = 7.0
    spot_same_coarse: float = 4.0
    spot_100_m: float = 3.0
    spot_1_km: float = 2.0
    spot_5_km: float = 1.0
    spot_50_km: float = -1.0
    spot_far: float = -3.0
    district_same: float = 1.0
    district_other: float = -2.0
    kind_same: float = 0.5
    kind_other: float = -1.0
    enough: float = 3.0
    margin: float = 2.0

    def name_points(self, one: str, other: str) -> float:
        """Return what two name keys count."""
        like = similarity(one, other)
        if like >= 1.0:
            return self.name_same
        if like >= self.alike_from:
            return self.name_alike
        return self.name_partly if like >= self.partly_from else self.name_other

    def spot_points(self, one: Position | None, other: Position | None, uncertainty_m: float) -> float:
        """Return what two positions count; nothing when either is missing."""
        if one is None or other is None:
            return 0.0
        metres = distance_m(one, other)
        if metres <= 10.0:
            # A point with few decimals, or a gazetteer's, is many places' point.
            return self.spot_same if uncertainty_m < 1000.0 else self.spot_same_coarse
        steps = (
            (100.0, self.spot_100_m),
            (1000.0, self.spot_1_km),
            (5000.0, self.spot_5_km),
            (50_000.0, self.spot_50_km),
        )
        return next((points for most, points in steps if metres <= most), self.spot_far)

    def points(self, row: Site, held: Site) -> float:
        """Return the evidence that a row is a place that is held."""
        total = self.name_points(name_key(row.name), name_key(held.name))
        total += self.spot_points(row.position, held.position, min(row.uncertainty_m, held.uncertainty_m))
        ours, theirs = _district(row), _district(held)
        if all(ours) and all(theirs):
            total += self.district_same if ours == theirs else self.district_other
        return total + (self.kind_same if row.category == held.category else self.kind_other)


def _district(site: Site) -> tuple[str, str]:
    return folded(site.country) or "-", folded(site.district or site.region)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A place as the register holds it: its site with its id there, the id its list gave it, and whether the last
    import of that list had it."""

    site: Site
    given: str
    listed: bool
    written: str = ""
    flags: tuple[Flag, ...] = ()
    row: int = 0
    merged_into: str = ""


class Kind(StrEnum):
    """What an import finds of a place."""

    SAME = "same"
    NEW = "new"
    CHANGED = "changed"
    MOVED = "moved"
    BACK = "back"
    GONE = "gone"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One field of a place before and after, as details spell them."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one row, or one place without a row, is found to be.

    `id` is the place's, empty for a new one and for an ambiguous row, whose `options` are then the places it may be,
    each with its points. `site` is what the place will be, `moved_m` how far its position moved, None when it has none
    before or after.
    """

    kind: Kind
    id: str = ""
    row: Row | None = None
    site: Site | None = None
    changes: tuple[Change, ...] = ()
    moved_m: float | None = None
    options: tuple[tuple[str, float], ...] = ()
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What the desk says of ambiguous rows, by row number: which place it is, or that it is a new one.

    `rest_new` takes every other ambiguous row as new, and so keeps apart what may be one.
    """

    same: Mapping[int, str] = field(default_factory=dict)
    new: frozenset[int] = frozenset()
    rest_new: bool = False


def reconcile(
    rows: Sequence[Row],
    flags: Sequence[tuple[Flag, ...]],
    held: Mapping[str, Held],
    rule: Rule,
    answers: Answers | None = None,
) -> list[Outcome]:
    """Return what every row is, in the order of rows, and after them every place that no row is.

    Nothing is lost: each row has one outcome, and each place held is named by one outcome at most as itself.
    """
    said = answers or Answers()
    matched, reasons = _by_id(rows, held, said)
    _exactly(rows, held, matched)
    options = _by_rule(rows, held, matched, rule, said)
    result = []
    for at, row in enumerate(rows):
        own = tuple(sorted({*flags[at], *reasons.get(at, ())}))
        if at in matched:
            result.append(_matched(row, held[matched[at]], own))
        elif at in options and not (said.rest_new or row.number in said.new):
            result.append(Outcome(kind=Kind.AMBIGUOUS, row=row, site=row.site, options=options[at], flags=own))
        else:
            result.append(Outcome(kind=Kind.NEW, row=row, site=row.site, flags=own))
    taken = set(matched.values()) | {one for outcome in result for one, _ in outcome.options}
    gone = sorted(name for name, place in held.items() if place.listed and name not in taken)
    return result + [Outcome(kind=Kind.GONE, id=name, site=held[name].site, flags=held[name].flags) for name in gone]


def _by_id(
    rows: Sequence[Row], held: Mapping[str, Held], said: Answers
) -> tuple[dict[int, str], dict[int, tuple[Flag, ...]]]:
    """Match what the desk answered, then what the list's own ids say; an id that is there twice says nothing more."""
    by_given: dict[str, str] = {place.given: name for name, place in sorted(held.items()) if place.given}
    count: dict[str, int] = defaultdict(int)
    for row in rows:
        count[row.given] += bool(row.given)
    matched: dict[int, str] = {}
    reasons: dict[int, tuple[Flag, ...]] = {}
    for at, row in enumerate(rows):
        if (answer := said.same.get(row.number)) in held and answer is not None:
            matched[at] = answer
    taken = set(matched.values())
    for at, row in enumerate(rows):
        if row.given and count[row.given] > 1:
            reasons[at] = (Flag(code=FlagCode.ID_REPEATED, detail=f"Id {row.given}.", column="id"),)
        elif at not in matched and row.given in by_given and by_given[row.given] not in taken:
            matched[at] = by_given[row.given]
            taken.add(by_given[row.given])
    return matched, reasons


def _exactly(rows: Sequence[Row], held: Mapping[str, Held], matched: dict[int, str]) -> None:
    """Match rows that say what the register holds: in all that their sheet says, then in name, district and place.

    Of several that say the same, each is one, in the order of what they say besides.
    """
    names = sorted(rows[0].said & _SITE_FIELDS) if rows else []
    for told in (lambda site: tuple(getattr(site, name) for name in names), _said):
        free: dict[Any, list[str]] = defaultdict(list)
        taken = set(matched.values())
        for name in sorted(held, reverse=True):
            if name not in taken:
                free[told(held[name].site)].append(name)
        alike = [at for at, row in enumerate(rows) if at not in matched and told(row.site) in free]
        for at in sorted(alike, key=lambda at: _order(rows[at])):
            options = free[told(rows[at].site)]
            if options and _fits(rows[at], held[options[-1]]):
                matched[at] = options.pop()


def _said(site: Site) -> tuple[Any, ...]:
    where = (round(site.position.lat * 1e7), round(site.position.lon * 1e7)) if site.position else None
    return site.name, site.country, site.region, site.district, site.category, where


def _fits(row: Row, place: Held) -> bool:
    """Whether the ids that lists gave leave it open that a row is a place: two different ids are two places."""
    return not (row.given and place.given and row.given != place.given)


def _by_rule(
    rows: Sequence[Row], held: Mapping[str, Held], matched: dict[int, str], rule: Rule, said: Answers
) -> dict[int, tuple[tuple[str, float], ...]]:
    """Match by the rule, best first; return the rows that may be several places, with these."""
    taken = set(matched.values())
    open_rows = [at for at in range(len(rows)) if at not in matched and rows[at].number not in said.new]
    open_held = sorted(name for name in held if name not in taken)
    scores: dict[int, dict[str, float]] = defaultdict(dict)
    for at, name in _candidates(rows, open_rows, held, open_held):
        if _fits(rows[at], held[name]):
            points = rule.points(rows[at].site, held[name].site)
            if points >= rule.enough:
                scores[at][name] = points
    takers: dict[str, dict[int, float]] = defaultdict(dict)
    for at, options in scores.items():
        for name, points in options.items():
            takers[name][at] = points
    # Best first; what is equal is ordered by what it says, never by where it stands.
    ranked = sorted(
        ((points, at, name) for at, options in scores.items() for name, points in options.items()),
        key=lambda one: (-one[0], _order(rows[one[1]]), one[2]),
    )
    doubtful: dict[int, tuple[tuple[str, float], ...]] = {}
    for points, at, name in ranked:
        if at in matched or at in doubtful or name in taken:
            continue
        rivals = {n: p for n, p in scores[at].items() if n != name and n not in taken and p > points - rule.margin}
        others = {
            a for a, p in takers[name].items()
            if a != at and a not in matched and a not in doubtful and p > points - rule.margin
        }  # fmt: skip
        twins = {a for a in others if _said(rows[a].site) == _said(rows[at].site)}
        if not rivals and not (others - twins):
            matched[at] = name
            taken.add(name)
            continue
        # Who is in doubt about the same places waits together.
        for one in {at, *others}:
            free = {n: p for n, p in scores[one].items() if n not in taken}
            doubtful[one] = tuple(sorted(free.items(), key=lambda option: (-option[1], option[0]))[:5])
    # A place that somebody else took meanwhile is no option any more; a row without options is new.
    left = {at: tuple((n, p) for n, p in options if n not in taken) for at, options in doubtful.items()}
    return {at: options for at, options in left.items() if options}


def _order(row: Row) -> tuple[Any, ...]:
    site = row.site
    return (*map(str, _said(site)), row.given, row.written, str(site))


def _candidates(
    rows: Sequence[Row], open_rows: Sequence[int], held: Mapping[str, Held], open_held: Sequence[str]
) -> Iterable[tuple[int, str]]:
    """Yield pairs that may be one place: of one name in one country, of one district and a like name, or near by."""
    found: set[tuple[int, str]] = set()
    for key in (_by_name, _by_first_word):
        index: dict[Any, list[str]] = defaultdict(list)
        for name in open_held:
            for value in key(held[name].site):
                index[value].append(name)
        for at in open_rows:
            for value in key(rows[at].site):
                # A name that half a country has tells nothing; position has to.
                if len(index.get(value, ())) <= MOST_ALIKE:
                    found.update((at, name) for name in index.get(value, ()))
    placed_rows = [at for at in open_rows if rows[at].site.position is not None]
    placed_held = [name for name in open_held if held[name].site.position is not None]
    if placed_rows and placed_held:
        sites = [rows[at].site for at in placed_rows] + [held[name].site for name in placed_held]
        where = np.array([(site.position.lat, site.position.lon) for site in sites if site.position is not None])
        first, second, _ = pairs_within(where[:, 0], where[:, 1], 1000.0)
        border = len(placed_rows)
        across = (first < border) & (second >= border)
        found.update(
            (placed_rows[i], placed_held[j - border])
            for i, j in zip(first[across].tolist(), second[across].tolist(), strict=True)
        )
    return sorted(found)


MOST_ALIKE = 200


def _by_name(site: Site) -> list[tuple[str, ...]]:
    return [(folded(site.country), name_key(site.name))]


def _by_first_word(site: Site) -> list[tuple[str, ...]]:
    """By district and the beginning of each word: a name that was mistyped still begins somewhere alike."""
    country, district = _district(site)
    return [(country, district, word[:4]) for word in name_key(site.name).split()[:4]]


# -- what changed ------------------------------------------------------------------------------------------------------


def _matched(row: Row, place: Held, flags: tuple[Flag, ...]) -> Outcome:
    site = settled(row, place.site)
    changes = tuple(differences(place.site, site))
    moved = None
    if site.position is not None and place.site.position is not None and site.position != place.site.position:
        moved = distance_m(place.site.position, site.position)
    if any(change.field == "position" for change in changes):
        kind = Kind.MOVED
    elif changes:
        kind = Kind.CHANGED
    else:
        kind = Kind.SAME
    if not place.listed:
        kind = Kind.BACK
    return Outcome(
        kind=kind, id=place.site.id, row=row, site=site, changes=changes, moved_m=moved, flags=flags
    )  # fmt: skip


def settled(row: Row, held: Site) -> Site:
    """Return what a place is after a row: what its sheet says of it, and all else as it was held."""
    said = {name: getattr(row.site, name) for name in row.said if name in _SITE_FIELDS}
    if row.site.footprint is None and held.footprint is not None and row.site.position == held.position:
        said.pop("footprint", None)
    return replace(held, **said)


_SITE_FIELDS = frozenset(one.name for one in fields(Site)) - {"id", "status", "history"}


def differences(before: Site, after: Site) -> Iterable[Change]:
    """Yield the fields in which two sites differ, as details spell them."""
    old, new = site_to_plain(before), site_to_plain(after)
    if old != new:
        for key in sorted(old.keys() | new.keys()):
            if old.get(key) != new.get(key):
                yield Change(field=key, before=old.get(key), after=new.get(key))
