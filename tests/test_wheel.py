"""The wheel is the whole: installed off line, without Node and without the clone, it serves its page and exercises."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

TRY = """
import json, sys
from importlib.resources import files
from pathlib import Path

import httpx

import entente
from entente.exercise import list_exercises
from entente.testing.homes import form
from entente.testing.processes import Process, free_port

folder, port = Path(sys.argv[1]), free_port()
north = form(folder, "north", "south")["north"].home
with Process(north.path, port):
    here = {"base_url": f"http://127.0.0.1:{port}", "headers": {"host": f"north.localhost:{port}"}}
    # The node serves its peers a moment before its page.
    with httpx.Client(**here, transport=httpx.HTTPTransport(retries=8), trust_env=False) as page:
        assets = files("entente.web").joinpath("static/assets").iterdir()
        names = ["", "api/docs", *(f"assets/{one.name}" for one in assets)]
        print(json.dumps({
            "from": entente.__file__, "exercises": list_exercises(), "title": "<title>Entente" in page.get("/").text,
            "answers": {name: page.get("/" + name).status_code for name in names},
        }))
"""


def test_a_wheel_installs_off_line_and_serves_the_page_and_the_exercises_without_node_or_clone(tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    made, site, empty = tmp_path / "wheels", tmp_path / "site", tmp_path / "empty"
    empty.mkdir()
    subprocess.run(
        [*pip, "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", str(made), str(ROOT)], check=True
    )
    (wheel,) = made.glob("entente-*-py3-none-any.whl")
    subprocess.run([*pip, "install", "--no-index", "--no-deps", "--target", str(site), str(wheel)], check=True)

    alone = {**os.environ, "PYTHONPATH": str(site), "PATH": str(empty)}
    done = subprocess.run(
        [sys.executable, "-c", TRY, str(tmp_path / "homes")], cwd=empty, env=alone, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr

    told = json.loads(done.stdout)
    assert Path(told["from"]).is_relative_to(site)
    assert told["exercises"] == sorted(path.parent.name for path in (ROOT / "exercises").glob("*/exercise.toml"))
    assert told["title"] and set(told["answers"].values()) == {200}
    built = {f"assets/{path.name}" for path in (ROOT / "src/entente/web/static/assets").iterdir()}
    assert told["answers"].keys() == {"", "api/docs"} | built
