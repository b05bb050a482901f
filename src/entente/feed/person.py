"""A person's key, in whichever suite it signs: `E1`, a key file's two halves, or `W1`, a passkey.

The suite stands in the key that was enrolled and in the signed words; the signature says nothing of it (SIGN-5).
Whether an agreement admits passkeys is asked elsewhere, of the agreement (JOINT-134).
"""

from __future__ import annotations

from entente.feed import passkey, suite
from entente.feed.passkey import Passkey
from entente.feed.suite import PublicKey

Key = PublicKey | Passkey


def read(plain: object) -> Key:
    """Read an officer's key as its `plain` spells it.

    Raises:
        Malformed: `key.spelling`, `key.suite`, `key.size`, `passkey.cose`, `passkey.origin`, `tlog.key`.
    """
    if isinstance(plain, dict) and plain.get("suite") == passkey.SUITE:
        return passkey.read(plain)
    return suite.public_key(plain)


def verify(key: Key, kind: str, body: bytes, signature: object) -> None:
    """Return when `signature` is `key`'s over `body` as `kind`.

    Raises:
        Untrusted: `signature.invalid`.
    """
    if isinstance(key, Passkey):
        passkey.verify(key, kind, body, signature)
    else:
        suite.verify(key, kind, body, signature)


def suite_of(key: Key) -> str:
    """Return the suite in which a key signs, as statements name it."""
    return passkey.SUITE if isinstance(key, Passkey) else suite.SUITE
