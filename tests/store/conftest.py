"""Both keepers of a record, behind one fixture: what one promises, the other keeps."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from entente.store.memory import MemoryStore
from entente.store.promises import Fault, Store, no_fault
from entente.store.sqlite import open_sqlite

Opener = Callable[[Fault], Store]


@pytest.fixture(params=["memory", "sqlite"])
def opener(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opener]:
    opened: list[Store] = []

    def open_with(fault: Fault) -> Store:
        if request.param == "memory":
            opened.append(MemoryStore(fault))
        else:
            opened.append(open_sqlite(tmp_path / f"{len(opened)}.db", create=True, fault=fault))
        return opened[-1]

    yield open_with
    for store in opened:
        store.close()


@pytest.fixture
def store(opener: Opener) -> Store:
    return opener(no_fault)
