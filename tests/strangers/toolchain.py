"""Strangers' toolchains: Go and Node as `make` installs them from the registries, into the virtual environment.

Nothing is skipped when one is missing: then the test fails and says what to do.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
BIN = str(Path(sys.executable).parent)
KEPT = Path(sys.prefix) / "strangers"
"""Caches and packages beside the environment's own, gone when it goes."""
VECTORS = HERE.parents[1] / "spec" / "vectors" / "negative"


def program(name: str) -> str:
    """Return the path of a program of this environment."""
    found = shutil.which(name, path=BIN)
    if found is None:
        pytest.fail(f"{name} is not installed here; `make test` installs it from requirements/dev.txt", pytrace=False)
    return found


def build_go(folder: Path) -> Path:
    """Compile tests/strangers/go in `folder` and return the program; no network is used."""
    go = program("go")
    environment = {
        **os.environ, "GOCACHE": str(KEPT / "gocache"), "GOPROXY": "off", "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=mod",
        "GOWORK": "off", "CGO_ENABLED": "0",
    }  # fmt: skip
    source = shutil.copytree(HERE / "go", folder / "go")
    root = _run([go, "env", "GOROOT"], environment).strip()
    # golang.org/x/mod in the copy that the Go team ships with its toolchain: nothing further has to be fetched.
    shutil.copytree(Path(root) / "src/cmd/vendor/golang.org/x/mod/sumdb", source / "mod" / "sumdb")
    (source / "mod" / "go.mod").write_text("module golang.org/x/mod\n\ngo 1.26\n", encoding="utf-8")
    built = folder / ("strangers.exe" if os.name == "nt" else "strangers")
    _run([go, "-C", str(source), "vet", "."], environment)
    _run([go, "-C", str(source), "build", "-o", str(built), "."], environment)
    return built


def noble(*arguments: str) -> Any:
    """Run tests/strangers/noble/verify.mjs and return the JSON that it prints; a refusal fails the test."""
    ran = run_noble(*arguments)
    if ran.returncode:
        pytest.fail(f"node {arguments[0]}: {ran.stderr[-2000:]}", pytrace=False)
    return json.loads(ran.stdout)


def run_noble(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run tests/strangers/noble/verify.mjs; it ends with 1, and says why, when it refuses what it is given."""
    modules = KEPT / "noble"
    if not (modules / "node_modules").is_dir():
        pytest.fail("the npm packages are not installed here; `make test` installs them", pytrace=False)
    # Node looks for packages in the folders above the script, and the tree is kept free of them.
    with tempfile.TemporaryDirectory(dir=modules) as folder:
        for script in (HERE / "noble").glob("*.mjs"):
            shutil.copy(script, folder)
        line = [program("node"), str(Path(folder) / "verify.mjs"), *arguments]
        return subprocess.run(line, capture_output=True, text=True, encoding="utf-8")


def _run(command: list[str], environment: dict[str, str]) -> str:
    ran = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=environment)
    if ran.returncode:
        pytest.fail(f"{Path(command[0]).name} {command[1]}: {ran.stderr[-2000:]}", pytrace=False)
    return ran.stdout
