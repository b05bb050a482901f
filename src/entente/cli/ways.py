"""Ways out on the command line: how far to look, the table, the JSON, and the plan file of the way that is taken."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from entente.cli import show
from entente.errors import Refused

if TYPE_CHECKING:
    from entente.deconfliction.resolve import Reach, Way, Ways
    from entente.joint.plan import Plan

Hours = Annotated[float, typer.Option("--hours", help="How far ways out may be earlier or later [h].")]
Feet = Annotated[float, typer.Option("--feet", help="How far ways out may be lower or higher [ft].")]
Lowest = Annotated[
    float, typer.Option("--lowest", metavar="FEET", help="Ways out go no lower, as altitudes are written.")
]
Highest = Annotated[float, typer.Option("--highest", metavar="FEET", help="Nor higher.")]
Take = Annotated[int, typer.Option("--take", metavar="NUMBER", help="Write the plan of this way out to --out.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="A plan file, .toml, for what --take names.")]


def reach_of(hours: float, feet: float, lowest: float, highest: float) -> Reach:
    """Return how far to look.

    Raises:
        Malformed: `resolve.reach`, `geo.number`.
    """
    from entente.deconfliction.resolve import Reach
    from entente.geo.altitude import FOOT_M
    from entente.geo.position import number

    seconds = round(number(hours, "hours", 0, 48, "resolve.reach") * 3600)
    return Reach(
        earlier_s=seconds,
        later_s=seconds,
        lower_m=feet * FOOT_M,
        higher_m=feet * FOOT_M,
        lowest_m=lowest * FOOT_M,
        highest_m=highest * FOOT_M,
    )


def print_ways(asked: Sequence[tuple[Plan, Ways]], reach: Reach) -> None:
    """Print the ways out of several plans, numbered through, and what must be said beside them."""
    from entente.report import ways as words

    rows: list[tuple[str, ...]] = []
    said = []
    for plan, found in asked:
        name = plan.callsign or plan.title or plan.id
        for way in found.ways:
            window = words.window(way)
            shift, heights = words.shift(way.later_s, way.higher_m), words.heights(way)
            rows.append((str(len(rows) + 1), name, shift, show.when(window.start), show.when(window.end), heights))
        said += [f"{name}: {sentence}" for sentence in words.sentences(found, reach)]
    show.table(("", "Plan", "Way out", "From", "To", "Heights"), rows, "")
    for sentence in said:
        typer.echo(sentence)
    if rows:
        typer.echo(words.NATURE)


def plain_ways(found: Ways, reach: Reach) -> dict[str, Any]:
    """Return one plan's ways out as what JSON knows, lengths in millimetres as everywhere in it."""
    from entente.joint.spelling import finding_to_plain, plan_to_plain
    from entente.report import ways as words

    return {
        "plan": found.plan,
        "ways": [
            {
                "shift": words.shift(way.later_s, way.higher_m),
                "later_s": way.later_s,
                "higher_mm": round(way.higher_m * 1000),
                "plan": plan_to_plain(way.plan),
            }
            for way in found.ways
        ],
        "left": [finding_to_plain(finding) for finding in found.left],
        "barring": [finding_to_plain(finding) for finding in found.barring],
        "said": [*words.sentences(found, reach), words.NATURE],
    }


def take(asked: Sequence[Ways], number: int, out: Path | None) -> None:
    """Write the plan of the way with this number, when one was named.

    Raises:
        Refused: `ways.take`, `file.write`.
    """
    from entente.adapters import planfile
    from entente.cli.files import write_file

    if not number and out is None:
        return
    every: list[Way] = [way for found in asked for way in found.ways]
    if not number or out is None or not 1 <= number <= len(every):
        listed = f"there are ways 1 to {len(every)}" if every else "there is no way out"
        raise Refused("ways.take", f"give --take a number and --out a file together; {listed}")
    write_file(out, planfile.spell(every[number - 1].plan).encode())
