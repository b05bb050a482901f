"""What a disclosure shows once every proof in it holds: entries at their places, heads with who signed them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from entente import ids
from entente.feed.disclosure import Cited, Entry, Opened
from entente.feed.leaf import Leaf
from entente.feed.root import Root
from entente.ids import Hash, Origin, PartyId
from entente.joint.act import Act
from entente.joint.agreement import Agreement
from entente.tlog.checkpoint import Checkpoint
from entente.tlog.merkle import leaf_hash
from entente.tlog.note import NoteKey
from entente.verify.cards import Card
from entente.verify.report import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An entry that stands in its feed, with what was opened of it. `act` is None when it is closed or unreadable."""

    entry: Entry
    leaf: Leaf
    act: Act | None

    @property
    def seq(self) -> int:
        """Its place in the feed."""
        return self.entry.seq

    def opened(self, name: str) -> Opened | None:
        """Return an opened part by its name."""
        return next((part for part in self.entry.parts if part.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What is shown of one feed: its head with who signed it, and the entries under it."""

    origin: Origin
    party: PartyId
    head: Checkpoint
    note: bytes
    signers: Mapping[NoteKey, int | None]
    places: tuple[Place, ...]
    cited: Mapping[int, tuple[Cited, Leaf]]
    forked: bool

    @property
    def called(self) -> str:
        """What a report calls the feed: its party, and the epoch where that is a later one."""
        number = ids.epoch_of(self.origin)
        return self.party if number == 1 else f"{self.party}/{number}"

    def name(self, place: Place) -> str:
        """Return what a report calls an entry."""
        return f"{self.called} {place.seq}"


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A disclosure of which every proof holds."""

    agreements: Mapping[Hash, Agreement]
    cards: Mapping[PartyId, tuple[Card, ...]]
    """Each party's cards, the newest last."""
    roots: Mapping[PartyId, tuple[Root, ...]]
    """Each party's root documents, the pinned one first."""
    feeds: Mapping[Origin, Shown]
    report: Report = field(default_factory=Report)

    @cached_property
    def places(self) -> Mapping[str, str]:
        """What reports call the entries shown, by their leaf's hash."""
        feeds = self.feeds.values()
        return {leaf_hash(place.entry.leaf).hex(): feed.name(place) for feed in feeds for place in feed.places}

    @property
    def first(self) -> Agreement:
        """The agreement that the others succeed."""
        return next(iter(self.agreements.values()))
