"""Parts: an entry's payload is one act and any number of details, each salted and committed to on its own.

Whoever is given a part can check it against the leaf; whoever is not learns neither its content nor its length
(FEED-10…FEED-12). The salt makes a short or guessable part unguessable, so it is never used twice.

>>> part = Part(name="act", salt=bytes(32), data=b"{}")
>>> part.commitment.hex()[:16]
'63c7fa8028ba1c2d'
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha3_256, sha256

from entente.errors import Malformed

ACT = "act"
ACT_LIMIT = 64 * 1024
"""What acts about keys may have, which hold root documents; `joint.act` takes less of every other."""
DETAIL_LIMIT = 1024 * 1024
SALT_BYTES = 32
_DOMAIN = b"entente/part/v1\0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A named piece of an entry's payload with its salt; the first is the act."""

    name: str
    salt: bytes
    data: bytes

    def __post_init__(self) -> None:
        if len(self.salt) != SALT_BYTES:
            raise Malformed("part.salt", f"the salt of part {self.name!r} has {len(self.salt)} bytes, not {SALT_BYTES}")
        limit = ACT_LIMIT if self.name == ACT else DETAIL_LIMIT
        if len(self.data) > limit:
            raise Malformed("part.size", f"part {self.name!r} has {len(self.data)} bytes; at most {limit} are taken")

    @property
    def commitment(self) -> bytes:
        """SHA-256 over domain, name, salt and bytes, each length stated (FEED-11)."""
        name = self.name.encode()
        head = _DOMAIN + len(name).to_bytes(2, "big") + name + self.salt
        return sha256(head + len(self.data).to_bytes(8, "big") + self.data).digest()


def committed(commitments: Sequence[bytes]) -> tuple[str, str]:
    """Return `com` and `com2` of a leaf: SHA-256 and SHA3-256 over the list of part commitments (FEED-12).

    Two hashes of different construction, so that a break of one leaves the commitment standing.
    """
    listed = b"entente/parts/v1\0" + len(commitments).to_bytes(4, "big") + b"".join(commitments)
    return sha256(listed).hexdigest(), sha3_256(listed).hexdigest()
