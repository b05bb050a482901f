"""Asking a witness to cosign a head, and what a witness answers (c2sp.org/tlog-witness, `add-checkpoint`).

    old 20
    PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
    …

    north/exercise-one/1
    23
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

    — north/exercise-one/1 Az3grl…

A witness holds no entries. It keeps, for each log, the newest head that it cosigned, and cosigns another one only when
that one continues it: so whatever it cosigned of one log is one history.

- TLOG-20: a request is the size that the witness is thought to know, a consistency proof from there of at most 63
  hashes, an empty line, and the log's signed head. It has one spelling.
- TLOG-21: a witness knows the keys of its logs beforehand. *Narrower*: every key named for a log must have signed.
- TLOG-22: it goes on from the size that it cosigned last, 0 for none, and from no other.
- TLOG-23: between heads of one size the roots must be the same; two signed ones that differ are a fork.

>>> from entente.tlog.merkle import EMPTY_ROOT
>>> request = AddCheckpoint(old=0, proof=(), note=b"x\\n")
>>> request.encode()
b'old 0\\n\\nx\\n'
>>> AddCheckpoint.parse(request.encode()) == request
True
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from entente.errors import Forked, Malformed, Refused, Untrusted
from entente.tlog.checkpoint import Checkpoint, decode_base64, encode_base64
from entente.tlog.head import open_head
from entente.tlog.merkle import EMPTY_ROOT, HASH_SIZE, SIZE_LIMIT
from entente.tlog.note import NOTE_LIMIT, Note, NoteKey, verify
from entente.tlog.proof import verify_consistency

PROOF_LIMIT = 63
"""Hashes in a request's proof at most, as the document has it."""
REQUEST_LIMIT = NOTE_LIMIT + 64 * 64
"""Longest request read [bytes]: a note, and a line of less than 64 bytes for the old size and each hash."""
SIZE_TYPE = "text/x.tlog.size"
"""Content type of an answer that says which size the witness knows (status 409)."""
_SIZE = re.compile(r"(0|[1-9][0-9]{0,18})\n", re.ASCII)
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddCheckpoint:
    """A request to cosign the head in `note`: `proof` leads there from the log's first `old` entries."""

    old: int
    proof: tuple[bytes, ...]
    note: bytes

    def encode(self) -> bytes:
        """Return the request's body."""
        hashes = "".join(f"{encode_base64(step)}\n" for step in self.proof)
        return f"old {self.old}\n{hashes}\n".encode() + self.note

    @classmethod
    def parse(cls, data: bytes) -> AddCheckpoint:
        """Read a request (TLOG-20); the note in it is not looked at.

        Raises:
            Malformed: `witness.request`.
        """
        if len(data) > REQUEST_LIMIT:
            raise Malformed("witness.request", f"a request has at most {REQUEST_LIMIT} bytes, not {len(data)}")
        above, gap, note = data.partition(b"\n\n")
        first, *steps = above.decode("ascii", "replace").split("\n")
        old = _OLD.fullmatch(first)
        if not gap or old is None or int(old[1]) >= SIZE_LIMIT or len(steps) > PROOF_LIMIT:
            raise Malformed(
                "witness.request",
                f"a request is 'old N', at most {PROOF_LIMIT} hashes, an empty line and a signed head",
            )
        proof = tuple(decode_base64(step, "witness.request") for step in steps)
        if any(len(step) != HASH_SIZE for step in proof):
            raise Malformed("witness.request", f"a hash in a proof has {HASH_SIZE} bytes")
        return cls(old=int(old[1]), proof=proof, note=note)

    def origin(self) -> str:
        """Return whose head the note says it is, before anything is proven, so that a caller knows whose keys to use.

        Raises:
            Malformed: `tlog.note`, `tlog.checkpoint`.
        """
        return Checkpoint.parse(Note.parse(self.note).text).origin


def admit(request: AddCheckpoint, log: Iterable[NoteKey], latest: Checkpoint | None) -> Checkpoint:
    """Return the head to cosign, when every key of `log` signed it and it continues `latest`, the one cosigned before.

    Whoever calls this keeps the head before anybody else can be admitted (one atomic step), and cosigns only then. The
    checks stand in the order of the document.

    Raises:
        Malformed: `tlog.note`, `tlog.checkpoint`; `witness.old`, when the old size is the larger.
        Untrusted: `tlog.unsigned`, `tlog.signature`; `tlog.consistency`, when the proof does not lead there.
        Refused: `witness.size`, with the size cosigned last as `size`.
        Forked: `witness.forked`: the log has signed two roots of one size.
    """
    head = open_head(request.note, log).checkpoint
    if request.old > head.size:
        raise Malformed("witness.old", f"the head of {head.size} entries cannot continue one of {request.old}")
    known = latest.size if latest is not None else 0
    if request.old != known:
        raise Refused(
            "witness.size", f"the head that was cosigned last has {known} entries; go on from there", size=known
        )
    root = latest.root if latest is not None else EMPTY_ROOT
    if latest is not None and head.size == known and head.root != root:
        raise Forked("witness.forked", f"{head.origin} has signed two different roots of {known} entries")
    if len(request.proof) and request.old in (0, head.size):
        raise Untrusted("tlog.consistency", "from nothing, and between equal sizes, a proof of continuity is empty")
    verify_consistency(known, head.size, root, head.root, request.proof)
    return head


def cosigned(answer: bytes, head: Checkpoint, keys: Iterable[NoteKey]) -> Note:
    """Return the note over `head` with the lines of `keys` in a witness's answer; lines of other keys are left out.

    Raises:
        Malformed: `tlog.note`, when the answer is no row of signature lines.
        Untrusted: `tlog.signature`, when a line of a key is false; `tlog.unsigned`, when none of `keys` signed.
    """
    wanted = tuple(keys)
    whole = f"{head.encode()}\n".encode() + answer
    found = verify(whole, wanted).signers
    names = {(key.name, key.key_id) for key in found}
    note = Note.parse(whole)
    if note.text != head.encode():
        raise Malformed("tlog.note", "a witness answers with signature lines and nothing else")
    return replace(note, lines=tuple(line for line in note.lines if (line.name, line.key_id) in names))


def known_size(answer: bytes) -> int:
    """Return the size that a witness says it knows, where it refuses to go on from another.

    Raises:
        Malformed: `witness.answer`.
    """
    found = _SIZE.fullmatch(answer[:32].decode("ascii", "replace")) if len(answer) <= 20 else None
    if found is None or int(found[1]) >= SIZE_LIMIT:
        raise Malformed("witness.answer", "the witness refuses, and does not say which size it knows")
    return int(found[1])
