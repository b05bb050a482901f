"""A snapshot is a cache: with it, without it, or with a foreign one, a node holds the same to be true."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from tests.node.stories import plan, utter

from entente.ids import Hash, PartyId
from entente.joint.act import Head
from entente.joint.decisions import Answer
from entente.node import command
from entente.node.home import Mark
from entente.node.node import Node
from entente.store.sqlite import open_sqlite
from entente.testing.coalition import Coalition, Member


def told(tmp_path: Path) -> Coalition:
    """Return a coalition with some operations, decisions, one of them void, and ended ones."""
    stores = {party: open_sqlite(tmp_path / party, create=True) for party in ("north", "south")}
    coalition = Coalition.form("north", "south", stores=stores)
    north, south = coalition["north"], coalition["south"]
    for number in range(4):
        what = plan(lat=30 + number)
        said = north.say(command.propose(north.default, "all", "north", f"n{number}", what, to=["south"]))
        coalition.settle()
        south.say(command.decide(south.default, "all", said.subject, said.leaf, Answer.NO_OBJECTION))
        if number % 2:
            north.say(command.withdraw(north.default, "all", said.subject, said.leaf))
    coalition.settle()
    return coalition


def reopened(member: Member, path: Path) -> Node:
    """Return a node opened anew on a member's record."""
    return Node(
        PartyId(member.party), open_sqlite(path), member.node.keys, member.node.clock, Mark(None), exercise=True
    )


def picture(node: Node, agreement: str) -> object:
    """Return all that a node holds to be true, and what it would screen against."""
    fold = node.book(agreement).fold("all")
    return fold.rows(), fold.digest(), sorted(node.watch.flights), sorted(node.watch.airspace.plans)


def test_a_node_started_from_its_snapshot_holds_what_it_would_hold_without(tmp_path: Path) -> None:
    coalition = told(tmp_path)
    north = coalition["north"]
    without = picture(reopened(north, tmp_path / "north"), north.default)

    north.node.keep()
    again = reopened(north, tmp_path / "north")

    assert picture(again, north.default) == without == picture(north.node, north.default)
    assert again._kept, "the snapshot was used"


def test_what_comes_after_a_snapshot_is_judged(tmp_path: Path) -> None:
    coalition = told(tmp_path)
    north = coalition["north"]
    north.node.keep()

    north.say(command.propose(north.default, "all", "north", "late", plan(lat=50), to=[]))

    again = reopened(north, tmp_path / "north")
    assert picture(again, north.default) == picture(north.node, north.default)


@pytest.mark.parametrize("damage", [b"", b"\xc1", b"\x80"])
def test_a_snapshot_that_cannot_be_read_is_ignored(tmp_path: Path, damage: bytes) -> None:
    coalition = told(tmp_path)
    north = coalition["north"]
    north.node.keep()
    with north.node.store.transaction() as txn:
        txn.set_meta(f"snapshot/{north.default}", damage)

    again = reopened(north, tmp_path / "north")

    assert picture(again, north.default) == picture(north.node, north.default)
    assert not again._kept


def test_a_snapshot_of_other_leaves_is_ignored(tmp_path: Path) -> None:
    """Its hashes are compared with the record's own frontier: a foreign one cannot put leaves into a book."""
    coalition = told(tmp_path)
    north = coalition["north"]
    north.node.keep()
    with north.node.store.transaction() as txn:
        [(key, kept)] = txn.metas("snapshot/").items()
        plain = msgspec.msgpack.decode(kept)
        hashes, circles = plain["feeds"][f"south/{north.default}/1"]
        plain["feeds"][f"south/{north.default}/1"] = [bytes([hashes[0] ^ 1]) + hashes[1:], circles]
        txn.set_meta(key, msgspec.msgpack.encode(plain))

    again = reopened(north, tmp_path / "north")

    assert not again._kept
    assert picture(again, north.default) == picture(north.node, north.default)


@pytest.mark.parametrize("column", range(7))
def test_a_snapshot_with_a_short_column_is_ignored(tmp_path: Path, column: int) -> None:
    coalition = told(tmp_path)
    north = coalition["north"]
    north.node.keep()
    with north.node.store.transaction() as txn:
        [(key, kept)] = txn.metas("snapshot/").items()
        plain = msgspec.msgpack.decode(kept)
        columns = plain["folds"]["all"]["feeds"][f"south/{north.default}/1"]
        short = columns[column] if column < 5 else columns[5][0]
        if column == 6:
            columns[5].pop()
        else:
            short.pop()
        txn.set_meta(key, msgspec.msgpack.encode(plain))

    again = reopened(north, tmp_path / "north")

    assert not again._kept
    assert picture(again, north.default) == picture(north.node, north.default)


def test_what_waits_when_a_snapshot_is_kept_still_waits_and_is_folded_when_it_can_be(tmp_path: Path) -> None:
    """An act that cites what its reader lacks is held, not folded; a start from the snapshot must not lose it."""
    coalition = told(tmp_path)
    north, south = coalition["north"], coalition["south"]
    late = north.say(command.propose(north.default, "all", "north", "late", plan(lat=50), to=["south"]))
    utter(south, "stop.send", "stop/south/one", {"reason": "other"}, circle="all", seen=(
        Head(late.origin, 10_000, Hash("0" * 64)),
    ))  # fmt: skip
    coalition.carry("south", "north")
    held = len(list(north.node.book(north.default).fold("all").unfolded()))
    assert held == 1
    north.node.keep()

    again = reopened(north, tmp_path / "north")

    assert again._kept
    assert len(list(again.book(north.default).fold("all").unfolded())) == held
    assert again.book(north.default).ledger.missing(["all"]) == []
    assert picture(again, north.default) == picture(north.node, north.default)
