"""Closest approaches beside BlueSky's compiled conflict detection (`cstatebased`), judged by pyproj where they differ.

Aircraft over 600 x 600 km: 60 to 250 m/s in all directions, 300 to 12,000 m, a third of them climbing or descending;
300 s ahead, 5 NM and 1,000 ft. BlueSky's detection in Python with its compiled geometry gives wrong bearings for half
of its pairs, so its compiled detection is the reference; its extension is loaded alone, without the simulator.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any

import numpy as np
from bench.engine_peers import Missing
from pyproj import Geod

from entente.deconfliction.approach import Approaches, approach
from entente.deconfliction.tracks import Tracks
from entente.joint.plan import Crew
from entente.joint.standard import Minimum, Standard

IN_A_ROW = 5
"""Runs of one side before the other's turn: so that neither pays for what the other left in the processor's memory."""
AHEAD_S, HORIZONTAL_M, VERTICAL_M = 300.0, 9_260.0, 304.8
NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
STANDARD = Standard(
    name="5 NM, 1,000 ft",
    pairs={(Crew.CREWED, Crew.CREWED): Minimum(horizontal_m=HORIZONTAL_M, vertical_m=VERTICAL_M)},
)
Detect = Callable[..., Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Medians of both sides [s], in words how their pairs differ, and how many of ours pyproj judges otherwise."""

    ours_s: float
    theirs_s: float
    how: str
    wrong: int


def bluesky(folder: Path) -> Detect:
    """Return the compiled detection of the BlueSky installed in `folder`.

    Raises:
        Missing: when it has none for this Python and system.
    """
    for path in (folder / "bluesky" / "traffic" / "asas").glob("cstatebased*.*"):
        if path.suffix in (".so", ".pyd"):
            spec = importlib.util.spec_from_file_location("cstatebased", path)
            if spec is not None and spec.loader is not None:
                module = importlib.util.module_from_spec(spec)
                spec.loader.exec_module(module)
                detect: Detect = module.detect
                return detect
    raise Missing("BlueSky has no compiled detection for this Python and system")


def measure(n: int, detect: Detect, runs: int) -> Found:
    """Let both sides detect among `n` aircraft, in turns."""
    tracks = _traffic(n)
    theirs = SimpleNamespace(
        ntraf=n, id=list(range(n)), lat=tracks.lat, lon=tracks.lon, trk=tracks.course_deg, gs=tracks.speed_mps,
        alt=tracks.altitude_m, vs=tracks.climb_mps,
    )  # fmt: skip
    wide = np.full(n, HORIZONTAL_M), np.full(n, VERTICAL_M), np.full(n, AHEAD_S)

    def ours() -> Approaches:
        return approach(tracks, STANDARD, now=NOW, look_ahead_s=AHEAD_S, compiled=True)

    answer = ours()
    took: tuple[list[float], list[float]] = [], []
    for _ in range(runs):
        for side, times in ((ours, took[0]), (lambda: detect(theirs, theirs, *wide), took[1])):
            for _ in range(IN_A_ROW):
                begun = time.perf_counter()
                side()
                times.append(time.perf_counter() - begun)
    other = {(min(pair), max(pair)) for pair in detect(theirs, theirs, *wide)[0]}
    own = set(zip(answer.one.tolist(), answer.other.tolist(), strict=True))
    # What only we find must be closer than the minimum and our doubt; what only they find must not be too close.
    wrong = sum(not _close(tracks, pair, 2 * answer.doubt_m) for pair in own - other)
    wrong += sum(_close(tracks, pair, 0.0) for pair in other - own)
    how = (
        f"{len(own):,} pairs, {AHEAD_S:.0f} s ahead; the peer finds {len(other - own)} others and lacks "
        f"{len(own - other)}; pyproj judges {'all as we do' if not wrong else f'{wrong} otherwise'}; "
        f"{answer.doubt_m:.1f} m are added to 5 NM"
    )
    return Found(ours_s=median(took[0]), theirs_s=median(took[1]), how=how, wrong=wrong)


def _traffic(n: int) -> Tracks:
    rng = np.random.default_rng(7)
    none = np.zeros(n, dtype=np.int64)
    return Tracks(
        ids=tuple(str(k) for k in range(n)), crew=none, reference=none, lat=rng.uniform(48, 53.4, n),
        lon=rng.uniform(2, 10.4, n), course_deg=rng.uniform(0, 360, n), speed_mps=rng.uniform(60, 250, n),
        altitude_m=rng.uniform(300, 12_000, n),
        climb_mps=np.where(rng.random(n) < 0.7, 0.0, rng.uniform(-10, 10, n)),
        time_s=np.full(n, NOW.timestamp()), doubt_m=np.zeros(n),
    )  # fmt: skip


def _close(tracks: Tracks, pair: tuple[int, int], more_m: float) -> bool:
    """Whether two aircraft come closer than the minimum and `more_m` [m], by geodesics, moment by moment."""
    geod, moments = Geod(ellps="WGS84"), np.arange(0, AHEAD_S, 0.02)
    ends = []
    for k in pair:
        start = (np.full(len(moments), column[k]) for column in (tracks.lon, tracks.lat, tracks.course_deg))
        ends.append(geod.fwd(*start, tracks.speed_mps[k] * moments))
    apart = geod.inv(ends[0][0], ends[0][1], ends[1][0], ends[1][1])[2]
    above = np.subtract(*(tracks.altitude_m[k] + tracks.climb_mps[k] * moments for k in pair))
    # Between two moments they move by up to 10 m and 0.4 m, which what only we find is allowed.
    slack = (10.0, 0.4) if more_m else (0.0, 0.0)
    return bool(np.any((apart < HORIZONTAL_M + more_m + slack[0]) & (np.abs(above) < VERTICAL_M + slack[1])))
