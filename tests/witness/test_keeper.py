"""The witness's record: what is cosigned is on the disk first, only moves on, and outlives the process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.tlog.test_witness import KEY as STRANGER
from tests.tlog.test_witness import LOG, ORIGIN, OTHER, asking, head, signed

from entente.errors import EntenteError, Forked, Refused, Unavailable, Untrusted
from entente.feed import fork
from entente.tlog.head import open_head
from entente.tlog.note import NoteKey
from entente.tlog.witness import AddCheckpoint, cosigned
from entente.witness import home as homes
from entente.witness.home import Home
from entente.witness.keeper import Keeper

NOW = 1_796_126_400


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return homes.create(tmp_path / "witness", "witness.example/w1", host="localhost", port=1)


@pytest.fixture
def keeper(home: Home) -> Iterator[Keeper]:
    found = Keeper(home.record)
    found.add(ORIGIN, LOG)
    yield found
    found.close()


def test_both_its_keys_sign_what_it_has_kept(home: Home, keeper: Keeper) -> None:
    """TLOG-11, TLOG-22."""
    answer = keeper.cosign(asking(0, 4).encode(), home.keys, NOW)
    more = keeper.cosign(asking(4, 9).encode(), home.keys, NOW + 60)

    for lines, size, at in ((answer, 4, NOW), (more, 9, NOW + 60)):
        note = cosigned(lines, head(size), home.keys.public())
        assert open_head(note.encode(), home.keys.public()).signers == dict.fromkeys(home.keys.public(), at)
    [row] = keeper.rows()
    assert (row.head, row.at, row.fork) == (head(9), NOW + 60, None)


def test_a_home_that_is_opened_again_goes_on_where_it_was(home: Home, keeper: Keeper) -> None:
    keeper.cosign(asking(0, 4).encode(), home.keys, NOW)
    keeper.close()

    again, opened = Keeper(home.record), homes.read(home.path)

    assert opened.keys.public() == home.keys.public()
    with pytest.raises(Refused) as found:
        again.cosign(asking(0, 9).encode(), opened.keys, NOW)
    assert (found.value.code, found.value.data["size"]) == ("witness.size", 4)
    assert again.cosign(asking(4, 9).encode(), opened.keys, NOW)
    again.close()


def test_an_answer_that_was_lost_is_given_again_and_its_time_never_goes_back(home: Home, keeper: Keeper) -> None:
    keeper.cosign(asking(0, 4).encode(), home.keys, NOW)

    again = keeper.cosign(asking(4, 4).encode(), home.keys, NOW - 999)

    note = cosigned(again, head(4), home.keys.public())
    assert set(open_head(note.encode(), home.keys.public()).signers.values()) == {NOW}


@pytest.mark.parametrize(
    "request_, code",
    [
        (asking(0, 9), "witness.size"),
        (asking(4, 9, OTHER), None),  # the histories part behind the fourth entry: this one continues
        (AddCheckpoint(old=4, proof=(), note=signed(head(9))), "tlog.consistency"),
        (AddCheckpoint(old=4, proof=asking(4, 9).proof, note=b"x\n"), "tlog.note"),
    ],
)
def test_what_is_refused_moves_nothing(home: Home, keeper: Keeper, request_: AddCheckpoint, code: str | None) -> None:
    keeper.cosign(asking(0, 4).encode(), home.keys, NOW)
    if code is None:
        assert keeper.cosign(request_.encode(), home.keys, NOW)
        return

    with pytest.raises(EntenteError) as found:
        keeper.cosign(request_.encode(), home.keys, NOW)

    assert found.value.code == code and keeper.rows()[0].head == head(4)


def test_two_roots_of_one_size_are_kept_as_a_proof_that_anybody_can_check(home: Home, keeper: Keeper) -> None:
    """TLOG-23, FEED-30, FEED-32."""
    keeper.cosign(asking(0, 9).encode(), home.keys, NOW)

    for _ in range(2):  # one proof is enough: nobody fills the disk with more
        with pytest.raises(Forked):
            keeper.cosign(asking(9, 9, OTHER).encode(), home.keys, NOW)

    [row] = keeper.rows()
    assert row.head == head(9) and row.fork is not None
    small, large = fork.check(fork.decode(row.fork), lambda note: open_head(note, LOG).checkpoint)
    assert {small.root, large.root} == {head(9).root, head(9, OTHER).root}


def test_a_log_that_nobody_named_is_unknown_and_a_known_one_keeps_its_keys(home: Home, keeper: Keeper) -> None:
    """TLOG-21."""
    other = Keeper(home.path / "other.sqlite")
    with pytest.raises(Refused) as found:
        other.cosign(asking(0, 4).encode(), home.keys, NOW)
    other.close()
    assert found.value.code == "witness.unknown"

    keeper.add(ORIGIN, LOG)
    with pytest.raises(Refused) as found:
        keeper.add(ORIGIN, [STRANGER])
    assert found.value.code == "witness.known" and keeper.rows()[0].keys == LOG

    keeper.cosign(asking(0, 4).encode(), home.keys, NOW)
    keeper.add(ORIGIN, LOG[1:], replace=True)
    assert keeper.cosign(asking(4, 9).encode(), home.keys, NOW) and keeper.rows()[0].keys == LOG[1:]


def test_requests_at_once_never_roll_back_what_one_of_them_was_told(home: Home, keeper: Keeper) -> None:
    """c2sp.org/tlog-witness, the race: through two openings of one file, as two processes would."""
    keeper.cosign(asking(0, 1).encode(), home.keys, NOW)
    second = Keeper(home.record)
    answered: list[int] = []

    def ask(record: Keeper) -> None:
        for size in range(2, 13):
            for old in range(1, size):
                try:
                    record.cosign(asking(old, size).encode(), home.keys, NOW)
                except EntenteError as error:
                    assert isinstance(error, Refused | Untrusted), error
                else:
                    answered.append(size)

    threads = [threading.Thread(target=ask, args=(record,)) for record in (keeper, second) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    second.close()

    # From each size it went on once: what was answered rises, and nothing was answered twice.
    assert answered == sorted(set(answered)) and keeper.rows()[0].head == head(answered[-1])


def test_a_home_is_made_once_and_read_whole(home: Home, tmp_path: Path) -> None:
    with pytest.raises(Refused) as found:
        homes.create(home.path, "witness.example/w2", host="localhost", port=1)
    assert found.value.code == "home.exists"
    with pytest.raises(Refused) as found:
        homes.read(tmp_path)
    assert found.value.code == "witness.missing"
    with pytest.raises(EntenteError) as malformed:
        homes.create(tmp_path / "bad", "a name with spaces", host="localhost", port=1)
    assert malformed.value.code == "tlog.key" and not (tmp_path / "bad").exists()
    with pytest.raises(Unavailable) as lost:
        Keeper(tmp_path / "no" / "such" / "folder.sqlite")
    assert lost.value.code == "witness.record"


def test_the_keys_are_those_that_c2sp_spells(home: Home) -> None:
    """TLOG-11."""
    assert [NoteKey.parse(key.encode()) for key in home.keys.public()] == list(home.keys.public())
