"""Bundles by courier."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.exchange.conftest import AGREEMENT, Cell, digest, propose

from entente.errors import EntenteError, Malformed, Refused, Unavailable
from entente.exchange import files


def test_a_file_carries_what_the_wire_would_and_reading_it_twice_does_no_harm(cell: Cell, tmp_path: Path) -> None:
    propose(cell["north"], "survey")
    path = files.write(cell["north"].node, AGREEMENT, "south", tmp_path)
    assert path.name == "north-to-south-0001.entente"

    assert files.read(cell["south"].node, path).acts == 1
    assert digest(cell["south"].node) == digest(cell["north"].node)
    assert not files.read(cell["south"].node, path).anything


def test_files_are_numbered_and_never_overwritten(cell: Cell, tmp_path: Path) -> None:
    north = cell["north"].node
    assert [files.write(north, AGREEMENT, "south", tmp_path).name[-12:-8] for _ in range(2)] == ["0001", "0002"]
    (tmp_path / "north-to-south-0003.entente").write_bytes(b"mine")
    with pytest.raises(Refused) as found:
        files.write(north, AGREEMENT, "south", tmp_path)
    assert found.value.code == "files.exists"
    assert (tmp_path / "north-to-south-0003.entente").read_bytes() == b"mine"


def test_a_file_cut_short_changes_nothing_and_names_the_file(cell: Cell, tmp_path: Path) -> None:
    propose(cell["north"], "survey")
    path = files.write(cell["north"].node, AGREEMENT, "south", tmp_path)
    path.write_bytes(path.read_bytes()[:-1])
    before = digest(cell["south"].node)
    with pytest.raises(EntenteError, match=r"north-to-south-0001\.entente") as found:
        files.read(cell["south"].node, path)
    assert found.value.code == "bundle.body" and digest(cell["south"].node) == before


def test_a_file_for_somebody_else_and_one_of_our_own_are_refused(cell: Cell, tmp_path: Path) -> None:
    path = files.write(cell["north"].node, AGREEMENT, "south", tmp_path)
    with pytest.raises(EntenteError) as found:
        files.read(cell["north"].node, path)
    assert found.value.code == "bundle.sender"


def test_where_nothing_can_be_written_nothing_is_left_behind(cell: Cell, tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as found:
        files.write(cell["north"].node, AGREEMENT, "south", tmp_path / "absent")
    assert found.value.code == "files.write"


def test_no_bundle_is_written_for_a_stranger(cell: Cell, tmp_path: Path) -> None:
    with pytest.raises(Refused) as found:
        files.write(cell["north"].node, AGREEMENT, "west", tmp_path)
    assert found.value.code == "exchange.not_party"


def test_a_missing_file_is_one_sentence(cell: Cell, tmp_path: Path) -> None:
    with pytest.raises(Malformed, match="cannot be read") as found:
        files.read(cell["south"].node, tmp_path / "absent.entente")
    assert found.value.code == "files.read"
