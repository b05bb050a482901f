"""Retelling: an act in one line, as the director and the debrief tell it: who, in which office, said what of what.

And all of them, with what was found, as the story that the map and the report are made of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from entente.exercise.hosted import hindsight
from entente.exercise.seats import Seat
from entente.exercise.telling import Telling
from entente.joint.act import Act
from entente.report import words

VERBS: Mapping[str, Callable[[Mapping[str, object], str], str]] = {
    "operation.propose": lambda body, what: f"proposes {what}",
    "operation.change": lambda body, what: f"proposes a new version of {what}",
    "operation.withdraw": lambda body, what: f"withdraws {what}",
    "operation.end": lambda body, what: f"ends {what}",
    "operation.activate": lambda body, what: f"activates {what}{_threat(body)}",
    "operation.deviate": lambda body, what: f"reports {what} as {words.phrase(str(body.get('how', '')))}",
    "decision.give": lambda body, what: f"{words.phrase(str(body.get('answer', '')))} to {what}{_rule(body)}",
    "dissent.give": lambda body, what: f"dissents from {what}",
    "standing_decision.give": lambda body, what: "gives a standing decision",
    "standing_decision.revoke": lambda body, what: "revokes a standing decision",
    "stop.send": lambda body, what: f"STOP {what}",
    "stop.acknowledge": lambda body, what: f"acknowledges STOP {what}",
    "stop.lift": lambda body, what: f"lifts STOP {what}",
    "sites.notify": lambda body, what: f"notifies the list {what}",
    "sites.acknowledge": lambda body, what: f"acknowledges the list {what}",
    "movement.notify": lambda body, what: f"notifies the movement {what}",
    "movement.amend": lambda body, what: f"amends the movement {what}",
    "movement.acknowledge": lambda body, what: f"acknowledges the movement {what}",
    "movement.report": lambda body, what: f"reports the movement {what}",
    "movement.end": lambda body, what: f"ends the movement {what}",
    "release.terms": lambda body, what: f"gives terms for {what}",
    "release.acknowledge": lambda body, what: f"acknowledges the terms of {what}, and opens it",
    "ladder.read_back": lambda body, what: f"reads {what} back",
    "ladder.relay": lambda body, what: f"has relayed {what} to {body.get('unit', '')}",
    "ladder.load": lambda body, what: f"says that {body.get('unit', '')} has loaded {what}",
    "dispute.give": lambda body, what: f"disputes a place of {what}",
}


def _threat(body: Mapping[str, object]) -> str:
    return f", declaring an imminent threat: {body['threat']}" if body.get("threat") else ""


def _rule(body: Mapping[str, object]) -> str:
    return ", by its standing decision" if body.get("under") else ""


def speaker(act: Act) -> str:
    """Return who spoke: ``north/watch``; a machine's record is its party's alone."""
    signer = act.statement.signer
    return f"{act.party}/{signer.office}" if signer else str(act.party)


def retold(act: Act, seats: Mapping[str, Seat]) -> str:
    """Return what an act says, in one line, with the note that went with it."""
    what = act.statement.subject.removeprefix("release/").rpartition("/")[2]
    say = VERBS.get(act.statement.verb)
    said = say(act.statement.body, what) if say else f"{act.statement.verb} {what}"
    note = str(act.statement.body.get("note", "")) or _note(act, seats)
    return f"{said}: {note}" if note else said


def _note(act: Act, seats: Mapping[str, Seat]) -> str:
    seat = seats.get(act.party)
    parts = seat.node.store.parts(act.origin, act.seq) if seat else ()
    return next((part.data.decode(errors="replace") for part in parts if part.name == "note"), "")


def story(telling: Telling) -> Telling:
    """Return what people and rules have said, as their own records have it, beside what was sampled meanwhile."""
    seats, told = telling.seats, telling.anew()
    for seat in seats.values():
        seat.node.catch_up()
    for act in sorted(hindsight.acts(seats), key=lambda act: (act.at, act.origin, act.seq)):
        told.event(act.at, speaker(act), retold(act, seats), None)
        screening = hindsight.screening_of(seats[act.party].node, act)
        if screening is not None:
            told.found(str(act.party), screening)
    return told
