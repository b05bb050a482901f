"""The inbox: what waits for somebody at this desk, what cannot wait first, then by deadline.

Each line is a sentence of the reader's catalogue (`picture.catalogues.unsigned`), its facts as they are.
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
from entente.node import acknowledging, packages
from entente.picture import board, coverage, due
from entente.picture.catalogues import retelling
from entente.web import linking, picturing
from entente.web.desk import climbing, office
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
    items = list(_once(items))
    items.sort(key=lambda item: (not item.urgent, ORDER[item.code] if item.urgent else 0, item.due or _NEVER,
                                 ORDER[item.code], item.subject))  # fmt: skip
    return Inbox(cursor=cursor, now=viewer.now, items=tuple(items))


def _at_large(viewer: Viewer) -> Iterator[Item]:
    """Yield what is wrong with links and the record."""
    for agreement, peer, line in linking.down(viewer):
        yield _item(viewer, "link", agreement, "", f"link/{peer}", line)
    for agreement, peers in linking.links(viewer).waiting_for.items():
        told = viewer.words.say("wait.recovery", peers=viewer.words.listed(peers))
        yield _item(viewer, "recovery", agreement, "", f"recovery/{agreement}", told)
    lists = {
        view.row.subject: view.agreement for place in viewer.places() for view in picturing.list_views(viewer, place)
    }
    for subject, why in viewer.node.watch.unreadable:
        if subject in lists or subject.startswith("movement/"):
            told = viewer.words.say("wait.unreadable", why=retelling.reason(why, viewer.words))
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
        [row] = coverage.rows_by_hand([sent], acknowledging.acknowledged(viewer.node, sent.recipient), viewer.now)
        if row.unacknowledged:
            told = viewer.words.say("wait.package_silent", recipient=sent.recipient, number=sent.number)
            yield _item(viewer, "unacknowledged", place.book.id if place else "", "", sent.item, told,
                        since=sent.issued_at, due=sent.due)  # fmt: skip


def _in(viewer: Viewer, place: Place) -> Iterator[Item]:
    """Yield what waits in one circle."""
    me, past, say = viewer.node.party, place.fold.now(), viewer.words.say
    where = (place.book.id, place.fold.name)
    for subject in board.said_in(place.fold, "fork/"):
        yield _item(viewer, "fork", *where, subject, say("wait.fork", origin=subject.partition("/")[2]))
    for stop in picturing.stops(viewer, place):
        row = stop.row
        why = viewer.words.code(row.reason)
        told = {"by": row.by, "why": say("wait.noted", why=why, note=row.note) if row.note else why}
        if stop.ahead:
            yield _item(viewer, "stop_ahead", *where, row.subject, say("wait.stop_ahead", **told), since=row.at)
        elif row.lifted_at is None and me in row.waiting:
            yield _item(viewer, "stop", *where, row.subject, say("wait.stop", **told), leaf=row.leaf, since=row.at,
                        says=("stop.acknowledge",))  # fmt: skip
    for operation in board.operation_rows(place.fold, picturing.plans_at(viewer, place, past), viewer.now):
        called = operation.title or operation.subject
        sealed = viewer.sealed(place.fold, operation.subject)
        if operation.phase not in ("ended", "withdrawn") and sealed:
            yield _item(viewer, "open", *where, operation.subject, say("wait.open_plan", owner=operation.owner),
                        says=("release.acknowledge",))  # fmt: skip
        if me in operation.waiting:
            line = say("wait.answer", owner=operation.owner, called=called, version=operation.version)
            yield _item(viewer, "answer", *where, operation.subject, line, leaf=operation.leaf, due=operation.due,
                        says=("decision.give",))  # fmt: skip
        if operation.owner == me:
            yield from _dissents(viewer, where, operation.subject, operation.dissents, called)
            if operation.standing == "objected" and operation.phase == "planned":
                line = say("wait.objected", called=called, version=operation.version)
                yield _item(viewer, "objected", *where, operation.subject, line, leaf=operation.leaf,
                            due=operation.start, says=("operation.change", "operation.withdraw"))  # fmt: skip
    yield from _lists(viewer, place)
    yield from _ladder(viewer, place)
    for subject in board.said_in(place.fold, "movement/"):
        movement = movements.read(subject, past)
        if movement is None or movement.ended:
            continue
        view = next(v for v in picturing.movements_of(viewer, place, subject))
        called = view.row.title or subject
        if movement.owner != me and me not in view.row.acknowledged:
            yield _item(viewer, "acknowledge_movement", *where, subject,
                        say("wait.movement", owner=movement.owner, called=called, version=view.row.version),
                        leaf=movement.latest.leaf, due=movement.latest.start,
                        says=("movement.acknowledge",))  # fmt: skip
        if movement.held_up is not None:
            held = movement.held_up
            line = say("wait.held_up", called=called, how=viewer.words.code(held.how), by=held.by, party=held.party)
            yield _item(viewer, "held_up", *where, subject, line, leaf=movement.latest.leaf, since=held.when,
                        due=held.until, says=("movement.report",))  # fmt: skip
        if movement.owner == me:
            yield from _dissents(viewer, where, subject, tuple(d["party"] for d in dissents(subject, past)),
                                 view.row.title)  # fmt: skip


def _lists(viewer: Viewer, place: Place) -> Iterator[Item]:
    me, past, where = viewer.node.party, place.fold.now(), (place.book.id, place.fold.name)
    say, code = viewer.words.say, viewer.words.code
    for listed in picturing.list_views(viewer, place):
        row = listed.row
        if row.notifier != me:
            if listed.sealed:
                yield _item(viewer, "open", *where, row.subject,
                            say("wait.open_list", owner=row.notifier, called=row.subject), since=row.at,
                            says=("release.acknowledge",))  # fmt: skip
            elif me in row.waiting:
                yield _item(viewer, "acknowledge_list", *where, row.subject,
                            say("wait.list", owner=row.notifier, issue=row.issue), leaf=row.leaf, since=row.at,
                            due=row.due, says=("sites.acknowledge",))  # fmt: skip
            continue
        if row.overdue:
            yield _item(viewer, "unacknowledged", *where, row.subject,
                        say("wait.list_silent", parties=viewer.words.listed(row.overdue), issue=row.issue),
                        leaf=row.leaf, since=row.at, due=row.due)  # fmt: skip
        yield from _dissents(viewer, where, row.subject, row.dissents, row.subject)
        for dispute in disputes.disputes(row.subject, past):
            if dispute.ended_at is None:
                yield _item(viewer, "dispute", *where, row.subject,
                            say("wait.dispute", party=dispute.party, site=dispute.site, reason=code(dispute.reason)),
                            leaf=dispute.leaf, since=dispute.at, says=("sites.notify",))  # fmt: skip
        held = [pair for pair in viewer.node.watch.sites.values() if pair[0] == row.subject]
        if wanting := due.rows(held, viewer.now):
            first = wanting[0]
            told = say("wait.due", count=len(wanting), name=first.name, why=code(first.why, "due"))
            yield _item(viewer, "due", *where, row.subject, told, since=first.since, says=("sites.notify",))


def _once(items: Sequence[Item]) -> Iterator[Item]:
    """Yield what is due of a list once, in however many circles its copies stand: it is one list of ours."""
    told: set[tuple[str, str, str]] = set()
    for item in items:
        same = (item.agreement, item.subject, item.text)
        if item.code != "due" or same not in told:
            yield item
        told.add(same)


def _ladder(viewer: Viewer, place: Place) -> Iterator[Item]:
    """Yield what is to be climbed: of another's notices by us, of ours by those who have not loaded them in time."""
    where, me, say = (place.book.id, place.fold.name), viewer.node.party, viewer.words.say
    for row in climbing.rows_in(viewer, place):
        sent = row.notice
        item, leaf = SubjectId(sent.item), climbing.latest(place, SubjectId(sent.item))
        newest = sent.number == len(ladder.notices(item, place.fold.now()))
        if not newest or (row.rung is Rung.LOADED and not row.differing):
            continue
        called, reached = say("wait.numbered", item=sent.item, number=sent.number), _reached(viewer, row.rung, "said")
        if item.split("/")[1] != me:
            if row.rung is not None and ORDER_OF.index(row.rung) >= ORDER_OF.index(Rung.OPENED):
                yield _item(viewer, "climb", *where, item, say("wait.climb", called=called, reached=reached), leaf=leaf,
                            since=sent.issued_at, due=sent.due,
                            says=("ladder.read_back", "ladder.relay", "ladder.load"))  # fmt: skip
        elif row.differing:
            told = say("wait.read_back", recipient=sent.recipient, called=called, differing=row.differing)
            yield _item(viewer, "read_back", *where, item, told, leaf=leaf, since=row.steps[-1].at,
                        says=("sites.notify",))  # fmt: skip
        elif row.overdue and (not row.unacknowledged or item.startswith("movement/")):
            yield _item(viewer, "not_loaded", *where, item,
                        say("wait.not_loaded", called=called, recipient=sent.recipient, reached=reached), leaf=leaf,
                        since=sent.issued_at, due=sent.due, says=("sites.notify",))  # fmt: skip


def _desk(viewer: Viewer, waiting: Sequence[str]) -> Iterator[Item]:
    """Yield what waits of the desk's own: lists that were read, and packages whose time has run."""
    agreement, say = next(iter(viewer.seat.offices), ""), viewer.words.say
    for name in waiting:
        yield _item(viewer, "staged", agreement, "", f"list/{name}", say("wait.staged", name=name),
                    says=("sites.notify",))  # fmt: skip
    for row in climbing.without_node(viewer):
        if row.overdue and not (row.unacknowledged and row.notice.item.startswith("package/")):
            sent, reached = row.notice, _reached(viewer, row.rung, "heard")
            called = say("wait.numbered", item=sent.item, number=sent.number)
            line = say("wait.not_loaded", called=called, recipient=sent.recipient, reached=reached)
            yield _item(viewer, "not_loaded", agreement, "", sent.item, line, since=sent.issued_at, due=sent.due,
                        says=("sites.notify",))  # fmt: skip


def _reached(viewer: Viewer, rung: Rung | None, otherwise: Literal["said", "heard"]) -> str:
    return viewer.words.code(rung, "rung") if rung else viewer.words.say(f"wait.nothing_{otherwise}")


def _dissents(
    viewer: Viewer, where: tuple[str, str], subject: SubjectId, parties: tuple[str, ...], called: str
) -> Iterator[Item]:
    for party in sorted(set(parties)):
        yield _item(
            viewer, "dissent", *where, subject, viewer.words.say("wait.dissent", party=party, called=called or subject)
        )


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
