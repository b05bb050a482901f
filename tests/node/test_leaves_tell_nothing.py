"""Leaves as an outsider holds them, by the thousand: what can be told from them of audience, exact time and size.

The outsider is a party of the agreement, and in neither of the circles that a coin chooses between. A real betrayal
would be far beyond these bounds; each is so wide that chance passes it less than once in a million runs.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from tests.node.stories import AGREEMENT

from entente.feed import leaf as leaves
from entente.feed.leaf import Leaf
from entente.ids import CircleId
from entente.node.translate import NewEntry, salted
from entente.testing.coalition import START, Coalition

CIRCLES = {"ab": (["a", "b"], []), "ad": (["a", "d"], [])}
COUNT = 6000
ORIGIN = f"a/{AGREEMENT}/1"
CADENCE_S = 60
Z = 6.5
"""Standard deviations: two in ten thousand million, for some hundreds of questions."""


Bits = npt.NDArray[np.float64]
"""A row for each leaf, a column for each bit."""


@dataclass(frozen=True)
class Truth:
    """What a knows of an entry, and an outsider is not to."""

    circle: str
    length: int
    content: bytes
    second: int


@cache
def seen() -> tuple[list[Leaf], list[Truth]]:
    """Return the leaves that c holds of a's feed, and the truth of each."""
    c = Coalition.form("a", "b", "c", "d", circles=CIRCLES)
    a = c["a"].node
    told: list[tuple[str, int, bytes]] = []
    truths: list[Truth] = []
    entries: list[NewEntry] = []
    book = a.book(AGREEMENT)
    first = book.size(ORIGIN)
    for _ in range(COUNT):
        circle = secrets.choice(("ab", "ad"))
        # A few contents over and over: whoever could tell two alike apart from two unlike would learn much.
        content = secrets.choice((b"one", b"two")) + b"x" * secrets.randbelow(3000)
        told.append((circle, len(content), content[:3]))
        details = (salted("note", content),)
        entries.append(NewEntry(circle=CircleId(circle), sort="act", act=b"{}", details=details, grants={}))
    runs = [range(at, min(at + COUNT // CADENCE_S, COUNT)) for at in range(0, COUNT, COUNT // CADENCE_S)]
    for number, run in enumerate(runs):  # one commit for each second, in no order
        second = (number * 37) % CADENCE_S
        with a.lock, a.store.transaction() as txn:
            a._append(txn, book, [entries[at] for at in run], START + timedelta(minutes=5, seconds=second))
        a.catch_up()
        truths += [Truth(*told[at], second) for at in run]
    while (taken := c.carry("a", "c")) is not None and taken.more:
        pass
    held = c["c"].node.store.leaves(ORIGIN, first, first + COUNT)
    return [leaves.decode(one.leaf, ORIGIN, one.seq) for one in held], truths


def apart(bits: Bits, labels: list[bool]) -> float:
    """Return how many standard deviations two groups' shares of ones lie apart at most, over all columns."""
    first = np.array(labels)
    share = bits.mean(axis=0)
    gap = np.abs(bits[first].mean(axis=0) - bits[~first].mean(axis=0))
    spread = np.sqrt(share * (1 - share) * (1 / first.sum() + 1 / (~first).sum()))
    return float((gap / spread).max())


def bits_of(found: list[Leaf], field: str) -> Bits:
    raw = [np.frombuffer(bytes.fromhex(getattr(one, field)), dtype=np.uint8) for one in found]
    return np.unpackbits(np.array(raw), axis=1).astype(np.float64)


def test_no_bit_of_a_leaf_goes_with_its_audience_its_length_its_second_or_its_content() -> None:
    """FEED-5 to FEED-8, FEED-11, FEED-13."""
    found, truths = seen()
    assert len(found) == COUNT
    middle = sorted(truth.length for truth in truths)[COUNT // 2]
    told = {
        "audience": [truth.circle == "ab" for truth in truths],
        "length within its bucket": [truth.length > middle for truth in truths],
        "second": [truth.second >= CADENCE_S // 2 for truth in truths],
        "content": [truth.content == b"one" for truth in truths],
    }

    for field in ("tag", "com", "com2"):
        bits = bits_of(found, field)
        for what, labels in told.items():
            assert apart(bits, labels) < Z, (field, what)
        assert np.abs(bits.sum(axis=0) - COUNT / 2).max() < Z * np.sqrt(COUNT) / 2, field


def test_no_tag_and_no_commitment_comes_twice_though_contents_do() -> None:
    """FEED-7, FEED-13."""
    found, truths = seen()

    assert len({(t.content, t.length, t.circle) for t in truths}) < COUNT
    for field in ("tag", "com", "com2"):
        assert len({getattr(one, field) for one in found}) == COUNT


def test_all_that_is_not_noise_is_the_same_for_all() -> None:
    """FEED-6, FEED-8: the time to the cadence, the size to a power of two, and that somebody spoke."""
    found, truths = seen()

    assert {(one.kind, one.env, one.size) for one in found} == {("act", "", 4096)}
    assert {one.t % CADENCE_S for one in found} == {0} and len({one.t for one in found}) == 1
    assert len({truth.second for truth in truths}) == CADENCE_S


def test_tags_in_a_row_do_not_go_with_circles_in_a_row() -> None:
    """FEED-7: neighbours of one circle are no more alike than neighbours of two."""
    found, truths = seen()
    bits = bits_of(found, "tag")
    alike = (bits[1:] == bits[:-1]).astype(np.float64)

    assert apart(alike, [one.circle == other.circle for one, other in pairwise(truths)]) < Z
