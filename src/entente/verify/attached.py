"""Files attached to entries, beside a disclosure: what was described, and whether a file is the one (DISC-45).

A disclosure opens the description; the file itself lies beside it, as long as it is, and is read here once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from entente.errors import EntenteError
from entente.feed import attachment
from entente.feed.attachment import Attachment
from entente.verify.report import many
from entente.verify.shown import Checked


def tell(checked: Checked) -> None:
    """Say what files the opened details of entries describe."""
    for entry, paper in _described(checked):
        checked.report.proved(
            entry, "attachment.described",
            f"It attaches the file {paper.name!r}, {paper.media}, of {many(paper.size, 'byte')}, SHA-256 "
            f"{paper.sha256}: whoever has a file with that hash has what it meant.",
            name=paper.name, media=paper.media, size=paper.size, sha256=paper.sha256,
        )  # fmt: skip


def hold(checked: Checked, name: str, data: bytes) -> None:
    """Say of a file which entries attach it; each chunk is held against the commitment in its description."""
    found = [(entry, paper) for entry, paper in _described(checked) if _is(paper, data)]
    for entry, paper in found:
        checked.report.proved(
            entry, "attachment.held",
            f"The file {name!r} beside this disclosure is that {paper.name!r}, byte for byte, in "
            f"{many(len(paper.chunks), 'chunk')}.",
            file=name, name=paper.name,
        )  # fmt: skip
    if not found:
        sentence = f"The file {name!r} is not one that an entry opened here attaches."
        checked.report.flaw("", "attachment.other", sentence, file=name)


def _described(checked: Checked) -> Iterator[tuple[str, Attachment]]:
    """Yield what a report calls an entry, and a file that it attaches."""
    for feed in checked.feeds.values():
        for place in feed.places:
            for part in place.entry.parts:
                if attachment.described(part.name):
                    with suppress(EntenteError):  # a detail may hold anything that its act committed to
                        yield feed.name(place), attachment.read(part.name, part.data)


def _is(paper: Attachment, data: bytes) -> bool:
    try:
        paper.whole(paper.require(number, piece) for number, piece in enumerate(attachment.pieces(data)))
    except EntenteError:
        return False
    return True
