"""Short questions to an airspace, each answered from the same rows and by the same rule as a screening.

`screen` tells of one plan all there is to tell. Here a plan is asked about with yes or no, an area for the plans that
come too close to it, and the whole airspace for every two plans that do. Timing links and unplaced sites need a
screening.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator
from datetime import datetime

from entente.deconfliction.airspace import CREWS, Airspace, plan_rows
from entente.deconfliction.index import Index, Query, Spread
from entente.deconfliction.screening import layers, minimum_between, needs_of
from entente.joint.plan import Crew, Plan
from entente.joint.standard import Minimum, Standard


def any_conflict(
    plan: Plan,
    airspace: Airspace,
    standard: Standard,
    *,
    now: datetime,
    ignore: Collection[str] = (),
    party: str | None = None,
) -> bool:
    """Whether `screen` would find an operation, a placed site or an area too close; the search ends at the first.

    Raises:
        Malformed: as `screen`.
    """
    rows = plan_rows(plan)
    return any(
        layer.rows.any_conflict(Query.of(rows, k, layer.needs), leave_out=layer.left_out)
        for layer in layers(plan, airspace, standard, now, {*ignore, plan.id}, party)
        for k in range(len(rows))
    )


def plans_close_to_area(area: str, airspace: Airspace, standard: Standard) -> list[str]:
    """Return the ids of the held plans that come too close to a held area, in order; whoever flies them."""
    own, rows = Index(), airspace.area_rows.rows_of(area)
    own.put(area, airspace.area_rows.batch(rows))
    close = airspace.plan_rows.close(own, needs_of([standard.area] * len(CREWS), standard))
    return sorted({airspace.plan_rows.owner_of[row] for _, found in close for row in found.tolist()})


def pairs_of_plans(
    airspace: Airspace, standard: Standard, *, side_of: Callable[[str], Hashable] | None = None, spread: Spread = map
) -> Iterator[tuple[str, str]]:
    """Yield every two held plans that are too close, each pair once and the lesser id first, in no order.

    With `side_of`, which tells the side that a plan's id belongs to, plans of one side are not held against each other.
    `spread` as in `Index.all_pairs`.

    Raises:
        Malformed: `standard.pair`, as `screen`.
    """
    held = [crew for crew in CREWS if airspace.crews[crew]]
    table = [
        needs_of(
            [_strictest(standard, one, other) if {one, other} <= {*held} else _NOTHING for other in CREWS], standard
        )
        for one in CREWS
    ]
    rows, seen = airspace.plan_rows, set[tuple[str, str]]()
    for page in rows.all_pairs(table, side_of=side_of, spread=spread):
        for i, j in page.tolist():
            one, other = sorted((rows.owner_of[i], rows.owner_of[j]))
            if (one, other) not in seen:
                seen.add((one, other))
                yield one, other


_NOTHING = Minimum(horizontal_m=0.0, vertical_m=0.0)


def _strictest(standard: Standard, one: Crew, other: Crew) -> Minimum:
    """Return what is asked for between two crews, whichever of the two is screened."""
    both = minimum_between(standard, one, other), minimum_between(standard, other, one)
    return Minimum(
        horizontal_m=max(minimum.horizontal_m for minimum in both),
        vertical_m=max(minimum.vertical_m for minimum in both),
        time_s=max(minimum.time_s for minimum in both),
    )
