"""What only a file can do: fill up, be locked, be damaged, be copied, be opened twice and by the wrong program."""

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from entente.errors import Refused, Unavailable
from entente.store.file import LOG_ROOM, connect, make_room
from entente.store.sqlite import SqliteStore, open_sqlite
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


# -- room in the log ---------------------------------------------------------------------------------------------------


def log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def as_after_a_power_cut(path: Path, folder: Path, length: int) -> list[bytes]:
    """Return the leaves that a record gives whose log reached the disk up to `length`, and require it to be sound."""
    folder.mkdir()
    copy = folder / path.name
    copy.write_bytes(path.read_bytes())
    log_of(copy).write_bytes(log_of(path).read_bytes()[:length])
    with closing(open_sqlite(copy)) as store:
        assert store.check() == []
        append(store, b"after it")
        return [entry.leaf for entry in store.leaves(NORTH)][:-1]


def test_a_process_that_goes_on_writing_has_room_in_the_log_and_one_that_writes_seldom_makes_none(path: Path) -> None:
    lengths = []
    with closing(open_sqlite(path)) as store:
        for number in range(1200):  # two pages each: the log is emptied on the way, and begins anew
            append(store, b"leaf %d" % number)
            lengths.append(log_of(path).stat().st_size)
        assert store.check() == []

    assert lengths[6] == 7 * (lengths[1] - lengths[0]) + 32, "before the eighth it grows with what is written"
    grew = [number for number, (was, now) in enumerate(pairwise(lengths), 2) if now > was and number > 16]
    assert grew == [32, 64, 128, 256]
    assert 4_000_000 < lengths[-1] <= LOG_ROOM


def test_whatever_of_the_room_reached_the_disk_what_was_acknowledged_is_there(path: Path, tmp_path: Path) -> None:
    told = [b"one", b"two"]
    with closing(open_sqlite(path)) as store:
        for number in range(12):
            told.append(b"leaf %d" % number)
            append(store, told[-1])
        written = len(log_of(path).read_bytes().rstrip(b"\0"))
        end = 32 + -(-(written - 32) // 4120) * 4120  # a header, then pages with one of their own each
        for cut, length in enumerate((end, end + 1, end + 24, end + 4120, LOG_ROOM - 1, LOG_ROOM)):
            assert as_after_a_power_cut(path, tmp_path / f"{cut}", length) == told


def test_a_log_that_begins_anew_says_nothing_of_what_it_held(path: Path, tmp_path: Path) -> None:
    told = [b"one", b"two"]
    with closing(open_sqlite(path)) as store:
        for number in range(20):
            told.append(b"leaf %d" % number)
            append(store, told[-1])
            if number == 12:
                store._here().execute("PRAGMA wal_checkpoint(RESTART)").fetchall()
        assert as_after_a_power_cut(path, tmp_path / "cut", LOG_ROOM) == told


def test_where_no_room_can_be_made_commits_are_kept_all_the_same(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    make_room(path.with_name("nothing.db"))
    with closing(open_sqlite(path)) as store:
        with monkeypatch.context() as patch:
            patch.setattr(Path, "open", refused)
            for number in range(10):
                append(store, b"leaf %d" % number)
        assert log_of(path).stat().st_size < 200_000
        assert store.feeds()[NORTH].size == 12 and store.check() == []


# -- two processes -----------------------------------------------------------------------------------------------------


def test_who_goes_on_from_an_end_that_another_process_has_moved_is_refused_and_nothing_is_written(path: Path) -> None:
    """What a process remembers of a feed's end is proven against the file by the write itself."""
    with closing(open_sqlite(path)) as ours, closing(open_sqlite(path)) as theirs:
        append(ours, b"three")
        stale = Frontier().extend(map(leaf_hash, (b"one", b"two", b"three")))
        append(theirs, b"four")

        with ours.transaction() as txn:
            with pytest.raises(Refused) as refusal:
                txn.append(NORTH, 3, [b"a second four"], stale.append(leaf_hash(b"a second four")).to_bytes(), b"note")
            txn.set_meta("other", b"kept")  # the block goes on: the refused leaf must not be in it
        assert (refusal.value.code, refusal.value.data["size"]) == ("store.size", 4)
        assert ours.meta("other") == b"kept"

        for store in (ours, theirs):
            append(store, b"and on")
        assert [entry.leaf for entry in ours.leaves(NORTH)] == [b"one", b"two", b"three", b"four", b"and on", b"and on"]
        assert ours.feeds()[NORTH].checkpoint is None and ours.check() == []


def test_an_end_that_was_written_and_lost_is_not_remembered(path: Path) -> None:
    with closing(open_sqlite(path)) as store:
        append(store, b"three")
        with pytest.raises(KeyError), store.transaction() as txn:
            held = Frontier().extend(map(leaf_hash, (b"one", b"two", b"three", b"lost")))
            txn.append(NORTH, 3, [b"lost"], held.to_bytes(), None)
            raise KeyError
        append(store, b"four")
        assert [entry.leaf for entry in store.leaves(NORTH)] == [b"one", b"two", b"three", b"four"]
        assert store.check() == []


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
