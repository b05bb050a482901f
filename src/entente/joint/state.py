"""Joint state: a pure function of acts, the same at every node that folds the same cut (JOINT-80…JOINT-89).

Each circle is folded on its own, from acts of that circle and of `all`, at the greatest cut that is *held* (every
leaf, every such act) and *closed* (none of them cites beyond it). Acts of other circles never block it and count for
nothing. No order between feeds and no clock is used: an act is judged by its causal past, which is a size per feed,
and per branch where one forked (`branches`).

    ledger = Ledger(agreement, checks, root_at)
    ledger.add_leaf(origin, leaf, circle)      # in order, feed by feed; circle None when the tag is not ours
    ledger.add_act(act)                        # in any order, before or after other feeds' leaves
    ledger.advance()                           # folds whatever has become foldable
    ledger.circle("all").state()               # rows by subject; `digest()` is what parties compare
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from itertools import chain, islice
from typing import Any

import msgspec

from entente import canonical
from entente.ids import CircleId, Hash, Origin, PartyId, SubjectId, epoch_of, feed_of, is_hash, party_of
from entente.joint import (
    accession,
    cosigning,
    decisions,
    disputes,
    epochs,
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
from entente.joint import act as acts
from entente.joint.act import ALL, RULES, Act, Head, Statement
from entente.joint.agreement import Agreement
from entente.joint.branches import Branches, Feed, Line, Vector, common
from entente.joint.rules import Case, Checks, Event, Past, Reader
from entente.joint.verdict import PROTECTIONS, RELEASING, UNKNOWN, counts_everywhere, judge, protects

_NEVER = datetime.min.replace(tzinfo=UTC)
MOST_BRANCHES = 16
"""Branches of one feed that a fold follows; acts that cite further ones wait (docs/adr/0031)."""


class Judged(msgspec.Struct, frozen=True, array_like=True):
    """The folded acts of one feed, in columns; words stand as their places in `Known.words`."""

    seqs: list[int]
    subjects: list[int]
    verbs: list[int]
    circles: list[int]
    codes: list[int]
    pasts: list[list[int]]
    """For each of `Known.origins`, how many of its entries are in each act's past."""
    nonces: dict[str, int]
    """Of the valid acts that persons signed: the nonce, and the act's place."""


class Known(msgspec.Struct, frozen=True):
    """A circle's fold as it stood at `cut`, without its acts. Branches stand under this record's names."""

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
        self.branches = Branches(root_at)
        base = CircleFold(self, ALL, None)
        self.folds: dict[CircleId, CircleFold] = {ALL: base}
        for name in circles:
            if name != ALL:
                self.folds[name] = CircleFold(self, name, base)

    @property
    def feeds(self) -> Mapping[Origin, Feed]:
        """Every feed and branch held, by the name under which it is."""
        return self.branches.held

    def add_agreement(self, agreement: Agreement) -> None:
        """Take the text of a successor."""
        self.agreements[agreement.digest] = agreement

    def successors(self, of: Agreement) -> list[Agreement]:
        """Return the known successors of an agreement."""
        return [a for a in self.agreements.values() if a.text.predecessor == of.digest]

    def add_leaf(self, origin: Origin, leaf: Hash, circle: CircleId | None) -> None:
        """Append a leaf to a feed; `circle` is the one whose tag it carries, None when it carries none that we know."""
        feed = self.branches.open(origin)
        feed.leaves.append(leaf)
        feed.circles.append(circle)

    def add_branch(self, name: Origin, stem: Origin, start: int) -> None:
        """Begin a branch of a forked feed with the first `start` entries of `stem`; its own leaves are added after."""
        self.branches.part(name, stem, start)

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
            (origin, seq) for origin, feed in self.feeds.items() for seq in feed.acts if self._waits(feed, origin, seq)
        ]

    def cited(self) -> list[Head]:
        """Return the heads that acts held cite and nothing held has: entries that have not come, or other branches."""
        waiting = ((self.feeds[origin].acts[seq], origin) for origin, seq in self.pending())
        heads = {
            head
            for act, origin in waiting
            if isinstance(act, Act)
            for head in act.seen
            if self.branches.holding(head) is None and feed_of(origin) != head.origin
        }
        return sorted(heads)

    def missing(self, circles: Collection[CircleId], per_feed: int = 50) -> list[tuple[Origin, int]]:
        """Return places whose leaf is of one of these circles and whose act we do not hold, so many of each feed.

        Not so many in all: an author who withholds its acts must not crowd out the others'.
        """
        found: list[tuple[Origin, int]] = []
        for origin, feed in self.feeds.items():
            folded = {name: fold.cut.get(origin, 0) for name, fold in self.folds.items() if name in circles}
            start = max(feed.start, min(folded.values(), default=len(feed.circles)))
            places = enumerate(feed.circles[start:], start)
            lacking = (s for s, c in places if c in folded and s >= folded[c] and s not in feed.acts)
            found += [(feed_of(origin), seq) for seq in islice(lacking, per_feed)]
        return list(dict.fromkeys(found))

    def advance(self) -> list[tuple[CircleId, Event]]:
        """Fold what has become foldable; return the new events in order of folding."""
        found = [(name, event) for name, fold in self.folds.items() for event in fold.advance()]
        for _, event in found:
            feed = self.feeds[event.origin]
            if not self._waits(feed, event.origin, event.seq):
                feed.acts.pop(event.seq, None)
        return found

    def _waits(self, feed: Feed, origin: Origin, seq: int) -> bool:
        """Whether some fold that takes an entry's act has not come to it."""
        return any(seq >= fold.cut.get(origin, 0) for fold in self.folds.values() if fold.takes(feed.circles[seq]))

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
        self._nonces: dict[Origin, dict[str, int]] = {}
        self._bases: dict[Origin, Line] = {}
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
        if feed.stem is not None and self.cut.get(feed.stem, 0) < feed.start:
            return
        if feed.stem is not None and origin not in self.cut and self._crowded(feed_of(origin)):
            return
        at = max(feed.start, self.cut.get(origin, 0))
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

    def _crowded(self, feed: Origin) -> bool:
        return sum(name in self.cut for name in self.ledger.branches.of_feed(feed)) >= MOST_BRANCHES

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
        branches = self.ledger.branches
        for head in act.seen:
            name = branches.holding(head)
            if name is None or self.cut.get(name, 0) < head.size:
                return False
        return True

    def _fold(self, act: Act, circle: CircleId) -> Event:
        past = self._past_of(act)
        if circle == ALL and self.base is not None:
            event = self.base.event_at(act.origin, act.seq)
        else:
            event = Event.of(act.judged(), circle, self._verdict(act, circle, past))
        self._keep(event, past)
        if act.statement.signer is not None and not event.code:
            self._nonces.setdefault(act.origin, {})[act.statement.signer.nonce] = act.seq
        return event

    def _keep(self, event: Event, past: Vector) -> None:
        self._seqs.setdefault(event.origin, []).append(event.seq)
        self._vectors.setdefault(event.origin, []).append(past)
        self._folded.setdefault(event.origin, []).append(event)
        if event.circle == self.name:
            self._spoken.setdefault(event.origin, []).append(event)
        self._about(event.subject).setdefault(event.origin, []).append(event)
        if event.verb == epochs.OPEN and not event.code and event.seq == 0:
            self._bases[event.origin] = self._base(event.act)

    def _about(self, subject: SubjectId) -> dict[Origin, list[Event]]:
        """Return what was said about a subject, by feed."""
        if subject not in self.events:
            self._kinds.setdefault(subject.split("/", 1)[0], []).append(subject)
            self.events[subject] = {}
        return self.events[subject]

    def _void(self, origin: Origin, seq: int, code: str) -> None:
        """Keep a row for bytes that no rule can read; they have no subject and no past."""
        self._unreadable[origin, seq] = code

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
                nonces=self._nonces.get(origin, {}),
            )
            for origin, events in self._folded.items()
        }
        unreadable = [(origin, seq, code) for (origin, seq), code in self._unreadable.items()]
        cut = [Head(o, size, root) for o, size in sorted(self.cut.items()) if (root := self.ledger.root_at(o, size))]
        return Known(cut=tuple(cut), origins=origins, words=list(words), feeds=feeds, unreadable=unreadable)

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
            self._nonces[origin] = dict(judged.nonces)
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

    def first_to_hold(self, act: Act, party: str) -> Event | None:
        """Return a party's first folded event in whose past an act stands; pasts only grow along a feed."""
        found = []
        for origin, pasts in self._vectors.items():
            if party_of(origin) == party:
                place = bisect_left(pasts, act.seq + 1, key=lambda past: past.get(act.origin, 0))
                found += self._folded[origin][place : place + 1]
        return min(found, key=lambda event: event.act.at, default=None)

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
        branches = self.ledger.branches
        direct = branches.reach(act.seen)
        own = self._place(act)
        if own:
            branches.close(direct, act.origin, own)
        past = dict(direct)
        for origin, size in direct.items():
            place = bisect_left(self._seqs.get(origin, []), size)
            if place:
                for other, reach in self._vectors[origin][place - 1].items():
                    if reach > past.get(other, 0):
                        past[other] = reach
        return past

    def _place(self, act: Act) -> int:
        """Return an act's place; of one that is only being considered, the next that is free."""
        if act.seq >= 0:
            return act.seq
        feed = self.ledger.feeds.get(act.origin)
        return len(feed.leaves) if feed is not None else 0

    def _own(self, act: Act) -> Line:
        """Return the story that an act goes on with: its own branch before it, and what its epoch goes on from."""
        place = self._place(act)
        if place == 0:
            return self._base(act) if act.statement.verb == epochs.OPEN else ()
        return self.ledger.branches.line(act.origin, place, self.base_of)

    def _base(self, act: Act) -> Line:
        """Return what an epoch goes on from, as the act that opens it says: up to a head that it cites."""
        head = epochs.base(act)
        if head is None or epochs.misplaced(act, head):
            return ()
        return self.ledger.branches.line(self.ledger.branches.cited(head), head.size, self.base_of)

    def base_of(self, name: Origin) -> Line:
        """Return what the epoch of a feed goes on from; nothing when it is the first, or was opened by nobody."""
        return self._bases.get(name, ())

    def _verdict(self, act: Act, circle: CircleId, vector: Vector) -> str:
        if act.statement.circle != circle:
            return "act.tag"
        own = self._own(act)
        before, spoken = self._last(self._folded, own), self._last(self._spoken, own)
        if before is not None and act.at < before.act.at:
            return "act.time"
        if spoken is not None and not self._reaches(act, spoken.act):
            return "act.seen"
        signer = act.statement.signer
        if signer is not None and not all(self._within(head, vector) for head in signer.seen):
            return "statement.seen"
        agreement = self.ledger.agreements[act.statement.agreement]
        party = agreement.parties.get(act.party)
        if party is None:
            return "act.circle"
        past = View(self, vector, own, act.party)
        case = Case(act=act, past=past, agreement=agreement, circle=circle, checks=self.ledger.checks)
        return self._epoch(act, vector) or judge(
            case,
            successors=self.ledger.successors(agreement),
            used=Used(self._nonces, own),
            pinned=party.root,
        )

    def _epoch(self, act: Act, vector: Vector) -> str:
        """Return why an act may not stand in its epoch, or empty text: each begins with the act that opens it."""
        opens, place, number = act.statement.verb == epochs.OPEN, self._place(act), epoch_of(act.origin)
        if opens != (number > 1 and place == 0):
            return "epoch.place" if opens else "epoch.unopened"
        base = epochs.base(act) if opens else None
        if base is not None and (code := epochs.misplaced(act, base)):
            return code
        if number > 1 and place and self.ledger.branches.chain(act.origin, place)[0][0] not in self._bases:
            return "epoch.unopened"
        newer = (n for n in self.ledger.branches.of_party(act.party) if epoch_of(n) > number and n in self._bases)
        closed = act.statement.verb not in PROTECTIONS and any(vector.get(name, 0) for name in newer)
        return "epoch.closed" if closed else ""

    def _last(self, table: Mapping[Origin, list[Event]], own: Line) -> Event | None:
        """Return the newest event of a story, among those in a table."""
        for name, upto in reversed(own):
            events = _upto(table.get(name, ()), upto)
            if events:
                return events[-1]
        return None

    def _within(self, head: Head, vector: Vector) -> bool:
        name = self.ledger.branches.holding(head)
        return name is not None and head.size <= vector.get(name, 0)

    def _reaches(self, act: Act, before: Act) -> bool:
        """Whether an act cites all that its author's last act of this very circle cited.

        Another circle's fold may lag behind. Its own earlier epochs are not asked for: a new one cites the parting.
        """
        seen = self.ledger.branches.reach(act.seen)
        asked = self.ledger.branches.reach(h for h in before.seen if party_of(h.origin) != act.party)
        return all(seen.get(name, 0) >= size for name, size in asked.items())

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
            for seq in range(max(feed.start, self.cut.get(origin, 0)), len(feed.circles)):
                act = feed.acts.get(seq)
                if feed.circles[seq] == self.name and isinstance(act, Act):
                    yield act

    # -- asking --------------------------------------------------------------------------------------------------------

    def consider(self, act: Act) -> str:
        """Return the verdict that an act would have if it were said now, at this cut."""
        return self._verdict(act, self.name, self._past_of(act))

    def heads(self, own: Origin) -> tuple[Head, ...]:
        """Return what the author of the feed `own` would cite now: the folded heads of every other party's feeds."""
        return tuple(h for h in self.cut_heads() if party_of(h.origin) != party_of(own))

    def cited(self, own: Origin, statement: Statement) -> tuple[Head, ...]:
        """Return what the author of the feed `own` would cite with a statement; to open an epoch, its base too."""
        base = epochs.base(acts.consider(statement, own, _NEVER, ())) if statement.verb == epochs.OPEN else None
        return tuple(sorted({*self.heads(own), *([base] if base is not None else [])}))

    def cut_heads(self) -> tuple[Head, ...]:
        """Return the cut as heads: one per feed, more where it forked; feeds with nothing folded are left out."""
        return self.ledger.branches.heads(self.cut)

    def now(self) -> View:
        """Return the past as it stands now: everything folded."""
        return View(self, dict(self.cut))

    def before(self, act: Act) -> View:
        """Return the causal past of a folded act, as its author went on from it."""
        vector = self._vectors[act.origin][bisect_left(self._seqs[act.origin], act.seq)]
        return View(self, vector, self._own(act), act.party)

    def subjects(self, prefix: str = "") -> list[SubjectId]:
        """Return the subjects that acts of this circle or `all` are about, in order."""
        kind, slash, _ = prefix.partition("/")
        return sorted(s for s in (self._kinds.get(kind, ()) if slash else self.events) if s.startswith(prefix))

    def folded(self) -> Iterator[Event]:
        """Yield every folded event, feed by feed."""
        for origin in sorted(self._folded):
            yield from self._folded[origin]

    def anywhere(self, subject: SubjectId, verb: str) -> list[Event]:
        """Return the valid events of one verb on a subject in every branch and epoch, by epoch and place."""
        said = self.events.get(subject, {}).values()
        found = [event for events in said for event in events if event.verb == verb and not event.code]
        return sorted(found, key=lambda event: (epoch_of(event.origin), event.seq, event.act.leaf))

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
                place = f"{'unknown' if event.code == UNKNOWN else 'void'}/{self._named(event.origin, event.seq)}"
                rows[place] = {"act": event.act.digest, "code": event.code}
        for (origin, seq), code in self._unreadable.items():
            rows[f"unreadable/{self._named(origin, seq)}/{code}"] = {}
        return rows

    def _named(self, origin: Origin, seq: int) -> str:
        """Return how a row names an entry: by its leaf too, where branches of the cut have different ones there."""
        branches, feed = self.ledger.branches, feed_of(origin)
        here = [n for n in branches.of_feed(feed) if branches.held[n].start <= seq < self.cut.get(n, 0)]
        leaf = f"/{self.ledger.feeds[origin].leaves[seq]}" if len(here) > 1 else ""
        return f"{feed}/{seq}{leaf}"

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


class Used(Container[str]):
    """The nonces of a story's valid acts."""

    def __init__(self, nonces: Mapping[Origin, Mapping[str, int]], own: Line) -> None:
        self._nonces, self._own = nonces, own

    def __contains__(self, nonce: object) -> bool:
        return any(self._nonces.get(name, {}).get(nonce, upto) < upto for name, upto in self._own)  # type: ignore[call-overload]


class View(Past):
    """A circle's fold, cut off at a vector: what stood before some moment.

    Of a party with several stories, by a fork or a new epoch, one is read for each subject, so that no rule meets
    acts in an order in which nobody said them: `own`, in the eyes of its author, else the first that speaks of the
    subject. What protects, and signatures on agreements, count in every one.
    """

    __slots__ = ("_acknowledged", "_author", "_fold", "_lines", "_own", "_parted", "_partings", "_prefer", "_vector")

    def __init__(
        self,
        fold: CircleFold,
        vector: Vector,
        own: Line = (),
        author: PartyId | None = None,
        prefer: Mapping[PartyId, Line] | None = None,
    ) -> None:
        self._fold = fold
        self._vector = vector
        self._own = own
        self._author = author
        self._prefer = prefer or {}
        self._acknowledged: dict[str, Mapping[Origin, int]] = {}
        self._lines: dict[PartyId, list[Line]] = {}
        self._partings: dict[Origin, int | None] = {}
        self._parted: dict[Origin, int | None] = {}

    def events(self, subject: SubjectId, party: str | None = None) -> Sequence[Event]:
        """Return the valid events on a subject within the cut.

        What an act is about stands in one circle: the same name in `all` and in a narrower circle is two things.
        """
        home = ALL if subject.split("/", 1)[0] in _OF_ALL else self._fold.name
        said = self._fold.events.get(subject, {})
        found: list[Event] = []
        owners = [PartyId(party)] if party is not None else dict.fromkeys(map(party_of, sorted(said)))
        for owner in owners if said else ():
            found += [e for e in self._story(owner, said) if not e.code and e.circle == home]
        return found

    def _story(self, party: PartyId, said: Mapping[Origin, Sequence[Event]]) -> Iterable[Event]:
        """Return what a party said on a subject, in the order in which it did."""
        if self._several(party):
            return self._stories(party, said)
        mine = (origin for origin in said if party_of(origin) == party)
        return chain.from_iterable(_upto(said[origin], self._vector.get(origin, 0)) for origin in mine)

    def _stories(self, party: PartyId, said: Mapping[Origin, Sequence[Event]]) -> Iterator[Event]:
        """Yield one story of a party that has several, and what counts in every one of the others."""
        lines = self.lines(party)
        chosen = self._chosen(party, said, lines)
        own = party == self._author
        yield from (e for e in _along(chosen, said) if own or e.verb not in RELEASING or not self._permits_nothing(e))
        for number, other in enumerate(lines):
            if other != chosen:
                yield from (
                    event
                    for event in _along(other, said)
                    if counts_everywhere(event) and not any(_on(event, known) for known in (chosen, *lines[:number]))
                )

    def _permits_nothing(self, event: Event) -> bool:
        parted = self.parted(event.origin)
        return parted is not None and event.seq >= parted

    def _several(self, party: PartyId) -> bool:
        return self._fold.ledger.branches.several(party, self._vector)

    def _chosen(self, party: PartyId, said: Mapping[Origin, Sequence[Event]], lines: list[Line]) -> Line:
        if party == self._author:
            return self._own
        if party in self._prefer:
            return self._prefer[party]
        return next((line for line in lines if self._tells(line, said, lines)), lines[0] if lines else ())

    def _tells(self, line: Line, said: Mapping[Origin, Sequence[Event]], lines: list[Line]) -> bool:
        """Whether a story says something of a subject that is not in every story."""
        return any(not all(_on(event, other) for other in lines) for event in _along(line, said))

    def lines(self, party: PartyId) -> list[Line]:
        """Return a party's stories within the cut, the newest epoch's first."""
        if party not in self._lines:
            self._lines[party] = self._fold.ledger.branches.lines(party, self._vector, self._fold.base_of)
        return self._lines[party]

    def others(self, subject: SubjectId, party: str) -> Sequence[Past]:
        """Return this past once for each further story in which a party speaks of a subject, following that one."""
        owner, said = PartyId(party), self._fold.events.get(subject, {})
        if owner == self._author or owner in self._prefer or not self._several(owner):
            return ()
        lines = self.lines(owner)
        chosen = self._chosen(owner, said, lines)
        return [
            View(self._fold, self._vector, self._own, self._author, {**self._prefer, owner: line})
            for line in lines
            if line != chosen and self._tells(line, said, lines)
        ]

    def includes(self, act: Act) -> bool:
        """Whether the act stands within the cut."""
        return act.seq < self._vector.get(act.origin, 0)

    def cites(self, event: Event, act: Act) -> bool:
        """Whether an event cites a feed beyond an act of it."""
        return self._fold.ledger.branches.reach(event.act.seen).get(act.origin, 0) > act.seq

    def attempts(self, subject: SubjectId, party: str) -> Sequence[Event]:
        """Return a party's events on a subject within the cut, void ones too, and those of every branch."""
        return [
            event
            for origin, events in sorted(self._fold.events.get(subject, {}).items())
            if party_of(origin) == party
            for event in events
            if event.seq < self._vector.get(origin, 0)
        ]

    def entry(self, origin: Origin, seq: int) -> Event | None:
        """Return the valid act at a place within the cut; None where branches have different ones there."""
        held = self._fold.ledger.branches
        names = [n for n in held.of_feed(origin) if held.held[n].start <= seq < self._vector.get(n, 0)]
        event = self._fold.find(names[0], seq) if len(names) == 1 and seq >= 0 else None
        return event if event is not None and not event.code else None

    def back(self, origin: Origin) -> Iterator[Event]:
        """Yield the valid acts of a feed within the cut, newest first; of one that forked, what its branches share."""
        if party_of(origin) == self._author:
            for name, upto in reversed(self._own):
                yield from (event for event in self._fold.folded_back(name, upto) if not event.code)
            return
        names = self._fold.ledger.branches.of_feed(origin)
        reach = self._vector.get(origin, 0)
        if len(names) > 1 and any(self._vector.get(name, 0) for name in names if name != origin):
            reach = min([reach, *(self._fold.ledger.feeds[n].start for n in names if n != origin)])
        yield from (event for event in self._fold.folded_back(origin, reach) if not event.code)

    def newest(self, subject: SubjectId, party: str) -> Iterator[Event]:
        """Yield a party's valid events on a subject of `all` within the cut, newest first."""
        if self._several(PartyId(party)):
            yield from reversed(self.events(subject, party))
            return
        for origin, events in self._fold.events.get(subject, {}).items():
            if party_of(origin) == party:
                reach = bisect_left(events, self._vector.get(origin, 0), key=lambda event: event.seq)
                places = range(reach - 1, -1, -1)
                yield from (events[at] for at in places if not events[at].code and events[at].circle == ALL)

    def acknowledged(self, party: str) -> Mapping[Origin, int]:
        """Return how much of each feed, and of each branch, a party has acknowledged within the cut."""
        if party not in self._acknowledged:
            found: Vector = {}
            for event in self._fold.last_holding(party, self._vector):
                for origin, size in self.holds(event).items():
                    found[origin] = max(size, found.get(origin, 0))
            self._acknowledged[party] = found
        return self._acknowledged[party]

    def holds(self, event: Event) -> Mapping[Origin, int]:
        """Return how much of each feed an act says is held, as far as entries of this circle go."""
        branches = self._fold.ledger.branches
        if event.circle == self._fold.name:
            return branches.reach(event.act.seen)
        found: Vector = {}
        listed = cosigning.listed(event) if event.verb == cosigning.ACKNOWLEDGE else {}
        for head in event.act.seen if listed else ():
            for name, upto in branches.chain(branches.cited(head), head.size):
                found[name] = max(found.get(name, 0), min(upto, listed.get(head.origin, 0)))
        return found

    def stretch(self, origin: Origin, size: int) -> Mapping[Origin, int]:
        """Return the first entries of a feed or branch, each under the branch that it belongs to."""
        return dict(self._fold.ledger.branches.chain(origin, size))

    def root(self, origin: Origin, size: int) -> Hash | None:
        """Return the root of the first entries of a feed or branch when they are within the cut."""
        held = self._fold.ledger.branches
        known = origin in held.held and size <= self._vector.get(held.home(origin, size), 0)
        return self._fold.ledger.root_at(origin, size) if known else None

    def roots(self, origin: Origin, size: int) -> list[Hash]:
        """Return the roots of a feed's first entries within the cut: one, more where it forked, none beyond it."""
        held, root_at = self._fold.ledger.branches, self._fold.ledger.root_at
        names = {held.home(n, size) for n in held.of_feed(feed_of(origin)) if len(held.held[n].leaves) >= size}
        return sorted({root for n in names if size <= self._vector.get(n, 0) and (root := root_at(n, size))})

    def parting(self, origin: str) -> int | None:
        """Return from which entry on a feed permits nothing within the cut: it forked there, or its epoch ended."""
        feed = feed_of(origin)
        if feed not in self._partings:
            self._partings[feed] = self._parting(feed)
        return self._partings[feed]

    def _parting(self, feed: Origin) -> int | None:
        return 0 if self.unexplained(feed) else self.parted(feed)

    def parted(self, origin: str) -> int | None:
        """Return where branches of a feed that are all within the cut part, or a new epoch leaves it."""
        feed = feed_of(origin)
        if feed not in self._parted:
            self._parted[feed] = self._part(feed)
        return self._parted[feed]

    def _part(self, feed: Origin) -> int | None:
        party = party_of(feed)
        if not self._several(party):
            return None
        number = epoch_of(feed)
        lines = [line for line in self.lines(party) if epoch_of(line[-1][0]) >= number]
        if any(self._baseless(feed, line) for line in lines):
            return 0
        return min((common(a, b, feed) for a in lines for b in lines if a != b), default=None)

    def _baseless(self, feed: Origin, line: Line) -> bool:
        """Whether a story of this epoch goes on from entries that permit nothing themselves."""
        before = [(name, upto) for name, upto in line if epoch_of(name) < epoch_of(feed)]
        if not before or all(feed_of(name) != feed for name, _ in line):
            return False
        base, size = feed_of(before[-1][0]), before[-1][1]
        parted = self.parted(base)
        first = next(name for name, _ in line if feed_of(name) == feed)
        opened = self._fold.find(first, 0)
        if opened is None or (parted is not None and parted < size):
            return True
        # Whoever opened it knowing of a branch that nobody shows went on from what all others held (`epochs`).
        return bool(self.unexplained(base)) and not self._fold.before(opened.act).unexplained(base)

    def unexplained(self, origin: str) -> Sequence[int]:
        """Return, of each report that proves a branch of a feed not within the cut, within how many entries."""
        reports = incidents.reports_of(origin, self)
        return [incidents.within(report) for report in reports if not self._explained(report)]

    def _explained(self, report: Event) -> bool:
        """Whether both branches that a report of a fork proves are within the cut, so that it shows where they part."""
        feed, (size, *roots) = (
            Origin(incidents.forked(report)),
            self._fold.ledger.checks.parted(incidents.evidence(report)),
        )
        return set(roots) <= set(self.roots(feed, size))

    def shared_by_all(self, head: Head, parties: Collection[PartyId]) -> bool:
        """Whether all these parties have acknowledged the entries that a head names: no branch has them alone."""
        name = self._fold.ledger.branches.holding(head)
        return name is not None and all(self.acknowledged(party).get(name, 0) >= head.size for party in parties)

    def agreement(self, digest: Hash) -> Agreement | None:
        """Return an agreement's text by its hash."""
        return self._fold.ledger.agreements.get(digest)


def _along(line: Line, said: Mapping[Origin, Sequence[Event]]) -> Iterator[Event]:
    return (event for name, upto in line for event in _upto(said.get(name, ()), upto))


def _upto(events: Sequence[Event], reach: int) -> Sequence[Event]:
    """Return the events of one feed before its entry `reach`; mostly all of them are."""
    if not events or events[-1].seq < reach:
        return events
    return events[: bisect_left(events, reach, key=lambda event: event.seq)]


def _on(event: Event, line: Line) -> bool:
    return any(event.origin == name and event.seq < upto for name, upto in line)


_OF_ALL = frozenset({"keys", "staff", "agreement", "fork", "record", "epoch", "witness"})
"""Kinds of subject that stand in `all`, whichever circle asks."""


def _row(subject: SubjectId, now: View, fold: CircleFold) -> Mapping[str, Any] | None:
    """Return a subject's row, by the kind of thing that its name begins with; None when nothing valid stands there."""
    kind = subject.split("/", 1)[0]
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
        "epoch": epochs.row,
        "witness": witness.row,
    }
    row = plain[kind](subject, now) if kind in plain and now.events(subject) else None
    if row is not None and kind in ("sites", "movement"):
        # What came later stands there only where something was said of it: every other row is as it was.
        row = {**row, **ladder.rows(subject, now), **disputes.rows(subject, now)}
    return row
