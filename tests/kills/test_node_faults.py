"""Each thing a node does × each of its writes × (failed and lost | failed but kept): then all of it stands, or none.

The writes of an act are counted once without a fault; then it is done anew for each of them, on a fresh copy of the
record, with that one failing. The same node, and one that opens the record anew, must both go on as if nothing were.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from entente.errors import Refused
from entente.feed import suite
from entente.geo.altitude import parse_band
from entente.geo.interval import Interval
from entente.geo.position import Position
from entente.geo.volume import Circle, Volume
from entente.ids import PartyId
from entente.joint import operations
from entente.joint.decisions import Answer
from entente.joint.line import Reason
from entente.joint.plan import Crew, Kind, Plan
from entente.node import carry, command, duties
from entente.node.home import Mark
from entente.node.node import Node
from entente.store.promises import Fault, Moment, Write, no_fault
from entente.store.sqlite import open_sqlite
from entente.testing.clock import ManualClock
from entente.testing.coalition import START, Coalition, Member

AGREEMENT = "exercise-test"
PARTIES = ("north", "south")


class Lost(Exception):
    """The write that a test made fail."""


@dataclass
class Failing:
    """Lets writes through and counts them; the one numbered `at` fails, and with it whoever wrote."""

    at: int = -1
    count: int = 0
    armed: bool = False

    def __call__(self, write: Write, moment: Moment) -> None:
        if self.armed:
            self.count += 1
            if self.count - 1 == self.at:
                raise Lost(f"{write}, {moment}")


@dataclass
class Scene:
    """Two settled parties whose records lie in a folder, to be copied for each fault."""

    folder: Path
    coalition: Coalition

    def opened(self, folder: Path, fault: Fault) -> Coalition:
        """Return the parties on a copy of their records; north's writes go past `fault`."""
        shutil.copytree(self.folder, folder)
        clock = ManualClock(self.coalition.clock.now())
        return Coalition({name: self.member(name, folder, clock, fault) for name in PARTIES}, clock)

    def member(self, name: str, folder: Path, clock: ManualClock, fault: Fault = no_fault) -> Member:
        was = self.coalition[name]
        store = open_sqlite(folder / f"{name}.sqlite", fault=fault if name == "north" else no_fault)
        node = Node(was.party, store, was.node.keys, clock, Mark(folder / f"{name}.json"), exercise=True)
        return Member(was.party, node, was.root, was.officers, was.card, was.default)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """North has an operation of its own and a standing decision; south has proposed one that north does not hold."""
    folder = tmp_path_factory.mktemp("scene")
    stores = {name: open_sqlite(folder / f"{name}.sqlite", create=True) for name in PARTIES}
    coalition = Coalition.form(*PARTIES, stores=stores)
    north, south = coalition["north"], coalition["south"]
    until = coalition.clock.now() + timedelta(days=1)
    north.say(command.standing_decision(AGREEMENT, "all", "north", Answer.NO_OBJECTION, ["general"], until))
    north.say(command.propose(AGREEMENT, "all", "north", "kept", plan(47.0), to=()))
    coalition.settle()
    south.say(command.propose(AGREEMENT, "all", "south", "theirs", plan(10.0), to={"north"}))
    for member in (north, south):
        member.node.close()
    return Scene(folder, coalition)


def plan(lat: float) -> Plan:
    when = Interval(start=START + timedelta(hours=2), end=START + timedelta(hours=3))
    shape = Circle(centre=Position(lat=lat, lon=8.0), radius_m=1000.0)
    volume = Volume(shape=shape, band=parse_band("FL100-FL120"), interval=when)
    return Plan(id="", title="", kind=Kind.GENERAL, crew=Crew.CREWED, volumes=(volume,), note="")


# -- what a node does --------------------------------------------------------------------------------------------------

Deed = Callable[[Coalition], object]


def say(c: Coalition) -> None:
    c["north"].say(command.propose(AGREEMENT, "all", "north", "one", plan(48.0), to={"south"}))


def say_all(c: Coalition) -> None:
    north, names = c["north"], ("one", "two")
    commands = [command.propose(AGREEMENT, "all", "north", name, plan(48.0), to={"south"}) for name in names]
    drafts = [north.draft(one) for one in commands]
    north.node.say_all([(draft, north.key("senior").sign(suite.STATEMENT, draft.message)) for draft in drafts])


def stop(c: Coalition) -> None:
    north = c["north"]
    draft = north.draft(command.stop(AGREEMENT, "all", "north", "halt", Reason.OTHER))
    carry.send_stop(north.node, draft, north.key("senior").sign(suite.STATEMENT, draft.message))


def take(c: Coalition) -> None:
    c.carry("south", "north", AGREEMENT)


def answer(c: Coalition) -> None:
    c.carry("south", "north", AGREEMENT)
    duties.tend(c["north"].node)


def journal(c: Coalition) -> None:
    c["north"].node.journal("looked", subject="operation/north/kept")


def release(c: Coalition) -> None:
    book = c["north"].node.book(AGREEMENT)
    operation = operations.read(operations.subject(PartyId("north"), "kept"), book.fold("all").now())
    assert operation is not None
    c["north"].node.release(AGREEMENT, operation.latest.seq, "plan", PartyId("south"))


def adopt(c: Coalition) -> None:
    text, keys = c.text("exercise-second", {})
    cards = {party: c[party].card for party in text.parties}
    c["north"].node.adopt(text, cards, keys)


DEEDS: list[Deed] = [say, say_all, stop, take, answer, journal, release, adopt]
STEPS_BETWEEN: dict[Deed, int] = {stop: 1, answer: 2}
"""How many transactions a deed takes, less one."""


@pytest.mark.slow
@pytest.mark.parametrize("reopened", [True, False], ids=["opened anew", "the same node"])
@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: str(deed.__name__))
def test_after_any_failed_write_all_of_it_stands_or_none_and_the_node_goes_on(
    scene: Scene, deed: Deed, reopened: bool, tmp_path: Path
) -> None:
    before, whole, writes = without_fault(scene, deed, tmp_path / "whole")

    outcomes = set()
    for at in range(writes):
        outcomes.add(with_fault(scene, deed, at, tmp_path / str(at), reopened))

    # A STOP's frame is kept before its entry, and an answer is logged after it: one part stands by itself there.
    assert len(outcomes - {before, whole}) <= STEPS_BETWEEN.get(deed, 0), "half of it stands"
    assert before in outcomes and whole in outcomes


def without_fault(scene: Scene, deed: Deed, folder: Path) -> tuple[str, str, int]:
    """Do it; return what is held before and after, and how many moments there are around its writes."""
    counting = Failing()
    with closing(scene.opened(folder, counting)) as c:
        before = held(c["north"].node)
        counting.armed = True
        deed(c)
        counting.armed = False
        return before, held(c["north"].node), counting.count


def with_fault(scene: Scene, deed: Deed, at: int, folder: Path, reopened: bool) -> str:
    """Do it with a failing write, look at what is held, and go on; return what was held."""
    failing = Failing(at)
    with closing(scene.opened(folder, failing)) as c:
        failing.armed = True
        with pytest.raises(Lost):
            deed(c)
        failing.armed = False
        if reopened:
            c["north"].node.close()
            c.members["north"] = scene.member("north", folder, c.clock)
        found = held(c["north"].node)
        whole(c["north"].node)
        goes_on(c, deed)
        return found


def goes_on(c: Coalition, deed: Deed) -> None:
    """Do it again, say something else, exchange: what was done is there once, and both agree."""
    with suppress(Refused):
        deed(c)
    c["north"].say(command.propose(AGREEMENT, "all", "north", "after", plan(49.0), to={"south"}))
    settle(c)
    folds = [c[name].node.book(AGREEMENT).fold("all") for name in PARTIES]
    assert folds[0].digest() == folds[1].digest()
    assert [event.code for event in folds[0].folded() if event.code] == []
    whole(c["north"].node)


def settle(c: Coalition) -> None:
    for _ in range(3):
        for giver, taker in (PARTIES, PARTIES[::-1]):
            while (taken := c.carry(giver, taker, AGREEMENT)) is not None and taken.more:
                pass


def held(node: Node) -> str:
    """Return what may not be there by halves: sizes of feeds, texts, STOPs, and who was granted how much."""
    sizes = {origin: row.size for origin, row in node.store.feeds().items()}
    kinds = ("agreement/", "card/", "circle/", "alert/")
    metas = {kind: len(node.store.metas(kind)) for kind in kinds}
    return f"{sizes} {metas} {len(node.store.grants_after('south', 0, 1000))}"


def whole(node: Node) -> None:
    """Assert that the record is sound and that every entry of ours is there with all that it lists."""
    assert node.store.check() == []
    book = node.book(AGREEMENT)
    for seq, _ in enumerate(book.ledger.feeds[book.origin].leaves):
        parts = node.store.parts(book.origin, seq)
        event = next(e for e in book.fold("all").folded() if (e.act.origin, e.act.seq) == (book.origin, seq))
        assert [part.name for part in parts[1:]] == [name for name, _ in event.act.statement.details]


class closing:
    """Closes a coalition's nodes, whoever they are by then."""

    def __init__(self, coalition: Coalition) -> None:
        self._coalition = coalition

    def __enter__(self) -> Coalition:
        return self._coalition

    def __exit__(self, *exception: object) -> None:
        for member in self._coalition.members.values():
            member.node.close()
