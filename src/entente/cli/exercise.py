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
