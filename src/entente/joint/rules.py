"""What every rule reads: an act, its causal past, and the agreement it names (JOINT-7…JOINT-9).

No rule reads a clock, a file or another circle. A rule returns the code of what is wrong, or None; the act is then
void or valid for ever, at every node, because the past of an act never changes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import msgspec

from entente.errors import Malformed
from entente.ids import CircleId, Hash, Origin, PartyId, SubjectId
from entente.joint.act import Act, Head

if TYPE_CHECKING:
    from entente.joint.agreement import Agreement

Body = TypeVar("Body", bound=msgspec.Struct)


Reader = Callable[[Origin, int], Act]
"""Reads an act from the record, by its place."""


class Event:
    """An act at its place in a fold with its verdict; `code` is empty when it is valid.

    `circle` is the one whose tag its leaf carries, which a valid act names too. The act itself is read when somebody
    asks: a long history is folded already, and most of it is never looked at again.
    """

    __slots__ = ("_act", "_read", "circle", "code", "origin", "seq", "subject", "verb")

    def __init__(
        self, origin: Origin, seq: int, subject: SubjectId, verb: str, circle: CircleId, code: str, read: Reader
    ) -> None:
        self.origin, self.seq = origin, seq
        self.subject, self.verb = subject, verb
        self.circle, self.code = circle, code
        self._act: Act | None = None
        self._read = read

    @classmethod
    def of(cls, act: Act, circle: CircleId, code: str) -> Event:
        """Return the event of an act at hand."""
        said = act.statement
        event = cls(act.origin, act.seq, said.subject, said.verb, circle, code, _at_hand)
        event._act = act
        return event

    @property
    def act(self) -> Act:
        """The act."""
        if self._act is None:
            self._act = self._read(self.origin, self.seq)
        return self._act


def _at_hand(origin: Origin, seq: int) -> Act:
    raise AssertionError(f"the act of entry {seq} of {origin} was at hand")


class Past(Protocol):
    """All that stood before a moment in a circle: a cut of acts, each with its verdict."""

    def events(self, subject: SubjectId, party: str | None = None) -> Sequence[Event]:
        """Return the valid events on a subject: each party's in its own order, parties by name."""

    def others(self, subject: SubjectId, party: str) -> Sequence[Past]:
        """Return this past once for each further branch in which a party speaks of a subject, following that one.

        `events` follows one; without a fork there are no others.
        """

    def includes(self, act: Act) -> bool:
        """Whether the act stands in this past."""

    def cites(self, event: Event, act: Act) -> bool:
        """Whether an event of this past cites a feed beyond an act of it."""

    def attempts(self, subject: SubjectId, party: str) -> Sequence[Event]:
        """Return a party's events on a subject in its own order, void ones too."""

    def entry(self, origin: Origin, seq: int) -> Event | None:
        """Return the valid act at a place, or None."""

    def back(self, origin: Origin) -> Iterator[Event]:
        """Yield the valid acts of a feed, newest first."""

    def holds(self, event: Event) -> Mapping[Origin, int]:
        """Return how much of each feed an act of this past says is held, as far as entries of this circle go."""

    def newest(self, subject: SubjectId, party: str) -> Iterator[Event]:
        """Yield a party's valid events on a subject that stands in `all`, newest first."""

    def acknowledged(self, party: str) -> Mapping[Origin, int]:
        """Return how much of each feed a party has acknowledged, as far as entries of this circle go (JOINT-102)."""

    def stretch(self, origin: Origin, size: int) -> Mapping[Origin, int]:
        """Return the first entries of a feed or branch as `acknowledged` spells them."""

    def root(self, origin: Origin, size: int) -> Hash | None:
        """Return the root of a feed's first entries, along the branch that is named; None when not all are here."""

    def roots(self, origin: Origin, size: int) -> Sequence[Hash]:
        """Return the roots of a feed's first entries: none when they are not all here, several where it forked."""

    def parting(self, origin: str) -> int | None:
        """Return from which entry on a feed permits nothing, as it forked there or a new epoch goes on, or None."""

    def parted(self, origin: str) -> int | None:
        """Return where branches of a feed that are all in this past part, or None: a report alone shows no place."""

    def unexplained(self, origin: str) -> Sequence[int]:
        """Return, of each report that proves a branch of a feed which is not in this past, within how many entries."""

    def shared_by_all(self, head: Head, parties: Collection[PartyId]) -> bool:
        """Whether all these parties have acknowledged the entries that a head names."""

    def agreement(self, digest: Hash) -> Agreement | None:
        """Return an agreement's text by its hash."""


class Checks(Protocol):
    """Proofs that need cryptography, which the rules ask for and do not do."""

    def statement(self, key: Mapping[str, str], fingerprint: str, act: Act) -> bool:
        """Whether `key` has this fingerprint and the act's signature is its, over the act's statement."""

    def cosigned(
        self, card: Mapping[str, Any], party: str, origin: Origin, size: int, root: Hash, cosignature: str
    ) -> bool:
        """Whether the cosigner's key in a party's card signed this head (JOINT-101)."""

    def parted(self, evidence: str) -> tuple[int, Hash, Hash]:
        """Return the smaller head's size and the two roots there, of evidence that has proven a fork."""

    def witnessed(self, witness: str, origin: Origin, size: int, root: Hash, cosignature: str) -> bool:
        """Whether the witness with this key (TLOG-11) cosigned this head (JOINT-131)."""

    def fork(self, cards: Sequence[tuple[int, Mapping[str, Any]]], origin: str, evidence: str) -> int | None:
        """Return the size at which the evidence proves a fork of the feed `origin`, whose log keys the cards hold.

        `cards` are those certified in that feed, each with its entry. None when it proves nothing, or a fork of another
        feed.
        """

    def pin(self, root: Any, party: str) -> str:
        """Return what is pinned of a root document of a party, as cards spell it; empty when it is none of its."""

    def names(self, root: Any, party: str) -> Collection[str]:
        """Return the fingerprints of a root document's keys."""

    def halves(self, plain: Any, party: str) -> Collection[str]:
        """Return the hashes of the public keys in an officer's key or a root document; none when it is neither."""

    def publics(self, card: Mapping[str, Any]) -> Mapping[str, tuple[str, Collection[str]]] | None:
        """Return the name and the hashes of a card's keys, by role; None when it is no card."""

    def card(self, root: Any, party: str, without: Collection[str], card: Mapping[str, Any]) -> bool:
        """Whether enough keys of a root document, `without` those that were revoked, signed a party's card."""

    def follows(
        self, before: Any, document: Any, party: str, signatures: Mapping[str, str], without: Collection[str]
    ) -> bool:
        """Whether a root document follows another, and enough keys of both signed it."""

    def by_root(self, root: Any, party: str, without: Collection[str], key: str, act: Act) -> str | None:
        """Return what is wrong with an act that names `key` as the root that signs it; None when nothing is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One act before the rules."""

    act: Act
    past: Past
    agreement: Agreement
    circle: CircleId
    checks: Checks

    def body(self, kind: type[Body]) -> Body:
        """Return the act's body as `kind`; a body of another shape is Malformed `act.body`."""
        return body_of(self.act, kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How a verb is judged: before or only after the agreement is in force; in `all` only; by whom."""

    judge: Callable[[Case], str | None]
    before_force: bool = False
    only_all: bool = False
    machine: bool = False
    """May also be said by a node without a person's signature; the rule then says under what."""


def said(past: Past, subject: SubjectId, verb: str, party: str | None = None) -> list[Event]:
    """Return the valid events of one verb on a subject: a dissent stands beside what it is about, on any subject."""
    return [event for event in past.events(subject, party) if event.verb == verb]


def body_of(act: Act, kind: type[Body]) -> Body:
    """Read the body of an act as `kind`.

    Raises:
        Malformed: `act.body`.
    """
    try:
        return msgspec.convert(act.statement.body, kind, strict=True)
    except msgspec.ValidationError as error:
        raise Malformed("act.body", f"{act.statement.verb}: {error}") from None
