"""Coverage-guided fuzzing of everything that reads what others wrote (Linux; needs `atheris`).

    python -m fuzz [--minutes M] [TARGET ...]     M minutes in all, shared by the targets; 20 unless it is said

`make campaign` runs it for these twenty minutes, some forty seconds a target, from whatever earlier runs found
interesting; the ordinary tests try every seed, and fifty changes of one, each time.

An input that makes a target do what it may not is kept under `fuzz/seeds/TARGET/`: mend the fault, keep the file, and
the ordinary tests try it ever after. What the fuzzer found interesting lies under `out/fuzz/`, for the next time.
"""

from __future__ import annotations

import argparse
import importlib.util
import re
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

HERE = Path(__file__).parent
FOUND = HERE.parent / "out" / "fuzz"
ROOMS = [
    "entente.tlog", "entente.feed", "entente.canonical", "entente.joint.act", "entente.node.carry", "entente.verify",
]  # fmt: skip


def fuzz(name: str, seconds: int) -> None:
    """Fuzz one target in this process; libFuzzer ends it."""
    import atheris

    with atheris.instrument_imports(include=ROOMS):
        from fuzz import targets
    corpus = FOUND / name
    corpus.mkdir(parents=True, exist_ok=True)
    for seed in targets.seeds(name):
        (corpus / sha256(seed).hexdigest()[:40]).write_bytes(seed)
    kept = HERE / "seeds" / name
    kept.mkdir(parents=True, exist_ok=True)

    def one(data: bytes) -> None:
        targets.run(name, data)

    options = [
        f"-max_total_time={seconds}",
        f"-artifact_prefix={kept}/",
        f"-max_len={max(65536, 2 * max(map(len, targets.seeds(name))))}",
        "-timeout=20",
        "-rss_limit_mb=4096",
    ]
    atheris.Setup([sys.argv[0], str(corpus), *options], one)
    atheris.Fuzz()


def main() -> int:
    """Fuzz each target in a process of its own; return how many did what they may not."""
    parser = argparse.ArgumentParser(prog="python -m fuzz")
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--alone", help=argparse.SUPPRESS)
    parser.add_argument("targets", nargs="*")
    given = parser.parse_args()
    if importlib.util.find_spec("atheris") is None:
        print("atheris is not installed; it is in requirements/dev.txt, for Linux", file=sys.stderr)
        return 1
    if given.alone:
        fuzz(given.alone, round(given.minutes * 60))
        return 0
    from fuzz.targets import TARGETS

    names = given.targets or sorted(TARGETS)
    faults = 0
    for name in names:
        line = [sys.executable, "-m", "fuzz", "--alone", name, "--minutes", str(given.minutes / len(names))]
        ran = subprocess.run(line, cwd=HERE.parent, capture_output=True, text=True, errors="replace")
        runs = re.findall(r"^Done (\d+) runs in (\d+)", ran.stderr, re.MULTILINE)
        reached = re.findall(r"cov: (\d+)", ran.stderr)
        told = (
            f"{runs[-1][0]:>9} runs in {runs[-1][1]} s, coverage {reached[-1] if reached else 0}" if runs else "FAULT"
        )
        print(f"{name:12} {told}", flush=True)
        if ran.returncode or not runs:
            faults += 1
            print(ran.stderr[-3000:], file=sys.stderr)
    return min(faults, 1)


if __name__ == "__main__":
    sys.exit(main())
