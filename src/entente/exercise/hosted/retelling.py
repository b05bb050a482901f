"""Who said an act, and the note that went with it: read out of the record before the act is told (`telling`).

And all of them, with what was found, as the story that the map and the report are made of.
"""

from __future__ import annotations

from collections.abc import Mapping

from entente.exercise.hosted import hindsight
from entente.exercise.hosted import telling as in_words
from entente.exercise.hosted.words import Words
from entente.exercise.seats import Seat
from entente.exercise.telling import Telling
from entente.joint.act import Act


def speaker(act: Act) -> str:
    """Return who spoke: ``north/watch``; a machine's record is its party's alone."""
    signer = act.statement.signer
    return f"{act.party}/{signer.office}" if signer else str(act.party)


def noted(act: Act, seats: Mapping[str, Seat]) -> str:
    """Return the note that went with an act, as its author's record has it; empty for none."""
    if note := str(act.statement.body.get("note", "")):
        return note
    seat = seats.get(act.party)
    parts = seat.node.store.parts(act.origin, act.seq) if seat else ()
    return next((part.data.decode(errors="replace") for part in parts if part.name == "note"), "")


def story(telling: Telling) -> Telling:
    """Return what people and rules have said, as their own records have it, beside what was sampled meanwhile."""
    seats, told = telling.seats, telling.anew()
    for seat in seats.values():
        seat.node.catch_up()
    for act in sorted(hindsight.acts(seats), key=lambda act: (act.at, act.origin, act.seq)):
        told.event(act.at, speaker(act), in_words.act(Words(), act, noted(act, seats)), None)
        screening = hindsight.screening_of(seats[act.party].node, act)
        if screening is not None:
            told.found(str(act.party), screening)
    return told
