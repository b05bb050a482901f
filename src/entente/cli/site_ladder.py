"""`entente site` once more: how far a list has come, read-back, disputes, and what is due for renewal.

The commands stand in a module of their own because `cli.site` is about what is released; `register` adds them to it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from entente.cli import climbing, place, releasing, show, site
from entente.cli.desk import Desk
from entente.cli.options import at_desk
from entente.errors import Refused

if TYPE_CHECKING:
    from entente.ids import SubjectId
    from entente.joint.protected_sites import Site
    from entente.joint.readback import Place
    from entente.joint.state import CircleFold
    from entente.picture.coverage import Row

ListName = site.ListName
SiteName = Annotated[str, typer.Argument(metavar="SITE", help="The site, by its id in the list.")]


@at_desk("entente site read-back valley-south --at 'school-12=31.9551 35.9319' --yes", speaks=True)
def read_back(desk: Desk, name: ListName, at: climbing.Entry = [], file: climbing.EntryFile = None) -> None:  # noqa: B006
    """Enter places of a list again, by id, as you have them, and hold them against the notice as it was given to us.

    Take them from what your units load or fly with, not from this screen: what is copied proves nothing. The notifier
    holds them against its own plan as well, which alone shows a position that was notified wrongly.
    """
    from entente.joint import notifications
    from entente.node import issuing

    fold, row = site.find_list(desk, name)
    if desk.sealed(fold, row.subject):
        raise Refused("site.unopened", f"open it first: entente site open {row.subject}")
    held = [issuing.place_of(one) for one in _held(desk, row.subject).values()]
    leaf = notifications.issues(row.subject, fold.now())[-1][0]
    climbing.read_back(desk, fold, row.subject, leaf, held, climbing.entries(at, file))


@at_desk("entente site read-backs valley-south --against sites.csv", lists=True)
def read_backs(desk: Desk, name: ListName, own: climbing.Own = None) -> None:
    """Show what recipients read back of a list of ours, held against the notice and against our own plan.

    Our own plan is what the copies were drawn from, or the file given, or, as --against register, what the desk's
    register says now. The comparison with it stays here.
    """
    from entente.joint import notifications
    from entente.node import issuing

    fold, row = site.find_list(desk, name)
    if row.notifier != desk.node.party:
        raise Refused("sites.other_party", f"{row.subject} is {row.notifier}'s, who holds its own plan")
    issued = {name: issuing.place_of(one) for name, one in _held(desk, row.subject).items()}
    plan = _own_plan(desk, fold, row.subject, own)
    leaves = [leaf for leaf, _ in notifications.issues(row.subject, fold.now())]
    climbing.print_read_backs(desk, fold, row.subject, issued, plan, leaves)


@at_desk("entente site relayed valley-south --unit '2 Wing' --yes", speaks=True)
def relayed(desk: Desk, name: ListName, unit: climbing.Unit) -> None:
    """Say that a list's newest issue was relayed to a unit: headquarters does not fly."""
    fold, row = site.find_list(desk, name)
    climbing.relay(desk, fold, row.subject, row.leaf, unit, loaded=False)


@at_desk("entente site loaded valley-south --unit '2 Wing' --yes", speaks=True)
def loaded(desk: Desk, name: ListName, unit: climbing.Unit) -> None:
    """Say that a unit has loaded a list's newest issue into what it plans and flies with."""
    fold, row = site.find_list(desk, name)
    climbing.relay(desk, fold, row.subject, row.leaf, unit, loaded=True)


@at_desk("entente site coverage --all", lists=True)
def coverage(
    desk: Desk,
    name: Annotated[str, typer.Argument(metavar="[LIST]", help="One list; else all.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Also what was loaded already.")] = False,
) -> None:
    """Show who has which issue at which rung, and who lacks it, oldest first; and when each is due.

    Recipients without a node are counted by what was entered by hand for them, and marked so.
    """
    from entente.picture import coverage as covering

    agreement = desk.book.current(desk.now)
    found = [site.find_list(desk, name)] if name else site.every_list(desk)
    rows = [row for fold, one in found for row in covering.rows(fold, agreement, one.subject, desk.now)]
    rows += [] if name else _without_node(desk, covering.clock_of(agreement))
    climbing.print_coverage(desk, covering.ordered(rows), everything)


@at_desk("entente site dispute valley-south school-12 --reason function_changed --yes", speaks=True)
def dispute(
    desk: Desk,
    name: ListName,
    which: SiteName,
    reason: Annotated[
        str,
        typer.Option(
            metavar="REASON",
            help="wrong_position, not_found, function_changed, closed, duplicate or not_verified.",
        ),
    ],
    note: Annotated[str, typer.Option(help="More, in words; to everyone in the circle.")] = "",
) -> None:
    """Say on the record that a listing is wrong. The place stays protected and screened, marked as disputed.

    Only its notifier ends a listing; only you end the dispute.
    """
    from entente.joint.disputes import Reason
    from entente.node import command

    fold, row = site.find_list(desk, name)
    if which not in _held(desk, row.subject):
        raise Refused("site.unknown", f"{row.subject} holds no site {which!r}; see: entente site show {row.subject}")
    others = desk.book.current(desk.now).circle(fold.name).members - {desk.node.party}
    word = releasing.word_of(Reason, reason, "reason")
    desk.say(command.dispute(desk.book.id, fold.name, row.subject, row.leaf, which, word, note=note, to=others))


@at_desk("entente site undispute valley-south school-12 --yes", speaks=True)
def undispute(desk: Desk, name: ListName, which: SiteName) -> None:
    """End our dispute about a listing. That it was disputed stays on the record."""
    from entente.joint import disputes
    from entente.node import command

    fold, row = site.find_list(desk, name)
    standing = [
        one
        for one in disputes.disputes(row.subject, fold.now())
        if (one.party, one.site) == (desk.node.party, which) and one.ended_at is None
    ]
    if not standing:
        raise Refused("dispute.unknown", f"no dispute of ours about {which!r} of {row.subject} stands")
    desk.say(command.end_dispute(desk.book.id, fold.name, row.subject, standing[-1].leaf))


@at_desk("entente site due --days 30", lists=True)
def due(
    desk: Desk,
    days: Annotated[int, typer.Option(min=0, metavar="N", help="What runs out within so many days.")] = 14,
    everybody: Annotated[bool, typer.Option("--all", help="Others' sites as well, as we were given them.")] = False,
) -> None:
    """List sites of ours whose notice has run out or will, and what nobody has confirmed for half a year.

    Confirm, correct or end each: what has run out is protected all the same, and believed less.
    """
    from datetime import timedelta

    from entente.picture import due as dues

    held = [pair for pair in desk.node.watch.sites.values() if everybody or pair[0].split("/")[1] == desk.node.party]
    opened = [pair for pair in held if not _sealed(desk, pair[0])]
    rows = dues.rows(opened, desk.now, timedelta(days=days))
    if desk.json:
        show.print_json(rows)
        return
    show.banner(desk.home.exercise)
    show.table(
        ("Site", "Why", "Since", "Confirmed", "In"),
        [
            (
                f"{row.name}\n{row.site}", row.why, show.when(row.since),
                " by ".join(filter(None, (show.when(row.confirmed_at), row.confirmed_by))) or "never, as stated",
                "\n".join(row.lists),
            )
            for row in rows
        ],
        f"nothing runs out within {days} days",
    )  # fmt: skip
    if rows:
        typer.echo("They are protected all the same. Renew: entente site add with a later expiry; or entente site end.")


def register(app: typer.Typer) -> None:
    """Add these commands to `entente site`."""
    for name, function in (
        ("read-back", read_back),
        ("read-backs", read_backs),
        ("relayed", relayed),
        ("loaded", loaded),
        ("coverage", coverage),
        ("dispute", dispute),
        ("undispute", undispute),
        ("due", due),
    ):
        app.command(name)(function)


def _without_node(desk: Desk, clock_s: int) -> list[Row]:
    """Return how far packages have come at recipients without a node, as somebody here entered it."""
    from entente.node import acknowledging, packages
    from entente.picture.coverage import rows_by_hand

    return rows_by_hand(packages.notices(desk.node, clock_s), acknowledging.acknowledged(desk.node), desk.now)


def _held(desk: Desk, subject: SubjectId) -> dict[str, Site]:
    return {one.id: one for listed, one in desk.node.watch.sites.values() if listed == subject}


def _sealed(desk: Desk, subject: SubjectId) -> bool:
    return any(desk.sealed(fold, subject) for fold in desk.folds() if subject in fold.events)


def _own_plan(desk: Desk, fold: CircleFold, subject: SubjectId, file: Path | None) -> dict[str, Place]:
    """Return our own plan of a list's places, by their copies' ids: a file's, the register's, or the notice's own."""
    from dataclasses import replace

    from entente.node import convoys, issuing
    from entente.picture.coarsen import copy_id

    if file is None:
        return convoys.originals_of(desk.node, fold, subject)
    if file == Path("register"):
        own = [held.site for held in place.from_register(desk, [])]
    else:
        own = site.read_sites(file)
    key = site.secret(desk)
    return {copy_id(one, key): replace(issuing.place_of(one), id=copy_id(one, key)) for one in own}
