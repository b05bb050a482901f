"""Canonical bytes, parts, leaves, signatures, replicas and frames: one spelling each, and nothing else is taken."""

from __future__ import annotations

import base64
import struct
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from entente import canonical
from entente.errors import EntenteError, Malformed, Untrusted
from entente.feed import bundle, leaf, replica, suite
from entente.feed.part import ACT, ACT_LIMIT, Part, committed
from entente.ids import Origin
from entente.node import custody
from entente.tlog.checkpoint import Checkpoint
from entente.tlog.merkle import Frontier, leaf_hash, root
from entente.tlog.proof import consistency_proof

ORIGIN = Origin("north/exercise-one/1")
words = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zl", "Zp", "Cn"]), max_size=8).filter(
    lambda text: _readable(text)
)
keys = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=6)
integers = st.integers(-canonical.MAX_INTEGER, canonical.MAX_INTEGER)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), integers, words),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=4)),
    max_leaves=20,
)


def _readable(text: str) -> bool:
    try:
        canonical.text(text)
    except Malformed:
        return False
    return True


# -- canonical ---------------------------------------------------------------------------------------------------------


@given(values)
def test_canonical_bytes_are_those_of_rfc_8785_and_read_back(value: Any) -> None:
    """CANON-1; the other implementation is the library rfc8785."""
    data = canonical.encode(value)

    assert data == rfc8785.dumps(value)
    assert canonical.decode(data) == value


@given(values, st.data())
def test_bytes_that_are_spelled_another_way_are_refused(value: Any, data: st.DataObject) -> None:
    """CANON-6: parse, encode again, compare."""
    good = canonical.encode(value)
    place = data.draw(st.integers(0, len(good)))
    spoilt = good[:place] + data.draw(st.sampled_from(STRAY)) + good[place:]

    try:
        found = canonical.decode(spoilt)
    except Malformed:
        return
    assert canonical.encode(found) == spoilt


STRAY = [b" ", b"\n", b"0", b"+", b"\xef\xbb\xbf", b"\\u0041"]


@pytest.mark.parametrize("value", [1.5, b"x", {1: 2}, {"a": {1}}, object(), "a\tb", {"\n": 1}, 2**53])
def test_what_cannot_be_spelled_is_never_written(value: Any) -> None:
    """CANON-4, CANON-5."""
    with pytest.raises(Malformed):
        canonical.encode(value)


# -- parts and leaves --------------------------------------------------------------------------------------------------


def test_a_part_has_a_salt_of_its_own_and_a_limit() -> None:
    """FEED-10, FEED-13."""
    with pytest.raises(Malformed, match="salt"):
        Part(name="note", salt=b"short", data=b"")
    with pytest.raises(Malformed, match="at most"):
        Part(name=ACT, salt=bytes(32), data=bytes(ACT_LIMIT + 1))
    assert Part(name="note", salt=bytes(32), data=bytes(ACT_LIMIT + 1)).commitment


@given(st.binary(max_size=40), st.binary(max_size=40), keys, keys)
def test_no_two_parts_share_a_commitment(one: bytes, two: bytes, name: str, other: str) -> None:
    """FEED-11: lengths are stated, so nothing slides from one field into the next."""
    a = Part(name=name, salt=bytes(32), data=one)
    b = Part(name=other, salt=bytes(32), data=two)

    assert (a.commitment == b.commitment) == ((name, one) == (other, two))


def some_leaf(**more: Any) -> leaf.Leaf:
    com, com2 = committed([bytes(32)])
    fields: dict[str, Any] = {"origin": ORIGIN, "seq": 3, "t": 60, "kind": "act", "tag": "0" * 32, "size": 4096}
    return leaf.Leaf(**(fields | {"com": com, "com2": com2} | more))


@given(st.binary(min_size=32, max_size=32), st.integers(0, 2**40), st.sampled_from(["act", "ctl", "pad"]))
def test_a_leaf_reads_back(key: bytes, seq: int, kind: Any) -> None:
    """FEED-5."""
    one = some_leaf(seq=seq, kind=kind, tag=leaf.tag(key, ORIGIN, seq))

    assert leaf.decode(one.encode(), ORIGIN, seq) == one


@pytest.mark.parametrize(
    "more",
    [{"seq": 4}, {"seq": -3}, {"t": -1}, {"t": True}, {"kind": "other"}, {"tag": "0" * 31}, {"tag": "G" * 32},
     {"com": ""}, {"com2": "F" * 64}, {"env": "x"}, {"size": "4096"}, {"origin": "south/exercise-one/1"}],
    ids=str,
)  # fmt: skip
def test_a_leaf_that_is_none(more: dict[str, Any]) -> None:
    """FEED-5: exactly these fields, of these kinds, at this place."""
    with pytest.raises(Malformed):
        leaf.decode(some_leaf(**more).encode(), ORIGIN, 3)


def test_a_leaf_with_more_or_less_in_it_is_none() -> None:
    """FEED-5."""
    plain = canonical.decode(some_leaf().encode())

    for spoilt in ({**plain, "more": 1}, {k: v for k, v in plain.items() if k != "env"}, {**plain, "v": 2}, [plain]):
        with pytest.raises(Malformed):
            leaf.decode(canonical.encode(spoilt), ORIGIN, 3)


def test_a_tag_says_nothing_without_the_key_and_never_repeats() -> None:
    """FEED-7."""
    places = [(origin, seq) for origin in (ORIGIN, "south/x/1") for seq in range(50)]
    tags = [leaf.tag(key, origin, seq) for key in (b"k" * 32, b"l" * 32) for origin, seq in places]

    assert len(set(tags)) == len(tags)


# -- signatures --------------------------------------------------------------------------------------------------------

KEY = custody.generate("north/senior")
SIGNED = KEY.sign("kind", b"words")


@given(st.data())
def test_a_signature_with_any_bit_flipped_is_none(data: st.DataObject) -> None:
    """SIGN-3."""
    half = data.draw(st.sampled_from(["ed25519", "mldsa65"]))
    raw = bytearray(base64.b64decode(SIGNED[half]))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises(Untrusted):
        suite.verify(KEY.public, "kind", b"words", {**SIGNED, half: suite.b64(bytes(raw))})


@pytest.mark.parametrize(
    ("kind", "body"), [("kind", b"other"), ("other", b"words"), ("kin", b"dwords"), ("kind ", b"words")]
)
def test_a_signature_over_other_bytes_or_another_kind_is_none(kind: str, body: bytes) -> None:
    """SIGN-1."""
    suite.verify(KEY.public, "kind", b"words", SIGNED)

    with pytest.raises(Untrusted):
        suite.verify(KEY.public, kind, body, SIGNED)


@pytest.mark.parametrize(
    "signature",
    [None, {}, "x", {"ed25519": 5, "mldsa65": 5}, {**SIGNED, "more": ""}],
    ids=["none", "empty", "text", "numbers", "more"],
)
def test_what_is_no_signature(signature: Any) -> None:
    """SIGN-3."""
    with pytest.raises(Untrusted):
        suite.verify(KEY.public, "kind", b"words", signature)


@pytest.mark.parametrize("text", ["QQ", "QR==", "Q Q=", "QQ==\n", "_w==", 5, None, "QQ==QQ=="])
def test_base64_has_one_spelling(text: Any) -> None:
    """SIGN-4."""
    with pytest.raises(Malformed):
        suite.unb64(text)


def test_a_public_key_is_both_halves_of_a_known_suite() -> None:
    """SIGN-2, SIGN-5: the message never chooses a weaker suite."""
    plain = KEY.public.plain()
    assert suite.public_key(plain) == KEY.public

    for spoilt in (None, {}, {**plain, "suite": "E0"}, {**plain, "mldsa65": ""}, {**plain, "more": ""}):
        with pytest.raises(Malformed):
            suite.public_key(spoilt)


def test_the_fast_half_alone_serves_only_where_it_is_asked_for() -> None:
    """SIGN-6."""
    suite.verify_fast(KEY.public, "kind", b"words", SIGNED["ed25519"])

    with pytest.raises(Untrusted):
        suite.verify_fast(KEY.public, "kind", b"words", SIGNED["mldsa65"])
    with pytest.raises(Untrusted):
        suite.verify(KEY.public, "kind", b"words", {"ed25519": SIGNED["ed25519"]})


# -- replicas ----------------------------------------------------------------------------------------------------------


def entries(count: int, story: str = "") -> list[bytes]:
    mark = leaf_hash(story.encode()).hex() if story else ""
    return [some_leaf(seq=seq, env=mark).encode() for seq in range(count)]


def frontier(leaves: list[bytes]) -> Frontier:
    return Frontier().extend(leaf_hash(data) for data in leaves)


def head(leaves: list[bytes]) -> Checkpoint:
    return Checkpoint(origin=ORIGIN, size=len(leaves), root=root([leaf_hash(data) for data in leaves]))


@given(st.integers(0, 20), st.integers(0, 20), st.integers(1, 20), st.integers(0, 20))
def test_a_replica_is_extended_by_any_run_that_the_head_signs(held: int, first: int, size: int, stop: int) -> None:
    """FEED-20, FEED-21: an interrupted transfer leaves a shorter true copy."""
    whole = entries(size)
    held, stop = min(held, size), min(max(stop, first), size)
    hashes = [leaf_hash(data) for data in whole]
    proof = consistency_proof(hashes, stop, size) if max(stop, held) == stop and 0 < stop < size else []
    run = whole[first:stop]

    try:
        found = replica.extend(
            ORIGIN, frontier(whole[:held]), first, run, head(whole), proof, lambda n: root(hashes[:n])
        )
    except Untrusted as error:
        assert error.code == "replica.gap" and first > held
        return

    assert first <= held
    if stop <= held:
        assert found is None
    else:
        assert found is not None and (found.start, list(found.leaves)) == (held, whole[held:stop])
        assert found.frontier.root() == root(hashes[:stop])


@given(st.integers(0, 10), st.integers(1, 10), st.data())
def test_a_replica_takes_no_leaf_that_the_head_does_not_sign(held: int, more: int, data: st.DataObject) -> None:
    """FEED-22, FEED-23."""
    ours, theirs = entries(held + more), entries(held + more, "another story")
    place = data.draw(st.integers(held, held + more - 1))
    spoilt = [*ours[:place], theirs[place], *ours[place + 1 :]]

    with pytest.raises(Untrusted) as refusal:
        replica.extend(ORIGIN, frontier(ours[:held]), held, spoilt[held:], head(ours), [], lambda n: b"")
    assert refusal.value.code == "replica.root"


def test_a_replica_takes_no_more_than_was_signed_and_no_other_head_of_its_size() -> None:
    """FEED-22, FEED-24."""
    ours, theirs = entries(4), entries(4, "another story")
    hashes = [leaf_hash(data) for data in ours]

    with pytest.raises(Untrusted) as unsigned:
        replica.extend(ORIGIN, frontier(ours[:2]), 2, ours[2:], head(ours[:3]), [], lambda n: root(hashes[:n]))
    with pytest.raises(Untrusted) as other:
        replica.extend(ORIGIN, frontier(ours), 4, [], head(theirs), [], lambda n: root(hashes[:n]))

    assert (unsigned.value.code, other.value.code) == ("replica.unsigned", "replica.root")


# -- bundles -----------------------------------------------------------------------------------------------------------


@given(st.binary(max_size=300))
def test_no_bytes_make_the_reader_of_bundles_fail(data: bytes) -> None:
    """FEED-41."""
    for raw in (data, bundle.MAGIC + data):
        with pytest.raises(EntenteError):
            bundle.unpack(raw, lambda *_: None)


def test_a_bundles_lengths_have_caps() -> None:
    """FEED-41."""
    for lane, head_size, body_size in ((0, 2**31, 0), (3, 0, 2**31), (9, 2, 0)):
        with pytest.raises(Malformed):
            bundle.peek(bundle.MAGIC + struct.pack(">BII", lane, head_size, body_size))


@given(st.lists(st.binary(min_size=1, max_size=300), max_size=5), st.data())
def test_a_run_of_leaves_reads_back_and_no_piece_of_it_does(leaves: list[bytes], data: st.DataObject) -> None:
    """FEED-41."""
    joined = bundle.join(leaves)
    cut = data.draw(st.integers(0, len(joined)))

    assert bundle.split(joined) == leaves
    try:
        piece = bundle.split(joined[:cut])
    except Malformed:
        return
    assert piece == leaves[: len(piece)]
