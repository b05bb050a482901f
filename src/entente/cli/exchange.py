"""`entente exchange`: fetch what peers have for us, or carry bundles by hand when there is no link."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from entente.cli.desk import Desk
from entente.cli.files import write_file
from entente.cli.options import at_desk
from entente.errors import Refused

if TYPE_CHECKING:
    from entente.node.carry import Taken

app = typer.Typer(no_args_is_help=True, help="Carrying: over the link, or as files.")
bundle = typer.Typer(no_args_is_help=True, help="Bundles as files: the same bytes that the link carries.")
app.add_typer(bundle, name="bundle")


@bundle.command()
@at_desk("entente exchange bundle write south --out for-south.entente", asks=True)
def write(
    desk: Desk,
    peer: Annotated[str, typer.Argument(metavar="PARTY", help="Whom it is for.")],
    out: Annotated[Path | None, typer.Option(help="The file; else OURS-to-PARTY-NUMBER.entente.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there already.")] = False,
) -> None:
    """Write a bundle for a peer: everything it may have beyond what it last said it has.

    It is signed, and what was said is sealed to that peer. Whoever finds it learns who wrote how much and when, and
    reads STOPs, which must be shown by whoever gets them.
    """
    from entente.exchange import files
    from entente.node import carry

    [party] = desk.parties([peer])
    if out is not None and out.exists() and not force:
        raise Refused("file.exists", "is there already; give a new name, or --force to write over it", where=str(out))
    if out is None:
        out = files.write(desk.node, desk.book.id, party, Path())
    else:
        write_file(out, carry.write_bundle(desk.node, desk.book.id, party))
    typer.echo(f"Wrote {out}: {out.stat().st_size:,} bytes for {party}.")


@bundle.command()
@at_desk("entente exchange bundle read for-south.entente")
def read(desk: Desk, files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Bundles for us.")]) -> None:
    """Take bundles in. Every frame is verified first; a bundle read twice, or out of order, does no harm."""
    from entente.exchange import files as carried

    for path in files:
        typer.echo(f"Read {path}: {_told(carried.read(desk.node, path))}")
    _tend(desk)


@app.command()
@at_desk("entente exchange pull south", asks=True)
def pull(
    desk: Desk, peer: Annotated[str, typer.Argument(metavar="[PARTY]", help="Else every other party.")] = ""
) -> None:
    """Ask peers for what they have for us, now, over the link. A node that serves does this by itself."""
    from entente.exchange.puller import pull_now

    for party in _peers(desk, peer):
        typer.echo(f"{party}: {_told(pull_now(desk.node, desk.book.id, party))}")
    _tend(desk)


@app.command()
@at_desk("entente exchange push south", asks=True)
def push(
    desk: Desk, peer: Annotated[str, typer.Argument(metavar="[PARTY]", help="Else every other party.")] = ""
) -> None:
    """Bring peers what they lack, now, over the link: for a peer that cannot reach us, though we can reach it."""
    from entente.exchange.pusher import push_now

    for party in _peers(desk, peer):
        sent = push_now(desk.node, desk.book.id, party)
        typer.echo(f"{party}: {f'{sent:,} bytes brought.' if sent else 'lacks nothing that we may give.'}")


@app.command()
@at_desk("entente exchange witness", asks=True)
def witness(desk: Desk) -> None:
    """Ask the witness that the agreement names to cosign our newest head, now. A node that serves does it by itself.

    Where it is says home.toml: witness_url = "https://...". It learns our feed's name, its size, and when it grew.
    """
    from entente.exchange.witnessing import ask_now

    said = ask_now(desk.node, desk.book.id, desk.home.witness_url)
    typer.echo(
        "Nothing new to cosign." if said is None else f"Cosigned, and kept as entry {said.seq} of {said.origin}."
    )


def _tend(desk: Desk) -> None:
    """Answer within standing decisions what has just arrived, and acknowledge it, as a node that serves would."""
    from entente.node import affected, duties

    if found := affected.look(desk.node):
        typer.echo(f"What came is too close to our own plans: {found}. See: entente operation affected")
    desk.told([said for said in duties.tend(desk.node) if not said.subject.startswith("record/")])


def _told(taken: Taken | None) -> str:
    if taken is None or not (taken.anything or taken.waiting):
        return "nothing new."
    counts = {"entries": taken.leaves, "acts": taken.acts, "details": taken.details, "chunks": taken.chunks}
    news = [f"{count} {what}" for what, count in counts.items() if count]
    if taken.waiting:
        news.append(f"{taken.waiting} chunks not kept: too many files of theirs lie here unread (attachment.quota)")
    news += [f"STOP {subject}" for subject in taken.stops] + [f"proof that {origin} forked" for origin in taken.forks]
    return f"{', '.join(news)}."


def _peers(desk: Desk, peer: str) -> list[str]:
    """Return the one party named, or every other party of the agreement."""
    if peer:
        return desk.parties([peer])
    return [party for party in desk.book.first.parties if party != desk.node.party]
