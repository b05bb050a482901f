"""Two processes on one home: whatever one commits, and whenever, the other folds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from entente.joint.decisions import Answer
from entente.node import command
from entente.node.home import Mark
from entente.node.node import Node
from entente.store.sqlite import open_sqlite
from entente.testing.coalition import START, Coalition


class Interrupted:
    """A store in which somebody else commits just after one read."""

    def __init__(self, store: Any, read: str) -> None:
        self._store, self._read = store, read
        self.then: Callable[[], object] | None = None

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        return self._after(found) if name == self._read else found

    def _after(self, found: Callable[..., Any]) -> Callable[..., Any]:
        def read(*arguments: Any) -> Any:
            result = found(*arguments)
            then, self.then = self.then, None
            if then:
                then()
            return result

        return read


@pytest.mark.parametrize("read", ["changes", "arrival", "metas", "feeds", "acts_after"])
def test_what_another_process_commits_between_two_reads_is_folded_all_the_same(tmp_path: Path, read: str) -> None:
    coalition = Coalition.form("north", "south", stores={"north": open_sqlite(tmp_path / "record.sqlite", create=True)})
    north = coalition["north"]
    store = Interrupted(open_sqlite(tmp_path / "record.sqlite"), read)
    beside = Node(north.party, store, north.node.keys, coalition.clock, Mark(None), exercise=True)  # type: ignore[arg-type]

    # While the node beside looks, north says something more.
    def say(kind: str) -> None:
        until = START + timedelta(days=1)
        north.say(command.standing_decision(north.default, "all", "north", Answer.NO_OBJECTION, [kind], until))

    store.then = lambda: say("medical_evacuation")
    say("transport")
    beside.catch_up()
    beside.catch_up()

    mine, theirs = (node.book(north.default).fold("all") for node in (north.node, beside))
    assert theirs.digest() == mine.digest()
    assert store.then is None
