"""The words in which a statement is shown to whoever signs it.

A signature covers the hash of this text, its language and the catalogue's version, so an inquiry can show what the
signer had before his eyes. Changing a sentence means a new catalogue version; old ones stay readable in the record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from entente.geo.altitude import show_band
from entente.geo.interval import dtg
from entente.ids import PartyId, is_hash
from entente.joint.act import Statement
from entente.joint.agreement import Agreement
from entente.joint.journey import Change
from entente.joint.plan import Plan
from entente.joint.screening import Finding

CATALOGUE = "1"
LANGUAGES = ("en",)

_HEAD = {
    "agreement.sign": "Sign the agreement {digest}.",
    "keys.certify": "Certify this node's keys for the agreement.",
    "epoch.open": "Open a new epoch, because of {reason}. It goes on from the first {size} entries of {previous}; "
    "what stands in that feed behind them permits nothing from then on, and must be said anew.",
    "keys.root": "Change this party's root.",
    "keys.revoke": "Revoke the {role} key {key}: what it signs or signed from entry {since} of our feed on is void.",
    "staff.enrol": "Enrol {officer} with the key {fingerprint}.",
    "staff.appoint": "Appoint {officer} as {office} from {start} until {until}.",
    "staff.relieve": "Relieve {officer} as {office}.",
    "operation.propose": "Notify a {kind} operation, {crew}, from {start} to {end}.",
    "operation.change": "Notify version {version} of a {kind} operation, {crew}, from {start} to {end}.",
    "operation.withdraw": "Withdraw the operation.",
    "operation.activate": "Activate the operation.",
    "operation.deviate": "Report the operation as {how}.",
    "operation.end": "End the operation.",
    "operation.lapse": "Hold against these deciders that they have not answered version {version}: {silent}.",
    "decision.give": "Answer to version {version}: {answer}.",
    "dissent.give": "Attach a dissent to {item}.",
    "standing_decision.give": "Let the node answer {answer} for kinds {kinds} until {until}, when nothing is found.",
    "standing_decision.revoke": "Take back the standing decision {given}.",
    "stop.send": "STOP. Reason: {reason}. Operation: {operation}. {note}",
    "stop.acknowledge": "Acknowledge the STOP {stop}.",
    "stop.lift": "Lift the STOP {stop}.",
    "sites.notify": "Notify {sites} protected sites, issue {issue}. Purpose: {purpose}.",
    "sites.acknowledge": "Acknowledge issue {issue} of the list. This asks for and gives no permission.",
    "movement.notify": "Notify a movement from {start} to {end}. Purpose: {purpose}. Emergency: {emergency}. "
    "This asks for no permission.",
    "movement.amend": "Notify version {version} of the movement, from {start} to {end}. Purpose: {purpose}. "
    "Emergency: {emergency}. What was acknowledged of earlier versions is void.",
    "movement.acknowledge": "Acknowledge version {version} of the movement. This asks for and gives no permission.",
    "movement.report": "Report that the movement was {how} at {when} by {by}, until {until}.",
    "movement.end": "End the movement: {why}. Its way is protected no longer.",
    "ladder.read_back": "Read {places} places of notice {item} back; {differing} differ from the notice as held here.",
    "ladder.relay": "Notice {item} was relayed to {unit}.",
    "ladder.load": "{unit} has loaded notice {item}.",
    "dispute.give": "Dispute site {site} of notice {item}: {reason}. It stays protected and screened, and marked.",
    "dispute.end": "Dispute it no longer: {dispute}.",
    "release.terms": "Release {item} to {to} on these terms. Purpose: {purpose}. Limits: {limits}.",
    "release.acknowledge": "Acknowledge that {item} was given to us to {purpose}, within these limits: {limits}.",
    "release.withdraw": "Withdraw the release of {item}: {why}. Sites: {sites}. What was sent stays sent.",
    "release.onward": "Consent that {by} passes {item} on to {to}, until {until}.",
    "release.grant": "Grant more of what we hold to somebody in this circle.",
    "record.reanchor": "Bind our first {size} entries anew, under suite {suite}.",
    "record.acknowledge": "Acknowledge what this node holds of the others' feeds.",
    "record.witnessed": "Keep the witness's cosignature over our first {size} entries.",
    "fork.report": "Report that {origin} has forked.",
}
NO_FINDING = "No finding is not a legal judgement."
NOT_LISTED = "Not listed is not unprotected."


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What stands beside a statement: the plan it is about, notes, who gets which detail, and what was found.

    `findings` is None when nothing was screened; `undisclosed` counts plans that could not be.
    """

    plan: Plan | None = None
    notes: tuple[str, ...] = ()
    released: Mapping[str, frozenset[PartyId]] = field(default_factory=dict)
    findings: Sequence[Finding] | None = None
    undisclosed: int = 0
    notices: tuple[str, ...] = ()
    """The terms of a release that the statement is about, in words."""


def render(statement: Statement, agreement: Agreement, party: str, context: Context) -> str:
    """Return the text shown for a statement: one fact a line, the same for everyone who draws it up from these."""
    body = {key: _words(value) for key, value in statement.body.items()}
    body.setdefault("item", statement.subject.partition("/")[2])
    lines = [
        "EXERCISE EXERCISE EXERCISE" if agreement.exercise else "",
        f"{party} says, under {agreement.text.title} ({agreement.id}, {agreement.digest[:16]}),",
        f"in circle {statement.circle}:",
        _HEAD[statement.verb].format_map(_Known(body)),
        f"Subject: {statement.subject}",
        *(_plan(context.plan) if context.plan is not None else ()),
        _threat(statement.body),
        *(f"Note: {' '.join(note.split())}" for note in context.notes),
        *context.notices,
        *(_detail(name, digest, context.released.get(name)) for name, digest in statement.details),
    ]
    if context.findings is not None:
        lines += [f"Findings: {len(context.findings)}."] + [describe(finding) for finding in context.findings]
        hidden = f"Not released to us and so not screened: {context.undisclosed}."
        lines += [hidden] if context.undisclosed else []
        lines += [NO_FINDING, NOT_LISTED]
    return "\n".join(part for part in lines if part)


def _plan(plan: Plan) -> Iterator[str]:
    """Say which flight it is: what an officer knows it by, not its hash."""
    start, end = min(v.interval.start for v in plan.volumes), max(v.interval.end for v in plan.volumes)
    bands = sorted({show_band(volume.band) for volume in plan.volumes})
    yield f"Flight: {plan.callsign}, {plan.title}" if plan.callsign else f"Flight: {plan.title}"
    yield f"From {dtg(start)} to {dtg(end)}, at {', '.join(bands[:3])}{' and others' if len(bands) > 3 else ''}."


def _detail(name: str, digest: str, readers: frozenset[PartyId] | None) -> str:
    to = f"released to {', '.join(sorted(readers))}" if readers else "released to nobody"
    return f"With: {name} ({digest[:16]}), {to}"


def describe(finding: Finding) -> str:
    """Return one finding as one line of text."""
    gap = "overlap or unknown" if finding.horizontal_m is None else f"{finding.horizontal_m:.0f} m"
    high = "unknown" if finding.vertical_m is None else f"{finding.vertical_m:.0f} m"
    marks = f" [{', '.join(finding.marks)}]" if finding.marks else ""
    return (
        f"- {finding.against} {finding.other_title or finding.other}: {gap} across (required "
        f"{finding.required_horizontal_m:.0f} m), {high} up (required {finding.required_vertical_m:.0f} m){marks}"
    )


def change(one: Change) -> str:
    """Return what an amendment changed as one line of text."""
    moved = f" ({one.moved_m:,.0f} m away)" if one.moved_m >= 1 else ""
    return f"Changed: {one.what}: {one.old or 'none'} → {one.new or 'none'}{moved}"


def _threat(body: Mapping[str, Any]) -> str:
    return f"IMMINENT THREAT DECLARED: {body['threat']}" if body.get("threat") else ""


def _words(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(_words, value)) or "-"
    if isinstance(value, dict):
        return " ".join(f"{name} {_words(item)}" for name, item in value.items())
    text = str(value) if value not in ("", None) else "-"
    return f"{text[:16]}…" if is_hash(text) else text.replace("_", " ")


class _Known(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "-"
