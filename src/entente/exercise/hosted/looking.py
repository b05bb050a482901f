"""Looking: what the director sees of each party and each seat, as that party's own node has it, and what was said.

Nothing of this is noted as having been looked at: a director is nobody's officer.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from entente.exercise.hosted import hindsight
from entente.exercise.hosted.casting import By
from entente.exercise.hosted.retelling import noted, speaker
from entente.exercise.seats import Seat
from entente.ids import AgreementId, Hash, OfficerId, PartyId, SubjectId
from entente.joint import authority, operations
from entente.joint.act import Act
from entente.joint.screening import Finding
from entente.picture import board
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
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeLook:
    """A list's newest issue, or a movement's newest version, and who acknowledged it. `kind` is a key of `telling`."""

    kind: str
    item: str
    number: int
    acknowledged: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyLook:
    """One party's picture. `notices` are its lists and movements, `stops` STOPs that stand."""

    party: str
    title: str
    operations: tuple[OperationLook, ...]
    notices: tuple[NoticeLook, ...]
    stops: tuple[board.StopRow, ...]
    links: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Something that was said: when, by whom, with which note, and whether the director said it for the seat."""

    at: datetime
    who: str
    act: Act
    note: str
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
                who, kind = tuple(party for party, _ in listed.row.acknowledged), "sealed" if listed.sealed else "list"
                item, number = listed.row.subject, listed.row.issue
                notices.append(NoticeLook(kind=kind, item=item, number=number, acknowledged=who))
            for view in picturing.movements_of(viewer, place):
                moved = view.row
                notices.append(
                    NoticeLook(
                        kind="movement", item=moved.subject, number=moved.version, acknowledged=moved.acknowledged
                    )
                )
            for stop in picturing.stops(viewer, place):
                if stop.row.lifted_at is None:
                    stops.append(stop.row)
    return PartyLook(
        party=seat.party, title=seat.title, operations=tuple(operations_), notices=tuple(dict.fromkeys(notices)),
        stops=tuple(dict.fromkeys(stops)), links=(),
    )  # fmt: skip


def _operation(seat: Seat, row: board.OperationRow) -> OperationLook:
    closed = row.phase in operations.CLOSED
    return OperationLook(
        name=row.subject.partition("/")[2], title=row.title, owner=row.owner, version=row.version,
        phase=row.phase, standing=row.standing, final=row.final,
        findings=() if closed else tuple(_findings(seat, row.subject)),
    )  # fmt: skip


def _findings(seat: Seat, subject: str) -> Iterator[Finding]:
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
    for act in sorted(acts.values(), key=lambda act: (act.at, act.seq), reverse=True)[:SAID_SHOWN]:
        yield Line(
            at=act.at, who=speaker(act), act=act, note=noted(act, stood.seats), directed=act.leaf in stood.directed
        )


def by_party(look: Look) -> Mapping[str, tuple[SeatLook, ...]]:
    """Return the seats of each party."""
    return {
        party.party: tuple(seat for seat in look.seats if seat.seat.partition("/")[0] == party.party)
        for party in look.parties
    }
