"""After a crash, a restore, or a loss: may this node still speak, without saying twice what it said before?

A record ahead of its mark was merely interrupted. One that is behind its mark, or of which a peer holds more than we
do, was restored or lost: the node then says nothing under that agreement until *every* peer has answered what it
holds of our feed. Lost entries come back from the peers; what none of them holds was never told to anybody, so the
mark may then go down to what is held. A restore that takes the mark back too, while no peer can be asked, goes
unnoticed: only cosigned standings cover that (spec/joint.md).
"""

from __future__ import annotations

import json
import secrets

from entente import canonical
from entente.errors import Unavailable
from entente.ids import AgreementId, Origin, epoch_of, party_of
from entente.node.book import Book
from entente.node.holdings import Holdings
from entente.store.promises import Txn, check_feed


def _key(book: Book) -> str:
    return f"restored/{book.id}"


def era(node: Holdings) -> str:
    """Return the name of this record's era: a restored record begins a new one, since its grants are numbered anew."""
    held = node.store.meta("era")
    if held is None:
        with node.store.transaction() as txn:
            held = txn.meta("era") or secrets.token_hex(8).encode()
            txn.set_meta("era", held)
    return held.decode()


def behind(node: Holdings, book: Book) -> bool:
    """Whether our feed lacks what its mark says it had, or a later epoch of it does."""
    return any(book.root_at(origin, size) != root for origin, (size, root) in _marks(node, book).items())


def _marks(node: Holdings, book: Book) -> dict[Origin, tuple[int, str]]:
    """Return the marks of our feed under an agreement, and of any later epoch's; earlier ones are closed."""
    marks = {Origin(o): mark for o, mark in node.mark.read().items() if party_of(o) == node.party and book.owns(o)}
    return {o: mark for o, mark in marks.items() if epoch_of(o) >= epoch_of(book.origin) and mark[0] > 0}


def begin_anew(txn: Txn, book: Book) -> None:
    """Forget whom we waited for: our root opens a new epoch, and nothing was ever said in its feed."""
    txn.set_meta(_key(book), None)


def suspect(txn: Txn, book: Book) -> None:
    """Note that our feed under an agreement may lack entries that were told; asking starts anew."""
    if txn.meta(_key(book)) is None:
        txn.set_meta("era", None)
        txn.set_meta(_key(book), canonical.encode([]))


def suspect_all(node: Holdings) -> None:
    """Note it for every agreement: after a restore."""
    node.catch_up()
    with node.lock, node.store.transaction() as txn:
        for book in node.books.values():
            suspect(txn, book)


def unanswered(node: Holdings, book: Book) -> list[str]:
    """Return the peers that must still answer before the node may speak under an agreement; none when it may."""
    answered = node.store.meta(_key(book))
    if answered is None and not behind(node, book):
        return []
    peers: list[str] = sorted(book.parties() - {node.party} - set(json.loads(answered or b"[]")))
    parted = "(nobody: our feed and its mark are on different branches; open a new epoch)"
    return peers or ([parted] if behind(node, book) else [])


def waiting(node: Holdings) -> dict[AgreementId, list[str]]:
    """Return, for each agreement under which the node may not speak, the peers it waits for."""
    found = {book.id: unanswered(node, book) for book in node.books.values()}
    return {name: peers for name, peers in found.items() if peers}


def _rehash(txn: Txn, book: Book) -> None:
    """Hash our feed again from what is stored, before anything more is signed into it.

    Raises:
        Unavailable: `store.corrupt`.
    """
    row = txn.feed(book.origin)
    flaw = next(check_feed(txn, row), None) if row is not None else None
    if flaw is not None:
        raise Unavailable("store.corrupt", f"the restored record is not sound: {flaw}; restore another copy")


def hear(node: Holdings, agreement: str, peer: str) -> bool:
    """Note that a peer has given all it has under an agreement; return whether that was the last one waited for."""
    with node.lock:
        book = node.book(agreement)
        if node.store.meta(_key(book)) is None and not behind(node, book):
            return False
        with node.store.transaction() as txn:
            answered = {*json.loads(txn.meta(_key(book)) or b"[]"), peer}
            txn.set_meta(_key(book), canonical.encode(sorted(answered)))
            whole = answered >= book.parties() - {node.party}
            if whole:
                _rehash(txn, book)
                for origin in _marks(node, book):
                    node.mark.lower_to(origin, book.size(origin))
                txn.set_meta(_key(book), None)
        return whole
