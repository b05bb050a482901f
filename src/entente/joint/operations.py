"""Operations: what a party means to fly, version by version, and how far it has got (JOINT-20…JOINT-29).

Owner's acts move the *phase*; other deciders' answers give the *standing* (`decisions`). A change is a new version
and voids earlier decisions. An activation is judged at its `seen` and labelled for ever by what covered it.

    phase           change    activate   withdraw    deviate            end
    planned         planned   active     withdrawn   –                  –
    active          active    active     –           nonconforming …    ended
    nonconforming   (as is)   active     –           contingent …       ended
    contingent      (as is)   active     –           nonconforming …    ended
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from entente.ids import Hash, PartyId, SubjectId
from entente.joint.act import moment
from entente.joint.plan import Crew, Kind
from entente.joint.rules import Case, Event, Past, Rule, body_of

# -- what can be said --------------------------------------------------------------------------------------------------


class Propose(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`operation.propose`, `operation.change`: a version; the plan itself is the detail ``plan``.

    `start`, `end`, `areas`, `kind` and `crew` are what rules and standing decisions read; a node refuses to sign
    them when they disagree with the plan.
    """

    version: int
    kind: Kind
    crew: Crew
    start: str
    end: str
    areas: tuple[str, ...] = ()
    previous: str = ""
    proxy_for: str = ""
    """Name of the third party that flies, when the proposer files for it (R-09)."""


class Refer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`operation.withdraw`, `operation.end`: the version meant, by its leaf."""

    version: Hash


class Activate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`operation.activate`: `threat` is the imminent-threat declaration (R-05), empty when there is none."""

    version: Hash
    threat: str = ""


class Deviate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`operation.deviate`: the flight does not keep to its plan."""

    version: Hash
    how: str


PHASES: Mapping[tuple[str, str], str] = {
    ("planned", "operation.change"): "planned",
    ("planned", "operation.activate"): "active",
    ("planned", "operation.withdraw"): "withdrawn",
    ("active", "operation.change"): "active",
    ("active", "operation.activate"): "active",
    ("active", "operation.deviate"): "",  # as the act says
    ("active", "operation.end"): "ended",
    ("nonconforming", "operation.change"): "nonconforming",
    ("nonconforming", "operation.activate"): "active",
    ("nonconforming", "operation.deviate"): "",
    ("nonconforming", "operation.end"): "ended",
    ("contingent", "operation.change"): "contingent",
    ("contingent", "operation.activate"): "active",
    ("contingent", "operation.deviate"): "",
    ("contingent", "operation.end"): "ended",
}
DEVIATIONS = ("contingent", "nonconforming")
CLOSED = ("ended", "withdrawn")
LAPSE = "operation.lapse"
"""Says nothing of the flight, only of another's silence (`silence`)."""
PLAN = "plan"
"""Name of the detail that holds a version's plan."""


def subject(party: str, name: str) -> SubjectId:
    """Return the subject of a party's operation."""
    return SubjectId(f"operation/{party}/{name}")


def owner_of(name: str) -> PartyId:
    """Return whose operation it is; nobody's when the name has no such place."""
    return PartyId(f"{name}//".split("/")[1])


# -- what is then true -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of an operation, named by its leaf. `agreement` is that of the first proposal and stays."""

    leaf: Hash
    number: int
    body: Propose
    act_at: datetime
    origin: str
    seq: int
    plan: int
    """Index of the part that holds the plan, 0 when the act lists none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Activation:
    """An activation, with the event that made it."""

    version: Hash
    threat: str
    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """An operation as its owner's acts make it, up to some cut."""

    subject: SubjectId
    owner: PartyId
    agreement: Hash
    phase: str
    versions: tuple[Version, ...]
    activations: tuple[Activation, ...]

    @property
    def latest(self) -> Version:
        """The owner's latest version: the only one that a decision can be about."""
        return self.versions[-1]

    def alive(self) -> tuple[Version, ...]:
        """Return the versions that must still be screened: the latest, and all that were activated until the end.

        (JOINT-28). Who activates a second version may still be flying the first.
        """
        if self.phase in CLOSED:
            return ()
        flown = {activation.version for activation in self.activations}
        return tuple(v for v in self.versions if v is self.latest or v.leaf in flown)


def read(name: SubjectId, past: Past) -> Operation | None:
    """Return the operation at a cut, or None when it has not been proposed there."""
    events = past.events(name, owner_of(name))
    events = [e for e in events if e.verb.startswith("operation.") and e.verb != LAPSE]
    if not events:
        return None
    phase, versions, activations = "planned", [], []
    for event in events:
        if event.verb in ("operation.propose", "operation.change"):
            versions.append(_version(event))
        elif event.verb == "operation.activate":
            body = body_of(event.act, Activate)
            activations.append(Activation(version=body.version, threat=body.threat, event=event))
        if event.verb != "operation.propose":
            phase = PHASES[phase, event.verb] or body_of(event.act, Deviate).how
    return Operation(
        subject=name, owner=owner_of(name), agreement=events[0].act.statement.agreement, phase=phase,
        versions=tuple(versions), activations=tuple(activations),
    )  # fmt: skip


def _version(event: Event) -> Version:
    body = body_of(event.act, Propose)
    act = event.act
    names = [name for name, _ in act.statement.details]
    return Version(
        leaf=act.leaf, number=body.version, body=body, act_at=act.at, origin=act.origin, seq=act.seq,
        plan=names.index(PLAN) + 1 if PLAN in names else 0,
    )  # fmt: skip


# -- what may be said --------------------------------------------------------------------------------------------------


def _propose(case: Case) -> str | None:
    act, body = case.act, case.body(Propose)
    parts = act.statement.subject.split("/")
    if len(parts) != 3 or parts[0] != "operation" or parts[1] != act.party or not parts[2]:
        return "operation.other_party"
    if not case.agreement.party(act.party).flies:
        return "operation.not_flying"
    if not all(case.agreement.party(member).flies for member in case.agreement.circle(case.circle).members):
        return "operation.audience"
    if read(act.statement.subject, case.past) is not None:
        return "operation.exists"
    return _window(case, body) or (None if body.version == 1 and not body.previous else "operation.version")


def _change(case: Case) -> str | None:
    body = case.body(Propose)
    operation = read(case.act.statement.subject, case.past)
    if operation is None or operation.owner != case.act.party:
        return "operation.unknown"
    if operation.phase in CLOSED:
        return f"operation.{operation.phase}"
    latest = operation.latest
    if body.previous != latest.leaf or body.version != latest.number + 1:
        return "operation.version"
    return _window(case, body)


def _window(case: Case, body: Propose) -> str | None:
    if moment(body.end) <= moment(body.start):
        return "operation.window"
    known = {area.id for area in case.agreement.areas}
    return None if known.issuperset(body.areas) else "operation.area"


def move(case: Case, version: Hash) -> tuple[Operation | None, str | None]:
    """Whether the owner may make this step now, by the table."""
    operation = read(case.act.statement.subject, case.past)
    if operation is None or operation.owner != case.act.party:
        return None, "operation.unknown"
    if (operation.phase, case.act.statement.verb) not in PHASES:
        return None, f"operation.{operation.phase}"
    if version not in {v.leaf for v in operation.versions}:
        return None, "operation.version"
    return operation, None


def _refer(case: Case) -> str | None:
    return move(case, case.body(Refer).version)[1]


def _deviate(case: Case) -> str | None:
    body = case.body(Deviate)
    return move(case, body.version)[1] or (None if body.how in DEVIATIONS else "operation.deviation")


RULES: Mapping[str, Rule] = {
    "operation.propose": Rule(judge=_propose),
    "operation.change": Rule(judge=_change),
    "operation.withdraw": Rule(judge=_refer),
    "operation.deviate": Rule(judge=_deviate),
    "operation.end": Rule(judge=_refer),
}


def plain_version(version: Version) -> dict[str, Any]:
    """Return a version as the state's row shows it."""
    return {"leaf": version.leaf, "number": version.number, "start": version.body.start, "end": version.body.end}
