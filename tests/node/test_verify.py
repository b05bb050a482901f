"""A whole record verified again: what is sound says so, and whatever was changed on the disk is named."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from tests.node.stories import append, three, utter

from entente import canonical
from entente.feed.part import Part
from entente.ids import Hash
from entente.joint.line import Reason
from entente.node import command
from entente.node.home import Mark
from entente.node.node import Node
from entente.node.verify import FeedReport, verify_record
from entente.store.sqlite import open_sqlite
from entente.testing.coalition import Coalition

AGREEMENT = "exercise-test"
ORIGIN = "north/exercise-test/1"


@pytest.fixture
def record(tmp_path: Path) -> tuple[Coalition, Path]:
    """Return a coalition in which north's record is a file, with a few things said."""
    path = tmp_path / "record.sqlite"
    coalition = Coalition.form("north", "south", stores={"north": open_sqlite(path, create=True)})
    coalition["north"].say(command.stop(AGREEMENT, "all", "north", "s1", Reason.OTHER))
    coalition["north"].node.journal("looked", at="nothing")
    coalition.settle()
    return coalition, path


def reopened(coalition: Coalition, path: Path) -> list[FeedReport]:
    north = coalition["north"].node
    with closing(open_sqlite(path)) as store:
        return verify_record(Node(north.party, store, north.keys, coalition.clock, Mark(None), exercise=True))


def flaws(reports: list[FeedReport]) -> list[str]:
    return [flaw for report in reports for flaw in report.flaws]


def test_a_sound_record_is_verified_whole(record: tuple[Coalition, Path]) -> None:
    reports = {report.origin: report for report in reopened(*record)}

    assert all(report.sound for report in reports.values()), reports
    ours = reports[ORIGIN]
    assert ours.size == ours.head == ours.acts == ours.signatures
    assert ours.details >= ours.acts
    assert reports["south/exercise-test/1"].signatures == reports["south/exercise-test/1"].acts
    assert reports["north/journal/1"].acts == 1


def _detail(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


CHANGES: dict[str, tuple[str, Callable[[bytes], bytes], str]] = {
    "an act": ("part SET data = ? WHERE idx = 0 AND origin = ? AND seq = 3", _detail, "is not the one that the leaf"),
    "a detail": ("part SET data = ? WHERE idx = 1 AND origin = ? AND seq = 3", _detail, "is not the one that the act"),
    "a head": ("feed SET checkpoint = ? WHERE origin = ?", lambda note: note.replace(b"\n", b"\nx", 1), "the head"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_whatever_was_changed_on_the_disk_is_named(record: tuple[Coalition, Path], what: str) -> None:
    coalition, path = record
    change, change_bytes, sentence = CHANGES[what]
    table, _, rest = change.partition(" SET ")
    column, _, where = rest.partition(" = ? WHERE ")
    with closing(sqlite3.connect(path)) as connection, connection:
        [data] = connection.execute(f"SELECT {column} FROM {table} WHERE {where}", (ORIGIN,)).fetchone()
        connection.execute(f"UPDATE {change}", (change_bytes(data), ORIGIN))

    found = flaws(reopened(coalition, path))

    assert any(sentence in flaw for flaw in found), found


def test_a_record_cut_short_does_not_fit_its_head(record: tuple[Coalition, Path]) -> None:
    coalition, path = record
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM leaf WHERE origin = ? AND seq > 5", (ORIGIN,))

    assert any(ORIGIN in flaw for flaw in flaws(reopened(coalition, path)))


def test_a_feed_without_a_signed_head_is_named(record: tuple[Coalition, Path]) -> None:
    coalition, path = record
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE feed SET checkpoint = NULL WHERE origin = ?", ("south/exercise-test/1",))

    assert any("no signed head" in flaw for flaw in flaws(reopened(coalition, path)))


def test_a_false_snapshot_is_named(record: tuple[Coalition, Path]) -> None:
    coalition, path = record
    coalition["north"].node.keep()
    with closing(open_sqlite(path)) as store, store.transaction() as txn:
        [(key, kept)] = txn.metas("snapshot/").items()
        plain = msgspec.msgpack.decode(kept)
        known = plain["folds"]["all"]
        known["words"].append("staff.signature")
        known["feeds"][ORIGIN][4][3] = len(known["words"]) - 1  # the fourth column: codes
        txn.set_meta(key, msgspec.msgpack.encode(plain))

    assert any("judging everything again" in flaw for flaw in flaws(reopened(coalition, path)))


def test_a_card_that_was_exchanged_is_named(record: tuple[Coalition, Path]) -> None:
    coalition, path = record
    stranger = Coalition.gather("south")["south"].card
    with closing(open_sqlite(path)) as store, store.transaction() as txn:
        txn.set_meta(f"card/{AGREEMENT}/south", canonical.encode(stranger))

    assert any("the agreement pins" in flaw for flaw in flaws(reopened(coalition, path)))


def test_acts_that_list_what_is_no_detail_and_enrol_what_is_no_key_are_verified_too() -> None:
    """JOINT-12: whatever another party's acts say, the verification of our own record ends."""
    coalition = three()
    a, b = coalition["a"], coalition["b"]
    utter(a, "stop.send", "stop/a/one", {"reason": "other"}, circle="all", listed=(("x", Hash("zz")),))
    enrol = {"officer": "a/new", "key": {"suite": "none"}, "fingerprint": "0" * 64, "rank": ""}
    utter(a, "staff.enrol", "staff/a/new", enrol, circle="all", office="root", officer="a/root")
    part = Part(name="note", salt=bytes(32), data=b"")
    listed = [["note", part.commitment.hex()]]
    append(a, canonical.encode({"later": 1, "statement": {"details": listed}}), "all", (part,))
    coalition.settle()

    reports = {report.origin: report for report in verify_record(b.node)}

    assert reports[f"a/{AGREEMENT}/1"].flaws == []
