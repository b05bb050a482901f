"""Signed notes: others' notes verify, ours too, and nothing that was touched does."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from entente.errors import EntenteError, Malformed, Untrusted
from entente.tlog.checkpoint import Checkpoint
from entente.tlog.merkle import EMPTY_ROOT
from entente.tlog.note import Kind, Line, Note, NoteKey, signed_message, verify

VECTORS = json.loads((Path(__file__).parents[2] / "spec/vectors/tlog/notes.json").read_text(encoding="utf-8"))
HEAD = Checkpoint(origin="north/exercise-one/1", size=0, root=EMPTY_ROOT).encode()
ED = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))
ML = MLDSA44PrivateKey.from_seed_bytes(bytes(range(32)))
LOG = NoteKey.of("north/log", Kind.ED25519, ED)
PEER = NoteKey.of("south/mirror", Kind.COSIGNATURE_ED25519, OTHER)
QUANTUM = NoteKey.of("north/log", Kind.COSIGNATURE_MLDSA44, ML)
SIGNED = (
    Note(text=HEAD).signed_by(LOG, ED).signed_by(PEER, OTHER, 1_700_000_000).signed_by(QUANTUM, ML, 1_700_000_001)
).encode()


@pytest.mark.parametrize("case", VECTORS, ids=lambda case: case["origin"][:30])
def test_notes_of_other_programs_verify_and_keep_their_bytes(case: dict[str, object]) -> None:
    """TLOG-9, TLOG-10, TLOG-11."""
    data = case["note"].encode()
    keys = [NoteKey.parse(key) for key in case["keys"]]

    assert list(verify(data, keys).signers.values()) == case["times"]
    assert Note.parse(data).encode() == data
    assert [key.encode() for key in keys] == case["keys"]


def test_all_three_kinds_verify_and_say_when() -> None:
    verified = verify(SIGNED, [LOG, PEER, QUANTUM])

    assert verified.text == HEAD
    assert verified.signers == {LOG: None, PEER: 1_700_000_000, QUANTUM: 1_700_000_001}


def test_the_signed_messages_are_those_that_c2sp_writes_out() -> None:
    """TLOG-11."""
    cosigned = signed_message(PEER, HEAD, 7)
    subtree = signed_message(QUANTUM, HEAD, 7)

    assert cosigned == b"cosignature/v1\ntime 7\n" + HEAD.encode()
    assert subtree == (
        b"subtree/v1\n\x00\x09north/log\0\0\0\0\0\0\0\x07\x14north/exercise-one/1" + bytes(16) + EMPTY_ROOT
    )


def test_a_known_key_with_a_false_signature_voids_the_note_though_others_verify() -> None:
    """TLOG-10."""
    note = Note.parse(SIGNED)
    false = Line(name=LOG.name, key_id=LOG.key_id, signature=bytes(64))
    forged = Note(text=note.text, lines=(*note.lines, false)).encode()

    with pytest.raises(Untrusted) as refusal:
        verify(forged, [LOG, PEER])

    assert refusal.value.code == "tlog.signature"
    assert list(verify(forged, [PEER]).signers) == [PEER]


def test_a_key_shares_nothing_with_one_of_the_same_name_or_the_same_id() -> None:
    """TLOG-10."""
    note = Note(text="hello\n").signed_by(LOG, ED)
    same_name = NoteKey.of(LOG.name, Kind.ED25519, OTHER)
    same_key = NoteKey.of("south/log", Kind.ED25519, ED)

    for stranger in (same_name, same_key):
        with pytest.raises(Untrusted, match="none of the keys"):
            verify(note.encode(), [stranger])


def test_a_cosignature_never_passes_for_a_plain_signature() -> None:
    """TLOG-11."""
    cosigner = NoteKey.of(LOG.name, Kind.COSIGNATURE_ED25519, ED)
    note = Note(text=HEAD).signed_by(cosigner, ED, 5)
    relabelled = Note(text=HEAD, lines=(Line(name=LOG.name, key_id=LOG.key_id, signature=note.lines[0].signature),))

    with pytest.raises(Untrusted, match="does not verify"):
        verify(relabelled.encode(), [LOG])


def test_signing_again_replaces_the_same_keys_line() -> None:
    note = Note(text=HEAD).signed_by(PEER, OTHER, 5).signed_by(LOG, ED).signed_by(PEER, OTHER, 9)

    assert [line.name for line in note.lines] == ["north/log", "south/mirror"]
    assert verify(note.encode(), [PEER]).signers == {PEER: 9}


@pytest.mark.parametrize(
    ("key", "time_s", "text", "code"),
    [
        (LOG, 5, HEAD, "tlog.time"),
        (PEER, None, HEAD, "tlog.time"),
        (PEER, -1, HEAD, "tlog.time"),
        (PEER, 2**63, HEAD, "tlog.time"),
        (QUANTUM, 5, "no checkpoint\n", "tlog.checkpoint"),
        (PEER, 5, "no checkpoint\n", "tlog.checkpoint"),
    ],
)
def test_no_kind_signs_what_it_does_not_cover(key: NoteKey, time_s: int | None, text: str, code: str) -> None:
    with pytest.raises(Malformed) as refusal:
        signed_message(key, text, time_s)

    assert refusal.value.code == code


@given(st.integers(0, len(SIGNED) - 1), st.integers(1, 255))
def test_a_note_with_any_byte_changed_is_rejected_or_lacks_a_signer(at: int, mask: int) -> None:
    changed = bytearray(SIGNED)
    changed[at] ^= mask

    try:
        verified = verify(bytes(changed), [LOG, PEER, QUANTUM])
    except EntenteError:
        return

    # A change inside a line's name or id makes it a stranger's: ignored, never counted.
    assert verified.text == HEAD
    assert len(verified.signers) == 2


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text\n",
        b"text\n\n",
        "text\n\n— key AAAAAAA=".encode(),
        "text\n— key AAAAAAA=\n".encode(),
        b"text\n\n- key AAAAAAA=\n",
        "text\n\n— AAAAAAA=\n".encode(),
        "text\n\n— k+y AAAAAAA=\n".encode(),
        "text\n\n— key  AAAAAAA=\n".encode(),
        "text\n\n— key AAAAAA==\n".encode(),
        "text\n\n— key AAAAAAB=\n".encode(),
        "te\txt\n\n— key AAAAAAA=\n".encode(),
        "text\r\n\n— key AAAAAAA=\n".encode(),
        b"te\xffxt\n\n\xe2\x80\x94 key AAAAAAA=\n",
        "text\n\n— key AAAAAAA=\n\n".encode(),
        b"x" * 300_000 + "\n\n— key AAAAAAA=\n".encode(),
    ],
)
def test_bytes_that_are_no_note_are_refused(data: bytes) -> None:
    """TLOG-9."""
    with pytest.raises(Malformed) as refusal:
        Note.parse(data)

    assert refusal.value.code == "tlog.note"


def test_text_may_hold_empty_lines() -> None:
    """TLOG-9."""
    note = Note(text="one\n\ntwo\n\n").signed_by(LOG, ED)

    assert Note.parse(note.encode()) == note


@pytest.mark.parametrize("text", ["", "no newline", "a\tb\n"])
def test_text_that_could_not_be_read_back_is_never_written(text: str) -> None:
    with pytest.raises(Malformed):
        Note(text=text)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "north/log",
        LOG.encode()[:-4],
        LOG.encode().replace("+", "++", 1),
        LOG.encode().replace(LOG.key_id.hex(), "00000000"),
        LOG.encode().replace(LOG.key_id.hex(), LOG.key_id.hex().upper()),
        LOG.encode() + "\n",
        "x+00000000+AwEB",
    ],
)
def test_a_key_that_does_not_carry_its_own_id_is_refused(key: str) -> None:
    """TLOG-11."""
    with pytest.raises(Malformed) as refusal:
        NoteKey.parse(key)

    assert refusal.value.code == "tlog.key"


@pytest.mark.parametrize("kind", [Kind.ED25519, Kind.COSIGNATURE_ED25519])
@pytest.mark.parametrize("y", [0, 1, 2**255 - 20, 2**255 - 19, 2**255 - 18, 1 | 1 << 255])
def test_a_point_under_which_anybody_signs_is_no_key(kind: Kind, y: int) -> None:
    """TLOG-16."""
    with pytest.raises(Malformed) as refusal:
        NoteKey(name="north/log", kind=kind, public=y.to_bytes(32, "little"))

    assert refusal.value.code == "tlog.key"
