"""Taking: every frame of a bundle is verified on its own, and what is new is kept in one transaction.

Taking a bundle twice, or half of one, or several in any order, changes nothing that was not proven. What is wrong with
one author's feed costs the others nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from entente import ids
from entente.errors import EntenteError, Forked, Malformed, Refused, Untrusted
from entente.feed import attachment, fork, replica, sealed, suite
from entente.feed import bundle as bundles
from entente.feed import card as cards
from entente.feed import leaf as leaves
from entente.feed import root as roots
from entente.feed.bundle import Bundle, Frame, Lane
from entente.feed.fork import Side, Step
from entente.feed.part import ACT, Part
from entente.feed.replica import Extension
from entente.feed.succession import Succession
from entente.ids import Hash, Origin, PartyId, SubjectId, feed_of, party_of
from entente.joint import act as acts
from entente.joint.act import ALL
from entente.joint.keys import Role, revoked
from entente.node import attachments, recovery, translate
from entente.node.book import Book, depth, handover_key
from entente.node.carry import asking, stops
from entente.node.node import Node
from entente.store.promises import FeedRow, Reads, Txn
from entente.tlog.checkpoint import Checkpoint
from entente.tlog.merkle import HASH_SIZE, Frontier, leaf_hash
from entente.tlog.note import Note, NoteKey


@dataclass(slots=True)
class Taken:
    """What a bundle brought: counts, and whether its sender has more.

    Chunks that are `waiting` were not kept: too many of their author's files lie here unread (`attachment.quota`).
    """

    sender: PartyId
    leaves: int = 0
    acts: int = 0
    details: int = 0
    chunks: int = 0
    waiting: int = 0
    stops: list[SubjectId] = field(default_factory=list)
    forks: list[Origin] = field(default_factory=list)
    more: bool = False

    @property
    def anything(self) -> bool:
        """Whether anything was new."""
        return bool(self.leaves or self.acts or self.details or self.chunks or self.stops or self.forks)


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
        if sender not in book.cards or sender == node.party:
            raise Untrusted("bundle.sender", f"the bundle is from {sender}, who is no other party of {book.id}")
        card = book.card(sender)
        bundle = bundles.unpack(data, lambda *signed: _check_sender(book, card, manifest, *signed))
        if manifest["to"] != node.party:
            raise Untrusted("bundle.recipient", f"the bundle is for {manifest['to']}, not for {node.party}")
        if nonce is not None and manifest.get("nonce") != nonce:
            raise Untrusted("bundle.nonce", "the bundle answers another question than the one that was asked")
        offered, before = _introduced(book, card, manifest), dict(book.introduced)
        taking = _Taking(node, book, sender)
        taking.open_grants(bundle)
        frames: Sequence[Frame] = bundle.frames
        try:
            while frames:
                with node.store.transaction() as txn:
                    if offered is not None:
                        node.take_card(txn, book, offered)
                    for frame in frames:
                        taking.frame(txn, frame)
                    if taking.later and not taking.taken.anything:
                        raise taking.later[0][1]  # nothing came with them that could tell of new keys
                    if not taking.early and not taking.later:
                        _move_cursor(txn, book, sender, bundle.manifest)
                node.catch_up()
                frames = taking.again(bundle)
        except Forked as found:
            _keep_fork(node, found)
            raise
        except EntenteError:
            book.introduced = before
            raise
        taking.taken.stops += stops.look_again(node, book)
        taking.taken.more = bundle.manifest.get("more") is True or (nonce is not None and taking.asks_on())
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


def _check_sender(
    book: Book, card: Mapping[str, Any], manifest: Mapping[str, Any], kind: str, body: bytes, signature: bytes
) -> None:
    """Return when the sender's exchange key signed a manifest: the one we know, or one that it introduces (KEY-23).

    Raises:
        Untrusted: `exchange.signature`.
    """
    try:
        check_exchange(card, kind, body, signature)
    except Untrusted:
        offered = _introduced(book, card, manifest)
        if offered is None:
            raise
        check_exchange(offered, kind, body, signature)


def _introduced(book: Book, known: Mapping[str, Any], manifest: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the card in a manifest when the sender's root signed it and it is newer than the one we know, else None.

    An older one is worth nothing, signed or not: its keys may be anybody's by now.
    """
    party, offered = known["party"], manifest.get("card")
    try:
        root = roots.read(book.root(party), party)
        taken = revoked(book.fold(ALL).now(), party, Role.ROOT)
        for step in manifest.get("roots", ()):
            new = roots.read(step["document"], party)
            if new.previous == root.pin:
                roots.require_following(root, new, step["signatures"], without=taken)
                root = new
        if not isinstance(offered, dict) or cards.require(offered, root, taken)["party"] != party:
            return None
    except (EntenteError, KeyError, TypeError, AttributeError):
        return None
    return offered if cards.number(offered) > cards.number(known) else None


def _move_cursor(txn: Txn, book: Book, sender: PartyId, manifest: Mapping[str, Any]) -> None:
    """Keep how far the sender's grants have come; back only when the sender began a new era."""
    key, cursor = f"cursor/{book.id}/{sender}", str(manifest.get("cursor", ""))
    held = (txn.meta(key) or b"").decode()
    era, _, number = cursor.partition(".")
    if not (number.isascii() and number.isdigit()):
        raise Malformed("bundle.frame", "the bundle's manifest has no cursor")
    if held.partition(".")[0] != era or int(held.partition(".")[2]) < int(number):
        txn.set_meta(key, cursor.encode())


def _root_of(txn: Txn, name: str) -> Callable[[int], bytes]:
    return lambda size: Frontier().extend(txn.leaf_hashes(name, 0, size)).root()


def _alike(txn: Txn, row: FeedRow, first: int, run: list[bytes]) -> int:
    """Return how many of these leaves, from entry `first` on, a branch holds too; -1 when they begin beyond it."""
    if first > row.size:
        return -1
    held = txn.leaf_hashes(row.origin, first, min(row.size, first + len(run)))
    pairs = zip(held, map(leaf_hash, run), strict=False)
    return next((at for at, (ours, theirs) in enumerate(pairs) if ours != theirs), min(len(held), len(run)))


def _strange(note: bytes, log: Succession) -> bool:
    """Whether keys that we do not know signed in the log's name: new ones, perhaps, of which an act before it tells."""
    known = {key.key_id for _, keys in log.periods for key in keys}
    return any(line.name == log.origin and line.key_id not in known for line in Note.parse(note).lines)


def _more_lines(note: bytes, keys: Collection[NoteKey]) -> bool:
    """Whether more keys of the log signed a head than we know to have to."""
    read = Note.parse(note)
    name = Checkpoint.parse(read.text).origin
    return len({line.key_id for line in read.lines if line.name == name}) > len(keys)


def _contradiction(origin: Origin, proof: fork.Evidence) -> Forked:
    return Forked(
        "feed.forked", f"{origin} has signed two heads that cannot both be true; the evidence is kept",
        origin=origin, evidence=proof.encode(),
    )  # fmt: skip


def _keep_proof(txn: Txn, origin: str, proof: list[bytes]) -> None:
    """Keep what leads from the part of a feed that we hold to its head, so that we can pass the part on."""
    key = f"proof/{origin}"
    if proof or txn.meta(key) is not None:
        txn.set_meta(key, b"".join(proof) or None)


def kept_proof(node: Node, origin: str) -> list[bytes]:
    return _proof(node.store, origin)


def _proof(reads: Reads, origin: str) -> list[bytes]:
    data = reads.meta(f"proof/{origin}") or b""
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
        self._salts: dict[bytes, bytes] = {}
        self._forks: set[str] | None = None
        self.early = False
        """Whether a detail came before its act: the sender is then asked for it again."""
        self.later: list[tuple[Frame, Untrusted]] = []
        """Leaves under keys that we do not know yet: what was taken before them may say whose they are."""
        self._begun: dict[Origin, Succession] = {}

    def _forked(self, txn: Txn, origin: str) -> bool:
        if self._forks is None:
            self._forks = {row.origin for row in txn.forks()}
        return origin in self._forks

    def _names(self, txn: Txn, origin: Origin) -> list[str]:
        """Return the names under which entries of a feed are held: its own, and its branches', stems first."""
        if not self._forked(txn, origin):
            return [origin]
        rows = [row for name, row in txn.feeds().items() if feed_of(name) == origin]
        return [row.origin for row in sorted(rows, key=depth)]

    def open_grants(self, bundle: Bundle) -> None:
        """Learn which salt opens which ciphertext of a bundle.

        Raises:
            Untrusted: `grant.sealed`.
            Malformed: `grant.size`.
        """
        told = bundle.manifest
        info = sealed.info_of(told["agreement"], told["from"], told["to"], str(told.get("nonce", "")))
        for frame in bundle.frames:
            if frame.lane is Lane.GRANT:
                self._salts |= sealed.read_grant(self._unsealed(frame.body, info))

    def _unsealed(self, grant: bytes, info: bytes) -> bytes:
        """Return what is sealed to us, under the newest of our keys that opens it: a peer may not know it yet.

        Raises:
            Untrusted: `grant.sealed`.
        """
        former = list({id(keys.seal): keys.seal for keys in reversed(self._node.generations)}.values())
        for seal in former[:-1]:
            with suppress(Untrusted):
                return seal.open(grant, info)
        return former[-1].open(grant, info)

    def _opened(self, frame: Frame, name: str) -> Part:
        """Return the part in a frame.

        Raises:
            Untrusted: `part.grant`, when the bundle grants it not; `part.sealed`.
        """
        salt = self._salts.get(sealed.name_of(frame.body))
        if salt is None:
            raise Untrusted(
                "part.grant", f"the bundle holds a part of {frame.head['origin']} and nothing that opens it"
            )
        return sealed.opened(frame.body, name, salt)

    def frame(self, txn: Txn, frame: Frame) -> None:
        """Take one frame.

        Raises:
            Malformed: `bundle.frame`, when its head lacks what its lane needs.
        """
        steps = {
            Lane.STOP: self._stop,
            Lane.FORK: self._fork,
            Lane.LEAVES: self._leaves,
            Lane.GRANT: lambda txn, frame: None,  # opened before
            Lane.ACT: self._act,
            Lane.DETAIL: self._detail,
            Lane.CHUNK: self._chunk,
        }
        if frame.lane not in steps:
            raise Malformed("bundle.frame", "a bundle has one manifest")
        try:
            steps[frame.lane](txn, frame)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise Malformed("bundle.frame", f"a frame of lane {frame.lane.name} is not whole: {error}") from None

    def again(self, bundle: Bundle) -> list[Frame]:
        """Return the frames to take once more, now that their feed says which keys it has come to have; none mostly.

        Those of a feed that says nothing of such keys are left: what is wrong with it costs the others nothing.
        """
        waiting = [frame for frame, _ in self.later]
        waiting = [f for f in waiting if self._book.log(self._origin(f.head)) != self._begun.get(self._origin(f.head))]
        if not waiting:
            return []
        self.later, self.early, self._begun = [], False, {}
        return [*waiting, *(frame for frame in bundle.frames if frame.lane in (Lane.ACT, Lane.DETAIL, Lane.CHUNK))]

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
        log = self._begun[origin] = self._book.log(origin)
        try:
            head = log.open(note).checkpoint
        except Untrusted as error:
            if error.code != "tlog.unsigned" or not _strange(note, log):
                raise
            self.later.append((frame, error))
            return
        row = txn.feed(origin)
        if "other" in frame.head:
            steps = [
                Step(size=int(size), root=bytes.fromhex(root), proof=tuple(map(bytes.fromhex, nodes)))
                for size, root, nodes in frame.head["steps"]
            ]
            side = Side(head=note, root=bytes.fromhex(frame.head["other"]), steps=tuple(steps))
            self._parting(txn, origin, row, first, side)
            return
        if self._forked(txn, origin):
            self._branch(txn, origin, note, head, first, run, proof)
            return
        frontier = Frontier.from_bytes(row.frontier) if row else Frontier()
        if party_of(origin) == self._node.party:
            if first + len(run) <= frontier.size:
                return
            # We signed more than we hold: this record was restored, whatever its mark says. Take the entries back.
            recovery.suspect(txn, self._book)
        try:
            new = replica.extend(
                origin, frontier, first, run, head, proof, lambda n: bytes.fromhex(self._book.root_at(origin, n) or "")
            )
        except Untrusted as error:
            self._prove_fork(origin, row.checkpoint if row else None, note, first, run, error)
            raise
        if new is not None:
            self._append(txn, origin, new, note, head, proof)

    def _branch(
        self, txn: Txn, origin: Origin, note: bytes, head: Checkpoint, first: int, run: list[bytes], proof: list[bytes]
    ) -> None:
        """Take leaves of a forked feed: onto the branch that they continue, or as one more that somebody has cited.

        What fits no branch, and nobody asked for, is passed over, and the rest of the bundle taken.
        """
        rows = [row for name in self._names(txn, origin) if (row := txn.feed(name)) is not None]
        if not rows:  # the proof of its fork came before anything of it
            with suppress(Untrusted):
                begun = replica.extend(origin, Frontier(), first, run, head, proof, _root_of(txn, origin))
                if begun is not None:
                    self._append(txn, origin, begun, note, head, proof)
            return
        for row in rows:
            frontier = Frontier.from_bytes(row.frontier)
            try:
                new = replica.extend(origin, frontier, first, run, head, proof, _root_of(txn, row.origin))
            except Untrusted:
                continue
            if new is None and _alike(txn, row, first, run) < len(run):
                continue  # shorter than what we hold, and not the same
            if new is not None:
                if row.origin == self._book.origin:
                    recovery.suspect(txn, self._book)
                self._append(txn, row.origin, new, note, head, proof)
            return
        if not any(feed == origin for feed, _, _ in asking.cited(self._node, self._book)):
            return
        # Whichever branch it is like for longest is the one that it parts from; others share only a part of that.
        start, row = max(((first + _alike(txn, row, first, run), row) for row in rows), key=lambda pair: pair[0])
        if not first <= start < first + len(run):
            return
        frontier = Frontier().extend(txn.leaf_hashes(row.origin, 0, start))
        with suppress(Untrusted):
            new = replica.extend(origin, frontier, start, run[start - first :], head, proof, _root_of(txn, row.origin))
            assert new is not None, "it differs from all that is held in at least one leaf"
            while start <= row.stem_size and row.stem:
                row = next(one for one in rows if one.origin == row.stem)
            name = ids.branch(origin, Hash(leaf_hash(new.leaves[0]).hex()))
            txn.branch(name, row.origin, start)
            self._append(txn, name, new, note, head, proof)

    def _append(self, txn: Txn, name: str, new: Extension, note: bytes, head: Checkpoint, proof: list[bytes]) -> None:
        txn.append(name, new.start, new.leaves, new.frontier.to_bytes(), note)
        if head.size == new.frontier.size and _more_lines(note, self._book.log(name).required(head.size)):
            # Perhaps a handover: the entries will say. Kept, so that we can show it to who knows the old keys only.
            txn.set_meta(handover_key(name, head.size), note)
        _keep_proof(txn, name, proof if new.frontier.size < head.size else [])
        self.taken.leaves += len(new.leaves)

    def _parting(self, txn: Txn, origin: Origin, row: FeedRow | None, size: int, theirs: Side) -> None:
        """Take a head that contradicts ours: the sender's tree has another root at our size."""
        if row is None or row.checkpoint is None or row.size != size or self._forked(txn, origin):
            return
        log = self._book.log(origin)
        mine, root = log.open(row.checkpoint).checkpoint, Frontier.from_bytes(row.frontier).root()
        if mine.size < size:
            return
        steps = () if mine.size == size else (Step(size=mine.size, root=mine.root, proof=tuple(_proof(txn, origin))),)
        apart = fork.Apart(size=size, sides=(Side(head=row.checkpoint, root=root, steps=steps), theirs))
        fork.check(apart, log.evidence)
        raise _contradiction(origin, apart)

    def _prove_fork(
        self, origin: Origin, ours: bytes | None, theirs: bytes, first: int, run: list[bytes], error: Untrusted
    ) -> None:
        """Turn a head that does not fit into evidence, where both signed heads and the leaves behind them allow it."""
        if ours is None or error.code != "replica.root":
            return
        read = self._book.log(origin).evidence
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
        part = self._opened(frame, ACT)
        commitments = [part.commitment, *(bytes.fromhex(text) for _, text in translate.lists(part.data))]
        for name in self._names(txn, origin):
            stored = next(txn.leaves(name, seq, seq + 1), None)
            if stored is None:
                continue  # its leaf has not come; the act will be asked for when it has
            leaf = leaves.decode(stored.leaf, origin, seq)
            if leaf.binds(commitments):
                if translate.recognise(leaf.tag, origin, seq, self._book.circle_keys) is None:
                    return  # an act whose leaf lacks the tag of a circle of ours is void, and none of our business
                if txn.part(name, seq, 0) is None and txn.put_part(name, seq, 0, ACT, part.salt, part.data):
                    self.taken.acts += 1
                return
            if not self._forked(txn, origin):
                raise Untrusted(
                    "act.commitment", f"the act given for entry {seq} of {origin} is not the one its leaf names"
                )

    def _detail(self, txn: Txn, frame: Frame) -> None:
        origin, seq, index = self._origin(frame.head), int(frame.head["seq"]), int(frame.head["index"])
        stored = [(name, act) for name in self._names(txn, origin) if (act := txn.part(name, seq, 0)) is not None]
        self.early = self.early or not stored
        for name, act in stored:
            listed = translate.lists(act.data)
            part = self._opened(frame, listed[index - 1][0] if 1 <= index <= len(listed) else "")
            if part.name and part.commitment.hex() == listed[index - 1][1]:
                if txn.part(name, seq, index) is None and txn.put_part(
                    name, seq, index, part.name, part.salt, part.data
                ):
                    self.taken.details += 1
                    attachments.expect(txn, self._book, (name, seq, index), part.name, part.data)
                return
            if not self._forked(txn, origin):
                raise Untrusted("detail.commitment", f"detail {index} of entry {seq} of {origin} is not the one named")

    def _chunk(self, txn: Txn, frame: Frame) -> None:
        """Take a chunk of a file that a detail held describes; what comes before its act is asked for again."""
        origin = self._origin(frame.head)
        seq, index, number = (int(frame.head[key]) for key in ("seq", "index", "number"))
        names, forked = self._names(txn, origin), self._forked(txn, origin)
        for name in names:
            part = txn.part(name, seq, index)
            if part is None or not attachment.described(part.name):
                continue
            paper = attachment.read(part.name, part.data)
            try:
                data = paper.opened(number, frame.body)
            except Untrusted:
                if not forked:
                    raise
                continue  # another branch's
            try:
                kept = attachments.keep(self._node, txn, self._book, (name, seq, index), paper, number, data)
            except Refused:
                self.taken.waiting += 1  # what else the bundle brings counts as ever
            else:
                self.taken.chunks += kept
            return
        if not forked and any(txn.part(name, seq, 0) is not None for name in names):
            raise Untrusted(
                "chunk.unasked", f"part {index} of entry {seq} of {origin} describes no file that we ask for"
            )

    def asks_on(self) -> bool:
        """Whether the sender is to be asked at once for chunks of what it has just told of, or given a part of."""
        gained = self.taken.details or self.taken.chunks
        return bool(gained and attachments.lacking(self._node, self._book, self.taken.sender))

    def _fork(self, txn: Txn, frame: Frame) -> None:
        origin = self._origin(frame.head)
        proof = fork.decode(frame.body)
        fork.check(proof, self._book.log(origin).evidence)
        if not any(row.evidence == frame.body for row in txn.forks()):
            txn.add_fork(origin, frame.body, acts.spell(self._node.clock.now()))
            self._forks = None
            self.taken.forks.append(origin)

    def _stop(self, txn: Txn, frame: Frame) -> None:
        """Show a STOP as soon as its own signature verifies, whatever the state of its feed."""
        try:
            statement = stops.check_stop(self._book, frame.head, self._node.clock.now())
        except Untrusted as error:
            if error.code not in stops.UNKNOWN_YET:
                raise
            stops.set_aside(self._node, frame.head)
            return
        if stops.keep(txn, frame.head, acts.spell(self._node.clock.now())):
            self.taken.stops.append(statement.subject)
