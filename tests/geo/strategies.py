"""Hypothesis strategies for the values of `geo`; each draws only what its type allows, and the nasty places often."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

from hypothesis import assume
from hypothesis import strategies as st

from entente.errors import Malformed
from entente.geo.altitude import Altitude, Band, Reference
from entente.geo.geodesy import destination
from entente.geo.interval import Interval
from entente.geo.position import Position
from entente.geo.volume import Circle, Corridor, Polygon, Shape, Volume

START = datetime(2026, 11, 22, tzinfo=UTC)
latitudes = st.one_of(st.floats(-90, 90), st.sampled_from([-90.0, -89.9999, 0.0, 84.0, 89.9999, 90.0]))
longitudes = st.one_of(st.floats(-180, 180), st.sampled_from([-180.0, -179.9999, 0.0, 179.9999, 180.0]))
positions = st.builds(Position, lat=latitudes, lon=longitudes)
altitudes = st.builds(Altitude, metres=st.floats(-500, 20_000), reference=st.sampled_from(Reference))
times = st.integers(0, 10**8).map(lambda ms: START + timedelta(milliseconds=ms))


@st.composite
def bands(draw: st.DrawFn) -> Band:
    lower, upper = draw(altitudes), draw(altitudes)
    references = {lower.reference, upper.reference}
    if (len(references) == 1 or Reference.AGL not in references) and lower.metres > upper.metres:
        lower, upper = upper, lower
    return Band(lower=lower, upper=upper)


@st.composite
def intervals(draw: st.DrawFn) -> Interval:
    start = draw(times)
    return Interval(start=start, end=start + timedelta(milliseconds=draw(st.integers(1, 10**7))))


@st.composite
def circles(draw: st.DrawFn, around: st.SearchStrategy[Position] = positions, size_m: float = 100_000) -> Circle:
    return Circle(centre=draw(around), radius_m=draw(st.floats(1, size_m)))


@st.composite
def corridors(draw: st.DrawFn, around: st.SearchStrategy[Position] = positions, size_m: float = 100_000) -> Corridor:
    path = [draw(around)]
    for _ in range(draw(st.integers(0, 4))):
        path.append(destination(path[-1], draw(st.floats(0, 360)), draw(st.floats(0, size_m))))
    return Corridor(path=tuple(path), half_width_m=draw(st.floats(1, max(2, size_m / 5))))


@st.composite
def polygons(draw: st.DrawFn, around: st.SearchStrategy[Position] = positions, size_m: float = 100_000) -> Polygon:
    """Stars around a middle: azimuths in order, so that rings rarely cross themselves; those that do are dropped.

    A third of them have a hole, the same star made smaller, where it fits.
    """
    middle = draw(around)
    azimuths = sorted(draw(st.lists(st.integers(0, 359), min_size=3, max_size=9, unique=True)))
    reaches = [draw(st.floats(size_m / 50, size_m)) for _ in azimuths]
    ring = _star(middle, azimuths, reaches)
    try:
        if draw(st.integers(0, 2)) == 0:
            with suppress(Malformed):
                return Polygon(ring=ring, holes=(_star(middle, azimuths, [reach / 3 for reach in reaches]),))
        return Polygon(ring=ring)
    except Malformed:
        assume(False)
        raise


def _star(middle: Position, azimuths: list[int], reaches: list[float]) -> tuple[Position, ...]:
    return tuple(destination(middle, *leg) for leg in zip(azimuths, reaches, strict=True))


def shapes(around: st.SearchStrategy[Position] = positions, size_m: float = 100_000) -> st.SearchStrategy[Shape]:
    return st.one_of(circles(around, size_m), corridors(around, size_m), polygons(around, size_m))


volumes = st.builds(Volume, shape=shapes(), band=bands(), interval=intervals())
