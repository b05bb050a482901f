"""`entente-verify`: the command line. Standard library only; one line and an exit code for what is wrong.

0  everything given verifies          4  it cannot be read            6  a fork is proven
1  it verifies, and something in it   5  it is not what it claims     7  a newer version is needed, or the disk
   is not as it should be                to be                           failed
2  the command line is not understood
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from entente import __version__, canonical
from entente.errors import EntenteError, Forked, Malformed, Refused, Unavailable, Untrusted
from entente.feed import disclosure as files
from entente.geo.interval import parse_time
from entente.verify import attached, cards, disclosure, forks, home, told
from entente.verify.report import Sort, harmless, many
from entente.verify.shown import Checked

EXITS: dict[type[EntenteError], int] = {Refused: 3, Malformed: 4, Untrusted: 5, Forked: 6, Unavailable: 7}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    given = _parser().parse_args(arguments)
    try:
        code: int = given.run(given)
    except EntenteError as error:
        print(harmless(f"error: {' '.join(str(error).split())} [{error.code}]"), file=sys.stderr)
        return next(code for kind, code in EXITS.items() if isinstance(error, kind))
    except BrokenPipeError:
        return 1
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="entente-verify",
        description="Check what others hold against them: with no node, no network, and nothing but what is given.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    one = commands.add_parser("disclosure", help="say what a disclosure proves, and what it does not")
    one.add_argument("file", type=Path, metavar="FILE")
    one.add_argument("--agreement", default="", metavar="HASH", help="the hash of the agreement as you know it")
    one.add_argument(
        "--file", type=Path, metavar="PAPER", action="append", default=[], dest="papers",
        help="a file that is said to be attached to an entry in it; again for more",
    )  # fmt: skip
    one.add_argument("--extract", type=Path, metavar="DIR", help="write leaves, proofs and parts to a new folder")
    one.add_argument("--json", action="store_true", help="print JSON")
    one.set_defaults(run=_disclosure)
    split = commands.add_parser("fork", help="say what a proof of a fork proves, by the party's card, and what not")
    split.add_argument("file", type=Path, metavar="FILE")
    split.add_argument(
        "--card", type=Path, metavar="CARD", action="append", default=[], help="the party's card; again for older ones"
    )
    split.add_argument("--json", action="store_true", help="print JSON")
    split.set_defaults(run=_fork)
    whole = commands.add_parser(
        "home", help="verify a home from its bytes, and tell what stands in it; changes nothing"
    )
    whole.add_argument("folder", type=Path, metavar="DIR")
    whole.add_argument("--subject", default="", metavar="NAME", help="only what is about it, and who knew of it when")
    whole.add_argument("--at", default="", metavar="TIME", help="the state at this time, as 2026-12-01T06:00:00Z")
    whole.add_argument("--json", action="store_true", help="print JSON")
    whole.set_defaults(run=_home)
    return parser


def _home(given: argparse.Namespace) -> int:
    at = parse_time(given.at) if given.at else None
    found = home.read(given.folder)
    about = told.subjects(found, given.subject) if given.subject else []
    rows = told.timeline(found, about)
    knowledge = told.known(found, about) if about else []
    state = told.state(found, at, about) if at is not None else []
    report = found.report
    if given.json:
        value = {"party": found.party, **report.plain(), "timeline": rows, "known": knowledge, "state": state}
        print(json.dumps(value, indent=2))
    else:
        named = told.places(found)
        pieces = [
            ("", [f"The home of {found.party}, {found.title}, as it lies here. Nothing was written to it."]),
            ("", report.written()),
            ("TIMELINE, in UTC, each line by its author's own clock", told.written_timeline(rows, named)),
            ("WHO KNEW, by what each party's own record shows", told.written_knowledge(knowledge)),
            ("STATE", told.written_state(state, named)),
        ]
        for heading, lines in pieces:
            listed = list(lines)
            if listed:
                print("\n".join(harmless(line) for line in (["", heading] if heading else []) + listed))
    if "feed.forked" in report.codes(Sort.FLAW):
        return EXITS[Forked]
    return EXITS[Untrusted] if report.of(Sort.FLAW) else 0


def _disclosure(given: argparse.Namespace) -> int:
    data = _read(given.file)
    checked = disclosure.check(data, given.agreement)
    report, digest = checked.report, sha256(data).hexdigest()
    attached.tell(checked)
    for path in given.papers:
        attached.hold(checked, path.name, _read(path))
    if given.extract is not None:
        _extract(checked, given.extract)
    if given.json:
        print(json.dumps({"sha256": digest, **report.plain()}, indent=2))
    else:
        entries = sum(len(feed.places) for feed in checked.feeds.values())
        print(f"Disclosure {digest} (SHA-256): {many(entries, 'entry', 'entries')}, {len(data)} bytes.")
        print("\n".join(report.written()))
    return 1 if report.of(Sort.FLAW) else 0


def _fork(given: argparse.Namespace) -> int:
    data = _read(given.file)
    report = forks.check(data, [cards.read(canonical.encode(_card(path))) for path in given.card])
    if given.json:
        print(json.dumps({"sha256": sha256(data).hexdigest(), **report.plain()}, indent=2))
    else:
        print(f"Proof of a fork {sha256(data).hexdigest()} (SHA-256), {len(data)} bytes.")
        print("\n".join(report.written()))
    return EXITS[Forked]


def _card(path: Path) -> dict[str, object]:
    """Read a card as its party hands it out, however it is spaced.

    Raises:
        Malformed: `card.file`.
    """
    try:
        plain = json.loads(_read(path))
    except ValueError:
        plain = None
    if not isinstance(plain, dict):
        raise Malformed("card.file", "is no card", where=str(path))
    return plain


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(files.LIMIT + 1)  # a byte more than is taken, so that too much is noticed and not read
    except OSError as error:
        raise Refused("file.missing", f"cannot be read ({error.strerror})", where=str(path)) from None


def _extract(checked: Checked, folder: Path) -> None:
    """Write what strangers' tools read. Names are made of parties and numbers, never of what the file says."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise Refused("file.exists", "is not empty; give a new folder", where=str(folder))
        for feed in checked.feeds.values():
            keys = [key for key in feed.signers if key.name == feed.origin]
            (folder / f"{feed.party}.vkeys").write_text("".join(f"{k.encode()}\n" for k in keys), encoding="utf-8")
            (folder / f"{feed.party}.checkpoint").write_bytes(feed.note)
            for place in feed.places:
                stem = f"{feed.party}-{place.seq}"
                (folder / f"{stem}.leaf").write_bytes(place.entry.leaf)
                (folder / f"{stem}.tlog-proof").write_bytes(files.tlog_proof(place.entry, feed.note))
                for part in place.entry.parts:
                    (folder / f"{stem}.part-{part.index}").write_bytes(part.data)
    except OSError as error:
        raise Refused("file.write", f"cannot be written ({error.strerror})", where=str(folder)) from None


if __name__ == "__main__":
    sys.exit(main())
