"""Opening a new epoch: from which entries our feed goes on, and what must be said anew there (JOINT-190…197)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from entente.errors import Refused
from entente.ids import Origin, epoch_of, feed_of, party_of
from entente.joint import incidents
from entente.joint.act import ALL, Head
from entente.joint.epochs import Reason
from entente.joint.rules import Event
from entente.node import command
from entente.node.book import Book
from entente.node.command import Command
from entente.node.node import Node, Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Anew:
    """A new epoch as it would be opened: what it goes on from, and what our officers said behind that."""

    base: Head
    number: int
    left: tuple[Event, ...]

    def command(self, agreement: str, reason: Reason) -> Command:
        """Return what the root is to sign."""
        return command.open_epoch(agreement, party_of(self.base.origin), self.number, self.base, reason)


def plan(node: Node, agreement: str) -> Anew:
    """Return the epoch that our root could open now.

    Raises:
        Refused: `epoch.nothing`, when there is nothing that is surely in every branch; `epoch.unreported`;
            `agreement.not_held`.
    """
    with node.lock:
        book = node.book(agreement)
        former = [origin for origin in book.feeds() if party_of(origin) == node.party]
        for origin in sorted(former, key=epoch_of, reverse=True):
            size = shared(book, origin)
            root = book.root_at(origin, size)
            if size and root is not None:
                base = Head(origin, size, root)
                return Anew(base=base, number=max(map(epoch_of, former)) + 1, left=tuple(_left(book, base)))
        raise Refused(
            "epoch.nothing",
            f"nothing of {node.party} under {book.id} is surely in every branch; the way on is a new agreement id",
        )


def shared(book: Book, origin: Origin) -> int:
    """Return how many entries of a feed of ours nobody can dispute: those in all branches that we hold.

    Where a fork is proven and its other branch is not held, those that every other signatory has acknowledged.

    Raises:
        Refused: `epoch.unreported`.
    """
    now = book.fold(ALL).now()
    held = min(each.cut.get(origin, 0) for each in book.ledger.folds.values())
    parted, within = now.parted(origin), now.unexplained(origin)
    held = held if parted is None else min(held, parted)
    if not within:
        return held
    # Our own report stands in the feed that is closed by this; the new one has to rest on another's.
    if all(party_of(event.origin) == book.me for event in incidents.reports_of(origin, now)):
        raise Refused("epoch.unreported", "no other party has reported the fork yet; exchange with them, then open it")
    others = [p for p in book.first.signatories if p != book.me]
    return min([held, min(within) - 1, *(now.acknowledged(party).get(origin, 0) for party in others)])


def _left(book: Book, base: Head) -> list[Event]:
    """Return what our officers validly said behind what a new epoch goes on from: it is to be said anew."""
    return [
        event
        for name, fold in book.ledger.folds.items()
        for event in fold.folded()
        if event.circle == name and not event.code and party_of(event.origin) == book.me and event.act.statement.signer
        and (feed_of(event.origin) != base.origin or event.seq >= base.size)
        and epoch_of(event.origin) >= epoch_of(base.origin)
    ]  # fmt: skip


def open_epoch(node: Node, agreement: str, reason: Reason, sign: Callable[[bytes], Mapping[str, str]]) -> Receipt:
    """Open a new epoch of our feed; `sign` is the party's root key's.

    Raises:
        Refused: as `plan`, or a verdict's code.
    """
    anew = plan(node, agreement)
    draft = node.draft(anew.command(agreement, reason), officer=f"{node.party}/root", office="root")
    receipt = node.say(draft, sign(draft.message))
    node.journal("epoch", agreement=agreement, origin=receipt.origin, base=anew.base.size, reason=str(reason))
    return receipt
