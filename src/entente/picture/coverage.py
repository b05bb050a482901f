"""Coverage: who has a notice, at which rung, and who lacks it, oldest first (R-34, R-37).

It is a view: the clocks run by the reader's time, and nothing here enters state. What a recipient with a node says are
acts of its own; what one without a node acknowledged by telephone or on paper was entered by hand (`ByHand`), is marked
so, and rests on the word of whoever entered it.

>>> from datetime import UTC, datetime, timedelta
>>> at = datetime(2026, 12, 1, 6, tzinfo=UTC)
>>> sent = Notice(item="sites/desk/valley", number=3, recipient="air force", issued_at=at, due=at + timedelta(hours=48))
>>> said = ByHand(recipient="air force", item="sites/desk/valley", issue=3, rung=Rung.RELAYED, unit="2 Wing",
...               at=at + timedelta(hours=3), source="telephone", entered_by="desk/duty")
>>> row = climb(sent, [by_hand(said)], now=at + timedelta(hours=50))
>>> str(row.rung), [str(rung) for rung in row.missing], row.overdue
('relayed', ['delivered', 'opened', 'read_back'], True)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from entente.geo.interval import dtg
from entente.ids import PartyId, SubjectId
from entente.joint import ladder, movements, notifications, releases
from entente.joint.act import Act
from entente.joint.agreement import Agreement
from entente.joint.ladder import ORDER, Rung, missing
from entente.joint.rules import body_of, said
from entente.joint.state import CircleFold
from entente.picture.catalogues import ENGLISH, Catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class ByHand:
    """What a recipient without a node acknowledged, as somebody here entered it.

    `item` and `issue` name the notice as the recipient was sent it: a list's or movement's subject, and the number of
    its issue or version. `at` is when the recipient said so, `source` how it came (telephone, letter, meeting).
    """

    recipient: str
    item: str
    issue: int
    rung: Rung
    unit: str
    at: datetime
    source: str
    entered_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Climbed:
    """One step: which rung, when, said by whom, of which unit; `how` is ``node``, ``person`` or ``by hand``.

    A read-back says how many places were entered again, and how many of them differ from the notice.
    """

    rung: Rung
    at: datetime
    by: str
    how: str
    unit: str = ""
    places: int = 0
    differing: int = 0

    @property
    def holds(self) -> bool:
        """Whether the rung is reached by it: a read-back that differs is a finding, and no rung."""
        return not self.differing


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One notice to one recipient: an issue of a list or a version of a movement, and by when it is to be loaded.

    `late_s` [s] is by how much a movement was notified too late, 0 when it was in time (R-22, F-18). `stale` is what
    the recipient said of older versions and has not said of this one.
    """

    item: str
    number: int
    recipient: str
    issued_at: datetime
    due: datetime
    late_s: int = 0
    starts_at: datetime | None = None
    stale: tuple[Climbed, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """How far one notice has come at one recipient. `rung` is the highest reached, None when none is.

    `missing` are the rungs below it that nobody said. `overdue`: the time has passed and no unit has loaded it;
    `unacknowledged`: it has passed, and nobody there has said anything of it, whatever their machine holds.
    """

    notice: Notice
    rung: Rung | None
    missing: tuple[Rung, ...]
    steps: tuple[Climbed, ...]
    units: tuple[str, ...]
    differing: int
    overdue: bool
    unacknowledged: bool


def by_hand(said: ByHand) -> Climbed:
    """Return what was entered by hand as a step, marked so, with its source and who entered it."""
    by = f"{said.source}, entered by {said.entered_by}"
    return Climbed(rung=said.rung, at=said.at, by=by, how="by hand", unit=said.unit)


def climb(notice: Notice, steps: Iterable[Climbed], now: datetime) -> Row:
    """Return how far a notice has come by what was said of it."""
    listed = sorted(steps, key=lambda step: (step.at, ORDER.index(step.rung)))
    reached = {step.rung for step in listed if step.holds}
    last = [step for step in listed if step.rung is Rung.READ_BACK][-1:]
    highest = max(reached, key=ORDER.index, default=None)
    return Row(
        notice=notice,
        rung=highest,
        missing=missing(reached),
        steps=tuple(listed),
        units=tuple(dict.fromkeys(step.unit for step in listed if step.unit)),
        differing=sum(step.differing for step in last),
        overdue=Rung.LOADED not in reached and now >= notice.due,
        unacknowledged=now >= notice.due and all(step.how == "node" for step in listed),
    )


def ordered(rows: Iterable[Row]) -> list[Row]:
    """Return rows, oldest notice first; where these are as old, by item and recipient: never by what a place is."""
    return sorted(rows, key=lambda row: (row.notice.issued_at, row.notice.item, row.notice.recipient))


def rows_by_hand(notices: Sequence[Notice], said: Iterable[ByHand], now: datetime) -> list[Row]:
    """Return the coverage of recipients without a node: what they were sent, and what was entered by hand of it."""
    held: dict[tuple[str, str, int], list[Climbed]] = {}
    for each in said:
        held.setdefault((each.recipient, each.item, each.issue), []).append(by_hand(each))
    return ordered(climb(one, held.get((one.recipient, one.item, one.number), []), now) for one in notices)


def due_after(issued_at: datetime, clock_s: int, starts_at: datetime | None = None) -> datetime:
    """Return by when a notice is to be loaded: when the agreed time has run, and never after the movement sets out."""
    # An act is dated by its author, who may say the end of the calendar.
    run = issued_at + min(timedelta(seconds=clock_s), datetime.max.replace(tzinfo=UTC) - issued_at)
    return run if starts_at is None else min(run, starts_at)


# -- of recipients with a node -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """A notice as its act says it: `superseded` when a newer version stands."""

    act: Act
    number: int
    clock_s: int
    starts_at: datetime | None
    superseded: bool


def rows(fold: CircleFold, agreement: Agreement, name: SubjectId, now: datetime) -> list[Row]:
    """Return how far each notice of a list or movement has come at each recipient with a node, oldest first.

    Of a movement only the latest version counts, and what was said of older ones is told as stale.
    """
    standing = [notice for notice in _notices(fold, agreement, name) if not notice.superseded]
    return ordered(row for notice in standing for row in _of(fold, agreement, name, notice, now))


def newest(fold: CircleFold, agreement: Agreement, name: SubjectId, now: datetime) -> list[Row]:
    """Return how far the newest issue of a list, or version of a movement, has come at each recipient with a node."""
    last = list(_notices(fold, agreement, name))[-1:]
    return ordered(row for notice in last for row in _of(fold, agreement, name, notice, now))


def _of(fold: CircleFold, agreement: Agreement, name: SubjectId, notice: _Said, now: datetime) -> Iterator[Row]:
    past = fold.now()
    steps = ladder.steps(name, past)
    # Who was given it: those whom its terms name, else everybody else in the circle.
    given = releases.recipients(name, past) or sorted(agreement.circle(fold.name).members - {name.split("/")[1]})
    for party in given:
        mine = [step for step in steps if step.party == party]
        here = [*_machine(fold, notice.act, party), *_opened(fold, notice.act, party)]
        here += [_climbed(step) for step in mine if step.item == notice.act.leaf]
        told = {step.rung for step in here}
        older = [step for step in mine if step.item != notice.act.leaf and name.startswith("movement/")]
        late = late_by(notice.starts_at, notice.act.at, notice.clock_s) if notice.starts_at else 0
        sent = Notice(
            item=name, number=notice.number, recipient=party, issued_at=notice.act.at, late_s=late,
            due=due_after(notice.act.at, notice.clock_s, notice.starts_at), starts_at=notice.starts_at,
            stale=tuple(_climbed(step) for step in older if step.rung not in told),
        )  # fmt: skip
        yield climb(sent, here, now)


def _notices(fold: CircleFold, agreement: Agreement, name: SubjectId) -> Iterator[_Said]:
    past = fold.now()
    if name.startswith("movement/"):
        movement = movements.read(name, past)
        events = {e.act.leaf: e.act for e in past.events(name, name.split("/")[1])}
        for version in movement.versions if movement else ():
            clock = clock_of(agreement, version.body.emergency, version.body.notice_s)
            yield _Said(
                act=events[version.leaf], number=version.number, clock_s=clock, starts_at=version.start,
                superseded=movement is not None and version != movement.latest,
            )  # fmt: skip
        return
    for number, event in enumerate(said(past, name, "sites.notify"), 1):
        clock = clock_of(agreement, body_of(event.act, notifications.Notify).emergency is True)
        yield _Said(act=event.act, number=number, clock_s=clock, starts_at=None, superseded=False)


def _machine(fold: CircleFold, act: Act, party: PartyId) -> Iterator[Climbed]:
    """Yield that a party's node holds the notice, as its own feed shows it, and since when at the latest."""
    if fold.now().acknowledged(party).get(act.origin, 0) > act.seq:
        first = fold.first_to_hold(act, party)
        yield Climbed(rung=Rung.DELIVERED, at=first.act.at if first else act.at, by=party, how="node")


def _opened(fold: CircleFold, act: Act, party: PartyId) -> Iterator[Climbed]:
    """Yield that somebody there acknowledged the terms when this notice was before that person's eyes."""
    for event in said(fold.now(), releases.subject(act.statement.subject), "release.acknowledge", party):
        if fold.before(event.act).includes(act):
            signer = event.act.statement.signer
            yield Climbed(rung=Rung.OPENED, at=event.act.at, by=signer.officer if signer else party, how="person")
            return


def _climbed(step: ladder.Step) -> Climbed:
    return Climbed(
        rung=step.rung, at=step.at, by=step.officer or step.party, how="person", unit=step.unit, places=step.places,
        differing=step.differing,
    )  # fmt: skip


# -- clocks ------------------------------------------------------------------------------------------------------------


def clock_of(agreement: Agreement, emergency: bool = False, stated_s: int = 0) -> int:
    """Return how long [s] before a movement, or within which after an issue: as stated, else as the theatre agreed."""
    times = agreement.times
    return stated_s or (times.emergency_notice_s if emergency else times.notice_s)


def late_by(starts_at: datetime, issued_at: datetime, clock_s: int) -> int:
    """Return by how much [s] a notice came too late, 0 when it came in time (R-22, F-18)."""
    return max(0, round(clock_s - (starts_at - issued_at).total_seconds()))


def lateness(starts_at: datetime, issued_at: datetime, clock_s: int, words: Catalogue = ENGLISH) -> Iterator[str]:
    """Say that a notice is late, and by how much. It counts from now all the same: lateness removes no protection."""
    late = late_by(starts_at, issued_at, clock_s)
    if late:
        yield words.say("late", late=words.hours(late), agreed=words.hours(clock_s), start=dtg(starts_at))


def hours(seconds: int) -> str:
    """Return a length of time in hours and minutes.

    >>> hours(172_800), hours(5_400), hours(59)
    ('48 h', '1 h 30 min', '1 min')
    """
    return ENGLISH.hours(seconds)
