"""Papers: what an officer signs that is no statement of an agreement, and that then stands in the party's own record.

Who is given what, what is sent to them, what leaves in a file: nobody else is told of it, and no rule of an agreement
reads it, so it needs no feed. It is signed all the same, by a key that an agreement knows as its officer's, in either
suite (PKG-5): by key file, or, where that agreement admits them, by passkey. Several are kept at once, or none. Beside
each line stands where it is, so that it is found among everything else that a party notes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Generic, TypeVar

import msgspec

from entente import canonical, ids
from entente.errors import Malformed, Refused, Untrusted
from entente.feed import person
from entente.feed.passkey import Passkey
from entente.ids import Hash
from entente.joint import authority, keys, staff
from entente.joint.act import ALL, moment
from entente.node.holdings import JOURNAL, Holdings
from entente.node.node import Node
from entente.store.promises import Txn

M = TypeVar("M", bound=msgspec.Struct)
VERB = "sites.notify"
"""Whoever may notify sites to nodes may release packages, and decide who is given them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """An officer's signature, with the key that made it: whoever has the record can check it without this program."""

    officer: str
    office: str
    key: Mapping[str, str]
    signature: Mapping[str, str]


class File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file of a package."""

    name: str
    sha256: Hash
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent(Generic[M]):
    """What was released, by its manifest, and when it was noted."""

    manifest: M
    text: bytes
    signed: Signed
    at: datetime
    seq: int
    """Where it stands in the party's own record."""


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


def listed(files: Mapping[str, bytes]) -> tuple[File, ...]:
    """Return files as a manifest names them."""
    return tuple(
        File(name=name, sha256=Hash(sha256(data).hexdigest()), bytes=len(data)) for name, data in sorted(files.items())
    )


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


# -- what was released -------------------------------------------------------------------------------------------------


def handed_out(text: bytes, signed: Signed) -> bytes:
    """Return the manifest as it goes along with the files: what was signed, by which key, and the signature."""
    plain = {"manifest": json.loads(text), "by": signed.officer, "office": signed.office}
    return canonical.encode(plain | {"key": dict(signed.key), "signature": dict(signed.signature)})


def released(node: Holdings, what: str, of: str, kind: type[M], *, last: bool = False) -> list[Sent[M]]:
    """Return what was released, in order: to or about one thing where it is named, or each one's last."""
    return [
        Sent(
            manifest=msgspec.json.decode(line["facts"]["manifest"].encode(), type=kind),
            text=line["facts"]["manifest"].encode(), signed=signer(line["facts"]), at=moment(line["at"]),
            seq=line["seq"],
        )
        for line in lines(node, what, of, last=last)
    ]  # fmt: skip


def noted(node: Node, txn: Txn, what: str, of: str, **facts: str | int) -> int:
    """Add a line about something, and where it stands: a desk notes tens of thousands in a year, of everything."""
    seq = node.note(txn, what, **facts)
    txn.set_meta(f"sent/{what}/{of}/{seq:012d}", b"1")
    return seq


def lines(node: Holdings, what: str, of: str = "", *, last: bool = False) -> list[dict[str, Any]]:
    """Return such lines in order, each with its place as `seq`: about one thing where named, or each one's last."""
    places: dict[str, list[int]] = {}
    for key in node.store.metas(f"sent/{what}/{of}/" if of else f"sent/{what}/"):
        about, _, seq = key.rpartition("/")
        places.setdefault(about, []).append(int(seq))
    wanted = sorted(seq for found in places.values() for seq in (found[-1:] if last else found))
    origin = ids.origin(node.party, JOURNAL, 1)
    parts = ((seq, node.store.part(origin, seq, 0)) for seq in wanted)
    return [{**json.loads(part.data), "seq": seq} for seq, part in parts if part is not None]
