"""Keys that change: cards, root documents, revocations, at nodes that hear of them early, late, or from others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.node import keying
from tests.node.keying import (
    ALL_ROLES,
    card,
    changed,
    document,
    first,
    key,
    rotate,
    say_revoked,
    signed,
    take_over,
    three_of,
)
from tests.node.stories import AGREEMENT, NO, YES, activate, decide, event, propose, three, utter, version

from entente import canonical
from entente.errors import Forked, Refused, Untrusted
from entente.feed import bundle as bundles
from entente.feed import card as cards
from entente.feed import fork, suite
from entente.feed import root as roots
from entente.feed.bundle import Frame
from entente.ids import OfficerId, PartyId, SubjectId
from entente.joint import agreement as agreements
from entente.joint import keys, line, staff
from entente.node import carry, command, custody, rotation
from entente.node.carry import stops
from entente.node.verify import verify_record
from entente.testing.coalition import START, Coalition, Member
from entente.tlog.checkpoint import Checkpoint
from entente.tlog.note import Note

A = f"a/{AGREEMENT}/1"
X = SubjectId("operation/a/x")


def stop(member: Member, name: str) -> Any:
    return member.say(command.stop(AGREEMENT, "all", member.party, name, line.Reason.OTHER), "watch")


def flaws(coalition: Coalition) -> list[str]:
    return [f for m in coalition.members.values() for report in verify_record(m.node) for f in report.flaws]


def alike(coalition: Coalition) -> bool:
    folds = [member.node.book(AGREEMENT).fold("all") for member in coalition.members.values()]
    return len({(fold.cut_digest(), fold.digest()) for fold in folds}) == 1


def head_of(member: Member, origin: str = A) -> bytes:
    row = member.node.store.feed(origin)
    assert row is not None and row.checkpoint is not None
    return row.checkpoint


# -- a node's keys -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("roles", [ALL_ROLES, *((role,) for role in ALL_ROLES)], ids=lambda roles: "+".join(roles))
def test_a_node_changes_its_keys_inside_an_agreement(roles: tuple[str, ...]) -> None:
    """KEY-10, KEY-11: everybody follows, nobody asks anybody, and what was signed before stays signed."""
    c = three()
    before = stop(c["a"], "before")

    rotate(c["a"], roles)
    c.settle()
    after = stop(c["a"], "after")
    c.settle()

    card_ = c["b"].node.book(AGREEMENT).card(PartyId("a"))
    assert keys.number(card_) == 1 and card_["keys"] == c["a"].node.keys.public()
    assert alike(c) and flaws(c) == []
    for receipt in (before, after):
        assert event(c["c"], "all", receipt.seq, "a").code == ""
    log = c["c"].node.book(AGREEMENT).log(A)
    assert bool(log.handovers) is ("log" in roles)


def test_keys_change_again_and_again_and_who_was_away_takes_it_all_at_once() -> None:
    """KEY-12: leaves come in one run for each pair of keys, and each run says who signs the next."""
    c = three()
    for number, name in enumerate(("one", "two", "three"), 1):
        rotate(c["a"], ALL_ROLES, name, number)
        stop(c["a"], f"under-{name}")
    question = carry.ask(c["b"].node, AGREEMENT, "a")
    data = carry.answer(c["a"].node, question)
    assert data is not None

    taken = carry.take(c["b"].node, data, nonce=question["nonce"])

    assert taken.leaves == taken.acts == 6
    # What b took, b can pass on to c, handovers and all.
    c.carry("b", "c")
    assert c["c"].node.book(AGREEMENT).size(A) == c["a"].node.book(AGREEMENT).size(A)
    c.settle()
    assert alike(c) and flaws(c) == []
    assert len(c["c"].node.book(AGREEMENT).log(A).handovers) == 3


def test_a_change_that_cites_what_is_not_held_yet_comes_with_it_in_one_bundle() -> None:
    """KEY-12: frames that wait for keys are looked at again once the others were folded."""
    c = three()
    stop(c["c"], "first")
    c.carry("c", "a")
    rotate(c["a"])
    stop(c["a"], "after")

    taken = c.carry("a", "b")

    assert taken is not None and c["b"].node.book(AGREEMENT).size(A) == c["a"].node.book(AGREEMENT).size(A)
    assert event(c["b"], "all", c["a"].said[-1].seq, "a").code == ""


def test_the_head_of_a_handover_needs_the_old_keys_and_the_new() -> None:
    """KEY-11, attack: whoever holds only the new keys cannot take a log over, nor whoever holds only the old."""
    c = three()
    before = c["a"].node.keys
    [receipt] = rotate(c["a"])
    note, size = Note.parse(head_of(c["a"])), receipt.seq + 1
    c.settle()
    log = c["b"].node.book(AGREEMENT).log(A)
    assert log.open(note.encode()).checkpoint.size == size == log.handovers[0]

    ids = {line.key_id for line in note.lines}
    assert len(ids) == 4
    for one in ids:
        stripped = replace(note, lines=tuple(line for line in note.lines if line.key_id != one))
        with pytest.raises(Untrusted) as refusal:
            log.open(stripped.encode())
        assert refusal.value.code == "tlog.unsigned"

    # -- and behind it the old ones sign nothing any more

    later = Checkpoint(origin=A, size=size + 1, root=bytes(32))
    with pytest.raises(Untrusted) as refusal:
        log.open(before.sign_head(later, 1))
    assert refusal.value.code == "tlog.unsigned"
    # -- nor the new ones before it
    with pytest.raises(Untrusted) as refusal:
        log.open(c["a"].node.keys.sign_head(replace(later, size=size - 1), 1))
    assert refusal.value.code == "tlog.unsigned"


def test_a_node_goes_on_under_each_agreements_own_keys_until_it_is_told_of_new_ones() -> None:
    """KEY-10: if we stop between two agreements, the first has the new keys and the second the old ones."""
    c = three()
    text, circle_keys = c.text("exercise-second", {})
    c.adopt(text, circle_keys)
    c.sign(text)
    a = c["a"]
    now = changed(a)
    told = card(a, now, first(a), [a.root])
    a.node.take_keys(now)
    rotation.certify(a.node, a.node.book(AGREEMENT), told, now)  # ... and here the power fails

    stop(a, "first")
    a.say(command.stop("exercise-second", "all", "a", "second", line.Reason.OTHER), "watch")
    c.settle()
    assert keys.number(c["b"].node.book("exercise-second").card(PartyId("a"))) == 0 and flaws(c) == []

    assert [receipt.origin for receipt in rotation.tell(a.node, told, now)] == ["a/exercise-second/1"]
    c.settle()
    assert keys.number(c["b"].node.book("exercise-second").card(PartyId("a"))) == 1 and flaws(c) == []


def test_a_node_whose_keys_are_gone_says_nothing_rather_than_something_false() -> None:
    c = three()
    before = c["a"].node.keys
    rotate(c["a"])
    c["a"].node.generations, c["a"].node.keys = [before], before
    c["a"].node._under.clear()

    with pytest.raises(Refused) as refusal:
        stop(c["a"], "late")
    assert refusal.value.code == "custody.generation"


# -- a lost exchange key -----------------------------------------------------------------------------------------------


def test_a_bundle_under_a_new_exchange_key_is_taken_by_hand_when_the_root_has_signed_its_card() -> None:
    """KEY-23: the old exchange key is lost; the card in the manifest says whose the new one is."""
    c = three()
    rotate(c["a"], ("exchange",))
    data = carry.write_bundle(c["a"].node, AGREEMENT, "b")

    taken = carry.take(c["b"].node, data)

    assert taken.leaves == 1
    assert keys.number(c["b"].node.book(AGREEMENT).card(PartyId("a"))) == 1
    # -- from then on nothing has to be introduced
    question = carry.ask(c["b"].node, AGREEMENT, "a")
    stop(c["a"], "later")
    answer = carry.answer(c["a"].node, question)
    assert answer is not None and "card" not in bundles.peek(answer)
    assert carry.take(c["b"].node, answer, nonce=question["nonce"]).acts == 1


def introduced(coalition: Coalition, change: Any, exchange: Any) -> bytes:
    """A bundle of a for b whose manifest introduces another card, signed by some exchange key."""
    a = coalition["a"]
    manifest = bundles.peek(carry.write_bundle(a.node, AGREEMENT, "b"))
    frames: list[Frame] = []
    told = {key: value for key, value in manifest.items() if key not in ("v", "body", "card", "roots")}
    return bundles.pack({**told, **change}, frames, exchange.sign_exchange)


def test_a_card_that_is_not_signed_by_the_root_introduces_nobody() -> None:
    """KEY-23, attack: certify by a non-root."""
    c = three()
    thief = keying.node_keys("thief")
    for signers in ([c["a"].officers["senior"]], [key("elsewhere")]):
        false = card(c["a"], thief, first(c["a"]), signers)
        with pytest.raises(Untrusted) as refusal:
            carry.take(c["b"].node, introduced(c, {"card": false}, thief))
        assert refusal.value.code == "exchange.signature"


def test_an_old_card_introduces_nobody_once_a_newer_one_is_known() -> None:
    """KEY-23, attack: the exchange key that was stolen, with the card that once certified it."""
    c = three()
    rotate(c["a"], ALL_ROLES, "one", 1)
    stolen, old = c["a"].node.keys, c["a"].node.book(AGREEMENT).card(PartyId("a"))
    rotate(c["a"], ALL_ROLES, "two", 2)
    c.settle()

    with pytest.raises(Untrusted) as refusal:
        carry.take(c["b"].node, introduced(c, {"card": old}, stolen))
    assert refusal.value.code == "exchange.signature"


def test_what_was_sealed_to_a_key_before_is_still_opened() -> None:
    """KEY-10: a bundle was under way when the seal key changed."""
    c = three()
    stop(c["b"], "under-way")
    data = carry.write_bundle(c["b"].node, AGREEMENT, "a")
    rotate(c["a"], ("seal",))

    assert carry.take(c["a"].node, data).acts == 1


# -- attacks on a log whose keys changed -------------------------------------------------------------------------------


def stolen_log(coalition: Coalition, false: int = 3) -> bytes:
    """Another history of a, signed by the log key that a has given up: a's feed, gone on by a thief."""
    a = coalition["a"]
    thief = Member(a.party, keying.again(coalition)["a"].node, a.root, a.officers, a.card, a.default)
    rotate(a)
    stop(a, "honest")
    for name in range(false):
        stop(thief, f"false-{name}")
    return carry.write_bundle(thief.node, AGREEMENT, "b")


def test_a_stolen_log_key_signs_no_history_for_those_who_know_of_the_new_one() -> None:
    """KEY-11, attack: the thief's entries are refused, and the honest feed goes on."""
    c = three()
    false = stolen_log(c)
    c.settle()
    size = c["b"].node.book(AGREEMENT).size(A)

    with pytest.raises(Untrusted):
        carry.take(c["b"].node, false)
    stop(c["a"], "more")
    c.settle()

    assert c["b"].node.book(AGREEMENT).size(A) == size + 1 and c["b"].node.store.forks() == []


@pytest.mark.parametrize("false", [1, 2, 3])
def test_who_took_a_thiefs_history_first_proves_it_by_the_handover(false: int) -> None:
    """KEY-13, attack: nobody else's keys are needed but those that b knew, and everybody takes the proof."""
    c = three()
    carry.take(c["b"].node, stolen_log(c, false))
    for name in ("more", "and-more"):
        stop(c["a"], name)

    with pytest.raises(Forked) as found:
        c.carry("a", "b")

    evidence = fork.decode(found.value.data["evidence"])
    small, large = fork.check(evidence, c["c"].node.book(AGREEMENT).log(A).evidence)
    assert small.size <= large.size
    c.carry("a", "c")
    fork.check(evidence, c["c"].node.book(AGREEMENT).log(A).evidence)
    with pytest.raises(Untrusted):
        fork.check(evidence, c["c"].node.book(AGREEMENT).log(f"c/{AGREEMENT}/1").evidence)


def test_a_card_with_an_old_number_is_not_certified_again() -> None:
    """KEY-21, attack: replay of an old card, which would bring stolen keys back."""
    c = three()
    rotate(c["a"], ALL_ROLES, "one", 1)
    old = c["a"].node.book(AGREEMENT).card(PartyId("a"))
    rotate(c["a"], ALL_ROLES, "two", 2)

    seq = utter(c["a"], "keys.certify", "keys/a", {"card": old}, circle="all", machine=True)
    c.settle()

    assert {event(c[p], "all", seq, "a").code for p in "abc"} == {"keys.number"}
    assert keys.number(c["b"].node.book(AGREEMENT).card(PartyId("a"))) == 2


@pytest.mark.parametrize("role", ["log", "cosigner", "exchange"])
def test_a_key_used_in_another_role_is_refused(role: str) -> None:
    """KEY-8, attack: an officer's or a root's key as the node's, and the node's own in another role."""
    c = three()
    a = c["a"]
    for other in (a.officers["senior"].ed25519, a.root.ed25519, a.node.keys.exchange, a.node.keys.log):
        if other is getattr(a.node.keys, role):
            continue
        now = replace(changed(a), **{role: other})
        told = card(a, now, first(a), [a.root])
        with pytest.raises(Refused) as refusal:
            rotation.tell(a.node, told, now)
        assert refusal.value.code == "keys.role"


def test_a_key_that_once_served_in_another_role_is_refused() -> None:
    """KEY-8: roles are for ever; a log key that was given up does not come back as an exchange key."""
    c = three()
    a, before = c["a"], c["a"].node.keys
    rotate(a, ALL_ROLES, "one", 1)
    now = replace(changed(a, ALL_ROLES, "two"), exchange=before.log)

    with pytest.raises(Refused) as refusal:
        rotation.tell(a.node, card(a, now, first(a), [a.root], 2), now)
    assert refusal.value.code == "keys.role"


def test_an_officer_is_not_enrolled_with_a_root_key_or_a_nodes() -> None:
    """KEY-8, attack: key used in another role."""
    c = three()
    a = c["a"]
    mixed = suite.PublicKey(ed25519=a.node.keys.log.public_key().public_bytes_raw(), mldsa65=key("x").public.mldsa65)
    for public in (a.root.public, mixed):
        with pytest.raises(Refused) as refusal:
            a.say(command.enrol(AGREEMENT, "a", OfficerId("a/new"), public), "root")
        assert refusal.value.code == "keys.role"


# -- root documents ----------------------------------------------------------------------------------------------------


def say_as(member: Member, what: command.Command, signers: list[Any]) -> Any:
    """Say something as the root, with these of its keys."""
    draft = member.node.draft(what, officer=f"{member.party}/root", office="root")
    return member.node.say(draft, custody.sign_together(signers, suite.STATEMENT, draft.message))


def test_a_root_becomes_two_of_three_keys_and_from_then_on_two_must_sign() -> None:
    """KEY-1 to KEY-7; KEY-6: the root in force is the last that follows the pinned one."""
    c = three()
    a = c["a"]
    root, held = take_over(a)
    c.settle()
    assert c["b"].node.book(AGREEMENT).root(PartyId("a")) == root.plain()

    # -- the old key says nothing any more

    enrol = command.enrol(AGREEMENT, "a", OfficerId("a/new"), key("officer").public)
    with pytest.raises(Refused) as refusal:
        a.say(enrol, "root")
    assert refusal.value.code == "staff.signature"
    seq = utter(a, "staff.enrol", "staff/a/new", dict(enrol.body), circle="all", office="root")
    assert event(a, "all", seq, "a").code == "staff.key"

    # -- one of three is too few, two are enough, and a third may sign as well

    with pytest.raises(Refused) as refusal:
        say_as(a, enrol, held[:1])
    assert refusal.value.code == "staff.signature"
    receipt = say_as(a, enrol, held[1:])
    more = say_as(a, command.appoint(AGREEMENT, "a", OfficerId("a/new"), "observer", START), held)
    c.settle()
    assert {event(c[p], "all", r.seq, "a").code for p in "abc" for r in (receipt, more)} == {""}
    assert alike(c) and flaws(c) == []

    # -- and the node's keys change by two of the three

    now = changed(a)
    rotation.tell(a.node, card(a, now, root, held[:2]), now)
    c.settle()
    assert keys.number(c["c"].node.book(AGREEMENT).card(PartyId("a"))) == 1 and flaws(c) == []


def test_a_card_and_a_root_document_travel_together_to_who_knows_neither() -> None:
    """KEY-23: all of a's keys changed since b heard of it last, the root's as well."""
    c = three()
    a = c["a"]
    root, held = take_over(a)
    now = changed(a)
    rotation.tell(a.node, card(a, now, root, held[:2]), now)
    stop(a, "after")

    taken = carry.take(c["b"].node, carry.write_bundle(a.node, AGREEMENT, "b"))

    assert taken.acts == 3 and keys.number(c["b"].node.book(AGREEMENT).card(PartyId("a"))) == 1


def test_a_root_document_without_the_old_threshold_is_void() -> None:
    """KEY-4, attack: two of three keys change hands; one of the old, and all of the new, sign."""
    c = three()
    a = c["a"]
    root, held = take_over(a)
    new = [key("thief-1"), key("thief-2")]
    taken = document("a", [held[0], *new], 2, root)

    seq = utter(
        a, "keys.root", "keys/a", {"document": taken.plain(), "signatures": signed(taken, [held[0], *new])},
        circle="all", machine=True,
    )  # fmt: skip
    c.settle()

    assert {event(c[p], "all", seq, "a").code for p in "abc"} == {"keys.follows"}
    assert c["b"].node.book(AGREEMENT).root(PartyId("a")) == root.plain()


def test_a_root_document_whose_new_keys_have_not_signed_is_void() -> None:
    """KEY-4: a party cannot lock itself out by a document that names keys which nobody holds."""
    c = three()
    root, _ = three_of(c["a"])

    with pytest.raises(Refused) as refusal:
        rotation.follow(c["a"].node, c["a"].node.book(AGREEMENT), [(root, signed(root, [c["a"].root]))])
    assert refusal.value.code == "keys.follows"


def test_an_old_root_document_replayed_is_void() -> None:
    """KEY-4, attack: rollback of the version, by which keys that were given up would sign again."""
    c = three()
    a = c["a"]
    second, held = take_over(a)
    once = {"document": second.plain(), "signatures": signed(second, [a.root, *held[:2]])}
    third = document("a", [key("r4"), key("r5")], 1, second)
    book = a.node.book(AGREEMENT)
    rotation.follow(a.node, book, [(third, signed(third, [*held[:2], key("r4")]))])
    back = document("a", held, 2, third)
    aside = document("a", [a.root, *held], 1, first(a))

    for body in (
        once,
        {"document": back.plain(), "signatures": signed(back, held)},
        {"document": aside.plain(), "signatures": signed(aside, [a.root])},
    ):
        seq = utter(a, "keys.root", "keys/a", body, circle="all", machine=True)
        assert event(a, "all", seq, "a").code == "keys.follows"
    c.settle()
    assert c["b"].node.book(AGREEMENT).root(PartyId("a")) == third.plain() and alike(c)


# -- revocation --------------------------------------------------------------------------------------------------------


def test_a_revoked_keys_later_signature_is_void_and_its_earlier_one_stays() -> None:
    """KEY-14, KEY-15, attack: by the number of the entry, and by no clock."""
    c = three()
    a = c["a"]
    before = stop(a, "before")
    watch = a.officers["watch"].public.fingerprint
    say_revoked(a, "officer", watch, before.seq + 1, office="senior")

    with pytest.raises(Refused) as refusal:
        stop(a, "after")
    assert refusal.value.code == "keys.revoked"
    seq = utter(
        a, "stop.send", "stop/a/back-dated", {"reason": "other", "operation": "", "note": ""}, office="watch",
    )  # fmt: skip
    c.settle()
    assert event(c["b"], "ab", seq, "a").code == "keys.revoked"
    assert event(c["b"], "all", before.seq, "a").code == "" and flaws(c) == []

    # -- the frame of a STOP, which waits for no feed, does not count either

    statement = event(c["b"], "ab", seq, "a").act.statement
    signature = event(c["b"], "ab", seq, "a").act.signature or {}
    with pytest.raises(Untrusted) as untrusted:
        stops.check_stop(c["b"].node.book(AGREEMENT), stops.stop_frame(statement, signature), c.clock.now())
    assert untrusted.value.code == "stop.officer"

    # -- and the same key is never enrolled again

    with pytest.raises(Refused) as refusal:
        a.say(command.enrol(AGREEMENT, "a", OfficerId("a/watch"), a.officers["watch"].public), "root")
    assert refusal.value.code == "keys.revoked"


def test_a_decision_by_a_key_that_was_stolen_by_then_covers_nothing_any_more() -> None:
    """KEY-16: the verdict stays, and so does what was activated; the standing is marked, and permits nothing new."""
    c = three()
    propose(c["a"], "ab")
    c.settle()
    decide(c["b"], "ab", X, YES)
    given = c["b"].said[-1]
    c.settle()
    senior = c["b"].officers["senior"].public.fingerprint
    say_revoked(c["b"], "officer", senior, given.seq)
    c.settle()

    row = c["a"].node.book(AGREEMENT).fold("ab").rows()[X]
    assert (row["standing"], row["doubtful"]) == ("no_objection", True)
    assert event(c["a"], "ab", given.seq, "b").code == ""
    with pytest.raises(Refused) as refusal:
        activate(c["a"], "ab", X)
    assert refusal.value.code == "operation.uncovered"

    # -- another officer's answer covers again

    c["b"].say(command.decide(AGREEMENT, "ab", X, version(c["b"], "ab", X).leaf, NO), "air_operations")
    c.settle()
    assert "doubtful" not in c["a"].node.book(AGREEMENT).fold("ab").rows()[X]


def test_only_the_root_revokes_a_nodes_key_and_only_one_that_serves_no_more() -> None:
    """KEY-17."""
    c = three()
    a, old = c["a"], keying.log_name(c["a"].node.keys)
    [receipt] = rotate(a)

    with pytest.raises(Refused) as refusal:
        say_revoked(a, "log", old, receipt.seq, office="senior")
    assert refusal.value.code == "staff.authority"
    with pytest.raises(Refused) as refusal:
        say_revoked(a, "log", keying.log_name(a.node.keys), receipt.seq)
    assert refusal.value.code == "keys.current"
    say_revoked(a, "log", old, receipt.seq)
    c.settle()

    row = c["b"].node.book(AGREEMENT).fold("all").rows()["keys/a"]
    assert [taken[:3] for taken in row["revoked"]] == [["log", old, receipt.seq]]
    # -- and it never comes back
    now = replace(changed(a, (), "two"), log=keying.node_keys("two").log)
    assert now.log is not a.node.keys.log


def test_one_root_key_of_three_is_revoked_by_the_two_others_and_signs_nothing_more() -> None:
    """KEY-17: the threshold stays; a second one lost would be one too many, so the document is changed before."""
    c = three()
    a = c["a"]
    root, held = take_over(a)
    lost = held[0].public.fingerprint
    say_as(a, command.revoke(AGREEMENT, "a", "root", lost, 0), held[1:])
    enrol = command.enrol(AGREEMENT, "a", OfficerId("a/new"), key("officer").public)

    with pytest.raises(Refused) as refusal:
        say_as(a, enrol, held[:2])
    assert refusal.value.code == "staff.signature"
    with pytest.raises(Refused) as refusal:
        say_as(a, command.revoke(AGREEMENT, "a", "root", held[1].public.fingerprint, 0), held[1:])
    assert refusal.value.code == "keys.too_few"

    # -- a new document without it makes three again

    book = a.node.book(AGREEMENT)
    new = document("a", [*held[1:], key("root-4")], 2, root)
    with pytest.raises(Refused) as refusal:
        rotation.follow(a.node, book, [(new, signed(new, [held[0], held[1], key("root-4")]))])
    assert refusal.value.code == "keys.follows"
    rotation.follow(a.node, book, [(new, signed(new, [*held[1:], key("root-4")]))])
    say_as(a, enrol, [held[2], key("root-4")])
    c.settle()
    assert c["c"].node.book(AGREEMENT).root(PartyId("a")) == new.plain() and alike(c) and flaws(c) == []


def test_an_enrolled_officer_is_found_by_the_fingerprint_that_stands_now() -> None:
    c = three()
    now = staff.enrolment(c["b"].node.book(AGREEMENT).fold("all").now(), "a/watch")
    assert now is not None and now.fingerprint == keying.enrolled(c["b"], "a/watch")


def test_a_change_of_keys_is_refused_when_a_byte_of_its_card_is_another() -> None:
    """KEY-20: the card's own signature covers it; and so does the entry's leaf."""
    c = three()
    a = c["a"]
    now = changed(a)
    told = card(a, now, first(a), [a.root])
    for field, value in (("url", "https://elsewhere"), ("name", "B"), ("number", 7)):
        with pytest.raises(Refused) as refusal:
            rotation.tell(a.node, {**told, field: value}, now)
        assert refusal.value.code == "keys.card"
    with pytest.raises(Untrusted):
        cards.require({**told, "url": "https://elsewhere"}, first(a))
    assert cards.require(told, first(a)) == {k: v for k, v in told.items() if k != "signature"}
    assert canonical.encode(roots.read(first(a).spelt(), "a").plain())


# -- a lost log key ----------------------------------------------------------------------------------------------------


def test_a_party_that_has_lost_its_log_key_goes_on_in_a_new_epoch_under_new_keys() -> None:
    """KEY-24: its root signs the opening and the card; nobody needs the old key."""
    c = three()
    a = c["a"]
    now = keying.node_keys("after-loss")
    a.node.generations, a.node.keys = [now], now  # the old ones are gone with the disk
    told = card(a, now, first(a), [a.root])

    opened, certified = rotation.begin_anew(
        a.node, AGREEMENT, told, now, lambda message: a.root.sign(suite.STATEMENT, message)
    )
    after = stop(a, "after")
    assert (opened.origin, opened.seq, certified.seq, after.seq) == (f"a/{AGREEMENT}/2", 0, 1, 2)
    c.settle()

    assert {event(c[p], "all", after.seq, "a").code for p in "bc"} <= {""}
    assert c["b"].node.book(AGREEMENT).size(f"a/{AGREEMENT}/2") == a.node.book(AGREEMENT).size(f"a/{AGREEMENT}/2")
    assert alike(c) and flaws(c) == []


def test_nobody_opens_an_epoch_under_keys_that_the_root_has_not_signed() -> None:
    """KEY-24, attack: certify by a non-root, for a feed that does not exist yet."""
    c = three()
    a = c["a"]
    thief = keying.node_keys("thief")
    false = card(a, thief, first(a), [a.officers["senior"]])
    data = introduced(c, {"card": false}, thief)
    with pytest.raises(Untrusted):
        carry.take(c["b"].node, data)
    assert c["b"].node.book(AGREEMENT).introduced == {}


def test_an_amendment_may_pin_the_root_that_the_feed_has_come_to() -> None:
    """KEY-6: a successor drafted from newer cards pins the later document; both texts lead to the same root."""
    c = three()
    a = c["a"]
    root, held = take_over(a)
    now = changed(a)
    told = card(a, now, root, held[:2])
    rotation.tell(a.node, told, now)
    c.settle()
    first_text = a.node.book(AGREEMENT).first
    rows = [{**row, "root": root.pin} if row["id"] == "a" else row for row in first_text.plain["party"]]
    text = agreements.load({**first_text.plain, "predecessor": first_text.digest, "party": rows})
    circle_keys = {k: v for m in "abc" for k, v in c[m].node.book(AGREEMENT).circle_keys.items()}
    a.card = told
    c.adopt(text, circle_keys)
    for party in "abc":
        c[party].say(command.sign(text, text.parties))
    c.settle()
    say_as(a, command.enrol(AGREEMENT, "a", OfficerId("a/new"), key("officer").public), held[:2])
    c.settle()

    assert c["b"].node.book(AGREEMENT).current(c.clock.now()).digest == text.digest
    assert c["b"].node.book(AGREEMENT).root(PartyId("a"), root.pin) == root.plain()
    assert alike(c) and flaws(c) == []
