"""Cards: the keys that a party's root certified for its node, by role (KEY-20…KEY-22).

    v 1   {v, party, name, url, root, keys, signature}             signed by one key, which is the root
    v 2   {v, party, name, url, root, keys, number, signature}     signed as the root document asks; `number` grows

Here is what they mean, not whether their owner is the right one: whose root it is, the agreement says.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PublicKey

from entente import canonical
from entente.errors import EntenteError, Malformed, Untrusted
from entente.feed import passkey, suite
from entente.feed import root as roots
from entente.feed.root import Root
from entente.feed.succession import Keys
from entente.feed.suite import unb64
from entente.ids import Hash
from entente.tlog.curve import require_sound
from entente.tlog.note import Kind, NoteKey

KIND = "application/vnd.entente.card+json"
LIMIT = 64 * 1024
"""Longest card read [bytes]."""
KEYS = frozenset({"log", "log_pq", "cosigner", "exchange", "seal", "tls"})
_FIELDS = {1: frozenset({"v", "party", "name", "url", "root", "keys"})}
_FIELDS[2] = _FIELDS[1] | {"number"}
_X25519 = 32


def number(card: Mapping[str, Any]) -> int:
    """Return a card's number; the first form has none, which counts as 0."""
    return int(card.get("number", 0))


def body_of(card: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the root signs of a card, when it has the shape of one.

    Raises:
        Malformed: `card.file`.
    """
    body = {key: value for key, value in card.items() if key != "signature"}
    fields, texts = _FIELDS.get(body.get("v", 0), frozenset()), [body.get(name) for name in ("party", "name", "url")]
    if frozenset(body) != fields or type(body["v"]) is not int or any(type(text) is not str for text in texts):
        raise Malformed("card.file", "this is not a party's card")
    if body["v"] == 2 and not (type(body["number"]) is int and 1 <= body["number"] <= canonical.MAX_INTEGER):
        raise Malformed("card.file", "a card's number is a whole number from 1")
    publics(body["keys"])
    return body


def publics(keys: Any) -> dict[str, tuple[Hash, frozenset[Hash]]]:
    """Return, by role, the name of a node's key (KEY-9) and the hashes of the public keys that it has.

    Raises:
        Malformed: `card.file`, when one is no key of its kind.
    """
    try:
        if set(keys) != KEYS:
            raise TypeError
        raw = {name: unb64(text) for name, text in keys.items()}
        for name in ("log", "cosigner", "exchange"):
            require_sound(raw[name])
        MLDSA44PublicKey.from_public_bytes(raw["log_pq"])
        seal = raw["seal"][:-_X25519], raw["seal"][-_X25519:]
        MLKEM768PublicKey.from_public_bytes(seal[0])
        if not raw["tls"].startswith(b"\x30"):  # DER; what is in it matters to whoever connects, and is read there
            raise ValueError
    except (EntenteError, TypeError, ValueError, AttributeError):
        raise Malformed("card.file", "a key in the card is none of its kind") from None
    halves = {
        "log": (raw["log"], raw["log_pq"]), "cosigner": (raw["cosigner"],), "exchange": (raw["exchange"],),
        "seal": seal, "tls": (raw["tls"],),
    }  # fmt: skip
    return {role: (name_of(role, b"".join(parts)), frozenset(map(_hashed, parts))) for role, parts in halves.items()}


def name_of(role: str, raw: bytes) -> Hash:
    """Return how a node's key is named: SHA-256 over its role and its public bytes."""
    return Hash(sha256(f"entente/key/{role}\0".encode() + raw).hexdigest())


def halves(plain: Any, party: str) -> frozenset[Hash]:
    """Return the hashes of the public keys in an officer's key or a root document; none when it is neither."""
    if isinstance(plain, dict) and plain.get("suite") == passkey.SUITE:
        try:
            return frozenset({_hashed(passkey.read(plain).raw)})
        except EntenteError:
            return frozenset()
    try:
        keys = roots.read(plain, party).keys
    except (EntenteError, KeyError, TypeError):
        return frozenset()
    return frozenset(_hashed(half) for key in keys for half in (key.ed25519, key.mldsa65))


def _hashed(raw: bytes) -> Hash:
    return Hash(sha256(raw).hexdigest())


def require(card: Mapping[str, Any], root: Root, without: Collection[str] = ()) -> dict[str, Any]:
    """Return a card's body when this root signed it.

    Raises:
        Malformed: `card.file`.
        Untrusted: `card.root`, `root.threshold`, `signature.invalid`.
    """
    body = body_of(card)
    signature = card.get("signature")
    if own_root(body).pin != root.pin:
        raise Untrusted("card.root", f"the card of {root.party} names another root")
    if body["v"] == 1:
        if not root.implied or root.keys[0].fingerprint in without:
            raise Untrusted("signature.invalid", "a card of the first form is signed by one key, which is the root")
        suite.verify(root.keys[0], KIND, canonical.encode(body), signature)
    else:
        roots.require(root, KIND, canonical.encode(body), signature, without=without)
    return body


def own_root(card: Mapping[str, Any]) -> Root:
    """Return the root document that a card names; whether it is the right one is for the agreement to say.

    Raises:
        Malformed: `card.file`.
    """
    try:
        return roots.read(card["root"], card["party"])
    except (Malformed, KeyError, TypeError):
        raise Malformed("card.file", "the card names no root that can be read") from None


def log_keys(origin: str, keys: Mapping[str, str]) -> Keys:
    """Return the two keys that sign a feed's heads, both required; their name is the feed's, as C2SP asks."""
    return (
        NoteKey(name=origin, kind=Kind.ED25519, public=unb64(keys["log"])),
        NoteKey(name=origin, kind=Kind.COSIGNATURE_MLDSA44, public=unb64(keys["log_pq"])),
    )


class KeyProofs:
    """What the rules about keys ask (`joint.rules.Checks`): signatures, pins and names of keys."""

    def pin(self, root: Any, party: str) -> str:
        """Return the pin of a root document as cards spell it; empty when it is none of this party."""
        found = _read(root, party)
        return found.pin if found is not None else ""

    def names(self, root: Any, party: str) -> frozenset[str]:
        """Return the fingerprints of a root document's keys."""
        found = _read(root, party)
        return frozenset(key.fingerprint for key in found.keys) if found is not None else frozenset()

    def halves(self, plain: Any, party: str) -> frozenset[str]:
        """Return the hashes of the public keys in an E1 key or a root document."""
        return halves(plain, party)

    def publics(self, card: Mapping[str, Any]) -> Mapping[str, tuple[str, frozenset[str]]] | None:
        """Return the name and the hashes of a card's keys by role; None when it is no card."""
        try:
            return publics(card.get("keys"))
        except Malformed:
            return None

    def card(self, root: Any, party: str, without: Collection[str], card: Mapping[str, Any]) -> bool:
        """Whether the root signed a card."""
        found = _read(root, party)
        try:
            return found is not None and require(card, found, without)["party"] == party
        except EntenteError:
            return False

    def follows(
        self, before: Any, document: Any, party: str, signatures: Mapping[str, str], without: Collection[str]
    ) -> bool:
        """Whether a root document follows another and enough keys of both signed it."""
        old, new = _read(before, party), _read(document, party)
        try:
            if old is None or new is None:
                return False
            roots.require_following(old, new, signatures, without=without)
        except EntenteError:
            return False
        return True

    def by_root(self, root: Any, party: str, without: Collection[str], key: str, act: Any) -> str | None:
        """Return what is wrong with an act that names `key` of a root document as its signer; None when nothing is.

        In suite E1 it is the only key of the document; in R1 the document itself, whose keys sign together (KEY-5).
        """
        found = _read(root, party)
        if found is None:
            return "staff.signature"
        alone = len(found.keys) == 1
        if (act.statement.signer.suite, key) != (
            (suite.SUITE, found.keys[0].fingerprint) if alone else (roots.SUITE, found.pin)
        ):
            return "staff.key"
        # An act that is only being considered has no signature yet: the node asks the rules before it asks the person.
        if act.signature is None:
            return None if act.seq < 0 else "staff.signature"
        try:
            if alone and key in without:
                raise Untrusted("root.threshold", "the only key was revoked")
            if alone:
                suite.verify(found.keys[0], suite.STATEMENT, act.statement.encode(), act.signature)
            else:
                roots.require(found, suite.STATEMENT, act.statement.encode(), act.signature, without=without)
        except EntenteError:
            return "staff.signature"
        return None


def _read(plain: Any, party: str) -> Root | None:
    try:
        return roots.read(plain, party)
    except (EntenteError, KeyError, TypeError):
        return None
