"""Attachments at a node: files that go with what is said, and what is still lacking of those that others attached.

What a file is stands in `feed.attachment`. Its description is a detail, so it is granted, released later, sealed and
disclosed as details are; its chunks lie beside it in the record. A description whose chunks are not all here leaves a
note in the record, and from these notes a node asks its peers for what it lacks: after a cut link for that alone.
"""

from __future__ import annotations

import mimetypes
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from entente.errors import Malformed, Refused
from entente.feed import attachment
from entente.feed.attachment import Attachment
from entente.ids import Origin, PartyId, SubjectId, feed_of, party_of
from entente.joint.state import CircleFold
from entente.node import terms, unread
from entente.node.book import Book
from entente.node.command import Command, Detail
from entente.node.holdings import Holdings
from entente.node.unread import Place
from entente.picture.catalogues import Catalogue
from entente.store.promises import Reads, Txn

MOST_ASKED = 16
"""Stretches of chunks that one question names."""
_MEDIA = mimetypes.MimeTypes()
"""Python's own table: the system's would name one file differently at each party."""


# -- saying ------------------------------------------------------------------------------------------------------------


def attach(command: Command, files: Sequence[tuple[str, bytes]], to: Iterable[str]) -> Command:
    """Return a command with files attached, each by its name; the parties in `to` are granted them.

    Raises:
        Malformed: `attachment.name`, `attachment.size`.
    """
    described = [
        attachment.describe(name, media_of(name), data, seed=secrets.token_bytes(32)) for name, data in files
    ]  # fmt: skip
    readers = frozenset(map(PartyId, to))
    details = tuple(
        Detail(name=f"{attachment.NAME}-{number}", data=paper.encode(), to=readers, content=data)
        for number, (paper, (_, data)) in enumerate(zip(described, files, strict=True), 1)
    )
    return replace(command, details=(*command.details, *details))


def media_of(name: str) -> str:
    """Return the media type that a file's name ends in."""
    return _MEDIA.guess_type(name)[0] or "application/octet-stream"


def shown(command: Command, words: Catalogue) -> Iterator[str]:
    """Yield a line for each attached file, as its signer is shown it."""
    for detail in command.details:
        if detail.content:
            paper = attachment.read(detail.name, detail.data)
            yield words.say(
                "attached", name=detail.name, file=paper.name, media=paper.media, size=words.number(paper.size),
                sha256=paper.sha256,
            )  # fmt: skip


# -- keeping -----------------------------------------------------------------------------------------------------------


def _lack(book: Book, place: Place) -> str:
    origin, seq, index = place
    return f"chunks/{book.id}/{seq}/{index}/{origin}"


def keep_content(txn: Txn, place: Place, content: bytes) -> None:
    """Keep a file of our own beside its description."""
    for number, data in enumerate(attachment.pieces(content)):
        txn.put_chunk(*place, number, data)


def expect(txn: Txn, book: Book, place: Place, name: str, data: bytes) -> None:
    """Note what a description that was just kept lets us ask for; one that describes nothing asks for nothing."""
    if attachment.described(name):
        with suppress(Malformed):
            txn.set_meta(_lack(book, place), len(attachment.read(name, data).chunks).to_bytes(4, "big"))


def keep(node: Holdings, txn: Txn, book: Book, place: Place, paper: Attachment, number: int, data: bytes) -> bool:
    """Keep a chunk that was verified; False when it is held already.

    Raises:
        Refused: `attachment.quota`, when its author's files that nobody has saved leave no room; it is not kept.
    """
    if txn.chunk(*place, number) is not None:
        return False
    if party_of(place[0]) != node.party:
        unread.take_in(txn, place, len(paper.chunks))
    txn.put_chunk(*place, number, data)
    if len(txn.chunks_held(*place)) == len(paper.chunks):
        txn.set_meta(_lack(book, place), None)
    return True


def lacking(node: Holdings, book: Book, peer: PartyId) -> list[list[str | int]]:
    """Return stretches of chunks that a peer may give us: [feed, entry, part, first, behind the last].

    A party gives what it attached itself, and gives back to its author what was lost there. Of what it attached only
    that is asked for which is taken in or may be.
    """
    shared, room = book.circles_of(peer, node.clock.now()), unread.room(node.store, peer)
    found: list[list[str | int]] = []
    prefix = f"chunks/{book.id}/"
    for key, noted in node.store.metas(prefix).items():
        seq, index, name = key.removeprefix(prefix).split("/", 2)
        place, feed = (name, int(seq), int(index)), book.ledger.feeds.get(Origin(name))
        author, count = party_of(name), int.from_bytes(noted, "big")
        if feed is None or author not in (peer, node.party) or feed.circles[int(seq)] not in shared:
            continue
        if author == peer and not room.takes(place, count):
            continue
        for first, behind in _gaps(node.store.chunks_held(*place), count):
            found.append([feed_of(name), int(seq), int(index), first, behind])
            if len(found) == MOST_ASKED:
                return found
    return found


def _gaps(held: Iterable[int], count: int) -> Iterator[tuple[int, int]]:
    """Yield the stretches of numbers below `count` that are not held.

    >>> list(_gaps([0, 1, 4], 6))
    [(2, 4), (5, 6)]
    """
    at = 0
    for number in (*held, count):
        if number > at:
            yield at, number
        at = number + 1


# -- reading -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A file attached to what was said of a subject. `paper` is None when it was not released to us, or is none.

    One that `waits` is not asked for: too many of its party's lie here unread.
    """

    subject: SubjectId
    verb: str
    party: PartyId
    place: Place
    detail: str
    paper: Attachment | None
    held: int
    waits: bool

    @property
    def name(self) -> str:
        """How it is asked for: the party, the entry, and the detail."""
        return f"{self.party}/{self.place[1]}/{self.detail}"

    @property
    def whole(self) -> bool:
        """Whether all of it is here."""
        return self.paper is not None and self.held == len(self.paper.chunks)


def rows(node: Holdings, fold: CircleFold, subject: SubjectId) -> list[Row]:
    """Return the files attached to what was said of a subject, each party's in its own order."""
    return [
        _row(node, subject, event.verb, (event.origin, event.seq, index), name)
        for event in fold.now().events(subject)
        for index, (name, _) in enumerate(event.act.statement.details, 1)
        if attachment.described(name)
    ]


def _row(node: Holdings, subject: SubjectId, verb: str, place: Place, detail: str) -> Row:
    part, paper, party = node.store.part(*place), None, party_of(place[0])
    if part is not None:
        with suppress(Malformed):
            paper = attachment.read(detail, part.data)
    held, chunks = (len(node.store.chunks_held(*place)), len(paper.chunks)) if paper is not None else (0, 0)
    waits = held < chunks and party != node.party and not unread.room(node.store, party).takes(place, chunks)
    return Row(
        subject=subject, verb=verb, party=party, place=place, detail=detail, paper=paper, held=held, waits=waits
    )  # fmt: skip


def ask(node: Holdings, row: Row) -> None:
    """Ask for a file that waits: from here on it is taken in, however much of its party's lies here unread.

    Raises:
        Refused: `attachment.closed`.
    """
    if row.paper is None:
        raise _closed(row)
    if not row.whole and row.party != node.party:
        with node.lock, node.store.transaction() as txn:
            unread.ask(txn, row.place, len(row.paper.chunks))


def saved(node: Holdings, row: Row) -> None:
    """Count a file as read; its party's next may come."""
    with node.lock, node.store.transaction() as txn:
        unread.saved(txn, row.place)


def _closed(row: Row) -> Refused:
    return Refused("attachment.closed", f"{row.name} was not released to us, or describes no file")


def content(node: Holdings, fold: CircleFold, row: Row) -> bytes:
    """Return the whole file, each chunk held against its description again.

    Raises:
        Refused: `attachment.closed`, `attachment.sealed`, `attachment.ended`, `attachment.partly`, `attachment.quota`.
        Untrusted: `chunk.commitment`.
    """
    paper = row.paper
    if paper is None:
        raise _closed(row)
    if row.party != node.party:
        _require_terms(node, fold, row)
    if row.waits:
        raise unread.room(node.store, row.party).full()
    if not row.whole:
        raise Refused(
            "attachment.partly",
            f"{row.held} of {len(paper.chunks)} chunks of {paper.name} are here; the rest is asked for whenever "
            f"{row.party} is reached, or comes with its next bundle",
        )
    return read_whole(node.store, row.place, paper)


def read_whole(reads: Reads, place: Place, paper: Attachment) -> bytes:
    """Return a file from its chunks, all of which are held.

    Raises:
        Untrusted: `chunk.commitment`.
    """
    chunks = (reads.chunk(*place, number) or b"" for number in range(len(paper.chunks)))
    return paper.whole(paper.require(number, data) for number, data in enumerate(chunks))


def _require_terms(node: Holdings, fold: CircleFold, row: Row) -> None:
    """Raise Refused while the terms on which something was given are not acknowledged, or once they have ended."""
    if terms.sealed(fold, row.subject, node.party):
        raise Refused("attachment.sealed", f"{row.subject} was given on terms that were not acknowledged yet; open it")
    release = terms.held(fold, row.subject, node.party)
    if release is not None and not release.running(node.clock.now()):
        raise Refused(
            "attachment.ended", f"{row.subject} was released to us for a time that has ended, or was withdrawn"
        )
