"""`entente stop`: send a STOP, acknowledge one, lift one of ours (R-18). Any officer on duty may."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Annotated

import typer

from entente.cli import show
from entente.cli.desk import Desk
from entente.cli.options import at_desk
from entente.errors import Refused

if TYPE_CHECKING:
    from entente.ids import CircleId
    from entente.picture.board import StopRow

app = typer.Typer(no_args_is_help=True, help="STOP: one frame, sent before anything else, shown first everywhere.")
Name = Annotated[str, typer.Argument(metavar="STOP", help="stop/PARTY/NAME, or just NAME.")]


@app.command()
@at_desk("entente stop send --reason civilians_present --operation water-1 --yes", speaks=True)
def send(
    desk: Desk,
    reason: Annotated[
        str,
        typer.Option(
            help="own_forces_present, civilians_present, protected_site, wrong_position, aircraft_safety or other."
        ),
    ],
    operation: Annotated[str, typer.Option(help="The operation meant; else everything in the circle.")] = "",
    note: Annotated[str, typer.Option(help="At most 200 characters; words follow by the line.")] = "",
) -> None:
    """Send a STOP. It waits for nothing: its frame goes ahead of everything else that a peer is sent."""
    from entente.joint.line import Reason
    from entente.node import command

    if reason not in set(Reason):
        raise Refused("cli.reason", f"there is no reason {reason!r}; there are {', '.join(Reason)}")
    circle, subject = desk.circle("all"), ""
    if operation:
        fold, found = desk.find("operation", operation)
        circle, subject = fold.name, str(found)
    name = secrets.token_hex(4)
    desk.say_stop(command.stop(desk.book.id, circle, desk.node.party, f"s{name}", Reason(reason), subject, note))


@app.command()
@at_desk("entente stop acknowledge latest --yes", speaks=True)
def acknowledge(desk: Desk, stop: Name) -> None:
    """Acknowledge a STOP: we have received it. `latest` means the newest of another's that we have not answered."""
    from entente.node import command

    fold, row = _row(desk, stop, own=False)
    desk.say(command.acknowledge_stop(desk.book.id, fold, row.subject, row.leaf))


@app.command()
@at_desk("entente stop lift latest --yes", speaks=True)
def lift(desk: Desk, stop: Name) -> None:
    """Lift a STOP of our own; `latest` means the newest that stands."""
    from entente.node import command

    fold, row = _row(desk, stop, own=True)
    desk.say(command.lift_stop(desk.book.id, fold, row.subject, row.leaf))


@app.command("list")
@at_desk("entente stop list", lists=True)
def list_(desk: Desk) -> None:
    """List STOPs, those that stand first: who sent it, why, who acknowledged it and after how long.

    The time to acknowledge is counted between two parties' clocks. A STOP whose frame came ahead of its entry is listed
    as such.
    """
    rows = [row for _, row in _rows(desk)]
    ahead = _ahead(desk, {row.subject for row in rows})
    if desk.json:
        show.print_json({"stops": rows, "frames_ahead": ahead})
        return
    from entente.picture.board import phrase

    show.banner(desk.home.exercise)
    show.table(
        ("", "STOP", "By", "Reason", "Operation", "Sent", "Acknowledged"),
        [
            *(
                ("STOP", a["subject"], a["by"], phrase(a["reason"]), a["operation"], "", "entry on its way")
                for a in ahead
            ),
            *(
                (
                    "STOP" if row.lifted_at is None else "lifted", row.subject.split("/")[2], row.by,
                    phrase(row.reason) + (f"\n{row.note}" if row.note else ""), row.operation or "all in the circle",
                    show.when(row.at),
                    "\n".join(
                        [f"{who} after {seconds} s" for who, _, seconds in row.acknowledged]
                        + ([f"{', '.join(row.waiting)}: not yet"] if row.waiting and row.lifted_at is None else [])
                    ),
                )
                for row in rows
            ),
        ],
        "no STOP was sent",
    )  # fmt: skip


def _rows(desk: Desk) -> list[tuple[CircleId, StopRow]]:
    from entente.picture import board

    agreement = desk.book.current(desk.now)
    return [(fold.name, row) for fold in desk.folds() for row in board.stop_rows(fold, agreement)]


def _ahead(desk: Desk, known: set[str]) -> list[dict[str, str]]:
    """Return STOPs received as frames whose entries have not come."""
    from entente.node import carry

    return [
        {
            "subject": statement.subject,
            "by": statement.subject.split("/")[1],
            "reason": statement.body["reason"],
            "operation": statement.body.get("operation", ""),
            "arrived": at,
        }
        for statement, at in carry.alerts(desk.node)
        if statement.subject not in known and statement.agreement in desk.book.ledger.agreements
    ]


def _row(desk: Desk, name: str, *, own: bool) -> tuple[CircleId, StopRow]:
    """Return the STOP that is meant, with its circle.

    Raises:
        Refused: `cli.stop`.
    """
    mine = desk.node.party
    fitting = [(fold, row) for fold, row in _rows(desk) if (row.by == mine) is own and row.lifted_at is None]
    if name == "latest":
        fitting = [(f, r) for f, r in fitting if own or mine in r.waiting]
        found = max(fitting, key=lambda pair: pair[1].at, default=None)
    else:
        found = next((pair for pair in fitting if name in (pair[1].subject, pair[1].subject.split("/")[2])), None)
    if found is None:
        which = "STOP" if name == "latest" else f"STOP {name!r}"
        whose = "of ours stands" if own else "of another party waits for our acknowledgement"
        raise Refused("cli.stop", f"no {which} {whose} here; see: entente stop list")
    return found
