"""Saying: from what a page asks to the exact words to sign, and from a signature to an entry.

A draft is kept in this process under a name that only its session can use, until its statement expires; it holds the
salts of its details, without which nothing could be said. The key never comes here: what comes is the signature.
"""

from __future__ import annotations

import base64
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import assert_never

import msgspec

from entente.errors import Refused
from entente.feed import suite
from entente.ids import Hash, PartyId, SubjectId, name
from entente.joint import authority, notifications, operations, staff
from entente.joint.act import ALL, moment
from entente.node import carry, command, terms
from entente.node.command import Command
from entente.node.drafting import Draft
from entente.node.node import Node, Receipt
from entente.node.watch import read_plan
from entente.picture import board
from entente.web import detailing, forms, shapes
from entente.web.desk.commands import DeskCommand
from entente.web.desk.office import Desk
from entente.web.desk.speaking import next_of
from entente.web.shapes import AnyCommand, Difference, DraftView, Holding, Signature
from entente.web.viewer import Place, Viewer

MOST = 32
"""Drafts of one session at once; an older one goes when there are more."""
MOST_AT_ALL = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    id: str
    session: str
    draft: Draft
    agreement: str
    expires: datetime


class Drafts:
    """The drafts of one serving process; `_lock` guards `_kept`, oldest first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, _Kept] = {}

    def keep(self, session: str, draft: Draft, agreement: str, now: datetime) -> _Kept:
        """Keep a draft under a fresh name."""
        assert draft.statement.signer is not None, "what is signed here has a signer"
        expires = moment(draft.statement.signer.expires)
        kept = _Kept(id=secrets.token_urlsafe(18), session=session, draft=draft, agreement=agreement, expires=expires)
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
    """Draw up what an officer wants to say, judged and screened as of now.

    Raises:
        Refused: `centre.unknown`, `centre.stale`, `centre.party`, and as `Node.draft`, which notes the attempt.
        Malformed: `geo.*`, `plan.*`, `name.spelling`, `spelling.*`.
    """
    made, more = (
        next_of(viewer, desk, asked) if isinstance(asked, DeskCommand) else (_Making(viewer, asked).command(), False)
    )
    office = asked.office or _office(viewer, asked.agreement, made.verb)
    found = viewer.node.draft(made, officer=viewer.seat.officer, office=office, language=asked.language)
    return _view(viewer, drafts.keep(viewer.seat.name, found, asked.agreement, viewer.now), more)


def _office(viewer: Viewer, agreement: str, verb: str) -> str:
    """Return the first of the officer's offices that may say a verb; else the first, which is refused and noted."""
    held = viewer.seat.offices[agreement]
    replaced = next(place.agreement.authority for place in viewer.places() if place.book.id == agreement)
    allowed = authority.offices(verb, replaced)
    return next((office for office in held if office in allowed), held[0])


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
    found, statement = kept.draft, kept.draft.statement
    signer = statement.signer
    assert signer is not None, "what is signed here has a signer"
    screening = found.screening.findings if found.screening is not None else ()
    by, (differences, holdings) = viewer.node.party, _about(viewer, kept)
    return DraftView(
        id=kept.id, officer=signer.officer, office=signer.office, verb=statement.verb, subject=statement.subject,
        statement=base64.b64encode(found.message).decode(), kind=suite.STATEMENT, suite=signer.suite,
        context=suite.CONTEXT.decode(), credential=_credential(viewer, kept), text=found.text,
        language=signer.language, catalogue=signer.catalogue, expires=kept.expires,
        findings=viewer.findings(screening, by), undisclosed=found.undisclosed,
        released={detail: tuple(sorted(readers)) for detail, readers in sorted(found.grants.items())},
        differences=differences, holdings=holdings, more=more,
    )  # fmt: skip


def _credential(viewer: Viewer, kept: _Kept) -> str:
    """Return the passkey that is to be asked, in base64; empty where a key file signs."""
    signer = kept.draft.statement.signer
    enrolled = staff.enrolment(viewer.place(kept.agreement, ALL).fold.now(), signer.officer if signer else "")
    return enrolled.key.get("credential", "") if enrolled is not None else ""


def _about(viewer: Viewer, kept: _Kept) -> tuple[tuple[Difference, ...], tuple[Holding, ...]]:
    """Return what changed since the last version, and what the other side has of the version that is meant."""
    statement = kept.draft.statement
    if not statement.subject.startswith("operation/"):
        return (), ()
    place = viewer.place(kept.agreement, statement.circle)
    found = operations.read(statement.subject, place.fold.now())
    if found is None:
        return (), ()
    opened = not viewer.sealed(place.fold, statement.subject)
    held = [viewer.plans.of(version, statement.subject) if opened else None for version in found.versions[-2:]]
    before, after = held[0], held[-1]
    if statement.verb == "operation.change":
        data = next(part.data for part in kept.draft.parts if part.name == operations.PLAN)
        before, after = held[-1], read_plan(data, statement.subject)
    holdings = detailing.holdings(viewer, place, found.latest.origin, found.latest.seq)
    return detailing.differences(before, after), holdings


# -- saying ------------------------------------------------------------------------------------------------------------


def say(node: Node, drafts: Drafts, session: str, draft: str, signature: Signature) -> shapes.Receipt:
    """Say a draft, judged again under the lock. A STOP's frame goes first.

    Raises:
        Refused: `centre.draft`, and as `Node.say`, which notes the attempt.
        Unavailable: `store.*`; the draft is held on, and may be said again.
    """
    kept = drafts.of(session, draft)
    halves = {name: text for name, text in msgspec.structs.asdict(signature).items() if text}
    speak: Callable[..., Receipt] = node.say
    if kept.draft.statement.verb == "stop.send":
        speak = partial(carry.send_stop, node)
    receipt = speak(kept.draft, halves)
    drafts.drop(session, draft)
    return shapes.Receipt(
        origin=receipt.origin, seq=receipt.seq, leaf=receipt.leaf, at=receipt.at, subject=receipt.subject
    )
