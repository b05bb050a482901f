"""Lists as files: the same places come out of every format, encoding and delimiter; bad ones get one clear answer."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entente.adapters import delimited, kml, lists, sheets, xlsx, zipped
from entente.adapters.lists import Listing
from entente.errors import EntenteError, Malformed, Refused
from entente.geo.position import Position
from entente.places.flags import FlagCode

ROWS = [
    ["Name", "Type", "Latitude", "Longitude", "District"],
    ["Clinic 3", "clinic", "12.5938", "-3.8343", "North"],
    ["School 12", "school", "12.6", "", "North"],
    ["Camp East", "camp", "", "", "South"],
]
RUSSIAN = "Название;Тип;Широта;Долгота;Район\nБольница имени Петрова;больница;48,5938;37,8343;Северный\n"
ARABIC = "الاسم;النوع;خط العرض;خط الطول;المديرية\nمستشفى الأمل;مستشفى;15.5938;44.2343;صنعاء\n"
FRENCH = "Nom;Catégorie;Latitude;Longitude;Département\nHôpital de l’Espérance;santé;12,5938;-3,8343;Kénédougou\n"


def written(folder: Path, name: str, data: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode("utf-8"))
    return path


def table(mark: str = ",", rows: list[list[str]] = ROWS) -> str:
    return "".join(mark.join(row) + "\r\n" for row in rows)


def workbook(folder: Path, rows: list[list[Any]], name: str = "list.xlsx", **others: list[list[Any]]) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Sites"
    for row in rows:
        sheet.append(row)
    for title, more in others.items():
        second = book.create_sheet(title)
        for row in more:
            second.append(row)
    book.save(folder / name)
    return folder / name


def repacked(path: Path, change: Callable[[str, bytes], bytes], **added: bytes) -> Path:
    """Write an archive again with its members changed, and others added."""
    out = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
        for name, data in added.items():
            new.writestr(name.replace("__", "/"), data)
    path.write_bytes(out.getvalue())
    return path


def placed(found: Listing) -> list[tuple[str, Position | None]]:
    return [(row.site.name, row.site.position) for row in found.rows]


EXPECTED = [("Clinic 3", Position(lat=12.5938, lon=-3.8343)), ("School 12", None), ("Camp East", None)]

# -- the same from all -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, mark: str) -> None:
    assert placed(lists.read(written(tmp_path, "list.csv", table(mark)))) == EXPECTED


def test_a_comma_in_quotes_divides_nothing(tmp_path: Path) -> None:
    found = lists.read(written(tmp_path, "list.csv", 'Name;Lat;Long\n"Clinic; old, and ""new""\nwing";12,5;3,5\n'))

    assert placed(found) == [('Clinic; old, and "new" wing', Position(lat=12.5, lon=3.5))]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [(text, name) for text in (RUSSIAN, ARABIC, FRENCH) for name in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le")]
    + [(RUSSIAN, "cp1251"), (ARABIC, "cp1256"), (FRENCH, "cp1252")],
)
def test_the_encoding_is_found(tmp_path: Path, text: str, encoding: str) -> None:
    found = lists.read(written(tmp_path, "list.csv", text.encode(encoding)))

    [row] = found.rows
    assert row.site.name == text.split("\n")[1].split(";")[0]
    assert row.site.category == "medical" and row.site.position is not None and row.site.district


def test_lines_in_two_encodings_pasted_together_are_both_read(tmp_path: Path) -> None:
    lines = FRENCH.split("\n")[:2] * 2
    data = b"\n".join(
        line.encode(name) for line, name in zip(lines, ["utf-8", "cp1252", "utf-8", "utf-8"], strict=True)
    )
    found = lists.read(written(tmp_path, "list.csv", data))

    names = [row.site.name for row in found.rows]
    assert names[0] == names[-1] == "Hôpital de l’Espérance"
    assert "cp1252" in found.notes[0]


def test_an_encoding_may_be_said(tmp_path: Path) -> None:
    path = written(tmp_path, "list.csv", "Name;Lat;Long\nЛьв;49,8;24,0\n".encode("koi8-u"))

    assert lists.read(path, encoding="koi8-u").rows[0].site.name == "Льв"
    with pytest.raises(Malformed) as error:
        lists.read(path, encoding="klingon")
    assert error.value.code == "file.encoding"


def test_a_workbook_gives_what_a_person_sees_in_it(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["Ministry of Health"], [], ["Nom", "Latitude", "Longitude", "Code", "Expires at"],
        ["Clinic 3", 12.593833000000001, -3.8343, 7.0, datetime(2026, 12, 31)],
        ["École", "12°35'37.68\"N", "3°50'03.48\"W", None, None],
        [None, None, None, None, None],
        ["مركز", "١٢٫٥", "٣٫٥", "X-1", None],
    ]  # fmt: skip
    found = lists.read(workbook(tmp_path, rows))

    assert [(row.number, row.given) for row in found.rows] == [(4, "7"), (5, ""), (7, "X-1")]
    assert found.rows[0].site.position == Position(lat=12.593833, lon=-3.8343)
    assert found.rows[0].site.expires_at == datetime.fromisoformat("2026-12-31T00:00:00+00:00")
    assert found.rows[2].site.position == Position(lat=12.5, lon=3.5)


def test_a_formula_gives_its_last_computed_value_and_says_so(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["Name", "Lat", "Long"], ["A", "=6*2", 3.5], ["B", 13.5, 3.5], ["C", "=1/0", 3.5]])

    def kept(name: str, data: bytes) -> bytes:
        return data.replace(b"<f>6*2</f><v/>", b"<f>6*2</f><v>12</v>").replace(
            b"<f>6*2</f><v></v>", b"<f>6*2</f><v>12</v>"
        )

    found = lists.read(repacked(path, kept))

    a, b, c = found.rows
    assert a.site.position == Position(lat=12.0, lon=3.5) and c.site.position is None
    assert [FlagCode.FORMULA in {flag.code for flag in row.flags} for row in (a, b, c)] == [True, False, True]
    assert any("formulas" in note for note in found.notes)


def test_a_sheet_that_says_it_is_smaller_than_it_is_loses_no_cell(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["Name", "Lat", "Long"], ["A", 12.5, 3.5], ["B", 13.5, 3.5]])

    found = lists.read(repacked(path, lambda _, data: data.replace(b'<dimension ref="A1:C3"', b'<dimension ref="A1"')))

    assert [row.site.position for row in found.rows] == [Position(lat=12.5, lon=3.5), Position(lat=13.5, lon=3.5)]


def test_macros_are_told_and_never_run(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["Name", "Lat", "Long"], ["A", 12.5, 3.5]], "list.xlsm")

    found = lists.read(repacked(path, lambda _, data: data, **{"xl__vbaProject.bin": b"Sub AutoOpen()"}))

    assert len(found.rows) == 1 and any("macros" in note and "nothing of them was run" in note for note in found.notes)


def test_of_several_sheets_one_is_chosen(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["Name"], ["A"]], Second=[["Name"], ["B"], ["C"]])

    with pytest.raises(Refused) as refusal:
        lists.read(path)
    assert refusal.value.code == "xlsx.sheet" and "'Second'" in str(refusal.value)
    assert len(lists.read(path, sheet="Second").rows) == 2


def test_a_map_in_geojson_keeps_the_digits_as_written(tmp_path: Path) -> None:
    text = """{"type": "FeatureCollection", "features": [
      {"type": "Feature", "id": 7, "properties": {"name": "A", "facility_type": "clinic"},
       "geometry": {"type": "Point", "coordinates": [3.50000, 12.50000, 320]}},
      {"type": "Feature", "properties": {"name": "B"}, "geometry": null},
      {"type": "Feature", "properties": {"name": "C"},
       "geometry": {"type": "LineString", "coordinates": [[1, 2], [3, 4]]}}]}"""
    found = lists.read(written(tmp_path, "map.geojson", text))

    assert [(row.given, row.site.name, row.written) for row in found.rows] == [
        ("7", "A", "12.50000, 3.50000"), ("", "B", ""), ("", "C", ""),
    ]  # fmt: skip
    assert found.rows[0].site.uncertainty_m == 1250.0 and "feature 3" in found.notes[0]


KML = """<?xml version="1.0"?>{doctype}<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder>
<Placemark id="k1"><name>Clinic 3</name><ExtendedData><Data name="Type"><value>clinic</value></Data></ExtendedData>
<Point><coordinates>-3.8343,12.5938,0</coordinates></Point></Placemark>
<Placemark><name>Compound {entity}</name><Polygon><outerBoundaryIs><LinearRing><coordinates>
3.5,12.5 3.51,12.5 3.51,12.51 3.5,12.51 3.5,12.5</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>
<Placemark><name>Route</name><LineString><coordinates>3,12 4,13</coordinates></LineString></Placemark>
</Folder></Document></kml>"""


@pytest.mark.parametrize("suffix", ["kml", "kmz"])
def test_a_map_in_kml_is_read_with_its_data_and_outlines(tmp_path: Path, suffix: str) -> None:
    text = KML.format(doctype="", entity="B")
    path = written(tmp_path, f"map.{suffix}", text)
    if suffix == "kmz":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("doc.kml", text)

    a, b, c = lists.read(path).rows

    assert (a.given, a.site.position, a.site.category) == ("k1", Position(lat=12.5938, lon=-3.8343), "medical")
    assert b.site.footprint is not None and len(b.site.footprint.ring) == 4
    assert c.site.position is None


# -- bad input ---------------------------------------------------------------------------------------------------------

LAUGHS = '<!DOCTYPE k [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
FETCH = '<!DOCTYPE k [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("list.csv", "", "file.empty"),
        ("list.csv", "\n\n \n", "file.empty"),
        ("list.csv", b"PK\x03\x04 something", "file.format"),
        ("list.csv", b"Name,Lat\nA\0B,1\n", "file.encoding"),
        ("list.csv", "Name,Lat,Long\n", "file.empty"),
        ("list.csv", "x" * 2_000_000, "csv.syntax"),
        ("list.csv", "Name,Lat\n" + "," * 600 + "\n", "file.cells"),
        ("list.xls", "anything", "file.format"),
        ("list.ods", "anything", "file.format"),
        ("list.doc", "anything", "file.format"),
        ("list.xlsx", xlsx.OLD + b"rest", "xlsx.encrypted"),
        ("list.xlsx", b"no archive at all", "xlsx.syntax"),
        ("list.geojson", "{", "json.syntax"),
        ("list.geojson", '{"type": "Topology"}', "geojson.type"),
        ("list.geojson", "[" * 100_000, "json.syntax"),
        ("map.kml", "<kml>", "kml.syntax"),
        ("map.kml", "<kml></kml>", "kml.empty"),
        ("map.kml", KML.format(doctype=LAUGHS, entity="&b;"), "kml.doctype"),
        ("map.kml", KML.format(doctype=FETCH, entity="&a;"), "kml.doctype"),
        ("map.kml", "<a>" * 100 + "</a>" * 100, "kml.deep"),
        ("map.kmz", b"no archive at all", "kml.syntax"),
    ],
)
def test_what_is_no_list_gets_one_clear_answer(tmp_path: Path, name: str, data: str | bytes, code: str) -> None:
    with pytest.raises(Malformed) as error:
        lists.read(written(tmp_path, name, data))
    assert error.value.code == code and name in str(error.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    for suffix in ("csv", "xlsx", "kml", "kmz", "geojson"):
        with pytest.raises(Malformed) as error:
            lists.read(tmp_path / f"none.{suffix}")
        assert error.value.code == "file.missing"


def test_an_archive_that_unpacks_beyond_measure_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipped, "LARGEST_UNPACKED", 4 * 2**20)
    path = repacked(workbook(tmp_path, ROWS), lambda _, data: data, **{"xl__media__x.bin": bytes(5 * 2**20)})
    assert path.stat().st_size < 64 * 1024

    with pytest.raises(Malformed) as error:
        lists.read(path)
    assert error.value.code == "xlsx.bomb"


CELL = b'<c t="inlineStr"><is><t>%s</t></is></c>'
AMPLIFIED = {
    "one endless text": CELL % (b"A" * (5 * 2**20)),
    "one endless row": b"<c/>" * (2 * 2**20),
    "an endless row that speaks of rows": b"<c><v>row></v></c>" * (2**20 // 2),
}


@pytest.mark.parametrize("named", ["xl/worksheets/sheet1.xml", "xl/worksheets/sheet1.dat"])
@pytest.mark.parametrize("what", AMPLIFIED)
def test_a_small_workbook_that_would_fill_the_memory_is_not_read(tmp_path: Path, what: str, named: str) -> None:
    """It unpacks to little enough, and takes a hundred times that once it is parsed."""
    source = workbook(tmp_path, ROWS)
    path = tmp_path / "amplified.xlsx"
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name).replace(b"sheet1.xml", named.rpartition("/")[2].encode())
            if name == "xl/worksheets/sheet1.xml":
                data = data.replace(b"</sheetData>", b"<row>" + AMPLIFIED[what] + b"</row></sheetData>")
            new.writestr(named if name == "xl/worksheets/sheet1.xml" else name, data)
    assert path.stat().st_size < 128 * 1024

    with pytest.raises(Malformed) as error:
        lists.read(path)

    assert error.value.code == "xlsx.bomb"


MARKED = "<Placemark><name>a</name></Placemark>"
ENDLESS = {
    "places without end": ("MOST_ROWS", 100, MARKED * 101, "file.rows"),
    "fields without end": ("MOST_CELLS", 2, f"<Placemark>{'<Data name=%s><value>1</value></Data>' * 3}</Placemark>"
                           % ('"a"', '"b"', '"c"'), "file.cells"),
    "a text without end": ("LONGEST", 4096, f"<Placemark><name>{'a' * 5000}</name></Placemark>", "kml.bomb"),
    "a map without end": ("LARGEST", 4096, MARKED + " " * 5000, "kml.bomb"),
}  # fmt: skip


@pytest.mark.parametrize("what", ENDLESS)
def test_a_small_archive_with_an_endless_map_is_not_held_until_it_has_been_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """A gigabyte of empty places packs into one megabyte, and each took some hundred bytes until all were counted."""
    limit, most, text, code = ENDLESS[what]
    monkeypatch.setattr(kml, limit, most)  # and not in `sheets`, which counts what was held
    path = tmp_path / "map.kmz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("doc.kml", f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{text}</Document></kml>')

    with pytest.raises(Malformed) as error:
        lists.read(path)
    assert error.value.code == code


def test_features_without_end_are_counted_before_one_is_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_ROWS", 2)
    monkeypatch.setattr(sheets, "Shaped", None)
    path = written(tmp_path, "map.geojson", '{"type":"FeatureCollection","features":[{},{},{}]}')

    with pytest.raises(Malformed) as error:
        lists.read(path)
    assert error.value.code == "file.rows"


def test_a_workbook_with_many_shared_texts_and_long_rows_is_read(tmp_path: Path) -> None:
    long = ["x" * 30_000] * 40
    rows = [*ROWS, *([*map(str, row), *long] for row in ROWS[1:] * 20)]

    assert len(list(lists.read(workbook(tmp_path, rows)).rows)) >= 20


def test_an_archive_that_lies_about_its_sizes_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipped, "LARGEST_UNPACKED", 4 * 2**20)
    path = repacked(workbook(tmp_path, ROWS), lambda _, data: data, **{"xl__media__x.bin": bytes(5 * 2**20)})
    data = path.read_bytes()
    # The size stands in the member's own header and in the directory at the end; both say one byte now.
    lying = data.replace((5 * 2**20).to_bytes(4, "little"), (1).to_bytes(4, "little"))
    assert lying != data
    path.write_bytes(lying)

    with pytest.raises(Malformed) as error:
        lists.read(path)
    assert error.value.code in ("xlsx.bomb", "xlsx.syntax")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_workbook_that_declares_entities_is_not_read(tmp_path: Path, encoding: str) -> None:
    def laughing(name: str, data: bytes) -> bytes:
        if not name.endswith("sheet1.xml"):
            return data
        body = data.decode().split("?>", 1)[-1]
        return f'<?xml version="1.0" encoding="{encoding}"?>{LAUGHS}{body}'.encode(encoding)

    with pytest.raises(Malformed) as error:
        lists.read(repacked(workbook(tmp_path, ROWS), laughing))
    assert error.value.code == "xlsx.doctype"


def test_a_workbook_behind_a_password_says_so(tmp_path: Path) -> None:
    path = workbook(tmp_path, ROWS)
    data = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(mark)
        while at >= 0:
            data[at + offset] |= 1
            at = data.find(mark, at + 4)
    path.write_bytes(bytes(data))

    with pytest.raises(Malformed) as error:
        lists.read(path)
    assert error.value.code == "xlsx.encrypted"


def test_more_rows_than_any_list_has_are_refused_before_one_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("Name,Lat,Long\n")
        file.writelines(f"A{at},1,2\n" for at in range(sheets.MOST_ROWS + 1))

    with pytest.raises(Malformed) as error:
        lists.read(path)
    assert error.value.code == "file.rows" and "Nothing of it was taken" in str(error.value)


@pytest.mark.campaign
def test_a_million_rows_get_their_answer_in_bounded_memory(tmp_path: Path) -> None:
    import tracemalloc

    path = tmp_path / "list.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("Name,Lat,Long,Notes\n")
        file.writelines(f"Place {at},{10 + at / 1e6:.6f},{at / 1e6:.6f},{'x' * 60}\n" for at in range(1_000_000))

    tracemalloc.start()
    with pytest.raises(Malformed) as error:
        lists.read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert error.value.code == "file.rows" and peak < 64 * 2**20


DAMAGE = st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 3), st.binary(max_size=3)), min_size=1, max_size=6)
"""Where in ten-thousandths of a file, how many bytes go, and what comes in their place."""


@given(data=st.data(), suffix=st.sampled_from(["csv", "xlsx", "xlsm", "kml", "kmz", "geojson"]))
def test_a_damaged_list_is_read_or_refused_and_never_breaks_the_program(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, suffix: str
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    whole = {
        "csv": lambda: table(";").encode(),
        "geojson": lambda: (
            b'{"type":"Feature","properties":{"name":"A"},"geometry":{"type":"Point","coordinates":[3.5,12.5]}}'
        ),
        "kml": lambda: KML.format(doctype="", entity="").encode(),
        "kmz": lambda: workbook(folder, ROWS).read_bytes(),
    }.get(suffix, lambda: workbook(folder, ROWS).read_bytes())()
    damaged = bytearray(whole)
    for share, cut, put in data.draw(DAMAGE):
        at = share * len(damaged) // 10_000
        damaged[at : at + cut] = put
    try:
        lists.read(written(folder, f"damaged.{suffix}", bytes(damaged)))
    except EntenteError as error:
        assert error.code and error.sentence


def test_guesses_are_right_for_long_runs_of_each_language() -> None:
    words = {
        "cp1251": "Центральная районная больница СЕВЕРНЫЙ посёлок",
        "cp1256": "المستشفى العام في المدينة القديمة",
        "cp1252": "Hôpital général de l'Île aux Évêques – dépôt",
    }
    assert {name: delimited.guessed([text.encode(name)]) for name, text in words.items()} == {
        name: name for name in words
    }
