"""The guides keep their word: the first agreement is made by its own commands, and every other command exists."""

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
import typer.main

from entente.cli.main import app, main

HOME = Path(__file__).parents[2]
GUIDES = HOME / "docs" / "guides"
PAGES = [HOME / "README.md", *sorted(GUIDES.glob("*.md"))]
BLOCK = re.compile(r"^```(sh|toml)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
INDENTED = re.compile(r"^ {4,}(?:\S*/)?(entente .+?)(?:\s+#.*)?$", re.MULTILINE)
INLINE = re.compile(r"`(entente [^`…]+?)`")

Run = Callable[[str], str]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run one line in an empty folder; return what it says."""
    monkeypatch.chdir(tmp_path)

    def run(line: str) -> str:
        code = main(shlex.split(line)[1:])
        out, err = capsys.readouterr()
        assert (code, err) == (0, ""), line
        return out

    return run


def first_agreement(run: Run) -> str:
    said = ""
    for kind, text in BLOCK.findall((GUIDES / "first-agreement.md").read_text(encoding="utf-8")):
        if kind == "toml":
            Path("valley.toml").write_text(text, encoding="utf-8")
        else:
            said += "".join(map(run, text.splitlines()))
    return said


def test_two_parties_come_into_force_by_the_commands_of_the_page(run: Run) -> None:
    said = first_agreement(run)

    assert said.count("in force") == 2


def test_a_home_is_backed_up_and_restored_by_the_commands_of_the_page(run: Run) -> None:
    first_agreement(run)

    said = "".join(map(run, INDENTED.findall((GUIDES / "backup.md").read_text(encoding="utf-8"))))

    assert "south" in said
    assert "south" in run("entente node status --home north-again")


def test_the_front_pages_example_finds_what_it_says(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    text = (HOME / "README.md").read_text(encoding="utf-8").replace("\\\n", " ")
    line = next(line for line in INDENTED.findall(text) if line.startswith("entente screen"))
    monkeypatch.chdir(HOME / "examples" / "screen")

    code = main(shlex.split(line.replace("map.html", str(tmp_path / "map.html")))[1:])

    assert code == 1 and "12 findings" in capsys.readouterr().out and "It names twelve findings" in text
    assert (tmp_path / "map.html").exists()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_a_page_names_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    for line in [*INDENTED.findall(text), *INLINE.findall(text)]:
        command, words = typer.main.get_command(app), shlex.split(line)[1:]
        while words and hasattr(command, "commands") and not words[0].startswith("-"):
            assert words[0] in command.commands, line
            command = command.commands[words.pop(0)]
        known = {name for option in command.params for name in option.opts} | {"--help"}
        assert {word for word in words if word.startswith("--")} <= known, line
