"""The promises of a record, kept by every keeper."""

import threading
from collections.abc import Callable

import pytest

from entente.errors import Refused
from entente.store.promises import (
    ActRow,
    Entry,
    Fault,
    FeedRow,
    ForkRow,
    GrantRow,
    Moment,
    Store,
    StoredPart,
    Txn,
    Write,
)
from entente.tlog.merkle import Frontier, leaf_hash

NORTH = "north/exercise-one/1"
SOUTH = "south/exercise-one/1"


def edge(leaves: list[bytes]) -> bytes:
    return Frontier().extend(map(leaf_hash, leaves)).to_bytes()


def append(store: Store, origin: str, *leaves: bytes, checkpoint: bytes | None = None) -> None:
    """Add leaves behind those held, in a transaction of their own."""
    with store.transaction() as txn:
        held = [entry.leaf for entry in txn.leaves(origin)]
        txn.append(origin, len(held), leaves, edge([*held, *leaves]), checkpoint)


def everything(store: Store) -> dict[str, object]:
    """All that a reader can see."""
    return {
        "feeds": store.feeds(),
        "leaves": {origin: list(store.leaves(origin)) for origin in (NORTH, SOUTH)},
        "parts": {(origin, seq): store.parts(origin, seq) for origin in (NORTH, SOUTH) for seq in range(4)},
        "chunks": [(number, store.chunk(NORTH, 1, 1, number)) for number in store.chunks_held(NORTH, 1, 1)],
        "acts": store.acts_after(0),
        "grants": store.grants_after("south", 0, 100),
        "metas": store.metas(""),
        "forks": store.forks(),
    }


def fill(txn: Txn) -> None:
    """One of every write."""
    txn.append(NORTH, 1, [b"two"], edge([b"one", b"two"]), b"note 2")
    txn.set_checkpoint(NORTH, b"note 2, cosigned")
    txn.put_part(NORTH, 1, 0, "act", bytes(32), b"{}")
    txn.put_chunk(NORTH, 1, 1, 0, b"chunk")
    txn.grant("south", NORTH, 1, 0)
    txn.set_meta("cursor", b"2")
    txn.add_fork(SOUTH, b"two heads", "2025-01-01T00:00:00Z")


def test_an_empty_record_answers_every_question(store: Store) -> None:
    assert store.feeds() == {}
    assert store.feed(NORTH) is None
    assert list(store.leaves(NORTH)) == []
    assert store.leaf_hashes(NORTH, 0, 5) == []
    assert store.parts(NORTH, 0) == []
    assert store.part(NORTH, 0, 0) is None
    assert store.acts_after(0) == []
    assert store.arrival() == 0
    assert store.grants_after("south", 0, 10) == []
    assert store.granted("south", NORTH, 0) == set()
    assert store.meta("cursor") is None
    assert store.forks() == []
    assert store.check() == []


def test_leaves_come_back_as_they_came_with_the_edge_and_the_newest_note(store: Store) -> None:
    append(store, NORTH, b"one", b"two", checkpoint=b"note 2")
    append(store, NORTH, b"three")

    assert store.feed(NORTH) == FeedRow(
        origin=NORTH, size=3, frontier=edge([b"one", b"two", b"three"]), checkpoint=b"note 2"
    )
    assert list(store.leaves(NORTH, 1)) == [
        Entry(origin=NORTH, seq=1, leaf=b"two"),
        Entry(origin=NORTH, seq=2, leaf=b"three"),
    ]
    assert [entry.seq for entry in store.leaves(NORTH, 0, 2)] == [0, 1]
    assert store.leaf_hashes(NORTH, 1, 3) == [leaf_hash(b"two"), leaf_hash(b"three")]
    assert store.check() == []


def test_more_leaves_than_are_read_at_once_come_in_order(store: Store) -> None:
    leaves = [number.to_bytes(2, "big") for number in range(2500)]
    append(store, NORTH, *leaves)

    assert [entry.leaf for entry in store.leaves(NORTH)] == leaves
    assert [entry.seq for entry in store.leaves(NORTH, 990, 2010)] == list(range(990, 2010))
    assert store.check() == []


def test_a_leaf_is_added_only_behind_the_size_its_writer_expects(store: Store) -> None:
    append(store, NORTH, b"one")
    before = everything(store)

    for wrong in (0, 2):
        with pytest.raises(Refused) as refusal, store.transaction() as txn:
            txn.append(NORTH, wrong, [b"other"], edge([b"other"]), None)
        assert refusal.value.code == "store.size"
        assert refusal.value.data["size"] == 1

    assert everything(store) == before


def test_an_edge_that_is_not_the_leaves_own_is_our_mistake(store: Store) -> None:
    with pytest.raises(AssertionError), store.transaction() as txn:
        txn.append(NORTH, 0, [b"one"], edge([b"another"]), None)

    assert store.feed(NORTH) is None


def test_a_note_is_kept_only_for_a_feed_that_is_held(store: Store) -> None:
    with pytest.raises(Refused) as refusal, store.transaction() as txn:
        txn.set_checkpoint(NORTH, b"note")

    assert refusal.value.code == "store.feed"


def test_a_part_is_kept_once_and_as_it_first_came(store: Store) -> None:
    with store.transaction() as txn:
        assert txn.put_part(NORTH, 7, 1, "geometry", b"s" * 32, b"first")
        assert not txn.put_part(NORTH, 7, 1, "geometry", b"s" * 32, b"second")
        assert txn.put_part(NORTH, 7, 0, "act", b"t" * 32, b"{}")

    act = StoredPart(index=0, name="act", salt=b"t" * 32, data=b"{}")
    detail = StoredPart(index=1, name="geometry", salt=b"s" * 32, data=b"first")
    assert store.parts(NORTH, 7) == [act, detail]
    assert store.part(NORTH, 7, 1) == detail


def test_a_chunk_is_kept_once_and_as_it_first_came(store: Store) -> None:
    with store.transaction() as txn:
        assert txn.put_chunk(NORTH, 7, 1, 2, b"first")
        assert not txn.put_chunk(NORTH, 7, 1, 2, b"second")
        assert txn.put_chunk(NORTH, 7, 1, 0, b"")
        assert txn.put_chunk(NORTH, 7, 2, 1, b"of another file")

    assert store.chunks_held(NORTH, 7, 1) == [0, 2]
    assert [store.chunk(NORTH, 7, 1, number) for number in range(3)] == [b"", None, b"first"]
    assert store.chunks_held(SOUTH, 7, 1) == []


def test_acts_are_numbered_as_they_arrive_and_details_are_not(store: Store) -> None:
    with store.transaction() as txn:
        txn.put_part(NORTH, 5, 0, "act", bytes(32), b"a")
        txn.put_part(NORTH, 5, 1, "detail", bytes(32), b"b")
    with store.transaction() as txn:
        txn.put_part(SOUTH, 0, 0, "act", bytes(32), b"c")
        txn.put_part(NORTH, 5, 0, "act", bytes(32), b"again")
        txn.put_part(NORTH, 2, 0, "act", bytes(32), b"d")

    rows = store.acts_after(0)
    assert [(row.origin, row.seq, row.data) for row in rows] == [(NORTH, 5, b"a"), (SOUTH, 0, b"c"), (NORTH, 2, b"d")]
    assert [row.cursor for row in rows] == sorted({row.cursor for row in rows})
    assert store.acts_after(rows[0].cursor, 1) == [
        ActRow(cursor=rows[1].cursor, origin=SOUTH, seq=0, data=b"c"),
    ]
    assert store.arrival() == rows[-1].cursor
    assert store.acts_after(store.arrival()) == []


def test_a_transaction_that_failed_uses_up_no_number_that_a_reader_waits_for(store: Store) -> None:
    with pytest.raises(ValueError, match="no"), store.transaction() as txn:
        txn.put_part(NORTH, 0, 0, "act", bytes(32), b"lost")
        raise ValueError("no")
    with store.transaction() as txn:
        txn.put_part(NORTH, 1, 0, "act", bytes(32), b"kept")

    assert [row.data for row in store.acts_after(0)] == [b"kept"]
    assert store.arrival() == store.acts_after(0)[0].cursor


def test_a_recipient_finds_each_grant_once_and_only_its_own(store: Store) -> None:
    with store.transaction() as txn:
        for recipient, index in [("south", 0), ("east", 1), ("south", 2), ("south", 0)]:
            txn.grant(recipient, NORTH, 4, index)

    rows = store.grants_after("south", 0, 10)
    assert [(row.seq, row.index) for row in rows] == [(4, 0), (4, 2)]
    assert store.grants_after("south", rows[0].cursor, 10) == [
        GrantRow(cursor=rows[1].cursor, recipient="south", origin=NORTH, seq=4, index=2)
    ]
    assert store.grants_after("south", 0, 1) == rows[:1]
    assert store.granted("south", NORTH, 4) == {0, 2}
    assert store.granted("south", NORTH, 5) == set()


def test_small_values_are_kept_replaced_and_forgotten(store: Store) -> None:
    with store.transaction() as txn:
        txn.set_meta("draft/2", b"b")
        txn.set_meta("draft/1", b"a")
        txn.set_meta("draft", b"c")
        txn.set_meta("draft_x", b"")
        txn.set_meta("dräft/1", b"d")
        txn.set_meta("draft/2", b"bb")

    assert list(store.metas("draft/").items()) == [("draft/1", b"a"), ("draft/2", b"bb")]
    assert store.metas("dräft") == {"dräft/1": b"d"}
    assert store.meta("draft_x") == b""

    with store.transaction() as txn:
        txn.set_meta("draft/1", None)
        txn.set_meta("never", None)
    assert store.meta("draft/1") is None
    assert len(store.metas("")) == 4


def test_evidence_of_a_fork_is_kept_once(store: Store) -> None:
    with store.transaction() as txn:
        txn.add_fork(NORTH, b"two heads", "2025-01-01T00:00:00Z")
        txn.add_fork(NORTH, b"two heads", "2025-01-02T00:00:00Z")
        txn.add_fork(NORTH, b"two others", "2025-01-03T00:00:00Z")

    assert store.forks() == [
        ForkRow(origin=NORTH, evidence=b"two heads", found_at="2025-01-01T00:00:00Z"),
        ForkRow(origin=NORTH, evidence=b"two others", found_at="2025-01-03T00:00:00Z"),
    ]


def test_a_block_that_raises_leaves_everything_as_it_was(store: Store) -> None:
    append(store, NORTH, b"one", checkpoint=b"note 1")
    before = everything(store)

    with pytest.raises(KeyError), store.transaction() as txn:
        fill(txn)
        raise KeyError

    assert everything(store) == before
    with store.transaction() as txn:
        fill(txn)
    assert everything(store) != before


def test_inside_a_transaction_its_own_writes_are_seen(store: Store) -> None:
    append(store, NORTH, b"one")

    with store.transaction() as txn:
        fill(txn)
        inside = everything(txn)

    assert inside == everything(store)


def test_a_transaction_that_ended_writes_nothing_more(store: Store) -> None:
    with store.transaction() as txn:
        pass

    with pytest.raises(AssertionError):
        txn.set_meta("late", b"")


def test_a_transaction_does_not_open_inside_another(store: Store) -> None:
    with store.transaction(), pytest.raises(AssertionError), store.transaction():
        pass

    append(store, NORTH, b"one")


def test_the_number_of_changes_moves_with_each_commit_and_only_then(store: Store) -> None:
    first = store.changes()
    assert store.changes() == first

    append(store, NORTH, b"one")
    second = store.changes()
    assert second != first

    with pytest.raises(KeyError), store.transaction() as txn:
        txn.set_meta("x", b"")
        raise KeyError
    assert store.changes() == second


def test_writers_on_many_threads_follow_one_another(store: Store) -> None:
    def write(name: bytes) -> None:
        for number in range(10):
            append(store, NORTH, name + bytes([number]))

    threads = [threading.Thread(target=write, args=(name,)) for name in (b"a", b"b", b"c")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert store.feeds()[NORTH].size == 30
    assert store.check() == []


def test_closing_twice_is_harmless(store: Store) -> None:
    store.close()
    store.close()


class Lost(Exception):
    """A write that a test made fail."""


class FailOnce:
    """Fails the first write of a name at a moment, and lets all others through."""

    def __init__(self, write: Write, moment: Moment) -> None:
        self._at: tuple[Write, Moment] | None = (write, moment)

    def __call__(self, write: Write, moment: Moment) -> None:
        if (write, moment) == self._at:
            self._at = None
            raise Lost(f"{write}, {moment}")


INSIDE: tuple[Write, ...] = ("append", "set_checkpoint", "put_part", "put_chunk", "grant", "set_meta", "add_fork")
# A write inside a transaction never stands alone: kept or lost, it goes with its block. Only the commit decides.
FAULTS: list[tuple[Write, Moment, bool]] = [
    *((write, moment, False) for write in INSIDE for moment in ("before", "after")),
    ("commit", "before", False),
    ("commit", "after", True),
]


@pytest.mark.parametrize(("write", "moment", "kept"), FAULTS)
def test_after_any_write_failed_all_or_nothing_is_there_and_trying_again_is_safe(
    opener: Callable[[Fault], Store], write: Write, moment: Moment, kept: bool
) -> None:
    armed = [False]
    failing = FailOnce(write, moment)
    store = opener(lambda write, moment: failing(write, moment) if armed[0] else None)
    append(store, NORTH, b"one")
    before = everything(store)
    whole = opener(lambda write, moment: None)
    append(whole, NORTH, b"one")
    with whole.transaction() as txn:
        fill(txn)

    armed[0] = True
    with pytest.raises(Lost), store.transaction() as txn:
        fill(txn)

    assert everything(store) == (everything(whole) if kept else before)
    assert store.check() == []

    # The caller cannot tell the two apart, and need not: the size it expects decides.
    if kept:
        with pytest.raises(Refused, match="holds 2 leaves"), store.transaction() as txn:
            fill(txn)
    else:
        with store.transaction() as txn:
            fill(txn)
    assert everything(store) == everything(whole)


# -- branches ----------------------------------------------------------------------------------------------------------


def test_a_branch_shares_its_stem_and_goes_on_for_itself(store: Store) -> None:
    """FEED-76: leaves, hashes and parts before the parting are those of the feed; what is kept behind it is its own."""
    other = f"{NORTH}~{'0' * 64}"
    further = f"{NORTH}~{'f' * 64}"
    append(store, NORTH, b"one", b"two", b"three", checkpoint=b"note")
    with store.transaction() as txn:
        txn.put_part(NORTH, 0, 0, "act", b"salt", b"shared")
        txn.put_part(NORTH, 2, 0, "act", b"salt", b"of the feed")
        txn.branch(other, NORTH, 2)
        txn.append(other, 2, [b"drei", b"vier"], edge([b"one", b"two", b"drei", b"vier"]), b"other note")
        txn.put_part(other, 2, 0, "act", b"salt", b"of the branch")
        txn.branch(further, other, 3)
        txn.append(further, 3, [b"quatre"], edge([b"one", b"two", b"drei", b"quatre"]), None)

    assert [e.leaf for e in store.leaves(other)] == [b"one", b"two", b"drei", b"vier"]
    assert [(e.origin, e.seq, e.leaf) for e in store.leaves(further, 1, 4)] == [
        (further, 1, b"two"), (further, 2, b"drei"), (further, 3, b"quatre"),
    ]  # fmt: skip
    assert store.leaf_hashes(other, 0, 3) == [leaf_hash(leaf) for leaf in (b"one", b"two", b"drei")]
    acts = [store.part(name, seq, 0) for name in (NORTH, other, further) for seq in (0, 2)]
    assert [part.data if part else None for part in acts] == [
        b"shared", b"of the feed", b"shared", b"of the branch", b"shared", b"of the branch",
    ]  # fmt: skip
    row = store.feed(other)
    assert row is not None and (row.stem, row.stem_size, row.size) == (NORTH, 2, 4)
    assert store.check() == []


def test_a_branch_begins_within_its_stem_and_once(store: Store) -> None:
    """FEED-76: all or nothing, as ever."""
    other = f"{NORTH}~{'0' * 64}"
    append(store, NORTH, b"one")
    for stem, size in ((NORTH, 2), ("south/exercise-one/1", 1)):
        with pytest.raises(Refused) as refusal, store.transaction() as txn:
            txn.branch(other, stem, size)
        assert refusal.value.code == "store.stem"
    with pytest.raises(KeyError), store.transaction() as txn:
        txn.branch(other, NORTH, 1)
        raise KeyError
    assert store.feed(other) is None and not list(store.leaves(other))
    with store.transaction() as txn:
        txn.branch(other, NORTH, 0)
    with pytest.raises(Refused), store.transaction() as txn:
        txn.branch(other, NORTH, 1)
    assert store.check() == []
