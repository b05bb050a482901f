"""The record: who said what, in time and in its place, and how far each entry has come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from entente.errors import Refused
from entente.feed import leaf as leaves
from entente.ids import Hash, Origin, SubjectId, epoch_of, party_of
from entente.joint import cosigning
from entente.joint.act import ALL, Act
from entente.joint.rules import Event
from entente.node.cosigning import Reaches, Vector
from entente.picture import wording
from entente.picture.catalogues import ENGLISH, Catalogue, retelling
from entente.web.shapes import Entries, Entry, EntryStory, Heard, Part, Saw, Signed
from entente.web.viewer import Place, Viewer

MOST = 500
"""Entries in one answer."""
_NOWHERE = Vector(sent=(), mirrored=(), cosigned=(), witnessed=False)
VALID, WAITS, CLOSED, ABSENT = "valid", "waits for what it cites", "not for us", "not yet held"
_STATES = {VALID: "valid", WAITS: "waits", CLOSED: "closed", ABSENT: "absent"}
_SILENT = frozenset({"record.acknowledge", "record.witnessed"})
"""What nodes say of the record itself; the timeline leaves it out, the record does not."""


def timeline(viewer: Viewer, since: datetime | None, until: datetime | None) -> Entries:
    """Return what was said in a time, by its authors' clocks; the newest `MOST`."""
    said = [
        (event, place)
        for place in viewer.places()
        for event in place.fold.folded()
        if event.circle == place.fold.name
        and event.verb not in _SILENT
        and (since is None or event.act.at >= since)
        and (until is None or event.act.at < until)
    ]
    said.sort(key=lambda pair: (pair[0].act.at, pair[0].origin, pair[0].seq))
    told = tuple(_entry(viewer, event.act, event.code, place, _NOWHERE) for event, place in said[-MOST:])
    return Entries(entries=told, older=len(said) > MOST)


def entries(
    viewer: Viewer, agreement: str, party: str, before: int | None, last: int, subject: str = "", epoch: int = 0
) -> Entries:
    """Return a party's entries, the newest `last` of them, in order; or those about one subject alone.

    With `before` it is those before that place of the feed of an `epoch` (0: of its newest), and of its epochs before.

    Raises:
        Refused: `centre.unknown`.
    """
    place, feeds = _feeds(viewer, agreement, party, epoch)
    reaches, found = Reaches(viewer.node, place.book), list[tuple[Origin, int]]()
    for origin in feeds:
        end = len(place.book.ledger.feeds[origin].leaves)
        if before is not None and origin == feeds[0]:
            end = min(before, end)
        wanted = range(end) if not subject else sorted(seq for seq in _about(place, origin, subject) if seq < end)
        found += [(origin, seq) for seq in reversed(wanted[-(last + 1 - len(found)) :])]
        if len(found) > last:
            break
    told = tuple(_at(viewer, place, origin, seq, reaches) for origin, seq in reversed(found[:last]))
    return Entries(entries=told, older=len(found) > last)


def _about(place: Place, origin: Origin, subject: str) -> set[int]:
    """Return where a feed speaks of a subject, void acts too."""
    pasts = [fold.now() for fold in place.book.ledger.folds.values()]
    said = (event for past in pasts for event in past.attempts(SubjectId(subject), origin.split("/")[0]))
    return {event.seq for event in said if event.origin == origin}


def story(viewer: Viewer, agreement: str, party: str, seq: int, epoch: int = 0) -> EntryStory:
    """Return one entry: what stands in it, in the reader's language, who holds it, and when each cosigned it.

    Raises:
        Refused: `centre.unknown`.
    """
    place, origin = found(viewer, agreement, party, seq, epoch)
    entry = _at(viewer, place, origin, seq, Reaches(viewer.node, place.book))
    act, heard = _act(place, origin, seq), tuple(_heard(place, origin, seq))
    others = set(place.agreement.signatories) - {entry.party}
    return EntryStory(
        entry=entry, head=place.book.size(origin), parts=tuple(_parts(viewer, origin, seq, act)), heard=heard,
        signed=_signed(viewer, act[0]) if act else None,
        reading=_reading(place, act[0], viewer.language) if act else "",
        final=entry.witnessed or others <= {one.party for one in heard},
    )  # fmt: skip


def found(viewer: Viewer, agreement: str, party: str, seq: int, epoch: int = 0) -> tuple[Place, Origin]:
    """Return where an entry stands: in the feed of an epoch, 0 being the newest.

    Raises:
        Refused: `centre.unknown`.
    """
    place, (origin, *_) = _feeds(viewer, agreement, party, epoch)
    if not 0 <= seq < len(place.book.ledger.feeds[origin].leaves):
        raise Refused("centre.unknown", f"the feed of {party} has no entry {seq} here")
    return place, origin


def _signed(viewer: Viewer, act: Act) -> Signed | None:
    signer = act.statement.signer
    if signer is None:
        return None
    held = (part for part in viewer.node.store.parts(act.origin, act.seq) if part.name == "shown")
    shown = next((part.data.decode(errors="replace") for part in held), "")
    return Signed(
        officer=signer.officer, office=signer.office, key=signer.key, suite=signer.suite, language=signer.language,
        catalogue=signer.catalogue, expires=signer.expires, shown=shown,
        saw=tuple(Saw(origin=head.origin, size=head.size) for head in signer.seen),
    )  # fmt: skip


def _reading(place: Place, act: Act, language: str) -> str:
    """Tell a statement anew, from the act alone; a verb that is not known here has no sentence."""
    agreement = place.book.ledger.agreements.get(act.statement.agreement)
    if agreement is None or act.statement.verb not in ENGLISH.heads:
        return ""
    return wording.render(act.statement, agreement, act.party, wording.Context(), language)


def _feeds(viewer: Viewer, agreement: str, party: str, epoch: int) -> tuple[Place, list[Origin]]:
    """Return a party's feeds, that of an epoch (0: the newest) first, and behind it those of the epochs before."""
    place = viewer.place(agreement, ALL)
    own = sorted((one for one in place.book.feeds() if party_of(one) == party), key=epoch_of, reverse=True)
    feeds = [one for one in own if not epoch or epoch_of(one) <= epoch]
    if not feeds or (epoch and epoch_of(feeds[0]) != epoch):
        raise Refused("centre.unknown", f"nothing of {party[:64]!r} under {agreement} is held here")
    return place, feeds


def _act(place: Place, origin: Origin, seq: int) -> tuple[Act, str] | None:
    """Return the act at a place with its verdict, when we hold it."""
    for fold in place.book.ledger.folds.values():
        event = fold.find(origin, seq)
        if event is not None and event.circle == fold.name:
            return event.act, event.code or VALID
    held = place.book.ledger.feeds[origin].acts.get(seq)
    return (held, WAITS) if isinstance(held, Act) else None


def _at(viewer: Viewer, place: Place, origin: Origin, seq: int, reaches: Reaches) -> Entry:
    feed = place.book.ledger.feeds[origin]
    found, vector = _act(place, origin, seq), reaches.of(origin, seq)
    if found is not None:
        return _entry(viewer, *found, place, vector)
    held = feed.acts.get(seq)
    verdict = held if isinstance(held, str) else CLOSED if feed.circles[seq] is None else ABSENT
    at = _stated(viewer, origin, seq)
    return _made(viewer, place, origin, seq, feed.leaves[seq], vector, at=at, verdict=verdict)


def _stated(viewer: Viewer, origin: Origin, seq: int) -> datetime:
    """Return the time that an entry's leaf states."""
    entry = next(iter(viewer.node.store.leaves(origin, seq, seq + 1)))
    return datetime.fromtimestamp(leaves.decode(entry.leaf, origin, seq).t, UTC)


def _entry(viewer: Viewer, act: Act, code: str, place: Place, vector: Vector) -> Entry:
    said = act.statement
    return _made(
        viewer, place, act.origin, act.seq, act.leaf, vector, circle=said.circle, at=act.at, verb=said.verb,
        subject=said.subject, by=said.signer.officer if said.signer else "", verdict=code or VALID,
        office=said.signer.office if said.signer else "",
    )  # fmt: skip


def _made(
    viewer: Viewer, place: Place, origin: Origin, seq: int, leaf: Hash, vector: Vector, *, at: datetime,
    circle: str = "", by: str = "", office: str = "", verb: str = "", subject: str = "", verdict: str,
) -> Entry:  # fmt: skip
    return Entry(
        agreement=place.book.id, circle=circle, origin=origin, seq=seq, leaf=leaf, at=at, party=origin.split("/")[0],
        by=by, office=office, verb=verb, words=viewer.words.code(verb, "verb") if verb else "", subject=subject,
        verdict=verdict, judged=_judged(verdict, viewer.words), sent=vector.sent, mirrored=vector.mirrored,
        cosigned=vector.cosigned, witnessed=vector.witnessed,
    )  # fmt: skip


def _judged(verdict: str, words: Catalogue) -> str:
    if verdict in _STATES:
        return words.say(f"verdict.{_STATES[verdict]}")
    return words.say("verdict.void", why=retelling.verdict(verdict, words))


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
