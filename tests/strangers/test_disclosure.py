"""Go and noble check disclosures by their page alone, say what our own verifier says, and refuse every changed one."""

from __future__ import annotations

import importlib
import json
import random
import subprocess
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tests.strangers.toolchain import HERE, build_go, noble, run_noble

from entente.errors import EntenteError
from entente.verify import disclosure, main
from entente.verify.report import Sort

HOME = HERE.parents[1]
VECTORS: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((HOME / "spec" / "vectors" / "disclosure").glob("*.json"))
}
VECTOR = VECTORS["two-parties"]
BAD = [(name, at) for name, vector in VECTORS.items() for at in range(len(vector["bad"]))]
FLIPS = 25
"""Changed bytes tried for each vector; each costs both verifiers some tenths of a second."""


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    return importlib.import_module("tools.disclosures")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_go(tmp_path_factory.mktemp("go"))


def go(program: Path, path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    line = [str(program), "disclosure", str(path), *arguments]
    return subprocess.run(line, capture_output=True, text=True, encoding="utf-8")


def lines(report: Any, sort: Sort) -> list[list[str]]:
    return [[line.about, line.code] for line in report.of(sort)]


@pytest.mark.parametrize("name", VECTORS)
def test_a_vector_proves_what_its_page_says(name: str) -> None:
    """DISC-1 to DISC-20, DISC-40 to DISC-44."""
    vector = VECTORS[name]
    report = disclosure.check(vector["disclosure"].encode(), vector["agreement"]).report

    assert lines(report, Sort.PROVED) == vector["proved"] and lines(report, Sort.FLAW) == vector["flaw"]
    assert lines(report, Sort.UNPROVED) == vector["not_proved"]


@pytest.mark.parametrize(("name", "at"), BAD, ids=[f"{name}: {VECTORS[name]['bad'][at]['why']}" for name, at in BAD])
def test_a_changed_one_is_refused(name: str, at: int, tool: ModuleType) -> None:
    """DISC-6."""
    vector = VECTORS[name]
    data = tool.patched(vector["disclosure"], vector["bad"][at]["patch"])

    assert data != vector["disclosure"].encode()
    with pytest.raises(EntenteError):
        disclosure.check(data, vector["agreement"])


# -- a second reader, written from the pages alone ---------------------------------------------------------------------


def ours(data: bytes, agreement: str) -> dict[str, list[list[str]]] | None:
    """Return what our verifier says, or None when it refuses the file."""
    try:
        report = disclosure.check(data, agreement).report
    except EntenteError:
        return None
    return {str(sort): sorted(lines(report, sort)) for sort in Sort}


def theirs(folder: Path, files: Iterable[bytes], agreement: str) -> list[dict[str, list[list[str]]] | None]:
    """Return what noble's verifier says of each file, or None where it refuses it."""
    paths = []
    for at, data in enumerate(files):
        paths.append(str(folder / f"{at}.disclosure"))
        Path(paths[-1]).write_bytes(data)
    found = noble("disclosures", agreement, *paths)
    return [None if isinstance(one, str) else {sort: sorted(rows) for sort, rows in one.items()} for one in found]


@pytest.mark.parametrize("name", VECTORS)
def test_noble_says_the_same_and_refuses_the_same(name: str, tmp_path: Path, tool: ModuleType) -> None:
    """DISC-1 to DISC-20, DISC-40, DISC-41, DISC-42, DISC-43, DISC-44, KEY-1 to KEY-6, KEY-14, KEY-20, FEED-30, FEED-74,
    JOINT-33, JOINT-200, JOINT-201, JOINT-202, by a reader in another language that knows spec/ and nothing else.
    """
    vector = VECTORS[name]
    files = [
        vector["disclosure"].encode(),
        *(tool.patched(vector["disclosure"], bad["patch"]) for bad in vector["bad"]),
    ]

    sound, *bad = theirs(tmp_path, files, vector["agreement"])

    assert sound == {sort: sorted(vector[sort]) for sort in ("proved", "flaw", "not_proved")}
    assert {case["why"]: one for case, one in zip(vector["bad"], bad, strict=True) if one is not None} == {}
    (tmp_path / "one").write_bytes(files[0])
    assert run_noble("disclosure", str(tmp_path / "one"), "0" * 64).returncode == 1


@pytest.mark.slow
@pytest.mark.parametrize("name", VECTORS)
def test_noble_and_we_agree_on_every_changed_byte(name: str, tmp_path: Path) -> None:
    """DISC-2, DISC-6: refused by both, or taken by both with the same sentences."""
    vector, chance = VECTORS[name], random.Random(f"flips/{name}")
    data = vector["disclosure"].encode()
    flips = [(chance.randrange(len(data)), 1 << chance.randrange(7)) for _ in range(FLIPS)]
    files = [data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :] for at, bit in flips]

    found = theirs(tmp_path, files, vector["agreement"])

    assert [
        one for one, file, say in zip(flips, files, found, strict=True) if ours(file, vector["agreement"]) != say
    ] == []
    assert found.count(None) > FLIPS * 0.8


@pytest.mark.slow
def test_go_says_the_same_and_refuses_the_same(tmp_path: Path, program: Path, tool: ModuleType) -> None:
    """DISC-1 to DISC-17, DISC-19, of version 1, by Go's sumdb/note, sumdb/tlog, crypto/ed25519 and crypto/mldsa."""
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


@pytest.mark.slow
@pytest.mark.parametrize("name", VECTORS)
def test_the_generator_makes_vectors_of_the_same_form(name: str, tool: ModuleType) -> None:
    made, vector = tool.vectors(name), VECTORS[name]

    assert set(made) == set(vector) and made["origin"] == vector["origin"]
    assert [case["why"] for case in made["bad"]] == [case["why"] for case in vector["bad"]]
    assert {code for _, code in vector["proved"]} <= {code for _, code in made["proved"]}
    assert {code for _, code in vector["flaw"]} == {code for _, code in made["flaw"]}
