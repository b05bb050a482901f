"""Packages: what one recipient without a node is given at one time, and what is then in its hands.

A package is numbered for its recipient from 1. It holds the whole list, or what has changed since an earlier package of
that recipient's. Rules kept:

- It is made of coarse copies only (`picture.coarsen`), drawn under the recipient's name: what has not changed has the
  place that it had, in every package.
- A site that is absent from what the desk holds now is not ended by that: it stays in the recipient's hands.
- An end is told once, by its id and name, and so is that a site is no longer released to this recipient.
- Rows stand in the order of their lists, places and names, and of nothing else.

>>> from entente.joint.protected_sites import Category
>>> site = Site(id="c-3", name="Clinic 3", category=Category.MEDICAL, position=None, uncertainty_m=500.0)
>>> first = differences({}, {("health", "c-3"): site}, frozenset())
>>> [(row.change.value, row.site.name) for row in first]
[('added', 'Clinic 3')]
>>> held = after({}, first)
>>> differences(held, {("health", "c-3"): replace(site, status=SiteStatus.ENDED)}, frozenset())[0].change.value
'ended'
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from hashlib import sha256
from typing import Any

from entente import canonical
from entente.errors import Malformed
from entente.ids import Hash
from entente.joint.protected_sites import Site, SiteStatus
from entente.joint.spelling import site_from_plain, site_to_plain
from entente.picture.coarsen import coarsen, copy_id, steadied
from entente.picture.recipients import Listed, Recipient

Key = tuple[str, str]
"""A list's name and a site's id in it, as the recipient knows them."""
Held = Mapping[Key, Site]
"""What is in a recipient's hands: its copies, by list and id."""


class Change(StrEnum):
    """What a row of a package says of a site."""

    LISTED = "listed"  # in a whole list: as it stands
    ADDED = "added"
    CHANGED = "changed"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"  # no longer released to this recipient; protected all the same


OVER = frozenset({Change.ENDED, Change.WITHDRAWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One site in a package, as its recipient is given it."""

    change: Change
    list: str
    site: Site

    @property
    def key(self) -> Key:
        """Under which its recipient keeps it."""
        return self.list, self.site.id


def copies(given: Iterable[Listed], recipient: Recipient, secret: bytes, held: Held, same: bool) -> dict[Key, Site]:
    """Return the copies of what a recipient is given.

    `held` is what it has in hands; `same` says that this was drawn at the same precision, so that a copy which still
    covers its place stays where it is.

    Raises:
        Refused: `coarsen.*`.
        Malformed: `package.duplicate`, when two sites of one list have the same id.
    """
    found: dict[Key, Site] = {}
    for one in given:
        copy = coarsen(
            one.site, precision_m=float(recipient.precision_m), recipient=recipient.name, secret=secret,
            keep=recipient.keep,
        )  # fmt: skip
        copy = _legible(copy)
        key = one.list, copy.id
        if key in found:
            raise Malformed("package.duplicate", f"two sites of the list {one.list} have the id {copy.id!r}")
        before = held.get(key) if same else None
        found[key] = _spelt(steadied(copy, before, one.site) if before is not None else copy)
    return found


def copy_key(one: Listed, secret: bytes) -> Key:
    """Return under which list and id a recipient keeps its copy of a site."""
    return one.list, _plain(copy_id(one.site, secret))


def _legible(site: Site) -> Site:
    """Return a site whose texts read as they are spelt: composed, without control and direction-changing marks."""
    told = {field.name: getattr(site, field.name) for field in fields(site)}
    texts: dict[str, Any] = {name: _plain(text) for name, text in told.items() if type(text) is str}
    return replace(site, **texts)


def _plain(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    kept = (c if c in "\u200c\u200d" or unicodedata.category(c) not in _UNSEEN else " " for c in text)
    return unicodedata.normalize("NFC", " ".join("".join(kept).split()))


_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Control, format, surrogate, private and unassigned characters, and line ends; Persian's joiners are spared."""


def _spelt(site: Site) -> Site:
    """Return a site as its spelling will be read back, so that what is compared is what was sent."""
    return site_from_plain(site_to_plain(site), site.id)


def differences(held: Held, now: Held, withdrawn: Collection[Key]) -> list[Row]:
    """Return what a recipient that holds `held` has to be told: additions, changes, ends, and what is withdrawn."""
    rows = []
    for key, copy in now.items():
        before = held.get(key)
        if copy.status is SiteStatus.ENDED:
            if before is not None:
                rows.append(Row(change=Change.ENDED, list=key[0], site=_bare(before, SiteStatus.ENDED)))
        elif before is None:
            rows.append(Row(change=Change.ADDED, list=key[0], site=copy))
        elif before != copy:
            rows.append(Row(change=Change.CHANGED, list=key[0], site=copy))
    gone = [Row(change=Change.WITHDRAWN, list=k[0], site=_bare(held[k])) for k in withdrawn if k in held]
    return _ordered([*rows, *gone])


def whole(held: Held, now: Held, withdrawn: Collection[Key]) -> list[Row]:
    """Return a whole list: all that the recipient is to hold, and the ends that it was not told of yet."""
    changes = differences(held, now, withdrawn)
    rest = {**after(held, changes)}
    over = [row for row in changes if row.change in OVER]
    return _ordered([*over, *(Row(change=Change.LISTED, list=k[0], site=site) for k, site in rest.items())])


def after(held: Held, rows: Iterable[Row]) -> dict[Key, Site]:
    """Return what is in a recipient's hands once it has taken these rows."""
    result = dict(held)
    for row in rows:
        if row.change in OVER:
            result.pop(row.key, None)
        else:
            result[row.key] = row.site
    return result


def _bare(site: Site, status: SiteStatus = SiteStatus.ACTIVE) -> Site:
    """Return what tells that a site is over: its id, name and category, and nothing of where it is."""
    return Site(
        id=site.id, name=site.name, category=site.category, position=None, uncertainty_m=site.uncertainty_m,
        status=status, country=site.country, district=site.district,
    )  # fmt: skip


def _ordered(rows: Sequence[Row]) -> list[Row]:
    def place(row: Row) -> tuple[str, ...]:
        site = row.site
        return row.list, site.country, site.region, site.district, site.name, site.id

    return sorted(rows, key=place)


# -- spelling ----------------------------------------------------------------------------------------------------------


def spell(rows: Iterable[Row]) -> bytes:
    """Return rows in their one spelling, which is what is kept of a package."""
    return canonical.encode([[str(row.change), row.list, site_to_plain(row.site)] for row in rows])


def read(data: bytes) -> list[Row]:
    """Return the rows that `spell` wrote.

    Raises:
        Malformed: `canonical.*`, `spelling.*`.
    """
    plain = canonical.decode(data, len(data))
    return [
        Row(change=Change(change), list=name, site=site_from_plain(site, f"row {number}"))
        for number, (change, name, site) in enumerate(plain, 1)
    ]


def digest(held: Held) -> Hash:
    """Return the hash of what is in a recipient's hands: the same for a whole list and for every way of changes to it.

    SHA-256 over the canonical array of [list, site], sorted by list and id.
    """
    plain = [[key[0], site_to_plain(held[key])] for key in sorted(held)]
    return Hash(sha256(canonical.encode(plain)).hexdigest())
