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
