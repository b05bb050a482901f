"""A log's keys change under a witness: by a newer card that the party's root certified, and by nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.node import keying
from tests.node.stories import AGREEMENT, propose, witnessed

from entente.errors import Refused, Untrusted
from entente.feed.fork import check, decode
from entente.ids import Origin
from entente.joint.line import Reason
from entente.node import command, custody, rotation, witnessing
from entente.testing.coalition import Coalition, Member
from entente.tlog.checkpoint import Checkpoint
from entente.tlog.head import open_head
from entente.tlog.merkle import leaf_hash, root
from entente.tlog.proof import consistency_proof
from entente.tlog.witness import AddCheckpoint
from entente.witness import home as homes
from entente.witness import logs
from entente.witness.home import Home
from entente.witness.keeper import Keeper

NOW = 1_796_126_400
ORIGIN = Origin(f"a/{AGREEMENT}/1")
Card = dict[str, Any]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return homes.create(tmp_path / "witness", "witness.example/w1", host="localhost", port=1)


@pytest.fixture
def keeper(home: Home) -> Iterator[Keeper]:
    found = Keeper(home.record)
    yield found
    found.close()


def know(keeper: Keeper, card: Card, **how: Any) -> None:
    """Hand a party's card to the witness, as `entente witness add --replace` does."""
    keeper.add(ORIGIN, custody.note_keys(ORIGIN, card["keys"]), card=logs.read(logs.spell(card)), replace=True, **how)


def ask(member: Member, old: int) -> AddCheckpoint:
    """Return a member's request about its newest head."""
    asking = witnessing.due(member.node, member.node.book(AGREEMENT))
    assert asking is not None
    return asking.request(old)


def story(keeper: Keeper, home: Home) -> tuple[Coalition, int]:
    """Party a's feed, cosigned once under the keys of the card that was handed over."""
    c = witnessed()
    know(keeper, c["a"].card)
    propose(c["a"], "ab")
    keeper.cosign(ask(c["a"], 0).encode(), home.keys, NOW)
    return c, c["a"].node.book(AGREEMENT).size(ORIGIN)


def stop(member: Member, name: str) -> None:
    member.say(command.stop(AGREEMENT, "all", "a", name, Reason.OTHER), "watch")


def test_after_a_change_of_the_logs_keys_the_witness_goes_on_from_what_it_cosigned(home: Home, keeper: Keeper) -> None:
    """TLOG-24, KEY-10, KEY-11."""
    c, size = story(keeper, home)
    a = c["a"]
    new = keying.changed(a, ("log",))
    card = keying.card(a, new, keying.first(a), [a.root])
    rotation.tell(a.node, card, new)
    handover = a.node.book(AGREEMENT).size(ORIGIN)

    # -- the handover is signed by both, so the witness takes it while it still knows the old keys

    row = a.node.store.feed(ORIGIN)
    assert row is not None and row.checkpoint is not None
    tree = a.node.book(AGREEMENT).trees[ORIGIN]
    way = tuple(consistency_proof(tree, size, handover))
    keeper.cosign(AddCheckpoint(old=size, proof=way, note=row.checkpoint).encode(), home.keys, NOW + 60)

    # -- and nothing behind it, until it is handed the card

    stop(a, "one")
    with pytest.raises(Untrusted) as unsigned:
        keeper.cosign(ask(a, handover).encode(), home.keys, NOW + 120)
    assert unsigned.value.code == "tlog.unsigned"
    know(keeper, card)
    keeper.cosign(ask(a, handover).encode(), home.keys, NOW + 30)
    [row_] = keeper.rows()
    assert row_.head is not None and row_.head.size == handover + 1
    assert row_.at == NOW + 60 and row_.fork is None  # its word of when never goes back
    assert set(row_.keys) == set(custody.note_keys(ORIGIN, card["keys"]))


def test_heads_of_the_old_keys_count_for_nothing_after_the_change(home: Home, keeper: Keeper) -> None:
    """TLOG-24: whoever finds an old log key cannot get a history cosigned with it."""
    c, size = story(keeper, home)
    a = c["a"]
    old = a.node.keys
    new = keying.changed(a, ("log",))
    card = keying.card(a, new, keying.first(a), [a.root])
    rotation.tell(a.node, card, new)
    know(keeper, card)

    book = a.node.book(AGREEMENT)
    hashes = [*book.hashes(ORIGIN)[:size], leaf_hash(b"another story")]
    note = old.sign_head(Checkpoint(origin=ORIGIN, size=size + 1, root=root(hashes)), NOW)
    with pytest.raises(Untrusted) as unsigned:
        proof = tuple(consistency_proof(hashes, size, size + 1))
        keeper.cosign(AddCheckpoint(old=size, proof=proof, note=note).encode(), home.keys, NOW)

    assert unsigned.value.code == "tlog.unsigned"


def test_a_new_cosigner_key_changes_nothing_of_the_log(home: Home, keeper: Keeper) -> None:
    """KEY-10: each role may change by itself."""
    c, size = story(keeper, home)
    a = c["a"]
    new = keying.changed(a, ("cosigner",))
    card = keying.card(a, new, keying.first(a), [a.root])
    rotation.tell(a.node, card, new)
    stop(a, "one")

    keeper.cosign(ask(a, size).encode(), home.keys, NOW)
    know(keeper, card)
    stop(a, "two")
    keeper.cosign(ask(a, size + 2).encode(), home.keys, NOW)

    [row] = keeper.rows()
    assert row.head is not None and row.head.size == size + 3


def test_a_card_that_the_root_did_not_certify_changes_nothing(home: Home, keeper: Keeper) -> None:
    """TLOG-24: another root's, another party's, one that was changed, and one that is older."""
    c, size = story(keeper, home)
    a = c["a"]
    stranger = keying.key("stranger")
    new = keying.changed(a, ("log",))
    theirs = keying.document("a", [stranger], 1)
    good = keying.card(a, new, keying.first(a), [a.root], number=2)

    with pytest.raises(Refused) as other_root:
        know(keeper, keying.card(a, new, theirs, [stranger], number=2))
    with pytest.raises(Refused) as other_party:
        know(keeper, c["b"].card)
    with pytest.raises(Untrusted) as changed:
        know(keeper, {**good, "number": 3})
    know(keeper, good)
    with pytest.raises(Refused) as older:
        know(keeper, keying.card(a, new, keying.first(a), [a.root], number=1))

    assert {one.value.code for one in (other_root, other_party, older)} == {"witness.card"}
    assert changed.value.code == "signature.invalid"
    know(keeper, good)  # once more is no harm
    [row] = keeper.rows()
    assert row.head is not None and row.head.size == size


def test_a_card_of_a_root_that_follows_is_taken_with_the_documents_between(home: Home, keeper: Keeper) -> None:
    """TLOG-24, KEY-4, KEY-5."""
    c, size = story(keeper, home)
    a = c["a"]
    after, keys = keying.take_over(a)
    step = (after, keying.signed(after, [a.root, *keys[:2]]))
    new = keying.changed(a, ("log",))
    card = keying.card(a, new, after, keys[:2])

    with pytest.raises(Refused) as unled:
        know(keeper, card)
    with pytest.raises(Untrusted) as unsigned:
        know(keeper, card, steps=[(after, keying.signed(after, keys[:2]))])
    know(keeper, card, steps=[step])
    rotation.tell(a.node, card, new)
    stop(a, "one")
    keeper.cosign(ask(a, size).encode(), home.keys, NOW)

    assert (unled.value.code, unsigned.value.code) == ("witness.card", "root.threshold")
    again = keying.card(a, keying.changed(a, ("log",), "newer"), after, keys[1:], number=2)
    know(keeper, again)  # the new root is the one to follow now
    with pytest.raises(Refused):
        know(keeper, keying.card(a, new, keying.first(a), [a.root], number=3))


def test_two_roots_of_one_size_are_evidence_when_the_keys_have_changed_since(home: Home, keeper: Keeper) -> None:
    """TLOG-23, KEY-13: what was cosigned under the old keys is kept with their lines."""
    c, size = story(keeper, home)
    a = c["a"]
    old = a.node.keys
    other = [*a.node.book(AGREEMENT).hashes(ORIGIN)[: size - 1], leaf_hash(b"another story")]
    new = keying.changed(a, ("log",))
    know(keeper, keying.card(a, new, keying.first(a), [a.root]))
    signed = Checkpoint(origin=ORIGIN, size=size, root=root(other))

    with pytest.raises(Exception, match="two different roots"):
        note = new.sign_head(signed, NOW)
        keeper.cosign(AddCheckpoint(old=size, proof=(), note=note).encode(), home.keys, NOW)

    [row] = keeper.rows()
    assert row.fork is not None

    def opened(note: bytes) -> Checkpoint:
        for keys in (old, new):
            try:
                return open_head(note, custody.note_keys(ORIGIN, keys.public())).checkpoint
            except Untrusted:
                continue
        raise AssertionError("a head without its log's lines")

    small, large = check(decode(row.fork), opened)
    assert small.size == large.size == size and small.root != large.root
