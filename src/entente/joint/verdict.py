"""Verdicts: is this act valid, from itself and its causal past alone (JOINT-10…JOINT-19)?

`judge` is the one rulebook. The fold asks it about acts that others said; a node asks it about what its officer is
about to say, with the present as the past. Every act has one verdict at every node, and it never changes.
"""

from __future__ import annotations

from collections.abc import Container, Mapping

from entente.errors import Malformed
from entente.joint import (
    accession,
    anchors,
    authority,
    cosigning,
    decisions,
    disputes,
    epochs,
    grants,
    incidents,
    keys,
    ladder,
    line,
    movements,
    notifications,
    operations,
    releases,
    silence,
    staff,
    standings,
    witness,
)
from entente.joint.act import ALL, Signer, moment
from entente.joint.act import RULES as RULES_VERSION
from entente.joint.agreement import Agreement
from entente.joint.rules import Case, Event, Rule, body_of

VERBS: Mapping[str, Rule] = {
    **staff.RULES,
    **keys.RULES,
    **anchors.RULES,
    **accession.RULES,
    **operations.RULES,
    **decisions.RULES,
    **standings.RULES,
    **silence.RULES,
    **cosigning.RULES,
    **line.RULES,
    **notifications.RULES,
    **movements.RULES,
    **ladder.RULES,
    **disputes.RULES,
    **releases.RULES,
    **grants.RULES,
    **witness.RULES,
    **incidents.RULES,
    **epochs.RULES,
}

UNKNOWN = "act.unknown"
"""The code of an act of a newer version: neither valid nor void here, and carried along untouched."""

SENTENCES: Mapping[str, str] = {
    "act.body": "the act's fields are not those that its verb takes",
    "act.circle": "the party is no member of the circle that the act names",
    "act.decided_elsewhere": "the act belongs to circle 'all' and to no other",
    "act.seen": "the act cites less than its author had cited before",
    "act.signer": "a person's signature is needed for this",
    "act.tag": "the entry's tag is not that of the circle which the act names",
    "act.time": "the act is dated before its author's previous one",
    "act.unknown": "this version does not know the act; it is kept and carried along",
    "agreement.answered": "the party has already answered this question; one answer is given and never taken back",
    "agreement.not_in_force": "the agreement is not in force: a signature is missing, or it has not started",
    "agreement.not_signatory": "the party is no signatory of this agreement",
    "agreement.succeeded": "the agreement has been succeeded by another one that is in force",
    "agreement.unknown": "the agreement with this hash is not held here",
    "decision.answer": "the agreement's mode knows no such answer",
    "decision.findings": "the decision counts findings, or names a screening, that are not among the act's details",
    "decision.not_decider": "only another decider of the circle decides on an operation, never its owner",
    "decision.stale": "the decision names a version that is not the latest; look at the newest one and decide again",
    "dispute.other_party": "only who raised a dispute ends it; only its notifier ends a listing",
    "dispute.own": "a listing is disputed by a recipient; its own notifier corrects or ends it",
    "dispute.site": "a dispute names one site of the list, by its id",
    "dispute.unknown": "no such dispute stands",
    "dissent.item": "the item that the dissent is about is not known here",
    "epoch.branch": "an epoch goes on from entries that all branches share, and cites no branch",
    "epoch.closed": "the party has opened a new epoch; what it says it says there",
    "epoch.place": "an epoch is opened by the first entry of its own feed",
    "epoch.previous": "an epoch goes on from an earlier feed of its own party under the same agreement",
    "epoch.subject": "an epoch is opened under epoch/PARTY/NUMBER, its own",
    "epoch.unopened": "the feed of a new epoch begins with the act that opens it, and nobody opened this one",
    "fork.subject": "the report is filed under another feed than the one it names",
    "fork.unknown": "the keys of the feed are not known here",
    "fork.unproven": "the two heads do not prove a fork",
    "keys.card": "the card is none, or the party's root has not signed it",
    "keys.current": "the key still serves; certify another one in its place first",
    "keys.follows": "the root document does not follow the one in force, or too few root keys of either signed it",
    "keys.number": "the card's number is not above the last one's: an old card is not certified again",
    "keys.revoked": "the key was revoked as of an earlier entry of this feed",
    "keys.role": "a key in it serves in another role, or has served before",
    "keys.root": "the card names another root than the one in force",
    "keys.since": "a key is revoked as of an entry of its own party's feed, and not of one to come",
    "keys.too_few": "fewer root keys would be left than it takes to sign; change the root document first",
    "keys.unknown": "no such key of the party was ever certified or enrolled",
    "ladder.own": "only a recipient says how far a notice has come, never its own notifier",
    "ladder.places": "a read-back brings what was entered again, as one detail, and counts it rightly",
    "ladder.unit": "a unit is named by a label of at most 60 characters",
    "ladder.unknown": "no such issue or version is known here",
    "lapse.answered": "the party has answered this version before the entry that is to show its silence",
    "lapse.early": "by the party's own clock the agreed time to answer had not run",
    "lapse.not_agreed": "the agreement does not say that silence may be held against anyone",
    "lapse.parties": "a lapse names other deciders of the circle, each once, in order",
    "lapse.unheld": "the entry does not show that the party held this version",
    "lapse.unknown": "no such valid entry of the party's feed is known here",
    "movement.by": "a report says by whom, in at most 100 characters",
    "movement.clock": "a notice states a time ahead of at most 30 days",
    "movement.ended": "the movement has ended; notify a new one",
    "movement.exists": "there is a movement with this name already; amend it, or choose another name",
    "movement.journey": "a version goes with one journey",
    "movement.other_party": "only its originator notifies, amends and ends a movement, under movement/PARTY/NAME",
    "movement.purpose": "a notice states its purpose, in at most 200 characters",
    "movement.stale": "this version was amended; look at the newest one and say it of that",
    "movement.unknown": "no such movement, or version of it, is known here",
    "movement.version": "the act does not continue the movement's latest version",
    "movement.when": "a report is of what has happened, and ends after it begins",
    "movement.window": "the movement's end does not lie after its start",
    "operation.active": "the operation is active; end it, or change it",
    "operation.audience": "parties that do not fly receive no operations; choose a circle of those who fly",
    "operation.area": "the operation names an area that the agreement does not have",
    "operation.contingent": "the operation is contingent; this step is not open to it",
    "operation.deviation": "an operation deviates as 'nonconforming' or 'contingent'",
    "operation.ended": "the operation has ended; propose a new one",
    "operation.exists": "there is an operation with this name already; change it, or choose another name",
    "operation.nonconforming": "the operation is nonconforming; this step is not open to it",
    "operation.not_flying": "the party does not fly under this agreement",
    "operation.other_party": "an operation is proposed by its own party, under operation/PARTY/NAME",
    "operation.planned": "the operation is only planned; activate it first",
    "operation.stale": "the version is not the latest; activate the newest one",
    "operation.threat": "a declaration of imminent threat has at most 500 characters",
    "operation.uncovered": "nothing covers the operation yet: wait for the others' answer or the agreed notice, "
    "or declare an imminent threat, which is never silent",
    "operation.unknown": "there is no such operation of this party in the circle",
    "operation.version": "the act does not continue the operation's latest version",
    "operation.window": "the operation's end does not lie after its start",
    "operation.withdrawn": "the operation has been withdrawn; propose a new one",
    "record.anchor": "an anchor names a head of its own feed that stands before it, and two hashes",
    "record.cosignature": "the cosignature is not that of the party's cosigner key over this head",
    "record.held": "an acknowledgement lists feeds in order, each once, and no more of any than it cites",
    "record.other_party": "a party acknowledges for itself only, under record/PARTY",
    "release.changed": "these are not the terms that stand now; look again and acknowledge those",
    "release.grant": "a grant names what was granted in one closed detail, 'grant', and its party as grant/PARTY",
    "release.onward": "a consent to passing on names who passes on, to whom else, and until a time to come",
    "release.other_party": "only its originator gives, changes or ends the terms of an item, under release/ITEM",
    "release.period": "the release would end before it starts",
    "release.recipients": "a release names members of the circle, each once, in order, and never its author",
    "release.sites": "a withdrawal names at most 64 sites, each once, in order",
    "release.unknown": "no such terms were given to this party; only a recipient acknowledges what it was given",
    "release.words": "use limits stand each once, in order; words have at most 500 characters, a consent at most 200",
    "sites.chunks": "the act does not name as many chunks as its sites fill",
    "sites.issue": "the issue does not continue the list",
    "sites.other_party": "a list is issued by its own notifier, under sites/PARTY/NAME; others attach dissent",
    "sites.purpose": "a notification states its purpose",
    "sites.unknown": "no such issue of the list is known here",
    "staff.authority": "the officer's office may not say this",
    "staff.key": "the key is not the one that the officer is enrolled with",
    "staff.not_appointed": "the officer does not hold this office at this time",
    "staff.office": "there is no such office to appoint to",
    "staff.other_party": "a party speaks for its own staff and keys only",
    "staff.signature": "the signature does not belong to these words and this key",
    "staff.suite": "the statement names another suite than that of the officer's key",
    "staff.term": "the term ends before it starts",
    "staff.unknown": "the officer is not enrolled; under a new agreement, entente agreement sign tells our staff",
    "standing_decision.limits": "the operation lies outside the standing decision's limits",
    "standing_decision.subject": "a party has one standing decision in each circle, its own",
    "standing_decision.unknown": "no such standing decision stands",
    "statement.expired": "the statement was signed for use until a time that has passed; look again and sign anew",
    "statement.repeated": "the same signed statement stands in the feed already",
    "statement.seen": "the statement cites more than its author's node had folded",
    "stop.note": "a STOP's note has at most 200 characters",
    "stop.other_party": "a STOP is lifted by the party that sent it",
    "stop.subject": "a STOP stands under a new name of its own party",
    "stop.unknown": "no such STOP is known here",
    "witness.cosignature": "the cosignature is not that of the agreement's witness over this head",
    "witness.head": "the head is none of this feed, or not newer than the one that was witnessed before",
    "witness.not_agreed": "the agreement names no witness",
    "witness.other_party": "a party speaks of its own feed only, under witness/PARTY",
}


def judge(case: Case, *, successors: list[Agreement], used: Container[str], pinned: str) -> str:
    """Return the code of what makes the act void, or empty text when it is valid.

    `successors` are the known successors of the agreement that the act names, `used` the nonces of valid statements
    before it in its own feed, `pinned` the fingerprint of the party's root.
    """
    act = case.act
    rule = VERBS.get(act.statement.verb)
    if act.rules != RULES_VERSION or rule is None:
        return UNKNOWN
    try:
        return (
            _place(case, rule)
            or _force(case, rule, successors)
            or (_signer(case, act.statement.signer, used, pinned) if act.statement.signer else _machine(rule))
            or rule.judge(case)
            or ""
        )
    except Malformed as error:
        return error.code


PROTECTIONS = frozenset({"sites.notify", "stop.send", "movement.notify", "movement.amend"})
"""What counts as soon as its own signature verifies, whatever the state of its feed (DESIGN, principle 8)."""

RELEASING = frozenset({"stop.lift", "movement.end"})
"""What ends a protection: behind the parting of a feed that forked it permits nothing, so it ends none."""
_EVERYWHERE = frozenset(
    {"sites.notify", "stop.send", "dissent.give", "dispute.give", "agreement.sign", "fork.report", "keys.revoke"}
)


def counts_everywhere(event: Event) -> bool:
    """Whether an act of any branch of a forked feed counts, whichever branch is read (JOINT-183).

    Protections do, objections and dissents; and signatures on agreements, since a party gives one answer.
    """
    if event.verb == "decision.give":
        return body_of(event.act, decisions.Decide).answer is decisions.Answer.OBJECTION
    return event.verb in _EVERYWHERE


def protects(case: Case) -> bool:
    """Whether an act that cannot be folded yet protects all the same: its officer, as known now, signed it.

    The past of such an act is not held, so the present stands in for it. A fork or a gap suspends permissions, never
    protections; if the act turns out void when its past arrives, its state says so, and the protection was heeded.
    """
    act, signer = case.act, case.act.statement.signer
    if act.statement.verb not in PROTECTIONS or signer is None or act.signature is None:
        return False
    enrolled = staff.enrolment(case.past, signer.officer)
    return (
        enrolled is not None
        and _place(case, VERBS[act.statement.verb]) is None
        and staff.holds(case.past, signer.officer, signer.office, act.at)
        and signer.officer.startswith(f"{act.party}/")
        and signer.key == enrolled.fingerprint
        and signer.key not in keys.revoked(case.past, act.party, keys.Role.OFFICER)
        and signer.office in authority.offices(act.statement.verb, case.agreement.authority)
        and _signed(case, enrolled.key, enrolled.fingerprint)
    )


def _place(case: Case, rule: Rule) -> str | None:
    """Whether the party may speak in the circle at all."""
    circle = case.agreement.circles.get(case.circle)
    if circle is None or case.act.party not in circle.members:
        return "act.circle"
    return "act.decided_elsewhere" if rule.only_all and case.circle != ALL else None


def _force(case: Case, rule: Rule, successors: list[Agreement]) -> str | None:
    if rule.before_force:
        return None
    if not accession.in_force(case.agreement, case.past, case.act.at, []):
        return "agreement.not_in_force"
    succeeded = successors and not accession.in_force(case.agreement, case.past, case.act.at, successors)
    return "agreement.succeeded" if succeeded else None


def _machine(rule: Rule) -> str | None:
    return None if rule.machine else "act.signer"


def _signer(case: Case, signer: Signer, used: Container[str], pinned: str) -> str | None:
    """Whether this person, in this office, put this signature, now, for the first time."""
    act, past = case.act, case.past
    if signer.office not in authority.offices(act.statement.verb, case.agreement.authority):
        return "staff.authority"
    if act.at > moment(signer.expires):
        return "statement.expired"
    if signer.nonce in used:
        return "statement.repeated"
    if signer.office == staff.Office.ROOT:
        return keys.signed_by_root(case, signer, pinned)
    enrolled = staff.enrolment(past, signer.officer)
    if enrolled is None or not signer.officer.startswith(f"{act.party}/"):
        return "staff.unknown"
    if not staff.holds(past, signer.officer, signer.office, act.at):
        return "staff.not_appointed"
    if signer.key != enrolled.fingerprint:
        return "staff.key"
    if signer.key in keys.revoked(past, act.party, keys.Role.OFFICER):
        return "keys.revoked"
    if case.agreement.passkeys and signer.suite != enrolled.key.get("suite"):
        return "staff.suite"
    return None if _signed(case, enrolled.key, enrolled.fingerprint) else "staff.signature"


def _signed(case: Case, key: Mapping[str, str], fingerprint: str) -> bool:
    # Where passkeys are not admitted one is no key, as it is none to a node that never heard of them (ADR 0041).
    if key.get("suite") == staff.PASSKEY and not case.agreement.passkeys:
        return False
    # An act that is only being considered has no signature yet: the node asks the rules before it asks the person.
    if case.act.signature is None:
        return case.act.seq < 0
    return case.checks.statement(key, fingerprint, case.act)
