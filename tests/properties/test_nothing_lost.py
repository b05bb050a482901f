"""Nothing acknowledged is lost: three nodes on files, through crashes, old backups, lost and repeated bundles.

The model is a set: what a node has acknowledged, by returning from `say`. An entry is on its author's disk from then
on, whatever is crashed. When an author's record is put back to an old copy, the entries since are owed only if
somebody else held them by then; whoever is restored says nothing until every peer has answered, and so signs no second
history. At the end all is carried: everything owed is at every node, all fold alike, and nothing has forked.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing, suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from entente.errors import Refused
from entente.joint import line
from entente.node import carry, command, duties, recovery
from entente.node.home import Mark
from entente.node.node import Node, Receipt
from entente.store.promises import Fault, Moment, Write, no_fault
from entente.store.sqlite import open_sqlite
from entente.testing.clock import ManualClock
from entente.testing.coalition import Coalition, Member

AGREEMENT = "exercise-test"
PARTIES = ("a", "b", "c")
PARTY = st.sampled_from(PARTIES)
TWO = st.permutations(PARTIES).map(lambda order: order[:2])
Place = tuple[str, int, str]


class Lost(Exception):
    """The process stopped here."""


@cache
def formed() -> tuple[Coalition, Path]:
    """Return settled parties and a folder with their records; it is left to the system's own tidying."""
    folder = Path(mkdtemp(prefix="entente-nothing-lost-"))
    stores = {party: open_sqlite(folder / f"{party}.sqlite", create=True) for party in PARTIES}
    coalition = Coalition.form(*PARTIES, stores=stores)
    for member in coalition.members.values():
        member.node.close()
    return coalition, folder


class Machine(RuleBasedStateMachine):
    """Nodes on files, and what they owe."""

    def __init__(self) -> None:
        super().__init__()
        was, records = formed()
        self.folder = TemporaryDirectory(ignore_cleanup_errors=True)
        self.path = Path(self.folder.name)
        for party in PARTIES:
            shutil.copy(records / f"{party}.sqlite", self.path)
        self.clock = ManualClock(was.clock.now())
        self.was = was
        self.c = Coalition({party: self.member(party) for party in PARTIES}, self.clock)
        self.owed: dict[Place, str] = {}
        """What is acknowledged and must be there at the end, by whom."""
        self.files: list[tuple[str, str, bytes]] = []
        self.number = 0

    def member(self, party: str, fault: Fault = no_fault) -> Member:
        was = self.was[party]
        store = open_sqlite(self.path / f"{party}.sqlite", fault=fault)
        node = Node(was.party, store, was.node.keys, self.clock, Mark(self.path / f"{party}.json"), exercise=True)
        return Member(was.party, node, was.root, was.officers, was.card, was.default)

    # -- saying --------------------------------------------------------------------------------------------------------

    def say(self, party: str) -> Receipt | None:
        self.number += 1
        what = command.stop(AGREEMENT, "all", party, f"s{self.number}", line.Reason.OTHER)
        try:
            return self.c[party].say(what, "watch")
        except Refused as refusal:
            assert refusal.code == "node.restored", refusal
            return None

    def acknowledge(self, receipt: Receipt | None, party: str) -> None:
        if receipt is not None:
            self.owed[str(receipt.origin), receipt.seq, str(receipt.leaf)] = party

    @rule(party=PARTY)
    def append(self, party: str) -> None:
        self.acknowledge(self.say(party), party)

    @rule(party=PARTY)
    def owe(self, party: str) -> None:
        """Do what a node does by itself: acknowledge, and so cosign."""
        for receipt in duties.tend(self.c[party].node):
            self.acknowledge(receipt, party)

    @rule(seconds=st.integers(1, 4000))
    def time(self, seconds: int) -> None:
        self.clock.advance(seconds=seconds)

    # -- crashing ------------------------------------------------------------------------------------------------------

    @rule(party=PARTY)
    def crash(self, party: str) -> None:
        """The process is gone with all that it knew; the file is as the last commit left it."""
        self.c[party].node.store.close()
        self.c.members[party] = self.member(party)

    @rule(party=PARTY, at=st.integers(0, 24))
    def crash_while_saying(self, party: str, at: int) -> None:
        """Stop at one of the moments around its writes; whatever was not returned is not owed, and may be kept."""
        self.c[party].node.store.close()
        count = 0

        def fault(write: Write, moment: Moment) -> None:
            nonlocal count
            count += 1
            if count == at + 1:
                raise Lost

        self.c.members[party] = self.member(party, fault)
        with suppress(Lost):
            self.acknowledge(self.say(party), party)
        self.c[party].node.store.close()
        self.c.members[party] = self.member(party)

    # -- carrying ------------------------------------------------------------------------------------------------------

    @rule(two=TWO)
    def carry(self, two: list[str]) -> None:
        self.c.carry(*two)

    @rule()
    def carry_all(self) -> None:
        self.c.settle()

    @rule(two=TWO)
    def write_a_file(self, two: list[str]) -> None:
        giver, taker = two
        self.files.append((giver, taker, carry.write_bundle(self.c[giver].node, AGREEMENT, taker)))

    @precondition(lambda self: self.files)
    @rule(data=st.data(), keep=st.booleans())
    def read_a_file(self, data: st.DataObject, keep: bool) -> None:
        """Any file, in any order, once or often; those that are never read are lost."""
        at = data.draw(st.integers(0, len(self.files) - 1))
        _, taker, data_ = self.files[at]
        carry.take(self.c[taker].node, data_)
        if not keep:
            del self.files[at]

    # -- restoring -----------------------------------------------------------------------------------------------------

    @rule(party=PARTY)
    def back_up(self, party: str) -> None:
        with (
            closing(sqlite3.connect(self.path / f"{party}.sqlite")) as source,
            closing(sqlite3.connect(self.path / f"{party}.backup")) as copy,
        ):
            source.backup(copy)

    @precondition(lambda self: any((self.path / f"{party}.backup").exists() for party in PARTIES))
    @rule(data=st.data())
    def restore(self, data: st.DataObject) -> None:
        """Put an old copy in place of the record, as `entente node restore` does; the mark survives, or not."""
        held = [party for party in PARTIES if (self.path / f"{party}.backup").exists()]
        party = data.draw(st.sampled_from(held))
        self.c[party].node.store.close()
        for beside in ("-wal", "-shm"):
            (self.path / f"{party}.sqlite{beside}").unlink(missing_ok=True)
        shutil.copy(self.path / f"{party}.backup", self.path / f"{party}.sqlite")
        if data.draw(st.booleans()):
            (self.path / f"{party}.json").unlink(missing_ok=True)
        self.c.members[party] = self.member(party)
        recovery.suspect_all(self.c[party].node)
        # Nobody owes what nobody but the lost disk held; what others were given is owed as before.
        others = [self.c[other].node for other in PARTIES if other != party]
        mine = self.c[party].node
        for place, author in list(self.owed.items()):
            if author == party and not any(holds(node, place) for node in (mine, *others)):
                del self.owed[place]
        # A bundle that is still under way could bring them after the node has spoken anew: the courier is called back.
        self.files = [one for one in self.files if one[0] != party and one[1] != party]
        self.acknowledge(self.say(party), party)  # refused, or it would be a second history

    # -- what must hold ------------------------------------------------------------------------------------------------

    @invariant()
    def what_is_acknowledged_is_on_its_authors_disk_or_may_come_back(self) -> None:
        for place, author in self.owed.items():
            node = self.c[author].node
            if not recovery.waiting(node):
                assert holds(node, place), f"{author} lost {place}"

    def teardown(self) -> None:
        try:
            self.c.settle()
            while sum(len(duties.tend(member.node)) for member in self.c.members.values()):
                self.c.settle()
            nodes = [member.node for member in self.c.members.values()]
            folds = {str(node.book(AGREEMENT).fold("all").digest()) for node in nodes}
            for node in nodes:
                assert recovery.waiting(node) == {} and node.store.forks() == [] and node.store.check() == []
                lost = [place for place in self.owed if not holds(node, place)]
                assert lost == [], f"{node.party} lacks what was acknowledged"
                codes = {event.code for event in node.book(AGREEMENT).fold("all").folded()}
                assert codes == {""}, codes
            assert len(folds) == 1
        finally:
            for member in self.c.members.values():
                member.node.store.close()
            self.folder.cleanup()


def holds(node: Node, place: Place) -> bool:
    origin, seq, leaf = place
    feed = node.book(AGREEMENT).ledger.feeds.get(origin)  # type: ignore[call-overload]
    return feed is not None and seq < len(feed.leaves) and feed.leaves[seq] == leaf


class TestNothingLost:
    """A short share of the search in every run, and a long one in the campaign."""

    def test_in_short_stories(self) -> None:
        run_state_machine_as_test(Machine, settings=settings(max_examples=6, stateful_step_count=20, deadline=None))

    @pytest.mark.campaign
    def test_in_long_stories(self) -> None:
        run_state_machine_as_test(Machine, settings=settings(max_examples=400, stateful_step_count=60, deadline=None))
