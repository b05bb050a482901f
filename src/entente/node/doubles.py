"""Perhaps one place: what other parties notified to us, as entries to be held beside the register's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

from entente.errors import Refused
from entente.ids import PartyId, SubjectId
from entente.joint.protected_sites import Site, SiteStatus
from entente.node import terms
from entente.node.holdings import Holdings
from entente.node.register import Register, Reviewed
from entente.places import across
from entente.places.across import Entry, Pair
from entente.places.identity import Held

Told = tuple[list[tuple[SubjectId, Site]], Mapping[SubjectId, bool]]
"""Sites by the list that told them, and whether a list is sealed."""


def told(node: Holdings) -> Told:
    """Return what the node holds of others' places, under the terms that stand now; looked through without its lock."""
    terms.hold(node)
    return list(node.watch.sites.values()), {subject: under.sealed for subject, under in node.watch.lists.items()}


def of_others(found: Told, me: PartyId) -> list[Entry]:
    """Return the places that other parties notified to us, as their copies have them; none that is still sealed."""
    sites, sealed = found
    return [
        Entry(list=subject, id=site.id, site=site, within_m=site.uncertainty_m)
        for subject, site in sites
        if subject.split("/")[1] != me and not sealed[subject] and site.status is not SiteStatus.ENDED
    ]


def entries(places: Iterable[tuple[str, Held]]) -> Iterator[Entry]:
    """Yield the register's places that stand for themselves."""
    for name, held in places:
        if across.counts(held):
            yield Entry(list=name, id=held.site.id, site=held.site)


def pair(register: Register, others: Iterable[Entry], one: str, other: str) -> Pair:
    """Return two entries by their keys, of which one at least is the register's.

    Raises:
        Refused: `place.unknown`.
    """
    known = {entry.key: entry for entry in others}
    found = []
    for key in (one, other):
        if key not in known or key == one:
            with suppress(Refused):
                of, held = register.place(key)
                known[key] = Entry(list=of, id=key, site=held.site)
        if key not in known:
            raise Refused("place.unknown", f"neither the register nor a list that is open here holds {key[:120]!r}")
        found.append(known[key])
    if all(entry.key != entry.id for entry in found):
        raise Refused("place.unknown", "one of the two at least is a place of the register")
    [pair] = across.pairs(found, 2)[:1] or [Pair(one=found[0], other=found[1], like=0.0, apart_m=None)]
    return pair


def review(register: Register, found: Pair, said: Reviewed, at: str, by: str) -> None:
    """Note what a person found who looked at two entries.

    Raises:
        Refused: `place.unknown`; `place.one`, when both are the register's and are one: that is said by merging them.
    """
    one, other = found.one, found.other
    if said is Reviewed.ONE_PLACE and one.key == one.id and other.key == other.id:
        raise Refused("place.one", f"{one.id} and {other.id} are both yours: merge them, and say which is kept")
    register.review(one, other, said, at, by)
