"""Go checks a disclosure by its page alone, says what our own verifier says, and refuses every changed one."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tests.strangers.toolchain import HERE, build_go

from entente.errors import EntenteError
from entente.verify import disclosure, main
from entente.verify.report import Sort

HOME = HERE.parents[1]
VECTOR: dict[str, Any] = json.loads(
    (HOME / "spec" / "vectors" / "disclosure" / "two-parties.json").read_text(encoding="utf-8")
)


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("disclosures", HOME / "tools" / "disclosures.py")
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules["disclosures"] = made
    spec.loader.exec_module(made)
    return made


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_go(tmp_path_factory.mktemp("go"))


def go(program: Path, path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    line = [str(program), "disclosure", str(path), *arguments]
    return subprocess.run(line, capture_output=True, text=True, encoding="utf-8")


def lines(report: Any, sort: Sort) -> list[list[str]]:
    return [[line.about, line.code] for line in report.of(sort)]


def test_the_vector_proves_what_its_page_says() -> None:
    """DISC-1 to DISC-20."""
    report = disclosure.check(VECTOR["disclosure"].encode(), VECTOR["agreement"]).report

    assert lines(report, Sort.PROVED) == VECTOR["proved"] and report.of(Sort.FLAW) == []
    assert lines(report, Sort.UNPROVED) == VECTOR["not_proved"]


@pytest.mark.parametrize("at", range(len(VECTOR["bad"])), ids=[case["why"] for case in VECTOR["bad"]])
def test_a_changed_one_is_refused(at: int, tool: ModuleType) -> None:
    """DISC-6."""
    data = tool.patched(VECTOR["disclosure"], VECTOR["bad"][at]["patch"])

    assert data != VECTOR["disclosure"].encode()
    with pytest.raises(EntenteError):
        disclosure.check(data, VECTOR["agreement"])


@pytest.mark.slow
def test_go_says_the_same_and_refuses_the_same(tmp_path: Path, program: Path, tool: ModuleType) -> None:
    """DISC-1 to DISC-17, DISC-19, by Go's sumdb/note, sumdb/tlog, crypto/ed25519 and crypto/mldsa."""
    path, known = tmp_path / "one.disclosure", ["-agreement", VECTOR["agreement"]]
    path.write_text(VECTOR["disclosure"], encoding="utf-8", newline="")

    ran = go(program, path, *known)

    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    signed = [about for about, code in VECTOR["proved"] if code == "act.signed"]
    assert [f"{name.split('/')[0]} {name.split()[1]}" for name in found["signed"]] == signed
    after = [about for about, code in VECTOR["proved"] if code == "time.after"]
    assert [f"{text.split('/')[0]} {text.split()[1]}" for text in found["not_before"]] == after
    assert found["details"] == sum(code == "part.opened" for _, code in VECTOR["proved"])
    assert found["shown"] == sum(code == "shown.text" for _, code in VECTOR["proved"])
    assert go(program, path, "-agreement", "0" * 64).returncode == 1

    # -- and not when anything was changed

    for case in VECTOR["bad"]:
        path.write_bytes(tool.patched(VECTOR["disclosure"], case["patch"]))
        assert go(program, path, *known).returncode == 1, case["why"]
    data = VECTOR["disclosure"].encode()
    for at in range(1000, len(data), len(data) // 60):
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        assert go(program, path, *known).returncode == 1, at


@pytest.mark.slow
def test_go_takes_the_extracted_proof_of_an_entry(tmp_path: Path, program: Path) -> None:
    """DISC-5."""
    path, folder = tmp_path / "one.disclosure", tmp_path / "out"
    path.write_text(VECTOR["disclosure"], encoding="utf-8", newline="")
    assert main.main(["disclosure", str(path), "--extract", str(folder)]) == 0

    proofs = sorted(folder.glob("*.tlog-proof"))
    assert proofs
    for proof in proofs:
        leaf, vkeys = proof.with_suffix(".leaf"), folder / f"{proof.name.split('-')[0]}.vkeys"
        line = [str(program), "proof", str(proof), "-vkeys", str(vkeys), "-leaf", str(leaf)]
        ran = subprocess.run(line, capture_output=True, text=True, encoding="utf-8")
        assert ran.returncode == 0, ran.stderr
        assert json.loads(ran.stdout)["index"] == int(proof.stem.split("-")[1])


def test_the_generator_makes_vectors_of_the_same_form(tool: ModuleType) -> None:
    made = tool.vectors()

    assert set(made) == set(VECTOR) and made["origin"] == VECTOR["origin"]
    assert [case["why"] for case in made["bad"]] == [case["why"] for case in VECTOR["bad"]]
    assert {code for _, code in VECTOR["proved"]} <= {code for _, code in made["proved"]}
