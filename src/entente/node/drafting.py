"""Drafting: from a command to the exact statement that an officer is shown and signs.

A plan or a decision is screened on the way. A decision names its screening and every finding by commitment; findings
are details, granted only as far as every input they rest on was released (DESIGN, principle 5).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Any

import msgspec

from entente import canonical
from entente.deconfliction.resolve import Reach, Ways
from entente.errors import Refused
from entente.feed import root as roots
from entente.feed import suite
from entente.feed.part import Part
from entente.ids import AgreementId, CircleId, Hash, OfficerId, PartyId, SubjectId
from entente.joint import act as acts
from entente.joint import decisions, operations, releases, staff
from entente.joint.act import Signer, Statement
from entente.joint.movements import JOURNEY
from entente.joint.operations import PLAN
from entente.joint.plan import Plan
from entente.joint.screening import Against, Finding, Screening
from entente.joint.spelling import finding_to_plain, journey_from_plain, screening_to_plain, site_from_plain
from entente.joint.standard import Standard
from entente.joint.state import CircleFold
from entente.node import allowance, attachments, convoys, terms, translate
from entente.node.book import Book
from entente.node.command import NOTE, ORIGINAL, Command
from entente.node.holdings import Holdings
from entente.node.watch import Flight, agree, place_of, read_plan
from entente.picture import wording
from entente.picture.catalogues import CATALOGUES, Catalogue
from entente.picture.release import may_see
from entente.picture.terms import notice
from entente.store.promises import StoredPart

NOTICES = frozenset({"sites.notify", "movement.notify", "movement.amend"})
ROOT_LIFE_S = 14 * 86400
"""How long a statement for several root keys may wait for them [s]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is about to be said. `message` is what the officer signs, `text` what he is shown."""

    statement: Statement
    text: str
    parts: tuple[Part, ...]
    grants: Mapping[str, frozenset[PartyId]]
    screening: Screening | None
    undisclosed: int = 0
    """Operations that had to be screened and could not be, their plans not being released to us."""
    contents: Mapping[str, bytes] = field(default_factory=dict)
    """Attached files, by the names of the details that describe them."""

    @property
    def message(self) -> bytes:
        """The exact bytes to sign, as kind `feed.suite.STATEMENT`."""
        return self.statement.encode()


def draw_up(
    node: Holdings, book: Book, fold: CircleFold, command: Command, now: datetime, language: str = "en"
) -> Draft:
    """Draw up a statement without a signer: details salted, and for a plan or a decision, screened; told in a language.

    Raises:
        Refused: `release.outside_circle`, `decision.unseen`, `decision.unopened`, `decision.allowance`,
            `operation.plan`, `staff.passkeys`.
    """
    agreement, words = book.current(now), CATALOGUES[language]
    members = agreement.circle(command.circle).members
    parts = tuple(translate.salted(d.name, d.data) for d in command.details)
    grants = {d.name: d.to for d in command.details if d.to}
    for name, readers in grants.items():
        require_members(members, readers, name)
    for detail in command.details if command.verb in NOTICES else ():
        require_own(node, detail.name, detail.data, detail.to)
    body, plan, screening = dict(command.body), None, None
    if command.verb == "staff.enrol" and body["key"].get("suite") == staff.PASSKEY:
        require_passkeys(book, now)
    if command.verb in ("operation.propose", "operation.change"):
        plan = read_plan(parts[0].data, f"{command.subject}@{body['version']}")
        agree(plan, msgspec.convert(body, operations.Propose))
        screening = screen(node, book, plan, command.subject, node.party, now)
    elif command.verb == "decision.give":
        if not body["under"] and not command.despite:
            allowance.require(node, book, operations.owner_of(command.subject), now)
        flight = flight_of(node, book, command.circle, command.subject, body["version"])
        plan = flight.plan if flight is not None else None
        if flight is not None and plan is not None:
            if body["answer"] == decisions.Answer.NO_OBJECTION:
                agree(plan, flight.version.body)
                require_open(node, fold, command)
            screening = screen(node, book, plan, flight.subject, flight.owner, now)
        elif body["answer"] == decisions.Answer.NO_OBJECTION:
            raise Refused(
                "decision.unseen", "the plan of this version was not released to us, so it cannot be screened"
            )
    if screening is not None:
        # Whoever may know the screened plan: those it goes to now, or its owner, if it is another's.
        shown = grants.get(PLAN, frozenset({operations.owner_of(command.subject)}))
        evidence, released = _evidence(node, members, screening, shown)
        parts, grants = (*parts, *evidence), grants | released
        if command.verb == "decision.give":
            body |= _named(node, fold, evidence, command, screening)
            body["findings"] = _counted(node, screening, operations.owner_of(command.subject))
    statement = Statement(
        agreement=agreement.digest, circle=command.circle, verb=command.verb, subject=command.subject, body=body,
        details=translate.listed(parts),
    )  # fmt: skip
    hidden = node.watch.undisclosed(command.subject)
    context = wording.Context(
        plan=plan, notes=tuple(d.data.decode() for d in command.details if d.name == NOTE), released=grants,
        findings=screening.findings if screening is not None else None, undisclosed=hidden,
        notices=(
            *_notices(node, fold, command, now, words), *convoys.notices(node, book, fold, command, now, words),
            *attachments.shown(command, words),
        ),
    )  # fmt: skip
    require_seen(command)
    # Others' titles are quoted in it, which they spelt as they liked.
    text = canonical.seen(wording.render(statement, agreement, node.party, context, language), but=canonical.ISOLATES)
    return Draft(
        statement=statement, text=text, parts=parts, grants=grants, screening=screening, undisclosed=hidden,
        contents={detail.name: detail.content for detail in command.details if detail.content},
    )  # fmt: skip


def require_seen(command: Command) -> None:
    """Raise Refused when what we are about to say holds characters that nobody sees: who signs must read what is read.

    Raises:
        Refused: `text.unseen`.
    """
    for told in (canonical.encode(command.body), *(detail.data for detail in command.details if not detail.content)):
        try:
            hidden = canonical.unseen(told.decode())
        except UnicodeDecodeError:
            continue  # bytes, and no text that anybody reads
        if hidden:
            raise Refused(
                "text.unseen", f"what is said here holds {', '.join(hidden[:8])}, which nobody sees; write it without"
            )


def require_open(node: Holdings, fold: CircleFold, command: Command) -> None:
    """Raise Refused when a person would have no objection to what nobody here may open yet; a rule opens nothing.

    Raises:
        Refused: `decision.unopened`.
    """
    if not command.body["under"] and terms.sealed(fold, command.subject, node.party):
        raise Refused(
            "decision.unopened", "the plan was released to us on terms that were not acknowledged yet; open it first"
        )


def require_own(node: Holdings, name: str, data: bytes, readers: Iterable[PartyId]) -> None:
    """Raise Refused when a detail holds copies of another's and their originator has not consented to each reader.

    What copies were drawn from is released to nobody at all.

    Raises:
        Refused: `sites.onward`, `release.original`.
    """
    if name.startswith(ORIGINAL) and list(readers):
        raise Refused(
            "release.original", f"{name} is what copies were drawn from, and stays here; release a finer copy instead"
        )
    if name == JOURNEY:
        for reader in sorted(readers):
            terms.consent_for_journey(node, journey_from_plain(canonical.decode(data), name), reader)
    if name.startswith("chunk-"):
        sites = [site_from_plain(plain, name) for plain in canonical.decode(data)]
        for reader in sorted(readers):
            terms.consent_to_pass_on(node, sites, reader)


def _notices(node: Holdings, fold: CircleFold, command: Command, now: datetime, words: Catalogue) -> Iterator[str]:
    """Yield, in words, the terms that a statement gives, acknowledges or ends."""
    item = command.subject.removeprefix("release/")
    if command.verb == "release.terms":
        given = msgspec.convert(command.body, releases.Terms)
        for party in given.to:
            release = releases.Release(
                by=node.party, to=party, leaf=Hash(""), at=now, terms=given, acknowledged_at=None, withdrawals=()
            )
            yield from notice(item, release, now, words)
    elif command.verb == "release.acknowledge":
        held = terms.held(fold, item, node.party)
        yield from notice(item, held, now, words) if held is not None else ()


def require_members(members: frozenset[PartyId], readers: frozenset[PartyId], name: str) -> None:
    """Raise Refused unless a detail goes to members of its act's circle only: others could not place it.

    Raises:
        Refused: `release.outside_circle`.
    """
    if not readers <= members:
        outside = ", ".join(sorted(readers - members))
        raise Refused("release.outside_circle", f"{name} cannot go to {outside}, who is not in the act's circle")


def screen(node: Holdings, book: Book, plan: Plan, subject: SubjectId, owner: PartyId, now: datetime) -> Screening:
    """Screen a plan by its agreement's standard, against the areas of every agreement in force now."""
    return node.watch.screening(plan, subject, owner, standard_of(node, book, now), now)


def ways_out(
    node: Holdings, book: Book, plan: Plan, subject: SubjectId, owner: PartyId, now: datetime, reach: Reach
) -> Ways:
    """Find the ways out of what `screen` finds."""
    return node.watch.ways_out(plan, subject, owner, standard_of(node, book, now), now, reach)


def standard_of(node: Holdings, book: Book, now: datetime) -> Standard:
    """Return the standard in force, and hold the areas of every agreement in force."""
    for other in node.books.values():
        node.watch.set_areas(other.current(now))
    terms.hold(node)
    standard = book.current(now).standard
    assert standard is not None, "only a coordination agreement has operations, and it fixes a standard"
    return standard


def flight_of(node: Holdings, book: Book, circle: CircleId, subject: SubjectId, version: str) -> Flight | None:
    """Return a version in the picture whose plan we hold."""
    for flight in node.watch.flights_of(subject):
        if (flight.agreement, flight.circle, flight.version.leaf) == (book.id, circle, version) and flight.plan:
            return flight
    return None


def _named(
    node: Holdings, fold: CircleFold, evidence: Sequence[Part], command: Command, screening: Screening
) -> dict[str, Any]:
    """Return the fields by which a decision names its screening, its findings, and what its signer had opened."""
    operation = operations.read(command.subject, fold.now())
    plan = operation and node.store.part(operation.latest.origin, operation.latest.seq, operation.latest.plan)
    return {
        "screening": evidence[0].commitment.hex(),
        "opened": [commitment(plan)] if plan else [],
        "undisclosed": node.watch.undisclosed(command.subject, place_of(fold)),
    }


def _counted(node: Holdings, screening: Screening, owner: PartyId) -> int:
    """Return how many findings a decision counts: those that the owner may see, and one for all that it may not."""
    knows = partial(_knows, node, screening.plan, frozenset({owner}))
    seen = sum(may_see(finding, owner, knows) for finding in screening.findings)
    return seen + (seen < len(screening.findings))


def _evidence(
    node: Holdings, members: frozenset[PartyId], screening: Screening, shown: frozenset[PartyId]
) -> tuple[list[Part], dict[str, frozenset[PartyId]]]:
    """Return a screening as details: the whole, which stays here, and its findings, released as far as their inputs.

    The whole tells how much this node holds of other circles and from third parties, so nobody is granted it. Findings
    with the same readers go in one detail, so that an act can name any number of them.
    """
    parts = [translate.salted("screening", canonical.encode(screening_to_plain(screening)))]
    knows = partial(_knows, node, screening.plan, shown)
    by_readers: dict[frozenset[PartyId], list[Finding]] = {}
    for finding in screening.findings:
        readers = frozenset(p for p in members - {node.party} if may_see(finding, p, knows))
        by_readers.setdefault(readers, []).append(finding)
    grants = {}
    for number, (readers, findings) in enumerate(by_readers.items(), 1):
        part = translate.salted(f"findings-{number}", canonical.encode([finding_to_plain(f) for f in findings]))
        parts.append(part)
        grants[part.name] = readers
    return parts, {name: who for name, who in grants.items() if who}


def _knows(node: Holdings, screened: str, shown: frozenset[PartyId], kind: Against, name: str, reader: PartyId) -> bool:
    """Whether `reader` owns an input, or was released it by us. Areas stand in the agreement, so its parties know.

    `shown` are those who have the plan that was `screened`, as far as we can know.
    """
    if name == screened:
        return reader in shown
    if kind is Against.AREA:
        book = node.books.get(AgreementId(name.split("/")[0]))
        return book is not None and reader in book.current(node.clock.now()).parties
    if kind is Against.SITE:
        # A site is its originator's; what one originator told us is not ours to tell another, who may not have it.
        return name.split("/")[1] == reader
    flight = node.watch.flights.get(name)
    if flight is None:
        return False
    return flight.owner == reader or (
        flight.owner == node.party and _granted(node, flight.version.origin, flight.version.seq, PLAN, reader)
    )


def _granted(node: Holdings, origin: str, seq: int, name: str, reader: PartyId) -> bool:
    indexes = node.store.granted(reader, origin, seq)
    return any(part.name == name and part.index in indexes for part in node.store.parts(origin, seq))


def signer_of(
    book: Book, fold: CircleFold, draft: Draft, officer: str, office: str, language: str, now: datetime
) -> Signer:
    """Return who signs a draft, with what that person is shown and what lies behind it."""
    enrolled = staff.enrolment(fold.now(), officer)
    key, named, life_s = enrolled.fingerprint if enrolled else Hash(""), suite.SUITE, book.first.times.statement_s
    if enrolled is not None and enrolled.key.get("suite") == staff.PASSKEY:
        named = staff.PASSKEY
        require_passkeys(book, now)
    if office == staff.Office.ROOT:
        root = roots.read(book.root(book.me, book.current(now).party(book.me).root), book.me)
        key, named = (root.pin, roots.SUITE) if len(root.keys) > 1 else (root.keys[0].fingerprint, suite.SUITE)
        # Root keys lie apart and are carried to, so that what they sign together waits for days, not for minutes.
        life_s = ROOT_LIFE_S if len(root.keys) > 1 else life_s
    small = draft.statement.verb == "stop.send"  # a STOP must fit 2 kB, so it cites nothing (FEED-46)
    return Signer(
        office=office, officer=OfficerId(officer), key=key, suite=named,
        shown=Hash(sha256(draft.text.encode()).hexdigest()), language=language, catalogue=CATALOGUES[language].version,
        seen=() if small else fold.cited(book.origin, draft.statement), nonce=secrets.token_hex(16),
        expires=acts.spell(now + timedelta(seconds=life_s)),
    )  # fmt: skip


def require_passkeys(book: Book, now: datetime) -> None:
    """Raise Refused where the agreement admits no passkeys: what one signs would be void there.

    Raises:
        Refused: `staff.passkeys`.
    """
    if not book.current(now).passkeys:
        raise Refused(
            "staff.passkeys",
            f"{book.id} admits no passkeys; enrol a key file, or sign a successor that says passkeys = true",
        )


def commitment(part: StoredPart) -> str:
    """Return the commitment of a stored part."""
    return Part(name=part.name, salt=part.salt, data=part.data).commitment.hex()
