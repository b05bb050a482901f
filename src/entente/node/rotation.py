"""Changes of keys, told: what the root has signed becomes entries of our feeds (spec/keys.md).

Nothing here asks anybody: a card and a root document carry their own signatures, so the node records them by itself,
under every agreement that has begun. If we stop between two agreements, the first has the new keys and the others the
old ones; both stay in the home, each feed's heads are signed by its own, and `tell` goes on where we stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from entente.errors import Refused
from entente.feed import anchor as anchors
from entente.feed import card as cards
from entente.feed import root as roots
from entente.feed.root import Root, Signatures
from entente.ids import Hash, Origin
from entente.joint import staff
from entente.joint.act import ALL, Statement
from entente.joint.epochs import Reason
from entente.node import epochs
from entente.node.book import Book
from entente.node.custody import NodeKeys
from entente.node.node import Node, Receipt

Step = tuple[Root, Signatures]
"""A root document and the signatures under it."""


def tell(node: Node, card: Mapping[str, Any], now: NodeKeys, steps: Iterable[Step] = ()) -> list[Receipt]:
    """Record root documents and a card that our root has signed, under every agreement that has begun.

    `now` are the keys that the card lists. What an agreement knows already is not said again.

    Raises:
        Refused: a verdict's code, `node.restored`.
    """
    receipts: list[Receipt] = []
    for book in begun(node):
        receipts += follow(node, book, steps)
        receipts += certify(node, book, card, now)
    node.take_keys(now)
    node.journal("keys", card=cards.number(card))
    return receipts


def begun(node: Node) -> list[Book]:
    """Return the agreements under which our keys are certified."""
    node.catch_up()
    return [book for book in node.books.values() if book.certified(node.party)]


def follow(node: Node, book: Book, steps: Iterable[Step]) -> list[Receipt]:
    """Record the root documents that follow the one in force under an agreement, in order.

    Raises:
        Refused: `keys.follows` and other verdicts' codes; `node.restored`.
    """
    receipts = []
    for root, signatures in steps:
        if root.version > in_force(node, book).version:
            body = {"document": root.plain(), "signatures": dict(signatures)}
            receipts.append(_say(node, book, "keys.root", body))
    return receipts


def certify(node: Node, book: Book, card: Mapping[str, Any], now: NodeKeys) -> list[Receipt]:
    """Record a card under an agreement, unless it is the one that stands; the log's new keys sign beside the old.

    Raises:
        Refused: `keys.*`, `node.restored`; `custody.generation`, when the keys before are not here any more.
    """
    known = book.certified(node.party)
    if known and cards.number(known[-1][2]) >= cards.number(card):
        return []
    with node.lock:  # between the entry and this, the node would find no keys of its own to go on with
        receipt = _say(node, book, "keys.certify", {"card": dict(card)}, successor=now if known else None)
        node.take_keys(now)
    return [receipt]


def _say(node: Node, book: Book, verb: str, body: dict[str, Any], successor: NodeKeys | None = None) -> Receipt:
    statement = Statement(
        agreement=book.current(node.clock.now()).digest, circle=ALL, verb=verb, subject=staff.keys_subject(node.party),
        body=body,
    )  # fmt: skip
    return node.say_record(book, statement, book.fold(ALL).heads(book.origin), successor)


def in_force(node: Node, book: Book) -> Root:
    """Return our root document in force under an agreement."""
    pinned = book.current(node.clock.now()).party(node.party).root
    return roots.read(book.root(node.party, pinned), node.party)


def replaced(node: Node, book: Book, role: str) -> Hash:
    """Return the name of the key that served our node in a role before the one that does now.

    Raises:
        Refused: `root.current`, when it was never replaced.
    """
    names = [Hash(cards.publics(card["keys"])[role][0]) for _, _, card in book.certified(node.party)]
    before = [name for name in names if name != names[-1]]
    if not before:
        raise Refused(
            "root.current", f"the {role} key was never replaced under {book.id}: entente node rotate-keys first"
        )
    return before[-1]


def untold(node: Node, card: Mapping[str, Any]) -> list[Book]:
    """Return the agreements that have begun and do not know our card yet: a change was interrupted."""
    return [book for book in begun(node) if cards.number(book.certified(node.party)[-1][2]) < cards.number(card)]


def anchor(node: Node, book: Book, suite: anchors.Suite = anchors.A1) -> anchors.Anchor:
    """Return the anchor of our feed as it stands, under a suite without a key (KEY-41)."""
    size = book.size(book.origin)
    root = book.root_at(book.origin, size)
    assert root is not None, "a feed's root is known at its own size"
    leaves = (entry.leaf for entry in node.store.leaves(book.origin, 0, size))
    return anchors.make(suite, book.origin, size, root, leaves, parts(node, book.origin, size))


def parts(node: Node, origin: Origin, size: int) -> Iterator[anchors.Kept]:
    """Yield the parts held of a feed's first entries, in order."""
    for seq in range(size):
        for part in node.store.parts(origin, seq):
            yield seq, part.index, part.name, part.salt, part.data


def begin_anew(
    node: Node, agreement: str, card: Mapping[str, Any], now: NodeKeys, sign: Callable[[bytes], Mapping[str, str]]
) -> list[Receipt]:
    """Go on in a new epoch under new keys, when the log's old ones are lost: the root signs its opening (KEY-24).

    `card` lists the keys `now` and is signed by the root; `sign` is the root's signature of a statement.

    Raises:
        Refused: `epoch.*` and other verdicts' codes.
    """
    node.take_keys(now)
    with node.lock:
        book = node.book(agreement)
        with node.store.transaction() as txn:
            node.take_card(txn, book, card)
        opened = epochs.open_epoch(node, agreement, Reason.KEY_LOST, sign)
        return [opened, *certify(node, book, card, now)]
