"""Makes spec/vectors/disclosure/*.json: what a disclosure proves, and changed ones that prove nothing.

Run `python tools/disclosures.py`. Keys, salts and nonces are fresh each time, so the files change with every run; they
are made again only when the format does. Each says of itself what made it; Go reads the same files in tests/strangers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from entente import canonical
from entente.feed.disclosure import Disclosure, Entry, Feed, decode
from entente.geo.altitude import parse_band
from entente.geo.interval import Interval
from entente.geo.position import Position
from entente.geo.volume import Circle, Volume
from entente.ids import Origin
from entente.joint.decisions import Answer
from entente.joint.plan import Crew, Kind, Plan
from entente.node import command
from entente.node.disclose import Choice, disclose
from entente.testing.coalition import Coalition
from entente.tlog.note import Note
from entente.verify import disclosure
from entente.verify.report import Sort

FOLDER = Path(__file__).parents[1] / "spec" / "vectors" / "disclosure"
MADE = "tools/disclosures.py; judged by entente.verify and by tests/strangers/go"
AGREEMENT = "exercise-test"
Change = Callable[[Any], Any]


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


def vectors() -> dict[str, Any]:
    """Return the whole file."""
    data, agreement = made()
    file = decode(data)
    report = disclosure.check(data, agreement).report
    return {
        "origin": MADE,
        "agreement": agreement,
        "disclosure": data.decode(),
        "proved": [[line.about, line.code] for line in report.of(Sort.PROVED)],
        "not_proved": [[line.about, line.code] for line in report.of(Sort.UNPROVED)],
        "bad": [{"why": why, "patch": _patch(file, changed)} for why, changed in cases(file)],
    }


def _patch(old: Disclosure, new: Disclosure) -> dict[str, Any]:
    """Return the top-level fields that differ, feeds by their place: a file a vector would be megabytes."""
    before, after = msgspec.to_builtins(old), msgspec.to_builtins(new)
    patch = {key: after[key] for key in ("agreements", "cards") if after[key] != before[key]}
    same = [one["origin"] for one in after["feeds"]] == [one["origin"] for one in before["feeds"]]
    if not same:
        return {**patch, "order": [before["feeds"].index(one) for one in after["feeds"]]}
    for at, (one, other) in enumerate(zip(before["feeds"], after["feeds"], strict=True)):
        fields = {key: other[key] for key in other if other[key] != one[key]}
        for key in ("entries", "cited"):
            if key in fields and fields[key] == one[key][::-1]:
                fields[key] = "reversed"
            elif key in fields:
                fields[key] = {"last": fields[key][-1]}
        if fields:
            patch["feed"] = {"at": at, **fields}
    return patch


def patched(data: str, patch: dict[str, Any]) -> bytes:
    """Return the changed file."""
    plain = json.loads(data)
    plain |= {key: patch[key] for key in ("agreements", "cards") if key in patch}
    if "order" in patch:
        plain["feeds"] = [plain["feeds"][at] for at in patch["order"]]
    for key, value in patch.get("feed", {}).items():
        feed = plain["feeds"][patch["feed"]["at"]]
        if value == "reversed":
            feed[key].reverse()
        elif isinstance(value, dict):
            feed[key][-1] = value["last"]
        elif key != "at":
            feed[key] = value
    return canonical.encode(plain)


def main() -> None:
    """Write the vectors."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    text = json.dumps(vectors(), indent=1, ensure_ascii=False) + "\n"
    (FOLDER / "two-parties.json").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
