"""What `entente site` and `entente movement` share: the ladder of a notice, read-back, coverage, disputes.

Each group has its own commands, whose examples the tests run; what they do is here, once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from entente.cli import show
from entente.cli.desk import Desk
from entente.errors import Malformed, Refused

if TYPE_CHECKING:
    from entente.ids import Hash, SubjectId
    from entente.joint.readback import Entered, Place
    from entente.joint.rules import Event
    from entente.joint.state import CircleFold
    from entente.picture.coverage import Climbed, Row

Unit = Annotated[str, typer.Option(metavar="UNIT", help="The unit's name, or a label that stands for it.")]
Entry = Annotated[
    list[str], typer.Option("--at", metavar="PLACE=POSITION", help="As you have it: decimal, degrees or MGRS.")
]
EntryFile = Annotated[Path | None, typer.Option("--from", metavar="FILE", help="The same from a CSV: place,position.")]
Own = Annotated[
    Path | None, typer.Option("--against", metavar="FILE", help="Our own plan, to hold the notice against as well.")
]


COARSE_M = 20.0
"""[m] An entry whose digits leave more than this open is said to do so: that it agrees tells little."""

# -- the ladder --------------------------------------------------------------------------------------------------------


def relay(desk: Desk, fold: CircleFold, item: SubjectId, leaf: Hash, unit: str, *, loaded: bool) -> None:
    """Say that a notice was relayed to a unit, or that the unit has loaded it."""
    from entente.node import command

    say = command.load if loaded else command.relay
    desk.say(say(desk.book.id, fold.name, item, leaf, unit))
    _skipped(desk, fold, item)


def _skipped(desk: Desk, fold: CircleFold, item: SubjectId) -> None:
    """Say which steps below nobody has taken: none is skipped silently."""
    from entente.picture import coverage
    from entente.picture.board import phrase

    agreement = desk.book.current(desk.now)
    for row in coverage.rows(desk.book.fold(fold.name), agreement, item, desk.now):
        if row.notice.recipient == desk.node.party and row.missing:
            typer.echo(f"Not said yet: {', '.join(phrase(rung) for rung in row.missing)}.")


# -- read-back ---------------------------------------------------------------------------------------------------------


def read_back(
    desk: Desk, fold: CircleFold, item: SubjectId, leaf: Hash, held: Sequence[Place], texts: Mapping[str, str]
) -> None:
    """Hold what was entered against the notice as we hold it, show it place by place, and say it.

    Raises:
        Refused: `ladder.place`, `ladder.nothing`.
        Malformed: as `geo.position.parse`.
    """
    from entente.joint import readback
    from entente.node import command

    if not texts:
        raise Refused(
            "ladder.nothing", "nothing was entered; give --at 'PLACE=POSITION' for each place, or --from FILE"
        )
    known = {place.id: place for place in held}
    if unknown := [name for name in texts if name not in known]:
        listed = ", ".join(list(known)[:5])
        raise Refused("ladder.place", f"{item} holds no place {unknown[0]!r}; it holds {listed}")
    entered = []
    for name, text in texts.items():
        try:
            entered.append(readback.compare(text, known[name]))
        except Malformed as error:
            raise error.at(name) from None
    show.table(HEADINGS, [_cells(one) for one in entered], "")
    left = len(known) - len(entered)
    if left:
        typer.echo(f"{left} of its {len(known)} places were not read back.")
    desk.say(command.read_back(desk.book.id, fold.name, item, leaf, entered, to=[item.split("/")[1]]))
    if any(one.differs for one in entered):
        typer.echo("It differs: load nothing of it before the notifier has answered. Ask by the agreed line.")
    else:
        typer.echo("Reading back repeats a wrong position faithfully: only the notifier's own plan shows that one.")


HEADINGS = ("Place", "Entered", "Where", "Compared with the notice")


def _cells(one: Entered) -> tuple[str, ...]:
    return one.place, one.text, show.place(one.position), outcome(one)


def outcome(one: Entered) -> str:
    """Return in words how an entered position compares with a place."""
    from entente.joint.readback import Outcome

    apart = f", {one.apart_m:,.0f} m away" if one.apart_m is not None and one.apart_m >= 1 else ""
    digits = f", as far as its digits tell: {one.precision_m:,.0f} m" if one.precision_m > COARSE_M else ""
    words = {
        Outcome.SAME: f"the same{digits}",
        Outcome.WITHIN: f"within its uncertainty{apart}",
        Outcome.SWAPPED: f"DIFFERS{apart}: latitude and longitude look exchanged",
        Outcome.DIFFERS: f"DIFFERS{apart}",
        Outcome.UNPLACED: "nothing to compare with: the place is known, its position not",
    }
    return words[one.outcome]


def entries(at: Sequence[str], file: Path | None) -> dict[str, str]:
    """Return what was entered, by place: on the command line, and in a CSV of place and position.

    Raises:
        Malformed: `cli.entry`, `csv.*`, `file.*`.
    """
    from entente.adapters import csv_rows

    found: dict[str, str] = {}
    if file is not None:
        names = {"place": ("place", "id", "site", "site id", "number"), "position": ("position", "where", "mgrs")}
        for row in csv_rows.rows(file, names, (("place", "position"),)):
            found[row.fields["place"]] = row.fields.get("position", "")
    for one in at:
        name, mark, text = one.partition("=")
        if not mark or not name.strip():
            raise Malformed("cli.entry", "is not PLACE=POSITION", where=one[:60])
        found[name.strip()] = text.strip()
    return found


def print_read_backs(
    desk: Desk,
    fold: CircleFold,
    item: SubjectId,
    issued: Mapping[str, Place],
    own: Mapping[str, Place],
    latest: Sequence[Hash],
) -> None:
    """Show every read-back of our notice: what was entered, held against the notice, and against our own plan.

    The last column is ours alone: it is computed here and goes to nobody.
    """
    rows, plain = [], []
    for event in _read_backs(fold, item):
        entered = _entered(desk, event)
        stale = "" if event.act.statement.body["item"] in latest else "of an older version"
        for one in entered:
            ours = _against(one, own)
            plain.append({"by": event.act.party, "at": event.act.at, "stale": bool(stale), "entered": one, "own": ours})
            words = outcome(ours) if ours is not None else "we hold no plan of our own for it"
            rows.append((f"{event.act.party}\n{show.when(event.act.at)}\n{stale}".strip(), *_cells(one), words))
    off = _notice_against_own(issued, own)
    if desk.json:
        show.print_json({"read_backs": plain, "notice_differs_from_our_own_plan": off})
        return
    show.banner(desk.home.exercise)
    show.table(("By", *HEADINGS, "Compared with our own plan"), rows, "nobody has read it back yet")
    for one in off:
        typer.echo(
            f"OUR OWN NOTICE DIFFERS: {one.place} was notified {one.apart_m:,.0f} m from our own plan. "
            "Correct it, and tell every recipient at once."
        )
    typer.echo("What is compared with our own plan is shown here alone, and told to no recipient.")


def _notice_against_own(issued: Mapping[str, Place], own: Mapping[str, Place]) -> list[Entered]:
    """Return the places that our notice puts elsewhere than our own plan does: no read-back would ever show it."""
    from entente.joint.readback import Entered, Outcome, held_against

    found = []
    for name, place in issued.items():
        if place.position is not None and name in own:
            text = show.place(place.position).partition("\n")[0]
            said = Entered(
                place=name, text=text, position=place.position, precision_m=0.0, outcome=Outcome.UNPLACED, apart_m=None
            )
            wide = replace(own[name], within_m=own[name].within_m + place.within_m)
            one = held_against(said, wide)
            found += [one] if one.differs else []
    return found


def _against(one: Entered, own: Mapping[str, Place]) -> Entered | None:
    from entente.joint.readback import held_against

    return held_against(one, own[one.place]) if one.place in own else None


def _read_backs(fold: CircleFold, item: SubjectId) -> Iterable[Event]:
    return [event for event in fold.now().events(item) if event.verb == "ladder.read_back"]


def _entered(desk: Desk, event: Event) -> tuple[Entered, ...]:
    from entente import canonical
    from entente.joint.ladder import READ_BACK
    from entente.joint.readback import entered_from_plain

    parts = desk.node.store.parts(event.act.origin, event.act.seq)
    part = next((part for part in parts if part.name == READ_BACK), None)
    try:
        return entered_from_plain(canonical.decode(part.data)) if part is not None else ()
    except Malformed:
        return ()  # counted in the act all the same, which coverage shows


# -- coverage ----------------------------------------------------------------------------------------------------------


def print_coverage(desk: Desk, found: Sequence[Row], everything: bool) -> None:
    """Show who has which notice at which rung, and who lacks it, oldest first."""
    from entente.joint.ladder import Rung
    from entente.picture.board import phrase
    from entente.picture.coverage import hours

    rows = [row for row in found if everything or row.rung is not Rung.LOADED or row.differing or row.notice.stale]
    if desk.json:
        show.print_json(found)
        return
    show.banner(desk.home.exercise)
    show.table(
        ("Notice", "To", "Has come to", "Not said", "Units", "Due", "Marks"),
        [
            (
                f"{row.notice.item}\nno. {row.notice.number}, {show.when(row.notice.issued_at)}",
                row.notice.recipient,
                f"{phrase(row.rung) if row.rung else 'nothing said'}\n{_last(row.steps)}".strip(),
                "\n".join(phrase(rung) for rung in row.missing),
                "\n".join(row.units),
                f"{'overdue since' if row.overdue else 'by'} {show.when(row.notice.due)}",
                "\n".join(_marks(row, hours(row.notice.late_s))),
            )
            for row in rows
        ],
        "every notice was loaded by those who were sent it" if found else "no notice was sent to anybody",
    )
    done = len(found) - len(rows)
    if done:
        typer.echo(f"Loaded, and not listed: {done} (--all lists them).")
    typer.echo("A receipt at headquarters protects nobody, and nothing here is a permission.")


def _last(steps: Sequence[Climbed]) -> str:
    if not steps:
        return ""
    last = steps[-1]
    return f"{show.when(last.at)}, {last.by}{', by hand' if last.how == 'by hand' else ''}"


def _marks(row: Row, late: str) -> list[str]:
    from entente.picture.board import phrase

    marks = ["NOT ACKNOWLEDGED in time"] if row.unacknowledged else []
    marks += [f"notified late, by {late}"] if row.notice.late_s else []
    marks += [f"READ-BACK DIFFERS in {row.differing}"] if row.differing else []
    stale = sorted({phrase(step.rung) for step in row.notice.stale})
    marks += [f"stale, of an older version: {', '.join(stale)}"] if stale else []
    return marks
