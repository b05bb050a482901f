"""Giving: the bundle that answers a question, or that is carried by hand.

What a peer lacks and may have, most urgent first: STOPs alone, then evidence of forks, leaves with their heads, acts of
its circles, details granted to it, and chunks of attached files that it asks for. What is not addressed to a peer never
enters its bundle.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from entente import canonical
from entente.errors import EntenteError, Malformed, Refused
from entente.feed import attachment, sealed
from entente.feed import bundle as bundles
from entente.feed.attachment import Attachment
from entente.feed.bundle import Frame, Lane
from entente.feed.part import Part
from entente.ids import Origin, PartyId, feed_of, party_of
from entente.joint import act as acts
from entente.joint import keys
from entente.joint.act import ALL
from entente.node import attachments, custody, duties, recovery, terms
from entente.node.book import Book, handover_key
from entente.node.carry import stops
from entente.node.carry.taking import kept_proof
from entente.node.cosigning import SENT
from entente.node.node import Node
from entente.store.promises import GrantRow, StoredPart
from entente.tlog.proof import consistency_proof

GRANTS_AT_ONCE = 16_384
"""Parts that one grant opens, so that its frame stays within a frame's limit."""


def answer(node: Node, question: Mapping[str, Any], *, echo: bool = True) -> bytes | None:
    """Return the bundle that answers a peer's question, or None when there is nothing that it lacks and may have.

    A peer that lost entries of its own gets them back. Without `echo` it does not: once a question has waited here,
    what it lacks of the asker's own feed is what the asker has said since, and we have that from itself.

    Raises:
        Refused: `exchange.not_party`, `exchange.not_us`, `agreement.not_held`.
    """
    with node.lock:
        duties.release_due(node)
        book = node.book(question["agreement"])
        peer = PartyId(question["from"])
        if peer not in book.parties() or peer == node.party:
            raise Refused("exchange.not_party", f"{peer} is no other party of {book.id}")
        if question["to"] != node.party:
            raise Refused("exchange.not_us", f"this node is {node.party}'s, not {question['to']}'s")
        packing = _Packing(node, book, peer, question, echo=echo)
        frames = packing.stops()
        packing.more = bool(frames)  # STOPs go alone; the rest is asked for again at once
        frames = frames or packing.rest()
        if not frames:
            _remember(node, book, peer, question)
            return None
        manifest = {
            "from": node.party, "to": peer, "agreement": book.id, "nonce": question["nonce"],
            "cursor": f"{packing.era}.{packing.cursor}", "more": packing.more, "at": acts.spell(node.clock.now()),
            **packing.introduction(),
        }  # fmt: skip
        return bundles.pack(manifest, frames, node.keys_under(book).sign_exchange)


KEPT = ("have", "roots", "branches", "cited", "rungs", "want", "chunks", "cursor")
"""What is kept of a peer's question."""
_NOTHING: Mapping[str, Any] = {
    "have": {}, "roots": {}, "branches": [], "cited": [], "rungs": {}, "want": [], "chunks": [], "cursor": "",
}  # fmt: skip


def _remember(node: Node, book: Book, peer: PartyId, question: Mapping[str, Any]) -> None:
    """Keep what a peer said it has, for bundles that are carried by hand. Only when there is no news: news hurries."""
    key = f"have/{book.id}/{peer}"
    value = canonical.encode({name: question[name] for name in KEPT})
    if node.store.meta(key) != value:
        with node.store.transaction() as txn:
            txn.set_meta(key, value)


def write_bundle(node: Node, agreement: str, peer: str) -> bytes:
    """Return a bundle to carry to a peer by hand: everything beyond what it last said it has.

    Raises:
        Refused: as `answer`.
    """
    with node.lock:
        duties.release_due(node)
        book = node.book(agreement)
        told = {**_NOTHING, **json.loads(node.store.meta(f"have/{book.id}/{peer}") or b"{}")}
        key = f"bundle/{book.id}/{peer}"
        number = _number(node.store.meta(key)) + 1
        question = {
            "nonce": f"file-{number}",
            **told,
            "alerts": [],
            "forks": [],
            "returning": False,
            "budget": bundles.BUNDLE_LIMIT // 2,
        }
        packing = _Packing(node, book, PartyId(peer), question, by_hand=True)
        frames = [*packing.stops(), *packing.rest()]
        manifest = {
            "from": node.party, "to": peer, "agreement": book.id, "nonce": question["nonce"], "number": number,
            "cursor": f"{packing.era}.{packing.cursor}", "more": False, "at": acts.spell(node.clock.now()),
            **packing.introduction(),
        }  # fmt: skip
        with node.store.transaction() as txn:
            txn.set_meta(key, number.to_bytes(8, "big"))
            txn.set_meta(f"{SENT}{book.id}/{peer}", canonical.encode({"have": packing.reach}))
        return bundles.pack(manifest, frames, node.keys_under(book).sign_exchange)


class _Packing:
    """Collects frames for one peer until the budget is spent."""

    def __init__(
        self,
        node: Node,
        book: Book,
        peer: PartyId,
        question: Mapping[str, Any],
        *,
        echo: bool = True,
        by_hand: bool = False,
    ) -> None:
        self._node, self._book, self._peer = node, book, peer
        self._question, self._echo, self._by_hand = question, echo, by_hand
        self._left = min(max(question["budget"], 1), bundles.BUNDLE_LIMIT // 2)
        self.more = False
        # Grants are numbered within an era: after a restore the numbers begin anew, and so does what is sent.
        self.era = recovery.era(node)
        era, _, number = question["cursor"].partition(".")
        self.cursor = int(number) if era == self.era and number.isascii() and number.isdigit() else 0
        self.reach = {origin: min(size, book.size(origin)) for origin, size in question["have"].items()}
        """How much of each feed the peer has once it has taken this."""
        self._known = {fork.origin for fork in node.store.forks()}
        self._sent: set[tuple[str, int]] = set()
        self._salts: dict[bytes, bytes] = {}
        """What this bundle grants: by the hash of each ciphertext in it, the salt that opens it."""
        self._shared = book.circles_of(peer, node.clock.now())
        self._chunks: list[list[Any]] = list(question["chunks"][: attachments.MOST_ASKED])
        """Stretches of chunks that the peer lacks: those it asks for, and by hand those of details that go now."""

    def introduction(self) -> dict[str, Any]:
        """Our card, and the root documents that lead to it, for a peer that has not got their entries yet (KEY-23).

        They are signed by our root, so that a bundle under a new exchange key can be taken before anything in it is.
        """
        book = self._book
        told = [(at, seq, card) for at, seq, card in book.certified(book.me) if "signature" in card]
        # A card that no feed of ours certifies yet begins a new epoch (KEY-24).
        newest = max([book.card(book.me), *(card for _, _, card in told)], key=keys.number)
        place = next(((at, seq) for at, seq, card in told if keys.number(card) == keys.number(newest)), None)
        if keys.number(newest) == 0 or (place is not None and self._has(*place)):
            return {}
        events = keys.documents(book.fold(ALL).now(), book.me)
        return {"card": newest, "roots": [event.act.statement.body for event in events][-2:]}

    def _has(self, origin: Origin, seq: int) -> bool:
        """Whether the peer says that it has an entry of ours, on our branch."""
        have = self._question["have"].get(origin, 0)
        return seq < have <= self._book.size(origin) and self._agrees(origin)

    def rest(self) -> list[Frame]:
        """Everything but STOPs, in the order in which it is packed, and what opens it."""
        frames = [*self.forks(), *self.feeds(), *self.wanted(), *self.details(), *self.returned()]
        return [*frames, *self._grants(), *self.chunks()]

    def _grants(self) -> Iterator[Frame]:
        """The salts of all parts in this bundle, sealed to the peer for this bundle."""
        salts = list(self._salts.items())
        info = sealed.info_of(self._book.id, self._node.party, self._peer, self._question["nonce"])
        for at in range(0, len(salts), GRANTS_AT_ONCE):
            grant = sealed.spell_grant(salts[at : at + GRANTS_AT_ONCE])
            yield Frame(lane=Lane.GRANT, head={}, body=custody.seal_to(self._book.card(self._peer), grant, info))

    def _sealed(self, lane: Lane, head: dict[str, Any], stored: StoredPart) -> Frame:
        body = sealed.sealed(Part(name=stored.name, salt=stored.salt, data=stored.data))
        self._salts[sealed.name_of(body)] = stored.salt
        self._left -= len(body)
        return Frame(lane=lane, head=head, body=body)

    def returned(self) -> Iterator[Frame]:
        """Details of the peer's own entries that it had released to us, for a peer whose record lost them."""
        for origin in self._book.feeds() if self._question["returning"] and not self.more else ():
            if party_of(origin) == self._peer:
                for seq in range(self.reach.get(origin, 0)):
                    for part in self._node.store.parts(origin, seq)[1:]:
                        yield self._sealed(Lane.DETAIL, {"origin": origin, "seq": seq, "index": part.index}, part)

    def stops(self) -> list[Frame]:
        """STOPs of which the peer holds no frame go first, and alone."""
        known = set(self._question["alerts"])
        return [
            Frame(lane=Lane.STOP, head=frame)
            for digest, frame in stops.frames(self._node, self._book)
            if frame["statement"]["circle"] in self._shared and digest not in known
        ]

    def forks(self) -> Iterator[Frame]:
        """Evidence of forks goes to everyone in the agreement."""
        for row in self._node.store.forks():
            if self._book.owns(row.origin) and row.origin not in self._question["forks"]:
                yield Frame(lane=Lane.FORK, head={"origin": row.origin}, body=row.evidence)

    def feeds(self) -> Iterator[Frame]:
        """Leaves of every feed of the agreement, and with them the acts of circles that the peer is in."""
        for origin in self._book.feeds():
            have = self._question["have"].get(origin, 0)
            size = self._book.size(origin)
            if party_of(origin) == self._peer and not self._echo:
                continue
            if not self._agrees(origin):
                yield from self._parted(origin, have)
            elif have < size:
                if self._left <= 0:
                    self.more = True
                    continue
                yield from self._feed(origin, have, size)
            if origin in self._known:
                yield from self._branches(origin)

    def _branches(self, origin: Origin) -> Iterator[Frame]:
        """Leaves of a forked feed's branches: what continues a branch that the peer holds, and branches it asks for."""
        for name in self._book.branches(origin):
            have, size = self._reached(name), self._book.size(name)
            if have is not None and have < size:
                if self._left <= 0:
                    self.more = True
                    return
                yield from self._feed(name, have, size)

    def _reached(self, name: Origin) -> int | None:
        """Return how much of a branch the peer has, or None when it neither holds nor asks for it."""
        origin, start, asked = feed_of(name), self._book.ledger.feeds[name].start, self._question
        have, root = asked["have"].get(origin, 0), asked["roots"].get(origin)
        if name == origin and (not have or self._is(name, have, root)):
            return None  # the feed itself goes by `feeds`

        def on(heads: Iterable[Any]) -> list[int]:
            return [
                size for feed, size, root in heads if feed == origin and size > start and self._is(name, size, root)
            ]

        held = on([(origin, have, root), *asked["branches"]])
        if held or not on(asked["cited"]):
            return max(held, default=None)
        return max((size for size, root in asked["rungs"].get(origin, ()) if self._is(name, size, root)), default=0)

    def _is(self, name: Origin, size: int, root: object) -> bool:
        """Whether a head is one of a branch that we hold so far."""
        return type(size) is int and 0 < size <= self._book.size(name) and self._book.root_at(name, size) == root

    def _agrees(self, origin: Origin) -> bool:
        """Whether the peer's branch of a feed is ours, as far as both hold it."""
        have, root = self._question["have"].get(origin, 0), self._question["roots"].get(origin)
        return not 0 < have <= self._book.size(origin) or root is None or self._book.root_at(origin, have) == root

    def _parted(self, origin: Origin, have: int) -> Iterator[Frame]:
        """A head that the peer's own head contradicts: with both it can prove the fork, without a single leaf."""
        row = self._node.store.feed(origin)
        assert row is not None and row.checkpoint is not None, "a feed is held with the head that brought it"
        log, note = self._book.log(origin), row.checkpoint
        head = log.open(note).checkpoint
        if origin not in self._question["forks"]:
            # Who is on another branch may not know the keys that sign now. It knows those before a handover, and can
            # hold that head against its own: as the smaller one, or, when it ends behind what it holds, as the larger.
            for size, handover in self._handovers(origin):
                if size > have:
                    note, head = handover, log.open(handover).checkpoint
                    break
                told = {"origin": origin, "first": size, "proof": []}
                yield Frame(lane=Lane.LEAVES, head=told, body=len(handover).to_bytes(4, "big") + handover)
        whole, other = min(self._book.size(origin), head.size), self._book.root_at(origin, have)
        if other is not None and have <= head.size and origin not in self._question["forks"]:
            steps: list[tuple[int, bytes, list[bytes]]] = []
            if have < whole:
                proof = consistency_proof(self._book.trees[origin], have, whole)
                steps.append((whole, self._book.trees[origin].frontier(whole).root(), proof))
            if whole < head.size:  # who never serves all that it signed is found out all the same
                steps.append((head.size, head.root, kept_proof(self._node, origin)))
            plain = [[size, root.hex(), [node.hex() for node in nodes]] for size, root, nodes in steps]
            told = {"origin": origin, "first": have, "proof": [], "other": other, "steps": plain}
            yield Frame(lane=Lane.LEAVES, head=told, body=len(note).to_bytes(4, "big") + note)

    def _handovers(self, origin: Origin) -> Iterator[tuple[int, bytes]]:
        """Yield the heads at which a feed's keys changed, as far as we kept them."""
        log = self._book.log(origin)
        for size in log.handovers:
            note = self._node.store.meta(handover_key(origin, size))
            if note is not None and size <= self._book.size(origin):
                with suppress(EntenteError):
                    log.open(note)
                    yield size, note

    def _feed(self, origin: Origin, have: int, size: int) -> Iterator[Frame]:
        """The leaves from `have` on, in one run for each pair of keys that signed them (KEY-12)."""
        for handover, note in self._handovers(origin):
            if have < handover < size and not self.more:
                yield from self._run(origin, have, handover, note)
                have = handover
        row = self._node.store.feed(origin)
        assert row is not None and row.checkpoint is not None, "a feed is held with the head that brought it"
        if not self.more:
            yield from self._run(origin, have, size, row.checkpoint)

    def _run(self, origin: Origin, have: int, size: int, note: bytes) -> Iterator[Frame]:
        feed = feed_of(origin)
        signed = self._book.log(feed).open(note).checkpoint.size
        run: list[bytes] = []
        frames: list[Frame] = []
        for entry in self._node.store.leaves(origin, have, size):
            # Of a feed that we hold in part we can prove only that part, so the budget does not cut it.
            spent = self._left <= 0 and signed <= size
            if spent or sum(map(len, run)) > bundles.BODY_LIMIT // 2:
                self.more = True
                break
            run.append(entry.leaf)
            self._left -= len(entry.leaf)
            frames += self._act(origin, entry.seq)
        stop = have + len(run)
        if stop < size < signed:
            return  # more than one frame holds, and no proof for less: who asks for it again asks somebody else
        if origin == feed:
            self.reach[origin] = stop
        proof: list[bytes] = []
        if stop < signed <= size:
            proof = consistency_proof(self._book.trees[origin], stop, signed)
        elif stop < signed:
            proof = kept_proof(self._node, origin)
        body = len(note).to_bytes(4, "big") + note + bundles.join(run)
        head = {"origin": feed, "first": have, "proof": [node.hex() for node in proof]}
        yield Frame(lane=Lane.LEAVES, head=head, body=body)
        yield from frames

    def _act(self, origin: str, seq: int) -> list[Frame]:
        """Return an act as a frame, when the peer is in its circle and we hold it."""
        circle = self._book.ledger.feeds[Origin(origin)].circles[seq]
        if circle not in self._shared or (origin, seq) in self._sent:
            return []
        part = self._node.store.part(origin, seq, 0)
        if part is None:
            return []
        self._sent.add((origin, seq))
        return [self._sealed(Lane.ACT, {"origin": feed_of(origin), "seq": seq}, part)]

    def wanted(self) -> Iterator[Frame]:
        """Acts that the peer recognises as its circles' and lacks, whoever wrote them.

        So no author can tell half a circle.
        """
        for origin, seq in self._question["want"]:
            # Of a forked feed the peer takes what belongs to a branch that it holds, and passes over the rest.
            forked = origin in self._known
            if not forked and (seq >= self._question["have"].get(origin, 0) or not self._agrees(Origin(origin))):
                continue
            for name in self._book.branches(Origin(origin)):
                if self._book.ledger.feeds[name].start <= seq < self._book.size(name):
                    if self._left <= 0:
                        self.more = True
                        return
                    yield from self._act(name, seq)

    def details(self) -> Iterator[Frame]:
        """Details of our own that were granted to the peer since its cursor, whose leaves it will then hold."""
        while grants := self._node.store.grants_after(self._peer, self.cursor, 256):
            for grant in grants:
                if self._book.owns(grant.origin):
                    if self._left <= 0 or grant.seq >= self.reach.get(grant.origin, 0):
                        self.more = self.more or grant.seq < self._book.size(grant.origin)
                        return
                    yield from self._detail(grant)
                self.cursor = grant.cursor

    def _detail(self, grant: GrantRow) -> Iterator[Frame]:
        """A granted detail, unless its release has ended, or the peer has left the circle and could not place it."""
        if self._book.ledger.feeds[Origin(grant.origin)].circles[grant.seq] in self._shared:
            part = self._node.store.part(grant.origin, grant.seq, grant.index)
            assert part is not None, "what is granted is held"
            if not terms.may_send(self._node, self._book, grant.origin, grant.seq, part.name, self._peer):
                return
            head = {"origin": grant.origin, "seq": grant.seq, "index": grant.index}
            yield self._sealed(Lane.DETAIL, head, part)
            if self._by_hand and attachment.described(part.name):
                self._chunks.append([grant.origin, grant.seq, grant.index, 0, attachment.MOST_CHUNKS])

    def chunks(self) -> Iterator[Frame]:
        """Chunks of attached files that the peer lacks and may have, once nothing more urgent is left (FEED-84)."""
        sent: set[tuple[Any, ...]] = set()
        for origin, seq, index, first, behind in self._chunks if not self.more else ():
            for name in self._book.branches(Origin(origin)):
                paper = self._paper(name, seq, index)
                for number in range(first, min(behind, len(paper.chunks))) if paper is not None else ():
                    data = self._node.store.chunk(name, seq, index, number)
                    if data is None or (name, seq, index, number) in sent:
                        continue
                    if self._left <= 0:
                        self.more = True
                        return
                    sent.add((name, seq, index, number))
                    yield self._chunk({"origin": origin, "seq": seq, "index": index}, paper, number, data)

    def _chunk(self, head: dict[str, Any], paper: Attachment | None, number: int, data: bytes) -> Frame:
        assert paper is not None, "a chunk is of something described"
        body = paper.sealed(number, data)
        self._left -= len(body)
        return Frame(lane=Lane.CHUNK, head={**head, "number": number}, body=body)

    def _paper(self, name: Origin, seq: int, index: int) -> Attachment | None:
        """Return what describes a file, when the peer may have its chunks: ours and granted still, or its own."""
        feed = self._book.ledger.feeds.get(name)
        if feed is None or not feed.start <= seq < self._book.size(name) or feed.circles[seq] not in self._shared:
            return None
        part = self._node.store.part(name, seq, index)
        if part is None or not attachment.described(part.name):
            return None
        granted = index in self._node.store.granted(self._peer, name, seq)
        ours = granted and terms.may_send(self._node, self._book, name, seq, part.name, self._peer)
        if not (ours if party_of(name) == self._node.party else party_of(name) == self._peer):
            return None
        with suppress(Malformed):
            return attachment.read(part.name, part.data)
        return None


def _number(data: bytes | None) -> int:
    return int.from_bytes(data or b"", "big")
