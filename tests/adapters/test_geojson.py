"""GeoJSON: plans, sites and areas, with edges that mean what RFC 7946 says."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
from pyproj import Geod

from entente.adapters import geojson
from entente.errors import Malformed
from entente.geo.volume import Circle, Corridor, Polygon
from entente.joint.areas import AreaClass
from entente.joint.protected_sites import Category, Site

HOME = Path(__file__).parents[2]
EXAMPLES = HOME / "examples" / "screen"


def write(path: Path, *features: dict[str, object]) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    return path


def feature(geometry: object, **properties: object) -> dict[str, object]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def test_the_examples_hold_three_plans_and_two_areas() -> None:
    plans = geojson.read_plans(EXAMPLES / "others.geojson")
    areas = geojson.read_areas(EXAMPLES / "areas.geojson")

    assert [type(plan.volumes[0].shape) for plan in plans] == [Circle, Corridor, Polygon]
    assert [area.area_class for area in areas] == [AreaClass.HUMANITARIAN_CORRIDOR, AreaClass.NO_FLY]
    assert areas[1].exempt == {"south"}
    assert areas[1].band is None


def test_features_of_one_id_are_the_volumes_of_one_plan(tmp_path: Path) -> None:
    point = {"type": "Point", "coordinates": [8, 47]}
    when = {"lower": "GND", "upper": "FL100", "start": "2026-11-22T10:00:00Z", "end": "2026-11-22T11:00:00Z"}
    path = write(
        tmp_path / "f.json",
        feature(point, id="a", title="A", radius_m=500, **when),
        feature(point, id="b", radius_km=1, **when),
        feature(point, id="a", radius_nm=1, **when),
    )

    plans = geojson.read_plans(path)

    assert [(plan.id, plan.title, len(plan.volumes)) for plan in plans] == [("a", "A", 2), ("b", "b", 1)]


def test_a_long_straight_edge_is_followed_within_twenty_metres(tmp_path: Path) -> None:
    # At 70 degrees north the geodesic between these corners lies 90 km from the parallel that GeoJSON means.
    ring = [[0, 70], [20, 70], [20, 71], [0, 71], [0, 70]]
    path = write(
        tmp_path / "f.json", feature({"type": "Polygon", "coordinates": [ring]}, title="A", **{"class": "no_fly"})
    )

    (area,) = geojson.read_areas(path)

    assert isinstance(area.shape, Polygon)
    south = [point for point in area.shape.ring if abs(point.lat - 70) < 1e-9]
    assert len(south) == 101
    wgs84 = Geod(ellps="WGS84")
    for a, b in itertools.pairwise(south):
        lon, lat = wgs84.npts(a.lon, a.lat, b.lon, b.lat, 1)[0]
        assert wgs84.inv(lon, lat, (a.lon + b.lon) / 2, 70)[2] < 20


def test_a_hole_is_read_and_left_out_of_the_polygon(tmp_path: Path) -> None:
    ring = [[8, 47], [8.1, 47], [8.1, 47.1], [8, 47.1], [8, 47]]
    hole = [[8.04, 47.04], [8.04, 47.06], [8.06, 47.06], [8.04, 47.04]]
    path = write(
        tmp_path / "f.json", feature({"type": "Polygon", "coordinates": [ring, hole]}, title="A", **{"class": "no_fly"})
    )

    (area,) = geojson.read_areas(path)

    assert isinstance(area.shape, Polygon)
    assert [(point.lon, point.lat) for point in area.shape.holes[0]] == [(8.04, 47.04), (8.04, 47.06), (8.06, 47.06)]
    assert len(area.shape.ring) == 4


def test_a_site_without_geometry_stays_unplaced_and_a_footprint_counts_besides_its_middle(tmp_path: Path) -> None:
    ring = [[8, 47], [8.01, 47], [8.01, 47.01], [8, 47.01], [8, 47]]
    path = write(
        tmp_path / "f.json",
        feature(None, name="Lost school", category="school", district="North"),
        feature(
            {"type": "Polygon", "coordinates": [ring]}, name="Camp", category="displaced persons", uncertainty_m=50
        ),
    )

    lost, camp = geojson.read_sites(path)

    assert lost.position is None
    assert lost.uncertainty_m == geojson.UNSTATED_UNCERTAINTY_M
    assert (camp.category, camp.uncertainty_m) == (Category.DISPLACED_PERSONS, 50.0)
    assert camp.position is not None
    assert (round(camp.position.lat, 9), round(camp.position.lon, 9)) == (47.005, 8.005)
    assert camp.footprint is not None


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [("grade", "Z9", "field.choice"), ("method", "hearsay", "field.choice"), ("day_marks", ["torch"], "field.choice"),
     ("infrared_marks", ["none", "lit_emblem"], "site.marks")],
)  # fmt: skip
def test_a_site_says_how_it_is_known_and_marked_in_words_of_closed_lists(
    tmp_path: Path, name: str, value: object, code: str
) -> None:
    """SITE-4, SITE-5."""
    told = {
        "name": "Clinic", "grade": "b2", "method": "site visit", "day_marks": ["flag"], "infrared_marks": ["none"],
        "settlement": "Old Town", "pcode": "JO01", "consent": "letter 14", "confirmed_by": "district office",
    }  # fmt: skip

    def read(properties: dict[str, object]) -> Site:
        feature = {"type": "Feature", "properties": properties, "geometry": None}
        (tmp_path / "s.geojson").write_text(json.dumps(feature), encoding="utf-8")
        return geojson.read_sites(tmp_path / "s.geojson")[0]

    site = read(dict(told))
    assert (str(site.grade), str(site.method), site.settlement) == ("B2", "site_visit", "Old Town")
    assert site.day_marks == {"flag"} and site.infrared_marks == {"none"} and site.consent == "letter 14"

    with pytest.raises(Malformed) as caught:
        read(told | {name: value})
    assert caught.value.code == code
