"""`entente operation`: propose what is to be flown, change it, fly it, and see how it stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from entente.cli import attaching, conflicts, importing, releasing, show
from entente.cli.desk import Desk
from entente.cli.options import at_desk
from entente.errors import Malformed, Refused

if TYPE_CHECKING:
    from entente.ids import SubjectId
    from entente.joint.operations import Operation
    from entente.joint.plan import Plan
    from entente.joint.state import CircleFold
    from entente.node.cosigning import Quiet
    from entente.picture.board import OperationRow

app = typer.Typer(no_args_is_help=True, help="Operations: notified, answered, active, ended.")
app.command("import")(importing.import_command)
app.command("waiting")(importing.waiting_command)
app.command("conflicts")(conflicts.conflicts_command)
app.command("explain")(conflicts.explain_command)
app.command("ways-out")(conflicts.ways_out_command)
app.command("affected")(conflicts.affected_command)
Name = Annotated[str, typer.Argument(metavar="SUBJECT", help="operation/PARTY/NAME, or just NAME.")]
PlanFile = Annotated[Path, typer.Argument(metavar="PLANFILE", help="A plan: .toml, .geojson or .csv.")]
ReleaseTo = Annotated[list[str], typer.Option("--release-to", metavar="PARTY", help="Who gets the plan; else nobody.")]
Areas = Annotated[list[str], typer.Option("--area", metavar="AREA", help="An agreement's area that it works in.")]
ProxyFor = Annotated[str, typer.Option("--proxy-for", metavar="NAME", help="The third party that flies.")]


@app.command()
@at_desk("entente operation propose water.toml --name water-1 --release-to south --yes", speaks=True)
def propose(
    desk: Desk,
    plan: PlanFile,
    name: Annotated[
        str, typer.Option(help="The operation's name; else as the plan's id, callsign or title says.")
    ] = "",
    release_to: ReleaseTo = [],  # noqa: B006 (Typer copies it)
    area: Areas = [],  # noqa: B006
    proxy_for: ProxyFor = "",
    attach: attaching.Attach = [],  # noqa: B006
) -> None:
    """Notify an operation: its window, kind and crew to the circle, its plan to those you name.

    The plan is screened first; findings are shown, and are no obstacle to notifying. A party that is not given the plan
    cannot screen it, and cannot say "no objection" to it.
    """
    from entente.node import command

    plans = read_plans(plan)
    if name and len(plans) > 1:
        raise Refused("cli.name", f"the file holds {len(plans)} plans, and one name was given; leave --name out")
    circle, to = desk.circle("all"), desk.parties(release_to)
    party, agreement = desk.node.party, desk.book.id
    _warn_of_the_past(desk, plans)
    desk.say(
        *(
            attaching.attached(
                command.propose(
                    agreement, circle, party, name or _name(one, party), one, to=to, areas=area, proxy_for=proxy_for
                ),
                attach,
                to,
            )
            for one in plans
        )
    )
    if not to:
        typer.echo("The plan was released to nobody, so nobody can screen it; see: entente release --help")


@app.command()
@at_desk("entente operation change water-1 water-later.toml --release-to south --yes", speaks=True)
def change(
    desk: Desk,
    subject: Name,
    plan: PlanFile,
    release_to: ReleaseTo = [],  # noqa: B006 (Typer copies it)
    area: Areas = [],  # noqa: B006
    proxy_for: ProxyFor = "",
    attach: attaching.Attach = [],  # noqa: B006
) -> None:
    """Notify a new version. Every answer to the earlier one is void; if that one flies, both are screened."""
    from entente.node import command

    fold, name, operation = _operation(desk, subject)
    plans = read_plans(plan)
    if len(plans) != 1:
        raise Refused("cli.plans", f"a change takes one plan, and the file holds {len(plans)}")
    to = desk.parties(release_to)
    old = operation.latest
    held = [p for p in desk.book.parties() if old.plan in desk.node.store.granted(p, old.origin, old.seq)]
    _warn_of_the_past(desk, plans)
    what = command.change(desk.book.id, fold.name, name, old, plans[0], to=to, areas=area, proxy_for=proxy_for)
    desk.say(attaching.attached(what, attach, to))
    for party in sorted(set(held) - set(to)):
        typer.echo(
            f"{party} held the old plan and was not given this one, so it cannot screen it; "
            f"see: entente release {name} plan --to {party}"
        )


@app.command()
@at_desk("entente operation withdraw water-2 --yes", speaks=True)
def withdraw(desk: Desk, subject: Name) -> None:
    """Withdraw an operation that has not been activated."""
    from entente.node import command

    fold, name, operation = _operation(desk, subject)
    desk.say(command.withdraw(desk.book.id, fold.name, name, operation.latest.leaf))


@app.command()
@at_desk("entente operation activate water-1 --yes", speaks=True)
def activate(
    desk: Desk,
    subject: Name,
    threat: Annotated[str, typer.Option(metavar="TEXT", help="Declare an imminent threat; shown to all.")] = "",
) -> None:
    """Activate an operation: it flies from now on, labelled for ever by what covers it.

    Without the others' answer or the agreed notice it needs a declaration of imminent threat, which is never silent.
    """
    from entente.node import command

    fold, name, operation = _operation(desk, subject)
    desk.say(command.activate(desk.book.id, fold.name, name, operation.latest.leaf, threat))


@app.command()
@at_desk("entente operation lapse water-1 --yes", speaks=True)
def lapse(desk: Desk, subject: Name) -> None:
    """Hold it against the other deciders that they have not answered, where the agreement lets silence count.

    Each one's silence must show in its own feed: an entry by which it held the version, and one dated by itself at
    least the agreed time to answer later. Whoever answers later is heard all the same.
    """
    from entente.node import command, cosigning

    fold, name, operation = _operation(desk, subject)
    past = fold.now()
    waiting = [
        quiet
        for party in cosigning.deciders(operation, past, fold.name)
        if (quiet := cosigning.quiet(operation, past, fold.name, party)) is not None
    ]
    for quiet in waiting:
        if quiet.shown is None:
            typer.echo(f"{quiet.party}: {_not_yet(quiet)}")
    shown = [quiet.shown for quiet in waiting if quiet.shown is not None]
    if not shown:
        raise Refused("cli.silence", f"no decider's silence about {name} can be shown yet")
    desk.say(command.lapse(desk.book.id, fold.name, name, operation.latest.leaf, shown))


def _not_yet(quiet: Quiet) -> str:
    if quiet.until is None:
        return "nothing from it shows yet that it holds this version."
    return f"by its own clock it has until {show.when(quiet.until)}, and nothing from it is dated later yet."


@app.command()
@at_desk("entente operation deviate water-1 nonconforming --yes", speaks=True)
def deviate(
    desk: Desk, subject: Name, how: Annotated[str, typer.Argument(metavar="HOW", help="nonconforming or contingent.")]
) -> None:
    """Report that an active operation does not keep to its plan."""
    from entente.node import command

    fold, name, operation = _operation(desk, subject)
    desk.say(command.deviate(desk.book.id, fold.name, name, operation.latest.leaf, how))


@app.command()
@at_desk("entente operation end water-1 --yes", speaks=True)
def end(desk: Desk, subject: Name) -> None:
    """End an active operation; it is screened no longer."""
    from entente.node import command

    fold, name, operation = _operation(desk, subject)
    desk.say(command.end(desk.book.id, fold.name, name, operation.latest.leaf))


@app.command("open")
@at_desk("entente operation open water-1 --yes", speaks=True)
def open_(desk: Desk, subject: Name) -> None:
    """Acknowledge the terms on which a plan was given to us; it is shown from then on, and not before."""
    fold, name, _ = _operation(desk, subject)
    releasing.acknowledge(desk, fold, name)


@app.command("list")
@at_desk("entente operation list", lists=True)
def list_(
    desk: Desk, everything: Annotated[bool, typer.Option("--all", help="Ended and withdrawn ones too.")] = False
) -> None:
    """List operations by start: phase, standing, who said what, and whose answer is due."""
    from entente.node import affected

    rows = [row for row in _rows(desk) if everything or row.phase not in ("ended", "withdrawn")]
    if desk.json:
        show.print_json(rows)
        return
    show.banner(desk.home.exercise)
    show.table(
        ("Operation", "What", "When", "Stands", "Answers", "Marks"),
        [
            (
                f"{row.owner}/{row.subject.split('/')[2]}\nv{row.version}, {row.circle}",
                f"{row.title or 'plan not released'}\n{_words(row.kind)}, {row.crew}",
                f"{show.when(row.start)}\n{show.when(row.end)}",
                f"{_words(row.phase)}\n{_stands(row.standing, row.final)}",
                _answers(row), "\n".join(_marks(row, affected.noted(desk.node, row.leaf))),
            )
            for row in rows
        ],
        "no operation is open here",
    )  # fmt: skip


@app.command("show")
@at_desk("entente operation show water-1", lists=True)
def show_(desk: Desk, subject: Name, reader: releasing.Reader = "") -> None:
    """Show one operation: its plan as far as it was released to us, every answer, activation, dissent and STOP.

    A plan given on terms is opened by acknowledging them. Looking at another's plan is noted in our own record.
    """
    from entente.cli.planning import print_plan

    fold, name, operation = _operation(desk, subject)
    row = next(row for row in _rows(desk) if (row.subject, row.circle) == (name, fold.name))
    plan = desk.plans().get(operation.latest.leaf)
    released = desk.released(fold, name)
    notices = [line for one in released for line in one.notice]
    if desk.sealed(fold, name):
        notices.append(f"{name}: not opened yet. Acknowledge these terms first: entente operation open {name}")
    if plan is not None:
        desk.opened(name, f"plan of version {row.version}", reader)
    if desk.json:
        from entente.joint.spelling import plan_to_plain

        whole = {"operation": row, "terms": notices, "plan": plan_to_plain(plan) if plan else None}
        show.print_json(whole)
        return
    show.banner(desk.home.exercise)
    show.notices(notices)
    show.facts(
        [
            ("operation", f"{row.subject}, version {row.version}, in circle {row.circle}"),
            ("what", f"{row.title or 'plan not released to us'}; {_words(row.kind)}, {row.crew}"),
            ("for", row.proxy_for),
            ("when", f"{show.when(row.start)} to {show.when(row.end)}"),
            ("phase", _words(row.phase)),
            ("standing", _stands(row.standing, row.final)),
            ("answers", _answers(row)),
            ("marks", "\n".join(_marks(row))),
            ("on notice alone", f"from {show.when(row.notice_ends)}" if row.phase == "planned" else ""),
            ("version's leaf", row.leaf),
        ]
    )
    show.facts(list(_notes(desk, fold, name, row.leaf)))
    for flown in row.flown:
        crossed = "; ".join(f"{who} objected, {how}" for who, how in flown.objections)
        show.facts(
            [
                ("activated", f"{show.when(flown.at)}, covered by {_stands(flown.covered_by, flown.cover_final)}"),
                ("threat declared", flown.threat),
                ("objections", crossed),
            ]
        )
    if plan is not None:
        print_plan(plan)


def _rows(desk: Desk) -> list[OperationRow]:
    from entente.picture import board

    plans = desk.plans()
    return [row for fold in desk.folds() for row in board.operation_rows(fold, plans, desk.now)]


def _words(code: str) -> str:
    from entente.picture.board import phrase

    return phrase(code)


def _stands(standing: str, final: bool) -> str:
    """Say a standing, and whether it is final: held by every signatory, so that none can lose or fork it unseen."""
    return f"{_words(standing)}{', final' if final else ''}"


def _answers(row: OperationRow) -> str:
    said = [f"{s.party}: {_words(s.answer)}{', by rule' if s.by_rule else ''}{_found(s.findings)}" for s in row.said]
    late = "overdue since" if row.overdue else "due"
    silent = [f"{party}: silent, as it shows itself" for party in row.silent]
    waiting = [f"{party}: {late} {show.when(row.due)}" for party in row.waiting if party not in row.silent]
    return "\n".join([*said, *silent, *waiting])


def _found(count: int) -> str:
    return f", {count} finding{'s'[: count > 1]}" if count else ""


def _marks(row: OperationRow, since: Sequence[str] = ()) -> list[str]:
    marks = [f"STOP ({len(row.stops)})"] if row.stops else []
    marks += [f"too close to what came since: {len(since)}, see operation affected"] if since else []
    marks += ["cover forked"] if row.forked else []
    times = {party: row.dissents.count(party) for party in row.dissents}
    listed = ", ".join(f"{party} ({count})" if count > 1 else party for party, count in times.items())
    marks += [f"dissent of {listed}"] if row.dissents else []
    for flown in row.flown:
        marks += ["imminent threat declared"] if flown.threat else []
        marks += [f"{who} objected, {how}" for who, how in flown.objections]
    return marks


def _notes(desk: Desk, fold: CircleFold, name: SubjectId, version: str) -> Iterator[tuple[str, str]]:
    """Yield who answered the latest version or dissents, in which office, and the words that we were given."""
    from entente.joint.decisions import Answer

    told = {"decision.give": "answer", "dissent.give": "dissent"}
    for event in fold.now().events(name):
        statement = event.act.statement
        if event.verb not in told or statement.body.get("version", version) != version:
            continue
        parts = desk.node.store.parts(event.act.origin, event.act.seq)
        note = next((part.data.decode() for part in parts if part.name == "note"), "")
        listed = "note" in dict(statement.details)
        by = f"{statement.signer.officer}, {_words(statement.signer.office)}" if statement.signer else "by rule"
        words = note or ("(its note was not given to us)" if listed else "(no note)")
        answer = f": {_words(Answer(statement.body['answer']))}" if event.verb == "decision.give" else ""
        yield f"{told[event.verb]} of {event.act.party}", f"{by}, {show.when(event.act.at)}{answer}. {words}"


def _warn_of_the_past(desk: Desk, plans: Sequence[Plan]) -> None:
    """Say before signing when a plan is over already: a slip in the year is likelier than a flight to be told late."""
    for plan in plans:
        end = max(volume.interval.end for volume in plan.volumes)
        if end <= desk.now:
            typer.echo(f"Note: {plan.title or plan.id} ended {show.when(end)}, which has passed. Is the date right?")


def _operation(desk: Desk, subject: str) -> tuple[CircleFold, SubjectId, Operation]:
    from entente.joint import operations

    fold, name = desk.find("operation", subject)
    operation = operations.read(name, fold.now())
    assert operation is not None, "what is found has been proposed"
    return fold, name, operation


def read_plans(path: Path) -> list[Plan]:
    """Return the plans of a file, read by its name's ending.

    Raises:
        Malformed: `file.format`, or as the format's reader.
    """
    from entente.adapters import csv_plans, geojson, planfile

    match path.suffix.lower():
        case ".toml":
            return list(planfile.read(path).plans)
        case ".csv":
            return list(csv_plans.read(path).plans)
        case ".geojson" | ".json":
            return list(geojson.read_plans(path))
    raise Malformed("file.format", "is not read here; give .toml, .csv or .geojson", where=path.name)


def _name(plan: Plan, party: str) -> str:
    """Return the name in a plan's id, when it has one; else one made of its callsign, its title, or its content's hash.

    Raises:
        Refused: `cli.plan`, when the id says that the plan is another party's.
    """
    import re

    kind, _, rest = plan.id.partition("/")
    owner, _, name = rest.partition("/")
    if kind == "operation" and owner and name:
        if owner != party:
            raise Refused("cli.plan", f"by its id {plan.id} this plan is {owner}'s; is it the right file?")
        return name
    words = re.findall(r"[a-z0-9]+", (plan.callsign or plan.title).lower())
    found = "-".join(words)[:48].strip("-")
    return found if found and found[0].isalpha() else f"plan-{plan.id.rpartition('/')[2]}"[:64]
