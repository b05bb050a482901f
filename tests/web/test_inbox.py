"""What waits at a desk whose list nobody has acknowledged: the clocks are the reader's, and call for a telephone."""

from __future__ import annotations

from tests.node.moving import LIST, issue, issued
from tests.node.packaging import PackageDesk, clinic, listed
from tests.node.stories import AGREEMENT, site, three

from entente.ids import SubjectId
from entente.node import command
from entente.node.node import Node
from entente.web.inbox import inbox
from entente.web.sessions import Seat
from entente.web.shapes import Item
from entente.web.viewer import Plans, Viewer


def waits(node: Node, agreement: str = AGREEMENT) -> list[Item]:
    officer = SubjectId(f"{node.party}/duty")
    seat = Seat(name="", officer=officer, fingerprint="", offices={agreement: ("senior",)}, left_s=1)  # type: ignore[arg-type]
    with node.lock:
        viewer = Viewer(node=node, seat=seat, plans=Plans(node), now=node.clock.now())
        return [item for item in inbox(viewer, "").items if item.code != "link"]


def test_f13_whom_to_call_about_a_list_is_told_once_its_clock_has_run() -> None:
    """F-13, R-37: the recipient sees by when, the notifier who has said nothing."""
    c = three()
    issue(c["a"], [site("c-1")])
    c.settle()

    asked = [item for item in waits(c["b"].node) if item.subject == LIST]
    early = [item.code for item in waits(c["a"].node)]
    c.clock.advance(hours=49)
    [late] = [item for item in waits(c["a"].node) if item.code == "unacknowledged"]
    again = [item for item in waits(c["b"].node) if item.subject == LIST]

    assert [(item.code, item.overdue) for item in asked] == [("acknowledge_list", False)]
    assert "unacknowledged" not in early
    assert late.subject == LIST and late.overdue and "nobody at b has said anything of issue 1" in late.text
    assert [item.overdue for item in again] == [True] and again[0].due == late.due

    c["b"].say(command.acknowledge_sites(AGREEMENT, "ab", LIST, issued(c["b"])))
    c.settle()
    assert [item for item in waits(c["a"].node) if item.code == "unacknowledged"] == []


def test_f13_whom_to_call_without_a_node_is_told_too() -> None:
    """F-13: of those who fly and run no node, nobody's silence is forgotten."""
    desk = PackageDesk()
    desk.enlist()
    desk.send(listed(clinic()))
    early = waits(desk.node)

    desk.clock.advance(hours=49)
    [late] = waits(desk.node)

    assert early == [] and (late.code, late.overdue) == ("unacknowledged", True)
    assert "call them" in late.text
