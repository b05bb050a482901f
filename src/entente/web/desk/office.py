"""The desk of one serving process: its home, what it holds of the register, and whose office opens it.

The register is the desk's own working paper, exact positions and all. Nobody sees any of it whose offices may not
notify sites under an agreement kept here; whoever tries is refused, and that is noted.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

from entente.errors import Refused, Unavailable
from entente.joint import authority, staff
from entente.joint.act import ALL
from entente.node import doubles, issuing, register
from entente.node.doubles import Told
from entente.node.home import Home
from entente.node.register import Register
from entente.places import across, choosing
from entente.places.across import Entry
from entente.web.desk.shelf import Place, Shelf
from entente.web.viewer import Viewer

NOTIFY = "sites.notify"


@dataclass(slots=True)
class Desk:
    """`_lock` guards what is held of the register, `_reading` lets one list be read at a time: it takes seconds."""

    home: Home
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _reading: threading.Lock = field(default_factory=threading.Lock)
    _mark: tuple[tuple[int, int], ...] = ()
    _places: Sequence[Place] = ()
    _shelf: tuple[tuple[tuple[int, int], ...], Sequence[Entry], Shelf] = field(default=((), (), Shelf(())))
    """Of which state of the register, beside which entries of others, and what is looked through."""

    @contextmanager
    def register(self) -> Iterator[Register]:
        """Open the register for a moment; other processes write it too."""
        with closing(register.open_register(self.home.path)) as opened:
            yield opened

    def places(self) -> Sequence[Place]:
        """Return every place, each with its list's name, by id; read anew when the file has changed."""
        with self._lock:
            return self._read()

    def shelf(self, others: Sequence[Entry]) -> Shelf:
        """Return the register to be looked through, each place flagged that another list, or another party's entry,
        perhaps names too."""
        with self._lock:
            places = self._read()
            mark, beside, shelf = self._shelf
            if mark != self._mark or beside != others:
                with self.register() as opened:
                    known = opened.settled()
                shelf = Shelf(across.reviewed(places, others, known))
                self._shelf = self._mark, others, shelf
            return shelf

    def _read(self) -> Sequence[Place]:
        found = self._state()
        if not found or found != self._mark:
            with self.register() as opened:
                self._places = opened.places()
            self._mark = found
        return self._places

    def chosen(self, conditions: Sequence[str]) -> list[Place]:
        """Return the places that are to be released, ended ones too; entries merged into others are those.

        Raises:
            Refused: `place.filter`, `place.none`.
        """
        wanted = choosing.parse(conditions)
        found = [(name, held) for name, held in choosing.chosen(self.places(), wanted) if not held.merged_into]
        if not found:
            raise Refused("place.none", "the register holds no such place; read a list first, or choose otherwise")
        return found

    def waiting(self) -> list[str]:
        """Return the lists that were read and wait to be accepted; a home without a register has none."""
        if not self._state():
            return []
        with self.register() as opened:
            return opened.waiting()

    def secret(self) -> bytes:
        """Return the secret under which copies are drawn."""
        return issuing.secret(self.home)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Hold the one place at which a list is read.

        Raises:
            Unavailable: `desk.busy`.
        """
        if not self._reading.acquire(blocking=False):
            raise Unavailable("desk.busy", "another list is being read at this node; wait for it, and try again")
        try:
            yield
        finally:
            self._reading.release()

    def _state(self) -> tuple[tuple[int, int], ...]:
        """Return what tells whether the register's file, or the log beside it, was written."""
        files = (self.home.path / f"{register.FILE}{end}" for end in ("", "-wal"))
        return tuple((s.st_mtime_ns, s.st_size) for file in files if file.exists() and (s := file.stat()))


def others(viewer: Viewer) -> Told:
    """Return what of other parties' lists this officer may see, to be looked through without the node's lock."""
    sites, sealed = doubles.told(viewer.node)
    seen = {subject for subject in sealed if any(subject in place.fold.events for place in viewer.places())}
    return ([one for one in sites if one[0] in seen] if len(seen) < len(sealed) else sites), sealed


def offices(viewer: Viewer, verb: str = NOTIFY) -> tuple[str, ...]:
    """Return the officer's offices that may say a verb, under any agreement here."""
    found: dict[str, None] = {}
    for place in viewer.places():
        allowed = authority.offices(verb, place.agreement.authority)
        found |= dict.fromkeys(one for one in viewer.seat.offices[place.book.id] if one in allowed)
    return tuple(found)


def require(viewer: Viewer) -> str:
    """Return the office in which this officer keeps the desk.

    Raises:
        Refused: `desk.office`; kept in the party's own record.
    """
    held = offices(viewer)
    if not held:
        viewer.node.journal("refused", verb="desk", subject="desk", by=viewer.seat.officer, code="desk.office")
        raise Refused("desk.office", f"{viewer.seat.officer} holds no office that keeps the desk's register")
    return held[0]


def key_of(viewer: Viewer) -> Mapping[str, str]:
    """Return the key by which this officer sits here, as an agreement has it.

    Raises:
        Refused: `staff.passkeys`, when it is a passkey and no agreement that knows it admits one.
    """
    found = [
        (enrolled.key, place.agreement)
        for place in viewer.places()
        if (enrolled := staff.enrolment(place.book.fold(ALL).now(), viewer.seat.officer)) is not None
        and enrolled.fingerprint == viewer.seat.fingerprint
    ]
    key, _ = found[0]
    if key["suite"] == staff.PASSKEY and not any(agreement.passkeys for _, agreement in found):
        raise Refused("staff.passkeys", "no agreement here admits passkeys; enrol a key file to sign this")
    return key
