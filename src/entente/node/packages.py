"""Packages of sites for recipients without a node: prepared, released and found again (PKG-3…PKG-12).

- A package is signed before its files are handed out (`release`): the manifest names recipient, files by SHA-256, how
  many sites, how precisely, for what, until when, and since which package it tells changes.
- What the package says stands beside it as it was sent, so that its files can be made again, byte for byte.

The rows of a package are a value of the party's own record; the line that counts it holds their hash, and both are kept
in one transaction. Who is given what is `node.enlistment`, who acknowledged it `node.acknowledging`.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import msgspec

from entente import canonical
from entente.errors import Malformed, Refused
from entente.ids import Hash
from entente.joint.act import moment, spell
from entente.joint.protected_sites import Site
from entente.node import acknowledging, papers, terms
from entente.node.holdings import Holdings
from entente.node.node import Node
from entente.node.papers import File, Paper, Sent, Signed
from entente.picture import packages as contents
from entente.picture import recipients
from entente.picture.coarsen import copy_number
from entente.picture.coverage import Notice, by_hand, due_after
from entente.picture.packages import Key, Row
from entente.picture.recipients import Choice, Listed, Recipient
from entente.store.promises import Reads, Txn

KIND = "application/vnd.entente.package+json"
"""What an officer signs a manifest as (SIGN-2)."""
DUE_S = 48 * 3600
"""[s] By when a package is to be loaded, where no agreement says otherwise: the longer of the two usual clocks."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an officer signs, and the recipient gets beside the files (PKG-5).

    `since` is the package whose changes this tells, 0 for a whole list; `list` the hash of what the recipient holds
    once it has taken it (`picture.packages.digest`), `rows` that of what this one says.
    """

    v: int
    party: str
    exercise: bool
    recipient: str
    number: int
    since: int
    made: str
    precision_m: int
    purpose: str
    limits: tuple[str, ...]
    words: str
    consent: str
    start: str
    until: str
    language: str
    copy: str
    sites: int
    told: dict[str, int]
    list: Hash
    rows: Hash
    files: tuple[File, ...]

    def encode(self) -> bytes:
        """Return the bytes that are signed."""
        return canonical.encode(msgspec.to_builtins(self))

    @property
    def reference(self) -> str:
        """By what people call it: the recipient and the number."""
        return f"{self.recipient} {self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A package before it is signed: what it says, what its recipient then holds, and what is left out."""

    recipient: Recipient
    number: int
    since: int
    made: datetime
    until: str
    copy: str
    rows: tuple[Row, ...]
    before: Mapping[Key, Site]
    after: Mapping[Key, Site]
    choice: Choice
    absent: tuple[Key, ...]
    """In the recipient's hands, and not among what is held now: left as they are, since absence ends nothing."""

    @property
    def told(self) -> dict[str, int]:
        """How many rows say what."""
        changes = [str(row.change) for row in self.rows]
        return {change: changes.count(change) for change in sorted(set(changes))}


def prepare(
    node: Holdings,
    to: Recipient,
    held: Sequence[Listed],
    secret: bytes,
    *,
    full: bool = False,
    since: int | None = None,
) -> Prepared:
    """Return what a recipient would be given of what is held: the changes since its last package, or the whole list.

    Raises:
        Refused: `recipient.period`, `sites.onward`, `package.unknown`, `coarsen.*`; `package.secret`, when copies would
            be drawn under another secret than those before: the two together would tell more than either.
        Malformed: `package.duplicate`.
    """
    now = node.clock.now()
    if to.over(now) or not to.begun(now):
        raise Refused(
            "recipient.period", f"what {to.name} is given runs from {to.start or 'now'} until {to.until or 'no end'}"
        )
    earlier = sent(node, to.name)
    base = since if since is not None else len(earlier)
    if base and base > len(earlier):
        raise Refused("package.unknown", f"{to.name} was sent {len(earlier)} packages, and none with the number {base}")
    if earlier and earlier[-1].manifest.copy != copy_number(to.name, secret):
        raise Refused(
            "package.secret",
            f"what {to.name} holds was drawn under another secret; restore keys/copies.key from a backup first",
        )
    choice = recipients.choose(held, to)
    consent = terms.consent_to_pass_on(node, (one.site for one in choice.given), to.name)
    ends = [text for text in (to.until, consent[1].until if consent else "") if text]
    newest = in_hands(node, earlier, len(earlier))
    same = bool(earlier) and earlier[-1].manifest.precision_m == to.precision_m
    now_copies = contents.copies(choice.given, to, secret, newest, same)
    before = in_hands(node, earlier, base)
    gone = {contents.copy_key(one, secret) for one, _ in choice.left}
    told = contents.whole(before, now_copies, gone) if full or not base else None
    rows = told if told is not None else contents.differences(before, now_copies, gone)
    return Prepared(
        recipient=to, number=len(earlier) + 1, since=0 if told is not None else base, made=now,
        until=min(ends, default=""), copy=copy_number(to.name, secret), rows=tuple(rows), before=before,
        after=contents.after({} if told is not None else before, rows), choice=choice,
        absent=tuple(sorted(set(before) - set(now_copies) - gone)),
    )  # fmt: skip


def manifest(node: Node, prepared: Prepared, files: Mapping[str, bytes]) -> Manifest:
    """Return the manifest of a package with these files, to be signed."""
    to = prepared.recipient
    return Manifest(
        v=1, party=node.party, exercise=node.exercise, recipient=to.name, number=prepared.number, since=prepared.since,
        made=spell(prepared.made), precision_m=to.precision_m, purpose=str(to.purpose),
        limits=tuple(map(str, to.limits)), words=to.words, consent=to.consent, start=to.start, until=prepared.until,
        language=str(to.language), copy=prepared.copy, sites=len(prepared.after), told=prepared.told,
        list=contents.digest(prepared.after), rows=Hash(sha256(contents.spell(prepared.rows)).hexdigest()),
        files=papers.listed(files),
    )  # fmt: skip


def releasing(node: Node, prepared: Prepared, wanted: Manifest) -> Paper:
    """Return the paper by which a package is released; its number must still be the next when it is kept.

    Keeping it raises Refused, `package.overtaken`, when another package to this recipient was released meanwhile.
    """

    def note(txn: Txn, signed: Signed) -> int:
        if len(sent(node, wanted.recipient)) + 1 != wanted.number:
            raise Refused(
                "package.overtaken", f"another package to {wanted.recipient} was released meanwhile; look again"
            )
        txn.set_meta(_key(wanted.recipient, wanted.number), zlib.compress(contents.spell(prepared.rows), 6))
        return papers.noted(
            node, txn, "package", wanted.recipient, recipient=wanted.recipient, number=wanted.number,
            sites=wanted.sites,
            manifest=wanted.encode().decode(), **papers.spelt(signed),
        )  # fmt: skip

    return Paper(kind=KIND, message=wanted.encode(), called=wanted.reference, note=note)


def release(node: Node, prepared: Prepared, wanted: Manifest, signed: Signed) -> None:
    """Note a package that an officer has signed; only then may its files be handed out.

    Raises:
        Refused: `package.office`; `package.overtaken`, when another package to this recipient was released meanwhile.
        Untrusted: `signature.invalid`.
    """
    papers.keep(node, [(releasing(node, prepared, wanted), signed)])


def sent(node: Holdings, name: str = "", *, last: bool = False) -> list[Sent[Manifest]]:
    """Return the packages that were released, in order: of one recipient where one is named, or each one's last."""
    return papers.released(node, "package", name, Manifest, last=last)


def package(node: Holdings, name: str, number: int) -> Sent[Manifest]:
    """Return one package of the register.

    Raises:
        Refused: `package.unknown`.
    """
    found = sent(node, name)
    if not 0 < number <= len(found):
        raise Refused("package.unknown", f"{name} was sent {len(found)} packages, and none with the number {number}")
    return found[number - 1]


def rows(reads: Reads, of: Manifest) -> list[Row]:
    """Return what a package says, as it was sent.

    Raises:
        Malformed: `package.rows`, when what is kept is not what the manifest names.
    """
    data = reads.meta(_key(of.recipient, of.number))
    try:
        plain = zlib.decompress(data) if data is not None else b""
    except zlib.error:
        plain = b""
    if sha256(plain).hexdigest() != of.rows:
        raise Malformed("package.rows", f"what is kept of the package {of.reference} is not what was signed")
    return contents.read(plain)


def in_hands(node: Holdings, register: Sequence[Sent[Manifest]], number: int) -> dict[Key, Site]:
    """Return what a recipient held once it had taken a package of its register; nothing for number 0."""
    chain: list[Manifest] = []
    while number:
        chain.append(register[number - 1].manifest)
        number = chain[-1].since
    held: dict[Key, Site] = {}
    for of in reversed(chain):
        held = contents.after(held, rows(node.store, of))
    return held


def rebuilt(node: Holdings, of: Sent[Manifest], to: Recipient) -> Prepared:
    """Return a package of the register as it was prepared, so that its files can be made again."""
    said = of.manifest
    before = in_hands(node, sent(node, said.recipient), said.since)
    held = rows(node.store, said)
    return Prepared(
        recipient=to, number=said.number, since=said.since, made=moment(said.made), until=said.until, copy=said.copy,
        rows=tuple(held), before=before, after=contents.after(before, held), choice=Choice(given=(), left=()),
        absent=(),
    )  # fmt: skip


def _key(name: str, number: int) -> str:
    return f"package/{name}/{number}"


def item(name: str) -> str:
    """Return by what coverage calls the packages of a recipient."""
    return f"package/{name}"


def notices(node: Holdings, clock_s: int, name: str = "") -> list[Notice]:
    """Return what was sent as coverage counts it: each recipient's newest package, to be loaded `clock_s` [s] later.

    An acknowledgement of an older package is stale: it says nothing of what has changed since.
    """
    said = acknowledging.acknowledged(node, name)
    newest = {of.manifest.recipient: of for of in sent(node, name, last=True)}
    return [
        Notice(
            item=item(who), number=of.manifest.number, recipient=who, issued_at=of.at,
            due=due_after(of.at, clock_s),
            stale=tuple(by_hand(one) for one in said if one.item == item(who) and one.issue < of.manifest.number),
        )
        for who, of in newest.items()
    ]  # fmt: skip
