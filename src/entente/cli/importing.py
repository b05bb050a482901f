"""`entente operation import` and `waiting`: a day's flights proposed at once, and what of the others' waits for us.

A recording of ADS-B positions is divided by whether an aircraft's address is even or odd, so that two parties can play
one day against each other. An import that was interrupted goes on where it stopped: flights are named by content.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from entente.cli import show
from entente.cli.desk import Desk
from entente.cli.options import at_desk
from entente.errors import Malformed, Refused

if TYPE_CHECKING:
    from rich.progress import Progress

    from entente.adapters.adsb import Tally
    from entente.ids import PartyId
    from entente.joint.plan import Plan
    from entente.joint.screening import Finding

Files = Annotated[list[Path], typer.Argument(metavar="FILE...", help="ADS-B .csv or .csv.gz, or plans.")]
Mine = Annotated[str, typer.Option(metavar="even|odd", help="Of ADS-B: which aircraft are ours; else all.")]
ReleaseTo = Annotated[list[str], typer.Option("--release-to", metavar="PARTY", help="Who gets the plans; else nobody.")]
Limit = Annotated[int | None, typer.Option(min=1, help="Propose at most so many of each file.")]


@at_desk("entente operation import day.csv.gz --mine even --release-to south --yes", speaks=True)
def import_command(
    desk: Desk,
    files: Files,
    mine: Mine = "",
    release_to: ReleaseTo = [],  # noqa: B006 (Typer copies it)
    limit: Limit = None,
) -> None:
    """Propose every flight of recordings, or every plan of plan files, screened one by one and signed each by itself.

    A second run proposes only what is missing, so it may be stopped at any time and started again.
    """
    from entente.ids import PartyId
    from entente.node import bulk

    if mine not in ("", "even", "odd"):
        raise Refused("cli.mine", f"{mine!r} is no side; give --mine even or --mine odd")
    circle, to = desk.circle("all"), frozenset(PartyId(party) for party in desk.parties(release_to))
    officer, office = desk.speaker("operation.propose")
    with _progress() as progress:
        plans = [plan for path in files for plan in islice(_read(path, mine, progress), limit)]
    if not plans:
        raise Refused("import.nothing", "no flight in these files is ours, so there is nothing to propose")
    typer.echo(_summary(plans, circle, to))
    desk.ask(f"Sign these {len(plans):,}, each by itself, as {officer}, {office}?")
    who = bulk.Proposer(
        agreement=desk.book.id, circle=circle, officer=officer, office=office, key=desk.key(officer), to=to
    )
    stood = 0
    with _progress() as progress:
        task = progress.add_task("proposed", total=len(plans))

        def told(new: int, old: int) -> None:
            nonlocal stood
            stood = old
            progress.update(task, completed=new + old)

        receipts = bulk.propose_all(desk.node, who, plans, told)
    typer.echo(f"{len(receipts):,} proposed now, {stood:,} stood already.")


def _summary(plans: Sequence[Plan], circle: str, to: frozenset[PartyId]) -> str:
    start = min(volume.interval.start for plan in plans for volume in plan.volumes)
    end = max(volume.interval.end for plan in plans for volume in plan.volumes)
    readers = ", ".join(sorted(to)) or "nobody, so nobody can screen them"
    return (
        f"Propose {len(plans):,} operations from {show.when(start)} to {show.when(end)} to circle {circle}; "
        f"their plans are released to {readers}."
    )


def _read(path: Path, mine: str, progress: Progress) -> Iterator[Plan]:
    """Yield a file's plans; of a recording those of our side, with its counts told at the end.

    Raises:
        Malformed: `adsb.*`, `file.*`, or as a plan file's reader.
    """
    if not _is_recording(path):
        from entente.cli.operation import read_plans

        yield from read_plans(path)
        return
    from entente.adapters import adsb

    tally, ours = adsb.Tally(), 0
    task = progress.add_task(path.name, total=None)
    for plan in adsb.flights(
        path, tally=tally, progress=lambda done, size: progress.update(task, completed=done, total=size)
    ):
        if mine in ("", adsb.side(plan.id.split("/")[1])):
            ours += 1
            yield plan
    typer.echo(f"{path.name}: {_counts(tally)}, {ours:,} of them ours.")


def _counts(tally: Tally) -> str:
    left_out = tally.without_position + tally.without_altitude
    incomplete = f" ({left_out:,} without position or altitude passed over)" if left_out else ""
    return f"{tally.rows:,} rows{incomplete}, {tally.flights:,} flights"


def _is_recording(path: Path) -> bool:
    """Whether a file's first line names an ADS-B recording's columns.

    Raises:
        Malformed: `file.missing`.
    """
    name = path.name.lower()
    if not name.endswith((".csv", ".csv.gz")):
        return False
    try:
        with gzip.open(path) if name.endswith(".gz") else path.open("rb") as file:
            head = file.readline(4096)
    except (OSError, EOFError) as error:
        raise Malformed("file.missing", f"cannot be read ({error})", where=path.name) from None
    return name.endswith(".gz") or b"icao24" in head.lower()


@contextmanager
def _progress() -> Iterator[Progress]:
    """Show how far it is, on a terminal's standard error only."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        yield progress


# -- what waits --------------------------------------------------------------------------------------------------------


@at_desk("entente operation waiting", lists=True)
def waiting_command(desk: Desk) -> None:
    """List others' operations that wait for our answer, with what our own screening finds in each.

    An operation whose plan was not released to us cannot be screened, and is listed all the same: ask its owner.
    Where a standing decision answers for us, what is left here is what it may not answer.
    """
    from entente.joint.spelling import finding_to_plain
    from entente.node import drafting, duties
    from entente.picture import board

    rows = []
    hidden = []
    for fold in desk.folds():
        for flight in duties.waiting(desk.node, desk.book, fold.name):
            assert flight.plan is not None, "what waits here has its plan"
            screening = drafting.screen(desk.node, desk.book, flight.plan, flight.subject, flight.owner, desk.now)
            rows.append((flight, screening.findings))
        open_rows = board.operation_rows(fold, desk.plans(), desk.now)
        listed = {flight.subject for flight, _ in rows if flight.circle == fold.name}
        hidden += [
            row
            for row in open_rows
            if desk.node.party in row.waiting and not row.released and row.subject not in listed
        ]
    rows.sort(key=lambda row: (row[0].version.body.start, row[0].subject))
    if desk.json:
        show.print_json(
            [
                {
                    "subject": f.subject, "circle": f.circle, "released": True,
                    "findings": [finding_to_plain(one) for one in found],
                }
                for f, found in rows
            ]
            + [{"subject": h.subject, "circle": h.circle, "released": False, "findings": []} for h in hidden]
        )  # fmt: skip
        return
    show.banner(desk.home.exercise)
    show.table(
        ("Operation", "What", "Starts", "Findings"),
        [
            (
                f"{flight.owner}/{flight.subject.split('/')[2]}",
                desk.called(flight),
                _start(flight.version.body.start),
                _told(found),
            )
            for flight, found in rows
        ]
        + [
            (f"{h.owner}/{h.subject.split('/')[2]}", "plan not released", show.when(h.start), "cannot be screened")
            for h in hidden
        ],
        "no operation waits for our answer",
    )


def _start(text: str) -> str:
    from entente.joint.act import moment

    return show.when(moment(text))


def _told(findings: Sequence[Finding]) -> str:
    from entente.report import words

    if not findings:
        return "none"
    worst = min(findings, key=_share)
    return f"{len(findings)}; {worst.other_title or worst.other}: {words.closeness(worst)}"


def _share(finding: Finding) -> float:
    """Return the horizontal gap as a part of what is required; what cannot be told comes first."""
    with suppress(ZeroDivisionError, TypeError):
        return (finding.horizontal_m or 0.0) / finding.required_horizontal_m
    return 0.0
