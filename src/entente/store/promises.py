"""The promises of a node's record. Whoever keeps it, in whatever database, keeps these (tests/store runs for all).

- **All or nothing.** A transaction's writes are kept together when its block ends, on the disk (fsynced) before it
  returns; when the block raises, nothing of it is kept and everything reads as before.
- **One writer.** Transactions of all threads and processes follow one another. Numbers of arrival and of grants are
  given inside them, so a reader who follows a cursor misses nothing.
- **Append only.** A leaf, a part, a chunk, a grant and a fork, once kept, never change and never go.
- **The edge is right.** A feed's frontier is that of the leaves held, at every commit.
- **A branch shares its stem.** Another branch of a forked feed is held as a feed under a name of its own, whose first
  leaves, and their parts, are those of the feed that it branches from; only what lies behind that is kept again.
- **In doubt, look.** When ending a transaction raises `Unavailable`, its writes may or may not be kept, but all or
  none; the caller reads the feed's size, and appends again with the size it expects.

Reads see the last commit; on the thread inside a transaction they see that transaction's own writes.

The store checks no signature and reads no act: what comes in was verified by `feed`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal, Protocol

from entente.errors import Refused
from entente.tlog.merkle import Frontier, leaf_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One leaf in its place."""

    origin: str
    seq: int
    leaf: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPart:
    """One opened part of a payload; index 0 is the act."""

    index: int
    name: str
    salt: bytes
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRow:
    """A feed as held: `size` leaves, their frontier's bytes, and the newest signed note over a head of it, if any.

    A branch's first `stem_size` leaves are those of the feed `stem`; a feed that is no branch has no stem.
    """

    origin: str
    size: int
    frontier: bytes
    checkpoint: bytes | None
    stem: str = ""
    stem_size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ActRow:
    """An act by the number of its arrival here; that order means nothing to anybody else."""

    cursor: int
    origin: str
    seq: int
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRow:
    """One part of one leaf released to one recipient."""

    cursor: int
    recipient: str
    origin: str
    seq: int
    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ForkRow:
    """Evidence of a fork, and when it was found here (UTC, RFC 3339)."""

    origin: str
    evidence: bytes
    found_at: str


Write = Literal[
    "append", "branch", "set_checkpoint", "put_part", "put_chunk", "grant", "set_meta", "add_fork", "commit"
]
Moment = Literal["before", "after"]
Fault = Callable[[Write, Moment], None]
"""Called around each write; what it raises stands for a write that failed and was lost (before) or kept (after)."""


def no_fault(write: Write, moment: Moment) -> None:
    """Let every write through."""


class Reads(Protocol):
    """What can be asked, inside a transaction and outside."""

    def feeds(self) -> dict[str, FeedRow]:
        """Return every feed held, by origin, in the order of origins."""

    def feed(self, origin: str) -> FeedRow | None:
        """Return one feed, or None when nothing of it is held."""

    def leaves(self, origin: str, start: int = 0, stop: int | None = None) -> Iterator[Entry]:
        """Yield the leaves held from `start` up to, not including, `stop` (None: to the end), in order."""

    def leaf_hashes(self, origin: str, start: int, stop: int) -> list[bytes]:
        """Return the RFC 6962 hashes of those leaves."""

    def parts(self, origin: str, seq: int) -> list[StoredPart]:
        """Return the parts held of one leaf's payload, by index."""

    def part(self, origin: str, seq: int, index: int) -> StoredPart | None:
        """Return one part, or None when it is not held."""

    def chunk(self, origin: str, seq: int, index: int, number: int) -> bytes | None:
        """Return one chunk of the file that a part describes, or None when it is not held."""

    def chunks_held(self, origin: str, seq: int, index: int) -> list[int]:
        """Return the numbers of the chunks held of the file that a part describes, in order."""

    def acts_after(self, cursor: int, limit: int = 10_000) -> list[ActRow]:
        """Return acts that arrived after `cursor` (0: from the first), in order of arrival, at most `limit`."""

    def arrival(self) -> int:
        """Return the number of the act that arrived last, 0 when none has."""

    def grants_after(self, recipient: str, cursor: int, limit: int) -> list[GrantRow]:
        """Return grants to `recipient` made after `cursor`, in order, at most `limit`."""

    def granted(self, recipient: str, origin: str, seq: int) -> set[int]:
        """Return the indexes of the parts of one leaf that `recipient` was granted."""

    def meta(self, key: str) -> bytes | None:
        """Return a small value, or None."""

    def metas(self, prefix: str) -> dict[str, bytes]:
        """Return every small value whose key begins with `prefix`, in the order of keys."""

    def forks(self) -> list[ForkRow]:
        """Return all evidence of forks, in the order it was added."""


class Txn(Reads, Protocol):
    """One transaction. It is used on the thread that opened it, and not after its block has ended."""

    def append(
        self, origin: str, expected_size: int, leaves: Sequence[bytes], frontier: bytes, checkpoint: bytes | None
    ) -> None:
        """Add leaves behind `expected_size`; `frontier` is the edge after them, `checkpoint` a newer note or None.

        Raises:
            Refused: `store.size`, when the feed's size is another (0 for a feed not held); nothing is written.
        """

    def branch(self, origin: str, stem: str, size: int) -> None:
        """Begin a branch: a feed that holds the first `size` leaves of `stem`, and goes on differently.

        Raises:
            Refused: `store.stem`, when something of `origin` is held, or `stem` holds fewer leaves; nothing is written.
        """

    def set_checkpoint(self, origin: str, checkpoint: bytes) -> None:
        """Keep a newer note, such as the same head with another cosignature.

        Raises:
            Refused: `store.feed`, when nothing of the feed is held.
        """

    def put_part(self, origin: str, seq: int, index: int, name: str, salt: bytes, data: bytes) -> bool:
        """Keep an opened part; index 0 gets the next number of arrival. False, and no change, when it is held.

        The leaf need not be held yet: a STOP counts before the leaves that precede it have arrived.
        """

    def put_chunk(self, origin: str, seq: int, index: int, number: int, data: bytes) -> bool:
        """Keep a chunk of the file that a part describes. False, and no change, when it is held."""

    def grant(self, recipient: str, origin: str, seq: int, index: int) -> None:
        """Note that `recipient` may have this part; noting it again changes nothing."""

    def set_meta(self, key: str, value: bytes | None) -> None:
        """Keep a small value, or forget it (None)."""

    def add_fork(self, origin: str, evidence: bytes, found_at: str) -> None:
        """Keep evidence of a fork; the same evidence again changes nothing."""


class Store(Reads, Protocol):
    """One node's record."""

    def transaction(self) -> AbstractContextManager[Txn]:
        """Open the one transaction that may write; wait for whoever writes now.

        Raises:
            Unavailable: `store.locked`, when another process writes for too long; `store.full`, `store.readonly`,
                `store.io` or `store.corrupt`, from any write or at the end.
        """

    def changes(self) -> int:
        """Return a number that differs from the last one returned when anything was committed since, by anybody."""

    def check(self) -> list[str]:
        """Hash every leaf again and compare with what is kept; return a sentence per flaw, none when sound."""

    def close(self) -> None:
        """Let go of files. Closing twice is harmless."""


def stem_frontier(reads: Reads, stem: str, size: int) -> bytes:
    """Return the edge after the first leaves of a feed, where a branch begins.

    Raises:
        Refused: `store.stem`, when fewer are held.
    """
    row = reads.feed(stem)
    if row is None or row.size < size:
        raise Refused("store.stem", f"feed {stem} does not hold {size} leaves for another to branch from")
    return Frontier().extend(reads.leaf_hashes(stem, 0, size)).to_bytes()


def check_feeds(reads: Reads) -> list[str]:
    """Return a sentence for each feed whose leaves, hashes, size and frontier do not agree."""
    return [flaw for row in reads.feeds().values() for flaw in check_feed(reads, row)]


def check_feed(reads: Reads, row: FeedRow) -> Iterator[str]:
    """Yield what does not agree in one feed."""
    frontier = Frontier()
    kept = iter(reads.leaf_hashes(row.origin, 0, row.size))
    for entry in reads.leaves(row.origin, 0, row.size):
        if entry.seq != frontier.size:
            yield f"feed {row.origin}: leaf {frontier.size} is missing"
            return
        hashed = leaf_hash(entry.leaf)
        if next(kept, None) != hashed:
            yield f"feed {row.origin}: leaf {entry.seq} is not the one that was kept"
        frontier = frontier.append(hashed)
    if frontier.size != row.size:
        yield f"feed {row.origin}: {frontier.size} leaves are held where {row.size} were kept"
    elif frontier.to_bytes() != row.frontier:
        yield f"feed {row.origin}: the frontier kept is not that of its leaves"
    # The row is read again after the leaf: it tells a leaf that came meanwhile from one that no commit accounts for.
    if next(reads.leaves(row.origin, row.size, row.size + 1), None) and reads.feed(row.origin) == row:
        yield f"feed {row.origin}: more than {row.size} leaves are held"
