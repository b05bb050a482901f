"""What is due for renewal: sites whose notice has run out or will, oldest first (R-35, F-09).

Expiry removes no protection: what has run out is screened all the same, marked. But whoever flies believes a list less
the more of it is stale, so its notifier is asked in time to confirm, correct or end each place.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from entente.ids import SubjectId
from entente.joint.protected_sites import Site, SiteStatus

WARNING = timedelta(days=14)
STALE = timedelta(days=183)
"""A place that nobody has confirmed for half a year is asked about, whatever its notice says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueRow:
    """A site that asks for a look; `why` is ``expired``, ``expires`` or ``not confirmed``, `since` what it rests on.

    `lists` are the lists that it stands in: a desk's copies of one place are one row.
    """

    site: str
    name: str
    lists: tuple[SubjectId, ...]
    why: str
    since: datetime
    confirmed_at: datetime | None
    confirmed_by: str


def rows(sites: Iterable[tuple[SubjectId, Site]], now: datetime, within: timedelta = WARNING) -> list[DueRow]:
    """Return what is due, oldest first; never by what a place is."""
    found: dict[tuple[str, str], DueRow] = {}
    for subject, site in sites:
        due = _due(site, now, within)
        if due is None or site.status is SiteStatus.ENDED:
            continue
        # Copies of one place have one id; two notifiers' are two places.
        key = subject.split("/")[1], site.id
        lists = (*(found[key].lists if key in found else ()), subject)
        found[key] = DueRow(
            site=site.id, name=site.name, lists=tuple(sorted(lists)), why=due[0], since=due[1],
            confirmed_at=site.confirmed_at, confirmed_by=site.confirmed_by,
        )  # fmt: skip
    return sorted(found.values(), key=lambda row: (row.since, row.site))


def _due(site: Site, now: datetime, within: timedelta) -> tuple[str, datetime] | None:
    if site.expires_at is not None and site.expires_at <= now:
        return "expired", site.expires_at
    if site.expires_at is not None and site.expires_at <= now + within:
        return "expires", site.expires_at
    if site.confirmed_at is not None and site.confirmed_at + STALE <= now:
        return "not confirmed", site.confirmed_at
    return None
