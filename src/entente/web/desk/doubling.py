"""Perhaps one place: entries of two lists, or of two desks, beside each other; what a person finds is noted, and merged
by nobody else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from entente.geo.interval import parse_time
from entente.geo.position import show
from entente.ids import SubjectId
from entente.joint import notifications
from entente.joint.act import spell
from entente.joint.protected_sites import SiteStatus
from entente.node import doubles
from entente.node.node import Node
from entente.node.register import Review, Reviewed
from entente.places import across
from entente.places.across import Entry, Pair
from entente.places.identity import Held
from entente.web.desk.office import Desk
from entente.web.desk.shapes import EntryView, Pairs, PairView, ReviewPair
from entente.web.viewer import Viewer

PAGE = 20
_COMPARED = ("name", "category", "decimal", "settlement", "district", "country", "source", "grade")


def page(desk: Desk, me: str, others: Sequence[Entry], *, place: str = "", number: int = 1) -> Pairs:
    """Return a page of pairs, those that nobody has looked at first; `place` leaves those of one place alone."""
    held = {one.site.id: one for _, one in desk.places()}
    with desk.register() as register:
        reviews = register.reviews()
    mine = list(doubles.entries(desk.places()))
    found = [pair for pair in across.pairs([*mine, *others], len(mine)) if place in ("", pair.one.key, pair.other.key)]
    looked = [(pair, _review(pair, reviews)) for pair in found]
    looked.sort(key=lambda each: each[1] is not None)
    pages = max(-(-len(looked) // PAGE), 1)
    here = min(number, pages)
    return Pairs(
        pairs=tuple(_pair(pair, review, held, me) for pair, review in looked[(here - 1) * PAGE : here * PAGE]),
        open=sum(review is None for _, review in looked), total=len(looked), page=here, pages=pages,
    )  # fmt: skip


def note(viewer: Viewer, shown: Pairs) -> None:
    """Say that the officer looked at what other parties gave us, beside our own."""
    for pair in shown.pairs:
        for entry in (pair.one, pair.other):
            if not entry.mine:
                viewer.opened(entry.list, f"{_issue(viewer, SubjectId(entry.list))}-{entry.id}", "beside the register")


def review(desk: Desk, node: Node, others: Sequence[Entry], asked: ReviewPair, officer: str, now: datetime) -> None:
    """Note what was found: two places, or one. Two entries of ours that are one are merged, and `kept` goes on.

    Raises:
        Refused: `place.unknown`, `place.merged`; `place.one`, when nobody said which of our two is kept.
    """
    with desk.register() as register:
        pair = doubles.pair(register, others, asked.one, asked.other)
        if asked.found is Reviewed.ONE_PLACE and asked.kept and asked.kept in (pair.one.key, pair.other.key):
            other = pair.other.key if asked.kept == pair.one.key else pair.one.key
            register.merge(asked.kept, other, spell(now), officer)
        else:
            doubles.review(register, pair, asked.found, spell(now), officer)
    node.journal(
        "places_reviewed", one=asked.one, other=asked.other, found=str(asked.found), kept=asked.kept, by=officer,
        account="centre",
    )  # fmt: skip


def _review(pair: Pair, reviews: Mapping[tuple[str, str], Review]) -> Review | None:
    first, second = sorted((pair.one.key, pair.other.key))
    found = reviews.get((first, second))
    return found if found is not None and found.mark == across.mark(pair.one, pair.other) else None


def _pair(pair: Pair, review: Review | None, held: Mapping[str, Held], me: str) -> PairView:
    one, other = (_entry(entry, held, me) for entry in (pair.one, pair.other))
    return PairView(
        one=one, other=other, apart_m=pair.apart_m, like=round(pair.like, 2), differs=tuple(_differs(one, other)),
        found=str(review.found) if review else "", found_by=review.by if review else "",
        found_at=parse_time(review.at) if review else None,
    )  # fmt: skip


def _differs(one: EntryView, other: EntryView) -> Iterator[str]:
    """Yield the fields in which two entries say different things; what one of them leaves out is no difference."""
    for name in _COMPARED:
        first, second = getattr(one, name), getattr(other, name)
        if first and second and first != second:
            yield name


def _entry(entry: Entry, held: Mapping[str, Held], me: str) -> EntryView:
    site, own = entry.site, held.get(entry.key)
    shown: Any = show(site.position) if site.position else None
    return EntryView(
        key=entry.key, holder=me if own else entry.list.split("/")[1], mine=own is not None, list=entry.list,
        id=entry.id, given=own.given if own else "", name=site.name, category=str(site.category),
        decimal=shown.decimal if shown else "", mgrs=shown.mgrs if shown else "", written=own.written if own else "",
        uncertainty_m=site.uncertainty_m, settlement=site.settlement, district=site.district, country=site.country,
        source=site.position_source, grade=str(site.grade or site.source_grade), method=str(site.method or ""),
        verifier=site.verifier, confirmed_at=site.confirmed_at, confirmed_by=site.confirmed_by,
        expires_at=site.expires_at, consent=site.consent, ended=site.status is SiteStatus.ENDED,
    )  # fmt: skip


def _issue(viewer: Viewer, subject: SubjectId) -> int:
    return max((len(notifications.issues(subject, place.fold.now())) for place in viewer.places()), default=0)
