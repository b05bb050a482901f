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
from entente.joint.releases import Limit, Purpose, Release
from entente.picture.catalogues import ENGLISH, Catalogue

PURPOSES = {purpose: ENGLISH.code(purpose, "purpose") for purpose in Purpose}
LIMITS = {limit: ENGLISH.code(limit, "limit") for limit in Limit}
STAYS = ENGLISH.phrases["stays"]


def limits(given: Iterable[Limit], words: Catalogue = ENGLISH) -> str:
    """Return limits in words."""
    return "; ".join(words.code(limit, "limit") for limit in given) or words.say("limits_none")


def notice(item: str, release: Release, now: datetime, words: Catalogue = ENGLISH) -> tuple[str, ...]:
    """Return the lines that stand wherever the item's details do: purpose, limits, words, consent, period, end."""
    return tuple(_lines(item, release, now, words))


def _lines(item: str, release: Release, now: datetime, words: Catalogue) -> Iterator[str]:
    terms, say = release.terms, words.say
    yield say("release", item=item, by=release.by, to=release.to, purpose=words.code(terms.purpose, "purpose"))
    yield say("limits", limits=limits(terms.limits, words), by=release.by)
    if terms.words:
        yield say("words", words=" ".join(terms.words.split()))
    yield say("consent", consent=terms.consent) if terms.consent else say("consent_none")
    if terms.start or terms.until:
        start = dtg(moment(terms.start)) if terms.start else say("now")
        until = dtg(moment(terms.until)) if terms.until else ""
        yield say("period", start=start, until=until) if until else say("period_endless", start=start)
    for ended in release.withdrawals:
        told = {"at": dtg(ended.at), "why": words.code(ended.why, "why"), "stays": say("stays")}
        yield say("withdrawn_of", sites=words.listed(ended.sites), **told) if ended.sites else say("withdrawn", **told)
    if release.ends_at is not None and release.ends_at <= now and not release.withdrawn:
        yield say("expired", at=dtg(release.ends_at))


def sealed(item: str, release: Release) -> str:
    """Return the line that stands in place of details whose terms were not acknowledged yet."""
    return (
        f"released to you by {release.by} to {PURPOSES[release.terms.purpose]}; acknowledge its limits to open it: "
        f"entente site open {item}"
    )
