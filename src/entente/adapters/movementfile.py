"""Movements that a desk writes by hand, in TOML.

    [movement]
    title = "Water to the valley"       # required
    purpose = "Water for 400 families"  # required; stands in the notice that all recipients see, so no places in it
    contact = "channel 4, call RELIEF"  # required: who answers on the way, at any time
    emergency = false                   # true asks for the shorter notice that the theatre agreed
    half_width_km = 1.0                 # or _m, _nm: how far from the line between two places it may drive
    uncertainty_m = 100                 # how well the places are known
    margin_min = 30                     # how early or late it may be
    guards = "none"                     # not_stated, none, unarmed, armed; guarded_by says whose
    people = 6
    passages = [
        { at = "31.9500 35.9200", time = 2027-03-01T06:00:00Z, name = "Depot" },
        { at = "36R YA 71234 38765", time = "010800ZMAR27", name = "Mill bridge" },
    ]

    [[movement.vehicle]]
    kind = "truck"                      # car, armoured_car, truck, bus, ambulance, motorcycle, boat, on_foot, other
    count = 3
    label = "R 11 to R 13"
    day_marks = ["organisation_emblem", "flag"]
    infrared_marks = ["infrared_beacon"]    # or ["none"]; left out is "not stated"

Fields nobody knows are refused: a slip of the pen must not be a convoy without its contact.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from entente.adapters import source
from entente.adapters.source import Fields, as_choice, as_list, as_number, as_text, as_time
from entente.errors import Malformed
from entente.geo.position import parse
from entente.joint.journey import Guards, Journey, Passage, Vehicle, VehicleKind
from entente.joint.protected_sites import DayMark, InfraredMark
from entente.joint.spelling import journey_from_plain, journey_to_plain

M = TypeVar("M", bound=StrEnum)


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementFile:
    """A journey as it would be signed, its purpose, and whether it is an emergency."""

    journey: Journey
    purpose: str
    emergency: bool


def read(path: Path) -> MovementFile:
    """Return the movement in a TOML file, rounded as it would be signed.

    Raises:
        Malformed: with file, table and field; `movement.*`, `field.*`, `geo.*`, `toml.syntax`, `file.*`.
    """
    top = source.toml(path)
    table = top.table("movement")
    top.done()
    if table is None:
        raise top.fail("movement.none", "holds no movement; write one under [movement]")
    purpose, emergency = table.need("purpose", as_text), bool(table.get("emergency", _yes))
    margin, people = table.get("margin_min", as_number), table.get("people", as_number)
    given: dict[str, Any] = {
        "half_width_m": table.length("half_width"),
        "uncertainty_m": table.length("uncertainty"),
        "margin_s": None if margin is None else round(margin * 60),
        "people": None if people is None else round(people),
    }
    made: dict[str, Any] = {
        "title": table.need("title", as_text),
        "contact": table.need("contact", as_text),
        "passages": tuple(map(_passage, table.tables("passages"))),
        "vehicles": tuple(map(_vehicle, table.tables("vehicle"))),
        "guards": table.choice("guards", Guards, Guards.NOT_STATED),
        "guarded_by": table.text("guarded_by"),
        "consent": table.text("consent"),
        "note": table.text("note"),
    }
    table.done()
    made |= {name: value for name, value in given.items() if value is not None}
    journey: Journey = _placed(table, lambda: journey_from_plain(journey_to_plain(Journey(**made))))
    return MovementFile(journey=journey, purpose=purpose, emergency=emergency)


def _passage(table: Fields) -> Passage:
    passage = Passage(
        position=table.need("at", lambda value: parse(as_text(value))),
        at=table.need("time", as_time),
        name=table.text("name"),
    )
    table.done()
    return passage


def _vehicle(table: Fields) -> Vehicle:
    count = table.get("count", as_number)
    kind, label = table.need("kind", lambda value: as_choice(value, VehicleKind)), table.text("label")
    day, infrared = _marks(table, "day_marks", DayMark), _marks(table, "infrared_marks", InfraredMark)
    table.done()
    vehicle: Vehicle = _placed(
        table,
        lambda: Vehicle(
            kind=kind, count=1 if count is None else round(count), label=label, day_marks=day, infrared_marks=infrared
        ),
    )
    return vehicle


def _marks(table: Fields, name: str, kind: type[M]) -> frozenset[M]:
    return table.get(name, lambda value: frozenset(as_choice(one, kind) for one in as_list(value))) or frozenset()


def _yes(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Malformed("field.type", f"{value!r:.40} must be true or false")
    return value


def _placed(table: Fields, make: Callable[[], Any]) -> Any:
    try:
        return make()
    except Malformed as error:
        raise (error if error.where else error.at(table.where)) from None
