"""Movements for recipients without a node: each version signed, noted before it is handed out, and kept (PKG-13).

They stand in the party's own record, as packages of sites do (`node.packages`). A version is numbered for its
movement and recipient; what was acknowledged of an older one is stale.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import msgspec

from entente import canonical
from entente.errors import Malformed, Refused
from entente.ids import Hash
from entente.ids import name as plain_name
from entente.joint.act import moment, spell
from entente.joint.journey import Change, Journey, difference
from entente.joint.spelling import journey_from_plain, journey_to_plain
from entente.node import acknowledging, enlistment, papers
from entente.node.holdings import Holdings
from entente.node.node import Node
from entente.node.papers import File, Paper, Sent, Signed
from entente.picture.coarsen import copy_number
from entente.picture.coverage import Notice, by_hand, due_after
from entente.picture.journeys import coarsen_journey
from entente.picture.recipients import Recipient
from entente.store.promises import Txn

KIND = "application/vnd.entente.movement+json"


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an officer signs of a movement's version; `journey` is the hash of the copy that is sent."""

    v: int
    party: str
    exercise: bool
    recipient: str
    movement: str
    version: int
    made: str
    precision_m: int
    purpose: str
    limits: tuple[str, ...]
    until: str
    language: str
    copy: str
    start: str
    end: str
    journey: Hash
    files: tuple[File, ...]

    def encode(self) -> bytes:
        """Return the bytes that are signed."""
        return canonical.encode(msgspec.to_builtins(self))

    @property
    def reference(self) -> str:
        """By what people call it."""
        return f"{self.recipient} {self.movement} {self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A version before it is signed, and the one that the recipient was sent last."""

    recipient: Recipient
    movement: str
    version: int
    made: datetime
    copy: str
    journey: Journey
    before: Journey | None

    @property
    def changes(self) -> list[Change]:
        """What differs, in words."""
        return difference(self.before, self.journey) if self.before is not None else []


def prepare(node: Holdings, to: Recipient, movement: str, true: Journey, secret: bytes) -> Prepared:
    """Return the next version of a movement for a recipient: its own copy, no more precise than it is given sites.

    What passages are called goes along where the recipient is given settlements: a name finds a place on any map.

    Raises:
        Refused: `recipient.period`, `coarsen.*`, `movement.contact`; `movement.same`, when it holds this already.
        Malformed: `name.spelling`.
    """
    now = node.clock.now()
    if to.over(now) or not to.begun(now):
        raise Refused("recipient.period", f"what {to.name} is given does not run now; see: entente recipient show")
    copy = coarsen_journey(
        true, precision_m=float(to.precision_m), recipient=to.name, name=plain_name(movement, "movement"),
        secret=secret, keep=[kept for kept, word in (("names", "settlement"), ("note", "note")) if word in to.keep],
    )  # fmt: skip
    copy = journey_from_plain(journey_to_plain(copy), "journey")
    earlier = sent(node, to.name, movement)
    before = journey(node, earlier[-1].manifest) if earlier else None
    if before == copy:
        raise Refused("movement.same", f"{to.name} holds {movement} as it is, by version {len(earlier)}")
    return Prepared(
        recipient=to, movement=movement, version=len(earlier) + 1, made=now, copy=copy_number(to.name, secret),
        journey=copy, before=before,
    )  # fmt: skip


def digest(of: Journey) -> Hash:
    """Return the hash of a journey's copy."""
    return Hash(sha256(canonical.encode(journey_to_plain(of))).hexdigest())


def manifest(node: Node, prepared: Prepared, files: Mapping[str, bytes]) -> Manifest:
    """Return the manifest to sign."""
    to = prepared.recipient
    return Manifest(
        v=1, party=node.party, exercise=node.exercise, recipient=to.name, movement=prepared.movement,
        version=prepared.version, made=spell(prepared.made), precision_m=to.precision_m, purpose=str(to.purpose),
        limits=tuple(map(str, to.limits)), until=to.until, language=str(to.language), copy=prepared.copy,
        start=spell(prepared.journey.start), end=spell(prepared.journey.end), journey=digest(prepared.journey),
        files=papers.listed(files),
    )  # fmt: skip


def releasing(node: Node, prepared: Prepared, wanted: Manifest) -> Paper:
    """Return the paper by which a version is released; its number must still be the next when it is kept.

    Keeping it raises Refused, `package.overtaken`, when another version was released meanwhile.
    """

    def note(txn: Txn, signed: Signed) -> int:
        if len(sent(node, wanted.recipient, wanted.movement)) + 1 != wanted.version:
            raise Refused(
                "package.overtaken", f"another version for {wanted.recipient} was released meanwhile; look again"
            )
        txn.set_meta(_key(wanted), canonical.encode(journey_to_plain(prepared.journey)))
        return papers.noted(
            node, txn, "movement_package", f"{wanted.recipient}/{wanted.movement}", recipient=wanted.recipient,
            movement=wanted.movement, number=wanted.version,
            manifest=wanted.encode().decode(), **papers.spelt(signed),
        )  # fmt: skip

    return Paper(kind=KIND, message=wanted.encode(), called=wanted.reference, note=note)


def release(node: Node, prepared: Prepared, wanted: Manifest, signed: Signed) -> None:
    """Note a version that an officer has signed; only then may its files be handed out.

    Raises:
        Refused: `package.office`, `package.overtaken`. Untrusted: `signature.invalid`.
    """
    papers.keep(node, [(releasing(node, prepared, wanted), signed)])


def sent(node: Holdings, name: str = "", movement: str = "", *, last: bool = False) -> list[Sent[Manifest]]:
    """Return the versions that were released, in order: one recipient's, one movement's of its, or each one's last."""
    return papers.released(node, "movement_package", f"{name}/{movement}".rstrip("/"), Manifest, last=last)


def version(node: Holdings, name: str, movement: str, number: int) -> Sent[Manifest]:
    """Return one version of the register.

    Raises:
        Refused: `package.unknown`.
    """
    found = sent(node, name, movement)
    if not 0 < number <= len(found):
        raise Refused(
            "package.unknown", f"{name} was sent {len(found)} versions of {movement}, and none numbered {number}"
        )
    return found[number - 1]


def rebuilt(node: Holdings, of: Sent[Manifest]) -> Prepared:
    """Return a version of the register as it was prepared, so that its files can be made again."""
    said = of.manifest
    before = version(node, said.recipient, said.movement, said.version - 1) if said.version > 1 else None
    return Prepared(
        recipient=enlistment.settings_at(node, said.recipient, of.seq), movement=said.movement, version=said.version,
        made=moment(said.made), copy=said.copy, journey=journey(node, said),
        before=journey(node, before.manifest) if before is not None else None,
    )  # fmt: skip


def journey(node: Holdings, of: Manifest) -> Journey:
    """Return a version's copy as it was sent.

    Raises:
        Malformed: `package.rows`, when what is kept is not what was signed.
    """
    data = node.store.meta(_key(of)) or b""
    if sha256(data).hexdigest() != of.journey:
        raise Malformed("package.rows", f"what is kept of {of.reference} is not what was signed")
    return journey_from_plain(canonical.decode(data), "journey")


def item(movement: str) -> str:
    """Return by what coverage calls a movement that went out in packages."""
    return f"movement/{movement}"


def notices(node: Holdings, clock_s: int, name: str = "") -> list[Notice]:
    """Return the newest version of each movement at each recipient, as coverage counts it."""
    newest = {(of.manifest.recipient, of.manifest.movement): of for of in sent(node, name, last=True)}
    said = acknowledging.acknowledged(node, name)
    found = []
    for (who, movement), of in newest.items():
        start = moment(of.manifest.start)
        older = (s for s in said if (s.recipient, s.item) == (who, item(movement)) and s.issue < of.manifest.version)
        found.append(
            Notice(
                item=item(movement), number=of.manifest.version, recipient=who, issued_at=of.at,
                due=due_after(of.at, clock_s, start), starts_at=start, stale=tuple(map(by_hand, older)),
            )
        )  # fmt: skip
    return found


def _key(of: Manifest) -> str:
    return f"package/{of.recipient}/movement/{of.movement}/{of.version}"
