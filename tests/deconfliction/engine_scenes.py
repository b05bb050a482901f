"""Rows for the engine: every kind of shape, anywhere, of any size and duration, near enough to each other to matter."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np

from entente.deconfliction.batch import FOREVER_MS, Batch
from entente.deconfliction.index import Index, Needs, Query
from entente.deconfliction.vertical import margins
from entente.errors import Malformed
from entente.geo.geodesy import destination
from entente.geo.position import Position
from entente.geo.volume import Circle, Corridor, Polygon, Shape
from entente.joint.standard import Standard

NOON_MS = 1_795_348_800_000
HOUR_MS = 3_600_000
CORNER = Position(lat=35.2, lon=45.0)
"""Near where three faces of the grid's cube meet."""
BASES = [
    Position(lat=47.4, lon=8.5), Position(lat=90.0, lon=0.0), Position(lat=-89.5, lon=100.0),
    Position(lat=0.0, lon=180.0), Position(lat=12.0, lon=45.0), CORNER, Position(lat=-35.3, lon=-135.0),
]  # fmt: skip
MARGINS = margins(Standard(name="test", pairs={}))
NEEDS = [
    Needs(
        horizontal_m=np.array([9_260.0, 5_556.0]),
        vertical_m=np.array([304.8, 150.0]),
        time_ms=np.array([0, 120_000]),
        margins=MARGINS,
    ),
    Needs(
        horizontal_m=np.array([5_556.0, 0.0]),
        vertical_m=np.array([150.0, 0.0]),
        time_ms=np.array([120_000, 0]),
        margins=MARGINS,
    ),
]


def shape(chance: random.Random, base: Position, spread_m: float) -> Shape:
    """A circle, a corridor, or a star, perhaps with a hole; a few as large as a continent."""
    start = destination(base, chance.uniform(0, 360), chance.uniform(0, spread_m))
    size = spread_m * 10 ** chance.uniform(-2.5, -0.3)
    if chance.random() < 0.02:
        size = chance.choice([500_000.0, 1_600_000.0, 2_900_000.0])
    match chance.randrange(4):
        case 0:
            return Circle(centre=start, radius_m=size)
        case 1:
            path = [start]
            for _ in range(chance.randrange(4)):
                path.append(destination(path[-1], chance.uniform(0, 360), chance.uniform(0, min(2 * size, 4e6))))
            return Corridor(path=tuple(path), half_width_m=chance.uniform(1, 3_000))
        case kind:
            azimuths = sorted(chance.sample(range(360), chance.randrange(3, 9)))
            ring = tuple(destination(start, azimuth, chance.uniform(size / 2, size)) for azimuth in azimuths)
            hole = tuple(destination(start, azimuth, size / 8) for azimuth in (0, 100, 220))
            try:
                return Polygon(ring=ring, holes=(hole,) if kind == 3 else ())
            except Malformed:
                return Circle(centre=start, radius_m=size)


def times(chance: random.Random) -> tuple[int, int]:
    """A quarter of an hour to four hours of one day; now and then weeks, for ever, or no time at all."""
    start = NOON_MS + chance.randrange(-12 * HOUR_MS, 12 * HOUR_MS)
    match chance.randrange(12):
        case 0:
            return -FOREVER_MS, FOREVER_MS
        case 1:
            return start - 400 * HOUR_MS, start + chance.randrange(400 * HOUR_MS)
        case 2:
            return start, start
        case _:
            return start, start + chance.randrange(HOUR_MS // 4, 4 * HOUR_MS)


def bounds(chance: random.Random) -> tuple[float, int, float, int]:
    """A band up to 3 km thick, mostly of one reference; now and then from the ground up, or without any end."""
    low = round(chance.uniform(0, 9_000), -2)
    one = chance.choice([0, 0, 0, 1, 2, 3])
    other = one if chance.random() < 0.8 else chance.randrange(4)
    if chance.random() < 0.1:
        return -np.inf, 0, chance.choice([low, low, np.inf]), other
    return low, one, low + round(chance.uniform(0, 3_000), -2), other


def batch(seed: int, count: int, base: Position | None = None, spread_m: float = 120_000.0) -> Batch:
    """Rows around one base, or around all in turn."""
    chance = random.Random(seed)
    shapes = [shape(chance, base or BASES[k % len(BASES)], spread_m) for k in range(count)]
    return Batch.of_shapes(
        shapes,
        bounds=np.array([bounds(chance) for _ in shapes]),
        times_ms=np.array([times(chance) for _ in shapes]),
        groups=np.array([chance.randrange(2) for _ in shapes]),
        doubts_m=np.array([chance.choice([0.0, 0.0, 50.0, 4_000.0]) for _ in shapes]),
    )


def part(whole: Batch, rows: Sequence[int]) -> Batch:
    """Some rows of a batch."""
    return Batch(whole.records[list(rows)], whole.points)


def pairs(index: Index, **more: object) -> set[tuple[str, int, str, int]]:
    """All pairs of an index, by owner and place."""
    found = [pair for page in index.all_pairs(NEEDS, **more) for pair in page.tolist()]  # type: ignore[arg-type]
    named = [tuple(sorted((index.owner_of[row], int(index.nth[row])) for row in pair)) for pair in found]
    assert len(set(named)) == len(named), "each pair comes once"
    return {(*one, *other) for one, other in named}


def live(seed: int, steps: int, *, compiled: bool) -> list[int]:
    """Change and ask an index at random, comparing it with one filled afresh; return how many pairs were found."""
    chance, held = random.Random(seed), dict[str, list[int]]()
    rows = batch(seed, 60, BASES[seed % len(BASES)])
    index = Index(compiled=compiled)
    counts = []
    for step in range(steps):
        owner = chance.choice("abcdefghij")
        if chance.random() < 0.3:
            index.drop(owner)
            held.pop(owner, None)
        else:
            held[owner] = [chance.randrange(len(rows)) for _ in range(chance.randrange(1, 12))]
            index.put(owner, part(rows, held[owner]))
        if step % 8 == 0:
            fresh = Index(compiled=False)
            names = [name for name, mine in held.items() for _ in mine]
            fresh.put_all(names, part(rows, [row for mine in held.values() for row in mine]))
            assert pairs(index) == pairs(fresh)
            query = Query.of(rows, chance.randrange(len(rows)), NEEDS[0])
            assert index.any_conflict(query) == bool(len(fresh.conflicts_of(query)))
            counts.append(len(pairs(fresh)))
    return counts


if __name__ == "__main__":  # With bounds checked, in a process of its own: see `test_engine`.
    assert sum(live(7, 80, compiled=True)) > 100
    full = Index(compiled=True)
    full.put_all([str(k) for k in range(3_000)], batch(3, 3_000, CORNER))
    assert len(pairs(full)) > 1_000
    full.drop_all([str(k) for k in range(0, 3_000, 2)])
    assert len(pairs(full)) > 250
