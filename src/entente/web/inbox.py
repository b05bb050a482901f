"""The inbox: what waits for somebody at this desk, what cannot wait first, then by deadline.

Nothing here ranks places, people or plans: order is by what it is (fork, broken link, STOP, the rest) and by time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Literal, get_args

from entente.ids import SubjectId
from entente.joint import authority, disputes, ladder, movements
from entente.joint.decisions import dissents
from entente.joint.ladder import ORDER as ORDER_OF
from entente.joint.ladder import Rung
from entente.node import packages
from entente.picture import board, coverage, due
from entente.picture.board import phrase
from entente.web import picturing
from entente.web.desk import climbing, office
from entente.web.linking import links
from entente.web.shapes import Inbox, Item
from entente.web.viewer import Place, Viewer

Code = Literal[
    "fork", "link", "recovery", "stop", "stop_ahead", "unreadable", "read_back", "answer", "open", "acknowledge_list",
    "acknowledge_movement", "climb", "objected", "held_up", "unacknowledged", "not_loaded", "dissent", "dispute", "due",
    "staged",
]  # fmt: skip
ORDER: dict[str, int] = {code: place for place, code in enumerate(get_args(Code))}
URGENT = frozenset({"fork", "link", "recovery", "stop", "stop_ahead", "unreadable", "read_back"})
_NEVER = datetime.max.replace(tzinfo=UTC)


def inbox(viewer: Viewer, cursor: str, waiting: Callable[[], Sequence[str]] = tuple) -> Inbox:
    """Return what waits, in the order in which it is to be looked at; what the desk itself is to do, for its officers.

    `waiting` tells which lists were read into the register and wait to be accepted.
    """
    items = [*_at_large(viewer), *(item for place in viewer.places() for item in _in(viewer, place))]
    if office.offices(viewer) or not viewer.node.books:  # a desk that is in no agreement yet is its own office
        items += [*_on_paper(viewer), *_desk(viewer, waiting())]
    items.sort(key=lambda item: (not item.urgent, ORDER[item.code] if item.urgent else 0, item.due or _NEVER,
                                 ORDER[item.code], item.subject))  # fmt: skip
    return Inbox(cursor=cursor, now=viewer.now, items=tuple(items))


def _at_large(viewer: Viewer) -> Iterator[Item]:
    """Yield what is wrong with links and the record."""
    found = links(viewer)
    for link in found.links:
        if link.up is False:
            yield _item(viewer, "link", link.agreement, "", f"link/{link.peer}", f"{link.peer}: {link.text}")
    for agreement, peers in found.waiting_for.items():
        told = f"restored: nothing can be said until {', '.join(peers)} have answered"
        yield _item(viewer, "recovery", agreement, "", f"recovery/{agreement}", told)
    lists = {
        view.row.subject: view.agreement for place in viewer.places() for view in picturing.list_views(viewer, place)
    }
    for subject, why in viewer.node.watch.unreadable:
        if subject in lists or subject.startswith("movement/"):
            told = f"a part cannot be read, and a place in it may be protected: {why}"
            yield _item(viewer, "unreadable", lists.get(subject, ""), "", subject, told)


def _on_paper(viewer: Viewer) -> Iterator[Item]:
    """Yield recipients without a node of whose newest package nothing was heard in time."""
    place = next(viewer.places(), None)
    if place is None and viewer.node.books:
        return  # who holds no office under any agreement is told nothing
    clock_s = coverage.clock_of(place.agreement) if place else packages.DUE_S
    for sent in packages.notices(viewer.node, clock_s):
        if viewer.now < sent.due:
            continue
        [row] = coverage.rows_by_hand([sent], packages.acknowledged(viewer.node, sent.recipient), viewer.now)
        if row.unacknowledged:
            told = f"nothing was heard from {sent.recipient} of package {sent.number} in time: call them"
            yield _item(viewer, "unacknowledged", place.book.id if place else "", "", sent.item, told,
                        since=sent.issued_at, due=sent.due)  # fmt: skip


def _in(viewer: Viewer, place: Place) -> Iterator[Item]:
    """Yield what waits in one circle."""
    me, past, name = viewer.node.party, place.fold.now(), place.fold.name
    where = (place.book.id, name)
    for subject in board.said_in(place.fold, "fork/"):
        yield _item(viewer, "fork", *where, subject, f"{subject.partition('/')[2]} has signed two histories; no cover "
                    "that rests on it holds")  # fmt: skip
    for stop in picturing.stops(viewer, place):
        row = stop.row
        why = phrase(row.reason) + (f": {row.note}" if row.note else "")
        if stop.ahead:
            yield _item(viewer, "stop_ahead", *where, row.subject, f"STOP by {row.by}, {why}; its entry is on its way",
                        since=row.at)  # fmt: skip
        elif row.lifted_at is None and me in row.waiting:
            yield _item(viewer, "stop", *where, row.subject, f"STOP by {row.by}, {why}", leaf=row.leaf, since=row.at,
                        says=("stop.acknowledge",))  # fmt: skip
    for operation in board.operation_rows(place.fold, picturing.plans_at(viewer, place, past), viewer.now):
        called = operation.title or operation.subject
        sealed = viewer.sealed(place.fold, operation.subject)
        if operation.phase not in ("ended", "withdrawn") and sealed:
            yield _item(viewer, "open", *where, operation.subject, f"{operation.owner} released a plan on terms",
                        since=None, says=("release.acknowledge",))  # fmt: skip
        if me in operation.waiting:
            told = f"{operation.owner} proposes {called}, version {operation.version}"
            yield _item(viewer, "answer", *where, operation.subject, told, leaf=operation.leaf, due=operation.due,
                        says=("decision.give",))  # fmt: skip
        if operation.owner == me:
            yield from _dissents(viewer, where, operation.subject, operation.dissents, called)
            if operation.standing == "objected" and operation.phase == "planned":
                told = f"{called}, version {operation.version}, was objected to"
                yield _item(viewer, "objected", *where, operation.subject, told, leaf=operation.leaf,
                            due=operation.start, says=("operation.change", "operation.withdraw"))  # fmt: skip
    yield from _lists(viewer, place)
    yield from _ladder(viewer, place)
    for subject in board.said_in(place.fold, "movement/"):
        movement = movements.read(subject, past)
        if movement is None or movement.ended:
            continue
        view = next(v for v in picturing.movements_of(viewer, place, subject))
        if movement.owner != me and me not in view.row.acknowledged:
            yield _item(viewer, "acknowledge_movement", *where, subject, f"{movement.owner} notifies "
                        f"{view.row.title or 'a movement'}, version {view.row.version}", leaf=movement.latest.leaf,
                        due=movement.latest.start, says=("movement.acknowledge",))  # fmt: skip
        if movement.held_up is not None:
            held, called = movement.held_up, view.row.title or subject
            yield _item(viewer, "held_up", *where, subject, f"{called}: {held.how} by {held.by}, says {held.party}",
                        leaf=movement.latest.leaf, since=held.when, due=held.until,
                        says=("movement.report",))  # fmt: skip
        if movement.owner == me:
            yield from _dissents(viewer, where, subject, tuple(d["party"] for d in dissents(subject, past)),
                                 view.row.title)  # fmt: skip


def _lists(viewer: Viewer, place: Place) -> Iterator[Item]:
    me, past, where = viewer.node.party, place.fold.now(), (place.book.id, place.fold.name)
    for listed in picturing.list_views(viewer, place):
        row = listed.row
        if row.notifier != me:
            if listed.sealed:
                yield _item(viewer, "open", *where, row.subject, f"{row.notifier} released {row.subject} on terms",
                            since=row.at, says=("release.acknowledge",))  # fmt: skip
            elif me in row.waiting:
                yield _item(viewer, "acknowledge_list", *where, row.subject, f"{row.notifier}'s list, "
                            f"issue {row.issue}", leaf=row.leaf, since=row.at, due=row.due,
                            says=("sites.acknowledge",))  # fmt: skip
            continue
        if row.overdue:
            yield _item(viewer, "unacknowledged", *where, row.subject, f"nobody at {', '.join(row.overdue)} has said "
                        f"anything of issue {row.issue} in time: call them", leaf=row.leaf, since=row.at,
                        due=row.due)  # fmt: skip
        yield from _dissents(viewer, where, row.subject, row.dissents, row.subject)
        for dispute in disputes.disputes(row.subject, past):
            if dispute.ended_at is None:
                yield _item(viewer, "dispute", *where, row.subject, f"{dispute.party} disputes {dispute.site}: "
                            f"{phrase(dispute.reason)}", leaf=dispute.leaf, since=dispute.at,
                            says=("sites.notify",))  # fmt: skip
        held = [pair for pair in viewer.node.watch.sites.values() if pair[0] == row.subject]
        if wanting := due.rows(held, viewer.now):
            told = f"{len(wanting)} sites to confirm, correct or end; the first: {wanting[0].name}, {wanting[0].why}"
            yield _item(viewer, "due", *where, row.subject, told, since=wanting[0].since, says=("sites.notify",))


def _ladder(viewer: Viewer, place: Place) -> Iterator[Item]:
    """Yield what is to be climbed: of another's notices by us, of ours by those who have not loaded them in time."""
    where, me = (place.book.id, place.fold.name), viewer.node.party
    for row in climbing.rows_in(viewer, place):
        sent = row.notice
        item, leaf = SubjectId(sent.item), climbing.latest(place, SubjectId(sent.item))
        newest = sent.number == len(ladder.notices(item, place.fold.now()))
        if not newest or (row.rung is Rung.LOADED and not row.differing):
            continue
        called, reached = f"{sent.item}, no. {sent.number}", phrase(row.rung) if row.rung else "nothing said"
        if item.split("/")[1] != me:
            if row.rung is not None and ORDER_OF.index(row.rung) >= ORDER_OF.index(Rung.OPENED):
                yield _item(viewer, "climb", *where, item, f"{called}: {reached} here, loaded by no unit", leaf=leaf,
                            since=sent.issued_at, due=sent.due,
                            says=("ladder.read_back", "ladder.relay", "ladder.load"))  # fmt: skip
        elif row.differing:
            told = f"{sent.recipient} read {called} back, and {row.differing} of its places differ"
            yield _item(viewer, "read_back", *where, item, told, leaf=leaf, since=row.steps[-1].at,
                        says=("sites.notify",))  # fmt: skip
        elif row.overdue and (not row.unacknowledged or item.startswith("movement/")):
            yield _item(viewer, "not_loaded", *where, item, f"{called}: {sent.recipient} has not loaded it, {reached}",
                        leaf=leaf, since=sent.issued_at, due=sent.due, says=("sites.notify",))  # fmt: skip


def _desk(viewer: Viewer, waiting: Sequence[str]) -> Iterator[Item]:
    """Yield what waits of the desk's own: lists that were read, and packages whose time has run."""
    agreement = next(iter(viewer.seat.offices), "")
    for name in waiting:
        yield _item(viewer, "staged", agreement, "", f"list/{name}", f"{name} was read, and waits to be accepted",
                    says=("sites.notify",))  # fmt: skip
    for row in climbing.without_node(viewer):
        if row.overdue and not (row.unacknowledged and row.notice.item.startswith("package/")):
            sent, reached = row.notice, phrase(row.rung) if row.rung else "nothing heard"
            yield _item(viewer, "not_loaded", agreement, "", sent.item, f"{sent.item}, no. {sent.number}: "
                        f"{sent.recipient} has not loaded it, {reached}", since=sent.issued_at, due=sent.due,
                        says=("sites.notify",))  # fmt: skip


def _dissents(
    viewer: Viewer, where: tuple[str, str], subject: SubjectId, parties: tuple[str, ...], called: str
) -> Iterator[Item]:
    for party in sorted(set(parties)):
        yield _item(viewer, "dissent", *where, subject, f"{party} dissents from {called or subject}")


def _item(
    viewer: Viewer, code: Code, agreement: str, circle: str, subject: str, text: str, *, leaf: str = "",
    since: datetime | None = None, due: datetime | None = None, says: tuple[str, ...] = (),
) -> Item:  # fmt: skip
    held = viewer.seat.offices.get(agreement, ())
    replaced = next((p.agreement.authority for p in viewer.places() if p.book.id == agreement), {})
    mine = any(office in authority.offices(verb, replaced) for verb in says for office in held)
    return Item(
        code=code, urgent=code in URGENT, agreement=agreement, circle=circle, subject=subject, leaf=leaf, text=text,
        since=since, due=due, overdue=due is not None and viewer.now >= due, says=says, mine=mine,
    )  # fmt: skip
