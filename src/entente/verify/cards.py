"""Cards: which keys a party's root certified for its node (DISC-8).

Whether the root that signed one is the right one is for the agreement to say, and for root documents that follow the
one which it pins.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from entente import canonical
from entente.errors import Malformed
from entente.feed import suite
from entente.feed.card import KIND, LIMIT, log_keys, own_root, require
from entente.feed.root import Root
from entente.feed.succession import Keys
from entente.feed.suite import unb64
from entente.ids import PartyId
from entente.tlog.note import Kind, NoteKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a party's root signed: who it is, and its node's keys by role, in base64."""

    party: PartyId
    title: str
    root: Root
    keys: Mapping[str, str]
    number: int = 0
    url: str = ""

    def log_keys(self, origin: str) -> Keys:
        """Return the two keys that must both sign a head of the party's feed (TLOG-12)."""
        return log_keys(origin, self.keys)

    def cosigner_key(self) -> NoteKey | None:
        """Return the key with which the party cosigns heads of others' feeds; None in a card that names none."""
        if "cosigner" not in self.keys:
            return None
        public = unb64(self.keys["cosigner"])
        return NoteKey(name=f"{self.party}/cosigner", kind=Kind.COSIGNATURE_ED25519, public=public)


def read(data: bytes) -> Card:
    """Return a card that its own root signed; whether that root is the right one, the agreement says.

    Of the first form, which one key signs, fields that are not known are covered by the signature and passed over.

    Raises:
        Malformed: `card.file`.
        Untrusted: `signature.invalid`, `root.threshold`.
    """
    try:
        plain = canonical.decode(data, LIMIT)
        body = {key: value for key, value in plain.items() if key != "signature"}
        root, number = own_root(plain), plain["number"] if plain["v"] == 2 else 0
        card = Card(
            party=PartyId(plain["party"]), title=plain["name"], root=root, keys=plain["keys"], number=number,
            url=plain["url"],
        )  # fmt: skip
        if plain["v"] not in (1, 2) or any(type(t) is not str for t in (card.party, card.title, *card.keys.values())):
            raise TypeError
        card.log_keys("x/y/1")
        card.cosigner_key()
        signature = plain["signature"]
    except (Malformed, KeyError, TypeError, AttributeError):
        raise Malformed("card.file", "a card in it is none that this program knows") from None
    if plain["v"] == 2:
        require(plain, root)
    elif root.implied:
        suite.verify(root.keys[0], KIND, canonical.encode(body), signature)
    else:
        raise Malformed("card.file", "a card of the first form is signed by one key alone")
    return card
