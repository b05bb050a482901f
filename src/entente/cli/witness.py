"""`entente witness`: run a neutral witness, on a machine of its own, for logs of parties that asked for one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from entente.cli import show
from entente.cli.files import read_bytes, write_file
from entente.cli.options import with_example
from entente.errors import Refused

if TYPE_CHECKING:
    from entente.witness.keeper import Row

app = typer.Typer(
    no_args_is_help=True,
    help="A neutral witness: cosigns one history of each log, and holds no entries. For somebody who is no party.",
)
HomeOption = Annotated[Path, typer.Option("--home", help="The witness's home.")]
HOME = Path("witness")


@app.command()
@with_example("entente witness init witness.example/valley --home witness --port 8450")
def init(
    name: Annotated[str, typer.Argument(help="Its name, as in agreements: a host name and a word, without scheme.")],
    home: Annotated[Path, typer.Option(help="A new folder.")] = HOME,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "localhost",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 8450,
) -> None:
    """Make a witness's home: fresh keys under its name, one of which the parties put into their agreement.

    The ML-DSA-44 key stands also against a quantum computer, and costs 3 kB for each head; the other costs 100 bytes.
    """
    from entente.witness import home as homes

    made = homes.create(home, name, host=host, port=port)
    classic, quantum = made.keys.public()
    show.facts([("home", str(made.path)), ("witness", name), ("listens at", f"{host}:{port}")])
    # Whole lines of their own: they are copied into an agreement, and no terminal may break them.
    typer.echo(f'\nFor the agreement, one of these (Ed25519, ML-DSA-44):\nwitness = "{classic.encode()}"')
    typer.echo(f'witness = "{quantum.encode()}"')


@app.command()
@with_example("entente witness add north/card.json --agreement exercise-valley --home witness")
def add(
    card: Annotated[Path | None, typer.Argument(metavar="[CARD]", help="A party's card, for its feed.")] = None,
    agreement: Annotated[str, typer.Option(metavar="ID", help="The agreement under which the feed stands.")] = "",
    vkey: Annotated[
        list[str] | None, typer.Option(metavar="KEY", help="Or a log's keys, as C2SP spells them; all must sign.")
    ] = None,
    origin: Annotated[str, typer.Option(metavar="ORIGIN", help="That log's origin; else its key's name.")] = "",
    epoch: Annotated[int, typer.Option(metavar="N", help="Which of the party's feeds under the agreement.")] = 1,
    root: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Root documents that lead from the card before to this one, each with it."),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="The log has changed its keys: these from now on.")
    ] = False,
    home: HomeOption = HOME,
) -> None:
    """Know a log from now on, by its party's card and agreement, or by its keys. Compare the root's fingerprint first.

    A card takes the place of another (--replace) when it is newer and the same root signed it, or one that follows it.
    A witness that is serving takes notice at once.
    """
    from entente.feed import root as roots
    from entente.feed.card import own_root
    from entente.ids import name as checked
    from entente.ids import origin as origin_of
    from entente.node import custody
    from entente.tlog.note import NoteKey
    from entente.witness import home as homes
    from entente.witness import logs
    from entente.witness.keeper import Keeper

    made = homes.read(home)
    if (card is None) == (not vkey) or (card is not None and not agreement):
        raise Refused("witness.log", "give a party's card and --agreement, or the log's keys as --vkey")
    told: list[tuple[str, str]] = []
    given, steps = None, [roots.read_file(read_bytes(path)) for path in root or []]
    if card is not None:
        given = logs.read(read_bytes(card), str(card))
        of = str(origin_of(checked(given["party"], "party"), checked(agreement, "agreement id"), epoch))
        keys: Any = custody.note_keys(of, given["keys"])
        told = [("root's fingerprint", own_root(given).pin)]
    else:
        keys = tuple(NoteKey.parse(text) for text in vkey or [])
        of = origin or keys[0].name
    keeper = Keeper(made.record)
    try:
        keeper.add(of, keys, card=given, steps=steps, replace=replace)
    finally:
        keeper.close()
    show.facts([("log", of), *told, ("keys that must sign", str(len(keys)))])


@app.command()
@with_example("entente witness serve --home witness")
def serve(home: HomeOption = HOME) -> None:
    """Answer logs until interrupted. With tls-certificate.pem and tls-key.pem in its home it serves HTTPS."""
    from entente.witness import home as homes
    from entente.witness import serve as serving

    serving.serve(homes.read(home), say=typer.echo)


@app.command("show")
@with_example("entente witness show --home witness")
def show_(
    home: HomeOption = HOME,
    forks: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write each log's proof of a fork to a file of its own in this folder."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the logs that are known: what was cosigned last, and whether a log has signed two histories."""
    from entente.witness import home as homes
    from entente.witness.keeper import Keeper

    made = homes.read(home)
    keeper = Keeper(made.record)
    try:
        rows = keeper.rows()
    finally:
        keeper.close()
    if forks is not None:
        for row in rows:
            if row.fork is not None:
                write_file(forks / f"{row.origin.replace('/', '-')}.fork.json", row.fork)
    plain = [_plain(row) for row in rows]
    if as_json:
        keys = [key.encode() for key in made.keys.public()]
        show.print_json({"witness": made.keys.name, "keys": keys, "logs": plain})
        return
    show.facts([("witness", made.keys.name)])
    show.table(
        ("Log", "Entries", "Cosigned at", "Forked"),
        [(r["origin"], str(r["size"]), r["dtg"], "FORKED" if r["fork"] else "not seen to") for r in plain],
        "no log is known yet; see: entente witness add --help",
    )


def _plain(row: Row) -> dict[str, Any]:
    from datetime import UTC, datetime

    at = None if row.at is None else datetime.fromtimestamp(row.at, UTC)
    return {
        "origin": row.origin, "keys": [key.encode() for key in row.keys],
        "size": 0 if row.head is None else row.head.size, "root": "" if row.head is None else row.head.root.hex(),
        "at": at, "dtg": show.when(at), "fork": "" if row.fork is None else row.fork.decode(),
    }  # fmt: skip
