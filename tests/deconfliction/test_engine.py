"""The compiled way as a thing that is there or not: kept on the disk, never compiled unasked, checked at its bounds."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(*arguments: str, cache: Path, **environment: str) -> str:
    """What a fresh process prints, with a place of its own for what it compiles."""
    told = subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        env={**os.environ, "NUMBA_CACHE_DIR": str(cache), "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
        | environment,
        cwd=ROOT, capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    return told.stdout


ASK = """
import sys
from tests.deconfliction.engine_scenes import HOUR_MS, NEEDS, Index, Query, batch
from entente.deconfliction import compiled, index as room
room.WORTH_IT = 10
rows = batch(1, 300)
held = Index()
held.put_all([str(k) for k in range(300)], rows)
found = [held.conflicts_of(Query.of(rows, k, NEEDS[0])).tolist() for k in range(300)]
print(compiled.load(), "numba.core.dispatcher" in sys.modules, sum(map(len, found)))
"""


@pytest.mark.slow
def test_without_a_cache_the_plain_way_answers_and_after_building_the_compiled_one_within_its_bounds(
    tmp_path: Path,
) -> None:
    # Bounds are checked by what is compiled in a process that is told so: thus all of these share one cache, which is
    # made once. How well it is optimised is not what is asked here.
    checked = {"NUMBA_BOUNDSCHECK": "1", "NUMBA_OPT": "1"}
    before = run("-c", ASK, cache=tmp_path, **checked)
    built = run("-m", "entente.deconfliction", cache=tmp_path, **checked)
    after = run("-c", ASK, cache=tmp_path, **checked)

    assert "Compiling" in built
    assert str(tmp_path) in built
    assert before.split()[0] == "False"
    assert after.split()[0] == "True"
    assert before.split()[2] == after.split()[2]
    assert "Compiling" not in run("-m", "entente.deconfliction", cache=tmp_path, **checked)

    run("-m", "tests.deconfliction.engine_scenes", cache=tmp_path, **checked)  # No array is left at its bounds.


def test_few_volumes_never_load_the_compiler(tmp_path: Path) -> None:
    few = ASK.replace("room.WORTH_IT = 10\n", "").replace("compiled.load()", "0")

    assert run("-c", few, cache=tmp_path).split()[1] == "False"
