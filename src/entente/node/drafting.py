"""Drafting: from a command to the exact statement that an officer is shown and signs.

A plan or a decision is screened on the way. A decision names its screening and every finding by commitment; findings
are details, granted only as far as every input they rest on was released (DESIGN, principle 5).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec

from entente import canonical
from entente.errors import Refused
from entente.feed import suite
from entente.feed.part import Part
from entente.ids import AgreementId, CircleId, Hash, OfficerId, PartyId, SubjectId
from entente.joint import act as acts
from entente.joint import decisions, operations, staff
from entente.joint.act import Signer, Statement
from entente.joint.plan import Plan
from entente.joint.screening import Against, Screening
from entente.joint.spelling import finding_to_plain, screening_to_plain
from entente.joint.state import CircleFold
from entente.node import translate
from entente.node.book import Book
from entente.node.command import Command
from entente.node.watch import PLAN, Flight, agree, read_plan
from entente.picture import wording
from entente.picture.release import may_see
from entente.store.promises import StoredPart

if TYPE_CHECKING:
    from entente.node.node import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is about to be said. `message` is what the officer signs, `text` what he is shown."""

    statement: Statement
    text: str
    parts: tuple[Part, ...]
    grants: Mapping[str, frozenset[PartyId]]
    screening: Screening | None

    @property
    def message(self) -> bytes:
        """The exact bytes to sign, as kind `feed.suite.STATEMENT`."""
        return self.statement.encode()


def draw_up(node: Node, book: Book, fold: CircleFold, command: Command, now: datetime) -> Draft:
    """Draw up a statement without a signer: details salted, and for a plan or a decision, screened."""
    parts = tuple(translate.salted(d.name, d.data) for d in command.details)
    grants = {d.name: d.to for d in command.details if d.to}
    body, screening, undisclosed = dict(command.body), None, 0
    agreement = book.current(now)
    if command.verb in ("operation.propose", "operation.change"):
        plan = read_plan(parts[0].data, f"{command.subject}@{body['version']}")
        agree(plan, msgspec.convert(body, operations.Propose))
        screening = screen(node, book, plan, command.subject, node.party, now)
        undisclosed = node.watch.undisclosed(book.id, command.circle, command.subject)
    elif command.verb == "decision.give":
        flight = flight_of(node, book, command.circle, command.subject, body["version"])
        if flight is None and body["answer"] == decisions.Answer.NO_OBJECTION:
            raise Refused(
                "decision.unseen", "the plan of this version was not released to us, so it cannot be screened"
            )
        if flight is not None:
            assert flight.plan is not None, "a flight is found by its plan"
            screening = screen(node, book, flight.plan, flight.subject, flight.owner, now)
            undisclosed = node.watch.undisclosed(book.id, command.circle, command.subject)
            more, released = _evidence(node, book.current(now).circle(command.circle).members, screening)
            parts, grants = (*parts, *more), grants | released
            body |= _named(node, more, flight, undisclosed)
    statement = Statement(
        agreement=agreement.digest, circle=command.circle, verb=command.verb, subject=command.subject, body=body,
        details=translate.listed(parts),
    )  # fmt: skip
    findings = screening.findings if screening is not None else None
    text = wording.render(statement, agreement, node.party, findings, undisclosed)
    return Draft(statement=statement, text=text, parts=parts, grants=grants, screening=screening)


def screen(node: Node, book: Book, plan: Plan, subject: SubjectId, owner: PartyId, now: datetime) -> Screening:
    """Screen a plan by its agreement's standard, against the areas of every agreement in force now."""
    for other in node.books.values():
        node.watch.set_areas(other.current(now))
    standard = book.current(now).standard
    assert standard is not None, "only a coordination agreement has operations, and it fixes a standard"
    return node.watch.screening(plan, subject, owner, standard, now)


def flight_of(node: Node, book: Book, circle: CircleId, subject: SubjectId, version: str) -> Flight | None:
    """Return a version in the picture whose plan we hold."""
    for flight in node.watch.flights_of(subject):
        if (flight.agreement, flight.circle, flight.version.leaf) == (book.id, circle, version) and flight.plan:
            return flight
    return None


def _named(node: Node, evidence: Sequence[Part], flight: Flight, undisclosed: int) -> dict[str, Any]:
    """Return the fields by which a decision names its screening, every finding, and what its signer had opened."""
    names = {part.name: part.commitment.hex() for part in evidence}
    opened = [
        commitment(part) for part in node.store.parts(flight.version.origin, flight.version.seq) if part.name == PLAN
    ]
    return {
        "screening": names["screening"],
        "findings": [digest for name, digest in names.items() if name.startswith("finding-")],
        "opened": opened,
        "undisclosed": undisclosed,
    }


def _evidence(
    node: Node, members: frozenset[PartyId], screening: Screening
) -> tuple[list[Part], dict[str, frozenset[PartyId]]]:
    """Return a screening as details: the whole, which stays here, and each finding, released as far as its inputs were.

    The whole tells how much this node holds of other circles and from third parties, so nobody is granted it.
    """
    parts = [translate.salted("screening", canonical.encode(screening_to_plain(screening)))]
    grants = {}
    for number, finding in enumerate(screening.findings, 1):
        name = f"finding-{number}"
        parts.append(translate.salted(name, canonical.encode(finding_to_plain(finding))))
        readers = (party for party in members - {node.party} if may_see(finding, party, partial(_knows, node)))
        grants[name] = frozenset(readers)
    return parts, {name: who for name, who in grants.items() if who}


def _knows(node: Node, kind: Against, name: str, reader: PartyId) -> bool:
    """Whether `reader` owns an input, or was released it by us. Areas stand in the agreement, so its parties know."""
    if kind is Against.AREA:
        book = node.books.get(AgreementId(name.split("/")[0]))
        return book is not None and reader in book.first.parties
    flight = node.watch.flights.get(name)
    if flight is None:
        return False
    return flight.owner == reader or (
        flight.owner == node.party and _granted(node, flight.version.origin, flight.version.seq, PLAN, reader)
    )


def _granted(node: Node, origin: str, seq: int, name: str, reader: PartyId) -> bool:
    indexes = node.store.granted(reader, origin, seq)
    return any(part.name == name and part.index in indexes for part in node.store.parts(origin, seq))


def signer_of(
    book: Book, fold: CircleFold, draft: Draft, officer: str, office: str, language: str, now: datetime
) -> Signer:
    """Return who signs a draft, with what that person is shown and what lies behind it."""
    root = book.first.party(book.me).root
    enrolled = staff.enrolment(fold.now(), officer)
    key = root if office == staff.Office.ROOT else enrolled.fingerprint if enrolled else Hash("")
    small = draft.statement.verb == "stop.send"  # a STOP must fit 2 kB, so it cites nothing (FEED-46)
    return Signer(
        office=office, officer=OfficerId(officer), key=key, suite=suite.SUITE,
        shown=Hash(sha256(draft.text.encode()).hexdigest()), language=language, catalogue=wording.CATALOGUE,
        seen=() if small else fold.heads(book.origin), nonce=secrets.token_hex(16),
        expires=acts.spell(now + timedelta(seconds=book.first.times.statement_s)),
    )  # fmt: skip


def commitment(part: StoredPart) -> str:
    """Return the commitment of a stored part."""
    return Part(name=part.name, salt=part.salt, data=part.data).commitment.hex()
