"""`entente exercise`: play a scripted exercise, every party a real node."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from entente.cli import show
from entente.cli.options import with_example

app = typer.Typer(no_args_is_help=True, help="Exercises: parties, plans and injects as data, played on real nodes.")


@app.command("list")
@with_example("entente exercise list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List the exercises that come along."""
    from entente.exercise import list_exercises

    found = list(list_exercises())
    if as_json:
        show.print_json(found)
    else:
        for name in found:
            typer.echo(name)


@app.command()
@with_example("entente exercise run amman --out out/amman")
def run(
    name: Annotated[str, typer.Argument(help="The exercise's name.")],
    out: Annotated[Path | None, typer.Option(help="Where homes, map and report go; else out/NAME.")] = None,
) -> None:
    """Play an exercise, and tell its story. Exits 0 only when every expectation held."""
    from entente.exercise import run as play

    raise typer.Exit(play(name, out or Path("out") / name))


@app.command()
@with_example("entente exercise host amman --out out/amman-host")
def host(
    name: Annotated[str, typer.Argument(help="The exercise's name.")],
    out: Annotated[Path | None, typer.Option(help="Where homes, cards and debrief go; else out/NAME-host.")] = None,
    port: Annotated[int, typer.Option(min=1024, max=65000, help="Where the lobby is served; centres above it.")] = 8700,
    host_address: Annotated[str, typer.Option(help="This machine's address in the network; else it is found.")] = "",
) -> None:
    """Host an exercise with people in the seats, who join over the local network by the codes on their cards.

    The director's link is printed here, and works once. In the clear: an exercise's keys have no passphrase and bind
    nobody. Ctrl-C ends it and leaves the debrief behind.
    """
    from entente.exercise.hosted.hosting import host as keep

    keep(name, out or Path("out") / f"{name}-host", port, host_address)


@app.command()
@with_example("entente exercise cards amman --out out/amman-cards")
def cards(
    name: Annotated[str, typer.Argument(help="The exercise's name.")],
    out: Annotated[Path | None, typer.Option(help="Where the pages go; else out/NAME-cards.")] = None,
    language: Annotated[str, typer.Option(help="en, ru or ar.")] = "en",
) -> None:
    """Write seat cards and a two-hour timetable, to be printed; address and codes are left to be written in.

    An exercise that is hosted prints its own, with address and codes.
    """
    from entente.exercise.hosted.pages.paper import write

    for path in write(name, out or Path("out") / f"{name}-cards", language):
        typer.echo(f"Wrote {path}.")


@app.command()
@with_example("entente exercise live amman --out out/amman-live")
def live(
    name: Annotated[str, typer.Argument(help="The exercise's name.")],
    out: Annotated[Path | None, typer.Option(help="Where homes, map and report go; else out/NAME-live.")] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where the page with the seats is served.")] = 8700,
) -> None:
    """Play an exercise, keep its nodes up, and let this machine's browser enter as each office with one click.

    An exercise's keys have no passphrase, so the seats' page hands them over; nobody but this machine can reach it.
    """
    from entente.exercise.live import live as keep

    raise typer.Exit(keep(name, out or Path("out") / f"{name}-live", port))
