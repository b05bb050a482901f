"""What waits at a desk whose list nobody has acknowledged: the clocks are the reader's, and call for a telephone."""

from __future__ import annotations

import re
from typing import get_args

import pytest
from tests.node.moving import LIST, issue, issued
from tests.node.packaging import PackageDesk, clinic, listed
from tests.node.stories import AGREEMENT, site, three

from entente.ids import PartyId, SubjectId
from entente.node import command
from entente.node.node import Node
from entente.picture.catalogues import CATALOGUES, ENGLISH, LANGUAGES, RUSSIAN
from entente.picture.catalogues.catalogue import FROM, TO
from entente.picture.catalogues.unsigned import PHRASES
from entente.web import inbox as inboxes
from entente.web import linking
from entente.web.inbox import inbox
from entente.web.sessions import Seat
from entente.web.shapes import Item
from entente.web.viewer import Plans, Viewer


def waits(node: Node, agreement: str = AGREEMENT, language: str = "en") -> list[Item]:
    officer = SubjectId(f"{node.party}/duty")
    seat = Seat(name="", officer=officer, fingerprint="", offices={agreement: ("senior",)}, left_s=1)  # type: ignore[arg-type]
    with node.lock:
        viewer = Viewer(node=node, seat=seat, plans=Plans(node), now=node.clock.now(), language=language)
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


SENTENCES = {
    "fork": ("fork",), "link": ("link",), "recovery": ("recovery",), "stop": ("stop", "noted"),
    "stop_ahead": ("stop_ahead", "noted"), "unreadable": ("unreadable",), "read_back": ("read_back", "numbered"),
    "answer": ("answer",), "open": ("open_plan", "open_list"), "acknowledge_list": ("list",),
    "acknowledge_movement": ("movement",), "climb": ("climb", "numbered"), "objected": ("objected",),
    "held_up": ("held_up",), "unacknowledged": ("package_silent", "list_silent"),
    "not_loaded": ("not_loaded", "numbered", "nothing_said", "nothing_heard"), "dissent": ("dissent",),
    "dispute": ("dispute",), "due": ("due",), "staged": ("staged",),
}  # fmt: skip
"""Which sentences tell what waits, by its kind."""


def test_every_kind_of_what_waits_is_told_in_every_language() -> None:
    """A kind that is new, or a sentence that no kind uses, is noticed here."""
    assert set(SENTENCES) == set(get_args(inboxes.Code))
    told = {f"wait.{key}" for keys in SENTENCES.values() for key in keys}
    for language in LANGUAGES:
        assert {key for key in PHRASES[language] if key.startswith("wait.")} == told


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_what_waits_is_told_in_the_readers_language_with_the_same_facts(language: str) -> None:
    c = three()
    issue(c["a"], [site("c-1")])
    c.settle()
    c.clock.advance(hours=49)

    for name in ("a", "b"):
        english, other = waits(c[name].node), waits(c[name].node, language=language)
        assert [item.code for item in other] == [item.code for item in english] != []
        for ours, theirs in zip(other, english, strict=True):
            words = re.sub(f"{FROM}[^{TO}]*{TO}", "", ours.text)
            assert any(ord(c) > 0x400 for c in words), ours.text
            assert re.findall(r"\d+", ours.text) == re.findall(r"\d+", theirs.text)
            assert (FROM in ours.text) is CATALOGUES[language].from_right
            assert (ours.since, ours.due, ours.says, ours.mine) == (theirs.since, theirs.due, theirs.says, theirs.mine)


def test_what_is_due_of_a_list_is_told_once_in_however_many_circles_its_copies_stand() -> None:
    def line(code: str, circle: str, text: str = "to confirm: 2") -> Item:
        return Item(code=code, agreement="a", circle=circle, subject="sites/a/places", text=text, urgent=False,
                    overdue=False, since=None, due=None, says=(), mine=True, leaf="")  # fmt: skip

    two = [line("due", "to-b"), line("due", "to-c"), line("due", "to-c", "to confirm: 3"), line("dispute", "to-b"),
           line("dispute", "to-c")]  # fmt: skip
    assert list(inboxes._once(two)) == [two[0], *two[2:]]


def test_a_broken_link_is_told_by_its_code_and_since_when() -> None:
    """What the puller noted otherwise stays as it is."""
    note = "down (exchange.unreachable) since 2026-12-01T06:00:00.000Z"
    assert linking._view(AGREEMENT, PartyId("b"), note, ENGLISH).text == note
    told = linking._view(AGREEMENT, PartyId("b"), note, RUSSIAN)
    assert (told.up, told.text) == (False, "нет связи (exchange.unreachable) с 2026-12-01T06:00:00.000Z")
    assert linking._view(AGREEMENT, PartyId("b"), "up again", RUSSIAN).text == "up again"
