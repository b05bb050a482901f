"""Proofs: those made verify, against roots of an independent definition; those changed anywhere do not."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entente.errors import Refused, Untrusted
from entente.tlog.merkle import EMPTY_ROOT, leaf_hash, root
from entente.tlog.proof import consistency_proof, inclusion_proof, verify_consistency, verify_inclusion

VECTORS = json.loads((Path(__file__).parents[2] / "spec/vectors/tlog/merkle.json").read_text(encoding="utf-8"))
SIZE = 40
HASHES = [leaf_hash(bytes([number])) for number in range(SIZE)]
ROOTS = [root(HASHES[:size]) for size in range(SIZE + 1)]


def flips(data: bytes) -> st.SearchStrategy[bytes]:
    """Every way to change one bit."""
    return st.integers(0, len(data) * 8 - 1).map(
        lambda bit: (int.from_bytes(data, "big") ^ (1 << bit)).to_bytes(len(data), "big")
    )


def holds(check: Callable[..., None], *args: object) -> bool:
    try:
        check(*args)
    except Untrusted:
        return False
    return True


def test_every_entry_of_every_small_log_is_proven_and_at_no_other_place() -> None:
    """TLOG-4."""
    for size in range(1, 20):
        for index in range(size):
            proof = inclusion_proof(HASHES, index, size)
            verify_inclusion(index, size, HASHES[index], ROOTS[size], proof)

            others = [at for at in range(-1, size + 2) if at != index]
            assert not any(holds(verify_inclusion, at, size, HASHES[index], ROOTS[size], proof) for at in others)


def test_every_two_heads_of_small_logs_are_proven_and_no_others() -> None:
    """TLOG-5."""
    for large in range(20):
        for small in range(large + 1):
            proof = consistency_proof(HASHES, small, large)
            verify_consistency(small, large, ROOTS[small], ROOTS[large], proof)

            for other in (at for at in range(1, large) if at != small and small > 0):
                assert not holds(verify_consistency, other, large, ROOTS[small], ROOTS[large], proof)


@pytest.mark.parametrize("case", VECTORS["consistency"])
def test_published_consistency_proofs_are_the_ones_made(case: dict[str, object]) -> None:
    hashes = [leaf_hash(bytes.fromhex(leaf)) for leaf in VECTORS["leaves"]]

    assert [step.hex() for step in consistency_proof(hashes, case["small"], case["large"])] == case["proof"]


@given(st.data())
def test_an_inclusion_proof_with_any_bit_flipped_fails(data: st.DataObject) -> None:
    """TLOG-4."""
    size = data.draw(st.integers(2, SIZE))
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(HASHES, index, size)
    step = data.draw(st.integers(0, len(proof) - 1))
    forged = [*proof[:step], data.draw(flips(proof[step])), *proof[step + 1 :]]

    assert not holds(verify_inclusion, index, size, HASHES[index], ROOTS[size], forged)
    assert not holds(verify_inclusion, index, size, data.draw(flips(HASHES[index])), ROOTS[size], proof)
    assert not holds(verify_inclusion, index, size, HASHES[index], data.draw(flips(ROOTS[size])), proof)
    assert not holds(verify_inclusion, index, size, HASHES[index], ROOTS[size], proof[:-1])
    assert not holds(verify_inclusion, index, size, HASHES[index], ROOTS[size], [*proof, bytes(32)])


@given(st.data())
def test_a_consistency_proof_with_any_bit_flipped_fails(data: st.DataObject) -> None:
    """TLOG-5."""
    large = data.draw(st.integers(3, SIZE))
    small = data.draw(st.integers(1, large - 1))
    proof = consistency_proof(HASHES, small, large)
    step = data.draw(st.integers(0, len(proof) - 1))
    forged = [*proof[:step], data.draw(flips(proof[step])), *proof[step + 1 :]]

    assert not holds(verify_consistency, small, large, ROOTS[small], ROOTS[large], forged)
    assert not holds(verify_consistency, small, large, data.draw(flips(ROOTS[small])), ROOTS[large], proof)
    assert not holds(verify_consistency, small, large, ROOTS[small], data.draw(flips(ROOTS[large])), proof)
    assert not holds(verify_consistency, small, large, ROOTS[small], ROOTS[large], proof[:-1])
    assert not holds(verify_consistency, small, large, ROOTS[small], ROOTS[large], [*proof, bytes(32)])


def test_a_log_that_changed_an_old_entry_cannot_prove_its_new_head() -> None:
    rewritten = [leaf_hash(b"another"), *HASHES[1:]]

    proof = consistency_proof(rewritten, 7, 20)

    assert not holds(verify_consistency, 7, 20, ROOTS[7], root(rewritten[:20]), proof)


def test_equal_sizes_with_different_roots_are_inconsistent() -> None:
    assert not holds(verify_consistency, 5, 5, ROOTS[5], ROOTS[6], [])


def test_the_empty_log_has_one_root() -> None:
    verify_consistency(0, 0, EMPTY_ROOT, EMPTY_ROOT, [])

    assert not holds(verify_consistency, 0, 0, bytes(32), bytes(32), [])
    assert not holds(verify_consistency, 0, 4, bytes(32), ROOTS[4], [])
    assert not holds(verify_consistency, 0, 0, EMPTY_ROOT, bytes(32), [])


def test_a_log_does_not_shrink() -> None:
    assert not holds(verify_consistency, 6, 5, ROOTS[6], ROOTS[5], [])
    with pytest.raises(Refused, match="cannot grow"):
        consistency_proof(HASHES, 6, 5)


def test_there_is_no_proof_of_an_entry_beyond_the_log() -> None:
    with pytest.raises(Refused, match="no entry 5"):
        inclusion_proof(HASHES, 5, 5)


def test_a_reader_of_hashes_serves_as_well_as_all_of_them() -> None:
    def read(start: int, stop: int) -> list[bytes]:
        return HASHES[start:stop]

    assert inclusion_proof(read, 13, 29) == inclusion_proof(HASHES, 13, 29)
    assert consistency_proof(read, 13, 29) == consistency_proof(HASHES, 13, 29)
