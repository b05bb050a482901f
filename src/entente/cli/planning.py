"""A plan as a table: each volume's shape, heights and times, positions in decimal degrees and MGRS."""

from __future__ import annotations

from typing import assert_never

from entente.cli import show
from entente.geo.volume import Circle, Corridor, Polygon, Shape
from entente.joint.plan import Plan
from entente.report import words

MOST_VOLUMES = 12
"""A timed route has a volume every few minutes; more than this says no more on one screen."""


def print_plan(plan: Plan) -> None:
    """Print a plan's volumes and timing links."""
    left_out = len(plan.volumes) - MOST_VOLUMES
    show.table(
        ("Volume", "Heights", "From", "To"),
        [
            (_shape(v.shape), words.band(v.band), show.when(v.interval.start), show.when(v.interval.end))
            for v in plan.volumes[:MOST_VOLUMES]
        ],
        "",
    )
    show.facts(
        [
            ("", f"and {left_out} more volumes; --json prints all" if left_out > 0 else ""),
            *((words.phrase(link.kind), f"{link.other}, {link.seconds / 60:g} min") for link in plan.links),
            ("note", plan.note),
        ]
    )


def _shape(shape: Shape) -> str:
    match shape:
        case Circle():
            return f"{words.nautical(shape.radius_m)} NM around\n{show.place(shape.centre)}"
        case Corridor():
            ends = "\n".join(show.place(p) for p in dict.fromkeys((shape.path[0], shape.path[-1])))
            return f"{words.nautical(shape.half_width_m)} NM either side of\n{ends}"
        case Polygon():
            first, *holes = ("\n".join(show.place(p) for p in ring) for ring in shape.rings)
            return "polygon of\n" + "\nless a hole of\n".join([first, *holes])
        case _:
            assert_never(shape)
