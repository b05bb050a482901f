"""Signed heads: a log's checkpoint as its log signed it, and as others cosigned it.

What a signature means is settled by its key's role, not by its bytes: the log's own says "these are my entries", a
peer's cosignature "I durably hold them and saw nothing else" (c2sp.org/tlog-mirror).

- TLOG-12: a head counts only when every key required signed it; cosignatures of further known keys are reported.
- TLOG-13: notes over one and the same text may be merged; the lines of all stand then under it, each key's newest.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from entente.errors import Malformed, Untrusted
from entente.tlog.checkpoint import Checkpoint
from entente.tlog.note import Kind, Line, Note, NoteKey, PrivateKey, verify


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A checkpoint, verified, with the time [s since 1970] each known key stated; None where its kind states none."""

    checkpoint: Checkpoint
    signers: dict[NoteKey, int | None]


def sign(checkpoint: Checkpoint, keys: Iterable[tuple[NoteKey, PrivateKey]], time_s: int) -> bytes:
    """Return a signed note over `checkpoint`, one line per key; cosignature kinds state `time_s` [s since 1970]."""
    note = Note(text=checkpoint.encode())
    for key, private in keys:
        note = note.signed_by(key, private, None if key.kind is Kind.ED25519 else time_s)
    return note.encode()


def cosign(data: bytes, key: NoteKey, private: PrivateKey, time_s: int) -> bytes:
    """Return the note with a cosignature beneath the others. The caller has verified it and holds its entries."""
    return Note.parse(data).signed_by(key, private, time_s).encode()


def open_head(data: bytes, log: Iterable[NoteKey], cosigners: Iterable[NoteKey] = ()) -> Head:
    """Return the head in a note that every key of `log` signed, with the `cosigners` who did (TLOG-12).

    Raises:
        Malformed: `tlog.note`, `tlog.checkpoint`.
        Untrusted: `tlog.signature`, when a known key's line is false; `tlog.unsigned`, when a key of `log` is missing.
    """
    required = tuple(log)
    verified = verify(data, (*required, *cosigners))
    for key in required:
        if key not in verified.signers:
            raise Untrusted("tlog.unsigned", f"the log's key {key.name} (kind {key.kind:#04x}) did not sign this head")
    return Head(checkpoint=Checkpoint.parse(verified.text), signers=verified.signers)


def bare(data: bytes, keys: Iterable[NoteKey]) -> bytes:
    """Return the note with one line of each of `keys` and no other, so that it is as long as it has to be.

    Raises:
        Malformed: `tlog.note`.
    """
    note, wanted = Note.parse(data), {(key.name, key.key_id) for key in keys}
    lines = {(line.name, line.key_id): line for line in reversed(note.lines)}
    kept = tuple(line for name, line in sorted(lines.items()) if name in wanted)
    return replace(note, lines=kept).encode()


def merge(notes: Iterable[bytes]) -> bytes:
    """Return one note with the lines of all, which must have the same text (TLOG-13). Verified notes stay verified.

    Raises:
        Malformed: `tlog.note`; `tlog.merge`, when the texts differ or there are none.
    """
    parsed = [Note.parse(data) for data in notes]
    if len({note.text for note in parsed}) != 1:
        raise Malformed("tlog.merge", "only notes over one and the same text can be merged")
    lines: dict[tuple[str, bytes], Line] = {}
    for note in parsed:
        for line in note.lines:
            lines[line.name, line.key_id] = max(lines.get((line.name, line.key_id), line), line, key=_stamp)
    return replace(parsed[0], lines=tuple(lines.values())).encode()


def _stamp(line: Line) -> bytes:
    """What orders two lines of one key: a cosignature begins with its time, high byte first."""
    return line.signature[:8]
