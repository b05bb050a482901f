"""Duties: what a node does without being told, each logged.

It reports proven forks, answers within standing decisions, acknowledges what it holds, and grants what is released from
a time that has come.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime

import msgspec

from entente import canonical
from entente.errors import EntenteError, Refused
from entente.feed import fork
from entente.ids import CircleId, PartyId
from entente.joint import decisions, incidents, operations, releases
from entente.joint.act import ALL, Statement, moment, spell
from entente.joint.rules import said
from entente.node import affected, allowance, cosigning, recovery, terms, translate
from entente.node.book import Book
from entente.node.command import Command
from entente.node.drafting import Draft, draw_up
from entente.node.node import Node, Receipt
from entente.node.watch import Flight


def tend(node: Node, *, batched: bool = False) -> list[Receipt]:
    """Do what a node owes by itself: report proven forks to all, answer within standing decisions, and acknowledge.

    New places and movements are held against our own plans at once. `batched`: as `cosigning.acknowledge`.
    """
    node.mark.flush()
    affected.look(node)
    return report_forks(node) + answer(node) + cosigning.acknowledge(node, batched=batched)


def heard(node: Node, agreement: str, peer: str) -> None:
    """Note that a peer has given all it has under an agreement; log it when the node may thereby speak again."""
    if recovery.hear(node, agreement, peer):
        book = node.book(agreement)
        node.journal("recovered", agreement=book.id, size=book.size(book.origin))


def report_forks(node: Node) -> list[Receipt]:
    """Report every proven fork that `all` has not heard of from us; what stands behind it then permits nothing."""
    receipts: list[Receipt] = []
    with node.lock:
        node.catch_up()
        for row in node.store.forks():
            book = node.book_of(row.origin)
            name = incidents.subject(row.origin)
            if (
                book is None
                or recovery.unanswered(node, book)
                or incidents.reports(name, book.fold(ALL).now(), node.party)
            ):
                continue
            proof = translate.shortest(fork.decode(row.evidence), book.log(row.origin))
            evidence = proof.encode()
            body = incidents.Fork(origin=row.origin, evidence=evidence.decode(), parting=fork.claims(evidence)[0])
            statement = Statement(
                agreement=book.current(node.clock.now()).digest, circle=ALL, verb="fork.report", subject=name,
                body=msgspec.to_builtins(body),
            )  # fmt: skip
            draft = Draft(statement=statement, text="", parts=(), grants={}, screening=None)
            receipts += node.say_all([(draft, None)])
    return receipts


def answer(node: Node, limit: int = 256) -> list[Receipt]:
    """Answer, within standing decisions, operations in which nothing is found; log each. Returns what was said."""
    receipts: list[Receipt] = []
    with node.lock:
        node.catch_up()
        for book in node.books.values():
            if recovery.unanswered(node, book):
                continue
            drafts = [d for circle in book.ledger.folds for d in _answers(node, book, circle, limit - len(receipts))]
            if drafts:
                receipts += node.say_all([(draft, None) for draft in drafts])
    for receipt in receipts:
        node.journal("answered", subject=receipt.subject, leaf=receipt.leaf)
    return receipts


def _answers(node: Node, book: Book, circle: CircleId, limit: int) -> list[Draft]:
    fold = book.fold(circle)
    name = decisions.standing_subject(node.party)
    given = said(fold.now(), name, "standing_decision.give", node.party)
    rule = decisions.standing_decision(name, fold.now(), given[-1].act.leaf) if given else None
    if rule is None:
        return []
    drafts: list[Draft] = []
    left: dict[str, int | None] = {}
    for flight in waiting(node, book, circle):
        if len(drafts) >= limit:
            break
        if not _may_look(node, book, flight, left):
            continue  # it waits for a person, or for tomorrow
        body = decisions.Decide(version=flight.version.leaf, answer=rule[1].answer, under=rule[0].act.leaf)
        command = Command(
            agreement=book.id,
            circle=circle,
            verb="decision.give",
            subject=flight.subject,
            body=msgspec.to_builtins(body),
        )
        try:
            draft = draw_up(node, book, fold, command, node.clock.now())
            node.require(book, fold, draft.statement, node.clock.now())
        except EntenteError:
            continue  # outside the limits, or something was found: it waits for an officer
        drafts.append(draft)
    return drafts


def _may_look(node: Node, book: Book, flight: Flight, left: dict[str, int | None]) -> bool:
    """Whether a rule may look at a version; `left` holds, by owner, what is left of a day's answers (JOINT-119)."""
    owner, now = flight.owner, node.clock.now()
    if owner not in left:
        left[owner] = allowance.left(node, book, owner, now)
    remaining = left[owner]
    if remaining is None:
        return True
    if remaining <= 0 or not allowance.look(node, book, owner, flight.version.leaf, now):
        return False
    left[owner] = remaining - 1
    return True


def waiting(node: Node, book: Book, circle: CircleId) -> list[Flight]:
    """Return others' operations in a circle whose latest version we have not answered, and whose plan we hold."""
    fold = book.fold(circle)
    now = fold.now()
    if node.party not in book.current(node.clock.now()).circle(circle).deciders:
        return []
    found = []
    for flight in list(node.watch.flights.values()):
        if (
            (flight.agreement, flight.circle) != (book.id, circle)
            or flight.owner == node.party
            or flight.plan is None
            or flight.subject not in fold.events
        ):
            continue
        operation = operations.read(flight.subject, now)
        if operation is None or operation.latest.leaf != flight.version.leaf:
            continue
        given = decisions.latest(operation, now, node.party)
        if given is None or given.act.statement.body["version"] != flight.version.leaf:
            found.append(flight)
    return found


# -- releases that begin later -----------------------------------------------------------------------------------------

DUE = "due/"
"""Small values that name details which are granted at a time to come: ``due/TIME/AGREEMENT/SEQ/PARTY``."""


def release_later(node: Node, book: Book, seq: int, names: Iterable[str], to: str, at: datetime) -> None:
    """Note that details of our own entry are granted to a party when their release begins; until then to nobody."""
    with node.lock, node.store.transaction() as txn:
        txn.set_meta(f"{DUE}{spell(at)}/{book.id}/{seq}/{to}", canonical.encode(sorted(names)))


RELEASED = ("chunk-", "journey")
"""Begins the names of what a list's or a movement's release lets go; what copies were drawn from stays."""


def begin_later(node: Node, receipts: Iterable[Receipt]) -> None:
    """Note, of what was just said, which details are granted when their release begins: its terms say when, and whom.

    Stopped before this, the recipient has the notice and no detail; it is released by hand then (`entente release`).
    """
    for receipt in receipts:
        book = node.book_of(receipt.origin)
        if book is None or not receipt.subject.startswith(("sites/", "movement/")):
            continue
        act = node.store.part(receipt.origin, receipt.seq, 0)
        assert act is not None, "what was said is held"
        statement = json.loads(act.data)["statement"]
        if statement["verb"] not in ("sites.notify", "movement.notify", "movement.amend"):
            continue
        fold, now = book.fold(statement["circle"]), node.clock.now()
        names = [p.name for p in node.store.parts(receipt.origin, receipt.seq) if p.name.startswith(RELEASED)]
        for party in releases.recipients(receipt.subject, fold.now()):
            release = terms.held(fold, receipt.subject, party)
            if release is not None and release.terms.start and moment(release.terms.start) > now:
                release_later(node, book, receipt.seq, names, party, moment(release.terms.start))


def release_due(node: Node) -> None:
    """Grant what has begun by now. A node does so before it answers anybody, and before it writes a bundle."""
    now = node.clock.now()
    for key, data in node.store.metas(DUE).items():
        at, agreement, seq, to = key.removeprefix(DUE).split("/")
        # A node that may not speak yet grants nothing yet: a grant is an entry.
        if moment(at) <= now and not recovery.unanswered(node, node.book(agreement)):
            with suppress(Refused):  # whoever has left the circle meanwhile gets nothing
                node.release_all(agreement, int(seq), json.loads(data), PartyId(to))
            with node.lock, node.store.transaction() as txn:
                txn.set_meta(key, None)
