"""The page on witnesses: each of its commands is run, against a witness that serves."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.cli.desks import AGREEMENT, Desks
from tests.exchange.conftest import until

from entente.cli import files
from entente.testing.processes import free_port
from entente.verify import home as home_of
from entente.witness import home as homes
from entente.witness.serve import serve

PAGE = (Path(__file__).parents[2] / "docs" / "guides" / "witness.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
PORT = "8450"


@contextmanager
def witness(folder: Path) -> Iterator[list[str]]:
    """Serve a witness's home on a thread; gives what it has said."""
    stop, said = threading.Event(), list[str]()
    thread = threading.Thread(target=serve, args=(homes.read(folder), stop), kwargs={"say": said.append})
    thread.start()
    try:
        until(lambda: bool(said))
        yield said
    finally:
        stop.set()
        thread.join(10)
        assert not thread.is_alive(), "a witness ends when it is told to"


def found(desks: Desks, key: str) -> None:
    """Bring two parties into force under an agreement that names a witness."""
    named, whole = AGREEMENT.replace('mode = "independent"', f'mode = "independent"\n{key}'), desks.write

    def write(name: str, text: str) -> None:
        whole(name, named if name == "valley.toml" else text)

    desks.write = write  # type: ignore[method-assign]
    desks.found()


def test_every_command_of_the_page_runs_and_the_standing_is_final_by_the_witness(tmp_path: Path) -> None:
    """JOINT-107, JOINT-130 to JOINT-133, TLOG-20 to TLOG-23."""
    desks, port = Desks(tmp_path), str(free_port())
    lines = [line.replace(PORT, port) for block in BLOCKS for line in block.splitlines()]
    assert len(lines) >= 14

    said = desks.do(lines.pop(0)).out
    quantum = re.findall(r'^witness = ".*"$', said, re.MULTILINE)[1]
    found(desks, quantum)
    for party in ("north", "south"):
        settings = tmp_path / party / "home.toml"
        text = settings.read_text(encoding="utf-8")
        files.write_file(settings, f'{text}witness_url = "http://localhost:{port}"\n'.encode())
    told = {}
    with witness(tmp_path / "witness") as heard:
        for line in lines:
            if "witness serve" not in line:
                told[line] = desks.do(line).out

    assert heard[0] == f"witness.example/valley listens at http://localhost:{port}" and len(heard) == 2
    shown = next(text for line, text in told.items() if "operation show" in line)
    assert "no objection" in shown and "final" in shown
    assert "witness: cosigned" in next(text for line, text in told.items() if "record show" in line)
    assert sum("Cosigned, and kept as entry" in text for text in told.values()) == 2
    rows = desks.do("witness show --home witness --json").json["logs"]
    assert [(row["origin"], row["size"] > 3, row["fork"]) for row in rows] == [
        ("north/exercise-valley/1", True, ""), ("south/exercise-valley/1", True, ""),
    ]  # fmt: skip

    # -- whoever gets a home two years later is told

    checked = home_of.read(tmp_path / "north")
    told_of = {line.about: line.sentence for line in checked.report.lines if line.code == "feed.witnessed"}
    assert set(told_of) == {"north/exercise-valley/1", "south/exercise-valley/1"}
    assert all(text.startswith("witness.example/valley, the agreement's witness") for text in told_of.values())

    # -- a witness that is not there holds up nothing

    asked = desks.run("exchange witness", "north")
    assert asked.code == 0 and "Nothing new" in asked.out
    desks.do("operation propose water.toml --name more --yes", "north")
    asked = desks.run("exchange witness", "north")
    assert asked.code == 7 and asked.err.endswith("[witness.unreachable]\n")
    desks.do("operation propose water.toml --name still-more --yes", "north")


@pytest.mark.parametrize(
    "line, code",
    [
        ("witness add north/card.json --home witness", "witness.log"),
        ("witness add --home witness", "witness.log"),
        ("witness add north/card.json --agreement Bad_Name --home witness", "name.spelling"),
        ("witness add missing.json --agreement x --home witness", "file.missing"),
        ("witness add --vkey north/log+00000000+AQ== --home witness", "tlog.key"),
        ("witness show --home nowhere", "witness.missing"),
        ("witness init w --home witness", "home.exists"),
        ("witness init 'a b' --home other", "tlog.key"),
    ],
)
def test_what_goes_wrong_is_one_sentence_and_nothing_is_written(tmp_path: Path, line: str, code: str) -> None:
    desks = Desks(tmp_path)
    desks.do("node init north --home north --exercise")
    desks.do("witness init witness.example/valley --home witness")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    said = desks.run(line)

    assert said.code and said.err.endswith(f"[{code}]\n") and said.err.count("\n") == 1
    after = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file() and not p.name.startswith("witness.sqlite")}
    assert after == before


def test_no_witness_is_asked_that_was_not_agreed_or_not_set(tmp_path: Path) -> None:
    valley = Desks(tmp_path)
    valley.found()

    said = valley.run("exchange witness", "north")
    assert said.code == 3 and said.err.endswith("[witness.unset]\n")
    settings = valley.folder / "north" / "home.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + 'witness_url = "http://localhost:1"\n', encoding="utf-8")
    said = valley.run("exchange witness", "north")
    assert said.code == 3 and said.err.endswith("[witness.not_agreed]\n")
