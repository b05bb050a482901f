"""The separation standard that comes along, and the one of the example."""

from pathlib import Path

import pytest

from entente.adapters import standardfile
from entente.joint.plan import Crew
from entente.joint.protected_sites import Category

HOME = Path(__file__).parents[2]


def test_the_default_keeps_crewed_aircraft_five_miles_or_a_thousand_feet_apart() -> None:
    standard = standardfile.default()

    least = standard.pairs[Crew.CREWED, Crew.CREWED]
    assert (least.horizontal_m, least.vertical_m) == (9260.0, pytest.approx(304.8))
    assert len(standard.pairs) == 3
    assert standard.sites[Category.MEDICAL].horizontal_m == 3704.0
    assert standard.fl_uncertainty_m == pytest.approx(304.8)


def test_what_a_file_leaves_out_keeps_the_value_of_the_type() -> None:
    example = standardfile.read(HOME / "examples" / "screen" / "standard.toml")

    assert example.terrain_ceiling_m == pytest.approx(15300 * 0.3048)
    assert standardfile.default().terrain_ceiling_m == 9000.0
    assert example.relief_m == 300.0
