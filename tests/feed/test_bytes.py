"""No byte of anything that is signed or committed to can be changed: each is, one by one, and every change is caught.

The ordinary run changes every byte in one way, the campaign in nine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from entente.errors import EntenteError, Untrusted
from entente.feed import bundle, fork, leaf, replica, sealed, suite
from entente.feed.bundle import Frame, Lane
from entente.feed.fork import Fork
from entente.feed.part import Part, committed
from entente.ids import Origin
from entente.node import custody
from entente.tlog import tile
from entente.tlog.checkpoint import Checkpoint
from entente.tlog.head import open_head, sign
from entente.tlog.merkle import Frontier, leaf_hash, root
from entente.tlog.note import Kind, NoteKey
from entente.tlog.proof import consistency_proof, inclusion_proof, verify_consistency, verify_inclusion
from entente.tlog.witness import AddCheckpoint, admit

ORIGIN = Origin("north/exercise-one/1")
ED = Ed25519PrivateKey.from_private_bytes(bytes([1] * 32))
ML = MLDSA44PrivateKey.from_seed_bytes(bytes([2] * 32))
LOG = NoteKey.of(ORIGIN, Kind.ED25519, ED), NoteKey.of(ORIGIN, Kind.COSIGNATURE_MLDSA44, ML)
OFFICER = custody.generate("north/senior")
PARTS = [Part(name=name, salt=leaf_hash(name.encode()), data=name.encode() * 9) for name in ("act", "plan")]


def make_leaf(seq: int, story: str = "") -> bytes:
    com, com2 = committed([part.commitment for part in PARTS])
    return leaf.Leaf(
        origin=ORIGIN, seq=seq, t=60, kind="act", tag="0f" * 16, size=4096, com=com, com2=com2,
        env=leaf_hash(story.encode()).hex(),
    ).encode()  # fmt: skip


LEAVES = [make_leaf(seq) for seq in range(7)]
HASHES = [leaf_hash(data) for data in LEAVES]


def checkpoint(size: int, hashes: list[bytes] = HASHES) -> Checkpoint:
    return Checkpoint(origin=ORIGIN, size=size, root=root(hashes[:size]))


def signed(head: Checkpoint) -> bytes:
    return sign(head, zip(LOG, (ED, ML), strict=True), 1_796_126_400)


@dataclass(frozen=True)
class Subject:
    """Bytes, and what takes them; it raises when they are not the ones that were made."""

    data: bytes
    take: Callable[[bytes], object]


def take_leaf(data: bytes) -> None:
    run = [*LEAVES[:3], data, *LEAVES[4:]]
    replica.extend(ORIGIN, Frontier(), 0, run, checkpoint(7), [], lambda n: root(HASHES[:n]))


def take_part(part: Part) -> None:
    if not leaf.decode(LEAVES[0], ORIGIN, 0).binds([part.commitment, PARTS[1].commitment]):
        raise Untrusted("part", "the leaf does not bind it")


def files() -> dict[str, bytes]:
    return dict(tile.publish(LEAVES))


def take_file(path: str) -> Callable[[bytes], object]:
    return lambda data: tile.read(checkpoint(7), {**files(), path: data}.__getitem__)


def steps(data: bytes) -> list[bytes]:
    return [data[at : at + 32] for at in range(0, len(data), 32)]


def take_bundle(data: bytes) -> None:
    bundle.unpack(data, lambda kind, body, signature: ED.public_key().verify(signature, suite.pae(kind, body)))


def make_fork() -> Fork:
    theirs = [*HASHES[:2], leaf_hash(b"another story"), *HASHES[3:]]
    small, large = signed(checkpoint(4)), signed(checkpoint(7, theirs))
    proof = tuple(consistency_proof(theirs, 4, 7))
    return Fork(smaller=small, larger=large, other_root=root(theirs[:4]), proof=proof)


def take_signature(half: str, signature: dict[str, str]) -> Callable[[bytes], object]:
    return lambda raw: suite.verify(OFFICER.public, "kind", b"words", {**signature, half: suite.b64(raw)})


KEYS = custody.generate_node("localhost")
CARD = {"keys": KEYS.public()}
GRANT = sealed.spell_grant([(sealed.name_of(sealed.sealed(part)), part.salt) for part in PARTS])


def take_grant(data: bytes) -> None:
    """Open, by a grant, what was sealed; nothing less than all of it, and each as its leaf has it."""
    salts = sealed.read_grant(data)
    for part in PARTS:
        ciphertext = sealed.sealed(part)
        salt = salts.get(sealed.name_of(ciphertext))
        if salt is None or sealed.opened(ciphertext, part.name, salt) != part or len(salts) != len(PARTS):
            raise Untrusted("part.grant", "the grant does not open it")


def take_key(data: bytes) -> None:
    found = suite.PublicKey(ed25519=data[:32], mldsa65=data[32:])
    if found.fingerprint != OFFICER.public.fingerprint:
        raise Untrusted("key", "it is not the key that was pinned")


@cache
def subjects() -> dict[str, Subject]:
    one = PARTS[0]
    by = OFFICER.sign("kind", b"words")
    frames = [
        Frame(lane=Lane.LEAVES, head={"origin": ORIGIN, "first": 0, "proof": []}, body=bundle.join(LEAVES)),
        Frame(lane=Lane.ACT, head={"origin": ORIGIN, "seq": 0}, body=sealed.sealed(one)),
    ]
    manifest = {"from": "north", "to": "south", "agreement": "exercise-one"}
    packed = bundle.pack(manifest, frames, lambda kind, body: ED.sign(suite.pae(kind, body)))
    inclusion = b"".join(inclusion_proof(HASHES, 4, 7))
    consistency = b"".join(consistency_proof(HASHES, 3, 7))
    roots = root(HASHES[:3]), root(HASHES)
    return {
        "leaf": Subject(LEAVES[3], take_leaf),
        "tile": Subject(files()["tile/0/000.p/7"], take_file("tile/0/000.p/7")),
        "entries": Subject(files()["tile/entries/000.p/7"], take_file("tile/entries/000.p/7")),
        "head": Subject(signed(checkpoint(7)), lambda data: open_head(data, LOG)),
        "inclusion proof": Subject(inclusion, lambda data: verify_inclusion(4, 7, HASHES[4], roots[1], steps(data))),
        "consistency proof": Subject(consistency, lambda data: verify_consistency(3, 7, *roots, steps(data))),
        "a part's bytes": Subject(one.data, lambda data: take_part(Part(name="act", salt=one.salt, data=data))),
        "a part's salt": Subject(one.salt, lambda data: take_part(Part(name="act", salt=data, data=one.data))),
        "a part's name": Subject(
            b"act", lambda data: take_part(Part(name=data.decode("latin-1"), salt=one.salt, data=one.data))
        ),
        "the signed words": Subject(b"words", lambda data: suite.verify(OFFICER.public, "kind", data, by)),
        "the Ed25519 half": Subject(suite.unb64(by["ed25519"]), take_signature("ed25519", by)),
        "the ML-DSA-65 half": Subject(suite.unb64(by["mldsa65"]), take_signature("mldsa65", by)),
        "a sealed part": Subject(sealed.sealed(one), lambda data: take_part(sealed.opened(data, "act", one.salt))),
        "a sealed grant": Subject(
            custody.seal_to(CARD, GRANT, b"this bundle"), lambda data: KEYS.seal.open(data, b"this bundle")
        ),
        "what a grant opens": Subject(GRANT, take_grant),
        "a request to a witness": Subject(
            AddCheckpoint(old=3, proof=tuple(consistency_proof(HASHES, 3, 7)), note=signed(checkpoint(7))).encode(),
            lambda data: admit(AddCheckpoint.parse(data), LOG, checkpoint(3)),
        ),
        "a person's key": Subject(OFFICER.public.ed25519 + OFFICER.public.mldsa65, take_key),
        "bundle": Subject(packed, take_bundle),
        "evidence of a fork": Subject(
            make_fork().encode(),
            lambda data: fork.check(fork.decode(data), lambda note: open_head(note, LOG).checkpoint),
        ),
    }


NAMES = sorted(subjects())
WAYS = [1, 2, 4, 8, 16, 32, 64, 128, 255]


def change_each(name: str, ways: Callable[[int], list[int]]) -> None:
    one = subjects()[name]
    one.take(one.data)
    for at in range(len(one.data)):
        for mask in ways(at):
            changed = one.data[:at] + bytes([one.data[at] ^ mask]) + one.data[at + 1 :]
            with pytest.raises((EntenteError, InvalidSignature)):
                one.take(changed)
                pytest.fail(f"{name}: byte {at} changed by {mask:#x} was taken")


@pytest.mark.parametrize("name", NAMES)
def test_no_byte_can_be_changed(name: str) -> None:
    """TLOG-4, 5, 7, 12, 15, 20, FEED-11, FEED-12, FEED-16, FEED-20, FEED-30, FEED-40, SIGN-3."""
    change_each(name, lambda at: [WAYS[at % len(WAYS)]])


@pytest.mark.parametrize("name", NAMES)
def test_no_byte_can_be_cut_off_or_added(name: str) -> None:
    """TLOG-7, TLOG-15, FEED-11, FEED-41, SIGN-3."""
    one = subjects()[name]

    for changed in (one.data[:-1], one.data[1:], one.data + b"\0", b"\0" + one.data, b"", one.data * 2):
        with pytest.raises((EntenteError, InvalidSignature)):
            one.take(changed)


@pytest.mark.campaign
@pytest.mark.parametrize("name", NAMES)
def test_no_byte_can_be_changed_in_any_of_nine_ways(name: str) -> None:
    """As above, in every single bit and in all at once."""
    change_each(name, lambda at: WAYS)
