"""The record of a party that opened a new epoch: one list over its feeds, and each entry found in its own."""

from __future__ import annotations

import pytest
from tests.node.stories import AGREEMENT
from tests.node.test_epochs import A2, found_out, open_epoch, settle
from tests.node.test_forks import A

from entente.errors import Refused
from entente.ids import SubjectId, epoch_of
from entente.web import recording
from entente.web.sessions import Seat
from entente.web.shapes import Entry
from entente.web.viewer import Plans, Viewer


@pytest.fixture(scope="module")
def viewer() -> Viewer:
    coalition, _ = found_out()
    open_epoch(coalition["a"])
    settle(coalition)
    node = coalition["b"].node
    seat = Seat(name="", officer=SubjectId("b/senior"), fingerprint="", offices={AGREEMENT: ("senior",)}, left_s=1)  # type: ignore[arg-type]
    return Viewer(node=node, seat=seat, plans=Plans(node), now=node.clock.now())


def test_a_partys_entries_go_back_through_all_its_epochs(viewer: Viewer) -> None:
    whole = recording.entries(viewer, AGREEMENT, "a", None, 500)
    assert not whole.older
    sizes = {origin: len(viewer.node.book(AGREEMENT).ledger.feeds[origin].leaves) for origin in (A, A2)}
    assert [(one.origin, one.seq) for one in whole.entries] == [
        (origin, seq) for origin in (A, A2) for seq in range(sizes[origin])
    ]

    found: tuple[Entry, ...] = ()
    before, epoch, older = None, 0, True
    while older:
        page = recording.entries(viewer, AGREEMENT, "a", before, 3, epoch=epoch)
        found, older = page.entries + found, page.older
        before, epoch = found[0].seq, epoch_of(found[0].origin)
    assert found == whole.entries


def test_an_entry_is_found_in_the_feed_of_its_epoch(viewer: Viewer) -> None:
    for one in recording.entries(viewer, AGREEMENT, "a", None, 500).entries:
        assert recording.story(viewer, AGREEMENT, "a", one.seq, epoch_of(one.origin)).entry == one
    assert recording.found(viewer, AGREEMENT, "a", 0)[1] == A2, "the newest, where none is named"
    with pytest.raises(Refused) as refusal:
        recording.entries(viewer, AGREEMENT, "a", None, 3, epoch=3)
    assert refusal.value.code == "centre.unknown"
