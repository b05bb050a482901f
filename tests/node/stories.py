"""Short words for coalitions: who proposes and decides what, and what a faulty author writes past its own rules."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from entente.feed import suite
from entente.feed.part import Part
from entente.geo.altitude import parse_band
from entente.geo.interval import Interval
from entente.geo.position import Position
from entente.geo.volume import Circle, Volume
from entente.ids import AgreementId, CircleId, Hash, OfficerId, SubjectId
from entente.joint import act as acts
from entente.joint import operations, standings
from entente.joint.act import Head, Signer, Statement
from entente.joint.decisions import Answer
from entente.joint.operations import Version
from entente.joint.plan import Crew, Kind, Plan
from entente.joint.protected_sites import Category, Site
from entente.joint.rules import Event
from entente.joint.silence import Silence
from entente.joint.state import CircleFold
from entente.node import command, cosigning, custody, duties, translate, witnessing
from entente.node.custody import SigningKey
from entente.node.home import Mark
from entente.node.node import Node, Receipt
from entente.node.translate import NewEntry
from entente.store.memory import MemoryStore
from entente.testing.clock import ManualClock
from entente.testing.coalition import START, Coalition, Member
from entente.tlog.checkpoint import Checkpoint
from entente.tlog.merkle import EMPTY_ROOT
from entente.tlog.note import Kind as KeyKind
from entente.tlog.note import Note, NoteKey
from entente.tlog.witness import AddCheckpoint, admit

AGREEMENT = AgreementId("exercise-test")
CIRCLES: dict[str, tuple[list[str], list[str]]] = {"ab": (["a", "b"], []), "bc": (["b", "c"], [])}
YES, NO = Answer.NO_OBJECTION, Answer.OBJECTION


# -- coalitions --------------------------------------------------------------------------------------------------------


@cache
def _formed() -> Coalition:
    return Coalition.form("a", "b", "c", circles=CIRCLES)


def three() -> Coalition:
    """Three parties with circles all, ab and bc, settled: a copy of one that was formed once, since keys are slow."""
    return copy(_formed())


def copy(coalition: Coalition) -> Coalition:
    """Return the same parties, keys and records, from here on apart."""
    clock = ManualClock(coalition.clock.now())
    members = {
        name: Member(
            m.party, node(m, copied(m.node.store), clock), m.root, dict(m.officers), m.card, m.default, list(m.said)
        )
        for name, m in coalition.members.items()
    }
    return Coalition(members, clock)


def node(member: Member, store: MemoryStore, clock: ManualClock, mark: Mark | None = None) -> Node:
    """Return a second node of the same party: same keys, another record."""
    return Node(member.party, store, member.node.keys, clock, mark or Mark(None), exercise=True)


def copied(store: Any) -> MemoryStore:
    """Return a store that holds the same."""
    new, old = MemoryStore(), store._tables
    new._commits = store._commits
    tables = new._tables
    tables.feeds, tables.metas, tables.forks = dict(old.feeds), dict(old.metas), list(old.forks)
    tables.leaves = {origin: list(held) for origin, held in old.leaves.items()}
    tables.parts = {place: dict(held) for place, held in old.parts.items()}
    tables.chunks = {place: dict(held) for place, held in old.chunks.items()}
    tables.acts, tables.grants = list(old.acts), list(old.grants)
    return new


# -- what is said ------------------------------------------------------------------------------------------------------


def plan(
    title: str = "p",
    lat: float = 47.0,
    note: str = "",
    start: datetime = START,
    hours: float = 1,
    kind: Kind = Kind.GENERAL,
) -> Plan:
    """Plans at the same latitude conflict, and so do those of neighbouring hours not at all."""
    when = Interval(start=start + timedelta(hours=2), end=start + timedelta(hours=2 + hours))
    shape = Circle(centre=Position(lat=lat, lon=8.0), radius_m=1000.0)
    volume = Volume(shape=shape, band=parse_band("FL100-FL120"), interval=when)
    return Plan(id="", title=title, kind=kind, crew=Crew.CREWED, volumes=(volume,), note=note)


def propose(
    member: Member, circle: str, name: str = "x", what: Plan | None = None, to: Iterable[str] | None = None
) -> Receipt:
    readers = set(others(member, circle)) if to is None else set(to)
    return member.say(command.propose(AGREEMENT, circle, member.party, name, what or plan(name), to=readers))


def change(member: Member, circle: str, subject: SubjectId, what: Plan) -> Receipt:
    latest = version(member, circle, subject)
    return member.say(command.change(AGREEMENT, circle, subject, latest, what, to=others(member, circle)))


def decide(member: Member, circle: str, subject: SubjectId, answer: Answer = YES) -> Receipt:
    return member.say(command.decide(AGREEMENT, circle, subject, version(member, circle, subject).leaf, answer))


def activate(member: Member, circle: str, subject: SubjectId, threat: str = "") -> Receipt:
    latest = version(member, circle, subject).leaf
    return member.say(command.activate(AGREEMENT, circle, subject, latest, threat))


def site(name: str, title: str = "Clinic", lat: float = 47.0, note: str = "") -> Site:
    where = Position(lat=lat, lon=8.0)
    return Site(id=name, name=title, category=Category.MEDICAL, position=where, uncertainty_m=100.0, note=note)


# -- what is then true -------------------------------------------------------------------------------------------------


def others(member: Member, circle: str) -> set[str]:
    return set(member.node.book(AGREEMENT).first.circle(circle).members - {member.party})


def fold(member: Member, circle: str = "all") -> CircleFold:
    return member.node.book(AGREEMENT).fold(circle)


def version(member: Member, circle: str, subject: str) -> Version:
    operation = operations.read(SubjectId(subject), fold(member, circle).now())
    assert operation is not None
    return operation.latest


def standing(member: Member, circle: str, subject: str) -> str:
    here = fold(member, circle).now()
    operation = operations.read(SubjectId(subject), here)
    assert operation is not None
    return str(standings.standing(operation, here, CircleId(circle))[0])


def verdicts(member: Member, circle: str) -> dict[tuple[str, int], str]:
    return {(e.act.origin, e.act.seq): e.code for e in fold(member, circle).folded()}


def event(member: Member, circle: str, seq: int, party: str | None = None, epoch: int = 1) -> Event:
    """Return what a member holds of an entry of a party's feed, its own by default."""
    origin = f"{party or member.party}/{AGREEMENT}/{epoch}"
    return next(e for e in fold(member, circle).folded() if (e.act.origin, e.act.seq) == (origin, seq))


# -- what a faulty author writes ---------------------------------------------------------------------------------------


def utter(
    member: Member,
    verb: str,
    subject: str,
    body: Mapping[str, Any],
    *,
    circle: str = "ab",
    tag: str | None = None,
    at: datetime | None = None,
    seen: tuple[Head, ...] | None = None,
    office: str = "senior",
    officer: str | None = None,
    key: SigningKey | None = None,
    machine: bool = False,
    details: tuple[Part, ...] = (),
    listed: tuple[tuple[str, Hash], ...] | None = None,
    signature: Any = None,
    agreement: Hash | None = None,
    signer_seen: tuple[Head, ...] | None = None,
    **signer: Any,
) -> int:
    """Append an act that no rule was asked about, and return its place. What is not given is as an honest node does."""
    book = member.node.book(AGREEMENT)
    now = at or member.node.clock.now()
    here = book.fold(circle if circle in book.ledger.folds else "all").heads(book.origin)
    cut = here if seen is None else seen
    signing = key or member.key(office)
    fields = {
        "office": office, "officer": OfficerId(officer or f"{member.party}/{office}"),
        "key": signing.public.fingerprint, "suite": suite.SUITE, "shown": "0" * 64, "language": "en",
        "catalogue": "1", "seen": cut if signer_seen is None else signer_seen, "nonce": secrets.token_hex(16),
        "expires": acts.spell(now + timedelta(minutes=15)),
    }  # fmt: skip
    statement = Statement(
        agreement=agreement or book.first.digest, circle=CircleId(circle), verb=verb, subject=SubjectId(subject),
        body=dict(body), details=translate.listed(details) if listed is None else listed,
        signer=None if machine else Signer(**(fields | signer)),
    )  # fmt: skip
    if signature is None and not machine:
        signature = signing.sign(suite.STATEMENT, statement.encode())
    return append(member, acts.write(statement, now, cut, signature), tag or circle, details)


def append(member: Member, data: bytes, tag: str = "ab", details: tuple[Part, ...] = ()) -> int:
    """Append bytes as an act, under a circle's tag, and return their place."""
    book = member.node.book(AGREEMENT)
    new = NewEntry(circle=CircleId(tag), sort="act", act=data, details=details, grants={})
    seq = book.size(book.origin)
    with member.node.lock, member.node.store.transaction() as txn:
        member.node._append(txn, book, [new], member.node.clock.now())
    member.node.catch_up()
    return seq


# -- silence -----------------------------------------------------------------------------------------------------------


@cache
def _lapsing() -> Coalition:
    return Coalition.form("a", "b", "c", circles=CIRCLES, unopposed=True)


def lapsing() -> Coalition:
    """As `three`, under an agreement by which proven silence covers, after an hour."""
    return copy(_lapsing())


# -- passkeys ----------------------------------------------------------------------------------------------------------


@cache
def admitting() -> Coalition:
    """As `three`, under an agreement that admits passkeys; to be copied."""
    return Coalition.form("a", "b", "c", circles=CIRCLES, passkeys=True)


# -- the witness -------------------------------------------------------------------------------------------------------

WITNESS = Ed25519PrivateKey.from_private_bytes(bytes([7] * 32))
WITNESS_KEY = NoteKey.of("witness.example/w1", KeyKind.COSIGNATURE_ED25519, WITNESS)


@cache
def _witnessed() -> Coalition:
    return Coalition.form("a", "b", "c", circles=CIRCLES, witness=WITNESS_KEY.encode())


def witnessed() -> Coalition:
    """As `three`, under an agreement that names a witness."""
    return copy(_witnessed())


def cosign(member: Member, latest: Checkpoint | None = None) -> Receipt | None:
    """Let the witness, which cosigned `latest` last, judge a member's request, and the member keep its answer."""
    asking = witnessing.due(member.node, member.node.book(AGREEMENT))
    if asking is None:
        return None
    request = AddCheckpoint.parse(asking.request(latest.size if latest else asking.old).encode())
    log = custody.note_keys(asking.head.origin, member.node.keys.public())
    known = latest or Checkpoint(origin=asking.head.origin, size=asking.old, root=_root(member, asking.old))
    return witnessing.keep(member.node, asking, witness_line(admit(request, log, known)))


def witness_line(head: Checkpoint, time_s: int = 1_796_126_400) -> bytes:
    """Return the line with which the witness cosigns a head, whoever asks."""
    return Note(text=head.encode()).signed_by(WITNESS_KEY, WITNESS, time_s).lines[0].encode().encode()


def _root(member: Member, size: int) -> bytes:
    root = member.node.book(AGREEMENT).root_at(member.node.book(AGREEMENT).origin, size)
    return bytes.fromhex(root) if size and root else EMPTY_ROOT


def tell(coalition: Coalition) -> None:
    """Let every node do what it owes, and carry all of it, until nobody has anything to say."""
    coalition.settle()
    while sum(len(duties.tend(member.node)) for member in coalition.members.values()):
        coalition.settle()


def silences(member: Member, circle: str, subject: str) -> list[Silence]:
    """Return the silences that a member could show now."""
    past = fold(member, circle).now()
    operation = operations.read(SubjectId(subject), past)
    assert operation is not None
    found = [cosigning.quiet(operation, past, CircleId(circle), p) for p in cosigning.deciders(operation, past, circle)]
    return [q.shown for q in found if q is not None and q.shown is not None]


def lapse(member: Member, circle: str, subject: SubjectId) -> Receipt:
    """Hold against the others whatever silence can be shown now."""
    leaf = version(member, circle, subject).leaf
    return member.say(command.lapse(AGREEMENT, circle, subject, leaf, silences(member, circle, subject)))


def row(member: Member, circle: str, subject: str) -> dict[str, Any]:
    """Return a subject's row of the state."""
    found: dict[str, Any] = fold(member, circle).rows()[subject]
    return found
