"""The record: who said what, in time and in its place, and how far each entry has come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from entente.errors import Refused
from entente.ids import Hash, Origin
from entente.joint import cosigning
from entente.joint.act import ALL, Act
from entente.joint.rules import Event
from entente.node.cosigning import Reaches, Vector
from entente.web.shapes import Entries, Entry, EntryStory, Heard, Part
from entente.web.viewer import Place, Viewer

MOST = 500
"""Entries in one answer."""
_NOWHERE = Vector(sent=(), mirrored=(), cosigned=(), witnessed=False)
_SILENT = frozenset({"record.acknowledge", "record.witnessed"})
"""What nodes say of the record itself; the timeline leaves it out, the record does not."""


def timeline(viewer: Viewer, since: datetime | None, until: datetime | None) -> Entries:
    """Return what was said in a time, by its authors' clocks; the newest `MOST`."""
    found = [
        (event, place)
        for place in viewer.places()
        for event in place.fold.folded()
        if event.circle == place.fold.name
        and event.verb not in _SILENT
        and (since is None or event.act.at >= since)
        and (until is None or event.act.at < until)
    ]
    found.sort(key=lambda pair: (pair[0].act.at, pair[0].origin, pair[0].seq))
    return Entries(entries=tuple(_entry(event.act, event.code, place, _NOWHERE) for event, place in found[-MOST:]))


def entries(viewer: Viewer, agreement: str, party: str, before: int | None, last: int) -> Entries:
    """Return a feed's entries before a place, the newest `last` of them, in order.

    Raises:
        Refused: `centre.unknown`.
    """
    place, origin = _feed(viewer, agreement, party)
    feed, reaches = place.book.ledger.feeds[origin], Reaches(viewer.node, place.book)
    end = len(feed.leaves) if before is None else min(before, len(feed.leaves))
    return Entries(entries=tuple(_at(viewer, place, origin, seq, reaches) for seq in range(max(end - last, 0), end)))


def story(viewer: Viewer, agreement: str, party: str, seq: int) -> EntryStory:
    """Return one entry: what stands in it, who holds it, and when each who cosigned it said so.

    Raises:
        Refused: `centre.unknown`.
    """
    place, origin = _feed(viewer, agreement, party)
    feed = place.book.ledger.feeds[origin]
    if not 0 <= seq < len(feed.leaves):
        raise Refused("centre.unknown", f"the feed of {party} has no entry {seq} here")
    entry = _at(viewer, place, origin, seq, Reaches(viewer.node, place.book))
    act = _act(place, origin, seq)
    return EntryStory(
        entry=entry, head=place.book.size(origin), parts=tuple(_parts(viewer, origin, seq, act)),
        heard=tuple(_heard(place, origin, seq)),
    )  # fmt: skip


def _feed(viewer: Viewer, agreement: str, party: str) -> tuple[Place, Origin]:
    place = viewer.place(agreement, ALL)
    origin = next((origin for origin in place.book.feeds() if origin.split("/")[0] == party), None)
    if origin is None:
        raise Refused("centre.unknown", f"nothing of {party[:64]!r} under {agreement} is held here")
    return place, origin


def _act(place: Place, origin: Origin, seq: int) -> tuple[Act, str] | None:
    """Return the act at a place with its verdict, when we hold it."""
    for fold in place.book.ledger.folds.values():
        event = fold.find(origin, seq)
        if event is not None and event.circle == fold.name:
            return event.act, event.code or "valid"
    held = place.book.ledger.feeds[origin].acts.get(seq)
    return (held, "waits for what it cites") if isinstance(held, Act) else None


def _at(viewer: Viewer, place: Place, origin: Origin, seq: int, reaches: Reaches) -> Entry:
    feed = place.book.ledger.feeds[origin]
    found, vector = _act(place, origin, seq), reaches.of(origin, seq)
    if found is not None:
        return _entry(*found, place, vector)
    held = feed.acts.get(seq)
    verdict = held if isinstance(held, str) else "not for us" if feed.circles[seq] is None else "not yet held"
    return _made(place, origin, seq, feed.leaves[seq], vector, verdict=verdict)


def _entry(act: Act, code: str, place: Place, vector: Vector) -> Entry:
    said = act.statement
    return _made(
        place, act.origin, act.seq, act.leaf, vector, circle=said.circle, at=act.at, verb=said.verb,
        subject=said.subject, by=said.signer.officer if said.signer else "", verdict=code or "valid",
        office=said.signer.office if said.signer else "",
    )  # fmt: skip


def _made(
    place: Place, origin: Origin, seq: int, leaf: Hash, vector: Vector, *, circle: str = "", at: datetime | None = None,
    by: str = "", office: str = "", verb: str = "", subject: str = "", verdict: str,
) -> Entry:  # fmt: skip
    return Entry(
        agreement=place.book.id, circle=circle, origin=origin, seq=seq, leaf=leaf, at=at, party=origin.split("/")[0],
        by=by, office=office, verb=verb, subject=subject, verdict=verdict, sent=vector.sent, mirrored=vector.mirrored,
        cosigned=vector.cosigned, witnessed=vector.witnessed,
    )  # fmt: skip


def _parts(viewer: Viewer, origin: Origin, seq: int, found: tuple[Act, str] | None) -> Iterator[Part]:
    """Yield what an act lists: its commitments, whether each is held, and to whom we granted our own."""
    if found is None:
        return
    act, node = found[0], viewer.node
    held = {part.name for part in node.store.parts(origin, seq)}
    own = origin.split("/")[0] == node.party
    for index, (name, commitment) in enumerate(act.statement.details, 1):
        readers: tuple[str, ...] = ()
        if own:
            others = sorted({p for place in viewer.places() for p in place.book.parties()} - {node.party})
            readers = tuple(p for p in others if index in node.store.granted(p, origin, seq))
        yield Part(name=name, commitment=commitment, held=name in held, released_to=readers)


def _heard(place: Place, origin: Origin, seq: int) -> Iterator[Heard]:
    """Yield each party's first acknowledgement that covers an entry, and when it was said, by that party's clock."""
    past = place.fold.now()
    first: dict[str, Event] = {}
    for party in sorted(place.book.parties()):
        for event in past.events(cosigning.subject(party), party):
            if event.verb == cosigning.ACKNOWLEDGE and cosigning.listed(event).get(origin, 0) > seq:
                first.setdefault(party, event)
    for who, said in first.items():
        yield Heard(party=who, at=said.act.at, origin=said.origin, seq=said.seq)
