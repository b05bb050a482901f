"""`entente site`: notify protected sites, each recipient its own copy; see what is held; acknowledge a list."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from entente.cli import show
from entente.cli.desk import Desk
from entente.cli.options import at_desk
from entente.errors import Malformed, Refused

if TYPE_CHECKING:
    from entente.joint.protected_sites import Site
    from entente.joint.state import CircleFold
    from entente.picture.board import ListRow

app = typer.Typer(no_args_is_help=True, help="Protected sites. A notification is not a request for permission.")
SECRET = "copies.key"
"""In the home's keys: what each recipient's copies are drawn under. Whoever has it can take a copy's shift back."""


@app.command()
@at_desk("entente site add sites.csv --list valley --to south --precision 500 --yes", speaks=True)
def add(
    desk: Desk,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Sites: .csv or .geojson.")],
    name: Annotated[str, typer.Option("--list", metavar="NAME", help="The list's name.")],
    to: Annotated[list[str], typer.Option(metavar="PARTY", help="A recipient; once for each.")],
    precision: Annotated[float, typer.Option(metavar="METRES", help="How precise the copies are.")] = 500.0,
    purpose: Annotated[str, typer.Option(help="What the list may be used for.")] = "To keep away from these places",
    until: Annotated[str, typer.Option(metavar="TIME", help="When it is to be renewed; protection does not end.")] = "",
    keep: Annotated[list[str], typer.Option(metavar="TEXT", help="note, position_source or source_grade.")] = [],  # noqa: B006
) -> None:
    """Notify sites: a list's first issue, or additions and changes since the last.

    Each recipient gets a copy of its own under NAME-PARTY: moved within the stated precision, its uncertainty that much
    larger, numbered, without what tells the place otherwise. Problems with rows are told; no row is dropped for a poor
    position.
    """
    from entente.geo.interval import parse_time, spell
    from entente.joint import notifications
    from entente.node import command
    from entente.picture.coarsen import coarsen, require

    require(precision, keep)
    sites = _read(file)
    secret, commands = _secret(desk), []
    for party in desk.parties(to):
        circle = desk.circle(_circle_for(desk, party))
        subject = notifications.subject(desk.node.party, f"{name}-{party}")
        issue = len(notifications.issues(subject, desk.book.fold(circle).now())) + 1
        copies = [coarsen(s, precision_m=precision, recipient=party, secret=secret, keep=keep) for s in sites]
        commands.append(
            command.notify_sites(
                desk.book.id, circle, desk.node.party, f"{name}-{party}", issue, copies, purpose, to=[party],
                until=spell(parse_time(until)) if until else "",
            )
        )  # fmt: skip
    desk.say(*commands)


def _read(file: Path) -> list[Site]:
    from entente.adapters import csv_sites, geojson

    match file.suffix.lower():
        case ".csv":
            read = csv_sites.read(file)
            for problem in read.problems:
                typer.echo(f"note: {problem.error} [{problem.error.code}]", err=True)
            sites = list(read.sites)
        case ".geojson" | ".json":
            sites = list(geojson.read_sites(file))
        case _:
            raise Malformed("file.format", "is not read here; give .csv or .geojson", where=file.name)
    if not sites:
        raise Malformed("site.none", "holds no site", where=file.name)
    return sites


def _secret(desk: Desk) -> bytes:
    """Return the secret under which this home draws copies, made on first use."""
    import secrets

    from entente.cli.files import read_bytes
    from entente.node import custody

    path = desk.home.keys / SECRET
    if not path.exists():
        custody.write_private(path, secrets.token_bytes(32))
    return read_bytes(path)


def _circle_for(desk: Desk, party: str) -> str:
    """Return the circle of an instrument of notification that is the recipient's own, else `all`."""
    own = f"to-{party}"
    return own if own in desk.book.ledger.folds else "all"


@app.command("list")
@at_desk("entente site list", lists=True)
def list_(desk: Desk) -> None:
    """List the lists of sites: who notified them, which issue, and who has acknowledged it."""
    rows = [row for _, row in _lists(desk)]
    if desk.json:
        show.print_json(rows)
        return
    show.banner(desk.home.exercise)
    show.table(
        ("List", "Issue", "Sites in it", "Issued", "Purpose", "Acknowledged", "Not yet", "Dissent"),
        [
            (
                row.subject, str(row.issue), str(row.sites), show.when(row.at), row.purpose,
                "\n".join(f"{who}, {show.when(at)}" for who, at in row.acknowledged), ", ".join(row.waiting),
                ", ".join(row.dissents),
            )
            for row in rows
        ],
        "no list of sites is held here",
    )  # fmt: skip
    typer.echo("Not listed is not unprotected.")


@app.command("show")
@at_desk("entente site show valley-south", lists=True)
def show_(
    desk: Desk,
    name: Annotated[str, typer.Argument(metavar="LIST", help="sites/PARTY/NAME, or just NAME.")],
) -> None:
    """Show a list's sites as we were given them: where, how uncertain, until when, under which copy number."""
    from entente.joint.spelling import site_to_plain
    from entente.picture import board

    _, row = _list(desk, name)
    rows = [r for r in board.site_rows(desk.node.watch.sites, desk.now) if r.subject == row.subject]
    if desk.json:
        show.print_json({"list": row, "sites": [{**site_to_plain(r.site), "expired": r.expired} for r in rows]})
        return
    show.banner(desk.home.exercise)
    typer.echo(f"{row.subject}, issue {row.issue}. Purpose: {row.purpose}")
    show.table(
        ("Site", "Where", "District", "Status"),
        [
            (
                f"{r.site.name}\n{board.phrase(r.site.category)}",
                f"{show.place(r.site.position)}\nwithin {r.site.uncertainty_m:,.0f} m",
                "\n".join(filter(None, (r.site.district, r.site.country))),
                "\n".join(filter(None, (_status(r.site, r.expired), r.site.note))),
            )
            for r in rows
        ],
        "none of its sites was released to us",
    )
    typer.echo("Not listed is not unprotected.")


def _status(site: Site, expired: bool) -> str:
    since = f"expired {show.when(site.expires_at)}, still protected"
    until = f"until {show.when(site.expires_at)}" if site.expires_at else ""
    return f"{site.status}\n{since if expired else until}".strip()


@app.command()
@at_desk("entente site acknowledge valley-south --yes", speaks=True)
def acknowledge(
    desk: Desk, name: Annotated[str, typer.Argument(metavar="LIST", help="sites/PARTY/NAME, or just NAME.")]
) -> None:
    """Acknowledge a list's newest issue: we hold it. It says nothing of what will be done, and asks nothing."""
    from entente.node import command

    fold, row = _list(desk, name)
    desk.say(command.acknowledge_sites(desk.book.id, fold.name, row.subject, row.leaf))


def _lists(desk: Desk) -> list[tuple[CircleFold, ListRow]]:
    from entente.picture import board

    agreement = desk.book.current(desk.now)
    return [(fold, row) for fold in desk.folds() for row in board.list_rows(fold, agreement)]


def _list(desk: Desk, name: str) -> tuple[CircleFold, ListRow]:
    found = [pair for pair in _lists(desk) if name in (pair[1].subject, pair[1].subject.split("/", 2)[2])]
    if len(found) != 1:
        raise Refused("cli.list", f"{len(found) or 'no'} lists here are called {name!r}; see: entente site list")
    return found[0]
