"""The board: rows for every list that a face shows, read from folds and a time. Pure; a view, never state.

Due, overdue and expired depend on the reader's clock, so they stand here and in no hash (DESIGN, Joint state 10). The
command line and the browser print the same rows, in the words of `PHRASES`. The file is long because it is one table
after another, each a row's fields and the function that fills them.

>>> phrase("no_objection"), phrase("nonconforming")
('no objection', 'not conforming')
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from entente.ids import CircleId, Hash, OfficerId, PartyId, SubjectId
from entente.joint import accession, decisions, line, notifications, operations, releases, staff, standings
from entente.joint.act import moment
from entente.joint.agreement import Agreement
from entente.joint.decisions import Decide, StandingDecision
from entente.joint.operations import Operation
from entente.joint.plan import Plan
from entente.joint.protected_sites import Site
from entente.joint.rules import Event, Past, body_of
from entente.joint.state import CircleFold
from entente.picture import coverage, terms
from entente.picture.catalogues import ENGLISH, Catalogue

PHRASES = {
    "acknowledge": "acknowledged",
    "no_objection": "no objection",
    "objection": "objection",
    "objected": "objected",
    "noticed": "noticed",
    "notified": "notified",
    "nonconforming": "not conforming",
    "unopposed": "unopposed",
    "own_forces_present": "own forces present",
}


def phrase(code: str) -> str:
    """Return a code of a closed list in words."""
    return PHRASES.get(code, code.replace("_", " "))


# -- operations --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One party's answer to the latest version, when by its own clock, and whether its node gave it under a rule."""

    party: PartyId
    answer: str
    at: datetime
    by_rule: bool
    findings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Flown:
    """An activation, labelled for ever: what covered it, whether a threat was declared, which objections crossed it."""

    at: datetime
    covered_by: str
    cover_forked: bool
    cover_final: bool
    threat: str
    objections: tuple[tuple[PartyId, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationRow:
    """An operation's latest version. `title` is empty where its plan was not released to us.

    `due` is when the last answer is due by the agreement, counted by the owner's clock; `waiting` who has not given
    one; `notice_ends` when the owner may act on notice alone (R-06); `silent` whose silence is proven and held against
    it. `final`: every signatory holds what makes the standing, so that no loss and no fork takes it back unknowingly.
    """

    subject: SubjectId
    owner: PartyId
    circle: CircleId
    title: str
    released: bool
    kind: str
    crew: str
    proxy_for: str
    version: int
    leaf: Hash
    start: datetime
    end: datetime
    phase: str
    standing: str
    final: bool
    forked: bool
    said: tuple[Said, ...]
    silent: tuple[PartyId, ...]
    waiting: tuple[PartyId, ...]
    due: datetime
    overdue: bool
    notice_ends: datetime
    noticed: bool
    flown: tuple[Flown, ...]
    dissents: tuple[PartyId, ...]
    stops: tuple[Hash, ...]


def operation_rows(
    fold: CircleFold, plans: Mapping[Hash, Plan], now: datetime, past: Past | None = None
) -> list[OperationRow]:
    """Return the operations of a circle by start; `plans` are those released to us, by the leaf of their version.

    With a `past`, as they stood there; else as everything folded says.
    """
    past = past or fold.now()
    rows = [_operation(fold, past, name, plans, now) for name in said_in(fold, "operation/")]
    return sorted((row for row in rows if row is not None), key=lambda row: (row.start, row.subject))


def said_in(fold: CircleFold, prefix: str) -> list[SubjectId]:
    """Return the subjects with a valid act of this very circle; a fold also holds those of `all`."""
    past = fold.now()
    return [s for s in fold.subjects(prefix) if any(e.act.statement.circle == fold.name for e in past.events(s))]


def _operation(
    fold: CircleFold, past: Past, name: SubjectId, plans: Mapping[Hash, Plan], now: datetime
) -> OperationRow | None:
    operation = operations.read(name, past)
    if operation is None:
        return None
    agreement = past.agreement(operation.agreement)
    assert agreement is not None, "an operation is only read under an agreement that is held"
    latest, times = operation.latest, agreement.times
    covered, found = standings.cover(operation, past, fold.name, now), standings.basis(operation, past, fold.name)
    said = tuple(_said(event) for event in found.answers)
    open_ = operation.phase not in operations.CLOSED
    waiting = [
        p for p in agreement.circle(fold.name).deciders if p != operation.owner and p not in {s.party for s in said}
    ]
    due = _after(latest.act_at, times.answer_s)
    notice_ends = _after(latest.act_at, times.independent_notice_s)
    plan = plans.get(latest.leaf)
    return OperationRow(
        subject=name, owner=operation.owner, circle=fold.name, title=(plan.callsign or plan.title) if plan else "",
        released=plan is not None, kind=str(latest.body.kind), crew=str(latest.body.crew),
        proxy_for=latest.body.proxy_for, version=latest.number, leaf=latest.leaf, start=moment(latest.body.start),
        end=moment(latest.body.end), phase=operation.phase, standing=str(found.standing),
        final=covered.final, forked=covered.forked, said=said, silent=tuple(sorted(found.silent)),
        waiting=tuple(waiting) if open_ else (), due=due, overdue=open_ and bool(waiting) and now >= due,
        notice_ends=notice_ends, noticed=now >= notice_ends, flown=_flown(fold, past, operation),
        dissents=tuple(PartyId(d["party"]) for d in decisions.dissents(name, past)),
        stops=tuple(line.stopped(name, past, fold.subjects("stop/"))),
    )  # fmt: skip


def _after(at: datetime, seconds: int) -> datetime:
    """Return a time `seconds` [s] after `at`, which is what its author's clock said: the end of the calendar too."""
    return at + min(timedelta(seconds=seconds), datetime.max.replace(tzinfo=UTC) - at)


def _said(event: Event) -> Said:
    body = body_of(event.act, Decide)
    return Said(
        party=event.act.party, answer=str(body.answer), at=event.act.at, by_rule=bool(body.under),
        findings=body.findings,
    )  # fmt: skip


def _flown(fold: CircleFold, past: Past, operation: Operation) -> tuple[Flown, ...]:
    found = []
    for activation in operation.activations:
        act = activation.event.act
        before = fold.before(act)
        then = operations.read(operation.subject, before)
        assert then is not None, "a valid activation has its operation in its past"
        covered = standings.cover(then, before, fold.name, act.at)
        crossed = standings.crossings(operation, past, activation.event, before)
        objections = tuple((PartyId(c["party"]), c["how"]) for c in crossed)
        found.append(
            Flown(
                at=act.at,
                covered_by=str(covered.standing),
                cover_forked=covered.forked,
                cover_final=covered.final,
                threat=activation.threat,
                objections=objections,
            )
        )
    return tuple(found)


# -- the line ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRow:
    """A STOP. `acknowledged` names who, when, and after how many seconds [s] by the two parties' own clocks (R-18)."""

    subject: SubjectId
    leaf: Hash
    by: PartyId
    reason: str
    operation: str
    note: str
    at: datetime
    acknowledged: tuple[tuple[PartyId, datetime, int], ...]
    waiting: tuple[PartyId, ...]
    lifted_at: datetime | None


def stop_rows(fold: CircleFold, agreement: Agreement, past: Past | None = None) -> list[StopRow]:
    """Return a circle's STOPs, those that stand first, then newest first; at a `past`, when one is given."""
    past = past or fold.now()
    rows = [_stop(past.events(name), agreement.circle(fold.name).members) for name in said_in(fold, "stop/")]
    return sorted((r for r in rows if r is not None), key=lambda r: (r.lifted_at is not None, -r.at.timestamp()))


def _stop(events: Sequence[Event], members: frozenset[PartyId]) -> StopRow | None:
    sent = next((e.act for e in events if e.verb == "stop.send"), None)
    if sent is None:
        return None
    body = body_of(sent, line.Stop)
    first: dict[PartyId, tuple[PartyId, datetime, int]] = {}
    for act in (e.act for e in events if e.verb == "stop.acknowledge"):
        first.setdefault(act.party, (act.party, act.at, round((act.at - sent.at).total_seconds())))
    return StopRow(
        subject=sent.statement.subject, leaf=sent.leaf, by=sent.party, reason=str(body.reason),
        operation=body.operation, note=body.note, at=sent.at, acknowledged=tuple(first.values()),
        waiting=tuple(sorted(members - {sent.party} - set(first))),
        lifted_at=next((e.act.at for e in events if e.verb == "stop.lift"), None),
    )  # fmt: skip


# -- protected sites ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRow:
    """A notifier's list: its newest issue, and who acknowledged that; the others hold it or not, which is not known.

    `waiting` are those it was given to who have not. By `due`, the theatre's clock for it, somebody there is to have
    said something of it; `overdue` are those of whom nobody has by now.
    """

    subject: SubjectId
    circle: CircleId
    notifier: PartyId
    issue: int
    leaf: Hash
    sites: int
    purpose: str
    until: str
    at: datetime
    acknowledged: tuple[tuple[PartyId, datetime], ...]
    waiting: tuple[PartyId, ...]
    due: datetime
    overdue: tuple[PartyId, ...]
    dissents: tuple[PartyId, ...]


def list_rows(fold: CircleFold, agreement: Agreement, now: datetime, past: Past | None = None) -> list[ListRow]:
    """Return the lists of sites that were issued in a circle; at a `past`, when one is given."""
    past, rows = past or fold.now(), []
    for name in said_in(fold, "sites/"):
        issued = [e.act for e in past.events(name) if e.verb == "sites.notify"]
        if not issued:
            continue
        last = issued[-1]
        body = body_of(last, notifications.Notify)
        said = {
            e.act.party: e.act.at
            for e in past.events(name)
            if e.verb == "sites.acknowledge" and body_of(e.act, notifications.Acknowledge).issue == last.leaf
        }
        climbed = coverage.newest(fold, agreement, name, now)
        clock = coverage.clock_of(agreement, body.emergency is True)
        rows.append(
            ListRow(
                subject=name,
                circle=fold.name,
                notifier=last.party,
                issue=body.issue,
                leaf=last.leaf,
                sites=body.sites,
                purpose=body.purpose,
                until=body.until,
                at=last.at,
                acknowledged=tuple(sorted(said.items())),
                waiting=tuple(sorted({PartyId(row.notice.recipient) for row in climbed} - set(said))),
                due=coverage.due_after(last.at, clock),
                overdue=tuple(sorted(PartyId(row.notice.recipient) for row in climbed if row.unacknowledged)),
                dissents=tuple(PartyId(d["party"]) for d in decisions.dissents(name, past)),
            )
        )
    return rows


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRow:
    """A protected site as we were given it. Expired or ended, it is shown; expired, it is still protected.

    `withdrawn` says that its release was, alone or with the list.
    """

    subject: SubjectId
    site: Site
    expired: bool
    withdrawn: bool = False


def site_rows(
    sites: Mapping[str, tuple[SubjectId, Site]], now: datetime, released: Sequence[ReleaseRow] = ()
) -> list[SiteRow]:
    """Return the sites held, list by list, by name, as words are ordered and by nothing else.

    `released` are the terms on which we hold their lists; where there are several for a list, each counts.
    """
    over = {row.item for row in released if row.state in ("expired", "withdrawn")}
    gone = {(row.item, site) for row in released for site in row.ended_sites}
    gone |= {(row.item, "") for row in released if row.state == "withdrawn"}
    rows = [
        SiteRow(
            subject=subject, site=site,
            expired=subject in over or (site.expires_at is not None and site.expires_at <= now),
            withdrawn=bool(gone & {(subject, ""), (subject, site.id)}),
        )
        for subject, site in sites.values()
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (row.subject, row.site.name, row.site.id))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRow:
    """The terms on which a party holds an item. `notice` stands wherever its details do; `state` is a code.

    Of `acknowledge first`, `open`, `not begun`, `expired` and `withdrawn`, the last that holds.
    """

    item: SubjectId
    by: PartyId
    to: PartyId
    purpose: str
    limits: tuple[str, ...]
    consent: str
    until: datetime | None
    acknowledged_at: datetime | None
    ended_sites: tuple[str, ...]
    state: str
    leaf: Hash
    notice: tuple[str, ...]


def release_rows(
    fold: CircleFold, item: SubjectId, me: str, now: datetime, words: Catalogue = ENGLISH
) -> list[ReleaseRow]:
    """Return the terms on which an item is held: by us, or, when it is ours, by everyone whom we gave it on terms."""
    past, mine = fold.now(), item.split("/")[1] == me
    given = releases.recipients(item, past) if mine else [PartyId(me)]
    held = (releases.standing(item, past, party) for party in given)
    return [_release(item, release, now, words) for release in held if release is not None]


def _release(item: SubjectId, release: releases.Release, now: datetime, words: Catalogue) -> ReleaseRow:
    given = release.terms
    state = "open" if release.acknowledged_at else "acknowledge first"
    if given.start and now < moment(given.start):
        state = "not begun"
    if release.withdrawn:  # as soon as it is known: its author's clock may be a little ahead of ours
        state = "withdrawn"
    elif release.ends_at is not None and release.ends_at <= now:
        state = "expired"
    return ReleaseRow(
        item=item, by=release.by, to=release.to, purpose=words.code(given.purpose, "purpose"),
        limits=tuple(words.code(limit, "limit") for limit in given.limits), consent=given.consent,
        until=moment(given.until) if given.until else None, acknowledged_at=release.acknowledged_at,
        ended_sites=tuple(sorted({site for w in release.withdrawals for site in w.sites})), state=state,
        leaf=release.leaf, notice=terms.notice(item, release, now, words),
    )  # fmt: skip


# -- staff, agreements, standing decisions -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficerRow:
    """An officer: a label, a rank with its OF code and equals, and offices with their terms (office, from, until)."""

    officer: OfficerId
    rank: str
    code: str
    equals: tuple[str, ...]
    fingerprint: Hash
    offices: tuple[tuple[str, datetime, datetime | None], ...]


def officer_rows(fold: CircleFold, agreement: Agreement) -> list[OfficerRow]:
    """Return every party's enrolled officers, their ranks by the agreement's table of equivalence (R-03)."""
    past, rows = fold.now(), []
    for name in fold.subjects("staff/"):
        officer = OfficerId(name.partition("/")[2])
        if (enrolled := staff.enrolment(past, officer)) is not None:
            code, equals = staff.equivalents(enrolled.rank, agreement.text.ranks)
            rows.append(
                OfficerRow(
                    officer=officer,
                    rank=enrolled.rank,
                    code=code,
                    equals=equals,
                    fingerprint=enrolled.fingerprint,
                    offices=tuple(staff.terms(past, officer)),
                )
            )
    return rows


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementRow:
    """An agreement's text and how far it has got."""

    id: str
    title: str
    kind: str
    mode: str
    digest: Hash
    exercise: bool
    starts: datetime
    signed: tuple[PartyId, ...]
    waiting: tuple[PartyId, ...]
    state: str


def agreement_row(agreement: Agreement, past: Past, successors: list[Agreement], now: datetime) -> AgreementRow:
    """Return an agreement's row; `state` is one of waits for signatures, starts later, in force, succeeded."""
    events = accession.signatures(accession.subject(agreement), past)
    signed = {e.act.party for e in events if body_of(e.act, accession.Sign).digest == agreement.digest}
    waiting = tuple(p for p in agreement.signatories if p not in signed)
    if waiting:
        state = "waits for signatures"
    elif agreement.starts > now:
        state = "starts later"
    else:
        state = "in force" if accession.in_force(agreement, past, now, successors) else "succeeded"
    return AgreementRow(
        id=agreement.id, title=agreement.text.title, kind=agreement.text.kind, mode=agreement.mode,
        digest=agreement.digest, exercise=agreement.exercise, starts=agreement.starts,
        signed=tuple(sorted(signed)), waiting=waiting, state=state,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingDecisionRow:
    """An officer's rule that answers for him. `stands` is false once it was revoked or its time has passed."""

    party: PartyId
    circle: CircleId
    leaf: Hash
    officer: str
    answer: str
    kinds: tuple[str, ...]
    areas: tuple[str, ...]
    until: datetime
    stands: bool


def standing_decision_rows(fold: CircleFold, now: datetime) -> list[StandingDecisionRow]:
    """Return each party's newest standing decision in a circle."""
    past, rows = fold.now(), []
    for name in said_in(fold, "standing-decision/"):
        given = [e.act for e in past.events(name) if e.verb == "standing_decision.give"]
        if not given:
            continue
        last, body = given[-1], body_of(given[-1], StandingDecision)
        stands = decisions.standing_decision(name, past, last.leaf) is not None and now < moment(body.until)
        signer = last.statement.signer
        rows.append(
            StandingDecisionRow(
                party=last.party,
                circle=fold.name,
                leaf=last.leaf,
                officer=signer.officer if signer else "",
                answer=str(body.answer),
                kinds=body.kinds,
                areas=body.areas,
                until=moment(body.until),
                stands=stands,
            )
        )
    return rows
