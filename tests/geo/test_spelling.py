from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.geo.strategies import volumes

from entente.errors import Malformed
from entente.geo.altitude import Band
from entente.geo.position import Position
from entente.geo.spelling import from_plain, quantise, to_plain
from entente.geo.volume import Circle, Polygon, Volume

CIRCLE: dict[str, Any] = {"shape": "circle", "centre": {"lat_e7": 1, "lon_e7": 2}, "radius_mm": 1000}


def leaves(plain: Any) -> list[Any]:
    if isinstance(plain, dict):
        return [leaf for value in plain.values() for leaf in leaves(value)]
    return [leaf for value in plain for leaf in leaves(value)] if isinstance(plain, list) else [plain]


@settings(max_examples=60)
@given(volumes)
def test_a_quantised_volume_reads_back_exactly(volume: Volume) -> None:
    try:
        quantised = quantise(volume)
    except Malformed:
        assert isinstance(volume.shape, Polygon)  # A sliver may cross itself once rounded; then it is refused.
        return

    plain = to_plain(quantised)

    assert from_plain(Volume, json.loads(json.dumps(plain))) == quantised
    assert to_plain(from_plain(Volume, plain)) == plain
    assert all(type(leaf) in (int, str) for leaf in leaves(plain))


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_rounding_moves_a_position_by_less_than_a_centimetre(lat: float, lon: float) -> None:
    rounded = quantise(Position(lat=lat, lon=lon))

    assert abs(rounded.lat - lat) <= 0.51e-7
    assert abs(rounded.lon - lon) <= 0.51e-7


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"radius_mm": 1.5}, "volume.radius_mm"),
        ({"radius_mm": True}, "volume.radius_mm"),
        ({"radius_mm": "1000"}, "volume.radius_mm"),
        ({"radius_mm": 2**53}, "volume.radius_mm"),
        ({"radius_mm": 0}, "volume"),
        ({"shape": "sphere"}, "volume.shape"),
        ({"shape": ["circle"]}, "volume.shape"),
        ({"centre": None}, "volume.centre"),
        ({"centre": {"lat_e7": 1}}, "volume.centre.lon_e7"),
        ({"centre": {"lat_e7": 910000000, "lon_e7": 0}}, "volume.centre"),
        ({"colour": "red"}, "volume.colour"),
    ],
)
def test_a_wrong_spelling_is_refused_at_its_path(change: dict[str, Any], where: str) -> None:
    assert from_plain(Circle, CIRCLE)

    with pytest.raises(Malformed) as caught:
        from_plain(Circle, CIRCLE | change, "volume")
    assert caught.value.where == where


def test_a_polygon_without_holes_is_spelt_as_before_there_were_any() -> None:
    corner = {"lat_e7": 0, "lon_e7": 0}
    whole = {"shape": "polygon", "ring": [corner, corner | {"lat_e7": 90_000}, corner | {"lon_e7": 90_000}]}
    hole = [{"lat_e7": 20_000 + a, "lon_e7": 20_000 + b} for a, b in ((0, 0), (10_000, 0), (0, 10_000))]

    assert to_plain(from_plain(Polygon, whole)) == whole
    assert to_plain(from_plain(Polygon, whole | {"holes": [hole]})) == whole | {"holes": [hole]}
    for holes, where in (([], "footprint.holes"), ([hole[:2]], "footprint"), (None, "footprint.holes")):
        with pytest.raises(Malformed) as caught:
            from_plain(Polygon, whole | {"holes": holes}, "footprint")
        assert caught.value.where == where


@pytest.mark.parametrize("time", ["2026-11-22T10:00:00Z", "2026-11-22T11:00:00.000+01:00", 5, None])
def test_a_time_has_one_spelling(time: Any) -> None:
    from entente.geo.interval import Interval

    with pytest.raises(Malformed):
        from_plain(Interval, {"start": time, "end": "2026-11-22T12:00:00.000Z"})


def test_a_band_names_both_references() -> None:
    with pytest.raises(Malformed) as caught:
        from_plain(Band, {"lower": {"mm": 0, "reference": "AGL"}, "upper": {"mm": 5, "reference": "QFE"}}, "band")
    assert caught.value.where == "band.upper.reference"
