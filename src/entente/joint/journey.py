"""Journeys: where a movement will be and when, in what vehicles, guarded and marked how, and who answers on the way.

A journey is a detail of a movement's notice: shown and screened, never folded. Each recipient has its own copy.

Rules kept:

- The way between two passages is occupied from the first one's time to the second's, `margin_s` [s] early or late.
- Where the originator's last word is that it is held up, what lies ahead stays protected beyond its timetable; when its
  time is over and nobody has ended it, all of its way does. A clock ends no protection (DESIGN, principle 7).

>>> from datetime import UTC, datetime
>>> def at(hour): return datetime(2026, 12, 1, hour, tzinfo=UTC)
>>> way = [(31.9, 35.9, 6), (32.1, 36.1, 8)]
>>> passages = tuple(Passage(position=Position(lat=lat, lon=lon), at=at(hour)) for lat, lon, hour in way)
>>> journey = Journey(title="Water to the valley", passages=passages, contact="channel 4")
>>> [(len(corridor.shape.path), str(corridor.interval)) for corridor in protected(journey, now=at(5)).volumes]
[(2, '2026-12-01T05:30:00.000Z/2026-12-01T08:30:00.000Z')]
>>> protected(journey, now=at(9)).marks
('movement.overdue', 'movement.unmarked_at_night')
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from entente.errors import Malformed
from entente.geo.altitude import GROUND, Band
from entente.geo.geodesy import distance_m
from entente.geo.interval import Interval
from entente.geo.interval import spell as spell_time
from entente.geo.position import Position, number, show
from entente.geo.volume import Corridor, Volume
from entente.joint.protected_sites import LEAST_UNCERTAINTY_M, DayMark, InfraredMark, require_marks

LONGEST_LEG_M = 500_000.0
"""[m] Between two passages: on a longer way its middle may lie farther off than its ends were moved (`coarsen`)."""
MOST_PASSAGES, MOST_VEHICLES = 200, 100
LONGEST_MARGIN_S = 86_400
FOR_EVER = datetime(9999, 12, 31, tzinfo=UTC)
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
"""No journey lies beyond: what is added to its times must stay within the calendar."""


class VehicleKind(StrEnum):
    """The closed list of vehicles."""

    CAR = "car"
    ARMOURED_CAR = "armoured_car"
    TRUCK = "truck"
    BUS = "bus"
    AMBULANCE = "ambulance"
    MOTORCYCLE = "motorcycle"
    BOAT = "boat"
    ON_FOOT = "on_foot"
    OTHER = "other"


class Guards(StrEnum):
    """The closed list of who guards it; empty text elsewhere would be read as none."""

    NOT_STATED = "not_stated"
    NONE = "none"
    UNARMED = "unarmed"
    ARMED = "armed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A place on the way and when it is passed; where it waits, the place stands twice."""

    position: Position
    at: datetime
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle:
    """`count` vehicles of one kind, marked alike; `label` as plates or roof numbers."""

    kind: VehicleKind
    count: int = 1
    label: str = ""
    day_marks: frozenset[DayMark] = frozenset()
    infrared_marks: frozenset[InfraredMark] = frozenset()

    def __post_init__(self) -> None:
        number(self.count, "vehicles", 1, 1000, "movement.vehicles")
        require_marks(self.day_marks, self.infrared_marks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """A movement as one recipient was given it.

    `half_width_m` [m] is how far from the line between two passages it may drive, `uncertainty_m` [m] how well the
    passages are known to this recipient, `margin_s` [s] how early or late it may be. `contact` reaches somebody who
    rides along, at any time. `people` counts who does, 0 when it is not stated.
    """

    title: str
    passages: tuple[Passage, ...]
    contact: str
    half_width_m: float = 1000.0
    uncertainty_m: float = 100.0
    margin_s: int = 1800
    vehicles: tuple[Vehicle, ...] = ()
    people: int = 0
    guards: Guards = Guards.NOT_STATED
    guarded_by: str = ""
    consent: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        number(self.uncertainty_m, "uncertainty [m]", LEAST_UNCERTAINTY_M, 1_000_000.0, "movement.uncertainty")
        number(self.half_width_m, "half width [m]", 1.0, 100_000.0, "movement.width")
        number(self.margin_s, "margin [s]", 0, LONGEST_MARGIN_S, "movement.margin")
        number(self.people, "people", 0, 1_000_000, "movement.people")
        if not 2 <= len(self.passages) <= MOST_PASSAGES or len(self.vehicles) > MOST_VEHICLES:
            raise Malformed(
                "movement.passages", f"a journey has 2 to {MOST_PASSAGES} passages and at most {MOST_VEHICLES} vehicles"
            )
        if not EARLIEST <= self.passages[0].at <= self.passages[-1].at <= LATEST:
            raise Malformed("movement.times", "a journey begins after 1970, ends before 9000, and not before it begins")
        for a, b in pairwise(self.passages):
            if b.at <= a.at:
                raise Malformed("movement.times", f"{b.name or 'a passage'} is passed no later than the one before it")
            if distance_m(a.position, b.position) > LONGEST_LEG_M:
                raise Malformed(
                    "movement.leg", f"the way to {b.name or 'a passage'} is over 500 km; give a place between"
                )

    @property
    def start(self) -> datetime:
        """When it sets out."""
        return self.passages[0].at

    @property
    def end(self) -> datetime:
        """When it has arrived."""
        return self.passages[-1].at

    @property
    def marked_at_night(self) -> bool:
        """Whether every vehicle states a mark by which it can be told in the dark (F-20)."""
        return bool(self.vehicles) and all(v.infrared_marks - {InfraredMark.NONE} for v in self.vehicles)


@dataclass(frozen=True, slots=True, kw_only=True)
class Protected:
    """What of a journey is protected as of some moment, and what a reader must know of it."""

    volumes: tuple[Volume, ...]
    marks: tuple[str, ...]


def protected(
    journey: Journey, *, now: datetime, held_up_at: datetime | None = None, until: datetime | None = None
) -> Protected:
    """Return the volumes that a journey protects, leg by leg, from the ground.

    `held_up_at` is when it was last said to be held up, `until` until when; while that is not known, without end.
    """
    lag, margin = _lag(held_up_at, until), timedelta(seconds=journey.margin_s)
    overdue = _later(journey.end + margin, lag or timedelta(0)) <= now
    marks = {"movement.held_up": held_up_at is not None, "movement.overdue": overdue}
    marks["movement.unmarked_at_night"] = not journey.marked_at_night
    volumes = []
    for a, b in pairwise(journey.passages):
        end = b.at + margin
        if overdue:
            end = FOR_EVER
        elif held_up_at is not None and end > held_up_at:
            end = FOR_EVER if lag is None else _later(end, lag)
        path = (a.position,) if a.position == b.position else (a.position, b.position)
        volumes.append(
            Volume(
                shape=Corridor(path=path, half_width_m=journey.half_width_m),
                band=Band(lower=GROUND, upper=GROUND),
                interval=Interval(start=a.at - margin, end=end),
            )
        )
    return Protected(volumes=tuple(volumes), marks=tuple(sorted(mark for mark, told in marks.items() if told)))


def _later(at: datetime, lag: timedelta) -> datetime:
    """Return a time `lag` after `at`, which somebody else's word may put beyond the calendar."""
    return FOR_EVER if lag >= FOR_EVER - at else at + lag


def _lag(held_up_at: datetime | None, until: datetime | None) -> timedelta | None:
    """Return by how much what lies ahead is later; None when nobody knows."""
    if held_up_at is None:
        return timedelta(0)
    return None if until is None else until - held_up_at


# -- the difference ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an amendment changed: what it is, and how it was and is; empty text where it was or is not there."""

    what: str
    old: str
    new: str
    moved_m: float = field(default=0.0, compare=False)


def difference(old: Journey, new: Journey) -> list[Change]:
    """Return what changed from one version to the next, in words, in the order in which a journey is told."""
    return list(_differences(old, new))


def _differences(old: Journey, new: Journey) -> Iterator[Change]:
    was, now = old.passages, new.passages
    for place in range(max(len(was), len(now))):
        a, b = (w[place] if place < len(w) else None for w in (was, now))
        if a != b:
            moved = distance_m(a.position, b.position) if a and b else 0.0
            yield Change(what=f"passage {place + 1}", old=_passage(a), new=_passage(b), moved_m=moved)
    for each in fields(Journey):
        a, b = getattr(old, each.name), getattr(new, each.name)
        if a != b and each.name != "passages":
            yield Change(what=each.name.replace("_", " "), old=_plain(a), new=_plain(b))


def _passage(passage: Passage | None) -> str:
    if passage is None:
        return ""
    return " ".join(filter(None, (passage.name, show(passage.position).decimal, "at", spell_time(passage.at))))


def _plain(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(describe(one) if isinstance(one, Vehicle) else str(one) for one in value)
    return str(value)


def describe(vehicle: Vehicle) -> str:
    """Return a vehicle in words: how many, what, and how it is marked by day and in the dark."""
    day = ", ".join(sorted(mark.replace("_", " ") for mark in vehicle.day_marks)) or "not stated"
    dark = ", ".join(sorted(mark.replace("_", " ") for mark in vehicle.infrared_marks)) or "not stated"
    label = f" {vehicle.label}" if vehicle.label else ""
    return f"{vehicle.count} {vehicle.kind.replace('_', ' ')}{label} (by day: {day}; infrared: {dark})"
