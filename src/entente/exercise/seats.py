"""The seats of an exercise: each party's home, node and keys, as the director holds them.

Every party gets a home of its own, with its own keys and its own record, exactly as a real one; the director opens each
beside the process that serves it. Officers' keys have no passphrase, which only an exercise's home may do.
"""

from __future__ import annotations

import json
import secrets
import shutil
import tomllib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from entente.errors import EntenteError, Refused
from entente.exercise.language import Party
from entente.feed import suite
from entente.ids import CircleId, PartyId
from entente.joint import agreement as agreements
from entente.joint.agreement import Agreement
from entente.joint.staff import Office
from entente.node import custody
from entente.node import home as homes
from entente.node.clock import ExerciseClock, whole
from entente.node.command import Command
from entente.node.custody import SigningKey
from entente.node.drafting import Draft
from entente.node.home import Home
from entente.node.node import Node, Receipt
from entente.node.opening import open_node


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a node listens, and where its peers reach it (through the wire that the director cuts)."""

    port: int
    url: str


@dataclass(slots=True, kw_only=True)
class Seat:
    """A party: its home, its node as the director opened it, and the key of each office and of the root."""

    party: PartyId
    title: str
    home: Home
    node: Node
    keys: Mapping[str, SigningKey]
    card: dict[str, Any]

    def officer(self, office: str) -> str:
        """Return the label of whoever holds an office."""
        return f"{self.party}/{office}"

    def draft(self, what: Command, office: str) -> Draft:
        """Draw up what the holder of an office is to sign. Raises Refused: as `Node.draft`."""
        return self.node.draft(what, officer=self.officer(office), office=office)

    def sign(self, draft: Draft, office: str) -> dict[str, str]:
        """Return the office holder's signature."""
        return self.keys[office].sign(suite.STATEMENT, draft.message)

    def say(self, what: Command, office: str) -> Receipt:
        """Draft, sign and say. Raises Refused: as `Node.say`."""
        draft = self.draft(what, office)
        return self.node.say(draft, self.sign(draft, office))


def gather(folder: Path, parties: Sequence[Party], addresses: Mapping[str, Address]) -> dict[str, Seat]:
    """Make a fresh home for each party under `folder`, and take every seat.

    Raises:
        Refused: `exercise.folder`, when something other than an earlier run lies there.
    """
    clear(folder)
    with ThreadPoolExecutor() as pool:  # a key file takes its time to seal, on purpose
        made = list(pool.map(lambda party: _make(folder / party.id, party, addresses[party.id]), parties))
    return {seat.party: seat for seat in made}


def clear(folder: Path) -> None:
    """Remove the homes of an earlier run, and nothing that is not an exercise's home."""
    if not folder.exists():
        return
    for path in folder.iterdir():
        try:
            old = homes.read(path)
        except EntenteError:
            old = None
        if old is None or not old.exercise:
            raise Refused("exercise.folder", "this is no exercise's home; choose another folder", where=str(path))
        shutil.rmtree(path)


def _make(path: Path, party: Party, address: Address) -> Seat:
    home = homes.create(
        path, party.id, party.title, host="127.0.0.1", port=address.port, url=address.url, exercise=True, passphrase=""
    )
    node = open_node(home)
    keys = {str(Office.ROOT): home.key(f"{party.id}/root", "")}
    for office in party.offices:
        key = custody.generate(f"{party.id}/{office}")
        custody.save(key, home.key_path(key.owner), "")
        keys[str(office)] = key
    card = custody.open_card(home.card())
    return Seat(party=home.party, title=party.title, home=home, node=node, keys=keys, card=card)


class ExerciseTime:
    """Exercise time: every home's clock file, moved together and never back; it runs on between the moves.

    It runs as fast as the machine's clock, unless somebody sets another pace: `STILL` holds it.
    """

    def __init__(self, seats: Mapping[str, Seat], starts: datetime, pace_permille: int = 1000) -> None:
        self._clocks = [ExerciseClock(seat.home.path / "clock.json") for seat in seats.values()]
        self.pace_permille = pace_permille
        self._move(starts)

    def now(self) -> datetime:
        """Return exercise time."""
        return self._clocks[0].now()

    def move_to(self, at: datetime) -> None:
        """Go on to `at`, unless it has passed."""
        if at > self.now():
            self._move(at)

    def go_at(self, pace_permille: int) -> None:
        """Go on from now at so many thousandths of the machine's speed."""
        now, self.pace_permille = self.now(), pace_permille
        self._move(now)

    def _move(self, at: datetime) -> None:
        machine = whole(datetime.now(UTC))
        for clock in self._clocks:
            clock.set(at - machine, since=machine, pace_permille=self.pace_permille)


STILL = 0
"""The pace [permille] of an exercise that is paused."""


@dataclass(frozen=True, slots=True)
class Text:
    """An agreement's completed text, and the key of each of its circles."""

    agreement: Agreement
    keys: Mapping[CircleId, bytes]


def complete(text: str, seats: Mapping[str, Seat], drawn: dict[str, bytes]) -> Text:
    """Fill the parties' root fingerprints and the circles' keys into a draft.

    `drawn` keeps the keys, so that two drafts of one agreement differ only in what people wrote.

    Raises:
        Malformed: `agreement.*`.
    """
    plain = json.loads(json.dumps(tomllib.loads(text)))
    for party in plain["party"]:
        party["root"] = seats[party["id"]].keys[str(Office.ROOT)].public.fingerprint
    keys = {}
    for circle in plain["circle"]:
        key = drawn.setdefault(f"{plain['id']}/{circle['id']}", secrets.token_bytes(32))
        circle["key"], keys[CircleId(circle["id"])] = sha256(key).hexdigest(), key
    return Text(agreements.load(plain), keys)
