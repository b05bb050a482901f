"""Attacks on disclosures: what is false voids the file, what is true and wrong is named, and no claim is lent."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.node.stories import AGREEMENT, copied, fold, node, plan, three, utter
from tests.verify.scenes import (
    Case,
    both,
    case,
    change_entry,
    change_feed,
    entries,
    feed,
    own,
    show,
    told,
)

from entente import canonical
from entente.errors import EntenteError
from entente.feed import fork, suite
from entente.feed.disclosure import Disclosure, Entry, Feed
from entente.joint.line import Reason
from entente.node import command, custody, translate
from entente.testing.coalition import Coalition, Member
from entente.tlog.checkpoint import Checkpoint
from entente.tlog.note import Kind, Note, NoteKey
from entente.verify import disclosure
from entente.verify.report import Sort

PROVED, UNPROVED, FLAW = Sort.PROVED, Sort.UNPROVED, Sort.FLAW


def refused(shown: Case, file: Disclosure | bytes) -> str:
    with pytest.raises(EntenteError) as error:
        shown.check(file)
    return error.value.code


def put(**fields: Any) -> Callable[[Any], Any]:
    return lambda one: msgspec.structs.replace(one, **fields)


# -- parts, leaves and proofs ------------------------------------------------------------------------------------------


def test_a_part_of_one_entry_is_not_shown_for_another() -> None:
    """DISC-11, DISC-12."""
    shown = both()
    one, other = entries(shown.file, "a")[-1], entries(shown.file, "a")[-2]
    for lifted in (
        put(parts=other.parts),
        put(parts=other.parts, commitments=other.commitments),
        put(parts=(*one.parts[:1], put(index=2)(one.parts[1]))),
        put(parts=(put(data=other.parts[0].data)(one.parts[0]), *one.parts[1:])),
        put(commitments=()),
    ):
        assert refused(shown, change_entry(shown.file, "a", -1, lifted)) == "disclosure.part"


def test_a_renamed_or_shortened_detail_is_not_the_one_that_was_committed_to() -> None:
    """DISC-12."""
    shown = own()
    one = entries(shown.file, "a")[-1]
    for change in ({"name": "note"}, {"data": b""}, {"salt": bytes(32)}, {"index": -1}, {"index": 400}):
        parts = (*one.parts[:-1], put(**change)(one.parts[-1]))
        if [p.index for p in parts] == sorted({p.index for p in parts}):
            assert refused(shown, change_entry(shown.file, "a", -1, put(parts=parts))) == "disclosure.part"


def test_a_leaf_stands_at_its_own_place_only() -> None:
    """DISC-10."""
    shown = both()
    one, other = entries(shown.file, "a")[-1], entries(shown.file, "a")[-2]

    assert refused(shown, change_entry(shown.file, "a", -1, put(leaf=other.leaf))) == "leaf.place"
    assert refused(shown, change_entry(shown.file, "a", -1, put(proof=other.proof))) == "tlog.inclusion"
    assert refused(shown, change_entry(shown.file, "a", -1, put(proof=one.proof[:-1]))) == "tlog.inclusion"
    assert refused(shown, change_entry(shown.file, "a", -1, put(seq=one.seq + 1))) == "leaf.place"


def test_a_cited_head_is_one_of_that_feed_or_nothing_counts() -> None:
    """DISC-13."""
    shown = both()

    def spoil(**fields: Any) -> Disclosure:
        return change_feed(shown.file, "a", lambda one: put(cited=(*one.cited[:-1], put(**fields)(one.cited[-1])))(one))

    cited = next(one for one in shown.file.feeds if one.origin == feed("a")).cited
    assert refused(shown, spoil(root=bytes(32))) == "tlog.consistency"
    assert refused(shown, spoil(size=cited[-1].size + 1)) in ("tlog.consistency", "tlog.inclusion")
    assert refused(shown, spoil(last=entries(shown.file, "a")[0].leaf)) == "tlog.inclusion"
    assert refused(shown, spoil(size=0, root=cited[-1].root)) == "disclosure.cited"


# -- heads, keys and cards ---------------------------------------------------------------------------------------------


def test_a_stripped_signature_leaves_no_head() -> None:
    """DISC-9."""
    shown = own()
    for line in (0, 1):

        def strip(one: Feed, line: int = line) -> Feed:
            note = Note.parse(one.head)
            kept = tuple(found for at, found in enumerate(note.lines) if at != line)
            return put(head=Note(text=note.text, lines=kept).encode())(one)

        assert refused(shown, change_feed(shown.file, "a", strip)) == "tlog.unsigned"


def test_a_signature_by_a_key_that_nothing_certifies_is_counted_and_lends_nothing() -> None:
    """DISC-9."""
    shown, stranger = own(), custody.generate_node("localhost")

    def cosigned(one: Feed) -> Feed:
        text = Note.parse(one.head).text
        other = Note.parse(stranger.sign_head(Checkpoint.parse(text), 1))
        return put(head=Note(text=text, lines=(*Note.parse(one.head).lines, *other.lines)).encode())(one)

    report = shown.check(change_feed(shown.file, "a", cosigned)).report

    assert "head.unknown" in report.codes(UNPROVED, "a") and "head.alone" in report.codes(UNPROVED, "a")
    assert "head.cosigned" not in report.codes(PROVED)


def test_the_head_of_another_feed_is_refused() -> None:
    """DISC-9."""
    shown = both()
    other = next(one.head for one in shown.file.feeds if one.origin == feed("b"))

    assert refused(shown, change_feed(shown.file, "a", put(head=other))) == "tlog.unsigned"
    renamed = change_feed(shown.file, "a", put(origin=f"a/{AGREEMENT}/2"))  # a later epoch, whose head it is not
    assert refused(shown, renamed) == "tlog.unsigned"
    renamed = change_feed(shown.file, "a", put(origin=f"a/{AGREEMENT}-other/1"))
    assert refused(shown, renamed) == "disclosure.feed"


def test_a_head_signed_by_the_nodes_other_keys_is_refused() -> None:
    """DISC-9: the exchange key signs bundles, and no head."""
    shown, a = own(), told()["a"]
    keys = a.node.keys
    confused = dataclasses.replace(keys, log=keys.exchange, exchange=keys.log)

    def resign(one: Feed) -> Feed:
        head = Checkpoint.parse(Note.parse(one.head).text)
        return put(head=confused.sign_head(head, 1))(one)

    assert refused(shown, change_feed(shown.file, "a", resign)) in ("tlog.unsigned", "tlog.signature")


def test_a_forged_card_is_refused() -> None:
    """DISC-8: one of a stranger's root, one whose keys were changed, and one of a third party's."""
    shown = own()
    stranger = Coalition.gather("a")["a"]
    card = json.loads(shown.file.cards[0])
    changed = {**card, "keys": {**card["keys"], "log": stranger.card["keys"]["log"]}}
    nobody = Coalition.gather("z")["z"].card

    def cards(first: Any) -> Disclosure:
        return put(cards=(canonical.encode(first), *shown.file.cards[1:]))(shown.file)

    assert refused(shown, cards(stranger.card)) == "disclosure.card"
    assert refused(shown, cards(changed)) == "signature.invalid"
    assert refused(shown, cards({**card, "signature": stranger.card["signature"]})) == "signature.invalid"
    assert refused(shown, put(cards=(*shown.file.cards, canonical.encode(nobody)))(shown.file)) == "disclosure.card"
    assert refused(shown, put(cards=shown.file.cards[1:])(shown.file)) == "disclosure.feed"


def test_another_agreement_pins_nothing_of_this_one() -> None:
    """DISC-7: a stranger's whole coalition under the same names is refused, or left to the reader's eyes."""
    forged = Coalition.form("a", "b")
    forged["a"].say(command.propose(AGREEMENT, "all", "a", "water", plan(), to=["b"]))
    made = show(forged["a"])

    assert refused(own(), made.data) == "disclosure.agreement"
    assert "trust.agreement" in disclosure.check(made.data).report.codes(UNPROVED)
    other = json.loads(own().file.agreements[0])
    twice = put(agreements=(*own().file.agreements, canonical.encode({**other, "title": "Other"})))(own().file)
    assert refused(own(), twice) == "disclosure.agreement"
    assert refused(own(), put(agreements=())(own().file)) == "disclosure.agreement"


# -- persons -----------------------------------------------------------------------------------------------------------


def stopped(member: Member, **said: Any) -> tuple[Case, str]:
    """Let a faulty author say a STOP past its own rules, and show it; return what a report calls it."""
    seq = utter(member, "stop.send", f"stop/{member.party}/s", {"reason": "other"}, circle="all", **said)
    return shown_at(member, seq), f"{member.party} {seq}"


def shown_at(member: Member, seq: int) -> Case:
    support = tuple(event.seq for event in fold(member).folded() if event.verb.startswith("staff."))
    return case(member, subjects=frozenset(), seqs=frozenset({seq, *support}), reason="attack")


def test_words_signed_by_another_officer_are_not_the_named_ones() -> None:
    """DISC-14."""
    a = three()["a"]
    shown, about = stopped(a, officer="a/senior", key=a.key("watch"))

    report = shown.check().report

    assert "act.other_key" in report.codes(FLAW, about) and "act.signed" not in report.codes(PROVED, about)


def test_a_signature_over_other_words_is_nobodys() -> None:
    """DISC-14: a decision lifted onto other bytes."""
    a = three()["a"]
    shown, about = stopped(a, signature=a.key("senior").sign(suite.STATEMENT, b"other words"))

    report = shown.check().report

    assert report.codes(FLAW, about) == ["act.signature"] and "act.signed" not in report.codes(PROVED, about)


def test_half_a_signature_is_none() -> None:
    """DISC-14."""
    a = three()["a"]
    whole = a.key("senior").sign(suite.STATEMENT, b"x")
    shown, about = stopped(a, signature={"ed25519": whole["ed25519"]})

    assert "act.signature" in shown.check().report.codes(FLAW, about)


def test_an_officer_who_may_not_enrol_enrols_nobody() -> None:
    """DISC-15: a watch officer lends an office to a key of his own."""
    a = three()["a"]
    mine = custody.generate("a/ghost")
    body = {
        "officer": "a/ghost", "key": mine.public.plain(), "fingerprint": mine.public.fingerprint, "rank": "",
    }  # fmt: skip
    enrolled = utter(a, "staff.enrol", "staff/a/ghost", body, circle="all", office="watch")
    seq = utter(a, "stop.send", "stop/a/s", {"reason": "other"}, circle="all", officer="a/ghost", key=mine)
    chosen = frozenset({enrolled, seq, *(e.seq for e in fold(a).folded() if e.verb.startswith("staff."))})

    report = case(a, subjects=frozenset(), seqs=chosen).check().report

    assert "office.authority" in report.codes(FLAW, f"a {enrolled}")
    assert "act.key" in report.codes(UNPROVED, f"a {seq}") and "act.signed" not in report.codes(PROVED, f"a {seq}")


def test_an_enrolment_for_another_party_counts_for_nobody() -> None:
    """DISC-15."""
    c = three()
    a, mine = c["a"], custody.generate("b/senior")
    body = {
        "officer": "b/senior", "key": mine.public.plain(), "fingerprint": mine.public.fingerprint, "rank": "",
    }  # fmt: skip
    enrolled = utter(a, "staff.enrol", "staff/b/senior", body, circle="all", office="root", officer="a/root")
    seq = utter(a, "stop.send", "stop/a/s", {"reason": "other"}, circle="all", officer="b/senior", key=mine)

    report = case(a, subjects=frozenset(), seqs=frozenset({enrolled, seq})).check().report

    assert "act.signed" not in report.codes(PROVED, f"a {seq}") and "act.other_party" in report.codes(FLAW, f"a {seq}")


def test_a_key_of_another_role_signs_no_words() -> None:
    """DISC-14: the node's log key is no officer's."""
    a = three()["a"]
    message = suite.pae(suite.STATEMENT, b"x")
    lent = {"ed25519": suite.b64(a.node.keys.log.sign(message)), "mldsa65": suite.b64(bytes(3309))}
    shown, about = stopped(a, signature=lent)

    assert "act.signature" in shown.check().report.codes(FLAW, about)


def test_a_withheld_enrolment_leaves_the_key_unknown() -> None:
    """DISC-15."""
    shown = own()

    def only_last(one: Feed) -> Feed:
        return put(entries=one.entries[-1:])(one)

    report = shown.check(change_feed(shown.file, "a", only_last)).report

    about = f"a {entries(shown.file, 'a')[-1].seq}"
    assert "act.key" in report.codes(UNPROVED, about) and "act.signed" not in report.codes(PROVED, about)


def test_a_text_that_was_not_shown_is_not_said_to_have_been() -> None:
    """DISC-19."""
    a = three()["a"]
    text = translate.salted("shown", b"Sign here for a present.")
    seq = utter(a, "stop.send", "stop/a/s", {"reason": "other"}, circle="all", details=(text,), shown="1" * 64)

    made = case(a, subjects=frozenset(), seqs=frozenset({seq}), details=("shown",), reason="attack")

    report = made.check().report
    assert "shown.other" in report.codes(FLAW, f"a {seq}") and report.texts == {}


# -- time and forks ----------------------------------------------------------------------------------------------------


def test_a_back_dated_entry_is_named() -> None:
    """DISC-18."""
    c = told()
    b = c["b"]
    before = fold(b).heads(feed("b"))
    assert any(head.origin == feed("a") for head in before)
    honest = b.say(command.stop(AGREEMENT, "all", "b", "s0", Reason.OTHER)).seq
    late = utter(
        b, "stop.send", "stop/b/s", {"reason": "other"}, circle="all", at=c.clock.now() - timedelta(days=2), seen=before
    )

    report = case(b, subjects=frozenset(), seqs=frozenset({honest, late})).check().report

    assert {"time.back", "time.before_cited"} <= set(report.codes(FLAW, f"b {late}"))
    assert report.codes(FLAW, f"b {honest}") == []


def test_a_time_that_the_leaf_did_not_show_is_named() -> None:
    """DISC-18."""
    a = three()["a"]
    book, now = a.node.book(AGREEMENT), a.node.clock.now()
    early = utter(a, "stop.send", "stop/a/s", {"reason": "other"}, circle="all", at=now - timedelta(hours=3))
    assert book.size(feed("a")) == early + 1

    assert "time.leaf" in shown_at(a, early).check().report.codes(FLAW, f"a {early}")


def forked() -> tuple[Coalition, Member]:
    """`a` says one thing to `b`, and another in a second copy of its record."""
    c = three()
    a = c["a"]
    twin = Member(a.party, node(a, copied(a.node.store), c.clock), a.root, a.officers, a.card, a.default)
    a.say(command.stop(AGREEMENT, "all", "a", "one", Reason.OTHER))
    twin.say(command.stop(AGREEMENT, "all", "a", "other", Reason.OTHER))
    return c, twin


def test_a_citation_of_another_branch_is_named_and_proves_no_time() -> None:
    """DISC-17: `b` cites what `a` told it; `a` shows the other branch."""
    c, twin = forked()
    c.settle()
    c["b"].say(command.stop(AGREEMENT, "all", "b", "answer", Reason.OTHER))
    c.settle()
    seen = case(c["b"], subjects=frozenset(), feeds=(feed("a"), feed("b")), start=None, reason="attack")
    other = case(twin, subjects=frozenset())
    branch = next(one for one in other.file.feeds if one.origin == feed("a"))
    size = max(cited.size for one in seen.file.feeds if one.origin == feed("a") for cited in one.cited)
    book = twin.node.book(AGREEMENT)
    assert book.size(feed("a")) == size
    from entente.feed.disclosure import Cited
    from entente.tlog.proof import inclusion_proof

    hashes = book.hashes(feed("a"))
    root = bytes.fromhex(book.root_at(feed("a"), size) or "")
    last = Cited(
        size=size, root=root, proof=(), last=branch.entries[-1].leaf,
        last_proof=tuple(inclusion_proof(hashes, size - 1, size)),
    )  # fmt: skip

    report = seen.check(change_feed(seen.file, "a", lambda one: put(cited=(last,))(branch))).report

    about = f"b {entries(seen.file, 'b')[-1].seq}"
    assert "cites.other" in report.codes(FLAW, about)
    assert not any("record's first" in line.sentence and line.about == about and "a dated" in line.sentence
                   for line in report.of(PROVED))  # fmt: skip


def test_a_proven_fork_is_told_with_whatever_is_shown() -> None:
    """DISC-13."""
    c, twin = forked()
    rows = [member.node.store.feed(feed("a")) for member in (c["a"], twin)]
    notes = [row.checkpoint for row in rows if row is not None and row.checkpoint is not None]
    book = twin.node.book(AGREEMENT)
    proof = fork.prove(
        notes[0], notes[1], book.hashes(feed("a")), lambda note: translate.open_note(note, feed("a"), c["a"].card)
    )
    assert proof is not None
    shown = case(c["a"], subjects=frozenset({"stop/a/one"}))

    told_so = change_feed(shown.file, "a", put(forks=(proof.encode(),)))
    assert shown.check(told_so).report.codes(FLAW) == ["feed.forked"]
    assert refused(shown, change_feed(shown.file, "a", put(forks=(proof.encode()[:-1],)))) == "fork.file"


# -- files -------------------------------------------------------------------------------------------------------------


def test_entries_out_of_order_or_twice_are_refused() -> None:
    """DISC-4."""
    shown = both()

    def order(one: Feed) -> Feed:
        return put(entries=(*one.entries[1:], one.entries[0]))(one)

    def twice(one: Feed) -> Feed:
        return put(entries=(*one.entries, one.entries[-1]))(one)

    for change in (order, twice):
        assert refused(shown, change_feed(shown.file, "a", change)) == "disclosure.order"
    assert refused(shown, put(feeds=tuple(reversed(shown.file.feeds)))(shown.file)) == "disclosure.order"
    assert refused(shown, put(cards=tuple(reversed(shown.file.cards)))(shown.file)) == "disclosure.card"


FILES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "key twice": (lambda data: data[:-1] + b',"v":1}', "disclosure.file"),
    "deep": (lambda data: data.replace(b'"cards":[', b'"cards":[' + b"[" * 5000, 1), "disclosure.file"),
    "nested beyond the profile": (lambda data: b'{"v":' + b"[" * 20 + b"]" * 20 + b"}", "disclosure.file"),
    "unknown field": (lambda data: data[:-1] + b',"w":1}', "disclosure.file"),
    "later version": (lambda data: data[:-2] + b"2}", "disclosure.file"),
    "cut short": (lambda data: data[:-100], "disclosure.file"),
    "something after it": (lambda data: data + b" ", "disclosure.file"),
    "spaced": (lambda data: data.replace(b'"v":1', b'"v": 1'), "disclosure.file"),
    "base64 in a second spelling": (lambda data: data.replace(b'=="', b'="', 1), "disclosure.file"),
    "a float": (lambda data: data[:-2] + b"1.0}", "disclosure.file"),
}


@pytest.mark.parametrize("what", FILES)
def test_a_file_in_another_spelling_is_refused(what: str) -> None:
    """DISC-2."""
    spoil, code = FILES[what]
    data = spoil(own().data)

    assert data != own().data and refused(own(), data) == code


def test_a_file_that_is_too_large_is_not_read() -> None:
    """DISC-3."""
    assert refused(own(), b" " * (64 * 1024 * 1024 + 1)) == "disclosure.size"


def test_more_entries_than_a_file_holds_are_refused() -> None:
    """DISC-3."""
    many = tuple(Entry(seq=at, leaf=b"", proof=()) for at in range(4097))

    assert refused(own(), change_feed(own().file, "a", put(entries=many))) == "disclosure.size"


def test_no_name_in_a_file_becomes_a_path() -> None:
    """DISC-5: a feed is its party's under the agreement, whose names have no dots and no slashes."""
    shown = own()
    for origin in ("../../x/1", f"../{AGREEMENT}/1", f"a/{AGREEMENT}/1/../..", "/etc/passwd", ""):
        assert refused(shown, change_feed(shown.file, "a", put(origin=origin))) in ("disclosure.feed", "name.spelling")


# -- cosignatures ------------------------------------------------------------------------------------------------------


def cosigned(false: bool = False, other: bool = False) -> tuple[Case, str]:
    """`b` acknowledges `a`'s feed with a cosignature; `b`'s card names its cosigner."""
    c = told()
    b, key = c["b"], Ed25519PrivateKey.generate()
    [head] = [head for head in fold(b).heads(feed("b")) if head.origin == feed("a")]
    text = Checkpoint(origin=head.origin, size=head.size, root=bytes.fromhex(head.root)).encode()
    named = NoteKey.of("b/cosigner", Kind.COSIGNATURE_ED25519, Ed25519PrivateKey.generate() if other else key)
    made = Note(text=text).signed_by(NoteKey.of("b/cosigner", Kind.COSIGNATURE_ED25519, key), key, 1796104800)
    line = bytearray(made.lines[0].signature)
    line[-1] ^= false
    body = {"held": [[head.origin, head.size, suite.b64(bytes(line))]]}
    seq = utter(b, "record.acknowledge", "record/b", body, circle="all", machine=True)
    shown = case(b, subjects=frozenset(), feeds=(feed("b"),), seqs=frozenset({seq}))
    cards = []
    for data in shown.file.cards:
        card = {key: value for key, value in json.loads(data).items() if key != "signature"}
        if card["party"] == "b":
            card["keys"]["cosigner"] = suite.b64(named.public)
        root = c[card["party"]].root
        cards.append(canonical.encode({**card, "signature": root.sign(custody.CARD, canonical.encode(card))}))
    return Case(put(cards=tuple(cards))(shown.file).encode(), shown.agreement), f"b {seq}"


def test_a_peers_cosignature_says_by_when_it_held_the_feed() -> None:
    """DISC-16."""
    shown, _ = cosigned()
    report = shown.check().report

    [line] = [line for line in report.of(PROVED) if line.code == "head.cosigned"]
    assert line.about == "a" and line.data["by"] == "b" and line.data["at"] == 1796104800
    assert "2026-12-01 06:00:00 UTC" in line.sentence and "its own clock" in line.sentence
    assert "head.alone" not in report.codes(UNPROVED, "a") and "head.alone" in report.codes(UNPROVED, "b")


def test_a_false_cosignature_or_one_by_another_key_says_nothing() -> None:
    """DISC-16."""
    for shown, about in (cosigned(false=True), cosigned(other=True)):
        report = shown.check().report

        assert "cosignature.false" in report.codes(FLAW, about)
        assert "head.cosigned" not in report.codes(PROVED) and "head.alone" in report.codes(UNPROVED, "a")
