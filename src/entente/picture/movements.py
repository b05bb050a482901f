"""Movements in rows: how one stands now, by the reader's clock. A view, never state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from entente.ids import CircleId, PartyId, SubjectId
from entente.joint import decisions, disputes
from entente.joint.agreement import Agreement
from entente.joint.journey import Journey, protected
from entente.joint.movements import Movement, Refer
from entente.joint.rules import Past, body_of, said
from entente.joint.state import CircleFold
from entente.picture.coverage import clock_of, late_by


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementRow:
    """A movement's latest version. `title` is empty where its journey was not released to us, or not opened.

    `state` is in words; `how`, `how_at`, `how_by` are the last that anybody said of how it fares. `acknowledged` are
    those who hold this version by their own word, `stale` those whose word is of an older one (F-19).
    """

    subject: SubjectId
    circle: CircleId
    owner: PartyId
    version: int
    title: str
    purpose: str
    start: datetime
    end: datetime
    emergency: bool
    late_s: int
    state: str
    ended: str
    how: str
    how_at: datetime | None
    how_by: str
    acknowledged: tuple[PartyId, ...]
    stale: tuple[PartyId, ...]
    marks: tuple[str, ...]
    dissents: tuple[PartyId, ...]
    disputed: tuple[PartyId, ...]


def movement_row(
    fold: CircleFold, agreement: Agreement, movement: Movement, journey: Journey | None, now: datetime,
    past: Past | None = None,
) -> MovementRow:  # fmt: skip
    """Return a movement's row; `journey` is its latest version's, as we hold and opened it. At a `past`, if given."""
    past, latest, name = past or fold.now(), movement.latest, movement.subject
    said_of = {e.act.party: body_of(e.act, Refer).version for e in said(past, name, "movement.acknowledge")}
    told = max(movement.reports, key=lambda told: told.when, default=None)
    held_up = movement.held_up
    marks: tuple[str, ...] = ()
    if journey is not None and not movement.ended:
        at, until = (held_up.when, held_up.until) if held_up else (None, None)
        marks = protected(journey, now=now, held_up_at=at, until=until).marks
    clock = clock_of(agreement, latest.body.emergency, latest.body.notice_s)
    return MovementRow(
        subject=name, circle=fold.name, owner=movement.owner, version=latest.number,
        title=journey.title if journey else "", purpose=latest.body.purpose, start=latest.start, end=latest.end,
        emergency=latest.body.emergency, late_s=late_by(latest.start, latest.at, clock),
        state=_state(movement, now), ended=str(movement.ended) if movement.ended else "",
        how=str(told.how) if told else "", how_at=told.when if told else None, how_by=told.by if told else "",
        acknowledged=tuple(sorted(p for p, leaf in said_of.items() if leaf == latest.leaf)),
        stale=tuple(sorted(p for p, leaf in said_of.items() if leaf != latest.leaf)), marks=marks,
        dissents=tuple(PartyId(d["party"]) for d in decisions.dissents(name, past)),
        disputed=tuple(d.party for d in disputes.disputes(name, past) if d.ended_at is None),
    )  # fmt: skip


def _state(movement: Movement, now: datetime) -> str:
    if movement.ended:
        return str(movement.ended)
    if movement.held_up is not None:
        return "held up"
    if now < movement.latest.start:
        return "notified"
    return "under way" if now < movement.latest.end else "not ended by its originator"
