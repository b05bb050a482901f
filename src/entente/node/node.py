"""The node: what a party's officers say is drafted, judged, signed and appended here; what others say is folded.

    draft = node.draft(command, officer="north/senior", office="senior")   # the exact words to sign, judged already
    receipt = node.say(draft, key.sign(STATEMENT, draft.message))          # judged again under the lock, then kept

Order of writes (docs/adr/0008-order-of-writes.md): judge → one transaction with leaf, head, parts and grants → mark →
fold. What is acknowledged is on the disk; if we stop between two of these steps, the next start folds what was kept.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec

from entente import canonical, ids
from entente.errors import Refused
from entente.feed.part import Part
from entente.ids import AgreementId, CircleId, Hash, Origin, PartyId, SubjectId
from entente.joint import act as acts
from entente.joint import epochs, grants
from entente.joint import keys as keys_
from entente.joint.act import Head, Statement
from entente.joint.agreement import Agreement
from entente.joint.state import CircleFold
from entente.joint.verdict import SENTENCES
from entente.node import attachments, recovery, translate
from entente.node import book as books
from entente.node.book import Book, handover_key
from entente.node.clock import Clock
from entente.node.command import Command
from entente.node.custody import NodeKeys
from entente.node.drafting import Draft, draw_up, flight_of, require_members, require_own, screen, signer_of
from entente.node.holdings import JOURNAL, KEEP_EVERY, Holdings
from entente.node.home import Mark
from entente.node.translate import NewEntry
from entente.picture import wording
from entente.store.promises import Store, StoredPart, Txn
from entente.tlog.checkpoint import Checkpoint
from entente.tlog.merkle import Frontier, leaf_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Where a statement came to stand; it is on this disk."""

    origin: Origin
    seq: int
    leaf: Hash
    at: datetime
    subject: SubjectId


class Node(Holdings):
    """A running party: what it holds, and what its officers say."""

    def __init__(
        self, party: PartyId, store: Store, keys: NodeKeys, clock: Clock, mark: Mark, *, exercise: bool,
        generations: Sequence[NodeKeys] = (),
    ) -> None:  # fmt: skip
        super().__init__(party, store, clock, mark)
        self.keys = keys
        self.generations = [*(keys_ for keys_ in generations if keys_ is not keys), keys]
        """Every set of keys that this node has or had, the newest last; agreements are told of a change one by one."""
        self.exercise = exercise
        self._under: dict[AgreementId, tuple[Mapping[str, str], NodeKeys]] = {}
        self.aside: dict[str, Mapping[str, Any]] = {}
        """STOP frames that could not be checked yet, by digest; changed under `lock` by `carry.stops` alone."""
        self.owing: dict[AgreementId, float] = {}
        """Since when an acknowledgement is owed [s, monotonic]; changed under `lock` by `cosigning` alone."""
        self.looked: set[str] = set()
        """Parts known to have been held against our own plans; changed under `lock` by `affected` alone."""

    # -- agreements ----------------------------------------------------------------------------------------------------

    def adopt(
        self, agreement: Agreement, cards: Mapping[PartyId, dict[str, Any]], keys: Mapping[CircleId, bytes]
    ) -> Book:
        """Keep an agreement's text, the parties' cards and our circles' keys, so that its feeds can be told and read.

        Raises:
            Refused: `adopt.*`; `adopt.exercise`, when an exercise's home meets an agreement that is none, or reverse.
        """
        books.check_adoption(self.party, agreement, cards, keys)
        if agreement.exercise != self.exercise:
            raise Refused("adopt.exercise", "an exercise's agreement and a real home do not mix, in either direction")
        held = self.store.metas(f"agreement/{agreement.id}/")
        if held and not agreement.text.predecessor and f"agreement/{agreement.id}/{agreement.digest}" not in held:
            raise Refused(
                "adopt.other_draft", f"another text of {agreement.id} is kept already; give the new draft a new id"
            )
        with self.lock, self.store.transaction() as txn:
            txn.set_meta(f"agreement/{agreement.id}/{agreement.digest}", books.spell_agreement(agreement))
            for party in agreement.parties:
                # A card that is held stays when a later one is given: its keys signed the feed's first heads, and the
                # feed says what became of them and of its root since.
                kept = txn.meta(f"card/{agreement.id}/{party}")
                if kept is None or keys_.number(json.loads(kept)) == keys_.number(cards[party]):
                    txn.set_meta(f"card/{agreement.id}/{party}", canonical.encode(dict(cards[party])))
            for circle in agreement.circles.values():
                if self.party in circle.members:
                    txn.set_meta(f"circle/{agreement.id}/{circle.id}", keys[circle.id])
        return self.book(agreement.id)

    # -- saying --------------------------------------------------------------------------------------------------------

    def draft(self, command: Command, *, officer: str, office: str, language: str = "en") -> Draft:
        """Return the exact statement to sign, with the text shown, screened and judged as of now.

        Raises:
            Refused: a verdict's code, or `decision.unseen`, `operation.plan`, `draft.language`; kept in the party's own
                record.
        """
        with self.lock:
            book = self.book(command.agreement)
            fold = book.fold(command.circle)
            now = self.clock.now()
            if language not in wording.LANGUAGES:
                known = ", ".join(wording.LANGUAGES)
                raise Refused("draft.language", f"statements are shown in {known}, not in {language[:20]!r}")
            try:
                draft = draw_up(self, book, fold, command, now, language)
                with book.speaking(command.verb, command.subject):
                    signer = signer_of(book, fold, draft, officer, office, language, now)
                    shown = translate.salted("shown", draft.text.encode())
                    details = (*draft.statement.details, *translate.listed([shown]))
                    statement = msgspec.structs.replace(draft.statement, signer=signer, details=details)
                    self.require(book, fold, statement, now)
            except Refused as refusal:
                self.journal(
                    "refused", verb=command.verb, subject=command.subject, by=officer, office=office, code=refusal.code
                )
                raise
            if command.despite:
                self.journal("despite", subject=command.subject, by=officer, why=command.despite)
            return replace(draft, statement=statement, parts=(*draft.parts, shown))

    def require(self, book: Book, fold: CircleFold, statement: Statement, now: datetime) -> tuple[Head, ...]:
        """Ask the rulebook about a statement, with the present as its past; return what the act would cite.

        Raises:
            Refused: the verdict's code and sentence.
        """
        seen = fold.cited(book.origin, statement)
        code = fold.consider(acts.consider(statement, book.origin, now, seen))
        if code:
            raise Refused(code, SENTENCES.get(code, "the act would be void"), subject=statement.subject)
        return seen

    def say(self, draft: Draft, signature: Mapping[str, str]) -> Receipt:
        """Append what an officer signed, after judging and screening it again under the lock.

        Raises:
            Refused: a verdict's code (among them `staff.signature`, `statement.expired`), `decision.findings_changed`,
                `draft.stale`, `node.restored`; kept in the party's own record, and nothing else is.
            Unavailable: `store.*`.
        """
        return self.say_all([(draft, signature)])[0]

    def say_all(self, signed: Sequence[tuple[Draft, Mapping[str, str] | None]]) -> list[Receipt]:
        """Append several statements about different subjects of one agreement in one transaction; all or none.

        A machine record has no signature; the rules say which those are.

        Raises:
            Refused: as `say`.
        """
        with self.lock:
            try:
                return self._say_all(signed)
            except Refused as refusal:
                statement = signed[0][0].statement
                by = statement.signer.officer if statement.signer else ""
                self.journal("refused", verb=statement.verb, subject=statement.subject, by=by, code=refusal.code)
                raise

    def _say_all(self, signed: Sequence[tuple[Draft, Mapping[str, str] | None]]) -> list[Receipt]:
        subjects = {(draft.statement.circle, draft.statement.subject) for draft, _ in signed}
        assert len(subjects) == len(signed), "statements of one transaction do not see each other, so one a subject"
        with self.store.transaction() as txn:
            self.catch_up()
            book = self.book_naming(signed[0][0].statement.agreement)
            named = {draft.statement.agreement for draft, _ in signed}
            assert named <= set(book.ledger.agreements), "statements of one transaction stand in one feed"
            opens = len(signed) == 1 and signed[0][0].statement.verb == epochs.OPEN
            if opens:
                recovery.begin_anew(txn, book)  # a new feed contradicts nothing that was said in the one before it
            else:
                self._permit(book)
            now = self.clock.now()
            with book.speaking(signed[0][0].statement.verb if opens else "", signed[0][0].statement.subject):
                entries = [self._entry(book, draft, signature, now) for draft, signature in signed]
                first = book.size(book.origin)
                self._append(txn, book, entries, now)
        self._after_commit(book)
        return [
            Receipt(
                origin=book.origin, seq=seq, leaf=book.ledger.feeds[book.origin].leaves[seq], at=now,
                subject=draft.statement.subject,
            )
            for seq, (draft, _) in enumerate(signed, first)
        ]  # fmt: skip

    def take_card(self, txn: Txn, book: Book, card: Mapping[str, Any]) -> None:
        """Hold a newer card of a party, which its root has signed and its feed need not have certified (KEY-24).

        The caller has verified it. What it changes at once is where and under which exchange key the party is reached.
        """
        party = PartyId(card["party"])
        txn.set_meta(f"introduced/{book.id}/{party}", canonical.encode(dict(card)))
        book.introduced[party] = card

    def take_keys(self, keys: NodeKeys) -> None:
        """Have new keys from here on. Each feed goes on under its own until it certifies these."""
        with self.lock:
            self.generations = [*(one for one in self.generations if one is not keys), keys]
            self.keys = keys

    def keys_under(self, book: Book) -> NodeKeys:
        """Return the keys that this node has under an agreement: those that its own feed certified last.

        Raises:
            Refused: `custody.generation`, when they are not here; whatever other keys signed would be false.
        """
        if self.party not in book.cards:
            return self.keys
        wanted = book.standing_card()["keys"]
        held = self._under.get(book.id)
        if held is not None and held[0] is wanted:
            return held[1]
        found = next((one for one in reversed(self.generations) if one.public() == wanted), None)
        if found is None:
            raise Refused(
                "custody.generation",
                f"the keys that our feed certified last under {book.id} are not in this home; restore its folder keys",
            )
        self._under[book.id] = (wanted, found)
        return found

    def say_record(
        self, book: Book, statement: Statement, seen: tuple[Head, ...], successor: NodeKeys | None = None
    ) -> Receipt:
        """Append a machine's record that cites `seen`, which may be less than all that is folded.

        With a `successor` the head that ends with it is signed by those keys as well (KEY-11).

        Raises:
            Refused: a verdict's code, `node.restored`; nothing is kept, and nothing noted: nobody asked for it.
            Unavailable: `store.*`.
        """
        with self.lock:
            with self.store.transaction() as txn:
                self.catch_up()
                self._permit(book)
                now, seq = self.clock.now(), book.size(book.origin)
                code = book.fold(statement.circle).consider(acts.consider(statement, book.origin, now, seen))
                if code:
                    raise Refused(code, SENTENCES.get(code, "the act would be void"), subject=statement.subject)
                self._append(txn, book, [translate.entry(statement, now, seen, None, (), {})], now, successor)
            self._after_commit(book)
            leaf = book.ledger.feeds[book.origin].leaves[seq]
            return Receipt(origin=book.origin, seq=seq, leaf=leaf, at=now, subject=statement.subject)

    def _entry(self, book: Book, draft: Draft, signature: Mapping[str, str] | None, now: datetime) -> NewEntry:
        """Judge and screen a signed draft as of now, and return the entry that says it."""
        statement = draft.statement
        fold = book.fold(statement.circle)
        if statement.signer is not None:
            seen = fold.cited(book.origin, statement)
            data = acts.write(statement, now, seen, signature)
            act = acts.read(data, book.origin, acts.NO_SEQ, Hash(""))
            # An absent signature is a wrong one here; only a draft may be considered without.
            code = fold.consider(replace(act, signature=act.signature or {}))
            if code:
                raise Refused(code, SENTENCES.get(code, "the act would be void"), subject=statement.subject)
        else:
            seen = self.require(book, fold, statement, now)
        self._screened_again(book, draft, now)
        return translate.entry(statement, now, seen, signature, draft.parts, draft.grants, draft.contents)

    def _screened_again(self, book: Book, draft: Draft, now: datetime) -> None:
        """Raise Refused when the picture has changed since a decision was drafted: its signer has not seen it all."""
        if draft.statement.verb != "decision.give" or draft.screening is None:
            return
        flight = flight_of(self, book, draft.statement.circle, draft.statement.subject, draft.statement.body["version"])
        if flight is None or flight.plan is None:
            raise Refused("draft.stale", "the operation has changed since this was drafted; look again and decide anew")
        again = screen(self, book, flight.plan, flight.subject, flight.owner, now)
        hidden = self.watch.undisclosed(flight.subject)
        if again.findings != draft.screening.findings or hidden > draft.undisclosed:
            raise Refused("decision.findings_changed", "the findings have changed since this was drafted; look again")

    def _permit(self, book: Book) -> None:
        peers = recovery.unanswered(self, book)
        if peers:
            raise Refused(
                "node.restored",
                f"this record was restored or lost entries; under {book.id} it says nothing until these have answered: "
                + ", ".join(peers),
            )

    # -- appending -----------------------------------------------------------------------------------------------------

    def _append(
        self, txn: Txn, book: Book, entries: Sequence[NewEntry], now: datetime, successor: NodeKeys | None = None
    ) -> None:
        """Write entries, their parts, grants and one signed head; kept or lost together."""
        size = book.size(book.origin)
        cadence = book.first.times.cadence_s
        leaves = []
        for seq, new in enumerate(entries, size):
            key = book.circle_keys[new.circle] if new.circle else secrets.token_bytes(32)
            leaf, act = translate.leaf_of(new, book.origin, seq, now, cadence, key)
            leaves.append(leaf)
            for index, part in enumerate((act, *new.details)):
                txn.put_part(book.origin, seq, index, part.name, part.salt, part.data)
                for reader in new.grants.get(part.name, ()) if index else ():
                    txn.grant(reader, book.origin, seq, index)
                if part.name in new.contents:
                    attachments.keep_content(txn, (book.origin, seq, index), new.contents[part.name])
        tree = book.trees.get(book.origin)
        frontier = (tree.frontier(size) if tree else Frontier()).extend(leaf_hash(leaf) for leaf in leaves)
        head = Checkpoint(origin=book.origin, size=frontier.size, root=frontier.root())
        note = self.keys_under(book).sign_head(head, int(now.timestamp()), successor)
        txn.append(book.origin, size, leaves, frontier.to_bytes(), note)
        if successor is not None:
            # Kept for good: it alone proves to whoever knows the old keys that they gave way to the new ones.
            txn.set_meta(handover_key(book.origin, head.size), note)

    def _after_commit(self, book: Book) -> None:
        self.catch_up()
        size = book.size(book.origin)
        root = book.root_at(book.origin, size)
        assert root is not None, "a feed's root is known at its own size"
        self.mark.raise_to(book.origin, size, root)
        self.keep_if_due(KEEP_EVERY)

    def release(self, agreement: str, seq: int, name: str, to: PartyId) -> None:
        """Grant a detail of our own entry to a member of its act's circle; as `release_all`."""
        self.release_all(agreement, seq, [name], to)

    def release_all(self, agreement: str, seq: int, names: Sequence[str], to: PartyId) -> None:
        """Grant details of our own entry to a member of its act's circle, from now on; what was sent stays sent.

        It leaves an entry (JOINT-125): the circle sees that something was granted, the recipient alone what, and that
        it is the one. What was granted before leaves none.

        Raises:
            Refused: `release.unknown`, `release.outside_circle`, `sites.onward`, `node.restored`, a verdict's code.
        """
        with self.lock:
            book = self.book(agreement)
            held = {part.name: part for part in self.store.parts(book.origin, seq) if part.index}
            circle = book.ledger.feeds[book.origin].circles[seq] if held else None
            if missing := [name for name in names if name not in held]:
                raise Refused("release.unknown", f"entry {seq} of ours has no detail {missing[0]!r}")
            assert circle is not None, "what we hold details of stands in a circle of ours"
            members = book.current(self.clock.now()).circle(circle).members - {self.party}
            for name in names:
                require_members(members, frozenset({to}), name)
                require_own(self, name, held[name].data, [to])
            with self.store.transaction() as txn:
                self.catch_up()
                before = txn.granted(to, book.origin, seq)
                if parts := [held[name] for name in names if held[name].index not in before]:
                    self._permit(book)
                    self._grant(txn, book, circle, seq, parts, to)
            self._after_commit(book)

    def _grant(
        self, txn: Txn, book: Book, circle: CircleId, seq: int, parts: Sequence[StoredPart], to: PartyId
    ) -> None:
        """Write the entry of a later grant, and the grant, in one transaction."""
        now, fold = self.clock.now(), book.fold(circle)
        told = {
            "to": to, "entry": book.ledger.feeds[book.origin].leaves[seq],
            "parts": [[p.name, Part(name=p.name, salt=p.salt, data=p.data).commitment.hex()] for p in parts],
        }  # fmt: skip
        closed = translate.salted(grants.DETAIL, canonical.encode(told))
        statement = Statement(
            agreement=book.current(now).digest, circle=circle, verb=grants.GRANT, subject=grants.subject(self.party),
            body={}, details=translate.listed([closed]),
        )  # fmt: skip
        seen = self.require(book, fold, statement, now)
        entry = translate.entry(statement, now, seen, None, (closed,), {closed.name: frozenset({to})})
        self._append(txn, book, [entry], now)
        for part in parts:
            txn.grant(to, book.origin, seq, part.index)
            self.note(txn, "released", origin=book.origin, seq=seq, detail=part.name, to=to)

    def journal(self, what: str, **facts: str | int) -> None:
        """Add a line to the party's own record, a feed like any other that is carried to nobody."""
        with self.lock, self.store.transaction() as txn:
            self.note(txn, what, **facts)

    def note(self, txn: Txn, what: str, **facts: str | int) -> int:
        """Add a line to the party's own record within a transaction, and return its place there."""
        now = self.clock.now()
        origin = ids.origin(self.party, JOURNAL, 1)
        line = canonical.encode({"at": acts.spell(now), "what": what, "facts": msgspec.to_builtins(facts)})
        new = NewEntry(circle=None, sort="ctl", act=line, details=(), grants={})
        row = txn.feed(origin)
        frontier = Frontier.from_bytes(row.frontier) if row else Frontier()
        leaf, act = translate.leaf_of(new, origin, frontier.size, now, 60, secrets.token_bytes(32))
        after = frontier.append(leaf_hash(leaf))
        head = Checkpoint(origin=origin, size=after.size, root=after.root())
        note = self.keys.sign_head(head, int(now.timestamp()))
        txn.put_part(origin, frontier.size, 0, act.name, act.salt, act.data)
        txn.append(origin, frontier.size, [leaf], after.to_bytes(), note)
        return frontier.size
