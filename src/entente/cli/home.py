"""`entente node`: make a home, look at it, serve it, back it up and restore it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from entente.cli import show
from entente.cli.desk import Desk, new_passphrase
from entente.cli.files import write_file
from entente.cli.options import PassphraseOption, at_desk, with_example
from entente.errors import Refused

if TYPE_CHECKING:
    from entente.node.book import Book

app = typer.Typer(no_args_is_help=True, help="This party's own node: its home, its state, its backups.")
JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
@with_example('entente node init north --title "Northern headquarters" --home north --port 8443 --exercise')
def init(
    party: Annotated[str, typer.Argument(help="The party's short name, as in agreements.")],
    title: Annotated[str, typer.Option(help="The party's full name.")] = "",
    home: Annotated[Path | None, typer.Option(envvar="ENTENTE_HOME", help="A new folder; else ./PARTY.")] = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "localhost",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 8443,
    url: Annotated[str, typer.Option(help="Where peers reach the node; else https://HOST:PORT.")] = "",
    exercise: Annotated[
        bool, typer.Option(help="An exercise's home: exercise time, keys may lack passphrases.")
    ] = False,
    passphrase_file: PassphraseOption = None,
) -> None:
    """Make a new home: fresh keys for the node, a root key for the party, and the card to hand to the others.

    Compare the root's fingerprint in person: whoever accepts a wrong card trusts a stranger.
    """
    from entente.node import custody
    from entente.node import home as homes

    passphrase = new_passphrase(passphrase_file, f"New passphrase for {party}'s root key", exercise=exercise)
    made = homes.create(
        home or Path(party), party, title or party.title(), host=host, port=port, url=url or f"https://{host}:{port}",
        exercise=exercise, passphrase=passphrase,
    )  # fmt: skip
    show.banner(exercise)
    show.facts(
        [
            ("home", str(made.path)),
            ("party", f"{made.party}, {made.title}"),
            ("peers reach it at", made.url),
            ("root key", custody.public_half(made.key_path(f"{party}/root"))[1].fingerprint),
            ("card to hand out", str(made.path / "card.json")),
        ]
    )


@app.command()
@at_desk("entente node card --home north --out north-card.json")
def card(
    desk: Desk, out: Annotated[Path | None, typer.Option(help="Write the card to this file; else print it.")] = None
) -> None:
    """Print this party's card: its root key, its node's keys and its address, signed by the root."""
    if out is None:
        typer.echo(desk.home.card().decode())
    else:
        write_file(out, desk.home.card())


@app.command()
@at_desk("entente node status --home north")
def status(desk: Desk, as_json: JsonFlag = False) -> None:
    """Show what this node keeps, what waits for an answer, and which peers it must hear before it may speak again."""
    from entente.node import recovery

    value: dict[str, Any] = {
        "party": desk.node.party,
        "title": desk.home.title,
        "url": desk.home.url,
        "exercise": desk.home.exercise,
        "now": desk.now,
        "recovering": recovery.waiting(desk.node),
        "agreements": [_kept(desk, book) for book in desk.node.books.values()],
        "links": _links(desk),
        "unreadable_lists": [list(pair) for pair in desk.node.watch.unreadable],
    }
    if as_json:
        show.print_json(value)
        return
    show.banner(desk.home.exercise)
    show.facts(
        [("party", f"{desk.node.party}, {desk.home.title}"), ("time", show.when(desk.now)), ("at", desk.home.url)]
    )
    show.table(
        ("Agreement", "State", "Feeds (entries)", "To answer", "STOPs"),
        [
            (
                a["id"],
                a["state"],
                "\n".join(f"{o} ({n})" for o, n in a["feeds"].items()),
                str(a["waiting"]),
                str(a["stops"]),
            )
            for a in value["agreements"]
        ],
        "no agreement is kept yet",
    )
    show.table(("Link", "State"), [(name, text) for name, text in value["links"].items()], "")
    for name, peers in recovery.waiting(desk.node).items():
        typer.echo(
            f"Restored, or entries were lost: under {name} it says nothing until answered by {', '.join(peers)}."
        )
    for subject, why in desk.node.watch.unreadable:
        typer.echo(f"A part of {subject} cannot be read, and a place in it may be protected: {why}")


def _kept(desk: Desk, book: Book) -> dict[str, Any]:
    from entente.picture import board

    now, current = desk.now, book.current(desk.now)
    row = board.agreement_row(current, book.fold("all").now(), book.ledger.successors(current), now)
    folds = list(book.ledger.folds.values())
    return {
        "id": book.id,
        "state": row.state,
        "feeds": {origin: book.size(origin) for origin in book.feeds()},
        "waiting": sum(desk.node.party in row.waiting for fold in folds for row in board.operation_rows(fold, {}, now)),
        "stops": sum(stop.lifted_at is None for fold in folds for stop in board.stop_rows(fold, current)),
        "missing_acts": len(book.ledger.missing(book.ledger.folds)),
    }


def _links(desk: Desk) -> dict[str, str]:
    stored = desk.node.store.metas("link/")
    return {key.removeprefix("link/"): data.decode(errors="replace") for key, data in stored.items()}


@app.command("rotate-keys")
@at_desk("entente node rotate-keys --home north --role exchange")
def rotate_keys(
    desk: Desk,
    role: Annotated[
        list[str],
        typer.Option("--role", metavar="ROLE", help="log, cosigner, exchange, seal or tls; else all of them."),
    ] = [],  # noqa: B006 (Typer copies it)
    root_passphrase_file: Annotated[
        Path | None, typer.Option("--root-passphrase-file", metavar="FILE", help="The root key's.")
    ] = None,
) -> None:
    """Give the node fresh keys, certified by the root, inside every agreement that has begun.

    The head that ends with the change is signed by the log's old keys and the new, so the old ones must still be here.
    Keys before stay in the home: what was sealed to them may be under way. Run again, it goes on where it was
    interrupted.
    """
    import json

    from entente.cli import root as roots
    from entente.node import custody, orders, rotation

    unknown = set(role) - set(custody.ROLES)
    if unknown:
        raise Refused("node.role", f"there is no role {min(unknown)!r}; there are {', '.join(custody.ROLES)}")
    desk.unlock_with(root_passphrase_file)
    held, home_ = json.loads(desk.home.card()), desk.home
    if rotation.untold(desk.node, held):
        desk.told(rotation.tell(desk.node, held, home_.node_keys(), home_.root_steps()))
        return
    number = home_.card_number() + 1
    folder = home_.keys / f"node-{number}"
    if not folder.exists():
        custody.save_node(custody.replaced(home_.node_keys(), role or custody.ROLES, home_.host), folder)
    body = custody.card_body(home_.root(), held["party"], held["name"], held["url"], custody.load_node(folder), number)
    roots.change_card(desk, orders.Order(party=home_.party, card=body))


@app.command()
@with_example("entente node serve --home north --centre 8700")
def serve(
    home: Annotated[Path, typer.Option(envvar="ENTENTE_HOME", help="The node's home.")] = Path(),
    centre: Annotated[
        int, typer.Option(metavar="PORT", min=0, max=65535, help="Serve the browser's centre too, at this port.")
    ] = 0,
    centre_host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Where the centre listens; else this machine alone can reach it.")
    ] = "127.0.0.1",
    centre_name: Annotated[
        str, typer.Option(metavar="NAME", help="The name that browsers open; else PARTY.localhost, or the address.")
    ] = "",
    centre_certificate: Annotated[Path | None, typer.Option(metavar="FILE", help="A certificate for it, PEM.")] = None,
    centre_key: Annotated[Path | None, typer.Option(metavar="FILE", help="The certificate's private key, PEM.")] = None,
    centre_map: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A map of your own to draw under everything, PMTiles.")
    ] = None,
) -> None:
    """Run the node until it is interrupted: answer peers, ask them, answer within officers' standing decisions.

    With --centre, officers read, draft and sign in a browser, at http://PARTY.localhost:PORT; see: entente staff link.
    With --centre-host, others on that network reach it too. Without a certificate that is in the clear: whoever is on
    the network reads what officers see and can take their seats, so only an exercise may.
    """
    from entente.exchange.serve import Beside, run

    beside: list[Beside] = []
    if centre:
        from entente.node import home as homes
        from entente.web import tiles
        from entente.web.serve import Listen
        from entente.web.serve import serve as serve_centre

        listen = Listen(
            port=centre, host=centre_host, name=centre_name, certificate=centre_certificate, key=centre_key,
            map=centre_map,
        )  # fmt: skip
        settings = homes.read(home)
        listen.address(settings)  # what cannot be is told before anything starts
        if centre_map is not None:
            tiles.opened(centre_map)
        beside.append(lambda node, pulse, say: serve_centre(settings, node, listen, pulse, say))
    run(home, typer.echo, beside)


@app.command()
@at_desk("entente node backup north-backup --home north")
def backup(desk: Desk, to: Annotated[Path, typer.Argument(help="A new folder, or a file ending in .tar.")]) -> None:
    """Copy the home while the node runs: settings, keys, roster and record. The copy is read back and verified.

    It holds private keys: keep it as you keep those. A key file that lies outside the home is not in it.
    """
    from entente.cli import keeping

    entries = keeping.backup(desk.home, desk.node, to)
    typer.echo(f"Backed up to {to}: {entries} entries, hashed again and sound.")


@app.command()
@with_example("entente node restore north-backup --home north-again")
def restore(
    source: Annotated[Path, typer.Argument(help="What `node backup` wrote.")],
    home: Annotated[Path, typer.Option(help="A new folder.")],
) -> None:
    """Make a home from a backup. It says nothing until every peer has answered what it holds of our feeds.

    An older copy that spoke at once would sign a second history, which peers prove as a fork.
    """
    from entente.cli import keeping

    waiting = keeping.restore(source, home)
    typer.echo(f"Restored to {home}. It speaks again when these have answered: {waiting or 'nobody to ask'}.")
