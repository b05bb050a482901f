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

from entente import __version__
from entente.errors import EntenteError, Forked, Malformed, Refused, Unavailable, Untrusted
from entente.feed import disclosure as files
from entente.verify import disclosure
from entente.verify.disclosure import Checked
from entente.verify.report import Sort, harmless, many

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
    one.add_argument("--extract", type=Path, metavar="DIR", help="write leaves, proofs and parts to a new folder")
    one.add_argument("--json", action="store_true", help="print JSON")
    one.set_defaults(run=_disclosure)
    return parser


def _disclosure(given: argparse.Namespace) -> int:
    data = _read(given.file)
    checked = disclosure.check(data, given.agreement)
    report, digest = checked.report, sha256(data).hexdigest()
    if given.extract is not None:
        _extract(checked, given.extract)
    if given.json:
        print(json.dumps({"sha256": digest, **report.plain()}, indent=2))
    else:
        entries = sum(len(feed.places) for feed in checked.feeds.values())
        print(f"Disclosure {digest} (SHA-256): {many(entries, 'entry', 'entries')}, {len(data)} bytes.")
        print("\n".join(report.written()))
    return 1 if report.of(Sort.FLAW) else 0


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
            keys = checked.cards[feed.party].log_keys(feed.origin)
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
