"""Proof that a feed has forked, checked with nothing but the party's card (FEED-30, FEED-32).

Two heads that one log signed and that cannot both be true. Whoever keeps this file needs no node, no network, and
nobody's word; only the fingerprint of the party's root, from the agreement or from the party itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from entente.errors import EntenteError, Malformed, Untrusted
from entente.feed import fork
from entente.ids import Origin, party_of
from entente.tlog import head as heads
from entente.tlog.checkpoint import Checkpoint
from entente.tlog.note import Note
from entente.verify.cards import Card
from entente.verify.report import Report, utc


def check(data: bytes, cards: Sequence[Card]) -> Report:
    """Return what a proof of a fork proves and what it does not, by the cards that its party has had.

    Raises:
        Malformed: `fork.file`, `tlog.*`, `fork.card`, when no card is given.
        Untrusted: `fork.card`, when a card is another party's; `fork.unproven`, `tlog.*`, when it proves nothing.
    """
    found = fork.decode(data)
    origin = Origin(Checkpoint.parse(Note.parse(fork.heads(found)[0]).text).origin)
    if not cards:
        raise Malformed("fork.card", "a proof is checked with the party's card; give it")
    for card in cards:
        if card.party != party_of(origin):
            raise Untrusted("fork.card", f"the card is {card.party}'s, and the feed {origin} is not")
        if card.root.pin != cards[0].root.pin:
            raise Untrusted("fork.card", "the cards have different roots; check the proof with one of them at a time")
    signed: dict[bytes, heads.Head] = {}

    def read(note: bytes) -> Checkpoint:
        # Keys change: each head may be signed by those of another card.
        fault: EntenteError = Malformed("fork.card", "no card was given")
        for card in cards:
            try:
                signed[note] = heads.open_head(note, card.log_keys(origin))
            except EntenteError as error:
                fault = error
            else:
                return signed[note].checkpoint
        raise fault

    small, large = fork.check(found, read)
    if small.origin != origin:
        raise Untrusted("fork.unproven", "the heads are of another feed than the file says")
    size = fork.claims(data)[0]
    return _told(origin, size, (small, large), [signed[note] for note in fork.heads(found)], cards)


def _told(
    origin: Origin, size: int, both: tuple[Checkpoint, Checkpoint], signed: Sequence[heads.Head], cards: Sequence[Card]
) -> Report:
    report, party = Report(), party_of(origin)
    small, large = both
    report.proved(
        origin, "feed.forked",
        f"{party} has signed two histories of its feed: a head of {small.size} entries with root {small.root.hex()}, "
        f"and a head of {large.size} entries with root {large.root.hex()}. They differ within the first {size} "
        "entries, so no single list of entries fits both.",
        size=size, heads=[[one.size, one.root.hex()] for one in both],
    )  # fmt: skip
    report.proved(
        origin, "fork.signed",
        f"Both keys of {party}'s log signed both heads, as {party}'s root certified them. The root's fingerprint is "
        f"{cards[0].root.pin}: compare it with the agreement, or with {party} itself.",
        root=str(cards[0].root.pin),
    )  # fmt: skip
    for one in signed:
        at = next((stated for stated in one.signers.values() if stated is not None), None)
        if at is not None:
            report.proved(
                origin, "fork.dated", f"The head of {one.checkpoint.size} entries says {utc(at)}, by its own clock."
            )
    report.unproved(
        origin, "fork.which",
        "Which of the two is true, and at which entry they part: that shows only who holds entries of both.",
    )  # fmt: skip
    report.unproved(
        origin, "fork.why",
        f"Why: a party that tells two stories, a copy that was restored and spoke too soon, and a thief of {party}'s "
        "log keys all leave the same proof.",
    )  # fmt: skip
    return report
