"""Whose keys a log's are: a party's card makes them known, and a later one changes them (TLOG-24).

A witness holds no entries, so it does not see a party's feed change its log's keys (KEY-11). Its keeper hands it the
new card. That one takes the place of the card before it when it has a higher number, and the root that signed the one
before signed it too, or one that follows that root, step by step. Anything else is for people: they compare
fingerprints, and name the keys themselves.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from entente.errors import Refused
from entente.feed import card as cards
from entente.feed import root as roots
from entente.feed.root import Root, Signatures
from entente.node import custody

Card = Mapping[str, Any]
Steps = Sequence[tuple[Root, Signatures]]


def read(data: bytes, where: str = "") -> Card:
    """Return a card that its own root signed.

    Raises:
        Malformed, Untrusted: as `custody.open_card`.
    """
    return custody.open_card(data, where)


def require_following(before: Card, card: Card, steps: Steps = ()) -> None:
    """Return when `card` may take the place of `before`: of the same party, newer, and certified by its root.

    Raises:
        Refused: `witness.card`.
        Untrusted: `root.follows`, `root.threshold`, `signature.invalid`, when a step leads nowhere.
    """
    if card["party"] != before["party"]:
        raise Refused("witness.card", f"the card is {card['party']}'s, and the log is {before['party']}'s")
    root = cards.own_root(before)
    for after, signatures in sorted(steps, key=lambda step: step[0].version):
        if after.version > root.version:
            roots.require_following(root, after, signatures)
            root = after
    if cards.own_root(card).pin != root.pin:
        raise Refused(
            "witness.card",
            f"the card is signed by another root than the card before it ({root.pin[:16]}…), and nothing here leads "
            "from the one to the other; give the root documents between them with --root",
        )
    if cards.number(card) <= cards.number(before) and card != before:
        raise Refused(
            "witness.card",
            f"the card has number {cards.number(card)}, and the one before it {cards.number(before)}: it is an old one",
        )


def spell(card: Card) -> bytes:
    """Return a card as it is kept."""
    return json.dumps(dict(card), sort_keys=True).encode()
