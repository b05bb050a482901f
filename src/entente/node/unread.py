"""Unread: files that peers attached and nobody here has saved yet, and how much of them a node takes in by itself.

A file comes without a person having asked for it, so that a party which attaches files without end could fill another's
disk. A file is *taken in*, with its whole size, when its first chunk is kept, and counts until an officer saves it. Of
each peer a node takes in so many and so much; what comes after that waits: its act, its description and its terms are
held as ever, and none of its chunks is asked for or kept (FEED-86). It comes once others were saved, or when an officer
asks for it by name.

What is taken in stands in the record as ``unread/PARTY/ENTRY/PART/FEED``, with the file's number of chunks.
"""

from __future__ import annotations

from dataclasses import dataclass

from entente.errors import Refused
from entente.ids import party_of
from entente.store.promises import Reads, Txn

MOST_FILES = 200
"""Files of one party that lie here unread."""
MOST_CHUNKS = 8192
"""Their chunks, at 32 KiB each: 256 MiB."""
Place = tuple[str, int, int]
"""Where a description stands: feed or branch, entry, part."""


def _key(place: Place) -> str:
    origin, seq, index = place
    return f"unread/{party_of(origin)}/{seq}/{index}/{origin}"


@dataclass(slots=True)
class Room:
    """What of one party's files is taken in, and whether more may be."""

    party: str
    chunks: dict[str, int]
    """By file."""

    def takes(self, place: Place, chunks: int) -> bool:
        """Whether a file is taken in, or may be; it then counts from here on."""
        key = _key(place)
        if key not in self.chunks:
            if len(self.chunks) >= MOST_FILES or sum(self.chunks.values()) + chunks > MOST_CHUNKS:
                return False
            self.chunks[key] = chunks
        return True

    def full(self) -> Refused:
        """Return the refusal of what does not fit."""
        return Refused(
            "attachment.quota",
            f"it waits: {len(self.chunks)} files of {self.party} lie here that nobody saved, "
            f"{sum(self.chunks.values())} chunks in all, of at most {MOST_FILES} and {MOST_CHUNKS}; save some of them, "
            "or ask for this one by its name",
        )


def room(reads: Reads, party: str) -> Room:
    """Return what of a party's files is taken in."""
    held = reads.metas(f"unread/{party}/").items()
    return Room(party, {key: int.from_bytes(count, "big") for key, count in held})


def take_in(txn: Txn, place: Place, chunks: int) -> None:
    """Note a file as taken in.

    Raises:
        Refused: `attachment.quota`, when its party's files leave no room for it.
    """
    if txn.meta(_key(place)) is not None:
        return
    found = room(txn, party_of(place[0]))
    if not found.takes(place, chunks):
        raise found.full()
    ask(txn, place, chunks)


def ask(txn: Txn, place: Place, chunks: int) -> None:
    """Take a file in whatever lies here: an officer asked for it."""
    txn.set_meta(_key(place), chunks.to_bytes(4, "big"))


def saved(txn: Txn, place: Place) -> None:
    """Count a file no longer."""
    txn.set_meta(_key(place), None)
