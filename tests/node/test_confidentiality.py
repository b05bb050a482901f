"""What circle ab says stays there: party c is given nothing of it, stores nothing, shows nothing, and cannot tell."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.node.stories import (
    AGREEMENT,
    CIRCLES,
    NO,
    YES,
    activate,
    change,
    fold,
    plan,
    propose,
    site,
    three,
    version,
)

from entente.feed import bundle, leaf, sealed
from entente.feed.bundle import Lane
from entente.ids import SubjectId
from entente.joint import line
from entente.joint.plan import Kind
from entente.node import carry, command, duties
from entente.node.book import spell_agreement
from entente.node.node import Node
from entente.store.sqlite import open_sqlite
from entente.testing.coalition import START, Coalition

X = SubjectId("operation/a/marigold-name")
MARK = b"marigold"


def story(coalition: Coalition) -> None:
    """Circle ab says everything that can be said, with a word in each field that takes words."""
    a, b = coalition["a"], coalition["b"]
    what = plan("marigold title", note="marigold note", kind=Kind.PERSONNEL_RECOVERY)
    propose(a, "ab", "marigold-name", what)
    coalition.settle()
    leaf = version(b, "ab", X).leaf
    b.say(command.decide(AGREEMENT, "ab", X, leaf, NO, note="marigold why", to=["a"]))
    b.say(command.dissent(AGREEMENT, "ab", X, leaf, "marigold doubt", to=["a"]), "protection")
    coalition.settle()
    change(a, "ab", X, plan("marigold again", lat=48))
    sites = [site("m", "marigold clinic", note="marigold")]
    issue = command.notify_sites(AGREEMENT, "ab", "a", "marigold-list", 1, sites, "marigold purpose", to=["b"])
    a.say(issue, "protection")
    a.say(command.stop(AGREEMENT, "ab", "a", "marigold-stop", line.Reason.OTHER, note="marigold"), "watch")
    draft = b.draft(command.stop(AGREEMENT, "ab", "b", "marigold-alert", line.Reason.OTHER, note="marigold"), "watch")
    carry.send_stop(b.node, draft, b.key("watch").sign("application/vnd.entente.statement+json", draft.message))
    b.say(command.standing_decision(AGREEMENT, "ab", "b", YES, ["personnel_recovery"], START.replace(year=2027)))
    coalition.settle()
    duties.answer(b.node)
    activate(a, "ab", X, threat="marigold threat")
    coalition.settle()


def opened(node: Node, data: bytes) -> bytes:
    """Return a bundle's bytes, and behind them everything that its receiver can open in it."""
    found = bundle.unpack(data, lambda *_: None)
    told = found.manifest
    info = sealed.info_of(told["agreement"], told["from"], told["to"], told["nonce"])
    grants = [frame.body for frame in found.frames if frame.lane is Lane.GRANT]
    salts = {name: salt for g in grants for name, salt in sealed.read_grant(node.keys.seal.open(g, info)).items()}
    parts = [frame.body for frame in found.frames if frame.lane in (Lane.ACT, Lane.DETAIL)]
    return b"\n".join([data, *(sealed.opened(part, "x", salts[sealed.name_of(part)]).data for part in parts)])


def carried(coalition: Coalition, to: str = "c") -> tuple[list[bytes], list[dict[str, Any]]]:
    """Tell the story, and return every bundle given to a party and every question put to it."""
    given: list[bytes] = []
    asked: list[dict[str, Any]] = []
    ask, answer = carry.ask, carry.answer

    def heard(node: Any, agreement: str, peer: str, **how: Any) -> dict[str, Any]:
        question = ask(node, agreement, peer, **how)
        if peer == to:
            asked.append(question)
        return question

    def told(node: Any, question: Any) -> bytes | None:
        data = answer(node, question)
        if question["from"] == to and data is not None:
            given.append(data)
        return data

    carry.ask, carry.answer = heard, told
    try:
        story(coalition)
    finally:
        carry.ask, carry.answer = ask, answer
    return given, asked


def cells(path: Path) -> Iterator[bytes]:
    """Yield every value that the file holds."""
    with closing(sqlite3.connect(path)) as file:
        for (table,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in file.execute(f"SELECT * FROM {table}"):
                yield from (value if isinstance(value, bytes) else str(value).encode() for value in row)


def test_what_a_circle_says_is_neither_given_to_others_nor_stored_nor_shown_there(tmp_path: Path) -> None:
    """FEED-44, JOINT-20: neither its words, nor its operations' names, nor its own name."""
    store = open_sqlite(tmp_path / "c.sqlite", create=True)
    coalition = Coalition.form("a", "b", "c", circles=CIRCLES, stores={"c": store})

    given, asked = carried(coalition)

    c = coalition["c"].node
    text = spell_agreement(c.book(AGREEMENT).first)
    rows = [fold(coalition["c"], name).rows() for name in ("all", "bc")]
    shown = json.dumps([rows, c.journal_lines(), list(c.watch.flights), list(c.watch.sites)])
    c.close()
    stored = b"\n".join(cells(tmp_path / "c.sqlite"))
    assert MARK not in (tmp_path / "c.sqlite").read_bytes()
    asked_of = json.dumps(asked).encode()
    everything = {
        "given": b"".join(opened(c, data) for data in given),
        "stored": stored,
        "shown": shown.encode(),
        "asked": asked_of,
    }
    at_b = json.dumps([fold(coalition["b"], "ab").rows(), list(coalition["b"].node.watch.sites)]).encode()
    assert at_b.count(MARK) > 3, "the story reached those whom it was for"
    for name, data in everything.items():
        assert MARK not in data.lower(), name
        # The agreement's own text names its circles to all its parties; nothing else does.
        assert b'"ab"' not in data.replace(text, b""), name


def test_what_is_carried_to_a_member_is_read_by_nobody_on_the_way() -> None:
    """FEED-14, FEED-17: a stick that is lost says who wrote how much and when, and of STOPs what everyone must know."""
    coalition = three()

    given, _ = carried(coalition, "b")

    b = coalition["b"].node
    quiet = [
        data for data in given if not any(f.lane is Lane.STOP for f in bundle.unpack(data, lambda *_: None).frames)
    ]
    assert any(MARK in opened(b, data) for data in quiet)
    assert not any(MARK in data for data in quiet)


def test_a_leaf_tells_no_outsider_its_circle() -> None:
    """FEED-5, FEED-7: tags, commitments and place are all that differ; without a key a tag is noise."""
    coalition = three()
    b = coalition["b"]
    seqs = {}
    for circle in ("ab", "bc", "all"):
        what = command.stop(AGREEMENT, circle, "b", f"s-{circle}", line.Reason.OTHER)
        seqs[circle] = b.say(what, "watch").seq
    origin = f"b/{AGREEMENT}/1"
    entries = {c: next(iter(b.node.store.leaves(origin, seq, seq + 1))).leaf for c, seq in seqs.items()}

    fields = {c: json.loads(data) for c, data in entries.items()}

    assert len({len(data) for data in entries.values()}) == 1
    same = [{k: v for k, v in f.items() if k not in ("seq", "tag", "com", "com2")} for f in fields.values()]
    assert same[0] == same[1] == same[2]
    assert len({f["tag"] for f in fields.values()}) == 3


def test_a_leafs_time_is_no_finer_than_the_cadence_and_its_size_a_power_of_two() -> None:
    """FEED-6, FEED-8."""
    coalition = three()
    coalition.clock.advance(seconds=61.5)
    receipt = propose(coalition["a"], "ab", "x", plan(note="n" * 5000))
    stored = next(iter(coalition["a"].node.store.leaves(receipt.origin, receipt.seq, receipt.seq + 1)))

    read = leaf.decode(stored.leaf, receipt.origin, receipt.seq)

    assert read.t == int(START.timestamp()) + 60
    assert read.size == 16384


def test_an_outsider_is_not_asked_for_what_only_members_can_have() -> None:
    """FEED-45: a question to c names no entry of circle ab, and no STOP that was sent there."""
    coalition = three()
    b = coalition["b"]
    what = command.stop(AGREEMENT, "ab", "b", "one", line.Reason.OTHER)
    seq = b.say(what, "watch").seq
    draft = b.draft(command.stop(AGREEMENT, "ab", "b", "two", line.Reason.OTHER), "watch")
    carry.send_stop(b.node, draft, b.key("watch").sign("application/vnd.entente.statement+json", draft.message))
    coalition.carry("b", "c")
    coalition.carry("c", "a")  # the leaves come to a by way of c, and without their acts

    to_c, to_b = (carry.ask(coalition["a"].node, AGREEMENT, peer) for peer in ("c", "b"))

    assert [f"b/{AGREEMENT}/1", seq] in to_b["want"] and not to_c["want"]
    assert not carry.ask(b.node, AGREEMENT, "c")["alerts"] and carry.ask(b.node, AGREEMENT, "a")["alerts"]


def test_a_bundle_holds_no_frame_that_is_not_for_its_reader() -> None:
    """FEED-44: whatever the reader says that it wants."""
    coalition = three()
    receipt = propose(coalition["a"], "ab")
    question = carry.ask(coalition["c"].node, AGREEMENT, "a")
    question["have"] = {receipt.origin: receipt.seq}
    question["roots"] = {}
    greedy = {**question, "want": [[receipt.origin, seq] for seq in range(receipt.seq + 1)], "cursor": ""}

    data = carry.answer(coalition["a"].node, greedy)
    assert data is not None
    found = bundle.unpack(data, lambda *_: None)

    assert (receipt.origin, receipt.seq) not in [
        (frame.head.get("origin"), frame.head.get("seq")) for frame in found.frames
    ]
