"""The register: an import is all or nothing, ids stay, other versions are refused, and everything can be looked up."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.places.ministry import HEAD, listing

from entente.errors import Malformed, Refused, Unavailable
from entente.joint.spelling import site_to_plain
from entente.node import register as registers
from entente.node.register import Register, Staged, open_register
from entente.places.identity import Answers, Kind

AT, LATER = "2026-11-22T10:00:00.000Z", "2026-11-23T10:00:00.000Z"
ROWS = [
    "K-1,Kora,clinic,12.50000,3.50000,Westland,,North,,GPS,",
    ",Dilly,school,13.50000,3.50000,Westland,,North,,GPS,",
    ",Tarka,camp,,,Westland,,South,,,",
]


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    with closing(open_register(tmp_path)) as opened:
        yield opened


def staged(folder: Path, rows: list[str], register: Register, name: str = "health") -> Staged:
    found = listing(folder, "\n".join([HEAD, *rows]))
    return Staged(
        list=name, file="list.csv", sha256=found.sha256, at=AT, by="desk", rows=found.rows, flags=found.flags,
        refused=found.refused, rule=register.rule(name),
    )  # fmt: skip


def take(folder: Path, rows: list[str], register: Register, at: str = AT, name: str = "health") -> dict[str, int]:
    register.stage(staged(folder, rows, register, name))
    return dict(register.accept(register.staged(name), Answers(), at, "desk")[0].counts)


def test_places_get_the_lists_ids_or_names_of_their_own_that_do_not_follow_the_order_of_rows(
    tmp_path: Path, register: Register
) -> None:
    assert take(tmp_path, ROWS, register) == {"new": 3}

    (tmp_path / "other").mkdir()
    with closing(open_register(tmp_path / "other")) as other:
        take(tmp_path, ROWS[::-1], other)
        assert {i: h.site for i, h in other.held("health").items()} == {
            i: h.site for i, h in register.held("health").items()
        }
    assert set(register.held("health")) == {"K-1", "health-bbbc", "health-bbbd"}


def test_a_staged_list_reads_back_as_it_was(tmp_path: Path, register: Register) -> None:
    waiting = staged(tmp_path, [*ROWS, "Total,,,,,,,,,,"], register)
    register.stage(waiting)

    assert register.staged() == waiting


def test_nothing_is_taken_until_it_is_accepted(tmp_path: Path, register: Register) -> None:
    register.stage(staged(tmp_path, ROWS, register))
    assert register.places() == [] and register.imports() == []

    register.unstage("health")
    with pytest.raises(Refused) as refusal:
        register.staged()
    assert refusal.value.code == "place.nothing_staged"


def test_an_import_that_is_stopped_leaves_nothing_behind(tmp_path: Path, register: Register) -> None:
    take(tmp_path, ROWS, register)
    before = register.places(), register.imports(), register.history("K-1")
    # The last write of an import fails, as on a full disk.
    with closing(sqlite3.connect(tmp_path / registers.FILE)) as connection:
        connection.execute("CREATE TRIGGER full BEFORE DELETE ON staged BEGIN SELECT RAISE(ABORT, 'disk'); END")
    register.stage(staged(tmp_path, [ROWS[0].replace("Kora", "Kora Nord")], register))

    with pytest.raises(sqlite3.IntegrityError):
        register.accept(register.staged(), Answers(), LATER, "desk")

    assert (register.places(), register.imports(), register.history("K-1")) == before


def test_what_was_shown_before_the_register_changed_is_shown_anew(tmp_path: Path, register: Register) -> None:
    take(tmp_path, ROWS, register)
    register.stage(staged(tmp_path, ROWS[:2], register))
    register.end(["K-1"], LATER, "desk")

    with pytest.raises(Refused) as refusal:
        register.staged()
    assert refusal.value.code == "place.stale"


def test_of_two_who_take_one_list_at_once_one_is_refused(tmp_path: Path, register: Register) -> None:
    register.stage(staged(tmp_path, ROWS, register))
    with closing(open_register(tmp_path)) as other:
        mine, theirs = register.staged(), other.staged()
        other.accept(theirs, Answers(), AT, "other")

        with pytest.raises(Refused) as refusal:
            register.accept(mine, Answers(), AT, "desk")
    assert refusal.value.code == "place.stale" and len(register.places()) == 3


def test_every_change_of_a_place_is_kept_field_by_field_with_file_time_and_person(
    tmp_path: Path, register: Register
) -> None:
    take(tmp_path, ROWS, register)
    take(tmp_path, [ROWS[0].replace("12.50000", "12.60000").replace("clinic", "school"), *ROWS[1:]], register, LATER)

    new, moved = register.history("K-1")
    assert (new.kind, new.at, new.file) == ("new", AT, "list.csv")
    assert (moved.kind, moved.at, moved.by) == ("moved", LATER, "desk")
    assert {change.field for change in moved.changes} == {"category", "position"}


def test_a_row_in_doubt_is_refused_until_somebody_answers(tmp_path: Path, register: Register) -> None:
    twins = [",Kora,clinic,12.50100,3.50000,Westland,,N,,GPS,", ",Kora,clinic,12.49900,3.50000,Westland,,N,,GPS,"]
    take(tmp_path, twins, register)
    register.stage(staged(tmp_path, [twins[0].replace("12.50100", "12.50000")], register))

    with pytest.raises(Refused) as refusal:
        register.accept(register.staged(), Answers(), LATER, "desk")
    assert refusal.value.code == "place.ambiguous" and "(2)" in str(refusal.value)

    with pytest.raises(Refused) as refusal:
        register.compare(register.staged(), Answers(same={2: "nobody"}))
    assert refusal.value.code == "place.answer"

    taken, outcomes = register.accept(register.staged(), Answers(same={2: "health-bbbd"}), LATER, "desk")
    assert outcomes[0].id == "health-bbbd" and dict(taken.counts) == {"gone": 1, "moved": 1}


def test_two_lists_may_give_the_same_ids_to_different_places(tmp_path: Path, register: Register) -> None:
    take(tmp_path, [ROWS[0]], register)
    take(tmp_path, [ROWS[0].replace("Kora", "Kora School")], register, name="schools")

    assert {i: name for name, held in register.places() for i in [held.site.id]} == {
        "K-1": "health",
        "schools-K-1": "schools",
    }
    assert take(tmp_path, [ROWS[0].replace("Kora", "Kora School")], register, name="schools") == {"same": 1}
    assert register.lists() == {"health": 1, "schools": 1}


def test_an_id_that_stands_twice_in_a_list_names_neither_row(tmp_path: Path, register: Register) -> None:
    rows = [ROWS[0], ROWS[0].replace("Kora", "Bissiga").replace("12.5", "12.9")]
    take(tmp_path, rows, register)

    assert set(register.held("health")) == {"health-bbbc", "health-bbbd"}
    assert take(tmp_path, rows, register) == {"same": 2}


def test_the_rule_is_kept_with_the_list_it_was_first_used_for(tmp_path: Path, register: Register) -> None:
    first = staged(tmp_path, ROWS, register)
    rule = replace(first.rule, enough=3.5)
    register.stage(replace(first, rule=rule))
    register.accept(register.staged(), Answers(), AT, "desk")

    assert register.rule("health") == rule != register.rule("another")


def test_a_list_is_named_plainly(tmp_path: Path, register: Register) -> None:
    with pytest.raises(Malformed):
        register.stage(staged(tmp_path, ROWS, register, "No such name"))


def test_columns_are_remembered_and_forgotten(register: Register) -> None:
    register.remember("abc", ["Y", "X"], {"lat": "Y"}, AT)
    assert register.mappings() == {"abc": {"lat": "Y"}} and register.sheets() == [("abc", ["Y", "X"], {"lat": "Y"}, AT)]

    register.remember("abc", [], {}, AT)
    assert register.mappings() == {}


def test_merged_entries_are_one_place_and_cannot_be_merged_again(tmp_path: Path, register: Register) -> None:
    take(tmp_path, ROWS, register)
    register.merge("K-1", "health-bbbc", LATER, "desk")

    for kept, other in (("K-1", "health-bbbc"), ("health-bbbc", "health-bbbd"), ("K-1", "K-1")):
        with pytest.raises(Refused) as refusal:
            register.merge(kept, other, LATER, "desk")
        assert refusal.value.code == "place.merged"
    with pytest.raises(Refused) as refusal:
        register.merge("K-1", "nobody", LATER, "desk")
    assert refusal.value.code == "place.unknown"


def test_a_register_of_a_later_version_or_of_something_else_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    open_register(tmp_path).close()
    path = tmp_path / registers.FILE
    for pragma, code in (("user_version = 99", "register.newer"), ("application_id = 7", "register.corrupt")):
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(f"PRAGMA {pragma}")
        with pytest.raises(Unavailable) as error:
            open_register(tmp_path)
        assert error.value.code == code


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / registers.FILE).write_bytes(b"no database, but long enough to be looked at" * 100)

    with pytest.raises(Unavailable) as error:
        open_register(tmp_path)
    assert error.value.code == "store.corrupt"


def test_a_backup_is_the_register_as_its_last_commit_left_it(tmp_path: Path, register: Register) -> None:
    take(tmp_path, ROWS, register)
    (tmp_path / "copy").mkdir()

    assert registers.backup(tmp_path, tmp_path / "copy")
    assert [path.name for path in (tmp_path / "copy").iterdir()] == [registers.FILE]
    with closing(open_register(tmp_path / "copy")) as copy:
        assert copy.places() == register.places() and copy.imports() == register.imports()
    assert not registers.backup(tmp_path / "copy" / "none", tmp_path)


@given(order=st.permutations(range(6)), dropped=st.sets(st.integers(0, 5), max_size=3))
def test_nothing_that_was_ever_taken_is_lost(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], dropped: set[int]
) -> None:
    folder = tmp_path_factory.mktemp("register")
    rows = [f",Place {name},clinic,{10 + at}.50000,3.50000,Westland,,N,,GPS," for at, name in enumerate("ABCDEF")]
    with closing(open_register(folder)) as register:
        take(folder, rows, register)
        before = {i: site_to_plain(h.site) for i, h in register.held("health").items()}
        left = [rows[at] for at in order if at not in dropped] or rows

        outcomes = register.compare(staged(folder, left, register))
        assert {str(o.kind) for o in outcomes if o.row} == {"same"}
        if any(outcome.kind is Kind.GONE for outcome in outcomes):
            take(folder, left, register, LATER)

        assert {i: site_to_plain(h.site) for i, h in register.held("health").items()} == before
        assert sum(not h.listed for h in register.held("health").values()) == len(rows) - len(left)
