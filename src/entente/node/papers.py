"""Papers: what an officer signs that is no statement of an agreement, and that then stands in the party's own record.

Who is given what, what is sent to them, what leaves in a file: nobody else is told of it, and no rule of an agreement
reads it, so it needs no feed. It is signed all the same, by a key that an agreement knows as its officer's, in either
suite (PKG-5): by key file, or, where that agreement admits them, by passkey. Several are kept at once, or none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from entente.errors import Malformed, Refused, Untrusted
from entente.feed import person
from entente.feed.passkey import Passkey
from entente.joint import authority, keys, staff
from entente.joint.act import ALL
from entente.node.holdings import Holdings
from entente.node.node import Node
from entente.store.promises import Txn

VERB = "sites.notify"
"""Whoever may notify sites to nodes may release packages, and decide who is given them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """An officer's signature, with the key that made it: whoever has the record can check it without this program."""

    officer: str
    office: str
    key: Mapping[str, str]
    signature: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What is to be signed, as its kind; and how it is noted in a transaction, where it then has its place."""

    kind: str
    message: bytes
    called: str
    note: Callable[[Txn, Signed], int]


def keep(node: Node, signed: Sequence[tuple[Paper, Signed]]) -> list[int]:
    """Note papers that an officer has signed, all of them or none; only then is what they release handed out.

    Returns where each stands in the party's own record.

    Raises:
        Refused: `package.office`; kept in the party's own record. `package.overtaken`, and as the papers say.
        Untrusted: `signature.invalid`. Malformed: as `feed.person.read`.
    """
    for paper, by in signed:
        require_signed(node, paper.kind, paper.message, by)
    with node.lock, node.store.transaction() as txn:
        return [paper.note(txn, by) for paper, by in signed]


# -- signatures --------------------------------------------------------------------------------------------------------


def offices(node: Holdings) -> frozenset[str]:
    """Return the offices that may release packages: those that may notify sites, under any agreement kept here."""
    now = node.clock.now()
    kept = [authority.offices(VERB, book.current(now).authority) for book in node.books.values()]
    return frozenset().union(*kept) if kept else authority.offices(VERB, {})


def require_signed(node: Node, kind: str, message: bytes, signed: Signed) -> None:
    """Raise unless an officer of ours signed, who may: as an agreement knows him, or, where none is kept, as he says.

    Raises:
        Refused: `package.office`; kept in the party's own record. Untrusted: `signature.invalid`.
    """
    key = person.read(dict(signed.key))
    if not _may(node, signed, key):
        node.journal("refused", verb="package", subject=kind, by=signed.officer, code="package.office")
        allowed = ", ".join(sorted(offices(node)))
        raise Refused("package.office", f"{signed.officer} holds no office that releases packages: {allowed}")
    person.verify(key, kind, message, signed.signature)


def _may(node: Node, signed: Signed, key: person.Key) -> bool:
    if not signed.officer.startswith(f"{node.party}/") or signed.office not in offices(node):
        return False
    now, known = node.clock.now(), []
    for book in node.books.values():
        past = book.fold(ALL).now()
        enrolled = staff.enrolment(past, signed.officer)
        if enrolled is not None:
            admitted = not isinstance(key, Passkey) or book.current(now).passkeys
            counts = admitted and key.fingerprint not in keys.revoked(past, node.party, keys.Role.OFFICER)
            held = enrolled.fingerprint == key.fingerprint and staff.holds(past, signed.officer, signed.office, now)
            known.append(counts and held)
    # Where no agreement knows any officer yet, the desk's own roster is all there is; the line keeps the key. No
    # agreement has admitted passkeys then either.
    if known or isinstance(key, Passkey):
        return any(known)
    return not any(book.size(book.origin) for book in node.books.values())


def verified(text: bytes, signed: Signed, kind: str) -> bool:
    """Whether a paper's signature is that of the key which stands beside it."""
    try:
        person.verify(person.read(dict(signed.key)), kind, text, signed.signature)
    except (Malformed, Untrusted):
        return False
    return True


def spelt(signed: Signed) -> dict[str, str]:
    """Return a signature as a line of the record holds it."""
    halves = {f"signature_{half}": text for half, text in signed.signature.items()}
    return {"by": signed.officer, "office": signed.office, **{f"key_{h}": t for h, t in signed.key.items()}, **halves}


def signer(facts: Mapping[str, Any]) -> Signed:
    """Return the signature that a line of the record holds."""

    def halves(prefix: str) -> dict[str, str]:
        return {name.removeprefix(prefix): text for name, text in facts.items() if name.startswith(prefix)}

    return Signed(officer=facts["by"], office=facts["office"], key=halves("key_"), signature=halves("signature_"))
