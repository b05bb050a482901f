"""The exercise amman goes as written: in one process, and with a process for each node."""

from __future__ import annotations

import io
import re
import shutil
from pathlib import Path

import pytest
from rich.console import Console

from entente.errors import Refused
from entente.exercise import find, reading
from entente.exercise.network import Network
from entente.exercise.performance import perform
from entente.exercise.wires import InProcess, Wire
from entente.joint import standings
from entente.node import home as homes
from entente.node.opening import open_node
from entente.report.story import SENTENCES

OUTSIDE = re.compile(r"""((src|href|action)\s*=|url\()\s*["']?(https?:)?//|@import""")


def played(out: Path, wire: Wire) -> str:
    """Play the exercise, see that all held, and return what was told."""
    told = io.StringIO()
    status = perform(find("amman"), out, wire=wire, console=Console(file=told, width=120))
    assert status == 0, told.getvalue()
    return told.getvalue()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    out = tmp_path_factory.mktemp("amman")
    return out, played(out, InProcess())


def test_everything_that_was_expected_was_so(run: tuple[Path, str]) -> None:
    _, told = run

    assert re.search(r"(\d+) of \1 expectations held", told)
    assert "✗" not in told


def test_every_page_carries_the_two_sentences_and_asks_the_network_for_nothing(run: tuple[Path, str]) -> None:
    out, told = run

    for name in ("map.html", "report.html"):
        page = (out / name).read_text("utf-8")
        assert all(sentence in page for sentence in SENTENCES)
        assert not re.search(
            r"""(?:src|href|action)\s*=\s*["']?(?:https?:)?//|@import|url\(\s*["']?(?:https?:)?//""", page
        )
        assert "EXERCISE" in page
    assert all(sentence in told for sentence in SENTENCES)


def test_the_story_has_what_it_is_about(run: tuple[Path, str]) -> None:
    out, told = run

    report = (out / "report.html").read_text("utf-8")
    for word in ("withdrawn", "objected", "threat declared", "STOP", "replaced", "Clinic 3", "by standing decision"):
        assert word in report, word
    assert "acknowledges the STOP after 40 s" in told
    assert (out / "north-to-south.entente").stat().st_size > 0


def test_no_word_says_that_anything_was_permitted(run: tuple[Path, str]) -> None:
    out, told = run

    for text in (told, *((out / name).read_text("utf-8") for name in ("map.html", "report.html"))):
        assert not re.search(r"\b(cleared|approved|approval)\b", text, re.IGNORECASE)


def test_the_homes_are_left_behind_and_hold_alike_what_was_agreed(run: tuple[Path, str]) -> None:
    out, _ = run
    folds = []

    for party in ("north", "south"):
        node = open_node(homes.read(out / "homes" / party))
        fold = node.book("exercise-amman").fold("all")
        folds.append((fold.cut_digest(), fold.digest()))
        crossed = standings.row("operation/north/lift-2", fold.now(), "all", fold.before)  # type: ignore[arg-type]
        assert crossed is not None
        assert [objection["how"] for objection in crossed["activations"][0]["objections"]] == ["crossed"]
        node.close()

    assert folds[0] == folds[1]


def test_the_notifier_is_told_nothing_of_any_flight(run: tuple[Path, str]) -> None:
    out, _ = run

    node = open_node(homes.read(out / "homes" / "coordinator"))

    assert set(node.books) == {"exercise-amman-sites"}
    assert not node.watch.flights
    node.close()


def test_each_side_holds_its_own_copy_of_a_site_and_neither_the_true_place(run: tuple[Path, str]) -> None:
    out, _ = run
    places = {"true": (35.8520, 38.7380)}

    for party in ("north", "south"):
        node = open_node(homes.read(out / "homes" / party))
        site = next(site for _, site in node.watch.sites.values() if site.name == "Clinic 3")
        assert site.position is not None
        places[party] = (site.position.lat, site.position.lon)
        node.close()

    assert len(set(places.values())) == 3


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "homes" / "north").mkdir(parents=True)
    (tmp_path / "homes" / "north" / "letter.txt").write_text("kept", "utf-8")

    with pytest.raises(Refused) as refused:
        played(tmp_path, InProcess())

    assert refused.value.code == "exercise.folder"
    assert (tmp_path / "homes" / "north" / "letter.txt").read_text("utf-8") == "kept"


def test_an_expectation_that_does_not_hold_fails_the_exercise(tmp_path: Path) -> None:
    folder = tmp_path / "amman"
    shutil.copytree(find("amman"), folder)
    steps = (folder / "steps.toml").read_text("utf-8")
    first = steps.index("[[step]]", steps.index('operation = "south/survey-1"'))
    wrong = steps[:first].replace(
        'expect.findings = ["area:Area 1, others\' forces", "site:Clinic 3"]', "expect.findings = []"
    )
    (folder / "steps.toml").write_text(wrong, "utf-8")
    told = io.StringIO()

    status = perform(folder, tmp_path / "out", wire=InProcess(), console=Console(file=told, width=120))

    assert status == 1
    assert "✗ findings" in told.getvalue()
    assert reading.read(folder).steps[-1].expect.findings == ()


@pytest.mark.slow
def test_it_goes_the_same_way_with_a_process_for_each_node(tmp_path: Path) -> None:
    told = played(tmp_path, Network())

    assert "a process of its own" in told
