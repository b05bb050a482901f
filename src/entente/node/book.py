"""Books: one agreement at this node: its text, keys, cards, and the ledger that folds its feeds.

One node keeps as many books as it has agreements; nothing of one is cited or carried in another (docs/adr/0011).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from typing import Any

from entente import canonical, ids
from entente.errors import Malformed, Refused, Unavailable
from entente.feed import card as cards_
from entente.feed import leaf as leaves
from entente.feed.succession import Succession
from entente.ids import AgreementId, CircleId, Hash, Origin, PartyId, epoch_of, feed_of, party_of
from entente.joint import accession, epochs, keys, staff
from entente.joint import act as acts
from entente.joint import agreement as agreements
from entente.joint.act import ALL, Act
from entente.joint.agreement import Agreement
from entente.joint.rules import Event, body_of
from entente.joint.state import CircleFold, Known, Ledger
from entente.node import custody, translate
from entente.store.promises import ActRow, Entry, FeedRow, Reads
from entente.tlog.merkle import leaf_hash
from entente.tlog.subtrees import Subtrees

HANDOVER = "handover/"


def handover_key(origin: str, size: int) -> str:
    """Return where the record keeps the head at which a feed's keys changed: signed by the old and the new."""
    return f"{HANDOVER}{origin}/{size}"


Remembered = tuple[Sequence[bytes], Sequence[CircleId | None]]
"""Of each leaf of a feed: its hash, and the circle whose tag it carries."""


MOST_EPOCHS = 99
"""Epochs of a party under one agreement, at most."""


def depth(row: FeedRow | None) -> tuple[bool, int]:
    """Return what orders the rows of a record so that a stem comes before its branches."""
    return (row is not None and bool(row.stem), row.stem_size if row is not None else 0)


class Tree(Subtrees):
    """The leaf hashes of one feed, with every past root at hand."""

    def __init__(self) -> None:
        super().__init__()
        self._roots: dict[int, Hash] = {}

    def root_at(self, size: int) -> Hash | None:
        """Return the root of the first `size` leaves, or None when fewer are held."""
        if size > len(self.hashes):
            return None
        if size not in self._roots:
            self._roots[size] = Hash(self.root(0, size).hex())
        return self._roots[size]


class Book:
    """One agreement as this node keeps it. Owned by `Node`, changed under its lock."""

    def __init__(
        self,
        me: PartyId,
        texts: list[Agreement],
        cards: Mapping[PartyId, dict[str, Any]],
        circle_keys: Mapping[CircleId, bytes],
    ) -> None:
        self.me = me
        self.first = next(a for a in texts if not a.text.predecessor)
        self.cards = cards
        self.introduced: dict[PartyId, Mapping[str, Any]] = {}
        """Newer cards that a party's root has signed, and that its feed need not have certified (KEY-24)."""
        self.circle_keys = circle_keys
        self.trees: dict[Origin, Tree] = {}
        self.proofs = translate.Proofs()
        self._opening: Origin | None = None
        self.ledger = Ledger(self.first, sorted(circle_keys), self.proofs, self.root_at)
        for text in texts:
            self.ledger.add_agreement(text)
        self.adopted = {text.digest for text in texts}
        self._certified: dict[str, tuple[list[tuple[Origin, int]], list[tuple[Origin, int, dict[str, Any]]]]] = {}
        self._unread: list[tuple[Origin, int]] = []

    @property
    def origin(self) -> Origin:
        """Our own feed: that of our newest epoch, or of the one that is being opened."""
        return self._opening or self.feed_of(self.me)

    @contextmanager
    def speaking(self, verb: str, subject: str) -> Iterator[None]:
        """Stand in the feed that a statement belongs in: one that opens an epoch is the first entry of a new feed."""
        before = self._opening
        if verb == epochs.OPEN:
            number = subject.rpartition("/")[2]
            self._opening = ids.origin(
                self.me, self.first.id, int(number) if number.isascii() and number.isdigit() else 0
            )
        try:
            yield
        finally:
            self._opening = before

    def feed_of(self, party: str) -> Origin:
        """Return a party's feed: that of the newest epoch of which anything is held."""
        known = [ids.epoch_of(name) for name in self.trees if party_of(name) == party]
        return ids.origin(party, self.first.id, max(known, default=1))

    @property
    def id(self) -> AgreementId:
        """The agreement's name."""
        return self.first.id

    def current(self, at: datetime) -> Agreement:
        """Return the agreement in force at `at`: the newest that every signatory has signed and that has started.

        Before any is, the first.
        """
        now, newest = self.ledger.circle("all").now(), self.first
        while following := [a for a in self.ledger.successors(newest) if a.starts <= at and accession.complete(a, now)]:
            newest = following[0]
        return newest

    def root_at(self, origin: Origin, size: int) -> Hash | None:
        """Return the root of a feed's first entries, or None when they are not held."""
        tree = self.trees.get(origin)
        return tree.root_at(size) if tree else None

    def size(self, origin: str) -> int:
        """Return how many entries of a feed are held."""
        tree = self.trees.get(Origin(origin))
        return len(tree.hashes) if tree else 0

    def feeds(self) -> list[Origin]:
        """Return the feeds held, in order."""
        return sorted({feed_of(name) for name in self.trees})

    def branches(self, origin: Origin) -> list[Origin]:
        """Return what is held of a feed, the feed itself first: more than one only where it forked (`ids.branch`)."""
        return list(self.ledger.branches.of_feed(origin))

    def fold(self, circle: str) -> CircleFold:
        """Return a circle's fold.

        Raises:
            Refused: `circle.unknown`.
        """
        if circle not in self.ledger.folds:
            raise Refused("circle.unknown", f"this node is in no circle {circle!r} of {self.id}")
        return self.ledger.circle(circle)

    def circles_of(self, party: str, at: datetime) -> frozenset[CircleId]:
        """Return the circles whose acts go to a party."""
        return frozenset(c.id for c in self.current(at).circles.values() if party in c.members)

    def parties(self) -> set[PartyId]:
        """Return everyone who is or was a party: of the first agreement or of a successor whose text we hold."""
        return {party for text in self.ledger.agreements.values() for party in text.parties}

    def owns(self, origin: str) -> bool:
        """Whether a feed, or a branch of one, stands under this agreement."""
        party, number = party_of(origin), ids.epoch_of(origin)
        return (
            1 <= number <= MOST_EPOCHS
            and party in self.parties()
            and feed_of(origin) == ids.origin(party, self.id, number)
        )

    def certified(self, party: str) -> list[tuple[Origin, int, dict[str, Any]]]:
        """Return the cards that a party's root has certified in its feeds, each with its entry."""
        events = self.fold(ALL).anywhere(staff.keys_subject(party), "keys.certify")
        places = [(event.origin, event.seq) for event in events]
        held = self._certified.get(party)
        if held is None or held[0] != places:
            cards = ((event, body_of(event.act, staff.Certify).card) for event in events)
            found = [(event.origin, event.seq, card) for event, card in cards if self.proofs.publics(card) is not None]
            held = self._certified[party] = (places, found)
        return held[1]

    def card(self, party: PartyId) -> Mapping[str, Any]:
        """Return a party's newest card: what its feed certifies last, unless the one we were handed is newer."""
        given = max(self._handed(party), key=keys.number)
        later = [card for _, _, card in self.certified(party) if keys.number(card) > keys.number(given)]
        return later[-1] if later else given

    def _handed(self, party: PartyId) -> list[Mapping[str, Any]]:
        """Return the cards that we were handed: on adopting, and later ones that were introduced."""
        return [self.cards[party], *([self.introduced[party]] if party in self.introduced else [])]

    def log(self, origin: str) -> Succession:
        """Return which keys sign the heads of a feed, as far as we know (KEY-11).

        A card newer than the feed's first entries says nothing of who signed those; the first certified one does.
        """
        feed, known = feed_of(origin), self.certified(party_of(origin))
        name = Origin(origin) if origin in self.trees else feed
        way = dict(self.ledger.branches.chain(name, self.size(name))) if name in self.trees else {}
        mine = [(seq, card) for at, seq, card in known if seq < way.get(at, 0)]
        # A new epoch begins under the keys that its party had when the one before was closed.
        before = [card for at, _, card in known if epoch_of(at) < epoch_of(feed)]
        handed = self._handed(party_of(origin)) if epoch_of(feed) > 1 else [self.cards[party_of(origin)]]
        given = max([*handed, *before], key=keys.number)
        # Right behind an epoch's opening a card counts from the start: the keys before may be lost (KEY-24).
        anew = bool(mine) and epoch_of(feed) > 1 and mine[0][0] == 1
        first = mine[0][1] if anew or (mine and keys.number(mine[0][1]) < keys.number(given)) else given
        return translate.succession(
            feed, first, [(seq, card) for seq, card in mine if keys.number(card) > keys.number(first)]
        )

    def standing_card(self) -> Mapping[str, Any]:
        """Return the card whose keys sign our own feed: the last that it certified, or the newest when it begins.

        A card that was drawn up and not told yet has no say in a feed that goes on (KEY-10); a new epoch begins under
        it, since the keys before may be lost (KEY-24).
        """
        known = self.certified(self.me)
        mine = [card for at, _, card in known if feed_of(at) == feed_of(self.origin)]
        before = [card for at, _, card in known if epoch_of(at) < epoch_of(self.origin)]
        handed = self._handed(self.me) if epoch_of(self.origin) > 1 else [self.cards[self.me]]
        return mine[-1] if mine else max([*handed, *before], key=keys.number)

    def root(self, party: PartyId, pinned: str = "") -> Any:
        """Return the root document of a party that is in force, as cards spell it (KEY-6)."""
        pin = pinned or self.first.party(party).root
        return keys.root(self.fold(ALL).now(), party, pin, self.proofs, [self.cards[party]["root"]])

    def hashes(self, origin: Origin) -> list[bytes]:
        """Return the hashes of a feed's leaves."""
        return self.trees[origin].hashes

    def take_branch(self, name: Origin, stem: Origin, start: int) -> None:
        """Begin a branch as the record has it; its own leaves come after."""
        if name not in self.trees:
            tree = self.trees[name] = Tree()
            tree.extend(self.trees[stem].hashes[:start])
            self.ledger.add_branch(name, stem, start)

    def take_leaves(self, entries: Iterable[Entry]) -> None:
        """Take leaves from the record, in order."""
        for entry in entries:
            origin = Origin(entry.origin)
            hashed = leaf_hash(entry.leaf)
            self.trees.setdefault(origin, Tree()).extend([hashed])
            tag = leaves.tag_of(entry.leaf)
            circle = translate.recognise(tag, entry.origin, entry.seq, self.circle_keys)
            self.ledger.add_leaf(origin, Hash(hashed.hex()), circle)

    def resume(self, leaves: Mapping[Origin, Remembered], known: Mapping[CircleId, Known], reads: Reads) -> bool:
        """Stand as remembered, before anything else is taken: each feed's hashes and circles, and the folds.

        False when they do not fit the record; the book is then of no use.
        """
        held = reads.feeds()
        for origin, (hashes, circles) in sorted(leaves.items(), key=lambda one: depth(held.get(one[0]))):
            row = held.get(origin)
            if row is not None and row.stem:
                if row.stem not in self.trees or row.stem_size > len(hashes):
                    return False
                self.take_branch(origin, Origin(row.stem), row.stem_size)
            start = row.stem_size if row is not None else 0
            tree = self.trees.setdefault(origin, Tree())
            tree.extend(hashes[start:])
            since = reads.leaf_hashes(origin, len(hashes), held[origin].size) if origin in held else []
            if origin not in held or tree.frontier(len(hashes)).extend(since).to_bytes() != held[origin].frontier:
                return False
            for hashed, circle in zip(hashes[start:], circles[start:], strict=True):
                self.ledger.add_leaf(origin, Hash(hashed.hex()), circle)

        def read(origin: Origin, seq: int) -> Act:
            part = reads.part(origin, seq, 0)
            if part is None:
                raise Unavailable("store.corrupt", f"entry {seq} of {origin} is no longer held; restore the record")
            return acts.read_known(part.data, origin, seq, self.ledger.feeds[origin].leaves[seq])

        fits = self.ledger.resume(known, read)
        for event in self.fold(ALL).folded() if fits else ():
            if event.verb == "agreement.sign":
                self._unread.append((event.origin, event.seq))
        return fits

    def take_act(self, row: ActRow) -> None:
        """Take an act from the record; its leaf was taken before."""
        origin = Origin(row.origin)
        act = translate.read_act(row.data, origin, row.seq, self.ledger.feeds[origin].leaves[row.seq])
        self.ledger.add_act(origin, row.seq, act)
        if isinstance(act, Act) and act.statement.verb == "agreement.sign":
            self._unread.append((origin, row.seq))

    def learn(self, reads: Reads) -> None:
        """Learn the texts of agreements that others have signed, from the detail that goes with each signature.

        To know a text binds nobody; but without it a signature cannot be judged the same way at every node.
        """
        for origin, seq in list(self._unread):
            part = next((p for p in reads.parts(origin, seq) if p.name == accession.TEXT), None)
            if part is not None:
                self._unread.remove((origin, seq))
                try:
                    self.ledger.add_agreement(read_agreement(part.data))
                except Malformed:
                    continue  # no agreement at all: its signature waits for a text that does not exist

    def advance(self) -> list[tuple[CircleId, Event]]:
        """Fold what has become foldable."""
        return self.ledger.advance()


def check_adoption(
    me: PartyId, agreement: Agreement, cards: Mapping[PartyId, dict[str, Any]], keys: Mapping[CircleId, bytes]
) -> None:
    """Raise Refused unless the cards and circle keys are those that the agreement pins.

    Raises:
        Refused: `adopt.not_party`, `adopt.card`, `adopt.circle_key`.
    """
    if me not in agreement.parties:
        raise Refused("adopt.not_party", f"{me} is no party of {agreement.id}")
    for party in agreement.parties.values():
        card = custody.open_card(json.dumps(cards[party.id]).encode()) if party.id in cards else None
        if card is None:
            raise Refused("adopt.card", f"the card of {party.id} is missing; ask that party for card.json")
        found = cards_.own_root(card).pin
        if card["party"] != party.id or found != party.root:
            raise Refused(
                "adopt.card", f"the card of {party.id} has root {found[:16]}…, the agreement pins {party.root[:16]}…"
            )
    for circle in agreement.circles.values():
        if me in circle.members:
            key = keys.get(circle.id)
            if key is None or sha256(key).hexdigest() != circle.key:
                raise Refused(
                    "adopt.circle_key", f"the key of circle {circle.id} is missing or not the one that is pinned"
                )


def spell_agreement(agreement: Agreement) -> bytes:
    """Return an agreement's canonical content, as the record keeps it."""
    return canonical.encode(dict(agreement.plain))


def read_agreement(data: bytes) -> Agreement:
    """Read what `spell_agreement` wrote."""
    return agreements.load(canonical.decode(data))
