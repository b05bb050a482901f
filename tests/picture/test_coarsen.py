"""Copies of sites: the true place stays inside, copies differ, and nothing precise goes along."""

import math
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from entente.errors import Refused
from entente.geo.position import Position
from entente.geo.volume import Polygon
from entente.joint.protected_sites import Category, DayMark, Function, Grade, Method, Reliability, Site
from entente.joint.spelling import site_from_plain, site_to_plain
from entente.picture.blotting import blotted
from entente.picture.coarsen import KEPT, coarsen, copy_id, copy_number, steadied

SECRET = b"0123456789abcdef"
PLACES = st.builds(Position, lat=st.floats(-89, 89), lon=st.floats(-180, 180))


def site(position: Position | None, uncertainty_m: float = 100.0) -> Site:
    return Site(
        id="c-3",
        name="Clinic 3",
        category=Category.MEDICAL,
        position=position,
        uncertainty_m=uncertainty_m,
        position_source="surveyed at 31.951569, 35.923963",
        note="gate at 31.951569, 35.923963",
    )


def metres(a: Position, b: Position) -> float:
    """An upper bound that shares no code: the haversine on a sphere a little larger than the earth."""
    lat1, lat2, lon = math.radians(a.lat), math.radians(b.lat), math.radians(b.lon - a.lon)
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin(lon / 2) ** 2
    return 2 * 6_400_000 * math.asin(math.sqrt(half))


@given(PLACES, st.floats(10, 100_000), st.floats(1, 5000), st.sampled_from(["north", "south", "coordinator"]))
def test_the_true_place_is_always_inside_the_copys_uncertainty(
    place: Position, precision: float, uncertainty: float, recipient: str
) -> None:
    copy = coarsen(site(place, uncertainty), precision_m=precision, recipient=recipient, secret=SECRET)

    assert copy.position is not None
    assert metres(place, copy.position) + uncertainty <= copy.uncertainty_m * 1.004
    assert copy.uncertainty_m > uncertainty


@given(PLACES)
def test_every_corner_of_a_footprint_is_inside_and_the_footprint_does_not_go_along(place: Position) -> None:
    assume(abs(place.lat) < 80 and abs(place.lon) < 179)
    corners = [(0.0, 0.0), (0.01, 0.001), (0.012, 0.02), (-0.004, 0.01)]
    ring = tuple(Position(lat=place.lat + a, lon=place.lon + b) for a, b in corners)
    compound = replace(site(place), footprint=Polygon(ring=ring))

    copy = coarsen(compound, precision_m=500, recipient="south", secret=SECRET)

    assert copy.footprint is None and copy.position is not None
    assert all(metres(copy.position, corner) <= copy.uncertainty_m * 1.004 for corner in ring)


@given(st.lists(PLACES, min_size=4, max_size=8))
def test_recipients_copies_differ_and_the_same_recipients_copy_is_always_the_same(places: list[Position]) -> None:
    def copies(recipient: str, secret: bytes, confirmed: datetime | None = None) -> list[Position | None]:
        sites = [replace(site(place), confirmed_at=confirmed) for place in places]
        return [coarsen(s, precision_m=1000, recipient=recipient, secret=secret).position for s in sites]

    south = copies("south", SECRET)

    assert copies("north", SECRET) != south
    assert copies("south", bytes(16)) != south
    assert copies("south", SECRET, datetime(2026, 12, 1, tzinfo=UTC)) == south


@given(PLACES, st.sampled_from([(100.0, 5), (1000.0, 4), (10000.0, 3)]))
def test_no_digit_finer_than_the_precision_deserves_survives(place: Position, fitting: tuple[float, int]) -> None:
    precision, digits = fitting
    spelt = f"{place.lat:.6f}, {place.lon:.6f}"
    told = replace(site(place), note=spelt, name=f"Clinic at {spelt}", district=spelt, id=f"at {spelt}")

    copy = coarsen(told, precision_m=precision, recipient="south", secret=SECRET, keep=["note"])

    words = " ".join([copy.id, copy.name, copy.note, copy.district, copy.position_source])
    assert not re.search(r"\d\.\d{3}", words)
    assert copy.position is not None
    assert copy.position.lat == round(copy.position.lat, digits)
    assert site_from_plain(site_to_plain(copy), "site") == copy


def test_what_came_later_betrays_no_place_either() -> None:
    """SITE-7: each text holds the coordinate, and no copy does, whatever of it is kept."""
    spelt = "31.951569, 35.923963"
    built = Function(since=datetime(2024, 3, 1, tzinfo=UTC), category=Category.SCHOOL, words=f"built at {spelt}")
    told = replace(
        site(Position(lat=31.951569, lon=35.923963)), consent=f"letter on {spelt}", region=f"North {spelt}",
        settlement=f"Old Town {spelt}", pcode=spelt, verifier=spelt, confirmed_by=spelt, source_grade=spelt,
        method=Method.SITE_VISIT, grade=Grade(reliability=Reliability.B, credibility=2),
        day_marks=frozenset({DayMark.FLAG}), history=(built,),
    )  # fmt: skip

    bare, kept = (
        coarsen(told, precision_m=1000, recipient="south", secret=SECRET, keep=keep) for keep in ((), sorted(KEPT))
    )

    for copy in (bare, kept):
        assert not re.search(r"31\.?9515|35\.?9239", str(site_to_plain(replace(copy, position=None))))
        assert copy.grade == told.grade and copy.method == told.method and copy.day_marks == told.day_marks
    assert (bare.settlement, bare.pcode, bare.verifier, bare.confirmed_by, bare.history) == ("", "", "", "", ())
    assert kept.settlement == "Old Town […], […]" and [was.category for was in kept.history] == [Category.SCHOOL]
    assert kept.history[0].words == "" and bare.consent == "letter on […], […]"


def test_an_id_that_was_derived_from_the_position_is_derived_anew() -> None:
    derived = replace(site(Position(lat=31.95, lon=35.92)), id="site/0123456789ab")

    copies = [coarsen(derived, precision_m=1000, recipient=who, secret=SECRET) for who in ("north", "south")]

    assert copies[0].id == copies[1].id != derived.id


def test_what_is_unplaced_stays_on_the_list_unplaced() -> None:
    copy = coarsen(site(None), precision_m=1000, recipient="south", secret=SECRET)

    assert copy.position is None and copy.uncertainty_m == 1000


def test_each_copy_carries_its_number_and_drops_its_texts_unless_told() -> None:
    true = site(Position(lat=31.95, lon=35.92))

    plain = coarsen(true, precision_m=1000, recipient="south", secret=SECRET)
    kept = coarsen(true, precision_m=1000, recipient="south", secret=SECRET, keep=["note", "position_source"])

    assert plain.note == f"Copy {copy_number('south', SECRET)}." and plain.position_source == ""
    assert kept.note.endswith("gate at […], […]") and kept.position_source == "surveyed at […], […]"


@pytest.mark.parametrize("text", ["31.951569", "31°57'05\"N", "36R XA 12345 67890", "315705N 0355526E", "35,923963"])
def test_coordinates_in_any_common_spelling_are_blotted_out(text: str) -> None:
    assert blotted(f"gate {text} end") == "gate […] end"


@pytest.mark.parametrize(
    ("precision", "secret", "keep", "code"),
    [
        (0.0, SECRET, (), "coarsen.precision"),
        (9.0, SECRET, (), "coarsen.precision"),
        (float("nan"), SECRET, (), "coarsen.precision"),
        (1e6, SECRET, (), "coarsen.precision"),
        (500.0, b"short", (), "coarsen.secret"),
        (500.0, SECRET, ("name",), "coarsen.keep"),
    ],
)
def test_a_copy_without_doubt_or_secret_is_refused(
    precision: float, secret: bytes, keep: tuple[str, ...], code: str
) -> None:
    with pytest.raises(Refused) as refusal:
        coarsen(site(Position(lat=1, lon=1)), precision_m=precision, recipient="south", secret=secret, keep=keep)
    assert refusal.value.code == code


def test_two_precisions_of_one_recipient_do_not_give_the_place_away() -> None:
    """Asked for more precision, a recipient gets it; the two copies together tell little more than the finer one.

    Drawn alike, they would lie on one line through the place, at distances in the ratio of their precisions.
    """
    near = []
    for number in range(200):
        true = replace(site(Position(lat=31.95, lon=35.92)), id=f"c-{number}")
        one, two = (coarsen(true, precision_m=p, recipient="south", secret=SECRET).position for p in (1000.0, 500.0))
        assert one is not None and two is not None
        guess = Position(lat=2 * two.lat - one.lat, lon=2 * two.lon - one.lon)
        near.append(metres(guess, Position(lat=31.95, lon=35.92)) < 50)

    assert sum(near) < 5


def test_small_corrections_do_not_move_a_copy_that_still_covers_the_place() -> None:
    """So that fifty resurveys of a clinic cannot be averaged to where it stands."""
    place = Position(lat=31.95, lon=35.92)
    held = coarsen(site(place), precision_m=1000, recipient="south", secret=SECRET)
    seen, fresh = set(), set()
    for number in range(50):
        surveyed = site(Position(lat=31.95 + number * 1e-6, lon=35.92))
        copy = coarsen(surveyed, precision_m=1000, recipient="south", secret=SECRET)
        steady = steadied(copy, held, surveyed)
        fresh.add(copy.position)
        seen.add((steady.position, steady.uncertainty_m))

    assert len(fresh) > 40, "drawn anew, each would tell a little"
    assert seen == {(held.position, held.uncertainty_m)}


@given(PLACES, st.floats(-0.02, 0.02), st.floats(1, 3000))
def test_a_copy_that_stays_covers_the_place_as_it_is_now(place: Position, moved: float, uncertainty: float) -> None:
    assume(abs(place.lat) < 80)
    held = coarsen(site(place), precision_m=1000, recipient="south", secret=SECRET)
    true = site(Position(lat=place.lat + moved, lon=place.lon), uncertainty)

    copy = steadied(coarsen(true, precision_m=1000, recipient="south", secret=SECRET), held, true)

    assert copy.position is not None and true.position is not None
    # The sphere of the oracle is larger than the earth, by a hundredth where that curves most.
    assert metres(true.position, copy.position) / 1.0105 + uncertainty <= copy.uncertainty_m


@given(PLACES, PLACES, st.from_regex(r"[A-Za-z0-9_.-]{1,12}", fullmatch=True))
def test_a_place_that_is_corrected_keeps_its_copys_id_and_an_id_that_is_kept_tells_no_place(
    before: Position, after: Position, name: str
) -> None:
    kept = copy_id(replace(site(before), id=name), SECRET)

    assert copy_id(replace(site(after), id=name), SECRET) == kept
    assert kept.startswith("site/") or blotted(kept, [before, after]) == kept
