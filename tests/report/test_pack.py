"""Packing: what the page unpacks is what the story says, also where longitudes turn over."""

from __future__ import annotations

from itertools import accumulate, pairwise

from hypothesis import given
from tests.geo.strategies import polygons
from tests.report.stories import at, plan, span

from entente.geo.altitude import parse_band
from entente.geo.position import Position
from entente.geo.volume import Corridor, Polygon, Volume
from entente.report import basemap, pack
from entente.report.story import Story, StoryPlan


def unpacked(flat: list[int]) -> list[tuple[float, float]]:
    """The page's own rule, written again: running sums, in 1e-5 degree."""
    return [(x / 1e5, y / 1e5) for x, y in zip(accumulate(flat[::2]), accumulate(flat[1::2]), strict=True)]


@given(polygon=polygons())
def test_a_ring_is_unpacked_to_within_half_a_unit_and_never_jumps(polygon: Polygon) -> None:
    kind, size, *flats = pack.shape(polygon, polygon.ring[0].lon)

    assert (kind, size) == (0, 0)
    for flat, ring in zip(flats, polygon.rings, strict=True):
        points = unpacked(flat)
        for (lon, lat), position in zip(points, ring, strict=True):
            assert abs(lat - position.lat) <= 0.51e-5
            assert abs((lon - position.lon + 180) % 360 - 180) <= 0.51e-5
        for (before, _), (after, _) in pairwise(points):
            assert abs(after - before) <= 180.001


def test_a_story_across_the_antimeridian_is_framed_narrowly() -> None:
    path = (Position(lat=-17, lon=179.5), Position(lat=-17.5, lon=-179.0))
    volume = Volume(shape=Corridor(path=path, half_width_m=1000), band=parse_band("FL080-FL100"), interval=span(0, 30))
    story = Story(
        title="Fiji",
        exercise=True,
        made_at=at(0),
        window=span(0, 60),
        plans=(StoryPlan(plan=plan("p", "P", volume), party="north"),),
    )

    west, _, east, _ = pack.bounds(story)
    packed = pack.pack(story)

    assert 178 < west < 179.5
    assert 181 < east < 182.5
    (_, _, _, _, _, flat) = packed["plans"][0]["volumes"][0]
    assert unpacked(flat) == [(179.5, -17.0), (181.0, -17.5)]
    assert packed["base"]["land"]  # islands on both sides of the line
    assert any(name == "Fiji" for name, *_ in packed["base"]["names"])


def test_a_box_around_the_whole_earth_holds_its_countries_once() -> None:
    world = basemap.clip(-180, -60, 180, 75)

    names = [name for name, *_ in world["names"]]

    assert len(names) == len(set(names)) > 200
    assert all(-180_000 <= x <= 180_000 for _, x, _, _ in world["names"])
