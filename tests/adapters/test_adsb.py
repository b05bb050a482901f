"""Recorded flights: how they are divided, and that every sample lies inside its segment."""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pyproj import Geod

from entente.adapters import adsb
from entente.errors import Malformed
from entente.geo.altitude import Reference
from entente.geo.volume import Corridor, Volume
from entente.joint.plan import Plan

DATA = Path(__file__).parents[3] / "shared" / "data"
HEAD = "timestamp,icao24,callsign,latitude,longitude,altitude\n"
WGS84 = Geod(ellps="WGS84")


def recorded(tmp_path: Path, *rows: tuple[int, str, str, str]) -> Path:
    """A recording of (seconds, icao24, callsign, "lat,lon,feet")."""
    start = datetime.fromisoformat("2026-11-22T10:00:00+00:00")
    lines = [f"{start + timedelta(seconds=s):%Y-%m-%dT%H:%M:%SZ},{a},{c},{rest}\n" for s, a, c, rest in rows]
    path = tmp_path / "adsb.csv"
    path.write_text(HEAD + "".join(lines))
    return path


def test_a_silence_of_more_than_half_an_hour_or_another_callsign_ends_a_flight(tmp_path: Path) -> None:
    here = "47.0,8.0,10000"
    path = recorded(
        tmp_path,
        (0, "4b1801", "AAA1", here),
        (1800, "4b1801", "", here),
        (3601, "4b1801", "AAA1", here),
        (3700, "4b1801", "BBB2", here),
        (3800, "4b1802", "BBB2", ",,10000"),
        (3900, "4b1802", "BBB2", "47.0,8.0,"),
    )
    tally = adsb.Tally()

    plans = list(adsb.flights(path, tally=tally))

    assert [plan.callsign for plan in plans] == ["AAA1", "AAA1", "BBB2"]
    assert tally == adsb.Tally(rows=6, without_position=1, without_altitude=1, flights=3, single=2)
    assert plans[0].id == "adsb/4b1801/AAA1/20261122T100000Z"


def test_a_silence_within_a_flight_becomes_pieces_of_half_a_minute(tmp_path: Path) -> None:
    path = recorded(tmp_path, (0, "4b1801", "A", "47.0,179.9,10000"), (600, "4b1801", "A", "47.0,-179.9,20000"))

    (plan,) = adsb.flights(path)

    assert [volume.interval.seconds for volume in plan.volumes] == [30.0] * 20 + [1.0]
    assert all(abs(point.lon) > 179.8 for volume in plan.volumes for point in shape(volume).path)


def test_a_cut_says_how_long_wide_and_high_a_piece_is(tmp_path: Path) -> None:
    path = recorded(tmp_path, *((10 * k, "4b1801", "A", f"47.0,{8 + 0.02 * k},10000") for k in range(31)))

    (plan,) = adsb.flights(path, cut=adsb.Cut(seconds=100.0, half_width_m=900.0, height_m=30.48))

    assert [volume.interval.seconds for volume in plan.volumes] == [100.0, 100.0, 100.0, 1.0]
    assert {shape(volume).half_width_m for volume in plan.volumes} == {900.0}
    assert {(volume.band.lower.metres, volume.band.upper.metres) for volume in plan.volumes} == {(3017.52, 3078.48)}


def test_two_rows_of_one_instant_are_both_held(tmp_path: Path) -> None:
    path = recorded(tmp_path, (0, "4b1801", "A", "47.0,8.0,10000"), (0, "4b1801", "A", "47.01,8.0,10000"))

    (plan,) = adsb.flights(path)

    assert len(shape(plan.volumes[0]).path) == 2


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([(10, "4b1801", "A", "47,8,1"), (0, "4b1801", "A", "47,8,1")], "adsb.order"),
        ([(0, "xyz", "A", "47,8,1")], "adsb.row"),
        ([(0, "4b1801", "A", "97,8,1")], "adsb.row"),
        ([(0, "4b1801", "A", "47,8,nan")], "adsb.row"),
    ],
)
def test_a_row_that_cannot_be_read_is_told_by_number(
    tmp_path: Path, rows: list[tuple[int, str, str, str]], code: str
) -> None:
    with pytest.raises(Malformed, match="row") as caught:
        list(adsb.flights(recorded(tmp_path, *rows)))

    assert caught.value.code == code


def test_progress_reaches_the_end_and_reading_again_gives_the_same_plans(tmp_path: Path) -> None:
    rows = [(second, "4b1801", "A", f"47.0,{8 + second / 10000},10000") for second in range(5000)]
    told: list[tuple[int, int]] = []
    path = recorded(tmp_path, *rows)

    once = list(adsb.flights(path, progress=lambda done, size: told.append((done, size))))

    assert told[-1][0] == told[-1][1] == path.stat().st_size
    assert once == list(adsb.flights(path))


# ------------------------------------------------------------------------------------------------ real recordings

REAL = [("switzerland", 1244), ("calfire", 238), ("refuelling", 1)]


@pytest.mark.skipif(not DATA.exists(), reason="the recordings are not here")
@pytest.mark.parametrize(("name", "flights"), REAL)
def test_every_sample_of_a_recording_lies_inside_its_segment(name: str, flights: int) -> None:
    path = DATA / f"adsb_{name}.csv.gz"
    plans = list(adsb.flights(path))

    assert len(plans) == flights
    assert len({plan.id for plan in plans}) == flights
    assert {adsb.side(plan.id.split("/")[1]) for plan in plans} <= {"even", "odd"}
    by_aircraft: dict[str, list[Plan]] = defaultdict(list)
    for plan in plans:
        by_aircraft[plan.id.split("/")[1]].append(plan)

    outside = [row for row in samples(path) if not any(holds(plan, row) for plan in by_aircraft[row["icao24"]])]

    assert outside == []


def samples(path: Path) -> list[dict[str, str]]:
    """Every seventh complete row, read without the adapter: the exact distance below takes its time."""
    with gzip.open(path, "rt") as file:
        return [row for row in csv.DictReader(file) if row["latitude"] and row["altitude"]][::7]


def holds(plan: Plan, row: dict[str, str]) -> bool:
    """Whether a volume of the plan holds a row: on the ellipsoid, by search along the leg, sharing no formula."""
    time = datetime.fromisoformat(row["timestamp"])
    feet, lat, lon = float(row["altitude"]), float(row["latitude"]), float(row["longitude"])
    for volume in plan.volumes:
        if volume.interval.start <= time < volume.interval.end:
            lower, upper = volume.band.lower, volume.band.upper
            assert lower.reference is upper.reference is Reference.FL
            if lower.metres - 1e-3 <= feet * 0.3048 <= upper.metres + 1e-3 and within(shape(volume), lat, lon):
                return True
    return False


def within(corridor: Corridor, lat: float, lon: float) -> bool:
    a, b = corridor.path[0], corridor.path[-1]

    def away(f: float) -> float:
        azimuth, _, length = WGS84.inv(a.lon, a.lat, b.lon, b.lat)
        x, y, _ = WGS84.fwd(a.lon, a.lat, azimuth, length * f)
        return float(WGS84.inv(x, y, lon, lat)[2])

    low, high = 0.0, 1.0
    for _ in range(20):
        if min(away(low), away(high)) <= corridor.half_width_m:
            return True
        third = (high - low) / 3
        low, high = (low, high - third) if away(low + third) < away(high - third) else (low + third, high)
    return away((low + high) / 2) <= corridor.half_width_m


def shape(volume: Volume) -> Corridor:
    assert isinstance(volume.shape, Corridor)
    return volume.shape
