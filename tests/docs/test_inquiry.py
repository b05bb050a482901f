"""The guide for an inquiry: each of its commands is run, by a program made of nothing but the rooms that it names."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.cli.desks import Desks
from tests.strangers.toolchain import build_go

import entente

HOME = Path(__file__).parents[2]
GUIDE = (HOME / "docs" / "guides" / "inquiry.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^ {4,}((?:entente|entente-verify|strangers) .+)$", GUIDE, re.MULTILINE)
ROOMS = ("verify", "feed", "tlog", "joint", "geo")
FILES = ("__init__.py", "canonical.py", "ids.py", "errors.py")


@dataclass
class Inquiry:
    """A folder with what an engineer was given, and the programs at hand."""

    folder: Path
    desks: Desks
    agreement: str
    verifier: Path
    strangers: Path

    def given(self) -> dict[Path, bytes]:
        """Return every file of both disks."""
        files = (path for home in ("evidence", "other-evidence") for path in (self.folder / home).rglob("*"))
        return {path: path.read_bytes() for path in files if path.is_file()}

    def run(self, line: str) -> str:
        """Run one line of the guide; return what it says."""
        program, *words = shlex.split(line.replace("HASH", self.agreement))
        if program == "entente":
            return self.desks.do(shlex.join(words)).out
        start = [str(self.strangers)]
        if program == "entente-verify":
            start = [sys.executable, "-P", "-m", "entente.verify.main"]
        ran = subprocess.run(
            [*start, *words], capture_output=True, text=True, encoding="utf-8", cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(self.verifier), "PYTHONIOENCODING": "utf-8"},
        )  # fmt: skip
        assert (ran.returncode, ran.stderr) == (0, ""), line
        return ran.stdout


@pytest.fixture
def inquiry(tmp_path: Path) -> Inquiry:
    """Let two parties live a little; hand out one file and two disks, and the verifier's rooms alone."""
    folder = tmp_path / "inquiry"
    folder.mkdir()
    desks = Desks(folder)
    desks.found()
    desks.do("operation propose water.toml --name water --release-to south --yes", "north")
    desks.settle()
    desks.do("decide water no_objection --yes", "south")
    desks.settle()
    desks.do("record disclose --out water.disclosure --subject water --detail plan", "north")
    shutil.copytree(folder / "north", folder / "evidence")
    shutil.copytree(folder / "south", folder / "other-evidence")
    source, alone = Path(entente.__file__).parent, tmp_path / "alone" / "entente"
    for room in ROOMS:
        shutil.copytree(source / room, alone / room, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(source / name, alone / name)
    state = desks.do("agreement list --json", "north").json
    return Inquiry(folder, desks, _hash_of(state), alone.parent, build_go(tmp_path / "go"))


def _hash_of(state: object) -> str:
    [digest] = set(re.findall(r"\b[0-9a-f]{64}\b", repr(state)))
    return digest


@pytest.mark.slow
def test_every_command_of_the_page_runs_and_the_disks_are_left_as_they_were(inquiry: Inquiry) -> None:
    """DISC-30, DISC-33 to DISC-36."""
    before = inquiry.given()

    said = {line: inquiry.run(line) for line in COMMANDS}

    assert len(said) == len(COMMANDS) >= 11
    whole = said["entente-verify disclosure water.disclosure --agreement HASH"]
    assert "PROVED" in whole and "NOT PROVED" in whole and "north/duty as senior signed" in whole
    assert "held it by" in said["entente-verify home evidence --subject water"]
    at = next(text for line, text in said.items() if "--at" in line)
    assert "standing: no objection" in at and "south answered no objection (south/" in at
    assert inquiry.agreement in said["entente-verify home other-evidence"]
    assert (inquiry.folder / "parts").is_dir()
    assert inquiry.given() == before


def test_its_readme_points_at_this_page_and_at_its_commands() -> None:
    from entente.node import home

    text = home._readme(home.Home(path=Path(), party="north", title="N", host="", port=1, url="", exercise=False))  # type: ignore[arg-type]
    assert "docs/guides/inquiry.md" in text and "EXERCISE" not in text
    for line in re.findall(r"^ +(entente-verify home DIR.*?)(?:  +|$)", text, re.MULTILINE):
        assert line.split()[0] == "entente-verify"


def test_the_page_says_how_long_the_verifier_is() -> None:
    lines = sum(
        len(path.read_text(encoding="utf-8").splitlines())
        for path in (HOME / "src" / "entente" / "verify").glob("*.py")
    )
    [stated] = re.findall(r"([\d,]+) lines that one person can read", GUIDE)

    assert abs(lines - int(stated.replace(",", ""))) <= 150
