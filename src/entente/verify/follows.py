"""What follows from a disclosure that was checked, and what does not, in plain sentences (DISC-14 to DISC-20).

Each sentence has a code; spec/disclosure.md lists them, so that a reader of another make says the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import pairwise

from entente import ids
from entente.errors import EntenteError
from entente.feed.suite import unb64
from entente.ids import Hash
from entente.joint import act as acts
from entente.joint import epochs
from entente.joint.accession import Sign
from entente.joint.act import Act, Head
from entente.joint.agreement import Agreement
from entente.joint.rules import body_of
from entente.tlog.checkpoint import Checkpoint
from entente.tlog.merkle import leaf_hash
from entente.tlog.note import Kind, Note, NoteKey
from entente.verify import words
from entente.verify.persons import Staff
from entente.verify.report import Report, Sort, many, utc
from entente.verify.shown import Checked, Place, Shown

ACKNOWLEDGE = "record.acknowledge"
"""The verb by which a node says how much of others' feeds it holds."""
SHOWN = "shown"
"""Name of the detail that holds the text which the signer had before his eyes."""


def tell(checked: Checked, trusted: str) -> None:
    report = checked.report
    _tell_trust(checked, trusted)
    for shown in checked.feeds.values():
        _tell_feed(shown, checked)
        _tell_order(shown, checked)
        staff = _staff(shown, checked)
        _tell_epoch(shown, checked)
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


def _staff(shown: Shown, checked: Checked) -> Staff:
    """Return what is shown of a party's officers where a feed begins: nothing, or what it goes on from (DISC-43)."""
    base = _base(shown, checked)
    if base is None:
        return Staff(shown.party, checked.roots[shown.party][0], checked.roots[shown.party])
    before, size = base
    staff, unheard = _staff(before, checked), Report()
    for place in before.places:
        agreement = checked.agreements.get(place.act.statement.agreement) if place.act is not None else None
        if place.seq < size and place.act is not None and agreement is not None:
            staff.hear(place.act, agreement, before.name(place), unheard)
    staff.signed.clear()  # entries are counted anew: what a later revocation says is of this feed
    return staff


def _base(shown: Shown, checked: Checked) -> tuple[Shown, int] | None:
    """Return the feed that a later epoch goes on from, and how much of it, when its root is shown to say so."""
    opening = shown.places[0] if shown.places and shown.places[0].seq == 0 else None
    act = opening.act if opening is not None else None
    if act is None or act.statement.verb != epochs.OPEN or ids.epoch_of(shown.origin) < 2:
        return None
    head, agreement = epochs.base(act), checked.agreements.get(act.statement.agreement)
    before = checked.feeds.get(head.origin) if head is not None else None
    if head is None or before is None or agreement is None or epochs.misplaced(act, head):
        return None
    found = before.cited.get(head.size)
    if found is None or found[0].root.hex() != head.root:
        return None
    heard, alone = Report(), Staff(shown.party, checked.roots[shown.party][0], checked.roots[shown.party])
    alone.hear(act, agreement, "", heard)
    by_root = act.statement.signer is not None and act.statement.signer.office == "root"
    return (
        (before, head.size)
        if by_root and heard.codes(Sort.PROVED) == ["act.signed"] and not heard.of(Sort.FLAW)
        else None
    )


def _tell_epoch(shown: Shown, checked: Checked) -> None:
    """Say what a later epoch's feed goes on from, when its opening is shown (DISC-43)."""
    if ids.epoch_of(shown.origin) == 1:
        return
    base = _base(shown, checked)
    if base is None:
        checked.report.unproved(
            shown.called, "epoch.unshown", f"That {shown.party}'s root opened {shown.origin}, and what it goes on from."
        )
        return
    before, size = base
    checked.report.proved(
        shown.called, "epoch.opened",
        f"{shown.party}'s root opened it: it goes on from the first {many(size, 'entry', 'entries')} of "
        f"{before.origin}. Who held which key and office there holds it here; what stands behind them in that feed was "
        "closed by it.",
        origin=before.origin, size=size,
    )  # fmt: skip


def _tell_feed(shown: Shown, checked: Checked) -> None:
    report, about, size = checked.report, shown.called, shown.head.size
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
        if key.encode() in witnesses(checked.agreements):
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
        for place in other.places if other.party != shown.party and keys else ():
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
                    shown.called, "head.cosigned",
                    f"{other.party} cosigned its first {many(size, 'entry', 'entries')} (Ed25519) at {utc(at or 0)}, "
                    f"by its own clock: it held all of them then. That stands in entry {place.seq} of {other.called}.",
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
        f"About {said.subject} it {words.said(said.verb, said.body, checked.places)} ({said.verb}; circle "
        f"{said.circle}; {utc(act.at)} by {shown.party}'s clock).",
        verb=said.verb, subject=said.subject, circle=said.circle, at=acts.spell(act.at), body=said.body,
    )  # fmt: skip
    if agreement is None:
        report.flaw(about, "act.agreement", f"It names agreement {said.agreement[:16]}…, which is not shown.")
        return
    seconds = int(act.at.timestamp())
    if place.leaf.t != seconds - seconds % checked.first.times.cadence_s:
        report.flaw(about, "time.leaf", "The time in its act is not the one that its leaf showed to everybody.")
    if staff.hear(act, agreement, about, report) and said.verb == "agreement.sign":
        _tell_signature(act, checked, about)
    for cited in sorted({*act.seen, *(said.signer.seen if said.signer else ())}):
        _tell_cited(act, cited, checked, about)


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
        f"It was written after entry {last.seq} of {other.called}, which {other.party} dated {utc(last.t)} or shortly "
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
        if other.party == shown.party:
            continue
        for later in other.places:
            if later.act is not None and _covers(later.act, shown, place.seq):
                checked.report.proved(
                    shown.name(place), "time.by",
                    f"{other.party} held it by {utc(later.act.at)}, by {other.party}'s own clock: entry {later.seq} of "
                    f"{other.called} cites it.",
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


def witnesses(texts: Mapping[Hash, Agreement]) -> list[str]:
    """Return the keys of the witnesses that agreements name, as TLOG-11 spells them."""
    return sorted({text.text.witness for text in texts.values()} - {""})
