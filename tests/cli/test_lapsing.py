"""Silence at the desk: shown in the other's own feed, held against it, and replaced by a later answer."""

from __future__ import annotations

import json

import pytest
from tests.cli import desks as setting
from tests.cli.desks import Desks


def test_silence_is_held_against_a_decider_once_it_shows(desks: Desks, monkeypatch: pytest.MonkeyPatch) -> None:
    """JOINT-104, JOINT-106."""
    text = setting.AGREEMENT.replace('mode = "independent"', 'mode = "independent"\nunopposed = true')
    monkeypatch.setattr(setting, "AGREEMENT", text)
    desks.found()
    desks.do("operation propose water.toml --name water-1 --release-to south --yes", "north")
    early = desks.run("operation lapse water-1 --yes", "north")
    assert early.code == 3 and "nothing from it shows yet" in early.out
    desks.settle()
    assert "nothing from it is dated later yet" in desks.run("operation lapse water-1 --yes", "north").out

    for home in ("north", "south"):
        desks.write(f"{home}/clock.json", json.dumps({"ahead_ms": 2 * 3_600_000}))
    desks.settle()
    desks.do("operation lapse water-1 --yes", "north")
    desks.settle()
    for home in ("north", "south"):
        listed = desks.do("operation list", home).out
        assert "unopposed, final" in listed and "south: silent" in listed

    desks.do("operation activate water-1 --yes", "north")
    desks.do("decide water-1 objection --yes --note no", "south")
    desks.settle()
    shown = desks.do("operation show water-1", "north").out
    assert "covered by unopposed, final" in shown and "south objected, crossed" in shown
    assert "unopposed" not in desks.do("operation list", "south").out


def test_every_entry_says_how_far_it_has_come(valley: Desks) -> None:
    """JOINT-102: sent when a bundle was written, cosigned once the other's acknowledgement is held."""

    def last() -> dict[str, list[str]]:
        row = valley.do("record show --feed north --last 1 --json", "north").json[-1]
        return {how: row[how] for how in ("sent", "mirrored", "cosigned")}

    valley.do("operation propose water.toml --name w --release-to south --yes", "north")
    assert last() == {"sent": [], "mirrored": [], "cosigned": []}

    valley.carry("north", "south")
    assert last() == {"sent": ["south"], "mirrored": [], "cosigned": []}

    valley.carry("south", "north")
    assert last() == {"sent": ["south"], "mirrored": ["south"], "cosigned": ["south"]}
    assert "south: cosigned" in valley.do("record show --feed north --last 1", "north").out
