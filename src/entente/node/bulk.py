"""Many operations at once: recorded or scheduled flights, proposed in batches, resumable.

A flight's operation is named by what it contains, so a second run over the same file proposes only what is missing.
Every batch is one transaction; whatever was acknowledged before an interruption stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from entente.feed import suite
from entente.ids import PartyId
from entente.joint import operations
from entente.joint.plan import Plan
from entente.node import command
from entente.node.custody import SigningKey
from entente.node.drafting import Draft
from entente.node.node import Node, Receipt

BATCH = 64
"""Operations signed and kept in one transaction: a whole flush costs the disk as much as one."""

Progress = Callable[[int, int], None]
"""Called after each batch with how many operations were proposed and how many stood already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposer:
    """Who proposes, where, and to whom the plans are released."""

    agreement: str
    circle: str
    officer: str
    office: str
    key: SigningKey
    to: frozenset[PartyId]


def propose_all(node: Node, who: Proposer, plans: Iterable[Plan], progress: Progress | None = None) -> list[Receipt]:
    """Propose every plan that does not stand as an operation yet, named by its id; return the new ones' receipts.

    Raises:
        Refused: a verdict's code for the first plan that may not be proposed; earlier batches stay.
    """
    receipts: list[Receipt] = []
    stood = 0
    for batch in _batches(plans):
        fold = node.book(who.agreement).fold(who.circle)
        now = fold.now()
        new = [p for p in batch if operations.read(operations.subject(node.party, name_of(p)), now) is None]
        stood += len(batch) - len(new)
        if new:
            receipts += node.say_all([_signed(node, who, plan) for plan in new])
        if progress is not None:
            progress(len(receipts), stood)
    return receipts


def name_of(plan: Plan) -> str:
    """Return the name under which a plan's operation stands; a slash would part a subject."""
    return plan.id.replace("/", "-")


def _signed(node: Node, who: Proposer, plan: Plan) -> tuple[Draft, dict[str, str]]:
    what = command.propose(who.agreement, who.circle, node.party, name_of(plan), plan, to=who.to)
    draft = node.draft(what, officer=who.officer, office=who.office)
    return draft, who.key.sign(suite.STATEMENT, draft.message)


def _batches(plans: Iterable[Plan]) -> Iterator[Sequence[Plan]]:
    source = iter(plans)
    while batch := list(islice(source, BATCH)):
        yield batch
