"""The ladder at a page: who has which notice at which rung, what was read back, and how that compares.

What is held against our own plan stands only in our own officers' answers: told to a recipient, a difference would
narrow the place down.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from entente import canonical
from entente.errors import Malformed, Refused
from entente.geo.position import show
from entente.ids import Hash, SubjectId
from entente.joint import movements, notifications, readback, releases
from entente.joint.act import moment
from entente.joint.journey import Journey
from entente.joint.ladder import READ_BACK, Rung
from entente.joint.readback import Entered, Outcome, Place, entered_from_plain
from entente.joint.releases import Onward
from entente.joint.rules import body_of, said
from entente.node import acknowledging, convoys, issuing, movement_packages, packages
from entente.picture import board
from entente.picture import coverage as covering
from entente.picture.catalogues import retelling
from entente.web.desk import office
from entente.web.desk import shapes as desk_shapes
from entente.web.desk.shapes import Compared, Coverage, CoverageRow, Notice, OnwardView, ReadBackView, StepView
from entente.web.viewer import Place as Here
from entente.web.viewer import Viewer

# -- coverage ----------------------------------------------------------------------------------------------------------


def coverage(viewer: Viewer, *, everything: bool) -> Coverage:
    """Return how far every notice has come, oldest first; those of packages for whoever keeps the desk alone.

    What every unit has loaded is left out, unless `everything` is asked for, or it differs or is stale.
    """
    rows = [row for place in viewer.places() for row in rows_in(viewer, place)]
    if office.offices(viewer):
        rows += without_node(viewer)
    shown = [row for row in rows if everything or row.rung is not Rung.LOADED or row.differing or row.notice.stale]
    return Coverage(
        now=viewer.now, rows=tuple(row_view(viewer, one) for one in covering.ordered(shown)), sentences=viewer.sentences
    )


def rows_in(viewer: Viewer, place: Here) -> Iterator[covering.Row]:
    """Yield how far each notice of a circle has come: at every recipient of ours, at ourselves of another's."""
    for subject in (*board.said_in(place.fold, "sites/"), *board.said_in(place.fold, "movement/")):
        movement = movements.read(subject, place.fold.now())
        if movement is not None and movement.ended:
            continue
        for row in covering.rows(place.fold, place.agreement, subject, viewer.now):
            if viewer.node.party in (subject.split("/")[1], row.notice.recipient):
                yield row


def without_node(viewer: Viewer) -> list[covering.Row]:
    """Return how far packages have come, as somebody here entered it."""
    clock = max((p.agreement.times.notice_s for p in viewer.places()), default=packages.DUE_S)
    notices = [*packages.notices(viewer.node, clock), *movement_packages.notices(viewer.node, clock)]
    return covering.rows_by_hand(notices, acknowledging.acknowledged(viewer.node), viewer.now)


def row_view(viewer: Viewer, row: covering.Row) -> CoverageRow:
    """Return a row of coverage as the API tells it."""
    sent = row.notice
    parts = sent.item.split("/")
    return CoverageRow(
        item=sent.item, number=sent.number, recipient=sent.recipient,
        mine=len(parts) < 3 or parts[1] == viewer.node.party, issued_at=sent.issued_at, due=sent.due,
        overdue=row.overdue, unacknowledged=row.unacknowledged, late_s=sent.late_s,
        rung=row.rung, missing=row.missing, steps=_steps(viewer, row.steps),
        stale=_steps(viewer, sent.stale), units=row.units, differing=row.differing,
    )  # fmt: skip


def _steps(viewer: Viewer, found: Iterable[covering.Climbed]) -> tuple[StepView, ...]:
    return tuple(
        StepView(rung=one.rung, at=one.at, by=retelling.step(one.by, viewer.words), how=one.how, unit=one.unit,
                 places=one.places, differing=one.differing)
        for one in found
    )  # fmt: skip


# -- what can be read back ---------------------------------------------------------------------------------------------


def find(viewer: Viewer, subject: str, agreement: str, circle: str) -> Here:
    """Return where a list or a movement stands.

    Raises:
        Refused: `centre.unknown`, `centre.ambiguous`.
    """
    kind = subject.partition("/")[0]
    if kind not in ("sites", "movement"):
        raise Refused("centre.unknown", f"there is no notice {subject[:80]!r} here for this officer")
    return viewer.find(kind, subject, agreement, circle)


def latest(place: Here, subject: SubjectId) -> Hash:
    """Return the leaf of a notice's newest issue or version."""
    movement = movements.read(subject, place.fold.now())
    if movement is not None:
        return movement.latest.leaf
    issues = notifications.issues(subject, place.fold.now())
    if not issues:
        raise Refused("centre.unknown", f"nothing was issued as {subject} here")
    return issues[-1][0]


def held(viewer: Viewer, place: Here, subject: SubjectId) -> dict[str, Place]:
    """Return a notice's places by id, as we hold it; none while it is sealed or was not given to us."""
    if viewer.sealed(place.fold, subject):
        return {}
    movement = movements.read(subject, place.fold.now())
    if movement is not None:
        journey = convoys.journey_of(viewer.node, movement.latest)
        return places_of(journey) if journey is not None else {}
    return {one.id: issuing.place_of(one) for of, one in viewer.node.watch.sites.values() if of == subject}


def places_of(journey: Journey) -> dict[str, Place]:
    """Return a journey's places by number, from 1."""
    return {
        str(number): Place(id=str(number), position=passage.position, within_m=journey.uncertainty_m)
        for number, passage in enumerate(journey.passages, 1)
    }


def own_plan(viewer: Viewer, place: Here, subject: SubjectId) -> dict[str, Place]:
    """Return what a notice of ours was drawn from, by the ids of its copies; nothing of another's."""
    if subject.split("/")[1] != viewer.node.party:
        return {}
    movement = movements.read(subject, place.fold.now())
    if movement is None:
        return convoys.originals_of(viewer.node, place.fold, subject)
    original = convoys.original_of(viewer.node, movement.latest)
    return places_of(original) if original is not None else {}


def entered(
    viewer: Viewer, place: Here, subject: SubjectId, said: Sequence[desk_shapes.Entered]
) -> tuple[list[Entered], int]:
    """Return positions as somebody has them, held against the notice, and how many places were left out.

    Raises:
        Refused: `ladder.nothing`, `ladder.place`, `movement.unopened`. Malformed: as `geo.position.parse`.
    """
    known = held(viewer, place, subject)
    if not known:
        raise Refused("movement.unopened", f"{subject} is to be opened first, or its places were not given to us")
    if not said:
        raise Refused("ladder.nothing", "nothing was entered; give a position for each place that you have")
    if unknown := [one.place for one in said if one.place not in known]:
        raise Refused("ladder.place", f"{subject} holds no place {unknown[0][:64]!r}")
    found = []
    for one in said:
        try:
            found.append(readback.compare(one.text, known[one.place]))
        except Malformed as error:
            raise error.at(f"place {one.place}") from None
    return found, len(known) - len({one.place for one in said})


def compared(one: Entered, own: Mapping[str, Place]) -> Compared:
    """Return how what was entered compares with the notice, and with our own plan where that is given."""
    ours = readback.held_against(one, own[one.place]) if one.place in own else None
    return Compared(
        place=one.place, text=one.text, decimal=show(one.position).decimal, precision_m=one.precision_m,
        outcome=str(one.outcome), apart_m=one.apart_m, own=str(ours.outcome) if ours else "",
        own_apart_m=ours.apart_m if ours else None,
    )  # fmt: skip


# -- a notice ----------------------------------------------------------------------------------------------------------


def notice(viewer: Viewer, place: Here, subject: SubjectId) -> Notice:
    """Return how far a notice has come, what was read back of it, and on which terms it is held."""
    mine, known = subject.split("/")[1] == viewer.node.party, held(viewer, place, subject)
    own = own_plan(viewer, place, subject)
    _, stem = issuing.recipient_of(viewer.node, place.book, place.fold, subject)
    rows = covering.rows(place.fold, place.agreement, subject, viewer.now)
    return Notice(
        agreement=place.book.id, circle=place.fold.name, subject=subject, leaf=latest(place, subject), mine=mine,
        sealed=viewer.sealed(place.fold, subject), stem=stem if mine else "", places=tuple(known),
        coverage=tuple(
            row_view(viewer, row) for row in rows if mine or row.notice.recipient == viewer.node.party
        ),
        read_backs=tuple(_read_backs(viewer, place, subject, own)) if mine else (),
        off=tuple(_off(known, own)),
        released=tuple(board.release_rows(place.fold, subject, viewer.node.party, viewer.now, viewer.words)),
        onward=tuple(_consents(viewer, place, subject)),
        notices=tuple(viewer.notices(place.fold, subject)), sentences=viewer.sentences,
    )  # fmt: skip


def _consents(viewer: Viewer, place: Here, subject: SubjectId) -> Iterator[OnwardView]:
    """Yield what consents to passing an item on stand now: those that we gave of ours, or those that name us."""
    past, mine = place.fold.now(), subject.split("/")[1] == viewer.node.party
    holders = releases.recipients(subject, past) if mine else [viewer.node.party]
    for by in holders:
        named = {body_of(event.act, Onward).to
                 for event in said(past, releases.subject(subject), "release.onward")}  # fmt: skip
        for to in sorted(named):
            standing = releases.may_pass_on(subject, past, by, to, viewer.now)
            if standing is not None:
                yield OnwardView(by=by, to=to, until=moment(standing[1].until))


def _read_backs(viewer: Viewer, place: Here, subject: SubjectId, own: Mapping[str, Place]) -> Iterator[ReadBackView]:
    """Yield what recipients read back of a notice of ours, newest first."""
    movement = movements.read(subject, place.fold.now())
    for event in reversed([one for one in place.fold.now().events(subject) if one.verb == "ladder.read_back"]):
        parts = viewer.node.store.parts(event.act.origin, event.act.seq)
        part = next((part for part in parts if part.name == READ_BACK), None)
        try:
            said = entered_from_plain(canonical.decode(part.data)) if part is not None else ()
        except Malformed:
            said = ()  # counted in the act all the same, which coverage shows
        stale = movement is not None and event.act.statement.body["item"] != movement.latest.leaf
        yield ReadBackView(
            party=event.act.party, at=event.act.at, stale=stale, places=tuple(compared(one, own) for one in said)
        )


def _off(issued: Mapping[str, Place], own: Mapping[str, Place]) -> Iterator[Compared]:
    """Yield the places that our notice puts elsewhere than our own plan does: no read-back would ever show it."""
    for name, place in issued.items():
        if place.position is not None and name in own:
            said = Entered(
                place=name, text=show(place.position).decimal, position=place.position, precision_m=0.0,
                outcome=Outcome.UNPLACED, apart_m=None,
            )  # fmt: skip
            one = readback.held_against(said, replace(own[name], within_m=own[name].within_m + place.within_m))
            if one.differs:
                yield compared(one, own)
