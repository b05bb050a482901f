"""Opening a home: settings, keys, clock, mark and record become a running node."""

from __future__ import annotations

from entente.node.home import Home, Mark
from entente.node.node import Node
from entente.store.sqlite import open_sqlite


def open_node(home: Home) -> Node:
    """Return a node on a home's record. Several processes may have one home open at once.

    Raises:
        Refused: `custody.*`.
        Malformed: `custody.file`, `mark.file`.
        Unavailable: `store.*`.
    """
    store = open_sqlite(home.record, create=True)
    mark = Mark(home.path / "mark.json")
    return Node(
        home.party, store, home.node_keys(), home.clock(), mark, exercise=home.exercise, generations=home.generations()
    )
