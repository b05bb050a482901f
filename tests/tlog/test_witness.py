"""What a log asks a witness, and what the witness does with it: as c2sp.org/tlog-witness has it, line by line."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from entente.errors import EntenteError, Forked, Malformed, Refused, Untrusted
from entente.tlog.checkpoint import Checkpoint
from entente.tlog.head import sign
from entente.tlog.merkle import EMPTY_ROOT, leaf_hash, root
from entente.tlog.note import Kind, Note, NoteKey
from entente.tlog.proof import consistency_proof
from entente.tlog.witness import PROOF_LIMIT, AddCheckpoint, admit, cosigned, known_size

ORIGIN = "north/exercise-one/1"
ED, ML = Ed25519PrivateKey.from_private_bytes(bytes([1] * 32)), MLDSA44PrivateKey.from_seed_bytes(bytes([2] * 32))
LOG = NoteKey.of(ORIGIN, Kind.ED25519, ED), NoteKey.of(ORIGIN, Kind.COSIGNATURE_MLDSA44, ML)
WITNESS = Ed25519PrivateKey.from_private_bytes(bytes([3] * 32))
KEY = NoteKey.of("witness.example/w1", Kind.COSIGNATURE_ED25519, WITNESS)
HASHES = [leaf_hash(b"%d" % number) for number in range(12)]
OTHER = [*HASHES[:4], leaf_hash(b"another story"), *HASHES[5:]]


def head(size: int, hashes: list[bytes] = HASHES) -> Checkpoint:
    return Checkpoint(origin=ORIGIN, size=size, root=root(hashes[:size]))


def signed(checkpoint: Checkpoint) -> bytes:
    return sign(checkpoint, zip(LOG, (ED, ML), strict=True), 1_796_126_400)


def asking(old: int, size: int, hashes: list[bytes] = HASHES) -> AddCheckpoint:
    return AddCheckpoint(old=old, proof=tuple(consistency_proof(hashes, old, size)), note=signed(head(size, hashes)))


@pytest.mark.parametrize("old, size", [(0, 0), (0, 1), (0, 12), (1, 12), (4, 7), (7, 8), (8, 8), (11, 12)])
def test_a_head_that_continues_the_last_one_is_admitted(old: int, size: int) -> None:
    """TLOG-20, TLOG-21, TLOG-22."""
    request = AddCheckpoint.parse(asking(old, size).encode())

    assert admit(request, LOG, head(old) if old else None) == head(size)
    assert request.origin() == ORIGIN


REFUSED: dict[str, tuple[AddCheckpoint, Checkpoint | None, type[EntenteError], str]] = {
    "an old size beyond the head": (asking(0, 7), head(9), Refused, "witness.size"),
    "an old size that is the larger": (
        AddCheckpoint(old=9, proof=(), note=signed(head(7))), head(9), Malformed, "witness.old",
    ),
    "an old size that was left behind": (asking(4, 9), head(7), Refused, "witness.size"),
    "an old size for a log that was never cosigned": (asking(4, 9), None, Refused, "witness.size"),
    "another history": (asking(7, 9, OTHER), head(7), Untrusted, "tlog.consistency"),
    "another root of one size": (asking(9, 9, OTHER), head(9), Forked, "witness.forked"),
    "a proof from nothing": (
        AddCheckpoint(old=0, proof=(HASHES[0],), note=signed(head(3))), None, Untrusted, "tlog.consistency",
    ),
    "a proof between equal heads": (
        AddCheckpoint(old=3, proof=(HASHES[0],), note=signed(head(3))), head(3), Untrusted, "tlog.consistency",
    ),
    "a proof that lacks a step": (
        AddCheckpoint(old=4, proof=asking(4, 11).proof[:-1], note=signed(head(11))), head(4), Untrusted,
        "tlog.consistency",
    ),
    "a root of nothing that is none": (
        AddCheckpoint(old=0, proof=(), note=signed(Checkpoint(origin=ORIGIN, size=0, root=bytes(32)))), None, Untrusted,
        "tlog.consistency",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_does_not_continue_it_is_refused(what: str) -> None:
    """TLOG-22, TLOG-23."""
    request, latest, kind, code = REFUSED[what]

    with pytest.raises(kind) as found:
        admit(AddCheckpoint.parse(request.encode()), LOG, latest)
    assert found.value.code == code
    if code == "witness.size":
        assert found.value.data["size"] == (latest.size if latest else 0)


def test_every_key_that_is_named_for_a_log_must_have_signed() -> None:
    """TLOG-21, TLOG-12."""
    for kept in (LOG[:1], LOG[1:]):
        lines = tuple(line for line in Note.parse(signed(head(3))).lines if line.key_id == kept[0].key_id)
        half = AddCheckpoint(old=0, proof=(), note=Note(text=head(3).encode(), lines=lines).encode())
        with pytest.raises(Untrusted) as found:
            admit(half, LOG, None)
        assert found.value.code == "tlog.unsigned"
        assert admit(half, kept, None) == head(3)  # where only that key is named


@given(at=st.integers(min_value=0), mask=st.integers(1, 255))
def test_a_request_with_any_byte_changed_cosigns_nothing_else(at: int, mask: int) -> None:
    """TLOG-20: refused, or the very head that was signed, with a line of an unknown key in place of one of its own."""
    whole = bytearray(asking(4, 11).encode())
    whole[at % len(whole)] ^= mask
    try:
        found = admit(AddCheckpoint.parse(bytes(whole)), LOG, head(4))
    except EntenteError:
        return
    pytest.fail(f"byte {at % len(whole)} changed by {mask:#x} was taken: {found}")


@pytest.mark.parametrize(
    "body",
    [
        b"", b"old 0", b"old 0\n", b"old\n\nx", b"old 00\n\nx", b"old -1\n\nx", b"old 1_0\n\nx", b" old 0\n\nx",
        b"old  0\n\nx",
        b"old 0\r\n\r\nx", b"old 9999999999999999999\n\nx", b"old 0\nAAAA\n\nx", b"old 0\n%%%%\n\nx", b"\nold 0\n\nx",
        b"old 0\n" + b"A" * 43 + b"\n\nx", b"old 0\n" + (b"A" * 43 + b"=\n") * (PROOF_LIMIT + 1) + b"\nx",
        "old ٠\n\nx".encode(), b"old 0\n\n" + b"x" * 300_000,
    ],
)  # fmt: skip
def test_bytes_that_are_no_request_are_refused(body: bytes) -> None:
    """TLOG-20."""
    with pytest.raises(Malformed) as found:
        AddCheckpoint.parse(body)
    assert found.value.code == "witness.request"


def line(checkpoint: Checkpoint, key: NoteKey = KEY, private: Ed25519PrivateKey = WITNESS) -> bytes:
    return Note(text=checkpoint.encode()).signed_by(key, private, 1_796_126_400).lines[0].encode().encode()


def test_of_an_answer_only_lines_of_known_keys_are_taken_and_they_must_hold() -> None:
    stranger = NoteKey.of("stranger.example/w9", Kind.COSIGNATURE_ED25519, ED)

    note = cosigned(line(head(7), stranger, ED) + line(head(7)), head(7), [KEY])

    assert [(one.name, one.key_id) for one in note.lines] == [(KEY.name, KEY.key_id)]
    for answer, code in {
        line(head(6)): "tlog.signature", line(head(7), stranger, ED): "tlog.unsigned", b"": "tlog.note",
        b"hello\n": "tlog.note", b"more\n\n" + line(head(7)): "tlog.signature",
    }.items():  # fmt: skip
        with pytest.raises(EntenteError) as found:
            cosigned(answer, head(7), [KEY])
        assert found.value.code == code, answer


@pytest.mark.parametrize("answer", [b"", b"7", b"07\n", b"7\n\n", b"-7\n", b" 7\n", b"7 \n", b"9" * 30 + b"\n", b"x\n"])
def test_a_size_has_one_spelling(answer: bytes) -> None:
    assert known_size(b"7\n") == 7 and known_size(b"0\n") == 0
    with pytest.raises(Malformed) as found:
        known_size(answer)
    assert found.value.code == "witness.answer"


def test_the_empty_root_is_where_every_log_begins() -> None:
    assert admit(asking(0, 0), LOG, None).root == EMPTY_ROOT
