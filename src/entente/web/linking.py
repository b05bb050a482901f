"""Links: whether each peer is reached, as the puller noted it in the record."""

from __future__ import annotations

import re
from collections.abc import Iterator

from entente.ids import PartyId
from entente.node import recovery
from entente.picture.catalogues import Catalogue
from entente.web.shapes import Links, LinkView
from entente.web.viewer import Viewer

NOTED = "link/"
"""Small values that the puller keeps: ``link/AGREEMENT/PARTY``, "up since …" or "down (CODE) since …"."""
_NOTE = re.compile(r"(?:up|down \((?P<code>.*?)\)) since (?P<since>.*)")


def links(viewer: Viewer) -> Links:
    """Return every link of this officer's agreements, and whom a restored node has to hear first."""
    waiting = recovery.waiting(viewer.node)
    mine = {str(name): tuple(map(str, peers)) for name, peers in waiting.items() if name in viewer.seat.offices}
    found = (_view(agreement, peer, note, viewer.words) for agreement, peer, note in _noted(viewer))
    return Links(links=tuple(found), waiting_for=mine)


def down(viewer: Viewer) -> Iterator[tuple[str, str, str]]:
    """Yield the links that are cut, each with what an inbox says of it: (agreement, peer, line)."""
    for agreement, peer, note in _noted(viewer):
        if note is not None and not note.startswith("up"):
            read = _NOTE.fullmatch(note)
            line = viewer.words.say("wait.link", peer=peer, **read.groupdict()) if read else f"{peer}: {note}"
            yield agreement, peer, line


def _noted(viewer: Viewer) -> Iterator[tuple[str, PartyId, str | None]]:
    stored = viewer.node.store.metas(NOTED)
    for name, book in {place.book.id: place.book for place in viewer.places()}.items():
        for peer in sorted(set(book.cards) - {viewer.node.party}):
            data = stored.get(f"{NOTED}{name}/{peer}")
            yield name, peer, data.decode(errors="replace") if data else None


def _view(agreement: str, peer: PartyId, note: str | None, words: Catalogue) -> LinkView:
    if note is None:
        return LinkView(agreement=agreement, peer=peer, up=None, text=words.say("link.never"))
    up, read = note.startswith("up"), _NOTE.fullmatch(note)
    if read is None:
        return LinkView(agreement=agreement, peer=peer, up=up, text=note)
    told = words.say("link.up", since=read["since"]) if up else words.say("link.down", **read.groupdict())
    return LinkView(agreement=agreement, peer=peer, up=up, text=told)
