"""A disclosure, checked: from each opened part to its leaf, to a signed head, to the roots that the agreement pins.

Nothing here trusts the file. What is false in it voids all of it (an error); what is true is said in plain sentences,
and so is what it does not prove. The steps are numbered as in spec/disclosure.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import pairwise
from typing import Any

from entente import canonical, ids
from entente.errors import EntenteError, Untrusted
from entente.feed import disclosure as files
from entente.feed import fork, leaf
from entente.feed import root as roots
from entente.feed.disclosure import Cited, Entry, Opened
from entente.feed.leaf import Leaf
from entente.feed.part import ACT, Part
from entente.feed.root import Root
from entente.feed.succession import Keys
from entente.feed.suite import unb64
from entente.ids import Hash, Origin, PartyId, party_of
from entente.joint import act as acts
from entente.joint import agreement as agreements
from entente.joint.accession import Sign
from entente.joint.act import Act, Head
from entente.joint.agreement import Agreement
from entente.joint.rules import body_of
from entente.tlog import head as heads
from entente.tlog.checkpoint import Checkpoint
from entente.tlog.merkle import leaf_hash
from entente.tlog.note import Kind, Note, NoteKey
from entente.tlog.proof import verify_consistency, verify_inclusion
from entente.verify import cards
from entente.verify.cards import Card
from entente.verify.persons import Staff
from entente.verify.report import Report, many, utc

ACKNOWLEDGE = "record.acknowledge"
"""The verb by which a node says how much of others' feeds it holds."""
LONGEST_BODY = 500
"""[characters] Fields of an act that a sentence repeats; longer ones, such as keys, stand in the JSON alone."""
SHOWN = "shown"
"""Name of the detail that holds the text which the signer had before his eyes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An entry that stands in its feed, with what was opened of it. `act` is None when it is closed or unreadable."""

    entry: Entry
    leaf: Leaf
    act: Act | None

    @property
    def seq(self) -> int:
        """Its place in the feed."""
        return self.entry.seq

    def opened(self, name: str) -> Opened | None:
        """Return an opened part by its name."""
        return next((part for part in self.entry.parts if part.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What is shown of one feed: its head with who signed it, and the entries under it."""

    origin: Origin
    party: PartyId
    head: Checkpoint
    note: bytes
    signers: Mapping[NoteKey, int | None]
    places: tuple[Place, ...]
    cited: Mapping[int, tuple[Cited, Leaf]]
    forked: bool

    def name(self, place: Place) -> str:
        """Return what a report calls an entry."""
        return f"{self.party} {place.seq}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A disclosure of which every proof holds."""

    agreements: Mapping[Hash, Agreement]
    cards: Mapping[PartyId, tuple[Card, ...]]
    """Each party's cards, the newest last."""
    roots: Mapping[PartyId, tuple[Root, ...]]
    """Each party's root documents, the pinned one first."""
    feeds: Mapping[Origin, Shown]
    report: Report = field(default_factory=Report)

    @property
    def first(self) -> Agreement:
        """The agreement that the others succeed."""
        return next(iter(self.agreements.values()))


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
    _tell(checked, trusted)
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
    if any(not first < second for first, second in pairwise(places)):
        raise Untrusted("disclosure.card", "the cards do not stand in their parties' order, each once")
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
    opened = _opened(given.head, logs, [*_cosigners(given.origin, known), *_witnesses(texts)])
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


def _witnesses(texts: Mapping[Hash, Agreement]) -> list[NoteKey]:
    """Return the keys of the witnesses that the agreements name."""
    return [NoteKey.parse(key) for key in sorted({text.text.witness for text in texts.values()} - {""})]


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
    except EntenteError:
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


# -- 3. what follows (DISC-14…DISC-20) ---------------------------------------------------------------------------------


def _tell(checked: Checked, trusted: str) -> None:
    report = checked.report
    _tell_trust(checked, trusted)
    for shown in checked.feeds.values():
        _tell_feed(shown, checked)
        _tell_order(shown, checked)
        staff = Staff(shown.party, checked.roots[shown.party][0], checked.roots[shown.party])
        for place in shown.places:
            _tell_entry(shown, place, checked, staff)
    never = {
        "true": "That what was said is true.",
        "first": "That it was not known earlier, or by others.",
        "read": "That a signer read or understood what was shown.",
        "valid": "That an act was valid under the agreement's rules: that takes everything before it. "
        "Ask for a whole home.",
        "relieved": "That no key or office was taken back between the entries shown.",
    }
    for code, sentence in never.items():
        report.unproved("", f"never.{code}", sentence)


def _tell_trust(checked: Checked, trusted: str) -> None:
    report, first = checked.report, checked.first
    names = ", ".join(f"{digest} ({one.text.title})" for digest, one in checked.agreements.items())
    kind = "An EXERCISE. " if first.exercise else ""
    if trusted:
        report.proved("", "trust.agreement", f"{kind}All of it rests on agreement {names}; you named {trusted}.")
    else:
        report.unproved(
            "", "trust.agreement",
            f"{kind}Whether the agreement is the true one. All of it rests on {names}: compare that hash with what the "
            "parties signed, or name it with --agreement.",
        )  # fmt: skip
    listed = "; ".join(f"{party} {chain[0].pin}" for party, chain in checked.roots.items())
    report.proved("", "trust.roots", f"The agreement pins these roots, and each certified its node's keys: {listed}.")
    for party, chain in checked.roots.items():
        for new in chain[1:]:
            report.proved(
                "", "trust.followed",
                f"Version {new.version} of {party}'s root ({new.threshold} of {many(len(new.keys), 'key')}, "
                f"fingerprint {new.pin}) follows it: enough keys of both signed it.",
            )  # fmt: skip
    for party, own in checked.cards.items():
        if len(own) > 1:
            report.proved(
                "", "trust.cards", f"{party}'s root certified its node's keys {len(own)} times; each card is here."
            )
            report.unproved("", "trust.since", f"From which entry on each card of {party} counts, unless it is shown.")
    if len(checked.agreements) > 1:
        report.unproved("", "trust.successor", "That the later agreements came into force.")


def _tell_feed(shown: Shown, checked: Checked) -> None:
    report, about, size = checked.report, shown.party, shown.head.size
    if shown.forked:
        report.flaw(
            about, "feed.forked", f"{shown.party} has signed two histories of {shown.origin}; this shows one of them."
        )
    sentence = (
        f"{shown.party}'s record {shown.origin} had {many(size, 'entry', 'entries')}: both of its log's keys "
        f"(Ed25519 and ML-DSA-44) signed that head."
    )
    report.proved(about, "head.signed", sentence, origin=shown.origin, size=size, root=shown.head.root.hex())
    own = {key: at for key, at in shown.signers.items() if key.name == shown.origin}
    for stated in (at for at in own.values() if at is not None):
        sentence = f"They signed it at {utc(stated)}, by {shown.party}'s own clock, which it can set."
        report.proved(about, "head.time", sentence, at=stated)
    others = {key: at for key, at in shown.signers.items() if key not in own}
    for key, at in sorted(others.items(), key=lambda pair: (pair[0].name, pair[0].kind)):
        when, kind = utc(at) if at is not None else "a time not stated", Kind(key.kind).name.rpartition("_")[2]
        code, sentence = "head.cosigned", "it held all these entries then."
        if key in _witnesses(checked.agreements):
            code, sentence = (
                "head.witnessed",
                "it is the agreement's witness, holds nothing, and has cosigned no other history.",
            )
        report.proved(
            about, code, f"{key.name} cosigned it ({kind}) at {when}, by its own clock: {sentence}", by=key.name, at=at
        )
    cosigned = _tell_cosigned(shown, checked)
    if not others and cosigned < size:
        report.unproved(
            about, "head.alone",
            f"That nobody was shown another history of {shown.party}'s"
            + (f" behind its first {cosigned} entries" if cosigned else "")
            + ": no other party's cosignature under it is here.",
        )  # fmt: skip
    unknown = len({(line.name, line.key_id) for line in Note.parse(shown.note).lines}) - len(shown.signers)
    if unknown:
        report.unproved(
            about, "head.unknown", f"{many(unknown, 'signature')} under it, by keys that nothing certifies."
        )
    for first, last in _runs([place.seq for place in shown.places]):
        if last > first:
            report.proved(
                about, "entries.all", f"Entries {first} to {last} are all here: {last - first + 1}, and none between."
            )
    if len(shown.places) < size:
        report.unproved(
            about, "entries.chosen",
            f"What the other {many(size - len(shown.places), 'entry', 'entries')} say: whoever opens one of many may "
            "have chosen it. Ask for all of a period; their number is provable.",
        )  # fmt: skip


def _tell_cosigned(shown: Shown, checked: Checked) -> int:
    """Say which other parties cosigned earlier heads of a feed, in acts of their own; return the largest (DISC-16)."""
    most, told = 0, set()
    for other in checked.feeds.values():
        keys = [key for card in reversed(checked.cards[other.party]) if (key := card.cosigner_key()) is not None]
        for place in other.places if other.origin != shown.origin and keys else ():
            for size, cosignature in _acknowledged(place.act, shown.origin):
                found = shown.cited.get(size)
                if found is None or (other.party, size) in told:
                    continue
                head = Checkpoint(origin=shown.origin, size=size, root=found[0].root)
                name = other.name(place)
                at = next((at for key in keys if (at := _cosigned(key, head, cosignature)) is not None), None)
                if at is None:
                    checked.report.flaw(name, "cosignature.false", f"Its cosignature of {shown.origin} is not its own.")
                    continue
                told.add((other.party, size))
                most = max(most, size)
                checked.report.proved(
                    shown.party, "head.cosigned",
                    f"{other.party} cosigned its first {many(size, 'entry', 'entries')} (Ed25519) at {utc(at or 0)}, "
                    f"by its own clock: it held all of them then. That stands in entry {place.seq} of {other.party}.",
                    by=other.party, at=at, size=size,
                )  # fmt: skip
    return most


def _cosigned(key: NoteKey, head: Checkpoint, cosignature: str) -> int | None:
    """Return the time that a cosignature states, when it is this key's over this head."""
    try:
        return key.require(head.encode(), unb64(cosignature))
    except EntenteError:
        return None


def _acknowledged(act: Act | None, origin: str) -> Iterator[tuple[int, str]]:
    """Yield the sizes and cosignatures by which an act acknowledges a feed (JOINT-101)."""
    held = act.statement.body.get("held") if act is not None and act.statement.verb == ACKNOWLEDGE else None
    for row in held if isinstance(held, list) else ():
        match row:
            case [name, int(size), str(cosignature)] if name == origin and cosignature:
                yield size, cosignature


def _runs(places: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and last of each row of neighbours."""
    starts = [seq for at, seq in enumerate(places) if at == 0 or places[at - 1] != seq - 1]
    ends = [seq for at, seq in enumerate(places) if at + 1 == len(places) or places[at + 1] != seq + 1]
    yield from zip(starts, ends, strict=True)


def _tell_order(shown: Shown, checked: Checked) -> None:
    """Time never goes back in a feed, and an act is not older than what it cites (DISC-18)."""
    report = checked.report
    for before, after in pairwise(shown.places):
        at, earlier = after.act, before.act
        if after.leaf.t < before.leaf.t or (at is not None and earlier is not None and at.at < earlier.at):
            report.flaw(
                shown.name(after), "time.back", f"It is dated before entry {before.seq}, which stands before it."
            )


def _tell_entry(shown: Shown, place: Place, checked: Checked, staff: Staff) -> None:
    report, about = checked.report, shown.name(place)
    report.proved(
        about, "entry.held",
        f"It is the entry with number {place.seq} of that record's {shown.head.size}, dated {utc(place.leaf.t)} or "
        f"shortly after by {shown.party}.",
        seq=place.seq, leaf=leaf_hash(place.entry.leaf).hex(), t=place.leaf.t,
    )  # fmt: skip
    _tell_later(shown, place, checked)
    if place.act is None:
        _tell_closed(place, about, report)
    else:
        _tell_act(shown, place, place.act, checked, staff)
    _tell_parts(place, about, report)


def _tell_closed(place: Place, about: str, report: Report) -> None:
    if place.entry.parts and place.entry.parts[0].index == 0:
        report.unproved(about, "act.unreadable", "What it says: its act is opened, but not of a version known here.")
    else:
        report.unproved(about, "act.closed", "What it says: its act is not opened.")


def _tell_act(shown: Shown, place: Place, act: Act, checked: Checked, staff: Staff) -> None:
    report, about, said = checked.report, shown.name(place), act.statement
    agreement = checked.agreements.get(said.agreement)
    report.proved(
        about, "act.said",
        f"It says {said.verb} about {said.subject}{_words(said.body)}, in circle {said.circle}, at {utc(act.at)} by "
        f"{shown.party}'s clock.",
        verb=said.verb, subject=said.subject, circle=said.circle, at=acts.spell(act.at), body=said.body,
    )  # fmt: skip
    if agreement is None:
        report.flaw(about, "act.agreement", f"It names agreement {said.agreement[:16]}…, which is not shown.")
        return
    seconds = int(act.at.timestamp())
    if place.leaf.t != seconds - seconds % checked.first.times.cadence_s:
        report.flaw(about, "time.leaf", "The time in its act is not the one that its leaf showed to everybody.")
    staff.hear(act, agreement, about, report)
    if said.verb == "agreement.sign":
        _tell_signature(act, checked, about)
    for cited in sorted({*act.seen, *(said.signer.seen if said.signer else ())}):
        _tell_cited(act, cited, checked, about)


def _words(body: Mapping[str, Any]) -> str:
    """Return the fields that the rules read, where a person can read them."""
    text = canonical.encode(dict(body)).decode()
    return f", {text}" if len(text) <= LONGEST_BODY else ""


def _tell_signature(act: Act, checked: Checked, about: str) -> None:
    try:
        digest = body_of(act, Sign).digest
    except EntenteError:
        return
    if digest in checked.agreements:
        checked.report.proved(about, "agreement.signed", f"It signs agreement {digest}, whose text is here.")


def _tell_cited(act: Act, cited: Head, checked: Checked, about: str) -> None:
    """Say what an act's citing of another feed's head proves: it was written after that head's last entry (DISC-17)."""
    other = checked.feeds.get(cited.origin)
    found = other.cited.get(cited.size) if other is not None else None
    if other is None or found is None:
        return
    one, last = found
    if one.root.hex() != cited.root:
        checked.report.flaw(
            about, "cites.other", f"It cites a head of {cited.origin} that is none of the history shown here."
        )
        return
    checked.report.proved(
        about, "time.after",
        f"It was written after entry {last.seq} of {other.party}, which {other.party} dated {utc(last.t)} or shortly "
        f"after: it cites that record's first {many(cited.size, 'entry', 'entries')}.",
        origin=cited.origin, size=cited.size, t=last.t,
    )  # fmt: skip
    if int(act.at.timestamp()) < last.t:
        checked.report.flaw(
            about,
            "time.before_cited",
            f"It is dated before what it cites: back-dated, or {other.party}'s clock is off.",
        )


def _tell_later(shown: Shown, place: Place, checked: Checked) -> None:
    """Say which other parties' acts show that they held the entry, and when by their clock (DISC-16)."""
    for other in checked.feeds.values():
        if other.origin == shown.origin:
            continue
        for later in other.places:
            if later.act is not None and _covers(later.act, shown, place.seq):
                checked.report.proved(
                    shown.name(place), "time.by",
                    f"{other.party} held it by {utc(later.act.at)}, by {other.party}'s own clock: entry {later.seq} of "
                    f"{other.party} cites it.",
                    by=other.party, seq=later.seq, at=acts.spell(later.act.at),
                )  # fmt: skip
                break


def _covers(act: Act, shown: Shown, seq: int) -> bool:
    for head in act.seen:
        found = shown.cited.get(head.size) if head.origin == shown.origin else None
        if found is not None and head.size > seq and found[0].root.hex() == head.root:
            return True
    return False


def _tell_parts(place: Place, about: str, report: Report) -> None:
    opened = [part for part in place.entry.parts if part.index]
    for part in opened:
        report.proved(
            about, "part.opened",
            f"Its detail {part.name[:80]!r} has exactly these {many(len(part.data), 'byte')}, SHA-256 "
            f"{sha256(part.data).hexdigest()}.",
            name=part.name, index=part.index, size=len(part.data), sha256=sha256(part.data).hexdigest(),
        )  # fmt: skip
    _tell_shown(place, about, report)
    if place.act is not None:
        closed = [
            name
            for index, (name, _) in enumerate(place.act.statement.details, 1)
            if index not in {part.index for part in opened}
        ]
        if closed:
            report.unproved(about, "part.closed", f"What its other details say: {', '.join(closed)}.")
    elif place.entry.commitments:
        report.proved(about, "parts.bound", f"It has {many(len(place.entry.commitments), 'part')}, and no other.")


def _tell_shown(place: Place, about: str, report: Report) -> None:
    signer = place.act.statement.signer if place.act is not None else None
    text = place.opened(SHOWN)
    if signer is None:
        return
    if text is None:
        report.unproved(
            about, "shown.closed", f"What the signer was shown: only its hash {signer.shown[:16]}… is here."
        )
    elif sha256(text.data).hexdigest() != signer.shown:
        report.flaw(about, "shown.other", "The text in it is not the one that the signer was shown.")
    else:
        report.texts[about] = text.data.decode(errors="replace")
        report.proved(about, "shown.text", f"The signer was shown this, in language {signer.language}:")
