"""The terms of a release in words: told before it is opened, and repeated on every page, print and export.

>>> from entente.joint.releases import Limit, Purpose, Release, Terms
>>> from datetime import UTC, datetime
>>> terms = Terms(to=("south",), purpose=Purpose.KEEP_AWAY, limits=(Limit.NOT_EXPORTED,), consent="letter 14")
>>> given = Release(by="north", to="south", leaf="0" * 64, at=datetime(2026, 12, 1, 6, tzinfo=UTC), terms=terms,
...                 acknowledged_at=None, withdrawals=())
>>> for line in notice("sites/north/valley", given, datetime(2026, 12, 2, tzinfo=UTC)):
...     print(line)
sites/north/valley: released by north to south, to keep away, and for nothing else.
Limits: not exported. Never passed on without north's signed consent.
The operator's consent: letter 14.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from entente.geo.interval import dtg
from entente.joint.act import moment
from entente.joint.releases import Limit, Purpose, Release, Why

PURPOSES = {
    Purpose.KEEP_AWAY: "keep away",
    Purpose.KEEP_APART: "keep flights apart",
    Purpose.LET_RELIEF_PASS: "let relief pass",
    Purpose.INQUIRY: "find out what happened",
}
LIMITS = {
    Limit.NOT_EXPORTED: "not exported",
    Limit.NOT_COMBINED: "not combined with other sources to place anything more precisely",
    Limit.DUTY_STAFF_ONLY: "seen by staff on duty only",
    Limit.DESTROYED_AT_END: "destroyed when the release ends",
}
WHY = {
    Why.CONSENT_WITHDRAWN: "the operator's consent was withdrawn",
    Why.LIMITS_BROKEN: "the limits were not kept",
    Why.NO_LONGER_NEEDED: "it is no longer needed",
}
STAYS_SENT = "What was sent stays sent: nothing takes bytes back."
STILL_PROTECTED = "The places are protected and screened all the same."


def limits(given: Iterable[Limit]) -> str:
    """Return limits in words."""
    return "; ".join(LIMITS[limit] for limit in given) or "none stated"


def notice(item: str, release: Release, now: datetime) -> tuple[str, ...]:
    """Return the lines that stand wherever the item's details do: purpose, limits, words, consent, period, end."""
    return tuple(_lines(item, release, now))


def _lines(item: str, release: Release, now: datetime) -> Iterator[str]:
    terms = release.terms
    yield f"{item}: released by {release.by} to {release.to}, to {PURPOSES[terms.purpose]}, and for nothing else."
    yield f"Limits: {limits(terms.limits)}. Never passed on without {release.by}'s signed consent."
    if terms.words:
        yield f"In its originator's words: {' '.join(terms.words.split())}"
    yield f"The operator's consent: {terms.consent or 'none is stated'}."
    if terms.start or terms.until:
        start = dtg(moment(terms.start)) if terms.start else "now"
        yield f"Released from {start} {f'until {dtg(moment(terms.until))}' if terms.until else 'without end'}."
    for ended in release.withdrawals:
        which = f"of {', '.join(ended.sites)} " if ended.sites else ""
        yield f"WITHDRAWN {which}{dtg(ended.at)}: {WHY[ended.why]}. {STAYS_SENT} {STILL_PROTECTED}"
    if release.ends_at is not None and release.ends_at <= now and not release.withdrawn:
        yield f"The release EXPIRED {dtg(release.ends_at)}: to be used no longer. {STILL_PROTECTED}"


def sealed(item: str, release: Release) -> str:
    """Return the line that stands in place of details whose terms were not acknowledged yet."""
    return (
        f"released to you by {release.by} to {PURPOSES[release.terms.purpose]}; acknowledge its limits to open it: "
        f"entente site open {item}"
    )
