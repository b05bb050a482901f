"""A disclosure, checked: from each opened part to its leaf, to a signed head, to the roots that the agreement pins.

Nothing here trusts the file. What is false in it voids all of it (an error); what follows from the rest is for
`entente.verify.follows` to say. The steps are numbered as in spec/disclosure.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import pairwise

from entente import canonical, ids
from entente.errors import EntenteError, Untrusted
from entente.feed import disclosure as files
from entente.feed import fork, leaf
from entente.feed import root as roots
from entente.feed.disclosure import Cited, Entry
from entente.feed.leaf import Leaf
from entente.feed.part import ACT, Part
from entente.feed.root import Root
from entente.feed.succession import Keys
from entente.ids import Hash, Origin, PartyId, party_of
from entente.joint import act as acts
from entente.joint import agreement as agreements
from entente.joint.act import Act
from entente.joint.agreement import Agreement
from entente.tlog import head as heads
from entente.tlog.checkpoint import Checkpoint
from entente.tlog.merkle import leaf_hash
from entente.tlog.note import NoteKey
from entente.tlog.proof import verify_consistency, verify_inclusion
from entente.verify import cards
from entente.verify.cards import Card
from entente.verify.follows import tell, witnesses
from entente.verify.shown import Checked, Place, Shown


def check(data: bytes, trusted: str = "") -> Checked:
    """Return what a disclosure proves, with its report. `trusted` is the hash of the agreement that the reader knows.

    Raises:
        Malformed: `disclosure.*`, `canonical.*`, `agreement.*`, `card.file`, `leaf.*`, `part.*`, `tlog.*`, `fork.file`.
        Untrusted: `disclosure.*`, `signature.invalid`, `tlog.*`, `fork.unproven`: then nothing in it counts.
    """
    found = files.decode(data)
    texts = _agreements(found.agreements, trusted)
    known, chains = _cards(found, texts)
    feeds = {Origin(each.origin): _feed(each, texts, known) for each in found.feeds}
    checked = Checked(agreements=texts, cards=known, roots=chains, feeds=feeds)
    tell(checked, trusted)
    return checked


# -- 1. agreements and cards (DISC-7, DISC-8) --------------------------------------------------------------------------


def _agreements(texts: Sequence[bytes], trusted: str) -> dict[Hash, Agreement]:
    found: dict[Hash, Agreement] = {}
    for text in texts:
        plain = canonical.decode(text)
        if not isinstance(plain, dict):
            raise Untrusted("disclosure.agreement", "a text in it is no agreement")
        one = agreements.load(plain)
        before = found.get(Hash(one.text.predecessor))
        follows = not found if not one.text.predecessor else before is not None and before.id == one.id
        if not follows or one.digest in found:
            raise Untrusted("disclosure.agreement", "the agreements in it do not follow one another")
        found[one.digest] = one
    if not found:
        raise Untrusted("disclosure.agreement", "it holds no agreement, so nothing in it leads to a root key")
    if trusted and trusted not in found:
        held = ", ".join(digest[:16] + "…" for digest in found)
        raise Untrusted("disclosure.agreement", f"it rests on agreement {held}, and not on the one you named")
    return found


def _cards(
    given: files.Disclosure, known: Mapping[Hash, Agreement]
) -> tuple[dict[PartyId, tuple[Card, ...]], dict[PartyId, tuple[Root, ...]]]:
    """Return each party's cards, and the root documents that lead from the pinned one to theirs (DISC-8, KEY-6)."""
    found = [cards.read(text) for text in given.cards]
    steps = [roots.read_file(data) for data in given.roots]
    places = [(card.party, card.number if given.v == 2 else 0) for card in found]
    rooted = [(root.party, root.version) for root, _ in steps]
    if any(not first < second for listed in (places, rooted) for first, second in pairwise(listed)):
        raise Untrusted("disclosure.card", "cards or root documents do not stand in their parties' order, each once")
    listed: dict[PartyId, tuple[Card, ...]] = {}
    chains: dict[PartyId, tuple[Root, ...]] = {}
    for card in found:
        listed[card.party] = (*listed.get(card.party, ()), card)
    for party, own in listed.items():
        pins = {one.parties[party].root for one in known.values() if party in one.parties}
        # A text may pin a later document of the chain than the first did; one that is in none is a stranger's.
        chain = [next((card.root for card in own if card.root.pin in pins), own[0].root)]
        for root, signatures in steps:
            if (root.party, root.previous) == (party, chain[-1].pin):
                roots.require_following(chain[-1], root, signatures)
                chain.append(root)
        chained = {root.pin for root in chain}
        if not pins or not pins <= chained or not {card.root.pin for card in own} <= chained:
            raise Untrusted(
                "disclosure.card", f"the card of {party} is signed by a root that its agreement does not pin"
            )
        chains[party] = tuple(chain)
    if len(steps) != sum(len(chain) - 1 for chain in chains.values()):
        raise Untrusted("disclosure.card", "a root document in it follows none that is pinned")
    return listed, chains


# -- 2. feeds: head, leaves, parts, cited heads (DISC-9…DISC-13) -------------------------------------------------------


def _feed(given: files.Feed, texts: Mapping[Hash, Agreement], known: Mapping[PartyId, tuple[Card, ...]]) -> Shown:
    party, first = party_of(given.origin), next(iter(texts.values()))
    number = ids.epoch_of(given.origin)
    if party not in known or number < 1 or given.origin != ids.origin(party, first.id, number):
        raise Untrusted("disclosure.feed", f"no card in it is for the feed {given.origin[:80]!r}")
    logs = list(dict.fromkeys(card.log_keys(given.origin) for card in reversed(known[party])))
    opened = _opened(
        given.head, logs, [*_cosigners(given.origin, known), *(NoteKey.parse(key) for key in witnesses(texts))]
    )
    head = opened.checkpoint
    if head.origin != given.origin:
        raise Untrusted("disclosure.feed", f"a head of {head.origin} is shown for {given.origin}")
    forked = [_forked(evidence, given.origin, logs) for evidence in given.forks]
    return Shown(
        origin=Origin(given.origin),
        party=party,
        head=head,
        note=given.head,
        signers=opened.signers,
        places=tuple(_place(entry, head) for entry in given.entries),
        cited={one.size: (one, _cited(one, head)) for one in given.cited},
        forked=any(forked),
    )


def _opened(note: bytes, logs: Sequence[Keys], cosigners: Sequence[NoteKey] = ()) -> heads.Head:
    """Return the head that a pair of the log's keys signed, the newest that did (DISC-9)."""
    for log in logs[:-1]:
        with suppress(EntenteError):
            return heads.open_head(note, log, cosigners)
    return heads.open_head(note, logs[-1], cosigners)


def _cosigners(origin: str, known: Mapping[PartyId, tuple[Card, ...]]) -> Iterator[NoteKey]:
    """Yield the keys with which the other parties cosign heads of a feed."""
    for party, own in known.items():
        yield from dict.fromkeys(key for card in own if party != party_of(origin) and (key := card.cosigner_key()))


def _forked(evidence: bytes, origin: str, logs: Sequence[Keys]) -> bool:
    small, _ = fork.check(fork.decode(evidence), lambda note: _opened(note, logs).checkpoint)
    if small.origin != origin:
        raise Untrusted("disclosure.fork", f"proof of a fork of {small.origin} is shown for {origin}")
    return True


def _place(entry: Entry, head: Checkpoint) -> Place:
    where = f"entry {entry.seq} of {head.origin}"
    read = leaf.decode(entry.leaf, head.origin, entry.seq)
    verify_inclusion(entry.seq, head.size, leaf_hash(entry.leaf), head.root, entry.proof)
    if entry.commitments and not read.binds(entry.commitments):
        raise Untrusted("disclosure.part", f"{where} did not commit to these parts")
    for part in entry.parts:
        whole = Part(name=part.name, salt=part.salt, data=part.data)
        listed = entry.commitments[part.index : part.index + 1] if part.index >= 0 else ()
        if listed != (whole.commitment,) or (part.index == 0) != (part.name == ACT):
            raise Untrusted("disclosure.part", f"{where} did not commit to this part {part.name[:40]!r}")
    return Place(entry=entry, leaf=read, act=_act(entry, head.origin))


def _act(entry: Entry, origin: str) -> Act | None:
    """Return the opened act. It names every other part of its entry, or nobody ever took it (FEED-12)."""
    if not entry.parts or entry.parts[0].index:
        return None
    data = entry.parts[0].data
    try:
        act = acts.read(data, Origin(origin), entry.seq, Hash(leaf_hash(entry.leaf).hex()))
        if act.statement.signer is not None:
            acts.moment(act.statement.signer.expires)
    except EntenteError:
        return None
    if act.rules != acts.RULES:
        return None
    names = [name for name, _ in act.statement.details]
    if [digest for _, digest in act.statement.details] != [one.hex() for one in entry.commitments[1:]] or any(
        part.name != names[part.index - 1] for part in entry.parts[1:]
    ):
        raise Untrusted("disclosure.part", f"the act of entry {entry.seq} of {origin} lists other parts than these")
    return act


def _cited(one: Cited, head: Checkpoint) -> Leaf:
    if one.size < 1:
        raise Untrusted("disclosure.cited", f"an empty head of {head.origin} is cited by nobody")
    verify_consistency(one.size, head.size, one.root, head.root, one.proof)
    verify_inclusion(one.size - 1, one.size, leaf_hash(one.last), one.root, one.last_proof)
    return leaf.decode(one.last, head.origin, one.size - 1)
