"""Disclosing: making one file that proves chosen parts of chosen entries to whoever gets it (spec/disclosure.md).

What is chosen goes in whole or not at all, with what a stranger needs to check it and nothing else: the enrolments and
appointments of those who signed, the heads that their acts cite, the agreement and the cards. Leaves tell outsiders
when and how large, acts and details what was said; so whatever is another's, or repeats another's, leaves only under
the rules below, and every disclosure is noted in the party's own record first.

    whose                  what                          rule
    ours                   acts, plans, notes, lists     free: they are ours to show
    ours                   shown, screening, findings    a reason: they repeat what others released
    another's              acts                          a reason; acknowledgements, which say no more than how much is
                                                         held, go free beside what they acknowledge
    another's, on terms    details                       acknowledged, running, and given for an inquiry without the
                                                         limit "not exported", or with the originator's consent to
                                                         passing on to this recipient
    another's, without     details                       a reason; no more than `MOST_OF_OTHERS` at once
    another's sites        lists' details                besides, an order of two officers, as for every export of sites
                                                         (`exporting`, JOINT-120)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from entente import canonical
from entente.errors import Refused
from entente.feed import attachment
from entente.feed import leaf as leaves
from entente.feed.disclosure import MOST, Cited, Disclosure, Entry, Feed, Opened
from entente.feed.part import Part
from entente.ids import Origin, SubjectId, epoch_of, party_of
from entente.joint import accession, epochs, grants, keys, releases, staff
from entente.joint.act import ALL, Act, Head
from entente.joint.releases import Limit, Purpose
from entente.joint.rules import Past
from entente.node import notes, publish, translate
from entente.node.book import Book, Tree, spell_agreement
from entente.node.node import Node
from entente.store.promises import Entry as Held
from entente.store.promises import StoredPart
from entente.tlog.checkpoint import Checkpoint
from entente.tlog.merkle import leaf_hash
from entente.tlog.proof import consistency_proof, inclusion_proof

OWN_WORDS = ("plan", "note", "chunk", attachment.NAME, grants.DETAIL, accession.TEXT)
"""Details of ours that hold nothing of others'; a name counts with whatever follows a dash."""
ACKNOWLEDGE = "record.acknowledge"
"""The verb by which a node says how much of others' feeds it holds."""
MOST_OF_OTHERS = 64
"""Details of others' that one disclosure opens at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What is to be shown: entries of these feeds that fit every condition given, and which of their details.

    `start` and `until` are compared with the time that each leaf shows. `details` are names, each with whatever follows
    a dash. Without `acts` the entries' details alone are opened. `to` names the recipient where consent is needed.
    """

    feeds: tuple[Origin, ...]
    subjects: frozenset[str] = frozenset()
    seqs: frozenset[int] = frozenset()
    start: datetime | None = None
    until: datetime | None = None
    details: tuple[str, ...] = ()
    acts: bool = True
    circle: str = ""
    reason: str = ""
    to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A disclosure's bytes, and what is in it: entries chosen, entries that only prove who signed, details opened."""

    data: bytes
    chosen: int
    supporting: int
    details: int

    @property
    def digest(self) -> str:
        """SHA-256 of the file, under which the party's own record notes it."""
        return sha256(self.data).hexdigest()


Order = Callable[[Mapping[SubjectId, int], bytes], None]
"""Has two officers order that so many of others' sites of each list leave in this file, or raises Refused."""


def unordered(sites: Mapping[SubjectId, int], data: bytes) -> None:
    """Refuse: nobody is here who could order it."""
    raise Refused("disclose.order", f"{', '.join(sites)} holds others' sites; two officers order that they leave")


def disclose(node: Node, book: Book, choice: Choice, order: Order = unordered) -> Made:
    """Return the disclosure of a choice, ordered where it has to be, and noted in the party's own record.

    Raises:
        Refused: `disclose.nothing`, `disclose.too_many`, `disclose.reason`, `disclose.terms`, `disclose.others`,
            `publish.partial`; or what `order` raises.
    """
    with node.lock:
        node.catch_up()
        making = _Making(node, book, choice)
        data = making.disclosure().encode()
        made = Made(
            data=data, chosen=len(making.chosen), supporting=len(making.opened) - len(making.chosen),
            details=sum(len(indexes - {0}) for indexes in making.opened.values()),
        )  # fmt: skip
        if making.sites:
            order(making.sites, data)
        # First noted, then handed out: if we stop in between, it is a note of something that nobody got.
        node.journal(
            "disclosed", file=made.digest, agreement=book.id, entries=made.chosen, details=made.details,
            of=", ".join(sorted({party_of(origin) for origin, _ in making.chosen})), to=choice.to, reason=choice.reason,
        )  # fmt: skip
        return made


def prove(node: Node, book: Book, origin: Origin, seq: int) -> bytes:
    """Return what a disclosure of one entry would prove, for the party's own eyes: nothing leaves, nothing is noted.

    The act and the text that its signer was shown are opened as far as they are held here.
    """
    with node.lock:
        node.catch_up()
        choice = Choice(feeds=(origin,), seqs=frozenset({seq}), details=("shown",))
        return _Making(node, book, choice, leaves=False).disclosure().encode()


Where = tuple[Origin, int]


@dataclass
class _Making:
    """One disclosure in the making: what is opened of which entry, and which heads of which feed are cited."""

    node: Node
    book: Book
    choice: Choice
    leaves: bool = True
    """Whether it is for somebody else, so that the rules of what may leave are asked."""
    chosen: list[Where] = field(default_factory=list)
    opened: dict[Where, set[int]] = field(default_factory=dict)
    cited: dict[Origin, set[int]] = field(default_factory=dict)
    of_others: int = 0
    sites: dict[SubjectId, int] = field(default_factory=dict)

    def disclosure(self) -> Disclosure:
        """Choose, ask the rules, add what proves it, and return the whole."""
        for origin in self.choice.feeds:
            for held in self._fitting(origin):
                self._choose(origin, held.seq)
        if not self.chosen:
            raise Refused("disclose.nothing", "no entry fits what was asked for, so there is nothing to disclose")
        for origin, seq in list(self.chosen):
            self._support(origin, seq)
            for head in self._seen(origin, seq):
                self.cited.setdefault(head.origin, set()).add(head.size)
        for origin in {origin for origin, _ in self.opened}:
            self._support_agreement(origin)
        for origin, seq in list(self.chosen):
            self._witness(origin, seq)
        if len(self.opened) > MOST["entries"]:
            raise Refused(
                "disclose.too_many", f"{len(self.opened)} entries; a file holds {MOST['entries']}, so choose fewer"
            )
        cards = list(self._cards())
        steps = [event.act.statement.body for p in self.book.cards for event in keys.documents(self._all(), p)]
        return Disclosure(
            agreements=tuple(self._agreements()),
            cards=tuple(canonical.encode(dict(card)) for card in cards),
            roots=tuple(canonical.encode(step) for step in steps),
            v=2 if steps or len(cards) > len(self.book.cards) else 1,
            feeds=tuple(self._feed(origin) for origin in sorted({o for o, _ in self.opened} | self.cited.keys())),
        )

    def _all(self) -> Past:
        return self.book.fold(ALL).now()

    def _cards(self) -> Iterator[Mapping[str, Any]]:
        """Yield each party's cards by number: the one that was handed over, and those certified since."""
        for party, given in sorted(self.book.cards.items()):
            told = [card for _, _, card in self.book.certified(party) if "signature" in card]
            yield from (card for _, card in sorted({keys.number(one): one for one in (given, *told)}.items()))

    def _agreements(self) -> Iterator[bytes]:
        """Yield the texts in the order of succession."""
        waiting, known = [self.book.first], self.book.ledger
        for text in waiting:
            yield spell_agreement(text)
            waiting += sorted(known.successors(text), key=lambda one: one.digest)

    # -- choosing ------------------------------------------------------------------------------------------------------

    def _fitting(self, origin: Origin) -> Iterator[Held]:
        choice = self.choice
        for held in self.node.store.leaves(origin, 0, self.book.size(origin)):
            at = leaves.decode(held.leaf, origin, held.seq).t
            late = choice.start is not None and at < choice.start.timestamp()
            early = choice.until is not None and at >= choice.until.timestamp()
            if late or early or (choice.seqs and held.seq not in choice.seqs):
                continue
            act = self._act(origin, held.seq)
            if choice.subjects and (act is None or act.statement.subject not in choice.subjects):
                continue
            if choice.circle and (act is None or act.statement.circle != choice.circle):
                continue
            yield held

    def _choose(self, origin: Origin, seq: int) -> None:
        """Open what was asked for of an entry, as far as we hold it and may show it."""
        indexes = set()
        for part in self.node.store.parts(origin, seq):
            wanted = self.choice.acts if part.index == 0 else _named(part.name, self.choice.details)
            if wanted:
                if self.leaves:
                    self._require(origin, seq, part)
                indexes.add(part.index)
        self.chosen.append((origin, seq))
        self.opened[origin, seq] = indexes

    def _require(self, origin: Origin, seq: int, part: StoredPart) -> None:
        """Ask the rules of this module's table about one part.

        Raises:
            Refused: `disclose.reason`, `disclose.terms`, `disclose.others`.
        """
        what = f"{part.name!r} of entry {seq} of {party_of(origin)}"
        own = party_of(origin) == self.node.party
        if not own and part.index:
            self.of_others += 1
            self._require_terms(origin, seq, part, what)
            self._count_sites(origin, seq, part)
        if own and (part.index == 0 or _named(part.name, OWN_WORDS)):
            return
        if not self.choice.reason:
            why = "repeats what others released to us" if own else "is another's"
            raise Refused("disclose.reason", f"{what} {why}; give a reason, which is kept in our own record")
        if self.of_others > MOST_OF_OTHERS:
            raise Refused(
                "disclose.others", f"more than {MOST_OF_OTHERS} details of others' were asked for; choose fewer"
            )

    def _count_sites(self, origin: Origin, seq: int, part: StoredPart) -> None:
        act = self._act(origin, seq)
        if act is not None and act.statement.verb == "sites.notify" and _named(part.name, ["chunk"]):
            item = act.statement.subject
            self.sites[item] = self.sites.get(item, 0) + len(canonical.decode(part.data))

    def _require_terms(self, origin: Origin, seq: int, part: StoredPart, what: str) -> None:
        act = self._act(origin, seq)
        fold = self.book.ledger.folds.get(act.statement.circle) if act is not None else None
        if act is None or fold is None:
            return
        past, now, item = fold.now(), self.node.clock.now(), act.statement.subject
        release = releases.standing(item, past, self.node.party)
        if release is None:
            return
        if release.acknowledged_at is None:
            raise Refused("disclose.terms", f"{what} was given on terms that nobody here has acknowledged yet")
        if not release.running(now):
            raise Refused("disclose.terms", f"{what} was given for a time that has ended, or was withdrawn")
        for_inquiry = release.terms.purpose is Purpose.INQUIRY and Limit.NOT_EXPORTED not in release.terms.limits
        consent = self.choice.to and releases.may_pass_on(item, past, self.node.party, self.choice.to, now)
        if not for_inquiry and not consent:
            raise Refused(
                "disclose.terms",
                f"{what} was given to us for another purpose; ask {party_of(origin)} to consent to passing it on, and "
                "name the recipient as the consent does",
            )

    # -- what proves it ------------------------------------------------------------------------------------------------

    def _support(self, origin: Origin, seq: int) -> None:
        """Open the acts by which an entry's signer was enrolled and appointed, and theirs in turn."""
        act = self._act(origin, seq) if 0 in self.opened.get((origin, seq), ()) else None
        if act is None:
            return
        if act.statement.verb == epochs.OPEN and (base := self._base(origin)) is not None:
            self.cited.setdefault(base.origin, set()).add(base.size)
        for place in self._standing_on(act):
            if 0 not in self.opened.get(place, ()):
                self.opened.setdefault(place, set()).add(0)
                self._support(*place)

    def _standing_on(self, act: Act) -> Iterator[Where]:
        """Yield the places of what an act's authority rests on: in its feed, or in those that this goes on from."""
        signer, feed = act.statement.signer, self.book.ledger.feeds[act.origin]
        if epoch_of(act.origin) > 1:
            yield act.origin, 0
        if signer is None:
            given = act.statement.body.get("under")  # the standing decision by which a node answered
            yield from ((act.origin, seq) for seq in range(act.seq) if feed.leaves[seq] == given)
            return
        about = staff.subject(party_of(act.origin), signer.officer)
        # Events in `all` alone, of these feeds before the act: nobody else enrols this party's officers.
        reach, fold = dict(self._before(act.origin, act.seq)), self.book.fold(ALL)
        enrolled, appointed, relieved = (
            [event for event in fold.anywhere(about, f"staff.{verb}") if event.seq < reach.get(event.origin, 0)]
            for verb in ("enrol", "appoint", "relieve")
        )
        terms = [event for event in (*appointed, *relieved) if event.act.statement.body.get("office") == signer.office]
        terms.sort(key=lambda event: (epoch_of(event.origin), event.seq))
        yield from ((event.origin, event.seq) for event in (*enrolled[-1:], *terms[-1:]))

    def _before(self, origin: Origin, seq: int) -> Iterator[tuple[Origin, int]]:
        """Yield how far a feed counts before an entry, and those that its epoch goes on from (JOINT-192)."""
        yield origin, seq
        base = self._base(origin)
        if base is not None:
            yield from self._before(base.origin, base.size)

    def _base(self, origin: Origin) -> Head | None:
        """Return the head that a later epoch's feed goes on from, when it is one of what is held."""
        opening = self._act(origin, 0) if epoch_of(origin) > 1 else None
        base = epochs.base(opening) if opening is not None else None
        held = base is not None and epoch_of(base.origin) < epoch_of(origin)
        return base if held and base is not None and self.book.root_at(base.origin, base.size) == base.root else None

    def _support_agreement(self, origin: Origin) -> None:
        """Open a feed's own signatures on the agreements."""
        for event in self.book.fold("all").folded():
            signs = event.origin == origin and event.verb == "agreement.sign" and not event.code
            if signs and 0 not in self.opened.get((origin, event.seq), ()):
                self.opened.setdefault((origin, event.seq), set()).add(0)
                self._support(origin, event.seq)

    def _witness(self, origin: Origin, seq: int) -> None:
        """Open the other parties' first acknowledgements of an entry: their nodes say how much they hold, and no more.

        It is others' word, but of our entry alone, and what shows to outsiders that it stood then (DISC-16).
        """
        for other in self.book.feeds():
            for event in self.book.fold("all").folded() if other != origin else ():
                if event.origin != other or event.verb != ACKNOWLEDGE or event.code:
                    continue
                head = next((h for h in event.act.seen if h.origin == origin and h.size > seq), None)
                if head is not None:
                    self.opened.setdefault((other, event.seq), set()).add(0)
                    held = [row[1] for row in event.act.statement.body["held"] if row[0] == origin]
                    self.cited.setdefault(origin, set()).update({head.size, *held})
                    break

    def _seen(self, origin: Origin, seq: int) -> Iterable[Head]:
        """Return the heads that an opened act cites, as far as they are heads of what we hold."""
        act = self._act(origin, seq) if 0 in self.opened[origin, seq] else None
        if act is None:
            return []
        signer = act.statement.signer
        heads = {*act.seen, *(signer.seen if signer else ())}
        return [head for head in heads if self.book.root_at(head.origin, head.size) == head.root]

    # -- writing -------------------------------------------------------------------------------------------------------

    def _feed(self, origin: Origin) -> Feed:
        note, head = self._shown(origin)
        tree = self.book.trees[origin]
        return Feed(
            origin=origin,
            head=note,
            entries=tuple(
                self._entry(held, tree, head.size)
                for held in self._leaves(origin, sorted(seq for o, seq in self.opened if o == origin))
            ),
            cited=tuple(
                self._cited(origin, size, head.size) for size in sorted(self.cited.get(origin, ())) if size <= head.size
            ),
            forks=tuple(sorted(row.evidence for row in self.node.store.forks() if row.origin == origin)),
        )

    def _shown(self, origin: Origin) -> tuple[bytes, Checkpoint]:
        """Return the head to show: of those that cover all that is shown, the one that most others cosigned."""
        note, head = publish.head_of(self.node, self.book, origin)
        seqs = [seq for of, seq in self.opened if of == origin]
        need = max([1 + max(seqs, default=0), *self.cited.get(origin, ())])
        best = notes.whole(self.node, self.book, origin, need, head.size) or note
        return best, self.book.log(origin).open(best).checkpoint

    def _leaves(self, origin: Origin, seqs: Sequence[int]) -> Iterator[Held]:
        for seq in seqs:
            yield from self.node.store.leaves(origin, seq, seq + 1)

    def _entry(self, held: Held, tree: Tree, size: int) -> Entry:
        indexes = self.opened[Origin(held.origin), held.seq]
        stored = {part.index: part for part in self.node.store.parts(held.origin, held.seq)}
        return Entry(
            seq=held.seq,
            leaf=held.leaf,
            proof=tuple(inclusion_proof(tree, held.seq, size)),
            commitments=tuple(_commitments(stored)) if indexes else (),
            parts=tuple(
                Opened(index=index, name=part.name, salt=part.salt, data=part.data)
                for index, part in sorted(stored.items())
                if index in indexes
            ),
        )

    def _cited(self, origin: Origin, size: int, whole: int) -> Cited:
        tree = self.book.trees[origin]
        [last] = self._leaves(origin, [size - 1])
        root = self.book.root_at(origin, size)
        assert root is not None and leaf_hash(last.leaf) == tree.hashes[size - 1], (
            "only heads of what is held are cited"
        )
        return Cited(
            size=size,
            root=bytes.fromhex(root),
            proof=tuple(consistency_proof(tree, size, whole)),
            last=last.leaf,
            last_proof=tuple(inclusion_proof(tree, size - 1, size)),
        )

    def _act(self, origin: Origin, seq: int) -> Act | None:
        part = self.node.store.part(origin, seq, 0)
        if part is None:
            return None
        act = translate.read_act(part.data, origin, seq, self.book.ledger.feeds[origin].leaves[seq])
        return act if isinstance(act, Act) else None


def _named(name: str, wanted: Iterable[str]) -> bool:
    """Whether a detail is one of those named, whole or with a number behind a dash."""
    return any(name == one or name.startswith(f"{one}-") for one in wanted)


def _commitments(stored: Mapping[int, StoredPart]) -> Iterator[bytes]:
    """Yield the commitments of all parts of an entry, the closed ones as its act lists them."""
    act = stored[0]
    yield Part(name=act.name, salt=act.salt, data=act.data).commitment
    yield from (bytes.fromhex(digest) for _, digest in translate.lists(act.data))


def subjects_of(book: Book, name: str) -> list[SubjectId]:
    """Return the subjects that a name means: whole, or by its last words."""
    every = sorted({subject for fold in book.ledger.folds.values() for subject in fold.subjects()})
    return [subject for subject in every if subject == name or subject.endswith(f"/{name}")]
