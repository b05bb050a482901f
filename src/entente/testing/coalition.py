"""Coalitions: several nodes in one process, with wire and clock in the test's hands.

coalition = Coalition.form("north", "south")             # in force, staffed, everything told
north = coalition["north"]
receipt = north.say(command.propose(...), office="air_operations")
coalition.carry("north", "south")                        # one exchange, in one direction
coalition.settle()                                       # until nobody has news for anybody
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from itertools import permutations
from typing import Any

from entente.feed import suite
from entente.ids import AgreementId, CircleId, OfficerId, PartyId
from entente.joint import agreement as agreements
from entente.joint.agreement import Agreement
from entente.joint.staff import Office
from entente.node import carry, command, custody, duties
from entente.node.command import Command
from entente.node.custody import SigningKey
from entente.node.drafting import Draft
from entente.node.home import Mark
from entente.node.node import Node, Receipt
from entente.store.memory import MemoryStore
from entente.store.promises import Store
from entente.testing.clock import ManualClock

OFFICES = (Office.SENIOR, Office.AIR_OPERATIONS, Office.PROTECTION, Office.WATCH, Office.OBSERVER)
START = datetime(2026, 12, 1, 6, 0, tzinfo=UTC)
Circles = Mapping[str, tuple[Iterable[str], Iterable[str]]]
"""Circle → (deciders, readers)."""


@dataclass
class Member:
    """A party of a coalition: its node and every key that a person would hold."""

    party: PartyId
    node: Node
    root: SigningKey
    officers: dict[str, SigningKey]
    card: dict[str, Any]
    default: AgreementId
    said: list[Receipt] = field(default_factory=list)

    def key(self, office: str) -> SigningKey:
        """Return the key of whoever holds an office; officers are named after theirs."""
        return self.root if office == Office.ROOT else self.officers[office]

    def draft(self, what: Command, office: str = Office.SENIOR) -> Draft:
        """Draft as the holder of an office."""
        return self.node.draft(what, officer=f"{self.party}/{office}", office=office)

    def say(self, what: Command, office: str = Office.SENIOR) -> Receipt:
        """Draft, sign and say as the holder of an office."""
        draft = self.draft(what, office)
        receipt = self.node.say(draft, self.key(office).sign(suite.STATEMENT, draft.message))
        self.said.append(receipt)
        return receipt


class Coalition:
    """Parties, one clock, and no wire but `carry`."""

    def __init__(self, members: dict[str, Member], clock: ManualClock) -> None:
        self.members = members
        self.clock = clock

    def __getitem__(self, party: str) -> Member:
        return self.members[party]

    @classmethod
    def gather(cls, *parties: str, stores: Mapping[str, Store] | None = None) -> Coalition:
        """Return parties with nodes and keys, and no agreement yet."""
        clock = ManualClock()
        members = {}
        for party in parties:
            keys = custody.generate_node("localhost")
            root = custody.generate(f"{party}/root")
            officers: dict[str, SigningKey] = {o: custody.generate(f"{party}/{o}") for o in OFFICES}
            store = (stores or {}).get(party) or MemoryStore()
            node = Node(PartyId(party), store, keys, clock, Mark(None), exercise=True)
            card = custody.make_card(root, party, party.title(), "https://localhost:0", keys)
            members[party] = Member(PartyId(party), node, root, officers, card, AgreementId(""))
        return cls(members, clock)

    @classmethod
    def form(
        cls, *parties: str, circles: Circles | None = None, stores: Mapping[str, Store] | None = None, **changes: Any
    ) -> Coalition:
        """Return parties between whom an agreement is in force, and everything told."""
        coalition = cls.gather(*parties, stores=stores)
        text, keys = coalition.text("exercise-test", circles or {}, **changes)
        coalition.adopt(text, keys)
        coalition.sign(text)
        return coalition

    def text(self, name: str, circles: Circles, **changes: Any) -> tuple[Agreement, dict[CircleId, bytes]]:
        """Return an agreement between all parties, and its circles' keys."""
        everyone = list(self.members)
        wanted: dict[str, tuple[Iterable[str], Iterable[str]]] = {"all": (everyone, []), **circles}
        keys = {CircleId(circle): secrets.token_bytes(32) for circle in wanted}
        plain: dict[str, Any] = {
            "id": name, "title": "Test", "kind": "coordination", "exercise": True, "rules": 1,
            "starts": "2026-12-01T05:00:00.000Z", "mode": "independent",
            "party": [
                {"id": p, "name": m.party.title(), "root": m.root.public.fingerprint, "flies": True, "signs": True}
                for p, m in self.members.items()
            ],
            "circle": [
                {"id": c, "key": sha256(keys[CircleId(c)]).hexdigest(), "deciders": [*deciders], "readers": [*readers]}
                for c, (deciders, readers) in wanted.items()
            ],
            "standard": STANDARD,
        }  # fmt: skip
        return agreements.load({**plain, **changes}), keys

    def adopt(self, agreement: Agreement, keys: Mapping[CircleId, bytes]) -> None:
        """Give every party of an agreement its text, the cards and the keys of its circles."""
        for party in agreement.parties:
            member = self.members[party]
            mine = {c.id: keys[c.id] for c in agreement.circles.values() if party in c.members}
            member.node.adopt(agreement, {p: self.members[p].card for p in agreement.parties}, mine)
            member.default = agreement.id

    def sign(self, agreement: Agreement) -> None:
        """Certify keys, enrol staff and sign, at every signatory; then tell everyone."""
        for party in agreement.parties:
            self.man(party, agreement)
            if party in agreement.signatories:
                self.members[party].say(command.sign(agreement, agreement.parties))
        self.settle()

    def man(self, party: str, agreement: Agreement) -> None:
        """Certify a node's keys and put an officer into each office."""
        member = self.members[party]
        member.say(command.certify(agreement.id, member.card), Office.ROOT)
        for office, key in member.officers.items():
            officer = OfficerId(f"{party}/{office}")
            member.say(command.enrol(agreement.id, party, officer, key.public), Office.ROOT)
            member.say(command.appoint(agreement.id, party, officer, office, START), Office.ROOT)

    def carry(
        self, giver: str, taker: str, agreement: str | None = None, budget: int = carry.BUDGET
    ) -> carry.Taken | None:
        """Let `taker` ask `giver` once; return what it took, or None when there was nothing."""
        name = agreement or self.members[taker].default
        question = carry.ask(self.members[taker].node, name, giver, budget=budget)
        data = carry.answer(self.members[giver].node, question)
        taken = carry.take(self.members[taker].node, data, nonce=question["nonce"]) if data is not None else None
        if taken is None or not taken.more:
            duties.heard(self.members[taker].node, name, giver)
        return taken

    def settle(self) -> None:
        """Carry in every direction, under every agreement, until nobody learns anything."""
        busy = True
        while busy:
            busy = False
            for giver, taker in permutations(self.members, 2):
                shared = set(self.members[giver].node.books) & set(self.members[taker].node.books)
                for name in sorted(shared):
                    taken = self.carry(giver, taker, name)
                    busy = busy or (taken is not None and (taken.anything or taken.more))


STANDARD: dict[str, Any] = {
    "name": "test",
    "pair": [
        {"a": "crewed", "b": "crewed", "horizontal_m": 9260, "vertical_ft": 1000},
        {"a": "crewed", "b": "uncrewed", "horizontal_m": 9260, "vertical_ft": 1000},
        {"a": "uncrewed", "b": "uncrewed", "horizontal_m": 1852, "vertical_m": 150},
    ],
}
