"""Signed notes: text with signatures of named keys beneath it (c2sp.org/signed-note, c2sp.org/tlog-cosignature).

    north/exercise-one/1
    1
    nG2fC7f…QPZOw=

    — north/exercise-one/1 Az3grl…

Rules kept, beside the two documents' own:

- TLOG-9: a note is UTF-8 without control characters; text and signatures part at the last empty line; its bytes are
  those that writing it again gives.
- TLOG-10: a line of an unknown key is ignored. A line of a known key must verify, or the whole note is rejected; with
  no line of a known key there is nothing to trust.
- TLOG-11: three kinds of signature: 0x01 Ed25519 over the text, 0x04 and 0x06 time-stamped cosignatures over a
  checkpoint, with Ed25519 and ML-DSA-44. One key has one name and one kind.

Keys of `cryptography` and times are arguments: nothing here reads a clock or a key store.

>>> from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
>>> private = Ed25519PrivateKey.from_private_bytes(bytes(32))
>>> key = NoteKey.of("north/log", Kind.ED25519, private)
>>> note = Note(text="one\\n").signed_by(key, private)
>>> verify(note.encode(), [key]).text
'one\\n'
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import IntEnum
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from entente.errors import Malformed, Untrusted
from entente.tlog.checkpoint import Checkpoint, decode_base64, encode_base64, is_name
from entente.tlog.curve import require_sound

PrivateKey = Ed25519PrivateKey | MLDSA44PrivateKey
NOTE_LIMIT = 256 * 1024
"""Longest note read [bytes]; sixteen ML-DSA-44 lines, which every reader must accept, are some 55 kB."""
_DASH = "\u2014 "
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
"""What no note's text has."""


class Kind(IntEnum):
    """Signature type bytes assigned by c2sp.org/signed-note."""

    ED25519 = 0x01
    COSIGNATURE_ED25519 = 0x04
    COSIGNATURE_MLDSA44 = 0x06


_PUBLIC_SIZE = {Kind.ED25519: 32, Kind.COSIGNATURE_ED25519: 32, Kind.COSIGNATURE_MLDSA44: 1312}
_STAMP_SIZE = {Kind.ED25519: 0, Kind.COSIGNATURE_ED25519: 8, Kind.COSIGNATURE_MLDSA44: 8}


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteKey:
    """A verifier's key: its name, what it signs (`kind`), and its raw public bytes."""

    name: str
    kind: Kind
    public: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not is_name(self.name):
            raise Malformed("tlog.key", f"key name {self.name[:80]!r} must be 1 to 255 bytes without space or plus")
        if len(self.public) != _PUBLIC_SIZE[self.kind]:
            raise Malformed("tlog.key", f"a key of kind {self.kind:#04x} has {_PUBLIC_SIZE[self.kind]} public bytes")
        if self.kind is not Kind.COSIGNATURE_MLDSA44:
            require_sound(self.public)

    @classmethod
    def of(cls, name: str, kind: Kind, private: PrivateKey) -> NoteKey:
        """Return the verifier's key that belongs to `private`."""
        return cls(name=name, kind=kind, public=private.public_key().public_bytes_raw())

    @property
    def key_id(self) -> bytes:
        """Four bytes that, with the name, pick the key; no protection, since anybody can make them collide."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def encode(self) -> str:
        """Return the key as `name+id+base64(kind ‖ public)` (signed-note, verifier keys)."""
        return f"{self.name}+{self.key_id.hex()}+{encode_base64(bytes([self.kind]) + self.public)}"

    @classmethod
    def parse(cls, text: str) -> NoteKey:
        """Read what `encode` wrote.

        Raises:
            Malformed: `tlog.key`.
        """
        name, _, rest = text.partition("+")
        raw = decode_base64(rest.partition("+")[2], "tlog.key")
        if raw[:1] not in [bytes([kind]) for kind in Kind]:
            raise Malformed("tlog.key", f"key {name[:80]!r} is of a kind not used here; known are 01, 04 and 06")
        key = cls(name=name, kind=Kind(raw[0]), public=raw[1:])
        if key.encode() != text:
            raise Malformed("tlog.key", f"key {name[:80]!r} does not carry its own id")
        return key

    def require(self, text: str, signature: bytes) -> int | None:
        """Return the time [s since 1970] that `signature` states over `text`; None when its kind states none.

        Raises:
            Untrusted: `tlog.signature`.
        """
        stamp, raw = signature[: _STAMP_SIZE[self.kind]], signature[_STAMP_SIZE[self.kind] :]
        time_s = int.from_bytes(stamp, "big") if stamp else None
        try:
            message = signed_message(self, text, time_s)
            if self.kind is Kind.COSIGNATURE_MLDSA44:
                MLDSA44PublicKey.from_public_bytes(self.public).verify(raw, message)
            else:
                Ed25519PublicKey.from_public_bytes(self.public).verify(raw, message)
        except (InvalidSignature, Malformed, ValueError) as error:
            raise Untrusted(
                "tlog.signature", f"the signature by {self.name} does not verify; the note is void"
            ) from error
        return time_s


def signed_message(key: NoteKey, text: str, time_s: int | None) -> bytes:
    """Return the bytes that `key` signs for a note's `text` at `time_s` [s since 1970].

    Raises:
        Malformed: `tlog.time`, when the kind wants a time and there is none, or the reverse; `tlog.checkpoint`, when
            an ML-DSA-44 cosignature is asked for something else than a checkpoint.

    Source: c2sp.org/signed-note, Ed25519 signatures; c2sp.org/tlog-cosignature, both signed messages.
    """
    if key.kind is Kind.ED25519:
        if time_s is not None:
            raise Malformed("tlog.time", "a plain Ed25519 signature states no time")
        return text.encode()
    if time_s is None or not 0 <= time_s < 2**63:
        raise Malformed("tlog.time", "a cosignature states a time from 0 to 2^63 - 1 seconds since 1970")
    head = Checkpoint.parse(text)
    if key.kind is Kind.COSIGNATURE_ED25519:
        return f"cosignature/v1\ntime {time_s}\n{text}".encode()
    name, origin = key.name.encode(), head.origin.encode()
    return b"".join(
        [
            b"subtree/v1\n\0",
            bytes([len(name)]) + name,
            time_s.to_bytes(8, "big"),
            bytes([len(origin)]) + origin,
            bytes(8),  # start: a checkpoint's tree begins at the first leaf
            head.size.to_bytes(8, "big"),
            head.root,
        ]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One signature line, verified by nobody yet: name, key id (4 bytes), and the signature with its time stamp."""

    name: str
    key_id: bytes
    signature: bytes = field(repr=False)

    def encode(self) -> str:
        """Return the line, ended."""
        return f"{_DASH}{self.name} {encode_base64(self.key_id + self.signature)}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Text that ends in a newline, and the lines beneath it. Nothing in it is trusted before `verify`."""

    text: str
    lines: tuple[Line, ...] = ()

    def __post_init__(self) -> None:
        if not self.text.endswith("\n") or _CONTROL.search(self.text):
            raise Malformed("tlog.note", "a note's text ends in a newline and has no other control characters")

    def encode(self) -> bytes:
        """Return the note's bytes."""
        return f"{self.text}\n{''.join(line.encode() for line in self.lines)}".encode()

    def signed_by(self, key: NoteKey, private: PrivateKey, time_s: int | None = None) -> Note:
        """Return the note with one more line; an older line of the same key gives way.

        Raises:
            Malformed: as `signed_message` does.
        """
        assert private.public_key().public_bytes_raw() == key.public, f"this is not the private key of {key.name}"
        stamp = b"" if time_s is None else time_s.to_bytes(8, "big")
        signature = stamp + private.sign(signed_message(key, self.text, time_s))
        line = Line(name=key.name, key_id=key.key_id, signature=signature)
        others = tuple(old for old in self.lines if (old.name, old.key_id) != (line.name, line.key_id))
        return replace(self, lines=(*others, line))

    @classmethod
    def parse(cls, data: bytes) -> Note:
        """Read a note with at least one line (TLOG-9).

        Raises:
            Malformed: `tlog.note`.
        """
        try:
            whole = data.decode()
        except UnicodeDecodeError:
            raise Malformed("tlog.note", "a note is UTF-8 text, and these bytes are not") from None
        if len(data) > NOTE_LIMIT:
            raise Malformed("tlog.note", f"a note has at most {NOTE_LIMIT} bytes, not {len(data)}")
        text, gap, beneath = whole.rpartition("\n\n")
        if not gap or not beneath.endswith("\n"):
            raise Malformed("tlog.note", "a note is text, an empty line, and ended signature lines")
        lines = tuple(_parse_line(line) for line in beneath[:-1].split("\n"))
        return cls(text=text + "\n", lines=lines)


def _parse_line(text: str) -> Line:
    name, gap, encoded = text.removeprefix(_DASH).partition(" ")
    if not text.startswith(_DASH) or not gap or not is_name(name):
        raise Malformed("tlog.note", f"signature line {text[:60]!r} must be: em dash, space, key name, space, base64")
    raw = decode_base64(encoded, "tlog.note")
    if len(raw) < 5:
        raise Malformed("tlog.note", f"the line of {name} holds no signature")
    return Line(name=name, key_id=raw[:4], signature=raw[4:])


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A note's text and who signed it: each known key that did, with the latest time [s since 1970] it stated."""

    text: str
    signers: dict[NoteKey, int | None]


def verify(data: bytes, keys: Iterable[NoteKey]) -> Verified:
    """Return what a note says and which of `keys` say so (TLOG-10).

    Raises:
        Malformed: `tlog.note`.
        Untrusted: `tlog.signature`, when a line of a known key is false; `tlog.unsigned`, when no known key signed.
    """
    note = Note.parse(data)
    known = {(key.name, key.key_id): key for key in keys}
    signers: dict[NoteKey, int | None] = {}
    for line in note.lines:
        if key := known.get((line.name, line.key_id)):
            time_s = key.require(note.text, line.signature)
            signers[key] = max(time_s or 0, signers.get(key) or 0) if time_s is not None else None
    if not signers:
        raise Untrusted(
            "tlog.unsigned", f"none of the keys {', '.join(key.name for key in known.values())} signed this note"
        )
    return Verified(text=note.text, signers=signers)
