"""What lies between the nodes of an exercise: processes and a network (`network`), or plain calls in one process.

Both let the director wait until something has become so, and cut and heal all that connects the nodes. The in-process
wire is for tests and for writing exercises: it carries the very same bundles.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import permutations
from typing import Protocol

from entente.exercise.language import Party
from entente.exercise.seats import Address, Seat
from entente.node import carry, duties


class Wire(Protocol):
    """What connects the nodes. `about` tells the audience what it is, `up` whether anybody reaches anybody."""

    about: str
    up: bool

    def addresses(self, parties: Sequence[Party]) -> Mapping[str, Address]:
        """Return where each node is to listen and be reached."""

    def start(self, seats: Mapping[str, Seat]) -> None:
        """Let every node serve."""

    def until(self, holds: Callable[[], bool]) -> bool:
        """Wait until `holds()`, as long as is reasonable; return whether it does."""

    def cut(self) -> None:
        """Let nobody reach anybody."""

    def heal(self) -> None:
        """Let everybody reach everybody again."""

    def close(self) -> None:
        """End everything that was started."""


class InProcess:
    """Bundles, carried by calls. Nothing happens unless the director waits for something."""

    about = "Every node in this one process; the very same bundles, carried by calls."

    def __init__(self) -> None:
        self.up = True
        self._seats: Mapping[str, Seat] = {}

    def addresses(self, parties: Sequence[Party]) -> Mapping[str, Address]:
        """Return addresses that nobody listens at."""
        return {party.id: Address(port=0, url="https://localhost:0") for party in parties}

    def start(self, seats: Mapping[str, Seat]) -> None:
        """Remember the seats."""
        self._seats = seats

    def until(self, holds: Callable[[], bool]) -> bool:
        """Carry until `holds()`, or until nobody learns anything."""
        while not holds():
            if not self._round():
                return holds()
        return True

    def _round(self) -> bool:
        """Let each node ask each other once and answer within standing decisions; return whether anything was new."""
        moved = False
        for giver, taker in permutations(self._seats.values(), 2) if self.up else ():
            for name in sorted(set(giver.node.books) & set(taker.node.books)):
                question = carry.ask(taker.node, name, giver.party)
                data = carry.answer(giver.node, question)
                taken = carry.take(taker.node, data, nonce=question["nonce"]) if data else None
                moved = moved or (taken is not None and (taken.anything or taken.more))
        # As nodes that serve: acknowledgements wait for the cadence, so that both ways of playing say the same.
        tended = sum(len(duties.tend(seat.node, batched=True)) for seat in self._seats.values())
        return moved or bool(tended)

    def cut(self) -> None:
        """Carry nothing."""
        self.up = False

    def heal(self) -> None:
        """Carry again."""
        self.up = True

    def close(self) -> None:
        """There is nothing to end."""
