"""Packages as files: what stands on every page and sheet, in every language, and what no reader takes for a formula."""

from __future__ import annotations

import csv
import io
import math
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from string import Formatter

import docx
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.report.packages import agency, document, pages, sites

from entente.geo.position import Position, parse_with_precision
from entente.picture.recipients import Format, Language
from entente.report.package import render
from entente.report.package.document import Document, spelt
from entente.report.package.plain import inert
from entente.report.package.words import WORDS

SENTENCE = "Not listed is not unprotected."
EXERCISE = "EXERCISE EXERCISE EXERCISE"
LANGUAGES = [str(language) for language in Language]


@pytest.fixture(scope="module")
def files() -> dict[str, dict[str, bytes]]:
    """Every format in every language."""
    return {language: render(document(sites(40), agency(language))) for language in LANGUAGES}


def named(found: dict[str, bytes], end: str) -> bytes:
    return next(data for name, data in found.items() if name.endswith(end))


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


# -- on every page -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["form.pdf", "mgrs.pdf", "list.pdf"])
def test_f15_every_page_says_what_it_is_for_and_how_old_it_is(
    files: dict[str, dict[str, bytes]], language: str, kind: str
) -> None:
    """PKG-11, F-15, F-24."""
    told = document(sites(40), agency(language))

    found = pages(named(files[language], kind))

    assert len(found) > 1
    for page in found:
        plain = squeezed(page)
        for wanted in (SENTENCE, told.package.copy, told.short_hash, "221030ZNOV26", "010000ZMAR27", EXERCISE):
            assert squeezed(wanted) in plain, wanted
    if language != "ar":  # Arabic is extracted in the order of its glyphs; it was looked at
        for page in found:
            assert squeezed(told.purpose) in squeezed(page) and squeezed(told.limits) in squeezed(page)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sheet_and_row_says_it_too(files: dict[str, dict[str, bytes]], language: str) -> None:
    """PKG-11."""
    told = document(sites(40), agency(language))
    wanted = [SENTENCE, told.purpose, told.limits, told.period, told.package.copy, told.short_hash, "221030ZNOV26"]

    book = openpyxl.load_workbook(io.BytesIO(named(files[language], ".xlsx")))
    for sheet in book.worksheets:
        top = " ".join(str(row[0].value) for row in sheet.iter_rows(max_row=6))
        assert all(text in top for text in [*wanted, EXERCISE]), sheet.title
        if sheet.title == "MGRS":
            assert sheet.print_title_rows == f"$1:${len(told.foot) + 2}"
            assert bool(sheet.sheet_view.rightToLeft) == (language == "ar")
    for row in csv.DictReader(io.StringIO(named(files[language], ".csv").decode("utf-8-sig"))):
        assert all(text in row["notice"] for text in wanted) and EXERCISE in row["exercise"]
    places = ET.fromstring(named(files[language], ".kml")).iter("{http://www.opengis.net/kml/2.2}Placemark")
    for place in places:
        description = place.findtext("{http://www.opengis.net/kml/2.2}description") or ""
        assert all(text in description for text in wanted)
    mail = named(files[language], ".txt").decode()
    assert all(mail.count(text) >= 2 for text in (SENTENCE, EXERCISE))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_form_to_edit_says_it_in_its_foot_and_reads_as_a_form(
    files: dict[str, dict[str, bytes]], language: str
) -> None:
    """PKG-11: read by python-docx."""
    told = document(sites(40), agency(language))
    form = docx.Document(io.BytesIO(named(files[language], ".docx")))

    foot = " ".join(p.text for p in form.sections[0].footer.paragraphs)
    facts, rows, steps = form.tables

    assert all(text in foot for text in (SENTENCE, told.purpose, told.limits, told.period, told.package.copy))
    assert EXERCISE in form.sections[0].header.paragraphs[0].text
    assert len(rows.rows) == len(told.lines) + 1 and len(steps.rows) == 6
    assert told.package.list_hash in [cell.text for row in facts.rows for cell in row.cells]
    for line, row in zip(told.lines[:10], rows.rows[1:11], strict=True):
        texts = [cell.text for cell in row.cells]
        assert line.name in texts[1] and (line.spelt is None or line.spelt.mgrs in texts[2])


def test_what_is_no_exercise_does_not_say_so() -> None:
    found = render(document(sites(12), agency(), exercise=False))

    assert EXERCISE not in "".join(pages(named(found, "form.pdf")))
    assert "EXERCISE" not in named(found, ".csv").decode() + named(found, ".txt").decode()


def test_every_row_is_in_every_format_and_none_twice(files: dict[str, dict[str, bytes]]) -> None:
    """Nothing is lost on the way to paper: what is unplaced, expired, ended or withdrawn stands there too."""
    told = document(sites(40), agency())
    found = files["en"]
    paper = {kind: squeezed("".join(pages(named(found, kind)))) for kind in ("form.pdf", "list.pdf")}
    for line in told.lines:
        assert paper["form.pdf"].count(squeezed(line.id)) >= 1 and squeezed(line.id) in paper["list.pdf"]
    for line in (line for line in told.lines if line.spelt):
        assert squeezed(line.spelt.mgrs) in squeezed("".join(pages(named(found, "mgrs.pdf"))))
    rows = list(csv.DictReader(io.StringIO(named(found, ".csv").decode("utf-8-sig"))))
    assert [row["id"] for row in rows] == [line.id for line in told.lines]
    sheet = openpyxl.load_workbook(io.BytesIO(named(found, ".xlsx")))["MGRS"]
    ids = [row[-1].value for row in sheet.iter_rows(min_row=len(told.foot) + 3)]
    assert sorted(filter(None, ids)) == sorted(line.id for line in told.lines)
    kml = ET.fromstring(named(found, ".kml"))
    assert len(list(kml.iter("{http://www.opengis.net/kml/2.2}Placemark"))) == len(told.lines)
    assert {line.change.value for line in told.lines} >= {"added", "changed", "ended", "withdrawn"}


def test_the_same_package_has_the_same_bytes_and_any_change_others() -> None:
    """PKG-8."""
    told = document(sites(20), agency())

    one, two = render(told), render(Document(told.package))
    other = render(Document(replace(told.package, number=4)))

    assert one == two
    assert not set(one.values()) & set(other.values())
    assert [*one] == [f"agency-003-{name}" for name in (
        "form.pdf", "form.docx", "mgrs.xlsx", "mgrs.pdf", "sites.csv", "sites.kml", "email.txt", "list.pdf"
    )]  # fmt: skip


def test_a_package_without_news_says_so_on_paper() -> None:
    told = document([], agency(), full=True)

    for name, data in render(told).items():
        if name.endswith((".csv", ".txt")):
            assert "Nothing has changed." in data.decode()
        elif name.endswith(".pdf"):
            assert "Nothing has changed." in pages(data)[0] and SENTENCE in pages(data)[0]


# -- no formula --------------------------------------------------------------------------------------------------------

STARTS = "=+-@\t\r＝＋－＠"


@given(st.text(max_size=40))
def test_no_cell_begins_as_a_formula_wherever_a_spreadsheet_divides_the_line(text: str) -> None:
    """PKG-12: CSV injection, also for readers that divide at semicolons or tabs."""
    cell = inert(text)

    for mark in (",", ";", "\t", "|", "\n", "\r"):
        for piece in cell.split(mark):
            piece = piece.strip(" \x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0\u2028\u2029")
            assert piece[:1] not in "=+-@＝＋－＠" or not piece or re.fullmatch(r"[+-]?\d+(\.\d+)?", text), text
    assert cell.replace("'", "") == text.replace("'", ""), "nothing but a mark is added"


def test_names_that_attack_are_text_in_the_sheets(files: dict[str, dict[str, bytes]]) -> None:
    found = files["en"]
    sheet = openpyxl.load_workbook(io.BytesIO(named(found, ".xlsx")))["MGRS"]
    for row in sheet.iter_rows(min_row=6):
        for cell in row:
            assert cell.data_type != "f" and cell.hyperlink is None
            if isinstance(cell.value, str) and cell.value[0] in STARTS:
                assert cell.quotePrefix
    for row in csv.reader(io.StringIO(named(found, ".csv").decode("utf-8-sig"))):
        assert all(cell[:1] not in STARTS or re.fullmatch(r"-?\d+\.\d+", cell) for cell in row if cell)
    kml = named(found, ".kml").decode()
    assert "<b>" not in kml and "&lt;b&gt;" in kml


# -- positions ---------------------------------------------------------------------------------------------------------


def _metres(a: Position, b: Position) -> float:
    """The haversine on a sphere a little larger than the earth: an upper bound."""
    lat1, lat2, lon = math.radians(a.lat), math.radians(b.lat), math.radians(b.lon - a.lon)
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin(lon / 2) ** 2
    return 2 * 6_400_000 * math.asin(math.sqrt(half))


@given(
    st.floats(-79, 83), st.floats(-179.9, 179.9), st.floats(12, 100_000), st.sampled_from([2, 3, 4, 5, 6, 7])
)  # fmt: skip
def test_f04_whichever_spelling_is_read_the_true_place_is_inside(
    lat: float, lon: float, uncertainty: float, digits: int
) -> None:
    """F-04: what cutting digits costs is added; the oracle is the reader of positions."""
    at = Position(lat=round(lat, digits), lon=round(lon, digits))

    told = spelt(at, uncertainty)

    for text in (told.decimal, told.dms, told.mgrs):
        read, half = parse_with_precision(text)
        # An MGRS square may be read as its corner, which lies as far from its middle as `half` says.
        apart = _metres(at, read) + (half if text == told.mgrs else 0.0)
        assert uncertainty + apart <= told.uncertainty_m * 1.004 + 0.5, text
    assert told.uncertainty_m <= uncertainty * 1.06 + 4, "and not much more"


def test_positions_run_from_the_left_in_a_form_that_runs_from_the_right(files: dict[str, dict[str, bytes]]) -> None:
    """R-25: a grid reference in an Arabic form reads as it does in an English one."""
    form = docx.Document(io.BytesIO(named(files["ar"], ".docx")))

    for row in form.tables[1].rows[1:]:
        for paragraph in row.cells[2].paragraphs:
            assert paragraph._p.find(".//{*}bidi") is None, paragraph.text
    for page in pages(named(files["ar"], "mgrs.pdf")):
        for reference in re.findall(r"30Q [A-Z]{2}.{0,12}", page):
            assert re.match(r"30Q [A-Z]{2} \d{4} \d{4}", reference)
    told = document(sites(40), agency("ar"))
    whole = "\n".join(pages(named(files["ar"], "form.pdf")))
    assert all(line.spelt.decimal in whole and line.spelt.dms in whole for line in told.lines if line.spelt)


def test_arabic_letters_are_joined_and_stand_in_order(files: dict[str, dict[str, bytes]]) -> None:
    """The glyphs of a word are shaped: joined forms are drawn, from the right to the left."""
    from entente.report.package.paper import Paper, Words

    paper = Paper(document([], agency("ar"), full=True), "x")
    joined = paper.measure("مدرسة", Words(text="", size=10))
    apart = sum(paper.measure(letter, Words(text="", size=10)) for letter in "مدرسة")

    paper.close()
    assert joined < apart * 0.95, "letters that join are narrower than letters by themselves"
    assert "مدرسة" in "".join(pages(named(files["ar"], "form.pdf"))), "and are found again as the word that they are"


def test_a_letter_that_the_font_lacks_is_a_box_and_not_nothing() -> None:
    from entente.joint.protected_sites import Category, Site

    site = Site(id="x", name="診療所 3", category=Category.MEDICAL, position=None, uncertainty_m=100.0)

    found = render(document([site], agency(), full=True))

    assert "□□□ 3" in pages(named(found, "form.pdf"))[0]
    assert "診療所 3" in named(found, ".csv").decode() and "診療所 3" in named(found, ".kml").decode()


# -- words -------------------------------------------------------------------------------------------------------------


def test_every_language_has_every_word_with_the_same_blanks() -> None:
    """R-25."""
    english = WORDS[Language.ENGLISH]
    for language, words in WORDS.items():
        assert words.keys() == english.keys()
        for key, text in words.items():
            assert bool(text) == (key != "listed"), (language, key)
            blanks = [field for _, field, _, _ in Formatter().parse(text) if field is not None]
            assert blanks == [f for _, f, _, _ in Formatter().parse(english[key]) if f is not None], (language, key)


def test_every_word_of_the_closed_lists_is_in_the_catalogue() -> None:
    from entente.joint.ladder import Rung
    from entente.joint.protected_sites import Category, DayMark, InfraredMark, Method
    from entente.joint.releases import Limit, Purpose
    from entente.picture.packages import Change

    kinds = (Rung, Category, Limit, Purpose, Change, Method, DayMark, InfraredMark)
    words = {word.value for kind in kinds for word in kind} - {"none"}

    assert words <= WORDS[Language.ENGLISH].keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_f21_no_word_of_permission_stands_in_a_package(files: dict[str, dict[str, bytes]], language: str) -> None:
    """F-21, R-38: it asks for nothing, and an acknowledgement allows nothing."""
    told = " ".join(WORDS[Language(language)].values()).lower()

    banned = {"en": ("approv", "cleared", "target", "authori"), "fr": ("approuv", "cible"), "ru": ("одобр", "санкц"),
              "ar": ("هدف", "مصادقة")}  # fmt: skip
    assert not any(word in told for word in banned[language])
    assert WORDS[Language(language)]["not_request"] in named(files[language], ".txt").decode()


# -- other programs ----------------------------------------------------------------------------------------------------


@pytest.mark.campaign
@pytest.mark.parametrize("language", LANGUAGES)
def test_libreoffice_opens_form_and_sheet(tmp_path: Path, language: str) -> None:
    """Where LibreOffice is installed: it converts both, and the pages hold every row."""
    if shutil.which("soffice") is None:
        pytest.skip("LibreOffice is not installed here")
    told = document(sites(40), agency(language, formats=(Format.DOCX, Format.XLSX)))
    for name, data in render(told).items():
        (tmp_path / name).write_bytes(data)
        line = ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "pdf"]
        subprocess.run([*line, "--outdir", str(tmp_path), str(tmp_path / name)], check=True, capture_output=True)
        found = pages((tmp_path / name).with_suffix(".pdf").read_bytes())
        assert all(squeezed(SENTENCE) in squeezed(page) for page in found)
        assert all(squeezed(line.spelt.mgrs) in squeezed("".join(found)) for line in told.lines if line.spelt)


@settings(max_examples=6, deadline=None)
@given(st.text(st.characters(codec="utf-8", categories=("L", "M", "N", "P", "S", "Z")), min_size=1, max_size=60))
def test_any_name_can_be_put_on_paper(name: str) -> None:
    """Whatever letters a list holds: no format fails, and readers open it."""
    from entente.joint.protected_sites import Category, Site

    site = Site(id="x", name=name, category=Category.MEDICAL, position=Position(lat=1, lon=1), uncertainty_m=1.0)
    for language in ("en", "ar"):
        found = render(document([site], agency(language), full=True))
        docx.Document(io.BytesIO(named(found, ".docx")))
        openpyxl.load_workbook(io.BytesIO(named(found, ".xlsx")))
        ET.fromstring(named(found, ".kml"))
        assert pages(named(found, "form.pdf"))
