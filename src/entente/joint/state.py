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
from hashlib import sha256
from itertools import islice
from typing import Any

import msgspec

from entente import canonical
from entente.ids import CircleId, Hash, Origin, SubjectId, is_hash, party_of
from entente.joint import (
    accession,
    cosigning,
    decisions,
    disputes,
    incidents,
    keys,
    ladder,
    line,
    movements,
    notifications,
    releases,
    staff,
    standings,
    witness,
)
from entente.joint.act import ALL, RULES, Act, Head
from entente.joint.agreement import Agreement
from entente.joint.rules import Case, Checks, Event, Past, Reader
from entente.joint.verdict import UNKNOWN, judge, protects

Vector = dict[Origin, int]
"""A cut: how many entries of each feed; a feed that is absent counts none."""


class Feed:
    """One feed as held: each leaf's hash and circle (None when its tag is not ours), and the acts that have come.

    Instead of an act, text is the code of why its bytes cannot be read. Acts that a fold resumed with are its events'.
    """

    __slots__ = ("acts", "circles", "leaves")

    def __init__(self) -> None:
        self.leaves: list[Hash] = []
        self.circles: list[CircleId | None] = []
        self.acts: dict[int, Act | str] = {}


class Judged(msgspec.Struct, frozen=True, array_like=True):
    """The folded acts of one feed, in columns; words stand as their places in `Known.words`."""

    seqs: list[int]
    subjects: list[int]
    verbs: list[int]
    circles: list[int]
    codes: list[int]
    pasts: list[list[int]]
    """For each of `Known.origins`, how many of its entries are in each act's past."""
    nonces: list[str]


class Known(msgspec.Struct, frozen=True):
    """A circle's fold as it stood at `cut`, without its acts."""

    cut: tuple[Head, ...]
    origins: list[Origin]
    words: list[str]
    feeds: dict[Origin, Judged]
    unreadable: list[tuple[Origin, int, str]]
    """Entries of this circle whose bytes are no act, and why."""


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
        self.feeds: dict[Origin, Feed] = {}
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
        feed = self.feeds.setdefault(origin, Feed())
        feed.leaves.append(leaf)
        feed.circles.append(circle)

    def add_act(self, origin: Origin, seq: int, act: Act | str) -> None:
        """Fill a leaf's place with its act, or with the code of why its bytes cannot be read as one."""
        feed = self.feeds[origin]
        if feed.circles[seq] is not None:
            feed.acts.setdefault(seq, act)

    def resume(self, known: Mapping[CircleId, Known], read: Reader) -> bool:
        """Take all folds as they stood before instead of judging again; False, and nothing done, unless all fit.

        Verdicts never change, so this alters no state; it is a cache, and only as good as the record that kept it.
        """
        fits = known.keys() == self.folds.keys() and all(
            self.root_at(h.origin, h.size) == h.root for each in known.values() for h in each.cut
        )
        if fits:
            for name, fold in self.folds.items():
                fold.resume(known[name], read)
        return fits

    def pending(self) -> list[tuple[Origin, int]]:
        """Return places whose act is held and not folded everywhere yet, since something before it is missing."""
        return [
            (origin, seq)
            for origin, feed in self.feeds.items()
            for seq in feed.acts
            if any(seq >= fold.cut.get(origin, 0) for fold in self.folds.values() if fold.takes(feed.circles[seq]))
        ]

    def missing(self, circles: Collection[CircleId], per_feed: int = 50) -> list[tuple[Origin, int]]:
        """Return places whose leaf is of one of these circles and whose act we do not hold, so many of each feed.

        Not so many in all: an author who withholds its acts must not crowd out the others'.
        """
        found: list[tuple[Origin, int]] = []
        for origin, feed in self.feeds.items():
            folded = {name: fold.cut.get(origin, 0) for name, fold in self.folds.items() if name in circles}
            start = min(folded.values(), default=len(feed.circles))
            places = enumerate(feed.circles[start:], start)
            lacking = (s for s, c in places if c in folded and s >= folded[c] and s not in feed.acts)
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
        self._kinds: dict[str, list[SubjectId]] = {}
        self._seqs: dict[Origin, list[int]] = {}
        self._vectors: dict[Origin, list[Vector]] = {}
        self._folded: dict[Origin, list[Event]] = {}
        self._spoken: dict[Origin, list[Event]] = {}
        self._nonces: dict[Origin, set[str]] = {}
        self._unreadable: dict[tuple[Origin, int], str] = {}

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
        feed = self.ledger.feeds[origin]
        at = self.cut.get(origin, 0)
        while at < len(feed.circles):
            circle = feed.circles[at]
            if circle is None or not self.takes(circle):
                at += 1
                self.cut[origin] = at
                continue
            act = feed.acts.get(at)
            if act is None or (isinstance(act, Act) and not self._covered(act)):
                return
            at += 1
            if isinstance(act, Act):
                event = self._fold(act, circle)
                self.cut[origin] = at
                yield event
            else:
                if circle == self.name:
                    self._void(origin, at - 1, act)
                self.cut[origin] = at

    def takes(self, circle: CircleId | None) -> bool:
        """Whether acts of a circle are folded here."""
        return circle in (self.name, ALL)

    def _covered(self, act: Act) -> bool:
        """Whether everything that the act cites is folded here, on the branch that we follow."""
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

    def _fold(self, act: Act, circle: CircleId) -> Event:
        past = self._past_of(act)
        if circle == ALL and self.base is not None:
            event = self.base.event_at(act.origin, act.seq)
        else:
            event = Event.of(act, circle, self._verdict(act, circle, past))
        self._keep(event, past)
        if act.statement.signer is not None and not event.code:
            self._nonces.setdefault(act.origin, set()).add(act.statement.signer.nonce)
        return event

    def _keep(self, event: Event, past: Vector) -> None:
        self._seqs.setdefault(event.origin, []).append(event.seq)
        self._vectors.setdefault(event.origin, []).append(past)
        self._folded.setdefault(event.origin, []).append(event)
        if event.circle == self.name:
            self._spoken.setdefault(event.origin, []).append(event)
        self._about(event.subject).setdefault(event.origin, []).append(event)

    def _about(self, subject: SubjectId) -> dict[Origin, list[Event]]:
        """Return what was said about a subject, by feed."""
        if subject not in self.events:
            self._kinds.setdefault(subject.split("/", 1)[0], []).append(subject)
            self.events[subject] = {}
        return self.events[subject]

    def _void(self, origin: Origin, seq: int, code: str) -> None:
        """Keep a row for bytes that no rule can read; they have no subject and no past."""
        self._unreadable[origin, seq] = code
        self._about(SubjectId(f"unreadable/{origin}/{seq}/{code}"))

    def remember(self) -> Known:
        """Return the fold as it stands, for `resume`."""
        words: dict[str, int] = {}
        origins = sorted(self.cut)

        def place(word: str) -> int:
            return words.setdefault(word, len(words))

        feeds = {
            origin: Judged(
                seqs=self._seqs[origin],
                subjects=[place(e.subject) for e in events],
                verbs=[place(e.verb) for e in events],
                circles=[place(e.circle) for e in events],
                codes=[place(e.code) for e in events],
                pasts=[[past.get(o, 0) for past in self._vectors[origin]] for o in origins],
                nonces=sorted(self._nonces.get(origin, ())),
            )
            for origin, events in self._folded.items()
        }
        unreadable = [(origin, seq, code) for (origin, seq), code in self._unreadable.items()]
        return Known(cut=self.cut_heads(), origins=origins, words=list(words), feeds=feeds, unreadable=unreadable)

    def resume(self, known: Known, read: Reader) -> None:
        """Stand as `remember` said; `base` has resumed before."""
        self.cut = {head.origin: head.size for head in known.cut}
        words = known.words
        for origin, judged in known.feeds.items():
            columns = (judged.seqs, judged.subjects, judged.verbs, judged.circles, judged.codes)
            pasts = zip(*judged.pasts, strict=True)
            for seq, subject, verb, circle, code, past in zip(*columns, pasts, strict=True):
                if self.base is not None and words[circle] == ALL:
                    event = self.base.event_at(origin, seq)
                else:
                    name, where = SubjectId(words[subject]), CircleId(words[circle])
                    event = Event(origin, seq, name, words[verb], where, words[code], read)
                self._keep(event, {o: size for o, size in zip(known.origins, past, strict=True) if size})
            self._nonces[origin] = set(judged.nonces)
        for origin, seq, code in known.unreadable:
            self._void(origin, seq, code)
            self.ledger.feeds[origin].acts[seq] = code

    def last_holding(self, party: str, reach: Vector) -> Iterator[Event]:
        """Yield a party's newest valid act of this very circle and its newest acknowledgement, within a cut."""
        acknowledging = self.events.get(cosigning.subject(party), {})
        for events in (self._spoken, acknowledging):
            for origin, said in events.items():
                if party_of(origin) == party:
                    places = range(bisect_left(said, reach.get(origin, 0), key=lambda e: e.seq) - 1, -1, -1)
                    yield from islice((said[place] for place in places if not said[place].code), 1)

    def find(self, origin: Origin, seq: int) -> Event | None:
        """Return the folded event at a place, or None when none is."""
        seqs = self._seqs.get(origin, [])
        place = bisect_left(seqs, seq)
        return self._folded[origin][place] if place < len(seqs) and seqs[place] == seq else None

    def event_at(self, origin: Origin, seq: int) -> Event:
        """Return a folded event by its place."""
        return self._folded[origin][bisect_left(self._seqs[origin], seq)]

    def _past_of(self, act: Act) -> Vector:
        """Return the act's causal past: what it cites, its own feed before it, and the pasts of what is found there."""
        direct: Vector = {head.origin: head.size for head in act.seen}
        own = act.seq
        if own < 0:
            own = len(self.ledger.feeds[act.origin].leaves) if act.origin in self.ledger.feeds else 0
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
        spoken = self._spoken.get(origin)
        return spoken[-1].act.seen if spoken else ()

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
        for origin, feed in self.ledger.feeds.items():
            for seq in range(self.cut.get(origin, 0), len(feed.circles)):
                act = feed.acts.get(seq)
                if feed.circles[seq] == self.name and isinstance(act, Act):
                    yield act

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
        kind, slash, _ = prefix.partition("/")
        return sorted(s for s in (self._kinds.get(kind, ()) if slash else self.events) if s.startswith(prefix))

    def folded(self) -> Iterator[Event]:
        """Yield every folded event, feed by feed."""
        for origin in sorted(self._folded):
            yield from self._folded[origin]

    def folded_back(self, origin: Origin, reach: int) -> Iterator[Event]:
        """Yield the folded events of a feed before the entry `reach`, newest first."""
        events = self._folded.get(origin, [])
        return (events[at] for at in range(bisect_left(self._seqs.get(origin, []), reach) - 1, -1, -1))

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
                place = f"{'unknown' if event.code == UNKNOWN else 'void'}/{event.origin}/{event.seq}"
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

    __slots__ = ("_acknowledged", "_fold", "_vector")

    def __init__(self, fold: CircleFold, vector: Vector) -> None:
        self._fold = fold
        self._vector = vector
        self._acknowledged: dict[str, Mapping[Origin, int]] = {}

    def events(self, subject: SubjectId, party: str | None = None) -> Sequence[Event]:
        """Return the valid events on a subject within the cut.

        What an act is about stands in one circle: the same name in `all` and in a narrower circle is two things.
        """
        home = ALL if subject.split("/", 1)[0] in _OF_ALL else self._fold.name
        found: list[Event] = []
        for origin, events in sorted(self._fold.events.get(subject, {}).items()):
            if party is None or party_of(origin) == party:
                reach = self._vector.get(origin, 0)
                found.extend(e for e in events if e.seq < reach and not e.code and e.circle == home)
        return found

    def includes(self, act: Act) -> bool:
        """Whether the act stands within the cut."""
        return act.seq < self._vector.get(act.origin, 0)

    def attempts(self, subject: SubjectId, party: str) -> Sequence[Event]:
        """Return a party's events on a subject within the cut, void ones too."""
        return [
            event
            for origin, events in sorted(self._fold.events.get(subject, {}).items())
            if party_of(origin) == party
            for event in events
            if event.seq < self._vector.get(origin, 0)
        ]

    def entry(self, origin: Origin, seq: int) -> Event | None:
        """Return the valid act at a place within the cut."""
        event = self._fold.find(origin, seq) if 0 <= seq < self._vector.get(origin, 0) else None
        return event if event is not None and not event.code else None

    def back(self, origin: Origin) -> Iterator[Event]:
        """Yield the valid acts of a feed within the cut, newest first."""
        return (event for event in self._fold.folded_back(origin, self._vector.get(origin, 0)) if not event.code)

    def newest(self, subject: SubjectId, party: str) -> Iterator[Event]:
        """Yield a party's valid events on a subject of `all` within the cut, newest first."""
        for origin, events in self._fold.events.get(subject, {}).items():
            if party_of(origin) == party:
                reach = bisect_left(events, self._vector.get(origin, 0), key=lambda event: event.seq)
                places = range(reach - 1, -1, -1)
                yield from (events[at] for at in places if not events[at].code and events[at].circle == ALL)

    def acknowledged(self, party: str) -> Mapping[Origin, int]:
        """Return how much of each feed a party has acknowledged within the cut."""
        if party not in self._acknowledged:
            found: Vector = {}
            for event in self._fold.last_holding(party, self._vector):
                for origin, size in cosigning.holds(event, self._fold.name).items():
                    found[origin] = max(size, found.get(origin, 0))
            self._acknowledged[party] = found
        return self._acknowledged[party]

    def root(self, origin: Origin, size: int) -> Hash | None:
        """Return the root of a feed's first entries when they are within the cut."""
        return self._fold.ledger.root_at(origin, size) if size <= self._vector.get(origin, 0) else None

    def parting(self, origin: str) -> int | None:
        """Return where a feed is proven, within the cut, to have forked."""
        return incidents.parting(origin, self)

    def agreement(self, digest: Hash) -> Agreement | None:
        """Return an agreement's text by its hash."""
        return self._fold.ledger.agreements.get(digest)


def _reaches(seen: Sequence[Head], before: Sequence[Head]) -> bool:
    sizes = {head.origin: head.size for head in seen}
    return all(sizes.get(head.origin, 0) >= head.size for head in before)


_OF_ALL = frozenset({"keys", "staff", "agreement", "fork", "record", "witness"})
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
        "keys": keys.row,
        "staff": staff.row,
        "agreement": accession.row,
        "standing-decision": decisions.standing_row,
        "stop": line.row,
        "sites": notifications.row,
        "movement": movements.row,
        "release": releases.row,
        "fork": incidents.row,
        "record": cosigning.row,
        "witness": witness.row,
    }
    row = plain[kind](subject, now) if kind in plain and now.events(subject) else None
    if row is not None and kind in ("sites", "movement"):
        # What came later stands there only where something was said of it: every other row is as it was.
        row = {**row, **ladder.rows(subject, now), **disputes.rows(subject, now)}
    return row
