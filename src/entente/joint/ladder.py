"""The ladder of a notice: delivered → opened → read back → relayed to a unit → loaded (JOINT-150…JOINT-156, R-33).

A receipt at headquarters protects nobody. So each rung is told apart: *delivered* is what machines can say, the others
are acts of persons at the recipient, about one issue of a list or one version of a movement, named by its leaf. None
of them says what will be done, asks for or gives permission. No rung implies another: what is missing is shown.

>>> missing({Rung.DELIVERED, Rung.RELAYED})
(<Rung.OPENED: 'opened'>, <Rung.READ_BACK: 'read_back'>)
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from entente.ids import Hash, PartyId, SubjectId
from entente.joint import movements, notifications
from entente.joint.rules import Case, Event, Past, Rule

LONGEST_UNIT = 60
"""[characters] Of a unit's name or label: enough to know it again, too little to write an order of battle."""
READ_BACK = "read-back"
"""Name of the detail that holds what was entered again."""


class Rung(StrEnum):
    """How far a notice has come at one recipient, lowest first."""

    DELIVERED = "delivered"
    OPENED = "opened"
    READ_BACK = "read_back"
    RELAYED = "relayed"
    LOADED = "loaded"


ORDER = tuple(Rung)


# -- what can be said --------------------------------------------------------------------------------------------------


class ReadBack(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`ladder.read_back`: so many places were entered again, and so many differ from the notice as we hold it.

    What was entered is the detail ``read-back``, which goes to the originator.
    """

    item: Hash
    places: int
    differing: int = 0


class Relay(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`ladder.relay`, `ladder.load`: it was relayed to this unit; this unit has loaded it."""

    item: Hash
    unit: str


# -- what is then true -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing said about one notice: by whom, when by that party's clock, and of which unit.

    A read-back that differs is kept, and is no rung reached: `differing` counts its places that do.
    """

    rung: Rung
    party: PartyId
    officer: str
    at: datetime
    item: Hash
    unit: str = ""
    places: int = 0
    differing: int = 0


SAYS: Mapping[str, Rung] = {
    "sites.acknowledge": Rung.OPENED,
    "movement.acknowledge": Rung.OPENED,
    "ladder.read_back": Rung.READ_BACK,
    "ladder.relay": Rung.RELAYED,
    "ladder.load": Rung.LOADED,
}
"""Which rung each verb says. That terms were acknowledged opens a notice as well; `picture.coverage` looks at that."""


def steps(name: SubjectId, past: Past) -> list[Step]:
    """Return everything said of a list's issues or a movement's versions, parties by name, each in its own order."""
    return [_step(event) for event in past.events(name) if event.verb in SAYS]


def _step(event: Event) -> Step:
    body, signer = event.act.statement.body, event.act.statement.signer
    return Step(
        rung=SAYS[event.verb], party=event.act.party, officer=signer.officer if signer else "", at=event.act.at,
        item=Hash(body.get("item") or body.get("issue") or body.get("version") or ""), unit=body.get("unit", ""),
        places=body.get("places", 0), differing=body.get("differing", 0),
    )  # fmt: skip


def missing(reached: Collection[Rung]) -> tuple[Rung, ...]:
    """Return the rungs below the highest one reached that nobody said: a step is never skipped silently."""
    highest = max((ORDER.index(rung) for rung in reached), default=0)
    return tuple(rung for rung in ORDER[:highest] if rung not in reached)


def notices(name: SubjectId, past: Past) -> list[Hash]:
    """Return what can be climbed about: a list's issues or a movement's versions, by leaf, oldest first."""
    if name.startswith("movement/"):
        found = movements.read(name, past)
        return [version.leaf for version in found.versions] if found else []
    return [leaf for leaf, _ in notifications.issues(name, past)] if name.startswith("sites/") else []


def rows(name: SubjectId, past: Past) -> dict[str, Any]:
    """Return what a subject's row says of the ladder: nothing at all where nothing was said."""
    said = [
        [step.party, str(step.rung), step.item, step.unit]
        for step in steps(name, past)
        if step.rung not in (Rung.DELIVERED, Rung.OPENED)
    ]
    return {"ladder": said} if said else {}


# -- what may be said --------------------------------------------------------------------------------------------------


def _climb(case: Case, item: Hash) -> str | None:
    """Whether a party may say this of a notice: a recipient, of one that it knows, and of no old version."""
    name = case.act.statement.subject
    known = notices(name, case.past)
    if item not in known:
        return "ladder.unknown"
    if name.split("/")[1] == case.act.party:
        return "ladder.own"
    return "movement.stale" if name.startswith("movement/") and item != known[-1] else None


def _read_back(case: Case) -> str | None:
    body = case.body(ReadBack)
    listed = [name for name, _ in case.act.statement.details if name == READ_BACK]
    if len(listed) != 1 or not 0 <= body.differing <= body.places or body.places < 1:
        return "ladder.places"
    return _climb(case, body.item)


def _relay(case: Case) -> str | None:
    body = case.body(Relay)
    if not body.unit.strip() or len(body.unit) > LONGEST_UNIT or not body.unit.isprintable():
        return "ladder.unit"
    return _climb(case, body.item)


RULES: Mapping[str, Rule] = {
    "ladder.read_back": Rule(judge=_read_back),
    "ladder.relay": Rule(judge=_relay),
    "ladder.load": Rule(judge=_relay),
}
