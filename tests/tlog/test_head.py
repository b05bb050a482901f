"""Signed heads: who must have signed, who else did, and how lines come together."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from entente.errors import Malformed, Untrusted
from entente.tlog.checkpoint import Checkpoint
from entente.tlog.head import cosign, merge, open_head, sign
from entente.tlog.merkle import leaf_hash
from entente.tlog.note import Kind, Note, NoteKey

CLASSIC = Ed25519PrivateKey.from_private_bytes(bytes([1] * 32))
QUANTUM = MLDSA44PrivateKey.from_seed_bytes(bytes([2] * 32))
SOUTH = MLDSA44PrivateKey.from_seed_bytes(bytes([3] * 32))
EAST = Ed25519PrivateKey.from_private_bytes(bytes([4] * 32))
LOG = NoteKey.of("north/one/1", Kind.ED25519, CLASSIC), NoteKey.of("north/one/1", Kind.COSIGNATURE_MLDSA44, QUANTUM)
PEERS = (
    NoteKey.of("south/cosigner", Kind.COSIGNATURE_MLDSA44, SOUTH),
    NoteKey.of("east/cosigner", Kind.COSIGNATURE_ED25519, EAST),
)
HEAD = Checkpoint(origin="north/one/1", size=1, root=leaf_hash(b"first"))
SIGNED = sign(HEAD, [(LOG[0], CLASSIC), (LOG[1], QUANTUM)], 100)


def test_a_head_names_all_who_signed_it_and_when() -> None:
    cosigned = cosign(cosign(SIGNED, PEERS[0], SOUTH, 101), PEERS[1], EAST, 102)

    head = open_head(cosigned, LOG, PEERS)

    assert head.checkpoint == HEAD
    assert head.signers == {LOG[0]: None, LOG[1]: 100, PEERS[0]: 101, PEERS[1]: 102}


def test_a_head_without_one_of_its_logs_keys_is_not_trusted() -> None:
    """TLOG-12."""
    classic_only = cosign(sign(HEAD, [(LOG[0], CLASSIC)], 100), PEERS[0], SOUTH, 101)

    with pytest.raises(Untrusted) as refusal:
        open_head(classic_only, LOG, PEERS)

    assert refusal.value.code == "tlog.unsigned"


def test_a_cosigner_alone_makes_no_head() -> None:
    """TLOG-12."""
    alone = Note(text=HEAD.encode()).signed_by(PEERS[0], SOUTH, 101).encode()

    with pytest.raises(Untrusted, match="did not sign"):
        open_head(alone, LOG, PEERS)


def test_lines_from_several_copies_stand_together_each_keys_newest() -> None:
    """TLOG-13."""
    one = cosign(SIGNED, PEERS[1], EAST, 101)
    two = cosign(cosign(SIGNED, PEERS[0], SOUTH, 103), PEERS[1], EAST, 104)

    for merged in (merge([one, two]), merge([two, one])):
        assert open_head(merged, LOG, PEERS).signers == {LOG[0]: None, LOG[1]: 100, PEERS[0]: 103, PEERS[1]: 104}


def test_notes_over_different_heads_do_not_merge() -> None:
    """TLOG-13."""
    other = sign(Checkpoint(origin="north/one/1", size=1, root=leaf_hash(b"other")), [(LOG[0], CLASSIC)], 100)

    with pytest.raises(Malformed) as refusal:
        merge([SIGNED, other])

    assert refusal.value.code == "tlog.merge"
