"""Saying: from what a page asks to the exact words to sign, and from signatures to entries.

What a command says at once is one draft, of one statement or several: shown together, signed together, and kept
together or not at all. It is kept in this process under a name that only its session can use, until it expires; it
holds the salts of its details, without which nothing could be said. The key never comes here: signatures do.
"""

from __future__ import annotations

import base64
import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import assert_never

from entente.errors import Refused
from entente.feed import suite
from entente.ids import Hash, PartyId, SubjectId, name
from entente.joint import authority, notifications, operations, staff
from entente.joint.act import ALL, Signer, moment
from entente.node import carry, command, duties, terms
from entente.node.command import Command
from entente.node.drafting import Draft
from entente.node.node import Node
from entente.node.watch import read_plan
from entente.picture import board
from entente.web import detailing, forms, shapes
from entente.web.desk.commands import DeskCommand
from entente.web.desk.office import Desk
from entente.web.desk.speaking import next_of
from entente.web.shapes import AnyCommand, Difference, DraftView, Holding, Receipts, Signature, StatementView
from entente.web.viewer import Place, Viewer

MOST = 32
"""Drafts of one session at once; an older one goes when there are more."""
MOST_AT_ALL = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    id: str
    session: str
    drafts: tuple[Draft, ...]
    agreement: str
    expires: datetime


class Drafts:
    """The drafts of one serving process; `_lock` guards `_kept`, oldest first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, _Kept] = {}

    def keep(self, session: str, drafts: Sequence[Draft], agreement: str, now: datetime) -> _Kept:
        """Keep what is to be said at once under a fresh name."""
        kept = _Kept(
            id=secrets.token_urlsafe(18), session=session, drafts=tuple(drafts), agreement=agreement,
            expires=min(moment(_signer(one).expires) for one in drafts),
        )  # fmt: skip
        with self._lock:
            for old in [key for key, held in self._kept.items() if held.expires <= now]:
                del self._kept[old]
            mine = [key for key, held in self._kept.items() if held.session == session]
            for old in mine[: max(len(mine) - MOST + 1, 0)]:
                del self._kept[old]
            if len(self._kept) >= MOST_AT_ALL:
                del self._kept[next(iter(self._kept))]
            self._kept[kept.id] = kept
        return kept

    def of(self, session: str, draft: str) -> _Kept:
        """Return a session's draft.

        Raises:
            Refused: `centre.draft`, when there is none of this name any more, or it is another session's.
        """
        with self._lock:
            kept = self._kept.get(draft)
        if kept is None or kept.session != session:
            raise Refused(
                "centre.draft", "this draft is no longer held: it expired, was said, or is not yours; draft anew"
            )
        return kept

    def drop(self, session: str, draft: str) -> None:
        """Forget a session's draft; one that is not held is no error."""
        with self._lock:
            kept = self._kept.get(draft)
            if kept is not None and kept.session == session:
                del self._kept[draft]


# -- drafting ----------------------------------------------------------------------------------------------------------


def draft(viewer: Viewer, drafts: Drafts, desk: Desk, asked: AnyCommand | DeskCommand) -> DraftView:
    """Draw up what an officer wants to say, judged and screened as of now: all that his command says at once.

    Raises:
        Refused: `centre.unknown`, `centre.stale`, `centre.party`, and as `Node.draft`, which notes the attempt.
        Malformed: `geo.*`, `plan.*`, `name.spelling`, `spelling.*`.
    """
    made, more = next_of(viewer, desk, asked) if isinstance(asked, DeskCommand) else ([_made(viewer, asked)], False)
    office, now = (asked.office, made) if asked.office else _office(viewer, asked.agreement, made)
    found = [viewer.node.draft(one, officer=viewer.seat.officer, office=office, language=asked.language) for one in now]
    return _view(
        viewer, drafts.keep(viewer.seat.name, found, asked.agreement, viewer.now), more or len(now) < len(made)
    )


def _office(viewer: Viewer, agreement: str, made: Sequence[Command]) -> tuple[str, Sequence[Command]]:
    """Return the first of the officer's offices that may say all of this, else the first and as much as it may say.

    What no office of his may say is refused, and noted.
    """
    held = viewer.seat.offices[agreement]
    replaced = next(place.agreement.authority for place in viewer.places() if place.book.id == agreement)
    allowed = [authority.offices(one.verb, replaced) for one in made]
    office = next((one for one in held if all(one in may for may in allowed)), "")
    if office:
        return office, made
    office = next((one for one in held if one in allowed[0]), held[0])
    return office, made[: max(len(list(takewhile(lambda may: office in may, allowed))), 1)]


def _made(viewer: Viewer, asked: AnyCommand) -> Command:
    return _Making(viewer, asked).command()


class _Making:
    """Makes one command of what was asked, looking up what the page need not know."""

    def __init__(self, viewer: Viewer, asked: AnyCommand) -> None:
        self._viewer, self._asked = viewer, asked
        self._agreement = asked.agreement

    def command(self) -> Command:
        asked, where = self._asked, self._agreement
        if where not in self._viewer.seat.offices:
            raise Refused("centre.unknown", f"there is no agreement {where[:64]!r} for this officer")
        match asked:
            case shapes.Propose():
                circle = self._viewer.place(where, asked.circle or "all").fold.name
                return command.propose(
                    where, circle, self._viewer.node.party, name(asked.name, "operation's name"),
                    forms.plan_of(asked.plan), to=self._to(asked.to), areas=asked.areas, proxy_for=asked.proxy_for,
                )  # fmt: skip
            case shapes.Change():
                place, latest = self._operation(asked.subject, asked.leaf)
                return command.change(
                    where, place.fold.name, SubjectId(asked.subject), latest, forms.plan_of(asked.plan),
                    to=self._to(asked.to), areas=asked.areas, proxy_for=asked.proxy_for,
                )  # fmt: skip
            case shapes.Withdraw() | shapes.End() | shapes.Activate() | shapes.Deviate() | shapes.Decide():
                return self._of_operation(asked)
            case shapes.Dissent():
                place = self._viewer.find(asked.subject.partition("/")[0], asked.subject, where, asked.circle)
                subject, others = SubjectId(asked.subject), self._others(place)
                return command.dissent(where, place.fold.name, subject, Hash(asked.leaf), asked.note, others)
            case shapes.Stop() | shapes.AcknowledgeStop() | shapes.LiftStop():
                return self._of_stop(asked)
            case shapes.OpenTerms():
                place = self._viewer.find(asked.subject.partition("/")[0], asked.subject, where, asked.circle)
                held = terms.held(place.fold, asked.subject, self._viewer.node.party)
                if held is None or not self._viewer.sealed(place.fold, SubjectId(asked.subject)):
                    raise Refused("release.unknown", f"{asked.subject} is open: no terms of it wait for us")
                return command.acknowledge_terms(where, place.fold.name, asked.subject, held)
            case shapes.AcknowledgeList():
                place = self._viewer.find("sites", asked.subject, where, asked.circle)
                newest = notifications.issues(SubjectId(asked.subject), place.fold.now())[-1][0]
                _latest(asked.subject, asked.leaf, newest)
                return command.acknowledge_sites(where, place.fold.name, SubjectId(asked.subject), newest)
            case shapes.AcknowledgeMovement():
                place = self._viewer.find("movement", asked.subject, where, asked.circle)
                subject = SubjectId(asked.subject)
                return command.acknowledge_movement(where, place.fold.name, subject, Hash(asked.leaf))
            case _:
                assert_never(asked)

    def _of_operation(
        self, asked: shapes.Withdraw | shapes.End | shapes.Activate | shapes.Deviate | shapes.Decide
    ) -> Command:
        place, latest = self._operation(asked.subject, asked.leaf)
        where = self._agreement, place.fold.name, SubjectId(asked.subject), latest.leaf
        match asked:
            case shapes.Withdraw():
                return command.withdraw(*where)
            case shapes.End():
                return command.end(*where)
            case shapes.Activate():
                return command.activate(*where, asked.threat)
            case shapes.Deviate():
                return command.deviate(*where, asked.how)
            case shapes.Decide():
                note, others = asked.note, self._others(place)
                return command.decide(*where, asked.answer, note=note, to=others, despite=asked.despite)
            case _:
                assert_never(asked)

    def _of_stop(self, asked: shapes.Stop | shapes.AcknowledgeStop | shapes.LiftStop) -> Command:
        where = self._agreement
        match asked:
            case shapes.Stop():
                circle = asked.circle or "all"
                if asked.operation:
                    circle = self._viewer.find("operation", asked.operation, where, asked.circle).fold.name
                place, own = self._viewer.place(where, circle), f"s{secrets.token_hex(4)}"
                party = self._viewer.node.party
                return command.stop(where, place.fold.name, party, own, asked.reason, asked.operation, asked.note)
            case shapes.AcknowledgeStop() | shapes.LiftStop():
                place = self._viewer.find("stop", asked.subject, where, asked.circle)
                rows = board.stop_rows(place.fold, place.agreement)
                row = next((row for row in rows if row.subject == asked.subject), None)
                if row is None:
                    raise Refused("centre.unknown", f"there is no STOP {asked.subject[:80]!r} here")
                say = command.lift_stop if isinstance(asked, shapes.LiftStop) else command.acknowledge_stop
                return say(where, place.fold.name, row.subject, row.leaf)
            case _:
                assert_never(asked)

    def _operation(self, subject: str, leaf: str) -> tuple[Place, operations.Version]:
        """Return where an operation stands and its latest version, which must be the one that the page showed."""
        place = self._viewer.find("operation", subject, self._agreement, self._asked.circle)
        latest = detailing.read(place, SubjectId(subject)).latest
        _latest(subject, leaf, latest.leaf)
        return place, latest

    def _to(self, to: list[str]) -> list[str]:
        others = {party for place in self._viewer.places() if place.book.id == self._agreement
                  for party in place.agreement.parties} - {self._viewer.node.party}  # fmt: skip
        if unknown := [party for party in to if party not in others]:
            raise Refused(
                "centre.party", f"{unknown[0][:64]!r} is no other party here; there are {', '.join(sorted(others))}"
            )
        return list(to)

    def _others(self, place: Place) -> frozenset[PartyId]:
        return place.agreement.circle(place.fold.name).members - {self._viewer.node.party}


def _latest(subject: str, shown: str, newest: str) -> None:
    if shown != newest:
        raise Refused("centre.stale", f"{subject} has changed since this page showed it; look again")


def _view(viewer: Viewer, kept: _Kept, more: bool) -> DraftView:
    signer = _signer(kept.drafts[0])
    return DraftView(
        id=kept.id, officer=signer.officer, office=signer.office, suite=signer.suite, context=suite.CONTEXT.decode(),
        credential=_credential(viewer, kept), expires=kept.expires,
        statements=tuple(_statement(viewer, kept.agreement, one) for one in kept.drafts), more=more,
    )  # fmt: skip


def _statement(viewer: Viewer, agreement: str, found: Draft) -> StatementView:
    statement, signer = found.statement, _signer(found)
    screening = found.screening.findings if found.screening is not None else ()
    by, (differences, holdings) = viewer.node.party, _about(viewer, agreement, found)
    return StatementView(
        verb=statement.verb, subject=statement.subject, statement=base64.b64encode(found.message).decode(),
        kind=suite.STATEMENT, text=found.text, language=signer.language, catalogue=signer.catalogue,
        findings=viewer.findings(screening, by), undisclosed=found.undisclosed,
        released={detail: tuple(sorted(readers)) for detail, readers in sorted(found.grants.items())},
        differences=differences, holdings=holdings,
    )  # fmt: skip


def _signer(found: Draft) -> Signer:
    assert found.statement.signer is not None, "what is signed here has a signer"
    return found.statement.signer


def _credential(viewer: Viewer, kept: _Kept) -> str:
    """Return the passkey that is to be asked, in base64; empty where a key file signs."""
    officer = _signer(kept.drafts[0]).officer
    enrolled = staff.enrolment(viewer.place(kept.agreement, ALL).fold.now(), officer)
    return enrolled.key.get("credential", "") if enrolled is not None else ""


def _about(viewer: Viewer, agreement: str, draft: Draft) -> tuple[tuple[Difference, ...], tuple[Holding, ...]]:
    """Return what changed since the last version, and what the other side has of the version that is meant."""
    statement = draft.statement
    if not statement.subject.startswith("operation/"):
        return (), ()
    place = viewer.place(agreement, statement.circle)
    found = operations.read(statement.subject, place.fold.now())
    if found is None:
        return (), ()
    opened = not viewer.sealed(place.fold, statement.subject)
    held = [viewer.plans.of(version, statement.subject) if opened else None for version in found.versions[-2:]]
    before, after = held[0], held[-1]
    if statement.verb == "operation.change":
        data = next(part.data for part in draft.parts if part.name == operations.PLAN)
        before, after = held[-1], read_plan(data, statement.subject)
    holdings = detailing.holdings(viewer, place, found.latest.origin, found.latest.seq)
    return detailing.differences(before, after, viewer.words), holdings


# -- saying ------------------------------------------------------------------------------------------------------------


def say(node: Node, drafts: Drafts, session: str, draft: str, signatures: Sequence[Signature]) -> Receipts:
    """Say a draft, all of it or nothing, judged again under the lock. A STOP's frame goes first.

    Raises:
        Malformed: `request.signatures`, unless there is one for each statement.
        Refused: `centre.draft`, and as `Node.say_all`, which notes the attempt.
        Unavailable: `store.*`; the draft is held on, and may be said again.
    """
    kept = drafts.of(session, draft)
    signed = shapes.paired(kept.drafts, signatures)
    if kept.drafts[0].statement.verb == "stop.send":
        found = [carry.send_stop(node, *one) for one in signed]  # said alone: a command makes one STOP
    else:
        found = node.say_all(signed)
        duties.begin_later(node, found)
    drafts.drop(session, draft)
    return Receipts(
        receipts=tuple(
            shapes.Receipt(origin=one.origin, seq=one.seq, leaf=one.leaf, at=one.at, subject=one.subject)
            for one in found
        )
    )
