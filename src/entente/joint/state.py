"""Joint state: a pure function of acts, the same at every node that folds the same cut (JOINT-80…JOINT-89).

Each circle is folded on its own, from acts of that circle and of `all`, at the greatest cut that is *held* (every
leaf, every such act) and *closed* (none of them cites beyond it). Acts of other circles never block it and count for
nothing. No order between feeds and no clock is used: an act is judged by its causal past, which is a size per feed.

    ledger = Ledger(agreement, checks, root_at)
    ledger.add_leaf(origin, leaf, circle)      # in order, feed by feed; circle None when the tag is not ours
    ledger.add_act(act)                        # in any order, before or after other feeds' leaves
    ledger.advance()                           # folds whatever has become foldable
    ledger.circle("all").state()               # rows by subject; `digest()` is what parties compare
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from typing import Any

from entente import canonical
from entente.ids import CircleId, Hash, Origin, SubjectId, is_hash, party_of
from entente.joint import accession, decisions, incidents, line, notifications, staff, standings
from entente.joint.act import ALL, RULES, Act, Head
from entente.joint.agreement import Agreement
from entente.joint.rules import Case, Checks, Event, Past
from entente.joint.verdict import UNKNOWN, judge, protects

Vector = dict[Origin, int]
"""A cut: how many entries of each feed; a feed that is absent counts none."""


@dataclass(slots=True)
class Slot:
    """A leaf's place in a feed. `act` is None while it is missing; text is the code of an act that cannot be read."""

    leaf: Hash
    circle: CircleId | None
    act: Act | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What was judged of a circle before: up to `cut` every act is valid but those in `codes`, by origin and seq."""

    cut: tuple[Head, ...]
    codes: Mapping[tuple[Origin, int], str]
    unreadable: Mapping[tuple[Origin, int], str]
    """Entries of this circle whose bytes are no act, and why."""


NOTHING_KNOWN = Known(cut=(), codes={}, unreadable={})


class Ledger:
    """All feeds of one agreement as this node holds them, and one fold for each circle it is in.

    Owned by the node and changed only under its write lock. `root_at(origin, size)` returns the root of a feed's
    first entries, or None when they are not held: a head that does not match belongs to another branch.
    """

    def __init__(
        self,
        agreement: Agreement,
        circles: Sequence[CircleId],
        checks: Checks,
        root_at: Callable[[Origin, int], Hash | None],
    ) -> None:
        self.agreement = agreement
        self.agreements: dict[Hash, Agreement] = {agreement.digest: agreement}
        self.checks = checks
        self.root_at = root_at
        self.feeds: dict[Origin, list[Slot]] = {}
        base = CircleFold(self, ALL, None)
        self.folds: dict[CircleId, CircleFold] = {ALL: base}
        for name in circles:
            if name != ALL:
                self.folds[name] = CircleFold(self, name, base)

    def add_agreement(self, agreement: Agreement) -> None:
        """Take the text of a successor."""
        self.agreements[agreement.digest] = agreement

    def successors(self, of: Agreement) -> list[Agreement]:
        """Return the known successors of an agreement."""
        return [a for a in self.agreements.values() if a.text.predecessor == of.digest]

    def add_leaf(self, origin: Origin, leaf: Hash, circle: CircleId | None) -> None:
        """Append a leaf to a feed; `circle` is the one whose tag it carries, None when it carries none that we know."""
        self.feeds.setdefault(origin, []).append(Slot(leaf, circle))

    def add_act(self, origin: Origin, seq: int, act: Act | str) -> None:
        """Fill a leaf's place with its act, or with the code of why its bytes cannot be read as one."""
        slot = self.feeds[origin][seq]
        if slot.act is None and slot.circle is not None:
            slot.act = act

    def resume(self, known: Mapping[CircleId, Known]) -> list[CircleId]:
        """Take verdicts given before instead of judging again, in circles whose remembered cut is one of our feeds.

        Verdicts never change, so this alters no state; it is a cache, and only as good as the record that kept it.
        Returns the circles that resumed.
        """
        fits = [
            name
            for name in self.folds
            if name in known and all(self.root_at(h.origin, h.size) == h.root for h in known[name].cut)
        ]
        for name in fits:
            self.folds[name].known = known[name]
        return fits

    def missing(self, circles: Collection[CircleId], per_feed: int = 50) -> list[tuple[Origin, int]]:
        """Return places whose leaf is of one of these circles and whose act we do not hold, so many of each feed.

        Not so many in all: an author who withholds its acts must not crowd out the others'.
        """
        found: list[tuple[Origin, int]] = []
        for origin, slots in self.feeds.items():
            start = min(fold.cut.get(origin, 0) for fold in self.folds.values())
            places = enumerate(slots[start:], start)
            lacking = (seq for seq, slot in places if slot.circle in circles and slot.act is None)
            found += [(origin, seq) for seq in islice(lacking, per_feed)]
        return found

    def advance(self) -> list[tuple[CircleId, Event]]:
        """Fold what has become foldable; return the new events in order of folding."""
        return [(name, event) for name, fold in self.folds.items() for event in fold.advance()]

    def circle(self, name: str) -> CircleFold:
        """Return a circle's fold."""
        return self.folds[CircleId(name)]


class CircleFold:
    """The state of one circle, grown act by act."""

    def __init__(self, ledger: Ledger, name: CircleId, base: CircleFold | None) -> None:
        self.ledger = ledger
        self.name = name
        self.base = base
        self.cut: Vector = {}
        self.events: dict[SubjectId, dict[Origin, list[Event]]] = {}
        self._seqs: dict[Origin, list[int]] = {}
        self._vectors: dict[Origin, list[Vector]] = {}
        self._folded: dict[Origin, list[Event]] = {}
        self._nonces: dict[Origin, set[str]] = {}
        self._unreadable: dict[tuple[Origin, int], str] = {}
        self.known = NOTHING_KNOWN

    # -- growing -------------------------------------------------------------------------------------------------------

    def advance(self) -> Iterator[Event]:
        """Fold every act whose past is folded; acts that cite what is not held wait, with their feed behind them."""
        progress = True
        while progress:
            progress = False
            for origin in sorted(self.ledger.feeds):
                before = self.cut.get(origin, 0)
                yield from self._advance_feed(origin)
                # A leaf that is passed over brings no event, but another feed's act may have waited for it.
                progress = progress or self.cut.get(origin, 0) > before

    def _advance_feed(self, origin: Origin) -> Iterator[Event]:
        slots = self.ledger.feeds[origin]
        at = self.cut.get(origin, 0)
        known = next((head.size for head in self.known.cut if head.origin == origin), 0)
        while at < len(slots):
            slot = slots[at]
            if slot.circle is None or slot.circle not in (self.name, ALL):
                at += 1
                self.cut[origin] = at
                continue
            if slot.act is None or (isinstance(slot.act, Act) and not self._covered(slot.act, at < known)):
                return
            at += 1
            if isinstance(slot.act, Act):
                event = self._fold(slot.act, slot.circle, at <= known)
                self.cut[origin] = at
                yield event
            else:
                if slot.circle == self.name:
                    self._void(origin, at - 1, slot.act)
                self.cut[origin] = at

    def _covered(self, act: Act, known: bool) -> bool:
        """Whether everything that the act cites is folded here, on the branch that we follow."""
        if known:
            return all(self.cut.get(head.origin, 0) >= head.size for head in act.seen)
        named = [act.statement.agreement]
        if act.statement.verb == "agreement.sign":
            # Who signs a text speaks of it to all; until we hold the text, we do not hold the act (ADR 0009).
            digest = act.statement.body.get("digest")
            named += [Hash(digest)] if isinstance(digest, str) and is_hash(digest) else []
        if not self.ledger.agreements.keys() >= set(named):
            return False
        return all(
            self.cut.get(head.origin, 0) >= head.size and self.ledger.root_at(head.origin, head.size) == head.root
            for head in act.seen
        )

    def _fold(self, act: Act, circle: CircleId, known: bool) -> Event:
        vector = self._past_of(act)
        if circle == ALL and self.base is not None:
            event = self.base.event_at(act.origin, act.seq)
        elif known:
            event = Event(act=act, circle=circle, code=self.known.codes.get((act.origin, act.seq), ""))
        else:
            event = Event(act=act, circle=circle, code=self._verdict(act, circle, vector))
        self._seqs.setdefault(act.origin, []).append(act.seq)
        self._vectors.setdefault(act.origin, []).append(vector)
        self._folded.setdefault(act.origin, []).append(event)
        by_feed = self.events.setdefault(act.statement.subject, {})
        by_feed.setdefault(act.origin, []).append(event)
        if act.statement.signer is not None and not event.code:
            self._nonces.setdefault(act.origin, set()).add(act.statement.signer.nonce)
        return event

    def _void(self, origin: Origin, seq: int, code: str) -> None:
        """Keep a row for bytes that no rule can read; they have no subject and no past."""
        self._unreadable[origin, seq] = code
        subject = SubjectId(f"unreadable/{origin}/{seq}/{code}")
        self.events.setdefault(subject, {})

    def remember(self) -> Known:
        """Return what is judged by now, for `Ledger.resume`."""
        codes = {(e.act.origin, e.act.seq): e.code for e in self.folded() if e.code}
        return Known(cut=self.cut_heads(), codes=codes, unreadable=dict(self._unreadable))

    def event_at(self, origin: Origin, seq: int) -> Event:
        """Return a folded event by its place."""
        return self._folded[origin][bisect_left(self._seqs[origin], seq)]

    def _past_of(self, act: Act) -> Vector:
        """Return the act's causal past: what it cites, its own feed before it, and the pasts of what is found there."""
        direct: Vector = {head.origin: head.size for head in act.seen}
        own = len(self.ledger.feeds.get(act.origin, ())) if act.seq < 0 else act.seq
        direct[act.origin] = max(direct.get(act.origin, 0), own)
        past = dict(direct)
        for origin, size in direct.items():
            place = bisect_left(self._seqs.get(origin, []), size)
            if place:
                for other, reach in self._vectors[origin][place - 1].items():
                    if reach > past.get(other, 0):
                        past[other] = reach
        return past

    def _verdict(self, act: Act, circle: CircleId, vector: Vector) -> str:
        if act.statement.circle != circle:
            return "act.tag"
        folded = self._folded.get(act.origin)
        if folded and act.at < folded[-1].act.at:
            return "act.time"
        if folded and not _reaches(act.seen, self._last_seen(act.origin)):
            return "act.seen"
        signer = act.statement.signer
        if signer is not None and not all(self._within(head, vector) for head in signer.seen):
            return "statement.seen"
        agreement = self.ledger.agreements[act.statement.agreement]
        party = agreement.parties.get(act.party)
        if party is None:
            return "act.circle"
        case = Case(act=act, past=View(self, vector), agreement=agreement, circle=circle, checks=self.ledger.checks)
        return judge(
            case,
            successors=self.ledger.successors(agreement),
            used=self._nonces.get(act.origin, set()),
            pinned=party.root,
        )

    def _within(self, head: Head, vector: Vector) -> bool:
        folded = head.size <= vector.get(head.origin, 0)
        return folded and self.ledger.root_at(head.origin, head.size) == head.root

    def _last_seen(self, origin: Origin) -> Sequence[Head]:
        """Return what the feed's last act of this very circle cited: another circle's fold may lag behind."""
        for event in reversed(self._folded.get(origin, [])):
            if event.circle == self.name:
                return event.act.seen
        return ()

    def protections(self) -> Iterator[Act]:
        """Yield acts that protect although they cannot be folded yet."""
        now = self.now()
        for act in self.unfolded():
            agreement = self.ledger.agreements.get(act.statement.agreement)
            if agreement is not None and act.statement.circle == self.name:
                case = Case(act=act, past=now, agreement=agreement, circle=self.name, checks=self.ledger.checks)
                if protects(case):
                    yield act

    def unfolded(self) -> Iterator[Act]:
        """Yield acts of this circle that are held and not folded, since something before them is missing or parted."""
        for origin, slots in self.ledger.feeds.items():
            for slot in slots[self.cut.get(origin, 0) :]:
                if slot.circle == self.name and isinstance(slot.act, Act):
                    yield slot.act

    # -- asking --------------------------------------------------------------------------------------------------------

    def consider(self, act: Act) -> str:
        """Return the verdict that an act would have if it were said now, at this cut."""
        return self._verdict(act, self.name, self._past_of(act))

    def heads(self, own: Origin) -> tuple[Head, ...]:
        """Return what the party `own` would cite now: the folded head of every other feed."""
        return tuple(h for h in self.cut_heads() if h.origin != own)

    def cut_heads(self) -> tuple[Head, ...]:
        """Return the cut as heads, by origin; feeds of which nothing is folded are left out."""
        heads = []
        for origin, size in sorted(self.cut.items()):
            root = self.ledger.root_at(origin, size) if size else None
            if root is not None:
                heads.append(Head(origin, size, root))
        return tuple(heads)

    def now(self) -> View:
        """Return the past as it stands now: everything folded."""
        return View(self, dict(self.cut))

    def before(self, act: Act) -> View:
        """Return the causal past of a folded act."""
        return View(self, self._vectors[act.origin][bisect_left(self._seqs[act.origin], act.seq)])

    def subjects(self, prefix: str = "") -> list[SubjectId]:
        """Return the subjects that acts of this circle or `all` are about, in order."""
        return sorted(s for s in self.events if s.startswith(prefix))

    def folded(self) -> Iterator[Event]:
        """Yield every folded event, feed by feed."""
        for origin in sorted(self._folded):
            yield from self._folded[origin]

    def rows(self) -> dict[str, Any]:
        """Return the state: one row for each subject, and one for each act that is void or of a newer version."""
        now = self.now()
        rows: dict[str, Any] = {}
        for subject in self.subjects():
            row = _row(subject, now, self)
            if row is not None:
                rows[subject] = row
        for event in self.folded():
            if event.code and event.circle == self.name:
                place = f"{'unknown' if event.code == UNKNOWN else 'void'}/{event.act.origin}/{event.act.seq}"
                rows[place] = {"act": event.act.digest, "code": event.code}
        return rows

    def state(self) -> dict[str, Any]:
        """Return the canonical form: rules, agreement, circle, cut and the hash of each subject's row (JOINT-85)."""
        hashes = [[subject, canonical.digest(row)] for subject, row in sorted(self.rows().items())]
        return {
            "rules": RULES,
            "agreement": self.ledger.agreement.digest,
            "circle": self.name,
            "cut": [[h.origin, h.size, h.root] for h in self.cut_heads()],
            "subjects": hashes,
        }

    def digest(self) -> Hash:
        """Return the hash of the state. Hashes at different cuts are not comparable."""
        return canonical.digest(self.state())

    def cut_digest(self) -> Hash:
        """Return the hash of the cut alone, which says whether two state hashes may be compared."""
        listed = b"".join(f"{h.origin} {h.size} {h.root}\n".encode() for h in self.cut_heads())
        return Hash(sha256(listed).hexdigest())


class View(Past):
    """A circle's fold, cut off at a vector: what stood before some moment."""

    __slots__ = ("_fold", "_vector")

    def __init__(self, fold: CircleFold, vector: Vector) -> None:
        self._fold = fold
        self._vector = vector

    def events(self, subject: SubjectId, party: str | None = None) -> Sequence[Event]:
        """Return the valid events on a subject within the cut.

        What an act is about stands in one circle: the same name in `all` and in a narrower circle is two things.
        """
        home = ALL if subject.split("/", 1)[0] in _OF_ALL else self._fold.name
        found: list[Event] = []
        for origin, events in sorted(self._fold.events.get(subject, {}).items()):
            if party is None or party_of(origin) == party:
                reach = self._vector.get(origin, 0)
                found.extend(e for e in events if e.act.seq < reach and not e.code and e.circle == home)
        return found

    def includes(self, act: Act) -> bool:
        """Whether the act stands within the cut."""
        return act.seq < self._vector.get(act.origin, 0)

    def parting(self, origin: str) -> int | None:
        """Return where a feed is proven, within the cut, to have forked."""
        return incidents.parting(origin, self)

    def agreement(self, digest: Hash) -> Agreement | None:
        """Return an agreement's text by its hash."""
        return self._fold.ledger.agreements.get(digest)


def _reaches(seen: Sequence[Head], before: Sequence[Head]) -> bool:
    sizes = {head.origin: head.size for head in seen}
    return all(sizes.get(head.origin, 0) >= head.size for head in before)


_OF_ALL = frozenset({"keys", "staff", "agreement", "fork"})
"""Kinds of subject that stand in `all`, whichever circle asks."""


def _row(subject: SubjectId, now: View, fold: CircleFold) -> Mapping[str, Any] | None:
    """Return a subject's row, by the kind of thing that its name begins with; None when nothing valid stands there."""
    kind = subject.split("/", 1)[0]
    if kind == "unreadable":
        return {}
    if kind in _OF_ALL and fold.name != ALL:
        return None
    if kind == "operation":
        return standings.row(subject, now, fold.name, fold.before)
    plain: dict[str, Callable[[SubjectId, Past], Mapping[str, Any] | None]] = {
        "keys": staff.keys_row,
        "staff": staff.row,
        "agreement": accession.row,
        "standing-decision": decisions.standing_row,
        "stop": line.row,
        "sites": notifications.row,
        "fork": incidents.row,
    }
    return plain[kind](subject, now) if kind in plain and now.events(subject) else None
