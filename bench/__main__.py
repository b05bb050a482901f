"""`make bench`: every number that DESIGN holds us to, goal and measured side by side; `--write` keeps the page.

    python -m bench [--write] [--quick]
    python -m bench engine [--write] [--quick]      the engine beside its peers, which the first runs too
    python -m bench map [--quick]                   the page in a browser, which the first runs too
    python -m bench record [--quick]                the record alone, which the first runs too

Nothing here is a test: figures depend on the machine and on what else it does.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from bench import bulk, centre, crowd, day, engine, link, packages, places, record, resolve, screening, start
from bench.table import Row, machine, markdown

RECORDING = Path("../shared/data/adsb_switzerland.csv.gz")
PAGE = Path("docs/bench.md")
PARTS: dict[str, Callable[[list[str]], None]] = {"engine": engine.main, "map": crowd.main, "record": record.main}
"""What can be measured alone, by its name on the command line."""
HEAD = """# What it measures

Made by `python -m bench --write`; figures are medians where there were several runs. A ratio of 1 or less keeps the
goal. They depend on the machine and on what else it does, so no test asserts them.

"""


def main(arguments: list[str]) -> None:
    """Measure, print, and with `--write` keep the page."""
    if unknown := set(arguments) - {*PARTS, "--write", "--quick"}:
        print(f"{', '.join(sorted(unknown))} is not known here.\n\n{__doc__}", file=sys.stderr)
        raise SystemExit(2)
    if arguments[:1] and arguments[0] in PARTS:
        PARTS[arguments[0]](arguments[1:])
        return
    quick = "--quick" in arguments
    steps: list[tuple[str, Callable[[], list[Row]]]] = [
        ("the command line", start.help_page),
        ("a link on this machine", lambda: link.swift(10 if quick else 50)),
        ("pages", lambda: centre.rows(10 if quick else 60, 100 if quick else 1_000)),
        ("map", lambda: crowd.rows(2 if quick else 7, 4 if quick else 20)),
        ("a poor link", lambda: link.poor(1 if quick else 5)),
        ("a long history", lambda: start.measure(3_000 if quick else 100_000)),
        ("packages", lambda: packages.rows(300 if quick else 3_000)),
        ("ways out", lambda: resolve.rows(10_000 if quick else 100_000)),
        ("the record", lambda: record.rows(quick)),
        ("a long list of places", lambda: places.rows(5_000 if quick else places.COUNT)),
    ]
    if RECORDING.exists():
        steps += [
            ("a recorded day", lambda: bulk.measure(RECORDING)),
            ("a recorded day by the command line", lambda: day.measure(RECORDING)),
            ("screening", lambda: screening.rows(RECORDING)),
        ]
    rows: list[Row] = []
    where = machine()
    for name, step in steps:
        print(f"… {name}", file=sys.stderr, flush=True)
        rows += step()
    print(where)
    print(markdown(rows))
    if "--write" in arguments:
        PAGE.write_text(f"{HEAD}Measured on: {where}.\n\n{markdown(rows)}\n", encoding="utf-8")
    engine.main(arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
