"""Both ways to search give the same answers, whatever was put and dropped before; and what is asked is answered."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.deconfliction.engine_scenes import BASES, CORNER, MARGINS, NEEDS, NOON_MS, batch, live, pairs, part
from tests.deconfliction.scenes import NOW, STANDARD, plan, site
from tests.geo.strategies import positions, volumes

from entente.deconfliction import Airspace, screen
from entente.deconfliction.batch import FOREVER_MS, Batch, Row
from entente.deconfliction.core import Floats, core_of
from entente.deconfliction.index import Index, Needs, Query
from entente.errors import Malformed
from entente.geo.geodesy import destination
from entente.geo.position import Position
from entente.geo.volume import Circle, Corridor, Polygon, Shape, Volume

HERE = BASES[0]


def both(rows: Batch) -> tuple[Index, Index]:
    """The same rows searched in the compiled way and in the plain one."""
    held = Index(compiled=True), Index(compiled=False)
    for index in held:
        index.put_all([str(k) for k in range(len(rows))], rows)
    return held


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("spread_m", [30_000.0, 400_000.0])
def test_both_ways_find_the_same_pairs(base: Position, spread_m: float) -> None:
    rows = batch(BASES.index(base), 180, base, spread_m)
    compiled, plain = both(rows)

    found = pairs(compiled)

    assert found == pairs(plain)
    assert len(found) > 100
    for k in range(0, 180, 10):
        for needs in NEEDS:
            query = Query.of(rows, k, needs)
            assert compiled.conflicts_of(query).tolist() == plain.conflicts_of(query).tolist()
            assert compiled.any_conflict(query) == plain.any_conflict(query) == bool(len(plain.conflicts_of(query)))


@settings(max_examples=40)
@given(st.lists(volumes, min_size=2, max_size=8))
def test_both_ways_screen_alike(flown: list[Volume]) -> None:
    results = []
    for compiled in (True, False):
        space = Airspace()
        space.plan_rows, space.site_rows = Index(compiled=compiled), Index(compiled=compiled)
        for k, volume in enumerate(flown[1:]):
            space.put_plan(plan(str(k), volume))
        space.put_site(site())
        results.append(screen(plan("own", flown[0]), space, STANDARD, now=NOW))

    assert results[0] == results[1], "number for number"


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_gaps_and_doubts_are_the_same_numbers(data: st.DataObject) -> None:
    seed = data.draw(st.integers(0, 10_000))
    base = data.draw(st.sampled_from(BASES) | positions)
    compiled, plain = both(batch(seed, 12, base))
    i, j = (grid.ravel() for grid in np.indices((12, 12)))
    compiled.any_conflict(Query.of(batch(seed, 1, base), 0, NEEDS[0]))

    for one, other in zip(compiled.measure(compiled, i, j), plain.measure(plain, i, j), strict=True):
        assert one.tolist() == other.tolist()


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_an_index_that_lived_through_changes_answers_like_one_just_filled(seed: int, compiled: bool) -> None:
    assert sum(live(seed, 40, compiled=compiled)) > 10


@pytest.mark.campaign
@pytest.mark.parametrize("seed", range(100, 160))
def test_an_index_lives_long(seed: int) -> None:
    assert live(seed, 600, compiled=True)


def test_room_is_used_again() -> None:
    rows = batch(1, 400, HERE)
    index = Index(compiled=True)
    names = [str(k) for k in range(400)]
    index.put_all(names, rows)
    pairs(index)
    index.put_all(names, rows)
    assert index._grid is not None
    sizes = len(index._records), len(index._points), len(index._grid._boxes), len(index._grid._cells)

    for turn in range(60):
        moved = rows.records[np.random.default_rng(turn).permutation(400)].copy()
        moved["times"] += turn * 86_400_000
        moved["times"] = np.clip(moved["times"], -FOREVER_MS, FOREVER_MS)
        index.put_all(names, Batch(moved, rows.points))

    assert len(index) == 400
    assert (len(index._records), len(index._grid._boxes)) == (sizes[0], sizes[2])
    assert len(index._points) <= 1.5 * sizes[1]
    assert len(index._grid._cells) <= 4 * sizes[3]


@pytest.mark.parametrize("compiled", [True, False])
def test_a_page_goes_on_where_the_last_one_ended(compiled: bool) -> None:
    rows = batch(2, 300, HERE, 30_000.0)
    index = Index(compiled=compiled)
    index.put_all([str(k) for k in range(300)], rows)
    query = max((Query.of(rows, k, NEEDS[0]) for k in range(50)), key=lambda query: len(index.conflicts_of(query)))
    whole = index.conflicts_of(query).tolist()

    seen, after = [], -1
    while page := index.conflicts_of(query, after=after, most=7).tolist():
        seen += page
        after = page[-1]

    assert seen == whole
    assert len(whole) > 14
    left_out = [index.owner_of[row] for row in whole[::2]]
    assert index.conflicts_of(query, leave_out=left_out).tolist() == whole[1::2]
    assert not index.any_conflict(query, leave_out=[index.owner_of[row] for row in whole] + ["unknown"])


@pytest.mark.parametrize("compiled", [True, False])
def test_pairs_within_an_owner_or_a_side_are_left_out(compiled: bool) -> None:
    rows = batch(3, 120, HERE, 30_000.0)
    index = Index(compiled=compiled)
    index.put_all([str(k // 3) for k in range(120)], rows)

    every = pairs(index)
    across = pairs(index, side_of=lambda owner: int(owner) % 2)

    assert all(one != other for one, _, other, _ in every)
    assert across == {pair for pair in every if int(pair[0]) % 2 != int(pair[2]) % 2}
    assert 0 < len(across) < len(every)


def test_several_threads_find_the_same_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("entente.deconfliction.index._PART", 7)
    index = Index(compiled=True)
    index.put_all([str(k) for k in range(900)], batch(5, 900, HERE, 60_000.0))

    alone = [page.tolist() for page in index.all_pairs(NEEDS)]
    with ThreadPoolExecutor(4) as threads:
        together = [page.tolist() for page in index.all_pairs(NEEDS, spread=threads.map)]

    assert together == alone
    assert sum(map(len, alone)) > 900


@pytest.mark.parametrize("compiled", [True, False])
def test_near_and_close_leave_nothing_out(compiled: bool) -> None:
    rows = batch(4, 200, CORNER)
    own, held = Index(), Index(compiled=compiled)
    own.put("own", part(rows, range(20)))
    held.put_all([str(k) for k in range(200)], rows)

    near = {pair for i, j in held.near(own, NEEDS[0]) for pair in zip(i.tolist(), j.tolist(), strict=True)}
    close = {pair for i, j in held.close(own, NEEDS[0]) for pair in zip(i.tolist(), j.tolist(), strict=True)}

    assert close <= near
    assert close == {(k, row) for k in range(20) for row in held.conflicts_of(Query.of(rows, k, NEEDS[0])).tolist()}


# ---------------------------------------------------------------------------------------- the written rules

EXACT = Needs(horizontal_m=np.array([0.0]), vertical_m=np.array([0.0]), time_ms=np.array([0]), margins=MARGINS)
MINIMA = Needs(
    horizontal_m=np.array([9_260.0]), vertical_m=np.array([304.8]), time_ms=np.array([60_000]), margins=MARGINS
)


def row(
    shape: Shape, low: float = 1_000.0, high: float = 2_000.0, start: int = 0, end: int = 60_000, **more: Any
) -> Row:
    return Row(
        core=core_of(shape), bounds=(low, 0, high, 0), start_ms=NOON_MS + start, end_ms=NOON_MS + end, group=0, **more
    )


def meet(one: Row, other: Row, needs: Needs = EXACT) -> bool:
    """Whether two rows are too close: in both ways, and whichever is asked about."""
    answers = set()
    for compiled in (True, False):
        for held, asked in ((one, other), (other, one)):
            index = Index(compiled=compiled)
            index.put("held", [held])
            answers.add(index.any_conflict(Query.of(Batch.of([asked]), 0, needs)))
    assert len(answers) == 1
    return answers.pop()


DISC = Circle(centre=HERE, radius_m=1_000.0)


def beside(gap_m: float) -> Circle:
    return Circle(centre=destination(HERE, 77, 2_000.0 + gap_m), radius_m=1_000.0)


def test_what_touches_follows_the_written_rule() -> None:
    disc = row(DISC)

    assert meet(disc, row(beside(0.0)))  # across: an edge belongs to its shape
    assert not meet(disc, row(beside(0.1)))
    assert meet(disc, row(DISC, low=2_000.0, high=2_500.0))  # in altitude: a bound belongs to its band
    assert not meet(disc, row(DISC, low=2_000.001, high=2_500.0))
    assert not meet(disc, row(DISC, start=60_000, end=90_000))  # in time: an end does not belong
    assert meet(disc, row(DISC, start=59_999, end=90_000))


def test_the_minimum_itself_is_enough() -> None:
    disc = row(DISC)

    assert meet(disc, row(beside(9_259.9)), MINIMA)
    assert not meet(disc, row(beside(9_260.1)), MINIMA)
    assert meet(disc, row(DISC, low=2_304.7, high=2_500.0), MINIMA)
    assert not meet(disc, row(DISC, low=2_304.8, high=2_500.0), MINIMA)
    assert meet(disc, row(DISC, start=119_999, end=200_000), MINIMA)
    assert not meet(disc, row(DISC, start=120_000, end=200_000), MINIMA)


def test_no_height_and_no_duration_still_are_somewhere_and_some_time() -> None:
    disc = row(DISC)

    assert meet(disc, row(DISC, low=1_500.0, high=1_500.0))
    assert meet(disc, row(DISC, start=30_000, end=30_000))
    assert not meet(disc, row(DISC, start=0, end=0))  # a moment at which the other has not begun, but begins
    assert not meet(row(DISC, start=5, end=5), row(DISC, start=5, end=5))


def test_a_hole_is_not_its_polygons() -> None:
    ring, hole = (
        tuple(destination(HERE, azimuth, reach_m) for azimuth in range(0, 360, 45)) for reach_m in (60_000.0, 30_000.0)
    )
    whole, holed = row(Polygon(ring=ring)), row(Polygon(ring=ring, holes=(hole,)))

    assert meet(whole, row(DISC))
    assert not meet(holed, row(DISC))
    assert meet(holed, row(Circle(centre=destination(HERE, 10, 45_000.0), radius_m=100.0)))
    assert meet(holed, row(Circle(centre=HERE, radius_m=28_000.0)), MINIMA)
    assert not meet(holed, row(Circle(centre=HERE, radius_m=15_000.0)), MINIMA)


@pytest.mark.parametrize("base", BASES)
def test_what_is_as_large_as_a_continent_is_found(base: Position) -> None:
    circle = row(Circle(centre=base, radius_m=3_000_000.0))
    ring = row(Polygon(ring=tuple(destination(base, azimuth, 2_900_000.0) for azimuth in range(0, 360, 15))))
    route = row(Corridor(path=(base, destination(base, 30, 4_900_000.0)), half_width_m=2_000_000.0))

    for azimuth in (0, 120, 240):
        near, far = (Circle(centre=destination(base, azimuth, m), radius_m=500.0) for m in (2_500_000.0, 3_100_000.0))
        assert meet(circle, row(near)) and meet(ring, row(near))
        assert not meet(circle, row(far)) and not meet(ring, row(far))
    assert meet(route, circle) and meet(route, ring) and meet(circle, ring)


def test_a_query_for_ever_over_the_whole_earth_ends() -> None:
    rows = batch(5, 400)
    compiled, plain = both(rows)
    asked = Row(
        core=core_of(Circle(centre=HERE, radius_m=3_000_000.0)),
        bounds=(-np.inf, 0, np.inf, 0), start_ms=-FOREVER_MS, end_ms=FOREVER_MS, group=0,
    )  # fmt: skip
    query = Query.of(Batch.of([asked]), 0, NEEDS[0])

    assert compiled.conflicts_of(query).tolist() == plain.conflicts_of(query).tolist()


# --------------------------------------------------------------------------------------------- bad input


def rings(**wrong: Any) -> Batch:
    fields: dict[str, Any] = {
        "lat": np.array([0.0, 0.0, 1.0]), "lon": np.array([0.0, 1.0, 0.0]), "counts": np.array([3]),
        "bounds": np.array([[0.0, 0.0, 1.0, 0.0]]), "times_ms": np.array([[0, 1]]),
    }  # fmt: skip
    return Batch.of_rings(**(fields | wrong))


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"lat": np.array([0.0, np.nan, 1.0])}, "batch.positions"),
        ({"lon": np.array([0.0, np.inf, 1.0])}, "batch.positions"),
        ({"lat": np.array([0.0, 91.0, 1.0])}, "batch.positions"),
        ({"counts": np.array([2])}, "batch.count"),
        ({"counts": np.array([4])}, "batch.count"),
        ({"bounds": np.array([[np.nan, 0.0, 1.0, 0.0]])}, "batch.bounds"),
        ({"bounds": np.array([[0.0, 4.0, 1.0, 0.0]])}, "batch.bounds"),
        ({"times_ms": np.array([[1, 0]])}, "batch.times"),
        ({"times_ms": np.array([[0, 2**62]])}, "batch.times"),
        ({"doubts_m": np.array([np.nan])}, "batch.doubt"),
        ({"doubts_m": np.array([-1.0])}, "batch.doubt"),
        ({"doubts_m": np.array([np.inf])}, "batch.doubt"),
        ({"groups": np.array([-1])}, "batch.group"),
    ],
)
def test_what_would_hide_a_conflict_is_refused(wrong: dict[str, Any], code: str) -> None:
    with pytest.raises(Malformed) as caught:
        rings(**wrong)
    assert caught.value.code == code


def test_a_refused_change_leaves_the_index_as_it_was() -> None:
    index = Index()
    index.put("a", [row(DISC)])

    with pytest.raises(Malformed):
        index.put("a", [row(DISC, low=float("nan"))])

    assert index.rows_of("a") == [0]
    assert index.any_conflict(Query.of(Batch.of([row(DISC)]), 0, EXACT))


def test_nothing_is_no_error() -> None:
    for compiled in (True, False):
        index = Index(compiled=compiled)
        index.put("a", [])
        index.put_all([], Batch.of([]))
        index.drop("a")
        index.drop_all(["b"])

        assert len(index) == 0
        assert list(index.all_pairs([EXACT])) == []
        assert list(index.near(Index(), EXACT)) == []
        assert not index.any_conflict(Query.of(Batch.of([row(DISC)]), 0, EXACT))


def test_a_ring_of_many_corners_is_a_row_like_others() -> None:
    def circle(corners: int) -> tuple[Floats, Floats]:
        around = np.linspace(0, 2 * np.pi, corners, endpoint=False)
        return 47 + 0.1 * np.sin(around), 8 + 0.1 * np.cos(around)

    lat, lon = circle(100_000)
    large = rings(lat=lat, lon=lon, counts=np.array([100_000]))
    small = rings(lat=np.array([47.0, 47.0, 47.01]), lon=np.array([8.0, 8.01, 8.0]))

    for compiled in (True, False):
        index = Index(compiled=compiled)
        index.put("large", large)
        assert index.any_conflict(Query.of(small, 0, EXACT))


def owners(index: Index, rows: Sequence[int]) -> list[str]:
    return [index.owner_of[row] for row in rows]


def test_rows_know_their_owner_and_place() -> None:
    rows = batch(6, 7)
    index = Index()

    index.put_all(["a", "b", "a", "c", "b", "a", "c"], rows)
    index.put("b", part(rows, [1, 1, 1]))

    assert [owners(index, index.rows_of(name)) for name in "abc"] == [["a"] * 3, ["b"] * 3, ["c"] * 2]
    assert [index.nth[index.rows_of(name)].tolist() for name in "abc"] == [[0, 1, 2], [0, 1, 2], [0, 1]]
    index.drop_all(["a", "c", "a", "unknown"])
    assert len(index) == 3
