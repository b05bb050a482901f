"""A home is verified from its bytes, tells who knew what when, and is left as it was found."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.node.stories import plan

from entente import canonical
from entente.errors import EntenteError
from entente.feed import fork
from entente.joint.decisions import Answer
from entente.joint.line import Reason
from entente.node import attachments, command, custody, translate
from entente.node import home as homes
from entente.node.opening import open_node
from entente.testing.clock import ManualClock
from entente.testing.coalition import Coalition
from entente.testing.homes import HomeMember, form
from entente.verify import cards, home, main, record, told, words
from entente.verify.home import Home
from entente.verify.report import Sort

AGREEMENT = "exercise-cell"
NORTH = f"north/{AGREEMENT}/1"
WATER = "operation/north/water"
PROVED, UNPROVED, FLAW = Sort.PROVED, Sort.UNPROVED, Sort.FLAW


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the homes of two parties, after a proposal, its answer and a refusal."""
    folder = tmp_path_factory.mktemp("lived")
    members = form(folder, "north", "south")
    cell = Coalition(dict(members), ManualClock())
    north, south = members["north"], members["south"]
    what = command.propose(AGREEMENT, "all", "north", "water", plan("Water"), to=["south"])
    what = attachments.attach(what, [("strip.txt", b"900 m of gravel")], ["south"])
    proposed = north.say(what, "air_operations")
    cell.settle()
    answer = command.decide(AGREEMENT, "all", proposed.subject, proposed.leaf, Answer.NO_OBJECTION)
    south.say(answer, "air_operations")
    with pytest.raises(EntenteError):
        north.draft(command.propose(AGREEMENT, "all", "north", "none", plan("None"), to=[]), "observer")
    cell.settle()
    for member in members.values():
        member.node.close()
    return folder


@pytest.fixture
def north(lived: Path, tmp_path: Path) -> Path:
    """Return a copy of north's home, to change."""
    return Path(shutil.copytree(lived / "north", tmp_path / "north"))


def change(folder: Path, sql: str, *values: Any) -> None:
    with closing(sqlite3.connect(folder / "record.sqlite")) as connection, connection:
        connection.execute(sql, values)
    with closing(sqlite3.connect(folder / "record.sqlite")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def one(folder: Path, sql: str) -> Any:
    with closing(sqlite3.connect(f"{(folder / 'record.sqlite').as_uri()}?mode=ro", uri=True)) as connection:
        return connection.execute(sql).fetchone()[0]


def flaws(found: Home) -> list[str]:
    return found.report.codes(FLAW)


# -- a sound home ------------------------------------------------------------------------------------------------------


def test_a_sound_home_verifies_and_says_what_it_does_not_hold(lived: Path) -> None:
    """DISC-30, DISC-31."""
    found = home.read(lived / "north")
    report = found.report

    assert flaws(found) == []
    assert {"head.signed", "acts.judged"} <= set(report.codes(PROVED, NORTH))
    assert "head.signed" in report.codes(PROVED, f"south/{AGREEMENT}/1")
    assert "head.signed" in report.codes(PROVED, "north/journal/1")
    assert "details.kept" in report.codes(UNPROVED, f"south/{AGREEMENT}/1")
    assert {"key.here", "key.node", "key.none"} <= set(report.codes(PROVED, ""))
    assert not any("passphrase" in line.sentence and "no passphrase" not in line.sentence for line in report.of(PROVED)
                   if line.code == "key.here")  # fmt: skip


def test_it_folds_to_the_state_that_the_node_had(lived: Path) -> None:
    """DISC-32: two programs, one state."""
    node = open_node(homes.read(lived / "south"))
    with closing(node):
        theirs = {circle: fold.digest() for circle, fold in node.book(AGREEMENT).ledger.folds.items()}
    for left in (lived / "south").glob("record.sqlite-*"):
        left.unlink()

    for party in ("north", "south"):
        found = home.read(lived / party)
        [ledger] = found.ledgers.values()
        assert {circle: fold.digest() for circle, fold in ledger.folds.items()} == theirs


def test_the_timeline_names_who_what_when_and_the_verdict(lived: Path) -> None:
    """DISC-33."""
    rows = told.timeline(home.read(lived / "north"))

    [said] = [row for row in rows if row["verb"] == "operation.propose"]
    assert said["by"] == "north/air_operations, air_operations" and said["verdict"] == "valid"
    assert said["at"].startswith("2026-12-01 06:0") and said["at"].endswith("UTC")
    assert {"name": "plan", "held": True, "released": ["south"]} in said["details"]
    [refusal] = [row for row in rows if row["verb"] == "refused"]
    assert "staff.authority" in refusal["subject"] and refusal["feed"] == "north/journal/1"
    assert [row["at"] for row in rows] == sorted(row["at"] for row in rows)


def test_the_timeline_and_the_state_are_told_in_words(lived: Path) -> None:
    """DISC-33, DISC-35: what was answered stands there, and entries are called by feed and number."""
    found = home.read(lived / "north")
    named = told.places(found)
    rows = told.timeline(found)
    text = "\n".join(told.written_timeline(rows, named))

    asked = next(row for row in rows if row["verb"] == "operation.propose")
    assert f"answers no objection to {asked['feed']} {asked['entry']}; findings named: 0" in text
    assert "proposes version 1: general, crewed, from 2026-12-01" in text and "until further notice" in text
    fallen = [row["verb"] for row in rows if row["verb"] in words.SAID and "body" in row
              and words.said(row["verb"], row["body"], named).startswith(row["verb"])]  # fmt: skip
    assert fallen == []
    about = told.subjects(found, "water")
    state = "\n".join(told.written_state(told.state(found, datetime(2030, 1, 1, tzinfo=UTC), about), named))
    assert "standing: no objection" in state and "staff/" not in state and "keys/" not in state
    answered = next(row for row in rows if row["verb"] == "decision.give")
    assert f"south answered no objection ({answered['feed']} {answered['entry']})" in state


def test_what_has_no_words_of_its_own_is_shown_by_its_fields() -> None:
    entry = "a" * 64
    assert (
        words.said("ladder.relay", {"item": entry, "unit": "x"}, {entry: "n 1"})
        == 'ladder.relay: {"item":"n 1","unit":"x"}'
    )
    assert words.said("decision.give", {"answer": 5}, {}).startswith("decision.give: ")
    assert list(words.stands("operation/a/x", {"phase": 1}, {})) == ['operation/a/x: {"phase":1}']
    assert len(words.said("other", {"note": "x" * 5000}, {})) < 500


def test_who_knew_what_when_is_read_from_each_partys_own_record(lived: Path) -> None:
    """DISC-34."""
    found = home.read(lived / "north")
    asked, answered = told.known(found, told.subjects(found, "water"))

    [south] = asked["known"]
    assert (
        south["party"] == "south" and south["since"].startswith("2026-12-01") and "decision.give" in south["shown_by"]
    )
    assert [opened["detail"] for opened in south["opened"]] == ["plan"]
    assert answered["known"][0]["since"] == "" and answered["known"][0]["here"]
    with pytest.raises(EntenteError, match="nothing here is about"):
        told.subjects(found, "milk")


def test_the_state_at_a_moment_is_what_had_been_said_by_then(lived: Path) -> None:
    """DISC-35."""
    found = home.read(lived / "north")
    times = {e.verb: e.act.at for e in found.events(next(iter(found.books))).values() if e.subject == WATER}
    before = min(times.values()).replace(microsecond=0).timestamp() - 1

    [then] = told.state(found, datetime.fromtimestamp(before, UTC))
    [later] = told.state(found, max(times.values()))
    assert WATER not in then["rows"] and later["rows"][WATER]["standing"] == "no_objection"
    [ledger] = found.ledgers.values()
    assert later["hash"] == ledger.folds["all"].digest()  # type: ignore[index]


# -- without a trace ---------------------------------------------------------------------------------------------------


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_nothing_is_written_even_where_nothing_could_be(north: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """DISC-30: no lock, no log, no changed time; and it works on a medium that is read-only."""
    before = snapshot(north)
    modes = {path: path.stat().st_mode for path in (north, *north.rglob("*"))}
    for path, mode in modes.items():
        path.chmod(mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))
    try:
        assert main.main(["home", str(north), "--subject", "water", "--at", "2026-12-01T07:00:00Z"]) == 0
        assert snapshot(north) == before
    finally:
        for path, mode in modes.items():
            path.chmod(mode)
    assert "WHO KNEW" in capsys.readouterr().out


def test_what_stands_in_the_log_beside_the_record_is_read_too(
    lived: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DISC-30: a machine lost its power; the newest entries are in record.sqlite-wal, and stay there."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    live, cut = tmp_path / "live", tmp_path / "cut"
    shutil.copytree(lived / "north", live)
    with closing(sqlite3.connect(live / "record.sqlite")) as connection:
        connection.execute("UPDATE feed SET checkpoint = ? WHERE origin = ?", (b"spoilt", NORTH))
        connection.commit()
        shutil.copytree(live, cut)  # as it lies on the disk while the file is open
    assert (cut / "record.sqlite-wal").stat().st_size > 0
    (cut / "record.sqlite-shm").unlink(missing_ok=True)
    before = snapshot(cut)

    assert flaws(home.read(cut)) == ["head.false"]
    assert snapshot(cut) == before and not list(tmp_path.glob("entente-verify-*"))


# -- whatever was changed ----------------------------------------------------------------------------------------------


def flip(data: bytes, at: int = -2) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at:][1:]


CHANGES: dict[str, tuple[str, str, Callable[[Any], Any], str]] = {
    "a leaf": ("leaf", f"leaf FROM leaf WHERE origin = '{NORTH}' AND seq = 4", flip, "leaf.false"),
    "an act": ("part", f"data FROM part WHERE origin = '{NORTH}' AND seq = 4 AND idx = 0", flip, "part.false"),
    "a detail": ("part", f"data FROM part WHERE origin = '{NORTH}' AND seq = 12 AND idx = 1", flip, "part.false"),
    "a salt": ("part", f"salt FROM part WHERE origin = '{NORTH}' AND seq = 12 AND idx = 1", flip, "part.false"),
    "a chunk": ("chunk", f"data FROM chunk WHERE origin = '{NORTH}' AND seq = 12 AND number = 0", flip, "chunk.false"),
    "a head": ("feed", f"checkpoint FROM feed WHERE origin = '{NORTH}'", flip, "head.false"),
    "no head": ("feed", f"checkpoint FROM feed WHERE origin = '{NORTH}'", lambda _: None, "head.missing"),
    "an agreement": ("meta", "value FROM meta WHERE key LIKE 'agreement/%'", flip, "agreement.text"),
    "a card": ("meta", "value FROM meta WHERE key LIKE 'card/%/south'", flip, "card"),
    "a circle's key": ("meta", "value FROM meta WHERE key LIKE 'circle/%'", flip, "circle"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_whatever_was_changed_on_the_disk_is_named(what: str, north: Path) -> None:
    """DISC-31."""
    table, where, spoil, code = CHANGES[what]
    column, _, rest = where.partition(f" FROM {table} WHERE ")
    change(north, f"UPDATE {table} SET {column} = ? WHERE {rest}", spoil(one(north, f"SELECT {where}")))

    assert code in flaws(home.read(north))
    assert main.main(["home", str(north)]) == 5


def test_entries_that_were_taken_away_are_missed(north: Path) -> None:
    """DISC-31: by the head, and, when an older head was put there as well, by the mark."""
    change(north, "DELETE FROM leaf WHERE origin = ? AND seq > 5", NORTH)

    assert {"leaf.missing", "head.ahead", "record.behind"} & set(home.read(north).report.codes(FLAW))


def test_a_card_exchanged_for_a_strangers_is_not_believed(north: Path) -> None:
    stranger = Coalition.gather("south")["south"].card
    change(north, "UPDATE meta SET value = ? WHERE key LIKE 'card/%/south'", canonical.encode(stranger))

    found = home.read(north)

    assert "card" in flaws(found) and "feed.stranger" in flaws(found)


def test_a_home_that_holds_proof_of_a_fork_says_so(tmp_path: Path) -> None:
    """DISC-31."""
    members = form(tmp_path, "north", "south")
    north, south = members["north"], members["south"]
    Coalition(dict(members), ManualClock()).settle()
    notes = []
    for name in ("one", "other"):
        copy = HomeMember(
            north.party, open_node(Copied(north, tmp_path / name).home), north.root, north.officers, north.card,
            north.default, home=north.home,
        )  # fmt: skip
        copy.say(command.stop(AGREEMENT, "all", "north", name, Reason.OTHER))
        row = copy.node.store.feed(NORTH)
        assert row is not None and row.checkpoint is not None
        notes.append(row.checkpoint)
        hashes = copy.node.book(AGREEMENT).hashes(NORTH)  # type: ignore[arg-type]
        copy.node.close()
    proof = fork.prove(notes[0], notes[1], hashes, lambda note: translate.open_note(note, NORTH, north.card))
    assert proof is not None
    with south.node.store.transaction() as txn:
        txn.add_fork(NORTH, proof.encode(), "2026-12-01T07:00:00.000Z")
    for member in members.values():
        member.node.close()

    assert "feed.forked" in flaws(home.read(tmp_path / "south"))
    assert main.main(["home", str(tmp_path / "south")]) == 6


class Copied:
    """A second copy of a home's record, as somebody would have it who runs it twice."""

    def __init__(self, member: HomeMember, folder: Path) -> None:
        shutil.copytree(member.home.path, folder)
        for left in folder.glob("record.sqlite*"):
            left.unlink()
        member.node.store.backup(folder / "record.sqlite")  # type: ignore[attr-defined]
        self.home = homes.read(folder)


# -- what is no home ---------------------------------------------------------------------------------------------------


def unrecord(folder: Path) -> None:
    (folder / "record.sqlite").unlink()
    (folder / "record.sqlite").mkdir()


SPOILT: dict[str, tuple[Callable[[Path], object], int]] = {
    "no record": (lambda folder: (folder / "record.sqlite").unlink(), 4),
    "no database": (lambda folder: (folder / "record.sqlite").write_bytes(b"x" * 5000), 4),
    "another's database": (lambda folder: change(folder, "PRAGMA application_id = 1"), 4),
    "a later version": (lambda folder: change(folder, f"PRAGMA user_version = {record.VERSION + 1}"), 7),
    "no settings": (lambda folder: (folder / "home.toml").unlink(), 4),
    "a folder for a record": (unrecord, 4),
}


@pytest.mark.parametrize("what", SPOILT)
def test_what_is_no_home_is_one_line_and_a_code(what: str, north: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spoil, code = SPOILT[what]
    spoil(north)

    assert main.main(["home", str(north)]) == code
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("error: ") and err.count("\n") == 1


def test_json_says_the_same(lived: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["home", str(lived / "south"), "--json", "--subject", WATER, "--at", "2026-12-02T06:00:00Z"]) == 0

    value = json.loads(capsys.readouterr().out)
    assert value["party"] == "south" and value["flaw"] == []
    assert [row["verb"] for row in value["timeline"]] == ["operation.propose", "decision.give"] or len(
        value["known"]
    ) == 2
    assert WATER in value["state"][0]["rows"]


def test_a_home_explains_itself(lived: Path) -> None:
    """DISC-36: every file and key that lies there is in its README, with the rules at rest and of escrow."""
    text = (lived / "north" / "README.txt").read_text(encoding="utf-8")

    for name in os.listdir(lived / "north"):
        assert name == "README.txt" or name in text, name
    for part in ("EXERCISE", "entente-verify home", "At rest", "Escrow", "node.json", "root.key.json", "copy"):
        assert part in text


def test_both_readers_take_the_same_cards() -> None:
    """DISC-8: the verifier's own reader and the node's agree about a card, and about a spoilt one."""
    card = Coalition.gather("north")["north"].card
    read = cards.read(canonical.encode(card))

    assert read.log_keys("x/y/1") == custody.note_keys("x/y/1", card["keys"])
    assert read.root.spelt() == custody.open_card(json.dumps(card).encode())["root"]
    spoilt_card = {**card, "url": "https://elsewhere"}
    for reader in (lambda data: cards.read(data), lambda data: custody.open_card(data)):
        with pytest.raises(EntenteError) as error:
            reader(canonical.encode(spoilt_card))
        assert error.value.code == "signature.invalid"
