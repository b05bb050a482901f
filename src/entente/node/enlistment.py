"""Recipients without a node: who is given what, how precisely, is an officer's signed word, and each change another.

It stands in the party's own record, which is carried to nobody (PKG-1, PKG-2).
"""

from __future__ import annotations

import json
from datetime import datetime

from entente import canonical
from entente.errors import Refused
from entente.joint.act import spell
from entente.node import papers
from entente.node.holdings import Holdings
from entente.node.node import Node
from entente.node.papers import Paper, Signed
from entente.picture import recipients
from entente.picture.recipients import Recipient
from entente.store.promises import Txn

KIND = "application/vnd.entente.recipient+json"


def enlisted(node: Holdings) -> dict[str, Recipient]:
    """Return the recipients as they stand now, by name."""
    newest = papers.lines(node, "recipient", last=True)
    plain = {line["facts"]["name"]: json.loads(line["facts"]["recipient"])["recipient"] for line in newest}
    return {name: recipients.from_plain(plain[name]) for name in sorted(plain)}


def recipient(node: Holdings, name: str) -> Recipient:
    """Return one recipient.

    Raises:
        Refused: `recipient.unknown`.
    """
    known = enlisted(node)
    if name not in known:
        raise Refused("recipient.unknown", f"there is no recipient {name!r}; there are {', '.join(known) or 'none'}")
    return known[name]


def statement(node: Holdings, wanted: Recipient, now: datetime) -> bytes:
    """Return what an officer signs when a recipient is added or changed.

    Raises:
        Refused: `recipient.party`, when a party has that name: it has a node, and its own copies under that name.
    """
    if any(wanted.name in book.parties() for book in node.books.values()) or wanted.name == node.party:
        raise Refused("recipient.party", f"{wanted.name} is a party with a node; give its sites with: entente site add")
    return canonical.encode({"v": 1, "party": node.party, "recipient": recipients.to_plain(wanted), "at": spell(now)})


def enlisting(node: Node, message: bytes) -> Paper:
    """Return the paper by which a recipient is given what `statement` says; once kept, it stands."""
    name = json.loads(message)["recipient"]["name"]

    def note(txn: Txn, signed: Signed) -> int:
        return papers.noted(node, txn, "recipient", name, name=name, recipient=message.decode(), **papers.spelt(signed))

    return Paper(kind=KIND, message=message, called=name, note=note)


def enlist(node: Node, message: bytes, signed: Signed) -> None:
    """Note a recipient as an officer has signed it; it stands from then on.

    Raises:
        Refused: `package.office`. Untrusted: `signature.invalid`.
    """
    papers.keep(node, [(enlisting(node, message), signed)])


def settings_at(node: Holdings, name: str, seq: int) -> Recipient:
    """Return a recipient's settings as they stood when the line `seq` of our own record was written."""
    before = [line for line in papers.lines(node, "recipient", name) if line["seq"] < seq]
    found = recipients.from_plain(json.loads(before[-1]["facts"]["recipient"])["recipient"]) if before else None
    assert found is not None, "a package is released to a recipient that was enlisted before"
    return found
