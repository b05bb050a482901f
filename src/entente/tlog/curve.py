"""Ed25519 public keys that are none, whatever a library says (TLOG-16).

Under a point of small order a signature of zeroes verifies over a great part of all messages, so such a key is
nobody's; a point that is not in its one spelling would be one key under two names. OpenSSL, like Go and as RFC 8032
allows, takes both.

>>> require_sound(bytes([1] + [0] * 31))
Traceback (most recent call last):
entente.errors.Malformed: an Ed25519 key of small order, or not in its one spelling, is none; make a new key
"""

from __future__ import annotations

from entente.errors import Malformed

_PRIME = 2**255 - 19
# The coordinates y of the eight points whose order divides 8 (RFC 7748 §6.1 lists their like); those of order 8 are the
# roots of d·y⁴ + 2·y² = 1. An encoding's highest bit is the sign of x.
_EIGHTH = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_SMALL = frozenset({0, 1, _PRIME - 1, _EIGHTH, _PRIME - _EIGHTH})


def require_sound(public: bytes) -> None:
    """Return when `public` can be somebody's Ed25519 key; whether they are a point of the curve is not looked at.

    Raises:
        Malformed: `tlog.key`.
    """
    y = int.from_bytes(public, "little") & (2**255 - 1)
    if len(public) != 32 or y in _SMALL or y >= _PRIME:
        raise Malformed(
            "tlog.key", "an Ed25519 key of small order, or not in its one spelling, is none; make a new key"
        )
