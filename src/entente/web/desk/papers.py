"""Papers: what an officer signs that is no statement of an agreement, as who is given what, and what is sent to them.

A paper's text is its message told line by line and nothing else, so that the page can make it from the bytes that it
signs, and shows what they say whatever the node would like them to say. What is sent to several recipients is a paper
for each, all of them signed and kept at once, or none. They are held like a draft, for their session alone, until they
expire; the key never comes here.
"""

from __future__ import annotations

import base64
import json
import secrets
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, assert_never

from entente import ids
from entente.errors import Refused
from entente.feed import suite
from entente.joint.act import spell
from entente.node import enlistment, movement_packages, packages, papers
from entente.node.holdings import JOURNAL
from entente.node.node import Node
from entente.node.papers import Paper, Signed
from entente.picture import recipients
from entente.picture.recipients import Recipient
from entente.web import shapes
from entente.web.desk import giving, moving, office
from entente.web.desk.office import Desk
from entente.web.desk.shapes import AnyPaper, PaperMovement, PaperPackage, PaperRecipient
from entente.web.shapes import Difference, DraftView, StatementView
from entente.web.viewer import Viewer

LIFE = timedelta(hours=1)
MOST, MOST_AT_ALL = 8, 64
"""Sheaves of one session, and of all: each holds the rows of its packages."""
PREFIX = "paper-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A paper with what its signer sees beside its lines: what differs from how it stood."""

    paper: Paper
    differs: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheaf:
    """What is to be signed at once, by whom, and in which office."""

    id: str
    session: str
    officer: str
    office: str
    papers: tuple[Paper, ...]
    expires: datetime


class Papers:
    """The sheaves of one serving process; `_lock` guards `_kept`, oldest first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, Sheaf] = {}

    def keep(self, sheaf: Sheaf, now: datetime) -> None:
        """Keep a sheaf; the oldest go when there are too many."""
        with self._lock:
            mine = [key for key, held in self._kept.items() if held.session == sheaf.session]
            over = [key for key, held in self._kept.items() if held.expires <= now]
            for old in {*over, *mine[: max(len(mine) - MOST + 1, 0)]}:
                del self._kept[old]
            if len(self._kept) >= MOST_AT_ALL:
                del self._kept[next(iter(self._kept))]
            self._kept[sheaf.id] = sheaf

    def of(self, session: str, name: str, now: datetime) -> Sheaf:
        """Return a session's sheaf.

        Raises:
            Refused: `centre.draft`.
        """
        with self._lock:
            sheaf = self._kept.get(name)
        if sheaf is None or sheaf.session != session or sheaf.expires <= now:
            raise Refused(
                "centre.draft", "this draft is no longer held: it expired, was said, or is not yours; draft anew"
            )
        return sheaf

    def drop(self, name: str) -> None:
        """Forget a sheaf."""
        with self._lock:
            self._kept.pop(name, None)


def told(plain: Any, name: str = "") -> Iterator[str]:
    """Yield what a message says, a field a line, in the order of its bytes.

    >>> list(told({"files": [{"bytes": 3, "name": "a.pdf"}], "limits": ["not_combined"], "v": 1}))
    ['files 1 bytes: 3', 'files 1 name: a.pdf', 'limits: not_combined', 'v: 1']
    """
    if isinstance(plain, dict):
        for key, value in plain.items():
            yield from told(value, f"{name} {key}".strip())
    elif isinstance(plain, list) and any(isinstance(one, (dict, list)) for one in plain):
        for number, value in enumerate(plain, 1):
            yield from told(value, f"{name} {number}".strip())
    else:
        value = ", ".join(map(_scalar, plain)) if isinstance(plain, list) else _scalar(plain)
        yield f"{name}: {value}"


def _scalar(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


# -- drafting ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks for a paper, in which office and session, by which key, when: as looked up under the node's lock."""

    session: str
    officer: str
    office: str
    key: Mapping[str, str]
    now: datetime


def asker(viewer: Viewer) -> Asker:
    """Return who asks.

    Raises:
        Refused: `desk.office`, `staff.passkeys`.
    """
    held, seat = office.require(viewer), viewer.seat
    return Asker(session=seat.name, officer=seat.officer, office=held, key=office.key_of(viewer), now=viewer.now)


def draft(node: Node, by: Asker, desk: Desk, kept: Papers, title: str, asked: AnyPaper) -> DraftView:
    """Draw up what an officer is to sign at once: one paper, or one for each recipient that is given anything new.

    It is drawn without the node's lock, since a package's files take seconds, and judged again when it is said.

    Raises:
        Refused: `desk.nothing`, `recipient.*`, `package.*`, `place.*`, `movement.*`, `coarsen.*`.
        Malformed: as its form.
    """
    match asked:
        case PaperRecipient():
            with node.lock:
                made = [_recipient(node, asked, by.now)]
        case PaperPackage():
            made = _packages(node, by, desk, title, asked)
        case PaperMovement():
            made = [_movement(node, by, desk, title, asked, to) for to in _named(asked.to)]
        case _:
            assert_never(asked)
    sheaf = Sheaf(
        id=f"{PREFIX}{secrets.token_urlsafe(18)}", session=by.session, officer=by.officer, office=by.office,
        papers=tuple(one.paper for one in made), expires=by.now + LIFE,
    )  # fmt: skip
    kept.keep(sheaf, by.now)
    verb = str(asked.__struct_config__.tag)
    return DraftView(
        id=sheaf.id, officer=sheaf.officer, office=by.office, suite=by.key["suite"], context=suite.CONTEXT.decode(),
        credential=by.key.get("credential", ""), expires=sheaf.expires,
        statements=tuple(_statement(verb, one) for one in made),
    )  # fmt: skip


def _statement(verb: str, one: Drawn) -> StatementView:
    message = one.paper.message
    return StatementView(
        verb=verb, subject=one.paper.called, statement=base64.b64encode(message).decode(), kind=one.paper.kind,
        text="\n".join(told(json.loads(message))), language="en", catalogue="1", differences=one.differs, findings=(),
        undisclosed=0, released={}, holdings=(),
    )  # fmt: skip


def _named(to: Sequence[str]) -> list[str]:
    """Return recipients, each once.

    Raises:
        Refused: `package.recipients`.
    """
    wanted = list(dict.fromkeys(to))
    if not wanted or len(wanted) > giving.MOST:
        raise Refused("package.recipients", f"say to whom: one recipient at least, and at most {giving.MOST}")
    return wanted


def _recipient(node: Node, asked: PaperRecipient, now: datetime) -> Drawn:
    before = enlistment.enlisted(node).get(asked.name)
    until = moving.when(asked.until)
    after = Recipient(
        name=asked.name, title=asked.title, formats=tuple(dict.fromkeys(asked.formats)),
        precision_m=asked.precision_m, purpose=asked.purpose, limits=tuple(sorted(set(asked.limits))),
        words=asked.words, consent=asked.consent, start=before.start if before else "",
        until=spell(until) if until else "", language=asked.language, channel=asked.channel,
        acknowledges=asked.acknowledges, lists=tuple(asked.lists), categories=tuple(asked.categories),
        countries=tuple(asked.countries), districts=tuple(asked.districts), left_out=tuple(asked.left_out),
        keep=tuple(asked.keep),
    )  # fmt: skip
    differs = recipients.told(before, after)
    if not differs:
        raise Refused("desk.nothing", f"{after.name} is given that already; nothing would change")
    return Drawn(
        paper=enlistment.enlisting(node, enlistment.statement(node, after, now)),
        differs=tuple(Difference(what=name, old=old, new=new) for name, old, new in differs) if before else (),
    )  # fmt: skip


def _packages(node: Node, by: Asker, desk: Desk, title: str, asked: PaperPackage) -> list[Drawn]:
    """Draw up a package for each recipient; whoever holds all of it already is passed over."""
    listed, made = giving.listed(desk, asked.conditions), []
    for to in _named(asked.to):
        prepared = packages.prepare(
            node, enlistment.recipient(node, to), listed, desk.secret(), full=asked.full, since=asked.since
        )
        if prepared.rows or asked.full:
            files = giving.files(node, title, prepared, by.officer, by.office)
            manifest = packages.manifest(node, prepared, files)
            made.append(Drawn(paper=packages.releasing(node, prepared, manifest)))
    if not made:
        named = ", ".join(asked.to)
        raise Refused("desk.nothing", f"{named}: all of this is held already; send the whole list if it was lost")
    return made


def _movement(node: Node, by: Asker, desk: Desk, title: str, asked: PaperMovement, to: str) -> Drawn:
    prepared = movement_packages.prepare(
        node, enlistment.recipient(node, to), asked.name, moving.journey_of(asked.journey), desk.secret()
    )
    files = giving.files(node, title, prepared, by.officer, by.office)
    manifest = movement_packages.manifest(node, prepared, files)
    return Drawn(
        paper=movement_packages.releasing(node, prepared, manifest),
        differs=tuple(Difference(what=one.what, old=one.old, new=one.new) for one in prepared.changes),
    )


# -- keeping -----------------------------------------------------------------------------------------------------------


def say(viewer: Viewer, kept: Papers, name: str, signatures: Sequence[shapes.Signature]) -> shapes.Receipts:
    """Keep what was signed in the page, all of it or none; only then may what it releases be handed out.

    Raises:
        Malformed: `request.signatures`.
        Refused: `centre.draft`, `desk.office`, `package.office`, `package.overtaken`. Untrusted: `signature.invalid`.
    """
    office.require(viewer)
    sheaf, key, node = kept.of(viewer.seat.name, name, viewer.now), office.key_of(viewer), viewer.node
    signed = [
        (paper, Signed(officer=sheaf.officer, office=sheaf.office, key=key, signature=parts))
        for paper, parts in shapes.paired(sheaf.papers, signatures)
    ]
    places = papers.keep(node, signed)
    kept.drop(name)
    origin = ids.origin(node.party, JOURNAL, 1)
    return shapes.Receipts(
        receipts=tuple(
            shapes.Receipt(origin=origin, seq=seq, leaf="", at=viewer.now, subject=paper.called)
            for seq, paper in zip(places, sheaf.papers, strict=True)
        )
    )
