"""Copies of journeys, as `coarsen` makes copies of sites: each passage moved for its recipient, none precise.

The way between two passages of a copy is never farther from the true way than the passages themselves, but for a part
in a hundred, which is added: legs are short enough (`joint.journey.LONGEST_LEG_M`) that the earth's curve adds less.

>>> from datetime import UTC, datetime
>>> from entente.joint.journey import Passage
>>> def at(hour): return datetime(2026, 12, 1, hour, tzinfo=UTC)
>>> way = [(31.951569, 35.923963, 6), (32.1, 36.1, 8)]
>>> true = Journey(title="Water", contact="channel 4", passages=tuple(
...     Passage(position=Position(lat=lat, lon=lon), at=at(hour), name="Mill bridge") for lat, lon, hour in way))
>>> copy = coarsen_journey(true, precision_m=1000.0, recipient="south", name="relief-7", secret=bytes(16))
>>> copy.passages[0].name, copy.uncertainty_m, copy.note
('', 1110.0, 'Copy south-270a-2614.')
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import replace

from entente.errors import Refused
from entente.geo.interval import dtg
from entente.geo.position import Position, show
from entente.joint.journey import Change, Journey, Passage, Vehicle, difference
from entente.picture import coarsen
from entente.picture.blotting import blotted
from entente.picture.catalogues import ENGLISH, Catalogue, retelling
from entente.picture.coarsen import copy_number

KEPT = frozenset({"note", "names"})
"""What a copy loses unless it is named: the note, and what the passages are called, which finds them on any map."""
BETWEEN = 1.01
"""How much farther apart two ways may be than their ends were moved."""
NOT_TOLD_AT_NIGHT = ENGLISH.phrases["dark"]


def coarsen_journey(
    journey: Journey, *, precision_m: float, recipient: str, name: str, secret: bytes, keep: Collection[str] = ()
) -> Journey:
    """Return the copy of the journey called `name` for `recipient`: each passage moved by at most `precision_m` [m].

    A place that an amendment leaves where it was is left where the copy had it.

    Raises:
        Refused: `coarsen.precision`, `coarsen.secret`, `coarsen.keep`; `movement.contact`, when the contact reads like
            a place, since half a telephone number is no contact.
    """
    coarsen.require(precision_m, ())
    if unknown := sorted(set(keep) - KEPT):
        raise Refused(
            "coarsen.keep", f"{unknown[0]!r} is nothing that can be kept; these can: {', '.join(sorted(KEPT))}"
        )
    if len(secret) < coarsen.SECRET_BYTES:
        raise Refused("coarsen.secret", f"copies are drawn under a secret of at least {coarsen.SECRET_BYTES} bytes")

    near = [passage.position for passage in journey.passages]

    def told(text: str) -> str:
        return blotted(text, near)

    if told(journey.contact) != journey.contact:
        raise Refused("movement.contact", "the contact reads like a coordinate; spell it without points or degrees")

    def moved(passage: Passage) -> Passage:
        drawn = coarsen.draw(secret, "passage", recipient, name, passage.position, float(precision_m))
        where: Position = coarsen.moved(passage.position, precision_m, drawn)
        return replace(passage, position=where, name=told(passage.name) if "names" in keep else "")

    def cleaned(vehicle: Vehicle) -> Vehicle:
        return replace(vehicle, label=told(vehicle.label))

    note = [f"Copy {copy_number(recipient, secret)}.", told(journey.note) if "note" in keep else ""]
    return replace(
        journey,
        title=told(journey.title),
        contact=told(journey.contact),
        guarded_by=told(journey.guarded_by),
        consent=told(journey.consent),
        note=" ".join(filter(None, note)),
        passages=tuple(map(moved, journey.passages)),
        vehicles=tuple(map(cleaned, journey.vehicles)),
        uncertainty_m=float(math.ceil(journey.uncertainty_m + BETWEEN * precision_m)),
    )


def notice(journey: Journey, words: Catalogue = ENGLISH) -> Iterator[str]:
    """Yield a journey in words, a fact a line; what is not stated is said to be not stated."""
    say = words.say
    yield say("movement", title=journey.title, contact=journey.contact)
    yield say("movement_window", start=dtg(journey.start), end=dtg(journey.end), margin=journey.margin_s // 60)
    for passage in journey.passages:
        shown = show(passage.position)
        told = " ".join(filter(None, (f"{dtg(passage.at)} {shown.decimal} ({shown.mgrs})", passage.name)))
        yield say("passage", passage=told)
    half_width_m, uncertainty_m = words.number(journey.half_width_m), words.number(journey.uncertainty_m)
    yield say("width", half_width_m=half_width_m, uncertainty_m=uncertainty_m)
    yield from (_vehicle(vehicle, words) for vehicle in journey.vehicles)
    if not journey.vehicles:
        yield say("vehicles_none")
    guards = words.code(journey.guards, "guards")
    yield say("guards_by", guards=guards, by=journey.guarded_by) if journey.guarded_by else say("guards", guards=guards)
    if not journey.marked_at_night:
        yield say("dark")
    if journey.note:
        yield say("note", note=" ".join(journey.note.split()))


def differences(old: Journey, new: Journey, words: Catalogue) -> list[Change]:
    """Return what changed from one version to the next, as `joint.journey.difference` does, its values in words."""
    return [_told(one, old, new, words) for one in difference(old, new)]


def _told(one: Change, old: Journey, new: Journey, words: Catalogue) -> Change:
    of, _, number = one.what.partition(" ")
    match of:
        case "passage":
            return replace(one, old=_passage(old, int(number), words), new=_passage(new, int(number), words))
        case "vehicles":
            was, now = ("\n".join(_vehicle(v, words) for v in journey.vehicles) for journey in (old, new))
            return replace(one, old=was, new=now)
        case "note":
            return replace(one, old=retelling.copied(old.note, words), new=retelling.copied(new.note, words))
        case "guards":
            return replace(one, old=words.code(old.guards, "guards"), new=words.code(new.guards, "guards"))
        case _:
            return one


def _passage(journey: Journey, number: int, words: Catalogue) -> str:
    """Return a passage as it was or is; empty where the journey has none of this number."""
    passage = next(iter(journey.passages[number - 1 : number]), None)
    if passage is None:
        return ""
    told = {"at": dtg(passage.at), "position": show(passage.position).decimal}
    return (
        words.say("shape.passage_named", name=passage.name, **told)
        if passage.name
        else words.say("shape.passage", **told)
    )


def _vehicle(vehicle: Vehicle, words: Catalogue) -> str:
    """Say how many of what, and how it is marked by day and in the dark."""

    def marks(given: Collection[str]) -> str:
        return words.listed(sorted(words.code(mark) for mark in given)) or words.code("not_stated")

    told = {
        "count": str(vehicle.count), "kind": words.code(vehicle.kind), "day": marks(vehicle.day_marks),
        "dark": marks(vehicle.infrared_marks),
    }  # fmt: skip
    return words.say("vehicle_labelled", label=vehicle.label, **told) if vehicle.label else words.say("vehicle", **told)
