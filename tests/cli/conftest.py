"""Desks in a folder of their own; the founding is done once, and copied."""

import shutil
from pathlib import Path

import pytest
from tests.cli.desks import Desks


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("founded")
    Desks(folder).found()
    return folder


@pytest.fixture
def desks(tmp_path: Path) -> Desks:
    """Return desks in an empty folder."""
    return Desks(tmp_path)


@pytest.fixture
def valley(founded: Path, tmp_path: Path) -> Desks:
    """Return two desks between which an agreement is in force."""
    shutil.copytree(founded, tmp_path, dirs_exist_ok=True)
    return Desks(tmp_path)
