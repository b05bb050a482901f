"""Root documents: which keys speak for a party, and how many of them together (spec/keys.md, KEY-1…KEY-7).

A document names from one to five keys and how many of them it takes. It follows another by number and hash, and counts
when enough keys of both signed it: those that give away, and those that take over. The simplest document, one key and
no predecessor, is never written out: the key alone stands for it, in cards and in what agreements pin.

>>> key = PublicKey(ed25519=bytes.fromhex("58" + "66" * 31), mldsa65=bytes(1952))
>>> alone = of_key("north", key)
>>> alone.pin == key.fingerprint, alone.threshold
(True, 1)
>>> read(alone.spelt(), "north") == alone
True
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from entente import canonical
from entente.errors import EntenteError, Malformed, Untrusted
from entente.feed import suite
from entente.feed.suite import PublicKey, b64, unb64
from entente.ids import Hash, PartyId, is_hash, name

KIND = "application/vnd.entente.root+json"
"""Media type under which a document is signed."""
SUITE = "R1"
"""How several root keys sign one thing: each in E1, listed by fingerprint (KEY-5)."""
MOST = 5
"""Keys in one document: two documents' signatures must fit one act beside them."""
LIMIT = 64 * 1024
"""Longest file with a document and its signatures [bytes]."""
_FIELDS = frozenset({"v", "party", "version", "keys", "threshold", "previous"})
_ED25519, _E1 = 64, 64 + 3309

Signatures = Mapping[str, str]
"""By a key's fingerprint: base64 of its Ed25519 signature, then its ML-DSA-65 signature."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """A root document. An instance is valid."""

    party: PartyId
    version: int
    keys: tuple[PublicKey, ...]
    threshold: int
    previous: str
    """The pin of the document before it; empty in the first."""

    def __post_init__(self) -> None:
        prints = [key.fingerprint for key in self.keys]
        halves = [half for key in self.keys for half in (key.ed25519, key.mldsa65)]
        first = self.version == 1
        if not (
            1 <= len(prints) <= MOST
            and prints == sorted(prints)
            and len(set(halves)) == len(halves)
            and 1 <= self.threshold <= len(prints)
            and 1 <= self.version <= canonical.MAX_INTEGER
            and (self.previous == "" if first else is_hash(self.previous))
        ):
            raise Malformed(
                "root.document",
                f"a root document has 1 to {MOST} different keys in order, takes no more of them than there are, and "
                "names the one before it unless it is the first",
            )
        name(self.party, "party")

    @property
    def implied(self) -> bool:
        """Whether the key alone stands for the document."""
        return (self.version, len(self.keys)) == (1, 1)

    @property
    def pin(self) -> Hash:
        """What agreements pin and people compare (KEY-2)."""
        if self.implied:
            return self.keys[0].fingerprint
        return Hash(sha256(b"entente/root/v1\0" + self.encode()).hexdigest())

    def plain(self) -> dict[str, Any]:
        """Return the document's fields, all of them."""
        return {
            "v": 1, "party": self.party, "version": self.version, "keys": [key.plain() for key in self.keys],
            "threshold": self.threshold, "previous": self.previous,
        }  # fmt: skip

    def spelt(self) -> dict[str, Any]:
        """Return how cards spell it: the key alone where that stands for the document."""
        return dict(self.keys[0].plain()) if self.implied else self.plain()

    def encode(self) -> bytes:
        """Return the bytes that keys sign as `KIND`."""
        return canonical.encode(self.plain())

    def key(self, fingerprint: str) -> PublicKey | None:
        """Return the key with this fingerprint, when it is one of the document's."""
        return next((key for key in self.keys if key.fingerprint == fingerprint), None)


def of_key(party: str, key: PublicKey) -> Root:
    """Return the document for which a key alone stands."""
    return Root(party=PartyId(party), version=1, keys=(key,), threshold=1, previous="")


def read(plain: object, party: str) -> Root:
    """Read a document as `spelt` spells it; `party` is whose it has to be.

    Raises:
        Malformed: `root.document`, `key.*`.
    """
    if isinstance(plain, dict) and "suite" in plain:
        return of_key(party, suite.public_key(plain))
    if not isinstance(plain, dict) or set(plain) != _FIELDS or plain["v"] != 1 or plain["party"] != party:
        raise Malformed("root.document", f"this is not a root document of {party}")
    kinds = [type(plain[field]) for field in ("v", "version", "threshold", "previous", "keys")]
    if kinds != [int, int, int, str, list]:
        raise Malformed("root.document", f"a field of {party}'s root document is of another type")
    found = Root(
        party=PartyId(party), version=plain["version"], keys=tuple(suite.public_key(key) for key in plain["keys"]),
        threshold=plain["threshold"], previous=plain["previous"],
    )  # fmt: skip
    if found.implied:
        # One spelling: two pins for one and the same document would let either be taken for a change.
        raise Malformed("root.document", "a first document of one key is spelt as that key alone")
    return found


def signature(halves: Mapping[str, str]) -> str:
    """Return one key's E1 signature as `Signatures` lists it."""
    return b64(unb64(halves["ed25519"]) + unb64(halves["mldsa65"]))


def halves(text: str) -> dict[str, str]:
    """Return a signature of `Signatures` as E1 spells it (SIGN-3).

    Raises:
        Malformed: `base64.spelling`, `root.signature`.
    """
    data = unb64(text)
    if len(data) != _E1:
        raise Malformed("root.signature", f"a root key's signature has {_E1} bytes, not {len(data)}")
    return {"ed25519": b64(data[:_ED25519]), "mldsa65": b64(data[_ED25519:])}


def require(
    root: Root, kind: str, body: bytes, signatures: object, *, without: Collection[str] = (), beside: Root | None = None
) -> None:
    """Return when enough keys of the document signed `body` as `kind` (KEY-5).

    Every signature listed must be one of its keys' (or of `beside`'s) and verify, so that no byte can be changed;
    keys in `without` were revoked and do not count.

    Raises:
        Untrusted: `root.threshold`, `signature.invalid`.
    """
    if not isinstance(signatures, Mapping) or not all(type(text) is str for text in signatures.values()):
        raise Untrusted("signature.invalid", "root keys' signatures are listed by fingerprint")
    counted = 0
    for fingerprint, text in signatures.items():
        key = root.key(fingerprint)
        other = beside.key(fingerprint) if beside is not None else None
        if key is None and other is None:
            raise Untrusted("signature.invalid", f"key {str(fingerprint)[:16]}… is none of the root document's")
        try:
            suite.verify(key or other, kind, body, halves(text))  # type: ignore[arg-type]
        except EntenteError:
            raise Untrusted("signature.invalid", f"the signature of root key {fingerprint[:16]}… is not its") from None
        counted += key is not None and fingerprint not in without
    if counted < root.threshold:
        raise Untrusted(
            "root.threshold",
            f"{counted} of {root.party}'s root keys signed; it takes {root.threshold}",
            counted=counted,
        )


def require_following(before: Root, root: Root, signatures: object, *, without: Collection[str] = ()) -> None:
    """Return when `root` follows `before`, and enough keys of both signed it (KEY-4).

    Raises:
        Untrusted: `root.follows`, `root.threshold`, `signature.invalid`.
    """
    if (root.party, root.version, root.previous) != (before.party, before.version + 1, before.pin):
        raise Untrusted(
            "root.follows", f"version {root.version} does not follow version {before.version} of {before.party}'s root"
        )
    if any(key.fingerprint in without for key in root.keys):
        raise Untrusted("root.follows", "it names a key that was revoked")
    require(before, KIND, root.encode(), signatures, without=without, beside=root)
    require(root, KIND, root.encode(), signatures, beside=before)


def require_first(root: Root, signatures: object) -> None:
    """Return when enough keys of a first document signed it: whoever is named in it holds the key.

    Raises:
        Untrusted: `root.follows`, `root.threshold`, `signature.invalid`.
    """
    if root.version != 1:
        raise Untrusted("root.follows", f"version {root.version} of {root.party}'s root is not its first")
    require(root, KIND, root.encode(), signatures)


def write_file(root: Root, signatures: Signatures) -> bytes:
    """Return a document with its signatures, as files and acts hold it."""
    return canonical.encode({"document": root.plain(), "signatures": dict(signatures)})


def read_file(data: bytes) -> tuple[Root, dict[str, str]]:
    """Read what `write_file` wrote; what its signatures are worth is for `require_following` to say.

    Raises:
        Malformed: `root.file`.
    """
    try:
        plain = canonical.decode(data, LIMIT)
        if set(plain) != {"document", "signatures"} or type(plain["signatures"]) is not dict:
            raise TypeError
        found = read(plain["document"], plain["document"]["party"])
        if not all(is_hash(key) and type(text) is str for key, text in plain["signatures"].items()):
            raise TypeError
    except (Malformed, KeyError, TypeError, AttributeError):
        raise Malformed("root.file", "this is not a root document with its signatures") from None
    return found, plain["signatures"]
