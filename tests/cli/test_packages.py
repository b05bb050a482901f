"""Packages by the command line: a spreadsheet to recipients with and without a node, and nothing precise on the way."""

from __future__ import annotations

import re
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from tests.cli.desks import SITES, Desks
from tests.report.packages import everything

from entente.geo.position import Position, show

ADD = "recipient add agency --format csv --format pdf --precision 1000 --yes"
MAKE = "package make sites.csv --list valley --to agency --out packages --yes"
ALL = " ".join(f"--format {one}" for one in ("pdf", "docx", "xlsx", "mgrs", "csv", "kml", "email", "list"))


@pytest.fixture
def desk(valley: Desks) -> Desks:
    """North has a spreadsheet and one recipient without a node."""
    valley.write("sites.csv", SITES)
    valley.do(ADD, "north")
    return valley


def files(desks: Desks, folder: str = "packages") -> dict[str, bytes]:
    root = desks.folder / folder
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def test_the_preview_shows_what_the_package_then_holds(desk: Desks) -> None:
    """Nothing else goes than what was seen before: the same rows, the same hash."""
    [seen] = desk.do("package preview sites.csv --list valley --to agency --json", "north").json
    assert not (desk.folder / "packages").exists() and desk.do("package list --json", "north").json == []

    desk.do(MAKE, "north")

    made = files(desk)["agency-001/agency-001-sites.csv"].decode()
    for row in seen["rows"]:
        spelt = [] if "no place" in row["position"] else row["position"].split("\n")
        assert row["id"] in made and all(part in made for line in spelt[:1] for part in line.split())
        assert all(reference in made for reference in spelt[1:])
    assert [row["name"] for row in seen["rows"]] == ["Camp East", "Clinic 3", "School 12"]


def test_recipients_with_a_node_stand_beside_those_without(desk: Desks) -> None:
    """And the preview shows the very copies that `site add` then releases."""
    out = desk.do("package preview sites.csv --list valley --to agency --to south", "north").out
    _, seen = desk.do("package preview sites.csv --list valley --to agency --to south --json", "north").json
    assert "its node: entente site add" in out and "Not listed is not unprotected." in out

    desk.do("site add sites.csv --list valley --to south --yes", "north")
    desk.settle()
    desk.do("site open valley-south --yes", "south")

    held = desk.do("site show valley-south --json", "south").json["sites"]
    places = {s["id"]: s["position"] and (s["position"]["lat_e7"] / 1e7, s["position"]["lon_e7"] / 1e7) for s in held}
    for row in seen["rows"]:
        lat_lon = places[row["id"]]
        assert row["position"].startswith(f"{lat_lon[0]:.6f}, {lat_lon[1]:.6f}" if lat_lon else "place known")


def test_a_package_is_written_after_it_was_signed_and_noted(desk: Desks) -> None:
    """PKG-7."""
    said = desk.run(MAKE.replace(" --yes", ""), "north")
    assert "[cli.unconfirmed]" in said.err and not (desk.folder / "packages").exists()
    assert desk.do("package list --json", "north").json == []
    blocked = desk.folder / "packages"
    blocked.write_text("a file where the folder should be")

    assert desk.run(MAKE, "north").code != 0
    blocked.unlink(missing_ok=True)

    [row] = desk.do("package list --json", "north").json
    desk.do("package show agency 1 --out again", "north")
    again = files(desk, "again")
    assert sorted(again) == ["agency-001-form.pdf", "agency-001-sites.csv", "manifest.json"]
    [noted] = [line for line in desk.do("record journal --json", "north").json if line["what"] == "package"]
    for name, data in again.items():
        assert name == "manifest.json" or sha256(data).hexdigest() in noted["facts"]["manifest"]
    assert row["files"] == ["agency-001-form.pdf", "agency-001-sites.csv"]


def test_the_own_record_verifies_with_packages_in_it(desk: Desks) -> None:
    """PKG-7: tamper-evident like everything else that is kept."""
    desk.do(MAKE, "north")
    desk.do("package acknowledge agency 1 --rung opened --source telephone", "north")

    assert "sound" in desk.do("record verify", "north").out
    journal = [line["what"] for line in desk.do("record journal --json", "north").json]
    assert [what for what in journal if "package" in what or "recipient" in what] == [
        "recipient", "package", "package_acknowledged"
    ]  # fmt: skip


def test_f26_nothing_new_makes_no_package_and_a_whole_list_is_made_on_demand(desk: Desks) -> None:
    """F-26."""
    desk.do(MAKE, "north")

    assert "holds all of this already" in desk.do(MAKE, "north").out
    desk.write("sites.csv", SITES.replace("School 12", "School twelve"))
    assert "changes since package 1: 1 changed" in desk.do(MAKE, "north").out
    desk.do(f"{MAKE} --full", "north")
    told = [row["told"] for row in desk.do("package list --json", "north").json]
    assert told == [{"listed": 3}, {"changed": 1}, {"listed": 3}]


def test_a_folder_that_holds_something_is_not_written_into(desk: Desks) -> None:
    (desk.folder / "packages" / "agency-001").mkdir(parents=True)
    (desk.folder / "packages" / "agency-001" / "theirs.txt").write_text("x")

    assert "[file.exists]" in desk.run(MAKE, "north").err
    assert desk.do("package list --json", "north").json == []


def test_packages_come_from_the_register_as_well(desk: Desks) -> None:
    desk.do("place import sites.csv --list health --source GPS", "north")
    desk.do("place accept --list health --yes", "north")

    desk.do("package make --to agency --out packages --yes", "north")
    desk.do("place end school-12 --yes", "north")
    said = desk.do("package make --list health --to agency --out packages --yes", "north").out

    assert "changes since package 1: 1 ended" in said
    assert "[package.sites]" in desk.run("package make --list none --to agency --yes", "north").err


def test_an_acknowledgement_shows_in_the_register_until_a_newer_package_goes_out(desk: Desks) -> None:
    """F-12, F-19."""
    desk.do(MAKE, "north")
    desk.do("package acknowledge agency 1 --rung relayed --unit '2 Wing' --source 'letter 7' --as duty", "north")
    [row] = desk.do("package list --json", "north").json
    assert row["rung"] == "relayed"
    heard = desk.do("recipient show agency --json", "north").json["heard"]
    assert [(h["source"], h["unit"], h["entered_by"]) for h in heard] == [("letter 7", "2 Wing", "north/duty")]

    desk.do(f"{MAKE} --full", "north")

    assert [row["rung"] for row in desk.do("package list --json", "north").json] == ["", ""]
    assert "superseded" in desk.do("package list", "north").out


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("recipient add two --format csv --precision 500 --category target --yes", "cli.word"),
        ("recipient add two --format exe --precision 500 --yes", "cli.word"),
        ("recipient add two --format csv --precision 500 --purpose planning --yes", "cli.word"),
        ("recipient add two --format csv --precision 1 --yes", "coarsen.precision"),
        ("recipient add two --format csv --yes", "recipient.missing"),
        ("recipient add agency --format csv --precision 500 --yes", "recipient.exists"),
        ("recipient add south --format csv --precision 500 --yes", "recipient.party"),
        ("recipient change nobody --precision 500 --yes", "recipient.unknown"),
        ("package make sites.csv --list valley --to nobody --yes", "recipient.unknown"),
        ("package make sites.csv --list valley --yes", "package.recipients"),
        ("package make sites.csv --to agency --yes", "package.sites"),
        ("package show agency 1", "package.unknown"),
        ("package acknowledge agency 1 --rung approved --source x", "cli.word"),
    ],
)
def test_what_no_rule_allows_is_refused_and_nothing_is_noted(desk: Desks, line: str, code: str) -> None:
    """Abuse: a category outside of the closed list, more precision than there is, a purpose of one's own."""
    before = len(desk.do("record journal --json", "north").json)

    assert f"[{code}]" in desk.run(line, "north").err
    assert len(desk.do("record journal --json", "north").json) == before


def test_f19_a_convoy_is_amended_on_paper_and_stands_in_the_coverage_as_not_said(desk: Desks) -> None:
    """PKG-13."""
    from tests.cli.convoys import CONVOY, LATER

    make = "package movement convoy.toml --name relief-7 --to agency --out packages --yes"
    desk.write("convoy.toml", CONVOY)
    desk.do(make, "north")
    heard = "package acknowledge agency 1 --movement relief-7 --rung loaded --unit '2 Wing' --source telephone"
    assert "loaded" in desk.do(heard, "north").out

    desk.write("convoy.toml", LATER)
    said = desk.do(make, "north").out

    assert "changed:" in said and "version 2" in said
    [one, two] = desk.do("package list --json", "north").json
    assert (one["newest"], two["rung"], two["item"]) == (False, "", "movement/relief-7")
    shown = desk.do("movement coverage", "north").out
    assert "agency" in shown and "stale, of an older version: loaded" in shown
    assert "[movement.same]" in desk.run(make, "north").err
    for number in (1, 2):
        shown = desk.do(f"package show agency {number} --movement relief-7 --out again-{number}", "north").out
        assert "verified" in shown and ("2 Wing" in shown) == (number == 1)
        made = files(desk, f"packages/agency-relief-7-{number:03d}")
        assert files(desk, f"again-{number}") == made and len(made) == 2


def test_a_desk_alone_without_any_agreement_releases_as_its_roster_says(desks: Desks) -> None:
    """PKG-5: one person with a spreadsheet can begin, with forces that run no node at all."""
    desks.write("sites.csv", SITES)
    desks.do("node init desk --home desk --exercise")
    assert "[cli.speaker]" in desks.run(ADD, "desk").err
    desks.do("staff enrol duty --office protection", "desk")

    desks.do(ADD, "desk")
    desks.do("package make sites.csv --list valley --to agency --yes", "desk")

    assert "verified" in desks.do("package show agency 1", "desk").out
    assert "agency 1" in desks.do("package list", "desk").out
    assert max(map(len, desks.do("record journal", "desk").out.splitlines())) < 200


def test_a_setting_is_taken_back_by_saying_none_or_all(desk: Desks) -> None:
    desk.do(
        "recipient change agency --until 2030-01-01T00:00:00Z --words 'for spring' --category medical --yes", "north"
    )
    desk.do("recipient change agency --until none --words none --category all --limit none --yes", "north")

    [row] = desk.do("recipient list --json", "north").json
    assert (row["until"], row["words"], row["categories"], row["limits"]) == ("", "", [], [])
    assert "nothing was changed" in desk.do("recipient change agency --until none --yes", "north").out


# -- nothing precise ---------------------------------------------------------------------------------------------------

HERE = Position(lat=31.951569, lon=35.923963)


def spellings(place: Position) -> list[str]:
    """The place in every spelling that is finer than the kilometre that was released."""
    found = set()
    for degrees in (place.lat, place.lon):
        for digits in range(3, 8):
            for text in (f"{degrees:.{digits}f}", f"{degrees:.9f}"[: 3 + digits]):
                found |= {text, text.replace(".", ","), text.replace(".", "")} if digits > 3 else {text}
        whole, minutes = int(degrees), degrees % 1 * 60
        seconds = f"{int(minutes % 1 * 60):02d}"
        for gap in ("°{}'{}", " {} {}", "-{}-{}", ":{}:{}", "{}{}"):
            found.add(f"{whole}{gap.format(f'{int(minutes):02d}', seconds)}")
        found |= {f"{whole}°{minutes:.2f}", f"{whole} {minutes:.3f}", f"{whole}{minutes:06.3f}"}
    *_, square, east, north = show(place).mgrs.split()
    for n in (3, 4, 5):
        found |= {f"{square} {east[:n]} {north[:n]}", f"{square}{east[:n]}{north[:n]}"}
    found |= {f"{round(x * 1e7)}" for x in (place.lat, place.lon)} | {
        f"{round(x * 1e5)}" for x in (place.lat, place.lon)
    }
    return sorted(found)


PLANTED = spellings(HERE)


def plant(desks: Desks) -> None:
    """Write a list of one place whose every text spells it in every way, and draw copies as this test is to see them.

    Under a chance secret a copy's own digits would, now and then, be some of the place's.
    """
    told = " / ".join(PLANTED).replace(chr(34), "")
    row = f'c-1,"Clinic {told}",hospital,{HERE.lat},{HERE.lon},"Valley {told}","{told}","{told}"'
    desks.write("sites.csv", f"id,name,category,lat,lon,district,source,note\n{row}\n")
    key = desks.folder / "north" / "keys" / "copies.key"
    key.write_bytes(bytes(31) + b"\x05")
    key.chmod(0o600)


def leaks(name: str, text: str) -> Iterator[tuple[str, str]]:
    for spelt in PLANTED:
        if spelt in text:
            at = text.index(spelt)
            yield name, f"{spelt} in {text[max(0, at - 40) : at + 40]!r}"


def test_f24_no_precise_coordinate_is_in_any_byte_of_a_package(valley: Desks) -> None:
    """PKG-2, F-24: archives unpacked, streams inflated, pages read, properties and manifest looked at."""
    plant(valley)
    keep = " ".join(f"--keep {text}" for text in ("note", "position_source", "settlement", "pcode", "verifier"))
    for language in ("en", "ar"):
        name = f"agency-{language}"
        valley.do(f"recipient add {name} {ALL} --precision 2000 --language {language} {keep} --yes", "north")
        valley.do(f"package make sites.csv --list valley --to {name} --out packages --yes", "north")

    found = [
        leak
        for path, data in files(valley).items()
        for name, text in everything(path, data)
        # The names of hashes, of which one in thousands holds any five digits, tell no place.
        for leak in leaks(name, re.sub(r"[0-9a-f]{64}", "", text))
        if not _by_chance(leak[1], name)
    ]
    assert found == []


def _by_chance(leak: str, name: str) -> bool:
    """Digits without marks turn up in any long row of figures: in a file's bytes those with marks are looked for."""
    spelt = leak.split(" in ")[0]
    return spelt.isdigit() and not name.endswith((".csv", ".kml", ".txt", "as text", "pages", ".xml"))


def test_f24_no_precise_coordinate_is_in_any_byte_of_a_recipients_node(valley: Desks) -> None:
    """R-39: every value of its record, inflated where it is packed, and the bundle that came."""
    plant(valley)
    keep = " ".join(f"--keep {text}" for text in ("note", "position_source", "settlement", "pcode", "verifier"))
    valley.do(f"site add sites.csv --list valley --to south --precision 2000 {keep} --yes", "north")
    valley.settle()
    valley.do("site open valley-south --yes", "south")
    assert "Clinic […]" in valley.do("site show valley-south", "south").out

    texts = [("shown", valley.do("site show valley-south --json", "south").out)]
    texts += [("bundle", (valley.folder / "carried.entente").read_bytes().decode("latin-1"))]
    for value in cells(valley.folder / "south" / "record.sqlite"):
        texts.append(("record", value.decode("utf-8", "replace")))
        with suppress(zlib.error):
            texts.append(("record, inflated", zlib.decompress(value).decode("utf-8", "replace")))
    # And every file of the home as it lies there, the log of the record beside it included.
    home = [path for path in (valley.folder / "south").rglob("*") if path.is_file()]
    assert "record.sqlite" in {path.name for path in home}
    texts += [(path.name, path.read_bytes().decode("latin-1")) for path in home]
    found = [leak for name, text in texts for leak in leaks(name, re.sub(r"[0-9a-f]{32,}", "", text))]
    assert [leak for leak in found if not leak[1].split(" in ")[0].isdigit() or leak[0] == "shown"] == []


def cells(path: Path) -> Iterator[bytes]:
    with closing(sqlite3.connect(path)) as file:
        for (table,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in file.execute(f"SELECT * FROM {table}"):
                yield from (value if isinstance(value, bytes) else str(value).encode() for value in row)


def test_the_search_finds_what_is_planted() -> None:
    """A test that cannot fail is none: the same search, over a package of precise sites."""
    from tests.report.packages import agency, document

    from entente.joint.protected_sites import Category, Site
    from entente.picture.packages import Change, Row
    from entente.report import package
    from entente.report.package.document import Document

    told = document([], agency(), full=True).package
    site = Site(id="x", name=f"at {HERE.lat}", category=Category.MEDICAL, position=HERE, uncertainty_m=1.0)
    row = Row(change=Change.LISTED, list="health", site=site)
    for name, data in package.render(Document(replace(told, rows=(row,)))).items():
        found = {leak[1].split(" in ")[0] for part, text in everything(name, data) for leak in leaks(part, text)}
        assert found & {"31.951569", "31.9515"}, name
