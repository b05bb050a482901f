"""Packages kept: recipients without a node, what each was sent, and who acknowledged it (PKG-1…PKG-12).

All of it stands in the party's own record, which is carried to nobody:

- who is given what, how precisely, is an officer's signed word (`enlist`), and every change of it another;
- a package is signed before its files are handed out (`release`): the manifest names recipient, files by SHA-256, how
  many sites, how precisely, for what, until when, and since which package it tells changes;
- what the package says stands beside it as it was sent, so that its files can be made again, byte for byte;
- an acknowledgement is entered by hand (`acknowledge`), with its source and time, by whoever heard it.

The rows of a package are a value of the record; the line that counts it holds their hash, and both are kept in one
transaction. Beside each line stands where it is, so that it is found among everything else that a party notes.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import msgspec

from entente import canonical, ids
from entente.errors import Malformed, Refused
from entente.ids import Hash
from entente.joint.act import moment, spell
from entente.joint.ladder import LONGEST_UNIT, Rung
from entente.joint.protected_sites import Site
from entente.node import papers, terms
from entente.node.holdings import JOURNAL, Holdings
from entente.node.node import Node
from entente.node.papers import Paper, Signed
from entente.picture import packages as contents
from entente.picture import recipients
from entente.picture.coarsen import copy_number
from entente.picture.coverage import ByHand, Notice, by_hand, due_after
from entente.picture.packages import Key, Row
from entente.picture.recipients import Choice, Listed, Recipient
from entente.store.promises import Reads, Txn

KIND = "application/vnd.entente.package+json"
"""What an officer signs a manifest as (SIGN-2)."""
RECIPIENT_KIND = "application/vnd.entente.recipient+json"
DUE_S = 48 * 3600
"""[s] By when a package is to be loaded, where no agreement says otherwise: the longer of the two usual clocks."""
LONGEST_SOURCE = 120
"""[characters] Of where an acknowledgement was heard."""


class File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file of a package."""

    name: str
    sha256: Hash
    bytes: int


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
class Sent:
    """A package of the register: its manifest, who released it and when it was noted."""

    manifest: Manifest
    text: bytes
    signed: Signed
    at: datetime
    seq: int
    """Where it stands in the party's own record."""


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


# -- recipients --------------------------------------------------------------------------------------------------------


def enlisted(node: Holdings) -> dict[str, Recipient]:
    """Return the recipients as they stand now, by name."""
    newest = lines(node, "recipient", last=True)
    plain = {line["facts"]["name"]: json.loads(line["facts"]["recipient"])["recipient"] for line in newest}
    return {name: recipients.from_plain(plain[name]) for name in sorted(plain)}


def recipient(node: Holdings, name: str) -> Recipient:
    """Return one recipient.

    Raises:
        Refused: `recipient.unknown`.
    """
    known = enlisted(node)
    if name not in known:
        raise Refused("recipient.unknown", f"there is no recipient {name!r}; there are {', '.join(known) or 'none'}")
    return known[name]


def statement(node: Holdings, wanted: Recipient, now: datetime) -> bytes:
    """Return what an officer signs when a recipient is added or changed.

    Raises:
        Refused: `recipient.party`, when a party has that name: it has a node, and its own copies under that name.
    """
    if any(wanted.name in book.parties() for book in node.books.values()) or wanted.name == node.party:
        raise Refused("recipient.party", f"{wanted.name} is a party with a node; give its sites with: entente site add")
    return canonical.encode({"v": 1, "party": node.party, "recipient": recipients.to_plain(wanted), "at": spell(now)})


def enlisting(node: Node, message: bytes) -> Paper:
    """Return the paper by which a recipient is given what `statement` says; once kept, it stands."""
    name = json.loads(message)["recipient"]["name"]

    def note(txn: Txn, signed: Signed) -> int:
        return noted(node, txn, "recipient", name, name=name, recipient=message.decode(), **papers.spelt(signed))

    return Paper(kind=RECIPIENT_KIND, message=message, called=name, note=note)


def enlist(node: Node, message: bytes, signed: Signed) -> None:
    """Note a recipient as an officer has signed it; it stands from then on.

    Raises:
        Refused: `package.office`. Untrusted: `signature.invalid`.
    """
    papers.keep(node, [(enlisting(node, message), signed)])


# -- packages ----------------------------------------------------------------------------------------------------------


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
        files=listed(files),
    )  # fmt: skip


def listed(files: Mapping[str, bytes]) -> tuple[File, ...]:
    """Return files as a manifest names them."""
    return tuple(
        File(name=name, sha256=Hash(sha256(data).hexdigest()), bytes=len(data)) for name, data in sorted(files.items())
    )


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
        return noted(
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


def sent(node: Holdings, name: str = "", *, last: bool = False) -> list[Sent]:
    """Return the packages that were released, in order: of one recipient where one is named, or each one's last."""
    return [_sent(line) for line in lines(node, "package", name, last=last)]


def package(node: Holdings, name: str, number: int) -> Sent:
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


def in_hands(node: Holdings, register: Sequence[Sent], number: int) -> dict[Key, Site]:
    """Return what a recipient held once it had taken a package of its register; nothing for number 0."""
    chain: list[Manifest] = []
    while number:
        chain.append(register[number - 1].manifest)
        number = chain[-1].since
    held: dict[Key, Site] = {}
    for of in reversed(chain):
        held = contents.after(held, rows(node.store, of))
    return held


def rebuilt(node: Holdings, of: Sent, to: Recipient) -> Prepared:
    """Return a package of the register as it was prepared, so that its files can be made again."""
    said = of.manifest
    before = in_hands(node, sent(node, said.recipient), said.since)
    held = rows(node.store, said)
    return Prepared(
        recipient=to, number=said.number, since=said.since, made=moment(said.made), until=said.until, copy=said.copy,
        rows=tuple(held), before=before, after=contents.after(before, held), choice=Choice(given=(), left=()),
        absent=(),
    )  # fmt: skip


def settings_at(node: Holdings, name: str, seq: int) -> Recipient:
    """Return a recipient's settings as they stood when the line `seq` of our own record was written."""
    before = [line for line in lines(node, "recipient", name) if line["seq"] < seq]
    found = recipients.from_plain(json.loads(before[-1]["facts"]["recipient"])["recipient"]) if before else None
    assert found is not None, "a package is released to a recipient that was enlisted before"
    return found


def handed_out(text: bytes, signed: Signed) -> bytes:
    """Return the manifest as it goes along with the files: what was signed, by which key, and the signature."""
    plain = {"manifest": json.loads(text), "by": signed.officer, "office": signed.office}
    return canonical.encode(plain | {"key": dict(signed.key), "signature": dict(signed.signature)})


def _sent(line: Mapping[str, Any]) -> Sent:
    facts = line["facts"]
    text = facts["manifest"].encode()
    return Sent(
        manifest=msgspec.json.decode(text, type=Manifest),
        text=text,
        signed=papers.signer(facts),
        at=moment(line["at"]),
        seq=line["seq"],
    )


def _key(name: str, number: int) -> str:
    return f"package/{name}/{number}"


# -- acknowledgements entered by hand ----------------------------------------------------------------------------------


def item(name: str) -> str:
    """Return by what coverage calls the packages of a recipient."""
    return f"package/{name}"


def acknowledge(node: Node, said: ByHand) -> None:
    """Note what was heard of a package; it says nothing of what will be done.

    Raises:
        Refused: `package.unknown`, `package.words`, `package.time`.
    """
    sent_at = _sent_at(node, said)
    for text, longest in ((said.source, LONGEST_SOURCE), (said.unit, LONGEST_UNIT)):
        if len(text) > longest or text != " ".join(text.split()):
            raise Refused("package.words", f"a source and a unit are one line each, of at most {longest} characters")
    if not said.source:
        raise Refused("package.words", "an acknowledgement that is entered by hand says from where it was heard")
    if said.rung in (Rung.RELAYED, Rung.LOADED) and not said.unit:
        raise Refused("package.words", f"{said.rung} names the unit: a receipt at headquarters protects nobody")
    if not sent_at <= said.at <= node.clock.now():
        raise Refused("package.time", "an acknowledgement comes after its package was released, and not in the future")
    with node.lock, node.store.transaction() as txn:
        noted(
            node, txn, "package_acknowledged", said.recipient, recipient=said.recipient, item=said.item,
            number=said.issue, rung=str(said.rung), unit=said.unit, heard=spell(said.at), source=said.source,
            by=said.entered_by,
        )  # fmt: skip


def _sent_at(node: Holdings, said: ByHand) -> datetime:
    """Return when what is acknowledged was released.

    Raises:
        Refused: `package.unknown`.
    """
    if said.item == item(said.recipient):
        return package(node, said.recipient, said.issue).at
    for line in lines(node, "movement_package", f"{said.recipient}/{said.item.removeprefix('movement/')}"):
        if line["facts"]["number"] == said.issue:
            return moment(line["at"])
    raise Refused("package.unknown", f"{said.recipient} was sent no {said.item} with the number {said.issue}")


def acknowledged(node: Holdings, name: str = "") -> list[ByHand]:
    """Return the acknowledgements that were entered, in order."""
    return [_heard(line["facts"]) for line in lines(node, "package_acknowledged", name)]


def _heard(facts: Mapping[str, Any]) -> ByHand:
    return ByHand(
        recipient=facts["recipient"], item=facts["item"], issue=facts["number"], rung=Rung(facts["rung"]),
        unit=facts["unit"], at=moment(facts["heard"]), source=facts["source"], entered_by=facts["by"],
    )  # fmt: skip


def notices(node: Holdings, clock_s: int, name: str = "") -> list[Notice]:
    """Return what was sent as coverage counts it: each recipient's newest package, to be loaded `clock_s` [s] later.

    An acknowledgement of an older package is stale: it says nothing of what has changed since.
    """
    said = acknowledged(node, name)
    newest = {of.manifest.recipient: of for of in sent(node, name, last=True)}
    return [
        Notice(
            item=item(who), number=of.manifest.number, recipient=who, issued_at=of.at,
            due=due_after(of.at, clock_s),
            stale=tuple(by_hand(one) for one in said if one.item == item(who) and one.issue < of.manifest.number),
        )
        for who, of in newest.items()
    ]  # fmt: skip


# -- lines of the party's own record -----------------------------------------------------------------------------------


def noted(node: Node, txn: Txn, what: str, of: str, **facts: str | int) -> int:
    """Add a line about something, and where it stands: a desk notes tens of thousands in a year, of everything."""
    seq = node.note(txn, what, **facts)
    txn.set_meta(f"sent/{what}/{of}/{seq:012d}", b"1")
    return seq


def lines(node: Holdings, what: str, of: str = "", *, last: bool = False) -> list[dict[str, Any]]:
    """Return such lines in order, each with its place as `seq`: about one thing where named, or each one's last."""
    places: dict[str, list[int]] = {}
    for key in node.store.metas(f"sent/{what}/{of}/" if of else f"sent/{what}/"):
        about, _, seq = key.rpartition("/")
        places.setdefault(about, []).append(int(seq))
    wanted = sorted(seq for found in places.values() for seq in (found[-1:] if last else found))
    origin = ids.origin(node.party, JOURNAL, 1)
    parts = ((seq, node.store.part(origin, seq, 0)) for seq in wanted)
    return [{**json.loads(part.data), "seq": seq} for seq, part in parts if part is not None]
