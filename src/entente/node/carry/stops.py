"""STOPs, carried as one frame before anything else and shown as soon as their own signature verifies.

A STOP waits for no feed: the frame holds the statement and its Ed25519 half, at most 2 kB, and the act follows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from entente import canonical
from entente.errors import Malformed, Refused, Untrusted
from entente.feed import suite
from entente.joint import act as acts
from entente.joint import authority, line, staff
from entente.joint.act import Statement
from entente.node.book import Book
from entente.node.node import Node
from entente.store.promises import Txn

STOP_LIMIT = 2048
"""Longest STOP frame [bytes]: one packet or two on any link."""


def stop_frame(statement: Statement, signature: Mapping[str, str]) -> dict[str, Any]:
    """Return the frame that carries a STOP before its entry: the statement and its Ed25519 half, at most 2 kB.

    Raises:
        Refused: `stop.size`.
    """
    plain = canonical.decode(statement.encode())
    frame = {"statement": plain, "ed25519": signature["ed25519"]}
    if len(canonical.encode(frame)) > STOP_LIMIT:
        raise Refused("stop.size", f"a STOP fits {STOP_LIMIT} bytes; shorten its note")
    return frame


def check_stop(book: Book, frame: Mapping[str, Any], at: datetime) -> Statement:
    """Return the statement of a STOP frame whose officer, as far as we know, may send one.

    Raises:
        Untrusted: `signature.invalid`, `stop.officer`, `stop.place`.
        Malformed: `stop.frame`.
    """
    try:
        statement = msgspec.convert(frame["statement"], Statement, strict=True)
        msgspec.convert(statement.body, line.Stop, strict=True)
    except (KeyError, msgspec.ValidationError) as error:
        raise Malformed("stop.frame", f"this is not a STOP: {error}") from None
    signer = statement.signer
    small = set(frame) == {"statement", "ed25519"} and len(canonical.encode(dict(frame))) <= STOP_LIMIT
    if statement.verb != "stop.send" or signer is None or not small:
        raise Malformed("stop.frame", "this is not a STOP")
    own = statement.subject.startswith(f"stop/{signer.officer.partition('/')[0]}/")
    if statement.agreement not in book.ledger.agreements or not own:
        raise Untrusted("stop.place", "a STOP stands under its own agreement and its own party")
    now = book.fold(statement.circle).now()
    enrolled = staff.enrolment(now, signer.officer)
    # A STOP that was long under way still counts, so its expiry is not asked for; its sender must be on duty now.
    may = signer.office in authority.offices("stop.send", book.current(at).authority)
    on_duty = may and staff.holds(now, signer.officer, signer.office, at)
    if enrolled is None or enrolled.fingerprint != signer.key or not on_duty:
        raise Untrusted("stop.officer", f"{signer.officer} is not known here as an officer who may send a STOP")
    suite.verify_fast(suite.public_key(dict(enrolled.key)), suite.STATEMENT, statement.encode(), frame["ed25519"])
    return statement


def keep(txn: Txn, frame: Mapping[str, Any], at: str) -> bool:
    """Keep a STOP frame to be shown and passed on; False when it was kept before."""
    key = f"alert/{canonical.digest(dict(frame))}"
    if txn.meta(key) is not None:
        return False
    txn.set_meta(key, canonical.encode({**frame}))
    txn.set_meta(f"alerted/{key.split('/', 1)[1]}", at.encode())
    return True


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
