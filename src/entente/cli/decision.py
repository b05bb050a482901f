"""`entente decide`, `dissent`, `release` and `standing-decision`: what is said of others' operations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from entente.cli import attaching, releasing, show
from entente.cli.desk import Desk
from entente.cli.options import at_desk
from entente.errors import Refused

if TYPE_CHECKING:
    from entente.joint.decisions import Answer

standing = typer.Typer(no_args_is_help=True, help="An officer's signed rule that answers for him within limits.")
Name = Annotated[str, typer.Argument(metavar="SUBJECT", help="operation/PARTY/NAME, or just NAME.")]
AnswerWord = Annotated[str, typer.Argument(metavar="ANSWER", help="no_objection, objection or acknowledge.")]
VersionNumber = Annotated[
    int, typer.Option(metavar="N", help="The version you have looked at; refused when there is a newer one.")
]
Despite = Annotated[
    str, typer.Option(metavar="TEXT", help="Why you answer although the day's answers to this owner are spent; noted.")
]
Note = Annotated[str, typer.Option(help="A note, which goes to the circle's members.")]


@at_desk('entente decide water-1 no_objection --note "Frequencies as agreed." --yes', speaks=True)
def decide(
    desk: Desk, subject: Name, answer: AnswerWord, note: Note = "", version: VersionNumber = 0, despite: Despite = ""
) -> None:
    """Answer another's operation, its latest version.

    Our node screens it on our own picture first. What is signed is shown with every finding. No objection authorises
    nothing; it says that we know of no reason of ours against it.
    """
    from entente.joint import operations
    from entente.joint.act import moment
    from entente.node import command
    from entente.report import words

    fold, name = desk.find("operation", subject)
    operation = operations.read(name, fold.now())
    assert operation is not None, "what is found has been proposed"
    if version not in (0, operation.latest.number):
        now = f"it is version {operation.latest.number} now"
        raise Refused(
            "decision.stale", f"{name} has changed since version {version}, {now}; look again and decide anew"
        )
    others = desk.book.current(desk.now).circle(fold.name).members - {desk.node.party}
    plan, latest = desk.plans().get(operation.latest.leaf), operation.latest
    if plan is not None:
        heights = ", ".join(sorted({words.band(volume.band) for volume in plan.volumes})[:3])
        span = f"{show.when(moment(latest.body.start))} to {show.when(moment(latest.body.end))}"
        called = f"{plan.callsign}, {plan.title}" if plan.callsign else plan.title
        typer.echo(f"{name}, version {latest.number}: {called}; {span}; {heights}\n")
    desk.say(
        command.decide(
            desk.book.id, fold.name, name, operation.latest.leaf, _answer(answer), note=note, to=others, despite=despite
        )
    )


@at_desk('entente dissent water-1 --note "The strip is soft after rain." --yes', speaks=True)
def dissent(
    desk: Desk,
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="An operation, a list of sites or a movement.")],
    note: Annotated[str, typer.Option(help="The doubt, in words.")],
    attach: attaching.Attach = [],  # noqa: B006 (Typer copies it)
) -> None:
    """Attach a dissent to an operation's or a movement's latest version, or a list's latest issue.

    It travels with the item, changes no standing, and is never removed.
    """
    from entente.joint import ladder, operations
    from entente.node import command

    kind = subject.partition("/")[0] if subject.startswith(("sites/", "movement/")) else "operation"
    fold, name = desk.find(kind, subject)
    operation = operations.read(name, fold.now()) if kind == "operation" else None
    item = operation.latest.leaf if operation else ladder.notices(name, fold.now())[-1]
    others = desk.book.current(desk.now).circle(fold.name).members - {desk.node.party}
    what = command.dissent(desk.book.id, fold.name, name, item, note, others)
    desk.say(attaching.attached(what, attach, others))


@at_desk("entente release operation/north/water-1 plan --to south --yes", speaks=True)
def release(
    desk: Desk,
    subject: Annotated[
        str, typer.Argument(metavar="SUBJECT", help="Something of our own: an operation, or sites/PARTY/NAME.")
    ],
    detail: Annotated[str, typer.Argument(metavar="DETAIL", help="plan, note, shown, screening, chunk-0000 ...")],
    to: Annotated[str, typer.Option(metavar="PARTY", help="Who gets it, from now on. What is sent stays sent.")],
    *,
    said: releasing.Said,
) -> None:
    """Release a detail of our latest statement on a subject that has one, to one party. It leaves an entry, which tells
    the circle that something was released, and to the recipient alone what and to whom.

    With a purpose, limits or a period it is given on those terms, which the recipient acknowledges before opening it.
    """
    kind = subject.partition("/")[0] if subject.count("/") == 2 else "operation"
    fold, name = desk.find(kind, subject)
    [party] = desk.parties([to])
    own = [e.act for e in fold.now().events(name, desk.node.party)]
    act = next((act for act in reversed(own) if detail in dict(act.statement.details)), None)
    if act is None:
        listed = sorted({n for act in own for n, _ in act.statement.details})
        raise Refused("release.unknown", f"no entry of ours on {name} has {detail!r}; there is {', '.join(listed)}")
    from entente.ids import PartyId
    from entente.node import command

    desk.ask(f"Release {detail} of entry {act.seq} on {name} to {party}?")
    begins = None
    if said.anything:
        terms, _ = releasing.terms_for(desk, fold, name, party, said)
        desk.say(command.give_terms(desk.book.id, fold.name, name, terms))
        begins = releasing.begins_later(desk, terms)
    if begins is not None:
        releasing.note_later(desk, name, act.seq, [detail], party, begins)
        return
    desk.node.release(desk.book.id, act.seq, detail, PartyId(party))
    typer.echo(f"Released {detail} of {name} to {party}.")


@standing.command()
@at_desk(
    "entente standing-decision give no_objection --kind medical_evacuation --until 2027-01-01T00:00:00Z --yes",
    speaks=True,
)
def give(
    desk: Desk,
    answer: AnswerWord,
    kind: Annotated[list[str], typer.Option(metavar="KIND", help="A kind of operation; once for each.")],
    until: Annotated[str, typer.Option(metavar="TIME", help="Until when.")],
    area: Annotated[list[str], typer.Option(metavar="AREA", help="Only operations that name none but these.")] = [],  # noqa: B006
) -> None:
    """Let our node answer for you where nothing is found, for these kinds, until then. Each use is noted."""
    from entente.geo.interval import parse_time
    from entente.joint.plan import Kind
    from entente.node import command

    if unknown := [k for k in kind if k not in set(Kind)]:
        raise Refused("cli.kind", f"there is no kind {unknown[0]!r}; there are {', '.join(Kind)}")
    circle, end = desk.circle("all"), parse_time(until)
    if end <= desk.now:
        typer.echo(f"Note: {show.when(end)} has passed, so this answers nothing. Is the date right?")
    desk.say(command.standing_decision(desk.book.id, circle, desk.node.party, _answer(answer), kind, end, area))


@standing.command()
@at_desk("entente standing-decision revoke --yes", speaks=True)
def revoke(desk: Desk) -> None:
    """Take our standing decision in a circle back. What it answered stays answered."""
    from entente.node import command
    from entente.picture import board

    given = [
        (fold, row)
        for fold in desk.folds()
        for row in board.standing_decision_rows(fold, desk.now)
        if row.party == desk.node.party and row.stands
    ]
    if len(given) != 1:
        told = "none stands" if not given else "several stand; choose with --circle"
        raise Refused("cli.standing", f"one standing decision of ours can be taken back, and {told}")
    fold, row = given[0]
    desk.say(command.revoke_standing(desk.book.id, fold.name, desk.node.party, row.leaf))


@standing.command("show")
@at_desk("entente standing-decision show", lists=True)
def show_(desk: Desk) -> None:
    """Show each party's standing decision: who gave it, for which kinds, until when."""
    from entente.picture import board

    rows = [row for fold in desk.folds() for row in board.standing_decision_rows(fold, desk.now)]
    if desk.json:
        show.print_json(rows)
        return
    show.banner(desk.home.exercise)
    show.table(
        ("Party", "Circle", "Given by", "Answers", "Kinds", "Areas", "Until", "Stands"),
        [
            (
                row.party, row.circle, row.officer, board.phrase(row.answer), ", ".join(map(board.phrase, row.kinds)),
                ", ".join(row.areas), show.when(row.until), "yes" if row.stands else "no",
            )
            for row in rows
        ],
        "no standing decision was given",
    )  # fmt: skip


def _answer(text: str) -> Answer:
    from entente.joint.decisions import Answer

    spelt = text.strip().lower().replace(" ", "_").replace("-", "_")
    if spelt not in set(Answer):
        raise Refused("cli.answer", f"{text!r} is no answer; there are {', '.join(Answer)}")
    return Answer(spelt)
