"""The file, from two processes, and the memory side by side, through any series of writes, failures and restarts."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from entente.store.memory import MemoryStore
from entente.store.promises import Reads, Txn
from entente.store.sqlite import open_sqlite
from entente.tlog.merkle import Frontier, leaf_hash

ORIGINS = st.sampled_from(["north/exercise-one/1", "south/exercise-one/1"])
SEQS = st.integers(0, 3)
INDEXES = st.integers(0, 2)
BYTES = st.binary(max_size=4)
KEYS = st.sampled_from(["a", "a/1", "a/2", "b"])


class Crash(Exception):
    """The process stopped here."""


def apply(txn: Txn, write: tuple[str, tuple[object, ...]]) -> None:
    name, values = write
    if name != "append":
        getattr(txn, name)(*values)
        return
    origin, leaves, checkpoint = values
    row = txn.feed(origin)
    edge = Frontier() if row is None else Frontier.from_bytes(row.frontier)
    txn.append(origin, edge.size, leaves, edge.extend(map(leaf_hash, leaves)).to_bytes(), checkpoint)


WRITES = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.tuples(ORIGINS, st.lists(BYTES, max_size=3), st.none() | BYTES)),
        st.tuples(st.just("put_part"), st.tuples(ORIGINS, SEQS, INDEXES, st.just("part"), BYTES, BYTES)),
        st.tuples(st.just("put_chunk"), st.tuples(ORIGINS, SEQS, INDEXES, SEQS, BYTES)),
        st.tuples(st.just("grant"), st.tuples(st.sampled_from(["east", "west"]), ORIGINS, SEQS, INDEXES)),
        st.tuples(st.just("set_meta"), st.tuples(KEYS, st.none() | BYTES)),
        st.tuples(st.just("add_fork"), st.tuples(ORIGINS, BYTES, st.just("2025-01-01T00:00:00Z"))),
    ),
    max_size=6,
)


def view(store: Reads) -> list[object]:
    origins = ["north/exercise-one/1", "south/exercise-one/1"]
    return [
        store.feeds(),
        [list(store.leaves(origin)) for origin in origins],
        [store.parts(origin, seq) for origin in origins for seq in range(4)],
        [
            (number, store.chunk(origin, seq, index, number))
            for origin in origins
            for seq in range(4)
            for index in range(3)
            for number in store.chunks_held(origin, seq, index)
        ],
        [(row.origin, row.seq, row.data) for row in store.acts_after(0)],
        [(row.origin, row.seq, row.index) for row in store.grants_after("east", 0, 99)],
        store.metas("a"),
        store.forks(),
    ]


class Twins(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory(ignore_cleanup_errors=True)
        self.path = Path(self.folder.name) / "record.db"
        self.file = open_sqlite(self.path, create=True)
        self.beside = open_sqlite(self.path)  # another process on the same file
        self.memory = MemoryStore()

    @rule(writes=WRITES, beside=st.booleans())
    def commit(self, writes: list[tuple[str, tuple[object, ...]]], beside: bool) -> None:
        for store in (self.beside if beside else self.file, self.memory):
            with store.transaction() as txn:
                for write in writes:
                    apply(txn, write)

    @rule(writes=WRITES)
    def crash(self, writes: list[tuple[str, tuple[object, ...]]]) -> None:
        for store in (self.file, self.memory):
            try:
                with store.transaction() as txn:
                    for write in writes:
                        apply(txn, write)
                    raise Crash
            except Crash:
                pass

    @rule()
    def restart(self) -> None:
        self.file.close()
        self.file = open_sqlite(self.path)

    @invariant()
    def both_say_the_same(self) -> None:
        assert view(self.file) == view(self.beside) == view(self.memory)

    def teardown(self) -> None:
        assert self.file.check() == self.memory.check() == []
        self.beside.close()
        self.file.close()
        self.folder.cleanup()


Twins.TestCase.settings = settings(max_examples=15, stateful_step_count=12, deadline=None)
TestFileAndMemoryAreTwins = Twins.TestCase
