"""Exports: others' details leave this node as a file only when two officers of ours order it (JOINT-120).

Off by default: `exports_a_day` in home.toml says how many of others' sites may leave in 24 hours, none unless it is
written there, and never more than `MOST_A_DAY`. What is not opened, has ended, or is limited to `not_exported` never
leaves. Both officers sign the same order, which names the item, the number of sites, the reason and the hash of the
file; it stands in the party's own record, which is carried to nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from entente import canonical
from entente.errors import Refused
from entente.feed import person
from entente.feed.passkey import Passkey
from entente.ids import Hash, SubjectId
from entente.joint import keys, staff
from entente.joint.act import ALL, moment, spell
from entente.joint.releases import Limit
from entente.joint.staff import Office
from entente.joint.state import CircleFold
from entente.node import terms
from entente.node.book import Book
from entente.node.holdings import Holdings
from entente.node.node import Node
from entente.picture import board
from entente.report import listing

MOST_A_DAY = 1000
"""Others' sites that leave in 24 hours, at most, whatever home.toml says."""
KIND = "application/vnd.entente.export+json"
OFFICES = frozenset({Office.SENIOR, Office.DEPUTY, Office.PROTECTION, Office.LEGAL_ADVISER, Office.RECORDS})
"""Who may order an export."""
LONGEST_REASON = 300
SENTENCE = "Not listed is not unprotected."


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What two officers sign."""

    party: str
    item: SubjectId
    sites: int
    reason: str
    file: Hash
    at: str

    def encode(self) -> bytes:
        """Return the bytes that both sign."""
        plain = {"party": self.party, "item": self.item, "sites": self.sites, "reason": self.reason}
        return canonical.encode({**plain, "file": self.file, "at": self.at})


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """An officer's signature over an order."""

    officer: str
    office: str
    signature: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A list's sites as a file, before anybody has ordered that it leaves; and on what terms they are held."""

    data: bytes
    sites: int
    notices: tuple[str, ...]


def file_of(node: Node, fold: CircleFold, item: SubjectId, form: str, reason: str) -> Made:
    """Return what would leave of a list, in a form of `report.listing`, with the terms on every row or page of it.

    Raises:
        Refused: `file.format`.
    """
    now = node.clock.now()
    released = board.release_rows(fold, item, node.party, now)
    rows = [row for row in board.site_rows(node.watch.sites, now, released) if row.subject == item]
    numbers = sorted({number for row in rows for number in terms.COPY.findall(row.site.note)})
    notices = (*(line for row in released for line in row.notice), *(f"Copy {number}." for number in numbers))
    head = [f"Exported by {node.party}: {' '.join(reason.split())}", *notices, SENTENCE]
    data = listing.written(form, item, rows, head, exercise=node.exercise, at=now)
    return Made(data=data, sites=len(rows), notices=notices)


def draw_up(node: Holdings, fold: CircleFold, item: SubjectId, sites: int, reason: str, data: bytes, cap: int) -> Order:
    """Return the order that two officers are to sign before `data` may be written.

    Raises:
        Refused: `export.off`, `export.cap`, `export.reason`, `export.limits`, `export.ended`, `export.sealed`.
    """
    require(node, fold, item, sites, cap)
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise Refused("export.reason", f"an export has a reason, of at most {LONGEST_REASON} characters")
    digest, at = Hash(sha256(data).hexdigest()), spell(node.clock.now())
    return Order(party=node.party, item=item, sites=sites, reason=reason.strip(), file=digest, at=at)


def require(node: Holdings, fold: CircleFold, item: SubjectId, sites: int, cap: int) -> None:
    """Raise Refused unless so many sites of an item may leave now; asked again where a second officer signs later.

    Raises:
        Refused: `export.off`, `export.cap`, `export.limits`, `export.ended`, `export.sealed`.
    """
    now = node.clock.now()
    release = terms.held(fold, item, node.party)
    if item.split("/")[1] == node.party:
        return
    if cap <= 0:
        raise Refused("export.off", "others' details are not exported here; exports_a_day in home.toml is 0")
    if terms.sealed(fold, item, node.party):
        raise Refused("export.sealed", f"{item} was not opened yet; acknowledge its terms first")
    if release is not None and Limit.NOT_EXPORTED in release.terms.limits:
        raise Refused("export.limits", f"{release.by} released {item} to us on the limit that it is not exported")
    if release is not None and not release.running(now):
        raise Refused("export.ended", f"the release of {item} to us has ended; it is used no longer")
    left = min(cap, MOST_A_DAY) - _exported(node, now - timedelta(days=1))
    if sites > left:
        raise Refused("export.cap", f"{max(left, 0)} of others' sites may still leave today, and this is {sites}")


def _exported(node: Holdings, since: datetime) -> int:
    lines = (line for line in node.journal_lines() if line["what"] == "exported" and moment(line["at"]) > since)
    return sum(line["facts"]["sites"] for line in lines)


def confirm(node: Node, book: Book, order: Order, signed: Sequence[Signature], account: str) -> None:
    """Note an order that two officers have signed; only then may the file be written.

    Raises:
        Refused: `export.second`, `export.office`; kept in the party's own record.
        Untrusted: `signature.invalid`.
    """
    past = book.fold(ALL).now()
    keys_ = {enrolled.fingerprint for one in signed if (enrolled := staff.enrolment(past, one.officer)) is not None}
    if len(signed) != 2 or len({one.officer for one in signed}) != 2 or len(keys_) != 2:
        node.journal("refused", verb="export", subject=order.item, code="export.second")
        raise Refused("export.second", "an export is ordered by two officers of ours, each with a key of their own")
    for one in signed:
        require_signed(node, book, order, one)
    first, second = signed
    node.journal(
        "exported", item=order.item, detail=f"{order.sites} sites, {order.reason}", sites=order.sites, file=order.file,
        ordered=order.at, reason=order.reason, by=first.officer, second=second.officer, account=account,
        **{f"{name}_{half}": text for name, one in zip(("by", "second"), signed, strict=True)
           for half, text in one.signature.items()},
    )  # fmt: skip


def require_signed(node: Node, book: Book, order: Order, one: Signature) -> None:
    """Raise unless an officer of ours, who orders exports now, signed an order: by key file or an admitted passkey.

    Raises:
        Refused: `export.office`; kept in the party's own record. Untrusted: `signature.invalid`.
    """
    past, now = book.fold(ALL).now(), node.clock.now()
    enrolled = staff.enrolment(past, one.officer)
    on_duty = one.office in OFFICES and staff.holds(past, one.officer, one.office, now)
    key = person.read(dict(enrolled.key)) if enrolled is not None else None
    counts = key is not None and key.fingerprint not in keys.revoked(past, node.party, keys.Role.OFFICER)
    admitted = not isinstance(key, Passkey) or book.current(now).passkeys
    if key is None or not (on_duty and counts and admitted) or not one.officer.startswith(f"{node.party}/"):
        node.journal("refused", verb="export", subject=order.item, by=one.officer, code="export.office")
        raise Refused("export.office", f"{one.officer} holds no office that orders exports: {', '.join(OFFICES)}")
    person.verify(key, KIND, order.encode(), one.signature)
