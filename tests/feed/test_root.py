"""Root documents, cards and successions: one spelling, enough signatures, and not a byte that could be another."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.node.keying import document, key, node_keys, signed
from tests.node.stories import AGREEMENT, three

from entente import canonical
from entente.errors import EntenteError, Malformed, Untrusted
from entente.feed import card as cards
from entente.feed import leaf as leaves
from entente.feed import root as roots
from entente.feed.part import Part
from entente.feed.root import Root
from entente.feed.succession import Succession
from entente.ids import CircleId, OfficerId, SubjectId
from entente.joint import act as acts
from entente.node import command, custody, orders
from entente.node.orders import Order
from entente.tlog.checkpoint import Checkpoint
from entente.verify import cards as verifiers

THREE = [key("one"), key("two"), key("three")]
NEXT = [key("two"), key("three"), key("four")]


@cache
def steps() -> tuple[Root, Root, bytes]:
    """A first document, the one that follows it, and that one's file with signatures of both."""
    first = document("a", THREE, 2)
    second = document("a", NEXT, 2, first)
    return first, second, roots.write_file(second, signed(second, THREE[:2] + NEXT[1:]))


@cache
def a_card() -> bytes:
    """A card of the second form, signed by two of three root keys."""
    body = custody.card_body(steps()[0], "a", "A", "https://a", node_keys("c"), 3)
    return canonical.encode({**body, "signature": custody.sign_together(THREE[1:], cards.KIND, canonical.encode(body))})


def take_root(data: bytes) -> Root:
    """Take a document that follows the first, or raise."""
    found, signatures = roots.read_file(data)
    roots.require_following(steps()[0], found, signatures)
    return found


def take_card(data: bytes) -> Any:
    """Take a card of that first root, or raise, with the node's reader and the verifier's alike."""
    try:
        read = verifiers.read(data)
    except EntenteError:
        with pytest.raises(EntenteError):
            cards.require(canonical.decode(data), steps()[0])
        raise
    if read.root != steps()[0]:
        raise Untrusted("card.root", "another root")
    return cards.require(canonical.decode(data), steps()[0])


def test_a_document_has_one_spelling_and_is_read_as_it_was_written() -> None:
    """KEY-1, KEY-2."""
    first, second, data = steps()

    assert take_root(data) == second and roots.read(first.plain(), "a") == first
    assert roots.write_file(*roots.read_file(data)) == data
    alone = roots.of_key("a", key("one").public)
    assert alone.pin == key("one").public.fingerprint and alone.spelt() == key("one").public.plain()
    with pytest.raises(Malformed):
        roots.read(alone.plain(), "a")
    assert len({alone.pin, first.pin, second.pin, document("b", THREE, 2).pin, document("a", THREE, 3).pin}) == 5


@pytest.mark.parametrize(
    "change",
    [
        {"threshold": 0}, {"threshold": 4}, {"threshold": True}, {"version": 0}, {"version": 2}, {"previous": "x"},
        {"keys": []}, {"keys": "THRICE"}, {"keys": "BACKWARDS"}, {"v": 2}, {"party": "b"}, {"more": 1}, {"keys": "SIX"},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_document_is_refused(change: dict[str, Any]) -> None:
    """KEY-1."""
    plain = steps()[0].plain()
    listed = plain["keys"]
    odd = {"THRICE": [listed[0]] * 3, "BACKWARDS": listed[::-1], "SIX": listed * 2}
    changed = {**plain, **{k: odd.get(v, v) if isinstance(v, str) else v for k, v in change.items()}}

    with pytest.raises(Malformed):
        roots.read(changed, "a")


def test_a_document_follows_only_with_enough_keys_of_both() -> None:
    """KEY-3, KEY-4, KEY-5."""
    first, second, _ = steps()
    roots.require_first(first, signed(first, THREE[1:]))
    for keys in (THREE[:1] + NEXT[1:2], THREE[:2], [*NEXT[2:], THREE[0]], []):
        with pytest.raises(Untrusted) as refusal:
            roots.require_following(first, second, signed(second, keys))
        assert refusal.value.code == "root.threshold"
    roots.require_following(first, second, signed(second, [*THREE, key("four")]))
    # -- a key that was revoked counts for nothing, and is in no document that follows
    gone = {key("two").public.fingerprint}
    with pytest.raises(Untrusted) as refusal:
        roots.require_following(first, second, signed(second, THREE), without=gone)
    assert refusal.value.code == "root.follows"
    # -- and a stranger's signature beside enough others voids all of them
    with pytest.raises(Untrusted) as refusal:
        roots.require_following(first, second, signed(second, [*THREE[:2], *NEXT[1:], key("stranger")]))
    assert refusal.value.code == "signature.invalid"
    for before, after in ((second, first), (first, first), (first, replace(second, version=3))):
        with pytest.raises(Untrusted):
            roots.require_following(before, after, signed(after, [*THREE, key("four")]))


def flip(data: bytes, at: int, bit: int) -> bytes:
    at %= len(data)
    return data[:at] + bytes([data[at] ^ (1 << bit)]) + data[at + 1 :]


@settings(max_examples=150, deadline=None)
@given(at=st.integers(0, 1 << 20), bit=st.integers(0, 7), which=st.sampled_from(["root", "card"]))
def test_no_bit_of_a_root_document_or_a_card_can_be_another(at: int, bit: int, which: str) -> None:
    """KEY-5, KEY-20: whatever was changed, and wherever."""
    data, take = (steps()[2], take_root) if which == "root" else (a_card(), take_card)

    assert take(data)
    with pytest.raises(EntenteError):
        take(flip(data, at, bit))


@pytest.mark.campaign
@pytest.mark.parametrize(("data", "take"), [(steps, take_root), (a_card, take_card)], ids=["root", "card"])
def test_no_byte_of_either_can_be_another(data: Callable[[], Any], take: Callable[[bytes], Any]) -> None:
    """KEY-5, KEY-20: every byte, one by one."""
    whole = data() if data is a_card else data()[2]
    for at in range(len(whole)):
        with pytest.raises(EntenteError):
            take(flip(whole, at, at % 8))


@settings(max_examples=40, deadline=None)
@given(at=st.integers(0, 1 << 20), bit=st.integers(0, 7), verb=st.sampled_from(["keys.certify", "keys.revoke"]))
def test_no_bit_of_an_entry_about_keys_can_be_another(at: int, bit: int, verb: str) -> None:
    """KEY-10, KEY-14: its leaf commits to it, and the head to its leaf."""
    leaf, part = _entry(verb)

    assert leaf.binds([part.commitment, *_others(part)])
    changed = replace(part, data=flip(part.data, at, bit))
    assert not leaf.binds([changed.commitment, *_others(part)])


@cache
def _entry(verb: str) -> tuple[leaves.Leaf, Part]:
    c = three()
    a, origin = c["a"], f"a/{AGREEMENT}/1"
    watch = a.officers["watch"].public.fingerprint
    if verb == "keys.revoke":
        a.say(command.revoke(AGREEMENT, "a", "officer", watch, 0))
    seq = a.said[-1].seq if verb == "keys.revoke" else 0
    kept = a.node.store.part(origin, seq, 0)
    assert kept is not None
    stored = next(a.node.store.leaves(origin, seq, seq + 1))
    return leaves.decode(stored.leaf, origin, seq), Part(name=kept.name, salt=kept.salt, data=kept.data)


def _others(part: Part) -> list[bytes]:
    return [bytes.fromhex(digest) for _, digest in json.loads(part.data)["statement"]["details"]]


def test_a_card_counts_with_its_roots_signatures_alone() -> None:
    """KEY-20, KEY-22."""
    card = canonical.decode(a_card())
    assert take_card(a_card())["number"] == 3
    for change in ({"v": 1}, {"number": 0}, {"number": "3"}, {"more": 1}, {"signature": {}}, {"root": {}}):
        with pytest.raises(EntenteError):
            cards.require({**card, **change}, steps()[0])
    with pytest.raises(Untrusted):
        cards.require(card, steps()[1])


def test_an_act_about_keys_may_be_long_and_every_other_may_not() -> None:
    """KEY-7."""
    c = three()
    note = "n" * 20_000
    for verb, circle in (("keys.root", "all"), ("stop.send", "ab")):
        statement = acts.Statement(
            agreement=c["a"].node.book(AGREEMENT).first.digest, circle=CircleId(circle), verb=verb,
            subject=SubjectId("x"), body={"x": note},
        )  # fmt: skip
        if verb == "keys.root":
            assert len(acts.write(statement, c.clock.now(), (), None)) > 20_000
        else:
            with pytest.raises(Malformed) as refusal:
                acts.write(statement, c.clock.now(), (), None)
            assert refusal.value.code == "act.size"


def test_a_nodes_key_is_named_by_its_role() -> None:
    """KEY-8, KEY-9: the same bytes in two roles have two names, and the same halves."""
    public = node_keys("c").public()
    both = cards.publics({**public, "cosigner": public["exchange"]})
    assert both["cosigner"][0] != both["exchange"][0] and both["cosigner"][1] == both["exchange"][1]


def test_what_each_size_needs_follows_from_the_entries_that_changed_the_keys() -> None:
    """KEY-11, KEY-13."""
    origin = "a/exercise-test/1"
    one, two, three_ = (cards.log_keys(origin, node_keys(name).public()) for name in ("1", "2", "3"))
    log = Succession.of(origin, one, [(4, two), (6, two), (9, three_)])

    assert log.handovers == (5, 10) and log.newest == three_
    assert [set(log.required(size)) for size in (0, 4, 5, 6, 9, 10, 11)] == [
        set(one), set(one), {*one, *two}, set(two), set(two), {*two, *three_}, set(three_),
    ]  # fmt: skip
    old = node_keys("1").sign_head(Checkpoint(origin=origin, size=7, root=bytes(32)), 1)
    assert log.evidence(old).size == 7
    with pytest.raises(Untrusted):
        log.open(old)
    early = node_keys("3").sign_head(Checkpoint(origin=origin, size=7, root=bytes(32)), 1)
    with pytest.raises(Untrusted):
        log.evidence(early)
    with pytest.raises(Untrusted):
        log.open(node_keys("1").sign_head(Checkpoint(origin="b/exercise-test/1", size=1, root=bytes(32)), 1))


# -- orders ------------------------------------------------------------------------------------------------------------


def order() -> Order:
    """An order for a document and the card that goes with it."""
    second = steps()[1]
    return Order(party="a", document=second, card=custody.card_body(second, "a", "A", "https://a", node_keys("c"), 4))


def test_an_order_is_completed_by_the_right_keys_and_by_no_others() -> None:
    """KEY-30, KEY-32."""
    what, before = order(), steps()[0]
    assert orders.read(what.encode()) == what
    files = [what.sign(one) for one in (*THREE[:2], *NEXT[1:])]

    under, card = orders.completed(what, before, orders.gather(what, files))

    roots.require_following(before, steps()[1], under)
    assert cards.require(card, steps()[1])["number"] == 4
    for few in (files[:1], [files[0], *files[2:3]]):
        with pytest.raises(Untrusted):
            orders.completed(what, before, orders.gather(what, few))
    other = Order(party="a", card={**(what.card or {}), "number": 5})
    with pytest.raises(EntenteError) as refusal:
        orders.gather(other, files)
    assert refusal.value.code == "order.other"
    with pytest.raises(Malformed):
        orders.gather(what, [b"{}"])


@settings(max_examples=60, deadline=None)
@given(at=st.integers(0, 1 << 20), bit=st.integers(0, 7))
def test_an_order_with_another_bit_is_none_or_another_one(at: int, bit: int) -> None:
    """KEY-30: signatures under one are none under the other."""
    what = order()
    try:
        changed = orders.read(flip(what.encode(), at, bit))
    except Malformed as error:
        assert error.code == "order.file"
        return
    assert changed.digest != what.digest


def test_the_words_of_an_order_are_those_that_are_signed() -> None:
    """KEY-31: a statement's text is the one whose hash it holds, or the order is none."""
    c = three()
    draft = c["a"].draft(command.enrol(AGREEMENT, "a", OfficerId("a/new"), key("x").public), "root")
    what = orders.of_draft("a", draft)
    assert draft.text.split("\n")[1] in list(orders.read(what.encode()).words())
    parts = tuple(replace(part, data=b"harmless") if part.name == "shown" else part for part in what.parts)
    with pytest.raises(Malformed) as refusal:
        orders.read(replace(what, parts=parts).encode())
    assert refusal.value.code == "order.file"
