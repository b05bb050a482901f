from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from entente.errors import Malformed
from entente.geo.position import Position, parse, parse_with_precision, show

GEOD = Geod(ellps="WGS84")
places = st.builds(Position, lat=st.floats(-90, 90), lon=st.floats(-180, 180))


def apart_m(a: Position, b: Position) -> float:
    return float(GEOD.inv(a.lon, a.lat, b.lon, b.lat)[2])


@pytest.mark.parametrize(
    "text",
    [
        "47.45, 8.55",
        "47.45 8.55",
        " 47.45;8.55 ",
        "+47.45 +8.55",
        "47.45N 8.55E",
        "N47.45 E8.55",
        "n47.45e8.55",
        "47.45° N, 8.55° E",
        "8.55E 47.45N",
        "47°27'00\"N 008°33'00\"E",
        "47° 27′ 0″ N, 8° 33′ 0″ E",
        "47°27’0”N 8°33’0”E",
        "47º27'00''N 8º33'00''E",
        "47 27 00 N 008 33 00 E",
        "47-27-00N 008-33-00E",
        "N 47°27'00\" E 8°33'00\"",
        "47°27.000'N 8°33.000'E",
        "47°27'0\" 8°33'0\"",
        "472700N0083300E",
        "4727N 00833E",
        "32TMT6607655271",
        "32T MT 66076 55271",
    ],
)
def test_the_spellings_a_desk_meets_name_the_same_place(text: str) -> None:
    position, uncertainty_m = parse_with_precision(text)

    assert apart_m(position, Position(lat=47.45, lon=8.55)) < 2
    assert uncertainty_m > 0


@pytest.mark.parametrize(
    ("text", "lat", "lon"),
    [("-33.9 151.2", -33.9, 151.2), ("33°54'S 18°25'W", -33.9, -18 - 25 / 60), ("0.5S 0.25W", -0.5, -0.25)],
)
def test_south_and_west_are_negative(text: str, lat: float, lon: float) -> None:
    assert parse(text) == Position(lat=lat, lon=lon)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "47.45",
        "47,45 8,55",
        "٤٧ ٨",
        "4_7 8",
        "1e1 8",
        "nan 8",
        "inf 8",
        "47.45N 8.55N",
        "47.45E 8.55E",
        "47.45N 8.55",
        "-47.45N 8.55E",
        "N47.45N 8.55E",
        "47°60'N 8°00'E",
        "47°27'60\"N 8°00'E",
        "47 27 30 8 33 0",
        "32TMT 123 45",
        "32TMT 123456 123456",
        "32IMT 1 1",
        "61TMT 1 1",
        "32TZZ 1 1",
        "47.45 8.55\n47.45 8.55",
    ],
)
def test_what_is_no_position_is_refused(text: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse(text)
    assert caught.value.code == "geo.position"


@pytest.mark.parametrize(
    ("lat", "lon", "code"),
    [
        (91.0, 0.0, "geo.latitude"),
        (-90.0001, 0.0, "geo.latitude"),
        (0.0, 180.5, "geo.longitude"),
        (math.nan, 0.0, "geo.number"),
        (0.0, math.inf, "geo.number"),
        (True, 0.0, "geo.number"),
    ],
)
def test_a_position_that_exists_is_on_the_earth(lat: float, lon: float, code: str) -> None:
    with pytest.raises(Malformed) as caught:
        Position(lat=lat, lon=lon)
    assert caught.value.code == code


@given(places)
def test_each_shown_spelling_reads_back_within_its_own_precision(place: Position) -> None:
    shown = show(place)

    for text in (shown.decimal, shown.dms, shown.mgrs):
        position, uncertainty_m = parse_with_precision(text)
        assert apart_m(position, place) <= uncertainty_m + 0.01


@given(places, st.integers(1, 5))
def test_the_precision_of_a_short_mgrs_reference_holds_every_place_in_its_square(place: Position, digits: int) -> None:
    *head, east, north = show(place).mgrs.split()
    short = " ".join([*head, east[:digits], north[:digits]])

    position, uncertainty_m = parse_with_precision(short)

    # The grid stretches the ground by up to 0.1 % within a zone, and by 0.6 % on the polar grid.
    assert apart_m(position, place) <= uncertainty_m * 1.007 + 1


@given(places, st.integers(0, 6))
def test_the_precision_of_decimals_holds_every_place_that_rounds_to_them(place: Position, digits: int) -> None:
    position, uncertainty_m = parse_with_precision(f"{place.lat:.{digits}f}, {place.lon:.{digits}f}")

    assert apart_m(position, place) <= uncertainty_m + 0.001
