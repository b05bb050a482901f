"""One thing at a time: an operation with its versions and what everyone said of it; a list, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from entente import canonical
from entente.errors import Malformed, Refused
from entente.ids import Hash, Origin, SubjectId
from entente.joint import operations
from entente.joint.act import moment
from entente.joint.operations import Operation
from entente.joint.plan import Plan
from entente.joint.rules import Event
from entente.joint.screening import Finding
from entente.joint.spelling import finding_from_plain
from entente.node.command import NOTE
from entente.node.cosigning import Reaches
from entente.picture import board, changes
from entente.picture.catalogues import Catalogue
from entente.web import forms, picturing
from entente.web.shapes import Difference, FindingView, Holding, ListDetail, OperationDetail, Remark, VersionView
from entente.web.viewer import Place, Viewer, by_time, told

PAGE = 100
"""Sites that one page of a list shows, as at the command line."""
_REMARKS = {"decision.give": "answer", "dissent.give": "dissent"}


def operation(viewer: Viewer, subject: SubjectId, agreement: str, circle: str) -> OperationDetail:
    """Return one operation. That its plan was looked at is noted, where it is another's.

    Raises:
        Refused: `centre.unknown`, `centre.ambiguous`.
    """
    place = viewer.find("operation", subject, agreement, circle)
    found = read(place, subject)
    sealed = viewer.sealed(place.fold, subject)
    plans = {v.leaf: plan for v in found.versions if not sealed and (plan := viewer.plans.of(v, subject)) is not None}
    if plan := plans.get(found.latest.leaf):
        viewer.opened(subject, found.latest.number, f"plan of version {found.latest.number}")
    rows = board.operation_rows(place.fold, plans, viewer.now)
    row = next(row for row in rows if row.subject == subject)
    picturing.hold(viewer)
    flights = [flight for flight in picturing.flights(viewer) if (flight.subject, flight.circle, flight.agreement)
               == (subject, place.fold.name, place.book.id) and flight.version.leaf == found.latest.leaf]  # fmt: skip
    own: list[Finding] = [finding for flight in flights for finding in picturing.screened(viewer, flight)]
    return OperationDetail(
        operation=picturing.operation_view(viewer, place, row, plan),
        versions=tuple(_versions(found, plans, viewer.words)),
        remarks=tuple(_remark(viewer, event) for event in by_time(place.fold.now().events(subject))
                      if event.verb in _REMARKS),
        findings=viewer.findings(own, viewer.node.party),
        holdings=holdings(viewer, place, found.latest.origin, found.latest.seq),
        released_to=readers(viewer, place, found),
        notices=tuple(viewer.notices(place.fold, subject)), sentences=viewer.sentences,
    )  # fmt: skip


def read(place: Place, subject: SubjectId) -> Operation:
    """Return an operation that was found in a circle."""
    found = operations.read(subject, place.fold.now())
    if found is None:
        raise Refused("centre.unknown", f"{subject} has not been proposed here")
    return found


def _versions(found: Operation, plans: dict[Hash, Plan], words: Catalogue) -> Iterator[VersionView]:
    before: Plan | None = None
    for version in found.versions:
        plan = plans.get(version.leaf)
        yield VersionView(
            number=version.number, leaf=version.leaf, at=version.act_at, start=moment(version.body.start),
            end=moment(version.body.end), areas=version.body.areas, proxy_for=version.body.proxy_for,
            plan=forms.form_of(plan) if plan else None,
            differences=differences(before, plan, words),
        )  # fmt: skip
        before = plan


def differences(old: Plan | None, new: Plan | None, words: Catalogue) -> tuple[Difference, ...]:
    """Return what changed between two plans; nothing where one of them is not held."""
    return told(changes.differences(old, new, words)) if old is not None and new is not None else ()


def _remark(viewer: Viewer, event: Event) -> Remark:
    act, said = event.act, event.act.statement
    parts = {part.name: part.data for part in viewer.node.store.parts(act.origin, act.seq)}
    named = [name for name, _ in said.details if name.startswith("findings-")]
    found = tuple(_findings(viewer, event, [parts[name] for name in named if name in parts]))
    return Remark(
        code="answer" if event.verb == "decision.give" else "dissent", party=act.party,
        officer=said.signer.officer if said.signer else "", office=said.signer.office if said.signer else "",
        at=act.at, version=str(said.body.get("version") or said.body.get("item", "")),
        answer=str(said.body.get("answer", "")), note=parts.get(NOTE, b"").decode(),
        findings=found, hidden=max(int(said.body.get("findings", 0)) - len(found), 0),
    )  # fmt: skip


def _findings(viewer: Viewer, event: Event, data: list[bytes]) -> Iterator[FindingView]:
    """Yield the findings that went with an answer, as far as its author released them to us."""
    for part in data:
        try:
            found = [finding_from_plain(plain, "finding") for plain in canonical.decode(part)]
        except (Malformed, TypeError):
            continue  # counted as not shown
        yield from map(partial(viewer.finding, by=event.act.party), found)


def holdings(viewer: Viewer, place: Place, origin: str, seq: int) -> tuple[Holding, ...]:
    """Return how far an entry has come with every other member of the circle."""
    vector = Reaches(viewer.node, place.book).of(Origin(origin), seq)
    members = place.agreement.circle(place.fold.name).members - {origin.split("/")[0], viewer.node.party}
    return tuple(
        Holding(party=p, sent=p in vector.sent, mirrored=p in vector.mirrored, cosigned=p in vector.cosigned)
        for p in sorted(members)
    )


def readers(viewer: Viewer, place: Place, found: Operation) -> tuple[str, ...]:
    """Return whom we released the latest version's plan to; what another released is not ours to know."""
    latest = found.latest
    if found.owner != viewer.node.party or not latest.plan:
        return ()
    others = sorted(place.book.parties() - {viewer.node.party})
    return tuple(p for p in others if latest.plan in viewer.node.store.granted(p, latest.origin, latest.seq))


def sites(viewer: Viewer, subject: SubjectId, agreement: str, circle: str, page: int) -> ListDetail:
    """Return one page of a list's sites. That they were looked at is noted, where they are another's.

    Raises:
        Refused: `centre.unknown`, `centre.ambiguous`.
    """
    place = viewer.find("sites", subject, agreement, circle)
    picturing.hold(viewer)
    listed = next(view for view in picturing.list_views(viewer, place) if view.row.subject == subject)
    every = list(picturing.sites(viewer, listed))
    pages = max(-(-len(every) // PAGE), 1)
    shown = every[(page - 1) * PAGE : page * PAGE]
    if shown:
        of = f"{(page - 1) * PAGE + 1} to {(page - 1) * PAGE + len(shown)} of {len(every)} sites"
        viewer.opened(subject, f"{listed.row.issue}-{page}", of)
    notices = tuple(viewer.notices(place.fold, subject))
    return ListDetail(
        list=listed, sites=tuple(shown), page=page, pages=pages, notices=notices, sentences=viewer.sentences
    )
