"""Turns the checker's traces of broken rules into steps that the coalition tests replay against the real rules.

A trace is a list of steps in the order in which they happened. `upto` counts the steps of party `from` that have an
author (all but `deliver`); `only: all` delivers none but the acknowledgements among them, which lie in circle `all`.
An activation has `seen` where it cites less than its author held. `must` says what sound rules do instead.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from run import Run

TRACES = Path(__file__).resolve().parents[1] / "vectors" / "joint" / "traces"

MUST = {
    "Standing_break_atonce": "B's screening of y still finds x@1: the owner of x has not cited the revocation.",
    "Standing_break_citedall": "B counts A's acknowledgement only once it holds every act of circle ab up to it, so "
    "that it sees the activation first; its screening of y finds x@1.",
    "Standing_break_latest": "B's screening of y finds x@1, which is active, although x has moved on.",
    "Standing_break_names": "x@2 stands with nothing: B's decision names version 1.",
    "Standing_break_register": "The objection to the active x@1 stays listed with it after B's later decision.",
    "Standing_break_stale": "A's activation is refused at its own node: it cites less of B's feed than A has folded.",
}
"""The traces worth replaying, and what a sound implementation does where the model's broken rule went wrong."""

CIRCLES = {"all": ["A", "B", "C"], "ab": ["A", "B"], "bc": ["B", "C"]}
OPERATIONS = {
    "x": {"owner": "A", "circle": "ab", "deciders": ["B"]},
    "y": {"owner": "C", "circle": "bc", "deciders": ["B"]},
}

_TOKEN = re.compile(r'"[^"]*"|\|->|<<|>>|[\[\]{},]|\w+')


def states(output: str) -> list[dict[str, Any]]:
    """Return the states of the trace in TLC's output: a variable's name to its value, as Python values."""
    blocks = re.split(r"^State \d+: .*$", output, flags=re.MULTILINE)[1:]
    return [_state(block.split("\n\n")[0]) for block in blocks]


def _state(block: str) -> dict[str, Any]:
    assignments = re.split(r"^/\\ (\w+) = ", block, flags=re.MULTILINE)[1:]
    return {
        name: _value(iter(_TOKEN.findall(text))) for name, text in zip(assignments[::2], assignments[1::2], strict=True)
    }


def _value(tokens: Iterator[str]) -> Any:
    token = next(tokens)
    match token:
        case "<<":
            return list(_items(tokens, ">>"))
        case "{":
            return list(_items(tokens, "}"))
        case "[":
            return dict(_fields(tokens))
        case "TRUE" | "FALSE":
            return token == "TRUE"
    return token.strip('"') if token.startswith('"') else int(token)


def _items(tokens: Iterator[str], end: str) -> Iterator[Any]:
    for token in tokens:
        if token == end:
            return
        if token != ",":
            yield _value(_again(token, tokens))


def _fields(tokens: Iterator[str]) -> Iterator[tuple[str, Any]]:
    for token in tokens:
        if token == "]":
            return
        if token != ",":
            next(tokens)  # |->
            yield token, _value(tokens)


def _again(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def steps(trace: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what happened between each state of Standing.tla and the next."""
    return [_step(before, after) for before, after in itertools.pairwise(trace)]


def _step(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    for party, feed in after["feed"].items():
        if len(feed) > len(before["feed"][party]):
            return _said(party, feed[-1], before["held"][party])
    for variable in ("held", "ahead"):
        for party, counts in after[variable].items():
            for origin, upto in counts.items():
                if upto != before[variable][party][origin]:
                    only = {"only": "all"} if variable == "ahead" else {}
                    return {"do": "deliver", "party": party, "from": origin, "upto": upto, **only}
    raise AssertionError("two states of a trace are alike")


def _said(party: str, entry: Mapping[str, Any], held: Mapping[str, int]) -> dict[str, Any]:
    step = {"do": "acknowledge" if entry["do"] == "ack" else entry["do"], "party": party, "op": entry["op"]}
    if step["do"] in ("propose", "change", "activate", "decide"):
        step["version"] = entry["v"]
    if step["do"] == "decide":
        step["answer"] = "no_objection" if entry["ok"] else "objection"
    older = {origin: n for origin, n in entry["seen"].items() if n < held[origin]}
    return {**step, "seen": older} if older else step


def write(runs: Iterable[Run]) -> list[Path]:
    """Write the trace of each run that `MUST` names, and return the files."""
    TRACES.mkdir(parents=True, exist_ok=True)
    return [_write(run) for run in runs if run.model.name in MUST and run.broken is not None]


def _write(run: Run) -> Path:
    content = {
        "origin": f"spec/models/{run.model.name}.cfg, TLC; made by `python spec/models/run.py --traces`",
        "shows": run.model.shows,
        "breaks": run.broken,
        "must": MUST[run.model.name],
        "circles": CIRCLES,
        "operations": OPERATIONS,
    }
    lines = ",\n".join(f"  {json.dumps(step)}" for step in steps(states(run.output)))
    path = TRACES / f"{run.model.name.removeprefix('Standing_break_')}.json"
    path.write_text(json.dumps(content, indent=1)[:-2] + f',\n "steps": [\n{lines}\n ]\n}}\n', encoding="utf-8")
    return path
