"""Sealed parts: what travels is ciphertext, and a grant says which salts open which (FEED-14…FEED-17).

A part's key follows from its salt, which nobody has but those to whom the part was given: so the record keeps no key
of its own, and whoever holds an opened part can seal it again, byte for byte, for the next recipient. The salt is
never used twice, hence neither is the key, and the nonce may stand still.

AES-GCM does not commit to its key: what was opened counts only when it opens the leaf's commitment.

>>> opened(sealed(Part(name="note", salt=bytes(32), data=b"Water at the bridge")), "note", bytes(32)).data
b'Water at the bridge'
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from entente import canonical
from entente.errors import Malformed, Untrusted
from entente.feed.part import SALT_BYTES, Part

HASH_BYTES = 32
_INFO = b"entente/part-key/v1"
_NONCE = bytes(12)


def key_of(salt: bytes) -> bytes:
    """Return the AES-256 key of the part with this salt (FEED-14)."""
    return HKDF(SHA256(), 32, None, _INFO).derive(salt)


def sealed(part: Part) -> bytes:
    """Return a part's ciphertext, the same each time; its length tells the content's to an eighth (FEED-15)."""
    return AESGCM(key_of(part.salt)).encrypt(_NONCE, _padded(part.data), _INFO)


def opened(ciphertext: bytes, name: str, salt: bytes) -> Part:
    """Return the part that a salt opens.

    Raises:
        Untrusted: `part.sealed`, when it does not.
        Malformed: `part.salt`, `part.size`.
    """
    if len(salt) != SALT_BYTES:
        raise Malformed("part.salt", f"the salt of part {name!r} has {len(salt)} bytes, not {SALT_BYTES}")
    try:
        padded = AESGCM(key_of(salt)).decrypt(_NONCE, ciphertext, _INFO)
    except (InvalidTag, ValueError):
        raise Untrusted("part.sealed", f"the salt that was granted does not open part {name!r}") from None
    data, mark, rest = padded.rpartition(b"\x80")
    if not mark or any(rest) or len(padded) != _room(len(data) + 1):
        raise Untrusted("part.sealed", f"what was sealed as part {name!r} is not padded as a part is")
    return Part(name=name, salt=salt, data=data)


def spell_grant(parts: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Spell (SHA-256 of a ciphertext, the salt that opens it) for one recipient, before it is sealed (FEED-16)."""
    return b"".join(hashed + salt for hashed, salt in parts)


def read_grant(data: bytes) -> Mapping[bytes, bytes]:
    """Read what `spell_grant` wrote: salts by the hash of the ciphertext that each opens.

    Raises:
        Malformed: `grant.size`.
    """
    step = HASH_BYTES + SALT_BYTES
    if len(data) % step:
        raise Malformed("grant.size", f"a grant has {step} bytes for each part, not {len(data)} in all")
    found = {data[at : at + HASH_BYTES]: data[at + HASH_BYTES : at + step] for at in range(0, len(data), step)}
    if len(found) * step != len(data):
        raise Malformed("grant.size", "a grant names one part twice; nothing was opened")
    return found


def info_of(agreement: str, giver: str, taker: str, nonce: str) -> bytes:
    """Return what binds a grant to the one bundle that it was made for (FEED-17)."""
    return canonical.encode({"agreement": agreement, "from": giver, "to": taker, "nonce": nonce})


def name_of(ciphertext: bytes) -> bytes:
    """Return the hash under which a grant names a ciphertext."""
    return sha256(ciphertext).digest()


def _padded(data: bytes) -> bytes:
    return data + b"\x80" + bytes(_room(len(data) + 1) - len(data) - 1)


def _room(size: int) -> int:
    """Return `size` rounded up so that few lengths are left, at most an eighth more.

    Source: Padmé, in Nikitin et al., Reducing Metadata Leakage from Encrypted Files and Communication with PURBs, 2019.
    """
    exponent = size.bit_length() - 1
    step = 1 << max(exponent - exponent.bit_length(), 0)
    return -(-size // step) * step
