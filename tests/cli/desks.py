"""Two desks for the tests: homes in a folder, commands run in this process, bundles carried as files."""

from __future__ import annotations

import json
import os
import shlex
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from entente.cli.main import main

AGREEMENT = """
id = "exercise-valley"
title = "Valley exercise"
kind = "coordination"
exercise = true
rules = 1
starts = 2025-01-01T00:00:00Z
mode = "independent"

[[party]]
id = "north"
name = "Northern headquarters"
flies = true
signs = true

[[party]]
id = "south"
name = "Southern headquarters"
flies = true
signs = true

[[circle]]
id = "all"
deciders = ["north", "south"]

[standard]
name = "valley-1"

[[standard.pair]]
a = "crewed"
b = "crewed"
horizontal_m = 9260
vertical_m = 305

[[standard.site]]
category = "medical"
horizontal_m = 3704
vertical_m = 1524

[[area]]
id = "corridor"
title = "Relief corridor"
area_class = "humanitarian_corridor"
corridor = ["31.80 35.90", "31.95 36.20"]
half_width_m = 5000
lower = "GND"
upper = "FL100"
"""
PLAN = """
[[plan]]
title = "Water to the valley"
kind = "humanitarian"
callsign = "NORTH 11"

[plan.route]
depart = 2027-03-01T10:00:00Z
speed_kt = 120
altitude = "FL080-FL100"
half_width_nm = 1.0
waypoints = [{ at = "OJAI" }, { at = "31.9N 36.1E" }]
"""
SITES = """id,name,category,lat,lon,district,source
clinic-3,Clinic 3,hospital,31.951569,35.923963,Valley,survey
school-12,School 12,school,31.955120,35.931870,Valley,gazetteer
camp-east,Camp East,camp,,,Valley,telephone
"""


@dataclass
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Desks:
    """Runs commands as a party would, in one folder, with no terminal around."""

    folder: Path

    def run(self, line: str, home: str = "", passphrase: str | None = None) -> Said:
        """Run a command line, with `home` as the environment's home."""
        out, err = StringIO(), StringIO()
        given = {"ENTENTE_HOME": home, "ENTENTE_PASSPHRASE": passphrase}
        kept = {name: os.environ.pop(name, None) for name in given}
        os.environ.update({name: value for name, value in given.items() if value})
        try:
            with chdir(self.folder), redirect_stdout(out), redirect_stderr(err):
                code = main(shlex.split(line.removeprefix("entente ")))
        finally:
            for name, value in kept.items():
                os.environ.pop(name, None)
                os.environ.update({name: value} if value is not None else {})
        return Said(code, out.getvalue(), err.getvalue())

    def do(self, line: str, home: str = "") -> Said:
        """Run a command line that has to succeed."""
        said = self.run(line, home)
        assert said.code == 0, f"{line}: {said.err or said.out}"
        return said

    def write(self, name: str, text: str) -> None:
        """Write a file that a person would have."""
        (self.folder / name).write_text(text, encoding="utf-8")

    def found(self) -> None:
        """Make both homes, draft the agreement, and bring it into force."""
        self.write("valley.toml", AGREEMENT)
        self.write("water.toml", PLAN)
        self.write("water-later.toml", PLAN.replace("T10:00", "T12:00"))
        self.write("sites.csv", SITES)
        for party in ("north", "south"):
            self.do(f"node init {party} --home {party} --exercise")
            self.do("staff enrol duty --office senior --rank OF-5", party)
        self.do("agreement draft valley.toml --card north/card.json --card south/card.json --out drafted")
        for party, other in (("north", "south"), ("south", "north")):
            keys = f"--card {other}/card.json --keys drafted/keys-for-{party}.json"
            self.do(f"agreement adopt drafted/agreement.toml {keys}", party)
            self.do("agreement sign exercise-valley --yes", party)
        self.settle()

    def carry(self, giver: str, taker: str) -> Said:
        """Carry one bundle by hand."""
        self.do(f"exchange bundle write {taker} --out carried.entente --force", giver)
        return self.do("exchange bundle read carried.entente", taker)

    def settle(self) -> None:
        """Carry bundles to and fro until both hold everything."""
        for _ in range(2):
            self.carry("north", "south")
            self.carry("south", "north")
