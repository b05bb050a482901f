from __future__ import annotations

import pytest
from hypothesis import example, given
from tests.geo.strategies import altitudes, bands

from entente.errors import Malformed
from entente.geo.altitude import GROUND, Altitude, Band, Reference, agl, amsl, parse, parse_band, show, show_band, wgs84


@pytest.mark.parametrize(
    ("text", "metres", "reference"),
    [
        ("FL240", 7315.2, Reference.FL),
        ("fl 95", 2895.6, Reference.FL),
        ("5000 ft AMSL", 1524.0, Reference.AMSL),
        ("5000ft MSL", 1524.0, Reference.AMSL),
        ("1500 m AGL", 1500.0, Reference.AGL),
        ("300 m WGS84", 300.0, Reference.WGS84),
        ("-12.5 m AMSL", -12.5, Reference.AMSL),
        ("GND", 0.0, Reference.AGL),
        ("SFC", 0.0, Reference.AGL),
    ],
)
def test_an_altitude_is_read_with_its_reference(text: str, metres: float, reference: Reference) -> None:
    assert parse(text) == Altitude(metres=metres, reference=reference)


@pytest.mark.parametrize(
    "text", ["", "5000", "5000 ft", "5000 AMSL", "FL", "FL٢٤٠", "1_000 m AMSL", "1e3 m AMSL", "UNL"]
)
def test_an_altitude_without_unit_or_reference_is_refused(text: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse(text)
    assert caught.value.code == "geo.altitude.reference"


@pytest.mark.parametrize("text", ["FL100-FL240", "FL100 – FL240", "FL100..FL240", "fl100 to fl240"])
def test_a_band_is_two_altitudes_with_a_dash(text: str) -> None:
    assert parse_band(text) == Band(lower=parse("FL100"), upper=parse("FL240"))


def test_a_band_may_mix_references() -> None:
    assert parse_band("GND-5000 ft AMSL") == Band(lower=GROUND, upper=amsl(1524.0))
    assert parse_band("-50 m AMSL--10 m AMSL") == Band(lower=amsl(-50.0), upper=amsl(-10.0))


def test_a_band_upside_down_is_refused_where_that_can_be_told() -> None:
    with pytest.raises(Malformed) as caught:
        Band(lower=amsl(200.0), upper=amsl(100.0))
    assert caught.value.code == "geo.band.reversed"

    with pytest.raises(Malformed):  # the two may differ by the day's pressure, and a slip of the pen is likelier
        parse_band("FL100-2000 ft AMSL")
    assert Band(lower=agl(200.0), upper=wgs84(100.0))
    assert Band(lower=amsl(100.0), upper=amsl(100.0))


@pytest.mark.parametrize(
    ("metres", "code"), [(float("nan"), "geo.number"), (1e6, "geo.altitude"), (-1e4, "geo.altitude")]
)
def test_an_altitude_that_exists_is_within_reach_of_aircraft(metres: float, code: str) -> None:
    with pytest.raises(Malformed) as caught:
        amsl(metres)
    assert caught.value.code == code


@given(altitudes)
def test_a_shown_altitude_reads_back_to_the_millimetre(altitude: Altitude) -> None:
    again = parse(show(altitude))

    assert again.reference is altitude.reference
    assert abs(again.metres - altitude.metres) < 0.001


@given(bands())
@example(Band(lower=amsl(241.0), upper=Altitude(metres=241.0, reference=Reference.FL)))
def test_a_shown_band_reads_back(band: Band) -> None:
    again = parse_band(show_band(band))

    assert abs(again.upper.metres - band.upper.metres) < 0.001
