"""Exchange keys that change: whose request comes in before, while and after a peer hears of it."""

from __future__ import annotations

import pytest
from tests.node.keying import ALL_ROLES, rotate
from tests.node.stories import AGREEMENT, three

from entente.errors import Untrusted
from entente.exchange.puller import Link, pinned
from entente.exchange.signing import Door, Envelope, sign
from entente.feed.suite import unb64
from entente.ids import PartyId
from entente.node.custody import NodeKeys

AT = 1_800_000_000


def knock(door: Door, keys: NodeKeys, number: int) -> None:
    """Ask at b's door as a, under these keys."""
    envelope = Envelope(sender="a", receiver="b", agreement=AGREEMENT, nonce=f"{number:032}", time=AT)
    door.admit("POST", "/p", sign(keys, envelope, "POST", "/p", b"{}"), b"{}")


def test_a_door_opens_to_a_new_exchange_key_once_its_entry_is_held_and_no_more_to_the_old() -> None:
    """KEY-10, attack: a stolen exchange key asks for what its party may see."""
    c = three()
    old = c["a"].node.keys
    rotate(c["a"], ("exchange",))
    new, door = c["a"].node.keys, Door(c["b"].node, lambda: AT)

    knock(door, old, 1)
    with pytest.raises(Untrusted):
        knock(door, new, 2)
    c.carry("a", "b")
    knock(door, new, 3)
    with pytest.raises(Untrusted) as refusal:
        knock(door, old, 4)
    assert refusal.value.code == "exchange.signature"


def test_a_link_asks_under_the_keys_before_while_its_peer_has_not_heard_of_the_new_ones() -> None:
    """KEY-10: as long as the old exchange key is not lost, nothing has to be carried by hand."""
    c = three()
    rotate(c["a"], ("exchange",), "one", 1)
    rotate(c["a"], ("exchange", "log"), "two", 2)
    a = c["a"].node
    a.generations = [c["b"].node.keys, *a.generations]  # whatever else lies there comes last

    asked = Link(a, AGREEMENT, "b")._exchange_keys()

    assert asked[0] is a.keys
    assert len({keys.public()["exchange"] for keys in asked}) == len(asked) == len(a.generations)


def test_a_link_trusts_the_certificate_of_the_newest_card() -> None:
    """KEY-10."""
    c = three()
    link = Link(c["b"].node, AGREEMENT, "a")
    before = link._context
    assert not link.renewed()
    rotate(c["a"], ALL_ROLES)
    c.carry("a", "b")

    assert link.renewed() and link._context is not before and not link.renewed()
    card = c["b"].node.book(AGREEMENT).card(PartyId("a"))
    assert [unb64(card["keys"]["tls"])] == pinned(card).get_ca_certs(binary_form=True)
