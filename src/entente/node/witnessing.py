"""Witnessing: what a node asks its agreement's witness to cosign, and how it keeps the answer (docs/adr/0032).

A head is worth asking about when it holds something that people or rules said since the last one cosigned; what nodes
say of the record itself is carried with that. The answer is kept as an entry of our feed, which everybody folds alike.
Nothing here goes out: the faces carry a request and bring the answer.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from entente.errors import Untrusted
from entente.feed.suite import b64
from entente.joint import accession, witness
from entente.joint.act import ALL, Statement
from entente.node import cosigning, recovery
from entente.node.book import Book
from entente.node.node import Node, Receipt
from entente.tlog import witness as requests
from entente.tlog.checkpoint import Checkpoint
from entente.tlog.note import NoteKey
from entente.tlog.proof import consistency_proof
from entente.tlog.witness import AddCheckpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A head of ours to be cosigned: its note with our own signatures, and the size that the witness should know."""

    book: Book
    head: Checkpoint
    note: bytes
    old: int

    def request(self, old: int) -> AddCheckpoint:
        """Return the request to go on from `old` entries.

        Raises:
            Untrusted: `witness.ahead`, when that is more than we hold.
        """
        if old > self.head.size:
            raise Untrusted(
                "witness.ahead",
                f"the witness says that it cosigned {old} entries of {self.head.origin}, of which {self.head.size} are "
                "here: was this record restored? Ask the peers, then: entente node status",
            )
        tree = self.book.trees[self.book.origin]
        return AddCheckpoint(old=old, proof=tuple(consistency_proof(tree, old, self.head.size)), note=self.note)


def due(node: Node, book: Book) -> Asking | None:
    """Return what the agreement's witness is to be asked now; None when it names none, or there is nothing new."""
    with node.lock:
        node.catch_up()
        now, past = node.clock.now(), book.fold(ALL).now()
        agreement = book.current(now)
        agreed = agreement.text.witness and accession.in_force(agreement, past, now, [])
        if not agreed or recovery.unanswered(node, book):
            return None
        event = witness.last(past, node.party, agreement)
        old = 0 if event is None or event.origin != book.origin else int(event.act.statement.body["size"])
        row = node.store.feed(book.origin)
        if row is None or row.checkpoint is None or not _speaks(book, old, row.size):
            return None
        head = book.log(book.origin).open(row.checkpoint).checkpoint
        return Asking(book=book, head=head, note=row.checkpoint, old=old)


def _speaks(book: Book, start: int, stop: int) -> bool:
    """Whether anything but records of the record itself stands in our feed from `start` on."""
    circles = book.ledger.feeds[book.origin].circles
    for seq in range(stop - 1, start - 1, -1):
        event = book.ledger.folds[circles[seq] or ALL].find(book.origin, seq)
        if event is None or event.verb not in cosigning.QUIET:
            return True
    return False


def keep(node: Node, asked: Asking, answer: bytes) -> Receipt:
    """Keep a witness's answer, when it is one, as an entry of our feed.

    Raises:
        Malformed, Untrusted: `tlog.*`, when it is not the cosignature of the witness that the agreement names.
        Refused: a verdict's code, or `node.restored`: nothing is said then.
    """
    book, now = asked.book, node.clock.now()
    agreement = book.current(now)
    key = NoteKey.parse(agreement.text.witness)
    [line] = requests.cosigned(answer, asked.head, [key]).lines[-1:]
    body = witness.Witnessed(size=asked.head.size, cosignature=b64(line.signature))
    statement = Statement(
        agreement=agreement.digest, circle=ALL, verb=witness.WITNESSED, subject=witness.subject(node.party),
        body=msgspec.to_builtins(body),
    )  # fmt: skip
    return node.say_record(book, statement, cosigning.seen(node, book))
