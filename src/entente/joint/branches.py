"""Branches: the feeds of one agreement as trees, since a feed may fork and a party may begin a new epoch.

A feed that forked is held once for each branch, under names of the node's own (`ids.branch`); a branch shares its
*stem*, the entries before it parted, with the feed or branch that it was found beside. Which of them came first differs
from node to node, so nothing that leaves this room depends on it: an entry is told by its feed, number and leaf, and
branches follow one another by the first leaf in which they differ (JOINT-181).

    vector   how many entries of each branch: {"a/x/1": 12, "a/x/1~5f3a…": 9}, closed: with a branch comes its stem
    line     one story of a party from its first entry to its last: ((stem, 5), (branch, 9)); epochs follow one another
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cmp_to_key

from entente.ids import CircleId, Hash, Origin, PartyId, epoch_of, feed_of, party_of
from entente.joint.act import Act, Head

Vector = dict[Origin, int]
"""A cut: how many entries of each branch held; one that is absent counts none."""
Line = tuple[tuple[Origin, int], ...]
"""A party's story in steps: up to which entry each branch is followed."""


class Feed:
    """One feed or branch as held: each leaf's hash and circle (None when its tag is not ours), and the acts that came.

    A branch's first `start` leaves are those of `stem`, and so are their acts: only later ones stand here. Instead of
    an act, text is the code of why its bytes cannot be read. Acts that every fold has taken are its events'.
    """

    __slots__ = ("acts", "circles", "leaves", "start", "stem")

    def __init__(self) -> None:
        self.leaves: list[Hash] = []
        self.circles: list[CircleId | None] = []
        self.acts: dict[int, Act | str] = {}
        self.stem: Origin | None = None
        self.start = 0


class Branches:
    """All feeds of an agreement, with their branches. `root_at` gives the root of the first entries of one held."""

    def __init__(self, root_at: Callable[[Origin, int], Hash | None]) -> None:
        self.held: dict[Origin, Feed] = {}
        self._root_at = root_at
        self._of_feed: dict[Origin, list[Origin]] = {}
        self._of_party: dict[PartyId, list[Origin]] = {}

    def open(self, name: Origin) -> Feed:
        """Return a feed or branch that is held, or begin a feed."""
        if name not in self.held:
            self._add(name, Feed())
        return self.held[name]

    def part(self, name: Origin, stem: Origin, start: int) -> None:
        """Begin a branch that shares the first `start` entries of `stem`."""
        before, feed = self.held[stem], Feed()
        feed.stem, feed.start = stem, start
        feed.leaves, feed.circles = before.leaves[:start], before.circles[:start]
        self._add(name, feed)

    def _add(self, name: Origin, feed: Feed) -> None:
        self.held[name] = feed
        self._of_feed.setdefault(feed_of(name), []).append(name)
        self._of_party.setdefault(party_of(name), []).append(name)

    def of_feed(self, feed: Origin) -> Sequence[Origin]:
        """Return what is held of a feed: itself and its branches."""
        return self._of_feed.get(feed, ())

    def of_party(self, party: PartyId) -> Sequence[Origin]:
        """Return all that is held of a party's feeds."""
        return self._of_party.get(party, ())

    @property
    def parties(self) -> Iterable[PartyId]:
        """The parties of which anything is held."""
        return self._of_party

    # -- places --------------------------------------------------------------------------------------------------------

    def home(self, name: Origin, size: int) -> Origin:
        """Return the branch that the last of the first `size` entries belongs to: a stem's are not its branches'."""
        feed = self.held[name]
        while feed.stem is not None and size <= feed.start:
            name, feed = feed.stem, self.held[feed.stem]
        return name

    def holding(self, head: Head) -> Origin | None:
        """Return the branch whose first entries are those that a head names, or None when none held has them."""
        for name in self.of_feed(head.origin):
            if self._root_at(name, head.size) == head.root:
                return self.home(name, head.size)
        return None

    def cited(self, head: Head) -> Origin:
        """Return the branch of a head that is held."""
        known = self.of_feed(head.origin)
        found = known[0] if len(known) == 1 else self.holding(head)
        assert found is not None, "what is folded cites nothing that is not held"
        return found

    def chain(self, name: Origin, size: int) -> Line:
        """Return the way through stems and branches to the first `size` entries of a branch."""
        name = self.home(name, size)
        feed = self.held[name]
        before = self.chain(feed.stem, feed.start) if feed.stem is not None and feed.start else ()
        return (*before, (name, size))

    def close(self, vector: Vector, name: Origin, size: int) -> None:
        """Take the first entries of a branch into a vector, and the stems with them."""
        for step, upto in self.chain(name, size):
            if upto > vector.get(step, 0):
                vector[step] = upto

    def reach(self, heads: Iterable[Head]) -> Vector:
        """Return the vector of heads that are held."""
        found: Vector = {}
        for head in heads:
            self.close(found, self.cited(head), head.size)
        return found

    # -- cuts ----------------------------------------------------------------------------------------------------------

    def tips(self, vector: Mapping[Origin, int], names: Iterable[Origin]) -> Iterator[Origin]:
        """Yield the branches among `names` that end within a vector: no longer one begins where they end."""
        grown = [n for n in names if vector.get(n, 0) > self.held[n].start]
        passed = {(self.held[n].stem, self.held[n].start) for n in grown}
        return (n for n in grown if (n, vector[n]) not in passed)

    def heads(self, vector: Mapping[Origin, int]) -> tuple[Head, ...]:
        """Return a vector as heads: one per feed, more where it forked; feeds without entries are left out."""
        found = []
        for name in self.tips(vector, self.held):
            root = self._root_at(name, vector[name])
            if root is not None:
                found.append(Head(feed_of(name), vector[name], root))
        return tuple(sorted(found))

    def several(self, party: PartyId, vector: Mapping[Origin, int]) -> bool:
        """Whether a party has more than one feed or branch within a vector."""
        names = self._of_party.get(party, ())
        return len(names) > 1 and sum(vector.get(name, 0) > 0 for name in names) > 1

    def lines(self, party: PartyId, vector: Mapping[Origin, int], base: Callable[[Origin], Line]) -> list[Line]:
        """Return a party's stories within a vector: the newest epoch's first, and then by the leaf where they part.

        `base` gives what an epoch's feed goes on from.
        """
        grown = [n for n in self.of_party(party) if vector.get(n, 0) > self.held[n].start]
        found = [self.line(name, vector[name], base) for name in grown]
        whole = [one for one in found if not any(other is not one and shared(one, other) == one for other in found)]
        return sorted(whole, key=cmp_to_key(self._order))

    def line(self, name: Origin, size: int, base: Callable[[Origin], Line]) -> Line:
        """Return the story that ends with the first `size` entries of a branch."""
        chain = self.chain(name, size)
        return (*base(chain[0][0]), *chain)

    def _order(self, one: Line, other: Line) -> int:
        a, b = one[-1][0], other[-1][0]
        if epoch_of(a) != epoch_of(b):
            return epoch_of(b) - epoch_of(a)
        place = common(one, other, feed_of(a))
        mine, theirs = self.held[a].leaves[place], self.held[b].leaves[place]
        return -1 if mine < theirs else 1


def shared(one: Line, other: Line) -> Line:
    """Return the steps that two stories have in common.

    >>> a, b = Origin("a/x/1"), Origin("a/x/1~b")
    >>> shared(((a, 5), (b, 9)), ((a, 7),))
    (('a/x/1', 5),)
    """
    found = []
    for (name, upto), (theirs, limit) in zip(one, other, strict=False):
        if name != theirs:
            break
        found.append((name, min(upto, limit)))
        if upto != limit:
            break
    return tuple(found)


def common(one: Line, other: Line, feed: Origin) -> int:
    """Return how many entries of a feed two stories have in common, from its first."""
    return max((upto for name, upto in shared(one, other) if feed_of(name) == feed), default=0)
