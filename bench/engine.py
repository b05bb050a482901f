"""`python -m bench engine [--write] [--quick]`: the engine beside its peers, in the same run on the same machine.

Installs and starts what it measures against, apart from everything else: shapely's STRtree, SQLite's R*Tree, PostGIS
and BlueSky's compiled conflict detection. Sides take turns, so that whatever else the machine does meets all of them;
figures are medians. Every answer is compared as a set, and where two differ the difference is judged.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import shapely
from bench import engine_approach, engine_peers
from bench.engine_plot import drawing
from bench.engine_work import BAND_M, HORIZONTAL_M, NEEDS, Array, Work, work
from bench.table import figure, machine

from entente.deconfliction import compiled, kernels
from entente.deconfliction.batch import Batch
from entente.deconfliction.index import Index, Query

PAGE, IMAGES = Path("docs/bench-engine.md"), Path("docs/images")
OURS = "Entente"
THREADS = ThreadPoolExecutor(os.cpu_count())
"""For all pairs, where the tree gets as many; PostgreSQL starts workers as it sees fit."""
SIZES, QUICK_SIZES = (1_000, 10_000, 100_000, 1_000_000), (1_000, 10_000)
FEW = 12
"""Answers; about what the trial that the goals come from found with each query, in a plane and with nothing widened."""
ALL_PAIRS_MOST = 100_000
"""Beyond, peers need many minutes for all pairs; we alone go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One comparison: both in `unit`, `goal` how many times as fast as the peer we want to be."""

    what: str
    ours: float
    peer: str
    theirs: float
    unit: str
    goal: float | None
    how: str


@dataclass(slots=True)
class Results:
    """What was measured so far; costs by drawing, side and size."""

    lines: list[Line] = field(default_factory=list)
    alone: list[tuple[str, str, str]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    costs: dict[str, dict[str, list[tuple[float, float]]]] = field(default_factory=dict)

    def cost(self, drawing: str, side: str, n: int, value: float) -> None:
        self.costs.setdefault(drawing, {}).setdefault(side, []).append((n, value))


def main(arguments: list[str]) -> None:
    """Measure, print, and with `--write` keep the page and its drawings."""
    quick = "--quick" in arguments
    began, results = machine(), Results()
    compiled.build(lambda sentence: _say(sentence))
    with ExitStack() as stack:
        base = None
        try:
            engine_peers.install()
            base = stack.enter_context(engine_peers.postgres())
        except engine_peers.Missing as missing:
            results.remarks.append(f"Not measured: {missing}.")
        for n in QUICK_SIZES if quick else SIZES:
            _say(f"{n:,} volumes")
            _held(results, base, n)
        most = QUICK_SIZES[-1] if quick else ALL_PAIRS_MOST
        _say(f"{most:,} volumes, contested")
        _held(results, base, most, contested=True)
    for n in (1_000,) if quick else (1_000, 10_000):
        _say(f"{n:,} aircraft")
        _approaches(results, n)
    _say("changes")
    _changes(results, 10_000 if quick else 100_000, 20_000 if quick else 1_000_000)
    _say("fresh processes")
    _fresh(results, 100_000 if quick else 1_000_000)
    text = _page(began, results)
    print(text)
    if "--write" in arguments:
        for name, (title, unit) in _DRAWINGS.items():
            if name in results.costs:
                (IMAGES / f"engine-{name}.svg").write_text(drawing(title, unit, results.costs[name]), encoding="utf-8")
        PAGE.write_text(text, encoding="utf-8")


def _say(sentence: str) -> None:
    print(f"… {sentence}", file=sys.stderr, flush=True)


# ---------------------------------------------------------------------------------------- queries and all pairs

_QUERY_GOALS = {
    (100_000, "PostGIS"): 20.0, (100_000, "SQLite R*Tree"): 4.0, (100_000, "STRtree"): 4.0,
    (1_000_000, "PostGIS"): 5.0, (1_000_000, "SQLite R*Tree"): 3.0, (1_000_000, "STRtree"): 3.0,
}  # fmt: skip
_PAIRS_GOALS = {
    (False, "PostGIS"): 20.0, (False, "STRtree"): 5.0, (True, "PostGIS"): 20.0, (True, "STRtree"): 10.0
}  # fmt: skip


def _held(results: Results, base: Any, n: int, *, contested: bool = False) -> None:
    """Measure queries, and all pairs where they are few enough, with `n` volumes held."""
    held, asked = work(n, contested=contested), work(1_000 if n <= 100_000 else 400, seed=99, contested=contested)
    index = _index(held)
    wide = held.widened()
    peers: list[engine_peers.Peer] = [engine_peers.Tree(held, wide), engine_peers.RTree(held, wide)]
    if base is not None:
        peers.append(engine_peers.PostGIS(base, held, wide, "held"))
    queries = [Query.of(asked.batch, k, NEEDS) for k in range(len(asked))]
    sides: dict[str, Callable[[int], Array]] = {OURS: lambda k: index.conflicts_of(queries[k])}
    for peer in peers:
        sides[peer.name] = lambda k, ask=peer.ask: ask(asked, k)  # type: ignore[misc]
    for ask in sides.values():
        for k in range(20):
            ask(k)
    took: dict[str, list[float]] = {name: [] for name in sides}
    answers: dict[str, list[Array]] = {name: [] for name in sides}
    for first in range(0, len(asked), 100):
        for name, ask in sides.items():
            for k in range(first, first + 100):
                begun = time.perf_counter()
                answer = ask(k)
                took[name].append(time.perf_counter() - begun)
                answers[name].append(answer)
    variant = ", contested" if contested else ""
    hits = sum(map(len, answers[OURS])) / len(asked)
    ours = median(took[OURS]) * 1e6
    for name in sides:
        if not contested:
            results.cost("query", name, n, median(took[name]) * 1e6)
        if name == OURS:
            continue
        differ = _judged(results, held, asked, answers[OURS], answers[name], f"{name}, {n:,}{variant}")
        results.lines.append(
            Line(
                what=f"query p50 at {n:,}{variant}", ours=ours, peer=name, theirs=median(took[name]) * 1e6, unit="µs",
                goal=None if contested else _QUERY_GOALS.get((n, name)),
                how=f"{len(asked):,} queries, {hits:.0f} found each; {differ}",
            )
        )  # fmt: skip
    few = [k for k, rows in enumerate(answers[OURS]) if len(rows) <= FEW]
    if few and n == ALL_PAIRS_MOST:
        p50 = {name: median(times[k] for k in few) * 1e6 for name, times in took.items()}
        results.alone.append(
            (
                f"query p50 at {n:,}{variant}, with at most {FEW} answers",
                f"{figure(p50[OURS])} µs",
                f"{len(few)} of the queries; "
                + ", ".join(f"{name} {figure(p50[name])} µs" for name in sides if name != OURS),
            )
        )
    made = [_timed(lambda k=k: index.conflicts_of(Query.of(_one(asked, k), 0, NEEDS))) for k in range(300)]  # type: ignore[misc]
    results.alone.append(
        (
            f"query p50 at {n:,}{variant}, from positions in degrees",
            f"{figure(median(made) * 1e6)} µs",
            "made and asked",
        )
    )
    del peers, sides, wide
    gc.collect()
    if n <= ALL_PAIRS_MOST:
        _all_pairs(results, base, held, index, contested)
    else:
        begun = time.perf_counter()
        count = sum(len(page) for page in index.all_pairs([NEEDS], spread=THREADS.map))
        took_s = time.perf_counter() - begun
        results.cost("pairs", OURS, n, took_s)
        results.alone.append((f"all pairs at {n:,}", f"{figure(took_s)} s", f"{count:,} pairs, counted page by page"))


def _index(held: Work) -> Index:
    index = Index(compiled=True)
    index.put_all([str(k) for k in range(len(held))], held.batch)
    return index


def _one(asked: Work, k: int) -> Batch:
    """Return the batch of one volume, as a caller with degrees in hand would make it."""
    first = int(asked.counts[:k].sum())
    last = first + int(asked.counts[k])
    lat, lon = asked.degrees
    bounds = np.array([[asked.heights[k, 0], 0.0, asked.heights[k, 1], 0.0]])
    return Batch.of_rings(
        lat[first:last], lon[first:last], asked.counts[k : k + 1], bounds=bounds, times_ms=asked.times[k : k + 1]
    )


def _judged(results: Results, held: Work, asked: Work, ours: list[Array], theirs: list[Array], where: str) -> str:
    """Return how two sides' answers differ, and remark on what lies outside the band that allows for it."""
    only_ours, only_theirs = [], []
    for k, (one, other) in enumerate(zip(ours, theirs, strict=True)):
        only_ours += [(k, row) for row in np.setdiff1d(one, other)]
        only_theirs += [(k, row) for row in np.setdiff1d(other, one)]
    return _verdict(results, asked.shapes, held.shapes, only_ours, only_theirs, where)


def _verdict(results: Results, a: Array, b: Array, only_ours: Any, only_theirs: Any, where: str) -> str:
    wrong = 0
    for differing, least in ((only_ours, -np.inf), (only_theirs, HORIZONTAL_M - 1.0)):
        if len(differing):
            i, j = np.array(differing).T
            apart = shapely.distance(a[i], b[j])
            # We add our own doubt, which is far less than what the peers were widened by.
            wrong += int(np.count_nonzero((apart < least) | (apart > HORIZONTAL_M + BAND_M)))
    if wrong:
        results.remarks.append(f"{wrong} answers differ by more than the tolerance: {where}.")
    more, fewer = len(only_theirs), len(only_ours)
    return f"the peer finds {more:,} more and {fewer:,} fewer, {wrong or 'none'} outside the tolerance"


def _all_pairs(results: Results, base: Any, held: Work, index: Index, contested: bool) -> None:
    n, runs = len(held), 3 if len(held) <= 10_000 else 1 if contested else 2
    half, bands = held.widened(0.5), held.bands(0.5)
    sides: dict[str, Callable[[], Any]] = {
        OURS: lambda: np.concatenate(list(index.all_pairs([NEEDS], spread=THREADS.map))),
        "STRtree": lambda: engine_peers.tree_pairs(half, bands, held.times, 500 if contested else 2_000, THREADS.map),
    }
    if base is not None:
        joined = engine_peers.PostGIS(base, held, half, "halves", 0.5)
        sides["PostGIS"] = lambda: joined.pairs("count(*)").fetchone()
    took: dict[str, list[float]] = {name: [] for name in sides}
    found: dict[str, Any] = {}
    for _ in range(runs):
        for name, side in sides.items():
            begun = time.perf_counter()
            found[name] = side()
            took[name].append(time.perf_counter() - begun)
    if base is not None:
        found["PostGIS"] = np.array(joined.pairs("a.id, b.id").fetchall())
    keys = {
        name: np.unique(pairs.min(axis=1).astype(np.int64) * n + pairs.max(axis=1)) for name, pairs in found.items()
    }
    variant = ", contested" if contested else ""
    for name in sides:
        if not contested:
            results.cost("pairs", name, n, median(took[name]))
        if name == OURS:
            continue
        only_ours, only_theirs = (
            np.stack(np.divmod(np.setdiff1d(*pair, assume_unique=True), n), axis=1)
            for pair in ((keys[OURS], keys[name]), (keys[name], keys[OURS]))
        )
        differ = _verdict(
            results, held.shapes, held.shapes, only_ours, only_theirs, f"all pairs, {name}, {n:,}{variant}"
        )
        results.lines.append(
            Line(
                what=f"all pairs at {n:,}{variant}", ours=median(took[OURS]), peer=name, theirs=median(took[name]),
                unit="s", goal=_PAIRS_GOALS[contested, name] if n == 100_000 else None,
                how=f"{len(keys[OURS]):,} pairs; {differ}" + "; it only counts them" * (name == "PostGIS"),
            )
        )  # fmt: skip


# ----------------------------------------------------------------------------------------------------- aircraft


def _approaches(results: Results, n: int) -> None:
    try:
        bluesky = engine_approach.bluesky(engine_peers.INSTALLED)
    except engine_peers.Missing as missing:
        results.remarks.append(f"Not measured: {missing}.")
        return
    found = engine_approach.measure(n, bluesky, 20 if n <= 1_000 else 2)
    results.lines.append(
        Line(
            what=f"closest approach of {n:,} aircraft", ours=found.ours_s * 1e3, peer="BlueSky, compiled",
            theirs=found.theirs_s * 1e3, unit="ms", goal={1_000: 40.0, 10_000: 100.0}[n], how=found.how,
        )
    )  # fmt: skip
    if found.wrong:
        results.remarks.append(f"{found.wrong} approaches of {n:,} aircraft are judged otherwise by pyproj.")


# ------------------------------------------------------------------------------------------------------ changes


def _changes(results: Results, n: int, changes: int) -> None:
    """Measure single changes beside SQLite, then as many random `changes`: whether they or queries become slower."""
    held, fresh = work(n), work(3_000, seed=5)
    index, tree = _index(held), engine_peers.RTree(held, held.widened(), 1_000)
    queries, wide = [Query.of(fresh.batch, k, NEEDS) for k in range(3_000)], fresh.widened()
    bands = fresh.bands()
    rows = engine_peers.boxes(wide, bands, fresh.times).tolist()
    single = [Batch(query.records, query.points) for query in queries]
    index.conflicts_of(queries[0])

    def screened(k: int) -> None:
        index.conflicts_of(queries[k])
        index.put(str(n + k), single[k])

    def screened_by_tree(k: int) -> None:
        tree.ask(fresh, k)
        tree.insert(n + k, rows[k], wide[k], bands[k], fresh.times[k])

    works: list[tuple[str, float | None, Callable[[int], object], Callable[[int], object]]] = [
        ("query, then insert,", None, screened, screened_by_tree),
        (
            "update",
            10.0,
            lambda k: index.put(str(n + k), single[k + 1_000]),
            lambda k: tree.update(n + k, rows[k + 1_000]),
        ),
        ("delete", 10.0, lambda k: index.drop(str(n + k)), lambda k: tree.delete(n + k)),
        (
            "insert",
            10.0,
            lambda k: index.put(str(n + k), single[2_000 + k]),
            lambda k: tree.add(n + k, rows[2_000 + k]),
        ),
    ]
    for what, goal, ours, theirs in works:
        took: tuple[list[float], list[float]] = [], []
        for first in range(0, 1_000, 100):
            for side, times in zip((ours, theirs), took, strict=True):
                times += [_timed(lambda k=k, side=side: side(k)) for k in range(first, first + 100)]  # type: ignore[misc]
        results.lines.append(
            Line(
                what=f"{what} at {n:,}", ours=median(took[0]) * 1e6, peer="SQLite R*Tree", theirs=median(took[1]) * 1e6,
                unit="µs", goal=goal if n == 100_000 else None, how="median of 1,000 single ones; both in memory",
            )
        )  # fmt: skip
    grid, nobody = index._grid, -1
    assert grid is not None
    idle = median(_timed(lambda: kernels.drop_one(grid._places, nobody, grid._gone)) for _ in range(1_000))
    cells = np.count_nonzero(grid._boxes[: grid._meta[kernels.BLOCKS], : kernels.LANES] != kernels.AFTER) / len(index)
    results.alone += [
        (
            "a call from Python into compiled code that finds nothing to do",
            f"{figure(idle * 1e6)} µs",
            "median of 1,000",
        ),
        (f"cells that a row stands in, at {n:,}", f"{cells:.1f}", "on average"),
    ]
    _at_one_go(results, index, tree, n)
    _random_changes(results, index, queries, single, n, changes)


def _at_one_go(results: Results, index: Index, tree: engine_peers.RTree, n: int) -> None:
    """Measure 10,000 volumes put and dropped together."""
    more = work(10_000, seed=6)
    rows = engine_peers.boxes(more.widened(), more.bands(), more.times).tolist()
    names, batch = [str(2 * n + k) for k in range(len(more))], more.batch

    def theirs(step: Callable[[int], object]) -> None:
        tree.base.execute("begin")
        for k in range(len(more)):
            step(k)
        tree.base.execute("commit")

    took: dict[str, tuple[list[float], list[float]]] = {"insert": ([], []), "delete": ([], [])}
    for _ in range(3):
        took["insert"][0].append(_timed(lambda: index.put_all(names, batch)))
        took["insert"][1].append(_timed(lambda: theirs(lambda k: tree.add(2 * n + k, rows[k]))))
        took["delete"][0].append(_timed(lambda: index.drop_all(names)))
        took["delete"][1].append(_timed(lambda: theirs(lambda k: tree.delete(2 * n + k))))
    for what, (ours, other) in took.items():
        results.lines.append(
            Line(
                what=f"{what} at {n:,}, 10,000 at one go", ours=median(ours) * 1e2, peer="SQLite R*Tree",
                theirs=median(other) * 1e2, unit="µs each", goal=None, how="median of 3; both in memory",
            )
        )  # fmt: skip


def _random_changes(
    results: Results, index: Index, queries: list[Query], single: list[Batch], n: int, many: int
) -> None:
    rng = np.random.default_rng(3)
    owners, kinds, which = rng.integers(0, n + n // 10, many), rng.random(many), rng.integers(0, len(single), many)

    def change(k: int) -> None:
        if kinds[k] < 0.3:
            index.drop(str(owners[k]))
        else:
            index.put(str(owners[k]), single[which[k]])

    def asked() -> float:
        return median(_timed(lambda q=q: index.conflicts_of(q)) for q in queries[:1_000]) * 1e6  # type: ignore[misc]

    tenth = min(10_000, many // 2)
    first = [_timed(lambda k=k: change(k)) for k in range(tenth)]  # type: ignore[misc]
    query_first, before = asked(), _resident_mb()
    for k in range(tenth, many - tenth):
        change(k)
    query_last, after = asked(), _resident_mb()
    last = [_timed(lambda k=k: change(k)) for k in range(many - tenth, many)]  # type: ignore[misc]
    results.alone += [
        (
            f"a change, at the beginning and the end of {many:,} random ones",
            f"{median(first) * 1e6:.1f} → {median(last) * 1e6:.1f} µs",
            f"about {n:,} held; puts, replacements and drops",
        ),
        ("a query, before and after", f"{query_first:.1f} → {query_last:.1f} µs", f"{len(index):,} held in the end"),
        ("memory, before and after", f"{before:,.0f} → {after:,.0f} MB", "resident, the whole process"),
    ]  # fmt: skip


def _timed(step: Callable[[], object]) -> float:
    begun = time.perf_counter()
    step()
    return time.perf_counter() - begun


# ---------------------------------------------------------------------------------------------- fresh processes

_FRESH = """
import json, sys
import numpy as np
from entente.deconfliction import compiled
from entente.deconfliction.batch import Batch
from entente.deconfliction.index import Index, Query
from entente.deconfliction.needs import Needs
held = dict(np.load(sys.argv[1]))
ready = compiled.load()
batch = Batch.of_rings(held["lat"], held["lon"], held["counts"], bounds=held["bounds"], times_ms=held["times"])
index = Index()
index.put_all([str(k) for k in range(len(batch))], batch)
needs = Needs(horizontal_m=np.array([9260.0]), vertical_m=np.array([304.8]), time_ms=np.zeros(1, dtype=np.int64),
    margins=np.array(held["margins"]))
query = Query.of(batch, 0, needs)
found = index.conflicts_of(query).tolist()
del batch, held
print(json.dumps({"ready": ready, "found": found[:1000], "mb": %s}))
"""
_MEMORY = "int(open('/proc/self/statm').read().split()[1]) * 4096 / 1e6" if sys.platform == "linux" else "0"


def _fresh(results: Results, many: int) -> None:
    """Measure the first answer of a new process, with and without what was compiled, and memory with `many` held."""
    with tempfile.TemporaryDirectory() as folder:
        small, large = (_saved(work(n), Path(folder)) for n in (10_000, many))
        begun = time.perf_counter()
        with_cache = _process(small)
        took = median([time.perf_counter() - begun, *(_timed(lambda: _process(small)) for _ in range(4))])
        begun = time.perf_counter()
        without = _process(small, NUMBA_CACHE_DIR=f"{folder}/none")
        took_without = time.perf_counter() - begun
        whole = _process(large)
    same = "the same answer" if with_cache["found"] == without["found"] else "ANOTHER ANSWER"
    results.alone += [
        (
            "first answer of a fresh process (goal 1 s)", f"{figure(took)} s",
            "from starting Python; 10,000 volumes read and held, then asked about; median of 5",
        ),
        (
            "the same, nothing compiled before", f"{figure(took_without)} s",
            f"{same}, searched the plain way; nothing is compiled unasked",
        ),
        (f"memory at {many:,} volumes (goal 1,000 MB)", f"{whole['mb']:,.0f} MB", "resident, the whole process"),
    ]  # fmt: skip


def _saved(held: Work, folder: Path) -> Path:
    path = folder / f"{len(held)}.npz"
    lat, lon = held.degrees
    bounds = np.zeros((len(held), 4))
    bounds[:, 0], bounds[:, 2] = held.heights.T
    np.savez(path, lat=lat, lon=lon, counts=held.counts, bounds=bounds, times=held.times, margins=NEEDS.margins)
    return path


def _process(path: Path, **environment: str) -> Mapping[str, Any]:
    line = [sys.executable, "-c", _FRESH % _MEMORY, str(path)]
    done = subprocess.run(line, check=True, capture_output=True, text=True, env={**os.environ, **environment})
    answer: Mapping[str, Any] = json.loads(done.stdout)
    return answer


def _resident_mb() -> float:
    gc.collect()
    if sys.platform != "linux":
        return float("nan")
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


# --------------------------------------------------------------------------------------------------------- page

_DRAWINGS = {
    "query": ("One query, p50", "µs"),
    "pairs": ("All pairs", "s"),
}
_HEAD = """# The engine beside its peers

Made by `python -m bench engine --write`, which installs and starts the peers itself. The same volumes for all: 600 x
600 km of airspace for a day, 4 to 12 corners, 2 to 30 km across, bands of 300 to 3,000 m within 0 to 12 km, windows of
15 to 240 min; *contested* puts a fifth of them within 40 x 40 km. Too close is less than 5 NM along the WGS84 ellipsoid
and less than 1,000 ft. Peers know only planes and boxes; they get the shapes widened beforehand by so much that they
miss nothing, and may therefore find what lies up to {band:.0f} m beyond 5 NM: every difference between two answers is
checked to lie there.

Sides take turns and figures are medians. A ratio says how many times as fast as the peer we are; below the goal it
stands in bold. Queries ask with shapes made ready beforehand, for us and for the peers; what making one costs stands
among the figures of ours alone.

A query's time goes to memory: the blocks of the cells that it opens, and the rows whose boxes touch it, of which most
are too close. Where PostGIS is less than 20 times as slow, that is why: the goal comes from a trial in the plane, with
nothing widened, where each query found a third as many; queries with as few answers stand among the figures of ours
alone.

A single change is where SQLite is hard to beat: its tree keeps boxes of single precision and nothing else, in C from
end to end, while we keep the shape, its owner and what is needed to explain a finding, and are called from Python. Ten
times is out of reach: of a tenth of its insert, a call from Python into compiled code that finds nothing to do takes a
third (below), and the bookkeeping in Python (whose row it is, which room is free) about the rest. Then the row must be
written into each cell that it covers, so that a query finds it in the few that it opens: four lines of memory a cell,
and its own record and points, most of which are not in the processor's. What a coordination centre does is to ask and
then to put, or to read many at one go; both stand beside it.
"""


def _page(began: str, results: Results) -> str:
    load = f"; load {os.getloadavg()[0]:.1f} when it ended" if hasattr(os, "getloadavg") else ""
    lines = [
        _HEAD.format(band=BAND_M),
        f"Measured on: {began}{load}.",
        "",
        "| Work | Entente | Peer | | Ratio | Goal | How |",
        "|---|---|---|---|---|---|---|",
    ]
    for line in results.lines:
        ratio = line.theirs / line.ours
        shown = f"{ratio:.1f}" if ratio < 10 else f"{ratio:,.0f}"
        shown = f"**{shown}**" if line.goal is not None and ratio < line.goal else shown
        goal = "" if line.goal is None else f"{line.goal:g}"
        lines.append(
            f"| {line.what} | {figure(line.ours)} {line.unit} | {line.peer} | {figure(line.theirs)} {line.unit} "
            f"| {shown} | {goal} | {line.how} |"
        )
    lines += ["", "| Alone | | How |", "|---|---|---|"]
    lines += [f"| {what} | {value} | {how} |" for what, value, how in results.alone]
    lines += ["", *(f"- {remark}" for remark in results.remarks), ""]
    lines += [f"![{_DRAWINGS[name][0]}](images/engine-{name}.svg)" for name in _DRAWINGS if name in results.costs]
    return "\n".join(lines) + "\n"
