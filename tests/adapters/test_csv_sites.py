"""Lists of sites in CSV: nothing that has a name is lost, and what is wrong is told by row."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entente.adapters import csv_sites
from entente.adapters.geojson import UNSTATED_UNCERTAINTY_M
from entente.joint.protected_sites import Category

HOME = Path(__file__).parents[2]
SAHEL = HOME.parent / "shared" / "data" / "health_facilities_sahel.csv"


def read(tmp_path: Path, text: str) -> csv_sites.SiteList:
    path = tmp_path / "sites.csv"
    path.write_bytes(text.encode("utf-8-sig"))
    return csv_sites.read(path)


def test_the_example_is_read_whole() -> None:
    held = csv_sites.read(HOME / "examples" / "screen" / "sites.csv")

    assert [site.category for site in held.sites] == [
        Category.MEDICAL,
        Category.SCHOOL,
        Category.DISPLACED_PERSONS,
        Category.WATER_AND_POWER,
        Category.WORSHIP,
        Category.MEDICAL,
    ]
    assert [site.name for site in held.sites if site.position is None] == ["Chapel in the side valley"]
    assert held.problems == ()


def test_a_row_with_a_bad_position_stays_unplaced_and_is_told(tmp_path: Path) -> None:
    held = read(
        tmp_path, "Nom;Catégorie;Latitude;Longitude\nCSCom;santé;12,5;-3,25\nÉcole;école;91;8\n;x;1;2\nDepot;?;;\n"
    )

    assert [(site.name, site.position is not None) for site in held.sites] == [
        ("CSCom", True),
        ("École", False),
        ("Depot", False),
    ]
    assert [(problem.row, problem.error.code) for problem in held.problems] == [
        (3, "geo.latitude"),
        (4, "csv.name"),
        (5, "csv.category"),
    ]
    assert str(held.problems[0].error).startswith("sites.csv, row 3, lat: ")


def test_the_precision_of_the_text_widens_the_uncertainty(tmp_path: Path) -> None:
    header, rows = "name,position,uncertainty", ("a,47.45000 8.55000,20", "b,47.5 8.5,20", "c,47.45 8.55,0")
    text = "\n".join((header, *rows, "d,47.45 8.55,0.0004"))

    fine, coarse, zero, next_to_zero = read(tmp_path, text).sites

    assert fine.uncertainty_m == 20.0
    assert 5000 < coarse.uncertainty_m < 10_000
    assert zero.uncertainty_m == next_to_zero.uncertainty_m >= UNSTATED_UNCERTAINTY_M


def test_two_rows_alike_stay_two_sites(tmp_path: Path) -> None:
    held = read(tmp_path, "name,lat,lon\nClinic,12.5,8.5\nClinic,12.5,8.5\n")

    assert len({site.id for site in held.sites}) == 2
    assert [problem.error.code for problem in held.problems] == ["csv.duplicate"]


@given(
    rows=st.lists(st.tuples(st.text(max_size=12), st.text(max_size=12), st.text(max_size=12)), min_size=1, max_size=5)
)
def test_every_row_with_a_name_becomes_a_site(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]]
) -> None:
    def quoted(cell: str) -> str:
        bare = "".join(c for c in cell if c not in "\0\r\n" and not "\ud800" <= c <= "\udfff")
        return '"' + bare.replace('"', '""') + '"'

    path = tmp_path_factory.mktemp("sites") / "sites.csv"
    lines = ["name,lat,lon", *(",".join(quoted(cell) for cell in row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", "utf-8", newline="")

    held = csv_sites.read(path)

    assert len(held.sites) == sum(bool(quoted(name)[1:-1].replace('""', '"').strip()) for name, _, _ in rows)


@pytest.mark.skipif(not SAHEL.exists(), reason="the real list is not here")
def test_the_real_list_keeps_all_9115_facilities_of_which_143_are_unplaced() -> None:
    held = csv_sites.read(SAHEL)

    assert len(held.sites) == 9115
    assert sum(site.position is None for site in held.sites) == 143
    assert {site.category for site in held.sites} == {Category.MEDICAL}
    assert [problem.error.code for problem in held.problems] == ["csv.duplicate"]
