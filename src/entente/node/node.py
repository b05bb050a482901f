"""The node: what a party's officers say is drafted, judged, signed and appended here; what others say is folded.

    draft = node.draft(command, officer="north/senior", office="senior")   # the exact words to sign, judged already
    receipt = node.say(draft, key.sign(STATEMENT, draft.message))          # judged again under the lock, then kept

Order of writes (docs/adr/0008-order-of-writes.md): judge → one transaction with leaf, head, parts and grants → mark →
fold. What is acknowledged is on the disk; if we stop between two of these steps, the next start folds what was kept.

One writer: `_lock` within this process, the store's transaction between processes. `_seen_changes`, `_cursor`, `books`
and `watch` are touched only under `_lock`.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import msgspec

from entente import canonical, ids
from entente.errors import EntenteError, Refused
from entente.feed import suite
from entente.feed.part import Part
from entente.ids import AgreementId, CircleId, Hash, OfficerId, Origin, PartyId, SubjectId
from entente.joint import act as acts
from entente.joint import decisions, operations, staff
from entente.joint.act import Head, Signer, Statement
from entente.joint.agreement import Agreement
from entente.joint.rules import Event
from entente.joint.screening import Against, Screening
from entente.joint.spelling import finding_to_plain, screening_to_plain
from entente.joint.state import CircleFold
from entente.joint.verdict import SENTENCES
from entente.node import book as books
from entente.node import translate
from entente.node.book import Book
from entente.node.clock import Clock
from entente.node.command import Command
from entente.node.custody import NodeKeys
from entente.node.home import Mark
from entente.node.translate import NewEntry
from entente.node.watch import PLAN, Flight, Watch, agree, read_plan
from entente.picture import wording
from entente.picture.release import may_see
from entente.store.promises import Store, Txn
from entente.tlog.checkpoint import Checkpoint
from entente.tlog.merkle import Frontier, leaf_hash

JOURNAL = AgreementId("journal")
"""The party's own record: refusals, releases, accesses. A feed like any other, carried to nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is about to be said. `message` is what the officer signs, `text` what he is shown."""

    statement: Statement
    text: str
    parts: tuple[Part, ...]
    grants: Mapping[str, frozenset[PartyId]]
    screening: Screening | None

    @property
    def message(self) -> bytes:
        """The exact bytes to sign, as kind `feed.suite.STATEMENT`."""
        return self.statement.encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Where a statement came to stand; it is on this disk."""

    origin: Origin
    seq: int
    leaf: Hash
    at: datetime
    subject: SubjectId


class Node:
    """A running party."""

    def __init__(
        self, party: PartyId, store: Store, keys: NodeKeys, clock: Clock, mark: Mark, *, exercise: bool
    ) -> None:
        self.party = party
        self.store = store
        self.keys = keys
        self.clock = clock
        self.mark = mark
        self.exercise = exercise
        self.books: dict[AgreementId, Book] = {}
        self.watch = Watch(party, store)
        self._lock = threading.RLock()
        self._cursor = 0
        self._seen_changes: int | None = None
        self.catch_up()
        self._compare_mark()

    # -- keeping up with the record ------------------------------------------------------------------------------------

    def catch_up(self) -> list[tuple[Book, CircleId, Event]]:
        """Take what any process has written since, fold it, and return the new events."""
        with self._lock:
            changes = self.store.changes()
            if changes == self._seen_changes:
                return []
            self._open_books()
            for origin, row in self.store.feeds().items():
                book = self._book_of(origin)
                if book is not None and row.size > book.size(origin):
                    book.take_leaves(self.store.leaves(origin, book.size(origin), row.size))
            while rows := self.store.acts_after(self._cursor):
                for act in rows:
                    book = self._book_of(act.origin)
                    if book is not None and act.seq < book.size(act.origin):
                        book.take_act(act)
                    self._cursor = act.cursor
            self._seen_changes = changes
            return self._fold()

    def _fold(self) -> list[tuple[Book, CircleId, Event]]:
        news = [(book, circle, event) for book in self.books.values() for circle, event in book.advance()]
        by_fold: dict[tuple[AgreementId, CircleId], list[Event]] = {}
        for book, circle, event in news:
            by_fold.setdefault((book.id, circle), []).append(event)
        for (name, circle), events in by_fold.items():
            self.watch.note(self.books[name].ledger.circle(circle), events)
        self.watch.retry()
        return news

    def _open_books(self) -> None:
        """Open a book for each agreement that the record keeps; an agreement's successors stand in its book."""
        texts: dict[str, list[Agreement]] = {}
        for key, data in self.store.metas("agreement/").items():
            name, digest = key.split("/")[1:]
            known = self.books.get(AgreementId(name))
            if known is None:
                texts.setdefault(name, []).append(books.read_agreement(data))
            elif digest not in known.ledger.agreements:
                known.ledger.add_agreement(books.read_agreement(data))
        for name, listed in texts.items():
            book = Book(self.party, listed, self._cards(name), self._circle_keys(name))
            self.books[AgreementId(name)] = book
            for agreement in listed:
                self.watch.add_agreement(agreement)

    def _cards(self, agreement: str) -> dict[PartyId, dict[str, Any]]:
        stored = self.store.metas(f"card/{agreement}/")
        return {PartyId(key.split("/")[2]): json.loads(data) for key, data in stored.items()}

    def _circle_keys(self, agreement: str) -> dict[CircleId, bytes]:
        return {CircleId(k.split("/")[2]): data for k, data in self.store.metas(f"circle/{agreement}/").items()}

    def _book_of(self, origin: str) -> Book | None:
        book = self.books.get(AgreementId(origin.split("/")[1]))
        return book if book is not None and book.owns(origin) else None

    def book(self, agreement: str) -> Book:
        """Return a book.

        Raises:
            Refused: `agreement.not_held`.
        """
        self.catch_up()
        found = self.books.get(AgreementId(agreement))
        if found is None:
            raise Refused("agreement.not_held", f"this node keeps no agreement {agreement!r}; adopt it first")
        return found

    # -- agreements ----------------------------------------------------------------------------------------------------

    def adopt(
        self, agreement: Agreement, cards: Mapping[PartyId, dict[str, Any]], keys: Mapping[CircleId, bytes]
    ) -> Book:
        """Keep an agreement's text, the parties' cards and our circles' keys, so that its feeds can be told and read.

        Raises:
            Refused: `adopt.*`; `adopt.exercise`, when an exercise's home meets an agreement that is none, or the reverse.
        """
        books.check_adoption(self.party, agreement, cards, keys)
        if agreement.exercise != self.exercise:
            raise Refused("adopt.exercise", "an exercise's agreement and a real home do not mix, in either direction")
        held = self.store.metas(f"agreement/{agreement.id}/")
        if held and not agreement.text.predecessor and f"agreement/{agreement.id}/{agreement.digest}" not in held:
            raise Refused(
                "adopt.other_draft", f"another text of {agreement.id} is kept already; give the new draft a new id"
            )
        with self._lock, self.store.transaction() as txn:
            txn.set_meta(f"agreement/{agreement.id}/{agreement.digest}", books.spell_agreement(agreement))
            for party in agreement.parties:
                txn.set_meta(f"card/{agreement.id}/{party}", canonical.encode(dict(cards[party])))
            for circle in agreement.circles.values():
                if self.party in circle.members:
                    txn.set_meta(f"circle/{agreement.id}/{circle.id}", keys[circle.id])
        return self.book(agreement.id)

    # -- saying --------------------------------------------------------------------------------------------------------

    def draft(self, command: Command, *, officer: str, office: str, language: str = "en") -> Draft:
        """Return the exact statement to sign, with the text shown, screened and judged as of now.

        Raises:
            Refused: a verdict's code, or `decision.unseen`, `operation.plan`; kept in the party's own record.
        """
        with self._lock:
            book = self.book(command.agreement)
            fold = book.fold(command.circle)
            now = self.clock.now()
            try:
                draft = self._drafted(book, fold, command, now)
                signer = self._signer(book, fold, draft, officer, office, language, now)
                shown = translate.salted("shown", draft.text.encode())
                details = (*draft.statement.details, *translate.listed([shown]))
                statement = msgspec.structs.replace(draft.statement, signer=signer, details=details)
                self._require(book, fold, statement, now)
            except Refused as refusal:
                self.journal(
                    "refused", verb=command.verb, subject=command.subject, by=officer, office=office, code=refusal.code
                )
                raise
            return replace(draft, statement=statement, parts=(*draft.parts, shown))

    def _drafted(self, book: Book, fold: CircleFold, command: Command, now: datetime) -> Draft:
        """Draw up a statement without a signer: details salted, and for a plan or a decision, screened."""
        parts = tuple(translate.salted(d.name, d.data) for d in command.details)
        grants = {d.name: d.to for d in command.details if d.to}
        body, screening, undisclosed = dict(command.body), None, 0
        agreement = book.current()
        if command.verb in ("operation.propose", "operation.change"):
            plan = read_plan(parts[0].data, f"{command.subject}@{body['version']}")
            agree(plan, msgspec.convert(body, operations.Propose))
            assert agreement.standard is not None, "only a coordination agreement has operations"
            screening = self.watch.screening(plan, command.subject, self.party, agreement.standard, now)
            undisclosed = self.watch.undisclosed(command.circle, command.subject)
        elif command.verb == "decision.give":
            flight = self._flight(command.subject, body["version"])
            if flight is None and body["answer"] == decisions.Answer.NO_OBJECTION:
                raise Refused(
                    "decision.unseen", "the plan of this version was not released to us, so it cannot be screened"
                )
            if flight is not None:
                assert agreement.standard is not None and flight.plan is not None
                screening = self.watch.screening(flight.plan, flight.subject, flight.owner, agreement.standard, now)
                undisclosed = self.watch.undisclosed(command.circle, command.subject)
                more, released = self._evidence(book, command.circle, screening)
                parts, grants = (*parts, *more), grants | released
                body |= self._named(more, flight, undisclosed)
        statement = Statement(
            agreement=agreement.digest, circle=command.circle, verb=command.verb, subject=command.subject, body=body,
            details=translate.listed(parts),
        )  # fmt: skip
        findings = screening.findings if screening is not None else None
        text = wording.render(statement, agreement, self.party, findings, undisclosed)
        return Draft(statement=statement, text=text, parts=parts, grants=grants, screening=screening)

    def _flight(self, subject: SubjectId, version: str) -> Flight | None:
        found = (
            f for f in self.watch.flights.values() if f.subject == subject and f.version.leaf == version and f.plan
        )
        return next(found, None)

    def _named(self, evidence: Sequence[Part], flight: Flight, undisclosed: int) -> dict[str, Any]:
        """Return the fields by which a decision names its screening, every finding, and what its signer had opened."""
        names = {part.name: part.commitment.hex() for part in evidence}
        opened = [
            part_commitment(part)
            for part in self.store.parts(flight.version.origin, flight.version.seq)
            if part.name == PLAN
        ]
        return {
            "screening": names["screening"],
            "findings": [digest for name, digest in names.items() if name.startswith("finding-")],
            "opened": opened,
            "undisclosed": undisclosed,
        }

    def _evidence(
        self, book: Book, circle: CircleId, screening: Screening
    ) -> tuple[list[Part], dict[str, frozenset[PartyId]]]:
        """Return a screening as details: the whole, and each finding, granted only as far as every input was released."""
        members = book.current().circle(circle).members - {self.party}
        parts = [translate.salted("screening", canonical.encode(screening_to_plain(screening)))]
        readers = {f"finding-{n}": self._readers(members, finding) for n, finding in enumerate(screening.findings, 1)}
        for name, finding in zip(readers, screening.findings, strict=True):
            parts.append(translate.salted(name, canonical.encode(finding_to_plain(finding))))
        whole = frozenset(p for p in members if all(p in who for who in readers.values()))
        return parts, {name: who for name, who in {"screening": whole, **readers}.items() if who}

    def _readers(self, members: frozenset[PartyId], finding: Any) -> frozenset[PartyId]:
        return frozenset(party for party in members if may_see(finding, party, self._knows))

    def _knows(self, kind: Against, name: str, reader: PartyId) -> bool:
        """Whether `reader` owns an input, or was released it by us. Areas stand in the agreement, so its parties know."""
        if kind is Against.AREA:
            return any(
                reader in book.first.parties and any(a.id == name for a in book.current().areas)
                for book in self.books.values()
            )
        flight = self.watch.flights.get(name)
        if flight is None:
            return False
        return flight.owner == reader or (
            flight.owner == self.party and self._granted(flight.version.origin, flight.version.seq, PLAN, reader)
        )

    def _granted(self, origin: str, seq: int, name: str, reader: PartyId) -> bool:
        indexes = self.store.granted(reader, origin, seq)
        return any(part.name == name and part.index in indexes for part in self.store.parts(origin, seq))

    def _signer(self, book: Book, fold: CircleFold, draft: Draft, officer: str, office: str, language: str, now: datetime) -> Signer:  # fmt: skip
        root = book.first.party(self.party).root
        enrolled = staff.enrolment(fold.now(), officer)
        key = root if office == staff.Office.ROOT else enrolled.fingerprint if enrolled else Hash("")
        small = draft.statement.verb == "stop.send"  # a STOP must fit 2 kB, so it cites nothing (FEED-46)
        return Signer(
            office=office, officer=OfficerId(officer), key=key, suite=suite.SUITE,
            shown=Hash(sha256(draft.text.encode()).hexdigest()), language=language, catalogue=wording.CATALOGUE,
            seen=() if small else fold.heads(book.origin), nonce=secrets.token_hex(16),
            expires=acts.spell(now + timedelta(seconds=book.first.times.statement_s)),
        )  # fmt: skip

    def _require(self, book: Book, fold: CircleFold, statement: Statement, now: datetime) -> tuple[Head, ...]:
        """Ask the rulebook about a statement, with the present as its past; return what the act would cite.

        Raises:
            Refused: the verdict's code and sentence.
        """
        seen = fold.heads(book.origin)
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

    def say_all(self, signed: Sequence[tuple[Draft, Mapping[str, str]]]) -> list[Receipt]:
        """Append several statements about different subjects of one agreement in one transaction; all or none.

        Raises:
            Refused: as `say`.
        """
        with self._lock:
            try:
                return self._say_all(signed)
            except Refused as refusal:
                statement = signed[0][0].statement
                by = statement.signer.officer if statement.signer else ""
                self.journal("refused", verb=statement.verb, subject=statement.subject, by=by, code=refusal.code)
                raise

    def _say_all(self, signed: Sequence[tuple[Draft, Mapping[str, str] | None]]) -> list[Receipt]:
        assert len({draft.statement.subject for draft, _ in signed}) == len(signed), "one statement for each subject"
        with self.store.transaction() as txn:
            self.catch_up()
            self._permit()
            book = self._book_naming(signed[0][0].statement.agreement)
            now = self.clock.now()
            entries = [self._entry(book, draft, signature, now) for draft, signature in signed]
            first = book.size(book.origin)
            self._append(txn, book, entries, now)
        self._after_commit(book)
        return [
            Receipt(
                origin=book.origin, seq=seq, leaf=book.ledger.feeds[book.origin][seq].leaf, at=now,
                subject=draft.statement.subject,
            )
            for seq, (draft, _) in enumerate(signed, first)
        ]  # fmt: skip

    def _entry(self, book: Book, draft: Draft, signature: Mapping[str, str] | None, now: datetime) -> NewEntry:
        """Judge and screen a signed draft as of now, and return the entry that says it."""
        statement = draft.statement
        fold = book.fold(statement.circle)
        if statement.signer is not None:
            seen = fold.heads(book.origin)
            data = acts.write(statement, now, seen, signature)
            act = acts.read(data, book.origin, acts.NO_SEQ, Hash(""))
            # An absent signature is a wrong one here; only a draft may be considered without.
            code = fold.consider(replace(act, signature=act.signature or {}))
            if code:
                raise Refused(code, SENTENCES.get(code, "the act would be void"), subject=statement.subject)
        else:
            seen = self._require(book, fold, statement, now)
        self._screened_again(book, draft, now)
        return translate.entry(statement, now, seen, signature, draft.parts, draft.grants)

    def _screened_again(self, book: Book, draft: Draft, now: datetime) -> None:
        """Raise Refused when the picture has changed since a decision was drafted: its signer has not seen a finding."""
        if draft.statement.verb != "decision.give" or draft.screening is None:
            return
        flight = self._flight(draft.statement.subject, draft.statement.body["version"])
        standard = book.current().standard
        if flight is None or flight.plan is None or standard is None:
            raise Refused("draft.stale", "the operation has changed since this was drafted; look again and decide anew")
        again = self.watch.screening(flight.plan, flight.subject, flight.owner, standard, now)
        hidden = self.watch.undisclosed(flight.circle, flight.subject)
        if again.findings != draft.screening.findings or hidden > draft.statement.body["undisclosed"]:
            raise Refused("decision.findings_changed", "the findings have changed since this was drafted; look again")

    def _permit(self) -> None:
        waiting = self.restored()
        if waiting:
            raise Refused(
                "node.restored",
                f"this record was restored or rolled back; it says nothing until these have answered: {', '.join(waiting)}",
            )

    def _book_naming(self, digest: Hash) -> Book:
        for book in self.books.values():
            if digest in book.ledger.agreements:
                return book
        raise Refused("agreement.not_held", f"this node keeps no agreement with hash {digest[:16]}…")

    # -- appending -----------------------------------------------------------------------------------------------------

    def _append(self, txn: Txn, book: Book, entries: Sequence[NewEntry], now: datetime) -> None:
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
        tree = book.trees.get(book.origin)
        frontier = (tree.frontier(size) if tree else Frontier()).extend(leaf_hash(leaf) for leaf in leaves)
        head = Checkpoint(origin=book.origin, size=frontier.size, root=frontier.root())
        note = self.keys.sign_head(head, int(now.timestamp()))
        txn.append(book.origin, size, leaves, frontier.to_bytes(), note)

    def _after_commit(self, book: Book) -> None:
        self.catch_up()
        size = book.size(book.origin)
        root = book.root_at(book.origin, size)
        assert root is not None, "a feed's root is known at its own size"
        self.mark.raise_to(book.origin, size, root)

    def release(self, agreement: str, seq: int, name: str, to: PartyId) -> None:
        """Grant a detail of our own entry to a party, from now on; what was sent stays sent.

        Raises:
            Refused: `release.unknown`, `release.not_party`.
        """
        with self._lock:
            book = self.book(agreement)
            part = next((p for p in self.store.parts(book.origin, seq) if p.name == name and p.index), None)
            if part is None:
                raise Refused("release.unknown", f"entry {seq} of ours has no detail {name!r}")
            if to not in book.first.parties or to == self.party:
                raise Refused("release.not_party", f"{to} is no other party of {agreement}")
            with self.store.transaction() as txn:
                txn.grant(to, book.origin, seq, part.index)
            self.journal("released", origin=book.origin, seq=seq, detail=name, to=to)

    def journal(self, what: str, **facts: str | int) -> None:
        """Add a line to the party's own record, a feed like any other that is carried to nobody."""
        now = self.clock.now()
        origin = ids.origin(self.party, JOURNAL, 1)
        line = canonical.encode({"at": acts.spell(now), "what": what, "facts": facts})
        new = NewEntry(circle=None, sort="ctl", act=line, details=(), grants={})
        with self._lock, self.store.transaction() as txn:
            row = txn.feed(origin)
            frontier = Frontier.from_bytes(row.frontier) if row else Frontier()
            leaf, act = translate.leaf_of(new, origin, frontier.size, now, 60, secrets.token_bytes(32))
            after = frontier.append(leaf_hash(leaf))
            head = Checkpoint(origin=origin, size=after.size, root=after.root())
            note = self.keys.sign_head(head, int(now.timestamp()))
            txn.put_part(origin, frontier.size, 0, act.name, act.salt, act.data)
            txn.append(origin, frontier.size, [leaf], after.to_bytes(), note)

    def journal_lines(self) -> list[dict[str, Any]]:
        """Return the party's own record, in order."""
        origin = ids.origin(self.party, JOURNAL, 1)
        row = self.store.feed(origin)
        parts = (self.store.part(origin, seq, 0) for seq in range(row.size if row else 0))
        return [json.loads(part.data) for part in parts if part is not None]

    # -- answering for an officer --------------------------------------------------------------------------------------

    def answer(self, limit: int = 256) -> list[Receipt]:
        """Answer, within standing decisions, operations in which nothing is found; log each. Returns what was said."""
        receipts: list[Receipt] = []
        with self._lock:
            self.catch_up()
            if self.restored():
                return []
            for book in self.books.values():
                drafts = [d for circle in book.ledger.folds for d in self._answers(book, circle, limit - len(receipts))]
                if drafts:
                    receipts += self._say_all([(draft, None) for draft in drafts])
        for receipt in receipts:
            self.journal("answered", subject=receipt.subject, leaf=receipt.leaf)
        return receipts

    def _answers(self, book: Book, circle: CircleId, limit: int) -> list[Draft]:
        fold = book.fold(circle)
        name = decisions.standing_subject(self.party)
        given = [e for e in fold.now().events(name, self.party)]
        rule = decisions.standing_decision(name, fold.now(), given[-1].act.leaf) if given else None
        if rule is None:
            return []
        drafts: list[Draft] = []
        for flight in self.waiting(book, circle):
            if len(drafts) >= limit:
                break
            body = decisions.Decide(version=flight.version.leaf, answer=rule[1].answer, under=rule[0].act.leaf)
            command = Command(
                agreement=book.id,
                circle=circle,
                verb="decision.give",
                subject=flight.subject,
                body=msgspec.to_builtins(body),
            )
            try:
                draft = self._drafted(book, fold, command, self.clock.now())
                self._require(book, fold, draft.statement, self.clock.now())
            except EntenteError:
                continue  # outside the limits, or something was found: it waits for an officer
            drafts.append(draft)
        return drafts

    def waiting(self, book: Book, circle: CircleId) -> list[Flight]:
        """Return others' operations in a circle whose latest version we have not answered, and whose plan we hold."""
        fold = book.fold(circle)
        now = fold.now()
        if self.party not in book.current().circle(circle).deciders:
            return []
        found = []
        for flight in list(self.watch.flights.values()):
            if (
                flight.circle != circle
                or flight.owner == self.party
                or flight.plan is None
                or flight.subject not in fold.events
            ):
                continue
            operation = operations.read(flight.subject, now)
            if operation is None or operation.latest.leaf != flight.version.leaf:
                continue
            given = decisions.latest(operation, now, self.party)
            if given is None or given.act.statement.body["version"] != flight.version.leaf:
                found.append(flight)
        return found

    # -- after a restore -----------------------------------------------------------------------------------------------

    def _compare_mark(self) -> None:
        """Notice a record that is behind its mark, or on another branch than it."""
        for origin, (size, root) in self.mark.read().items():
            book = self._book_of(origin)
            if book is not None and book.root_at(Origin(origin), size) != root:
                self.mark_restored()

    def mark_restored(self) -> None:
        """Say nothing from now on until every peer has answered what it holds of our feeds."""
        with self._lock, self.store.transaction() as txn:
            if txn.meta("restored") is None:
                txn.set_meta("restored", canonical.encode([]))

    def restored(self) -> list[str] | None:
        """Return the peers that have not yet answered since a restore, or None when there was none."""
        data = self.store.meta("restored")
        if data is None:
            return None
        answered = set(json.loads(data))
        peers = {p for book in self.books.values() for p in book.first.parties if book.trees.get(book.origin)}
        return sorted(peers - {self.party} - answered)

    def heard(self, peer: str) -> None:
        """Note that a peer has answered in full since a restore; when all have, the node may speak again."""
        with self._lock:
            if self.restored() is None:
                return
            with self.store.transaction() as txn:
                answered = {*json.loads(txn.meta("restored") or b"[]"), peer}
                txn.set_meta("restored", canonical.encode(sorted(answered)))
            self.catch_up()
            if not self.restored():
                with self.store.transaction() as txn:
                    txn.set_meta("restored", None)
                self.journal("recovered", peers=len(answered))

    def close(self) -> None:
        """Let go of the record."""
        with self._lock:
            self.store.close()


def part_commitment(part: Any) -> str:
    """Return the commitment of a stored part."""
    return Part(name=part.name, salt=part.salt, data=part.data).commitment.hex()
