"""Notes with every signature known here: heads as their log signed them, and as peers and the witness cosigned them.

Cosignatures stand in acts (JOINT-101, JOINT-131), each over the head that its feed had at that time; the newest head
has as a rule none yet. So a stranger is given the newest head, and beside it those that others cosigned, with the log's
own lines wherever these can be had: over our own feed we sign again what we signed then, with the time we stated; of
another's feed the note is kept that we cosigned.
"""

from __future__ import annotations

from collections.abc import Iterator

from entente.errors import EntenteError
from entente.feed.suite import unb64
from entente.ids import Origin, epoch_of, party_of
from entente.joint import cosigning, witness
from entente.joint.act import ALL
from entente.joint.rules import Event, Past, body_of
from entente.node import custody
from entente.node.book import Book, handover_key
from entente.node.cosigning import NOTED
from entente.node.node import Node
from entente.tlog import head as heads
from entente.tlog.checkpoint import Checkpoint
from entente.tlog.note import Line, Note, NoteKey


def cosigners(book: Book, origin: Origin) -> list[NoteKey]:
    """Return the keys of those who may cosign a feed: the other parties', and the witness's that agreements name."""
    author = party_of(origin)
    keys = [custody.cosigner_key(p, book.card(p)["keys"]) for p in sorted(book.cards) if p != author]
    named = sorted({text.text.witness for text in book.ledger.agreements.values()} - {""})
    return keys + [NoteKey.parse(text) for text in named]


def notes(node: Node, book: Book, origin: Origin) -> dict[int, bytes]:
    """Return a feed's heads by size, each with every line known here: those that others cosigned last, and the newest.

    All verify: the lines of acts were checked when these were folded.
    """
    found: dict[int, list[bytes]] = {}
    for size, line in _lines(node, book, origin):
        if (head := _head(book, origin, size)) is not None:
            found.setdefault(size, []).append(Note(text=head.encode(), lines=(line,)).encode())
    row = node.store.feed(origin)
    newest = row.checkpoint if row is not None else None
    for own in (newest, node.store.meta(f"{NOTED}{origin}")):
        head = _opened(own, book, origin)
        if own is not None and head is not None and (own is newest or head.size in found):
            found.setdefault(head.size, []).insert(0, own)
    if party_of(origin) == node.party:
        for size, parts in found.items():
            if _opened(parts[0], book, origin) is None and (again := _signed_again(node, book, size)) is not None:
                parts.insert(0, again)
    return {size: heads.merge(parts) for size, parts in sorted(found.items())}


def whole(node: Node, book: Book, origin: Origin, at_least: int, at_most: int) -> bytes | None:
    """Return the note that most others signed among those of such a size that the log's own keys signed, or None."""
    best: tuple[int, int, bytes] | None = None
    for size, note in notes(node, book, origin).items():
        if at_least <= size <= at_most and _opened(note, book, origin) is not None:
            rank = (len(Note.parse(note).lines), size, note)
            best = rank if best is None else max(best, rank)
    return None if best is None else best[2]


def _lines(node: Node, book: Book, origin: Origin) -> Iterator[tuple[int, Line]]:
    """Yield each cosigner's newest line over a feed, with the size of its head."""
    past, author = book.fold(ALL).now(), party_of(origin)
    for party in sorted(book.parties() - {author}):
        if (found := _acknowledged(past, party, origin)) is not None:
            event, size, raw = found
            cards = [card for at, seq, card in book.certified(party) if _before(at, seq, event)]
            key = custody.cosigner_key(party, cards[-1]["keys"])
            yield size, Line(name=key.name, key_id=key.key_id, signature=raw)
    said = witness.last(past, author, book.current(node.clock.now()))
    under = past.agreement(said.act.statement.agreement) if said is not None else None
    if said is not None and under is not None:
        body, named = body_of(said.act, witness.Witnessed), NoteKey.parse(under.text.witness)
        yield body.size, Line(name=named.name, key_id=named.key_id, signature=unb64(body.cosignature))


def _before(origin: Origin, seq: int, event: Event) -> bool:
    """Whether an entry of a party stands before an act of it, in its feed or in an earlier epoch's."""
    return epoch_of(origin) < epoch_of(event.origin) or (origin == event.origin and seq < event.seq)


def _acknowledged(past: Past, party: str, origin: Origin) -> tuple[Event, int, bytes] | None:
    for event in past.newest(cosigning.subject(party), party):
        if event.verb == cosigning.ACKNOWLEDGE:
            for held in body_of(event.act, cosigning.Acknowledge).held:
                if held.origin == origin and held.cosignature:
                    return event, held.size, unb64(held.cosignature)
    return None


def _head(book: Book, origin: Origin, size: int) -> Checkpoint | None:
    root = book.root_at(origin, size)
    return None if root is None else Checkpoint(origin=origin, size=size, root=bytes.fromhex(root))


def _opened(note: bytes | None, book: Book, origin: Origin) -> Checkpoint | None:
    """Return the head in a note that both of the log's keys signed and that fits what we hold; else None."""
    try:
        head = book.log(origin).open(note or b"").checkpoint
    except EntenteError:
        return None
    return head if _head(book, origin, head.size) == head else None


def _signed_again(node: Node, book: Book, size: int) -> bytes | None:
    """Return what we signed when our feed had this size: the same words with the same time, by the keys of then."""
    head, seq = _head(book, book.origin, size), size - 1
    circle = book.ledger.feeds[book.origin].circles[seq]
    event = book.ledger.folds[circle or ALL].find(book.origin, seq)
    required = book.log(book.origin).required(size)
    had = (keys for keys in node.generations if custody.note_keys(book.origin, keys.public()) == required)
    keys = next(had, None)
    if head is None or event is None or keys is None:
        return node.store.meta(handover_key(book.origin, size))
    return keys.sign_head(head, int(event.act.at.timestamp()))
