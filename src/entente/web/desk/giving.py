"""What each recipient is given: recipients without a node, previews, the register of packages, what was heard of them.

A preview shows the copies themselves, as they would leave, and nothing of the places that they are drawn from. It is
drawn, as are a package's files, without the node's lock: other pages do not wait for some thousand places.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from entente.errors import Refused
from entente.geo.position import show
from entente.ids import SubjectId
from entente.joint import notifications
from entente.joint.act import spell
from entente.joint.releases import Terms
from entente.joint.rules import Event
from entente.node import acknowledging, enlistment, issuing, movement_packages, packages, papers, terms
from entente.node.movement_packages import Prepared as PreparedMovement
from entente.node.node import Node
from entente.node.packages import Manifest, Prepared
from entente.node.papers import Sent
from entente.picture import coarsen
from entente.picture.catalogues import Catalogue, retelling
from entente.picture.coverage import ByHand, clock_of, rows_by_hand
from entente.picture.packages import digest
from entente.picture.recipients import Listed, Recipient
from entente.report import package
from entente.report.package import archive
from entente.report.package import movement as one_page
from entente.report.package.document import Document, Package
from entente.report.package.movement import Notice
from entente.web.desk import moving, onward
from entente.web.desk.office import Desk
from entente.web.desk.shapes import (
    Hear,
    HeardView,
    Packages,
    PackageView,
    PreviewAsk,
    PreviewRow,
    Previews,
    PreviewView,
    Recipients,
    RecipientView,
)
from entente.web.viewer import Viewer

PAGE, MOST = 50, 20
"""Rows of each recipient on a page of a preview; recipients in one preview."""

# -- recipients --------------------------------------------------------------------------------------------------------


def recipients(node: Node) -> Recipients:
    """Return everyone without a node whom something is given, and what they were sent last."""
    last = {of.manifest.recipient: of for of in packages.sent(node, last=True)}
    return Recipients(
        recipients=tuple(_recipient(one, last.get(one.name)) for one in enlistment.enlisted(node).values())
    )


def _recipient(one: Recipient, last: Sent[Manifest] | None) -> RecipientView:
    return RecipientView(
        name=one.name, title=one.title, formats=one.formats, precision_m=one.precision_m, purpose=one.purpose,
        limits=one.limits, words=one.words, consent=one.consent, start=one.start, until=one.until,
        language=one.language, channel=one.channel, acknowledges=one.acknowledges, lists=one.lists,
        categories=one.categories, countries=one.countries, districts=one.districts, left_out=one.left_out,
        keep=one.keep, last=last.manifest.number if last else 0, last_at=last.at if last else None,
    )  # fmt: skip


# -- previews ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a preview for a party with a node rests on: taken under the node's lock, drawn without."""

    terms: Terms
    issues: Sequence[Event]
    clock_s: int


Standings = Mapping[str, Standing]


def wanted(asked: PreviewAsk) -> list[str]:
    """Return for whom a preview is wanted.

    Raises:
        Refused: `package.recipients`.
    """
    to = list(dict.fromkeys(asked.to))
    if not to or len(to) > MOST:
        raise Refused("package.recipients", f"say to whom: one recipient at least, and at most {MOST}")
    return to


def standings(viewer: Viewer, asked: PreviewAsk, held: Sequence[Listed]) -> tuple[Standings, Sequence[Listed]]:
    """Return what is known of every recipient with a node, and what each would be given: under the node's lock.

    Raises:
        Refused: `sites.onward`, `release.ended`; `centre.unknown`, `movement.unopened`, of what is passed on.
    """
    if asked.passing:
        held = [Listed(list=asked.name, site=site) for site in onward.sites_of(viewer, asked.passing)]
    found = {}
    for who in wanted(asked):
        place = next((p for p in viewer.places() if asked.agreement in ("", p.book.id)
                      and who in p.book.parties() - {viewer.node.party}), None)  # fmt: skip
        if place is None:
            continue
        if asked.passing:
            onward.require(viewer, SubjectId(asked.passing), who)
        fold = place.book.fold(issuing.circle_for(place.book, who))
        subject = notifications.subject(viewer.node.party, f"{asked.name}-{who}")
        consent = terms.consent_to_pass_on(viewer.node, (one.site for one in held), who)
        given, _ = issuing.terms_for(fold, subject, who, _wish(asked), viewer.now, consent)
        found[who] = Standing(
            terms=given, issues=terms.notices(viewer.node, fold, subject),
            clock_s=clock_of(place.agreement, asked.emergency),
        )  # fmt: skip
    return found, held


def _wish(asked: PreviewAsk) -> issuing.Wish:
    start, until = (moving.when(at) for at in (asked.start, asked.until))
    return issuing.Wish(
        purpose=asked.purpose, limits=tuple(asked.limits) if asked.limits is not None else None,
        start=spell(start) if start else "", until=spell(until) if until else "", consent=asked.consent,
    )  # fmt: skip


def preview(
    node: Node, desk: Desk, title: str, asked: PreviewAsk, known: Standings, held: Sequence[Listed], words: Catalogue
) -> Previews:
    """Return exactly what each recipient would get, side by side; nothing is signed or sent.

    It takes seconds for some thousand places, and runs without the node's lock: the record only grows, so what was read
    of it stands.

    Raises:
        Refused: `package.recipients`, as `node.packages.prepare`, `coarsen.*`.
    """
    return Previews(
        previews=tuple(
            _to_party(node, desk, asked, who, held, known[who], words)
            if who in known
            else _to_recipient(node, desk, title, asked, who, held)
            for who in wanted(asked)
        ),
        sentences=(words.say("no_finding"), words.say("not_listed")),
    )


def listed(desk: Desk, conditions: Sequence[str]) -> list[Listed]:
    """Return the register's places that are to be given.

    Raises:
        Refused: `place.filter`, `place.none`.
    """
    return [Listed(list=of, site=held.site) for of, held in desk.chosen(conditions)]


def _to_recipient(
    node: Node, desk: Desk, title: str, asked: PreviewAsk, who: str, held: Sequence[Listed]
) -> PreviewView:  # fmt: skip
    prepared = packages.prepare(node, enlistment.recipient(node, who), held, desk.secret(), full=asked.full)
    one, lines = prepared.recipient, document(node, title, prepared, "").lines
    shown, here, pages = _paged(lines, asked.page)
    return PreviewView(
        recipient=who, node=False, number=prepared.number, since=prepared.since, counts=prepared.told,
        holds=len(prepared.after), unplaced=sum(site.position is None for site in prepared.after.values()),
        precision_m=one.precision_m, purpose=str(one.purpose), limits=tuple(map(str, one.limits)), start=one.start,
        until=prepared.until, language=str(one.language), formats=tuple(map(str, one.formats)), copy=prepared.copy,
        clock_s=packages.DUE_S,
        left_out={str(why): n for why, n in prepared.choice.reasons().items()}, absent=len(prepared.absent),
        without=tuple(sorted(coarsen.KEPT - set(one.keep))),
        rows=tuple(
            PreviewRow(
                number=line.number, change=str(line.change), list=line.list, id=line.id, name=line.name,
                category=line.category, decimal=line.spelt.decimal if line.spelt else "",
                mgrs=line.spelt.mgrs if line.spelt else "",
                uncertainty_m=float(line.spelt.uncertainty_m) if line.spelt else 0.0, where=line.where, told=line.told,
            )
            for line in shown
        ),
        total=len(lines), page=here, pages=pages,
    )  # fmt: skip


def _to_party(
    node: Node, desk: Desk, asked: PreviewAsk, who: str, held: Sequence[Listed], known: Standing, words: Catalogue
) -> PreviewView:  # fmt: skip
    """Return what a party with a node would be released by the next issue: what differs from what it holds."""
    coarsen.require(asked.precision_m, ())
    secret, sites, given = desk.secret(), [one.site for one in held], known.terms
    every = [coarsen.coarsen(one, precision_m=asked.precision_m, recipient=who, secret=secret) for one in sites]
    before = terms.told_copies(node, known.issues)
    copies = issuing.differing(before, every, sites)
    shown, here, pages = _paged(copies, asked.page)
    changed = sum(copy.id in before for copy in copies)
    counts = {"added": len(copies) - changed, "changed": changed}
    return PreviewView(
        recipient=who, node=True, number=len(known.issues) + 1, since=len(known.issues),
        counts={k: n for k, n in counts.items() if n}, holds=len({*before, *(copy.id for copy in copies)}),
        unplaced=sum(copy.position is None for copy in every), precision_m=asked.precision_m,
        purpose=str(given.purpose), limits=tuple(map(str, given.limits)), start=given.start, until=given.until,
        language="", formats=(), copy=coarsen.copy_number(who, secret), clock_s=known.clock_s, left_out={}, absent=0,
        without=tuple(sorted(coarsen.KEPT)),
        rows=tuple(
            PreviewRow(
                number=number, change="changed" if copy.id in before else "added", list=f"{asked.name}-{who}",
                id=copy.id, name=copy.name,
                category=str(copy.category).replace("_", " "),
                decimal=show(copy.position).decimal if copy.position else "",
                mgrs=show(copy.position).mgrs if copy.position else "", uncertainty_m=copy.uncertainty_m,
                where=", ".join(filter(None, (copy.district, copy.country))),
                told=retelling.copied(copy.note, words),
            )
            for number, copy in enumerate(shown, (here - 1) * PAGE + 1)
        ),
        total=len(copies), page=here, pages=pages,
    )  # fmt: skip


def _paged(every: Sequence[Any], number: int) -> tuple[Sequence[Any], int, int]:
    pages = max(-(-len(every) // PAGE), 1)
    here = max(1, min(number, pages))
    return every[(here - 1) * PAGE : here * PAGE], here, pages


# -- files -------------------------------------------------------------------------------------------------------------


def document(node: Node, title: str, prepared: Prepared, released_by: str) -> Document:
    """Return a package in words."""
    return Document(
        Package(
            sender=title, released_by=released_by, exercise=node.exercise, recipient=prepared.recipient,
            number=prepared.number, since=prepared.since, made=prepared.made, until=prepared.until, copy=prepared.copy,
            rows=prepared.rows, held=len(prepared.after), list_hash=digest(prepared.after),
        )
    )  # fmt: skip


def notice(node: Node, title: str, prepared: PreparedMovement, released_by: str) -> Notice:
    """Return a movement's version in words."""
    of = Package(
        sender=title, released_by=released_by, exercise=node.exercise, recipient=prepared.recipient,
        number=prepared.version, since=prepared.version - 1, made=prepared.made, until=prepared.recipient.until,
        copy=prepared.copy, rows=(), held=0, list_hash=movement_packages.digest(prepared.journey),
    )  # fmt: skip
    return Notice(package=of, name=prepared.movement, journey=prepared.journey, before=prepared.before)


def files(node: Node, title: str, prepared: Prepared | PreparedMovement, officer: str, office: str) -> dict[str, bytes]:
    """Return a package's files; who released it stands on each."""
    by = f"{officer}, {office.replace('_', ' ')}"
    if isinstance(prepared, Prepared):
        return package.render(document(node, title, prepared, by))
    return one_page.render(notice(node, title, prepared, by))


def again(node: Node, title: str, name: str, movement: str, number: int) -> bytes:
    """Return a package's files and its manifest once more, in one archive, byte for byte as they were signed.

    Raises:
        Refused: `package.unknown`; `package.differs`, when another version of this program made them.
    """
    made: Mapping[str, bytes]
    if movement:
        moved = movement_packages.version(node, name, movement, number)
        of: Any = moved
        made = files(node, title, movement_packages.rebuilt(node, moved), moved.signed.officer, moved.signed.office)
    else:
        of = packages.package(node, name, number)
        prepared = packages.rebuilt(node, of, enlistment.settings_at(node, name, of.seq))
        made = files(node, title, prepared, of.signed.officer, of.signed.office)
    signed = {file.name: file.sha256 for file in of.manifest.files}
    differs = [one for one, wanted in signed.items() if sha256(made.get(one, b"")).hexdigest() != wanted]
    if differs:
        raise Refused(
            "package.differs", f"{', '.join(differs)} would not be the signed files; another version made them"
        )
    return archive.archive({**made, "manifest.json": papers.handed_out(of.text, of.signed)})


# -- the register of what was sent -------------------------------------------------------------------------------------


def sent(viewer: Viewer) -> Packages:
    """Return what was sent to whom, the newest first, how far each has come, and what was heard."""
    node = viewer.node
    notices = [*packages.notices(node, packages.DUE_S), *movement_packages.notices(node, packages.DUE_S)]
    climbed = rows_by_hand(notices, acknowledging.acknowledged(node), viewer.now)
    newest = {(row.notice.recipient, row.notice.item, row.notice.number): row for row in climbed}
    every: list[Any] = [*packages.sent(node), *movement_packages.sent(node)]
    return Packages(
        packages=tuple(_sent(of, newest) for of in sorted(every, key=lambda of: of.seq, reverse=True)),
        heard=tuple(
            HeardView(
                recipient=one.recipient, item=one.item, number=one.issue, rung=one.rung, unit=one.unit, at=one.at,
                source=one.source, entered_by=one.entered_by,
            )
            for one in acknowledging.acknowledged(node)
        ),
    )  # fmt: skip


def _sent(of: Any, newest: Mapping[tuple[str, str, int], Any]) -> PackageView:
    said = of.manifest
    moved = isinstance(of.manifest, movement_packages.Manifest)
    item = movement_packages.item(said.movement) if moved else packages.item(said.recipient)
    number = said.version if moved else said.number
    row = newest.get((said.recipient, item, number))
    return PackageView(
        recipient=said.recipient, item=item, movement=said.movement if moved else "", number=number,
        released_at=of.at, by=of.signed.officer, office=of.signed.office, since=0 if moved else said.since,
        counts={} if moved else said.told, sites=0 if moved else said.sites, precision_m=said.precision_m,
        until=said.until, hash=said.journey if moved else said.list, copy=said.copy,
        files=tuple(file.name for file in said.files), newest=row is not None,
        rung=str(row.rung) if row is not None and row.rung else "", overdue=row is not None and row.overdue,
    )  # fmt: skip


def hear(viewer: Viewer, asked: Hear) -> Packages:
    """Enter what a recipient acknowledged, by telephone or on paper.

    Raises:
        Refused, Malformed: as `node.packages.acknowledge`.
    """
    item = movement_packages.item(asked.movement) if asked.movement else packages.item(asked.recipient)
    acknowledging.acknowledge(
        viewer.node,
        ByHand(
            recipient=asked.recipient, item=item, issue=asked.number, rung=asked.rung,
            unit=" ".join(asked.unit.split()), at=asked.at or viewer.now, source=" ".join(asked.source.split()),
            entered_by=viewer.seat.officer,
        ),
    )  # fmt: skip
    return sent(viewer)
