"""Papers: what an officer signs that is no statement of an agreement, as who is given what, and what is sent to them.

A paper's text is its message told line by line and nothing else, so that the page can make it from the bytes that it
signs, and shows what they say whatever the node would like them to say. A paper is kept like a draft, for its session
alone, until it expires; the key never comes here.
"""

from __future__ import annotations

import base64
import json
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, assert_never

from entente import ids
from entente.errors import Malformed, Refused
from entente.feed import suite
from entente.ids import Hash
from entente.joint import staff
from entente.joint.act import ALL, spell
from entente.node import movement_packages, packages
from entente.node.holdings import JOURNAL
from entente.node.node import Node
from entente.node.packages import Signed
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
"""Papers of one session, and of all: each holds the rows of a package."""
PREFIX = "paper-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What is to be signed, and what is then done with the signature; it returns what it is then called."""

    id: str
    session: str
    officer: str
    office: str
    kind: str
    message: bytes
    expires: datetime
    noted: str
    """Under which word its line stands in the party's own record."""
    keep: Callable[[Signed], str]


class Papers:
    """The papers of one serving process; `_lock` guards `_kept`, oldest first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, Paper] = {}

    def keep(self, paper: Paper, now: datetime) -> None:
        """Keep a paper; the oldest go when there are too many."""
        with self._lock:
            mine = [key for key, held in self._kept.items() if held.session == paper.session]
            over = [key for key, held in self._kept.items() if held.expires <= now]
            for old in {*over, *mine[: max(len(mine) - MOST + 1, 0)]}:
                del self._kept[old]
            if len(self._kept) >= MOST_AT_ALL:
                del self._kept[next(iter(self._kept))]
            self._kept[paper.id] = paper

    def of(self, session: str, name: str, now: datetime) -> Paper:
        """Return a session's paper.

        Raises:
            Refused: `centre.draft`.
        """
        with self._lock:
            paper = self._kept.get(name)
        if paper is None or paper.session != session or paper.expires <= now:
            raise Refused(
                "centre.draft", "this draft is no longer held: it expired, was said, or is not yours; draft anew"
            )
        return paper

    def drop(self, name: str) -> None:
        """Forget a paper."""
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


def draft(viewer: Viewer, desk: Desk, kept: Papers, title: str, asked: AnyPaper) -> DraftView:
    """Draw up a paper.

    Raises:
        Refused: `desk.office`, `desk.nothing`, `recipient.*`, `package.*`, `place.*`, `movement.*`, `coarsen.*`.
        Malformed: as its form.
    """
    held = office.require(viewer)
    match asked:
        case PaperRecipient():
            kind, message, noted, keep, differs = _recipient(viewer.node, asked, viewer.now)
        case PaperPackage():
            kind, message, noted, keep, differs = _package(viewer, desk, title, asked, held)
        case PaperMovement():
            kind, message, noted, keep, differs = _movement(viewer, desk, title, asked, held)
        case _:
            assert_never(asked)
    paper = Paper(
        id=f"{PREFIX}{secrets.token_urlsafe(18)}", session=viewer.seat.name, officer=viewer.seat.officer, office=held,
        kind=kind, message=message, expires=viewer.now + LIFE, noted=noted, keep=keep,
    )  # fmt: skip
    kept.keep(paper, viewer.now)
    shown = StatementView(
        verb=str(asked.__struct_config__.tag), subject=noted, statement=base64.b64encode(message).decode(), kind=kind,
        text="\n".join(told(json.loads(message))), language="en", catalogue="1", differences=differs, findings=(),
        undisclosed=0, released={}, holdings=(),
    )  # fmt: skip
    return DraftView(
        id=paper.id, officer=paper.officer, office=held, suite=suite.SUITE, context=suite.CONTEXT.decode(),
        credential="", expires=paper.expires, statements=(shown,),
    )  # fmt: skip


_Made = tuple[str, bytes, str, Callable[[Signed], str], tuple[Difference, ...]]


def _recipient(node: Node, asked: PaperRecipient, now: datetime) -> _Made:
    before = packages.enlisted(node).get(asked.name)
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
    message = packages.statement(node, after, now)

    def keep(signed: Signed) -> str:
        packages.enlist(node, message, signed)
        return after.name

    return (
        packages.RECIPIENT_KIND, message, "recipient", keep,
        tuple(Difference(what=name, old=old, new=new) for name, old, new in differs) if before else (),
    )  # fmt: skip


def _package(viewer: Viewer, desk: Desk, title: str, asked: PaperPackage, held: str) -> _Made:
    node = viewer.node
    prepared = packages.prepare(
        node, packages.recipient(node, asked.to), giving.listed(desk, asked.conditions), desk.secret(), full=asked.full,
        since=asked.since,
    )  # fmt: skip
    if not prepared.rows and not asked.full:
        raise Refused("desk.nothing", f"{asked.to} holds all of this already; send the whole list if it was lost")
    manifest = packages.manifest(node, prepared, giving.files(node, title, prepared, viewer.seat.officer, held))

    def keep(signed: Signed) -> str:
        packages.release(node, prepared, manifest, signed)
        return manifest.reference

    return packages.KIND, manifest.encode(), "package", keep, ()


def _movement(viewer: Viewer, desk: Desk, title: str, asked: PaperMovement, held: str) -> _Made:
    node = viewer.node
    prepared = movement_packages.prepare(
        node, packages.recipient(node, asked.to), asked.name, moving.journey_of(asked.journey), desk.secret()
    )
    files = giving.files(node, title, prepared, viewer.seat.officer, held)
    manifest = movement_packages.manifest(node, prepared, files)

    def keep(signed: Signed) -> str:
        movement_packages.release(node, prepared, manifest, signed)
        return manifest.reference

    changes = tuple(Difference(what=one.what, old=one.old, new=one.new) for one in prepared.changes)
    return movement_packages.KIND, manifest.encode(), "movement_package", keep, changes


# -- keeping -----------------------------------------------------------------------------------------------------------


def say(viewer: Viewer, kept: Papers, name: str, signatures: Sequence[shapes.Signature]) -> shapes.Receipts:
    """Keep a paper that was signed in the page; only then may what it releases be handed out.

    Raises:
        Refused: `centre.draft`, `desk.office`, `package.office`, `package.overtaken`. Untrusted: `signature.invalid`.
    """
    office.require(viewer)
    paper, node = kept.of(viewer.seat.name, name, viewer.now), viewer.node
    key = next(
        found.key
        for place in viewer.places()
        if (found := staff.enrolment(place.book.fold(ALL).now(), paper.officer)) is not None
    )
    if len(signatures) != 1:
        raise Malformed("request.signatures", f"one is to be signed, and {len(signatures)} signatures came")
    called = paper.keep(Signed(officer=paper.officer, office=paper.office, key=key, signature=signatures[0].parts()))
    kept.drop(name)
    seq = packages.lines(node, paper.noted)[-1]["seq"]
    receipt = shapes.Receipt(
        origin=ids.origin(node.party, JOURNAL, 1), seq=seq, leaf=Hash(""), at=viewer.now, subject=called
    )
    return shapes.Receipts(receipts=(receipt,))
