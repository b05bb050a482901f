"""`entente movement`: notify a convoy, amend it, say how it fares, end it; and what recipients say of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from entente.cli import attaching, climbing, releasing, show, site
from entente.cli.desk import Desk
from entente.cli.options import at_desk
from entente.errors import Refused

if TYPE_CHECKING:
    from entente.adapters.movementfile import MovementFile
    from entente.ids import Hash
    from entente.joint.journey import Journey
    from entente.joint.movements import Movement, Version
    from entente.joint.readback import Place
    from entente.joint.releases import Onward
    from entente.joint.state import CircleFold
    from entente.picture.movements import MovementRow

app = typer.Typer(no_args_is_help=True, help="Humanitarian movements. A notice is not a request for permission.")
Name = Annotated[str, typer.Argument(metavar="MOVEMENT", help="movement/PARTY/NAME, or just NAME.")]
OwnName = Annotated[str, typer.Argument(metavar="MOVEMENT", help="A movement of ours, in all its copies or one.")]
MovementPath = Annotated[Path, typer.Argument(metavar="FILE", help="The movement, in TOML.")]
Precision = Annotated[float, typer.Option(metavar="METRES", help="How precise the copies are.")]
Keep = Annotated[list[str], typer.Option(metavar="WHAT", help="names (of places) or note: copies lose them otherwise.")]
PURPOSE = "let_relief_pass"


@app.command()
@at_desk("entente movement notify convoy.toml --name relief-7 --to south --precision 200 --yes", speaks=True)
def notify(
    desk: Desk,
    file: MovementPath,
    name: Annotated[str, typer.Option(metavar="NAME", help="What it is called; no place in it.")],
    to: Annotated[list[str], typer.Option(metavar="PARTY", help="A recipient; once for each.")],
    precision: Precision = 500.0,
    keep: Keep = [],  # noqa: B006 (Typer copies it)
    *,
    said: releasing.Said,
) -> None:
    """Notify a movement. Each recipient gets a copy of its own under NAME-PARTY, within the stated precision.

    Nobody's answer is waited for. Plans that were released to us and come too close are shown before you sign; those
    that were not, their own planners see.
    """
    from entente.joint import movements
    from entente.node import command

    read, commands, later = _read(file), [], []
    said = replace(said, purpose=said.purpose or PURPOSE)
    for party in desk.parties(to):
        fold = desk.book.fold(desk.circle(site.circle_for(desk, party)))
        subject = movements.subject(desk.node.party, f"{name}-{party}")
        copy = _copy(desk, read.journey, party, name, precision, keep)
        onward = _consent(desk, read.journey, party)
        terms, fresh = releasing.terms_for(desk, fold, subject, party, said, onward)
        commands += [command.give_terms(desk.book.id, fold.name, subject, terms)] if fresh else []
        commands.append(
            command.notify_movement(
                desk.book.id, fold.name, desk.node.party, f"{name}-{party}", copy, read.purpose,
                to=[] if (begins := releasing.begins_later(desk, terms)) else [party],
                original=read.journey, emergency=read.emergency,
            )
        )  # fmt: skip
        later += [(subject, party, begins)] if begins else []
    releasing.say(desk, commands, later)


@app.command()
@at_desk("entente movement amend relief-7 convoy-later.toml --yes", speaks=True)
def amend(
    desk: Desk,
    name: OwnName,
    file: MovementPath,
    precision: Annotated[float, typer.Option(metavar="METRES", help="How precise; else as the notice was.")] = 0.0,
    keep: Keep = [],  # noqa: B006
) -> None:
    """Notify a new version to everyone who has the old one, and show what changed.

    What was acknowledged, read back, relayed or loaded of the old version is stale from then on, and is shown so.
    """
    from entente.node import command, issuing, terms

    read, commands, later = _read(file), [], []
    for fold, movement in _own(desk, name):
        readers = [one.to for one in desk.released(fold, movement.subject)]
        party = readers[0] if readers else movement.subject.rpartition("-")[2]
        stem = movement.subject.split("/")[2].removesuffix(f"-{party}")
        metres = precision or _precision(desk, movement, party, stem)
        copy = _copy(desk, read.journey, party, stem, metres, keep or issuing.kept(desk.node, movement))
        held = terms.held(fold, movement.subject, party)
        begins = releasing.begins_later(desk, held.terms) if held is not None else None
        commands.append(
            command.amend_movement(
                desk.book.id, fold.name, movement.subject, movement.latest, copy, to=[] if begins else [party],
                original=read.journey, purpose=read.purpose, emergency=read.emergency,
            )
        )  # fmt: skip
        later += [(movement.subject, party, begins)] if begins else []
    releasing.say(desk, commands, later)


@app.command()
@at_desk("entente movement report relief-7 delayed --by 'checkpoint 3' --until 2027-03-01T09:00:00Z --yes", speaks=True)
def report(
    desk: Desk,
    name: Name,
    how: Annotated[str, typer.Argument(metavar="HOW", help="facilitated, impeded, denied or delayed.")],
    by: Annotated[str, typer.Option(metavar="WHO", help="Who did so: a party, a unit's label, a checkpoint.")],
    at: Annotated[str, typer.Option(metavar="TIME", help="When; else now.")] = "",
    until: Annotated[str, typer.Option(metavar="TIME", help="Until when, if that is known.")] = "",
    note: Annotated[str, typer.Option(help="More, in words; to everyone in the circle.")] = "",
    attach: attaching.Attach = [],  # noqa: B006
) -> None:
    """Say how a movement fared, when and by whom. While it is held up, its way stays protected past its timetable."""
    from entente.geo.interval import parse_time
    from entente.joint.movements import How
    from entente.node import command

    word = releasing.word_of(How, how, "way to fare")
    when, end = parse_time(at) if at else desk.now, parse_time(until) if until else None
    commands = []
    for fold, movement in _mine_or_one(desk, name):
        others = desk.book.current(desk.now).circle(fold.name).members - {desk.node.party}
        what = command.report_movement(
            desk.book.id, fold.name, movement.subject, movement.latest.leaf, word, when, by, until=end, note=note,
            to=others,
        )  # fmt: skip
        commands.append(attaching.attached(what, attach, others))
    desk.say(*commands)


@app.command()
@at_desk("entente movement end relief-7 --why completed --yes", speaks=True)
def end(
    desk: Desk,
    name: OwnName,
    why: Annotated[str, typer.Option(metavar="WHY", help="completed or cancelled.")] = "completed",
) -> None:
    """End a movement of ours: it has arrived, or does not go. Only its originator can; a clock does not."""
    from entente.joint.movements import Why
    from entente.node import command

    word = releasing.word_of(Why, why, "reason")
    desk.say(
        *(
            command.end_movement(desk.book.id, fold.name, movement.subject, movement.latest.leaf, word)
            for fold, movement in _own(desk, name)
        )
    )


@app.command("list")
@at_desk("entente movement list", lists=True)
def list_(
    desk: Desk, everything: Annotated[bool, typer.Option("--all", help="Those that have ended, too.")] = False
) -> None:
    """List movements by start: when, how they fare, who has acknowledged the newest version, and what is late."""
    rows = [row for row in _rows(desk) if everything or not row.ended]
    if desk.json:
        show.print_json(rows)
        return
    show.banner(desk.home.exercise)
    show.table(
        ("Movement", "What", "When", "Stands", "Acknowledged", "Marks"),
        [
            (
                f"{row.subject}\nversion {row.version}",
                f"{row.title or 'journey not opened'}\n{row.purpose}",
                f"{show.when(row.start)}\n{show.when(row.end)}",
                "\n".join(filter(None, (row.state, _reported(row)))),
                "\n".join([*row.acknowledged, *(f"{party}: of an older version" for party in row.stale)]),
                "\n".join(_marks(row)),
            )
            for row in rows
        ],
        "no movement is open here",
    )  # fmt: skip
    typer.echo("Not listed is not unprotected.")


@app.command("show")
@at_desk("entente movement show relief-7-south", lists=True)
def show_(desk: Desk, name: Name, reader: releasing.Reader = "") -> None:
    """Show one movement: its journey as we were given it, what the last amendment changed, and how it fared."""
    from entente.joint.journey import difference
    from entente.joint.spelling import journey_to_plain
    from entente.node import convoys
    from entente.picture import journeys, wording

    fold, movement = _movement(desk, name)
    row = next(row for row in _rows(desk) if (row.subject, row.circle) == (movement.subject, fold.name))
    released = desk.released(fold, movement.subject)
    notices = [line for one in released for line in one.notice]
    sealed = desk.sealed(fold, movement.subject)
    if sealed:
        how = f"Acknowledge these terms first: entente movement open {movement.subject}"
        notices.append(f"{movement.subject}: not opened yet. {how}")
    versions = [] if sealed else [(v, convoys.journey_of(desk.node, v)) for v in movement.versions]
    held = [(version, journey) for version, journey in versions if journey is not None]
    changes = [wording.change(one) for one in difference(held[-2][1], held[-1][1])] if len(held) > 1 else []
    if held:
        desk.opened(movement.subject, f"journey of version {held[-1][0].number}", reader)
    if desk.json:
        plain = {"movement": row, "terms": notices, "changes": changes, "reports": movement.reports}
        show.print_json({**plain, "journey": journey_to_plain(held[-1][1]) if held else None})
        return
    show.banner(desk.home.exercise)
    show.notices(notices)
    typer.echo(f"{row.subject}, version {row.version}: {row.state}. Purpose: {row.purpose}")
    if held and held[-1][0] != movement.latest:
        typer.echo(f"Version {row.version} was not given to us; this is version {held[-1][0].number}, which is stale.")
    for line in journeys.notice(held[-1][1]) if held else ():
        typer.echo(line)
    for line in changes:
        typer.echo(line)
    show.table(
        ("When", "How it fared", "By", "Until", "Says"),
        [
            (show.when(told.when), str(told.how), told.by, show.when(told.until), told.party)
            for told in movement.reports
        ],
        "nobody has said yet how it fared",
    )
    typer.echo("Not listed is not unprotected.")


@app.command("open")
@at_desk("entente movement open relief-7-south --yes", speaks=True)
def open_(desk: Desk, name: Name) -> None:
    """Acknowledge the terms on which a journey was given to us; it is shown from then on. Screened it is at once."""
    fold, movement = _movement(desk, name)
    releasing.acknowledge(desk, fold, movement.subject)


@app.command()
@at_desk("entente movement acknowledge relief-7-south --yes", speaks=True)
def acknowledge(desk: Desk, name: Name) -> None:
    """Acknowledge the newest version: we hold it. It says nothing of what will be done, and permits nothing."""
    from entente.node import command

    fold, movement = _movement(desk, name)
    desk.say(command.acknowledge_movement(desk.book.id, fold.name, movement.subject, movement.latest.leaf))


@app.command("read-back")
@at_desk("entente movement read-back relief-7-south --at '1=31.95 35.92' --at '2=31.97 35.99' --yes", speaks=True)
def read_back_(desk: Desk, name: Name, at: climbing.Entry = [], file: climbing.EntryFile = None) -> None:  # noqa: B006
    """Enter the journey's places again, by number from 1, as you have them, and hold them against the notice."""
    fold, movement = _movement(desk, name)
    version, journey = _opened(desk, fold, movement)
    climbing.read_back(
        desk, fold, movement.subject, version.leaf, list(_places(journey).values()), climbing.entries(at, file)
    )


@app.command("read-backs")
@at_desk("entente movement read-backs relief-7-south --against convoy.toml", lists=True)
def read_backs(desk: Desk, name: Name, own: climbing.Own = None) -> None:
    """Show what recipients read back of a movement of ours, held against the notice and against our own plan.

    Our own plan is what the notice was drawn from, or the file given. The comparison with it stays here.
    """
    from entente.node import convoys

    fold, movement = _movement(desk, name)
    if movement.owner != desk.node.party:
        raise Refused("movement.other_party", f"{movement.subject} is {movement.owner}'s, who holds its own plan")
    issued, original = (f(desk.node, movement.latest) for f in (convoys.journey_of, convoys.original_of))
    plan = _read(own).journey if own is not None else original
    climbing.print_read_backs(
        desk, fold, movement.subject, _places(issued) if issued else {}, _places(plan) if plan else {},
        [movement.latest.leaf],
    )  # fmt: skip


@app.command()
@at_desk("entente movement relayed relief-7-south --unit '2 Wing' --yes", speaks=True)
def relayed(desk: Desk, name: Name, unit: climbing.Unit) -> None:
    """Say that the newest version was relayed to a unit: headquarters does not fly."""
    fold, movement = _movement(desk, name)
    climbing.relay(desk, fold, movement.subject, movement.latest.leaf, unit, loaded=False)


@app.command()
@at_desk("entente movement loaded relief-7-south --unit '2 Wing' --yes", speaks=True)
def loaded(desk: Desk, name: Name, unit: climbing.Unit) -> None:
    """Say that a unit has loaded the newest version into what it plans and flies with."""
    fold, movement = _movement(desk, name)
    climbing.relay(desk, fold, movement.subject, movement.latest.leaf, unit, loaded=True)


@app.command()
@at_desk("entente movement coverage --all", lists=True)
def coverage(
    desk: Desk,
    name: Annotated[str, typer.Argument(metavar="[MOVEMENT]", help="One movement; else all that are open.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Also what was loaded already.")] = False,
) -> None:
    """Show who has the newest version at which rung, and who lacks it, oldest first; what is late, what is stale.

    Recipients without a node are counted by what was entered by hand for them, and marked so.
    """
    from entente.node import acknowledging, movement_packages
    from entente.picture import coverage as covering

    agreement = desk.book.current(desk.now)
    found = [_movement(desk, name)] if name else list(_movements(desk))
    rows = [
        row
        for fold, movement in found
        if name or not movement.ended
        for row in covering.rows(fold, agreement, movement.subject, desk.now)
    ]
    if not name:
        without = movement_packages.notices(desk.node, covering.clock_of(agreement))
        rows += covering.rows_by_hand(without, acknowledging.acknowledged(desk.node), desk.now)
    climbing.print_coverage(desk, covering.ordered(rows), everything)


# -- finding things ----------------------------------------------------------------------------------------------------


def _read(file: Path) -> MovementFile:
    from entente.adapters import movementfile
    from entente.picture.blotting import blotted

    read = movementfile.read(file)
    near = [passage.position for passage in read.journey.passages]
    if blotted(read.purpose, near) != read.purpose:
        raise Refused("movement.purpose_place", "the purpose tells a place, and goes to everyone; say it without")
    return read


def _copy(desk: Desk, journey: Journey, party: str, name: str, precision: float, keep: list[str]) -> Journey:
    from entente.picture.journeys import coarsen_journey

    secret = site.secret(desk)
    return coarsen_journey(journey, precision_m=precision, recipient=party, name=name, secret=secret, keep=keep)


def _precision(desk: Desk, movement: Movement, party: str, name: str) -> float:
    from entente.node import issuing

    return issuing.precision_of(desk.node, movement, party, name, site.secret(desk))


def _consent(desk: Desk, journey: Journey, party: str) -> tuple[Hash, Onward] | None:
    from entente.node import terms

    return terms.consent_for_journey(desk.node, journey, party)


def _movements(desk: Desk) -> Iterator[tuple[CircleFold, Movement]]:
    from entente.joint import movements
    from entente.picture.board import said_in

    for fold in desk.folds():
        for subject in said_in(fold, "movement/"):
            if (movement := movements.read(subject, fold.now())) is not None:
                yield fold, movement


def _movement(desk: Desk, name: str) -> tuple[CircleFold, Movement]:
    from entente.joint import movements

    fold, subject = desk.find("movement", name)
    movement = movements.read(subject, fold.now())
    assert movement is not None, "what is found has been notified"
    return fold, movement


def _own(desk: Desk, name: str) -> list[tuple[CircleFold, Movement]]:
    """Return our movements that a name means: one copy, or each recipient's that is open.

    Raises:
        Refused: `cli.subject`; `movement.other_party`.
    """
    every = list(_movements(desk))
    copies = {f"{name}-{party}" for party in desk.book.parties()}
    named = [pair for pair in every if name in (pair[1].subject, pair[1].subject.split("/")[2])]
    found = named or [pair for pair in every if pair[1].subject.split("/")[2] in copies]
    own = [pair for pair in found if pair[1].owner == desk.node.party]
    if found and not own:
        owner = found[0][1].owner
        raise Refused("movement.other_party", f"{name} is {owner}'s, who alone amends and ends it; attach a dissent")
    if not own:
        raise Refused("cli.subject", f"no movement of ours is called {name!r}; see: entente movement list")
    return [pair for pair in own if not pair[1].ended] or own


def _mine_or_one(desk: Desk, name: str) -> list[tuple[CircleFold, Movement]]:
    """Return every copy of a movement of ours, or the one movement that a name means at a recipient."""
    try:
        return _own(desk, name)
    except Refused:
        return [_movement(desk, name)]


def _opened(desk: Desk, fold: CircleFold, movement: Movement) -> tuple[Version, Journey]:
    """Return the newest version and its journey as we hold it.

    Raises:
        Refused: `movement.unopened`, `movement.stale`.
    """
    from entente.node import convoys

    if desk.sealed(fold, movement.subject):
        raise Refused("movement.unopened", f"open it first: entente movement open {movement.subject}")
    journey = convoys.journey_of(desk.node, movement.latest)
    if journey is None:
        raise Refused("movement.unheld", "the newest version was not given to us; ask its originator for it")
    return movement.latest, journey


def _places(journey: Journey) -> dict[str, Place]:
    from entente.joint.readback import Place

    return {
        str(number): Place(id=str(number), position=passage.position, within_m=journey.uncertainty_m)
        for number, passage in enumerate(journey.passages, 1)
    }


def _rows(desk: Desk) -> list[MovementRow]:
    from entente.node import convoys
    from entente.picture import movements as moving

    agreement = desk.book.current(desk.now)
    rows = []
    for fold, movement in _movements(desk):
        sealed = desk.sealed(fold, movement.subject)
        journey = None if sealed else convoys.journey_of(desk.node, movement.latest)
        rows.append(moving.movement_row(fold, agreement, movement, journey, desk.now))
    return sorted(rows, key=lambda row: (row.start, row.subject))


def _reported(row: MovementRow) -> str:
    return f"{row.how} {show.when(row.how_at)} by {row.how_by}" if row.how else ""


def _marks(row: MovementRow) -> list[str]:
    from entente.picture.board import phrase
    from entente.picture.coverage import hours

    marks = [f"notified late, by {hours(row.late_s)}"] if row.late_s else []
    marks += [phrase(mark.partition(".")[2]) for mark in row.marks]
    marks += [f"dissent of {', '.join(row.dissents)}"] if row.dissents else []
    marks += [f"disputed by {', '.join(row.disputed)}"] if row.disputed else []
    return marks
