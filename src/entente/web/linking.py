"""Links: whether each peer is reached, as the puller noted it in the record."""

from __future__ import annotations

from entente.node import recovery
from entente.web.shapes import Links, LinkView
from entente.web.viewer import Viewer

NOTED = "link/"
"""Small values that the puller keeps: ``link/AGREEMENT/PARTY``, "up since …" or "down (CODE) since …"."""


def links(viewer: Viewer) -> Links:
    """Return every link of this officer's agreements, and whom a restored node has to hear first."""
    stored, found = viewer.node.store.metas(NOTED), []
    for name, book in {place.book.id: place.book for place in viewer.places()}.items():
        for peer in sorted(set(book.cards) - {viewer.node.party}):
            data = stored.get(f"{NOTED}{name}/{peer}")
            text = data.decode(errors="replace") if data else "never reached, or carried by hand"
            up = None if data is None else text.startswith("up")
            found.append(LinkView(agreement=name, peer=peer, up=up, text=text))
    waiting = recovery.waiting(viewer.node)
    mine = {str(name): tuple(map(str, peers)) for name, peers in waiting.items() if name in viewer.seat.offices}
    return Links(links=tuple(found), waiting_for=mine)
