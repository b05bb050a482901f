"""Rows read: whatever language, digits, columns and spellings a list has, each row is a place or told by its number."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.places.ministry import HEAD, codes, listing

from entente.errors import Refused
from entente.geo.position import Position
from entente.joint.protected_sites import Category, DayMark, Method
from entente.places import columns, rows, sources
from entente.places.columns import Header, find_header, mapped
from entente.places.flags import FlagCode
from entente.places.rows import RefusedRow, Row, Stated

LANGUAGES = {
    "English": ["Facility name", "Facility type", "Lat", "Long", "Country", "Admin1", "Admin2", "Remarks"],
    "French": ["Nom du site", "Catégorie", "Latitude", "Longitude", "Pays", "Région", "Département", "Remarques"],
    "Russian": ["Название", "Тип", "Широта", "Долгота", "Страна", "Область", "Район", "Примечание"],
    "Arabic": ["اسم المرفق", "النوع", "خط العرض", "خط الطول", "الدولة", "المحافظة", "المديرية", "ملاحظات"],
}
FIELDS = ["name", "category", "lat", "lon", "country", "region", "district", "note"]


def read(cells: dict[str, str], **stated: str) -> Row:
    """Read one row whose columns are named by their fields."""
    header = Header(lines=1, labels=tuple(cells), columns={name: at for at, name in enumerate(cells)}, by="names")
    found = rows.read(2, tuple(cells.values()), header, Stated(**stated))
    assert isinstance(found, Row)
    return found


# -- columns -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_columns_are_recognised_in_four_languages(language: str) -> None:
    assert columns.recognised(LANGUAGES[language]) == {field: at for at, field in enumerate(FIELDS)}


def test_every_title_in_the_table_is_recognised_as_its_own_field_and_no_other() -> None:
    for field, each in columns.FIELDS.items():
        for name in each.names:
            assert columns.recognised([name]) == {field: 0}, (field, name)


def test_title_rows_above_the_header_are_passed_over() -> None:
    top = [
        ["Ministry of Health", ""],
        ["As of March 2026", ""],
        ["", ""],
        ["Nom", "Latitude", "Longitude"],
        ["A", "1", "2"],
    ]

    assert find_header(top).lines == 4


def test_two_header_rows_are_read_together_and_merged_cells_reach_to_the_right() -> None:
    top = [
        ["Facility", "", "Coordinates", "", "Admin2"],
        ["Name", "Type", "Lat", "Long", ""],
        ["A", "clinic", "12", "3", "D"],
    ]

    header = find_header(top)

    assert header.lines == 2
    assert header.columns == {"name": 0, "category": 1, "lat": 2, "lon": 3, "district": 4}


def test_hxl_tags_name_the_columns_whatever_stands_above_them() -> None:
    top = [["Lieu", "y", "x", "Cercle", "Code"], ["#loc +name", "#geo+lat", "#geo+lon", "#adm2+name+fr", "#adm2+code"]]

    header = find_header(top)

    assert (header.lines, header.by) == (2, "tags")
    assert header.columns == {"name": 0, "lat": 1, "lon": 2, "district": 3, "pcode": 4}


def test_what_is_not_recognised_is_said_by_the_desk_and_remembered_by_the_sheets_shape() -> None:
    top = [["Bezeichnung", "Hochwert", "Rechtswert"], ["A", "47", "8"]]
    with pytest.raises(Refused) as refusal:
        columns.require(find_header(top), "list.csv")
    assert refusal.value.code == "place.columns" and "Hochwert" in str(refusal.value)

    said = {"name": "Bezeichnung", "lat": "B", "lon": "3"}
    header = mapped(find_header(top), said)
    assert header.columns == {"name": 0, "lat": 1, "lon": 2}

    assert find_header(top, {header.shape: said}).columns == header.columns
    assert find_header([["Bezeichnung", "Hoch", "Rechts"]], {header.shape: said}).columns == {}


@pytest.mark.parametrize(
    ("said", "code"), [({"lat": "Nowhere"}, "place.column"), ({"latitude_of_it": "Y"}, "place.field")]
)
def test_a_mapping_that_means_nothing_is_refused(said: dict[str, str], code: str) -> None:
    with pytest.raises(Refused) as refusal:
        mapped(find_header([["Name", "Y", "X"]]), said)
    assert refusal.value.code == code


# -- positions ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lat", "lon"),
    [
        ("12.5938", "-3.8343"),
        ("12,5938", "-3,8343"),
        ("١٢٫٥٩٣٨", "-٣٫٨٣٤٣"),
        ("۱۲٫۵۹۳۸", "-۳٫۸۳۴۳"),
        ("１２．５９３８", "－３．８３４３"),
        ("12.5938 N", "3.8343 W"),
        ("12.5938° nord", "3.8343° ouest"),
        ("N 12.5938", "O 3.8343"),
        ("12,5938 с.ш.", "3,8343 з.д."),
        ("12.5938 شمالا", "3.8343 غربا"),
        ("12°35'37.68\"", "-3°50'03.48\""),
        ("12°35'37.68\"N", "3°50'03.48\"W"),
        ("12 35 37.68", "-3 50 3.48"),
    ],
)
def test_one_place_is_read_from_every_spelling_of_two_columns(lat: str, lon: str) -> None:
    found = read({"name": "A", "lat": lat, "lon": lon}).site.position

    assert found is not None
    assert (found.lat, found.lon) == (pytest.approx(12.5938, abs=1e-6), pytest.approx(-3.8343, abs=1e-6))


@pytest.mark.parametrize(
    "text", ["12.5938, -3.8343", "12,5938; -3,8343", "12°35'37.68\"N 3°50'3.48\"W", "30P VU 09379 92360"]
)
def test_one_place_is_read_from_every_spelling_of_one_column(text: str) -> None:
    found = read({"name": "A", "position": text}).site.position

    assert found is not None
    assert (found.lat, found.lon) == (pytest.approx(12.5938, abs=2e-5), pytest.approx(-3.8343, abs=2e-5))


def test_two_positions_in_one_row_that_disagree_are_told() -> None:
    degrees = {"name": "A", "lat": "12.59380", "lon": "-3.83430"}

    same, other = (read({**degrees, "position": grid}) for grid in ("30P VU 09379 92360", "30P VU 19379 92360"))

    assert FlagCode.TWO_POSITIONS not in codes(same.flags) and FlagCode.TWO_POSITIONS in codes(other.flags)
    assert other.site.position == Position(lat=12.5938, lon=-3.8343)
    assert any("m away" in flag.detail and "10,0" in flag.detail for flag in other.flags)


def test_what_would_steer_a_terminal_is_taken_out() -> None:
    row = read({"name": "Clinic\x1b[2J 3", "lat": "\x1b]0;x\x07", "lon": "3"})

    assert row.site.name == "Clinic⟨U+001B⟩[2J 3" and "\x1b" not in row.written + str(row.flags)
    assert find_header([["Na\x1b[31mme", "Name", "Lat"]]).labels[0] == "Na⟨U+001B⟩[31mme"


def test_a_letter_read_as_a_digit_is_told() -> None:
    row = read({"name": "A", "lat": "12,5О38", "lon": "-3,8З43"})

    assert row.site.position == Position(lat=12.5038, lon=-3.8343)
    assert FlagCode.LETTERS_AS_DIGITS in codes(row.flags)


@pytest.mark.parametrize(
    ("lat", "lon", "flag"),
    [
        ("", "", FlagCode.POSITION_MISSING),
        ("n/a", "n/a", FlagCode.POSITION_MISSING),
        ("near the well", "?", FlagCode.POSITION_UNREADABLE),
        ("1392312", "409400", FlagCode.POSITION_UNREADABLE),
        ("12.5938", "", FlagCode.POSITION_UNREADABLE),
    ],
)
def test_a_row_without_a_position_is_known_and_not_placed(lat: str, lon: str, flag: FlagCode) -> None:
    row = read({"name": "A", "lat": lat, "lon": lon, "district": "D"})

    assert row.site.position is None and row.site.district == "D"
    assert flag in codes(row.flags)


def test_where_a_list_has_one_level_of_districts_what_is_not_placed_shows_there() -> None:
    site = read({"name": "A", "region": "Kayes"}).site

    assert (site.region, site.district) == ("Kayes", "Kayes")


# -- everything else ---------------------------------------------------------------------------------------------------


def test_all_that_a_site_can_say_is_read() -> None:
    row = read(
        {
            "id": "H-1", "pcode": "ML0101", "name": "A", "category": "мечеть", "verifier": "WHO",
            "method": "Site visit", "source_grade": "b2", "confirmed_by": "cluster", "confirmed_at": "01.03.2026",
            "expires_at": "2026-12-31", "consent": "letter 14", "day_marks": "flag; roof marking",
            "infrared_marks": "none", "settlement": "Kora", "note": "gate north",
        }
    )  # fmt: skip
    site = row.site

    assert (row.given, site.pcode, site.category, site.verifier) == ("H-1", "ML0101", Category.WORSHIP, "WHO")
    assert (site.method, str(site.grade), site.confirmed_by) == (Method.SITE_VISIT, "B2", "cluster")
    assert site.confirmed_at is not None and site.confirmed_at.date().isoformat() == "2026-03-01"
    assert site.day_marks == {DayMark.FLAG, DayMark.ROOF_MARKING} and {*site.infrared_marks} == {"none"}
    assert codes(row.flags) == {FlagCode.POSITION_MISSING}


def test_a_word_outside_a_closed_list_is_told_and_left_out() -> None:
    row = read({"name": "A", "method": "hearsay", "day_marks": "flag, lantern", "expires_at": "soon"})

    assert row.site.method is None and row.site.day_marks == {DayMark.FLAG}
    details = " ".join(flag.detail for flag in row.flags if flag.code == FlagCode.VALUE_UNREADABLE)
    assert all(word in details for word in ("hearsay", "lantern", "soon"))


def test_a_line_of_remarks_is_refused_with_its_number_and_a_place_without_a_name_is_kept(tmp_path: Path) -> None:
    found = listing(tmp_path, "Name,Lat,Lon\nA,12.5,3.5\n,13.5,3.5\nTotal,,\nSource: ministry,,\nB,,\n")

    assert [row.site.name for row in found.rows] == ["A", rows.UNNAMED, "B"]
    assert [one.number for one in found.refused] == [4, 5]


@given(
    cells=st.lists(
        st.lists(st.text(max_size=20) | st.floats(-200, 200).map(repr), min_size=11, max_size=11),
        min_size=1,
        max_size=8,
    )
)
def test_every_row_of_a_file_is_a_place_or_refused_with_its_number_whatever_it_says(
    tmp_path_factory: pytest.TempPathFactory, cells: list[list[str]]
) -> None:
    import csv
    import io

    clean = [
        [c.translate({0: None, 10: None, 13: None}).encode("utf-8", "ignore").decode() for c in row] for row in cells
    ]
    out = io.StringIO()
    csv.writer(out).writerows([HEAD.split(","), ["0", "First", *[""] * 9], *clean])

    found = listing(tmp_path_factory.mktemp("rows"), out.getvalue())

    numbers = sorted([row.number for row in found.rows] + [one.number for one in found.refused])
    assert numbers == [2, *(at for at, row in enumerate(clean, 3) if any(cell.strip() for cell in row))]


def test_a_second_header_within_a_list_is_refused_with_its_number_and_is_no_place(tmp_path: Path) -> None:
    """Two lists pasted below one another."""
    text = "Name,Lat,Long,Country\nA,12.51234,-8.1,Mali\n name ,LAT,Long,Country\nB,12.61234,-8.2,Mali\n"

    read = listing(tmp_path, text)

    assert [row.site.name for row in read.rows] == ["A", "B"]
    assert [(one.number, one.why) for one in read.refused] == [(3, "it repeats the header")]


def test_uncertainty_is_the_largest_of_what_is_stated_what_the_source_allows_and_what_digits_leave_open() -> None:
    def of(**cells: str) -> float:
        return read({"name": "A", "lat": "12.59380", "lon": "3.83430", **cells}).site.uncertainty_m

    assert of(position_source="GPS") == sources.SURVEYED_M
    assert of(position_source="Geonames", datum="WGS84") == sources.INDIRECT_M
    assert of(position_source="GPS", uncertainty_m="20") == 20.0
    assert of(position_source="GPS", lat="12.6", lon="3.8") > 7000
    assert of() == sources.UNSTATED_M + sources.DATUM_UNSTATED_M
    assert of(position_source="GPS", datum="Adindan") == sources.SURVEYED_M + sources.DATUM_OTHER_M


@pytest.mark.parametrize("stated", ["0", "0.0", "-5", "exact", "0.0004", "NaN", "1e-9"])
def test_no_list_states_a_zero_uncertainty(stated: str) -> None:
    row = read({"name": "A", "lat": "12.59380", "lon": "3.83430", "position_source": "GPS", "uncertainty_m": stated})

    assert row.site.uncertainty_m == sources.SURVEYED_M
    assert FlagCode.VALUE_UNREADABLE in codes(row.flags)


def test_a_kind_outside_the_closed_list_is_other_civilian_and_told() -> None:
    row = read({"name": "Depot 7", "category": "headquarters"})

    assert row.site.category is Category.OTHER_CIVILIAN and FlagCode.CATEGORY_UNKNOWN in codes(row.flags)


def test_what_the_desk_says_of_a_whole_sheet_counts_where_a_row_is_silent() -> None:
    stated = {"country": "Mali", "position_source": "GPS", "datum": "WGS 84", "category": "school"}
    site = read({"name": "A", "lat": "12.5938", "lon": "3.8343", "country": ""}, **stated).site

    assert (site.country, site.category, site.uncertainty_m) == ("Mali", Category.SCHOOL, sources.SURVEYED_M)
    assert read({"name": "A", "country": "Niger"}, country="Mali").site.country == "Niger"


def test_a_refused_row_says_why() -> None:
    header = Header(lines=1, labels=("name",), columns={"name": 0}, by="names")

    found = rows.read(9, ("",), header, Stated())

    assert found == RefusedRow(number=9, why="it has no name, no id and no position")
