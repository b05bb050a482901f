"""Who looks, and where he may: everything that is read for a page goes through a `Viewer`, under the node's lock.

Rules kept:

- Only agreements in which the officer holds an office now. What stands in another is not shown, not counted, not found.
- What was given on terms that were not acknowledged yet is not shown: an operation without its plan, a list without its
  sites. Plans are screened against it all the same, and findings call it what it is.
- What another party gave us and an officer looks at is noted in our own record, once in each session and version.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from entente import canonical
from entente.errors import Malformed, Refused
from entente.ids import AgreementId, Hash, Origin, PartyId, SubjectId
from entente.joint.agreement import Agreement
from entente.joint.journey import Change, Journey
from entente.joint.movements import Movement
from entente.joint.operations import Version
from entente.joint.plan import Plan
from entente.joint.protected_sites import Site
from entente.joint.rules import Event, Past
from entente.joint.screening import Against, Finding
from entente.joint.spelling import journey_from_plain, site_from_plain
from entente.joint.state import CircleFold, View
from entente.node import terms
from entente.node.book import Book
from entente.node.node import Node
from entente.node.watch import read_plan
from entente.picture import board
from entente.picture.catalogues import CATALOGUES, ENGLISH, Catalogue, retelling
from entente.picture.closeness import closeness, marks_in_words
from entente.web import forms
from entente.web.sessions import Seat
from entente.web.shapes import Difference, FindingView


@dataclass(frozen=True, slots=True)
class Place:
    """A circle of an agreement that the officer may look into, and the agreement as it is in force."""

    book: Book
    fold: CircleFold
    agreement: Agreement


@dataclass(slots=True)
class Plans:
    """Plans, and chunks of lists of sites, that were released to us, read once each, under the node's lock.

    A leaf names one plan for ever, and a place one chunk, so nothing here grows stale; what was not released yet is
    asked for again.
    """

    _node: Node
    _held: dict[Hash, Plan] = field(default_factory=dict)
    _chunks: dict[tuple[Origin, int, int], tuple[Site, ...]] = field(default_factory=dict)

    def of(self, version: Version, subject: SubjectId) -> Plan | None:
        """Return a version's plan, when we hold it and it can be read."""
        if version.leaf not in self._held:
            part = self._node.store.part(version.origin, version.seq, version.plan) if version.plan else None
            if part is None:
                return None
            try:
                self._held[version.leaf] = read_plan(part.data, f"{subject}@{version.number}")
            except Malformed:
                return None  # shown as not released: what cannot be read cannot be screened
        return self._held[version.leaf]

    def journey(self, movement: Movement) -> Journey | None:
        """Return the journey of the newest of a movement's versions that we hold."""
        for version in reversed(movement.versions):
            part = self._node.store.part(version.origin, version.seq, version.journey) if version.journey else None
            if part is not None and (journey := _journey(part.data)) is not None:
                return journey
        return None

    def sites(self, event: Event) -> Iterator[Site]:
        """Yield the sites that an issue of a list named, as far as we hold them and they can be read."""
        act = event.act
        for index, (name, _) in enumerate(act.statement.details, 1):
            if name.startswith("chunk-"):
                place = (act.origin, act.seq, index)
                if place not in self._chunks:
                    part = self._node.store.part(*place)
                    if part is None:
                        continue
                    self._chunks[place] = tuple(_readable(part.data))
                yield from self._chunks[place]


@dataclass(slots=True, kw_only=True)
class Viewer:
    """One look, by one officer, at one moment, in his language.

    `looked` gathers what of others' it saw: (item, version, detail).
    """

    node: Node
    seat: Seat
    plans: Plans
    now: datetime
    language: str = "en"
    looked: list[tuple[str, str, str]] = field(default_factory=list)
    _pasts: dict[tuple[int, datetime], Past] = field(default_factory=dict)

    @property
    def words(self) -> Catalogue:
        """The sentences of the reader's language."""
        return CATALOGUES[self.language]

    @property
    def sentences(self) -> tuple[str, ...]:
        """What stands beside whatever is screened or listed."""
        return self.words.say("no_finding"), self.words.say("not_listed")

    def places(self) -> Iterator[Place]:
        """Yield every circle of the agreements in which the officer holds an office."""
        for name in sorted(self.seat.offices):
            book = self.node.books.get(AgreementId(name))
            if book is not None:
                agreement = book.current(self.now)
                for fold in book.ledger.folds.values():
                    yield Place(book, fold, agreement)

    def place(self, agreement: str, circle: str) -> Place:
        """Return a circle.

        Raises:
            Refused: `centre.unknown`.
        """
        for place in self.places():
            if (place.book.id, place.fold.name) == (agreement, circle):
                return place
        raise Refused("centre.unknown", f"there is no circle {circle[:40]!r} of {agreement[:64]!r} for this officer")

    def find(self, kind: str, subject: str, agreement: str = "", circle: str = "") -> Place:
        """Return the one circle in which something was said of a subject of this kind.

        Raises:
            Refused: `centre.unknown`; `centre.ambiguous`, when it stands in several and none was named.
        """
        found = [
            place
            for place in self.places()
            if subject.startswith(f"{kind}/")
            and agreement in ("", place.book.id)
            and circle in ("", place.fold.name)
            and any(
                event.act.statement.circle == place.fold.name for event in place.fold.now().events(SubjectId(subject))
            )
        ]
        if len(found) > 1:
            raise Refused("centre.ambiguous", f"{subject} stands in several circles; name the agreement and the circle")
        if not found:
            raise Refused("centre.unknown", f"there is no {kind} {subject[:80]!r} here for this officer")
        return found[0]

    def sealed(self, fold: CircleFold, item: SubjectId) -> bool:
        """Whether an item was given to us on terms that nobody here has acknowledged."""
        return terms.sealed(fold, item, self.node.party)

    def opened(self, item: str, version: object, detail: str) -> None:
        """Say that this look sees what another party gave us."""
        if item.split("/")[1] != self.node.party:
            self.looked.append((item, str(version), detail))

    def note(self, first: Callable[[Seat, str], bool]) -> None:
        """Note in our own record what was looked at, once in each session: `first` says whether it is the first time.

        What was seen is noted before it is answered, so that nobody sees what is not noted.
        """
        for item, version, detail in self.looked:
            if first(self.seat, f"{item}@{version}"):
                self.node.journal("opened", item=item, detail=detail, by=self.seat.officer, account="centre")

    def past(self, fold: CircleFold, then: datetime | None) -> Past:
        """Return what a circle says now, or what had been said in it by `then`."""
        if then is None:
            return fold.now()
        if (id(fold), then) not in self._pasts:
            self._pasts[id(fold), then] = past_at(fold, then)
        return self._pasts[id(fold), then]

    def notices(self, fold: CircleFold, item: SubjectId) -> list[str]:
        """Return the terms on which an item is held, in the words that stand wherever its details do."""
        released = board.release_rows(fold, item, self.node.party, self.now, self.words)
        return [line for one in released if one.to == self.node.party for line in one.notice]

    # -- findings ------------------------------------------------------------------------------------------------------

    def finding(self, finding: Finding, by: PartyId) -> FindingView:
        """Return a finding as this officer may see it."""
        if not all(self._knows(item.kind, item.id) for item in finding.inputs):
            return hidden(by, finding.plan, self.words)
        other = finding.other.rpartition("@")[0] or finding.other if finding.against is Against.OPERATION else ""
        return FindingView(
            by=by, shown=True, about=str(finding.against), text=closeness(finding, self.words),
            marks=marks_in_words(finding.marks, self.words), plan=finding.plan.rpartition("@")[0] or finding.plan,
            other=other or finding.other, other_title=_called(finding, self.words),
            place=forms.point(finding.place) if finding.place else None,
            start=finding.interval.start if finding.interval else None,
            end=finding.interval.end if finding.interval else None,
        )  # fmt: skip

    def findings(self, found: Iterable[Finding], by: PartyId) -> tuple[FindingView, ...]:
        """Return findings as this officer may see them."""
        return tuple(self.finding(finding, by) for finding in found)

    def _knows(self, kind: Against, name: str) -> bool:
        """Whether an input stands in an agreement of this officer's, by its name in the picture (`node.watch`)."""
        parts = name.split("/")
        if kind is Against.AREA:  # AGREEMENT/AREA
            return parts[0] in self.seat.offices
        if parts[0] == "operation":  # operation/PARTY/NAME@VERSION/AGREEMENT/CIRCLE; the screened one has no place
            return len(parts) < 5 or parts[3] in self.seat.offices
        if parts[0] == "movement":  # movement/PARTY/NAME/AGREEMENT/CIRCLE
            return len(parts) < 5 or parts[3] in self.seat.offices
        if parts[0] == "sites":  # sites/PARTY/LIST/SITE
            subject = SubjectId("/".join(parts[:3]))
            return any(self._told_of(place, subject) for place in self.places())
        return True

    def _told_of(self, place: Place, subject: SubjectId) -> bool:
        return subject in place.fold.events or any(act.statement.subject == subject for act in place.fold.unfolded())


def _called(finding: Finding, words: Catalogue) -> str:
    of_district = finding.against is Against.UNPLACED
    return retelling.unplaced(finding.other_title, words) if of_district else finding.other_title


def hidden(by: PartyId, plan: str, words: Catalogue = ENGLISH) -> FindingView:
    """Return what may be told of a finding that rests on something the reader may not see."""
    return FindingView(
        by=by, shown=False, about="", text=words.say("finding_hidden", by=by), marks="",
        plan=plan.rpartition("@")[0] or plan, other="", other_title="", place=None, start=None, end=None,
    )  # fmt: skip


def told(changes: Sequence[Change]) -> tuple[Difference, ...]:
    """Return what changed as the page is told it."""
    return tuple(Difference(what=one.what, old=one.old, new=one.new) for one in changes)


def past_at(fold: CircleFold, at: datetime) -> Past:
    """Return what had been said by `at`, each author by his own clock: not what had reached this node by then."""
    vector = {}
    for origin, reach in fold.cut.items():
        # Acts of one feed never go back in time, so the newest that is old enough ends what counts.
        vector[origin] = next((event.seq + 1 for event in fold.folded_back(origin, reach) if event.act.at <= at), 0)
    return View(fold, vector)


def _journey(data: bytes) -> Journey | None:
    with suppress(Malformed):
        return journey_from_plain(canonical.decode(data), "journey")
    return None


def around(fold: CircleFold, at: datetime) -> tuple[datetime | None, datetime | None]:
    """Return when somebody last spoke in a circle by `at`, and when next: between the two its past is the same."""
    last: list[datetime] = []
    following: list[datetime] = []
    for origin, reach in fold.cut.items():
        after = None
        for event in fold.folded_back(origin, reach):
            if event.act.at <= at:
                last.append(event.act.at)
                break
            after = event.act.at
        following += [after] if after is not None else []
    return max(last, default=None), min(following, default=None)


def _readable(data: bytes) -> Iterator[Site]:
    """Yield the sites of a chunk that can be read; the watch tells of the others (`Watch.unreadable`)."""
    try:
        plain = canonical.decode(data)
    except Malformed:
        return
    for item in plain if isinstance(plain, list) else ():
        with suppress(Malformed):
            yield site_from_plain(item, "site")


def by_time(events: Iterable[Event]) -> list[Event]:
    """Return events by their authors' clocks."""
    return sorted(events, key=lambda event: (event.act.at, event.origin, event.seq))
