"""Verifying a whole record again: every leaf, head, part and signature, from the bytes on the disk alone (R-40).

What a node folds it has checked once, when it came. Here nothing is taken on that trust: leaves are hashed into roots,
every act is judged again from the first one on (no snapshot is read), each held head's signatures are checked against
the party's card, each part against its leaf, and each person's signature against the key that was enrolled. Signatures
of acts that are void are counted and not held against anyone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import msgspec

from entente import canonical
from entente.errors import EntenteError, Malformed
from entente.feed import attachment, fork, leaf, person, suite
from entente.feed import root as roots
from entente.feed.part import Part
from entente.feed.root import Root
from entente.ids import AgreementId, Hash, Origin, feed_of, party_of
from entente.joint.act import Act
from entente.joint.staff import Enrol
from entente.node import custody, translate
from entente.node.book import Book, check_adoption, depth
from entente.node.holdings import JOURNAL
from entente.node.node import Node
from entente.store.promises import FeedRow, StoredPart
from entente.tlog.checkpoint import Checkpoint
from entente.tlog.merkle import Frontier, leaf_hash


@dataclass(slots=True)
class FeedReport:
    """What was verified of one feed, and a sentence for each flaw. `head` is the size that the held head signs."""

    origin: str
    size: int = 0
    head: int = 0
    acts: int = 0
    details: int = 0
    signatures: int = 0
    void: int = 0
    forked: bool = False
    flaws: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.flaws and not self.forked


def verify_record(node: Node) -> list[FeedReport]:
    """Verify everything that the record holds; one report a feed, and one named ``record`` for the file itself."""
    with node.lock:
        node.catch_up()
        anew = {book.id: _judged_anew(node, book) for book in node.books.values()}
        keys = _enrolled(anew.values())
        rest = FeedReport(
            origin="record", flaws=[f for book in node.books.values() for f in _pins(book, anew[book.id])]
        )
        reports = {
            row.origin: _Verifying(node, row, anew.get(AgreementId(row.origin.split("/")[1])), keys).report()
            for row in node.store.feeds().values()
        }
        for flaw in node.store.check():
            named = next((o for o in reports if flaw.startswith(f"feed {o}:")), None)
            (reports[named] if named else rest).flaws.append(flaw)
        for row in node.store.forks():
            report = reports.setdefault(row.origin, FeedReport(origin=row.origin))
            report.forked = _forked(node, row.origin, row.evidence) or report.forked
        return [rest, *reports.values()]


def _judged_anew(node: Node, book: Book) -> Book:
    """Return the same book folded from its first entry: no snapshot is read, and no verdict taken from one."""
    texts = [text for text in book.ledger.agreements.values() if text.digest in book.adopted]
    anew = Book(node.party, texts, book.cards, book.circle_keys)
    anew.introduced |= book.introduced
    for row in sorted(node.store.feeds().values(), key=depth):
        if book.owns(row.origin):
            if row.stem:
                anew.take_branch(Origin(row.origin), Origin(row.stem), row.stem_size)
            anew.take_leaves(node.store.leaves(row.origin, row.stem_size, row.size))
    cursor = 0
    while rows := node.store.acts_after(cursor):
        for act in rows:
            cursor = act.cursor
            if anew.owns(act.origin) and act.seq < anew.size(act.origin):
                anew.take_act(act)
    anew.learn(node.store)
    anew.advance()
    return anew


def _pins(book: Book, anew: Book) -> Iterator[str]:
    """Yield what is wrong with cards, circle keys and remembered verdicts."""
    try:
        for card in book.cards.values():
            custody.open_card(canonical.encode(card), f"the card of {card['party']}")
        check_adoption(book.me, book.first, book.cards, book.circle_keys)
    except EntenteError as error:
        yield f"{book.id}: {error}"
    for name, fold in book.ledger.folds.items():
        other = anew.fold(name)
        if fold.cut_digest() == other.cut_digest() and fold.digest() != other.digest():
            yield f"{book.id}: the state remembered for circle {name} is not what judging everything again gives"


def _forked(node: Node, origin: str, evidence: bytes) -> bool:
    book = node.book_of(origin)
    if book is None:
        return False
    try:
        fork.check(fork.decode(evidence), book.log(origin).evidence)
    except EntenteError:
        return False
    return True


def _enrolled(books: Iterable[Book]) -> dict[str, person.Key | Root]:
    """Return every key that may have signed, by name: roots, of one key and of several, and whoever was enrolled."""
    found: dict[str, person.Key | Root] = {}
    for book in books:
        documents: list[tuple[Any, str]] = [(card["root"], party) for party, card in book.cards.items()]
        for event in book.fold("all").folded():
            body = event.act.statement.body if event.verb in ("staff.enrol", "keys.certify", "keys.root") else {}
            if event.verb == "staff.enrol" and not event.code:
                with suppress(Malformed):  # an enrolment may say anything; what is no key has signed nothing
                    key = person.read(dict(msgspec.convert(body, Enrol).key))
                    found[key.fingerprint] = key
            elif body and not event.code:
                document = body["document"] if event.verb == "keys.root" else body["card"].get("root")
                documents.append((document, party_of(event.origin)))
        for plain, party in documents:
            with suppress(Malformed):
                root = roots.read(plain, party)
                found |= {key.fingerprint: key for key in root.keys}
                if len(root.keys) > 1:
                    found[root.pin] = root
    return found


class _Verifying:
    """One feed, verified from its first leaf to its last."""

    def __init__(self, node: Node, row: FeedRow, book: Book | None, keys: Mapping[str, person.Key | Root]) -> None:
        self._node, self._row, self._keys = node, row, keys
        self._book = book if book is not None and book.owns(row.origin) else None
        self._report = FeedReport(origin=row.origin, size=row.size)
        self._codes = dict(_codes(self._book, Origin(row.origin))) if self._book else {}

    def report(self) -> FeedReport:
        """Verify leaves, head, parts and signatures."""
        own_record = self._row.origin == f"{self._node.party}/{JOURNAL}/1"
        if self._book is None and not own_record:
            self._flaw("it belongs to no agreement that is kept here")
            return self._report
        roots = self._leaves()
        self._head(roots)
        return self._report

    def _leaves(self) -> Frontier:
        edge = Frontier()
        for entry in self._node.store.leaves(self._row.origin, 0, self._row.size):
            try:
                read = leaf.decode(entry.leaf, feed_of(self._row.origin), entry.seq)
            except EntenteError as error:
                self._flaw(f"entry {entry.seq}: {error.sentence}")
            else:
                self._parts(read, Hash(leaf_hash(entry.leaf).hex()))
            edge = edge.append(leaf_hash(entry.leaf))
        return edge

    def _open(self, note: bytes) -> Checkpoint:
        """Return the signed head of a feed; of our own record, which nobody certifies, under any keys that we had."""
        if self._book is not None:
            return self._book.log(self._row.origin).open(note).checkpoint
        origin, newest = self._row.origin, self._node.generations[-1]
        for keys in self._node.generations[:-1]:
            with suppress(EntenteError):
                return translate.open_note(note, origin, {"keys": keys.public()})
        return translate.open_note(note, origin, {"keys": newest.public()})

    def _head(self, edge: Frontier) -> None:
        """Check the signed head. One may sign more than is held, when the rest has not come yet: it was proven then."""
        if self._row.checkpoint is None:
            self._flaw("no signed head is held")
            return
        try:
            head = self._open(self._row.checkpoint)
        except EntenteError as error:
            self._flaw(f"the head: {error.sentence}")
            return
        self._report.head = head.size
        if head.size < edge.size or (head.size == edge.size and head.root != edge.root()):
            self._flaw(f"the head of size {head.size} does not sign the {edge.size} entries that are held")

    def _parts(self, read: leaf.Leaf, hashed: Hash) -> None:
        if read.seq < self._row.stem_size:
            return  # the stem's, and verified there
        stored = self._node.store.parts(self._row.origin, read.seq)
        if not stored or stored[0].index:
            if stored:
                self._flaw(f"entry {read.seq} has details without its act")
            return
        self._report.acts += 1
        act = translate.read_act(stored[0].data, Origin(self._row.origin), read.seq, hashed) if self._book else ""
        names = translate.lists(stored[0].data)
        own = Part(name=stored[0].name, salt=stored[0].salt, data=stored[0].data).commitment
        if not read.binds([own, *(bytes.fromhex(digest) for _, digest in names)]):
            self._flaw(f"entry {read.seq}: the act is not the one that the leaf commits to")
            return
        for part in stored[1:]:
            self._report.details += 1
            given = Part(name=part.name, salt=part.salt, data=part.data).commitment.hex()
            if part.index > len(names) or names[part.index - 1] != (part.name, given):
                self._flaw(f"entry {read.seq}: detail {part.name!r} is not the one that the act names")
            self._chunks(read.seq, part)
        if isinstance(act, Act):
            self._signature(act)

    def _chunks(self, seq: int, part: StoredPart) -> None:
        """Hold what is held of an attached file against its description."""
        store, place = self._node.store, (self._row.origin, seq, part.index)
        try:
            for number in store.chunks_held(*place):
                attachment.read(part.name, part.data).require(number, store.chunk(*place, number) or b"")
        except EntenteError as error:
            self._flaw(f"entry {seq}: {error.sentence}")

    def _signature(self, act: Act) -> None:
        code = self._codes.get(act.seq)
        if code:
            self._report.void += 1
        signer = act.statement.signer
        # None: not folded yet, because something that it cites has not come; it was judged by nobody so far.
        if signer is None or code or code is None:
            return
        if signer.key not in self._keys:
            self._flaw(f"entry {act.seq}: the key {signer.key[:16]}… was never enrolled")
            return
        try:
            key, message = self._keys[signer.key], act.statement.encode()
            if isinstance(key, Root):
                roots.require(key, suite.STATEMENT, message, act.signature)
            else:
                person.verify(key, suite.STATEMENT, message, act.signature)
        except EntenteError as error:
            self._flaw(f"entry {act.seq}: {error.sentence}")
        else:
            self._report.signatures += 1

    def _flaw(self, sentence: str) -> None:
        self._report.flaws.append(f"{self._row.origin}: {sentence}")


def _codes(book: Book, origin: Origin) -> Iterator[tuple[int, str]]:
    """Yield the verdict of each act of a feed that is folded in any circle of ours."""
    for fold in book.ledger.folds.values():
        for event in fold.folded():
            if event.origin == origin:
                yield event.seq, event.code
