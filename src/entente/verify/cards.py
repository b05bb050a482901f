"""Cards: which keys a party's root certified for its node (DISC-8).

Read here anew, not with the node's code, and only as far as a verifier needs: fields that are not known are covered by
the root's signature like the others, and passed over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from entente import canonical
from entente.errors import Malformed
from entente.feed import suite
from entente.feed.suite import PublicKey, unb64
from entente.ids import PartyId
from entente.tlog.note import Kind, NoteKey

CARD = "application/vnd.entente.card+json"
LIMIT = 64 * 1024
"""Longest card read [bytes]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a party's root signed: who it is, and its node's keys by role, in base64."""

    party: PartyId
    title: str
    root: PublicKey
    keys: Mapping[str, str]

    def log_keys(self, origin: str) -> tuple[NoteKey, NoteKey]:
        """Return the two keys that must both sign a head of the party's feed (TLOG-12)."""
        return (
            NoteKey(name=origin, kind=Kind.ED25519, public=unb64(self.keys["log"])),
            NoteKey(name=origin, kind=Kind.COSIGNATURE_MLDSA44, public=unb64(self.keys["log_pq"])),
        )

    def cosigner_key(self) -> NoteKey | None:
        """Return the key with which the party cosigns heads of others' feeds; None in a card that names none."""
        if "cosigner" not in self.keys:
            return None
        public = unb64(self.keys["cosigner"])
        return NoteKey(name=f"{self.party}/cosigner", kind=Kind.COSIGNATURE_ED25519, public=public)


def read(data: bytes) -> Card:
    """Return a card that its own root signed; whether that root is the right one, the agreement says.

    Raises:
        Malformed: `card.file`.
        Untrusted: `signature.invalid`.
    """
    try:
        plain = canonical.decode(data, LIMIT)
        body = {key: value for key, value in plain.items() if key != "signature"}
        signature, keys = plain["signature"], plain["keys"]
        card = Card(party=PartyId(plain["party"]), title=plain["name"], root=suite.public_key(plain["root"]), keys=keys)
        if plain["v"] != 1 or any(type(text) is not str for text in (card.party, card.title, *keys.values())):
            raise TypeError
        card.log_keys("x/y/1")
        card.cosigner_key()
    except (Malformed, KeyError, TypeError, AttributeError):
        raise Malformed("card.file", "a card in it is not a party's card of version 1") from None
    suite.verify(card.root, CARD, canonical.encode(body), signature)
    return card
