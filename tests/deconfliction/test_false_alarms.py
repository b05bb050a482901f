"""False alarms: how often what lies up to a tenth beyond the required separation is a finding all the same.

Each pair's true gap is measured by the judge in `oracle`; then the standard is chosen so that the gap exceeds it by
0 to 10 %. So every kind of shape counts, at every latitude. With ``-s`` the shares are printed; those of the campaign,
``python -m pytest tests/deconfliction/test_false_alarms.py -s -m campaign``, stand in docs/shapes.md.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field

import pytest
from tests.deconfliction.campaign import random_shape, shortfall_m
from tests.deconfliction.oracle import many_gap_bounds, traced
from tests.deconfliction.scenes import NOW, airspace, plan, volume

from entente.deconfliction import screen
from entente.geo.position import Position
from entente.geo.volume import Polygon, Shape
from entente.joint.plan import Crew
from entente.joint.standard import Minimum, Standard

LATITUDES = (0, 30, 60, 80, 90)
SPREADS_M = (5_000.0, 30_000.0, 150_000.0, 600_000.0)
LEAST_M, MOST_M = 50.0, 100_000.0
"""[m] What standards ask for lies between these."""
WITHIN_M = 0.02
AT_ONCE = 100


@dataclass
class Shares:
    """Pairs and alarms, each under its kinds of shape and under its latitude."""

    pairs: Counter[str] = field(default_factory=Counter)
    alarms: Counter[str] = field(default_factory=Counter)
    count: int = 0
    false: int = 0
    worst_m: float = -1e9
    """The most by which a false alarm lies beyond what is required, its doubt, and what the page on shapes states."""

    def __str__(self) -> str:
        rows = [
            f"| {name} | {count:,} | {self.alarms[name] / count:.3%} |" for name, count in sorted(self.pairs.items())
        ]
        rows.append(f"| all | {self.count:,} | {self.false / self.count:.3%} |")
        return "\n".join(["| Up to 10 % beyond what is required | Pairs | Alarms |", "|---|--:|--:|", *rows])


def measured(count: int, seed: int) -> Shares:
    """Screen at least `count` pairs whose gap is up to a tenth more than is required."""
    chance, shares = random.Random(f"false alarms {seed}"), Shares()
    while shares.count < count:
        drawn = [two(chance) for _ in range(AT_ONCE)]
        traces = [(traced(own), traced(other)) for own, other, _ in drawn]
        lows, highs = many_gap_bounds(traces, None, WITHIN_M)
        for (own, other, latitudes), (a, b), low, high in zip(drawn, traces, lows, highs, strict=True):
            required = low / (1 + chance.uniform(0, 0.1))
            if not LEAST_M < required < MOST_M or high - low > WITHIN_M:
                continue
            need = Minimum(horizontal_m=required, vertical_m=0.0)
            standard = Standard(name="near", pairs={(Crew.CREWED, Crew.CREWED): need})
            findings = screen(plan("a", volume(own)), airspace(plan("b", volume(other))), standard, now=NOW).findings
            names = " and ".join(sorted((kind(own), kind(other)))), latitudes
            shares.pairs.update(names)
            shares.alarms.update(names if findings else ())
            shares.count, shares.false = shares.count + 1, shares.false + len(findings)
            for finding in findings:
                beyond = low - required - finding.doubt_m - shortfall_m(high + a.width_m + b.width_m)
                shares.worst_m = max(shares.worst_m, beyond)
    return shares


def two(chance: random.Random) -> tuple[Shape, Shape, str]:
    """Two shapes of any kind at about one place, and between which latitudes that lies."""
    nth = chance.randrange(len(LATITUDES) - 1)
    least, most = LATITUDES[nth : nth + 2]
    base = Position(lat=chance.choice((-1, 1)) * chance.uniform(least, most), lon=chance.uniform(-180, 180))
    spread_m = chance.choice(SPREADS_M)
    latitudes = f"latitude {least}° to {most}°"
    return random_shape(chance, base, spread_m), random_shape(chance, base, spread_m), latitudes


def kind(shape: Shape) -> str:
    if isinstance(shape, Polygon):
        return "polygon with a hole" if shape.holes else "polygon"
    return type(shape).__name__.lower()


def few(shares: Shares) -> None:
    print(f"\n{shares}\nThe worst lies {shares.worst_m:.3f} m beyond the stated tolerance.")
    assert shares.false < 0.01 * shares.count
    assert shares.worst_m <= 0


def test_less_than_one_in_a_hundred_is_an_alarm() -> None:
    few(measured(250, seed=0))


@pytest.mark.campaign
def test_less_than_one_in_a_hundred_of_each_kind_and_latitude_is_an_alarm() -> None:
    shares = measured(30_000, seed=1)

    few(shares)
    assert all(shares.alarms[name] < 0.01 * count for name, count in shares.pairs.items())
