"""Plans in CSV: one row for each waypoint."""

from pathlib import Path

from entente.adapters import csv_plans
from entente.geo.interval import parse_time
from entente.joint.plan import Kind


def test_rows_of_two_plans_may_be_mixed_and_keep_their_order(tmp_path: Path) -> None:
    path = tmp_path / "plans.csv"
    path.write_text(
        "Plan,Position,Time,Altitude,Half width (NM),Kind,Speed (kt)\n"
        "a,LSZB,2026-11-22T10:00:00Z,FL080-FL100,1,transport,120\n"
        "b,47.0 8.0,221000ZNOV26,GND-2000 ft AGL,0.5,,\n"
        "a,47.2 7.5,,,,,\n"
        "b,47.0 8.0,221030ZNOV26,,,,\n"
        "a,LSZH,2026-11-22T11:00:00Z,,,,\n"
    )

    read = csv_plans.read(path)

    a, b = read.plans
    assert (a.id, a.kind, b.kind) == ("a", Kind.TRANSPORT, Kind.GENERAL)
    assert a.volumes[-1].interval.end == parse_time("2026-11-22T11:00:00Z")
    assert {volume.shape.half_width_m for volume in b.volumes} == {926.0}  # type: ignore[union-attr]
    assert sum(volume.interval.seconds for volume in b.volumes) == 1800
    assert [name for name, _ in read.places] == ["LSZB", "LSZH"]
