"""Texts of copies: no spelling of a coordinate gets through, and words that are none do."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from entente.geo.position import Position, show
from entente.picture.blotting import BLOT, blotted

HERE = Position(lat=31.951569, lon=35.923963)
PLACES = st.builds(Position, lat=st.floats(-79, 83), lon=st.floats(-179, 179))
ARABIC = str.maketrans("0123456789.", "٠١٢٣٤٥٦٧٨٩٫")


def spellings(place: Position) -> list[str]:
    """Every spelling of a place that a text may hold, from the finest to what still tells a kilometre."""
    found = []
    for digits in range(2, 8):
        found.append(f"{place.lat:.{digits}f} {place.lon:.{digits}f}")
        found.append(f"{place.lat:.{digits}f}".replace(".", ",") + "; " + f"{place.lon:.{digits}f}".replace(".", ","))
    halves = []
    for degrees, letters in ((place.lat, "NS"), (place.lon, "EW")):
        letter, whole, rest = letters[degrees < 0], int(abs(degrees)), abs(degrees) % 1 * 60
        minutes, seconds = int(rest), rest % 1 * 60
        halves.append((
            f"{whole}°{minutes}'{seconds:.1f}\"{letter}", f"{whole} {minutes} {int(seconds)} {letter}",
            f"{letter}{whole} {rest:.3f}", f"{whole}°{rest:.2f}'{letter}",
            f"{whole}-{minutes:02d}-{int(seconds):02d}{letter}",
            f"{letter} {whole}° {minutes}'", f"{whole}:{minutes:02d}:{int(seconds):02d} {letter}",
        ))  # fmt: skip
    found += [f"{lat} {lon}" for lat, lon in zip(*halves, strict=True)]
    zone, square, east, north = show(place).mgrs.split()
    for n in range(1, 6):
        found += [f"{zone} {square} {east[:n]} {north[:n]}", f"{zone}{square}{east[:n]}{north[:n]}"]
        found += [f"{square} {east[:n]} {north[:n]}"]
    return found


@given(PLACES)
def test_every_spelling_of_the_place_is_blotted_out(place: Position) -> None:
    assume(abs(place.lat) > 1 and abs(place.lon) > 1)
    for spelt in spellings(place):
        for text in (spelt, spelt.translate(ARABIC)):
            told = blotted(f"Clinic {text} by the well", [place])
            assert BLOT in told, text
            assert told.startswith("Clinic ") and told.endswith(" by the well"), text
            left = told.replace(BLOT, "")
            assert sum(c.isdigit() for c in left) <= 2, (text, told)


@pytest.mark.parametrize(
    "text",
    [
        "31.9 35.9", "319515", "359240", "31951569", "3157.1", "315706", "lat 31.95", "gate at 31.96", "https://maps.example/x",
        "geo:31.95,35.92", "8G3QXW2F+J8", "www.example.org/gate", "grid YA 763 388", "776382 easting",
        "3538801 northing",
    ],
)  # fmt: skip
def test_other_ways_to_tell_the_place_are_blotted_out(text: str) -> None:
    assert BLOT in blotted(text, [HERE])


@pytest.mark.parametrize(
    "text",
    [
        "Ward 12, 3rd floor", "Clinic 3", "School No. 45", "CSCom 2 (2019)", "Block 4 B", "Hospital, 120 beds",
        "مستشفى 7", "Больница № 12", "500 m from the river", "24/7", "Phase 2.5", "+1 (555) 0100",
    ],
)  # fmt: skip
def test_words_that_tell_no_place_stay(text: str) -> None:
    assert blotted(text, [HERE]) == text
