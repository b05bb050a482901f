"""Everything works at 9.6 kbit/s with 5 % loss, if slowly: an operation is proposed, answered, and known as covered."""

from __future__ import annotations

import pytest
from bench import link


@pytest.mark.campaign
def test_an_operation_settles_over_a_poor_link() -> None:
    with link.serving(rate_bps=9600, loss=0.05, latency_s=0.3) as cell:
        link.settle(cell, "1")  # raises, when it does not within five minutes

        north, south = cell.north.node.book(link.AGREEMENT), cell.south.node.book(link.AGREEMENT)
        assert north.fold("all").rows() == south.fold("all").rows()
