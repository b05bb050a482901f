"""Exports at a page: one officer orders that a list leaves as a file, a second signs the same order, and then it may.

The order is a paper (`node.exporting`): its text is its bytes, told a field a line. Between the two signatures it lies
in this process with the file, for an hour; what the list's terms and the day's allowance say is asked again when the
second signs. Only those two and others who may order exports are told of it.
"""

from __future__ import annotations

import base64
import json
import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from entente import ids
from entente.errors import Refused
from entente.feed import suite
from entente.ids import SubjectId
from entente.node import exporting
from entente.node.exporting import KIND, OFFICES, Order, Signature
from entente.node.holdings import JOURNAL
from entente.report.listing import MEDIA
from entente.web import shapes
from entente.web.desk import office, papers
from entente.web.desk.shapes import ExportOrder, Exports, ExportSecond, ExportView
from entente.web.shapes import DraftView, StatementView
from entente.web.viewer import Place, Viewer

LIFE = timedelta(hours=1)
MOST = 16
"""Orders at once: each holds its file."""
PREFIX = "export-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """An order with its file, and whoever has signed it so far."""

    id: str
    agreement: str
    circle: str
    form: str
    order: Order
    data: bytes
    expires: datetime
    signed: tuple[Signature, ...] = ()


class Pendings:
    """The orders of one serving process; `_lock` guards `_held`, oldest first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[str, Pending] = {}

    def put(self, one: Pending, now: datetime) -> None:
        """Hold an order, or what became of it."""
        with self._lock:
            for old in [key for key, held in self._held.items() if held.expires <= now]:
                del self._held[old]
            self._held[one.id] = one
            while len(self._held) > MOST:
                del self._held[next(iter(self._held))]

    def of(self, name: str, now: datetime) -> Pending:
        """Return an order.

        Raises:
            Refused: `centre.draft`.
        """
        with self._lock:
            found = self._held.get(name)
        if found is None or found.expires <= now:
            raise Refused("centre.draft", "this order is no longer held: it expired, or is none; draw it up anew")
        return found

    def every(self, now: datetime) -> list[Pending]:
        """Return the orders that still run."""
        with self._lock:
            return [one for one in self._held.values() if one.expires > now]


def draft(viewer: Viewer, held: Pendings, cap: int, asked: ExportOrder | ExportSecond) -> DraftView:
    """Draw up an order for its first officer, or show it to the second: the same bytes.

    Raises:
        Refused: `centre.unknown`, `centre.draft`, `export.*`, `file.format`, `staff.passkeys`.
    """
    if isinstance(asked, ExportSecond):
        one = held.of(asked.order, viewer.now)
        by = _office(viewer, one.agreement)
        if any(signature.officer == viewer.seat.officer for signature in one.signed):
            raise Refused("export.second", "you have signed this order; another officer of ours signs it too")
        return _view(viewer, one, by)
    by = _office(viewer, asked.agreement)
    place = viewer.find("sites", asked.subject, asked.agreement, asked.circle)
    item = SubjectId(asked.subject)
    exporting.require(viewer.node, place.fold, item, 0, cap)  # before anything is written of what may not leave
    made = exporting.file_of(viewer.node, place.fold, item, asked.form, asked.reason)
    order = exporting.draw_up(viewer.node, place.fold, item, made.sites, asked.reason, made.data, cap)
    one = Pending(
        id=f"{PREFIX}{secrets.token_urlsafe(18)}", agreement=place.book.id, circle=place.fold.name, form=asked.form,
        order=order, data=made.data, expires=viewer.now + LIFE,
    )  # fmt: skip
    held.put(one, viewer.now)
    return _view(viewer, one, by)


def _office(viewer: Viewer, agreement: str) -> str:
    """Return the office in which this officer orders exports.

    Raises:
        Refused: `export.office`; kept in the party's own record.
    """
    mine = next((one for one in viewer.seat.offices.get(agreement, ()) if one in OFFICES), None)
    if mine is None:
        viewer.node.journal("refused", verb="export", subject="export", by=viewer.seat.officer, code="export.office")
        raise Refused(
            "export.office", f"{viewer.seat.officer} holds no office that orders exports: {', '.join(sorted(OFFICES))}"
        )
    return mine


def _view(viewer: Viewer, one: Pending, by: str) -> DraftView:
    key, message = office.key_of(viewer), one.order.encode()
    statement = StatementView(
        verb="export", subject=one.order.item, statement=base64.b64encode(message).decode(), kind=KIND,
        text="\n".join(papers.told(json.loads(message))), language="en", catalogue="1", findings=(), undisclosed=0,
        differences=(), released={}, holdings=(),
    )  # fmt: skip
    return DraftView(
        id=one.id, officer=viewer.seat.officer, office=by, suite=key["suite"], context=suite.CONTEXT.decode(),
        credential=key.get("credential", ""), expires=one.expires, statements=(statement,),
    )  # fmt: skip


def say(viewer: Viewer, held: Pendings, cap: int, name: str, signatures: Sequence[shapes.Signature]) -> shapes.Receipts:
    """Keep an officer's signature; with the second one the order is noted, and its file may leave.

    Until then it stands nowhere, and there is no receipt.

    Raises:
        Refused: `centre.draft`, `export.*`. Untrusted: `signature.invalid`. Malformed: `request.signatures`.
    """
    one = held.of(name, viewer.now)
    [(_, parts)] = shapes.paired((one.order,), signatures)
    mine = Signature(officer=viewer.seat.officer, office=_office(viewer, one.agreement), signature=parts)
    place = viewer.place(one.agreement, one.circle)
    exporting.require_signed(viewer.node, place.book, one.order, mine)
    if len(one.signed) == 2 or any(signature.officer == mine.officer for signature in one.signed):
        raise Refused("export.second", "an export is ordered by two officers of ours, each with a key of their own")
    signed = (*one.signed, mine)
    seq = _confirmed(viewer, place, one, signed, cap) if len(signed) == 2 else None
    held.put(replace(one, signed=signed), viewer.now)
    if seq is None:
        return shapes.Receipts(receipts=())
    receipt = shapes.Receipt(
        origin=ids.origin(viewer.node.party, JOURNAL, 1), seq=seq, leaf="", at=viewer.now, subject=one.order.item
    )
    return shapes.Receipts(receipts=(receipt,))


def _confirmed(viewer: Viewer, place: Place, one: Pending, signed: Sequence[Signature], cap: int) -> int:
    """Note the order, when terms and the day's allowance still let it; return its place in our own record."""
    node = viewer.node
    with node.lock:
        exporting.require(node, place.fold, one.order.item, one.order.sites, cap)
        exporting.confirm(node, place.book, one.order, signed, "at the page")
        row = node.store.feed(ids.origin(node.party, JOURNAL, 1))
    return row.size - 1 if row is not None else 0


def listed(viewer: Viewer, held: Pendings, subject: str) -> Exports:
    """Return the orders about a list that somebody has signed; whoever may order no exports is told of none."""
    return Exports(
        exports=tuple(
            ExportView(
                id=one.id, subject=one.order.item, form=one.form, sites=one.order.sites, reason=one.order.reason,
                by=tuple(signature.officer for signature in one.signed), ready=len(one.signed) == 2,
                mine=any(signature.officer == viewer.seat.officer for signature in one.signed), expires=one.expires,
            )
            for one in held.every(viewer.now)
            if one.signed and one.order.item == subject and OFFICES & set(viewer.seat.offices.get(one.agreement, ()))
        )
    )  # fmt: skip


def file(viewer: Viewer, held: Pendings, name: str) -> tuple[bytes, str, str]:
    """Return the file of an order that two officers have signed, with its type and what it is called.

    Raises:
        Refused: `centre.draft`, `export.office`, `export.second`.
    """
    one = held.of(name, viewer.now)
    _office(viewer, one.agreement)
    if len(one.signed) != 2:
        raise Refused("export.second", "an export is ordered by two officers of ours, each with a key of their own")
    _, party, called = one.order.item.split("/")
    return one.data, MEDIA[one.form], f"{party}-{called}.{one.form}"
