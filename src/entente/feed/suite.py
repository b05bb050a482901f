"""Signature suites: how a person's statement is signed, and checked.

`E1` needs both an Ed25519 and an ML-DSA-65 signature (FIPS 204) over the same bytes: DSSE's pre-authentication
encoding, so that bytes of one kind can never be read as another (SIGN-1…SIGN-4). The suite is named inside the
signed bytes; a verifier never lets the message choose a weaker one.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PublicKey

from entente.errors import Malformed, Untrusted
from entente.ids import Hash
from entente.tlog.curve import require_sound

SUITE = "E1"
CONTEXT = b"entente/v1"
STATEMENT = "application/vnd.entente.statement+json"
ED25519_BYTES, MLDSA65_BYTES = 32, 1952


def pae(kind: str, body: bytes) -> bytes:
    """DSSE v1 pre-authentication encoding of `body` as `kind`.

    >>> pae("t", b"ab")
    b'DSSEv1 1 t 2 ab'
    """
    return b"DSSEv1 %d %s %d %s" % (len(kind.encode()), kind.encode(), len(body), body)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """An E1 public key: both halves, or it is none."""

    ed25519: bytes
    mldsa65: bytes

    def __post_init__(self) -> None:
        if len(self.ed25519) != ED25519_BYTES or len(self.mldsa65) != MLDSA65_BYTES:
            raise Malformed("key.size", "an E1 public key is 32 bytes of Ed25519 and 1952 bytes of ML-DSA-65")
        require_sound(self.ed25519)

    @property
    def fingerprint(self) -> Hash:
        """SHA-256 over suite and both halves: how a key is named wherever it is pinned."""
        return Hash(sha256(b"entente/key/E1\0" + self.ed25519 + self.mldsa65).hexdigest())

    def plain(self) -> dict[str, str]:
        """Return the key as text, for acts and cards."""
        return {"suite": SUITE, "ed25519": b64(self.ed25519), "mldsa65": b64(self.mldsa65)}


def public_key(plain: object) -> PublicKey:
    """Read a key as `PublicKey.plain` spells it.

    Raises:
        Malformed: `key.spelling`, `key.suite`, `key.size`, `tlog.key`.
    """
    if not isinstance(plain, dict) or set(plain) != {"suite", "ed25519", "mldsa65"}:
        raise Malformed("key.spelling", "a public key has exactly suite, ed25519 and mldsa65")
    if plain["suite"] != SUITE:
        raise Malformed("key.suite", f"suite {plain['suite']!r} is not known here; this version knows {SUITE}")
    return PublicKey(ed25519=unb64(plain["ed25519"]), mldsa65=unb64(plain["mldsa65"]))


def verify(key: PublicKey, kind: str, body: bytes, signature: object) -> None:
    """Return when both halves of `signature` are `key`'s over `body`.

    Raises:
        Untrusted: `signature.invalid`. A missing or extra half is as bad as a wrong one.
    """
    if not isinstance(signature, dict) or set(signature) != {"ed25519", "mldsa65"}:
        raise Untrusted("signature.invalid", "the signature must have exactly the halves ed25519 and mldsa65")
    message = pae(kind, body)
    try:
        Ed25519PublicKey.from_public_bytes(key.ed25519).verify(unb64(signature["ed25519"]), message)
        MLDSA65PublicKey.from_public_bytes(key.mldsa65).verify(unb64(signature["mldsa65"]), message, CONTEXT)
    except (InvalidSignature, Malformed, ValueError):
        raise Untrusted("signature.invalid", "the signature does not belong to these bytes and this key") from None


def verify_fast(key: PublicKey, kind: str, body: bytes, ed25519: str) -> None:
    """Check the Ed25519 half alone: for the STOP frame, which must fit 2 kB and is confirmed by its act (SIGN-6).

    Raises:
        Untrusted: `signature.invalid`.
    """
    try:
        Ed25519PublicKey.from_public_bytes(key.ed25519).verify(unb64(ed25519), pae(kind, body))
    except (InvalidSignature, Malformed, ValueError):
        raise Untrusted("signature.invalid", "the signature does not belong to these bytes and this key") from None


def b64(data: bytes) -> str:
    """Spell bytes in padded standard base64."""
    return base64.b64encode(data).decode()


def unb64(text: object) -> bytes:
    """Read padded standard base64 in its one spelling.

    Raises:
        Malformed: `base64.spelling`.
    """
    if isinstance(text, str):
        try:
            data = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            data = None
        if data is not None and b64(data) == text:
            return data
    raise Malformed("base64.spelling", "text is not standard base64 in its one spelling")
