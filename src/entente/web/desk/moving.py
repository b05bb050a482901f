"""Movements at a page: from what a form holds to a journey and back; one movement with everything said of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from entente.errors import Malformed, Refused
from entente.geo.interval import utc
from entente.geo.position import parse
from entente.ids import SubjectId
from entente.joint import movements
from entente.joint.journey import Journey, Passage, Vehicle
from entente.joint.movements import Movement
from entente.joint.spelling import journey_from_plain, journey_to_plain
from entente.node import convoys
from entente.picture import journeys
from entente.picture.blotting import blotted
from entente.picture.catalogues import retelling
from entente.web import picturing
from entente.web.desk import climbing
from entente.web.desk.shapes import (
    JourneyForm,
    MovementDetail,
    MovementVersion,
    PassageForm,
    ReportView,
    VehicleForm,
)
from entente.web.viewer import Place, Viewer, told


def when(at: datetime | None) -> datetime | None:
    """Return a time in UTC.

    Raises:
        Malformed: `geo.time`, for one without a zone.
    """
    if at is not None and at.tzinfo is None:
        raise Malformed("geo.time", "a time is written with its zone, as 2026-11-22T10:30:00Z")
    return utc(at) if at is not None else None


def journey_of(form: JourneyForm, purpose: str = "") -> Journey:
    """Return the journey that a form holds, rounded as it would be signed.

    Raises:
        Malformed: `movement.*`, `geo.*`, `spelling.*`, with the passage that is meant.
        Refused: `movement.purpose_place`, when the purpose, which goes to everyone, tells a place.
    """
    made = Journey(
        title=form.title, contact=form.contact, passages=tuple(_passage(p, n) for n, p in enumerate(form.passages, 1)),
        vehicles=tuple(
            Vehicle(kind=v.kind, count=v.count, label=v.label, day_marks=frozenset(v.day_marks),
                    infrared_marks=frozenset(v.infrared_marks))
            for v in form.vehicles
        ),
        half_width_m=form.half_width_m, uncertainty_m=form.uncertainty_m, margin_s=form.margin_min * 60,
        people=form.people, guards=form.guards, guarded_by=form.guarded_by, consent=form.consent, note=form.note,
    )  # fmt: skip
    found = journey_from_plain(journey_to_plain(made), "journey")
    if blotted(purpose, [passage.position for passage in found.passages]) != purpose:
        raise Refused("movement.purpose_place", "the purpose tells a place, and goes to everyone; say it without")
    return found


def _passage(form: PassageForm, number: int) -> Passage:
    try:
        at = when(form.at)
        assert at is not None, "a passage has a time"
        return Passage(position=parse(form.position), at=at, name=form.name)
    except Malformed as error:
        raise error.at(f"passage {number}") from None


def form_of(journey: Journey) -> JourneyForm:
    """Return a journey as a form holds it; making it a journey again gives the same one."""
    return JourneyForm(
        title=journey.title, contact=journey.contact,
        passages=[
            PassageForm(position=f"{p.position.lat:.7f} {p.position.lon:.7f}", at=p.at, name=p.name)
            for p in journey.passages
        ],
        vehicles=[
            VehicleForm(kind=v.kind, count=v.count, label=v.label, day_marks=sorted(v.day_marks),
                        infrared_marks=sorted(v.infrared_marks))
            for v in journey.vehicles
        ],
        half_width_m=journey.half_width_m, uncertainty_m=journey.uncertainty_m, margin_min=journey.margin_s // 60,
        people=journey.people, guards=journey.guards, guarded_by=journey.guarded_by, consent=journey.consent,
        note=journey.note,
    )  # fmt: skip


def detail(viewer: Viewer, subject: SubjectId, agreement: str, circle: str) -> MovementDetail:
    """Return one movement. For our own, the form holds the plan that it was drawn from, and not a recipient's copy.

    Raises:
        Refused: `centre.unknown`, `centre.ambiguous`.
    """
    place = viewer.find("movement", subject, agreement, circle)
    movement = read(place, subject)
    picturing.hold(viewer)
    view = next(one for one in picturing.movements_of(viewer, place, subject))
    mine, sealed = movement.owner == viewer.node.party, viewer.sealed(place.fold, subject)
    copies = [None if sealed else convoys.journey_of(viewer.node, version) for version in movement.versions]
    own = [convoys.original_of(viewer.node, version) for version in movement.versions] if mine else []
    shown = own if mine and own[-1] is not None else copies
    versions = []
    for at, version in enumerate(movement.versions):
        before, after = (shown[at - 1] if at else None), shown[at]
        changes = (
            told(journeys.differences(before, after, viewer.words)) if before is not None and after is not None else ()
        )
        versions.append(
            MovementVersion(
                number=version.number, leaf=version.leaf, at=version.at, start=version.start, end=version.end,
                held=after is not None, differences=changes,
            )
        )  # fmt: skip
    numbers = {version.leaf: version.number for version in movement.versions}
    given = copies[-1]
    if given is not None:
        given = replace(given, note=retelling.copied(given.note, viewer.words))
    return MovementDetail(
        movement=view, notice=climbing.notice(viewer, place, subject),
        journey=form_of(shown[-1]) if shown[-1] is not None else None,
        words=tuple(journeys.notice(given, viewer.words)) if given is not None else (),
        versions=tuple(versions),
        reports=tuple(
            ReportView(party=one.party, said_at=one.said_at, version=numbers.get(one.version, 0), how=str(one.how),
                       at=one.when, by=one.by, until=one.until)
            for one in movement.reports
        ),
    )  # fmt: skip


def read(place: Place, subject: SubjectId) -> Movement:
    """Return a movement that was found in a circle.

    Raises:
        Refused: `centre.unknown`.
    """
    found = movements.read(subject, place.fold.now())
    if found is None:
        raise Refused("centre.unknown", f"{subject} has not been notified here")
    return found
