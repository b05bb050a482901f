"""Anchors: what was said under one suite holds under another, after the first has broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from hashlib import blake2b, sha3_256
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey, Ed448PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.node.stories import AGREEMENT, event, propose, three

from entente.errors import Refused, Untrusted
from entente.feed import anchor as anchors
from entente.feed.anchor import A1, Anchor, Suite
from entente.feed.suite import b64
from entente.joint.anchors import anchors as told
from entente.node import command, rotation
from entente.testing.coalition import Coalition

A = f"a/{AGREEMENT}/1"
PRIVATE = Ed448PrivateKey.from_private_bytes(bytes(range(57)))


def _ed448(key: bytes, message: bytes, signature: bytes) -> None:
    try:
        Ed448PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise Untrusted("anchor.signature", "the anchor is not signed by its key") from None


E2 = Suite("E2", lambda data: blake2b(data).digest()[:32], _ed448)
"""A suite that shares nothing with E1: BLAKE2b and Ed448. It is known to these tests alone."""


@cache
def anchored() -> tuple[Coalition, Anchor, Anchor]:
    """Party a has bound its feed, once under A1, once under a suite of another make; the others have acknowledged."""
    c = three()
    a, book = c["a"], c["a"].node.book(AGREEMENT)
    propose(a, "ab")
    first = rotation.anchor(a.node, book)
    a.say(command.reanchor(AGREEMENT, "a", first.plain()))
    size = book.size(A)
    second = anchors.make(
        E2, A, size, book.root_at(A, size) or "", [row.leaf for row in a.node.store.leaves(A, 0, size)],
        rotation.parts(a.node, A, size), (PRIVATE.public_key().public_bytes_raw(), PRIVATE.sign),
    )  # fmt: skip
    a.say(command.reanchor(AGREEMENT, "a", second.plain()))
    c.settle()
    return c, first, second


def held(c: Coalition, size: int) -> tuple[list[bytes], list[anchors.Kept]]:
    node = c["a"].node
    return [row.leaf for row in node.store.leaves(A, 0, size)], list(rotation.parts(node, A, size))


def test_a_feed_is_bound_anew_and_every_party_takes_note() -> None:
    """KEY-40."""
    c, first, second = anchored()
    events = told(c["c"].node.book(AGREEMENT).fold("all").now(), "a")

    assert [e.act.statement.body["suite"] for e in events] == ["A1", "E2"]
    assert [Anchor(**e.act.statement.body) for e in events] == [first, second]
    assert {event(c[p], "all", e.seq, "a").code for p in "abc" for e in events} == {""}


@pytest.mark.parametrize("which", [0, 1], ids=["A1", "E2"])
def test_the_old_evidence_holds_after_the_old_suite_has_broken(which: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """KEY-41, KEY-42: with SHA-256 broken outright, a changed leaf or part is still found."""
    c, *both = anchored()
    bound = both[which]
    leaves, parts = held(c, bound.size)

    class Broken:
        """Of SHA-256, when anybody can find what hashes to anything, nothing may be asked."""

        def __call__(self, *_: Any) -> Any:
            raise AssertionError("an anchor's check asked SHA-256")

    for module in ("entente.feed.part", "entente.feed.suite", "entente.tlog.merkle", "entente.feed.root"):
        monkeypatch.setattr(f"{module}.sha256", Broken())

    anchors.check(bound, A, leaves, parts, {"A1": A1, "E2": E2})
    other = [*parts[:3], (*parts[3][:4], parts[3][4] + b" "), *parts[4:]]
    with pytest.raises(Untrusted) as refusal:
        anchors.check(bound, A, leaves, other, {"A1": A1, "E2": E2})
    assert refusal.value.code == "anchor.parts"
    with pytest.raises(Untrusted) as refusal:
        anchors.check(bound, A, [leaves[0].replace(b"kind", b"kinD"), *leaves[1:]], parts, {"A1": A1, "E2": E2})
    assert refusal.value.code == "anchor.leaves"


def test_a_suite_that_is_not_known_and_a_signature_that_is_not_its_keys_prove_nothing() -> None:
    """KEY-41."""
    c, first, second = anchored()
    leaves, parts = held(c, second.size)
    with pytest.raises(Untrusted) as refusal:
        anchors.check(second, A, leaves, parts)
    assert refusal.value.code == "anchor.suite"
    changes: list[dict[str, Any]] = [{"signature": b64(bytes(114))}, {"key": b64(bytes(57))}, {"root": "0" * 64}]
    for change in changes:
        with pytest.raises(Untrusted) as refusal:
            anchors.check(replace(second, **change), A, leaves, parts, {"E2": E2})
        assert refusal.value.code == "anchor.signature"
    with pytest.raises(Untrusted):
        anchors.check(second, "b/exercise-test/1", leaves, parts, {"E2": E2})
    with pytest.raises(Untrusted) as refusal:
        anchors.check(replace(first, key="AA=="), A, leaves[: first.size], parts)
    assert refusal.value.code == "anchor.signature"


def test_an_anchor_of_another_head_is_refused() -> None:
    """KEY-40: one names a head of its own feed, as it is."""
    c = three()
    bound = rotation.anchor(c["a"].node, c["a"].node.book(AGREEMENT))
    for change in ({"root": "0" * 64}, {"size": bound.size + 1}, {"leaves": "x"}, {"suite": "A 1"}):
        with pytest.raises(Refused) as refusal:
            c["a"].say(command.reanchor(AGREEMENT, "a", {**bound.plain(), **change}))
        assert refusal.value.code == "record.anchor"


def naive(items: list[bytes], hash_: Callable[[bytes], bytes]) -> bytes:
    """RFC 6962 §2.1, as it is written there."""
    if len(items) < 2:
        return hash_(b"\0" + items[0]) if items else hash_(b"")
    k = 1
    while k * 2 < len(items):
        k *= 2
    return hash_(b"\1" + naive(items[:k], hash_) + naive(items[k:], hash_))


@settings(max_examples=60, deadline=None)
@given(items=st.lists(st.binary(max_size=8), max_size=70))
def test_the_tree_is_that_of_the_rfc_with_another_hash(items: list[bytes]) -> None:
    """KEY-41."""
    assert anchors.tree(A1, items) == naive(items, lambda data: sha3_256(data).digest())
