"""Every verdict's code is produced by an act that a faulty node writes, and every node gives the same one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.node import keying, moving
from tests.node.stories import (
    AGREEMENT,
    NO,
    YES,
    activate,
    admitting,
    append,
    change,
    copy,
    decide,
    event,
    fold,
    lapsing,
    plan,
    propose,
    tell,
    three,
    utter,
    version,
    witness_line,
    witnessed,
)

from entente import canonical
from entente.feed.suite import b64
from entente.ids import CircleId, Hash, Origin, SubjectId
from entente.joint import agreement as agreements
from entente.joint import line
from entente.joint.act import Head, spell
from entente.joint.agreement import Agreement
from entente.joint.decisions import Answer
from entente.joint.verdict import SENTENCES, VERBS
from entente.node import command
from entente.testing.coalition import START, Coalition
from entente.tlog.checkpoint import Checkpoint
from entente.tlog.note import Note

X = SubjectId("operation/a/x")
STOP: dict[str, Any] = {"reason": "other", "operation": "", "note": ""}
LEAF = "0" * 64
SEEN: dict[str, Any] = {"size": 1, "cosignature": ""}
Found = tuple[Coalition, str, str, int]
"""Whose act of which circle at which place; the party is `a` unless a case says otherwise."""


def version_body(c: Coalition, number: int = 1, **more: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "version": number, "kind": "general", "crew": "crewed", "start": spell(START),
        "end": spell(START + timedelta(hours=1)), "areas": [], "previous": "", "proxy_for": "",
    }  # fmt: skip
    return body | more


def proposed(phase: str = "planned") -> Coalition:
    """An operation x of a in circle ab that has come to a phase."""
    c = three()
    propose(c["a"], "ab")
    if phase == "withdrawn":
        c["a"].say(command.withdraw(AGREEMENT, "ab", X, version(c["a"], "ab", X).leaf))
    elif phase != "planned":
        activate(c["a"], "ab", X, threat="declared")
        if phase == "ended":
            c["a"].say(command.end(AGREEMENT, "ab", X, version(c["a"], "ab", X).leaf))
        elif phase != "active":
            c["a"].say(command.deviate(AGREEMENT, "ab", X, version(c["a"], "ab", X).leaf, phase))
    c.settle()
    return c


def after(phase: str, verb: str) -> Callable[[], Found]:
    """The owner's step that a phase is not open to."""

    def case() -> Found:
        c = proposed(phase)
        body = {"version": version(c["a"], "ab", X).leaf}
        return c, "a", "ab", utter(c["a"], verb, X, body)

    return case


def says(verb: str, subject: str, body: dict[str, Any], circle: str = "ab", **how: Any) -> Callable[[], Found]:
    """One act in a new coalition."""

    def case() -> Found:
        c = three()
        return c, "a", circle, utter(c["a"], verb, subject, body, circle=circle, **how)

    return case


def on_proposed(party: str, verb: str, body: dict[str, Any], subject: str = X, **how: Any) -> Callable[[], Found]:
    """One act about the planned operation x; `version` stands for its leaf."""

    def case() -> Found:
        c = proposed()
        leaf = version(c[party], "ab", X).leaf
        filled = {key: leaf if value == "LEAF" else value for key, value in body.items()}
        return c, party, "ab", utter(c[party], verb, subject, filled, **how)

    return case


def _cites_less() -> Found:
    c = three()
    c["a"].say(command.stop(AGREEMENT, "ab", "a", "one", line.Reason.OTHER), "watch")
    return c, "a", "ab", utter(c["a"], "stop.send", "stop/a/two", STOP, seen=())


def _seen_ahead() -> Found:
    c = three()
    b = c["b"].node.book(AGREEMENT)
    c["b"].say(command.stop(AGREEMENT, "all", "b", "one", line.Reason.OTHER), "watch")
    root = b.root_at(b.origin, b.size(b.origin))
    assert root is not None
    ahead = (Head(b.origin, b.size(b.origin), root),)
    found = utter(c["a"], "stop.send", "stop/a/two", STOP, signer_seen=ahead)
    return c, "a", "ab", found


def _repeated() -> Found:
    c = three()
    utter(c["a"], "stop.send", "stop/a/one", STOP, nonce="n" * 32)
    return c, "a", "ab", utter(c["a"], "stop.send", "stop/a/two", STOP, nonce="n" * 32)


def _other_key(office: str) -> Callable[[], Found]:
    def case() -> Found:
        c = three()
        return c, "a", "ab", utter(c["a"], "stop.send", "stop/a/one", STOP, key=c["a"].key(office))

    return case


def _other_suite() -> Found:
    c = copy(admitting())
    return c, "a", "ab", utter(c["a"], "stop.send", "stop/a/one", STOP, suite="W1")


def _stop_twice() -> Found:
    c = three()
    c["a"].say(command.stop(AGREEMENT, "ab", "a", "one", line.Reason.OTHER), "watch")
    return c, "a", "ab", utter(c["a"], "stop.send", "stop/a/one", STOP)


def _lifts_anothers() -> Found:
    c = three()
    receipt = c["b"].say(command.stop(AGREEMENT, "ab", "b", "one", line.Reason.OTHER), "watch")
    c.settle()
    return c, "a", "ab", utter(c["a"], "stop.lift", "stop/b/one", {"stop": receipt.leaf})


def _proposed_again() -> Found:
    c = proposed()
    return c, "a", "ab", utter(c["a"], "operation.propose", X, version_body(c))


def _stale(verb: str, party: str, body: dict[str, Any]) -> Callable[[], Found]:
    def case() -> Found:
        c = proposed()
        old = version(c["a"], "ab", X).leaf
        change(c["a"], "ab", X, plan(lat=48))
        c.settle()
        return c, party, "ab", utter(c[party], verb, X, {**body, "version": old})

    return case


def _outside_limits() -> Found:
    c = three()
    until = START + timedelta(hours=1)
    given = c["b"].say(command.standing_decision(AGREEMENT, "ab", "b", YES, ["transport"], until))
    propose(c["a"], "ab")
    c.settle()
    body = {
        "version": version(c["b"], "ab", X).leaf, "answer": "no_objection", "screening": "", "findings": 0,
        "opened": [], "undisclosed": 0, "under": given.leaf,
    }  # fmt: skip
    return c, "b", "ab", utter(c["b"], "decision.give", X, body, machine=True)


def answer(**more: Any) -> dict[str, Any]:
    fixed = {"version": "LEAF", "answer": "no_objection", "screening": "", "findings": 0, "opened": []}
    return {**fixed, "undisclosed": 0, "under": "", **more}


def _flight_safety() -> Found:
    c = Coalition.form("a", "b", circles={"ab": (["a", "b"], [])}, mode="flight_safety")
    propose(c["a"], "ab")
    c.settle()
    body = answer(version=version(c["b"], "ab", X).leaf)
    return c, "b", "ab", utter(c["b"], "decision.give", X, body)


def _mixed() -> Coalition:
    """Parties a and b fly and sign; n does neither, and reads in circle ab."""
    c = Coalition.gather("a", "b", "n")
    rows = [
        {"id": p, "name": p, "root": c[p].root.public.fingerprint, "flies": p != "n", "signs": p != "n"} for p in "abn"
    ]
    text, keys = c.text("exercise-test", {"ab": (["a", "b"], ["n"])}, party=rows)
    c.adopt(text, keys)
    c.sign(text)
    return c


def _not_flying() -> Found:
    c = _mixed()
    return c, "n", "all", utter(c["n"], "operation.propose", "operation/n/x", version_body(c), circle="all")


def _audience() -> Found:
    c = _mixed()
    return c, "a", "ab", utter(c["a"], "operation.propose", X, version_body(c))


def _not_signatory() -> Found:
    c = _mixed()
    digest = c["n"].node.book(AGREEMENT).first.digest
    return c, "n", "all", utter(c["n"], "agreement.sign", "agreement/first", {"digest": digest}, circle="all")


def _not_in_force() -> Found:
    c = Coalition.gather("a", "b")
    text, keys = c.text("exercise-test", {"ab": (["a", "b"], [])})
    c.adopt(text, keys)
    c.man("a", text)
    return c, "a", "ab", utter(c["a"], "stop.send", "stop/a/one", STOP)


def successor(c: Coalition) -> tuple[Agreement, dict[Any, bytes]]:
    first = c["a"].node.book(AGREEMENT).first
    plain = {**first.plain, "predecessor": first.digest, "note": "second"}
    return agreements.load(plain), {k: v for m in "abc" for k, v in c[m].node.book(AGREEMENT).circle_keys.items()}


def _succeeded() -> Found:
    c = three()
    first = c["a"].node.book(AGREEMENT).first
    text, keys = successor(c)
    c.adopt(text, keys)
    for party in "abc":
        c[party].say(command.sign(text, text.parties))
    c.settle()
    return c, "a", "ab", utter(c["a"], "stop.send", "stop/a/one", STOP, agreement=first.digest)


def _answered() -> Found:
    c = three()
    digest = c["a"].node.book(AGREEMENT).first.digest
    return c, "a", "all", utter(c["a"], "agreement.sign", "agreement/first", {"digest": digest}, circle="all")


def _other_question() -> Found:
    c = three()
    digest = c["a"].node.book(AGREEMENT).first.digest
    return c, "a", "all", utter(c["a"], "agreement.sign", "agreement/other", {"digest": digest}, circle="all")


def _fork_unknown() -> Found:
    """The evidence comes before the keys by which it could be read."""
    c = Coalition.gather("a", "b")
    text, keys = c.text("exercise-test", {"ab": (["a", "b"], [])})
    c.adopt(text, keys)
    c.man("a", text)
    origin = "b/exercise-test/1"
    body = {"origin": origin, "evidence": "{}", "parting": 1}
    return c, "a", "all", utter(c["a"], "fork.report", f"fork/{origin}", body, circle="all")


def _unknown_verb() -> Found:
    c = three()
    return c, "a", "ab", utter(c["a"], "operation.levitate", X, {})


FORK = {"origin": f"b/{AGREEMENT}/1", "evidence": "{}", "parting": 1}
SITES = {"issue": 1, "sites": 0, "purpose": "protection", "until": ""}
TERMS: dict[str, Any] = {
    "to": ["b"], "purpose": "keep_away", "limits": [], "words": "", "start": "", "until": "", "consent": "",
    "onward": "",
}  # fmt: skip
LIST = "release/sites/a/list"
NOTED = {"terms": LEAF, "purpose": "keep_away", "limits": []}
WITHDRAWN = {"terms": LEAF, "why": "consent_withdrawn", "sites": []}
ONWARD = {"terms": LEAF, "by": "b", "to": "c", "until": spell(START + timedelta(days=1))}
OFFICER = {"officer": "a/new", "key": {}, "fingerprint": LEAF, "rank": ""}
TERM = {"officer": "a/senior", "office": "senior", "start": spell(START), "until": ""}
CASES: dict[str, Callable[[], Found]] = moving.CASES | keying.CASES | {
    "act.body": says("stop.send", "stop/a/one", {"reason": "because"}),
    "act.circle": lambda: _not_member(),
    "act.decided_elsewhere": says("staff.enrol", "staff/a/new", OFFICER),
    "act.seen": _cites_less,
    "act.signer": says("stop.send", "stop/a/one", STOP, machine=True),
    "act.tag": says("stop.send", "stop/a/one", STOP, circle="ab", tag="all"),
    "act.time": says("stop.send", "stop/a/one", STOP, at=START - timedelta(seconds=1)),
    "act.unknown": _unknown_verb,
    "agreement.answered": _answered,
    "agreement.not_in_force": _not_in_force,
    "agreement.not_signatory": _not_signatory,
    "agreement.succeeded": _succeeded,
    "agreement.unknown": _other_question,
    "decision.answer": _flight_safety,
    "decision.findings": on_proposed("b", "decision.give", answer(findings=1)),
    "decision.not_decider": on_proposed("a", "decision.give", answer()),
    "decision.stale": _stale("decision.give", "b", answer()),
    "dissent.item": on_proposed("b", "dissent.give", {"item": LEAF}),
    "fork.subject": says("fork.report", "fork/other", FORK, circle="all", machine=True),
    "fork.unknown": _fork_unknown,
    "epoch.branch": lambda: _opens(cited=False),
    "epoch.closed": lambda: _closed(),
    "epoch.place": lambda: _opens(first=False),
    "epoch.previous": lambda: _opens(previous="b"),
    "epoch.subject": lambda: _opens(subject="epoch/a/3"),
    "epoch.unopened": lambda: _unopened(),
    "fork.unproven": says("fork.report", f"fork/b/{AGREEMENT}/1", FORK, circle="all", machine=True),
    "lapse.answered": lambda: _lapse(answer="objection"),
    "lapse.early": lambda: _lapse(hours=0),
    "lapse.not_agreed": on_proposed("a", "operation.lapse", {"version": "LEAF", "silent": []}),
    "lapse.parties": lambda: _lapse(party="a"),
    "lapse.unheld": lambda: _lapse(held=1),
    "lapse.unknown": lambda: _lapse(held=10_000),
    "operation.active": after("active", "operation.withdraw"),
    "operation.area": says("operation.propose", X, version_body(three(), areas=["nowhere"])),
    "operation.audience": _audience,
    "operation.contingent": after("contingent", "operation.withdraw"),
    "operation.deviation": lambda: _deviates(),
    "operation.ended": after("ended", "operation.end"),
    "operation.exists": _proposed_again,
    "operation.nonconforming": after("nonconforming", "operation.withdraw"),
    "operation.not_flying": _not_flying,
    "operation.other_party": says("operation.propose", "operation/b/x", version_body(three())),
    "operation.planned": after("planned", "operation.end"),
    "operation.stale": _stale("operation.activate", "a", {"threat": "declared"}),
    "operation.threat": on_proposed("a", "operation.activate", {"version": "LEAF", "threat": "t" * 501}),
    "operation.uncovered": on_proposed("a", "operation.activate", {"version": "LEAF", "threat": ""}),
    "operation.unknown": on_proposed("a", "operation.withdraw", {"version": "LEAF"}, subject="operation/a/unheard"),
    "operation.version": on_proposed("a", "operation.withdraw", {"version": LEAF}),
    "operation.window": says("operation.propose", X, version_body(three(), end=spell(START))),
    "operation.withdrawn": after("withdrawn", "operation.withdraw"),
    "record.cosignature": lambda: _acknowledges(cosignature="AAAA"),
    "record.held": lambda: _acknowledges(more=1),
    "record.other_party": says("record.acknowledge", "record/b", {"held": []}, circle="all", machine=True),
    "release.changed": lambda: _changed_terms(),
    "release.grant": says("release.grant", "grant/b", {}, machine=True),
    "release.onward": says("release.onward", LIST, ONWARD | {"to": "b"}),
    "release.other_party": says("release.terms", "release/sites/b/list", TERMS),
    "release.period": says("release.terms", LIST, TERMS | {"until": spell(START)}),
    "release.recipients": says("release.terms", LIST, TERMS | {"to": ["b", "a"]}),
    "release.sites": says("release.withdraw", LIST, WITHDRAWN | {"sites": ["y", "x"]}),
    "release.unknown": says("release.acknowledge", "release/sites/b/list", NOTED),
    "release.words": says("release.terms", LIST, TERMS | {"limits": ["not_exported", "not_combined"]}),
    "sites.chunks": says("sites.notify", "sites/a/list", SITES | {"sites": 1}),
    "sites.issue": says("sites.notify", "sites/a/list", SITES | {"issue": 2}),
    "sites.other_party": says("sites.notify", "sites/b/list", SITES),
    "sites.purpose": says("sites.notify", "sites/a/list", SITES | {"purpose": " "}),
    "sites.unknown": says("sites.acknowledge", "sites/b/list", {"issue": LEAF}),
    "staff.authority": says("stop.send", "stop/a/one", STOP, office="observer"),
    "staff.key": _other_key("watch"),
    "staff.not_appointed": says("stop.send", "stop/a/one", STOP, officer="a/watch", key=None, office="senior"),
    "staff.office": says("staff.appoint", "staff/a/senior", TERM | {"office": "root"}, circle="all"),
    "staff.other_party": says("staff.appoint", "staff/b/senior", TERM | {"officer": "b/senior"}, circle="all"),
    "staff.signature": says("stop.send", "stop/a/one", STOP, signature={"ed25519": "", "mldsa65": ""}),
    "staff.suite": _other_suite,
    "staff.term": says("staff.appoint", "staff/a/senior", TERM | {"until": spell(START)}, circle="all"),
    "staff.unknown": says("stop.send", "stop/a/one", STOP, officer="a/stranger"),
    "standing_decision.limits": _outside_limits,
    "standing_decision.subject": says(
        "standing_decision.give",
        "standing-decision/b/default",
        {"answer": "no_objection", "kinds": [], "until": spell(START), "areas": []},
    ),
    "standing_decision.unknown": says(
        "standing_decision.revoke", "standing-decision/a/default", {"given": LEAF}
    ),
    "statement.expired": says("stop.send", "stop/a/one", STOP, expires=spell(START - timedelta(seconds=1))),
    "statement.repeated": _repeated,
    "statement.seen": _seen_ahead,
    "stop.note": says("stop.send", "stop/a/one", STOP | {"note": "n" * 201}),
    "stop.other_party": _lifts_anothers,
    "stop.subject": says("stop.send", "stop/b/one", STOP),
    "stop.unknown": says("stop.acknowledge", "stop/b/one", {"stop": LEAF}),
    "witness.cosignature": lambda: _keeps_a_cosignature(of=0),
    "witness.head": lambda: _keeps_a_cosignature(more=1),
    "witness.not_agreed": says("record.witnessed", "witness/a", SEEN, circle="all", machine=True),
    "witness.other_party": says("record.witnessed", "witness/b", SEEN, circle="all", machine=True),
}  # fmt: skip


def _lapse(party: str = "b", hours: int = 2, held: int | None = None, answer: str = "") -> Found:
    """Party a says that b was silent, pointing at b's last two entries unless told otherwise."""
    c = lapsing()
    propose(c["a"], "ab")
    tell(c)
    if answer:
        decide(c["b"], "ab", X, Answer(answer))
    c.clock.advance(seconds=3600 * hours)
    c["b"].say(command.stop(AGREEMENT, "ab", "b", "late", line.Reason.OTHER), "watch")
    c.settle()
    dated = c["b"].node.book(AGREEMENT).size(Origin(f"b/{AGREEMENT}/1")) - 1
    at = dated - 1 - bool(answer) if held is None else held
    body = {"version": version(c["a"], "ab", X).leaf, "silent": [{"party": party, "held": at, "dated": dated}]}
    return c, "a", "ab", utter(c["a"], "operation.lapse", X, body)


def _acknowledges(more: int = 0, cosignature: str = "") -> Found:
    c = three()
    heads = fold(c["a"]).heads(c["a"].node.book(AGREEMENT).origin)
    body = {"held": [[head.origin, head.size + more, cosignature] for head in heads]}
    return c, "a", "all", utter(c["a"], "record.acknowledge", "record/a", body, circle="all", machine=True)


def _keeps_a_cosignature(more: int = 0, of: int | None = None) -> Found:
    """Party a keeps the witness's cosignature over its head, or says that it is one over another."""
    c = witnessed()
    book = c["a"].node.book(AGREEMENT)
    size = book.size(book.origin) if of is None else of
    head = Checkpoint(origin=book.origin, size=size, root=book.trees[book.origin].frontier(size).root())
    line = Note.parse(f"{head.encode()}\n".encode() + witness_line(head)).lines[0]
    body = {"size": book.size(book.origin) + more, "cosignature": b64(line.signature)}
    return c, "a", "all", utter(c["a"], "record.witnessed", "witness/a", body, circle="all", machine=True)


def _not_member() -> Found:
    """Somebody who is not in a circle has come by its key."""
    c = three()
    keys = c["a"].node.book(AGREEMENT).circle_keys
    assert isinstance(keys, dict)
    keys["ab"] = c["b"].node.book(AGREEMENT).circle_keys[CircleId("bc")]
    return c, "a", "bc", utter(c["a"], "stop.send", "stop/a/one", STOP, circle="bc", tag="ab")


def _changed_terms() -> Found:
    """The recipient acknowledges what was said first, and not what stands now."""
    c = three()
    old = utter(c["b"], "release.terms", "release/sites/b/list", TERMS | {"to": ["a"]})
    utter(c["b"], "release.terms", "release/sites/b/list", TERMS | {"to": ["a"], "words": "more"})
    c.settle()
    leaf = event(c["b"], "ab", old).act.leaf
    return c, "a", "ab", utter(c["a"], "release.acknowledge", "release/sites/b/list", NOTED | {"terms": leaf})


def _deviates() -> Found:
    c = proposed("active")
    body = {"version": version(c["a"], "ab", X).leaf, "how": "sideways"}
    return c, "a", "ab", utter(c["a"], "operation.deviate", X, body)


IN_THE_SECOND = {"epoch.branch", "epoch.previous", "epoch.subject", "epoch.unopened"}
"""Codes of acts that stand in a second epoch."""


def _opens(*, previous: str = "a", subject: str = "epoch/a/2", first: bool = True, cited: bool = True) -> Found:
    """Party a opens an epoch, rightly but for what is said here."""
    c = three()
    book = c["a"].node.book(AGREEMENT)
    feed = Origin(f"{previous}/{AGREEMENT}/1")
    head = Head(feed, 3, Hash(book.root_at(feed, 3) or ""))
    body = {"previous": head.origin, "size": head.size, "root": head.root, "reason": "fork"}
    seen = tuple(sorted({*fold(c["a"]).heads(book.origin), *([head] if cited else [])}))
    with book.speaking("epoch.open" if first else "", "epoch/a/2"):
        return c, "a", "all", utter(c["a"], "epoch.open", subject, body, circle="all", office="root", seen=seen)


def _closed() -> Found:
    c, *_ = _opens()
    c.settle()
    book = c["a"].node.book(AGREEMENT)
    book._opening = Origin(f"a/{AGREEMENT}/1")
    head = Head(Origin(f"a/{AGREEMENT}/2"), 1, Hash(book.root_at(Origin(f"a/{AGREEMENT}/2"), 1) or ""))
    seq = utter(c["a"], "operation.withdraw", X, {"version": LEAF}, seen=(head, *fold(c["a"], "ab").heads(book.origin)))
    return c, "a", "ab", seq


def _unopened() -> Found:
    c = three()
    with c["a"].node.book(AGREEMENT).speaking("epoch.open", "epoch/a/2"):
        return c, "a", "ab", utter(c["a"], "stop.send", "stop/a/one", STOP)


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_every_code_is_given_to_some_act_and_by_every_member_alike(code: str) -> None:
    """JOINT-10, JOINT-11."""
    coalition, party, circle, seq = CASES[code]()
    coalition.settle()

    members = coalition[party].node.book(AGREEMENT).first.circle(circle).members
    epoch = 2 if code in IN_THE_SECOND else 1
    found = {member: event(coalition[member], circle, seq, party, epoch).code for member in members}

    assert set(found.values()) == {code}, found


def test_no_sentence_is_without_a_case_and_no_case_without_a_sentence() -> None:
    assert CASES.keys() == SENTENCES.keys()


# -- hostile bytes -----------------------------------------------------------------------------------------------------

SUBJECTS = ["x", "", "/", "operation", "operation/", "stop", "a" * 5000, "unreadable/a/b/1", "operation/a/x/y"]


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_no_subject_of_any_verb_stops_a_node(verb: str) -> None:
    """JOINT-12: whatever another party writes, a node folds it, void, and goes on."""
    bodies: dict[str, dict[str, Any]] = {
        "decision.give": answer(version=LEAF), "dissent.give": {"item": LEAF}, "operation.withdraw": {"version": LEAF},
        "operation.end": {"version": LEAF}, "operation.activate": {"version": LEAF, "threat": ""},
        "operation.deviate": {"version": LEAF, "how": "contingent"}, "stop.send": STOP, "stop.lift": {"stop": LEAF},
        "stop.acknowledge": {"stop": LEAF}, "sites.notify": SITES, "sites.acknowledge": {"issue": LEAF},
        "standing_decision.revoke": {"given": LEAF}, "agreement.sign": {"digest": "x"}, "fork.report": FORK,
        "staff.relieve": {"officer": "a", "office": "senior"}, "staff.enrol": OFFICER, "staff.appoint": TERM,
        "standing_decision.give": {"answer": "no_objection", "kinds": [], "until": "soon", "areas": []},
        "keys.certify": {"card": {}}, "release.terms": TERMS, "release.acknowledge": NOTED,
        "release.withdraw": WITHDRAWN, "release.onward": ONWARD, "release.grant": {}, "record.witnessed": SEEN,
    }  # fmt: skip
    c = three()
    body = (moving.BODIES | bodies).get(verb, version_body(c))
    circle = "all" if VERBS[verb].only_all else "ab"
    office = "root" if verb == "keys.certify" else "senior"

    places = [utter(c["a"], verb, subject, body, circle=circle, office=office) for subject in SUBJECTS]
    c.settle()

    assert all(event(c["b"], circle, seq, "a").code for seq in places)
    assert fold(c["b"], circle).digest() == fold(c["a"], circle).digest()


TIMES = [
    "0001-01-01T00:00:00+2359",
    "9999-12-31T23:59:59-2359",
    "2026-12-01T06:00:00.000z",
    "",
    "2026-W49-2T06:00:00.000Z",
]


@pytest.mark.parametrize("time", TIMES)
@pytest.mark.parametrize("where", ["at", "expires", "start", "until"])
def test_no_spelling_of_a_time_stops_a_node(time: str, where: str) -> None:
    """JOINT-5, JOINT-12."""
    c = three()
    if where == "at":
        seq = utter(c["a"], "stop.send", "stop/a/one", STOP)
        data = canonical.decode(next(p for p in c["a"].node.store.parts(f"a/{AGREEMENT}/1", seq)).data)
        append(c["a"], canonical.encode(data | {"at": time}))
    elif where == "expires":
        utter(c["a"], "stop.send", "stop/a/one", STOP, expires=time)
    elif where == "start":
        utter(c["a"], "operation.propose", X, version_body(c, start=time))
    else:
        utter(c["a"], "staff.appoint", "staff/a/senior", TERM | {"until": time or "x"}, circle="all")
    c.settle()

    assert fold(c["b"], "ab").digest() == fold(c["a"], "ab").digest()
    assert not fold(c["b"], "ab").now().events(SubjectId("stop/a/one")) or where == "at"


def test_a_card_that_holds_nothing_proves_no_fork_and_stops_no_node() -> None:
    """JOINT-12, JOINT-70."""
    c = three()
    card = {"root": c["a"].root.public.plain()}
    utter(c["a"], "keys.certify", "keys/a", {"card": card}, circle="all", office="root")
    body = {"origin": f"a/{AGREEMENT}/1", "evidence": "{}", "parting": 1}

    seq = utter(c["a"], "fork.report", f"fork/a/{AGREEMENT}/1", body, circle="all", machine=True)
    c.settle()

    assert event(c["b"], "all", seq, "a").code == "fork.unproven"


def test_an_act_has_one_spelling() -> None:
    """JOINT-2: what is left out, added or repeated makes bytes that are no act."""
    c = three()
    seq = utter(c["a"], "stop.send", "stop/a/one", STOP)
    data = next(p for p in c["a"].node.store.parts(f"a/{AGREEMENT}/1", seq)).data
    plain = canonical.decode(data)
    root = "0" * 64
    spoilt = [
        {**plain, "statement": {k: v for k, v in plain["statement"].items() if k != "details"}},
        {**plain, "seen": [[*head, "more"] for head in plain["seen"]]},
        {**plain, "seen": [["b/x/1", -1, root]]},
        {**plain, "seen": [["b/x/1", 0, root]]},
        {**plain, "seen": [["b/x/1", 1, "root"]]},
        {**plain, "seen": [["c/x/1", 1, root], ["b/x/1", 1, root]]},
        {**plain, "seen": [["b/x/1", 1, root], ["b/x/1", 1, root]]},
        {**plain, "seen": [["b/x/1", 2, root], ["b/x/1", 1, root]]},
        {**plain, "more": 1},
        [plain],
    ]

    places = [append(c["a"], canonical.encode(value)) for value in spoilt]
    c.settle()

    for place in places:
        assert f"unreadable/a/{AGREEMENT}/1/{place}/act.fields" in fold(c["b"], "ab").rows()


def test_bytes_that_are_no_act_become_a_row_that_all_members_have() -> None:
    """JOINT-12."""
    c = three()

    for data in (b"", b"\xff", b"{}", b'{"a":1e9}', b"[" * 100, b'{"b":1,"a":2}'):
        append(c["a"], data)
    c.settle()

    assert len([row for row in fold(c["b"], "ab").rows() if row.startswith("unreadable/")]) == 6
    assert fold(c["b"], "ab").digest() == fold(c["a"], "ab").digest()


def test_an_act_that_signs_an_agreement_waits_until_its_text_is_held() -> None:
    """JOINT-13: a verdict never depends on what a node happens to hold."""
    c = three()
    text, keys = successor(c)
    for party in "ab":
        c[party].node.adopt(text, {p: c[p].card for p in "abc"}, keys)
        c[party].say(command.sign(text, []))  # its text goes to nobody
    c.settle()
    c["a"].say(command.stop(AGREEMENT, "ab", "a", "one", line.Reason.OTHER), "watch")
    c.settle()
    assert fold(c["c"]).cut_digest() != fold(c["a"]).cut_digest()

    c["c"].node.adopt(text, {p: c[p].card for p in "abc"}, keys)

    assert fold(c["c"]).cut_digest() == fold(c["a"]).cut_digest()
    assert fold(c["c"]).digest() == fold(c["a"]).digest()


def test_an_operation_of_all_is_neither_answered_nor_activated_in_a_narrower_circle() -> None:
    """JOINT-21: c's objection in `all` is not passed over where c cannot see."""
    c = three()
    propose(c["a"], "all")
    c.settle()
    decide(c["b"], "all", X, YES)
    decide(c["c"], "all", X, NO)
    c.settle()
    leaf = version(c["a"], "all", X).leaf

    seq = utter(c["a"], "operation.activate", X, {"version": leaf, "threat": ""}, circle="ab")
    c.settle()

    assert event(c["b"], "ab", seq, "a").code == "operation.unknown"
    assert X not in fold(c["b"], "ab").rows()
    assert fold(c["a"], "all").rows()[X]["phase"] == "planned"


def test_a_party_has_one_feed_under_an_agreement() -> None:
    """FEED-2, FEED-70: and one of each later epoch; another spelling is no feed of it."""
    book = three()["a"].node.book(AGREEMENT)

    assert book.owns(f"a/{AGREEMENT}/1") and book.origin == f"a/{AGREEMENT}/1"
    for other in (
        f"a/{AGREEMENT}/0",
        f"a/{AGREEMENT}/100",
        f"a/{AGREEMENT}/-1",
        f"a/{AGREEMENT}/01",
        f"a/{AGREEMENT}/1/",
        f"d/{AGREEMENT}/1",
        "a",
        "",
        "a/journal/1",
    ):
        assert not book.owns(other)
