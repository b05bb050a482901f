"""`entente attachment`, and the option that attaches: files that go with a proposal, a dissent or a report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from entente.cli import show
from entente.cli.desk import Desk
from entente.cli.files import write_file
from entente.cli.options import at_desk
from entente.errors import Refused

if TYPE_CHECKING:
    from entente.ids import SubjectId
    from entente.joint.state import CircleFold
    from entente.node.attachments import Row
    from entente.node.command import Command

app = typer.Typer(no_args_is_help=True, help="Files attached to operations, movements, dissents and reports.")
Attach = Annotated[
    list[Path], typer.Option("--attach", metavar="FILE", help="A file that goes with it, in chunks; once for each.")
]
Subject = Annotated[str, typer.Argument(metavar="SUBJECT", help="An operation, a list of sites or a movement.")]

Name = Annotated[str, typer.Argument(metavar="ATTACHMENT", help="The file's name, or as it is listed.")]


def attached(command: Command, files: Sequence[Path], to: Iterable[str]) -> Command:
    """Return a command with files attached, granted to the parties in `to`.

    Raises:
        Refused: `file.missing`.
        Malformed: `attachment.name`, `attachment.size`.
    """
    from entente.node import attachments

    return attachments.attach(command, [(path.name, _read(path)) for path in files], to)


def _read(path: Path) -> bytes:
    from entente.feed.attachment import LIMIT

    try:
        with path.open("rb") as file:
            return file.read(LIMIT + 1)  # a byte more than is taken, so that too much is noticed and not read
    except OSError as error:
        raise Refused("file.missing", f"cannot be read ({error.strerror})", where=str(path)) from None


@app.command("list")
@at_desk("entente attachment list water-1", lists=True)
def list_(desk: Desk, subject: Subject) -> None:
    """List the files attached to what was said of a subject, and how much of each is here."""
    rows = _rows(desk, subject)[2]
    if desk.json:
        show.print_json([_plain(row) for row in rows])
        return
    show.table(
        ("Attachment", "With", "File", "Bytes", "Here"),
        [(row.name, row.verb, *_told(row)) for row in rows],
        "no file is attached to it",
    )


@app.command()
@at_desk("entente attachment save water-1 strip.pdf --out received.pdf", lists=True)
def save(
    desk: Desk,
    subject: Subject,
    name: Name,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="A new file.")],
) -> None:
    """Save an attached file, each chunk checked against what its author committed to. Who saved it is noted.

    The file is another party's: open it as carefully as any from a stranger.
    """
    from entente.node import attachments, terms
    from entente.picture.terms import notice

    if out.exists():
        raise Refused("file.exists", "is there already; give a new name", where=str(out))
    fold, item, row = _row(desk, subject, name)
    data = attachments.content(desk.node, fold, row)
    assert row.paper is not None, "what has content is described"
    desk.opened(item, f"{row.paper.name} ({row.name})", "")  # first noted, then handed out
    write_file(out, data)
    attachments.saved(desk.node, row)
    if desk.json:
        show.print_json({"file": str(out), **_plain(row)})
        return
    typer.echo(f"Saved {row.paper.name} to {out}: {len(data):,} bytes, SHA-256 {row.paper.sha256}.")
    release = terms.held(fold, item, desk.node.party)
    for line in notice(item, release, desk.now) if release is not None else ():
        typer.echo(line)


@app.command()
@at_desk("entente attachment ask water-1 strip.pdf", lists=True)
def ask(desk: Desk, subject: Subject, name: Name) -> None:
    """Ask for a file that waits because too many of its party's lie here unread."""
    from entente.node import attachments

    row = _row(desk, subject, name)[2]
    attachments.ask(desk.node, row)
    if desk.json:
        show.print_json(_plain(row))
        return
    typer.echo(
        f"{row.name} is here already." if row.whole else f"{row.name} is asked for whenever {row.party} is reached."
    )


def _row(desk: Desk, subject: str, name: str) -> tuple[CircleFold, SubjectId, Row]:
    """Return the one file of that name.

    Raises:
        Refused: `attachment.unknown`.
    """
    fold, item, rows = _rows(desk, subject)
    meant = [row for row in rows if name in (row.name, row.paper and row.paper.name)]
    if len(meant) != 1:
        several = f"several files said of {item} are" if meant else f"no file said of {item} is"
        known = ", ".join(row.name for row in meant or rows) or "none"
        raise Refused("attachment.unknown", f"{several} {name[:80]!r}; there is {known}")
    return fold, item, meant[0]


def _rows(desk: Desk, subject: str) -> tuple[CircleFold, SubjectId, list[Row]]:
    from entente.node import attachments

    kind = subject.partition("/")[0] if subject.startswith(("sites/", "movement/")) else "operation"
    fold, item = desk.find(kind, subject)
    return fold, item, attachments.rows(desk.node, fold, item)


def _told(row: Row) -> tuple[str, str, str]:
    paper = row.paper
    if paper is None:
        return "not released to us", "", ""
    here = "whole" if row.whole else f"{row.held} of {len(paper.chunks)} chunks{', waits' if row.waits else ''}"
    return paper.name, f"{paper.size:,}", here


def _plain(row: Row) -> dict[str, Any]:
    paper = row.paper
    found: dict[str, Any] = {"attachment": row.name, "party": row.party, "entry": row.place[1], "verb": row.verb}
    if paper is not None:
        found |= {"name": paper.name, "media": paper.media, "bytes": paper.size, "sha256": paper.sha256}
        found |= {"chunks": len(paper.chunks), "held": row.held}
    return {**found, "whole": row.whole, "waits": row.waits}
