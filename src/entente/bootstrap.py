"""The one place where parts meet: a home on the disk becomes a running node."""

from __future__ import annotations

from pathlib import Path

from entente.node import home as homes
from entente.node.home import Home, Mark
from entente.node.node import Node
from entente.store.sqlite import open_sqlite


def open_node(path: Path) -> tuple[Home, Node]:
    """Open a home and its record. Several processes may have one home open at once.

    Raises:
        Refused: `home.missing`, `custody.*`.
        Malformed: `home.settings`, `custody.file`, `mark.file`.
        Unavailable: `home.newer`, `store.*`.
    """
    home = homes.read(path)
    store = open_sqlite(home.record, create=True)
    node = Node(home.party, store, home.node_keys(), home.clock(), Mark(path / "mark.json"), exercise=home.exercise)
    return home, node
