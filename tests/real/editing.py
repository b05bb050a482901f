"""An editor of lists who keeps a ledger: what a ministry's next edition does to a list, and which row was which.

It works on the file's own text, knows nothing of how places are told apart, and its ledger is the oracle.
"""

from __future__ import annotations

import csv
import io
import math
import random
from dataclasses import dataclass, field

LETTERS = "abdegiklmnorstu"
NEW_NAMES = ("Tinzaouaten", "Korodougou", "Bissiga", "Zamarwa", "Wau Nur", "Tarka", "Dilly", "Moussoro Est")


@dataclass
class Ledger:
    """For each row of the edited list, by its number, the row it was, None for one that is new; and what was done."""

    was: dict[int, int | None] = field(default_factory=dict)
    done: dict[int, str] = field(default_factory=dict)
    dropped: set[int] = field(default_factory=set)


def edited(text: str, seed: int, share: float = 0.03) -> tuple[str, Ledger]:
    """Return a list's next edition and the ledger: each kind of edit touches this share of its rows, no row twice."""
    chance = random.Random(seed)
    header, *rows = csv.reader(io.StringIO(text))
    lat, lon, name = header.index("Lat"), header.index("Long"), header.index("Facility name")
    numbers = list(range(len(rows)))
    chance.shuffle(numbers)
    count = int(share * len(rows))
    kinds = {}
    for kind in ("moved", "mistyped", "renamed", "swapped", "placed", "dropped", "doubled", "corrected"):
        for _ in range(count):
            kinds[numbers.pop()] = kind
    written: list[tuple[list[str], int | None, str]] = []
    ledger = Ledger()
    for number, row in enumerate(rows):
        kind, new = kinds.get(number, ""), list(row)
        there = bool(row[lat])
        if kind == "dropped":
            ledger.dropped.add(number + 2)
            continue
        if kind == "moved" and there:
            new[lat], new[lon] = _moved(chance, row[lat], row[lon], 10 ** chance.uniform(1.3, 4.3))
        elif kind == "corrected" and there:
            new[lat], new[lon] = _moved(chance, row[lat], row[lon], 5.0)
        elif kind == "swapped" and there:
            new[lat], new[lon] = row[lon], row[lat]
        elif kind == "placed":
            new[lat], new[lon] = (row[lat], row[lon]) if there else ("13.12345", "2.12345")
        elif kind == "mistyped":
            new[name] = _mistyped(chance, row[name])
        elif kind == "renamed":
            new[name] = f"{chance.choice(NEW_NAMES)} {_word(chance)} {' '.join(row[name].split()[1:])}"
        written.append((new, number + 2, kind))
        if kind == "doubled":
            written.append((list(row), None, "double"))
    for _ in range(count):
        like = rows[chance.randrange(len(rows))]
        new = list(like)
        new[name] = f"{_word(chance).title()} {_word(chance)} {' '.join(like[name].split()[1:])}"
        if like[lat]:
            new[lat], new[lon] = _moved(chance, like[lat], like[lon], chance.uniform(3_000, 30_000))
        written.append((new, None, "added"))
    chance.shuffle(written)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    for number, (row, was, kind) in enumerate(written, 2):
        writer.writerow(row)
        ledger.was[number], ledger.done[number] = was, kind
    return out.getvalue(), ledger


def _moved(chance: random.Random, lat: str, lon: str, metres: float) -> tuple[str, str]:
    turn = chance.uniform(0, 2 * math.pi)
    north, east = metres * math.cos(turn) / 111_000, metres * math.sin(turn) / 108_000
    return f"{float(lat) + north:.6f}", f"{float(lon) + east:.6f}"


def _mistyped(chance: random.Random, name: str) -> str:
    """One slip of the pen, in the name's first word."""
    first, _, rest = name.partition(" ")
    at = chance.randrange(len(first)) if first else 0
    match chance.randrange(4):
        case 0:
            first = first[:at] + chance.choice(LETTERS) + first[at + 1 :]
        case 1:
            first = first[:at] + first[at + 1 :]
        case 2:
            first = first[: at + 1] + first[at : at + 1] + first[at + 1 :]
        case _:
            first = first.upper()
    return f"{first} {rest}".strip()


def _word(chance: random.Random) -> str:
    return "".join(chance.choice(LETTERS) for _ in range(chance.randrange(6, 10)))
