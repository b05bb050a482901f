"""STOPs, carried as one frame before anything else and shown as soon as their own signature verifies.

A STOP waits for no feed: the frame holds the statement and its Ed25519 half, at most 2 kB, and the act follows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

import msgspec

from entente import canonical
from entente.errors import EntenteError, Malformed, Refused, Untrusted
from entente.feed import passkey, person, suite
from entente.feed.passkey import Passkey
from entente.ids import SubjectId
from entente.joint import act as acts
from entente.joint import authority, keys, line, staff
from entente.joint.act import Statement
from entente.joint.agreement import Agreement
from entente.node.book import Book
from entente.node.node import Node
from entente.store.promises import Txn

STOP_LIMIT = 2048
"""Longest STOP frame [bytes]: one packet or two on any link."""
ASIDE = 256
"""STOP frames set aside, at most."""
UNKNOWN_YET = frozenset({"stop.agreement", "stop.officer"})
"""Why a STOP frame may not count yet through no fault of whoever passed it on."""


def stop_frame(statement: Statement, signature: Mapping[str, str]) -> dict[str, Any]:
    """Return the frame that carries a STOP before its entry, at most 2 kB: the statement and its Ed25519 half, or the
    whole of a passkey's signature (SIGN-6, SIGN-19).

    Raises:
        Refused: `stop.size`.
    """
    plain = canonical.decode(statement.encode())
    signed = {"ed25519": signature["ed25519"]} if "ed25519" in signature else {"passkey": dict(signature)}
    frame = {"statement": plain, **signed}
    if len(canonical.encode(frame)) > STOP_LIMIT:
        raise Refused("stop.size", f"a STOP fits {STOP_LIMIT} bytes; shorten its note")
    return frame


def check_stop(book: Book, frame: Mapping[str, Any], at: datetime) -> Statement:
    """Return the statement of a STOP frame whose officer, as far as we know, may send one.

    Raises:
        Untrusted: `signature.invalid`, `stop.place`; `stop.agreement` and `stop.officer`, which may become known yet.
        Malformed: `stop.frame`.
    """
    try:
        statement = msgspec.convert(frame["statement"], Statement, strict=True)
        msgspec.convert(statement.body, line.Stop, strict=True)
    except (KeyError, msgspec.ValidationError) as error:
        raise Malformed("stop.frame", f"this is not a STOP: {error}") from None
    signer = statement.signer
    small = (
        set(frame) in ({"statement", "ed25519"}, {"statement", "passkey"})
        and len(canonical.encode(dict(frame))) <= STOP_LIMIT
    )
    if statement.verb != "stop.send" or signer is None or not small:
        raise Malformed("stop.frame", "this is not a STOP")
    party = signer.officer.partition("/")[0]
    agreement = book.ledger.agreements.get(statement.agreement)
    if agreement is None:
        raise Untrusted("stop.agreement", "the text of the agreement under which a STOP stands is not held here yet")
    circle = agreement.circles.get(statement.circle)
    inside = circle is not None and party in circle.members and statement.circle in book.ledger.folds
    if not inside or not statement.subject.startswith(f"stop/{party}/"):
        raise Untrusted("stop.place", "a STOP stands in a circle of its own party and ours, under its party's name")
    now = book.fold(statement.circle).now()
    enrolled = staff.enrolment(now, signer.officer)
    # A STOP that was long under way still counts, so its expiry is not asked for; its sender must be on duty now.
    may = signer.office in authority.offices("stop.send", book.current(at).authority)
    on_duty = may and staff.holds(now, signer.officer, signer.office, at)
    taken = keys.revoked(now, party, keys.Role.OFFICER)
    if enrolled is None or enrolled.fingerprint != signer.key or signer.key in taken or not on_duty:
        raise Untrusted("stop.officer", f"{signer.officer} is not known here as an officer who may send a STOP")
    _require_signed(person.read(dict(enrolled.key)), statement.encode(), frame, agreement)
    return statement


def _require_signed(key: person.Key, message: bytes, frame: Mapping[str, Any], agreement: Agreement) -> None:
    """Raise Untrusted unless the frame's signature is that key's, in its own suite."""
    if not isinstance(key, Passkey):
        suite.verify_fast(key, suite.STATEMENT, message, frame.get("ed25519", ""))
    elif agreement.passkeys:
        passkey.verify(key, suite.STATEMENT, message, frame.get("passkey"))
    else:
        raise Untrusted("signature.invalid", "the agreement admits no passkeys, and the officer's key is one")


def keep(txn: Txn, frame: Mapping[str, Any], at: str) -> bool:
    """Keep a STOP frame to be shown and passed on; False when it was kept before."""
    key = f"alert/{canonical.digest(dict(frame))}"
    if txn.meta(key) is not None:
        return False
    txn.set_meta(key, canonical.encode({**frame}))
    txn.set_meta(f"alerted/{key.split('/', 1)[1]}", at.encode())
    return True


def set_aside(node: Node, frame: Mapping[str, Any]) -> None:
    """Hold a STOP frame whose agreement or officer is not known here yet, so that what follows it is asked for.

    A stopped process forgets these, and is sent them again.
    """
    node.aside[canonical.digest(dict(frame))] = frame
    if len(node.aside) > ASIDE:
        del node.aside[next(iter(node.aside))]


def look_again(node: Node, book: Book) -> list[SubjectId]:
    """Keep the frames set aside whose officer is known by now; return the subjects of those that are new."""
    shown = []
    for digest, frame in list(node.aside.items()):
        with suppress(EntenteError), node.store.transaction() as txn:
            statement = check_stop(book, frame, node.clock.now())
            if keep(txn, frame, acts.spell(node.clock.now())):
                shown.append(statement.subject)
            del node.aside[digest]
    return shown


def alerts(node: Node) -> list[tuple[Statement, str]]:
    """Return the STOPs received as frames, each with the time of its arrival; lifted ones are left out."""
    found = []
    for key, data in node.store.metas("alert/").items():
        statement = msgspec.convert(json.loads(data)["statement"], Statement)
        at = (node.store.meta(f"alerted/{key.split('/', 1)[1]}") or b"").decode()
        book = node.book_naming(statement.agreement)
        row = line.row(statement.subject, book.fold(statement.circle).now())
        if row is None or not row["lifted"]:
            found.append((statement, at))
    return found


def send_stop(node: Node, draft: Any, signature: Mapping[str, str]) -> Any:
    """Say a STOP: its frame is kept for everyone first, so that no judgement of the feed delays it; then its entry."""
    frame = stop_frame(draft.statement, signature)
    book = node.book_naming(draft.statement.agreement)
    check_stop(book, frame, node.clock.now())
    with node.lock, node.store.transaction() as txn:
        keep(txn, frame, acts.spell(node.clock.now()))
    return node.say(draft, signature)


def frames(node: Node, book: Book) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the STOP frames kept under an agreement, by digest."""
    for key, data in node.store.metas("alert/").items():
        frame = json.loads(data)
        if frame["statement"]["agreement"] in book.ledger.agreements:
            yield key.removeprefix("alert/"), frame
