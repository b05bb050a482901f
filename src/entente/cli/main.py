"""`entente`: the groups of commands, and the one place where an error becomes a line and an exit code.

Heavy modules are loaded inside commands, so that `entente --help` stays quick. Exit codes are in `cli.exits`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from entente.cli import (
    agreement,
    attaching,
    decision,
    exchange,
    exercise,
    exits,
    forks,
    home,
    movement,
    operation,
    package,
    place,
    recipient,
    record,
    root,
    site,
    site_ladder,
    staff,
    stop,
    witness,
)
from entente.cli.screen import screen_command
from entente.errors import EntenteError, Unavailable

app = typer.Typer(
    name="entente",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Keep aircraft of parties that do not trust each other, and the protected places, out of each other's way. "
    "Each party runs its own node; nothing leaves it unless released; whatever binds is signed.",
)
site_ladder.register(site.app)
record.app.add_typer(forks.app, name="fork")
home.app.command("new-epoch")(forks.new_epoch)
for group, name in (
    (home.app, "node"),
    (agreement.app, "agreement"),
    (staff.app, "staff"),
    (root.app, "root"),
    (operation.app, "operation"),
    (decision.standing, "standing-decision"),
    (stop.app, "stop"),
    (place.app, "place"),
    (site.app, "site"),
    (recipient.app, "recipient"),
    (package.app, "package"),
    (movement.app, "movement"),
    (attaching.app, "attachment"),
    (exchange.app, "exchange"),
    (record.app, "record"),
    (record.state, "state"),
    (witness.app, "witness"),
    (exercise.app, "exercise"),
):
    app.add_typer(group, name=name)
app.command("decide")(decision.decide)
app.command("dissent")(decision.dissent)
app.command("release")(decision.release)
app.command("screen")(screen_command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; an error is one line on standard error."""
    try:
        result = app(args=arguments, prog_name="entente", standalone_mode=False)
    except EntenteError as error:
        typer.echo(exits.line_of(error), err=True)
        return exits.code_of(error)
    except typer.TyperException as error:
        # Empty when no command was given: then the help was printed, and is answer enough.
        if message := " ".join(error.format_message().split()):
            typer.echo(f"error: {message} [cli.usage]", err=True)
        return exits.USAGE
    except OSError as error:
        # A folder that cannot be made, a file that is no folder: what no room below has a sentence of its own for.
        lost = Unavailable("system.io", f"{error.strerror or error}", where=str(error.filename or "the system"))
        typer.echo(exits.line_of(lost), err=True)
        return exits.code_of(lost)
    except typer.Abort:
        typer.echo("error: interrupted; what was not yet told as said was not said [cli.interrupted]", err=True)
        return exits.INTERRUPTED
    return result if isinstance(result, int) else 0


if __name__ == "__main__":
    sys.exit(main())
