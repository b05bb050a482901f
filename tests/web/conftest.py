"""Two centres, served for a whole module: forming and serving them takes two seconds."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace

import pytest
from tests.exchange.conftest import Cell, cell, formed
from tests.web.centres import Page, Served, centres

from entente.node.opening import open_node

__all__ = ["cell", "formed"]


@pytest.fixture(scope="module")
def served(formed: Cell, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Served]]:
    folder, members = tmp_path_factory.mktemp("served"), {}
    for party, member in formed.items():
        home = replace(member.home, path=folder / party)
        shutil.copytree(member.home.path, home.path)
        members[party] = replace(member, home=home, node=open_node(home), said=[])
    with centres(members) as found:
        yield found
    for member in members.values():
        member.node.close()


@pytest.fixture(scope="module")
def north(served: dict[str, Served]) -> Page:
    return served["north"].enter("air_operations")


@pytest.fixture(scope="module")
def south(served: dict[str, Served]) -> Page:
    return served["south"].enter("air_operations")
