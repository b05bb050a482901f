"""The seam between `feed` (bytes that are truly theirs) and `joint` (what they mean): neither knows the other.

Outwards: a statement becomes an act, its details become salted parts, both become a leaf. Inwards: a leaf's tag tells
the circle, and a part's bytes become an act, or the code of why they cannot be one.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from entente import canonical
from entente.errors import EntenteError, Malformed, Untrusted
from entente.feed import fork, person, suite
from entente.feed.card import KeyProofs, log_keys
from entente.feed.fork import Evidence
from entente.feed.leaf import Leaf, Sort, bucket, tag
from entente.feed.part import ACT, ACT_LIMIT, SALT_BYTES, Part, committed
from entente.feed.succession import Succession
from entente.feed.suite import unb64
from entente.ids import CircleId, Hash, Origin, PartyId, feed_of, is_hash
from entente.joint import act as acts
from entente.joint.act import Act, Head, Statement
from entente.node import custody
from entente.tlog.checkpoint import Checkpoint
from entente.tlog.head import bare
from entente.tlog.note import NoteKey


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """What a node is about to append: circle (None for its own journal), payload, and who is granted which details."""

    circle: CircleId | None
    sort: Sort
    act: bytes
    details: tuple[Part, ...]
    grants: Mapping[str, frozenset[PartyId]]
    contents: Mapping[str, bytes] = field(default_factory=dict)
    """Attached files, by the names of the details that describe them."""


def salted(name: str, data: bytes) -> Part:
    """Return a part with a fresh salt."""
    return Part(name=name, salt=secrets.token_bytes(SALT_BYTES), data=data)


def entry(
    statement: Statement,
    at: datetime,
    seen: tuple[Head, ...],
    signature: Mapping[str, str] | None,
    details: tuple[Part, ...],
    grants: Mapping[str, frozenset[PartyId]],
    contents: Mapping[str, bytes] = {},
) -> NewEntry:
    """Return the entry that says `statement`."""
    return NewEntry(
        circle=statement.circle,
        sort="act" if statement.signer else "ctl",
        act=acts.write(statement, at, seen, signature),
        details=details,
        grants=grants,
        contents=contents,
    )


def leaf_of(new: NewEntry, origin: Origin, seq: int, at: datetime, cadence_s: int, key: bytes) -> tuple[bytes, Part]:
    """Return the leaf of an entry at its place, and the part that holds its act."""
    act = salted(ACT, new.act)
    com, com2 = committed([part.commitment for part in (act, *new.details)])
    size = sum(len(part.data) for part in (act, *new.details))
    seconds = int(at.timestamp())
    leaf = Leaf(
        origin=origin, seq=seq, t=seconds - seconds % cadence_s, kind=new.sort, tag=tag(key, origin, seq),
        size=bucket(size), com=com, com2=com2,
    )  # fmt: skip
    return leaf.encode(), act


def read_act(data: bytes, origin: Origin, seq: int, leaf: Hash) -> Act | str:
    """Return the act that a part's bytes spell, or the code that makes it a void row, the same at every node."""
    try:
        return acts.read(data, origin, seq, leaf)
    except Malformed as error:
        return error.code


def recognise(carried: str, origin: str, seq: int, keys: Mapping[CircleId, bytes]) -> CircleId | None:
    """Return the circle whose tag an entry's leaf carries, or None when it carries none of ours."""
    for circle, key in keys.items():
        if tag(key, feed_of(origin), seq) == carried:
            return circle
    return None


def open_note(data: bytes, origin: str, card: Mapping[str, Any]) -> Checkpoint:
    """Return the checkpoint in a note that both log keys of the card signed, for this feed.

    Raises:
        Untrusted: `feed.origin`, `tlog.*`.
        Malformed: `tlog.*`.
    """
    return Succession.of(origin, log_keys(origin, card["keys"])).open(data).checkpoint


def succession(origin: str, first: Mapping[str, Any], changes: Iterable[tuple[int, Mapping[str, Any]]]) -> Succession:
    """Return a feed's log keys, as its party's first card has them and as later ones, each with its entry, change them.

    A card that is none changes nothing: whoever certified it signs under the keys before.
    """
    later = []
    for seq, card in changes:
        with suppress(EntenteError, KeyError, TypeError, AttributeError):
            later.append((seq, log_keys(origin, card["keys"])))
    return Succession.of(origin, log_keys(origin, first["keys"]), later)


def shortest(proof: Evidence, log: Succession) -> Evidence:
    """Return a proven fork with nothing in its heads but what proves it: an act must hold it, whatever its author adds.

    Raises:
        Malformed: `tlog.note`.
    """
    keys = [key for _, period in log.periods for key in period]
    one, other = (bare(note, keys) for note in fork.heads(proof))
    return fork.with_heads(proof, (one, other))


class Proofs(KeyProofs):
    """`joint.rules.Checks`, carried out: signatures over statements, and forks.

    Whether a signature is that of the key with a given fingerprint depends on the act's bytes alone, so each is checked
    once. Whether an enrolment's key has the fingerprint that it states does not, and is asked every time: what one act
    was told of its key must not answer for the next.
    """

    def __init__(self) -> None:
        self._sound: dict[tuple[Hash, str], bool] = {}

    def statement(self, key: Mapping[str, str], fingerprint: str, act: Act) -> bool:
        """Whether `key` has this fingerprint and signed the act's statement."""
        try:
            public = person.read(dict(key))
        except Malformed:
            return False
        checked = (act.digest, fingerprint)
        if public.fingerprint == fingerprint and checked not in self._sound:
            self._sound[checked] = _signed(public, act)
        return public.fingerprint == fingerprint and self._sound[checked]

    def cosigned(
        self, card: Mapping[str, Any], party: str, origin: Origin, size: int, root: Hash, cosignature: str
    ) -> bool:
        """Whether the cosigner's key in a party's card signed this head."""
        try:
            head = Checkpoint(origin=origin, size=size, root=bytes.fromhex(root))
            custody.cosigner_key(party, card["keys"]).require(head.encode(), unb64(cosignature))
        except (EntenteError, KeyError, TypeError):
            return False  # a card may hold anything that its party's root signed
        return True

    def parted(self, evidence: str) -> tuple[int, Hash, Hash]:
        """Return the smaller head's size and the two roots there, of evidence that has proven a fork."""
        size, *roots = fork.claims(evidence.encode())
        return size, Hash(roots[0].hex()), Hash(roots[1].hex())

    def witnessed(self, witness: str, origin: Origin, size: int, root: Hash, cosignature: str) -> bool:
        """Whether the witness with this key cosigned this head."""
        try:
            head = Checkpoint(origin=origin, size=size, root=bytes.fromhex(root))
            NoteKey.parse(witness).require(head.encode(), unb64(cosignature))
        except EntenteError:
            return False
        return True

    def fork(self, cards: Sequence[tuple[int, Mapping[str, Any]]], origin: str, evidence: str) -> int | None:
        """Return the size at which the evidence proves a fork of the feed whose log keys the cards hold, or None."""
        try:
            log = succession(origin, cards[0][1], cards[1:])
            fork.check(fork.decode(evidence.encode()), log.evidence)
        except (EntenteError, KeyError, TypeError):
            return None  # a card may hold anything that its party's root signed
        return fork.claims(evidence.encode())[0]


def _signed(key: person.Key, act: Act) -> bool:
    try:
        person.verify(key, suite.STATEMENT, act.statement.encode(), act.signature)
    except Untrusted:
        return False
    return True


def lists(data: bytes) -> list[tuple[str, Hash]]:
    """Return the details that an act's bytes list, by name and commitment, even when this version cannot read the rest.

    Whoever carries an act and whoever takes it find the same list here, so nobody's word about it is needed.
    """
    try:
        plain = canonical.decode(data, ACT_LIMIT)["statement"]["details"]
        found = [(str(name), Hash(digest)) for name, digest in plain if is_hash(digest)]
    except (Malformed, KeyError, TypeError, ValueError):
        return []
    return found if len(found) == len(plain) else []


def listed(parts: Sequence[Part]) -> tuple[tuple[str, Hash], ...]:
    """Return details as a statement lists them."""
    return tuple((part.name, Hash(part.commitment.hex())) for part in parts)
