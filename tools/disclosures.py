"""Makes spec/vectors/disclosure/*.json: what a disclosure proves, and changed ones that prove nothing.

Run `python -m tools.disclosures`, or with the names of those to make. Keys, salts and nonces are fresh each time, so a
file changes with every run; it is made again only when the format is another. The stories are those of the tests. Each
file says of itself what made it; Go and noble read the same files in tests/strangers.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from tests.node import keying, stories, test_epochs
from tests.node.test_forks import stop
from tests.node.test_keys import say_as
from tests.node.test_passkeys import enrolled

from entente import canonical
from entente.feed import fork, suite
from entente.feed.disclosure import Disclosure, Entry, Feed, decode
from entente.feed.fork import Apart, Fork, Side, Step
from entente.geo.altitude import parse_band
from entente.geo.interval import Interval
from entente.geo.position import Position
from entente.geo.volume import Circle, Volume
from entente.ids import Origin, SubjectId
from entente.joint.decisions import Answer
from entente.joint.line import Reason
from entente.joint.plan import Crew, Kind, Plan
from entente.node import command, rotation
from entente.node.disclose import Choice, disclose
from entente.testing.coalition import Coalition, Member
from entente.tlog import merkle
from entente.tlog.checkpoint import Checkpoint
from entente.tlog.note import Note
from entente.tlog.proof import consistency_proof
from entente.verify import disclosure
from entente.verify.report import Sort

FOLDER = Path(__file__).parents[1] / "spec" / "vectors" / "disclosure"
MADE = "tools/disclosures.py; judged by entente.verify and by tests/strangers/noble"
AGREEMENT = stories.AGREEMENT
A, B = Origin(f"a/{AGREEMENT}/1"), Origin(f"b/{AGREEMENT}/1")
Change = Callable[[Any], Any]
TOP = ("agreements", "cards", "roots")
"""Fields of a file that a patch may put in whole."""


def plan() -> Plan:
    """A flight of an hour."""
    start = datetime(2026, 12, 1, 8, tzinfo=UTC)
    volume = Volume(
        shape=Circle(centre=Position(lat=47.0, lon=8.0), radius_m=1000.0),
        band=parse_band("FL100-FL120"),
        interval=Interval(start=start, end=start + timedelta(hours=1)),
    )
    return Plan(id="", title="Water", kind=Kind.HUMANITARIAN, crew=Crew.CREWED, volumes=(volume,))


def made() -> tuple[bytes, str]:
    """North proposes, South has no objection; North shows both, its plan, and the text that its officer saw."""
    c = Coalition.form("north", "south")
    north, south = c["north"], c["south"]
    said = north.say(command.propose(AGREEMENT, "all", "north", "water", plan(), to=["south"]), "air_operations")
    c.settle()
    c.clock.advance(minutes=5)
    answer = command.decide(AGREEMENT, "all", said.subject, said.leaf, Answer.NO_OBJECTION)
    south.say(answer, "air_operations")
    c.settle()
    book = north.node.book(AGREEMENT)
    feeds = (Origin(f"north/{AGREEMENT}/1"), Origin(f"south/{AGREEMENT}/1"))
    wanted = Choice(feeds=feeds, subjects=frozenset({said.subject}), details=("plan", "shown"), reason="a vector")
    return disclose(north.node, book, wanted).data, book.first.digest


# -- stories: who shows what -------------------------------------------------------------------------------------------


def shown(member: Member, **choice: Any) -> tuple[bytes, str]:
    """What a member discloses, and the agreement's hash."""
    book = member.node.book(AGREEMENT)
    return disclose(member.node, book, Choice(**{"reason": "a vector", **choice})).data, book.first.digest


def changed_keys() -> tuple[bytes, str]:
    """A's node takes new keys, its root becomes two of three, and these revoke an officer's, who had sent a STOP."""
    c = stories.three()
    a, b = c["a"], c["b"]
    stories.propose(a, "ab", "water")
    stories.tell(c)
    first = a.node.book(AGREEMENT).size(A)
    keying.rotate(a, ("log",))
    root, keys = keying.take_over(a)
    new = keying.changed(a, ("cosigner",), "newer")
    rotation.tell(a.node, keying.card(a, new, root, keys[:2], 2), new)
    c.settle()
    sent = a.say(command.stop(AGREEMENT, "all", "a", "after", Reason.OTHER), "watch")
    stories.tell(c)
    named = a.key("watch").public.fingerprint
    say_as(a, command.revoke(AGREEMENT, "a", "officer", named, sent.seq), keys[:2])
    stories.decide(b, "ab", SubjectId("operation/a/water"))
    stories.tell(c)
    return shown(a, feeds=(A,), seqs=frozenset(range(first - 2, a.node.book(AGREEMENT).size(A))))


def cosigned() -> tuple[bytes, str]:
    """A proposal and its answer, acknowledged by the parties, whose heads the agreement's witness has cosigned."""
    c = stories.witnessed()
    stories.propose(c["a"], "ab", "water")
    c.settle()
    stories.decide(c["b"], "ab", SubjectId("operation/a/water"))
    c.settle()
    stories.tell(c)
    for party in "ab":
        stories.cosign(c[party])
    stories.tell(c)
    return shown(c["a"], feeds=(A, B), subjects=frozenset({"operation/a/water"}), details=("plan",))


def passkeys() -> tuple[bytes, str]:
    """Two officers with passkeys, of each algorithm, send a STOP each."""
    c = stories.copy(stories.admitting())
    for party, edwards in (("a", False), ("b", True)):
        enrolled(c[party], edwards=edwards)
        c[party].say(command.stop(AGREEMENT, "all", party, "one", Reason.OTHER))
        c.settle()
    return shown(c["a"], feeds=(A, B), subjects=frozenset({"stop/a/one", "stop/b/one"}), details=("shown",))


def one_touch() -> tuple[bytes, str]:
    """An officer with a passkey sends three STOPs at one touch; one of them is disclosed, and the others are not."""
    c = stories.copy(stories.admitting())
    key = enrolled(c["a"])
    drafts = [c["a"].draft(command.stop(AGREEMENT, "all", "a", name, Reason.OTHER)) for name in ("one", "two", "three")]
    signed = key.sign_together([(suite.STATEMENT, draft.message) for draft in drafts])
    c["a"].node.say_all(list(zip(drafts, signed, strict=True)))
    c.settle()
    return shown(c["a"], feeds=(A, B), subjects=frozenset({"stop/a/two"}), details=("shown",))


def forked() -> tuple[bytes, str]:
    """A has told two stories and opens an epoch where they part; B shows it, with proofs of the fork in both forms."""
    c, other = test_epochs.found_out()
    test_epochs.open_epoch(c["a"])
    test_epochs.settle(c)
    stories.propose(c["a"], "ab", "water")
    test_epochs.settle(c)
    stories.decide(c["b"], "ab", SubjectId("operation/a/water"))
    test_epochs.settle(c)
    feeds = (Origin(f"a/{AGREEMENT}/2"), B)
    data, agreement = shown(c["b"], feeds=feeds, subjects=frozenset({"operation/a/water", "epoch/a/2"}))
    stop(other, "one-more")
    proofs = put(forks=tuple(sorted([apart(c["a"], other).encode(), two_heads(c["a"], other).encode()])))
    file = decode(data)
    return put(feeds=tuple(proofs(one) if one.origin == A else one for one in file.feeds))(file).encode(), agreement


def two_heads(one: Member, other: Member) -> Fork:
    """Evidence by two signed heads and a consistency proof to the larger that begins elsewhere (FEED-30)."""
    notes = [member.node.store.feed(A).checkpoint for member in (one, other)]  # type: ignore[union-attr]
    hashes = other.node.book(AGREEMENT).hashes(A)
    found = fork.prove(notes[0], notes[1], hashes, lambda note: Checkpoint.parse(Note.parse(note).text))  # type: ignore[arg-type]
    assert found is not None and found.proof
    return found


def apart(one: Member, other: Member) -> Apart:
    """Evidence by two roots at one size, from which consistency proofs lead to heads that were signed (FEED-74)."""
    sizes = [member.node.book(AGREEMENT).size(A) for member in (one, other)]
    return Apart(size=min(sizes), sides=(side(one, min(sizes)), side(other, min(sizes))))


def side(member: Member, size: int) -> Side:
    """The way from a member's root at `size` to the newest head that it signed."""
    book, row = member.node.book(AGREEMENT), member.node.store.feed(A)
    assert row is not None and row.checkpoint is not None
    hashes, whole = book.hashes(A), book.size(A)
    step = Step(size=whole, root=merkle.root(hashes), proof=tuple(consistency_proof(hashes, size, whole)))
    return Side(head=row.checkpoint, root=merkle.root(hashes[:size]), steps=(step,) if whole > size else ())


STORIES: dict[str, Callable[[], tuple[bytes, str]]] = {
    "two-parties": made, "changed-keys": changed_keys, "cosigned": cosigned, "passkeys": passkeys, "forked": forked,
    "one-touch": one_touch,
}  # fmt: skip


# -- changed files -----------------------------------------------------------------------------------------------------


def put(**fields: Any) -> Change:
    """Return what replaces fields."""
    return lambda one: msgspec.structs.replace(one, **fields)


def in_feed(file: Disclosure, at: int, change: Change) -> Disclosure:
    """Change one feed."""
    return put(feeds=tuple(change(one) if n == at else one for n, one in enumerate(file.feeds)))(file)


def in_entry(file: Disclosure, change: Callable[[Entry], Entry]) -> Disclosure:
    """Change the last entry of the first feed."""
    return in_feed(file, 0, lambda one: put(entries=(*one.entries[:-1], change(one.entries[-1])))(one))


def stripped(feed: Feed, line: int) -> Feed:
    """Take one line from under a head."""
    note = Note.parse(feed.head)
    kept = tuple(one for at, one in enumerate(note.lines) if at != line)
    return put(head=Note(text=note.text, lines=kept).encode())(feed)


def flipped(data: bytes) -> bytes:
    """Change the last byte."""
    return data[:-1] + bytes([data[-1] ^ 1])


def cases(file: Disclosure) -> Iterator[tuple[str, Disclosure]]:
    """Yield changed files, each with what was changed."""
    north, south = file.feeds
    last = north.entries[-1]
    cited = north.cited[-1]
    card = json.loads(file.cards[0])
    other = canonical.encode({**card, "keys": json.loads(file.cards[1])["keys"]})
    yield (
        "one byte of a detail",
        in_entry(file, lambda e: put(parts=(*e.parts[:-1], put(data=flipped(e.parts[-1].data))(e.parts[-1])))(e)),
    )
    yield "a salt", in_entry(file, lambda e: put(parts=(*e.parts[:-1], put(salt=bytes(32))(e.parts[-1])))(e))
    yield (
        "a detail under another name",
        in_entry(file, lambda e: put(parts=(*e.parts[:-1], put(name="note")(e.parts[-1])))(e)),
    )
    yield (
        "the act of another entry",
        in_entry(
            file, lambda e: put(parts=(north.entries[-2].parts[0],), commitments=north.entries[-2].commitments)(e)
        ),
    )
    yield "no commitments", in_entry(file, put(commitments=()))
    yield "a leaf at another place", in_entry(file, put(leaf=north.entries[-2].leaf))
    yield "another entry's path", in_entry(file, put(proof=north.entries[-2].proof))
    yield "a path that is too short", in_entry(file, put(proof=last.proof[:-1]))
    yield "a head without its Ed25519 line", in_feed(file, 0, lambda one: stripped(one, 0))
    yield "a head without its ML-DSA-44 line", in_feed(file, 0, lambda one: stripped(one, 1))
    yield "the head of another feed", in_feed(file, 0, put(head=south.head))
    yield "a cited root", in_feed(file, 0, put(cited=(*north.cited[:-1], put(root=bytes(32))(cited))))
    yield (
        "a last leaf that is not the last",
        in_feed(file, 0, put(cited=(*north.cited[:-1], put(last=north.entries[0].leaf)(cited)))),
    )
    yield "a card with another's keys", put(cards=(other, file.cards[1]))(file)
    yield "no card", put(cards=file.cards[1:])(file)
    yield "another agreement", put(agreements=(file.agreements[0].replace(b'"Test"', b'"Best"'),))(file)
    yield "no agreement", put(agreements=())(file)
    yield "entries out of order", in_feed(file, 0, put(entries=tuple(reversed(north.entries))))
    yield "feeds out of order", put(feeds=(south, north))(file)


def keys_cases(file: Disclosure) -> Iterator[tuple[str, Disclosure]]:
    """Yield what voids a file in which keys change."""
    card, step = json.loads(file.cards[1]), json.loads(file.roots[0])
    own = {suite.public_key(key).fingerprint for key in step["document"]["keys"]} & set(step["signatures"])
    old = set(step["signatures"]) - own
    yield "no card with the new keys", put(cards=(file.cards[0], *file.cards[3:]))(file)
    yield "cards of one party in another order", put(cards=(file.cards[1], file.cards[0], *file.cards[2:]))(file)
    yield "a card's number", put(cards=(file.cards[0], canonical.encode({**card, "number": 7}), *file.cards[2:]))(file)
    yield "no root document", put(roots=())(file)
    yield "a root document twice", put(roots=file.roots * 2)(file)
    yield "a root document that the old root did not sign", put(roots=(_step(step, own),))(file)
    yield "a root document that too few of its own keys signed", put(roots=(_step(step, {*old, min(own)}),))(file)
    yield "a root document with a lower threshold", put(roots=(_step(step, threshold=1),))(file)
    yield "a root document of another party", put(roots=(_step(step, party="b"),))(file)
    yield "a root document that follows nothing", put(roots=(_step(step, previous="0" * 64),))(file)
    yield "a root document that skips a version", put(roots=(_step(step, version=3),))(file)
    exchanged = {**step, "signatures": {**step["signatures"], min(own): step["signatures"][max(own)]}}
    yield "another key's signature", put(roots=(canonical.encode(exchanged),))(file)


def _step(step: Any, signed: Collection[str] | None = None, **changes: Any) -> bytes:
    """Return a root document with other fields, or with no signatures but those of some keys."""
    kept = {key: text for key, text in step["signatures"].items() if signed is None or key in signed}
    return canonical.encode({"document": {**step["document"], **changes}, "signatures": kept})


def cosigned_cases(file: Disclosure) -> Iterator[tuple[str, Disclosure]]:
    """Yield what voids any file: a line of a known key under a head that is false."""
    for at, line in enumerate(Note.parse(file.feeds[0].head).lines):
        yield f"a changed line of {line.name} ({at})", in_feed(file, 0, lambda one, at=at: _spoilt(one, at))


def _spoilt(feed: Feed, at: int) -> Feed:
    note = Note.parse(feed.head)
    lines = list(note.lines)
    lines[at] = replace(lines[at], signature=flipped(lines[at].signature))
    return put(head=Note(text=note.text, lines=tuple(lines)).encode())(feed)


def forked_cases(file: Disclosure) -> Iterator[tuple[str, Disclosure]]:
    """Yield evidence that proves nothing, of both forms, and feeds of one party under each other's heads."""
    one, second = file.feeds[:2]
    for at, data in enumerate(one.forks):
        plain = json.loads(data)
        for why, change in _untrue(plain):
            forks = tuple(sorted(canonical.encode(change) if n == at else proof for n, proof in enumerate(one.forks)))
            yield f"evidence of form {plain['v']}: {why}", in_feed(file, 0, put(forks=forks))
    yield "proofs of forks in another order", in_feed(file, 0, put(forks=one.forks[::-1]))
    yield "evidence of another feed's fork", in_feed(file, 1, put(forks=one.forks))
    yield "the epoch's feed under the head of the feed before", in_feed(file, 1, put(head=one.head))
    yield "the feed before under the epoch's head", in_feed(file, 0, put(head=second.head))
    yield "an epoch that is spelled otherwise", in_feed(file, 1, put(origin=f"a/{AGREEMENT}/02"))
    yield "an epoch beyond the last", in_feed(file, 1, put(origin=f"a/{AGREEMENT}/100"))


def _untrue(plain: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    if plain["v"] == 1:
        yield "one head twice", {**plain, "larger": plain["smaller"]}
        yield "another root", {**plain, "other_root": "0" * 64}
        yield "one hash more", {**plain, "proof": [*plain["proof"], "0" * 64]}
        return
    one, other = plain["sides"]
    yield "one side twice", {**plain, "sides": [one, one]}
    yield "both sides at another size", {**plain, "size": plain["size"] - 1}
    yield "a root of its own", {**plain, "sides": [{**one, "root": "0" * 64}, other]}
    yield "no steps", {**plain, "sides": [{**one, "steps": []}, {**other, "steps": []}]}
    yield "three sides", {**plain, "sides": [one, other, other]}


BAD: dict[str, Callable[[Disclosure], Iterator[tuple[str, Disclosure]]]] = {
    "two-parties": cases, "changed-keys": keys_cases, "cosigned": cosigned_cases, "passkeys": cosigned_cases,
    "one-touch": cosigned_cases, "forked": forked_cases,
}  # fmt: skip


def vectors(name: str = "two-parties") -> dict[str, Any]:
    """Return the whole file of one story."""
    data, agreement = STORIES[name]()
    file = decode(data)
    report = disclosure.check(data, agreement).report
    return {
        "origin": MADE,
        "agreement": agreement,
        "disclosure": data.decode(),
        "proved": [[line.about, line.code] for line in report.of(Sort.PROVED)],
        "flaw": [[line.about, line.code] for line in report.of(Sort.FLAW)],
        "not_proved": [[line.about, line.code] for line in report.of(Sort.UNPROVED)],
        "bad": [{"why": why, "patch": _patch(file, changed)} for why, changed in BAD[name](file)],
    }


def _patch(old: Disclosure, new: Disclosure) -> dict[str, Any]:
    """Return what differs, list by list: a file a vector would be megabytes."""
    before, after = msgspec.to_builtins(old), msgspec.to_builtins(new)
    patch = {key: _edit(before[key], after[key]) for key in TOP if after[key] != before[key]}
    if all(one in before["feeds"] for one in after["feeds"]):
        return (
            patch if after["feeds"] == before["feeds"] else {**patch, "feeds": _edit(before["feeds"], after["feeds"])}
        )
    for at, (one, other) in enumerate(zip(before["feeds"], after["feeds"], strict=True)):
        fields = {key: _edit(one[key], other[key]) for key in other if other[key] != one[key]}
        if fields:
            patch["feed"] = {"at": at, **fields}
    return patch


def _edit(old: Any, new: Any) -> Any:
    """Return a value; of a list its items in another order, or those that were put in place of others."""
    if not isinstance(new, list | tuple) or (len(new) != len(old) and not all(item in old for item in new)):
        return new
    if all(item in old for item in new):
        return {"order": [old.index(item) for item in new]}
    return {"put": [[at, item] for at, item in enumerate(new) if item != old[at]]}


def _edited(old: Any, edit: Any) -> Any:
    match edit:
        case {"order": order}:
            return [old[at] for at in order]
        case {"put": put_in}:
            return [dict(put_in).get(at, item) for at, item in enumerate(old)]
    return edit


def patched(data: str, patch: dict[str, Any]) -> bytes:
    """Return the changed file."""
    plain = json.loads(data)
    for key, edit in patch.items():
        if key == "feed":
            feed = plain["feeds"][edit["at"]]
            feed |= {name: _edited(feed[name], value) for name, value in edit.items() if name != "at"}
        else:
            plain[key] = _edited(plain[key], edit)
    return canonical.encode(plain)


def main() -> None:
    """Write the vectors named, or all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[1:] or STORIES:
        text = json.dumps(vectors(name), indent=1, ensure_ascii=False) + "\n"
        (FOLDER / f"{name}.json").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
