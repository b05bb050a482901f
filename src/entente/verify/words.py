"""Words: what an act said and how a subject stands, in a sentence for somebody who has nothing but the disk.

The words are this program's; the fields are the record's. Verbs and rows without words of their own are shown by their
fields. Hashes that name an entry here are given as that entry: `north 27`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from entente import canonical
from entente.errors import EntenteError
from entente.joint import standings
from entente.joint.act import moment
from entente.verify.report import many, utc

Body = Mapping[str, Any]
_HASH = re.compile(r"\b[0-9a-f]{64}\b")
_LONGEST = 300
"""[characters] What is said by its fields is cut there; all of it is in the JSON."""

SAID: Mapping[str, str] = {
    "keys.certify": "certifies its node's keys",
    "keys.root": "takes another root",
    "keys.revoke": "revokes the {role} key {key} as of entry {since}",
    "staff.enrol": "enrols {officer}",
    "staff.appoint": "appoints {officer}: {office}, from {start} until {until}",
    "staff.relieve": "relieves {officer} as {office}",
    "agreement.sign": "signs agreement {digest}",
    "epoch.open": "opens a new epoch, which goes on from {previous}, {size} entries: {reason}",
    "operation.propose": "proposes version {version}: {kind}, {crew}, from {start} until {end}",
    "operation.change": "changes it to version {version}: {kind}, {crew}, from {start} until {end}",
    "operation.withdraw": "withdraws it",
    "operation.activate": "activates {version}",
    "operation.deviate": "reports it {how}",
    "operation.end": "ends it",
    "decision.give": "answers {answer} to {version}; findings named: {findings}",
    "dissent.give": "dissents from {item}",
    "standing_decision.give": "lets its node answer {answer} to {kinds}, until {until}",
    "standing_decision.revoke": "takes that back: {given}",
    "stop.send": "sends STOP: {reason}, about {operation}: {note}",
    "stop.acknowledge": "acknowledges that STOP",
    "stop.lift": "lifts that STOP",
    "sites.notify": "notifies {sites} sites, issue {issue}: {purpose}",
    "sites.acknowledge": "acknowledges {issue}",
    "release.terms": "gives it to {to} for {purpose}, within {limits}",
    "release.acknowledge": "acknowledges the terms {terms}: {purpose}, {limits}",
    "record.acknowledge": "says how much of others' records it holds",
    "record.witnessed": "says that the witness has cosigned its first {size} entries",
    "fork.report": "reports proof that a record was forked",
}
"""What each verb says, with fields of its body; one that is empty is said to be nothing."""


def said(verb: str, body: Body, places: Mapping[str, str]) -> str:
    """Return what an act said, in words. `places` names entries by their leaf's hash."""
    try:
        known = {key: _word(value, places) for key, value in body.items()}
        found = SAID[verb].format_map({**known, "until": "further notice" if not body.get("until") else known["until"]})
    except (KeyError, ValueError, IndexError):
        found = f"{verb}: {_fields(body, places)}"
    threat = body.get("threat") if verb == "operation.activate" else ""
    return f"{found}, on an imminent threat: {_word(threat, places)}" if threat else found


def stands(subject: str, row: Body, places: Mapping[str, str]) -> Iterator[str]:
    """Yield how a subject stands, in lines; the first begins with its name."""
    try:
        kind = subject.split("/", 1)[0]
        lines = list({"operation": _operation, "stop": _stop}[kind](row, places))
    except (KeyError, TypeError, AttributeError):
        lines = [_fields(row, places)]
    yield f"{subject}: {lines[0]}"
    yield from (f"    {line}" for line in lines[1:])


def _operation(row: Body, places: Mapping[str, str]) -> Iterator[str]:
    version, standing = row["version"], _word(row["standing"], places)
    yield (
        f"{row['phase']}, version {version['number']} ({_word(version['leaf'], places)}), from "
        f"{_word(version['start'], places)} until {_word(version['end'], places)}"
    )
    forked = "; what covers it is disputed by a fork, and permits nothing" if row["forked"] else ""
    yield f"standing: {standing}, {'final' if row['final'] else 'not final'}{forked}"
    for party, answer in sorted(row["by"].items()):
        yield f"{party} answered {_word(answer['answer'], places)} ({_word(answer['leaf'], places)})"
    for party in sorted(row["silent"]):
        yield f"{party} was silent"
    for one in row["activations"]:
        cover = _word(one["covered_by"], places)
        covered = f"covered by {cover}" if one["covered_by"] in standings.ENOUGH else f"without cover ({cover})"
        final = ", final" if one["cover_final"] else ""
        threat = ", declared an imminent threat" if one["threat"] else ""
        yield f"activated in {_word(one['leaf'], places)}, {covered}{final}{threat}"
        for objection in one["objections"]:
            yield f"an objection to it: {_fields(objection, places)}"
    for one in row["dissents"]:
        yield f"{one['party']} dissents ({_word(one['leaf'], places)})"


def _stop(row: Body, places: Mapping[str, str]) -> Iterator[str]:
    about = f" about {row['operation']}" if row["operation"] else ""
    lifted = "lifted" if row["lifted"] else "in force"
    yield f"{lifted}; sent by {row['by']}{about}: {_word(row['reason'], places)} ({_word(row['leaf'], places)})"
    yield f"acknowledged by {', '.join(row['acknowledged']) or 'nobody'}"


def _word(value: Any, places: Mapping[str, str]) -> str:
    """Return a field as a person reads it."""
    if isinstance(value, list):
        return ", ".join(_word(one, places) for one in value) or "nothing"
    if not isinstance(value, str):
        return canonical.encode(value).decode()
    if _HASH.fullmatch(value):
        return places.get(value, f"{value[:16]}…")
    try:
        return utc(moment(value))
    except EntenteError:
        return (value if "/" in value else value.replace("_", " ")) or "nothing"  # names of officers stay as they are


def _fields(value: Any, places: Mapping[str, str]) -> str:
    text = canonical.encode(value).decode()
    named = _HASH.sub(lambda found: places.get(found[0], f"{found[0][:16]}…"), text)
    return named if len(named) <= _LONGEST else f"{named[:_LONGEST]}… ({many(len(named), 'character')}; see --json)"
