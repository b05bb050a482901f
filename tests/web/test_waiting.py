"""Nobody waits for what somebody else has drawn: a preview or a package holds no other page up."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from tests.web.centres import Page, Served
from tests.web.test_desk import sign_paper, upload

from entente.web.desk import giving

LIST = "Facility;Lat;Long;District;Country;Type\nClinic;31.9538;35.9343;Valley;Jordan;clinic\n"


class Held:
    """A function of `giving`, or beside it, that says when it is entered and waits to be let go."""

    def __init__(self, patch: pytest.MonkeyPatch, module: Any, name: str) -> None:
        self.entered, self.go = threading.Event(), threading.Event()
        real = getattr(module, name)

        def wait(*args: Any, **more: Any) -> Any:
            self.entered.set()
            assert self.go.wait(60), "the test lets go"
            return real(*args, **more)

        patch.setattr(module, name, wait)


@pytest.fixture(scope="module")
def desk(served: dict[str, Served]) -> Page:
    page = served["north"].enter("protection")
    read = page.post("desk/imports", **upload(LIST), list="waiting").json()
    page.post("desk/imports/waiting/accept", sha256=read["sha256"])
    sign_paper(page, say="paper_recipient", name="slow", formats=["csv"], precision_m=500)
    sign_paper(page, say="paper_package", to=["slow"], conditions=["list=waiting"])
    return page


@pytest.mark.parametrize(
    ("module", "name", "work"),
    [
        (giving.coarsen, "coarsen", lambda page: page.post("desk/preview", to=["south"], conditions=["list=waiting"])),
        (giving.packages, "prepare", lambda page: page.post("desk/preview", to=["slow"], conditions=["list=waiting"])),
        (giving.package, "render", lambda page: page.post("desk/papers", say="paper_package", to=["slow"], full=True)),
        (giving.package, "render", lambda page: page.client.get("/api/desk/packages/slow/1")),
    ],
    ids=["preview for a node", "preview of a package", "package", "files again"],
)
def test_another_page_is_answered_while_one_is_drawn(
    served: dict[str, Served], desk: Page, monkeypatch: pytest.MonkeyPatch, module: Any, name: str, work: Any
) -> None:
    held = Held(monkeypatch, module, name)
    other = served["north"].enter("watch")
    answers: list[Any] = []
    drawing = threading.Thread(target=lambda: answers.append(work(desk)))
    drawing.start()
    assert held.entered.wait(60), "it is being drawn"

    try:
        # Each of these asks for the node's lock, and one writes.
        assert other.get("picture")["lists"] is not None
        assert other.get("coverage")["rows"] is not None
        other.say("stop", reason="other", note="a test of the line")
        assert not answers, "and is being drawn still"
    finally:
        held.go.set()
    drawing.join(60)
    assert answers and answers[0].status_code in (200, 201), answers[0].text
