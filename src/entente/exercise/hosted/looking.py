"""Looking: what the director sees of each party and each seat, as that party's own node has it, and what was said.

Nothing of this is noted as having been looked at: a director is nobody's officer.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from entente.exercise.hosted import hindsight
from entente.exercise.hosted.casting import By
from entente.exercise.hosted.retelling import retold, speaker
from entente.exercise.seats import Seat
from entente.ids import AgreementId, Hash, OfficerId, PartyId, SubjectId
from entente.joint import authority, operations
from entente.joint.act import Act
from entente.picture import board
from entente.report import words
from entente.web import picturing
from entente.web.inbox import inbox
from entente.web.sessions import Seat as Sitting
from entente.web.shapes import Item
from entente.web.viewer import Plans, Viewer

if TYPE_CHECKING:
    from entente.exercise.hosted.running import Running, Stood

SAID_SHOWN = 60
"""How many acts the director's page lists, the newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatLook:
    """A seat: who has it, how long ago he was heard of [s], and what waits for it."""

    seat: str
    by: By
    seen_s: float
    waits: tuple[str, ...]
    urgent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationLook:
    """An operation at one party's node; `findings` are those of that node's newest screening of it."""

    name: str
    title: str
    owner: str
    version: int
    phase: str
    standing: str
    final: bool
    findings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyLook:
    """One party's picture. `notices` tells of lists and movements, `stops` of STOPs that stand."""

    party: str
    title: str
    operations: tuple[OperationLook, ...]
    notices: tuple[str, ...]
    stops: tuple[str, ...]
    links: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Something that was said: when, by whom, and whether the director said it for the seat."""

    at: datetime
    who: str
    text: str
    directed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """All of it, at one exercise time."""

    now: datetime
    up: bool
    seats: tuple[SeatLook, ...]
    parties: tuple[PartyLook, ...]
    said: tuple[Line, ...]


def looked(running: Running) -> Look:
    """Look at everything. Called under the exercise's lock."""
    stood = running.stood
    now = stood.time.now()
    for seat in stood.seats.values():
        seat.node.catch_up()
    return Look(
        now=now,
        up=stood.wire.up,
        seats=tuple(_seats(running, stood, now)),
        parties=tuple(_party(seat, now) for seat in stood.seats.values()),
        said=tuple(_said(stood)),
    )


def _viewer(seat: Seat, office: str, now: datetime) -> Viewer:
    """Return the eyes of an office, at its own party's node."""
    offices = {str(name): (office,) for name in seat.node.books}
    sitting = Sitting(
        name="director", officer=OfficerId(seat.officer(office)), fingerprint="", offices=offices, left_s=0
    )
    return Viewer(node=seat.node, seat=sitting, plans=Plans(seat.node), now=now)


def _seats(running: Running, stood: Stood, now: datetime) -> Iterator[SeatLook]:
    """Yield every seat; what waits is asked once for each party, and told to the offices that may answer it."""
    waiting = {}
    for party, seat in stood.seats.items():
        with seat.node.lock:
            viewer = _viewer(seat, "", now)
            replaced = {place.book.id: place.agreement.authority for place in viewer.places()}
            waiting[party] = (inbox(viewer, "").items, replaced)
    for name in running.casting.seats:
        party, _, office = name.partition("/")
        sitter, (items, replaced) = running.casting.sitter(name), waiting[PartyId(party)]
        mine = [item for item in items if item.urgent or _may(office, item, replaced)]
        yield SeatLook(
            seat=name, by=sitter.by, seen_s=time.monotonic() - sitter.seen if sitter.taken else 0.0,
            waits=tuple(dict.fromkeys(item.text for item in mine)), urgent=any(item.urgent for item in mine),
        )  # fmt: skip


def _may(office: str, item: Item, replaced: Mapping[AgreementId, Mapping[str, frozenset[str]]]) -> bool:
    """Whether an office may say what an item asks for."""
    held = replaced.get(AgreementId(item.agreement), {})
    return any(office in authority.offices(verb, held) for verb in item.says)


def _party(seat: Seat, now: datetime) -> PartyLook:
    viewer, operations_, notices, stops = _viewer(seat, "", now), [], [], []
    with seat.node.lock:
        for place in viewer.places():
            past = place.fold.now()
            for row in board.operation_rows(place.fold, picturing.plans_at(viewer, place, past), now):
                operations_.append(_operation(seat, row))
            for listed in picturing.list_views(viewer, place):
                told = ", ".join(party for party, _ in listed.row.acknowledged) or "nobody"
                sealed = "not opened yet; " if listed.sealed else ""
                notices.append(f"{listed.row.subject}, issue {listed.row.issue}: {sealed}acknowledged by {told}")
            for view in picturing.movements_of(viewer, place):
                told = ", ".join(view.row.acknowledged) or "nobody"
                notices.append(f"{view.row.subject}, version {view.row.version}: acknowledged by {told}")
            for stop in picturing.stops(viewer, place):
                if stop.row.lifted_at is None:
                    waiting = ", ".join(stop.row.waiting)
                    stops.append(
                        f"STOP by {stop.row.by}, {words.phrase(stop.row.reason)}: {stop.row.note}"
                        + (f" (waits for {waiting})" if waiting else " (acknowledged)")
                    )
    return PartyLook(
        party=seat.party, title=seat.title, operations=tuple(operations_), notices=tuple(dict.fromkeys(notices)),
        stops=tuple(dict.fromkeys(stops)), links=(),
    )  # fmt: skip


def _operation(seat: Seat, row: board.OperationRow) -> OperationLook:
    closed = row.phase in operations.CLOSED
    return OperationLook(
        name=row.subject.partition("/")[2], title=row.title, owner=row.owner, version=row.version,
        phase=words.phrase(row.phase), standing=words.phrase(row.standing), final=row.final,
        findings=() if closed else tuple(_findings(seat, row.subject)),
    )  # fmt: skip


def _findings(seat: Seat, subject: str) -> Iterator[str]:
    """Yield what a party's node found when it last screened an operation for something that it said."""
    own = [
        event.act
        for book in seat.node.books.values()
        for fold in book.ledger.folds.values()
        for event in fold.now().events(SubjectId(subject), seat.party)
    ]
    for act in sorted(own, key=lambda act: -act.seq):
        if any(name == hindsight.SCREENING for name, _ in act.statement.details):
            yield from hindsight.screened(seat.node, act)
            return


def _said(stood: Stood) -> Iterator[Line]:
    """Yield the newest acts of people, and what nodes answered under a rule."""
    acts: dict[Hash, Act] = {}
    for act in hindsight.acts(stood.seats):
        acts[act.leaf] = act
    tell = partial(retold, seats=stood.seats)
    for act in sorted(acts.values(), key=lambda act: (act.at, act.seq), reverse=True)[:SAID_SHOWN]:
        yield Line(at=act.at, who=speaker(act), text=tell(act), directed=act.leaf in stood.directed)


def by_party(look: Look) -> Mapping[str, tuple[SeatLook, ...]]:
    """Return the seats of each party."""
    return {
        party.party: tuple(seat for seat in look.seats if seat.seat.partition("/")[0] == party.party)
        for party in look.parties
    }
