"""A passkey without a device: what an authenticator and its browser would answer, each detail in the test's hands.

passkey = Authenticator(origin="http://north.localhost:8700")
signature = passkey.sign(suite.STATEMENT, draft.message)             # as an honest pair answers
passkey.sign(suite.STATEMENT, draft.message, flags=0x01)             # nobody was verified
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from entente import canonical
from entente.feed import passkey, sheet
from entente.feed.passkey import PRESENT, VERIFIED, Passkey
from entente.feed.suite import b64

HONEST = b'{"type":"webauthn.get","challenge":"%(challenge)s","origin":"%(origin)s","crossOrigin":false}'
"""What a browser says of a page that is its own: type, challenge, origin, and that no other page is around it."""


@dataclass(kw_only=True)
class Authenticator:
    """One credential. The secret comes from `seed`, so that vectors are the same each time."""

    origin: str
    seed: bytes = b"passkey"
    ed25519: bool = False
    count: int = 0
    _edwards: Ed25519PrivateKey = field(init=False)
    _nist: ec.EllipticCurvePrivateKey = field(init=False)

    def __post_init__(self) -> None:
        secret = sha256(self.seed).digest()
        self._edwards = Ed25519PrivateKey.from_private_bytes(secret)
        self._nist = ec.derive_private_key(int.from_bytes(secret), ec.SECP256R1())

    @property
    def public(self) -> Passkey:
        """The key, as it is enrolled."""
        if self.ed25519:
            cose = bytes.fromhex("a4010103272006215820") + self._edwards.public_key().public_bytes_raw()
        else:
            point = self._nist.public_key().public_numbers()
            x, y = (number.to_bytes(32) for number in (point.x, point.y))
            cose = bytes.fromhex("a5010203262001215820") + x + bytes.fromhex("225820") + y
        return Passkey(cose=cose, credential=sha256(b"credential" + self.seed).digest()[:16], origin=self.origin)

    def sign(
        self,
        kind: str,
        body: bytes,
        *,
        client: bytes = HONEST,
        origin: str = "",
        relying_party: str = "",
        flags: int = PRESENT | VERIFIED,
        more: bytes = b"",
    ) -> dict[str, str]:
        """Return an assertion over `body` as `kind`; whatever is named stands in place of what is honest."""
        spelt = base64.urlsafe_b64encode(passkey.challenge(kind, body)).rstrip(b"=")
        said = client % {b"challenge": spelt, b"origin": (origin or self.origin).encode()}
        self.count += 1
        party = sha256((relying_party or self.public.relying_party).encode()).digest()
        data = party + bytes([flags]) + self.count.to_bytes(4) + more
        return self.answer(data, said)

    def sign_together(self, items: Sequence[sheet.Item], **changes: Any) -> list[dict[str, str]]:
        """Return what one touch signs, each item's signature in its place; one alone has no sheet."""
        if len(items) == 1:
            return [self.sign(*items[0], **changes)]
        made = self.sign(sheet.KIND, sheet.words(items), **changes)
        return [{**made, passkey.SHEET: sheet.place(items, at)} for at in range(len(items))]

    def answer(self, data: bytes, client: bytes) -> dict[str, str]:
        """Return the assertion over these very bytes."""
        message = data + sha256(client).digest()
        if self.ed25519:
            made = self._edwards.sign(message)
        else:
            made = self._nist.sign(message, ec.ECDSA(SHA256(), deterministic_signing=True))
        return {"authenticator_data": b64(data), "client_data": b64(client), "signature": b64(made)}

    def introduce(self, owner: str) -> bytes:
        """Return the file that a page makes for whoever enrols the key."""
        body = {"v": 1, "owner": owner, "public": self.public.plain()}
        return canonical.encode({**body, "proof": self.sign(passkey.KIND, canonical.encode(body))})
