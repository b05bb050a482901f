"""Sheets: several things that one touch of a passkey signs together, each of which is verified alone (SIGN-20…SIGN-24).

A passkey answers one challenge at a touch. So what is signed together is listed: the leaves of a tree are the very
pre-authentication encodings that would be signed singly, and the challenge is that of the tree's root with its size.
Whoever holds one of them holds the path from it to the root, and needs none of the others.

- A sheet has from 2 to `MOST` of them: what is signed singly has no sheet, so nothing has two spellings.
- The type of each stands in its leaf and the number of all in the signed words, so none can be read as something else,
  at another place, or out of another sheet.
- Of the others a path holds hashes alone. A statement has a nonce, so nobody guesses one from its hash.

>>> spelt = place([("text/plain", b"one"), ("text/plain", b"two"), ("text/plain", b"three")], 1)
>>> of(spelt, "text/plain", b"two") == words([("text/plain", b"one"), ("text/plain", b"two"), ("text/plain", b"three")])
True
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from entente import canonical
from entente.errors import Malformed, Untrusted
from entente.feed.suite import b64, pae, unb64
from entente.tlog.merkle import HASH_SIZE, leaf_hash, root
from entente.tlog.proof import inclusion_proof, root_over

KIND = "application/vnd.entente.sheet+json"
"""The type of a sheet's own words, as which they are signed."""
MOST = 64
"""Signed on one sheet at most: what a person can still read through. A path then has six hashes."""

Item = tuple[str, bytes]
"""What is signed: its type and its bytes."""


def words(items: Sequence[Item]) -> bytes:
    """Return the words that are signed, as `KIND`, for these items in this order (SIGN-21)."""
    return _words(len(items), root(_leaves(items)))


def place(items: Sequence[Item], index: int) -> str:
    """Return what an item's signature says of its sheet: its place, how many there are, and the path (SIGN-22)."""
    assert 2 <= len(items) <= MOST, "what is signed singly has no sheet, and a longer one is none"
    path = inclusion_proof(_leaves(items), index, len(items))
    return b64(bytes([index, len(items)]) + b"".join(path))


def of(spelt: object, kind: str, body: bytes) -> bytes:
    """Return the words of the sheet on which `body` as `kind` stands where `spelt` says; they are still to be verified.

    Raises:
        Untrusted: `signature.sheet`, when nothing at that place of a sheet of that size has such a path.
    """
    index, size, path = _read(spelt)
    try:
        if 2 <= size <= MOST:
            return _words(size, root_over(index, size, leaf_hash(pae(kind, body)), path))
    except Untrusted:
        pass
    raise Untrusted("signature.sheet", "a signature's place on its sheet is none that a sheet has")


def counted(signature: Mapping[str, str] | None) -> tuple[int, int] | None:
    """Return which of how many a verified signature signed, from 1; None when it stands on no sheet."""
    if signature is None or "sheet" not in signature:
        return None
    index, size, _ = _read(signature["sheet"])
    return index + 1, size


def _leaves(items: Sequence[Item]) -> list[bytes]:
    return [leaf_hash(pae(kind, body)) for kind, body in items]


def _words(size: int, of: bytes) -> bytes:
    return canonical.encode({"v": 1, "size": size, "root": of.hex()})


def _read(spelt: object) -> tuple[int, int, list[bytes]]:
    try:
        data = unb64(spelt)
    except Malformed:
        data = b""
    if len(data) < 2 or (len(data) - 2) % HASH_SIZE:
        raise Untrusted("signature.sheet", "a signature's place on its sheet is place, size and hashes in base64")
    return data[0], data[1], [data[at : at + HASH_SIZE] for at in range(2, len(data), HASH_SIZE)]
