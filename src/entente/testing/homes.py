"""Homes on the disk between whom an agreement is in force, ready to serve: for tests, benchmarks and trying things out.

    cell = form(tmp_path, "north", "south")
    with Process(cell["north"].home.path), Process(cell["south"].home.path):
        ...

What `Coalition` does in memory is done here on real homes, and carried by hand. They run on exercise time, which
begins where a coalition's does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from entente.ids import AgreementId
from entente.node import custody
from entente.node import home as homes
from entente.node.clock import ExerciseClock
from entente.node.home import Home
from entente.node.opening import open_node
from entente.testing.clock import ManualClock
from entente.testing.coalition import OFFICES, START, Coalition, Member
from entente.testing.processes import free_port


@dataclass
class HomeMember(Member):
    """A member of a coalition whose node lives in a home."""

    home: Home = field(kw_only=True)


def form(folder: Path, *parties: str, urls: Mapping[str, str] | None = None, **changes: Any) -> dict[str, HomeMember]:
    """Return members with homes under `folder`, on free loopback ports, with an exercise's agreement in force.

    `urls` are the addresses at which some are to be reached, where that is not their own port: a relay's, say.
    `changes` are fields of the agreement.
    """
    members = {party: _member(folder / party, party, (urls or {}).get(party)) for party in parties}
    coalition = Coalition(dict(members), ManualClock())
    text, keys = coalition.text("exercise-cell", {}, **changes)
    coalition.adopt(text, keys)
    coalition.sign(text)
    return members


def _member(path: Path, party: str, url: str | None) -> HomeMember:
    port = free_port()
    home = homes.create(
        path, party, party.title(), host="127.0.0.1", port=port, url=url or f"https://127.0.0.1:{port}", exercise=True,
        passphrase="",
    )  # fmt: skip
    ExerciseClock(path / "clock.json").set(START - datetime.now(UTC))
    officers = {str(office): custody.generate(f"{party}/{office}") for office in OFFICES}
    for key in officers.values():
        custody.save(key, home.key_path(key.owner), "")
    root, card = home.key(f"{party}/root", ""), custody.open_card(home.card())
    return HomeMember(home.party, open_node(home), root, officers, card, AgreementId(""), home=home)
