"""Acknowledgements entered by hand: what was heard of a package, from where, when, and by whom it was written down.

A recipient without a node says nothing that is signed. What a desk enters for it counts in coverage, and is told there
as entered by hand (PKG-10). It stands in the party's own record.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from entente.errors import Refused
from entente.joint.act import moment, spell
from entente.joint.ladder import LONGEST_UNIT, Rung
from entente.node import papers
from entente.node.holdings import Holdings
from entente.node.node import Node
from entente.picture.coverage import ByHand

LONGEST_SOURCE = 120
"""[characters] Of where an acknowledgement was heard."""


def acknowledge(node: Node, said: ByHand) -> None:
    """Note what was heard of a package; it says nothing of what will be done.

    Raises:
        Refused: `package.unknown`, `package.words`, `package.time`.
    """
    sent_at = _sent_at(node, said)
    for text, longest in ((said.source, LONGEST_SOURCE), (said.unit, LONGEST_UNIT)):
        if len(text) > longest or text != " ".join(text.split()):
            raise Refused("package.words", f"a source and a unit are one line each, of at most {longest} characters")
    if not said.source:
        raise Refused("package.words", "an acknowledgement that is entered by hand says from where it was heard")
    if said.rung in (Rung.RELAYED, Rung.LOADED) and not said.unit:
        raise Refused("package.words", f"{said.rung} names the unit: a receipt at headquarters protects nobody")
    if not sent_at <= said.at <= node.clock.now():
        raise Refused("package.time", "an acknowledgement comes after its package was released, and not in the future")
    with node.lock, node.store.transaction() as txn:
        papers.noted(
            node, txn, "package_acknowledged", said.recipient, recipient=said.recipient, item=said.item,
            number=said.issue, rung=str(said.rung), unit=said.unit, heard=spell(said.at), source=said.source,
            by=said.entered_by,
        )  # fmt: skip


def _sent_at(node: Holdings, said: ByHand) -> datetime:
    """Return when what is acknowledged was released.

    Raises:
        Refused: `package.unknown`.
    """
    kind, _, name = said.item.partition("/")
    what, of = ("package", name) if kind == "package" else ("movement_package", f"{said.recipient}/{name}")
    for line in papers.lines(node, what, of):
        if line["facts"]["number"] == said.issue and line["facts"]["recipient"] == said.recipient:
            return moment(line["at"])
    raise Refused("package.unknown", f"{said.recipient} was sent no {said.item} with the number {said.issue}")


def acknowledged(node: Holdings, name: str = "") -> list[ByHand]:
    """Return the acknowledgements that were entered, in order."""
    return [_heard(line["facts"]) for line in papers.lines(node, "package_acknowledged", name)]


def _heard(facts: Mapping[str, Any]) -> ByHand:
    return ByHand(
        recipient=facts["recipient"], item=facts["item"], issue=facts["number"], rung=Rung(facts["rung"]),
        unit=facts["unit"], at=moment(facts["heard"]), source=facts["source"], entered_by=facts["by"],
    )  # fmt: skip
