"""Movements in TOML: each slip of the pen is told with file, table and field, and nothing is guessed."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.convoys import CONVOY

from entente.adapters import movementfile
from entente.errors import Malformed
from entente.joint.journey import Guards, VehicleKind
from entente.joint.protected_sites import DayMark, InfraredMark
from entente.joint.spelling import journey_from_plain, journey_to_plain


def read(tmp_path: Path, text: str) -> movementfile.MovementFile:
    (tmp_path / "c.toml").write_text(text, encoding="utf-8")
    return movementfile.read(tmp_path / "c.toml")


def test_a_movement_is_read_whole_and_as_it_would_be_signed(tmp_path: Path) -> None:
    found = read(tmp_path, CONVOY)
    journey = found.journey

    assert (found.purpose, found.emergency) == ("Water for 400 families", False)
    assert [passage.name for passage in journey.passages] == ["Depot", "Mill bridge"]
    assert (journey.half_width_m, journey.uncertainty_m, journey.margin_s, journey.people) == (1000, 100, 1800, 6)
    assert journey.guards is Guards.NONE and journey.vehicles[0].kind is VehicleKind.TRUCK
    assert journey.vehicles[0].day_marks == {DayMark.FLAG, DayMark.ORGANISATION_EMBLEM}
    assert journey.vehicles[0].infrared_marks == {InfraredMark.INFRARED_BEACON} and journey.marked_at_night
    assert journey_from_plain(journey_to_plain(journey)) == journey


def test_positions_and_times_are_read_in_each_common_spelling(tmp_path: Path) -> None:
    text = CONVOY.replace('"31.9700 35.9900"', '"36R YA 82570 41016"').replace("2027-03-01T08:00:00Z", '"010800ZMAR27"')

    found = read(tmp_path, text).journey.passages[1]

    assert abs(found.position.lat - 31.97) < 0.001 and found.at.hour == 8


@pytest.mark.parametrize(("old", "new", "code", "where"), [
    ('contact = "channel 4, call RELIEF"\n', "", "field.missing", "contact"),
    ("margin_min = 30", "margin_minutes = 30", "field.unknown", "margin_minutes"),
    ("T08:00:00Z", "T06:00:00Z", "movement.times", "movement"),
    ("31.9700 35.9900", "31.9700 95.9900", "movement.leg", "movement"),
    ("31.9700 35.9900", "somewhere", "geo.position", "passages 2"),
    ("T08:00:00Z,", "T08:00:00,", "geo.time", "passages 2"),
    ("count = 3", "count = 0", "movement.vehicles", "vehicle 1"),
    ('"infrared_beacon"', '"none", "infrared_beacon"', "site.marks", "vehicle 1"),
    ('"infrared_beacon"', '"torch"', "field.choice", "infrared_marks"),
    ('guards = "none"', 'guards = "many"', "field.choice", "guards"),
    ("uncertainty_m = 100", "uncertainty_m = 0", "movement.uncertainty", "movement"),
    ("half_width_km = 1.0", "half_width_km = 1.0\nhalf_width_m = 2", "field.twice", "half_width"),
    ("[movement]", "[convoy]", "field.unknown", "convoy"),
])  # fmt: skip
def test_a_slip_of_the_pen_is_told_with_its_place(tmp_path: Path, old: str, new: str, code: str, where: str) -> None:
    assert old in CONVOY
    with pytest.raises(Malformed) as caught:
        read(tmp_path, CONVOY.replace(old, new))

    assert caught.value.code == code
    assert caught.value.where is not None and where in caught.value.where and "c.toml" in caught.value.where
