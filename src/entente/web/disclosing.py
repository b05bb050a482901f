"""Proofs for the page to verify by itself, and disclosures for others: one format; the first stays here."""

from __future__ import annotations

import base64

from entente.errors import Refused
from entente.node import disclose
from entente.node.exporting import OFFICES
from entente.web import recording
from entente.web.shapes import Disclose, Disclosed, Proof
from entente.web.viewer import Viewer


def proof(viewer: Viewer, agreement: str, party: str, seq: int, epoch: int = 0) -> Proof:
    """Return what proves one entry, opened as far as this officer's party holds it; nothing leaves.

    It convinces a stranger too, so that whoever looks at another's is noted, as with all that others gave us.

    Raises:
        Refused: `centre.unknown`, `publish.partial`.
    """
    place, origin = recording.found(viewer, agreement, party, seq, epoch)
    data = disclose.prove(viewer.node, place.book, origin, seq)
    viewer.opened(f"record/{party}/{seq}", agreement, "proof")
    return Proof(agreement=place.book.first.digest, file=base64.b64encode(data).decode())


def disclosure(viewer: Viewer, agreement: str, party: str, seq: int, asked: Disclose, epoch: int = 0) -> Disclosed:
    """Return a disclosure of one entry, noted in the party's own record before it is handed out.

    Raises:
        Refused: `centre.unknown`, `disclose.office`, and as `node.disclose.disclose`.
    """
    place, origin = recording.found(viewer, agreement, party, seq, epoch)
    if not OFFICES & set(viewer.seat.offices[agreement]):
        raise Refused("disclose.office", f"a disclosure leaves by order of one of these: {', '.join(sorted(OFFICES))}")
    choice = disclose.Choice(
        feeds=(origin,), seqs=frozenset({seq}), details=tuple(asked.details), to=asked.to, reason=asked.reason
    )
    made = disclose.disclose(viewer.node, place.book, choice)
    return Disclosed(
        name=f"{agreement}-{party}-{seq}.disclosure", file=base64.b64encode(made.data).decode(), sha256=made.digest,
        entries=made.chosen, supporting=made.supporting, details=made.details,
    )  # fmt: skip
