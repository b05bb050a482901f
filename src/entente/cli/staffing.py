"""Telling an agreement who our staff are: the roster said with the party's root key, and nothing said twice."""

from __future__ import annotations

from pathlib import Path

from entente.cli import roster
from entente.cli.desk import Desk
from entente.cli.roster import Listed
from entente.ids import OfficerId
from entente.joint import staff
from entente.joint.act import ALL, moment, spell
from entente.joint.rules import Past
from entente.node import command, custody, rotation
from entente.node.book import Book


def introduced(desk: Desk) -> bool:
    """Whether our keys are certified under the desk's agreement."""
    party = desk.node.party
    return bool(staff.certified(desk.book.fold(ALL).now(), party))


def introduce(desk: Desk) -> None:
    """Certify our keys under the desk's agreement, and enrol and appoint the roster, as far as that was not done."""
    book = desk.book
    if not introduced(desk):
        card = book.cards[desk.node.party]
        if card["v"] == 1:
            desk.say_as_root(command.certify(book.id, card))
        else:  # it carries its root's signatures itself
            desk.told(rotation.certify(desk.node, book, card, desk.node.keys))
    for officer in roster.read(desk.home.path):
        tell(desk, book, officer)


def tell(desk: Desk, book: Book, officer: Listed) -> None:
    """Enrol an officer and appoint to each office on the roster, as far as the agreement does not know it."""
    party = desk.node.party
    name = OfficerId(f"{party}/{officer.label}")
    public = custody.public_half(key_path(desk, officer))[1]
    past = book.fold(ALL).now()
    enrolled = staff.enrolment(past, name)
    if enrolled is None or (enrolled.fingerprint, enrolled.rank) != (public.fingerprint, officer.rank):
        desk.say_as_root(command.enrol(book.id, party, name, public, officer.rank))
    known = _terms(past, name)
    for term in officer.offices:
        if (term.office, term.start, term.until) not in known:
            until = moment(term.until) if term.until else None
            desk.say_as_root(command.appoint(book.id, party, name, term.office, moment(term.start), until))


def relieve(desk: Desk, book: Book, label: str, office: str) -> None:
    """Relieve an officer under an agreement, when it knows the appointment."""
    name = OfficerId(f"{desk.node.party}/{label}")
    if any(held == office for held, _, _ in _terms(book.fold(ALL).now(), name)):
        desk.say_as_root(command.relieve(book.id, desk.node.party, name, office))


def _terms(past: Past, name: OfficerId) -> set[tuple[str, str, str]]:
    return {(o, spell(start), spell(until) if until else "") for o, start, until in staff.terms(past, name)}


def started(desk: Desk) -> list[Book]:
    """Return the agreements whose feed of ours has begun: those that a change of the roster is told to at once."""
    desk.node.catch_up()
    return [book for book in desk.node.books.values() if book.size(book.origin)]


def key_path(desk: Desk, officer: Listed) -> Path:
    """Return where an officer's key file is."""
    own = desk.home.key_path(f"{desk.home.party}/{officer.label}")
    return Path(officer.key_file) if officer.key_file else own


def unlock_root(desk: Desk) -> None:
    """Unlock the root key before anything is said that needs it; where it is several, they are asked for one by one."""
    if len(desk.home.root().keys) == 1:
        desk.key(f"{desk.home.party}/root")
