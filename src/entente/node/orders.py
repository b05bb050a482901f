"""Orders: what root keys are to sign, carried as a file to where each of them lies (spec/keys.md, KEY-30…KEY-32).

An order holds the exact bytes: a root document, a card, or a statement. Whoever holds a root key reads in words what it
says, drawn from those very bytes, and gives back a small file with that key's signatures. No key comes to the node, and
no machine with a key needs the node or a network.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import msgspec

from entente import canonical
from entente.errors import EntenteError, Malformed, Refused
from entente.feed import card as cards
from entente.feed import root as roots
from entente.feed import suite
from entente.feed.part import Part
from entente.feed.root import Root
from entente.feed.suite import b64, unb64
from entente.ids import Hash
from entente.joint.act import Statement
from entente.node.custody import SigningKey
from entente.node.drafting import Draft

LIMIT = 256 * 1024
"""Longest order read [bytes]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be signed: a root document with the card that goes with it, a card alone, or a statement."""

    party: str
    document: Root | None = None
    card: Mapping[str, Any] | None = None
    statement: Mapping[str, Any] | None = None
    parts: tuple[Part, ...] = ()

    def encode(self) -> bytes:
        """Return the file's bytes."""
        parts = [{"name": part.name, "salt": b64(part.salt), "data": b64(part.data)} for part in self.parts]
        document = self.document.plain() if self.document else None
        return canonical.encode(
            {
                "v": 1, "party": self.party, "document": document, "card": self.card, "statement": self.statement,
                "parts": parts,
            }
        )  # fmt: skip

    @property
    def digest(self) -> Hash:
        """SHA-256 of the file, by which signatures name it."""
        return Hash(sha256(self.encode()).hexdigest())

    def items(self) -> Iterator[tuple[str, str, bytes]]:
        """Yield name, media type and bytes of each thing to be signed."""
        if self.document is not None:
            yield "document", roots.KIND, self.document.encode()
        if self.card is not None:
            yield "card", cards.KIND, canonical.encode(dict(self.card))
        if self.statement is not None:
            yield "statement", suite.STATEMENT, canonical.encode(dict(self.statement))

    def words(self) -> Iterator[str]:
        """Yield what the order says, a fact a line, from the bytes that are signed and from nothing else."""
        if self.document is not None:
            new = self.document
            yield f"Root document of {new.party}, version {new.version}: {new.threshold} of {len(new.keys)} keys sign."
            yield from (f"  key {key.fingerprint}" for key in new.keys)
            yield f"  follows {new.previous or 'nothing'}"
            yield f"  fingerprint {new.pin}"
        if self.card is not None:
            yield f"Card {self.card['number']} of {self.party}, {self.card['name']}, at {self.card['url']}:"
            yield f"  root {cards.own_root(self.card).pin}"
            yield from (f"  {role} key {name}" for role, (name, _) in cards.publics(self.card["keys"]).items())
        if self.statement is not None:
            shown = next(part for part in self.parts if part.name == "shown")
            yield from shown.data.decode().split("\n")
            yield f"  to be used until {self.statement['signer']['expires']}"

    def sign(self, key: SigningKey) -> bytes:
        """Return the file with one root key's signatures over everything in the order."""
        made = {name: roots.signature(key.sign(kind, body)) for name, kind, body in self.items()}
        return canonical.encode({"v": 1, "order": self.digest, "key": key.public.fingerprint, "signatures": made})

    def draft(self) -> Draft:
        """Return the statement as a draft that a node can say."""
        assert self.statement is not None, "only an order with a statement is said"
        statement = msgspec.convert(dict(self.statement), Statement, strict=True)
        shown = next(part.data.decode() for part in self.parts if part.name == "shown")
        return Draft(statement=statement, text=shown, parts=self.parts, grants={}, screening=None)


def of_draft(party: str, draft: Draft) -> Order:
    """Return the order to sign a statement as the root."""
    return Order(party=party, statement=msgspec.to_builtins(draft.statement), parts=draft.parts)


def read(data: bytes) -> Order:
    """Read an order; what it says is for its signers to read.

    Raises:
        Malformed: `order.file`.
    """
    try:
        plain = canonical.decode(data, LIMIT)
        party = plain["party"]
        found = Order(
            party=party,
            document=roots.read(plain["document"], party) if plain["document"] is not None else None,
            card=plain["card"],
            statement=plain["statement"],
            parts=tuple(Part(name=p["name"], salt=unb64(p["salt"]), data=unb64(p["data"])) for p in plain["parts"]),
        )
        if found.card is not None and cards.body_of(found.card)["party"] != party:
            raise TypeError
        if found.statement is not None:
            _require_shown(found)
        list(found.words())
    except (EntenteError, KeyError, TypeError, ValueError, AttributeError, StopIteration, msgspec.ValidationError):
        found = None
    if found is None or found.encode() != data:
        raise Malformed("order.file", "this is not an order for root keys to sign")
    return found


def _require_shown(order: Order) -> None:
    """Raise Malformed unless the text in an order is the one that its statement names, for its party's root."""
    statement = order.draft().statement
    shown = next(part for part in order.parts if part.name == "shown")
    signer = statement.signer
    if signer is None or (signer.office, signer.officer) != ("root", f"{order.party}/root"):
        raise Malformed("order.file", "the statement is not the root's")
    listed = {(part.name, part.commitment.hex()) for part in order.parts}
    if sha256(shown.data).hexdigest() != signer.shown or set(statement.details) != listed:
        raise Malformed("order.file", "the text is not the one that is signed")


def gather(order: Order, files: Iterable[bytes]) -> dict[str, dict[str, str]]:
    """Return the signatures in files that `Order.sign` wrote: by item, then by the key's fingerprint.

    Raises:
        Malformed: `order.signatures`.
        Refused: `order.other`, when a file is for another order.
    """
    found: dict[str, dict[str, str]] = {name: {} for name, _, _ in order.items()}
    for data in files:
        try:
            plain = canonical.decode(data, LIMIT)
            named, key, made = plain["order"], str(plain["key"]), dict(plain["signatures"])
            if named != order.digest:
                raise Refused("order.other", "these are signatures under another order; sign this one")
            if set(made) != set(found) or not all(type(text) is str for text in made.values()):
                raise TypeError
        except (Malformed, KeyError, TypeError, ValueError):
            raise Malformed("order.signatures", "this file holds no signatures under an order") from None
        for name, text in made.items():
            found[name][key] = text
    return found


def completed(order: Order, before: Root, signatures: Mapping[str, Mapping[str, str]]) -> tuple[dict[str, str], Any]:
    """Return the signatures under an order's document and its signed card, when enough of the right keys signed both.

    `before` is the root in force; a first document has nothing before it but itself.

    Raises:
        Untrusted: `root.follows`, `root.threshold`, `signature.invalid`.
    """
    under: dict[str, str] = {}
    now = before
    if order.document is not None:
        now = order.document
        under = _of(signatures["document"], *([now] if now.version == 1 else [before, now]))
        if now.version == 1:
            roots.require_first(now, under)
        else:
            roots.require_following(before, now, under)
    if order.card is None:
        return under, None
    card = {**order.card, "signature": _of(signatures["card"], now)}
    cards.require(card, now)
    return under, card


def _of(signatures: Mapping[str, str], *documents: Root) -> dict[str, str]:
    """Return the signatures of keys that one of these documents names; the others are worth nothing here."""
    return {key: text for key, text in sorted(signatures.items()) if any(one.key(key) for one in documents)}


def spell_public(owner: str, public: suite.PublicKey) -> bytes:
    """Return the public half of a root key, to be handed to whoever draws up the document."""
    return json.dumps({"v": 1, "owner": owner, "public": public.plain()}, indent=1).encode()


def read_public(data: bytes, party: str) -> suite.PublicKey:
    """Read what `spell_public` wrote for a key of this party.

    Raises:
        Malformed: `root.public`.
    """
    try:
        plain = json.loads(data)
        if plain["owner"].partition("/")[0] != party:
            raise TypeError
        return suite.public_key(plain["public"])
    except (Malformed, KeyError, TypeError, ValueError, AttributeError):
        raise Malformed("root.public", f"this is not the public half of a root key of {party}") from None
