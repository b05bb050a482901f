"""Commands: what an officer wants to say, before anything is drafted. Faces parse a form once into one of these.

Each builder returns the verb, subject, fields and details of one act. What may be said is for the rules to judge; who
may see which detail is said here, and the default is nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec

from entente import canonical, ids
from entente.errors import Refused
from entente.feed import person
from entente.geo.volume import SMALLEST_EXTENT_M, Corridor, extent_m
from entente.ids import AgreementId, CircleId, Hash, OfficerId, PartyId, SubjectId
from entente.joint import (
    accession,
    anchors,
    cosigning,
    decisions,
    disputes,
    epochs,
    keys,
    ladder,
    line,
    movements,
    notifications,
    operations,
    releases,
    silence,
    staff,
)
from entente.joint.act import ALL, Head, spell
from entente.joint.agreement import Agreement
from entente.joint.decisions import Answer
from entente.joint.journey import Journey
from entente.joint.plan import Plan
from entente.joint.protected_sites import Site
from entente.joint.readback import Entered, Place, entered_to_plain, places_to_plain
from entente.joint.spelling import journey_to_plain, plan_to_plain, site_to_plain

NOTE = "note"
"""Name of the detail that holds an officer's own words."""
ORIGINAL = "original"
"""Begins the names of details that hold what copies were drawn from. They stay here: no release of them is made."""
ORIGINALS = 4096
"""Places in one such detail, at most: it has 1 MiB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """Bytes that go with an act, and the parties that are granted them; none is the default."""

    name: str
    data: bytes
    to: frozenset[PartyId] = frozenset()
    content: bytes = b""
    """The file that the detail describes (`attachments`), kept and carried in chunks beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One thing to say."""

    agreement: AgreementId
    circle: CircleId
    verb: str
    subject: SubjectId
    body: Mapping[str, Any]
    details: tuple[Detail, ...] = ()
    despite: str = ""
    """Why a person answers although the day's answers to this owner are spent; noted in our own record."""


def _say(
    agreement: str, circle: str, verb: str, subject: SubjectId, body: msgspec.Struct, details: Sequence[Detail] = ()
) -> Command:
    plain = msgspec.to_builtins(body)
    return Command(
        agreement=AgreementId(agreement), circle=CircleId(circle), verb=verb, subject=subject, body=plain,
        details=tuple(details),
    )  # fmt: skip


def _parties(to: Iterable[str]) -> frozenset[PartyId]:
    return frozenset(PartyId(party) for party in to)


def _note(text: str, to: Iterable[str]) -> list[Detail]:
    return [Detail(name=NOTE, data=text.encode(), to=_parties(to))] if text else []


# -- operations --------------------------------------------------------------------------------------------------------


def propose(
    agreement: str,
    circle: str,
    party: str,
    name: str,
    plan: Plan,
    *,
    to: Iterable[str],
    areas: Iterable[str] = (),
    proxy_for: str = "",
) -> Command:
    """Propose an operation; its plan is released to the parties in `to`."""
    body = _version(plan, 1, "", areas, proxy_for)
    return _say(agreement, circle, "operation.propose", operations.subject(party, name), body, _plan(plan, to))


def change(
    agreement: str,
    circle: str,
    subject: SubjectId,
    latest: operations.Version,
    plan: Plan,
    *,
    to: Iterable[str],
    areas: Iterable[str] = (),
    proxy_for: str = "",
) -> Command:
    """Propose a new version, which voids the decisions on the `latest` one."""
    body = _version(plan, latest.number + 1, latest.leaf, areas, proxy_for)
    return _say(agreement, circle, "operation.change", subject, body, _plan(plan, to))


def _version(plan: Plan, number: int, previous: str, areas: Iterable[str], proxy_for: str) -> operations.Propose:
    start, end = min(v.interval.start for v in plan.volumes), max(v.interval.end for v in plan.volumes)
    return operations.Propose(
        version=number, kind=plan.kind, crew=plan.crew, start=spell(start), end=spell(end), areas=tuple(sorted(areas)),
        previous=previous, proxy_for=proxy_for,
    )  # fmt: skip


def _plan(plan: Plan, to: Iterable[str]) -> list[Detail]:
    for nth, held in enumerate(plan.volumes, 1):
        wide_m = held.shape.half_width_m if isinstance(held.shape, Corridor) else 0.0  # saves measuring most paths
        if wide_m < SMALLEST_EXTENT_M and extent_m(held.shape) < SMALLEST_EXTENT_M:
            raise Refused(
                "plan.extent",
                f"volume {nth} of the plan is less than {SMALLEST_EXTENT_M:.0f} m around, and nothing so small is "
                "shared: an operation says where its aircraft will be, not a point on the ground; widen it",
            )
    return [Detail(name="plan", data=canonical.encode(plan_to_plain(plan)), to=_parties(to))]


def withdraw(agreement: str, circle: str, subject: SubjectId, version: Hash) -> Command:
    """Withdraw a planned operation."""
    return _say(agreement, circle, "operation.withdraw", subject, operations.Refer(version=version))


def end(agreement: str, circle: str, subject: SubjectId, version: Hash) -> Command:
    """End an active operation."""
    return _say(agreement, circle, "operation.end", subject, operations.Refer(version=version))


def activate(agreement: str, circle: str, subject: SubjectId, version: Hash, threat: str = "") -> Command:
    """Activate the latest version; `threat` declares an imminent threat where nothing covers it."""
    return _say(agreement, circle, "operation.activate", subject, operations.Activate(version=version, threat=threat))


def lapse(agreement: str, circle: str, subject: SubjectId, version: Hash, silent: Iterable[silence.Silence]) -> Command:
    """Hold other deciders' proven silence about the latest version against them."""
    body = silence.Lapse(version=version, silent=tuple(sorted(silent, key=lambda one: one.party)))
    return _say(agreement, circle, operations.LAPSE, subject, body)


def deviate(agreement: str, circle: str, subject: SubjectId, version: Hash, how: str) -> Command:
    """Report that an active operation does not keep to its plan."""
    return _say(agreement, circle, "operation.deviate", subject, operations.Deviate(version=version, how=how))


# -- decisions ---------------------------------------------------------------------------------------------------------


def decide(
    agreement: str,
    circle: str,
    subject: SubjectId,
    version: Hash,
    answer: Answer,
    *,
    note: str = "",
    to: Iterable[str] = (),
    despite: str = "",
) -> Command:
    """Answer another's operation. The node adds its screening and findings when it drafts."""
    body = decisions.Decide(version=version, answer=answer)
    return replace(_say(agreement, circle, "decision.give", subject, body, _note(note, to)), despite=despite)


def dissent(agreement: str, circle: str, subject: SubjectId, item: Hash, note: str, to: Iterable[str]) -> Command:
    """Attach a dissent, which travels with the item."""
    return _say(agreement, circle, "dissent.give", subject, decisions.Dissent(item=item), _note(note, to))


def standing_decision(
    agreement: str,
    circle: str,
    party: str,
    answer: Answer,
    kinds: Iterable[str],
    until: datetime,
    areas: Iterable[str] = (),
) -> Command:
    """Let the node answer within limits, when nothing is found."""
    body = decisions.StandingDecision(
        answer=answer, kinds=tuple(sorted(kinds)), until=spell(until), areas=tuple(sorted(areas))
    )
    return _say(agreement, circle, "standing_decision.give", decisions.standing_subject(party), body)


def revoke_standing(agreement: str, circle: str, party: str, given: Hash) -> Command:
    """Take a standing decision back."""
    subject = decisions.standing_subject(party)
    return _say(agreement, circle, "standing_decision.revoke", subject, decisions.Revoke(given=given))


# -- the line ----------------------------------------------------------------------------------------------------------


def stop(
    agreement: str, circle: str, party: str, name: str, reason: line.Reason, operation: str = "", note: str = ""
) -> Command:
    """Send a STOP."""
    body = line.Stop(reason=reason, operation=operation, note=note)
    return _say(agreement, circle, "stop.send", line.subject(party, name), body)


def acknowledge_stop(agreement: str, circle: str, subject: SubjectId, leaf: Hash) -> Command:
    """Acknowledge a STOP."""
    return _say(agreement, circle, "stop.acknowledge", subject, line.About(stop=leaf))


def lift_stop(agreement: str, circle: str, subject: SubjectId, leaf: Hash) -> Command:
    """Lift a STOP of our own."""
    return _say(agreement, circle, "stop.lift", subject, line.About(stop=leaf))


# -- notifications -----------------------------------------------------------------------------------------------------


def notify_sites(
    agreement: str,
    circle: str,
    party: str,
    name: str,
    issue: int,
    sites: Sequence[Site],
    purpose: str,
    *,
    to: Iterable[str],
    until: str = "",
    originals: Sequence[Place] = (),
    emergency: bool = False,
) -> Command:
    """Issue additions, changes and ends of a list; the sites are already at the recipient's precision.

    `originals` are what they were drawn from, under the same ids; they are committed to beside the copies and go to
    nobody, so that a read-back can be held against them, and what was known can be proved later.
    """
    if len(sites) > notifications.CHUNK * notifications.MAX_CHUNKS:
        most = notifications.CHUNK * notifications.MAX_CHUNKS
        raise Refused("sites.too_many", f"{len(sites)} sites in one issue; at most {most}, so issue them in several")
    body = notifications.Notify(
        issue=issue, sites=len(sites), purpose=purpose, until=until, emergency=emergency or msgspec.UNSET
    )
    chunks = [sites[at : at + notifications.CHUNK] for at in range(0, len(sites), notifications.CHUNK)]
    details = [
        Detail(
            name=f"chunk-{number:04d}",
            data=canonical.encode([site_to_plain(site) for site in chunk]),
            to=_parties(to),
        )
        for number, chunk in enumerate(chunks)
    ]
    details += [
        Detail(
            name=f"{ORIGINAL}-{number:04d}",
            data=canonical.encode(places_to_plain(originals[at : at + ORIGINALS])),
        )
        for number, at in enumerate(range(0, len(originals), ORIGINALS))
    ]
    return _say(agreement, circle, "sites.notify", notifications.subject(party, name), body, details)


def acknowledge_sites(agreement: str, circle: str, subject: SubjectId, issue: Hash) -> Command:
    """Acknowledge an issue of a list."""
    return _say(agreement, circle, "sites.acknowledge", subject, notifications.Acknowledge(issue=issue))


# -- movements ---------------------------------------------------------------------------------------------------------


def notify_movement(
    agreement: str,
    circle: str,
    party: str,
    name: str,
    journey: Journey,
    purpose: str,
    *,
    to: Iterable[str],
    original: Journey | None = None,
    emergency: bool = False,
    notice_s: int = 0,
) -> Command:
    """Notify a movement; `journey` is the recipient's copy already, `original` what it was drawn from."""
    body = _journey_body(journey, 1, "", purpose, emergency, notice_s)
    details = _journey(journey, original, to)
    return _say(agreement, circle, "movement.notify", movements.subject(party, name), body, details)


def amend_movement(
    agreement: str,
    circle: str,
    subject: SubjectId,
    latest: movements.Version,
    journey: Journey,
    *,
    to: Iterable[str],
    original: Journey | None = None,
    purpose: str = "",
    emergency: bool = False,
) -> Command:
    """Notify a new version, which makes every acknowledgement of the `latest` one stale."""
    body = _journey_body(
        journey, latest.number + 1, latest.leaf, purpose or latest.body.purpose, emergency, latest.body.notice_s
    )
    return _say(agreement, circle, "movement.amend", subject, body, _journey(journey, original, to))


def _journey_body(
    journey: Journey, number: int, previous: str, purpose: str, emergency: bool, notice_s: int
) -> movements.Notify:
    return movements.Notify(
        version=number, start=spell(journey.start), end=spell(journey.end), purpose=purpose, previous=previous,
        emergency=emergency, notice_s=notice_s,
    )  # fmt: skip


def _journey(journey: Journey, original: Journey | None, to: Iterable[str]) -> list[Detail]:
    copy = Detail(name=movements.JOURNEY, data=canonical.encode(journey_to_plain(journey)), to=_parties(to))
    kept = [] if original is None else [Detail(name=ORIGINAL, data=canonical.encode(journey_to_plain(original)))]
    return [copy, *kept]


def acknowledge_movement(agreement: str, circle: str, subject: SubjectId, version: Hash) -> Command:
    """Acknowledge a version: we hold it."""
    return _say(agreement, circle, "movement.acknowledge", subject, movements.Refer(version=version))


def report_movement(
    agreement: str,
    circle: str,
    subject: SubjectId,
    version: Hash,
    how: movements.How,
    when: datetime,
    by: str,
    *,
    until: datetime | None = None,
    note: str = "",
    to: Iterable[str] = (),
) -> Command:
    """Report how a movement fared, when and by whom."""
    body = movements.Report(version=version, how=how, when=spell(when), by=by, until=spell(until) if until else "")
    return _say(agreement, circle, "movement.report", subject, body, _note(note, to))


def end_movement(agreement: str, circle: str, subject: SubjectId, version: Hash, why: movements.Why) -> Command:
    """End a movement of ours."""
    return _say(agreement, circle, "movement.end", subject, movements.End(version=version, why=why))


# -- the ladder and disputes -------------------------------------------------------------------------------------------


def read_back(
    agreement: str, circle: str, subject: SubjectId, item: Hash, entered: Sequence[Entered], *, to: Iterable[str]
) -> Command:
    """Say what was entered again, place by place, and how much of it differs from the notice as we hold it."""
    body = ladder.ReadBack(item=item, places=len(entered), differing=sum(one.differs for one in entered))
    detail = Detail(name=ladder.READ_BACK, data=canonical.encode(entered_to_plain(entered)), to=_parties(to))
    return _say(agreement, circle, "ladder.read_back", subject, body, [detail])


def relay(agreement: str, circle: str, subject: SubjectId, item: Hash, unit: str) -> Command:
    """Say that a notice was relayed to a unit."""
    return _say(agreement, circle, "ladder.relay", subject, ladder.Relay(item=item, unit=unit))


def load(agreement: str, circle: str, subject: SubjectId, item: Hash, unit: str) -> Command:
    """Say that a unit has loaded a notice."""
    return _say(agreement, circle, "ladder.load", subject, ladder.Relay(item=item, unit=unit))


def dispute(
    agreement: str,
    circle: str,
    subject: SubjectId,
    item: Hash,
    site: str,
    reason: disputes.Reason,
    *,
    note: str = "",
    to: Iterable[str] = (),
) -> Command:
    """Dispute a site of a list, on the record."""
    body = disputes.Dispute(item=item, site=site, reason=reason)
    return _say(agreement, circle, "dispute.give", subject, body, _note(note, to))


def end_dispute(agreement: str, circle: str, subject: SubjectId, leaf: Hash) -> Command:
    """Dispute it no longer."""
    return _say(agreement, circle, "dispute.end", subject, disputes.End(dispute=leaf))


# -- releases ----------------------------------------------------------------------------------------------------------


def give_terms(agreement: str, circle: str, item: str, terms: releases.Terms) -> Command:
    """Say on what terms an item of ours is given, and to whom."""
    return _say(agreement, circle, "release.terms", releases.subject(item), terms)


def acknowledge_terms(agreement: str, circle: str, item: str, release: releases.Release) -> Command:
    """Acknowledge the terms on which we hold an item; only then are its details opened."""
    body = releases.Acknowledge(terms=release.leaf, purpose=release.terms.purpose, limits=release.terms.limits)
    return _say(agreement, circle, "release.acknowledge", releases.subject(item), body)


def withdraw_release(
    agreement: str, circle: str, item: str, terms: Hash, why: releases.Why, sites: Iterable[str] = ()
) -> Command:
    """Withdraw a release, or some of a list's sites from it."""
    body = releases.Withdraw(terms=terms, why=why, sites=tuple(sorted(set(sites))))
    return _say(agreement, circle, "release.withdraw", releases.subject(item), body)


def consent_onward(agreement: str, circle: str, item: str, terms: Hash, by: str, to: str, until: datetime) -> Command:
    """Consent that a recipient passes an item of ours on to somebody else."""
    body = releases.Onward(terms=terms, by=PartyId(by), to=PartyId(to), until=spell(until))
    return _say(agreement, circle, "release.onward", releases.subject(item), body)


# -- agreement and staff -----------------------------------------------------------------------------------------------


def sign(agreement: Agreement, everyone: Iterable[str]) -> Command:
    """Sign an agreement; its text goes to `everyone` who is a party now."""
    body = accession.Sign(digest=agreement.digest)
    text = canonical.encode(dict(agreement.plain))
    details = [Detail(name=accession.TEXT, data=text, to=_parties(everyone))]
    return _say(agreement.id, ALL, "agreement.sign", accession.subject(agreement), body, details)


def certify(agreement: str, card: Mapping[str, Any]) -> Command:
    """Certify the node's keys: the first entry of a feed."""
    body = staff.Certify(card={key: value for key, value in card.items() if key != "signature"})
    return _say(agreement, ALL, "keys.certify", staff.keys_subject(card["party"]), body)


def reanchor(agreement: str, party: str, anchor: Mapping[str, Any]) -> Command:
    """Bind our feed's beginning anew under another suite."""
    body = msgspec.convert(anchor, anchors.Reanchor)
    return _say(agreement, ALL, anchors.VERB, cosigning.subject(party), body)


def open_epoch(agreement: str, party: str, number: int, base: Head, reason: epochs.Reason) -> Command:
    """Open a party's epoch `number`, which goes on from the entries that `base` names."""
    body = epochs.Open(previous=base.origin, size=base.size, root=base.root, reason=reason)
    return _say(agreement, ALL, epochs.OPEN, epochs.subject(ids.origin(party, agreement, number)), body)


def revoke(agreement: str, party: str, role: str, key: str, since: int) -> Command:
    """Revoke a key of ours: what it signed at or after entry `since` of our feed is void."""
    body = keys.Revoke(role=keys.Role(role), key=Hash(key), since=since)
    return _say(agreement, ALL, "keys.revoke", staff.keys_subject(party), body)


def enrol(agreement: str, party: str, officer: OfficerId, key: person.Key, rank: str = "") -> Command:
    """Enrol an officer's key."""
    body = staff.Enrol(officer=officer, key=key.plain(), fingerprint=key.fingerprint, rank=rank)
    return _say(agreement, ALL, "staff.enrol", staff.subject(party, officer), body)


def appoint(
    agreement: str, party: str, officer: OfficerId, office: str, start: datetime, until: datetime | None = None
) -> Command:
    """Appoint an officer to an office for a term."""
    body = staff.Appoint(officer=officer, office=office, start=spell(start), until=spell(until) if until else "")
    return _say(agreement, ALL, "staff.appoint", staff.subject(party, officer), body)


def relieve(agreement: str, party: str, officer: OfficerId, office: str) -> Command:
    """Relieve an officer of an office."""
    body = staff.Relieve(officer=officer, office=office)
    return _say(agreement, ALL, "staff.relieve", staff.subject(party, officer), body)
