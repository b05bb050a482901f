"""Replicas: another party's feed as this node holds it, extended only by what verifies.

Leaves are taken when the author's signed head, or a prefix of it shown by a consistency proof, hashes to them; an
interrupted transfer therefore leaves a shorter true copy, never a doubtful one (FEED-20…FEED-24).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from entente.errors import Untrusted
from entente.feed import leaf
from entente.tlog.checkpoint import Checkpoint
from entente.tlog.merkle import Frontier, leaf_hash
from entente.tlog.proof import verify_consistency


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """New leaves, verified: from `start`, in order, with the frontier after them."""

    start: int
    leaves: tuple[bytes, ...]
    frontier: Frontier


def extend(
    origin: str,
    frontier: Frontier,
    first: int,
    leaves: Sequence[bytes],
    head: Checkpoint,
    proof: Sequence[bytes],
    root_at: Callable[[int], bytes],
) -> Extension | None:
    """Verify `leaves`, which start at entry `first`, against the author's signed `head`; None when all are held.

    `proof` leads from the last leaf given to `head` and is empty when they end at the same size. `root_at(n)` is the
    root of the first n entries held, for a head behind ours.

    Raises:
        Untrusted: `replica.gap` when leaves in between are missing, `replica.root` when they are not what the head
            signed: then either bytes were changed on the way, or the author forked its feed.
        Malformed: `leaf.*`.
    """
    if first > frontier.size:
        raise Untrusted(
            "replica.gap", f"{origin}: entries {frontier.size} to {first} are missing; ask for them", have=frontier.size
        )
    new = tuple(leaves[frontier.size - first :])
    if not new:
        if head.size <= frontier.size and root_at(head.size) != head.root:
            raise _differs(origin, head)
        return None
    for place, data in enumerate(new, frontier.size):
        leaf.decode(data, origin, place)
    after = frontier.extend(leaf_hash(data) for data in new)
    if after.size == head.size:
        if after.root() != head.root:
            raise _differs(origin, head)
    elif after.size > head.size:
        raise Untrusted("replica.unsigned", f"{origin}: more entries were sent than the head of {head.size} signs")
    else:
        try:
            verify_consistency(after.size, head.size, after.root(), head.root, proof)
        except Untrusted:
            raise _differs(origin, head) from None
    return Extension(start=frontier.size, leaves=new, frontier=after)


def _differs(origin: str, head: Checkpoint) -> Untrusted:
    return Untrusted(
        "replica.root",
        f"{origin}: the entries are not those that the signed head of size {head.size} names; "
        "either bytes changed on the way, or the feed was forked",
        size=head.size,
    )
