"""The map: operations, areas, sites with their buffers, movements, STOPs, and what our own node finds among them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from entente.geo.volume import Volume
from entente.ids import Hash, SubjectId
from entente.joint import disputes, movements, operations
from entente.joint.journey import Journey, protected
from entente.joint.movements import Movement
from entente.joint.plan import Plan
from entente.joint.protected_sites import Site, SiteStatus
from entente.joint.rules import Past
from entente.joint.screening import Finding
from entente.node import carry, drafting
from entente.node.watch import Flight
from entente.picture import board
from entente.picture.board import StopRow
from entente.picture.catalogues import Catalogue, retelling
from entente.picture.movements import movement_row
from entente.report.words import band
from entente.web import forms
from entente.web.shapes import (
    AreaView,
    Findings,
    FindingView,
    ListView,
    MovementView,
    OperationView,
    Picture,
    SiteView,
    StopView,
)
from entente.web.viewer import Place, Viewer, around

KEPT = timedelta(days=1)
"""How long an operation stays on the map after its end, or after it was ended or withdrawn and would have ended."""


def picture(viewer: Viewer, cursor: str, at: datetime | None) -> Picture:
    """Return everything on the map, as it stands now or, in part, as it stood at `at`."""
    hold(viewer)
    then = at if at is not None and at < viewer.now else None
    lists = [view for place in viewer.places() for view in list_views(viewer, place, then)]
    looked_at(viewer, lists)
    say, limits = viewer.words.say, []
    if then is not None:
        limits.append(say("picture.past"))
    if hidden := sum(
        viewer.node.watch.undisclosed(SubjectId(""), f"{p.book.id}/{p.fold.name}") for p in viewer.places()
    ):
        limits.append(say("picture.undisclosed", count=hidden))
    limits += [
        say("picture.unreadable", subject=subject, why=retelling.reason(why, viewer.words))
        for subject, why in viewer.node.watch.unreadable
    ]
    since, until = stood(viewer, then) if then is not None else (None, None)
    return Picture(
        cursor=cursor, at=at or viewer.now, now=viewer.now, since=since, until=until, exercise=viewer.node.exercise,
        operations=tuple(view for place in viewer.places() for view in _operations(viewer, place, then)),
        areas=tuple(areas(viewer, then)),
        sites=tuple(view for listed in lists for view in sites(viewer, listed, then)),
        lists=tuple(lists),
        movements=tuple(view for place in viewer.places() for view in movements_of(viewer, place, then=then)),
        stops=tuple(view for place in viewer.places() for view in stops(viewer, place, then)),
        notices=tuple(dict.fromkeys(line for listed in lists for one in listed.released
                                    if one.to == viewer.node.party for line in one.notice)),
        sentences=viewer.sentences, limits=tuple(limits),
    )  # fmt: skip


def stood(viewer: Viewer, then: datetime) -> tuple[datetime | None, datetime | None]:
    """Return since when and until when everything stands as it stood at `then`; None where nothing bounds it."""
    last, following = [], []
    for place in viewer.places():
        before, after = around(place.fold, then)
        last += [before] if before else []
        following += [after] if after else []
        starts = place.agreement.starts
        (last if starts <= then else following).append(starts)
    return max(last, default=None), min(following, default=None)


def hold(viewer: Viewer) -> None:
    """Hold the areas and terms that stand now, so that what is read of the watch is of this moment."""
    for place in viewer.places():
        if place.agreement.standard is not None:
            drafting.standard_of(viewer.node, place.book, viewer.now)
            return


def looked_at(viewer: Viewer, lists: list[ListView]) -> None:
    """Note which lists of others are on somebody's map."""
    for view in lists:
        if not view.sealed:
            viewer.opened(view.row.subject, f"map-{view.row.issue}", f"issue {view.row.issue}, on the map")


# -- operations --------------------------------------------------------------------------------------------------------


def _operations(viewer: Viewer, place: Place, then: datetime | None) -> Iterator[OperationView]:
    past = viewer.past(place.fold, then)
    plans, of_others = plans_at(viewer, place, past), 0
    since = (then or viewer.now) - KEPT
    for row in board.operation_rows(place.fold, plans, then or viewer.now, past):
        if row.phase in operations.CLOSED and row.end < since:
            continue
        of_others += row.owner != viewer.node.party and row.released
        yield operation_view(viewer, place, row, plans.get(row.leaf))
    if of_others:
        told = f"{of_others} plans of others, on the map"
        viewer.looked.append((f"operations/{place.book.id}/{place.fold.name}", "map", told))


def plans_at(viewer: Viewer, place: Place, past: Past) -> dict[Hash, Plan]:
    """Return the plans of the latest versions, as far as they were released to us and opened."""
    found = {}
    for subject in board.said_in(place.fold, "operation/"):
        operation = operations.read(subject, past)
        if operation is not None and not viewer.sealed(place.fold, subject):
            plan = viewer.plans.of(operation.latest, subject)
            if plan is not None:
                found[operation.latest.leaf] = plan
    return found


def operation_view(viewer: Viewer, place: Place, row: board.OperationRow, plan: Plan | None) -> OperationView:
    """Return an operation as it is drawn."""
    say, code = viewer.words.say, viewer.words.code
    stands = say("stands.final" if row.final else "stands", phase=code(row.phase, "phase"),
                 standing=code(row.standing, "standing"))  # fmt: skip
    return OperationView(
        agreement=place.book.id, row=row, sealed=viewer.sealed(place.fold, row.subject),
        callsign=plan.callsign if plan else "", words=stands, drawn=forms.drawn(plan.volumes) if plan else (),
        links=forms.links_of(plan) if plan else (),
    )  # fmt: skip


# -- what is protected, and where ------------------------------------------------------------------------------------


def areas(viewer: Viewer, then: datetime | None = None) -> Iterator[AreaView]:
    """Yield the areas of the agreements in force, or in force `then`."""
    books = {place.book.id: place.book for place in viewer.places()}
    for agreement in (book.current(then or viewer.now) for book in books.values()):
        for area in agreement.areas:
            yield AreaView(
                id=area.id, agreement=agreement.id, title=area.title, area_class=str(area.area_class),
                drawn=(forms.rings(area.shape),), altitude=band(area.band),
                band=forms.band_view(area.band) if area.band else None,
                start=area.interval.start if area.interval else None,
                end=area.interval.end if area.interval else None, exempt=tuple(sorted(area.exempt)),
            )  # fmt: skip


def list_views(viewer: Viewer, place: Place, then: datetime | None = None) -> Iterator[ListView]:
    """Yield the lists of sites of a circle, or as they had been issued by `then`; the terms are those of now."""
    past = viewer.past(place.fold, then)
    for row in board.list_rows(place.fold, place.agreement, then or viewer.now, past):
        yield ListView(
            agreement=place.book.id, row=row, sealed=viewer.sealed(place.fold, row.subject),
            released=tuple(
                board.release_rows(place.fold, row.subject, viewer.node.party, viewer.now, viewer.words)
            ),
        )  # fmt: skip


def sites(viewer: Viewer, listed: ListView, then: datetime | None = None) -> Iterator[SiteView]:
    """Yield a list's sites as we were given them, or as they had been issued by `then`; none while it is sealed."""
    if listed.sealed:
        return
    subject = listed.row.subject
    place = viewer.place(listed.agreement, listed.row.circle)
    past = viewer.past(place.fold, then)
    if then is None:
        held = {name: pair for name, pair in viewer.node.watch.sites.items() if pair[0] == subject}
    else:  # of every site what the newest issue that names it says
        issues = (event for event in past.events(subject) if event.verb == "sites.notify")
        held = {site.id: (subject, site) for event in issues for site in viewer.plans.sites(event)}
    disputed = disputes.standing(subject, past)
    for row in board.site_rows(held, then or viewer.now, listed.released):
        yield _site(row, place, row.site.id in disputed, viewer.words)


def _site(row: board.SiteRow, place: Place, disputed: bool, words: Catalogue) -> SiteView:
    site, standard = row.site, place.agreement.standard
    kept = standard.sites.get(site.category, standard.site_default) if standard is not None else None
    return SiteView(
        list=row.subject, id=site.id, name=site.name, category=str(site.category), position=_where(site),
        uncertainty_m=site.uncertainty_m, buffer_m=(kept.horizontal_m if kept else 0.0) + site.uncertainty_m,
        above_m=kept.vertical_m if kept else 0.0,
        rings=tuple(forms.rings(site.footprint)) if site.footprint else (),
        protected=site.status is not SiteStatus.ENDED, expired=row.expired, withdrawn=row.withdrawn,
        disputed=disputed, district=site.district, country=site.country, expires_at=site.expires_at,
        note=retelling.copied(site.note, words),
    )  # fmt: skip


def _where(site: Site) -> tuple[float, float] | None:
    return forms.point(site.position) if site.position else None


def movements_of(viewer: Viewer, place: Place, only: str = "", then: datetime | None = None) -> Iterator[MovementView]:
    """Yield the movements of a circle, or one of them; or as they had been notified by `then`."""
    convoys = {c.subject: c for c in viewer.node.watch.convoys.values()
               if (c.agreement, c.circle) == (place.book.id, place.fold.name)}  # fmt: skip
    past, now = viewer.past(place.fold, then), then or viewer.now
    for subject in board.said_in(place.fold, "movement/"):
        movement = movements.read(subject, past) if only in ("", subject) else None
        if movement is not None:
            convoy = convoys.get(subject)
            sealed = viewer.sealed(place.fold, subject)
            journey = None
            if not sealed:
                journey = (
                    convoy.journey if convoy and then is None else viewer.plans.journey(movement) if then else None
                )
            if journey is not None:
                viewer.opened(
                    subject, movement.latest.number, f"journey of version {movement.latest.number}, on the map"
                )
            yield MovementView(
                agreement=place.book.id, sealed=sealed,
                row=movement_row(place.fold, place.agreement, movement, journey, now, past),
                drawn=forms.drawn(_way(movement, journey, now)) if journey is not None else (),
            )  # fmt: skip


def _way(movement: Movement, journey: Journey, now: datetime) -> tuple[Volume, ...]:
    told = movement.held_up
    way = protected(journey, now=now, held_up_at=told.when if told else None, until=told.until if told else None)
    return tuple(way.volumes)


# -- the line ----------------------------------------------------------------------------------------------------------


def stops(viewer: Viewer, place: Place, then: datetime | None = None) -> Iterator[StopView]:
    """Yield a circle's STOPs, those whose frames came ahead of their entries first."""
    rows = board.stop_rows(place.fold, place.agreement, viewer.past(place.fold, then))
    known = set(place.fold.subjects("stop/"))
    for statement, at in carry.alerts(viewer.node) if then is None else ():
        here = (statement.agreement in place.book.ledger.agreements, statement.circle) == (True, place.fold.name)
        if here and statement.subject not in known:
            body = statement.body
            row = StopRow(
                subject=statement.subject, leaf=Hash(""), by=operations.owner_of(statement.subject),
                reason=body["reason"], operation=body.get("operation", ""), note=body.get("note", ""),
                at=datetime.fromisoformat(at) if at else viewer.now, acknowledged=(), waiting=(), lifted_at=None,
            )  # fmt: skip
            yield StopView(agreement=place.book.id, circle=place.fold.name, row=row, ahead=True)
    for row in rows:
        yield StopView(agreement=place.book.id, circle=place.fold.name, row=row, ahead=False)


# -- findings ----------------------------------------------------------------------------------------------------------


def flights(viewer: Viewer) -> list[Flight]:
    """Return every version that can be screened and that this officer may see."""
    return [
        flight
        for _, flight in sorted(viewer.node.watch.flights.items())
        if flight.plan is not None and flight.agreement in viewer.seat.offices
    ]


def screened(viewer: Viewer, flight: Flight) -> tuple[Finding, ...]:
    """Return what our node finds for a version now."""
    assert flight.plan is not None, "only what is held is screened"
    book = viewer.node.books[flight.agreement]
    found = drafting.screen(viewer.node, book, flight.plan, flight.subject, flight.owner, viewer.now)
    return found.findings


def findings(viewer: Viewer, cursor: str, found: list[Finding]) -> Findings:
    """Return findings, each pair once, as this officer may see them."""
    views: list[FindingView] = []
    pairs = set()
    for finding in found:
        pair = (finding.against, frozenset((finding.plan, finding.other)))
        if pair not in pairs:
            pairs.add(pair)
            views.append(viewer.finding(finding, viewer.node.party))
    unscreened = sum(
        viewer.node.watch.undisclosed(SubjectId(""), f"{p.book.id}/{p.fold.name}") for p in viewer.places()
    )
    return Findings(cursor=cursor, findings=tuple(views), unscreened=unscreened, sentences=viewer.sentences)
