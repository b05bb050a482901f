"""A map of one's own: given by ranges to who is signed in, and looked at before anybody is told that it is there."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.exchange.conftest import Cell
from tests.web import pmtiles
from tests.web.centres import Page, Served, centres

from entente.cli.main import main
from entente.errors import Malformed, Refused
from entente.testing.homes import form
from entente.web import tiles


@pytest.mark.parametrize(("kind", "called"), [(1, "vector"), (2, "picture")])
@pytest.mark.parametrize("packing", [1, 2])
def test_a_file_is_known_for_what_it_holds(tmp_path: Path, kind: int, called: str, packing: int) -> None:
    file = tiles.opened(pmtiles.write(tmp_path / "own.pmtiles", kind, packing=packing))
    assert (file.kind, file.size) == (called, file.path.stat().st_size)


def written(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    return lambda path: (pmtiles.write(path), path.write_bytes(change(path.read_bytes())))[0]  # type: ignore[return-value]


BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "one that is not there": (lambda path: None, "cannot be read: "),
    "a picture of another kind": (lambda path: path.write_bytes(b"SQLite format 3\0" * 20), "is no PMTiles file"),
    "an empty one": (lambda path: path.write_bytes(b""), "is no PMTiles file"),
    "an older version": (written(lambda data: data[:7] + b"\2" + data[8:]), "not PMTiles of version 3"),
    "a header that ends early": (written(lambda data: data[:100]), "not PMTiles of version 3"),
    "one whose copying was cut off": (written(lambda data: data[:-1]), "is cut short"),
    "directories packed by something else": (lambda path: pmtiles.write(path, packing=3), "packed in a way"),
    "a first directory that is damaged": (lambda path: pmtiles.write(path, root=b"\x1f\x8bnot gzip"), "is damaged"),
    "tiles of no known kind": (lambda path: pmtiles.write(path, 9), "neither vector tiles nor pictures"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_wrong_file_is_told_in_one_sentence(tmp_path: Path, case: str) -> None:
    path, (make, says) = tmp_path / "own.pmtiles", BAD[case]
    make(path)
    with pytest.raises(Refused) as error:
        tiles.opened(path)
    assert error.value.code == "centre.map" and says in str(error.value)


def test_a_wrong_file_is_told_before_the_node_starts(
    cell: Cell, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "own.pmtiles"
    path.write_bytes(b"no map")
    home = str(cell["north"].home.path)
    assert main(["node", "serve", "--home", home, "--centre", "8700", "--centre-map", str(path)]) == 3
    assert "is no PMTiles file" in " ".join(capsys.readouterr().err.split())


def test_a_range_is_the_files_own_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tiles.opened(pmtiles.write(tmp_path / "own.pmtiles"))
    whole = file.path.read_bytes()
    assert tiles.stretch(file, "bytes=0-6") == (b"PMTiles", f"bytes 0-6/{len(whole)}")
    assert tiles.stretch(file, "bytes=100-999999") == (whole[100:], f"bytes 100-{len(whole) - 1}/{len(whole)}")
    for asked in (
        "",
        "bytes=5-4",
        f"bytes={len(whole)}-{len(whole) + 9}",
        "bytes=-5",
        "bytes=0-",
        "bytes=0-1,3-4",
        "bytes=٠-٥",
    ):
        with pytest.raises(Malformed, match="by ranges") as error:
            tiles.stretch(file, asked)
        assert error.value.code == "centre.range"
    monkeypatch.setattr(tiles, "MOST", 10)
    assert len(tiles.stretch(file, "bytes=0-500")[0]) == 10


def test_a_page_is_told_of_the_map_and_given_it_and_nobody_else_is(tmp_path: Path) -> None:
    members = form(tmp_path, "north", "south")
    path = pmtiles.write(tmp_path / "own.pmtiles")
    with centres(members, {"north": path}) as served:
        page = served["north"].enter("watch")
        assert page.get("session")["map"] == "vector"
        answer = page.client.get("/api/map", headers={"range": "bytes=0-126"})
        assert (answer.status_code, answer.content) == (206, path.read_bytes()[:127])
        assert answer.headers["content-range"] == f"bytes 0-126/{path.stat().st_size}"
        assert answer.headers["etag"] and "content-encoding" not in answer.headers
        assert page.client.get("/api/map").json()["code"] == "centre.range"
        assert served["north"].client().get("/api/map", headers={"range": "bytes=0-6"}).status_code == 401
        os.remove(path)
        gone = page.client.get("/api/map", headers={"range": "bytes=0-126"}).json()
        assert gone["code"] == "centre.map" and str(tmp_path) not in gone["detail"]
    for member in members.values():
        member.node.close()


def test_a_node_without_a_map_of_its_own_says_so(north: Page, served: dict[str, Served]) -> None:
    assert north.get("session")["map"] == ""
    answer = north.client.get("/api/map", headers={"range": "bytes=0-6"})
    assert (answer.status_code, answer.json()["code"]) == (404, "centre.unknown")
