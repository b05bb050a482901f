"""Attachments: a detail may describe a file, whose chunks travel apart and last (FEED-80…FEED-86).

The description is a detail like any other: the act commits to it, and it is granted as details are. It names the file,
its size and SHA-256, and for each chunk the commitment of a part that holds it. Chunks' salts follow from a seed in the
description, so whoever was granted that opens every chunk, and nobody else any: a chunk needs no grant of its own, and
may come in any order, from any bundle, and only once.

>>> paper = describe("strip.txt", "text/plain", b"Soft after rain", seed=bytes(32))
>>> paper.size, len(paper.chunks)
(15, 1)
>>> read("attachment-1", paper.encode()).opened(0, paper.sealed(0, b"Soft after rain"))
b'Soft after rain'
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256
from typing import Literal

import msgspec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from entente import canonical
from entente.errors import Malformed, Untrusted
from entente.feed import sealed
from entente.feed.part import SALT_BYTES, Part
from entente.ids import Hash, is_hash

NAME = "attachment"
"""Begins the names of details that describe a file: ``attachment-1``."""
CHUNK = 32 * 1024
"""Bytes of each chunk but the last: half a minute at 9.6 kbit/s, which is what a cut link costs at most."""
LIMIT = 32 * 1024 * 1024
"""Longest file [bytes]; its description is then some 70 kB."""
MOST_CHUNKS = LIMIT // CHUNK
_PART = "chunk"
_SALT = b"entente/chunk-salt/v1"
_FILE = re.compile(r"(?!\.)[^/\\:*?\"<>|]{1,120}(?<![. ])")
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
_MEDIA = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,60}", re.ASCII)


class Attachment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What describes a file: `chunks` are the commitments of the parts that hold it, in order (FEED-80)."""

    name: str
    media: str
    size: int
    sha256: Hash
    chunk: int
    seed: str
    chunks: tuple[Hash, ...]
    v: Literal[1] = 1

    def encode(self) -> bytes:
        """Return the description's only spelling, the bytes of its detail."""
        return canonical.encode(msgspec.to_builtins(self))

    def length(self, number: int) -> int:
        """Return how many bytes a chunk has."""
        return min(self.chunk, self.size - number * self.chunk)

    def salt(self, number: int) -> bytes:
        """Return the salt of a chunk's part, which no other part has (FEED-81)."""
        return _salt(self.seed, number)

    def sealed(self, number: int, data: bytes) -> bytes:
        """Return a chunk's ciphertext, the same each time."""
        return sealed.sealed(self._part(number, data))

    def opened(self, number: int, ciphertext: bytes) -> bytes:
        """Return a chunk's bytes when they are those that the description names.

        Raises:
            Untrusted: `part.sealed`, `chunk.unknown`, `chunk.commitment`.
        """
        if not 0 <= number < len(self.chunks):
            raise Untrusted("chunk.unknown", f"{self.name} has {len(self.chunks)} chunks, and none is number {number}")
        return self.require(number, sealed.opened(ciphertext, _PART, self.salt(number)).data)

    def require(self, number: int, data: bytes) -> bytes:
        """Return `data` when they are the bytes of this chunk.

        Raises:
            Untrusted: `chunk.commitment`.
        """
        known = 0 <= number < len(self.chunks)
        if (
            not known
            or len(data) != self.length(number)
            or self._part(number, data).commitment.hex() != self.chunks[number]
        ):
            raise Untrusted("chunk.commitment", f"chunk {number} of {self.name} is not the one that was described")
        return data

    def whole(self, chunks: Iterable[bytes]) -> bytes:
        """Return the file that these chunks are, in order.

        Raises:
            Untrusted: `chunk.commitment`, when they are not all of it, or its hash is another.
        """
        data = b"".join(chunks)
        if len(data) != self.size or sha256(data).hexdigest() != self.sha256:
            raise Untrusted("chunk.commitment", f"what is held of {self.name} is not the file that was described")
        return data

    def _part(self, number: int, data: bytes) -> Part:
        return Part(name=_PART, salt=self.salt(number), data=data)


def describe(name: str, media: str, data: bytes, *, seed: bytes) -> Attachment:
    """Describe a file; `seed` is 32 random bytes, never used again.

    Raises:
        Malformed: `attachment.name`, `attachment.media`, `attachment.size`.
    """
    _require(name, media, len(data))
    bare = Attachment(
        name=name, media=media, size=len(data), sha256=Hash(sha256(data).hexdigest()), chunk=CHUNK, seed=seed.hex(),
        chunks=(),
    )  # fmt: skip
    listed = (bare._part(number, piece).commitment.hex() for number, piece in enumerate(pieces(data)))
    return msgspec.structs.replace(bare, chunks=tuple(Hash(digest) for digest in listed))


def read(detail: str, data: bytes) -> Attachment:
    """Read the detail that describes a file.

    Raises:
        Malformed: `attachment.fields`, `attachment.name`, `attachment.media`, `attachment.size`, `canonical.*`.
    """
    try:
        found = msgspec.convert(canonical.decode(data), Attachment, strict=True)
    except msgspec.ValidationError as error:
        raise Malformed("attachment.fields", f"{detail} does not describe a file: {error}") from None
    texts = (found.sha256, found.seed, *found.chunks)
    whole = found.chunk == CHUNK and len(found.chunks) == -(-found.size // CHUNK) and all(map(is_hash, texts))
    if not whole or found.encode() != data:
        raise Malformed("attachment.fields", f"{detail} does not describe a file in chunks of {CHUNK} bytes")
    _require(found.name, found.media, found.size)
    return found


def described(detail: str) -> bool:
    """Whether a detail's name says that it describes a file."""
    return detail.startswith(f"{NAME}-")


def pieces(data: bytes) -> list[bytes]:
    """Cut a file into its chunks."""
    return [data[at : at + CHUNK] for at in range(0, len(data), CHUNK)]


@lru_cache(4096)
def _salt(seed: str, number: int) -> bytes:
    return HKDF(SHA256(), SALT_BYTES, None, _SALT + number.to_bytes(4, "big")).derive(bytes.fromhex(seed))


def _require(name: str, media: str, size: int) -> None:
    """Raise Malformed for what no system saves, under a name that would be a path or a device on some."""
    if not _FILE.fullmatch(name) or _DEVICE.fullmatch(name) or canonical.text(name) != name:
        raise Malformed("attachment.name", f"{name[:40]!r} is no plain name of a file on every system; rename the file")
    if not _MEDIA.fullmatch(media):
        raise Malformed("attachment.media", f"{media[:40]!r} is no media type like application/pdf")
    if not 0 < size <= LIMIT:
        raise Malformed(
            "attachment.size",
            f"{name} is empty, or longer than {LIMIT:,} bytes, which is what goes with an act; part it",
        )
