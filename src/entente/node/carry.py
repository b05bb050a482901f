"""Carrying: what goes out to a peer in a bundle, and how a bundle is taken in. One code path for HTTPS and files.

A peer asks with what it has; the answer holds what it lacks and may have, most urgent first: STOPs alone, then leaves
with their heads, acts of its circles, details granted to it. What is not addressed to a peer never enters its bundle.
Taking a bundle twice, or half of one, or several in any order, changes nothing that was not proven.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from entente import canonical
from entente.errors import Forked, Malformed, Refused, Untrusted
from entente.feed import bundle as bundles
from entente.feed import fork, replica, suite
from entente.feed import leaf as leaves
from entente.feed.bundle import Frame, Lane
from entente.feed.part import ACT, Part
from entente.ids import Origin, PartyId, SubjectId, party_of
from entente.joint import act as acts
from entente.joint import authority, line, staff
from entente.joint.act import Statement
from entente.node import recovery, translate
from entente.node.book import Book
from entente.node.node import Node
from entente.store.promises import FeedRow, GrantRow, Txn
from entente.tlog.checkpoint import Checkpoint
from entente.tlog.merkle import HASH_SIZE, Frontier, leaf_hash
from entente.tlog.proof import consistency_proof

BUDGET = 512 * 1024
"""What one answer holds, at the least one item [bytes]; a poor link asks for less."""
STOP_LIMIT = 2048


@dataclass(slots=True)
class Taken:
    """What a bundle brought: counts, and whether its sender has more."""

    sender: PartyId
    leaves: int = 0
    acts: int = 0
    details: int = 0
    stops: list[SubjectId] = field(default_factory=list)
    forks: list[Origin] = field(default_factory=list)
    more: bool = False

    @property
    def anything(self) -> bool:
        """Whether anything was new."""
        return bool(self.leaves or self.acts or self.details or self.stops or self.forks)


# -- asking ------------------------------------------------------------------------------------------------------------


def ask(node: Node, agreement: str, peer: str, *, wait_ms: int = 0, budget: int = BUDGET) -> dict[str, Any]:
    """Return the question to put to a peer: what we have, and what we miss, as far as the peer may know of it."""
    book = node.book(agreement)
    shared = book.circles_of(peer, node.clock.now())
    return {
        "v": 1,
        "from": node.party,
        "to": peer,
        "agreement": book.id,
        "nonce": secrets.token_hex(16),
        "have": {origin: book.size(origin) for origin in book.feeds()},
        "roots": {origin: book.root_at(origin, book.size(origin)) for origin in book.feeds()},
        "want": [list(place) for place in book.ledger.missing(shared)],
        "cursor": (node.store.meta(f"cursor/{book.id}/{peer}") or b"").decode(),
        "returning": bool(recovery.unanswered(node, book)),
        "alerts": [digest for digest, frame in _alerts(node, book) if frame["statement"]["circle"] in shared],
        "forks": sorted({fork.origin for fork in node.store.forks() if book.owns(fork.origin)}),
        "wait_ms": wait_ms,
        "budget": budget,
    }


def check_question(question: object) -> dict[str, Any]:
    """Return a peer's question when it has the right shape.

    Raises:
        Malformed: `exchange.question`.
    """
    kinds = {"v": int, "from": str, "to": str, "agreement": str, "nonce": str, "have": dict, "roots": dict}
    kinds |= {
        "want": list,
        "cursor": str,
        "returning": bool,
        "alerts": list,
        "forks": list,
        "wait_ms": int,
        "budget": int,
    }
    if isinstance(question, dict) and {key: type(value) for key, value in question.items()} == kinds:
        sizes = all(type(size) is int and size >= 0 for size in question["have"].values())
        wants = all(
            isinstance(w, list) and len(w) == 2 and type(w[0]) is str and type(w[1]) is int and w[1] >= 0
            for w in question["want"]
        )
        texts = [*question["roots"].values(), *question["alerts"], *question["forks"]]
        if sizes and wants and all(type(text) is str for text in texts):
            return question
    raise Malformed("exchange.question", "this is not a question that a node asks another")


def _alerts(node: Node, book: Book) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the STOP frames kept under an agreement, by digest."""
    for key, data in node.store.metas("alert/").items():
        frame = json.loads(data)
        if frame["statement"]["agreement"] in book.ledger.agreements:
            yield key.removeprefix("alert/"), frame


def _number(data: bytes | None) -> int:
    return int.from_bytes(data or b"", "big")


# -- giving ------------------------------------------------------------------------------------------------------------


def answer(node: Node, question: Mapping[str, Any], *, echo: bool = True) -> bytes | None:
    """Return the bundle that answers a peer's question, or None when there is nothing that it lacks and may have.

    A peer that lost entries of its own gets them back. Without `echo` it does not: once a question has waited here,
    what it lacks of the asker's own feed is what the asker has said since, and we have that from itself.

    Raises:
        Refused: `exchange.not_party`, `exchange.not_us`, `agreement.not_held`.
    """
    with node.lock:
        book = node.book(question["agreement"])
        peer = PartyId(question["from"])
        if peer not in book.parties() or peer == node.party:
            raise Refused("exchange.not_party", f"{peer} is no other party of {book.id}")
        if question["to"] != node.party:
            raise Refused("exchange.not_us", f"this node is {node.party}'s, not {question['to']}'s")
        _remember(node, book, peer, question)
        packing = _Packing(node, book, peer, question, echo=echo)
        frames = packing.stops() or packing.rest()
        if not frames:
            return None
        manifest = {
            "from": node.party, "to": peer, "agreement": book.id, "nonce": question["nonce"],
            "cursor": f"{packing.era}.{packing.cursor}", "more": packing.more, "at": acts.spell(node.clock.now()),
        }  # fmt: skip
        return bundles.pack(manifest, frames, node.keys.sign_exchange)


def _remember(node: Node, book: Book, peer: PartyId, question: Mapping[str, Any]) -> None:
    """Keep what a peer said it has, for bundles that are carried by hand; heed a peer that has more of ours than we."""
    key = f"have/{book.id}/{peer}"
    value = canonical.encode({name: question[name] for name in ("have", "roots", "want", "cursor")})
    lost = question["have"].get(book.origin, 0) > book.size(book.origin)
    if lost or node.store.meta(key) != value:
        with node.store.transaction() as txn:
            txn.set_meta(key, value)
            if lost:
                recovery.suspect(txn, book)


def write_bundle(node: Node, agreement: str, peer: str) -> bytes:
    """Return a bundle to carry to a peer by hand: everything beyond what it last said it has.

    Raises:
        Refused: as `answer`.
    """
    book = node.book(agreement)
    told = json.loads(node.store.meta(f"have/{book.id}/{peer}") or b'{"have":{},"roots":{},"want":[],"cursor":""}')
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
    packing = _Packing(node, book, PartyId(peer), question)
    frames = [*packing.stops(), *packing.rest()]
    manifest = {
        "from": node.party, "to": peer, "agreement": book.id, "nonce": question["nonce"], "number": number,
        "cursor": f"{packing.era}.{packing.cursor}", "more": False, "at": acts.spell(node.clock.now()),
    }  # fmt: skip
    with node.store.transaction() as txn:
        txn.set_meta(key, number.to_bytes(8, "big"))
    return bundles.pack(manifest, frames, node.keys.sign_exchange)


class _Packing:
    """Collects frames for one peer until the budget is spent."""

    def __init__(
        self, node: Node, book: Book, peer: PartyId, question: Mapping[str, Any], *, echo: bool = True
    ) -> None:
        self._node, self._book, self._peer = node, book, peer
        self._question, self._echo = question, echo
        self._left = min(max(question["budget"], 1), bundles.BUNDLE_LIMIT // 2)
        self.more = False
        # Grants are numbered within an era: after a restore the numbers begin anew, and so does what is sent.
        self.era = recovery.era(node)
        era, _, number = question["cursor"].partition(".")
        self.cursor = int(number) if era == self.era and number.isascii() and number.isdigit() else 0
        self._reach = {origin: min(size, book.size(origin)) for origin, size in question["have"].items()}
        self._sent: set[tuple[str, int]] = set()
        self._shared = book.circles_of(peer, node.clock.now())

    def rest(self) -> list[Frame]:
        """Everything but STOPs, in the order in which it is packed."""
        return [*self.forks(), *self.feeds(), *self.wanted(), *self.details(), *self.returned()]

    def returned(self) -> Iterator[Frame]:
        """Details of the peer's own entries that it had released to us, for a peer whose record lost them."""
        for origin in self._book.feeds() if self._question["returning"] and not self.more else ():
            if party_of(origin) == self._peer:
                for seq in range(self._reach.get(origin, 0)):
                    for part in self._node.store.parts(origin, seq)[1:]:
                        head = {"origin": origin, "seq": seq, "index": part.index, "name": part.name}
                        yield Frame(lane=Lane.DETAIL, head={**head, "salt": part.salt.hex()}, body=part.data)

    def stops(self) -> list[Frame]:
        """STOPs that the peer has neither as a frame nor as an entry go first, and alone."""
        known = set(self._question["alerts"])
        frames = [
            Frame(lane=Lane.STOP, head=frame)
            for digest, frame in _alerts(self._node, self._book)
            if frame["statement"]["circle"] in self._shared and digest not in known
        ]
        self.more = bool(frames)
        return frames

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

    def _agrees(self, origin: Origin) -> bool:
        """Whether the peer's branch of a feed is ours, as far as both hold it."""
        have, root = self._question["have"].get(origin, 0), self._question["roots"].get(origin)
        return not 0 < have <= self._book.size(origin) or root is None or self._book.root_at(origin, have) == root

    def _parted(self, origin: Origin, have: int) -> Iterator[Frame]:
        """A head that the peer's own head contradicts: with both it can prove the fork, without a single leaf."""
        row = self._node.store.feed(origin)
        assert row is not None and row.checkpoint is not None, "a feed is held with the head that brought it"
        signed = translate.open_note(row.checkpoint, origin, self._book.cards[party_of(origin)]).size
        other = self._book.root_at(origin, have)
        if other is not None and have <= signed <= self._book.size(origin) and origin not in self._question["forks"]:
            proof = consistency_proof(self._book.trees[origin].hashes[:signed], have, signed) if have < signed else []
            head = {"origin": origin, "first": have, "proof": [node.hex() for node in proof], "other": other}
            yield Frame(lane=Lane.LEAVES, head=head, body=len(row.checkpoint).to_bytes(4, "big") + row.checkpoint)

    def _feed(self, origin: Origin, have: int, size: int) -> Iterator[Frame]:
        row = self._node.store.feed(origin)
        assert row is not None and row.checkpoint is not None, "a feed is held with the head that brought it"
        signed = translate.open_note(row.checkpoint, origin, self._book.cards[party_of(origin)]).size
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
        self._reach[origin] = stop
        proof: list[bytes] = []
        if stop < signed <= size:
            proof = consistency_proof(self._book.trees[origin].hashes[:signed], stop, signed)
        elif stop < signed:
            proof = _kept_proof(self._node, origin)
        body = len(row.checkpoint).to_bytes(4, "big") + row.checkpoint + bundles.join(run)
        head = {"origin": origin, "first": have, "proof": [node.hex() for node in proof]}
        yield Frame(lane=Lane.LEAVES, head=head, body=body)
        yield from frames

    def _act(self, origin: str, seq: int) -> list[Frame]:
        """Return an act as a frame, when the peer is in its circle and we hold it."""
        circle = self._book.ledger.feeds[Origin(origin)][seq].circle
        if circle not in self._shared or (origin, seq) in self._sent:
            return []
        part = self._node.store.part(origin, seq, 0)
        if part is None:
            return []
        self._sent.add((origin, seq))
        self._left -= len(part.data)
        head = {"origin": origin, "seq": seq, "salt": part.salt.hex()}
        return [Frame(lane=Lane.ACT, head=head, body=part.data)]

    def wanted(self) -> Iterator[Frame]:
        """Acts that the peer recognises as its circles' and lacks, whoever wrote them.

        So no author can tell half a circle.
        """
        for origin, seq in self._question["want"]:
            held = min(self._book.size(origin), self._question["have"].get(origin, 0))
            if seq < held and self._agrees(Origin(origin)):
                if self._left <= 0:
                    self.more = True
                    return
                yield from self._act(origin, seq)

    def details(self) -> Iterator[Frame]:
        """Details of our own that were granted to the peer since its cursor, whose leaves it will then hold."""
        while grants := self._node.store.grants_after(self._peer, self.cursor, 256):
            for grant in grants:
                if self._book.owns(grant.origin):
                    if self._left <= 0 or grant.seq >= self._reach.get(grant.origin, 0):
                        self.more = self.more or grant.seq < self._book.size(grant.origin)
                        return
                    yield from self._detail(grant)
                self.cursor = grant.cursor

    def _detail(self, grant: GrantRow) -> Iterator[Frame]:
        """A granted detail, unless the peer is not in its act's circle any more: without the act it proves nothing."""
        if self._book.ledger.feeds[Origin(grant.origin)][grant.seq].circle in self._shared:
            part = self._node.store.part(grant.origin, grant.seq, grant.index)
            assert part is not None, "what is granted is held"
            self._left -= len(part.data)
            head = {"origin": grant.origin, "seq": grant.seq, "index": grant.index, "name": part.name}
            yield Frame(lane=Lane.DETAIL, head={**head, "salt": part.salt.hex()}, body=part.data)


# -- taking ------------------------------------------------------------------------------------------------------------


def take(node: Node, data: bytes, *, nonce: str | None = None) -> Taken:
    """Take a bundle: verify every frame, keep what is new in one transaction, fold it.

    `nonce` is that of the question it answers; a bundle carried by hand has none to match.

    Raises:
        Malformed: `bundle.*`.
        Untrusted: `bundle.*`, `replica.*`, `tlog.*`; nothing was kept.
        Refused: `agreement.not_held`.
        Forked: `feed.forked`; the evidence was kept.
    """
    manifest = bundles.peek(data)
    with node.lock:
        book = node.book(manifest["agreement"])
        sender = PartyId(manifest["from"])
        card = book.cards.get(sender)
        if card is None or sender == node.party:
            raise Untrusted("bundle.sender", f"the bundle is from {sender}, who is no other party of {book.id}")
        bundle = bundles.unpack(data, lambda kind, body, signature: check_exchange(card, kind, body, signature))
        if manifest["to"] != node.party:
            raise Untrusted("bundle.recipient", f"the bundle is for {manifest['to']}, not for {node.party}")
        if nonce is not None and manifest.get("nonce") != nonce:
            raise Untrusted("bundle.nonce", "the bundle answers another question than the one that was asked")
        taking = _Taking(node, book, sender)
        try:
            with node.store.transaction() as txn:
                for frame in bundle.frames:
                    taking.frame(txn, frame)
                if not taking.early:
                    _move_cursor(txn, book, sender, bundle.manifest)
        except Forked as found:
            _keep_fork(node, found)
            raise
        node.catch_up()
        taking.taken.more = bundle.manifest.get("more") is True
        return taking.taken


def check_exchange(card: Mapping[str, Any], kind: str, body: bytes, signature: bytes) -> None:
    """Return when `signature` is that of the card's exchange key.

    Raises:
        Untrusted: `exchange.signature`.
    """
    try:
        key = Ed25519PublicKey.from_public_bytes(suite.unb64(card["keys"]["exchange"]))
        key.verify(signature, suite.pae(kind, body))
    except (InvalidSignature, ValueError):
        raise Untrusted("exchange.signature", f"this was not signed by the node of {card['party']}") from None


def _move_cursor(txn: Txn, book: Book, sender: PartyId, manifest: Mapping[str, Any]) -> None:
    """Keep how far the sender's grants have come; back only when the sender began a new era."""
    key, cursor = f"cursor/{book.id}/{sender}", str(manifest.get("cursor", ""))
    held = (txn.meta(key) or b"").decode()
    era, _, number = cursor.partition(".")
    if not (number.isascii() and number.isdigit()):
        raise Malformed("bundle.frame", "the bundle's manifest has no cursor")
    if held.partition(".")[0] != era or int(held.partition(".")[2]) < int(number):
        txn.set_meta(key, cursor.encode())


def _forked(txn: Txn, origin: str) -> bool:
    return any(row.origin == origin for row in txn.forks())


def _contradiction(origin: Origin, proof: fork.Fork) -> Forked:
    return Forked(
        "feed.forked", f"{origin} has signed two heads that cannot both be true; the evidence is kept",
        origin=origin, evidence=proof.encode(),
    )  # fmt: skip


def _keep_proof(txn: Txn, origin: str, proof: list[bytes]) -> None:
    """Keep what leads from the part of a feed that we hold to its head, so that we can pass the part on."""
    key = f"proof/{origin}"
    if proof or txn.meta(key) is not None:
        txn.set_meta(key, b"".join(proof) or None)


def _kept_proof(node: Node, origin: str) -> list[bytes]:
    data = node.store.meta(f"proof/{origin}") or b""
    return [data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE)]


def _keep_fork(node: Node, found: Forked) -> None:
    with node.store.transaction() as txn:
        txn.add_fork(found.data["origin"], found.data["evidence"], acts.spell(node.clock.now()))
    node.journal("forked", origin=found.data["origin"])


class _Taking:
    """Verifies a bundle's frames one by one against what the transaction holds so far."""

    def __init__(self, node: Node, book: Book, sender: PartyId) -> None:
        self._node, self._book = node, book
        self.taken = Taken(sender)
        self.early = False
        """Whether a detail came before its act: the sender is then asked for it again."""

    def frame(self, txn: Txn, frame: Frame) -> None:
        """Take one frame.

        Raises:
            Malformed: `bundle.frame`, when its head lacks what its lane needs.
        """
        steps = {
            Lane.STOP: self._stop,
            Lane.FORK: self._fork,
            Lane.LEAVES: self._leaves,
            Lane.ACT: self._act,
            Lane.DETAIL: self._detail,
        }
        if frame.lane not in steps:
            raise Malformed("bundle.frame", "a bundle has one manifest")
        try:
            steps[frame.lane](txn, frame)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise Malformed("bundle.frame", f"a frame of lane {frame.lane.name} is not whole: {error}") from None

    def _origin(self, head: Mapping[str, Any]) -> Origin:
        origin = Origin(head["origin"])
        if not self._book.owns(origin):
            raise Untrusted("bundle.origin", f"feed {origin} is none of {self._book.id}")
        return origin

    def _leaves(self, txn: Txn, frame: Frame) -> None:
        origin, first = self._origin(frame.head), int(frame.head["first"])
        length = int.from_bytes(frame.body[:4], "big")
        note, run = frame.body[4 : 4 + length], bundles.split(frame.body[4 + length :])
        proof = [bytes.fromhex(text) for text in frame.head["proof"]]
        head = translate.open_note(note, origin, self._book.cards[party_of(origin)])
        row = txn.feed(origin)
        if "other" in frame.head:
            self._parting(txn, origin, row, note, first, bytes.fromhex(frame.head["other"]), proof)
            return
        frontier = Frontier.from_bytes(row.frontier) if row else Frontier()
        if origin == self._book.origin:
            if first + len(run) <= frontier.size:
                return
            # We signed more than we hold: this record was restored, whatever its mark says. Take the entries back.
            recovery.suspect(txn, self._book)
        try:
            new = replica.extend(
                origin, frontier, first, run, head, proof, lambda n: bytes.fromhex(self._book.root_at(origin, n) or "")
            )
        except Untrusted as error:
            if _forked(txn, origin):
                return  # known and reported: nothing of this feed is taken any more, and the rest of the bundle is
            self._prove_fork(origin, row.checkpoint if row else None, note, first, run, error)
            raise
        if new is not None:
            txn.append(origin, new.start, new.leaves, new.frontier.to_bytes(), note)
            _keep_proof(txn, origin, proof if new.frontier.size < head.size else [])
            self.taken.leaves += len(new.leaves)

    def _parting(
        self, txn: Txn, origin: Origin, row: FeedRow | None, note: bytes, size: int, other: bytes, proof: list[bytes]
    ) -> None:
        """Take a head that contradicts ours: the sender's tree has another root at our size."""
        if row is None or row.checkpoint is None or _forked(txn, origin):
            return
        card = self._book.cards[party_of(origin)]
        if translate.open_note(row.checkpoint, origin, card).size != size:
            return  # our own head runs ahead of the leaves that we hold: once they are here, both can be compared
        parting = fork.Fork(smaller=row.checkpoint, larger=note, other_root=other, proof=tuple(proof))
        fork.check(parting, lambda data: translate.open_note(data, origin, card))
        raise _contradiction(origin, parting)

    def _prove_fork(
        self, origin: Origin, ours: bytes | None, theirs: bytes, first: int, run: list[bytes], error: Untrusted
    ) -> None:
        """Turn a head that does not fit into evidence, where both signed heads and the leaves behind them allow it."""
        if ours is None or error.code != "replica.root":
            return
        card = self._book.cards[party_of(origin)]

        def read(note: bytes) -> Checkpoint:
            return translate.open_note(note, origin, card)

        mine, other = read(ours), read(theirs)
        held = self._book.trees[origin].hashes
        # The proof needs the whole tree of the larger head: ours, or the peer's leaves from its first on.
        whole = held if other.size <= mine.size else [*held[:first], *map(leaf_hash, run)]
        if mine.size > len(held) or max(mine.size, other.size) > len(whole):
            return
        larger, smaller = (theirs, ours) if other.size > mine.size else (ours, theirs)
        proof = fork.prove(smaller, larger, whole[: max(mine.size, other.size)], read)
        if proof is not None:
            raise _contradiction(origin, proof)

    def _act(self, txn: Txn, frame: Frame) -> None:
        origin, seq = self._origin(frame.head), int(frame.head["seq"])
        part = Part(name=ACT, salt=bytes.fromhex(frame.head["salt"]), data=frame.body)
        stored = next(txn.leaves(origin, seq, seq + 1), None)
        if stored is None:
            return  # its leaf has not come; the act will be asked for when it has
        leaf = leaves.decode(stored.leaf, origin, seq)
        if not leaf.binds([part.commitment, *(bytes.fromhex(text) for _, text in translate.lists(part.data))]):
            if _forked(txn, origin):
                return  # of the other branch
            raise Untrusted(
                "act.commitment", f"the act given for entry {seq} of {origin} is not the one its leaf names"
            )
        if translate.recognise(leaf.tag, origin, seq, self._book.circle_keys) is None:
            return  # an act whose leaf lacks the tag of a circle of ours is void, and none of our business
        if txn.put_part(origin, seq, 0, ACT, part.salt, part.data):
            self.taken.acts += 1

    def _detail(self, txn: Txn, frame: Frame) -> None:
        origin, seq, index = self._origin(frame.head), int(frame.head["seq"]), int(frame.head["index"])
        part = Part(name=frame.head["name"], salt=bytes.fromhex(frame.head["salt"]), data=frame.body)
        stored = txn.part(origin, seq, 0)
        if stored is None:
            self.early = True
            return
        listed = translate.lists(stored.data)
        if not 1 <= index <= len(listed) or listed[index - 1] != (part.name, part.commitment.hex()):
            if _forked(txn, origin):
                return  # of the other branch
            raise Untrusted(
                "detail.commitment", f"detail {part.name!r} of entry {seq} of {origin} is not the one named"
            )
        if txn.put_part(origin, seq, index, part.name, part.salt, part.data):
            self.taken.details += 1

    def _fork(self, txn: Txn, frame: Frame) -> None:
        origin = self._origin(frame.head)
        proof = fork.decode(frame.body)
        fork.check(proof, lambda note: translate.open_note(note, origin, self._book.cards[party_of(origin)]))
        if not any(row.evidence == frame.body for row in txn.forks()):
            txn.add_fork(origin, frame.body, acts.spell(self._node.clock.now()))
            self.taken.forks.append(origin)

    def _stop(self, txn: Txn, frame: Frame) -> None:
        """Show a STOP as soon as its own signature verifies, whatever the state of its feed."""
        statement = check_stop(self._book, frame.head, self._node.clock.now())
        if keep_alert(txn, frame.head, acts.spell(self._node.clock.now())):
            self.taken.stops.append(statement.subject)


# -- STOP --------------------------------------------------------------------------------------------------------------


def stop_frame(statement: Statement, signature: Mapping[str, str]) -> dict[str, Any]:
    """Return the frame that carries a STOP before its entry: the statement and its Ed25519 half, at most 2 kB.

    Raises:
        Refused: `stop.size`.
    """
    plain = canonical.decode(statement.encode())
    frame = {"statement": plain, "ed25519": signature["ed25519"]}
    if len(canonical.encode(frame)) > STOP_LIMIT:
        raise Refused("stop.size", f"a STOP fits {STOP_LIMIT} bytes; shorten its note")
    return frame


def check_stop(book: Book, frame: Mapping[str, Any], at: datetime) -> Statement:
    """Return the statement of a STOP frame whose officer, as far as we know, may send one.

    Raises:
        Untrusted: `signature.invalid`, `stop.officer`, `stop.place`.
        Malformed: `stop.frame`.
    """
    try:
        statement = msgspec.convert(frame["statement"], Statement, strict=True)
        msgspec.convert(statement.body, line.Stop, strict=True)
    except (KeyError, msgspec.ValidationError) as error:
        raise Malformed("stop.frame", f"this is not a STOP: {error}") from None
    signer = statement.signer
    small = set(frame) == {"statement", "ed25519"} and len(canonical.encode(dict(frame))) <= STOP_LIMIT
    if statement.verb != "stop.send" or signer is None or not small:
        raise Malformed("stop.frame", "this is not a STOP")
    own = statement.subject.startswith(f"stop/{signer.officer.partition('/')[0]}/")
    if statement.agreement not in book.ledger.agreements or not own:
        raise Untrusted("stop.place", "a STOP stands under its own agreement and its own party")
    now = book.fold(statement.circle).now()
    enrolled = staff.enrolment(now, signer.officer)
    # A STOP that was long under way still counts, so its expiry is not asked for; its sender must be on duty now.
    may = signer.office in authority.offices("stop.send", book.current(at).authority)
    on_duty = may and staff.holds(now, signer.officer, signer.office, at)
    if enrolled is None or enrolled.fingerprint != signer.key or not on_duty:
        raise Untrusted("stop.officer", f"{signer.officer} is not known here as an officer who may send a STOP")
    suite.verify_fast(suite.public_key(dict(enrolled.key)), suite.STATEMENT, statement.encode(), frame["ed25519"])
    return statement


def keep_alert(txn: Txn, frame: Mapping[str, Any], at: str) -> bool:
    """Keep a STOP frame to be shown and passed on; False when it was kept before."""
    key = f"alert/{canonical.digest(dict(frame))}"
    if txn.meta(key) is not None:
        return False
    txn.set_meta(key, canonical.encode({**frame}))
    txn.set_meta(f"alerted/{key.split('/', 1)[1]}", at.encode())
    return True


def alerts(node: Node) -> list[tuple[Statement, str]]:
    """Return the STOPs received as frames, each with the time of its arrival; lifted ones are left out."""
    found = []
    for key, data in node.store.metas("alert/").items():
        statement = msgspec.convert(json.loads(data)["statement"], Statement)
        at = (node.store.meta(f"alerted/{key.split('/', 1)[1]}") or b"").decode()
        book = node.book_naming(statement.agreement)
        row = line.row(statement.subject, book.fold(statement.circle).now())
        if row is None or not row["lifted"]:
            found.append((statement, at))
    return found


def send_stop(node: Node, draft: Any, signature: Mapping[str, str]) -> Any:
    """Say a STOP: its frame is kept for everyone first, so that no judgement of the feed delays it; then its entry."""
    frame = stop_frame(draft.statement, signature)
    book = node.book_naming(draft.statement.agreement)
    check_stop(book, frame, node.clock.now())
    with node.lock, node.store.transaction() as txn:
        keep_alert(txn, frame, acts.spell(node.clock.now()))
    return node.say(draft, signature)
