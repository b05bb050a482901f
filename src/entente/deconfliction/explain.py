"""One pair explained: how close a plan comes to one other thing, and in which of the three ways that is enough.

It tells what `screen` measures, also where that is enough and no finding: whoever is asked "why?" or "by how much?"
answers with these numbers. Of all pairs of volumes it takes the one that is nearest to being a conflict: whose greatest
gap, as a part of what is required, is least.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from entente.deconfliction.airspace import Airspace, interval_of, plan_rows
from entente.deconfliction.core import Floats, Truths
from entente.deconfliction.index import Index, too_close
from entente.deconfliction.nearness import place
from entente.deconfliction.screening import layers, screen
from entente.deconfliction.vertical import Bounds, apart, compare, sure_gaps
from entente.joint.areas import Area
from entente.joint.plan import Plan
from entente.joint.protected_sites import Site
from entente.joint.screening import Against, Finding, Input
from entente.joint.standard import Standard


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """`nearest` measures the pair of volumes nearest to being a conflict, finding or not; None for an unplaced site.

    `apart_across`, `apart_in_height` and `apart_in_time` say where its gap is enough; one is. `volumes` are the two
    volumes' places in their plans, from 1, and how many there are. `findings` are what `screen` finds between the two,
    timing links among them.
    """

    nearest: Finding | None
    apart_across: bool
    apart_in_height: bool
    apart_in_time: bool
    volumes: tuple[tuple[int, int], tuple[int, int]]
    findings: tuple[Finding, ...]


def explain(
    plan: Plan, other: Plan | Site | Area, standard: Standard, *, now: datetime, party: str | None = None
) -> Explained:
    """Measure `plan` against one other thing, as `screen` would with the same arguments.

    Raises:
        Malformed: as `screen`.
    """
    airspace = Airspace()
    match other:
        case Plan():
            airspace.put_plan(other)
        case Site():
            airspace.put_site(other)
        case Area():
            airspace.put_area(other)
    findings = screen(plan, airspace, standard, now=now, party=party).findings
    own = Index()
    own.put(plan.id, plan_rows(plan))
    held = [layer for layer in layers(plan, airspace, standard, now, (), party) if len(layer.rows)]
    if not held:
        return Explained(
            nearest=None, apart_across=False, apart_in_height=False, apart_in_time=False,
            volumes=((1, len(plan.volumes)), (0, 0)), findings=findings,
        )  # fmt: skip
    (layer,) = held
    rows, needs = layer.rows, layer.needs
    mine, theirs = np.array(own.rows_of(plan.id)), np.array(rows.rows_of(other.id))
    i, j = np.repeat(mine, len(theirs)), np.tile(theirs, len(mine))
    group = rows.groups[j]
    gap, doubt = rows.measure(own, i, j)
    sure = sure_gaps(own.bounds[i], rows.bounds[j], needs.margins)
    wait = np.maximum(own.times[i, 0] - rows.times[j, 1], rows.times[j, 0] - own.times[i, 1])
    ways = np.stack([
        ~too_close(gap, doubt, needs.horizontal_m[group]),
        apart(sure, needs.vertical_m[group]),
        wait >= needs.time_ms[group],
    ])  # fmt: skip
    parts = [
        _part(gap - doubt, needs.horizontal_m[group], ways[0]),
        _part(sure, needs.vertical_m[group], ways[1]),
        _part(wait.astype(float), needs.time_ms[group].astype(float), ways[2]),
    ]
    # First what conflicts, in the order of `layer.worst_of_each`.
    order = [i, rows.nth[j], gap, np.sum(parts, axis=0), np.max(parts, axis=0), ways.any(axis=0)]
    k = int(np.lexsort(order)[0])
    across, height, time = (bool(way) for way in ways[:, k])
    mine_at, theirs_at = int(i[k]), int(j[k])
    altitude = compare(_bounds(own, mine_at), _bounds(rows, theirs_at), needs.margins)
    start = max(own.times[mine_at, 0], rows.times[theirs_at, 0])
    end = min(own.times[mine_at, 1], rows.times[theirs_at, 1])
    nearest = Finding(
        plan=plan.id,
        against=layer.against,
        other=other.id,
        other_title=layer.title(other.id),
        horizontal_m=float(gap[k]),
        vertical_m=altitude.gap_m,
        time_s=max(float(wait[k]), 0.0) / 1000,
        required_horizontal_m=float(needs.horizontal_m[group[k]]),
        required_vertical_m=float(needs.vertical_m[group[k]]),
        doubt_m=float(doubt[k]),
        interval=interval_of(int(start), int(end)),
        place=place(own.core(mine_at), rows.core(theirs_at)),
        marks=tuple(sorted({*altitude.marks, *layer.marks(other.id)})),
        inputs=(Input(kind=Against.OPERATION, id=plan.id), Input(kind=layer.against, id=other.id)),
    )
    return Explained(
        nearest=nearest,
        apart_across=across,
        apart_in_height=height,
        apart_in_time=time,
        volumes=(
            (int(own.nth[mine_at]) + 1, len(plan.volumes)),
            (int(rows.nth[theirs_at]) + 1, len(theirs)),
        ),
        findings=findings,
    )


def _part(gap: Floats, need: Floats, enough: Truths) -> Floats:
    """Return gaps as parts of what is needed; where nothing is, none or all."""
    part: Floats = np.divide(np.maximum(gap, 0.0), need, out=np.where(enough, np.inf, 0.0), where=need > 0)
    return part


def _bounds(index: Index, row: int) -> Bounds:
    lower, lower_code, upper, upper_code = (float(bound) for bound in index.bounds[row])
    return lower, int(lower_code), upper, int(upper_code)
