"""A home, verified from its bytes: every leaf hashed, every head's signatures, every part, every act judged anew.

Nothing that the node concluded is read: no snapshot, no remembered hash, no verdict. What a home cannot show is said:
acts that went to others, details that their authors kept, and keys that are not here.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from entente import canonical, ids
from entente.errors import EntenteError, Malformed
from entente.feed import anchor, attachment, fork, leaf, person, suite
from entente.feed import root as roots
from entente.feed.card import KeyProofs, log_keys
from entente.feed.leaf import Leaf
from entente.feed.part import Part
from entente.feed.succession import Succession
from entente.feed.suite import unb64
from entente.ids import AgreementId, CircleId, Hash, Origin, PartyId, epoch_of, feed_of, is_hash, party_of
from entente.joint import accession, anchors, keys, staff
from entente.joint import act as acts
from entente.joint import agreement as agreements
from entente.joint.act import ALL, Act
from entente.joint.agreement import Agreement
from entente.joint.rules import Event, body_of
from entente.joint.state import Ledger
from entente.tlog import head as heads
from entente.tlog.checkpoint import Checkpoint
from entente.tlog.merkle import Frontier, leaf_hash
from entente.tlog.note import NoteKey
from entente.verify import cards, record
from entente.verify.cards import Card
from entente.verify.record import Piece, Record, Row
from entente.verify.report import Report, many, utc

_STRIDE = 256
ACKNOWLEDGE = "record.acknowledge"
WITNESSED = "record.witnessed"
"""The verb by which a node says how much of others' feeds it holds, and cosigns it."""


class Tree:
    """A feed's leaf hashes, with the edge kept every so often, so that the root at any size is cheap."""

    def __init__(self) -> None:
        self.hashes: list[bytes] = []
        self._edges = [Frontier()]

    def append(self, hashed: bytes) -> None:
        """Add a leaf's hash."""
        self.hashes.append(hashed)
        if len(self.hashes) % _STRIDE == 0:
            self._edges.append(self._edges[-1].extend(self.hashes[-_STRIDE:]))

    def root(self, size: int) -> Hash | None:
        """Return the root of the first `size` leaves, None when fewer are held."""
        if not 0 <= size <= len(self.hashes):
            return None
        block = size // _STRIDE
        return Hash(self._edges[block].extend(self.hashes[block * _STRIDE : size]).root().hex())


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """A detail that an act lists. `data` is None when it is not held; `released` names whom this home let have it."""

    name: str
    digest: str
    data: bytes | None
    released: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Held:
    """One feed as a home holds it. `times` are its leaves' [s since 1970]; an act is text when it cannot be read."""

    origin: Origin
    stem: Origin | None = None
    """Of another branch of a forked feed: the feed, or branch, that it shares its first `start` entries with."""
    start: int = 0
    tree: Tree = field(default_factory=Tree)
    times: list[int] = field(default_factory=list)
    circles: list[CircleId | None] = field(default_factory=list)
    acts: dict[int, Act | str] = field(default_factory=dict)
    details: dict[int, tuple[Detail, ...]] = field(default_factory=dict)
    lines: dict[int, Any] = field(default_factory=dict)
    """Of the party's own record: what it noted."""

    def at(self, seq: int) -> float:
        """Return when an entry was written, by its author's clock [s since 1970]."""
        act = self.acts.get(seq)
        return act.at.timestamp() if isinstance(act, Act) else self.times[seq]


class Proofs(KeyProofs):
    """The proofs that the rules ask for (`joint.rules.Checks`), carried out here anew."""

    def __init__(self) -> None:
        self._sound: dict[tuple[Hash, str], bool] = {}

    def statement(self, key: Mapping[str, str], fingerprint: str, act: Act) -> bool:
        """Whether `key` has this fingerprint and signed the act's statement."""
        try:
            public = person.read(dict(key))
            if public.fingerprint != fingerprint:
                return False
            if (act.digest, fingerprint) not in self._sound:
                self._sound[act.digest, fingerprint] = False
                person.verify(public, suite.STATEMENT, act.statement.encode(), act.signature)
                self._sound[act.digest, fingerprint] = True
        except EntenteError:
            return False
        return self._sound[act.digest, fingerprint]

    def cosigned(
        self, card: Mapping[str, Any], party: str, origin: Origin, size: int, root: Hash, cosignature: str
    ) -> bool:
        """Whether the cosigner's key in a card signed this head."""
        try:
            key = _read_plain(card, party).cosigner_key()
            head = Checkpoint(origin=origin, size=size, root=bytes.fromhex(root))
            return key is not None and key.require(head.encode(), unb64(cosignature)) is not None
        except (EntenteError, KeyError, TypeError, AttributeError):
            return False

    def parted(self, evidence: str) -> tuple[int, Hash, Hash]:
        """Return the smaller head's size and the two roots there, of evidence that has proven a fork."""
        size, *roots = fork.claims(evidence.encode())
        return size, Hash(roots[0].hex()), Hash(roots[1].hex())

    def witnessed(self, witness: str, origin: Origin, size: int, root: Hash, cosignature: str) -> bool:
        """Whether the witness with this key cosigned this head."""
        try:
            head = Checkpoint(origin=origin, size=size, root=bytes.fromhex(root))
            return NoteKey.parse(witness).require(head.encode(), unb64(cosignature)) is not None
        except EntenteError:
            return False

    def fork(self, cards: Sequence[tuple[int, Mapping[str, Any]]], origin: str, evidence: str) -> int | None:
        """Return the smaller head's size when the evidence proves a fork of the feed whose log keys the cards hold."""
        try:
            log = _succession(origin, cards[0][1], cards[1:])
            small, _ = fork.check(fork.decode(evidence.encode()), log.evidence)
        except (EntenteError, KeyError, TypeError, AttributeError):
            return None
        return fork.claims(evidence.encode())[0] if small.origin == origin else None


def _succession(origin: str, first: Mapping[str, Any], later: Iterable[tuple[int, Mapping[str, Any]]]) -> Succession:
    """Return a feed's log keys, as its first card has them and later ones, each with its entry, change them."""
    found = []
    for seq, card in later:
        with suppress(EntenteError, KeyError, TypeError, AttributeError):
            found.append((seq, log_keys(origin, card["keys"])))
    return Succession.of(origin, log_keys(origin, first["keys"]), found)


def _read_plain(card: Mapping[str, Any], party: str) -> Card:
    """Return a card as acts hold it, without its signature: the act's own stands for it."""
    return Card(party=PartyId(party), title="", root=roots.read(card["root"], party), keys=card["keys"])


@dataclass(slots=True, kw_only=True)
class Book:
    """One agreement as a home holds it, with its feeds."""

    texts: dict[Hash, Agreement]
    cards: dict[PartyId, Card]
    keys: dict[CircleId, bytes]
    feeds: dict[Origin, Held] = field(default_factory=dict)
    proofs: Proofs = field(default_factory=Proofs)

    @property
    def first(self) -> Agreement:
        """The agreement that the others succeed."""
        return next(one for one in self.texts.values() if not one.text.predecessor)

    def fold(self, until: float | None = None) -> Ledger:
        """Fold everything, or each feed as far as its author dated it before or at `until` [s since 1970]."""
        sizes = {origin: _size_at(held, until) for origin, held in self.feeds.items()}

        def root_at(origin: Origin, size: int) -> Hash | None:
            return self.feeds[origin].tree.root(size) if size <= sizes.get(origin, -1) else None

        ledger = Ledger(self.first, sorted(self.keys), self.proofs, root_at)
        for text in self.texts.values():
            ledger.add_agreement(text)
        for origin, held in self.feeds.items():
            if held.stem is not None and sizes[origin] > held.start:
                ledger.add_branch(origin, held.stem, held.start)
            for seq in range(held.start, sizes[origin]):
                ledger.add_leaf(origin, Hash(held.tree.hashes[seq].hex()), held.circles[seq])
                if seq in held.acts:
                    ledger.add_act(origin, seq, held.acts[seq])
        ledger.advance()
        return ledger


def _size_at(held: Held, until: float | None) -> int:
    size = len(held.times)
    return size if until is None else next((seq for seq in range(size) if held.at(seq) > until), size)


@dataclass(slots=True, kw_only=True)
class Home:
    """A home that was read, what was found on the way, and each agreement folded anew."""

    party: PartyId
    title: str
    books: dict[AgreementId, Book]
    own: dict[Origin, Held]
    ledgers: dict[AgreementId, Ledger] = field(default_factory=dict)
    report: Report = field(default_factory=Report)
    heads: list[tuple[Held, Row, Card, tuple[Card, ...]]] = field(default_factory=list)
    """Heads to be verified once the acts are judged: a feed says itself which keys its log has come to have."""

    def cards(self, party: str) -> list[tuple[Origin, int, dict[str, Any]]]:
        """Return the cards that a party's root has certified in its feeds, oldest first, each with its entry."""
        return [
            (event.origin, event.seq, card)
            for ledger in self.ledgers.values()
            for event in ledger.folds[ALL].anywhere(staff.keys_subject(party), "keys.certify")
            if (card := body_of(event.act, staff.Certify).card)
        ]

    def log(self, origin: str, first: Card) -> Succession:
        """Return which keys sign the heads of a feed (KEY-11)."""
        feed, known = feed_of(origin), self.cards(party_of(origin))
        way = {
            step: upto
            for ledger in self.ledgers.values()
            for name in [origin if origin in ledger.feeds else feed]
            if name in ledger.feeds
            for step, upto in ledger.branches.chain(Origin(name), len(ledger.feeds[Origin(name)].leaves))
        }
        later = [(seq, card) for at, seq, card in known if seq < way.get(at, 0)]
        # A new epoch begins under the keys that its party had when the one before was closed.
        before = [card for at, _, card in known if epoch_of(at) < epoch_of(feed)]
        plain: Mapping[str, Any] = max([{"keys": first.keys, "number": first.number}, *before], key=keys.number)
        # Right behind an epoch's opening a card counts from the start: the keys before may be lost (KEY-24).
        if later and (keys.number(later[0][1]) < first.number or (epoch_of(feed) > 1 and later[0][0] == 1)):
            plain = later[0][1]
        return _succession(feed, plain, [(s, c) for s, c in later if keys.number(c) > keys.number(plain)])

    def events(self, agreement: AgreementId) -> dict[tuple[Origin, int], Event]:
        """Return every folded event of an agreement, by its place."""
        folds = self.ledgers[agreement].folds.values()
        return {(event.origin, event.seq): event for fold in folds for event in fold.folded()}


def read(folder: Path) -> Home:
    """Read and verify a home; what is wrong with it stands in its report.

    Raises:
        Malformed: `record.missing`, `record.file`, `home.settings`.
        Unavailable: `record.newer`.
    """
    party, title = _settings(folder)
    home = Home(party=party, title=title, books={}, own={})
    with record.opened(folder / "record.sqlite") as kept:
        for flaw in kept.flaws():
            home.report.flaw("", "record.flaw", f"The file itself: {flaw}.")
        for name in sorted({agreement for agreement, _ in kept.metas("agreement")}):
            _book(home, AgreementId(name), kept)
        for row in kept.feeds():
            _feed(home, row, kept, folder)
        forks = kept.forks()
    for name, book in home.books.items():
        _learn(book)
        home.ledgers[name] = book.fold()
    for held, row, card, others in home.heads:
        _head(home, held, row, card, others)
    for origin, evidence, found_at in forks:
        _fork(home, origin, evidence, found_at)
    for name, book in home.books.items():
        _tell_acts(home, name, book)
        _tell_changes(home, name, book)
    _tell_anchors(home, folder)
    _tell_mark(home, folder)
    _tell_keys(home, folder)
    return home


def _settings(folder: Path) -> tuple[PartyId, str]:
    try:
        plain = tomllib.loads((folder / "home.toml").read_text(encoding="utf-8"))
        return PartyId(ids.name(plain["party"], "party")), str(plain["title"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Malformed("home.settings", f"home.toml cannot be read: {error}", where=str(folder)) from None


# -- agreements, cards, circle keys ------------------------------------------------------------------------------------


def _book(home: Home, name: AgreementId, kept: Record) -> None:
    report = home.report
    book = Book(texts={}, cards={}, keys={})
    for (agreement, digest), data in kept.metas("agreement").items():
        if agreement == name:
            try:
                text = agreements.load(canonical.decode(data))
            except EntenteError as error:
                report.flaw(name, "agreement.text", f"The text {digest[:16]}…: {error.sentence}.")
                continue
            if text.digest != digest or text.id != name:
                report.flaw(name, "agreement.text", f"A text is kept under hash {digest[:16]}… and has another.")
            else:
                book.texts[text.digest] = text
    if not any(not text.text.predecessor for text in book.texts.values()):
        report.flaw(name, "agreement.text", "Its first text is not here, so nothing under it can be judged.")
        return
    for (agreement, party), data in kept.metas("card").items():
        if agreement == name:
            try:
                book.cards[PartyId(party)] = cards.read(data)
            except EntenteError as error:
                report.flaw(name, "card", f"The card of {party}: {error.sentence}.")
    for (agreement, circle), key in kept.metas("circle").items():
        if agreement == name:
            book.keys[CircleId(circle)] = key
    _tell_pins(name, book, report)
    home.books[name] = book


def _tell_pins(name: str, book: Book, report: Report) -> None:
    pins = {(party.id, party.root) for text in book.texts.values() for party in text.parties.values()}
    for text in book.texts.values():
        for party in text.parties.values():
            card = book.cards.get(party.id)
            # A later text may pin a later root document, which the feed shows to follow the first (KEY-6).
            if card is None or (card.party, card.root.pin) not in pins or card.party != party.id:
                report.flaw(name, "card", f"The card of {party.id} is not here, or not of the root that is pinned.")
                book.cards.pop(party.id, None)
        for circle in text.circles.values():
            key = book.keys.get(circle.id)
            if key is not None and sha256(key).hexdigest() != circle.key:
                report.flaw(name, "circle", f"The key of circle {circle.id} is not the one that is pinned.")
    kind = "An EXERCISE. " if book.first.exercise else ""
    report.proved(
        name, "agreement.text",
        f"{kind}{book.first.text.title}: {many(len(book.texts), 'text')}, the first with hash {book.first.digest}. It "
        "pins these roots: " + "; ".join(f"{p.id} {p.root}" for p in book.first.parties.values()) + ".",
    )  # fmt: skip


def _learn(book: Book) -> None:
    """Take the texts of agreements that others signed from beside their signatures."""
    for held in book.feeds.values():
        for seq, act in held.acts.items():
            if isinstance(act, Act) and act.statement.verb == "agreement.sign":
                for detail in held.details.get(seq, ()):
                    if detail.name == accession.TEXT and detail.data is not None:
                        with suppress(EntenteError):
                            text = agreements.load(canonical.decode(detail.data))
                            book.texts.setdefault(text.digest, text)


# -- feeds -------------------------------------------------------------------------------------------------------------


def _feed(home: Home, row: Row, kept: Record, folder: Path) -> None:
    party, _, rest = row.origin.partition("/")
    book = home.books.get(AgreementId(rest.partition("/")[0]))
    stem = book.feeds.get(Origin(row.stem)) if book is not None and row.stem else None
    held = Held(origin=Origin(row.origin), stem=stem.origin if stem else None, start=row.stem_size if stem else 0)
    if stem is not None:
        for hashed in stem.tree.hashes[: held.start]:
            held.tree.append(hashed)
        held.times += stem.times[: held.start]
        held.circles += stem.circles[: held.start]
    known = (
        book is not None and _owns(book, row.origin) and PartyId(party) in book.cards and bool(row.stem) == bool(stem)
    )
    if book is not None and known:
        book.feeds[held.origin] = held
        card, others = book.cards[PartyId(party)], [c for p, c in book.cards.items() if p != party]
    elif book is None and party == home.party:
        home.own[held.origin] = held
        found = _own_card(home, folder)
        if found is None:
            home.report.flaw(row.origin, "card", "The party's own card is not here, so its own record is unproven.")
            return
        card, others = found, []
    else:
        home.report.flaw(
            called(row.origin), "feed.stranger", "It belongs to no agreement and no card that is kept here."
        )
        return
    bound: dict[int, Leaf] = {}
    flaws = [*_leaves(held, row, kept, book.keys if book else {}, bound), *_parts(held, kept, bound, own=book is None)]
    for code, sentence in flaws:
        home.report.flaw(called(row.origin), code, sentence)
    home.heads.append((held, row, card, tuple(others)))


def _owns(book: Book, origin: str) -> bool:
    """Whether a feed, or a branch of one, stands under an agreement."""
    return epoch_of(origin) > 0 and feed_of(origin) == ids.origin(party_of(origin), book.first.id, epoch_of(origin))


def called(origin: str) -> str:
    """Return what a report calls a feed, or another branch of one that forked."""
    feed, _, leaf_ = origin.partition("~")
    return f"{feed}, the branch that begins with {leaf_[:16]}…" if leaf_ else feed


def _own_card(home: Home, folder: Path) -> Card | None:
    for book in home.books.values():
        if home.party in book.cards:
            return book.cards[home.party]
    try:
        return cards.read(canonical.encode(json.loads((folder / "card.json").read_bytes())))
    except (OSError, ValueError, EntenteError):
        return None


def _leaves(
    held: Held, row: Row, kept: Record, keys: Mapping[CircleId, bytes], bound: dict[int, Leaf]
) -> Iterator[tuple[str, str]]:
    """Hash each leaf and tell its circle by the tag; `bound` takes what they commit to."""
    for seq, data in kept.leaves(row.origin):
        if seq != len(held.times):
            yield "leaf.missing", f"Entry {len(held.times)} is missing."
            return
        try:
            read_ = leaf.decode(data, feed_of(row.origin), seq)
        except EntenteError as error:
            yield "leaf.false", f"Entry {seq}: {error.sentence}."
            return
        held.tree.append(leaf_hash(data))
        held.times.append(read_.t)
        found = (name for name, key in keys.items() if leaf.tag(key, feed_of(row.origin), seq) == read_.tag)
        held.circles.append(next(found, None))
        bound[seq] = read_
    if len(held.times) != row.size:
        yield "leaf.missing", f"{len(held.times)} entries are held where {row.size} were kept."


def _parts(held: Held, kept: Record, bound: Mapping[int, Leaf], *, own: bool) -> Iterator[tuple[str, str]]:
    """Check each part against its leaf, and read the acts."""
    for seq, pieces in kept.parts(held.origin):
        if seq not in bound:
            # A STOP is kept before the leaves that precede it have come: then it is not of this feed's proven part.
            continue
        act = pieces[0]
        names = _listed(act.data) if act.index == 0 else []
        if act.index or not bound[seq].binds([_commitment(act), *(bytes.fromhex(digest) for _, digest in names)]):
            yield "part.false", f"The act of entry {seq} is not the one that its leaf commits to."
            continue
        if own:
            held.lines[seq] = json.loads(act.data)
            continue
        try:
            held.acts[seq] = acts.read(act.data, held.origin, seq, Hash(held.tree.hashes[seq].hex()))
        except Malformed as error:
            held.acts[seq] = error.code
        given = {piece.index: piece for piece in pieces[1:]}
        for index, piece in given.items():
            if index > len(names) or names[index - 1] != (piece.name, _commitment(piece).hex()):
                yield "part.false", f"Detail {piece.name!r} of entry {seq} is not the one that its act names."
                given = {k: v for k, v in given.items() if k != index}
            yield from _chunks(kept, held.origin, seq, piece)
        held.details[seq] = tuple(_detail(name, digest, given.get(at)) for at, (name, digest) in enumerate(names, 1))


def _chunks(kept: Record, origin: str, seq: int, piece: Piece) -> Iterator[tuple[str, str]]:
    """Check what is kept of an attached file against its description (FEED-82)."""
    for number, data in kept.chunks(origin, seq, piece.index):
        try:
            attachment.read(piece.name, piece.data).require(number, data)
        except EntenteError as error:
            yield "chunk.false", f"Chunk {number} of a file attached to entry {seq}: {error.sentence}."


def _detail(name: str, digest: str, piece: Piece | None) -> Detail:
    released = piece.released if piece else ()
    return Detail(name=name, digest=digest, data=piece.data if piece else None, released=released)


def _commitment(piece: Piece) -> bytes:
    try:
        return Part(name=piece.name, salt=piece.salt, data=piece.data).commitment
    except EntenteError:
        return b""


def _listed(data: bytes) -> list[tuple[str, str]]:
    """Return the details that an act's bytes list, even when the rest cannot be read (FEED-12)."""
    try:
        plain = canonical.decode(data)["statement"]["details"]
        found = [(str(name), digest) for name, digest in plain if is_hash(digest)]
    except (EntenteError, KeyError, TypeError, ValueError):
        return []
    return found if len(found) == len(plain) else []


def _head(home: Home, held: Held, row: Row, card: Card, others: Iterable[Card]) -> None:
    report, size, name, feed = home.report, len(held.times), called(row.origin), feed_of(row.origin)
    if row.note is None:
        report.flaw(name, "head.missing", "No signed head is held: nobody vouches for these entries.")
        return
    keys_ = [key for one in others if (key := one.cosigner_key()) is not None]
    try:
        opened = _open(home, held, row.note, card, keys_)
    except EntenteError as error:
        report.flaw(name, "head.false", f"The head: {error.sentence}.")
        return
    head = opened.checkpoint
    root = held.tree.root(head.size)
    if head.origin != feed or head.size < size or (head.size == size and root != head.root.hex()):
        report.flaw(name, "head.other", f"The head of {head.size} does not sign the {size} entries that are held.")
        return
    at = next((stated for key, stated in opened.signers.items() if stated is not None and key.name == feed), None)
    stated = f", at {utc(at)} by {card.party}'s own clock" if at is not None else ""
    if head.size == size:
        report.proved(
            name, "head.signed", f"{many(size, 'entry', 'entries')}, hashed; both log keys signed them{stated}."
        )
    else:
        report.unproved(
            name, "head.ahead",
            f"The {size} entries held are not all that its head signs: {head.size - size} have not come{stated}.",
        )  # fmt: skip
    _tell_cosigners(name, opened.signers, report)


def _open(home: Home, held: Held, note: bytes, card: Card, cosigners: Sequence[NoteKey]) -> heads.Head:
    """Return a feed's head; of the party's own record, which no feed certifies keys for, under any that it had."""
    if held.origin not in home.own:
        return home.log(held.origin, card).open(note, cosigners)
    for _, _, later in reversed(home.cards(home.party)):
        with suppress(EntenteError, KeyError, TypeError):
            return _succession(held.origin, later, ()).open(note)
    return Succession.of(held.origin, card.log_keys(held.origin)).open(note)


def _tell_cosigners(origin: str, signers: Mapping[NoteKey, int | None], report: Report) -> None:
    for key, at in signers.items():
        if key.name != origin.partition(",")[0]:
            report.proved(
                origin, "head.cosigned", f"{key.name} cosigned this head at {utc(at or 0)}, by its own clock."
            )


def _fork(home: Home, origin: str, evidence: bytes, found_at: str) -> None:
    book = home.books.get(AgreementId(origin.split("/")[1])) if origin.count("/") == 2 else None
    card = book.cards.get(party_of(origin)) if book is not None else None
    try:
        if card is None:
            raise Malformed("card.file", "no card of that party is here")
        small, large = fork.check(fork.decode(evidence), home.log(origin, card).evidence)
    except EntenteError as error:
        home.report.flaw(origin, "fork.unproven", f"What is kept as proof of a fork proves none: {error.sentence}.")
        return
    home.report.flaw(
        origin, "feed.forked",
        f"{party_of(origin)} has signed two histories: heads of {small.size} and {large.size} entries that cannot both "
        f"be true. Found here at {found_at}.",
    )  # fmt: skip


# -- acts, mark, keys --------------------------------------------------------------------------------------------------


def _tell_acts(home: Home, name: AgreementId, book: Book) -> None:
    report, events = home.report, home.events(name)
    members = {circle.id for circle in book.first.circles.values()} - book.keys.keys()
    for origin, held in sorted(book.feeds.items()):
        valid = [e for (of, _), e in events.items() if of == origin and not e.code]
        signed = sum(event.act.statement.signer is not None for event in valid)
        void = sum(of == origin and bool(e.code) for (of, _), e in events.items())
        name_ = called(origin)
        report.proved(
            name_, "acts.judged",
            f"{many(len(held.acts), 'act')}, each the one that its leaf commits to. Judged anew: {void} void, {signed} "
            "valid with a person's signature, both halves verified.",
        )  # fmt: skip
        waiting = [seq for seq in held.acts if (held.origin, seq) not in events and isinstance(held.acts[seq], Act)]
        if waiting:
            report.unproved(
                name_,
                "acts.waiting",
                f"{many(len(waiting), 'act')} cannot be judged: something they cite is not here.",
            )
        closed = sum(circle is None for circle in held.circles[held.start :])
        if closed:
            report.unproved(
                name_, "acts.others",
                f"{many(closed, 'entry', 'entries')} went to circles that {home.party} is not in, or to nobody. Who "
                f"holds what they say: {party_of(origin)}, and the members of {', '.join(sorted(members)) or 'none'}.",
            )  # fmt: skip
        missing = sum(
            circle is not None and seq not in held.acts for seq, circle in enumerate(held.circles) if seq >= held.start
        )
        if missing:
            report.unproved(
                name_,
                "acts.missing",
                f"{many(missing, 'act')} for {home.party} had not come; ask its author, or peers.",
            )
        lacking = sum(detail.data is None for details in held.details.values() for detail in details)
        if lacking:
            report.unproved(
                name_, "details.kept",
                f"{many(lacking, 'detail')} were not given to {home.party}: {party_of(origin)} holds them, and whoever "
                "it released them to.",
            )  # fmt: skip
    _tell_vector(home, book, events)


def _tell_changes(home: Home, name: AgreementId, book: Book) -> None:
    """Say how each party's keys have changed, by entries of its own feed, and what was taken back (KEY-10…KEY-17)."""
    report, past = home.report, home.ledgers[name].folds[ALL].now()
    for party in sorted(book.cards):
        for event, card in keys.cards(past, party)[1:]:
            report.proved(
                event.origin, "keys.changed",
                f"Entry {event.seq} certifies card {keys.number(card)} of {party}, signed by its root: from there on "
                "its node's keys are those in it. The head that ends there is signed by the log's old and new keys.",
            )  # fmt: skip
        for event in keys.documents(past, party):
            document = event.act.statement.body["document"]
            report.proved(
                event.origin, "keys.root",
                f"Entry {event.seq} makes version {document['version']} the root of {party}: {document['threshold']} "
                f"of {many(len(document['keys']), 'key')}, fingerprint {book.proofs.pin(document, party)}. Enough keys "
                "of the version before it signed it, and enough of its own.",
            )  # fmt: skip
        for taken in keys.revocations(past, party):
            report.proved(
                taken.origin, "keys.revoked",
                f"{party} revoked the {taken.role} key {taken.key[:16]}… as of entry {taken.since}: what it signed "
                "there or later is void, and what it signed before stays.",
            )  # fmt: skip
    for event in home.events(name).values():
        taken_back = keys.doubtful(past, event.act) if not event.code else None
        if taken_back is not None:
            report.flaw(
                event.origin, "act.doubtful",
                f"Entry {event.seq} ({event.verb}) was judged valid, and signed by a key that {party_of(event.origin)} "
                f"later revoked as of entry {taken_back.since}. Whether its officer said it is open; no standing rests "
                "on it.",
            )  # fmt: skip


def _tell_anchors(home: Home, folder: Path) -> None:
    """Say what anchors bind, read once more from the record, where there are any."""
    given = [
        event
        for name, ledger in home.ledgers.items()
        for party in home.books[name].cards
        for event in anchors.anchors(ledger.folds[ALL].now(), party)
    ]
    if given:
        with record.opened(folder / "record.sqlite") as kept:
            for event in given:
                _tell_anchor(home.report, kept, event)


def _tell_anchor(report: Report, kept: Record, event: Event) -> None:
    """Say what an anchor binds, checked with its suite alone; its author's home has all of it (KEY-42)."""
    origin, body = event.origin, event.act.statement.body
    bound = f"the first {many(body['size'], 'entry', 'entries')} of {event.origin} under suite {body['suite']}"
    leaves = [data for seq, data in kept.leaves(origin) if seq < body["size"]]
    parts = (
        (seq, piece.index, piece.name, piece.salt, piece.data) for seq, pieces in kept.parts(origin) for piece in pieces
    )
    try:
        anchor.check(anchor.Anchor(**body), origin, leaves, parts)
    except EntenteError as error:
        others = error.code in ("anchor.parts", "anchor.suite")
        sentence = f"That entry {event.seq} binds {bound} as they lie here: {error.sentence}."
        if others:
            report.unproved(
                event.origin, "anchor.parts", f"{sentence} Its author holds parts that were not given here."
            )
        else:
            report.flaw(event.origin, "anchor.false", sentence)
        return
    report.proved(
        event.origin, "anchor.bound",
        f"Entry {event.seq}, dated {utc(event.act.at)}, binds {bound}, every byte of them, without SHA-256, Ed25519 or "
        "ML-DSA. Who breaks one of these later can put nothing else in their place, and no signature in them is "
        "younger than the first acknowledgement of that entry.",
    )  # fmt: skip


def _tell_vector(home: Home, book: Book, events: Mapping[tuple[Origin, int], Event]) -> None:
    """Say how much of each feed the other parties have acknowledged, and since when by their clocks."""
    newest: dict[tuple[str, str], tuple[int, datetime]] = {}
    for (origin, _), event in sorted(events.items()):
        if event.verb == ACKNOWLEDGE and not event.code:
            for row in event.act.statement.body.get("held", ()):
                newest[row[0], party_of(origin)] = (row[1], event.act.at)
    for (told, party), (size, at) in sorted(newest.items()):
        home.report.proved(
            told, "feed.acknowledged",
            f"{party} held its first {many(size, 'entry', 'entries')} by {utc(at)}, by {party}'s own clock.",
        )  # fmt: skip
    valid = ((origin, event) for (origin, _), event in sorted(events.items()) if not event.code)
    witnessed = {origin: event.act for origin, event in valid if event.verb == WITNESSED}
    for origin, act in sorted(witnessed.items()):
        size, line = act.statement.body["size"], unb64(act.statement.body["cosignature"])
        name = book.texts[act.statement.agreement].text.witness.partition("+")[0]
        home.report.proved(
            origin, "feed.witnessed",
            f"{name}, the agreement's witness, cosigned its first {many(size, 'entry', 'entries')} at "
            f"{utc(int.from_bytes(line[:8], 'big'))}, by its own clock: it holds none of them, and has cosigned no "
            "other history of this feed.",
        )  # fmt: skip
    for origin in book.feeds:
        if origin not in witnessed and not any(of == origin for of, _ in newest):
            home.report.unproved(
                origin, "feed.alone", "That nobody was shown another history: no party acknowledged it, and no witness."
            )


def _tell_mark(home: Home, folder: Path) -> None:
    try:
        marks = json.loads((folder / "mark.json").read_bytes())
        rows = [(str(origin), int(size), str(root)) for origin, (size, root) in marks.items()]
    except FileNotFoundError:
        home.report.unproved(
            "", "mark.missing", "That no newer entries were here: mark.json, which notes them, is not (as in a backup)."
        )
        return
    except (OSError, ValueError, TypeError, AttributeError):
        home.report.flaw("", "mark.file", "mark.json cannot be read.")
        return
    feeds = {**home.own, **{origin: held for book in home.books.values() for origin, held in book.feeds.items()}}
    for origin, size, root in rows:
        held = feeds.get(Origin(origin))
        if held is None or held.tree.root(size) != root:
            home.report.flaw(
                origin, "record.behind", f"mark.json says that {size} entries were here: some were lost or taken back."
            )


def _tell_keys(home: Home, folder: Path) -> None:
    """Say which keys lie here, which of them a passphrase opens, and what needs one that does not."""
    for path in sorted((folder / "keys").glob("*.key.json")):
        try:
            plain = json.loads(path.read_bytes())
            owner, public = str(plain["owner"]), suite.public_key(plain["public"]).fingerprint
            free = str(plain["passphrase"]).startswith("none")
        except (OSError, ValueError, KeyError, TypeError, EntenteError):
            home.report.unproved("", "key.file", f"Whose keys/{path.name} is: it cannot be read.")
            continue
        how = (
            "with no passphrase: whoever has this folder signs with it" if free else "opened by its owner's passphrase"
        )
        home.report.proved("", "key.here", f"keys/{path.name} is the key {public[:16]}… of {owner}, {how}.")
    if (folder / "keys" / "node.json").exists():
        home.report.proved(
            "", "key.node",
            "keys/node.json holds the node's keys in the clear: whoever has this folder can sign heads as "
            f"{home.party}'s node. Evidence signed after it was taken proves nothing by itself.",
        )  # fmt: skip
    home.report.proved("", "key.none", "Nothing in the record is encrypted, so reading it needed no key.")
