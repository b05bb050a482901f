"""What is so, at the nodes that the director can see: whether something has arrived, and what an operation has come to.

Nothing here is said to anybody: the director looks into each party's own record, as only an exercise may.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from entente import canonical
from entente.exercise import noticing
from entente.exercise.seats import Seat
from entente.ids import AgreementId, CircleId, SubjectId
from entente.joint import disputes, movements, readback
from entente.joint.agreement import Agreement
from entente.joint.ladder import READ_BACK
from entente.joint.screening import Finding
from entente.joint.state import CircleFold
from entente.node.node import Receipt
from entente.picture import coverage

Seats = Mapping[str, Seat]


def delivered(receipt: Receipt, seats: Seats) -> bool:
    """Whether an entry has come to everyone whom its author may send it to, with all that was granted."""
    origin, seq = receipt.origin, receipt.seq
    author, agreement = (part for part in origin.split("/")[:2])
    giver = seats[author].node
    circle = giver.book(agreement).ledger.feeds[origin].circles[seq]
    if circle is None:
        return True
    readers = giver.book(agreement).first.circle(circle).members - {author}
    return all(
        _has(seats[party], agreement, receipt, {0, *giver.store.granted(party, origin, seq)}) for party in readers
    )


def _has(seat: Seat, agreement: str, receipt: Receipt, parts: Iterable[int]) -> bool:
    book = seat.node.book(agreement)
    held = (seat.node.store.part(receipt.origin, receipt.seq, index) is not None for index in parts)
    return book.size(receipt.origin) > receipt.seq and all(held)


def circles(seats: Seats) -> list[tuple[AgreementId, CircleId, list[Seat]]]:
    """Return every circle of every agreement, with the seats of its members."""
    found: dict[tuple[AgreementId, CircleId], list[Seat]] = {}
    for seat in seats.values():
        for book in seat.node.books.values():
            for circle in book.ledger.folds:
                found.setdefault((book.id, circle), []).append(seat)
    return [(*name, members) for name, members in sorted(found.items())]


def converged(seats: Seats) -> bool:
    """Whether the members of each circle have folded the same cut."""
    for seat in seats.values():
        seat.node.catch_up()
    return all(
        len({seat.node.book(agreement).fold(circle).cut_digest() for seat in members}) == 1
        for agreement, circle, members in circles(seats)
    )


def agreed(look: Callable[[Seat], Any], seats: Iterable[Seat]) -> Any:
    """Return what every seat sees, or who sees what when they differ."""
    seen = {seat.party: look(seat) for seat in seats}
    values = list(seen.values())
    return values[0] if all(value == values[0] for value in values) else seen


def row(seat: Seat, agreement: str, circle: str, subject: SubjectId) -> Mapping[str, Any]:
    """Return a subject's row as a seat's node has folded it; empty when it has none."""
    return dict(seat.node.book(agreement).fold(circle).rows().get(subject, {}))


def of_operation(name: str, seat: Seat, agreement: str, circle: str, subject: SubjectId) -> Any:
    """Return what an `Expect` field of an operation is at a seat."""
    found = row(seat, agreement, circle, subject)
    last = found["activations"][-1] if found.get("activations") else {}
    match name:
        case "standing" | "phase" | "final":
            return found.get(name, "")
        case "dissents":
            return len(found.get("dissents", ()))
        case "covered_by" | "threat":
            return last.get(name, "")
        case "objections":
            return [objection["how"] for objection in last.get("objections", ())]
        case "answered":
            return {party: _how(seat, agreement, circle, by["leaf"]) for party, by in found.get("by", {}).items()}
    raise AssertionError(f"{name} is nothing of an operation")


def _how(seat: Seat, agreement: str, circle: str, leaf: str) -> str:
    """Whether a person or a standing decision gave an answer."""
    fold = seat.node.book(agreement).fold(circle)
    act = next(event.act for event in fold.folded() if event.act.leaf == leaf)
    return "person" if act.statement.signer else "rule"


def told(finding: Finding) -> str:
    """Spell a finding as `Expect.findings` does."""
    return f"{finding.against}:{finding.other_title or finding.other}"


def acknowledged(name: str, seat: Seat, agreement: str, circle: str, subject: SubjectId) -> list[str]:
    """Return who acknowledged a STOP or a list, as a seat's node has folded it."""
    assert name == "acknowledged_by", f"{name} is nothing of a STOP or a list"
    found = row(seat, agreement, circle, subject).get("acknowledged", ())
    return sorted({entry if isinstance(entry, str) else entry[0] for entry in found})


OF_NOTICES = ("rungs", "stale", "late", "disputed", "reported", "differing", "differing_from_own")
"""`Expect` fields of a list or a movement, as its originator sees them."""


def of_notice(
    name: str, seats: Seats, agreement: Agreement, item: SubjectId, parties: Iterable[str], now: datetime
) -> Any:
    """Return what an `Expect` field of a notice is at its originator's node, over the copies of these recipients."""
    seat = seats[item.split("/")[1]]
    seat.node.catch_up()
    folds = {party: seat.node.book(agreement.id).fold(noticing.circle(party)) for party in parties}
    rows = {
        party: row
        for party, fold in folds.items()
        for row in coverage.rows(fold, agreement, item, now)
        if row.notice.recipient == party
    }
    match name:
        case "rungs":
            return {party: str(rows[party].rung or "") if party in rows else "" for party in folds}
        case "stale":
            return sorted(party for party, row in rows.items() if row.notice.stale)
        case "late":
            return any(row.notice.late_s for row in rows.values())
        case "disputed":
            return sum(len(disputes.standing(item, fold.now())) for fold in folds.values())
        case "reported":
            found = [movements.read(item, fold.now()) for fold in folds.values()]
            return next((str(one.reports[-1].how) for one in found if one and one.reports), "")
        case "differing" | "differing_from_own":
            entered = [(party, one) for party, fold in folds.items() for one in _read_back(seat, fold, item)]
            if name == "differing":
                return sum(one.differs for _, one in entered)
            own = {party: noticing.own_places(seat, fold, item) for party, fold in folds.items()}
            return sum(readback.held_against(one, own[party][one.place]).differs for party, one in entered)
    raise AssertionError(f"{name} is nothing of a notice")


def _read_back(seat: Seat, fold: CircleFold, item: SubjectId) -> tuple[readback.Entered, ...]:
    """Return the places of the last read-back, as its originator was given them."""
    said = [event.act for event in fold.now().events(item) if event.verb == "ladder.read_back"][-1:]
    parts = [part for act in said for part in seat.node.store.parts(act.origin, act.seq) if part.name == READ_BACK]
    return readback.entered_from_plain(canonical.decode(parts[0].data)) if parts else ()


def told_to(subject: str, parties: Iterable[str], seats: Seats) -> dict[str, int]:
    """Return the smallest uncertainty [m] with which each party holds the sites of a list; 0 when it holds none."""
    found = {}
    for party in parties:
        node = seats[party].node
        node.catch_up()
        held = [int(site.uncertainty_m) for listed, site in node.watch.sites.values() if listed == subject]
        found[party] = min(held, default=0)
    return found
