"""The long search for a missed conflict: whole screenings against the judge in `oracle`, pair by pair.

    python -m tests.deconfliction.campaign [--random 1000000] [--nasty 100000] [--jobs 2]

prints what it came to, as docs/shapes.md shows it. A batch follows from its number alone, so each can be run again.
*Random* pairs are every own plan of a batch with everything held: plans, sites and areas of any shape, height and time.
*Nasty* pairs are built one by one; then their gap is measured, and the standard chosen so that it lies centimetres to
metres inside or outside what is required, or their heights or times do.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from importlib.util import find_spec
from multiprocessing import get_context

import numpy as np
from tests.deconfliction.oracle import Traced, least_vertical_gap, many_gap_bounds, traced, wait_s
from tests.deconfliction.scenes import NOW

from entente.deconfliction import Airspace, screen
from entente.deconfliction.index import Index
from entente.errors import Malformed
from entente.geo.altitude import GROUND, Altitude, Band, Reference
from entente.geo.geodesy import destination, distance_m, wgs84_ellipsoid
from entente.geo.interval import Interval
from entente.geo.position import Position
from entente.geo.volume import Circle, Corridor, Polygon, Shape, Volume
from entente.joint.areas import Area, AreaClass
from entente.joint.plan import Crew, Kind, Plan
from entente.joint.protected_sites import Category, Site
from entente.joint.screening import Finding
from entente.joint.standard import Minimum, Standard

PER_SIDE = 50
"""A random batch has as many own plans, and as many things held."""
RANDOM_BATCH, NASTY_BATCH = PER_SIDE**2, 250
ROUGHLY_M, WITHIN_M = 0.03, 0.004
"""How well a gap is measured before the standard is chosen by it, and before a pair counts as undecided."""
TOUCH_M = 1e-6
REGIONS = [(31.9, 35.9), (90.0, 0.0), (-89.5, 100.0), (0.0, 180.0), (70.0, -179.9), (60.0, 10.0), (-33.0, 151.0)]
SPREADS_M = [15_000.0, 60_000.0, 250_000.0, 1_500_000.0]
STANDARD = Standard(
    name="campaign",
    pairs={
        (Crew.CREWED, Crew.CREWED): Minimum(horizontal_m=9_260.0, vertical_m=304.8),
        (Crew.CREWED, Crew.UNCREWED): Minimum(horizontal_m=5_556.0, vertical_m=304.8, time_s=120.0),
        (Crew.UNCREWED, Crew.UNCREWED): Minimum(horizontal_m=500.0, vertical_m=50.0),
    },
    sites={Category.MEDICAL: Minimum(horizontal_m=3_000.0, vertical_m=1_500.0)},
    area=Minimum(horizontal_m=200.0, vertical_m=0.0),
    terrain_ceiling_m=2_500.0,
)


@dataclass(frozen=True, slots=True)
class Held:
    """Something that a plan is held against, as the judge sees it: shapes, band, interval, and how well it is known."""

    id: str
    thing: Plan | Site | Area
    shapes: tuple[Shape, ...]
    band: Band | None
    interval: Interval | None
    uncertainty_m: float = 0.0

    def minimum(self, crew: Crew, standard: Standard) -> Minimum:
        """What the standard asks for between this and a plan with that crew."""
        match self.thing:
            case Plan(crew=other):
                return standard.pairs.get((crew, other)) or standard.pairs[other, crew]
            case Site(category=category):
                return standard.sites.get(category, standard.site_default)
        return standard.area


@dataclass
class Tally:
    """What comparing with the judge came to. Pairs are counted once, under their kind."""

    pairs: Counter[str] = field(default_factory=Counter)
    conflicts: Counter[str] = field(default_factory=Counter)
    undecided: Counter[str] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)
    unlike: int = 0
    """Screenings that the plain and the compiled way answer differently."""
    false_alarms: Counter[str] = field(default_factory=Counter)
    """Too far apart horizontally, by kind; and under `time` and `height` those that are apart in these."""
    beyond: int = 0
    """How many of the former exceed what is required, their finding's doubt and `shortfall_m` together."""

    def add(self, other: Tally) -> None:
        for mine, theirs in (
            (self.pairs, other.pairs),
            (self.conflicts, other.conflicts),
            (self.undecided, other.undecided),
            (self.false_alarms, other.false_alarms),
        ):
            mine.update(theirs)
        self.missed += other.missed
        self.unlike += other.unlike
        self.beyond += other.beyond

    def table(self) -> str:
        """Markdown: a row for each kind of pair, and what they came to together."""
        counts = self.pairs, self.conflicts, self.undecided, self.false_alarms
        rows = [f"| {kind} | {' | '.join(f'{count[kind]:,}' for count in counts)} |" for kind in sorted(self.pairs)]
        totals = (sum(count[kind] for kind in self.pairs) for count in counts)
        rows.append(f"| **all** | {' | '.join(f'{total:,}' for total in totals)} |")
        head = "| Pairs | | Conflicts | Undecided | False alarms |\n|---|--:|--:|--:|--:|"
        return "\n".join([head, *rows]) + (
            f"\n\nMissed: {len(self.missed)}. "
            f"Screenings that the plain and the compiled way answer differently: {self.unlike}. "
            f"False alarms more than the stated tolerance away: {self.beyond}. "
            f"Found though apart in time: {self.false_alarms['time']}; though apart in height: "
            f"{self.false_alarms['height']}."
        )


def judged(
    kinds: Sequence[str],
    sides: Sequence[tuple[Plan, Held, Standard]],
    traces: Sequence[tuple[Traced, Sequence[Traced]]],
    findings: Sequence[Finding | None],
) -> Tally:
    """Compare what screening found for each pair with what is true of it."""
    tally = Tally()
    minima = [held.minimum(own.crew, standard) for own, held, standard in sides]
    flat = [(k, own, other) for k, (own, others) in enumerate(traces) for other in others]
    at = np.array([k for k, _, _ in flat])
    needed = np.array([m.horizontal_m + held.uncertainty_m for m, (_, held, _) in zip(minima, sides, strict=True)])
    lows, highs = many_gap_bounds([(own, other) for _, own, other in flat], needed[at], WITHIN_M)
    low, high = np.full(len(sides), np.inf), np.full(len(sides), np.inf)
    np.minimum.at(low, at, lows)
    np.minimum.at(high, at, highs)
    for k, (kind, (own, held, standard), minimum, finding) in enumerate(
        zip(kinds, sides, minima, findings, strict=True)
    ):
        tally.pairs[kind] += 1
        if finding is None and low[k] > needed[k]:
            continue
        volume = own.volumes[0]
        wait = None if held.interval is None else wait_s(volume.interval, held.interval)
        in_time = wait is None or wait < minimum.time_s
        above = least_vertical_gap(volume.band, held.band, standard)
        in_height = above <= 0 or above < minimum.vertical_m - 2 * TOUCH_M
        near = high[k] < needed[k] or high[k] <= held.uncertainty_m + TOUCH_M
        tally.undecided[kind] += in_time and in_height and not near and low[k] <= needed[k]
        if near and in_time and in_height:
            tally.conflicts[kind] += 1
            if finding is None:
                tally.missed.append(f"{kind}: {own} against {held}, {standard}: {low[k]} to {high[k]} m")
        elif finding is not None:
            tally.false_alarms["time"] += not in_time
            tally.false_alarms["height"] += not in_height and above > minimum.vertical_m + 2 * TOUCH_M
            if low[k] > needed[k]:
                tally.false_alarms[f"{kind}"] += 1
                own_trace, others = traces[k]
                gap = min(float(many_gap_bounds([(own_trace, other)], None, WITHIN_M)[0][0]) for other in others)
                beyond = gap - minimum.horizontal_m - finding.doubt_m
                widths = own_trace.width_m + max(other.width_m for other in others)
                tally.beyond += beyond > shortfall_m(gap + widths)
    return tally


def shortfall_m(distance: float) -> float:
    """What ADR-0021 lets a distance between edges fall short [m]: chords as arcs, pieces 2 m deep, and a centimetre."""
    return 0.01 + 0.021 * distance**3 / (24 * 6_371_000.0**2) + distance * 4 / (2 * 6_335_000.0)


# -- random pairs ------------------------------------------------------------------------------------------------------


def random_batch(number: int) -> Tally:
    """Screen each of a batch's plans against all that it holds."""
    chance = random.Random(f"random {number}")
    spread_m = SPREADS_M[number % len(SPREADS_M)]
    lat, lon = chance.choice([*REGIONS, (chance.uniform(-90, 90), chance.uniform(-180, 180))])
    base = Position(lat=lat, lon=lon)
    own = [random_plan(chance, f"own-{k}", random_shape(chance, base, spread_m)) for k in range(PER_SIDE)]
    held = [random_held(chance, f"held-{k}", random_shape(chance, base, spread_m)) for k in range(PER_SIDE)]
    ours = [traced(plan.volumes[0].shape) for plan in own]
    theirs = [[traced(shape) for shape in each.shapes] for each in held]
    findings: list[Finding | None] = []
    ways, unlike = spaces(held), 0
    for plan in own:
        answers = [screen(plan, space, STANDARD, now=NOW).findings for space in ways]
        unlike += any(answer != answers[0] for answer in answers)
        found = {finding.other: finding for finding in answers[0]}
        findings += [found.get(each.id) for each in held]
    sides = [(plan, each, STANDARD) for plan in own for each in held]
    traces = [(one, other) for one in ours for other in theirs]
    tally = judged([f"random, within {spread_m / 1000:.0f} km"] * len(sides), sides, traces, findings)
    tally.unlike = unlike
    return tally


def spaces(held: Sequence[Held]) -> list[Airspace]:
    """Hold the same things once for each way to search."""
    found = []
    for compiled in (False, True) if find_spec("numba") else (False,):
        space = Airspace()
        space.plan_rows, space.site_rows, space.area_rows = (Index(compiled=compiled) for _ in range(3))
        for each in held:
            match each.thing:
                case Plan():
                    space.put_plan(each.thing)
                case Site():
                    space.put_site(each.thing)
                case Area():
                    space.put_area(each.thing)
        found.append(space)
    return found


def random_shape(chance: random.Random, base: Position, spread_m: float) -> Shape:
    """A circle, a corridor, a star with or without a hole, or a sliver, up to `spread_m` from `base`, of any size."""
    start = destination(base, chance.uniform(0, 360), chance.uniform(0, spread_m))
    size = spread_m * 10 ** chance.uniform(-2.5, -0.3)
    try:
        match chance.randrange(5):
            case 0:
                return Circle(centre=start, radius_m=size)
            case 1:
                path = [start]
                for _ in range(chance.randrange(4)):
                    path.append(destination(path[-1], chance.uniform(0, 360), chance.uniform(0, 2 * size)))
                return Corridor(path=tuple(path), half_width_m=chance.uniform(100, 3_000))
            case 2:
                return Polygon(ring=star(chance, start, size))
            case 3:
                return ring_with_hole(chance, start, size)
            case _:
                return sliver(chance, start, size)
    except Malformed:
        return Circle(centre=start, radius_m=size)


def star(chance: random.Random, middle: Position, size: float) -> tuple[Position, ...]:
    """Three to eight corners in order of azimuth."""
    azimuths = sorted(chance.sample(range(360), chance.randrange(3, 9)))
    return tuple(destination(middle, azimuth, chance.uniform(size / 5, size)) for azimuth in azimuths)


def ring_with_hole(chance: random.Random, middle: Position, size: float) -> Polygon:
    """A star with a hole of three to six corners around the same middle, as large as half of its nearest corner."""
    azimuths = sorted({chance.randrange(30) + step for step in range(0, 360, 60)})
    ring = tuple(destination(middle, azimuth, chance.uniform(size / 2, size)) for azimuth in azimuths)
    corners = chance.randrange(3, 7)
    hole = tuple(destination(middle, 360 * k / corners, size * chance.uniform(0.05, 0.2)) for k in range(corners))
    return Polygon(ring=ring, holes=(hole,))


def sliver(chance: random.Random, start: Position, size: float) -> Polygon:
    """A triangle of up to 50 m width."""
    azimuth = chance.uniform(0, 360)
    end = destination(start, azimuth, size)
    return Polygon(ring=(start, end, destination(end, azimuth + 90, chance.uniform(1, 50))))


def random_altitude(chance: random.Random, reference: Reference | None = None) -> Altitude:
    return Altitude(
        metres=float(chance.choice((chance.randrange(0, 3_000), chance.randrange(0, 12_000)))),
        reference=reference or chance.choice([*Reference, Reference.AMSL, Reference.FL]),
    )


def random_band(chance: random.Random) -> Band:
    """Of one reference or two; a fifth has no height, some begin at the ground."""
    lower = GROUND if chance.randrange(6) == 0 else random_altitude(chance)
    upper = random_altitude(chance, lower.reference if chance.randrange(3) else None)
    if chance.randrange(5) == 0 and lower != GROUND:
        return Band(lower=lower, upper=lower)
    if Reference.AGL not in (lower.reference, upper.reference) or lower.reference is upper.reference:
        low, high = sorted((lower.metres, upper.metres))
        return Band(lower=replace(lower, metres=low), upper=replace(upper, metres=high))
    return Band(lower=lower, upper=upper)


def random_interval(chance: random.Random) -> Interval:
    """Some hours around now, from a millisecond to two hours long; starts at whole minutes meet ends there."""
    start = NOW + timedelta(minutes=chance.randrange(120))
    moment = chance.randrange(5) == 0
    return Interval(
        start=start, end=start + (timedelta(milliseconds=1) if moment else timedelta(minutes=chance.randrange(1, 120)))
    )


def random_plan(chance: random.Random, name: str, shape: Shape) -> Plan:
    volume = Volume(shape=shape, band=random_band(chance), interval=random_interval(chance))
    return Plan(id=name, title=name, kind=Kind.GENERAL, crew=chance.choice(list(Crew)), volumes=(volume,))


def random_held(chance: random.Random, name: str, shape: Shape) -> Held:
    """Plans three times out of five, else a site or an area."""
    return as_held(chance, name, shape, chance.choice(("plan", "plan", "plan", "site", "area")))


def as_held(chance: random.Random, name: str, shape: Shape, what: str) -> Held:
    """A thing of that shape. A site has its first position, and a polygon for its footprint."""
    if what == "site":
        middle = shape.centre if isinstance(shape, Circle) else first(shape)
        footprint = shape if isinstance(shape, Polygon) else None
        category = chance.choice([Category.MEDICAL, Category.SCHOOL])
        site = Site(
            id=name, name=name, category=category, position=middle, uncertainty_m=10 ** chance.uniform(-3, 3.5),
            footprint=footprint,
        )  # fmt: skip
        shapes: tuple[Shape, ...] = (Circle(centre=middle, radius_m=1e-9), *([footprint] if footprint else []))
        return Held(name, site, shapes, Band(lower=GROUND, upper=GROUND), None, site.uncertainty_m)
    if what == "area":
        band = random_band(chance) if chance.randrange(2) else None
        interval = random_interval(chance) if chance.randrange(2) else None
        area = Area(id=name, title=name, area_class=AreaClass.NO_FLY, shape=shape, band=band, interval=interval)
        return Held(name, area, (shape,), band, interval)
    plan = random_plan(chance, name, shape)
    return Held(name, plan, (shape,), plan.volumes[0].band, plan.volumes[0].interval)


def first(shape: Shape) -> Position:
    """A place of the shape's own."""
    match shape:
        case Circle():
            return shape.centre
        case Corridor():
            return shape.path[0]
        case Polygon():
            return shape.ring[0]


# -- nasty pairs -------------------------------------------------------------------------------------------------------

Pair = tuple[Shape, Shape]


def nasty_base(chance: random.Random) -> Position:
    """Near a pole, near the date line, at a high latitude, or anywhere."""
    match chance.randrange(5):
        case 0:
            return Position(lat=chance.choice((-1, 1)) * (90 - chance.choice((0.0, 1e-7, 0.001, 0.3))), lon=77.0)
        case 1:
            lon = chance.choice((-180.0, 180.0, -179.9999999, 179.99))
            return Position(lat=chance.uniform(-80, 80), lon=lon)
        case 2:
            return Position(lat=chance.choice((-1, 1)) * chance.uniform(65, 89), lon=chance.uniform(-180, 180))
    return Position(lat=chance.uniform(-65, 65), lon=chance.uniform(-180, 180))


def length(chance: random.Random, least: float, most: float) -> float:
    """Any size between two, small ones as often as large ones."""
    return float(np.exp(chance.uniform(np.log(least), np.log(most))))


def abeam(chance: random.Random, start: Position, azimuth: float, along_m: float, beside_m: float) -> Position:
    """The place beside a geodesic, at a right angle from the place `along_m` along it."""
    lon, lat, back = wgs84_ellipsoid().fwd(start.lon, start.lat, azimuth, along_m)
    return destination(Position(lat=lat, lon=lon), back + chance.choice((90, -90)), beside_m)


def beside_a_long_edge(chance: random.Random) -> Pair:
    """Abeam of one leg, where a straight line in any projection would be elsewhere."""
    start, azimuth, edge = nasty_base(chance), chance.uniform(0, 360), length(chance, 50, 4_000_000)
    beside = length(chance, 30, 50_000)
    end = destination(start, azimuth, edge)
    near = abeam(chance, start, azimuth, edge * chance.uniform(-0.05, 1.05), beside)
    leg: Shape = Corridor(path=(start, end), half_width_m=10 ** chance.uniform(-3, 3))
    if chance.randrange(2) and edge < 2_000_000:
        leg = Polygon(ring=(start, end, destination(start, azimuth + 60, min(edge, 5_000 + edge / 3))))
    return leg, small(chance, near, beside / 3)


def small(chance: random.Random, place: Position, size: float) -> Shape:
    """A circle, a short leg or a triangle at a place."""
    match chance.randrange(3):
        case 0:
            return Circle(centre=place, radius_m=length(chance, 0.001, max(size, 0.01)))
        case 1:
            end = destination(place, chance.uniform(0, 360), size)
            return Corridor(path=(place, end), half_width_m=length(chance, 0.001, max(size, 0.01)))
    turn = chance.uniform(0, 360)
    return Polygon(ring=(place, destination(place, turn, size), destination(place, turn + 70, size)))


def side_by_side(chance: random.Random) -> Pair:
    """Two long legs that run nearly the same way."""
    start, azimuth, edge = nasty_base(chance), chance.uniform(0, 360), length(chance, 1_000, 2_000_000)
    beside = length(chance, 100, 30_000)
    other = destination(start, azimuth + 90, beside)
    turn = azimuth + chance.choice((0.0, chance.uniform(-0.01, 0.01), 180.0))
    one, two = ((place, destination(place, way, edge)) for place, way in ((start, azimuth), (other, turn)))
    return Corridor(path=one, half_width_m=length(chance, 0.01, 50)), Corridor(path=two, half_width_m=beside / 10)


def slivers(chance: random.Random) -> Pair:
    start = nasty_base(chance)
    size = length(chance, 100, 900_000)
    other = destination(start, chance.uniform(0, 360), chance.uniform(0, 0.5) * size)
    return sliver(chance, start, size), sliver(chance, other, length(chance, 100, size))


def in_a_hole(chance: random.Random) -> Pair:
    """Within a hole, at any distance from its edge; sometimes too large for it."""
    middle, size = nasty_base(chance), length(chance, 500, 1_500_000)
    ring = tuple(destination(middle, azimuth, size) for azimuth in range(0, 360, 40))
    corners = chance.randrange(3, 12)
    hole = tuple(destination(middle, 360 * k / corners, size * chance.uniform(0.3, 0.8)) for k in range(corners))
    place = destination(middle, chance.uniform(0, 360), size * chance.uniform(0, 0.35))
    return Polygon(ring=ring, holes=(hole,)), small(chance, place, size * chance.choice((0.001, 0.02, 0.3)))


def deep_inside(chance: random.Random) -> Pair:
    """Far from every edge of a large ring, which may go round a pole, or in a hole as far from its edge."""
    middle, size = nasty_base(chance), length(chance, 50_000, 2_800_000)
    ring = tuple(destination(middle, azimuth, size) for azimuth in range(0, 360, chance.choice((30, 45, 60))))
    hole = tuple(destination(middle, azimuth, size / 4) for azimuth in range(0, 360, 60))
    place = destination(middle, chance.uniform(0, 360), size * chance.uniform(0.0, 1.3))
    holes = (hole,) if chance.randrange(2) else ()
    return Polygon(ring=ring, holes=holes), small(chance, place, size / 100)


def across_the_pole(chance: random.Random) -> Pair:
    """A leg over or past a pole, and something beyond it."""
    sign, lon = chance.choice((-1, 1)), chance.uniform(-180, 180)
    start = Position(lat=sign * chance.uniform(70, 89.9), lon=lon)
    end = Position(lat=sign * chance.uniform(70, 89.9), lon=(lon + 180 + chance.choice((0, 1e-6, 3)) + 180) % 360 - 180)
    place = Position(lat=sign * (90 - 10 ** chance.uniform(-6, 1)), lon=chance.uniform(-180, 180))
    return Corridor(path=(start, end), half_width_m=length(chance, 0.01, 5_000)), small(chance, place, 3_000)


def neighbours(chance: random.Random) -> Pair:
    """Two polygons that share an edge or only a corner, or two circles that touch."""
    middle, size = nasty_base(chance), length(chance, 200, 500_000)
    a, b, c, d, e = (destination(middle, azimuth, size) for azimuth in (0, 50, 110, 200, 260))
    match chance.randrange(3):
        case 0:
            return Polygon(ring=(middle, a, b)), Polygon(ring=(middle, b, c))
        case 1:
            return Polygon(ring=(middle, a, b)), Polygon(ring=(middle, d, e))
    return Circle(centre=middle, radius_m=size / 3), Circle(centre=a, radius_m=distance_m(middle, a) - size / 3)


def vast(chance: random.Random) -> Pair:
    """Sizes that hardly fit on the earth, and something small beside them."""
    middle, size = nasty_base(chance), length(chance, 300_000, 2_900_000)
    place = destination(middle, chance.uniform(0, 360), size * chance.uniform(1.0, 1.2))
    if chance.randrange(2):
        return Circle(centre=middle, radius_m=size), small(chance, place, 20_000)
    ring = tuple(destination(middle, azimuth, size) for azimuth in range(0, 360, 30))
    return Polygon(ring=ring), small(chance, place, 20_000)


def any_two(chance: random.Random) -> Pair:
    base, spread = nasty_base(chance), chance.choice(SPREADS_M[:3])
    return random_shape(chance, base, spread), random_shape(chance, base, spread)


NASTY: dict[str, Callable[[random.Random], Pair]] = {
    "abeam of a long edge": beside_a_long_edge,
    "side by side": side_by_side,
    "slivers": slivers,
    "in a hole": in_a_hole,
    "deep inside": deep_inside,
    "across a pole": across_the_pole,
    "neighbours": neighbours,
    "vast": vast,
    "any two, nearly touching": any_two,
}
FLIGHT_LEVELS = Band(
    lower=Altitude(metres=3_000.0, reference=Reference.FL), upper=Altitude(metres=3_300.0, reference=Reference.FL)
)


def nasty_batch(number: int, count: int = NASTY_BATCH) -> Tally:
    """Build, measure and screen pairs one by one, all kinds in turn."""
    chance = random.Random(f"nasty {number}")
    names = [list(NASTY)[k % len(NASTY)] for k in range(count)]
    shapes = [pair_of(chance, NASTY[name]) for name in names]
    whats = [chance.choice(("plan", "plan", "site", "area")) for _ in names]
    helds = [as_held(chance, "held", other, what) for (_, other), what in zip(shapes, whats, strict=True)]
    traces = [(traced(own), [traced(s) for s in held.shapes]) for (own, _), held in zip(shapes, helds, strict=True)]
    flat = [(k, own, other) for k, (own, others) in enumerate(traces) for other in others]
    gaps = np.full(count, np.inf)
    np.minimum.at(gaps, [k for k, _, _ in flat], many_gap_bounds([(a, b) for _, a, b in flat], None, ROUGHLY_M)[0])
    sides, findings, unlike = [], [], 0
    for (own_shape, _), held, gap in zip(shapes, helds, gaps, strict=True):
        own, held, standard = nearly(chance, random_plan(chance, "own", own_shape), held, float(gap))
        answers = [screen(own, space, standard, now=NOW).findings for space in spaces([held])]
        unlike += any(answer != answers[0] for answer in answers)
        sides.append((own, held, standard))
        findings.append(answers[0][0] if answers[0] else None)
    tally = judged(names, sides, traces, findings)
    tally.unlike = unlike
    return tally


def pair_of(chance: random.Random, build: Callable[[random.Random], Pair]) -> Pair:
    """Build until both shapes exist; and in either order."""
    while True:
        try:
            one, other = build(chance)
        except Malformed:
            continue
        return (one, other) if chance.randrange(2) else (other, one)


def nearly(chance: random.Random, own: Plan, held: Held, gap: float) -> tuple[Plan, Held, Standard]:
    """Bring the pair to the edge of what is required: in distance, and then sometimes in height or in time as well."""
    off = chance.choice((-1, 1)) * 10 ** chance.uniform(-1.7, 1.5)
    horizontal = min(max(gap - held.uncertainty_m + off, 0.0), 1_000_000.0)
    if gap == 0:
        horizontal = chance.choice((0.0, 1_000.0))
    edge = chance.choice(("distance", "distance", "height", "time"))
    if edge == "height":
        horizontal = min(horizontal + 100.0, 1_000_000.0)
    need = Minimum(
        horizontal_m=horizontal, vertical_m=chance.choice((0.0, 100.0, 304.8)), time_s=chance.choice((0.0, 0.0, 90.0))
    )
    standard = replace(
        STANDARD, pairs={(a, b): need for a in Crew for b in Crew}, sites={}, site_default=need, area=need
    )
    volume = own.volumes[0]
    if edge == "distance":
        volume = replace(volume, band=held.band or FLIGHT_LEVELS, interval=held.interval or volume.interval)
    elif edge == "height":
        volume = replace(
            volume,
            interval=held.interval or volume.interval,
            band=beside_in_height(chance, volume.band, held.band, need, standard),
        )
    elif held.interval is not None:
        shift = timedelta(seconds=need.time_s, milliseconds=chance.choice((-1, 0, 1)))
        span = timedelta(milliseconds=chance.choice((1, 60_000)))
        start = held.interval.end + shift if chance.randrange(2) else held.interval.start - shift - span
        volume = replace(volume, band=held.band or FLIGHT_LEVELS, interval=Interval(start=start, end=start + span))
    return replace(own, volumes=(volume,)), held, standard


def beside_in_height(chance: random.Random, own: Band, other: Band | None, need: Minimum, standard: Standard) -> Band:
    """Shift a band until the least gap to the other lies a hair inside or outside what is required."""
    wanted = need.vertical_m + chance.choice((-1, 1)) * 10 ** chance.uniform(-4, 0)
    for _ in range(3):
        above = least_vertical_gap(own, other, standard)
        if not -1e5 < above < 1e5:
            break
        shifted = [
            replace(bound, metres=min(max(bound.metres + wanted - above, -900.0), 90_000.0))
            for bound in (own.lower, own.upper)
        ]
        own = Band(lower=shifted[0], upper=shifted[1])
    return own


# -- all of it ---------------------------------------------------------------------------------------------------------


def batch(what: tuple[str, int]) -> Tally:
    """Run one batch by its kind and number."""
    kind, number = what
    return random_batch(number) if kind == "random" else nasty_batch(number)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--random", type=int, default=1_000_000)
    parser.add_argument("--nasty", type=int, default=100_000)
    parser.add_argument("--jobs", type=int, default=2)
    wanted = parser.parse_args()
    todo = [("random", k) for k in range(-(-wanted.random // RANDOM_BATCH))]
    todo += [("nasty", k) for k in range(-(-wanted.nasty // NASTY_BATCH))]
    tally = Tally()
    with get_context("spawn").Pool(wanted.jobs) as pool:
        for k, found in enumerate(pool.imap_unordered(batch, todo), 1):
            tally.add(found)
            if k % 50 == 0 or found.missed:
                print(f"{k} of {len(todo)} batches, {len(tally.missed)} missed", *found.missed, sep="\n", flush=True)
    print(tally.table())


if __name__ == "__main__":
    main()
