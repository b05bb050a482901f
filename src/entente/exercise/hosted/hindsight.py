"""Hindsight: each signed act of a person, with what its signer could see when he signed, and what others knew by then.

All of it is read from the records, never from the exercise's steps:

- **The cut** that stands in the signature (`seen`) says which entries of the other parties the signer's node had
  folded; the own feed counts up to the act itself. What stood within that cut is what his page showed.
- **The text** that he was shown is a detail of the act, and its hash is in the signature.
- **Findings**: his own node's are the act's own screening; the other side's are details that had been granted to it.
- **Opened**: a decision names the plan that its signer had opened; what else his office looked at is in his party's own
  record.
- **Others knew**: what other parties had said by then, by their clocks, and he had not: on its way, or told to others
  only; and what their nodes had found about the same thing and could not show him.

Every node of an exercise runs on one clock, so that "by then" means something; between real parties it would not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from entente import canonical
from entente.errors import EntenteError
from entente.exercise.hosted import telling
from entente.exercise.hosted.words import Words
from entente.exercise.seats import Seat
from entente.ids import AgreementId, SubjectId
from entente.joint import line, operations, standings
from entente.joint.act import Act, moment
from entente.joint.decisions import Decide
from entente.joint.rules import Event, body_of
from entente.joint.screening import Finding, Screening
from entente.joint.spelling import finding_from_plain, screening_from_plain
from entente.joint.staff import Office
from entente.joint.state import CircleFold, View
from entente.node.node import Node

SHOWN, SCREENING, FINDINGS = "shown", "screening", "findings-"
SETTING_UP = ("keys.", "staff.", "agreement.", "record/")
"""Verbs that set an exercise up, and machines' own; nobody decides anything by them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What somebody else had said, or found, by then. `reached` is when the signer's party first built on it."""

    event: Event
    told: bool
    """Whether it was on its way to the signer's party; else it was told to others only."""
    reached: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """A signed act, and what its signer could see."""

    event: Event
    agreement: str
    office: str
    subject: SubjectId
    text: str
    standing: str
    phase: str
    own: tuple[Finding, ...]
    theirs: tuple[tuple[str, Finding], ...]
    """(party, finding) as far as the other side had let it be shown."""
    withheld: int
    """Findings that the other side counts and could not show."""
    opened: tuple[str, ...]
    others: tuple[Known, ...]
    found_elsewhere: tuple[tuple[str, Finding], ...]
    """(party, finding) that another's node had found about the same thing by then, and had not shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """An act at the node of its author, with the fold of its circle there."""

    event: Event
    fold: CircleFold
    agreement: str
    seat: Seat


def acts(seats: Mapping[str, Seat]) -> Iterator[Act]:
    """Yield every act that a person signed or a rule answered, as its own author's record has it."""
    return (said.event.act for said in _every(seats))


def sights(seats: Mapping[str, Seat]) -> list[Sight]:
    """Return every person's act, oldest first."""
    for seat in seats.values():
        seat.node.catch_up()
    every = sorted(_every(seats), key=lambda said: (said.event.act.at, said.event.origin, said.event.seq))
    people = [said for said in every if _by_a_person(said.event.act)]
    return [_sight(said, every) for said in people]


def _every(seats: Mapping[str, Seat]) -> Iterator[_Said]:
    """Yield every valid act that means something, from its own author's record, once."""
    for seat in seats.values():
        for book in seat.node.books.values():
            for name, fold in book.ledger.folds.items():
                for event in fold.folded():
                    act = event.act
                    own = act.party == seat.party and act.statement.circle == name and not event.code
                    if own and not act.statement.verb.startswith(SETTING_UP) and _means(act):
                        yield _Said(event=event, fold=fold, agreement=str(book.id), seat=seat)


def _means(act: Act) -> bool:
    return act.statement.signer is not None or act.statement.verb == "decision.give"


def _by_a_person(act: Act) -> bool:
    signer = act.statement.signer
    return signer is not None and signer.office != str(Office.ROOT)


def _sight(said: _Said, every: Sequence[_Said]) -> Sight:
    act, node = said.event.act, said.seat.node
    signer, view = act.statement.signer, _seen(said)
    assert signer is not None, "a person's act has a signer"
    subject = act.statement.subject
    stands = operations.read(subject, view) if subject.startswith("operation/") else None
    theirs = list(_theirs(node, view, subject, said.seat.party))
    return Sight(
        event=said.event, agreement=said.agreement, office=signer.office, subject=subject,
        text=_part(node, act, SHOWN).decode(errors="replace"),
        standing=str(standings.basis(stands, view, said.fold.name).standing) if stands else "",
        phase=stands.phase if stands else "", own=tuple(screened(node, act)),
        theirs=tuple((party, one) for party, found, _ in theirs for one in found),
        withheld=sum(max(counted - len(found), 0) for _, found, counted in theirs),
        opened=tuple(_opened(said, view)), others=tuple(_others(said, every)),
        found_elsewhere=tuple(_elsewhere(said, every, {told(one) for _, found, _ in theirs for one in found})),
    )  # fmt: skip


def _seen(said: _Said) -> View:
    """Return what stood within the cut that a person signed; a STOP signs none, so its node's own is taken."""
    act = said.event.act
    signer = act.statement.signer
    seen = signer.seen if signer is not None and signer.seen else act.seen
    return View(said.fold, {**{head.origin: head.size for head in seen}, act.origin: act.seq})


# -- findings, the text, what was opened -------------------------------------------------------------------------------


def _part(node: Node, act: Act, name: str) -> bytes:
    parts = node.store.parts(act.origin, act.seq)
    return next((part.data for part in parts if part.name == name), b"")


def screened(node: Node, act: Act) -> Iterator[Finding]:
    """Yield what a node's own screening of an act found; it stays in that node."""
    screening = screening_of(node, act)
    yield from screening.findings if screening else ()


def screening_of(node: Node, act: Act) -> Screening | None:
    """Return a node's own screening of an act, where there is one and it can be read."""
    data = _part(node, act, SCREENING)
    try:
        return screening_from_plain(canonical.decode(data), SCREENING) if data else None
    except EntenteError:
        return None


def _shown(node: Node, act: Act) -> list[Finding]:
    """Return the findings of another's act that this node was given."""
    found = []
    for part in node.store.parts(act.origin, act.seq):
        if part.name.startswith(FINDINGS):
            found += [finding_from_plain(plain, part.name) for plain in canonical.decode(part.data)]
    return found


def _theirs(node: Node, view: View, subject: SubjectId, me: str) -> Iterator[tuple[str, list[Finding], int]]:
    """Yield the other side's words on a subject: who, the findings that it let be shown, how many it counts."""
    for event in view.events(subject):
        if event.act.party != me and event.verb in ("operation.propose", "operation.change", "decision.give"):
            counted = body_of(event.act, Decide).findings if event.verb == "decision.give" else 0
            yield event.act.party, _shown(node, event.act), counted


def _opened(said: _Said, view: View) -> Iterator[str]:
    """Yield what the signer had opened: as the act says it, then as his party's own record does."""
    act = said.event.act
    if act.statement.verb == "decision.give" and body_of(act, Decide).opened:
        found = operations.read(act.statement.subject, view)
        yield f"the plan of version {found.latest.number}" if found else "the plan"
    officer = act.statement.signer.officer if act.statement.signer else ""
    looked: dict[str, None] = {}
    for noted in said.seat.node.journal_lines():
        facts = noted["facts"]
        if noted["what"] == "opened" and facts["by"] == officer and moment(noted["at"]) <= act.at:
            looked[f"{facts['item']}: {facts['detail']}" if facts["detail"] else facts["item"]] = None
    yield from looked


# -- what others knew --------------------------------------------------------------------------------------------------


def _others(said: _Said, every: Sequence[_Said]) -> Iterator[Known]:
    """Yield what others had said by then and the signer's node had not folded, as far as it bears on the same thing."""
    act = said.event.act
    signer = act.statement.signer
    seen = signer.seen if signer is not None and signer.seen else act.seen
    had = {head.origin: head.size for head in seen}
    for other in every:
        theirs = other.event.act
        if theirs.at > act.at:
            return
        if theirs.party == act.party or theirs.seq < had.get(theirs.origin, 0):
            continue
        if other.agreement != said.agreement and thing(theirs) != thing(act):
            continue
        here = said.seat.node.books.get(AgreementId(other.agreement))
        if here is not None and other.fold.name in here.ledger.folds:
            first = here.fold(other.fold.name).first_to_hold(theirs, act.party)
            if first is None or first.act.at >= act.at:
                yield Known(event=other.event, told=True, reached=first.act.at if first else None)
        elif thing(theirs) == thing(act):
            yield Known(event=other.event, told=False)


def _elsewhere(said: _Said, every: Sequence[_Said], shown: set[str]) -> Iterator[tuple[str, Finding]]:
    """Yield what other nodes had found about the same thing by then, and the signer was not shown."""
    act, known = said.event.act, set(shown)
    for other in every:
        theirs = other.event.act
        if theirs.at > act.at:
            return
        if theirs.party != act.party and theirs.statement.subject == act.statement.subject:
            for one in screened(other.seat.node, theirs):
                if (text := told(one)) not in known:
                    known.add(text)
                    yield theirs.party, one


def told(finding: Finding) -> str:
    """Tell a finding in one line, in English: two that read alike are one."""
    return telling.finding(Words(), finding)


def thing(act: Act) -> str:
    """Return what an act is about, as exercise.toml names it: ``north/lift-1``, ``sites/coordinator/places``."""
    subject = str(act.statement.subject)
    if act.statement.verb == "stop.send":
        subject = body_of(act, line.Stop).operation or subject
    return subject.removeprefix("release/").removeprefix("operation/")
