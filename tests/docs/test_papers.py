"""The guide to papers keeps its word: its lines run as they stand, and say what the page says."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from tests.cli.desks import Desks

from entente.feed.attachment import LIMIT
from entente.node import unread
from entente.verify import main as verifier

PAGE = (Path(__file__).parents[2] / "docs" / "guides" / "papers.md").read_text(encoding="utf-8")
LINES = re.findall(r"^ {4}((?:entente|entente-verify) .+)$", PAGE, re.MULTILINE)
PAPER = b"%PDF the strip is 900 m of gravel\n" * 3000


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> Desks:
    desks = Desks(tmp_path_factory.mktemp("valley"))
    desks.found()
    (desks.folder / "strip.pdf").write_bytes(PAPER)
    (desks.folder / "soft.jpg").write_bytes(b"\xff\xd8 soft")
    return desks


@pytest.fixture(scope="module")
def told(desks: Desks) -> Callable[[str], str]:
    """Run the whole page once; return what the line that holds some words printed."""
    said = {}
    for line in LINES:
        if line.startswith("entente-verify"):
            _, said[line] = verify(desks, line)
            continue
        said[line] = desks.do(line).out
        if "--yes" in line:
            desks.settle()
    return lambda words: next(text for line, text in said.items() if words in line)


def verify(desks: Desks, line: str) -> tuple[int, str]:
    out = StringIO()
    words = [str(desks.folder / word) if "." in word else word for word in line.split()[1:]]
    with redirect_stdout(out):
        code = verifier.main(words)
    return code, out.getvalue()


def test_the_page_runs_from_the_file_to_its_proof(told: Callable[[str], str], desks: Desks) -> None:
    """FEED-80, FEED-85, DISC-45."""
    assert len(LINES) == 8
    assert f"Attached as attachment-1: strip.pdf, application/pdf, {len(PAPER):,} bytes" in told("propose")
    assert "whole" in told("list water-1 --home south")
    assert "Saved strip.pdf" in told("save")
    assert "is here already" in told("attachment ask")
    assert (desks.folder / "received.pdf").read_bytes() == PAPER
    assert told("list water-1 --home north").count("whole") == 2
    assert "It attaches the file 'strip.pdf'" in told("entente-verify")
    assert "is that 'strip.pdf', byte for byte" in told("entente-verify")
    [noted] = [row for row in desks.do("record opened --json", "south").json if "strip.pdf" in row["detail"]]
    assert noted["item"] == "operation/north/water-1"


@pytest.mark.parametrize("change", [PAPER[:-1], PAPER + b" ", b"!" + PAPER[1:], b""])
def test_a_file_that_is_another_is_told_so(told: Callable[[str], str], desks: Desks, change: bytes) -> None:
    """DISC-45."""
    (desks.folder / "other.pdf").write_bytes(change)

    code, out = verify(desks, "entente-verify disclosure strip.disclosure --file other.pdf")

    assert code == 1
    assert "attachment.other" in out
    assert "attachment.held" not in out


@pytest.mark.usefixtures("told")
def test_what_cannot_be_attached_or_saved_is_refused_in_one_line(desks: Desks) -> None:
    (desks.folder / "long.bin").write_bytes(bytes(LIMIT + 1))
    (desks.folder / "empty.bin").write_bytes(b"")
    before = desks.do("record show --json", "south").json
    dissent = "dissent water-1 --note No --yes --attach"
    for line, code in (
        (f"{dissent} long.bin", "attachment.size"),
        (f"{dissent} empty.bin", "attachment.size"),
        (f"{dissent} nothing.bin", "file.missing"),
        ("attachment save water-1 strip.pdf --out received.pdf", "file.exists"),
        ("attachment save water-1 other.pdf --out new.pdf", "attachment.unknown"),
        ("attachment list water-9", "cli.subject"),
    ):
        said = desks.run(line, "south")
        assert (said.code != 0, said.err.count("\n")) == (True, 1)
        assert f"[{code}]" in said.err
    assert desks.do("record show --json", "south").json == before
    assert not (desks.folder / "new.pdf").exists()


@pytest.mark.usefixtures("told")
def test_a_file_that_waits_is_told_so_and_comes_when_it_is_asked_for(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FEED-86."""
    monkeypatch.setattr(unread, "MOST_FILES", 0)
    (desks.folder / "mud.jpg").write_bytes(b"\xff\xd8 mud")
    desks.do('dissent water-1 --note "And mud." --attach mud.jpg --yes', "south")
    desks.settle()

    [row] = [row for row in desks.do("attachment list water-1 --json", "north").json if row["name"] == "mud.jpg"]
    assert (row["waits"], row["held"]) == (True, 0)
    said = desks.run("attachment save water-1 mud.jpg --out mud.jpg.new", "north")
    assert "[attachment.quota]" in said.err and not (desks.folder / "mud.jpg.new").exists()

    assert "is asked for whenever south is reached" in desks.do("attachment ask water-1 mud.jpg", "north").out
    desks.settle()
    assert "Saved mud.jpg" in desks.do("attachment save water-1 mud.jpg --out mud.jpg.new", "north").out
