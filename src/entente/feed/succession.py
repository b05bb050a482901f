"""Succession: which keys must have signed a head, when a log's keys have changed (spec/keys.md, KEY-10…KEY-13).

A change of keys is an entry of the feed. Heads of at most the entries before it are signed by the keys before; heads
behind it by the new ones; and the one head that ends with it, the *handover*, by both. So whoever holds the old keys
knows the new ones, and no log changes its keys without a head that the old ones signed over that very change.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from entente.errors import EntenteError, Malformed, Untrusted
from entente.tlog.checkpoint import Checkpoint
from entente.tlog.head import Head, open_head
from entente.tlog.note import Note, NoteKey

Keys = tuple[NoteKey, ...]


@dataclass(frozen=True, slots=True)
class Succession:
    """A log's keys in order: from a size of how many entries each pair signs. The first signs from the start."""

    origin: str
    periods: tuple[tuple[int, Keys], ...]

    def __post_init__(self) -> None:
        starts = [start for start, _ in self.periods]
        assert starts and starts[0] == 0 and starts == sorted(set(starts)), "periods follow one another from the start"

    @classmethod
    def of(cls, origin: str, keys: Keys, changes: Iterable[tuple[int, Keys]] = ()) -> Succession:
        """Return the succession of `keys` and what entries changed them to: (the entry's number, the new keys).

        An entry that keeps the log's keys changes nothing here.
        """
        periods = [(0, keys)]
        for seq, new in changes:
            if new != periods[-1][1]:
                periods.append((seq + 1, new))
        return cls(origin, tuple(periods))

    def required(self, size: int) -> Keys:
        """Return every key that must have signed the head of this size: at a handover, the old and the new (KEY-11)."""
        held = [keys for start, keys in self.periods if start <= size]
        handover = size in self.handovers
        return tuple(dict.fromkeys((*(held[-2] if handover else ()), *held[-1])))

    @property
    def handovers(self) -> tuple[int, ...]:
        """The sizes at which keys change."""
        return tuple(start for start, _ in self.periods[1:])

    @property
    def newest(self) -> Keys:
        """The keys that sign now."""
        return self.periods[-1][1]

    def open(self, note: bytes, cosigners: Iterable[NoteKey] = ()) -> Head:
        """Return the head in a note that this log signed, with the `cosigners` who did.

        Raises:
            Malformed: `tlog.note`, `tlog.checkpoint`.
            Untrusted: `feed.origin`, `tlog.signature`, `tlog.unsigned`.
        """
        stated = Checkpoint.parse(Note.parse(note).text)
        self._require_origin(stated)
        return open_head(note, self.required(stated.size), cosigners)

    def evidence(self, note: bytes) -> Checkpoint:
        """Return the head in a note that keys of this log signed which it had had by then, the newest or not (KEY-13).

        Two heads that contradict each other prove a fork when one party's keys signed both: who lost an old key cannot
        say that it was somebody else's.

        Raises:
            Malformed: `tlog.note`, `tlog.checkpoint`.
            Untrusted: as `open`.
        """
        stated = Checkpoint.parse(Note.parse(note).text)
        self._require_origin(stated)
        fault: EntenteError = Malformed("tlog.note", "no key")
        for start, keys in reversed(self.periods):
            if start <= stated.size:
                try:
                    return open_head(note, keys).checkpoint
                except EntenteError as error:
                    fault = error
        raise fault

    def _require_origin(self, stated: Checkpoint) -> None:
        if stated.origin != self.origin:
            raise Untrusted("feed.origin", f"a head of {stated.origin} was given for {self.origin}")
