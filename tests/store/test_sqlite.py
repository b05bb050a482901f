"""What only a file can do: fill up, be locked, be damaged, be copied, be opened twice and by the wrong program."""

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from entente.errors import Refused, Unavailable
from entente.store.sqlite import SqliteStore, connect, open_sqlite
from entente.tlog.merkle import Frontier, leaf_hash

NORTH = "north/exercise-one/1"


def append(store: SqliteStore, *leaves: bytes) -> None:
    with store.transaction() as txn:
        row = txn.feed(NORTH)
        frontier = Frontier() if row is None else Frontier.from_bytes(row.frontier)
        after = frontier.extend(map(leaf_hash, leaves))
        txn.append(NORTH, frontier.size, leaves, after.to_bytes(), None)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A record with two leaves."""
    path = tmp_path / "record.db"
    with closing(open_sqlite(path, create=True)) as store:
        append(store, b"one", b"two")
    return path


def execute(path: Path, sql: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(sql)


def code_of(path: Path, create: bool = False) -> str:
    with pytest.raises(Unavailable) as refusal:
        open_sqlite(path, create)
    return refusal.value.code


def test_what_was_kept_is_there_when_the_file_is_opened_again(path: Path) -> None:
    with closing(open_sqlite(path)) as store:
        assert [entry.leaf for entry in store.leaves(NORTH)] == [b"one", b"two"]
        assert store.check() == []


def test_every_commit_reaches_the_disk_before_it_returns(path: Path) -> None:
    with closing(connect(path, 1)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)


def test_a_missing_record_is_made_only_when_that_was_asked(tmp_path: Path) -> None:
    assert code_of(tmp_path / "nothing.db") == "store.missing"
    assert not (tmp_path / "nothing.db").exists()

    open_sqlite(tmp_path / "nothing.db", create=True).close()
    open_sqlite(tmp_path / "nothing.db").close()


def test_creating_where_a_record_is_opens_it(path: Path) -> None:
    with closing(open_sqlite(path, create=True)) as store:
        assert store.feeds()[NORTH].size == 2


def test_a_record_that_was_never_finished_is_made_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    path.touch()

    assert code_of(path) == "store.corrupt"
    open_sqlite(path, create=True).close()
    open_sqlite(path).close()


def test_a_record_of_a_later_version_is_left_alone(path: Path) -> None:
    execute(path, "PRAGMA user_version = 4")

    assert code_of(path) == "store.newer"
    assert code_of(path, create=True) == "store.newer"


def test_another_programs_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    execute(path, "CREATE TABLE photo (id)")
    before = path.read_bytes()

    assert code_of(path, create=True) == "store.corrupt"
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_called_damaged(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    path.write_bytes(b"these are not the pages you are looking for" * 100)

    assert code_of(path) == "store.corrupt"


def test_a_full_disk_loses_the_transaction_and_nothing_else(path: Path) -> None:
    with closing(open_sqlite(path)) as store:
        pages = store._here().execute("PRAGMA page_count").fetchone()[0]
        store._here().execute(f"PRAGMA max_page_count = {pages + 2}")

        with pytest.raises(Unavailable) as refusal, store.transaction() as txn:
            txn.set_meta("small", b"kept only with the rest")
            txn.put_part(NORTH, 0, 1, "detail", bytes(32), bytes(100_000))
        assert refusal.value.code == "store.full"

        assert store.meta("small") is None
        append(store, b"three")
        assert store.check() == []


def test_a_record_that_may_not_be_written_says_so(path: Path) -> None:
    with closing(open_sqlite(path)) as store:
        store._here().execute("PRAGMA query_only = ON")

        with pytest.raises(Unavailable) as refusal:
            append(store, b"three")

        assert refusal.value.code == "store.readonly"


def test_a_writer_waits_for_another_process_and_then_gives_up(path: Path) -> None:
    with closing(open_sqlite(path, wait_s=0.05)) as ours, closing(open_sqlite(path, wait_s=0.05)) as theirs:
        with theirs.transaction() as txn:
            txn.set_meta("theirs", b"")
            with pytest.raises(Unavailable) as refusal:
                append(ours, b"three")
            assert refusal.value.code == "store.locked"
            assert ours.feeds()[NORTH].size == 2

        append(ours, b"three")
        assert theirs.feeds()[NORTH].size == 3


def test_a_commit_of_another_process_is_noticed(path: Path) -> None:
    with closing(open_sqlite(path)) as ours, closing(open_sqlite(path)) as theirs:
        before = ours.changes()
        append(theirs, b"three")

        assert ours.changes() != before


def test_readers_on_other_threads_see_the_last_commit_and_wait_for_nobody(path: Path) -> None:
    seen: list[int] = []
    with closing(open_sqlite(path)) as store:
        with store.transaction() as txn:
            txn.set_meta("uncommitted", b"")
            reader = threading.Thread(target=lambda: seen.append(len(store.metas(""))))
            reader.start()
            reader.join(5)

        assert seen == [0]
        assert len(store.metas("")) == 1


def test_a_process_killed_inside_a_transaction_leaves_the_last_commit(path: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; from entente.store.sqlite import open_sqlite\n"
        "store = open_sqlite(Path(sys.argv[1]))\n"
        "with store.transaction() as txn: txn.set_meta('first', b'kept')\n"
        "with store.transaction() as txn: txn.set_meta('second', b'lost'); os._exit(9)\n"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(path)], env={"PYTHONPATH": _source()}, check=False)

    assert killed.returncode == 9
    with closing(open_sqlite(path)) as store:
        assert store.metas("") == {"first": b"kept"}
        assert store.check() == []


def _source() -> str:
    import entente

    return str(Path(entente.__file__ or "").parents[1])


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        ("UPDATE leaf SET leaf = x'00' WHERE seq = 1", "leaf 1 is not the one that was kept"),
        ("DELETE FROM leaf WHERE seq = 0", "leaf 0 is missing"),
        ("DELETE FROM leaf WHERE seq = 1", "1 leaves are held where 2 were kept"),
        ("UPDATE feed SET frontier = zeroblob(8)", "the frontier kept is not that of its leaves"),
        ("UPDATE feed SET size = 1", "more than 1 leaves are held"),
        ("UPDATE leaf SET hash = x'00' WHERE seq = 0", "leaf 0 is not the one that was kept"),
    ],
)
def test_a_check_finds_what_was_changed_behind_our_back(path: Path, damage: str, says: str) -> None:
    execute(path, damage)

    with closing(open_sqlite(path)) as store:
        assert any(says in flaw for flaw in store.check())


def test_a_check_of_damaged_pages_is_a_sentence_and_no_crash(path: Path) -> None:
    append_many = [number.to_bytes(4, "big") * 50 for number in range(500)]
    with closing(open_sqlite(path)) as store:
        append(store, *append_many)
    data = bytearray(path.read_bytes())
    for at in range(20_000, len(data), 4096):
        data[at : at + 2000] = b"\xff" * 2000
    path.write_bytes(data)

    with closing(open_sqlite(path)) as store:
        assert store.check() != []


def test_a_backup_is_a_record_of_its_own(path: Path, tmp_path: Path) -> None:
    with closing(open_sqlite(path)) as store:
        store.backup(tmp_path / "copy.db")
        append(store, b"three")

        with closing(open_sqlite(tmp_path / "copy.db")) as copy:
            assert copy.feeds()[NORTH].size == 2
            assert copy.check() == []
            append(copy, b"another three")


def test_a_backup_overwrites_nothing(path: Path, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_bytes(b"precious")

    with closing(open_sqlite(path)) as store, pytest.raises(Refused) as refusal:
        store.backup(tmp_path / "copy.db")

    assert refusal.value.code == "store.exists"
    assert (tmp_path / "copy.db").read_bytes() == b"precious"


def test_two_processes_that_make_a_record_at_once_make_one(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    failed: list[Exception] = []

    def make() -> None:
        try:
            open_sqlite(path, create=True).close()
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    open_sqlite(path).close()


def test_a_record_of_the_first_version_is_led_to_this_one_with_all_it_holds(tmp_path: Path) -> None:
    """FEED-76: the tables that knew no branches and no attached files; read as before, branched from, added to."""
    path = tmp_path / "old.db"
    with closing(open_sqlite(path, create=True)) as store, store.transaction() as txn:
        txn.append("north/exercise-one/1", 0, [b"one"], Frontier().append(leaf_hash(b"one")).to_bytes(), b"note")
    with closing(sqlite3.connect(path)) as old:
        for column in ("stem", "stem_size"):
            old.execute(f"ALTER TABLE feed DROP COLUMN {column}")
        old.execute("DROP TABLE chunk")
        old.execute("PRAGMA user_version = 1")
        old.commit()

    for _ in range(2):
        with closing(open_sqlite(path)) as store:
            assert store.check() == [] and store.feeds()["north/exercise-one/1"].checkpoint == b"note"
    with closing(open_sqlite(path)) as store, store.transaction() as txn:
        txn.branch("north/exercise-one/1~0", "north/exercise-one/1", 1)
        assert txn.put_chunk("north/exercise-one/1~0", 1, 1, 0, b"chunk")
    with closing(sqlite3.connect(path)) as new:
        assert new.execute("PRAGMA user_version").fetchone() == (3,)
