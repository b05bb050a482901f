"""Whatever goes wrong is one sentence with a stable code and an exit code by class, and nothing is written."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.cli.desks import AGREEMENT, PLAN, Desks

from entente.store import sqlite

Prepare = Callable[[Desks], object]
ADOPT = "agreement adopt drafted/agreement.toml --card south/card.json --keys drafted/keys-for-north.json"
PROPOSE = "operation propose bad.toml --name bad --yes"


def kept(folder: Path) -> dict[str, Any]:
    """Return what a home holds, but for the party's own record, where refusals are noted."""
    with closing(sqlite.open_sqlite(folder / "record.sqlite", create=True)) as store:
        return {
            "check": store.check(),
            "feeds": {origin: row.size for origin, row in store.feeds().items() if "/journal/" not in origin},
            "acts": [(act.origin, act.seq) for act in store.acts_after(0) if "/journal/" not in act.origin],
            "grants": {party: len(store.grants_after(party, 0, 1000)) for party in ("north", "south")},
            "metas": store.metas(""),
            "files": sorted(p.name for p in folder.rglob("*") if not p.name.endswith(("-wal", "-shm"))),
        }


def plan(text: str) -> Prepare:
    return lambda desks: desks.write("bad.toml", text)


def flipped(name: str, at: int, into: str = "bad") -> Prepare:
    def prepare(desks: Desks) -> None:
        data = bytearray((desks.folder / name).read_bytes())
        data[at] ^= 1
        (desks.folder / into).write_bytes(data)

    return prepare


def bundle(change: Callable[[bytes], bytes]) -> Prepare:
    def prepare(desks: Desks) -> None:
        desks.do("operation propose water.toml --name w --release-to south --yes", "south-sender")
        desks.do("exchange bundle write south --out sent.entente", "south-sender")
        (desks.folder / "bad.entente").write_bytes(change((desks.folder / "sent.entente").read_bytes()))

    def with_sender(desks: Desks) -> None:
        # The sender is a copy of north's home, so that what it writes is not counted against the home under test.
        shutil.copytree(desks.folder / "north", desks.folder / "south-sender")
        prepare(desks)

    return with_sender


def swapped(old: str, new: str, name: str) -> Prepare:
    def prepare(desks: Desks) -> None:
        path = desks.folder / name
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")

    return prepare


def newer_record(desks: Desks) -> None:
    connection = sqlite3.connect(desks.folder / "north" / "record.sqlite")
    connection.execute("PRAGMA user_version = 99")
    connection.close()


def clock_back(desks: Desks) -> None:
    (desks.folder / "north" / "clock.json").write_text(json.dumps({"ahead_ms": -3_600_000}), encoding="utf-8")


def nothing(desks: Desks) -> None:
    """Prepare nothing."""


LATITUDE = PLAN.replace("31.9N", "91.9N")
VOLUME = """[[plan]]
title = "Box"
[[plan.volume]]
circle = { centre = "31.9 36.1", radius_nm = 2 }
altitude = "GND-FL100"
start = 2027-03-01T12:00:00Z
end = 2027-03-01T10:00:00Z
"""
TABLE: list[tuple[str, Prepare, str, str, int, str]] = [
    ("broken TOML", plan("[[plan\n"), PROPOSE, "north", 4, "toml.syntax"),
    ("a wrong type", plan(PLAN.replace('"NORTH 11"', "11")), PROPOSE, "north", 4, "field.type"),
    ("an unknown field", plan(PLAN.replace("callsign", "callsing")), PROPOSE, "north", 4, "field.unknown"),
    ("latitude 91", plan(LATITUDE), PROPOSE, "north", 4, "geo.latitude"),
    ("end before start", plan(VOLUME), PROPOSE, "north", 4, "geo.interval.reversed"),
    ("no such file", nothing, PROPOSE, "north", 4, "file.missing"),
    ("not text", lambda d: (d.folder / "bad.toml").write_bytes(b"\xff\xfe\x00"), PROPOSE, "north", 4, "file.encoding"),
    ("another format", nothing, "operation propose bad.doc --yes", "north", 4, "file.format"),
    ("no yes", nothing, "operation propose water.toml", "north", 3, "cli.unconfirmed"),
    ("an unknown party", nothing, "operation propose water.toml --release-to west --yes", "north", 3, "cli.party"),
    ("an unknown area", nothing, "operation propose water.toml --area x --yes", "north", 3, "operation.area"),
    ("an unknown circle", nothing, "operation propose water.toml --circle x --yes", "north", 3, "circle.unknown"),
    ("an unknown agreement", nothing, "operation list --agreement x", "north", 3, "agreement.not_held"),
    ("nobody who may", nothing, "stop send --reason other --office observer --yes", "north", 3, "cli.speaker"),
    ("an officer unknown", nothing, "stop send --reason other --as x --office watch --yes", "north", 3,
     "staff.unknown"),
    ("an unknown reason", nothing, "stop send --reason x --yes", "north", 3, "cli.reason"),
    ("a long STOP", nothing, f"stop send --reason other --note {'x' * 201} --yes", "north", 3, "stop.note"),
    ("no such operation", nothing, "operation end x --yes", "north", 3, "cli.subject"),
    ("no such answer", nothing, "decide x maybe --yes", "north", 3, "cli.subject"),
    ("no such list", nothing, "site acknowledge x --yes", "north", 3, "cli.list"),
    ("copies too precise", nothing, "site add sites.csv --list x --to south --precision 1 --yes", "north", 3,
     "coarsen.precision"),
    ("no such office", nothing, "staff enrol x --office king", "north", 3, "staff.office"),
    ("a second enrolment", nothing, "staff enrol duty --office watch", "north", 3, "staff.enrolled"),
    ("a second signature", nothing, "agreement sign exercise-valley --hash 00 --yes", "north", 3, "cli.hash"),
    ("broken agreement", lambda d: d.write("bad.toml", "id ="), "agreement show bad.toml", "north", 4,
     "agreement.toml"),
    ("an incomplete agreement", nothing, "agreement show valley.toml", "north", 4, "agreement.field"),
    ("a missing card", nothing, "agreement draft valley.toml --card north/card.json --out new", "north", 3,
     "draft.card"),
    ("a changed card", swapped("localhost", "localh0st", "south/card.json"),
     "agreement draft valley.toml --card north/card.json --card south/card.json --out new", "north", 5,
     "signature.invalid"),
    ("keys of another", nothing, "agreement adopt drafted/agreement.toml --card south/card.json "
     "--keys drafted/keys-for-south.json", "north", 3, "keys.other"),
    ("another draft's text", swapped("5000", "7500", "drafted/agreement.toml"),
     "agreement adopt drafted/agreement.toml --card south/card.json --keys drafted/keys-for-north.json", "north", 3,
     "keys.other"),
    ("no bundle", nothing, "exchange bundle read water.toml", "north", 4, "bundle.magic"),
    ("a flipped byte", bundle(lambda b: b[:-9] + bytes([b[-9] ^ 1]) + b[-8:]), "exchange bundle read bad.entente",
     "south", 5, "bundle.body"),
    ("a bundle cut short", bundle(lambda b: b[: len(b) // 2]), "exchange bundle read bad.entente", "south", 5,
     "bundle.body"),
    ("half a manifest", bundle(lambda b: b[:100]), "exchange bundle read bad.entente", "south", 4, "bundle.truncated"),
    ("a bundle for another", bundle(lambda b: b), "exchange bundle read bad.entente", "north", 5, "bundle.sender"),
    ("a record of a newer version", newer_record, "operation list", "north", 7, "store.newer"),
    ("a home of a newer version", swapped("version = 1", "version = 99", "north/home.toml"), "node status", "north", 7,
     "home.newer"),
    ("a broken home", swapped("version = 1", "version = [", "north/home.toml"), "node status", "north", 4,
     "home.settings"),
    ("no home", nothing, "node status", "nowhere", 3, "home.missing"),
    ("a home that is there", nothing, "node init north --home north --exercise", "", 3, "home.exists"),
    ("a name with a space", nothing, "node init 'no rth' --home new --exercise", "", 4, "name.spelling"),
    ("a clock that went back", clock_back, "operation propose water.toml --yes", "north", 3, "act.time"),
    ("a backup over another", nothing, "node backup drafted", "north", 3, "backup.exists"),
    ("no backup", nothing, "node restore water.toml --home new", "", 4, "backup.file"),
    (
        "a folder below a file",
        nothing,
        "node init new --home valley.toml/new --exercise",
        "",
        7,
        "system.io",
    ),
    ("an unknown option", nothing, "operation list --nonsense", "north", 2, "cli.usage"),
    ("an unknown command", nothing, "operation obliterate", "north", 2, "cli.usage"),
    ("a missing argument", nothing, "operation propose", "north", 2, "cli.usage"),
]  # fmt: skip
UNREADABLE = {"store.newer", "home.newer", "home.settings"}


@pytest.mark.parametrize(("what", "prepare", "line", "home", "exit_code", "code"), TABLE, ids=[row[0] for row in TABLE])
def test_bad_input_is_one_sentence_and_changes_nothing(
    valley: Desks, what: str, prepare: Prepare, line: str, home: str, exit_code: int, code: str
) -> None:
    prepare(valley)
    looked_at = valley.folder / (home if home in ("north", "south") else "north")
    before = None if code in UNREADABLE else kept(looked_at)

    said = valley.run(line, home)

    assert (said.code, said.err.count("\n")) == (exit_code, 1), said
    assert said.err.startswith("error: ") and said.err.endswith(f"[{code}]\n"), said.err
    assert "Traceback" not in said.err + said.out
    if before is not None:
        after = kept(looked_at)
        assert after == before
        assert after["check"] == []
    assert not (valley.folder / "new").exists()


def test_before_both_have_signed_nothing_can_be_proposed(desks: Desks) -> None:
    desks.write("valley.toml", AGREEMENT)
    desks.write("water.toml", PLAN)
    for party in ("north", "south"):
        desks.do(f"node init {party} --home {party} --exercise")
    desks.do("staff enrol duty --office senior", "north")
    desks.do("agreement draft valley.toml --card north/card.json --card south/card.json --out drafted")
    desks.do(
        "agreement adopt drafted/agreement.toml --card south/card.json --keys drafted/keys-for-north.json", "north"
    )
    desks.do("agreement sign exercise-valley --yes", "north")

    said = desks.run("operation propose water.toml --yes", "north")

    assert said.code == 3 and said.err.endswith("[agreement.not_in_force]\n")
    assert "waits for signatures" in desks.do("agreement list", "north").out


def test_keys_with_a_passphrase_open_with_that_one_only(desks: Desks) -> None:
    assert desks.run("node init north --home north").err.endswith("[cli.passphrase]\n")
    assert not (desks.folder / "north").exists()
    desks.write("valley.toml", AGREEMENT.replace("exercise-", "").replace("exercise = true", "exercise = false"))
    for party in ("north", "south"):
        assert desks.run(f"node init {party} --home {party}", passphrase="right").code == 0
    assert desks.run("staff enrol duty --office senior", "north", passphrase="right").code == 0
    desks.do("agreement draft valley.toml --card north/card.json --card south/card.json --out drafted")
    desks.do(
        "agreement adopt drafted/agreement.toml --card south/card.json --keys drafted/keys-for-north.json", "north"
    )
    before = kept(desks.folder / "north")

    without = desks.run("agreement sign valley --yes", "north")
    wrong = desks.run("agreement sign valley --yes", "north", passphrase="wrong")

    assert (without.code, without.err.endswith("[cli.passphrase]\n")) == (3, True)
    assert (wrong.code, wrong.err.endswith("[custody.passphrase]\n")) == (3, True)
    assert kept(desks.folder / "north") == before
    assert desks.run("agreement sign valley --yes", "north", passphrase="right").code == 0


def test_a_change_of_staff_that_cannot_be_told_changes_no_roster(desks: Desks) -> None:
    for party in ("north", "south"):
        assert desks.run(f"node init {party} --home {party} --exercise", passphrase="root").code == 0
    desks.write("valley.toml", AGREEMENT)
    desks.write("officer", "officer\n")
    assert desks.run("staff enrol duty --office senior", "north", passphrase="root").code == 0
    desks.do("agreement draft valley.toml --card north/card.json --card south/card.json --out drafted")
    desks.do(
        "agreement adopt drafted/agreement.toml --card south/card.json --keys drafted/keys-for-north.json", "north"
    )

    asked = desks.run("agreement sign exercise-valley", "north", passphrase="root")
    before = kept(desks.folder / "north")
    assert (asked.code, "north/exercise-valley/1" in before["feeds"]) == (3, False), asked.err
    assert desks.run("agreement sign exercise-valley --yes", "north", passphrase="root").code == 0
    before = kept(desks.folder / "north")
    wrong = desks.run("staff enrol late --office watch", "north", passphrase="wrong")

    assert (wrong.code, wrong.err.endswith("[custody.passphrase]\n")) == (3, True)
    assert kept(desks.folder / "north") == before
    right = desks.run("staff enrol late --office watch --passphrase-file officer", "north", passphrase="root")
    assert right.code == 0 and "late" in desks.do("staff list", "north").out


def test_a_bundle_read_twice_changes_nothing_the_second_time(valley: Desks) -> None:
    valley.do("operation propose water.toml --name w --release-to south --yes", "north")
    valley.carry("north", "south")
    before = kept(valley.folder / "south")

    again = valley.do("exchange bundle read carried.entente", "south")

    assert "nothing new" in again.out
    assert kept(valley.folder / "south") == before


def test_a_full_disk_is_told_and_nothing_is_kept(valley: Desks, monkeypatch: pytest.MonkeyPatch) -> None:
    before = kept(valley.folder / "north")
    connect = sqlite.connect

    def full(path: Path, wait_s: float) -> sqlite3.Connection:
        connection = connect(path, wait_s)
        [pages] = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
        return connection

    with monkeypatch.context() as patch:
        patch.setattr(sqlite, "connect", full)
        said = valley.run("operation propose water.toml --name w --yes", "north")

    assert (said.code, said.err.endswith("[store.full]\n")) == (7, True), said.err
    assert kept(valley.folder / "north") == before


@pytest.mark.parametrize("table", ["leaf", "part"])
def test_a_changed_byte_on_the_disk_fails_record_verify(valley: Desks, table: str) -> None:
    column = "leaf" if table == "leaf" else "data"
    connection = sqlite3.connect(valley.folder / "north" / "record.sqlite")
    rows = connection.execute(
        f"SELECT rowid, {column} FROM {table}" if table == "part" else "SELECT seq, leaf FROM leaf"
    )
    key, data = rows.fetchall()[2]
    changed = (
        data.replace(b'"v":1', b'"v":2')
        if table == "leaf"
        else data.replace(b"2025", b"2024").replace(b"north", b"nortg")
    )
    where = "rowid" if table == "part" else "origin = 'north/exercise-valley/1' AND seq"
    connection.execute(f"UPDATE {table} SET {column} = ? WHERE {where} = ?", (changed, key))
    connection.commit()
    connection.close()

    said = valley.run("record verify", "north")

    assert said.code == 5 and said.err.endswith("[record.flaws]\n"), said
